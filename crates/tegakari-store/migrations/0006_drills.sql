-- Plans of drills, and what checks of them showed, in the order of `key`; nothing is ever changed or deleted. The tokens
-- of every plan that was ever kept must stay known, so that no old drill is taken for an attack.
CREATE TABLE drill_plans (
    key    INTEGER PRIMARY KEY AUTOINCREMENT,
    id     TEXT NOT NULL UNIQUE,
    detail TEXT NOT NULL
) STRICT;
CREATE TABLE drill_checks (
    key    INTEGER PRIMARY KEY AUTOINCREMENT,
    plan   TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX drill_checks_by_plan ON drill_checks (plan);

-- What persons stated of incidents (answers to questions, grades of facts), in the order of `key`; nothing is ever
-- changed or deleted. `incident` is the case of the reports without a hunt, or of the hunt where there are no reports.
CREATE TABLE statements (
    key      INTEGER PRIMARY KEY AUTOINCREMENT,
    incident TEXT NOT NULL,
    detail   TEXT NOT NULL
) STRICT;
CREATE INDEX statements_by_incident ON statements (incident);

-- Objects that a TAXII server has, by collection. `version` and `added` are microseconds; `added` rises with `key`, so
-- that pages go on behind a key. `digest` is of the object without its `modified`: by it a new version is told from
-- the same one. `newest` and `oldest` mark the versions that are asked for mostly.
CREATE TABLE taxii_objects (
    key        INTEGER PRIMARY KEY AUTOINCREMENT,
    collection TEXT NOT NULL,
    id         TEXT NOT NULL,
    type       TEXT NOT NULL,
    spec       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    added      INTEGER NOT NULL,
    newest     INTEGER NOT NULL,
    oldest     INTEGER NOT NULL,
    digest     BLOB NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (collection, id, version)
) STRICT;
CREATE INDEX taxii_by_place ON taxii_objects (collection, newest, key);
CREATE INDEX taxii_by_type ON taxii_objects (collection, type, key);
CREATE INDEX taxii_by_time ON taxii_objects (added);

CREATE TABLE taxii_statuses (
    key  INTEGER PRIMARY KEY AUTOINCREMENT,
    id   TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
) STRICT;

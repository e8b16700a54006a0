-- The first schema.
--
-- Every document is kept whole: what is asked for by value stands in rows of its own (`detail` holds
-- the typed JSON of one mention, finding, …), the rest of the document in `rest`. A document is put
-- together again from both, in order of `position`. `digest` is the SHA-256 of its canonical JSON and
-- tells whether a document saved again has changed. `key` grows with every save: the highest is the
-- latest. Times are microseconds since 1970 in UTC.

CREATE TABLE observables (
    key   INTEGER PRIMARY KEY,
    kind  TEXT NOT NULL,
    value TEXT NOT NULL,
    -- Of domains, URLs and mail addresses: the labels of the host from the right, each with a dot
    -- behind it (`example.evil.a.`), so that everything below a domain is one range. Of addresses and
    -- URLs on addresses: `=` and the address.
    host  TEXT,
    UNIQUE (kind, value)
) STRICT;
CREATE INDEX observables_by_host ON observables (host) WHERE host IS NOT NULL;
-- Names that Windows compares without regard to case.
CREATE INDEX observables_folded ON observables (kind, value COLLATE NOCASE)
    WHERE kind IN ('file_name', 'file_path', 'registry_key', 'service_name', 'named_pipe', 'detection_name');

CREATE TABLE reports (
    key        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    digest     BLOB NOT NULL,
    saved_at   INTEGER NOT NULL,
    indicators INTEGER NOT NULL,
    mentions   INTEGER NOT NULL,
    rest       TEXT NOT NULL
) STRICT;

CREATE TABLE mentions (
    report      INTEGER NOT NULL REFERENCES reports (key) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    observable  INTEGER NOT NULL REFERENCES observables (key),
    disposition TEXT NOT NULL,
    detail      TEXT NOT NULL,
    PRIMARY KEY (report, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_observable ON mentions (observable);

CREATE TABLE files (
    report   INTEGER NOT NULL REFERENCES reports (key) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    detail   TEXT NOT NULL,
    PRIMARY KEY (report, position)
) STRICT, WITHOUT ROWID;

-- The hashes, names and detection names of a file record.
CREATE TABLE file_values (
    report     INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    observable INTEGER NOT NULL REFERENCES observables (key),
    PRIMARY KEY (observable, report, position),
    FOREIGN KEY (report, position) REFERENCES files (report, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX file_values_by_file ON file_values (report, position);

CREATE TABLE names (
    report   INTEGER NOT NULL REFERENCES reports (key) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    detail   TEXT NOT NULL,
    PRIMARY KEY (report, position)
) STRICT, WITHOUT ROWID;

-- Every spelling of a name, folded: lower case, letters and digits only.
CREATE TABLE name_spellings (
    report   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    folded   TEXT NOT NULL,
    PRIMARY KEY (folded, report, position),
    FOREIGN KEY (report, position) REFERENCES names (report, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX name_spellings_by_name ON name_spellings (report, position);

CREATE TABLE techniques (
    report    INTEGER NOT NULL REFERENCES reports (key) ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    technique TEXT NOT NULL,
    detail    TEXT NOT NULL,
    PRIMARY KEY (report, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX techniques_by_id ON techniques (technique);

CREATE TABLE hunts (
    key         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    digest      BLOB NOT NULL,
    saved_at    INTEGER NOT NULL,
    seen        INTEGER NOT NULL,
    not_seen    INTEGER NOT NULL,
    cannot_tell INTEGER NOT NULL,
    -- JSON: reports, paths, the time asked about, the window, partial.
    summary     TEXT NOT NULL,
    rest        TEXT NOT NULL
) STRICT;

-- What can be said of one indicator or of many: a million negatives of one kind share one.
CREATE TABLE verdicts (
    hunt    INTEGER NOT NULL REFERENCES hunts (key) ON DELETE CASCADE,
    verdict INTEGER NOT NULL,
    detail  TEXT NOT NULL,
    PRIMARY KEY (hunt, verdict)
) STRICT, WITHOUT ROWID;

-- `detail` is the indicator.
CREATE TABLE findings (
    hunt       INTEGER NOT NULL REFERENCES hunts (key) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    observable INTEGER NOT NULL REFERENCES observables (key),
    verdict    INTEGER NOT NULL,
    detail     TEXT NOT NULL,
    PRIMARY KEY (hunt, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX findings_by_observable ON findings (observable);

-- One row for each sighting of a finding, for look-ups by asset.
CREATE TABLE sightings (
    hunt     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    nth      INTEGER NOT NULL,
    asset    TEXT,
    PRIMARY KEY (hunt, position, nth),
    FOREIGN KEY (hunt, position) REFERENCES findings (hunt, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_by_asset ON sightings (asset COLLATE NOCASE);

CREATE TABLE assessments (
    key      INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE,
    digest   BLOB NOT NULL,
    saved_at INTEGER NOT NULL,
    hunt     TEXT,
    document TEXT NOT NULL
) STRICT;

-- Actors weighed in an assessment under every name they bear, folded as in name_spellings.
CREATE TABLE hypothesis_names (
    assessment INTEGER NOT NULL REFERENCES assessments (key) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    folded     TEXT NOT NULL,
    PRIMARY KEY (folded, assessment, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX hypothesis_names_by_assessment ON hypothesis_names (assessment);

-- Block plans have no id of their own: there is one for each basis (reports and hunt, as JSON).
CREATE TABLE blocks (
    key       INTEGER PRIMARY KEY AUTOINCREMENT,
    basis     TEXT NOT NULL UNIQUE,
    digest    BLOB NOT NULL,
    saved_at  INTEGER NOT NULL,
    entries   INTEGER NOT NULL,
    held_back INTEGER NOT NULL
) STRICT;

CREATE TABLE block_items (
    block      INTEGER NOT NULL REFERENCES blocks (key) ON DELETE CASCADE,
    -- 1: on the lists; 0: held back.
    blocked    INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    observable INTEGER NOT NULL REFERENCES observables (key),
    detail     TEXT NOT NULL,
    PRIMARY KEY (block, blocked, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX block_items_by_observable ON block_items (observable);

-- Which reports a hunt, an assessment or a block plan rests on.
CREATE TABLE bases (
    kind   TEXT NOT NULL,
    key    INTEGER NOT NULL,
    report TEXT NOT NULL,
    PRIMARY KEY (kind, key, report)
) STRICT, WITHOUT ROWID;
CREATE INDEX bases_by_report ON bases (report, kind);

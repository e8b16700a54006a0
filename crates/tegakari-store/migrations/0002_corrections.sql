-- What people say against what was read, and the documents themselves, so that a correction can be
-- applied, taken back and exported.

-- Zstandard-compressed bytes of a report's document. Very large ones are not kept.
CREATE TABLE documents (
    report TEXT PRIMARY KEY,
    bytes  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- In the order of `key`; nothing is ever changed or deleted. `detail` is the typed JSON.
CREATE TABLE corrections (
    key    INTEGER PRIMARY KEY AUTOINCREMENT,
    report TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX corrections_by_report ON corrections (report);

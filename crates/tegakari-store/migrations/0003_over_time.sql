-- Assessments over time, the user's own clusters, and the knowledge that was used.

-- What happened to the assessments of one case (the same reports and hunt), in the order of `key`; nothing is ever
-- changed or deleted. `detail` is the typed JSON.
CREATE TABLE assessment_events (
    key     INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
) STRICT;
CREATE INDEX assessment_events_by_case ON assessment_events (subject);

-- Compiled knowledge files that assessments were made with, so that what changed can still be told.
CREATE TABLE knowledge_files (
    version TEXT PRIMARY KEY,
    bytes   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What was done to the user's own clusters, in the order of `key`; nothing is ever changed or deleted.
CREATE TABLE cluster_events (
    key     INTEGER PRIMARY KEY AUTOINCREMENT,
    cluster TEXT NOT NULL,
    detail  TEXT NOT NULL
) STRICT;
CREATE INDEX cluster_events_by_cluster ON cluster_events (cluster);

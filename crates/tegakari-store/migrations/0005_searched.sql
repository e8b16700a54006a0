-- How far each file was searched by hunts that go on where the last one stopped. `hunt` is what was asked (paths,
-- indicators, time, machines); `detail` says by what a file is known again and where to go on; `outcome` is what was
-- found in it so far.
CREATE TABLE searched (
    key     INTEGER PRIMARY KEY AUTOINCREMENT,
    hunt    TEXT NOT NULL,
    file    TEXT NOT NULL,
    detail  TEXT NOT NULL,
    outcome BLOB NOT NULL
) STRICT;
CREATE INDEX searched_by_hunt ON searched (hunt);

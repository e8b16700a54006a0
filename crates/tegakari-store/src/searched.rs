//! How far files were searched, for hunts that go on where the last one stopped.

use rusqlite::params;

use crate::{Store, StoreError};

/// One file, as far as it was searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchedFile {
    /// Its number here; 0 for one that is not kept yet.
    pub key: i64,
    /// Its name at that time.
    pub file: String,
    /// By what it is known again, as whoever keeps it writes that.
    pub detail: String,
    /// What was found in it.
    pub outcome: Vec<u8>,
}

impl Store {
    /// The files that hunts for `hunt` have searched, in the order in which they were kept.
    ///
    /// # Errors
    /// When the database is locked or damaged.
    pub fn searched(&self, hunt: &str) -> Result<Vec<SearchedFile>, StoreError> {
        self.read("loading how far files were searched", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT key, file, detail, outcome FROM searched WHERE hunt = ?1 ORDER BY key",
            )?;
            let rows = statement.query_map([hunt], |row| {
                Ok(SearchedFile {
                    key: row.get(0)?,
                    file: row.get(1)?,
                    detail: row.get(2)?,
                    outcome: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Keeps how far files were searched, all or none of them, and forgets the rows that they take the place of.
    ///
    /// # Errors
    /// When the database is locked, full, damaged or cannot be written; nothing is changed then.
    pub fn keep_searched(
        &mut self,
        hunt: &str,
        files: &[SearchedFile],
        instead_of: &[i64],
    ) -> Result<(), StoreError> {
        self.write("keeping how far files were searched", |transaction| {
            let mut forget = transaction.prepare_cached("DELETE FROM searched WHERE key = ?1")?;
            for key in instead_of {
                forget.execute([key])?;
            }
            let mut insert = transaction.prepare_cached(
                "INSERT INTO searched (hunt, file, detail, outcome) VALUES (?1, ?2, ?3, ?4)",
            )?;
            for one in files {
                insert.execute(params![hunt, one.file, one.detail, one.outcome])?;
            }
            Ok(())
        })
    }
}

//! What people say against what was read, and the documents it is said of.

use rusqlite::{OptionalExtension, params};
use tegakari_model::{Correction, ReportId};

use crate::document::{load_all, to_json};
use crate::error::Trouble;
use crate::{Store, StoreError};

/// The largest document that is kept, in bytes.
const LARGEST: usize = 32 << 20;
/// How hard to compress: level 3 is zstd's own default.
const LEVEL: i32 = 3;

impl Store {
    /// Keeps the document a report was read from, so that it can be read again. One larger than 32 MiB is not
    /// kept; `false` then.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written.
    pub fn keep_document(&mut self, report: &ReportId, bytes: &[u8]) -> Result<bool, StoreError> {
        if bytes.len() > LARGEST {
            return Ok(false);
        }
        self.write(
            &format!("keeping the document of {report}"),
            |transaction| {
                let known = transaction
                    .query_row(
                        "SELECT 1 FROM documents WHERE report = ?1",
                        [report.as_str()],
                        |_| Ok(()),
                    )
                    .optional()?;
                if known.is_some() {
                    return Ok(true);
                }
                let packed = zstd::bulk::compress(bytes, LEVEL)
                    .map_err(|error| Trouble::NotStorable(error.to_string()))?;
                transaction.execute(
                    "INSERT INTO documents (report, bytes) VALUES (?1, ?2)",
                    params![report.as_str(), packed],
                )?;
                Ok(true)
            },
        )
    }

    /// The bytes of the document a report was read from; `None` when they were not kept.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn document(&self, report: &ReportId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(&format!("loading the document of {report}"), |connection| {
            let packed: Option<Vec<u8>> = connection
                .query_row(
                    "SELECT bytes FROM documents WHERE report = ?1",
                    [report.as_str()],
                    |row| row.get(0),
                )
                .optional()?;
            packed
                .map(|packed| zstd::bulk::decompress(&packed, LARGEST))
                .transpose()
                .map_err(|error| Trouble::Unreadable(format!("document: {error}")))
        })
    }

    /// Adds a correction.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written.
    pub fn add_correction(&mut self, correction: &Correction) -> Result<(), StoreError> {
        let report = &correction.report;
        self.write(
            &format!("keeping a correction of {report}"),
            |transaction| {
                transaction.execute(
                    "INSERT INTO corrections (report, detail) VALUES (?1, ?2)",
                    params![report.as_str(), to_json(correction)?],
                )?;
                Ok(())
            },
        )
    }

    /// All corrections of a report, or of all reports, in the order in which they were made.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn corrections(&self, report: Option<&ReportId>) -> Result<Vec<Correction>, StoreError> {
        self.read("loading corrections", |connection| {
            let sql = "SELECT detail FROM corrections WHERE ?1 IS NULL OR report = ?1 ORDER BY key";
            let report = report.map(ReportId::as_str);
            load_all(connection, sql, params![report], "correction")
        })
    }
}

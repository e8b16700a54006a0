//! What happened to assessments after they were made, and the knowledge they were made with.

use rusqlite::{OptionalExtension, params};
use tegakari_model::{Assessment, AssessmentDeed, AssessmentEvent, CaseId, Timestamp};

use crate::document::{load_all, to_json};
use crate::{Store, StoreError, assessments};

impl Store {
    /// All assessments of a case with the times of saving, the first made first.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn assessments_of_case(
        &self,
        case: &CaseId,
    ) -> Result<Vec<(Assessment, Timestamp)>, StoreError> {
        self.read("loading the assessments of a case", |connection| {
            let mut all = assessments::load(connection, "ORDER BY key", [])?;
            all.retain(|(one, _)| one.case() == *case);
            Ok(all)
        })
    }

    /// Adds an event to the history of a case.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written.
    pub fn add_assessment_event(
        &mut self,
        case: &CaseId,
        event: &AssessmentEvent,
    ) -> Result<(), StoreError> {
        self.write("keeping the history of an assessment", |transaction| {
            transaction.execute(
                "INSERT INTO assessment_events (subject, detail) VALUES (?1, ?2)",
                params![case.as_str(), to_json(event)?],
            )?;
            Ok(())
        })
    }

    /// The history of a case, oldest first.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn assessment_events(&self, case: &CaseId) -> Result<Vec<AssessmentEvent>, StoreError> {
        self.read("loading the history of an assessment", |connection| {
            let sql = "SELECT detail FROM assessment_events WHERE subject = ?1 ORDER BY key";
            load_all(connection, sql, params![case.as_str()], "event")
        })
    }

    /// Whether a person closed the case and did not open it again.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn is_closed(&self, case: &CaseId) -> Result<bool, StoreError> {
        let events = self.assessment_events(case)?;
        let last = events.iter().rev().find_map(|event| match event.what {
            AssessmentDeed::Closed { .. } => Some(true),
            AssessmentDeed::Reopened { .. } => Some(false),
            AssessmentDeed::Again { .. } => None,
        });
        Ok(last.unwrap_or(false))
    }

    /// Number of cases with an assessment that nobody closed.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn open_cases(&self) -> Result<usize, StoreError> {
        let cases = self.standing_cases()?;
        Ok(cases.iter().filter(|case| !case.closed).count())
    }

    /// Whether the compiled knowledge of this version is kept.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn has_knowledge(&self, version: &str) -> Result<bool, StoreError> {
        self.read("looking for knowledge", |connection| {
            let known: Option<i64> = connection
                .query_row(
                    "SELECT 1 FROM knowledge_files WHERE version = ?1",
                    [version],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(known.is_some())
        })
    }

    /// Keeps a compiled knowledge file, once.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written.
    pub fn keep_knowledge(&mut self, version: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.write("keeping the knowledge that was used", |transaction| {
            transaction.execute(
                "INSERT OR IGNORE INTO knowledge_files (version, bytes) VALUES (?1, ?2)",
                params![version, bytes],
            )?;
            Ok(())
        })
    }

    /// A compiled knowledge file; `None` when it was not kept.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn knowledge_file(&self, version: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read("loading knowledge", |connection| {
            Ok(connection
                .query_row(
                    "SELECT bytes FROM knowledge_files WHERE version = ?1",
                    [version],
                    |row| row.get(0),
                )
                .optional()?)
        })
    }
}

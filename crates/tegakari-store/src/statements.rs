//! What persons stated of incidents.

use std::collections::BTreeMap;

use rusqlite::params;
use tegakari_model::{CaseId, Statement};

use crate::document::{load_all, to_json};
use crate::{Store, StoreError};

impl Store {
    /// Adds statements, all of them or none.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written, or when a number is none (NaN).
    pub fn add_statements(&mut self, statements: &[Statement]) -> Result<(), StoreError> {
        self.write("keeping what was stated of an incident", |transaction| {
            let mut insert = transaction
                .prepare_cached("INSERT INTO statements (incident, detail) VALUES (?1, ?2)")?;
            for one in statements {
                insert.execute(params![one.incident.as_str(), to_json(one)?])?;
            }
            Ok(())
        })
    }

    /// What was stated of an incident, in the order in which it was.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn statements(&self, incident: &CaseId) -> Result<Vec<Statement>, StoreError> {
        self.read("loading what was stated of an incident", |connection| {
            let sql = "SELECT detail FROM statements WHERE incident = ?1 ORDER BY key";
            load_all(connection, sql, [incident.as_str()], "statement")
        })
    }

    /// What was stated of every incident, each in the order in which it was.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn all_statements(&self) -> Result<BTreeMap<CaseId, Vec<Statement>>, StoreError> {
        self.read("loading what was stated of incidents", |connection| {
            let sql = "SELECT detail FROM statements ORDER BY key";
            let all: Vec<Statement> = load_all(connection, sql, [], "statement")?;
            let mut by_incident: BTreeMap<CaseId, Vec<Statement>> = BTreeMap::new();
            for one in all {
                by_incident
                    .entry(one.incident.clone())
                    .or_default()
                    .push(one);
            }
            Ok(by_incident)
        })
    }
}

//! One SQLite file that keeps reports, hunts, assessments and block plans.
//!
//! Documents come back exactly as they were saved. What people ask for by value (an address, a hash,
//! a name, a machine) is indexed, so that `tegakari show VALUE` need not read whole documents.
//!
//! Every save is one transaction: an interrupted or failed save leaves the old state. Saving the same
//! document again changes nothing. No clock is read: the time of saving is an argument.

mod about;
mod assessments;
mod blocks;
mod clusters;
mod corrections;
mod document;
mod drills;
mod error;
mod history;
mod hunts;
mod ids;
mod names;
mod observables;
mod open;
mod reports;
mod schema;
mod searched;
mod standing;
mod statements;
mod taxii;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use about::{
    About, AboutAsset, AssetSighting, BlockDecision, HuntFinding, Related, ReportedFile,
    ReportedMention,
};
pub use assessments::AssessmentSummary;
pub use blocks::{BlockBasis, BlockSummary, Decision};
pub use error::StoreError;
pub use hunts::HuntSummary;
pub use ids::{IdMatch, StoredId};
pub use names::{AboutName, AboutTechnique, ReportedName, ReportedTechnique, WeighedActor};
pub use reports::ReportSummary;
pub use searched::SearchedFile;
pub use standing::StandingCase;
pub use taxii::{NewTaxiiObject, TaxiiObject, TaxiiQuery, TaxiiVersions};

use error::{Outcome, Trouble};

/// What a save did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Saved {
    /// It was not there before.
    New,
    /// It was there, exactly so; nothing was changed.
    Unchanged,
    /// It was there under the same id with other content (read by an older version, say), which it replaced.
    Replaced,
}

/// The open database.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the file for reading and writing, makes it when there is none, and brings an older one
    /// to the present schema.
    ///
    /// # Errors
    /// When the file is of a newer version, of another program, no database, damaged, locked for more
    /// than five seconds, or cannot be written.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = open::for_writing(path)?;
        Ok(Self {
            connection,
            path: path.to_owned(),
        })
    }

    /// Opens the file for reading only; it must exist. Works on media that cannot be written.
    ///
    /// # Errors
    /// As [`Store::open`]; also when the file is missing or has an older schema.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let connection = open::for_reading(path)?;
        Ok(Self {
            connection,
            path: path.to_owned(),
        })
    }

    /// A store that lives in memory and is gone with the value (`--db :memory:`, tests).
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory() -> Result<Self, StoreError> {
        let connection = open::in_memory()?;
        Ok(Self {
            connection,
            path: PathBuf::from(":memory:"),
        })
    }

    /// A store that lives in memory and stands for a file that is not there: messages name that file.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_place_of(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            path: path.to_owned(),
            ..Self::in_memory()?
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The schema version of the file, which is the newest this program knows.
    pub fn schema_version(&self) -> u32 {
        schema::KNOWN
    }

    /// Does `work` in one writing transaction: all of it or nothing.
    fn write<T>(
        &mut self,
        doing: &str,
        work: impl FnOnce(&Transaction<'_>) -> Outcome<T>,
    ) -> Result<T, StoreError> {
        let run = || {
            // Immediate: a transaction that first reads and then writes could be refused half-way
            // when another process writes in between.
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let out = work(&transaction)?;
            transaction.commit()?;
            Ok::<T, Trouble>(out)
        };
        run().map_err(|trouble| trouble.at(&self.path, doing))
    }

    /// Does `work` on one unchanging state of the file.
    fn read<T>(
        &self,
        doing: &str,
        work: impl FnOnce(&Connection) -> Outcome<T>,
    ) -> Result<T, StoreError> {
        let run = || {
            let transaction = self.connection.unchecked_transaction()?;
            let out = work(&transaction)?;
            transaction.finish()?;
            Ok::<T, Trouble>(out)
        };
        run().map_err(|trouble| trouble.at(&self.path, doing))
    }
}

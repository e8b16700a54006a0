//! Block plans, one for each basis, and the bookkeeping of what rests on which report.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use tegakari_model::{BlockEntry, BlockPlan, HeldBack, HuntId, ReportId, Timestamp};

use crate::document::{digest, from_json, load_all, to_json};
use crate::error::Outcome;
use crate::reports::{as_i64, as_u64, time};
use crate::{Saved, Store, StoreError, observables};

/// What a block plan was made from. There is one plan for each basis: a new one takes its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlockBasis {
    /// Reports whose indicators it blocks, sorted.
    pub reports: Vec<ReportId>,
    /// The hunt it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hunt: Option<HuntId>,
}

impl BlockBasis {
    /// A basis; the reports need not be sorted.
    pub fn new(mut reports: Vec<ReportId>, hunt: Option<HuntId>) -> Self {
        reports.sort();
        reports.dedup();
        Self { reports, hunt }
    }
}

/// A block plan in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockSummary {
    /// What it was made from.
    pub basis: BlockBasis,
    /// How many indicators are on the lists.
    pub entries: u64,
    /// How many were held back.
    pub held_back: u64,
    /// When it was saved.
    pub saved_at: Timestamp,
}

/// What a block plan says about one indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// It is on the lists.
    Blocked(BlockEntry),
    /// It was held back.
    HeldBack(HeldBack),
}

impl Store {
    /// Keeps a block plan. `basis` says what it was made from.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written; nothing is changed then.
    pub fn save_block(
        &mut self,
        basis: &BlockBasis,
        plan: &BlockPlan,
        saved_at: Timestamp,
    ) -> Result<Saved, StoreError> {
        self.write("saving a block plan", |transaction| {
            save(transaction, basis, plan, saved_at)
        })
    }

    /// The block plan made from `basis`; `None` when there is none.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn block(&self, basis: &BlockBasis) -> Result<Option<BlockPlan>, StoreError> {
        let basis = BlockBasis::new(basis.reports.clone(), basis.hunt.clone());
        self.read("loading a block plan", |connection| {
            let key = connection
                .query_row(
                    "SELECT key FROM blocks WHERE basis = ?1",
                    [to_json(&basis)?],
                    |row| row.get(0),
                )
                .optional()?;
            key.map(|key| load(connection, key)).transpose()
        })
    }

    /// The block plan saved last, with its basis.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn latest_block(&self) -> Result<Option<(BlockBasis, BlockPlan)>, StoreError> {
        self.read("loading the latest block plan", |connection| {
            let found: Option<(i64, String)> = connection
                .query_row(
                    "SELECT key, basis FROM blocks ORDER BY key DESC LIMIT 1",
                    [],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            found
                .map(|(key, basis)| Ok((from_json(&basis, "basis")?, load(connection, key)?)))
                .transpose()
        })
    }

    /// All block plans, the latest saved first.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn blocks(&self) -> Result<Vec<BlockSummary>, StoreError> {
        self.read("listing the block plans", |connection| {
            let sql = "SELECT basis, entries, held_back, saved_at FROM blocks ORDER BY key DESC";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let basis: String = row.get(0)?;
                out.push(BlockSummary {
                    basis: from_json(&basis, "basis")?,
                    entries: as_u64(row.get(1)?),
                    held_back: as_u64(row.get(2)?),
                    saved_at: time(row.get(3)?)?,
                });
            }
            Ok(out)
        })
    }
}

fn save(
    transaction: &Transaction<'_>,
    basis: &BlockBasis,
    plan: &BlockPlan,
    saved_at: Timestamp,
) -> Outcome<Saved> {
    let basis = BlockBasis::new(basis.reports.clone(), basis.hunt.clone());
    let basis_json = to_json(&basis)?;
    let digest = digest(plan)?;
    let known: Option<(i64, Vec<u8>)> = transaction
        .query_row(
            "SELECT key, digest FROM blocks WHERE basis = ?1",
            [&basis_json],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    match &known {
        Some((_, same)) if *same == digest => return Ok(Saved::Unchanged),
        Some((key, _)) => {
            transaction.execute("DELETE FROM blocks WHERE key = ?1", [key])?;
            forget_basis(transaction, "block", *key)?;
        }
        None => {}
    }
    transaction
        .prepare_cached(
            "INSERT INTO blocks (basis, digest, saved_at, entries, held_back)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            basis_json,
            digest,
            saved_at.as_microsecond(),
            as_i64(plan.entries.len()),
            as_i64(plan.held_back.len()),
        ])?;
    let key = transaction.last_insert_rowid();
    remember_basis(transaction, "block", key, &basis.reports)?;
    let mut insert = transaction.prepare_cached(
        "INSERT INTO block_items (block, blocked, position, observable, detail)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (position, entry) in plan.entries.iter().enumerate() {
        let observable = observables::key(transaction, &entry.indicator.observable)?;
        insert.execute(params![
            key,
            true,
            as_i64(position),
            observable,
            to_json(entry)?
        ])?;
    }
    for (position, held) in plan.held_back.iter().enumerate() {
        let observable = observables::key(transaction, &held.indicator.observable)?;
        insert.execute(params![
            key,
            false,
            as_i64(position),
            observable,
            to_json(held)?
        ])?;
    }
    Ok(if known.is_some() {
        Saved::Replaced
    } else {
        Saved::New
    })
}

fn load(connection: &Connection, key: i64) -> Outcome<BlockPlan> {
    let sql = "SELECT detail FROM block_items WHERE block = ?1 AND blocked = ?2 ORDER BY position";
    Ok(BlockPlan {
        entries: load_all(connection, sql, params![key, true], "block entry")?,
        held_back: load_all(connection, sql, params![key, false], "entry held back")?,
    })
}

/// Notes which reports something rests on. `kind` is `hunt`, `assessment` or `block`.
pub(crate) fn remember_basis(
    transaction: &Transaction<'_>,
    kind: &str,
    key: i64,
    reports: &[ReportId],
) -> Outcome<()> {
    let mut insert = transaction
        .prepare_cached("INSERT OR IGNORE INTO bases (kind, key, report) VALUES (?1, ?2, ?3)")?;
    for report in reports {
        insert.execute(params![kind, key, report.as_str()])?;
    }
    Ok(())
}

/// Undoes [`remember_basis`] for something that is replaced.
pub(crate) fn forget_basis(transaction: &Transaction<'_>, kind: &str, key: i64) -> Outcome<()> {
    transaction.execute(
        "DELETE FROM bases WHERE kind = ?1 AND key = ?2",
        params![kind, key],
    )?;
    Ok(())
}

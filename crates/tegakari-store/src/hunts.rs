//! Hunts: what was looked for, what was found, and what could have been.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use tegakari_model::{
    Finding, FindingKind, HuntId, HuntResult, IndicatorFinding, ReportId, TimeRange, Timestamp,
    Totals,
};

use crate::document::{Digester, from_json, mistyped, to_json};
use crate::error::{Outcome, Trouble};
use crate::reports::{as_i64, time};
use crate::{Saved, Store, StoreError, blocks, observables};

/// A hunt in one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HuntSummary {
    /// Its id.
    pub id: HuntId,
    /// Reports whose indicators were looked for, sorted.
    pub reports: Vec<ReportId>,
    /// The paths searched, as given.
    pub paths: Vec<String>,
    /// The time asked about: as given, otherwise from the first to the last hour with records.
    pub window: TimeRange,
    /// How many findings of each kind.
    pub totals: Totals,
    /// Whether it was interrupted.
    pub partial: bool,
    /// When it was saved.
    pub saved_at: Timestamp,
}

/// The columns of a summary that nobody asks for by value.
#[derive(Serialize, Deserialize)]
struct Brief {
    reports: Vec<ReportId>,
    paths: Vec<String>,
    window: TimeRange,
    partial: bool,
}

impl Store {
    /// Keeps a hunt.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written; nothing is changed then.
    pub fn save_hunt(
        &mut self,
        hunt: &HuntResult,
        saved_at: Timestamp,
    ) -> Result<Saved, StoreError> {
        self.write(&format!("saving hunt {}", hunt.id), |transaction| {
            save(transaction, hunt, saved_at)
        })
    }

    /// The hunt with this id; `None` when there is none.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn hunt(&self, id: &HuntId) -> Result<Option<HuntResult>, StoreError> {
        self.read(&format!("loading hunt {id}"), |connection| {
            load(connection, id)
        })
    }

    /// All hunts, the latest saved first.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn hunts(&self) -> Result<Vec<HuntSummary>, StoreError> {
        self.read("listing the hunts", |connection| {
            summaries(connection, "ORDER BY key DESC", [])
        })
    }

    /// The hunt saved last.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn latest_hunt(&self) -> Result<Option<HuntResult>, StoreError> {
        self.read("loading the latest hunt", |connection| {
            match summaries(connection, "ORDER BY key DESC LIMIT 1", [])?.first() {
                Some(summary) => load(connection, &summary.id),
                None => Ok(None),
            }
        })
    }

    /// The hunts that looked for a report's indicators, the latest saved first.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn hunts_of(&self, report: &ReportId) -> Result<Vec<HuntSummary>, StoreError> {
        self.read(&format!("listing the hunts of {report}"), |connection| {
            let tail = "WHERE key IN (SELECT key FROM bases WHERE report = ?1 AND kind = 'hunt')
                        ORDER BY key DESC";
            summaries(connection, tail, [report.as_str()])
        })
    }
}

/// A hunt in the parts that are kept.
struct Parts {
    brief: Brief,
    /// The hunt without its findings.
    rest: String,
    /// JSON of every different finding.
    verdicts: Vec<String>,
    /// For every finding, which of these it is.
    verdict_of: Vec<usize>,
    digest: Vec<u8>,
}

impl Parts {
    fn of(hunt: &HuntResult) -> Outcome<Self> {
        let brief = Brief {
            reports: hunt.reports.clone(),
            paths: hunt.paths.clone(),
            window: hunt.coverage.window,
            partial: hunt.partial,
        };
        let rest = HuntResult {
            id: hunt.id.clone(),
            reports: hunt.reports.clone(),
            paths: hunt.paths.clone(),
            asked: hunt.asked,
            findings: Vec::new(),
            coverage: hunt.coverage.clone(),
            problems: hunt.problems.clone(),
            partial: hunt.partial,
            strength: hunt.strength.clone(),
            behaviours: hunt.behaviours.clone(),
        };
        let mut digest = Digester::new();
        digest.add(&rest)?;
        let mut verdicts = Verdicts::default();
        let mut verdict_of = Vec::with_capacity(hunt.findings.len());
        for one in &hunt.findings {
            let verdict = verdicts.number(&one.finding)?;
            digest.add(&one.indicator)?;
            digest.add(&verdict)?;
            verdict_of.push(verdict);
        }
        digest.add(&verdicts.all)?;
        let digest = digest.finish()?;
        Ok(Self {
            brief,
            rest: to_json(&rest)?,
            verdicts: verdicts.all,
            verdict_of,
            digest,
        })
    }
}

/// Gives equal findings one number.
#[derive(Default)]
struct Verdicts {
    all: Vec<String>,
    by_json: BTreeMap<String, usize>,
    /// Negatives that share their parts in memory need not be written to be known as equal.
    by_address: BTreeMap<(FindingKind, usize, usize), usize>,
}

impl Verdicts {
    fn number(&mut self, finding: &Finding) -> Outcome<usize> {
        let address = match finding {
            Finding::Seen { .. } => None,
            Finding::NotSeen { visibility, gaps } | Finding::CannotTell { visibility, gaps } => {
                Some((
                    finding.kind(),
                    Arc::as_ptr(visibility).addr(),
                    Arc::as_ptr(gaps).cast::<()>().addr(),
                ))
            }
        };
        if let Some(&number) = address.and_then(|address| self.by_address.get(&address)) {
            return Ok(number);
        }
        let json = to_json(finding)?;
        let number = match self.by_json.get(&json) {
            Some(&number) => number,
            None => {
                self.by_json.insert(json.clone(), self.all.len());
                self.all.push(json);
                self.all.len() - 1
            }
        };
        if let Some(address) = address {
            self.by_address.insert(address, number);
        }
        Ok(number)
    }
}

fn save(transaction: &Transaction<'_>, hunt: &HuntResult, saved_at: Timestamp) -> Outcome<Saved> {
    let parts = Parts::of(hunt)?;
    let known: Option<(i64, Vec<u8>)> = transaction
        .query_row(
            "SELECT key, digest FROM hunts WHERE id = ?1",
            [hunt.id.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    match &known {
        Some((_, same)) if *same == parts.digest => return Ok(Saved::Unchanged),
        Some((key, _)) => {
            transaction.execute("DELETE FROM hunts WHERE key = ?1", [key])?;
            blocks::forget_basis(transaction, "hunt", *key)?;
        }
        None => {}
    }
    let totals = hunt.totals();
    transaction
        .prepare_cached(
            "INSERT INTO hunts (id, digest, saved_at, seen, not_seen, cannot_tell, summary, rest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            hunt.id.as_str(),
            parts.digest,
            saved_at.as_microsecond(),
            as_i64(totals.seen),
            as_i64(totals.not_seen),
            as_i64(totals.cannot_tell),
            to_json(&parts.brief)?,
            parts.rest,
        ])?;
    let key = transaction.last_insert_rowid();
    blocks::remember_basis(transaction, "hunt", key, &hunt.reports)?;
    save_findings(transaction, key, hunt, &parts)?;
    Ok(if known.is_some() {
        Saved::Replaced
    } else {
        Saved::New
    })
}

fn save_findings(
    transaction: &Transaction<'_>,
    key: i64,
    hunt: &HuntResult,
    parts: &Parts,
) -> Outcome<()> {
    let mut verdict = transaction
        .prepare_cached("INSERT INTO verdicts (hunt, verdict, detail) VALUES (?1, ?2, ?3)")?;
    for (number, detail) in parts.verdicts.iter().enumerate() {
        verdict.execute(params![key, as_i64(number), detail])?;
    }
    let mut finding = transaction.prepare_cached(
        "INSERT INTO findings (hunt, position, observable, verdict, detail)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut sighting = transaction.prepare_cached(
        "INSERT INTO sightings (hunt, position, nth, asset) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (position, (one, number)) in hunt.findings.iter().zip(&parts.verdict_of).enumerate() {
        let position = as_i64(position);
        finding.execute(params![
            key,
            position,
            observables::key(transaction, &one.indicator.observable)?,
            as_i64(*number),
            to_json(&one.indicator)?,
        ])?;
        for (nth, seen) in one.finding.sightings().iter().enumerate() {
            sighting.execute(params![key, position, as_i64(nth), seen.asset])?;
        }
    }
    Ok(())
}

pub(crate) fn load(connection: &Connection, id: &HuntId) -> Outcome<Option<HuntResult>> {
    let found: Option<(i64, String)> = connection
        .query_row(
            "SELECT key, rest FROM hunts WHERE id = ?1",
            [id.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((key, rest)) = found else {
        return Ok(None);
    };
    let mut hunt: HuntResult = from_json(&rest, "hunt")?;
    // Each verdict is read once; findings that had it share it again.
    let mut verdicts: BTreeMap<i64, Finding> = BTreeMap::new();
    let mut statement = connection
        .prepare_cached("SELECT verdict, detail FROM verdicts WHERE hunt = ?1 ORDER BY verdict")?;
    let mut rows = statement.query([key])?;
    while let Some(row) = rows.next()? {
        let detail = row.get_ref(1)?;
        let detail = detail.as_str().map_err(mistyped)?;
        verdicts.insert(row.get(0)?, from_json(detail, "finding")?);
    }
    let mut statement = connection
        .prepare_cached("SELECT verdict, detail FROM findings WHERE hunt = ?1 ORDER BY position")?;
    let mut rows = statement.query([key])?;
    while let Some(row) = rows.next()? {
        let detail = row.get_ref(1)?;
        let detail = detail.as_str().map_err(mistyped)?;
        let finding = verdicts
            .get(&row.get(0)?)
            .cloned()
            .ok_or_else(|| Trouble::Unreadable(format!("hunt {id} lacks a verdict")))?;
        hunt.findings.push(IndicatorFinding {
            indicator: from_json(detail, "indicator")?,
            finding,
        });
    }
    Ok(Some(hunt))
}

/// Summaries of the hunts that `tail` (what follows `FROM hunts`) picks.
pub(crate) fn summaries(
    connection: &Connection,
    tail: &str,
    params: impl rusqlite::Params,
) -> Outcome<Vec<HuntSummary>> {
    let sql =
        format!("SELECT id, summary, seen, not_seen, cannot_tell, saved_at FROM hunts {tail}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push(summary(row)?);
    }
    Ok(out)
}

fn summary(row: &Row<'_>) -> Outcome<HuntSummary> {
    let id: String = row.get(0)?;
    let brief: String = row.get(1)?;
    let brief: Brief = from_json(&brief, "hunt")?;
    let count = |column: usize| -> Outcome<usize> {
        Ok(usize::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
    };
    Ok(HuntSummary {
        id: HuntId::parse(&id).ok_or_else(|| Trouble::Unreadable(format!("hunt id {id:?}")))?,
        reports: brief.reports,
        paths: brief.paths,
        window: brief.window,
        totals: Totals {
            seen: count(2)?,
            not_seen: count(3)?,
            cannot_tell: count(4)?,
        },
        partial: brief.partial,
        saved_at: time(row.get(5)?)?,
    })
}

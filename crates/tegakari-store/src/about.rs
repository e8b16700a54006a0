//! Everything known about one value or one machine, without reading whole documents.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};
use serde::Serialize;
use tegakari_model::{
    FileRecord, Finding, Indicator, IndicatorFinding, IndicatorRole, Mention, Observable, ReportId,
    Sighting, Timestamp,
};

use crate::blocks::{BlockBasis, Decision};
use crate::document::{from_json, mistyped};
use crate::error::{Outcome, Trouble};
use crate::reports::time;
use crate::{HuntSummary, ReportSummary, Store, StoreError, hunts, observables, reports};

/// How many related values are listed in each direction.
const RELATED_SHOWN: usize = 100;

/// Everything known about a value. Lists have the latest saved first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct About {
    /// What the value was taken for: those readings under which something is known.
    pub values: Vec<Observable>,
    /// Reports that mention it, with what they mean by it.
    pub mentions: Vec<ReportedMention>,
    /// File records that hold it.
    pub files: Vec<ReportedFile>,
    /// What hunts found.
    pub findings: Vec<HuntFinding>,
    /// Whether it is to be blocked.
    pub blocks: Vec<BlockDecision>,
    /// Reported values that hold it (a domain above it, a network around it), the nearest first.
    pub above: Vec<Related>,
    /// Reported values below it (subdomains, URLs and mail addresses on it), in order of value.
    pub below: Vec<Related>,
}

impl About {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.above.is_empty() && self.below.is_empty()
    }
}

/// A mention in a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportedMention {
    /// The report.
    pub report: ReportSummary,
    /// What it says: disposition, reasons, citations.
    pub mention: Mention,
}

/// A file record in a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportedFile {
    /// The report.
    pub report: ReportSummary,
    /// The record.
    pub file: FileRecord,
}

/// A finding of a hunt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HuntFinding {
    /// The hunt.
    pub hunt: HuntSummary,
    /// What it found, with sightings and visibility.
    pub finding: IndicatorFinding,
}

/// A decision of a block plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlockDecision {
    /// What the plan was made from.
    pub basis: BlockBasis,
    /// The decision.
    #[serde(flatten)]
    pub decision: Decision,
    /// When the plan was saved.
    pub saved_at: Timestamp,
}

/// A value that holds the one asked about, or lies below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Related {
    /// The value.
    #[serde(flatten)]
    pub observable: Observable,
    /// Reports that call it an indicator, sorted.
    pub reports: Vec<ReportId>,
}

/// Everything seen on one machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AboutAsset {
    /// Sightings on it, the latest saved hunt first.
    pub sightings: Vec<AssetSighting>,
}

/// A sighting on a machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssetSighting {
    /// The hunt.
    pub hunt: HuntSummary,
    /// What was seen.
    pub indicator: Indicator,
    /// How often, when and where.
    pub sighting: Sighting,
}

impl Store {
    /// Everything known about a value. File names, paths, registry keys, services, pipes and
    /// detection names are found in either case.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn about_value(&self, observable: &Observable) -> Result<About, StoreError> {
        self.about(std::slice::from_ref(observable), observable.value())
    }

    /// Everything known about a text (already refanged), whatever kind of value it is.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn about_text(&self, text: &str) -> Result<About, StoreError> {
        self.about(&observables::meanings(text), text)
    }

    fn about(&self, meanings: &[Observable], text: &str) -> Result<About, StoreError> {
        let short: String = text.chars().take(80).collect();
        self.read(&format!("looking for {short:?}"), |connection| {
            about(connection, meanings)
        })
    }

    /// Everything seen on a machine, by the name sightings give it, in either case.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn about_asset(&self, name: &str) -> Result<AboutAsset, StoreError> {
        self.read(&format!("looking for the machine {name:?}"), |connection| {
            about_asset(connection, name)
        })
    }

    /// The indicators of all reports, for a hunt with everything: each value once, with the citations
    /// of all reports in order of report id; sorted by kind, then value.
    ///
    /// Where reports differ, the first that names a role decides it, labels are gathered, and the time
    /// of use is the widest that any of them states.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn all_indicators(&self) -> Result<Vec<Indicator>, StoreError> {
        self.read("gathering all indicators", all_indicators)
    }
}

fn about(connection: &Connection, meanings: &[Observable]) -> Outcome<About> {
    let mut out = About::default();
    let mut seen = BTreeSet::new();
    for meaning in meanings {
        for key in observables::find(connection, meaning)? {
            if !seen.insert(key) {
                continue;
            }
            let before = (
                out.mentions.len(),
                out.files.len(),
                out.findings.len(),
                out.blocks.len(),
            );
            mentions(connection, key, &mut out.mentions)?;
            files(connection, key, &mut out.files)?;
            findings(connection, key, &mut out.findings)?;
            blocks(connection, key, &mut out.blocks)?;
            let after = (
                out.mentions.len(),
                out.files.len(),
                out.findings.len(),
                out.blocks.len(),
            );
            if before != after {
                out.values.push(observables::load(connection, key)?);
            }
        }
        above(connection, meaning, &mut out.above)?;
        below(connection, meaning, &mut out.below)?;
    }
    // A record is found by its hash and by its name alike.
    let mut files_seen: Vec<(ReportId, FileRecord)> = Vec::new();
    out.files.retain(|one| {
        let pair = (one.report.id.clone(), one.file.clone());
        let new = !files_seen.contains(&pair);
        if new {
            files_seen.push(pair);
        }
        new
    });
    Ok(out)
}

fn mentions(connection: &Connection, key: i64, out: &mut Vec<ReportedMention>) -> Outcome<()> {
    let mut statement = connection.prepare_cached(
        "SELECT report, detail FROM mentions WHERE observable = ?1 ORDER BY report DESC, position",
    )?;
    let mut rows = statement.query([key])?;
    while let Some(row) = rows.next()? {
        let detail: String = row.get(1)?;
        for report in reports::summaries(connection, "WHERE key = ?1", [row.get::<_, i64>(0)?])? {
            out.push(ReportedMention {
                report,
                mention: from_json(&detail, "mention")?,
            });
        }
    }
    Ok(())
}

fn files(connection: &Connection, key: i64, out: &mut Vec<ReportedFile>) -> Outcome<()> {
    let mut statement = connection.prepare_cached(
        "SELECT files.report, files.detail FROM file_values
         JOIN files USING (report, position)
         WHERE observable = ?1 ORDER BY report DESC, position",
    )?;
    let mut rows = statement.query([key])?;
    while let Some(row) = rows.next()? {
        let detail: String = row.get(1)?;
        for report in reports::summaries(connection, "WHERE key = ?1", [row.get::<_, i64>(0)?])? {
            out.push(ReportedFile {
                report,
                file: from_json(&detail, "file record")?,
            });
        }
    }
    Ok(())
}

fn findings(connection: &Connection, key: i64, out: &mut Vec<HuntFinding>) -> Outcome<()> {
    let mut statement = connection.prepare_cached(
        "SELECT hunt, findings.detail, verdicts.detail FROM findings
         JOIN verdicts USING (hunt, verdict)
         WHERE observable = ?1 ORDER BY hunt DESC, position",
    )?;
    let mut rows = statement.query([key])?;
    while let Some(row) = rows.next()? {
        let indicator: String = row.get(1)?;
        let verdict: String = row.get(2)?;
        for hunt in hunts::summaries(connection, "WHERE key = ?1", [row.get::<_, i64>(0)?])? {
            let finding = IndicatorFinding {
                indicator: from_json(&indicator, "indicator")?,
                finding: from_json(&verdict, "finding")?,
            };
            out.push(HuntFinding { hunt, finding });
        }
    }
    Ok(())
}

fn blocks(connection: &Connection, key: i64, out: &mut Vec<BlockDecision>) -> Outcome<()> {
    let mut statement = connection.prepare_cached(
        "SELECT basis, saved_at, blocked, detail FROM block_items
         JOIN blocks ON blocks.key = block_items.block
         WHERE observable = ?1 ORDER BY block DESC, blocked DESC, position",
    )?;
    let mut rows = statement.query([key])?;
    while let Some(row) = rows.next()? {
        let basis: String = row.get(0)?;
        let detail: String = row.get(3)?;
        let decision = if row.get(2)? {
            Decision::Blocked(from_json(&detail, "block entry")?)
        } else {
            Decision::HeldBack(from_json(&detail, "entry held back")?)
        };
        out.push(BlockDecision {
            basis: from_json(&basis, "basis")?,
            decision,
            saved_at: time(row.get(1)?)?,
        });
    }
    Ok(())
}

fn above(connection: &Connection, meaning: &Observable, out: &mut Vec<Related>) -> Outcome<()> {
    for holder in observables::above(meaning) {
        for key in observables::find(connection, &holder)? {
            related(connection, key, out)?;
        }
    }
    Ok(())
}

fn below(connection: &Connection, meaning: &Observable, out: &mut Vec<Related>) -> Outcome<()> {
    let Some((from, until)) = observables::below(meaning) else {
        return Ok(());
    };
    let mut statement = connection.prepare_cached(
        "SELECT key FROM observables
         WHERE host >= ?1 AND host < ?2 AND NOT (kind = ?3 AND value = ?4)
           AND EXISTS (SELECT 1 FROM mentions WHERE observable = key AND disposition = 'ioc')
         ORDER BY value, kind LIMIT ?5",
    )?;
    let kind = meaning.kind().name();
    let limit = reports::as_i64(RELATED_SHOWN);
    let mut rows = statement.query(params![from, until, kind, meaning.value(), limit])?;
    while let Some(row) = rows.next()? {
        related(connection, row.get(0)?, out)?;
    }
    Ok(())
}

/// Adds a value when a report calls it an indicator.
fn related(connection: &Connection, key: i64, out: &mut Vec<Related>) -> Outcome<()> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT reports.id FROM mentions JOIN reports ON reports.key = mentions.report
         WHERE observable = ?1 AND disposition = 'ioc' ORDER BY reports.id",
    )?;
    let mut rows = statement.query([key])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        ids.push(
            ReportId::parse(&id).ok_or_else(|| Trouble::Unreadable(format!("report id {id:?}")))?,
        );
    }
    if !ids.is_empty() {
        let observable = observables::load(connection, key)?;
        if out.iter().all(|one| one.observable != observable) {
            out.push(Related {
                observable,
                reports: ids,
            });
        }
    }
    Ok(())
}

fn about_asset(connection: &Connection, name: &str) -> Outcome<AboutAsset> {
    let mut statement = connection.prepare_cached(
        "SELECT hunt, nth, findings.detail, verdicts.detail FROM sightings
         JOIN findings USING (hunt, position) JOIN verdicts USING (hunt, verdict)
         WHERE asset = ?1 COLLATE NOCASE ORDER BY hunt DESC, position, nth",
    )?;
    let mut rows = statement.query([name])?;
    let mut sightings = Vec::new();
    while let Some(row) = rows.next()? {
        let nth = usize::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
        let indicator: String = row.get(2)?;
        let verdict: String = row.get(3)?;
        let finding: Finding = from_json(&verdict, "finding")?;
        let Some(sighting) = finding.sightings().get(nth) else {
            continue;
        };
        for hunt in hunts::summaries(connection, "WHERE key = ?1", [row.get::<_, i64>(0)?])? {
            sightings.push(AssetSighting {
                hunt,
                indicator: from_json(&indicator, "indicator")?,
                sighting: sighting.clone(),
            });
        }
    }
    Ok(AboutAsset { sightings })
}

fn all_indicators(connection: &Connection) -> Outcome<Vec<Indicator>> {
    let mut statement = connection.prepare_cached(
        "SELECT mentions.detail FROM reports JOIN mentions ON mentions.report = reports.key
         WHERE disposition = 'ioc' ORDER BY reports.id, position",
    )?;
    let mut rows = statement.query([])?;
    let mut merged: BTreeMap<Observable, Indicator> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let mention: Mention = from_json(row.get_ref(0)?.as_str().map_err(mistyped)?, "mention")?;
        let one = merged
            .entry(mention.observable.clone())
            .or_insert_with(|| Indicator::new(mention.observable));
        if one.role == IndicatorRole::Unknown {
            one.role = mention.role;
        }
        one.labels.extend(mention.labels);
        one.labels.sort();
        one.labels.dedup();
        one.valid_from = earliest(one.valid_from, mention.first_seen);
        one.valid_until = one.valid_until.max(mention.last_seen);
        one.citations.extend(mention.citations);
    }
    Ok(merged.into_values().collect())
}

/// The earlier of two times; one that is not known does not count.
fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

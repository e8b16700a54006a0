//! Reports: what they mention, the files they describe, the names and techniques they give.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use tegakari_model::{
    Disposition, FileRecord, Language, Observable, ObservableKind, Report, ReportDate, ReportId,
    Timestamp, Tlp,
};

use crate::document::{digest, from_json, load_all, to_json, word};
use crate::error::{Outcome, Trouble};
use crate::{Saved, Store, StoreError, names, observables};

/// A report in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportSummary {
    /// Its id.
    pub id: ReportId,
    /// File name as the user gave it.
    pub name: String,
    /// Id of the report format it was read as.
    pub format: String,
    /// Its title.
    pub title: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// When it was published.
    pub published: Option<ReportDate>,
    /// Its language.
    pub language: Language,
    /// How far it may be shared.
    pub tlp: Option<Tlp>,
    /// How many indicators it gives.
    pub indicators: u64,
    /// How many observables it mentions, indicators and others.
    pub mentions: u64,
    /// When it was saved.
    pub saved_at: Timestamp,
}

impl Store {
    /// Keeps a report.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written; nothing is changed then.
    pub fn save_report(
        &mut self,
        report: &Report,
        saved_at: Timestamp,
    ) -> Result<Saved, StoreError> {
        self.write(&format!("saving report {}", report.id), |transaction| {
            save(transaction, report, saved_at)
        })
    }

    /// Keeps reports, all in one transaction.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written; nothing is changed then.
    pub fn save_reports(
        &mut self,
        reports: &[Report],
        saved_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write("saving reports", |transaction| {
            for report in reports {
                save(transaction, report, saved_at)?;
            }
            Ok(())
        })
    }

    /// The report with this id; `None` when there is none.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn report(&self, id: &ReportId) -> Result<Option<Report>, StoreError> {
        self.read(&format!("loading report {id}"), |connection| {
            load(connection, id)
        })
    }

    /// All reports, the latest saved first.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn reports(&self) -> Result<Vec<ReportSummary>, StoreError> {
        self.read("listing the reports", |connection| {
            summaries(connection, "ORDER BY key DESC", [])
        })
    }

    /// The report saved last.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn latest_report(&self) -> Result<Option<Report>, StoreError> {
        self.read("loading the latest report", |connection| {
            match summaries(connection, "ORDER BY key DESC LIMIT 1", [])?.first() {
                Some(summary) => load(connection, &summary.id),
                None => Ok(None),
            }
        })
    }
}

/// What a report is without the parts that have rows of their own.
fn rest_of(report: &Report) -> Report {
    Report {
        id: report.id.clone(),
        source: report.source.clone(),
        title: report.title.clone(),
        publisher: report.publisher.clone(),
        published: report.published.clone(),
        language: report.language,
        tlp: report.tlp,
        mentions: Vec::new(),
        files: Vec::new(),
        composites: report.composites.clone(),
        techniques: Vec::new(),
        names: Vec::new(),
        targets: report.targets.clone(),
        origins: report.origins.clone(),
        problems: report.problems.clone(),
    }
}

pub(crate) fn save(
    transaction: &Transaction<'_>,
    report: &Report,
    saved_at: Timestamp,
) -> Outcome<Saved> {
    let digest = digest(report)?;
    let known: Option<(i64, Vec<u8>)> = transaction
        .query_row(
            "SELECT key, digest FROM reports WHERE id = ?1",
            [report.id.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    match &known {
        Some((_, same)) if *same == digest => return Ok(Saved::Unchanged),
        Some((key, _)) => {
            transaction.execute("DELETE FROM reports WHERE key = ?1", [key])?;
        }
        None => {}
    }
    let indicators = report
        .mentions
        .iter()
        .filter(|m| m.disposition == Disposition::Ioc)
        .count();
    transaction
        .prepare_cached(
            "INSERT INTO reports (id, digest, saved_at, indicators, mentions, rest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            report.id.as_str(),
            digest,
            saved_at.as_microsecond(),
            as_i64(indicators),
            as_i64(report.mentions.len()),
            to_json(&rest_of(report))?,
        ])?;
    let key = transaction.last_insert_rowid();
    save_mentions(transaction, key, report)?;
    save_files(transaction, key, &report.files)?;
    names::save_names(transaction, key, &report.names)?;
    names::save_techniques(transaction, key, &report.techniques)?;
    Ok(if known.is_some() {
        Saved::Replaced
    } else {
        Saved::New
    })
}

fn save_mentions(transaction: &Transaction<'_>, key: i64, report: &Report) -> Outcome<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO mentions (report, position, observable, disposition, detail)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (position, mention) in report.mentions.iter().enumerate() {
        insert.execute(params![
            key,
            as_i64(position),
            observables::key(transaction, &mention.observable)?,
            word(&mention.disposition)?,
            to_json(mention)?,
        ])?;
    }
    Ok(())
}

fn save_files(transaction: &Transaction<'_>, key: i64, files: &[FileRecord]) -> Outcome<()> {
    let mut insert = transaction
        .prepare_cached("INSERT INTO files (report, position, detail) VALUES (?1, ?2, ?3)")?;
    let mut value = transaction.prepare_cached(
        "INSERT OR IGNORE INTO file_values (report, position, observable) VALUES (?1, ?2, ?3)",
    )?;
    for (position, file) in files.iter().enumerate() {
        let position = as_i64(position);
        insert.execute(params![key, position, to_json(file)?])?;
        for observable in values_of(file) {
            value.execute(params![
                key,
                position,
                observables::key(transaction, &observable)?
            ])?;
        }
    }
    Ok(())
}

/// The values by which a file record is found. What is no valid value is kept, but not found by it.
fn values_of(file: &FileRecord) -> Vec<Observable> {
    use ObservableKind as K;
    let names = file.names.iter().map(|name| (K::FileName, name.as_str()));
    let detections = file
        .detections
        .iter()
        .map(|name| (K::DetectionName, name.as_str()));
    file.hashes()
        .chain(names)
        .chain(detections)
        .filter_map(|(kind, text)| Observable::new(kind, text).ok())
        .collect()
}

pub(crate) fn load(connection: &Connection, id: &ReportId) -> Outcome<Option<Report>> {
    let found: Option<(i64, String)> = connection
        .query_row(
            "SELECT key, rest FROM reports WHERE id = ?1",
            [id.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((key, rest)) = found else {
        return Ok(None);
    };
    let parts = "WHERE report = ?1 ORDER BY position";
    let mut report: Report = from_json(&rest, "report")?;
    report.mentions = load_all(
        connection,
        &format!("SELECT detail FROM mentions {parts}"),
        [key],
        "mention",
    )?;
    report.files = load_all(
        connection,
        &format!("SELECT detail FROM files {parts}"),
        [key],
        "file record",
    )?;
    report.names = load_all(
        connection,
        &format!("SELECT detail FROM names {parts}"),
        [key],
        "name",
    )?;
    report.techniques = load_all(
        connection,
        &format!("SELECT detail FROM techniques {parts}"),
        [key],
        "technique",
    )?;
    Ok(Some(report))
}

/// Summaries of the reports that `tail` (what follows `FROM reports`) picks.
pub(crate) fn summaries(
    connection: &Connection,
    tail: &str,
    params: impl rusqlite::Params,
) -> Outcome<Vec<ReportSummary>> {
    let sql = format!("SELECT rest, indicators, mentions, saved_at FROM reports {tail}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push(summary(row)?);
    }
    Ok(out)
}

fn summary(row: &Row<'_>) -> Outcome<ReportSummary> {
    let rest: String = row.get(0)?;
    let report: Report = from_json(&rest, "report")?;
    Ok(ReportSummary {
        id: report.id,
        name: report.source.name,
        format: report.source.format,
        title: report.title,
        publisher: report.publisher,
        published: report.published,
        language: report.language,
        tlp: report.tlp,
        indicators: as_u64(row.get(1)?),
        mentions: as_u64(row.get(2)?),
        saved_at: time(row.get(3)?)?,
    })
}

/// SQLite's integers are signed; no count here comes near their end.
pub(crate) fn as_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(crate) fn as_u64(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

pub(crate) fn time(microseconds: i64) -> Outcome<Timestamp> {
    Timestamp::from_microsecond(microseconds)
        .map_err(|error| Trouble::Unreadable(error.to_string()))
}

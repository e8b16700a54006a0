//! The assessments that hold, without reading them: thousands are looked through to find the few that changed.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Deserialize;
use tegakari_model::{
    Assessment, AssessmentEvent, AssessmentId, CaseId, HuntId, ReportId, Timestamp,
};

use crate::document::{from_json, to_json};
use crate::error::{Outcome, Trouble};
use crate::reports::time;
use crate::{Store, StoreError, assessments, names};

/// The assessment of one case that holds, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingCase {
    /// What is assessed.
    pub case: CaseId,
    /// The reports, sorted.
    pub reports: Vec<ReportId>,
    /// The hunt.
    pub hunt: Option<HuntId>,
    /// The assessment that holds. Mostly the one saved last; when an earlier one came out again (older knowledge is in
    /// use once more), that one, which was there already and was not saved a second time.
    pub assessment: AssessmentId,
    /// Since when.
    pub since: Timestamp,
    /// Whether a person closed the case.
    pub closed: bool,
}

/// What of an event tells which assessment holds. The rest of it may be long and is passed over.
#[derive(Deserialize)]
struct Brief {
    at: Timestamp,
    event: String,
    change: Option<BriefChange>,
}

#[derive(Deserialize)]
struct BriefChange {
    after: AssessmentId,
}

impl Store {
    /// The assessment of every case that holds, in the order in which the latest of each was saved.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn standing_cases(&self) -> Result<Vec<StandingCase>, StoreError> {
        self.read("looking through the assessments", |connection| {
            let mut latest = latest(connection)?;
            let mut statement =
                connection.prepare("SELECT subject, detail FROM assessment_events ORDER BY key")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let subject: String = row.get(0)?;
                let Some((_, case)) = latest.get_mut(&subject) else {
                    continue;
                };
                let detail: String = row.get(1)?;
                let event: Brief = from_json(&detail, "event")?;
                match (event.event.as_str(), event.change) {
                    ("closed", _) => case.closed = true,
                    ("reopened", _) => case.closed = false,
                    (_, Some(change)) if event.at >= case.since => {
                        case.assessment = change.after;
                        case.since = event.at;
                    }
                    _ => {}
                }
            }
            let mut all: Vec<(i64, StandingCase)> = latest.into_values().collect();
            all.sort_by_key(|(key, _)| *key);
            Ok(all.into_iter().map(|(_, case)| case).collect())
        })
    }

    /// Keeps assessments with what happened, all in one transaction.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written; nothing is changed then.
    pub fn save_assessments(
        &mut self,
        all: &[(Assessment, AssessmentEvent)],
        saved_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write("saving assessments", |transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO assessment_events (subject, detail) VALUES (?1, ?2)",
            )?;
            for (assessment, event) in all {
                assessments::save(transaction, assessment, saved_at)?;
                insert.execute((assessment.case().as_str(), to_json(event)?))?;
            }
            Ok(())
        })
    }

    /// Reports that name something, however it is written, and hold indicators; the latest saved first, at most `most`.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn reports_naming(&self, name: &str, most: usize) -> Result<Vec<ReportId>, StoreError> {
        let folded = names::fold(name);
        self.read(
            &format!("looking for reports about {name:?}"),
            |connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT DISTINCT reports.key, reports.id FROM name_spellings
                 JOIN reports ON reports.key = name_spellings.report
                 WHERE folded = ?1 AND reports.indicators > 0
                 ORDER BY reports.key DESC LIMIT ?2",
                )?;
                let most = i64::try_from(most).unwrap_or(i64::MAX);
                let mut rows = statement.query((folded, most))?;
                let mut out = Vec::new();
                while let Some(row) = rows.next()? {
                    out.push(report_id(&row.get::<_, String>(1)?)?);
                }
                Ok(out)
            },
        )
    }
}

/// The latest assessment of every case, by the case.
fn latest(connection: &Connection) -> Outcome<BTreeMap<String, (i64, StandingCase)>> {
    let mut reports: BTreeMap<i64, Vec<ReportId>> = BTreeMap::new();
    let mut statement = connection
        .prepare("SELECT key, report FROM bases WHERE kind = 'assessment' ORDER BY key, report")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let report: String = row.get(1)?;
        reports
            .entry(row.get(0)?)
            .or_default()
            .push(report_id(&report)?);
    }
    let mut statement =
        connection.prepare("SELECT key, id, hunt, saved_at FROM assessments ORDER BY key")?;
    let mut rows = statement.query([])?;
    let mut latest = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        let (id, hunt): (String, Option<String>) = (row.get(1)?, row.get(2)?);
        let unreadable = |what: &str| Trouble::Unreadable(format!("{what} is no id"));
        let hunt = match hunt {
            None => None,
            Some(text) => Some(HuntId::parse(&text).ok_or_else(|| unreadable(&text))?),
        };
        let mut of = reports.remove(&key).unwrap_or_default();
        of.sort();
        let case = Assessment::case_of(&of, hunt.as_ref());
        let standing = StandingCase {
            case: case.clone(),
            reports: of,
            hunt,
            assessment: AssessmentId::parse(&id).ok_or_else(|| unreadable(&id))?,
            since: time(row.get(3)?)?,
            closed: false,
        };
        latest.insert(case.as_str().to_owned(), (key, standing));
    }
    Ok(latest)
}

fn report_id(text: &str) -> Outcome<ReportId> {
    ReportId::parse(text).ok_or_else(|| Trouble::Unreadable(format!("{text} is no id")))
}

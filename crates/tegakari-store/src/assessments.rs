//! Assessments: who it may have been, judged when and on what.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use tegakari_model::{
    ActorRef, Assessment, AssessmentId, Confidence, HuntId, Likelihood, ReportId, Timestamp,
};

use crate::document::{digest, from_json, to_json};
use crate::error::{Outcome, Trouble};
use crate::reports::{as_i64, time};
use crate::{Saved, Store, StoreError, blocks, names};

/// An assessment in one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssessmentSummary {
    /// Its id.
    pub id: AssessmentId,
    /// Reports it rests on, sorted.
    pub reports: Vec<ReportId>,
    /// Hunt it rests on.
    pub hunt: Option<HuntId>,
    /// The leading hypothesis; `None` inside is "none of the known".
    pub leading: Option<Option<ActorRef>>,
    /// Its probability, 0 to 1.
    pub probability: f64,
    /// Its band.
    pub likelihood: Likelihood,
    /// How good the basis is.
    pub confidence: Confidence,
    /// When it was saved.
    pub saved_at: Timestamp,
}

impl Store {
    /// Keeps an assessment.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written, or when the assessment holds a
    /// number that is none (NaN); nothing is changed then.
    pub fn save_assessment(
        &mut self,
        assessment: &Assessment,
        saved_at: Timestamp,
    ) -> Result<Saved, StoreError> {
        self.write(
            &format!("saving assessment {}", assessment.id),
            |transaction| save(transaction, assessment, saved_at),
        )
    }

    /// The assessment with this id; `None` when there is none.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn assessment(&self, id: &AssessmentId) -> Result<Option<Assessment>, StoreError> {
        self.read(&format!("loading assessment {id}"), |connection| {
            let tail = "WHERE id = ?1";
            Ok(load(connection, tail, [id.as_str()])?
                .into_iter()
                .next()
                .map(|(one, _)| one))
        })
    }

    /// All assessments, the latest saved first.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn assessments(&self) -> Result<Vec<AssessmentSummary>, StoreError> {
        self.read("listing the assessments", |connection| {
            let all = load(connection, "ORDER BY key DESC", [])?;
            Ok(all
                .into_iter()
                .map(|(one, saved_at)| summary(one, saved_at))
                .collect())
        })
    }

    /// The assessment saved last.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn latest_assessment(&self) -> Result<Option<Assessment>, StoreError> {
        self.read("loading the latest assessment", |connection| {
            let tail = "ORDER BY key DESC LIMIT 1";
            Ok(load(connection, tail, [])?
                .into_iter()
                .next()
                .map(|(one, _)| one))
        })
    }

    /// The latest assessment that rests on a hunt.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn assessment_of_hunt(&self, hunt: &HuntId) -> Result<Option<Assessment>, StoreError> {
        self.read(&format!("loading the assessment of {hunt}"), |connection| {
            let tail = "WHERE hunt = ?1 ORDER BY key DESC LIMIT 1";
            Ok(load(connection, tail, [hunt.as_str()])?
                .into_iter()
                .next()
                .map(|(one, _)| one))
        })
    }

    /// The latest assessment that rests on a report, with or without a hunt.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn assessment_of_report(
        &self,
        report: &ReportId,
    ) -> Result<Option<Assessment>, StoreError> {
        self.read(
            &format!("loading the assessment of {report}"),
            |connection| {
                let tail =
                    "WHERE key IN (SELECT key FROM bases WHERE report = ?1 AND kind = 'assessment')
                        ORDER BY key DESC LIMIT 1";
                Ok(load(connection, tail, [report.as_str()])?
                    .into_iter()
                    .next()
                    .map(|(one, _)| one))
            },
        )
    }
}

pub(crate) fn save(
    transaction: &Transaction<'_>,
    assessment: &Assessment,
    saved_at: Timestamp,
) -> Outcome<Saved> {
    let document = to_json(assessment)?;
    // JSON has no NaN and no infinity: such numbers would be written as null and never come back.
    let back: Assessment =
        serde_json::from_str(&document).map_err(|error| Trouble::NotStorable(error.to_string()))?;
    if back != *assessment {
        return Err(Trouble::NotStorable(
            "it would not come back as it is".to_owned(),
        ));
    }
    let digest = digest(assessment)?;
    let known: Option<(i64, Vec<u8>)> = transaction
        .query_row(
            "SELECT key, digest FROM assessments WHERE id = ?1",
            [assessment.id.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    match &known {
        Some((_, same)) if *same == digest => return Ok(Saved::Unchanged),
        Some((key, _)) => {
            transaction.execute("DELETE FROM assessments WHERE key = ?1", [key])?;
            blocks::forget_basis(transaction, "assessment", *key)?;
        }
        None => {}
    }
    transaction
        .prepare_cached(
            "INSERT INTO assessments (id, digest, saved_at, hunt, document)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            assessment.id.as_str(),
            digest,
            saved_at.as_microsecond(),
            assessment.hunt.as_ref().map(HuntId::as_str),
            document,
        ])?;
    let key = transaction.last_insert_rowid();
    blocks::remember_basis(transaction, "assessment", key, &assessment.reports)?;
    let mut insert = transaction.prepare_cached(
        "INSERT OR IGNORE INTO hypothesis_names (assessment, position, folded) VALUES (?1, ?2, ?3)",
    )?;
    for (position, hypothesis) in assessment.hypotheses.iter().enumerate() {
        for actor in hypothesis.actor.iter().chain(&hypothesis.also_recorded) {
            for name in std::iter::once(&actor.name).chain(&actor.aliases) {
                insert.execute(params![key, as_i64(position), names::fold(name)])?;
            }
        }
    }
    Ok(if known.is_some() {
        Saved::Replaced
    } else {
        Saved::New
    })
}

/// The assessments that `tail` (what follows `FROM assessments`) picks, with the time of saving.
pub(crate) fn load(
    connection: &Connection,
    tail: &str,
    params: impl rusqlite::Params,
) -> Outcome<Vec<(Assessment, Timestamp)>> {
    let sql = format!("SELECT document, saved_at FROM assessments {tail}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let document: String = row.get(0)?;
        out.push((from_json(&document, "assessment")?, time(row.get(1)?)?));
    }
    Ok(out)
}

pub(crate) fn summary(assessment: Assessment, saved_at: Timestamp) -> AssessmentSummary {
    let probability = assessment
        .hypotheses
        .first()
        .map_or(0.0, |first| first.probability);
    AssessmentSummary {
        id: assessment.id,
        reports: assessment.reports,
        hunt: assessment.hunt,
        leading: assessment
            .hypotheses
            .into_iter()
            .next()
            .map(|first| first.actor),
        probability,
        likelihood: Likelihood::of(probability),
        confidence: assessment.confidence,
        saved_at,
    }
}

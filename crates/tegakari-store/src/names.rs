//! Names of actors and software, and techniques: where reports give them, where they were weighed.

use rusqlite::{Connection, Transaction, params};
use serde::Serialize;
use tegakari_model::{
    ActorRef, AssessmentId, Likelihood, NameMention, TechniqueId, TechniqueMention, Timestamp,
};

use crate::document::{from_json, to_json};
use crate::error::Outcome;
use crate::reports::{as_i64, summaries};
use crate::{ReportSummary, Store, StoreError, assessments};

/// Everything known about a name.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AboutName {
    /// Reports that give it, the latest saved first.
    pub reports: Vec<ReportedName>,
    /// Assessments in which an actor of this name was weighed, the latest saved first.
    pub weighed: Vec<WeighedActor>,
}

impl AboutName {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.reports.is_empty() && self.weighed.is_empty()
    }
}

/// A name in a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportedName {
    /// The report.
    pub report: ReportSummary,
    /// What it says.
    pub name: NameMention,
}

/// An actor in an assessment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeighedActor {
    /// The assessment.
    pub assessment: AssessmentId,
    /// The actor.
    pub actor: ActorRef,
    /// Its place among the hypotheses, from 1.
    pub rank: usize,
    /// Its probability, 0 to 1.
    pub probability: f64,
    /// The band of that.
    pub likelihood: Likelihood,
    /// When the assessment was saved.
    pub saved_at: Timestamp,
}

/// Everything known about a technique.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AboutTechnique {
    /// Reports that say it was used, the latest saved first.
    pub reports: Vec<ReportedTechnique>,
}

/// A technique in a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportedTechnique {
    /// The report.
    pub report: ReportSummary,
    /// What it says.
    pub technique: TechniqueMention,
}

impl Store {
    /// Everything known about a name, however it is written: case, blanks, hyphens and full-width
    /// letters do not matter (`LotusBlossom`, `lotus-blossom`).
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn about_name(&self, name: &str) -> Result<AboutName, StoreError> {
        let folded = fold(name);
        self.read(&format!("looking for the name {name:?}"), |connection| {
            Ok(AboutName {
                reports: reported(connection, &folded)?,
                weighed: weighed(connection, &folded)?,
            })
        })
    }

    /// Reports that say a technique was used; for a technique also those that name one of its
    /// sub-techniques.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn about_technique(&self, id: &TechniqueId) -> Result<AboutTechnique, StoreError> {
        self.read(&format!("looking for technique {id}"), |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT report, detail FROM techniques
                 WHERE technique = ?1 OR (technique > ?1 || '.' AND technique < ?1 || '/')
                 ORDER BY report DESC, position",
            )?;
            let mut rows = statement.query([id.as_str()])?;
            let mut reports = Vec::new();
            while let Some(row) = rows.next()? {
                let detail: String = row.get(1)?;
                for report in summaries(connection, "WHERE key = ?1", [row.get::<_, i64>(0)?])? {
                    let technique = from_json(&detail, "technique")?;
                    reports.push(ReportedTechnique { report, technique });
                }
            }
            Ok(AboutTechnique { reports })
        })
    }
}

fn reported(connection: &Connection, folded: &str) -> Outcome<Vec<ReportedName>> {
    let mut statement = connection.prepare_cached(
        "SELECT names.report, names.detail FROM name_spellings
         JOIN names USING (report, position)
         WHERE folded = ?1 ORDER BY report DESC, position",
    )?;
    let mut rows = statement.query([folded])?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let detail: String = row.get(1)?;
        for report in summaries(connection, "WHERE key = ?1", [row.get::<_, i64>(0)?])? {
            out.push(ReportedName {
                report,
                name: from_json(&detail, "name")?,
            });
        }
    }
    Ok(out)
}

fn weighed(connection: &Connection, folded: &str) -> Outcome<Vec<WeighedActor>> {
    let mut statement = connection.prepare_cached(
        "SELECT assessment, position FROM hypothesis_names
         WHERE folded = ?1 ORDER BY assessment DESC, position",
    )?;
    let mut rows = statement.query([folded])?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let position = usize::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
        let key: i64 = row.get(0)?;
        for (assessment, saved_at) in assessments::load(connection, "WHERE key = ?1", [key])? {
            let Some(hypothesis) = assessment.hypotheses.get(position) else {
                continue;
            };
            let Some(actor) = hypothesis.actor.clone() else {
                continue;
            };
            out.push(WeighedActor {
                assessment: assessment.id,
                actor,
                rank: position + 1,
                probability: hypothesis.probability,
                likelihood: hypothesis.likelihood,
                saved_at,
            });
        }
    }
    Ok(out)
}

pub(crate) fn save_names(
    transaction: &Transaction<'_>,
    report: i64,
    names: &[NameMention],
) -> Outcome<()> {
    let mut insert = transaction
        .prepare_cached("INSERT INTO names (report, position, detail) VALUES (?1, ?2, ?3)")?;
    let mut spelling = transaction.prepare_cached(
        "INSERT OR IGNORE INTO name_spellings (report, position, folded) VALUES (?1, ?2, ?3)",
    )?;
    for (position, name) in names.iter().enumerate() {
        let position = as_i64(position);
        insert.execute(params![report, position, to_json(name)?])?;
        let spellings = std::iter::once(&name.text)
            .chain(&name.also_written)
            .chain(&name.known_as);
        for text in spellings {
            spelling.execute(params![report, position, fold(text)])?;
        }
    }
    Ok(())
}

pub(crate) fn save_techniques(
    transaction: &Transaction<'_>,
    report: i64,
    techniques: &[TechniqueMention],
) -> Outcome<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO techniques (report, position, technique, detail) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (position, technique) in techniques.iter().enumerate() {
        insert.execute(params![
            report,
            as_i64(position),
            technique.id.as_str(),
            to_json(technique)?,
        ])?;
    }
    Ok(())
}

/// Lower case, letters and digits only, full-width ASCII as ASCII. A name without any letter or digit
/// stays as it is.
pub(crate) fn fold(name: &str) -> String {
    let narrow = name.chars().map(|c| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    });
    let folded: String = narrow
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    if folded.is_empty() {
        name.trim().to_owned()
    } else {
        folded
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn spellings_of_one_name_fold_to_one() {
        for (name, want) in [
            ("Lotus Blossom", "lotusblossom"),
            ("LOTUS-BLOSSOM", "lotusblossom"),
            ("Ｌｏｔｕｓ　Ｂｌｏｓｓｏｍ", "lotusblossom"),
            ("APT 30", "apt30"),
            ("スクイドロウ", "スクイドロウ"),
            ("...", "..."),
        ] {
            assert_eq!(fold(name), want, "{name}");
        }
    }
}

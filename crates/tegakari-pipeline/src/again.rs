//! Stored assessments → the same made again with the knowledge in use, and what moved.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use tegakari_assess::compare;
use tegakari_knowledge::{Knowledge, KnowledgeDiff, diff};
use tegakari_model::{
    Assessment, AssessmentDeed, AssessmentEvent, CaseId, Change, Language, Report, ReportId,
    Timestamp,
};
use tegakari_render::text;
use tegakari_store::{BlockBasis, Store, StoredId};

use crate::assess_case::Weigher;
use crate::read_reports::read_one;
use crate::stored::find;
use crate::{PipelineError, corrections, save};

/// What became of assessments that were made again.
#[derive(Debug, Default, Serialize)]
pub struct Again {
    /// Those that say something else now.
    pub changed: Vec<Changed>,
    /// Assessments that stand as they were.
    pub unchanged: Vec<tegakari_model::AssessmentId>,
    /// What could not be made again, and why.
    pub left: Vec<String>,
}

/// One assessment that says something else now.
#[derive(Debug, Serialize)]
pub struct Changed {
    /// What moved, and why.
    #[serde(flatten)]
    pub change: Change,
    /// What readers of the earlier one have to be told, by language; empty when neither the first hypothesis nor its
    /// band changed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub correction: BTreeMap<&'static str, String>,
}

/// Makes assessments again with the knowledge in use: those with the given ids, or all that are open. New ones are kept
/// beside the old, with what moved.
///
/// # Errors
/// When an id is not there, or the database cannot be read or written.
pub fn assess_again(
    store: &mut Store,
    ids: &[String],
    at: Timestamp,
) -> Result<Again, PipelineError> {
    let mut cases: Vec<(Assessment, Timestamp)> = store.latest_of_each_case()?;
    if ids.is_empty() {
        let mut open = Vec::new();
        for one in cases {
            if !store.is_closed(&one.0.case())? {
                open.push(one);
            }
        }
        cases = open;
    } else {
        let mut wanted = Vec::new();
        for typed in ids {
            wanted.push(assessment_case(store, typed)?.1);
        }
        cases.retain(|(one, _)| wanted.contains(&one.case()));
    }
    let weigher = Weigher::new(store)?;
    let mut diffs: BTreeMap<String, Option<KnowledgeDiff>> = BTreeMap::new();
    let mut read: BTreeMap<ReportId, Report> = BTreeMap::new();
    let mut again = Again::default();
    for latest in cases {
        let (before, made) = standing(store, latest)?;
        match one_again(store, &weigher, &before, &mut read)? {
            Err(why) => again.left.push(why),
            Ok(after) if after.id == before.id => again.unchanged.push(before.id),
            Ok(after) => {
                let known = before.knowledge.clone();
                if !diffs.contains_key(&known) {
                    let from = earlier(store, &known)?;
                    diffs.insert(
                        known.clone(),
                        from.map(|from| diff(&from, crate::knowledge())),
                    );
                }
                let change = compare(&before, &after, diffs.get(&known).and_then(Option::as_ref));
                save::assessment(store, &after)?;
                let event = AssessmentEvent {
                    at,
                    what: AssessmentDeed::Again {
                        change: Box::new(change.clone()),
                    },
                };
                store.add_assessment_event(&before.case(), &event)?;
                let title = title(store, &after)?;
                let day = made.to_string().get(..10).unwrap_or_default().to_owned();
                let correction = [("en", Language::En), ("ja", Language::Ja)]
                    .into_iter()
                    .filter_map(|(tag, language)| {
                        Some((tag, text::correction(&event, &day, &title, language)?))
                    })
                    .collect();
                again.changed.push(Changed { change, correction });
            }
        }
    }
    Ok(again)
}

/// The assessment that holds of a case. Mostly the one saved last; when an earlier one came out again (older knowledge is
/// in use once more), that one, which was there already and was not saved a second time.
fn standing(
    store: &Store,
    latest: (Assessment, Timestamp),
) -> Result<(Assessment, Timestamp), PipelineError> {
    let events = store.assessment_events(&latest.0.case())?;
    let last = events.iter().rev().find_map(|event| match &event.what {
        AssessmentDeed::Again { change } => Some((event.at, &change.after)),
        _ => None,
    });
    if let Some((at, id)) = last
        && at >= latest.1
        && *id != latest.0.id
        && let Some(found) = store.assessment(id)?
    {
        return Ok((found, at));
    }
    Ok(latest)
}

/// The assessment that a person means, and what it assesses.
fn assessment_case(store: &Store, typed: &str) -> Result<(Assessment, CaseId), PipelineError> {
    let StoredId::Assessment(id) = find(store, typed)? else {
        return Err(PipelineError::NotKnown(format!(
            "{typed} is not an assessment; assessments begin with A-. To weigh a report or hunt, leave --again out"
        )));
    };
    match store.assessment(&id)? {
        Some(found) => {
            let case = found.case();
            Ok((found, case))
        }
        None => Err(PipelineError::NotKnown(format!(
            "{id} is no longer in the database"
        ))),
    }
}

/// Closes assessments, so that they are not made again with the others, or opens them again.
///
/// # Errors
/// When an id is not there, the state is the wanted one already, or the database cannot be written.
pub fn close_assessments(
    store: &mut Store,
    ids: &[String],
    why: &str,
    close: bool,
    at: Timestamp,
) -> Result<usize, PipelineError> {
    let why = why.trim().to_owned();
    if why.is_empty() {
        return Err(PipelineError::NotKnown(
            "a reason is needed: --why TEXT".to_owned(),
        ));
    }
    let mut cases = Vec::new();
    for typed in ids {
        let (found, case) = assessment_case(store, typed)?;
        if store.is_closed(&case)? == close {
            let state = if close { "closed" } else { "open" };
            return Err(PipelineError::NotKnown(format!(
                "{} is {state} already",
                found.id
            )));
        }
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    for case in &cases {
        let why = why.clone();
        let what = if close {
            AssessmentDeed::Closed { why }
        } else {
            AssessmentDeed::Reopened { why }
        };
        store.add_assessment_event(case, &AssessmentEvent { at, what })?;
    }
    Ok(cases.len())
}

/// Weighs a case again. Its reports are read again when the knowledge is another, since that may know more names.
fn one_again(
    store: &mut Store,
    weigher: &Weigher,
    before: &Assessment,
    read: &mut BTreeMap<ReportId, Report>,
) -> Result<Result<Assessment, String>, PipelineError> {
    let newer = before.knowledge != crate::knowledge().version();
    let mut reports = Vec::new();
    for id in &before.reports {
        if let Some(known) = read.get(id) {
            reports.push(known.clone());
            continue;
        }
        let Some(stored) = store.report(id)? else {
            return Ok(Err(format!(
                "{}: its report {id} is no longer in the database; read it again",
                before.id
            )));
        };
        let document = if newer { store.document(id)? } else { None };
        let report = match document {
            None => stored,
            Some(bytes) => {
                let mut report = read_one(Path::new(&stored.source.name), &bytes)?;
                corrections::apply(store, &mut report)?;
                store.save_report(&report, Timestamp::now())?;
                report
            }
        };
        read.insert(id.clone(), report.clone());
        reports.push(report);
    }
    let hunt = match &before.hunt {
        None => None,
        Some(id) => match store.hunt(id)? {
            Some(hunt) => Some(hunt),
            None => {
                return Ok(Err(format!(
                    "{}: its hunt {id} is no longer in the database",
                    before.id
                )));
            }
        },
    };
    let basis = BlockBasis::new(before.reports.clone(), before.hunt.clone());
    let block = store.block(&basis)?;
    let after = weigher.assess(store, &reports, hunt.as_ref(), block.as_ref())?;
    Ok(Ok(after))
}

/// The knowledge of an earlier version, where it is kept and this program can read it.
fn earlier(store: &Store, version: &str) -> Result<Option<Knowledge>, PipelineError> {
    if version == Knowledge::embedded().version() {
        return Ok(Knowledge::decode(Knowledge::embedded_bytes()).ok());
    }
    let bytes = store.knowledge_file(version)?;
    Ok(bytes.and_then(|bytes| Knowledge::decode(&bytes).ok()))
}

/// What a reader knows the assessment by: the title of its first report.
fn title(store: &Store, of: &Assessment) -> Result<String, PipelineError> {
    let Some(first) = of.reports.first() else {
        return Ok(of.id.to_string());
    };
    let report = store.report(first)?;
    Ok(report.map_or_else(|| first.to_string(), |r| r.title.unwrap_or(r.source.name)))
}

/// Number of assessments that nobody closed.
///
/// # Errors
/// When the database cannot be read.
pub fn open_assessments(store: &Store) -> Result<usize, PipelineError> {
    Ok(store.open_cases()?)
}

/// What happened to an assessment and to the others of its case, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn assessment_history(
    store: &Store,
    assessment: &Assessment,
) -> Result<Vec<AssessmentEvent>, PipelineError> {
    Ok(store.assessment_events(&assessment.case())?)
}

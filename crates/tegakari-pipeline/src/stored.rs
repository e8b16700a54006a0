//! From what a person types to stored things, and from stored things to an assessment.

use tegakari_model::{Assessment, BlockPlan, HuntResult, Report};
use tegakari_render::escape::is_blank;
use tegakari_render::{NotKnown, told};
use tegakari_store::{BlockBasis, IdMatch, Store, StoredId};

use crate::assess_case::Weigher;
use crate::{PipelineError, save};

/// The one stored thing that `typed` (an id or the beginning of one) means.
///
/// # Errors
/// When there is none, or several.
pub(crate) fn find(store: &Store, typed: &str) -> Result<StoredId, PipelineError> {
    if is_blank(typed) {
        return Err(told::id_blank().into());
    }
    match store.find_id_prefix(typed)? {
        IdMatch::One(id) => Ok(id),
        IdMatch::None => Err(PipelineError::Missing(NotKnown::Id {
            typed: typed.to_owned(),
            database: store.path().display().to_string(),
        })),
        IdMatch::Many(ids) => Err(PipelineError::Missing(NotKnown::Several {
            typed: typed.to_owned(),
            ids: ids.iter().map(|id| id.as_str().to_owned()).collect(),
        })),
    }
}

/// The reports with these ids (or beginnings of ids), or all of them when none is given.
///
/// # Errors
/// When one is not there, or there is none at all.
pub fn stored_reports(store: &Store, ids: &[String]) -> Result<Vec<Report>, PipelineError> {
    let mut wanted = Vec::new();
    if ids.is_empty() {
        wanted.extend(store.reports()?.into_iter().map(|summary| summary.id));
    }
    for typed in ids {
        match find(store, typed)? {
            StoredId::Report(id) => wanted.push(id),
            other => {
                return Err(told::no_report(other.as_str()).into());
            }
        }
    }
    wanted.sort();
    wanted.dedup();
    let mut reports = Vec::new();
    for id in wanted {
        reports.extend(store.report(&id)?);
    }
    if reports.is_empty() {
        return Err(PipelineError::NothingToLookFor(format!(
            "no report is in the database {}; read one first: tegakari read REPORT",
            store.path().display()
        )));
    }
    Ok(reports)
}

/// What is stored of a case.
pub(crate) struct StoredCase {
    pub(crate) reports: Vec<Report>,
    pub(crate) hunt: Option<HuntResult>,
    pub(crate) block: Option<BlockPlan>,
}

/// The case that hunts and reports with the given ids make, or the newest hunt with its reports.
///
/// # Errors
/// When an id is not there, or nothing is stored.
pub(crate) fn stored_case(store: &Store, ids: &[String]) -> Result<StoredCase, PipelineError> {
    let mut reports = Vec::new();
    let mut hunt = None;
    for typed in ids {
        match find(store, typed)? {
            StoredId::Report(id) => reports.push(id),
            StoredId::Hunt(id) => hunt = store.hunt(&id)?,
            StoredId::Assessment(id) => {
                return Err(told::is_assessment(id.as_str()).into());
            }
        }
    }
    if ids.is_empty() {
        hunt = store.latest_hunt()?;
        if hunt.is_none() {
            reports.extend(store.latest_report()?.map(|r| r.id));
        }
    }
    reports.extend(hunt.iter().flat_map(|h| h.reports.iter().cloned()));
    reports.sort();
    reports.dedup();
    let mut loaded = Vec::new();
    for id in &reports {
        loaded.extend(store.report(id)?);
    }
    if loaded.is_empty() && hunt.is_none() {
        return Err(told::nothing_to_weigh().into());
    }
    let basis = BlockBasis::new(reports, hunt.as_ref().map(|h| h.id.clone()));
    let block = store.block(&basis)?;
    Ok(StoredCase {
        reports: loaded,
        hunt,
        block,
    })
}

/// Weighs stored hunts and reports: those with the given ids, or the newest hunt with its reports.
/// The assessment is kept.
///
/// # Errors
/// When an id is not there, or nothing is stored.
pub fn assess_stored(store: &mut Store, ids: &[String]) -> Result<Assessment, PipelineError> {
    let case = stored_case(store, ids)?;
    let weigher = Weigher::new(store)?;
    let assessment = weigher.assess(
        store,
        &case.reports,
        case.hunt.as_ref(),
        case.block.as_ref(),
    )?;
    save::assessment(store, &assessment)?;
    Ok(assessment)
}

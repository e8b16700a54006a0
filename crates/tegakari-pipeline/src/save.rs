//! Results → the database.

use tegakari_model::{Assessment, BlockPlan, HuntResult, Timestamp};
use tegakari_store::{BlockBasis, Store};

use crate::PipelineError;

/// Keeps a hunt.
///
/// # Errors
/// When the database cannot be written.
pub fn hunt(store: &mut Store, hunt: &HuntResult) -> Result<(), PipelineError> {
    store.save_hunt(hunt, Timestamp::now())?;
    Ok(())
}

/// Keeps an assessment.
///
/// # Errors
/// When the database cannot be written.
pub fn assessment(store: &mut Store, assessment: &Assessment) -> Result<(), PipelineError> {
    knowledge(store, &assessment.knowledge)?;
    store.save_assessment(assessment, Timestamp::now())?;
    Ok(())
}

/// Keeps the knowledge of this version, so that what changed since can be told when an assessment is made again.
pub(crate) fn knowledge(store: &mut Store, version: &str) -> Result<(), PipelineError> {
    if !store.has_knowledge(version)?
        && let Some(bytes) = crate::knowledge_in_use::bytes(version)
    {
        store.keep_knowledge(version, &bytes)?;
    }
    Ok(())
}

/// Keeps a block plan; `basis` says what it was made from.
///
/// # Errors
/// When the database cannot be written.
pub fn block(store: &mut Store, basis: &BlockBasis, plan: &BlockPlan) -> Result<(), PipelineError> {
    store.save_block(basis, plan, Timestamp::now())?;
    Ok(())
}

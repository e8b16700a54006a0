//! What an assessment rests on.

use tegakari_model::{BlockPlan, HuntResult, Report};

/// The material of one judgement: one incident as reports tell it, and what we saw of it ourselves.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// Reports about the same incident or campaign.
    pub reports: &'a [Report],
    /// What the hunt for their indicators found in our own logs.
    pub hunt: Option<&'a HuntResult>,
    /// What is going to be blocked.
    pub block: Option<&'a BlockPlan>,
}

//! The public shape, for the others to build against.
#![allow(missing_docs, reason = "replaced by the real thing within the hour")]
use std::ops::ControlFlow;

use tegakari_model::{Coverage, HuntId, HuntResult, Problem, ReportId, Telemetry, Timestamp};

use crate::{Input, InventoryAsset, Plan};

/// What one or more inputs showed. Merging is order-independent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    problems: Vec<Problem>,
    partial: bool,
}

impl Outcome {
    /// Adds another outcome.
    pub fn merge(&mut self, other: Self) {
        self.problems.extend(other.problems);
        self.partial |= other.partial;
    }
    /// Adds a problem of the caller (a file that could not be opened).
    pub fn add_problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
    /// Marks the hunt as interrupted.
    pub fn mark_partial(&mut self) {
        self.partial = true;
    }
}

/// Hunts in one input. `progress` is told how many stored bytes were read since it was last called.
pub fn hunt_input(
    input: Input<'_>,
    plan: &Plan,
    progress: &dyn Fn(u64) -> ControlFlow<()>,
) -> Outcome {
    let _ = (input, plan, progress(0));
    Outcome::default()
}

/// What was asked, beside the plan.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub reports: Vec<ReportId>,
    pub paths: Vec<String>,
    /// Newest moment a record can be of (now, for the caller): dates logs whose records have no year,
    /// when neither the window nor other logs tell.
    pub not_after: Option<Timestamp>,
}

/// Turns the sum of all outcomes into the result.
pub fn conclude(
    outcome: Outcome,
    plan: &Plan,
    inventory: &[InventoryAsset],
    asked: Asked,
) -> HuntResult {
    let _ = inventory;
    HuntResult {
        id: HuntId::derive(&[]),
        reports: asked.reports,
        paths: asked.paths,
        asked: plan.window(),
        findings: Vec::new(),
        coverage: Coverage::default(),
        problems: outcome.problems,
        partial: outcome.partial,
    }
}

pub mod formats {
    use super::Telemetry;
    pub trait LogFormat: Sync {
        fn id(&self) -> &'static str;
        fn about(&self) -> &'static str;
        fn shows(&self) -> &'static [Telemetry];
    }
    pub const ALL: &[&dyn LogFormat] = &[];
}

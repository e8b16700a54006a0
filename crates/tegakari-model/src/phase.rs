//! Two phases of one intrusion: how the attacker got in, and what was done after. They may be two actors' work, since
//! access is sold on.

use serde::{Deserialize, Serialize};

use crate::{ActorRef, Likelihood};

/// A part of an intrusion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntrusionPhase {
    /// How the attacker got in: initial access, and what only prepares it.
    Access,
    /// What was done inside.
    After,
}

/// Who one phase looks like, weighed by the facts of that phase alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseJudgement {
    /// Which phase.
    pub phase: IntrusionPhase,
    /// Its facts: indexes into [`crate::Assessment::evidence`]. No fact is in both phases.
    pub evidence: Vec<usize>,
    /// Most probable first; "none of the known" is always among them.
    pub hypotheses: Vec<PhaseHypothesis>,
}

/// One answer for one phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseHypothesis {
    /// The intrusion set; `None` is "none of the known".
    pub actor: Option<ActorRef>,
    /// Probability from the facts of this phase alone.
    pub probability: f64,
    /// The ICD 203 band of it.
    pub likelihood: Likelihood,
}

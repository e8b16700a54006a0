//! Assessments over time: what moved when one was made again, and why.

use serde::{Deserialize, Serialize};

use crate::{ActorRef, AssessmentId, EvidenceKind, Standing, Timestamp};

/// Why a hypothesis moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum MoveReason {
    /// The knowledge asserts something of it that it did not before.
    Asserted {
        /// What kind of assertion (`technique`, `software`, `name`, `target`, `origin`, `link`, `status`).
        part: String,
        /// The assertions, as the knowledge writes them. Those that the case has come first.
        what: Vec<String>,
    },
    /// The knowledge no longer asserts something of it.
    Withdrawn {
        /// What kind of assertion.
        part: String,
        /// The assertions.
        what: Vec<String>,
    },
    /// The knowledge, or the user, has a new record of it.
    RecordNew,
    /// The record is gone.
    RecordGone,
    /// The case has a new fact that speaks for it or against it.
    EvidenceNew {
        /// The fact.
        evidence: EvidenceKind,
    },
    /// The case has lost such a fact.
    EvidenceGone {
        /// The fact.
        evidence: EvidenceKind,
    },
    /// The user's own cluster holds other reports than before.
    ClusterChanged,
    /// The model weighs in another way.
    Model,
    /// Nothing changed about it: others rose or fell.
    Others,
    /// The knowledge that was used before is not at hand any more, so nobody can say.
    CannotTell,
}

/// A hypothesis that moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// Whose; `None` is "none of the known".
    pub actor: Option<ActorRef>,
    /// Probability before; `None` when it was not among those shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<f64>,
    /// Probability now; `None` when it is not among those shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<f64>,
    /// Why, most telling first.
    pub because: Vec<MoveReason>,
}

/// What is different between two assessments of the same reports and hunt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The earlier one.
    pub before: AssessmentId,
    /// The later one.
    pub after: AssessmentId,
    /// Version of the knowledge before and after.
    pub knowledge: (String, String),
    /// Version of the model before and after.
    pub model: (String, String),
    /// Where the judgement stood.
    pub from: Standing,
    /// Where it stands.
    pub to: Standing,
    /// Hypotheses that moved, those that moved farthest first.
    pub moved: Vec<Moved>,
    /// Facts that are new in the case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence_new: Vec<EvidenceKind>,
    /// Facts that the case had and has no longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence_gone: Vec<EvidenceKind>,
}

impl Change {
    /// Whether the first hypothesis is another, or its ICD 203 band: what readers have to be told.
    pub fn is_turn(&self) -> bool {
        let id = |of: &Standing| of.first.as_ref().map(|actor| actor.id.clone());
        id(&self.from) != id(&self.to) || self.from.likelihood != self.to.likelihood
    }
}

/// Something that happened to an assessment after it was made. Nothing is overwritten.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssessmentEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: AssessmentDeed,
}

/// What happened to an assessment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AssessmentDeed {
    /// It was made again.
    Again {
        /// What moved.
        change: Box<Change>,
    },
    /// A person closed it: it is not made again with the others.
    Closed {
        /// Why.
        why: String,
    },
    /// A person opened it again.
    Reopened {
        /// Why.
        why: String,
    },
}

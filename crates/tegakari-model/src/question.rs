//! What to look for next: questions that a person can answer from their own logs, and what an answer would change.

use serde::{Deserialize, Serialize};

use crate::{
    ActorRef, Country, Likelihood, Observable, Sector, SoftwareId, TechniqueId, Telemetry,
};

/// What is asked: whether it belongs to the incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "asks", rename_all = "snake_case")]
pub enum Asked {
    /// Was this malware or tool used?
    Software {
        /// Its record.
        id: SoftwareId,
        /// Its name.
        name: String,
        /// Number of actors in the knowledge that use it.
        used_by: u32,
    },
    /// Was this technique used?
    Technique {
        /// Its id.
        id: TechniqueId,
        /// Its name.
        name: String,
        /// Number of actors in the knowledge that use it.
        used_by: u32,
    },
    /// Was there contact with infrastructure known of this actor?
    Infrastructure {
        /// The actor.
        actor: ActorRef,
    },
    /// Is the victim in this country?
    Country {
        /// The country.
        country: Country,
    },
    /// Is the victim of this trade?
    Sector {
        /// The trade.
        sector: Sector,
    },
}

impl Asked {
    /// What makes two questions the same, whatever the knowledge says of it: `technique:T1059`, `country:VN`, …
    pub fn key(&self) -> String {
        match self {
            Self::Software { id, .. } => format!("software:{}", id.0),
            Self::Technique { id, .. } => format!("technique:{id}"),
            Self::Infrastructure { actor } => format!("infrastructure:{}", actor.id.0),
            Self::Country { country } => format!("country:{}", country.code()),
            Self::Sector { sector } => format!("sector:{}", sector.name()),
        }
    }
}

/// How probable a "yes" is if a hypothesis holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Index into [`crate::Assessment::hypotheses`].
    pub hypothesis: usize,
    /// Probability of "yes", 0 to 1.
    pub yes: f64,
}

/// Where the judgement would stand after an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The first hypothesis; `None` is "none of the known".
    pub first: Option<ActorRef>,
    /// Its probability.
    pub probability: f64,
    /// The ICD 203 band of that.
    pub likelihood: Likelihood,
}

/// A question whose answer tells hypotheses apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// What is asked.
    #[serde(flatten)]
    pub asked: Asked,
    /// Expected information gain in bits: by how much the answer, whichever it is, lowers on average the entropy over
    /// all hypotheses.
    pub gain: f64,
    /// Probability of "yes" over all hypotheses.
    pub yes: f64,
    /// Probability of "yes" under each hypothesis that is shown.
    pub under: Vec<Expected>,
    /// What the assessment would say if the answer were yes.
    pub if_yes: Standing,
    /// What the assessment would say if the answer were no, and a yes would have shown with the probability
    /// [`Question::no_counts`].
    pub if_no: Standing,
    /// Probability, 0 to 1, that a yes would have shown to a person who looked: a "no" counts by that, and not at all
    /// at 0.
    #[serde(default)]
    pub no_counts: f64,
    /// Kinds of telemetry any one of which may show it, sorted; empty when no log that is read here does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown_by: Vec<Telemetry>,
    /// Share of the hunt's asset-hours in which one of them was there; `None` without a hunt, or where logs do not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible: Option<f64>,
    /// Values that often show it in a log. Seeing one is a lead to examine, not yet a "yes".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leads: Vec<Observable>,
    /// Commands that look for it, each complete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// The command that tells the program of a "yes", to be weighed with the next `assess`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tell: Option<String>,
    /// The command that tells it of a "no".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tell_no: Option<String>,
}

/// A single answer that would change the first hypothesis or its band.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// What is asked.
    #[serde(flatten)]
    pub asked: Asked,
    /// The answer: yes or no.
    pub answer: bool,
    /// Probability of that answer.
    pub chance: f64,
    /// Where the judgement would stand.
    pub then: Standing,
}

//! What a person says against what the reader read: kept with its reason, applied whenever the same
//! document is read again, and exported as a labelled document to test the reader on.

use serde::{Deserialize, Serialize};

use crate::{
    Disposition, IndicatorRole, NameKind, Observable, ReportId, TargetKind, TechniqueId, Timestamp,
};

/// One correction of one report. Nothing is overwritten: of several about the same thing the last holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// The report.
    pub report: ReportId,
    /// What is said.
    pub ruling: Ruling,
    /// Whether this takes back what was said about the same thing before: the reading holds again.
    #[serde(default)]
    pub withdrawn: bool,
    /// Why, in the person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// When it was said.
    pub at: Timestamp,
}

/// What a person says of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Ruling {
    /// What a value means. `None`: the text has no such value; what was read as one is something else.
    Value {
        /// The value.
        #[serde(flatten)]
        observable: Observable,
        /// What it means.
        meaning: Option<Meaning>,
    },
    /// Whether a technique is told.
    Technique {
        /// Which.
        id: TechniqueId,
        /// Whether the report tells of it.
        told: bool,
    },
    /// Whether a name is meant, and as what.
    Name {
        /// As the report writes it.
        name: String,
        /// What it stands for; `None`: it is no such name here.
        kind: Option<NameKind>,
    },
    /// Whether a place or trade was attacked.
    Target {
        /// Which.
        target: TargetKind,
        /// Whether the report says that it was attacked.
        attacked: bool,
    },
    /// These values belong to one file.
    OneFile {
        /// Hashes, names and detection names, at least two.
        values: Vec<Observable>,
    },
}

/// What a value means, as a person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meaning {
    /// Indicator, reference, …
    pub disposition: Disposition,
    /// What it was used for; `None` leaves what was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<IndicatorRole>,
}

impl Ruling {
    /// Whether both are about the same thing, so that the later one takes the place of the earlier.
    pub fn same_subject(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value { observable: a, .. }, Self::Value { observable: b, .. }) => a == b,
            (Self::Technique { id: a, .. }, Self::Technique { id: b, .. }) => a == b,
            (Self::Name { name: a, .. }, Self::Name { name: b, .. }) => a == b,
            (Self::Target { target: a, .. }, Self::Target { target: b, .. }) => a == b,
            (Self::OneFile { values: a }, Self::OneFile { values: b }) => a == b,
            _ => false,
        }
    }
}

impl Correction {
    /// Of corrections in the order in which they were made, those that hold.
    pub fn in_force(made: &[Self]) -> Vec<&Self> {
        let mut last: Vec<&Self> = Vec::new();
        for one in made {
            last.retain(|earlier| !earlier.ruling.same_subject(&one.ruling));
            last.push(one);
        }
        last.retain(|one| !one.withdrawn);
        last
    }
}

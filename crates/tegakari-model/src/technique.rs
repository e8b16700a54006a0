//! ATT&CK techniques.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ReportCitation, Telemetry};

/// An ATT&CK technique, sub-technique or tactic id (`T1059.001`, `TA0011`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TechniqueId(String);

impl TechniqueId {
    /// Reads an id: `T` and four digits, with three more after `.` or `/`; or `TA` and four digits.
    /// `None` for anything else. Whether ATT&CK knows the id is for the knowledge to say.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        let upper = text.to_ascii_uppercase().replace('/', ".");
        if let Some(tactic) = upper.strip_prefix("TA") {
            return digits(tactic, 4).then(|| Self(upper.clone()));
        }
        let rest = upper.strip_prefix('T')?;
        let right = match rest.split_once('.') {
            None => digits(rest, 4),
            Some((parent, sub)) => digits(parent, 4) && digits(sub, 3),
        };
        right.then_some(Self(upper))
    }

    /// The id as ATT&CK writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a tactic (`TA0011`).
    pub fn is_tactic(&self) -> bool {
        self.0.starts_with("TA")
    }

    /// The technique a sub-technique belongs to; the id itself otherwise.
    pub fn parent(&self) -> Self {
        Self(self.0.split('.').next().unwrap_or(&self.0).to_owned())
    }
}

impl fmt::Display for TechniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A report says that this technique (or tactic) was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TechniqueMention {
    /// The current id; a retired id is mapped to its successor.
    pub id: TechniqueId,
    /// Its name in ATT&CK.
    pub name: String,
    /// The id as the report wrote it, when that id has been retired since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_id: Option<TechniqueId>,
    /// Whether the report names the id or the technique itself, rather than describing behaviour.
    pub explicit: bool,
    /// When the report only describes behaviour: how likely it is that this technique is meant, from 0
    /// to 1. None where the report names the technique or uses a known phrase for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f32>,
    /// What else the described behaviour may be, likelier first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<TechniqueChoice>,
    /// Where it says so; the clearest place first.
    pub citations: Vec<ReportCitation>,
}

/// A technique of a report as a hunt needs it to say what its silence is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedTechnique {
    /// Its id.
    pub id: TechniqueId,
    /// Its name in ATT&CK.
    pub name: String,
    /// How sure it is that the report means it, 0 to 1; 1 where the report names it.
    pub probability: f64,
    /// Kinds of telemetry in which ATT&CK's analytics for it would show it; empty when no log that is read here does.
    pub telemetry: Vec<Telemetry>,
}

/// A technique that may be meant instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TechniqueChoice {
    /// Its id.
    pub id: TechniqueId,
    /// Its name in ATT&CK.
    pub name: String,
    /// How likely it is that it is meant, from 0 to 1.
    pub probability: f32,
}

//! An observable plus what it indicates.

use serde::{Deserialize, Serialize};

use crate::{IndicatorId, Observable, ReportCitation, Timestamp};

/// What an indicator was used for in the attack.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorRole {
    /// Command and control.
    C2,
    /// Delivery of malware or lures.
    Delivery,
    /// Staging, download of further parts, exfiltration targets.
    Staging,
    /// A malicious file.
    Malware,
    /// A tool of the attacker.
    Tool,
    /// The report does not say.
    #[default]
    Unknown,
}

/// An observable that a report (or list) calls a sign of an attack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    /// Derived from the observable.
    pub id: IndicatorId,
    /// What to look for. In JSON its `type` and `value` stand directly in the indicator.
    #[serde(flatten)]
    pub observable: Observable,
    /// What it was used for.
    #[serde(default)]
    pub role: IndicatorRole,
    /// Malware, campaign or file names the source ties to it, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// First and last moment of use as the source says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// See `valid_from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// From when on it is no longer to be taken for a sign of an attack, as every source of it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// What it says something together with only, as [`crate::Mention::only_with`]; empty when it means something alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_with: Vec<String>,
    /// Where reports mention it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<ReportCitation>,
}

impl Indicator {
    /// An indicator with nothing known but its value.
    pub fn new(observable: Observable) -> Self {
        Self {
            id: Self::id_of(&observable),
            observable,
            role: IndicatorRole::Unknown,
            labels: Vec::new(),
            valid_from: None,
            valid_until: None,
            not_after: None,
            only_with: Vec::new(),
            citations: Vec::new(),
        }
    }

    /// Takes over what another source says of how long the same value is valid, and of what it needs beside it: the wider
    /// of both.
    pub fn validity_of_both(&mut self, other: &Self) {
        self.not_after = match (self.not_after, other.not_after) {
            (Some(a), Some(b)) => Some(a.max(b)),
            _ => None,
        };
        if other.only_with.is_empty() {
            self.only_with.clear();
        }
    }

    /// The id of the indicator for an observable.
    pub fn id_of(observable: &Observable) -> IndicatorId {
        IndicatorId::derive(&[
            observable.kind().name().as_bytes(),
            observable.value().as_bytes(),
        ])
    }
}

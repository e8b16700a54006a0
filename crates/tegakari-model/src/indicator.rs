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
            citations: Vec::new(),
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

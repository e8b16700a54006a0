//! What a watch gives out for each indicator, and each rule, in each record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tegakari_model::{DetectionRule, Relation, ReportId, Telemetry, Timestamp};

/// Heads every sighting.
pub const SIGHTING_SCHEMA: &str = "tegakari/watch-sighting/1";

/// One indicator or rule in one record, about one machine. Holds nothing that depends on when it was read, so that the same record
/// gives the same sighting again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WatchSighting {
    /// [`SIGHTING_SCHEMA`].
    pub schema: String,
    /// Derived from where and what: the same for a repetition.
    pub id: String,
    /// It may have been given out before; `id` tells. Only after a stop that was none of ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeat: bool,
    /// Type of what was found (`domain`), its value, and its id.
    #[serde(rename = "type")]
    pub kind: String,
    /// See `kind`.
    pub value: String,
    /// See `kind`.
    pub indicator: String,
    /// Malware, campaigns and files that reports tie to it, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Reports that tell of it, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<ReportId>,
    /// The rule of behaviour, when it is one that was found: then `type` is `rule`, the value its title and the indicator its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<DetectionRule>,
    /// What came together, when the rule is a correlation; the record is the one with which it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<WatchCorrelation>,
    /// How what stands in the record relates to an indicator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
    /// Kinds of telemetry that showed it, sorted.
    pub telemetry: Vec<Telemetry>,
    /// The machine; `None` when no record tells.
    pub asset: Option<String>,
    /// Time from the record itself.
    pub time: Option<Timestamp>,
    /// The stream: a file, or who sent it.
    pub input: String,
    /// How many files stood at that path before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub generation: u64,
    /// Line and number of the record in the stream, from 1.
    pub line: u64,
    /// See `line`.
    pub record: u64,
    /// Log format and kind of record in it.
    pub format: String,
    /// See `format`.
    pub source: String,
    /// The record, cut around what was found. Hostile text.
    pub excerpt: String,
}

/// What a correlation found: records that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WatchCorrelation {
    /// The number that it counts, when it was told: records, values or rules.
    pub count: u64,
    /// Time of the first record; that of the sighting is the time of the last.
    pub first: Option<Timestamp>,
    /// The fields whose values they share, and these. Hostile text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub group: BTreeMap<String, String>,
    /// The records in the order of time: the first ones and the last.
    pub records: Vec<WatchRecord>,
}

/// One of the records of a correlation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WatchRecord {
    /// As of a sighting.
    pub asset: Option<String>,
    /// As of a sighting.
    pub time: Option<Timestamp>,
    /// As of a sighting.
    pub input: String,
    /// As of a sighting.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub generation: u64,
    /// As of a sighting.
    pub line: u64,
    /// As of a sighting.
    pub record: u64,
    /// As of a sighting.
    pub format: String,
    /// As of a sighting.
    pub source: String,
    /// As of a sighting.
    pub telemetry: Vec<Telemetry>,
    /// As of a sighting. Hostile text.
    pub excerpt: String,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// The id of a sighting, from what a repetition shares: the stream and its generation, the record's line and text, what was
/// found, and on whom as the record says.
pub fn sighting_id(
    input: &str,
    generation: u64,
    line: u64,
    excerpt: &str,
    indicator: &str,
    party: &str,
) -> String {
    let mut digest = Sha256::new();
    let numbers = [generation, line].map(u64::to_le_bytes);
    for part in [input, excerpt, indicator, party] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    digest.update(numbers.concat());
    let hex: String = digest
        .finalize()
        .iter()
        .take(10)
        .map(|b| format!("{b:02x}"))
        .collect();
    format!("W-{hex}")
}

#[cfg(test)]
mod tests {
    use super::sighting_id;

    #[test]
    fn an_id_tells_apart_what_differs_and_nothing_else() {
        let base = sighting_id("a", 0, 1, "x", "I-1", "ws-01");
        assert_eq!(base, sighting_id("a", 0, 1, "x", "I-1", "ws-01"));
        for other in [
            sighting_id("b", 0, 1, "x", "I-1", "ws-01"),
            sighting_id("a", 1, 1, "x", "I-1", "ws-01"),
            sighting_id("a", 0, 2, "x", "I-1", "ws-01"),
            sighting_id("ax", 0, 1, "", "I-1", "ws-01"),
            sighting_id("a", 0, 1, "x", "I-2", "ws-01"),
            sighting_id("a", 0, 1, "x", "I-1", ""),
        ] {
            assert_ne!(base, other);
        }
        assert_eq!(base.len(), 22);
    }
}

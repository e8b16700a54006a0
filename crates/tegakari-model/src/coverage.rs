//! What the logs could have shown: assets × log sources × hours.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Hour, Telemetry, TimeRange, Timestamp};

/// How we know of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetOrigin {
    /// The organisation's inventory lists it, and logs show it.
    Both,
    /// Only the inventory lists it: no record of it was found.
    InventoryOnly,
    /// Only logs show it.
    LogsOnly,
}

/// A machine of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asset {
    /// Host name in lower case without the organisation's domain, or the address when no name is known.
    pub name: String,
    /// Addresses it was seen with or is listed with, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Other names (fully qualified ones), sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<String>,
    /// How we know of it.
    pub origin: AssetOrigin,
    /// A device that only reports about others (firewall, network sensor): shown, but not counted
    /// among the machines that must be visible.
    #[serde(default)]
    pub sensor: bool,
    /// Further columns of the inventory (`owner`, `segment`, `criticality`), sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(String, String)>,
}

/// Records of one source about one asset in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HourCount {
    /// The hour.
    pub hour: Hour,
    /// How many records.
    pub records: u64,
}

/// What one log source showed of one asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceCoverage {
    /// Name of the asset in [`Coverage::assets`].
    pub asset: String,
    /// The log source: format and kind of records (`zeek-json dns`, `sysmon`).
    pub source: String,
    /// Kinds of telemetry that its records about this asset were seen to carry, sorted.
    pub telemetry: Vec<Telemetry>,
    /// Hours with at least one record, sorted.
    pub hours: Vec<HourCount>,
    /// For kinds of which not each of these hours has a record: the hours without. Sorted by kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<KindSilence>,
    /// Hours of which records are known to be missing, sorted; none of them counts as visible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partial_hours: Vec<Hour>,
    /// Records without a readable time. They count for nothing.
    #[serde(default)]
    pub records_without_time: u64,
}

/// Hours in which a source has records, but none of a kind that it shows at other times: no proof that it was turned on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindSilence {
    /// The kind.
    pub telemetry: Telemetry,
    /// The hours, sorted.
    pub hours: Vec<Hour>,
}

impl SourceCoverage {
    /// Whether a kind counts as shown in one of [`hours`](Self::hours).
    pub fn shows_in(&self, telemetry: Telemetry, hour: Hour) -> bool {
        let silent = self.silent.iter().find(|one| one.telemetry == telemetry);
        self.telemetry.contains(&telemetry)
            && silent.is_none_or(|one| one.hours.binary_search(&hour).is_err())
    }

    /// The hours in which one of these kinds was shown, sorted.
    pub fn hours_with<'a>(&'a self, any_of: &'a [Telemetry]) -> impl Iterator<Item = Hour> + 'a {
        let shown = move |hour: &Hour| any_of.iter().any(|kind| self.shows_in(*kind, *hour));
        self.hours.iter().map(|one| one.hour).filter(shown)
    }
}

/// What was done with one input file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputSummary {
    /// The file as cited.
    pub file: String,
    /// Id of the log format it was read as.
    pub format: String,
    /// Bytes read after unpacking and decoding.
    pub bytes: u64,
    /// Records read.
    pub records: u64,
    /// Records that could not be understood. They were still searched as text.
    pub bad_records: u64,
    /// Earliest time in it.
    pub first: Option<Timestamp>,
    /// Latest time in it.
    pub last: Option<Timestamp>,
}

/// The visibility of a hunt, as measured from the logs that were searched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// The time asked about: as given, otherwise from the first to the last hour with records.
    pub window: TimeRange,
    /// Machines, sorted by name.
    pub assets: Vec<Asset>,
    /// Sorted by asset, then source.
    pub sources: Vec<SourceCoverage>,
    /// Sorted by file.
    pub inputs: Vec<InputSummary>,
    /// How many indicators of a set were looked for beside those that have a finding each.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub set_indicators: u64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl Coverage {
    /// The hours of the window, first and one past the last; `None` when the window is open at an end.
    pub fn window_hours(&self) -> Option<(Hour, Hour)> {
        let from = Hour::of(self.window.from?);
        let until = self.window.until?;
        let mut end = Hour::of(until);
        if end.start() != Some(until) {
            end.0 += 1;
        }
        (from < end).then_some((from, end))
    }

    /// The share of asset-hours (machines that are no sensors, times hours of the window) in which some source showed
    /// one of these kinds of telemetry, 0 to 1; 0 when no machine or no hour is known.
    #[allow(
        clippy::cast_precision_loss,
        reason = "asset-hours stay far below 2^52"
    )]
    pub fn share_with(&self, any_of: &[Telemetry]) -> f64 {
        let Some((from, end)) = self.window_hours() else {
            return 0.0;
        };
        let machines: BTreeSet<&str> = self
            .assets
            .iter()
            .filter(|asset| !asset.sensor)
            .map(|asset| asset.name.as_str())
            .collect();
        let mut lit: BTreeSet<(&str, Hour)> = BTreeSet::new();
        for source in &self.sources {
            if machines.contains(source.asset.as_str()) {
                let hours = source.hours_with(any_of);
                let inside = hours.filter(|hour| (from..end).contains(hour));
                lit.extend(inside.map(|hour| (source.asset.as_str(), hour)));
            }
        }
        let hours = u64::try_from(end.0.saturating_sub(from.0)).unwrap_or(0);
        let all = machines.len() as f64 * hours as f64;
        if all > 0.0 {
            lit.len() as f64 / all
        } else {
            0.0
        }
    }
}

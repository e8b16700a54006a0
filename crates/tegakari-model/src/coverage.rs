//! What the logs could have shown: assets × log sources × hours.

use std::collections::{BTreeMap, BTreeSet};

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

/// What an hour of a machine is for a data component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HourState {
    /// A source has a record of the machine that shows it.
    Present,
    /// A source that shows it has records, but some are known to be missing.
    Partial,
    /// A source shows it of other machines in this hour, and of this one does not.
    Absent,
    /// No source shows it of any machine in this hour: whether it was collected, nothing that was given tells.
    Unknown,
}

/// Hours in a row that are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourRun {
    /// The first.
    pub from: Hour,
    /// How many.
    pub hours: u64,
    /// What they are.
    pub state: HourState,
}

/// What each hour of the window is for one data component on one machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentHours {
    /// Name of the machine in [`Coverage::assets`].
    pub asset: String,
    /// ATT&CK's name of the component.
    pub component: String,
    /// All hours of the window, in order.
    pub runs: Vec<HourRun>,
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

    /// Machines that are no sensors × data components that some log can show: what each hour of the window is. Sorted by
    /// machine and component; empty when no time is known.
    pub fn component_hours(&self) -> Vec<ComponentHours> {
        let Some((from, end)) = self.window_hours() else {
            return Vec::new();
        };
        let mut components: BTreeMap<&'static str, Vec<Telemetry>> = BTreeMap::new();
        let named = Telemetry::ALL.into_iter();
        for kind in named.filter(|kind| *kind != Telemetry::Other) {
            components
                .entry(kind.data_component())
                .or_default()
                .push(kind);
        }
        let inside = |hour: &Hour| (from..end).contains(hour);
        let mut out = Vec::new();
        for (component, kinds) in &components {
            let mut present: BTreeMap<&str, BTreeSet<Hour>> = BTreeMap::new();
            let mut partial: BTreeMap<&str, BTreeSet<Hour>> = BTreeMap::new();
            let mut of_any: BTreeSet<Hour> = BTreeSet::new();
            for source in &self.sources {
                let asset = source.asset.as_str();
                let shown: BTreeSet<Hour> = source.hours_with(kinds).filter(inside).collect();
                of_any.extend(&shown);
                present.entry(asset).or_default().extend(shown);
                if source.telemetry.iter().any(|kind| kinds.contains(kind)) {
                    let torn: Vec<Hour> = source
                        .partial_hours
                        .iter()
                        .copied()
                        .filter(inside)
                        .collect();
                    of_any.extend(&torn);
                    partial.entry(asset).or_default().extend(torn);
                }
            }
            for asset in self.assets.iter().filter(|asset| !asset.sensor) {
                let has = |of: &BTreeMap<&str, BTreeSet<Hour>>, hour: &Hour| {
                    of.get(asset.name.as_str())
                        .is_some_and(|hours| hours.contains(hour))
                };
                let mut runs: Vec<HourRun> = Vec::new();
                for hour in (from.0..end.0).map(Hour) {
                    let state = if has(&present, &hour) {
                        HourState::Present
                    } else if has(&partial, &hour) {
                        HourState::Partial
                    } else if of_any.contains(&hour) {
                        HourState::Absent
                    } else {
                        HourState::Unknown
                    };
                    match runs.last_mut() {
                        Some(last) if last.state == state => last.hours += 1,
                        _ => runs.push(HourRun {
                            from: hour,
                            hours: 1,
                            state,
                        }),
                    }
                }
                out.push(ComponentHours {
                    asset: asset.name.clone(),
                    component: (*component).to_owned(),
                    runs,
                });
            }
        }
        out.sort_by(|a, b| (&a.asset, &a.component).cmp(&(&b.asset, &b.component)));
        out
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

#[cfg(test)]
mod tests {
    use super::{Asset, AssetOrigin, Coverage, HourCount, HourState, SourceCoverage};
    use crate::{Hour, Telemetry, TimeRange, Timestamp};

    #[test]
    fn what_nobody_collected_is_told_from_what_a_machine_lacks() {
        let asset = |name: &str| Asset {
            name: name.to_owned(),
            addresses: Vec::new(),
            other_names: Vec::new(),
            origin: AssetOrigin::LogsOnly,
            sensor: false,
            facts: Vec::new(),
        };
        let source = |asset: &str, hours: &[i64], partial: &[i64]| SourceCoverage {
            asset: asset.to_owned(),
            source: "sysmon".to_owned(),
            telemetry: vec![Telemetry::Process],
            hours: hours
                .iter()
                .map(|hour| HourCount {
                    hour: Hour(*hour),
                    records: 1,
                })
                .collect(),
            silent: Vec::new(),
            partial_hours: partial.iter().copied().map(Hour).collect(),
            records_without_time: 0,
        };
        let time = |hour: i64| Timestamp::from_second(hour * 3600).ok();
        let coverage = Coverage {
            window: TimeRange {
                from: time(10),
                until: time(15),
            },
            assets: vec![asset("a"), asset("b")],
            sources: vec![source("a", &[10, 11], &[13]), source("b", &[11], &[])],
            ..Coverage::default()
        };
        let of = |asset: &str, component: &str| -> Vec<(i64, u64, HourState)> {
            let all = coverage.component_hours();
            let one = all
                .iter()
                .find(|one| one.asset == asset && one.component == component);
            let runs = one.map(|one| one.runs.clone()).unwrap_or_default();
            runs.iter()
                .map(|run| (run.from.0, run.hours, run.state))
                .collect()
        };
        use HourState as S;
        assert_eq!(
            of("a", "Process Creation"),
            [
                (10, 2, S::Present),
                (12, 1, S::Unknown),
                (13, 1, S::Partial),
                (14, 1, S::Unknown)
            ]
        );
        assert_eq!(
            of("b", "Process Creation"),
            [
                (10, 1, S::Absent),
                (11, 1, S::Present),
                (12, 1, S::Unknown),
                (13, 1, S::Absent),
                (14, 1, S::Unknown)
            ]
        );
        assert_eq!(of("a", "Network Traffic Flow"), [(10, 5, S::Unknown)]);
    }
}

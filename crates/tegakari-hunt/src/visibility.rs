//! Could it have been seen: asset-hours in which a source that shows the needed telemetry of a
//! machine has a record of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tegakari_model::{
    Gap, Hour, HourCount, Observable, ObservableKind, SourceCoverage, Telemetry, Visibility,
};

use crate::Kinds;
use crate::assets::Machines;
use crate::outcome::{Tally, add_counts};

/// What one source showed of one machine.
#[derive(Debug, Default)]
pub(crate) struct SourceSum {
    pub(crate) subject: bool,
    pub(crate) shows: Kinds,
    pub(crate) hours: BTreeMap<i64, u64>,
    pub(crate) without_time: u64,
}

/// All sources by machine, then source name.
pub(crate) type Sources = BTreeMap<(String, String), SourceSum>;

/// Adds up the cells of a tally by machine, inside the hours asked about.
pub(crate) fn sources(tally: &Tally, machines: &Machines, hours: Option<(Hour, Hour)>) -> Sources {
    let mut sums = Sources::new();
    let inside = |hour: i64| hours.is_none_or(|(from, until)| from.0 <= hour && hour < until.0);
    for ((party, source), cell) in &tally.cells {
        // Hours of one machine are added together: an address rarely changes hands.
        let mut runs: Vec<(String, BTreeMap<i64, u64>)> = Vec::new();
        let counted = cell.hours.iter().filter(|(hour, _)| inside(**hour));
        if machines.is_one(party) {
            let hours: BTreeMap<i64, u64> = counted.map(|(h, n)| (*h, *n)).collect();
            if let Some((&first, _)) = hours.first_key_value()
                && let Some(asset) = machines.asset(party, Some(first))
            {
                runs.push((asset, hours));
            }
        } else {
            for (&hour, &count) in counted {
                let Some(asset) = machines.asset(party, Some(hour)) else {
                    continue;
                };
                match runs.last_mut() {
                    Some((last, hours)) if *last == asset => {
                        hours.insert(hour, count);
                    }
                    _ => runs.push((asset, BTreeMap::from([(hour, count)]))),
                }
            }
        }
        let mut add = |asset: String, hours: BTreeMap<i64, u64>, without_time: u64| {
            let sum = sums.entry((asset, source.clone())).or_default();
            sum.subject |= cell.subject;
            sum.shows = sum.shows.and(cell.shows);
            sum.without_time += without_time;
            if sum.hours.is_empty() {
                sum.hours = hours;
            } else {
                add_counts(&mut sum.hours, hours);
            }
        };
        for (asset, hours) in runs {
            add(asset, hours, 0);
        }
        if cell.without_time > 0
            && let Some(asset) = machines.asset(party, None)
        {
            add(asset, BTreeMap::new(), cell.without_time);
        }
    }
    sums
}

/// Machines that only ever reported about others.
pub(crate) fn sensors(sources: &Sources) -> BTreeSet<String> {
    let mut subject: BTreeMap<&String, bool> = BTreeMap::new();
    for ((asset, _), sum) in sources {
        *subject.entry(asset).or_default() |= sum.subject;
    }
    subject
        .into_iter()
        .filter(|(_, subject)| !subject)
        .map(|(asset, _)| asset.clone())
        .collect()
}

/// The sources as they are shown.
pub(crate) fn list(sources: Sources) -> Vec<SourceCoverage> {
    sources
        .into_iter()
        .map(|((asset, source), sum)| SourceCoverage {
            asset,
            source,
            telemetry: if sum.subject {
                sum.shows.list()
            } else {
                Vec::new()
            },
            hours: sum
                .hours
                .into_iter()
                .map(|(hour, records)| HourCount {
                    hour: Hour(hour),
                    records,
                })
                .collect(),
            records_without_time: sum.without_time,
        })
        .collect()
}

/// What could have shown an observable, and what is missing.
type Judged = (Arc<Visibility>, Arc<[Gap]>);

/// Visibility and gaps, shared by all indicators that need the same.
pub(crate) struct Judge<'a> {
    sources: &'a Sources,
    machines: Vec<&'a str>,
    hours: Option<(Hour, Hour)>,
    known: HashMap<(ObservableKind, bool), Judged>,
}

impl<'a> Judge<'a> {
    /// `machines` are those that must be visible, sorted.
    pub(crate) fn new(
        sources: &'a Sources,
        machines: Vec<&'a str>,
        hours: Option<(Hour, Hour)>,
    ) -> Self {
        Self {
            sources,
            machines,
            hours,
            known: HashMap::new(),
        }
    }

    /// What could have shown an observable. A URL inside TLS only shows where a proxy opens TLS.
    pub(crate) fn of(&mut self, observable: &Observable) -> Judged {
        let kind = observable.kind();
        let in_tls = kind == ObservableKind::Url && observable.value().starts_with("https:");
        self.of_kind(kind, in_tls)
    }

    /// What could have shown an observable of a kind; for a URL, whether it is one inside TLS.
    pub(crate) fn of_kind(&mut self, kind: ObservableKind, in_tls: bool) -> Judged {
        if let Some(known) = self.known.get(&(kind, in_tls)) {
            return known.clone();
        }
        let needs = Telemetry::that_would_show(kind);
        let kinds = if in_tls {
            Kinds::url_in_tls()
        } else {
            Kinds::of(needs)
        };
        let judged = self.judge(kinds, needs);
        self.known.insert((kind, in_tls), judged.clone());
        judged
    }

    /// For an indicator that was not searched for.
    pub(crate) fn none(&self) -> Judged {
        self.judge(Kinds::NONE, &[])
    }

    fn judge(&self, kinds: Kinds, needs: &[Telemetry]) -> Judged {
        let each = self.hours.map_or(0, |(from, until)| {
            u64::try_from(until.0 - from.0).unwrap_or(0)
        });
        let mut sources = BTreeSet::new();
        let mut result = Visibility {
            visible: 0,
            total: each.saturating_mul(self.machines.len() as u64),
            assets_whole: Vec::new(),
            assets_part: Vec::new(),
            assets_none: Vec::new(),
            sources: Vec::new(),
        };
        let mut part_missing = 0;
        for &machine in &self.machines {
            let mut hours: Vec<i64> = Vec::new();
            let from = (machine.to_owned(), String::new());
            let of_machine = self
                .sources
                .range(from..)
                .take_while(|((asset, _), _)| asset == machine);
            for ((_, source), sum) in of_machine {
                if sum.subject && sum.shows.meets(kinds) && !sum.hours.is_empty() {
                    if !sources.contains(source.as_str()) {
                        sources.insert(source.clone());
                    }
                    hours.extend(sum.hours.keys());
                }
            }
            hours.sort();
            hours.dedup();
            let visible = hours.len() as u64;
            result.visible += visible;
            let list = if visible == 0 {
                &mut result.assets_none
            } else if visible < each {
                part_missing += each - visible;
                &mut result.assets_part
            } else {
                &mut result.assets_whole
            };
            list.push(machine.to_owned());
        }
        result.sources = sources.into_iter().collect();
        let mut gaps = Vec::new();
        if needs.is_empty() {
            gaps.push(Gap {
                needs: Vec::new(),
                assets: Vec::new(),
                asset_hours: result.total,
            });
        } else {
            if !result.assets_none.is_empty() {
                gaps.push(Gap {
                    needs: needs.to_vec(),
                    assets: result.assets_none.clone(),
                    asset_hours: each * result.assets_none.len() as u64,
                });
            }
            if !result.assets_part.is_empty() {
                gaps.push(Gap {
                    needs: needs.to_vec(),
                    assets: result.assets_part.clone(),
                    asset_hours: part_missing,
                });
            }
        }
        (Arc::new(result), gaps.into())
    }
}

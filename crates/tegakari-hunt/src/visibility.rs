//! Could it have been seen: asset-hours in which a source that shows the needed telemetry of a
//! machine has a record of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use tegakari_model::{
    Gap, Hour, HourCount, Observable, ObservableKind, SourceCoverage, Telemetry, Visibility,
};

use crate::Kinds;
use crate::assets::Machines;
use crate::outcome::{Tally, add_counts};
use crate::proxies::Proxies;

/// What one source showed of one machine.
#[derive(Debug, Default)]
pub(crate) struct SourceSum {
    pub(crate) subject: bool,
    pub(crate) active: bool,
    pub(crate) shows: Kinds,
    pub(crate) hours: BTreeMap<i64, u64>,
    /// Hours that had records, but not all of them.
    pub(crate) partial: BTreeSet<i64>,
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
            sum.active |= cell.active;
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
        for &hour in cell.partial.iter().filter(|hour| inside(**hour)) {
            if let Some(asset) = machines.asset(party, Some(hour)) {
                let sum = sums.entry((asset, source.clone())).or_default();
                sum.subject |= cell.subject;
                sum.active |= cell.active;
                sum.shows = sum.shows.and(cell.shows);
                sum.partial.insert(hour);
            }
        }
    }
    // Where the sensor lost traffic, its hours are not whole.
    for ((_, source), sum) in &mut sums {
        if source.starts_with("zeek") {
            for hour in &tally.lossy {
                if sum.hours.remove(hour).is_some() {
                    sum.partial.insert(*hour);
                }
            }
        }
        sum.partial.retain(|hour| !sum.hours.contains_key(hour));
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
            partial_hours: sum.partial.into_iter().map(Hour).collect(),
            records_without_time: sum.without_time,
        })
        .collect()
}

/// Whether what is needed is seen of traffic that leaves the machine, which a proxy may make in its place.
pub(crate) fn goes_out(needs: &[Telemetry]) -> bool {
    use Telemetry as T;
    let network = |kind: &T| {
        matches!(
            kind,
            T::Flow | T::Dns | T::DnsAnswer | T::HttpHost | T::HttpUrl | T::UserAgent | T::TlsName
        )
    };
    needs.iter().any(network)
}

/// Where something would have to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// No matter where.
    Anywhere,
    /// A URL inside TLS: only where a proxy opens TLS.
    InTls,
    /// An address of ours. Firewalls and sensors only see what crosses them, so only the machine's own records count.
    Inside,
}

/// Which sources count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Through {
    /// All.
    Anything,
    /// Those that show what the machine asked of a proxy.
    Proxy,
    /// Those that show what the machine does of its own accord, not only what is done to it.
    Deeds,
    /// Those that the machine itself writes.
    Itself,
}

impl Through {
    /// Whether a source shows one of these kinds, and counts.
    pub(crate) fn fits(self, sum: &SourceSum, kinds: Kinds) -> bool {
        let counts = match self {
            Self::Anything => true,
            Self::Proxy => sum.shows.is_through_proxy(),
            Self::Deeds => sum.active,
            Self::Itself => sum.shows.is_by_itself(),
        };
        counts && sum.subject && sum.shows.meets(kinds)
    }
}

/// What could have shown an observable, and what is missing.
type Judged = (Arc<Visibility>, Arc<[Gap]>);

/// Visibility and gaps, shared by all indicators that need the same.
pub(crate) struct Judge<'a> {
    sources: &'a Sources,
    machines: Vec<&'a str>,
    proxies: &'a Proxies,
    hours: Option<(Hour, Hour)>,
    known: HashMap<(ObservableKind, Place), Judged>,
}

impl<'a> Judge<'a> {
    /// `machines` are those that must be visible, sorted.
    pub(crate) fn new(
        sources: &'a Sources,
        machines: Vec<&'a str>,
        proxies: &'a Proxies,
        hours: Option<(Hour, Hour)>,
    ) -> Self {
        Self {
            sources,
            machines,
            proxies,
            hours,
            known: HashMap::new(),
        }
    }

    /// What could have shown an observable; `is_own` says whether an address is one of ours.
    pub(crate) fn of(
        &mut self,
        observable: &Observable,
        is_own: impl Fn(IpAddr) -> bool,
    ) -> Judged {
        let kind = observable.kind();
        let place = match kind {
            ObservableKind::Url if observable.value().starts_with("https:") => Place::InTls,
            ObservableKind::Ipv4 | ObservableKind::Ipv6
                if observable.value().parse().is_ok_and(&is_own) =>
            {
                Place::Inside
            }
            _ => Place::Anywhere,
        };
        self.of_kind(kind, place)
    }

    /// What could have shown an observable of a kind in a place.
    pub(crate) fn of_kind(&mut self, kind: ObservableKind, place: Place) -> Judged {
        if let Some(known) = self.known.get(&(kind, place)) {
            return known.clone();
        }
        let needs = Telemetry::that_would_show(kind);
        let kinds = if place == Place::InTls {
            Kinds::url_in_tls()
        } else {
            Kinds::of(needs)
        };
        let judged = self.judge(kinds, needs, place == Place::Inside);
        self.known.insert((kind, place), judged.clone());
        judged
    }

    /// For an indicator that was not searched for.
    pub(crate) fn none(&self) -> Judged {
        self.judge(Kinds::NONE, &[], false)
    }

    fn judge(&self, kinds: Kinds, needs: &[Telemetry], inside: bool) -> Judged {
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
        let goes_out = goes_out(needs) && !inside;
        let own = match (inside, goes_out) {
            (true, _) => Through::Itself,
            // What is done to a machine may pass where what it does itself does not.
            (_, true) => Through::Deeds,
            _ => Through::Anything,
        };
        let mut hidden: BTreeMap<&str, u64> = BTreeMap::new();
        for &machine in &self.machines {
            let mut hours = self.lit(machine, kinds, own, &mut sources);
            let proxies = self.proxies.of(machine);
            if goes_out && !proxies.is_empty() && !hours.is_empty() {
                let through = self.lit(machine, kinds, Through::Proxy, &mut sources);
                for proxy in proxies {
                    let at_proxy = self.lit(proxy, kinds, Through::Deeds, &mut sources);
                    let before = hours.len() as u64;
                    hours.retain(|hour| {
                        through.binary_search(hour).is_ok() || at_proxy.binary_search(hour).is_ok()
                    });
                    let lost = before - hours.len() as u64;
                    if lost > 0 {
                        *hidden.entry(proxy).or_default() += lost;
                    }
                }
            }
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
            for (proxy, asset_hours) in hidden {
                gaps.push(Gap {
                    needs: needs.to_vec(),
                    assets: vec![proxy.to_owned()],
                    asset_hours,
                });
            }
        }
        (Arc::new(result), gaps.into())
    }

    /// Hours, sorted, in which a source that shows one of these kinds of a machine has a record of it; only sources
    /// of one sort, when `through` says so. The sources are added to those given.
    fn lit(
        &self,
        machine: &str,
        kinds: Kinds,
        through: Through,
        named: &mut BTreeSet<String>,
    ) -> Vec<i64> {
        let mut hours: Vec<i64> = Vec::new();
        let from = (machine.to_owned(), String::new());
        let of_machine = self
            .sources
            .range(from..)
            .take_while(|((asset, _), _)| asset == machine);
        for ((_, source), sum) in of_machine {
            if through.fits(sum, kinds) && !sum.hours.is_empty() {
                if !named.contains(source.as_str()) {
                    named.insert(source.clone());
                }
                hours.extend(sum.hours.keys());
            }
        }
        hours.sort();
        hours.dedup();
        hours
    }
}

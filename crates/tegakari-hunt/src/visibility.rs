//! Could it have been seen: asset-hours in which a source that shows the needed telemetry of a
//! machine has a record of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use tegakari_model::{Gap, Hour, Observable, ObservableKind, Telemetry, Visibility};

use crate::Kinds;
use crate::outcome::HourSum;
use crate::proxies::Proxies;
use crate::sources::{SourceSum, Sources};

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
    /// No matter where; an address is one outside.
    Anywhere,
    /// An IPv6 address outside.
    OutsideV6,
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
    /// Whether a source can show one of these kinds, and counts.
    pub(crate) fn fits(self, sum: &SourceSum, kinds: Kinds) -> bool {
        let counts = self != Self::Deeds || sum.active;
        counts && sum.subject && sum.shows.meets(kinds)
    }

    /// Whether it showed one of them in an hour.
    pub(crate) fn shown(self, hour: &HourSum, kinds: Kinds) -> bool {
        let counts = match self {
            Self::Anything | Self::Deeds => true,
            Self::Proxy => hour.shows.is_through_proxy(),
            Self::Itself => hour.shows.is_by_itself(),
        };
        counts && hour.shows.meets(kinds)
    }
}

/// What a record must show, so that an indicator of a kind would have been seen in a place.
pub(crate) fn needed(kind: ObservableKind, needs: &[Telemetry], place: Place) -> Kinds {
    match (kind, place) {
        (_, Place::InTls) => Kinds::url_in_tls(),
        (_, Place::Inside) => Kinds::of(needs),
        (ObservableKind::Ipv6, _) | (_, Place::OutsideV6) => Kinds::flow_out_v6(),
        (ObservableKind::Ipv4 | ObservableKind::Cidr, _) => Kinds::flow_out(),
        _ => Kinds::of(needs),
    }
}

/// The same as far as a machine behind a proxy is concerned: any flow will do, as it ends at the proxy.
pub(crate) fn at_machine(kinds: Kinds) -> Kinds {
    if kinds.meets(Kinds::flow_out().and(Kinds::flow_out_v6())) {
        Kinds::of(&[Telemetry::Flow])
    } else {
        kinds
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
            ObservableKind::Cidr if observable.value().contains(':') => Place::OutsideV6,
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
        let kinds = needed(kind, needs, place);
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
            let proxies = self.proxies.of(machine);
            // Whatever a machine behind a proxy connects to, its own connections are to the proxy.
            let of_machine = if goes_out && self.proxies.is_behind(machine) {
                at_machine(kinds)
            } else {
                kinds
            };
            let mut hours = self.lit(machine, of_machine, own, &mut sources);
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
            if through.fits(sum, kinds) {
                let before = hours.len();
                let shown = sum
                    .hours
                    .iter()
                    .filter(|(_, sum)| through.shown(sum, kinds));
                hours.extend(shown.map(|(hour, _)| *hour));
                if hours.len() > before && !named.contains(source.as_str()) {
                    named.insert(source.clone());
                }
            }
        }
        hours.sort();
        hours.dedup();
        hours
    }
}

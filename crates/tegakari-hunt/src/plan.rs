//! What to look for and when, compiled once and shared by all threads.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use tegakari_match::{Hit, Matcher};
use tegakari_model::{
    Indicator, IndicatorId, Observable, ObservableKind, Problem, Telemetry, TimeRange,
};

use crate::zone::{Zone, ZoneOf};
use crate::{Drills, IndicatorSet, InventoryAsset, Kinds, Limits, Rules, address};

/// What a hunt looks for: indicators, compiled, and the time asked about.
pub struct Plan {
    indicators: Vec<Indicator>,
    window: TimeRange,
    matcher: Matcher,
    /// Further indicators, which are not listed: their numbers follow those of `indicators`.
    set: Option<IndicatorSet>,
    /// Networks of the inventory, and single addresses apart: there can be as many as machines.
    own: Vec<IpNet>,
    own_addresses: HashSet<IpAddr>,
    /// Domains of the machines of the inventory, in lower case.
    own_domains: HashSet<Vec<u8>>,
    /// What zone times are of that say none.
    zones: Vec<ZoneOf>,
    refused: BTreeSet<u32>,
    seeks_urls: bool,
    limits: Limits,
    examples: usize,
    /// Kinds of records in which an indicator counts, by its number, where not in all.
    only_in: HashMap<u32, Kinds>,
    /// What is a trace of a drill and no sighting; not asked when `None`.
    drills: Option<Drills>,
    /// Rules of behaviour that records are asked for.
    rules: Option<Arc<Rules>>,
}

impl Plan {
    /// Compiles the indicators. Repeated values are kept once (labels and citations of the repetition
    /// are added to the first); what cannot be searched for is a problem each, and stays in the plan so
    /// that its finding says so.
    pub fn new(indicators: Vec<Indicator>, window: TimeRange) -> (Self, Vec<Problem>) {
        let indicators = without_repetitions(indicators);
        let values: Vec<Observable> = indicators.iter().map(|i| i.observable.clone()).collect();
        let (matcher, refused) = Matcher::build(&values);
        let refused_set = refused
            .iter()
            .filter_map(|one| u32::try_from(one.index).ok())
            .collect();
        let problems = refused
            .into_iter()
            .filter_map(|one| {
                let indicator = indicators.get(one.index)?;
                Some(Problem::new(
                    format!("indicator {}", indicator.observable.defanged()),
                    one.why,
                    "take it out of the list, or give a value that can be looked for in logs",
                ))
            })
            .collect();
        let seeks_urls = indicators
            .iter()
            .any(|i| i.observable.kind() == ObservableKind::Url);
        let plan = Self {
            indicators,
            window,
            matcher,
            set: None,
            own: Vec::new(),
            own_addresses: HashSet::new(),
            own_domains: HashSet::new(),
            zones: Vec::new(),
            refused: refused_set,
            seeks_urls,
            limits: Limits::default(),
            examples: 5,
            only_in: HashMap::new(),
            drills: None,
            rules: None,
        };
        (plan, problems)
    }

    /// Looks for the indicators of a set as well. Those that are seen get a finding each.
    #[must_use]
    pub fn with_set(mut self, set: IndicatorSet) -> Self {
        self.seeks_urls |= set.has_urls();
        self.set = Some(set);
        self
    }

    /// The set that is looked for beside the list.
    pub(crate) fn set(&self) -> Option<&IndicatorSet> {
        self.set.as_ref()
    }

    /// An indicator by its number, whether of the list or of the set.
    pub(crate) fn indicator(&self, number: u32) -> Option<Cow<'_, Indicator>> {
        if let Some(listed) = self.indicators.get(number as usize) {
            return Some(Cow::Borrowed(listed));
        }
        let entry = number.checked_sub(self.first_of_set())?;
        self.set.as_ref()?.indicator(entry).map(Cow::Owned)
    }

    fn first_of_set(&self) -> u32 {
        u32::try_from(self.indicators.len()).unwrap_or(u32::MAX)
    }

    /// Counts the addresses of an inventory as our own, also where they are public ones.
    #[must_use]
    pub fn with_inventory(mut self, inventory: &[InventoryAsset]) -> Self {
        let nets: BTreeSet<IpNet> = inventory
            .iter()
            .flat_map(|asset| asset.addresses.iter().filter_map(|text| address::net(text)))
            .collect();
        let domains = inventory.iter().filter_map(|asset| {
            let (_, domain) = asset.name.trim().split_once('.')?;
            let domain = domain.trim_end_matches('.').to_lowercase();
            // One label is none of ours alone.
            (domain.contains('.') && address::parse(asset.name.trim().as_bytes()).is_none())
                .then(|| domain.into_bytes())
        });
        self.own_domains.extend(domains);
        for net in nets {
            if net.prefix_len() == net.max_prefix_len() {
                self.own_addresses.insert(net.addr());
            } else {
                self.own.push(net);
            }
        }
        self
    }

    /// What zones the times of files are of that say none; of several for a file the first counts.
    #[must_use]
    pub fn with_zones(mut self, zones: Vec<ZoneOf>) -> Self {
        self.zones = zones;
        self
    }

    /// What tells these zones from others.
    pub fn zones_mark(&self) -> String {
        let marks: Vec<String> = self.zones.iter().map(ZoneOf::mark).collect();
        marks.join("\n")
    }

    /// The zone of times that say none, in a file.
    pub(crate) fn zone_of(&self, file: &str) -> Option<Zone> {
        let zone = self.zones.iter().find(|zone| zone.is_of(file));
        zone.map(|zone| zone.zone.clone())
    }

    /// Whether a name is in a domain of machines of the inventory.
    pub(crate) fn is_own_name(&self, name: &[u8]) -> bool {
        if self.own_domains.is_empty() || name.len() > 300 {
            return false;
        }
        let mut plain: Vec<u8> = name.to_ascii_lowercase();
        if plain.first() == Some(&b'(') {
            // `(3)www(7)example(3)com(0)`
            let text = String::from_utf8_lossy(&plain).into_owned();
            let labels: Vec<&str> = text
                .split(['(', ')'])
                .filter(|part| part.bytes().any(|b| !b.is_ascii_digit()))
                .collect();
            plain = labels.join(".").into_bytes();
        }
        let mut rest = plain.strip_suffix(b".").unwrap_or(&plain);
        loop {
            if self.own_domains.contains(rest) {
                return true;
            }
            match memchr::memchr(b'.', rest) {
                Some(at) => rest = &rest[at + 1..],
                None => return false,
            }
        }
    }

    /// Other limits for unpacking and memory.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How many records to cite for an indicator on an asset (5 unless told).
    #[must_use]
    pub fn with_examples(mut self, most: usize) -> Self {
        self.examples = most;
        self
    }

    /// Counts indicators only in records of some kinds. For those that are not named any record counts.
    #[must_use]
    pub fn only_in(mut self, kinds: &BTreeMap<IndicatorId, Vec<Telemetry>>) -> Self {
        self.only_in = (0_u32..)
            .zip(&self.indicators)
            .filter_map(|(number, indicator)| {
                let wanted = kinds.get(&indicator.id)?;
                Some((number, Kinds::of(wanted)))
            })
            .collect();
        self
    }

    /// Leaves out what is a trace of these drills, and tells of it.
    #[must_use]
    pub fn without_drills(mut self, drills: Drills) -> Self {
        self.drills = Some(drills);
        self
    }

    /// Asks rules of behaviour of each record as well.
    #[must_use]
    pub fn with_rules(mut self, rules: Arc<Rules>) -> Self {
        self.rules = Some(rules);
        self
    }

    /// The rules of behaviour.
    pub fn rules(&self) -> Option<&Rules> {
        self.rules.as_deref()
    }

    /// Whether an indicator counts in a record that carries these kinds.
    pub(crate) fn counts_in(&self, indicator: u32, carries: Kinds) -> bool {
        self.only_in
            .get(&indicator)
            .is_none_or(|wanted| carries.meets(*wanted))
    }

    /// The drills whose traces are left out.
    pub(crate) fn drills(&self) -> Option<&Drills> {
        self.drills.as_ref()
    }

    /// What is looked for, without repetitions, in the order given.
    pub fn indicators(&self) -> &[Indicator] {
        &self.indicators
    }

    /// The time asked about.
    pub fn window(&self) -> TimeRange {
        self.window
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether an indicator cannot be searched for.
    pub(crate) fn refuses(&self, indicator: u32) -> bool {
        self.refused.contains(&indicator)
    }

    pub(crate) fn examples(&self) -> usize {
        self.examples
    }

    pub(crate) fn seeks_urls(&self) -> bool {
        self.seeks_urls
    }

    pub(crate) fn scan(&self, text: &[u8], hits: &mut Vec<Hit>) {
        if self.set.is_none() || !self.indicators.is_empty() {
            self.matcher.scan(text, hits);
        }
        if let Some(set) = &self.set {
            set.scan(text, self.first_of_set(), hits);
        }
    }

    /// Whether there may be URLs on a host in the plan. It is seldom wrong, and then says yes.
    pub(crate) fn may_list_urls_of(&self, host: &[u8]) -> bool {
        let in_set = |set: &IndicatorSet| set.may_list_urls_of(host);
        self.matcher.may_list_urls_of(host) || self.set.as_ref().is_some_and(in_set)
    }

    /// Whether an address is one of ours: private, unique local, link-local, or in the inventory.
    pub(crate) fn is_own(&self, ip: IpAddr) -> bool {
        address::is_internal(ip)
            || !self.own_addresses.is_empty() && self.own_addresses.contains(&ip)
            || self.own.iter().any(|net| net.contains(&ip))
    }
}

/// Keeps the first of equal observables, with all labels and citations.
fn without_repetitions(indicators: Vec<Indicator>) -> Vec<Indicator> {
    let mut first = std::collections::HashMap::with_capacity(indicators.len());
    let mut kept: Vec<Indicator> = Vec::with_capacity(indicators.len());
    for indicator in indicators {
        match first.entry(indicator.observable.clone()) {
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(kept.len());
                kept.push(indicator);
            }
            std::collections::hash_map::Entry::Occupied(at) => {
                if let Some(known) = kept.get_mut(*at.get()) {
                    known.labels.extend(indicator.labels);
                    known.labels.sort();
                    known.labels.dedup();
                    for citation in indicator.citations {
                        if !known.citations.contains(&citation) {
                            known.citations.push(citation);
                        }
                    }
                }
            }
        }
    }
    kept
}

//! The strength of a negative: how probable it is that at least one indicator or behaviour would have been seen, if a
//! machine had been compromised as the report describes.
//!
//! The model, in which every number is stated ([`Assumptions`]):
//!
//! - The compromise shows itself from an hour of the window on, each being as probable as the others. A kind of
//!   indicator that is used then shows for some hours in a row, as far as the window goes.
//! - A kind is used at a victim with a stated share, whatever the number of indicators of that kind: a kind counts once.
//! - Kinds of one family (network, machine, mail) depend on each other as far as they can: where the rarer kind is
//!   used, so is the commoner one. Then one more kind in the same logs adds nothing but what it shows alone.
//! - Techniques are of the family of the machine, or of the network where they show nowhere else, and depend on its kinds and on each other
//!   as far as they can: however many there are, they count for no more than the one that shows best. A technique shows in
//!   hours in which a rule for it had what it needs and its analytics' telemetry was there; it is then matched with a
//!   stated probability. What no rule was asked for counts for nothing.
//! - Families depend on each other in part: with probability `dependence` as far as they can, otherwise not at all.
//! - What is shown in an hour is what visibility says; the log then shows it with the assumed or measured probability.
//!
//! So within a family the probability is the area of the union of the rectangles "share of victims × probability of
//! being shown", never a product of misses. Over machines it is the mean: a machine taken at random.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use tegakari_model::{
    AssetStrength, Hour, Improvement, KindPart, Measure, Observable, ObservableKind, Strength,
    TechniquePart, Telemetry,
};

use crate::Kinds;
use crate::assumed::Assumptions;
use crate::behaviour::looks::{Look, Looks};
use crate::on_behalf::fingerprint;
use crate::proxies::Proxies;
use crate::sources::Sources;
use crate::visibility::{Place, Through, at_machine, goes_out, needed};

/// Hours of the window as bits.
type Bits = Vec<u64>;

/// What kinds of indicators have in common: where they come from, and so how they depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Family {
    Network,
    Machine,
    Mail,
}

impl Family {
    fn of(kind: ObservableKind) -> Self {
        use ObservableKind as K;
        match kind {
            K::Ipv4 | K::Ipv6 | K::Cidr | K::Domain | K::Url | K::UserAgent | K::Ja3 => {
                Self::Network
            }
            K::Email => Self::Mail,
            _ => Self::Machine,
        }
    }
}

/// Something of the report that was looked for.
struct Wanted {
    what: What,
    family: Family,
    used: f64,
    hours: u32,
}

enum What {
    /// A kind of indicator.
    Indicators {
        kind: ObservableKind,
        /// Some are URLs inside TLS: the kind then counts where those show.
        in_tls: bool,
        indicators: u64,
    },
    /// Techniques of which the report is as sure, by their places in the list.
    Techniques(Vec<usize>),
}

impl Family {
    /// Of a technique: that of the machine where it shows on the machine at all, so that it counts in one family alone.
    fn of_technique(telemetry: &[Telemetry]) -> Self {
        if telemetry.iter().all(|kind| goes_out(&[*kind])) {
            Self::Network
        } else {
            Self::Machine
        }
    }
}

/// Kinds of records that rules look at.
const OF_RULES: [Telemetry; 8] = [
    Telemetry::Process,
    Telemetry::FileName,
    Telemetry::Registry,
    Telemetry::Pipe,
    Telemetry::Other,
    Telemetry::Flow,
    Telemetry::Dns,
    Telemetry::HttpUrl,
];

/// Probabilities of being shown, best first, each with the hours from which on it holds.
type Levels = Vec<(f64, Bits)>;
/// A machine as far as its probability depends on it: a level list for each wanted kind.
type Pattern = Vec<Vec<(u64, Bits)>>;

/// Everything needed to work out a probability.
pub(crate) struct Model<'a> {
    sources: &'a Sources,
    machines: Vec<&'a str>,
    proxies: &'a Proxies,
    from: i64,
    hours: usize,
    wanted: Vec<Wanted>,
    /// Where rules looked for the techniques of the report.
    looks: &'a [Look],
    assumed: &'a Assumptions,
    known: HashMap<Pattern, f64>,
    /// What the logs show as they are, by kinds and then by machine.
    as_it_is: RefCell<HashMap<(Kinds, Through), HashMap<String, Bits>>>,
    /// By machine, and what is turned on in addition on it and its proxies.
    of_machines: HashMap<(String, Vec<Kinds>), f64>,
}

/// What is turned on in addition, by machine.
type Extra = BTreeMap<String, Kinds>;

/// Steps (machine, hour, kind) that looking for improvements may take at most.
const MOST_STEPS: usize = 2_000_000;
/// Patterns remembered.
const MOST_KNOWN: usize = 4_096;
/// A window of more hours (50 years) is a mistake.
const MOST_HOURS: i64 = 438_000;
/// A machine is part of a change when it gains as much.
const GAIN: f64 = 0.01;

impl<'a> Model<'a> {
    /// `machines` are those that must be visible, `looks` the techniques of the report. `None` when nothing is looked for, or no machine or time is known.
    pub(crate) fn new(
        sources: &'a Sources,
        machines: Vec<&'a str>,
        proxies: &'a Proxies,
        window: Option<(Hour, Hour)>,
        looked_for: impl Iterator<Item = &'a Observable>,
        looks: &'a Looks,
        assumed: &'a Assumptions,
    ) -> Option<Self> {
        let (from, until) = window?;
        let hours = until
            .0
            .checked_sub(from.0)
            .filter(|h| (1..=MOST_HOURS).contains(h))?;
        let mut kinds: BTreeMap<ObservableKind, (u64, bool)> = BTreeMap::new();
        for one in looked_for {
            let entry = kinds.entry(one.kind()).or_default();
            entry.0 += 1;
            entry.1 |= one.kind() == ObservableKind::Url && one.value().starts_with("https:");
        }
        let mut wanted: Vec<Wanted> = kinds
            .into_iter()
            .map(|(kind, (indicators, in_tls))| {
                let (used, hours) = assumed.used_of(kind);
                Wanted {
                    what: What::Indicators {
                        kind,
                        in_tls,
                        indicators,
                    },
                    family: Family::of(kind),
                    used,
                    hours,
                }
            })
            .collect();
        wanted.extend(techniques(&looks.0, assumed));
        (!wanted.is_empty() && !machines.is_empty()).then(|| Self {
            sources,
            machines,
            proxies,
            from: from.0,
            hours: usize::try_from(hours).unwrap_or(0),
            wanted,
            looks: &looks.0,
            assumed,
            known: HashMap::new(),
            as_it_is: RefCell::default(),
            of_machines: HashMap::new(),
        })
    }

    /// The probabilities, and what would raise them.
    pub(crate) fn strength(mut self) -> Strength {
        let none = Extra::new();
        let machines = self.machines.clone();
        let each: Vec<f64> = machines
            .iter()
            .map(|one| self.of_machine(one, &none))
            .collect();
        let mut assets: Vec<AssetStrength> = machines
            .iter()
            .zip(&each)
            .map(|(name, probability)| AssetStrength {
                asset: (*name).to_owned(),
                probability: rounded(*probability),
            })
            .collect();
        assets.sort_by(|a, b| {
            a.probability
                .total_cmp(&b.probability)
                .then_with(|| a.asset.cmp(&b.asset))
        });
        let kinds = self.parts();
        let techniques = self.technique_parts();
        let (improvements, improvements_from) = self.improvements();
        Strength {
            organisation: rounded(mean(&each)),
            assets,
            kinds,
            techniques,
            dependence: self.assumed.dependence,
            measured: self.assumed.measured.clone(),
            improvements,
            improvements_from: improvements_from as u64,
        }
    }

    fn parts(&self) -> Vec<KindPart> {
        let none = Extra::new();
        let part = |wanted: &Wanted| {
            let What::Indicators {
                kind, indicators, ..
            } = wanted.what
            else {
                return None;
            };
            let lit = |machine: &str| {
                let mut any = self.dark();
                for (_, bits) in self.lit(machine, wanted, &none) {
                    or(&mut any, &bits);
                }
                any
            };
            Some(KindPart {
                kind,
                indicators,
                used: wanted.used,
                hours: wanted.hours,
                visible: self.share_of(lit),
            })
        };
        self.wanted.iter().filter_map(part).collect()
    }

    fn technique_parts(&self) -> Vec<TechniquePart> {
        let part = |look: &Look| TechniquePart {
            id: look.technique.id.clone(),
            name: look.technique.name.clone(),
            rules: look.rules,
            used: rounded(used_of(look, self.assumed)),
            hours: self.assumed.technique.1,
            matched: self.assumed.rule,
            visible: self.share_of(|machine| {
                let mut any = self.dark();
                for kind in OF_RULES {
                    or(&mut any, &self.looked(machine, look, kind));
                }
                any
            }),
        };
        let mut parts: Vec<TechniquePart> = self.looks.iter().map(part).collect();
        parts.sort_by(|a, b| a.id.cmp(&b.id));
        parts
    }

    /// The share of machine-hours that are lit.
    fn share_of(&self, lit: impl Fn(&str) -> Bits) -> f64 {
        let count = |machine: &&str| -> u64 {
            let bits = lit(machine);
            bits.iter().map(|word| u64::from(word.count_ones())).sum()
        };
        let lit: u64 = self.machines.iter().map(count).sum();
        rounded(ratio(lit, (self.machines.len() * self.hours) as u64))
    }

    /// Hours in which a rule looked for a technique in records of a kind, and its analytics' telemetry was there.
    fn looked(&self, machine: &str, look: &Look, kind: Telemetry) -> Bits {
        let mut bits = self.dark();
        let Some(hours) = look.hours.get(&kind).and_then(|by| by.get(machine)) else {
            return bits;
        };
        for hour in hours {
            let at = usize::try_from(hour - self.from).unwrap_or(usize::MAX);
            if at < self.hours {
                set(&mut bits, at);
            }
        }
        let kinds = Kinds::of(&look.technique.telemetry);
        and(
            &mut bits,
            &self.shown(machine, kinds, Through::Anything, &Extra::new()),
        );
        bits
    }

    /// Hours in which techniques would be looked for on a machine, apart by how probably they would be found.
    fn lit_techniques(&self, machine: &str, of: &[usize], extra: &Extra) -> Levels {
        let more = extra.get(machine).copied().unwrap_or_default();
        let of = || of.iter().filter_map(|at| self.looks.get(*at));
        let mut levels: Levels = Vec::new();
        for kind in OF_RULES {
            let mut bits = self.dark();
            for look in of() {
                or(&mut bits, &self.looked(machine, look, kind));
                let turned_on = look
                    .wants
                    .iter()
                    .any(|(of, wants)| *of == kind && more.has_all(*wants))
                    && more.meets(Kinds::of(&look.technique.telemetry));
                if turned_on {
                    self.light(&mut bits);
                }
            }
            let found = self.assumed.rule * self.assumed.detection_of(kind, machine);
            level(&mut levels, found, bits);
        }
        if more.are_rules_asked() {
            for look in of() {
                let bits = self.would_show(machine, &look.technique.telemetry, extra);
                let detection = look.technique.telemetry.iter();
                let least = detection
                    .map(|kind| self.assumed.detection_of(*kind, machine))
                    .fold(1.0, f64::min);
                level(&mut levels, self.assumed.rule * least, bits);
            }
        }
        levels.sort_by(|a, b| b.0.total_cmp(&a.0));
        levels
    }

    /// Hours in which rules for a technique would have something to look at, if there were any.
    fn would_show(&self, machine: &str, telemetry: &[Telemetry], extra: &Extra) -> Bits {
        let on_network = Family::of_technique(telemetry) == Family::Network;
        if on_network && !self.proxies.of(machine).is_empty() {
            return self.dark();
        }
        self.shown(machine, Kinds::of(telemetry), Through::Anything, extra)
    }

    fn light(&self, bits: &mut Bits) {
        for hour in 0..self.hours {
            set(bits, hour);
        }
    }

    fn dark(&self) -> Bits {
        vec![0; self.hours.div_ceil(64)]
    }

    /// Hours in which a source shows one of these kinds of a machine.
    fn shown(&self, machine: &str, kinds: Kinds, through: Through, extra: &Extra) -> Bits {
        if extra.get(machine).is_some_and(|more| {
            more.meets(kinds) && (through != Through::Proxy || more.is_through_proxy())
        }) {
            let mut bits = self.dark();
            self.light(&mut bits);
            return bits;
        }
        let mut known = self.as_it_is.borrow_mut();
        let by_machine = known.entry((kinds, through)).or_default();
        if let Some(bits) = by_machine.get(machine) {
            return bits.clone();
        }
        let bits = self.shown_as_it_is(machine, kinds, through);
        by_machine.insert(machine.to_owned(), bits.clone());
        bits
    }

    fn shown_as_it_is(&self, machine: &str, kinds: Kinds, through: Through) -> Bits {
        let mut bits = self.dark();
        let of_machine = self
            .sources
            .range((machine.to_owned(), String::new())..)
            .take_while(|((asset, _), _)| asset == machine);
        for (_, sum) in of_machine {
            if through.fits(sum, kinds) {
                let shown = sum
                    .hours
                    .iter()
                    .filter(|(_, sum)| through.shown(sum, kinds));
                for (hour, _) in shown {
                    let at = usize::try_from(hour - self.from).unwrap_or(usize::MAX);
                    if at < self.hours {
                        set(&mut bits, at);
                    }
                }
            }
        }
        bits
    }

    /// Hours in which a wanted kind would show on a machine, apart by how probably the log shows it.
    fn lit(&self, machine: &str, wanted: &Wanted, extra: &Extra) -> Levels {
        let (kind, in_tls) = match &wanted.what {
            What::Indicators { kind, in_tls, .. } => (*kind, *in_tls),
            What::Techniques(of) => return self.lit_techniques(machine, of, extra),
        };
        let mut levels: Levels = Vec::new();
        let needs = Telemetry::that_would_show(kind);
        for &need in needs {
            let place = if in_tls {
                Place::InTls
            } else {
                Place::Anywhere
            };
            let kinds = needed(kind, &[need], place);
            let own = if goes_out(needs) {
                Through::Deeds
            } else {
                Through::Anything
            };
            let of_machine = if goes_out(needs) && self.proxies.is_behind(machine) {
                at_machine(kinds)
            } else {
                kinds
            };
            let mut bits = self.shown(machine, of_machine, own, extra);
            if is_dark(&bits) {
                continue;
            }
            let proxies = self.proxies.of(machine);
            if goes_out(needs) && !proxies.is_empty() {
                // As in visibility: what was asked of the proxy, or what the proxies themselves did.
                let all = needed(kind, needs, place);
                let mut beyond: Option<Bits> = None;
                for proxy in proxies {
                    let at_proxy = self.shown(proxy, all, Through::Deeds, extra);
                    match &mut beyond {
                        None => beyond = Some(at_proxy),
                        Some(so_far) => and(so_far, &at_proxy),
                    }
                }
                let mut beyond = beyond.unwrap_or_else(|| self.dark());
                or(
                    &mut beyond,
                    &self.shown(machine, all, Through::Proxy, extra),
                );
                and(&mut bits, &beyond);
            }
            let detection = self.assumed.detection_of(need, machine);
            level(&mut levels, detection, bits);
        }
        levels.sort_by(|a, b| b.0.total_cmp(&a.0));
        levels
    }

    /// The probability for one machine.
    fn of_machine(&mut self, machine: &str, extra: &Extra) -> f64 {
        // Most changes that are tried leave most machines as they are.
        let turned_on = if extra.is_empty() {
            Vec::new()
        } else {
            let proxies = self.proxies.of(machine).iter().map(String::as_str);
            let each = std::iter::once(machine).chain(proxies);
            each.map(|one| extra.get(one).copied().unwrap_or_default())
                .collect()
        };
        let changed = turned_on.iter().any(|kinds| *kinds != Kinds::default());
        let asked = (
            machine.to_owned(),
            if changed { turned_on } else { Vec::new() },
        );
        if let Some(known) = self.of_machines.get(&asked) {
            return *known;
        }
        let value = self.work_out(machine, extra);
        if self.of_machines.len() >= MOST_KNOWN {
            self.of_machines.clear();
        }
        self.of_machines.insert(asked, value);
        value
    }

    fn work_out(&mut self, machine: &str, extra: &Extra) -> f64 {
        let mut pattern: Pattern = Vec::with_capacity(self.wanted.len());
        for wanted in &self.wanted {
            let levels = self.lit(machine, wanted, extra);
            pattern.push(
                levels
                    .into_iter()
                    .map(|(p, bits)| (p.to_bits(), self.run(bits, wanted.hours)))
                    .collect(),
            );
        }
        if let Some(known) = self.known.get(&pattern) {
            return *known;
        }
        let value = self.over_hours(&pattern);
        if self.known.len() >= MOST_KNOWN {
            self.known.clear(); // only a memory of what was worked out
        }
        self.known.insert(pattern, value);
        value
    }

    /// The hours from which on one of the next `length` is lit.
    fn run(&self, bits: Bits, length: u32) -> Bits {
        if length <= 1 || is_dark(&bits) {
            return bits;
        }
        let mut out = self.dark();
        let mut until_lit = usize::MAX;
        for hour in (0..self.hours).rev() {
            until_lit = if is_set(&bits, hour) {
                0
            } else {
                until_lit.saturating_add(1)
            };
            if until_lit < length as usize {
                set(&mut out, hour);
            }
        }
        out
    }

    /// The mean over the hours in which a compromise may begin to show.
    fn over_hours(&self, pattern: &Pattern) -> f64 {
        // Hours in which the same is lit have the same probability.
        let mut at_hour: HashMap<Vec<u64>, f64> = HashMap::new();
        let mut sum = 0.0;
        let mut best = vec![0_u64; pattern.len()];
        for hour in 0..self.hours {
            for (best, levels) in best.iter_mut().zip(pattern) {
                *best = levels
                    .iter()
                    .find(|(_, bits)| is_set(bits, hour))
                    .map_or(0, |(p, _)| *p);
            }
            sum += match at_hour.get(&best) {
                Some(known) => *known,
                None => {
                    let shown: Vec<f64> = best.iter().map(|p| f64::from_bits(*p)).collect();
                    let value = self.together(&shown);
                    at_hour.insert(best.clone(), value);
                    value
                }
            };
        }
        sum / self.hours as f64
    }

    /// The probability that one of the wanted kinds is used and shown, when each is shown with a probability.
    fn together(&self, shown: &[f64]) -> f64 {
        let rectangles = |family: Option<Family>| {
            let fits = |wanted: &Wanted| family.is_none_or(|one| wanted.family == one);
            let mut all: Vec<(f64, f64)> = self
                .wanted
                .iter()
                .zip(shown)
                .filter(|(wanted, _)| fits(wanted))
                .map(|(wanted, shown)| (wanted.used, *shown))
                .collect();
            area(&mut all)
        };
        let missed: f64 = [Family::Network, Family::Machine, Family::Mail]
            .into_iter()
            .map(|family| 1.0 - rectangles(Some(family)))
            .product();
        let apart = 1.0 - missed;
        let dependent = rectangles(None);
        self.assumed.dependence * dependent + (1.0 - self.assumed.dependence) * apart
    }

    /// Up to three changes, each the one that raises the organisation's probability most for what it costs, on top of
    /// those before it; and how many machines they were worked out on.
    fn improvements(&mut self) -> (Vec<Improvement>, usize) {
        let each = self.hours * self.wanted.len();
        let most = (MOST_STEPS / each.max(1)).max(20);
        if self.machines.len() > most {
            // A sample that does not depend on the order of names.
            let proxies: BTreeSet<&str> = self.proxies.all().collect();
            self.machines.sort_by_key(|name| {
                (
                    !proxies.contains(name),
                    fingerprint(&[name.as_bytes()]),
                    *name,
                )
            });
            self.machines.truncate(most);
            self.machines.sort_unstable();
        }
        let machines = self.machines.clone();
        let mut extra = Extra::new();
        let mut now: Vec<f64> = machines
            .iter()
            .map(|one| self.of_machine(one, &extra))
            .collect();
        let mut found: Vec<Improvement> = Vec::new();
        while found.len() < 3 {
            let from = mean(&now);
            let mut best: Option<(f64, Improvement, Extra, Vec<f64>)> = None;
            for measure in Measure::ALL {
                for machines in self.candidates(measure, &machines, &now, &extra) {
                    let then = with(&extra, measure, &machines);
                    let values: Vec<f64> = self
                        .machines
                        .clone()
                        .iter()
                        .map(|one| self.of_machine(one, &then))
                        .collect();
                    let to = mean(&values);
                    let one = self.assumed.costs.get(&measure).copied().unwrap_or(1.0);
                    let cost = one * machines.len() as f64;
                    let worth = (to - from) / cost;
                    if (to * 100.0).round() - (from * 100.0).round() < 1.0
                        || best.as_ref().is_some_and(|b| b.0 >= worth)
                    {
                        continue;
                    }
                    let improvement = Improvement {
                        measure,
                        assets: machines,
                        cost: rounded(cost),
                        from: rounded(from),
                        to: rounded(to),
                    };
                    best = Some((worth, improvement, then, values));
                }
            }
            let Some((_, improvement, then, values)) = best else {
                break;
            };
            found.push(improvement);
            extra = then;
            now = values;
        }
        (found, machines.len())
    }

    /// Sets of machines on which a measure could be turned on: the proxies alone, all machines that would gain, and
    /// those that would gain most.
    fn candidates(
        &mut self,
        measure: Measure,
        machines: &[&str],
        now: &[f64],
        extra: &Extra,
    ) -> Vec<Vec<String>> {
        let all: Vec<String> = machines.iter().map(|one| (*one).to_owned()).collect();
        let everywhere = with(extra, measure, &all);
        let gains: Vec<f64> = machines
            .iter()
            .zip(now)
            .map(|(one, now)| self.of_machine(one, &everywhere) - now)
            .collect();
        let most = gains.iter().copied().fold(0.0, f64::max);
        if most < GAIN {
            return Vec::new();
        }
        let lacks = |machine: &str| {
            let kinds = Kinds::of(measure.shows());
            self.shown(machine, kinds, Through::Anything, extra)
                .iter()
                .map(|w| w.count_ones() as usize)
                .sum::<usize>()
                < self.hours
        };
        // What proxies show of others matters only for what leaves a machine.
        let at_proxies = goes_out(measure.shows());
        let proxies: Vec<String> = self
            .proxies
            .all()
            .filter(|one| at_proxies && lacks(one))
            .map(str::to_owned)
            .collect();
        let gaining = |least: f64| {
            let mut set: BTreeSet<String> = proxies.iter().cloned().collect();
            set.extend(
                machines
                    .iter()
                    .zip(&gains)
                    .filter(|(_, gain)| **gain >= least)
                    .map(|(one, _)| (*one).to_owned()),
            );
            set.into_iter().collect::<Vec<String>>()
        };
        let mut sets = vec![gaining(GAIN), gaining(most * 0.6), proxies.clone()];
        sets.retain(|set| !set.is_empty());
        sets.sort();
        sets.dedup();
        sets
    }
}

/// The techniques of a report, those together of which it is as sure and that show in the same family of records: a
/// group counts once, however many there are in it.
fn techniques(looks: &[Look], assumed: &Assumptions) -> Vec<Wanted> {
    let mut groups: BTreeMap<(Family, u64), Vec<usize>> = BTreeMap::new();
    for (look, at) in looks.iter().zip(0..) {
        if look.technique.telemetry.is_empty() {
            continue;
        }
        let family = Family::of_technique(&look.technique.telemetry);
        let group = (family, used_of(look, assumed).to_bits());
        groups.entry(group).or_default().push(at);
    }
    let wanted = |((family, used), of)| Wanted {
        what: What::Techniques(of),
        family,
        used: f64::from_bits(used),
        hours: assumed.technique.1,
    };
    groups.into_iter().map(wanted).collect()
}

/// The share of victims at which a technique is used: in tenths of how sure the report is, rounded down.
fn used_of(look: &Look, assumed: &Assumptions) -> f64 {
    let sure = (look.technique.probability.clamp(0.0, 1.0) * 10.0 + 1e-9).floor() / 10.0;
    assumed.technique.0 * sure
}

fn level(levels: &mut Levels, found: f64, bits: Bits) {
    if is_dark(&bits) {
        return;
    }
    match levels.iter_mut().find(|(known, _)| *known == found) {
        Some((_, known)) => or(known, &bits),
        None => levels.push((found, bits)),
    }
}

fn with(extra: &Extra, measure: Measure, machines: &[String]) -> Extra {
    let mut kinds = Kinds::of(measure.shows());
    if measure == Measure::AskRules {
        kinds = kinds.rules_asked();
    }
    if measure == Measure::ProxyLog {
        kinds = kinds.through_proxy();
    }
    if kinds.meets(Kinds::of(&[Telemetry::Flow])) {
        kinds = kinds.outward(true);
    }
    let mut then = extra.clone();
    for machine in machines {
        let more = then.entry(machine.clone()).or_default();
        *more = more.and(kinds);
    }
    then
}

/// The area of the union of rectangles that all begin at the origin.
fn area(rectangles: &mut [(f64, f64)]) -> f64 {
    rectangles.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let (mut sum, mut height) = (0.0, 0.0);
    for &(width, shown) in rectangles.iter() {
        if shown > height {
            sum += width * (shown - height);
            height = shown;
        }
    }
    sum
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        0.0
    } else {
        values.iter().sum::<f64>() / values.len() as f64
    }
}

/// Four digits behind the point: the same on every machine, and no more than is known.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[allow(
    clippy::cast_precision_loss,
    reason = "machine-hours stay far below 2^52"
)]
fn ratio(part: u64, all: u64) -> f64 {
    if all == 0 {
        0.0
    } else {
        part as f64 / all as f64
    }
}

fn set(bits: &mut [u64], at: usize) {
    if let Some(word) = bits.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}

fn is_set(bits: &[u64], at: usize) -> bool {
    bits.get(at / 64)
        .is_some_and(|word| word & 1 << (at % 64) != 0)
}

fn is_dark(bits: &[u64]) -> bool {
    bits.iter().all(|word| *word == 0)
}

fn or(ours: &mut [u64], theirs: &[u64]) {
    for (ours, theirs) in ours.iter_mut().zip(theirs) {
        *ours |= theirs;
    }
}

fn and(ours: &mut [u64], theirs: &[u64]) {
    for (ours, theirs) in ours.iter_mut().zip(theirs) {
        *ours &= theirs;
    }
}

#[cfg(test)]
mod tests {
    use super::area;

    #[test]
    fn a_second_kind_in_the_same_logs_adds_only_what_it_shows_alone() {
        let near = |mut rectangles: Vec<(f64, f64)>, want: f64| {
            let got = area(&mut rectangles);
            assert!((got - want).abs() < 1e-12, "{got} instead of {want}");
        };
        near(vec![], 0.0);
        near(vec![(0.6, 0.95)], 0.57);
        // Ten kinds are worth no more than the one that is used most.
        near(vec![(0.6, 0.95); 10], 0.57);
        near(vec![(0.6, 0.95), (0.3, 0.95)], 0.57);
        // A rarer kind that is shown better adds what the other one misses.
        near(vec![(0.6, 0.5), (0.3, 0.9)], 0.3 + 0.3 * 0.4);
    }
}

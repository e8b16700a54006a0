//! What inputs showed, in a form that can be added up in any order.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use tegakari_model::{InputSummary, LogCitation, Problem, Relation, Timestamp};

use crate::Kinds;
use crate::behaviour::deeds::Deeds;
use crate::claims::Claims;
use crate::kept::citations;
use crate::on_behalf::Requests;
use crate::sequence::Numbers;
use crate::skew::Moments;
use crate::zones::Unzoned;

/// Somebody a record is about, as far as the record itself tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Party {
    /// A machine by its host name, in lower case.
    Host(String),
    /// A machine by an address of ours.
    Address(IpAddr),
    /// The machine whose log this file is; its folder may say which.
    Origin(String),
}

/// Records of one hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HourSum {
    pub(crate) records: u64,
    /// What they showed, all together.
    pub(crate) shows: Kinds,
}

impl HourSum {
    pub(crate) fn add(&mut self, other: Self) {
        self.records += other.records;
        self.shows = self.shows.and(other.shows);
    }
}

/// Adds hours to hours.
pub(crate) fn add_hours(ours: &mut BTreeMap<i64, HourSum>, theirs: BTreeMap<i64, HourSum>) {
    if ours.is_empty() {
        *ours = theirs;
        return;
    }
    for (hour, sum) in theirs {
        ours.entry(hour).or_default().add(sum);
    }
}

/// Records of one source about one party.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cell {
    /// The party wrote records or opened connections: it exists.
    pub(crate) active: bool,
    /// The party was seen as anything else than a sensor.
    pub(crate) subject: bool,
    /// What records showed, in whichever hour.
    pub(crate) shows: Kinds,
    pub(crate) hours: BTreeMap<i64, HourSum>,
    /// Hours that had records, but not all of them.
    pub(crate) partial: BTreeSet<i64>,
    pub(crate) without_time: u64,
}

/// Records with an indicator, in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HourSeen {
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) by_source: BTreeMap<String, u64>,
}

/// One indicator and one party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) relation: Relation,
    pub(crate) carries: Kinds,
    pub(crate) hours: BTreeMap<i64, HourSeen>,
    pub(crate) without_time: BTreeMap<String, u64>,
    /// Seconds at which it was seen, the first [`MOST_MOMENTS`].
    pub(crate) moments: BTreeSet<i64>,
    /// Sorted by time (none last), file and line; not more than the plan wants.
    #[serde(with = "citations")]
    pub(crate) examples: Vec<LogCitation>,
}

/// Moments kept for an indicator on a party, to find who asked a proxy for it.
pub(crate) const MOST_MOMENTS: usize = 4096;
/// Names kept for an indicator.
const MOST_NAMES: usize = 1024;

/// The order in which examples are preferred.
pub(crate) fn example_order(one: &LogCitation) -> impl Ord + use<> {
    (
        one.time.is_none(),
        one.time,
        one.file.clone(),
        one.line,
        one.record,
        one.excerpt.clone(),
    )
}

/// Everything counted, without regard to which input it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) cells: BTreeMap<(Party, String), Cell>,
    pub(crate) seen: BTreeMap<(u32, Option<Party>), Seen>,
    /// Host names in the records that hold an indicator.
    pub(crate) names: BTreeMap<u32, BTreeSet<String>>,
    pub(crate) requests: Requests,
    pub(crate) proxies: BTreeSet<Party>,
    /// Machines of ours that asked a proxy, each with the proxy.
    pub(crate) behind: BTreeSet<(Party, Party)>,
    pub(crate) claims: Claims,
    /// Hours in which sensors of the network say that they lost traffic, with the beginning of the names of their sources.
    pub(crate) lossy: BTreeSet<(String, i64)>,
    /// Numbers of records of a machine, by source and channel.
    pub(crate) numbers: BTreeMap<(Party, String, String), Numbers>,
    /// Machines of ours that connected to a port of proxies of another one.
    pub(crate) to_proxy_ports: BTreeSet<(Party, Party)>,
    /// By file: its records whose times say no zone.
    pub(crate) unzoned: BTreeMap<String, Unzoned>,
    /// When names were first met, by source.
    pub(crate) moments: BTreeMap<String, Moments>,
    /// Records by hour, about whomever.
    pub(crate) hours: BTreeMap<i64, u64>,
    /// What rules of behaviour showed.
    pub(crate) deeds: Deeds,
}

impl Tally {
    pub(crate) fn merge(&mut self, other: Self, examples: usize) {
        for (key, theirs) in other.cells {
            let ours = self.cells.entry(key).or_default();
            ours.active |= theirs.active;
            ours.subject |= theirs.subject;
            ours.shows = ours.shows.and(theirs.shows);
            ours.without_time += theirs.without_time;
            add_hours(&mut ours.hours, theirs.hours);
            ours.partial.extend(theirs.partial);
        }
        for (key, theirs) in other.seen {
            match self.seen.entry(key) {
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(theirs);
                }
                std::collections::btree_map::Entry::Occupied(mut ours) => {
                    ours.get_mut().merge(theirs, examples);
                }
            }
        }
        for (indicator, theirs) in other.names {
            let ours = self.names.entry(indicator).or_default();
            ours.extend(theirs);
            while ours.len() > MOST_NAMES {
                ours.pop_last();
            }
        }
        self.requests.merge(other.requests);
        self.proxies.extend(other.proxies);
        self.behind.extend(other.behind);
        self.claims.merge(other.claims);
        self.lossy.extend(other.lossy);
        for (key, theirs) in other.numbers {
            self.numbers.entry(key).or_default().merge(theirs);
        }
        self.to_proxy_ports.extend(other.to_proxy_ports);
        for (file, theirs) in other.unzoned {
            self.unzoned.entry(file).or_default().merge(theirs);
        }
        for (source, theirs) in other.moments {
            self.moments.entry(source).or_default().merge(theirs);
        }
        add_counts(&mut self.hours, other.hours);
        self.deeds.merge(other.deeds, examples);
    }
}

pub(crate) fn add_counts<K: Ord>(ours: &mut BTreeMap<K, u64>, theirs: BTreeMap<K, u64>) {
    for (key, count) in theirs {
        *ours.entry(key).or_default() += count;
    }
}

impl Seen {
    pub(crate) fn merge(&mut self, other: Self, examples: usize) {
        self.relation = self.relation.min(other.relation);
        self.carries = self.carries.and(other.carries);
        for (hour, theirs) in other.hours {
            match self.hours.entry(hour) {
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(theirs);
                }
                std::collections::btree_map::Entry::Occupied(mut ours) => {
                    let ours = ours.get_mut();
                    ours.first = ours.first.min(theirs.first);
                    ours.last = ours.last.max(theirs.last);
                    add_counts(&mut ours.by_source, theirs.by_source);
                }
            }
        }
        add_counts(&mut self.without_time, other.without_time);
        self.moments.extend(other.moments);
        while self.moments.len() > MOST_MOMENTS {
            self.moments.pop_last();
        }
        self.examples.extend(other.examples);
        self.examples.sort_by_cached_key(example_order);
        self.examples.truncate(examples);
    }
}

/// What a file showed whose records have no year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Floating {
    pub(crate) tally: Tally,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}

/// What one or more inputs showed. [`merge`](Self::merge) may be done in any order and grouping:
/// what [`conclude`](crate::conclude) makes of the sum is the same to the byte.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Outcome {
    pub(crate) tally: Tally,
    pub(crate) floating: BTreeMap<String, Floating>,
    pub(crate) inputs: Vec<InputSummary>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) partial: bool,
    pub(crate) examples: usize,
}

impl Outcome {
    /// Adds another outcome.
    pub fn merge(&mut self, other: Self) {
        self.examples = self.examples.max(other.examples);
        self.tally.merge(other.tally, self.examples);
        for (file, theirs) in other.floating {
            match self.floating.entry(file) {
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(theirs);
                }
                std::collections::btree_map::Entry::Occupied(mut ours) => {
                    let ours = ours.get_mut();
                    ours.first = ours.first.min(theirs.first);
                    ours.last = ours.last.max(theirs.last);
                    ours.tally.merge(theirs.tally, self.examples);
                }
            }
        }
        self.inputs.extend(other.inputs);
        self.problems.extend(other.problems);
        self.partial |= other.partial;
    }

    /// Adds a problem of the caller's own, such as a file that could not be opened.
    pub fn add_problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Says that the hunt was interrupted before all input was read.
    pub fn mark_partial(&mut self) {
        self.partial = true;
    }

    /// Whether the hunt was interrupted.
    pub fn is_partial(&self) -> bool {
        self.partial
    }

    /// Indicators seen so far, by their index in [`Plan::indicators`](crate::Plan::indicators),
    /// sorted. For progress displays.
    pub fn seen(&self) -> Vec<u32> {
        let all: BTreeSet<u32> = self
            .tally
            .seen
            .keys()
            .chain(self.floating.values().flat_map(|f| f.tally.seen.keys()))
            .map(|(indicator, _)| *indicator)
            .collect();
        all.into_iter().collect()
    }

    /// Records read so far.
    pub fn records(&self) -> u64 {
        self.inputs.iter().map(|input| input.records).sum()
    }
}

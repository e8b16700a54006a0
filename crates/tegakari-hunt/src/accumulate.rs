//! Adds up the events of one input. The hot path: runs for every record of every log.
//!
//! Parties and sources are numbered, so that a record costs two look-ups and an addition; names
//! become text once, at the end of the input.

mod finish;
mod hours;
mod lately;
mod parties;
mod proof;
mod relations;
mod sightings;

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use tegakari_model::{Hour, Relation, Timestamp};

use self::hours::{CellSum, Hours};
use self::lately::Lately;
use crate::behaviour::deeds::{Deeds, Watched};
use crate::event::{Event, Role, SourceName};
use crate::live::Told;
use crate::outcome::{Party, Tally};
use crate::sequence::Numbers;
use crate::skew::Moments;
use crate::zones::Unzoned;
use crate::{Kinds, Plan, words};

/// Sources kept apart in one file; further ones count for the last.
const MOST_SOURCES: usize = 512;
/// Longer names are none to `naming::host`.
const LONGEST_NAME: usize = 256;

/// Sums of records that share how their time is known: with a year, or without.
#[derive(Default)]
struct Sums {
    /// By source, then party.
    cells: Vec<Vec<Option<CellSum>>>,
    hours: Hours,
    tally: Tally,
    /// By party: its number as the client of a proxy, once it was one.
    clients: Vec<Option<u32>>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// What a hit says, beside the event.
pub(crate) struct Found<'a> {
    pub(crate) indicator: u32,
    pub(crate) relation: Relation,
    pub(crate) line: u64,
    pub(crate) excerpt: &'a dyn Fn() -> String,
}

/// The sums of one input.
pub(crate) struct Accumulator<'p> {
    plan: &'p Plan,
    file: String,
    format: &'static str,
    parties: Vec<Party>,
    /// Numbers of the hosts among them.
    names: HashMap<String, u32>,
    last_proxy: Option<(bool, u32)>,
    /// Clients and their proxies that are noted already.
    asked: HashSet<(bool, u32, u32)>,
    hosts: HashMap<Box<[u8]>, Option<u32>>,
    addresses: HashMap<IpAddr, u32>,
    lately: Lately,
    origin: Option<u32>,
    sources: Vec<(SourceName<'static>, Box<[u8]>)>,
    last_source: usize,
    dated: Sums,
    floating: Sums,
    records: u64,
    bad: u64,
    first_bad: Option<u64>,
    /// Records with traces of drills, known ones and others.
    of_drills: u64,
    like_drills: u64,
    overflow: bool,
    /// Records that were too much for the regular expressions of rules.
    cut_short: u64,
    last_claim: (Vec<u8>, Vec<u8>, i64),
    /// The time of the record before.
    latest: Option<Timestamp>,
    /// Something is missing after it.
    hole: bool,
    /// Hours that are not whole, from and to, and how many times that was told.
    gaps: Vec<(i64, i64)>,
    gaps_told: usize,
    /// Numbers of records, by source, machine and channel.
    sequences: HashMap<SequenceKey, Numbers>,
    unzoned: Unzoned,
    /// When names were first met, by source.
    moments: Vec<Moments>,
    /// The one that the last record was of.
    last_sequence: Option<(SequenceKey, Numbers)>,
    /// Clients and servers whose connection to a port of proxies is noted already.
    to_proxy_ports: HashSet<(bool, u32, u32)>,
    /// What was found, one by one, where it is wanted at once (see `live`).
    pub(crate) told: Option<Vec<Told>>,
}

/// Source, party and channel.
type SequenceKey = (usize, u32, Box<[u8]>);

/// Sources and machines whose numbers of records are followed.
const MOST_SEQUENCES: usize = 10_000;
/// Stretches of hours that are kept apart.
const MOST_GAPS: usize = 10_000;

impl<'p> Accumulator<'p> {
    pub(crate) fn new(plan: &'p Plan, file: &str, format: &'static str) -> Self {
        Self {
            plan,
            file: file.to_owned(),
            format,
            parties: Vec::new(),
            names: HashMap::new(),
            last_proxy: None,
            asked: HashSet::new(),
            hosts: HashMap::new(),
            addresses: HashMap::new(),
            lately: Lately::new(),
            origin: None,
            sources: Vec::new(),
            last_source: 0,
            dated: Sums::default(),
            floating: Sums::default(),
            records: 0,
            bad: 0,
            first_bad: None,
            of_drills: 0,
            like_drills: 0,
            overflow: false,
            cut_short: 0,
            last_claim: (Vec::new(), Vec::new(), i64::MIN),
            latest: None,
            hole: false,
            gaps: Vec::new(),
            gaps_told: 0,
            sequences: HashMap::new(),
            unzoned: Unzoned::default(),
            moments: Vec::new(),
            last_sequence: None,
            to_proxy_ports: HashSet::new(),
            told: None,
        }
    }

    /// Whether the window lets a record count.
    pub(crate) fn in_window(&self, event: &Event<'_>) -> bool {
        event
            .time
            .is_none_or(|time| self.plan.window().contains(time))
    }

    /// Counts one record and what it found. Returns nothing: hits are part of the sum.
    pub(crate) fn add(&mut self, event: &Event<'_>, record: u64, found: &[Found<'_>]) {
        if !event.skip {
            self.records += 1;
            if event.bad {
                self.bad += 1;
                self.first_bad.get_or_insert(record);
            }
        }
        if let Some(time) = event.time {
            if std::mem::take(&mut self.hole) {
                self.gap(time);
            }
            self.latest = Some(time);
        }
        if !event.skip && (event.time.is_some() || !event.bad) {
            self.cover(event);
        }
        if !found.is_empty() && self.in_window(event) {
            self.see(event, record, found);
        }
    }

    /// What rules showed in records whose time is known as that of this one is.
    pub(crate) fn deeds(&mut self, event: &Event<'_>) -> &mut Deeds {
        &mut self.sums(event).tally.deeds
    }

    /// Whose records rules looked at, in hours whose year is known or not.
    pub(crate) fn watched(
        &mut self,
        yearless: bool,
        what: Watched,
        hours: std::collections::BTreeMap<i64, u64>,
    ) {
        let sums = if yearless {
            &mut self.floating
        } else {
            &mut self.dated
        };
        sums.tally.deeds.watch(what, hours);
    }

    /// What rules looked at, whatever the time of the records.
    pub(crate) fn dated_deeds(&mut self) -> &mut Deeds {
        &mut self.dated.tally.deeds
    }

    /// How many records are cited.
    pub(crate) fn examples(&self) -> usize {
        self.plan.examples()
    }

    /// The format of the input.
    pub(crate) fn format(&self) -> &'static str {
        self.format
    }

    /// Counts a record in which traces of drills were found: `known` ones were left out.
    pub(crate) fn of_drill(&mut self, event: &Event<'_>, known: bool) {
        if self.in_window(event) {
            self.of_drills += u64::from(known);
            self.like_drills += u64::from(!known);
        }
    }

    /// Counts records that were too much for the regular expressions of rules.
    pub(crate) fn too_much_for_rules(&mut self, records: u64) {
        self.cut_short += records;
    }

    /// Something is missing between the record before and the next one.
    pub(crate) fn lost(&mut self) {
        self.hole = true;
    }

    /// The hours from the record before to this one are not whole.
    fn gap(&mut self, to: Timestamp) {
        let to = Hour::of(to).0;
        let from = self.latest.map_or(to, |time| Hour::of(time).0);
        let hours = (from.min(to), from.max(to));
        match self.gaps.last_mut() {
            Some(last) if last.0 <= hours.0 && hours.1 <= last.1 => {}
            // Where very many things are missing, all between them is.
            Some(last) if self.gaps_told >= MOST_GAPS => {
                *last = (last.0.min(hours.0), last.1.max(hours.1));
            }
            _ => {
                self.gaps.push(hours);
                self.gaps_told += 1;
            }
        }
    }

    fn cover(&mut self, event: &Event<'_>) {
        let hour = event.time.map(|t| Hour::of(t).0);
        if let Some(time) = event.time {
            let sums = self.sums(event);
            sums.first = Some(sums.first.map_or(time, |first| first.min(time)));
            sums.last = Some(sums.last.map_or(time, |last| last.max(time)));
            if let Some(hour) = hour {
                sums.hours.add(hour, Kinds::NONE);
            }
        }
        if let Some(seconds) = event.lossy
            && let Some(time) = event.time
        {
            // The moment of the record ends what it is about.
            let last = time.as_second().saturating_sub(i64::from(seconds.min(1)));
            let first = time.as_second().saturating_sub(i64::from(seconds));
            let family = event.source.format.split('-').next().unwrap_or_default();
            let lossy = &mut self.sums(event).tally.lossy;
            for hour in first.div_euclid(3600)..=last.div_euclid(3600) {
                lossy.insert((family.to_owned(), hour));
            }
        }
        if !self.in_window(event) {
            return;
        }
        if event.unzoned
            && let Some(time) = event.time
        {
            self.unzoned.add(time.as_second());
        }
        let source = self.source(event.source);
        if !event.name.is_empty()
            && !event.yearless
            && let Some(time) = event.time
        {
            if self.moments.len() <= source {
                self.moments.resize_with(source + 1, Moments::default);
            }
            self.moments[source].add(event.name, time.as_second());
        }
        let (mut client, mut proxy) = (None, None);
        let proof = self.proof(event);
        for party in event.parties() {
            let Some(number) = self.party(&party) else {
                continue;
            };
            if party.role == Role::Client {
                client = Some(number);
            }
            let writer = matches!(party.role, Role::Endpoint | Role::Sensor);
            let own = event
                .number
                .filter(|_| party.role == Role::Endpoint && is_numbered(self.format));
            if let (true, Some(at), Some(time)) = (writer, event.serial.or(own), event.time) {
                self.numbered(event, source, number, at, time);
            }
            if event.proxied && party.role == Role::Server {
                self.proxy(event, number);
                proxy = Some(number);
            }
            let active = party.role != Role::Server;
            let subject = party.role != Role::Sensor;
            let shows = match party.role {
                Role::Client if event.proxied => proof.of(party.shows).through_proxy(),
                Role::Client => proof.of(party.shows),
                Role::Endpoint => proof.of(party.shows).by_itself(),
                _ => party.shows,
            };
            self.count(event, source, number, hour, active, subject, shows);
        }
        if let Some((role, shows)) = event.origin {
            let number = self.origin();
            if event.proxied {
                self.proxy(event, number);
                proxy = proxy.or((role != Role::Sensor).then_some(number));
            }
            let subject = role != Role::Sensor;
            let shows = if role == Role::Endpoint {
                proof.of(shows).by_itself()
            } else {
                shows
            };
            self.count(event, source, number, hour, subject, subject, shows);
        }
        if proof.to_proxy_port
            && let Some(client) = client
        {
            self.asked_port_of_proxies(event, client);
        }
        if event.proxied {
            self.request(event, client);
            if let (Some(client), Some(proxy)) = (client, proxy) {
                self.behind(event, client, proxy);
            }
        }
        self.claims(event, hour);
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the parts of one cell, used once"
    )]
    fn count(
        &mut self,
        event: &Event<'_>,
        source: usize,
        party: u32,
        hour: Option<i64>,
        active: bool,
        subject: bool,
        shows: Kinds,
    ) {
        let cells = &mut self.sums(event).cells;
        if cells.len() <= source {
            cells.resize_with(source + 1, Vec::new);
        }
        let row = &mut cells[source];
        let at = party as usize;
        if row.len() <= at {
            row.resize_with(at + 1, || None);
        }
        let cell = row[at].get_or_insert_with(CellSum::default);
        cell.active |= active;
        cell.subject |= subject;
        cell.add(hour, shows);
    }

    /// Keeps the number of a record that a machine itself wrote.
    fn numbered(
        &mut self,
        event: &Event<'_>,
        source: usize,
        party: u32,
        number: u64,
        time: Timestamp,
    ) {
        if event.yearless {
            return;
        }
        // A journal and a sender of syslog number all that they write.
        let by_channel = event.number.is_some() || self.format == "csv";
        let channel = if by_channel { event.detail[0] } else { b"" };
        let known = self
            .last_sequence
            .as_mut()
            .filter(|(key, _)| (key.0, key.1) == (source, party) && words::same(&key.2, channel));
        if let Some((_, numbers)) = known {
            numbers.add(number, time.as_second());
            return;
        }
        let key = (source, party, Box::from(channel));
        let full = self.sequences.len() >= MOST_SEQUENCES && !self.sequences.contains_key(&key);
        if full {
            return;
        }
        let mut numbers = self.sequences.remove(&key).unwrap_or_default();
        numbers.add(number, time.as_second());
        if let Some((key, before)) = self.last_sequence.replace((key, numbers)) {
            self.sequences.insert(key, before);
        }
    }

    fn sums(&mut self, event: &Event<'_>) -> &mut Sums {
        if event.yearless {
            &mut self.floating
        } else {
            &mut self.dated
        }
    }
}

/// Whether the numbers of records are those that the machine gave them: Windows' own. Rows and packets are counted by us.
fn is_numbered(format: &str) -> bool {
    matches!(format, "windows-event-xml" | "json")
}

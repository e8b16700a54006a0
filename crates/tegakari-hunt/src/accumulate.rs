//! Adds up the events of one input. The hot path: runs for every record of every log.
//!
//! Parties and sources are numbered, so that a record costs two look-ups and an addition; names
//! become text once, at the end of the input.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

use tegakari_model::{
    Hour, InputSummary, LogCitation, ObservableKind, Problem, Relation, Telemetry, Timestamp,
};

use crate::claims::Span;
use crate::event::{Event, Party as EventParty, Role, SourceName};
use crate::live::Told;
use crate::on_behalf::host_print;
use crate::outcome::{Cell, Floating, HourSeen, MOST_MOMENTS, Outcome, Party, Seen, Tally};
use crate::sequence::Sequence;
use crate::{Kinds, Plan, address, naming, words};

/// Sources kept apart in one file; further ones count for the last.
const MOST_SOURCES: usize = 512;
/// Longer names are none to `naming::host`.
const LONGEST_NAME: usize = 256;

#[derive(Default)]
struct CellSum {
    active: bool,
    subject: bool,
    shows: Kinds,
    hours: Hours,
    without_time: u64,
}

impl CellSum {
    fn add(&mut self, hour: Option<i64>) {
        match hour {
            Some(hour) => self.hours.add(hour),
            None => self.without_time += 1,
        }
    }
}

/// Records by hour.
#[derive(Default)]
struct Hours {
    /// The hour of the last record: nearly always that of the next one too.
    current: i64,
    count: u64,
    /// The others, sorted.
    rest: Vec<(i64, u64)>,
}

impl Hours {
    fn add(&mut self, hour: i64) {
        if self.current != hour {
            self.put_down();
            self.current = hour;
        }
        self.count += 1;
    }

    fn put_down(&mut self) {
        let (hour, count) = (self.current, std::mem::take(&mut self.count));
        if count == 0 {
            return;
        }
        if self.rest.last().is_none_or(|(last, _)| *last < hour) {
            self.rest.push((hour, count));
            return;
        }
        match self.rest.binary_search_by_key(&hour, |(h, _)| *h) {
            Ok(at) => self.rest[at].1 += count,
            Err(at) => self.rest.insert(at, (hour, count)),
        }
    }

    fn take(&mut self) -> BTreeMap<i64, u64> {
        self.put_down();
        self.rest.drain(..).collect()
    }
}

/// Numbers of parties by how records write them, for those met lately. A slot each, so that a look-up
/// is one comparison; the maps behind it know them all.
struct Lately {
    /// Spellings of up to sixteen bytes: nearly all.
    short: Vec<Short>,
    long: Vec<(Vec<u8>, Option<u32>)>,
}

/// A short spelling, as two words, and whose it is.
#[derive(Clone, Copy)]
struct Short {
    words: (u64, u64),
    /// Its length, and whether others wrote it: what is ours is then looked at.
    form: u32,
    /// [`NOBODY`] for one that is no machine of ours.
    number: u32,
}

const NOBODY: u32 = u32::MAX;

impl Short {
    /// Without a number; `None` for a spelling that is empty or too long.
    #[inline]
    fn of(id: &[u8], by_others: bool) -> Option<Self> {
        let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
        let words = match (id.first_chunk(), id.last_chunk()) {
            // The two may overlap: with the length they still say all.
            (Some(first), Some(last)) if id.len() <= 16 => (word(first), word(last)),
            (None, _) if !id.is_empty() => (words::short(id), 0),
            _ => return None,
        };
        Some(Self {
            words,
            form: id.len() as u32 | u32::from(by_others) << 8,
            number: NOBODY,
        })
    }

    #[inline]
    fn is(&self, other: &Self) -> bool {
        self.words == other.words && self.form == other.form
    }

    #[inline]
    fn slot(&self) -> usize {
        Lately::slot(
            (self.words.0 ^ self.words.1.rotate_left(29))
                .wrapping_mul(0xd6e8_feb8_6659_fd93)
                .rotate_left(31)
                ^ u64::from(self.form),
        )
    }
}

/// Slots, a power of two.
const LATELY: usize = 1 << 12;

impl Lately {
    fn new() -> Self {
        let none = Short {
            words: (0, 0),
            form: 0,
            number: NOBODY,
        };
        Self {
            short: vec![none; LATELY],
            long: vec![(Vec::new(), None); LATELY],
        }
    }

    fn slot(hash: u64) -> usize {
        (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (LATELY - 1)
    }

    fn long(&mut self, id: &[u8]) -> &mut (Vec<u8>, Option<u32>) {
        let mut hash = id.len() as u64;
        for chunk in id.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0xd6e8_feb8_6659_fd93);
            hash ^= hash >> 32;
        }
        &mut self.long[Self::slot(hash)]
    }
}

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
    last_claim: (Vec<u8>, Vec<u8>, i64),
    /// The time of the record before.
    latest: Option<Timestamp>,
    /// Something is missing after it.
    hole: bool,
    /// Hours that are not whole, from and to, and how many times that was told.
    gaps: Vec<(i64, i64)>,
    gaps_told: usize,
    /// Numbers of records, by source and machine.
    sequences: HashMap<(usize, u32), Sequence>,
    /// What was found, one by one, where it is wanted at once (see `live`).
    pub(crate) told: Option<Vec<Told>>,
}

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
            last_claim: (Vec::new(), Vec::new(), i64::MIN),
            latest: None,
            hole: false,
            gaps: Vec::new(),
            gaps_told: 0,
            sequences: HashMap::new(),
            told: None,
        }
    }

    fn is_full(&mut self) -> bool {
        let full = self.parties.len() >= self.plan.limits().assets;
        self.overflow |= full;
        full
    }

    fn push_party(&mut self, party: Party) -> u32 {
        self.parties.push(party);
        u32::try_from(self.parties.len() - 1).unwrap_or(u32::MAX)
    }

    fn address_party(&mut self, ip: IpAddr) -> Option<u32> {
        match self.addresses.get(&ip).copied() {
            Some(known) => Some(known),
            None if self.is_full() => None,
            None => {
                let number = self.push_party(Party::Address(ip));
                self.addresses.insert(ip, number);
                Some(number)
            }
        }
    }

    fn party(&mut self, party: &EventParty<'_>) -> Option<u32> {
        let by_others = matches!(party.role, Role::Client | Role::Server);
        if party.role == Role::Server && self.is_stranger(party.id) {
            return None;
        }
        match Short::of(party.id, by_others) {
            Some(short) => {
                let slot = short.slot();
                let known = self.lately.short[slot];
                if known.is(&short) {
                    return (known.number != NOBODY).then_some(known.number);
                }
                if by_others && self.is_stranger(party.id) {
                    // There are too many of them to be remembered.
                    return None;
                }
                let number = self.number(party, by_others);
                self.lately.short[slot] = Short {
                    number: number.unwrap_or(NOBODY),
                    ..short
                };
                number
            }
            None => {
                // An empty slot is no name; no party has an empty one.
                let (known, number) = self.lately.long(party.id);
                if known == party.id && !by_others {
                    return *number;
                }
                let number = self.number(party, by_others);
                // Hostile names can be long; what is kept of them must not grow.
                if party.id.len() <= LONGEST_NAME && !by_others {
                    let slot = self.lately.long(party.id);
                    slot.0.clear();
                    slot.0.extend_from_slice(party.id);
                    slot.1 = number;
                }
                number
            }
        }
    }

    /// Whether an id is an IPv4 address that is none of ours.
    fn is_stranger(&self, id: &[u8]) -> bool {
        address::parse_v4(id).is_some_and(|v4| !self.plan.is_own(IpAddr::V4(v4)))
    }

    /// The number of a party that was not met lately.
    fn number(&mut self, party: &EventParty<'_>, by_others: bool) -> Option<u32> {
        if let Some(ip) = address::parse(party.id) {
            // A machine that writes logs is ours, whatever its address.
            if address::is_host(ip) && (!by_others || self.plan.is_own(ip)) {
                return self.address_party(ip);
            }
            return None;
        }
        match self.hosts.get(party.id).copied() {
            Some(known) => known,
            None if self.is_full() => None,
            None => {
                let number =
                    naming::host(party.id).map(|name| match self.names.get(&name).copied() {
                        Some(at) => at,
                        None => {
                            let at = self.push_party(Party::Host(name.clone()));
                            self.names.insert(name, at);
                            at
                        }
                    });
                self.hosts.insert(party.id.into(), number);
                if self.hosts.len() > 2 * self.plan.limits().assets {
                    self.hosts.clear(); // only a memory of spellings
                }
                number
            }
        }
    }

    fn origin(&mut self) -> u32 {
        match self.origin {
            Some(number) => number,
            None => {
                let number = self.push_party(Party::Origin(self.file.clone()));
                self.origin = Some(number);
                number
            }
        }
    }

    fn source(&mut self, name: SourceName<'_>) -> usize {
        let same = |(known, part): &(SourceName<'static>, Box<[u8]>)| {
            let format = std::ptr::eq(known.format, name.format) || known.format == name.format;
            format && words::same(part, name.part)
        };
        if self.sources.get(self.last_source).is_some_and(same) {
            return self.last_source;
        }
        match self.sources.iter().position(same) {
            Some(at) => {
                self.last_source = at;
                at
            }
            None if self.sources.len() >= MOST_SOURCES => self.sources.len() - 1,
            None => {
                let known = SourceName {
                    format: name.format,
                    part: b"",
                };
                self.sources.push((known, name.part.into()));
                self.sources.len() - 1
            }
        }
    }

    fn source_text(&self, at: usize) -> String {
        let Some((name, part)) = self.sources.get(at) else {
            return self.format.to_owned();
        };
        let format = if name.format.is_empty() {
            self.format
        } else {
            name.format
        };
        let mut text = format.to_owned();
        if !part.is_empty() {
            if !text.ends_with('-') {
                text.push(' ');
            }
            let part = String::from_utf8_lossy(part);
            text.extend(part.chars().filter(|c| !c.is_control()).take(80));
        }
        text
    }

    /// Whether the window lets a record count.
    fn in_window(&self, event: &Event<'_>) -> bool {
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

    /// Counts a record in which traces of drills were found: `known` ones were left out.
    pub(crate) fn of_drill(&mut self, event: &Event<'_>, known: bool) {
        if self.in_window(event) {
            self.of_drills += u64::from(known);
            self.like_drills += u64::from(!known);
        }
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
                sums.hours.add(hour);
            }
        }
        if let Some(seconds) = event.lossy
            && let Some(time) = event.time
        {
            // The moment of the record ends what it is about.
            let last = time.as_second().saturating_sub(i64::from(seconds.min(1)));
            let first = time.as_second().saturating_sub(i64::from(seconds));
            let lossy = &mut self.sums(event).tally.lossy;
            lossy.extend(first.div_euclid(3600)..=last.div_euclid(3600));
        }
        if !self.in_window(event) {
            return;
        }
        let source = self.source(event.source);
        let (mut client, mut proxy) = (None, None);
        for party in event.parties() {
            let Some(number) = self.party(&party) else {
                continue;
            };
            if party.role == Role::Client {
                client = Some(number);
            }
            if let (Role::Endpoint, Some(at), Some(hour)) = (party.role, event.number, hour) {
                // Windows' own numbers; rows and packets are counted by us.
                if self.sequences.len() < MOST_SEQUENCES && is_numbered(self.format) {
                    self.sequences
                        .entry((source, number))
                        .or_default()
                        .add(at, hour);
                }
            }
            if event.proxied && party.role == Role::Server {
                self.proxy(event, number);
                proxy = Some(number);
            }
            let active = party.role != Role::Server;
            let subject = party.role != Role::Sensor;
            let shows = match party.role {
                Role::Client if event.proxied => party.shows.through_proxy(),
                Role::Endpoint => party.shows.by_itself(),
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
                shows.by_itself()
            } else {
                shows
            };
            self.count(event, source, number, hour, subject, subject, shows);
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
        cell.shows = cell.shows.and(shows);
        cell.add(hour);
    }

    fn sums(&mut self, event: &Event<'_>) -> &mut Sums {
        if event.yearless {
            &mut self.floating
        } else {
            &mut self.dated
        }
    }

    fn proxy(&mut self, event: &Event<'_>, number: u32) {
        if self.last_proxy == Some((event.yearless, number)) {
            return;
        }
        self.last_proxy = Some((event.yearless, number));
        if let Some(party) = self.parties.get(number as usize).cloned() {
            self.sums(event).tally.proxies.insert(party);
        }
    }

    /// A machine of ours asked a proxy.
    fn behind(&mut self, event: &Event<'_>, client: u32, proxy: u32) {
        let of = |number: u32| self.parties.get(number as usize).cloned();
        if !self.asked.insert((event.yearless, client, proxy)) {
            return;
        }
        if let (Some(client), Some(proxy)) = (of(client), of(proxy)) {
            self.sums(event).tally.behind.insert((client, proxy));
        }
    }

    fn request(&mut self, event: &Event<'_>, client: Option<u32>) {
        let (Some(time), Some(client)) = (event.time, client) else {
            return;
        };
        if event.name.is_empty() {
            return;
        }
        let at = client as usize;
        let Some(party) = self.parties.get(at) else {
            return;
        };
        let sums = if event.yearless {
            &mut self.floating
        } else {
            &mut self.dated
        };
        if sums.clients.len() <= at {
            sums.clients.resize(at + 1, None);
        }
        let requests = &mut sums.tally.requests;
        let client = *sums.clients[at].get_or_insert_with(|| requests.client(party.clone()));
        requests.add(host_print(event.name), time.as_second(), client);
    }

    fn claims(&mut self, event: &Event<'_>, hour: Option<i64>) {
        let Some(hour) = hour else { return };
        for claim in event.claims() {
            let last = &self.last_claim;
            if last.2 == hour && last.0 == claim.address && last.1 == claim.name {
                continue;
            }
            let Some(ip) = address::parse(claim.address) else {
                continue;
            };
            if !address::is_host(ip) || !(self.plan.is_own(ip)) {
                continue;
            }
            let Some(name) = naming::host(claim.name) else {
                continue;
            };
            if address::parse(name.as_bytes()).is_some() {
                continue;
            }
            self.last_claim = (claim.address.to_vec(), claim.name.to_vec(), hour);
            let span = Span {
                strong: claim.strong,
                first: hour,
                last: hour,
                count: 1,
            };
            self.sums(event).tally.claims.add(ip, name, span);
        }
    }

    /// Whom a hit in this record is about.
    fn sighted(&mut self, event: &Event<'_>) -> Vec<Option<Party>> {
        let mut of_role = |wanted: Role| -> Vec<Option<Party>> {
            let parties: Vec<_> = event.parties().filter(|p| p.role == wanted).collect();
            let mut numbers: Vec<u32> = parties.iter().filter_map(|p| self.party(p)).collect();
            numbers.dedup();
            numbers
                .into_iter()
                .filter_map(|n| self.parties.get(n as usize).cloned().map(Some))
                .collect()
        };
        let endpoint = of_role(Role::Endpoint);
        if !endpoint.is_empty() {
            return endpoint;
        }
        let mut found = of_role(Role::Client);
        if found.is_empty() || event.both_ends {
            found.extend(of_role(Role::Server));
        }
        found.sort();
        found.dedup();
        if found.is_empty() && event.origin.is_some_and(|(role, _)| role != Role::Sensor) {
            let number = self.origin();
            found.extend(self.parties.get(number as usize).cloned().map(Some));
        }
        if found.is_empty() {
            found.push(None);
        }
        found
    }

    fn see(&mut self, event: &Event<'_>, record: u64, found: &[Found<'_>]) {
        let about = self.sighted(event);
        let source = self.source(event.source);
        let source = self.source_text(source);
        let detail = detail(event, &source);
        let hour = event.time.map(|t| Hour::of(t).0);
        let most = self.plan.examples();
        let name = naming::host(event.name);
        for one in found {
            if !self.plan.counts_in(one.indicator, event.carries) {
                continue;
            }
            let kind = self
                .plan
                .indicator(one.indicator)
                .map(|i| i.observable.kind());
            let carries = kind.map_or(event.carries, |kind| relevant(kind, event.carries));
            let citation = LogCitation {
                file: self.file.clone(),
                line: one.line,
                record,
                format: self.format.to_owned(),
                source: detail.clone(),
                time: event.time,
                excerpt: String::new(),
            };
            if let Some(told) = &mut self.told {
                let excerpt = (one.excerpt)();
                told.extend(about.iter().map(|party| Told {
                    indicator: one.indicator,
                    relation: one.relation,
                    carries,
                    party: party.clone(),
                    citation: LogCitation {
                        excerpt: excerpt.clone(),
                        ..citation.clone()
                    },
                }));
            }
            let sums = self.sums(event);
            if let Some(name) = &name {
                let names = sums.tally.names.entry(one.indicator).or_default();
                names.insert(name.clone());
            }
            for party in &about {
                let seen = sums
                    .tally
                    .seen
                    .entry((one.indicator, party.clone()))
                    .or_insert_with(|| Seen {
                        relation: one.relation,
                        carries: Kinds::NONE,
                        hours: BTreeMap::new(),
                        without_time: BTreeMap::new(),
                        moments: BTreeSet::new(),
                        examples: Vec::new(),
                    });
                seen.relation = seen.relation.min(one.relation);
                seen.carries = seen.carries.and(carries);
                match (event.time, hour) {
                    (Some(time), Some(hour)) => {
                        let seen_hour = seen.hours.entry(hour).or_insert_with(|| HourSeen {
                            first: time,
                            last: time,
                            by_source: BTreeMap::new(),
                        });
                        seen_hour.first = seen_hour.first.min(time);
                        seen_hour.last = seen_hour.last.max(time);
                        *seen_hour.by_source.entry(source.clone()).or_default() += 1;
                        seen.moments.insert(time.as_second());
                        while seen.moments.len() > MOST_MOMENTS {
                            seen.moments.pop_last();
                        }
                    }
                    _ => *seen.without_time.entry(source.clone()).or_default() += 1,
                }
                let later = |known: &LogCitation| {
                    (known.time.is_none(), known.time, known.line)
                        > (citation.time.is_none(), citation.time, citation.line)
                };
                if seen.examples.len() < most || seen.examples.last().is_some_and(later) {
                    let at = seen.examples.partition_point(|known| !later(known));
                    let mut citation = citation.clone();
                    citation.excerpt = (one.excerpt)();
                    seen.examples.insert(at, citation);
                    seen.examples.truncate(most);
                }
            }
        }
    }

    /// The outcome of this input.
    pub(crate) fn finish(
        mut self,
        bytes: u64,
        mut problems: Vec<Problem>,
        partial: bool,
    ) -> Outcome {
        if std::mem::take(&mut self.hole)
            && let Some(latest) = self.latest
        {
            self.gap(latest);
        }
        let mut missing = 0_u64;
        for (_, sequence) in sorted(std::mem::take(&mut self.sequences)) {
            if let Some((jumps, records)) = sequence.jumps() {
                self.gaps.extend(jumps);
                missing = missing.saturating_add(records);
            }
        }
        if missing > 0 {
            problems.push(Problem::new(
                &self.file,
                format!(
                    "{missing} records are missing: their numbers are left out; the hours around them do not count as visible"
                ),
                "export the log again without a filter, and check whether somebody deleted events",
            ));
        }
        // Gaps in order, each beginning behind the one before.
        let mut gaps = std::mem::take(&mut self.gaps);
        gaps.sort_unstable();
        gaps.dedup_by(|next, kept| {
            let joined = next.0 <= kept.1;
            if joined {
                kept.1 = kept.1.max(next.1);
            }
            joined
        });
        let whole = |hour: i64| {
            let before = gaps.partition_point(|gap| gap.0 <= hour);
            before
                .checked_sub(1)
                .and_then(|i| gaps.get(i))
                .is_none_or(|gap| gap.1 < hour)
        };
        if self.bad > 0 {
            let line = self.first_bad.unwrap_or(0);
            problems.push(
                Problem::new(
                    &self.file,
                    format!(
                        "{} of {} records could not be understood as {} (the first is record {line}); they were searched as text",
                        self.bad, self.records, self.format
                    ),
                    "look at that record: it may be cut, or of another format",
                )
                .losing_records(self.bad),
            );
        }
        if self.of_drills > 0 {
            problems.push(Problem::new(
                &self.file,
                format!(
                    "{} records show traces of drills of yours, and were left out",
                    self.of_drills
                ),
                "nothing is wrong; `tegakari drill report` tells what the drills showed",
            ));
        }
        if self.like_drills > 0 {
            problems.push(Problem::new(
                &self.file,
                format!(
                    "{} records look like traces of a drill that this database does not know; they count as sightings",
                    self.like_drills
                ),
                "if it was yours, make its plan known: `tegakari drill check --plan FILE`; if it was not, look at them",
            ));
        }
        if self.overflow {
            problems.push(Problem::new(
                &self.file,
                format!(
                    "more than {} machines in one file: further ones were not kept apart",
                    self.plan.limits().assets
                ),
                "check whether the host names in it are real",
            ));
        }
        let source_names: Vec<String> = (0..self.sources.len())
            .map(|at| self.source_text(at))
            .collect();
        let parties = std::mem::take(&mut self.parties);
        let close = |sums: &mut Sums| {
            let mut tally = std::mem::take(&mut sums.tally);
            tally.requests.bound();
            for (row, source) in sums.cells.drain(..).zip(&source_names) {
                for (cell, party) in row.into_iter().zip(&parties) {
                    let Some(mut cell) = cell else { continue };
                    let mut hours = cell.hours.take();
                    let partial: BTreeSet<i64> =
                        hours.keys().copied().filter(|hour| !whole(*hour)).collect();
                    hours.retain(|hour, _| !partial.contains(hour));
                    let cell = Cell {
                        active: cell.active,
                        subject: cell.subject,
                        shows: cell.shows,
                        hours,
                        partial,
                        without_time: cell.without_time,
                    };
                    tally.cells.insert((party.clone(), source.clone()), cell);
                }
            }
            tally.hours = sums.hours.take();
            tally
        };
        let tally = close(&mut self.dated);
        let rest = close(&mut self.floating);
        let mut floating = BTreeMap::new();
        if let (Some(first), Some(last)) = (self.floating.first, self.floating.last) {
            let one = Floating {
                tally: rest,
                first,
                last,
            };
            floating.insert(self.file.clone(), one);
        }
        Outcome {
            tally,
            floating,
            inputs: vec![InputSummary {
                file: self.file,
                format: self.format.to_owned(),
                bytes,
                records: self.records,
                bad_records: self.bad,
                first: self.dated.first,
                last: self.dated.last,
            }],
            problems,
            partial,
            examples: self.plan.examples(),
        }
    }
}

/// Whether the numbers of records are those that the machine gave them.
fn is_numbered(format: &str) -> bool {
    matches!(format, "windows-event-xml" | "json")
}

fn sorted<K: Ord, V>(map: HashMap<K, V>) -> BTreeMap<K, V> {
    map.into_iter().collect()
}

/// What a citation calls the kind of record.
fn detail(event: &Event<'_>, source: &str) -> String {
    let parts: Vec<String> = event
        .detail
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| {
            let text = String::from_utf8_lossy(part);
            text.chars().filter(|c| !c.is_control()).take(120).collect()
        })
        .collect();
    if parts.is_empty() {
        source.to_owned()
    } else {
        parts.join(" ")
    }
}

/// Of what a record carries, what can show an indicator of this kind; all, when nothing fits.
fn relevant(kind: ObservableKind, carries: Kinds) -> Kinds {
    use ObservableKind as K;
    use Telemetry as T;
    let could: &[T] = match kind {
        K::Ipv4 | K::Ipv6 | K::Cidr => &[
            T::Flow,
            T::DnsAnswer,
            T::HttpHost,
            T::CommandLine,
            T::Alert,
            T::Logon,
            T::TlsName,
        ],
        K::Domain | K::Url => &[
            T::Dns,
            T::HttpHost,
            T::HttpUrl,
            T::TlsName,
            T::Certificate,
            T::CommandLine,
            T::Mail,
            T::Alert,
        ],
        K::Email => &[T::Mail],
        K::Md5 | K::Sha1 | K::Sha256 | K::Sha512 => &[
            T::FileMd5,
            T::FileSha1,
            T::FileSha256,
            T::TransferHash,
            T::Certificate,
        ],
        K::FileName | K::FilePath => &[
            T::FileName,
            T::Process,
            T::CommandLine,
            T::Service,
            T::HttpUrl,
        ],
        K::RegistryKey => &[T::Registry, T::CommandLine],
        K::UserAgent => &[T::UserAgent],
        _ => &[],
    };
    let common = carries.common(Kinds::of(could));
    let common = match kind {
        K::Md5 => prefer(common, T::FileMd5),
        K::Sha1 => prefer(common, T::FileSha1),
        K::Sha256 => prefer(common, T::FileSha256),
        K::Ipv4 | K::Ipv6 | K::Cidr if common.meets(Kinds::of(&[T::Flow])) => {
            common.common(Kinds::of(&[T::Flow, T::DnsAnswer, T::Alert]))
        }
        _ => common,
    };
    if common.is_empty() { carries } else { common }
}

fn prefer(kinds: Kinds, one: Telemetry) -> Kinds {
    let one = Kinds::of(&[one]);
    if kinds.meets(one) { one } else { kinds }
}

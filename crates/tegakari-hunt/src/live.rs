//! Hunts in a stream while it grows: bytes are pushed as they come, sightings come back record by record.
//!
//! The same reader, search and judgement as in [`hunt_input`](crate::hunt_input); only the end of the input is not waited for. The
//! format is looked for again and again while little has come by, because a first line alone seldom tells. The plan is an argument
//! of every push, so that another one can take its place between two records.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use serde::{Deserialize, Serialize};
use tegakari_model::{
    DetectionRule, Hour, Indicator, LogCitation, Problem, Relation, Telemetry, TimeRange, Timestamp,
};
use tegakari_sigma::Occurrence;

use crate::accumulate::Accumulator;
use crate::assets::Machines;
use crate::decode::Decode;
use crate::formats::{self, LogFormat};
use crate::outcome::{Cell, Party, Tally};
use crate::records::{Cutting, Records};
use crate::resume::State;
use crate::years::YearClock;
use crate::{HEAD, InventoryAsset, Kinds, Outcome, Plan};

/// Lines after which the format of a stream is settled: no format looks at more of them.
const LINES_TO_SETTLE: usize = 64;
/// Stretches without a format after which the next one is waited for.
const LOOKS_AT_ONCE: u32 = 4;
/// The format of what has none.
const PLAIN: &str = "text";
/// Room that a stream keeps for text between two pushes.
const KEPT_ROOM: usize = 64 << 10;
/// Machines and their addresses that are remembered; more are forgotten all at once.
const MOST_KNOWN: usize = 100_000;

/// How far a stream was read: the end of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveMark {
    /// Bytes from the start of the stream.
    pub bytes: u64,
    lines: u64,
    records: u64,
    format: String,
    state: State,
}

/// What was found in a record.
#[derive(Debug, Clone, PartialEq)]
pub enum LiveFound {
    /// An indicator, and how what stands in the record relates to it.
    Indicator(Box<Indicator>, Relation),
    /// A rule of behaviour matches it.
    Rule(Box<DetectionRule>),
}

/// One indicator or rule in one record, about one machine.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveSighting {
    /// What was found.
    pub found: LiveFound,
    /// Kinds of telemetry that showed it, sorted.
    pub telemetry: Vec<Telemetry>,
    /// The machine as the record names it; it is the same whenever the record is read again. Empty when no record tells.
    pub party: String,
    /// The machine by the name that logs and inventory give it.
    pub asset: Option<String>,
    /// Where it stands, with the record itself.
    pub citation: LogCitation,
}

/// The match of a rule that correlations are about.
#[derive(Debug, Clone, PartialEq)]
pub struct LivePart {
    /// What it is to each of them.
    pub occurrences: Vec<Occurrence>,
    /// As of a sighting.
    pub telemetry: Vec<Telemetry>,
    /// As of a sighting.
    pub party: String,
    /// As of a sighting.
    pub asset: Option<String>,
    /// As of a sighting.
    pub citation: LogCitation,
}

/// What a push gave.
#[derive(Debug, Default)]
pub struct LiveBatch {
    /// In the order of the records.
    pub sightings: Vec<LiveSighting>,
    /// Matches that correlations are about.
    pub parts: Vec<LivePart>,
    /// Records read.
    pub records: u64,
    /// Of these, records that could not be understood; they were searched as text.
    pub bad: u64,
    /// Records by hour of their own time, and machines with records in it.
    pub hours: BTreeMap<i64, (u64, Vec<String>)>,
    /// What was met, but for records that could not be understood.
    pub problems: Vec<Problem>,
}

/// An indicator by its number in the plan and how it stands in the record, a rule by its number among the rules, or what a
/// match of one is to correlations.
#[derive(Debug, Clone)]
pub(crate) enum ToldOf {
    Indicator(u32, Relation),
    Rule(u32),
    Part(Vec<Occurrence>),
}

/// What an accumulator tells of at once.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) what: ToldOf,
    pub(crate) carries: Kinds,
    pub(crate) party: Option<Party>,
    pub(crate) citation: LogCitation,
}

/// Machines as the streams so far named them, for all streams of a watch.
#[derive(Default)]
pub struct LiveMachines {
    inventory: Vec<InventoryAsset>,
    tally: Tally,
    settled: Option<Machines>,
    /// There is something new since it was settled, then.
    changed: bool,
    settled_at: Option<Timestamp>,
}

impl LiveMachines {
    /// With the organisation's own list.
    pub fn new(inventory: Vec<InventoryAsset>) -> Self {
        Self {
            inventory,
            ..Self::default()
        }
    }

    fn learn(&mut self, tally: &mut Tally) {
        let before = (self.tally.cells.len(), self.tally.claims.iter().count());
        if before.0.max(before.1) > MOST_KNOWN {
            self.tally = Tally::default();
        }
        for (party, _) in tally.cells.keys() {
            let key = (party.clone(), String::new());
            self.tally.cells.entry(key).or_insert_with(|| Cell {
                active: true,
                ..Cell::default()
            });
        }
        self.tally.claims.merge(std::mem::take(&mut tally.claims));
        let after = (self.tally.cells.len(), self.tally.claims.iter().count());
        self.changed |= before != after;
    }

    /// The name of a machine. What is new is settled at most once a second: that looks at all of them.
    fn asset(&mut self, party: &Party, hour: Option<i64>, now: Timestamp) -> Option<String> {
        let old = self
            .settled_at
            .is_none_or(|then| now.as_second() != then.as_second());
        if self.settled.is_none() || self.changed && old {
            self.settled = Some(Machines::of(&self.tally, &self.inventory));
            self.changed = false;
            self.settled_at = Some(now);
        }
        let known = self.settled.as_ref()?.asset(party, hour);
        known.or_else(|| match party {
            Party::Host(name) => Some(name.clone()),
            Party::Address(ip) => Some(ip.to_string()),
            Party::Origin(_) => None,
        })
    }
}

fn party_text(party: &Party) -> String {
    match party {
        Party::Host(name) => name.clone(),
        Party::Address(ip) => ip.to_string(),
        Party::Origin(_) => String::new(),
    }
}

/// One stream: a file that grows, the messages of one sender.
pub struct Live {
    name: String,
    reading: Option<(&'static dyn LogFormat, Cutting)>,
    /// The first bytes, while they decide about the format.
    head: Vec<u8>,
    settled: bool,
    /// How often the first lines of a stretch told no format, and from where on the next stretch is looked at.
    windows: u32,
    look_again_at: u64,
    /// Bytes pushed, and those before the mark that was gone on from.
    bytes: u64,
    /// The day for which the reader fills in years.
    day: i64,
    told_encoding: bool,
    told_long: u64,
}

impl Live {
    /// A stream from its start, by the name under which it will be cited.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            reading: None,
            head: Vec::new(),
            settled: false,
            windows: 0,
            look_again_at: 0,
            bytes: 0,
            day: i64::MIN,
            told_encoding: false,
            told_long: 0,
        }
    }

    /// A stream from its start, of a format that is known, by its id. What is no id is found out as for [`new`](Self::new).
    pub fn of_format(name: impl Into<String>, format: &str, now: Timestamp) -> Self {
        let mut live = Self::new(name);
        if let Some(format) = formats::ALL.iter().copied().find(|f| f.id() == format) {
            live.day = day(now);
            live.settled = true;
            live.reading = Some((format, Cutting::new(format.reader(years(now)))));
        }
        live
    }

    /// A stream that is gone on with behind a mark. `head` are its first bytes, at most [`HEAD`](crate::HEAD) and none behind the
    /// mark: they name the columns of formats that write them once.
    pub fn resume(name: impl Into<String>, mark: &LiveMark, head: &[u8], now: Timestamp) -> Self {
        if mark.format.is_empty() {
            return Self::join(name, mark.bytes, head, now);
        }
        let mut live = Self::new(name);
        live.bytes = mark.bytes;
        live.day = day(now);
        live.settled = true;
        let known = formats::ALL.iter().find(|f| f.id() == mark.format);
        let format = known.copied().unwrap_or_else(|| formats::sniff(head));
        let years = years(now).after(&mark.state);
        let mut cutting = Cutting::new(format.reader(years));
        if cutting.reader_state().is_none() {
            cutting = primed(format, cutting, head);
        }
        cutting.go_on(mark.lines, mark.records);
        live.reading = Some((format, cutting));
        live
    }

    /// A stream that is joined in its middle, at `at`, where a line begins. `head` are its first bytes, as for
    /// [`resume`](Self::resume): they tell the format. Lines and records are counted from here.
    pub fn join(name: impl Into<String>, at: u64, head: &[u8], now: Timestamp) -> Self {
        let mut live = Self::new(name);
        live.bytes = at;
        if memchr::memchr(b'\n', head).is_none() {
            return live;
        }
        let format = formats::sniff(head);
        live.day = day(now);
        live.settled = head.len() >= HEAD || lines_to_settle(head);
        let mut cutting = Cutting::new(format.reader(years(now)));
        if cutting.reader_state().is_none() {
            cutting = primed(format, cutting, head);
        }
        cutting.go_on(0, 0);
        if !live.settled {
            live.head = head.to_vec();
        }
        live.reading = Some((format, cutting));
        live
    }

    /// The name under which it is cited.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The format it is read as; none before its first line.
    pub fn format(&self) -> Option<&'static str> {
        self.reading.as_ref().map(|(format, _)| format.id())
    }

    /// Bytes that were pushed, but are of a record that has not ended yet.
    pub fn pending(&self) -> u64 {
        let held = match &self.reading {
            Some((_, cutting)) => cutting.text.len(),
            None => self.head.len(),
        };
        held as u64
    }

    /// Lines dealt with.
    pub fn lines(&self) -> u64 {
        let counted = self
            .reading
            .as_ref()
            .map(|(_, cutting)| cutting.counted().0);
        counted.unwrap_or(0)
    }

    /// How far it was read. `None` inside a record that is too long to be held.
    pub fn mark(&self) -> Option<LiveMark> {
        let Some((format, cutting)) = &self.reading else {
            return Some(LiveMark {
                bytes: self.bytes - self.pending(),
                lines: 0,
                records: 0,
                format: String::new(),
                state: State::default(),
            });
        };
        if cutting.is_in_long() {
            return None;
        }
        let (lines, records) = cutting.counted();
        Some(LiveMark {
            bytes: self.bytes.saturating_sub(self.pending()),
            lines,
            records,
            format: format.id().to_owned(),
            state: cutting.reader_state().unwrap_or_default(),
        })
    }

    /// Takes more of the stream, and searches all records that end in it. `last` says that nothing follows.
    pub fn push(
        &mut self,
        plan: &Plan,
        bytes: &[u8],
        last: bool,
        machines: &mut LiveMachines,
        now: Timestamp,
    ) -> LiveBatch {
        self.bytes += bytes.len() as u64;
        self.choose(bytes, last, now);
        let Some((format, mut cutting)) = self.reading.take() else {
            return LiveBatch::default();
        };
        if self.day < day(now) {
            self.day = day(now);
            if let Some(state) = cutting.reader_state() {
                cutting.reader = format.reader(years(now).after(&state));
            }
        }
        let mut records = Records::resumed(plan, cutting);
        records.zone = plan.zone_of(&self.name);
        records.text.extend_from_slice(bytes);
        let mut sums = Accumulator::new(plan, &self.name, format.id());
        sums.told = Some(Vec::new());
        records.step(&mut sums, false);
        if last {
            records.step(&mut sums, true);
        }
        let told = sums.told.take().unwrap_or_default();
        let mut outcome = sums.finish(bytes.len() as u64, Vec::new(), false);
        let mut cutting = records.parked();
        cutting.text.shrink_to(KEPT_ROOM);
        let long = cutting.long_records;
        self.reading = Some((format, cutting));
        machines.learn(&mut outcome.tally);
        let mut batch = batch(outcome);
        if long > self.told_long {
            self.told_long = long;
            batch.problems.push(Problem::new(
                &self.name,
                format!(
                    "{long} records are longer than 4 MiB: searched whole, but read only at their beginning"
                ),
                "check that the file is a log with line ends",
            ));
        }
        if !self.told_encoding && !self.head.is_empty() && !Decode::for_head(&self.head).is_plain()
        {
            self.told_encoding = true;
            batch.problems.push(Problem::new(
                &self.name,
                "it is not in UTF-8; what is followed is searched as it stands, so values in it may be missed",
                "have it written in UTF-8, or search it with `tegakari hunt`",
            ));
        }
        for one in told {
            let hour = one.citation.time.map(|t| Hour::of(t).0);
            let telemetry = one.carries.list();
            let party = one.party.as_ref().map(party_text).unwrap_or_default();
            let asset = one
                .party
                .as_ref()
                .and_then(|party| machines.asset(party, hour, now));
            let citation = one.citation;
            let found = match one.what {
                ToldOf::Indicator(number, relation) => plan
                    .indicator(number)
                    .map(|one| LiveFound::Indicator(Box::new(one.into_owned()), relation)),
                ToldOf::Rule(number) => plan
                    .rules()
                    .and_then(|rules| rules.about(number))
                    .map(|rule| LiveFound::Rule(Box::new(rule))),
                ToldOf::Part(occurrences) => {
                    batch.parts.push(LivePart {
                        occurrences,
                        telemetry,
                        party,
                        asset,
                        citation,
                    });
                    continue;
                }
            };
            batch.sightings.extend(found.map(|found| LiveSighting {
                found,
                telemetry,
                party,
                asset,
                citation,
            }));
        }
        if self.settled {
            self.head = Vec::new();
        }
        batch
    }

    /// Finds the format, or another one than was thought so far.
    fn choose(&mut self, bytes: &[u8], last: bool, now: Timestamp) {
        if self.settled || self.reading.is_some() && self.bytes < self.look_again_at {
            return;
        }
        let before = self.head.len();
        let Some((format, cutting)) = self.reading.take() else {
            self.head.extend_from_slice(bytes);
            let head = &self.head[..self.head.len().min(HEAD)];
            let whole = memchr::memchr(b'\n', head).is_some() || head.len() >= HEAD || last;
            if !whole || head.is_empty() {
                return;
            }
            let format = formats::sniff(head);
            self.day = day(now);
            let mut cutting = Cutting::new(format.reader(years(now)));
            // What is pushed now is added by the caller.
            cutting.text = self.head[..before].to_vec();
            self.head.truncate(HEAD);
            self.settle(format);
            self.reading = Some((format, cutting));
            return;
        };
        self.head
            .extend_from_slice(&bytes[..bytes.len().min(HEAD - before.min(HEAD))]);
        let better = formats::sniff(&self.head);
        if better.id() == format.id() {
            self.settle(format);
            self.reading = Some((format, cutting));
            return;
        }
        // What was read so far was searched. The new reader only learns from it, such as the names of columns.
        let read = before.saturating_sub(cutting.text.len());
        let fresh = Cutting::new(better.reader(years(now)));
        let mut fresh = primed(better, fresh, self.head.get(..read).unwrap_or_default());
        let (lines, records) = cutting.counted();
        fresh.go_on(lines, records);
        fresh.text = cutting.text;
        self.settle(better);
        self.reading = Some((better, fresh));
    }

    /// Leaves the format at what it is when enough was seen. Text of no format may still become one: lines without a meaning
    /// at the beginning are not to decide about all that follows.
    fn settle(&mut self, format: &dyn LogFormat) {
        let enough = self.head.len() >= HEAD || lines_to_settle(&self.head);
        if enough && format.id() == PLAIN {
            self.head.clear();
            // Again at once for a while, then less and less often: looking costs.
            let later = self.windows.checked_sub(LOOKS_AT_ONCE);
            let wait = later.map_or(0, |times| (HEAD as u64) << times.min(8));
            self.look_again_at = self.bytes + wait;
            self.windows = self.windows.saturating_add(1);
        } else {
            self.settled = enough;
        }
    }
}

/// Lets a reader see the beginning of its stream, without any search.
fn primed(format: &'static dyn LogFormat, cutting: Cutting, head: &[u8]) -> Cutting {
    let (nothing, _) = Plan::new(Vec::new(), TimeRange::default());
    let mut records = Records::resumed(&nothing, cutting);
    let whole = memchr::memrchr(b'\n', head).map_or(0, |at| at + 1);
    records.text = head.get(..whole).unwrap_or_default().to_vec();
    let mut sums = Accumulator::new(&nothing, "", format.id());
    records.step(&mut sums, false);
    let mut cutting = records.parked();
    cutting.text = Vec::new();
    cutting
}

fn lines_to_settle(head: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', head).count() >= LINES_TO_SETTLE
}

/// A record without a year is of the latest one that does not lie in the future.
fn years(now: Timestamp) -> YearClock {
    YearClock::new(TimeRange {
        from: None,
        until: now.checked_add(24.hours()).ok(),
    })
}

fn day(now: Timestamp) -> i64 {
    now.as_second().div_euclid(86_400)
}

fn batch(outcome: Outcome) -> LiveBatch {
    let mut batch = LiveBatch::default();
    for input in &outcome.inputs {
        batch.records += input.records;
        batch.bad += input.bad_records;
    }
    for (hour, records) in &outcome.tally.hours {
        batch.hours.entry(*hour).or_default().0 += records;
    }
    for ((party, _), cell) in &outcome.tally.cells {
        let name = party_text(party);
        if name.is_empty() || !cell.active {
            continue;
        }
        for hour in cell.hours.keys() {
            let machines = &mut batch.hours.entry(*hour).or_default().1;
            if machines.last() != Some(&name) {
                machines.push(name.clone());
            }
        }
    }
    batch.problems = outcome.problems;
    batch.problems.retain(|problem| problem.records_lost == 0);
    batch
}

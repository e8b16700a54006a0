//! The one thread that searches: takes what inputs hand over, gives sightings out, and then keeps positions.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use tegakari_hunt::{Live, LiveFound, LiveMachines, LiveMark, LivePart, LiveSighting, Plan};
use tegakari_model::{LogCitation, Problem, Timestamp};
use tegakari_sigma::Occurrence;
use tegakari_watch::rotation::FilePrint;
use tegakari_watch::{
    CursorPosition, FilePosition, Positions, SIGHTING_SCHEMA, VisibleHours, WatchRecord,
    WatchSighting, sighting_id,
};

use super::correlate::{Correlating, Part};
use super::feed::{Feed, Mark, Opened, Shared, Start};
use super::keep::Keep;
use super::outputs::Outputs;

/// How often positions are kept.
const SAVE: Duration = Duration::from_secs(1);
/// How often correlations are looked at that only time makes what they ask for.
const PASS: Duration = Duration::from_secs(1);
/// How long it waits for input before it looks after everything else.
const WAIT: Duration = Duration::from_millis(100);
/// Times that it waits in vain before it believes that nothing comes any more.
const LAST_WAITS: u32 = 3;
/// How often a full disk is tried again when the watch is to end.
const LAST_TRIES: u32 = 8;

struct Stream {
    live: Live,
    input: String,
    generation: u64,
    /// Its position is kept under its name.
    print: Option<FilePrint>,
    cursor: Option<String>,
}

/// Messages that are acknowledged once they are dealt with: to whom, and which.
type Receipts = Vec<(Sender<Vec<String>>, Vec<String>)>;

pub(super) struct Engine<'e> {
    pub(super) shared: Arc<Shared>,
    pub(super) plan: Plan,
    /// Plans that take the place of it.
    pub(super) plans: Receiver<Plan>,
    pub(super) machines: LiveMachines,
    pub(super) correlating: Correlating,
    pub(super) keep: Keep,
    pub(super) positions: Positions,
    pub(super) outputs: Outputs<'e>,
    pub(super) tell: &'e (dyn Fn(&Problem) + Sync),
    pub(super) reopen: &'e (dyn Fn() -> bool + Sync),
    /// Whether it is to end.
    pub(super) asked: &'e (dyn Fn() -> bool + Sync),
    /// Told that what there is to follow is open and its place is kept.
    pub(super) looked: &'e (dyn Fn() + Sync),
}

/// What a watch came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Watched {
    /// Records read.
    pub records: u64,
    /// Sightings given out.
    pub sightings: u64,
    /// Of these, such as may have been given out before.
    pub repeats: u64,
}

impl Engine<'_> {
    /// Searches until it is stopped, or until all that was there is done.
    ///
    /// # Errors
    /// When positions could not be kept at the end.
    pub(super) fn run(mut self, feeds: &Receiver<Feed>) -> io::Result<Watched> {
        let mut streams: BTreeMap<u64, Stream> = BTreeMap::new();
        let mut receipts: Receipts = Vec::new();
        let mut hours = VisibleHours::new(now());
        let mut watched = Watched::default();
        let mut saved = Instant::now();
        let mut passed = Instant::now();
        let mut dirty = false;
        let mut done = false;
        let mut caught_up = false;
        let mut idle = 0;
        while !done {
            self.shared.alive.store(
                u64::try_from(now().as_second()).unwrap_or(0),
                Ordering::Relaxed,
            );
            while let Ok(plan) = self.plans.try_recv() {
                self.shared.metrics().indicators = plan.indicators().len() as u64;
                self.correlating.reload(plan.rules(), now());
                dirty = true;
                self.plan = plan;
            }
            if (self.reopen)()
                && let Err(error) = self.outputs.reopen()
            {
                self.shared.tell(Problem::new(
                    "output",
                    format!("cannot be opened again: {error}"),
                    OUT_HINT,
                ));
            }
            if (self.asked)() {
                self.shared.stop.store(true, Ordering::Relaxed);
            }
            let looked = match feeds.recv_timeout(WAIT) {
                Ok(feed) => {
                    self.shared.queued.fetch_sub(1, Ordering::Relaxed);
                    dirty = true;
                    idle = 0;
                    let looked = matches!(feed, Feed::Looked);
                    match self.take(feed, &mut streams, &mut receipts, &mut hours, &mut watched) {
                        Some(all) => {
                            caught_up |= all;
                            done |= all;
                        }
                        // Nothing can be given out, and it is to end: what was not given is read again.
                        None => return Ok(watched),
                    }
                    looked
                }
                Err(RecvTimeoutError::Timeout) => {
                    // Inputs hand over what they have when they are stopped.
                    idle += 1;
                    done |= self.shared.stopping() && idle > LAST_WAITS;
                    false
                }
                Err(RecvTimeoutError::Disconnected) => {
                    done = true;
                    false
                }
            };
            if passed.elapsed() >= PASS || done {
                passed = Instant::now();
                self.correlating.pass(now());
                let found = self
                    .correlating
                    .conclude(self.plan.rules(), now(), done && caught_up);
                dirty |= !found.is_empty();
                if self.give(found, &mut watched).is_none() {
                    return Ok(watched);
                }
                if let Some(problem) = self.correlating.problem() {
                    self.shared.tell(problem);
                }
                let mut metrics = self.shared.metrics();
                (metrics.correlated, metrics.correlated_dropped) = self.correlating.counts();
            }
            // Where reading begins is kept before anything is read, or a crash right after the first start would lose it.
            if dirty && (saved.elapsed() >= SAVE || looked || done) {
                self.commit(&mut streams, &mut receipts);
                dirty = false;
                saved = Instant::now();
            }
            if looked {
                (self.looked)();
            }
            for line in hours.ended(now()) {
                let _ = self.outputs.hour(&line);
            }
            for problem in self.shared.told() {
                (self.tell)(&problem);
            }
        }
        for line in hours.stopped() {
            let _ = self.outputs.hour(&line);
        }
        let ended = self.try_commit(&streams);
        if ended.is_ok() {
            acknowledge(&mut receipts);
        }
        for problem in self.shared.told() {
            (self.tell)(&problem);
        }
        ended.map(|()| watched)
    }

    /// Deals with one piece. `Some(true)` when the end of what is there is reached; `None` when nothing can be given out.
    fn take(
        &mut self,
        feed: Feed,
        streams: &mut BTreeMap<u64, Stream>,
        receipts: &mut Receipts,
        hours: &mut VisibleHours,
        watched: &mut Watched,
    ) -> Option<bool> {
        match feed {
            Feed::CaughtUp => return Some(true),
            Feed::Keep => self.commit(streams, receipts),
            Feed::Looked => {}
            Feed::Open(opened) => {
                hours.watch(&opened.input);
                self.shared.metrics().input(&opened.input);
                streams.insert(opened.stream, begun(*opened));
            }
            Feed::Forget { name, generation } => {
                if let Some(kept) = self.positions.files.get_mut(&name) {
                    kept.retain(|one| one.generation != generation);
                }
            }
            Feed::Lost { input, messages } => {
                hours.lost(&input, messages);
                self.shared.metrics().input(&input).dropped += messages;
            }
            Feed::Bytes {
                stream,
                bytes,
                mark,
            } => {
                let Some(followed) = streams.get_mut(&stream) else {
                    return Some(false);
                };
                let numbers = match mark {
                    Mark::None => None,
                    Mark::Print(print) => {
                        followed.print = Some(print);
                        None
                    }
                    Mark::Cursor(cursor) => {
                        followed.cursor = Some(cursor);
                        None
                    }
                    Mark::Numbered(cursor, numbers) => {
                        followed.cursor = Some(cursor);
                        Some(numbers)
                    }
                    Mark::Messages(messages, back) => {
                        let (numbers, replies): (Vec<u64>, Vec<String>) =
                            messages.into_iter().unzip();
                        receipts.push((back, replies));
                        Some(numbers)
                    }
                };
                self.search(followed, &bytes, false, numbers.as_deref(), hours, watched)?;
            }
            Feed::Close { stream } => {
                let Some(mut followed) = streams.remove(&stream) else {
                    return Some(false);
                };
                self.search(&mut followed, b"", true, None, hours, watched)?;
                if followed.print.is_some()
                    && let Some(kept) = self.positions.files.get_mut(followed.live.name())
                {
                    kept.retain(|one| one.generation != followed.generation);
                }
            }
        }
        Some(false)
    }

    fn search(
        &mut self,
        stream: &mut Stream,
        bytes: &[u8],
        last: bool,
        numbers: Option<&[u64]>,
        hours: &mut VisibleHours,
        watched: &mut Watched,
    ) -> Option<()> {
        let lines = stream.live.lines();
        let batch = stream
            .live
            .push(&self.plan, bytes, last, &mut self.machines, now());
        watched.records += batch.records;
        for problem in batch.problems {
            self.shared.tell(problem);
        }
        let mut all: Vec<WatchSighting> = batch
            .sightings
            .into_iter()
            .map(|one| told(one, stream, lines, numbers))
            .collect();
        if !batch.parts.is_empty() {
            for part in batch.parts {
                let party = part.party.clone();
                let (occurrences, record) = part_of(part, stream, lines, numbers);
                let part = Part {
                    occurrences,
                    record,
                    party: &party,
                };
                self.correlating.add(part, now());
            }
            all.extend(self.correlating.conclude(self.plan.rules(), now(), false));
        }
        {
            let mut metrics = self.shared.metrics();
            let counts = metrics.input(&stream.input);
            counts.events += batch.records;
            counts.bytes += bytes.len() as u64;
            counts.not_understood += batch.bad;
            counts.sightings += all.len() as u64;
            metrics.queue = self.shared.queued.load(Ordering::Relaxed);
        }
        let machines: Vec<String> = batch
            .hours
            .into_values()
            .flat_map(|(_, names)| names)
            .collect();
        hours.add(&stream.input, batch.records, batch.bad, &machines);
        self.give(all, watched)
    }

    /// Gives sightings out, and waits until they can be. `None` when they cannot, and it is to end.
    fn give(&mut self, mut all: Vec<WatchSighting>, watched: &mut Watched) -> Option<()> {
        if all.is_empty() {
            return Some(());
        }
        for one in &mut all {
            one.repeat = self.keep.was_given(&one.id);
            watched.repeats += u64::from(one.repeat);
        }
        watched.sightings += all.len() as u64;
        let mut tries = 0;
        let mut noted = false;
        loop {
            let mut given = Ok(());
            if !noted {
                given = self.keep.note(all.iter().map(|one| one.id.as_str()));
                noted = given.is_ok();
            }
            match given.and_then(|()| self.outputs.give(&all)) {
                Ok(()) => return Some(()),
                Err(error) => {
                    let full = error.kind() == io::ErrorKind::WouldBlock;
                    if !full {
                        self.shared.metrics().output("lines").failures += 1;
                    }
                    if tries == 0 {
                        (self.tell)(&Problem::new(
                            "output",
                            format!(
                                "sightings cannot be written: {error}; reading waits until they can"
                            ),
                            OUT_HINT,
                        ));
                    }
                    tries += 1;
                    if (self.asked)() {
                        self.shared.stop.store(true, Ordering::Relaxed);
                    }
                    // Where nobody reads any more, nobody will; elsewhere it is tried a little longer.
                    let over = self.outputs.is_over(&error)
                        || self.shared.stopping() && tries > LAST_TRIES;
                    if over {
                        self.shared.stop.store(true, Ordering::Relaxed);
                        return None;
                    }
                    thread::sleep(Duration::from_millis(250));
                }
            }
        }
    }

    /// Keeps positions, if all that was found is where it will not be lost.
    fn commit(&mut self, streams: &mut BTreeMap<u64, Stream>, receipts: &mut Receipts) {
        match self.try_commit(streams) {
            Ok(()) => {
                self.shared.metrics().saves += 1;
                acknowledge(receipts);
            }
            Err(error) => {
                let mut metrics = self.shared.metrics();
                metrics.save_failures += 1;
                if metrics.save_failures == 1 {
                    drop(metrics);
                    self.shared.tell(Problem::new(
                        "positions",
                        format!("cannot be kept: {error}; after a crash, more would be read again"),
                        OUT_HINT,
                    ));
                }
            }
        }
    }

    fn try_commit(&mut self, streams: &BTreeMap<u64, Stream>) -> io::Result<()> {
        self.outputs.sync()?;
        self.correlating.save()?;
        for stream in streams.values() {
            let Some(mark) = stream.live.mark() else {
                // Inside a record without end: it is begun anew after a crash.
                continue;
            };
            let Ok(value) = serde_json::to_value(&mark) else {
                continue;
            };
            let name = stream.live.name();
            if let Some(print) = &stream.print {
                let position = FilePosition {
                    print: print.clone(),
                    generation: stream.generation,
                    bytes: mark.bytes,
                    mark: value,
                };
                let kept = self.positions.files.entry(name.to_owned()).or_default();
                match kept.binary_search_by_key(&stream.generation, |one| one.generation) {
                    Ok(at) => kept[at] = position,
                    Err(at) => kept.insert(at, position),
                }
            } else if let Some(cursor) = &stream.cursor {
                let position = CursorPosition {
                    cursor: cursor.clone(),
                    mark: value,
                };
                self.positions.cursors.insert(name.to_owned(), position);
            }
        }
        self.keep.save(&self.positions)
    }
}

const OUT_HINT: &str = "free some space or check permissions; it is tried again";

fn acknowledge(receipts: &mut Receipts) {
    for (back, replies) in receipts.drain(..) {
        // Whoever is gone is sent them again by the server.
        let _ = back.send(replies);
    }
}

fn begun(opened: Opened) -> Stream {
    let live = match opened.start {
        Start::New => Live::new(opened.name),
        Start::Of(format) => Live::of_format(opened.name, format, now()),
        Start::Join { at, head } => Live::join(opened.name, at, &head, now()),
        Start::Resume { mark, head } => match serde_json::from_value::<LiveMark>(mark) {
            Ok(mark) => Live::resume(opened.name, &mark, &head, now()),
            Err(_) => Live::new(opened.name),
        },
    };
    Stream {
        live,
        input: opened.input,
        generation: opened.generation,
        print: opened.file,
        cursor: None,
    }
}

/// Line and number of a record: those that its stream gives it, where it does.
fn numbered(at: &LogCitation, lines: u64, numbers: Option<&[u64]>) -> (u64, u64) {
    let Some(numbers) = numbers else {
        return (at.line, at.record);
    };
    // A message a line.
    let index = usize::try_from(at.line.saturating_sub(lines + 1)).unwrap_or(usize::MAX);
    let number = numbers.get(index).copied().unwrap_or(at.record);
    (number, number)
}

fn part_of(
    part: LivePart,
    stream: &Stream,
    lines: u64,
    numbers: Option<&[u64]>,
) -> (Vec<Occurrence>, WatchRecord) {
    let at = part.citation;
    let (line, record) = numbered(&at, lines, numbers);
    let record = WatchRecord {
        asset: part.asset,
        time: at.time,
        input: at.file,
        generation: stream.generation,
        line,
        record,
        format: at.format,
        source: at.source,
        telemetry: part.telemetry,
        excerpt: at.excerpt,
    };
    (part.occurrences, record)
}

fn told(one: LiveSighting, stream: &Stream, lines: u64, numbers: Option<&[u64]>) -> WatchSighting {
    let at = one.citation;
    let (line, record) = numbered(&at, lines, numbers);
    let (kind, value, indicator, labels, reports, rule, relation) = match one.found {
        LiveFound::Indicator(indicator, relation) => {
            let mut reports: Vec<_> = indicator
                .citations
                .iter()
                .map(|c| c.report.clone())
                .collect();
            reports.sort();
            reports.dedup();
            (
                indicator.observable.kind().name(),
                indicator.observable.value().to_owned(),
                indicator.id.to_string(),
                indicator.labels,
                reports,
                None,
                Some(relation),
            )
        }
        LiveFound::Rule(rule) => (
            "rule",
            rule.title.clone(),
            rule.id.clone(),
            rule.techniques.clone(),
            Vec::new(),
            Some(*rule),
            None,
        ),
    };
    WatchSighting {
        schema: SIGHTING_SCHEMA.to_owned(),
        id: sighting_id(
            stream.live.name(),
            stream.generation,
            line,
            &at.excerpt,
            &indicator,
            &one.party,
        ),
        repeat: false,
        kind: kind.to_owned(),
        value,
        indicator,
        labels,
        reports,
        rule,
        correlation: None,
        relation,
        telemetry: one.telemetry,
        asset: one.asset,
        time: at.time,
        input: at.file,
        generation: stream.generation,
        line,
        record,
        format: at.format,
        source: at.source,
        excerpt: at.excerpt,
    }
}

pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

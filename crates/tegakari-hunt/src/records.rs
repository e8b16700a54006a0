//! Cuts a stream of text into records and gives each to the reader, the search and the sums.
//!
//! Memory is bounded: a block of records at a time; a record that outgrows [`MOST_RECORD`] is searched
//! in overlapping pieces, and only its beginning is read for fields.

use std::collections::BTreeMap;

use memchr::memmem::Finder;
use tegakari_match::Hit;
use tegakari_model::Relation;

use crate::accumulate::{Accumulator, Found};
use crate::behaviour::observe::Observer;
use crate::cuts::Cuts;
use crate::drills::Trace;
use crate::evtx;
use crate::formats::json_walk::without_escapes;
use crate::formats::{Frame, RecordReader, line_frames};
use crate::resume::{Mark, State};
use crate::zone::Zone;
use crate::{Drills, Event, Plan, version_number};

/// Text read before the records in it are dealt with: what stays in the caches while it is looked at several times.
pub(crate) const BLOCK: usize = 256 << 10;
/// The longest record that is held whole.
const MOST_RECORD: usize = 4 << 20;
/// How far the pieces of a longer one overlap.
const OVERLAP: usize = 64 << 10;
/// How far from the cut of a piece a value is not yet trusted to be whole.
const MARGIN: usize = 16 << 10;
/// How much of a long record is read for its fields.
const HEAD: usize = 64 << 10;
/// Characters of a record that are cited.
const EXCERPT: usize = 400;

/// A record too long to be held, part of which was dealt with.
struct Long {
    head: Vec<u8>,
    record: u64,
    /// The line it begins at.
    line: u64,
    /// Indicators found so far: relation, line, excerpt.
    found: BTreeMap<u32, (Relation, u64, String)>,
    /// Whether the piece at hand is the first.
    first: bool,
    drills: OfDrills,
}

/// The state of cutting one input.
pub(crate) struct Records<'p> {
    plan: &'p Plan,
    reader: Box<dyn RecordReader>,
    /// Text not dealt with yet; begins where a record begins, or inside a long one.
    pub(crate) text: Vec<u8>,
    lines: u64,
    records: u64,
    long: Option<Long>,
    /// Records that were too long.
    pub(crate) long_records: u64,
    hits: Vec<Hit>,
    frames: Vec<(usize, usize)>,
    cuts: Cuts,
    label_end: Finder<'static>,
    joins: bool,
    observer: Option<Observer<'p>>,
    /// The zone of times that say none; UTC when `None`.
    pub(crate) zone: Option<Zone>,
}

/// The state of cutting between two pieces of a stream, during which the plan may change.
pub(crate) struct Cutting {
    pub(crate) reader: Box<dyn RecordReader>,
    /// Text not dealt with yet.
    pub(crate) text: Vec<u8>,
    lines: u64,
    records: u64,
    long: Option<Long>,
    /// Records that were too long.
    pub(crate) long_records: u64,
    hits: Vec<Hit>,
    frames: Vec<(usize, usize)>,
    cuts: Cuts,
}

impl Cutting {
    pub(crate) fn new(reader: Box<dyn RecordReader>) -> Self {
        Self {
            reader,
            text: Vec::new(),
            lines: 0,
            records: 0,
            long: None,
            long_records: 0,
            hits: Vec::new(),
            frames: Vec::new(),
            cuts: Cuts::default(),
        }
    }

    /// Counts lines and records from here on.
    pub(crate) fn go_on(&mut self, lines: u64, records: u64) {
        self.lines = lines;
        self.records = records;
    }

    /// Lines and records dealt with.
    pub(crate) fn counted(&self) -> (u64, u64) {
        (self.lines, self.records)
    }

    /// What the reader must know to read on; see [`RecordReader::state`].
    pub(crate) fn reader_state(&self) -> Option<State> {
        self.reader.state()
    }

    /// Whether a part of a record was dealt with and dropped.
    pub(crate) fn is_in_long(&self) -> bool {
        self.long.is_some()
    }
}

impl<'p> Records<'p> {
    /// Goes on with a stream.
    pub(crate) fn resumed(plan: &'p Plan, cutting: Cutting) -> Self {
        Self {
            joins: plan.seeks_urls() && cutting.reader.joins(),
            plan,
            reader: cutting.reader,
            text: cutting.text,
            lines: cutting.lines,
            records: cutting.records,
            long: cutting.long,
            long_records: cutting.long_records,
            hits: cutting.hits,
            frames: cutting.frames,
            cuts: cutting.cuts,
            label_end: Finder::new(b"(0)"),
            observer: plan.rules().map(Observer::new),
            zone: None,
        }
    }

    /// Lets go of the plan.
    pub(crate) fn parked(self) -> Cutting {
        Cutting {
            reader: self.reader,
            text: self.text,
            lines: self.lines,
            records: self.records,
            long: self.long,
            long_records: self.long_records,
            hits: self.hits,
            frames: self.frames,
            cuts: self.cuts,
        }
    }

    pub(crate) fn new(plan: &'p Plan, reader: Box<dyn RecordReader>) -> Self {
        Self {
            joins: plan.seeks_urls() && reader.joins(),
            plan,
            reader,
            text: Vec::with_capacity(BLOCK + BLOCK / 4),
            lines: 0,
            records: 0,
            long: None,
            long_records: 0,
            hits: Vec::new(),
            frames: Vec::new(),
            cuts: Cuts::default(),
            label_end: Finder::new(b"(0)"),
            observer: plan.rules().map(Observer::new),
            zone: None,
        }
    }

    /// Goes on behind a mark, of which the text was read in an earlier run.
    pub(crate) fn go_on(&mut self, mark: &Mark) {
        self.lines = mark.lines;
        self.records = mark.records;
    }

    /// Adds to the sums what rules looked at.
    pub(crate) fn finish(&mut self, sums: &mut Accumulator<'_>) {
        if let Some(observer) = self.observer.take() {
            observer.finish(sums);
            self.observer = self.plan.rules().map(Observer::new);
        }
    }

    /// Where a later run can go on: behind the records dealt with so far, of which `bytes` are the text up to the end
    /// of what is held.
    pub(crate) fn mark(&self, bytes: u64, format: &str) -> Option<Mark> {
        if self.long.is_some() {
            return None;
        }
        Some(Mark {
            bytes: bytes.checked_sub(self.text.len() as u64)?,
            before: 0,
            lines: self.lines,
            records: self.records,
            format: format.to_owned(),
            state: self.reader.state()?,
        })
    }

    /// Whether more text is wanted before the next step.
    pub(crate) fn wants(&self) -> usize {
        let target = if self.text.len() < BLOCK {
            BLOCK
        } else {
            // No record ended in it so far.
            (self.text.len() * 2).min(MOST_RECORD + OVERLAP)
        };
        target.saturating_sub(self.text.len()).max(1)
    }

    /// Deals with all records that are complete. `last` says that no text follows.
    pub(crate) fn step(&mut self, sums: &mut Accumulator<'_>, last: bool) {
        let mut done = 0;
        loop {
            if self.long.is_some() {
                match self.long_piece(done, sums, last) {
                    Some(next) => done = next,
                    None => return,
                }
            }
            done = self.whole_records(done, sums, last);
            let rest = self.text.len() - done;
            if rest < MOST_RECORD || last && rest == 0 {
                break;
            }
            self.records += 1;
            self.long_records += 1;
            let head_end = (done + HEAD).min(self.text.len());
            self.long = Some(Long {
                head: self.text[done..head_end].to_vec(),
                record: self.records,
                line: self.lines + 1,
                found: BTreeMap::new(),
                first: true,
                drills: OfDrills::default(),
            });
        }
        self.text.drain(..done);
    }

    fn whole_records(&mut self, from: usize, sums: &mut Accumulator<'_>, last: bool) -> usize {
        let mut frames = std::mem::take(&mut self.frames);
        frames.clear();
        let cut = self.column_frames(from, last, &mut frames);
        let by_line =
            cut.is_some() || from < self.text.len() && self.reader.by_line(&self.text[from..]);
        let at = if let Some(at) = cut {
            at
        } else if by_line {
            from + line_frames(&self.text[from..], from, last, &mut frames)
        } else {
            self.own_frames(from, last, &mut frames)
        };
        let mut hits = std::mem::take(&mut self.hits);
        hits.clear();
        self.plan.scan(&self.text[from..at], &mut hits);
        if !hits.is_sorted_by_key(|hit| hit.start) {
            hits.sort_unstable_by_key(|hit| hit.start);
        }
        let text = std::mem::take(&mut self.text);
        let block = Block {
            text: &text,
            base: from,
            end: at,
            by_line,
            by_column: cut.is_some(),
        };
        self.read_records(&block, &frames, &hits, sums);
        self.text = text;
        self.hits = hits;
        self.frames = frames;
        at
    }

    /// Puts right a time that says no zone, where somebody said which it is of.
    fn in_zone(&self, event: &mut Event<'_>) {
        if let Some(zone) = self
            .zone
            .as_ref()
            .filter(|_| event.zoneless || event.unzoned)
        {
            event.time = event.time.map(|time| zone.to_utc(time));
            event.unzoned = false;
        }
    }

    /// The records from `from` on, where each is a line with columns; gives where what is left begins.
    fn column_frames(
        &mut self,
        from: usize,
        last: bool,
        frames: &mut Vec<(usize, usize)>,
    ) -> Option<usize> {
        let cutter = self.reader.cutter(&self.text[from..])?;
        let cut = self
            .cuts
            .lines(&self.text[from..], from, last, cutter, frames);
        if cut.is_none() {
            frames.clear();
        }
        cut.map(|end| from + end)
    }

    /// The records from `from` on as the format cuts them; gives where what is left begins.
    fn own_frames(&mut self, from: usize, last: bool, frames: &mut Vec<(usize, usize)>) -> usize {
        let mut at = from;
        while at < self.text.len() {
            match self.reader.frame(&self.text[at..], last) {
                Frame::Record { end, next } => {
                    let next = (at + next.max(1)).min(self.text.len());
                    frames.push((at, (at + end).min(next)));
                    at = next;
                }
                Frame::More if last => {
                    frames.push((at, self.text.len()));
                    at = self.text.len();
                }
                Frame::More => break,
            }
        }
        at
    }

    fn read_records(
        &mut self,
        block: &Block<'_>,
        frames: &[(usize, usize)],
        hits: &[Hit],
        sums: &mut Accumulator<'_>,
    ) {
        let joined = self.joined(block, frames);
        let mut next_hit = 0;
        let mut next_joined = 0;
        let mut counted = block.base;
        let is_json = self.reader.is_json();
        let mut plain = Vec::new();
        for (index, &(start, end)) in frames.iter().enumerate() {
            if end - start <= evtx::LOST.len() + 2
                && block.text[start..end].trim_ascii() == evtx::LOST
            {
                sums.lost();
                continue;
            }
            self.records += 1;
            let follows = frames.get(index + 1).map_or(block.end, |f| f.0);
            let first_hit = next_hit;
            while hits
                .get(next_hit)
                .is_some_and(|hit| block.base + hit.start < follows)
            {
                next_hit += 1;
            }
            let first_joined = next_joined;
            while joined.get(next_joined).is_some_and(|(at, ..)| *at == index) {
                next_joined += 1;
            }
            let record = &block.text[start..end];
            let meant = if is_json && without_escapes(record, &mut plain) {
                &plain
            } else {
                record
            };
            let mut event = Event::default();
            match self.cuts.columns(index, start).filter(|_| block.by_column) {
                Some(columns) => self.reader.read_columns(record, &columns, &mut event),
                None => self.reader.read(meant, &mut event),
            }
            self.in_zone(&mut event);
            if let Some(observer) = &mut self.observer {
                let mut line = || {
                    if block.by_line {
                        return self.lines + 1 + index as u64;
                    }
                    self.lines += lines_in(&block.text[counted..start]);
                    counted = start;
                    self.lines + 1
                };
                let number = event.number.unwrap_or(self.records);
                observer.look(&*self.reader, meant, &event, number, &mut line, sums);
            }
            let url = self.joined_url(&event);
            if first_hit == next_hit && first_joined == next_joined && url.is_empty() {
                sums.add(&event, self.records, &[]);
                continue;
            }
            let line = if block.by_line {
                self.lines + 1 + index as u64
            } else {
                self.lines += lines_in(&block.text[counted..start]);
                counted = start;
                self.lines + 1
            };
            let whole = &block.text[start..follows];
            let mut of_record: BTreeMap<u32, (Relation, usize, usize)> = BTreeMap::new();
            let mut drills = OfDrills::default();
            for hit in &hits[first_hit..next_hit] {
                let (from, to) = (block.base + hit.start - start, block.base + hit.end - start);
                if self.is_version(whole, from, to)
                    || drills.take(self.plan, |drills| drills.judge(whole, from, to))
                {
                    continue;
                }
                of_record
                    .entry(hit.entry)
                    .and_modify(|known| {
                        if hit.relation < known.0 {
                            *known = (hit.relation, from, to);
                        }
                    })
                    .or_insert((hit.relation, from, to));
            }
            for entry in url {
                if drills.take(self.plan, |drills| drills.judge_text(event.name)) {
                    continue;
                }
                of_record.entry(entry).or_insert((Relation::Joined, 0, 0));
            }
            for (_, entry, at, relation, trace) in &joined[first_joined..next_joined] {
                if drills.take(self.plan, |_| *trace) {
                    continue;
                }
                of_record
                    .entry(*entry)
                    .or_insert((*relation, at - start, at - start));
            }
            let excerpts: Vec<_> = of_record
                .iter()
                .map(|(entry, &(relation, from, to))| {
                    let from = from.min(whole.len());
                    let line = line + lines_in(&whole[..from]);
                    (*entry, relation, line, move || excerpt(whole, from, to))
                })
                .collect();
            let found: Vec<Found<'_>> = excerpts
                .iter()
                .map(|(indicator, relation, line, excerpt)| Found {
                    indicator: *indicator,
                    relation: *relation,
                    line: *line,
                    excerpt,
                })
                .collect();
            drills.tell(sums, &event);
            sums.add(&event, event.number.unwrap_or(self.records), &found);
        }
        self.lines += if block.by_line {
            frames.len() as u64
        } else {
            lines_in(&block.text[counted..block.end])
        };
    }

    /// Whether what was found is the number of a version, and so no address.
    fn is_version(&self, record: &[u8], from: usize, to: usize) -> bool {
        let number = record.get(from..to).unwrap_or_default();
        version_number::is_number(number)
            && (self.reader.is_version(record, from)
                || version_number::is_version(record, from..to))
    }

    /// The indicators in the URL of a record whose host and path stand in two fields.
    fn joined_url(&self, event: &Event<'_>) -> Vec<u32> {
        if !self.joins
            || event.name.is_empty()
            || event.path.is_empty()
            || !self.plan.may_list_urls_of(event.name)
        {
            return Vec::new();
        }
        let mut text = Vec::new();
        join_url(event, &mut text);
        let mut hits = Vec::new();
        self.plan.scan(&text, &mut hits);
        hits.iter().map(|hit| hit.entry).collect()
    }

    /// What stands in a record, but not in one piece or not as it is: names in the notation of DNS debug logs, and
    /// parts in a transfer encoding. Gives (frame, indicator, place, relation), ordered by frame.
    fn joined(&self, block: &Block<'_>, frames: &[(usize, usize)]) -> Vec<Joined> {
        let mut found = self.labels(block, frames);
        if !block.by_line || self.reader.decodes_lines() {
            let mut hits = Vec::new();
            for (index, &(start, end)) in frames.iter().enumerate() {
                self.reader
                    .decoded(&block.text[start..end], &mut |decoded| {
                        hits.clear();
                        self.plan.scan(&decoded.text, &mut hits);
                        found.extend(hits.iter().map(|hit| {
                            let at = start + decoded.origin(hit.start).min(end - start);
                            let trace = self.trace(&decoded.text, hit);
                            (index, hit.entry, at, Relation::Decoded, trace)
                        }));
                    });
            }
        }
        // What is of a drill comes last, so that it is not kept in the place of what is not.
        found.sort_unstable_by_key(|one| (one.0, one.1, one.4, one.2, one.3));
        found.dedup_by_key(|one| (one.0, one.1));
        found
    }

    /// Names in the notation of DNS debug logs.
    fn labels(&self, block: &Block<'_>, frames: &[(usize, usize)]) -> Vec<Joined> {
        let mut text: Vec<u8> = Vec::new();
        // Where a synthetic line begins, the frame it belongs to, and its place in the block.
        let mut lines: Vec<(usize, usize, usize)> = Vec::new();
        let mut past = 0;
        for found in self.label_end.find_iter(&block.text[block.base..block.end]) {
            let at = block.base + found;
            if at < past {
                continue;
            }
            let index = frames.partition_point(|f| f.0 <= at).saturating_sub(1);
            let from = frames.get(index).map_or(block.base, |f| f.0);
            if let Some(start) = labels_start(&block.text[from..at]) {
                let before = text.len();
                if join_labels(&block.text[from + start..at], &mut text) {
                    lines.push((before, index, from + start));
                    past = at + 3;
                }
            }
        }
        if lines.is_empty() {
            return Vec::new();
        }
        let mut hits = Vec::new();
        self.plan.scan(&text, &mut hits);
        hits.iter()
            .filter_map(|hit| {
                let line = lines.partition_point(|l| l.0 <= hit.start).checked_sub(1)?;
                let (_, index, at) = *lines.get(line)?;
                let trace = self.trace(&text, hit);
                Some((index, hit.entry, at, Relation::Joined, trace))
            })
            .collect()
    }

    /// Whether a hit is of a drill.
    fn trace(&self, text: &[u8], hit: &Hit) -> Trace {
        let drills = self.plan.drills();
        drills.map_or(Trace::None, |drills| drills.judge(text, hit.start, hit.end))
    }

    /// Searches one more piece of a long record. Gives where the next record begins, or `None` when
    /// more text is needed.
    fn long_piece(&mut self, from: usize, sums: &mut Accumulator<'_>, last: bool) -> Option<usize> {
        let mut long = self.long.take()?;
        let text = &self.text[from..];
        // What the overlap repeats was looked through before: an end in it was not the end.
        let seen = if long.first {
            0
        } else {
            OVERLAP.min(text.len())
        };
        let end = match self.reader.resume(&text[seen..]) {
            Some(next) => Some(seen + next),
            None if last => Some(text.len()),
            None => None,
        };
        let piece = &text[..end.unwrap_or(text.len())];
        self.hits.clear();
        self.plan.scan(piece, &mut self.hits);
        let mut drills = OfDrills::default();
        for hit in &self.hits {
            let cut_before = !long.first && hit.start < MARGIN;
            let cut_behind = end.is_none() && hit.end + MARGIN > piece.len();
            if cut_before || cut_behind || hit.end > piece.len() {
                continue;
            }
            if version_number::is_version(piece, hit.start..hit.end)
                || drills.take(self.plan, |drills| drills.judge(piece, hit.start, hit.end))
            {
                continue;
            }
            let line = self.lines + 1 + lines_in(&piece[..hit.start]);
            long.found
                .entry(hit.entry)
                .and_modify(|known| known.0 = known.0.min(hit.relation))
                .or_insert_with(|| (hit.relation, line, excerpt(piece, hit.start, hit.end)));
        }
        long.drills.known |= drills.known;
        long.drills.unknown |= drills.unknown;
        long.first = false;
        let Some(end) = end else {
            let keep = text.len().saturating_sub(OVERLAP);
            self.lines += lines_in(&text[..keep]);
            self.text.drain(..from + keep);
            self.long = Some(long);
            return None;
        };
        self.lines += lines_in(&text[..end]);
        let mut plain = Vec::new();
        let meant = if self.reader.is_json() && without_escapes(&long.head, &mut plain) {
            &plain
        } else {
            &long.head
        };
        let mut event = Event::default();
        self.reader.read(meant, &mut event);
        self.in_zone(&mut event);
        if let Some(observer) = &mut self.observer {
            let number = event.number.unwrap_or(long.record);
            let line = long.line;
            observer.look(&*self.reader, meant, &event, number, &mut || line, sums);
        }
        let excerpts: Vec<_> = long
            .found
            .iter()
            .map(|(entry, (relation, line, text))| (*entry, *relation, *line, move || text.clone()))
            .collect();
        let found: Vec<Found<'_>> = excerpts
            .iter()
            .map(|(indicator, relation, line, excerpt)| Found {
                indicator: *indicator,
                relation: *relation,
                line: *line,
                excerpt,
            })
            .collect();
        long.drills.tell(sums, &event);
        sums.add(&event, event.number.unwrap_or(long.record), &found);
        Some(from + end)
    }
}

/// What of a record is of drills.
#[derive(Debug, Clone, Copy, Default)]
struct OfDrills {
    known: bool,
    unknown: bool,
}

impl OfDrills {
    /// Whether something found is a trace of a known drill and is to be left out.
    fn take(&mut self, plan: &Plan, judge: impl FnOnce(&Drills) -> Trace) -> bool {
        match plan.drills().map(judge) {
            None | Some(Trace::None) => false,
            Some(Trace::Unknown) => {
                self.unknown = true;
                false
            }
            Some(Trace::Known) => {
                self.known = true;
                true
            }
        }
    }

    fn tell(self, sums: &mut Accumulator<'_>, event: &Event<'_>) {
        if self.known {
            sums.of_drill(event, true);
        }
        if self.unknown {
            sums.of_drill(event, false);
        }
    }
}

/// Frame, indicator, place in the block, relation, whether it is of a drill.
type Joined = (usize, u32, usize, Relation, Trace);

struct Block<'t> {
    text: &'t [u8],
    base: usize,
    end: usize,
    /// Whether a record is a line, so that counting one is counting the other.
    by_line: bool,
    /// Whether the columns of its records are known.
    by_column: bool,
}

fn lines_in(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// Host and path of a request as one URL on a line of its own. JSON may have escaped the slashes.
fn join_url(event: &Event<'_>, out: &mut Vec<u8>) {
    let (host, path) = (event.name, event.path);
    out.extend_from_slice(b"http://");
    out.extend_from_slice(host);
    if path.first() != Some(&b'/') && !path.starts_with(b"\\/") {
        out.push(b'/');
    }
    let mut bytes = path.iter().peekable();
    while let Some(&byte) = bytes.next() {
        if byte == b'\\' && bytes.peek() == Some(&&b'/') {
            continue;
        }
        out.push(byte);
    }
    if !event.query.is_empty() {
        out.push(b'?');
        out.extend_from_slice(event.query.strip_prefix(b"?").unwrap_or(event.query));
    }
    out.push(b'\n');
}

/// Where a name like `(4)evil(3)com` that ends a text begins.
fn labels_start(text: &[u8]) -> Option<usize> {
    let window = &text[text.len().saturating_sub(512)..];
    let front = window
        .iter()
        .rposition(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'(' | b')')))
        .map_or(0, |at| at + 1);
    let start = front + memchr::memchr(b'(', &window[front..])?;
    Some(text.len() - window.len() + start)
}

/// Writes `(4)evil(3)com` as `evil.com` on a line of its own; whether it was such a name.
fn join_labels(text: &[u8], out: &mut Vec<u8>) -> bool {
    let before = out.len();
    let mut rest = text;
    while !rest.is_empty() {
        let Some(close) = rest.iter().take(4).position(|&b| b == b')') else {
            break;
        };
        let length = std::str::from_utf8(rest.get(1..close).unwrap_or_default())
            .ok()
            .and_then(|digits| digits.parse::<usize>().ok());
        let label = length.and_then(|length| rest.get(close + 1..close + 1 + length));
        let (Some(b'('), Some(label)) = (rest.first(), label.filter(|l| !l.is_empty())) else {
            break;
        };
        if out.len() > before {
            out.push(b'.');
        }
        out.extend_from_slice(label);
        rest = &rest[close + 1 + label.len()..];
    }
    if rest.is_empty() && out.len() > before {
        out.push(b'\n');
        true
    } else {
        out.truncate(before);
        false
    }
}

/// A record around what was found, on one line, in at most [`EXCERPT`] characters.
fn excerpt(record: &[u8], from: usize, to: usize) -> String {
    let to = to.min(record.len());
    let from = from.min(to);
    let start = from.saturating_sub(2 * EXCERPT);
    let end = (to + 2 * EXCERPT).min(record.len());
    let tidy = |bytes: &[u8]| -> Vec<char> {
        let text = String::from_utf8_lossy(bytes);
        let mut out: Vec<char> = Vec::new();
        for c in text.chars() {
            if c.is_whitespace() {
                if out.last() != Some(&' ') {
                    out.push(' ');
                }
            } else {
                out.push(c);
            }
        }
        out
    };
    let (front, found, back) = (
        tidy(&record[start..from]),
        tidy(&record[from..to]),
        tidy(&record[to..end]),
    );
    let found = &found[..found.len().min(EXCERPT)];
    let room = EXCERPT - found.len();
    let front_room = if back.len() < room / 2 {
        room - back.len()
    } else {
        (room / 2).max(room.saturating_sub(back.len()))
    };
    let front = &front[front.len() - front.len().min(front_room)..];
    let back = &back[..back.len().min(room - front.len())];
    let text: String = front.iter().chain(found).chain(back).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{excerpt, join_labels, join_url, labels_start};

    #[test]
    fn an_excerpt_holds_what_was_found_and_is_never_too_long() {
        let long = format!(
            "{}\n  {}évil{}",
            "é".repeat(900),
            "x ".repeat(50),
            "y".repeat(900)
        );
        let at = long.find("évil").unwrap();
        let cut = excerpt(long.as_bytes(), at, at + 5);
        assert!(cut.contains("évil") && cut.chars().count() <= 400, "{cut}");
        assert_eq!(excerpt(b"  a\n\t b  c ", 2, 3), "a b c");
    }

    #[test]
    fn names_in_dns_debug_notation_are_joined() {
        let join = |text: &str| {
            let mut out = Vec::new();
            let start = labels_start(text.as_bytes())?;
            join_labels(&text.as_bytes()[start..], &mut out)
                .then(|| String::from_utf8(out).unwrap())
        };
        assert_eq!(join("A      (4)evil(3)com").as_deref(), Some("evil.com\n"));
        assert_eq!(
            join("(3)www(12)evil-example(3)com").as_deref(),
            Some("www.evil-example.com\n")
        );
        assert_eq!(join("(5)evil(3)com"), None);
        assert_eq!(join("call(1)"), None);
        let mut url = Vec::new();
        let mut event = super::Event::default();
        event.name = b"evil.example";
        event.path = b"\\/a\\/b";
        event.query = b"c=1";
        join_url(&event, &mut url);
        assert_eq!(url, b"http://evil.example/a/b?c=1\n");
    }
}

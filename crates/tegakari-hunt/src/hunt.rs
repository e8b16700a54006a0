//! Hunts in one input: unpack, decode, find the format, then records block by block.

use std::cell::Cell;
use std::io::Read;
use std::ops::ControlFlow;

use tegakari_model::Problem;

use crate::accumulate::Accumulator;
use crate::archive::Guard;
use crate::decode::Decode;
use crate::formats;
use crate::records::{BLOCK, Records};
use crate::resume::{Mark, Searched, print_before_mark};
use crate::unpack::{self, Opened, Stored, Unpacked};
use crate::years::YearClock;
use crate::{BEFORE_MARK, Input, Outcome, Plan};

/// Bytes looked at to find encoding and format.
pub const HEAD: usize = 64 << 10;
/// Bytes unpacked at a time.
const PIECE: usize = 256 << 10;

/// Searches one input for everything in the plan and notes what it could have shown.
///
/// `progress` is told now and then how many more stored (packed) bytes were read since it was last
/// told; when it answers `Break`, the hunt stops, keeps what was found and marks the outcome partial.
pub fn hunt_input(
    input: Input<'_>,
    plan: &Plan,
    progress: &dyn Fn(u64) -> ControlFlow<()>,
) -> Outcome {
    let stored = Stored::new(input.reader);
    let told = Cell::new(0);
    let mut go_on = || {
        let now = stored.taken();
        let answer = progress(now - told.replace(now));
        answer.is_continue()
    };
    hunt_stored(input.name, &stored, input.beside, 0, plan, &mut go_on)
}

/// Searches one input like [`hunt_input`], so that a later run can go on where this one stops; goes on itself where
/// an earlier one stopped, at `from`. `None` when it cannot, because the file is not what it was.
///
/// To go on in a file that is not packed, `input` gives its first 64 KiB, at most up to the mark, and then what is
/// behind the mark. A packed one is given whole, and unpacked up to there.
pub fn hunt_on(
    input: Input<'_>,
    plan: &Plan,
    from: Option<&Mark>,
    progress: &dyn Fn(u64) -> ControlFlow<()>,
) -> Option<Searched> {
    let stored = Stored::new(input.reader);
    let told = Cell::new(0);
    let mut go_on = || {
        let now = stored.taken();
        let answer = progress(now - told.replace(now));
        answer.is_continue()
    };
    match unpack::open(&input.name, &stored, input.beside, 0, plan.limits()) {
        Opened::Text(unpacked) => {
            let mut text = Text::open(input.name, unpacked, plan, from)?;
            text.search(&mut go_on);
            Some(text.searched())
        }
        _ if from.is_some() => None,
        opened => Some(Searched {
            outcome: hunt_opened(input.name, opened, &stored, plan, &mut go_on),
            ..Searched::default()
        }),
    }
}

/// Hunts in an input, or in each member of an archive. `depth` tells how many packings are around it.
fn hunt_stored<'a>(
    name: String,
    stored: &Stored<'a>,
    beside: Option<Box<dyn Read + 'a>>,
    depth: usize,
    plan: &Plan,
    go_on: &mut dyn FnMut() -> bool,
) -> Outcome {
    let opened = unpack::open(&name, stored, beside, depth, plan.limits());
    hunt_opened(name, opened, stored, plan, go_on)
}

fn hunt_opened<'a>(
    name: String,
    opened: Opened<'a>,
    stored: &Stored<'a>,
    plan: &Plan,
    go_on: &mut dyn FnMut() -> bool,
) -> Outcome {
    match opened {
        Opened::Text(unpacked) => match Text::open(name, unpacked, plan, None) {
            Some(mut text) => {
                text.search(go_on);
                text.outcome()
            }
            None => Outcome::default(),
        },
        Opened::Archive(archive, reader, depth) => {
            let mut outcome = Outcome::default();
            let guard = Guard::new(plan.limits(), stored);
            let unread = archive.members(reader, &guard, &mut |member, bytes| {
                let inner = Stored::new(Box::new(bytes));
                let name = format!("{name}!{member}");
                outcome.merge(hunt_stored(name, &inner, None, depth, plan, go_on));
                !outcome.is_partial()
            });
            for one in unread {
                let place = match one.member {
                    Some(member) => format!("{name}!{member}"),
                    None => name.clone(),
                };
                outcome.add_problem(Problem::new(place, one.what, one.hint));
            }
            if !go_on() {
                outcome.mark_partial();
            }
            outcome
        }
        Opened::Unreadable(problem) => {
            let mut outcome = Outcome::default();
            outcome.add_problem(problem);
            if !go_on() {
                outcome.mark_partial();
            }
            outcome
        }
    }
}

/// Text that has no packing around it any more, and what was found in it.
struct Text<'a, 'p> {
    name: String,
    unpacked: Unpacked<'a>,
    plan: &'p Plan,
    decode: Decode,
    format: &'static dyn formats::LogFormat,
    records: Records<'p>,
    sums: Accumulator<'p>,
    raw: Vec<u8>,
    /// Bytes of text searched here, and those before them.
    bytes: u64,
    before: u64,
    /// All of it was read.
    last: bool,
    partial: bool,
    /// The text is the bytes as they stand, so that places in one are places in the other.
    as_stored: bool,
    problems: Vec<Problem>,
}

impl<'a, 'p> Text<'a, 'p> {
    /// Looks at the beginning; goes on behind a mark, if there is one. `None` when it does not fit.
    fn open(
        name: String,
        mut unpacked: Unpacked<'a>,
        plan: &'p Plan,
        from: Option<&Mark>,
    ) -> Option<Self> {
        let mut raw = vec![0; PIECE];
        let mut head = 0;
        while head < HEAD {
            match unpacked.read(&mut raw[head..HEAD]) {
                0 => break,
                got => head += got,
            }
        }
        let ended = head < HEAD;
        let mut decode = Decode::for_head(&raw[..head]);
        let mut text = Vec::with_capacity(HEAD);
        decode.push(&raw[..head], ended, &mut text);
        let format = formats::sniff(&text);
        let mut problems = Vec::new();
        if memchr::memchr(0, &text).is_some() {
            problems.push(Problem::new(
                &name,
                "it holds binary data; it was searched as text, so values in other encodings are missed",
                "export it in a text format",
            ));
        }
        let as_stored = decode.is_plain() && text.len() == head;
        let years = YearClock::new(plan.window());
        let mut before = 0;
        let reader = match from {
            None => format.reader(years),
            Some(mark) => {
                if mark.format != format.id() || !as_stored {
                    return None;
                }
                skip(&mut unpacked, mark, &mut text)?;
                before = mark.bytes;
                format.reader(years.after(&mark.state))
            }
        };
        let mut records = Records::new(plan, reader);
        records.zone = plan.zone_of(&name);
        if let Some(mark) = from {
            records.go_on(mark);
        }
        let bytes = text.len() as u64;
        records.text = text;
        Some(Self {
            sums: Accumulator::new(plan, &name, format.id()),
            name,
            unpacked,
            plan,
            decode,
            format,
            records,
            raw,
            bytes,
            before,
            last: ended,
            partial: false,
            as_stored,
            problems,
        })
    }

    /// Reads to the end and deals with all records but the last, which may not be whole.
    fn search(&mut self, go_on: &mut dyn FnMut() -> bool) {
        loop {
            if self.last || self.records.text.len() >= BLOCK {
                self.records.step(&mut self.sums, false);
            }
            if self.last {
                break;
            }
            if !go_on() {
                self.partial = true;
                break;
            }
            let wanted = self.records.wants().min(PIECE);
            let held = &mut self.records.text;
            let before = held.len();
            if self.decode.is_plain() {
                held.resize(before + wanted, 0);
                let got = self.unpacked.read(&mut held[before..]);
                held.truncate(before + got);
                self.last = got == 0;
            } else {
                let got = self.unpacked.read(&mut self.raw[..wanted]);
                self.last = got == 0;
                self.decode.push(&self.raw[..got], self.last, held);
            }
            self.bytes += (held.len() - before) as u64;
        }
        go_on();
    }

    /// What was found in all of it.
    fn outcome(mut self) -> Outcome {
        if self.last {
            self.records.step(&mut self.sums, true);
        }
        self.records.finish(&mut self.sums);
        if self.unpacked.is_cut() {
            self.sums.lost();
        }
        self.tell();
        self.sums.finish(self.bytes, self.problems, self.partial)
    }

    /// The same, with a mark if a later run can go on.
    fn searched(mut self) -> Searched {
        let mark = self
            .records
            .mark(self.before + self.bytes, self.format.id())
            .filter(|_| self.as_stored && !self.unpacked.is_cut());
        let cut = self.unpacked.is_cut();
        let Some(mark) = mark else {
            return Searched {
                cut,
                outcome: self.outcome(),
                ..Searched::default()
            };
        };
        self.tell();
        self.records.finish(&mut self.sums);
        let behind = self.records.text.len() as u64;
        let mut rest = None;
        if self.last && behind > 0 {
            let mut sums = Accumulator::new(self.plan, &self.name, self.format.id());
            self.records.step(&mut sums, true);
            self.records.finish(&mut sums);
            rest = Some(sums.finish(behind, Vec::new(), false));
        }
        Searched {
            outcome: self
                .sums
                .finish(self.bytes - behind, self.problems, self.partial),
            rest,
            cut,
            mark: Some(mark),
        }
    }

    /// Collects what went wrong.
    fn tell(&mut self) {
        let name = &self.name;
        self.problems.extend(self.unpacked.take_problems());
        if self.decode.replaced > 0 {
            self.problems.push(Problem::new(
                name,
                format!(
                    "not valid {} in some places; they were replaced",
                    self.decode.name()
                ),
                "convert the file to UTF-8 if values in those places matter",
            ));
        }
        if self.records.long_records > 0 {
            self.problems.push(Problem::new(
                name,
                format!(
                    "{} records are longer than 4 MiB: searched whole, but read only at their beginning",
                    self.records.long_records
                ),
                "check that the file is a log with line ends",
            ));
        }
    }
}

/// Takes what is before a mark off the text, reading on as far as that takes. `None` when the file is not what it was.
fn skip(unpacked: &mut Unpacked<'_>, mark: &Mark, text: &mut Vec<u8>) -> Option<()> {
    if !unpacked.is_packed() {
        // The caller left out what is between; it has compared what is before the mark.
        let known = usize::try_from(mark.bytes).unwrap_or(HEAD).min(HEAD);
        if text.len() < known {
            return None;
        }
        text.drain(..known);
        return Some(());
    }
    let mut begun = 0;
    let mut piece = vec![0; PIECE];
    while begun + (text.len() as u64) < mark.bytes {
        if text.len() > BEFORE_MARK {
            let gone = text.len() - BEFORE_MARK;
            begun += gone as u64;
            text.drain(..gone);
        }
        match unpacked.read(&mut piece) {
            0 => return None,
            got => text.extend_from_slice(&piece[..got]),
        }
    }
    let at = usize::try_from(mark.bytes - begun).ok()?;
    if print_before_mark(text.get(..at)?) != mark.before {
        return None;
    }
    text.drain(..at);
    Some(())
}

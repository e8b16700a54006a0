//! Hunts in one input: unpack, decode, find the format, then records block by block.

use std::cell::Cell;
use std::io::Read;
use std::ops::ControlFlow;

use tegakari_model::Problem;

use crate::accumulate::Accumulator;
use crate::archive::Guard;
use crate::decode::Decode;
use crate::formats;
use crate::records::Records;
use crate::unpack::{self, Opened, Stored, Unpacked};
use crate::years::YearClock;
use crate::{Input, Outcome, Plan};

/// Bytes looked at to find encoding and format.
const HEAD: usize = 64 << 10;
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

/// Hunts in an input, or in each member of an archive. `depth` tells how many packings are around it.
fn hunt_stored<'a>(
    name: String,
    stored: &Stored<'a>,
    beside: Option<Box<dyn Read + 'a>>,
    depth: usize,
    plan: &Plan,
    go_on: &mut dyn FnMut() -> bool,
) -> Outcome {
    match unpack::open(&name, stored, beside, depth, plan.limits()) {
        Opened::Text(unpacked) => hunt_text(name, unpacked, plan, go_on),
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

/// Hunts in text that has no packing around it any more.
fn hunt_text(
    name: String,
    mut unpacked: Unpacked<'_>,
    plan: &Plan,
    go_on: &mut dyn FnMut() -> bool,
) -> Outcome {
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
    let reader = format.reader(YearClock::new(plan.window()));
    let mut records = Records::new(plan, reader);
    let mut sums = Accumulator::new(plan, &name, format.id());
    let mut bytes = text.len() as u64;
    records.text = text;
    let mut partial = false;
    let mut last = ended;
    loop {
        if last || records.text.len() >= crate::records::BLOCK {
            records.step(&mut sums, last);
        }
        if last {
            break;
        }
        if !go_on() {
            partial = true;
            break;
        }
        let wanted = records.wants().min(PIECE);
        let before = records.text.len();
        if decode.is_plain() {
            records.text.resize(before + wanted, 0);
            let got = unpacked.read(&mut records.text[before..]);
            records.text.truncate(before + got);
            last = got == 0;
        } else {
            let got = unpacked.read(&mut raw[..wanted]);
            last = got == 0;
            decode.push(&raw[..got], last, &mut records.text);
        }
        bytes += (records.text.len() - before) as u64;
    }
    go_on();
    if unpacked.is_cut() {
        sums.lost();
    }
    problems.extend(unpacked.take_problems());
    if decode.replaced > 0 {
        problems.push(Problem::new(
            &name,
            format!(
                "not valid {} in some places; they were replaced",
                decode.name()
            ),
            "convert the file to UTF-8 if values in those places matter",
        ));
    }
    if records.long_records > 0 {
        problems.push(Problem::new(
            &name,
            format!(
                "{} records are longer than 4 MiB: searched whole, but read only at their beginning",
                records.long_records
            ),
            "check that the file is a log with line ends",
        ));
    }
    sums.finish(bytes, problems, partial)
}

//! Flows as nfdump prints them (nfdump(1), `-o line`, `long`, `extended`, with `-b` too):
//! `first-seen duration proto source:port -> destination:port …`. Its CSV is read as any other.

use tegakari_model::Telemetry as T;

use super::request_line::token;
use super::{LogFormat, RecordReader, Sniff, head_lines};
use crate::event::{Event, Role, SourceName};
use crate::resume::State;
use crate::years::YearClock;
use crate::{Kinds, address, time_text};

/// nfdump's own output.
pub(super) struct NfDump;

struct Line<'r> {
    time: tegakari_model::Timestamp,
    source: &'r [u8],
    destination: &'r [u8],
}

/// An address without its port: behind a colon, or behind a dot for IPv6.
fn address_of(word: &[u8]) -> Option<&[u8]> {
    if address::parse(word).is_some() {
        return Some(word);
    }
    let colons = memchr::memchr_iter(b':', word).count();
    let port = if colons > 1 { b'.' } else { b':' };
    let word = &word[..memchr::memrchr(port, word)?];
    address::parse(word).map(|_| word)
}

fn cut(line: &[u8]) -> Option<Line<'_>> {
    let (time, used) = time_text::iso(line)?;
    let (duration, rest) = token(line.get(used..)?);
    // A day and more: `1d 02:03:04.005`.
    let digits = |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b':' | b'd');
    if duration.is_empty() || !duration.iter().all(digits) {
        return None;
    }
    let (mut proto, mut rest) = token(rest);
    if duration.ends_with(b"d") {
        (proto, rest) = token(rest);
    }
    let (source, rest) = token(rest);
    let (arrow, rest) = token(rest);
    let (destination, _) = token(rest);
    let right = !proto.is_empty() && matches!(arrow, b"->" | b"<->");
    right.then_some(Line {
        time,
        source: address_of(source)?,
        destination: address_of(destination)?,
    })
}

impl LogFormat for NfDump {
    fn id(&self) -> &'static str {
        "nfdump"
    }

    fn about(&self) -> &'static str {
        "Flows as nfdump prints them, `-o line`, `long` and `extended` (nfdump(1))"
    }

    fn shows(&self) -> &'static [T] {
        &[T::Flow]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let lines = head_lines(head, 40);
        let flows = lines.iter().filter(|line| cut(line).is_some()).count();
        let titled = lines.first().is_some_and(|line| line.starts_with(b"Date "));
        // A short output has a title, and a summary of four lines.
        if flows > 0 && (titled || flows * 5 >= lines.len() * 4) {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader)
    }
}

struct Reader;

impl RecordReader for Reader {
    fn by_line(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    fn state(&self) -> Option<State> {
        Some(State::default())
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        let flow = Kinds::of(&[T::Flow]);
        event.source = SourceName {
            format: "nfdump",
            part: b"",
        };
        event.origin = Some((Role::Sensor, Kinds::NONE));
        let Some(line) = cut(record) else {
            // The title, and the summary below.
            event.skip = !record.first().is_some_and(u8::is_ascii_digit);
            event.bad = !event.skip;
            return;
        };
        event.time = Some(line.time);
        event.carries = flow;
        event.both_ends = true;
        event.party(line.source, Role::Client, flow);
        event.party(line.destination, Role::Server, flow);
    }
}

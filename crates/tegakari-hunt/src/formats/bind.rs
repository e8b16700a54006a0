//! BIND's log of queries, in a file of its own or in syslog lines (BIND 9 Administrator Reference Manual,
//! `logging`, category `queries`): `time queries: info: client @0x… 10.0.0.5#5353 (name): query: name IN A …`.

use tegakari_model::Telemetry as T;

use super::request_line::token;
use super::{LogFormat, RecordReader, Sniff, sniff_lines, syslog};
use crate::event::{Event, Role, SourceName};
use crate::fields::{Fields, network};
use crate::resume::State;
use crate::time_text;
use crate::years::YearClock;
use crate::{Kinds, address};

/// BIND's log.
pub(super) struct Bind;

/// The time in front of a line of a file of its own, and where it ends.
fn time(line: &[u8]) -> time_text::Read {
    time_text::bind(line).or_else(|| time_text::iso(line))
}

impl LogFormat for Bind {
    fn id(&self) -> &'static str {
        "bind"
    }

    fn about(&self) -> &'static str {
        "BIND's log of queries, also over syslog (BIND 9 Administrator Reference Manual, logging)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::Dns, T::Other]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| {
            client(line).is_some()
                && (time(line).is_some() || syslog::program(line) == Some(b"named"))
        })
    }

    fn reader(&self, years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader(syslog::Reader::new(years)))
    }
}

struct Reader(syslog::Reader);

impl RecordReader for Reader {
    fn by_line(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    fn state(&self) -> Option<State> {
        self.0.state()
    }

    fn fields<'r>(&self, record: &'r [u8], event: &Event<'r>, fields: &mut Fields<'r>) {
        if syslog::program(record) == Some(b"named") {
            self.0.fields(record, event, fields);
        } else {
            network::of_dns(record, event.name, kind(record), fields);
        }
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if syslog::program(record) == Some(b"named") {
            self.0.read(record, event);
            return;
        }
        if record.trim_ascii().is_empty() {
            event.skip = true;
            return;
        }
        describe(b"", record, event);
        match time(record) {
            Some((time, _)) => event.time = Some(time),
            None => event.bad = true,
        }
    }
}

/// Who asked: the address, and what follows it.
fn client(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memmem::find(&text[..text.len().min(200)], b"client ")?;
    let (mut client, mut rest) = token(&text[at + 7..]);
    if client.first() == Some(&b'@') {
        (client, rest) = token(rest);
    }
    let client = &client[..memchr::memchr(b'#', client)?];
    address::parse(client).map(|_| (client, rest))
}

/// The type of record asked for: `query: a.example IN TXT +E`.
pub(super) fn kind(text: &[u8]) -> &[u8] {
    let Some(at) = memchr::memmem::find(text, b"query: ") else {
        return b"";
    };
    let (_name, rest) = token(&text[at + 7..]);
    let (_class, rest) = token(rest);
    token(rest).0
}

/// Fills in what a message says. The name server is the sensor, not the subject.
pub(super) fn describe<'r>(host: &'r [u8], text: &'r [u8], event: &mut Event<'r>) {
    event.source = SourceName {
        format: "bind",
        part: b"",
    };
    event.detail = [b"bind", b""];
    event.party(host, Role::Sensor, Kinds::NONE);
    if host.is_empty() {
        event.origin = Some((Role::Sensor, Kinds::NONE));
    }
    let Some((client, rest)) = client(text) else {
        event.carries(&[T::Other]);
        return;
    };
    event.carries(&[T::Dns]);
    // Every query is told by `query:`; refused ones, errors and rewritten ones are told apart from it.
    let shows = match memchr::memmem::find(rest, b"query: ") {
        Some(at) => {
            event.name = token(&rest[at + 7..]).0;
            Kinds::of(&[T::Dns])
        }
        None => {
            let open = rest.strip_prefix(b"(").unwrap_or_default();
            event.name = memchr::memchr(b')', open).map_or(b"", |close| &open[..close]);
            Kinds::of(&[T::Other])
        }
    };
    // Without a name it is about the connection, or written by something else that calls itself `named`.
    if !event.name.is_empty() {
        event.party(client, Role::Client, shows);
    }
}

//! Squid's native access log: `time elapsed client code/status bytes method URL user peer type`
//! (<https://wiki.squid-cache.org/Features/LogFormat>).

use tegakari_model::{Telemetry as T, Timestamp};

use super::request_line::{proxied, token};
use super::{Columns, Cutter, LogFormat, RecordReader, Sniff, sniff_lines};
use crate::event::{Event, Role, SourceName};
use crate::fields::Fields;
use crate::fields::web::{self, Place, Request};
use crate::resume::State;
use crate::years::YearClock;
use crate::{Kinds, time_text, words};

/// Squid's own format.
pub(super) struct Squid;

struct Line<'r> {
    time: Timestamp,
    client: &'r [u8],
    code: &'r [u8],
    method: &'r [u8],
    url: &'r [u8],
    rest: &'r [u8],
}

/// The first seven words of a line, and what follows the blank behind them; missing ones are empty.
type Words<'r> = ([&'r [u8]; 7], &'r [u8]);

fn words_in(line: &[u8]) -> Words<'_> {
    let mut words: [&[u8]; 7] = [b""; 7];
    let mut rest = line;
    for word in &mut words {
        (*word, rest) = token(rest);
    }
    (words, rest)
}

/// The same, of a line whose blanks were found.
fn words_of<'r>(line: &'r [u8], columns: &Columns<'_>) -> Words<'r> {
    let mut words: [&[u8]; 7] = [b""; 7];
    let mut column = 0;
    for word in &mut words {
        // Several blanks in a row are as one.
        while word.is_empty() {
            let Some(text) = columns.get(line, column) else {
                if column < columns.count() {
                    return words_in(line);
                }
                return (words, b"");
            };
            *word = text;
            column += 1;
        }
    }
    match columns.from(line, column) {
        Some(rest) => (words, rest),
        None if column < columns.count() => words_in(line),
        None => (words, b""),
    }
}

fn cut<'r>(
    ([time, elapsed, client, code, bytes, method, url], rest): Words<'r>,
) -> Option<Line<'r>> {
    let (time, _) = time_text::epoch(time)?;
    let numbers = |text: &[u8]| {
        let text = text.strip_prefix(b"-").unwrap_or(text);
        !text.is_empty() && words::are_digits(text)
    };
    let slash = code.iter().position(|b| *b == b'/')?;
    let right = numbers(elapsed)
        && numbers(bytes)
        && code[..slash]
            .iter()
            .all(|b| b.is_ascii_uppercase() || *b == b'_');
    (right && !url.is_empty()).then_some(Line {
        time,
        client,
        code,
        method,
        url,
        rest,
    })
}

impl LogFormat for Squid {
    fn id(&self) -> &'static str {
        "squid"
    }

    fn about(&self) -> &'static str {
        "Squid's native access log (wiki.squid-cache.org/Features/LogFormat)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::HttpHost, T::HttpUrl, T::UserAgent, T::Other]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| cut(words_in(line)).is_some())
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

    fn cutter(&mut self, _bytes: &[u8]) -> Option<Cutter> {
        Some(Cutter {
            separator: b' ',
            quote: None,
            // Seven words, and blanks in front of short numbers.
            most: 16,
        })
    }

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        if let Some(line) = cut(words_in(record)) {
            let status =
                memchr::memchr(b'/', line.code).map_or(&b""[..], |at| &line.code[at + 1..]);
            let (user, _) = token(line.rest);
            let request = Request {
                client: line.client,
                method: line.method,
                target: line.url,
                status,
                user,
                agent: quoted_last(line.rest),
                ..Request::default()
            };
            web::of_request(Place::Proxy, record, &request, fields);
        }
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        describe(record, words_in, event);
    }

    fn read_columns<'r>(&mut self, record: &'r [u8], columns: &Columns<'_>, event: &mut Event<'r>) {
        describe(record, |line| words_of(line, columns), event);
    }
}

/// What stands in the last quotes of a line: the program that asked, where Squid is told to write it.
fn quoted_last(text: &[u8]) -> &[u8] {
    let Some(inner) = text.trim_ascii_end().strip_suffix(b"\"") else {
        return b"";
    };
    memchr::memrchr(b'"', inner).map_or(b"", |at| &inner[at + 1..])
}

#[inline]
fn describe<'r>(
    record: &'r [u8],
    cut_up: impl FnOnce(&'r [u8]) -> Words<'r>,
    event: &mut Event<'r>,
) {
    if record.trim_ascii().is_empty() {
        event.skip = true;
        return;
    }
    let other = Kinds::of(&[T::Other]);
    event.source = SourceName {
        format: "proxy",
        part: b"",
    };
    event.origin = Some((Role::Endpoint, other));
    event.carries = other;
    let Some(line) = cut(cut_up(record)) else {
        event.bad = true;
        return;
    };
    event.time = Some(line.time);
    let agent = line.rest.trim_ascii_end().ends_with(b"\"") && !line.rest.ends_with(b"\"-\"");
    if line.url.starts_with(b"error:") {
        // No request was understood, so none is shown.
        event.party(line.client, Role::Client, other);
        return;
    }
    let shows = proxied(line.method, line.url, agent, event);
    event.party(line.client, Role::Client, shows);
}

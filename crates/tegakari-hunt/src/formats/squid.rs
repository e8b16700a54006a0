//! Squid's native access log: `time elapsed client code/status bytes method URL user peer type`
//! (<https://wiki.squid-cache.org/Features/LogFormat>).

use tegakari_model::{Telemetry as T, Timestamp};

use super::request_line::{proxied, token};
use super::{LogFormat, RecordReader, Sniff, sniff_lines};
use crate::event::{Event, Role, SourceName};
use crate::resume::State;
use crate::years::YearClock;
use crate::{Kinds, time_text};

/// Squid's own format.
pub(super) struct Squid;

struct Line<'r> {
    time: Timestamp,
    client: &'r [u8],
    method: &'r [u8],
    url: &'r [u8],
    rest: &'r [u8],
}

fn cut(line: &[u8]) -> Option<Line<'_>> {
    let (time, rest) = token(line);
    let (time, _) = time_text::epoch(time)?;
    let (elapsed, rest) = token(rest);
    let (client, rest) = token(rest);
    let (code, rest) = token(rest);
    let (bytes, rest) = token(rest);
    let (method, rest) = token(rest);
    let (url, rest) = token(rest);
    let numbers = |text: &[u8]| {
        let text = text.strip_prefix(b"-").unwrap_or(text);
        !text.is_empty() && text.iter().all(u8::is_ascii_digit)
    };
    let slash = memchr::memchr(b'/', code)?;
    let right = numbers(elapsed)
        && numbers(bytes)
        && code[..slash]
            .iter()
            .all(|b| b.is_ascii_uppercase() || *b == b'_');
    (right && !url.is_empty()).then_some(Line {
        time,
        client,
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
        sniff_lines(head, Sniff::Certain, |line| cut(line).is_some())
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
        let Some(line) = cut(record) else {
            event.bad = true;
            return;
        };
        event.time = Some(line.time);
        let agent = line.rest.trim_ascii_end().ends_with(b"\"") && !line.rest.ends_with(b"\"-\"");
        let shows = proxied(line.method, line.url, agent, event);
        event.party(line.client, Role::Client, shows);
    }
}

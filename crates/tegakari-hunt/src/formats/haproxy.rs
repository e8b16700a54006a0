//! HAProxy's log of connections and requests, in syslog lines (HAProxy Configuration Manual, 8.2):
//! `client:port [time] frontend backend/server timers … "request"`.
//!
//! Most are in front of our own servers: what visitors ask of these says nothing about what our machines do
//! elsewhere. Only one that is asked for other sites as a proxy shows what its clients do.

use tegakari_model::Telemetry as T;

use super::request_line::{proxied, token};
use super::{LogFormat, RecordReader, Sniff, sniff_lines, syslog};
use crate::event::{Event, Role, SourceName};
use crate::fields::Fields;
use crate::fields::web::Request;
use crate::resume::State;
use crate::time_text;
use crate::years::YearClock;
use crate::{Kinds, address};

/// HAProxy's log.
pub(super) struct HaProxy;

impl LogFormat for HaProxy {
    fn id(&self) -> &'static str {
        "haproxy"
    }

    fn about(&self) -> &'static str {
        "HAProxy's log of connections and requests over syslog (HAProxy Configuration Manual, 8.2)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::HttpHost, T::HttpUrl, T::Other]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| {
            syslog::program(line).is_some_and(|program| program == b"haproxy")
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

    fn joins(&self) -> bool {
        true
    }

    fn state(&self) -> Option<State> {
        self.0.state()
    }

    fn fields<'r>(&self, record: &'r [u8], event: &Event<'r>, fields: &mut Fields<'r>) {
        self.0.fields(record, event, fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        self.0.read(record, event);
    }
}

/// An address with its port, without the port.
fn address_of(word: &[u8]) -> Option<&[u8]> {
    let word = &word[..memchr::memrchr(b':', word)?];
    address::parse(word).map(|_| word)
}

/// The request that a message is about.
pub(super) fn request<'r>(text: &'r [u8], event: &Event<'r>) -> Request<'r> {
    let (client, rest) = token(text);
    let mut request = Request {
        client: address_of(client).unwrap_or_default(),
        host: event.name,
        ..Request::default()
    };
    if let Some(quote) = memchr::memchr(b'"', rest) {
        let (front, asked) = rest.split_at(quote);
        // [time] frontend backend/server timers status bytes …
        let mut words = front.split(|b| *b == b' ').filter(|word| !word.is_empty());
        request.status = words.nth(4).unwrap_or_default();
        let (method, asked) = token(&asked[1..]);
        request.method = method;
        request.target = token(asked).0;
    }
    request
}

/// The first captured header that can be the name of a site: `{www.example.com|curl/8}`.
fn captured_host(text: &[u8]) -> &[u8] {
    let Some(open) = memchr::memchr(b'{', text) else {
        return b"";
    };
    let rest = &text[open + 1..];
    let end = memchr::memchr2(b'|', b'}', rest).unwrap_or(0);
    let host = &rest[..end];
    let host = memchr::memchr(b':', host).map_or(host, |at| &host[..at]);
    let fits = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    if host.contains(&b'.') && host.iter().all(fits) {
        host
    } else {
        b""
    }
}

/// Fills in what a message says; `host` wrote it.
pub(super) fn describe<'r>(host: &'r [u8], text: &'r [u8], event: &mut Event<'r>) {
    let other = Kinds::of(&[T::Other]);
    event.source = SourceName {
        format: "haproxy",
        part: b"",
    };
    event.detail = [b"haproxy", b""];
    event.carries = other;
    event.party(host, Role::Sensor, Kinds::NONE);
    event.party(host, Role::Server, other);
    let (client, rest) = token(text);
    let Some(client) = address_of(client) else {
        return; // a notice: something was started, or is down
    };
    let (time, rest) = token(rest);
    if let Some((time, _)) = time.strip_prefix(b"[").and_then(time_text::web_server) {
        event.time = Some(time);
        event.yearless = false;
    }
    event.party(client, Role::Client, other);
    let Some(quote) = memchr::memchr(b'"', rest) else {
        event.both_ends = true;
        return;
    };
    let (front, request) = rest.split_at(quote);
    let (method, request) = token(&request[1..]);
    let (target, version) = token(request);
    // Requests of HTTP/2 name the site as well, so only older ones with a whole URL were asked of a proxy.
    let asked =
        method == b"CONNECT" || target.starts_with(b"http://") && version.starts_with(b"HTTP/1");
    if asked {
        let shows = proxied(method, target, false, event);
        event.party(client, Role::Client, shows);
        return;
    }
    event.carries(&[T::HttpUrl]);
    if target.starts_with(b"/") {
        event.name = captured_host(front);
        event.path = target;
    } else if let Some(target) = super::request_line::target(method, target) {
        event.name = target.host;
    }
}

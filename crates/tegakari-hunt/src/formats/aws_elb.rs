//! Access logs of AWS load balancers: Application, Classic, and Network with TLS
//! (Elastic Load Balancing User Guides, "Access logs").
//!
//! They stand before our own servers: what visitors ask of these says nothing about what our machines do elsewhere.

use tegakari_model::{Telemetry as T, Timestamp};

use super::request_line::{target, token};
use super::{LogFormat, RecordReader, Sniff, sniff_lines};
use crate::event::{Event, Role, SourceName};
use crate::fields::Fields;
use crate::fields::web::{self, Place, Request};
use crate::resume::State;
use crate::years::YearClock;
use crate::{Kinds, address, time_text};

/// Load balancers of AWS.
pub(super) struct AwsElb;

struct Line<'r> {
    time: Timestamp,
    balancer: &'r [u8],
    client: &'r [u8],
    server: &'r [u8],
    rest: &'r [u8],
}

/// An address with its port, without the port; `-` when there was none.
fn address_of(word: &[u8]) -> Option<&[u8]> {
    if word == b"-" {
        return Some(b"");
    }
    let word = memchr::memrchr(b':', word).map_or(word, |at| &word[..at]);
    address::parse(word).map(|_| word)
}

fn cut(line: &[u8]) -> Option<Line<'_>> {
    let (first, rest) = token(line);
    // The classic ones begin with the time, Application ones with the protocol, Network ones with a version too.
    let (time, rest, connection) = match first {
        b"http" | b"https" | b"h2" | b"grpcs" | b"ws" | b"wss" => {
            let (time, rest) = token(rest);
            (time, rest, false)
        }
        b"tls" => {
            let (_version, rest) = token(rest);
            let (time, rest) = token(rest);
            (time, rest, true)
        }
        _ => (first, rest, false),
    };
    let (time, _) = time_text::iso(time)?;
    let (balancer, mut rest) = token(rest);
    if connection {
        rest = token(rest).1; // the listener
    }
    let (client, rest) = token(rest);
    let (server, rest) = token(rest);
    let (number, _) = token(rest);
    let number = number.strip_prefix(b"-").unwrap_or(number);
    let right = !number.is_empty() && number.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    let client = address_of(client).filter(|client| !client.is_empty())?;
    (right && !balancer.is_empty()).then_some(Line {
        time,
        balancer,
        client,
        server: address_of(server)?,
        rest,
    })
}

impl LogFormat for AwsElb {
    fn id(&self) -> &'static str {
        "aws-elb"
    }

    fn about(&self) -> &'static str {
        "Access logs of AWS load balancers, Application, Classic and Network (Elastic Load Balancing guides)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::HttpUrl, T::UserAgent, T::Other]
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

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        let Some(line) = cut(record) else { return };
        let Some(quote) = memchr::memchr(b'"', line.rest) else {
            return;
        };
        let (front, asked) = line.rest.split_at(quote);
        let (method, rest) = token(&asked[1..]);
        let mut quoted = asked
            .split(|b| *b == b'"')
            .filter(|part| !part.trim_ascii().is_empty());
        // Three durations, then the status of the balancer.
        let mut words = front.split(|b| *b == b' ').filter(|word| !word.is_empty());
        let request = Request {
            client: line.client,
            method,
            target: token(rest).0,
            status: words.nth(3).unwrap_or_default(),
            agent: quoted.nth(1).unwrap_or_default(),
            ..Request::default()
        };
        web::of_request(Place::Server, record, &request, fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.trim_ascii().is_empty() {
            event.skip = true;
            return;
        }
        let other = Kinds::of(&[T::Other]);
        event.source = SourceName {
            format: "aws-elb",
            part: b"",
        };
        event.origin = Some((Role::Sensor, Kinds::NONE));
        event.carries = other;
        let Some(line) = cut(record) else {
            event.bad = true;
            return;
        };
        event.time = Some(line.time);
        event.detail = [b"aws-elb", line.balancer];
        // The line is of one request, which is its client's; the server's when the client is none of ours.
        event.party(line.client, Role::Client, other);
        event.party(line.server, Role::Server, other);
        let Some(quote) = memchr::memchr(b'"', line.rest) else {
            return;
        };
        event.carries(&[T::HttpUrl, T::UserAgent]);
        let (method, request) = token(&line.rest[quote + 1..]);
        if let Some(target) = target(method, token(request).0) {
            event.name = target.host;
        }
    }
}

//! The common and combined log formats: of web servers, and of proxies that log like them.
//! `host ident user [time] "request" status bytes "referrer" "user agent" …`
//! (<https://httpd.apache.org/docs/current/logs.html#accesslog>).
//!
//! The two are told apart by their requests: a proxy is asked for whole URLs or to CONNECT.

use tegakari_model::{Telemetry as T, Timestamp};

use super::request_line::{proxied, target, token};
use super::{LogFormat, RecordReader, Sniff, head_lines};
use crate::event::{Event, Role, SourceName};
use crate::fields::Fields;
use crate::fields::web::{self, Place, Request};
use crate::resume::State;
use crate::years::YearClock;
use crate::{Kinds, address, time_text};

/// A proxy's log.
pub(super) struct Proxy;
/// A web server's log.
pub(super) struct Web;

/// One line, cut into what a hunt needs.
struct Line<'r> {
    client: &'r [u8],
    time: Timestamp,
    method: &'r [u8],
    target: &'r [u8],
    status: &'r [u8],
    user: &'r [u8],
    referrer: &'r [u8],
    user_agent: &'r [u8],
}

fn cut(line: &[u8]) -> Option<Line<'_>> {
    let open = memchr::memchr(b'[', line)?;
    let close = open + memchr::memchr(b']', &line[open..])?;
    let (time, _) = time_text::web_server(&line[open + 1..close])?;
    // Some servers put the name of the site in front (`vhost_combined`).
    let (first, rest) = token(&line[..open]);
    let (second, rest) = token(rest);
    // client, identity, user
    let (client, user) = if address::parse(first).is_none() && address::parse(second).is_some() {
        (second, token(token(rest).1).0)
    } else {
        (first, token(rest).0)
    };
    let rest = line[close + 1..].trim_ascii_start();
    let rest = rest.strip_prefix(b"\"")?;
    let request_end = quote_end(rest);
    let (method, request) = token(&rest[..request_end]);
    let (target, _) = token(request);
    // … status bytes "referrer" "user agent"
    let mut user_agent: &[u8] = b"";
    let mut tail = rest.get(request_end + 1..).unwrap_or_default();
    let (status, _) = token(tail);
    let mut referrer: &[u8] = b"";
    for turn in 0..2 {
        let Some(quote) = memchr::memchr(b'"', tail) else {
            break;
        };
        let inner = &tail[quote + 1..];
        let end = quote_end(inner);
        user_agent = &inner[..end];
        if turn == 0 {
            referrer = user_agent;
        }
        tail = inner.get(end + 1..).unwrap_or_default();
    }
    Some(Line {
        client,
        time,
        method,
        target,
        status,
        user,
        referrer,
        user_agent,
    })
}

fn quote_end(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = text
        .get(at..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        at += found;
        if text[at] == b'"' {
            return at;
        }
        at += 2;
    }
    text.len()
}

fn asks_proxy(line: &Line<'_>) -> bool {
    line.method == b"CONNECT" || target(line.method, line.target).is_some()
}

/// How many of the first lines are of this form, and how many of these ask a proxy.
fn count(head: &[u8]) -> (usize, usize, usize) {
    let lines = head_lines(head, 60);
    let cuts: Vec<Line<'_>> = lines.iter().filter_map(|line| cut(line)).collect();
    let asking = cuts.iter().filter(|line| asks_proxy(line)).count();
    (lines.len(), cuts.len(), asking)
}

impl LogFormat for Proxy {
    fn id(&self) -> &'static str {
        "proxy-access"
    }

    fn about(&self) -> &'static str {
        "Proxy log in the common or combined form (Squid's httpd emulation, many appliances)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::HttpHost, T::HttpUrl, T::UserAgent, T::Other]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let (lines, cuts, asking) = count(head);
        if cuts * 5 >= lines * 4 && asking * 2 >= cuts && asking > 0 {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader { proxy: true })
    }
}

impl LogFormat for Web {
    fn id(&self) -> &'static str {
        "web-access"
    }

    fn about(&self) -> &'static str {
        "Web server log in the common or combined form (Apache, nginx)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::HttpUrl, T::UserAgent, T::Other]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let (lines, cuts, _) = count(head);
        if cuts > 0 && cuts * 5 >= lines * 4 {
            Sniff::Likely
        } else {
            Sniff::No
        }
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader { proxy: false })
    }
}

struct Reader {
    proxy: bool,
}

impl RecordReader for Reader {
    fn by_line(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    fn state(&self) -> Option<State> {
        Some(State::default())
    }

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        let Some(line) = cut(record) else { return };
        let place = if self.proxy {
            Place::Proxy
        } else {
            Place::Server
        };
        let request = Request {
            client: line.client,
            method: line.method,
            target: line.target,
            host: b"",
            status: line.status,
            user: line.user,
            referrer: line.referrer,
            agent: line.user_agent,
        };
        web::of_request(place, record, &request, fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.trim_ascii().is_empty() {
            event.skip = true;
            return;
        }
        let other = Kinds::of(&[T::Other]);
        event.source = SourceName {
            format: if self.proxy { "proxy" } else { "web-access" },
            part: b"",
        };
        event.origin = Some((Role::Endpoint, other));
        event.carries = other;
        let Some(line) = cut(record) else {
            event.bad = true;
            return;
        };
        event.time = Some(line.time);
        let agent = !line.user_agent.is_empty() && line.user_agent != b"-";
        if self.proxy && asks_proxy(&line) {
            let shows = proxied(line.method, line.target, agent, event);
            event.party(line.client, Role::Client, shows);
        } else {
            // What visitors ask of our own server says nothing about what our machines do elsewhere.
            event.carries(&[T::HttpUrl]);
            if agent {
                event.carries(&[T::UserAgent]);
            }
            event.party(line.client, Role::Client, other);
        }
    }
}

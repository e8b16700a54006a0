//! dnsmasq's log of queries and leases, in syslog lines or in a file of its own (dnsmasq(8), `log-queries`,
//! `log-dhcp`, `log-facility`). With `log-queries=extra` the answers name their client too.

use tegakari_model::Telemetry as T;

use super::request_line::token;
use super::{LogFormat, RecordReader, Sniff, sniff_lines, syslog};
use crate::event::{Event, Role, SourceName};
use crate::years::YearClock;
use crate::{Kinds, address};

/// dnsmasq's log.
pub(super) struct Dnsmasq;

impl LogFormat for Dnsmasq {
    fn id(&self) -> &'static str {
        "dnsmasq"
    }

    fn about(&self) -> &'static str {
        "dnsmasq's and Pi-hole's log of queries and leases, also over syslog (dnsmasq(8))"
    }

    fn shows(&self) -> &'static [T] {
        &[T::Dns, T::DnsAnswer, T::Other]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| {
            syslog::program(line).is_some_and(is_dnsmasq)
        })
    }

    fn reader(&self, years: YearClock) -> Box<dyn RecordReader> {
        Box::new(syslog::Reader::new(years))
    }
}

/// Whether a program of a syslog line is dnsmasq.
pub(super) fn is_dnsmasq(program: &[u8]) -> bool {
    program == b"dnsmasq" || program.starts_with(b"dnsmasq-")
}

/// The type of record asked for: `query[TXT] a.example from 10.0.0.5`.
pub(super) fn kind(text: &[u8]) -> &[u8] {
    let Some(at) = memchr::memmem::find(text, b"query[") else {
        return b"";
    };
    let rest = &text[at + 6..];
    memchr::memchr(b']', rest).map_or(b"", |end| &rest[..end])
}

/// Fills in what a message says. The machine it runs on is the sensor, not the subject.
pub(super) fn describe<'r>(
    host: &'r [u8],
    program: &'r [u8],
    text: &'r [u8],
    event: &mut Event<'r>,
) {
    event.source = SourceName {
        format: "dnsmasq",
        part: b"",
    };
    event.detail = [b"dnsmasq", program];
    event.party(host, Role::Sensor, Kinds::NONE);
    if host.is_empty() {
        event.origin = Some((Role::Sensor, Kinds::NONE));
    }
    if program.starts_with(b"dnsmasq-dhcp") {
        event.carries(&[T::Other]);
        // `DHCPACK(eth0) 10.0.0.5 aa:bb:cc:dd:ee:ff ws-01`
        let (word, rest) = token(text);
        if word.starts_with(b"DHCPACK(") {
            let (address, rest) = token(rest);
            let (_hardware, rest) = token(rest);
            let (name, _) = token(rest);
            event.claim(address, name, true);
        }
        return;
    }
    event.carries(&[T::Dns]);
    let (mut word, mut rest) = token(text);
    let mut asker: &[u8] = b"";
    // `12 10.0.0.5/53234 query[A] …`
    if !word.is_empty() && word.iter().all(u8::is_ascii_digit) {
        let (client, more) = token(rest);
        let client = memchr::memchr(b'/', client).map_or(client, |at| &client[..at]);
        if address::parse(client).is_some() {
            asker = client;
            (word, rest) = token(more);
        }
    }
    let (name, rest) = token(rest);
    if word.starts_with(b"query[") {
        event.name = name;
        if let Some(client) = rest.strip_prefix(b"from ") {
            asker = token(client).0;
        }
        event.party(asker, Role::Client, Kinds::of(&[T::Dns]));
        return;
    }
    let answered = matches!(word, b"reply" | b"cached" | b"cached-stale" | b"config");
    if answered && rest.starts_with(b"is ") {
        event.name = name;
        event.carries(&[T::DnsAnswer]);
        event.party(asker, Role::Client, Kinds::of(&[T::Dns, T::DnsAnswer]));
    } else {
        event.party(asker, Role::Client, Kinds::of(&[T::Dns]));
    }
}

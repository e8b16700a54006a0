//! Syslog: RFC 3164 (BSD) and RFC 5424, with or without priority, and with ISO times as rsyslog
//! writes them.

use memchr::memmem::Finder;
use tegakari_model::Telemetry as T;

use super::request_line::token;
use super::{
    LogFormat, RecordReader, Sniff, bind, cef, cisco_asa, dnsmasq, haproxy, leef, sniff_lines,
};
use crate::event::{Event, Role, SourceName};
use crate::fields::web::{self, Place};
use crate::fields::{Fields, linux, network};
use crate::resume::State;
use crate::time_text::{self, Bsd};
use crate::years::YearClock;
use crate::{Kinds, address};

/// Any syslog.
pub(super) struct Syslog;

/// The header of a message.
struct Header<'r> {
    time: Option<Bsd>,
    /// The time says no zone.
    zoneless: bool,
    host: &'r [u8],
    program: &'r [u8],
    text: &'r [u8],
}

fn header(line: &[u8]) -> Option<Header<'_>> {
    let (rest, had_priority) = match line.strip_prefix(b"<") {
        Some(rest) => {
            let close = rest.iter().take(4).position(|b| *b == b'>')?;
            let digits = &rest[..close];
            if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
                return None;
            }
            (&rest[close + 1..], true)
        }
        None => (line, false),
    };
    if had_priority && let Some(rest) = rest.strip_prefix(b"1 ") {
        return rfc5424(rest);
    }
    let rest = rest.strip_prefix(b"*").unwrap_or(rest);
    let (time, used, zoneless) = match time_text::bsd(rest) {
        Some((time, used)) => (time, used, true),
        None => {
            let (time, used) = time_text::iso(rest)?;
            (Bsd::Full(time), used, false)
        }
    };
    let rest = rest.get(used..)?;
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let (host, after) = token(rest);
    // `Mar  4 2025 01:00:06: %ASA-…` has no host, nor has `Mar  4 01:00:06 dnsmasq[811]: …`.
    let no_host = host.starts_with(b"%") || host.is_empty() || host.ends_with(b"]:");
    let (host, after) = if no_host {
        (&b""[..], rest)
    } else {
        (host, after)
    };
    let host = host.strip_suffix(b":").unwrap_or(host);
    let (tag, text) = token(after);
    let end = tag
        .iter()
        .position(|b| matches!(b, b'[' | b':' | b'('))
        .unwrap_or(tag.len());
    Some(Header {
        time: Some(time),
        zoneless,
        host,
        program: &tag[..end],
        text,
    })
}

fn rfc5424(rest: &[u8]) -> Option<Header<'_>> {
    let (stamp, rest) = token(rest);
    let time = if stamp == b"-" {
        None
    } else {
        Some(Bsd::Full(time_text::iso(stamp)?.0))
    };
    let (host, rest) = token(rest);
    let (program, rest) = token(rest);
    let (_process, rest) = token(rest);
    let (_message_id, text) = token(rest);
    Some(Header {
        time,
        zoneless: false,
        host: if host == b"-" { b"" } else { host },
        program,
        text,
    })
}

/// Gives the fields of a message with a priority and nothing else of a header (RFC 3164, section 4.3.3), or the text alone.
pub(super) fn bare_fields<'r>(record: &'r [u8], fields: &mut Fields<'r>) {
    let text = record.strip_prefix(b"<").and_then(|rest| {
        let close = rest.iter().take(4).position(|b| *b == b'>')?;
        let digits = close > 0 && rest[..close].iter().all(u8::is_ascii_digit);
        digits.then(|| &rest[close + 1..])
    });
    let Some(text) = text else {
        fields.set_text(record);
        return;
    };
    let (tag, after) = token(text);
    // `su: …`, `sshd[12]: …`.
    let end = tag
        .iter()
        .position(|b| matches!(b, b'[' | b':'))
        .unwrap_or(0);
    if end > 0 && tag.ends_with(b":") {
        linux::of_message(record, &tag[..end], after, fields);
    } else {
        linux::of_message(record, b"", text, fields);
    }
}

/// The program that a line is of, when it has a header.
pub(super) fn program(line: &[u8]) -> Option<&[u8]> {
    header(line).map(|header| header.program)
}

/// The host of a line, empty when it names none.
pub(super) fn host(line: &[u8]) -> &[u8] {
    header(line).map_or(b"", |header| header.host)
}

fn starts_with_iso(line: &[u8]) -> bool {
    time_text::iso(line).is_some()
}

/// Lines that begin with an ISO time are written by many programs; rsyslog's have a `T` in the time
/// and a tag after the host (`sshd[811]:`).
fn has_tag(line: &[u8]) -> bool {
    let (_, rest) = token(line);
    let (_, rest) = token(rest);
    let (tag, _) = token(rest);
    line.get(10) == Some(&b'T') && tag.ends_with(b":")
}

impl LogFormat for Syslog {
    fn id(&self) -> &'static str {
        "syslog"
    }

    fn about(&self) -> &'static str {
        "Syslog by RFC 3164 or RFC 5424, also as rsyslog and journald write it to files"
    }

    fn shows(&self) -> &'static [T] {
        &[
            T::Dns,
            T::DnsAnswer,
            T::Logon,
            T::CommandLine,
            T::Mail,
            T::Flow,
            T::Other,
        ]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Likely, |line| {
            header(line).is_some_and(|h| !h.host.is_empty())
                && (!starts_with_iso(line) || has_tag(line))
        })
    }

    fn reader(&self, years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader::new(years))
    }
}

/// Reads syslog lines, those of firewalls among them.
pub(super) struct Reader {
    years: YearClock,
    /// Tells what firewalls of Linux write of a packet.
    of_packet: Finder<'static>,
}

impl Reader {
    pub(super) fn new(years: YearClock) -> Self {
        Self {
            years,
            of_packet: Finder::new(b" SRC="),
        }
    }
}

impl RecordReader for Reader {
    fn by_line(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    fn state(&self) -> Option<State> {
        Some(self.years.state())
    }

    fn fields<'r>(&self, record: &'r [u8], event: &Event<'r>, fields: &mut Fields<'r>) {
        if let Some(message) = cef::message(record) {
            return message.fields(record, fields);
        }
        if let Some(message) = leef::message(record) {
            return message.fields(record, fields);
        }
        let Some(header) = header(record) else {
            bare_fields(record, fields);
            return;
        };
        fields.add_bytes("hostname", header.host);
        if cisco_asa::message(record).is_some() {
            linux::of_appliance("cisco", record, fields);
            return;
        }
        match header.program {
            program if dnsmasq::is_dnsmasq(program) => {
                let text = without_structure(header.text);
                network::of_dns(record, event.name, dnsmasq::kind(text), fields);
            }
            b"named" => network::of_dns(record, event.name, bind::kind(record), fields),
            b"haproxy" => {
                let text = without_structure(header.text);
                web::of_request(
                    Place::Server,
                    record,
                    &haproxy::request(text, event),
                    fields,
                );
            }
            program => linux::of_message(record, program, header.text, fields),
        }
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.trim_ascii().is_empty() {
            event.skip = true;
            return;
        }
        event.source = SourceName {
            format: "syslog",
            part: b"",
        };
        let header = header(record);
        let host = header.as_ref().map_or(&b""[..], |header| header.host);
        if let Some(time) = said_by_product(record, host, event) {
            if let Some(time) = time.or(header.and_then(|header| header.time)) {
                self.years.set(event, time);
            }
            return;
        }
        let Some(header) = header else {
            event.bad = true;
            event.carries(&[T::Other]);
            event.origin = Some((Role::Endpoint, Kinds::of(&[T::Other])));
            return;
        };
        if let Some(time) = header.time {
            self.years.set(event, time);
            event.zoneless |= header.zoneless;
        }
        event.serial = sequence(header.text);
        if let Some((number, text)) = cisco_asa::message(record) {
            cisco_asa::describe(header.host, number, text, event);
            return;
        }
        event.detail = [b"syslog", header.program];
        let other = Kinds::of(&[T::Other]);
        if header.host.is_empty() {
            event.origin = Some((Role::Endpoint, other));
        }
        match header.program {
            program if dnsmasq::is_dnsmasq(program) => {
                let text = without_structure(header.text);
                dnsmasq::describe(header.host, program, text, event);
                return;
            }
            b"named" => {
                bind::describe(header.host, header.text, event);
                return;
            }
            b"haproxy" => {
                haproxy::describe(header.host, without_structure(header.text), event);
                return;
            }
            b"dhcpd" => {
                event.carries(&[T::Other]);
                if let Some((address, name)) = lease(header.text) {
                    event.claim(address, name, true);
                }
            }
            b"sshd" | b"login" | b"su" => event.carries(&[T::Logon]),
            b"sudo" | b"CRON" | b"cron" => event.carries(&[T::CommandLine]),
            b"kernel" if self.of_packet.find(header.text).is_some() => {
                event.carries(&[T::Flow]);
            }
            program
                if program.starts_with(b"postfix")
                    || program == b"sendmail"
                    || program == b"exim" =>
            {
                // Connections, queues and statistics name no sender or recipient.
                let kind = if memchr::memchr(b'@', header.text).is_some() {
                    T::Mail
                } else {
                    T::Other
                };
                event.carries(&[kind]);
            }
            _ => event.carries(&[T::Other]),
        }
        // Messages are what programs chose to say: none proves that everything of a kind is logged,
        // but logons and mail are logged whole by those that handle them.
        let shows = event.carries.common(Kinds::of(&[T::Logon, T::Mail]));
        event.party(header.host, Role::Endpoint, shows.and(other));
    }
}

/// Fills in what an event in CEF or LEEF says, if the line is one; gives its own time.
fn said_by_product<'r>(
    record: &'r [u8],
    host: &'r [u8],
    event: &mut Event<'r>,
) -> Option<Option<Bsd>> {
    // Most lines are neither, and have none of their bars.
    memchr::memchr(b'|', &record[..record.len().min(256)])?;
    if let Some(message) = cef::message(record) {
        return Some(cef::describe(&message, host, event));
    }
    let message = leef::message(record)?;
    Some(leef::describe(&message, host, event))
}

/// The number that the sender gave a message (`[meta sequenceId="29"]`, RFC 5424, section 7.3.1), if it did.
fn sequence(text: &[u8]) -> Option<u64> {
    let structured = text.first() == Some(&b'[');
    let at = memchr::memmem::find(text, b" sequenceId=\"").filter(|_| structured)?;
    let rest = text.get(at + 13..)?;
    let end = memchr::memchr(b'"', rest)?;
    std::str::from_utf8(&rest[..end]).ok()?.parse().ok()
}

/// The text of a message of RFC 5424 that has no structured data (`-`).
fn without_structure(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"- ").unwrap_or(text)
}

/// `DHCPACK on 10.0.0.5 to aa:bb:cc:dd:ee:ff (ws-01) via eth0`
fn lease(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = text.strip_prefix(b"DHCPACK on ")?;
    let (address, rest) = token(rest);
    address::parse(address)?;
    let open = memchr::memchr(b'(', rest)?;
    let name = &rest[open + 1..];
    Some((address, &name[..memchr::memchr(b')', name)?]))
}

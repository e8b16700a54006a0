//! Cisco ASA and Firepower Threat Defense messages over syslog
//! (Cisco Secure Firewall ASA Series Syslog Messages).

use tegakari_model::Telemetry as T;

use super::request_line::token;
use super::syslog;
use super::{LogFormat, RecordReader, Sniff, sniff_lines};
use crate::event::{Event, Role, SourceName};
use crate::years::YearClock;
use crate::{Kinds, address};

/// The firewall's messages.
pub(super) struct CiscoAsa;

impl LogFormat for CiscoAsa {
    fn id(&self) -> &'static str {
        "cisco-asa"
    }

    fn about(&self) -> &'static str {
        "Cisco ASA and FTD firewall messages (Cisco Secure Firewall ASA Series Syslog Messages)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::Flow, T::HttpUrl, T::Logon, T::Alert, T::Other]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| message(line).is_some())
    }

    fn reader(&self, years: YearClock) -> Box<dyn RecordReader> {
        Box::new(syslog::Reader::new(years))
    }
}

/// Number and text of an ASA message in a syslog line.
pub(super) fn message(line: &[u8]) -> Option<(&[u8], &[u8])> {
    // The tag stands behind time and host, never far into the line.
    let head = &line[..line.len().min(160)];
    let at = memchr::memchr_iter(b'%', head)
        .find(|&at| matches!(head.get(at..at + 5), Some(b"%ASA-" | b"%FTD-")))?;
    let rest = &line[at + 5..];
    let number = rest.get(2..8)?;
    let right =
        rest[0].is_ascii_digit() && rest[1] == b'-' && number.iter().all(u8::is_ascii_digit);
    right.then(|| (number, rest[8..].strip_prefix(b":").unwrap_or(&rest[8..])))
}

/// Fills in what a message says. The device is the sensor, not the subject.
pub(super) fn describe<'r>(
    host: &'r [u8],
    number: &'r [u8],
    text: &'r [u8],
    event: &mut Event<'r>,
) {
    event.source = SourceName {
        format: "cisco-asa",
        part: b"",
    };
    event.detail = [b"cisco-asa", number];
    event.party(host, Role::Sensor, Kinds::NONE);
    if host.is_empty() {
        event.origin = Some((Role::Sensor, Kinds::NONE));
    }
    let (carries, shows) = match number {
        // Built and torn down: every connection that passed.
        b"302013" | b"302014" | b"302015" | b"302016" | b"302020" | b"302021" | b"302303"
        | b"302304" => (T::Flow, Kinds::of(&[T::Flow])),
        // Refused ones, and translations: no proof that others would show.
        b"106001" | b"106006" | b"106007" | b"106014" | b"106015" | b"106021" | b"106023"
        | b"106100" | b"305011" | b"305012" | b"710003" => (T::Flow, Kinds::of(&[T::Other])),
        b"304001" | b"304002" => (T::HttpUrl, Kinds::of(&[T::Other])),
        b"109005" | b"109006" | b"113004" | b"113005" | b"113012" | b"113015" | b"605004"
        | b"605005" | b"611101" | b"611102" | b"716001" | b"722051" => {
            (T::Logon, Kinds::of(&[T::Other]))
        }
        b"733100" | b"733101" | b"400013" => (T::Alert, Kinds::of(&[T::Other])),
        _ => (T::Other, Kinds::of(&[T::Other])),
    };
    event.carries(&[carries]);
    event.both_ends = true;
    // `Built inbound TCP connection …`: the direction is the second word, where there is one.
    let (direction, _) = token(token(text).1);
    let (inbound, outbound) = (direction == b"inbound", direction == b"outbound");
    let mut rest = text;
    let mut found: [&[u8]; 2] = [b""; 2];
    let mut count = 0;
    // Only two machines talk; translated addresses stand in brackets and are left out.
    while !rest.is_empty() && count < 2 {
        let (word, more) = token(rest);
        rest = more;
        let Some(address) = address_of(word) else {
            continue;
        };
        if found[..count].contains(&address) {
            continue;
        }
        found[count] = address;
        count += 1;
    }
    for (index, address) in found[..count].iter().enumerate() {
        let role = if outbound || !inbound && index == 0 && carries != T::Other {
            Role::Client
        } else {
            Role::Server
        };
        event.party(address, role, shows);
    }
}

/// The address in `inside:10.0.0.1/443`, `10.0.0.1/443` or `10.0.0.1`.
fn address_of(word: &[u8]) -> Option<&[u8]> {
    let word = word.strip_suffix(b",").unwrap_or(word);
    if word.first() == Some(&b'(') {
        return None;
    }
    let word = memchr::memchr(b'/', word).map_or(word, |at| &word[..at]);
    if address::parse(word).is_some() {
        return Some(word);
    }
    let at = memchr::memchr(b':', word)?;
    let word = &word[at + 1..];
    address::parse(word).map(|_| word)
}

//! Tells version numbers of four parts from addresses.
//!
//! `45.2.1.9` is either, and only what stands around it says which. It is a version in a field whose name says so
//! (`FileVersion: 45.2.1.9`), behind the name of a product in a user agent (`Chrome/45.2.1.9`), and where CEF and LEEF have
//! the version of the device. Everything else stays an address: a false sighting is looked at and dismissed, one that
//! is missing is missed.

use std::ops::Range;

/// Bytes before a number in which its user agent is looked for.
const AGENT: usize = 512;

/// Whether the number of four parts at `place` in a record is a version by what stands around it.
pub(crate) fn is_version(record: &[u8], place: Range<usize>) -> bool {
    let Some(number) = record.get(place.clone()) else {
        return false;
    };
    if !is_number(number) || goes_on(&record[place.end..]) {
        return false;
    }
    let (front, back) = (&record[..place.start], &record[place.end..]);
    follows_name(front) || is_in_header(front, back) || follows_product(front, back)
}

/// Four numbers and three dots: the form that an address and a version share.
pub(crate) fn is_number(text: &[u8]) -> bool {
    (7..=15).contains(&text.len())
        && text.iter().all(|b| b.is_ascii_digit() || *b == b'.')
        && text.iter().filter(|b| **b == b'.').count() == 3
}

/// Whether a port, the length of a network or a path follows, which no version has.
fn goes_on(back: &[u8]) -> bool {
    match back {
        [b':', digit, ..] => digit.is_ascii_digit(),
        [b'/' | b'(', ..] => true,
        [b'\\', next, ..] => *next == b'/',
        [b'%', b'2', b'f' | b'F', ..] => true,
        _ => false,
    }
}

/// Whether the name of a field says that it holds a version: `FileVersion`, `agent.version`, `product_ver`.
pub(crate) fn names_version(name: &[u8]) -> bool {
    let ends = |end: &[u8]| {
        let at = name.len().checked_sub(end.len())?;
        name[at..].eq_ignore_ascii_case(end).then_some(at)
    };
    if let Some(at) = ends(b"version") {
        let before = &name[..at];
        return ![&b"con"[..], b"in", b"di"]
            .iter()
            .any(|word| before.eq_ignore_ascii_case(word));
    }
    // `server` and `driver` end in these letters too.
    ends(b"ver").is_some_and(|at| match at.checked_sub(1).map(|i| name[i]) {
        None | Some(b'.' | b'_' | b'-') => true,
        Some(_) => name[at..].starts_with(b"Ve"),
    })
}

/// Whether the name of a field of versions stands before the value: `Version: `, `"version":"`, `Version'>`, `<Version>`.
fn follows_name(front: &[u8]) -> bool {
    let front = &front[front.len().saturating_sub(128)..];
    let value = without(front, b"\"'\\ ");
    let name = match value.last() {
        Some(b':' | b'=') => without(&value[..value.len() - 1], b"\"'\\ "),
        // `<Version>` and `<Data Name="FileVersion">`.
        Some(b'>') => without(&value[..value.len() - 1], b"\"'\\"),
        _ => return false,
    };
    let start = name
        .iter()
        .rposition(|b| !(b.is_ascii_alphanumeric() || b"._-".contains(b)))
        .map_or(0, |at| at + 1);
    names_version(&name[start..])
}

fn without<'t>(text: &'t [u8], ends: &[u8]) -> &'t [u8] {
    let end = text.iter().rposition(|b| !ends.contains(b));
    &text[..end.map_or(0, |at| at + 1)]
}

/// Whether the value is the version of the device: `CEF:0|vendor|product|version|`, `LEEF:2.0|vendor|product|version|`.
fn is_in_header(front: &[u8], back: &[u8]) -> bool {
    if front.last() != Some(&b'|') || back.first() != Some(&b'|') {
        return false;
    }
    let head = &front[..front.len().min(512)];
    // `LEEF:` ends in `EF:`, too.
    let Some(at) = memchr::memmem::find(head, b"EF:") else {
        return false;
    };
    let marked = head[..at].ends_with(b"C") || head[..at].ends_with(b"LE");
    let rest = &front[at..];
    let bars = memchr::memchr_iter(b'|', rest).filter(|&bar| rest[bar - 1] != b'\\');
    marked && bars.count() == 3
}

/// Products whose versions have four parts, and that stand in user agents and messages.
const PRODUCTS: [&[u8]; 22] = [
    b"chrome",
    b"headlesschrome",
    b"chromium",
    b"crios",
    b"edg",
    b"edge",
    b"edga",
    b"edgios",
    b"opr",
    b"opera",
    b"version",
    b"vivaldi",
    b"yabrowser",
    b"brave",
    b"ucbrowser",
    b"qqbrowser",
    b"samsungbrowser",
    b"electron",
    b"microsoft-delivery-optimization",
    b"google update",
    b"windows-update-agent",
    b"micromessenger",
];

/// Whether the name of a product and a slash stand before the value, as in a user agent.
fn follows_product(front: &[u8], back: &[u8]) -> bool {
    let front = &front[front.len().saturating_sub(AGENT)..];
    let Some(front) = [&b"\\/"[..], b"/", b"%2F", b"%2f"]
        .iter()
        .find_map(|slash| front.strip_suffix(*slash))
    else {
        return false;
    };
    let start = front
        .iter()
        .rposition(|b| !(b.is_ascii_alphanumeric() || b"_-.".contains(b)))
        .map_or(0, |at| at + 1);
    let (before, name) = front.split_at(start);
    let Some(first) = name.first() else {
        return false;
    };
    // Parts of a path are no products, and what follows one ends the word.
    let begins = match before.last() {
        None => true,
        Some(byte) => b" \t\"'+(;,|=:>".contains(byte) || before.ends_with(b"%20"),
    };
    let ends = match back.first() {
        None => true,
        Some(byte) => b" \t\r\n\"'+);,|<\\&]}".contains(byte) || back.starts_with(b"%20"),
    };
    if !begins || !ends {
        return false;
    }
    if PRODUCTS
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
    {
        return true;
    }
    // Unknown ones are such where other products stand beside them, or where the field is one of user agents:
    // `WS-01/10.0.0.5` and `outside/45.2.1.9` are written the same way.
    let field = before
        .iter()
        .rposition(|b| b"\"\t\n<>|".contains(b))
        .map_or(before, |at| &before[at + 1..]);
    let agent = memchr::memmem::find(field, b"Mozilla/").is_some()
        || memchr::memmem::find(field, b"AppleWebKit/").is_some();
    first.is_ascii_alphabetic() && (agent || follows_agent_name(before))
}

/// Whether the value before begins right behind the name of a field of user agents.
fn follows_agent_name(before: &[u8]) -> bool {
    let value = without(before, b"\"'\\ ");
    let Some(b':' | b'=') = value.last() else {
        return false;
    };
    let name = without(&value[..value.len() - 1], b"\"'\\ ");
    let ends = |end: &[u8]| {
        name.len()
            .checked_sub(end.len())
            .is_some_and(|at| name[at..].eq_ignore_ascii_case(end))
    };
    ends(b"agent") || ends(b"agent.original") || ends(b"requestClientApplication")
}

#[cfg(test)]
mod tests {
    use super::{is_version, names_version};

    #[test]
    fn versions_are_told_from_addresses_by_what_stands_around_them() {
        for (record, want) in [
            ("FileVersion: 45.2.1.9", true),
            ("FileVersion=\"45.2.1.9\"", true),
            ("FileVersion: 45.2.1.9 (WinBuild.160101.0800)", true),
            ("{\"agent.version\": \"45.2.1.9\"}", true),
            ("{\"agent\":{\"version\":\"45.2.1.9\"}}", true),
            (
                "{\"m\":\"{\\\"product_version\\\":\\\"45.2.1.9\\\"}\"}",
                true,
            ),
            ("<Data Name='FileVersion'>45.2.1.9</Data>", true),
            ("<Version>45.2.1.9</Version>", true),
            ("app_ver=45.2.1.9", true),
            (
                "a Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/45.2.1.9 Safari/537.36",
                true,
            ),
            (
                "Mozilla/5.0+(X11)+AppleWebKit/537.36+Chrome/45.2.1.9+Safari/537.36",
                true,
            ),
            ("Mozilla/5.0 (X11) Foo/45.2.1.9", true),
            ("\"Chrome/45.2.1.9\"", true),
            ("\"Chrome\\/45.2.1.9 Safari\"", true),
            ("Chrome%2F45.2.1.9%20Safari", true),
            ("User-Agent: Foo/45.2.1.9", true),
            ("{\"user_agent\":\"Foo/45.2.1.9\"}", true),
            ("CEF:0|V|P|45.2.1.9|1|n|3|src=1.2.3.4", true),
            (
                "Jan  1 00:00:00 h LEEF:2.0|V|P|45.2.1.9|Id|^|src=1.2.3.4",
                true,
            ),
            ("CEF:0|V|P|1|45.2.1.9|n|3|src=1.2.3.4", false),
            ("CEF:0|V\\|W|45.2.1.9|1|2|n|3|src=1.2.3.4", false),
            ("CEF:0|V|P|1|2|n|3|src=45.2.1.9", false),
            ("GET /45.2.1.9/ HTTP/1.1", false),
            ("GET http://h/Chrome/45.2.1.9 HTTP/1.1", false),
            ("http://45.2.1.9/", false),
            ("tcp/45.2.1.9", false),
            ("from/45.2.1.9 to", false),
            ("outside/45.2.1.9(443)", false),
            ("inside:45.2.1.9/443", false),
            ("WS-01/45.2.1.9", false),
            ("connected to MyHost/45.2.1.9 port 80", false),
            ("Chrome/45.2.1.9:443", false),
            ("version=45.2.1.9:443", false),
            ("server=45.2.1.9", false),
            ("Server: 45.2.1.9", false),
            ("driver=45.2.1.9", false),
            ("conversion=45.2.1.9", false),
            ("nginx version 45.2.1.9", false),
            ("HTTP version, 45.2.1.9", false),
            ("CEF:|45.2.1.9", false),
            ("EF:|||45.2.1.9|", false),
            ("45.2.1.9", false),
        ] {
            let at = record.find("45.2.1.9").unwrap();
            let got = is_version(record.as_bytes(), at..at + 8);
            assert_eq!(got, want, "{record}");
        }
        assert!(!is_version(b"Version: 45.2.1.9", 3..400));
    }

    #[test]
    fn names_of_fields_say_that_they_hold_versions() {
        for name in ["version", "FileVersion", "agent.version", "OSVer", "ver"] {
            assert!(names_version(name.as_bytes()), "{name}");
        }
        for name in ["server", "Driver", "versions", "inversion", "", "verb"] {
            assert!(!names_version(name.as_bytes()), "{name}");
        }
    }
}

//! Event files made here, whole and damaged, and the real ones where they are.

use std::io::Read;

use super::{CHUNK, CHUNK_MAGIC, Events, FILE_HEADER, LOST, Losses, MAGIC};

/// Writes the tokens of one record; names stand where they are used.
struct Tokens {
    bytes: Vec<u8>,
    /// Where in the chunk the bytes begin.
    base: usize,
}

impl Tokens {
    fn utf16(&mut self, text: &str) {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let count = u16::try_from(units.len() / 2).unwrap();
        self.bytes.extend(count.to_le_bytes());
        self.bytes.extend(units);
    }

    fn name(&mut self, name: &str) {
        let at = u32::try_from(self.base + self.bytes.len() + 4).unwrap();
        self.bytes.extend(at.to_le_bytes());
        self.bytes.extend([0; 6]);
        self.utf16(name);
        self.bytes.extend([0, 0]);
    }

    fn open(&mut self, name: &str, attribute: Option<(&str, &str)>) {
        self.bytes
            .push(if attribute.is_some() { 0x41 } else { 0x01 });
        self.bytes.extend([0; 4]);
        self.name(name);
        if let Some((name, value)) = attribute {
            self.bytes.extend([0; 4]);
            self.bytes.push(0x06);
            self.name(name);
            self.text(value);
        }
        self.bytes.push(0x02);
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend([0x05, 0x01]);
        self.utf16(text);
    }

    fn close(&mut self) {
        self.bytes.push(0x04);
    }
}

/// A record that begins at `at` and names a host.
fn record(at: usize, number: u64, host: &str) -> Vec<u8> {
    let mut tokens = Tokens {
        bytes: vec![0x0f, 1, 1, 0],
        base: at + 24,
    };
    tokens.open(
        "Event",
        Some((
            "xmlns",
            "http://schemas.microsoft.com/win/2004/08/events/event",
        )),
    );
    tokens.open("System", None);
    tokens.open(
        "TimeCreated",
        Some(("SystemTime", "2025-03-04T01:00:41.6167239Z")),
    );
    tokens.close();
    tokens.open("Computer", None);
    tokens.text("WS-01");
    tokens.close();
    tokens.close();
    tokens.open("EventData", None);
    tokens.open("Data", Some(("Name", "QueryName")));
    tokens.text(host);
    tokens.close();
    tokens.close();
    tokens.close();
    tokens.bytes.push(0);
    let size = u32::try_from(24 + tokens.bytes.len() + 4).unwrap();
    let mut out = vec![0x2a, 0x2a, 0, 0];
    out.extend(size.to_le_bytes());
    out.extend(number.to_le_bytes());
    out.extend([0; 8]);
    out.extend(tokens.bytes);
    out.extend(size.to_le_bytes());
    out
}

/// A file of chunks of records that name these hosts.
fn file(chunks: &[&[&str]]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.resize(FILE_HEADER, 0);
    out[42..44].copy_from_slice(&u16::try_from(chunks.len()).unwrap().to_le_bytes());
    let mut number = 0_u64;
    for hosts in chunks {
        let mut chunk = CHUNK_MAGIC.to_vec();
        chunk.resize(512, 0);
        chunk[24..32].copy_from_slice(&(number + 1).to_le_bytes());
        chunk[32..40].copy_from_slice(&(number + hosts.len() as u64).to_le_bytes());
        for host in *hosts {
            number += 1;
            let one = record(chunk.len(), number, host);
            chunk.extend(one);
        }
        let free = u32::try_from(chunk.len()).unwrap();
        chunk[48..52].copy_from_slice(&free.to_le_bytes());
        let mut sum = flate2::Crc::new();
        sum.update(&chunk[512..]);
        chunk[52..56].copy_from_slice(&sum.sum().to_le_bytes());
        chunk.resize(CHUNK, 0);
        out.extend(chunk);
    }
    out
}

/// The events, what was lost (records, bytes), and whether a checksum is wrong.
fn read(bytes: &[u8]) -> (String, (u64, u64), bool) {
    let losses = Losses::default();
    let mut text = String::new();
    Events::new(bytes, losses.clone())
        .read_to_string(&mut text)
        .unwrap();
    let mark = std::str::from_utf8(LOST).unwrap();
    let problems = losses.problems("x");
    assert_eq!(text.contains(mark), !problems.is_empty(), "{problems:?}");
    let records = problems.iter().map(|p| p.records_lost).sum();
    let bytes = problems.iter().map(|p| p.bytes_lost).sum();
    let changed = problems.iter().any(|p| p.what.contains("checksum"));
    let events: Vec<&str> = text.lines().filter(|line| *line != mark).collect();
    (events.join("\n"), (records, bytes), changed)
}

#[test]
fn records_are_lines_of_xml() {
    let (text, lost, changed) = read(&file(&[&["a.example", "b & <c>\r\nd"], &["e.example"]]));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lost, changed), ((0, 0), false));
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(
        lines[0],
        "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><TimeCreated SystemTime=\"2025-03-04T01:00:41.6167239Z\"></TimeCreated><Computer>WS-01</Computer></System><EventData><Data Name=\"QueryName\">a.example</Data></EventData></Event>"
    );
    assert!(
        lines[1].contains(">b &amp; &lt;c&gt;  d</Data>"),
        "{}",
        lines[1]
    );
    assert!(lines[2].contains("e.example"));
}

#[test]
fn whatever_is_damaged_or_missing_is_told() {
    let good = file(&[
        &["a.example", "b.example", "c.example"],
        &["d.example"],
        &["e.example"],
    ]);
    let at = |what: &str| {
        let wide: Vec<u8> = what.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memchr::memmem::find(&good, &wide).unwrap()
    };
    let record = |n: usize| {
        let magic = [0x2a, 0x2a, 0, 0];
        memchr::memmem::find_iter(&good, &magic).nth(n).unwrap()
    };
    let second_chunk = FILE_HEADER + CHUNK;
    let change = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        bad
    };
    let all = "abcde";
    let chunk = CHUNK as u64;
    for (what, bad, left, lost, changed) in [
        (
            "the type of a value",
            change(at("b.example") - 3, &[0x77]),
            "acde",
            (1, 0),
            true,
        ),
        (
            "a letter",
            change(at("b.example"), b"x"),
            "acde",
            (0, 0),
            true,
        ),
        (
            "the magic of a record",
            change(record(1), &[0]),
            "acde",
            (1, 0),
            true,
        ),
        (
            "all from a record on",
            change(record(1), &[0; 2000]),
            "ade",
            (2, 0),
            true,
        ),
        (
            "all of them",
            change(record(0), &[0xff; 2000]),
            "de",
            (3, 0),
            true,
        ),
        (
            "the mark of free space",
            change(FILE_HEADER + 48, &512_u32.to_le_bytes()),
            all,
            (0, 0),
            true,
        ),
        (
            "the magic of a chunk",
            change(FILE_HEADER, &[0]),
            "de",
            (0, chunk),
            false,
        ),
        (
            "an end too early",
            good[..good.len() - 100].to_vec(),
            all,
            (0, 100),
            false,
        ),
        (
            "a chunk at the end",
            good[..good.len() - CHUNK].to_vec(),
            "abcd",
            (0, chunk),
            false,
        ),
        (
            "a chunk in the middle",
            [&good[..second_chunk], &good[second_chunk + CHUNK..]].concat(),
            "abce",
            (1, chunk),
            false,
        ),
        (
            "all but the header",
            good[..FILE_HEADER].to_vec(),
            "",
            (0, 3 * chunk),
            false,
        ),
        (
            "most of the header",
            good[..100].to_vec(),
            "",
            (0, 100),
            false,
        ),
    ] {
        let (text, told, sums) = read(&bad);
        let seen: String = all
            .chars()
            .filter(|c| text.contains(&format!(">{c}.example<")))
            .collect();
        assert_eq!((seen.as_str(), told, sums), (left, lost, changed), "{what}");
    }
    // A chunk may have no checksum; that it is being written is no excuse for a wrong one.
    for (flag, wrong) in [(4, false), (1, true)] {
        let mut without = change(FILE_HEADER + 52, &[0; 4]);
        without[FILE_HEADER + 120] = flag;
        let (_, lost, changed) = read(&without);
        assert_eq!((lost, changed), ((0, 0), wrong));
    }
}

#[test]
fn no_bytes_make_it_panic_or_run_away() {
    let good = file(&[&["a.example", "b.example"]]);
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    for _ in 0..400 {
        let mut bad = good.clone();
        for _ in 0..1 + next() % 8 {
            let at = FILE_HEADER + 512 + next() % 1200;
            bad[at] = [0x0c, 0x41, 0x0d, 0xff, 0x21, 0x00][next() % 6];
        }
        let (text, ..) = read(&bad);
        assert!(text.len() < 10 << 20);
    }
}

#[test]
fn a_hunt_names_machine_and_time_of_an_event() {
    use std::ops::ControlFlow;

    use tegakari_model::{Indicator, Observable, ObservableKind, TimeRange};

    use crate::{Asked, Input, Plan, conclude, hunt_input};

    let bytes = file(&[&["a.example", "www.evil.example"], &["b.example"]]);
    let mut cut = bytes.clone();
    cut.truncate(bytes.len() - 10);
    for (packed, problems) in [
        (bytes.clone(), 0),
        (zstd::encode_all(&bytes[..], 1).unwrap(), 0),
        (cut, 1),
    ] {
        let wanted = Observable::new(ObservableKind::Domain, "evil.example").unwrap();
        let (plan, _) = Plan::new(vec![Indicator::new(wanted)], TimeRange::default());
        let input = Input::new("sysmon.evtx", &packed[..]);
        let outcome = hunt_input(input, &plan, &|_| ControlFlow::Continue(()));
        let result = conclude(outcome, &plan, &[], Asked::default());
        let sightings = result.findings[0].finding.sightings();
        assert_eq!(sightings.len(), 1);
        assert_eq!(sightings[0].asset.as_deref(), Some("ws-01"));
        assert_eq!(sightings[0].examples[0].line, 2);
        assert_eq!(result.problems.len(), problems, "{:?}", result.problems);
        // Where something is missing the hour is not whole.
        let hours: usize = result.coverage.sources.iter().map(|s| s.hours.len()).sum();
        assert_eq!(hours > 0, problems == 0);
    }
}

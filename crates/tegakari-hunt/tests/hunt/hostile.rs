use proptest::prelude::*;
use tegakari_hunt::formats::ALL;
use tegakari_hunt::{Event, YearClock};
use tegakari_model::{ObservableKind as K, TimeRange};

use crate::{finding, hunt, plan, result, sightings};

/// Runs a reader over bytes as the hunt does.
fn run(format: &dyn tegakari_hunt::formats::LogFormat, bytes: &[u8]) -> usize {
    use tegakari_hunt::formats::Frame;
    let mut reader = format.reader(YearClock::new(TimeRange::default()));
    let (mut at, mut records) = (0, 0);
    while at < bytes.len() {
        let (end, next) = match reader.frame(&bytes[at..], true) {
            Frame::Record { end, next } => (end, next.max(1)),
            Frame::More => (bytes.len() - at, bytes.len() - at),
        };
        assert!(at + end <= bytes.len());
        let mut event = Event::default();
        reader.read(&bytes[at..at + end], &mut event);
        records += 1;
        at += next;
    }
    records
}

fn samples() -> Vec<Vec<u8>> {
    let folder = format!("{}/testdata", env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(entry.unwrap().path()).unwrap() {
            all.push(std::fs::read(file.unwrap().path()).unwrap());
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_any_format_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for format in ALL {
            let _ = format.sniff(&bytes);
            run(*format, &bytes);
        }
        let _ = hunt("x", &bytes, &plan(&[(K::Domain, "evil.example")]));
    }

    #[test]
    fn damaged_samples_make_no_format_panic(
        which in 0_usize..64,
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        end in any::<prop::sample::Index>(),
    ) {
        let all = samples();
        let mut bytes = all[which % all.len()].clone();
        for (at, byte) in cuts {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(end.index(bytes.len()) + 1);
        for format in ALL {
            let _ = format.sniff(&bytes);
            run(*format, &bytes);
        }
        let _ = hunt("x", &bytes, &plan(&[(K::Domain, "evil.example")]));
    }
}

#[test]
fn a_bad_record_costs_one_record() {
    let good = r#"{"ts":1770091506.12,"uid":"Ca1","id.orig_h":"192.168.7.7","id.resp_h":"203.0.113.9","id.resp_p":443,"conn_state":"SF"}"#;
    let text = format!("{good}\n{good}\n{}\n{good}\n", &good[..50]);
    let result = result(
        &plan(&[(K::Ipv4, "203.0.113.9")]),
        &[("conn.json", text.as_bytes())],
        &[],
    );
    let input = &result.coverage.inputs[0];
    assert_eq!((input.records, input.bad_records), (4, 1));
    assert_eq!(sightings(&result, "203.0.113.9")[0].count, 3);
    assert!(
        result.problems[0].what.contains("the first is record 3"),
        "{:?}",
        result.problems
    );
}

#[test]
fn an_endless_line_is_searched_in_pieces_and_counted_once() {
    let filler = "x".repeat(100).into_bytes();
    let mut text = b"2026-02-03T04:05:06Z first www.evil.example line ".to_vec();
    for number in 0..140_000 {
        text.extend_from_slice(&filler);
        text.push(b' ');
        if number % 9_973 == 0 {
            text.extend_from_slice(b" http://c2.evil.example/ notevil.example evil.example.org ");
        }
    }
    text.extend_from_slice(b" other.example \n2026-02-03T05:05:06Z next other.example\n");
    let plan = plan(&[
        (K::Domain, "evil.example"),
        (K::Domain, "other.example"),
        (K::Domain, "vil.example"),
    ]);
    let result = result(&plan, &[("long.log", &text)], &[]);
    assert_eq!(sightings(&result, "evil.example")[0].count, 1);
    assert_eq!(sightings(&result, "other.example")[0].count, 2);
    assert!(sightings(&result, "vil.example").is_empty());
    let other = &sightings(&result, "other.example")[0];
    assert_eq!(
        other.examples.iter().map(|e| e.line).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(result.coverage.inputs[0].records, 2);
    assert!(
        result
            .problems
            .iter()
            .any(|p| p.what.contains("longer than 4 MiB"))
    );
}

#[test]
fn what_cannot_be_read_is_never_silent() {
    let result = result(
        &plan(&[(K::Domain, "evil.example")]),
        &[
            ("a.evtx", b"ElfFile\0evil.example"),
            ("b.bin", b"\x00\x01evil.example\x00\n"),
        ],
        &[],
    );
    let said: Vec<&str> = result.problems.iter().map(|p| p.what.as_str()).collect();
    assert!(
        said[0].contains("EVTX") && said[1].contains("binary"),
        "{said:?}"
    );
    assert_eq!(result.problems[0].bytes_lost, 20);
    assert_eq!(finding(&result, "evil.example").sightings()[0].count, 1);
}

/// A file that fails while it is read, as one on a disk that goes away, or that was cut in the meantime.
struct Fails<'b>(&'b [u8]);

impl std::io::Read for Fails<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        match std::io::Read::read(&mut self.0, buf)? {
            0 => Err(std::io::Error::other("the disk is gone")),
            got => Ok(got),
        }
    }
}

#[test]
fn a_file_that_fails_while_it_is_read_keeps_what_was_read() {
    let line = "2026-02-03T04:05:06Z host www.evil.example\n";
    let text = line.repeat(100_000);
    let plan = plan(&[(K::Domain, "evil.example")]);
    let input = tegakari_hunt::Input::new("x.log", Fails(text.as_bytes()));
    let outcome = tegakari_hunt::hunt_input(input, &plan, &|_| std::ops::ControlFlow::Continue(()));
    let result = tegakari_hunt::conclude(outcome, &plan, &[], tegakari_hunt::Asked::default());
    assert_eq!(sightings(&result, "evil.example")[0].count, 100_000);
    assert!(
        result
            .problems
            .iter()
            .any(|p| p.what.contains("the disk is gone")),
        "{:?}",
        result.problems
    );
    // The hour in which it broke off is not whole.
    assert_eq!(finding(&result, "evil.example").visibility().visible, 0);
}

/// Gzip that never ends: one member of blanks after another.
struct Endless {
    member: Vec<u8>,
    at: usize,
    given: u64,
}

impl std::io::Read for Endless {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        // What is behind the limit is only counted, so that it must end somewhere.
        if self.given > 4 << 20 {
            return Ok(0);
        }
        let rest = &self.member[self.at..];
        let got = rest.len().min(buf.len());
        buf[..got].copy_from_slice(&rest[..got]);
        self.at = (self.at + got) % self.member.len();
        self.given += got as u64;
        Ok(got)
    }
}

#[test]
fn gzip_that_does_not_end_is_stopped() {
    use std::io::Write;
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(&vec![b' '; 8 << 20]).unwrap();
    let endless = Endless {
        member: out.finish().unwrap(),
        at: 0,
        given: 0,
    };
    let limits = tegakari_hunt::Limits {
        free_bytes: 16 << 20,
        ratio: 50,
        ..tegakari_hunt::Limits::default()
    };
    let plan = plan(&[(K::Domain, "evil.example")]).with_limits(limits);
    let input = tegakari_hunt::Input::new("x.gz", endless);
    let outcome = tegakari_hunt::hunt_input(input, &plan, &|_| std::ops::ControlFlow::Continue(()));
    let result = tegakari_hunt::conclude(outcome, &plan, &[], tegakari_hunt::Asked::default());
    assert!(
        result.problems.iter().any(|p| p.what.contains("zip bomb")),
        "{:?}",
        result.problems
    );
    assert!(result.coverage.inputs[0].bytes < 64 << 20);
}

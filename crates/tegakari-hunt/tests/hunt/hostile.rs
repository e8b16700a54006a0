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

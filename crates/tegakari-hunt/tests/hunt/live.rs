//! A stream that is followed shows what the same bytes show in a hunt, however they are cut.

use proptest::prelude::*;
use tegakari_hunt::{Live, LiveFound, LiveMachines, LiveSighting, Plan};
use tegakari_model::{ObservableKind, Timestamp};

use super::{plan, result};

const SAMPLES: [(&str, &[u8]); 9] = [
    (
        "a/dns.log",
        include_bytes!("../../testdata/zeek-tsv/dns.log"),
    ),
    (
        "a/access.log",
        include_bytes!("../../testdata/squid/access.log"),
    ),
    (
        "a/firewall.csv",
        include_bytes!("../../testdata/csv/firewall.csv"),
    ),
    (
        "a/u_ex.log",
        include_bytes!("../../testdata/w3c/u_ex260203.log"),
    ),
    (
        "a/syslog",
        include_bytes!("../../testdata/syslog/syslog.log"),
    ),
    (
        "a/audit.log",
        include_bytes!("../../testdata/auditd/audit.log"),
    ),
    (
        "a/eve.json",
        include_bytes!("../../testdata/suricata-eve/eve.json"),
    ),
    (
        "a/journal",
        include_bytes!("../../testdata/journal-export/two.export"),
    ),
    (
        "a/web.log",
        include_bytes!("../../testdata/web-access/access.log"),
    ),
];

fn now() -> Timestamp {
    "2026-11-28T00:00:00Z".parse().unwrap()
}

/// Domains and addresses of all samples, so that much is found.
fn everything() -> Plan {
    let mut values = Vec::new();
    for (_, bytes) in SAMPLES {
        let text = String::from_utf8_lossy(bytes);
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))) {
            let word = word.trim_matches(['.', '-']);
            if word.parse::<std::net::Ipv4Addr>().is_ok() {
                values.push((ObservableKind::Ipv4, word.to_owned()));
            } else if word.ends_with(".example") || word.ends_with(".com") {
                values.push((ObservableKind::Domain, word.to_owned()));
            }
        }
    }
    values.sort();
    values.dedup();
    let values: Vec<(ObservableKind, &str)> =
        values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    plan(&values).with_examples(usize::MAX)
}

type Place = (String, u64, u64);

fn value_of(one: &LiveSighting) -> String {
    match &one.found {
        LiveFound::Indicator(indicator, _) => indicator.observable.value().to_owned(),
        LiveFound::Rule(rule) => rule.id.clone(),
    }
}

fn places(sightings: &[LiveSighting]) -> Vec<Place> {
    let mut all: Vec<Place> = sightings
        .iter()
        .map(|s| {
            let value = value_of(s);
            (value, s.citation.line, s.citation.record)
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

fn of_hunt(plan: &Plan, name: &str, bytes: &[u8]) -> Vec<Place> {
    let hunt = result(plan, &[(name, bytes)], &[]);
    let mut all = Vec::new();
    for one in &hunt.findings {
        for sighting in one.finding.sightings() {
            for example in &sighting.examples {
                let value = one.indicator.observable.value().to_owned();
                all.push((value, example.line, example.record));
            }
        }
    }
    all.sort();
    all.dedup();
    all
}

#[test]
fn every_sample_shows_something_and_the_same_as_a_hunt() {
    let plan = everything();
    for (name, bytes) in SAMPLES {
        let mut live = Live::new(name);
        let batch = live.push(&plan, bytes, true, &mut LiveMachines::default(), now());
        let want = of_hunt(&plan, name, bytes);
        assert!(!want.is_empty(), "{name} shows nothing");
        assert_eq!(places(&batch.sightings), want, "{name}");
    }
}

#[test]
fn a_long_record_is_bounded_and_a_value_behind_it_is_found() {
    let plan = plan(&[(ObservableKind::Domain, "evil.example")]);
    let mut machines = LiveMachines::default();
    let mut live = Live::new("big");
    for _ in 0..400 {
        live.push(&plan, &[b'x'; 256 << 10], false, &mut machines, now());
        assert!(live.pending() <= 5 << 20, "{}", live.pending());
    }
    let batch = live.push(
        &plan,
        b"\nsaw evil.example here\n",
        false,
        &mut machines,
        now(),
    );
    assert_eq!(batch.sightings.len(), 1);
    assert_eq!(live.pending(), 0);
}

#[test]
fn lines_without_a_form_do_not_decide_about_those_that_follow() {
    let plan = plan(&[(ObservableKind::Domain, "evil.example")]);
    let mut machines = LiveMachines::default();
    let mut live = Live::new("syslog");
    for _ in 0..70 {
        live.push(&plan, b"link up\n", false, &mut machines, now());
    }
    assert_eq!(live.format(), Some("text"));
    let mut last = None;
    for _ in 0..200 {
        let line = b"<34>1 2026-02-03T04:05:06Z ws-01 app 1 - - saw evil.example\n";
        let batch = live.push(&plan, line, false, &mut machines, now());
        last = batch.sightings.into_iter().next().or(last);
    }
    assert_eq!(live.format(), Some("syslog"));
    assert_eq!(last.unwrap().asset.as_deref(), Some("ws-01"));
}

#[test]
fn a_year_that_is_not_written_is_that_of_the_clock() {
    let plan = plan(&[(ObservableKind::Domain, "evil.example")]);
    let mut machines = LiveMachines::default();
    let mut live = Live::new("syslog");
    let line =
        |day: &str| format!("{day} 01:02:03 ws-01 named[1]: query evil.example\n").into_bytes();
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let mut year = |day: &str, now: &str| {
        let batch = live.push(&plan, &line(day), false, &mut machines, at(now));
        batch.sightings[0].citation.time.unwrap().to_string()
    };
    assert_eq!(
        year("Dec 31", "2026-12-31T02:00:00Z"),
        "2026-12-31T01:02:03Z"
    );
    assert_eq!(
        year("Jan  1", "2027-01-01T02:00:00Z"),
        "2027-01-01T01:02:03Z"
    );
    // One that was late.
    assert_eq!(
        year("Dec 31", "2027-01-01T02:00:00Z"),
        "2026-12-31T01:02:03Z"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn neither_pieces_nor_a_stop_between_them_matter(
        sample in 0..SAMPLES.len(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
        stop in any::<prop::sample::Index>(),
    ) {
        let plan = everything();
        let (name, bytes) = SAMPLES[sample];
        let mut machines = LiveMachines::default();
        let whole = Live::new(name).push(&plan, bytes, true, &mut machines, now());
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        // Where a record is several lines, the first lines alone do not tell.
        let mut live = if name == "a/journal" {
            Live::of_format(name, "journal-export", now())
        } else {
            Live::new(name)
        };
        let mut found = Vec::new();
        let mut read = 0;
        let stop = stop.index(at.len());
        for (index, pair) in at.windows(2).enumerate() {
            if index == stop && read > 0 {
                // What is behind the mark is read again.
                let mark = live.mark().unwrap();
                let kept = usize::try_from(mark.bytes).unwrap();
                prop_assert!(kept <= read);
                live = Live::resume(name, &mark, &bytes[..kept], now());
                read = kept;
            }
            found.extend(live.push(&plan, &bytes[read..pair[1]], false, &mut machines, now()).sightings);
            read = pair[1];
        }
        found.extend(live.push(&plan, b"", true, &mut machines, now()).sightings);
        // While only the first lines are there, a line that names columns counts as a record.
        let lines = |all: &[LiveSighting]| -> Vec<(String, u64)> {
            let places = places(all).into_iter();
            places.map(|(value, line, _)| (value, line)).collect()
        };
        prop_assert_eq!(lines(&found), lines(&whole.sightings));
    }
}

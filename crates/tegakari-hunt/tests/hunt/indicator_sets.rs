//! Sets of indicators beside or instead of a list.

use std::io;

use tegakari_hunt::{IndicatorSet, Plan};
use tegakari_match::{Matcher, ReadAt};
use tegakari_model::{ObservableKind as K, TimeRange};

use crate::{indicators, result, sightings};

#[derive(Debug)]
struct Bytes(Vec<u8>);

impl ReadAt for Bytes {
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let from = self
            .0
            .get(at as usize..)
            .and_then(|rest| rest.get(..into.len()));
        into.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

fn bytes(values: &[(K, &str)]) -> Vec<u8> {
    let values = indicators(values).into_iter().map(|i| i.observable);
    let mut bytes = Vec::new();
    Matcher::write_set(values.collect(), &mut bytes).unwrap();
    bytes
}

fn set(bytes: Vec<u8>) -> IndicatorSet {
    IndicatorSet::open("feed.set", Box::new(Bytes(bytes))).unwrap()
}

const LOG: &[u8] =
    b"#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tmethod\thost\turi\n\
1741053463.1\tC1\t10.0.0.5\t5\t198.51.100.23\tGET\tevil.example\t/a\n\
1741053464.1\tC2\t10.0.0.6\t5\t198.51.100.24\tGET\tbad.example\t/b\n";

#[test]
fn what_a_set_holds_is_found_like_a_list_and_only_what_is_seen_has_a_finding() {
    let values = [
        (K::Url, "http://evil.example/a"),
        (K::Domain, "bad.example"),
        (K::Domain, "unseen.example"),
        (K::Ipv4, "198.51.100.23"),
    ];
    let listed = Plan::new(indicators(&values), TimeRange::default()).0;
    let with_set = Plan::new(Vec::new(), TimeRange::default())
        .0
        .with_set(set(bytes(&values)));
    let want = result(&listed, &[("http.log", LOG)], &[]);
    let got = result(&with_set, &[("http.log", LOG)], &[]);
    assert_eq!(got.findings.len(), 3);
    for finding in &got.findings {
        let value = finding.indicator.observable.value();
        assert_eq!(sightings(&got, value), sightings(&want, value), "{value}");
    }
    let told = got.problems.iter().find(|p| p.place == "feed.set").unwrap();
    assert!(told.what.starts_with("3 of its indicators"), "{told:?}");
    assert!(told.what.contains("2 domain"), "{told:?}");
    let mut coverage = got.coverage;
    assert_eq!(std::mem::take(&mut coverage.set_indicators), 4);
    assert_eq!(coverage, want.coverage);
}

#[test]
fn what_stands_in_list_and_set_is_one_indicator() {
    let values = [(K::Domain, "bad.example"), (K::Domain, "evil.example")];
    let plan = Plan::new(indicators(&values[..1]), TimeRange::default())
        .0
        .with_set(set(bytes(&values)));
    let got = result(&plan, &[("http.log", LOG)], &[]);
    let seen: Vec<&str> = got
        .findings
        .iter()
        .map(|f| f.indicator.observable.value())
        .collect();
    assert_eq!(seen, ["bad.example", "evil.example"]);
    assert_eq!(sightings(&got, "bad.example").len(), 1);
}

#[test]
fn a_damaged_set_is_told_when_it_is_needed() {
    let mut bytes = bytes(&[(K::Domain, "bad.example")]);
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let plan = Plan::new(Vec::new(), TimeRange::default())
        .0
        .with_set(set(bytes));
    let got = result(&plan, &[("http.log", LOG)], &[]);
    assert!(got.findings.is_empty());
    let damaged = |p: &tegakari_model::Problem| p.what.contains("damaged");
    assert!(got.problems.iter().any(damaged), "{:?}", got.problems);
}

//! The shared logs of a small organisation with a known intrusion, against their ground truth.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tegakari_hunt::{Asked, Assumptions, Outcome, Plan, conclude};
use tegakari_model::{Finding, HuntResult, Indicator, Observable, ObservableKind as K, TimeRange};

use crate::{finding, hunt, sightings};

pub(crate) const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, all);
        } else {
            all.push(path);
        }
    }
}

fn lotus_blossom() -> Vec<Indicator> {
    let list = std::fs::read_to_string(format!(
        "{DATA}/talos-iocs/2025/02/lotus-blossom-espionage-group.txt"
    ))
    .unwrap();
    list.split_whitespace()
        .map(|value| {
            let kind = if value.len() == 64 {
                K::Sha256
            } else if value.parse::<std::net::Ipv4Addr>().is_ok() {
                K::Ipv4
            } else {
                K::Domain
            };
            Indicator::new(Observable::new(kind, value).unwrap())
        })
        .collect()
}

pub(crate) fn logs() -> Option<Vec<(String, Vec<u8>)>> {
    let root = PathBuf::from(format!("{DATA}/org-logs/data"));
    if !root.is_dir() {
        eprintln!("skipped: the shared organisation's logs are not here");
        return None;
    }
    let mut paths = Vec::new();
    files(&root, &mut paths);
    let named = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        (name, std::fs::read(path).unwrap())
    };
    Some(paths.into_iter().map(named).collect())
}

fn search(logs: &[(String, Vec<u8>)], window: TimeRange) -> (HuntResult, Plan) {
    let (plan, problems) = Plan::new(lotus_blossom(), window);
    assert!(problems.is_empty(), "{problems:?}");
    let mut sum = Outcome::default();
    for (name, bytes) in logs {
        sum.merge(hunt(name, bytes, &plan));
    }
    let asked = Asked {
        not_after: Some("2031-01-01T00:00:00Z".parse().unwrap()),
        // Of a hundred numbers of Windows events these logs hold one.
        assumptions: Assumptions::read("filtered,*").0,
        ..Asked::default()
    };
    (conclude(sum, &plan, &[], asked), plan)
}

/// Records that hold a text, by file, counted without any of our readers.
fn raw_count(logs: &[(String, Vec<u8>)], needle: &str) -> BTreeMap<String, u64> {
    // Look-ups of an address's name hold it backwards.
    let reverse = needle
        .parse::<std::net::Ipv4Addr>()
        .map_or(String::new(), |ip| {
            let [a, b, c, d] = ip.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        });
    let mut counts = BTreeMap::new();
    for (name, bytes) in logs {
        let text = String::from_utf8_lossy(bytes);
        let records: Vec<&str> = if name.ends_with(".xml") {
            text.split("</Event>").collect()
        } else {
            text.split('\n').collect()
        };
        let count = records
            .iter()
            .filter(|record| {
                record.contains(needle) || !reverse.is_empty() && record.contains(&reverse)
            })
            .count() as u64;
        if count > 0 {
            counts.insert(name.clone(), count);
        }
    }
    counts
}

fn check(result: &HuntResult, value: &str, want: &[(Option<&str>, u64, &str, &str)]) {
    let got: Vec<(Option<&str>, u64, String, String)> = sightings(result, value)
        .iter()
        .map(|s| {
            let clock = |t: Option<tegakari_model::Timestamp>| {
                t.map_or(String::new(), |t| t.to_string()[..19].to_owned())
            };
            (s.asset.as_deref(), s.count, clock(s.first), clock(s.last))
        })
        .collect();
    let want: Vec<_> = want
        .iter()
        .map(|(a, n, f, l)| (*a, *n, (*f).to_owned(), (*l).to_owned()))
        .collect();
    assert_eq!(got, want, "{value}");
}

#[test]
fn the_planted_indicators_are_seen_where_they_were_and_nothing_else() {
    let Some(logs) = logs() else { return };
    let (result, _) = search(&logs, TimeRange::default());
    let planted = [
        "www.acdserv.com",
        "103.213.245.95",
        "www.serthk.com",
        "122.10.91.36",
    ];
    let seen: BTreeSet<&str> = result
        .findings
        .iter()
        .filter(|f| matches!(f.finding, Finding::Seen { .. }))
        .map(|f| f.indicator.observable.value())
        .collect();
    assert_eq!(seen, planted.into_iter().collect());

    // No record is lost and none counted twice: the sum over machines is what the raw text holds.
    for value in planted {
        let by_file: u64 = raw_count(&logs, value).values().sum();
        let counted: u64 = sightings(&result, value).iter().map(|s| s.count).sum();
        assert_eq!(counted, by_file, "{value}");
    }

    // Ground truth lb-03: eleven attempts from 01:57:43Z, every six minutes for an hour, by
    // WS-OREED-01 through the proxy; lb-06: one connection at 03:10:22Z from FILE-BO-01.
    check(
        &result,
        "www.acdserv.com",
        &[
            (
                Some("proxy-bo-01"),
                27,
                "2025-03-04T01:57:46",
                "2025-03-04T02:57:49",
            ),
            (
                Some("ws-oreed-01"),
                22,
                "2025-03-04T01:57:43",
                "2025-03-04T02:57:44",
            ),
        ],
    );
    let on_proxy = &sightings(&result, "103.213.245.95")[0];
    assert_eq!(on_proxy.asset.as_deref(), Some("proxy-bo-01"));
    assert_eq!(on_proxy.on_behalf_of, ["ws-oreed-01"]);
    assert_eq!(on_proxy.count, 69);
    for value in ["www.serthk.com", "122.10.91.36"] {
        let on_proxy = sightings(&result, value)
            .iter()
            .find(|s| s.asset.as_deref() == Some("proxy-bo-01"))
            .unwrap();
        assert_eq!(on_proxy.on_behalf_of, ["file-bo-01"], "{value}");
    }
    let file_server = sightings(&result, "www.serthk.com")
        .iter()
        .find(|s| s.asset.as_deref() == Some("file-bo-01"))
        .unwrap();
    let by_source: BTreeMap<&str, u64> = file_server
        .by_source
        .iter()
        .map(|(s, n)| (s.as_str(), *n))
        .collect();
    assert_eq!(
        by_source,
        BTreeMap::from([
            ("ecar", 2),
            ("proxy", 1),
            ("sysmon", 1),
            ("windows-security", 1),
            ("zeek-json http", 1)
        ])
    );

    let attempts = sightings(&result, "www.acdserv.com")[1]
        .by_source
        .iter()
        .find(|(s, _)| s == "proxy")
        .unwrap()
        .1;
    assert_eq!(attempts, 11);
    let connect = sightings(&result, "www.serthk.com")
        .iter()
        .flat_map(|s| &s.examples)
        .find(|e| e.file.ends_with("proxy_access.log"))
        .unwrap();
    assert!(
        connect
            .time
            .unwrap()
            .to_string()
            .starts_with("2025-03-04T03:10:2"),
        "{connect:?}"
    );
    let (file, bytes) = logs.iter().find(|(name, _)| *name == connect.file).unwrap();
    let line = String::from_utf8_lossy(bytes)
        .lines()
        .nth(connect.line as usize - 1)
        .unwrap()
        .to_owned();
    assert!(line.contains("www.serthk.com"), "{file}:{}", connect.line);
}

#[test]
fn hashes_are_judged_by_which_machines_log_them() {
    let Some(logs) = logs() else { return };
    let window = TimeRange {
        from: Some("2025-03-04T01:00:00Z".parse().unwrap()),
        until: Some("2025-03-04T05:00:00Z".parse().unwrap()),
    };
    let (result, _) = search(&logs, window);
    // Independently: hours with a Sysmon event of a process that was started, with its SHA-256.
    let mut hours: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, bytes) in logs.iter().filter(|(name, _)| name.ends_with("sysmon.xml")) {
        let machine = name.split('.').next().unwrap().to_lowercase();
        let text = String::from_utf8_lossy(bytes);
        let hashing = text
            .split("</Event>")
            .filter(|e| e.contains("<EventID>1<") && e.contains("SHA256="));
        for event in hashing {
            let (_, time) = event.split_once("SystemTime=\"").unwrap();
            if &time[..10] == "2025-03-04" && ("01".."05").contains(&&time[11..13]) {
                let of_machine = hours.entry(machine.clone()).or_default();
                of_machine.insert(time[..13].to_owned());
            }
        }
    }
    let expected: u64 = hours.values().map(|h| h.len() as u64).sum();
    let hash = "3fb81913c2daf36530c9ae011feebeb5bc61432969598e2dfaa52fc2ce839f20";
    let visibility = finding(&result, hash).visibility();
    assert_eq!(visibility.visible, expected);
    assert_eq!(visibility.total, 9 * 4);
    let lit: BTreeSet<&String> = visibility
        .assets_whole
        .iter()
        .chain(&visibility.assets_part)
        .collect();
    assert_eq!(lit, hours.keys().collect());
    assert_eq!(visibility.assets_none, ["proxy-bo-01", "web-bo-01"]);
    assert_eq!(visibility.sources, ["sysmon"]);
    let want_seen_less = expected * 2 >= visibility.total;
    assert_eq!(
        matches!(finding(&result, hash), Finding::NotSeen { .. }),
        want_seen_less
    );

    let machines: Vec<(&str, bool)> = result
        .coverage
        .assets
        .iter()
        .map(|a| (a.name.as_str(), a.sensor))
        .collect();
    assert_eq!(
        machines,
        [
            ("dc-bo-01", false),
            ("file-bo-01", false),
            ("fw-bo-edge", true),
            ("proxy-bo-01", false),
            ("web-bo-01", false),
            ("ws-lmorris-01", false),
            ("ws-mpatel-01", false),
            ("ws-nkapoor-01", false),
            ("ws-oreed-01", false),
            ("ws-vhale-01", false),
        ]
    );
    let oreed = &result.coverage.assets[8];
    assert_eq!(
        (oreed.addresses.as_slice(), oreed.other_names.as_slice()),
        (
            &["10.44.10.22".to_owned(), "fd00:2c0a:16::1".to_owned()][..],
            &["ws-oreed-01.northstar-branch.local".to_owned()][..]
        )
    );
    let bad: Vec<_> = result
        .coverage
        .inputs
        .iter()
        .filter(|i| i.bad_records > 0)
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn logs_without_years_take_the_year_of_the_others() {
    let Some(logs) = logs() else { return };
    let (result, _) = search(&logs, TimeRange::default());
    for file in ["FW-BO-EDGE/cisco_asa.log", "IDS-BO-EDGE/snort_alert.log"] {
        let input = result
            .coverage
            .inputs
            .iter()
            .find(|i| i.file == file)
            .unwrap();
        assert!(
            input
                .first
                .unwrap()
                .to_string()
                .starts_with("2025-03-04T01:0"),
            "{input:?}"
        );
    }
    assert!(
        result
            .problems
            .iter()
            .any(|p| p.what.contains("2025 was taken"))
    );
    assert_eq!(
        result.coverage.window.from.unwrap().to_string(),
        "2025-03-04T01:00:00Z"
    );
}

//! Whatever is taken out of logs, nothing becomes visible by it: seeded cases over the logs of two organisations, in every
//! format that they hold.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use tegakari_hunt::{Asked, Assumptions, Outcome, Plan, conclude};
use tegakari_model::{HuntResult, ObservableKind as K, Telemetry, TimeRange, Timestamp};

use crate::{finding, hunt, indicators, org_logs};

const WANTED: [(K, &str); 9] = [
    (K::Domain, "evil.example"),
    (K::Ipv4, "203.0.114.9"),
    (K::Url, "http://evil.example/a"),
    (K::UserAgent, "EvilAgent/1.0 (very)"),
    (K::Md5, "d41d8cd98f00b204e9800998ecf8427f"),
    (K::FileName, "dropper-of-evil.exe"),
    (K::RegistryKey, r"HKLM\Software\Evil"),
    (K::CommandLine, "evil.exe --very"),
    (K::ServiceName, "evilsvc"),
];

type Logs = Vec<(String, Vec<u8>)>;
/// Whether a record stays, by its number and text.
type Keep = Box<dyn Fn(usize, &[u8]) -> bool>;
type Lit = BTreeSet<(String, String, Telemetry, i64)>;

/// SplitMix64, so that a failing case can be run again by its number.
fn dice(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn below(folder: &Path, all: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            below(&path, all);
        } else {
            all.push(path);
        }
    }
}

fn example() -> Logs {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/logs"));
    let mut paths = Vec::new();
    below(&root, &mut paths);
    let named = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let mut bytes = std::fs::read(path).unwrap();
        if let Some(plain) = name.strip_suffix(".gz") {
            let mut unpacked = Vec::new();
            let mut packed = flate2::read::MultiGzDecoder::new(bytes.as_slice());
            packed.read_to_end(&mut unpacked).unwrap();
            bytes = unpacked;
            return (plain.to_owned(), bytes);
        }
        (name, bytes)
    };
    paths.into_iter().map(named).collect()
}

/// The records of a text, each with what ends it.
fn records(bytes: &[u8]) -> Vec<&[u8]> {
    let end: &[u8] = if bytes.windows(8).any(|w| w == b"</Event>") {
        b"</Event>"
    } else {
        b"\n"
    };
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(end.len()).position(|w| w == end) {
        let (one, more) = rest.split_at(at + end.len());
        out.push(one);
        rest = more;
    }
    out.push(rest);
    out
}

/// Words by which records of a kind are known.
const KINDS: [&str; 14] = [
    "<EventID>1<",
    "<EventID>3<",
    "<EventID>11<",
    "<EventID>13<",
    "<EventID>22<",
    "4688",
    "dns",
    "CONNECT",
    "GET ",
    "302013",
    "302014",
    "type=EXECVE",
    "\"query\"",
    "PROCESS",
];

/// A text of which something is taken out; `None` where there is nothing of it.
fn mutated(bytes: &[u8], case: u64) -> Option<Vec<u8>> {
    let all = records(bytes);
    let many = all.len() as u64;
    let at = |seed: u64| dice(case.wrapping_mul(77).wrapping_add(seed)) % many.max(1);
    let keep: Keep = match dice(case) % 7 {
        // All of it.
        0 => return Some(Vec::new()),
        // A range of records.
        1 => {
            let (from, length) = (at(1), at(2) / 3 + 1);
            Box::new(move |n, _| !(from..from + length).contains(&(n as u64)))
        }
        // What is before, or behind.
        2 => {
            let from = at(3);
            Box::new(move |n, _| n as u64 <= from)
        }
        3 => {
            let from = at(4);
            // Headers of tables stay.
            Box::new(move |n, record| n as u64 >= from || record.starts_with(b"#"))
        }
        // Every so manyth.
        4 => {
            let share = 2 + dice(case ^ 5) % 20;
            Box::new(move |n, _| {
                !dice(case.wrapping_mul(31).wrapping_add(n as u64)).is_multiple_of(share)
            })
        }
        // A kind of record.
        5 => {
            let word = KINDS[(dice(case ^ 9) % KINDS.len() as u64) as usize].as_bytes();
            Box::new(move |_, record| !record.windows(word.len()).any(|w| w == word))
        }
        // What names the machine of some record.
        _ => {
            let record = all.get(at(6) as usize)?;
            let text = String::from_utf8_lossy(record).into_owned();
            let words: Vec<&str> = text
                .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')))
                .filter(|word| word.starts_with("10.") || word.contains('-') && word.len() > 5)
                .collect();
            let word = words
                .get((at(7) as usize) % words.len().max(1))?
                .as_bytes()
                .to_vec();
            Box::new(move |_, record| !record.windows(word.len()).any(|w| w == word))
        }
    };
    let left: Vec<u8> = all
        .iter()
        .enumerate()
        .filter(|(n, record)| keep(*n, record))
        .flat_map(|(_, record)| record.iter().copied())
        .collect();
    (left.len() < bytes.len()).then_some(left)
}

fn lit(result: &HuntResult) -> Lit {
    let mut out = Lit::new();
    for source in &result.coverage.sources {
        for kind in source
            .telemetry
            .iter()
            .filter(|kind| **kind != Telemetry::Other)
        {
            for hour in source.hours_with(std::slice::from_ref(kind)) {
                out.insert((source.asset.clone(), source.source.clone(), *kind, hour.0));
            }
        }
    }
    out
}

/// How many cases changed something.
fn check(logs: &Logs, window: (&str, &str), cases: u64, assumptions: &str, first: u64) -> usize {
    let time = |text: &str| text.parse::<Timestamp>().ok();
    let window = TimeRange {
        from: time(window.0),
        until: time(window.1),
    };
    let plan = Plan::new(indicators(&WANTED), window).0;
    let outcomes: Vec<Outcome> = logs
        .iter()
        .map(|(name, bytes)| hunt(name, bytes, &plan))
        .collect();
    let ask = |outcomes: &[Outcome]| {
        let mut all = Outcome::default();
        for one in outcomes {
            all.merge(one.clone());
        }
        let asked = Asked {
            assumptions: Assumptions::read(assumptions).0,
            not_after: time("2031-01-01T00:00:00Z"),
            ..Asked::default()
        };
        conclude(all, &plan, &[], asked)
    };
    let whole = ask(&outcomes);
    let before = lit(&whole);
    // Without the name of a machine, its address is one: only machines known before are compared.
    let known: BTreeSet<&str> = whole
        .coverage
        .assets
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let mut changed = 0;
    for case in first..first + cases {
        let mut left = outcomes.clone();
        let mut any = false;
        for turn in 0..1 + dice(case ^ 77) % 3 {
            let at = (dice(case.wrapping_mul(13).wrapping_add(turn)) % logs.len() as u64) as usize;
            let (name, bytes) = &logs[at];
            if let Some(less) = mutated(bytes, case.wrapping_mul(5).wrapping_add(turn)) {
                left[at] = hunt(name, &less, &plan);
                any = true;
            }
        }
        if !any {
            continue;
        }
        changed += 1;
        let result = ask(&left);
        let after = lit(&result);
        let more: Vec<_> = after
            .difference(&before)
            .filter(|one| known.contains(one.0.as_str()))
            .collect();
        assert!(
            more.is_empty(),
            "case {case}: {:?}",
            &more[..more.len().min(5)]
        );
        // Nor for anything that was looked for, on any machine.
        for (_, value) in WANTED {
            let (then, now) = (
                finding(&whole, value).visibility(),
                finding(&result, value).visibility(),
            );
            let dark: BTreeSet<&String> = then.assets_none.iter().collect();
            let lit = now.assets_whole.iter().chain(&now.assets_part);
            let wrong: Vec<&String> = lit.filter(|name| dark.contains(name)).collect();
            assert!(wrong.is_empty(), "case {case}: {value} on {wrong:?}");
        }
    }
    changed
}

#[test]
fn nothing_that_is_taken_from_the_example_makes_more_visible() {
    let logs = example();
    let first = logs.iter().map(|(_, bytes)| bytes.len()).max();
    assert!(first.is_some_and(|bytes| bytes > 1000));
    let window = ("2026-03-12T00:00:00Z", "2026-03-13T00:00:00Z");
    let changed = check(&logs, window, 200, "", 0);
    assert!(changed > 120, "{changed}");
}

#[test]
fn nothing_that_is_taken_from_an_organisation_makes_more_visible() {
    let Some(logs) = org_logs::logs() else { return };
    let window = ("2025-03-04T01:00:00Z", "2025-03-04T05:00:00Z");
    let changed = check(&logs, window, 120, "filtered,*", 1000);
    assert!(changed > 80, "{changed}");
    // The numbers of events are followed.
    let changed = check(&logs, window, 40, "", 5000);
    assert!(changed > 20, "{changed}");
}

//! Could it have been seen: the shared organisation's logs against its observation manifest, and with parts removed.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_hunt::{Asked, Assumptions, InventoryAsset, Outcome, Plan, conclude};
use tegakari_model::{Finding, HuntResult, ObservableKind as K, TimeRange};

use crate::org_logs::{DATA, logs};
use crate::{finding, hunt, indicators};

/// Machines with their addresses, as the organisation's inventory lists them.
const MACHINES: [(&str, &[&str]); 9] = [
    ("DC-BO-01", &["10.44.20.10"]),
    ("FILE-BO-01", &["10.44.20.20"]),
    ("PROXY-BO-01", &["10.44.20.30"]),
    ("WEB-BO-01", &["10.44.30.10"]),
    ("WS-MPATEL-01", &["10.44.10.21"]),
    ("WS-OREED-01", &["10.44.10.22", "fd00:2c0a:16::1"]),
    ("WS-LMORRIS-01", &["10.44.10.23"]),
    ("WS-NKAPOOR-01", &["10.44.10.24"]),
    ("WS-VHALE-01", &["10.44.10.25"]),
];

fn inventory() -> Vec<InventoryAsset> {
    let asset = |(name, addresses): &(&str, &[&str])| InventoryAsset {
        name: (*name).to_owned(),
        addresses: addresses.iter().map(|a| (*a).to_owned()).collect(),
        ..InventoryAsset::default()
    };
    MACHINES.iter().map(asset).collect()
}

fn window(from: &str, until: &str) -> TimeRange {
    let time = |clock: &str| Some(format!("2025-03-04T{clock}Z").parse().unwrap());
    TimeRange {
        from: time(from),
        until: time(until),
    }
}

fn asked() -> Asked {
    // Of a hundred numbers of Windows events these logs hold one: they were filtered on purpose.
    let (assumptions, problems) = Assumptions::read("filtered,*\n");
    assert!(problems.is_empty(), "{problems:?}");
    Asked {
        not_after: Some("2031-01-01T00:00:00Z".parse().unwrap()),
        assumptions,
        ..Asked::default()
    }
}

/// The manifest's name for the source of a file.
fn family(file: &str) -> &'static str {
    let name = file.rsplit('/').next().unwrap();
    match name {
        "ecar.json" => "ecar",
        "windows_event_sysmon.xml" => "sysmon",
        "windows_event_security.xml" => "windows_security",
        "cisco_asa.log" => "asa",
        "proxy_access.log" => "proxy",
        _ if file.starts_with("ZEEK-") => "zeek",
        _ => "other",
    }
}

/// What each step of the ground truth leaves behind: the machine, the time, and its traces.
type Step = (
    &'static str,
    &'static str,
    (&'static str, &'static str),
    &'static [(K, &'static str)],
);

const STEPS: [Step; 7] = [
    (
        "lb-01",
        "ws-oreed-01",
        ("01:34:30", "01:36:00"),
        &[
            (K::FilePath, r"C:\Windows\System32\quser.exe"),
            (K::FilePath, r"C:\Windows\System32\ipconfig.exe"),
            (K::FilePath, r"C:\Windows\System32\NETSTAT.EXE"),
        ],
    ),
    (
        "lb-02",
        "ws-oreed-01",
        ("01:50:20", "01:51:30"),
        &[
            (K::FilePath, r"C:\Windows\System32\reg.exe"),
            (K::FilePath, r"C:\Windows\System32\sc.exe"),
        ],
    ),
    // The beacon reaches the network through the proxy: what the machine itself shows is its connection there.
    (
        "lb-03",
        "ws-oreed-01",
        ("01:57:40", "02:59:00"),
        &[
            (K::Domain, "www.acdserv.com"),
            (K::Ipv4, "103.213.245.95"),
            (K::Ipv4, "10.44.20.30"),
        ],
    ),
    (
        "lb-04",
        "file-bo-01",
        ("02:39:30", "02:41:00"),
        &[(K::Ipv4, "10.44.10.22")],
    ),
    (
        "lb-05",
        "file-bo-01",
        ("02:54:30", "02:56:00"),
        &[(K::FilePath, r"C:\Users\Public\Pictures\rar.exe")],
    ),
    (
        "lb-06",
        "file-bo-01",
        ("03:09:20", "03:11:30"),
        &[(K::Domain, "www.serthk.com"), (K::Ipv4, "122.10.91.36")],
    ),
    (
        "rh-001",
        "ws-vhale-01",
        ("03:20:25", "03:20:40"),
        &[(K::Ipv4, "198.51.100.77")],
    ),
];

#[test]
fn every_step_and_source_of_the_manifest_is_judged_as_it_says() {
    let Some(logs) = logs() else { return };
    let manifest: serde_json::Value = serde_json::from_slice(
        &std::fs::read(format!("{DATA}/org-logs/OBSERVATION_MANIFEST.json")).unwrap(),
    )
    .unwrap();
    let told = |step: &str, source: &str| {
        ["storyline_events", "red_herring_events"]
            .iter()
            .flat_map(|list| manifest[list].as_array().unwrap())
            .find(|event| event["storyline_id"] == step)
            .unwrap()["source_status"][source]["visible"]
            .as_u64()
            .unwrap_or(0)
            > 0
    };
    let sources = ["ecar", "sysmon", "windows_security", "asa", "proxy", "zeek"];
    let (mut seen, mut not_visible, mut wrong) = (0, 0, Vec::new());
    for (step, machine, (from, until), traces) in STEPS {
        let (plan, problems) = Plan::new(indicators(traces), window(from, until));
        assert!(problems.is_empty(), "{problems:?}");
        for source in sources {
            let mut sum = Outcome::default();
            for (name, bytes) in logs.iter().filter(|(name, _)| family(name) == source) {
                sum.merge(hunt(name, bytes, &plan));
            }
            let result = conclude(sum, &plan, &inventory(), asked());
            let is_seen = result
                .findings
                .iter()
                .any(|one| !one.finding.sightings().is_empty());
            let could_be = result.findings.iter().any(|one| {
                let none = &one.finding.visibility().assets_none;
                !none.iter().any(|asset| asset == machine)
            });
            match (told(step, source), is_seen, could_be) {
                (true, true, _) => seen += 1,
                (false, false, false) => not_visible += 1,
                other => wrong.push((step, source, other)),
            }
        }
    }
    // The manifest counts one record of the firewall for the session of lb-04, which the logs do not hold: both
    // machines stand inside, and what does not cross the firewall it does not see. So nobody may call it visible.
    let session = logs
        .iter()
        .filter(|(name, _)| family(name) == "asa")
        .any(|(_, bytes)| {
            let text = String::from_utf8_lossy(bytes);
            text.lines()
                .any(|line| line.contains("10.44.10.22/") && line.contains("10.44.20.20/3389"))
        });
    assert!(!session);
    let not_in_the_logs = vec![("lb-04", "asa", (true, false, false))];
    assert_eq!((seen, not_visible, wrong), (29, 12, not_in_the_logs));
}

/// A part of a file: records of one hour that name the same machines.
struct Piece {
    file: String,
    hour: usize,
    machines: u32,
    outcome: Outcome,
    cells: Cells,
}

/// Records by machine, source and hour.
type Cells = BTreeMap<(String, String, i64), u64>;

fn cells(result: &HuntResult) -> Cells {
    let mut cells = Cells::new();
    for source in &result.coverage.sources {
        for hour in &source.hours {
            let key = (source.asset.clone(), source.source.clone(), hour.hour.0);
            *cells.entry(key).or_default() += hour.records;
        }
    }
    cells
}

/// 2025-03-04T00:00Z in hours since 1970.
const MIDNIGHT: i64 = 483_624;

/// The hour of the day of a record, read without any of our readers.
fn hour_of(file: &str, record: &str) -> Option<usize> {
    let after = |mark: &str| record.split_once(mark).map(|(_, rest)| rest);
    let clock = |text: &str| text.get(..2)?.parse().ok();
    let epoch = |text: &str, unit: i64| -> Option<usize> {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        let hours = digits.parse::<i64>().ok()? / unit / 3600 - MIDNIGHT;
        usize::try_from(hours).ok()
    };
    match file.rsplit('/').next()? {
        name if name.ends_with(".xml") => clock(after("SystemTime=\"2025-03-04T")?),
        "ecar.json" => epoch(after("\"timestamp_ms\":")?, 1000),
        "cisco_asa.log" => clock(after("Mar  4 ")?),
        "snort_alert.log" => clock(after("03/04-")?),
        "proxy_access.log" | "web_access.log" => clock(after("[04/Mar/2025:")?),
        "syslog.log" => clock(after(" 2025-03-04T")?),
        _ if file.starts_with("ZEEK-") => epoch(after("{\"ts\":")?, 1),
        _ => None,
    }
}

/// The machines that a record names, by name or address; its folder counts.
fn named_in(file: &str, record: &str) -> u32 {
    let whole = |text: &str, word: &str| {
        text.match_indices(word).any(|(at, _)| {
            let border = |c: Option<u8>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
            let end = text.as_bytes().get(at + word.len()).copied();
            border(at.checked_sub(1).map(|i| text.as_bytes()[i])) && border(end)
        })
    };
    let record = record.to_ascii_uppercase();
    let mut bits = 0;
    for (bit, (name, addresses)) in MACHINES.iter().enumerate() {
        let named = file.starts_with(name)
            || whole(&record, name)
            || addresses
                .iter()
                .any(|one| whole(&record, &one.to_ascii_uppercase()));
        bits |= u32::from(named) << bit;
    }
    bits
}

/// What was done there: planted things by machine and hour of the day.
const PLANTED: [(K, &str, &str, usize); 10] = [
    (K::Domain, "www.acdserv.com", "ws-oreed-01", 1),
    (K::Domain, "www.acdserv.com", "ws-oreed-01", 2),
    (K::Ipv4, "103.213.245.95", "ws-oreed-01", 1),
    (K::Ipv4, "103.213.245.95", "ws-oreed-01", 2),
    (K::Domain, "www.serthk.com", "file-bo-01", 3),
    (K::Ipv4, "122.10.91.36", "file-bo-01", 3),
    (
        K::FilePath,
        r"C:\Users\Public\Pictures\rar.exe",
        "file-bo-01",
        2,
    ),
    (K::CommandLine, "rar.exe a -hp1qaz", "file-bo-01", 2),
    (
        K::CommandLine,
        "sc config tapisrv start= auto",
        "ws-oreed-01",
        1,
    ),
    (K::ServiceName, "tapisrv", "ws-oreed-01", 1),
];

fn plan_of(window: TimeRange) -> Plan {
    let mut values: Vec<(K, &str)> = PLANTED.iter().map(|p| (p.0, p.1)).collect();
    values.extend([
        (K::Url, "http://nowhere.example/a"),
        (
            K::Sha256,
            "3fb81913c2daf36530c9ae011feebeb5bc61432969598e2dfaa52fc2ce839f20",
        ),
        (K::UserAgent, "Nobody/1.0 (never)"),
    ]);
    let (plan, problems) = Plan::new(indicators(&values), window);
    assert!(problems.is_empty(), "{problems:?}");
    plan
}

/// A small generator, so that a failing case can be run again by its number (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }
}

fn pieces(logs: &[(String, Vec<u8>)], plan: &Plan) -> Vec<Piece> {
    let mut texts: BTreeMap<(String, usize, u32), String> = BTreeMap::new();
    for (file, bytes) in logs {
        let text = String::from_utf8_lossy(bytes);
        let records: Vec<&str> = if file.ends_with(".xml") {
            text.split_inclusive("</Event>").collect()
        } else {
            text.split_inclusive('\n').collect()
        };
        for record in records {
            let Some(hour) = hour_of(file, record) else {
                continue;
            };
            // The header of a file and what is around its list of events belongs to no record.
            let record = record.find("<Event ").map_or(record, |at| &record[at..]);
            let key = (file.clone(), hour, named_in(file, record));
            let part = texts.entry(key).or_default();
            part.push_str(record);
            if file.ends_with(".xml") {
                part.push('\n');
            }
        }
    }
    texts
        .into_iter()
        .map(|((file, hour, machines), text)| {
            let outcome = hunt(&file, text.as_bytes(), plan);
            let cells = cells(&conclude(outcome.clone(), plan, &inventory(), asked()));
            Piece {
                file,
                hour,
                machines,
                outcome,
                cells,
            }
        })
        .collect()
}

fn together<'a>(pieces: impl Iterator<Item = &'a Piece>, plan: &Plan) -> HuntResult {
    let mut sum = Outcome::default();
    for piece in pieces {
        sum.merge(piece.outcome.clone());
    }
    conclude(sum, plan, &inventory(), asked())
}

/// What a case takes away.
#[derive(Debug, Default)]
struct Removed {
    files: BTreeSet<String>,
    families: BTreeSet<&'static str>,
    hours: BTreeSet<usize>,
    machines: u32,
    /// An hour of one file.
    holes: BTreeSet<(String, usize)>,
}

impl Removed {
    fn throw(dice: &mut Dice, files: &[&str]) -> Self {
        let mut removed = Self::default();
        for _ in 0..dice.below(8) {
            removed
                .files
                .insert(files[dice.below(files.len())].to_owned());
        }
        for _ in 0..dice.below(4) {
            removed
                .families
                .insert(family(files[dice.below(files.len())]));
        }
        for _ in 0..dice.below(2) {
            removed.hours.insert(1 + dice.below(4));
        }
        for _ in 0..dice.below(3) {
            removed.machines |= 1 << dice.below(MACHINES.len());
        }
        for _ in 0..dice.below(12) {
            let file = files[dice.below(files.len())].to_owned();
            removed.holes.insert((file, 1 + dice.below(4)));
        }
        removed
    }

    fn keeps(&self, piece: &Piece) -> bool {
        !self.files.contains(&piece.file)
            && !self.families.contains(family(&piece.file))
            && !self.hours.contains(&piece.hour)
            && self.machines & piece.machines == 0
            && !self.holes.contains(&(piece.file.clone(), piece.hour))
    }
}

const CASES: u64 = 300;

#[test]
fn what_was_removed_is_never_called_visible() {
    let Some(logs) = logs() else { return };
    let whole_window = window("01:00:00", "05:00:00");
    let plan = plan_of(whole_window);
    let pieces = pieces(&logs, &plan);
    let base = together(pieces.iter(), &plan);
    let of_an_hour: Vec<Plan> = (1..5)
        .map(|h| plan_of(window(&format!("0{h}:00:00"), &format!("0{}:00:00", h + 1))))
        .collect();

    // The pieces say what the whole files say.
    let mut sum = Outcome::default();
    for (name, bytes) in &logs {
        if hour_of(name, &String::from_utf8_lossy(bytes)).is_some() {
            sum.merge(hunt(name, bytes, &plan));
        }
    }
    let whole = conclude(sum, &plan, &inventory(), asked());
    assert_eq!(cells(&whole), cells(&base));

    // And what the text says, counted without any of our readers.
    let mut raw: BTreeMap<(String, i64), u64> = BTreeMap::new();
    for (file, bytes) in logs.iter().filter(|(file, _)| file.ends_with("ecar.json")) {
        let machine = file.split('.').next().unwrap().to_lowercase();
        for line in String::from_utf8_lossy(bytes).lines() {
            let hour = hour_of(file, line).unwrap();
            if (1..5).contains(&hour) {
                *raw.entry((machine.clone(), MIDNIGHT + hour as i64))
                    .or_default() += 1;
            }
        }
    }
    let ours: BTreeMap<(String, i64), u64> = cells(&base)
        .into_iter()
        .filter(|((_, source, _), _)| source == "ecar")
        .map(|((asset, _, hour), count)| ((asset, hour), count))
        .collect();
    assert_eq!(ours, raw);

    let files: Vec<&str> = {
        let names: BTreeSet<&str> = pieces.iter().map(|p| p.file.as_str()).collect();
        names.into_iter().collect()
    };
    let (mut hidden, mut still_seen, mut dark) = (0, 0, 0);
    for case in 0..CASES {
        let removed = Removed::throw(&mut Dice(case), &files);
        let kept: Vec<&Piece> = pieces.iter().filter(|p| removed.keeps(p)).collect();
        let result = together(kept.iter().copied(), &plan);

        // Coverage falls by exactly what was removed.
        let mut want = Cells::new();
        for piece in &kept {
            for (key, count) in &piece.cells {
                *want.entry(key.clone()).or_default() += count;
            }
        }
        assert_eq!(cells(&result), want, "case {case}: {removed:?}");

        for (bit, (name, _)) in MACHINES.iter().enumerate() {
            if removed.machines & 1 << bit != 0 {
                let name = name.to_lowercase();
                for one in &result.findings {
                    let none = &one.finding.visibility().assets_none;
                    assert!(none.contains(&name), "case {case}: {name} is gone, {one:?}");
                }
                dark += 1;
            }
        }

        for hour in 1..5 {
            let plan = &of_an_hour[hour - 1];
            let of_hour = kept.iter().copied().filter(|p| p.hour == hour);
            let result = together(of_hour, plan);
            for (_, value, machine, at) in PLANTED.iter().filter(|p| p.3 == hour) {
                let found = finding(&result, value);
                if !found.sightings().is_empty() {
                    still_seen += 1;
                    continue;
                }
                hidden += 1;
                let dark = &found.visibility().assets_none;
                assert!(
                    dark.iter().any(|one| one == machine),
                    "case {case}: {value} was on {machine} in hour {at}, all that showed it is gone, and yet it counts as visible there by {:?}: {removed:?}",
                    found.visibility().sources,
                );
                assert!(
                    !matches!(found, Finding::NotSeen { visibility, .. } if visibility.assets_whole.iter().any(|one| one == machine))
                );
            }
        }
    }
    eprintln!(
        "{CASES} cases: {hidden} planted things hidden, {still_seen} still seen, {dark} machines gone"
    );
    assert!(hidden > 300 && still_seen > 300 && dark > 100);
}

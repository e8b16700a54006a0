//! `tegakari watch`: the real program on files that grow, rotate and are read through crashes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::Place;

/// A watch that ends with the test.
pub(crate) struct Watching {
    pub(crate) child: Child,
}

impl Watching {
    pub(crate) fn start(place: &Place, arguments: &[&str]) -> Self {
        Self::start_with(place, arguments, |command| command)
    }

    pub(crate) fn start_with(
        place: &Place,
        arguments: &[&str],
        with: impl Fn(&mut Command) -> &mut Command,
    ) -> Self {
        let errors = OpenOptions::new()
            .create(true)
            .append(true)
            .open(place.path("stderr"))
            .unwrap();
        let mut command = place.command();
        command
            .args([
                "watch",
                "--value",
                "evil.example",
                "--state",
                "state",
                "--out",
                "out.jsonl",
            ])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(errors);
        let child = with(&mut command).spawn().unwrap();
        Self { child }
    }

    pub(crate) fn signal(&self, signal: &str) {
        // The shell's own: not every machine has the program.
        let kill = format!("kill {signal} {}", self.child.id());
        let done = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(done.success());
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn end(mut self) {
        self.signal("-TERM");
        until("it ends", || self.child.try_wait().unwrap().is_some());
        assert!(self.child.wait().unwrap().success());
    }

    pub(crate) fn megabytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
        let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes / 1024
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The sightings that were written.
pub(crate) fn sightings(place: &Place) -> Vec<Value> {
    let text = fs::read_to_string(place.path("out.jsonl")).unwrap_or_default();
    text.split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .filter(|value| value["schema"] == "tegakari/watch-sighting/1")
        .collect()
}

/// Numbers `n=…` in the records of the sightings, with how often each.
pub(crate) fn numbers(place: &Place) -> BTreeMap<u64, usize> {
    let mut all = BTreeMap::new();
    for one in sightings(place) {
        *all.entry(number(&one)).or_default() += 1;
    }
    all
}

pub(crate) fn number(one: &Value) -> u64 {
    let excerpt = one["excerpt"].as_str().unwrap();
    let digits = excerpt.split("n=").nth(1).unwrap();
    digits
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

pub(crate) fn record(n: u64) -> String {
    format!(
        "2026-03-04T05:06:{:02}Z ws-{:02} app[7]: asked for evil.example n={n}\n",
        n % 60,
        n % 7
    )
}

fn add(path: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[track_caller]
fn has(place: &Place, wanted: std::ops::RangeInclusive<u64>) {
    let want: BTreeSet<u64> = wanted.clone().collect();
    until(&format!("{wanted:?} were seen"), || {
        numbers(place).keys().copied().collect::<BTreeSet<_>>() == want
    });
}

#[test]
fn files_are_followed_through_growth_and_every_kind_of_rotation() {
    let place = Place::new();
    let log = place.write("logs/a.log", record(0));
    let old = fs::read_to_string(&log).unwrap();
    place.write("logs/old.log.gz", b"\x1f\x8b not looked at");
    let watching = Watching::start(&place, &["logs"]);
    until("it has begun", || {
        place.path("state/positions.json").exists()
    });
    // What was there before is not read; half a line waits for its end.
    let next = record(1);
    add(&log, &next[..20]);
    std::thread::sleep(Duration::from_millis(300));
    assert!(sightings(&place).is_empty());
    add(&log, &next[20..]);
    has(&place, 1..=1);
    // Renamed: its writer goes on for a moment, then opens a new one.
    let mut writer = OpenOptions::new().append(true).open(&log).unwrap();
    fs::rename(&log, place.path("logs/a.log.1")).unwrap();
    writer.write_all(record(2).as_bytes()).unwrap();
    has(&place, 1..=2);
    add(&log, &(old.clone() + &record(3)));
    writer.write_all(record(4).as_bytes()).unwrap();
    until("the new file is read", || numbers(&place).contains_key(&3));
    until("the rest of the old one is read", || {
        numbers(&place).contains_key(&4)
    });
    // Copied and emptied.
    fs::rename(place.path("logs/a.log.1"), place.path("logs/a.log.2")).unwrap();
    fs::copy(&log, place.path("logs/a.log.1")).unwrap();
    OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(&log)
        .unwrap();
    add(&log, &record(5));
    until("the emptied file is read", || {
        numbers(&place).contains_key(&5)
    });
    // A new file, gone and back with more.
    let other = place.path("logs/sub/b.log");
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    add(&other, &record(6));
    until("the new file is found", || numbers(&place).contains_key(&6));
    fs::rename(&other, place.path("away")).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    add(&place.path("away"), &record(7));
    fs::rename(place.path("away"), &other).unwrap();
    add(&other, &record(8));
    until("it is back", || numbers(&place).contains_key(&8));
    watching.end();
    let numbers = numbers(&place);
    // The line of before stood in the new file as well.
    let want: Vec<u64> = (0..=8).collect();
    assert_eq!(numbers.keys().copied().collect::<Vec<_>>(), want);
    assert!(numbers.values().all(|n| *n == 1), "{numbers:?}");
    let one = &sightings(&place)[0];
    assert_eq!(one["asset"], "ws-01");
    assert_eq!(one["value"], "evil.example");
    assert_eq!(one["time"], "2026-03-04T05:06:01Z");
    assert!(one.get("repeat").is_none());
}

#[test]
fn what_was_rotated_while_nobody_watched_is_read_once() {
    let place = Place::new();
    let log = place.write("a.log", record(1) + &record(2));
    let run = |place: &Place| {
        place
            .run(&[
                "watch",
                "--once",
                "--from-start",
                "--value",
                "evil.example",
                "--state",
                "state",
                "--out",
                "out.jsonl",
                "a.log",
            ])
            .exits(0);
    };
    run(&place);
    assert_eq!(numbers(&place).len(), 2);
    // Twice rotated, the first time packed, each with more than was read.
    add(&log, &record(3));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&fs::read(&log).unwrap()).unwrap();
    place.write("a.log.2.gz", packed.finish().unwrap());
    std::thread::sleep(Duration::from_millis(30));
    place.write("a.log.1", record(4) + &record(5));
    fs::remove_file(&log).unwrap();
    place.write("a.log", record(6) + &record(7)[..9]);
    run(&place);
    let all = numbers(&place);
    assert_eq!(all.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert!(all.values().all(|n| *n == 1), "{all:?}");
    run(&place);
    assert_eq!(numbers(&place), all);
}

#[test]
fn nothing_is_lost_when_it_is_killed_and_repetitions_say_so() {
    let place = Place::new();
    let log = place.write("a.log", "");
    let path = log.clone();
    let writer = std::thread::spawn(move || {
        for n in 0..6000 {
            add(&path, &record(n));
            if n % 1500 == 1499 {
                fs::rename(&path, path.with_extension(format!("log.{}", 9 - n / 1500))).unwrap();
            }
            if n % 20 == 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    });
    let mut kills = 0;
    while !writer.is_finished() || kills < 6 {
        let mut watching = Watching::start(&place, &["--from-start", "a.log"]);
        let before = sightings(&place).len();
        let until = Instant::now() + Duration::from_millis(1500);
        // Killed soon after it has begun to give out, and now and then later.
        while Instant::now() < until && sightings(&place).len() < before + 50 {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(37 * (kills % 5)));
        watching.child.kill().unwrap();
        watching.child.wait().unwrap();
        kills += 1;
    }
    writer.join().unwrap();
    place
        .run(&[
            "watch",
            "--once",
            "--from-start",
            "--value",
            "evil.example",
            "--state",
            "state",
            "--out",
            "out.jsonl",
            "a.log",
        ])
        .exits(0);
    let mut seen = BTreeSet::new();
    let mut ids = BTreeMap::new();
    let mut repeats = 0;
    for one in sightings(&place) {
        let n = number(&one);
        let again = !seen.insert(n);
        if again {
            repeats += 1;
            assert_eq!(one["repeat"], true, "{one}");
        }
        let id = one["id"].as_str().unwrap().to_owned();
        assert_eq!(
            ids.entry(n).or_insert_with(|| id.clone()),
            &id,
            "another id for {n}"
        );
    }
    let missing: Vec<u64> = (0..6000).filter(|n| !seen.contains(n)).collect();
    assert!(missing.is_empty(), "lost after {kills} kills: {missing:?}");
    eprintln!("{kills} kills, {repeats} repetitions of 6000");
}

#[test]
fn two_watches_do_not_share_their_positions_and_wrong_arguments_are_told() {
    let place = Place::new();
    place.write("a.log", record(1));
    let watching = Watching::start(&place, &["a.log"]);
    until("it has begun", || {
        place.path("state/positions.json").exists()
    });
    let again = [
        "watch",
        "--value",
        "evil.example",
        "--state",
        "state",
        "a.log",
    ];
    place
        .run(&again)
        .exits(2)
        .says(&["another watch", "--state"]);
    watching.end();
    place
        .run(&["watch", "--value", "evil.example"])
        .exits(2)
        .says(&["nothing to watch"]);
    place
        .run(&[
            "watch",
            "--value",
            "evil.example",
            "--syslog-udp",
            "0.0.0.0:0",
        ])
        .exits(2)
        .says(&["--listen-open"]);
    place
        .run(&[
            "watch",
            "--value",
            "evil.example",
            "a.log",
            "--metrics",
            "0.0.0.0:0",
        ])
        .exits(2)
        .says(&["127.0.0.1"]);
    place
        .run(&["watch", "a.log"])
        .exits(2)
        .says(&["nothing to look for"]);
    place.write("state/positions.json", b"{\"schema\":");
    place
        .run(&again)
        .exits(2)
        .says(&["positions.json", "--from-start"]);
}

#[test]
fn rules_are_asked_of_what_comes_in_and_read_again_when_they_change() {
    let place = Place::new();
    let rule = |text: &str| {
        format!(
            "title: Failed logon\nid: 44444444-4444-4444-8444-444444444444\nauthor: Jane Doe\nlevel: medium\ntags:\n  - attack.t1110\nlogsource:\n  product: linux\n  service: sshd\ndetection:\n  s:\n    - '{text}'\n  condition: s\n"
        )
    };
    place.write("rules/a.yml", rule("Failed password"));
    place.write("auth.log", "");
    let watching = Watching::start(&place, &["auth.log", "--rules", "rules"]);
    until("it follows", || {
        fs::read_to_string(place.path("stderr")).is_ok_and(|text| text.contains("auth.log"))
    });
    let log = |message: &str| {
        let mut file = OpenOptions::new()
            .append(true)
            .open(place.path("auth.log"))
            .unwrap();
        writeln!(file, "Nov 28 10:00:00 web-1 sshd[12]: {message}").unwrap();
    };
    let matches = || -> Vec<Value> {
        let text = fs::read_to_string(place.path("out.jsonl")).unwrap_or_default();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(|one: &Value| one["type"] == "rule")
            .collect()
    };
    log("Failed password for root from 203.0.113.7 port 22 ssh2");
    until("the rule fires", || matches().len() == 1);
    let one = matches().remove(0);
    assert_eq!(one["value"], "Failed logon");
    assert_eq!(one["rule"]["author"], "Jane Doe");
    assert_eq!(one["labels"], serde_json::json!(["T1110"]));
    assert_eq!(one["asset"], "web-1");
    assert!(one.get("relation").is_none(), "{one}");
    place.write("rules/a.yml", rule("Accepted publickey"));
    until("the new rule fires", || {
        log("Accepted publickey for root from 203.0.113.7 port 22 ssh2");
        std::thread::sleep(Duration::from_millis(300));
        matches().len() > 1
    });
    watching.end();
}

//! `tegakari watch`: correlations of Sigma, through crashes and reloads.

use std::fs::{self, OpenOptions};
use std::io::Write;

use serde_json::Value;

use crate::support::Place;
use crate::watch::{Watching, until};

const FAILED: &str = "title: Failed logon\nname: failed\nlogsource:\n  product: linux\n  service: sshd\ndetection:\n  s:\n    - 'Failed password'\n  condition: s\n";
const ACCEPTED: &str = "title: Logon\nname: accepted\nlogsource:\n  product: linux\n  service: sshd\ndetection:\n  s:\n    - 'Accepted password'\n  condition: s\n";
const GUESSED: &str = "title: Many failed logons\nid: 55555555-5555-4555-8555-555555555555\nname: guessing\nauthor: Jane Doe\nlevel: high\ntags:\n  - attack.t1110\ncorrelation:\n  type: event_count\n  rules: [failed]\n  group-by: [hostname]\n  timespan: 5m\n  condition:\n    gte: 5\n";
const THEN: &str = "title: Guessed\nid: 66666666-6666-4666-8666-666666666666\nlevel: critical\ncorrelation:\n  type: temporal_ordered\n  rules: [guessing, accepted]\n  group-by: [hostname]\n  timespan: 10m\n  generate: true\n";

fn add(place: &Place, name: &str, minute: u64, second: u64, host: &str, message: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(place.path(name))
        .unwrap();
    writeln!(
        file,
        "<34>1 2026-03-04T05:{minute:02}:{second:02}Z {host} sshd 12 - - {message}"
    )
    .unwrap();
}

fn matches(place: &Place) -> Vec<Value> {
    let text = fs::read_to_string(place.path("out.jsonl")).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|one: &Value| one["type"] == "rule")
        .collect()
}

fn titles(place: &Place) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    matches(place)
        .iter()
        .map(|one| (text(&one["value"]), text(&one["asset"])))
        .collect()
}

const WRONG: &str = "Failed password for root from 203.0.113.7 port 22 ssh2";
const RIGHT: &str = "Accepted password for root from 203.0.113.7 port 22 ssh2";

#[test]
fn a_correlation_is_told_once_through_a_crash_and_a_reload() {
    let place = Place::new();
    place.write("rules/a.yml", format!("{FAILED}---\n{ACCEPTED}"));
    place.write("rules/b.yml", format!("{GUESSED}---\n{THEN}"));
    place.write("a.log", "");
    place.write("b.log", "");
    let arguments = ["--from-start", "a.log", "b.log", "--rules", "rules"];
    let watching = Watching::start(&place, &arguments);
    let kept = |what: &str, times: usize| {
        until("it is on the disk", || {
            fs::read_to_string(place.path("state/correlations.jsonl"))
                .is_ok_and(|text| text.matches(what).count() >= times)
        });
    };
    // Two of five in each of two logs, of one machine; of another machine four.
    for second in 0..2 {
        add(&place, "a.log", 1, second, "web-1", WRONG);
        add(&place, "b.log", 1, 30 + second, "web-1", WRONG);
        add(&place, "a.log", 1, second, "web-2", WRONG);
        add(&place, "b.log", 1, second, "web-2", WRONG);
    }
    kept("Failed password", 8);
    // Killed, and other rules come meanwhile.
    drop(watching);
    place.write(
        "rules/0.yml",
        GUESSED
            .replace("5555-5555", "0000-0000")
            .replace("name: guessing\n", "")
            .replace("gte: 5", "gte: 500"),
    );
    let watching = Watching::start(&place, &arguments);
    add(&place, "a.log", 2, 0, "web-1", WRONG);
    until("it is told", || !matches(&place).is_empty());
    assert_eq!(
        titles(&place),
        [("Many failed logons".to_owned(), "web-1".to_owned())]
    );
    let one = matches(&place).remove(0);
    assert_eq!(one["correlation"]["count"], 5);
    assert_eq!(one["correlation"]["group"]["hostname"], "web-1");
    assert_eq!(one["correlation"]["records"].as_array().unwrap().len(), 5);
    assert_eq!(one["correlation"]["first"], "2026-03-04T05:01:00Z");
    assert_eq!(one["time"], "2026-03-04T05:02:00Z");
    assert_eq!(one["rule"]["author"], "Jane Doe");
    assert_eq!(one["labels"], serde_json::json!(["T1110"]));
    assert!(
        one["correlation"]["records"][0]["excerpt"]
            .as_str()
            .unwrap()
            .contains("Failed password")
    );
    // More of the same burst is nothing new; what follows it is. The rules are read again in between.
    add(&place, "b.log", 2, 10, "web-1", WRONG);
    fs::remove_file(place.path("rules/0.yml")).unwrap();
    watching.signal("-HUP");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    add(&place, "b.log", 3, 0, "web-2", RIGHT);
    add(&place, "b.log", 3, 0, "web-1", RIGHT);
    until("what follows is told", || matches(&place).len() > 2);
    watching.end();
    let mut all = titles(&place);
    all.sort();
    let host = |title: &str, host: &str| (title.to_owned(), host.to_owned());
    assert_eq!(
        all,
        [
            host("Guessed", "web-1"),
            host("Logon", "web-1"),
            host("Logon", "web-2"),
            host("Many failed logons", "web-1"),
        ]
    );
    let one = matches(&place)
        .into_iter()
        .find(|one| one["value"] == "Guessed")
        .unwrap();
    assert_eq!(one["correlation"]["records"].as_array().unwrap().len(), 6);
}

#[test]
fn killed_at_any_moment_no_correlation_is_lost_and_repetitions_say_so() {
    let place = Place::new();
    place.write("rules/a.yml", format!("{FAILED}---\n{GUESSED}"));
    place.write("a.log", "");
    let arguments = ["--from-start", "a.log", "--rules", "rules"];
    // Forty machines, of each five wrong words; the watch is killed again and again meanwhile.
    let mut watching = Watching::start(&place, &arguments);
    for round in 0..5 {
        for host in 0..40 {
            add(&place, "a.log", round, host, &format!("web-{host}"), WRONG);
        }
        std::thread::sleep(std::time::Duration::from_millis(300 + 350 * round));
        drop(watching);
        watching = Watching::start(&place, &arguments);
    }
    let told = || {
        let all = titles(&place);
        (0..40).all(|host| all.iter().any(|(_, on)| *on == format!("web-{host}")))
    };
    until("all are told", told);
    std::thread::sleep(std::time::Duration::from_millis(1500));
    watching.end();
    let mut seen = std::collections::BTreeSet::new();
    for one in matches(&place) {
        let new = seen.insert(one["id"].to_string());
        assert!(new || one["repeat"] == true, "{one}");
        assert_eq!(one["correlation"]["count"], 5, "{one}");
    }
    assert_eq!(seen.len(), 40);
    // A damaged file costs what stands in it, and is told.
    place.write("state/correlations.jsonl", "{\"schema\":\n");
    let watching = Watching::start(&place, &arguments);
    until("it is told", || {
        fs::read_to_string(place.path("stderr"))
            .is_ok_and(|text| text.contains("held for correlations cannot be read"))
    });
    watching.end();
}

#[test]
fn at_the_end_of_what_is_there_nothing_more_is_waited_for() {
    let place = Place::new();
    place.write(
        "rules.yml",
        format!("{FAILED}---\n{}", GUESSED.replace("gte: 5", "lt: 3")),
    );
    for second in 0..2 {
        add(&place, "a.log", 1, second, "web-1", WRONG);
    }
    place
        .run(&[
            "watch",
            "a.log",
            "--from-start",
            "--once",
            "--rules",
            "rules.yml",
            "--state",
            "state",
            "--out",
            "out.jsonl",
        ])
        .exits(0);
    assert_eq!(
        titles(&place),
        [("Many failed logons".to_owned(), "web-1".to_owned())]
    );
}

//! Rules of behaviour: what fires, what could not, in which order, and that hostile values stay values.

use std::fs;

use serde_json::Value;

use crate::support::{Place, shared};

const RULE: &str = "title: Encoded command\nid: 11111111-1111-4111-8111-111111111111\nstatus: test\nauthor: Jane Doe\nlevel: high\ntags:\n  - attack.execution\n  - attack.t1059.001\nlogsource:\n  category: process_creation\n  product: windows\ndetection:\n  s:\n    Image|endswith: '\\powershell.exe'\n    CommandLine|contains: ' -enc '\n  condition: s\n";
const NEVER: &str = "title: Never there\nid: 22222222-2222-4222-8222-222222222222\nauthor: Jane Doe\nlevel: low\nlogsource:\n  product: aws\n  service: cloudtrail\ndetection:\n  s:\n    eventName: DeleteTrail\n  condition: s\n";
const NO_FIELD: &str = "title: No such field\nid: 33333333-3333-4333-8333-333333333333\nauthor: Jane Doe\nlevel: low\nlogsource:\n  category: process_creation\n  product: windows\ndetection:\n  s:\n    Company: Evil\n  condition: s\n";
const SSH: &str = "title: Failed logons\nname: failed\nid: 44444444-4444-4444-8444-444444444444\nlogsource:\n  product: linux\n  service: sshd\ndetection:\n  s:\n    - 'Failed password'\n  condition: s\n---\ntitle: Guessing\nid: 55555555-5555-4555-8555-555555555555\nlevel: medium\nauthor: Jane Doe\ncorrelation:\n  type: event_count\n  rules: [failed]\n  group-by: [program]\n  timespan: 5m\n  condition:\n    gte: 3\n";

/// A start of a process on a machine, as Sysmon tells it.
fn started(record: u32, host: &str, time: &str, command: &str) -> String {
    let command = command.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>1</EventID><TimeCreated SystemTime='{time}'/><EventRecordID>{record}</EventRecordID><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>{host}</Computer></System><EventData><Data Name='Image'>C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe</Data><Data Name='CommandLine'>{command}</Data><Data Name='User'>CORP\\alice</Data></EventData></Event>\n"
    )
}

/// Two machines, one with what the rule is for, and an event that no rule is for.
fn place() -> Place {
    let place = Place::new();
    let mut text = started(1, "WS-01", "2026-01-05T10:00:00Z", "powershell -enc AAAA");
    text += &started(
        2,
        "WS-01",
        "2026-01-06T10:00:00Z",
        "powershell -ENC \u{1b}[31mB<C",
    );
    text += &started(
        3,
        "WS-02",
        "2026-01-06T11:00:00Z",
        "powershell -File stage7.ps1",
    );
    text += "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Vendor'/><EventID>7</EventID><TimeCreated SystemTime='2026-01-06T11:30:00Z'/><EventRecordID>9</EventRecordID><Channel>Vendor/Own</Channel><Computer>WS-02</Computer></System></Event>\n";
    place.write("logs/events.xml", text);
    place.write("rules/a.yml", RULE);
    place.write("rules/deep/b.yaml", NEVER);
    place.write("rules/deep/c.yml", NO_FIELD);
    place.write("rules/LICENSE", "# Detection Rule License (DRL) 1.1\n");
    place
}

fn observed(hunt: &Value) -> &Vec<Value> {
    hunt["behaviours"]["observed"].as_array().unwrap()
}

#[test]
fn a_rule_fires_with_its_author_and_the_others_say_why_they_did_not() {
    let place = place();
    let ran = place.run(&["hunt", "logs", "--rules", "rules"]).exits(1);
    let text = ran.stdout();
    for words in [
        "Encoded command [high]",
        "Rule by Jane Doe (DRL-1.1)",
        "T1059.001",
        "CommandLine: powershell -enc AAAA",
        "1 rule is for aws/cloudtrail, and there was no such record.",
        "asks for Company, which no such record had.",
        "Vendor/Own 7 (1)",
        "no evidence that nothing happened",
    ] {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain(&text).contains(words), "{words:?} is not in:\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "{text}");
    let japanese = place.run(&["hunt", "logs", "--rules", "rules", "--lang", "ja"]);
    assert!(japanese.exits(1).stdout().contains("一致したルール"));
    let hunt = place
        .run(&["hunt", "logs", "--rules", "rules", "--format", "json"])
        .exits(1)
        .json();
    let rules = &hunt["behaviours"];
    assert_eq!(rules["rules"], 3);
    assert_eq!(observed(&hunt).len(), 1);
    let one = &observed(&hunt)[0];
    assert_eq!(
        (&one["count"], &one["rule"]["level"]),
        (&2.into(), &"high".into())
    );
    assert_eq!(one["assets"][0]["asset"], "ws-01");
    let example = &one["assets"][0]["examples"][1];
    assert_eq!(example["user"], "CORP\\alice");
    assert_eq!(example["place"]["record"], 2);
    assert_eq!(example["place"]["line"], 2);
    assert_eq!(
        (&rules["covered_records"], &rules["uncovered_records"]),
        (&3.into(), &1.into())
    );
    assert_eq!(rules["days"][1]["by_level"][3], 1);
    // What is less grave than asked for is left out, and told.
    let hunt = place
        .run(&[
            "hunt",
            "logs",
            "--rules",
            "rules",
            "--min-level",
            "critical",
            "--format",
            "json",
        ])
        .exits(3)
        .json();
    assert_eq!(
        (&hunt["behaviours"]["left_out"], observed(&hunt).len()),
        (&3.into(), 0)
    );
}

#[test]
fn a_broken_rule_costs_that_rule() {
    let place = place();
    place.write("rules/z.yml", "title: broken\ndetection: [\n");
    place.write(
        "rules/y.yml",
        RULE.replace("contains", "bogus").replace("1111", "6666"),
    );
    let hunt = place
        .run(&["hunt", "logs", "--rules", "rules", "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(observed(&hunt).len(), 1);
    let told = hunt["problems"].to_string();
    assert!(
        told.contains("y.yml") && told.contains("bogus") && told.contains("z.yml"),
        "{told}"
    );
    place.write("none/x.yml", "a: 1\n");
    place
        .run(&["hunt", "logs", "--rules", "none"])
        .exits(2)
        .says(&["no rule can be used"]);
    place
        .run(&["hunt", "logs", "--rules", "missing"])
        .exits(2)
        .says(&["missing"]);
}

#[test]
fn what_correlations_put_together_is_told_once() {
    let place = Place::new();
    place.write("rules/ssh.yml", SSH);
    let lines: String = (0..4)
        .map(|n| format!("2026-01-05T10:00:0{n}Z web-1 sshd[811]: Failed password for root from 203.0.113.9 port 4{n}\n"))
        .collect();
    place.write("logs/auth.log", lines);
    let hunt = place
        .run(&["hunt", "logs", "--rules", "rules", "--format", "json"])
        .exits(1)
        .json();
    let told = observed(&hunt);
    assert_eq!(told.len(), 1, "{hunt:#}");
    assert_eq!(
        (&told[0]["rule"]["title"], &told[0]["correlation"]),
        (&"Guessing".into(), &true.into())
    );
    assert_eq!(told[0]["assets"][0]["asset"], "web-1");
    assert!(
        told[0]["assets"][0]["examples"][0]["place"]["excerpt"]
            .as_str()
            .unwrap()
            .contains("program: sshd")
    );
}

#[test]
fn the_next_run_goes_on_where_the_last_one_stopped() {
    let place = place();
    let hunt = |extra: &[&str]| {
        let arguments = [
            &["hunt", "logs", "--rules", "rules", "--format", "json"],
            extra,
        ]
        .concat();
        let mut hunt = place.run(&arguments).json();
        hunt["problems"] = Value::Null;
        hunt
    };
    let first = hunt(&["--incremental"]);
    assert_eq!(first["behaviours"], hunt(&["--no-save"])["behaviours"]);
    let more = started(20, "WS-02", "2026-01-07T10:00:00Z", "powershell -enc CCCC");
    place.write("logs/more.xml", more);
    let second = hunt(&["--incremental"]);
    assert_eq!(second["behaviours"], hunt(&["--no-save"])["behaviours"]);
    assert_eq!(observed(&second)[0]["count"], 3);
    // Other rules are another hunt.
    place.write("rules/a.yml", RULE.replace("-enc", "-File"));
    assert_eq!(observed(&hunt(&["--incremental"]))[0]["count"], 1);
}

#[test]
fn a_timeline_has_both_kinds_in_order_and_the_dark_hours() {
    let place = place();
    let arguments = [
        "timeline",
        "logs",
        "--rules",
        "rules",
        "--value",
        "stage7.ps1",
        "--format",
        "json",
    ];
    let all = place.run(&arguments).exits(1).json();
    let what: Vec<&Value> = all["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["what"])
        .collect();
    assert_eq!(what, ["behaviour", "behaviour", "sighting"]);
    let one = place.run(&[
        "timeline", "logs", "--rules", "rules", "--host", "WS-01", "--user", "alice",
    ]);
    let text = one.exits(1).stdout();
    assert!(
        text.contains("no record for 23 h") && text.contains("Jane Doe (DRL-1.1)"),
        "{text}"
    );
    let none = place.run(&["timeline", "logs", "--rules", "rules", "--host", "ws-02"]);
    assert!(
        none.exits(3)
            .stdout()
            .contains("silence there means nothing")
    );
    let csv = place
        .run(&["timeline", "logs", "--rules", "rules", "--csv", "-"])
        .exits(1)
        .stdout();
    assert!(csv.starts_with("message,datetime,timestamp_desc,"), "{csv}");
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(!csv.contains('\u{1b}'), "{csv}");
}

#[test]
fn all_of_the_regression_samples_fire_with_any_number_of_threads() {
    let Some(rules) = shared("sigma/rules") else {
        return;
    };
    let root = rules.parent().unwrap();
    let place = Place::new();
    let of = |threads: &str| {
        let mut command = place.command();
        command.args([
            "hunt",
            "--format",
            "json",
            "--no-save",
            "--threads",
            threads,
        ]);
        command.arg(root.join("regression"));
        for name in ["rules", "rules-emerging-threats", "rules-threat-hunting"] {
            command.arg("--rules").arg(root.join(name));
        }
        let out = command.output().unwrap();
        assert_eq!(
            out.status.code(),
            Some(1),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        out.stdout
    };
    let one = of("1");
    assert!(one == of("3"), "the number of threads changes what is said");
    let hunt: Value = serde_json::from_slice(&one).unwrap();
    let expected = fs::read_to_string(root.join("regression/EXPECTED.tsv")).unwrap();
    let mut missed = Vec::new();
    for line in expected.lines().skip(1) {
        let mut cells = line.split('\t');
        let (file, id) = (cells.next().unwrap(), cells.next().unwrap());
        let fired = observed(&hunt).iter().any(|one| one["rule"]["id"] == id);
        if !fired {
            missed.push(format!("{id} in {file}"));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

//! The standing self-assessment, and what a negative is worth.

use std::fs;

use serde_json::Value;

use crate::support::Place;

/// A resolver's log about ws-01 for six hours, and an inventory with ws-01 and ws-02.
fn place() -> Place {
    let place = Place::new();
    let line = |hour: i64, client: &str| {
        let ts = 1_741_046_400 + hour * 3600 + 60;
        format!(
            "{{\"ts\":{ts}.5,\"uid\":\"C1\",\"id.orig_h\":\"{client}\",\"id.orig_p\":5353,\"id.resp_h\":\"10.9.9.9\",\"id.resp_p\":53,\"proto\":\"udp\",\"query\":\"www.example.org\",\"qtype_name\":\"A\"}}\n"
        )
    };
    let text: String = (0..6)
        .map(|hour| line(hour, "10.0.0.1") + &line(hour, "10.0.0.3"))
        .collect();
    place.write("logs/dns.log", text);
    place.write(
        "assets.csv",
        "hostname,ip\nws-01,10.0.0.1\nws-02,10.0.0.2\n",
    );
    place
}

/// Checks that a text says something, wherever its lines end.
fn says(text: &str, words: &[&str]) {
    let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
    for word in words {
        assert!(
            plain(text).contains(&plain(word)),
            "{word:?} is not in:\n{text}"
        );
    }
}

#[test]
fn without_a_report_the_logs_are_measured_and_written_for_others() {
    let place = place();
    let arguments = ["visibility", "logs", "--inventory", "assets.csv"];
    let text = place.run(&arguments).exits(0);
    says(
        &text.stdout(),
        &[
            "Largest gaps",
            "Missing everywhere",
            "1 machine in the logs is in no inventory: 10.0.0.3",
            "Of 1 listed machine no record was found: ws-02",
            "Network Traffic Content",
        ],
    );
    // The gaps stand before the grids.
    let at = |words: &str| text.stdout().find(words).unwrap();
    assert!(at("Largest gaps") < at("ATT&CK"));

    let all = [
        &arguments[..],
        &[
            "--format",
            "json",
            "--navigator",
            "l.json",
            "--dettect",
            "d.yaml",
        ],
    ]
    .concat();
    let whole = place.run(&all).exits(0).json();
    assert_eq!(whole["schema"], "tegakari/visibility/1");
    let component = |name: &str| {
        let all = whole["components"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap()["visible"]
            .as_f64()
            .unwrap()
    };
    // Two of three machines for all of the time.
    assert_eq!(component("Network Traffic Content"), 0.6667);
    assert_eq!(component("Process Creation"), 0.0);
    assert!(whole["techniques"].as_array().unwrap().len() > 300);

    let layer: Value = serde_json::from_slice(&fs::read(place.path("l.json")).unwrap()).unwrap();
    assert_eq!(layer["versions"]["layer"], "4.5");
    let scores = layer["techniques"].as_array().unwrap();
    assert!(
        scores
            .iter()
            .any(|one| one["score"].as_f64().unwrap() > 0.0)
    );
    let yaml = fs::read_to_string(place.path("d.yaml")).unwrap();
    assert!(
        yaml.contains("data_source_name: \"Network Traffic Content\""),
        "{yaml}"
    );

    // Again: what was written is read, and comes out the same.
    place.run(&all).exits(0);
    assert_eq!(fs::read_to_string(place.path("d.yaml")).unwrap(), yaml);
    // What cannot be read is not overwritten.
    place.write("bad.yaml", "a: [");
    place
        .run(&["visibility", "logs", "--dettect", "bad.yaml"])
        .exits(2);
    assert_eq!(fs::read_to_string(place.path("bad.yaml")).unwrap(), "a: [");

    place
        .run(&["visibility", "logs", "--min-visibility", "100"])
        .exits(0);
    let strict = [&arguments[..], &["--min-visibility", "80"]].concat();
    place.run(&strict).exits(3);
}

#[test]
fn a_negative_says_what_it_is_worth_in_both_languages() {
    let place = place();
    let hunt = |more: &[&str]| {
        let all = [
            "hunt",
            "logs",
            "--inventory",
            "assets.csv",
            "--value",
            "evil.example",
        ];
        place.run(&[&all[..], more].concat())
    };
    let json = hunt(&["--format", "json"]).exits(3).json();
    let strength = &json["strength"];
    // Two of three machines at 60 % × 95 %.
    assert_eq!(strength["organisation"], 0.38);
    assert_eq!(strength["improvements"][0]["measure"], "dns_log");
    says(
        &hunt(&[]).stdout(),
        &[
            "with a probability of 38 %",
            "Log DNS queries on ws-02: 38 % → 57 %",
        ],
    );
    says(
        &hunt(&["--lang", "ja"]).stdout(),
        &["検出される確率は 38 % です", "DNS の問い合わせを記録する"],
    );

    // A table takes the place of what is assumed; a bad line costs itself and is told.
    place.write("a.csv", "used,domain,1,8\nmeasured,dns,0.5\nnonsense\n");
    let json = hunt(&["--assumptions", "a.csv", "--format", "json"])
        .exits(2)
        .json();
    assert_eq!(json["strength"]["organisation"], 0.3333);
    let told = json["problems"].as_array().unwrap();
    assert!(
        told.iter()
            .any(|one| one["place"].as_str().unwrap().ends_with("assumptions:3"))
    );
}

#[test]
fn no_output_calls_anything_clean() {
    let place = place();
    place.write("r.md", "# Quiet Lantern\n\nPublished 2025-03-10.\n\n## Indicators of compromise\n\n- update-sync[.]net (C2)\n");
    for lang in ["en", "ja"] {
        for format in ["text", "json", "jsonl"] {
            for command in [
                vec!["visibility", "logs"],
                vec!["hunt", "logs", "--value", "evil.example"],
                vec!["investigate", "r.md", "--logs", "logs", "-o", "out"],
            ] {
                let ran =
                    place.run(&[&command[..], &["--lang", lang, "--format", format]].concat());
                let mut all = ran.stdout() + &ran.stderr();
                if command[0] == "investigate" {
                    all += &fs::read_to_string(place.path("out/report.html")).unwrap();
                }
                let lower = all.to_lowercase();
                let words = lower.split(|c: char| !c.is_alphabetic());
                assert!(
                    !words.into_iter().any(|word| word == "clean"),
                    "{command:?} {lang} {format}"
                );
                assert!(!lower.contains("クリーン"), "{command:?} {lang} {format}");
            }
        }
    }
}

/// Sysmon's process starts of ws-01 for six hours, a report that names a technique and an address, and a rule for it.
fn with_behaviour() -> Place {
    let place = Place::new();
    let events: String = (0..6)
        .map(|hour| {
            format!("<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"Microsoft-Windows-Sysmon\"/><EventID>1</EventID><TimeCreated SystemTime=\"2025-03-04T{hour:02}:01:00.0Z\"/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws-01</Computer></System><EventData><Data Name=\"Image\">C:\\a.exe</Data><Data Name=\"CommandLine\">a.exe -k</Data></EventData></Event>\n")
        })
        .collect();
    place.write("logs/sysmon.xml", events);
    place.write("assets.csv", "hostname\nws-01\nws-02\n");
    place.write(
        "r.md",
        "# Quiet Lantern\n\nPublished 2025-03-10.\n\nThe actor used T1218.010 (Regsvr32) to start its implant.\n\n## Indicators of compromise\n\n- update-sync[.]net (C2)\n",
    );
    place.write(
        "rule.yml",
        "title: A script by regsvr32\nstatus: test\nlevel: high\nlogsource:\n    product: windows\n    category: process_creation\ndetection:\n    selection:\n        CommandLine|contains: 'scrobj.dll'\n    condition: selection\ntags:\n    - attack.t1218.010\n",
    );
    place
}

#[test]
fn what_rules_looked_for_is_part_of_what_a_negative_is_worth() {
    let place = with_behaviour();
    let investigate = |more: &[&str]| {
        let all = [
            "investigate",
            "r.md",
            "--logs",
            "logs",
            "--inventory",
            "assets.csv",
            "-o",
            "out",
        ];
        place.run(&[&all[..], more].concat()).exits(3)
    };
    let json = investigate(&["--format", "json"]).json();
    let without = &json["hunt"]["strength"];
    assert_eq!(without["organisation"], 0.0);
    assert_eq!(without["techniques"][0]["id"], "T1218.010");
    assert_eq!(without["techniques"][0]["rules"], 0);
    assert_eq!(without["improvements"][0]["measure"], "ask_rules");
    let json = investigate(&["--rules", "rule.yml", "--format", "json"]).json();
    let with = &json["hunt"]["strength"];
    // One of two machines, 60 % of victims, rules that match 30 %, a log that shows 95 %.
    assert_eq!(with["organisation"], 0.0855);
    assert_eq!(with["techniques"][0]["rules"], 1);
    assert_eq!(with["techniques"][0]["visible"], 0.5);
    let page = fs::read_to_string(place.path("out/report.html")).unwrap();
    assert!(page.contains("indicators or behaviours") && page.contains("Techniques of the report"));

    says(
        &investigate(&[]).stdout(),
        &["No rules were asked for the technique of the report"],
    );
    says(
        &investigate(&["--rules", "rule.yml"]).stdout(),
        &[
            "at least one of the indicators or behaviours would have been seen with a probability of 9 %",
        ],
    );
    says(
        &investigate(&["--rules", "rule.yml", "--lang", "ja"]).stdout(),
        &["侵害指標または挙動の少なくとも一つが検出される確率は 9 % です"],
    );

    // The same with a report that was read before.
    place.run(&["read", "r.md"]).exits(0);
    let id = json["reports"][0]["id"].as_str().unwrap().to_owned();
    let hunt = place
        .run(&[
            "hunt",
            "logs",
            "--report",
            &id,
            "--inventory",
            "assets.csv",
            "--rules",
            "rule.yml",
            "--format",
            "json",
        ])
        .exits(3)
        .json();
    assert_eq!(hunt["strength"]["organisation"], 0.0855);
}

#[test]
fn each_hour_is_present_partial_absent_or_unknown_and_a_zone_can_be_said() {
    let place = place();
    place.write(
        "logs/late.csv",
        "time,src,query\n2025-03-04 17:01:00,10.0.0.1,www.example.org\n",
    );
    let visibility = |zone: &str| {
        let all = [
            "visibility",
            "logs",
            "--inventory",
            "assets.csv",
            "--format",
            "json",
            "--zone",
            zone,
        ];
        place.run(&all).exits(0).json()
    };
    let json = visibility("late.csv=+09:00");
    let of = |asset: &str| {
        let all = json["hours"].as_array().unwrap();
        let found = all
            .iter()
            .find(|one| one["asset"] == asset && one["component"] == "Network Traffic Content");
        let runs = found.unwrap()["runs"].as_array().unwrap();
        let of_run = |run: &Value| {
            (
                run["state"].as_str().unwrap().to_owned(),
                run["hours"].as_u64().unwrap(),
            )
        };
        runs.iter().map(of_run).collect::<Vec<_>>()
    };
    let run = |state: &str, hours: u64| (state.to_owned(), hours);
    assert_eq!(
        of("ws-01"),
        [run("present", 6), run("unknown", 2), run("present", 1)]
    );
    assert_eq!(
        of("ws-02"),
        [run("absent", 6), run("unknown", 2), run("absent", 1)]
    );
    let text = place.run(&[
        "visibility",
        "logs",
        "--zone",
        "*.csv=Asia/Tokyo",
        "--inventory",
        "assets.csv",
    ]);
    says(&text.exits(0).stdout(), &["●●●●●●??●", "○○○○○○??○"]);
    place
        .run(&["visibility", "logs", "--zone", "late.csv=Nowhere/Atall"])
        .exits(2);
    place
        .run(&["visibility", "logs", "--zone", "+09:00"])
        .exits(2);
}

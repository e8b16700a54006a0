//! Each command by itself: streams, formats, exit status.

use crate::support::Place;

const REPORT: &str = "# Quiet Lantern\n\nPublished 2025-03-10.\n\n## Indicators of compromise\n\n- update-sync[.]net (C2)\n- 203.0.114[.]23\n";

fn logs(place: &Place) {
    let line = |host: &str, name: &str, hour: u32| {
        format!(
            "{{\"ts\":\"2025-03-04T{hour:02}:10:00Z\",\"hostname\":\"{host}\",\"dns_query\":\"{name}\",\"src_ip\":\"10.0.0.14\"}}\n"
        )
    };
    let mut text = String::new();
    for hour in 0..6 {
        text.push_str(&line("ws-014", "www.example.com", hour));
    }
    text.push_str(&line("ws-014", "cdn.update-sync.net", 3));
    text.push_str(&line("ws-014", "notupdate-sync.net", 4));
    place.write("logs/dns.jsonl", text);
}

#[test]
fn stdout_is_the_result_and_nothing_else() {
    let place = Place::new();
    place.write("r.md", REPORT);
    logs(&place);
    for command in [
        vec!["read", "r.md", "--format", "json"],
        vec!["hunt", "logs", "--all", "--format", "json"],
        vec!["assess", "--format", "json"],
        vec!["block", "--format", "json"],
        vec!["show", "update-sync.net", "--format", "json"],
        vec!["knowledge", "list", "--format", "json"],
        vec!["formats", "--format", "json"],
    ] {
        let ran = place.run(&command);
        let value = ran.json();
        let schema = value["schema"].as_str().unwrap_or_default();
        assert!(schema.starts_with("tegakari/"), "{command:?}: {schema}");
        assert_eq!(ran.stderr(), "", "{command:?}");
    }
}

#[test]
fn exit_status_tells_no_from_nobody_can_say() {
    let place = Place::new();
    place.write("r.md", REPORT);
    logs(&place);
    place.run(&["read", "r.md"]).exits(0);
    place.run(&["hunt", "logs", "--all"]).exits(1);
    place.write("other.txt", "quiet-name.net\n");
    // DNS of the only machine was visible in every hour.
    place
        .run(&["hunt", "logs", "--indicators", "other.txt"])
        .exits(0);
    place.write("hash.txt", format!("{}\n", "a1".repeat(32)));
    place
        .run(&["hunt", "logs", "--indicators", "hash.txt"])
        .exits(3);
}

#[test]
fn a_name_below_the_domain_is_seen_and_a_longer_name_is_not() {
    let place = Place::new();
    place.write("r.md", REPORT);
    logs(&place);
    place.run(&["read", "r.md"]).exits(0);
    let lines = place
        .run(&["hunt", "logs", "--all", "--format", "jsonl"])
        .exits(1)
        .json_lines();
    let line = crate::support::finding(&lines, "update-sync.net");
    assert_eq!(line["finding"], "seen");
    assert_eq!(line["sightings"][0]["count"], 1);
    assert_eq!(line["sightings"][0]["relation"], "subdomain");
    assert_eq!(line["sightings"][0]["asset"], "ws-014");
    assert_eq!(line["sightings"][0]["first"], "2025-03-04T03:10:00Z");
    let line = crate::support::finding(&lines, "203.0.114.23");
    assert_eq!(line["finding"], "cannot_tell");
}

#[test]
fn the_result_does_not_depend_on_threads_or_on_the_run() {
    let place = Place::new();
    place.write("r.md", REPORT);
    logs(&place);
    for i in 0..7 {
        std::fs::copy(
            place.path("logs/dns.jsonl"),
            place.path(&format!("logs/copy{i}.jsonl")),
        )
        .unwrap();
    }
    place.run(&["read", "r.md"]).exits(0);
    let once = |threads: &str| {
        place
            .run(&[
                "hunt",
                "logs",
                "--all",
                "--format",
                "json",
                "--threads",
                threads,
            ])
            .exits(1)
            .stdout()
    };
    let one = once("1");
    assert_eq!(one, once("1"));
    assert_eq!(one, once("5"));
}

#[test]
fn show_answers_later() {
    let place = Place::new();
    place.write("r.md", REPORT);
    logs(&place);
    let report = place
        .run(&["read", "r.md", "--format", "json"])
        .exits(0)
        .json();
    let id = report["reports"][0]["id"].as_str().unwrap().to_owned();
    place.run(&["hunt", "logs", "--all"]).exits(1);
    assert!(
        place
            .run(&["show", &id])
            .exits(0)
            .stdout()
            .contains("Quiet Lantern")
    );
    assert!(
        place
            .run(&["show", &id[..6]])
            .exits(0)
            .stdout()
            .contains("Quiet Lantern")
    );
    let text = place.run(&["show", "update-sync[.]net"]).exits(0).stdout();
    assert!(text.contains("ws-014"), "{text}");
    let text = place.run(&["show", "Lotus Blossom"]).exits(0).stdout();
    assert!(text.contains("G0030"), "{text}");
    let text = place.run(&["show", "8.8.8.8"]).exits(0).stdout();
    assert!(text.to_lowercase().contains("resolver"), "{text}");
    place
        .run(&["show", "no such thing at all"])
        .exits(2)
        .says(&["no such thing"]);
}

#[test]
fn a_process_log_does_not_show_that_a_library_was_absent() {
    let place = Place::new();
    place.write("iocs.txt", "csrssupd.dll\n");
    let event = |second: u32| {
        format!(
            "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"Microsoft-Windows-Security-Auditing\"/>\
             <EventID>4688</EventID><TimeCreated SystemTime=\"2025-03-04T01:00:{second:02}.0Z\"/><EventRecordID>{second}</EventRecordID>\
             <Channel>Security</Channel><Computer>ws-1.corp.example</Computer></System><EventData>\
             <Data Name=\"NewProcessName\">C:\\Windows\\System32\\cmd.exe</Data><Data Name=\"CommandLine\">cmd.exe</Data></EventData></Event>\n"
        )
    };
    place.write("logs/security.xml", (0..9).map(event).collect::<String>());
    let lines = place
        .run(&[
            "hunt",
            "logs",
            "--indicators",
            "iocs.txt",
            "--format",
            "jsonl",
        ])
        .exits(3)
        .json_lines();
    assert_eq!(
        crate::support::finding(&lines, "csrssupd.dll")["finding"],
        "cannot_tell"
    );
}

#[test]
fn a_list_without_a_date_is_exported_as_stix_all_the_same() {
    let place = Place::new();
    place.write("iocs.txt", "update-sync.net\n");
    let once = || {
        let ran = place
            .command()
            .env("SOURCE_DATE_EPOCH", "1741050000")
            .args([
                "block",
                "--indicators",
                "iocs.txt",
                "--to",
                "stix",
                "-o",
                "-",
            ])
            .output()
            .unwrap();
        String::from_utf8(ran.stdout).unwrap()
    };
    let bundle = once();
    assert!(
        bundle.contains("[domain-name:value = 'update-sync.net']"),
        "{bundle}"
    );
    assert_eq!(bundle, once());
}

#[test]
fn block_writes_to_standard_output_when_one_format_is_asked_for() {
    let place = Place::new();
    place.write("r.md", REPORT);
    place.run(&["read", "r.md"]).exits(0);
    // Shortly after the report came out: later its entries expire.
    let output = place
        .command()
        .env("SOURCE_DATE_EPOCH", "1741300000")
        .args(["block", "--to", "hosts"])
        .output()
        .unwrap();
    let list = crate::support::Ran(output).exits(0).stdout();
    assert!(
        list.lines().any(|l| l.ends_with(" update-sync.net")),
        "{list}"
    );
}

#[test]
fn japanese_is_spoken() {
    let place = Place::new();
    place.write("r.md", REPORT);
    logs(&place);
    let ran = place
        .run(&[
            "investigate",
            "r.md",
            "--logs",
            "logs",
            "-o",
            "out",
            "--lang",
            "ja",
        ])
        .exits(1);
    assert!(ran.stdout().contains("検出"), "{}", ran.stdout());
    let page = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    assert!(page.contains("<html lang=\"ja\""));
}

#[test]
fn completions_and_manual_come_from_the_same_definition() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(
            place
                .run(&["completions", shell])
                .exits(0)
                .stdout()
                .contains("investigate")
        );
    }
    place.run(&["man", "man"]).exits(0);
    let page = std::fs::read_to_string(place.path("man/tegakari-investigate.1")).unwrap();
    assert!(page.contains("inventory"));
}

#[test]
fn the_word_that_no_hunt_can_justify_appears_nowhere() {
    let place = Place::new();
    place.write("iocs.txt", "quiet-name.net\n");
    logs(&place);
    let ran = place
        .run(&["investigate", "iocs.txt", "--logs", "logs", "-o", "out"])
        .exits(0);
    let page = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    for text in [ran.stdout(), page] {
        assert!(!text.to_lowercase().contains("clean"));
    }
}

//! The drill as a user meets it: planned, and looked for.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::support::Place;

/// The states of the traces of a check, by kind.
pub(crate) fn states(check: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    check["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(&one["kind"]), text(&one["state"])))
        .collect()
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Kinds and first values of the only machine of a plan.
pub(crate) fn values(place: &Place) -> BTreeMap<String, Vec<String>> {
    let plan = json(&std::fs::read_to_string(place.path("drill/plan.json")).unwrap());
    let traces = plan["hosts"][0]["traces"].as_array().unwrap().clone();
    traces
        .iter()
        .map(|trace| {
            let values = trace["values"].as_array().unwrap();
            let values = values
                .iter()
                .map(|v| v["value"].as_str().unwrap().to_owned());
            (trace["kind"].as_str().unwrap().to_owned(), values.collect())
        })
        .collect()
}

pub(crate) fn plan_id(place: &Place) -> String {
    let plan = json(&std::fs::read_to_string(place.path("drill/plan.json")).unwrap());
    plan["id"].as_str().unwrap().to_owned()
}

/// A record that says of these kinds that they were planted.
fn record(place: &Place, host: &str, kinds: &[&str]) -> String {
    let id = plan_id(place);
    kinds
        .iter()
        .map(|kind| {
            format!("tegakari/drill-record/1\t{id}\t{host}\tsh\t{kind}\tplanted\t2026-03-02T08:00:00Z\t\n")
        })
        .collect()
}

#[test]
fn hostile_names_reach_no_script() {
    let place = Place::new();
    let hostile = ["a'b", "$(touch owned)", "x\ny", "`id`", "-rf", "a\"b", "*"];
    let mut arguments = vec![
        "drill", "plant", "--seed", "s", "--host", "端末1", "--host", "WS-1", "--host", "ws-1",
    ];
    for name in hostile.iter().filter(|name| !name.starts_with('-')) {
        arguments.extend(["--host", name]);
    }
    arguments.extend(["--host=-rf"]);
    let said = place.run(&arguments).exits(0).stdout();
    assert!(
        said.contains("for 2 machines") && said.contains("no machine can be called so"),
        "{said}"
    );
    assert!(said.contains("this name was given twice"), "{said}");
    let script = std::fs::read_to_string(place.path("drill/drill.sh")).unwrap();
    for name in ["touch owned", "`id`", "a'b", "-rf)"] {
        assert!(!script.contains(name), "{name}");
    }
    let windows = std::fs::read(place.path("drill/drill.ps1")).unwrap();
    assert!(
        windows.starts_with(b"\xEF\xBB\xBF"),
        "PowerShell 5.1 reads it in a code page otherwise"
    );
    if cfg!(unix) {
        let sh = |arguments: &[&str]| {
            Command::new("sh")
                .args(arguments)
                .current_dir(place.path("."))
                .output()
                .unwrap()
        };
        let run = sh(&["drill/drill.sh", "--host", "端末1", "--dry-run"]);
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(
            run.status.success() && said.contains("Nothing was done"),
            "{said}"
        );
        let run = sh(&["drill/drill.sh", "--host", "$(touch owned)"]);
        assert_eq!(run.status.code(), Some(3));
        assert!(!place.path("owned").exists());
    }
    // Refused as a whole, with what to do.
    for arguments in [
        &["drill", "plant", "--host", "a'b"][..],
        &["drill", "plant", "--host", "a", "--domain", "a b'.example"],
        &["drill", "plant", "--host", "a", "--web", "http://x/'"],
        &[
            "drill",
            "plant",
            "--host",
            "a",
            "--mail-to",
            "a'b@example.com",
        ],
        &["drill", "plant", "--host", "a", "--traces", "dns,nothing"],
        &[
            "drill",
            "plant",
            "--host",
            "a",
            "--traces",
            "registry",
            "--platform",
            "sh",
        ],
    ] {
        place.run(arguments).exits(2);
    }
}

#[test]
fn a_plan_is_believed_only_as_it_was_made() {
    let place = Place::new();
    let plant = |folder: &str, seed: &str| {
        place
            .command()
            .env("SOURCE_DATE_EPOCH", "1772438400")
            .args([
                "drill", "plant", "--host", "ws-014", "--seed", seed, "-o", folder,
            ])
            .output()
            .unwrap()
    };
    plant("drill", "one");
    plant("again", "one");
    plant("other", "two");
    for name in ["plan.json", "drill.sh", "drill.ps1"] {
        let read = |folder: &str| std::fs::read(place.path(&format!("{folder}/{name}"))).unwrap();
        assert_eq!(read("drill"), read("again"), "{name}");
        assert_ne!(read("drill"), read("other"), "{name}");
    }
    let plan = std::fs::read_to_string(place.path("drill/plan.json")).unwrap();
    place.write("logs/app.log", "2026-03-02T08:00:01Z ws-014 app: the end\n");
    let check = |plan: &str| place.run(&["drill", "check", "--plan", plan, "--logs", "logs"]);
    place.write("half.json", &plan[..plan.len() / 2]);
    check("half.json")
        .exits(2)
        .says(&["half.json", "no whole JSON"]);
    let dns = &values(&place)["dns"][0];
    place.write("changed.json", plan.replace(&dns[..], "the.end.example"));
    check("changed.json")
        .exits(2)
        .says(&["changed.json", "--plan D-"]);
    place.write("no.json", "[1, 2]");
    check("no.json")
        .exits(2)
        .says(&["its schema is not tegakari/drill-plan/1"]);
    place.write("deep.json", "[".repeat(100_000));
    check("deep.json").exits(2);
    check("D-ffffffffffff").exits(2).says(&["drill plant"]);
    check("D-").exits(2).says(&["several drills"]);
    check("").exits(2);

    // Nothing is known to have been run: nothing can be told.
    let said = check(&plan_id(&place)).exits(3).stdout();
    assert!(said.contains("nothing can be told"), "{said}");
    place
        .run(&["drill", "report", "--plan", "other/plan.json"])
        .exits(2)
        .says(&["no drill has been checked"]);

    // A record of another plan, and one that is broken, cost themselves.
    let own = record(&place, "ws-014", &["log_line"]);
    let others = own.replace(&plan_id(&place), "D-000000000000");
    place.write(
        "bad.record",
        format!(
            "{others}nonsense\n{}\x1b[2J",
            own.replace("ws-014", "ws-999")
        ),
    );
    let ran = place.run(&[
        "drill",
        "check",
        "--plan",
        "drill/plan.json",
        "--logs",
        "logs",
        "--record",
        "bad.record",
    ]);
    let said = ran.exits(3).stdout();
    for word in [
        "are of another plan",
        "are no lines of a record",
        "that the plan does not have",
    ] {
        assert!(
            said.replace(['\n', ' '], "")
                .contains(&word.replace(' ', "")[..12]),
            "{word}: {said}"
        );
    }
    assert!(!said.contains('\x1b'));
}

#[test]
fn a_token_is_found_in_codes_and_in_its_kind_of_record_only() {
    let place = Place::new();
    place
        .run(&[
            "drill",
            "plant",
            "--host",
            "ws-014",
            "--platform",
            "sh",
            "--seed",
            "s",
        ])
        .exits(0);
    let wanted = values(&place);
    let coded: String = wanted["http_url"][0].replacen("tgk", "%74%67%6B", 1);
    place.write(
        "logs/access.log",
        format!("10.0.0.14 - - [02/Mar/2026:08:00:05 +0000] \"GET /{coded} HTTP/1.1\" 404 0 \"-\" \"curl/8\"\n"),
    );
    // The command line of a look-up is no record of the look-up.
    place.write(
        "logs/audit.log",
        format!(
            "node=ws-014 type=EXECVE msg=audit(1772438402.000:7): argc=2 a0=\"getent\" a1=\"{}\"\n",
            wanted["dns"][0]
        ),
    );
    place.write(
        "run.record",
        record(&place, "ws-014", &["http_url", "dns", "mail"]),
    );
    // The plan and the scripts lie among the logs, and are no traces.
    let ran = place
        .run(&[
            "--format",
            "json",
            "drill",
            "check",
            "--plan",
            "drill/plan.json",
            "--logs",
            "logs",
            "drill",
            "--record",
            "run.record",
        ])
        .exits(1);
    let check = json(&ran.stdout());
    let got = states(&check);
    assert_eq!(got["http_url"], "seen");
    assert_eq!(got["dns"], "elsewhere");
    assert_eq!(got["mail"], "missed");
    assert_eq!(got["process"], "not_run");
    assert_eq!(
        got.values().filter(|state| *state == "not_run").count(),
        got.len() - 3
    );
    let lines = place
        .run(&[
            "--format",
            "jsonl",
            "-q",
            "drill",
            "check",
            "--plan",
            "drill/plan.json",
            "--logs",
            "logs",
            "--record",
            "run.record",
        ])
        .exits(1)
        .stdout();
    assert_eq!(lines.lines().count(), got.len());
    assert!(
        lines
            .lines()
            .all(|line| line.starts_with("{\"schema\":\"tegakari/drill-trace/1\""))
    );
    // Counted once, however often it is checked.
    let report = json(
        &place
            .run(&["--format", "json", "drill", "report"])
            .exits(0)
            .stdout(),
    );
    let measured = report["measured"].as_array().unwrap();
    let url = measured
        .iter()
        .find(|r| r["telemetry"] == "http_url" && r["asset"].is_null())
        .unwrap();
    assert_eq!(
        (url["planted"].as_u64(), url["seen"].as_u64()),
        (Some(1), Some(1))
    );
    assert!((url["probability"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-5);
}

#[test]
fn one_script_serves_five_hundred_machines() {
    let place = Place::new();
    let mut list = String::from("hostname,address\n");
    for n in 0..500 {
        list.push_str(&format!(
            "ws-{n:03}.corp.example,10.0.{}.{}\n",
            n / 250,
            n % 250
        ));
    }
    list.push_str("ws-007.lab.example,10.9.0.7\n");
    place.write("machines.csv", list);
    place
        .run(&[
            "drill",
            "plant",
            "--inventory",
            "machines.csv",
            "--seed",
            "s",
        ])
        .exits(0);
    for name in ["drill.sh", "drill.ps1"] {
        let size = std::fs::metadata(place.path(&format!("drill/{name}")))
            .unwrap()
            .len();
        assert!(
            (100_000..500_000).contains(&size),
            "{name} has {size} bytes"
        );
    }
    if cfg!(unix) {
        let run = |host: &str| {
            Command::new("sh")
                .args(["drill/drill.sh", "--dry-run", "--host", host])
                .current_dir(place.path("."))
                .output()
                .unwrap()
        };
        for (host, status) in [
            ("WS-499", 0),
            ("ws-007", 3),
            ("ws-007.lab.example", 0),
            ("ws-500", 3),
        ] {
            assert_eq!(run(host).status.code(), Some(status), "{host}");
        }
        let shown = String::from_utf8(run("ws-007.lab.example").stdout).unwrap();
        assert!(shown.contains("on ws-007.lab.example."), "{shown}");
    }
    place.write("logs/app.log", "2026-03-02T08:00:01Z ws-014 app: started\n");
    let everywhere: String = (0..500)
        .map(|n| record(&place, &format!("ws-{n:03}.corp.example"), &["log_line"]))
        .collect();
    place.write("all.record", everywhere);
    let ran = place.run(&[
        "drill",
        "check",
        "--plan",
        "drill/plan.json",
        "--logs",
        "logs",
        "--record",
        "all.record",
    ]);
    let said = ran.exits(1).stdout();
    assert!(
        said.contains("Of 500 traces that were planted, 0 were seen"),
        "{said}"
    );
    assert!(said.lines().count() < 200, "{}", said.lines().count());
}

#[test]
fn a_hunt_counts_what_only_stands_beside_a_token() {
    let place = Place::new();
    place
        .run(&[
            "drill",
            "plant",
            "--host",
            "ws-014",
            "--domain",
            "own.example",
        ])
        .exits(0);
    let own = values(&place)["dns"][0].clone();
    let token = own.strip_suffix(".own.example").unwrap().to_owned();
    let labels = |name: &str| -> String {
        let labels = name
            .split('.')
            .map(|label| format!("({}){label}", label.len()));
        labels.collect::<String>() + "(0)"
    };
    let line = |second: u32, name: &str| {
        format!(
            "3/2/2026 8:00:{second:02} AM 0F8C PACKET  000000D4F3A8A3B0 UDP Rcv 192.168.7.7     3f2a   Q [0001   D   NOERROR] A      {}\n\n",
            labels(name)
        )
    };
    let head = "DNS Server log file creation at 3/2/2026 4:00:00 AM UTC\nLog file wrap at 3/2/2026 4:00:00 AM\n\n";
    let beside = format!("{token}.evil.example");
    let log = format!(
        "{head}{}{}{}",
        line(1, &own),
        line(2, &beside),
        line(3, "www.own.example")
    );
    place.write("logs/dns.log", log);
    let seen = |value: &str| {
        let ran = place.run(&["--format", "json", "hunt", "logs", "--value", value]);
        let hunt = json(&ran.exits(1).stdout());
        let count = hunt["findings"][0]["sightings"][0]["count"].as_u64();
        (count.unwrap(), hunt["problems"].to_string())
    };
    // The look-up of the drill is left out, and another one below the same domain is not.
    let (count, problems) = seen("own.example");
    assert_eq!(count, 1, "{problems}");
    assert!(
        problems.contains("1 records show traces of drills of yours"),
        "{problems}"
    );
    // Whoever has seen a token cannot hide behind it.
    let (count, problems) = seen("evil.example");
    assert_eq!(count, 1, "{problems}");
    assert!(
        problems.contains("1 records look like traces of a drill"),
        "{problems}"
    );
}

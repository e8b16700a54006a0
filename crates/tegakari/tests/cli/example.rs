//! The example that ships with the project gives what `examples/EXPECTED.json` says.

use serde_json::Value;

use crate::support::{Place, finding, repository};

fn investigate(report: &str, language: &str) -> (Place, Value) {
    let place = Place::new();
    let example = |name: &str| repository("examples").join(name).into_os_string();
    let mut arguments = vec![
        "investigate".into(),
        example(report),
        "--logs".into(),
        example("logs"),
    ];
    arguments.extend([
        "--inventory".into(),
        example("assets.csv"),
        "-o".into(),
        "out".into(),
    ]);
    arguments.extend(["--lang", language, "--format", "json"].map(Into::into));
    let whole = place.run(&arguments).exits(1).json();
    (place, whole)
}

fn check(report: &str, language: &str) {
    let (place, whole) = investigate(report, language);
    let expected: Value =
        serde_json::from_slice(&std::fs::read(repository("examples/EXPECTED.json")).unwrap())
            .unwrap();
    let findings = whole["hunt"]["findings"].as_array().unwrap();
    let wanted = expected["findings"].as_array().unwrap();
    assert!(wanted.len() >= 10);
    for want in wanted {
        let value = want["value"].as_str().unwrap();
        let got = finding(findings, value);
        assert_eq!(got["finding"], want["finding"], "{value}: {got:#}");
        let Some(sightings) = want["sightings"].as_array() else {
            continue;
        };
        let short = |s: &Value| {
            (
                s["asset"].clone(),
                s["count"].clone(),
                s["first"].clone(),
                s["last"].clone(),
            )
        };
        let got: Vec<_> = got["sightings"]
            .as_array()
            .unwrap()
            .iter()
            .map(short)
            .collect();
        let want: Vec<_> = sightings.iter().map(short).collect();
        assert_eq!(got, want, "{value}");
    }
    assert_eq!(findings.len(), wanted.len(), "nothing else is an indicator");
    check_reading(&whole["reports"][0], &expected);
    check_visibility(&whole["hunt"]["coverage"], &expected);
    let first = &whole["assessment"]["hypotheses"][0]["actor"];
    assert_eq!(first["name"], expected["first_hypothesis"]["name"]);

    for name in ["report.html", "investigation.json", "block/domains.txt"] {
        assert!(place.path("out").join(name).exists(), "{name}");
    }
}

fn strings(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap())
        .collect()
}

fn check_reading(report: &Value, expected: &Value) {
    for key in ["tlp", "published"] {
        assert_eq!(report[key], expected[key], "{key}");
    }
    assert_eq!(
        report["files"].as_array().unwrap().len(),
        expected["file_records"].as_u64().unwrap() as usize
    );
    let techniques = report["techniques"].to_string();
    // Two of them are told only in prose.
    for id in strings(&expected["techniques"]) {
        assert!(techniques.contains(id), "{id} is not in {techniques}");
    }
    let names = report["names"].to_string();
    for name in strings(&expected["names"]) {
        assert!(names.contains(name), "{name} is not in {names}");
    }
    let attacked: Vec<&Value> = report["targets"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|t| t["attacked"] == true)
        .collect();
    for country in strings(&expected["target_countries"]) {
        assert!(
            attacked.iter().any(|t| t["target"]["country"] == country),
            "{country}: {attacked:?}"
        );
    }
    let mentions = report["mentions"].as_array().unwrap();
    for not in expected["not_indicators"].as_array().unwrap() {
        let mention = mentions.iter().find(|m| m["value"] == not["value"]);
        let mention = mention.unwrap_or_else(|| panic!("{not} is not kept"));
        assert_ne!(mention["disposition"], "ioc", "{not}");
    }
}

fn check_visibility(coverage: &Value, expected: &Value) {
    assert_eq!(coverage["window"], expected["window"]);
    let sources = coverage["sources"].as_array().unwrap();
    for name in strings(&expected["machines_without_logs"]) {
        assert!(
            coverage["assets"]
                .as_array()
                .unwrap()
                .iter()
                .any(|a| a["name"] == name)
        );
        assert!(
            sources.iter().all(|s| s["asset"] != name),
            "{name} has no logs"
        );
    }
    for gap in expected["machines_with_a_gap"].as_array().unwrap() {
        let hour = |v: &Value| {
            v.as_str()
                .unwrap()
                .parse::<jiff::Timestamp>()
                .unwrap()
                .as_second()
                / 3600
        };
        let (from, until) = (hour(&gap["from"]), hour(&gap["until"]));
        for source in sources.iter().filter(|s| s["asset"] == gap["asset"]) {
            for cell in source["hours"].as_array().unwrap() {
                let hour = cell["hour"].as_i64().unwrap();
                assert!(hour < from || hour >= until, "{source}");
            }
        }
    }
}

#[test]
fn the_english_report_gives_what_is_expected() {
    check("report.en.md", "en");
}

#[test]
fn the_japanese_report_gives_the_same() {
    check("report.ja.md", "ja");
}

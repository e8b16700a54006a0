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
    for name in ["report.html", "investigation.json", "block/domains.txt"] {
        assert!(place.path("out").join(name).exists(), "{name}");
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

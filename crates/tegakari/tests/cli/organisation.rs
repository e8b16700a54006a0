//! A real report against the logs of a made-up organisation whose intrusion is known in full.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Place, shared};

const REPORT: &str = "talos-iocs/2025/02/lotus-blossom-espionage-group";

/// Values of the report that stand in the logs at all, with the number of lines that hold them as a
/// whole token, counted here without any of the program's code.
fn lines_with(root: &Path, value: &str) -> usize {
    let border =
        |b: Option<&u8>| b.is_none_or(|b| !b.is_ascii_alphanumeric() && !b"-._".contains(b));
    let mut count = 0;
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read(&path).unwrap();
            for line in text.split(|b| *b == b'\n') {
                let found = line.windows(value.len()).enumerate().any(|(at, window)| {
                    window == value.as_bytes()
                        && border(at.checked_sub(1).and_then(|i| line.get(i)))
                        && border(line.get(at + value.len()))
                });
                count += usize::from(found);
            }
        }
    }
    count
}

fn investigate(extensions: &[&str]) -> Option<(Place, Value)> {
    let logs = shared("org-logs/data")?;
    let mut arguments: Vec<OsString> = vec!["investigate".into()];
    for extension in extensions {
        arguments.push(shared(&format!("{REPORT}.{extension}"))?.into());
    }
    arguments.push("--logs".into());
    arguments.push(logs.into());
    arguments.extend(["-o", "out", "--format", "json"].map(OsString::from));
    let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
    let place = Place::new();
    let whole = place.run(&arguments).exits(1).json();
    Some((place, whole))
}

fn seen(whole: &Value) -> BTreeMap<String, Value> {
    whole["hunt"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["finding"] == "seen")
        .map(|f| {
            (
                f["indicator"]["value"].as_str().unwrap().to_owned(),
                f.clone(),
            )
        })
        .collect()
}

fn assets(finding: &Value) -> Vec<String> {
    let all = finding["sightings"].as_array().unwrap();
    all.iter()
        .map(|s| s["asset"].as_str().unwrap_or("?").to_owned())
        .collect()
}

fn check(extension: &str) {
    let Some((_place, whole)) = investigate(&[extension]) else {
        return;
    };
    let logs = shared("org-logs/data").unwrap();
    let truth: Value =
        serde_json::from_slice(&fs::read(shared("org-logs/GROUND_TRUTH.json").unwrap()).unwrap())
            .unwrap();

    // Exactly the four planted indicators, with every record that holds them.
    let seen = seen(&whole);
    let planted = [
        "103.213.245.95",
        "122.10.91.36",
        "www.acdserv.com",
        "www.serthk.com",
    ];
    assert_eq!(seen.keys().map(String::as_str).collect::<Vec<_>>(), planted);
    for (value, finding) in &seen {
        let all = finding["sightings"].as_array().unwrap();
        let records: u64 = all.iter().map(|s| s["count"].as_u64().unwrap()).sum();
        let lines = lines_with(&logs, value) as u64;
        // A record may concern two machines of ours and is then a sighting of each; a Windows event is
        // one record on several lines.
        assert!(
            records >= lines && records <= 2 * lines,
            "{value}: {records} records, {lines} lines"
        );
    }

    // On the machines the intruder used, at the times he used them.
    let event = |id: &str| {
        truth["events"]
            .as_array()
            .unwrap()
            .iter()
            .find(|e| e["record_id"] == id)
            .unwrap()
            .clone()
    };
    let beacon = event("lb-03#0");
    let second = event("lb-06#0");
    for (value, event) in [("www.acdserv.com", &beacon), ("www.serthk.com", &second)] {
        let host = event["system"].as_str().unwrap().to_lowercase();
        let sighting = seen[value]["sightings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|s| s["asset"] == host.as_str())
            .unwrap_or_else(|| panic!("{value} is not seen on {host}: {:?}", assets(&seen[value])))
            .clone();
        let time = |v: &Value| {
            let time: jiff::Timestamp = v.as_str().unwrap().parse().unwrap();
            time.as_second()
        };
        let apart = time(&sighting["first"]) - time(&event["time"]);
        // Names are resolved shortly before the connection that the plan speaks of.
        assert!(
            (-120..=10).contains(&apart),
            "{value} on {host}: {apart} s from the plan"
        );
        let attempts = event["attributes"]["attempt_count"].as_i64().unwrap_or(1);
        let lasted = time(&sighting["last"]) - time(&sighting["first"]);
        // An attempt every six minutes.
        let planned = (attempts - 1) * 360;
        assert!(
            (lasted - planned).abs() < 240,
            "{value} on {host}: {lasted} s instead of {planned}"
        );
    }
    let attempts = beacon["attributes"]["attempt_count"].as_u64().unwrap();
    let on_host = seen["www.acdserv.com"]["sightings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["asset"] == "ws-oreed-01")
        .unwrap()
        .clone();
    for source in on_host["by_source"].as_array().unwrap() {
        if source[0].as_str().unwrap().contains("proxy") {
            assert_eq!(
                source[1].as_u64().unwrap(),
                attempts,
                "the proxy logged every attempt"
            );
        }
    }
    // The addresses were contacted by the proxy for them.
    for (value, host) in [
        ("103.213.245.95", "ws-oreed-01"),
        ("122.10.91.36", "file-bo-01"),
    ] {
        let finding = &seen[value];
        let named = finding["sightings"].as_array().unwrap().iter().any(|s| {
            s["asset"] == host
                || s["on_behalf_of"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|h| h == host))
        });
        assert!(named, "{value} is not traced to {host}: {finding:#}");
    }

    // A hash could only have been seen where Sysmon records hashes.
    let hashes: Vec<&Value> = whole["hunt"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["indicator"]["type"] == "sha256")
        .collect();
    assert_eq!(hashes.len(), 37);
    for finding in hashes {
        let visibility = &finding["visibility"];
        for asset in visibility["assets_whole"]
            .as_array()
            .unwrap()
            .iter()
            .chain(visibility["assets_part"].as_array().unwrap())
        {
            let name = asset.as_str().unwrap().to_uppercase();
            let sysmon = logs.join(format!(
                "{name}.northstar-branch.local/windows_event_sysmon.xml"
            ));
            let text =
                fs::read_to_string(&sysmon).unwrap_or_else(|_| panic!("{name} has no Sysmon"));
            assert!(text.contains("SHA256="), "{name}");
        }
        let none = visibility["assets_none"].as_array().unwrap();
        for name in ["proxy-bo-01", "web-bo-01"] {
            assert!(
                none.iter().any(|n| n == name),
                "{name} keeps no hashes: {none:?}"
            );
        }
    }

    let names: Vec<&str> = whole["hunt"]["coverage"]["assets"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a["sensor"] == false)
        .map(|a| a["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "dc-bo-01",
            "file-bo-01",
            "proxy-bo-01",
            "web-bo-01",
            "ws-lmorris-01",
            "ws-mpatel-01",
            "ws-nkapoor-01",
            "ws-oreed-01",
            "ws-vhale-01"
        ]
    );
}

#[test]
fn the_planted_indicators_are_seen_on_the_right_machines_json() {
    check("json");
}

#[test]
fn the_planted_indicators_are_seen_on_the_right_machines_txt() {
    check("txt");
}

#[test]
fn the_first_hypothesis_is_the_only_user_of_the_malware() {
    for extensions in [&["json"][..], &["json", "txt"]] {
        let Some((_place, whole)) = investigate(extensions) else {
            return;
        };
        malware_carries_it(&whole);
    }
}

/// The list alone names no malware, and nobody but its file name says whose it is: that claim leads the
/// known actors, but no further than to "none of the known".
#[test]
fn a_bare_list_is_weighed_by_what_its_file_name_claims() {
    let Some((_place, whole)) = investigate(&["txt"]) else {
        return;
    };
    let hypotheses = whole["assessment"]["hypotheses"].as_array().unwrap();
    let leader = hypotheses.iter().find(|h| !h["actor"].is_null()).unwrap();
    assert_eq!(leader["actor"]["name"], "Lotus Blossom");
    let none = hypotheses.iter().find(|h| h["actor"].is_null()).unwrap();
    let p = |h: &Value| h["probability"].as_f64().unwrap();
    assert!(p(leader) > 0.2 && p(leader) <= p(none), "{leader} {none}");
}

fn malware_carries_it(whole: &Value) {
    let hypotheses = whole["assessment"]["hypotheses"].as_array().unwrap();
    let first = &hypotheses[0]["actor"];
    assert_eq!(first["name"], "Lotus Blossom", "{first}");
    assert!(
        hypotheses.iter().any(|h| h["actor"].is_null()),
        "none of the known is missing"
    );
    let sum: f64 = hypotheses
        .iter()
        .map(|h| h["probability"].as_f64().unwrap())
        .sum::<f64>()
        + whole["assessment"]["rest"].as_f64().unwrap();
    assert!((sum - 1.0).abs() < 1e-6, "{sum}");
    let weight = |kind: &str| {
        let evidence = whole["assessment"]["evidence"].as_array().unwrap();
        hypotheses[0]["weights"]
            .as_array()
            .unwrap()
            .iter()
            .find(|w| evidence[w["evidence"].as_u64().unwrap() as usize]["kind"] == kind)
            .map_or(1.0, |w| w["factor"].as_f64().unwrap())
    };
    assert!(
        weight("software") > 3.0,
        "the malware must carry it: {}",
        weight("software")
    );
}

#[test]
fn the_newsletter_is_read_whole() {
    let Some(report) = shared("reports/ja_newsletter_2025-03-06.txt") else {
        return;
    };
    let label: Value =
        serde_json::from_slice(&fs::read(report.with_extension("label.json")).unwrap()).unwrap();
    let place = Place::new();
    let read = place
        .run(&[
            "read".as_ref(),
            report.as_os_str(),
            "--format".as_ref(),
            "json".as_ref(),
        ])
        .exits(0)
        .json();
    let read = &read["reports"][0];
    let files = read["files"].as_array().unwrap();
    let wanted = label["files"].as_array().unwrap();
    assert_eq!(files.len(), wanted.len());
    for (got, want) in files.iter().zip(wanted) {
        for key in [
            "sha256",
            "md5",
            "names",
            "detections",
            "reference_url",
            "claimed_product_stated",
        ] {
            assert_eq!(got[key], want[key], "{key}");
        }
        assert!(got["claimed_product"].is_null());
    }
    for want in label["indicators"].as_array().unwrap() {
        let kind = match want["type"].as_str().unwrap() {
            "filename" => "file_name",
            other => other,
        };
        let mention = read["mentions"]
            .as_array()
            .unwrap()
            .iter()
            .find(|m| m["type"] == kind && m["value"] == want["value"])
            .unwrap_or_else(|| panic!("{want} was not read"));
        assert_eq!(mention["disposition"], want["role"], "{want}");
    }
    let attacked: Vec<String> = read["targets"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|t| t["attacked"] == true)
        .map(|t| {
            let target = &t["target"];
            target["country"]
                .as_str()
                .or(target["sector"].as_str())
                .unwrap()
                .to_owned()
        })
        .collect();
    for want in [
        "VN",
        "HK",
        "TW",
        "PH",
        "government",
        "manufacturing",
        "telecommunications",
        "media",
    ] {
        let want = if want.starts_with("government") {
            "government"
        } else {
            want
        };
        assert!(
            attacked.iter().any(|a| a.starts_with(want)),
            "{want} is not in {attacked:?}"
        );
    }
    assert_eq!(attacked.len(), 8, "{attacked:?}");
    let names = read["names"].as_array().unwrap();
    let actor = names.iter().find(|n| n["kind"] == "intrusion_set").unwrap();
    assert!(
        actor.to_string().contains("Lotus Blossum") && actor.to_string().contains("Lotus Blossom")
    );
    assert!(
        names
            .iter()
            .any(|n| n["kind"] == "malware" && n["text"] == "Sagerunex")
    );
    assert_eq!(read["published"], "2025-03-06");
}

//! Hostile text in a case: whatever stands in a title, name, label or value, it stays in its field in every form, and
//! comes back out of that form's own parser.
#![allow(clippy::unwrap_used, reason = "tests may fail")]

use std::collections::BTreeMap;

use serde_json::Value;
use tegakari_export::share::{ALL, CaseSpec, Sharing, by_id};
use tegakari_model::{
    Country, Disposition, FileRecord, IndicatorRole, Kept, Language, Mention, NameKind,
    NameMention, Observable, ObservableKind as K, Report, ReportCitation, ReportDate, ReportId,
    ReportSource, TargetKind, TargetMention, TechniqueId, TechniqueMention, Timestamp, Tlp,
};

/// What breaks out of quotes, lines, cells, tags, patterns and formulas.
fn hostile() -> Vec<String> {
    let mut all: Vec<String> = [
        "a\"b'c\\d`e",
        "a\nb\r\nc\u{2028}d\u{85}e\0f\u{1b}[31m",
        "=cmd|'/C calc'!A0,\"x\"",
        "' OR 1=1 --] OR [file:name = 'x",
        "\"}],\"x\":[{\"y\":\"",
        "</script><b>&amp;%0d%0a%s%n",
        "misp-galaxy:x=\"y\"; tlp:clear",
        "\u{202e}gpj.exe\u{feff}",
        " ",
        "",
    ]
    .map(str::to_owned)
    .to_vec();
    all.push("x".repeat(10_000));
    all.push("日本語\u{0}".repeat(3_000));
    all
}

fn report(text: &str, number: usize) -> Report {
    let id = ReportId::derive(&[text.as_bytes(), &[u8::try_from(number).unwrap()]]);
    let cited = vec![ReportCitation {
        report: id.clone(),
        line: None,
        page: None,
        path: None,
        section: None,
        quote: text.to_owned(),
    }];
    let kinds = [
        K::FileName,
        K::FilePath,
        K::Url,
        K::UserAgent,
        K::CommandLine,
        K::Mutex,
        K::ServiceName,
        K::RegistryKey,
        K::NamedPipe,
    ];
    let mut observables: Vec<Observable> = kinds
        .iter()
        .filter_map(|kind| Observable::new(*kind, text).ok())
        .collect();
    observables.extend(Observable::new(
        K::Url,
        &format!("http://evil.example/{text}"),
    ));
    observables.extend(Observable::new(K::Domain, "evil.example"));
    let mention = |observable: Observable| Mention {
        observable,
        disposition: Disposition::Ioc,
        role: IndicatorRole::C2,
        reasons: vec![text.to_owned()],
        confidence: 1.0,
        defanged: false,
        written: None,
        ports: Vec::new(),
        labels: vec![text.to_owned()],
        first_seen: Some("2025-01-02T03:04:05.678901Z".parse().unwrap()),
        last_seen: Some("2025-01-02T03:04:05.678901Z".parse().unwrap()),
        not_after: None,
        only_with: Vec::new(),
        citations: cited.clone(),
    };
    Report {
        id: id.clone(),
        source: ReportSource {
            name: "/home/alice/secret path/report.md".to_owned(),
            sha256: "0".repeat(64),
            bytes: 1,
            format: "plain".to_owned(),
            encoding: "utf-8".to_owned(),
        },
        title: Some(text.to_owned()),
        publisher: Some(text.to_owned()),
        published: Some(ReportDate(text.to_owned())),
        language: Language::En,
        tlp: Some(Tlp::Green),
        mentions: observables.into_iter().map(mention).collect(),
        files: vec![FileRecord {
            sha256: Some("a".repeat(64)),
            md5: Some("b".repeat(32)),
            names: vec![text.to_owned()],
            size: Some(u64::MAX),
            detections: vec![text.to_owned()],
            ..FileRecord::default()
        }],
        composites: Vec::new(),
        techniques: vec![TechniqueMention {
            id: TechniqueId::parse("T1059.001").unwrap(),
            name: text.to_owned(),
            retired_id: None,
            explicit: true,
            probability: None,
            alternatives: Vec::new(),
            citations: cited.clone(),
        }],
        names: vec![NameMention {
            text: text.to_owned(),
            also_written: vec![text.to_owned()],
            kind: NameKind::Malware,
            known_as: Some(text.to_owned()),
            actors: Vec::new(),
            software: vec![tegakari_model::SoftwareId(format!("attack:{text}"))],
            misspelt: false,
            denied: false,
            count: 1,
            citations: cited.clone(),
        }],
        targets: vec![TargetMention {
            target: TargetKind::Country(Country::new("JP").unwrap()),
            text: text.to_owned(),
            attacked: true,
            citations: cited,
        }],
        origins: Vec::new(),
        problems: Vec::new(),
    }
}

/// All forms of a case: id of the form → name of the file → bytes.
fn written(reports: &[Report]) -> BTreeMap<&'static str, BTreeMap<String, Vec<u8>>> {
    let saved_at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let kept: Vec<Kept<'_, Report>> = reports.iter().map(|what| Kept { what, saved_at }).collect();
    let sharing = Sharing {
        case: CaseSpec {
            producer: "\"CERT\"\nof <x>",
            is_organisation: true,
            reports: &kept,
            hunt: None,
            assessment: None,
            tlp: None,
            machines: false,
        },
        techniques: BTreeMap::new(),
        program: "0.1.0",
    };
    let mut all = BTreeMap::new();
    for format in ALL {
        let mut files = BTreeMap::new();
        format
            .write(&sharing, &mut |name, bytes| {
                files.insert(name.to_owned(), bytes.to_vec());
                Ok(())
            })
            .unwrap();
        all.insert(format.id(), files);
    }
    all
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn hostile_text_stays_in_its_field_in_every_form() {
    for (number, text) in hostile().iter().enumerate() {
        let report = report(text, number);
        let values: Vec<&str> = report
            .mentions
            .iter()
            .map(|m| m.observable.value())
            .collect();
        let all = written(std::slice::from_ref(&report));
        for (form, files) in &all {
            for (name, bytes) in files {
                let body = String::from_utf8(bytes.clone()).unwrap();
                assert!(
                    !body.contains("/home/alice"),
                    "{form}: a path of ours is told"
                );
                let safe = !name.contains(['/', '\\']) && !name.starts_with('.');
                assert!(safe, "{form}: {name:?} leaves its folder");
            }
        }
        let bundle = json(&all["stix"][""]);
        let mut patterns = 0;
        for object in bundle["objects"].as_array().unwrap() {
            if let Some(pattern) = object["pattern"].as_str() {
                patterns += 1;
                let parsed = tegakari_stix::pattern::parse(pattern).unwrap();
                let groups = parsed.observables().groups;
                assert_eq!(
                    groups.iter().map(|g| g.observables.len()).sum::<usize>(),
                    1,
                    "{pattern}"
                );
            }
            for key in ["name", "id"] {
                assert!(
                    object
                        .get(key)
                        .is_none_or(|v| !v.as_str().unwrap().is_empty())
                );
            }
        }
        assert!(patterns > 0);
        let event = json(&all["misp"][""]);
        for attribute in event["Event"]["Attribute"].as_array().unwrap() {
            let value = attribute["value"].as_str().unwrap();
            assert!(
                attribute["type"] == "target-location" || values.contains(&value),
                "{value:?}"
            );
        }
        for tag in event["Event"]["Tag"].as_array().unwrap() {
            let tag = tag["name"].as_str().unwrap();
            assert!(!tag.contains(char::is_control), "{tag:?}");
            assert!(matches!(tag.matches('"').count(), 0 | 2), "{tag:?}");
        }
        let feed = &all["misp-feed"];
        for line in std::str::from_utf8(&feed["hashes.csv"]).unwrap().lines() {
            assert_eq!((line.len(), line.matches(',').count()), (69, 1), "{line}");
        }
        let manifest = json(&feed["manifest.json"]);
        assert_eq!(manifest.as_object().unwrap().len(), 1);
        let layer = json(&all["navigator"][""]);
        assert_eq!(layer["techniques"][0]["techniqueID"], "T1059.001");
        for line in std::str::from_utf8(&all["jsonl"][""]).unwrap().lines() {
            let row = json(line.as_bytes());
            assert!(values.contains(&row["value"].as_str().unwrap()));
        }
        let mut table = csv::Reader::from_reader(all["csv"][""].as_slice());
        for row in table.records() {
            let row = row.unwrap();
            assert_eq!(row.len(), 14);
            for cell in &row {
                assert!(!cell.contains(char::is_control));
                assert!(
                    !cell.trim_start().starts_with(['=', '+', '-', '@']),
                    "{cell:?}"
                );
            }
        }
    }
}

#[test]
fn the_same_case_gives_the_same_bytes_and_the_narrowest_marking_holds() {
    let mut reports = vec![report("one", 1), report("two", 2)];
    reports[1].tlp = Some(Tlp::Red);
    reports.sort_by(|a, b| a.id.cmp(&b.id));
    let first = written(&reports);
    assert_eq!(written(&reports), first);
    let bundle = json(&first["stix"][""]);
    let objects = bundle["objects"].as_array().unwrap();
    // evil.example stands in both: whoever may see it may see what the narrower report says.
    let shared = objects
        .iter()
        .find(|o| o["pattern"] == "[domain-name:value = 'evil.example']")
        .unwrap();
    assert_eq!(
        shared["object_marking_refs"][0],
        "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
    );
    assert_eq!(shared["external_references"].as_array().unwrap().len(), 2);
    let ids: Vec<&str> = objects.iter().map(|o| o["id"].as_str().unwrap()).collect();
    assert!(
        ids.windows(2).all(|pair| pair[0] < pair[1]),
        "sorted, each once"
    );
    for object in objects {
        for key in [
            "source_ref",
            "target_ref",
            "created_by_ref",
            "sighting_of_ref",
        ] {
            assert!(
                object
                    .get(key)
                    .is_none_or(|id| ids.contains(&id.as_str().unwrap())),
                "{key} leads nowhere"
            );
        }
        for id in object["object_refs"].as_array().into_iter().flatten() {
            assert!(ids.contains(&id.as_str().unwrap()), "{id} leads nowhere");
        }
    }
}

#[test]
fn forms_have_ids_of_their_own() {
    for format in ALL {
        assert_eq!(by_id(format.id()).unwrap().id(), format.id());
        assert!(!format.about().is_empty());
    }
    assert!(by_id("nothing").is_none());
}

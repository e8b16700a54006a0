//! The reports that the project started from, read whole. The data is not part of the repository:
//! where it is missing, the tests say so and pass.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read files"
)]

use std::collections::BTreeSet;

use tegakari_knowledge::Knowledge;
use tegakari_model::{Disposition, NameKind, Observable, ObservableKind as K, Report, TargetKind};
use tegakari_read::{Document, read};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");

fn report(path: &str) -> Option<Report> {
    match std::fs::read(format!("{DATA}/{path}")) {
        Ok(bytes) => Some(read(
            Document {
                name: path.rsplit('/').next().unwrap_or(path),
                bytes: &bytes,
            },
            Knowledge::embedded(),
        )),
        Err(_) => {
            eprintln!("skipped: {path} is not here");
            None
        }
    }
}

fn indicators(report: &Report) -> BTreeSet<Observable> {
    report
        .indicators()
        .into_iter()
        .map(|i| i.observable)
        .collect()
}

fn count(report: &Report, kind: K) -> usize {
    indicators(report)
        .iter()
        .filter(|o| o.kind() == kind)
        .count()
}

#[test]
fn the_newsletter_says_what_its_label_says() {
    let Some(report) = report("reports/ja_newsletter_2025-03-06.txt") else {
        return;
    };
    let label = std::fs::read(format!(
        "{DATA}/reports/ja_newsletter_2025-03-06.label.json"
    ))
    .unwrap();
    let label: serde_json::Value = serde_json::from_slice(&label).unwrap();

    let wanted = label["files"].as_array().unwrap();
    assert_eq!(report.files.len(), wanted.len());
    for (file, want) in report.files.iter().zip(wanted) {
        let texts = |key: &str| {
            want[key]
                .as_array()
                .unwrap()
                .iter()
                .map(|v| v.as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(file.sha256.as_deref(), want["sha256"].as_str());
        assert_eq!(file.md5.as_deref(), want["md5"].as_str());
        assert_eq!(file.names, texts("names"));
        assert_eq!(file.detections, texts("detections"));
        assert_eq!(
            file.reference_url.as_deref(),
            want["reference_url"].as_str()
        );
        assert_eq!(
            file.claimed_product.as_deref(),
            want["claimed_product"].as_str()
        );
        assert_eq!(
            Some(file.claimed_product_stated),
            want["claimed_product_stated"].as_bool()
        );
        assert!(!file.citations.is_empty());
    }

    let actors: Vec<_> = report
        .names
        .iter()
        .filter(|n| n.kind == NameKind::IntrusionSet)
        .collect();
    assert_eq!(actors.len(), 1, "{actors:?}");
    let spellings: BTreeSet<&str> = actors
        .iter()
        .flat_map(|a| {
            std::iter::once(a.text.as_str()).chain(a.also_written.iter().map(String::as_str))
        })
        .collect();
    assert_eq!(
        spellings,
        BTreeSet::from(["Lotus Blossom", "Lotus Blossum"])
    );
    assert_eq!(actors[0].known_as.as_deref(), Some("Lotus Blossom"));
    let software: Vec<&str> = report
        .names
        .iter()
        .filter(|n| n.kind != NameKind::IntrusionSet)
        .map(|n| n.text.as_str())
        .collect();
    assert_eq!(software, ["Sagerunex"]);

    let (mut places, mut trades) = (BTreeSet::new(), BTreeSet::new());
    for target in report.targets.iter().filter(|t| t.attacked) {
        match &target.target {
            TargetKind::Country(c) => places.insert(c.code().to_owned()),
            TargetKind::Sector(s) => trades.insert(s.name().to_owned()),
        };
    }
    assert_eq!(
        places,
        BTreeSet::from(["VN", "HK", "TW", "PH"].map(str::to_owned))
    );
    assert_eq!(
        trades,
        BTreeSet::from(
            ["government", "manufacturing", "telecommunications", "media"].map(str::to_owned)
        )
    );
    let mentioned: BTreeSet<_> = report
        .targets
        .iter()
        .filter(|t| !t.attacked)
        .filter_map(|t| match &t.target {
            TargetKind::Country(c) => Some(c.code().to_owned()),
            TargetKind::Sector(_) => None,
        })
        .collect();
    assert!(
        mentioned.contains("US") && mentioned.contains("RU"),
        "{mentioned:?}"
    );

    let wanted: BTreeSet<(String, String)> = label["indicators"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|i| i["role"] == "ioc")
        .map(|i| {
            let kind = match i["type"].as_str().unwrap() {
                "filename" => "file_name",
                other => other,
            };
            (kind.to_owned(), i["value"].as_str().unwrap().to_owned())
        })
        .collect();
    let got: BTreeSet<(String, String)> = indicators(&report)
        .iter()
        .map(|o| (o.kind().name().to_owned(), o.value().to_owned()))
        .collect();
    assert_eq!(got, wanted);
    assert!(
        report
            .mentions
            .iter()
            .filter(|m| m.observable.kind() == K::Url)
            .all(|m| m.disposition == Disposition::Reference)
    );

    assert_eq!(
        report
            .techniques
            .iter()
            .map(|t| t.id.as_str())
            .collect::<Vec<_>>(),
        ["TA0011"]
    );
    assert_eq!(
        report.published.as_ref().map(|d| d.0.as_str()),
        Some("2025-03-06")
    );
    assert_eq!(report.publisher.as_deref(), label["publisher"].as_str());
    assert_eq!(report.language, tegakari_model::Language::Ja);
    assert_eq!(report.tlp, None);
}

#[test]
fn lotus_blossom_is_the_same_from_json_and_text() {
    let (Some(json), Some(text)) = (
        report("talos-iocs/2025/02/lotus-blossom-espionage-group.json"),
        report("talos-iocs/2025/02/lotus-blossom-espionage-group.txt"),
    ) else {
        return;
    };
    assert_eq!(indicators(&json), indicators(&text));
    for (kind, want) in [(K::Sha256, 37), (K::Ipv4, 28), (K::Domain, 11)] {
        assert_eq!(count(&json, kind), want, "{kind:?}");
    }
    assert_eq!(indicators(&json).len(), 76);
    assert_eq!(json.techniques.len(), 25);
    assert!(json.techniques.iter().all(|t| t.explicit));
    let names: BTreeSet<&str> = json.names.iter().map(|n| n.text.as_str()).collect();
    assert!(
        names.is_superset(&BTreeSet::from(["Lotus Blossom", "Sagerunex"])),
        "{names:?}"
    );
    let kind = |name: &str| json.names.iter().find(|n| n.text == name).map(|n| n.kind);
    assert_eq!(kind("Lotus Blossom"), Some(NameKind::IntrusionSet));
    assert_eq!(kind("Sagerunex"), Some(NameKind::Malware));
    assert_eq!(
        json.published.as_ref().map(|d| d.0.as_str()),
        Some("2025-02-27")
    );
}

#[test]
fn every_pair_of_lists_is_read_without_trouble() {
    let Ok(years) = std::fs::read_dir(format!("{DATA}/talos-iocs")) else {
        eprintln!("skipped: talos-iocs is not here");
        return;
    };
    let mut read_files = 0;
    let months = years
        .flatten()
        .flat_map(|y| std::fs::read_dir(y.path()).into_iter().flatten().flatten());
    for file in months
        .flat_map(|m| std::fs::read_dir(m.path()).into_iter().flatten().flatten())
        .take(24)
    {
        let path = file.path();
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let report = read(
            Document {
                name: &name,
                bytes: &bytes,
            },
            Knowledge::embedded(),
        );
        assert!(!report.mentions.is_empty(), "{name}");
        read_files += 1;
    }
    assert!(read_files > 0);
}

#[test]
fn the_newsletter_as_a_word_document_has_four_whole_records() {
    let Some(report) = report("reports/ja_newsletter.docx") else {
        return;
    };
    assert_eq!(report.source.format, "docx");
    let facts: Vec<(bool, bool, usize, usize)> = report
        .files
        .iter()
        .map(|f| {
            (
                f.md5.is_some(),
                f.sha256.is_some(),
                f.names.len(),
                f.detections.len(),
            )
        })
        .collect();
    assert_eq!(facts, [(true, true, 1, 1); 4]);
    assert!(report.names.iter().any(|n| n.text == "Sagerunex"));
    assert!(
        report.targets.iter().any(|t| t.attacked),
        "{:?}",
        report.targets
    );
    assert!(report.problems.is_empty(), "{:?}", report.problems);
}

//! Reads bundles that others published. The data is not part of the repository; without it the
//! tests print that they skip.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it skips"
)]

use std::path::{Path, PathBuf};

use serde_json::Value;
use tegakari_model::{ObservableKind as K, Tlp};
use tegakari_stix::{ObjectKind, Version, parse_bundle, pattern, version_of};

fn data() -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    if path.is_dir() {
        return Some(path.to_owned());
    }
    println!("SKIP: no shared data beside the repository");
    None
}

fn json_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            json_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "json") {
            out.push(path);
        }
    }
    out.sort();
}

fn load(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_published_bundle_is_read_whole() {
    let Some(data) = data() else { return };
    let document = load(&data.join("reports/stix_talos_lotus_blossom.json"));
    let (bundle, problems) = parse_bundle(&document);
    assert_eq!(bundle.version, Version::Stix20);
    assert_eq!(bundle.indicators().count(), 76);
    assert_eq!(bundle.techniques().count(), 25);
    assert!(
        bundle
            .indicators()
            .all(|(_, i)| !i.reading.groups.is_empty())
    );
    let report = bundle.reports().next().unwrap();
    assert!(report.name.as_deref().unwrap().contains("Lotus Blossom"));
    assert_eq!(problems, []);
    let sets: Vec<_> = bundle
        .objects
        .iter()
        .filter(|o| matches!(o.kind, ObjectKind::IntrusionSet { .. }))
        .map(|o| o.references.first().unwrap().id.as_deref().unwrap())
        .collect();
    assert_eq!(sets, ["G0030"]);
}

#[test]
fn every_published_pattern_parses_and_prints_back() {
    let Some(data) = data() else { return };
    let mut files = Vec::new();
    json_files(&data.join("talos-iocs"), &mut files);
    let (mut patterns, mut values, mut stix1, mut trouble) = (0, 0, 0, Vec::new());
    for file in &files {
        let document = load(file);
        if version_of(&document).is_none() {
            stix1 += usize::from(document.get("stix_header").is_some());
            let (_, problems) = parse_bundle(&document);
            assert_eq!(problems.len(), 1, "{}", file.display());
            continue;
        }
        let (bundle, problems) = parse_bundle(&document);
        for (object, indicator) in bundle.indicators() {
            patterns += 1;
            let parsed = indicator
                .pattern
                .as_ref()
                .unwrap_or_else(|| panic!("{object:?}"));
            assert_eq!(pattern::parse(&parsed.to_string()).as_ref(), Ok(parsed));
            assert_eq!(indicator.to_ids, Some(true));
            values += indicator.reading.groups.len();
        }
        trouble.extend(
            problems
                .into_iter()
                .map(|p| format!("{}: {p:?}", file.display())),
        );
    }
    println!(
        "{} files, {stix1} STIX 1, {patterns} patterns, {values} values",
        files.len()
    );
    for line in &trouble {
        println!("{line}");
    }
    assert!(patterns > 4_400, "{patterns}");
    // What is left are values that are no URLs at all (`search:query=…`, a UNC path).
    assert!(values * 1000 >= patterns * 998, "{values} of {patterns}");
}

#[test]
fn markings_and_mail_senders_are_read() {
    let Some(data) = data() else { return };
    let mut files = Vec::new();
    json_files(&data.join("talos-iocs"), &mut files);
    let bundles: Vec<_> = files.iter().map(|f| parse_bundle(&load(f)).0).collect();
    let white = bundles
        .iter()
        .filter(|b| b.tlp() == Some(Tlp::Clear))
        .count();
    assert!(white >= 33, "{white}");
    let kinds: Vec<K> = bundles
        .iter()
        .flat_map(|b| b.indicators())
        .flat_map(|(_, i)| i.reading.groups.iter().flat_map(|g| g.observables.iter()))
        .map(|o| o.kind())
        .collect();
    for kind in [
        K::Ipv4,
        K::Domain,
        K::Url,
        K::Sha256,
        K::FileName,
        K::Mutex,
        K::Email,
    ] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
}

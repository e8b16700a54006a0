//! The compiled file is what the publishers' files give, and the registry of sources is whole.

use std::collections::BTreeSet;

use tegakari_knowledge::sources::{ALL, SourceFile};
use tegakari_knowledge::{Knowledge, Purpose, compile};

use crate::{published, skip};

#[test]
fn the_embedded_file_is_what_the_publishers_files_give() {
    let Some(files) = published() else {
        return skip("the_embedded_file_is_what_the_publishers_files_give");
    };
    let files: Vec<SourceFile<'_>> = files
        .iter()
        .rev()
        .map(|(path, bytes)| SourceFile { path, bytes })
        .collect();
    let bytes = compile(&files, Purpose::Embed).unwrap();
    let root = concat!(env!("CARGO_MANIFEST_DIR"));
    let embedded = std::fs::read(format!("{root}/data/knowledge.bin")).unwrap();
    assert!(
        bytes == embedded,
        "run `cargo xtask compile-knowledge --from DIR`"
    );
    let notice = std::fs::read_to_string(format!("{root}/../../NOTICE")).unwrap();
    assert_eq!(Knowledge::decode(&bytes).unwrap().notice(), notice);
}

#[test]
fn the_embedded_file_is_small() {
    let size = Knowledge::embedded_size();
    println!("embedded knowledge: {size} bytes");
    assert!(size < 2_000_000, "{size}");
    assert!(size > 100_000, "{size}");
}

#[test]
fn every_file_of_the_folder_of_sources_is_registered() {
    // Files that are no source but serve several.
    let shared = ["mod", "dates", "galaxy", "places"];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sources");
    let registry = std::fs::read_to_string(format!("{folder}/mod.rs")).unwrap();
    let list = registry.split("pub const ALL").nth(1).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            shared.contains(&stem.as_str()) || list.contains(&format!("{stem}::")),
            "{stem} is not in ALL"
        );
    }
}

#[test]
fn every_source_says_who_publishes_it_and_under_which_licence() {
    let mut ids = BTreeSet::new();
    for source in ALL {
        assert!(ids.insert(source.id()), "{} twice", source.id());
        assert!(source.about().contains("https://"), "{}", source.id());
        let licence = source.licence();
        assert!(
            !licence.id.is_empty() && !licence.notice.is_empty(),
            "{}",
            source.id()
        );
        let embedded = Knowledge::embedded()
            .sources()
            .iter()
            .any(|s| s.id == source.id());
        // Of CISA's catalogue there was no copy when the snapshot was made.
        let wanted = source.embedded() && source.id() != "cisa-kev";
        assert_eq!(embedded, wanted, "{}", source.id());
    }
    let notice = Knowledge::embedded().notice();
    for must in [
        "© 2025 The MITRE Corporation",
        "non-exclusive, royalty-free license to use ATT&CK",
        "Permission is hereby granted",
        "creativecommons.org/licenses/by/4.0",
        "CC0",
    ] {
        assert!(notice.contains(must), "{must}");
    }
}

#[test]
fn counts_agree_with_the_study() {
    for (source, what, want) in [
        ("attack-enterprise", "actors", 172),
        ("attack-enterprise", "actor names", 570),
        ("attack-enterprise", "techniques", 691),
        ("attack-enterprise", "software", 784),
        ("attack-enterprise", "campaigns", 52),
        ("attack-enterprise", "uses", 17_270),
        ("attack-ics", "actors", 14),
        ("attack-ics", "techniques", 83),
        ("attack-ics", "campaigns", 7),
        ("attack-mobile", "actors", 17),
        ("attack-mobile", "techniques", 124),
        ("attack-mobile", "software", 122),
        ("attack-mobile", "campaigns", 3),
        ("misp-threat-actor", "actors", 1041),
        ("misp-threat-actor", "actors with references", 1022),
        ("misp-threat-actor", "names", 2442),
        ("misp-threat-actor", "origins", 476),
        ("misp-attack", "ids", 1266),
        ("microsoft-naming", "actors", 166),
        ("microsoft-naming", "names", 610),
        ("maltrail", "actors", 340),
        ("maltrail", "indicator lines", 327_933),
    ] {
        let sources = Knowledge::embedded().sources();
        let found = sources.iter().find(|s| s.id == source).unwrap();
        let count = found.counts.iter().find(|(label, _)| label == what);
        assert_eq!(count.map(|(_, n)| *n), Some(want), "{source}: {what}");
    }
}

#[test]
fn decoding_is_quick() {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/data/knowledge.bin")).unwrap();
    // The quickest of several, because other tests run beside this one. Decodes and checks every
    // section; the embedded file is opened with less: the facts alone.
    let quickest = (0..5)
        .map(|_| {
            let start = std::time::Instant::now();
            let knowledge = Knowledge::decode(&bytes).unwrap();
            assert!(!knowledge.actors().is_empty());
            start.elapsed()
        })
        .min()
        .unwrap();
    println!("decoding and checking everything: {quickest:?}");
    let limit = if cfg!(debug_assertions) { 10_000 } else { 200 };
    assert!(quickest.as_millis() < limit, "{quickest:?}");
}

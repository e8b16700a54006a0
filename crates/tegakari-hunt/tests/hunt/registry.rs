use std::collections::BTreeSet;

use tegakari_hunt::formats::{ALL, Sniff, sniff};

use crate::{hunt, plan};

fn samples(id: &str) -> Vec<(String, Vec<u8>)> {
    let folder = format!("{}/testdata/{id}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_dir(&folder)
        .unwrap_or_else(|_| panic!("no sample for {id} in {folder}"))
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.display().to_string(), std::fs::read(path).unwrap())
        })
        .collect()
}

#[test]
fn every_format_knows_its_own_sample_and_reads_times_from_it() {
    let mut ids = BTreeSet::new();
    for format in ALL {
        assert!(ids.insert(format.id()), "{} twice", format.id());
        assert!(!format.shows().is_empty() && !format.about().is_empty());
        let samples = samples(format.id());
        assert!(!samples.is_empty());
        for (name, bytes) in samples {
            assert!(format.sniff(&bytes) > Sniff::No);
            assert_eq!(sniff(&bytes).id(), format.id(), "{name}");
            let outcome = hunt(&name, &bytes, &plan(&[]));
            assert!(outcome.records() > 0);
            let result = tegakari_hunt::conclude(
                outcome,
                &plan(&[]),
                &[],
                tegakari_hunt::Asked {
                    not_after: Some("2026-06-01T00:00:00Z".parse().unwrap()),
                    ..Default::default()
                },
            );
            let input = &result.coverage.inputs[0];
            assert_eq!(input.bad_records, 0, "{name}: {:?}", result.problems);
            assert_eq!(
                input
                    .first
                    .map(|t| t.to_string()[..10].to_owned())
                    .as_deref(),
                Some("2026-02-03"),
                "{name}"
            );
        }
    }
}

#[test]
fn every_sample_folder_and_file_belongs_to_a_format() {
    let ids: BTreeSet<&str> = ALL.iter().map(|f| f.id()).collect();
    let folder = format!("{}/testdata", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(ids.contains(name.as_str()), "{name} is no format");
    }
}

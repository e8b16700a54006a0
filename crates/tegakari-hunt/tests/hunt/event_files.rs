//! Real Windows event files, in which attacks were played.

use std::path::Path;

use tegakari_model::ObservableKind as K;

use crate::{plan, result, sightings};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/evtx");

#[test]
fn every_event_file_is_read_whole_and_names_its_machine() {
    if !Path::new(DATA).is_dir() {
        eprintln!("skipped: the shared event files are not here");
        return;
    }
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in std::fs::read_dir(DATA).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "evtx") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            files.push((name, std::fs::read(path).unwrap()));
        }
    }
    files.sort();
    let wanted = plan(&[(K::FileName, "powershell.exe")]);
    let inputs: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), &b[..])).collect();
    let all = result(&wanted, &inputs, &[]);
    // Each holds a few events of a log, so that numbers are left out; all else is well.
    let others = |p: &&tegakari_model::Problem| {
        !p.what.contains("their numbers are left out") && !p.what.contains("begin anew")
    };
    assert_eq!(all.problems.iter().find(others), None);
    let records: u64 = all.coverage.inputs.iter().map(|i| i.records).sum();
    assert_eq!(records, 9275, "in {} files", files.len());
    assert!(
        all.coverage
            .inputs
            .iter()
            .all(|i| i.format == "windows-event-xml"),
    );
    let seen = sightings(&all, "powershell.exe");
    assert!(!seen.is_empty() && seen.iter().all(|s| s.asset.is_some()));
}

use std::io::Write;
use std::path::{Path, PathBuf};

use tegakari_model::{HuntResult, Indicator, Observable, ObservableKind as K, TimeRange};
use tegakari_store::Store;

use crate::{HuntRequest, Silent, run_hunt, run_hunt_on};

fn request<'a>(paths: &'a [PathBuf], threads: usize) -> HuntRequest<'a> {
    let indicator = |kind, value: &str| Indicator::new(Observable::new(kind, value).unwrap());
    HuntRequest {
        set: None,
        indicators: vec![
            indicator(K::Domain, "c2.evil.example"),
            indicator(K::Ipv4, "203.0.113.9"),
        ],
        reports: Vec::new(),
        paths,
        window: TimeRange::default(),
        inventory: &[],
        problems: Vec::new(),
        threads,
        examples: None,
    }
}

fn on(store: &mut Store, folder: &Path) -> HuntResult {
    run_hunt_on(request(&[folder.to_owned()], 2), store, &Silent).unwrap()
}

/// Everything a finding says, but for the order in which problems are told.
fn said(hunt: &HuntResult) -> String {
    let inputs: Vec<_> = hunt.coverage.inputs.iter().collect();
    format!(
        "{:#?}\n{:#?}\n{inputs:#?}",
        hunt.findings, hunt.coverage.sources
    )
}

fn same_as_whole(store: &mut Store, folder: &Path, when: &str) {
    let whole = run_hunt(request(&[folder.to_owned()], 1), &Silent).unwrap();
    assert_eq!(said(&on(store, folder)), said(&whole), "{when}");
    assert_eq!(said(&on(store, folder)), said(&whole), "{when}, once more");
}

fn lines(from: u32, to: u32) -> String {
    (from..to)
        .map(|n| {
            let name = if n % 7 == 3 {
                "c2.evil.example"
            } else {
                "www.corp.example"
            };
            format!(
                "Feb  3 04:{:02}:{:02} dns-1 dnsmasq[811]: query[A] {name} from 192.168.7.{}\n",
                n / 60 % 60,
                n % 60,
                n % 20 + 1
            )
        })
        .collect()
}

fn append(path: &Path, text: &str) {
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn what_is_added_renamed_compressed_or_begun_anew_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let log = root.join("dns.log");
    let mut store = Store::in_memory().unwrap();
    append(&log, &lines(0, 500));
    same_as_whole(&mut store, root, "first");
    append(&log, &lines(500, 900));
    same_as_whole(&mut store, root, "grown");
    // A line that is not whole yet, with an indicator cut in it.
    append(
        &log,
        "Feb  3 04:20:00 dns-1 dnsmasq[811]: query[A] c2.evil.exam",
    );
    same_as_whole(&mut store, root, "half a line");
    append(&log, "ple from 192.168.7.3\n");
    same_as_whole(&mut store, root, "the other half");
    std::fs::rename(&log, root.join("dns.log.1")).unwrap();
    append(&root.join("dns.log.1"), &lines(901, 950));
    append(&log, &lines(950, 1200));
    same_as_whole(&mut store, root, "rotated, and written after the last run");
    let old = std::fs::read(root.join("dns.log.1")).unwrap();
    std::fs::write(root.join("dns.log.2.gz"), gzip(&old)).unwrap();
    std::fs::rename(&log, root.join("dns.log.1")).unwrap();
    append(&log, &lines(1200, 1210));
    same_as_whole(&mut store, root, "compressed");
    // A table is read from its start again when it has grown, an archive when it has changed.
    let table = root.join("edr.csv");
    append(
        &table,
        "time,host,query\n2026-02-03T04:05:06Z,ws-1,c2.evil.example\n",
    );
    same_as_whole(&mut store, root, "a table");
    append(&table, "2026-02-03T04:05:07Z,ws-2,c2.evil.example\n");
    same_as_whole(&mut store, root, "a longer table");
    let row = |n: u32| format!("2026-02-03T04:{:02}:07Z,ws-{n},c2.evil.example\n", n % 60);
    append(&table, &(0..200).map(row).collect::<String>());
    same_as_whole(&mut store, root, "a table that fills the first bytes");
    let old = std::fs::read(&table).unwrap();
    std::fs::write(root.join("edr.csv.1.gz"), gzip(&old)).unwrap();
    std::fs::remove_file(&table).unwrap();
    same_as_whole(&mut store, root, "a table that was compressed");
    std::fs::remove_file(root.join("edr.csv.1.gz")).unwrap();
    std::fs::write(root.join("edr.2.csv"), [old, row(7).into_bytes()].concat()).unwrap();
    same_as_whole(&mut store, root, "a table that was renamed and has grown");
    std::fs::write(root.join("a.gz"), gzip(lines(0, 30).as_bytes())).unwrap();
    same_as_whole(&mut store, root, "a compressed one");
    std::fs::write(root.join("a.gz"), gzip(lines(10, 60).as_bytes())).unwrap();
    same_as_whole(&mut store, root, "another in its place");
    // Truncated, with the same beginning.
    append(&log, &lines(1210, 1400));
    same_as_whole(&mut store, root, "longer");
    std::fs::write(&log, lines(1200, 1300)).unwrap();
    same_as_whole(&mut store, root, "shorter");
}

#[test]
fn what_is_gone_still_counts_and_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut store = Store::in_memory().unwrap();
    append(&root.join("a.log"), &lines(0, 100));
    append(&root.join("b.log"), &lines(200, 300));
    let before = on(&mut store, root);
    std::fs::remove_file(root.join("a.log")).unwrap();
    let after = on(&mut store, root);
    let count = |hunt: &HuntResult| -> u64 {
        hunt.findings
            .iter()
            .flat_map(|f| f.finding.sightings())
            .map(|s| s.count)
            .sum()
    };
    assert_eq!(count(&before), count(&after));
    assert!(
        after
            .problems
            .iter()
            .any(|p| p.what.contains("no longer there"))
    );
}

/// Stops after so many bytes.
struct Stops(std::sync::atomic::AtomicU64);

impl crate::Progress for Stops {
    fn begin(&self, _: usize, _: u64) {}
    fn bytes(&self, bytes: u64) {
        self.0
            .fetch_add(bytes, std::sync::atomic::Ordering::Relaxed);
    }
    fn file_done(&self, _: u64, _: &[u32]) {}
    fn stop(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed) > 3_000_000
    }
}

#[test]
fn a_hunt_that_was_stopped_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    append(&root.join("large.log"), &lines(0, 60_000));
    append(&root.join("small.log"), &lines(60_000, 60_100));
    let mut store = Store::in_memory().unwrap();
    let paths = [root.to_owned()];
    let stops = Stops(0.into());
    let stopped = run_hunt_on(request(&paths, 1), &mut store, &stops).unwrap();
    assert!(stopped.partial);
    let on = run_hunt_on(request(&paths, 1), &mut store, &Silent).unwrap();
    let whole = run_hunt(request(&paths, 2), &Silent).unwrap();
    assert_eq!(said(&on), said(&whole));
}

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
        techniques: Vec::new(),
        paths,
        window: TimeRange::default(),
        inventory: &[],
        zones: Vec::new(),
        assumptions: tegakari_hunt::Assumptions::default(),
        problems: Vec::new(),
        threads,
        examples: None,
        drills: None,
        rules: None,
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

/// A log with some lines of it in other bytes, written a second later.
fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from) && from.len() == to.len());
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(later).unwrap();
}

#[test]
fn what_was_changed_in_its_place_is_searched_anew() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let log = root.join("dns.log");
    let mut store = Store::in_memory().unwrap();
    append(&log, &lines(0, 700));
    same_as_whole(&mut store, root, "first");
    // In the middle, far from both ends, with the same size.
    let far = "04:05:30 dns-1 dnsmasq[811]: query[A] www.corp.example";
    edit(
        &log,
        far,
        &far.replace("www.corp.example", "c2.evil.example "),
    );
    same_as_whole(&mut store, root, "changed in its middle");
    let other = "04:06:31 dns-1 dnsmasq[811]: query[A] www.corp.example";
    edit(
        &log,
        other,
        &other.replace("www.corp.example", "c2.evil.example "),
    );
    append(&log, &lines(700, 720));
    same_as_whole(&mut store, root, "changed and longer");
}

#[test]
fn what_was_packed_into_an_archive_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut store = Store::in_memory().unwrap();
    append(&root.join("a.log"), &lines(0, 300));
    append(&root.join("b.log"), &lines(300, 500));
    same_as_whole(&mut store, root, "first");
    let tar = |names: &[&str]| {
        let mut out = Vec::new();
        for name in names {
            let bytes = std::fs::read(root.join(name)).unwrap();
            let mut header = [0_u8; 512];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[100..108].copy_from_slice(b"0000644\0");
            header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
            header[148..156].copy_from_slice(b"        ");
            header[156] = b'0';
            header[257..265].copy_from_slice(b"ustar\x0000");
            let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
            header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            out.extend(header);
            out.extend(&bytes);
            out.resize(out.len().next_multiple_of(512), 0);
        }
        out.resize(out.len() + 1024, 0);
        out
    };
    std::fs::write(root.join("old.tgz"), gzip(&tar(&["a.log", "b.log"]))).unwrap();
    std::fs::remove_file(root.join("a.log")).unwrap();
    std::fs::remove_file(root.join("b.log")).unwrap();
    same_as_whole(&mut store, root, "packed");
    // One that is in no archive stays.
    append(&root.join("c.log"), &lines(600, 650));
    same_as_whole(&mut store, root, "another");
    std::fs::remove_file(root.join("c.log")).unwrap();
    let gone = on(&mut store, root);
    let names: Vec<&str> = gone
        .coverage
        .inputs
        .iter()
        .map(|i| i.file.as_str())
        .collect();
    let missed = names
        .iter()
        .filter(|name| name.ends_with("(no longer there)"));
    assert_eq!(missed.count(), 1, "{names:?}");
}

#[test]
fn a_file_whose_only_line_was_not_whole_yet_is_not_missed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let log = root.join("dns.log");
    let mut store = Store::in_memory().unwrap();
    append(
        &log,
        "Feb  3 04:20:00 dns-1 dnsmasq[811]: query[A] c2.evil.example fr",
    );
    on(&mut store, root);
    append(&log, "om 192.168.7.3\n");
    append(&log, &lines(0, 30));
    same_as_whole(&mut store, root, "completed");
    // And one that was renamed as well.
    let other = root.join("e.log");
    append(
        &other,
        "Feb  3 04:20:00 dns-1 dnsmasq[811]: query[A] www.corp.example fr",
    );
    on(&mut store, root);
    std::fs::remove_file(&other).unwrap();
    same_as_whole(&mut store, root, "gone, and nothing was of it");
}

/// Asks to stop at once, and keeps what it is told to wait for.
struct Impatient(
    std::sync::Mutex<Vec<String>>,
    std::time::Duration,
    std::time::Instant,
);

impl crate::Progress for Impatient {
    fn begin(&self, _: usize, _: u64) {}
    fn bytes(&self, _: u64) {}
    fn file_done(&self, _: u64, _: &[u32]) {}
    fn waits(&self, process: &str) {
        self.0.lock().unwrap().push(process.to_owned());
    }
    fn stop(&self) -> bool {
        self.2.elapsed() > self.1
    }
}

#[test]
fn who_waits_for_another_hunt_says_so_and_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("t.db");
    let held = super::alone(&database, &Silent).ok().flatten().unwrap();
    let patience = std::time::Duration::from_millis(1600);
    let progress = Impatient(
        std::sync::Mutex::default(),
        patience,
        std::time::Instant::now(),
    );
    assert!(super::alone(&database, &progress).is_err());
    let said = progress.0.into_inner().unwrap();
    assert_eq!(said.len(), 1);
    assert!(cfg!(windows) || said[0] == std::process::id().to_string());
    drop(held);
    assert!(super::alone(&database, &Silent).is_ok());
}

#[test]
fn a_file_that_is_edited_in_its_first_lines_is_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let log = root.join("dns.log");
    let mut store = Store::in_memory().unwrap();
    // Shorter and longer than the bytes by which a file is known.
    for count in [8, 20, 500] {
        std::fs::write(&log, lines(0, count)).unwrap();
        same_as_whole(&mut store, root, "written");
        let edited = lines(0, count).replacen("www.corp.example", "c2.evil.example ", 1);
        std::fs::write(&log, &edited).unwrap();
        same_as_whole(&mut store, root, "a hit more");
        std::fs::write(&log, edited.replace("c2.evil.example", "www.corp.example")).unwrap();
        same_as_whole(&mut store, root, "no hit any more");
        // A line more before all others: nothing has the place that it had.
        let more = format!("{}{edited}", lines(599, 600));
        std::fs::write(root.join("next"), more).unwrap();
        std::fs::rename(root.join("next"), &log).unwrap();
        same_as_whole(&mut store, root, "by another file with its name");
    }
    // But one that was begun anew after the old one was taken away is another: what was found stays found.
    let mut store = Store::in_memory().unwrap();
    std::fs::write(&log, lines(0, 100)).unwrap();
    same_as_whole(&mut store, root, "once more");
    std::fs::write(&log, lines(700, 760)).unwrap();
    let hunt = on(&mut store, root);
    let told = |p: &tegakari_model::Problem| p.what.contains("no longer there");
    assert!(hunt.problems.iter().any(told));
}

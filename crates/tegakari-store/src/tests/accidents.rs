//! Damage, full disks, two processes, a process that dies while it saves.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use crate::{Saved, Store, StoreError, reports};
use rusqlite::Connection;
use tegakari_model::{Disposition, ObservableKind, Report};
use tempfile::tempdir;

use super::sample::{self, mention, noon, observable};

fn long_report(name: &str, indicators: usize) -> Report {
    let mut report = sample::report(name);
    for n in 0..indicators {
        let one = observable(ObservableKind::Domain, &format!("host-{n}.evil.example"));
        report
            .mentions
            .push(mention(&report.id, one, Disposition::Ioc));
    }
    report
}

/// Saves a report and does something when everything is written but not yet committed.
fn save_report_and(
    store: &mut Store,
    report: &Report,
    in_the_middle: &dyn Fn(),
) -> Result<Saved, StoreError> {
    store.write("saving", |transaction| {
        let saved = reports::save(transaction, report, noon())?;
        in_the_middle();
        Ok(saved)
    })
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.db");
    let report = long_report("one", 300);
    Store::open(&path)
        .unwrap()
        .save_report(&report, noon())
        .unwrap();
    let whole = fs::read(&path).unwrap();
    let (mut refused, mut wrong) = (0, 0);
    // Overwrite 600 bytes at a time, all over the file, and cut it off at many lengths.
    let broken = (0..whole.len() / 4096).flat_map(|page| {
        let mut overwritten = whole.clone();
        for (n, byte) in overwritten
            .iter_mut()
            .skip(page * 4096)
            .take(600)
            .enumerate()
        {
            *byte = (n * 37 + page) as u8;
        }
        [overwritten, whole[..page * 4096 + 100].to_vec()]
    });
    for bytes in broken {
        fs::write(&path, &bytes).unwrap();
        let outcome = Store::open(&path).and_then(|mut store| {
            let loaded = store.report(&report.id)?;
            store.reports()?;
            store.about_text("host-7.evil.example")?;
            store.all_indicators()?;
            store.save_report(&sample::report("two"), noon())?;
            Ok(loaded)
        });
        match outcome {
            Err(error) => {
                refused += 1;
                assert!(error.to_string().contains("t.db"), "{error}");
            }
            Ok(loaded) => wrong += usize::from(loaded.is_some_and(|loaded| loaded != report)),
        }
        for beside in ["-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(format!("{}{beside}", path.display()));
        }
    }
    assert!(refused > 10, "damage goes unnoticed: {refused}");
    assert_eq!(wrong, 0, "a damaged report was taken for whole");
}

#[test]
fn a_full_disk_leaves_the_old_state() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.db");
    let report = sample::report("one");
    let mut store = Store::open(&path).unwrap();
    store.save_report(&report, noon()).unwrap();
    drop(store);
    // A limit on the pages of the file stands for a disk with little room.
    let pages: u32 = Connection::open(&path)
        .unwrap()
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    let mut store = Store::open(&path).unwrap();
    store
        .connection
        .pragma_update(None, "max_page_count", pages + 8)
        .unwrap();
    let error = store
        .save_report(&long_report("two", 5000), noon())
        .unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(error.to_string().contains("saving report R-"), "{error}");
    assert_eq!(store.reports().unwrap().len(), 1);
    assert!(store.about_text("host-1.evil.example").unwrap().is_empty());
    assert_eq!(store.report(&report.id).unwrap(), Some(report.clone()));
    // A larger version of the old report does not fit either, and the old one stays.
    let mut larger = long_report("one", 5000);
    larger.id = report.id.clone();
    store.save_report(&larger, noon()).unwrap_err();
    assert_eq!(store.report(&report.id).unwrap(), Some(report));
}

#[test]
fn a_process_that_dies_while_it_saves_leaves_the_old_state() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.db");
    let report = sample::report("one");
    let mut store = Store::open(&path).unwrap();
    store.save_report(&report, noon()).unwrap();
    // What is on the disk in the middle of a save, as a second process would find it after a crash.
    let crashed = folder.path().join("crashed");
    fs::create_dir(&crashed).unwrap();
    let mut larger = long_report("one", 20_000);
    larger.id = report.id.clone();
    let saving = save_report_and(&mut Store::open(&path).unwrap(), &larger, &|| {
        for beside in ["", "-wal"] {
            let from = PathBuf::from(format!("{}{beside}", path.display()));
            fs::copy(&from, crashed.join(from.file_name().unwrap())).unwrap();
        }
        let wal = fs::metadata(crashed.join("t.db-wal")).unwrap().len();
        assert!(
            wal > 1_000_000,
            "the save had reached the disk: {wal} bytes"
        );
    });
    assert_eq!(saving.unwrap(), Saved::Replaced);
    let mut after = Store::open(&crashed.join("t.db")).unwrap();
    assert_eq!(after.report(&report.id).unwrap(), Some(report));
    assert!(after.about_text("host-1.evil.example").unwrap().is_empty());
    assert_eq!(after.save_report(&larger, noon()).unwrap(), Saved::Replaced);
}

#[test]
fn two_connections_read_and_write_at_once() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.db");
    const EACH: usize = 25;
    // Four threads open a file that does not exist yet, and all write to it.
    let write = |who: usize, path: &Path| {
        let mut store = Store::open(path).unwrap();
        for n in 0..EACH {
            // Half of the reports are the same for all: saved once, known afterwards.
            let name = if n % 2 == 0 {
                format!("shared {n}")
            } else {
                format!("{who} {n}")
            };
            store.save_report(&sample::report(&name), noon()).unwrap();
            assert!(!store.reports().unwrap().is_empty());
        }
    };
    thread::scope(|scope| {
        for who in 0..4 {
            let path = &path;
            scope.spawn(move || write(who, path));
        }
    });
    let store = Store::open_read_only(&path).unwrap();
    assert_eq!(store.reports().unwrap().len(), 13 + 4 * 12);
    let intact: String = Connection::open(&path)
        .unwrap()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(intact, "ok");
}

#[test]
fn a_reader_sees_the_old_state_while_another_saves() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.db");
    let mut writer = Store::open(&path).unwrap();
    let reader = Store::open_read_only(&path).unwrap();
    let report = long_report("one", 50);
    let during = save_report_and(&mut writer, &report, &|| {
        assert!(
            reader.reports().unwrap().is_empty(),
            "half a report was seen"
        );
    });
    assert_eq!(during.unwrap(), Saved::New);
    assert_eq!(reader.report(&report.id).unwrap(), Some(report));
}

#[test]
fn a_lock_that_does_not_go_away_is_reported() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.db");
    let mut store = Store::open(&path).unwrap();
    store
        .connection
        .busy_timeout(std::time::Duration::from_millis(50))
        .unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store
        .save_report(&sample::report("one"), noon())
        .unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(
        store.save_report(&sample::report("one"), noon()).unwrap(),
        Saved::New
    );
}

#[test]
fn a_store_opened_for_reading_refuses_to_save() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.db");
    Store::open(&path).unwrap();
    let mut store = Store::open_read_only(&path).unwrap();
    let error = store
        .save_report(&sample::report("one"), noon())
        .unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}

#[test]
fn a_database_on_a_medium_that_cannot_be_written_is_read() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.db");
    let report = sample::report("one");
    Store::open(&path)
        .unwrap()
        .save_report(&report, noon())
        .unwrap();
    let mut locked = fs::metadata(folder.path()).unwrap().permissions();
    let free = locked.clone();
    locked.set_readonly(true);
    fs::set_permissions(folder.path(), locked).unwrap();
    let outcome = Store::open_read_only(&path).and_then(|store| store.report(&report.id));
    fs::set_permissions(folder.path(), free).unwrap();
    assert_eq!(outcome.unwrap(), Some(report));
}

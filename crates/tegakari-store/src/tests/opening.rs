//! Opening files: our own, older, newer, foreign, broken, absent.

use std::fs;
use std::path::Path;

use crate::{Saved, Store, StoreError};
use rusqlite::Connection;
use tempfile::tempdir;

use super::sample::{self, noon};

#[test]
fn a_store_is_made_where_there_is_none_and_found_again() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a b%20?#ü.db");
    let report = sample::report("one");
    {
        let mut store = Store::open(&path).unwrap();
        assert_eq!(store.save_report(&report, noon()).unwrap(), Saved::New);
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "one file, nothing beside it"
    );
    let store = Store::open(&path).unwrap();
    assert_eq!(store.report(&report.id).unwrap(), Some(report.clone()));
    let store = Store::open_read_only(&path).unwrap();
    assert_eq!(store.report(&report.id).unwrap(), Some(report));
}

#[test]
fn an_empty_file_becomes_a_store() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.db");
    fs::write(&path, b"").unwrap();
    assert!(Store::open(&path).unwrap().reports().unwrap().is_empty());
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.db");
    let known = Store::open(&path).unwrap().schema_version();
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", known + 6)
        .unwrap();
    let before = fs::read(&path).unwrap();
    for error in [
        Store::open(&path).unwrap_err(),
        Store::open_read_only(&path).unwrap_err(),
    ] {
        let StoreError::NewerSchema {
            found, known: ours, ..
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!((found, ours), (known + 6, known));
        let text = error.to_string();
        assert!(
            text.contains(&path.display().to_string()) && text.contains("upgrade"),
            "{text}"
        );
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn an_older_schema_is_brought_forward_and_refused_when_only_read() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.db");
    // Version 0 with our mark: made by hand, since no older version exists yet.
    let connection = Connection::open(&path).unwrap();
    connection
        .pragma_update(None, "application_id", 0x5447_4B52)
        .unwrap();
    connection
        .execute_batch("CREATE TABLE left_over (x); DROP TABLE left_over")
        .unwrap();
    drop(connection);
    let error = Store::open_read_only(&path).unwrap_err();
    assert!(
        matches!(error, StoreError::OlderSchema { found: 0, .. }),
        "{error}"
    );
    let mut store = Store::open(&path).unwrap();
    assert_eq!(
        store.save_report(&sample::report("one"), noon()).unwrap(),
        Saved::New
    );
}

#[test]
fn another_programs_database_is_refused_and_left_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("History");
    let theirs = Connection::open(&path).unwrap();
    theirs
        .execute_batch("PRAGMA journal_mode = wal; CREATE TABLE urls (url TEXT)")
        .unwrap();
    theirs
        .execute_batch("INSERT INTO urls VALUES ('http://example.org/')")
        .unwrap();
    // As if the other program had been killed: its write-ahead log still holds everything.
    let copy = folder.path().join("copy");
    fs::create_dir(&copy).unwrap();
    for name in ["History", "History-wal"] {
        fs::copy(folder.path().join(name), copy.join(name)).unwrap();
    }
    let files = |folder: &Path| {
        let mut all: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        all.sort();
        all
    };
    let before = files(&copy);
    assert_eq!(before.len(), 2);
    for error in [
        Store::open(&copy.join("History")).unwrap_err(),
        Store::open_read_only(&copy.join("History")).unwrap_err(),
    ] {
        assert!(
            matches!(error, StoreError::ForeignDatabase { .. }),
            "{error}"
        );
    }
    assert!(
        before == files(&copy),
        "not a byte was touched, and no file was made"
    );
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let folder = tempdir().unwrap();
    let mut long = b"<html>".to_vec();
    long.resize(9000, b'x');
    for (name, bytes) in [("short.txt", &b"hello"[..]), ("page.html", &long)] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        for error in [
            Store::open(&path).unwrap_err(),
            Store::open_read_only(&path).unwrap_err(),
        ] {
            assert!(
                matches!(error, StoreError::NotADatabase { .. }),
                "{name}: {error}"
            );
        }
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    let error = Store::open(folder.path()).unwrap_err();
    assert!(
        matches!(error, StoreError::CannotOpen { .. }),
        "a folder: {error}"
    );
    let error = Store::open(&folder.path().join("no/such/folder.db")).unwrap_err();
    assert!(matches!(error, StoreError::CannotOpen { .. }), "{error}");
    let error = Store::open_read_only(&folder.path().join("absent.db")).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    assert!(!folder.path().join("absent.db").exists());
}

#[test]
fn every_error_says_where_and_what_to_do() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("x.db");
    fs::write(&path, b"hello").unwrap();
    let text = Store::open(&path).unwrap_err().to_string();
    assert!(text.contains("x.db") && text.contains("--db"), "{text}");
}

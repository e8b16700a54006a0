//! What is no text: archives, databases, captures, and mail with its encodings.

use std::io::Write as _;

use tegakari_model::{HuntResult, LogCitation, ObservableKind as K, Relation};

use crate::{plan, result, sightings};

/// The records cited for a value, whoever they are about.
fn cited<'a>(result: &'a HuntResult, value: &str) -> Vec<&'a LogCitation> {
    let mut all: Vec<_> = sightings(result, value)
        .iter()
        .flat_map(|s| &s.examples)
        .collect();
    all.sort();
    all
}

const TEXT: &[u8] = b"2026-02-03T04:00:00Z first\n2026-02-03T04:00:01Z to www.evil.example now\n";

fn zip_of(members: &[(&str, &[u8])], method: zip::CompressionMethod, password: bool) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let mut options = zip::write::SimpleFileOptions::default().compression_method(method);
        if password {
            options = options.with_aes_encryption(zip::AesMode::Aes256, "infected");
        }
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn members_of_archives_are_searched_and_cited_by_name() {
    let long = format!("{}/b.log", "folder/".repeat(30).trim_end_matches('/'));
    let members: &[(&str, &[u8])] = &[("a.log", TEXT), ("empty", b""), (&long, TEXT)];
    let plan = plan(&[(K::Domain, "evil.example")]);
    let inner = tar_of(members);
    let archives = [
        zip_of(members, zip::CompressionMethod::Stored, false),
        zip_of(members, zip::CompressionMethod::Deflated, false),
        zip_of(members, zip::CompressionMethod::Bzip2, false),
        zip_of(members, zip::CompressionMethod::Zstd, false),
        zstd::encode_all(&inner[..], 1).unwrap(),
        inner,
    ];
    for archive in &archives {
        let result = result(&plan, &[("logs/x", archive)], &[]);
        let places: Vec<_> = cited(&result, "evil.example")
            .iter()
            .map(|c| (c.file.clone(), c.line, c.time.is_some()))
            .collect();
        assert_eq!(
            places,
            [
                ("logs/x!a.log".to_owned(), 2, true),
                (format!("logs/x!{long}"), 2, true)
            ]
        );
        assert!(result.problems.is_empty(), "{:?}", result.problems);
        // Cut anywhere, it gives what is whole and says that something is missing.
        for cut in [archive.len() / 3, archive.len() / 2] {
            let result = crate::result(&plan, &[("x", &archive[..cut])], &[]);
            assert!(!result.problems.is_empty());
        }
    }
    let outer = zip_of(
        &[("in.tar", &archives[5])],
        zip::CompressionMethod::Deflated,
        false,
    );
    let nested = result(&plan, &[("o.zip", &outer)], &[]);
    assert_eq!(cited(&nested, "evil.example")[0].file, "o.zip!in.tar!a.log");
    let locked = zip_of(members, zip::CompressionMethod::Deflated, true);
    let locked = result(&plan, &[("l.zip", &locked)], &[]);
    assert!(
        locked
            .problems
            .iter()
            .any(|p| p.place == "l.zip!a.log" && p.what.contains("password"))
    );
}

#[test]
fn an_archive_that_grows_without_measure_is_stopped() {
    let bomb = zip_of(
        &[("a", &vec![b' '; 40_000_000])],
        zip::CompressionMethod::Deflated,
        false,
    );
    let limits = tegakari_hunt::Limits {
        free_bytes: 1 << 20,
        ratio: 50,
        ..tegakari_hunt::Limits::default()
    };
    let plan = plan(&[]).with_limits(limits);
    let result = result(&plan, &[("b.zip", &bomb)], &[]);
    assert!(
        result.problems.iter().any(|p| p.what.contains("zip bomb")),
        "{:?}",
        result.problems
    );
}

#[test]
fn rows_of_a_database_are_cited_by_table_and_row_and_its_bytes_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for encoding in ["UTF-8", "UTF-16le"] {
        let path = folder.path().join(encoding);
        let base = rusqlite::Connection::open(&path).unwrap();
        base.execute_batch(&format!(
            "PRAGMA encoding='{encoding}'; PRAGMA page_size=512; PRAGMA journal_mode=wal; PRAGMA wal_autocheckpoint=0;
             CREATE TABLE urls(id INTEGER PRIMARY KEY, url TEXT, last_visit_time INTEGER);
             CREATE TABLE kv(k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID;
             CREATE INDEX by_url ON urls(url);"
        ))
        .unwrap();
        for row in 1..=500_u32 {
            // Some do not fit on a page.
            let url = format!(
                "https://www.good{row}.example/{}",
                "p".repeat(row as usize * 3)
            );
            let url = if row == 400 {
                format!("{url}?to=http://www.evil.example/a")
            } else {
                url
            };
            base.execute(
                "INSERT INTO urls VALUES (?1, ?2, 13414564800000000)",
                (row, url),
            )
            .unwrap();
        }
        base.execute(
            "INSERT INTO kv VALUES ('a', X'0001'), ('b', X'6174206576696c2e6578616d706c65')",
            (),
        )
        .unwrap();
        base.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
            .unwrap();
        base.execute(
            "INSERT INTO urls VALUES (9000, 'http://late.evil.example/', 13414564800000000)",
            (),
        )
        .unwrap();
        let wal = std::fs::read(folder.path().join(format!("{encoding}-wal"))).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let plan = plan(&[
            (K::Domain, "evil.example"),
            (K::Domain, "late.evil.example"),
        ]);
        let hunt = |wal: &[u8]| {
            let mut input = tegakari_hunt::Input::new("ws-01/History", &bytes[..]);
            input.beside = Some(Box::new(std::io::Cursor::new(wal.to_vec())));
            let outcome =
                tegakari_hunt::hunt_input(input, &plan, &|_| std::ops::ControlFlow::Continue(()));
            tegakari_hunt::conclude(outcome, &plan, &[], tegakari_hunt::Asked::default())
        };
        let found = hunt(&wal);
        let places: Vec<_> = cited(&found, "evil.example")
            .iter()
            .map(|c| (c.source.as_str(), c.record))
            .collect();
        assert_eq!(places, [("urls", 400), ("urls", 9000), ("kv", 2)]);
        assert_eq!(
            cited(&found, "evil.example")[0].time.unwrap().to_string(),
            "2026-02-03T04:00:00Z"
        );
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        assert!(cited(&hunt(b""), "late.evil.example").is_empty());
        // A log that is cut counts up to its last whole commit.
        assert!(cited(&hunt(&wal[..wal.len() - 1]), "late.evil.example").is_empty());
        drop(base);
        // Damage anywhere costs what is there, never the program.
        for at in (0..bytes.len()).step_by(bytes.len() / 40) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xff;
            result(&plan, &[("d", &damaged)], &[]);
        }
        let cut = result(&plan, &[("d", &bytes[..bytes.len() / 2])], &[]);
        assert!(!cut.problems.is_empty());
    }
}

#[test]
fn mail_is_searched_as_it_is_and_decoded() {
    let text = std::fs::read(format!(
        "{}/testdata/mail/two.mbox",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap();
    let plan = plan(&[
        (K::Email, "billing@evil.example"),
        (K::Url, "http://pay.evil.example/a?b"),
        (K::Url, "http://b64.evil.example/login"),
        (K::Domain, "other.example"),
        (K::Domain, "fake.example"),
        (K::Email, "lee@corp.example"),
    ]);
    let result = result(&plan, &[("in.mbox", &text)], &[]);
    let check = |value: &str, line: u64, record: u64, relation: Relation| {
        let found = cited(&result, value);
        assert_eq!(
            found.iter().map(|c| (c.line, c.record)).collect::<Vec<_>>(),
            [(line, record)],
            "{value}"
        );
        assert_eq!(sightings(&result, value)[0].relation, relation, "{value}");
    };
    check("billing@evil.example", 1, 1, Relation::Exact);
    check("http://pay.evil.example/a?b", 14, 1, Relation::Decoded);
    check("http://b64.evil.example/login", 20, 1, Relation::Decoded);
    check("other.example", 21, 1, Relation::Decoded);
    check("fake.example", 5, 1, Relation::Decoded);
    check("lee@corp.example", 24, 2, Relation::Exact);
}

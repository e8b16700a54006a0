//! `knowledge update` from the publishers, against a small server on this machine: nothing else is ever asked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Place, Ran};

/// What the server does when a path is asked for.
#[derive(Clone)]
enum Answer {
    /// The file, with a tag; not again when the tag is known, in part when a part is asked for.
    File(String, &'static str),
    /// The same, but every answer ends after so many bytes.
    Broken(String, &'static str, usize),
    /// A byte now and then.
    Slow,
    /// No end and no length.
    Endless,
    /// Somewhere else.
    Elsewhere(String),
    /// A page instead of the file.
    Page,
}

/// A server for one test. Paths without an answer are not found.
struct Server {
    address: String,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    /// Requests: path and head.
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Server {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            answers: Arc::default(),
            asked: Arc::default(),
        };
        let (answers, asked) = (Arc::clone(&server.answers), Arc::clone(&server.asked));
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, asked) = (Arc::clone(&answers), Arc::clone(&asked));
                std::thread::spawn(move || serve(stream, &answers, &asked));
            }
        });
        server
    }

    fn has(&self, path: &str, answer: Answer) -> &Self {
        let mut answers = self.answers.lock().unwrap();
        answers.insert(format!("/{path}"), answer);
        self
    }

    /// Heads of the requests for a path since the last look.
    fn heads(&self, path: &str) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap();
        let (these, others) = asked.drain(..).partition(|(p, _)| *p == format!("/{path}"));
        *asked = others;
        let these: Vec<(String, String)> = these;
        these.into_iter().map(|(_, head)| head).collect()
    }
}

fn serve(
    mut stream: TcpStream,
    answers: &Mutex<HashMap<String, Answer>>,
    asked: &Mutex<Vec<(String, String)>>,
) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if lines.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let path = head.split(' ').nth(1)?.to_owned();
    asked.lock().unwrap().push((path.clone(), head.clone()));
    let answer = answers.lock().unwrap().get(&path).cloned();
    let field = |name: &str| {
        let line = head.lines().find(|l| l.to_lowercase().starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    match answer {
        None => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone"),
        Some(Answer::Page) => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>"),
        Some(Answer::Elsewhere(to)) => stream.write_all(
            format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes(),
        ),
        Some(Answer::Slow) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").ok()?;
            for _ in 0..60 {
                stream.write_all(b"{").ok()?;
                std::thread::sleep(Duration::from_millis(500));
            }
            Ok(())
        }
        Some(Answer::Endless) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").ok()?;
            let block = vec![b' '; 1 << 16];
            loop {
                stream.write_all(&block).ok()?;
            }
        }
        Some(Answer::File(body, tag)) => file(&mut stream, &body, tag, body.len(), &field),
        Some(Answer::Broken(body, tag, most)) => file(&mut stream, &body, tag, most, &field),
    }
    .ok()?;
    // What was not read would reset the connection under the answer.
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.read(&mut [0; 64]);
    Some(())
}

fn file(
    stream: &mut TcpStream,
    body: &str,
    tag: &str,
    most: usize,
    field: &dyn Fn(&str) -> Option<String>,
) -> std::io::Result<()> {
    if field("if-none-match").as_deref() == Some(tag) {
        return stream.write_all(
            format!("HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        );
    }
    let from = field("range")
        .filter(|_| field("if-range").as_deref() == Some(tag))
        .and_then(|range| {
            range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse::<usize>()
                .ok()
        });
    let (status, rest) = match from {
        Some(from) => (
            format!(
                "206 Partial Content\r\nContent-Range: bytes {from}-{}/{}",
                body.len() - 1,
                body.len()
            ),
            &body[from..],
        ),
        None => ("200 OK".to_owned(), body),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nETag: {tag}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        rest.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&rest.as_bytes()[..rest.len().min(most)])
}

/// Whether curl is there; says so when not.
fn curl() -> bool {
    let there = std::process::Command::new("curl")
        .arg("--version")
        .output()
        .is_ok_and(|out| out.status.success());
    if !there {
        eprintln!("SKIP: curl is not on this machine");
    }
    there
}

fn update(place: &Place, server: &Server, more: &[&str]) -> Ran {
    let mut command = place.command();
    command
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .args(["knowledge", "update", "--mirror", &server.address])
        .args(more);
    Ran(command.output().unwrap())
}

fn bundle(domain: &str, version: &str, groups: &[&str]) -> String {
    let mut objects = vec![
        format!(
            r#"{{"type":"x-mitre-collection","id":"x-mitre-collection--1","x_mitre_version":"{version}"}}"#
        ),
        format!(
            r#"{{"type":"attack-pattern","id":"attack-pattern--1","name":"Habit of {domain}","external_references":[{{"source_name":"mitre-attack","external_id":"T1059"}}]}}"#
        ),
    ];
    for (n, name) in groups.iter().enumerate() {
        objects.push(format!(
            r#"{{"type":"intrusion-set","id":"intrusion-set--{n}","name":"{name}","external_references":[{{"source_name":"mitre-attack","external_id":"G9{n:03}"}}]}}"#
        ));
    }
    format!(r#"{{"type":"bundle","objects":[{}]}}"#, objects.join(","))
}

fn kev(cve: &str) -> String {
    format!(
        r#"{{"catalogVersion":"2026.11.20","dateReleased":"2026-11-20T00:00:00Z","vulnerabilities":[
        {{"cveID":"{cve}","vendorProject":"Example","product":"Gate","dateAdded":"2026-01-02","dueDate":"2026-01-23","knownRansomwareCampaignUse":"Known","cwes":[]}}]}}"#
    )
}

const MICROSOFT: &str =
    r#"[{"Threat actor name":"Heron Typhoon","Origin/Threat":"China","Other names":"Grey Heron"}]"#;
const ENTERPRISE: &str = "attack/enterprise-attack.json";
const KEV: &str = "cisa-kev/known_exploited_vulnerabilities.json";
const NAMING: &str = "microsoft-naming/MicrosoftMapping.json";
const ONLY: [&str; 6] = [
    "--only",
    "attack",
    "--only",
    "cisa-kev",
    "--only",
    "microsoft-naming",
];

fn serving() -> Server {
    let server = Server::new();
    server
        .has(
            ENTERPRISE,
            Answer::File(bundle("enterprise", "98.0", &["Grey Heron"]), "\"e1\""),
        )
        .has(
            "attack/ics-attack.json",
            Answer::File(bundle("ics", "98.0", &[]), "\"i1\""),
        )
        .has(
            "attack/mobile-attack.json",
            Answer::File(bundle("mobile", "98.0", &[]), "\"m1\""),
        )
        .has(KEV, Answer::File(kev("CVE-2026-1000"), "\"k1\""))
        .has(NAMING, Answer::File(MICROSOFT.to_owned(), "\"n1\""));
    server
}

fn state<'a>(told: &'a Value, path: &str) -> &'a str {
    let files = told["files"].as_array().unwrap();
    let file = files.iter().find(|f| f["path"] == path).unwrap();
    file["state"].as_str().unwrap()
}

#[test]
fn what_is_new_is_fetched_once_and_the_rest_is_kept() {
    if !curl() {
        return;
    }
    let (place, server) = (Place::new(), serving());
    let options = [&ONLY[..], &["--format", "json"]].concat();
    let told = update(&place, &server, &options)
        .exits(0)
        .says(&["SHA-256"])
        .json();
    assert_eq!(state(&told, ENTERPRISE), "new");
    assert_eq!(told["files"][0]["sha256"].as_str().unwrap().len(), 64);
    place.run(&["show", "Grey Heron"]).exits(0).says(&[]);
    // What is not on the list is no vulnerability that nobody exploits.
    let page = place.run(&["show", "CVE-2026-9999"]).exits(0).stdout();
    assert!(page.contains("not listed as exploited"), "{page}");
    let without = Place::new();
    let page = without.run(&["show", "CVE-2026-1000"]).exits(0).stdout();
    assert!(page.contains("cannot tell: no list"), "{page}");
    let page = place.run(&["show", "cve-2026-1000"]).exits(0).stdout();
    assert!(
        page.contains("2026-01-02") && page.contains("ransomware is known"),
        "{page}"
    );
    // Publishers that were not asked keep what the program knows.
    let listed = place.run(&["knowledge", "list", "--format", "json"]).json();
    let ids: Vec<&str> = listed["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["id"].as_str().unwrap())
        .collect();
    assert!(
        ids.contains(&"misp-threat-actor") && ids.contains(&"cisa-kev"),
        "{ids:?}"
    );

    // A second time nothing is transferred, and nothing changes.
    let _ = server.heads(ENTERPRISE);
    let before = std::fs::read(place.path("knowledge.bin")).unwrap();
    let told = update(&place, &server, &options)
        .exits(0)
        .says(&["nothing is newer"])
        .json();
    assert_eq!(state(&told, ENTERPRISE), "unchanged");
    assert!(server.heads(ENTERPRISE)[0].contains("If-None-Match: \"e1\""));
    assert_eq!(std::fs::read(place.path("knowledge.bin")).unwrap(), before);

    // One file is newer, one has gone, one is a page: each is told, and what was there stays.
    server
        .has(
            ENTERPRISE,
            Answer::File(
                bundle("enterprise", "99.0", &["Grey Heron", "New Heron"]),
                "\"e2\"",
            ),
        )
        .has(KEV, Answer::Page);
    server.answers.lock().unwrap().remove(&format!("/{NAMING}"));
    let told = update(&place, &server, &options)
        .exits(2)
        .says(&[
            "not everything that was asked for",
            "no file at this address (404)",
            "cisa-kev",
            "is kept",
            "again",
        ])
        .json();
    assert_eq!(state(&told, ENTERPRISE), "new");
    assert_eq!(
        (state(&told, KEV), state(&told, NAMING)),
        ("failed", "failed")
    );
    assert_eq!(
        told["diff"]["actors"].as_array().unwrap().len(),
        1,
        "{}",
        told["diff"]
    );
    place.run(&["show", "New Heron"]).exits(0);
    place.run(&["show", "Heron Typhoon"]).exits(0);
    let page = place
        .run(&["show", "CVE-2026-1000", "--lang", "ja"])
        .exits(0)
        .stdout();
    assert!(page.contains("ランサムウェアでの使用: 確認済み"), "{page}");
    // The page is not taken for the file the next time either.
    server.has(KEV, Answer::File(kev("CVE-2026-2000"), "\"k2\""));
    update(&place, &server, &options)
        .exits(2)
        .says(&["not everything that was asked for"]);
    place.run(&["show", "CVE-2026-2000"]).exits(0);
}

#[test]
fn a_broken_transfer_is_taken_up_where_it_ended() {
    if !curl() {
        return;
    }
    let (place, server) = (Place::new(), serving());
    let whole = bundle("enterprise", "98.0", &["Grey Heron"; 40]);
    // Every answer gives a third more; three are enough.
    let third = whole.len() / 3 + 1;
    server.has(ENTERPRISE, Answer::Broken(whole.clone(), "\"e1\"", third));
    update(&place, &server, &ONLY).exits(0);
    let heads = server.heads(ENTERPRISE);
    assert_eq!(heads.len(), 3);
    assert!(
        heads[1].contains(&format!("Range: bytes={third}-")),
        "{}",
        heads[1]
    );
    assert!(heads[1].contains("If-Range: \"e1\""));
    let kept =
        std::fs::read_to_string(place.path(&format!("knowledge.downloads/files/{ENTERPRISE}")))
            .unwrap();
    assert!(kept == whole, "put together again");

    // One that ends for good is gone on from in the next run; a file that changed meanwhile is fetched whole.
    let place = Place::new();
    server.has(ENTERPRISE, Answer::Broken(whole.clone(), "\"e1\"", 100));
    update(&place, &server, &ONLY)
        .exits(2)
        .says(&["broke off", "are kept"]);
    place.run(&["show", "Lotus Blossom"]).exits(0);
    let later = bundle("enterprise", "99.0", &["Grey Heron", "Later Heron"]);
    server.has(ENTERPRISE, Answer::File(later.clone(), "\"e2\""));
    update(&place, &server, &ONLY).exits(0);
    let kept =
        std::fs::read_to_string(place.path(&format!("knowledge.downloads/files/{ENTERPRISE}")))
            .unwrap();
    assert!(kept == later, "no mixture of two files");
    place.run(&["show", "Later Heron"]).exits(0);
}

#[test]
fn slow_endless_and_straying_servers_cost_their_file_only() {
    if !curl() {
        return;
    }
    let (place, server) = (Place::new(), serving());
    server
        .has(NAMING, Answer::Slow)
        .has(KEV, Answer::Endless)
        .has(
            "attack/ics-attack.json",
            Answer::Elsewhere("http://127.0.0.1:9/x".to_owned()),
        );
    let options = [
        &ONLY[..],
        &["--max-time", "2", "--max-size", "1", "--format", "json"],
    ]
    .concat();
    let ran = update(&place, &server, &options).exits(2).says(&[
        "not everything that was asked for",
        "took too long",
        "more than 1 MB",
        "points elsewhere (302), to http://127.0.0.1:9/x, and a server on this machine is not followed",
    ]);
    for once in ["took too long", "more than 1 MB", "302"] {
        assert_eq!(ran.stderr().matches(once).count(), 1, "{}", ran.stderr());
    }
    let told = ran.json();
    assert_eq!(state(&told, ENTERPRISE), "new");
    for path in [NAMING, KEV, "attack/ics-attack.json"] {
        assert_eq!(state(&told, path), "failed", "{path}");
    }
    // The domains of ATT&CK are one: without one of them the others stay as they were.
    place.run(&["show", "Lotus Blossom"]).exits(0);
    assert!(
        !place
            .path(&format!(
                "knowledge.downloads/parts/{}",
                KEV.replace('/', "-")
            ))
            .exists()
    );
}

#[test]
fn without_curl_or_connection_nothing_changes_and_the_way_out_is_told() {
    let (place, server) = (Place::new(), Server::new());
    let mut command = place.command();
    command
        .env("PATH", place.path("nothing"))
        .args(["knowledge", "update"]);
    Ran(command.output().unwrap())
        .exits(2)
        .says(&["curl", "--list-urls", "--from DIR"]);
    let page = place
        .run(&["knowledge", "update", "--list-urls"])
        .exits(0)
        .stdout();
    assert!(page.lines().count() > 25, "{page}");
    for line in page.lines() {
        let (path, url) = line.split_once('\t').unwrap();
        assert!(url.starts_with("https://") && path.contains('/'), "{line}");
    }
    let mirrored = place
        .run(&[
            "knowledge",
            "update",
            "--list-urls",
            "--mirror",
            "https://mirror.example/k/",
        ])
        .exits(0)
        .stdout();
    assert!(
        mirrored.contains("https://mirror.example/k/attack/ics-attack.json"),
        "{mirrored}"
    );
    for mirror in [
        "http://mirror.example",
        "file:///tmp",
        "--help-me",
        "https://a b",
    ] {
        place
            .run(&["knowledge", "update", &format!("--mirror={mirror}")])
            .exits(2)
            .says(&["https://"]);
    }
    place
        .run(&["knowledge", "update", "--only", "everything"])
        .exits(2)
        .says(&["misp-galaxy"]);
    if curl() {
        update(&place, &server, &ONLY)
            .exits(2)
            .says(&["none of the files", "--from DIR"]);
        // Each failure is told once, also to who wants no remarks.
        for quiet in [&[][..], &["--quiet"]] {
            let ran = update(&place, &server, &[&["--only", "cisa-kev"], quiet].concat());
            let ran = ran.exits(2).says(&["no file at this address (404)"]);
            assert_eq!(ran.stderr().matches("404").count(), 1, "{}", ran.stderr());
        }
    }
    assert!(!place.path("knowledge.bin").exists());
}

//! `tegakari serve`: a real server on loopback, asked over real sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tegakari_taxii::conformance::{self, Ask, Outcome, Said, Target};

use crate::share::with_example;
use crate::support::Place;

/// A server that ends with the test.
struct Served {
    child: Child,
    address: SocketAddr,
}

impl Served {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        Self::start_at(place, arguments, None)
    }

    /// A server that takes this for the present (seconds since 1970).
    fn start_at(place: &Place, arguments: &[&str], now: Option<&str>) -> Self {
        let mut child = place
            .command()
            .envs(now.map(|now| ("SOURCE_DATE_EPOCH", now)))
            .args(["-q", "serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split('/').next());
        let address = address
            .unwrap_or_else(|| panic!("no address in {line:?}"))
            .parse()
            .unwrap();
        Self { child, address }
    }

    /// Sends bytes and reads until the server closes.
    fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        // A server that has seen enough closes early.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Said {
        let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        said(&self.raw(&[text.as_bytes(), body].concat()))
    }

    fn get(&self, target: &str) -> Said {
        self.ask("GET", target, &[], b"")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn said(answer: &[u8]) -> Said {
    let split = answer
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .unwrap_or(answer.len());
    let (head, body) = answer.split_at(split);
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|l| l.split(' ').nth(1))
        .and_then(|s| s.parse().ok());
    Said {
        status: status.unwrap_or(0),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body: body.get(4..).unwrap_or_default().to_vec(),
    }
}

fn header<'a>(said: &'a Said, name: &str) -> &'a str {
    said.headers
        .iter()
        .find(|(own, _)| own == name)
        .map_or("", |(_, value)| value)
}

#[test]
fn the_server_passes_every_check_of_ours() {
    let place = with_example();
    let secret = place.write("basic", "# who\nanalyst:s3cret: with colon\n");
    let served = Served::start(&place, &["--basic", secret.to_str().unwrap()]);
    let target = Target {
        discovery: "/taxii2/".to_owned(),
        // analyst:s3cret: with colon
        authorization: Some("Basic YW5hbHlzdDpzM2NyZXQ6IHdpdGggY29sb24=".to_owned()),
        ..Target::default()
    };
    let mut ask = |ask: &Ask| -> Result<Said, String> {
        let headers: Vec<(&str, &str)> =
            ask.headers.iter().map(|(a, b)| (*a, b.as_str())).collect();
        Ok(served.ask(ask.method, &ask.target, &headers, &ask.body))
    };
    for read in [None, Some("shared")] {
        let id = read.map(|alias| {
            let all = ask(&Ask {
                method: "GET",
                target: format!("/taxii2/api/collections/{alias}/"),
                headers: vec![("Authorization", target.authorization.clone().unwrap())],
                body: Vec::new(),
            });
            let found: serde_json::Value = serde_json::from_slice(&all.unwrap().body).unwrap();
            found["id"].as_str().unwrap().to_owned()
        });
        let checks = conformance::run(
            &Target {
                read: id,
                ..target.clone()
            },
            &mut ask,
        )
        .unwrap();
        let failed: Vec<_> = checks
            .iter()
            .filter(|c| matches!(c.outcome, Outcome::Failed(_)))
            .collect();
        assert!(failed.is_empty(), "{failed:#?}");
        assert!(checks.len() > 45, "{} checks", checks.len());
    }
    let stranger = served.get("/lists/domains");
    assert_eq!(stranger.status, 401);
    assert!(header(&stranger, "www-authenticate").starts_with("Basic realm="));
}

#[test]
fn lists_have_stable_addresses_and_tags() {
    let place = with_example();
    let served = Served::start(&place, &[]);
    let index = served.get("/");
    let page = String::from_utf8(index.body.clone()).unwrap();
    assert_eq!(index.status, 200);
    let mut lists = 0;
    for path in page
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        if path.starts_with("/lists/") {
            lists += 1;
            let list = served.get(path);
            assert_eq!(list.status, 200, "{path}");
            assert!(!header(&list, "content-type").is_empty());
        }
    }
    assert!(lists >= 15, "{lists} lists");
    let list = served.get("/lists/domains");
    assert!(String::from_utf8_lossy(&list.body).contains("centosupdates.com"));
    let tag = header(&list, "etag").to_owned();
    let again = served.ask(
        "GET",
        "/lists/domains",
        &[("If-None-Match", &format!("\"x\", W/{tag}"))],
        b"",
    );
    assert_eq!((again.status, again.body.len()), (304, 0));
    let changed = served.ask("GET", "/lists/domains", &[("If-None-Match", "\"x\"")], b"");
    assert_eq!((changed.status, changed.body), (200, list.body.clone()));
    let head = served.ask("HEAD", "/lists/domains", &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(header(&head, "content-length"), list.body.len().to_string());
    assert_eq!(served.ask("POST", "/lists/domains", &[], b"x").status, 405);
    for nothing in [
        "/lists/nothing",
        "/lists/../t.db",
        "/lists/%2e%2e/t.db",
        "/t.db",
        "/lists/domains/x",
    ] {
        assert_eq!(served.get(nothing).status, 404, "{nothing}");
    }
    // What `block` decides later is what is served from then on.
    place
        .run(&[
            "-q",
            "block",
            "--indicators",
            place.write("l.txt", "later-ioc.com\n").to_str().unwrap(),
            "--to",
            "domains",
        ])
        .exits(0);
    let later = served.get("/lists/domains");
    assert!(String::from_utf8_lossy(&later.body).contains("later-ioc.com"));
    assert_ne!(header(&later, "etag"), tag);
}

#[test]
fn served_lists_keep_to_limits_and_drop_what_has_expired() {
    let place = Place::new();
    let many: String = (0..600)
        .map(|n| format!("domain,c{n}.evil-many.com\n"))
        .collect();
    let list = format!("type,value\nipv4,45.9.148.7\n{many}");
    let path = place.write("l.csv", list);
    place
        .run(&[
            "-q",
            "block",
            "--indicators",
            path.to_str().unwrap(),
            "--to",
            "domains",
            "-o",
            "lists",
        ])
        .exits(0);
    let served = Served::start(&place, &["--limit", "domains=3"]);
    // The limit of the table holds, and what is over it is told.
    let umbrella = served.get("/lists/umbrella");
    let entries: serde_json::Value = serde_json::from_slice(&umbrella.body).unwrap();
    assert_eq!(entries.as_array().unwrap().len(), 500);
    assert_eq!(
        header(&umbrella, "tegakari-left-out"),
        "100 over the limit, the least valuable"
    );
    let domains = served.get("/lists/domains");
    let text = String::from_utf8(domains.body).unwrap();
    assert_eq!(
        text.lines().filter(|l| !l.starts_with('#')).count(),
        3,
        "{text}"
    );
    assert!(text.contains("# left out: 597 over the limit"), "{text}");
    let page = String::from_utf8(served.get("/lists/").body).unwrap();
    assert!(
        page.contains("at most 3 entries") && page.contains("at most 500 entries"),
        "{page}"
    );
    let addresses = served.get("/lists/ipv4");
    assert!(String::from_utf8_lossy(&addresses.body).contains("45.9.148.7"));
    assert_eq!(header(&addresses, "tegakari-left-out"), "");
    // In half a year the address has ended, the names have not; in two years nothing is left.
    let in_days = |days: u64| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        (now.unwrap().as_secs() + days * 86_400).to_string()
    };
    for (days, addresses, names) in [(200, 0, 600), (800, 0, 0)] {
        let later = Served::start_at(&place, &[], Some(&in_days(days)));
        for (list, want) in [("ipv4", addresses), ("domains", names)] {
            let body = later.get(&format!("/lists/{list}")).body;
            let text = String::from_utf8(body).unwrap();
            let got = text.lines().filter(|l| !l.starts_with('#')).count();
            assert_eq!(got, want, "{list} in {days} days");
        }
    }
    place
        .run(&["serve", "--limit", "nothing=3"])
        .exits(2)
        .says(&["no limit"]);
}

#[test]
fn what_counts_from_loading_never_outlives_its_entry() {
    let place = Place::new();
    place.write("l.csv", "type,value\nipv4,45.9.148.7\n");
    // 100 s after a full hour; the entry ends a day later.
    let made = 1_773_964_900_u64;
    let ran = place
        .command()
        .env("SOURCE_DATE_EPOCH", made.to_string())
        .args(["-q", "block", "--indicators", "l.csv", "-o", "lists"])
        .args(["--to", "nftables", "--lifetime", "ipv4=1"])
        .output()
        .unwrap();
    assert!(ran.status.success());
    let served = Served::start_at(&place, &[], Some(&(made + 86_400 - 299).to_string()));
    for (list, wanted) in [
        ("nftables", "timeout 299s"),
        ("crowdsec", "\"299s\""),
        ("ipset", "timeout 299 "),
    ] {
        let text = String::from_utf8(served.get(&format!("/lists/{list}")).body).unwrap();
        assert!(text.contains(wanted), "{text}");
    }
}

#[test]
fn the_serial_of_the_served_zone_rises_with_its_content() {
    let place = Place::new();
    let serial = |zone: &str| -> u64 {
        let soa = zone.lines().find(|line| line.contains(" SOA ")).unwrap();
        soa.split(' ').nth(5).unwrap().parse().unwrap()
    };
    let block = |name: &str| -> String {
        let list = place.write("l.txt", format!("{name}\n"));
        let ran = place.run(&[
            "block",
            "--indicators",
            list.to_str().unwrap(),
            "--to",
            "rpz",
        ]);
        ran.exits(0).stdout()
    };
    block("first-ioc.com");
    let served = Served::start(&place, &[]);
    let zone = || String::from_utf8(served.get("/lists/rpz").body).unwrap();
    let mut before = serial(&zone());
    for name in ["second-ioc.com", "third-ioc.com", "fourth-ioc.com"] {
        let written = serial(&block(name));
        let text = zone();
        assert!(text.contains(name), "{text}");
        assert!(serial(&text) > before && serial(&text) >= written, "{text}");
        before = serial(&text);
    }
    assert_eq!(serial(&zone()), before);
}

#[test]
fn what_is_marked_narrower_is_told_on_lists() {
    let place = Place::new();
    for (name, marking, value) in [
        ("red.md", "RED", "secret-ioc[.]com"),
        ("clear.md", "CLEAR", "public-ioc[.]com\n- 45.9.148[.]7"),
    ] {
        let text = format!("TLP:{marking}\n\n## Indicators of Compromise\n\n- {value}\n");
        place.write(name, text);
    }
    place.run(&["-q", "read", "red.md", "clear.md"]).exits(0);
    place.run(&["-q", "block", "-o", "lists"]).exits(0);
    let served = Served::start(&place, &[]);
    let told = "1 of reports that are marked for fewer readers";
    for list in ["domains", "jsonl", "umbrella"] {
        let answer = served.get(&format!("/lists/{list}"));
        assert_eq!(header(&answer, "tegakari-left-out"), told, "{list}");
        let text = String::from_utf8(answer.body).unwrap();
        assert!(
            text.contains("public-ioc.com") && !text.contains("secret-ioc"),
            "{text}"
        );
        assert!(
            list != "domains" || text.contains(&format!("# left out: {told}\n")),
            "{text}"
        );
    }
    assert_eq!(header(&served.get("/lists/ipv4"), "tegakari-left-out"), "");
    let all = Served::start(&place, &["--tlp", "red"]);
    assert_eq!(header(&all.get("/lists/domains"), "tegakari-left-out"), "");
}

#[test]
fn without_a_plan_there_is_no_empty_list() {
    let served = Served::start(&Place::new(), &[]);
    assert_eq!(served.get("/lists/domains").status, 503);
    let objects = served.get("/taxii2/api/collections/shared/objects/");
    assert_eq!((objects.status, objects.body.as_slice()), (200, &b"{}"[..]));
}

#[test]
fn whatever_comes_in_the_server_goes_on() {
    let served = Served::start(&Place::new(), &[]);
    let host = format!("Host: {}\r\n", served.address);
    let long = "x".repeat(20_000);
    let many: String = (0..100).map(|i| format!("X-{i}: y\r\n")).collect();
    let post = "POST /taxii2/api/collections/inbox/objects/ HTTP/1.1\r\nContent-Type: application/taxii+json;version=2.1\r\n";
    for (bytes, wanted) in [
        ("\r\n\r\n\0\0\0".to_owned(), 400),
        ("GET\r\n\r\n".to_owned(), 400),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}".to_owned(), 400),
        (format!("GET /{long} HTTP/1.1\r\n{host}\r\n"), 431),
        (format!("GET / HTTP/1.1\r\n{host}{many}\r\n"), 431),
        (format!("GET / HTTP/1.1\r\n{host}A b: c\r\n\r\n"), 400),
        (
            format!("{post}{host}Content-Length: 99999999999999999999999\r\n\r\n"),
            413,
        ),
        (
            format!("{post}{host}Content-Length: 999999999\r\n\r\n"),
            413,
        ),
        (format!("{post}{host}Content-Length: -1\r\n\r\n"), 400),
        (
            format!("{post}{host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
            400,
        ),
        (
            format!("{post}{host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            411,
        ),
        (format!("{post}{host}\r\n"), 411),
        (format!("GET /taxii2/%ff HTTP/1.1\r\n{host}\r\n"), 404),
        (format!("BREW /taxii2/ HTTP/1.1\r\n{host}\r\n"), 405),
        // A page in a browser of this machine that made its own name point here.
        (
            "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
            403,
        ),
    ] {
        let answer = said(&served.raw(bytes.as_bytes()));
        assert_eq!(
            answer.status,
            wanted,
            "{}",
            bytes.chars().take(120).collect::<String>()
        );
    }
    // Connections on which nothing comes hold no others up.
    let silent: Vec<TcpStream> = (0..8)
        .map(|_| TcpStream::connect(served.address).unwrap())
        .collect();
    assert_eq!(served.get("/").status, 200);
    drop(silent);
    let odd = r#"{"objects":[{"type":"x","id":"x--1"},7,{"type":"../x","id":"../x--6e4d2a3c-95a3-4a35-8d0e-6a5d7a1b2c3d"},
        {"type":"note","id":"note--6e4d2a3c-95a3-4a35-8d0e-6a5d7a1b2c3d","spec_version":"2.1","created":"2026-01-01T00:00:00Z","modified":"never"}]}"#;
    let headers = [("Content-Type", "application/taxii+json;version=2.1")];
    let status = served.ask(
        "POST",
        "/taxii2/api/collections/inbox/objects/",
        &headers,
        odd.as_bytes(),
    );
    let status: serde_json::Value = serde_json::from_slice(&status.body).unwrap();
    assert_eq!(
        (&status["failure_count"], &status["success_count"]),
        (&4.into(), &0.into())
    );
}

#[test]
fn others_are_not_served_by_accident() {
    let place = Place::new();
    place
        .run(&["serve", "--listen", "0.0.0.0:0"])
        .exits(2)
        .says(&["--token FILE", "127.0.0.1"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    place
        .run(&["serve", "--listen", &address])
        .exits(2)
        .says(&[&address, "--listen"]);
    let empty = place.write("empty", "# nobody\n");
    place
        .run(&["serve", "--token", empty.to_str().unwrap()])
        .exits(2)
        .says(&["name:password"]);
    place.run(&["serve", "--token", "nowhere"]).exits(2);
    place
        .run(&["serve", "--public-url", "javascript:alert(1)"])
        .exits(2);
}

#[test]
fn what_is_marked_narrower_is_not_offered_and_what_is_withdrawn_is_revoked() {
    let place = Place::new();
    let red = place.write(
        "red.md",
        "TLP:RED\n\n## Indicators of Compromise\n\n- secret-ioc[.]com\n",
    );
    let clear = place.write(
        "clear.md",
        "TLP:CLEAR\n\n## Indicators of Compromise\n\n- public-ioc[.]com\n",
    );
    let read = place
        .run(&[
            "read",
            red.to_str().unwrap(),
            clear.to_str().unwrap(),
            "--format",
            "json",
        ])
        .exits(0)
        .json();
    let id = read["reports"][1]["id"].as_str().unwrap().to_owned();
    let served = Served::start(&place, &[]);
    let indicators = || {
        let said = served.get("/taxii2/api/collections/shared/objects/?match[type]=indicator");
        String::from_utf8(said.body).unwrap()
    };
    let before = indicators();
    assert!(
        before.contains("public-ioc.com") && !before.contains("secret-ioc.com"),
        "{before}"
    );
    assert!(!before.contains("\"revoked\""));
    place
        .run(&[
            "-q",
            "correct",
            &id,
            "public-ioc.com",
            "--means",
            "benign",
            "--why",
            "ours",
        ])
        .exits(0);
    let after = indicators();
    assert!(after.contains("\"revoked\":true"), "{after}");
}

#[test]
fn a_client_of_ours_reads_from_and_adds_to_a_server_of_ours() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("SKIP: curl is not installed");
        return;
    }
    let here = with_example();
    let there = Place::new();
    let token = there.write("token", "t0ken\"with\\odd characters\n");
    let served = Served::start(&there, &["--token", token.to_str().unwrap()]);
    let url = format!("http://{}/taxii2/", served.address);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let run = |place: &Place, arguments: &[&str]| {
        let out = place
            .command()
            .env("PATH", &path)
            .args(arguments)
            .output()
            .unwrap();
        crate::support::Ran(out)
    };
    run(&here, &["share", "--taxii", &url])
        .exits(2)
        .says(&["401", "--token"]);
    let token = token.to_str().unwrap();
    run(&here, &["share", "--taxii", &url, "--token", token])
        .exits(0)
        .says(&["objects added"]);
    let read = run(
        &there,
        &[
            "read",
            "--taxii",
            &url,
            "--collection",
            "inbox",
            "--token",
            token,
            "--format",
            "json",
        ],
    )
    .exits(0)
    .json();
    let values = read.to_string();
    assert!(
        values.contains("centosupdates.com"),
        "what was added is read"
    );
    assert_eq!(read["reports"][0]["source"]["name"], url.as_str());
    run(
        &there,
        &[
            "read",
            "--taxii",
            &url,
            "--collection",
            "inbox",
            "--token",
            token,
            "--added-after",
            "2999-01-01T00:00:00Z",
        ],
    )
    .exits(2)
    .says(&["holds nothing"]);
    run(&there, &["read", "--taxii", &url, "--token", token])
        .exits(2)
        .says(&["--collection", "Inbox", "Shared"]);
    run(&here, &["read", "--taxii", "http://192.0.2.1/taxii2/"])
        .exits(2)
        .says(&["https://"]);
}

#[test]
fn the_reference_client_of_oasis_reads_our_server() {
    let python = "/opt/tegakari-validators/py/bin/python";
    let there = Command::new(python)
        .args(["-c", "import taxii2client"])
        .output();
    if !there.is_ok_and(|out| out.status.success()) {
        eprintln!("SKIP: taxii2-client is not installed");
        return;
    }
    let place = with_example();
    let served = Served::start(&place, &[]);
    let script = r#"
import sys, uuid
from taxii2client.v21 import Server, as_pages
server = Server(sys.argv[1])
collections = {c.title: c for c in server.default.collections}
shared, inbox = collections["Shared"], collections["Inbox"]
whole = shared.get_objects()["objects"]
paged = [o for page in as_pages(shared.get_objects, per_request=7) for o in page.get("objects", [])]
assert len(whole) > 50 and [o["id"] for o in whole] == [o["id"] for o in paged], (len(whole), len(paged))
assert len(shared.get_manifest()["objects"]) == len(whole)
one = whole[0]["id"]
assert shared.get_object(one)["objects"][0]["id"] == one
malware = {"type": "malware", "spec_version": "2.1", "id": "malware--" + str(uuid.uuid4()), "created": "2026-01-01T00:00:00.000Z",
           "modified": "2026-01-01T00:00:00.000Z", "name": "x", "is_family": False}
status = inbox.add_objects({"objects": [malware]})
assert status.status == "complete" and status.success_count == 1, status
assert inbox.get_object(malware["id"])["objects"][0] == malware
print("ok", len(whole))
"#;
    let out = Command::new(python)
        .args(["-c", script, &format!("http://{}/taxii2/", served.address)])
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

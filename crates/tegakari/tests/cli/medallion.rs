//! medallion, OASIS's own TAXII 2.1 server, asked by our client and by our checks of servers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use tegakari_taxii::conformance::{self, Ask, Outcome, Said, Target};

use crate::serve::said;
use crate::support::Place;

const MEDALLION: &str = "/opt/tegakari-validators/py/bin/medallion";
const READ: &str = "91a7b528-80eb-42ed-a74d-c6fbd5a26116";
const WRITE: &str = "365fed99-08fa-fdcd-a1b3-fb247eb41d01";

/// Where medallion 3.0.0 does otherwise than the specification or a careful server: it answers 308 without the last slash,
/// wants a version in `Accept`, takes what is no object, and fails on some input.
const KNOWN: [&str; 9] = [
    "discovery answers with and without a slash at the end",
    "Accept without a version is fine",
    "the API root answers with and without a slash",
    "collections answer with and without a slash",
    "JSON nested 100,000 deep is answered 400, 413 or 422",
    "an object that is none is refused or told as a failure",
    "a collection answers with and without a slash",
    "objects answer with and without a slash",
    "a wrong filter is answered 400",
];

struct Medallion {
    child: Child,
    address: SocketAddr,
}

impl Drop for Medallion {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Medallion {
    /// Starts it with a collection to read and one to add to; `None` when it does not run here.
    fn start(place: &Place) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut objects = Vec::new();
        let mut manifest = Vec::new();
        for n in 1..=5 {
            let id = format!("indicator--00000000-0000-4000-8000-00000000000{n}");
            let time = format!("2026-01-0{n}T00:00:00.000Z");
            manifest.push(json!({
                "id": id, "version": time, "date_added": format!("2026-02-0{n}T00:00:00.000000Z"),
                "media_type": "application/stix+json;version=2.1",
            }));
            objects.push(json!({
                "type": "indicator", "spec_version": "2.1", "id": id, "created": time, "modified": time,
                "valid_from": time, "pattern_type": "stix", "indicator_types": ["malicious-activity"],
                "pattern": format!("[domain-name:value = 'c2-{n}.evil-net.com']"),
            }));
        }
        let collection = |id: &str, write: bool, objects: &[_], manifest: &[_]| {
            json!({
                "id": id, "title": id, "description": "", "can_read": true, "can_write": write,
                "media_types": ["application/stix+json;version=2.1"], "objects": objects,
                "manifest": manifest, "responses": [], "versions": [],
            })
        };
        let root = format!("http://{address}/root/");
        let data = json!({
            "/discovery": { "title": "t", "default": root, "api_roots": [root] },
            "root": {
                "information": {
                    "title": "r", "versions": ["application/taxii+json;version=2.1"], "max_content_length": 9_765_625,
                },
                "status": [],
                "collections": [
                    collection(READ, false, &objects, &manifest),
                    collection(WRITE, true, &[], &[]),
                ],
            },
        });
        let data = place.write("data.json", data.to_string());
        let config = json!({
            "backend": {
                "module": "medallion.backends.memory_backend", "module_class": "MemoryBackend", "filename": data,
            },
            "users": { "admin": "Password0" },
            "taxii": { "max_page_size": 100 },
        });
        let config = place.write("config.json", config.to_string());
        let child = Command::new(MEDALLION)
            .args(["--port", &address.port().to_string()])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let started = Self { child, address };
        for _ in 0..300 {
            if TcpStream::connect(address).is_ok() {
                return Some(started);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        None
    }

    fn ask(&self, ask: &Ask) -> Result<Said, String> {
        let mut text = format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            ask.method, ask.target, self.address
        );
        for (name, value) in &ask.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !ask.body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", ask.body.len()));
        }
        text.push_str("\r\n");
        let mut stream = TcpStream::connect(self.address).map_err(|e| e.to_string())?;
        let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
        let _ = stream.write_all(&[text.as_bytes(), &ask.body].concat());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        Ok(said(&answer))
    }
}

#[test]
fn medallion_and_we_understand_each_other() {
    let place = Place::new();
    let Some(server) = Medallion::start(&place) else {
        eprintln!("SKIP: medallion is not installed, or does not start");
        return;
    };
    let target = Target {
        discovery: "/taxii2/".to_owned(),
        // admin:Password0
        authorization: Some("Basic YWRtaW46UGFzc3dvcmQw".to_owned()),
        read: Some(READ.to_owned()),
        write: Some(WRITE.to_owned()),
    };
    let checks = conformance::run(&target, &mut |ask| server.ask(ask)).unwrap();
    let failed: Vec<&str> = checks
        .iter()
        .filter(|check| matches!(check.outcome, Outcome::Failed(_)))
        .map(|check| check.name)
        .collect();
    assert!(
        failed.iter().all(|name| KNOWN.contains(name)),
        "{failed:#?}"
    );
    let passed = checks
        .iter()
        .filter(|check| matches!(check.outcome, Outcome::Passed))
        .count();
    assert!(passed >= 36, "{passed} of {} passed", checks.len());

    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("SKIP: curl is not installed");
        return;
    }
    let secret = place.write("basic", "admin:Password0\n");
    let root = format!("http://{}/root/", server.address);
    let of = |collection: &'static str| {
        [
            "--taxii",
            &root,
            "--collection",
            collection,
            "--basic",
            secret.to_str().unwrap(),
        ]
        .map(str::to_owned)
    };
    let mut read = vec!["--format".to_owned(), "jsonl".to_owned(), "read".to_owned()];
    read.extend(of(READ));
    let read: Vec<&str> = read.iter().map(String::as_str).collect();
    let got = place.run(&read).exits(0);
    for n in 1..=5 {
        assert!(
            got.stdout().contains(&format!("c2-{n}.evil-net.com")),
            "{}",
            got.stdout()
        );
    }
    let mut share = vec!["share".to_owned()];
    share.extend(of(WRITE));
    let share: Vec<&str> = share.iter().map(String::as_str).collect();
    place.run(&share).exits(0);
    let back = server
        .ask(&Ask {
            method: "GET",
            target: format!("/root/collections/{WRITE}/objects/?match[type]=indicator"),
            headers: vec![
                ("Authorization", "Basic YWRtaW46UGFzc3dvcmQw".to_owned()),
                ("Accept", "application/taxii+json;version=2.1".to_owned()),
            ],
            body: Vec::new(),
        })
        .unwrap();
    let back = String::from_utf8(back.body).unwrap();
    assert!(back.contains("c2-5.evil-net.com"), "{back}");
}

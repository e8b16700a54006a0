//! Suricata replays packets of ours as if it stood in the line: what is dropped, and what is not.

use std::path::Path;

use md5::{Digest, Md5};
use tegakari_model::{BlockPlan, ObservableKind as K, Scope};

use super::packets::{Capture, client_hello, download, question};
use super::support::{bad_plan, beside, entry, folder, plan_of, run, told, written};

const NAMES: [&str; 6] = [
    "good.net",
    "evil-c2.com",
    "x.evil-c2.com",
    "EVIL-c2.com",
    "notevil-c2.com",
    "evil-c2.com.good.net",
];
const ADDRESSES: [[u8; 4]; 4] = [
    [45, 9, 148, 7],
    [45, 9, 148, 8],
    [45, 9, 149, 200],
    [45, 9, 150, 1],
];

/// A server that no list names.
const SERVER: [u8; 4] = [203, 0, 113, 9];
/// What a client offers whose fingerprint is listed, and one that offers one cipher less.
const LISTED: [u16; 3] = [49_195, 49_199, 47];
const NEAR: [u16; 2] = [49_195, 49_199];
/// Files that are listed by one hash each, and one of a byte more.
const FILES: [&[u8]; 3] = [b"hello threat", b"hello other", b"hello third"];
const NEAR_FILE: &[u8] = b"hello threat\n";

/// [`bad_plan`], with the fingerprint and the files of the conversations below.
fn plan() -> BlockPlan {
    let mut entries = bad_plan().entries;
    let (_, told) = client_hello("any.net", &LISTED);
    let ja3: String = Md5::digest(told)
        .iter()
        .map(|b| format!("{b:02X}"))
        .collect();
    entries.push(entry(K::Ja3, &ja3, Scope::Exact));
    // By `md5sum`, `sha1sum` and `sha256sum` of the three.
    for (kind, hash) in [
        (K::Md5, "1f0d56601801ac8eeb445c8df2e04eb1"),
        (K::Sha1, "597e9a33a7a272422a1dbeb44f24195b8d348468"),
        (
            K::Sha256,
            "035951d701681f5e6ab1c380a7929537b634c5d85660aca364ee0557b3779293",
        ),
    ] {
        entries.push(entry(kind, hash, Scope::Exact));
    }
    plan_of(entries)
}

/// Questions, packets to addresses, and conversations in TLS and HTTP.
fn capture() -> Vec<u8> {
    let mut all = Capture::new();
    for name in NAMES {
        all.udp([10, 0, 0, 53], 53, &question(name));
    }
    for to in ADDRESSES {
        all.udp(to, 9, b"hello");
    }
    for (name, ciphers) in [
        ("listed-client.net", &LISTED[..]),
        ("near-client.net", &NEAR),
        ("tls.evil-c2.com", &NEAR),
        ("evil-c2.com.tls.net", &NEAR),
    ] {
        all.tcp(SERVER, 443, &client_hello(name, ciphers).0, &[]);
    }
    for (host, path, file) in [
        ("md5-file.net", "/a", FILES[0]),
        ("sha1-file.net", "/a", FILES[1]),
        ("sha256-file.net", "/a", FILES[2]),
        ("near-file.net", "/a", NEAR_FILE),
        ("web.evil-c2.com", "/", &b"x"[..]),
        ("good.net", "/bad/a.bin?x=1", b"x"),
        ("good.net", "/bad/a.bin?x=10", b"x"),
        ("good.net", "/bad/aXbin?x=1", b"x"),
    ] {
        let (request, answer) = download(host, path, file);
        all.tcp(SERVER, 80, &request, &answer);
    }
    all.into_bytes()
}

/// What was dropped: names, addresses, and hosts with their paths; `None` without Suricata 7.
fn dropped(folder: &Path, rules: &str, settings: &[&str]) -> Option<Vec<String>> {
    let program = beside("tg-suricata");
    let version = run(&program, &["-V"])?;
    if !told(&version).contains("version 7.") {
        println!(
            "SKIP: rules are for Suricata 7, this is {}",
            told(&version).trim()
        );
        return None;
    }
    let path = folder.join("packets.pcap");
    std::fs::write(&path, capture()).unwrap();
    let rules = folder.join(rules);
    let place = format!("default-rule-path={}", folder.display());
    let mut arguments = vec![
        "--simulate-ips",
        "-k",
        "none",
        "-r",
        path.to_str().unwrap(),
        "-S",
        rules.to_str().unwrap(),
        "-l",
        folder.to_str().unwrap(),
        "--set",
        &place,
        "--set",
        "outputs.1.eve-log.enabled=yes",
        "--set",
        "app-layer.protocols.tls.ja3-fingerprints=yes",
    ];
    for setting in settings {
        arguments.extend(["--set", setting]);
    }
    let output = run(&program, &arguments)?;
    assert!(output.status.success(), "{}", told(&output));
    // A line that it could not read is told, and otherwise passed over.
    for word in ["E: ", "<Error>", "bad line"] {
        assert!(!told(&output).contains(word), "{}", told(&output));
    }
    let log = std::fs::read_to_string(folder.join("eve.json")).unwrap_or_default();
    let mut out = Vec::new();
    for line in log.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        if event["event_type"] == "alert" {
            assert_eq!(event["alert"]["action"], "blocked", "{line}");
            let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
            let http = text(&event["http"]["hostname"])
                .map(|host| format!("{host}{}", text(&event["http"]["url"]).unwrap_or_default()));
            let what = text(&event["dns"]["query"][0]["rrname"])
                .or_else(|| text(&event["tls"]["sni"]))
                .or(http)
                .or_else(|| text(&event["dest_ip"]));
            out.push(what.unwrap());
        }
    }
    out.sort();
    out.dedup();
    Some(out)
}

#[test]
fn suricata_drops_by_rules() {
    let folder = folder();
    written("suricata", &plan(), folder.path());
    let Some(dropped) = dropped(folder.path(), "block.rules", &[]) else {
        return;
    };
    // Hashes of files are for the data sets.
    assert_eq!(
        dropped,
        [
            "45.9.148.7",
            "45.9.149.200",
            "EVIL-c2.com",
            "evil-c2.com",
            "good.net/bad/a.bin?x=1",
            "listed-client.net",
            "tls.evil-c2.com",
            "web.evil-c2.com/",
            "x.evil-c2.com"
        ]
    );
}

/// Sets hold whole names; an upper-case question is found all the same, because names in the set are lower case and
/// the rule turns questions into it (trap 2).
#[test]
fn trap_2_suricata_drops_by_data_sets_whatever_the_case() {
    let folder = folder();
    let lists = [
        "suricata-datasets",
        "suricata-names",
        "suricata-addresses",
        "suricata-ja3",
        "md5",
        "sha1",
        "sha256",
    ];
    for list in lists {
        written(list, &plan(), folder.path());
    }
    let rules = "block-datasets.rules";
    let Some(plain) = dropped(folder.path(), rules, &[]) else {
        return;
    };
    // The kind of hash with the most values comes first: it is the one that is taken without being asked for.
    assert!(plain.contains(&"md5-file.net/a".to_owned()), "{plain:?}");
    let program = beside("tg-suricata");
    let settings = run(&program, &["--dump-config"]).unwrap();
    let settings = told(&settings);
    let files = settings.lines().find_map(|line| {
        let line = line.strip_prefix("outputs.1.eve-log.types.")?;
        line.strip_suffix(" = files")
    });
    let files = files.expect("eve-log has files");
    let forced: Vec<String> = ["md5", "sha1", "sha256"]
        .iter()
        .enumerate()
        .map(|(n, kind)| format!("outputs.1.eve-log.types.{files}.files.force-hash.{n}={kind}"))
        .collect();
    let forced: Vec<&str> = forced.iter().map(String::as_str).collect();
    std::fs::remove_file(folder.path().join("eve.json")).unwrap();
    let dropped = dropped(folder.path(), rules, &forced).unwrap();
    assert_eq!(
        dropped,
        [
            "45.9.148.7",
            "EVIL-c2.com",
            "evil-c2.com",
            "listed-client.net",
            "md5-file.net/a",
            "sha1-file.net/a",
            "sha256-file.net/a"
        ]
    );
}

/// A line of the reputation list that is not understood is only logged, and the exit status stays 0 (trap 3): so the
/// words of the log are looked at, and the packets.
#[test]
fn trap_3_suricata_drops_by_reputation() {
    let folder = folder();
    written("suricata-iprep", &bad_plan(), folder.path());
    written("suricata-categories", &bad_plan(), folder.path());
    std::fs::write(
        folder.path().join("rep.rules"),
        "drop ip any any -> any any (msg:\"Tegakari block list: reputation\"; iprep:any,Tegakari,>,0; sid:1999990; rev:1;)\n",
    )
    .unwrap();
    let categories = format!(
        "reputation-categories-file={}/suricata-categories.txt",
        folder.path().display()
    );
    let place = format!("default-reputation-path={}", folder.path().display());
    let files = "reputation-files.0=suricata-reputation.list";
    let Some(dropped) = dropped(folder.path(), "rep.rules", &[&categories, &place, files]) else {
        return;
    };
    assert_eq!(dropped, ["45.9.148.7", "45.9.149.200"]);
}

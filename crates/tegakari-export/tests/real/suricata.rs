//! Suricata replays packets of ours as if it stood in the line: what is dropped, and what is not.

use std::path::Path;

use super::support::{bad_plan, beside, folder, run, told, written};

/// A capture of one UDP packet a line: to an address, or a question for a name.
fn capture(questions: &[&str], destinations: &[[u8; 4]]) -> Vec<u8> {
    let mut out = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
        out.extend(word.to_le_bytes());
    }
    let mut port = 40_000_u16;
    let mut packet = |to: [u8; 4], to_port: u16, payload: &[u8]| {
        port += 1;
        let mut udp = Vec::new();
        udp.extend(port.to_be_bytes());
        udp.extend(to_port.to_be_bytes());
        udp.extend(u16::try_from(payload.len() + 8).unwrap().to_be_bytes());
        udp.extend([0, 0]);
        udp.extend(payload);
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
        frame.extend([0x45, 0]);
        frame.extend(u16::try_from(udp.len() + 20).unwrap().to_be_bytes());
        frame.extend([0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 5]);
        frame.extend(to);
        frame.extend(&udp);
        let length = u32::try_from(frame.len()).unwrap();
        let second = 1_770_000_000 + u32::from(port);
        for word in [second, 0, length, length] {
            out.extend(word.to_le_bytes());
        }
        out.extend(frame);
    };
    for name in questions {
        let mut dns = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            dns.push(u8::try_from(label.len()).unwrap());
            dns.extend(label.bytes());
        }
        dns.extend([0, 0, 1, 0, 1]);
        packet([10, 0, 0, 53], 53, &dns);
    }
    for to in destinations {
        packet(*to, 9, b"hello");
    }
    out
}

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

/// The names and addresses that were dropped; `None` without Suricata 7.
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
    std::fs::write(&path, capture(&NAMES, &ADDRESSES)).unwrap();
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
            let name = event["dns"]["query"][0]["rrname"].as_str();
            let to = event["dest_ip"].as_str().unwrap();
            out.push(name.unwrap_or(to).to_owned());
        }
    }
    out.sort();
    out.dedup();
    Some(out)
}

#[test]
fn suricata_drops_by_rules() {
    let folder = folder();
    written("suricata", &bad_plan(), folder.path());
    let Some(dropped) = dropped(folder.path(), "block.rules", &[]) else {
        return;
    };
    assert_eq!(
        dropped,
        [
            "45.9.148.7",
            "45.9.149.200",
            "EVIL-c2.com",
            "evil-c2.com",
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
        written(list, &bad_plan(), folder.path());
    }
    let Some(dropped) = dropped(folder.path(), "block-datasets.rules", &[]) else {
        return;
    };
    assert_eq!(dropped, ["45.9.148.7", "EVIL-c2.com", "evil-c2.com"]);
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

//! MISP in all its shapes, and the JSON of threat feeds.

use tegakari_knowledge::Knowledge;
use tegakari_model::{Disposition, NameKind, ObservableKind as K, Report};
use tegakari_read::{Document, read};

fn report(text: &str) -> Report {
    let document = Document {
        name: "x.json",
        bytes: text.as_bytes(),
    };
    read(document, Knowledge::embedded())
}

fn of(report: &Report, disposition: Disposition) -> Vec<(K, &str)> {
    let of = report
        .mentions
        .iter()
        .filter(|m| m.disposition == disposition);
    of.map(|m| (m.observable.kind(), m.observable.value()))
        .collect()
}

const MD5: &str = "71fea034b422e4a17ebb06022532fdde";
const SHA256: &str = "47ecaab5cd6b26fe18d9759a9392bce81ba379817c53a3a468fe9060a076f8ca";

/// One attribute of a type, marked for detection, has these values.
#[track_caller]
fn check(kind: &str, value: &str, want: &[(K, &str)]) {
    let event = serde_json::json!({"Event": {"info": "x", "Attribute": [{"type": kind, "category": "Payload delivery", "value": value, "to_ids": true}]}});
    let report = report(&event.to_string());
    assert_eq!(
        of(&report, Disposition::Ioc),
        want,
        "{kind}: {:?}",
        report.mentions
    );
}

#[test]
fn every_type_of_misp_attribute_is_read() {
    check(
        "filename|sha256",
        &format!("a|b.exe|{SHA256}"),
        &[(K::FileName, "a|b.exe"), (K::Sha256, SHA256)],
    );
    check(
        "malware-sample",
        &format!("lamp7.exe|{MD5}"),
        &[(K::FileName, "lamp7.exe"), (K::Md5, MD5)],
    );
    check(
        "filename|imphash",
        &format!("lamp7.exe|{MD5}"),
        &[(K::FileName, "lamp7.exe"), (K::Imphash, MD5)],
    );
    check(
        "domain|ip",
        "c2.qlamp.com|185.220.7.9",
        &[(K::Domain, "c2.qlamp.com"), (K::Ipv4, "185.220.7.9")],
    );
    check(
        "ip-dst|port",
        "185.220.7.9|443",
        &[(K::Ipv4, "185.220.7.9")],
    );
    check(
        "ip-src|port",
        "185.220.7.9:443",
        &[(K::Ipv4, "185.220.7.9")],
    );
    check(
        "hostname|port",
        "c2.qlamp.com|443",
        &[(K::Domain, "c2.qlamp.com")],
    );
    check(
        "regkey|value",
        "HKCU\\Software\\Lamp|a|b",
        &[(K::RegistryKey, "HKCU\\Software\\Lamp")],
    );
    check(
        "pdb",
        "C:\\lamp\\lamp.pdb",
        &[(K::FilePath, "C:\\lamp\\lamp.pdb")],
    );
    check(
        "email-attachment",
        "lamp7.doc",
        &[(K::FileName, "lamp7.doc")],
    );
    check("named pipe", "lamppipe", &[(K::NamedPipe, "lamppipe")]);
    check(
        "stix2-pattern",
        "[domain-name:value = 'c2.qlamp.com']",
        &[(K::Domain, "c2.qlamp.com")],
    );
    check("target-email", "victim@qlamp.com", &[]);
    check(
        "yara",
        "rule Lamp { strings: $a = \"config.ini\" condition: $a }",
        &[(K::YaraRule, "Lamp")],
    );
}

#[test]
fn an_object_is_one_thing_and_sections_are_no_files() {
    let event = serde_json::json!({"response": [{"Event": {"info": "Lamps", "Attribute": [], "Object": [
        {"name": "file", "Attribute": [
            {"type": "md5", "object_relation": "md5", "value": MD5, "to_ids": true},
            {"type": "filename", "object_relation": "filename", "value": "svchost.exe", "to_ids": true},
            {"type": "size-in-bytes", "object_relation": "size-in-bytes", "value": "77", "to_ids": false},
            {"type": "sha256", "object_relation": "sha256", "value": SHA256, "to_ids": true, "deleted": true}]},
        {"name": "pe-section", "Attribute": [
            {"type": "md5", "object_relation": "md5", "value": "00112233445566778899aabbccddeeff", "to_ids": false},
            {"type": "text", "object_relation": "name", "value": ".text", "to_ids": false}]}]}}]});
    let report = report(&event.to_string());
    assert_eq!(of(&report, Disposition::Ioc), [(K::Md5, MD5)]);
    // The name of a system's own program is none, though it is marked.
    assert_eq!(
        of(&report, Disposition::Benign),
        [(K::FileName, "svchost.exe")]
    );
    assert_eq!(of(&report, Disposition::Unsure).len(), 1);
    assert_eq!((report.files.len(), report.files[0].size), (1, Some(77)));
    assert_eq!(report.composites[0].name.as_deref(), Some("file"));
    let name = report
        .mentions
        .iter()
        .find(|m| m.observable.kind() == K::FileName)
        .unwrap();
    assert_eq!(name.only_with.len(), 2, "{:?}", name.only_with);
}

#[test]
fn the_index_files_of_a_feed_are_no_indicators() {
    let hashes = format!("{MD5},5b12a3b4-0c1d-4e5f-8a9b-0123456789ab\n").repeat(3);
    let report_of_hashes = report(&hashes);
    assert_eq!(report_of_hashes.source.format, "misp-feed");
    assert!(report_of_hashes.mentions.is_empty() && report_of_hashes.problems.len() == 1);
    let manifest = r#"{"5b12a3b4-0c1d-4e5f-8a9b-0123456789ab": {"info": "Lotus Blossom returns", "Orgc": {"name": "Example CERT"},
        "analysis": "2", "threat_level_id": "1", "date": "2024-01-01", "Tag": [{"name": "misp-galaxy:malpedia=\"Sagerunex\""}, {"name": "tlp:green"}]}}"#;
    let report = report(manifest);
    assert_eq!(report.source.format, "misp-feed");
    assert!(report.mentions.is_empty());
    assert!(report.names.iter().any(|n| n.text == "Sagerunex"));
    assert_eq!(report.publisher.as_deref(), Some("Example CERT"));
}

#[test]
fn feeds_are_read_by_the_names_of_their_fields() {
    let threatfox = format!(
        r#"{{"query_status": "ok", "data": [
        {{"id": "1", "ioc": "185.220.7.9:443", "threat_type": "botnet_cc", "ioc_type": "ip:port", "malware": "win.lamprat", "malware_printable": "LampRAT", "first_seen": "2024-01-02 03:04:05 UTC", "reference": "https://blog.qlamp-research.com/lamp"}},
        {{"id": "2", "ioc": "{SHA256}", "ioc_type": "sha256_hash", "malware_printable": "Unknown malware"}}]}}"#
    );
    let fox = report(&threatfox);
    assert_eq!(
        of(&fox, Disposition::Ioc),
        [(K::Ipv4, "185.220.7.9"), (K::Sha256, SHA256)]
    );
    assert_eq!(
        of(&fox, Disposition::Reference),
        [(K::Url, "https://blog.qlamp-research.com/lamp")]
    );
    let address = &fox.mentions[0];
    assert_eq!(address.labels, ["LampRAT"]);
    assert_eq!(
        address.first_seen.map(|t| t.to_string()).as_deref(),
        Some("2024-01-02T03:04:05Z")
    );
    assert_eq!(address.role, tegakari_model::IndicatorRole::C2);

    let urlhaus = r#"{"urls": [{"id": "1", "urlhaus_reference": "https://urlhaus.abuse.ch/url/1/", "url": "http://qlamp.com/a.sh", "url_status": "online", "host": "qlamp.com", "threat": "malware_download", "tags": ["elf"]}]}"#;
    let haus = report(urlhaus);
    assert_eq!(
        of(&haus, Disposition::Ioc),
        [(K::Url, "http://qlamp.com/a.sh")]
    );

    let bazaar = format!(
        r#"{{"data": [{{"sha256_hash": "{SHA256}", "md5_hash": "{MD5}", "sha1_hash": null, "file_name": "lamp7.exe", "file_size": 77, "signature": "LampRAT"}}]}}"#
    );
    let bazaar = report(&bazaar);
    assert_eq!(bazaar.files.len(), 1);
    assert_eq!(
        (bazaar.files[0].md5.as_deref(), bazaar.files[0].size),
        (Some(MD5), Some(77))
    );

    let list = format!(
        r#"[{{"type": "domain", "value": "c2.qlamp.com"}}, {{"type": "md5", "value": "{MD5}"}}, {{"ioc": "qlampd.com", "ioc_type": "hostname"}}]"#
    );
    let list = report(&list);
    assert_eq!(
        of(&list, Disposition::Ioc),
        [
            (K::Domain, "c2.qlamp.com"),
            (K::Md5, MD5),
            (K::Domain, "qlampd.com")
        ]
    );
}

#[test]
fn stix_objects_may_stand_one_a_line() {
    let lines = format!(
        "{}\n{}\n{}\n",
        r#"{"type": "ipv4-addr", "spec_version": "2.1", "id": "ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd", "value": "185.220.7.9"}"#,
        r#"{"type": "indicator", "id": "indicator--1", "pattern_type": "stix", "pattern": "[domain-name:value = 'c2.qlamp.com']"}"#,
        r#"{"type": "indicator", "id": "indicator--2", "revoked": true, "pattern": "[domain-name:value = 'old.qlamp.com']"}"#,
    );
    let report = report(&lines);
    assert_eq!(report.source.format, "stix-bundle");
    assert_eq!(of(&report, Disposition::Ioc), [(K::Domain, "c2.qlamp.com")]);
    assert_eq!(of(&report, Disposition::Unsure).len(), 2);
}

/// The values of a pattern that are indicators, how many need others, and how many conditions are kept.
#[track_caller]
fn pattern(pattern: &str, iocs: &[&str], bound: usize, composites: usize) {
    let object = serde_json::json!({"type": "bundle", "id": "bundle--1", "objects": [{"type": "indicator", "id": "indicator--1", "pattern": pattern}]});
    let report = report(&object.to_string());
    let got: Vec<&str> = of(&report, Disposition::Ioc)
        .into_iter()
        .map(|(_, v)| v)
        .collect();
    assert_eq!(got, iocs, "{pattern}: {:?}", report.mentions);
    let needs = report
        .mentions
        .iter()
        .filter(|m| !m.only_with.is_empty())
        .count();
    assert_eq!(
        (needs, report.composites.len()),
        (bound, composites),
        "{pattern}: {:?}",
        report.composites
    );
}

#[test]
fn the_logic_of_stix_patterns_is_kept() {
    pattern("[ipv4-addr:value = '185.220.7.9']", &["185.220.7.9"], 0, 0);
    pattern(
        "[ipv4-addr:value = '185.220.7.9' OR domain-name:value = 'c2.qlamp.com']",
        &["185.220.7.9", "c2.qlamp.com"],
        0,
        0,
    );
    pattern(
        &format!("[file:hashes.MD5 = '{MD5}' AND file:name = 'lamp7.exe']"),
        &[MD5, "lamp7.exe"],
        1,
        1,
    );
    pattern(
        &format!("[file:hashes.MD5 = '{MD5}' AND file:name = 'svchost.exe']"),
        &[MD5],
        1,
        1,
    );
    // Two events: a file of this name somewhere, and this hash, mean nothing apart.
    pattern(
        &format!("[file:hashes.MD5 = '{MD5}'] AND [file:name = 'lamp7.exe']"),
        &[],
        2,
        1,
    );
    pattern(
        "[file:name = 'lamp7.exe'] FOLLOWEDBY [file:name = 'lamp8.exe']",
        &[],
        2,
        1,
    );
    pattern(
        "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '185.220.7.9']",
        &["185.220.7.9"],
        0,
        0,
    );
    pattern(
        "[network-traffic:dst_ref.value = '185.220.7.9' AND network-traffic:dst_port = 443]",
        &["185.220.7.9"],
        0,
        1,
    );
    pattern("[domain-name:value NOT = 'c2.qlamp.com']", &[], 0, 1);
    pattern(
        "[domain-name:value IN ('c2.qlamp.com', 'qlampd.com')]",
        &["c2.qlamp.com", "qlampd.com"],
        0,
        0,
    );
    pattern("[url:value LIKE 'http://qlamp.com/%']", &[], 0, 0);
    pattern(
        "[file:name MATCHES '^lamp7\\\\.exe$']",
        &["lamp7.exe"],
        0,
        0,
    );
    pattern(
        "[ipv4-addr:value ISSUBSET '185.220.7.0/24']",
        &["185.220.7.0/24"],
        0,
        0,
    );
    pattern("[file:name = 'it\\'s.exe']", &["it's.exe"], 0, 0);
    pattern(
        "[ipv4-addr:value = '185.220.7.9'] REPEATS 5 TIMES WITHIN 60 SECONDS",
        &["185.220.7.9"],
        0,
        1,
    );
}

#[test]
fn a_pulse_says_who_and_where() {
    let pulse = format!(
        r#"{{"id": "1", "name": "Lamps", "description": "They steal lamps.", "author_name": "Example", "created": "2024-01-02T00:00:00", "TLP": "white",
        "adversary": "Lampists", "malware_families": [{{"id": "LampRAT", "display_name": "LampRAT"}}], "attack_ids": [{{"id": "T1059", "name": "x"}}],
        "targeted_countries": ["Viet Nam"], "industries": ["Government"], "tags": ["lamp"], "references": ["https://blog.qlamp-research.com/lamp"],
        "indicators": [{{"indicator": "c2.qlamp.com", "type": "hostname", "title": ""}}, {{"indicator": "{SHA256}", "type": "FileHash-SHA256"}}, {{"indicator": "Global\\lamp", "type": "Mutex"}}]}}"#
    );
    let report = report(&pulse);
    assert_eq!(
        of(&report, Disposition::Ioc),
        [
            (K::Domain, "c2.qlamp.com"),
            (K::Sha256, SHA256),
            (K::Mutex, "Global\\lamp")
        ]
    );
    assert_eq!(
        (report.title.as_deref(), report.publisher.as_deref()),
        (Some("Lamps"), Some("Example"))
    );
    assert_eq!(
        report.published.as_ref().map(|d| d.0.as_str()),
        Some("2024-01-02")
    );
    assert!(
        report
            .names
            .iter()
            .any(|n| n.text == "Lampists" && n.kind == NameKind::IntrusionSet)
    );
    assert_eq!(report.techniques.len(), 1);
    assert_eq!(report.targets.len(), 2, "{:?}", report.targets);
}

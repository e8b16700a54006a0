//! Rules of other programs: YARA and Sigma, in files and in prose. Most of what they hold is no indicator.

use tegakari_model::{Disposition, NameKind, ObservableKind as K, Report};

use crate::report;

fn of(report: &Report, disposition: Disposition) -> Vec<(K, &str)> {
    let of = report
        .mentions
        .iter()
        .filter(|m| m.disposition == disposition);
    of.map(|m| (m.observable.kind(), m.observable.value()))
        .collect()
}

const YARA: &str = r#"/*
  Lamp rules, see https://blog.qlamp-research.com/about-lamps
*/
import "pe"

rule APT_Lamp_RAT : apt lamp T1059_001 {
   meta:
      description = "Detects the LampRAT implant"
      author = "A. Author <author@qlamp-research.com>"
      reference = "https://blog.qlamp-research.com/lamp"
      date = "2024-05-01"
      hash1 = "47ecaab5cd6b26fe18d9759a9392bce81ba379817c53a3a468fe9060a076f8ca"
      md5 = "71fea034b422e4a17ebb06022532fdde"
      fingerprint = "1111111111111111111111111111111111111111111111111111111111111111"
      id = "22222222-2222-2222-2222-222222222222"
      malware_family = "LampRAT"
      mitre_attack = "T1055"
   strings:
      $s1 = "kernel32.dll" ascii
      $s2 = "config.ini" wide
      $s3 = "cmd.exe /c del"
      $s4 = "System.Net"
      $url = "http://c2.qlamp.com/gate.php"
      $fmt = "http://%s/gate.php"
      $c2_domain = "panel.qlamp.com"
      $mutex = "LampMtx_77"
      $m2 = "Global\\LampMtx"
      $pdb = "C:\\Users\\lamp\\Release\\lamprat.pdb"
      $pipe = "\\\\.\\pipe\\lamppipe"
      $ua = "Mozilla/5.0 (compatible; Lamp)"
      $hex = { 4D 5A [2-4] 50 }
      $re = /https?:\/\/[a-z]{3,5}\.lamp/ nocase
   condition:
      uint16(0) == 0x5A4D and filesize < 2MB and 3 of ($s*) or any of them
}
"#;

#[test]
fn a_yara_file_says_what_its_sample_is() {
    let report = report("lamp.yar", YARA);
    assert_eq!(report.source.format, "yara");
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let iocs = of(&report, Disposition::Ioc);
    let want = [
        (K::YaraRule, "APT_Lamp_RAT"),
        (
            K::Sha256,
            "47ecaab5cd6b26fe18d9759a9392bce81ba379817c53a3a468fe9060a076f8ca",
        ),
        (K::Md5, "71fea034b422e4a17ebb06022532fdde"),
        (K::Url, "http://c2.qlamp.com/gate.php"),
        (K::Domain, "panel.qlamp.com"),
        (K::Mutex, "LampMtx_77"),
        (K::Mutex, "Global\\LampMtx"),
        (K::FilePath, "C:\\Users\\lamp\\Release\\lamprat.pdb"),
        (K::NamedPipe, "lamppipe"),
    ];
    assert_eq!(iocs, want, "{:?}", report.mentions);
    assert_eq!(
        of(&report, Disposition::Unsure),
        [(K::UserAgent, "Mozilla/5.0 (compatible; Lamp)")]
    );
    assert!(
        of(&report, Disposition::Reference)
            .contains(&(K::Url, "https://blog.qlamp-research.com/lamp"))
    );
    assert_eq!(
        of(&report, Disposition::Research),
        [(K::Email, "author@qlamp-research.com")]
    );
    assert_eq!(report.title.as_deref(), Some("APT_Lamp_RAT"));
    assert_eq!(
        report.published.as_ref().map(|d| d.0.as_str()),
        Some("2024-05-01")
    );
    let ids: Vec<&str> = report.techniques.iter().map(|t| t.id.as_str()).collect();
    assert_eq!(ids, ["T1055", "T1059.001"]);
    assert!(
        report
            .names
            .iter()
            .any(|n| n.text == "LampRAT" && n.kind == NameKind::Malware)
    );
    assert_eq!(report.files.len(), 1);
    let hash = report
        .mentions
        .iter()
        .find(|m| m.observable.kind() == K::Md5)
        .unwrap();
    assert_eq!(
        (hash.citations[0].line, hash.labels.as_slice()),
        (Some(13), ["LampRAT".to_owned()].as_slice())
    );
    assert!(
        report
            .indicators()
            .iter()
            .all(|i| i.observable.kind() != K::YaraRule)
    );
}

#[test]
fn a_rule_in_prose_is_read_as_a_rule() {
    let rule = YARA.split("import \"pe\"").nth(1).unwrap().trim();
    for (name, text) in [
        (
            "a.md",
            format!(
                "# Lamps\n\nThe group uses panel2.qlamp.com.\n\n```yara\n{rule}\n```\n\nAfter it, `evil[.]qlampd.com` is seen.\n"
            ),
        ),
        (
            "a.txt",
            format!(
                "Lamps\n\nThe group uses panel2.qlamp.com.\n\n{rule}\n\nAfter it, evil[.]qlampd.com is seen.\n"
            ),
        ),
        (
            "a.html",
            format!(
                "<!doctype html><html><body><h1>Lamps</h1><p>The group uses panel2.qlamp.com.</p><pre><code>{}</code></pre><p>After it, evil[.]qlampd.com is seen.</p></body></html>",
                rule.replace('<', "&lt;").replace('>', "&gt;")
            ),
        ),
    ] {
        let report = report(name, &text);
        let iocs = of(&report, Disposition::Ioc);
        assert!(
            iocs.contains(&(K::YaraRule, "APT_Lamp_RAT")),
            "{name}: {iocs:?}"
        );
        assert!(iocs.contains(&(K::Mutex, "LampMtx_77")), "{name}: {iocs:?}");
        assert!(
            iocs.contains(&(K::Domain, "evil.qlampd.com")),
            "{name}: {iocs:?}"
        );
        for ordinary in ["kernel32.dll", "config.ini", "System.Net"] {
            assert!(
                report
                    .mentions
                    .iter()
                    .all(|m| !m.observable.value().eq_ignore_ascii_case(ordinary)),
                "{name}: {ordinary}"
            );
        }
        assert!(
            report
                .mentions
                .iter()
                .any(|m| m.observable.value() == "panel2.qlamp.com"),
            "{name}"
        );
    }
}

#[test]
fn broken_and_hostile_rules_end() {
    let started = std::time::Instant::now();
    for text in [
        "rule a { strings: $a = \"x".to_owned(),
        "rule a {\n".repeat(50_000),
        format!(
            "rule a {{ condition: {}true{} }}",
            "(".repeat(50_000),
            ")".repeat(50_000)
        ),
        format!("rule a {{ condition: {} true }}", "not ".repeat(50_000)),
        format!(
            "rule a {{ strings: $a = {{ {} }} condition: $a }}",
            "( AA | ".repeat(20_000)
        ),
        format!("x\n\n{}", "rule b {\n condition:\n }\n".repeat(5_000)),
    ] {
        report("x.yar", &text);
        report("x.txt", &format!("Prose first.\n\n{text}"));
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

const SIGMA: &str = r"title: Lamp C2
id: 932ac737-33ca-4afd-9869-0d48b391fcc9
status: test
description: Detects LampRAT.
references:
    - https://blog.qlamp-research.com/lamp
author: A. Author
date: 2024-05-01
tags:
    - attack.command-and-control
    - attack.t1071.001
    - attack.g0032
    - cve.2021.44228
logsource:
    category: network_connection
    product: windows
detection:
    selection:
        Image|endswith: '\lamp.exe'
        DestinationHostname: 'c2.qlamp.com'
    hash:
        Hashes|contains:
            - 'MD5=71fea034b422e4a17ebb06022532fdde'
            - 'IMPHASH=0123456789abcdef0123456789abcdef'
    behaviour:
        CommandLine|contains: 'evil.qlampd.com'
    filter_main:
        DestinationHostname: 'good.qlampe.com'
    condition: (selection or hash or behaviour) and not 1 of filter_*
level: high
";

#[test]
fn a_sigma_rule_is_mostly_behaviour() {
    let report = report("lamp.yml", SIGMA);
    assert_eq!(report.source.format, "sigma");
    let iocs = of(&report, Disposition::Ioc);
    for want in [
        (K::Cve, "CVE-2021-44228"),
        (K::Domain, "c2.qlamp.com"),
        (K::Md5, "71fea034b422e4a17ebb06022532fdde"),
    ] {
        assert!(iocs.contains(&want), "{want:?} {:?}", report.mentions);
    }
    let values: Vec<&str> = report
        .mentions
        .iter()
        .map(|m| m.observable.value())
        .collect();
    for never in [
        "lamp.exe",
        "\\lamp.exe",
        "good.qlampe.com",
        "evil.qlampd.com",
    ] {
        assert!(!values.contains(&never), "{never}: {values:?}");
    }
    assert!(
        of(&report, Disposition::Reference)
            .contains(&(K::Url, "https://blog.qlamp-research.com/lamp"))
    );
    let ids: Vec<&str> = report.techniques.iter().map(|t| t.id.as_str()).collect();
    assert_eq!(ids, ["T1071.001", "TA0011"]);
    assert_eq!(report.title.as_deref(), Some("Lamp C2"));
    assert_eq!(report.composites.len(), 1);
    let json = serde_json::to_string(&report.composites[0]).unwrap();
    assert!(json.contains("\"not\""), "{json}");
}

#[test]
fn without_a_named_threat_a_sigma_rules_host_is_for_a_person() {
    let general = SIGMA
        .replace("    - attack.g0032\n", "")
        .replace("    - cve.2021.44228\n", "");
    let report = report("lamp.yml", &format!("{general}---\n{general}"));
    assert!(of(&report, Disposition::Unsure).contains(&(K::Domain, "c2.qlamp.com")));
    assert!(report.title.is_none());
}

//! Zone files, YARA and ClamAV.

use std::path::Path;

use super::support::{entry, folder, plan_of, run, told, written};
use tegakari_model::{BlockPlan, HeldBack, Objection, ObjectionKind, ObservableKind as K, Scope};

const HELLO: &[u8] = b"hello threat";
const HELLO_SHA256: &str = "6D5E56C46835763F601DEE05EE8AA5679580FCD26A542C4AC1020343F45670D1";
const NEAR_MISS: &[u8] = b"hello threat\n";

fn block_plan() -> BlockPlan {
    let long = format!(
        "{}.{}.{}.evil-c2.com",
        "a".repeat(63),
        "b".repeat(63),
        "c".repeat(63)
    );
    let values = [
        (K::Ipv4, "45.9.148.7"),
        (K::Ipv4, "45.9.149.7"),
        (K::Ipv6, "2a00:1:2::7"),
        (K::Ipv6, "2a00:1:0:2:3:4:5:6"),
        (K::Cidr, "45.9.149.0/24"),
        (K::Cidr, "2a00:5::/48"),
        (K::Domain, "evil-c2.com"),
        (K::Domain, "_x.bücher-c2.com"),
        (K::Domain, long.as_str()),
        (K::Url, "http://evil-c2.com/a;b\"c|d?e=%22'"),
        (K::Sha256, HELLO_SHA256),
        (K::Md5, "1F0D56601801AC8EEB445C8DF2E04EB1"),
        (K::Sha1, "18FC6B11443EF79C90F6FD2347FCE3388DEB71AD"),
    ];
    plan_of(
        values
            .iter()
            .map(|(kind, value)| {
                let scope = if *kind == K::Domain {
                    Scope::Tree
                } else {
                    Scope::Exact
                };
                entry(*kind, value, scope)
            })
            .collect(),
    )
}

#[test]
fn traps_4_and_5_a_dns_server_takes_every_record_of_the_zone() {
    let folder = folder();
    let path = written("rpz", &block_plan(), folder.path());
    let zone = folder.path().join("compiled");
    let arguments = [
        "-i",
        "local",
        "-o",
        zone.to_str().unwrap(),
        "-f",
        "text",
        "rpz.tegakari",
        path.to_str().unwrap(),
    ];
    let Some(output) = run("named-compilezone", &arguments) else {
        return;
    };
    assert!(output.status.success(), "{}", told(&output));
    // Records outside the zone are dropped with nothing but a line in the log.
    assert!(!told(&output).contains("ignoring"), "{}", told(&output));
    let compiled = std::fs::read_to_string(&zone).unwrap();
    for owner in [
        "evil-c2.com.rpz.tegakari.",
        "*.evil-c2.com.rpz.tegakari.",
        "*._x.xn--bcher-c2-65a.com.rpz.tegakari.",
        "32.7.148.9.45.rpz-ip.rpz.tegakari.",
        "24.0.149.9.45.rpz-ip.rpz.tegakari.",
        "128.7.zz.2.1.2a00.rpz-ip.rpz.tegakari.",
        "128.6.5.4.3.2.0.1.2a00.rpz-ip.rpz.tegakari.",
        "48.zz.5.2a00.rpz-ip.rpz.tegakari.",
    ] {
        let there = compiled
            .lines()
            .any(|l| l.split_whitespace().next() == Some(owner));
        assert!(there, "{owner} in\n{compiled}");
    }
    assert!(compiled.lines().all(|l| !l.starts_with("near-miss")));
}

#[test]
fn trap_1_yara_finds_the_file_by_hashes_that_were_upper_case() {
    let folder = folder();
    let rules = written("yara", &block_plan(), folder.path());
    let (bad, near) = (folder.path().join("bad"), folder.path().join("near"));
    std::fs::write(&bad, HELLO).unwrap();
    std::fs::write(&near, NEAR_MISS).unwrap();
    let scan = |file: &Path| {
        run(
            "yara",
            &["-w", rules.to_str().unwrap(), file.to_str().unwrap()],
        )
    };
    let Some(output) = scan(&bad) else { return };
    assert!(output.status.success(), "{}", told(&output));
    for function in ["md5", "sha1", "sha256"] {
        assert!(
            told(&output).contains(&format!("tegakari_block_{function}_0001 ")),
            "{}",
            told(&output)
        );
    }
    let output = scan(&near).unwrap();
    assert!(
        output.status.success() && told(&output).is_empty(),
        "{}",
        told(&output)
    );
    let empty = written("yara", &BlockPlan::default(), folder.path());
    let output = run(
        "yara",
        &["-w", empty.to_str().unwrap(), bad.to_str().unwrap()],
    )
    .unwrap();
    assert!(
        output.status.success() && told(&output).is_empty(),
        "{}",
        told(&output)
    );
}

/// The manual's `*` for an unknown size needs a level behind the name; one line without it makes the folder unusable
/// (trap 9), so every line is looked at by loading them all.
#[test]
fn trap_9_clamav_finds_the_file_and_not_its_near_miss() {
    let folder = folder();
    let base = folder.path().join("db");
    std::fs::create_dir(&base).unwrap();
    for list in ["clamav-hdb", "clamav-hsb", "clamav-fp", "clamav-sfp"] {
        written(list, &block_plan(), &base);
    }
    let (bad, near) = (folder.path().join("bad"), folder.path().join("near"));
    std::fs::write(&bad, HELLO).unwrap();
    std::fs::write(&near, NEAR_MISS).unwrap();
    let scan = |file: &Path| {
        run(
            "clamscan",
            &[
                "-d",
                base.to_str().unwrap(),
                "--no-summary",
                file.to_str().unwrap(),
            ],
        )
    };
    let Some(output) = scan(&bad) else { return };
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(
        told(&output).contains("Tegakari.Block."),
        "{}",
        told(&output)
    );
    let output = scan(&near).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    // What is allowed wins over what is listed.
    let mut plan = block_plan();
    let allowed = plan
        .entries
        .iter()
        .find(|e| e.indicator.observable.kind() == K::Sha256)
        .unwrap();
    plan.held_back.push(HeldBack {
        indicator: allowed.indicator.clone(),
        objections: vec![Objection {
            kind: ObjectionKind::Allowed,
            source: "ours".into(),
            matched: "hello".into(),
        }],
    });
    written("clamav-sfp", &plan, &base);
    let output = scan(&bad).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
}

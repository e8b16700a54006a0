//! The real programs load our lists: they stop the bad sample and let the near miss through.
//! A program that is not installed is told as SKIP, never as passed.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it skips"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tegakari_export::{Context, formats};
use tegakari_model::{
    BlockEntry, BlockPlan, Indicator, Observable, ObservableKind as K, Scope, Tlp,
};

const HELLO: &[u8] = b"hello";
const HELLO_SHA256: &str = "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824";
const NEAR_MISS: &[u8] = b"hello\n";

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
        (K::Md5, "5D41402ABC4B2A76B9719D911017C592"),
        (K::Sha1, "AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D"),
    ];
    let mut entries: Vec<BlockEntry> = values
        .iter()
        .map(|(kind, value)| BlockEntry {
            indicator: Indicator::new(Observable::new(*kind, value).unwrap()),
            scope: if *kind == K::Domain {
                Scope::Tree
            } else {
                Scope::Exact
            },
            expires: None,
            annotations: Vec::new(),
        })
        .collect();
    entries.sort_by(|a, b| a.indicator.observable.cmp(&b.indicator.observable));
    BlockPlan {
        entries,
        held_back: Vec::new(),
    }
}

fn written(id: &str, plan: &BlockPlan, folder: &Path) -> PathBuf {
    let format = formats::by_id(id).unwrap();
    let mut context = Context::new("0.0.0\n}; evil");
    context.tlp = Some(Tlp::Green);
    let path = folder.join(format.file_name());
    let mut file = std::fs::File::create(&path).unwrap();
    format.write(plan, &context, &mut file).unwrap();
    path
}

/// The program's answer; `None`, with a word about it, where it is not installed.
fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("SKIP: {program} cannot be run here ({error})");
            None
        }
    }
}

fn told(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}

#[test]
fn nft_holds_the_bad_address_and_not_its_neighbour() {
    let folder = tempfile::tempdir().unwrap();
    let path = written("nftables", &block_plan(), folder.path());
    let path = path.to_str().unwrap();
    // A network of our own, so that nothing of this machine changes.
    let private = run("unshare", &["-n", "nft", "list", "ruleset"]);
    if !private.is_some_and(|o| o.status.success()) {
        println!("SKIP: nft in a private network namespace (needs nftables and root)");
        return;
    }
    let check = run("unshare", &["-n", "nft", "-c", "-f", path]).unwrap();
    assert!(check.status.success(), "{}", told(&check));
    // Loaded twice, because the second time the table is there already.
    let asked = |set: &str, address: &str| {
        let script = format!(
            "nft -f \"$1\" && nft -f \"$1\" && nft get element inet {} {set} '{{ {address} }}'",
            formats::NFTABLES_TABLE
        );
        run("unshare", &["-n", "sh", "-c", &script, "sh", path]).unwrap()
    };
    for (set, address, blocked) in [
        ("blocked_v4", "45.9.148.7", true),
        ("blocked_v4", "45.9.148.8", false),
        ("blocked_v4", "45.9.149.200", true),
        ("blocked_v4", "45.9.150.0", false),
        ("blocked_v6", "2a00:1:2::7", true),
        ("blocked_v6", "2a00:1:2::8", false),
        ("blocked_v6", "2a00:5:0:9::1", true),
    ] {
        let output = asked(set, address);
        assert_eq!(
            output.status.success(),
            blocked,
            "{address}: {}",
            told(&output)
        );
    }
    let empty = written("nftables", &BlockPlan::default(), folder.path());
    let output = run(
        "unshare",
        &["-n", "nft", "-c", "-f", empty.to_str().unwrap()],
    )
    .unwrap();
    assert!(output.status.success(), "{}", told(&output));
}

#[test]
fn a_dns_server_takes_every_record_of_the_zone() {
    let folder = tempfile::tempdir().unwrap();
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
fn yara_finds_the_file_and_not_its_near_miss() {
    let folder = tempfile::tempdir().unwrap();
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

#[test]
fn suricata_loads_every_rule() {
    let folder = tempfile::tempdir().unwrap();
    let rules = written("suricata", &block_plan(), folder.path());
    let log = folder.path().to_str().unwrap();
    let Some(version) = run("suricata", &["-V"]) else {
        return;
    };
    if !told(&version).contains("version 7.") {
        println!(
            "SKIP: rules are for Suricata 7, this is {}",
            told(&version).trim()
        );
        return;
    }
    let output = run(
        "suricata",
        &["-T", "-S", rules.to_str().unwrap(), "-l", log],
    )
    .unwrap();
    assert!(output.status.success(), "{}", told(&output));
    assert!(!told(&output).contains("E: "), "{}", told(&output));
}

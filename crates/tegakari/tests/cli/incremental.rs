//! Hunts that go on where the last one stopped, and what the help says of hunts.

use std::io::Write;

use crate::support::{Place, finding};

fn query(second: u32, name: &str) -> String {
    format!("2026-02-03T04:05:{second:02}Z dns-1 dnsmasq[811]: query[A] {name} from 10.0.0.14\n")
}

fn count(place: &Place, arguments: &[&str]) -> u64 {
    let hunt = ["hunt", "logs", "--value", "evil-c2.net", "--format", "json"];
    let ran = place.run(&[&hunt[..], arguments].concat()).exits(1);
    let hunt = ran.json();
    let findings = hunt["findings"].as_array().unwrap();
    let sightings = finding(findings, "evil-c2.net")["sightings"].clone();
    let all = sightings.as_array().unwrap();
    all.iter().map(|s| s["count"].as_u64().unwrap()).sum()
}

#[test]
fn what_was_searched_is_not_searched_again_and_counts_once() {
    let place = Place::new();
    let log = place.write(
        "logs/dns.log",
        query(1, "evil-c2.net") + &query(2, "good.net"),
    );
    assert_eq!(count(&place, &["--incremental"]), 1);
    assert_eq!(count(&place, &["--incremental"]), 1);
    let mut file = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
    file.write_all(query(3, "evil-c2.net").as_bytes()).unwrap();
    assert_eq!(count(&place, &["--incremental"]), 2);
    std::fs::rename(&log, place.path("logs/dns.log.1")).unwrap();
    place.write("logs/dns.log", query(4, "evil-c2.net"));
    assert_eq!(count(&place, &["--incremental"]), 3);
    assert_eq!(count(&place, &["--no-save"]), 3);
    // The hunts are kept like any other.
    let shown = place.run(&["show", "evil-c2.net"]).exits(0);
    assert!(shown.stdout().contains("evil-c2"));
}

#[test]
fn the_help_says_what_a_status_means_and_what_is_opened() {
    let place = Place::new();
    let help = place.run(&["hunt", "--help"]).exits(0).stdout();
    for word in [
        "Exit status",
        "cannot tell",
        "pcapng",
        "zstd",
        "windows-dns",
        "auditd",
        "netflow",
    ] {
        assert!(help.contains(word), "{word} is not in:\n{help}");
    }
}

#[test]
fn problems_are_told_in_japanese() {
    let place = Place::new();
    place.write("logs/x.parquet", "PARE....");
    place.write("logs/dns.log", query(1, "good.net"));
    let ran = place.run(&["hunt", "logs", "--value", "evil-c2.net", "--lang", "ja"]);
    let text = ran.stdout().replace(['\n', ' '], "");
    assert!(
        text.contains("暗号化されたParquetファイルは読んでい"),
        "{}",
        ran.stdout()
    );
}

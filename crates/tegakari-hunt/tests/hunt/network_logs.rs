//! What devices, name servers, balancers and the audit system write: whom a hit is about, when it was, how it stood
//! there, and that the records count as visibility. The samples are those of `testdata`.

use tegakari_hunt::{Asked, Outcome, Plan, conclude};
use tegakari_model::{HuntResult, ObservableKind as K, Relation as R, Telemetry as T};

use crate::{hunt, plan, sightings};

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/testdata/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Hunts in one text, in a year that ends with 2026.
fn result(plan: &Plan, inputs: &[(&str, &[u8])]) -> HuntResult {
    let mut all = Outcome::default();
    for (name, bytes) in inputs {
        all.merge(hunt(name, bytes, plan));
    }
    let asked = Asked {
        not_after: Some("2026-06-01T00:00:00Z".parse().unwrap()),
        ..Asked::default()
    };
    conclude(all, plan, &[], asked)
}

/// Asset, records, clock of the first, relation, telemetry.
type Hit = (Option<&'static str>, u64, &'static str, R, &'static [T]);

fn check(wrong: &mut Vec<String>, file: &str, kind: K, value: &str, want: &[Hit]) {
    let bytes = sample(file);
    let result = result(&plan(&[(kind, value)]), &[(file, &bytes)]);
    let got: Vec<_> = sightings(&result, value)
        .iter()
        .map(|s| {
            let first = s
                .first
                .map_or(String::new(), |t| t.to_string()[..19].to_owned());
            (
                s.asset.clone(),
                s.count,
                first,
                s.relation,
                s.telemetry.clone(),
            )
        })
        .collect();
    let want: Vec<_> = want
        .iter()
        .map(|(asset, count, clock, relation, telemetry)| {
            let first = format!("2026-02-03T04:05:{clock}");
            (
                asset.map(str::to_owned),
                *count,
                first,
                *relation,
                telemetry.to_vec(),
            )
        })
        .collect();
    if got != want {
        wrong.push(format!("{value} in {file}: {got:#?}"));
    }
}

#[test]
fn a_hit_says_whose_it_is_and_when() {
    let mut wrong = Vec::new();
    let hash = "3fb81913c2daf36530c9ae011feebeb5bc61432969598e2dfaa52fc2ce839f20";
    let url = "http://c2.evil.example/a?id=7";
    let flow = &[T::Flow][..];
    check(
        &mut wrong,
        "cef/edr.log",
        K::Ipv4,
        "203.0.113.9",
        &[(Some("ws-07"), 1, "06", R::Exact, flow)],
    );
    check(
        &mut wrong,
        "cef/edr.log",
        K::Sha256,
        hash,
        &[(Some("ws-07"), 1, "07", R::Exact, &[T::FileSha256])],
    );
    check(
        &mut wrong,
        "cef/edr.log",
        K::Url,
        url,
        &[(
            Some("192.168.7.8"),
            1,
            "08",
            R::Decoded,
            &[T::HttpHost, T::HttpUrl],
        )],
    );
    check(
        &mut wrong,
        "leef/qradar.log",
        K::Ipv4,
        "203.0.113.9",
        &[(Some("ws-07"), 1, "06", R::Exact, flow)],
    );
    check(
        &mut wrong,
        "leef/qradar.log",
        K::Md5,
        "9e107d9d372bb6826bd81d3542a419d6",
        &[(Some("ws-07"), 1, "07", R::Exact, &[T::FileMd5])],
    );
    check(
        &mut wrong,
        "leef/qradar.log",
        K::Url,
        url,
        &[(
            Some("192.168.7.8"),
            1,
            "08",
            R::Exact,
            &[T::HttpHost, T::HttpUrl],
        )],
    );
    check(
        &mut wrong,
        "haproxy/lb.log",
        K::Domain,
        "c2.evil.example",
        &[(Some("192.168.7.7"), 1, "07", R::Host, &[T::HttpHost])],
    );
    check(
        &mut wrong,
        "haproxy/lb.log",
        K::Ipv4,
        "203.0.113.7",
        &[(Some("lb-1"), 2, "06", R::Exact, &[T::HttpUrl, T::Other])],
    );
    check(
        &mut wrong,
        "haproxy/lb.log",
        K::Url,
        "http://www.corp.example/login.php?a=1",
        &[(Some("lb-1"), 1, "06", R::Joined, &[T::HttpUrl])],
    );
    check(
        &mut wrong,
        "dnsmasq/pihole.log",
        K::Domain,
        "c2.evil.example",
        &[
            (Some("192.168.7.8"), 1, "06", R::Exact, &[T::Dns]),
            (Some("ws-07"), 1, "06", R::Exact, &[T::Dns]),
            (None, 1, "06", R::Exact, &[T::Dns]),
        ],
    );
    check(
        &mut wrong,
        "bind/query.log",
        K::Domain,
        "evil.example",
        &[(Some("192.168.7.7"), 2, "06", R::Subdomain, &[T::Dns])],
    );
    check(
        &mut wrong,
        "windows-dns/dns.log",
        K::Domain,
        "c2.evil.example",
        &[(Some("192.168.7.7"), 2, "06", R::Joined, &[T::Dns])],
    );
    check(
        &mut wrong,
        "windows-dns/dns.log",
        K::Ipv4,
        "203.0.113.9",
        &[(Some("192.168.7.7"), 1, "06", R::Exact, &[T::DnsAnswer])],
    );
    check(
        &mut wrong,
        "aws-elb/alb.log",
        K::Ipv4,
        "203.0.113.7",
        &[
            (
                Some("192.168.7.20"),
                3,
                "06",
                R::Exact,
                &[T::HttpUrl, T::UserAgent, T::Other],
            ),
            (
                None,
                1,
                "07",
                R::Exact,
                &[T::HttpUrl, T::UserAgent, T::Other],
            ),
        ],
    );
    for file in ["nfdump/line.txt", "netflow/flows.jsonl", "csv/nfdump.csv"] {
        let hit = (Some("192.168.7.7"), 1, "06", R::Exact, flow);
        let other = match file {
            "nfdump/line.txt" => None,
            "netflow/flows.jsonl" => Some((Some("192.168.7.8"), 1, "07", R::Exact, flow)),
            _ => Some((Some("192.168.7.8"), 1, "08", R::Exact, flow)),
        };
        let want: Vec<Hit> = std::iter::once(hit).chain(other).collect();
        check(&mut wrong, file, K::Ipv4, "203.0.113.9", &want);
    }
    check(
        &mut wrong,
        "auditd/audit.log",
        K::Url,
        "http://c2.evil.example/a",
        &[(Some("srv-1"), 1, "06", R::Decoded, &[T::CommandLine])],
    );
    check(
        &mut wrong,
        "auditd/audit.log",
        K::Ipv4,
        "203.0.113.9",
        &[(Some("srv-1"), 1, "07", R::Decoded, &[T::Flow])],
    );
    check(
        &mut wrong,
        "auditd/audit.log",
        K::Ipv4,
        "203.0.113.7",
        &[(Some("srv-1"), 1, "08", R::Exact, &[T::Logon])],
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lines with the same form as those of the samples, some of them cut or wrong: records, bad ones, format.
#[test]
fn a_broken_line_costs_that_line() {
    let cut = |file: &str, from: &str, to: &str| {
        let text = String::from_utf8(sample(file)).unwrap();
        text.replacen(from, to, 1)
    };
    for (text, format, records, bad) in [
        (
            cut(
                "cef/edr.log",
                "CEF:0|Example|NetWall|9.1|TRAFFIC|end|3|rt",
                "CEF:0|",
            ),
            "cef",
            3,
            0,
        ),
        (
            cut(
                "cef/edr.log",
                "CEF:0|Example|Shield|2|100|Malware blocked|8|rt=Feb 03 2026 04:05:07",
                "CEF:",
            ),
            "cef",
            3,
            1,
        ),
        (
            cut(
                "bind/query.log",
                "03-Feb-2026 04:05:07",
                "03-Foo-2026 04:05:07",
            ),
            "bind",
            3,
            1,
        ),
        (
            cut(
                "aws-elb/alb.log",
                "2026-02-03T04:05:08",
                "2026-02-33T04:05:08",
            ),
            "aws-elb",
            4,
            1,
        ),
        (
            cut("auditd/audit.log", "audit(1770091508.123:9)", "audit("),
            "auditd",
            3,
            1,
        ),
        (
            cut(
                "windows-dns/dns.log",
                "2/3/2026 4:05:07 AM 0F8C",
                "2/3/2026 4:0",
            ),
            "windows-dns",
            2,
            0,
        ),
        (
            cut("nfdump/line.txt", "192.168.7.1:53", "192.168.7.1.53.1"),
            "nfdump",
            3,
            1,
        ),
    ] {
        let result = result(&plan(&[]), &[("x", text.as_bytes())]);
        let input = &result.coverage.inputs[0];
        assert_eq!(
            (input.format.as_str(), input.records, input.bad_records),
            (format, records, bad),
            "{text}"
        );
    }
}

#[test]
fn the_records_count_as_visibility_for_what_they_show() {
    for (file, kind, value, asset) in [
        ("cef/edr.log", K::Ipv4, "198.51.100.1", "ws-07"),
        ("leef/qradar.log", K::Ipv4, "198.51.100.1", "ws-07"),
        ("dnsmasq/pihole.log", K::Domain, "other.example", "ws-07"),
        ("bind/query.log", K::Domain, "other.example", "192.168.7.7"),
        (
            "windows-dns/dns.log",
            K::Domain,
            "other.example",
            "192.168.7.7",
        ),
        ("haproxy/lb.log", K::Domain, "other.example", "192.168.7.7"),
        (
            "netflow/flows.jsonl",
            K::Ipv4,
            "198.51.100.1",
            "192.168.7.7",
        ),
        ("nfdump/line.txt", K::Ipv4, "198.51.100.1", "192.168.7.7"),
    ] {
        let bytes = sample(file);
        let result = result(&plan(&[(kind, value)]), &[(file, &bytes)]);
        let visible = crate::finding(&result, value).visibility();
        assert!(
            visible.assets_whole.iter().any(|a| a == asset),
            "{file}: {visible:?}"
        );
    }
}

//! What devices, name servers, balancers and the audit system write: whom a hit is about, when it was, how it stood
//! there, and that the records count as visibility. The samples are those of `testdata`.

use tegakari_model::{ObservableKind as K, Relation as R, Telemetry as T};

use crate::{plan, result, sightings};

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/testdata/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Asset, records, clock of the first, relation, telemetry.
type Hit = (Option<&'static str>, u64, &'static str, R, &'static [T]);

fn check(file: &str, kind: K, value: &str, want: &[Hit]) {
    let bytes = sample(file);
    let result = result(&plan(&[(kind, value)]), &[(file, &bytes)], &[]);
    let got: Vec<_> = sightings(&result, value)
        .iter()
        .map(|s| {
            let first = s.first.map_or(String::new(), |t| t.to_string()[..19].to_owned());
            (s.asset.clone(), s.count, first, s.relation, s.telemetry.clone())
        })
        .collect();
    let want: Vec<_> = want
        .iter()
        .map(|(asset, count, clock, relation, telemetry)| {
            let first = format!("2026-02-03T04:05:{clock}");
            (asset.map(str::to_owned), *count, first, *relation, telemetry.to_vec())
        })
        .collect();
    assert_eq!(got, want, "{value} in {file}");
}

#[test]
fn a_hit_says_whose_it_is_and_when() {
    let hash = "3fb81913c2daf36530c9ae011feebeb5bc61432969598e2dfaa52fc2ce839f20";
    let url = "http://c2.evil.example/a?id=7";
    let flow = &[T::Flow][..];
    check("cef/edr.log", K::Ipv4, "203.0.113.9", &[(Some("ws-07"), 1, "06", R::Exact, flow)]);
    check("cef/edr.log", K::Sha256, hash, &[(Some("ws-07"), 1, "07", R::Exact, &[T::FileSha256])]);
    check(
        "cef/edr.log",
        K::Url,
        url,
        &[(Some("192.168.7.8"), 1, "08", R::Decoded, &[T::HttpHost, T::HttpUrl])],
    );
    check("leef/qradar.log", K::Ipv4, "203.0.113.9", &[(Some("ws-07"), 1, "06", R::Exact, flow)]);
    check(
        "leef/qradar.log",
        K::Md5,
        "d41d8cd98f00b204e9800998ecf8427e",
        &[(Some("ws-07"), 1, "07", R::Exact, &[T::FileMd5])],
    );
    check(
        "leef/qradar.log",
        K::Url,
        url,
        &[(Some("192.168.7.8"), 1, "08", R::Exact, &[T::HttpHost, T::HttpUrl])],
    );
    check(
        "haproxy/lb.log",
        K::Domain,
        "c2.evil.example",
        &[(Some("192.168.7.7"), 1, "07", R::Exact, &[T::HttpHost])],
    );
    check("haproxy/lb.log", K::Ipv4, "203.0.113.7", &[(Some("lb-1"), 2, "06", R::Exact, &[T::HttpUrl, T::Other])]);
    check(
        "haproxy/lb.log",
        K::Url,
        "http://www.corp.example/login.php?a=1",
        &[(Some("lb-1"), 1, "06", R::Joined, &[T::HttpUrl])],
    );
    check(
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
        "bind/query.log",
        K::Domain,
        "evil.example",
        &[(Some("192.168.7.7"), 2, "06", R::Subdomain, &[T::Dns])],
    );
    check(
        "windows-dns/dns.log",
        K::Domain,
        "c2.evil.example",
        &[(Some("192.168.7.7"), 2, "06", R::Joined, &[T::Dns])],
    );
    check(
        "windows-dns/dns.log",
        K::Ipv4,
        "203.0.113.9",
        &[(Some("192.168.7.7"), 1, "06", R::Exact, &[T::DnsAnswer])],
    );
    check(
        "aws-elb/alb.log",
        K::Ipv4,
        "203.0.113.7",
        &[
            (Some("192.168.7.20"), 3, "06", R::Exact, &[T::HttpUrl, T::UserAgent, T::Other]),
            (None, 1, "07", R::Exact, &[T::HttpUrl, T::UserAgent]),
        ],
    );
}

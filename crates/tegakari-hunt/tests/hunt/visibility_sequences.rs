//! Numbers of records, sensors that lose traffic, clocks and zones, and names of inner zones.

use tegakari_hunt::{Asked, InventoryAsset, Outcome, Plan, ZoneOf, conclude};
use tegakari_model::{HuntResult, ObservableKind as K, TimeRange, Timestamp};

use crate::{finding, hunt, indicators};

/// 2025-03-04T00:00:00Z.
const BEGIN: i64 = 1_741_046_400;
const HOURS: i64 = 6;

fn inventory() -> Vec<InventoryAsset> {
    vec![InventoryAsset {
        name: "ws-01.corp.example".to_owned(),
        addresses: vec!["10.0.0.1".to_owned()],
        ..InventoryAsset::default()
    }]
}

fn ask(files: &[(&str, String)], zones: &[(&str, &str)]) -> HuntResult {
    let time = |hour: i64| Timestamp::from_second(BEGIN + hour * 3600).ok();
    let window = TimeRange {
        from: time(0),
        until: time(HOURS),
    };
    let values = [
        (K::Domain, "evil.example.net"),
        (K::Ipv4, "203.0.114.9"),
        (K::CommandLine, "evil.exe --very"),
        (K::Email, "spy@evil.example.net"),
    ];
    let zones = zones
        .iter()
        .map(|(of, zone)| ZoneOf::fixed(of, zone).unwrap());
    let plan = Plan::new(indicators(&values), window)
        .0
        .with_inventory(&inventory())
        .with_zones(zones.collect());
    let mut all = Outcome::default();
    for (name, text) in files {
        all.merge(hunt(name, text.as_bytes(), &plan));
    }
    conclude(all, &plan, &inventory(), Asked::default())
}

fn clock(second: i64) -> String {
    Timestamp::from_second(second).unwrap().to_string()
}

/// A record every ten minutes, but for those with these numbers.
fn numbered(without: &[i64], one: impl Fn(i64, i64) -> String) -> String {
    (0..HOURS * 6)
        .filter(|n| !without.contains(n))
        .map(|n| one(n + 500, BEGIN + n * 600 + 60) + "\n")
        .collect()
}

#[test]
fn numbers_that_are_left_out_darken_their_hour_in_every_export() {
    let csv = |n: i64, at: i64| format!("{},ws-01,Security,4688,{n},C:\\a.exe,a.exe -k", clock(at));
    let header = "TimeCreated,Computer,LogName,EventID,RecordId,Image,CommandLine\n";
    let ecs = |n: i64, at: i64| {
        format!(
            "{{\"@timestamp\":\"{}\",\"host.name\":\"ws-01\",\"winlog.channel\":\"Microsoft-Windows-Sysmon/Operational\",\"winlog.event_id\":1,\"winlog.record_id\":{n},\"Image\":\"C:\\\\a.exe\",\"CommandLine\":\"a.exe -k\"}}",
            clock(at)
        )
    };
    let wazuh = |n: i64, at: i64| {
        format!(
            "{{\"timestamp\":\"{0}\",\"agent\":{{\"name\":\"ws-01\"}},\"data\":{{\"win\":{{\"system\":{{\"channel\":\"Microsoft-Windows-Sysmon/Operational\",\"eventID\":\"1\",\"eventRecordID\":\"{n}\",\"computer\":\"ws-01\",\"systemTime\":\"{0}\"}},\"eventdata\":{{\"image\":\"C:\\\\a.exe\",\"commandLine\":\"a.exe -k\"}}}}}}}}",
            clock(at)
        )
    };
    let powershell = |n: i64, at: i64| {
        format!(
            "{{\"Id\":1,\"RecordId\":{n},\"LogName\":\"Microsoft-Windows-Sysmon/Operational\",\"MachineName\":\"ws-01\",\"TimeCreated\":\"{}\",\"Image\":\"C:\\\\a.exe\",\"CommandLine\":\"a.exe -k\",\"Message\":\"Process Create\"}}",
            clock(at)
        )
    };
    let syslog = |n: i64, at: i64| {
        format!(
            "<22>1 {} ws-01 postfix/qmgr 7 - [meta sequenceId=\"{n}\"] from=<a@example.org>, size=1",
            clock(at)
        )
    };
    type Line<'a> = &'a dyn Fn(i64, i64) -> String;
    let all: [(&str, &str, Line<'_>, &str); 5] = [
        ("a.csv", header, &csv, "evil.exe --very"),
        ("ecs.json", "", &ecs, "evil.exe --very"),
        ("wazuh.json", "", &wazuh, "evil.exe --very"),
        ("ps.json", "", &powershell, "evil.exe --very"),
        ("mail.log", "", &syslog, "spy@evil.example.net"),
    ];
    for (name, header, line, value) in all {
        let visible = |without: &[i64]| {
            let text = header.to_owned() + &numbered(without, line);
            let result = ask(&[(name, text)], &[]);
            let told = result
                .problems
                .iter()
                .any(|one| one.what.contains("are missing"));
            (finding(&result, value).visibility().visible, told)
        };
        assert_eq!(visible(&[]), (6, false), "{name}");
        // Number 14 is of 02:21: that hour is not whole.
        assert_eq!(visible(&[14]), (5, true), "{name}");
        // And over the end of an hour both.
        assert_eq!(visible(&[17, 18]), (4, true), "{name}");
    }
}

#[test]
fn a_sensor_that_drops_packets_is_not_whole() {
    let flow = |at: i64| {
        format!(
            "{{\"timestamp\":\"{}\",\"event_type\":\"flow\",\"src_ip\":\"10.0.0.1\",\"src_port\":5000,\"dest_ip\":\"198.51.101.7\",\"dest_port\":443,\"proto\":\"TCP\"}}\n",
            clock(at)
        )
    };
    let stats = |at: i64, packets: u64, drops: u64| {
        format!(
            "{{\"timestamp\":\"{}\",\"event_type\":\"stats\",\"stats\":{{\"uptime\":8,\"capture\":{{\"kernel_packets\":{packets},\"kernel_drops\":{drops}}}}}}}\n",
            clock(at)
        )
    };
    let visible = |drops: [u64; 6]| {
        let text: String = (0..HOURS)
            .zip(drops)
            .map(|(hour, drops)| {
                let at = BEGIN + hour * 3600 + 60;
                flow(at) + &stats(at + 120, (hour as u64 + 1) * 10_000, drops) + &flow(at + 180)
            })
            .collect();
        let result = ask(&[("eve.json", text)], &[]);
        finding(&result, "203.0.114.9").visibility().visible
    };
    assert_eq!(visible([0; 6]), 6);
    // Less than one of a hundred.
    assert_eq!(visible([0, 0, 20, 40, 60, 80]), 6);
    // Between the records of statistics of 02:03 and 03:03.
    assert_eq!(visible([0, 0, 0, 900, 900, 900]), 4);
}

#[test]
fn a_zone_that_somebody_says_puts_times_right() {
    let table: String = std::iter::once("time,src,query\n".to_owned())
        .chain((0..HOURS).map(|hour| {
            let time = clock(BEGIN + hour * 3600 + 60 + 9 * 3600);
            format!(
                "{},10.0.0.1,www.example.org\n",
                time.replace('T', " ").replace('Z', "")
            )
        }))
        .collect();
    let visible = |zones: &[(&str, &str)]| {
        let result = ask(&[("logs/dns.csv", table.clone())], zones);
        finding(&result, "evil.example.net").visibility().visible
    };
    assert_eq!(visible(&[]), 0);
    assert_eq!(visible(&[("*.csv", "+09:00")]), 6);
    assert_eq!(visible(&[("*.log", "+09:00")]), 0);
    assert_eq!(visible(&[("logs", "+08:00")]), 5);
    // Times that say their zone are not moved.
    let zoned = table.replace(",10.0.0.1", "+09:00,10.0.0.1");
    let result = ask(&[("dns.csv", zoned)], &[("*", "+01:00")]);
    assert_eq!(finding(&result, "evil.example.net").visibility().visible, 6);
}

#[test]
fn two_sources_whose_clocks_differ_are_told_and_held_as_partial() {
    let dns = |n: i64, late: i64| {
        format!(
            "{{\"_path\":\"dns\",\"ts\":{}.5,\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":5353,\"id.resp_h\":\"10.9.9.9\",\"id.resp_p\":53,\"query\":\"host-{n}.example.org\",\"qtype_name\":\"A\"}}\n",
            BEGIN + n * 200 + 60 + late
        )
    };
    let http = |n: i64, late: i64| {
        format!(
            "{{\"_path\":\"http\",\"ts\":{}.5,\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":5353,\"id.resp_h\":\"198.51.101.7\",\"id.resp_p\":80,\"method\":\"GET\",\"host\":\"host-{n}.example.org\",\"uri\":\"/\"}}\n",
            BEGIN + n * 200 + 61 + late
        )
    };
    let tls = |n: i64, late: i64| {
        format!(
            "{{\"_path\":\"ssl\",\"ts\":{}.5,\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":5353,\"id.resp_h\":\"198.51.101.7\",\"id.resp_p\":443,\"server_name\":\"host-{n}.example.org\"}}\n",
            BEGIN + n * 200 + 62 + late
        )
    };
    let text = |one: &dyn Fn(i64, i64) -> String, late: i64| -> String {
        (0..90).map(|n| one(n, late)).collect()
    };
    let check = |files: &[(&str, String)]| {
        let result = ask(files, &[]);
        let told: Vec<&str> = result
            .problems
            .iter()
            .filter(|one| one.what.contains("stand once"))
            .map(|one| one.what.as_str())
            .collect();
        let partial: Vec<&str> = result
            .coverage
            .sources
            .iter()
            .filter(|one| !one.partial_hours.is_empty())
            .map(|one| one.source.as_str())
            .collect();
        (told.join("\n"), partial.join(","))
    };
    let (told, partial) = check(&[("dns.log", text(&dns, 0)), ("http.log", text(&http, 0))]);
    assert_eq!((told.as_str(), partial.as_str()), ("", ""));
    // Two: nobody can tell which of them is right.
    let (told, partial) = check(&[("dns.log", text(&dns, 0)), ("http.log", text(&http, 3600))]);
    assert!(told.contains("1:00:0"), "{told}");
    assert_eq!(partial, "zeek-json dns,zeek-json http");
    // Three: two agree.
    let (told, partial) = check(&[
        ("dns.log", text(&dns, 0)),
        ("http.log", text(&http, 3600)),
        ("ssl.log", text(&tls, 0)),
    ]);
    assert!(
        told.contains("hours of zeek-json http do not count"),
        "{told}"
    );
    assert_eq!(partial, "zeek-json http");
}

#[test]
fn names_of_inner_zones_and_addresses_for_special_use_prove_nothing() {
    let lit = |path: &str, rest: &str| {
        let line = format!(
            "{{\"_path\":\"{path}\",\"ts\":{}.5,\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":5353,{rest}}}\n",
            BEGIN + 60
        );
        let result = ask(&[("a.log", line.repeat(3))], &[]);
        let visible = |value: &str| finding(&result, value).visibility().visible;
        (visible("evil.example.net"), visible("203.0.114.9"))
    };
    let dns = |name: &str| {
        lit("dns", &format!("\"id.resp_h\":\"10.9.9.9\",\"id.resp_p\":53,\"query\":\"{name}\",\"qtype_name\":\"A\"")).0
    };
    for inner in [
        "nas.lan",
        "db.corp.internal",
        "printer.home.arpa",
        "_ldap._tcp.dc._msdcs.example.com",
        "srv.corp.example",
        "SRV.Corp.Example.",
        "1.0.0.10.in-addr.arpa",
    ] {
        assert_eq!(dns(inner), 0, "{inner}");
    }
    assert_eq!(dns("www.example.org"), 1);
    assert_eq!(dns("www.notcorp.example"), 1);
    let conn = |to: &str| {
        lit(
            "conn",
            &format!(
                "\"id.resp_h\":\"{to}\",\"id.resp_p\":443,\"proto\":\"tcp\",\"conn_state\":\"SF\""
            ),
        )
        .1
    };
    for special in [
        "100.64.7.7",
        "198.18.0.9",
        "192.0.0.8",
        "224.0.0.5",
        "239.255.255.250",
    ] {
        assert_eq!(conn(special), 0, "{special}");
    }
    assert_eq!(conn("198.51.101.7"), 1);
}

//! What a negative is worth, and what visibility it rests on behind a proxy and among our own addresses.

use tegakari_hunt::{Asked, Assumptions, Held, InventoryAsset, Outcome, Plan, conclude};
use tegakari_model::{
    Finding, HuntResult, Measure, MeasuredDetection, ObservableKind as K, Telemetry, TimeRange,
};

use crate::{finding, hunt, indicators, sightings};

/// 2025-03-04T00:00:00Z.
const BEGIN: i64 = 1_741_046_400;

fn dns(hour: i64, client: &str, query: &str) -> String {
    let ts = BEGIN + hour * 3600 + 60;
    format!(
        "{{\"ts\":{ts}.5,\"uid\":\"C1\",\"id.orig_h\":\"{client}\",\"id.orig_p\":5353,\"id.resp_h\":\"10.9.9.9\",\"id.resp_p\":53,\"proto\":\"udp\",\"query\":\"{query}\",\"qtype_name\":\"A\"}}\n"
    )
}

fn conn(hour: i64, client: &str, server: &str) -> String {
    let ts = BEGIN + hour * 3600 + 60;
    format!(
        "{{\"ts\":{ts}.5,\"uid\":\"C1\",\"id.orig_h\":\"{client}\",\"id.orig_p\":5353,\"id.resp_h\":\"{server}\",\"id.resp_p\":8080,\"proto\":\"tcp\",\"conn_state\":\"SF\"}}\n"
    )
}

fn machine(name: &str, address: &str) -> InventoryAsset {
    InventoryAsset {
        name: name.to_owned(),
        addresses: vec![address.to_owned()],
        ..InventoryAsset::default()
    }
}

fn ask(
    values: &[(K, &str)],
    inputs: &[(&str, String)],
    inventory: &[InventoryAsset],
    assumptions: Assumptions,
) -> HuntResult {
    let time = |hour: i64| tegakari_model::Timestamp::from_second(BEGIN + hour * 3600).ok();
    let window = TimeRange {
        from: time(0),
        until: time(4),
    };
    let plan = Plan::new(indicators(values), window)
        .0
        .with_inventory(inventory);
    let mut all = Outcome::default();
    for (name, text) in inputs {
        all.merge(hunt(name, text.as_bytes(), &plan));
    }
    conclude(
        all,
        &plan,
        inventory,
        Asked {
            assumptions,
            ..Asked::default()
        },
    )
}

fn two() -> [InventoryAsset; 2] {
    [machine("ws-01", "10.0.0.1"), machine("ws-02", "10.0.0.2")]
}

fn log(hours: &[i64]) -> Vec<(&'static str, String)> {
    let lines: String = hours
        .iter()
        .map(|h| dns(*h, "10.0.0.1", "www.example.org"))
        .collect();
    vec![("dns.log", lines)]
}

#[test]
fn a_negative_is_worth_what_would_have_been_seen() {
    let check = |values: &[(K, &str)], hours: &[i64], assumed: Assumptions, want: f64| {
        let result = ask(values, &log(hours), &two(), assumed);
        let strength = result.strength.unwrap();
        assert_eq!(strength.assets[0].probability, 0.0, "nothing shows ws-02");
        assert_eq!(strength.assets[1].probability, want, "{values:?} {hours:?}");
        assert_eq!(strength.organisation, (want / 2.0 * 1e4).round() / 1e4);
    };
    let one = [(K::Domain, "evil.example")];
    let many = [
        (K::Domain, "evil.example"),
        (K::Domain, "bad.example"),
        (K::Domain, "c2.example"),
    ];
    let whole = [0, 1, 2, 3];
    // 60 % of victims, a log that shows 95 %.
    check(&one, &whole, Assumptions::default(), 0.57);
    // A kind counts once, however many there are of it.
    check(&many, &whole, Assumptions::default(), 0.57);
    // What cannot show adds nothing.
    let with_hash = [one[0], (K::Md5, "d41d8cd98f00b204e9800998ecf8427f")];
    check(&with_hash, &whole, Assumptions::default(), 0.57);
    // It goes on for hours: the last hour shows what began before, the first one only what began then.
    check(&one, &[3], Assumptions::default(), 0.57);
    check(&one, &[0], Assumptions::default(), 0.1425);
    // A drill's measurement takes the place of what was assumed; of a machine before that of all.
    let measured = |asset: Option<&str>, probability: f64| MeasuredDetection {
        telemetry: Telemetry::Dns,
        asset: asset.map(str::to_owned),
        probability,
    };
    let drilled = Assumptions::default().with_measured([measured(None, 0.4)]);
    check(&one, &whole, drilled, 0.24);
    let drilled =
        Assumptions::default().with_measured([measured(None, 0.9), measured(Some("ws-01"), 0.5)]);
    check(&one, &whole, drilled, 0.3);
}

#[test]
fn the_cheapest_changes_are_worked_out_again_and_again() {
    let values = [
        (K::Domain, "evil.example"),
        (K::Md5, "d41d8cd98f00b204e9800998ecf8427e"),
    ];
    let result = ask(&values, &log(&[0, 1, 2, 3]), &two(), Assumptions::default());
    let strength = result.strength.unwrap();
    let first = &strength.improvements[0];
    assert_eq!(
        (first.measure, first.assets.as_slice()),
        (Measure::DnsLog, &["ws-02".to_owned()][..])
    );
    assert_eq!((first.from, first.to, first.cost), (0.285, 0.57, 0.1));
    let second = &strength.improvements[1];
    assert_eq!(second.measure, Measure::EndpointSensor);
    assert_eq!((second.assets.len(), second.from), (2, 0.57));
    // Half dependent: between the larger of both and what two independent ones give.
    let apart = 1.0 - (1.0 - 0.57) * (1.0 - 0.25 * 0.95);
    assert!(
        (second.to - (0.57 + apart) / 2.0).abs() < 1e-4,
        "{second:?}"
    );
    assert_eq!(strength.improvements.len(), 2);
}

#[test]
fn behind_a_proxy_what_a_machine_connects_to_is_seen_at_the_proxy() {
    let inventory = [
        machine("ws-01", "10.0.0.1"),
        machine("proxy-01", "10.0.0.8"),
    ];
    let values = [(K::Ipv4, "203.0.114.9"), (K::Domain, "evil.example")];
    let none =
        |result: &HuntResult, value: &str| finding(result, value).visibility().assets_none.clone();
    // The machine's own flow records and look-ups show the proxy, not what is behind it.
    let own: String = (0..4)
        .map(|h| conn(h, "10.0.0.1", "10.0.0.8") + &dns(h, "10.0.0.1", "intranet.corp.example"))
        .collect();
    let zeek = [("conn.log", own.clone())];
    let result = ask(&values, &zeek, &inventory, Assumptions::default());
    assert_eq!(none(&result, "203.0.114.9"), ["proxy-01", "ws-01"]);
    assert!(
        result
            .problems
            .iter()
            .any(|p| p.place == "proxies" && p.what.contains("proxy-01"))
    );
    assert!(matches!(
        finding(&result, "203.0.114.9"),
        Finding::CannotTell { .. }
    ));
    assert!(
        finding(&result, "203.0.114.9")
            .gaps()
            .iter()
            .any(|gap| gap.assets == ["proxy-01"])
    );
    // With the proxy's own connections it is.
    let beyond: String = (0..4)
        .map(|h| conn(h, "10.0.0.8", "198.51.101.7"))
        .collect();
    let zeek = [("conn.log", own), ("more.log", beyond)];
    let result = ask(&values, &zeek, &inventory, Assumptions::default());
    assert!(none(&result, "203.0.114.9").is_empty());
}

#[test]
fn an_address_of_ours_is_only_seen_by_the_machines_themselves() {
    let lines: String = (0..4).map(|h| conn(h, "10.0.0.1", "10.0.0.2")).collect();
    let values = [(K::Ipv4, "10.0.0.77"), (K::Ipv4, "203.0.114.9")];
    let result = ask(
        &values,
        &[("conn.log", lines)],
        &two(),
        Assumptions::default(),
    );
    assert_eq!(finding(&result, "10.0.0.77").visibility().visible, 0);
    // And what passes between machines of ours shows no address outside.
    assert_eq!(finding(&result, "203.0.114.9").visibility().visible, 0);
}

#[test]
fn a_lease_says_who_had_an_address_at_that_time() {
    let held = |from: i64, until: i64| Held {
        address: "10.0.0.7".to_owned(),
        from: tegakari_model::Timestamp::from_second(BEGIN + from * 3600).unwrap(),
        until: tegakari_model::Timestamp::from_second(BEGIN + until * 3600).unwrap(),
    };
    let with = |name: &str, held: Held| InventoryAsset {
        name: name.to_owned(),
        held: vec![held],
        ..InventoryAsset::default()
    };
    let inventory = [with("ws-a", held(0, 1)), with("ws-b", held(2, 4))];
    let log = dns(0, "10.0.0.7", "evil.example") + &dns(3, "10.0.0.7", "bad.example");
    let values = [(K::Domain, "evil.example"), (K::Domain, "bad.example")];
    let result = ask(
        &values,
        &[("dns.log", log)],
        &inventory,
        Assumptions::default(),
    );
    let on = |value: &str| sightings(&result, value)[0].asset.clone();
    assert_eq!(on("evil.example").as_deref(), Some("ws-a"));
    // Between the leases nobody had it, as far as anybody knows; a minute after the one began, the other had ended.
    let short = [with("ws-a", held(0, 1)), with("ws-b", held(2, 3))];
    let log = dns(1, "10.0.0.7", "evil.example") + &dns(3, "10.0.0.7", "bad.example");
    let late = ask(&values, &[("dns.log", log)], &short, Assumptions::default());
    for value in ["evil.example", "bad.example"] {
        assert_eq!(
            sightings(&late, value)[0].asset.as_deref(),
            Some("10.0.0.7")
        );
    }
    assert_eq!(on("bad.example").as_deref(), Some("ws-b"));
}

#[test]
fn missing_numbers_lost_traffic_and_outages_are_told_and_darken_their_hours() {
    let event = |number: u64, hour: i64| {
        format!(
            "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"Microsoft-Windows-Sysmon\"/><EventID>1</EventID><EventRecordID>{number}</EventRecordID><TimeCreated SystemTime=\"2025-03-04T{hour:02}:01:00.0Z\"/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws-01</Computer></System><EventData><Data Name=\"Image\">C:\\a.exe</Data><Data Name=\"Hashes\">MD5=0123456789ABCDEF0123456789ABCDEF</Data></EventData></Event>\n"
        )
    };
    let md5 = "d41d8cd98f00b204e9800998ecf8427f";
    let lit = |numbers: &[u64]| {
        let text: String = numbers
            .iter()
            .map(|n| event(*n, (*n as i64) / 20))
            .collect();
        let result = ask(
            &[(K::Md5, md5)],
            &[("a.xml", text)],
            &two(),
            Assumptions::default(),
        );
        let told = result
            .problems
            .iter()
            .any(|p| p.what.contains("ws-01 are missing"));
        let partial = result.coverage.sources[0].partial_hours.len();
        (finding(&result, md5).visibility().visible, partial, told)
    };
    let whole: Vec<u64> = (0..80).collect();
    assert_eq!(lit(&whole), (4, 0, false));
    let deleted: Vec<u64> = (0..80).filter(|n| !(43..47).contains(n)).collect();
    assert_eq!(lit(&deleted), (3, 1, true));

    let mut log: String = (0..4)
        .map(|h| dns(h, "10.0.0.1", "www.example.org"))
        .collect();
    let loss = |hour: i64, percent: &str| {
        format!(
            "{{\"ts\":{}.5,\"ts_delta\":900.0,\"peer\":\"zeek\",\"gaps\":3,\"acks\":100,\"percent_lost\":{percent}}}\n",
            BEGIN + hour * 3600
        )
    };
    let domain = [(K::Domain, "evil.example")];
    let inputs = [
        ("dns.log", log.clone()),
        ("capture_loss.log", loss(1, "0.2") + &loss(2, "7.5")),
    ];
    let result = ask(&domain, &inputs, &two(), Assumptions::default());
    assert_eq!(finding(&result, "evil.example").visibility().visible, 3);
    assert!(
        result
            .problems
            .iter()
            .any(|p| p.what.contains("lost traffic"))
    );

    // An outage of a source: dark already, and told.
    log = (0..40)
        .filter(|h| *h != 20)
        .map(|h| dns(h, "10.0.0.1", "www.example.org"))
        .collect();
    let plan = Plan::new(indicators(&domain), TimeRange::default()).0;
    let result = conclude(
        hunt("dns.log", log.as_bytes(), &plan),
        &plan,
        &two(),
        Asked::default(),
    );
    let told = result
        .problems
        .iter()
        .find(|p| p.what.contains("no record of any machine"))
        .unwrap();
    assert!(
        told.what.contains("1 h from 2025-03-04T20:00:00Z"),
        "{told:?}"
    );
    assert_eq!(finding(&result, "evil.example").visibility().visible, 39);
}

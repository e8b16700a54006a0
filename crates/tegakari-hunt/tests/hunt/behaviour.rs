use std::cell::Cell;
use std::io::Read;
use std::ops::ControlFlow;

use tegakari_hunt::{Asked, Input, InventoryAsset, Plan, conclude, hunt_input};
use tegakari_model::{Finding, ObservableKind as K, Relation, TimeRange};

use crate::{finding, indicators, plan, result, sightings};

fn conn(time: u32, from: &str, to: &str) -> String {
    format!(
        "{{\"ts\":{time}.5,\"uid\":\"C\",\"id.orig_h\":\"{from}\",\"id.resp_h\":\"{to}\",\"id.resp_p\":443,\"conn_state\":\"SF\"}}\n"
    )
}

const START: u32 = 1_770_091_200; // 2026-02-03T04:00:00Z

#[test]
fn an_address_is_the_machine_that_had_it_then() {
    let lease = |time: u32, name: &str| {
        format!(
            "{{\"ts\":{time}.0,\"uids\":[\"C\"],\"assigned_addr\":\"192.168.7.7\",\"host_name\":\"{name}\",\"msg_types\":[\"ACK\"]}}\n"
        )
    };
    let dhcp = lease(START, "ws-01") + &lease(START + 7200, "ws-02");
    let flows = conn(START + 60, "192.168.7.7", "203.0.113.9")
        + &conn(START + 7260, "192.168.7.7", "203.0.113.9");
    let result = result(
        &plan(&[(K::Ipv4, "203.0.113.9")]),
        &[
            ("dhcp.log", dhcp.as_bytes()),
            ("conn.log", flows.as_bytes()),
        ],
        &[],
    );
    let who: Vec<_> = sightings(&result, "203.0.113.9")
        .iter()
        .map(|s| (s.asset.as_deref().unwrap(), s.count, s.examples[0].line))
        .collect();
    assert_eq!(who, [("ws-01", 1, 1), ("ws-02", 1, 2)]);
}

#[test]
fn an_inventory_machine_without_logs_is_a_gap() {
    let mut text = String::new();
    for hour in 0..4 {
        text += &conn(START + hour * 3600, "192.168.7.7", "198.51.100.1");
    }
    let inventory = [
        InventoryAsset {
            name: "WS-01".into(),
            addresses: vec!["192.168.7.7".into()],
            ..InventoryAsset::default()
        },
        InventoryAsset {
            name: "ws-02.corp.example".into(),
            addresses: vec!["192.168.7.8".into()],
            ..InventoryAsset::default()
        },
    ];
    let result = result(
        &plan(&[(K::Ipv4, "203.0.113.9"), (K::Domain, "evil.example")]),
        &[("conn.log", text.as_bytes())],
        &inventory,
    );
    let address = finding(&result, "203.0.113.9");
    let seen = address.visibility();
    assert!(matches!(address, Finding::NotSeen { .. }));
    assert_eq!((seen.visible, seen.total), (4, 8));
    assert_eq!(
        (seen.assets_whole.as_slice(), seen.assets_none.as_slice()),
        (&["ws-01".to_owned()][..], &["ws-02".to_owned()][..])
    );
    assert_eq!(
        (address.gaps()[0].asset_hours, address.gaps().len()),
        (4, 1)
    );
    let name = finding(&result, "evil.example");
    assert!(matches!(name, Finding::CannotTell { .. }));
    assert_eq!(name.gaps()[0].asset_hours, 8);
}

#[test]
fn an_encrypted_url_is_not_visible_in_logs_of_clear_requests() {
    let http = format!(
        "{{\"ts\":{START}.0,\"uid\":\"C\",\"id.orig_h\":\"192.168.7.7\",\"id.resp_h\":\"198.51.100.1\",\"method\":\"GET\",\"host\":\"www.example.org\",\"uri\":\"/\"}}\n"
    );
    let result = result(
        &plan(&[
            (K::Url, "http://evil.example/a"),
            (K::Url, "https://evil.example/a"),
        ]),
        &[("http.log", http.as_bytes())],
        &[],
    );
    assert!(matches!(
        finding(&result, "http://evil.example/a"),
        Finding::NotSeen { .. }
    ));
    assert!(matches!(
        finding(&result, "https://evil.example/a"),
        Finding::CannotTell { .. }
    ));
}

#[test]
fn what_raw_text_cannot_show_is_joined() {
    let http = format!(
        "{{\"ts\":{START}.0,\"uid\":\"C\",\"id.orig_h\":\"192.168.7.7\",\"id.resp_h\":\"203.0.113.9\",\"method\":\"GET\",\"host\":\"c2.evil.example\",\"uri\":\"/gate.php\"}}\n"
    );
    let debug = "2026-02-03 04:00:05 PACKET 0000 UDP Rcv 192.168.7.7 Q [0001 D NOERROR] A (2)c2(4)evil(7)example(0)\n";
    let plan = plan(&[
        (K::Url, "http://c2.evil.example/gate.php"),
        (K::Domain, "evil.example"),
    ]);
    let result = result(
        &plan,
        &[("http.log", http.as_bytes()), ("dns.txt", debug.as_bytes())],
        &[],
    );
    assert_eq!(
        sightings(&result, "http://c2.evil.example/gate.php")[0].relation,
        Relation::Joined
    );
    let by_name: u64 = sightings(&result, "evil.example")
        .iter()
        .map(|s| s.count)
        .sum();
    assert_eq!(by_name, 2);
}

#[test]
fn a_header_is_no_record_whatever_is_looked_for() {
    let rows = "time,src,dst,dport,host,path\n\
        2026-02-03T04:00:05Z,192.168.7.7,203.0.113.9,80,c2.evil.example,/gate.php\n\
        2026-02-03T04:00:06Z,192.168.7.7,203.0.113.9,80,www.example.org,/gate.php\n";
    for (kind, value) in [
        (K::Domain, "c2.evil.example"),
        (K::Url, "http://c2.evil.example/gate.php"),
    ] {
        let plan = plan(&[(kind, value)]);
        let result = result(&plan, &[("web.csv", rows.as_bytes())], &[]);
        let input = &result.coverage.inputs[0];
        assert_eq!((input.records, input.bad_records), (2, 0), "{value}");
        assert_eq!(sightings(&result, value)[0].count, 1, "{value}");
    }
}

#[test]
fn columns_of_zeek_are_known_by_the_header_above_them() {
    let text = format!(
        "#separator \\x09\n#path\tdns\n#fields\tts\tuid\tid.orig_h\tquery\tanswers\n\
        {START}.5\tC\t192.168.7.7\tc2.evil.example\t198.51.100.1,203.0.113.9\n\
        #path\tunheard\n#fields\tid.orig_h\tts\tserver_name\tcipher\n\
        192.168.7.8\t{START}.5\tc2.evil.example\tx\n\
        192.168.7.9\t{START}.5\n"
    );
    let plan = plan(&[(K::Domain, "c2.evil.example")]);
    let result = result(&plan, &[("zeek.log", text.as_bytes())], &[]);
    let input = &result.coverage.inputs[0];
    assert_eq!((input.records, input.bad_records), (3, 1));
    let seen: Vec<_> = sightings(&result, "c2.evil.example")
        .iter()
        .map(|s| (s.asset.as_deref().unwrap(), s.count, s.first.is_some()))
        .collect();
    assert_eq!(seen, [("192.168.7.7", 1, true), ("192.168.7.8", 1, true)]);
}

#[test]
fn the_window_decides_what_counts_and_what_has_no_time_is_counted_apart() {
    let text = "2026-02-03 04:00:05 evil.example\n2026-02-03 06:00:05 evil.example\nno time evil.example\n";
    let window = TimeRange {
        from: Some("2026-02-03T04:00:00Z".parse().unwrap()),
        until: Some("2026-02-03T05:00:00Z".parse().unwrap()),
    };
    let (plan, _) = Plan::new(indicators(&[(K::Domain, "evil.example")]), window);
    let result = result(&plan, &[("a.log", text.as_bytes())], &[]);
    let seen = &sightings(&result, "evil.example")[0];
    assert_eq!((seen.count, seen.count_without_time), (2, 1));
    assert_eq!(seen.last.unwrap().to_string(), "2026-02-03T04:00:05Z");
}

#[test]
fn packed_and_wide_texts_are_searched_like_plain_ones() {
    let text = "2026-02-03 04:00:05 host evil.example\r\n".repeat(3);
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let packed = zstd_of(&wide);
    let result = result(
        &plan(&[(K::Domain, "evil.example")]),
        &[("a", &packed)],
        &[],
    );
    assert_eq!(sightings(&result, "evil.example")[0].count, 3);
}

fn zstd_of(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

#[test]
fn an_interrupted_hunt_keeps_what_it_found() {
    let line = "2026-02-03 04:00:05 evil.example\n";
    let endless = std::iter::repeat_n(line.as_bytes().to_vec(), 200_000)
        .flatten()
        .collect::<Vec<u8>>();
    let plan = plan(&[(K::Domain, "evil.example")]);
    let told = Cell::new(0_u64);
    let outcome = hunt_input(
        Input::new("a", endless.as_slice().take(u64::MAX)),
        &plan,
        &|bytes| {
            told.set(told.get() + bytes);
            if told.get() > 3_000_000 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    let result = conclude(outcome, &plan, &[], Asked::default());
    let count = sightings(&result, "evil.example")[0].count;
    assert!(
        result.partial && count > 1_000 && count < 200_000,
        "{count}"
    );
}

#[test]
fn a_version_is_no_address_in_any_format_and_an_address_stays_one() {
    let plan = plan(&[(K::Ipv4, "45.2.1.9"), (K::Cidr, "45.2.0.0/16")]);
    let count = |text: &str| -> (u64, u64) {
        let result = result(&plan, &[("x.log", text.as_bytes())], &[]);
        let of = |value| sightings(&result, value).iter().map(|s| s.count).sum();
        (of("45.2.1.9"), of("45.2.0.0/16"))
    };
    let zeek = "#separator \\x09\n#path\tsoftware\n#fields\tts\thost\tunparsed_version\n1770091505.1\t10.0.0.1\t45.2.1.9\n";
    for (text, want) in [
        (
            "time,host,file_version\n2026-02-03T04:05:06Z,ws-1,45.2.1.9\n",
            0,
        ),
        (
            "time,host,\"Product Version\",dst\n2026-02-03T04:05:06Z,ws-1,45.2.1.9,45.2.1.9\n",
            1,
        ),
        (zeek, 0),
        (&zeek.replace("unparsed_version", "addr"), 1),
        (
            "{\"time\":\"2026-02-03T04:05:06Z\",\"host\":\"a\",\"agent\":{\"version\":\"45.2.1.9\"}}\n",
            0,
        ),
        (
            "{\"time\":\"2026-02-03T04:05:06Z\",\"host\":\"a\",\"ip\":\"45.2.1.9\"}\n",
            1,
        ),
        (
            "CEF:0|V|P|45.2.1.9|1|n|3|rt=1770091505000 src=10.0.0.1 dst=10.0.0.2\n",
            0,
        ),
        (
            "CEF:0|V|P|45.2.1.9|1|n|3|rt=1770091505000 src=10.0.0.1 dst=45.2.1.9\n",
            1,
        ),
        ("LEEF:2.0|V|P|45.2.1.9|1|^|src=10.0.0.1^dst=10.0.0.2\n", 0),
        (
            "<134>Feb  3 04:05:06 asa1 %ASA-6-106100: access-list in permitted tcp outside/45.2.1.9(443) -> inside/10.0.0.1(5)\n",
            1,
        ),
        (
            "<134>Feb  3 04:05:06 asa1 %ASA-6-302013: Built outbound TCP connection 1 for outside:45.2.1.9/443\n",
            1,
        ),
    ] {
        assert_eq!(count(text), (want, want), "{text}");
    }
}

#[test]
fn a_record_that_claims_to_be_of_the_far_future_makes_no_hours() {
    let mut text: String = (1..4)
        .map(|n| format!("CEF:0|V|P|1|1|traffic|3|rt=17700915{n}5000 src=10.0.0.1 shost=ws-1 dst=203.0.113.9\n"))
        .collect();
    text.push_str(
        "CEF:0|V|P|1|1|traffic|3|rt=9223372036854 src=10.0.0.2 shost=ws-2 dst=203.0.113.9\n",
    );
    let plan = plan(&[(K::Ipv4, "203.0.113.9")]);
    let outcome = crate::hunt("x.log", text.as_bytes(), &plan);
    let asked = tegakari_hunt::Asked {
        not_after: Some("2026-03-01T00:00:00Z".parse().unwrap()),
        ..Default::default()
    };
    let result = tegakari_hunt::conclude(outcome, &plan, &[], asked);
    let (from, until) = result.coverage.window_hours().unwrap();
    assert!(until.0 - from.0 <= 24, "{:?}", result.coverage.window);
    // It was searched all the same, and is told.
    assert_eq!(
        sightings(&result, "203.0.113.9")
            .iter()
            .map(|s| s.count)
            .sum::<u64>(),
        4
    );
    assert!(
        result
            .problems
            .iter()
            .any(|p| p.what.contains("outside the time")),
        "{:?}",
        result.problems
    );
}

#[test]
fn a_line_of_a_load_balancer_is_one_record() {
    let line = "https 2026-02-03T04:05:06.186641Z app/lb/1 10.0.0.51:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 \"GET https://evil.example:443/ HTTP/1.1\" \"curl/7.46.0\" ECDHE TLSv1.2 arn \"Root=1\" \"evil.example\" \"arn\" 1 2026-02-03T04:05:06.364000Z \"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\"\n";
    let plan = plan(&[(K::Domain, "evil.example")]);
    let result = result(&plan, &[("alb.log", line.repeat(3).as_bytes())], &[]);
    let seen = sightings(&result, "evil.example");
    assert_eq!(seen.iter().map(|s| s.count).sum::<u64>(), 3, "{seen:#?}");
}

#[test]
fn json_is_read_whatever_of_it_is_escaped() {
    let plan = plan(&[(K::Ipv4, "203.0.113.9")]);
    let whose = |line: &str| {
        let result = result(&plan, &[("x.json", line.as_bytes())], &[]);
        let seen = &sightings(&result, "203.0.113.9")[0];
        (
            seen.asset.clone(),
            seen.first.map(|first| first.to_string()),
            result.coverage.inputs[0].format.clone(),
        )
    };
    for line in [
        r#"{"ts":"2025-03-04T09:00:01+09:00","host":"pc-1","d":"203.0.113.9"}"#,
        r#"{"ts":"2025-03-04T09:00:01\u002B09:00","host":"pc-1","d":"203.0.113.9"}"#,
        r#"{"ts":"2025\/03\/04 00:00:01","host":"pc-1","d":"203.0.113.9"}"#,
        r#"{"\u0074s":"2025-03-04T00:00:01Z","h\u006Fst":"p\u0063\u002D1","d":"203.0.113.9","p":"C:\\u002D"}"#,
        r#"{"ts":"2025-03-04 09:00:01 JST","host":"pc-1","d":"203.0.113.9"}"#,
        r#"{"timestamp":"2025-03-04T09:00:01.000000\u002B0900","event_type":"fileinfo","host":"fw","src_ip":"10.0.0.1","dest_ip":"203.0.113.9","proto":"TCP","flow_id":1}"#,
        r#"{"ts":1741046401.0,"uid":"C","id.orig_h":"10\u002e0.0.1","id.resp_h":"203.0.113.9","id.resp_p":443,"conn_state":"SF"}"#,
    ] {
        let (asset, first, format) = whose(&format!("{line}\n"));
        let want = if format == "json" { "pc-1" } else { "10.0.0.1" };
        assert_eq!(asset.as_deref(), Some(want), "{line}");
        assert_eq!(first.as_deref(), Some("2025-03-04T00:00:01Z"), "{line}");
    }
    let (asset, ..) = whose("{\"host\":\"\\u65e5\\u672c-1\",\"d\":\"203.0.113.9\"}\n");
    assert_eq!(asset.as_deref(), Some("日本-1"));
}

//! A kind of record counts in the hours that have it, and in no other, whatever was taken out of the logs.

use tegakari_hunt::{Asked, Assumptions, InventoryAsset, Outcome, Plan, conclude};
use tegakari_model::{Finding, HuntResult, ObservableKind as K, TimeRange, Timestamp};

use crate::{finding, hunt, indicators};

/// 2025-03-04T00:00:00Z.
const BEGIN: i64 = 1_741_046_400;
const HOURS: i64 = 24;
const WANTED: [(K, &str, u32); 5] = [
    (K::Domain, "evil.example", 22),
    (K::Ipv4, "203.0.114.9", 3),
    (K::FileName, "dropper.exe", 11),
    (K::RegistryKey, r"HKLM\Software\Evil", 13),
    (K::Md5, "d41d8cd98f00b204e9800998ecf8427f", 1),
];

fn inventory() -> Vec<InventoryAsset> {
    let machine = |name: &str, address: &str| InventoryAsset {
        name: name.to_owned(),
        addresses: vec![address.to_owned()],
        ..InventoryAsset::default()
    };
    vec![machine("ws-01", "10.0.0.1")]
}

/// A Sysmon event with its number, of a kind, at a minute of the day.
#[derive(Clone, Copy)]
struct Record {
    number: u64,
    kind: u32,
    minute: i64,
}

impl Record {
    fn xml(self, numbered: bool) -> String {
        let data = match self.kind {
            1 => {
                r#"<Data Name="CommandLine">a.exe /x</Data><Data Name="Hashes">MD5=0123456789ABCDEF0123456789ABCDEF</Data>"#
            }
            3 => {
                r#"<Data Name="Initiated">true</Data><Data Name="SourceIp">10.0.0.1</Data><Data Name="DestinationIp">198.51.101.7</Data>"#
            }
            11 => r#"<Data Name="TargetFilename">C:\a.txt</Data>"#,
            13 => r#"<Data Name="TargetObject">HKLM\Software\A</Data>"#,
            22 => r#"<Data Name="QueryName">www.example.org</Data>"#,
            _ => r#"<Data Name="Image">C:\a.exe</Data>"#,
        };
        let number = if numbered {
            format!("<EventRecordID>{}</EventRecordID>", self.number)
        } else {
            String::new()
        };
        let (hour, minute) = (self.minute / 60, self.minute % 60);
        format!(
            "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"Microsoft-Windows-Sysmon\"/><EventID>{}</EventID>{number}<TimeCreated SystemTime=\"2025-03-04T{hour:02}:{minute:02}:00.0Z\"/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws-01</Computer></System><EventData>{data}</EventData></Event>\n",
            self.kind
        )
    }
}

/// A day with a record of every kind every few minutes.
fn day() -> Vec<Record> {
    let kinds = [1, 3, 10, 11, 13, 22];
    (0..HOURS * 60)
        .step_by(2)
        .zip(1..)
        .map(|(minute, number)| Record {
            number,
            kind: kinds[number as usize % kinds.len()],
            minute,
        })
        .collect()
}

fn ask(window: (i64, i64), files: &[(String, String)], assumptions: &str) -> HuntResult {
    let time = |hour: i64| Timestamp::from_second(BEGIN + hour * 3600).ok();
    let window = TimeRange {
        from: time(window.0),
        until: time(window.1),
    };
    let values: Vec<(K, &str)> = WANTED
        .iter()
        .map(|(kind, value, _)| (*kind, *value))
        .collect();
    let inventory = inventory();
    let plan = Plan::new(indicators(&values), window)
        .0
        .with_inventory(&inventory);
    let mut all = Outcome::default();
    for (name, text) in files {
        all.merge(hunt(name, text.as_bytes(), &plan));
    }
    let (assumptions, problems) = Assumptions::read(assumptions);
    assert!(problems.is_empty(), "{problems:?}");
    let asked = Asked {
        assumptions,
        ..Asked::default()
    };
    conclude(all, &plan, &inventory, asked)
}

fn file(records: &[Record], numbered: bool) -> Vec<(String, String)> {
    let text = records.iter().map(|one| one.xml(numbered)).collect();
    vec![("sysmon.xml".to_owned(), text)]
}

fn visible(result: &HuntResult) -> [u64; 5] {
    WANTED.map(|(_, value, _)| finding(result, value).visibility().visible)
}

/// SplitMix64, so that a failing case can be run again by its number.
fn dice(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[test]
fn one_record_of_a_kind_does_not_light_the_other_hours() {
    let whole = ask((0, HOURS), &file(&day(), true), "");
    assert_eq!(visible(&whole), [24; 5]);
    let one: Vec<Record> = day()
        .into_iter()
        .filter(|one| one.kind == 10 || one.minute < 12)
        .collect();
    let result = ask((0, HOURS), &file(&one, false), "");
    assert_eq!(visible(&result), [1; 5]);
    // The records are still counted, and the grid knows of which kind they are.
    let source = &result.coverage.sources[0];
    assert_eq!(source.hours.len(), 24);
    assert!(source.silent.iter().all(|one| one.hours.len() == 23));
    assert!(matches!(
        finding(&result, "evil.example"),
        Finding::CannotTell { .. }
    ));
}

#[test]
fn what_was_taken_out_of_a_file_is_never_called_visible() {
    let day = day();
    let mut dark = 0;
    for case in 0..40_u64 {
        let gone = |one: &Record| {
            let hour = one.minute / 60;
            dice(case * 1000 + u64::from(one.kind) * 30 + hour as u64).is_multiple_of(4)
        };
        let left: Vec<Record> = day.iter().copied().filter(|one| !gone(one)).collect();
        for numbered in [false, true] {
            let files = file(&left, numbered);
            let hour = (dice(case) % HOURS as u64) as i64;
            let result = ask((hour, hour + 1), &files, "");
            for (_, value, kind) in WANTED {
                let taken = day
                    .iter()
                    .any(|one| one.minute / 60 == hour && one.kind == kind && gone(one));
                if taken {
                    let found = finding(&result, value);
                    assert_eq!(
                        found.visibility().visible,
                        0,
                        "case {case}: {value} in {hour}"
                    );
                    assert!(!matches!(found, Finding::NotSeen { .. }));
                    dark += 1;
                }
            }
        }
    }
    assert!(dark > 60, "{dark}");
}

#[test]
fn the_more_is_lost_the_less_is_visible() {
    let day = day();
    for seed in 0..4_u64 {
        let mut before: Option<([u64; 5], f64)> = None;
        for percent in [0, 2, 5, 10, 20, 30, 45, 60, 75, 90] {
            let left: Vec<Record> = day
                .iter()
                .copied()
                .filter(|one| dice(seed << 32 | one.number) % 100 >= percent)
                .collect();
            let result = ask((0, HOURS), &file(&left, true), "");
            let now = visible(&result);
            let strength = result.strength.as_ref().unwrap().organisation;
            let told = result
                .problems
                .iter()
                .any(|p| p.what.contains("are missing"));
            assert_eq!(told, left.len() < day.len(), "{percent} %");
            // In an hour of which a record is lost nothing is called visible.
            let lost: std::collections::BTreeSet<i64> = day
                .iter()
                .filter(|one| dice(seed << 32 | one.number) % 100 < percent)
                .map(|one| one.minute / 60)
                .collect();
            for count in now {
                assert!(
                    count <= HOURS as u64 - lost.len() as u64,
                    "{percent} %: {now:?}"
                );
            }
            if let Some((visible, probability)) = before {
                assert!(now.iter().zip(visible).all(|(now, before)| *now <= before));
                assert!(strength <= probability, "{percent} %: {strength}");
            }
            before = Some((now, strength));
        }
    }
}

#[test]
fn a_rotated_file_that_is_gone_leaves_a_hole() {
    let day = day();
    let part = |from: i64, until: i64| -> (String, String) {
        let of = day.iter().filter(|one| (from..until).contains(&one.minute));
        (
            format!("s{from}.xml"),
            of.map(|one| one.xml(true)).collect(),
        )
    };
    let all = [part(0, 200), part(200, 620), part(620, 1440)];
    assert_eq!(visible(&ask((0, HOURS), &all, "")), [24; 5]);
    let without = [all[2].clone(), all[0].clone()];
    // 03:20 to 10:20: hours 3 to 10.
    let result = ask((0, HOURS), &without, "");
    assert_eq!(visible(&result), [16; 5]);
    assert_eq!(result.coverage.sources[0].partial_hours.len(), 2);
    // Whoever filtered the export on purpose says so, and answers for it.
    assert_eq!(
        visible(&ask((0, HOURS), &without, "filtered,sysmon")),
        [18; 5]
    );
}

#[test]
fn what_is_seldom_recorded_counts_between_two_records_of_it() {
    let event = |hour: i64, number: u32| {
        format!(
            "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"Microsoft-Windows-Security-Auditing\"/><EventID>{number}</EventID><TimeCreated SystemTime=\"2025-03-04T{hour:02}:01:00.0Z\"/><Channel>Security</Channel><Computer>ws-01</Computer></System><EventData></EventData></Event>\n"
        )
    };
    let text: String = (0..24)
        .map(|hour| event(hour, if hour % 6 == 2 { 4697 } else { 4634 }))
        .collect();
    let values = [(K::ServiceName, "evilsvc")];
    let plan = Plan::new(indicators(&values), TimeRange::default()).0;
    let lit = |assumed: &str| {
        let asked = Asked {
            assumptions: Assumptions::read(assumed).0,
            ..Asked::default()
        };
        let result = conclude(
            hunt("a.xml", text.as_bytes(), &plan),
            &plan,
            &inventory(),
            asked,
        );
        finding(&result, "evilsvc").visibility().visible
    };
    // 02 to 20, and neither before nor behind.
    assert_eq!((lit(""), lit("quiet,,5"), lit("quiet,,0")), (19, 4, 4));
}

fn zeek(log: &str, hour: i64, rest: &str) -> (String, String) {
    let ts = BEGIN + hour * 3600 + 60;
    let line = format!(
        "{{\"_path\":\"{log}\",\"ts\":{ts}.5,\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":5353,{rest}}}\n"
    );
    (format!("{log}.{hour}.log"), line)
}

#[test]
fn what_stays_inside_shows_nothing_outside() {
    let values = [
        (K::Ipv4, "203.0.114.9"),
        (K::Ipv6, "2001:db8:77::9"),
        (K::Domain, "evil.example"),
        (K::Url, "http://evil.example/a"),
    ];
    let lit = |log: &str, rest: &str| -> Vec<u64> {
        let plan = Plan::new(indicators(&values), TimeRange::default()).0;
        let (name, text) = zeek(log, 1, rest);
        let result = conclude(
            hunt(&name, text.as_bytes(), &plan),
            &plan,
            &inventory(),
            Asked::default(),
        );
        values
            .iter()
            .map(|(_, value)| finding(&result, value).visibility().visible)
            .collect()
    };
    let conn = |to: &str| {
        lit(
            "conn",
            &format!(
                "\"id.resp_h\":\"{to}\",\"id.resp_p\":445,\"proto\":\"tcp\",\"conn_state\":\"SF\""
            ),
        )
    };
    assert_eq!(conn("10.0.0.9"), [0, 0, 0, 0]);
    assert_eq!(conn("255.255.255.255"), [0, 0, 0, 0]);
    assert_eq!(conn("224.0.0.251"), [0, 0, 0, 0]);
    assert_eq!(conn("198.51.101.7"), [1, 0, 0, 0]);
    assert_eq!(conn("2001:db8:1::1"), [1, 1, 0, 0]);
    let asa = |text: &str| {
        let plan = Plan::new(indicators(&values), TimeRange::default()).0;
        let text =
            format!("<166>Mar 04 2025 01:00:00 fw-1 : %ASA-6-302013: Built {text}\n").repeat(3);
        let result = conclude(
            hunt("asa.log", text.as_bytes(), &plan),
            &plan,
            &inventory(),
            Asked::default(),
        );
        finding(&result, "203.0.114.9").visibility().visible
    };
    assert_eq!(
        asa(
            "outbound TCP connection 7 for outside:198.51.101.7/443 (198.51.101.7/443) to inside:10.0.0.1/5353 (203.0.113.1/5353)"
        ),
        1
    );
    assert_eq!(
        asa(
            "outbound TCP connection 7 for dmz:10.0.0.9/443 (10.0.0.9/443) to inside:10.0.0.1/5353 (10.0.0.1/5353)"
        ),
        0
    );
    assert_eq!(
        asa(
            "inbound TCP connection 7 for outside:198.51.101.7/4430 (198.51.101.7/4430) to inside:10.0.0.1/443 (203.0.113.1/443)"
        ),
        0
    );
    let http = |to: &str, host: &str| {
        lit(
            "http",
            &format!(
                "\"id.resp_h\":\"{to}\",\"id.resp_p\":80,\"method\":\"GET\",\"host\":\"{host}\",\"uri\":\"/a\""
            ),
        )
    };
    assert_eq!(http("10.0.0.9", "intranet.corp.example"), [0, 0, 0, 0]);
    assert_eq!(http("198.51.101.7", "www.example.org"), [0, 0, 1, 1]);
    let dns = |query: &str| {
        lit(
            "dns",
            &format!(
                "\"id.resp_h\":\"10.9.9.9\",\"id.resp_p\":53,\"query\":\"{query}\",\"qtype_name\":\"A\""
            ),
        )
    };
    assert_eq!(dns("7.0.0.10.in-addr.arpa"), [0, 0, 0, 0]);
    assert_eq!(dns("wpad"), [0, 0, 0, 0]);
    assert_eq!(dns("www.example.org"), [0, 0, 1, 0]);
}

#[test]
fn clients_that_only_connect_to_a_port_of_proxies_are_behind_one() {
    let conn = |hour: i64, to: &str, port: u16| {
        zeek("conn", hour, &format!("\"id.resp_h\":\"{to}\",\"id.resp_p\":{port},\"proto\":\"tcp\",\"conn_state\":\"SF\"")).1
    };
    let dns = |hour: i64| {
        zeek("dns", hour, "\"id.resp_h\":\"10.9.9.9\",\"id.resp_p\":53,\"query\":\"www.example.org\",\"qtype_name\":\"A\"").1
    };
    let values = [(K::Domain, "evil.example")];
    let lit = |text: String| {
        let plan = Plan::new(indicators(&values), TimeRange::default()).0;
        let files = text.into_bytes();
        let result = conclude(
            hunt("zeek.log", &files, &plan),
            &plan,
            &inventory(),
            Asked::default(),
        );
        let none = finding(&result, "evil.example")
            .visibility()
            .assets_none
            .clone();
        none.contains(&"ws-01".to_owned())
    };
    assert!(lit(conn(1, "10.0.0.8", 3128) + &dns(1)));
    assert!(!lit(conn(1, "10.0.0.8", 445) + &dns(1)));
    assert!(!lit(conn(1, "10.0.0.8", 8080)
        + &conn(1, "198.51.101.7", 443)
        + &dns(1)));
}

#[test]
fn records_that_name_nothing_show_nothing() {
    let values = [
        (K::Domain, "evil.example"),
        (K::Url, "http://evil.example/a"),
        (K::FileName, "dropper.exe"),
        (K::Email, "spy@evil.example"),
    ];
    let time = "\"time\":\"2025-03-04T01:00:00Z\"";
    for (name, text, want) in [
        ("sql", format!("{{{time},\"host\":\"ws-01\",\"query\":\"select * from t.a\"}}"), [0, 0, 0, 0]),
        ("dns", format!("{{{time},\"host\":\"ws-01\",\"query\":\"www.example.org\"}}"), [1, 0, 0, 0]),
        ("path", format!("{{{time},\"host\":\"ws-01\",\"uri\":\"/x\"}}"), [0, 0, 0, 0]),
        ("url", format!("{{{time},\"host\":\"ws-01\",\"url\":\"http://www.example.org/x\"}}"), [1, 1, 0, 0]),
        ("share", format!("{{{time},\"host\":\"ws-01\",\"action\":\"open\",\"client_ip\":\"10.0.0.4\",\"file\":\"a.doc\"}}"), [0, 0, 0, 0]),
        ("file", format!("{{{time},\"host\":\"ws-01\",\"file\":\"a.doc\"}}"), [0, 0, 1, 0]),
        ("threat", "CEF:0|PAN|PAN-OS|10|url|THREAT|3|rt=1741050000000 src=10.0.0.1 dst=198.51.101.7 act=deny request=http://www.example.org/x fname=a.exe".to_owned(), [0, 0, 0, 0]),
        ("web", "CEF:0|PAN|PAN-OS|10|url|TRAFFIC|3|rt=1741050000000 src=10.0.0.1 dst=198.51.101.7 act=allow request=http://www.example.org/x".to_owned(), [1, 1, 0, 0]),
        ("client", "2025-03-04T01:00:00Z ws-01 postfix/smtpd[1]: 4F1: client=mx.example.org[198.51.101.7]".to_owned(), [0, 0, 0, 0]),
        ("from", "2025-03-04T01:00:00Z ws-01 postfix/qmgr[1]: 4F1: from=<a@example.org>, size=1".to_owned(), [0, 0, 0, 1]),
        ("squid", "1741050000.1      0 10.0.0.1 NONE/400 3800 NONE error:invalid-request - HIER_NONE/- text/html".to_owned(), [0, 0, 0, 0]),
    ] {
        let plan = Plan::new(indicators(&values), TimeRange::default()).0;
        let text = format!("{text}\n").repeat(3);
        let result = conclude(hunt(name, text.as_bytes(), &plan), &plan, &inventory(), Asked::default());
        let lit: Vec<u64> = values.iter().map(|(_, value)| finding(&result, value).visibility().visible).collect();
        assert_eq!(lit, want, "{name}: {:?}", result.coverage.sources);
    }
}

#[test]
fn times_of_another_zone_are_told_and_make_nothing_visible() {
    let values = [(K::Domain, "evil.example")];
    let plan = Plan::new(indicators(&values), TimeRange::default()).0;
    let utc: String = (0..10)
        .flat_map(|hour| [1, 3].map(|_| hour))
        .map(|hour| {
            let rest = "\"id.resp_h\":\"198.51.101.7\",\"id.resp_p\":443,\"proto\":\"tcp\",\"conn_state\":\"SF\"";
            zeek("conn", hour, rest).1
        })
        .collect();
    let table = |east: i64, zone: &str| -> String {
        let rows = (0..10)
            .flat_map(|hour| [hour * 3600 + 60, hour * 3600 + 120])
            .map(|second| {
                let time = Timestamp::from_second(BEGIN + second + east * 3600).unwrap();
                let time = time.to_string().replace('T', " ").replace('Z', zone);
                format!("{time},10.0.0.1,www.example.org\n")
            });
        std::iter::once("time,src,query\n".to_owned())
            .chain(rows)
            .collect()
    };
    let lit = |table: String| {
        let mut all = hunt("conn.log", utc.as_bytes(), &plan);
        all.merge(hunt("dns.csv", table.as_bytes(), &plan));
        let result = conclude(all, &plan, &inventory(), Asked::default());
        let told = result
            .problems
            .iter()
            .find(|p| p.what.contains("say no zone"));
        (
            finding(&result, "evil.example").visibility().visible,
            told.map(|p| (p.place.clone(), p.what.contains("9:00 h after"))),
        )
    };
    assert_eq!(lit(table(0, "")), (10, None));
    assert_eq!(lit(table(9, "+09:00")), (10, None));
    assert_eq!(lit(table(9, "")), (0, Some(("dns.csv".to_owned(), true))));
}

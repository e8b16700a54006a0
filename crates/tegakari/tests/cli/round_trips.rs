//! What is read from lists and bundles, and what comes back of what was written: nobody's value is cut to another's, no
//! marking is widened, and what a source says of validity is kept to.

use serde_json::Value;

use crate::support::{Place, Ran};

/// 2026-11-28.
const NOW: &str = "1795824000";

fn run(place: &Place, arguments: &[&str]) -> Ran {
    let output = place
        .command()
        .env("SOURCE_DATE_EPOCH", NOW)
        .args(arguments)
        .output()
        .unwrap();
    Ran(output)
}

/// Entries and held-back values of a plan, as `value`, and `value (objection)`.
fn plan(ran: &Ran) -> (Vec<String>, Vec<String>) {
    let plan = ran.json();
    let list = |key: &str| plan[key].as_array().unwrap().clone();
    let blocked = list("entries")
        .iter()
        .map(|e| e["indicator"]["value"].as_str().unwrap().to_owned())
        .collect();
    let held = list("held_back")
        .iter()
        .map(|h| {
            let value = h["indicator"]["value"].as_str().unwrap();
            format!("{value} ({})", h["objections"][0]["kind"].as_str().unwrap())
        })
        .collect();
    (blocked, held)
}

#[test]
fn a_typed_cell_is_taken_whole_or_refused_with_its_place() {
    let place = Place::new();
    let list = "type,value,comment\r\n\
        domain,good-one-q.com,x\r\n\
        email,o'brien@q-zz.com,x\r\n\
        email,user=x@q-yy.com,x\r\n\
        domain,-bad-q.com,x\r\n\
        domain,foo bar-q.com,x\r\n\
        domain,\"quote\"\".badzone-r.com\",x\r\n\
        url,http://h-q.com/a b,x\r\n\
        url,http://h-r.com/(a|b),x\r\n\
        cidr,45.99.1.128/255.255.255.128,x\r\n\
        ip,45.99.1.9/33,x\r\n\
        regkey,HKLM\\Software\\a'b,x\r\n\
        domain,com.evilzz.org,x\r\n";
    place.write("own.csv", list);
    let ran = run(
        &place,
        &["--format", "json", "block", "--indicators", "own.csv"],
    )
    .exits(2);
    let (mut blocked, held) = plan(&ran);
    blocked.sort();
    assert_eq!(
        blocked,
        [
            "45.99.1.128/25",
            "com.evilzz.org",
            "good-one-q.com",
            "http://h-r.com/(a|b)",
            "o'brien@q-zz.com",
            "user=x@q-yy.com",
        ]
    );
    assert_eq!(held, ["HKLM\\Software\\a'b (not_blockable)"]);
    ran.says(&[
        "own.csv:5",
        "own.csv:6",
        "own.csv:7",
        "own.csv:8",
        "own.csv:11",
        "\"value\" holds \"-bad-q.com\"",
        "foo bar-q.com",
        "45.99.1.9/33",
        "not wholly a value of type",
    ]);
    // The same said by MISP.
    let event = serde_json::json!({ "Event": { "info": "x", "date": "2026-11-01", "Attribute": [
        { "type": "email-src", "category": "Payload delivery", "value": "\"a\"b@q-zz.com", "to_ids": true },
        { "type": "domain", "category": "Network activity", "value": "foo bar-q.com", "to_ids": true },
        { "type": "domain", "category": "Network activity", "value": "good-two-q.com", "to_ids": true },
    ]}});
    place.write("event.json", event.to_string());
    let ran = run(
        &place,
        &["--format", "json", "block", "--indicators", "event.json"],
    )
    .exits(2);
    assert_eq!(plan(&ran).0, ["good-two-q.com"]);
    ran.says(&["\"domain\" holds \"foo bar-q.com\""]);
}

#[test]
fn an_allowed_url_holds_back_its_host_however_it_is_written() {
    let place = Place::new();
    place.write("l.txt", "okurl-qq.com\n45.66.7.9\nevil-qq.com\n");
    place.write("allow.txt", "hxxp://45.66.7[.]9/z  ours\nnothing here\n");
    let ran = run(
        &place,
        &[
            "--format",
            "json",
            "block",
            "--indicators",
            "l.txt",
            "--allow",
            "hxxp://okurl-qq[.]com/a",
            "--allow-list",
            "allow.txt",
        ],
    )
    .exits(2);
    assert_eq!(
        plan(&ran),
        (
            vec!["evil-qq.com".to_owned()],
            vec![
                "45.66.7.9 (allowed)".to_owned(),
                "okurl-qq.com (allowed)".to_owned()
            ]
        )
    );
    ran.says(&["allow.txt:2"]);
}

const REPORTS: [(&str, &str); 3] = [
    (
        "red.md",
        "# Secret report\n- Published: 2026-11-20\n- TLP:RED\n\nC2 domain: red-secret-q[.]com\n",
    ),
    (
        "clear.md",
        "# Clear report\n- Published: 2026-11-10\n- TLP:CLEAR\n\nC2 domain: clear-domain-q[.]com\n",
    ),
    (
        "un.md",
        "# Unmarked report\n- Published: 2026-11-15\n\nC2 domain: unmarked-domain-q[.]com\n",
    ),
];

/// Value, marking and day of the report, of the indicators that a file holds, by value.
fn marks(place: &Place, file: &str) -> Vec<(String, String, String)> {
    let read = run(place, &["--format", "json", "read", "--dry-run", file]).json();
    let mut out = Vec::new();
    for report in read["reports"].as_array().unwrap() {
        for mention in report["mentions"].as_array().unwrap() {
            if mention["disposition"] == "ioc" {
                let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
                out.push((
                    text(&mention["value"]),
                    text(&report["tlp"]),
                    text(&report["published"]),
                ));
            }
        }
    }
    out.sort();
    out
}

#[test]
fn markings_and_reports_come_back_as_they_were_shared() {
    let place = Place::new();
    for (name, text) in REPORTS {
        place.write(name, text);
        run(&place, &["read", name]).exits(0);
    }
    let want = |days: bool| {
        [
            ("clear-domain-q.com", "clear", "2026-11-10"),
            ("red-secret-q.com", "red", "2026-11-20"),
            ("unmarked-domain-q.com", "-", "2026-11-15"),
        ]
        .map(|(value, tlp, day)| {
            let day = if days { day } else { "-" };
            (value.to_owned(), tlp.to_owned(), day.to_owned())
        })
    };
    for (form, file, days) in [
        ("jsonl", "case.jsonl", false),
        ("csv", "case.csv", false),
        ("stix", "case.stix.json", true),
        ("misp", "case.misp.json", true),
    ] {
        run(&place, &["share", "--as", form, "-o", file]).exits(0);
        assert_eq!(marks(&place, file), want(days), "{form}");
    }
    run(
        &place,
        &[
            "block", "-o", "lists", "--to", "csv", "--to", "jsonl", "--to", "stix",
        ],
    )
    .exits(0);
    for file in ["lists/block.csv", "lists/block.jsonl"] {
        assert_eq!(marks(&place, file), want(false), "{file}");
    }
    let stix: Vec<_> = marks(&place, "lists/block.stix.json")
        .into_iter()
        .map(|(value, tlp, _)| (value, tlp))
        .collect();
    let plain: Vec<_> = want(false)
        .into_iter()
        .map(|(value, tlp, _)| (value, tlp))
        .collect();
    assert_eq!(stix, plain);
    // Ends and days are those of the entries, not of the whole list.
    let bundle = std::fs::read_to_string(place.path("lists/block.stix.json")).unwrap();
    for day in ["2026-11-10", "2026-11-15", "2026-11-20"] {
        assert!(
            bundle.contains(&format!("\"created\": \"{day}T00:00:00.000Z\"")),
            "{day}"
        );
    }
    assert!(
        bundle.contains("\"valid_until\": \"2027-11-20T00:00:00.000Z\""),
        "{bundle}"
    );
    // What came back is marked as narrowly when it is shared again.
    let there = Place::new();
    std::fs::copy(place.path("case.jsonl"), there.path("case.jsonl")).unwrap();
    run(&there, &["read", "case.jsonl"]).exits(0);
    run(&there, &["share", "--tlp", "clear"])
        .exits(2)
        .says(&["TLP:RED"]);
}

#[test]
fn what_was_held_back_comes_back_as_no_indicator_and_an_end_as_no_date() {
    let place = Place::new();
    place.write(
        "l.csv",
        "type,value\ndomain,evil-one-q.com\ndomain,google.com\nip,8.8.8.8\n",
    );
    let ran = run(
        &place,
        &[
            "--format",
            "json",
            "block",
            "--indicators",
            "l.csv",
            "--to",
            "jsonl",
            "-o",
            "lists",
        ],
    )
    .exits(0);
    let (blocked, held) = plan(&ran);
    assert_eq!(blocked, ["evil-one-q.com"]);
    assert_eq!(held.len(), 2, "{held:?}");
    let read = run(
        &place,
        &["--format", "json", "read", "--dry-run", "lists/block.jsonl"],
    )
    .exits(0)
    .json();
    assert!(read["reports"][0]["published"].is_null(), "{read}");
    assert_eq!(marks(&place, "lists/block.jsonl").len(), 1, "{read}");
    let again = run(
        &place,
        &[
            "--format",
            "json",
            "block",
            "--indicators",
            "lists/block.jsonl",
        ],
    )
    .exits(0);
    assert_eq!(plan(&again), (vec!["evil-one-q.com".to_owned()], vec![]));
}

#[test]
fn a_bundle_says_itself_how_long_and_with_what_its_indicators_hold() {
    let place = Place::new();
    let indicator = |n: u32, pattern: &str, more: Value| {
        let mut object = serde_json::json!({
            "type": "indicator", "spec_version": "2.1",
            "id": format!("indicator--31111111-1111-4111-8111-11111111111{n}"),
            "created": "2026-11-12T00:00:00.000Z", "modified": "2026-11-12T00:00:00.000Z",
            "pattern": pattern, "pattern_type": "stix", "valid_from": "2026-11-12T00:00:00Z",
        });
        object
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        object
    };
    let bundle = serde_json::json!({
        "type": "bundle", "id": "bundle--11111111-1111-4111-8111-111111111199",
        "objects": [
            indicator(1, "[domain-name:value = 'contested-q.com']", serde_json::json!({ "indicator_types": ["benign"] })),
            indicator(2, "[domain-name:value = 'shortlived-q.com']", serde_json::json!({ "valid_until": "2026-11-20T00:00:00Z" })),
            indicator(3, "[domain-name:value = 'soon-gone-q.com']", serde_json::json!({ "valid_until": "2026-12-24T00:00:00Z" })),
            indicator(4, "[domain-name:value = 'future-q.com']", serde_json::json!({ "valid_from": "2027-06-12T00:00:00Z" })),
            indicator(5, "[domain-name:value = 'anded-q.com' AND ipv4-addr:value = '45.99.60.6']", serde_json::json!({})),
        ],
    });
    place.write("b.json", bundle.to_string());
    place.write("c2.md", "# A\nPublished: 2026-11-10\n\n## Indicators of compromise\n\n- contested-q[.]com\n- evil-two-q[.]com\n");
    for file in ["b.json", "c2.md"] {
        run(&place, &["read", file]).exits(0);
    }
    let ran = run(&place, &["--format", "json", "block"]).exits(0);
    let (blocked, mut held) = plan(&ran);
    assert_eq!(blocked, ["evil-two-q.com", "soon-gone-q.com"]);
    held.sort();
    assert_eq!(
        held,
        [
            "45.99.60.6 (only_together)",
            "anded-q.com (only_together)",
            "contested-q.com (called_benign)",
            "future-q.com (not_yet_valid)",
            "shortlived-q.com (expired)",
        ]
    );
    let ends = ran.json()["entries"][1]["expires"].clone();
    assert_eq!(ends, "2026-12-24T00:00:00Z");
}

#[test]
fn what_is_called_harmless_is_among_what_is_held_back_and_can_be_blocked_all_the_same() {
    let place = Place::new();
    place.write(
        "r.md",
        "# A\nPublished: 2026-11-10\n\n## Indicators of compromise\n\n- ben-one-q[.]com\n- ben-two-q[.]com\n- ben-four-q[.]com\n\n\
         The domain ben-two-q[.]com is legitimate and not malicious; it must not be blocked.\n",
    );
    let read = run(&place, &["--format", "json", "read", "r.md"])
        .exits(0)
        .json();
    let id = read["reports"][0]["id"].as_str().unwrap().to_owned();
    let first = run(
        &place,
        &[
            "--format", "json", "block", "-o", "lists", "--to", "domains",
        ],
    )
    .exits(0);
    assert_eq!(
        plan(&first),
        (
            vec!["ben-four-q.com".to_owned(), "ben-one-q.com".to_owned()],
            vec!["ben-two-q.com (called_benign)".to_owned()]
        )
    );
    run(
        &place,
        &["correct", &id, "ben-four-q.com", "--means", "benign"],
    )
    .exits(0);
    let gone = run(
        &place,
        &["--format", "json", "block", "-o", "lists", "--refresh"],
    )
    .exits(0)
    .json();
    assert_eq!(gone["removed"][0]["value"], "ben-four-q.com", "{gone}");
    assert_eq!(gone["removed"][0]["why"], "held_back", "{gone}");
    let all = run(
        &place,
        &[
            "--format",
            "json",
            "block",
            "--in-spite-of",
            "called_benign",
        ],
    )
    .exits(0);
    assert_eq!(
        plan(&all).0,
        ["ben-four-q.com", "ben-one-q.com", "ben-two-q.com"]
    );
}

#[test]
fn lists_say_until_when_their_values_are_valid() {
    let place = Place::new();
    let (over, soon) = ("2026-11-01T00:00:00Z", "2026-12-24T00:00:00Z");
    let rows = |columns: &str, mark: char| {
        format!(
            "{columns}\ndomain,over-q.com,{over}\ndomain,soon-q.com,{soon}\ndomain,open-q.com,\n"
        )
        .replace(',', &mark.to_string())
    };
    let line = |name: &str, key: &str, value: serde_json::Value| {
        serde_json::json!({ "type": "domain", "value": name, key: value }).to_string()
    };
    let lines = |key: &str| {
        [
            line("over-q.com", key, over.into()),
            line("soon-q.com", key, soon.into()),
            line("open-q.com", "last_seen", "2026-11-10T00:00:00Z".into()),
        ]
        .join("\n")
    };
    let mut lists = vec![
        ("seconds.jsonl".to_owned(), {
            let over = line("over-q.com", "expires", 1_793_491_200.into());
            let soon = line("soon-q.com", "expires", 1_798_070_400.into());
            [over, soon, line("open-q.com", "note", "x".into())].join("\n")
        }),
        ("b.tsv".to_owned(), rows("type,value,valid_until", '\t')),
    ];
    for (n, name) in [
        "valid_until",
        "expires",
        "expiry",
        "expiration",
        "valid until",
    ]
    .into_iter()
    .enumerate()
    {
        lists.push((format!("{n}.csv"), rows(&format!("type,value,{name}"), ',')));
        lists.push((format!("{n}.jsonl"), lines(name)));
    }
    lists.push((
        "c.csv".to_owned(),
        rows("type,value,valid_until", ',')
            .replace("type,value", "domain")
            .replace("domain,o", "o")
            .replace("domain,s", "s"),
    ));
    let block = |list: &str, to: &str| {
        let ran = run(
            &place,
            &["block", "--indicators", list, "--to", to, "-o", "-"],
        );
        ran.exits(0).stdout()
    };
    let ends = |list: &str| -> Vec<(String, String)> {
        let all = block(list, "jsonl");
        let all = all.lines().map(|l| serde_json::from_str(l).unwrap());
        let mut all: Vec<_> = all
            .map(|line: serde_json::Value| {
                let word = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
                let kind = &line["objections"][0]["kind"];
                let end = if kind.is_null() {
                    &line["expires"]
                } else {
                    kind
                };
                (word(&line["indicator"]["value"]), word(end))
            })
            .collect();
        all.sort();
        all
    };
    for (name, text) in lists {
        place.write(&name, text);
        let got = ends(&name);
        let said: Vec<_> = got.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(said.len(), 3, "{name}: {said:?}");
        assert!(
            said[0].0 == "open-q.com" && said[0].1 > "2027-11",
            "{name}: {said:?}"
        );
        assert_eq!(
            said[1..],
            [("over-q.com", "expired"), ("soon-q.com", soon)],
            "{name}"
        );
    }
    // Our own lists keep the end; their `valid_until` is the last use.
    place.write(
        "used.csv",
        format!("type,value,first_seen,last_seen,expires\ndomain,used-q.com,2026-10-01,2026-11-10,{soon}\n"),
    );
    for to in ["csv", "jsonl"] {
        let name = format!("own.{to}");
        place.write(&name, block("used.csv", to));
        assert_eq!(
            ends(&name),
            [("used-q.com".to_owned(), soon.to_owned())],
            "{to}"
        );
        // All but the report that it comes from.
        let row = |list: &str| {
            let text = block(list, "csv");
            text.split(",R-").next().unwrap().to_owned()
        };
        assert_eq!(row(&name), row("used.csv"), "{to}");
    }
}

#[test]
fn lists_of_a_folder_are_of_one_day() {
    let place = Place::new();
    place.write("r.md", "# A\nPublished: 2026-11-10\n\n## Indicators of compromise\n\n- evil-one-q[.]com\n- 45.9.148[.]7\n");
    run(&place, &["read", "r.md"]).exits(0);
    run(
        &place,
        &["block", "-o", "lists", "--to", "domains", "--to", "ipv4"],
    )
    .exits(0);
    let refreshed = run(
        &place,
        &[
            "--format",
            "json",
            "block",
            "-o",
            "lists",
            "--refresh",
            "--to",
            "unbound",
            "--allow",
            "evil-one-q.com",
        ],
    )
    .exits(0)
    .json();
    // That something is held back stands in the header of each.
    assert_eq!(
        refreshed["written"].as_array().unwrap().len(),
        3,
        "{refreshed}"
    );
    let domains = std::fs::read_to_string(place.path("lists/domains.txt")).unwrap();
    assert!(!domains.contains("evil-one-q.com"), "{domains}");
}

/// A full disk is an error of writing; an interruption ends the program in the middle. A limit on the size of files does
/// both: with the signal ignored, and without.
#[cfg(unix)]
#[test]
fn a_full_disk_or_an_interruption_leaves_the_old_list_whole() {
    let place = Place::new();
    place.write("small.txt", "evil-one-q.com\n");
    let many: String = (0..80_000).map(|n| format!("evil-{n}-q.com\n")).collect();
    place.write("large.txt", many);
    let lists = ["-o", "lists", "--to", "domains", "--to", "rpz"];
    run(
        &place,
        &[&["block", "--indicators", "small.txt"][..], &lists].concat(),
    )
    .exits(0);
    let content = || {
        ["domains.txt", "block.rpz", "lists.json"]
            .map(|name| std::fs::read(place.path(&format!("lists/{name}"))).unwrap())
    };
    let before = content();
    for (ignored, killed) in [("trap '' XFSZ;", false), ("", true)] {
        let script = format!("{ignored} ulimit -f 1000; exec \"$0\" \"$@\"");
        let output = std::process::Command::new("sh")
            .args([
                "-c",
                &script,
                env!("CARGO_BIN_EXE_tegakari"),
                "--db",
                "none.db",
                "block",
            ])
            .args(["--indicators", "large.txt", "--refresh", "-o", "lists"])
            .current_dir(place.path(""))
            .env("SOURCE_DATE_EPOCH", NOW)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            if killed { None } else { Some(2) },
            "{told}"
        );
        assert_eq!(content(), before, "{told}");
    }
    // The next one goes through.
    run(
        &place,
        &[
            "block",
            "--indicators",
            "large.txt",
            "--refresh",
            "-o",
            "lists",
        ],
    )
    .exits(0);
    assert_ne!(content(), before);
}

//! Lists whose cells, attributes and fields say that they hold a URL: what is none is refused with place and reason, in
//! every form, and of several in one field all are taken or none.

use serde_json::{Value, json};

use crate::support::Place;

/// What is refused, and a word of the reason.
const REFUSED: [(&str, &str); 6] = [
    ("http://http://evil-q.com/b", "scheme of another URL"),
    ("http://evil-q.com:99999/", "65535"),
    ("http://evil..q-q.com/", "empty"),
    ("http://evil-.q-q.com/", "hyphen"),
    ("http://-evil.q-q.com/x", "hyphen"),
    ("http://a-q.com/x;http://-b-q.com/y", "several URLs"),
];
const ONE: &str = "http://good-q.com/a;b?c=1";
const TWO: &str = "http://c-q.com/x | http://d-q.com/y";

fn values() -> impl Iterator<Item = &'static str> {
    REFUSED.iter().map(|(url, _)| *url).chain([ONE, TWO])
}

fn pattern(number: usize, url: &str) -> Value {
    json!({
        "type": "indicator",
        "spec_version": "2.1",
        "id": format!("indicator--00000000-0000-4000-8000-{number:012}"),
        "created": "2026-11-01T00:00:00.000Z",
        "modified": "2026-11-01T00:00:00.000Z",
        "valid_from": "2026-11-01T00:00:00Z",
        "pattern_type": "stix",
        "pattern": format!("[url:value = '{url}']"),
    })
}

#[test]
fn a_url_that_cannot_be_asked_for_is_refused_in_every_form() {
    let rows: String = values().map(|url| format!("url,{url}\n")).collect();
    let column: String = values().map(|url| format!("{url}\tx\n")).collect();
    let feed: String = values()
        .map(|url| json!({ "ioc_type": "url", "ioc_value": url }).to_string() + "\n")
        .collect();
    let urlhaus: String = values()
        .map(|url| json!({ "url": url, "url_status": "online" }).to_string() + "\n")
        .collect();
    let attributes: Vec<Value> = values()
        .map(|url| json!({ "type": "url", "category": "Network activity", "value": url, "to_ids": true }))
        .collect();
    let event = json!({ "Event": { "info": "x", "date": "2026-11-01", "Attribute": attributes } });
    let indicators: Vec<Value> = values()
        .enumerate()
        .map(|(n, url)| pattern(n, url))
        .collect();
    let bundle = json!({
        "type": "bundle",
        "id": "bundle--00000000-0000-4000-8000-000000000000",
        "objects": indicators,
    });
    for (name, text, several) in [
        ("typed.csv", format!("type,value\n{rows}"), true),
        ("column.tsv", format!("url\tnote\n{column}"), true),
        ("feed.jsonl", feed, true),
        ("urlhaus.jsonl", urlhaus, true),
        ("event.json", event.to_string(), true),
        // A comparison is with one value.
        ("bundle.json", bundle.to_string(), false),
    ] {
        let place = Place::new();
        let path = place.write(name, text);
        let ran = place
            .run(&[
                "block",
                "--indicators",
                path.to_str().unwrap(),
                "--to",
                "urls",
            ])
            .exits(2);
        let mut reasons: Vec<&str> = REFUSED.iter().map(|(_, why)| *why).collect();
        reasons.push("several URLs");
        let ran = ran.says(&reasons);
        let got: Vec<String> = ran
            .stdout()
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(str::to_owned)
            .collect();
        let mut want = vec![ONE];
        if several {
            want = vec!["http://c-q.com/x", "http://d-q.com/y", ONE];
        }
        assert_eq!(got, want, "{name}: {}", ran.stderr());
        if name == "typed.csv" {
            let told = ran.stderr();
            assert!(
                told.contains("typed.csv:2") && told.contains("typed.csv:7"),
                "{told}"
            );
        }
    }
}

/// What is mapped into IPv6 is the address of IPv4: in a list, in an allow-list, and in an inventory.
#[test]
fn a_mapped_address_is_the_address() {
    let place = Place::new();
    place.write(
        "l.csv",
        "type,value\nip,::ffff:45.9.148.7\nip,45.9.148.8\nip,::ffff:45.9.148.9\nip,::ffff:10.0.0.9\nip,45.9.148.7\n",
    );
    place.write("own.csv", "name,address\nws-1,::ffff:45.9.148.9\n");
    let blocked = |arguments: &[&str]| {
        let mut all = vec![
            "block",
            "--indicators",
            "l.csv",
            "--inventory",
            "own.csv",
            "--to",
        ];
        all.extend(arguments);
        let lines = place.run(&all).exits(0).stdout();
        let lines = lines.lines().filter(|line| !line.starts_with('#'));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(blocked(&["ipv4"]), ["45.9.148.7", "45.9.148.8"]);
    assert_eq!(blocked(&["ipv6"]), [""; 0]);
    assert_eq!(
        blocked(&["ipv4", "--allow", "::ffff:45.9.148.7"]),
        ["45.9.148.8"]
    );
    assert_eq!(
        blocked(&["ipv4", "--allow", "::ffff:45.9.148.0/120"]),
        [""; 0]
    );
}

//! Lists that are given with `--indicators`: what they state is looked for, what their source takes back is not blocked, and
//! what is neither looked for nor blocked is told.

use serde_json::json;

use crate::support::{Place, Ran};

const PAGES: [&str; 4] = [
    "http://twitter.com/evilc2dead",
    "http://github.com/evil/repo/raw/main/mal.exe",
    "http://docs.google.com/document/d/abc",
    "http://evil-a-q.com/x",
];

/// Squid's log of one machine that asked for each URL.
fn squid(urls: &[&str]) -> String {
    let line = |url: &&str| {
        format!(
            "1772000000.100     50 10.1.1.5 TCP_MISS/200 500 GET {url} - HIER_DIRECT/1.2.3.4 text/html\n"
        )
    };
    urls.iter().map(line).collect()
}

fn hunt(place: &Place, list: &str) -> Ran {
    place.run(&[
        "--format",
        "json",
        "hunt",
        "proxy.log",
        "--indicators",
        list,
    ])
}

/// What is on the list of domains, networks or URLs that a block of the given list writes.
fn blocked(ran: &Ran) -> Vec<String> {
    let out = ran.stdout();
    let lines = out.lines().filter(|line| !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

fn block(place: &Place, list: &str, to: &str) -> Ran {
    place.run(&["block", "--indicators", list, "--to", to, "-o", "-"])
}

#[test]
fn every_value_that_a_list_states_is_looked_for_whatever_it_would_be_in_a_text() {
    let place = Place::new();
    let pages = ["http://www.virustotal.com/mal", "http://urlscan.io/x"];
    let all: Vec<&str> = PAGES.iter().chain(&pages).copied().collect();
    place.write("proxy.log", squid(&all));
    place.write("tw.txt", PAGES.join("\n"));
    place.write("tw.csv", format!("url\n{}\n", PAGES.join("\n")));
    place.write(
        "vt.csv",
        format!("type,value\nurl,{}\nurl,{}\n", pages[0], pages[1]),
    );
    for (list, want) in [
        ("tw.txt", &PAGES[..]),
        ("tw.csv", &PAGES),
        ("vt.csv", &pages),
    ] {
        let ran = hunt(&place, list).exits(1);
        let found = ran.json();
        for url in want {
            let seen = found["findings"].as_array().unwrap().iter().any(|f| {
                f["indicator"]["value"] == *url && !f["sightings"].as_array().unwrap().is_empty()
            });
            assert!(seen, "{list}: {url}: {found}");
        }
    }
    // Pages that people read are no entries of a list, and are not dropped either.
    let plan = place
        .run(&["--format", "json", "block", "--indicators", "vt.csv"])
        .exits(0)
        .json();
    assert_eq!(plan["entries"], json!([]), "{plan}");
    assert_eq!(plan["held_back"].as_array().unwrap().len(), 2, "{plan}");
}

#[test]
fn a_hunt_that_sees_nothing_is_no_answer_about_values_that_were_refused() {
    let place = Place::new();
    place.write("proxy.log", squid(&["http://xyz.com/a"]));
    place.write(
        "l.csv",
        "type,value\nurl,http://evil-j-q.com:70000/mal\ndomain,xyz2-q.com\nip,45.9.148.9/33\n",
    );
    place.write("fine.csv", "type,value\ndomain,xyz2-q.com\n");
    hunt(&place, "fine.csv").exits(0);
    hunt(&place, "l.csv").exits(2).says(&["l.csv:2", "l.csv:4"]);
}

#[test]
fn a_list_of_what_was_held_back_is_no_list_of_indicators() {
    let place = Place::new();
    place.write("proxy.log", squid(&["http://xyz.com/a"]));
    place.write(
        "held-back.csv",
        "type,value,role,objection,source,matched,reports,tlp\n\
         domain,ours-z-q.com,unknown,own_asset,inventory,ours-z-q.com,,\n",
    );
    place.write("more.txt", "evil-z-q.com\n");
    let ran = place.run(&[
        "block",
        "--indicators",
        "held-back.csv",
        "--indicators",
        "more.txt",
        "--to",
        "domains",
        "-o",
        "-",
    ]);
    assert!(!ran.stdout().contains("ours-z-q.com"), "{}", ran.stdout());
}

#[test]
fn what_its_source_takes_back_is_held_back() {
    let place = Place::new();
    let indicator = |n: u32, version: &str, domain: &str, more: serde_json::Value| {
        let mut object = json!({
            "type": "indicator", "spec_version": "2.1",
            "id": format!("indicator--0000000{n}-17d4-4cbf-938f-98ee46b3cd3f"),
            "created": "2026-11-01T00:00:00Z", "modified": version,
            "pattern": format!("[domain-name:value = '{domain}']"), "pattern_type": "stix",
            "valid_from": "2026-11-01T00:00:00Z",
        });
        let more = more.as_object().unwrap().clone();
        object.as_object_mut().unwrap().extend(more);
        object
    };
    let (first, second) = ("2026-11-02T00:00:00Z", "2026-11-20T00:00:00Z");
    let bundle = json!({
        "type": "bundle", "id": "bundle--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
        "objects": [
            indicator(1, first, "revoked-q.com", json!({ "revoked": true })),
            indicator(2, first, "benign-q.com", json!({ "indicator_types": ["benign"] })),
            indicator(3, first, "oldver-q.com", json!({})),
            indicator(3, second, "newver-q.com", json!({})),
        ],
    });
    place.write("b.json", bundle.to_string());
    let attribute = |domain: &str, to_ids: bool| json!({ "type": "domain", "value": domain, "to_ids": to_ids, "category": "Network activity" });
    let event = json!({ "Event": {
        "info": "x", "date": "2026-11-01", "uuid": "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
        "Attribute": [attribute("ids-false-q.com", false), attribute("ids-true-q.com", true)],
    } });
    place.write("m.json", event.to_string());
    place.write(
        "v.csv",
        "type,value,confidence,verdict,status\ndomain,b1-q.com,100,malicious,active\n\
         domain,b2-q.com,0,benign,inactive\ndomain,b3-q.com,50,whitelist,false positive\n",
    );
    for (list, entries, held) in [
        (
            "b.json",
            vec!["newver-q.com"],
            vec!["benign-q.com", "oldver-q.com", "revoked-q.com"],
        ),
        ("m.json", vec!["ids-true-q.com"], vec!["ids-false-q.com"]),
        ("v.csv", vec!["b1-q.com"], vec!["b2-q.com", "b3-q.com"]),
    ] {
        let ran = block(&place, list, "domains").exits(0);
        assert_eq!(blocked(&ran), entries, "{list}");
        let ran = block(&place, list, "held-back").exits(0).stdout();
        for value in held {
            let row = ran.lines().find(|line| line.contains(value)).unwrap_or("");
            assert!(row.contains("called_benign"), "{list}: {value}: {ran}");
        }
    }
}

#[test]
fn what_stands_in_a_remark_behind_a_value_is_not_the_lists() {
    let place = Place::new();
    place.write(
        "domains.csv",
        "domain\nevil-f-q.com\nevil-g-q.com\n\
         evil-h-q.com - not ours-h-q.com\nevil-i-q.com # similar to ours-i-q.com\n\
         evil-j-q.com\nevil-k-q.com\nevil-l-q.com (sinkholed)\n",
    );
    place.write(
        "nets.csv",
        "ip\n45.9.148.7 (was 45.9.150.1)\n45.9.148.8 (formerly 45.9.150.2/24)\n45.9.148.9 not 45.9.150.3\n",
    );
    let ran = block(&place, "domains.csv", "domains").exits(0);
    let want: Vec<String> = ["f", "g", "h", "i", "j", "k", "l"]
        .map(|letter| format!("evil-{letter}-q.com"))
        .into();
    assert_eq!(blocked(&ran), want, "{}", ran.stderr());
    assert!(ran.stderr().contains("remarks"), "{}", ran.stderr());
    let ran = block(&place, "nets.csv", "cidr").exits(0);
    assert_eq!(blocked(&ran), Vec::<String>::new());
    let ran = block(&place, "nets.csv", "ipv4").exits(0);
    assert_eq!(blocked(&ran), ["45.9.148.7", "45.9.148.8", "45.9.148.9"]);
    // Values with nothing but separators between them are all the list's.
    place.write(
        "pairs.txt",
        "evil-f-q.com, evil-g-q.com\nevil-h-q.com evil-i-q.com\n",
    );
    let ran = block(&place, "pairs.txt", "domains").exits(0);
    assert_eq!(blocked(&ran), want.get(..4).unwrap());
}

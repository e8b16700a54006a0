//! What a person says against the reading: it holds, it can be taken back, and it can be exported.

use serde_json::Value;

use crate::support::Place;

const REPORT: &str = "# Quiet Lantern\n\n## Indicators of compromise\n\n- update-sync[.]net (C2)\n- cdn-own[.]net\n- 203.0.114[.]23\n\n\
## Files\n\nThe loader has the MD5 0cc175b9c0f1b6a831c399e269772661.\n\nVictims saw dropper.exe. We call it GreyFinch.\n";

fn read(place: &Place) -> Value {
    place.write("r.md", REPORT);
    let ran = place.run(&["read", "r.md", "--format", "json"]).exits(0);
    ran.json()["reports"][0].clone()
}

fn mention<'a>(report: &'a Value, value: &str) -> Option<&'a Value> {
    let mut all = report["mentions"].as_array().unwrap().iter();
    all.find(|m| m["value"] == value)
}

fn stored(place: &Place, id: &str) -> Value {
    let ran = place.run(&["show", id, "--format", "json"]).exits(0);
    ran.json()["report"].clone()
}

#[test]
fn a_correction_holds_whenever_the_document_is_read_again() {
    let place = Place::new();
    let before = read(&place);
    let id = before["id"].as_str().unwrap();
    assert_eq!(
        mention(&before, "cdn-own.net").unwrap()["disposition"],
        "ioc"
    );
    let why = ["--why", "our own CDN"];
    let correct = ["correct", id, "cdn-own[.]net", "--means", "benign"];
    place.run(&[&correct[..], &why].concat()).exits(0);
    for again in [stored(&place, id), read(&place)] {
        let mention = mention(&again, "cdn-own.net").unwrap();
        assert_eq!(mention["disposition"], "benign");
        assert_eq!(mention["reasons"][0], "said by a person: our own CDN");
    }
    // Nothing is looked for or blocked that a person took out.
    place.write(
        "logs/a.jsonl",
        "{\"ts\":\"2025-03-04T00:10:00Z\",\"hostname\":\"a\",\"dns_query\":\"cdn-own.net\"}\n",
    );
    let ran = place.run(&["hunt", "logs", "--report", id, "--format", "jsonl"]);
    let lines = ran.json_lines();
    assert!(
        lines
            .iter()
            .all(|l| l["indicator"]["value"] != "cdn-own.net")
    );

    place
        .run(&["correct", id, "cdn-own.net", "--withdraw"])
        .exits(0);
    assert_eq!(stored(&place, id), before, "the reading holds again");
    let listed = place.run(&["corrections", "--format", "json"]).json();
    assert_eq!(
        listed["corrections"].as_array().map(Vec::len),
        Some(2),
        "both are kept"
    );
}

#[test]
fn what_was_missed_or_invented_is_put_right() {
    let place = Place::new();
    let id = read(&place)["id"].as_str().unwrap().to_owned();
    let run = |rest: &[&str]| {
        place.run(&[&["correct", &id], rest].concat()).exits(0);
    };
    // Only a picture has it.
    run(&[
        "198.51.100.77",
        "--kind",
        "ipv4",
        "--means",
        "ioc",
        "--role",
        "c2",
    ]);
    run(&["update-sync.net", "--means", "nothing"]);
    run(&["T1105", "--means", "told"]);
    run(&["--name", "GreyFinch", "--means", "malware"]);
    run(&[
        "0cc175b9c0f1b6a831c399e269772661",
        "dropper.exe",
        "--one-file",
    ]);
    let report = stored(&place, &id);
    let added = mention(&report, "198.51.100.77").unwrap();
    assert_eq!(
        (&added["disposition"], &added["role"]),
        (&"ioc".into(), &"c2".into())
    );
    assert!(mention(&report, "update-sync.net").is_none());
    let technique = &report["techniques"].as_array().unwrap()[0];
    assert_eq!(
        (&technique["id"], &technique["name"]),
        (&"T1105".into(), &"Ingress Tool Transfer".into())
    );
    let names = report["names"].as_array().unwrap();
    assert!(
        names
            .iter()
            .any(|n| n["text"] == "GreyFinch" && n["kind"] == "malware")
    );
    let files = report["files"].as_array().unwrap();
    let one = files
        .iter()
        .find(|f| f["md5"] == "0cc175b9c0f1b6a831c399e269772661")
        .unwrap();
    assert_eq!(one["names"], serde_json::json!(["dropper.exe"]));
}

#[test]
fn corrected_reports_are_exported_as_labelled_documents() {
    let place = Place::new();
    let id = read(&place)["id"].as_str().unwrap().to_owned();
    place
        .run(&["corrections", "--export", "cases"])
        .exits(2)
        .says(&["nothing has been corrected"]);
    place
        .run(&["correct", &id, "cdn-own.net", "--means", "benign"])
        .exits(0);
    place
        .run(&["correct", &id, "update-sync.net", "--means", "nothing"])
        .exits(0);
    place.run(&["corrections", "--export", "cases"]).exits(0);
    let labels = std::fs::read_to_string(place.path("cases/labels.jsonl")).unwrap();
    let label: Value = serde_json::from_str(labels.trim()).unwrap();
    let document = label["doc"].as_str().unwrap();
    let bytes = std::fs::read(place.path("cases").join(document)).unwrap();
    assert_eq!(bytes, REPORT.as_bytes());
    let of = |value: &str| {
        let mut all = label["indicators"].as_array().unwrap().iter();
        all.find(|i| i["value"] == value).map(|i| i["role"].clone())
    };
    assert_eq!(of("cdn-own.net"), Some("benign".into()));
    assert_eq!(of("update-sync.net"), None, "to read it is an error");
    assert_eq!(
        of("203.0.114.23"),
        Some("ambiguous".into()),
        "nobody said anything of it"
    );
    // Twice the same bytes.
    place
        .run(&["corrections", &id, "--export", "again"])
        .exits(0);
    assert_eq!(
        std::fs::read_to_string(place.path("again/labels.jsonl")).unwrap(),
        labels
    );
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_can() {
    let place = Place::new();
    let id = read(&place)["id"].as_str().unwrap().to_owned();
    for (rest, says) in [
        (&["nothing here at all", "--means", "ioc"][..], "--kind"),
        (&["update-sync.net", "--means", "malware"], "ioc, reference"),
        (
            &["update-sync.net", "--means", "benign", "--role", "c2"],
            "--means ioc",
        ),
        (&["T1105", "--means", "benign"], "told or nothing"),
        (&["--name", "X", "--means", "ioc"], "actor, malware"),
        (&["--means", "ioc"], "what is corrected"),
        (
            &["update-sync.net", "203.0.114.23", "--one-file"],
            "no fact about a file",
        ),
        (&["dropper.exe", "--one-file"], "needs a hash"),
        (&["zz", "--means", "ioc", "--kind", "ipv4"], "not a valid"),
        (&["x", "--means", "ioc", "--kind", "planet"], "one of"),
    ] {
        place
            .run(&[&["correct", &id], rest].concat())
            .exits(2)
            .says(&[says]);
    }
    place
        .run(&["correct", "R-000000000000", "a.com", "--means", "ioc"])
        .exits(2)
        .says(&["R-000000000000"]);
    assert_eq!(
        place
            .run(&["corrections", "--format", "json"])
            .exits(0)
            .json()["corrections"]
            .as_array()
            .map_or(0, Vec::len),
        0
    );
}

#[test]
fn only_what_was_said_can_be_taken_back_and_a_reason_says_something() {
    let place = Place::new();
    let id = read(&place)["id"].as_str().unwrap().to_owned();
    let kept = || {
        let ran = place.run(&["corrections", "--format", "json"]).exits(0);
        ran.json()["corrections"].as_array().map_or(0, Vec::len)
    };
    for (subject, means, says) in [
        (&["--country", "VN"][..], "victim", "the country VN"),
        (
            &["--sector", "government"],
            "victim",
            "the sector government",
        ),
        (
            &["--name", "GreyFinch"],
            "malware",
            "the name \"GreyFinch\"",
        ),
        (&["T1105"], "told", "T1105"),
        (&["cdn-own[.]net"], "benign", "cdn-own.net"),
        (
            &[
                "0cc175b9c0f1b6a831c399e269772661",
                "dropper.exe",
                "--one-file",
            ],
            "",
            "one file of",
        ),
    ] {
        let before = kept();
        let withdraw = [&["correct", &id][..], subject, &["--withdraw"]].concat();
        let refused = || {
            let ran = place.run(&withdraw).exits(2);
            ran.says(&["there is nothing to withdraw", says, "tegakari corrections"]);
        };
        refused();
        let mut say = [&["correct", &id][..], subject].concat();
        if !means.is_empty() {
            say.extend(["--means", means]);
        }
        for blank in ["", "  ", "\t", "\u{3000}\u{200b}", "\u{2060}"] {
            let why = [&say[..], &["--why", blank]].concat();
            place.run(&why).exits(2).says(&["reason is empty", "--why"]);
        }
        assert_eq!(kept(), before, "nothing was recorded");
        place.run(&say).exits(0);
        let ran = place.run(&withdraw).exits(0).says(&["taken back"]);
        assert!(
            !ran.stdout().contains("nothing has been"),
            "{}",
            ran.stdout()
        );
        refused();
        assert_eq!(kept(), before + 2);
    }
    // One of several that was never said: none is taken back.
    place
        .run(&["correct", &id, "cdn-own.net", "--means", "benign"])
        .exits(0);
    let before = kept();
    place
        .run(&[
            "correct",
            &id,
            "cdn-own.net",
            "update-sync.net",
            "--withdraw",
        ])
        .exits(2)
        .says(&["update-sync.net"]);
    assert_eq!(kept(), before);
}

#[test]
fn what_the_report_does_not_have_is_refused_with_what_is_near() {
    let place = Place::new();
    let id = read(&place)["id"].as_str().unwrap().to_owned();
    for (rest, says) in [
        (
            &["update-synk.net", "--means", "ioc"][..],
            &["update-synk.net", "update-sync.net"][..],
        ),
        (&["203.0.114.32", "--means", "ioc"], &["does not have"]),
        (&["nowhere.net", "--means", "benign"], &["--kind"]),
        (&["T9999", "--means", "told"], &["no technique T9999"]),
        (&["T1059", "--means", "nothing"], &["does not have T1059"]),
        (&["--name", "GreyFunch", "--means", "actor"], &["GreyFunch"]),
        (
            &["--country", "VN", "--means", "nothing"],
            &["the country VN"],
        ),
        (
            &[
                "0cc175b9c0f1b6a831c399e269772661",
                "another.exe",
                "--one-file",
            ],
            &["another.exe"],
        ),
        (&["", "--means", "ioc"], &["value is blank"]),
        (&["\u{200b}", "--means", "ioc"], &["value is blank"]),
    ] {
        place
            .run(&[&["correct", &id], rest].concat())
            .exits(2)
            .says(says);
    }
    for blank in ["", " ", "\u{3000}"] {
        place
            .run(&["correct", blank, "cdn-own.net", "--means", "benign"])
            .exits(2)
            .says(&["an id is needed"]);
    }
    place
        .run(&["correct", &id, "T9999", "--means", "told", "--lang", "ja"])
        .exits(2)
        .says(&["テクニック T9999 はありません"]);
    let listed = place.run(&["corrections", "--format", "json"]).exits(0);
    assert_eq!(
        listed.json()["corrections"].as_array().map_or(0, Vec::len),
        0
    );
    // What the reader made nothing of is in the text all the same, however it is written; and what was said may be said again.
    for _ in 0..2 {
        for value in ["greyfinch", "GREYFINCH"] {
            let arguments = ["correct", &id, value, "--kind", "mutex", "--means", "ioc"];
            place.run(&arguments).exits(0);
        }
        place
            .run(&["correct", &id, "UPDATE-SYNC[.]net", "--means", "nothing"])
            .exits(0);
        place
            .run(&["correct", &id, "T1105", "--means", "told"])
            .exits(0);
        place
            .run(&["correct", &id, "T1105", "--means", "nothing"])
            .exits(0);
    }
    place
        .run(&["correct", &id, "T1105", "--withdraw", "--lang", "ja"])
        .exits(0)
        .says(&["取り消しました"]);
}

//! `tegakari share`: what is shared says what was read, and no more than that.

use std::process::Command;

use serde_json::Value;

use crate::support::{Place, repository};

/// A report with what breaks writers that put values into text.
const HOSTILE: &str = "# \"Quoted\" <b>title</b>\n\nThe group Lotus Blossom used T1059.001.\n\n## Indicators of Compromise\n\n- evil-ioc[.]com\n- hxxp://evil-ioc[.]com/it's?a=\\'b&c=\"d\"\n- 45.76.1[.]7\n- bdeb9d019a02eb49c21f7c04169406ac586d630032a059f63c497951303b8d00\n- HKLM\\Software\\it's\n- CVE-2021-44228\n";

/// Five hundred values of many kinds, with what breaks out of fields in those that may hold it.
fn mixed() -> String {
    let hostile = [
        "a' OR 'b",
        "\\\\ \\",
        "%0a%00",
        "*/ x /*",
        "]]><x>",
        "{{ 7 * 7 }}",
        "\u{202e}gpj",
        "$(id)",
        "=cmd|x",
        "раура1",
    ];
    let mut rows = String::from("type,value\n");
    for n in 0..50 {
        let text = hostile[n % hostile.len()];
        rows.push_str(&format!(
            "ip,45.{n}.9.7\nipv6,2a00:{n:x}::7\ncidr,46.{n}.0.0/20\ndomain,c{n}.evil-mixed.com\nurl,http://h{n}.evil-mixed.com/a{n}\nmd5,{n:032x}\nsha1,{n:040x}\nsha256,{n:064x}\nmutex,{text} {n}\nuser_agent,{text} {n}\nfile_name,{}{n}.exe\ndetection_name,Win.{text}.{n}\n",
            text.replace(['/', '\\'], "_")
        ));
    }
    rows
}

/// A folder with the example in its database, hunted and weighed.
pub(crate) fn with_example() -> Place {
    let place = Place::new();
    let at = |name: &str| {
        repository(&format!("examples/{name}"))
            .display()
            .to_string()
    };
    place
        .run(&[
            "-q",
            "investigate",
            &at("report.en.md"),
            "--logs",
            &at("logs"),
            "--inventory",
            &at("assets.csv"),
        ])
        .exits(1);
    place
}

/// What matters of the first report in the answer of `read --format json`.
fn facts(answer: &Value) -> Vec<String> {
    let report = &answer["reports"][0];
    // The name of a file is a path of ours and not shared; a report without a title gets its id for one.
    let title = report["title"]
        .as_str()
        .filter(|t| !t.starts_with("Untitled"));
    let mut facts = vec![format!("{title:?} {}", report["published"])];
    for mention in report["mentions"].as_array().unwrap() {
        if mention["disposition"] == "ioc" {
            facts.push(format!(
                "{} {} {} {}",
                mention["type"], mention["value"], mention["first_seen"], mention["last_seen"]
            ));
        }
    }
    for technique in report["techniques"].as_array().unwrap() {
        facts.push(technique["id"].to_string());
    }
    for name in report["names"].as_array().unwrap() {
        facts.push(format!("{} {}", name["kind"], name["text"]));
    }
    for target in report["targets"].as_array().unwrap() {
        facts.push(format!("{} {}", target["target"], target["attacked"]));
    }
    for file in report["files"].as_array().unwrap() {
        if let Some(names) = file["detections"].as_array() {
            facts.push(format!("{} is {names:?}", file["sha256"]));
        }
    }
    facts.sort();
    facts
}

#[test]
fn what_was_shared_is_read_again_as_it_was() {
    let place = with_example();
    let dated = "# Watering hole\n\nPublished: 2025-03-06\n\nThe malware Sagerunex was used by Lotus Blossom against government bodies in Japan.\n\n## Indicators of Compromise\n\n- evil-ioc[.]com\n";
    let csv = "type,value,first_seen,last_seen\ndomain,first-ioc.com,2025-01-02T03:04:05Z,2025-01-02T03:04:05Z\nip,45.76.1.9,2025-02-01T00:00:00Z,\n";
    let detected = "type,value\nsha256,bdeb9d019a02eb49c21f7c04169406ac586d630032a059f63c497951303b8d00\ndetection_name,Win.Trojan.Miner-9835871-0\n";
    for (name, text) in [
        ("detected.csv", Some(detected)),
        ("example", None),
        ("dated.md", Some(dated)),
        ("times.csv", Some(csv)),
        ("hostile.md", Some(HOSTILE)),
    ] {
        let path = match text {
            Some(text) => place.write(name, text),
            None => repository("examples/report.en.md"),
        };
        let before = place
            .run(&["read", path.to_str().unwrap(), "--format", "json"])
            .exits(0)
            .json();
        let id = before["reports"][0]["id"].as_str().unwrap().to_owned();
        for form in ["stix", "misp"] {
            let file = place.path("shared.json");
            place
                .run(&[
                    "-q",
                    "share",
                    "--as",
                    form,
                    "--report",
                    &id,
                    "-o",
                    file.to_str().unwrap(),
                ])
                .exits(0);
            let again = place
                .run(&[
                    "read",
                    "--dry-run",
                    file.to_str().unwrap(),
                    "--format",
                    "json",
                ])
                .exits(0)
                .json();
            assert_eq!(facts(&again), facts(&before), "{name} as {form}");
            assert!(facts(&before).len() > 2, "{name} says something");
        }
    }
}

#[test]
fn nothing_of_our_own_is_told_unless_asked_for() {
    let place = with_example();
    for form in ["stix", "misp", "navigator", "csv", "jsonl"] {
        let shared = place.run(&["share", "--as", form]).exits(0).stdout();
        for own in ["srv-proxy", "ws-aoki", "examples/logs", "proxy.log"] {
            assert!(!shared.contains(own), "{own} is in {form}");
        }
    }
    let told = place
        .run(&["share", "--as", "stix", "--machines"])
        .exits(0)
        .stdout();
    assert!(told.contains("srv-proxy"), "names were asked for");
    let reports = place.run(&["share", "--reports-only"]).exits(0).json();
    let types: Vec<&str> = reports["objects"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|o| o["type"].as_str())
        .collect();
    assert!(types.contains(&"indicator"));
    for own in ["sighting", "observed-data", "note"] {
        assert!(!types.contains(&own), "{own} with --reports-only");
    }
}

#[test]
fn sightings_tell_what_could_be_seen_and_who_it_may_be_is_no_identity() {
    let place = with_example();
    let bundle = place.run(&["share"]).exits(0).json();
    let objects = bundle["objects"].as_array().unwrap();
    let of = |kind: &str| {
        objects
            .iter()
            .filter(|o| o["type"] == kind)
            .collect::<Vec<_>>()
    };
    let sightings = of("sighting");
    let none = sightings.iter().filter(|s| s["count"] == 0).count();
    // As `investigate` says of the example: 8 seen, 10 not seen where they would have shown, 6 that nobody can tell.
    assert_eq!((sightings.len() - none, none), (8, 10));
    let untold: usize = of("note")
        .iter()
        .filter(|n| n["abstract"] == "Cannot tell whether it was here")
        .map(|n| n["object_refs"].as_array().unwrap().len())
        .sum();
    assert_eq!(untold, 6);
    let mut attributed = 0;
    for relation in of("relationship")
        .iter()
        .filter(|r| r["relationship_type"] == "attributed-to")
    {
        attributed += 1;
        let target = relation["target_ref"].as_str().unwrap();
        assert!(target.starts_with("intrusion-set--"), "{target}");
        assert!(relation["confidence"].is_u64());
        let words = relation["description"].as_str().unwrap();
        assert!(words.contains("very likely (80–95 %)"), "{words}");
        assert_eq!(relation["confidence"], 85, "the number of that word");
        assert!(
            !words.contains("onfidence"),
            "likelihood and confidence share no text: {words}"
        );
    }
    assert_eq!(attributed, 1);
    let notes: String = of("note")
        .iter()
        .map(|n| n["content"].as_str().unwrap())
        .collect();
    assert!(
        notes.contains("None of the known: almost no chance (1–5 %)."),
        "{notes}"
    );
    // What is ours is AMBER, what the report says stays as the report is marked.
    let marking = |o: &Value| o["object_marking_refs"][0].as_str().unwrap().to_owned();
    assert!(sightings.iter().all(|s| marking(s).contains("55d920b0")));
    assert!(
        of("indicator")
            .iter()
            .all(|i| marking(i).contains("94868c89"))
    );
    let again = place.run(&["share"]).exits(0).json();
    assert_eq!(again, bundle, "the same database gives the same bytes");
}

#[test]
fn a_marking_is_never_widened() {
    let place = Place::new();
    let report = place.write(
        "red.md",
        "TLP:RED\n\n## Indicators of Compromise\n\n- evil-ioc[.]com\n",
    );
    place
        .run(&["-q", "read", report.to_str().unwrap()])
        .exits(0);
    place
        .run(&["share", "--tlp", "green"])
        .exits(2)
        .says(&["TLP:RED", "TLP:GREEN", "--report"]);
    place
        .run(&["--lang", "ja", "share", "--tlp", "green"])
        .exits(2)
        .says(&["共有できません"]);
    let red = place.run(&["share", "--tlp", "red"]).exits(0).stdout();
    assert!(red.contains("e828b379-4e03-4974-9ac4-e53a884c97c1"));
    place.run(&["share", "--tlp", "pink"]).exits(2);
    place
        .run(&["share", "--as", "misp-feed"])
        .exits(2)
        .says(&["-o DIR"]);
    place.run(&["share", "--as", "nothing"]).exits(2);
    place.run(&["share", "--report", "R-000000000000"]).exits(2);
    let nowhere = Place::new();
    nowhere.run(&["share"]).exits(2).says(&["read one first"]);
}

#[test]
fn real_programs_take_what_is_shared() {
    let check = "/opt/tegakari-validators/bin/tg-check";
    if !std::path::Path::new(check).exists() {
        eprintln!("SKIP: {check} is not installed");
        return;
    }
    let place = with_example();
    for (name, text) in [("hostile.md", HOSTILE.to_owned()), ("mixed.csv", mixed())] {
        let report = place.write(name, text);
        place
            .run(&["-q", "read", report.to_str().unwrap()])
            .exits(0);
    }
    let lists = place.path("lists");
    let everything = ["-q", "block", "--to", "all", "-o", lists.to_str().unwrap()];
    place.run(&everything).exits(0);
    for (form, kind, name) in [
        ("stix", "stix", "bundle.json"),
        ("navigator", "layer", "layer.json"),
        ("misp-feed", "misp-feed", "feed"),
        ("", "stix", "lists/block.stix.json"),
        ("", "lucene", "lists/block.lucene.txt"),
        ("", "eql", "lists/block.eql"),
        ("", "yara", "lists/block.yar"),
        ("", "openioc", "lists/block.ioc"),
        ("", "sigma", "lists/tegakari_block_list.yml"),
    ] {
        let path = place.path(name);
        if !form.is_empty() {
            place
                .run(&["-q", "share", "--as", form, "-o", path.to_str().unwrap()])
                .exits(0);
        }
        let told = Command::new(check).arg(kind).arg(&path).output().unwrap();
        let said = String::from_utf8_lossy(&told.stdout).into_owned();
        assert!(
            told.status.success(),
            "{form}: {said}{}",
            String::from_utf8_lossy(&told.stderr)
        );
    }
}

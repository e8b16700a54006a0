//! Answers to questions, grades of facts, victims, and what cannot be weighed.

use serde_json::Value;

use crate::over_time::{assess, case, place, probability, report, words};
use crate::support::Place;

fn questions(assessment: &Value) -> &Vec<Value> {
    assessment["questions"].as_array().unwrap()
}

#[test]
fn what_a_question_says_of_a_no_is_what_the_program_says_after_it() {
    let first = place();
    let id = report(&first, "r.md", &case(1, "Quillback5x"));
    let before = assess(&first, &[&id]);
    let asks: Vec<Value> = questions(&before).clone();
    assert!(asks.iter().all(|q| q["gain"].as_f64().unwrap() >= 0.005));
    for question in asks.iter().take(3) {
        let tell = words(question["tell_no"].as_str().unwrap());
        let after = first.run(&[&tell[1..], &["--format".into(), "json".into()]].concat());
        let after = after.exits(0).json();
        let leads = &after["hypotheses"][0];
        let said = &question["if_no"];
        assert_eq!(leads["actor"]["id"], said["first"]["id"], "{question:#}");
        let p = |v: &Value| v["probability"].as_f64().unwrap();
        assert!((p(leads) - p(said)).abs() < 1e-9, "{question:#} {leads:#}");
        let absent = after["evidence"].as_array().unwrap().iter();
        let absent: Vec<&Value> = absent.filter(|e| e["kind"] == "absent").collect();
        assert_eq!(absent.len(), 1, "{after:#}");
        assert_eq!(
            absent[0]["stated"][0]["why"],
            words(question["tell_no"].as_str().unwrap())[7]
        );
        for (language, head) in [
            ("en", "Looked for and not found"),
            ("ja", "見つからなかったもの"),
        ] {
            let page = first
                .run(&["assess", id.as_str(), "--lang", language])
                .exits(0)
                .stdout();
            assert!(page.contains(head), "{page}");
        }
        // Taken back, everything is as it was.
        let mut back: Vec<String> = tell[1..].to_vec();
        let at = back.iter().position(|word| word == "no").unwrap();
        back[at] = "withdraw".to_owned();
        first.run(&back).exits(0);
        assert_eq!(assess(&first, &[&id])["id"], before["id"]);
        first.run(&back).exits(2).says(&["taken back"]);
    }
}

#[test]
fn an_absence_counts_by_what_could_have_been_seen() {
    let place = place();
    let id = report(&place, "r.md", &case(1, "Quillback5x"));
    let leads = |share: &str| {
        let arguments = [
            "assess",
            &id,
            "--answer",
            "T1082",
            "no",
            "--why",
            "x",
            "--visibility",
            share,
            "--format",
            "json",
        ];
        let after = place.run(&arguments).exits(0).json();
        probability(&after, "Grey Heron 5").unwrap()
    };
    let none = probability(&assess(&place, &[&id]), "Grey Heron 5").unwrap();
    let of: Vec<f64> = ["0", "0.3", "0.6", "0.9"].map(leads).to_vec();
    assert!((of[0] - none).abs() < 1e-9, "{none} {of:?}");
    let falls = of.windows(2).all(|w| w[1] <= w[0] + 1e-12);
    let rises = of.windows(2).all(|w| w[1] >= w[0] - 1e-12);
    assert!(falls || rises, "{of:?}");
    for share in ["2", "-1", "nan"] {
        let visibility = format!("--visibility={share}");
        let arguments = [
            "assess",
            &id,
            "--answer",
            "T1082",
            "no",
            "--why",
            "x",
            &visibility,
        ];
        place.run(&arguments).exits(2);
    }
}

#[test]
fn answers_that_mean_nothing_are_refused_with_what_can_be_said() {
    let place = place();
    let id = report(&place, "r.md", &case(1, "Quillback5x"));
    for (question, says) in [
        ("T1059.999", "no technique"),
        ("Quillbach5x", "is no question"),
        ("country:Japan", "two letters"),
        ("country:ZZ", "no country"),
        ("sector:goverment", "no sector"),
        ("infrastructure:Nobody", "no cluster"),
        ("99", "no question 99"),
        ("Quillback5x", "states it already"),
        ("", "is no question"),
        ("\u{1b}[31m", "is no question"),
    ] {
        let answer = ["assess", &id, "--answer", question, "no", "--why", "x"];
        place.run(&answer).exits(2).says(&[says]);
    }
    place
        .run(&["assess", &id, "--answer", "T1082", "maybe", "--why", "x"])
        .exits(2)
        .says(&["yes, no or withdraw"]);
    place
        .run(&["assess", &id, "--answer", "T1082", "no"])
        .exits(2);
    place
        .run(&["assess", &id, "--answer", "T1082", "no", "--why", " "])
        .exits(2)
        .says(&["--why"]);
}

#[test]
fn a_grade_is_kept_changes_the_weight_and_is_taken_back() {
    let place = place();
    let id = report(&place, "r.md", &case(1, "Quillback5x"));
    let before = assess(&place, &[&id]);
    let grade = |to: &str| {
        let grade = format!("Quillback5x={to}");
        let arguments = [
            "assess", &id, "--grade", &grade, "--why", "a guess", "--format", "json",
        ];
        place.run(&arguments).exits(0).json()
    };
    let worse = grade("E5");
    let p = |a: &Value| probability(a, "Grey Heron 5").unwrap_or(0.0);
    assert!(p(&worse) < p(&before), "{} {}", p(&worse), p(&before));
    let mut all = worse["evidence"].as_array().unwrap().iter();
    let graded = all.find(|e| e["name"] == "Quillback5x").unwrap();
    assert_eq!(
        (
            &graded["reliability"],
            &graded["credibility"],
            &graded["stated"][0]["why"]
        ),
        (&"E".into(), &5.into(), &"a guess".into())
    );
    assert_eq!(assess(&place, &[&id])["id"], worse["id"], "it is kept");
    assert_eq!(grade("default")["id"], before["id"]);
    for (typed, says) in [
        ("Quillback5x=G2", "A to F"),
        ("Nothing=B2", "no fact"),
        ("B2", "FACT=GRADE"),
    ] {
        let arguments = ["assess", &id, "--grade", typed, "--why", "x"];
        place.run(&arguments).exits(2).says(&[says]);
    }
}

#[test]
fn a_victim_is_corrected_like_anything_else() {
    let place = place();
    let id = report(&place, "r.md", &case(1, "Quillback5x"));
    let targets = |place: &Place| {
        let shown = place
            .run(&["show", &id, "--format", "json"])
            .exits(0)
            .json();
        shown["report"]["targets"].clone()
    };
    assert_eq!(targets(&place).as_array().unwrap().len(), 0);
    let means = |what: [&str; 2], means: &str| {
        let arguments = ["correct", &id, what[0], what[1], "--means", means];
        place.run(&arguments)
    };
    means(["--country", "vn"], "victim").exits(0);
    means(["--sector", "government"], "victim").exits(0);
    let kept = targets(&place);
    assert_eq!(kept[0]["target"]["country"], "VN", "{kept}");
    assert_eq!(kept[1]["target"]["sector"], "government", "{kept}");
    let evidence = assess(&place, &[&id])["evidence"].to_string();
    assert!(evidence.contains("target_country"), "{evidence}");
    means(["--country", "VN"], "nothing").exits(0);
    assert_eq!(targets(&place).as_array().unwrap().len(), 1);
    for slip in [["--country", "ZZ"], ["--sector", "goverment"]] {
        means(slip, "victim").exits(2).says(&[slip[1]]);
    }
    means(["--country", "Vietnam"], "victim")
        .exits(2)
        .says(&["two letters"]);
    means(["--country", "VN"], "ioc")
        .exits(2)
        .says(&["victim or nothing"]);
    means(["--sector", "\u{202e}x"], "victim")
        .exits(2)
        .says(&["no trade"]);
}

#[test]
fn what_is_not_there_is_said_in_the_language_asked_for() {
    let place = place();
    for (what, en, ja) in [
        ("R-000000000000", "nothing with the id", "データベース"),
        ("qqqzzzqqq", "nothing is known", "何も分かりません"),
    ] {
        place.run(&["show", what]).exits(2).says(&[en, what]);
        place
            .run(&["show", what, "--lang", "ja"])
            .exits(2)
            .says(&[ja, what]);
    }
}

#[test]
fn what_cannot_be_weighed_is_said_and_prefers_nobody() {
    let place = place();
    let leads = |a: &Value| a["hypotheses"][0]["actor"].clone();
    // An id that nobody has, and nothing else: the prior, and it is said that nothing was given.
    let unknown = report(
        &place,
        "unknown.md",
        "# Told\n\nThey used T9999 and T1234.999.\n",
    );
    let a = assess(&place, &[&unknown]);
    assert!(leads(&a).is_null(), "{a:#}");
    assert_eq!(a["evidence"].as_array().unwrap().len(), 0);
    let page = place.run(&["assess", &unknown]).exits(0).stdout();
    assert!(page.contains("There is no evidence"), "{page}");
    // One technique only: nobody is anywhere near certain.
    let one = report(&place, "one.md", "# Told\n\nThe attackers used T1082.\n");
    let a = assess(&place, &[&one]);
    let best = a["hypotheses"].as_array().unwrap().iter();
    let best = best
        .filter(|h| !h["actor"].is_null())
        .map(|h| h["probability"].as_f64().unwrap());
    assert!(best.fold(0.0, f64::max) < 0.55, "{a:#}");
    // Contradictory: malware of two actors. Neither is certain.
    let both = report(
        &place,
        "both.md",
        "# Told\n\nThe malware Quillback1x was installed. The malware Quillback5x was installed too.\n",
    );
    let a = assess(&place, &[&both]);
    let best = a["hypotheses"].as_array().unwrap().iter();
    let best = best
        .filter(|h| !h["actor"].is_null())
        .map(|h| h["probability"].as_f64().unwrap());
    assert!(best.fold(0.0, f64::max) < 0.8, "{a:#}");
    // Five hundred ids, known and unknown: an answer all the same, and nothing above 99 %.
    let many: Vec<String> = (0..500).map(|n| format!("T{}", 1001 + n)).collect();
    let text = format!("# Told\n\nThe attackers used {}.\n", many.join(", "));
    let many = report(&place, "many.md", &text);
    let a = assess(&place, &[&many]);
    assert!(
        a["hypotheses"]
            .as_array()
            .unwrap()
            .iter()
            .all(|h| h["probability"].as_f64().unwrap() <= 0.99)
    );
}

#[test]
fn a_retired_id_stands_for_its_successor() {
    // The embedded knowledge: T1086 was retired, and T1059.001 took its place.
    let place = Place::new();
    let old = report(
        &place,
        "old.md",
        "# Told\n\nThe attackers used T1086 and T1105.\n",
    );
    let new = report(
        &place,
        "new.md",
        "# Told\n\nThe attackers used T1059.001 and T1105.\n",
    );
    let techniques = |a: &Value| {
        let all = a["evidence"].as_array().unwrap().iter();
        let ids = all
            .filter(|e| e["kind"] == "technique")
            .map(|e| e["id"].to_string());
        ids.collect::<std::collections::BTreeSet<_>>()
    };
    let (a, b) = (assess(&place, &[&old]), assess(&place, &[&new]));
    assert_eq!(techniques(&a), techniques(&b));
    assert_eq!(
        a["hypotheses"][0]["probability"],
        b["hypotheses"][0]["probability"]
    );
    // And an answer about the old id is one about the new.
    place
        .run(&["assess", &new, "--answer", "T1086", "no", "--why", "x"])
        .exits(2)
        .says(&["technique:T1059.001"]);
}

#[test]
fn a_hostile_name_and_half_a_knowledge_file_do_no_harm() {
    let place = Place::new();
    let hostile = "Evil\u{1b}]0;pwned\u{7} <script>alert(1)</script> \u{202e}Bear";
    let group = |name: &str| {
        serde_json::json!({"type": "bundle", "objects": [
            {"type": "x-mitre-collection", "id": "x-mitre-collection--1", "x_mitre_version": "97.0", "modified": "2099-01-01T00:00:00.000Z"},
            {"type": "attack-pattern", "id": "attack-pattern--1", "name": "Habit",
             "external_references": [{"source_name": "mitre-attack", "external_id": "T1082"}],
             "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "discovery"}]},
            {"type": "intrusion-set", "id": "intrusion-set--1", "name": name, "aliases": [name, "Red Lamp"],
             "external_references": [{"source_name": "mitre-attack", "external_id": "G9001"}]}]})
        .to_string()
    };
    place.write("k/attack/enterprise-attack-97.0.json", group(hostile));
    place
        .run(&["knowledge", "compile", "k", "-o", "k.bin"])
        .exits(0);
    let id = report(
        &place,
        "r.md",
        "# Told\n\nThe group Red Lamp attacked a ministry.\n\n- c2-lamp[.]net (C2)\n",
    );
    let page = place
        .run(&["--knowledge", "k.bin", "assess", &id, "--color", "never"])
        .exits(0)
        .stdout();
    assert!(!page.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{page:?}");
    let json = place
        .run(&["--knowledge", "k.bin", "assess", &id, "--format", "json"])
        .exits(0)
        .stdout();
    assert!(!json.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{json:?}");
    // Cut in half.
    let bytes = std::fs::read(place.path("k.bin")).unwrap();
    place.write("half.bin", &bytes[..bytes.len() / 2]);
    place
        .run(&["--knowledge", "half.bin", "assess", &id])
        .exits(2)
        .says(&["half.bin", "cut off"]);
}

//! What to look for next, assessments over time, and a user's own clusters: real runs against a small made-up world.

use serde_json::{Value, json};

use crate::support::Place;

/// Groups of the made-up world; group `n` uses techniques `n..n+6` and malware of its own.
const GROUPS: usize = 24;
const TECHNIQUES: [&str; 30] = [
    "T1003", "T1005", "T1007", "T1012", "T1016", "T1018", "T1021", "T1027", "T1033", "T1036",
    "T1039", "T1041", "T1046", "T1047", "T1049", "T1053", "T1055", "T1056", "T1057", "T1059",
    "T1068", "T1069", "T1070", "T1071", "T1074", "T1082", "T1083", "T1087", "T1090", "T1105",
];

/// A bundle in the form ATT&CK publishes. `more` adds uses of malware by groups (group, malware).
fn bundle(more: &[(usize, usize)]) -> String {
    let named = |id: &str| json!([{"source_name": "mitre-attack", "external_id": id}]);
    let mut objects = Vec::new();
    for id in TECHNIQUES {
        objects.push(
            json!({"type": "attack-pattern", "id": format!("attack-pattern--{id}"),
            "name": format!("Habit {id}"), "external_references": named(id),
            "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "execution"}]}),
        );
    }
    let mut uses = |from: String, to: String, cited: String| {
        objects.push(
            json!({"type": "relationship", "id": format!("relationship--{from}{to}"),
            "relationship_type": "uses", "source_ref": from, "target_ref": to,
            "external_references": [{"source_name": cited}]}),
        );
    };
    for n in 0..GROUPS {
        let group = format!("intrusion-set--{n}");
        for step in 0..6 {
            let id = TECHNIQUES[(n + step) % TECHNIQUES.len()];
            uses(
                group.clone(),
                format!("attack-pattern--{id}"),
                format!("Study {n} {}", step / 3),
            );
        }
        uses(
            group.clone(),
            format!("malware--{n}"),
            format!("Study {n} 0"),
        );
    }
    for (group, malware) in more {
        let cited = format!("Later study {group}");
        uses(
            format!("intrusion-set--{group}"),
            format!("malware--{malware}"),
            cited.clone(),
        );
        for step in 0..6 {
            let id = TECHNIQUES[step * 4];
            uses(
                format!("intrusion-set--{group}"),
                format!("attack-pattern--{id}"),
                cited.clone(),
            );
        }
    }
    for n in 0..GROUPS {
        objects.push(json!({"type": "intrusion-set", "id": format!("intrusion-set--{n}"),
            "name": format!("Grey Heron {n}"), "external_references": named(&format!("G{:04}", 9000 + n))}));
    }
    for n in 0..GROUPS + 1 {
        objects.push(json!({"type": "malware", "id": format!("malware--{n}"), "is_family": true,
            "name": format!("Quillback{n}x"), "external_references": named(&format!("S{:04}", 9000 + n))}));
    }
    json!({"type": "bundle", "objects": objects}).to_string()
}

pub(crate) fn place() -> Place {
    let place = Place::new();
    place.write("first/attack/enterprise-attack-98.0.json", bundle(&[]));
    // A later release: group 3 is on record with the malware that nobody had before.
    place.write(
        "second/attack/enterprise-attack-99.0.json",
        bundle(&[(3, GROUPS)]),
    );
    place
        .run(&["knowledge", "update", "--from", "first"])
        .exits(0);
    place
}

pub(crate) fn report(place: &Place, name: &str, text: &str) -> String {
    place.write(name, text);
    let read = place
        .run(&["read", name, "--format", "json"])
        .exits(0)
        .json();
    read["reports"][0]["id"].as_str().unwrap().to_owned()
}

pub(crate) fn case(n: usize, malware: &str) -> String {
    let told: Vec<&str> = (0..3).map(|step| TECHNIQUES[step * 4]).collect();
    format!(
        "# A quiet intrusion, number {n}\n\nPublished 2025-0{}-01\n\nThe malware {malware} was installed. {malware} used {}.\n\n\
         ## Indicators of compromise\n\n- update-{n}[.]net (C2)\n- shared-node[.]net (C2)\n",
        1 + n % 9,
        told.join(", ")
    )
}

pub(crate) fn assess(place: &Place, ids: &[&str]) -> Value {
    let arguments = [&["assess", "--format", "json"], ids].concat();
    place.run(&arguments).exits(0).json()
}

pub(crate) fn probability(assessment: &Value, name: &str) -> Option<f64> {
    let mut all = assessment["hypotheses"].as_array().unwrap().iter();
    all.find(|h| h["actor"]["name"] == name)
        .and_then(|h| h["probability"].as_f64())
}

#[test]
fn the_next_question_is_the_most_telling_and_its_command_runs() {
    let place = place();
    place.write(
        "logs/a.jsonl",
        "{\"ts\":\"2025-03-04T00:10:00Z\",\"hostname\":\"a\",\"process\":\"C:\\\\Windows\\\\whoami.exe\",\"dns_query\":\"update-1.net\"}\n",
    );
    let id = report(
        &place,
        "r.md",
        "# An intrusion without a name\n\nThe attackers used T1016, T1018 and T1021.\n\n- update-1[.]net (C2)\n",
    );
    place.run(&["hunt", "logs", "--report", &id]).exits(1);
    let assessment = assess(&place, &[]);
    let questions = assessment["questions"].as_array().unwrap();
    assert!(questions.len() >= 5, "{assessment:#}");
    let gains: Vec<f64> = questions
        .iter()
        .map(|q| q["gain"].as_f64().unwrap())
        .collect();
    assert!(
        gains.is_sorted_by(|a, b| a >= b) && gains[0] > 0.0,
        "{gains:?}"
    );
    let given = ["T1016", "T1018", "T1021"];
    for question in questions {
        assert!(
            !given.contains(&question["id"].as_str().unwrap_or("")),
            "{question}"
        );
        let under = question["under"].as_array().unwrap();
        assert!(
            under
                .iter()
                .all(|u| (0.0..=1.0).contains(&u["yes"].as_f64().unwrap()))
        );
        // A hunt is there, so it says how much could have been seen.
        assert!(question["visible"].is_f64(), "{question}");
        let commands = question["commands"].as_array().unwrap();
        assert!(!commands.is_empty(), "{question}");
        for command in commands {
            runs(&place, command.as_str().unwrap());
        }
    }
    // Told that the most telling malware was used, the program says what it said it would.
    let malware = questions.iter().find(|q| q["asks"] == "software").unwrap();
    let other = self::place();
    other.write("logs/a.jsonl", "");
    let id = report(
        &other,
        "r.md",
        "# An intrusion without a name\n\nThe attackers used T1016, T1018 and T1021.\n\n- update-1[.]net (C2)\n",
    );
    let before = assess(&other, &[&id]);
    let mut asked = before["questions"].as_array().unwrap().iter();
    let asked = asked.find(|q| q["id"] == malware["id"]).unwrap();
    let expected = asked["if_yes"].clone();
    let tell = words(asked["tell"].as_str().unwrap());
    other.run(&tell[1..]).exits(0);
    let after = assess(&other, &[&id]);
    let first = &after["hypotheses"][0];
    assert_eq!(first["actor"]["id"], expected["first"]["id"], "{first:#}");
    let difference =
        first["probability"].as_f64().unwrap() - expected["probability"].as_f64().unwrap();
    assert!(
        difference.abs() < 1e-9,
        "{difference}: {expected} {first:#}"
    );
    for (language, head) in [("en", "What to look for next"), ("ja", "次に調べること")] {
        let page = place.run(&["assess", "--lang", language]).exits(0).stdout();
        assert!(page.contains(head), "{page}");
    }
}

/// The words of a command as a shell would give them.
pub(crate) fn words(command: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quote = None;
    for c in command.chars() {
        match (quote, c) {
            (None, ' ') => out.push(String::new()),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => out.last_mut().unwrap().push(c),
        }
    }
    out
}

#[track_caller]
fn runs(place: &Place, command: &str) {
    let words = words(command);
    assert_eq!(words[0], "tegakari", "{command}");
    let ran = place.run(&words[1..]);
    let status = ran.0.status.code().unwrap();
    // A hunt that sees something ends with 1, one that cannot tell with 3.
    assert!(
        [0, 1, 3].contains(&status),
        "{command}: {status}\n{}",
        ran.stderr()
    );
}

#[test]
fn without_evidence_nobody_is_preferred_and_questions_are_asked_all_the_same() {
    let place = place();
    let id = report(
        &place,
        "r.md",
        "# Nothing is told here\n\n- update-1[.]net (C2)\n",
    );
    let assessment = assess(&place, &[&id]);
    assert_eq!(assessment["hypotheses"].as_array().map(Vec::len), Some(1));
    let questions = assessment["questions"].as_array().unwrap();
    assert!(!questions.is_empty());
    assert!(
        questions
            .iter()
            .all(|q| q["under"].as_array().unwrap().len() == 1)
    );
}

#[test]
fn an_assessment_made_again_says_what_moved_and_why() {
    let place = place();
    let id = report(&place, "r.md", &case(1, "Quillback24x"));
    let before = assess(&place, &[&id]);
    let first = before["id"].as_str().unwrap();
    let again = |rest: &[&str]| {
        let arguments = [&["assess", "--again", "--format", "json"], rest].concat();
        place.run(&arguments).exits(0).json()
    };
    assert_eq!(again(&[])["unchanged"], json!([first]));

    let ran = place
        .run(&["knowledge", "update", "--from", "second"])
        .exits(0);
    ran.says(&["open assessments: 1", "assess --again"]);
    let told = again(&[]);
    let change = &told["changed"][0];
    assert_eq!(change["before"], first);
    let after = change["after"].as_str().unwrap();
    assert_ne!(after, first);
    let moved = change["moved"].as_array().unwrap();
    let heron = moved
        .iter()
        .find(|m| m["actor"]["name"] == "Grey Heron 3")
        .unwrap_or_else(|| panic!("{told:#}"));
    let asserted = heron["because"].as_array().unwrap();
    assert!(
        asserted.iter().any(|r| r["reason"] == "asserted"
            && r["part"] == "software"
            && r["what"] == json!(["attack:S9024"])),
        "{heron:#}"
    );
    assert!(heron["after"].as_f64().unwrap() > heron["before"].as_f64().unwrap_or(0.0));
    // The first hypothesis changed, so the readers of the newsletter are told, in both languages.
    assert_eq!(change["to"]["first"]["name"], "Grey Heron 3", "{change:#}");
    assert!(
        change["correction"]["en"]
            .as_str()
            .unwrap()
            .contains("Grey Heron 3")
    );
    assert!(
        change["correction"]["ja"]
            .as_str()
            .unwrap()
            .contains("訂正")
    );

    // Both stand in the database; the history is told with each.
    for id in [first, after] {
        let shown = place.run(&["show", id, "--format", "json"]).exits(0).json();
        assert_eq!(shown["assessment"]["id"], id);
        assert_eq!(shown["history"][0]["event"], "again");
        let page = place.run(&["show", id]).exits(0).stdout();
        assert!(
            page.contains("History") && page.contains("Grey Heron 3"),
            "{page}"
        );
    }
    let page = place
        .run(&["assess", "--again", after, "--lang", "ja"])
        .exits(0)
        .stdout();
    assert!(page.contains("1 件の評価は変わりませんでした"), "{page}");

    // Back to the knowledge of before: the other way round, as a further event.
    place
        .run(&["knowledge", "update", "--from", "first"])
        .exits(0);
    let back = again(&[]);
    assert_eq!(back["changed"][0]["after"], first, "{back:#}");
    let shown = place.run(&["show", first, "--format", "json"]).json();
    assert_eq!(shown["history"].as_array().map(Vec::len), Some(2));
    assert_eq!(again(&[])["unchanged"], json!([first]), "and it stays so");
}

#[test]
fn closed_assessments_stay_as_they_are() {
    let place = place();
    let id = report(&place, "r.md", &case(1, "Quillback2x"));
    let assessment = assess(&place, &[&id]);
    let a = assessment["id"].as_str().unwrap();
    place
        .run(&["assess", "--close", a])
        .exits(2)
        .says(&["--why"]);
    place
        .run(&["assess", "--close", a, "--why", " "])
        .exits(2)
        .says(&["reason"]);
    place
        .run(&["assess", "--close", a, "--why", "incident over"])
        .exits(0);
    place
        .run(&["assess", "--close", a, "--why", "x"])
        .exits(2)
        .says(&["closed already"]);
    place
        .run(&["knowledge", "update", "--from", "second"])
        .exits(0);
    let page = place.run(&["assess", "--again"]).exits(0).stdout();
    assert!(page.contains("No open assessment"), "{page}");
    place
        .run(&["assess", "--reopen", a, "--why", "it came back"])
        .exits(0);
    let told = place
        .run(&["assess", "--again", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(
        told["changed"].as_array().map(Vec::len),
        Some(1),
        "{told:#}"
    );
    place
        .run(&["assess", "--again", &id])
        .exits(2)
        .says(&["not an assessment"]);
    place
        .run(&["assess", "--again", "A-000000000000"])
        .exits(2)
        .says(&["A-000000000000"]);
}

#[test]
fn a_corrected_report_makes_another_assessment_and_the_first_is_kept() {
    let place = place();
    // A name in spaced letters is missed by the reader, and not by a person.
    let text = format!(
        "{}\nOn the slide: Q u i l l b a c k 5 x\n",
        case(1, "Quillback2x")
    );
    let id = report(&place, "r.md", &text);
    let before = assess(&place, &[&id]);
    place
        .run(&[
            "correct",
            &id,
            "--name",
            "Quillback5x",
            "--means",
            "malware",
        ])
        .exits(0);
    let told = place
        .run(&["assess", "--again", "--format", "json"])
        .exits(0)
        .json();
    let change = &told["changed"][0];
    assert_eq!(change["before"], before["id"]);
    assert_eq!(
        change["evidence_new"][0]["name"], "Quillback5x",
        "{change:#}"
    );
    place
        .run(&["show", before["id"].as_str().unwrap()])
        .exits(0);
}

#[test]
fn a_cluster_of_our_own_is_a_hypothesis_with_its_own_evidence() {
    let place = place();
    let one = report(&place, "one.md", &case(1, "Marrowgate"));
    let two = report(&place, "two.md", &case(2, "Marrowgate"));
    let far = report(
        &place,
        "far.md",
        "# Something else\n\nThe malware Quillback7x was installed.\n",
    );
    let made = place
        .run(&[
            "cluster",
            "create",
            "Blue Kiln",
            "--report",
            &one,
            "--why",
            "same loader",
            "--format",
            "json",
        ])
        .exits(0)
        .json();
    let cluster = made["cluster"]["id"].as_str().unwrap().to_owned();
    // A report is no evidence that it is like itself.
    let own = assess(&place, &[&one]);
    assert_eq!(probability(&own, "Blue Kiln"), None, "{own:#}");
    // Another one with its malware and infrastructure is.
    let other = assess(&place, &[&two]);
    assert!(probability(&other, "Blue Kiln").unwrap() > 0.2, "{other:#}");
    assert_eq!(other["clusters"], json!([cluster]));
    assert!(probability(&assess(&place, &[&far]), "Blue Kiln").unwrap_or(0.0) < 0.05);

    // When the cluster grows or goes, assessments made again say so.
    let a = other["id"].as_str().unwrap();
    place
        .run(&[
            "cluster",
            "remove",
            "Blue Kiln",
            &one,
            "--why",
            "not the same after all",
        ])
        .exits(0);
    let told = place
        .run(&["assess", "--again", a, "--format", "json"])
        .exits(0)
        .json();
    let moved = told["changed"][0]["moved"].as_array().unwrap();
    let gone = moved
        .iter()
        .find(|m| m["actor"]["name"] == "Blue Kiln")
        .unwrap();
    assert_eq!(gone["because"][0]["reason"], "record_gone", "{told:#}");
}

#[test]
fn clusters_are_merged_split_renamed_and_linked_with_reasons_and_nothing_is_lost() {
    let place = place();
    let ids: Vec<String> = (1..=3)
        .map(|n| report(&place, &format!("{n}.md"), &case(n, "Marrowgate")))
        .collect();
    let run = |rest: &[&str]| {
        let arguments = [
            &["cluster"],
            rest,
            &["--why", "a reason", "--format", "json"],
        ]
        .concat();
        place.run(&arguments).exits(0).json()
    };
    let one = run(&["create", "Blue Kiln", "--report", &ids[0]]);
    let two = run(&[
        "create", "Red Kiln", "--report", &ids[1], "--report", &ids[2],
    ]);
    let (one, two) = (
        one["cluster"]["id"].as_str().unwrap().to_owned(),
        two["cluster"]["id"].as_str().unwrap().to_owned(),
    );
    let merged = run(&["merge", "Blue Kiln", &two]);
    assert_eq!(
        merged["cluster"]["reports"].as_array().map(Vec::len),
        Some(3)
    );
    let split = run(&["split", &one, "Green Kiln", "--report", &ids[2]]);
    assert_eq!(split["cluster"]["reports"], json!([ids[2]]));
    run(&["rename", &one, "Old Kiln"]);
    run(&["raise", "Old Kiln", "--to", "temporary-group"]);
    let linked = run(&["link", "Old Kiln", "G9003", "--as", "overlaps"]);
    assert_eq!(linked["cluster"]["links"][0][1], "overlaps");
    assert_eq!(linked["cluster"]["rung"], "temporary_group");
    assert_eq!(linked["cluster"]["former_names"], json!(["Blue Kiln"]));
    let history = linked["cluster"]["history"].as_array().unwrap();
    let deeds: Vec<&str> = history
        .iter()
        .map(|e| e["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        deeds,
        [
            "created",
            "added",
            "absorbed",
            "split_off",
            "renamed",
            "raised",
            "linked"
        ]
    );
    assert!(
        history
            .iter()
            .all(|e| e["why"] == "a reason" && e["at"].is_string())
    );
    // What was merged is still there to be looked at, and says where it went.
    let gone = place
        .run(&["show", &two, "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(gone["cluster"]["merged_into"], one.as_str());
    // The checklist says what is met, what is not and what nobody can tell.
    let checks = linked["checks"].as_array().unwrap();
    let met = |asks: &str| checks.iter().find(|c| c["asks"] == asks).unwrap()["met"].clone();
    assert_eq!(met("related_events"), "met");
    assert_eq!(met("shared_traits"), "met");
    assert_eq!(met("six_months"), "not_met");
    assert_eq!(met("own_telemetry"), "cannot_tell");
    assert_eq!(met("one_actor"), "cannot_tell");
    for (language, word) in [("en", "Asked of this level"), ("ja", "この段階の要件")] {
        let page = place
            .run(&["cluster", "show", "Old Kiln", "--lang", language])
            .exits(0)
            .stdout();
        assert!(
            page.contains(word) && page.contains("shared-node[.]net"),
            "{page}"
        );
    }
    let list = place.run(&["cluster", "list"]).exits(0).stdout();
    assert!(
        list.contains("Old Kiln") && list.contains("Green Kiln"),
        "{list}"
    );
}

#[test]
fn what_cannot_be_done_to_a_cluster_is_refused_and_changes_nothing() {
    let place = place();
    let id = report(&place, "r.md", &case(1, "Marrowgate"));
    place
        .run(&["cluster", "show", "Nobody"])
        .exits(2)
        .says(&["no cluster", "create"]);
    place
        .run(&["cluster", "create", "Blue Kiln"])
        .exits(2)
        .says(&["--why"]);
    let why = ["--why", "a reason"];
    place
        .run(
            &[
                &["cluster", "create", "Blue Kiln", "--report", &id][..],
                &why,
            ]
            .concat(),
        )
        .exits(0);
    let before = place
        .run(&["cluster", "list", "--format", "json"])
        .exits(0)
        .json();
    for (rest, says) in [
        (&["create", "blue kiln"][..], "already"),
        (&["create", "\u{202e}\u{1b}"], "no letter"),
        (
            &["create", "X", "--report", "R-000000000000"],
            "R-000000000000",
        ),
        (&["add", "Nobody", &id], "no cluster"),
        (&["add", "Blue Kiln", &id], "already in"),
        (&["add", "Blue Kiln", "A-000000000000"], "A-000000000000"),
        (&["merge", "Blue Kiln", "Blue Kiln"], "itself"),
        (&["merge", "Blue Kiln", "Nobody"], "no cluster"),
        (&["split", "Blue Kiln", "Rest", "--report", &id], "all of"),
        (&["rename", "Blue Kiln", "   "], "no letter"),
        (
            &["link", "Blue Kiln", "Nobody Ever", "--as", "same"],
            "Nobody Ever",
        ),
        (
            &["link", "Blue Kiln", "Quillback2x", "--as", "same"],
            "no actor",
        ),
        (
            &["raise", "Blue Kiln", "--to", "activity-cluster"],
            "already",
        ),
    ] {
        place
            .run(&[&["cluster"], rest, &why].concat())
            .exits(2)
            .says(&[says]);
    }
    place
        .run(&["hunt", "logs", "--value", "no value at all"])
        .exits(2)
        .says(&["--value"]);
    place
        .run(&["cluster", "rename", "Blue Kiln", "Y", "--why", "  "])
        .exits(2)
        .says(&["reason"]);
    assert_eq!(
        place.run(&["cluster", "list", "--format", "json"]).json(),
        before
    );
}

#[test]
fn a_hostile_name_of_a_cluster_stays_a_name() {
    let place = place();
    let one = report(&place, "one.md", &case(1, "Marrowgate"));
    let two = report(&place, "two.md", &case(2, "Marrowgate"));
    let name = "a\u{1b}[31m<script>$(reboot)'; DROP TABLE x;--\u{202e}";
    place
        .run(&[
            "cluster",
            "create",
            name,
            "--report",
            &one,
            "--why",
            "\u{1b}]0;x\u{7}",
        ])
        .exits(0);
    let assessment = assess(&place, &[&two]);
    assert!(probability(&assessment, name).is_some(), "{assessment:#}");
    for arguments in [
        &["cluster", "list"][..],
        &["cluster", "show", name],
        &["assess", &two],
        &["assess", "--again"],
        &["assess", &two, "--format", "json"],
        &["cluster", "list", "--format", "json"],
    ] {
        let page = place.run(arguments).exits(0).stdout();
        let hides = ['\u{1b}', '\u{202e}', '\u{7}'];
        assert!(!page.contains(hides), "{arguments:?}: {page:?}");
    }
    place.run(&["investigate", "two.md", "-o", "out"]).exits(3);
    let page = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    assert!(
        page.contains("$(reboot)") && !page.contains("<script"),
        "escaped, not lost"
    );
}

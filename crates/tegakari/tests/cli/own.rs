//! A user's own knowledge as a source of its own: taken in, shown, weighed, kept through updates, removed.

use serde_json::Value;

use crate::support::{Place, Ran};

const CSV: &str = "actor,relation,object,reference,date,scale
Blue Kiln,name,ブルー・キルン,https://example.org/report,2026-03-01,likely
Blue Kiln,uses,T1190,https://example.org/report,2026-03-01,
Blue Kiln,uses,T1505.003,https://example.org/report,2026-03-01,
Blue Kiln,uses,Kilnloader,https://example.org/report,2026-03-01,
Blue Kiln,uses,Ovenpeel,https://example.org/second,2026-05-01,
Blue Kiln,targets,Japan,,,
Blue Kiln,indicator,update.kiln.example,,2026-02-03,B2
G0030,uses,Kilnloader,https://example.org/third,2026-05,
";

fn sources(place: &Place) -> Vec<String> {
    let listed = place
        .run(&["knowledge", "list", "--format", "json"])
        .exits(0)
        .json();
    let sources = listed["sources"].as_array().unwrap().iter();
    sources
        .map(|s| s["id"].as_str().unwrap().to_owned())
        .collect()
}

fn records(ran: &Ran) -> Vec<Value> {
    ran.json()["records"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

#[test]
fn own_knowledge_is_a_source_like_others_and_can_be_taken_away() {
    let place = Place::new();
    place.write("kiln.csv", CSV);
    let before = sources(&place);
    let told = place
        .run(&[
            "knowledge",
            "import",
            "kiln.csv",
            "--name",
            "My CERT",
            "--date",
            "2026-06-01",
            "--format",
            "json",
        ])
        .exits(0)
        .says(&["own:my-cert", "taken in", "assertions"])
        .json();
    assert_eq!(told["actors"].as_array().unwrap().len(), 2, "{told}");
    assert_eq!(sources(&place).len(), before.len() + 1);
    let listed = place.run(&["knowledge", "list", "--format", "json"]).json();
    let mut all = listed["sources"].as_array().unwrap().iter();
    let own = all.find(|s| s["id"] == "own:my-cert").unwrap();
    assert_eq!(own["title"], "My CERT");
    assert_eq!(own["date"], "2026-06-01");
    assert_eq!(own["licence"], "own");
    assert_eq!(own["redistribution"], "own");

    let page = place.run(&["show", "ブルー・キルン"]).exits(0).stdout();
    for word in [
        "own:my-cert:bluekiln",
        "Blue Kiln",
        "https://example.org/",
        "2026-03-01",
        "likely",
        "Japan",
    ] {
        assert!(page.contains(word), "{word} is not in\n{page}");
    }
    let page = place
        .run(&["show", "Blue Kiln", "--lang", "ja"])
        .exits(0)
        .stdout();
    assert!(page.contains("個々の主張とその根拠"), "{page}");
    let shown = place.run(&["show", "Blue Kiln", "--format", "json"]);
    let cited = records(&shown)[0]["cited"].as_array().unwrap().clone();
    assert!(
        cited
            .iter()
            .any(|c| c["certainty"] == "B2" && c["what"] == "update.kiln.example"),
        "{cited:?}"
    );
    let page = place
        .run(&["show", "update.kiln.example"])
        .exits(0)
        .stdout();
    assert!(page.contains("Blue Kiln"), "{page}");
    // What was said of ATT&CK's group is told beside it, not in it.
    assert!(
        records(
            &place
                .run(&["show", "Lotus Blossom", "--format", "json"])
                .exits(0)
        )
        .len()
            > 3
    );

    let told = place
        .run(&[
            "knowledge",
            "diff",
            "embedded",
            "current",
            "--format",
            "json",
        ])
        .exits(0)
        .json();
    assert!(
        told["sources"].to_string().contains("own:my-cert"),
        "{told}"
    );

    // Imported again under the name, it takes the place of the earlier.
    place.write("kiln.csv", CSV.replace("Blue Kiln,targets,Japan,,,\n", ""));
    place
        .run(&["knowledge", "import", "kiln.csv", "--name", "My CERT"])
        .exits(0)
        .says(&["replaced"]);
    assert_eq!(sources(&place).len(), before.len() + 1);
    place
        .run(&["knowledge", "remove", "nothing"])
        .exits(2)
        .says(&["own:my-cert"]);
    place
        .run(&["knowledge", "remove", "attack-enterprise"])
        .exits(2);
    place
        .run(&["knowledge", "remove", "My CERT"])
        .exits(0)
        .says(&["removed"]);
    assert_eq!(sources(&place), before);
    place.run(&["show", "Blue Kiln"]).exits(2);
    place
        .run(&["knowledge", "remove", "My CERT"])
        .exits(2)
        .says(&["none"]);
}

#[test]
fn own_actors_are_hypotheses_and_survive_updates() {
    let place = Place::new();
    place.write("kiln.csv", CSV);
    place.run(&["knowledge", "import", "kiln.csv"]).exits(0);
    place.write(
        "report.md",
        "# An intrusion in 2026\n\nThe attackers exploited a public-facing application (T1190), left a web shell (T1505.003) and\n\
         ran the malware Kilnloader, then the malware Ovenpeel. The victim is in Japan. The server was update.kiln[.]example.\n",
    );
    let read = place
        .run(&["read", "report.md", "--format", "json"])
        .exits(0)
        .json();
    let names = read["reports"][0]["names"].to_string();
    assert!(names.contains("own:kiln:kilnloader"), "{names}");
    let assessed = place.run(&["assess", "--format", "json"]).exits(0).json();
    let hypotheses = assessed["hypotheses"].as_array().unwrap();
    let own = hypotheses
        .iter()
        .find(|h| h["actor"]["id"] == "own:kiln:bluekiln");
    let own = own.unwrap_or_else(|| panic!("{hypotheses:#?}"));
    assert_eq!(own, &hypotheses[0], "its software is nobody else's");
    assert!(
        assessed["knowledge"].to_string().contains('+'),
        "{}",
        assessed["knowledge"]
    );

    // Other knowledge of the publishers, and the one inside the program again: the own source stays.
    place.write(
        "published/microsoft-naming/MicrosoftMapping.json",
        r#"[{"Threat actor name":"Heron Typhoon","Origin/Threat":"China","Other names":"Grey Heron"}]"#,
    );
    place
        .run(&["knowledge", "update", "--from", "published"])
        .exits(0);
    assert_eq!(sources(&place), ["microsoft-naming", "own:kiln"]);
    place.run(&["show", "Blue Kiln"]).exits(0);
    place.run(&["knowledge", "reset"]).exits(0);
    assert!(sources(&place).contains(&"own:kiln".to_owned()));
    // The knowledge it was made with was kept, whole.
    place.run(&["knowledge", "remove", "kiln"]).exits(0);
    place.run(&["assess", "--again"]).exits(0);
}

#[test]
fn broken_files_cost_their_records_and_change_nothing_else() {
    let place = Place::new();
    place.write(
        "half.json",
        r#"{"type":"bundle","id":"bundle--1","objects":[{"type":"intrusion-set","id":"intru"#,
    );
    place.write("odd.csv", "actor,relation,object\nBlue Kiln,uses,T9999\nBlue Kiln,adores,T1190\nBlue Kiln,uses,T1190\n");
    place.write(
        "mark.csv",
        "actor,relation,object\n\u{1b}]0;x\u{7},uses,T1190\n",
    );
    place
        .run(&["knowledge", "import", "half.json"])
        .exits(2)
        .says(&["half.json", "ends in the middle", "again"]);
    let ran = place.run(&["knowledge", "import", "mark.csv"]).exits(2);
    assert!(!ran.stderr().contains('\u{1b}'), "{:?}", ran.stderr());
    place
        .run(&["knowledge", "import", "missing.csv"])
        .exits(2)
        .says(&["missing.csv"]);
    for day in ["today", "2026-13-45", "2026-02-30", "2026-3-1", "20260301"] {
        place
            .run(&["knowledge", "import", "odd.csv", "--date", day])
            .exits(2)
            .says(&["2026-03-01"]);
    }
    assert!(!place.path("knowledge.own").exists());
    place
        .run(&[
            "knowledge",
            "import",
            "half.json",
            "odd.csv",
            "--name",
            "mixed",
        ])
        .exits(2)
        .says(&[
            "half.json",
            "odd.csv:2",
            "T9999",
            "odd.csv:3",
            "adores",
            "overlaps",
        ]);
    place.run(&["show", "Blue Kiln"]).exits(0);
    // Of a version that wrote another layout the files are read again; what is spoilt is left out, with a word.
    place.write("knowledge.own/mixed/compiled.bin", b"TGKNOW\x01\x00old");
    place.run(&["show", "Blue Kiln"]).exits(0);
    place.write("knowledge.own/mixed/001-odd.csv", b"\xff\xfe");
    place
        .run(&["show", "G0030"])
        .exits(0)
        .says(&["mixed", "cannot be used", "knowledge remove"]);
    place.run(&["knowledge", "remove", "own:mixed"]).exits(0);
    place.run(&["show", "G0030"]).exits(0);
}

#[test]
fn no_source_takes_the_place_or_the_name_of_another() {
    let place = Place::new();
    place.write("kiln.csv", CSV);
    let import = |name: &str| place.run(&["knowledge", "import", "kiln.csv", "--name", name]);
    import("Team A-B").exits(0).says(&["taken in"]);
    for other in ["team a b", "Team A/B", "TEAM A-B"] {
        import(other)
            .exits(2)
            .says(&[other, "own:team-a-b", "--name \"Team A-B\" to replace"]);
    }
    import("Team A-B").exits(0).says(&["replaced"]);
    // What is too long to be told apart by its id.
    let long = "x".repeat(99);
    import(&long).exits(0);
    import(&format!("{long}y")).exits(2).says(&["has already"]);
    import(&"x".repeat(101))
        .exits(2)
        .says(&["101 letters", "--name"]);
    for theirs in [
        "MITRE ATT&CK",
        "mitre att&ck",
        "ATT&CK",
        "attack-enterprise",
        "MITRE ATT&CK Enterprise",
        "MISP warning lists",
        "Malpedia families",
    ] {
        import(theirs).exits(2).says(&["publishers'", "--name"]);
    }
    for marked in ["My\u{1b}[31m CERT", "two\nlines"] {
        let ran = import(marked).exits(2).says(&["control characters"]);
        assert!(!ran.stderr().contains('\u{1b}'));
    }
    let own = sources(&place);
    assert_eq!(own.iter().filter(|id| id.starts_with("own:")).count(), 2);
}

#[test]
fn what_an_import_loses_is_told_counted_and_no_success() {
    let place = Place::new();
    place.write(
        "odd.csv",
        "actor,relation,object,date,colour\nBlue Kiln,uses,T9999,,\nBlue Kiln,uses,T1190,3026-01-01,\nBlue Kiln,uses,T1059,,blue\n",
    );
    let quiet = place
        .run(&["knowledge", "import", "odd.csv", "-q", "--format", "json"])
        .exits(2)
        .says(&[
            "odd.csv:2",
            "T9999",
            "odd.csv:3",
            "3026-01-01",
            "1 record not understood",
            "1 date not understood",
        ]);
    assert!(!quiet.stderr().contains("colour"), "{}", quiet.stderr());
    let told = quiet.json();
    assert_eq!(told["schema"], "tegakari/knowledge-diff/1");
    assert_eq!(told["imported"]["id"], "own:odd");
    assert_eq!(told["imported"]["lost"], 2);
    assert_eq!(
        told["imported"]["problems"].as_array().map(Vec::len),
        Some(2)
    );
    assert!(told["imported"]["remarks"].to_string().contains("colour"));
    assert_eq!(told["actors"].as_array().map(Vec::len), Some(1));
    // What could be used is there.
    let shown = place.run(&["show", "Blue Kiln", "--format", "json"]);
    let page = shown.exits(0).json().to_string();
    assert!(page.contains("T1190") && page.contains("T1059"), "{page}");
    assert!(!page.contains("3026"), "{page}");
    let lines = place
        .run(&["knowledge", "import", "odd.csv", "--format", "jsonl"])
        .exits(2)
        .says(&["colour", "replaced"])
        .json_lines();
    assert_eq!(lines[0]["imported"]["lost"], 2);
    place
        .run(&["knowledge", "import", "odd.csv", "--lang", "ja"])
        .exits(2)
        .says(&["置き換えました", "使えない記録 1 件", "読めない日付 1 件"]);
    // Nothing lost: nothing said, and success.
    place.write("good.csv", "actor,relation,object\nRed Kiln,uses,T1059\n");
    let ran = place
        .run(&["knowledge", "import", "good.csv", "-q", "--format", "json"])
        .exits(0);
    assert_eq!(ran.stderr(), "");
    assert_eq!(ran.json()["imported"]["lost"], 0);
    for day in ["3026-01-01", "0026-01-01"] {
        let arguments = ["knowledge", "import", "good.csv", "--date", day];
        place.run(&arguments).exits(2).says(&["1980"]);
    }
}

#[test]
fn a_source_passes_for_nothing_that_it_is_not() {
    let place = Place::new();
    place.write("kiln.csv", CSV);
    place.run(&["knowledge", "import", "kiln.csv"]).exits(0);
    let import = |name: &str| {
        let name = format!("--name={name}");
        place.run(&["knowledge", "import", "kiln.csv", &name])
    };
    for blank in ["", " ", "\u{3000}", "\u{200b}", "\u{3000}\u{200b}\u{2060}"] {
        import(blank).exits(2).says(&["blank", "--name"]);
    }
    for theirs in [
        "microsoft",
        "MICROSOFT",
        "Ｍｉｃｒｏｓｏｆｔ",
        "Mіcrоsoft",
        "mitre",
        "M.I.T.R.E.",
        "CISA",
        "cisa kev",
        "360",
        "３６０",
        "misp",
        "misp-galaxy",
        "The MITRE Corporation",
        "maltrail",
        "malpedia",
        "Tidal Cyber",
    ] {
        import(theirs).exits(2).says(&["publishers'", "--name"]);
    }
    for word in ["own", "OWN", "own:kiln", "Own:x", "tegakari", "current"] {
        import(word).exits(2).says(&["own:", "--name"]);
    }
    for marks in ["---", "...", "！？"] {
        import(marks).exits(2).says(&["letters nor digits"]);
    }
    for unseen in [
        "ki\u{200b}ln",
        "\u{202e}nlik",
        "kiln\u{feff}",
        "micro\u{ad}soft",
    ] {
        let ran = import(unseen).exits(2).says(&["cannot be seen", "<U+"]);
        assert!(!ran.stderr().contains(unseen));
    }
    // Reads like one that is there.
    import("Ｋｉｌｎ").exits(2).says(&["reads like", "kiln"]);
    place
        .run(&[
            "knowledge",
            "import",
            "kiln.csv",
            "--name=---",
            "--lang",
            "ja",
        ])
        .exits(2)
        .says(&["文字も数字もありません"]);
    let ids: Vec<String> = sources(&place);
    let own: Vec<&String> = ids.iter().filter(|id| id.starts_with("own:")).collect();
    assert_eq!(own, ["own:kiln"]);
    // So too the file's name.
    place.write("microsoft.csv", CSV);
    place
        .run(&["knowledge", "import", "microsoft.csv"])
        .exits(2)
        .says(&["publishers'", "--name"]);
}

#[test]
fn a_source_is_removed_by_its_id_before_any_name() {
    let place = Place::new();
    place.write("kiln.csv", CSV);
    for name in ["x3", "y"] {
        let arguments = ["knowledge", "import", "kiln.csv", "--name", name];
        place.run(&arguments).exits(0);
    }
    // As an earlier version of the program let it be called.
    let about = place.path("knowledge.own/y/source.json");
    let text = std::fs::read_to_string(&about).unwrap();
    let renamed = text
        .replace("\"own:y\"", "\"own:own-x3\"")
        .replace("\"y\"", "\"own:x3\"");
    std::fs::write(&about, renamed).unwrap();
    place
        .run(&["knowledge", "remove", "own:x3"])
        .exits(0)
        .says(&["own:x3 (x3) was removed"]);
    place
        .run(&["knowledge", "remove", "own:x3"])
        .exits(0)
        .says(&["own:own-x3 (own:x3) was removed"]);
    place
        .run(&["knowledge", "remove", "own:x3", "--lang", "ja"])
        .exits(2)
        .says(&["一つもありません"]);
    place
        .run(&["knowledge", "remove", "misp-warninglists"])
        .exits(2)
        .says(&["publishers'", "knowledge reset"]);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_to_itself_is_told_as_one() {
    let place = Place::new();
    std::os::unix::fs::symlink("loop.csv", place.path("loop.csv")).unwrap();
    place
        .run(&["knowledge", "import", "loop.csv"])
        .exits(2)
        .says(&["loop.csv", "leads back to itself"]);
}

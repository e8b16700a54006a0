//! Names and what sources claim about them; newer knowledge in the place of the embedded.

use crate::support::{Place, shared};

#[test]
fn a_name_is_told_with_every_record_and_every_contradiction() {
    let place = Place::new();
    let page = place.run(&["show", "Lotus Blossom"]).exits(0).stdout();
    for word in ["attack:G0030", "contradict", "Thrip", "never merged"] {
        assert!(page.contains(word), "{word} is not in\n{page}");
    }
    let page = place
        .run(&["show", "Volt Typhoon", "--lang", "ja"])
        .exits(0)
        .stdout();
    assert!(
        page.contains("命名体系") && page.contains("Microsoft"),
        "{page}"
    );
    let found = place
        .run(&["show", "Lotus Blossum", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(found["records"].as_array().map(Vec::len), Some(0));
    assert_eq!(
        found["did_you_mean"][0], "Lotus Blossom",
        "offered, not taken"
    );
    assert_eq!(
        place.run(&["show", "G0030", "--format", "json"]).json()["records"][0]["name"],
        "Lotus Blossom"
    );
}

#[test]
fn newer_knowledge_is_compiled_used_compared_and_given_up() {
    let Some(published) = shared("knowledge/microsoft-naming") else {
        return;
    };
    let place = Place::new();
    let folder = place.path("published/microsoft-naming");
    std::fs::create_dir_all(&folder).unwrap();
    for entry in std::fs::read_dir(&published).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    place
        .run(&["knowledge", "compile", "published", "-o", "small.bin"])
        .exits(0);
    let told = place
        .run(&[
            "knowledge",
            "diff",
            "embedded",
            "small.bin",
            "--format",
            "json",
        ])
        .exits(0)
        .json();
    let gone = told["actors"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a["record"] == "removed");
    assert!(gone.count() > 500, "ATT&CK and MISP are not in it");
    place
        .run(&["knowledge", "update", "--from", "published"])
        .exits(0);
    let listed = place.run(&["knowledge", "list", "--format", "json"]).json();
    assert_eq!(
        listed["sources"].as_array().map(Vec::len),
        Some(1),
        "only what was given"
    );
    place.run(&["show", "G0030"]).exits(2);
    place.run(&["knowledge", "reset"]).exits(0);
    place.run(&["show", "G0030"]).exits(0);
    place.run(&["knowledge", "import", "small.bin"]).exits(0);
    place.run(&["show", "G0030"]).exits(2);
    // With another file by name, for this run only; one that is not there is not passed over.
    place
        .run(&["--knowledge", "nothing.bin", "show", "G0030"])
        .exits(2)
        .says(&["nothing.bin"]);
    place
        .run(&[
            "--knowledge",
            "other.bin",
            "knowledge",
            "import",
            "small.bin",
        ])
        .exits(0);
    place
        .run(&["--knowledge", "other.bin", "knowledge", "reset"])
        .exits(0);
    place.run(&["knowledge", "reset"]).exits(0);
    place.run(&["show", "G0030"]).exits(0);
}

#[test]
fn what_is_no_knowledge_is_refused_and_changes_nothing() {
    let place = Place::new();
    place.write("half.bin", b"TGKNOW\x02\x00half");
    place.write("empty/readme.txt", "nothing");
    place
        .run(&["knowledge", "import", "half.bin"])
        .exits(2)
        .says(&["half.bin", "cut off"]);
    place
        .run(&["knowledge", "update", "--from", "empty"])
        .exits(2)
        .says(&["known source"]);
    place
        .run(&["knowledge", "update", "--from", "missing"])
        .exits(2)
        .says(&["missing"]);
    place
        .run(&["--knowledge", "half.bin", "show", "G0030"])
        .exits(2)
        .says(&["half.bin"]);
    // One that lies in the usual place is left aside, with a word.
    place.write("knowledge.bin", b"TGKNOW\x02\x00half");
    place
        .run(&["show", "G0030"])
        .exits(0)
        .says(&["inside the program is used"]);
}

#[test]
fn what_is_refused_is_said_in_japanese_where_that_is_asked_for() {
    let place = Place::new();
    for (arguments, says) in [
        (
            &["knowledge", "remove", "x"][..],
            "自分の情報源はありません",
        ),
        (
            &["knowledge", "list", "--nothing"],
            "--nothing という引数はありません",
        ),
        (
            &["knowledge", "nothing"],
            "nothing というコマンドはありません",
        ),
        (&["knowledge", "import"], "足りないもの"),
        (
            &["knowledge", "import", "x", "--date", "soon"],
            "指定できません",
        ),
        (&["assess", "--why", "x"], "--close"),
        (&["assess"], "まず報告書を読み込んでください"),
        (&["assess", ""], "入力は空白です"),
        (
            &["assess", "--grade", "x", "--why", "y"],
            "FACT=GRADE の形で",
        ),
        (
            &["assess", "--close", "--again", "A-1", "--why", "y"],
            "同時に指定できません",
        ),
    ] {
        let ja = [arguments, &["--lang", "ja"]].concat();
        place.run(&ja).exits(2).says(&[says]);
    }
    let technique = place.run(&["show", "T1086", "--lang", "ja"]).exits(0);
    let said = technique.stdout();
    assert!(said.contains("（旧 T1086）"), "{said}");
    let page = place
        .run(&["knowledge", "list", "--lang", "ja"])
        .exits(0)
        .stdout();
    assert!(
        page.contains("公開元") && page.contains("ライセンス"),
        "{page}"
    );
}

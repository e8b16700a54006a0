//! Names: who bears them, who says so, and which need context.

use tegakari_knowledge::{Basis, ContextNeed, Found, Knowledge, NamedRecord, RecordRef};
use tegakari_model::NameKind;

fn actors(name: &str) -> Vec<NamedRecord> {
    let named = Knowledge::embedded().records_named(name);
    named
        .into_iter()
        .filter(|r| matches!(r.record, RecordRef::Actor(_)))
        .collect()
}

fn primaries(name: &str, source: &str) -> Vec<String> {
    let named = actors(name);
    let own = named.into_iter().filter(|r| r.said_by == source);
    own.map(|r| r.primary).collect()
}

#[test]
fn sources_contradict_each_other_and_stay_apart() {
    for (name, source, want) in [
        // 1: Thrip is Lotus Blossom's alias and a group of its own.
        ("Thrip", "attack", vec!["Lotus Blossom", "Thrip"]),
        ("Thrip", "misp-threat-actor", vec!["Thrip"]),
        // 2 and 3: LOTUS PANDA and RADIUM.
        ("LOTUS PANDA", "misp-threat-actor", vec!["LOTUS PANDA"]),
        ("LOTUS PANDA", "microsoft-naming", vec!["Raspberry Typhoon"]),
        ("RADIUM", "attack", vec!["Lotus Blossom"]),
        // 5: the bridge that would merge APT28 with APT29.
        (
            "Grizzly Steppe",
            "misp-threat-actor",
            vec!["APT28", "APT29"],
        ),
        // 6: several actors of one source.
        (
            "IMPERIAL KITTEN",
            "microsoft-naming",
            vec!["Crimson Sandstorm", "Cuboid Sandstorm", "Smoke Sandstorm"],
        ),
        // 7
        (
            "APT27",
            "microsoft-naming",
            vec!["Circle Typhoon", "Linen Typhoon"],
        ),
    ] {
        let mut got = primaries(name, source);
        got.sort();
        assert_eq!(got, want, "{name} in {source}");
    }
    assert_eq!(primaries("LABYRINTH CHOLLIMA", "microsoft-naming").len(), 4);
}

#[test]
fn a_name_is_answered_with_every_record_and_who_says_so() {
    let named = actors("Lotus Blossom");
    let sources: Vec<&str> = named.iter().map(|r| r.said_by.as_str()).collect();
    for source in ["attack", "misp-threat-actor", "maltrail"] {
        assert!(sources.contains(&source), "{source}");
    }
    let misp = named
        .iter()
        .find(|r| r.said_by == "misp-threat-actor")
        .unwrap();
    assert_eq!(misp.primary, "LOTUS PANDA");
    assert_eq!(misp.basis, Basis::Stated);
    assert!(misp.coined_by.is_some());
    assert_eq!(actors("lotus-blossom").len(), named.len());
    assert_eq!(actors("Lotus Blossom group").len(), named.len());
    assert_eq!(
        actors("Ｌｏｔｕｓ Ｂｌｏｓｓｏｍグループ").len(),
        named.len()
    );
    assert!(actors("Nobody knows this name").is_empty());
}

#[test]
fn half_of_the_names_have_a_stated_owner() {
    let all = Knowledge::embedded().actors();
    let misp = all.iter().filter(|a| a.source == "misp-threat-actor");
    let owned: usize = misp
        .map(|a| a.aliases.iter().filter(|n| n.coined_by.is_some()).count())
        .sum();
    assert!((1_150..1_350).contains(&owned), "{owned}");
}

#[test]
fn short_and_ordinary_names_need_context() {
    let knowledge = Knowledge::embedded();
    for (name, want) in [
        ("at", Some(ContextNeed::Short)),
        ("Net", Some(ContextNeed::Short)),
        ("cmd", Some(ContextNeed::Short)),
        ("Play", Some(ContextNeed::Short)),
        ("certutil", Some(ContextNeed::Ordinary)),
        ("Empire", Some(ContextNeed::Ordinary)),
        ("Royal", Some(ContextNeed::Ordinary)),
        ("APT1", None),
        ("FIN7", None),
        ("Sagerunex", None),
        ("Lotus Blossom", None),
        ("Volt Typhoon", None),
        ("PlugX", None),
        ("Mimikatz", None),
    ] {
        let known = knowledge
            .name(name)
            .unwrap_or_else(|| panic!("{name} is unknown"));
        assert_eq!(known.needs_context, want, "{name}");
    }
}

#[test]
fn names_are_listed_once_with_everything_that_bears_them() {
    let names = Knowledge::embedded().names();
    assert!(names.len() > 4_000, "{}", names.len());
    assert!(names.is_sorted_by(|a, b| a.folded < b.folded));
    for name in names {
        assert!(!name.kinds.is_empty(), "{}", name.text);
        let bearers = name.actors.len() + name.software.len() + name.campaigns.len();
        assert!(bearers > 0, "{}", name.text);
        let id = name.text.len() == 5 && name.text.starts_with('G');
        assert!(
            !id || name.text.bytes().skip(1).any(|b| !b.is_ascii_digit()),
            "{}",
            name.text
        );
    }
    let naikon = Knowledge::embedded().name("Akira").unwrap();
    assert!(
        naikon.kinds.contains(&NameKind::IntrusionSet) && naikon.kinds.contains(&NameKind::Malware)
    );
}

#[test]
fn slips_are_offered_and_families_are_not() {
    let knowledge = Knowledge::embedded();
    for (written, want) in [
        ("Lotus Blossum", vec!["Lotus Blossom"]),
        ("Sagerunexx", vec!["Sagerunex"]),
        ("Silk Typhoon", vec![]),
        ("Salt Typhoon", vec![]),
        ("Silt Typhoon", vec![]),
        ("Hive Spider", vec![]),
        ("Gold Northfield", vec![]),
        ("UNC52211", vec![]),
        ("Lotus", vec![]),
        ("", vec![]),
    ] {
        let near = knowledge.near_names(written);
        let got: Vec<&str> = near.iter().map(|n| n.text.as_str()).collect();
        assert_eq!(got, want, "{written}");
    }
    assert_eq!(
        knowledge.search("lotus blossum"),
        Found::Near(vec!["Lotus Blossom".to_owned()])
    );
}

#[test]
fn no_two_known_names_of_a_family_are_slips_of_each_other() {
    let knowledge = Knowledge::embedded();
    for name in knowledge.names() {
        assert!(knowledge.near_names(&name.text).is_empty(), "{}", name.text);
    }
}

#[test]
fn a_word_is_looked_up_as_id_name_or_technique() {
    let knowledge = Knowledge::embedded();
    let count = |text: &str| match knowledge.search(text) {
        Found::Records(records) => records.len(),
        _ => 0,
    };
    assert_eq!(count("G0030"), 1);
    assert_eq!(count("attack:S1210"), 1);
    assert_eq!(count("c0022"), 1);
    assert!(count("Lotus Blossom") >= 3);
    assert!(
        matches!(knowledge.search("T1086"), Found::Technique(r) if r.current.as_str() == "T1059.001")
    );
    assert!(matches!(
        knowledge.search("Phishing: Spearphishing Link"),
        Found::Technique(_)
    ));
    assert_eq!(knowledge.search("\u{1b}[31m"), Found::Nothing);
}

#[test]
fn malware_that_a_list_of_indicators_names_too_is_malware() {
    let knowledge = Knowledge::embedded();
    for name in ["BlackEnergy", "Zebrocy", "BabyShark", "Turian"] {
        let known = knowledge.name(name).unwrap();
        assert_eq!(known.kind(), NameKind::Malware, "{known:?}");
        assert!(!known.software.is_empty(), "{known:?}");
    }
    // A name that a group bears stays a group's.
    assert_eq!(
        knowledge.name("Sofacy").unwrap().kind(),
        NameKind::IntrusionSet
    );
}

//! What sources claim about names, and what changed between two states.

use tegakari_knowledge::{Facts, Knowledge, RecordChange, Relation, diff};

#[test]
fn contradictions_are_shown_and_never_resolved() {
    let claims = Knowledge::embedded().claims_about("Lotus Blossom");
    let ids: Vec<String> = claims
        .records
        .iter()
        .map(|r| format!("{:?}", r.record))
        .collect();
    assert!(ids.iter().any(|id| id.contains("attack:G0030")), "{ids:?}");
    // ATT&CK calls it Thrip and has a group of that name beside it; others keep the two apart.
    let thrip = claims
        .contradictions
        .iter()
        .find(|c| c.name == "Thrip")
        .unwrap();
    assert!(
        thrip.one.iter().any(|(_, id)| id.0 == "attack:G0030"),
        "{thrip:?}"
    );
    assert!(!thrip.apart.is_empty(), "{thrip:?}");
    for one in &claims.contradictions {
        assert!(!one.one.is_empty() && !one.apart.is_empty(), "{one:?}");
    }
}

#[test]
fn the_word_of_a_vendor_is_explained_as_its_claim() {
    let claims = Knowledge::embedded().claims_about("Volt Typhoon");
    let family = claims.family.unwrap();
    assert_eq!((family.vendor, family.word), ("Microsoft", "typhoon"));
    assert!(
        Knowledge::embedded()
            .claims_about("Lotus Blossom")
            .family
            .is_none()
    );
}

#[test]
fn links_are_given_with_who_says_so() {
    let knowledge = Knowledge::embedded();
    let linked = knowledge.actors().iter().find(|a| {
        let mut links = a.links.iter();
        links.any(|l| l.relation != Relation::RevokedBy && knowledge.actor(&l.to).is_some())
    });
    let actor = linked.unwrap();
    let claims = knowledge.claims_about(&actor.name);
    assert!(
        claims
            .links
            .iter()
            .any(|c| c.from == actor.id && !c.link.said_by.is_empty())
    );
}

#[test]
fn nobody_bears_a_name_that_nobody_bears() {
    let claims = Knowledge::embedded().claims_about("Purple Sideboard Quartet");
    assert!(
        claims.records.is_empty() && claims.links.is_empty() && claims.contradictions.is_empty()
    );
    assert!(Knowledge::embedded().claims_about("").records.is_empty());
}

#[test]
fn a_state_does_not_differ_from_itself() {
    let same = diff(Knowledge::embedded(), Knowledge::embedded());
    assert!(same.actors.is_empty() && same.sources.is_empty());
    assert!(same.techniques_added.is_empty() && same.techniques_retired.is_empty());
}

#[test]
fn a_change_is_told_per_actor_and_part() {
    let embedded = Knowledge::embedded();
    let some = embedded
        .actors()
        .iter()
        .filter(|a| !a.techniques.is_empty());
    let [first, second, third] = some
        .take(3)
        .cloned()
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let state = |actors: &[&tegakari_knowledge::Actor]| {
        let facts = Facts {
            actors: actors
                .iter()
                .map(|a| (a.id.clone(), (*a).clone()))
                .collect(),
            ..Facts::default()
        };
        Knowledge::from_facts(facts, Vec::new())
    };
    let mut changed = second.clone();
    let gone = changed.techniques.remove(0).what.to_string();
    changed.name = "Renamed".to_owned();
    let told = diff(&state(&[&first, &second]), &state(&[&changed, &third]));
    let of = |id: &tegakari_model::ActorId| told.actors.iter().find(|a| a.id == *id).unwrap();
    assert_eq!(of(&first.id).record, RecordChange::Removed);
    assert_eq!(of(&third.id).record, RecordChange::Added);
    let parts = &of(&second.id).parts;
    let part = |name: &str| parts.iter().find(|p| p.part == name);
    assert_eq!(part("technique").unwrap().removed, [gone]);
    assert!(part("name").unwrap().added.contains(&"Renamed".to_owned()));
    assert!(part("software").is_none(), "{parts:?}");
}

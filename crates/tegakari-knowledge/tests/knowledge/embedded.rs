//! What the knowledge says of actors, software and techniques.

use tegakari_knowledge::{Knowledge, RelatedWhy, Relation, Status};
use tegakari_model::{ActorId, NameKind, SoftwareId, TargetKind, TechniqueId};

fn actor(id: &str) -> ActorId {
    ActorId(id.to_owned())
}

fn technique(id: &str) -> TechniqueId {
    TechniqueId::parse(id).unwrap()
}

#[test]
fn lotus_blossom_and_its_tools_are_known() {
    let knowledge = Knowledge::embedded();
    let lotus = knowledge.actor(&actor("attack:G0030")).unwrap();
    assert_eq!(lotus.name, "Lotus Blossom");
    assert_eq!(lotus.techniques.len(), 21);
    assert!(lotus.techniques.iter().all(|t| t.citations() >= 1));
    assert!(!lotus.last_activity.is_empty() && !lotus.modified.is_empty());
    for (id, name) in [
        ("attack:S1210", "Sagerunex"),
        ("attack:S1211", "Hannotog"),
        ("attack:S0081", "Elise"),
        ("attack:S0082", "Emissary"),
    ] {
        let id = SoftwareId(id.to_owned());
        let software = knowledge.software(&id).unwrap();
        assert_eq!(
            (software.name.as_str(), software.kind),
            (name, NameKind::Malware)
        );
        assert_eq!(
            knowledge.software_users(&id),
            [actor("attack:G0030")],
            "{name}"
        );
        assert!(!software.techniques.is_empty(), "{name}");
    }
    let shared = SoftwareId("attack:S0002".to_owned());
    assert!(knowledge.software_users(&shared).len() > 20, "Mimikatz");
}

#[test]
fn every_use_points_to_something_known() {
    let knowledge = Knowledge::embedded();
    for actor in knowledge.actors() {
        for one in &actor.techniques {
            assert!(knowledge.technique(&one.what).is_some(), "{}", one.what);
            for reference in &one.references {
                assert!(knowledge.reference(*reference).is_some());
            }
        }
        for one in &actor.software {
            assert!(knowledge.software(&one.what).is_some(), "{:?}", one.what);
        }
        for link in &actor.links {
            assert!(knowledge.actor(&link.to).is_some(), "{:?}", link.to);
        }
    }
}

#[test]
fn most_software_belongs_to_one_actor() {
    let knowledge = Knowledge::embedded();
    let users = knowledge
        .all_software()
        .iter()
        .map(|s| knowledge.software_users(&s.id))
        .map(|users| users.iter().filter(|u| u.0.starts_with("attack:")).count());
    let used: Vec<usize> = users.filter(|n| *n > 0).collect();
    let alone = used.iter().filter(|n| **n == 1).count();
    // Enterprise alone: 482 of 582; the other domains and MISP's few links move it a little.
    assert!((560..760).contains(&used.len()), "{}", used.len());
    assert!(alone * 100 > used.len() * 75, "{alone} of {}", used.len());
}

#[test]
fn retired_ids_lead_to_the_ids_of_the_profiles() {
    let knowledge = Knowledge::embedded();
    for (asked, current, newer) in [
        ("T1059.001", "T1059.001", false),
        ("T1086", "T1059.001", false),
        ("T1038", "T1574.001", false),
        // Dropped without a successor.
        ("T1064", "T1064", false),
        ("T1562.001", "T1562.001", false),
        ("T1685", "T1562.001", true),
        ("T1685.005", "T1070.001", true),
        ("T1685.006", "T1070.002", true),
        ("T1686", "T1562.004", true),
        ("T1690", "T1562.003", true),
        ("T1684.001", "T1656", true),
        ("TA0011", "TA0011", false),
        ("T0859", "T0859", false),
    ] {
        let resolved = knowledge.resolve_technique(&technique(asked)).unwrap();
        let retired = (asked != current).then(|| technique(asked));
        assert_eq!(resolved.current, technique(current), "{asked}");
        assert_eq!(resolved.retired, retired, "{asked}");
        assert_eq!(resolved.newer, newer, "{asked}");
    }
    for unknown in ["T9999", "T1059.999", "TA9999"] {
        assert_eq!(
            knowledge.resolve_technique(&technique(unknown)),
            None,
            "{unknown}"
        );
    }
}

#[test]
fn every_retired_id_with_a_successor_resolves_to_a_live_one() {
    let knowledge = Knowledge::embedded();
    for one in knowledge
        .techniques()
        .iter()
        .filter(|t| t.status == Status::Revoked)
    {
        let resolved = knowledge.resolve_technique(&one.id).unwrap();
        let current = knowledge.technique(&resolved.current).unwrap();
        assert!(
            current.status != Status::Revoked || one.replaced_by.is_none(),
            "{} ends at {}",
            one.id,
            current.id
        );
    }
}

#[test]
fn techniques_are_found_by_name_and_say_what_shows_them() {
    let knowledge = Knowledge::embedded();
    for (name, id) in [
        ("DLL", "T1574.001"),
        ("dll side loading", ""),
        // Of two tactics: the name alone does not say which.
        ("Spearphishing Attachment", ""),
        ("Phishing: Spearphishing Attachment", "T1566.001"),
        ("Command and Scripting Interpreter: PowerShell", "T1059.001"),
        ("Prevent Command History Logging", "T1562.003"),
        ("No such technique", ""),
    ] {
        let found = knowledge.technique_named(name);
        let found = found.map_or("", |t| t.id.as_str());
        assert_eq!(found, id, "{name}");
    }
    let powershell = knowledge.technique(&technique("T1059.001")).unwrap();
    assert_eq!(powershell.tactics, ["execution"]);
    assert_eq!(powershell.parent, Some(technique("T1059")));
    assert!(
        powershell
            .log_sources
            .iter()
            .any(|l| l.platform == "Windows" && l.name.contains("PowerShell"))
    );
    assert!(knowledge.technique_users(&technique("T1059.001")) > 70);
    let without = knowledge
        .techniques()
        .iter()
        .filter(|t| {
            t.domain == "enterprise" && t.is_live() && t.version == "18.1" && !t.id.is_tactic()
        })
        .filter(|t| t.log_sources.is_empty())
        .count();
    assert!(without < 60, "{without} of 691 without a log source");
}

#[test]
fn targets_of_an_attack_record_come_from_records_that_a_source_links_to_it() {
    let knowledge = Knowledge::embedded();
    let targets = knowledge.targets_of(&actor("attack:G0030"));
    let countries: Vec<&str> = targets
        .iter()
        .filter_map(|t| match &t.target {
            TargetKind::Country(c) => Some(c.code()),
            TargetKind::Sector(_) => None,
        })
        .collect();
    assert_eq!(countries, ["HK", "ID", "JP", "PH", "TW", "VN"]);
    assert!(targets.iter().all(|t| t.record.0.starts_with("misp:")));
}

#[test]
fn records_of_two_sources_are_linked_but_never_one() {
    let knowledge = Knowledge::embedded();
    let related = knowledge.related_records(&actor("attack:G0030"));
    let misp = related
        .iter()
        .find(|r| r.actor.name == "LOTUS PANDA")
        .unwrap();
    assert!(misp.why.iter().any(|w| matches!(w, RelatedWhy::Asserted { relation: Relation::Same, said_by, .. } if said_by == "misp-threat-actor")));
    assert!(
        misp.why
            .iter()
            .any(|w| matches!(w, RelatedWhy::SharesName { .. }))
    );
    assert_eq!(misp.source, "misp-threat-actor");
    // Thrip is an alias of G0030 and a live group of its own, in one source.
    let thrip = knowledge.actor(&actor("attack:G0076")).unwrap();
    assert!(thrip.is_live());
    let lotus = knowledge.actor_ref(&actor("attack:G0030")).unwrap();
    assert!(lotus.aliases.contains(&"Thrip".to_owned()));
}

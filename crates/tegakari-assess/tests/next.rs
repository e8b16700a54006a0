//! What to look for next, the stress of planted items, the checklist of a cluster, and what moved.
#![allow(clippy::unwrap_used, reason = "tests may fail")]

mod common;

use common::*;
use tegakari_assess::{Case, OwnCluster, cluster_actor, compare, ladder};
use tegakari_model::*;

fn assess(reports: &[Report]) -> Assessment {
    assessor().assess(&Case {
        reports,
        hunt: None,
        block: None,
    })
}

fn thin() -> Report {
    report("thin").technique(40).technique(44).technique(47)
}

#[test]
fn questions_are_ranked_by_gain_and_ask_for_nothing_that_is_given() {
    let a = assess(&[thin()]);
    assert!(a.questions.len() >= 5);
    assert!(a.questions.is_sorted_by(|x, y| x.gain >= y.gain));
    let entropy = |p: f64| if p > 0.0 { -p * p.log2() } else { 0.0 };
    for question in &a.questions {
        assert!(question.gain > 0.0 && question.gain <= 1.0, "{question:?}");
        // A yes or no tells no more than its own entropy.
        let own = entropy(question.yes) + entropy(1.0 - question.yes);
        assert!(question.gain <= own + 1e-9, "{question:?}");
        assert!(question.under.iter().all(|u| (0.0..=1.0).contains(&u.yes)));
        assert_eq!(question.visible, None, "there was no hunt");
        if let Asked::Technique { id, .. } = &question.asked {
            assert!(![40, 44, 47].map(technique).contains(id), "{id} is given");
        }
    }
    assert!(
        a.questions
            .iter()
            .any(|q| matches!(q.asked, Asked::Country { .. })),
        "no victim is given, so it is asked after"
    );
    let b = assess(&[thin().country("VN", true)]);
    assert!(
        !b.questions
            .iter()
            .any(|q| matches!(q.asked, Asked::Country { .. }))
    );
}

#[test]
fn what_identified_malware_does_anyway_is_not_asked() {
    let a = assess(&[report("r").software(&["own-40"])]);
    // own-40 carries out techniques 40 to 47.
    for question in &a.questions {
        if let Asked::Technique { id, .. } = &question.asked {
            assert!(!(40..48).map(technique).any(|known| known == *id), "{id}");
        }
    }
}

#[test]
fn a_yes_does_what_the_question_says_it_would() {
    let before = assess(&[thin()]);
    let mut tried = 0;
    for question in &before.questions {
        let after = match &question.asked {
            Asked::Technique { id, .. } => {
                let n = id.as_str()[1..].parse::<u32>().unwrap() - 1000;
                assess(&[thin().technique(n)])
            }
            Asked::Software { id, .. } => {
                assess(&[thin().software(&[id.0.trim_start_matches("test:")])])
            }
            Asked::Country { country } => assess(&[thin().country(country.code(), true)]),
            _ => continue,
        };
        let first = &after.hypotheses[0];
        assert_eq!(first.actor, question.if_yes.first, "{question:?}");
        let difference = (first.probability - question.if_yes.probability).abs();
        assert!(difference < 0.02, "{difference} {question:?}");
        tried += 1;
    }
    assert!(tried >= 5, "{tried}");
}

#[test]
fn a_turn_changes_the_first_hypothesis_or_its_band() {
    let a = assess(&[thin()]);
    assert!(!a.turns.is_empty());
    let first = &a.hypotheses[0];
    for turn in &a.turns {
        assert!(
            turn.then.first != first.actor || turn.then.likelihood != first.likelihood,
            "{turn:?}"
        );
        assert!((0.01..=1.0).contains(&turn.chance));
    }
    assert!(a.turns.is_sorted_by(|x, y| x.chance >= y.chance));
}

#[test]
fn without_evidence_everybody_is_expected_alike_and_the_answer_is_the_same_twice() {
    let a = assess(&[report("nothing")]);
    assert!(!a.questions.is_empty());
    assert_eq!(a.hypotheses.len(), 1);
    assert_eq!(a.questions, assess(&[report("nothing")]).questions);
    // Numbers come back to the last digit where the store reads them; here the fields are looked at.
    let text = serde_json::to_string(&a).unwrap();
    let back = serde_json::from_str::<Assessment>(&text).unwrap();
    let asked = |a: &Assessment| {
        a.questions
            .iter()
            .map(|q| q.asked.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!((back.id.clone(), asked(&back)), (a.id.clone(), asked(&a)));
}

#[test]
fn every_question_can_move_something_and_expects_what_the_hypotheses_do() {
    for one in [report("nothing"), report("little").technique(40), thin()] {
        let a = assess(std::slice::from_ref(&one));
        let first = &a.hypotheses[0];
        for question in &a.questions {
            // "Yes" is as probable as the hypotheses make it: between the least and the most of them.
            let under = question.under.iter().map(|u| u.yes);
            let told: f64 = question
                .under
                .iter()
                .map(|u| a.hypotheses[u.hypothesis].probability * u.yes)
                .sum();
            let least = told;
            let most = told + a.rest * 1.0;
            assert!(
                (least..=most + 1e-9).contains(&question.yes),
                "{question:?}"
            );
            assert!(under.clone().all(|yes| yes > 0.0));
        }
        // One or two facts more do not make it much less probable that it is anybody known, whatever the answer.
        if one.techniques.is_empty() {
            assert!((first.probability - 0.5).abs() < 1e-9);
            for question in &a.questions {
                assert!(question.if_no.probability < 0.6, "{question:?}");
                assert!(question.if_yes.probability < 0.75, "{question:?}");
            }
        }
    }
}

#[test]
fn five_hundred_techniques_still_give_an_answer() {
    let mut r = report("many");
    for n in 0..200 {
        r = r.technique(n);
    }
    let a = assess(&[r]);
    assert!(
        a.questions
            .iter()
            .all(|q| !matches!(q.asked, Asked::Technique { .. }))
    );
}

#[test]
fn planted_items_are_taken_away_together() {
    let r = report("r")
        .software(&["mimikatz", "shared-4"])
        .technique(44)
        .technique(45)
        .technique(46);
    let a = assess(&[r]);
    let leader = a.hypotheses.iter().find(|h| h.actor.is_some()).unwrap();
    let (items, with, without) = a
        .alternatives
        .iter()
        .find_map(|x| match x {
            Alternative::Planted {
                items,
                with,
                without,
            } => Some((items, *with, *without)),
            _ => None,
        })
        .unwrap();
    assert!(items.len() >= 2 && items.len() <= 3);
    assert!(items.iter().all(|i| a.evidence[*i].forgeability >= 0.6));
    assert!((with - leader.probability).abs() < 1e-9);
    assert!(without < with, "{without} {with}");
}

fn cluster(name: &str, reports: &[&Report]) -> Cluster {
    let id = ClusterId::derive(&[name.as_bytes()]);
    let event = |deed| ClusterEvent {
        cluster: id.clone(),
        at: "2025-03-04T00:00:00Z".parse().unwrap(),
        why: "a reason".into(),
        deed,
    };
    Cluster::of(vec![
        event(ClusterDeed::Created { name: name.into() }),
        event(ClusterDeed::Added {
            reports: reports.iter().map(|r| r.id.clone()).collect(),
        }),
    ])
    .unwrap()
}

fn own(name: &str, reports: &[&Report]) -> OwnCluster {
    OwnCluster {
        cluster: cluster(name, reports),
        reports: reports.iter().map(|r| (*r).clone()).collect(),
    }
}

#[test]
fn a_cluster_is_weighed_by_its_other_reports_and_leaves_exclusive_software_exclusive() {
    let known = report("known")
        .software(&["own-40"])
        .new_malware("Marrowgate")
        .technique(3);
    let case = report("case")
        .software(&["own-40"])
        .new_malware("Marrowgate")
        .technique(3);
    let weigh = |clusters: Vec<OwnCluster>, reports: &[Report]| {
        assessor().with_clusters(clusters).assess(&Case {
            reports,
            hunt: None,
            block: None,
        })
    };
    let clusters = || vec![own("Blue Kiln", &[&known])];
    let actor = cluster_actor(&clusters()[0].cluster);
    let of = |a: &Assessment, id: &ActorId| {
        let mut all = a.hypotheses.iter();
        all.find(|h| h.actor.as_ref().is_some_and(|x| x.id == *id))
            .map(|h| h.probability)
    };
    let without = weigh(Vec::new(), std::slice::from_ref(&case));
    let with = weigh(clusters(), std::slice::from_ref(&case));
    assert!(of(&with, &actor.id).unwrap() > 0.2, "{:?}", with.hypotheses);
    assert_eq!(with.clusters, [clusters()[0].cluster.id.clone()]);
    assert_ne!(with.id, without.id);
    let used = |a: &Assessment| {
        a.evidence.iter().find_map(|e| match &e.kind {
            EvidenceKind::Software { id, used_by, .. } if *id == software("own-40") => {
                Some(*used_by)
            }
            _ => None,
        })
    };
    assert_eq!((used(&without), used(&with)), (Some(1), Some(1)));
    // Its own report is no evidence for it, and another case is as before.
    let itself = weigh(clusters(), std::slice::from_ref(&known));
    assert_eq!(of(&itself, &actor.id), None);
    let sum: f64 = with.hypotheses.iter().map(|h| h.probability).sum::<f64>() + with.rest;
    assert!((sum - 1.0).abs() < 1e-9);

    let change = compare(&without, &with, None);
    let moved = change
        .moved
        .iter()
        .find(|m| m.actor.as_ref().is_some_and(|a| a.id == actor.id))
        .unwrap();
    assert_eq!(moved.because, [MoveReason::RecordNew]);
    assert_eq!(moved.before, None);
}

#[test]
fn what_moved_is_told_with_the_facts_that_came_and_went() {
    let before = assess(&[thin()]);
    let after = assess(&[thin().software(&["own-40"])]);
    let change = compare(&before, &after, None);
    assert_eq!(change.evidence_new.len(), 1);
    assert!(change.is_turn());
    let own = change
        .moved
        .iter()
        .find(|m| m.actor.as_ref().is_some_and(|a| a.id == actor_id(40)))
        .unwrap();
    assert!(
        matches!(
            &own.because[..],
            [MoveReason::EvidenceNew {
                evidence: EvidenceKind::Software { .. }
            }]
        ),
        "{own:?}"
    );
    let back = compare(&after, &before, None);
    assert_eq!(
        (back.from, back.to),
        (change.to.clone(), change.from.clone())
    );
    assert!(!compare(&after, &after, None).is_turn());
    assert_eq!(compare(&after, &after, None).moved, []);
}

#[test]
fn the_checklist_tells_met_from_not_met_from_cannot_tell() {
    let dated = |mut r: Report, date: &str| {
        r.published = Some(ReportDate(date.into()));
        r
    };
    let one = dated(
        report("one")
            .new_malware("Marrowgate")
            .domain("a.example", &[])
            .country("VN", true),
        "2024-01-01",
    );
    let two = dated(report("two").new_malware("Marrowgate"), "2024-09");
    let lone = report("three");
    let check = |reports: &[&Report], seen: Option<usize>, want: &[(&str, Met)]| {
        let given: Vec<Report> = reports.iter().map(|r| (*r).clone()).collect();
        let checks = ladder(&cluster("x", reports), &given, seen);
        assert_eq!(checks.len(), 9);
        for (asks, met) in want {
            let found = checks
                .iter()
                .find(|c| serde_json::to_value(c).unwrap()["asks"] == *asks)
                .unwrap();
            assert_eq!(found.met, *met, "{asks}: {found:?}");
        }
    };
    check(
        &[&one, &two],
        Some(3),
        &[
            ("related_events", Met::Met),
            ("shared_traits", Met::Met),
            ("six_months", Met::Met),
            ("diamond_mapped", Met::Met),
            ("several_sources", Met::Met),
            ("own_telemetry", Met::Met),
            ("all_corners", Met::NotMet),
            ("one_actor", Met::CannotTell),
        ],
    );
    check(
        &[&lone],
        None,
        &[
            ("related_events", Met::NotMet),
            ("shared_traits", Met::CannotTell),
            ("six_months", Met::CannotTell),
            ("diamond_mapped", Met::NotMet),
            ("several_sources", Met::NotMet),
            ("own_telemetry", Met::CannotTell),
        ],
    );
    check(
        &[&lone, &two],
        Some(0),
        &[
            ("shared_traits", Met::NotMet),
            ("own_telemetry", Met::NotMet),
        ],
    );
}

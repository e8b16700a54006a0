//! What was looked for and not found, answers of persons, grades, and what is only stated.
#![allow(clippy::unwrap_used, reason = "tests may fail")]

mod common;

use common::*;
use tegakari_assess::Case;
use tegakari_model::*;

fn case(reports: &[Report]) -> Case<'_> {
    Case {
        reports,
        hunt: None,
        block: None,
    }
}

fn stated(says: Said) -> Statement {
    Statement {
        incident: CaseId::derive(&[b"x"]),
        says,
        withdrawn: false,
        why: "looked for".into(),
        at: "2026-03-04T05:06:07Z".parse().unwrap(),
    }
}

fn answer(asked: &Asked, yes: bool, visibility: f64) -> Statement {
    stated(Said::Answer {
        asked: asked.clone(),
        yes,
        visibility,
    })
}

fn asks(n: u32) -> Asked {
    Asked::Technique {
        id: technique(n),
        name: format!("Technique {n}"),
        used_by: 12,
    }
}

fn with(reports: &[Report], said: &[Statement]) -> Assessment {
    assessor().assess_with(&case(reports), said)
}

/// Likest is actor 40: techniques 40 to 59, and software with every tenth.
fn forty() -> Report {
    let r = report("forty").software(&["shared-0"]);
    [41, 44, 47, 49, 52].into_iter().fold(r, Report::technique)
}

#[test]
fn what_could_not_have_been_seen_changes_nothing() {
    let reports = [forty()];
    let before = with(&reports, &[]);
    let after = with(&reports, &[answer(&asks(50), false, 0.0)]);
    for (a, b) in before.hypotheses.iter().zip(&after.hypotheses) {
        assert_eq!(a.actor, b.actor);
        assert!((a.probability - b.probability).abs() < 1e-12);
    }
    assert_ne!(before.id, after.id, "it is kept all the same");
    assert!(
        after.evidence.iter().any(
            |e| matches!(e.kind, EvidenceKind::Absent { visibility, .. } if visibility == 0.0)
        )
    );
}

#[test]
fn an_absence_counts_against_those_who_do_it_and_more_the_better_it_could_be_seen() {
    let reports = [forty()];
    let of_forty = |v: f64| of(&with(&reports, &[answer(&asks(50), false, v)]), 40);
    let shares = [0.0, 0.25, 0.5, 0.75, 0.95];
    assert!(
        shares.windows(2).all(|w| of_forty(w[1]) < of_forty(w[0])),
        "{:?}",
        shares.map(of_forty)
    );
    // Never exclusive: as many absences as there are still leave something, and the ledger shows each.
    let many: Vec<Statement> = [48, 50, 51, 53, 54, 55, 56, 57, 58, 59]
        .map(|n| answer(&asks(n), false, 1.0))
        .into();
    let sure = [forty().software(&["own-40"])];
    let all = with(&sure, &many);
    let (one, none_left) = (of(&with(&sure, &[]), 40), of(&all, 40));
    assert!(one > 0.5, "{one}");
    assert!(
        none_left > 0.0 && none_left > one / 10.0,
        "{one} {none_left}"
    );
    assert!((total(&all) - 1.0).abs() < 1e-9);
    let after = with(&reports, &[answer(&asks(50), false, 0.9)]);
    let place = after
        .evidence
        .iter()
        .position(|e| matches!(e.kind, EvidenceKind::Absent { .. }))
        .unwrap();
    let against = find(&after, &actor_id(40)).unwrap();
    let weight = against
        .weights
        .iter()
        .find(|w| w.evidence == place)
        .unwrap();
    assert!(weight.factor < 1.0, "{weight:?}");
    assert_eq!(after.evidence[place].stated[0].why, "looked for");
}

#[test]
fn the_absence_of_what_hardly_anybody_does_says_next_to_nothing() {
    let reports = [forty()];
    let before = with(&reports, &[]);
    // Nobody among those shown does technique 190.
    let after = with(&reports, &[answer(&asks(120), false, 0.9)]);
    for h in &before.hypotheses {
        let Some(actor) = &h.actor else { continue };
        if let Some(now) = find(&after, &actor.id) {
            assert!((now.probability - h.probability).abs() < 0.02, "{actor:?}");
        }
    }
}

#[test]
fn either_answer_does_what_the_question_says_it_would() {
    let reports = [forty()];
    let before = with(&reports, &[]);
    assert!(before.questions.len() >= 5);
    for question in &before.questions {
        assert!((0.0..=1.0).contains(&question.no_counts));
        assert!(question.gain >= 0.005, "{question:?}");
        for (yes, standing) in [(true, &question.if_yes), (false, &question.if_no)] {
            let said = [answer(&question.asked, yes, question.no_counts)];
            let after = with(&reports, &said);
            let first = &after.hypotheses[0];
            assert_eq!(first.actor, standing.first, "{yes} {question:?}");
            let difference = (first.probability - standing.probability).abs();
            assert!(difference < 1e-9, "{yes} {difference} {question:?}");
            let asked_again = after.questions.iter().any(|q| q.asked == question.asked);
            assert!(!asked_again, "{question:?}");
        }
    }
}

#[test]
fn answers_without_any_fact_prefer_nobody() {
    let reports = [report("nothing")];
    let a = with(&reports, &[answer(&asks(50), false, 0.9)]);
    assert_eq!(a.hypotheses.len(), 1);
    assert_eq!(a.confidence_reasons, [ConfidenceReason::NoEvidence]);
    assert_eq!(a.evidence.len(), 1);
    // What the reports state is theirs: an answer does not speak against it.
    let told = [forty()];
    let (plain, against) = (
        with(&told, &[]),
        with(&told, &[answer(&asks(41), false, 1.0)]),
    );
    assert_eq!(of(&plain, 40), of(&against, 40));
}

#[test]
fn the_id_is_known_without_weighing() {
    let reports = [forty().software(&["own-40"]).country("VN", true)];
    let said = [answer(&asks(50), false, 0.9)];
    let assessor = assessor();
    let of = |said: &[Statement]| {
        let id = assessor.id_with(&case(&reports), said);
        assert_eq!(assessor.assess_with(&case(&reports), said).id, id);
        id
    };
    assert_ne!(of(&[]), of(&said));
}

#[test]
fn a_grade_of_a_person_takes_the_place_of_the_default() {
    let reports = [report("r").software(&["own-40"])];
    let grade = |reliability, credibility| {
        stated(Said::Grade {
            item: "software:test:own-40".into(),
            reliability,
            credibility: Credibility::new(credibility).unwrap(),
        })
    };
    let before = with(&reports, &[]);
    let after = with(&reports, &[grade(SourceReliability::E, 5)]);
    assert!(of(&after, 40) < of(&before, 40));
    let item = &after.evidence[0];
    assert_eq!(
        (item.reliability, item.credibility.grade()),
        (SourceReliability::E, 5)
    );
    assert_eq!(item.stated.len(), 1);
    assert_ne!(before.id, after.id);
}

fn hunted(value: &str, labels: &[&str], share: u64) -> HuntResult {
    let indicator = Indicator {
        labels: labels.iter().map(|l| (*l).to_owned()).collect(),
        ..Indicator::new(Observable::new(ObservableKind::FileName, value).unwrap())
    };
    let visibility = Visibility {
        visible: share,
        total: 100,
        assets_whole: vec![],
        assets_part: vec!["pc1".into()],
        assets_none: vec![],
        sources: vec![],
    };
    HuntResult {
        findings: vec![IndicatorFinding {
            indicator,
            finding: Finding::negative(visibility, vec![]),
        }],
        ..hunt_that_saw_all(&report("empty"))
    }
}

#[test]
fn a_hunt_that_looked_for_software_and_could_have_seen_it_counts_against_its_users() {
    let reports = [forty()];
    let weigh = |hunt: &HuntResult| {
        assessor().assess(&Case {
            reports: &reports,
            hunt: Some(hunt),
            block: None,
        })
    };
    let absent = |a: &Assessment| {
        a.evidence
            .iter()
            .filter_map(|e| match &e.kind {
                EvidenceKind::Absent {
                    what, visibility, ..
                } => Some((what.key(), *visibility)),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let dark = weigh(&hunted("x.exe", &["Own 40"], 30));
    assert_eq!(absent(&dark), []);
    let lit = weigh(&hunted("x.exe", &["Own 40"], 90));
    let [(what, v)] = &absent(&lit)[..] else {
        panic!("{:?}", absent(&lit));
    };
    assert_eq!(what, "software:test:own-40");
    assert!((v - 0.27).abs() < 1e-9, "{v}");
    assert!(of(&lit, 40) < of(&dark, 40));
    // Labels that mean nothing here do nothing.
    assert_eq!(absent(&weigh(&hunted("x.exe", &["Elsewhere"], 90))), []);
    // Software that the report has is not absent because its files were not seen here.
    let with_it = [forty().software(&["own-40"])];
    let a = assessor().assess(&Case {
        reports: &with_it,
        hunt: Some(&hunted("x.exe", &["Own 40"], 90)),
        block: None,
    });
    assert_eq!(absent(&a), []);
}

#[test]
fn bait_and_scripts_are_stated_and_weigh_nothing() {
    let mut r = forty();
    for name in ["회의록.hwp", "invoice.doc", "tool.exe"] {
        let mut mention = forty().domain("x.example", &[]).mentions.remove(0);
        mention.observable = Observable::new(ObservableKind::FileName, name).unwrap();
        r.mentions.push(mention);
    }
    let (plain, a) = (with(&[forty()], &[]), with(&[r], &[]));
    let keys: Vec<String> = a.evidence.iter().map(|e| e.kind.key()).collect();
    for key in ["lure:회의록.hwp", "lure:invoice.doc", "writing:회의록.hwp"] {
        assert!(keys.iter().any(|k| k == key), "{key} {keys:?}");
    }
    assert!((of(&plain, 40) - of(&a, 40)).abs() < 1e-12);
    let stated: Vec<usize> = (0..a.evidence.len())
        .filter(|i| a.evidence[*i].kind.is_only_stated())
        .collect();
    assert_eq!(stated.len(), 3);
    for h in &a.hypotheses {
        assert!(h.weights.iter().all(|w| !stated.contains(&w.evidence)));
    }
}

#[test]
fn a_vulnerability_counts_for_those_on_record_with_it() {
    let mut profile = named("attack:G0500", "Exploiter");
    profile.tracked = true;
    profile.vulnerabilities = ["CVE-2024-0001".to_owned()].into();
    profile.techniques = [(technique(3), 1)].into();
    let assessor = tegakari_assess::Assessor::with_profiles(world().actor(profile.clone()).build());
    let mut r = forty();
    let mut mention = forty().domain("x.example", &[]).mentions.remove(0);
    mention.observable = Observable::new(ObservableKind::Cve, "CVE-2024-0001").unwrap();
    r.mentions.push(mention);
    let of = |reports: &[Report]| {
        let p = assessor.probabilities(&case(reports));
        let found = p.actors.iter().find(|(a, _)| a.id == profile.actor.id);
        found.map(|(_, p)| *p).unwrap()
    };
    let (without, with) = (of(&[forty()]), of(&[r.clone()]));
    assert!(
        with > without * 2.0 && with < without * 8.0,
        "{without} {with}"
    );
    // One that nobody is on record with is stated and moves nobody.
    r.mentions[0].observable = Observable::new(ObservableKind::Cve, "CVE-2024-0002").unwrap();
    assert!((of(&[r]) - without).abs() < 1e-12);
}

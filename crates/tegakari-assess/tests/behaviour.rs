//! What an assessment must and must not do, in a made-up world.
#![allow(
    clippy::print_stderr,
    reason = "measurements are printed, never asserted"
)]

mod common;

use common::*;
use tegakari_assess::{Account, Assessor, Case, Parameters, SoftwareProfile};
use tegakari_model::*;

const EXACT: f64 = 1e-9;

#[test]
fn without_evidence_nobody_is_preferred() {
    for reports in [vec![], vec![report("empty")]] {
        let a = assess(&reports);
        assert_eq!(a.hypotheses.len(), 1);
        assert!(a.hypotheses[0].actor.is_none());
        assert!((a.hypotheses[0].probability - 0.5).abs() < EXACT);
        assert!((a.rest - 0.5).abs() < EXACT);
        assert_eq!(a.rest_count, ACTORS as usize);
        assert_eq!(a.confidence, Confidence::Low);
        assert_eq!(a.confidence_reasons, [ConfidenceReason::NoEvidence]);
        assert!(a.matter.only_under.is_empty());
        let p = assessor().probabilities(&Case {
            reports: &reports,
            hunt: None,
            block: None,
        });
        assert!(
            p.actors.iter().all(
                |(_, p)| (p - p.clamp(0.5 / 120.0 - EXACT, 0.5 / 120.0 + EXACT)).abs() < EXACT
            )
        );
    }
}

#[test]
fn malware_of_one_actor_puts_it_first() {
    let a = assess(&[report("r").software(&["own-7"]).country("TW", true)]);
    assert_eq!(a.hypotheses[0].actor.as_ref().unwrap().id, actor_id(7));
    let leader = &a.hypotheses[0];
    assert!(leader.probability > none(&a).probability);
    assert!(
        leader.without_strongest < 0.1 * leader.probability,
        "{leader:?}"
    );
    assert!(matches!(
        &a.evidence[leader.weights[0].evidence].kind,
        EvidenceKind::Software { used_by: 1, .. }
    ));
    assert!(a.confidence_reasons.iter().any(
        |r| matches!(r, ConfidenceReason::RestsOnOneItem { actor: Some(name), .. }
                if *name == leader.actor.as_ref().unwrap().name)
    ));
    assert_eq!(
        a.confidence,
        Confidence::Low,
        "one report, one fact, nothing observed"
    );
    assert!(a.assumptions.contains(&Assumption::SoftwareNotShared {
        name: "Own 7".into()
    }));
    assert!(a.triggers.contains(&ChangeTrigger::SoftwareElsewhere {
        name: "Own 7".into()
    }));
    assert!(a.triggers.contains(&ChangeTrigger::SecondSource));
    assert!(
        a.alternatives
            .iter()
            .any(|x| matches!(x, Alternative::FalseFlag { .. }))
    );
    assert!(
        a.alternatives
            .iter()
            .any(|x| matches!(x, Alternative::Unknown { .. }))
    );
}

#[test]
fn a_tool_that_everybody_has_points_at_nobody() {
    let a = assess(&[report("r").software(&["mimikatz"])]);
    assert!(a.hypotheses[0].actor.is_none());
    assert!(
        a.hypotheses
            .iter()
            .filter(|h| h.actor.is_some())
            .all(|h| h.probability < 0.05),
        "{:?}",
        a.hypotheses
    );
    assert!(a.triggers.contains(&ChangeTrigger::IdentifyMalware));
}

#[test]
fn shares_of_probability_always_sum_to_one_and_nothing_is_certain() {
    let all_software: Vec<String> = (0..ACTORS).map(|n| format!("own-{n}")).collect();
    let mut everything = report("everything");
    for n in 0..200 {
        everything = everything.technique(n);
    }
    let mut contradictory = report("contradictory");
    for id in &all_software {
        contradictory = contradictory.software(&[id]);
    }
    let mut one_sided = report("one-sided")
        .actor("Actor 7", &["attack:G0007"], 50)
        .software(&["own-7"])
        .software(&["shared-7"])
        .country("TW", true)
        .domain("c2.example", &[]);
    for n in 7..27 {
        one_sided = one_sided.technique(n);
    }
    let against = report("against")
        .software(&["own-1"])
        .software(&["own-2"])
        .actor("Actor 3", &["attack:G0003"], 1);
    for r in [
        everything,
        contradictory.clone(),
        one_sided.clone(),
        against,
        report("one").technique(3),
    ] {
        let a = assess(std::slice::from_ref(&r));
        assert!((total(&a) - 1.0).abs() < EXACT, "{}", r.source.name);
        for h in &a.hypotheses {
            assert!(
                h.probability <= 0.99 && h.high <= 0.99 && h.low >= 0.0,
                "{h:?}"
            );
            assert!(h.low <= h.probability && h.probability <= h.high, "{h:?}");
            assert!(h.actor.is_none() || h.probability >= 0.01, "{h:?}");
            assert!(h.low <= h.without_strongest && h.without_strongest <= h.high);
            assert_eq!(h.likelihood, Likelihood::of(h.probability));
        }
        assert!(
            a.hypotheses
                .windows(2)
                .all(|w| w[0].probability >= w[1].probability)
        );
    }
    let strong = assess(&[one_sided]);
    assert!(
        of(&strong, 7) > 0.9,
        "all families agree: {}",
        of(&strong, 7)
    );
    assert!(
        assess(&[contradictory])
            .hypotheses
            .iter()
            .all(|h| h.actor.is_none() || h.probability < 0.2)
    );
}

#[test]
fn the_odds_are_the_prior_times_the_factors() {
    // No more than what one fact may give, above which the odds are those of a mean.
    let a = assess(&[report("r")
        .software(&["shared-7"])
        .technique(9)
        .technique(12)
        .country("TW", true)]);
    let h = find(&a, &actor_id(7)).unwrap();
    let factors: f64 = h.weights.iter().map(|w| w.factor).product();
    // Without the doubt that is mixed in at the end.
    let doubt = Parameters::default().doubt_of_one;
    let odds = (h.probability - doubt * h.prior) / (none(&a).probability - doubt * none(&a).prior);
    let stated = factors * h.prior / none(&a).prior;
    assert!((odds / stated).ln().abs() < 0.1, "{odds} {stated}");
}

#[test]
fn one_source_is_never_almost_certain_and_two_are_worth_more() {
    let all = |name: &str| {
        let mut r = report(name)
            .software(&["own-7"])
            .actor("Actor 7", &["attack:G0007"], 9)
            .country("TW", true);
        for n in 7..27 {
            r = r.technique(n);
        }
        r
    };
    let one = assess(&[all("one")]);
    let two = assess(&[all("one"), all("two")]);
    assert!(of(&one, 7) > 0.9 && one.hypotheses[0].likelihood == Likelihood::VeryLikely);
    assert!(of(&two, 7) > 0.95 && of(&two, 7) <= 0.99);
    assert!(two.confidence > one.confidence);
}

#[test]
fn a_claim_that_may_rest_on_the_malware_counts_half() {
    let factor = |software: &str| {
        let r = report("r")
            .software(&[software])
            .actor("Actor 7", &["attack:G0007"], 9);
        let a = assess(&[r]);
        let h = find(&a, &actor_id(7)).unwrap();
        let claim = |w: &&Weight| {
            matches!(
                a.evidence[w.evidence].kind,
                EvidenceKind::PublisherClaim { .. }
            )
        };
        h.weights.iter().find(claim).unwrap().factor.ln()
    };
    assert!(factor("own-7") < 0.55 * factor("mimikatz"));
}

#[test]
fn a_repeated_report_does_not_change_the_odds() {
    let one = report("one")
        .software(&["shared-3"])
        .technique(3)
        .technique(40)
        .actor("Actor 3", &["attack:G0003"], 4)
        .actor("Actor 8", &["attack:G0008"], 2);
    let reports = |second: Option<Report>| {
        std::iter::once(one.clone())
            .chain(second)
            .collect::<Vec<_>>()
    };
    let alone = assess(&reports(None));
    let mut retold = one.clone();
    retold.id = ReportId::derive(&[b"retold"]);
    retold.title = None;
    let mut same_title = retold.clone();
    same_title.title.clone_from(&one.title);
    same_title.publisher = Some("A newspaper".into());
    for again in [one.clone(), retold, same_title] {
        let both = assess(&reports(Some(again)));
        for (x, y) in alone.hypotheses.iter().zip(&both.hypotheses) {
            assert!((x.probability - y.probability).abs() < EXACT);
        }
        assert!(
            both.confidence_reasons
                .contains(&ConfidenceReason::IndependentReports { count: 1 })
        );
    }
    let independent = {
        let mut other = one.clone();
        other.id = ReportId::derive(&[b"other"]);
        other.title = Some("Something else entirely".into());
        other.publisher = Some("Another vendor".into());
        assess(&reports(Some(other)))
    };
    assert!(
        independent
            .confidence_reasons
            .contains(&ConfidenceReason::IndependentReports { count: 2 })
    );
    assert!(
        independent
            .evidence
            .iter()
            .all(|e| e.credibility.grade() == 2)
    );
}

#[test]
fn documents_with_the_same_indicators_are_one_source() {
    let with = |name: &str, domains: &[&str]| {
        let mut r = report(name).technique(3);
        for d in domains {
            r = r.domain(d, &[]);
        }
        r
    };
    for (a, b, count) in [
        (
            &["a.example", "b.example", "d.example"][..],
            &["a.example", "b.example", "d.example", "e.example"][..],
            1,
        ),
        (
            &["a.example", "b.example"][..],
            &["a.example", "b.example"][..],
            2,
        ),
        (
            &["a.example", "x.example", "y.example"][..],
            &["a.example", "b.example", "d.example"][..],
            2,
        ),
    ] {
        let got = assess(&[with("first", a), with("second", b)]);
        assert!(
            got.confidence_reasons
                .contains(&ConfidenceReason::IndependentReports { count }),
            "{a:?} {b:?}"
        );
    }
}

#[test]
fn a_publishers_claim_alone_never_makes_an_actor_likelier_than_not() {
    let a = assess(&[report("r").actor("Actor 7", &["attack:G0007"], 100)]);
    assert!(of(&a, 7) > 0.3 && of(&a, 7) < 0.55, "{}", of(&a, 7));
    assert!(matches!(
        a.evidence[0].kind,
        EvidenceKind::PublisherClaim { .. }
    ));
    assert_eq!(a.evidence[0].vertex, Vertex::Adversary);
}

#[test]
fn a_name_of_two_records_is_shared_out() {
    let clear = assess(&[report("r").actor("X", &["attack:G0007"], 3)]);
    let shared = assess(&[report("r").actor("X", &["attack:G0007", "attack:G0008"], 3)]);
    assert!((of(&shared, 7) - of(&shared, 8)).abs() < EXACT);
    assert!(
        of(&shared, 7) < 0.7 * of(&clear, 7),
        "{} {}",
        of(&shared, 7),
        of(&clear, 7)
    );
    let clear = assess(&[report("r").software(&["own-7"])]);
    let shared = assess(&[report("r").software(&["own-7", "own-8"])]);
    assert!((of(&shared, 7) - of(&shared, 8)).abs() < 0.05);
    assert!(
        of(&shared, 7) + of(&shared, 8) < 1.05 * of(&clear, 7),
        "{} {}",
        of(&shared, 7),
        of(&clear, 7)
    );
}

#[test]
fn a_report_that_compares_many_actors_claims_none() {
    let mut r = report("r");
    for n in 0..20 {
        r = r.actor(&format!("Actor {n}"), &[&actor_id(n).0], 1);
    }
    let a = assess(&[r.clone()]);
    assert!(a.hypotheses[0].actor.is_none());
    let mut titled = r;
    titled.title = Some("Inside the latest campaign of Actor 7".into());
    let b = assess(&[titled]);
    assert!(of(&b, 7) > of(&a, 7));
}

#[test]
fn a_name_that_the_knowledge_lacks_speaks_for_none_of_the_known() {
    let before = assess(&[report("r").technique(3)]);
    for r in [
        report("r").technique(3).actor("UAT-9999", &[], 3),
        report("r").technique(3).actor("Gone", &["attack:G9999"], 3),
        report("r").technique(3).new_malware("BrandNewRat"),
        report("r").technique(3).software(&["not-on-record"]),
    ] {
        assert!(none(&assess(&[r])).probability > none(&before).probability + 0.02);
    }
}

#[test]
fn records_outside_attack_are_reached_only_when_named() {
    let misp = ActorId("misp:one".into());
    let a = assess(&[report("r").technique(3)]);
    assert!(find(&a, &misp).is_none());
    let b = assess(&[report("r").actor("Only In MISP", &["misp:one"], 3)]);
    assert_eq!(b.rest_count + b.hypotheses.len() - 1, ACTORS as usize + 1);
    assert!(find(&b, &misp).unwrap().probability > 0.3);
    // Where ATT&CK knows the name, other records merely repeat it.
    let c = assess(&[report("r").actor("Actor 7", &["attack:G0007", "misp:seven"], 3)]);
    assert!(find(&c, &ActorId("misp:seven".into())).is_none());
    assert!(of(&c, 7) > 0.3);
}

#[test]
fn hostile_names_pass_as_data() {
    for hostile in [
        "<script>alert(1)</script>",
        "\u{202e}\u{1b}[31mX",
        "=cmd|' /C calc'!A0",
        "",
        "\u{0}",
        "ａ".repeat(100_000).as_str(),
    ] {
        let r = report("r")
            .actor(hostile, &["attack:G0007"], u32::MAX)
            .actor(hostile, &[], u32::MAX)
            .new_malware(hostile);
        let a = assess(&[r]);
        assert!((total(&a) - 1.0).abs() < EXACT);
        assert!(
            a.evidence.iter().any(
                |e| matches!(&e.kind, EvidenceKind::PublisherClaim { name } if name == hostile)
            )
        );
    }
}

#[test]
fn techniques_and_tactics_that_do_not_exist_do_nothing() {
    let mut r = report("r").technique(8999);
    r.techniques.push(TechniqueMention {
        id: TechniqueId::parse("TA0011").unwrap(),
        name: "C2".into(),
        retired_id: None,
        explicit: true,
        probability: None,
        alternatives: Vec::new(),
        citations: vec![],
    });
    let a = assess(&[r]);
    assert_eq!(a.confidence_reasons, [ConfidenceReason::NoEvidence]);
}

#[test]
fn techniques_that_named_malware_explains_count_less() {
    // Techniques 7..15 are what own-7 does; 30..38 are nobody's malware here.
    let with = |from: u32| {
        let mut r = report("r").software(&["own-7"]);
        for n in from..from + 8 {
            r = r.technique(n);
        }
        assess(&[r])
    };
    let strength = |a: &Assessment, id: ActorId| {
        let h = find(a, &id);
        h.map_or(0.0, |h| {
            h.weights
                .iter()
                .filter(|w| matches!(a.evidence[w.evidence].kind, EvidenceKind::Technique { .. }))
                .map(|w| w.factor.ln().max(0.0))
                .sum::<f64>()
        })
    };
    let explained = strength(&with(7), actor_id(7));
    let alone = {
        let mut r = report("r");
        for n in 7..15 {
            r = r.technique(n);
        }
        strength(
            &assess(&[r.actor("Actor 7", &["attack:G0007"], 1)]),
            actor_id(7),
        )
    };
    assert!(explained < 0.7 * alone, "{explained} {alone}");
}

#[test]
fn a_tool_that_anybody_can_get_says_less_than_malware_though_one_actor_alone_is_on_record_with_either()
 {
    let with = |dual_use: bool| {
        let world = world();
        let mut three = world.clone().build().actor(&actor_id(3)).unwrap().clone();
        three.software.insert(software("lone"), 1);
        let profiles = world
            .software(SoftwareProfile {
                id: software("lone"),
                name: "Lone".into(),
                dual_use,
                techniques: [technique(190)].into(),
            })
            .actor(three)
            .build();
        let reports = [report("r").software(&["lone"])];
        let a = Assessor::with_profiles(profiles).assess(&Case {
            reports: &reports,
            hunt: None,
            block: None,
        });
        of(&a, 3)
    };
    let (tool, malware) = (with(true), with(false));
    assert!(tool < 0.5 * malware, "{tool} {malware}");
}

#[test]
fn malware_whose_doings_were_seen_is_believed_more_than_a_file_that_did_nothing() {
    // own-7 carries out techniques 7..15. Nobody is on record with 300..304.
    let with = |techniques: std::ops::Range<u32>| {
        let mut world = world();
        for n in 300..304 {
            world = world.technique(technique(n), format!("Technique {n}"));
        }
        let mut r = report("r").software(&["own-7"]);
        for n in techniques {
            r = r.technique(n);
        }
        let reports = [r];
        Assessor::with_profiles(world.build())
            .assess(&Case {
                reports: &reports,
                hunt: None,
                block: None,
            })
            .hypotheses
            .iter()
            .find(|h| h.actor.as_ref().is_some_and(|a| a.id == actor_id(7)))
            .map_or(0.0, |h| h.probability)
    };
    let (did, did_not) = (with(7..11), with(300..304));
    assert!(did > did_not, "{did} {did_not}");
}

#[test]
fn only_attacked_places_count_and_weakly() {
    let named = assess(&[report("r").technique(7).country("TW", false)]);
    let attacked = assess(&[report("r").technique(7).country("TW", true)]);
    assert!(!named.evidence.iter().any(|e| e.vertex == Vertex::Victim));
    let p = |r: Report| {
        let all = assessor().probabilities(&Case {
            reports: &[r],
            hunt: None,
            block: None,
        });
        all.actors
            .into_iter()
            .find(|(a, _)| a.id == actor_id(7))
            .unwrap()
            .1
    };
    let (without, with) = (
        p(report("r").technique(7)),
        p(report("r").technique(7).country("TW", true)),
    );
    assert!(with > without && with < 8.0 * without, "{without} {with}");
    assert!(attacked.evidence.iter().any(|e| e.vertex == Vertex::Victim));
}

#[test]
fn known_infrastructure_is_weak_evidence() {
    let a = assess(&[report("r").domain("c2.example", &[])]);
    let seven = find(&a, &actor_id(7)).unwrap();
    assert!(
        seven.probability < 0.1 && seven.probability > 2.0 * seven.prior,
        "{seven:?}"
    );
    assert!(a.assumptions.contains(&Assumption::InfrastructureNotReused));
}

#[test]
fn what_we_saw_ourselves_is_cited_and_raises_the_grade() {
    let r = report("r")
        .software(&["own-7"])
        .technique(9)
        .country("TW", true)
        .domain("c2.example", &["own-7"])
        .domain("x.example", &[]);
    let hunt = hunt_that_saw_all(&r);
    let reports = [r];
    let unseen = assessor().assess(&Case {
        reports: &reports,
        hunt: None,
        block: None,
    });
    let seen = assessor().assess(&Case {
        reports: &reports,
        hunt: Some(&hunt),
        block: None,
    });
    let grade = |a: &Assessment| {
        let e = a
            .evidence
            .iter()
            .find(|e| matches!(e.kind, EvidenceKind::Software { .. }))
            .unwrap()
            .clone();
        (e.credibility.grade(), e.observed.len())
    };
    assert_eq!(grade(&unseen), (3, 0));
    assert_eq!(grade(&seen), (1, 1));
    // Both rest on the malware and stay at what one fact may give; it counts for more all the same.
    let most = |a: &Assessment| find(a, &actor_id(7)).unwrap().weights[0].factor;
    assert!(most(&seen) > most(&unseen));
    assert!(of(&seen, 7) >= of(&unseen, 7));
    assert!(
        unseen
            .confidence_reasons
            .contains(&ConfidenceReason::NothingObserved)
    );
    assert!(
        seen.confidence_reasons
            .contains(&ConfidenceReason::Observed { indicators: 2 })
    );
    assert!(seen.confidence > unseen.confidence);
    assert_eq!(seen.hunt, Some(hunt.id.clone()));
    assert_ne!(seen.id, unseen.id);
    assert!(seen.matter.same.contains(&Action::InvestigateAssets {
        assets: vec!["pc1".into()]
    }));
    assert!(seen.matter.same.contains(&Action::PreserveEvidence {
        assets: vec!["pc1".into()]
    }));
}

#[test]
fn what_could_not_be_seen_lowers_confidence_and_is_asked_for() {
    let r = report("r")
        .software(&["own-7"])
        .domain("c2.example", &[])
        .domain("d.example", &[]);
    let mut hunt = hunt_that_saw_all(&r);
    for one in &mut hunt.findings {
        let visibility = Visibility {
            visible: 1,
            total: 10,
            assets_whole: vec![],
            assets_part: vec![],
            assets_none: vec!["pc9".into()],
            sources: vec![],
        };
        let gap = Gap {
            needs: vec![Telemetry::Dns, Telemetry::TlsName],
            assets: vec!["pc9".into()],
            asset_hours: 9,
        };
        one.finding = Finding::CannotTell {
            visibility: visibility.into(),
            gaps: vec![gap].into(),
        };
    }
    let a = assessor().assess(&Case {
        reports: &[r],
        hunt: Some(&hunt),
        block: None,
    });
    assert!(a.confidence_reasons.iter().any(
        |x| matches!(x, ConfidenceReason::LowVisibility { share } if (share - 0.1).abs() < EXACT)
    ));
    assert_eq!(a.confidence, Confidence::Low);
    let needs = vec![Telemetry::Dns, Telemetry::TlsName];
    assert!(a.triggers.contains(&ChangeTrigger::MissingTelemetry {
        needs: needs.clone(),
        assets: vec!["pc9".into()]
    }));
    assert!(a.matter.same.contains(&Action::CloseGap {
        needs,
        assets: vec!["pc9".into()]
    }));
}

#[test]
fn actions_that_pay_under_one_answer_are_apart_from_the_others() {
    let r = report("r")
        .software(&["own-7"])
        .technique(9)
        .technique(12)
        .country("VN", true);
    let indicator = Indicator::new(Observable::new(ObservableKind::Domain, "c2.example").unwrap());
    let block = BlockPlan {
        entries: vec![serde_json::from_value(serde_json::json!({"indicator": serde_json::to_value(&indicator).unwrap(), "scope": "tree"})).unwrap()],
        held_back: vec![],
    };
    let a = assessor().assess(&Case {
        reports: &[r],
        hunt: None,
        block: Some(&block),
    });
    assert_eq!(a.matter.same[0], Action::BlockIndicators { count: 1 });
    assert!(a.matter.same.contains(&Action::HuntTechnique {
        id: technique(9),
        name: "Technique 9".into()
    }));
    let (index, only) = &a.matter.only_under[0];
    assert_eq!(a.hypotheses[*index].actor.as_ref().unwrap().id, actor_id(7));
    assert!(only.contains(&Action::HuntSoftware {
        id: software("shared-7"),
        name: "Shared 7".into()
    }));
    assert!(
        !only
            .iter()
            .any(|x| matches!(x, Action::HuntSoftware { id, .. } if *id == software("own-7"))),
        "already in the report"
    );
    assert!(
        !only
            .iter()
            .any(|x| matches!(x, Action::HuntTechnique { id, .. } if *id == technique(9)))
    );
    assert!(only.contains(&Action::WarnTarget {
        countries: vec![Country::new("TW").unwrap()],
        sectors: vec![]
    }));
    assert!(only.len() <= 7 && a.matter.same.len() <= 12);
}

#[test]
fn the_same_case_gives_the_same_bytes_whatever_the_order_of_reports() {
    let reports = || {
        [
            report("a").software(&["own-7"]).technique(3),
            report("b")
                .technique(9)
                .actor("Actor 7", &["attack:G0007"], 2),
        ]
    };
    let first = assess(&reports());
    assert_eq!(
        serde_json::to_string(&first).unwrap(),
        serde_json::to_string(&assess(&reports())).unwrap()
    );
    let mut turned = reports();
    turned.reverse();
    let other = assess(&turned);
    assert_eq!(first.id, other.id);
    for (x, y) in first.hypotheses.iter().zip(&other.hypotheses) {
        assert_eq!(x.actor, y.actor);
        assert!((x.probability - y.probability).abs() < EXACT);
    }
    let back: Assessment = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
    assert_eq!(back.hypotheses.len(), first.hypotheses.len());
}

#[test]
fn half_a_thousand_techniques_are_weighed_in_no_time() {
    let mut r = report("r");
    for n in 0..200 {
        r = r.technique(n).software(&[&format!("own-{}", n % ACTORS)]);
    }
    let assessor = assessor();
    let start = std::time::Instant::now();
    let a = assessor.assess(&Case {
        reports: &[r],
        hunt: None,
        block: None,
    });
    eprintln!(
        "{} facts against {} actors: {:?}",
        a.evidence.len(),
        ACTORS,
        start.elapsed()
    );
}

/// A report in which a name is quoted with these words around it.
fn quoting(words: &str) -> Report {
    let mut report = report("quoting").software(&["shared-3"]);
    report.names[0].citations = vec![ReportCitation {
        report: report.id.clone(),
        line: Some(1),
        page: None,
        path: None,
        section: None,
        quote: words.to_owned(),
    }];
    report
}

#[test]
fn where_attackers_are_said_to_come_from_narrows_down_the_known_and_no_more() {
    let mut profiles = world();
    let from = [(3, "IR"), (13, "CN"), (23, "KP")];
    for (n, country) in from {
        let mut profile = assessor().profiles().actor(&actor_id(n)).unwrap().clone();
        profile.origins = [Country::new(country).unwrap()].into();
        profiles = profiles.actor(profile);
    }
    let assessor = Assessor::with_profiles(profiles.build());
    let ask = |origin: Option<&str>| {
        let mut report = quoting("the group used Shared 3");
        report.origins.extend(origin.map(|code| OriginMention {
            country: Country::new(code).unwrap(),
            text: code.into(),
            citations: cite(&report),
        }));
        let reports = [report];
        let case = Case {
            reports: &reports,
            hunt: None,
            block: None,
        };
        (assessor.probabilities(&case), assessor.assess(&case))
    };
    let (plain, _) = ask(None);
    let (told, assessment) = ask(Some("IR"));
    let of = |p: &tegakari_assess::Probabilities, n: u32| {
        let mut all = p.actors.iter();
        all.find(|(actor, _)| actor.id == actor_id(n)).unwrap().1
    };
    assert!(of(&told, 3) > 1.5 * of(&plain, 3));
    assert!(of(&told, 13) < of(&plain, 13));
    // Of records without a stated origin it says nothing.
    let (a, b) = (of(&told, 33) / of(&plain, 33), told.none / plain.none);
    assert!((a - b).abs() < 0.05, "{a} {b}");
    assert!(
        assessment
            .evidence
            .iter()
            .any(|e| e.kind.key() == "origin:IR" && !e.reported.is_empty())
    );
    assert!(!contradicts(&assessment));
}

fn contradicts(a: &Assessment) -> bool {
    let mut reasons = a.confidence_reasons.iter();
    reasons.any(|r| matches!(r, ConfidenceReason::OriginsContradict { .. }))
}

#[test]
fn origins_that_contradict_each_other_are_said_to() {
    let mut report = quoting("an Iranian group, said others, working from China");
    for code in ["IR", "CN"] {
        report.origins.push(OriginMention {
            country: Country::new(code).unwrap(),
            text: code.into(),
            citations: cite(&report),
        });
    }
    let a = assess(&[report]);
    let countries = ["CN", "IR"].map(|code| Country::new(code).unwrap()).into();
    let reason = ConfidenceReason::OriginsContradict { countries };
    assert!(a.confidence_reasons.contains(&reason), "{a:?}");
}

/// The made-up world, where what was published about some actors is known with its year.
fn published(years: &[(u32, i16)]) -> Assessor<'static> {
    let plain = world().build();
    let mut dated = world();
    for profile in plain.actors().iter().filter(|one| one.tracked) {
        let mut profile = profile.clone();
        let own = years.iter().find(|(n, _)| profile.actor.id == actor_id(*n));
        profile.accounts = vec![Account {
            techniques: profile.techniques.keys().cloned().collect(),
            software: profile.software.keys().cloned().collect(),
            year: own.map(|(_, year)| *year),
        }];
        dated = dated.actor(profile);
    }
    Assessor::with_profiles(dated.build())
}

#[test]
fn those_of_whom_nobody_wrote_for_years_are_less_probable_in_a_report_with_a_date() {
    let assessor = published(&[(40, 2024), (41, 2015), (42, 2023)]);
    let ask = |date: Option<&str>| {
        let mut report = report("dated").technique(44).technique(47).technique(50);
        report.published = date.map(|date| ReportDate(date.into()));
        let case = [report];
        assessor.assess(&Case {
            reports: &case,
            hunt: None,
            block: None,
        })
    };
    let (then, now, never) = (ask(Some("2014-06")), ask(Some("2024-05-01")), ask(None));
    assert!(of(&now, 40) > 2.0 * of(&now, 41), "{now:?}");
    assert!(of(&then, 41) > 2.0 * of(&then, 40), "{then:?}");
    // A year apart is not apart.
    assert!((of(&now, 42) / of(&now, 40)).ln().abs() < 0.5);
    let has = |a: &Assessment| a.evidence.iter().any(|e| e.kind.key() == "published");
    assert!(has(&now) && !has(&never));
    for a in [&then, &now, &never] {
        assert!((total(a) - 1.0).abs() < EXACT);
    }
    // A date without any fact prefers nobody.
    let mut empty = report("empty");
    empty.published = Some(ReportDate("2024".into()));
    let p = assessor.probabilities(&Case {
        reports: &[empty],
        hunt: None,
        block: None,
    });
    let first = p.actors[0].1;
    assert!(p.actors.iter().all(|(_, one)| (one - first).abs() < EXACT));
    assert!((p.none - 0.5).abs() < EXACT);
}

#[test]
fn what_rests_on_one_fact_is_never_stated_above_four_fifths() {
    for software in [&["own-7"][..], &["own-7", "shared-7", "mimikatz"]] {
        for techniques in [0..0, 7..9, 7..15, 7..27] {
            let mut r = report("r").software(software);
            for n in techniques {
                r = r.technique(n);
            }
            let a = assess(&[r]);
            let leader = &a.hypotheses[0];
            let rests = a
                .confidence_reasons
                .iter()
                .any(|r| matches!(r, ConfidenceReason::RestsOnOneItem { .. }));
            assert!(!rests || leader.probability <= 0.8, "{leader:?}");
            assert!((total(&a) - 1.0).abs() < EXACT);
        }
    }
}

#[test]
fn a_technique_that_may_have_been_read_wrongly_counts_less() {
    let told = |probability: Option<f32>| {
        let mut report = report("told").technique(40);
        report.techniques[0].probability = probability;
        let reports = [report];
        let p = assessor().probabilities(&Case {
            reports: &reports,
            hunt: None,
            block: None,
        });
        // How far the best stands out from the last of all.
        p.actors[0].1 / p.actors.last().unwrap().1
    };
    let [sure, half, hardly] = [Some(0.95), Some(0.6), Some(0.4)].map(told);
    assert!(sure > half && half > hardly, "{sure} {half} {hardly}");
}

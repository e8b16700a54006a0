//! The report that issue 2 is measured by, against the knowledge inside the program.
#![allow(
    clippy::print_stderr,
    reason = "measurements are printed, never asserted"
)]

mod common;

use std::time::Instant;

use common::{Says, cite, none, report, total};
use tegakari_assess::{Assessor, Case, assess};
use tegakari_knowledge::Knowledge;
use tegakari_model::*;

fn software_named(name: &str) -> &'static tegakari_knowledge::Software {
    let all = Knowledge::embedded().all_software();
    all.iter()
        .find(|s| s.name == name)
        .expect("the knowledge has it")
}

/// What the report says in the knowledge's own terms: malware, targets, and the name or not.
fn sagerunex(named: bool) -> Report {
    let knowledge = Knowledge::embedded();
    let mut r = report("sagerunex");
    for code in ["PH", "VN", "HK", "TW"] {
        r = r.country(code, true);
    }
    let software = software_named("Sagerunex");
    let mut mention = NameMention {
        text: "Sagerunex".into(),
        also_written: vec![],
        kind: NameKind::Malware,
        known_as: Some("Sagerunex".into()),
        actors: vec![],
        software: vec![software.id.clone()],
        misspelt: false,
        denied: false,
        count: 9,
        citations: cite(&r),
    };
    r.names.push(mention.clone());
    if named {
        mention.text = "Lotus Blossom".into();
        mention.known_as = Some("Lotus Blossom".into());
        mention.kind = NameKind::IntrusionSet;
        mention.software = vec![];
        mention.actors = knowledge
            .actors()
            .iter()
            .filter(|a| {
                a.all_names()
                    .any(|n| n.eq_ignore_ascii_case("Lotus Blossom"))
            })
            .map(|a| a.id.clone())
            .collect();
        assert!(!mention.actors.is_empty());
        r.names.push(mention);
    }
    r
}

#[test]
fn malware_of_lotus_blossom_alone_leads_to_it_named_or_not() {
    let knowledge = Knowledge::embedded();
    for named in [false, true] {
        let r = sagerunex(named);
        let start = Instant::now();
        let assessor = Assessor::new(knowledge);
        let prepared = start.elapsed();
        let start = Instant::now();
        let a = assessor.assess(&Case {
            reports: std::slice::from_ref(&r),
            hunt: None,
            block: None,
        });
        eprintln!(
            "named {named}: profiles in {prepared:?}, assessed in {:?}",
            start.elapsed()
        );
        for h in &a.hypotheses {
            eprintln!(
                "  {:.3} ({:.3}..{:.3}, without strongest {:.3}) {:?} also {}",
                h.probability,
                h.low,
                h.high,
                h.without_strongest,
                h.actor.as_ref().map(|x| (&x.id.0, &x.name)),
                h.also_recorded.len()
            );
        }
        let first = a.hypotheses[0].actor.as_ref().unwrap();
        assert_eq!(first.id.0, "attack:G0030");
        assert!(a.hypotheses[0].probability > 0.5);
        assert!((total(&a) - 1.0).abs() < 1e-9);
        assert!(none(&a).probability > 0.01);
        let strongest = &a.evidence[a.hypotheses[0].weights[0].evidence].kind;
        assert!(
            matches!(strongest, EvidenceKind::Software { name, used_by: 1, .. } if name == "Sagerunex")
                || named,
            "{strongest:?}"
        );
        assert!(
            a.evidence
                .iter()
                .any(|e| matches!(&e.kind, EvidenceKind::Software { used_by: 1, .. }))
        );
        assert_eq!(a.knowledge, knowledge.version());
        assert!(
            !a.hypotheses[0].also_recorded.is_empty(),
            "MISP and Microsoft have it under other names"
        );
        assert!(
            a.hypotheses[0]
                .also_recorded
                .iter()
                .all(|x| x.id != first.id)
        );
    }
}

#[test]
fn mimikatz_alone_prefers_nobody_strongly() {
    let knowledge = Knowledge::embedded();
    let mut r = report("mimikatz");
    let tool = software_named("Mimikatz");
    r.names.push(NameMention {
        text: "Mimikatz".into(),
        also_written: vec![],
        kind: NameKind::Tool,
        known_as: Some("Mimikatz".into()),
        actors: vec![],
        software: vec![tool.id.clone()],
        misspelt: false,
        denied: false,
        count: 2,
        citations: cite(&r),
    });
    let a = assess(
        &Case {
            reports: &[r],
            hunt: None,
            block: None,
        },
        knowledge,
    );
    assert!(a.hypotheses[0].actor.is_none());
    let best = a
        .hypotheses
        .iter()
        .filter(|h| h.actor.is_some())
        .map(|h| h.probability)
        .fold(0.0, f64::max);
    assert!(best < 0.05, "{best}");
}

#[test]
fn what_is_claimed_of_a_similar_record_is_not_claimed_of_another_actor() {
    let assessor = Assessor::new(Knowledge::embedded());
    let turla = ActorId("attack:G0010".into());
    let profile = assessor.profiles().actor(&turla).expect("it is known");
    let from: Vec<&str> = profile.origins.iter().map(Country::code).collect();
    // MISP calls APT26, of which others say China, similar to it.
    assert_eq!(from, ["RU"]);
    // Records of the same actor in another catalogue still lend what they claim.
    let tracked = assessor.profiles().actors().iter().filter(|p| p.tracked);
    let with = tracked.filter(|p| !p.origins.is_empty()).count();
    assert!(with >= 60, "{with}");
}

#[test]
fn every_attack_group_is_a_hypothesis() {
    let knowledge = Knowledge::embedded();
    let groups = knowledge
        .actors()
        .iter()
        .filter(|a| a.is_live() && a.id.0.starts_with("attack:"))
        .count();
    let p = Assessor::new(knowledge).probabilities(&Case {
        reports: &[],
        hunt: None,
        block: None,
    });
    assert_eq!(p.actors.len(), groups);
    assert!(groups > 150, "{groups}");
    let sum: f64 = p.actors.iter().map(|(_, p)| p).sum::<f64>() + p.none;
    assert!((sum - 1.0).abs() < 1e-9);
}

#[test]
fn half_a_thousand_techniques_point_at_nobody_for_certain() {
    let knowledge = Knowledge::embedded();
    let mut r = report("all techniques");
    for t in knowledge
        .techniques()
        .iter()
        .filter(|t| t.is_live())
        .take(500)
    {
        r.techniques.push(TechniqueMention {
            id: t.id.clone(),
            name: t.name.clone(),
            retired_id: None,
            explicit: true,
            probability: None,
            alternatives: Vec::new(),
            citations: cite(&r),
        });
    }
    let assessor = Assessor::new(knowledge);
    let start = Instant::now();
    let a = assessor.assess(&Case {
        reports: &[r],
        hunt: None,
        block: None,
    });
    eprintln!(
        "{} facts against {} actors: {:?}",
        a.evidence.len(),
        a.rest_count,
        start.elapsed()
    );
    assert!(
        a.hypotheses
            .iter()
            .all(|h| h.probability <= 0.99 && h.high <= 0.99)
    );
    assert!(
        a.hypotheses
            .iter()
            .filter(|h| h.actor.is_some())
            .all(|h| h.probability < 0.5)
    );
}

/// The publisher's own bundle: its techniques (made by tagging, some of them of the mobile matrix),
/// its addresses and names, and a malware tag that does not fit.
#[test]
fn the_publishers_bundle_leads_to_lotus_blossom_too() {
    for named in [true, false] {
        check_bundle(named);
    }
}

fn check_bundle(named: bool) {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/talos-iocs/2025/02/lotus-blossom-espionage-group.json"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: {path} is not here");
        return;
    };
    let bundle: serde_json::Value = serde_json::from_str(&text).expect("a bundle");
    let knowledge = Knowledge::embedded();
    let mut r = sagerunex(named).new_malware("Venom RAT");
    let citation = cite(&r);
    for object in bundle["objects"].as_array().expect("objects") {
        let name = object["name"].as_str().unwrap_or_default();
        if object["type"] == "attack-pattern"
            && let Some(id) = name.rsplit(" - ").next().and_then(TechniqueId::parse)
            && let Some(resolved) = knowledge.resolve_technique(&id)
        {
            r.techniques.push(TechniqueMention {
                id: resolved.current,
                name: name.to_owned(),
                retired_id: resolved.retired,
                explicit: true,
                probability: None,
                alternatives: Vec::new(),
                citations: citation.clone(),
            });
        }
        let pattern = object["pattern"].as_str().unwrap_or_default();
        // Every quoted word of the pattern; those that are neither address nor name drop out.
        for (kind, value) in pattern
            .split('\'')
            .skip(1)
            .step_by(2)
            .flat_map(|word| [(ObservableKind::Ipv4, word), (ObservableKind::Domain, word)])
        {
            if let Ok(observable) = Observable::new(kind, value) {
                r.mentions.push(Mention {
                    observable,
                    disposition: Disposition::Ioc,
                    role: IndicatorRole::Unknown,
                    reasons: vec![],
                    confidence: 1.0,
                    defanged: false,
                    written: None,
                    ports: Vec::new(),
                    labels: vec![],
                    first_seen: None,
                    last_seen: None,
                    not_after: None,
                    only_with: vec![],
                    citations: citation.clone(),
                });
            }
        }
    }
    let (techniques, mentions) = (r.techniques.len(), r.mentions.len());
    assert!(
        techniques >= 15 && mentions >= 20,
        "{techniques} {mentions}"
    );
    let assessor = Assessor::new(knowledge);
    let start = Instant::now();
    let a = assessor.assess(&Case {
        reports: &[r],
        hunt: None,
        block: None,
    });
    eprintln!(
        "bundle: {} facts in {:?}",
        a.evidence.len(),
        start.elapsed()
    );
    for h in &a.hypotheses {
        let name = h.actor.as_ref().map(|x| &x.name);
        eprintln!(
            "  {:.3} ({:.3}..{:.3}) {name:?}",
            h.probability, h.low, h.high
        );
    }
    for e in &a.evidence {
        if let EvidenceKind::Infrastructure { value, source } = &e.kind {
            eprintln!("  {value} {source}");
        }
    }
    // Without the publisher's name for it, the malware tag and the foreign techniques leave "none of
    // the known" possible; among the known nobody else comes near.
    let known: Vec<_> = a.hypotheses.iter().filter(|h| h.actor.is_some()).collect();
    let id = |h: &Hypothesis| h.actor.as_ref().map(|x| x.id.0.clone());
    assert_eq!(id(known[0]).as_deref(), Some("attack:G0030"));
    assert!(known.len() == 1 || known[0].probability > 5.0 * known[1].probability);
    if named {
        assert_eq!(id(&a.hypotheses[0]).as_deref(), Some("attack:G0030"));
        assert!(a.hypotheses[0].probability > 0.5);
    }
}

//! A made-up world of actors, and reports about it.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "test helpers: a failure here is a failed test"
)]

use tegakari_assess::{
    ActorProfile, Assessor, Case, InfrastructureClaim, Profiles, ProfilesBuilder, SoftwareProfile,
};
use tegakari_model::*;

/// Actors in the made-up world that are hypotheses of every case.
pub const ACTORS: u32 = 120;

pub fn technique(n: u32) -> TechniqueId {
    TechniqueId::parse(&format!("T{:04}", 1000 + n)).unwrap()
}

pub fn software(name: &str) -> SoftwareId {
    SoftwareId(format!("test:{name}"))
}

pub fn actor_id(n: u32) -> ActorId {
    ActorId(format!("attack:G{n:04}"))
}

pub fn named(id: &str, name: &str) -> ActorProfile {
    ActorProfile::named(ActorRef {
        id: ActorId(id.into()),
        name: name.into(),
        aliases: vec![],
    })
}

/// Actor `n` uses techniques `n..n+20` of 200 (so each is used by 12 of 120), malware of its own
/// (`own-n`), `shared-k` with every tenth actor, and every second one runs `mimikatz`. Actors attack
/// country `n % 5`.
pub fn world() -> ProfilesBuilder {
    let countries = ["VN", "HK", "TW", "PH", "JP"];
    let mut builder = Profiles::builder("test-world");
    for n in 0..200 {
        builder = builder.technique(technique(n), format!("Technique {n}"));
    }
    builder = builder.software(SoftwareProfile {
        id: software("mimikatz"),
        name: "Mimikatz".into(),
        dual_use: true,
        techniques: [technique(5)].into(),
    });
    for k in 0..10 {
        builder = builder.software(SoftwareProfile {
            id: software(&format!("shared-{k}")),
            name: format!("Shared {k}"),
            dual_use: false,
            techniques: [technique(150 + k)].into(),
        });
    }
    for n in 0..ACTORS {
        builder = builder.software(SoftwareProfile {
            id: software(&format!("own-{n}")),
            name: format!("Own {n}"),
            dual_use: false,
            techniques: (n..n + 8).map(|t| technique(t % 200)).collect(),
        });
        let mut profile = named(&actor_id(n).0, &format!("Actor {n}"));
        profile.tracked = true;
        profile.techniques = (n..n + 20)
            .map(|t| (technique(t % 200), 1 + t % 3))
            .collect();
        profile.software = [
            (software(&format!("own-{n}")), 2),
            (software(&format!("shared-{}", n % 10)), 1),
        ]
        .into();
        if n % 2 == 0 {
            profile.software.insert(software("mimikatz"), 1);
        }
        profile.countries = [Country::new(countries[(n % 5) as usize]).unwrap()].into();
        builder = builder.actor(profile);
    }
    builder
        .actor(named("misp:one", "Only In MISP"))
        .actor(named("misp:seven", "Actor 7"))
        .infrastructure(
            "c2.example",
            InfrastructureClaim {
                actor: actor_id(7),
                source: "list".into(),
            },
        )
}

pub fn assessor() -> Assessor<'static> {
    Assessor::with_profiles(world().build())
}

pub fn report(name: &str) -> Report {
    Report {
        id: ReportId::derive(&[name.as_bytes()]),
        source: ReportSource {
            name: name.into(),
            sha256: String::new(),
            bytes: 1,
            format: "plain".into(),
            encoding: "utf-8".into(),
        },
        title: Some(format!("A long enough title of {name}")),
        publisher: Some(format!("Publisher of {name}")),
        published: None,
        language: Language::En,
        tlp: None,
        mentions: vec![],
        files: vec![],
        composites: vec![],
        techniques: vec![],
        names: vec![],
        targets: vec![],
        origins: vec![],
        problems: vec![],
    }
}

pub fn cite(report: &Report) -> Vec<ReportCitation> {
    vec![ReportCitation {
        report: report.id.clone(),
        line: Some(1),
        page: None,
        path: None,
        section: None,
        quote: "quote".into(),
    }]
}

/// Builds reports sentence by sentence.
pub trait Says: Sized {
    fn technique(self, n: u32) -> Self;
    fn software(self, ids: &[&str]) -> Self;
    fn new_malware(self, name: &str) -> Self;
    fn actor(self, name: &str, ids: &[&str], count: u32) -> Self;
    fn country(self, code: &str, attacked: bool) -> Self;
    fn domain(self, value: &str, labels: &[&str]) -> Self;
}

impl Says for Report {
    fn technique(mut self, n: u32) -> Self {
        let id = technique(n);
        self.techniques.push(TechniqueMention {
            name: format!("Technique {n}"),
            id,
            retired_id: None,
            explicit: true,
            probability: None,
            alternatives: Vec::new(),
            citations: cite(&self),
        });
        self
    }
    fn software(mut self, ids: &[&str]) -> Self {
        let mention = name(&self, ids[0], NameKind::Malware, &[], ids, 1);
        self.names.push(mention);
        self
    }
    fn new_malware(mut self, text: &str) -> Self {
        let mention = name(&self, text, NameKind::Malware, &[], &[], 1);
        self.names.push(mention);
        self
    }
    fn actor(mut self, text: &str, ids: &[&str], count: u32) -> Self {
        let mention = name(&self, text, NameKind::IntrusionSet, ids, &[], count);
        self.names.push(mention);
        self
    }
    fn country(mut self, code: &str, attacked: bool) -> Self {
        let target = TargetKind::Country(Country::new(code).unwrap());
        self.targets.push(TargetMention {
            target,
            text: code.into(),
            attacked,
            citations: cite(&self),
        });
        self
    }
    fn domain(mut self, value: &str, labels: &[&str]) -> Self {
        self.mentions.push(Mention {
            observable: Observable::new(ObservableKind::Domain, value).unwrap(),
            disposition: Disposition::Ioc,
            role: IndicatorRole::C2,
            reasons: vec![],
            confidence: 1.0,
            defanged: true,
            written: None,
            ports: Vec::new(),
            labels: labels.iter().map(|l| (*l).to_owned()).collect(),
            first_seen: None,
            last_seen: None,
            not_after: None,
            only_with: vec![],
            citations: cite(&self),
        });
        self
    }
}

fn name(
    report: &Report,
    text: &str,
    kind: NameKind,
    actors: &[&str],
    ids: &[&str],
    count: u32,
) -> NameMention {
    NameMention {
        text: text.into(),
        also_written: vec![],
        kind,
        known_as: None,
        actors: actors.iter().map(|id| ActorId((*id).to_owned())).collect(),
        software: ids.iter().map(|id| software(id)).collect(),
        misspelt: false,
        denied: false,
        count,
        citations: cite(report),
    }
}

/// A hunt for the report's indicators in which all were seen on one machine.
pub fn hunt_that_saw_all(report: &Report) -> HuntResult {
    let visibility = || Visibility {
        visible: 10,
        total: 10,
        assets_whole: vec!["pc1".into()],
        assets_part: vec![],
        assets_none: vec![],
        sources: vec![],
    };
    HuntResult {
        id: HuntId::derive(&[b"hunt"]),
        reports: vec![report.id.clone()],
        paths: vec![],
        asked: TimeRange::default(),
        findings: report
            .indicators()
            .into_iter()
            .map(|indicator| IndicatorFinding {
                indicator,
                finding: Finding::Seen {
                    sightings: vec![Sighting {
                        asset: Some("pc1".into()),
                        count: 1,
                        count_without_time: 0,
                        first: None,
                        last: None,
                        by_source: vec![],
                        relation: Relation::Exact,
                        telemetry: vec![Telemetry::Dns],
                        on_behalf_of: vec![],
                        examples: vec![LogCitation {
                            file: "dns.log".into(),
                            line: 1,
                            record: 1,
                            format: "zeek-json".into(),
                            source: "dns".into(),
                            time: None,
                            excerpt: "x".into(),
                        }],
                    }],
                    visibility: visibility().into(),
                },
            })
            .collect(),
        coverage: Coverage::default(),
        problems: vec![],
        partial: false,
        strength: None,
        behaviours: None,
    }
}

pub fn assess(reports: &[Report]) -> Assessment {
    assessor().assess(&Case {
        reports,
        hunt: None,
        block: None,
    })
}

/// Probability of an actor; 0 when it is not shown.
pub fn of(assessment: &Assessment, n: u32) -> f64 {
    find(assessment, &actor_id(n)).map_or(0.0, |h| h.probability)
}

pub fn find<'a>(assessment: &'a Assessment, id: &ActorId) -> Option<&'a Hypothesis> {
    assessment
        .hypotheses
        .iter()
        .find(|h| h.actor.as_ref().is_some_and(|a| a.id == *id))
}

pub fn none(assessment: &Assessment) -> &Hypothesis {
    assessment
        .hypotheses
        .iter()
        .find(|h| h.actor.is_none())
        .unwrap()
}

pub fn total(assessment: &Assessment) -> f64 {
    assessment
        .hypotheses
        .iter()
        .map(|h| h.probability)
        .sum::<f64>()
        + assessment.rest
}

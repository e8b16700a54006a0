//! Documents to keep.

use std::sync::Arc;

use crate::Store;
use tegakari_model::*;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn noon() -> Timestamp {
    at("2026-03-12T12:00:00Z")
}

pub(crate) fn store() -> Store {
    Store::in_memory().unwrap()
}

pub(crate) fn observable(kind: ObservableKind, value: &str) -> Observable {
    Observable::new(kind, value).unwrap()
}

pub(crate) fn domain(name: &str) -> Observable {
    observable(ObservableKind::Domain, name)
}

pub(crate) fn cite(report: &ReportId, line: u32) -> ReportCitation {
    ReportCitation {
        report: report.clone(),
        line: Some(line),
        page: None,
        path: None,
        section: Some("Indicators <b>\u{202e}of</b> compromise".to_owned()),
        quote: "…「攻撃者」 used hxxp://evil[.]example; DROP TABLE reports --…".to_owned(),
    }
}

pub(crate) fn mention(
    report: &ReportId,
    observable: Observable,
    disposition: Disposition,
) -> Mention {
    Mention {
        observable,
        disposition,
        role: IndicatorRole::Unknown,
        reasons: vec!["defanged".to_owned()],
        confidence: 1.0,
        defanged: true,
        written: None,
        ports: Vec::new(),
        labels: Vec::new(),
        first_seen: None,
        last_seen: None,
        not_after: None,
        only_with: Vec::new(),
        citations: vec![cite(report, 7)],
    }
}

/// A report with something in every field. `name` makes the id.
pub(crate) fn report(name: &str) -> Report {
    let id = ReportId::derive(&[name.as_bytes()]);
    let ioc = Disposition::Ioc;
    let mut c2 = mention(&id, domain("c2.evil.example"), ioc);
    c2.role = IndicatorRole::C2;
    c2.labels = vec!["Flagpro".to_owned()];
    c2.first_seen = Some(at("2026-01-01T00:00:00Z"));
    Report {
        source: ReportSource {
            name: format!("{name}.md"),
            sha256: "ab".repeat(32),
            bytes: 1234,
            format: "markdown".to_owned(),
            encoding: "utf-8".to_owned(),
        },
        title: Some("演習 exercise".to_owned()),
        publisher: Some("Example CERT".to_owned()),
        published: Some(ReportDate("2026-03".to_owned())),
        language: Language::Ja,
        tlp: Some(Tlp::AmberStrict),
        mentions: vec![
            c2,
            mention(
                &id,
                observable(ObservableKind::Url, "http://c2.evil.example/a?b=1"),
                ioc,
            ),
            mention(&id, observable(ObservableKind::Ipv4, "198.51.100.7"), ioc),
            mention(
                &id,
                observable(ObservableKind::Cidr, "198.51.100.0/24"),
                ioc,
            ),
            mention(&id, observable(ObservableKind::FileName, "Evil.exe"), ioc),
            mention(&id, domain("news.example"), Disposition::Reference),
        ],
        composites: Vec::new(),
        files: vec![FileRecord {
            md5: Some("71fea034b422e4a17ebb06022532fdde".to_owned()),
            names: vec!["Evil.exe".to_owned(), "a/b is no file name".to_owned()],
            detections: vec!["Win.Trojan.Evil-1".to_owned()],
            size: Some(7),
            claimed_product_stated: true,
            citations: vec![cite(&id, 9)],
            ..FileRecord::default()
        }],
        techniques: vec![TechniqueMention {
            id: TechniqueId::parse("T1566.001").unwrap(),
            name: "Spearphishing Attachment".to_owned(),
            retired_id: TechniqueId::parse("T1193"),
            explicit: true,
            probability: None,
            alternatives: Vec::new(),
            citations: vec![cite(&id, 11)],
        }],
        names: vec![NameMention {
            text: "Lotus Blossum".to_owned(),
            also_written: vec!["ロータスブロッサム".to_owned()],
            kind: NameKind::IntrusionSet,
            known_as: Some("Lotus Blossom".to_owned()),
            actors: vec![ActorId("attack:G0030".to_owned())],
            software: Vec::new(),
            misspelt: true,
            denied: false,
            count: 3,
            citations: vec![cite(&id, 12)],
        }],
        origins: vec![OriginMention {
            country: Country::new("KP").unwrap(),
            text: "North Korean".into(),
            citations: Vec::new(),
        }],
        targets: vec![TargetMention {
            target: TargetKind::Country(Country::new("JP").unwrap()),
            text: "日本".to_owned(),
            attacked: true,
            citations: vec![cite(&id, 13)],
        }],
        problems: vec![Problem::new(
            format!("{name}.md:3"),
            "a bad line",
            "mend it",
        )],
        id,
    }
}

pub(crate) fn visibility() -> Arc<Visibility> {
    Arc::new(Visibility {
        visible: 8,
        total: 10,
        assets_whole: vec!["ws-1".to_owned()],
        assets_part: Vec::new(),
        assets_none: vec!["srv-dark".to_owned()],
        sources: vec!["zeek-json dns".to_owned()],
    })
}

pub(crate) fn sighting(asset: Option<&str>) -> Sighting {
    Sighting {
        asset: asset.map(str::to_owned),
        count: 3,
        count_without_time: 1,
        first: Some(at("2026-03-12T01:02:03.123456789Z")),
        last: Some(at("2026-03-12T09:00:00Z")),
        by_source: vec![("zeek-json dns".to_owned(), 3)],
        relation: Relation::Subdomain,
        telemetry: vec![Telemetry::Dns],
        on_behalf_of: Vec::new(),
        examples: vec![LogCitation {
            file: "logs/dns.log.gz".to_owned(),
            line: 12,
            record: 12,
            format: "zeek-json".to_owned(),
            source: "dns".to_owned(),
            time: Some(at("2026-03-12T01:02:03.123456789Z")),
            excerpt: "\u{1b}[31m<script>".to_owned(),
        }],
    }
}

/// A hunt for the indicators of [`report`]: the first seen on two machines, the others not.
pub(crate) fn hunt(name: &str, of: &Report) -> HuntResult {
    let visibility = visibility();
    let gaps: Arc<[Gap]> = Arc::from(vec![Gap {
        needs: vec![Telemetry::Dns],
        assets: vec!["srv-dark".to_owned()],
        asset_hours: 2,
    }]);
    let mut findings: Vec<IndicatorFinding> = Vec::new();
    for (nth, indicator) in of.indicators().into_iter().enumerate() {
        let finding = if nth == 0 {
            Finding::Seen {
                sightings: vec![sighting(None), sighting(Some("ws-1"))],
                visibility: Arc::clone(&visibility),
            }
        } else {
            Finding::negative(Arc::clone(&visibility), Arc::clone(&gaps))
        };
        findings.push(IndicatorFinding { indicator, finding });
    }
    HuntResult {
        id: HuntId::derive(&[name.as_bytes()]),
        reports: vec![of.id.clone()],
        paths: vec!["logs".to_owned()],
        asked: TimeRange::default(),
        findings,
        coverage: Coverage {
            window: TimeRange {
                from: Some(at("2026-03-12T00:00:00Z")),
                until: Some(noon()),
            },
            ..Coverage::default()
        },
        problems: vec![Problem::new("logs/x", "cut short", "fetch it again").losing_bytes(9)],
        partial: true,
        strength: None,
        behaviours: None,
    }
}

/// Probabilities that are easily lost in decimal form.
pub(crate) fn assessment(name: &str, hunt: &HuntResult) -> Assessment {
    let weight = 0.1 + 0.2;
    let hypothesis = |actor: Option<&str>, probability: f64| Hypothesis {
        actor: actor.map(|name| ActorRef {
            id: ActorId(format!("attack:{name}")),
            name: name.to_owned(),
            aliases: vec![format!("{name} Panda")],
        }),
        also_recorded: Vec::new(),
        prior: 1.0 / 3.0,
        probability,
        low: f64::MIN_POSITIVE,
        high: 5e-324,
        likelihood: Likelihood::of(probability),
        without_strongest: weight,
        weights: vec![Weight {
            evidence: 0,
            factor: 1.0e21 / 3.0,
        }],
    };
    Assessment {
        id: AssessmentId::derive(&[name.as_bytes()]),
        reports: hunt.reports.clone(),
        hunt: Some(hunt.id.clone()),
        knowledge: "2026-08".to_owned(),
        model: "1".to_owned(),
        hypotheses: vec![
            hypothesis(Some("Lotus Blossom"), 0.700_000_000_000_000_1),
            hypothesis(None, 0.299_999_999_999_999_9),
        ],
        rest: 1e-17,
        rest_count: 170,
        confidence: Confidence::Low,
        confidence_reasons: vec![ConfidenceReason::RestsOnOneItem {
            actor: Some("Lotus Blossom".to_owned()),
            without: 0.123_456_789_012_345_67,
        }],
        evidence: vec![Evidence {
            kind: EvidenceKind::TargetCountry(Country::new("VN").unwrap()),
            vertex: Vertex::Victim,
            reliability: SourceReliability::B,
            credibility: Credibility::new(2).unwrap(),
            forgeability: 0.1,
            reported: Vec::new(),
            observed: Vec::new(),
            stated: Vec::new(),
            group: None,
        }],
        assumptions: vec![Assumption::OneActor],
        alternatives: vec![Alternative::Unknown {
            probability: weight,
        }],
        triggers: vec![ChangeTrigger::SecondSource],
        behind: Vec::new(),
        clusters: Vec::new(),
        questions: Vec::new(),
        turns: Vec::new(),
        phases: Vec::new(),
        matter: Matter {
            same: vec![Action::BlockIndicators { count: 4 }],
            only_under: vec![(
                0,
                vec![Action::InvestigateAssets {
                    assets: vec!["ws-1".to_owned()],
                }],
            )],
        },
    }
}

pub(crate) fn plan(of: &Report) -> BlockPlan {
    let mut indicators = of.indicators().into_iter();
    let held = indicators.next().unwrap();
    BlockPlan {
        entries: indicators
            .map(|indicator| BlockEntry {
                indicator,
                scope: Scope::Tree,
                expires: Some(noon()),
                annotations: Vec::new(),
            })
            .collect(),
        held_back: vec![HeldBack {
            indicator: held,
            objections: vec![Objection {
                kind: ObjectionKind::Popular,
                source: "a list".to_owned(),
                matched: "evil.example".to_owned(),
            }],
        }],
    }
}

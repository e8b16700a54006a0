//! A small made-up investigation. Addresses and names are reserved for documentation or invented.

use std::sync::Arc;

use tegakari_model::*;
use tegakari_render::{ExploitedNote, KnowledgeNote, Made, Story, WrittenFile};

/// Owns what a [`Story`] borrows.
pub(crate) struct Fixture {
    pub(crate) reports: Vec<Report>,
    pub(crate) hunt: HuntResult,
    pub(crate) assessment: Assessment,
    pub(crate) block: BlockPlan,
    pub(crate) written: Vec<WrittenFile>,
    pub(crate) sources: Vec<KnowledgeNote>,
    pub(crate) exploited: Vec<ExploitedNote>,
}

impl Fixture {
    pub(crate) fn story(&self) -> Story<'_> {
        Story {
            reports: &self.reports,
            hunt: Some(&self.hunt),
            assessment: Some(&self.assessment),
            block: Some(&self.block),
            written: &self.written,
            exploited: &self.exploited,
            made: Made {
                program: "0.0.0",
                knowledge: "2026-01",
                sources: &self.sources,
            },
        }
    }
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn observable(kind: ObservableKind, value: &str) -> Observable {
    Observable::new(kind, value).unwrap()
}

pub(crate) fn cite(report: &ReportId, line: u32, quote: &str) -> ReportCitation {
    ReportCitation {
        report: report.clone(),
        line: Some(line),
        page: None,
        path: None,
        section: None,
        quote: quote.to_owned(),
    }
}

fn mention(report: &ReportId, kind: ObservableKind, value: &str, line: u32) -> Mention {
    Mention {
        observable: observable(kind, value),
        disposition: Disposition::Ioc,
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
        citations: vec![cite(report, line, &format!("contacts {value} at start"))],
    }
}

pub(crate) fn report() -> Report {
    let id = ReportId::derive(&[b"quiet lantern"]);
    let mut mentions = vec![
        mention(&id, ObservableKind::Domain, "update.lantern.example", 12),
        mention(&id, ObservableKind::Ipv4, "198.51.100.23", 13),
        mention(&id, ObservableKind::Sha256, &"9f2c1d7a".repeat(8), 20),
        mention(&id, ObservableKind::Mutex, "Global\\lantern-7", 22),
        mention(&id, ObservableKind::Domain, "cdn.lantern.example", 14),
        mention(&id, ObservableKind::Ipv4, "203.0.113.9", 15),
        mention(
            &id,
            ObservableKind::Url,
            "http://files.lantern.example/a/update.bin",
            16,
        ),
    ];
    mentions[0].role = IndicatorRole::C2;
    mentions[0].labels = vec!["Kestrel".to_owned()];
    mentions[1].role = IndicatorRole::C2;
    mentions.push(Mention {
        disposition: Disposition::Benign,
        reasons: vec!["public DNS resolver".to_owned()],
        ..mention(&id, ObservableKind::Ipv4, "8.8.8.8", 30)
    });
    mentions.push(Mention {
        disposition: Disposition::Reference,
        reasons: vec!["under \"References\"".to_owned()],
        ..mention(&id, ObservableKind::Url, "https://news.example/story", 41)
    });
    Report {
        source: ReportSource {
            name: "quiet-lantern.md".to_owned(),
            sha256: "ab".repeat(32),
            bytes: 5432,
            format: "markdown".to_owned(),
            encoding: "utf-8".to_owned(),
        },
        title: Some("Quiet Lantern: a loader in three ministries".to_owned()),
        publisher: Some("Example Research".to_owned()),
        published: Some(ReportDate("2026-03-10".to_owned())),
        language: Language::En,
        tlp: Some(Tlp::Amber),
        mentions,
        composites: Vec::new(),
        files: vec![FileRecord {
            md5: Some("71fea034b422e4a17ebb06022532fdde".to_owned()),
            sha256: Some("9f2c1d7a".repeat(8)),
            names: vec!["update.bin".to_owned()],
            size: Some(183_296),
            detections: vec!["Win.Loader.Kestrel-1".to_owned()],
            claimed_product_stated: true,
            citations: vec![cite(&id, 20, "SHA 256")],
            ..FileRecord::default()
        }],
        techniques: vec![TechniqueMention {
            id: TechniqueId::parse("T1218.011").unwrap(),
            name: "Rundll32".to_owned(),
            retired_id: Some(TechniqueId::parse("T1085").unwrap()),
            explicit: true,
            probability: None,
            alternatives: Vec::new(),
            citations: vec![cite(&id, 17, "ran rundll32 with a remote script (T1085)")],
        }],
        names: vec![
            NameMention {
                text: "Alder Moth".to_owned(),
                also_written: vec!["AlderMoth".to_owned()],
                kind: NameKind::IntrusionSet,
                known_as: Some("Alder Moth".to_owned()),
                actors: vec![ActorId("a:1".to_owned()), ActorId("b:7".to_owned())],
                software: Vec::new(),
                misspelt: false,
                denied: false,
                count: 4,
                citations: vec![cite(&id, 3, "we track this as Alder Moth")],
            },
            NameMention {
                text: "Kestrel".to_owned(),
                also_written: Vec::new(),
                kind: NameKind::Malware,
                known_as: Some("Kestrel".to_owned()),
                actors: Vec::new(),
                software: vec![SoftwareId("a:S1".to_owned())],
                misspelt: false,
                denied: false,
                count: 9,
                citations: vec![cite(&id, 4, "a loader named Kestrel")],
            },
        ],
        origins: vec![OriginMention {
            country: Country::new("KP").unwrap(),
            text: "North Korean".into(),
            citations: Vec::new(),
        }],
        targets: vec![
            TargetMention {
                target: TargetKind::Country(Country::new("VN").unwrap()),
                text: "Vietnam".to_owned(),
                attacked: true,
                citations: vec![cite(&id, 5, "ministries in Vietnam")],
            },
            TargetMention {
                target: TargetKind::Sector(Sector::new("government")),
                text: "government".to_owned(),
                attacked: true,
                citations: vec![cite(&id, 5, "ministries in Vietnam")],
            },
        ],
        problems: Vec::new(),
        id,
    }
}

fn asset(name: &str, origin: AssetOrigin, sensor: bool) -> Asset {
    Asset {
        name: name.to_owned(),
        addresses: vec!["10.0.0.14".to_owned()],
        other_names: Vec::new(),
        origin,
        sensor,
        facts: Vec::new(),
    }
}

fn source(
    asset: &str,
    name: &str,
    telemetry: &[Telemetry],
    from: i64,
    hours: i64,
) -> SourceCoverage {
    let start = Hour::of(time("2026-03-01T00:00:00Z")).0;
    SourceCoverage {
        asset: asset.to_owned(),
        source: name.to_owned(),
        telemetry: telemetry.to_vec(),
        hours: (from..from + hours)
            .map(|h| HourCount {
                hour: Hour(start + h),
                records: 12,
            })
            .collect(),
        partial_hours: Vec::new(),
        silent: Vec::new(),
        records_without_time: 0,
    }
}

fn log(file: &str, line: u64, when: &str, source: &str, excerpt: &str) -> LogCitation {
    LogCitation {
        file: file.to_owned(),
        line,
        record: line,
        format: "zeek-json".to_owned(),
        source: source.to_owned(),
        time: Some(time(when)),
        excerpt: excerpt.to_owned(),
    }
}

fn visibility(visible: u64, sources: &[&str]) -> Visibility {
    Visibility {
        visible,
        total: 1344,
        assets_whole: vec!["ws-014".to_owned()],
        assets_part: vec!["ws-022".to_owned()],
        assets_none: vec!["srv-dc1".to_owned()],
        sources: sources.iter().map(|s| (*s).to_owned()).collect(),
    }
}

fn hunt(reports: &[Report]) -> HuntResult {
    let indicators: Vec<Indicator> = reports.iter().flat_map(Report::indicators).collect();
    let network = Arc::new(visibility(1236, &["zeek-json dns", "proxy"]));
    let files = Arc::new(visibility(0, &[]));
    let gap: Arc<[Gap]> = Arc::from([Gap {
        needs: vec![Telemetry::FileSha256],
        assets: vec![
            "srv-dc1".to_owned(),
            "ws-014".to_owned(),
            "ws-022".to_owned(),
        ],
        asset_hours: 1344,
    }]);
    let dns_gap: Arc<[Gap]> = Arc::from([Gap {
        needs: vec![Telemetry::Dns, Telemetry::HttpHost, Telemetry::TlsName],
        assets: vec!["srv-dc1".to_owned()],
        asset_hours: 336,
    }]);
    let beyond: Arc<[Gap]> = Arc::from([Gap {
        needs: Vec::new(),
        assets: Vec::new(),
        asset_hours: 0,
    }]);
    let sighting =
        |asset: &str, n, first: &str, last: &str, source: &str, telemetry, examples| Sighting {
            asset: Some(asset.to_owned()),
            count: n,
            count_without_time: 0,
            first: Some(time(first)),
            last: Some(time(last)),
            by_source: vec![(source.to_owned(), n)],
            relation: Relation::Exact,
            telemetry: vec![telemetry],
            on_behalf_of: Vec::new(),
            examples,
        };
    let findings = vec![
        IndicatorFinding {
            indicator: indicators[1].clone(),
            finding: Finding::Seen {
                sightings: vec![
                    sighting(
                        "ws-014",
                        30,
                        "2026-03-02T08:11:00Z",
                        "2026-03-05T17:40:12Z",
                        "zeek-json conn",
                        Telemetry::Flow,
                        vec![
                            log(
                                "logs/conn.log",
                                8812,
                                "2026-03-02T08:11:00Z",
                                "conn",
                                r#"{"ts":1772439060,"id.orig_h":"10.0.0.14","id.resp_h":"198.51.100.23","id.resp_p":443}"#,
                            ),
                            log(
                                "logs/conn.log",
                                9120,
                                "2026-03-03T10:00:00Z",
                                "conn",
                                r#"{"ts":1772532000,"id.orig_h":"10.0.0.14","id.resp_h":"198.51.100.23","id.resp_p":443}"#,
                            ),
                        ],
                    ),
                    sighting(
                        "ws-022",
                        8,
                        "2026-03-04T09:00:00Z",
                        "2026-03-05T12:00:00Z",
                        "zeek-json conn",
                        Telemetry::Flow,
                        vec![log(
                            "logs/conn.log",
                            9930,
                            "2026-03-04T09:00:00Z",
                            "conn",
                            r#"{"id.resp_h":"198.51.100.23"}"#,
                        )],
                    ),
                ],
                visibility: Arc::clone(&network),
            },
        },
        IndicatorFinding {
            indicator: indicators[0].clone(),
            finding: Finding::Seen {
                sightings: vec![Sighting {
                    relation: Relation::Subdomain,
                    count_without_time: 1,
                    ..sighting(
                        "ws-014",
                        3,
                        "2026-03-02T08:10:01Z",
                        "2026-03-02T08:12:44Z",
                        "zeek-json dns",
                        Telemetry::Dns,
                        vec![log(
                            "logs/dns.log",
                            41,
                            "2026-03-02T08:10:01Z",
                            "dns",
                            r#"{"query":"a.update.lantern.example","qtype_name":"A"}"#,
                        )],
                    )
                }],
                visibility: Arc::clone(&network),
            },
        },
        IndicatorFinding {
            indicator: indicators[2].clone(),
            finding: Finding::negative(Arc::clone(&files), Arc::clone(&gap)),
        },
        IndicatorFinding {
            indicator: indicators[3].clone(),
            finding: Finding::negative(Arc::clone(&files), beyond),
        },
        IndicatorFinding {
            indicator: indicators[5].clone(),
            finding: Finding::negative(Arc::clone(&network), Arc::clone(&dns_gap)),
        },
        IndicatorFinding {
            indicator: indicators[4].clone(),
            finding: Finding::negative(Arc::clone(&network), Arc::clone(&dns_gap)),
        },
        IndicatorFinding {
            indicator: indicators[6].clone(),
            finding: Finding::negative(visibility(760, &["proxy"]), dns_gap),
        },
    ];
    HuntResult {
        id: HuntId::derive(&[b"fixture"]),
        reports: reports.iter().map(|r| r.id.clone()).collect(),
        paths: vec!["logs".to_owned()],
        asked: TimeRange::default(),
        findings,
        coverage: Coverage {
            window: TimeRange {
                from: Some(time("2026-03-01T00:00:00Z")),
                until: Some(time("2026-03-15T00:00:00Z")),
            },
            assets: vec![
                asset("fw-edge", AssetOrigin::Both, true),
                asset("print-3", AssetOrigin::InventoryOnly, false),
                asset("srv-dc1", AssetOrigin::Both, false),
                asset("ws-014", AssetOrigin::Both, false),
                asset("ws-022", AssetOrigin::LogsOnly, false),
            ],
            sources: vec![
                source("fw-edge", "cisco-asa", &[Telemetry::Flow], 0, 336),
                source(
                    "srv-dc1",
                    "windows-xml Security",
                    &[Telemetry::Logon],
                    0,
                    330,
                ),
                source(
                    "ws-014",
                    "proxy",
                    &[Telemetry::HttpHost, Telemetry::HttpUrl],
                    0,
                    320,
                ),
                source("ws-014", "zeek-json conn", &[Telemetry::Flow], 0, 336),
                source("ws-014", "zeek-json dns", &[Telemetry::Dns], 0, 336),
                source(
                    "ws-022",
                    "proxy",
                    &[Telemetry::HttpHost, Telemetry::HttpUrl],
                    72,
                    96,
                ),
                source("ws-022", "zeek-json conn", &[Telemetry::Flow], 72, 240),
                source("ws-022", "zeek-json dns", &[Telemetry::Dns], 48, 288),
            ],
            inputs: vec![InputSummary {
                file: "logs/conn.log".to_owned(),
                format: "zeek-json".to_owned(),
                bytes: 48_812_345,
                records: 120_034,
                bad_records: 2,
                first: Some(time("2026-03-01T00:00:03Z")),
                last: Some(time("2026-03-14T23:59:58Z")),
            }],
            set_indicators: 0,
        },
        problems: vec![
            Problem::new(
                "logs/old.log.gz",
                "the file ends in the middle of a compressed block",
                "copy it again; what came before was searched",
            )
            .losing_bytes(12_000_000),
            Problem::new(
                "logs/conn.log:77",
                "not JSON",
                "the line was searched as text",
            )
            .losing_records(2),
        ],
        partial: false,
        strength: None,
        behaviours: None,
    }
}

fn actor(id: &str, name: &str, aliases: &[&str]) -> ActorRef {
    ActorRef {
        id: ActorId(id.to_owned()),
        name: name.to_owned(),
        aliases: aliases.iter().map(|a| (*a).to_owned()).collect(),
    }
}

/// Prior 8 %, factors 6.0, 3.1, 1.6 and 0.6, as in the mock-up of the design.
fn standing(first: Option<&str>, probability: f64) -> Standing {
    Standing {
        first: first.map(|name| actor("a:1", name, &[])),
        probability,
        likelihood: Likelihood::of(probability),
    }
}

fn phase_hypothesis(name: Option<&str>, probability: f64) -> PhaseHypothesis {
    PhaseHypothesis {
        actor: name.map(|name| actor(&format!("a:{name}"), name, &[])),
        probability,
        likelihood: Likelihood::of(probability),
    }
}

fn assessment(reports: &[Report], hunt: &HuntResult) -> Assessment {
    let id = &reports[0].id;
    let fact = |kind, vertex, line: u32| Evidence {
        kind,
        vertex,
        reliability: SourceReliability::B,
        credibility: Credibility::new(2).unwrap(),
        forgeability: 0.4,
        reported: vec![cite(id, line, "as the report says")],
        observed: Vec::new(),
        stated: Vec::new(),
        group: None,
    };
    let absent = |basis, visibility, stated: Vec<StatementCitation>| Evidence {
        kind: EvidenceKind::Absent {
            what: Asked::Software {
                id: SoftwareId("a:S2".to_owned()),
                name: "Wren".to_owned(),
                used_by: 1,
            },
            visibility,
            basis,
        },
        vertex: Vertex::Capability,
        reliability: SourceReliability::A,
        credibility: Credibility::new(3).unwrap(),
        forgeability: 0.5,
        reported: Vec::new(),
        observed: Vec::new(),
        stated,
        group: Some("hunt:list".to_owned()),
    };
    let weight = |evidence, factor| Weight { evidence, factor };
    let hypothesis = |actor, prior, probability: f64, low, high, without, weights| Hypothesis {
        actor,
        also_recorded: Vec::new(),
        prior,
        probability,
        low,
        high,
        likelihood: Likelihood::of(probability),
        without_strongest: without,
        weights,
    };
    Assessment {
        id: AssessmentId::derive(&[b"fixture"]),
        reports: vec![id.clone()],
        hunt: Some(hunt.id.clone()),
        knowledge: "2026-01".to_owned(),
        model: "1".to_owned(),
        hypotheses: vec![
            Hypothesis {
                also_recorded: vec![actor("b:7", "Alder Moth", &[])],
                ..hypothesis(
                    Some(actor("a:1", "Alder Moth", &["Brass Heron", "TA-0000"])),
                    0.08,
                    0.61,
                    0.41,
                    0.78,
                    0.21,
                    vec![
                        weight(0, 6.0),
                        weight(1, 3.1),
                        weight(2, 1.6),
                        weight(3, 0.6),
                    ],
                )
            },
            hypothesis(None, 0.4, 0.17, 0.09, 0.33, 0.46, Vec::new()),
            hypothesis(
                Some(actor("a:2", "Birch Owl", &[])),
                0.08,
                0.07,
                0.03,
                0.18,
                0.19,
                vec![weight(2, 1.6), weight(3, 1.3)],
            ),
        ],
        rest: 0.15,
        rest_count: 169,
        confidence: Confidence::Low,
        confidence_reasons: vec![
            ConfidenceReason::IndependentReports { count: 1 },
            ConfidenceReason::RestsOnOneItem {
                actor: Some("Alder Moth".to_owned()),
                without: 0.21,
            },
            ConfidenceReason::Observed { indicators: 2 },
        ],
        evidence: vec![
            fact(
                EvidenceKind::Software {
                    id: SoftwareId("a:S1".to_owned()),
                    name: "Kestrel".to_owned(),
                    used_by: 1,
                },
                Vertex::Capability,
                4,
            ),
            fact(
                EvidenceKind::PublisherClaim {
                    name: "Alder Moth".to_owned(),
                },
                Vertex::Adversary,
                3,
            ),
            fact(
                EvidenceKind::Technique {
                    id: TechniqueId::parse("T1218.011").unwrap(),
                    name: "Rundll32".to_owned(),
                    used_by: 31,
                },
                Vertex::Capability,
                17,
            ),
            fact(
                EvidenceKind::TargetSector(Sector::new("government")),
                Vertex::Victim,
                5,
            ),
            absent(
                AbsenceBasis::Answer,
                0.5,
                vec![StatementCitation {
                    at: time("2026-03-12T09:00:00Z"),
                    why: "looked for on every machine".to_owned(),
                }],
            ),
            absent(AbsenceBasis::Hunt, 0.0, Vec::new()),
            fact(
                EvidenceKind::Vulnerability {
                    cve: "CVE-2024-0001".to_owned(),
                    used_by: 1,
                },
                Vertex::Capability,
                6,
            ),
            fact(
                EvidenceKind::WorkingHours {
                    from: 23,
                    counted: 40,
                    inside: 36,
                    days: 6,
                    offsets: vec![9, 10],
                },
                Vertex::Adversary,
                7,
            ),
            fact(
                EvidenceKind::Lure {
                    name: "minutes.hwp".to_owned(),
                },
                Vertex::Victim,
                8,
            ),
            fact(
                EvidenceKind::Writing {
                    script: Script::Hangul,
                    text: "회의록.hwp".to_owned(),
                },
                Vertex::Adversary,
                9,
            ),
        ],
        phases: vec![
            PhaseJudgement {
                phase: IntrusionPhase::Access,
                evidence: vec![2, 6],
                hypotheses: vec![
                    phase_hypothesis(Some("Birch Owl"), 0.57),
                    phase_hypothesis(None, 0.3),
                ],
            },
            PhaseJudgement {
                phase: IntrusionPhase::After,
                evidence: vec![0],
                hypotheses: vec![
                    phase_hypothesis(Some("Alder Moth"), 0.6),
                    phase_hypothesis(None, 0.3),
                ],
            },
        ],
        assumptions: vec![
            Assumption::SoftwareNotShared {
                name: "Kestrel".to_owned(),
            },
            Assumption::ReportRight { report: id.clone() },
        ],
        alternatives: vec![
            Alternative::OtherActor {
                name: "Birch Owl".to_owned(),
                probability: 0.07,
            },
            Alternative::Unknown { probability: 0.17 },
            Alternative::Planted {
                items: vec![0, 2],
                with: 0.61,
                without: 0.34,
            },
            Alternative::FalseFlag { without: 0.21 },
        ],
        triggers: vec![
            ChangeTrigger::SecondSource,
            ChangeTrigger::MissingTelemetry {
                needs: vec![Telemetry::Process],
                assets: vec!["ws-014".to_owned()],
            },
        ],
        behind: vec![
            SponsorClaim {
                hypothesis: 0,
                record: actor("b:7", "Alder Moth", &[]),
                said_by: "Some list".to_owned(),
                as_of: "2025-11-04".to_owned(),
                says: "Vietnam".to_owned(),
                country: Country::new("VN"),
                certainty: "50".to_owned(),
            },
            SponsorClaim {
                hypothesis: 0,
                record: actor("c:1", "Moth", &[]),
                said_by: "Another list".to_owned(),
                as_of: String::new(),
                says: "Laos".to_owned(),
                country: Country::new("LA"),
                certainty: String::new(),
            },
        ],
        clusters: Vec::new(),
        questions: vec![Question {
            asked: Asked::Technique {
                id: TechniqueId::parse("T1053.005").unwrap(),
                name: "Scheduled Task".to_owned(),
                used_by: 40,
            },
            gain: 0.213,
            yes: 0.35,
            under: vec![
                Expected {
                    hypothesis: 0,
                    yes: 0.52,
                },
                Expected {
                    hypothesis: 1,
                    yes: 0.08,
                },
            ],
            if_yes: standing(Some("Alder Moth"), 0.81),
            if_no: standing(None, 0.46),
            shown_by: vec![Telemetry::Process, Telemetry::CommandLine],
            visible: Some(0.63),
            leads: Vec::new(),
            commands: vec!["tegakari hunt logs --value schtasks.exe".to_owned()],
            no_counts: 0.5,
            tell: Some(
                "tegakari assess R-000000000000 --answer T1053.005 yes --why \"seen in our logs\""
                    .to_owned(),
            ),
            tell_no: Some(
                "tegakari assess R-000000000000 --answer T1053.005 no --why \"looked for in our logs\""
                    .to_owned(),
            ),
        }],
        turns: vec![Turn {
            asked: Asked::Software {
                id: SoftwareId("a:S2".to_owned()),
                name: "Wren".to_owned(),
                used_by: 1,
            },
            answer: true,
            chance: 0.12,
            then: standing(Some("Alder Moth"), 0.93),
        }],
        matter: Matter {
            same: vec![
                Action::BlockIndicators { count: 4 },
                Action::PreserveEvidence {
                    assets: vec!["ws-014".to_owned(), "ws-022".to_owned()],
                },
                Action::CloseGap {
                    needs: vec![Telemetry::FileSha256],
                    assets: Vec::new(),
                },
            ],
            only_under: vec![(
                0,
                vec![
                    Action::HuntSoftware {
                        id: SoftwareId("a:S2".to_owned()),
                        name: "Wren".to_owned(),
                    },
                    Action::WarnTarget {
                        countries: vec![Country::new("VN").unwrap()],
                        sectors: vec![Sector::new("government")],
                    },
                ],
            )],
        },
    }
}

fn block(reports: &[Report]) -> BlockPlan {
    let indicators: Vec<Indicator> = reports.iter().flat_map(Report::indicators).collect();
    let entry = |i: usize, scope| BlockEntry {
        indicator: indicators[i].clone(),
        scope,
        expires: Some(time("2026-04-15T00:00:00Z")),
        annotations: Vec::new(),
    };
    let contested = BlockEntry {
        annotations: vec![Objection {
            kind: ObjectionKind::WarningList,
            source: "List of scanners".to_owned(),
            matched: "198.51.100.0/24".to_owned(),
        }],
        ..entry(1, Scope::Exact)
    };
    BlockPlan {
        entries: vec![
            contested,
            entry(0, Scope::Tree),
            entry(6, Scope::Exact),
            entry(2, Scope::Exact),
        ],
        held_back: vec![
            HeldBack {
                indicator: indicators[5].clone(),
                objections: vec![Objection {
                    kind: ObjectionKind::SharedHosting,
                    source: "List of content networks".to_owned(),
                    matched: "203.0.113.0/24".to_owned(),
                }],
            },
            HeldBack {
                indicator: indicators[3].clone(),
                objections: vec![Objection {
                    kind: ObjectionKind::NotBlockable,
                    source: String::new(),
                    matched: String::new(),
                }],
            },
        ],
    }
}

/// The whole made-up investigation.
pub(crate) fn fixture() -> Fixture {
    let reports = vec![report()];
    let hunt = hunt(&reports);
    let assessment = assessment(&reports, &hunt);
    Fixture {
        block: block(&reports),
        written: vec![
            WrittenFile {
                path: "out/block/domains.rpz".to_owned(),
                what: "rpz".to_owned(),
                entries: Some(1),
            },
            WrittenFile {
                path: "out/report.html".to_owned(),
                what: "html".to_owned(),
                entries: None,
            },
        ],
        exploited: Vec::new(),
        sources: vec![KnowledgeNote {
            name: "Example actors".to_owned(),
            version: "18.1".to_owned(),
            licence: "CC0-1.0".to_owned(),
            notice: "Facts only.".to_owned(),
        }],
        hunt,
        assessment,
        reports,
    }
}

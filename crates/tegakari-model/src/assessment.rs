//! Who it may be: hypotheses, evidence, and what would change the judgement.
//!
//! Everything people read is an enum with its facts, so that the same assessment can be shown in
//! English and in Japanese (`tegakari-render` has the words).

use serde::{Deserialize, Serialize};

use crate::{
    ActorRef, Asked, AssessmentId, CaseId, ClusterId, Confidence, Country, Credibility, HuntId,
    Likelihood, LogCitation, PhaseJudgement, Question, ReportCitation, ReportId, Sector,
    SoftwareId, SourceReliability, StatementCitation, TechniqueId, Telemetry, Turn,
};

/// The four corners of the Diamond Model (Caltagirone, Pendergast, Betz 2013).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vertex {
    /// Who.
    Adversary,
    /// With what: malware, tools, techniques.
    Capability,
    /// From where: addresses, domains.
    Infrastructure,
    /// Against whom.
    Victim,
}

/// A fact that bears on who it may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The report itself names the actor: a claim of its publisher.
    PublisherClaim {
        /// The name as written.
        name: String,
    },
    /// Software was used.
    Software {
        /// Its record.
        id: SoftwareId,
        /// Its name.
        name: String,
        /// Number of actors in the knowledge that use it.
        used_by: u32,
    },
    /// A technique was used.
    Technique {
        /// Its id.
        id: TechniqueId,
        /// Its name.
        name: String,
        /// Number of actors in the knowledge that use it.
        used_by: u32,
    },
    /// Infrastructure known of an actor was used.
    Infrastructure {
        /// The indicator's canonical value.
        value: String,
        /// Where it is known from.
        source: String,
    },
    /// A country was attacked.
    TargetCountry(#[serde(with = "country_field")] Country),
    /// A trade was attacked.
    TargetSector(#[serde(with = "sector_field")] Sector),
    /// The report says that the attackers come from this country: a claim of its publisher, held against what sources say
    /// of the known clusters, never a finding of who is behind one.
    StatedOrigin(#[serde(with = "country_field")] Country),
    /// It was looked for where it would have shown, and was not there.
    Absent {
        /// What was looked for.
        what: Asked,
        /// Probability, 0 to 1, that it would have shown had it been there.
        visibility: f64,
        /// Who looked.
        basis: AbsenceBasis,
    },
    /// A vulnerability was exploited.
    Vulnerability {
        /// Its CVE number.
        cve: String,
        /// Number of actors on record with exploiting it.
        used_by: u32,
    },
    /// When the reports were published, as far as they say so. What it weighs is how long before or after that anybody
    /// published anything about each cluster.
    Published {
        /// The year, of several reports the latest.
        year: i16,
    },
    /// When our own logs saw the attacker at work. Weighs nothing: times are easily faked, and machines work at night.
    WorkingHours {
        /// First hour of the nine hours of the day with most of the activity, UTC, 0 to 23.
        from: u8,
        /// Hours of activity counted: one per machine and hour at most.
        counted: u32,
        /// Of these, inside the nine hours.
        inside: u32,
        /// Different days with activity.
        days: u32,
        /// Offsets from UTC in hours at which they would be nine to six, ascending.
        offsets: Vec<i8>,
    },
    /// A document that bait was made of, by its name. Weighs nothing: it is chosen for the victim.
    Lure {
        /// Its file name.
        name: String,
    },
    /// A name that the attacker wrote in this script. Weighs nothing: it is easily faked.
    Writing {
        /// The script.
        script: Script,
        /// The name.
        text: String,
    },
}

/// Who looked for what was not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceBasis {
    /// A hunt looked for what it leaves behind.
    Hunt,
    /// A person answered a question.
    Answer,
}

/// A script that names are written in, where it is not Latin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Script {
    /// Cyrillic.
    Cyrillic,
    /// Hangul.
    Hangul,
    /// Hiragana or katakana.
    Kana,
    /// Chinese characters alone.
    Han,
    /// Arabic.
    Arabic,
    /// Hebrew.
    Hebrew,
    /// Thai.
    Thai,
    /// Devanagari.
    Devanagari,
}

impl EvidenceKind {
    /// What makes two facts the same, whatever the knowledge says of them: `software:attack:S0596`,
    /// `technique:T1059.001`, `claim:Earth Lusca`, `infrastructure:c2.example`, `country:VN`, `sector:government`, `origin:IR`,
    /// `absent:technique:T1490`, `vulnerability:CVE-2024-1234`, `lure:invoice.doc`, `published`, `hours`.
    pub fn key(&self) -> String {
        match self {
            Self::PublisherClaim { name } => format!("claim:{name}"),
            Self::Software { id, .. } => format!("software:{}", id.0),
            Self::Technique { id, .. } => format!("technique:{id}"),
            Self::Infrastructure { value, source } if value.is_empty() => {
                format!("infrastructure:{source}")
            }
            Self::Infrastructure { value, .. } => format!("infrastructure:{value}"),
            Self::TargetCountry(country) => format!("country:{}", country.code()),
            Self::TargetSector(sector) => format!("sector:{}", sector.name()),
            Self::StatedOrigin(country) => format!("origin:{}", country.code()),
            Self::Absent { what, .. } => format!("absent:{}", what.key()),
            Self::Vulnerability { cve, .. } => format!("vulnerability:{cve}"),
            Self::Published { .. } => "published".to_owned(),
            Self::WorkingHours { .. } => "hours".to_owned(),
            Self::Lure { name } => format!("lure:{name}"),
            Self::Writing { text, .. } => format!("writing:{text}"),
        }
    }

    /// Whether it is only stated and never weighed.
    pub fn is_only_stated(&self) -> bool {
        matches!(
            self,
            Self::WorkingHours { .. } | Self::Lure { .. } | Self::Writing { .. }
        )
    }
}

/// A bare string cannot stand beside the tag `kind`, so it is written as a field of its own:
/// `{"kind": "target_country", "country": "VN"}`.
macro_rules! field {
    ($module:ident, $type:ty, $field:ident) => {
        mod $module {
            use super::*;

            #[derive(Serialize, Deserialize)]
            struct Field<T> {
                $field: T,
            }

            pub(super) fn serialize<S: serde::Serializer>(
                $field: &$type,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                Field { $field }.serialize(serializer)
            }

            pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<$type, D::Error> {
                Field::deserialize(deserializer).map(|field| field.$field)
            }
        }
    };
}

field!(country_field, Country, country);
field!(sector_field, Sector, sector);

/// A piece of evidence with its place and grade.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The fact.
    #[serde(flatten)]
    pub kind: EvidenceKind,
    /// Its corner of the Diamond Model.
    pub vertex: Vertex,
    /// Admiralty grade of the source.
    pub reliability: SourceReliability,
    /// Admiralty grade of the information.
    pub credibility: Credibility,
    /// How easily it can be forged: 0 (hardly) to 1 (by anybody).
    pub forgeability: f64,
    /// Where reports say it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reported: Vec<ReportCitation>,
    /// Where our own logs show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed: Vec<LogCitation>,
    /// What persons stated of it: an answer that it rests on, or the reason of its grade.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<StatementCitation>,
    /// Facts with the same text here stand and fall together (what one piece of software does, entries of one list,
    /// absences in one hunt) and are not counted as independent; `None` for a fact that stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// What one piece of evidence does to one hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weight {
    /// Index into [`Assessment::evidence`].
    pub evidence: usize,
    /// Likelihood ratio against "none of the known", after every discount. Above 1 speaks for the hypothesis.
    pub factor: f64,
}

/// One possible answer to "which cluster of activity is this?".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// The intrusion set; `None` is "none of the known".
    pub actor: Option<ActorRef>,
    /// Other records that bear one of its names, with their source: shown, never merged, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_recorded: Vec<ActorRef>,
    /// Probability before the evidence.
    pub prior: f64,
    /// Probability; all hypotheses together with [`Assessment::rest`] sum to one.
    pub probability: f64,
    /// Lower end of the range that the weights' uncertainty allows.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// The ICD 203 band of the probability.
    pub likelihood: Likelihood,
    /// Probability when the strongest piece of evidence for the leading hypothesis is taken away.
    pub without_strongest: f64,
    /// What each piece of evidence does, strongest for first, strongest against last; those that do nothing are left out.
    pub weights: Vec<Weight>,
}

/// Why the confidence is what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum ConfidenceReason {
    /// Number of independent reports the evidence comes from.
    IndependentReports {
        /// How many.
        count: usize,
    },
    /// Number of corners of the Diamond Model with evidence.
    VerticesCovered {
        /// How many of four.
        count: usize,
    },
    /// The estimate for the most probable known cluster, which is not the headline where "none of the known" is, rests on
    /// one item: without it the probability falls to this.
    RestsOnOneItem {
        /// The cluster; older assessments do not say.
        #[serde(default)]
        actor: Option<String>,
        /// Probability without it.
        without: f64,
    },
    /// Nothing in our own logs supports it.
    NothingObserved,
    /// Our own logs support it with this many sightings.
    Observed {
        /// Sighted indicators.
        indicators: usize,
    },
    /// Too little could be seen in our own logs to test it.
    LowVisibility {
        /// Visible share, 0 to 1.
        share: f64,
    },
    /// The most probable known actor is thinly documented in the knowledge.
    ThinProfile {
        /// Which one; earlier versions did not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Techniques and software recorded.
        features: usize,
    },
    /// What is stated of where the attackers come from contradicts itself.
    OriginsContradict {
        /// The countries, sorted.
        countries: Vec<Country>,
    },
    /// There is no evidence at all.
    NoEvidence,
}

/// Something taken for granted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "assumption", rename_all = "snake_case")]
pub enum Assumption {
    /// The software was not shared, sold, stolen or planted.
    SoftwareNotShared {
        /// Its name.
        name: String,
    },
    /// The report's reading of the intrusion is right.
    ReportRight {
        /// The report.
        report: ReportId,
    },
    /// The whole intrusion is one actor's work (access was not bought).
    OneActor,
    /// The infrastructure was not resold or taken over.
    InfrastructureNotReused,
}

/// Another reading of the same evidence that was considered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "alternative", rename_all = "snake_case")]
pub enum Alternative {
    /// Another known actor with the same tools.
    OtherActor {
        /// Its name.
        name: String,
        /// Its probability.
        probability: f64,
    },
    /// An actor that the knowledge lacks.
    Unknown {
        /// Its probability.
        probability: f64,
    },
    /// The items that are easiest to forge were planted together.
    Planted {
        /// Indexes into [`Assessment::evidence`].
        items: Vec<usize>,
        /// Probability of the leading hypothesis with them.
        with: f64,
        /// Probability of it without them.
        without: f64,
    },
    /// The strongest item was planted.
    FalseFlag {
        /// Probability of the leading hypothesis without it.
        without: f64,
    },
}

/// What would change the judgement, and could be looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "trigger", rename_all = "snake_case")]
pub enum ChangeTrigger {
    /// The software turns up with another actor.
    SoftwareElsewhere {
        /// Its name.
        name: String,
    },
    /// A second, independent source.
    SecondSource,
    /// Telemetry that is missing now.
    MissingTelemetry {
        /// Kinds of it.
        needs: Vec<Telemetry>,
        /// Where, sorted.
        assets: Vec<String>,
    },
    /// Malware of the intrusion is identified.
    IdentifyMalware,
}

/// Something the organisation can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Block the indicators.
    BlockIndicators {
        /// How many.
        count: usize,
    },
    /// Look at the machines on which something was seen, sorted.
    InvestigateAssets {
        /// Their names.
        assets: Vec<String>,
    },
    /// Isolate machines that talked to the attacker's infrastructure; keep their memory and disks, sorted.
    PreserveEvidence {
        /// Their names.
        assets: Vec<String>,
    },
    /// Close a gap in visibility.
    CloseGap {
        /// Kinds of telemetry.
        needs: Vec<Telemetry>,
        /// Where, sorted.
        assets: Vec<String>,
    },
    /// Search for what a technique that the report names leaves behind.
    HuntTechnique {
        /// The technique.
        id: TechniqueId,
        /// Its name.
        name: String,
    },
    /// Search for software of the actor that the report does not name.
    HuntSoftware {
        /// Its record.
        id: SoftwareId,
        /// Its name.
        name: String,
    },
    /// Warn partners in a trade or place that the actor attacks.
    WarnTarget {
        /// Countries.
        countries: Vec<Country>,
        /// Trades.
        sectors: Vec<Sector>,
    },
}

/// Does it matter who it is?
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Matter {
    /// Actions that are the same under every hypothesis.
    pub same: Vec<Action>,
    /// Actions that pay only under one: index into [`Assessment::hypotheses`] and the actions.
    pub only_under: Vec<(usize, Vec<Action>)>,
}

/// A claim about who is behind a hypothesis, in its owner's words. The program never makes one itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SponsorClaim {
    /// Index into [`Assessment::hypotheses`].
    pub hypothesis: usize,
    /// The record that says it: the hypothesis's own, or one that some source calls the same or similar.
    pub record: ActorRef,
    /// Who says it.
    pub said_by: String,
    /// The version or day of what says it; empty when unknown.
    pub as_of: String,
    /// What is said, in its own words.
    pub says: String,
    /// The country, when the words name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// Its own certainty, raw; empty when it gives none. Never a probability.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub certainty: String,
}

/// The judgement. It speaks of clusters of activity; it never says who is behind one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// Derived from evidence and knowledge.
    pub id: AssessmentId,
    /// Reports it rests on, sorted.
    pub reports: Vec<ReportId>,
    /// Hunt it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hunt: Option<HuntId>,
    /// Version of the knowledge it was made with.
    pub knowledge: String,
    /// Version of the model and its parameters.
    pub model: String,
    /// Most probable first; "none of the known" is always among them.
    pub hypotheses: Vec<Hypothesis>,
    /// Probability of all other known actors together.
    pub rest: f64,
    /// Number of those.
    pub rest_count: usize,
    /// How good the basis is.
    pub confidence: Confidence,
    /// Why.
    pub confidence_reasons: Vec<ConfidenceReason>,
    /// Everything weighed, strongest for the leading hypothesis first.
    pub evidence: Vec<Evidence>,
    /// What is taken for granted.
    pub assumptions: Vec<Assumption>,
    /// Other readings considered.
    pub alternatives: Vec<Alternative>,
    /// What would change it.
    pub triggers: Vec<ChangeTrigger>,
    /// Does it matter?
    pub matter: Matter,
    /// Who sources claim to be behind the leading hypotheses. Claims only, and no part of the judgement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub behind: Vec<SponsorClaim>,
    /// The user's own clusters that were weighed with the known actors, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<ClusterId>,
    /// What to look for next, most telling first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// Single answers that would change the first hypothesis or its band, likeliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Turn>,
    /// Who each phase looks like, where both have facts enough; empty otherwise. A phase's facts are those of the
    /// whole, so that these probabilities must not be combined with those of [`Assessment::hypotheses`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<PhaseJudgement>,
}

impl Assessment {
    /// What is assessed: all assessments of the same reports and hunt are one history.
    pub fn case(&self) -> CaseId {
        Self::case_of(&self.reports, self.hunt.as_ref())
    }

    /// The case of these reports (sorted) and this hunt.
    pub fn case_of(reports: &[ReportId], hunt: Option<&HuntId>) -> CaseId {
        let mut parts: Vec<&[u8]> = vec![hunt.map_or("", HuntId::as_str).as_bytes()];
        parts.extend(reports.iter().map(|report| report.as_str().as_bytes()));
        CaseId::derive(&parts)
    }

    /// What persons state something of: the reports (sorted), whatever hunts were made for them; the hunt where there
    /// are none.
    pub fn incident_of(reports: &[ReportId], hunt: Option<&HuntId>) -> CaseId {
        Self::case_of(reports, hunt.filter(|_| reports.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_evidence_has_json_and_comes_back() {
        let kinds = [
            EvidenceKind::PublisherClaim { name: "X".into() },
            EvidenceKind::Software {
                id: SoftwareId("attack:S1".into()),
                name: "X".into(),
                used_by: 1,
            },
            EvidenceKind::Infrastructure {
                value: "x.example".into(),
                source: "X".into(),
            },
            EvidenceKind::TargetCountry(Country::new("VN").unwrap()),
            EvidenceKind::TargetSector(Sector::new("government")),
            EvidenceKind::Absent {
                what: Asked::Country {
                    country: Country::new("VN").unwrap(),
                },
                visibility: 0.5,
                basis: AbsenceBasis::Answer,
            },
            EvidenceKind::Vulnerability {
                cve: "CVE-2024-1".into(),
                used_by: 2,
            },
            EvidenceKind::Published { year: 2025 },
            EvidenceKind::WorkingHours {
                from: 0,
                counted: 20,
                inside: 18,
                days: 4,
                offsets: vec![8, 9],
            },
            EvidenceKind::Lure {
                name: "x.doc".into(),
            },
            EvidenceKind::Writing {
                script: Script::Hangul,
                text: "x".into(),
            },
        ];
        for kind in kinds {
            let evidence = Evidence {
                kind,
                vertex: Vertex::Victim,
                reliability: SourceReliability::B,
                credibility: Credibility::new(2).unwrap(),
                forgeability: 0.5,
                reported: Vec::new(),
                observed: Vec::new(),
                stated: Vec::new(),
                group: None,
            };
            let json = serde_json::to_string(&evidence).unwrap();
            assert_eq!(
                serde_json::from_str::<Evidence>(&json).unwrap(),
                evidence,
                "{json}"
            );
        }
        let country = EvidenceKind::TargetCountry(Country::new("VN").unwrap());
        let json = serde_json::to_value(country).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"kind": "target_country", "country": "VN"})
        );
    }
}

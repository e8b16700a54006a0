//! The words Tegakari speaks, in the order data flows through it.
//!
//! A [`Report`] says things: it mentions [`Observable`]s, some of which are [`Indicator`]s; it
//! describes files as [`FileRecord`]s, names actors and malware ([`NameMention`]), techniques
//! ([`TechniqueMention`]) victims ([`TargetMention`]) and claimed origins ([`OriginMention`]). A hunt looks for the indicators in our own
//! logs and returns a [`HuntResult`]: for every indicator a [`Finding`], and a [`Coverage`] that says
//! what could have been seen at all; with rules of behaviour also [`Behaviours`]. An [`Assessment`] weighs [`Evidence`] for each [`Hypothesis`].
//! A [`BlockPlan`] says what to block now, whoever it is. A [`DrillPlan`] plants harmless traces, and a
//! [`DrillCheck`] says which of them a search finds.
//!
//! Types here hold their own invariants and nothing else: no files, no clock, no network. What
//! somebody did wrong in the input is a [`Problem`], never a panic. The JSON of these types is a
//! promise to users (see ARCHITECTURE.md, invariant 12).
#![warn(clippy::disallowed_methods)]

mod actor;
mod assessment;
mod behaviour;
mod block;
mod cluster;
mod correction;
mod coverage;
mod drill;
mod finding;
mod geo;
mod history;
mod id;
mod indicator;
mod judgement;
mod kept;
mod logic;
mod marking;
mod observable;
mod phase;
mod problem;
mod provenance;
pub mod public_suffix;
mod question;
mod report;
mod scan;
mod scan_rules;
mod sighting;
mod statement;
mod strength;
mod technique;
mod telemetry;
mod time;
mod timeline;
pub mod url_form;

pub use actor::{ActorId, ActorRef, NameKind, SoftwareId};
pub use assessment::{
    AbsenceBasis, Action, Alternative, Assessment, Assumption, ChangeTrigger, ConfidenceReason,
    Evidence, EvidenceKind, Hypothesis, Matter, Script, SponsorClaim, Vertex, Weight,
};
pub use behaviour::{
    BehaviourDay, BehaviourExample, BehaviourGap, BehaviourOnAsset, Behaviours, BlindReason,
    DetectionRule, LogSource, LogSourceSeen, ObservedBehaviour, RuleLevel, RuleName,
    UncoveredRecords,
};
pub use block::{BlockEntry, BlockPlan, HeldBack, Objection, ObjectionKind, Scope};
pub use cluster::{
    Check, Cluster, ClusterDeed, ClusterEvent, ClusterRelation, Met, Requirement, Rung,
};
pub use correction::{Correction, Meaning, Ruling};
pub use coverage::{
    Asset, AssetOrigin, ComponentHours, Coverage, HourCount, HourRun, HourState, InputSummary,
    KindSilence, SourceCoverage,
};
pub use drill::{
    DetectionRate, DrillCheck, DrillGap, DrillHost, DrillPlan, DrillPlatform, DrillTrace,
    DrillValue, TOKEN_PREFIX, TraceKind, TraceOutcome, TraceState, is_token, is_token_body,
    token_body,
};
pub use finding::{Finding, FindingKind, Gap, HuntResult, IndicatorFinding, Totals, Visibility};
pub use geo::{Country, PLACES, Sector};
pub use history::{AssessmentDeed, AssessmentEvent, Change, MoveReason, Moved};
pub use id::{AssessmentId, CaseId, ClusterId, DrillId, HuntId, IndicatorId, ReportId};
pub use indicator::{Indicator, IndicatorRole};
pub use judgement::{Confidence, Credibility, Likelihood, SourceReliability};
pub use kept::Kept;
pub use logic::{Composite, Logic, Test};
pub use marking::Tlp;
pub use observable::{Observable, ObservableError, ObservableKind};
pub use phase::{IntrusionPhase, PhaseHypothesis, PhaseJudgement};
pub use problem::Problem;
pub use provenance::{LogCitation, ReportCitation};
pub use question::{Asked, Expected, Question, Standing, Turn};
pub use report::{
    Disposition, FileRecord, Language, Mention, NameMention, OriginMention, Report, ReportDate,
    ReportSource, TargetKind, TargetMention,
};
pub use scan::{
    FileFacts, LiveProcess, MetBy, ProgramTrace, ScanAnswer, ScanBasis, ScanFinding, ScanMatch,
    ScanResult, ScanTally, SearchedBy, StartEntry, TraceShows, Unread, UnreadReason,
};
pub use scan_rules::{
    FileRule, FileRuleFinding, FileRuleMatch, FileRuleString, FileRules, NotAsked, NotAskedReason,
};
pub use sighting::{Relation, Sighting};
pub use statement::{Said, Statement, StatementCitation};
pub use strength::{
    AssetStrength, Improvement, KindPart, Measure, MeasuredDetection, Strength, TechniquePart,
};
pub use technique::{ReportedTechnique, TechniqueChoice, TechniqueId, TechniqueMention};
pub use telemetry::Telemetry;
pub use time::{Hour, TimeRange, Timestamp};
pub use timeline::{DarkHours, Timeline, TimelineEntry, TimelineEntryKind};

//! What rules of behaviour (Sigma) saw in the logs, what they could have seen, and what no rule looks at.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{LogCitation, Timestamp};

/// How grave a match is, as its rule says. Ordered from the least.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum RuleLevel {
    /// Not an attack by itself: for context.
    #[default]
    Informational,
    /// Seldom an attack.
    Low,
    /// To be looked at.
    Medium,
    /// Mostly an attack.
    High,
    /// Always to be looked at, at once.
    Critical,
}

impl RuleLevel {
    /// All, from the least grave.
    pub const ALL: [Self; 5] = [
        Self::Informational,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
    ];

    /// The name as rules and JSON write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Reads a name, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|level| level.name().eq_ignore_ascii_case(text.trim()))
    }

    /// Its place in lists that count by level, from the least grave.
    pub fn index(self) -> usize {
        self as usize
    }
}

/// The kind of records a rule is for, in Sigma's terms. A part that is not said may be any.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogSource {
    /// `windows`, `linux`, `zeek`, `aws`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// `process_creation`, `proxy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// `security`, `sshd`, `cloudtrail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

impl fmt::Display for LogSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.product, &self.category, &self.service];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        match parts.as_slice() {
            [] => f.write_str("*"),
            _ => f.write_str(&parts.join("/")),
        }
    }
}

/// A rule, as far as people need it to judge a match. Everything in it but the level is somebody's text: escape it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetectionRule {
    /// The rule's own id (a UUID, mostly); file and line where it has none.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// How grave.
    pub level: RuleLevel,
    /// Who wrote it. Licences of rules (DRL 1.1) ask that this is said wherever a match is shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// Its licence, as the rule or the file beside it says; empty when neither does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub licence: String,
    /// Ids of ATT&CK techniques (`T1059.001`), sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<String>,
    /// What records it is for.
    pub log_source: LogSource,
    /// What else sets it off, as the author says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub false_positives: Vec<String>,
    /// The file it stands in, and the line it begins at.
    pub file: String,
    /// From 1.
    pub line: u32,
}

/// A rule by name alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleName {
    /// See [`DetectionRule::id`].
    pub id: String,
    /// What it is called.
    pub title: String,
    /// How grave.
    pub level: RuleLevel,
}

/// A record that a rule matched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BehaviourExample {
    /// Where it stands; the excerpt has the fields that the rule asks for.
    pub place: LogCitation,
    /// The account it is about, as far as the record tells. Hostile text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// All matches of one rule on one machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BehaviourOnAsset {
    /// The machine, by the name used in [`crate::Coverage::assets`]; `None` when no record tells.
    pub asset: Option<String>,
    /// Records that matched.
    pub count: u64,
    /// Of these, records without a time.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub count_without_time: u64,
    /// Earliest time of such a record.
    pub first: Option<Timestamp>,
    /// Latest time of such a record.
    pub last: Option<Timestamp>,
    /// The first few, in order of time, then file and line.
    pub examples: Vec<BehaviourExample>,
}

/// A rule that fired: an observed behaviour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedBehaviour {
    /// The rule.
    pub rule: DetectionRule,
    /// Whether it speaks of several records together (a Sigma correlation).
    #[serde(default, skip_serializing_if = "is_false")]
    pub correlation: bool,
    /// Matches in all.
    pub count: u64,
    /// Earliest and latest.
    pub first: Option<Timestamp>,
    /// Latest.
    pub last: Option<Timestamp>,
    /// One a machine, sorted by name (none last).
    pub assets: Vec<BehaviourOnAsset>,
}

/// Why rules could not have fired, whatever happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum BlindReason {
    /// There was no record of the kind that the rules are for.
    NoLogSource {
        /// The kind.
        log_source: LogSource,
    },
    /// There were such records, but none had a field that the rules cannot do without.
    NoField {
        /// The kind of records.
        log_source: LogSource,
        /// The fields, sorted: none of them was ever there.
        fields: Vec<String>,
    },
}

/// Rules that could not have fired, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BehaviourGap {
    /// Why.
    #[serde(flatten)]
    pub reason: BlindReason,
    /// Which, sorted by title.
    pub rules: Vec<RuleName>,
}

/// Records of one kind that rules looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogSourceSeen {
    /// The kind.
    pub log_source: LogSource,
    /// How many records.
    pub records: u64,
    /// Rules that look at them.
    pub rules: u64,
}

/// Records that no rule is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UncoveredRecords {
    /// Channel and number of a Windows event, or the log format. Hostile text.
    pub name: String,
    /// How many.
    pub records: u64,
}

/// Matches of one day (UTC).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BehaviourDay {
    /// `2026-01-31`.
    pub day: String,
    /// By level, from informational to critical.
    pub by_level: [u64; 5],
}

/// What rules of behaviour say of the logs of a hunt. Every rule is in exactly one of `observed`, `silent` and `blind`.
///
/// That no rule fired is no evidence that nothing happened: `blind` and `uncovered` say how much was not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behaviours {
    /// Rules and correlations in use.
    pub rules: u64,
    /// Rules that were left out because they are less grave than what was asked for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
    /// Rules that fired: the gravest first, then the most frequent, then by title.
    pub observed: Vec<ObservedBehaviour>,
    /// Rules that did not fire, but could have, sorted by title.
    pub silent: Vec<RuleName>,
    /// Rules that could not have fired, those of the largest gap first.
    pub blind: Vec<BehaviourGap>,
    /// Records looked at by rules, by kind, sorted. A record can be of several kinds.
    pub sources: Vec<LogSourceSeen>,
    /// Records that at least one rule is for, not counting rules for everything of a product.
    pub covered_records: u64,
    /// Records that no rule is for: the most first.
    pub uncovered: Vec<UncoveredRecords>,
    /// All of them, also those whose name is not kept.
    pub uncovered_records: u64,
    /// Matches by day, in order.
    pub days: Vec<BehaviourDay>,
    /// Matches that correlations could not weigh because there were too many.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropped_events: u64,
}

impl Behaviours {
    /// Matches by level, from informational to critical.
    pub fn by_level(&self) -> [u64; 5] {
        let mut counts = [0_u64; 5];
        for one in &self.observed {
            if let Some(count) = counts.get_mut(one.rule.level.index()) {
                *count = count.saturating_add(one.count);
            }
        }
        counts
    }

    /// Rules that could not have fired.
    pub fn blind_rules(&self) -> usize {
        self.blind.iter().map(|gap| gap.rules.len()).sum()
    }

    /// Techniques of rules that fired, of at least this level, with the rules, sorted by technique.
    pub fn techniques(
        &self,
        least: RuleLevel,
    ) -> std::collections::BTreeMap<&str, Vec<&ObservedBehaviour>> {
        let mut out: std::collections::BTreeMap<&str, Vec<&ObservedBehaviour>> =
            std::collections::BTreeMap::new();
        for one in self.observed.iter().filter(|one| one.rule.level >= least) {
            for technique in &one.rule.techniques {
                out.entry(technique).or_default().push(one);
            }
        }
        out
    }
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

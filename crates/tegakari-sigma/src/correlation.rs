//! What a correlation rule says: several matches of other rules, near each other.

use crate::rule::Level;

/// How matches are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrelationKind {
    /// Their number.
    EventCount,
    /// The number of different values of a field.
    ValueCount,
    /// All the rules within the time.
    Temporal,
    /// All the rules within the time, in their order.
    TemporalOrdered,
}

/// A rule about matches of other rules.
#[derive(Debug, Clone)]
pub struct Correlation {
    /// Its id; empty when it has none.
    pub id: String,
    /// Its name; empty when it has none.
    pub name: String,
    /// What it looks for, in one line.
    pub title: String,
    /// `stable`, `test`, `experimental`, or empty.
    pub status: String,
    /// How much a match matters.
    pub level: Level,
    /// Who wrote it.
    pub author: String,
    /// What it looks for and why, if it says.
    pub description: Option<String>,
    /// Where to read on.
    pub references: Vec<String>,
    /// The licence it names; empty when it names none.
    pub license: String,
    /// All its tags, as written.
    pub tags: Vec<String>,
    /// ATT&CK techniques among the tags: `T1110`.
    pub techniques: Vec<String>,
    /// ATT&CK tactics among the tags.
    pub tactics: Vec<String>,
    /// What else may match, as the author knows.
    pub falsepositives: Vec<String>,
    /// How matches are put together.
    pub kind: CorrelationKind,
    /// The rules whose matches it is about, in its order.
    pub of: Vec<Part>,
    /// Fields whose values matches must share.
    pub group_by: Vec<String>,
    /// How near in time, in milliseconds.
    pub timespan_ms: i64,
    /// Whether matches of its rules are told as well.
    pub generate: bool,
    /// Whether a match of this one alone is to be told, or only what another correlation makes of it.
    pub tells: bool,
    /// What must hold of the number.
    pub(crate) condition: Condition,
    /// `value_count`: the field whose values are counted.
    pub(crate) counted: Option<String>,
    /// Names in `group_by` that are another field's name in one of the rules: (alias, index in `of`, field).
    pub(crate) aliases: Vec<(String, usize, String)>,
    /// The file it stands in.
    pub file: String,
    /// The line its document begins in, from 1.
    pub line: u32,
}

/// One that a correlation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A rule: an index into [`crate::RuleSet::rules`].
    Rule(u32),
    /// Another correlation: an index into [`crate::RuleSet::correlations`].
    Correlation(u32),
}

/// What must hold of a number: each that is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Condition {
    pub(crate) gt: Option<u64>,
    pub(crate) gte: Option<u64>,
    pub(crate) lt: Option<u64>,
    pub(crate) lte: Option<u64>,
    pub(crate) eq: Option<u64>,
    pub(crate) neq: Option<u64>,
}

impl Condition {
    pub(crate) fn holds(&self, n: u64) -> bool {
        self.gt.is_none_or(|v| n > v)
            && self.gte.is_none_or(|v| n >= v)
            && self.lt.is_none_or(|v| n < v)
            && self.lte.is_none_or(|v| n <= v)
            && self.eq.is_none_or(|v| n == v)
            && self.neq.is_none_or(|v| n != v)
    }
}

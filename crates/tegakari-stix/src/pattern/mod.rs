//! STIX patterns (STIX 2.1 section 9, and the spellings of STIX 2.0) as a tree.
//!
//! A pattern is text that other people wrote; reading it as text (a search for quotes) loses its logic
//! and breaks on escapes. So it is parsed, and what is written back parses to the same tree.
//!
//! ```
//! use tegakari_stix::pattern;
//! let p = pattern::parse("[file:hashes.'SHA-256' = 'ab' AND file:name = 'it\\'s.exe']").unwrap();
//! assert_eq!(p.comparisons().len(), 2);
//! assert_eq!(pattern::parse(&p.to_string()).unwrap(), p);
//! ```

mod lex;
mod observe;
mod parse;
mod print;

pub use observe::{Group, Reading, Unread};
pub use parse::parse;

/// Longest pattern that is read, in bytes. Sets of 100 000 hashes fit.
pub const MAX_BYTES: usize = 16 << 20;

/// Deepest nesting of parentheses that is read.
pub const MAX_DEPTH: usize = 64;

/// Why a text is no STIX pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {at}: {what}")]
pub struct PatternError {
    /// Byte of the pattern, from 0.
    pub at: usize,
    /// What is wrong there, lower case.
    pub what: String,
}

/// A whole pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Its outermost observation expression.
    pub root: Observation,
}

/// What has to be observed, possibly in several events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// `[…]`: one event that fits.
    Event(Expression),
    /// `… AND …`: each of these (at least two).
    All(Vec<Observation>),
    /// `… OR …`: any of these (at least two).
    Any(Vec<Observation>),
    /// `… FOLLOWEDBY …`: each of these, in this order (at least two).
    Sequence(Vec<Observation>),
    /// With limits in time or number.
    Qualified {
        /// What is limited.
        inner: Box<Observation>,
        /// How, in the order written (at least one).
        qualifiers: Vec<Qualifier>,
    },
}

/// A limit in time or number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Qualifier {
    /// `WITHIN n SECONDS`
    Within(String),
    /// `REPEATS n TIMES`
    Repeats(String),
    /// `START t'…' STOP t'…'`
    StartStop {
        /// First moment, as written.
        start: String,
        /// First moment after, as written.
        stop: String,
    },
}

/// What one event must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// A single test.
    Comparison(Comparison),
    /// `… AND …` (at least two).
    All(Vec<Expression>),
    /// `… OR …` (at least two).
    Any(Vec<Expression>),
}

/// A single test of one property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What is looked at.
    pub path: ObjectPath,
    /// Whether `NOT` stands before the operator.
    pub negated: bool,
    /// How it is tested.
    pub operator: Operator,
    /// What it is tested against: one value, any number for `IN`, none for `EXISTS`.
    pub values: Vec<Literal>,
}

/// How a property is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Like,
    Matches,
    IsSubset,
    IsSuperset,
    Exists,
}

/// A path such as `file:hashes.'SHA-256'` or `network-traffic:dst_ref.value`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectPath {
    /// The type before the colon.
    pub object_type: String,
    /// The steps after it (at least one).
    pub steps: Vec<Step>,
}

impl ObjectPath {
    /// The keys of the path without indices, as written.
    pub fn keys(&self) -> Vec<&str> {
        self.steps
            .iter()
            .filter_map(|step| match step {
                Step::Key(key) => Some(key.as_str()),
                Step::Index(_) | Step::Every => None,
            })
            .collect()
    }
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A property or dictionary key.
    Key(String),
    /// `[n]`, as written.
    Index(String),
    /// `[*]`
    Every,
}

/// A constant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Literal {
    /// `'…'`, unescaped.
    Text(String),
    /// An integer or decimal number, as written.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// `t'…'`, as written.
    Time(String),
    /// `h'…'`, as written.
    Hex(String),
    /// `b'…'` (Base64), as written.
    Binary(String),
}

impl Literal {
    /// The constant as plain text, without quotes.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text)
            | Self::Number(text)
            | Self::Time(text)
            | Self::Hex(text)
            | Self::Binary(text) => text,
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
        }
    }
}

impl Pattern {
    /// Every comparison in the order written. Their logic is in [`Pattern::root`]; the sets that must
    /// hold together are in [`Pattern::observables`].
    pub fn comparisons(&self) -> Vec<&Comparison> {
        let mut out = Vec::new();
        for expression in self.events() {
            expression.collect(&mut out);
        }
        out
    }

    /// The expressions in square brackets, in the order written.
    pub fn events(&self) -> Vec<&Expression> {
        let mut out = Vec::new();
        self.root.collect(&mut out);
        out
    }
}

impl Observation {
    // Depth is bounded by the parser (`MAX_DEPTH`).
    fn collect<'a>(&'a self, out: &mut Vec<&'a Expression>) {
        match self {
            Self::Event(expression) => out.push(expression),
            Self::All(parts) | Self::Any(parts) | Self::Sequence(parts) => {
                for part in parts {
                    part.collect(out);
                }
            }
            Self::Qualified { inner, .. } => inner.collect(out),
        }
    }
}

impl Expression {
    fn collect<'a>(&'a self, out: &mut Vec<&'a Comparison>) {
        match self {
            Self::Comparison(comparison) => out.push(comparison),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.collect(out);
                }
            }
        }
    }
}

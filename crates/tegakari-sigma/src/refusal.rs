//! Why a rule is not used.

use tegakari_model::Problem;

/// A line of a file, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) line: u32,
    pub(crate) what: String,
}

impl Refusal {
    pub(crate) fn new(line: u32, what: impl Into<String>) -> Self {
        Self {
            line,
            what: what.into(),
        }
    }

    /// As a problem that cost a rule.
    pub(crate) fn of_rule(self, file: &str) -> Problem {
        Problem::new(
            format!("{file}:{}", self.line),
            format!("this rule is not used: {}", self.what),
            "mend the rule, or take it out; the others are used",
        )
    }
}

//! The same story for a terminal.

use tegakari_model::{Assessment, BlockPlan, HuntResult, Language, Problem, Report};

use crate::{Story, ValueStory, WrittenFile};

/// How to write for this terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextStyle {
    /// Columns available; no line is wider (at least 40 is assumed).
    pub width: usize,
    /// Whether to use the eight basic colours.
    pub color: bool,
    /// Whether marks and lines must be ASCII (names from reports and logs stay as they are).
    pub ascii: bool,
}

impl Default for TextStyle {
    /// 100 columns, no colour, Unicode.
    fn default() -> Self {
        Self {
            width: 100,
            color: false,
            ascii: false,
        }
    }
}

/// The whole investigation, answer first.
pub fn summary(story: &Story<'_>, _language: Language, _style: &TextStyle) -> String {
    format!("{} reports\n", story.reports.len())
}

/// What one report says.
pub fn report(report: &Report, _language: Language, _style: &TextStyle) -> String {
    format!("{}\n", report.id)
}

/// What one hunt found, and what it could have found.
pub fn hunt(hunt: &HuntResult, _language: Language, _style: &TextStyle) -> String {
    format!("{}\n", hunt.id)
}

/// Who it may be.
pub fn assessment(assessment: &Assessment, _language: Language, _style: &TextStyle) -> String {
    format!("{}\n", assessment.id)
}

/// What to block and what was held back.
pub fn block(
    plan: &BlockPlan,
    _written: &[WrittenFile],
    _language: Language,
    _style: &TextStyle,
) -> String {
    format!("{}\n", plan.entries.len())
}

/// All that is stored about one value.
pub fn show(value: &ValueStory<'_>, _language: Language, _style: &TextStyle) -> String {
    format!("{}\n", value.observable.defanged())
}

/// What could not be read or used.
pub fn problems(problems: &[Problem], _language: Language, _style: &TextStyle) -> String {
    format!("{}\n", problems.len())
}

/// A plain table (for `formats`, `knowledge list` and other lists): heads, then rows of as many cells.
pub fn table(heads: &[&str], rows: &[Vec<String>], _style: &TextStyle) -> String {
    format!("{} {}\n", heads.len(), rows.len())
}

//! The same story for a terminal, answer first.
//!
//! Every function here returns whole lines no wider than the style asks, with every untrusted
//! character that could act made visible.

mod block;
mod hunt;
mod name;
mod report;
mod show;
mod style;
mod summary;
mod table;
mod who;
mod wrap;
mod writer;

use tegakari_model::{Assessment, BlockPlan, HuntResult, Language, Problem, Report};

pub use style::TextStyle;

pub(crate) use style::Paint;

use crate::i18n::Words;
use crate::{NameStory, Story, ValueStory, WrittenFile};
use table::{Fit, column};
use writer::Writer;

/// The whole investigation, answer first: what was seen, what could have been seen, who it may be,
/// what to block, what to do next.
pub fn summary(story: &Story<'_>, language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    summary::write(story, &mut writer);
    writer.done()
}

/// What one report says.
pub fn report(report: &Report, language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    report::write(report, &mut writer);
    writer.done()
}

/// What one hunt found, and what it could have found.
pub fn hunt(hunt: &HuntResult, language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    hunt::write(hunt, hunt::Detail::All, &mut writer);
    writer.done()
}

/// Who it may be, with the evidence for and against.
pub fn assessment(assessment: &Assessment, language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    who::write(assessment, &mut writer);
    writer.done()
}

/// What to block and what was held back, with the reasons.
pub fn block(
    plan: &BlockPlan,
    written: &[WrittenFile],
    language: Language,
    style: &TextStyle,
) -> String {
    let mut writer = Writer::new(language, style);
    block::write(plan, written, block::Detail::All, &mut writer);
    writer.done()
}

/// All that is stored about one value.
pub fn show(value: &ValueStory<'_>, language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    show::write(value, &mut writer);
    writer.done()
}

/// What the sources claim about a name.
pub fn name(name: &NameStory<'_>, language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    name::write(name, &mut writer);
    writer.done()
}

/// What could not be read or used, all of it.
pub fn problems(problems: &[Problem], language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    let all: Vec<&Problem> = problems.iter().collect();
    writer.problems(&all, usize::MAX);
    writer.done()
}

/// A plain table (for `formats`, `knowledge list` and other lists): heads, then rows of as many
/// cells. The last column takes more lines when there is too little room, the others lose their end.
pub fn table(heads: &[&str], rows: &[Vec<String>], style: &TextStyle) -> String {
    let columns: Vec<_> = heads
        .iter()
        .enumerate()
        .map(|(i, head)| {
            let fit = if i + 1 == heads.len() {
                Fit::Wrap
            } else {
                Fit::End
            };
            column(head, fit)
        })
        .collect();
    table::table(&columns, rows, style)
}

/// Text of our own or of a report or log as lines that fit, for messages of the program.
pub fn paragraph(text: &str, style: &TextStyle) -> String {
    let mut writer = Writer::new(Language::En, style);
    writer.paragraph(0, text);
    writer.done()
}

/// The sentences of `language`, for the parts of this module.
fn words(language: Language) -> Words {
    Words::new(language)
}

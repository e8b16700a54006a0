//! The same story for a terminal, answer first.
//!
//! Every function here returns whole lines no wider than the style asks, with every untrusted
//! character that could act made visible.

mod behaviour;
mod block;
mod change;
mod cluster;
mod drill;
mod hunt;
mod name;
mod next;
mod report;
mod scan;
mod scan_rules;
mod show;
mod style;
mod summary;
mod table;
mod timeline;
mod visibility;
mod watch;
mod who;
mod wrap;
mod writer;

use tegakari_model::{
    Assessment, AssessmentEvent, BlockPlan, Change, Check, Cluster, DetectionRate, DrillCheck,
    DrillGap, DrillPlan, HuntResult, Language, Problem, Report, ScanResult, Timeline,
};

pub use style::TextStyle;
pub use watch::{WatchedLine, watch_digest, watched};

pub(crate) use style::Paint;

use crate::i18n::{Words, say};
use crate::{AttackCover, BlockChange, ExploitedNote, NameStory, Story, ValueStory, WrittenFile};
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

/// Which of the vulnerabilities named are exploited in the wild; empty when none is known to be.
pub fn exploited(notes: &[ExploitedNote], language: Language, style: &TextStyle) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let mut writer = Writer::new(language, style);
    report::write_exploited(notes, &mut writer);
    format!("\n{}", writer.done())
}

/// What one hunt found, and what it could have found.
pub fn hunt(hunt: &HuntResult, language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    hunt::write(hunt, hunt::Detail::All, &mut writer);
    writer.done()
}

/// What happened in order of time, and when nobody could have seen it.
pub fn timeline(timeline: &Timeline, language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    timeline::write(timeline, &mut writer);
    writer.done()
}

/// What a scan of disks met, what it did not, and what it could not read.
pub fn scan(scan: &ScanResult, language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    scan::write(scan, &mut writer);
    writer.done()
}

/// What the logs could show, without any report: the largest gaps in words first.
pub fn visibility(
    hunt: &HuntResult,
    cover: &AttackCover,
    language: Language,
    style: &TextStyle,
) -> String {
    let mut writer = Writer::new(language, style);
    visibility::write(hunt, cover, &mut writer);
    writer.done()
}

/// A problem on one line: where, what, and what to do.
pub fn problem_line(problem: &Problem, language: Language) -> String {
    let words = words(language);
    format!(
        "{}: {}; {}",
        problem.place,
        words.of_problem(&problem.what),
        words.of_problem(&problem.hint)
    )
}

/// Who it may be, with the evidence for and against.
pub fn assessment(assessment: &Assessment, language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    who::write(assessment, &mut writer);
    writer.done()
}

/// What happened to an assessment since it was first made; empty when nothing did.
pub fn history(events: &[AssessmentEvent], language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    change::write_history(events, &mut writer);
    writer.done()
}

/// What moved when assessments were made again. `unchanged` counts those in which nothing did. `corrections` are
/// sentences for the newsletter (see [`correction`]).
pub fn changes(
    changes: &[&Change],
    unchanged: usize,
    corrections: &[String],
    language: Language,
    style: &TextStyle,
) -> String {
    let mut writer = Writer::new(language, style);
    for change in changes {
        writer.gap();
        change::write_change(change, &mut writer);
    }
    if changes.is_empty() && unchanged == 0 {
        writer.paragraph(0, writer.words.get("change.none_open"));
    } else if unchanged > 0 {
        writer.gap();
        let text = say!(writer.words, "change.unchanged", n = unchanged);
        writer.paragraph(0, &text);
    }
    if !corrections.is_empty() {
        writer.heading(writer.words.get("correction.heading"));
        for correction in corrections {
            writer.item("- ", correction);
        }
    }
    writer.done()
}

/// What readers of an earlier assessment have to be told; `None` when neither the first hypothesis nor its band
/// changed. Names in it stand as they are: whoever shows it escapes it. `first_day` is when the earlier one was made,
/// `title` what it was about.
pub fn correction(
    event: &AssessmentEvent,
    first_day: &str,
    title: &str,
    language: Language,
) -> Option<String> {
    words(language).correction(event, first_day, title)
}

/// The user's own clusters, a line each.
pub fn clusters(clusters: &[Cluster], language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    cluster::write_list(clusters, &mut writer);
    writer.done()
}

/// One cluster with its checklist and history. `titles` are its reports with their titles.
pub fn cluster(
    cluster: &Cluster,
    checks: &[Check],
    titles: &[(String, String)],
    language: Language,
    style: &TextStyle,
) -> String {
    let mut writer = Writer::new(language, style);
    cluster::write(cluster, checks, titles, &mut writer);
    writer.done()
}

/// What a drill will plant, what to do next, and which machines could not be planned for.
pub fn drill_plan(
    plan: &DrillPlan,
    written: &[WrittenFile],
    problems: &[Problem],
    language: Language,
    style: &TextStyle,
) -> String {
    let mut writer = Writer::new(language, style);
    drill::write_plan(plan, written, problems, &mut writer);
    writer.done()
}

/// What was seen of a drill: the answer, machines by traces, each trace, and the rates.
pub fn drill_check(check: &DrillCheck, language: Language, style: &TextStyle) -> String {
    let mut writer = Writer::new(language, style);
    drill::write_check(check, &mut writer);
    writer.done()
}

/// What was missed and what has to be turned on, and the rates `measured` by all drills.
pub fn drill_report(
    check: &DrillCheck,
    gaps: &[DrillGap],
    measured: &[DetectionRate],
    language: Language,
    style: &TextStyle,
) -> String {
    let mut writer = Writer::new(language, style);
    drill::write_report(check, gaps, measured, &mut writer);
    writer.done()
}

/// The same as Markdown, with the rates of each machine.
pub fn drill_markdown(
    check: &DrillCheck,
    gaps: &[DrillGap],
    measured: &[DetectionRate],
    language: Language,
) -> String {
    drill::markdown(check, gaps, measured, words(language))
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

/// What a refresh of block lists changed: entries with their reasons, and the lists that were written.
pub fn refreshed(
    added: &[BlockChange],
    removed: &[BlockChange],
    written: &[WrittenFile],
    unchanged: usize,
    language: Language,
    style: &TextStyle,
) -> String {
    let mut writer = Writer::new(language, style);
    block::write_refresh(added, removed, written, unchanged, &mut writer);
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

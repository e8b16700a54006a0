//! Rules of behaviour: the summary, what fired with its evidence, and what could not.

use tegakari_model::{Behaviours, ObservedBehaviour, RuleLevel};

use super::hunt::Detail;
use super::style::Paint;
use super::table::{Fit, column};
use super::writer::Writer;
use crate::digest::behaviour::by_level;
use crate::format;
use crate::i18n::say;

/// Rules shown with their evidence; the JSON has all.
const MOST_RULES: usize = 100;

pub(super) fn write(of: &Behaviours, detail: Detail, w: &mut Writer<'_>) {
    write_summary(of, w);
    let (most, examples) = match detail {
        Detail::Brief => (10, 1),
        Detail::All => (MOST_RULES, 3),
    };
    if !of.observed.is_empty() {
        w.heading(w.words.get("section.behaviour"));
    }
    for one in of.observed.iter().take(most) {
        write_rule(one, examples, w);
    }
    w.more(of.observed.len().saturating_sub(most));
    w.heading(w.words.get("section.behaviour_gaps"));
    let gaps = if detail == Detail::Brief { 3 } else { 10 };
    for sentence in w.words.behaviour_gaps(of, gaps) {
        w.paragraph(2, &sentence);
    }
}

fn write_summary(of: &Behaviours, w: &mut Writer<'_>) {
    let levels = by_level(of);
    if levels.is_empty() {
        return;
    }
    w.heading(w.words.get("section.behaviour_summary"));
    let counted = |name: &str, count: u64| {
        let count = format::count(count);
        say!(w.words, "behaviour.counted", name = name, count = count)
    };
    let rows: Vec<Vec<String>> = levels
        .iter()
        .map(|one| {
            let top: Vec<String> = one
                .machines
                .iter()
                .take(3)
                .map(|(name, count)| counted(name, *count))
                .collect();
            vec![
                w.words.level(one.level).to_owned(),
                format::count(one.rules as u64),
                format::count(one.matches),
                top.join(w.words.get("list.comma")),
                one.worst
                    .map(|(day, count)| counted(day, count))
                    .unwrap_or_default(),
                one.first.map(format::moment).unwrap_or_default(),
                one.last.map(format::moment).unwrap_or_default(),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("head.level"), Fit::Keep),
        column(w.words.get("head.rules"), Fit::Right),
        column(w.words.get("head.matches"), Fit::Right),
        column(w.words.get("head.top_machines"), Fit::Wrap),
        column(w.words.get("head.worst_day"), Fit::Keep),
        column(w.words.get("head.first"), Fit::Keep),
        column(w.words.get("head.last"), Fit::Keep),
    ];
    w.table(&columns, &rows);
}

fn write_rule(one: &ObservedBehaviour, examples: usize, w: &mut Writer<'_>) {
    w.gap();
    let level = w.words.level(one.rule.level);
    let title = say!(
        w.words,
        "behaviour.title",
        level = level,
        title = one.rule.title
    );
    let paint = if one.rule.level >= RuleLevel::High {
        Paint::Seen
    } else {
        Paint::Strong
    };
    w.painted(paint, 2, &format!("● {title}"));
    let line = w.words.behaviour_line(one);
    w.paragraph(4, &line);
    let rule = w.words.behaviour_rule(one);
    w.painted(Paint::Quiet, 4, &rule);
    let all = one.assets.iter().flat_map(|on| &on.examples);
    for example in all.take(examples) {
        let cited = &example.place;
        let time = cited.time.map(format::moment).unwrap_or_default();
        let place = format!("{time} {}:{} #{}", cited.file, cited.line, cited.record);
        w.painted(Paint::Quiet, 6, place.trim_start());
        w.paragraph(8, &cited.excerpt);
    }
}

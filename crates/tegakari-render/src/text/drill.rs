//! A drill: what its scripts will do, what of it was seen, and what to turn on.

use tegakari_model::{
    DetectionRate, DrillCheck, DrillGap, DrillPlan, Problem, TraceKind, TraceOutcome, TraceState,
};

use super::style::Paint;
use super::table::{Fit, column};
use super::writer::Writer;
use crate::WrittenFile;
use crate::format;
use crate::i18n::say;

/// Machines in a grid, and rows of a list, that people read.
const MOST_HOSTS: usize = 40;
const MOST_ROWS: usize = 60;

/// What was planned, and what to do with it.
pub(super) fn write_plan(
    plan: &DrillPlan,
    written: &[WrittenFile],
    problems: &[Problem],
    w: &mut Writer<'_>,
) {
    let traces: usize = plan.hosts.iter().map(|host| host.traces.len()).sum();
    let head = say!(
        w.words,
        "drill.planned",
        id = plan.id,
        traces = format::count(traces as u64),
        hosts = format::count(plan.hosts.len() as u64)
    );
    w.painted(Paint::Strong, 0, &head);
    let names: Vec<&str> = plan.hosts.iter().map(|host| &host.name[..]).collect();
    let names = w.words.list_of(&names, 12);
    w.paragraph(2, &names);
    w.heading(w.words.get("section.files"));
    for file in written {
        w.item("- ", &file.path);
    }
    w.heading(w.words.get("section.next"));
    w.item("1. ", w.words.get("drill.next_run"));
    w.item("2. ", &say!(w.words, "drill.next_check", id = plan.id));
    w.item("3. ", w.words.get("drill.next_report"));
    if !problems.is_empty() {
        w.heading(w.words.get("section.problems"));
        w.problems(&problems.iter().collect::<Vec<_>>(), 20);
    }
}

/// What was seen.
pub(super) fn write_check(check: &DrillCheck, w: &mut Writer<'_>) {
    write_head(check, w);
    write_grid(check, w);
    write_outcomes(check, w);
    write_rates(&check.rates, w);
    if !check.problems.is_empty() {
        w.heading(w.words.get("section.problems"));
        let problems: Vec<_> = check.problems.iter().collect();
        w.problems(&problems, 20);
    }
}

fn write_head(check: &DrillCheck, w: &mut Writer<'_>) {
    let head = say!(
        w.words,
        "drill.header",
        id = check.plan,
        day = format::day(check.made),
        files = check.files,
        records = format::count(check.records)
    );
    w.painted(Paint::Quiet, 0, &head);
    let answer = w.words.drill_answer(check);
    w.paragraph(0, &answer);
}

/// Machines by kinds of traces, a mark each.
fn write_grid(check: &DrillCheck, w: &mut Writer<'_>) {
    let kinds: Vec<TraceKind> = TraceKind::ALL
        .into_iter()
        .filter(|kind| check.outcomes.iter().any(|one| one.kind == *kind))
        .collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for one in &check.outcomes {
        if rows.last().is_none_or(|row| row.first() != Some(&one.host)) {
            let mut row = vec![one.host.clone()];
            row.resize(kinds.len() + 1, String::new());
            rows.push(row);
        }
        let at = kinds.iter().position(|kind| *kind == one.kind);
        if let Some(cell) = at.and_then(|at| rows.last_mut()?.get_mut(at + 1)) {
            *cell = w.style.mark(one.state.mark());
        }
    }
    if rows.is_empty() {
        return;
    }
    w.heading(w.words.get("drill.grid"));
    let mut columns = vec![column(w.words.get("head.machine"), Fit::End)];
    columns.extend((1..=kinds.len()).map(|n| column(&n.to_string(), Fit::Right)));
    let more = rows.len().saturating_sub(MOST_HOSTS);
    rows.truncate(MOST_HOSTS);
    w.table(&columns, &rows);
    w.more(more);
    let names: Vec<String> = (1..)
        .zip(&kinds)
        .map(|(n, kind)| format!("{n} {}", w.words.trace(*kind)))
        .collect();
    w.painted(Paint::Quiet, 2, &names.join("   "));
    let states = [
        TraceState::Seen,
        TraceState::Elsewhere,
        TraceState::Missed,
        TraceState::NotRun,
    ];
    let marks: Vec<String> = states
        .iter()
        .map(|state| format!("{} {}", state.mark(), w.words.trace_state(*state)))
        .collect();
    w.painted(Paint::Quiet, 2, &marks.join("   "));
}

/// Every trace: those that were missed first.
fn write_outcomes(check: &DrillCheck, w: &mut Writer<'_>) {
    let rank = |one: &&TraceOutcome| match one.state {
        TraceState::Missed => 0,
        TraceState::Elsewhere => 1,
        TraceState::Seen => 2,
        TraceState::NotRun => 3,
    };
    // Of those without any record the grid tells.
    let is_told =
        |one: &&TraceOutcome| one.state != TraceState::NotRun || one.why_not_run.is_some();
    let mut sorted: Vec<&TraceOutcome> = check.outcomes.iter().filter(is_told).collect();
    sorted.sort_by_key(rank);
    if sorted.is_empty() {
        return;
    }
    let rows: Vec<Vec<String>> = sorted
        .iter()
        .take(MOST_ROWS)
        .map(|one| {
            vec![
                w.style.mark(one.state.mark()),
                one.host.clone(),
                w.words.trace(one.kind).to_owned(),
                one.planted.map(format::moment).unwrap_or_default(),
                w.words.drill_delay(one),
                w.words.drill_where(one),
            ]
        })
        .collect();
    w.heading(w.words.get("drill.traces"));
    let columns = [
        column("", Fit::Keep),
        column(w.words.get("head.machine"), Fit::End),
        column(w.words.get("drill.trace"), Fit::End),
        column(w.words.get("drill.planted_at"), Fit::Keep),
        column(w.words.get("drill.logged"), Fit::Keep),
        column(w.words.get("drill.where"), Fit::Wrap),
    ];
    w.table(&columns, &rows);
    w.more(sorted.len().saturating_sub(MOST_ROWS));
    let untold = check.outcomes.len() - sorted.len();
    if untold > 0 {
        let text = say!(w.words, "drill.no_record", n = untold);
        w.painted(Paint::Quiet, 2, &text);
    }
}

/// Rates of all machines together.
fn write_rates(rates: &[DetectionRate], w: &mut Writer<'_>) {
    let rows: Vec<Vec<String>> = rates
        .iter()
        .filter(|rate| rate.asset.is_none())
        .map(|rate| rate_row(rate, w))
        .collect();
    if rows.is_empty() {
        return;
    }
    w.heading(w.words.get("drill.rates"));
    let columns = [
        column(w.words.get("head.kind"), Fit::End),
        column(w.words.get("drill.of_planted"), Fit::Right),
        column(w.words.get("drill.chance"), Fit::Right),
        column(w.words.get("head.range"), Fit::Keep),
    ];
    w.table(&columns, &rows);
    w.painted(Paint::Quiet, 2, w.words.get("drill.rates_note"));
}

fn rate_row(rate: &DetectionRate, w: &Writer<'_>) -> Vec<String> {
    vec![
        w.words.telemetry(rate.telemetry).to_owned(),
        say!(
            w.words,
            "drill.seen_of",
            seen = rate.seen,
            planted = rate.planted
        ),
        format::percent(rate.probability),
        range(rate),
    ]
}

/// The interval of a rate.
fn range(rate: &DetectionRate) -> String {
    format!(
        "{}–{}",
        format::percent(rate.low),
        format::percent(rate.high)
    )
}

/// What to turn on, and what all drills measured.
pub(super) fn write_report(
    check: &DrillCheck,
    gaps: &[DrillGap],
    measured: &[DetectionRate],
    w: &mut Writer<'_>,
) {
    write_head(check, w);
    w.heading(w.words.get("section.gaps"));
    if gaps.is_empty() {
        w.paragraph(2, w.words.get("drill.no_gaps"));
    }
    for gap in gaps {
        let text = w.words.drill_gap(gap);
        w.item("- ", &text);
        if !gap.elsewhere.is_empty() {
            let sources = w.words.list_of(&gap.elsewhere, 4);
            w.paragraph(4, &say!(w.words, "drill.only_in", sources = sources));
        }
        w.paragraph(4, w.words.drill_fix(gap));
    }
    write_rates(measured, w);
}

/// The report as Markdown.
pub(super) fn markdown(
    check: &DrillCheck,
    gaps: &[DrillGap],
    measured: &[DetectionRate],
    words: crate::i18n::Words,
) -> String {
    use crate::escape::markdown as safe;
    let mut out = String::new();
    let title = say!(
        words,
        "drill.title",
        id = check.plan,
        day = format::day(check.made)
    );
    out.push_str(&format!("# {}\n\n", safe(&title)));
    out.push_str(&format!("{}\n\n", safe(&words.drill_answer(check))));
    out.push_str(&format!("## {}\n\n", safe(words.get("section.gaps"))));
    if gaps.is_empty() {
        out.push_str(&format!("{}\n", safe(words.get("drill.no_gaps"))));
    }
    for gap in gaps {
        out.push_str(&format!("- {}\n", safe(&words.drill_gap(gap))));
        if !gap.elsewhere.is_empty() {
            let sources = words.list_of(&gap.elsewhere, 4);
            let text = say!(words, "drill.only_in", sources = sources);
            out.push_str(&format!("  - {}\n", safe(&text)));
        }
        out.push_str(&format!("  - {}\n", safe(words.drill_fix(gap))));
    }
    out.push_str(&format!("\n## {}\n\n", safe(words.get("drill.rates"))));
    let row = |cells: &[&str]| {
        let cells: Vec<String> = cells.iter().map(|cell| safe(cell)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    out.push_str(&row(&[
        words.get("head.machine"),
        words.get("head.kind"),
        words.get("drill.of_planted"),
        words.get("drill.chance"),
        words.get("head.range"),
    ]));
    out.push_str("|---|---|---:|---:|---|\n");
    for rate in measured {
        let of = say!(
            words,
            "drill.seen_of",
            seen = rate.seen,
            planted = rate.planted
        );
        out.push_str(&row(&[
            rate.asset
                .as_deref()
                .unwrap_or(words.get("drill.all_machines")),
            words.telemetry(rate.telemetry),
            &of,
            &format::percent(rate.probability),
            &range(rate),
        ]));
    }
    out.push_str(&format!("\n{}\n", safe(words.get("drill.rates_note"))));
    out
}

//! What a scan met, what it did not, and what it could not read.

use std::collections::BTreeMap;

use tegakari_model::{FindingKind, ScanAnswer, ScanFinding, ScanResult, Timestamp, TraceShows};

use super::scan_rules;
use super::style::Paint;
use super::table::{Fit, column};
use super::writer::Writer;
use crate::format;
use crate::i18n::say;

/// Rows that are shown; the JSON has all.
const MOST_ROWS: usize = 200;
/// Places told of an indicator.
const MOST_PLACES: usize = 10;

pub(super) fn write(scan: &ScanResult, w: &mut Writer<'_>) {
    w.painted(Paint::Quiet, 0, &w.words.scan_header(scan));
    for sentence in w.words.scan_answer(scan) {
        w.paragraph(0, &sentence);
    }
    write_seen(scan, w);
    if let Some(rules) = &scan.rules {
        scan_rules::write_seen(rules, w);
    }
    write_negatives(scan, FindingKind::NotSeen, w);
    write_negatives(scan, FindingKind::CannotTell, w);
    if let Some(rules) = &scan.rules {
        scan_rules::write_others(rules, w);
    }
    write_unread(scan, w);
    write_processes(scan, w);
    write_entries(scan, w);
    write_traces(scan, w);
    if !scan.problems.is_empty() {
        w.heading(w.words.get("section.problems"));
        let problems: Vec<_> = scan.problems.iter().collect();
        w.problems(&problems, 20);
    }
}

fn write_seen(scan: &ScanResult, w: &mut Writer<'_>) {
    let seen: Vec<_> = scan
        .findings
        .iter()
        .filter_map(|one| match &one.answer {
            ScanAnswer::Seen { count, matches, .. } => Some((one, *count, matches)),
            _ => None,
        })
        .collect();
    if seen.is_empty() {
        return;
    }
    w.heading(w.words.get("section.seen"));
    for (one, count, matches) in seen.iter().take(MOST_ROWS) {
        let value = one.indicator.observable.defanged();
        let kind = w.words.kind(one.indicator.observable.kind());
        let mut line = say!(
            w.words,
            "scan.seen_line",
            value = value,
            kind = kind,
            n = format::count(*count)
        );
        if !one.indicator.labels.is_empty() {
            let labels = w.words.list_of(&one.indicator.labels, 3);
            line = say!(w.words, "scan.labels", line = line, labels = labels);
        }
        w.painted(
            Paint::Strong,
            2,
            &format!("{} {line}", FindingKind::Seen.mark()),
        );
        for place in matches.iter().take(MOST_PLACES) {
            w.paragraph(4, &place.place);
            let told = w.words.scan_match(place);
            w.painted(Paint::Quiet, 6, &told);
            if !place.excerpt.is_empty() {
                w.paragraph(6, &place.excerpt);
            }
        }
        let told = matches.len().min(MOST_PLACES) as u64;
        w.more(usize::try_from(count.saturating_sub(told)).unwrap_or(usize::MAX));
    }
    w.more(seen.len().saturating_sub(MOST_ROWS));
}

fn write_negatives(scan: &ScanResult, answer: FindingKind, w: &mut Writer<'_>) {
    let mut groups: BTreeMap<_, Vec<&ScanFinding>> = BTreeMap::new();
    for one in &scan.findings {
        if one.answer.kind() == answer {
            let of_kind = (one.answer.basis().by, one.indicator.observable.kind());
            groups.entry(of_kind).or_default().push(one);
        }
    }
    if groups.is_empty() {
        return;
    }
    w.heading(match answer {
        FindingKind::CannotTell => w.words.get("section.cannot_tell"),
        _ => w.words.get("section.not_seen"),
    });
    let rows: Vec<Vec<String>> = groups
        .iter()
        .filter_map(|((_, kind), group)| {
            let basis = group.first()?.answer.basis();
            let share = format::percent(basis.share());
            Some(vec![
                answer.mark().to_owned(),
                format!("{} {}", group.len(), w.words.kind(*kind)),
                say!(w.words, "scan.share", share = share),
                w.words.scan_basis(basis),
            ])
        })
        .collect();
    let columns = [
        column("", Fit::Keep),
        column("", Fit::Keep),
        column("", Fit::Keep),
        column("", Fit::Wrap),
    ];
    w.table(&columns, &rows);
    for group in groups.values() {
        let names: Vec<String> = group
            .iter()
            .take(50)
            .map(|one| one.indicator.observable.defanged())
            .collect();
        w.item(&format!("{} ", answer.mark()), &names.join("  "));
        w.more(group.len() - names.len());
    }
}

fn write_unread(scan: &ScanResult, w: &mut Writer<'_>) {
    if scan.unread.is_empty() {
        return;
    }
    w.heading(w.words.get("scan.section_unread"));
    let rows: Vec<Vec<String>> = scan
        .unread
        .iter()
        .map(|one| {
            vec![
                w.words.unread_reason(one.reason).to_owned(),
                format::count(one.files),
                format::count(one.folders),
                format::bytes(one.bytes),
                one.examples.first().cloned().unwrap_or_default(),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("head.why"), Fit::Wrap),
        column(w.words.get("head.files"), Fit::Right),
        column(w.words.get("head.folders"), Fit::Right),
        column(w.words.get("head.size"), Fit::Right),
        column(w.words.get("head.example"), Fit::Middle),
    ];
    w.table(&columns, &rows);
}

fn write_processes(scan: &ScanResult, w: &mut Writer<'_>) {
    if scan.processes_seen == 0 {
        return;
    }
    w.heading(w.words.get("scan.section_processes"));
    let n = format::count(scan.processes_seen);
    w.paragraph(2, &say!(w.words, "scan.processes", n = n));
    for one in scan.processes.iter().take(MOST_ROWS) {
        let exe = one.exe.as_deref().unwrap_or(&one.name);
        let mut line = format!("{} {exe}", one.pid);
        if one.deleted {
            line = say!(w.words, "scan.deleted", line = line);
        }
        w.painted(Paint::Strong, 2, &line);
        w.paragraph(4, &one.command);
        for connection in one.connections.iter().take(MOST_PLACES) {
            w.painted(Paint::Quiet, 4, connection);
        }
        w.more(one.connections.len().saturating_sub(MOST_PLACES));
    }
    w.more(scan.processes.len().saturating_sub(MOST_ROWS));
}

/// How many notes there are of each kind, and how new they are; the JSON has all.
fn write_traces(scan: &ScanResult, w: &mut Writer<'_>) {
    if scan.traces.is_empty() {
        return;
    }
    w.heading(w.words.get("scan.section_traces"));
    let mut kinds: BTreeMap<(&str, TraceShows), (u64, Option<Timestamp>)> = BTreeMap::new();
    for one in &scan.traces {
        let kind = kinds.entry((&one.kind, one.shows)).or_default();
        kind.0 += 1;
        kind.1 = kind.1.max(one.last);
    }
    let rows: Vec<Vec<String>> = kinds
        .into_iter()
        .map(|((kind, shows), (count, newest))| {
            vec![
                kind.to_owned(),
                w.words
                    .get(match shows {
                        TraceShows::Executed => "scan.by_executed",
                        TraceShows::Present => "scan.by_present",
                    })
                    .to_owned(),
                format::count(count),
                newest.map(format::moment).unwrap_or_default(),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("head.kind"), Fit::Keep),
        column("", Fit::Keep),
        column(w.words.get("head.programs"), Fit::Right),
        column(w.words.get("head.newest"), Fit::Keep),
    ];
    w.table(&columns, &rows);
}

fn write_entries(scan: &ScanResult, w: &mut Writer<'_>) {
    if scan.entries.is_empty() {
        return;
    }
    w.heading(w.words.get("scan.section_entries"));
    let rows: Vec<Vec<String>> = scan
        .entries
        .iter()
        .take(MOST_ROWS)
        .map(|one| {
            vec![
                one.kind.clone(),
                one.runs.clone(),
                one.user.clone().unwrap_or_default(),
                one.when.clone().unwrap_or_default(),
                one.stated.clone(),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("head.kind"), Fit::Keep),
        column(w.words.get("head.runs"), Fit::Middle),
        column(w.words.get("head.run_as"), Fit::End),
        column(w.words.get("head.when"), Fit::End),
        column(w.words.get("head.stated"), Fit::Middle),
    ];
    w.table(&columns, &rows);
    w.more(scan.entries.len().saturating_sub(MOST_ROWS));
}

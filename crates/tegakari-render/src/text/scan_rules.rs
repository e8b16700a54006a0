//! YARA rules in a scan: which matched where, what can be said of the others, and what they were not asked of.

use tegakari_model::{FileRuleFinding, FileRules, FindingKind};

use super::style::Paint;
use super::table::{Fit, column};
use super::writer::Writer;
use crate::format;
use crate::i18n::say;

/// Rules that are shown; the JSON has all.
const MOST_RULES: usize = 200;
/// Places told of a rule.
const MOST_PLACES: usize = 10;

/// Rules that matched.
pub(super) fn write_seen(rules: &FileRules, w: &mut Writer<'_>) {
    if rules.seen.is_empty() {
        return;
    }
    w.heading(w.words.get("scan.section_rules"));
    for one in rules.seen.iter().take(MOST_RULES) {
        write_one(one, w);
    }
    w.more(rules.seen.len().saturating_sub(MOST_RULES));
}

fn write_one(one: &FileRuleFinding, w: &mut Writer<'_>) {
    let rule = &one.rule;
    let line = say!(
        w.words,
        "scan.rule_line",
        name = rule.name,
        n = format::count(one.count)
    );
    w.painted(
        Paint::Strong,
        2,
        &format!("{} {line}", FindingKind::Seen.mark()),
    );
    w.painted(Paint::Quiet, 4, &w.words.file_rule(rule));
    if !rule.description.is_empty() {
        w.paragraph(4, &rule.description);
    }
    for reference in rule.references.iter().take(3) {
        w.painted(Paint::Quiet, 4, reference);
    }
    for place in one.matches.iter().take(MOST_PLACES) {
        w.paragraph(4, &place.place);
        let mut parts: Vec<String> = place
            .strings
            .iter()
            .map(|string| {
                let n = format::count(string.offset);
                let at = say!(w.words, "scan.offset", n = n);
                format!("{} {at}", string.name)
            })
            .collect();
        parts.extend(w.words.scanned_file(&place.file));
        let parts = parts.join(w.words.get("list.comma"));
        w.painted(Paint::Quiet, 6, &parts);
    }
    let told = one.matches.len().min(MOST_PLACES) as u64;
    w.more(usize::try_from(one.count.saturating_sub(told)).unwrap_or(usize::MAX));
}

/// What can be said of the rules that did not match.
pub(super) fn write_others(rules: &FileRules, w: &mut Writer<'_>) {
    let others = rules.rules.saturating_sub(rules.seen.len() as u64);
    if others > 0 {
        w.heading(w.words.get("scan.section_silent_rules"));
        let basis = rules.others.basis();
        let share = format::percent(basis.share());
        let row = vec![
            rules.others.kind().mark().to_owned(),
            say!(w.words, "scan.rules", n = format::count(others)),
            say!(w.words, "scan.share", share = share),
            w.words.scan_basis(basis),
        ];
        let columns = [
            column("", Fit::Keep),
            column("", Fit::Keep),
            column("", Fit::Keep),
            column("", Fit::Wrap),
        ];
        w.table(&columns, &[row]);
    }
    if rules.not_asked.is_empty() {
        return;
    }
    w.heading(w.words.get("scan.section_not_asked"));
    let rows: Vec<Vec<String>> = rules
        .not_asked
        .iter()
        .map(|one| {
            vec![
                w.words.not_asked_reason(one.reason).to_owned(),
                format::count(one.files),
                format::bytes(one.bytes),
                one.examples.first().cloned().unwrap_or_default(),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("head.why"), Fit::Wrap),
        column(w.words.get("head.files"), Fit::Right),
        column(w.words.get("head.size"), Fit::Right),
        column(w.words.get("head.example"), Fit::Middle),
    ];
    w.table(&columns, &rows);
}

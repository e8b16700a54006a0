//! Comma-separated lists (RFC 4180): what is blocked, and what was held back and why.
//!
//! Cells that a spreadsheet would take for a formula get an apostrophe in front (OWASP, "CSV
//! Injection"), which spreadsheets do not show. Values of addresses, domains, URLs and hashes never
//! start so.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use tegakari_model::{BlockEntry, Indicator, IndicatorRole, Objection, Scope, Timestamp};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::list::List;

/// `block.csv`
#[derive(Debug)]
pub(super) struct BlockCsv;

/// `held-back.csv`
#[derive(Debug)]
pub(super) struct HeldBackCsv;

const MEDIA_TYPE: &str = "text/csv; charset=utf-8; header=present";

impl ExportFormat for BlockCsv {
    form!(
        "csv",
        "block.csv",
        MEDIA_TYPE,
        General,
        Reissue,
        [*],
        "All entries with role, times and annotations (RFC 4180, safe to open in a spreadsheet)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let mut rows = Rows::new(
            out,
            &[
                "type",
                "value",
                "scope",
                "role",
                "labels",
                "valid_from",
                "valid_until",
                "expires",
                "annotations",
                "reports",
                "tlp",
            ],
        )?;
        // Ends of a million entries are a few days, and most name no report of their own.
        let mut ends: BTreeMap<Timestamp, String> = BTreeMap::new();
        let whole = all_reports(list.context);
        for entry in &list.entries {
            let indicator = &entry.indicator;
            let end: &str = match entry.expires {
                Some(end) => ends.entry(end).or_insert_with(|| end.to_string()),
                None => "",
            };
            rows.row(&[
                indicator.observable.kind().name(),
                indicator.observable.value(),
                scope_word(entry.scope),
                role_word(indicator.role),
                &indicator.labels.join("; "),
                &time(indicator.valid_from),
                &time(indicator.valid_until),
                end,
                &objections(&entry.annotations),
                &reports(indicator, &whole),
                list.context.tlp_of(indicator).map_or("", |tlp| tlp.label()),
            ])?;
        }
        rows.end()?;
        Ok(list.written())
    }

    fn fits(&self, _: &BlockEntry, _: &Context) -> Result<(), &'static str> {
        Ok(())
    }
}

impl ExportFormat for HeldBackCsv {
    form!(
        "held-back",
        "held-back.csv",
        MEDIA_TYPE,
        General,
        Reissue,
        [*],
        "What is not blocked and why, one objection a row (RFC 4180)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let mut rows = Rows::new(
            out,
            &[
                "type",
                "value",
                "role",
                "objection",
                "source",
                "matched",
                "reports",
                "tlp",
            ],
        )?;
        let whole = all_reports(list.context);
        for held in &list.plan.held_back {
            for objection in &held.objections {
                rows.row(&[
                    held.indicator.observable.kind().name(),
                    held.indicator.observable.value(),
                    role_word(held.indicator.role),
                    &word(&objection.kind),
                    &objection.source,
                    &objection.matched,
                    &reports(&held.indicator, &whole),
                    list.context
                        .tlp_of(&held.indicator)
                        .map_or("", |tlp| tlp.label()),
                ])?;
            }
        }
        rows.end()?;
        Ok(Written {
            entries: list.plan.held_back.len(),
            ..Written::default()
        })
    }
}

/// Rows of a table whose cells no spreadsheet calculates.
pub(crate) struct Rows<'a> {
    csv: csv::Writer<&'a mut dyn Write>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, head: &[&str]) -> io::Result<Self> {
        let mut csv = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(out);
        csv.write_record(head).map_err(of_csv)?;
        Ok(Self { csv })
    }

    pub(crate) fn row(&mut self, cells: &[&str]) -> io::Result<()> {
        for cell in cells {
            self.csv
                .write_field(safe(cell).as_bytes())
                .map_err(of_csv)?;
        }
        self.csv.write_record(None::<&[u8]>).map_err(of_csv)
    }

    pub(crate) fn end(mut self) -> io::Result<()> {
        self.csv.flush()
    }
}

/// The trouble of the file below, which tells a full disk from a reader that went away.
fn of_csv(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A cell that no spreadsheet calculates and that holds no character that cannot be seen.
fn safe(cell: &str) -> Cow<'_, str> {
    // Most are words and values that begin with a letter or digit.
    let visible = |b: u8| (b' '..0x7F).contains(&b);
    if cell.bytes().all(visible) && !cell.starts_with(|c: char| !c.is_ascii_alphanumeric()) {
        return Cow::Borrowed(cell);
    }
    let plain: String = cell
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    // Full-width forms count as well: some spreadsheets fold them.
    let formula = ['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠'];
    Cow::Owned(if plain.trim_start().starts_with(formula) {
        format!("'{plain}")
    } else {
        plain
    })
}

fn objections(list: &[Objection]) -> String {
    let shown: Vec<String> = list
        .iter()
        .map(|o| format!("{}: {} ({})", word(&o.kind), o.source, o.matched))
        .collect();
    shown.join("; ")
}

/// The reports that name it; those of the whole list when it does not say.
fn reports<'a>(indicator: &Indicator, whole: &'a str) -> Cow<'a, str> {
    if indicator.citations.is_empty() {
        return Cow::Borrowed(whole);
    }
    joined(indicator.citations.iter().map(|c| c.report.as_str())).into()
}

/// The reports of a list.
fn all_reports(context: &Context) -> String {
    joined(context.reports.iter().map(|id| id.as_str()))
}

fn joined<'i>(ids: impl Iterator<Item = &'i str>) -> String {
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids.join(" ")
}

/// [`word`] of a reach.
fn scope_word(scope: Scope) -> &'static str {
    match scope {
        Scope::Exact => "exact",
        Scope::Tree => "tree",
    }
}

/// [`word`] of a role.
fn role_word(role: IndicatorRole) -> &'static str {
    match role {
        IndicatorRole::C2 => "c2",
        IndicatorRole::Delivery => "delivery",
        IndicatorRole::Staging => "staging",
        IndicatorRole::Malware => "malware",
        IndicatorRole::Tool => "tool",
        IndicatorRole::Unknown => "unknown",
    }
}

pub(crate) fn time(time: Option<Timestamp>) -> String {
    time.map_or_else(String::new, |t| t.to_string())
}

/// The word that stands for a plain enum in JSON.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{role_word, safe, scope_word, word};
    use tegakari_model::{IndicatorRole as R, Scope};

    #[test]
    fn words_are_those_of_json() {
        for role in [
            R::C2,
            R::Delivery,
            R::Staging,
            R::Malware,
            R::Tool,
            R::Unknown,
        ] {
            assert_eq!(role_word(role), word(&role));
        }
        for scope in [Scope::Exact, Scope::Tree] {
            assert_eq!(scope_word(scope), word(&scope));
        }
    }

    #[test]
    fn a_spreadsheet_never_calculates_a_cell() {
        for (cell, want) in [
            ("=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"),
            ("  @SUM(1)", "'  @SUM(1)"),
            ("\t-1", "' -1"),
            ("a=1", "a=1"),
            ("a\r\nb", "a  b"),
        ] {
            assert_eq!(safe(cell), want);
        }
    }
}

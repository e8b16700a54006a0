//! Comma-separated lists (RFC 4180): what is blocked, and what was held back and why.
//!
//! Cells that a spreadsheet would take for a formula get an apostrophe in front (OWASP, "CSV
//! Injection"), which spreadsheets do not show. Values of addresses, domains, URLs and hashes never
//! start so.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, Indicator, Objection, ObservableKind as K, Timestamp};

use super::ExportFormat;
use crate::context::{Context, Written};

/// `block.csv`
#[derive(Debug)]
pub(super) struct BlockCsv;

/// `held-back.csv`
#[derive(Debug)]
pub(super) struct HeldBackCsv;

const MEDIA_TYPE: &str = "text/csv; charset=utf-8; header=present";

impl ExportFormat for BlockCsv {
    fn id(&self) -> &'static str {
        "csv"
    }

    fn about(&self) -> &'static str {
        "All entries with role, times and annotations (RFC 4180, safe to open in a spreadsheet)"
    }

    fn file_name(&self) -> &'static str {
        "block.csv"
    }

    fn media_type(&self) -> &'static str {
        MEDIA_TYPE
    }

    fn accepts(&self, _: K) -> bool {
        true
    }

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
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
        for entry in &plan.entries {
            let indicator = &entry.indicator;
            rows.row(&[
                indicator.observable.kind().name(),
                indicator.observable.value(),
                &word(&entry.scope),
                &word(&indicator.role),
                &indicator.labels.join("; "),
                &time(indicator.valid_from),
                &time(indicator.valid_until),
                &time(entry.expires),
                &objections(&entry.annotations),
                &reports(indicator, context),
                context.tlp.map_or("", |tlp| tlp.label()),
            ])?;
        }
        rows.end()?;
        Ok(Written {
            entries: plan.entries.len(),
            ..Written::default()
        })
    }
}

impl ExportFormat for HeldBackCsv {
    fn id(&self) -> &'static str {
        "held-back"
    }

    fn about(&self) -> &'static str {
        "What is not blocked and why, one objection a row (RFC 4180)"
    }

    fn file_name(&self) -> &'static str {
        "held-back.csv"
    }

    fn media_type(&self) -> &'static str {
        MEDIA_TYPE
    }

    fn accepts(&self, _: K) -> bool {
        true
    }

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
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
        for held in &plan.held_back {
            for objection in &held.objections {
                rows.row(&[
                    held.indicator.observable.kind().name(),
                    held.indicator.observable.value(),
                    &word(&held.indicator.role),
                    &word(&objection.kind),
                    &objection.source,
                    &objection.matched,
                    &reports(&held.indicator, context),
                    context.tlp.map_or("", |tlp| tlp.label()),
                ])?;
            }
        }
        rows.end()?;
        Ok(Written {
            entries: plan.held_back.len(),
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
        csv.write_record(head).map_err(io::Error::other)?;
        Ok(Self { csv })
    }

    pub(crate) fn row(&mut self, cells: &[&str]) -> io::Result<()> {
        let safe = cells.iter().map(|cell| safe(cell));
        self.csv.write_record(safe).map_err(io::Error::other)
    }

    pub(crate) fn end(mut self) -> io::Result<()> {
        self.csv.flush()
    }
}

/// A cell that no spreadsheet calculates and that holds no character that cannot be seen.
fn safe(cell: &str) -> String {
    let plain: String = cell
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    // Full-width forms count as well: some spreadsheets fold them.
    let formula = ['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠'];
    if plain.trim_start().starts_with(formula) {
        format!("'{plain}")
    } else {
        plain
    }
}

fn objections(list: &[Objection]) -> String {
    let shown: Vec<String> = list
        .iter()
        .map(|o| format!("{}: {} ({})", word(&o.kind), o.source, o.matched))
        .collect();
    shown.join("; ")
}

/// The reports that name it; those of the whole list when it does not say.
fn reports(indicator: &Indicator, context: &Context) -> String {
    let mut ids: Vec<&str> = indicator
        .citations
        .iter()
        .map(|c| c.report.as_str())
        .collect();
    if ids.is_empty() {
        ids = context.reports.iter().map(|id| id.as_str()).collect();
    }
    ids.sort_unstable();
    ids.dedup();
    ids.join(" ")
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
    use super::safe;

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

//! One row an indicator, with what our logs say of it.

use std::io;

use super::rows::{finding_word, rows};
use super::{Files, ShareFormat, Shared, Sharing};
use crate::formats::{Rows, time, word};

/// `--as csv`
#[derive(Debug)]
pub(super) struct CaseCsv;

const HEADER: [&str; 14] = [
    "type",
    "value",
    "role",
    "labels",
    "first_seen",
    "last_seen",
    "finding",
    "records",
    "seen_first",
    "seen_last",
    "visible_percent",
    "machines",
    "reports",
    "tlp",
];

impl ShareFormat for CaseCsv {
    fn id(&self) -> &'static str {
        "csv"
    }

    fn about(&self) -> &'static str {
        "One row an indicator with reports and findings (RFC 4180, safe to open in a spreadsheet)"
    }

    fn write(&self, sharing: &Sharing<'_>, files: &mut Files<'_>) -> io::Result<Shared> {
        let mut bytes = Vec::new();
        let mut out = Rows::new(&mut bytes, &HEADER)?;
        let all = rows(&sharing.case);
        for row in &all {
            let joined =
                |items: &mut dyn Iterator<Item = &str>| items.collect::<Vec<_>>().join("; ");
            out.row(&[
                row.observable.kind().name(),
                row.observable.value(),
                &word(&row.role),
                &joined(&mut row.labels.iter().map(String::as_str)),
                &time(row.first_seen),
                &time(row.last_seen),
                finding_word(row.finding),
                &row.finding
                    .map_or_else(String::new, |_| row.records.to_string()),
                &time(row.seen_first),
                &time(row.seen_last),
                &row.visible
                    .map_or_else(String::new, |v| format!("{:.0}", v * 100.0)),
                &joined(&mut row.machines.iter().map(String::as_str)),
                &joined(&mut row.reports.iter().map(tegakari_model::ReportId::as_str)),
                row.tlp.map_or("", |tlp| tlp.label()),
            ])?;
        }
        out.end()?;
        files("", &bytes)?;
        Ok(Shared {
            entries: all.len(),
            left_out: Vec::new(),
        })
    }
}

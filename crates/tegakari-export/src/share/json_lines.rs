//! One JSON object an indicator, with what our logs say of it.

use std::io;

use super::rows::rows;
use super::{Files, ShareFormat, Shared, Sharing};

/// `--as jsonl`
#[derive(Debug)]
pub(super) struct CaseLines;

impl ShareFormat for CaseLines {
    fn id(&self) -> &'static str {
        "jsonl"
    }

    fn about(&self) -> &'static str {
        "One JSON object an indicator with reports and findings"
    }

    fn write(&self, sharing: &Sharing<'_>, files: &mut Files<'_>) -> io::Result<Shared> {
        let mut bytes = Vec::new();
        let all = rows(&sharing.case);
        for row in &all {
            serde_json::to_writer(&mut bytes, row)?;
            bytes.push(b'\n');
        }
        files("", &bytes)?;
        Ok(Shared {
            entries: all.len(),
            left_out: Vec::new(),
        })
    }
}

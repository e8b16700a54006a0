//! Reports: open → read.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use tegakari_knowledge::Knowledge;
use tegakari_model::Report;
use tegakari_read::Document;

use crate::PipelineError;
use crate::load::load_document;

/// Reads every report, in the order given; the same document given twice is read once.
///
/// # Errors
/// When one of them cannot be opened, or the reader itself fails on one.
pub fn read_reports(paths: &[PathBuf]) -> Result<Vec<Report>, PipelineError> {
    let knowledge = Knowledge::embedded();
    let mut reports: Vec<Report> = Vec::new();
    for path in paths {
        let bytes = load_document(path)?;
        let name = path.to_string_lossy();
        let document = Document {
            name: &name,
            bytes: &bytes,
        };
        // The readers are made not to panic, but third-party parsers read hostile bytes here, and one
        // report must not take the others with it silently.
        let report = catch_unwind(AssertUnwindSafe(|| {
            tegakari_read::read(document, knowledge)
        }))
        .map_err(|_| PipelineError::Read {
            path: path.clone(),
            why: "its reader failed".to_owned(),
            hint: "this is a defect of tegakari: please report it with the file",
        })?;
        if !reports.iter().any(|known| known.id == report.id) {
            reports.push(report);
        }
    }
    Ok(reports)
}

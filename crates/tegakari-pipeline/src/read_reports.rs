//! Reports: open → read → correct → keep.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use tegakari_model::{Report, Timestamp};
use tegakari_read::Document;
use tegakari_store::Store;

use crate::load::load_document;
use crate::{PipelineError, corrections};

/// Reads every report, in the order given; the same document given twice is read once. With a store, what
/// people have said of a report is applied to it, and the report and its document are kept.
///
/// # Errors
/// When one of them cannot be opened, the reader itself fails on one, or one cannot be kept.
pub fn read_reports(
    paths: &[PathBuf],
    mut store: Option<&mut Store>,
) -> Result<Vec<Report>, PipelineError> {
    let mut reports: Vec<Report> = Vec::new();
    // All are read before any is kept: a path that does not exist changes nothing.
    let mut documents = Vec::new();
    for path in paths {
        let bytes = load_document(path)?;
        let mut report = read_one(path, &bytes)?;
        if reports.iter().any(|known| known.id == report.id) {
            continue;
        }
        if let Some(store) = &store {
            corrections::apply(store, &mut report)?;
            documents.push(bytes);
        }
        reports.push(report);
    }
    if let Some(store) = &mut store {
        for (report, bytes) in reports.iter().zip(documents) {
            store.save_report(report, Timestamp::now())?;
            store.keep_document(&report.id, &bytes)?;
        }
    }
    Ok(reports)
}

/// Reads one document.
pub(crate) fn read_one(path: &Path, bytes: &[u8]) -> Result<Report, PipelineError> {
    let name = path.to_string_lossy();
    let document = Document { name: &name, bytes };
    // The readers are made not to panic, but third-party parsers read hostile bytes here, and one
    // report must not take the others with it silently.
    catch_unwind(AssertUnwindSafe(|| {
        tegakari_read::read(document, crate::knowledge())
    }))
    .map_err(|_| PipelineError::Read {
        path: path.to_owned(),
        why: "its reader failed".to_owned(),
        hint: "this is a defect of tegakari: please report it with the file",
    })
}

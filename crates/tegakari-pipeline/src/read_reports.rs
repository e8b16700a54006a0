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
    store: Option<&mut Store>,
) -> Result<Vec<Report>, PipelineError> {
    // All are read before any is kept: a path that does not exist changes nothing.
    let mut documents = Vec::new();
    for path in paths {
        documents.extend(read_document(path)?);
    }
    keep(documents, store)
}

/// The same for as many of them as can be read, and why the others could not be.
///
/// # Errors
/// When one cannot be kept.
pub fn read_each(
    paths: &[PathBuf],
    store: Option<&mut Store>,
) -> Result<(Vec<Report>, Vec<PipelineError>), PipelineError> {
    let (mut documents, mut failed) = (Vec::new(), Vec::new());
    for path in paths {
        match read_document(path) {
            Ok(several) => documents.extend(several),
            Err(error) => failed.push(error),
        }
    }
    Ok((keep(documents, store)?, failed))
}

/// The reports of a document, each with the bytes that it was read from.
fn read_document(path: &Path) -> Result<Vec<(Report, Vec<u8>)>, PipelineError> {
    read_several(path, &load_document(path)?)
}

/// The reports in some bytes, each with those that it was read from.
pub(crate) fn read_several(
    path: &Path,
    bytes: &[u8],
) -> Result<Vec<(Report, Vec<u8>)>, PipelineError> {
    let name = path.to_string_lossy();
    let document = Document { name: &name, bytes };
    let parts = catch_unwind(AssertUnwindSafe(|| tegakari_read::several(document)));
    parts
        .map_err(|_| failed(path))?
        .into_iter()
        .map(|part| Ok((read_one(path, &part)?, part.into_owned())))
        .collect()
}

fn failed(path: &Path) -> PipelineError {
    PipelineError::Read {
        path: path.to_owned(),
        why: "its reader failed".to_owned(),
        hint: "this is a defect of tegakari: please report it with the file",
    }
}

/// Corrects and keeps the reports, each once.
pub(crate) fn keep(
    documents: Vec<(Report, Vec<u8>)>,
    mut store: Option<&mut Store>,
) -> Result<Vec<Report>, PipelineError> {
    let mut reports: Vec<Report> = Vec::new();
    for (mut report, bytes) in documents {
        if reports.iter().any(|known| known.id == report.id) {
            continue;
        }
        if let Some(store) = &mut store {
            corrections::apply(store, &mut report)?;
            store.save_report(&report, Timestamp::now())?;
            store.keep_document(&report.id, &bytes)?;
        }
        reports.push(report);
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
    .map_err(|_| failed(path))
}

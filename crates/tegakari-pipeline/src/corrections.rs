//! What a person says against what was read: kept, applied, and exported as labelled documents.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;
use serde_json::json;
use tegakari_model::{
    Correction, Disposition, Observable, ObservableKind, Report, ReportId, Ruling, TargetKind,
    Timestamp,
};
use tegakari_read::labels::{role, type_name};
use tegakari_store::{Store, StoredId};

use crate::read_reports::read_one;
use crate::stored::find;
use crate::{PipelineError, as_value, write_atomically};

/// Applies to a report, as read, what people have said of it.
pub(crate) fn apply(store: &Store, report: &mut Report) -> Result<(), PipelineError> {
    let made = store.corrections(Some(&report.id))?;
    if !made.is_empty() {
        tegakari_read::correct(report, &made, crate::knowledge());
    }
    Ok(())
}

/// The stored report with this id (or beginning of one).
///
/// # Errors
/// When there is none.
pub fn stored_report(store: &Store, typed: &str) -> Result<Report, PipelineError> {
    let not_one = || {
        PipelineError::NotKnown(format!(
            "{typed} is not a report; reports begin with R-, as `tegakari read REPORT` prints them"
        ))
    };
    let StoredId::Report(id) = find(store, typed)? else {
        return Err(not_one());
    };
    store.report(&id)?.ok_or_else(not_one)
}

/// The value a person means, as the report has it or else as it is read by itself.
///
/// # Errors
/// When it is no value, or not one of the kind that is given.
pub fn value_meant(
    report: &Report,
    typed: &str,
    kind: Option<ObservableKind>,
) -> Result<Observable, PipelineError> {
    let typed = typed.trim();
    if let Some(kind) = kind {
        return Observable::new(kind, typed)
            .map_err(|error| PipelineError::NotKnown(error.to_string()));
    }
    let same = |observable: &Observable| {
        observable.value() == typed
            || Observable::new(observable.kind(), typed).is_ok_and(|o| o == *observable)
    };
    let read = report.mentions.iter().map(|m| &m.observable);
    if let Some(found) = read.into_iter().find(|o| same(o)) {
        return Ok(found.clone());
    }
    as_value(typed, crate::knowledge()).ok_or_else(|| {
        PipelineError::NotKnown(format!(
            "{typed} is not in the report and is no value by itself; say what it is with --kind"
        ))
    })
}

/// Keeps corrections of one report and reads it again with them.
///
/// # Errors
/// When the database cannot be written, when the reason is blank, or when something is taken back that was never said, or
/// of a report whose document was not kept. Nothing is kept then.
pub fn correct(
    store: &mut Store,
    report: Report,
    rulings: Vec<Ruling>,
    withdrawn: bool,
    why: Option<&str>,
) -> Result<Report, PipelineError> {
    let id = report.id.clone();
    if why.is_some_and(|why| why.trim().is_empty()) {
        return Err(PipelineError::NotKnown(
            "the reason is empty; say with --why what speaks for it, or leave --why out".to_owned(),
        ));
    }
    if withdrawn {
        let made = store.corrections(Some(&id))?;
        let holding = Correction::in_force(&made);
        let is_said = |ruling: &Ruling| holding.iter().any(|h| h.ruling.same_subject(ruling));
        if let Some(unsaid) = rulings.iter().find(|ruling| !is_said(ruling)) {
            return Err(PipelineError::NotKnown(format!(
                "there is nothing to withdraw: no correction of {id} holds that is about {}; see those that hold with `tegakari corrections {id}`",
                subject(unsaid)
            )));
        }
    }
    let document = store.document(&id)?;
    if withdrawn && document.is_none() {
        return Err(PipelineError::NotKnown(format!(
            "the document of {id} was not kept, so it cannot be read again; read it once more with `tegakari read {}`",
            report.source.name
        )));
    }
    let at = Timestamp::now();
    for ruling in rulings {
        store.add_correction(&Correction {
            report: id.clone(),
            ruling,
            withdrawn,
            why: why.map(str::to_owned),
            at,
        })?;
    }
    let mut again = match document {
        Some(bytes) => read_one(Path::new(&report.source.name), &bytes)?,
        None => report,
    };
    apply(store, &mut again)?;
    store.save_report(&again, at)?;
    Ok(again)
}

/// What a ruling is about, for a message.
fn subject(ruling: &Ruling) -> String {
    match ruling {
        Ruling::Value { observable, .. } => observable.value().to_owned(),
        Ruling::Technique { id, .. } => id.as_str().to_owned(),
        Ruling::Name { name, .. } => format!("the name {name:?}"),
        Ruling::Target { target, .. } => match target {
            TargetKind::Country(country) => format!("the country {}", country.code()),
            TargetKind::Sector(sector) => format!("the sector {}", sector.name()),
        },
        Ruling::OneFile { values } => {
            let values: Vec<&str> = values.iter().map(Observable::value).collect();
            format!("one file of {}", values.join(", "))
        }
    }
}

/// A labelled document that was written.
#[derive(Debug, Serialize)]
pub struct WrittenCase {
    /// The report.
    pub report: ReportId,
    /// Its document's name in the folder.
    pub document: String,
    /// How many corrections its labels hold.
    pub corrections: usize,
}

/// Writes every corrected report (or those with these ids) into a folder as a document and a line of
/// `labels.jsonl`, in the form that `cargo xtask score-reader DIR` takes. What a person corrected counts;
/// everything else that was read is `ambiguous` and counts neither way.
///
/// # Errors
/// When nothing is corrected, or the folder cannot be written.
pub fn export_cases(
    store: &Store,
    only: &[String],
    folder: &Path,
) -> Result<(Vec<WrittenCase>, Vec<ReportId>), PipelineError> {
    let mut wanted = BTreeSet::new();
    for typed in only {
        wanted.insert(stored_report(store, typed)?.id);
    }
    if only.is_empty() {
        wanted.extend(store.corrections(None)?.into_iter().map(|c| c.report));
    }
    let (mut written, mut without) = (Vec::new(), Vec::new());
    let mut labels = String::new();
    for id in wanted {
        let made = store.corrections(Some(&id))?;
        let holding = Correction::in_force(&made);
        let Some(report) = store.report(&id)?.filter(|_| !holding.is_empty()) else {
            continue;
        };
        let Some(bytes) = store.document(&id)? else {
            without.push(id);
            continue;
        };
        let document = file_name(&report);
        write_atomically(&folder.join(&document), |out| out.write_all(&bytes))?;
        labels.push_str(&label(&document, &report, &holding).to_string());
        labels.push('\n');
        written.push(WrittenCase {
            report: id,
            document,
            corrections: holding.len(),
        });
    }
    if written.is_empty() {
        return Err(PipelineError::NothingToLookFor(if without.is_empty() {
            "nothing has been corrected yet; see `tegakari correct --help`".to_owned()
        } else {
            "the documents of the corrected reports were not kept; read them once more with `tegakari read`".to_owned()
        }));
    }
    write_atomically(&folder.join("labels.jsonl"), |out| {
        out.write_all(labels.as_bytes())
    })?;
    Ok((written, without))
}

/// The report's id and the plain letters of its document's name: nothing a document is called leads out of the folder.
fn file_name(report: &Report) -> String {
    let name = report.source.name.rsplit(['/', '\\']).next();
    let plain: String = name
        .unwrap_or_default()
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .take(80)
        .collect();
    format!("{}-{}", report.id, plain.trim_matches(['.', '-']))
}

fn label(document: &str, report: &Report, holding: &[&Correction]) -> serde_json::Value {
    let format = report.source.format.as_str();
    let mut types = BTreeSet::new();
    let mut indicators = Vec::new();
    let mut ruled = BTreeSet::new();
    let (mut files, mut names) = (Vec::new(), Vec::new());
    for correction in holding {
        match &correction.ruling {
            Ruling::Value {
                observable,
                meaning,
            } => {
                let kind = type_name(format, observable);
                types.insert(kind);
                ruled.insert(observable);
                // What is no value has no label: to read it is an error.
                let Some(meaning) = meaning else { continue };
                let role = match meaning.disposition {
                    Disposition::Unsure => "ambiguous",
                    other => role(other),
                };
                indicators.push(json!({"type": kind, "value": observable.value(), "role": role, "note": correction.why}));
            }
            Ruling::Technique { id, told } => {
                types.insert("attack");
                if *told {
                    indicators.push(json!({"type": "attack", "value": id.as_str(), "role": "ioc", "note": correction.why}));
                }
            }
            Ruling::OneFile { values } => {
                let of = |kind| values.iter().filter(move |v| v.kind() == kind);
                let first = |kind| of(kind).map(Observable::value).next();
                let all = |kind| of(kind).map(Observable::value).collect::<Vec<_>>();
                files.push(json!({
                    "md5": first(ObservableKind::Md5), "sha1": first(ObservableKind::Sha1),
                    "sha256": first(ObservableKind::Sha256), "names": all(ObservableKind::FileName),
                    "detections": all(ObservableKind::DetectionName),
                }));
            }
            // Labelled documents have no victims.
            Ruling::Target { .. } => {}
            Ruling::Name { name, kind } => names.push(json!({"name": name, "kind": kind})),
        }
    }
    for mention in &report.mentions {
        if !ruled.contains(&mention.observable) {
            let value = mention.written.as_deref();
            let value = value.unwrap_or(mention.observable.value());
            let kind = type_name(format, &mention.observable);
            indicators.push(json!({"type": kind, "value": value, "role": "ambiguous"}));
        }
    }
    json!({
        "doc": document, "lang": report.language, "format": format, "scored_types": types,
        "indicators": indicators, "files": files, "entities": names,
    })
}

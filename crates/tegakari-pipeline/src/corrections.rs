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
use tegakari_read::{Document, contents};
use tegakari_render::escape::{is_blank, is_unseen};
use tegakari_render::told;
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
    let not_one = || PipelineError::from(told::no_report(typed));
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
        if is_blank(typed) {
            told::value_blank().into()
        } else {
            told::no_value(typed).into()
        }
    })
}

/// What a person says of a report.
#[derive(Debug, Clone, Default)]
pub struct CorrectionRequest {
    /// What it is about, and what that means.
    pub rulings: Vec<Ruling>,
    /// It is taken back.
    pub withdrawn: bool,
    /// Why.
    pub why: Option<String>,
    /// Said of a value that the text need not have, as in a picture.
    pub unseen: bool,
}

/// Keeps corrections of one report and reads it again with them.
///
/// # Errors
/// When the database cannot be written, when the reason is blank, when it is about something that the report does not
/// have, or when something is taken back that was never said, or of a report whose document was not kept. Nothing is kept
/// then.
pub fn correct(
    store: &mut Store,
    report: Report,
    request: CorrectionRequest,
) -> Result<Report, PipelineError> {
    let CorrectionRequest {
        rulings,
        withdrawn,
        why,
        unseen,
    } = request;
    let id = report.id.clone();
    if why.as_deref().is_some_and(is_blank) {
        return Err(told::reason_blank().into());
    }
    let made = store.corrections(Some(&id))?;
    let holding = Correction::in_force(&made);
    let is_said = |ruling: &Ruling| holding.iter().any(|h| h.ruling.same_subject(ruling));
    if withdrawn && let Some(unsaid) = rulings.iter().find(|ruling| !is_said(ruling)) {
        return Err(told::nothing_to_withdraw(id.as_str(), subject(unsaid)).into());
    }
    let document = store.document(&id)?;
    if withdrawn && document.is_none() {
        return Err(told::document_not_kept(id.as_str(), report.source.name).into());
    }
    let news = rulings.iter().filter(|ruling| !is_said(ruling));
    let news: Vec<&Ruling> = news.collect();
    if !withdrawn && !news.is_empty() {
        let text = document.as_deref().map(|bytes| Text::of(&report, bytes));
        for ruling in news {
            check(ruling, &report, text.as_ref().filter(|_| !unseen))?;
        }
    }
    let at = Timestamp::now();
    for ruling in rulings {
        store.add_correction(&Correction {
            report: id.clone(),
            ruling,
            withdrawn,
            why: why.clone(),
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

/// The text of a document, without what keeps values from being clicked, blanks and case.
struct Text(String);

impl Text {
    fn of(report: &Report, bytes: &[u8]) -> Self {
        let name = report.source.name.as_str();
        let content = contents(Document { name, bytes });
        let mut text = String::new();
        for block in &content.blocks {
            text.push_str(&plain(&block.text));
            for link in &block.links {
                text.push_str(&plain(&link.target));
            }
            text.push('\n');
        }
        Self(text)
    }

    fn has(&self, what: &str) -> bool {
        self.0.contains(&plain(what))
    }
}

fn plain(text: &str) -> String {
    let letters = text
        .chars()
        .filter(|c| !c.is_whitespace() && !is_unseen(*c) && !"[](){}\\".contains(*c));
    let lower: String = letters.flat_map(char::to_lowercase).collect();
    lower.replace("hxxp", "http").replace("dot", ".")
}

/// Refuses what is said of something that the report does not have. Without its text only what was read is known; then
/// what may have been missed is taken.
fn check(ruling: &Ruling, report: &Report, text: Option<&Text>) -> Result<(), PipelineError> {
    let is_missing = |what: &str| text.is_some_and(|text| !text.has(what));
    match ruling {
        Ruling::Value { observable, .. } => check_value(observable, report, text),
        Ruling::OneFile { values } => values
            .iter()
            .try_for_each(|value| check_value(value, report, text)),
        Ruling::Technique { id, told: true } => {
            if crate::knowledge().resolve_technique(id).is_none() {
                return Err(told::no_such_technique(id.as_str()).into());
            }
            Ok(())
        }
        Ruling::Technique { id, told: false } => {
            if report.techniques.iter().any(|t| t.id == *id) {
                return Ok(());
            }
            let ids = report.techniques.iter().map(|t| t.id.as_str());
            let near = near(id.as_str(), ids);
            Err(not_in_report(id.as_str(), report, near))
        }
        Ruling::Name { name, .. } => {
            let names = || report.names.iter().map(|n| n.text.as_str());
            if names().any(|n| n == name) || !is_missing(name) {
                return Ok(());
            }
            Err(not_in_report(name, report, near(name, names())))
        }
        Ruling::Target {
            target,
            attacked: false,
        } if report.targets.iter().all(|t| t.target != *target) => {
            Err(not_in_report(&subject(ruling), report, Vec::new()))
        }
        Ruling::Target { .. } => Ok(()),
    }
}

fn check_value(
    observable: &Observable,
    report: &Report,
    text: Option<&Text>,
) -> Result<(), PipelineError> {
    let Some(text) = text else { return Ok(()) };
    let read = || report.mentions.iter().map(|m| &m.observable);
    let bare = observable.value();
    let unschemed = bare.split_once("://").map_or(bare, |(_, rest)| rest);
    if read().any(|known| known == observable) || text.has(bare) || text.has(unschemed) {
        return Ok(());
    }
    let near = near(bare, read().map(Observable::value));
    Err(not_in_report(bare, report, near))
}

fn not_in_report(what: &str, report: &Report, near: Vec<String>) -> PipelineError {
    let id = report.id.as_str();
    if near.is_empty() {
        told::not_in_report(what, id).into()
    } else {
        told::near_in_report(what, id, near).into()
    }
}

/// Most things that are compared, and that are offered.
const MOST_COMPARED: usize = 10_000;
const MOST_NEAR: usize = 3;

/// What differs from a text by at most two letters, the nearest first.
fn near<'a>(what: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted: Vec<char> = what.to_lowercase().chars().collect();
    let mut found: Vec<(usize, &str)> = known
        .take(MOST_COMPARED)
        .filter_map(|one| {
            let letters: Vec<char> = one.to_lowercase().chars().collect();
            let apart = distance(&wanted, &letters);
            (apart <= 2).then_some((apart, one))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    let found = found.into_iter().take(MOST_NEAR);
    found.map(|(_, one)| one.to_owned()).collect()
}

/// How many letters have to be put in, taken out or changed; any number above 2 for more than that.
fn distance(a: &[char], b: &[char]) -> usize {
    if a.len().abs_diff(b.len()) > 2 {
        return 3;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for ((y, above), left_above) in b.iter().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or(0);
            let changed = left_above + usize::from(x != y);
            next.push(changed.min(left + 1).min(above + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
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

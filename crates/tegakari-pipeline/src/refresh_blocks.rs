//! Lists that are kept up to date: only what changed is written again, and it is told what came and went, and why.
//!
//! A folder of lists holds a record of what is on them (`lists.json`). The next run compares it with the new plan. A list
//! whose content is the same but for the day it was made keeps its bytes, so that whoever fetches it sees no change.
//! Lists whose entries live from loading are written anew every time, because loading an old one again would start their
//! lives again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use tegakari_export::Context;
use tegakari_export::formats::{Expiry, ExportFormat};
use tegakari_model::{BlockPlan, HuntId, Observable, ObservableKind, Problem, Timestamp};
use tegakari_render::{BlockChange, ChangeReason, WrittenFile};

use crate::write_blocks::{context, told, wanted};
use crate::{BlockRequest, PipelineError, write_atomically};

/// Name of the record in a folder of lists.
const RECORD: &str = "lists.json";

/// What the record says it is.
const SCHEMA: &str = "tegakari/block-lists/1";

/// What is on the lists of a folder.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    schema: String,
    /// When each list was made, by id of its format; `None` where it does not say.
    lists: BTreeMap<String, Option<Timestamp>>,
    /// Values by name of their kind, sorted.
    entries: BTreeMap<String, Vec<String>>,
    /// What else held entries back.
    #[serde(default)]
    made_with: MadeWith,
}

/// What a user gave that holds entries back, so that the next refresh holds the same back. Of files only the place is
/// kept: they are read again, and what is added to them counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeWith {
    /// The inventory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory: Option<String>,
    /// The hunt whose logs showed machines of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hunt: Option<HuntId>,
    /// Allowed values, as they were typed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// Allow-lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_lists: Vec<String>,
}

impl MadeWith {
    /// The place of a file, for runs that begin in another folder.
    pub fn place(path: &Path) -> String {
        std::path::absolute(path)
            .unwrap_or_else(|_| path.to_owned())
            .to_string_lossy()
            .into_owned()
    }
}

/// What the lists of a folder were made with.
pub fn made_with(folder: &Path) -> MadeWith {
    read_record(folder)
        .ok()
        .flatten()
        .map(|record| record.made_with)
        .unwrap_or_default()
}

/// What a refresh did.
#[derive(Debug, Default)]
pub struct Refreshed {
    /// Lists that were written.
    pub written: Vec<WrittenFile>,
    /// Lists that were left as they are, by id of their format.
    pub unchanged: Vec<String>,
    /// Entries that are new, sorted.
    pub added: Vec<BlockChange>,
    /// Entries that are gone, sorted.
    pub removed: Vec<BlockChange>,
    /// What lists could not take, and a record that could not be read.
    pub problems: Vec<Problem>,
}

/// The formats that a folder holds lists of; empty when it has no record.
pub fn listed_formats(folder: &Path) -> Vec<String> {
    read_record(folder)
        .ok()
        .flatten()
        .map(|record| record.lists.into_keys().collect())
        .unwrap_or_default()
}

/// Writes the lists of `request`; with `only_changed`, those that are not as they should be.
///
/// # Errors
/// When a file cannot be written. Lists that were written before stay whole, and the next run goes on.
pub fn refresh_blocks(
    request: &BlockRequest<'_>,
    folder: &Path,
    only_changed: bool,
) -> Result<Refreshed, PipelineError> {
    let mut done = Refreshed::default();
    let old = match read_record(folder) {
        Ok(record) => record.unwrap_or_default(),
        Err(why) => {
            done.problems.push(Problem::new(
                folder.join(RECORD).to_string_lossy(),
                format!("the record of the last lists cannot be read: {why}"),
                "every list is written anew; if they were made with an inventory or an allow-list, give it again",
            ));
            Record::default()
        }
    };
    (done.added, done.removed) = changes(&old, request.plan);
    let mut lists = BTreeMap::new();
    for format in wanted(request.formats) {
        let path = folder.join(format.file_name());
        let known = old.lists.get(format.id()).copied();
        if only_changed
            && let Some(made) = known
            && format.expiry() != Expiry::Lifetime
            && is_same(format, request, made, &path)
        {
            done.unchanged.push(format.id().to_owned());
            lists.insert(format.id().to_owned(), made);
            continue;
        }
        let context = context(request);
        let written = write_atomically(&path, |out| format.write(request.plan, &context, out))?;
        let file = told(&path, format, &written, &mut done.problems);
        done.written.push(file);
        lists.insert(format.id().to_owned(), context.made);
    }
    // Lists of other formats in the folder are not ours to forget.
    for (id, made) in old.lists {
        lists.entry(id).or_insert(made);
    }
    write_record(folder, lists, request)?;
    Ok(done)
}

/// Writes what is on the lists of a folder, for the next run to compare with.
pub(crate) fn write_record(
    folder: &Path,
    lists: BTreeMap<String, Option<Timestamp>>,
    request: &BlockRequest<'_>,
) -> Result<(), PipelineError> {
    let mut entries: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in &request.plan.entries {
        let observable = &entry.indicator.observable;
        entries
            .entry(observable.kind().name().to_owned())
            .or_default()
            .push(observable.value().to_owned());
    }
    let record = Record {
        schema: SCHEMA.to_owned(),
        lists,
        entries,
        made_with: request.settings.made_with.clone(),
    };
    write_atomically(&folder.join(RECORD), |out| {
        serde_json::to_writer(&mut *out, &record)?;
        out.write_all(b"\n")
    })
}

/// `None` without a record.
fn read_record(folder: &Path) -> Result<Option<Record>, String> {
    let bytes = match std::fs::read(folder.join(RECORD)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let record: Record = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    if record.schema != SCHEMA {
        return Err("it is of another version".to_owned());
    }
    Ok(Some(record))
}

/// What came and what went, each with the reason.
fn changes(old: &Record, plan: &BlockPlan) -> (Vec<BlockChange>, Vec<BlockChange>) {
    let before: BTreeSet<(&str, &str)> = old
        .entries
        .iter()
        .flat_map(|(kind, values)| values.iter().map(move |v| (kind.as_str(), v.as_str())))
        .collect();
    let key =
        |observable: &'_ Observable| (observable.kind().name(), observable.value().to_owned());
    let mut added = Vec::new();
    let mut now = BTreeSet::new();
    for entry in &plan.entries {
        let observable = &entry.indicator.observable;
        now.insert(key(observable));
        if before.contains(&(observable.kind().name(), observable.value())) {
            continue;
        }
        let mut reports: Vec<String> = entry
            .indicator
            .citations
            .iter()
            .map(|c| c.report.to_string())
            .collect();
        reports.sort();
        reports.dedup();
        added.push(BlockChange {
            observable: observable.clone(),
            why: ChangeReason::New { reports },
        });
    }
    let held: BTreeMap<_, _> = plan
        .held_back
        .iter()
        .map(|held| (key(&held.indicator.observable), &held.objections))
        .collect();
    let mut removed = Vec::new();
    for (name, value) in before {
        let Some(kind) = ObservableKind::ALL.into_iter().find(|k| k.name() == name) else {
            continue;
        };
        // What is not canonical was never written by this program.
        let Ok(observable) = Observable::new(kind, value) else {
            continue;
        };
        if now.contains(&key(&observable)) {
            continue;
        }
        let why = held
            .get(&key(&observable))
            .map_or(ChangeReason::Gone, |objections| ChangeReason::HeldBack {
                objections: objections.to_vec(),
            });
        removed.push(BlockChange { observable, why });
    }
    added.sort_by(|a, b| a.observable.cmp(&b.observable));
    removed.sort_by(|a, b| a.observable.cmp(&b.observable));
    (added, removed)
}

/// Whether the list, made on the day the old one was, would be the old one byte for byte.
fn is_same(
    format: &dyn ExportFormat,
    request: &BlockRequest<'_>,
    made: Option<Timestamp>,
    path: &Path,
) -> bool {
    let Ok(bytes) = std::fs::read(path) else {
        return false;
    };
    let mut settings = request.settings.clone();
    settings.made = made;
    let then: Context = context(&BlockRequest {
        plan: request.plan,
        reports: request.reports,
        formats: request.formats,
        program: request.program,
        settings,
    });
    let mut compared = Compared { rest: &bytes };
    format.write(request.plan, &then, &mut compared).is_ok() && compared.rest.is_empty()
}

/// Takes only the bytes that are expected, in order.
struct Compared<'a> {
    rest: &'a [u8],
}

impl Write for Compared<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest = self
            .rest
            .strip_prefix(bytes)
            .ok_or_else(|| io::Error::other("the list has changed"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

//! A user's own sources: where they are kept, put there and taken away.
//!
//! Beside the compiled knowledge (`knowledge.bin`) lies `knowledge.own`, with a folder for each source: the files as they
//! were given, what is known about them (`source.json`), and their compiled form. So they stay when the publishers' knowledge
//! is renewed or given up, and can be read again by a later version of the program.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tegakari_knowledge::own::{OwnFile, own_id, read_own};
use tegakari_knowledge::{Knowledge, OWN, sources};
use tegakari_model::Problem;

use crate::{PipelineError, load};

/// Most files of one source.
const MOST_FILES: usize = 1000;
/// No name of a source has more letters.
const LONGEST_NAME: usize = 100;

/// A source that was taken in.
#[derive(Debug, Serialize)]
pub struct ImportedSource {
    /// Its id (`own:my-cert`).
    pub id: String,
    /// Its name.
    pub title: String,
    /// The day it is of; may be empty.
    pub date: String,
    /// What was read: label and number.
    pub counts: Vec<(String, u64)>,
    /// Whether it takes the place of an earlier one of the name.
    pub replaced: bool,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    id: String,
    title: String,
    /// As stated by the user; without it the files say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    files: Vec<String>,
}

/// Where own sources lie beside a compiled knowledge file.
fn folder(knowledge: &Path) -> PathBuf {
    knowledge.with_extension("own")
}

/// Whether there are own sources beside a compiled knowledge file.
pub fn has_own_sources(knowledge: &Path) -> bool {
    fs::read_dir(folder(knowledge)).is_ok_and(|mut entries| entries.next().is_some())
}

/// Takes files in as one source called `name`, in the place of an earlier one of that name. `in_use` is what is known
/// beside it.
///
/// # Errors
/// When the name cannot be a source's or is too much like another one's, a file cannot be opened, nothing in them could be
/// read, or the folder cannot be written.
pub fn import_own(
    knowledge: &Path,
    name: &str,
    date: Option<&str>,
    paths: &[PathBuf],
    in_use: &Knowledge,
) -> Result<ImportedSource, PipelineError> {
    if paths.len() > MOST_FILES {
        return Err(PipelineError::NotKnown(format!(
            "{} files are more than the {MOST_FILES} that a source may have; join them or import them under several names",
            paths.len()
        )));
    }
    let name = name.trim();
    let home = folder(knowledge);
    check_name(name, &home)?;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for path in paths {
        let shown = path.file_name().map_or_else(
            || path.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        );
        files.push((shown, load(path)?));
    }
    let given: Vec<OwnFile<'_>> = files
        .iter()
        .map(|(name, bytes)| OwnFile { name, bytes })
        .collect();
    let read = read_own(name, date, &given, in_use)
        .map_err(|error| PipelineError::NotKnown(error.to_string()))?;
    let writing = |error: std::io::Error| PipelineError::writing(&home, &error);
    fs::create_dir_all(&home).map_err(writing)?;
    let fresh = tempfile::Builder::new()
        .prefix(".new-")
        .tempdir_in(&home)
        .map_err(writing)?;
    let mut names = Vec::new();
    for (number, (name, bytes)) in files.iter().enumerate() {
        let plain: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "._-".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .take(100)
            .collect();
        let plain = format!("{number:03}-{plain}");
        fs::write(fresh.path().join(&plain), bytes).map_err(writing)?;
        names.push(plain);
    }
    let kept = Kept {
        id: read.id.clone(),
        title: read.facts.title.clone(),
        date: date.map(str::to_owned),
        files: names,
    };
    let about = serde_json::to_vec_pretty(&kept).unwrap_or_default();
    fs::write(fresh.path().join("source.json"), about).map_err(writing)?;
    fs::write(fresh.path().join("compiled.bin"), &read.compiled).map_err(writing)?;
    let place = home.join(slug(&read.id));
    let replaced = place.exists();
    let old = home.join(format!(".old-{}", slug(&read.id)));
    let _ = fs::remove_dir_all(&old);
    if replaced {
        fs::rename(&place, &old).map_err(writing)?;
    }
    let fresh = fresh.keep();
    if let Err(error) = fs::rename(&fresh, &place) {
        if replaced {
            let _ = fs::rename(&old, &place);
        }
        let _ = fs::remove_dir_all(&fresh);
        return Err(writing(error));
    }
    let _ = fs::remove_dir_all(&old);
    Ok(ImportedSource {
        id: read.id,
        title: read.facts.title,
        date: read.facts.date,
        counts: read.facts.counts,
        replaced,
        problems: read.problems,
    })
}

/// Whether a new source may be called so: what is shown stays what the user wrote, and no source passes for another.
fn check_name(name: &str, home: &Path) -> Result<(), PipelineError> {
    let refused = |why: String| Err(PipelineError::NotKnown(why));
    let letters = name.chars().count();
    if letters > LONGEST_NAME {
        return refused(format!(
            "the name of the source has {letters} letters, more than {LONGEST_NAME}; give a shorter one with --name"
        ));
    }
    if name.chars().any(char::is_control) {
        return refused(format!(
            "the name of the source, {name:?}, has control characters; give one without with --name"
        ));
    }
    if let Some(theirs) = publishers_name(name) {
        return refused(format!(
            "{name:?} is the name of the publishers' source {theirs:?}, which an own source must not pass for; give another with --name"
        ));
    }
    let id = own_id(name);
    let mut kept = kept(home).into_iter().map(|(_, kept)| kept);
    let other = kept.find(|kept| kept.id == id && kept.title != name);
    match other {
        None => Ok(()),
        Some(other) => refused(format!(
            "the name {name:?} gives the id {id}, which the source {:?} has already; give --name {:?} to replace that one, or a name with other letters or digits",
            other.title, other.title
        )),
    }
}

/// The title of the publishers' source that a name stands for: by its title, its id, or `MITRE ATT&CK` for all its domains.
fn publishers_name(name: &str) -> Option<&'static str> {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(name);
    if wanted.is_empty() {
        return None;
    }
    let is_it = |known: &str| plain(known) == wanted;
    let found = sources::ALL
        .iter()
        .find(|source| is_it(source.title()) || is_it(source.id()) || is_it(source.records()));
    let attack = || {
        ["MITRE ATT&CK", "ATT&CK"]
            .into_iter()
            .find(|known| is_it(known))
    };
    found.map(|source| source.title()).or_else(attack)
}

/// Takes an own source away, by its id or name. Gives its id.
///
/// # Errors
/// When there is none such, or it cannot be removed.
pub fn remove_own(knowledge: &Path, what: &str) -> Result<String, PipelineError> {
    let what = what.trim();
    let home = folder(knowledge);
    let all = kept(&home);
    let wanted = own_id(what);
    let found = all
        .iter()
        .find(|(_, k)| k.id == what || k.title == what || k.id == wanted);
    let Some((place, kept)) = found else {
        let ids: Vec<&str> = all.iter().map(|(_, k)| k.id.as_str()).collect();
        let there = if ids.is_empty() {
            "there are none; publishers' sources are given up with `knowledge reset`".to_owned()
        } else {
            format!("there are {}", ids.join(", "))
        };
        return Err(PipelineError::NotKnown(format!(
            "no own source is called {what:?}: {there}"
        )));
    };
    // Out of sight at once, whatever happens on the way.
    let gone = home.join(format!(".old-{}", slug(&kept.id)));
    let _ = fs::remove_dir_all(&gone);
    fs::rename(place, &gone)
        .and_then(|()| fs::remove_dir_all(&gone))
        .map_err(|error| PipelineError::writing(place, &error))?;
    Ok(kept.id.clone())
}

fn slug(id: &str) -> &str {
    id.strip_prefix(OWN).unwrap_or(id)
}

/// The sources that are kept, in order of id. What is no source is passed over.
fn kept(home: &Path) -> Vec<(PathBuf, Kept)> {
    let mut out: Vec<(PathBuf, Kept)> = Vec::new();
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let about = fs::read(path.join("source.json")).ok();
        if let Some(kept) = about.and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok()) {
            out.push((path, kept));
        }
    }
    out.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    out
}

/// The compiled forms of all own sources. One that a version of the program with another layout wrote is read again from
/// its files; one that cannot be read is left out, with a problem.
pub(crate) fn compiled(knowledge: &Path, base: &[u8]) -> (Vec<Vec<u8>>, Vec<Problem>) {
    let (mut out, mut problems) = (Vec::new(), Vec::new());
    for (place, kept) in kept(&folder(knowledge)) {
        let stored = fs::read(place.join("compiled.bin")).ok();
        let stored = stored.filter(|bytes| Knowledge::decode(bytes).is_ok());
        match stored.map_or_else(|| again(&place, &kept, base), Ok) {
            Ok(bytes) => out.push(bytes),
            Err(why) => problems.push(Problem::new(
                place.display().to_string(),
                format!("the own source {:?} cannot be used: {why}", kept.title),
                "import its files again, or `tegakari knowledge remove` it",
            )),
        }
    }
    (out, problems)
}

fn again(place: &Path, kept: &Kept, base: &[u8]) -> Result<Vec<u8>, String> {
    let base = Knowledge::decode(base).map_err(|error| error.to_string())?;
    let mut files = Vec::new();
    for name in &kept.files {
        let path = place.join(Path::new(name).file_name().unwrap_or_default());
        let bytes = load(&path).map_err(|error| error.to_string())?;
        files.push((name.clone(), bytes));
    }
    let given: Vec<OwnFile<'_>> = files
        .iter()
        .map(|(name, bytes)| OwnFile { name, bytes })
        .collect();
    read_own(&kept.title, kept.date.as_deref(), &given, &base)
        .map(|read| read.compiled)
        .map_err(|error| error.to_string())
}

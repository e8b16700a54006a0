//! A user's own sources: where they are kept, put there and taken away.
//!
//! Beside the compiled knowledge (`knowledge.bin`) lies `knowledge.own`, with a folder for each source: the files as they
//! were given, what is known about them (`source.json`), and their compiled form. So they stay when the publishers' knowledge
//! is renewed or given up, and can be read again by a later version of the program.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tegakari_knowledge::own::{OwnError, OwnFile, OwnTitle, own_id, read_own};
use tegakari_knowledge::{Knowledge, OWN, fold_name, sources};
use tegakari_model::{Problem, Timestamp};
use tegakari_render::escape::{is_blank, is_unseen};
use tegakari_render::told::{self, Saying};

use crate::{PipelineError, load};

/// Most files of one source.
const MOST_FILES: usize = 1000;
/// No name of a source has more letters.
const LONGEST_NAME: usize = 100;
/// No source is of an earlier year.
const FIRST_YEAR: u16 = 1980;
/// What people call publishers beside the titles and ids of their sources.
const SHORT_NAMES: [&str; 14] = [
    "MITRE",
    "MITRE ATT&CK",
    "ATT&CK",
    "MISP",
    "MISP galaxy",
    "Microsoft",
    "MSTIC",
    "Maltrail",
    "CISA",
    "KEV",
    "Tidal Cyber",
    "360",
    "360.net",
    "Malpedia",
];
/// What means something else where a source is named.
const RESERVED: [&str; 4] = ["own", "tegakari", "embedded", "current"];

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
    /// How many of these are losses: records and dates.
    pub lost: u64,
    /// What could not be read or used; each is a loss.
    pub problems: Vec<Problem>,
    /// What says nothing that is kept here; no loss.
    pub remarks: Vec<Problem>,
}

impl ImportedSource {
    /// Numbers of what was lost, by their labels.
    pub fn losses(&self) -> Vec<(String, u64)> {
        let counts = self.counts.iter();
        counts
            .filter(|(what, _)| LOSSES.contains(&what.as_str()))
            .cloned()
            .collect()
    }
}

/// Labels of counts that are losses.
const LOSSES: [&str; 2] = ["dates not understood", "records not understood"];

/// The last year that a date in a source of today may have: one ahead, for clocks and plans.
fn last_year() -> Option<u16> {
    let now = Timestamp::now().to_string();
    let year: u16 = now.get(..4)?.parse().ok()?;
    year.checked_add(1)
}

/// Whether a day that a source is said to be of lies in years of ours.
///
/// # Errors
/// When it does not; the text says which these are.
pub fn check_day(day: &str) -> Result<(), Saying> {
    let year: Option<u16> = day.get(..4).and_then(|year| year.parse().ok());
    let last = last_year().unwrap_or(u16::MAX);
    match year {
        Some(year) if (FIRST_YEAR..=last).contains(&year) => Ok(()),
        _ => Err(told::day_of_no_time(
            day,
            FIRST_YEAR.to_string(),
            last.to_string(),
        )),
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    id: String,
    title: String,
    /// As stated by the user; without it the files say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    /// The last year that was taken for a date, so that reading it again gives the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_year: Option<u16>,
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
        return Err(told::too_many_files(paths.len(), MOST_FILES).into());
    }
    let name = name.trim();
    let home = folder(knowledge);
    check_name(name, &home)?;
    let last_year = last_year();
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
    let title = OwnTitle {
        name,
        date,
        last_year,
    };
    let read = read_own(title, &given, in_use).map_err(nothing)?;
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
        last_year,
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
    let mut source = ImportedSource {
        id: read.id,
        title: read.facts.title,
        date: read.facts.date,
        counts: read.facts.counts,
        replaced,
        lost: 0,
        problems: read.problems,
        remarks: read.remarks,
    };
    source.lost = source.losses().iter().map(|(_, n)| n).sum();
    Ok(source)
}

/// Why nothing became of the files.
fn nothing(error: OwnError) -> PipelineError {
    match error {
        OwnError::Nothing { name, problems } => match problems.first() {
            Some(p) => {
                let problem = format!("{}: {}; {}", p.place, p.what, p.hint);
                told::nothing_said(name, problem).into()
            }
            None => told::nothing_said_at_all(name).into(),
        },
        other => PipelineError::NotKnown(other.to_string()),
    }
}

/// Whether a new source may be called so: what is shown stays what the user wrote, and no source passes for another.
fn check_name(name: &str, home: &Path) -> Result<(), Saying> {
    if is_blank(name) {
        return Err(told::name_blank());
    }
    let letters = name.chars().count();
    if letters > LONGEST_NAME {
        return Err(told::name_too_long(letters, LONGEST_NAME));
    }
    if name.chars().any(is_unseen) {
        return Err(told::name_unseen(name));
    }
    let wanted = plain(name);
    if wanted.is_empty() {
        return Err(told::name_without_letters(name));
    }
    if let Some(theirs) = publishers_name(name, &wanted) {
        return Err(told::name_of_publisher(name, theirs));
    }
    let id = own_id(name);
    // A name that is written like an id would be taken for another source's.
    if RESERVED.contains(&wanted.as_str()) || name.to_lowercase().starts_with(OWN) {
        return Err(told::name_reserved(name));
    }
    let kept = kept(home);
    let mut others = kept.iter().map(|(_, k)| k).filter(|k| k.title != name);
    match others.find(|k| k.id == id || plain(&k.title) == wanted) {
        None => Ok(()),
        Some(other) if other.id == id => Err(told::name_taken(name, id, other.title.as_str())),
        Some(other) => Err(told::name_alike(name, other.title.as_str())),
    }
}

/// A name as it is read: without regard to width, case, accents and punctuation, and with the letters of other alphabets
/// that look like Latin ones.
fn plain(name: &str) -> String {
    let folded = fold_name(name);
    folded.chars().map(looks_like).collect()
}

/// The Latin letter that a letter of another alphabet looks like.
fn looks_like(c: char) -> char {
    const OTHER: &str = "аеорсхуіѕјкмтвнԁɡοανκρτυχι";
    const LATIN: &str = "aeopcxyisjkmtbhdgoavkptuxi";
    let mut pairs = OTHER.chars().zip(LATIN.chars());
    pairs
        .find(|(other, _)| *other == c)
        .map_or(c, |(_, latin)| latin)
}

/// The title or short name of the publishers' source that a name stands for, as it is read.
fn publishers_name(name: &str, wanted: &str) -> Option<&'static str> {
    let is_it =
        |known: &str| plain(known) == wanted || tegakari_knowledge::own::poses_as(name, known);
    let found = sources::ALL.iter().find(|source| {
        [
            source.title(),
            source.id(),
            source.records(),
            source.publisher(),
        ]
        .into_iter()
        .any(is_it)
    });
    let short = || SHORT_NAMES.into_iter().find(|known| is_it(known));
    let publisher = || {
        let mut ids = crate::publishers::ALL.iter().map(|publisher| publisher.id);
        ids.find(|known| is_it(known))
    };
    found
        .map(|source| source.title())
        .or_else(short)
        .or_else(publisher)
}

/// A source that was taken away.
#[derive(Debug, PartialEq, Eq)]
pub struct RemovedSource {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
}

/// Takes an own source away: the one with this id, else the one of this name, else the one that a name like this gives.
///
/// # Errors
/// When there is none such, or it cannot be removed.
pub fn remove_own(knowledge: &Path, what: &str) -> Result<RemovedSource, PipelineError> {
    let what = what.trim();
    let home = folder(knowledge);
    let all = kept(&home);
    let wanted = own_id(what);
    let with = |is_it: &dyn Fn(&Kept) -> bool| all.iter().find(|(_, k)| is_it(k));
    let found = with(&|k| k.id == what)
        .or_else(|| with(&|k| k.title == what))
        .or_else(|| with(&|k| k.id == wanted));
    let Some((place, kept)) = found else {
        let ids: Vec<String> = all
            .iter()
            .map(|(_, k)| format!("{} ({})", k.id, k.title))
            .collect();
        let is_theirs =
            |source: &&&dyn sources::KnowledgeSource| source.id() == what || source.title() == what;
        return Err(if sources::ALL.iter().any(|source| is_theirs(&source)) {
            told::not_own(what)
        } else if ids.is_empty() {
            told::no_sources(what)
        } else {
            told::no_source(what, ids)
        }
        .into());
    };
    // Out of sight at once, whatever happens on the way.
    let gone = home.join(format!(".old-{}", slug(&kept.id)));
    let _ = fs::remove_dir_all(&gone);
    fs::rename(place, &gone)
        .and_then(|()| fs::remove_dir_all(&gone))
        .map_err(|error| PipelineError::writing(place, &error))?;
    Ok(RemovedSource {
        id: kept.id.clone(),
        title: kept.title.clone(),
    })
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
    let title = OwnTitle {
        name: &kept.title,
        date: kept.date.as_deref(),
        last_year: kept.last_year,
    };
    read_own(title, &given, &base)
        .map(|read| read.compiled)
        .map_err(|error| error.to_string())
}

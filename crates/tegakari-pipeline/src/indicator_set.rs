//! Sets of indicators in files: made once from lists of any size, loaded in milliseconds.

mod plain_list;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use tegakari_hunt::IndicatorSet;
use tegakari_match::{Matcher, ReadAt, SetError};
use tegakari_model::{Observable, ObservableKind, Problem};

use crate::load::open;
use crate::{PipelineError, load_list, write_atomically};

/// Problems that are told one by one for a file; further ones are counted.
const MOST_PROBLEMS: usize = 20;

/// What became of lists that were made a set.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct BuiltSet {
    /// How many indicators the set holds, each value once.
    pub indicators: usize,
    /// How many of each kind.
    pub kinds: BTreeMap<&'static str, u64>,
    /// What was given and is not searched for, and why.
    pub refused: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Rows and entries of the lists that could not be read.
    pub unread: u64,
    /// What could not be read, and examples of what was refused.
    pub problems: Vec<Problem>,
}

/// A file that is read at any place.
#[derive(Debug)]
struct Places(File);

#[cfg(unix)]
impl ReadAt for Places {
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, into, at)
    }
}

#[cfg(windows)]
impl ReadAt for Places {
    fn read_at(&self, mut at: u64, mut into: &mut [u8]) -> io::Result<()> {
        while !into.is_empty() {
            let read = std::os::windows::fs::FileExt::seek_read(&self.0, into, at)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            at += read as u64;
            into = &mut into[read..];
        }
        Ok(())
    }
}

/// Opens a set that [`build_set`] made.
///
/// # Errors
/// When it cannot be read, is none, is of another version or is damaged.
pub fn open_set(path: &Path) -> Result<IndicatorSet, PipelineError> {
    let (file, _) = open(path)?;
    IndicatorSet::open(path.to_string_lossy(), Box::new(Places(file)))
        .map_err(|error| unusable(path, &error))
}

/// Opens such a set for those who match without a hunt, with how many of each kind it holds.
///
/// # Errors
/// As [`open_set`].
pub(crate) fn open_matcher(
    path: &Path,
) -> Result<(Matcher, Vec<(ObservableKind, u64)>), PipelineError> {
    let (file, _) = open(path)?;
    Matcher::open(Box::new(Places(file))).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &SetError) -> PipelineError {
    PipelineError::Read {
        path: path.to_owned(),
        why: error.to_string(),
        hint: "make it again with `tegakari indicators build`",
    }
}

/// Makes a set of the indicators of `lists` and writes it to `out`. CSV files with the columns `type` and `value` are read
/// as a stream and may have any size; everything else is read as `load_list` does.
///
/// # Errors
/// When a list cannot be read, holds no indicator, or the file cannot be written.
pub fn build_set(lists: &[PathBuf], out: &Path) -> Result<BuiltSet, PipelineError> {
    check_place(lists, out)?;
    let mut built = BuiltSet::default();
    let mut values = Vec::new();
    for list in lists {
        if let Some(bad) = typed_rows(list, &mut values, &mut built.problems)? {
            built.unread += bad;
        } else if !plain_list::values(list, &mut values)? {
            let loaded = load_list(list)?;
            built.unread += loaded.problems.len() as u64;
            built.problems.extend(loaded.problems);
            built.problems.extend(loaded.not_sought);
            values.extend(loaded.indicators.into_iter().map(|one| one.observable));
        }
    }
    let mut kinds = BTreeMap::new();
    let written = write_atomically(out, |to| Matcher::write_set(values, to))?;
    let set = open_set(out)?;
    for (kind, count) in set.kinds() {
        kinds.insert(kind.name(), *count);
    }
    built.indicators = written.indicators;
    built.kinds = kinds;
    built.refused = written.refused.len() as u64;
    built.bytes = out
        .metadata()
        .map_err(|error| PipelineError::reading(out, &error))?
        .len();
    built.problems.extend(
        written
            .refused
            .into_iter()
            .take(MOST_PROBLEMS)
            .map(|(value, why)| {
                Problem::new(
                    format!("indicator {}", value.defanged()),
                    why,
                    "it is left out of the set: nothing need be done",
                )
            }),
    );
    Ok(built)
}

/// Refuses to write over a list or anything that is no file.
fn check_place(lists: &[PathBuf], out: &Path) -> Result<(), PipelineError> {
    let real = |path: &Path| path.canonicalize().ok();
    let why = if out == Path::new("-") {
        "a set is a file that is read at any place, and no stream"
    } else if out.exists() && !out.is_file() {
        "it is no file"
    } else if real(out)
        .is_some_and(|out| lists.iter().any(|list| real(list).as_ref() == Some(&out)))
    {
        "it is one of the lists"
    } else {
        return Ok(());
    };
    Err(PipelineError::Write {
        path: out.to_owned(),
        why: why.to_owned(),
        hint: "choose another place",
    })
}

/// Reads a CSV with the columns `type` and `value`, the types named as here, and gives the number of rows that could not be
/// read; `None` when it is another kind of file.
fn typed_rows(
    path: &Path,
    values: &mut Vec<Observable>,
    problems: &mut Vec<Problem>,
) -> Result<Option<u64>, PipelineError> {
    let reading = |error: io::Error| PipelineError::reading(path, &error);
    let (file, _) = open(path)?;
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut head = String::new();
    let taken = reader.by_ref().take(4096).read_line(&mut head);
    let header: Vec<String> = match taken {
        Ok(_) => head
            .trim_start_matches('\u{FEFF}')
            .trim()
            .split(',')
            .map(|name| name.trim_matches('"').to_ascii_lowercase())
            .collect(),
        // Not even text.
        Err(_) => return Ok(None),
    };
    let column = |name: &str| header.iter().position(|one| one == name);
    let (Some(kind_at), Some(value_at)) = (column("type"), column("value")) else {
        return Ok(None);
    };
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(reader);
    let mut row = csv::ByteRecord::new();
    let mut bad = 0_u64;
    let mut first = true;
    let (values_before, problems_before) = (values.len(), problems.len());
    loop {
        match rows.read_byte_record(&mut row) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(reading(io::Error::other(error.to_string()))),
        }
        let field = |at: usize| {
            row.get(at)
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .unwrap_or_default()
        };
        let (kind, value) = (field(kind_at), field(value_at));
        // Types of another vocabulary, as MISP has them; some of its names are ours, too.
        if first && named(kind, value).is_none() || is_of_misp(kind) {
            values.truncate(values_before);
            problems.truncate(problems_before);
            return Ok(None);
        }
        first = false;
        match typed(kind, value) {
            Some(observable) => values.push(observable),
            None => {
                bad += 1;
                if bad <= MOST_PROBLEMS as u64 {
                    let line = row.position().map_or(0, |at| at.line() + 1);
                    problems.push(Problem::new(
                        format!("{}:{line}", path.display()),
                        format!("{value:?} is no value of the type {kind:?}"),
                        "correct the row; types are named as in `tegakari formats`",
                    ));
                }
            }
        }
    }
    if bad > MOST_PROBLEMS as u64 {
        problems.push(Problem::new(
            path.display().to_string(),
            format!("{bad} rows are no indicators; the first are told above"),
            "correct them, or leave them out",
        ));
    }
    Ok(Some(bad))
}

/// Whether a type is one that only MISP has, so that the list is read as one of its.
fn is_of_misp(kind: &str) -> bool {
    const TYPES: [&str; 18] = [
        "ip-src",
        "ip-dst",
        "ip-src|port",
        "ip-dst|port",
        "hostname|port",
        "domain|ip",
        "email-src",
        "email-dst",
        "email-subject",
        "user-agent",
        "regkey",
        "regkey|value",
        "named pipe",
        "pattern-in-file",
        "ja3-fingerprint-md5",
        "mac-address",
        "malware-sample",
        "windows-service-name",
    ];
    let kind = kind.trim().to_ascii_lowercase();
    TYPES.contains(&kind.as_str()) || kind.starts_with("filename|")
}

/// The kind of a name.
fn named(kind: &str, value: &str) -> Option<ObservableKind> {
    let kind = kind.trim().to_ascii_lowercase();
    let kind = match kind.as_str() {
        "filename" => "file_name",
        "ip" if value.contains(':') => "ipv6",
        "ip" => "ipv4",
        "hostname" => "domain",
        other => other,
    };
    ObservableKind::ALL
        .into_iter()
        .find(|one| one.name() == kind)
}

/// A value of a kind given by name, defanged or not.
fn typed(kind: &str, value: &str) -> Option<Observable> {
    let kind = named(kind, value)?;
    let defanged = value.contains('[') || value.starts_with("hxxp");
    match Observable::new(kind, value) {
        Ok(observable) if !defanged => Some(observable),
        plain => crate::as_value(value, crate::knowledge())
            .filter(|observable| observable.kind() == kind)
            .or(plain.ok()),
    }
}

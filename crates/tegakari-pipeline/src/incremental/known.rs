//! By what a file is known again, and which of the known ones each file is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tegakari_hunt::unpack::{beginning, ending};
use tegakari_hunt::{BEFORE_MARK, Mark, print_before_mark};
use tegakari_model::Timestamp;
use tegakari_store::SearchedFile;

use super::content::{SPAN, digest_of, holds_most, some_lines};
use crate::walk::FoundFile;

/// First bytes by which a file is known.
const FIRST: usize = 4096;

/// A file as it was when it was searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Its size.
    pub(crate) size: u64,
    /// When it was last written.
    pub(crate) modified: Option<Timestamp>,
    /// Whether something compresses it.
    packed: bool,
    /// How many first bytes (what compresses it taken off) have the digest `first`.
    first_bytes: usize,
    first: String,
    /// Some of its first lines ([`some_lines`]): by them it is known when it was edited there.
    #[serde(default)]
    lines: Vec<u32>,
    /// Digest of its last bytes, as stored.
    last: String,
    /// Digest of all that was read of it, up to the mark; empty when it is not read on.
    whole: String,
    /// Where to go on in it.
    pub(crate) mark: Option<Mark>,
}

/// What a hunt kept of one file.
pub(crate) struct Kept {
    pub(crate) row: SearchedFile,
    pub(crate) known: Known,
}

impl Kept {
    /// Reads what was kept; also the keys of rows that say nothing any more.
    pub(crate) fn read(rows: Vec<SearchedFile>) -> (Vec<Self>, Vec<i64>) {
        let mut all = Vec::new();
        let mut damaged = Vec::new();
        for row in rows {
            match serde_json::from_str(&row.detail) {
                Ok(known) => all.push(Self { row, known }),
                Err(_) => damaged.push(row.key),
            }
        }
        (all, damaged)
    }
}

fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a file before a place, as many as are compared.
fn bytes_before(path: &Path, end: u64) -> Option<Vec<u8>> {
    let from = end.saturating_sub(BEFORE_MARK as u64);
    let mut file = File::open(path).ok()?;
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut bytes = Vec::new();
    file.take(end - from).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 == end - from).then_some(bytes)
}

impl Known {
    /// What to know a file by that was just searched, up to `mark` if it can be read on; puts into the mark what is
    /// before it. `None` when the file cannot be read any more.
    pub(crate) fn of(file: &FoundFile, mark: &mut Option<Mark>, partial: bool) -> Option<Self> {
        let (mut first, packed) = beginning(File::open(&file.path).ok()?, SPAN).ok()?;
        let lines = some_lines(&first);
        first.truncate(FIRST);
        if packed {
            // Compressed files do not grow, and are not read in their middle.
            *mark = None;
        }
        let mut first_bytes = first.len();
        if let Some(found) = mark {
            found.before = print_before_mark(&bytes_before(&file.path, found.bytes)?);
            first_bytes = first_bytes.min(usize::try_from(found.bytes).unwrap_or(FIRST));
        }
        let size = match mark {
            Some(mark) if partial => mark.bytes,
            _ => file.bytes,
        };
        Some(Self {
            size,
            modified: file.modified.filter(|_| !partial),
            packed,
            first_bytes,
            first: digest(&first[..first_bytes]),
            lines,
            last: bytes_before(&file.path, size).map_or_else(String::new, |last| digest(&last)),
            whole: match mark {
                Some(mark) => digest_of(&file.path, mark.bytes)?,
                None => String::new(),
            },
            mark: mark.clone(),
        })
    }

    /// Whether what was read of it up to its mark still stands in a file. One that was not written since is trusted;
    /// of any other, the beginning and the end say nothing of what is between.
    fn is_unchanged(&self, file: &FoundFile, mark: &Mark) -> bool {
        let trusted =
            self.size == file.bytes && self.modified.is_some() && self.modified == file.modified;
        trusted || digest_of(&file.path, mark.bytes).is_some_and(|whole| whole == self.whole)
    }

    /// Whether all of it was dealt with, so that nothing is to be read on in the same file.
    fn is_done(&self) -> bool {
        self.mark
            .as_ref()
            .is_none_or(|mark| mark.bytes == self.size)
    }
}

/// What is to be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing: it is as it was.
    Same,
    /// Read on behind the mark.
    GoOn,
    /// Search it from its start, and forget what is known under its name.
    Anew,
}

/// Which known file each file is.
#[derive(Default)]
pub(crate) struct Matched {
    by_name: BTreeMap<String, (usize, Step)>,
    used: BTreeSet<usize>,
}

impl Matched {
    pub(crate) fn of(&self, name: &str) -> Option<(usize, Step)> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn uses(&self, known: usize) -> bool {
        self.used.contains(&known)
    }

    fn take(&mut self, file: &FoundFile, at: usize, step: Step) {
        self.by_name.insert(file.name.clone(), (at, step));
        self.used.insert(at);
    }
}

/// Finds for each file which of the known ones it is. None is taken twice.
pub(crate) fn match_files(files: &[FoundFile], known: &[Kept]) -> Matched {
    let mut matched = Matched::default();
    let by_name: BTreeMap<&str, usize> = known
        .iter()
        .enumerate()
        .map(|(at, kept)| (kept.row.file.as_str(), at))
        .collect();
    let unchanged = |file: &FoundFile, known: &Known| {
        known.size == file.bytes
            && file.modified.is_some()
            && known.modified == file.modified
            && known.is_done()
            && file.log.is_none()
    };
    for file in files {
        if let Some(&at) = by_name.get(file.name.as_str())
            && unchanged(file, &known[at].known)
        {
            matched.take(file, at, Step::Same);
        }
    }
    let mut by_first: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (at, kept) in known.iter().enumerate() {
        if kept.known.first_bytes > 0 && !matched.uses(at) {
            let first = (kept.known.first_bytes, kept.known.first.as_str());
            by_first.entry(first).or_default().push(at);
        }
    }
    let lengths: BTreeSet<usize> = by_first.keys().map(|(length, _)| *length).collect();
    // The same first bytes: how far it was searched, whether the name is the same, file, which, and what to do.
    let mut pairs = Vec::new();
    let mut alike = BTreeSet::new();
    for (number, file) in files.iter().enumerate() {
        if matched.by_name.contains_key(&file.name) || file.path == Path::new("-") {
            continue;
        }
        let Some((first, packed)) = File::open(&file.path)
            .ok()
            .and_then(|open| beginning(open, FIRST).ok())
        else {
            continue;
        };
        for &length in lengths.range(..=first.len()) {
            let first = digest(&first[..length]);
            for &at in by_first
                .get(&(length, first.as_str()))
                .into_iter()
                .flatten()
            {
                let kept = &known[at];
                alike.insert((number, at));
                if let Some(step) = step(file, packed, &kept.known) {
                    let far = kept
                        .known
                        .mark
                        .as_ref()
                        .map_or(kept.known.size, |m| m.bytes);
                    let other_name = kept.row.file != file.name;
                    pairs.push((std::cmp::Reverse(far), other_name, number, at, step));
                }
            }
        }
    }
    pairs.sort_by_key(|(far, other_name, number, at, _)| (*far, *other_name, *number, *at));
    for (_, _, number, at, step) in pairs {
        let file = &files[number];
        if !matched.uses(at) && !matched.by_name.contains_key(&file.name) {
            matched.take(file, at, step);
        }
    }
    // What is left under the name of a file that is not the same is forgotten, when it was rewritten in its place or
    // most of its lines are still there: an edited file, not one begun anew after the old one was taken away.
    let edited = |file: &FoundFile, known: &Known| {
        let now = File::open(&file.path).and_then(|open| beginning(open, 2 * SPAN));
        now.is_ok_and(|(now, _)| holds_most(&known.lines, &now))
    };
    for (number, file) in files.iter().enumerate() {
        if let Some(&at) = by_name.get(file.name.as_str())
            && !matched.by_name.contains_key(&file.name)
            && !matched.uses(at)
            && (known[at].known.mark.is_none()
                || known[at].known.first_bytes == 0
                || alike.contains(&(number, at))
                || edited(file, &known[at].known))
        {
            matched.take(file, at, Step::Anew);
        }
    }
    // And of one that cannot be read on, was written, and has another name since.
    for (number, at) in alike {
        let whole = known[at].known.first_bytes == FIRST && known[at].known.mark.is_none();
        if whole && !matched.uses(at) && !matched.by_name.contains_key(&files[number].name) {
            matched.take(&files[number], at, Step::Anew);
        }
    }
    matched
}

/// What to do with a file that begins like a known one; `None` when it is another.
fn step(file: &FoundFile, packed: bool, known: &Known) -> Option<Step> {
    let same_end =
        || bytes_before(&file.path, file.bytes).is_some_and(|last| digest(&last) == known.last);
    if packed == known.packed
        && file.bytes == known.size
        && file.log.is_none()
        && known.is_done()
        // Where nothing tells what was written in its middle, the time must.
        && match &known.mark {
            Some(mark) => same_end() && known.is_unchanged(file, mark),
            None => known.modified == file.modified && same_end(),
        }
    {
        return Some(Step::Same);
    }
    let Some(mark) = &known.mark else {
        // Compressed since: what is in it must have the length and the end that the file had.
        let compressed = || {
            let (last, length) = ending(File::open(&file.path).ok()?, BEFORE_MARK).ok()?;
            Some(length == known.size && digest(&last) == known.last)
        };
        return (packed && !known.packed && compressed()?).then_some(Step::Same);
    };
    if packed {
        return Some(Step::GoOn);
    }
    let before = bytes_before(&file.path, mark.bytes)?;
    (print_before_mark(&before) == mark.before && known.is_unchanged(file, mark))
        .then_some(Step::GoOn)
}

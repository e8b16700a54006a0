//! Finds what a rotation made of a file: the renamed or copied text beside it, packed with gzip or not.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use flate2::read::MultiGzDecoder;
use tegakari_watch::rotation::{FilePrint, is_packed, is_rotation_of};

use super::files::{number, open};

/// First bytes that tell the format.
const HEAD: u64 = 64 << 10;

/// A rotated file.
pub(super) struct Rotated {
    /// Its first bytes, at most up to where reading goes on.
    pub(super) head: Vec<u8>,
    /// What has not been read.
    pub(super) rest: Box<dyn Read>,
    pub(super) modified: Option<SystemTime>,
}

/// The file that begins as `print` says and has more than `read` bytes, beside `path`. The same file under another name comes first.
pub(super) fn find(path: &Path, print: &FilePrint, read: u64) -> Option<Rotated> {
    let mut others = beside(path);
    others.sort_by_key(|(_, numbered, _)| *numbered != (print.device, print.inode));
    for (other, numbered, modified) in others {
        let is_it = numbered == (print.device, print.inode);
        if !is_it && !print.is_telling() {
            continue;
        }
        let Some(head) = unpacked(&other).and_then(|from| first(from, HEAD)) else {
            continue;
        };
        if !print.begins(&head) {
            continue;
        }
        let Some(rest) = behind(&other, read) else {
            continue;
        };
        let head = head[..head.len().min(usize::try_from(read).unwrap_or(usize::MAX))].to_vec();
        return Some(Rotated {
            head,
            rest,
            modified,
        });
    }
    None
}

/// Files that were rotated after `after`, the oldest first, from their starts; without those that have a number of `but`. None
/// when that is not known.
pub(super) fn later(path: &Path, after: Option<SystemTime>, but: &[(u64, u64)]) -> Vec<Rotated> {
    let Some(after) = after else {
        return Vec::new();
    };
    let mut others: Vec<(SystemTime, PathBuf)> = beside(path)
        .into_iter()
        .filter(|(_, numbered, _)| !but.contains(numbered))
        .filter_map(|(other, _, modified)| Some((modified?, other)))
        .filter(|(modified, _)| *modified > after)
        .collect();
    others.sort();
    others
        .into_iter()
        .filter_map(|(modified, other)| {
            Some(Rotated {
                head: first(unpacked(&other)?, HEAD)?,
                rest: unpacked(&other)?,
                modified: Some(modified),
            })
        })
        .collect()
}

type Beside = (PathBuf, (u64, u64), Option<SystemTime>);

fn beside(path: &Path) -> Vec<Beside> {
    let Some(name) = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
    else {
        return Vec::new();
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Ok(entries) = folder.read_dir() else {
        return Vec::new();
    };
    let mut found: Vec<Beside> = entries
        .filter_map(Result::ok)
        .filter(|entry| is_rotation_of(&entry.file_name().to_string_lossy(), &name))
        .filter_map(|entry| {
            let metadata = entry.path().metadata().ok().filter(|m| m.is_file())?;
            Some((entry.path(), number(&metadata), metadata.modified().ok()))
        })
        .collect();
    found.sort();
    found
}

fn unpacked(path: &Path) -> Option<Box<dyn Read>> {
    let (file, _) = open(path).ok()?;
    let name = path.to_string_lossy();
    if name.ends_with(".gz") {
        return Some(Box::new(MultiGzDecoder::new(file)));
    }
    if is_packed(&name) {
        return None;
    }
    Some(Box::new(file))
}

fn first(from: Box<dyn Read>, most: u64) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    from.take(most).read_to_end(&mut head).ok()?;
    Some(head)
}

/// The text behind a place; `None` when it ends before.
fn behind(path: &Path, read: u64) -> Option<Box<dyn Read>> {
    if !is_packed(&path.to_string_lossy()) {
        let (mut file, metadata): (File, _) = open(path).ok()?;
        if metadata.len() < read {
            return None;
        }
        file.seek(SeekFrom::Start(read)).ok()?;
        return Some(Box::new(file));
    }
    let mut from = unpacked(path)?;
    let skipped = io::copy(&mut (&mut from).take(read), &mut io::sink()).ok()?;
    (skipped == read).then_some(from)
}

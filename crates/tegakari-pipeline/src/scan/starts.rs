//! What starts by itself below a root: every place that is known, its files line by line, and the programs they name.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use tegakari_model::{FileFacts, MetBy, Problem, Timestamp, UnreadReason};
use tegakari_scan::places::{ALL, Place};
use tegakari_scan::{Outcome, Scan, display, text_of};

use super::open::open;
use super::rooted::{files, resolve};
use super::walk::unreadable;

/// Bytes that are read of a list of what to start.
const MOST_TEXT: u64 = 8 << 20;
/// Bytes that are read of a hive of the registry, which is held whole.
const MOST_HIVE: u64 = 512 << 20;

/// Lists and searches them.
pub(super) fn search(root: &Path, scan: &Scan<'_>, outcome: &mut Outcome) {
    let mut search = Search {
        root,
        scan,
        hashed: BTreeMap::new(),
        done: BTreeSet::new(),
    };
    for place in ALL {
        for pattern in place.files() {
            let mut refused = Vec::new();
            let found = files(root, pattern, place.minds_case(), &mut |path, error| {
                refused.push((
                    path.to_owned(),
                    std::io::Error::new(error.kind(), error.to_string()),
                ));
            });
            for (path, error) in refused {
                unreadable(&path, &error, true, outcome);
            }
            for file in found {
                if (scan.stop)() {
                    outcome.mark_partial();
                    return;
                }
                search.read(*place, &file, outcome);
            }
        }
    }
}

struct Search<'a, 's> {
    root: &'a Path,
    scan: &'a Scan<'s>,
    /// Programs that were hashed, by where they really lie.
    hashed: BTreeMap<PathBuf, Option<FileFacts>>,
    done: BTreeSet<(&'static str, PathBuf)>,
}

impl Search<'_, '_> {
    fn read(&mut self, place: &dyn Place, file: &str, outcome: &mut Outcome) {
        let Some(real) = resolve(self.root, file) else {
            return;
        };
        // Links and patterns lead to a file more than once.
        if !self.done.insert((place.id(), real.clone())) {
            return;
        }
        let told = display(real.as_os_str().as_encoded_bytes());
        let most = if place.is_text() {
            MOST_TEXT
        } else {
            MOST_HIVE
        };
        let mut bytes = Vec::new();
        let read = open(&real).and_then(|(opened, about)| {
            opened.take(most).read_to_end(&mut bytes)?;
            Ok(about.len())
        });
        match read {
            Ok(size) if size > most => outcome.add_problem(
                Problem::new(
                    &told,
                    format!("only its first {most} bytes were read as a list of what is started"),
                    "scan the file itself",
                )
                .losing_bytes(size - most),
            ),
            Ok(_) => {}
            Err(error) => {
                unreadable(&real, &error, false, outcome);
                return;
            }
        }
        if place.is_text() {
            for (number, line) in (1..).zip(text_of(&bytes).lines()) {
                if !line.trim().is_empty() {
                    let at = format!("{told}:{number}");
                    self.scan
                        .look_at_text(line, &at, MetBy::Start, None, outcome);
                }
            }
        }
        if !place.is_whole(&bytes) {
            outcome.unread_file(UnreadReason::Damaged, &told, bytes.len() as u64);
        }
        for mut entry in place.entries(file, &bytes) {
            if !place.is_text() {
                let line = format!("{} = {}", entry.stated, entry.runs);
                self.scan
                    .look_at_text(&line, &told, MetBy::Start, None, outcome);
            }
            if let Some(target) = entry.target.clone() {
                let facts = self.facts(&target, outcome);
                // Told of as its line is; a key of the registry is none.
                let line = entry.stated.strip_prefix(file).unwrap_or_default();
                let at = format!("{told}{line}");
                self.scan
                    .meet_file(&target, facts.as_ref(), &at, MetBy::Start, outcome);
                entry.sha256 = facts.map(|facts| facts.sha256);
            }
            outcome.add_entry(entry);
        }
    }

    /// The hashes of a program; none where it is not there.
    fn facts(&mut self, target: &str, outcome: &mut Outcome) -> Option<FileFacts> {
        let real = resolve(self.root, target)?;
        if let Some(known) = self.hashed.get(&real) {
            return known.clone();
        }
        let facts = match open(&real) {
            Ok((file, about)) => {
                let modified = about.modified().ok();
                let modified = modified.and_then(|time| Timestamp::try_from(time).ok());
                let mut reader = (&file).take(about.len());
                self.scan.facts(&mut reader, modified).ok()
            }
            Err(error) => {
                if error.kind() == std::io::ErrorKind::PermissionDenied {
                    unreadable(&real, &error, false, outcome);
                }
                None
            }
        };
        self.hashed.insert(real, facts.clone());
        facts
    }
}

//! What starts by itself below a root: every place that is known, its files line by line, and the programs they name.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use tegakari_model::{FileFacts, MetBy, Problem, Timestamp, UnreadReason};
use tegakari_scan::places::{ALL, Place};
use tegakari_scan::traces::ALL as TRACES;
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
        by_any_case: BTreeMap::new(),
        done: BTreeSet::new(),
    };
    let homes = homes(root);
    for place in ALL {
        for (pattern, user) in patterns(*place, &homes) {
            let mut refused = Vec::new();
            let found = files(root, &pattern, place.minds_case(), &mut |path, error| {
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
                search.read(*place, &file, user, outcome);
            }
        }
    }
}

/// Reads what Windows notes of programs, and searches it.
pub(super) fn search_traces(root: &Path, scan: &Scan<'_>, outcome: &mut Outcome) {
    for source in TRACES {
        for pattern in source.files() {
            let mut refused = Vec::new();
            let found = files(root, pattern, false, &mut |path, error| {
                let error = std::io::Error::new(error.kind(), error.to_string());
                refused.push((path.to_owned(), error));
            });
            for (path, error) in refused {
                unreadable(&path, &error, true, outcome);
            }
            for file in found {
                if (scan.stop)() {
                    outcome.mark_partial();
                    return;
                }
                let Some(real) = resolve(root, &file) else {
                    continue;
                };
                let told = display(real.as_os_str().as_encoded_bytes());
                let mut bytes = Vec::new();
                let read = open(&real)
                    .and_then(|(opened, _)| opened.take(MOST_HIVE).read_to_end(&mut bytes));
                if let Err(error) = read {
                    unreadable(&real, &error, false, outcome);
                    continue;
                }
                match source.traces(&file, &bytes) {
                    Some(traces) => scan.look_at_traces(traces, &told, outcome),
                    None => {
                        outcome.unread_file(UnreadReason::Damaged, &told, bytes.len() as u64);
                        outcome.add_problem(Problem::new(
                            told,
                            format!("it cannot be read as {}", source.id()),
                            "copy or collect it again; what it notes of programs is missing here",
                        ));
                    }
                }
            }
        }
    }
}

/// Homes that are taken from the table of users.
const MOST_HOMES: usize = 1000;

/// Users whose home lies elsewhere than under `/home`, by home and as its table of users says (passwd(5)).
fn homes(root: &Path) -> BTreeMap<String, String> {
    let mut bytes = Vec::new();
    let read = resolve(root, "/etc/passwd").and_then(|real| {
        let (file, _) = open(&real).ok()?;
        file.take(MOST_TEXT).read_to_end(&mut bytes).ok()
    });
    if read.is_none() {
        return BTreeMap::new();
    }
    let mut homes = BTreeMap::new();
    for line in text_of(&bytes).lines() {
        let fields: Vec<&str> = line.split(':').collect();
        let (Some(user), Some(home)) = (fields.first(), fields.get(5)) else {
            continue;
        };
        let home = home.trim_matches('/');
        let is_plain =
            !home.is_empty() && !home.contains('*') && !home.split('/').any(|part| part == "..");
        let is_known =
            home == "root" || home.starts_with("home/") && home.matches('/').count() == 1;
        // Daemons share places that are no homes; the first of them stands for all.
        if is_plain && !is_known && homes.len() < MOST_HOMES {
            homes
                .entry(home.to_owned())
                .or_insert_with(|| (*user).to_owned());
        }
    }
    homes
}

/// The patterns of a place, those below homes for each other home as well, with whose it is.
fn patterns<'h>(
    place: &dyn Place,
    homes: &'h BTreeMap<String, String>,
) -> Vec<(String, Option<&'h str>)> {
    let own = place
        .files()
        .iter()
        .map(|pattern| ((*pattern).to_owned(), None));
    let below = place
        .files()
        .iter()
        .filter_map(|one| one.strip_prefix("home/*/"));
    let elsewhere = below.flat_map(|below| {
        homes
            .iter()
            .map(move |(home, user)| (format!("{home}/{below}"), Some(user.as_str())))
    });
    own.chain(elsewhere).collect()
}

struct Search<'a, 's> {
    root: &'a Path,
    scan: &'a Scan<'s>,
    /// Programs that were hashed, by where they really lie.
    hashed: BTreeMap<PathBuf, Option<FileFacts>>,
    /// Programs of Windows whose path has other letters on the disk.
    by_any_case: BTreeMap<String, Option<PathBuf>>,
    done: BTreeSet<(&'static str, PathBuf)>,
}

impl Search<'_, '_> {
    /// `user` is whose home the file lies in, where its path does not tell.
    fn read(&mut self, place: &dyn Place, file: &str, user: Option<&str>, outcome: &mut Outcome) {
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
            entry.user = entry.user.or_else(|| user.map(str::to_owned));
            if let Some(target) = entry.target.clone() {
                let facts = self.facts(&target, place.minds_case(), outcome);
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
    fn facts(
        &mut self,
        target: &str,
        minds_case: bool,
        outcome: &mut Outcome,
    ) -> Option<FileFacts> {
        let real = self.program(target, minds_case)?;
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

    /// Where a program really lies.
    fn program(&mut self, target: &str, minds_case: bool) -> Option<PathBuf> {
        let real = resolve(self.root, target).filter(|real| real.is_file());
        if real.is_some() || minds_case || target.contains('*') {
            return real;
        }
        if let Some(known) = self.by_any_case.get(target) {
            return known.clone();
        }
        // What cannot be listed is told of where it is searched.
        let pattern = target.trim_start_matches('/');
        let found = files(self.root, pattern, false, &mut |_, _| {});
        let real = found.first().and_then(|path| resolve(self.root, path));
        self.by_any_case.insert(target.to_owned(), real.clone());
        real
    }
}

//! A scan: list names → read each file once, on one of n threads → merge → conclude.

mod archives;
#[cfg(target_os = "linux")]
mod live;
mod open;
mod rooted;
mod starts;
mod walk;

use std::fs::File;
use std::io::{BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use tegakari_hunt::Limits;
use tegakari_match::Matcher;
use tegakari_model::{Indicator, ObservableKind, Problem, ReportId, ScanResult, UnreadReason};
use tegakari_scan::{About, Asked, KnownFiles, Named, Outcome, Scan, Sought, conclude, examine};

use crate::{PipelineError, Progress};
use archives::Archives;
use walk::{Bounds, Met, unreadable, walk};

/// What to look for, and where.
pub struct ScanRequest<'a> {
    /// What to look for, merged (see [`crate::merged_indicators`]).
    pub indicators: Vec<Indicator>,
    /// Further indicators, too many for an answer each, and how many of each kind they are.
    pub set: Option<(Matcher, Vec<(ObservableKind, u64)>)>,
    /// The reports they come from, sorted.
    pub reports: Vec<ReportId>,
    /// Files and folders to search.
    pub paths: &'a [PathBuf],
    /// The root below which to list and search what starts by itself.
    pub starts_below: Option<&'a Path>,
    /// Whether to look at the processes and connections of this machine.
    pub live: bool,
    /// Whether to search the bytes of files for addresses, names and the like, too.
    pub contents: bool,
    /// The largest file that is read; any when `None`.
    pub max_size: Option<u64>,
    /// Whether to stay on the file system of each path.
    pub one_file_system: bool,
    /// Files with hashes of files that are known.
    pub known_good: &'a [PathBuf],
    /// Problems met on the way here.
    pub problems: Vec<Problem>,
    /// How many threads; at least one.
    pub threads: usize,
}

/// Reads every file below the paths once. The result does not depend on the number of threads.
///
/// # Errors
/// When none of the paths leads to anything, or a set of known files cannot be read.
pub fn run_scan(
    request: ScanRequest<'_>,
    progress: &dyn Progress,
) -> Result<ScanResult, PipelineError> {
    let mut outcome = Outcome::default();
    let bounds = Bounds {
        max_size: request.max_size,
        one_file_system: request.one_file_system,
    };
    let found = walk(request.paths, bounds, &mut outcome);
    let is_missing = |path: &PathBuf| path.symlink_metadata().is_err();
    if !request.paths.is_empty() && request.paths.iter().all(is_missing) {
        return Err(PipelineError::NothingToSearch {
            first: request
                .paths
                .first()
                .map(|path| path.display().to_string())
                .unwrap_or_default(),
        });
    }
    let (sought, refused) = Sought::new(request.indicators);
    let sought = match request.set {
        Some((set, kinds)) => sought.with_set(set, &kinds),
        None => sought,
    };
    let (known, doubts) = known_files(request.known_good)?;
    for problem in request.problems.into_iter().chain(refused).chain(doubts) {
        outcome.add_problem(problem);
    }
    let archives = Archives {
        limits: Limits::default(),
    };
    let scan = Scan {
        sought: &sought,
        opener: &archives,
        contents: request.contents,
        known: &known,
        stop: &|| progress.stop(),
        told: &|bytes| progress.bytes(bytes),
    };
    outcome.merge(search(&found, request.threads, progress, &scan));
    if let Some(root) = request.starts_below {
        starts::search(root, &scan, &mut outcome);
    }
    if request.live {
        look_at_this_machine(&scan, &mut outcome);
    }
    let asked = Asked {
        reports: request.reports,
        paths: request
            .paths
            .iter()
            .map(PathBuf::as_path)
            .chain(request.starts_below)
            .map(|path| path.to_string_lossy().into_owned())
            .collect(),
        contents: request.contents,
    };
    Ok(conclude(outcome, &sought, asked))
}

#[cfg(target_os = "linux")]
fn look_at_this_machine(scan: &Scan<'_>, outcome: &mut Outcome) {
    live::search(Path::new("/proc"), scan, outcome);
}

#[cfg(not(target_os = "linux"))]
fn look_at_this_machine(_: &Scan<'_>, outcome: &mut Outcome) {
    outcome.mark_partial();
    outcome.add_problem(Problem::new(
        "this machine",
        "its processes and connections can only be looked at on Linux",
        "collect them with a tool of this system, and hunt in what it wrote",
    ));
}

fn known_files(lists: &[PathBuf]) -> Result<(KnownFiles, Vec<Problem>), PipelineError> {
    let mut known = KnownFiles::default();
    let mut problems = Vec::new();
    for path in lists {
        let reading = |error| PipelineError::reading(path, &error);
        let file = File::open(path).map_err(reading)?;
        let name = path.to_string_lossy();
        problems.extend(
            known
                .add(&name, BufReader::with_capacity(1 << 20, file))
                .map_err(reading)?,
        );
    }
    Ok((known, problems))
}

/// Largest files first, so that no thread starts a long one when the others are done.
fn search(found: &[Met], threads: usize, progress: &dyn Progress, scan: &Scan<'_>) -> Outcome {
    let files = found.iter().filter(|one| one.is_file);
    progress.begin(files.clone().count(), files.map(|one| one.bytes).sum());
    let mut order: Vec<&Met> = found.iter().collect();
    order.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.place.cmp(&b.place)));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut mine = Outcome::default();
        while let Some(met) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            read_one(met, scan, &mut mine);
            if met.is_file {
                progress.file_done(met.bytes, &[]);
            }
        }
        mine
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.clamp(1, found.len().max(1)))
            .map(|_| scope.spawn(work))
            .collect();
        let mut all = work();
        for other in others {
            match other.join() {
                Ok(outcome) => all.merge(outcome),
                Err(_) => {
                    all.mark_partial();
                    all.add_problem(Problem::new(
                        "a thread of the scan",
                        "it failed, and what it had found is lost",
                        "this is a defect of tegakari: please report it; search again with --threads 1",
                    ));
                }
            }
        }
        all
    })
}

/// Reads one file, or looks at one name.
fn read_one(met: &Met, scan: &Scan<'_>, outcome: &mut Outcome) {
    let about = About {
        place: &met.place,
        named: Named {
            path: &met.place,
            below: met.below.as_deref(),
            real: met.real.as_deref(),
        },
        modified: met.modified,
        bytes: met.bytes,
    };
    if !met.is_file {
        scan.look_at_name(&about, outcome);
        return;
    }
    if (scan.stop)() {
        scan.look_at_name(&about, outcome);
        outcome.mark_partial();
        outcome.unread_file(UnreadReason::Stopped, &met.place, met.bytes);
        return;
    }
    let (file, before) = match open::open(&met.path) {
        Ok(opened) => opened,
        Err(error) => {
            scan.look_at_name(&about, outcome);
            unreadable(&met.path, &error, false, outcome);
            return;
        }
    };
    let about = About {
        bytes: before.len(),
        ..about
    };
    // What grows faster than it is read has an end all the same.
    let mut reader = (&file).take(before.len());
    let mut has_changed = |_: u64| open::has_changed(&file, &before);
    // One hostile file must cost one file.
    let done = catch_unwind(AssertUnwindSafe(|| {
        let mut of_file = Outcome::default();
        examine(&mut reader, &about, scan, &mut of_file, &mut has_changed);
        of_file
    }));
    match done {
        Ok(of_file) => outcome.merge(of_file),
        Err(_) => {
            outcome.unread_file(UnreadReason::ReadError, &met.place, met.bytes);
            outcome.add_problem(
                Problem::new(
                    &met.place,
                    "its reader failed",
                    "this is a defect of tegakari: please report it with the file",
                )
                .losing_bytes(met.bytes),
            );
        }
    }
}

/// Opens a set of indicators for a scan.
///
/// # Errors
/// When it cannot be read, is none, is of another version or is damaged.
pub fn open_scan_set(path: &Path) -> Result<(Matcher, Vec<(ObservableKind, u64)>), PipelineError> {
    crate::indicator_set::open_matcher(path)
}

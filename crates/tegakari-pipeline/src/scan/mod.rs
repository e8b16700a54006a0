//! A scan: list names → read each file once, on one of n threads → merge → conclude.

mod archives;
#[cfg(target_os = "linux")]
mod live;
mod open;
mod rooted;
mod starts;
mod walk;
#[cfg(feature = "yara")]
mod yara;
#[cfg(not(feature = "yara"))]
#[path = "no_yara.rs"]
mod yara;

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use tegakari_hunt::Limits;
use tegakari_match::Matcher;
use tegakari_model::{Indicator, ObservableKind, Problem, ReportId, ScanResult, UnreadReason};
use tegakari_scan::{
    About, Asked, Asker, KnownFiles, Named, Outcome, Scan, ScanThread, Sought, conclude, examine,
};

use crate::{PipelineError, Progress};
use archives::Archives;
use walk::{Bounds, Met, unreadable, walk};
pub use yara::{YaraRules, load_yara};

/// Bytes of a file that are held, for YARA's rules to be asked of them; rules are not asked of larger files.
const MOST_HELD: u64 = 256 << 20;
/// The same for members of archives, of which several may lie in each other.
const MOST_HELD_OF_MEMBER: u64 = 64 << 20;

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
    /// The root below which to read and search what Windows notes of programs that were run or were there.
    pub traces_below: Option<&'a Path>,
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
    /// YARA rules to ask of the bytes of files.
    pub rules: Option<&'a YaraRules>,
    /// Problems met on the way here.
    pub problems: Vec<Problem>,
    /// How many threads; at least one.
    pub threads: usize,
}

/// Reads every file below the paths once. The result does not depend on the number of threads.
///
/// # Errors
/// When none of the paths leads to anything, the root of what starts by itself cannot be listed, or a set of known files
/// cannot be read or holds no hash.
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
    let below = request.starts_below.or(request.traces_below);
    if let Some(root) = below {
        std::fs::read_dir(root).map_err(|error| PipelineError::reading(root, &error))?;
    }
    let (sought, refused) = Sought::new(request.indicators);
    let sought = match request.set {
        Some((set, kinds)) => sought.with_set(set, &kinds),
        None => sought,
    };
    let (known, doubts) = known_files(request.known_good)?;
    let of_rules = request.rules.map(YaraRules::problems).unwrap_or_default();
    let of_rules = of_rules.iter().cloned();
    let problems = request.problems.into_iter().chain(refused).chain(doubts);
    for problem in problems.chain(of_rules) {
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
    outcome.merge(search(
        &found,
        request.threads,
        progress,
        &scan,
        request.rules,
    ));
    if let Some(root) = request.starts_below {
        starts::search(root, &scan, &mut outcome);
    }
    if let Some(root) = request.traces_below {
        starts::search_traces(root, &scan, &mut outcome);
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
            .chain(below)
            .map(|path| path.to_string_lossy().into_owned())
            .collect(),
        contents: request.contents,
        rules: request.rules.map(YaraRules::asked),
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
        if known.last_is_empty() {
            return Err(PipelineError::NotKnown(format!(
                "no hash stands in {name}; give a list or table of MD5, SHA-1 or SHA-256 as --known-good"
            )));
        }
    }
    Ok((known, problems))
}

/// Largest files first, so that no thread starts a long one when the others are done.
fn search(
    found: &[Met],
    threads: usize,
    progress: &dyn Progress,
    scan: &Scan<'_>,
    rules: Option<&YaraRules>,
) -> Outcome {
    let files = found.iter().filter(|one| one.is_file);
    progress.begin(files.clone().count(), files.map(|one| one.bytes).sum());
    let mut order: Vec<&Met> = found.iter().collect();
    order.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.place.cmp(&b.place)));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut mine = Outcome::default();
        // An engine of its own for each thread.
        let asker = rules.map(|rules| RefCell::new(rules.asker()));
        let thread = ScanThread {
            scan,
            asker: asker.as_ref().map(|rules| Asker {
                rules,
                most: MOST_HELD,
                most_of_member: MOST_HELD_OF_MEMBER,
            }),
        };
        while let Some(met) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            read_one(met, thread, &mut mine);
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
fn read_one(met: &Met, thread: ScanThread<'_>, outcome: &mut Outcome) {
    let scan = thread.scan;
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
        examine(&mut reader, &about, thread, &mut of_file, &mut has_changed);
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

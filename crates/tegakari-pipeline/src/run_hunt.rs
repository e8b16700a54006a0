//! A hunt: list files → search each on one of n threads → merge → conclude.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tegakari_hunt::{
    Asked, Assumptions, Drills, IndicatorSet, Input, InventoryAsset, Outcome, Plan, Rules, ZoneOf,
    conclude, hunt_input,
};
use tegakari_model::{
    HuntResult, Indicator, IndicatorId, Problem, ReportId, ReportedTechnique, Telemetry, TimeRange,
};
use tegakari_store::Store;

use crate::walk::{FoundFile, files_below};
use crate::{PipelineError, Progress, incremental};

/// What to look for, where and when.
pub struct HuntRequest<'a> {
    /// What to look for, merged (see [`crate::merged_indicators`]).
    pub indicators: Vec<Indicator>,
    /// Further indicators, too many for a finding each.
    pub set: Option<IndicatorSet>,
    /// The reports they come from, sorted.
    pub reports: Vec<ReportId>,
    /// Techniques of these reports (see [`crate::reported_techniques`]).
    pub techniques: Vec<ReportedTechnique>,
    /// Files and folders to search.
    pub paths: &'a [PathBuf],
    /// When.
    pub window: TimeRange,
    /// The organisation's own list of machines.
    pub inventory: &'a [InventoryAsset],
    /// What zones the times of files are of that say none.
    pub zones: Vec<ZoneOf>,
    /// What the strength of a negative assumes.
    pub assumptions: Assumptions,
    /// Problems met on the way here, to be kept with the result.
    pub problems: Vec<Problem>,
    /// How many threads; at least one.
    pub threads: usize,
    /// How many records to cite for an indicator on a machine; as many as people read when `None`.
    pub examples: Option<usize>,
    /// What drills have planted, which is no sighting (see [`crate::known_drills`]); not asked when `None`.
    pub drills: Option<Drills>,
    /// Rules of behaviour to ask of each record (see [`crate::load_rules`]).
    pub rules: Option<Arc<Rules>>,
}

/// Searches every file below the paths. The result does not depend on the number of threads.
///
/// # Errors
/// When there is no file at all that could be opened.
pub fn run_hunt(
    request: HuntRequest<'_>,
    progress: &dyn Progress,
) -> Result<HuntResult, PipelineError> {
    run(request, progress, None, None)
}

/// The same, going on where the last hunt for the same in the same paths stopped, or was stopped. How far each file
/// was searched is kept in the database.
///
/// # Errors
/// As [`run_hunt`], and when the database cannot be read.
pub fn run_hunt_on(
    request: HuntRequest<'_>,
    store: &mut Store,
    progress: &dyn Progress,
) -> Result<HuntResult, PipelineError> {
    run(request, progress, Some(store), None)
}

/// A hunt for the traces of a drill: each counts only in records of some kinds, and what drills themselves write is not
/// searched.
pub(crate) fn run_for_drill(
    request: HuntRequest<'_>,
    only_in: &BTreeMap<IndicatorId, Vec<Telemetry>>,
    progress: &dyn Progress,
) -> Result<HuntResult, PipelineError> {
    run(request, progress, None, Some(only_in))
}

fn run(
    request: HuntRequest<'_>,
    progress: &dyn Progress,
    store: Option<&mut Store>,
    of_drill: Option<&BTreeMap<IndicatorId, Vec<Telemetry>>>,
) -> Result<HuntResult, PipelineError> {
    let (mut files, mut problems) = files_below(request.paths);
    if of_drill.is_some() {
        files.retain(|file| {
            let own = is_of_drill(&file.path);
            if own {
                problems.push(Problem::new(
                    &file.name,
                    "it is a plan, script or result of a drill and no log, and was not searched",
                    "nothing is wrong; give only logs to be rid of this",
                ));
            }
            !own
        });
    }
    if files.is_empty() {
        return Err(PipelineError::NothingToSearch {
            first: problems.first().map_or_else(
                || "they are empty".to_owned(),
                |p| format!("{}: {}", p.place, p.what),
            ),
        });
    }
    problems.extend(request.problems);
    let (plan, refused) = Plan::new(request.indicators, request.window);
    let mut plan = plan
        .with_inventory(request.inventory)
        .with_zones(request.zones);
    if let Some(set) = request.set {
        plan = plan.with_set(set);
    }
    if let Some(most) = request.examples {
        plan = plan.with_examples(most);
    }
    if let Some(only_in) = of_drill {
        plan = plan.only_in(only_in);
    }
    if let Some(drills) = request.drills {
        plan = plan.without_drills(drills);
    }
    if let Some(rules) = request.rules {
        plan = plan.with_rules(rules);
    }
    problems.extend(refused);
    let mut outcome = match store {
        None => search(&files, request.threads, progress, &|file| {
            search_one(file, &plan, progress)
        }),
        Some(store) => {
            let asked = incremental::Asked {
                paths: request.paths,
                inventory: request.inventory,
                examples: request.examples,
                threads: request.threads,
            };
            incremental::search(&files, &plan, &asked, store, progress)?
        }
    };
    for problem in problems {
        outcome.add_problem(problem);
    }
    let asked = Asked {
        reports: request.reports,
        techniques: request.techniques,
        assumptions: request.assumptions,
        paths: request
            .paths
            .iter()
            .map(|p| p.to_string_lossy().into_owned())
            .collect(),
        // No record is newer than the file that holds it; unlike the clock, that is part of the input.
        not_after: files.iter().filter_map(|f| f.modified).max(),
    };
    Ok(conclude(outcome, &plan, request.inventory, asked))
}

/// Whether a file is one that drills write, by what stands at its beginning.
fn is_of_drill(path: &Path) -> bool {
    const MARK: &[u8] = b"tegakari/drill-";
    let mut head = Vec::new();
    let is_file = path.metadata().is_ok_and(|about| about.is_file());
    let read =
        is_file && File::open(path).is_ok_and(|file| file.take(256).read_to_end(&mut head).is_ok());
    read && head.windows(MARK.len()).any(|window| window == MARK)
}

/// Largest files first, so that no thread starts a long one when the others are done.
pub(crate) fn search(
    files: &[FoundFile],
    threads: usize,
    progress: &dyn Progress,
    search_one: &(dyn Fn(&FoundFile) -> Outcome + Sync),
) -> Outcome {
    progress.begin(files.len(), files.iter().map(|f| f.bytes).sum());
    let mut order: Vec<&FoundFile> = files.iter().collect();
    order.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut mine = Outcome::default();
        while let Some(file) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            if progress.stop() {
                mine.mark_partial();
                break;
            }
            let outcome = search_one(file);
            progress.file_done(file.bytes, &outcome.seen());
            mine.merge(outcome);
        }
        mine
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.clamp(1, files.len().max(1)))
            .map(|_| scope.spawn(work))
            .collect();
        let mut all = work();
        for other in others {
            match other.join() {
                Ok(outcome) => all.merge(outcome),
                Err(_) => {
                    all.mark_partial();
                    all.add_problem(Problem::new(
                        "a thread of the hunt",
                        "it failed, and what it had found is lost",
                        "this is a defect of tegakari: please report it; search again with --threads 1",
                    ));
                }
            }
        }
        all
    })
}

pub(crate) fn search_one(file: &FoundFile, plan: &Plan, progress: &dyn Progress) -> Outcome {
    let reader: Box<dyn Read> = if file.path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        match File::open(&file.path) {
            Ok(open) => Box::new(open),
            Err(error) => return unread(file, &error.to_string(), "check its permissions"),
        }
    };
    let tell = |bytes: u64| told(progress, bytes);
    let mut input = Input::new(&file.name, reader);
    if let Some(log) = &file.log {
        match File::open(log) {
            Ok(open) => input.beside = Some(Box::new(open)),
            Err(error) => {
                return unread(file, &format!("its log: {error}"), "check its permissions");
            }
        }
    }
    // One hostile file must cost one file.
    catch_unwind(AssertUnwindSafe(|| hunt_input(input, plan, &tell))).unwrap_or_else(|_| {
        unread(
            file,
            "its reader failed",
            "this is a defect of tegakari: please report it with the file",
        )
    })
}

/// Tells how many more bytes were read, and hears whether to stop.
pub(crate) fn told(progress: &dyn Progress, bytes: u64) -> ControlFlow<()> {
    progress.bytes(bytes);
    if progress.stop() {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

pub(crate) fn unread(file: &FoundFile, what: &str, hint: &str) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.add_problem(Problem::new(&file.name, what, hint).losing_bytes(file.bytes));
    outcome
}

//! The drill: plan → scripts; records and logs → what was seen; all checks → measured rates.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tegakari_drill::{Record, Searched, Settings};
use tegakari_hunt::{Assumptions, Drills, InventoryAsset};
use tegakari_model::{
    DetectionRate, DrillCheck, DrillGap, DrillPlan, DrillPlatform, Indicator, MeasuredDetection,
    Problem, TimeRange, Timestamp, TraceKind,
};
use tegakari_render::{WrittenFile, told};
use tegakari_store::Store;

use crate::load::load_assumptions;
use crate::run_hunt::run_for_drill;
use crate::write_blocks::decision_time;
use crate::{HuntRequest, PipelineError, Progress, load, load_inventory, write_atomically};

/// What a drill is to be.
pub struct PlantRequest<'a> {
    /// Names of machines.
    pub hosts: &'a [String],
    /// A list of machines, all of which take part.
    pub inventory: Option<&'a Path>,
    /// For which platforms; both when empty.
    pub platforms: &'a [DrillPlatform],
    /// Kinds of traces; all when empty.
    pub kinds: &'a [TraceKind],
    /// A domain of the user's own.
    pub domain: Option<&'a str>,
    /// The web server for requests.
    pub web: Option<&'a str>,
    /// Whom the mail goes to.
    pub mail_to: Option<&'a str>,
    /// A text to draw the tokens from, for plans that must be the same again; of the system's randomness when `None`.
    pub seed: Option<&'a str>,
    /// Where the files go.
    pub folder: &'a Path,
}

/// A drill that was planned.
#[derive(Debug)]
pub struct PlannedDrill {
    /// The plan, which is kept.
    pub plan: DrillPlan,
    /// The plan and the scripts as files.
    pub written: Vec<WrittenFile>,
    /// Machines that could not be planned for.
    pub problems: Vec<Problem>,
}

/// Plans a drill, keeps the plan, and writes it and its scripts. Without any machine named, it is for this one.
///
/// # Errors
/// When nothing can be planned, the system gives no randomness, or something cannot be written.
pub fn plant_drill(
    store: &mut Store,
    request: &PlantRequest<'_>,
) -> Result<PlannedDrill, PipelineError> {
    let mut hosts = request.hosts.to_vec();
    let mut problems = Vec::new();
    if let Some(path) = request.inventory {
        let (listed, bad) = load_inventory(path)?;
        hosts.extend(listed.into_iter().map(|asset| asset.name));
        problems.extend(bad);
    }
    if request.hosts.is_empty() && request.inventory.is_none() {
        hosts.extend(own_name());
    }
    let mut drawn = [0; 32];
    let secret = match request.seed {
        Some(seed) => seed.as_bytes(),
        None => {
            getrandom::fill(&mut drawn).map_err(|error| {
                PipelineError::NotKnown(format!(
                    "the system gives no random numbers ({error}); give some text that nobody can guess with --seed"
                ))
            })?;
            &drawn
        }
    };
    let whole_seconds = |time: Timestamp| Timestamp::from_second(time.as_second()).unwrap_or(time);
    let settings = Settings {
        secret,
        made: whole_seconds(decision_time()),
        hosts: &hosts,
        platforms: request.platforms,
        kinds: request.kinds,
        domain: request.domain,
        web: request.web,
        mail_to: request.mail_to,
    };
    let (plan, refused) = tegakari_drill::plan(&settings).map_err(PipelineError::NotKnown)?;
    problems.extend(refused);
    store.save_drill_plan(&plan)?;
    let mut written = Vec::new();
    let mut write = |name: &str, what: &str, bytes: &[u8]| {
        let path = request.folder.join(name);
        write_atomically(&path, |out| out.write_all(bytes))?;
        written.push(WrittenFile {
            path: path.to_string_lossy().into_owned(),
            what: what.to_owned(),
            entries: None,
        });
        Ok::<(), PipelineError>(())
    };
    for platform in &plan.platforms {
        let (name, bytes) = tegakari_drill::script(&plan, *platform);
        write(name, platform.name(), &bytes)?;
    }
    write("plan.json", "json", &tegakari_drill::write_plan(&plan))?;
    Ok(PlannedDrill {
        plan,
        written,
        problems,
    })
}

/// What this machine calls itself.
fn own_name() -> Option<String> {
    let file = |path: &str| std::fs::read_to_string(path).ok();
    let variable = |name: &str| std::env::var(name).ok();
    let found = file("/proc/sys/kernel/hostname")
        .or_else(|| file("/etc/hostname"))
        .or_else(|| variable("COMPUTERNAME"))
        .or_else(|| variable("HOSTNAME"))?;
    let name = found.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// What to check.
pub struct DrillCheckRequest<'a> {
    /// The plan: its file, or its id or the beginning of it.
    pub plan: &'a str,
    /// Files and folders with logs.
    pub logs: &'a [PathBuf],
    /// What the scripts wrote down.
    pub records: &'a [PathBuf],
    /// The organisation's own list of machines.
    pub inventory: &'a [InventoryAsset],
    /// Problems of that list.
    pub problems: Vec<Problem>,
    /// How many threads.
    pub threads: usize,
}

/// Looks for the traces of a plan, and keeps the plan and what was found. `None` when it was stopped: what was not
/// searched cannot be called missed, so nothing is told and nothing kept.
///
/// # Errors
/// When the plan is not there or not whole, a record or none of the logs can be read, or the database cannot be written.
pub fn check_drill(
    store: &mut Store,
    request: DrillCheckRequest<'_>,
    progress: &dyn Progress,
) -> Result<Option<DrillCheck>, PipelineError> {
    let plan = meant_plan(store, request.plan)?;
    let mut record = Record::default();
    let mut problems = request.problems;
    for path in request.records {
        let bytes = load(path)?;
        let name = path.to_string_lossy();
        problems.extend(tegakari_drill::read_record(
            &mut record,
            &name,
            &bytes,
            &plan,
        ));
    }
    let wanted = tegakari_drill::wanted(&plan);
    let mut only_in = BTreeMap::new();
    let mut indicators = Vec::with_capacity(wanted.len());
    for one in wanted {
        let indicator = Indicator::new(one.observable);
        if !one.only_in.is_empty() {
            only_in.insert(indicator.id.clone(), one.only_in);
        }
        indicators.push(indicator);
    }
    let hunt = HuntRequest {
        indicators,
        set: None,
        reports: Vec::new(),
        techniques: Vec::new(),
        paths: request.logs,
        window: TimeRange::default(),
        inventory: request.inventory,
        zones: Vec::new(),
        assumptions: Assumptions::default(),
        problems: Vec::new(),
        threads: request.threads,
        examples: None,
        drills: None,
        rules: None,
    };
    let hunt = run_for_drill(hunt, &only_in, progress)?;
    if hunt.partial {
        return Ok(None);
    }
    let searched = Searched {
        paths: hunt.paths.clone(),
        problems,
    };
    let check = tegakari_drill::conclude(&plan, &record, &hunt, searched);
    store.save_drill_plan(&plan)?;
    store.save_drill_check(&check)?;
    Ok(Some(check))
}

/// The plan that somebody means: a file if there is one of that name, else one that is kept.
fn meant_plan(store: &Store, typed: &str) -> Result<DrillPlan, PipelineError> {
    let path = Path::new(typed);
    if path.is_file() {
        return tegakari_drill::read_plan(&load(path)?).map_err(|bad| PipelineError::Read {
            path: path.to_owned(),
            why: bad.what,
            hint: bad.hint,
        });
    }
    let ids = store.drill_ids(typed)?;
    let plan = match &ids[..] {
        [] => None,
        [id] => store.drill_plan(id)?,
        several => {
            let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
            return Err(told::several_drills(typed, ids).into());
        }
    };
    plan.filter(|_| !typed.trim().is_empty())
        .ok_or_else(|| told::no_drill(typed, store.path().display().to_string()).into())
}

/// What drills showed, and what to do about it.
#[derive(Debug, serde::Serialize)]
pub struct DrillReport {
    /// The check that it tells of: the newest, or that of the plan asked for.
    pub check: DrillCheck,
    /// What was missed, put together by what closes it.
    pub gaps: Vec<DrillGap>,
    /// Rates over the last check of every plan.
    pub measured: Vec<DetectionRate>,
}

/// Tells of the last check, or of that of a plan (its id or the beginning of it).
///
/// # Errors
/// When there is none.
pub fn drill_report(store: &Store, typed: Option<&str>) -> Result<DrillReport, PipelineError> {
    let mut checks = store.last_drill_checks()?;
    let measured = tegakari_drill::pooled(&checks);
    let check = match typed {
        None => checks.pop(),
        Some(typed) => {
            let plan = meant_plan(store, typed)?;
            checks.into_iter().find(|check| check.plan == plan.id)
        }
    };
    let check = check.ok_or_else(told::no_drill_checked)?;
    Ok(DrillReport {
        gaps: tegakari_drill::gaps(&check),
        check,
        measured,
    })
}

/// The rates that all drills measured: of each plan the last check, their counts added. Of all machines together first,
/// then of each. Empty when no drill was ever checked.
///
/// # Errors
/// When the database is locked or damaged.
pub fn measured_rates(store: &Store) -> Result<Vec<DetectionRate>, PipelineError> {
    Ok(tegakari_drill::pooled(&store.last_drill_checks()?))
}

/// What is taken for granted where a negative is weighed: what a file says or what is built in, with what drills of this
/// database have measured in its place. Also what of the file could not be understood.
///
/// # Errors
/// When the file cannot be read, or the database is locked or damaged.
pub fn assumptions(
    store: &Store,
    file: Option<&Path>,
) -> Result<(Assumptions, Vec<Problem>), PipelineError> {
    let (assumed, problems) = file.map(load_assumptions).transpose()?.unwrap_or_default();
    let measured = measured_rates(store)?;
    let measured = measured.into_iter().map(|rate| MeasuredDetection {
        telemetry: rate.telemetry,
        asset: rate.asset,
        probability: rate.probability,
    });
    Ok((assumed.with_measured(measured), problems))
}

/// What all drills in the database have planted, to leave it out of hunts.
///
/// # Errors
/// When the database is locked or damaged.
pub fn known_drills(store: &Store) -> Result<Drills, PipelineError> {
    let plans = store.drill_plans()?;
    let traces = plans
        .into_iter()
        .flat_map(|plan| plan.hosts)
        .flat_map(|host| host.traces);
    Ok(Drills::new(traces.flat_map(|trace| {
        let token = format!("{}{}", tegakari_model::TOKEN_PREFIX, trace.body);
        let values = trace.values.into_iter();
        let mut all: Vec<String> = values.map(|v| v.observable.value().to_owned()).collect();
        all.push(token);
        all
    })))
}

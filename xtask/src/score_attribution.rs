//! How well incidents are attributed: makes the jobs of the labelled cases, predicts, lets the shared scorer count,
//! and holds the result against the bars of the project. Says as well what tampering with an incident does, and how
//! long an assessment takes.

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tegakari_assess::{Assessor, Case, Parameters};
use tegakari_knowledge::Knowledge;
use tegakari_model::Report;

use crate::attribution::{Job, Releases, Toll, jobs, stressed, truths};
use crate::predict_attribution::predict_jobs;

const USAGE: &str =
    "usage: cargo xtask score-attribution [--cases DIR] [--tools DIR] [--pred PRED.jsonl]
  --cases  cases_*.jsonl, aliases.json and kb/ (../shared/data/attribution without it)
  --tools  make_jobs.py and score.py (../shared/tools/attribution without it)
  --pred   score these predictions instead of the shipped model's";

/// Tampered forms of each kind that are drawn of an incident.
const DRAWS: u32 = 2;
/// An assessment over the whole knowledge may take so many milliseconds.
const FAST: f64 = 50.0;
/// Incidents that are timed.
const TIMED: usize = 100;

/// A measure, where it stands in the scorer's output, its bar, and whether more is better.
type Bar = (&'static str, &'static str, &'static str, f64, bool);

const BARS: &[Bar] = &[
    ("MACRO top-1", "MACRO", "top1", 0.45, true),
    ("MACRO top-3", "MACRO", "top3", 0.60, true),
    ("temporal top-1", "temporal/asis", "top1", 0.45, true),
    ("temporal Brier", "temporal/asis", "brier", 0.64, false),
    ("temporal log-loss", "temporal/asis", "logloss", 2.9, false),
    (
        "a really new actor (AUC)",
        "temporal/asis",
        "auc_unknown",
        0.70,
        true,
    ),
    ("all: Brier", "ALL", "brier", 0.50, false),
    ("all: log-loss", "ALL", "logloss", 2.1, false),
    ("all: ECE", "ALL", "ece", 0.05, false),
    ("right at 80 % stated", "ALL", "prec@0.80", 0.90, true),
    ("share of cases at 80 %", "ALL", "cov@0.80", 0.15, true),
];

/// Where the cases and the scorer are.
pub(crate) struct Places {
    pub(crate) cases: PathBuf,
    pub(crate) tools: PathBuf,
    pub(crate) scratch: PathBuf,
}

impl Places {
    /// Beside the repository, when not told otherwise.
    pub(crate) fn new(cases: Option<PathBuf>, tools: Option<PathBuf>) -> anyhow::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let scratch = root.join("target").join("attribution");
        fs::create_dir_all(&scratch)?;
        Ok(Self {
            cases: cases.unwrap_or_else(|| root.join("../shared/data/attribution")),
            tools: tools.unwrap_or_else(|| root.join("../shared/tools/attribution")),
            scratch,
        })
    }

    /// Makes the jobs of all cases; gives the file of jobs and the file of truths.
    pub(crate) fn make_jobs(&self) -> anyhow::Result<(PathBuf, PathBuf)> {
        let arguments = [
            "--cases".as_ref(),
            self.cases.as_os_str(),
            "--out".as_ref(),
            self.scratch.as_os_str(),
        ];
        python(&self.tools.join("make_jobs.py"), &arguments)?;
        Ok((
            self.scratch.join("jobs.jsonl"),
            self.scratch.join("truth.jsonl"),
        ))
    }

    pub(crate) fn releases(&self) -> PathBuf {
        self.cases.join("kb")
    }
}

fn python(script: &Path, arguments: &[&std::ffi::OsStr]) -> anyhow::Result<String> {
    ensure!(script.is_file(), "not here: {}", script.display());
    let out = Command::new("python3")
        .arg("-B")
        .arg(script)
        .args(arguments)
        .output()
        .context("python3 does not start")?;
    ensure!(
        out.status.success(),
        "{} failed: {}",
        script.display(),
        String::from_utf8_lossy(&out.stderr)
    );
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Predicts, scores, prints.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (mut cases, mut tools, mut predictions) = (None, None, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let slot = match argument.as_str() {
            "--cases" => &mut cases,
            "--tools" => &mut tools,
            "--pred" => &mut predictions,
            _ => bail!("{USAGE}"),
        };
        *slot = Some(PathBuf::from(rest.next().context(USAGE)?));
    }
    let places = Places::new(cases, tools)?;
    let (jobs, truth) = places.make_jobs()?;
    if let Some(path) = predictions {
        return score(&places, &truth, &path);
    }
    let path = places.scratch.join("predictions.jsonl");
    let mut out = BufWriter::new(fs::File::create(&path)?);
    predict_jobs(&jobs, &places.releases(), Parameters::default(), &mut out)?;
    out.flush()?;
    score(&places, &truth, &path)?;
    tampered(&jobs, &truth, &places)?.print();
    speed(&jobs, &places)
}

/// What tampering with the incidents of known actors does.
fn tampered(path: &Path, truth: &Path, places: &Places) -> anyhow::Result<Toll> {
    let truths = truths(truth)?;
    let mut releases = Releases::of(&places.releases());
    let mut toll = Toll::default();
    for job in jobs(path)? {
        let Some(truth) = truths.get(&job.job_id).filter(|one| one.is_plain_known()) else {
            continue;
        };
        let (release, hidden) = releases.for_job(&job)?;
        let assessor = Assessor::with_profiles(release.profiles(&hidden));
        // Whether the best actor is right, and the probability of another.
        let ask = |job: &Job, decoy: &str| {
            let answer = assessor.probabilities(&case(&job.report(release))).actors;
            let best = answer.first().is_some_and(|(actor, _)| {
                let id = actor.id.0.as_str();
                truth.true_group_ids.contains(id)
            });
            let decoy = answer.iter().find(|(actor, _)| actor.id.0 == decoy);
            (best, decoy.map_or(0.0, |(_, p)| *p))
        };
        toll.untouched(ask(&job, "").0);
        for draw in 0..DRAWS {
            let profiles = assessor.profiles();
            for one in stressed(&job, release, profiles, &truth.true_group_ids, draw) {
                let (right, decoy) = ask(&one.job, &one.decoy);
                toll.tampered(one.tampering, right, decoy);
            }
        }
    }
    Ok(toll)
}

/// How long a whole assessment over the embedded knowledge takes.
#[allow(clippy::print_stdout, reason = "a developer's tool at a terminal")]
#[allow(clippy::cast_precision_loss, reason = "number of incidents")]
fn speed(path: &Path, places: &Places) -> anyhow::Result<()> {
    let assessor = Assessor::new(Knowledge::embedded());
    let mut releases = Releases::of(&places.releases());
    let (mut sum, mut most, mut count) = (Duration::ZERO, Duration::ZERO, 0_usize);
    for job in jobs(path)?.iter().take(TIMED) {
        let (release, _) = releases.for_job(job)?;
        let report = job.report(release);
        let start = Instant::now();
        let assessment = assessor.assess(&case(&report));
        let spent = start.elapsed();
        drop(assessment);
        sum += spent;
        most = most.max(spent);
        count += 1;
    }
    let mean = sum.as_secs_f64() * 1000.0 / count.max(1) as f64;
    let mark = if mean <= FAST { "" } else { "  short" };
    let build = if cfg!(debug_assertions) {
        "built for development"
    } else {
        "built for release"
    };
    println!("{:<30} {mean:>8.1} {FAST:>8.0}{mark}", "one assessment, ms");
    println!(
        "  {count} incidents, whole knowledge, {build}; slowest {:.1} ms",
        most.as_secs_f64() * 1000.0
    );
    Ok(())
}

fn case(report: &Report) -> Case<'_> {
    Case {
        reports: std::slice::from_ref(report),
        hunt: None,
        block: None,
    }
}

#[allow(clippy::print_stdout, reason = "a developer's tool at a terminal")]
pub(crate) fn score(places: &Places, truth: &Path, predictions: &Path) -> anyhow::Result<()> {
    let counted = places.scratch.join("score.json");
    let aliases = places.cases.join("aliases.json");
    let meta = places.cases.join("actor_meta.json");
    let said = python(
        &places.tools.join("score.py"),
        &[
            "--truth".as_ref(),
            truth.as_os_str(),
            "--pred".as_ref(),
            predictions.as_os_str(),
            "--aliases".as_ref(),
            aliases.as_os_str(),
            "--meta".as_ref(),
            meta.as_os_str(),
            "--json".as_ref(),
            counted.as_os_str(),
            "--words".as_ref(),
        ],
    )?;
    println!("{said}");
    // Python writes what cannot be measured as NaN, which JSON does not have.
    let counted = fs::read_to_string(&counted)?.replace(": NaN", ": null");
    let counted: Value =
        serde_json::from_str(&counted).context("what the scorer wrote is no JSON")?;
    println!("{:<26} {:>8} {:>8}", "", "measured", "bar");
    for (name, slice, measure, bar, more) in BARS {
        let Some(got) = counted[slice][measure].as_f64() else {
            println!("{name:<26} {:>8} {bar:>8.2}", "-");
            continue;
        };
        let reached = if *more { got >= *bar } else { got <= *bar };
        let mark = if reached { "" } else { "  short" };
        println!("{name:<26} {got:>8.3} {bar:>8.2}{mark}");
    }
    Ok(())
}

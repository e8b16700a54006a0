//! How well incidents are attributed: makes the jobs of the labelled cases, predicts, lets the shared scorer count,
//! and holds the result against the bars of the project.

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tegakari_assess::Parameters;

use crate::predict_attribution::predict_jobs;

const USAGE: &str =
    "usage: cargo xtask score-attribution [--cases DIR] [--tools DIR] [--pred PRED.jsonl]
  --cases  cases_*.jsonl, aliases.json and kb/ (../shared/data/attribution without it)
  --tools  make_jobs.py and score.py (../shared/tools/attribution without it)
  --pred   score these predictions instead of the shipped model's";

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
    let predictions = match predictions {
        Some(path) => path,
        None => {
            let path = places.scratch.join("predictions.jsonl");
            let mut out = BufWriter::new(fs::File::create(&path)?);
            predict_jobs(&jobs, &places.releases(), Parameters::default(), &mut out)?;
            out.flush()?;
            path
        }
    };
    score(&places, &truth, &predictions)
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

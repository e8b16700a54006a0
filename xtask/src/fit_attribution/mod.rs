//! Fits the weights of attribution on attributed incidents, and says what they are worth on incidents that they
//! were not fitted on.
//!
//! Two small models, one after the other, both convex, so that there is one answer and no seed:
//!
//! 1. which known actor: a conditional logit over all actors, on the incidents whose actor is known;
//! 2. whether it is any of them: logistic regression on how good the best match is, on all incidents, with the
//!    scores that the first model gives to incidents it was not fitted on.
//!
//! Ten folds by report: incidents that cite the same report are in the same fold.

mod logit;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::json;
use tegakari_assess::{Assessor, Case, Fitted, Parameters, Seen};

use crate::attribution::{Releases, jobs};
use crate::score_attribution::{Places, score};

const USAGE: &str = "usage: cargo xtask fit-attribution [--write] [--cases DIR] [--tools DIR]
  --write  put the weights into crates/tegakari-assess/src/fitted.rs
  --cases  cases_*.jsonl and kb/ (../shared/data/attribution without it)
  --tools  make_jobs.py and score.py (../shared/tools/attribution without it)";

const FOLDS: u64 = 10;
/// Pull towards zero of the weights of numbers brought to deviation 1, in the first and the second model.
const PULL_ACTOR: f64 = 4.0;
const PULL_NONE: f64 = 3.0;
/// What the same incident under stricter conditions counts in the second model.
const VARIANT: f64 = 0.5;

#[derive(Deserialize)]
struct Truth {
    job_id: String,
    condition: String,
    true_group_ids: BTreeSet<String>,
    unknown: bool,
}

#[derive(Deserialize)]
struct Cited {
    id: String,
    #[serde(default)]
    cites: Vec<String>,
}

/// One job as the fit sees it.
struct Example {
    job_id: String,
    fold: u64,
    weight: f64,
    seen: Seen,
    /// Places of the true actors in what was seen; none when the actor is not among them.
    right: Vec<usize>,
    unknown: bool,
}

/// Fits, says how good it is in and out of sample, and writes the weights when asked to.
#[allow(clippy::print_stdout, reason = "a developer's tool at a terminal")]
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (mut write, mut cases, mut tools) = (false, None, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--write" => write = true,
            "--cases" => cases = Some(PathBuf::from(rest.next().context(USAGE)?)),
            "--tools" => tools = Some(PathBuf::from(rest.next().context(USAGE)?)),
            _ => bail!("{USAGE}"),
        }
    }
    let places = Places::new(cases, tools)?;
    let (jobs, truth) = places.make_jobs()?;
    let examples = examples(&jobs, &truth, &places)?;

    // Each fold is scored by a model fitted without it.
    let folded: Vec<[f64; 7]> = (0..FOLDS)
        .map(|fold| logit::actor(known(&examples, Some(fold)), PULL_ACTOR))
        .collect();
    let of_fold = |e: &Example| folded[usize::try_from(e.fold).unwrap_or_default()];
    let none: Vec<[f64; 7]> = examples.iter().map(|e| e.seen.none(&of_fold(e))).collect();
    let second = |without: Option<u64>| {
        let rows = examples
            .iter()
            .zip(&none)
            .filter(|(e, _)| without != Some(e.fold))
            .map(|(e, x)| (*x, e.unknown, e.weight));
        logit::none(rows, PULL_NONE)
    };
    let without: Vec<Fitted> = (0..FOLDS)
        .zip(&folded)
        .map(|(fold, actor)| Fitted {
            actor: *actor,
            none: second(Some(fold)),
        })
        .collect();
    let whole = Fitted {
        actor: logit::actor(known(&examples, None), PULL_ACTOR),
        none: second(None),
    };

    let text = rust(&whole);
    println!("{text}");
    println!("fitted on all, told of all:");
    let path = places.scratch.join("in-sample.jsonl");
    predict(&examples, &path, |_| whole)?;
    score(&places, &truth, &path)?;
    println!("\nfitted without the incident's fold:");
    let path = places.scratch.join("out-of-fold.jsonl");
    predict(&examples, &path, |e| {
        without[usize::try_from(e.fold).unwrap_or_default()]
    })?;
    score(&places, &truth, &path)?;

    if write {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let path = root.join("crates/tegakari-assess/src/fitted.rs");
        let file = fs::read_to_string(&path)?;
        let start = file
            .find("pub(crate) const FITTED")
            .with_context(|| format!("{} has no FITTED", path.display()))?;
        fs::write(&path, format!("{}{text}", &file[..start]))?;
    }
    Ok(())
}

fn known(
    examples: &[Example],
    without: Option<u64>,
) -> impl Iterator<Item = (&[[f64; 7]], &[usize])> + Clone {
    examples
        .iter()
        .filter(move |e| !e.right.is_empty() && without != Some(e.fold))
        .map(|e| (e.seen.numbers.as_slice(), e.right.as_slice()))
}

/// The weights as source text.
fn rust(fitted: &Fitted) -> String {
    let list = |values: &[f64]| {
        let lines: Vec<String> = values
            .iter()
            .map(|v| format!("        {v:.6},\n"))
            .collect();
        lines.concat()
    };
    format!(
        "pub(crate) const FITTED: Fitted = Fitted {{\n    actor: [\n{}    ],\n    none: [\n{}    ],\n}};\n",
        list(&fitted.actor),
        list(&fitted.none)
    )
}

/// Writes what each example's weights say about it.
#[allow(clippy::cast_precision_loss, reason = "number of actors")]
fn predict(
    examples: &[Example],
    path: &Path,
    weights: impl Fn(&Example) -> Fitted,
) -> anyhow::Result<()> {
    let Parameters {
        doubt_of_one: doubt,
        unknown: prior,
        ..
    } = Parameters::default();
    let mut out = BufWriter::new(fs::File::create(path)?);
    for e in examples {
        let fitted = weights(e);
        let scores = e.seen.scores(&fitted.actor);
        let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = scores.iter().map(|s| (s - top).exp()).sum();
        let none = 1.0 / (1.0 + (-logit::odds(&fitted.none, &e.seen.none(&fitted.actor))).exp());
        let each = doubt * (1.0 - prior) / scores.len().max(1) as f64;
        let ranking: Vec<_> = e
            .seen
            .actors
            .iter()
            .zip(&scores)
            .map(|(actor, score)| {
                let p = (1.0 - none) * (score - top).exp() / sum;
                json!({"actor": actor.id.0, "probability": (1.0 - doubt) * p + each})
            })
            .collect();
        let line = json!({
            "job_id": e.job_id, "ranking": ranking,
            "unknown_probability": (1.0 - doubt) * none + doubt * prior,
        });
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(())
}

fn examples(path: &Path, truth: &Path, places: &Places) -> anyhow::Result<Vec<Example>> {
    let truths: BTreeMap<String, Truth> = lines::<Truth>(truth)?
        .into_iter()
        .map(|t| (t.job_id.clone(), t))
        .collect();
    let folds = folds(&places.cases)?;
    let mut releases = Releases::of(&places.releases());
    let mut examples = Vec::new();
    for job in jobs(path)? {
        let truth = truths
            .get(&job.job_id)
            .with_context(|| format!("no truth about {}", job.job_id))?;
        let (release, hidden) = releases.for_job(&job)?;
        let assessor = Assessor::with_profiles(release.profiles(&hidden));
        let report = job.report(release);
        let seen = assessor.seen(&Case {
            reports: std::slice::from_ref(&report),
            hunt: None,
            block: None,
        });
        let right = seen
            .actors
            .iter()
            .enumerate()
            .filter(|(_, actor)| truth.true_group_ids.contains(&actor.id.0))
            .map(|(place, _)| place)
            .collect();
        let incident = job.job_id.split('@').next().unwrap_or_default();
        let main = ["loo", "open", "asis"].contains(&truth.condition.as_str());
        examples.push(Example {
            fold: folds.get(incident).copied().unwrap_or_default(),
            weight: if main { 1.0 } else { VARIANT },
            seen,
            right,
            unknown: truth.unknown,
            job_id: job.job_id,
        });
    }
    Ok(examples)
}

fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text = fs::read_to_string(path).with_context(|| format!("no {}", path.display()))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).with_context(|| format!("{}", path.display())))
        .collect()
}

/// The fold of every incident: by a hash of the least incident that it shares a report with, directly or
/// through others.
fn folds(cases: &Path) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut names: Vec<PathBuf> = fs::read_dir(cases)?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("cases_") && name.ends_with(".jsonl")
        })
        .collect();
    names.sort();
    let mut incidents = Vec::new();
    for name in names {
        incidents.extend(lines::<Cited>(&name)?);
    }
    let mut group: Vec<usize> = (0..incidents.len()).collect();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    // Groups only ever merge, and there are few: a pass over all for each merger is soon done.
    for (n, incident) in incidents.iter().enumerate() {
        for cited in &incident.cites {
            let other = *first.entry(cited.as_str()).or_insert(n);
            let (from, to) = (group[n].max(group[other]), group[n].min(group[other]));
            for one in group.iter_mut().filter(|one| **one == from) {
                *one = to;
            }
        }
    }
    let mut least: BTreeMap<usize, &str> = BTreeMap::new();
    for (incident, group) in incidents.iter().zip(&group) {
        let name = least.entry(*group).or_insert(&incident.id);
        *name = (*name).min(incident.id.as_str());
    }
    Ok(incidents
        .iter()
        .zip(&group)
        .map(|(incident, group)| (incident.id.clone(), fnv(least[group]) % FOLDS))
        .collect())
}

/// FNV-1a, 64 bits: the same on every machine and in every version.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

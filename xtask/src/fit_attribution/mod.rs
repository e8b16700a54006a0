//! Fits the weights of attribution on attributed incidents, and says what they are worth on incidents that they
//! were not fitted on.
//!
//! Two small models, one after the other, both convex, so that there is one answer and no seed:
//!
//! 1. which known actor: a conditional logit over all actors, on the incidents whose actor is known;
//! 2. whether it is any of them: logistic regression on how good the best match is, on all incidents, with the
//!    scores that the first model gives to incidents it was not fitted on.
//!
//! The weights of the first are the mean of two fits, one by what is told of actors and one by BM25 and the nearest
//! account: such a mean of log-odds is better than either and than one fit with all numbers. Tampered forms of the
//! incidents are among its examples, so that what is easily planted is not believed against everything else. Thinned
//! forms are no examples (they did not help); they show what is stated when little was told.
//!
//! Ten folds by report: incidents that cite the same report are in the same fold.

mod logit;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::json;
use tegakari_assess::{Assessor, Case, Fitted, Parameters, Seen, on_one_fact};

use crate::attribution::{Job, Releases, Tampering, Toll, fnv, jobs, stressed, thinned, truths};
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
/// Tampered forms of each kind that are drawn of an incident, and what each counts in the first model.
const DRAWS: u32 = 2;
const TAMPERED: f64 = 0.25;
/// Numbers of the two fits of the first model, in the order of `Fitted::actor`.
const BY_WHAT_IS_TOLD: [bool; 13] = [
    false, false, false, false, false, true, true, true, true, true, true, true, true,
];
const BY_RECORD: [bool; 13] = [
    true, true, true, true, true, false, false, true, true, true, true, true, true,
];

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
    /// Whether ranking is measured by it.
    plain: bool,
    /// What was done to it, and the place of the decoy.
    tampered: Option<(Tampering, usize)>,
    /// Whether most of it was left out.
    thin: bool,
    /// Whether examples have dates here, this one perhaps not.
    knows_dates: bool,
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

    let undated: Vec<Example> = examples.iter().map(Example::undated).collect();
    let (with_dates, without_dates) = (Folded::fit(&examples), Folded::fit(&undated));
    let text = format!(
        "{}\n/// What this version ships for cases without.\n{}",
        rust("FITTED", &with_dates.whole),
        rust("FITTED_UNDATED", &without_dates.whole)
    );
    println!("{text}");
    for (name, examples) in [
        ("as they are", &examples),
        ("as if nobody knew when", &undated),
    ] {
        let of = |e: &Example| {
            if e.seen.dated {
                &with_dates
            } else {
                &without_dates
            }
        };
        println!("\n{name}: fitted on all, told of all:");
        let path = places.scratch.join("in-sample.jsonl");
        predict(examples, &path, |e| of(e).whole)?;
        score(&places, &truth, &path)?;
        println!("\n{name}: fitted without the incident's fold:");
        let path = places.scratch.join("out-of-fold.jsonl");
        let of_its_fold = |e: &Example| of(e).without(e.fold);
        predict(examples, &path, of_its_fold)?;
        score(&places, &truth, &path)?;
        toll(examples, of_its_fold).print();
        told_little(examples, of_its_fold);
    }

    if write {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let path = root.join("crates/tegakari-assess/src/fitted.rs");
        let file = fs::read_to_string(&path)?;
        let start = file
            .find("pub(crate) const FITTED:")
            .with_context(|| format!("{} has no FITTED", path.display()))?;
        fs::write(&path, format!("{}{text}", &file[..start]))?;
    }
    Ok(())
}

/// Weights fitted on all examples, and without each fold in turn.
struct Folded {
    whole: Fitted,
    without: Vec<Fitted>,
}

impl Folded {
    fn fit(examples: &[Example]) -> Self {
        // Each fold is scored by a model fitted without it.
        let folded: Vec<[f64; 13]> = (0..FOLDS).map(|fold| first(examples, Some(fold))).collect();
        let of_fold = |e: &Example| folded[usize::try_from(e.fold).unwrap_or_default()];
        let none: Vec<[f64; 10]> = examples.iter().map(|e| e.seen.none(&of_fold(e))).collect();
        let second = |without: Option<u64>| {
            let rows = examples
                .iter()
                .zip(&none)
                .filter(|(e, _)| e.tampered.is_none() && !e.thin && without != Some(e.fold))
                .map(|(e, x)| (known_of(e, *x), e.unknown, e.weight));
            logit::none(rows, PULL_NONE)
        };
        let without = (0..FOLDS)
            .zip(&folded)
            .map(|(fold, actor)| Fitted {
                actor: *actor,
                none: second(Some(fold)),
            })
            .collect();
        Self {
            whole: Fitted {
                actor: first(examples, None),
                none: second(None),
            },
            without,
        }
    }

    fn without(&self, fold: u64) -> Fitted {
        let fold = usize::try_from(fold).unwrap_or_default();
        self.without.get(fold).copied().unwrap_or(self.whole)
    }
}

/// What the second model may know of an example: without any date the gap is the same twice, and no more.
fn known_of(example: &Example, mut numbers: [f64; 10]) -> [f64; 10] {
    if !example.knows_dates {
        numbers[8..].fill(0.0);
    }
    numbers
}

impl Example {
    /// The same as if nobody knew when it was reported.
    fn undated(&self) -> Self {
        Self {
            seen: self.seen.undated(),
            knows_dates: false,
            right: self.right.clone(),
            job_id: self.job_id.clone(),
            ..*self
        }
    }
}

/// The weights of the first model: the mean of both fits, and then as sure as the incidents that nobody tampered with
/// allow. That last factor changes no ranking.
fn first(examples: &[Example], without: Option<u64>) -> [f64; 13] {
    let told = logit::actor(known(examples, without), BY_WHAT_IS_TOLD, PULL_ACTOR);
    let record = logit::actor(known(examples, without), BY_RECORD, PULL_ACTOR);
    let mean: [f64; 13] = std::array::from_fn(|k| f64::midpoint(told[k], record[k]));
    let scored: Vec<(Vec<[f64; 1]>, &[usize])> = examples
        .iter()
        .filter(|e| {
            e.tampered.is_none() && !e.thin && !e.right.is_empty() && without != Some(e.fold)
        })
        .map(|e| {
            let scores = e.seen.scores(&mean).into_iter();
            (scores.map(|s| [s]).collect(), e.right.as_slice())
        })
        .collect();
    let rows = scored
        .iter()
        .map(|(rows, right)| (rows.as_slice(), *right, 1.0));
    let [sure] = logit::actor(rows, [true], 0.0);
    mean.map(|w| w * sure)
}

fn known(
    examples: &[Example],
    without: Option<u64>,
) -> impl Iterator<Item = (&[[f64; 13]], &[usize], f64)> + Clone {
    examples
        .iter()
        .filter(move |e| !e.right.is_empty() && !e.thin && without != Some(e.fold))
        .map(|e| {
            let counts = if e.tampered.is_some() { TAMPERED } else { 1.0 };
            (e.seen.numbers.as_slice(), e.right.as_slice(), counts)
        })
}

/// The weights as source text.
fn rust(name: &str, fitted: &Fitted) -> String {
    let list = |values: &[f64]| {
        let lines: Vec<String> = values
            .iter()
            .map(|v| format!("        {v:.6},\n"))
            .collect();
        lines.concat()
    };
    format!(
        "pub(crate) const {name}: Fitted = Fitted {{\n    actor: [\n{}    ],\n    none: [\n{}    ],\n}};\n",
        list(&fitted.actor),
        list(&fitted.none)
    )
}

/// Probabilities of every known actor, and of none of them, as the program would state them.
fn stated(seen: &Seen, fitted: &Fitted) -> (Vec<f64>, f64) {
    let answer = weighed(seen, fitted);
    let best = answer
        .0
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1));
    let Some(leader) = best.map(|(place, _)| place) else {
        return answer;
    };
    match seen.without_strongest(&fitted.actor, leader) {
        Some(less) => on_one_fact(answer, weighed(&less, fitted), leader),
        None => answer,
    }
}

/// The same if one fact were as good as several.
#[allow(clippy::cast_precision_loss, reason = "number of actors")]
fn weighed(seen: &Seen, fitted: &Fitted) -> (Vec<f64>, f64) {
    let Parameters {
        doubt_of_one: doubt,
        unknown: prior,
        ..
    } = Parameters::default();
    let scores = seen.scores(&fitted.actor);
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = scores.iter().map(|s| (s - top).exp()).sum();
    let none = 1.0 / (1.0 + (-logit::odds(&fitted.none, &seen.none(&fitted.actor))).exp());
    let each = doubt * (1.0 - prior) / scores.len().max(1) as f64;
    let actors = scores
        .iter()
        .map(|score| (1.0 - doubt) * (1.0 - none) * (score - top).exp() / sum + each)
        .collect();
    (actors, (1.0 - doubt) * none + doubt * prior)
}

/// Writes what each example's weights say about it.
fn predict(
    examples: &[Example],
    path: &Path,
    weights: impl Fn(&Example) -> Fitted,
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(fs::File::create(path)?);
    for e in examples.iter().filter(|e| e.tampered.is_none() && !e.thin) {
        let (actors, none) = stated(&e.seen, &weights(e));
        let ranking: Vec<_> = e
            .seen
            .actors
            .iter()
            .zip(&actors)
            .map(|(actor, p)| json!({"actor": actor.id.0, "probability": p}))
            .collect();
        let line = json!({
            "job_id": e.job_id, "ranking": ranking, "unknown_probability": none,
        });
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(())
}

/// What tampering does to what each example's weights say.
fn toll(examples: &[Example], weights: impl Fn(&Example) -> Fitted) -> Toll {
    let mut toll = Toll::default();
    for e in examples.iter().filter(|e| e.plain && !e.thin) {
        let (actors, _) = stated(&e.seen, &weights(e));
        let best = actors.iter().copied().fold(0.0, f64::max);
        let right = e.right.iter().any(|place| actors[*place] >= best);
        match e.tampered {
            None => toll.untouched(right),
            Some((tampering, decoy)) => toll.tampered(tampering, right, actors[decoy]),
        }
    }
    toll
}

/// How good the answers are where most was left out, by the number of techniques that are left.
#[allow(clippy::print_stdout, reason = "a developer's tool at a terminal")]
#[allow(clippy::cast_precision_loss, reason = "counts of incidents")]
fn told_little(examples: &[Example], weights: impl Fn(&Example) -> Fitted) {
    let (mut known, mut right) = (0_u32, 0_u32);
    let (mut brier, mut loss, mut count) = (0.0, 0.0, 0.0);
    let mut bands = [(0.0, 0.0, 0.0); 10];
    for e in examples.iter().filter(|e| e.thin) {
        let (actors, none) = stated(&e.seen, &weights(e));
        let best = actors.iter().copied().fold(0.0, f64::max);
        let hit = e.right.iter().any(|place| actors[*place] >= best);
        known += u32::from(!e.unknown);
        right += u32::from(hit && !e.unknown);
        let truth: f64 = if e.unknown {
            none
        } else {
            e.right.iter().map(|place| actors[*place]).sum()
        };
        let squares: f64 = actors.iter().map(|p| p * p).sum();
        let of_right: f64 = e.right.iter().map(|place| actors[*place].powi(2)).sum();
        brier += if e.unknown {
            (1.0 - none).powi(2) + squares
        } else {
            (1.0 - truth).powi(2) + squares - of_right + none * none
        };
        loss -= truth.max(1e-6).ln();
        count += 1.0;
        let (stated, came) = if none >= best {
            (none, e.unknown)
        } else {
            (best, hit)
        };
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a tenth"
        )]
        let band = &mut bands[((stated * 10.0) as usize).min(9)];
        *band = (
            band.0 + 1.0,
            band.1 + stated,
            band.2 + f64::from(u8::from(came)),
        );
    }
    let off: f64 = bands
        .iter()
        .map(|(_, stated, came)| (stated - came).abs())
        .sum();
    println!(
        "told little: {count} incidents, top-1 {:.3}, Brier {:.3}, log-loss {:.2}, ECE {:.3}",
        f64::from(right) / f64::from(known.max(1)),
        brier / count,
        loss / count,
        off / count
    );
}

fn examples(path: &Path, truth: &Path, places: &Places) -> anyhow::Result<Vec<Example>> {
    let truths = truths(truth)?;
    let folds = folds(&places.cases)?;
    let mut releases = Releases::of(&places.releases());
    let mut examples = Vec::new();
    for job in jobs(path)? {
        let truth = truths
            .get(&job.job_id)
            .with_context(|| format!("no truth about {}", job.job_id))?;
        let (release, hidden) = releases.for_job(&job)?;
        let assessor = Assessor::with_profiles(release.profiles(&hidden));
        let incident = job.job_id.split('@').next().unwrap_or_default();
        let main = ["loo", "open", "asis"].contains(&truth.condition.as_str());
        let example = |job: &Job, tampered: Option<(Tampering, &str)>, thin: bool| {
            let report = job.report(release);
            let seen = assessor.seen(&Case {
                reports: std::slice::from_ref(&report),
                hunt: None,
                block: None,
            });
            let place = |id: &str| seen.actors.iter().position(|actor| actor.id.0 == id);
            let right = truth
                .true_group_ids
                .iter()
                .filter_map(|id| place(id))
                .collect();
            let tampered = tampered
                .and_then(|(tampering, decoy)| place(decoy).map(|place| (tampering, place)));
            Example {
                fold: folds.get(incident).copied().unwrap_or_default(),
                weight: if main { 1.0 } else { VARIANT },
                seen,
                right,
                unknown: truth.unknown,
                plain: truth.is_plain_known(),
                tampered,
                thin,
                knows_dates: true,
                job_id: job.job_id.clone(),
            }
        };
        examples.push(example(&job, None, false));
        if let Some(thin) = thinned(&job).filter(|_| main) {
            examples.push(example(&thin, None, true));
        }
        if truth.is_plain_known() {
            for draw in 0..DRAWS {
                let profiles = assessor.profiles();
                for one in stressed(&job, release, profiles, &truth.true_group_ids, draw) {
                    examples.push(example(&one.job, Some((one.tampering, &one.decoy)), false));
                }
            }
        }
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

//! `cargo xtask train-techniques --from DIR`: ATT&CK's procedure texts to the model that finds
//! techniques told in prose (`crates/tegakari-read/data/techniques.bin.zst`).
//!
//! Two trainings: one without the texts of every fifth report, on which the scores are turned into
//! probabilities and the figures are taken, and one with all. `--check` writes nothing and fails when
//! the file in the repository is not what DIR gives; `--recent` takes figures with all reports of 2024
//! and later held out; `--sigma DIR` adds a test on Sigma rules; `--set name=value` changes a number of
//! the recipe. What came out is in docs/techniques.md.

mod calibrate;
mod corpus;
mod fit;
mod measure;
mod prose;
mod recipe;
mod sigma;
mod solver;
mod vectors;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tegakari_read::behaviour::{self, model::Model};

use corpus::{Corpus, DOMAINS, Origin, Sample};
use fit::{Fitted, fit};
use recipe::Recipe;

/// Below this probability nothing is told; what the pre-filter must let pass.
const LEAST: f64 = 0.4;

/// Runs the chore.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let mut recipe = Recipe::default();
    let (mut from, mut sigma, mut to) = (None, None, None);
    let (mut check, mut recent) = (false, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--from" => from = rest.next().map(PathBuf::from),
            "--to" => to = rest.next().map(PathBuf::from),
            "--sigma" => sigma = rest.next().map(PathBuf::from),
            "--set" => recipe.set(rest.next().context("--set needs name=value")?)?,
            "--check" => check = true,
            "--recent" => recent = true,
            other => bail!(
                "unknown argument {other:?}; use --from, --to, --sigma, --set, --recent, --check"
            ),
        }
    }
    let from = from.context("--from DIR is needed: the folder that holds attack/")?;
    let corpus = Corpus::read(&from)?;
    let rules = match &sigma {
        Some(folder) => sigma::read(folder, &corpus)?,
        None => Vec::new(),
    };
    if recent {
        let held = |s: &Sample| !s.years.is_empty() && s.years.iter().all(|y| *y >= 2024);
        let old = |s: &Sample| s.years.iter().all(|y| *y < 2024);
        figures(
            &corpus,
            &recipe,
            held,
            old,
            &rules,
            "reports of 2024 and later",
        );
        return Ok(());
    }
    let fifth = |name: &str| {
        name.bytes()
            .fold(7_u32, |h, b| h.wrapping_mul(31) ^ u32::from(b))
            % 5
            == 0
    };
    let held = |s: &Sample| match s.origin {
        Origin::Nothing => fifth(&s.text),
        _ => !s.reports.is_empty() && s.reports.iter().all(|r| fifth(r)),
    };
    let kept = |s: &Sample| match s.origin {
        Origin::Nothing => !fifth(&s.text),
        _ => !s.reports.iter().any(|r| fifth(r)),
    };
    let calibrated = figures(&corpus, &recipe, held, kept, &rules, "every fifth report");
    let all: Vec<&Sample> = corpus.samples.iter().collect();
    let mut fitted = fit(&corpus, &all, &recipe);
    fitted.head.exact = calibrated.head.exact;
    fitted.head.parent = calibrated.head.parent;
    fitted.head.promising = calibrated.head.promising;
    for (class, known) in fitted.head.classes.iter_mut().zip(&calibrated.head.classes) {
        class.offset = known.offset;
    }
    write(&fitted.bytes(), to, check)
}

/// Trains on what is `kept` and takes figures on what is `held`.
#[allow(clippy::print_stdout, reason = "figures for a developer at a terminal")]
fn figures(
    corpus: &Corpus,
    recipe: &Recipe,
    held: impl Fn(&Sample) -> bool,
    kept: impl Fn(&Sample) -> bool,
    rules: &[(String, Vec<usize>)],
    name: &str,
) -> Fitted {
    let train: Vec<&Sample> = corpus.samples.iter().filter(|s| kept(s)).collect();
    let test: Vec<&Sample> = corpus.samples.iter().filter(|s| held(s)).collect();
    println!("held out: {name}");
    println!(
        "{} classes; trained on {} texts",
        corpus.classes.len(),
        train.len()
    );
    let mut fitted = fit(corpus, &train, recipe);
    let bytes = fitted.bytes();
    println!(
        "{} weights, {} kept, {} bytes",
        fitted.before,
        fitted.rows.iter().map(Vec::len).sum::<usize>(),
        bytes.len()
    );
    let Some(model) = Model::read(&bytes) else {
        return fitted;
    };
    for (d, (domain, _)) in DOMAINS.iter().enumerate() {
        let own = test
            .iter()
            .filter(|s| s.domain == Some(d) && s.origin == Origin::Procedure);
        measure::ranking(
            domain,
            corpus,
            &model,
            d,
            own.map(|s| (s.text.as_str(), s.labels.as_slice())),
        );
    }
    if !rules.is_empty() {
        measure::ranking(
            "Sigma rules",
            corpus,
            &model,
            0,
            rules.iter().map(|(t, l)| (t.as_str(), l.as_slice())),
        );
    }
    let cases = calibrate::cases(corpus, &model, &test);
    calibrate::calibrate(&mut fitted.head, &cases);
    fitted.head.promising = calibrate::promising(&fitted.head, &cases, LEAST);
    println!(
        "{:?}\n{:?}\npromising from {}",
        fitted.head.exact, fitted.head.parent, fitted.head.promising
    );
    measure::thresholds(&fitted.head, &cases);
    fitted
}

#[allow(
    clippy::print_stdout,
    reason = "its result is for a developer at a terminal"
)]
fn write(bytes: &[u8], to: Option<PathBuf>, check: bool) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path = to.unwrap_or_else(|| root.join("crates/tegakari-read/data/techniques.bin.zst"));
    if check {
        let known = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let known =
            behaviour::unpack(&known).with_context(|| format!("unpacking {}", path.display()))?;
        if known != bytes {
            bail!("{} is not what this training gives", path.display());
        }
    } else {
        let packed = behaviour::pack(bytes)?;
        std::fs::write(&path, packed).with_context(|| format!("writing {}", path.display()))?;
    }
    println!("{:>9} bytes unpacked  {}", bytes.len(), path.display());
    Ok(())
}

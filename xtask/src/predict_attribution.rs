//! What the model says about every incident of a jobs file, or about every report of a texts file, one JSON line
//! each, in the form that the shared scorer takes: `{"job_id", "ranking": [{"actor", "probability"}],
//! "unknown_probability"}`.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use serde_json::json;
use tegakari_assess::{Assessor, Case, Parameters, Probabilities};
use tegakari_knowledge::Knowledge;
use tegakari_model::Report;
use tegakari_read::{Document, read};

use crate::attribution::{Releases, jobs};

const USAGE: &str = "usage: cargo xtask predict-attribution --jobs JOBS.jsonl --knowledge DIR --out PRED.jsonl
       cargo xtask predict-attribution --texts TEXTS.jsonl --out PRED.jsonl [--seen SEEN.jsonl]
  --jobs       incidents as technique and software ids, each with what of the knowledge is hidden from it
  --knowledge  the folder of the releases, kb_<version>.json.gz
  --texts      reports as lines {\"id\", \"text\"}, read and weighed against the embedded knowledge
  --out        where the predictions go
  --seen       where it goes what was read in each text and what that adds to whom, one JSON line each";

/// Predicts for jobs, texts or both.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (mut jobs, mut knowledge, mut texts, mut out, mut seen) = (None, None, None, None, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let slot = match argument.as_str() {
            "--jobs" => &mut jobs,
            "--knowledge" => &mut knowledge,
            "--texts" => &mut texts,
            "--out" => &mut out,
            "--seen" => &mut seen,
            _ => bail!("{USAGE}"),
        };
        *slot = Some(PathBuf::from(rest.next().context(USAGE)?));
    }
    let out = out.context(USAGE)?;
    ensure!(jobs.is_some() || texts.is_some(), "{USAGE}");
    let file = fs::File::create(&out).with_context(|| format!("cannot write {}", out.display()))?;
    let mut file = BufWriter::new(file);
    if let Some(path) = jobs {
        let knowledge = knowledge.context(USAGE)?;
        predict_jobs(&path, &knowledge, Parameters::default(), &mut file)?;
    }
    if let Some(path) = texts {
        let mut seen = match seen {
            Some(path) => {
                let made = fs::File::create(&path);
                Some(made.with_context(|| format!("cannot write {}", path.display()))?)
            }
            None => None,
        };
        predict_texts(&path, &mut file, seen.as_mut())?;
    }
    file.flush()?;
    Ok(())
}

/// Writes a prediction for every job of a file.
#[allow(clippy::print_stderr, reason = "a developer's tool at a terminal")]
pub(crate) fn predict_jobs(
    path: &Path,
    knowledge: &Path,
    parameters: Parameters,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut releases = Releases::of(knowledge);
    let (mut count, mut spent) = (0_u32, Duration::ZERO);
    for job in jobs(path)? {
        let (release, hidden) = releases.for_job(&job)?;
        let assessor =
            Assessor::with_profiles(release.profiles(&hidden)).with_parameters(parameters);
        let report = job.report(release);
        let start = Instant::now();
        let answer = assessor.probabilities(&case(&report));
        spent += start.elapsed();
        count += 1;
        write(&job.job_id, &answer, out)?;
    }
    eprintln!(
        "{count} jobs, {:.2} ms each for the model",
        spent.as_secs_f64() * 1000.0 / f64::from(count.max(1))
    );
    Ok(())
}

#[derive(Deserialize)]
struct Text {
    #[serde(alias = "job_id", alias = "case_id")]
    id: String,
    text: String,
}

/// Writes a prediction for every report text of a file, and what it rests on where somebody wants to see it.
fn predict_texts(
    path: &Path,
    out: &mut impl Write,
    mut seen: Option<&mut fs::File>,
) -> anyhow::Result<()> {
    let knowledge = Knowledge::embedded();
    let assessor = Assessor::new(knowledge);
    let lines =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    for (n, line) in lines
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
    {
        let text: Text = serde_json::from_str(line)
            .with_context(|| format!("{}, line {}: not a text", path.display(), n + 1))?;
        let report = read(
            Document {
                name: "report.txt",
                bytes: text.text.as_bytes(),
            },
            knowledge,
        );
        write(&text.id, &assessor.probabilities(&case(&report)), out)?;
        if let Some(seen) = seen.as_mut() {
            let assessment = assessor.assess(&case(&report));
            let evidence: Vec<String> = assessment.evidence.iter().map(|e| e.kind.key()).collect();
            let told: Vec<_> = report
                .techniques
                .iter()
                .map(|one| json!([one.id, one.explicit, one.probability]))
                .collect();
            let targets: Vec<_> = report
                .targets
                .iter()
                .map(|one| json!([one.target, one.attacked]))
                .collect();
            let names: Vec<_> = report
                .names
                .iter()
                .map(|one| json!([one.text, one.kind, one.software, one.actors]))
                .collect();
            let line = json!({
                "id": text.id, "evidence": evidence, "techniques": told, "targets": targets, "names": names,
            });
            writeln!(seen, "{line}")?;
        }
    }
    Ok(())
}

fn case(report: &Report) -> Case<'_> {
    Case {
        reports: std::slice::from_ref(report),
        hunt: None,
        block: None,
    }
}

fn write(id: &str, answer: &Probabilities, out: &mut impl Write) -> anyhow::Result<()> {
    let ranking: Vec<_> = answer
        .actors
        .iter()
        .map(|(actor, p)| {
            // The scorer knows ATT&CK's ids; records of other sources go by their name.
            let name = match actor.id.0.split_once(':') {
                Some(("attack", id)) => id,
                Some(_) => actor.name.as_str(),
                None => actor.id.0.as_str(),
            };
            json!({"actor": name, "probability": p})
        })
        .collect();
    let line = json!({
        "job_id": id, "ranking": ranking, "unknown_probability": answer.none,
    });
    writeln!(out, "{line}")?;
    Ok(())
}

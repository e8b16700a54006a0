//! How well the reader reads labelled documents: predicts, lets the shared scorer count in both views and
//! for records, and prints one table per type and one per document.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use crate::{predict_reader, score_roles};

const USAGE: &str =
    "usage: cargo xtask score-reader [DIR] [--docs a,b] [--errors N] [--bar NAME=VALUE]...
  DIR        a folder with labels.jsonl and the documents (../shared/data/reports without it)
  --docs     only these documents
  --errors   print the first N wrong values of the ioc view and of the observable view
  --bar      fail below this; NAME is observable, ioc, macro, records, or TYPE[.precision|.recall]
             of the ioc view: --bar ioc=0.95 --bar url.precision=0.90";

/// True and false positives and false negatives.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    tp: u64,
    fp: u64,
    fn_: u64,
}

impl Count {
    fn of(value: &Value) -> Self {
        let at = |i: usize| value.get(i).and_then(Value::as_u64).unwrap_or(0);
        Self {
            tp: at(0),
            fp: at(1),
            fn_: at(2),
        }
    }

    fn add(self, other: Self) -> Self {
        Self {
            tp: self.tp + other.tp,
            fp: self.fp + other.fp,
            fn_: self.fn_ + other.fn_,
        }
    }

    fn precision(self) -> Option<f64> {
        ratio(self.tp, self.tp + self.fp)
    }

    fn recall(self) -> Option<f64> {
        ratio(self.tp, self.tp + self.fn_)
    }

    fn f1(self) -> Option<f64> {
        ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn_)
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// What the scorer counted in one view.
#[derive(Default)]
struct View {
    types: BTreeMap<String, Count>,
    documents: BTreeMap<String, Count>,
}

impl View {
    fn all(&self) -> Count {
        self.types.values().fold(Count::default(), |a, b| a.add(*b))
    }

    /// The mean of F1 over the types that are wanted somewhere.
    fn over_types(&self) -> Option<f64> {
        let scores: Vec<f64> = self
            .types
            .values()
            .filter(|c| c.tp + c.fn_ > 0)
            .filter_map(|c| c.f1())
            .collect();
        (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
    }
}

/// Predicts, scores, prints; an error when a bar is not reached.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folder = None;
    let mut errors = 0u32;
    let mut bars = Vec::new();
    let mut only = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--errors" => errors = rest.next().context(USAGE)?.parse()?,
            "--docs" => only = Some(rest.next().context(USAGE)?.as_str()),
            "--bar" => {
                let (name, value) = rest.next().and_then(|b| b.split_once('=')).context(USAGE)?;
                bars.push((name.to_owned(), value.parse::<f64>().context(USAGE)?));
            }
            _ if !argument.starts_with('-') && folder.is_none() => {
                folder = Some(PathBuf::from(argument));
            }
            _ => bail!("{USAGE}"),
        }
    }
    let folder = folder.unwrap_or_else(|| root.join("../shared/data/reports"));
    let scorer = root.join("../shared/tools/score_reader.py");
    ensure!(
        scorer.is_file(),
        "the scorer is not here: {}",
        scorer.display()
    );
    let labels = folder.join("labels.jsonl");
    let scratch = root.join("target").join("score-reader");
    fs::create_dir_all(&scratch)?;
    let picked = scratch.join("labels.jsonl");
    let documents = pick(&labels, only, &picked)?;
    let names: BTreeSet<String> = documents.keys().cloned().collect();
    let predictions = scratch.join("predictions.jsonl");
    let mut out = fs::File::create(&predictions)?;
    predict_reader::predict(&folder, true, Some(&names), &mut out)?;

    let observable = view(&scorer, &picked, &predictions, "observable", errors)?;
    let ioc = view(&scorer, &picked, &predictions, "ioc", errors)?;
    let records = records(&scorer, &picked, &predictions)?;
    print(&observable, &ioc, &records, &documents);
    score_roles::measure(&picked, &predictions)?.print();

    let mut short = Vec::new();
    for (name, bar) in bars {
        let got = measured(&name, &observable, &ioc, &records)
            .with_context(|| format!("nothing is measured as {name}\n{USAGE}"))?;
        if got < bar {
            short.push(format!("{name} {got:.3} < {bar}"));
        }
    }
    ensure!(short.is_empty(), "falls short: {}", short.join(", "));
    Ok(())
}

/// Form and language of a document, as its label says.
#[derive(Default)]
struct Sort {
    form: String,
    language: String,
}

/// What documents are grouped by.
type Group = fn(&Sort) -> &str;

impl Sort {
    fn form(&self) -> &str {
        &self.form
    }

    fn language(&self) -> &str {
        &self.language
    }
}

/// The labelled documents by name; their labels are copied to `picked`.
fn pick(
    labels: &Path,
    only: Option<&str>,
    picked: &Path,
) -> anyhow::Result<BTreeMap<String, Sort>> {
    let text =
        fs::read_to_string(labels).with_context(|| format!("no labels: {}", labels.display()))?;
    let wanted: Option<BTreeSet<&str>> = only.map(|o| o.split(',').collect());
    let mut documents = BTreeMap::new();
    let mut kept = String::new();
    for (n, row) in text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
    {
        let value: Value = serde_json::from_str(row)
            .with_context(|| format!("{}, line {}", labels.display(), n + 1))?;
        let name = value["doc"].as_str().context("a label without \"doc\"")?;
        if wanted.as_ref().is_none_or(|w| w.contains(name)) {
            let said = |key: &str| value[key].as_str().unwrap_or("?").to_owned();
            let sort = Sort {
                form: said("format"),
                language: said("lang"),
            };
            documents.insert(name.to_owned(), sort);
            kept.push_str(row);
            kept.push('\n');
        }
    }
    ensure!(
        !documents.is_empty(),
        "no such document in {}",
        labels.display()
    );
    fs::write(picked, kept)?;
    Ok(documents)
}

fn scorer_says(scorer: &Path, arguments: &[&std::ffi::OsStr]) -> anyhow::Result<String> {
    let out = Command::new("python3")
        .arg(scorer)
        .args(arguments)
        .output()
        .context("python3 does not start")?;
    ensure!(
        out.status.success(),
        "the scorer failed: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

#[allow(clippy::print_stdout, reason = "a developer's tool at a terminal")]
fn view(
    scorer: &Path,
    labels: &Path,
    predictions: &Path,
    view: &str,
    errors: u32,
) -> anyhow::Result<View> {
    let counts = predictions.with_file_name(format!("{view}.json"));
    let errors = errors.to_string();
    let said = scorer_says(
        scorer,
        &[
            labels.as_os_str(),
            predictions.as_os_str(),
            "--view".as_ref(),
            view.as_ref(),
            "--json".as_ref(),
            counts.as_os_str(),
            "--errors".as_ref(),
            errors.as_ref(),
        ],
    )?;
    for row in said
        .lines()
        .filter(|l| l.contains("\tFP\t") || l.contains("\tFN\t"))
    {
        println!("{view}\t{row}");
    }
    let counted: Value = serde_json::from_slice(&fs::read(&counts)?)?;
    let read = |key: &str| -> BTreeMap<String, Count> {
        counted[key]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(k, v)| (k.clone(), Count::of(v)))
            .collect()
    };
    Ok(View {
        types: read("per_type"),
        documents: read("per_doc"),
    })
}

/// The numbers of the scorer's line about records: `record pairs  tp 27 fp 0 fn 24  P …`.
fn records(scorer: &Path, labels: &Path, predictions: &Path) -> anyhow::Result<Count> {
    let said = scorer_says(
        scorer,
        &[
            "--records".as_ref(),
            labels.as_os_str(),
            predictions.as_os_str(),
        ],
    )?;
    let words: Vec<&str> = said.split_whitespace().collect();
    let after = |name: &str| {
        let at = words.iter().position(|w| *w == name)?;
        words.get(at + 1)?.parse().ok()
    };
    Ok(Count {
        tp: after("tp").context("the scorer's line about records has changed")?,
        fp: after("fp").unwrap_or(0),
        fn_: after("fn").unwrap_or(0),
    })
}

fn measured(name: &str, observable: &View, ioc: &View, records: &Count) -> Option<f64> {
    match name {
        "observable" => observable.all().f1(),
        "ioc" => ioc.all().f1(),
        "macro" => ioc.over_types(),
        "records" => records.f1(),
        _ => {
            let (kind, measure) = name.split_once('.').unwrap_or((name, "f1"));
            let count = ioc.types.get(kind)?;
            match measure {
                "precision" => count.precision(),
                "recall" => count.recall(),
                "f1" => count.f1(),
                _ => None,
            }
        }
    }
}

#[allow(clippy::print_stdout, reason = "a developer's tool at a terminal")]
fn print(observable: &View, ioc: &View, records: &Count, documents: &BTreeMap<String, Sort>) {
    let table = |title: &str,
                 width: usize,
                 left: &BTreeMap<String, Count>,
                 right: &BTreeMap<String, Count>| {
        println!(
            "{title:<width$} | observable: tp   fp   fn      P     R    F1 | ioc: tp   fp   fn      P     R    F1"
        );
        let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for name in names {
            let of = |counts: &BTreeMap<String, Count>| counts.get(name).copied();
            row(name, width, of(left), of(right));
        }
    };
    table("type", 16, &observable.types, &ioc.types);
    row("ALL", 16, Some(observable.all()), Some(ioc.all()));
    println!();
    // What documents of one form or language have in common: their counts, added up.
    let grouped = |view: &View, of: Group| -> BTreeMap<String, Count> {
        let mut sums: BTreeMap<String, Count> = BTreeMap::new();
        for (name, count) in &view.documents {
            let group = documents.get(name).map_or("?", of);
            let sum = sums.entry(group.to_owned()).or_default();
            *sum = sum.add(*count);
        }
        sums
    };
    let groups: [(&str, Group); 2] = [("form", Sort::form), ("language", Sort::language)];
    for (title, of) in groups {
        table(title, 16, &grouped(observable, of), &grouped(ioc, of));
        println!();
    }
    table("document", 40, &observable.documents, &ioc.documents);
    println!();
    println!(
        "mean over types: observable {}, ioc {}",
        shown(observable.over_types()),
        shown(ioc.over_types())
    );
    println!(
        "record pairs: tp {} fp {} fn {}, P {} R {} F1 {}",
        records.tp,
        records.fp,
        records.fn_,
        shown(records.precision()),
        shown(records.recall()),
        shown(records.f1())
    );
}

#[allow(clippy::print_stdout, reason = "a developer's tool at a terminal")]
fn row(name: &str, width: usize, left: Option<Count>, right: Option<Count>) {
    let half = |count: Option<Count>, indent: usize| {
        let count = count.unwrap_or_default();
        format!(
            "{:>indent$} {:>4} {:>4}  {} {} {}",
            count.tp,
            count.fp,
            count.fn_,
            shown(count.precision()),
            shown(count.recall()),
            shown(count.f1())
        )
    };
    println!("{name:<width$} | {} | {}", half(left, 14), half(right, 7));
}

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "    -".to_owned(), |v| format!("{v:.3}"))
}

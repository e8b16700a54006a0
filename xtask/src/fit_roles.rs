//! Fits the weights by which the reader tells an indicator from a link: logistic regression over the signs of
//! each labelled value, drawn towards the weights that stand in the code, so that a sign seldom seen keeps its
//! own. What counts is documents left out: each is judged by weights fitted without it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::Value;
use tegakari_knowledge::Knowledge;
use tegakari_model::{Disposition, Observable, ObservableKind as K};
use tegakari_read::{Document, judged, read, weights};

use crate::predict_reader;

/// Strengths of the pull towards the weights in the code that are tried.
const PULLS: [f64; 5] = [0.1, 0.3, 1.0, 3.0, 10.0];

/// What a value of the pairs of lists counts beside one that a person labelled.
const WEAK: f64 = 0.05;

/// Steps of each fit.
const STEPS: usize = 300;

/// One value of one document.
struct Example {
    signs: Vec<usize>,
    indicator: bool,
    weight: f64,
}

/// A document's values; weak ones are only learnt from, never scored.
struct Group {
    examples: Vec<Example>,
    weak: bool,
}

/// `fit-roles [--write] [FOLDER …]`: prints both figures and the table; `--write` puts a better one into the code.
/// Further folders hold labelled documents of the same form.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let write = arguments.iter().any(|a| a == "--write");
    let more: Vec<&String> = arguments.iter().filter(|a| *a != "--write").collect();
    if let Some(option) = more.iter().find(|a| a.starts_with('-')) {
        bail!("no option {option}; usage: cargo xtask fit-roles [--write] [FOLDER …]");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (table, threshold) = weights();
    let names: BTreeMap<&str, usize> = table
        .iter()
        .enumerate()
        .map(|(i, (n, _))| (*n, i))
        .collect();
    let hand: Vec<f64> = table.iter().map(|(_, w)| f64::from(*w)).collect();
    let mut groups = Vec::new();
    for folder in [
        root.join("crates/tegakari-read/testdata/labelled"),
        root.join("../shared/data/reports"),
    ] {
        labelled(&folder, &names, &mut groups)?;
    }
    for folder in more {
        labelled(Path::new(folder), &names, &mut groups)?;
    }
    pairs(&root.join("../shared/data/talos-iocs"), &names, &mut groups)?;
    let threshold = f64::from(threshold);

    let by_hand = counts(groups.iter().filter(|g| !g.weak), |_| &hand, threshold);
    let mut best: Option<(f64, f64)> = None;
    say(&format!("weights in the code: {}", shown(by_hand)));
    for pull in PULLS {
        let fitted: Vec<Vec<f64>> = (0..groups.len())
            .map(|out| {
                if groups[out].weak {
                    return Vec::new();
                }
                let others = groups.iter().enumerate().filter(|(i, _)| *i != out);
                fit(others.map(|(_, g)| g), &hand, pull, threshold)
            })
            .collect();
        let scored: Vec<usize> = (0..groups.len()).filter(|i| !groups[*i].weak).collect();
        let got = counts(
            scored.iter().map(|i| &groups[*i]),
            |n| &fitted[scored[n]],
            threshold,
        );
        say(&format!(
            "fitted, pull {pull}, on documents left out: {}",
            shown(got)
        ));
        if best.is_none_or(|(f1, _)| f1_of(got) > f1) {
            best = Some((f1_of(got), pull));
        }
    }
    let Some((f1, pull)) = best else {
        return Ok(());
    };
    let all = fit(groups.iter(), &hand, pull, threshold);
    for ((name, old), new) in table.iter().zip(&all) {
        let seen: usize = groups
            .iter()
            .flat_map(|g| &g.examples)
            .filter(|e| e.signs.iter().any(|s| table[*s].0 == *name))
            .count();
        say(&format!("{name:<20} {old:>6.1} {new:>6.2}  seen {seen}"));
    }
    if f1 <= f1_of(by_hand) {
        say("the weights in the code generalise at least as well: they stay");
    } else if write {
        put(
            &root.join("crates/tegakari-read/src/judge/weights.rs"),
            &table,
            &all,
        )?;
        say("written to crates/tegakari-read/src/judge/weights.rs");
    } else {
        say("the fitted weights generalise better: --write puts them into the code");
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "a developer's tool at a terminal")]
fn say(line: &str) {
    println!("{line}");
}

/// The kinds that a type of the labels may be.
fn kinds(name: &str) -> Vec<K> {
    match name {
        "eth" | "btc" | "xmr" => vec![K::Wallet],
        "filename" => vec![K::FileName, K::FilePath],
        "filepath" => vec![K::FilePath],
        "registry" => vec![K::RegistryKey],
        "service" => vec![K::ServiceName],
        "pipe" => vec![K::NamedPipe],
        _ => K::ALL.into_iter().filter(|k| k.name() == name).collect(),
    }
}

/// The values of a folder's labelled documents whose meaning a person has labelled.
fn labelled(
    folder: &Path,
    names: &BTreeMap<&str, usize>,
    groups: &mut Vec<Group>,
) -> anyhow::Result<()> {
    let path = folder.join("labels.jsonl");
    let Ok(text) = fs::read_to_string(&path) else {
        say(&format!("not here, passed over: {}", folder.display()));
        return Ok(());
    };
    for row in text.lines().filter(|l| !l.trim().is_empty()) {
        let row: Value = serde_json::from_str(row).with_context(|| path.display().to_string())?;
        let name = row["doc"].as_str().context("a label without \"doc\"")?;
        let mut meaning: BTreeMap<Observable, bool> = BTreeMap::new();
        for one in row["indicators"].as_array().into_iter().flatten() {
            let role = one["role"].as_str().unwrap_or("ioc");
            let value = one["value"].as_str().unwrap_or("");
            if role == "ambiguous" {
                continue;
            }
            for kind in kinds(one["type"].as_str().unwrap_or("")) {
                let full = format!("http://{value}");
                let value = if kind == K::Url && !value.contains("://") {
                    &full
                } else {
                    value
                };
                if let Ok(observable) = Observable::new(kind, value) {
                    *meaning.entry(observable).or_insert(false) |= role == "ioc";
                }
            }
        }
        let bytes = fs::read(folder.join(name)).with_context(|| name.to_owned())?;
        let document = Document {
            name,
            bytes: &bytes,
        };
        let examples = judged(document, Knowledge::embedded())
            .into_iter()
            .filter_map(|one| {
                Some(Example {
                    indicator: *meaning.get(&one.observable)?,
                    signs: known(&one.signs, names)?,
                    weight: 1.0,
                })
            })
            .collect();
        groups.push(Group {
            examples,
            weak: false,
        });
    }
    Ok(())
}

/// Lists whose publisher gives the same indicators as a structured file: what both have is an indicator.
fn pairs(
    folder: &Path,
    names: &BTreeMap<&str, usize>,
    groups: &mut Vec<Group>,
) -> anyhow::Result<()> {
    if !folder.is_dir() {
        say(&format!("not here, passed over: {}", folder.display()));
        return Ok(());
    }
    let documents = predict_reader::documents(folder, true)?;
    let paths: BTreeMap<&str, &PathBuf> = documents.iter().map(|(n, p)| (n.as_str(), p)).collect();
    for (name, path) in &documents {
        let Some(json) = name
            .strip_suffix(".txt")
            .and_then(|stem| paths.get(format!("{stem}.json").as_str()))
        else {
            continue;
        };
        let stated: BTreeSet<Observable> = {
            let bytes = fs::read(json)?;
            let document = Document {
                name: "bundle.json",
                bytes: &bytes,
            };
            read(document, Knowledge::embedded())
                .mentions
                .into_iter()
                .filter(|m| m.disposition == Disposition::Ioc)
                .map(|m| m.observable)
                .collect()
        };
        let bytes = fs::read(path)?;
        let document = Document {
            name,
            bytes: &bytes,
        };
        let examples = judged(document, Knowledge::embedded())
            .into_iter()
            .filter(|one| stated.contains(&one.observable))
            .filter_map(|one| {
                Some(Example {
                    indicator: true,
                    signs: known(&one.signs, names)?,
                    weight: WEAK,
                })
            })
            .collect();
        groups.push(Group {
            examples,
            weak: true,
        });
    }
    Ok(())
}

/// The numbers of the signs; nothing for values that a structured format decides.
fn known(signs: &[&str], names: &BTreeMap<&str, usize>) -> Option<Vec<usize>> {
    if signs.iter().any(|s| s.starts_with("stated-")) {
        return None;
    }
    Some(signs.iter().filter_map(|s| names.get(s).copied()).collect())
}

fn sum(weights: &[f64], example: &Example) -> f64 {
    example.signs.iter().map(|s| weights[*s]).sum()
}

/// Gradient descent with a step of its own for each weight (AdaGrad). The same input gives the same weights.
fn fit<'a>(
    groups: impl Iterator<Item = &'a Group>,
    hand: &[f64],
    pull: f64,
    threshold: f64,
) -> Vec<f64> {
    let groups: Vec<&Group> = groups.collect();
    let mut weights = hand.to_vec();
    let mut squares = vec![1e-6; weights.len()];
    for _ in 0..STEPS {
        let mut slope: Vec<f64> = weights
            .iter()
            .zip(hand)
            .map(|(w, h)| pull * (w - h))
            .collect();
        for example in groups.iter().flat_map(|g| &g.examples) {
            let likely = 1.0 / (1.0 + (threshold - sum(&weights, example)).exp());
            let off = example.weight * (likely - f64::from(u8::from(example.indicator)));
            for sign in &example.signs {
                slope[*sign] += off;
            }
        }
        for ((weight, slope), square) in weights.iter_mut().zip(&slope).zip(&mut squares) {
            *square += slope * slope;
            *weight -= 0.3 * slope / square.sqrt();
        }
    }
    weights
}

/// True and false positives and false negatives over documents, each with its own weights.
fn counts<'a, 'w>(
    groups: impl Iterator<Item = &'a Group>,
    weights: impl Fn(usize) -> &'w Vec<f64>,
    threshold: f64,
) -> [usize; 3] {
    let mut out = [0; 3];
    for (n, group) in groups.enumerate() {
        for example in &group.examples {
            match (sum(weights(n), example) >= threshold, example.indicator) {
                (true, true) => out[0] += 1,
                (true, false) => out[1] += 1,
                (false, true) => out[2] += 1,
                (false, false) => {}
            }
        }
    }
    out
}

fn f1_of([tp, fp, missed]: [usize; 3]) -> f64 {
    2.0 * tp as f64 / (2 * tp + fp + missed).max(1) as f64
}

fn shown(counts: [usize; 3]) -> String {
    let [tp, fp, missed] = counts;
    format!("tp {tp} fp {fp} fn {missed}, F1 {:.4}", f1_of(counts))
}

/// Puts the fitted numbers in the place of those in the code, to a tenth.
fn put(path: &Path, table: &[(&str, f32)], fitted: &[f64]) -> anyhow::Result<()> {
    let mut text = fs::read_to_string(path)?;
    for ((name, old), new) in table.iter().zip(fitted) {
        let from = format!("\"{name}\", {old:?})");
        let to = format!("\"{name}\", {:?})", (new * 10.0).round() / 10.0);
        text = text.replace(&from, &to);
    }
    fs::write(path, text)?;
    Ok(())
}

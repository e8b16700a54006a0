//! What values were used for, against labels that say so (`"use"`): c2, delivery, staging, tool, malware.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

/// For each labelled use: how often it was found, how often another was, and how often none.
#[derive(Debug, Default)]
pub(crate) struct Uses(BTreeMap<String, (u32, u32, u32)>);

/// Compares predictions with labels. Values that were not read at all count as "none".
pub(crate) fn measure(labels: &Path, predictions: &Path) -> anyhow::Result<Uses> {
    let mut said: BTreeMap<(String, String), String> = BTreeMap::new();
    for row in rows(predictions)? {
        for one in row["indicators"].as_array().into_iter().flatten() {
            let using = one["use"].as_str().unwrap_or("unknown");
            said.insert(key(&row, one), using.to_owned());
        }
    }
    let mut uses = Uses::default();
    for row in rows(labels)? {
        for one in row["indicators"].as_array().into_iter().flatten() {
            let Some(want) = one["use"].as_str() else {
                continue;
            };
            let count = uses.0.entry(want.to_owned()).or_default();
            match said.get(&key(&row, one)).map(String::as_str) {
                Some(got) if got == want => count.0 += 1,
                None | Some("unknown") => count.2 += 1,
                Some(_) => count.1 += 1,
            }
        }
    }
    Ok(uses)
}

fn rows(path: &Path) -> anyhow::Result<Vec<Value>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let lines = text.lines().filter(|l| !l.trim().is_empty());
    lines.map(|l| Ok(serde_json::from_str(l)?)).collect()
}

/// A value of a document, in the form in which the two sides agree.
fn key(row: &Value, one: &Value) -> (String, String) {
    let value = one["value"].as_str().unwrap_or("").to_lowercase();
    let plain = value.split_once("://").map_or(&*value, |(_, rest)| rest);
    (
        row["doc"].as_str().unwrap_or("").to_owned(),
        plain.trim_end_matches('/').to_owned(),
    )
}

impl Uses {
    #[allow(clippy::print_stdout, reason = "a developer's tool at a terminal")]
    pub(crate) fn print(&self) {
        if self.0.is_empty() {
            return;
        }
        println!("\n{:<12} | right  other  none", "use");
        for (name, (right, other, none)) in &self.0 {
            println!("{name:<12} | {right:>5}  {other:>5}  {none:>4}");
        }
    }
}

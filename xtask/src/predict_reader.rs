//! What the reader says about every document of a folder, one JSON line a document, in the form that the
//! scorer of readers takes: `{"doc", "indicators": [{"type", "value", "role"}], "files": [...]}`.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tegakari_knowledge::Knowledge;
use tegakari_model::{IndicatorRole, Report};
use tegakari_read::labels::{role, type_name};
use tegakari_read::{Document, read};

/// `predict-reader DIR [--recursive] [--out PRED.jsonl]`: to standard output without `--out`.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let mut folder = None;
    let mut out = None;
    let mut recursive = false;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--recursive" => recursive = true,
            "--out" => out = Some(PathBuf::from(rest.next().context("--out needs a file")?)),
            _ if !argument.starts_with('-') && folder.is_none() => {
                folder = Some(PathBuf::from(argument));
            }
            _ => bail!("usage: cargo xtask predict-reader DIR [--recursive] [--out PRED.jsonl]"),
        }
    }
    let folder = folder.context("which folder? cargo xtask predict-reader DIR")?;
    match out {
        Some(path) => {
            let mut file = std::io::BufWriter::new(
                fs::File::create(&path)
                    .with_context(|| format!("cannot write {}", path.display()))?,
            );
            predict(&folder, recursive, None, &mut file)?;
            file.flush()?;
        }
        None => predict(&folder, recursive, None, &mut std::io::stdout().lock())?,
    }
    Ok(())
}

/// Reads the documents of a folder, in the order of their names, and writes a line about each. With
/// `only`, documents of other names are passed over. A document's name is its path below the folder.
pub(crate) fn predict(
    folder: &Path,
    recursive: bool,
    only: Option<&BTreeSet<String>>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for (name, path) in documents(folder, recursive)? {
        if only.is_some_and(|only| !only.contains(&name)) {
            continue;
        }
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let report = read(
            Document {
                name: &name,
                bytes: &bytes,
            },
            Knowledge::embedded(),
        );
        writeln!(out, "{}", line(&name, &report))?;
    }
    Ok(())
}

/// The files of a folder by name; links are not followed.
pub(crate) fn documents(folder: &Path, recursive: bool) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let mut out = Vec::new();
    let mut waiting = vec![(String::new(), folder.to_path_buf())];
    while let Some((prefix, folder)) = waiting.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if kind.is_file() {
                out.push((name, entry.path()));
            } else if kind.is_dir() && recursive {
                waiting.push((format!("{name}/"), entry.path()));
            }
        }
    }
    out.sort();
    Ok(out)
}

fn line(name: &str, report: &Report) -> Value {
    let mut indicators: Vec<Value> = report
        .mentions
        .iter()
        .map(|m| {
            let value = m.observable.value();
            json!({
                "type": type_name(&report.source.format, &m.observable),
                "value": m.written.as_deref().unwrap_or(value),
                "role": role(m.disposition),
                "use": used(m.role),
                "why": m.reasons,
            })
        })
        .collect();
    // Labels have ids; a tactic that is only named has none.
    let written = |t: &&tegakari_model::TechniqueMention| {
        let id = t.retired_id.as_ref().unwrap_or(&t.id).as_str();
        !id.starts_with("TA") || t.citations.iter().any(|c| c.quote.contains(id))
    };
    let explicit = report.techniques.iter().filter(|t| t.explicit);
    indicators.extend(explicit.filter(written).map(|t| {
        // Labels have ids as they are written.
        let id = t.retired_id.as_ref().unwrap_or(&t.id);
        json!({"type": "attack", "value": id.as_str(), "role": "ioc"})
    }));
    let files: Vec<Value> = report
        .files
        .iter()
        .map(|f| {
            json!({
                "md5": f.md5, "sha1": f.sha1, "sha256": f.sha256, "sha512": f.sha512, "ssdeep": f.ssdeep, "names": f.names,
                "detections": f.detections,
            })
        })
        .collect();
    json!({
        "doc": name, "indicators": indicators, "files": files, "format": report.source.format,
    })
}

/// The labels' names of uses.
fn used(role: IndicatorRole) -> &'static str {
    match role {
        IndicatorRole::C2 => "c2",
        IndicatorRole::Delivery => "delivery",
        IndicatorRole::Staging => "staging",
        IndicatorRole::Malware => "malware",
        IndicatorRole::Tool => "tool",
        IndicatorRole::Unknown => "unknown",
    }
}

//! Rules of behaviour: files below the paths, compiled once, with the licence that stands beside them.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tegakari_hunt::Rules;
use tegakari_model::{Problem, RuleLevel};
use tegakari_sigma::{Pipeline, RuleFile, RuleSet};

use crate::PipelineError;
use crate::load::open;
use crate::walk::files_below;

/// All of them together.
const MOST_IN_ALL: u64 = 512 << 20;

/// Which files are rules.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// How their names end, without the full stop; a file that is named itself may end in any way.
    pub(crate) endings: &'static [&'static str],
    /// A file has no more bytes.
    pub(crate) most_bytes: u64,
}

/// Sigma rules and pipelines.
const YAML: Wanted = Wanted {
    endings: &["yml", "yaml"],
    most_bytes: 8 << 20,
};

/// Which rules to look for.
#[derive(Debug, Clone, Copy)]
pub struct RulesRequest<'a> {
    /// Files and folders of Sigma rules.
    pub rules: &'a [PathBuf],
    /// Files of processing pipelines, as pySigma has them.
    pub pipelines: &'a [PathBuf],
    /// Rules that are less grave are left out.
    pub least: RuleLevel,
}

/// Rules that are ready to be asked, and what of them could not be used.
pub struct LoadedRules {
    /// The rules.
    pub rules: Arc<Rules>,
    /// Rules and files that were left out, each with file, line and reason.
    pub problems: Vec<Problem>,
}

/// Reads and compiles rules. In folders files named `.yml` or `.yaml` are taken; a file that is named itself is taken
/// whatever its name. What is wrong with one rule costs that rule.
///
/// # Errors
/// When a path cannot be read, or there is no rule at all that can be used.
pub fn load_rules(request: RulesRequest<'_>) -> Result<LoadedRules, PipelineError> {
    let mut problems = Vec::new();
    let files = texts(request.rules, YAML, &mut problems)?;
    let pipelines = texts(request.pipelines, YAML, &mut problems)?;
    let mut hash = Sha256::new();
    for text in files.iter().chain(&pipelines) {
        hash.update((text.1.len() as u64).to_le_bytes());
        hash.update(&text.1);
        hash.update((text.0.len() as u64).to_le_bytes());
        hash.update(&text.0);
    }
    hash.update(request.least.name());
    let mark: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    let pipelines: Vec<Pipeline> = pipelines
        .iter()
        .filter_map(|(name, text)| Pipeline::read(&RuleFile { name, text }, &mut problems))
        .collect();
    let rule_files: Vec<RuleFile<'_>> = files
        .iter()
        .map(|(name, text)| RuleFile { name, text })
        .collect();
    let set = RuleSet::compile(&rule_files, &pipelines, &mut problems);
    if set.rules().is_empty() {
        let first = problems.first().map_or_else(
            || "there is no file named .yml or .yaml in them".to_owned(),
            |p| format!("{}: {}", p.place, p.what),
        );
        return Err(PipelineError::NothingToLookFor(format!(
            "no rule can be used: {first}; give files or folders of Sigma rules"
        )));
    }
    let rules = Rules::new(Arc::new(set), request.least, mark).with_licences(licences(&files));
    Ok(LoadedRules {
        rules: Arc::new(rules),
        problems,
    })
}

/// Names and bytes of the files of rules below some paths, sorted by name.
///
/// # Errors
/// When one of the paths is not there.
pub(crate) fn texts(
    paths: &[PathBuf],
    wanted: Wanted,
    problems: &mut Vec<Problem>,
) -> Result<Vec<(String, Vec<u8>)>, PipelineError> {
    for path in paths {
        path.metadata()
            .map_err(|error| PipelineError::reading(path, &error))?;
    }
    let (files, unread) = files_below(paths);
    problems.extend(unread);
    let named: Vec<&PathBuf> = paths.iter().filter(|path| path.is_file()).collect();
    let mut out = Vec::new();
    let mut all = 0;
    for file in files {
        let is_rule = file.path.extension().is_some_and(|end| {
            let mut endings = wanted.endings.iter();
            endings.any(|wanted| end.eq_ignore_ascii_case(wanted))
        });
        if !is_rule && !named.contains(&&file.path) {
            continue;
        }
        let mut text = Vec::new();
        match open(&file.path) {
            Ok((open, _)) => {
                if let Err(error) = open.take(wanted.most_bytes + 1).read_to_end(&mut text) {
                    problems.push(left_out(&file.name, &error.to_string()));
                    continue;
                }
            }
            Err(error) => {
                problems.push(left_out(&file.name, &error.to_string()));
                continue;
            }
        }
        all += text.len() as u64;
        if text.len() as u64 > wanted.most_bytes || all > MOST_IN_ALL {
            problems.push(Problem::new(
                &file.name,
                "it is larger than files of rules may be, and was left out",
                "split it, or give fewer rules",
            ));
            continue;
        }
        out.push((file.name, text));
    }
    Ok(out)
}

fn left_out(name: &str, why: &str) -> Problem {
    Problem::new(
        name,
        format!("it could not be read: {why}"),
        "check its permissions",
    )
}

/// What licence the `LICENSE` beside a rule states, or that of a folder around it, at most eight up; by file.
fn licences(files: &[(String, Vec<u8>)]) -> BTreeMap<String, String> {
    let mut known: BTreeMap<PathBuf, Option<&'static str>> = BTreeMap::new();
    let mut by_file = BTreeMap::new();
    for (name, _) in files {
        let folders = Path::new(name).ancestors().skip(1).take(8);
        let found = folders
            .map(|folder| {
                *known
                    .entry(folder.to_owned())
                    .or_insert_with(|| licence_in(folder))
            })
            .find_map(|licence| licence);
        if let Some(licence) = found {
            by_file.insert(name.clone(), licence.to_owned());
        }
    }
    by_file
}

/// The licence that a folder's own file states, if it is one that rules come under.
fn licence_in(folder: &Path) -> Option<&'static str> {
    const NAMES: [&str; 4] = [
        "LICENSE",
        "LICENSE.md",
        "LICENSE.txt",
        "LICENSE.Detection.Rules.md",
    ];
    NAMES.iter().find_map(|name| {
        let (file, _) = open(&folder.join(name)).ok()?;
        let mut text = String::new();
        file.take(64 << 10).read_to_string(&mut text).ok()?;
        let has = |words: &str| text.contains(words);
        if has("Detection Rule License") || has("DRL 1.1") || has("DRL-1.1") {
            Some("DRL-1.1")
        } else if has("Elastic License 2.0") {
            Some("Elastic-2.0")
        } else if has("Apache License") {
            Some("Apache-2.0")
        } else if has("MIT License") {
            Some("MIT")
        } else {
            None
        }
    })
}

//! YARA rules, compiled rule by rule and asked of the bytes of files, by VirusTotal's own engine (`yara-x`).
//!
//! A file of rules is a namespace. What is wrong with a rule costs that rule. Files that rules include are taken from
//! the folder that was given and from nowhere else.

mod ask;
mod compile;
mod sources;

use std::path::PathBuf;
use std::time::Duration;

use tegakari_model::Problem;
use tegakari_scan::RulesAsked;

use crate::PipelineError;
pub(super) use ask::YaraAsker;
use compile::compile;
use sources::Sources;

/// What rules may ask of a file beside its bytes, as Loki and THOR give it to them.
const EXTERNALS: [&str; 3] = ["filename", "filepath", "extension"];

/// YARA rules that are ready to be asked.
pub struct YaraRules {
    rules: yara_x::Rules,
    asked: RulesAsked,
    problems: Vec<Problem>,
    timeout: Duration,
}

/// Reads and compiles rules. In folders files named `.yar`, `.yara` or `.rule` are taken; a file that is named itself
/// is taken whatever its name. `timeout` is how long all rules together may take for one file.
///
/// # Errors
/// When a path cannot be read, or there is no rule at all that can be used.
pub fn load_yara(paths: &[PathBuf], timeout: Duration) -> Result<YaraRules, PipelineError> {
    let mut problems = Vec::new();
    let sources = Sources::read(paths, &mut problems)?;
    let (rules, refused) = compile(&sources, &mut problems);
    let count = rules.iter().filter(|rule| !rule.is_private()).count();
    if count == 0 {
        let first = problems.first().map_or_else(
            || "there is no file named .yar or .yara in them".to_owned(),
            |problem| format!("{}: {}", problem.place, problem.what),
        );
        return Err(PipelineError::NothingToLookFor(format!(
            "no rule can be used: {first}; give files or folders of YARA rules"
        )));
    }
    Ok(YaraRules {
        rules,
        asked: RulesAsked {
            rule_files: sources.len() as u64,
            rules: count as u64,
            refused,
        },
        problems,
        timeout,
    })
}

impl YaraRules {
    /// How many there are.
    pub(super) fn asked(&self) -> RulesAsked {
        self.asked
    }

    /// What could not be used of them, each with file, line, column and reason.
    pub(super) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What asks them on one thread.
    pub(super) fn asker(&self) -> YaraAsker<'_> {
        YaraAsker::new(self)
    }
}

//! Asking: one file at a time, with an end to its time and to what is told of it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tegakari_model::{FileRule, FileRuleString, NotAskedReason, RuleLevel};
use tegakari_scan::{AskRules, RuleHit, techniques_of};
use yara_x::{MetaValue, Rule, ScanError, Scanner};

use super::YaraRules;

/// Matches of one string in one file that the engine keeps.
const MOST_MATCHES: usize = 100_000;
/// Strings that are told of a match, and places of one string.
const MOST_STRINGS: usize = 10;
const MOST_PLACES: usize = 3;
/// Characters of a text that a rule says of itself.
const LONGEST: usize = 1000;
/// References that are kept of a rule.
const MOST_REFERENCES: usize = 10;

/// Asks the rules, on one thread.
pub(in crate::scan) struct YaraAsker<'r> {
    of: &'r YaraRules,
    scanner: Scanner<'r>,
    /// Rules that have matched, by file and name.
    known: BTreeMap<(&'r str, &'r str), Arc<FileRule>>,
}

impl<'r> YaraAsker<'r> {
    pub(super) fn new(of: &'r YaraRules) -> Self {
        Self {
            of,
            scanner: scanner(of),
            known: BTreeMap::new(),
        }
    }
}

fn scanner(of: &YaraRules) -> Scanner<'_> {
    let mut scanner = Scanner::new(&of.rules);
    scanner
        .set_timeout(of.timeout)
        .max_matches_per_pattern(MOST_MATCHES)
        // Where only the first match matters to the rule, more are not looked for.
        .fast_scan(true);
    scanner
}

impl AskRules for YaraAsker<'_> {
    fn ask(&mut self, bytes: &[u8], place: &str) -> Result<Vec<RuleHit>, NotAskedReason> {
        let Self { of, scanner, known } = self;
        let asked = catch_unwind(AssertUnwindSafe(|| {
            for (name, value) in externals(place) {
                // Fails for names that are not there; all of them are.
                let _ = scanner.set_global(name, value);
            }
            let results = scanner.scan(bytes).map_err(|error| match error {
                ScanError::Timeout => NotAskedReason::Timeout,
                _ => NotAskedReason::Failed,
            })?;
            let mut hits = Vec::new();
            for rule in results.matching_rules() {
                let about = known
                    .entry((rule.namespace(), rule.identifier()))
                    .or_insert_with(|| Arc::new(about(&rule)));
                hits.push((Arc::clone(about), strings(&rule)));
            }
            Ok(hits)
        }));
        asked.unwrap_or_else(|_| {
            // What state it is in nobody knows.
            *scanner = self::scanner(of);
            Err(NotAskedReason::Failed)
        })
    }
}

/// What [`super::EXTERNALS`] are for a file: its name, the folder it lies in, and its ending with the full stop.
fn externals(place: &str) -> [(&'static str, &str); 3] {
    let own = place.rsplit('!').next().unwrap_or(place);
    let (folder, name) = own.rsplit_once('/').unwrap_or(("", own));
    let ending = name.rfind('.').and_then(|at| name.get(at..));
    [
        ("filename", name),
        ("filepath", folder),
        ("extension", ending.unwrap_or_default()),
    ]
}

/// The first places of the first strings, in the order of the file.
fn strings(rule: &Rule<'_, '_>) -> Vec<FileRuleString> {
    let mut found: Vec<FileRuleString> = rule
        .patterns()
        .flat_map(|pattern| {
            let name = pattern.identifier();
            pattern.matches().take(MOST_PLACES).map(move |one| {
                let range = one.range();
                FileRuleString {
                    name: name.to_owned(),
                    offset: range.start as u64,
                    length: range.len() as u64,
                }
            })
        })
        .collect();
    found.sort_by(|a, b| (a.offset, &a.name).cmp(&(b.offset, &b.name)));
    found.truncate(MOST_STRINGS);
    found
}

/// What a rule says of itself.
fn about(rule: &Rule<'_, '_>) -> FileRule {
    let tags: Vec<String> = rule.tags().map(|tag| tag.identifier().to_owned()).collect();
    let metadata: Vec<(String, String)> = rule
        .metadata()
        .map(|(name, value)| {
            let value = match value {
                MetaValue::String(text) => text.to_owned(),
                MetaValue::Integer(number) => number.to_string(),
                MetaValue::Float(number) => number.to_string(),
                MetaValue::Bool(yes) => yes.to_string(),
                MetaValue::Bytes(bytes) => bytes.to_string(),
            };
            (name.to_ascii_lowercase(), value)
        })
        .collect();
    let all = |names: &'static [&'static str]| {
        metadata
            .iter()
            .filter(move |(name, _)| names.contains(&name.as_str()))
            .map(|(_, value)| value.chars().take(LONGEST).collect::<String>())
    };
    let first = |names| all(names).next();
    FileRule {
        name: rule.identifier().to_owned(),
        file: rule.namespace().to_owned(),
        author: all(&["author", "authors"]).collect::<Vec<_>>().join(", "),
        description: first(&["description", "desc", "info"]).unwrap_or_default(),
        licence: first(&["license", "licence"]).unwrap_or_default(),
        references: metadata
            .iter()
            .filter(|(name, _)| name.starts_with("ref") || name == "url" || name == "source_url")
            .map(|(_, value)| value.chars().take(LONGEST).collect())
            .take(MOST_REFERENCES)
            .collect(),
        score: first(&["score"])
            .and_then(|score| score.trim().parse::<u8>().ok())
            .filter(|score| *score <= 100),
        level: first(&["severity", "level", "threat_level"]).and_then(|one| RuleLevel::parse(&one)),
        techniques: techniques_of(
            tags.iter().map(String::as_str),
            metadata
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        ),
        tags,
    }
}

#[cfg(test)]
mod tests {
    use super::externals;

    #[test]
    fn what_rules_may_ask_of_a_file_is_its_own() {
        let of = |place| externals(place).map(|(_, value)| value);
        assert_eq!(of("/mnt/a/x.tar.exe"), ["x.tar.exe", "/mnt/a", ".exe"]);
        assert_eq!(of("a.zip!b/c"), ["c", "b", ""]);
        assert_eq!(of("x"), ["x", "", ""]);
    }
}

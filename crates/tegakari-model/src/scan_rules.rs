//! What rules about the bytes of files (YARA) matched in a scan, and what they were not asked of.

use serde::{Deserialize, Serialize};

use crate::{FileFacts, RuleLevel, ScanAnswer, TechniqueId};

/// A YARA rule, as far as people need it to judge a match. Everything in it but level and score is somebody's text:
/// escape it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileRule {
    /// Its identifier.
    pub name: String,
    /// The file it stands in, as given; it is the rule's namespace.
    pub file: String,
    /// Its tags, in the order of the rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Who wrote it, as its metadata says; empty when it does not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// What it is about, as its metadata says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its licence, as its metadata says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub licence: String,
    /// Where more can be read, as its metadata says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// The score of its metadata, 0 to 100, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// How grave, where its metadata says that in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<RuleLevel>,
    /// Techniques of ATT&CK in its metadata and tags, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<TechniqueId>,
}

/// A string of a rule that stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileRuleString {
    /// Its identifier, with `$`.
    pub name: String,
    /// Its first byte in the file.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
}

/// A file, or a member of an archive, that a rule matched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileRuleMatch {
    /// The path; members of archives as `outer!inner`.
    pub place: String,
    /// The first few strings that stand there; none where the rule has only a condition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strings: Vec<FileRuleString>,
    /// The file.
    pub file: FileFacts,
}

/// A rule and where it matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRuleFinding {
    /// The rule.
    pub rule: FileRule,
    /// In how many files and members.
    pub count: u64,
    /// The first of them, sorted.
    pub matches: Vec<FileRuleMatch>,
}

/// Why rules were not asked of a file that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAskedReason {
    /// Rules are asked of whole files, and this one is larger than may be held.
    TooLarge,
    /// The rules took longer than they may.
    Timeout,
    /// What asks them failed at this file.
    Failed,
}

impl NotAskedReason {
    /// Every reason, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::TooLarge, Self::Timeout, Self::Failed];
}

/// Files and members that were read, and of which no rule was asked, or not to the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotAsked {
    /// Why.
    pub reason: NotAskedReason,
    /// How many.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The first few places, sorted.
    pub examples: Vec<String>,
}

/// What the rules of a scan say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileRules {
    /// Files of rules that were read.
    pub rule_files: u64,
    /// Rules that were asked; private ones are not counted.
    pub rules: u64,
    /// Errors for which rules could not be used; each is a problem with file, line and column.
    pub refused: u64,
    /// Rules that matched: the ones with the highest score first, then by file and name.
    pub seen: Vec<FileRuleFinding>,
    /// What can be said of each rule that did not match. Never "seen".
    pub others: ScanAnswer,
    /// What was read and not asked about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_asked: Vec<NotAsked>,
}

//! What is known about a source itself: who publishes it, which version this is, and what its licence asks for.

use serde::{Deserialize, Serialize};

/// Whether facts from a source may be passed on inside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Redistribution {
    /// Yes, with the notice.
    Allowed,
    /// Its terms contradict each other or were not found: read it when the user supplies it, do not embed it.
    Unclear,
    /// The user's own: whether it is passed on is for the user to decide.
    Own,
}

/// A licence and what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Licence {
    /// Its SPDX id, or a name where there is none.
    pub id: &'static str,
    /// The notice that must go with the facts.
    pub notice: &'static str,
    /// The licence's whole text, where it has to go along too; empty otherwise.
    pub text: &'static str,
    /// Whether the facts may be embedded.
    pub redistribution: Redistribution,
}

/// A source as it went into the compiled knowledge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFacts {
    /// Stable id (`attack-enterprise`).
    pub id: String,
    /// Its title.
    pub title: String,
    /// Who publishes it.
    pub publisher: String,
    /// Its version as the publisher counts (`18.1`, `349`).
    pub version: String,
    /// Day of its newest change (`2025-11-13`), as far as the files say; empty otherwise.
    pub date: String,
    /// SPDX id or name of the licence.
    pub licence: String,
    /// The notice that the licence asks for.
    pub notice: String,
    /// Whether its facts may be passed on. What may not is never inside the program, only in what a user compiles.
    pub redistribution: Redistribution,
    /// SHA-256 over its files, in order of path, lower case.
    pub sha256: String,
    /// What was read: label and number (`actors`, 172), in order of label.
    pub counts: Vec<(String, u64)>,
}

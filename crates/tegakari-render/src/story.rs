//! What is told: the results of one investigation, borrowed from whoever holds them.

use tegakari_model::{
    Assessment, BlockPlan, HuntResult, IndicatorFinding, Mention, Objection, Observable, Report,
};

/// Everything one investigation yielded. A part that was not done is absent and is not told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Story<'a> {
    /// The reports read.
    pub reports: &'a [Report],
    /// The hunt in our own logs.
    pub hunt: Option<&'a HuntResult>,
    /// Who it may be.
    pub assessment: Option<&'a Assessment>,
    /// What to block.
    pub block: Option<&'a BlockPlan>,
    /// Files that were written for the reader to use.
    pub written: &'a [WrittenFile],
    /// How this was made.
    pub made: Made<'a>,
}

/// A file that was written for the reader to use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WrittenFile {
    /// Where it is, as the user would type it.
    pub path: String,
    /// The id of its format (`rpz`, `suricata`, `html`); shown as it stands.
    pub what: String,
    /// Number of entries in it, where that means something.
    pub entries: Option<u64>,
}

/// Versions and sources, for the reader who wants to repeat it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Made<'a> {
    /// Version of the program (`0.1.0`); empty when not known.
    pub program: &'a str,
    /// Version of the knowledge; empty when not known.
    pub knowledge: &'a str,
    /// Sources of the knowledge.
    pub sources: &'a [KnowledgeNote],
}

/// One source of the knowledge, with the notice that its licence asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnowledgeNote {
    /// Its name.
    pub name: String,
    /// Its version or date.
    pub version: String,
    /// Its licence (SPDX id where there is one).
    pub licence: String,
    /// The notice that must be shown; may be empty.
    pub notice: String,
}

/// All that is stored about one value, for `tegakari show VALUE`.
#[derive(Debug, Clone, Copy)]
pub struct ValueStory<'a> {
    /// The value.
    pub observable: &'a Observable,
    /// Reports that mention it, and how.
    pub mentions: &'a [(&'a Report, &'a Mention)],
    /// Hunts that looked for it, and what they say.
    pub findings: &'a [(&'a HuntResult, &'a IndicatorFinding)],
    /// Why it should not be blocked; empty when nothing speaks against it.
    pub objections: &'a [Objection],
    /// Names of actors that the knowledge or reports tie to it.
    pub used_by: &'a [String],
}

//! Where knowledge comes from: one file per source.
//!
//! To add one: write `my_source.rs` here, with a type that implements [`KnowledgeSource`], and add it
//! to the two lists below. Compiler, `knowledge list` and NOTICE read this list.

mod attack;
mod cisa_kev;
pub(crate) mod dates;
pub(crate) mod galaxy;
mod malpedia;
mod maltrail;
mod microsoft;
mod misp_360net;
mod misp_attack;
mod misp_microsoft;
mod misp_software;
pub(crate) mod misp_threat_actor;
mod misp_warninglists;
pub(crate) mod places;
mod tidal;

use crate::facts::Facts;
use crate::source_facts::{Licence, Redistribution};

/// A file of a source: its path below the folder of knowledge data, with `/`, and its bytes (unpacked).
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// Path below the data folder (`misp-galaxy/clusters/threat-actor.json`).
    pub path: &'a str,
    /// Content, unpacked when the file was compressed.
    pub bytes: &'a [u8],
}

/// Why a source could not be read: the file, what is wrong, and where as far as known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {what}; {hint}")]
pub struct SourceError {
    /// The file.
    pub path: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

impl SourceError {
    pub(crate) fn new(path: &str, what: impl Into<String>, hint: &str) -> Self {
        Self {
            path: path.to_owned(),
            what: what.into(),
            hint: hint.to_owned(),
        }
    }
}

/// A publisher's files, and how to read facts from them.
pub trait KnowledgeSource: Sync {
    /// Stable id (`attack-enterprise`), stored with every record.
    fn id(&self) -> &'static str;
    /// Title, as shown in lists.
    fn title(&self) -> &'static str;
    /// Who publishes it.
    fn publisher(&self) -> &'static str;
    /// One sentence: what it holds, with a link.
    fn about(&self) -> &'static str;
    /// The licence of its facts and the notice that goes with them.
    fn licence(&self) -> Licence;
    /// Whether a file below the data folder belongs to it. Compressed files are offered with their full name.
    fn takes(&self, path: &str) -> bool;
    /// What its records name as their source; the same for the domains of ATT&CK, whose records are united.
    fn records(&self) -> &'static str {
        self.id()
    }
    /// Whether its facts go into the program: only when they may be passed on.
    fn embedded(&self) -> bool {
        self.licence().redistribution == Redistribution::Allowed
    }
    /// Whether a file that it takes is one of its own, without which there is nothing to read: some also look into the
    /// files of others, for what relations lead to.
    fn is_main(&self, path: &str) -> bool {
        self.takes(path)
    }
    /// Whether it is no longer kept up, so that fresher sources go before it where both speak.
    fn is_stale(&self) -> bool {
        false
    }
    /// Reads its files, given in order of path.
    ///
    /// # Errors
    /// When a file is not what it should be. One odd record is left out; half a file is an error.
    fn parse(&self, files: &[SourceFile<'_>]) -> Result<Facts, SourceError>;
}

/// Every source. Those with profiles come first: where two hold a record of one id, the earlier is kept.
pub const ALL: &[&dyn KnowledgeSource] = &[
    &attack::ENTERPRISE,
    &attack::ICS,
    &attack::MOBILE,
    &misp_threat_actor::MispThreatActor,
    &misp_attack::MispAttack,
    &microsoft::MicrosoftNaming,
    &maltrail::Maltrail,
    &misp_warninglists::MispWarninglists,
    &cisa_kev::CisaKev,
    &tidal::Tidal,
    &misp_software::MispSoftware,
    &misp_microsoft::MispMicrosoft,
    &misp_360net::Misp360Net,
    &malpedia::Malpedia,
];

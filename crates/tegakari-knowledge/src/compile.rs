//! From a folder's files to the compiled knowledge. The shell reads the files; this decides what they mean.

use sha2::{Digest, Sha256};

use crate::codec::{self, CodecError};
use crate::facts::Facts;
use crate::source_facts::{Redistribution, SourceFacts};
use crate::sources::{self, KnowledgeSource, SourceError, SourceFile};

/// Why nothing could be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A source's file is not what it should be.
    #[error("{source_id}: {error}")]
    Source {
        /// Id of the source.
        source_id: &'static str,
        /// What is wrong.
        error: SourceError,
    },
    /// No file belongs to any source.
    #[error(
        "none of the files belongs to a known source; give the folder that holds `attack/` and `misp-galaxy/`"
    )]
    NoSource,
    /// The result cannot be written.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// Reads every source whose facts may be passed on from `files` (paths below the data folder, any
/// order, unpacked). Gives the facts of all, and what is known about each source that had files.
///
/// # Errors
/// When a source's file is broken, or there is no file of any source.
pub fn gather(files: &[SourceFile<'_>]) -> Result<(Facts, Vec<SourceFacts>), CompileError> {
    let mut files = files.to_vec();
    files.sort_by_key(|f| f.path);
    let mut all = Facts::default();
    let mut described = Vec::new();
    for source in sources::ALL {
        if source.licence().redistribution != Redistribution::Allowed {
            continue;
        }
        let own: Vec<SourceFile<'_>> = files
            .iter()
            .filter(|f| source.takes(f.path))
            .copied()
            .collect();
        if own.is_empty() {
            continue;
        }
        let facts = source.parse(&own).map_err(|error| CompileError::Source {
            source_id: source.id(),
            error,
        })?;
        described.push(describe(*source, &own, &facts));
        all.absorb(facts);
    }
    if described.is_empty() {
        return Err(CompileError::NoSource);
    }
    Ok((all, described))
}

/// The bytes of the compiled file. The same files give the same bytes.
///
/// # Errors
/// As [`gather`], and when the result is too large.
pub fn compile(files: &[SourceFile<'_>]) -> Result<Vec<u8>, CompileError> {
    let (facts, sources) = gather(files)?;
    Ok(codec::compile(facts, sources)?)
}

fn describe(source: &dyn KnowledgeSource, files: &[SourceFile<'_>], facts: &Facts) -> SourceFacts {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.bytes);
    }
    let licence = source.licence();
    let mut counts = facts.counts.clone();
    counts.sort();
    SourceFacts {
        id: source.id().to_owned(),
        title: source.title().to_owned(),
        publisher: source.publisher().to_owned(),
        version: facts.version.clone(),
        date: facts.date.clone(),
        licence: licence.id.to_owned(),
        notice: licence.notice.to_owned(),
        sha256: hash.finalize().iter().map(|b| format!("{b:02x}")).collect(),
        counts,
    }
}

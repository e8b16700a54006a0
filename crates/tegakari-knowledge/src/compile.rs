//! From a folder's files to the compiled knowledge. The shell reads the files; this decides what they mean.
//!
//! [`compile`] makes knowledge of exactly the files given. [`compile_over`] renews what is in use: a source without a
//! (readable) file keeps the facts that are in use, so that one publisher's bad day costs nothing but its news.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use tegakari_model::{ActorId, TargetKind};

use crate::codec::{self, CodecError};
use crate::facts::Facts;
use crate::knowledge::Knowledge;
use crate::order::sort;
use crate::record::{Actor, Relation, TargetClaim};
use crate::source_facts::SourceFacts;
use crate::sources::{self, KnowledgeSource, SourceError, SourceFile};

/// What compiled knowledge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be passed on inside the program: only sources whose licence clearly allows it, and that are worth their size.
    Embed,
    /// For the one who supplies the files: every source.
    Use,
}

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

/// Reads every source that `purpose` allows from `files` (paths below the data folder, any order, unpacked). Gives the
/// facts of all, and what is known about each source that had files.
///
/// # Errors
/// When a source's file is broken, or there is no file of any source.
pub fn gather(
    files: &[SourceFile<'_>],
    purpose: Purpose,
) -> Result<(Facts, Vec<SourceFacts>), CompileError> {
    let files = in_order(files);
    let mut all = Facts::default();
    let mut described = Vec::new();
    for source in sources::ALL {
        if purpose == Purpose::Embed && !source.embedded() {
            continue;
        }
        let own = files_of(*source, &files);
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
    set_stale_targets_back(&mut all);
    Ok((all, described))
}

/// The bytes of the compiled file. The same files give the same bytes.
///
/// # Errors
/// As [`gather`], and when the result is too large.
pub fn compile(files: &[SourceFile<'_>], purpose: Purpose) -> Result<Vec<u8>, CompileError> {
    let (facts, sources) = gather(files, purpose)?;
    Ok(codec::compile(facts, sources)?)
}

/// What became of a source when knowledge was renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceState {
    /// Id of the source.
    pub id: &'static str,
    /// Whether its facts are from the files given; else they are those that were in use (none, when it was not there).
    pub renewed: bool,
    /// Why its files were not used, when there were any.
    pub problem: Option<SourceError>,
}

/// The knowledge in use, renewed by `files`. A source without files, or with broken ones, keeps the facts of `base`;
/// the three domains of ATT&CK, whose records are united, are renewed together or not at all.
///
/// # Errors
/// When no file belongs to a source, or the result is too large.
pub fn compile_over(
    base: &Knowledge,
    files: &[SourceFile<'_>],
) -> Result<(Vec<u8>, Vec<SourceState>), CompileError> {
    let files = in_order(files);
    let mut states = Vec::new();
    let mut read: Vec<Option<(Facts, SourceFacts)>> = Vec::new();
    let mut any = false;
    for source in sources::ALL {
        let own = files_of(*source, &files);
        any |= !own.is_empty();
        let (parsed, problem) = if own.is_empty() {
            (None, None)
        } else {
            match source.parse(&own) {
                Ok(facts) => {
                    let described = describe(*source, &own, &facts);
                    (Some((facts, described)), None)
                }
                Err(error) => (None, Some(error)),
            }
        };
        read.push(parsed);
        states.push(SourceState {
            id: source.id(),
            renewed: false,
            problem,
        });
    }
    if !any {
        return Err(CompileError::NoSource);
    }
    let in_use = |id: &str| base.sources().iter().find(|s| s.id == id);
    // Records of one kind are kept whole when one of their sources has to be.
    let kept: BTreeSet<&str> = sources::ALL
        .iter()
        .zip(&read)
        .filter(|(source, read)| read.is_none() && in_use(source.id()).is_some())
        .map(|(source, _)| source.records())
        .collect();
    let mut all = Facts::default();
    let mut described = Vec::new();
    // Those with profiles come first, as in `ALL`.
    let mut in_use_facts = (!kept.is_empty()).then(|| base.facts_of(&kept));
    if kept.contains("attack")
        && let Some(facts) = in_use_facts.take()
    {
        all.absorb(facts);
    }
    let sources = sources::ALL.iter().zip(read).zip(&mut states);
    for ((source, read), state) in sources {
        if kept.contains(source.records()) {
            described.extend(in_use(source.id()).cloned());
        } else if let Some((facts, source)) = read {
            state.renewed = true;
            described.push(source);
            all.absorb(facts);
        }
    }
    if let Some(facts) = in_use_facts {
        all.absorb(facts);
    }
    set_stale_targets_back(&mut all);
    let benign = kept
        .contains("misp-warninglists")
        .then(|| base.packed_benign())
        .flatten();
    Ok((codec::compile_with(all, described, benign)?, states))
}

fn in_order<'a>(files: &[SourceFile<'a>]) -> Vec<SourceFile<'a>> {
    let mut files = files.to_vec();
    files.sort_by_key(|f| f.path);
    files
}

fn files_of<'a>(source: &dyn KnowledgeSource, files: &[SourceFile<'a>]) -> Vec<SourceFile<'a>> {
    let own = files.iter().filter(|f| source.takes(f.path));
    let own: Vec<SourceFile<'a>> = own.copied().collect();
    if own.iter().any(|f| source.is_main(f.path)) {
        own
    } else {
        Vec::new()
    }
}

fn describe(source: &dyn KnowledgeSource, files: &[SourceFile<'_>], facts: &Facts) -> SourceFacts {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.bytes);
    }
    let licence = source.licence();
    let mut counts = facts.counts.clone();
    sort(&mut counts);
    SourceFacts {
        id: source.id().to_owned(),
        title: source.title().to_owned(),
        publisher: source.publisher().to_owned(),
        version: facts.version.clone(),
        date: facts.date.clone(),
        licence: licence.id.to_owned(),
        notice: licence.notice.to_owned(),
        redistribution: licence.redistribution,
        sha256: hash.finalize().iter().map(|b| format!("{b:02x}")).collect(),
        counts,
    }
}

/// Targets that a stale source claims are set back where a fresher record of the same actor, as far as sources link
/// the two, speaks of the same kind of target (countries, trades).
fn set_stale_targets_back(facts: &mut Facts) {
    let stale: BTreeSet<&str> = sources::ALL
        .iter()
        .filter(|s| s.is_stale())
        .map(|s| s.records())
        .collect();
    let mut same: Vec<(&ActorId, &ActorId)> = Vec::new();
    for actor in facts.actors.values() {
        for link in &actor.links {
            if matches!(link.relation, Relation::Same | Relation::Similar) {
                same.push((&actor.id, &link.to));
                same.push((&link.to, &actor.id));
            }
        }
    }
    sort(&mut same);
    let next = |id: &ActorId| {
        let from = same.partition_point(|(one, _)| *one < id);
        let rest = same.get(from..).unwrap_or_default();
        let id = id.clone();
        rest.iter()
            .take_while(move |(one, _)| **one == id)
            .map(|(_, other)| *other)
    };
    let is_country = |claim: &TargetClaim| match claim.target {
        Some(TargetKind::Country(_)) => Some(true),
        Some(TargetKind::Sector(_)) => Some(false),
        None => None,
    };
    let mut back: Vec<(ActorId, [bool; 2])> = Vec::new();
    for actor in facts.actors.values() {
        if !stale.contains(actor.source.as_str()) || actor.targets.is_empty() {
            continue;
        }
        // Its own counterpart, and what others link to that.
        let near = next(&actor.id).flat_map(|one| std::iter::once(one).chain(next(one)));
        let fresh = near
            .filter_map(|id| facts.actors.get(id))
            .filter(|a| !stale.contains(a.source.as_str()));
        let mut told = [false; 2];
        for kind in fresh.flat_map(|a| &a.targets).filter_map(is_country) {
            told[usize::from(kind)] = true;
        }
        if told != [false; 2] {
            back.push((actor.id.clone(), told));
        }
    }
    for (id, told) in back {
        if let Some(actor) = facts.actors.get_mut(&id) {
            set_back(actor, |claim| {
                is_country(claim).is_none_or(|kind| told[usize::from(kind)])
            });
        }
    }
}

fn set_back(actor: &mut Actor, which: impl Fn(&TargetClaim) -> bool) {
    let (older, kept) = std::mem::take(&mut actor.targets)
        .into_iter()
        .partition(|claim| which(claim));
    actor.targets = kept;
    actor.older_targets.extend::<Vec<TargetClaim>>(older);
    sort(&mut actor.older_targets);
    actor.older_targets.dedup();
}

//! What is already known: actors, software, techniques, and values that should not be blocked.
//!
//! [`Knowledge::embedded`] is the snapshot inside the program: facts only, compiled by
//! `cargo xtask compile-knowledge` from the files of the [`sources`]. Every fact is an assertion of a
//! source. Records of different sources stay apart, however many names they share: alias lists of
//! two sources contradict each other on up to a quarter of the pairs they both know, and merging by
//! shared name would join APT28 with APT29. [`Knowledge::records_named`] therefore answers with every
//! record that bears a name, and [`Knowledge::related_records`] says who links what to what.
#![warn(clippy::disallowed_methods)]

pub mod benign;
mod claims;
pub mod codec;
mod compile;
mod diff;
mod facts;
mod fold;
mod knowledge;
mod names;
mod near;
mod notice;
mod order;
pub mod own;
mod record;
mod search;
mod source_facts;
pub mod sources;
mod table;
mod techniques;
mod trails;
mod words;

pub use claims::{Contradiction, LinkClaim, NameClaims};
pub use compile::{CompileError, Purpose, SourceState, compile, compile_over, gather};
pub use diff::{ActorChange, KnowledgeDiff, PartChange, RecordChange, diff};
pub use facts::Facts;
pub use fold::fold_name;
pub use knowledge::{Knowledge, RelatedRecord, RelatedWhy, TargetOf};
pub use names::{ContextNeed, KnownName, NamedRecord, RecordRef};
pub use record::{
    Actor, ActorKind, ActorLink, Alias, Basis, Campaign, CitedClaim, Exploited, LogSource, OWN,
    OriginBasis, OriginClaim, Reference, ReferenceIndex, Relation, Software, Status, TargetClaim,
    Technique, Use,
};
pub use search::Found;
pub use source_facts::{Licence, Redistribution, SourceFacts};
pub use techniques::Resolved;
pub use trails::TrailFacts;
pub use words::{
    COMMON_NOUNS, FAMILY_WORDS, Meaning, NameFamily, Place, name_family, strip_common_nouns,
};

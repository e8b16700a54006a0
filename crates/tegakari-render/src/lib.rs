//! What people look at: terminal text, charts, and the one-file HTML report.
//!
//! Everything here is a pure function from the model's types to a `String`; the same [`Story`] in
//! gives the same bytes out. The order is always the same: first the answer, then what was seen,
//! then what could not have been seen, and only then who it may be.
//!
//! Almost every string in a [`Story`] was written by an attacker or about one. It reaches an output
//! only through [`escape`], and sentences come only from `locales/*.ftl`, so that English and
//! Japanese say the same thing.
#![warn(clippy::disallowed_methods)]

mod charts;
mod digest;
pub mod escape;
mod format;
pub mod html;
mod i18n;
mod places;
mod sentences;
mod story;
mod terms;
pub mod text;
mod timeline_csv;

pub use places::is_place;
pub use sentences::{NotKnown, told};
pub use story::{
    AttackCover, BlockChange, ChangeReason, Exploitation, ExploitedNote, KnowledgeNote, Made,
    NameCitation, NameContradiction, NameFamilyNote, NameLink, NameRow, NameStory, Story,
    ValueStory, WorthNote, WrittenFile,
};
pub use text::TextStyle;
pub use timeline_csv::timeline_csv;

//! Files in, sightings out, and what could not be read.
//!
//! [`Sought`] is compiled once from indicators. [`examine`] reads one file, once: it takes all its digests, looks inside
//! archives, and searches names and, where that is asked for, contents. Facts go into an [`Outcome`]; outcomes merge in
//! any order, and [`conclude`] makes the answers of them: an indicator that was not met never stands there without how
//! much was searched for it.
//!
//! No files, clock or threads here: the caller walks, opens and runs in parallel, and gives what takes archives apart
//! as an [`Opener`].
#![warn(clippy::disallowed_methods)]

mod conclude;
mod contents;
mod digests;
mod examine;
mod facts;
mod hive;
mod known;
mod live;
mod names;
mod outcome;
pub mod places;
mod rules;
mod sought;
pub mod traces;

pub use conclude::{Asked, conclude};
pub use examine::{About, Closed, Opener, Scan, ScanThread, examine};
pub use known::KnownFiles;
pub use live::{Connection, connections};
pub use names::{Named, display};
pub use outcome::Outcome;
pub use places::text_of;
pub use rules::{AskRules, Asker, RuleHit, RulesAsked, techniques_of};
pub use sought::Sought;

//! Sigma: rules for what to notice in logs, read, compiled, and asked of records.
//!
//! [`RuleSet::compile`] reads rules and [`Pipeline`]s. For each kind of record, [`RuleSet::sources`] gives the rules
//! that are for it, by the [`Labels`] that [`windows`] and [`sources`] know; [`RuleSet::evaluate`] asks them of a
//! [`Record`]. What several matches amount to is worked out by a [`CorrelationState`] at the end.
//!
//! What is supported, and what is refused, is told in docs/behaviour.md. No files, clock, threads or network here.
#![warn(clippy::disallowed_methods)]

mod compile;
mod condition;
mod correlation;
mod correlation_read;
mod correlation_state;
mod detection;
mod document;
mod encode;
mod evaluate;
mod expr;
mod fold;
mod index;
mod labels;
mod leaf;
mod live_correlations;
mod modifiers;
mod names;
mod pipeline;
mod rarity;
mod record;
mod refusal;
mod regex_needs;
mod required;
mod rule;
mod rule_set;
mod sigma_string;
pub mod sources;
mod spans;
mod texts;
pub mod windows;
mod yaml;

pub use correlation::{Correlation, CorrelationKind, Part};
pub use correlation_state::{CorrelationMatch, CorrelationState, Occurrence, Spot, occurrences};
pub use evaluate::Scratch;
pub use labels::Labels;
pub use live_correlations::{Change, LiveCorrelations, LiveMatch};
pub use pipeline::Pipeline;
pub use record::Record;
pub use rule::{Level, LogSource, Rule};
pub use rule_set::{RuleFile, RuleSet, SourceRules};

//! What the results mean, in sentences. Text and HTML show the same ones.
//!
//! Sentences hold hostile names as they are; whoever shows them escapes the whole.

mod answer;
mod behaviour;
mod change;
mod cluster;
mod drill;
mod matter;
mod next;
mod not_known;
mod phases;
mod problem;
mod report;
mod scan;
mod strength;
pub mod told;
mod who;

pub(crate) use matter::all_problems;
pub use not_known::NotKnown;

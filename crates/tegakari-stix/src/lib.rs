//! STIX 2.0 and 2.1 JSON to plain types and back: the only crate that knows STIX.
//!
//! [`parse_bundle`] reads what others publish, tolerantly: one bad object costs one object and leaves
//! a problem behind. [`pattern`] parses STIX patterns and finds the observables in them. [`write`]
//! makes a bundle of STIX 2.1 whose bytes depend on nothing but its input.
#![warn(clippy::disallowed_methods)]

mod bundle;
pub mod confidence;
mod marking;
mod parse;
pub mod pattern;
mod property;
pub mod write;

pub use bundle::{
    Bundle, CyberObservable, ExternalReference, Indicator, MispAttribute, Object, ObjectKind,
    Version,
};
pub use marking::{marking_id, tlp_of_marking};
pub use parse::{parse_bundle, version_of};

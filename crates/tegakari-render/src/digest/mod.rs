//! What a reader needs from the data, before any words: grouped, added up and put in order.
//!
//! Text and HTML are told from the same digest, so they cannot disagree.

pub(crate) mod behaviour;
pub(crate) mod gaps;
pub(crate) mod grid;
pub(crate) mod negatives;
pub(crate) mod seen;
pub(crate) mod standing;
pub(crate) mod time;

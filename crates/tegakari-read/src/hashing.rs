//! Maps that are asked for every value or word of a document, with a hash cheaper than the standard one.
//!
//! Like that, it is keyed anew in every run, so that nobody can write a document whose values all fall together;
//! no result depends on it, because nothing goes through these maps in their order.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

pub(crate) type QuickMap<K, V> = HashMap<K, V, RandomState>;
pub(crate) type QuickSet<K> = HashSet<K, RandomState>;

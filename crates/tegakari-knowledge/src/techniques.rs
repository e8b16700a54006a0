//! From the id a report writes to the technique it means today.
//!
//! ATT&CK retires ids in every release: a report of 2019 writes `T1086`, one of 2026 `T1685.001`.
//! Profiles are kept in the ids of the newest release read as STIX; ids of a later release that is
//! known only by name are mapped back to the one they replaced.

use std::collections::{HashMap, HashSet};

use tegakari_model::TechniqueId;

use crate::fold_name;
use crate::record::Technique;

/// What an id stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The id in which profiles are kept. Not in force only when ATT&CK dropped it without a successor.
    pub current: TechniqueId,
    /// The id as asked, when it is not `current`.
    pub retired: Option<TechniqueId>,
    /// The asked id is of a later release than the profiles; `current` is what it replaced.
    pub newer: bool,
}

/// Longest chain of successors that is followed. The longest real one has three links.
const MAX_HOPS: usize = 8;

#[derive(Default)]
pub(crate) struct TechniqueIndex {
    by_name: HashMap<String, Option<usize>>,
    /// From a later release's id to the id it replaced.
    back: HashMap<TechniqueId, TechniqueId>,
}

impl TechniqueIndex {
    /// `all` is sorted by id.
    pub(crate) fn new(all: &[Technique]) -> Self {
        let mut index = Self::default();
        index.find_predecessors(all);
        for (i, one) in all.iter().enumerate().filter(|(_, t)| t.is_live()) {
            // A later release's name leads to the id in which profiles are kept.
            let at = match index.back.get(&one.id) {
                None => i,
                Some(before) => match all.binary_search_by(|t| t.id.cmp(before)) {
                    Ok(at) => at,
                    Err(_) => i,
                },
            };
            index.add_name(all, &one.name, at);
            if let Some(parent) = one.parent.as_ref().and_then(|p| find(all, p)) {
                index.add_name(all, &format!("{}{}", parent.name, one.name), at);
            }
        }
        index
    }

    /// One name in two matrices: the one in enterprise is meant. In two places of one matrix: neither.
    fn add_name(&mut self, all: &[Technique], name: &str, at: usize) {
        let enterprise = |i: usize| all.get(i).is_some_and(|t| t.domain == "enterprise");
        self.by_name
            .entry(fold_name(name))
            .and_modify(|known| match *known {
                Some(other) if other == at => {}
                Some(other) if enterprise(other) && !enterprise(at) => {}
                Some(other) if enterprise(at) && !enterprise(other) => *known = Some(at),
                _ => *known = None,
            })
            .or_insert(Some(at));
    }

    /// Of several that became one, the one of the same name is its predecessor, else the first by id.
    fn find_predecessors(&mut self, all: &[Technique]) {
        for one in all.iter().filter(|t| t.is_live()) {
            let Some(next) = &one.later else { continue };
            let same_name = |t: &Technique| {
                find(all, next).is_some_and(|n| fold_name(&n.name) == fold_name(&t.name))
            };
            let better = match self.back.get(next).and_then(|known| find(all, known)) {
                None => true,
                Some(known) => same_name(one) && !same_name(known),
            };
            if better {
                self.back.insert(next.clone(), one.id.clone());
            }
        }
    }

    pub(crate) fn resolve(&self, all: &[Technique], id: &TechniqueId) -> Option<Resolved> {
        let mut at = find(all, id)?;
        if let Some(before) = self.back.get(id) {
            return Some(Resolved {
                current: before.clone(),
                retired: Some(id.clone()),
                newer: true,
            });
        }
        let mut seen: HashSet<&TechniqueId> = HashSet::new();
        for _ in 0..MAX_HOPS {
            if at.is_live() || !seen.insert(&at.id) {
                break;
            }
            match at.replaced_by.as_ref().and_then(|next| find(all, next)) {
                Some(next) => at = next,
                None => break,
            }
        }
        Some(Resolved {
            retired: (at.id != *id).then(|| id.clone()),
            current: at.id.clone(),
            newer: false,
        })
    }

    pub(crate) fn named<'a>(&self, all: &'a [Technique], name: &str) -> Option<&'a Technique> {
        let at = *self.by_name.get(&fold_name(name))?;
        all.get(at?)
    }
}

fn find<'a>(all: &'a [Technique], id: &TechniqueId) -> Option<&'a Technique> {
    let at = all.binary_search_by(|t| t.id.cmp(id)).ok()?;
    all.get(at)
}

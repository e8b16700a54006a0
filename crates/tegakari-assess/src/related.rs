//! Which records have to do with an actor, looked up once: the knowledge goes through all names for each answer, and
//! thousands of cases have the same few actors in front.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tegakari_knowledge::{Knowledge, RelatedRecord};
use tegakari_model::ActorId;

/// The knowledge, with the answers it gave.
pub(crate) struct Related<'k> {
    pub(crate) knowledge: &'k Knowledge,
    known: Mutex<BTreeMap<ActorId, Arc<Vec<RelatedRecord>>>>,
}

impl<'k> Related<'k> {
    pub(crate) fn new(knowledge: &'k Knowledge) -> Self {
        Self {
            knowledge,
            known: Mutex::default(),
        }
    }

    /// As [`Knowledge::related_records`].
    pub(crate) fn records(&self, id: &ActorId) -> Arc<Vec<RelatedRecord>> {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(id) {
            return Arc::clone(known);
        }
        let found = Arc::new(self.knowledge.related_records(id));
        lock().insert(id.clone(), Arc::clone(&found));
        found
    }
}

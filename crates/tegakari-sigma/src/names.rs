//! Names of fields, numbered.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::leaf::FieldId;

/// Names of fields, each with a number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    list: Vec<String>,
    ids: HashMap<String, FieldId, FixedState>,
}

impl Names {
    /// The number of a name, given to it now if it has none.
    pub(crate) fn id(&mut self, name: &str) -> FieldId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = self.list.len() as FieldId;
        self.list.push(name.to_owned());
        self.ids.insert(name.to_owned(), id);
        id
    }

    /// The name of a number.
    pub(crate) fn name(&self, id: FieldId) -> &str {
        self.list.get(id as usize).map_or("", String::as_str)
    }
}

//! What a rule asks: one record of a log, by the names that rules use for its fields.

use std::borrow::Cow;

/// One record of a log, as rules see it.
///
/// A name is the one in the rule, after pipelines: whoever gives records knows that `Image` is `NewProcessName`
/// in an event 4688 (see [`crate::windows::field_name`]).
pub trait Record {
    /// The first value of a field; `None` when the record has no such field.
    fn field(&self, name: &str) -> Option<Cow<'_, str>>;

    /// Each value of a field, for those that are lists. Nothing is called when the record has no such field.
    fn each_value(&self, name: &str, f: &mut dyn FnMut(&str)) {
        if let Some(value) = self.field(name) {
            f(&value);
        }
    }

    /// Each piece of text of the record, for rules that search for words without naming a field: all values, or the line.
    fn each_text(&self, f: &mut dyn FnMut(&str));
}

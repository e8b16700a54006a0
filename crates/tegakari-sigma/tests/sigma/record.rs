//! Records of a few fields.

use std::borrow::Cow;

use tegakari_sigma::Record;

/// Names and values.
pub(crate) struct Fields<'a>(pub(crate) &'a [(&'a str, &'a str)]);

impl Record for Fields<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let found = self.0.iter().find(|(n, _)| *n == name);
        found.map(|(_, value)| Cow::Borrowed(*value))
    }

    fn each_value(&self, name: &str, f: &mut dyn FnMut(&str)) {
        self.0
            .iter()
            .filter(|(n, _)| *n == name)
            .for_each(|(_, value)| f(value));
    }

    fn each_text(&self, f: &mut dyn FnMut(&str)) {
        self.0.iter().for_each(|(_, value)| f(value));
    }
}

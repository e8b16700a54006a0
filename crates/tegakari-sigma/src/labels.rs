//! What a record is, in the words by which rules choose their logs.

/// Product, category and service of a record. A record may have several at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Labels {
    /// Whose record: `windows`.
    pub product: Option<&'static str>,
    /// Of what kind: `process_creation`.
    pub category: Option<&'static str>,
    /// Of which part of the product: `sysmon`.
    pub service: Option<&'static str>,
}

impl Labels {
    /// Labels of these three, where an empty text is none.
    pub const fn new(product: &'static str, category: &'static str, service: &'static str) -> Self {
        const fn some(text: &'static str) -> Option<&'static str> {
            if text.is_empty() { None } else { Some(text) }
        }
        Self {
            product: some(product),
            category: some(category),
            service: some(service),
        }
    }
}

//! Something that is kept, with the time since which it is as it is.

use crate::Timestamp;

/// A report, hunt or assessment of the database and when it was saved.
#[derive(Debug, PartialEq)]
pub struct Kept<'a, T> {
    /// What is kept.
    pub what: &'a T,
    /// When it was saved as it is now.
    pub saved_at: Timestamp,
}

impl<T> Clone for Kept<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Kept<'_, T> {}

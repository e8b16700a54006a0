//! What a rule asks, as a tree.

use crate::leaf::{FieldId, Test};

/// A question to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expr {
    Leaf(FieldId, Test),
    All(Vec<Expr>),
    Any(Vec<Expr>),
    /// At least so many of them.
    Some(usize, Vec<Expr>),
    Not(Box<Expr>),
}

impl Expr {
    /// The number of tests in it.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Leaf(..) => 1,
            Self::Not(inner) => inner.size(),
            Self::All(list) | Self::Any(list) | Self::Some(_, list) => {
                list.iter().map(Self::size).sum()
            }
        }
    }

    /// Whether it is true of no record whatsoever. Says too few rather than too many.
    pub(crate) fn is_never(&self) -> bool {
        match self {
            Self::Leaf(_, test) => *test == Test::Never,
            Self::Not(inner) => inner.is_always(),
            Self::All(list) => {
                list.iter().any(Self::is_never)
                    || list
                        .iter()
                        .enumerate()
                        .any(|(at, one)| list.iter().skip(at + 1).any(|other| one.excludes(other)))
            }
            Self::Any(list) => list.iter().all(Self::is_never),
            Self::Some(least, list) => list.iter().filter(|one| !one.is_never()).count() < *least,
        }
    }

    fn is_always(&self) -> bool {
        match self {
            Self::Leaf(..) => false,
            Self::Not(inner) => inner.is_never(),
            Self::All(list) => list.iter().all(Self::is_always),
            Self::Any(list) => list.iter().any(Self::is_always),
            Self::Some(least, list) => list.iter().filter(|one| one.is_always()).count() >= *least,
        }
    }

    /// Whether no record can be both. A field may have several values, so two texts exclude each other in none.
    fn excludes(&self, other: &Self) -> bool {
        let negates =
            |one: &Self, other: &Self| matches!(other, Self::Not(inner) if **inner == *one);
        if negates(self, other) || negates(other, self) {
            return true;
        }
        match (self, other) {
            (Self::Leaf(a, one), Self::Leaf(b, two)) if a == b => {
                one.needs_none() && two.needs_text() || two.needs_none() && one.needs_text()
            }
            _ => false,
        }
    }

    /// All of them, without a list of one.
    pub(crate) fn all(mut list: Vec<Self>) -> Self {
        match (list.len(), list.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                list.extend(last);
                Self::All(list)
            }
        }
    }

    /// Any of them, without a list of one.
    pub(crate) fn any(mut list: Vec<Self>) -> Self {
        match (list.len(), list.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                list.extend(last);
                Self::Any(list)
            }
        }
    }

    /// Calls `f` with every field that is asked for.
    pub(crate) fn each_field(&self, f: &mut dyn FnMut(FieldId)) {
        match self {
            Self::Leaf(field, test) => {
                f(*field);
                if let Test::SameAs { other, .. } = test {
                    f(*other);
                }
            }
            Self::Not(inner) => inner.each_field(f),
            Self::All(list) | Self::Any(list) | Self::Some(_, list) => {
                list.iter().for_each(|e| e.each_field(f))
            }
        }
    }
}

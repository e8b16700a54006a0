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

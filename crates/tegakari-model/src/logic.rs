//! How the values of a published rule belong together: `AND`, `OR`, order and negation, kept as a tree.
//!
//! STIX patterns, OpenIOC and MISP objects say more than a list of values: a harmless program's hash
//! counts only beside a certain file name. A [`Mention`](crate::Mention) says in `only_with` that a
//! value means little alone; the whole condition stands here.

use serde::{Deserialize, Serialize};

use crate::{Observable, ReportCitation};

/// A condition that a report states over several values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Composite {
    /// What its maker calls it, when it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The condition.
    pub logic: Logic,
    /// Where it stands.
    pub citation: ReportCitation,
}

/// A condition over values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Logic {
    /// One property is compared with one value.
    Test(Test),
    /// Each of these.
    And(Vec<Logic>),
    /// Any of these.
    Or(Vec<Logic>),
    /// Each of these, in this order.
    Sequence(Vec<Logic>),
    /// Not this.
    Not(Box<Logic>),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// What is looked at, as the format calls it (`FileItem/Md5sum`, `file:hashes.MD5`, `filename`).
    pub property: String,
    /// How it is compared: `is`, `contains`, `starts with`, `matches`, …
    pub condition: String,
    /// What it is compared with, as written.
    pub value: String,
    /// The value as an observable, when the comparison asks for exactly one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observable: Option<Observable>,
}

impl Logic {
    /// Deepest nesting that [`Logic::simplified`] leaves. Each level costs two of JSON, of which
    /// readers allow 128.
    pub const MAX_DEPTH: usize = 24;

    /// The same condition without needless levels: no list of one, no `AND` directly in an `AND`.
    /// What is nested deeper than [`Logic::MAX_DEPTH`] is replaced by a test that says so.
    /// `None` when nothing is left.
    pub fn simplified(self) -> Option<Self> {
        self.simplify(0)
    }

    fn simplify(self, depth: usize) -> Option<Self> {
        if depth > Self::MAX_DEPTH && !matches!(self, Self::Test(_)) {
            return Some(Self::Test(Test {
                property: "…".to_owned(),
                condition: "is nested too deep".to_owned(),
                value: String::new(),
                observable: None,
            }));
        }
        match self {
            Self::Test(_) => Some(self),
            Self::Not(inner) => {
                let inner = inner.simplify(depth + 1)?;
                Some(Self::Not(Box::new(inner)))
            }
            Self::And(parts) => Self::list(parts, depth, Self::And, |part| match part {
                Self::And(inner) => Ok(inner),
                other => Err(other),
            }),
            Self::Or(parts) => Self::list(parts, depth, Self::Or, |part| match part {
                Self::Or(inner) => Ok(inner),
                other => Err(other),
            }),
            Self::Sequence(parts) => Self::list(parts, depth, Self::Sequence, Err),
        }
    }

    fn list(
        parts: Vec<Self>,
        depth: usize,
        make: fn(Vec<Self>) -> Self,
        same: fn(Self) -> Result<Vec<Self>, Self>,
    ) -> Option<Self> {
        let mut out = Vec::with_capacity(parts.len());
        for part in parts {
            // A list of one is no level of its own.
            match part.simplify(depth + 1).map(same) {
                Some(Ok(inner)) => out.extend(inner),
                Some(Err(other)) => out.push(other),
                None => {}
            }
        }
        match out.len() {
            0 => None,
            1 => out.pop(),
            _ => Some(make(out)),
        }
    }

    /// Whether it says more than a list of alternatives: an `AND`, an order or a negation.
    pub fn is_more_than_a_list(&self) -> bool {
        match self {
            Self::Test(_) => false,
            Self::Or(parts) => parts.iter().any(Self::is_more_than_a_list),
            Self::And(_) | Self::Sequence(_) | Self::Not(_) => true,
        }
    }

    /// Every test, in the order written.
    pub fn tests(&self) -> Vec<&Test> {
        let mut out = Vec::new();
        let mut open = vec![self];
        while let Some(one) = open.pop() {
            match one {
                Self::Test(test) => out.push(test),
                Self::Not(inner) => open.push(inner),
                Self::And(parts) | Self::Or(parts) | Self::Sequence(parts) => {
                    open.extend(parts.iter().rev());
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{Logic, Test};

    fn test(value: &str) -> Logic {
        Logic::Test(Test {
            property: "file:name".to_owned(),
            condition: "is".to_owned(),
            value: value.to_owned(),
            observable: None,
        })
    }

    #[test]
    fn needless_levels_go_and_the_meaning_stays() {
        for (given, want) in [
            (
                Logic::And(vec![Logic::Or(vec![test("a")])]),
                Some(test("a")),
            ),
            (
                Logic::And(vec![test("a"), Logic::And(vec![test("b"), test("c")])]),
                Some(Logic::And(vec![test("a"), test("b"), test("c")])),
            ),
            (
                Logic::Or(vec![test("a"), Logic::And(vec![test("b"), test("c")])]),
                Some(Logic::Or(vec![
                    test("a"),
                    Logic::And(vec![test("b"), test("c")]),
                ])),
            ),
            (Logic::And(vec![Logic::Or(vec![])]), None),
        ] {
            assert_eq!(given.simplified(), want);
        }
    }

    #[test]
    fn however_deep_it_is_its_json_can_be_read_again() {
        let mut logic = test("a");
        for n in 0..200 {
            let pair = vec![test("b"), logic];
            logic = if n % 2 == 0 {
                Logic::And(pair)
            } else {
                Logic::Or(pair)
            };
        }
        let logic = logic.simplified().unwrap();
        let json = serde_json::to_string(&logic).unwrap();
        assert_eq!(serde_json::from_str::<Logic>(&json).unwrap(), logic);
        assert!(logic.is_more_than_a_list());
        assert!(logic.tests().len() > 20);
    }
}

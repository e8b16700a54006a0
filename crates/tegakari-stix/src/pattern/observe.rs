//! What a pattern asks to look for, as observables.
//!
//! A pattern says more than a list of values: `file:name = 'a.exe' AND file:hashes.MD5 = '…'` is one
//! file, and either value alone says less. So values that must hold together stay together in a
//! [`Group`], and what cannot be looked for as a value (a wildcard, a negation, a size) is listed as
//! [`Unread`] instead of being dropped.

use tegakari_model::{FileRecord, Observable};

use super::{Comparison, Expression, Literal, ObjectPath, Operator, Pattern};
use crate::property::{self, Unfit};

/// Observables of a pattern.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Alternatives, in the order written, without repetition. Each has at least one observable.
    pub groups: Vec<Group>,
    /// Comparisons that name no observable, in the order written.
    pub unread: Vec<Unread>,
}

/// Values that one event must hold together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Which expression in square brackets it belongs to, from 0. Groups of one are alternatives;
    /// how the brackets combine is in [`Pattern::root`].
    pub event: usize,
    /// The values (at least one).
    pub observables: Vec<Observable>,
    /// The file they describe, when they say at least two things about one.
    pub file: Option<FileRecord>,
    /// The port that goes with an address or domain.
    pub port: Option<u16>,
}

/// A comparison that names no observable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// As it would be written.
    pub comparison: String,
    /// Why not: short, lower case.
    pub why: String,
}

/// Terms that may come out of one expression when it is brought into alternatives. An expression
/// beyond it (a product of long lists) is read as single values: nothing is lost but the "together".
const MAX_TERMS: usize = 200_000;

/// One comparison with one value; `IN` becomes one term per value.
#[derive(Clone, Copy)]
struct Term<'a> {
    comparison: &'a Comparison,
    value: Option<&'a Literal>,
}

impl Pattern {
    /// The values to look for and what could not be read as such.
    pub fn observables(&self) -> Reading {
        let mut reading = Reading::default();
        let mut seen = std::collections::HashSet::new();
        for (event, expression) in self.events().into_iter().enumerate() {
            let mut budget = MAX_TERMS;
            let alternatives = alternatives(expression, &mut budget).unwrap_or_else(|| {
                let mut all = Vec::new();
                expression.collect(&mut all);
                all.into_iter().flat_map(terms).map(|t| vec![t]).collect()
            });
            let mut unread_here = std::collections::HashSet::new();
            for alternative in alternatives {
                let group = group(event, &alternative, |term, why| {
                    let unread = Unread {
                        comparison: shown(term),
                        why,
                    };
                    if unread_here.insert(unread.comparison.clone()) {
                        reading.unread.push(unread);
                    }
                });
                let Some(group) = group else { continue };
                if seen.insert((event, group.observables.clone(), group.port)) {
                    reading.groups.push(group);
                }
            }
        }
        reading
    }
}

impl Comparison {
    /// What the comparison with one of its values asks for, when that is exactly one value to look for.
    pub fn observable(&self, value: &Literal) -> Option<Observable> {
        let mut facts = property::Facts::default();
        let term = Term {
            comparison: self,
            value: Some(value),
        };
        // A comparison that names no value is told as such by `Pattern::observables`.
        read_term(term, &mut facts).ok()?;
        facts.finish().observables.pop()
    }
}

fn terms(comparison: &Comparison) -> Vec<Term<'_>> {
    if comparison.values.is_empty() {
        return vec![Term {
            comparison,
            value: None,
        }];
    }
    comparison
        .values
        .iter()
        .map(|value| Term {
            comparison,
            value: Some(value),
        })
        .collect()
}

/// Disjunctive form; `None` when it would grow beyond the budget. Depth is bounded by the parser.
fn alternatives<'a>(expression: &'a Expression, budget: &mut usize) -> Option<Vec<Vec<Term<'a>>>> {
    match expression {
        Expression::Comparison(comparison) => {
            // `NOT IN` is one statement about all its values.
            let list = if comparison.negated {
                terms(comparison).into_iter().take(1).collect()
            } else {
                terms(comparison)
            };
            *budget = budget.checked_sub(list.len())?;
            Some(list.into_iter().map(|term| vec![term]).collect())
        }
        Expression::Any(parts) => {
            let mut out = Vec::new();
            for part in parts {
                out.extend(alternatives(part, budget)?);
            }
            Some(out)
        }
        Expression::All(parts) => {
            let mut out: Vec<Vec<Term<'a>>> = vec![Vec::new()];
            for part in parts {
                let right = alternatives(part, budget)?;
                let width: usize = right.iter().map(Vec::len).sum();
                let depth: usize = out.iter().map(Vec::len).sum();
                let grown = width
                    .checked_mul(out.len())?
                    .checked_add(depth.checked_mul(right.len())?)?;
                if right.len() > 1 {
                    *budget = budget.checked_sub(grown)?;
                }
                out = if let [only] = right.as_slice() {
                    for left in &mut out {
                        left.extend_from_slice(only);
                    }
                    out
                } else {
                    out.iter()
                        .flat_map(|left| right.iter().map(|r| [left.as_slice(), r].concat()))
                        .collect()
                };
            }
            Some(out)
        }
    }
}

fn group<'a>(
    event: usize,
    alternative: &[Term<'a>],
    mut unread: impl FnMut(Term<'a>, String),
) -> Option<Group> {
    let mut facts = property::Facts::default();
    for &term in alternative {
        if let Err(unfit) = read_term(term, &mut facts) {
            unread(term, unfit.why());
        }
    }
    let property::Facts {
        mut observables,
        file,
        port,
        ..
    } = facts.finish();
    let mut kept = Vec::new();
    for observable in observables.drain(..) {
        if !kept.contains(&observable) {
            kept.push(observable);
        }
    }
    (!kept.is_empty()).then_some(Group {
        event,
        observables: kept,
        file,
        port,
    })
}

fn read_term(term: Term<'_>, facts: &mut property::Facts) -> Result<(), Unfit> {
    let comparison = term.comparison;
    let path: &ObjectPath = &comparison.path;
    let keys = path.keys();
    if comparison.negated || comparison.operator == Operator::NotEqual {
        return Err(Unfit::because("it says what must not be there"));
    }
    let Some(value) = term.value else {
        return Err(Unfit::because("it names no value"));
    };
    let text = value.text();
    match comparison.operator {
        Operator::Equal | Operator::In | Operator::IsSubset => {
            facts.add(&path.object_type, &keys, text)
        }
        // `_` stands for any one character, but exporters write names with `_` and mean it.
        Operator::Like if !text.contains('%') => facts.add(&path.object_type, &keys, text),
        Operator::Like => Err(Unfit::because("it has a wildcard")),
        Operator::Matches => match literal_of_regex(text) {
            Some(literal) => facts.add(&path.object_type, &keys, &literal),
            None => Err(Unfit::because("it is a regular expression")),
        },
        Operator::IsSuperset => Err(Unfit::because("it asks for a wider network")),
        _ => Err(Unfit::because("it compares sizes")),
    }
}

/// The one text a regular expression stands for when it is nothing but `^`, `$`, plain characters and
/// escaped punctuation (`^evil\.example$`).
fn literal_of_regex(regex: &str) -> Option<String> {
    let body = regex.strip_prefix('^')?.strip_suffix('$')?;
    let mut out = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next().filter(char::is_ascii_punctuation)?),
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => {
                return None;
            }
            plain => out.push(plain),
        }
    }
    Some(out)
}

fn shown(term: Term<'_>) -> String {
    let comparison = term.comparison;
    let one = Comparison {
        path: comparison.path.clone(),
        negated: comparison.negated,
        operator: match (comparison.operator, comparison.negated) {
            (Operator::In, false) => Operator::Equal,
            (other, _) => other,
        },
        values: term.value.into_iter().cloned().collect(),
    };
    let text = one.to_string();
    match text.char_indices().nth(200) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

//! A STIX pattern as a rule: what stands in one pair of brackets about one object is one thing; brackets
//! joined by `AND` or `FOLLOWEDBY` are several.

use tegakari_stix::pattern::{
    Comparison, Expression, Literal, Observation, Operator, Pattern, Qualifier,
};

use crate::cybox::one_of;
use crate::rule::Rule;

/// The rule that a pattern is; `None` when it tests nothing.
pub(crate) fn rule(pattern: &Pattern) -> Option<Rule> {
    observation(&pattern.root)
}

// Depth is bounded by the pattern's parser.
fn observation(one: &Observation) -> Option<Rule> {
    let all =
        |parts: &[Observation]| -> Vec<Rule> { parts.iter().filter_map(observation).collect() };
    match one {
        Observation::Event(inner) => expression(inner),
        Observation::All(parts) => several(all(parts), false),
        Observation::Any(parts) => one_of(all(parts)),
        Observation::Sequence(parts) => Some(Rule::Sequence(all(parts))),
        Observation::Qualified { inner, qualifiers } => {
            let mut parts: Vec<Rule> = observation(inner).into_iter().collect();
            parts.extend(qualifiers.iter().map(|q| match q {
                Qualifier::Within(seconds) => {
                    Rule::test("pattern", "is within", &format!("{seconds} seconds"), None)
                }
                Qualifier::Repeats(times) => {
                    Rule::test("pattern", "repeats", &format!("{times} times"), None)
                }
                Qualifier::StartStop { start, stop } => Rule::test(
                    "pattern",
                    "is between",
                    &format!("{start} and {stop}"),
                    None,
                ),
            }));
            several(parts, true)
        }
    }
}

fn several(mut parts: Vec<Rule>, one_thing: bool) -> Option<Rule> {
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(Rule::All { one_thing, parts }),
    }
}

fn expression(one: &Expression) -> Option<Rule> {
    match one {
        Expression::Comparison(one) => comparison(one),
        Expression::Any(parts) => one_of(parts.iter().filter_map(expression).collect()),
        Expression::All(parts) => {
            let mut first = None;
            let one_thing = parts.iter().all(|p| is_about(p, &mut first));
            several(parts.iter().filter_map(expression).collect(), one_thing)
        }
    }
}

/// Whether everything in an expression is about the type that was seen first.
fn is_about<'a>(one: &'a Expression, first: &mut Option<&'a str>) -> bool {
    match one {
        Expression::Comparison(one) => {
            *first.get_or_insert(&one.path.object_type) == one.path.object_type
        }
        Expression::All(parts) | Expression::Any(parts) => parts.iter().all(|p| is_about(p, first)),
    }
}

fn comparison(one: &Comparison) -> Option<Rule> {
    let keys = one.path.keys();
    // `dst_ref.type = 'ipv4-addr'` only says what the value beside it is.
    if let [.., before, "type"] = keys.as_slice()
        && (before.ends_with("_ref") || before.ends_with("_refs"))
    {
        return None;
    }
    let property = one.path.to_string();
    let (word, not) = match one.operator {
        Operator::Equal | Operator::In => ("is", false),
        Operator::NotEqual => ("is", true),
        Operator::Less => ("is less than", false),
        Operator::LessOrEqual => ("is at most", false),
        Operator::Greater => ("is greater than", false),
        Operator::GreaterOrEqual => ("is at least", false),
        Operator::Like => ("is like", false),
        Operator::Matches => ("matches", false),
        Operator::IsSubset => ("is in", false),
        Operator::IsSuperset => ("holds", false),
        Operator::Exists => ("exists", false),
    };
    let test = |value: &Literal| Rule::test(&property, word, value.text(), one.observable(value));
    let rule = if one.values.is_empty() {
        Rule::test(&property, word, "", None)
    } else {
        one_of(one.values.iter().map(test).collect())?
    };
    Some(if one.negated != not {
        Rule::Not(Box::new(rule))
    } else {
        rule
    })
}

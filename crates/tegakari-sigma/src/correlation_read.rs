//! Reads correlation rules (Sigma specification, "Correlation Rules").

use std::collections::HashMap;

use crate::compile::Compiled;
use crate::correlation::{Condition, Correlation, CorrelationKind, Part};
use crate::refusal::Refusal;
use crate::rule::Rule;
use crate::yaml::{Node, Value};

/// Rules that one correlation may be about.
const MOST_PARTS: usize = 256;

/// Reads correlations when all rules are known, and finds those that they name.
///
/// One that is about another stands behind it; what names something that is not there, or itself in a circle, is refused.
pub(crate) fn resolve(
    raw: Vec<(Rule, Node<'_>)>,
    compiled: &mut Compiled,
    told: &mut Vec<(String, Refusal)>,
) {
    let mut parts: HashMap<String, Vec<Part>> = HashMap::new();
    for (number, rule) in (0u32..).zip(&compiled.rules) {
        for name in names(rule) {
            parts
                .entry(name.to_owned())
                .or_default()
                .push(Part::Rule(number));
        }
    }
    let mut waiting = raw;
    waiting.sort_by(|(a, _), (b, _)| {
        (&a.id, &a.title, &a.file, a.line).cmp(&(&b.id, &b.title, &b.file, b.line))
    });
    loop {
        let before = waiting.len();
        let mut later = Vec::new();
        for (rule, node) in waiting {
            let missing = asked(&node)
                .into_iter()
                .any(|(_, name)| !parts.contains_key(name));
            if missing {
                later.push((rule, node));
                continue;
            }
            let file = rule.file.clone();
            let own: Vec<String> = names(&rule).into_iter().map(str::to_owned).collect();
            match correlation(rule, &node, &parts) {
                Ok(one) => {
                    let number = compiled.correlations.len() as u32;
                    for name in own {
                        parts
                            .entry(name)
                            .or_default()
                            .push(Part::Correlation(number));
                    }
                    compiled.correlations.push(one);
                }
                Err(refusal) => told.push((file, refusal)),
            }
        }
        waiting = later;
        if waiting.len() == before || waiting.is_empty() {
            break;
        }
    }
    for (rule, node) in waiting {
        let what = match asked(&node)
            .into_iter()
            .find(|(_, name)| !parts.contains_key(*name))
        {
            Some((line, name)) => Refusal::new(
                line,
                format!("it is about {name:?}, which is no rule that is used"),
            ),
            None => Refusal::new(node.line, "it is about no rule"),
        };
        told.push((rule.file, what));
    }
    quieten(compiled);
}

/// Rules speak for themselves, unless they are only there for a correlation.
fn quieten(compiled: &mut Compiled) {
    let mut only_parts: HashMap<Part, bool> = HashMap::new();
    for one in &compiled.correlations {
        for part in &one.of {
            let told = only_parts.entry(*part).or_insert(false);
            *told |= one.generate;
        }
    }
    for (number, rule) in (0u32..).zip(&mut compiled.rules) {
        rule.tells = only_parts.get(&Part::Rule(number)).copied().unwrap_or(true);
    }
    for (number, one) in (0u32..).zip(&mut compiled.correlations) {
        one.tells = only_parts
            .get(&Part::Correlation(number))
            .copied()
            .unwrap_or(true);
    }
}

fn names(rule: &Rule) -> Vec<&str> {
    let mut names = vec![rule.id.as_str(), rule.name.as_str()];
    names.retain(|n| !n.is_empty());
    names.dedup();
    names
}

/// The rules that a correlation names, with the lines where it does.
fn asked<'n>(node: &'n Node<'_>) -> Vec<(u32, &'n str)> {
    let Some(rules) = node.get("rules") else {
        return Vec::new();
    };
    match &rules.value {
        Value::List(list) => list
            .iter()
            .filter_map(|n| Some((n.line, n.text()?)))
            .collect(),
        _ => rules.text().map(|t| (rules.line, t)).into_iter().collect(),
    }
}

fn correlation(
    rule: Rule,
    node: &Node<'_>,
    parts: &HashMap<String, Vec<Part>>,
) -> Result<Correlation, Refusal> {
    let refuse = |line: u32, what: &str| Err(Refusal::new(line, what));
    let kind = match node.get("type").and_then(Node::text) {
        Some("event_count") => CorrelationKind::EventCount,
        Some("value_count") => CorrelationKind::ValueCount,
        Some("temporal") => CorrelationKind::Temporal,
        Some("temporal_ordered" | "ordered_temporal") => CorrelationKind::TemporalOrdered,
        Some(other) => {
            let what = format!("the correlation type {other:?} is not supported");
            return Err(Refusal::new(node.line, what));
        }
        None => return refuse(node.line, "the correlation has no type"),
    };
    let mut of = Vec::new();
    // Where the parts of each name begin.
    let mut named: Vec<(&str, usize, usize)> = Vec::new();
    for (_, name) in asked(node) {
        let found = parts.get(name).map(Vec::as_slice).unwrap_or(&[]);
        named.push((name, of.len(), of.len() + found.len()));
        of.extend_from_slice(found);
    }
    if of.is_empty() {
        return refuse(node.line, "it is about no rule");
    }
    if of.len() > MOST_PARTS {
        return refuse(node.line, "it is about more than 256 rules");
    }
    let Some(span) = node.get("timespan").or_else(|| node.get("timeframe")) else {
        return refuse(node.line, "the correlation has no timespan");
    };
    let Some(timespan_ms) = span.text().and_then(timespan) else {
        return refuse(span.line, "the timespan is not like 15s, 30m, 1h or 7d");
    };
    let mut condition = Condition::default();
    let mut counted = None;
    match node.get("condition") {
        Some(node) if !node.entries().is_empty() => {
            for entry in node.entries() {
                if entry.key == "field" {
                    let texts = entry.node.texts();
                    let [only] = texts.as_slice() else {
                        return refuse(
                            entry.line,
                            "values of one field are counted, not of several",
                        );
                    };
                    counted = Some(only.clone());
                    continue;
                }
                let Some(number) = entry.node.text().and_then(|t| t.parse().ok()) else {
                    return refuse(entry.line, "a condition needs a whole number");
                };
                let slot = match &*entry.key {
                    "gt" => &mut condition.gt,
                    "gte" => &mut condition.gte,
                    "lt" => &mut condition.lt,
                    "lte" => &mut condition.lte,
                    "eq" => &mut condition.eq,
                    "neq" => &mut condition.neq,
                    other => {
                        let what = format!("the condition {other:?} is not known");
                        return Err(Refusal::new(entry.line, what));
                    }
                };
                *slot = Some(number);
            }
        }
        Some(node) => {
            return refuse(
                node.line,
                "a condition of a correlation is a map, like gte: 10",
            );
        }
        None => {}
    }
    let counts = matches!(
        kind,
        CorrelationKind::EventCount | CorrelationKind::ValueCount
    );
    if counts && condition == Condition::default() {
        return refuse(node.line, "the correlation has no condition");
    }
    if (kind == CorrelationKind::ValueCount) != counted.is_some() {
        return refuse(
            node.line,
            "value_count, and nothing else, needs a field in its condition",
        );
    }
    let mut aliases = Vec::new();
    for alias in node.get("aliases").map(Node::entries).unwrap_or(&[]) {
        for of_rule in alias.node.entries() {
            let Some(field) = of_rule.node.text() else {
                return refuse(of_rule.line, "an alias stands for a field of a rule");
            };
            let Some((_, start, end)) = named.iter().find(|(name, ..)| *name == of_rule.key) else {
                return refuse(
                    of_rule.line,
                    "an alias is for a rule that the correlation is not about",
                );
            };
            aliases
                .extend((*start..*end).map(|part| (alias.key.to_string(), part, field.to_owned())));
        }
    }
    let generate = node.get("generate").and_then(Node::truth).unwrap_or(false);
    Ok(Correlation {
        id: rule.id,
        name: rule.name,
        title: rule.title,
        status: rule.status,
        level: rule.level,
        author: rule.author,
        description: rule.description,
        references: rule.references,
        license: rule.license,
        tags: rule.tags,
        techniques: rule.techniques,
        tactics: rule.tactics,
        falsepositives: rule.falsepositives,
        kind,
        of,
        group_by: node.get("group-by").map(Node::texts).unwrap_or_default(),
        timespan_ms,
        generate,
        tells: true,
        condition,
        counted,
        aliases,
        file: rule.file,
        line: rule.line,
    })
}

/// `15s`, `30m`, `1h`, `7d`, `2w`, `1M` (30 days), `1y` (365 days) in milliseconds.
fn timespan(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: i64 = digits.parse().ok().filter(|n| *n > 0)?;
    let seconds = match text.strip_prefix(digits)? {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        "M" => 30 * 86_400,
        "y" => 365 * 86_400,
        _ => return None,
    };
    number.checked_mul(seconds * 1000)
}

#[cfg(test)]
mod tests {
    use super::timespan;

    #[test]
    fn spans_of_time_have_a_unit() {
        for (text, expect) in [
            ("15s", Some(15_000)),
            ("1h", Some(3_600_000)),
            ("1M", Some(2_592_000_000)),
            ("5", None),
            ("0m", None),
            ("-1m", None),
            ("1 m", None),
            ("99999999999999999y", None),
        ] {
            assert_eq!(timespan(text), expect, "{text}");
        }
    }
}

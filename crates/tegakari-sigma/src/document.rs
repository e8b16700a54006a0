//! The documents of a file of rules: rules, correlations, filters, and how collections put them together.

use crate::detection::Detection;
use crate::refusal::Refusal;
use crate::rule::{Level, LogSource, Rule, attack_tags};
use crate::yaml::{Entry, Node, Value, documents};

/// Largest file that is read, in bytes.
const LARGEST: usize = 4 << 20;

/// A document of a file.
#[derive(Debug)]
pub(crate) enum Document<'a> {
    Rule(RawRule),
    /// Read when all rules are known.
    Correlation(Rule, Node<'a>),
    Filter(Filter),
}

/// A rule before pipelines.
#[derive(Debug, Clone)]
pub(crate) struct RawRule {
    pub(crate) rule: Rule,
    pub(crate) detection: Detection,
}

/// Conditions that are added to rules of others.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) place: (String, u32),
    pub(crate) log_source: LogSource,
    /// Ids or names; empty for all rules of its log source.
    pub(crate) rules: Vec<String>,
    pub(crate) detection: Detection,
}

/// Reads a file. What cannot be read is told, a document at a time.
pub(crate) fn read<'a>(
    file: &str,
    bytes: &'a [u8],
    refusals: &mut Vec<Refusal>,
) -> Vec<Document<'a>> {
    if bytes.len() > LARGEST {
        let what = format!("the file is larger than {} MiB", LARGEST >> 20);
        refusals.push(Refusal::new(1, what));
        return Vec::new();
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}'),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or(&[]);
            let line = before.iter().filter(|b| **b == b'\n').count() + 1;
            refusals.push(Refusal::new(line as u32, "the file is not UTF-8"));
            return Vec::new();
        }
    };
    let before = refusals.len();
    let (nodes, bad) = documents(text);
    refusals.extend(bad);
    let mut out = Vec::new();
    let mut global: Option<Node<'a>> = None;
    let mut last: Option<Node<'a>> = None;
    for mut node in nodes {
        if node.is_null() {
            continue;
        }
        let action = node.get("action").and_then(Node::text).map(str::to_owned);
        match action.as_deref() {
            None => {}
            Some("global") => {
                global = Some(match global.take() {
                    Some(global) => merged(global, node, 0),
                    None => node,
                });
                continue;
            }
            Some("reset") => {
                global = None;
                last = None;
                continue;
            }
            Some("repeat") => match &last {
                Some(before) => node = merged(before.clone(), node, 0),
                None => {
                    refusals.push(Refusal::new(
                        node.line,
                        "\"action: repeat\" without a rule before it",
                    ));
                    continue;
                }
            },
            Some(other) => {
                refusals.push(Refusal::new(
                    node.line,
                    format!("the action {other:?} is not known"),
                ));
                continue;
            }
        }
        if action.is_none()
            && let Some(global) = &global
        {
            node = merged(global.clone(), node, 0);
        }
        match document(file, &node) {
            Ok(document) => out.push(document),
            Err(refusal) => refusals.push(refusal),
        }
        last = Some(node);
    }
    if out.is_empty() && refusals.len() == before {
        refusals.push(Refusal::new(1, "there is no rule in the file"));
    }
    out
}

/// `over` laid over `base`: maps are merged, all else is replaced. The lines are those of `over`.
fn merged<'a>(base: Node<'a>, over: Node<'a>, depth: usize) -> Node<'a> {
    let (Value::Map(mut entries), Value::Map(new)) = (base.value, over.value.clone()) else {
        return over;
    };
    if depth == 0 {
        entries.retain(|e| e.key != "action");
    }
    for entry in new {
        if depth == 0 && entry.key == "action" {
            continue;
        }
        match entries.iter().position(|e| e.key == entry.key) {
            Some(i) => {
                let old = entries.remove(i);
                let node = merged(old.node, entry.node, depth + 1);
                entries.insert(i, Entry { node, ..entry });
            }
            None => entries.push(entry),
        }
    }
    Node {
        line: over.line,
        value: Value::Map(entries),
    }
}

fn document<'a>(file: &str, node: &Node<'a>) -> Result<Document<'a>, Refusal> {
    if !matches!(node.value, Value::Map(_)) {
        return Err(Refusal::new(
            node.line,
            "this is no rule but a list or a text",
        ));
    }
    let rule = about(file, node)?;
    if let Some(correlation) = node.get("correlation") {
        return Ok(Document::Correlation(rule, correlation.clone()));
    }
    if let Some(filter) = node.get("filter") {
        let rules = match filter.get("rules") {
            Some(rules) => match rules.text() {
                Some("any" | "all") => Vec::new(),
                _ => rules.texts(),
            },
            None => {
                return Err(Refusal::new(
                    filter.line,
                    "the filter does not say for which rules it is",
                ));
            }
        };
        return Ok(Document::Filter(Filter {
            place: (file.to_owned(), rule.line),
            log_source: rule.log_source,
            rules,
            detection: Detection::read(filter, &["rules"])?,
        }));
    }
    let Some(detection) = node.get("detection") else {
        return Err(Refusal::new(node.line, "there is no detection"));
    };
    if node.get("logsource").is_none_or(|l| l.entries().is_empty()) {
        return Err(Refusal::new(node.line, "there is no logsource"));
    }
    Ok(Document::Rule(RawRule {
        rule,
        detection: Detection::read(detection, &[])?,
    }))
}

/// All that a document says of itself.
fn about(file: &str, node: &Node<'_>) -> Result<Rule, Refusal> {
    let mut rule = Rule {
        file: file.to_owned(),
        line: node.line,
        tells: true,
        ..Rule::default()
    };
    for entry in node.entries() {
        let text = || entry.node.text().unwrap_or("").to_owned();
        match &*entry.key {
            "id" => rule.id = text(),
            "name" => rule.name = text(),
            "title" => rule.title = text(),
            "status" => rule.status = text(),
            "author" => rule.author = entry.node.texts().join(", "),
            "description" => rule.description = entry.node.text().map(|t| t.trim().to_owned()),
            "references" => rule.references = entry.node.texts(),
            "license" => rule.license = text(),
            "date" => rule.date = text(),
            "modified" => rule.modified = text(),
            "tags" => rule.tags = entry.node.texts(),
            "falsepositives" => rule.falsepositives = entry.node.texts(),
            "level" => {
                let name = text().to_ascii_lowercase();
                let Some(level) = Level::from_name(&name) else {
                    return Err(Refusal::new(
                        entry.line,
                        format!("the level {name:?} is not known"),
                    ));
                };
                rule.level = level;
            }
            "logsource" => {
                for part in entry.node.entries() {
                    let text = part.node.text().map(str::to_ascii_lowercase);
                    match &*part.key {
                        "product" => rule.log_source.product = text,
                        "category" => rule.log_source.category = text,
                        "service" => rule.log_source.service = text,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    if rule.title.trim().is_empty() {
        return Err(Refusal::new(node.line, "there is no title"));
    }
    (rule.techniques, rule.tactics) = attack_tags(&rule.tags);
    Ok(rule)
}

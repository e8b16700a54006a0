//! Processing pipelines, in the form that pySigma reads: what is changed in rules before they are used.
//!
//! Supported are the transformations and conditions that stand in [`Change`] and [`When`]; a pipeline that asks for
//! anything else is refused by the name of what it asks for, because half of a pipeline is not what its author meant.

use regex::Regex;
use tegakari_model::Problem;

use crate::detection::{Detection, Item, Scalar, Search};
use crate::modifiers::placeholder;
use crate::refusal::Refusal;
use crate::rule::{LogSource, Rule};
use crate::rule_set::RuleFile;
use crate::yaml::{Node, Value, documents};

/// Values that one item may come to through placeholders.
const MOST_VALUES: usize = 20_000;
/// Steps of a pipeline.
const MOST_STEPS: usize = 1000;

/// Changes to rules: names of fields, conditions, log sources, values for placeholders.
#[derive(Debug, Clone, Default)]
pub struct Pipeline {
    /// Its name, or its file's.
    pub name: String,
    /// Pipelines are applied in this order, lowest first.
    pub priority: i64,
    steps: Vec<Step>,
    vars: Vec<(String, Vec<String>)>,
}

#[derive(Debug, Clone)]
struct Step {
    change: Change,
    rules: Vec<When>,
    any_rule: bool,
    not_rule: bool,
    fields: Vec<Names>,
}

/// What a step does.
#[derive(Debug, Clone)]
enum Change {
    /// `field_name_mapping`: a name becomes one or several.
    Rename(Vec<(String, Vec<String>)>),
    /// `field_name_prefix_mapping`: what a name begins with becomes something else.
    RenamePrefix(Vec<(String, Vec<String>)>),
    /// `field_name_prefix`.
    Before(String),
    /// `field_name_suffix`.
    Behind(String),
    /// `add_condition`, with what must hold besides, and whether it must not.
    Condition(Vec<Item>, bool),
    /// `change_logsource`.
    LogSource(LogSource),
    /// `drop_detection_item`.
    Drop,
    /// `value_placeholders`: from `vars`.
    Values,
    /// `wildcard_placeholders`: anything.
    Anything,
    /// `replace_string`.
    Replace(Regex, String),
    /// `rule_failure`.
    Refuse(String),
}

/// When a step is for a rule.
#[derive(Debug, Clone)]
enum When {
    LogSource(LogSource),
    /// A field of this name is asked for.
    Field(String),
    Tag(String),
}

/// Which fields a step is for.
#[derive(Debug, Clone)]
struct Names {
    plain: Vec<String>,
    expressions: Vec<Regex>,
    excluded: bool,
}

impl Names {
    fn fit(&self, field: Option<&str>) -> bool {
        let is = field.is_some_and(|f| {
            self.plain.iter().any(|p| p == f) || self.expressions.iter().any(|e| e.is_match(f))
        });
        is != self.excluded
    }
}

impl Pipeline {
    /// Reads a pipeline. `None`, with the reason among the problems, when it cannot be used as it is.
    pub fn read(file: &RuleFile<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        match pipeline(file) {
            Ok(pipeline) => Some(pipeline),
            Err(refusal) => {
                problems.push(Problem::new(
                    format!("{}:{}", file.name, refusal.line),
                    format!("this pipeline is not used: {}", refusal.what),
                    "mend the pipeline; rules are used as if it were not there",
                ));
                None
            }
        }
    }

    /// Changes a rule. An error refuses the rule.
    pub(crate) fn apply(
        &self,
        rule: &mut Rule,
        detections: &mut Vec<Detection>,
    ) -> Result<(), Refusal> {
        for step in &self.steps {
            let mut holds = step.rules.iter().map(|when| when.holds(rule, detections));
            let is_for = match (step.rules.is_empty(), step.any_rule) {
                (true, _) => true,
                (_, true) => holds.any(|h| h),
                (_, false) => holds.all(|h| h),
            };
            if is_for == step.not_rule {
                continue;
            }
            match &step.change {
                Change::Refuse(why) => {
                    return Err(Refusal::new(rule.line, format!("a pipeline says: {why}")));
                }
                Change::LogSource(source) => rule.log_source = source.clone(),
                Change::Condition(items, not) => {
                    let all = items.iter().cloned().map(Search::Item).collect();
                    let text = if *not { "not added" } else { "added" };
                    detections.push(Detection {
                        searches: vec![("added".to_owned(), Search::All(all))],
                        conditions: vec![(rule.line, text.to_owned())],
                    });
                }
                _ => {
                    for detection in detections.iter_mut() {
                        for (name, search) in &mut detection.searches {
                            self.change(step, search)?;
                            if is_empty(search) {
                                let what = format!("a pipeline drops all of the search {name:?}");
                                return Err(Refusal::new(rule.line, what));
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn change(&self, step: &Step, search: &mut Search) -> Result<(), Refusal> {
        let list = match search {
            Search::All(list) | Search::Any(list) => list,
            Search::Item(item) => {
                if !step
                    .fields
                    .iter()
                    .all(|names| names.fit(item.field.as_deref()))
                {
                    return Ok(());
                }
                let changed = self.changed(&step.change, item)?;
                if let Some(changed) = changed {
                    *search = changed;
                }
                return Ok(());
            }
        };
        for one in list.iter_mut() {
            self.change(step, one)?;
        }
        if matches!(step.change, Change::Drop) {
            list.retain(|one| !is_empty(one));
        }
        Ok(())
    }

    /// What an item becomes, when it becomes something else as a whole. An empty list is an item that is gone.
    fn changed(&self, change: &Change, item: &mut Item) -> Result<Option<Search>, Refusal> {
        let rename = |item: &Item, names: &[String]| -> Search {
            let each = |name: &String| {
                let field = Some(name.clone()).filter(|n| !n.is_empty());
                Search::Item(Item {
                    field,
                    ..item.clone()
                })
            };
            match names {
                [only] => each(only),
                names => Search::Any(names.iter().map(each).collect()),
            }
        };
        let Some(field) = item.field.clone() else {
            if matches!(
                change,
                Change::Values | Change::Anything | Change::Replace(..)
            ) {
                self.change_values(change, item)?;
            }
            return Ok(matches!(change, Change::Drop).then(|| Search::All(Vec::new())));
        };
        Ok(match change {
            Change::Rename(map) => {
                let to = map.iter().find(|(from, _)| *from == field);
                to.map(|(_, names)| rename(item, names))
            }
            Change::RenamePrefix(map) => map.iter().find_map(|(from, to)| {
                let rest = field.strip_prefix(from.as_str())?;
                let names: Vec<String> = to.iter().map(|to| format!("{to}{rest}")).collect();
                Some(rename(item, &names))
            }),
            Change::Before(text) => {
                item.field = Some(format!("{text}{field}"));
                None
            }
            Change::Behind(text) => {
                item.field = Some(format!("{field}{text}"));
                None
            }
            Change::Drop => Some(Search::All(Vec::new())),
            Change::Values | Change::Anything | Change::Replace(..) => {
                self.change_values(change, item)?;
                None
            }
            Change::Condition(..) | Change::LogSource(_) | Change::Refuse(_) => None,
        })
    }

    fn change_values(&self, change: &Change, item: &mut Item) -> Result<(), Refusal> {
        let expands = item.modifiers.iter().any(|m| m == "expand");
        let mut out = Vec::with_capacity(item.values.len());
        let mut waiting: Vec<Scalar> = item.values.drain(..).rev().collect();
        while let Some(value) = waiting.pop() {
            if out.len() + waiting.len() > MOST_VALUES {
                let what = format!("placeholders come to more than {MOST_VALUES} values");
                return Err(Refusal::new(value.line, what));
            }
            let Some(text) = &value.text else {
                out.push(value);
                continue;
            };
            if let Change::Replace(from, to) = change {
                let text = Some(from.replace_all(text, to.as_str()).into_owned());
                out.push(Scalar { text, ..value });
                continue;
            }
            let name = placeholder(text).filter(|_| expands).map(str::to_owned);
            let Some(name) = name else {
                out.push(value);
                continue;
            };
            let whole = format!("%{name}%");
            if matches!(change, Change::Anything) {
                let text = Some(text.replacen(&whole, "*", 1));
                waiting.push(Scalar { text, ..value });
                continue;
            }
            match self.vars.iter().find(|(known, _)| *known == name) {
                None => out.push(value),
                Some((_, values)) => {
                    // What stands in for a placeholder is not looked at for placeholders of the same name again.
                    for one in values.iter().rev().filter(|one| !one.contains(&whole)) {
                        let text = Some(text.replacen(&whole, one, 1));
                        waiting.push(Scalar {
                            line: value.line,
                            text,
                        });
                    }
                }
            }
        }
        item.values = out;
        Ok(())
    }
}

impl When {
    fn holds(&self, rule: &Rule, detections: &[Detection]) -> bool {
        match self {
            Self::LogSource(wanted) => {
                let has = &rule.log_source;
                let fits = |wanted: &Option<String>, has: &Option<String>| {
                    wanted.is_none() || wanted == has
                };
                fits(&wanted.product, &has.product)
                    && fits(&wanted.category, &has.category)
                    && fits(&wanted.service, &has.service)
            }
            Self::Field(name) => {
                let mut searches = detections.iter().flat_map(|d| &d.searches);
                searches.any(|(_, search)| asks_for(search, name))
            }
            Self::Tag(tag) => rule.tags.iter().any(|t| t == tag),
        }
    }
}

fn is_empty(search: &Search) -> bool {
    matches!(search, Search::All(list) | Search::Any(list) if list.is_empty())
}

fn asks_for(search: &Search, name: &str) -> bool {
    match search {
        Search::All(list) | Search::Any(list) => list.iter().any(|s| asks_for(s, name)),
        Search::Item(item) => item.field.as_deref() == Some(name),
    }
}

fn pipeline(file: &RuleFile<'_>) -> Result<Pipeline, Refusal> {
    if file.text.len() > 4 << 20 {
        return Err(Refusal::new(1, "the file is larger than 4 MiB"));
    }
    let Ok(text) = std::str::from_utf8(file.text) else {
        return Err(Refusal::new(1, "the file is not UTF-8"));
    };
    let (nodes, bad) = documents(text.trim_start_matches('\u{feff}'));
    if let Some(bad) = bad {
        return Err(bad);
    }
    let [node] = nodes.as_slice() else {
        return Err(Refusal::new(1, "a pipeline is one document"));
    };
    let mut out = Pipeline {
        name: file.name.to_owned(),
        ..Pipeline::default()
    };
    for entry in node.entries() {
        match &*entry.key {
            "name" => out.name = entry.node.text().unwrap_or(file.name).to_owned(),
            "priority" => {
                out.priority = match entry.node.text().and_then(|t| t.parse().ok()) {
                    Some(priority) => priority,
                    None => {
                        return Err(Refusal::new(entry.line, "the priority is no whole number"));
                    }
                }
            }
            "vars" => {
                let vars = entry.node.entries().iter();
                out.vars = vars
                    .map(|var| (var.key.to_string(), var.node.texts()))
                    .collect();
            }
            "transformations" => {
                let Value::List(list) = &entry.node.value else {
                    return Err(Refusal::new(entry.line, "transformations are a list"));
                };
                if list.len() > MOST_STEPS {
                    return Err(Refusal::new(entry.line, "more than 1000 transformations"));
                }
                out.steps = list.iter().map(step).collect::<Result<_, _>>()?;
            }
            "allowed_backends" | "description" | "author" => {}
            other => return Err(not_supported(entry.line, other)),
        }
    }
    Ok(out)
}

fn not_supported(line: u32, what: &str) -> Refusal {
    Refusal::new(line, format!("{what:?} is not supported in pipelines"))
}

fn step(node: &Node<'_>) -> Result<Step, Refusal> {
    let kind = node.get("type").and_then(Node::text).unwrap_or("");
    let text = |key: &str| match node.get(key).and_then(Node::text) {
        Some(text) => Ok(text.to_owned()),
        None => Err(Refusal::new(
            node.line,
            format!("the transformation {kind} needs {key}"),
        )),
    };
    let map = || -> Result<Vec<(String, Vec<String>)>, Refusal> {
        match node.get("mapping") {
            Some(map) => Ok(map
                .entries()
                .iter()
                .map(|e| (e.key.to_string(), e.node.texts()))
                .collect()),
            None => Err(Refusal::new(
                node.line,
                format!("the transformation {kind} needs mapping"),
            )),
        }
    };
    let change = match kind {
        "field_name_mapping" => Change::Rename(map()?),
        "field_name_prefix_mapping" => Change::RenamePrefix(map()?),
        "field_name_prefix" | "add_field_prefix" => Change::Before(text("prefix")?),
        "field_name_suffix" | "add_field_suffix" => Change::Behind(text("suffix")?),
        "add_condition" => {
            let not = node.get("negated").and_then(Node::truth).unwrap_or(false);
            let mut items = Vec::new();
            for entry in node.get("conditions").map(Node::entries).unwrap_or(&[]) {
                let values = entry.node.texts();
                let scalar = |text: String| Scalar {
                    line: entry.line,
                    text: Some(text),
                };
                items.push(Item {
                    line: entry.line,
                    field: Some(entry.key.to_string()),
                    modifiers: Vec::new(),
                    values: values.into_iter().map(scalar).collect(),
                });
            }
            if items.is_empty() {
                return Err(Refusal::new(node.line, "add_condition adds nothing"));
            }
            Change::Condition(items, not)
        }
        "change_logsource" => Change::LogSource(log_source(node)),
        "drop_detection_item" => Change::Drop,
        "value_placeholders" => Change::Values,
        "wildcard_placeholders" => Change::Anything,
        "replace_string" => {
            let from = expression(&text("regex")?, node.line)?;
            Change::Replace(from, text("replacement")?.replace('\\', "$"))
        }
        "rule_failure" => Change::Refuse(text("message")?),
        other => return Err(not_supported(node.line, other)),
    };
    let mut out = Step {
        change,
        rules: Vec::new(),
        any_rule: false,
        not_rule: false,
        fields: Vec::new(),
    };
    for entry in node.entries() {
        let line = entry.line;
        let list: &[Node<'_>] = match &entry.node.value {
            Value::List(list) => list,
            _ => &[],
        };
        match &*entry.key {
            "rule_conditions" => out.rules = list.iter().map(when).collect::<Result<_, _>>()?,
            "rule_cond_op" => match entry.node.text() {
                Some("and") => {}
                Some("or") => out.any_rule = true,
                _ => return Err(Refusal::new(line, "rule_cond_op is and or or")),
            },
            "rule_cond_not" => out.not_rule = entry.node.truth().unwrap_or(false),
            "field_name_conditions" => {
                out.fields = list.iter().map(names).collect::<Result<_, _>>()?
            }
            "id" | "type" | "mapping" | "prefix" | "suffix" | "conditions" | "negated"
            | "category" | "product" | "service" | "regex" | "replacement" | "message" | "name"
            | "template" => {}
            other => return Err(not_supported(line, other)),
        }
    }
    Ok(out)
}

fn log_source(node: &Node<'_>) -> LogSource {
    let part = |key: &str| {
        node.get(key)
            .and_then(Node::text)
            .map(str::to_ascii_lowercase)
    };
    LogSource {
        product: part("product"),
        category: part("category"),
        service: part("service"),
    }
}

fn when(node: &Node<'_>) -> Result<When, Refusal> {
    let text = |key: &str| node.get(key).and_then(Node::text).unwrap_or("").to_owned();
    Ok(match node.get("type").and_then(Node::text).unwrap_or("") {
        "logsource" => When::LogSource(log_source(node)),
        "contains_field" => When::Field(text("field")),
        "tag" => When::Tag(text("tag")),
        other => return Err(not_supported(node.line, other)),
    })
}

fn names(node: &Node<'_>) -> Result<Names, Refusal> {
    let kind = node.get("type").and_then(Node::text).unwrap_or("");
    let excluded = match kind {
        "include_fields" => false,
        "exclude_fields" => true,
        other => return Err(not_supported(node.line, other)),
    };
    let mut out = Names {
        plain: Vec::new(),
        expressions: Vec::new(),
        excluded,
    };
    let fields = node.get("fields").map(Node::texts).unwrap_or_default();
    match node.get("mode").and_then(Node::text) {
        None | Some("plain") => out.plain = fields,
        Some("re" | "regex") => {
            for field in fields {
                out.expressions
                    .push(expression(&format!("^(?:{field})$"), node.line)?);
            }
        }
        Some(other) => return Err(not_supported(node.line, other)),
    }
    Ok(out)
}

fn expression(text: &str, line: u32) -> Result<Regex, Refusal> {
    Regex::new(text).map_err(|_| {
        Refusal::new(
            line,
            format!("{text:?} is no regular expression that can be used"),
        )
    })
}

//! CybOX 2: the objects inside STIX 1 (addresses, files, registry keys, …) as conditions over values.
//!
//! An object is one thing with several properties; a composition joins several things by `AND` or `OR`; a
//! property may be compared in other ways than for equality, and then names no value to look for
//! (CybOX 2.1, <https://cyboxproject.github.io/documentation/objects/>).

use std::collections::HashMap;

use tegakari_model::{FileRecord, Observable, ObservableKind as K};

use crate::misp;
use crate::rule::{self, Rule};
use crate::tree::{Id, LIST_SEPARATOR, Tree};

/// Observables that are looked into in one document, references followed. Documents that refer in
/// circles or double each time they refer end here.
const BUDGET: usize = 2_000_000;
/// Longest chain of compositions and references.
const DEPTH: usize = 48;

/// The objects of a document, with what they refer to.
pub(crate) struct Cybox<'t> {
    tree: &'t Tree,
    by_id: HashMap<&'t str, Id>,
    budget: usize,
}

/// What one observable says.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Files it describes, with where.
    pub(crate) files: Vec<(FileRecord, Id)>,
    /// Properties with names of their maker's choice: name, value, where.
    pub(crate) custom: Vec<(String, String, Id)>,
}

impl<'t> Cybox<'t> {
    pub(crate) fn new(tree: &'t Tree) -> Self {
        let mut by_id = HashMap::new();
        for node in tree.all() {
            if let Some(id) = tree.get(node, "id") {
                by_id.entry(id).or_insert(node);
            }
        }
        Self {
            tree,
            by_id,
            budget: BUDGET,
        }
    }

    /// The node that a node stands for: itself, or what its `idref` names.
    pub(crate) fn resolve(&self, node: Id) -> Option<Id> {
        match self.tree.get(node, "idref") {
            Some(target) => self
                .by_id
                .get(target)
                .copied()
                .filter(|found| *found != node),
            None => Some(node),
        }
    }

    /// Whether references were followed so often that the rest was left out.
    pub(crate) fn is_spent(&self) -> bool {
        self.budget == 0
    }

    /// What an `Observable` asks for.
    pub(crate) fn observable(&mut self, node: Id, depth: usize, seen: &mut Seen) -> Option<Rule> {
        if depth > DEPTH || self.budget == 0 {
            return None;
        }
        self.budget -= 1;
        let node = self.resolve(node)?;
        let tree = self.tree;
        let mut any = Vec::new();
        for child in tree.children(node) {
            match tree.name(child) {
                // JSON wraps what is related: `{"relationship": …, "observable": {…}}`.
                "observable" => any.extend(self.observable(child, depth + 1, seen)),
                "observable_composition" => any.extend(self.composition(child, depth + 1, seen)),
                "object" => self.object(child, depth + 1, seen, &mut any),
                "event" => {
                    let objects: Vec<Id> = tree
                        .descendants(child)
                        .filter(|n| tree.name(*n) == "associated_object")
                        .collect();
                    for object in objects {
                        self.object(object, depth + 1, seen, &mut any);
                    }
                }
                _ => {}
            }
        }
        let rule = one_of(any)?;
        Some(match tree.get(node, "negate") {
            Some("true" | "1") => Rule::Not(Box::new(rule)),
            _ => rule,
        })
    }

    fn composition(&mut self, node: Id, depth: usize, seen: &mut Seen) -> Option<Rule> {
        let tree = self.tree;
        let nodes: Vec<Id> = tree
            .children(node)
            .flat_map(|c| {
                let list = tree.name(c) == "observables";
                let inner: Vec<Id> = tree.children(c).filter(|_| list).collect();
                std::iter::once(c).chain(inner)
            })
            .filter(|c| tree.name(*c) == "observable")
            .collect();
        let parts: Vec<Rule> = nodes
            .into_iter()
            .filter_map(|n| self.observable(n, depth + 1, seen))
            .collect();
        let is_or = tree
            .get(node, "operator")
            .is_some_and(|o| o.eq_ignore_ascii_case("or"));
        if is_or {
            return one_of(parts);
        }
        (!parts.is_empty()).then_some(Rule::All {
            one_thing: false,
            parts,
        })
    }

    fn object(&mut self, node: Id, depth: usize, seen: &mut Seen, any: &mut Vec<Rule>) {
        if depth > DEPTH || self.budget == 0 {
            return;
        }
        self.budget -= 1;
        let Some(node) = self.resolve(node) else {
            return;
        };
        let tree = self.tree;
        for child in tree.children(node) {
            match tree.name(child) {
                "properties" => any.extend(properties(tree, child, seen)),
                // CybOX 1 and some exporters call it so.
                "defined_object" => any.extend(properties(tree, child, seen)),
                "related_objects" => {
                    let related: Vec<Id> = tree.children(child).collect();
                    for one in related {
                        self.object(one, depth + 1, seen, any);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Any of some rules; a single one is itself.
pub(crate) fn one_of(mut rules: Vec<Rule>) -> Option<Rule> {
    match rules.len() {
        0 => None,
        1 => rules.pop(),
        _ => Some(Rule::Any(rules)),
    }
}

/// The properties of one object.
fn properties(tree: &Tree, node: Id, seen: &mut Seen) -> Option<Rule> {
    let kind = tree.kind(node);
    let kind = kind.trim_end_matches("type").trim_end_matches("object");
    let mut file = FileRecord::default();
    let mut parts = Vec::new();
    for leaf in tree.descendants(node) {
        let text = tree.text(leaf);
        let parent = tree.parent(leaf);
        // JSON: the `value` inside an object is the object's own text.
        let repeated = tree.name(leaf) == "value"
            && parent.is_some_and(|p| p != node && !tree.text(p).is_empty());
        if text.is_empty() || repeated {
            continue;
        }
        let path = path(tree, node, leaf);
        let is_custom = path.contains(&"custom_properties");
        if is_custom {
            if let Some(name) = tree
                .get(leaf, "name")
                .filter(|_| tree.name(leaf).ends_with("property"))
            {
                seen.custom.push((name.to_owned(), text.to_owned(), leaf));
            }
            continue;
        }
        let Some((property, wanted)) = property(tree, kind, leaf, &path) else {
            continue;
        };
        parts.push(comparison(tree, leaf, &property, &wanted, text, &mut file));
    }
    if crate::records::facts(&file) >= 2 {
        seen.files.push((file, node));
    }
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Rule::All {
            one_thing: true,
            parts,
        }),
    }
}

/// The names from an object down to one of its properties, the property last.
fn path(tree: &Tree, top: Id, leaf: Id) -> Vec<&str> {
    let mut path: Vec<&str> = std::iter::once(leaf)
        .chain(tree.ancestors(leaf))
        .take_while(|n| *n != top)
        .map(|n| tree.name(n))
        .collect();
    path.reverse();
    path
}

/// What a property is, if it is one that says something.
enum Wanted {
    /// A value of a kind.
    Kind(K),
    /// An address of the category that is written beside it.
    Address(String),
    /// A link, or a bare host.
    Link,
    /// A hash of the algorithm that is written beside it.
    Hash(String),
    /// A key below a hive.
    Key(String),
    Size,
    /// Something that goes with the others and is no value to look for.
    Detail,
}

fn property(tree: &Tree, kind: &str, leaf: Id, path: &[&str]) -> Option<(String, Wanted)> {
    let name = *path.last()?;
    let inside = |word: &str| path.contains(&word);
    let before = path.len().checked_sub(2).and_then(|i| path.get(i)).copied();
    let parent = tree.parent(leaf)?;
    let wanted = match name {
        "address_value" => {
            let category = tree.get(parent, "category").unwrap_or("");
            Wanted::Address(category.to_ascii_lowercase())
        }
        "hostname_value" => Wanted::Kind(K::Domain),
        "value" if kind == "domainname" || before == Some("domain_name") => Wanted::Kind(K::Domain),
        "value" if before == Some("qname") => Wanted::Kind(K::Domain),
        "value"
            if matches!(kind, "uri" | "link")
                || matches!(before, Some("uri" | "url" | "referer")) =>
        {
            let is_domain = tree
                .get(parent, "type")
                .is_some_and(|t| t.eq_ignore_ascii_case("domain name"));
            if is_domain {
                Wanted::Kind(K::Domain)
            } else {
                Wanted::Link
            }
        }
        "value" if before == Some("http_request_line") => Wanted::Detail,
        "simple_hash_value" | "fuzzy_hash_value" => {
            // Hashes of sections and resources are not the file's.
            let whole = !path.iter().any(|p| {
                p.contains("section")
                    || p.contains("resource")
                    || p.starts_with("data_")
                    || p.starts_with("header_")
                    || *p == "byte_run"
                    || *p == "packer"
            });
            let algorithm = tree.child(parent, "type").map_or("", |t| tree.text(t));
            match (whole, name) {
                (false, _) => Wanted::Detail,
                (true, "fuzzy_hash_value") => Wanted::Hash("ssdeep".to_owned()),
                (true, _) => Wanted::Hash(algorithm.to_ascii_lowercase()),
            }
        }
        "file_name" | "original_file_name" => Wanted::Kind(K::FileName),
        "file_path" | "full_path" | "device_path" | "image_path" => Wanted::Kind(K::FilePath),
        "path"
            if matches!(kind, "library" | "winservice" | "memory")
                || before == Some("image_info") =>
        {
            Wanted::Kind(K::FilePath)
        }
        "size_in_bytes" if !inside("sections") => Wanted::Size,
        "key" if kind.contains("registry") || inside("registry_key") => {
            Wanted::Key(tree.get(parent, "hive").unwrap_or("").to_owned())
        }
        "name" if kind.contains("mutex") && path.len() == 1 => Wanted::Kind(K::Mutex),
        "name" if kind.contains("pipe") && path.len() == 1 => Wanted::Kind(K::NamedPipe),
        "name"
            if matches!(kind, "process" | "winprocess" | "unixprocess" | "library")
                && path.len() == 1 =>
        {
            Wanted::Kind(K::FileName)
        }
        "name" | "data" if before == Some("value") && kind.contains("registry") => Wanted::Detail,
        "service_name" => Wanted::Kind(K::ServiceName),
        "display_name" if kind == "winservice" => Wanted::Kind(K::ServiceName),
        "command_line" => Wanted::Kind(K::CommandLine),
        "user_agent" => Wanted::Kind(K::UserAgent),
        "port_value" | "layer3_protocol" | "layer4_protocol" | "layer7_protocol" | "subject"
        | "file_extension" | "file_format" | "http_method" | "task_name" | "username" => {
            Wanted::Detail
        }
        "name" if kind == "wintask" && path.len() == 1 => Wanted::Detail,
        _ => return None,
    };
    let kind = if kind.is_empty() { "object" } else { kind };
    // The containers of lists say nothing.
    let shown = match &wanted {
        Wanted::Hash(algorithm) if algorithm.is_empty() => "hash".to_owned(),
        Wanted::Hash(algorithm) => format!("hash.{algorithm}"),
        _ => path.join("."),
    };
    Some((format!("{kind}:{shown}"), wanted))
}

fn comparison(
    tree: &Tree,
    leaf: Id,
    property: &str,
    wanted: &Wanted,
    text: &str,
    file: &mut FileRecord,
) -> Rule {
    let condition = tree.get(leaf, "condition").unwrap_or("Equals");
    let lower = condition.to_ascii_lowercase();
    let (word, negated) = match lower.as_str() {
        "" | "equals" => ("is", false),
        "doesnotequal" => ("is", true),
        "contains" => ("contains", false),
        "doesnotcontain" => ("contains", true),
        "startswith" => ("starts with", false),
        "endswith" => ("ends with", false),
        "fitspattern" => ("matches", false),
        "greaterthan" => ("is greater than", false),
        "greaterthanorequal" => ("is at least", false),
        "lessthan" => ("is less than", false),
        "lessthanorequal" => ("is at most", false),
        "inclusivebetween" | "exclusivebetween" => ("is between", false),
        "bitwiseand" | "bitwiseor" | "bitwisexor" => ("has bits", false),
        _ => ("compares", false),
    };
    let exact = word == "is" && tree.get(leaf, "pattern_type").is_none();
    let separator = tree.get(leaf, "delimiter").unwrap_or(LIST_SEPARATOR);
    let values: Vec<&str> = if word == "is between" {
        vec![text]
    } else {
        text.split(separator)
            .map(str::trim)
            .filter(|v| !v.is_empty())
            .collect()
    };
    let mut tests = Vec::with_capacity(values.len());
    for value in values {
        let observable = exact.then(|| observable(wanted, value)).flatten();
        if !negated && exact {
            if let Some(found) = &observable {
                rule::add_to_file(file, found);
            }
            if matches!(wanted, Wanted::Size) {
                file.size = value.parse().ok();
            }
        }
        tests.push(Rule::test(property, word, value, observable));
    }
    let all = tree
        .get(leaf, "apply_condition")
        .is_some_and(|a| a.eq_ignore_ascii_case("all"));
    let none = tree
        .get(leaf, "apply_condition")
        .is_some_and(|a| a.eq_ignore_ascii_case("none"));
    let rule = match tests.len() {
        1 => tests.pop(),
        _ if all => Some(Rule::All {
            one_thing: false,
            parts: tests,
        }),
        _ => Some(Rule::Any(tests)),
    };
    let rule = rule.unwrap_or(Rule::Any(Vec::new()));
    if negated != none {
        Rule::Not(Box::new(rule))
    } else {
        rule
    }
}

fn observable(wanted: &Wanted, value: &str) -> Option<Observable> {
    match wanted {
        Wanted::Kind(kind) => misp::observable(*kind, value),
        Wanted::Link => misp::link(value),
        Wanted::Address(category) => match category.as_str() {
            "e-mail" => misp::observable(K::Email, value),
            "mac" => misp::observable(K::Mac, value),
            "asn" => misp::observable(K::Asn, value),
            "" if value.contains('@') => misp::observable(K::Email, value),
            "atm" | "ipv4-net-mask" | "ipv6-net-mask" => None,
            _ => misp::observable(K::Ipv4, value).or_else(|| {
                let mail = value.contains('@');
                mail.then(|| misp::observable(K::Email, value)).flatten()
            }),
        },
        Wanted::Hash(algorithm) => misp::hash(algorithm, value),
        Wanted::Key(hive) => {
            let key = value.trim_start_matches('\\');
            let whole = if hive.is_empty() {
                key.to_owned()
            } else {
                format!("{hive}\\{key}")
            };
            misp::observable(K::RegistryKey, &whole)
        }
        Wanted::Size | Wanted::Detail => None,
    }
}

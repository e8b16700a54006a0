//! Elements of XML, and objects of JSON that stand for them, as one kind of tree: STIX 1 comes as both.
//!
//! Names are lower case and without their namespace prefix. Hostile input costs bounded memory: entities
//! beyond XML's five are never expanded, nesting below [`MAX_DEPTH`] is passed over, and no more than
//! [`MAX_NODES`] elements are kept; each limit leaves a problem. A file that breaks off is read up to there.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;
use tegakari_model::Problem;

/// Deepest nesting that is kept.
pub(crate) const MAX_DEPTH: usize = 256;
/// Most elements that are kept.
const MAX_NODES: usize = 4_000_000;
/// Most attributes of one element that are kept.
const MAX_ATTRIBUTES: usize = 64;
/// "No such node" in links between nodes.
const NONE: u32 = u32::MAX;

/// A node's number in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(u32);

#[derive(Debug)]
struct Node {
    name: u32,
    parent: u32,
    next: u32,
    first_child: u32,
    last_child: u32,
    line: u32,
    text: Option<Box<str>>,
    attributes: Vec<(u32, Box<str>)>,
    /// JSON: the key or index as it stands in a pointer.
    raw: Option<Box<str>>,
}

/// A document as a tree.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    names: Vec<Box<str>>,
    by_name: HashMap<Box<str>, u32>,
}

impl Tree {
    /// Reads XML; what is wrong with it goes to `problems` and costs what follows it.
    pub(crate) fn from_xml(name: &str, text: &str, problems: &mut Vec<Problem>) -> Self {
        let mut tree = Self::default();
        let mut reader = Reader::from_str(text);
        reader.config_mut().allow_dangling_amp = true;
        let mut lines = Lines::new(text);
        let mut open: Vec<(Id, String)> = Vec::new();
        let (mut skipped_depth, mut too_deep, mut foreign) = (0usize, 0u64, 0u64);
        loop {
            let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            match reader.read_event() {
                Ok(Event::Start(start)) => {
                    if skipped_depth > 0 || open.len() >= MAX_DEPTH {
                        skipped_depth += 1;
                        too_deep += 1;
                        continue;
                    }
                    let Some(id) = tree.element(&start, open.last().map(|o| o.0), lines.at(at))
                    else {
                        problems.push(full(name));
                        break;
                    };
                    open.push((id, String::new()));
                }
                Ok(Event::Empty(start)) => {
                    if skipped_depth > 0 || open.len() >= MAX_DEPTH {
                        too_deep += 1;
                        continue;
                    }
                    let parent = open.last().map(|o| o.0);
                    if tree.element(&start, parent, lines.at(at)).is_none() {
                        problems.push(full(name));
                        break;
                    }
                }
                Ok(Event::End(_)) => {
                    if skipped_depth > 0 {
                        skipped_depth -= 1;
                    } else if let Some((id, text)) = open.pop() {
                        tree.set_text(id, &text);
                    }
                }
                Ok(Event::Text(text)) if skipped_depth == 0 => {
                    if let Some((_, so_far)) = open.last_mut() {
                        so_far.push_str(&text.xml10_content());
                    }
                }
                Ok(Event::CData(text)) if skipped_depth == 0 => {
                    if let Some((_, so_far)) = open.last_mut() {
                        so_far.push_str(&text.xml10_content());
                    }
                }
                Ok(Event::GeneralRef(reference)) if skipped_depth == 0 => {
                    let Some((_, so_far)) = open.last_mut() else {
                        continue;
                    };
                    if let Ok(Some(letter)) = reference.resolve_char_ref() {
                        so_far.push(letter);
                    } else if let Some(known) = resolve_xml_entity(&reference) {
                        so_far.push_str(known);
                    } else {
                        // Kept as written: what a document defines for itself is never expanded.
                        so_far.push('&');
                        so_far.push_str(&reference);
                        so_far.push(';');
                        foreign += 1;
                    }
                }
                Ok(Event::Eof) => {
                    if !open.is_empty() || skipped_depth > 0 {
                        problems.push(Problem::new(
                            format!("{name}:{}", lines.at(text.len())),
                            "the XML breaks off before its end",
                            "get the document again; what stands before the break was read",
                        ));
                    }
                    break;
                }
                Ok(_) => {}
                Err(error) => {
                    let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                    problems.push(
                        Problem::new(
                            format!("{name}:{}", lines.at(at)),
                            format!("not well-formed XML: {error}"),
                            "repair the document; what stands before was read",
                        )
                        .losing_bytes(text.len().saturating_sub(at) as u64),
                    );
                    break;
                }
            }
        }
        for (id, text) in open {
            tree.set_text(id, &text);
        }
        if too_deep > 0 {
            problems.push(
                Problem::new(
                    name,
                    format!("elements are nested deeper than {MAX_DEPTH} levels"),
                    "what is nested deeper was passed over",
                )
                .losing_records(too_deep),
            );
        }
        if foreign > 0 {
            problems.push(Problem::new(
                name,
                format!("{foreign} references to entities of the document's own are not expanded"),
                "replace them by their text if values hold them",
            ));
        }
        tree
    }

    /// Turns JSON into the tree its XML would be: items of the list `hashes` are named `hash`, and
    /// an object's `value` is its text. Depth is bounded by the JSON reader (128).
    pub(crate) fn from_json(name: &str, document: &Value, problems: &mut Vec<Problem>) -> Self {
        let mut tree = Self::default();
        if let Some(root) = tree.add("", None, 0)
            && !tree.json(root, document)
        {
            problems.push(full(name));
        }
        tree
    }

    /// False when the tree is full.
    fn json(&mut self, id: Id, value: &Value) -> bool {
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    let Some(child) = self.add(key, Some(id), 0) else {
                        return false;
                    };
                    self.node_mut(child, |n| n.raw = Some(escape(key).into()));
                    if key == "value"
                        && let Some(text) = scalar(inner)
                    {
                        self.set_text(id, &text);
                    }
                    if !self.json(child, inner) {
                        return false;
                    }
                }
                true
            }
            Value::Array(items) => {
                // A list of constants under `value` is one value with several alternatives.
                let list: Vec<String> = items.iter().filter_map(scalar).collect();
                if self.name(id) == "value" && list.len() == items.len() {
                    let text = list.join(LIST_SEPARATOR);
                    self.set_text(id, &text);
                    if let Some(parent) = self.parent(id) {
                        self.set_text(parent, &text);
                    }
                    return true;
                }
                let name = singular(self.name(id));
                for (i, inner) in items.iter().enumerate() {
                    let Some(child) = self.add(&name, Some(id), 0) else {
                        return false;
                    };
                    self.node_mut(child, |n| n.raw = Some(i.to_string().into()));
                    if !self.json(child, inner) {
                        return false;
                    }
                }
                true
            }
            other => {
                if let Some(text) = scalar(other) {
                    self.set_text(id, &text);
                }
                true
            }
        }
    }

    fn element(&mut self, start: &BytesStart<'_>, parent: Option<Id>, line: u32) -> Option<Id> {
        let local = start.local_name();
        let id = self.add(local.as_ref(), parent, line)?;
        // Checking for repeated names would take quadratic time.
        for attribute in start
            .attributes()
            .with_checks(false)
            .flatten()
            .take(MAX_ATTRIBUTES)
        {
            // `xsi:type` and `type` often stand in one element and mean different things.
            let name = match attribute.key.as_ref() {
                full @ "xsi:type" => self.intern(full),
                _ => self.intern(attribute.key.local_name().as_ref()),
            };
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_or_else(|_| attribute.value.to_string(), |v| v.into_owned());
            self.node_mut(id, |n| n.attributes.push((name, value.into())));
        }
        Some(id)
    }

    fn add(&mut self, name: &str, parent: Option<Id>, line: u32) -> Option<Id> {
        if self.nodes.len() >= MAX_NODES {
            return None;
        }
        let number = u32::try_from(self.nodes.len()).ok()?;
        let name = self.intern(name);
        self.nodes.push(Node {
            name,
            parent: parent.map_or(NONE, |p| p.0),
            next: NONE,
            first_child: NONE,
            last_child: NONE,
            line,
            text: None,
            attributes: Vec::new(),
            raw: None,
        });
        if let Some(parent) = parent {
            let last = self
                .nodes
                .get(parent.0 as usize)
                .map_or(NONE, |p| p.last_child);
            if let Some(last) = self.nodes.get_mut(last as usize) {
                last.next = number;
            }
            self.node_mut(parent, |p| {
                if p.first_child == NONE {
                    p.first_child = number;
                }
                p.last_child = number;
            });
        }
        Some(Id(number))
    }

    fn intern(&mut self, name: &str) -> u32 {
        let lower = name.to_ascii_lowercase();
        if let Some(known) = self.by_name.get(lower.as_str()) {
            return *known;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(NONE);
        self.names.push(lower.clone().into());
        self.by_name.insert(lower.into(), number);
        number
    }

    fn node_mut(&mut self, id: Id, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(id.0 as usize) {
            change(node);
        }
    }

    fn set_text(&mut self, id: Id, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.node_mut(id, |n| n.text = Some(text.into()));
        }
    }

    fn node(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    /// Every node, parents before their children.
    pub(crate) fn all(&self) -> impl Iterator<Item = Id> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(NONE)).map(Id)
    }

    /// The local name, lower case.
    pub(crate) fn name(&self, id: Id) -> &str {
        self.node(id)
            .and_then(|n| self.names.get(n.name as usize))
            .map_or("", |n| n)
    }

    /// The text directly inside, trimmed; empty when there is none.
    pub(crate) fn text(&self, id: Id) -> &str {
        self.node(id).and_then(|n| n.text.as_deref()).unwrap_or("")
    }

    /// The line of the source it starts on; `None` in JSON.
    pub(crate) fn line(&self, id: Id) -> Option<u32> {
        self.node(id).map(|n| n.line).filter(|l| *l > 0)
    }

    /// The node around it.
    pub(crate) fn parent(&self, id: Id) -> Option<Id> {
        self.node(id)
            .map(|n| n.parent)
            .filter(|p| *p != NONE)
            .map(Id)
    }

    /// The nodes around it, innermost first.
    pub(crate) fn ancestors(&self, id: Id) -> impl Iterator<Item = Id> {
        std::iter::successors(self.parent(id), |one| self.parent(*one))
    }

    /// The nodes directly inside.
    pub(crate) fn children(&self, id: Id) -> impl Iterator<Item = Id> {
        let first = self.node(id).map_or(NONE, |n| n.first_child);
        let real = |n: u32| Some(Id(n)).filter(|_| n != NONE);
        std::iter::successors(real(first), move |one| {
            real(self.node(*one).map_or(NONE, |n| n.next))
        })
    }

    /// The first node of a name directly inside.
    pub(crate) fn child(&self, id: Id, name: &str) -> Option<Id> {
        self.children(id).find(|c| self.name(*c) == name)
    }

    /// Every node inside, at any depth, in the order of the document.
    pub(crate) fn descendants(&self, id: Id) -> impl Iterator<Item = Id> {
        let mut open: Vec<Id> = vec![id];
        let mut first = true;
        std::iter::from_fn(move || {
            loop {
                let one = open.pop()?;
                let from = open.len();
                open.extend(self.children(one));
                if let Some(new) = open.get_mut(from..) {
                    new.reverse();
                }
                if !std::mem::take(&mut first) {
                    return Some(one);
                }
            }
        })
    }

    /// An attribute, or the text of a child of that name: JSON does not tell them apart.
    pub(crate) fn get(&self, id: Id, name: &str) -> Option<&str> {
        let attribute = self.node(id)?.attributes.iter().find_map(|(key, value)| {
            (self.names.get(*key as usize).map(|n| &**n) == Some(name)).then_some(&**value)
        });
        attribute
            .or_else(|| self.child(id, name).map(|c| self.text(c)))
            .filter(|v| !v.is_empty())
    }

    /// The `xsi:type` without its prefix, lower case (`fileobjecttype`); empty when there is none.
    pub(crate) fn kind(&self, id: Id) -> String {
        let kind = self.get(id, "xsi:type").unwrap_or("");
        kind.rsplit(':').next().unwrap_or("").to_ascii_lowercase()
    }

    /// Where a node stands: a JSON pointer, or the id of the element it belongs to, or its name.
    pub(crate) fn place(&self, id: Id) -> String {
        let is_json = self.node(Id(0)).is_some_and(|root| root.line == 0);
        if is_json {
            let mut keys: Vec<&str> = std::iter::once(id)
                .chain(self.ancestors(id))
                .filter_map(|one| self.node(one)?.raw.as_deref())
                .collect();
            keys.reverse();
            return keys.iter().map(|key| format!("/{key}")).collect();
        }
        std::iter::once(id)
            .chain(self.ancestors(id))
            .find_map(|one| self.get(one, "id"))
            .map_or_else(|| self.name(id).to_owned(), str::to_owned)
            .chars()
            .take(200)
            .collect()
    }
}

/// Between the alternatives of one value; CybOX's own default.
pub(crate) const LIST_SEPARATOR: &str = "##comma##";

fn full(name: &str) -> Problem {
    Problem::new(
        name,
        format!("the document has more than {MAX_NODES} elements"),
        "split it; the first ones were read",
    )
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// `hashes` is a list of `hash`, `related_packages` of `related_package`.
fn singular(name: &str) -> String {
    for (plural, single) in [("ies", "y"), ("shes", "sh"), ("sses", "ss")] {
        if let Some(stem) = name.strip_suffix(plural) {
            return format!("{stem}{single}");
        }
    }
    name.strip_suffix('s').unwrap_or(name).to_owned()
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Byte offsets to lines, asked in rising order.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            line: 1,
        }
    }

    fn at(&mut self, offset: usize) -> u32 {
        let part = self.text.get(self.at..offset.min(self.text.len()));
        if let Some(part) = part {
            let more = memchr::memchr_iter(b'\n', part).count();
            self.line = self
                .line
                .saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
            self.at += part.len();
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, Tree};

    fn xml(text: &str) -> (Tree, usize) {
        let mut problems = Vec::new();
        let tree = Tree::from_xml("x", text, &mut problems);
        (tree, problems.len())
    }

    #[test]
    fn xml_and_json_are_the_same_tree() {
        let (a, problems) = xml(
            "<x:File xmlns:x='u' id='f'>\n<x:Hashes>\n<x:Hash><x:Type condition=\"Equals\">MD5</x:Type></x:Hash></x:Hashes></x:File>",
        );
        assert_eq!(problems, 0);
        let json = serde_json::json!({"file": {"id": "f", "hashes": [{"type": {"value": "MD5", "condition": "Equals"}}]}});
        let b = Tree::from_json("x", &json, &mut Vec::new());
        for tree in [&a, &b] {
            let hash = tree.all().find(|n| tree.name(*n) == "hash").unwrap();
            let kind = tree.child(hash, "type").unwrap();
            assert_eq!(tree.text(kind), "MD5");
            assert_eq!(tree.get(kind, "condition"), Some("Equals"));
            let parents: Vec<&str> = tree.ancestors(hash).map(|n| tree.name(n)).collect();
            assert!(parents.starts_with(&["hashes", "file"]), "{parents:?}");
        }
        let of = |t: &Tree| {
            t.all()
                .find(|n| t.name(*n) == "hash")
                .map(|n| (t.place(n), t.line(n)))
        };
        assert_eq!(of(&a), Some(("f".to_owned(), Some(3))));
        assert_eq!(of(&b), Some(("/file/hashes/0".to_owned(), None)));
    }

    #[test]
    fn hostile_xml_costs_little() {
        let bomb = "<!DOCTYPE a [<!ENTITY b 'xxxx'><!ENTITY c '&b;&b;'>]><a>&c;&amp;&#65;</a>";
        let (tree, problems) = xml(bomb);
        assert_eq!(tree.all().next().map(|n| tree.text(n)), Some("&c;&A"));
        assert_eq!(problems, 1);
        let deep = "<a>".repeat(100_000);
        let (tree, problems) = xml(&deep);
        assert_eq!((tree.all().count(), problems), (MAX_DEPTH, 2));
        let many: String = (0..100_000).map(|i| format!(" a{i}='1'")).collect();
        assert_eq!(xml(&format!("<a{many}/>")).1, 0);
        for half in [
            "<a><b>x",
            "<a b='",
            "<a></b>",
            "<",
            "<a>&",
            "<a>&#xFFFFFFFF;</a>",
            "]]>",
        ] {
            xml(half);
        }
    }
}

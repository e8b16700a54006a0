//! Word documents (Office Open XML, ECMA-376 part 1), read from their XML.
//!
//! A value may stand in many runs, a link's target in a file of relations, a text box twice. What was
//! deleted under change tracking is left out; footnotes, comments, page headers and footers are set
//! aside.

use std::collections::BTreeMap;

use super::html::Html;
use super::nested::{Skipped, read_part, read_piece};
use super::package::{Kind, Package, kind};
use super::word::{Reader, Styles};
use super::xml::{Node, Xml};
use super::{Head, ReportFormat, Sniff, Source};
use crate::content::Content;
use crate::front_matter;

/// Word documents.
pub(super) struct Docx;

impl ReportFormat for Docx {
    fn id(&self) -> &'static str {
        "docx"
    }

    fn about(&self) -> &'static str {
        "Word documents (DOCX, ECMA-376): tables, links, notes; tracked deletions left out"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        if kind(head.whole) == Some(Kind::WordDocument) {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let Some(mut package) = Package::open(source, content) else {
            return;
        };
        let roots = relations(&package.text("_rels/.rels", content));
        let main = roots
            .values()
            .find(|r| r.kind == "officeDocument")
            .map_or("word/document.xml", |r| r.target.trim_start_matches('/'))
            .to_owned();
        let styles = Styles::new(&package.text("word/styles.xml", content));
        let links = relations(&package.text(&relations_of(&main), content));
        let text = package.text(&main, content);
        if text.is_empty() {
            content.problems.push(tegakari_model::Problem::new(
                source.name,
                "the document has no text",
                "it may be cut off; fetch it again or save it anew",
            ));
        }
        let chunks = Reader::new(&styles, &links, None).read(&text, source.name, content);
        drop(text);
        for id in chunks {
            // Documents merged in on opening: HTML or another document.
            let Some(relation) = links.get(&id) else {
                continue;
            };
            let name = resolve(&main, &relation.target);
            let Some(bytes) = package.bytes(&name, content) else {
                continue;
            };
            if super::sniff(&name, &bytes).id() == "html" {
                let text = crate::decode::decode(&bytes).text.into_owned();
                read_piece(source, &Html, &text, None, content);
            } else {
                let mut skipped = Skipped::default();
                read_part(source, &name, &bytes, content, &mut skipped);
                skipped.report(source.name, content);
            }
        }
        // In order of their ids, each once.
        let mut asides: BTreeMap<String, &str> = BTreeMap::new();
        for relation in links.values() {
            let about = match relation.kind.as_str() {
                "footnotes" => "footnotes",
                "endnotes" => "endnotes",
                "comments" => "comments",
                "header" => "header",
                "footer" => "footer",
                _ => continue,
            };
            asides.insert(resolve(&main, &relation.target), about);
        }
        content.close_section();
        for (name, about) in asides {
            let links = relations(&package.text(&relations_of(&name), content));
            let text = package.text(&name, content);
            let first = content.blocks.len();
            Reader::new(&styles, &links, Some(about)).read(&text, source.name, content);
            if matches!(about, "header" | "footer") {
                // Where markings stand.
                let added = content.blocks.get(first..).unwrap_or_default();
                let marking = added.iter().find_map(|b| front_matter::tlp_in(&b.text));
                content.tlp = content.tlp.max(marking);
            }
        }
        properties(&mut package, content);
        let mut skipped = Skipped::default();
        for name in package.names("word/embeddings/") {
            if let Some(bytes) = package.bytes(&name, content) {
                let name = name.trim_start_matches("word/embeddings/");
                read_part(source, name, &bytes, content, &mut skipped);
            }
        }
        skipped.report(source.name, content);
    }
}

/// Where a relation leads.
pub(crate) struct Relation {
    /// Last part of its type.
    pub(crate) kind: String,
    pub(crate) target: String,
}

/// The file of relations of a member (ECMA-376 part 2, 9.3).
fn relations_of(name: &str) -> String {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let slash = if folder.is_empty() { "" } else { "/" };
    format!("{folder}{slash}_rels/{file}.rels")
}

/// A relation's target as a name in the package.
fn resolve(from: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut folders: Vec<&str> = from.split('/').collect();
    folders.pop();
    for step in target.split('/') {
        match step {
            ".." => {
                folders.pop();
            }
            "." | "" => {}
            _ => folders.push(step),
        }
    }
    folders.join("/")
}

fn relations(xml: &str) -> BTreeMap<String, Relation> {
    let mut out = BTreeMap::new();
    let mut reader = Xml::new(xml);
    while let Some(node) = reader.next() {
        if let Node::Open(tag) = node
            && tag.name() == "Relationship"
            && let (Some(id), Some(target)) = (tag.attribute("Id"), tag.attribute("Target"))
        {
            let kind = tag.attribute("Type").unwrap_or_default();
            let kind = kind.rsplit('/').next().unwrap_or("").to_owned();
            out.insert(id, Relation { kind, target });
        }
    }
    out
}

/// What the file's own record says (ECMA-376 part 2, 11).
pub(super) fn properties(package: &mut Package<'_, '_>, content: &mut Content) {
    let core = fields(&package.text("docProps/core.xml", content));
    let app = fields(&package.text("docProps/app.xml", content));
    let get = |fields: &BTreeMap<String, String>, name: &str| {
        fields.get(name).filter(|t| !t.is_empty()).cloned()
    };
    content.properties.title = get(&core, "title");
    content.properties.author = get(&app, "Company").or_else(|| get(&core, "creator"));
    // Libraries leave the date of their template as it is.
    if get(&core, "description").is_none_or(|d| !d.starts_with("generated by")) {
        content.properties.date = get(&core, "modified").or_else(|| get(&core, "created"));
    }
}

/// The texts of elements that hold nothing but text, by name.
pub(super) fn fields(xml: &str) -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    let mut reader = Xml::new(xml);
    let mut open = String::new();
    while let Some(node) = reader.next() {
        match node {
            Node::Open(tag) => open = tag.name().to_owned(),
            Node::Close(_) => open.clear(),
            Node::Text(text) if !open.is_empty() => {
                let value = out.entry(open.clone()).or_default();
                if value.len() < 1000 {
                    value.push_str(&text);
                }
            }
            Node::Text(_) => {}
        }
    }
    for value in out.values_mut() {
        *value = value.trim().to_owned();
    }
    out
}

//! MISP events as JSON: one event, a list, or the answer of a server.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use tegakari_model::{
    FileRecord, Observable, ObservableKind as K, Problem, ReportCitation, ReportId,
};

use super::json_lines::escape;
use super::{Head, ReportFormat, Sniff, Source};
use crate::content::{Block, BlockKind, Content, Stated, StatedObservable};
use crate::misp::{self, Attribute};
use crate::rule::{self, Rule, Saying};

/// MISP events.
pub(super) struct MispEvent;

impl ReportFormat for MispEvent {
    fn id(&self) -> &'static str {
        "misp-event"
    }

    fn about(&self) -> &'static str {
        "MISP events as JSON (https://www.misp-project.org/datamodels): attributes, objects, galaxies, tags"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        let start = head.text.trim_start();
        if !start.starts_with(['{', '[']) {
            return Sniff::No;
        }
        let compact: String = start
            .chars()
            .take(16 * 1024)
            .filter(|c| !c.is_whitespace())
            .collect();
        let event = compact.contains("\"Event\":{");
        let attributes = compact.contains("\"Attribute\":[")
            || compact.contains("\"Orgc\":{")
            || compact.contains("\"threat_level_id\":");
        match (event, attributes) {
            (true, true) => Sniff::Certain,
            (true, false) | (false, true) => Sniff::Likely,
            (false, false) => Sniff::No,
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let document: Value = match serde_json::from_str(source.text()) {
            Ok(document) => document,
            Err(error) => {
                content.problems.push(Problem::new(
                    format!("{}:{}", source.name, error.line()),
                    "not valid JSON, read as plain text",
                    "export the event again; it may be cut off",
                ));
                super::plain::lines(source.text(), content);
                return;
            }
        };
        events(&document, "", 0, content);
    }
}

/// Finds the events in whatever the server wrapped them in.
fn events(value: &Value, path: &str, depth: usize, content: &mut Content) {
    if depth > 4 {
        return;
    }
    match value {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                events(item, &format!("{path}/{i}"), depth + 1, content);
            }
        }
        Value::Object(map) => {
            if let Some(inner) = map.get("Event") {
                event(inner, &format!("{path}/Event"), content);
            } else if map.contains_key("Attribute") || map.contains_key("info") {
                event(value, path, content);
            } else if let Some(inner) = map.get("response") {
                events(inner, &format!("{path}/response"), depth + 1, content);
            }
        }
        _ => {}
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn flag(value: &Value) -> bool {
    let flag = value.get("to_ids");
    flag.and_then(Value::as_bool).unwrap_or(false)
        || flag
            .and_then(Value::as_str)
            .is_some_and(|s| matches!(s, "1" | "true"))
        || flag.and_then(Value::as_u64) == Some(1)
}

fn event(event: &Value, path: &str, content: &mut Content) {
    let some = |key: &str| Some(text(event, key).to_owned()).filter(|t| !t.is_empty());
    content.title = content.title.take().or_else(|| some("info"));
    // The date of an event need not be that of the report; where another Tegakari knew better, it says so.
    let told = |key: &str| {
        let tags = list(event, "Tag").iter().map(|tag| text(tag, "name"));
        let mut values = tags.filter_map(|tag| tag.strip_prefix("tegakari:")?.strip_prefix(key));
        values.find_map(|value| Some(value.strip_prefix('=')?.trim_matches('"')))
    };
    let date = match told("published") {
        Some("unknown") => None,
        Some(date) => Some(date.to_owned()),
        None => some("date"),
    };
    content.published = content.published.take().or(date);
    let owner = event.get("Orgc").or_else(|| event.get("Org"));
    let owner = owner
        .map(|o| text(o, "name").to_owned())
        .filter(|n| !n.is_empty());
    let owner = match told("report") {
        Some(_) => told("publisher").map(str::to_owned),
        None => owner,
    };
    content.publisher = content.publisher.take().or(owner);
    if let Ok(contact) = Observable::new(K::Email, text(event, "event_creator_email")) {
        content.observables.push(StatedObservable {
            observable: contact,
            stated: Stated::Research,
            reason: "author of the event".to_owned(),
            labels: Vec::new(),
            about: String::new(),
            first_seen: None,
            last_seen: None,
            not_after: None,
            path: format!("{path}/event_creator_email"),
            line: None,
            only_with: Vec::new(),
        });
    }
    // A flag that nobody in the event has set says nothing about single attributes.
    let objects = list(event, "Object");
    let flags_used = list(event, "Attribute")
        .iter()
        .chain(objects.iter().flat_map(|o| list(o, "Attribute")))
        .any(flag);
    for (i, value) in list(event, "Attribute").iter().enumerate() {
        let path = format!("{path}/Attribute/{i}");
        let found = attribute(value, &path, flags_used, content);
        // `filename|sha256` and samples are a file each.
        let mut file = FileRecord::default();
        add_to(&mut file, &found, value);
        keep(file, &path, text(value, "comment"), content);
    }
    let detections = detections(objects);
    for (i, object) in objects.iter().enumerate() {
        let path = format!("{path}/Object/{i}");
        if object.get("deleted").and_then(Value::as_bool) == Some(true) {
            continue;
        }
        let name = text(object, "name");
        let mut file = FileRecord::default();
        let mut parts = Vec::new();
        let before = content.observables.len();
        for (k, value) in list(object, "Attribute").iter().enumerate() {
            let path = format!("{path}/Attribute/{k}");
            // The product is no name of what it found.
            if name == "av-signature" && text(value, "object_relation") != "signature" {
                continue;
            }
            // The hash of a section is no file's.
            let flags_used = flags_used || name.ends_with("-section");
            let found = attribute(value, &path, flags_used, content);
            if name == "file" {
                add_to(&mut file, &found, value);
            }
            if value.get("deleted").and_then(Value::as_bool) != Some(true) {
                let property = text(value, "object_relation");
                parts.extend(misp::rule(&read(value, &path), property));
            }
        }
        let time = |key: &str| text(object, key).parse().ok();
        for stated in content.observables.iter_mut().skip(before) {
            stated.first_seen = stated.first_seen.or(time("first_seen"));
            stated.last_seen = stated.last_seen.or(time("last_seen"));
        }
        if parts.len() > 1 && content.observables.len() > before {
            let saying = Saying {
                name: Some(name.to_owned()).filter(|n| !n.is_empty()),
                path: path.clone(),
                ..Saying::default()
            };
            let rule = Rule::All {
                one_thing: true,
                parts,
            };
            rule::tie(&rule, before, &saying, content);
        }
        let named = detections
            .get(text(object, "uuid"))
            .filter(|_| name == "file");
        file.detections.extend(named.into_iter().flatten().cloned());
        keep(file, &path, text(object, "comment"), content);
    }
    marks(event, path, content);
    for (i, report) in list(event, "EventReport").iter().enumerate() {
        // What another Tegakari found and thinks is no statement of the report.
        if text(report, "name").starts_with("Tegakari: ") {
            continue;
        }
        content.heading(1, text(report, "name"), 0);
        let mut block = Block::new(BlockKind::Paragraph, text(report, "content"), 0);
        block.path = Some(format!("{path}/EventReport/{i}/content"));
        content.push(block);
    }
}

/// Names that products give files, by the uuid of the file's object.
fn detections(objects: &[Value]) -> HashMap<&str, BTreeSet<String>> {
    let mut all: HashMap<&str, BTreeSet<String>> = HashMap::new();
    let is_deleted = |value: &Value| value.get("deleted").and_then(Value::as_bool) == Some(true);
    let mut names: HashMap<&str, Vec<String>> = HashMap::new();
    for object in objects
        .iter()
        .filter(|o| text(o, "name") == "av-signature" && !is_deleted(o))
    {
        let signatures = list(object, "Attribute").iter();
        let signatures = signatures
            .filter(|a| text(a, "object_relation") == "signature" && !is_deleted(a))
            .filter_map(|a| Observable::new(K::DetectionName, text(a, "value")).ok());
        names.insert(
            text(object, "uuid"),
            signatures.map(|o| o.value().to_owned()).collect(),
        );
    }
    for object in objects.iter().filter(|_| !names.is_empty()) {
        let own = text(object, "uuid");
        for reference in list(object, "ObjectReference")
            .iter()
            .filter(|r| !is_deleted(r))
        {
            let other = text(reference, "referenced_uuid");
            // Either points at the other.
            for (signature, file) in [(own, other), (other, own)] {
                if let Some(found) = names.get(signature) {
                    all.entry(file).or_default().extend(found.iter().cloned());
                }
            }
        }
    }
    all
}

/// Keeps a file record that says at least two things.
fn keep(mut file: FileRecord, path: &str, comment: &str, content: &mut Content) {
    if crate::records::facts(&file) < 2 {
        return;
    }
    file.citations.push(ReportCitation {
        report: ReportId::derive(&[]),
        line: None,
        page: None,
        path: Some(path.to_owned()),
        section: None,
        quote: comment.chars().take(200).collect(),
    });
    content.files.push(file);
}

fn read(value: &Value, path: &str) -> Attribute {
    Attribute {
        kind: text(value, "type").to_owned(),
        category: text(value, "category").to_owned(),
        value: text(value, "value").to_owned(),
        comment: text(value, "comment").to_owned(),
        to_ids: None,
        path: path.to_owned(),
    }
}

/// Tags and galaxies of an event or attribute.
fn marks(value: &Value, path: &str, content: &mut Content) {
    for (i, tag) in list(value, "Tag").iter().enumerate() {
        misp::tag(text(tag, "name"), &format!("{path}/Tag/{i}"), content);
    }
    for (i, galaxy) in list(value, "Galaxy").iter().enumerate() {
        for (k, cluster) in list(galaxy, "GalaxyCluster").iter().enumerate() {
            let path = format!("{path}/Galaxy/{i}/GalaxyCluster/{k}");
            let kind = Some(text(galaxy, "type"))
                .filter(|t| !t.is_empty())
                .unwrap_or_else(|| text(cluster, "type"));
            misp::cluster(kind, text(cluster, "value"), &path, content);
            if let Some(meta) = cluster.get("meta").and_then(Value::as_object) {
                for (key, inner) in meta
                    .iter()
                    .filter(|(k, _)| matches!(k.as_str(), "refs" | "external_id" | "official-refs"))
                {
                    for (n, url) in inner.as_array().into_iter().flatten().enumerate() {
                        let observable = url.as_str().and_then(|u| Observable::new(K::Url, u).ok());
                        if let Some(observable) = observable {
                            content.observables.push(StatedObservable {
                                observable,
                                stated: Stated::Reference,
                                reason: "reference of a galaxy cluster".to_owned(),
                                labels: Vec::new(),
                                about: String::new(),
                                first_seen: None,
                                last_seen: None,
                                not_after: None,
                                path: format!("{path}/meta/{}/{n}", escape(key)),
                                line: None,
                                only_with: Vec::new(),
                            });
                        }
                    }
                }
            }
            let mut block = Block::new(BlockKind::Value, text(cluster, "description"), 0);
            block.path = Some(format!("{path}/description"));
            block.aside = true;
            content.push(block);
        }
    }
}

fn attribute(
    value: &Value,
    path: &str,
    flags_used: bool,
    content: &mut Content,
) -> Vec<Observable> {
    if value.get("deleted").and_then(Value::as_bool) == Some(true) {
        return Vec::new();
    }
    let one = Attribute {
        to_ids: flags_used.then(|| flag(value)),
        ..read(value, path)
    };
    let before = content.observables.len();
    let found = misp::take(&one, content);
    let time = |key: &str| text(value, key).parse().ok();
    for stated in content.observables.iter_mut().skip(before) {
        stated.first_seen = time("first_seen");
        stated.last_seen = time("last_seen");
    }
    if found.is_empty()
        && matches!(
            one.kind.as_str(),
            "comment"
                | "text"
                | "other"
                | "pattern-in-file"
                | "pattern-in-memory"
                | "yara"
                | "sigma"
                | "snort"
        )
    {
        let place = format!("{path}/value");
        if !misp::foreign_rule(&one.kind, &one.value, &place, content) {
            let mut block = Block::new(BlockKind::Value, one.value.clone(), 0);
            block.path = Some(place);
            content.push(block);
        }
    } else if found.is_empty() && !one.value.is_empty() && (one.to_ids == Some(true)) {
        content.problems.push(
            Problem::new(
                path,
                format!("attribute of type {:?} is not read", one.kind),
                "the other attributes were read",
            )
            .losing_records(1),
        );
    }
    marks(value, path, content);
    found
}

fn add_to(file: &mut FileRecord, found: &[Observable], value: &Value) {
    if text(value, "object_relation") == "size-in-bytes" {
        file.size = text(value, "value").parse().ok();
    }
    for one in found {
        let text = one.value().to_owned();
        match one.kind() {
            K::FileName if !file.names.contains(&text) => file.names.push(text),
            kind => {
                if let Some(slot) = file.hash_mut(kind) {
                    slot.get_or_insert(text);
                }
            }
        }
    }
}

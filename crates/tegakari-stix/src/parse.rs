//! JSON to [`Bundle`], object by object.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};
use tegakari_model::{Observable, ObservableKind, Problem, TechniqueId, Timestamp, Tlp};

use crate::bundle::{
    Bundle, CyberObservable, ExternalReference, Indicator, MispAttribute, Object, ObjectKind,
    Version,
};
use crate::marking;
use crate::pattern::{self, Reading};
use crate::property::{Facts, Unfit};

/// Whether a JSON document is STIX 2, and which version: a bundle, a TAXII envelope, a list of objects
/// or a single object. STIX 1 is not.
pub fn version_of(document: &Value) -> Option<Version> {
    let is_object = |o: &Value| {
        let text = |key| o.get(key).and_then(Value::as_str);
        matches!((text("type"), text("id")), (Some(t), Some(id)) if id.split("--").next() == Some(t))
    };
    let objects = objects_of(document);
    let is_bundle = document.get("type").and_then(Value::as_str) == Some("bundle");
    if !is_bundle && !objects.first().is_some_and(is_object) {
        return None;
    }
    let spec = |v: &Value| {
        v.get("spec_version")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let stated = spec(document).or_else(|| objects.iter().find_map(spec));
    Some(match stated.as_deref() {
        Some("2.0") => Version::Stix20,
        _ => Version::Stix21,
    })
}

fn objects_of(document: &Value) -> &[Value] {
    match document {
        Value::Array(list) => list,
        Value::Object(map) => match map.get("objects") {
            Some(Value::Array(list)) => list,
            _ if map.get("type").and_then(Value::as_str) == Some("bundle") => &[],
            _ => std::slice::from_ref(document),
        },
        _ => &[],
    }
}

/// Reads a bundle of STIX 2.0 or 2.1, a TAXII envelope, a list of objects or a single object.
///
/// Whatever could not be read is among the problems, whose places are JSON pointers into the document.
pub fn parse_bundle(document: &Value) -> (Bundle, Vec<Problem>) {
    let mut problems = Vec::new();
    let version = version_of(document);
    let mut bundle = Bundle {
        id: document
            .get("id")
            .and_then(Value::as_str)
            .map(str::to_owned),
        version: version.unwrap_or(Version::Stix21),
        objects: Vec::new(),
    };
    if version.is_none() {
        let what = if document.get("stix_header").is_some() {
            "this is STIX 1, which is not read as structure"
        } else {
            "this is no STIX bundle"
        };
        problems.push(Problem::new(
            "/",
            what,
            "convert it to STIX 2.1 (for example with stix2-elevator), or read it as text",
        ));
        return (bundle, problems);
    }
    let objects = objects_of(document);
    let prefix = if document.get("objects").is_some() {
        "/objects/"
    } else {
        "/"
    };
    let tlp_of: HashMap<&str, Tlp> = objects
        .iter()
        .filter_map(|o| Some((o.get("id")?.as_str()?, marking::tlp_of_definition(o)?)))
        .collect();
    let mut unknown: BTreeMap<String, u64> = BTreeMap::new();
    for (index, value) in objects.iter().enumerate() {
        let pointer = match document {
            Value::Object(map) if !map.contains_key("objects") => String::new(),
            _ => format!("{prefix}{index}"),
        };
        match read_object(value, &pointer, &tlp_of, &mut problems) {
            Ok(object) => {
                if let ObjectKind::Other { type_name } = &object.kind
                    && !KEPT_BY_NAME.contains(&type_name.as_str())
                {
                    *unknown.entry(type_name.clone()).or_default() += 1;
                }
                bundle.objects.push(object);
            }
            Err(what) => problems.push(
                Problem::new(pointer, what, "repair the object, or remove it").losing_records(1),
            ),
        }
    }
    for (type_name, count) in unknown {
        problems.push(
            Problem::new(
                "/objects",
                format!(
                    "{count} object(s) of type {:?} are not read",
                    cut(&type_name)
                ),
                "what they hold is not looked for; tell us if it should be",
            )
            .losing_records(count),
        );
    }
    (bundle, problems)
}

/// Types that hold nothing that is looked for: known, and not worth a problem.
const KEPT_BY_NAME: &[&str] = &[
    "course-of-action",
    "extension-definition",
    "infrastructure",
    "language-content",
    "incident",
    "x-mitre-asset",
    "x-mitre-analytic",
    "x-mitre-collection",
    "x-mitre-data-component",
    "x-mitre-data-source",
    "x-mitre-detection-strategy",
    "x-mitre-matrix",
    "x-mitre-tactic",
];

/// Cyber-observable types of 2.0 and 2.1 that can stand by themselves.
const OBSERVABLE_TYPES: &[&str] = &[
    "artifact",
    "autonomous-system",
    "cryptocurrency-wallet",
    "directory",
    "domain-name",
    "email-addr",
    "email-message",
    "file",
    "hostname",
    "ipv4-addr",
    "ipv6-addr",
    "mac-addr",
    "mutex",
    "network-traffic",
    "process",
    "software",
    "url",
    "user-account",
    "user-agent",
    "windows-registry-key",
    "x-cryptocurrency-wallet",
    "x-opencti-hostname",
    "x509-certificate",
];

fn read_object(
    value: &Value,
    pointer: &str,
    tlp_of: &HashMap<&str, Tlp>,
    problems: &mut Vec<Problem>,
) -> Result<Object, String> {
    let map = value.as_object().ok_or("this is no object")?;
    let type_name = text(map, "type").ok_or("the object has no type")?;
    let id = text(map, "id").unwrap_or_default().to_owned();
    let mut reader = Reader {
        map,
        pointer,
        problems,
    };
    let labels = strings(map, "labels");
    let markings = strings(map, "object_marking_refs");
    // What marks a part of an object holds for it as a whole here.
    let granular = map.get("granular_markings").and_then(Value::as_array);
    let granular = granular.into_iter().flatten();
    let granular = granular.filter_map(|one| one.get("marking_ref")?.as_str());
    let tlp = markings
        .iter()
        .map(String::as_str)
        .chain(granular)
        .filter_map(|m| {
            tlp_of
                .get(m)
                .copied()
                .or_else(|| marking::tlp_of_marking(m))
        })
        .chain(labels.iter().filter_map(|label| tlp_of_label(label)))
        .max();
    let references = references(map);
    let name = text(map, "name").map(str::to_owned);
    let kind = reader.kind(type_name, name.as_deref(), &references, &labels)?;
    Ok(Object {
        pointer: pointer.to_owned(),
        id,
        created: reader.time("created"),
        modified: reader.time("modified"),
        created_by: text(map, "created_by_ref").map(str::to_owned),
        name,
        description: text(map, "description").map(str::to_owned),
        tlp,
        labels,
        markings,
        references,
        phases: phases(map),
        confidence: map
            .get("confidence")
            .and_then(Value::as_u64)
            .and_then(|n| u8::try_from(n).ok())
            .filter(|n| *n <= 100),
        revoked: map.get("revoked").and_then(Value::as_bool).unwrap_or(false),
        kind,
    })
}

/// A label counts as TLP only when it says so: a label `red` may mean a team.
fn tlp_of_label(label: &str) -> Option<Tlp> {
    let label = label.trim();
    let front = label.get(..4)?;
    front
        .eq_ignore_ascii_case("tlp:")
        .then(|| Tlp::parse(label))
        .flatten()
}

struct Reader<'a, 'p> {
    map: &'a Map<String, Value>,
    pointer: &'a str,
    problems: &'p mut Vec<Problem>,
}

impl Reader<'_, '_> {
    fn kind(
        &mut self,
        type_name: &str,
        name: Option<&str>,
        references: &[ExternalReference],
        labels: &[String],
    ) -> Result<ObjectKind, String> {
        let map = self.map;
        let owned = |key| text(map, key).map(str::to_owned);
        let aliases = || {
            let mut all = strings(map, "aliases");
            all.extend(strings(map, "x_mitre_aliases"));
            all
        };
        Ok(match type_name {
            "identity" => ObjectKind::Identity {
                class: owned("identity_class"),
                sectors: strings(map, "sectors"),
            },
            "report" | "grouping" => ObjectKind::Report {
                published: self.time("published"),
                types: strings(map, "report_types"),
                object_refs: strings(map, "object_refs"),
            },
            "indicator" => ObjectKind::Indicator(Box::new(self.indicator(labels)?)),
            "observed-data" => ObjectKind::ObservedData {
                first: self.time("first_observed"),
                last: self.time("last_observed"),
                number: map.get("number_observed").and_then(Value::as_u64),
                items: self.contained(),
                object_refs: strings(map, "object_refs"),
            },
            "malware" => ObjectKind::Malware {
                aliases: aliases(),
                is_family: map.get("is_family").and_then(Value::as_bool),
            },
            "malware-analysis" => ObjectKind::MalwareAnalysis {
                result: owned("result"),
                result_name: owned("result_name"),
                sample: owned("sample_ref"),
            },
            "tool" => ObjectKind::Tool { aliases: aliases() },
            "intrusion-set" => ObjectKind::IntrusionSet { aliases: aliases() },
            "threat-actor" => ObjectKind::ThreatActor { aliases: aliases() },
            "campaign" => ObjectKind::Campaign {
                aliases: aliases(),
                first: self.time("first_seen"),
                last: self.time("last_seen"),
            },
            "attack-pattern" => ObjectKind::AttackPattern {
                technique: technique(name, references),
            },
            "vulnerability" => {
                let mut cves: Vec<Observable> = references
                    .iter()
                    .filter_map(|r| r.id.as_deref())
                    .chain(name)
                    .filter_map(|t| Observable::new(ObservableKind::Cve, t).ok())
                    .collect();
                cves.sort();
                cves.dedup();
                ObjectKind::Vulnerability { cves }
            }
            "location" => ObjectKind::Location {
                country: owned("country"),
                region: owned("region"),
            },
            "note" | "opinion" => ObjectKind::Note {
                content: owned("content")
                    .or_else(|| owned("explanation"))
                    .unwrap_or_default(),
                object_refs: strings(map, "object_refs"),
            },
            "relationship" => ObjectKind::Relationship {
                verb: owned("relationship_type").ok_or("the relationship has no type")?,
                source: owned("source_ref").ok_or("the relationship has no source")?,
                target: owned("target_ref").ok_or("the relationship has no target")?,
            },
            "sighting" => ObjectKind::Sighting {
                of: owned("sighting_of_ref").ok_or("the sighting does not say of what")?,
                count: map.get("count").and_then(Value::as_u64),
                first: self.time("first_seen"),
                last: self.time("last_seen"),
                by: strings(map, "where_sighted_refs"),
            },
            "marking-definition" => {
                ObjectKind::Marking(marking::tlp_of_definition(&Value::Object(map.clone())))
            }
            "x-misp-attribute" => ObjectKind::Misp(vec![
                misp_attribute(map).ok_or("the MISP attribute has no value")?,
            ]),
            misp if misp.starts_with("x-misp-") => misp_object(map),
            observable if OBSERVABLE_TYPES.contains(&observable) => {
                ObjectKind::CyberObservable(Box::new(self.observable(map, self.pointer, None)))
            }
            other => ObjectKind::Other {
                type_name: other.to_owned(),
            },
        })
    }

    fn indicator(&mut self, labels: &[String]) -> Result<Indicator, String> {
        let pattern_text = text(self.map, "pattern").ok_or("the indicator has no pattern")?;
        let language = text(self.map, "pattern_type").unwrap_or("stix").to_owned();
        let mut indicator = Indicator {
            text: pattern_text.to_owned(),
            language,
            pattern: None,
            reading: Reading::default(),
            valid_from: self.time("valid_from"),
            valid_until: self.time("valid_until"),
            types: strings(self.map, "indicator_types"),
            to_ids: labels.iter().find_map(|l| to_ids(l)),
        };
        if indicator.language != "stix" {
            self.trouble(
                "pattern",
                format!(
                    "the pattern is written in {:?}, which is not read",
                    cut(&indicator.language)
                ),
                "use it with its own tool",
                1,
            );
            return Ok(indicator);
        }
        match pattern::parse(pattern_text) {
            Ok(parsed) => {
                indicator.reading = parsed.observables();
                indicator.pattern = Some(parsed);
                self.unread(&indicator.reading);
            }
            Err(error) => self.trouble(
                "pattern",
                format!("the pattern cannot be read: {error}"),
                "check the pattern (stix2-patterns), mostly quotes and backslashes",
                1,
            ),
        }
        Ok(indicator)
    }

    fn unread(&mut self, reading: &Reading) {
        let Some(first) = reading.unread.first() else {
            return;
        };
        let more = match reading.unread.len() {
            1 => String::new(),
            n => format!(" (and {} more parts)", n - 1),
        };
        let (cost, lost) = if reading.groups.is_empty() {
            ("nothing of this pattern can be looked for", 1)
        } else {
            ("only the other parts of this pattern are looked for", 0)
        };
        let what = format!("{}: {}{more}", first.comparison, first.why);
        self.trouble("pattern", what, cost, lost);
    }

    /// The objects inside observed-data of 2.0, in the order of their numbers.
    fn contained(&mut self) -> Vec<CyberObservable> {
        let Some(Value::Object(objects)) = self.map.get("objects") else {
            return Vec::new();
        };
        let mut keys: Vec<&String> = objects.keys().collect();
        keys.sort_by_key(|k| (k.parse::<u64>().unwrap_or(u64::MAX), k.as_str()));
        let mut out = Vec::new();
        for key in keys {
            if let Some(Value::Object(object)) = objects.get(key) {
                let pointer = format!("{}/objects/{}", self.pointer, escape_pointer(key));
                out.push(self.observable(object, &pointer, Some(objects)));
            }
        }
        out
    }

    fn observable(
        &mut self,
        object: &Map<String, Value>,
        pointer: &str,
        siblings: Option<&Map<String, Value>>,
    ) -> CyberObservable {
        let type_name = text(object, "type").unwrap_or_default();
        let mut facts = Facts::default();
        let mut bad = Vec::new();
        for (key, value) in object {
            if !matches!(
                key.as_str(),
                "type" | "id" | "spec_version" | "object_marking_refs"
            ) {
                leaves(
                    type_name,
                    &mut vec![key.as_str()],
                    value,
                    &mut facts,
                    &mut bad,
                );
            }
        }
        let directory = text(object, "parent_directory_ref")
            .and_then(|key| siblings?.get(key)?.get("path")?.as_str());
        if let Some(path) = directory {
            // Adding a directory never fails: it only serves to complete the name.
            facts
                .add(type_name, &["parent_directory_ref", "path"], path)
                .ok();
        }
        for why in bad {
            self.problems.push(
                Problem::new(
                    pointer,
                    why,
                    "the value is not looked for; repair it in the source",
                )
                .losing_records(1),
            );
        }
        let facts = facts.finish();
        CyberObservable {
            pointer: pointer.to_owned(),
            type_name: type_name.to_owned(),
            observables: facts.observables,
            file: facts.file,
        }
    }

    /// A time; one that cannot be read costs itself only.
    fn time(&mut self, key: &str) -> Option<Timestamp> {
        let text = text(self.map, key)?;
        match text.parse() {
            Ok(time) => Some(time),
            Err(_) => {
                self.trouble(
                    key,
                    format!("{:?} is no RFC 3339 time", cut(text)),
                    "the object is read without it",
                    0,
                );
                None
            }
        }
    }

    fn trouble(&mut self, key: &str, what: String, hint: &str, lost: u64) {
        let place = format!("{}/{key}", self.pointer);
        self.problems
            .push(Problem::new(place, what, hint).losing_records(lost));
    }
}

/// Offers every scalar below `value` to `facts`. serde_json bounds the depth of what it parses (128).
fn leaves<'a>(
    type_name: &str,
    keys: &mut Vec<&'a str>,
    value: &'a Value,
    facts: &mut Facts,
    bad: &mut Vec<String>,
) {
    let scalar = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) => {
            for item in list {
                leaves(type_name, keys, item, facts, bad);
            }
            return;
        }
        Value::Object(map) => {
            for (key, item) in map {
                keys.push(key);
                leaves(type_name, keys, item, facts, bad);
                keys.pop();
            }
            return;
        }
        Value::Null | Value::Bool(_) => return,
    };
    if let Err(Unfit::Value(why)) = facts.add(type_name, keys, &scalar) {
        bad.push(why);
    }
}

fn technique(name: Option<&str>, references: &[ExternalReference]) -> Option<TechniqueId> {
    references
        .iter()
        .filter(|r| r.source.starts_with("mitre-"))
        .filter_map(|r| r.id.as_deref())
        .find_map(TechniqueId::parse)
        .or_else(|| {
            // MISP writes `Spearphishing Attachment - T1566.001`.
            let (_, id) = name?.rsplit_once(" - ")?;
            TechniqueId::parse(id)
        })
        .or_else(|| TechniqueId::parse(name?))
}

fn misp_attribute(map: &Map<String, Value>) -> Option<MispAttribute> {
    let text = |key: &str| {
        map.get(&format!("x_misp_{key}"))
            .or_else(|| map.get(key))
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let to_ids_label = strings(map, "labels").iter().find_map(|l| to_ids(l));
    Some(MispAttribute {
        value: text("value")?,
        kind: text("type").unwrap_or_default(),
        category: text("category").unwrap_or_default(),
        comment: text("comment").unwrap_or_default(),
        relation: text("object_relation").unwrap_or_default(),
        to_ids: map
            .get("to_ids")
            .and_then(Value::as_bool)
            .or(to_ids_label)
            .unwrap_or(false),
    })
}

/// Objects of MISP: a list of attributes (`x-misp-object`), or of older exports a map of values
/// (`x-misp-object-file` with `x_misp_values`), or an event report, which is prose.
fn misp_object(map: &Map<String, Value>) -> ObjectKind {
    let mut out = Vec::new();
    if let Some(Value::Array(list)) = map.get("x_misp_attributes") {
        out.extend(
            list.iter()
                .filter_map(Value::as_object)
                .filter_map(misp_attribute),
        );
    }
    if let Some(Value::Object(values)) = map.get("x_misp_values") {
        let category = text(map, "x_misp_category").unwrap_or_default();
        for (key, value) in values {
            // Keys are `type` or `type_relation`.
            let (kind, relation) = key.split_once('_').unwrap_or((key, key));
            let all: Vec<&str> = match value {
                Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
                other => other.as_str().into_iter().collect(),
            };
            out.extend(all.into_iter().map(|value| MispAttribute {
                kind: kind.to_owned(),
                relation: relation.to_owned(),
                category: category.to_owned(),
                value: value.to_owned(),
                ..MispAttribute::default()
            }));
        }
    }
    if let Some(content) = text(map, "x_misp_content") {
        return ObjectKind::Note {
            content: content.to_owned(),
            object_refs: strings(map, "object_refs"),
        };
    }
    ObjectKind::Misp(out)
}

fn to_ids(label: &str) -> Option<bool> {
    let value = label.strip_prefix("misp:to_ids=")?.trim_matches('"');
    Some(value.eq_ignore_ascii_case("true"))
}

fn references(map: &Map<String, Value>) -> Vec<ExternalReference> {
    let Some(Value::Array(list)) = map.get("external_references") else {
        return Vec::new();
    };
    list.iter()
        .filter_map(Value::as_object)
        .map(|r| ExternalReference {
            source: text(r, "source_name").unwrap_or_default().to_owned(),
            id: text(r, "external_id").map(str::to_owned),
            url: text(r, "url").map(str::to_owned),
            description: text(r, "description").map(str::to_owned),
        })
        .collect()
}

fn phases(map: &Map<String, Value>) -> Vec<(String, String)> {
    let Some(Value::Array(list)) = map.get("kill_chain_phases") else {
        return Vec::new();
    };
    list.iter()
        .filter_map(Value::as_object)
        .filter_map(|p| {
            Some((
                text(p, "kill_chain_name")?.to_owned(),
                text(p, "phase_name")?.to_owned(),
            ))
        })
        .collect()
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    map.get(key).and_then(Value::as_str)
}

fn strings(map: &Map<String, Value>, key: &str) -> Vec<String> {
    match map.get(key) {
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

fn escape_pointer(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

//! Makes bundles of STIX 2.1 whose bytes depend on nothing but the input.
//!
//! Ids: cyber-observables have the UUIDv5 that the specification prescribes (section 2.9), so every
//! producer gives a value the same id. The specification asks for random ids of other objects; ours are
//! UUIDv5 in a namespace of our own over the type and what makes the object what it is, so that the
//! same indicator keeps its id from list to list and a receiver updates instead of piling up copies.

mod case;
mod ids;
mod observable;
mod pattern_of;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use tegakari_model::{Indicator, IndicatorRole, Observable, Timestamp, Tlp};

use crate::marking;

pub use case::{
    Case, CaseSpec, PUBLISHER, REMARK, REPORT_SOURCE, case, case_bundle, in_words, untitled,
};
pub use ids::{OWN_NAMESPACE, own_uuid};
pub use observable::cyber_observable;
pub use pattern_of::{has_pattern, pattern_of};

/// What goes into a bundle.
#[derive(Debug, Clone, Copy)]
pub struct BundleSpec<'a> {
    /// Name of who makes it.
    pub producer: &'a str,
    /// Title of the report that holds the objects together.
    pub title: &'a str,
    /// What the report is.
    pub description: &'a str,
    /// From when on indicators are valid that bring no time of their own, and when the objects count
    /// as made. Without it the earliest time among the indicators serves.
    pub time: Option<Timestamp>,
    /// Marking of every object.
    pub tlp: Option<Tlp>,
    /// Ids of the reports the indicators come from, as shown to people.
    pub reports: &'a [&'a str],
    /// The indicators. Those of a kind without a pattern, and those for which no time is known, are
    /// left out: see [`has_pattern`]. Those of each marking are held together by a report object of their own.
    pub indicators: &'a [Listed<'a>],
    /// Observables that stand by themselves.
    pub observables: &'a [&'a Observable],
}

/// An indicator on a list.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// Which.
    pub indicator: &'a Indicator,
    /// When it was made known; [`BundleSpec::time`] where nobody says.
    pub made: Option<Timestamp>,
    /// Until when it is worth blocking.
    pub until: Option<Timestamp>,
    /// Its marking.
    pub tlp: Option<Tlp>,
}

/// A bundle as JSON. Objects are sorted by type and id; keys by name.
pub fn bundle(spec: &BundleSpec<'_>) -> Value {
    let earliest = spec
        .indicators
        .iter()
        .filter_map(|one| one.indicator.valid_from)
        .min();
    let Some(made) = spec.time.or(earliest) else {
        // Without a time no object can be made; an empty bundle says so.
        return assemble(BTreeMap::new(), &[]);
    };
    let producer = identity(spec, made);
    let producer_id = id_of(&producer);
    let mut objects = BTreeMap::new();
    let mut by_marking: BTreeMap<Option<Tlp>, BTreeSet<String>> = BTreeMap::new();
    for listed in spec.indicators {
        if let Some(object) = indicator_object(listed, spec, &producer_id, made) {
            by_marking
                .entry(listed.tlp)
                .or_default()
                .insert(id_of(&object));
            objects.insert(id_of(&object), object);
        }
    }
    for observable in spec.observables {
        if let Some(mut object) = cyber_observable(observable) {
            mark(&mut object, spec.tlp);
            by_marking
                .entry(spec.tlp)
                .or_default()
                .insert(id_of(&object));
            objects.insert(id_of(&object), object);
        }
    }
    for (tlp, refs) in &by_marking {
        let report = report_object(spec, *tlp, &producer_id, made, refs);
        objects.insert(id_of(&report), report);
    }
    objects.insert(producer_id, producer);
    for tlp in by_marking.keys().copied().chain([spec.tlp]).flatten() {
        objects.insert(marking::marking_id(tlp), marking::definition(tlp));
    }
    let ids: BTreeSet<String> = by_marking.into_values().flatten().collect();
    let ids: Vec<String> = ids.into_iter().collect();
    assemble(objects, &ids)
}

fn assemble(objects: BTreeMap<String, Value>, ids: &[String]) -> Value {
    let id = ids::own("bundle", &json!({ "objects": ids }));
    let objects: Vec<Value> = objects.into_values().collect();
    let mut map = Map::new();
    map.insert("type".to_owned(), json!("bundle"));
    map.insert("id".to_owned(), json!(id));
    // "A bundle's objects must not be empty, so the property is left out" (section 8.1).
    if !objects.is_empty() {
        map.insert("objects".to_owned(), Value::Array(objects));
    }
    Value::Object(map)
}

fn id_of(object: &Value) -> String {
    object
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn stamp(time: Timestamp) -> String {
    // Millisecond precision in UTC, as section 3.2 wants for `created` and `modified`.
    format!("{time:.3}")
}

fn mark(object: &mut Value, tlp: Option<Tlp>) {
    if let (Some(tlp), Some(map)) = (tlp, object.as_object_mut()) {
        map.insert(
            "object_marking_refs".to_owned(),
            json!([marking::marking_id(tlp)]),
        );
    }
}

fn identity(spec: &BundleSpec<'_>, made: Timestamp) -> Value {
    let key = json!({ "identity_class": "system", "name": spec.producer });
    let mut object = json!({
        "type": "identity",
        "spec_version": "2.1",
        "id": ids::own("identity", &key),
        "created": stamp(made),
        "modified": stamp(made),
        "name": spec.producer,
        "identity_class": "system",
    });
    mark(&mut object, spec.tlp);
    object
}

fn indicator_object(
    listed: &Listed<'_>,
    spec: &BundleSpec<'_>,
    producer: &str,
    made: Timestamp,
) -> Option<Value> {
    let indicator = listed.indicator;
    let pattern = pattern_of(&indicator.observable)?.to_string();
    let made = listed.made.unwrap_or(made);
    let valid_from = indicator.valid_from.or(listed.made).or(spec.time)?;
    let mut object = json!({
        "type": "indicator",
        "spec_version": "2.1",
        "id": ids::own("indicator", &json!({ "pattern": pattern })),
        "created_by_ref": producer,
        "created": stamp(made),
        "modified": stamp(made),
        "name": cut(&indicator.observable.defanged(), 256),
        "description": description(indicator),
        "indicator_types": ["malicious-activity"],
        "pattern": pattern,
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": stamp(valid_from),
    });
    if let Some(map) = object.as_object_mut() {
        // The specification wants `valid_until` after `valid_from`.
        if let Some(until) = listed.until.filter(|until| *until > valid_from) {
            map.insert("valid_until".to_owned(), json!(stamp(until)));
        }
        if !indicator.labels.is_empty() {
            let labels: BTreeSet<String> = indicator.labels.iter().map(|l| cut(l, 256)).collect();
            map.insert("labels".to_owned(), json!(labels));
        }
        let mut named: Vec<&str> = indicator
            .citations
            .iter()
            .map(|c| c.report.as_str())
            .collect();
        if named.is_empty() {
            named = spec.reports.to_vec();
        }
        let references = references(&named);
        if !references.is_empty() {
            map.insert("external_references".to_owned(), json!(references));
        }
    }
    mark(&mut object, listed.tlp);
    Some(object)
}

fn report_object(
    spec: &BundleSpec<'_>,
    tlp: Option<Tlp>,
    producer: &str,
    made: Timestamp,
    refs: &BTreeSet<String>,
) -> Value {
    let key = json!({ "name": spec.title, "object_refs": refs, "reports": spec.reports });
    let mut object = json!({
        "type": "report",
        "spec_version": "2.1",
        "id": ids::own("report", &key),
        "created_by_ref": producer,
        "created": stamp(made),
        "modified": stamp(made),
        "name": spec.title,
        "description": spec.description,
        "report_types": ["indicator"],
        "published": stamp(made),
        "object_refs": refs,
    });
    let references = references(spec.reports);
    if let Some(map) = object.as_object_mut()
        && !references.is_empty()
    {
        map.insert("external_references".to_owned(), json!(references));
    }
    mark(&mut object, tlp);
    object
}

fn references(reports: &[&str]) -> Vec<Value> {
    let ids: BTreeSet<&str> = reports.iter().copied().collect();
    ids.into_iter()
        .map(|id| json!({ "source_name": "tegakari-report", "external_id": id }))
        .collect()
}

fn description(indicator: &Indicator) -> String {
    let role = match indicator.role {
        IndicatorRole::C2 => "Command and control",
        IndicatorRole::Delivery => "Delivery of malware or lures",
        IndicatorRole::Staging => "Staging, download or exfiltration",
        IndicatorRole::Malware => "Malicious file",
        IndicatorRole::Tool => "Tool of an attacker",
        IndicatorRole::Unknown => "Sign of an attack",
    };
    match indicator.observable.kind().name().replace('_', " ") {
        kind if kind.starts_with("sha") || kind == "md5" => format!("{role}, by {kind}"),
        kind => format!("{role}: {kind}"),
    }
}

fn cut(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::{BundleSpec, Listed, bundle};
    use crate::{parse_bundle, version_of};
    use tegakari_model::{Indicator, Observable, ObservableKind as K, Tlp};

    fn listed(indicator: &Indicator) -> Listed<'_> {
        Listed {
            indicator,
            made: None,
            until: None,
            tlp: Some(Tlp::Amber),
        }
    }

    fn spec<'a>(indicators: &'a [Listed<'a>], observables: &'a [&'a Observable]) -> BundleSpec<'a> {
        BundleSpec {
            producer: "Tegakari",
            title: "Block list",
            description: "Indicators to block",
            time: Some("2025-03-06T00:00:00Z".parse().unwrap()),
            tlp: Some(Tlp::Amber),
            reports: &["R-0123456789ab"],
            indicators,
            observables,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let values = [
            (K::Domain, "evil.example"),
            (K::Ipv4, "198.51.100.7"),
            (K::Cidr, "198.51.100.0/24"),
            (K::Url, "http://evil.example/it's?a=\\'b"),
            (K::FilePath, "C:\\Users\\o'neil\\a.exe"),
            (
                K::Sha256,
                "bdeb9d019a02eb49c21f7c04169406ac586d630032a059f63c497951303b8d00",
            ),
            (K::Email, "a@evil.example"),
            (K::CommandLine, "cmd /c \"x' OR 1\""),
            (K::UserAgent, "Mozilla/5.0 (x'y)"),
            (K::Ja3, "bdeb9d019a02eb49c21f7c04169406ac"),
            (K::ServiceName, "Evil'Svc"),
            (K::RegistryKey, "HKLM\\Software\\it's"),
        ];
        let indicators: Vec<Indicator> = values
            .iter()
            .map(|(kind, value)| Indicator::new(Observable::new(*kind, value).unwrap()))
            .collect();
        let all: Vec<Listed<'_>> = indicators.iter().map(listed).collect();
        let observables: Vec<&Observable> = indicators.iter().map(|i| &i.observable).collect();
        let document = bundle(&spec(&all, &observables));
        assert!(version_of(&document).is_some());
        let (read, problems) = parse_bundle(&document);
        assert_eq!(problems, []);
        assert_eq!(read.tlp(), Some(Tlp::Amber));
        let mut got: Vec<Observable> = read
            .indicators()
            .flat_map(|(_, i)| i.reading.groups.iter().flat_map(|g| g.observables.clone()))
            .collect();
        got.sort();
        let mut want: Vec<Observable> = observables.iter().map(|o| (*o).clone()).collect();
        want.sort();
        assert_eq!(got, want);
        let report = read.reports().next().unwrap();
        assert_eq!(
            report.references.first().unwrap().id.as_deref(),
            Some("R-0123456789ab")
        );
    }

    #[test]
    fn the_same_input_gives_the_same_bytes_in_any_order() {
        let a = Indicator::new(Observable::new(K::Domain, "a.example").unwrap());
        let b = Indicator::new(Observable::new(K::Domain, "b.example").unwrap());
        let one = bundle(&spec(&[listed(&a), listed(&b)], &[])).to_string();
        let two = bundle(&spec(&[listed(&b), listed(&a), listed(&a)], &[])).to_string();
        assert_eq!(one, two);
        let three = bundle(&spec(&[listed(&a)], &[])).to_string();
        assert_ne!(one, three);
    }

    #[test]
    fn each_marking_has_its_report_and_each_indicator_its_own_times() {
        let [a, b] = ["a.example", "b.example"]
            .map(|name| Indicator::new(Observable::new(K::Domain, name).unwrap()));
        let until = "2026-01-01T00:00:00Z".parse().ok();
        let one = Listed {
            made: "2025-05-01T00:00:00Z".parse().ok(),
            until,
            tlp: None,
            ..listed(&a)
        };
        let document = bundle(&spec(&[one, listed(&b)], &[]));
        let (read, problems) = parse_bundle(&document);
        assert_eq!(problems, []);
        let marks: Vec<Option<Tlp>> = read.reports().map(|report| report.tlp).collect();
        assert!(marks.contains(&None) && marks.contains(&Some(Tlp::Amber)) && marks.len() == 2);
        let (object, indicator) = read
            .indicators()
            .find(|(_, i)| i.text.contains("'a.example'"))
            .unwrap();
        assert_eq!((object.tlp, indicator.valid_until), (None, until));
        assert!(document.to_string().contains("2025-05-01T00:00:00.000Z"));
    }

    #[test]
    fn without_any_time_nothing_is_dated() {
        let a = Indicator::new(Observable::new(K::Domain, "a.example").unwrap());
        let document = bundle(&BundleSpec {
            time: None,
            ..spec(&[listed(&a)], &[])
        });
        assert!(document.get("objects").is_none(), "{document}");
    }
}

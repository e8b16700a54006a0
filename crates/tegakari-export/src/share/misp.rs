//! A report as a MISP event: what both the event and the feed are made of.
//!
//! Ids are derived from content, so that an importer updates an event instead of adding a second one. What MISP has no
//! type for goes into a comment or is told as left out.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use tegakari_model::{
    FileRecord, Finding, HuntResult, Indicator, Kept, NameKind, Observable, ObservableKind as K,
    Report, Sighting, TargetKind, Timestamp, Tlp,
};
use tegakari_stix::write::{self, CaseSpec};

use crate::text::one_line;

/// Template of MISP's object "file", and the version of it that these relations are of.
const FILE_TEMPLATE: (&str, &str) = ("688c46fb-5edb-40a3-8273-1af7923e2215", "24");

/// Template of MISP's object "av-signature", and the version of it that these relations are of.
const SIGNATURE_TEMPLATE: (&str, &str) = ("4dbb56ef-4763-4c97-8696-a2bfc305cf8e", "1");

/// Category of names that security products give.
const DETECTION: &str = "Antivirus detection";

/// Beginning of the name of event reports that are this program's words and not the report's.
const OWN_REPORT: &str = "Tegakari: ";

/// An event with what it could not take.
pub(super) struct Event {
    pub(super) uuid: String,
    /// The event as MISP writes it, under `Event`.
    pub(super) event: Value,
    /// Number of attributes.
    pub(super) attributes: usize,
    pub(super) left_out: Vec<Observable>,
}

/// The events, one for each report, in their order.
pub(super) fn events(case: &CaseSpec<'_>) -> Vec<Event> {
    case.reports
        .iter()
        .map(|report| event(case, *report))
        .collect()
}

/// Type and category of MISP for a value; `None` when it has none.
fn misp_type(observable: &Observable) -> Option<(&'static str, &'static str)> {
    const NETWORK: &str = "Network activity";
    const PAYLOAD: &str = "Payload delivery";
    const DROPPED: &str = "Artifacts dropped";
    Some(match observable.kind() {
        K::Ipv4 | K::Ipv6 | K::Cidr => ("ip-dst", NETWORK),
        K::Domain => ("domain", NETWORK),
        K::Url => ("url", NETWORK),
        K::Email => ("email", PAYLOAD),
        K::Md5 => ("md5", PAYLOAD),
        K::Sha1 => ("sha1", PAYLOAD),
        K::Sha256 => ("sha256", PAYLOAD),
        K::Sha512 => ("sha512", PAYLOAD),
        K::Ssdeep => ("ssdeep", PAYLOAD),
        K::Imphash => ("imphash", PAYLOAD),
        K::FileName | K::FilePath => ("filename", PAYLOAD),
        K::RegistryKey => ("regkey", "Persistence mechanism"),
        K::ServiceName => ("windows-service-name", DROPPED),
        K::NamedPipe => ("named pipe", DROPPED),
        K::Mutex => ("mutex", DROPPED),
        K::UserAgent => ("user-agent", NETWORK),
        K::Ja3 => ("ja3-fingerprint-md5", NETWORK),
        K::Mac => ("mac-address", NETWORK),
        K::Asn => ("AS", NETWORK),
        K::Cve => ("vulnerability", "External analysis"),
        K::Package => ("mobile-application-id", PAYLOAD),
        K::Wallet => ("btc", "Financial fraud"),
        K::DetectionName => ("text", DETECTION),
        K::CommandLine | K::YaraRule => return None,
    })
}

/// Whether a wallet is one of Bitcoin's by its form.
fn is_bitcoin(value: &str) -> bool {
    value.starts_with("bc1") || (value.starts_with(['1', '3']) && (26..=35).contains(&value.len()))
}

fn event(case: &CaseSpec<'_>, kept: Kept<'_, Report>) -> Event {
    let report = kept.what;
    let uuid = write::own_uuid("misp-event", &json!({ "report": report.id.as_str() }));
    let published = report.published.as_ref().and_then(|p| p.start());
    let hunt = case.hunt.filter(|h| h.what.reports.contains(&report.id));
    // Whatever was kept last changed the event; consumers of a feed skip what has not moved.
    let changed = [
        Some(kept.saved_at),
        hunt.map(|h| h.saved_at),
        case.assessment.map(|a| a.saved_at),
    ];
    let changed = changed.into_iter().flatten().max().unwrap_or(kept.saved_at);
    let mut writer = Writer {
        event: &uuid,
        report: kept,
        hunt: hunt.map(|h| h.what),
        left_out: Vec::new(),
        attributes: 0,
    };
    let mut objects = Vec::new();
    let mut in_objects: BTreeSet<(K, String)> = BTreeSet::new();
    let indicators = report.indicators();
    for file in report.files.iter().filter(|f| f.has_hash()) {
        objects.extend(writer.file(file, &indicators, &mut in_objects));
    }
    let mut attributes = Vec::new();
    for indicator in &indicators {
        let observable = &indicator.observable;
        if !in_objects.contains(&(observable.kind(), observable.value().to_owned())) {
            attributes.extend(writer.attribute(indicator));
        }
    }
    for mention in report.mentions.iter().filter(|m| {
        m.disposition == tegakari_model::Disposition::Ioc && m.observable.kind() == K::Cve
    }) {
        attributes.extend(writer.attribute(&Indicator::new(mention.observable.clone())));
    }
    for target in report.targets.iter().filter(|t| t.attacked) {
        let kind = match &target.target {
            TargetKind::Country(_) => "target-location",
            TargetKind::Sector(_) => "target-org",
        };
        attributes.push(writer.bare("", kind, "Targeting data", &line(&target.text), false));
        writer.attributes += 1;
    }
    let title = report.title.as_deref().filter(|t| !t.trim().is_empty());
    let mut tlp = case.tlp.or(report.tlp);
    if hunt.is_some() {
        tlp = case.tlp.or(tlp.max(Some(Tlp::Amber)));
    }
    let orgc = json!({
        "name": one_line(case.producer),
        "uuid": write::own_uuid("misp-organisation", &json!({ "name": case.producer })),
    });
    let mut event = json!({
        "uuid": uuid,
        "info": title.map_or_else(|| write::untitled(report), line),
        "date": published.unwrap_or(kept.saved_at).strftime("%Y-%m-%d").to_string(),
        "timestamp": changed.as_second().to_string(),
        "analysis": "2",
        "threat_level_id": "4",
        "published": false,
        "Orgc": orgc,
        "Tag": tags(report, tlp),
        "Attribute": attributes,
        "Object": objects,
    });
    let (count, left_out) = (writer.attributes, writer.left_out);
    let ours = own_report(case, kept, &uuid, changed);
    if let (Some(map), Some(ours)) = (event.as_object_mut(), ours) {
        map.insert("EventReport".to_owned(), json!([ours]));
    }
    Event {
        uuid,
        event,
        attributes: count,
        left_out,
    }
}

/// A text that MISP shows on one line, and that is never empty.
fn line(text: &str) -> String {
    let line = one_line(text.trim());
    if line.is_empty() {
        "unnamed".to_owned()
    } else {
        line
    }
}

/// Marking, techniques, names, and what an event has no field for.
fn tags(report: &Report, tlp: Option<Tlp>) -> Vec<Value> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    if let Some(tlp) = tlp {
        names.insert(tlp.label().to_ascii_lowercase());
    }
    names.insert("type:OSINT".to_owned());
    let published = report.published.as_ref().filter(|p| p.start().is_some());
    names.insert(format!(
        "tegakari:published=\"{}\"",
        quoted(published.map_or("unknown", |p| p.0.as_str()))
    ));
    names.insert(format!("tegakari:report=\"{}\"", report.id));
    if let Some(publisher) = report.publisher.as_deref().filter(|p| !p.trim().is_empty()) {
        names.insert(format!("tegakari:publisher=\"{}\"", quoted(publisher)));
    }
    for technique in &report.techniques {
        names.insert(format!(
            "misp-galaxy:mitre-attack-pattern=\"{} - {}\"",
            quoted(&technique.name),
            technique.id
        ));
    }
    for name in report.names.iter().filter(|n| !n.denied) {
        let galaxy = match name.kind {
            NameKind::IntrusionSet => "threat-actor",
            NameKind::Malware => "malpedia",
            NameKind::Tool => "tool",
            NameKind::Campaign => "mitre-campaign",
        };
        names.insert(format!("misp-galaxy:{galaxy}=\"{}\"", quoted(&name.text)));
    }
    names
        .into_iter()
        .map(|name| json!({ "name": name }))
        .collect()
}

/// Text inside the quotes of a machine tag, which knows no escapes.
fn quoted(text: &str) -> String {
    one_line(text.trim()).replace(['"', '\\'], "'")
}

struct Writer<'a> {
    event: &'a str,
    report: Kept<'a, Report>,
    hunt: Option<&'a HuntResult>,
    left_out: Vec<Observable>,
    attributes: usize,
}

impl Writer<'_> {
    /// The attribute for a value; `None`, and the value told, where MISP has no type for it.
    fn attribute(&mut self, indicator: &Indicator) -> Option<Value> {
        let observable = &indicator.observable;
        let known = misp_type(observable)
            .filter(|_| observable.kind() != K::Wallet || is_bitcoin(observable.value()));
        let Some((kind, category)) = known else {
            self.left_out.push(observable.clone());
            return None;
        };
        let mut words = vec![role(indicator)];
        words.extend(indicator.labels.iter().map(|l| one_line(l)));
        let value = match observable.kind() {
            K::Asn => observable.value().trim_start_matches("AS").to_owned(),
            _ => observable.value().to_owned(),
        };
        self.attributes += 1;
        // Vulnerabilities too, though no sensor looks for them: without it a reader takes one for a mere observation.
        let mut attribute = self.bare("", kind, category, &value, true);
        let map = attribute.as_object_mut()?;
        map.insert("comment".to_owned(), json!(words.join("; ")));
        dates(map, indicator);
        let sightings = self.sightings(observable);
        if !sightings.is_empty() {
            map.insert("Sighting".to_owned(), json!(sightings));
        }
        Some(attribute)
    }

    fn bare(&self, within: &str, kind: &str, category: &str, value: &str, to_ids: bool) -> Value {
        let key = json!({ "event": self.event, "type": kind, "value": value, "within": within });
        json!({
            "uuid": write::own_uuid("misp-attribute", &key),
            "type": kind,
            "category": category,
            "value": value,
            "to_ids": to_ids,
            "disable_correlation": false,
            "timestamp": self.report.saved_at.as_second().to_string(),
            "comment": "",
        })
    }

    /// A file with all that belongs to it, and the names that products give it; nothing when its values stand in another
    /// one, or when it is one value.
    fn file(
        &mut self,
        file: &FileRecord,
        indicators: &[Indicator],
        taken: &mut BTreeSet<(K, String)>,
    ) -> Vec<Value> {
        let mut parts: Vec<(K, &'static str, String)> = file
            .hashes()
            .map(|(kind, value)| (kind, relation(kind), value.to_owned()))
            .collect();
        parts.extend(file.ssdeep.iter().map(|v| (K::Ssdeep, "ssdeep", v.clone())));
        parts.extend(
            file.names
                .iter()
                .map(|n| (K::FileName, "filename", line(n))),
        );
        parts.retain(|(kind, _, value)| !taken.contains(&(*kind, value.clone())));
        let Some((_, _, first)) = parts.first().cloned() else {
            return Vec::new();
        };
        if parts.len() < 2 && file.detections.is_empty() {
            return Vec::new();
        }
        let key = json!({ "event": self.event, "object": "file", "value": first });
        let uuid = write::own_uuid("misp-object", &key);
        let mut attributes = Vec::new();
        for (kind, relation, value) in parts {
            let one = self.bare(&uuid, relation, "Payload delivery", &value, false);
            attributes.push(self.part(one, relation, (kind, &value), indicators));
            taken.insert((kind, value));
        }
        if let Some(size) = file.size {
            let mut one = self.bare(&uuid, "size-in-bytes", "Other", &size.to_string(), false);
            if let Some(map) = one.as_object_mut() {
                map.insert("object_relation".to_owned(), json!("size-in-bytes"));
            }
            self.attributes += 1;
            attributes.push(one);
        }
        let mut objects = vec![json!({
            "uuid": uuid,
            "name": "file",
            "meta-category": "file",
            "description": "File object describing a file with meta-information",
            "template_uuid": FILE_TEMPLATE.0,
            "template_version": FILE_TEMPLATE.1,
            "timestamp": self.report.saved_at.as_second().to_string(),
            "comment": line(&file.detections.join("; ")),
            "Attribute": attributes,
        })];
        for detection in file.detections.iter().map(|name| line(name)) {
            objects.push(self.signature(&detection, &uuid, indicators));
            taken.insert((K::DetectionName, detection));
        }
        objects
    }

    /// An attribute of an object, with what is said of its value as an indicator.
    fn part(
        &mut self,
        mut attribute: Value,
        relation: &str,
        (kind, value): (K, &str),
        indicators: &[Indicator],
    ) -> Value {
        let meant = indicators
            .iter()
            .find(|i| i.observable.kind() == kind && i.observable.value() == value);
        self.attributes += 1;
        if let Some(map) = attribute.as_object_mut() {
            map.insert("object_relation".to_owned(), json!(relation));
            if let Some(indicator) = meant {
                map.insert("to_ids".to_owned(), json!(true));
                map.insert("comment".to_owned(), json!(role(indicator)));
                dates(map, indicator);
                let sightings = self.sightings(&indicator.observable);
                if !sightings.is_empty() {
                    map.insert("Sighting".to_owned(), json!(sightings));
                }
            }
        }
        attribute
    }

    /// The name that a product gives a file. Which product is not known.
    fn signature(&mut self, detection: &str, file: &str, indicators: &[Indicator]) -> Value {
        let key = json!({ "event": self.event, "object": "av-signature", "value": detection, "of": file });
        let uuid = write::own_uuid("misp-object", &key);
        let time = self.report.saved_at.as_second().to_string();
        let software = self.bare(&uuid, "text", DETECTION, "unknown", false);
        let name = self.bare(&uuid, "text", DETECTION, detection, false);
        let software = self.part(software, "software", (K::DetectionName, "unknown"), &[]);
        let name = self.part(name, "signature", (K::DetectionName, detection), indicators);
        let reference = json!({ "reference": uuid, "to": file });
        json!({
            "uuid": uuid,
            "name": "av-signature",
            "meta-category": "misc",
            "description": "Antivirus detection signature",
            "template_uuid": SIGNATURE_TEMPLATE.0,
            "template_version": SIGNATURE_TEMPLATE.1,
            "timestamp": time,
            "comment": "",
            "Attribute": [software, name],
            "ObjectReference": [{
                "uuid": write::own_uuid("misp-reference", &reference),
                "timestamp": time,
                "object_uuid": uuid,
                "referenced_uuid": file,
                "relationship_type": "identifies",
                "comment": "",
                "deleted": false,
            }],
        })
    }

    /// The first and the last time that our own logs showed it. MISP counts sightings one by one, and knows none that
    /// say "not seen".
    fn sightings(&self, observable: &Observable) -> Vec<Value> {
        let finding = self.hunt.and_then(|hunt| {
            let mut all = hunt.findings.iter();
            all.find(|f| f.indicator.observable == *observable)
        });
        let Some(Finding::Seen { sightings, .. }) = finding.map(|f| &f.finding) else {
            return Vec::new();
        };
        let first = sightings.iter().filter_map(|s: &Sighting| s.first).min();
        let last = sightings.iter().filter_map(|s| s.last).max();
        let times: BTreeSet<i64> = first
            .into_iter()
            .chain(last)
            .map(Timestamp::as_second)
            .collect();
        times
            .into_iter()
            .map(|time| {
                let key = json!({ "event": self.event, "of": observable.value(), "time": time });
                json!({
                    "uuid": write::own_uuid("misp-sighting", &key),
                    "date_sighting": time.to_string(),
                    "source": "",
                    "type": "0",
                })
            })
            .collect()
    }
}

fn relation(kind: K) -> &'static str {
    match kind {
        K::Md5 => "md5",
        K::Sha1 => "sha1",
        K::Sha512 => "sha512",
        _ => "sha256",
    }
}

fn role(indicator: &Indicator) -> String {
    match crate::formats::word(&indicator.role).as_str() {
        "c2" => "command and control".to_owned(),
        "unknown" => "sign of an attack".to_owned(),
        other => other.to_owned(),
    }
}

fn dates(map: &mut Map<String, Value>, indicator: &Indicator) {
    for (key, time) in [
        ("first_seen", indicator.valid_from),
        ("last_seen", indicator.valid_until),
    ] {
        if let Some(time) = time {
            map.insert(
                key.to_owned(),
                json!(format!("{time:.6}").replace('Z', "+00:00")),
            );
        }
    }
}

/// What our own logs showed and who it may be, in words: MISP keeps no likelihood of a relation.
fn own_report(
    case: &CaseSpec<'_>,
    kept: Kept<'_, Report>,
    event: &str,
    changed: Timestamp,
) -> Option<Value> {
    let mut parts = Vec::new();
    let hunt = case.hunt.filter(|h| h.what.reports.contains(&kept.what.id));
    if let Some(hunt) = hunt {
        let totals = hunt.what.totals();
        parts.push(format!(
            "## In our own logs\n\n{} indicators were seen, {} were not seen though they would have shown, and for {} nobody can tell, because too little was collected that would show them.",
            totals.seen, totals.not_seen, totals.cannot_tell
        ));
    }
    if let Some(assessment) = case
        .assessment
        .filter(|a| a.what.reports.contains(&kept.what.id))
    {
        let words = write::in_words(assessment.what).replace('\n', "\n\n");
        parts.push(format!("## Who it may be\n\n{words}"));
    }
    if parts.is_empty() {
        return None;
    }
    Some(json!({
        "uuid": write::own_uuid("misp-event-report", &json!({ "event": event })),
        "name": format!("{OWN_REPORT}sightings and judgement"),
        "content": parts.join("\n\n"),
        "distribution": "5",
        "timestamp": changed.as_second().to_string(),
        "deleted": false,
    }))
}

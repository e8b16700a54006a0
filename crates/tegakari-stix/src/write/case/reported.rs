//! What reports say: report objects with indicators, files, techniques, names, targets.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tegakari_model::{
    Disposition, FileRecord, Indicator, Kept, NameKind, Observable, ObservableKind as K, Report,
    TargetKind, Timestamp, Tlp,
};

use super::super::{cut, cyber_observable, description, ids, stamp};
use super::{Builder, Stamp, insert, name};
use crate::write::pattern_of;

/// Source name of the reference that holds the id of a report.
pub const REPORT_SOURCE: &str = "tegakari-report";

/// Description of the reference that names who published a report.
pub const PUBLISHER: &str = "Publisher of the report";

/// When a report counts as made and changed.
pub(super) fn stamp_of(report: Kept<'_, Report>) -> Stamp {
    let published = report.what.published.as_ref().and_then(|p| p.start());
    Stamp::new(
        published.unwrap_or(report.saved_at),
        report.saved_at,
        report.what.tlp,
    )
}

/// An indicator as all reports say it together.
struct Gathered {
    indicator: Indicator,
    reports: BTreeSet<String>,
    when: Stamp,
}

impl Builder<'_> {
    pub(super) fn reports(&mut self) {
        let named = self.names();
        self.indicators(&named);
        let reports = self.spec.reports;
        for report in reports {
            self.techniques(*report);
            self.targets(*report);
            self.vulnerabilities(*report);
            for file in report.what.files.iter().filter(|f| f.has_hash()) {
                let object = file_object(file);
                let id = self.put_observable(object, report.what.tlp);
                for detection in &file.detections {
                    let analysis = self.detection(detection, Some(&id), stamp_of(*report), &[]);
                    self.belongs(report.what, analysis);
                }
                self.belongs(report.what, id);
            }
        }
    }

    fn belongs(&mut self, report: &Report, id: String) {
        self.refs.entry(report.id.clone()).or_default().insert(id);
    }

    /// Names, with the ids of their objects by every spelling in lower case.
    fn names(&mut self) -> BTreeMap<String, String> {
        let mut ids_of = BTreeMap::new();
        let reports = self.spec.reports;
        for report in reports {
            let when = stamp_of(*report);
            for mention in report.what.names.iter().filter(|n| !n.denied) {
                let type_name = match mention.kind {
                    NameKind::IntrusionSet => "intrusion-set",
                    NameKind::Malware => "malware",
                    NameKind::Tool => "tool",
                    NameKind::Campaign => "campaign",
                };
                let mut own = json!({ "name": name(&mention.text) });
                if mention.kind == NameKind::Malware {
                    insert(&mut own, "is_family", json!(true));
                }
                let mut aliases: BTreeSet<String> =
                    mention.also_written.iter().map(|a| name(a)).collect();
                aliases.extend(mention.known_as.iter().map(|a| name(a)));
                aliases.remove(&name(&mention.text));
                if !aliases.is_empty() {
                    insert(&mut own, "aliases", json!(aliases));
                }
                let records: BTreeSet<&str> = mention
                    .actors
                    .iter()
                    .map(|a| a.0.as_str())
                    .chain(mention.software.iter().map(|s| s.0.as_str()))
                    .collect();
                let references: Vec<Value> = records.into_iter().filter_map(record).collect();
                if !references.is_empty() {
                    insert(&mut own, "external_references", json!(references));
                }
                let key = json!({ "name": mention.text });
                let id = self.put(type_name, &key, when, own);
                for text in [&mention.text].into_iter().chain(&mention.known_as) {
                    ids_of.insert(text.to_lowercase(), id.clone());
                }
                self.belongs(report.what, id);
            }
        }
        ids_of
    }

    fn indicators(&mut self, named: &BTreeMap<String, String>) {
        for (observable, gathered) in self.gathered() {
            let Gathered {
                indicator,
                reports,
                when,
            } = gathered;
            if observable.kind() == K::DetectionName {
                let labels: Vec<String> = labels(&indicator).into_iter().collect();
                let id = self.detection(observable.value(), None, when, &labels);
                self.named_by(&reports, &[id]);
                continue;
            }
            let Some(pattern) = pattern_of(&observable) else {
                self.left_out.insert(observable);
                continue;
            };
            let pattern = pattern.to_string();
            let from = indicator.valid_from.unwrap_or(match indicator.not_after {
                Some(until) => when.created.min(before(until)),
                None => when.created,
            });
            let labels = labels(&indicator);
            let told: Vec<&str> = reports.iter().map(String::as_str).collect();
            let mut own = json!({
                "name": cut(&indicator.observable.defanged(), 256),
                "description": format!("{}, named in {}", description(&indicator), told.join(", ")),
                "indicator_types": ["malicious-activity"],
                "pattern": pattern,
                "pattern_type": "stix",
                "pattern_version": "2.1",
                "valid_from": stamp(from),
                "external_references": references(&reports),
            });
            // A last use is no end of validity.
            if let Some(until) = indicator
                .not_after
                .filter(|until| stamp(*until) > stamp(from))
            {
                insert(&mut own, "valid_until", json!(stamp(until)));
            }
            if !labels.is_empty() {
                insert(&mut own, "labels", json!(labels));
            }
            let id = self.put("indicator", &json!({ "pattern": pattern }), when, own);
            let object = cyber_observable(&observable);
            let object = object.map(|object| self.put_observable(object, when.tlp));
            let meant: BTreeSet<&String> = indicator
                .labels
                .iter()
                .filter_map(|label| named.get(&label.to_lowercase()))
                .collect();
            let mut all = vec![id.clone()];
            all.extend(object);
            for target in meant {
                all.push(self.relate(&id, "indicates", target, when, json!({})));
            }
            self.named_by(&reports, &all);
        }
    }

    /// Puts objects into the report objects of those who name them.
    fn named_by(&mut self, reports: &BTreeSet<String>, objects: &[String]) {
        for report in self.spec.reports {
            if reports.contains(report.what.id.as_str()) {
                let refs = self.refs.entry(report.what.id.clone()).or_default();
                refs.extend(objects.iter().cloned());
            }
        }
    }

    /// The name that a security product gives (malware analysis, section 4.12), of a file where it is known. Which product
    /// is not known.
    fn detection(
        &mut self,
        detection: &str,
        file: Option<&str>,
        when: Stamp,
        labels: &[String],
    ) -> String {
        let mut own = json!({
            "product": "anonymized",
            "result": "malicious",
            "result_name": name(detection),
        });
        if let Some(file) = file {
            insert(&mut own, "sample_ref", json!(file));
        }
        if !labels.is_empty() {
            insert(&mut own, "labels", json!(labels));
        }
        self.put_as(
            &detection_id(detection, file),
            "malware-analysis",
            when,
            own,
        )
    }

    fn gathered(&self) -> BTreeMap<Observable, Gathered> {
        let mut all: BTreeMap<Observable, Gathered> = BTreeMap::new();
        for report in self.spec.reports {
            let when = stamp_of(*report);
            for indicator in report.what.indicators() {
                let new = Gathered {
                    reports: BTreeSet::from([report.what.id.to_string()]),
                    when,
                    indicator,
                };
                match all.get_mut(&new.indicator.observable) {
                    Some(old) => old.take(new),
                    None => {
                        all.insert(new.indicator.observable.clone(), new);
                    }
                }
            }
        }
        all
    }

    fn techniques(&mut self, report: Kept<'_, Report>) {
        let when = stamp_of(report);
        for technique in report.what.techniques.iter().filter(|t| !t.id.is_tactic()) {
            let own = json!({
                "name": name(&technique.name),
                "external_references": [{
                    "source_name": "mitre-attack",
                    "external_id": technique.id.as_str(),
                }],
            });
            let key = json!({ "external_id": technique.id.as_str() });
            let id = self.put("attack-pattern", &key, when, own);
            let activity = self.activity();
            let relation = self.relate(&activity, "uses", &id, when, json!({}));
            self.belongs(report.what, id);
            self.belongs(report.what, relation);
        }
    }

    fn targets(&mut self, report: Kept<'_, Report>) {
        let when = stamp_of(report);
        for target in report.what.targets.iter().filter(|t| t.attacked) {
            let (type_name, own) = match &target.target {
                TargetKind::Country(country) => (
                    "location",
                    json!({ "name": name(&target.text), "country": country.code() }),
                ),
                TargetKind::Sector(_) => (
                    "identity",
                    json!({ "name": name(&target.text), "identity_class": "class" }),
                ),
            };
            let key = json!({ "target": name(&target.text) });
            let id = self.put(type_name, &key, when, own);
            let activity = self.activity();
            let relation = self.relate(&activity, "targets", &id, when, json!({}));
            self.belongs(report.what, id);
            self.belongs(report.what, relation);
        }
        let origins: BTreeSet<&str> = report
            .what
            .origins
            .iter()
            .map(|o| o.country.code())
            .collect();
        if !origins.is_empty() {
            let origins: Vec<&str> = origins.into_iter().collect();
            let content = format!(
                "{} says that the attackers come from or work for: {}. That is a claim of its publisher and says nothing of who they are.",
                report.what.id,
                origins.join(", ")
            );
            let activity = self.activity();
            let title = format!("Origin as stated by {}", report.what.id);
            let id = self.note(&[activity], &title, &content, when);
            self.belongs(report.what, id);
        }
    }

    fn vulnerabilities(&mut self, report: Kept<'_, Report>) {
        let when = stamp_of(report);
        let cves = report
            .what
            .mentions
            .iter()
            .filter(|m| m.observable.kind() == K::Cve && m.disposition == Disposition::Ioc);
        for mention in cves {
            let cve = mention.observable.value();
            let own = json!({
                "name": cve,
                "external_references": [{ "source_name": "cve", "external_id": cve }],
            });
            let id = self.put("vulnerability", &json!({ "name": cve }), when, own);
            self.belongs(report.what, id);
        }
    }

    pub(super) fn report_objects(&mut self) {
        let reports = self.spec.reports;
        for kept in reports {
            let report = kept.what;
            let when = stamp_of(*kept);
            let mut refs = self.refs.remove(&report.id).unwrap_or_default();
            if refs.is_empty() {
                // A report object cannot be without any.
                refs.insert(self.producer.clone());
            }
            let mut references = references(&BTreeSet::from([report.id.to_string()]));
            if let Some(publisher) = report.publisher.as_deref().filter(|p| !p.trim().is_empty()) {
                let publisher = json!({ "source_name": name(publisher), "description": PUBLISHER });
                references.push(publisher);
            }
            let published = report.published.as_ref().filter(|p| p.start().is_some());
            let dated = published.map_or("unknown", |p| p.0.as_str());
            let mut labels = BTreeSet::from([format!("tegakari:published={}", cut(dated, 40))]);
            for tactic in report.techniques.iter().filter(|t| t.id.is_tactic()) {
                labels.insert(format!("tegakari:tactic={}", tactic.id));
            }
            let title = report.title.as_deref().filter(|t| !t.trim().is_empty());
            let language = match report.language {
                tegakari_model::Language::En => "en",
                tegakari_model::Language::Ja => "ja",
            };
            let id = ids::own("report", &json!({ "report": report.id.as_str() }));
            let own = json!({
                "name": title.map_or_else(|| untitled(report), name),
                "description": format!(
                    "What Tegakari read in {}, a document of {} bytes with the SHA-256 {}",
                    report.id, report.source.bytes, report.source.sha256
                ),
                "report_types": ["threat-report"],
                "published": stamp(when.created),
                "labels": labels,
                "lang": language,
                "external_references": references,
                "object_refs": refs,
            });
            self.put_as(&id, "report", when, own);
        }
    }
}

impl Gathered {
    fn take(&mut self, other: Self) {
        let (mine, theirs) = (&mut self.indicator, other.indicator);
        mine.validity_of_both(&theirs);
        mine.valid_from = mine.valid_from.into_iter().chain(theirs.valid_from).min();
        mine.valid_until = mine.valid_until.into_iter().chain(theirs.valid_until).max();
        if mine.role == tegakari_model::IndicatorRole::Unknown {
            mine.role = theirs.role;
        }
        mine.labels.extend(theirs.labels);
        self.reports.extend(other.reports);
        self.when = self.when.and(other.when);
    }
}

/// Id of the object for a name of a detection.
pub(super) fn detection_id(detection: &str, file: Option<&str>) -> String {
    ids::own(
        "malware-analysis",
        &json!({ "result_name": detection, "sample_ref": file }),
    )
}

/// What an indicator is called, and the very times as the reports state them, or none: `valid_from` cannot be left out.
fn labels(indicator: &Indicator) -> BTreeSet<String> {
    let mut labels: BTreeSet<String> = indicator.labels.iter().map(|l| name(l)).collect();
    for (key, time) in [
        ("first-seen", indicator.valid_from),
        ("last-seen", indicator.valid_until),
    ] {
        labels.extend(time.map(|time| format!("tegakari:{key}={time}")));
    }
    labels
}

/// The last moment before, in the precision of STIX.
fn before(time: Timestamp) -> Timestamp {
    let millisecond = jiff::SignedDuration::from_millis(1);
    time.checked_sub(millisecond).unwrap_or(time)
}

fn references(reports: &BTreeSet<String>) -> Vec<Value> {
    reports
        .iter()
        .map(|id| json!({ "source_name": REPORT_SOURCE, "external_id": id }))
        .collect()
}

/// The reference for a record of the knowledge: `attack:G0030` is `mitre-attack`'s.
pub(super) fn record(id: &str) -> Option<Value> {
    let (source, id) = id.split_once(':')?;
    let source = if source == "attack" {
        "mitre-attack"
    } else {
        source
    };
    let fits = !source.is_empty() && !id.is_empty();
    fits.then(|| json!({ "source_name": cut(source, 200), "external_id": cut(id, 200) }))
}

/// A file with all its hashes. Its id rests on one hash and the name, as section 6.7 says.
fn file_object(file: &FileRecord) -> Value {
    let mut hashes = BTreeMap::new();
    for (kind, value) in file.hashes() {
        let key = match kind {
            K::Md5 => "MD5",
            K::Sha1 => "SHA-1",
            K::Sha512 => "SHA-512",
            _ => "SHA-256",
        };
        hashes.insert(key, value);
    }
    // "The first hash in this order": section 2.9.
    let first = ["MD5", "SHA-1", "SHA-256", "SHA-512"]
        .into_iter()
        .find_map(|key| hashes.get_key_value(key));
    let mut contributing = json!({});
    if let Some((key, value)) = first {
        insert(&mut contributing, "hashes", json!({ *key: value }));
    }
    let file_name = file.names.first().map(|n| name(n));
    if let Some(file_name) = &file_name {
        insert(&mut contributing, "name", json!(file_name));
    }
    let mut object = json!({
        "type": "file",
        "spec_version": "2.1",
        "id": ids::observable("file", &contributing),
    });
    if let Some(fuzzy) = &file.ssdeep {
        hashes.insert("SSDEEP", fuzzy);
    }
    insert(&mut object, "hashes", json!(hashes));
    if let Some(file_name) = file_name {
        insert(&mut object, "name", json!(file_name));
    }
    if let Some(size) = file.size.filter(|size| i64::try_from(*size).is_ok()) {
        insert(&mut object, "size", json!(size));
    }
    object
}

/// What stands for the title of a report that has none. Not the name of its file, which is a path of ours.
pub fn untitled(report: &Report) -> String {
    format!("Untitled report {}", report.id)
}

/// The marking of what the reports say together.
pub(super) fn narrowest(reports: &[Kept<'_, Report>]) -> Option<Tlp> {
    Tlp::of_all(reports.iter().map(|r| r.what.tlp))
}

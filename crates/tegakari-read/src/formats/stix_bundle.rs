//! STIX 2.0 and 2.1 bundles, through `tegakari-stix`.

use std::collections::{HashMap, HashSet};

use tegakari_model::{
    FileRecord, NameKind, Observable, ObservableKind, ReportCitation, ReportId, TechniqueId,
    Timestamp,
};
use tegakari_stix::{Bundle, Object, ObjectKind, parse_bundle, write};

use super::{Head, ReportFormat, Sniff, Source, stix_pattern};
use crate::content::{
    Block, BlockKind, Content, Stated, StatedName, StatedObservable, StatedTarget, StatedTechnique,
};
use crate::misp;
use crate::rule::{self, Saying};
use crate::withdrawn;
use tegakari_model::Problem;

/// STIX bundles.
pub(super) struct StixBundle;

impl ReportFormat for StixBundle {
    fn id(&self) -> &'static str {
        "stix-bundle"
    }

    fn about(&self) -> &'static str {
        "STIX 2.0 and 2.1 bundles as JSON (https://docs.oasis-open.org/cti/stix/v2.1/stix-v2.1.html)"
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
        if compact.contains("\"type\":\"bundle\"") || compact.contains("\"id\":\"bundle--") {
            Sniff::Certain
        } else if has_an_object(&compact)
            || compact.contains("\"objects\":[") && compact.contains("--")
            || compact.contains("\"type\":\"indicator\"") && compact.contains("\"pattern\":")
        {
            Sniff::Likely
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let document = match serde_json::from_str(source.text()) {
            Ok(document) => document,
            Err(error) => match lines(source, content) {
                Some(document) => document,
                None => {
                    content.problems.push(Problem::new(
                        format!("{}:{}", source.name, error.line()),
                        "not valid JSON, read as plain text",
                        "get the bundle again; it may be cut off",
                    ));
                    super::plain::lines(source.text(), content);
                    return;
                }
            },
        };
        let (bundle, problems) = parse_bundle(&document);
        content.problems.extend(problems);
        // A report of ours that bears no marking has none, whatever what it refers to is marked as elsewhere.
        content.tlp = match bundle.reports().next() {
            Some(_) if bundle.reports().all(is_ours) => {
                bundle.reports().filter_map(|report| report.tlp).max()
            }
            _ => bundle.tlp(),
        };
        let ties = Ties::of(&bundle);
        for object in &bundle.objects {
            take(object, &ties, content);
        }
        for object in bundle.objects.iter().filter(|object| !object.revoked) {
            detected(object, &ties, content);
        }
    }
}

/// Whether an object stands there whose id starts with its own type: `ipv4-addr--…`.
fn has_an_object(compact: &str) -> bool {
    compact.match_indices("\"id\":\"").take(8).any(|(at, key)| {
        let id = compact.get(at + key.len()..).unwrap_or("");
        id.split_once("--").is_some_and(|(kind, _)| {
            kind.len() <= 64
                && !kind.is_empty()
                && compact.contains(&format!("\"type\":\"{kind}\""))
        })
    })
}

/// One object a line, as a list; `None` when the first line is no object.
fn lines(source: &Source<'_>, content: &mut Content) -> Option<serde_json::Value> {
    let mut objects = Vec::new();
    let mut bad = Vec::new();
    for (i, line) in source.text().lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<serde_json::Value>(line) {
            Ok(object) if object.is_object() => objects.push(object),
            _ if objects.is_empty() => return None,
            _ => bad.push(
                Problem::new(
                    format!("{}:{}", source.name, i + 1),
                    "the line is no JSON object",
                    "the other lines were read",
                )
                .losing_records(1),
            ),
        }
    }
    content.problems.extend(bad);
    (!objects.is_empty()).then_some(serde_json::Value::Array(objects))
}

/// What the objects of a bundle say about each other.
struct Ties<'a> {
    by_id: HashMap<&'a str, &'a Object>,
    /// Names of what an indicator indicates.
    indicated: HashMap<&'a str, Vec<&'a str>>,
    /// First and last sighting.
    sighted: HashMap<&'a str, (Option<Timestamp>, Option<Timestamp>)>,
    /// When the latest version of each indicator was made.
    latest: HashMap<&'a str, Timestamp>,
}

impl<'a> Ties<'a> {
    fn of(bundle: &'a Bundle) -> Self {
        let by_id: HashMap<&str, &Object> =
            bundle.objects.iter().map(|o| (o.id.as_str(), o)).collect();
        let mut latest: HashMap<&str, Timestamp> = HashMap::new();
        for object in &bundle.objects {
            if let (ObjectKind::Indicator(_), Some(modified)) = (&object.kind, object.modified) {
                let last = latest.entry(object.id.as_str()).or_insert(modified);
                *last = (*last).max(modified);
            }
        }
        let mut indicated: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut sighted: HashMap<&str, (Option<Timestamp>, Option<Timestamp>)> = HashMap::new();
        for object in bundle.objects.iter().filter(|o| !o.revoked) {
            match &object.kind {
                ObjectKind::Relationship {
                    verb,
                    source,
                    target,
                } if verb == "indicates" => {
                    let named = by_id.get(target.as_str()).filter(|t| {
                        matches!(
                            t.kind,
                            ObjectKind::Malware { .. }
                                | ObjectKind::Tool { .. }
                                | ObjectKind::Campaign { .. }
                        )
                    });
                    if let Some(name) = named.and_then(|t| t.name.as_deref()) {
                        indicated.entry(source).or_default().push(name);
                    }
                }
                ObjectKind::Sighting {
                    of,
                    count,
                    first,
                    last,
                    ..
                } if *count != Some(0) => {
                    let entry = sighted.entry(of).or_default();
                    entry.0 = entry.0.into_iter().chain(*first).min();
                    entry.1 = entry.1.into_iter().chain(*last).max();
                }
                _ => {}
            }
        }
        Self {
            by_id,
            indicated,
            sighted,
            latest,
        }
    }

    /// Whether a later version of an indicator stands in the same bundle: what the earlier one says holds no longer.
    fn is_replaced(&self, object: &Object) -> bool {
        let latest = self.latest.get(object.id.as_str()).copied();
        latest > object.modified && object.modified.is_some()
    }
}

fn cited(path: &str, quote: &str) -> ReportCitation {
    ReportCitation {
        // The id of the report is not known before its bytes are hashed; `assemble` fills it in.
        report: ReportId::derive(&[]),
        line: None,
        page: None,
        path: Some(path.to_owned()),
        section: None,
        quote: quote.chars().take(200).collect(),
    }
}

/// Whether an object repeats a report that another Tegakari has read: its labels then hold what STIX has no place for,
/// and its descriptions are the program's words.
fn is_ours(object: &Object) -> bool {
    object
        .references
        .iter()
        .any(|r| r.source == write::REPORT_SOURCE && r.id.is_some())
}

/// What a label of ours says: the value behind `tegakari:key=`.
fn told_by<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.labels.iter().find_map(|label| {
        label
            .strip_prefix("tegakari:")?
            .strip_prefix(key)?
            .strip_prefix('=')
    })
}

fn take(object: &Object, ties: &Ties<'_>, content: &mut Content) {
    // What others found and think is no statement of the report that they share.
    if object.labels.iter().any(|label| label == write::REMARK) {
        return;
    }
    for (i, label) in object.labels.iter().enumerate() {
        // Labels of a technique or actor repeat what the object itself says.
        if matches!(
            object.kind,
            ObjectKind::Report { .. }
                | ObjectKind::Indicator(_)
                | ObjectKind::ObservedData { .. }
                | ObjectKind::Misp(_)
        ) {
            misp::tag(label, &format!("{}/labels/{i}", object.pointer), content);
        }
    }
    for (i, reference) in object.references.iter().enumerate() {
        let observable = reference
            .url
            .as_ref()
            .and_then(|u| Observable::new(ObservableKind::Url, u).ok());
        if let Some(observable) = observable {
            let path = format!("{}/external_references/{i}/url", object.pointer);
            push(
                content,
                observable,
                Stated::Reference,
                "external reference",
                &path,
                object,
            );
        }
    }
    match &object.kind {
        ObjectKind::Report { published, .. } => {
            content.title = content.title.take().or_else(|| object.name.clone());
            if is_ours(object) {
                repeated(object, content);
                return;
            }
            content.published = content
                .published
                .take()
                .or_else(|| published.map(|t| t.to_string()));
            let author = object
                .created_by
                .as_ref()
                .and_then(|id| ties.by_id.get(id.as_str()))
                .and_then(|o| o.name.clone());
            content.publisher = content.publisher.take().or(author);
            prose(object, false, content);
        }
        ObjectKind::Indicator(indicator) => {
            let benign = indicator
                .types
                .iter()
                .chain(&object.labels)
                .any(|t| t == "benign");
            let (stated, reason) = if object.revoked {
                (Stated::Observed, withdrawn::STIX_REVOKED)
            } else if ties.is_replaced(object) {
                (Stated::Observed, withdrawn::STIX_REPLACED)
            } else if benign {
                (Stated::Benign, withdrawn::STIX_BENIGN)
            } else if indicator.to_ids == Some(false) {
                (Stated::Observed, withdrawn::STIX_NOT_TO_IDS)
            } else {
                (Stated::Indicator, "STIX indicator")
            };
            let path = format!("{}/pattern", object.pointer);
            let sighted = ties
                .sighted
                .get(object.id.as_str())
                .copied()
                .unwrap_or_default();
            let mut labels: Vec<String> = labels_of(object, stated);
            if let Some(names) = ties.indicated.get(object.id.as_str()) {
                labels.extend(names.iter().map(|n| misp::without_id(n).to_owned()));
            }
            let ours = is_ours(object);
            // The end of its validity is no time at which anybody saw it.
            let mut not_after = indicator.valid_until;
            let (mut first_seen, mut last_seen) = (sighted.0.or(indicator.valid_from), sighted.1);
            if ours {
                let own = object.labels.iter().filter(|l| !l.starts_with("tegakari:"));
                labels.extend(own.cloned());
                labels.sort();
                labels.dedup();
                let time = |key| told_by(object, key).and_then(|time| time.parse().ok());
                // Not the sightings: those are what the others saw, not what the report says.
                (first_seen, last_seen) = (time("first-seen"), time("last-seen"));
                // Earlier versions wrote the last use as the end.
                not_after = not_after
                    .filter(|end| Some(end.as_second()) != last_seen.map(Timestamp::as_second));
            }
            let saying = Saying {
                name: object.name.clone(),
                reason: reason.to_owned(),
                labels,
                about: about(object),
                first_seen,
                last_seen,
                not_after,
                path: path.clone(),
                line: None,
            };
            let rule = indicator.pattern.as_ref().and_then(stix_pattern::rule);
            let before = content.observables.len();
            if let Some(rule) = &rule {
                rule::state(rule, stated, &saying, content);
            }
            let said: HashSet<Observable> = content
                .observables
                .iter()
                .skip(before)
                .map(|o| o.observable.clone())
                .collect();
            for group in &indicator.reading.groups {
                // What only several comparisons together say: a directory and a name are a path.
                for observable in group.observables.iter().filter(|o| !said.contains(o)) {
                    push(content, observable.clone(), stated, reason, &path, object);
                }
                if let Some(file) = &group.file {
                    let mut file = file.clone();
                    file.citations = vec![cited(&path, &indicator.text)];
                    content.files.push(file);
                }
            }
            for unread in &indicator.reading.unread {
                content.problems.push(Problem::new(
                    path.clone(),
                    format!(
                        "{} is no value to look for: {}",
                        unread.comparison, unread.why
                    ),
                    "the other values of the pattern were read",
                ));
            }
            if indicator.pattern.is_none() && indicator.language != "stix" {
                // Rules of other languages hold values too; they are read as text.
                if misp::foreign_rule(&indicator.language, &indicator.text, &path, content) {
                    prose(object, true, content);
                    return;
                }
                content.new_group();
                for line in indicator.text.lines() {
                    let mut block = Block::new(BlockKind::Code, line, 0);
                    block.path = Some(path.clone());
                    content.push(block);
                }
            }
            if !ours {
                prose(object, true, content);
            }
        }
        ObjectKind::ObservedData { .. } | ObjectKind::CyberObservable(_) => {
            observed(object, content)
        }
        ObjectKind::MalwareAnalysis {
            result,
            result_name: Some(detection),
            ..
        } => {
            let observable = Observable::new(ObservableKind::DetectionName, detection).ok();
            let (stated, reason) = match result.as_deref() {
                Some("benign") => (Stated::Benign, "STIX malware analysis: benign"),
                _ if object.revoked => (
                    Stated::Observed,
                    "STIX malware analysis that its maker has revoked",
                ),
                _ => (Stated::Indicator, "STIX malware analysis"),
            };
            let path = format!("{}/result_name", object.pointer);
            let from = content.observables.len();
            if let Some(observable) = observable {
                push(content, observable, stated, reason, &path, object);
            }
            for stated in content.observables.iter_mut().skip(from) {
                let time = |key| told_by(object, key).and_then(|time| time.parse().ok());
                (stated.first_seen, stated.last_seen) = (time("first-seen"), time("last-seen"));
                let own = object.labels.iter().filter(|l| !l.starts_with("tegakari:"));
                stated.labels.extend(own.cloned());
            }
            prose(object, true, content);
        }
        ObjectKind::Malware { .. } => named(object, NameKind::Malware, content),
        ObjectKind::Tool { .. } => named(object, NameKind::Tool, content),
        ObjectKind::IntrusionSet { .. } | ObjectKind::ThreatActor { .. } => {
            named(object, NameKind::IntrusionSet, content)
        }
        ObjectKind::Campaign { .. } => named(object, NameKind::Campaign, content),
        ObjectKind::AttackPattern { technique } => {
            if let Some(id) = technique {
                content.techniques.push(StatedTechnique {
                    id: id.clone(),
                    quote: object.name.clone().unwrap_or_else(|| id.to_string()),
                    path: object.pointer.clone(),
                });
            }
            prose(object, true, content);
        }
        ObjectKind::Vulnerability { cves } => {
            for cve in cves {
                push(
                    content,
                    cve.clone(),
                    Stated::Indicator,
                    "STIX vulnerability",
                    &object.pointer,
                    object,
                );
            }
            prose(object, true, content);
        }
        ObjectKind::Note { content: text, .. } => {
            let mut block = Block::new(BlockKind::Paragraph, text.clone(), 0);
            block.path = Some(format!("{}/content", object.pointer));
            content.push(block);
        }
        ObjectKind::Misp(attributes) => {
            for attribute in attributes {
                misp::take(
                    &misp::Attribute {
                        kind: attribute.kind.clone(),
                        category: attribute.category.clone(),
                        value: attribute.value.clone(),
                        comment: attribute.comment.clone(),
                        to_ids: attribute.to_ids.then_some(true),
                        path: object.pointer.clone(),
                    },
                    content,
                );
            }
        }
        ObjectKind::Relationship { verb, target, .. } if verb == "targets" => {
            for text in ties
                .by_id
                .get(target.as_str())
                .map(|o| target_names(o))
                .unwrap_or_default()
            {
                content.targets.push(StatedTarget {
                    text,
                    attacked: true,
                    path: object.pointer.clone(),
                });
            }
        }
        _ => prose(object, true, content),
    }
}

/// A report that another Tegakari has read: who published it and when are in its references and labels.
fn repeated(object: &Object, content: &mut Content) {
    let dated = told_by(object, "published").filter(|date| *date != "unknown");
    content.published = content
        .published
        .take()
        .or_else(|| dated.map(str::to_owned));
    let publisher = object
        .references
        .iter()
        .find(|r| r.description.as_deref() == Some(write::PUBLISHER));
    content.publisher = content
        .publisher
        .take()
        .or_else(|| publisher.map(|p| p.source.clone()));
    for (i, label) in object.labels.iter().enumerate() {
        let tactic = label
            .strip_prefix("tegakari:tactic=")
            .and_then(TechniqueId::parse);
        if let Some(id) = tactic {
            content.techniques.push(StatedTechnique {
                quote: id.to_string(),
                id,
                path: format!("{}/labels/{i}", object.pointer),
            });
        }
    }
}

/// What a target object stands for, in words that the lists of places and trades know.
fn target_names(object: &Object) -> Vec<String> {
    match &object.kind {
        ObjectKind::Location { country, .. } => {
            country.iter().chain(&object.name).cloned().collect()
        }
        ObjectKind::Identity { sectors, .. } => {
            sectors.iter().chain(&object.name).cloned().collect()
        }
        _ => Vec::new(),
    }
}

fn push(
    content: &mut Content,
    observable: Observable,
    stated: Stated,
    reason: &str,
    path: &str,
    object: &Object,
) {
    content.observables.push(StatedObservable {
        labels: labels_of(object, stated),
        about: about(object),
        ..StatedObservable::new(observable, stated, reason, path)
    });
}

/// The words about what an object holds.
fn about(object: &Object) -> String {
    let [name, description] =
        [&object.name, &object.description].map(|t| t.as_deref().unwrap_or(""));
    format!("{name} {description}")
}

/// A name alone as description ("Sagerunex") is what the value belongs to.
fn labels_of(object: &Object, stated: Stated) -> Vec<String> {
    let about = object.description.as_deref().unwrap_or("").trim();
    let short = about.split_whitespace().count() <= 4 && !about.is_empty() && about.len() <= 60;
    if short && stated == Stated::Indicator {
        vec![about.to_owned()]
    } else {
        Vec::new()
    }
}

fn observed(object: &Object, content: &mut Content) {
    let category = object.misp_label("category").unwrap_or("");
    let to_ids = object
        .misp_label("to_ids")
        .is_some_and(|v| v.eq_ignore_ascii_case("true"));
    let (stated, reason) = match (category, to_ids) {
        ("External analysis" | "Internal reference", _) => {
            (Stated::Reference, "MISP category \"External analysis\"")
        }
        (_, true) => (
            Stated::Indicator,
            "MISP attribute marked for detection (to_ids)",
        ),
        _ => (Stated::Observed, "STIX observed data"),
    };
    let items: &[tegakari_stix::CyberObservable] = match &object.kind {
        ObjectKind::ObservedData { items, .. } => items,
        ObjectKind::CyberObservable(item) => std::slice::from_ref(item),
        _ => &[],
    };
    for item in items {
        for observable in &item.observables {
            push(
                content,
                observable.clone(),
                stated,
                reason,
                &item.pointer,
                object,
            );
        }
        if let Some(file) = &item.file {
            let mut file = file.clone();
            file.citations = vec![cited(&item.pointer, "")];
            content.files.push(file);
        }
    }
}

/// Adds the name of a detection to the file that it is of.
fn detected(object: &Object, ties: &Ties<'_>, content: &mut Content) {
    let ObjectKind::MalwareAnalysis {
        result,
        result_name: Some(detection),
        sample: Some(sample),
    } = &object.kind
    else {
        return;
    };
    let named = Observable::new(ObservableKind::DetectionName, detection).ok();
    let sample = ties.by_id.get(sample.as_str()).map(|file| &file.kind);
    let (Some(named), Some(ObjectKind::CyberObservable(item))) = (named, sample) else {
        return;
    };
    if result.as_deref() == Some("benign") {
        return;
    }
    let mut alone = FileRecord::default();
    for one in &item.observables {
        if let Some(slot) = alone.hash_mut(one.kind()) {
            slot.get_or_insert_with(|| one.value().to_owned());
        }
    }
    let is_same = |file: &&mut FileRecord| {
        file.hashes()
            .any(|(kind, value)| alone.hashes().any(|other| other == (kind, value)))
    };
    let detection = named.value().to_owned();
    match content.files.iter_mut().find(is_same) {
        Some(file) if file.detections.contains(&detection) => {}
        Some(file) => file.detections.push(detection),
        None if alone.has_hash() => {
            alone.detections.push(detection);
            alone.citations = vec![cited(&item.pointer, "")];
            content.files.push(alone);
        }
        None => {}
    }
}

fn named(object: &Object, kind: NameKind, content: &mut Content) {
    if let Some(name) = &object.name {
        content.names.push(StatedName {
            text: misp::without_id(name).to_owned(),
            kind,
            path: format!("{}/name", object.pointer),
        });
    }
    prose(object, true, content);
}

fn prose(object: &Object, aside: bool, content: &mut Content) {
    if let Some(text) = &object.description {
        let mut block = Block::new(BlockKind::Value, text.clone(), 0);
        block.path = Some(format!("{}/description", object.pointer));
        block.aside = aside;
        content.push(block);
    }
}

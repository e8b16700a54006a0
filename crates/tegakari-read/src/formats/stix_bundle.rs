//! STIX 2.0 and 2.1 bundles, through `tegakari-stix`.

use tegakari_model::{NameKind, Observable, ObservableKind, ReportCitation, ReportId};
use tegakari_stix::{Bundle, Object, ObjectKind, parse_bundle};

use super::{Head, ReportFormat, Sniff, Source};
use crate::content::{
    Block, BlockKind, Content, Stated, StatedName, StatedObservable, StatedTarget, StatedTechnique,
};
use crate::misp;
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
        } else if compact.contains("\"objects\":[") && compact.contains("--")
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
            Err(error) => {
                content.problems.push(Problem::new(
                    format!("{}:{}", source.name, error.line()),
                    "not valid JSON, read as plain text",
                    "get the bundle again; it may be cut off",
                ));
                super::plain::lines(source.text(), content);
                return;
            }
        };
        let (bundle, problems) = parse_bundle(&document);
        content.problems.extend(problems);
        content.tlp = bundle.tlp();
        for object in &bundle.objects {
            take(object, &bundle, content);
        }
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

fn take(object: &Object, bundle: &Bundle, content: &mut Content) {
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
            content.published = content
                .published
                .take()
                .or_else(|| published.map(|t| t.to_string()));
            let author = object
                .created_by
                .as_ref()
                .and_then(|id| bundle.object(id))
                .and_then(|o| o.name.clone());
            content.publisher = content.publisher.take().or(author);
            prose(object, false, content);
        }
        ObjectKind::Indicator(indicator) => {
            let benign = indicator.types.iter().any(|t| t == "benign");
            let (stated, reason) = if benign {
                (Stated::Observed, "STIX indicator of type \"benign\"")
            } else if indicator.to_ids == Some(false) {
                (
                    Stated::Observed,
                    "STIX indicator that is not marked for detection (to_ids)",
                )
            } else {
                (Stated::Indicator, "STIX indicator")
            };
            let path = format!("{}/pattern", object.pointer);
            for group in &indicator.reading.groups {
                for observable in &group.observables {
                    push(content, observable.clone(), stated, reason, &path, object);
                    if let Some(last) = content.observables.last_mut() {
                        last.first_seen = indicator.valid_from;
                        last.last_seen = indicator.valid_until;
                    }
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
                content.new_group();
                for line in indicator.text.lines() {
                    let mut block = Block::new(BlockKind::Code, line, 0);
                    block.path = Some(path.clone());
                    content.push(block);
                }
            }
            prose(object, true, content);
        }
        ObjectKind::ObservedData { .. } | ObjectKind::CyberObservable(_) => {
            observed(object, content)
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
            for text in bundle.object(target).map(target_names).unwrap_or_default() {
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
    let about = object.description.clone().unwrap_or_default();
    // A name alone as description ("Sagerunex") is what the value belongs to.
    let short = about.split_whitespace().count() <= 4 && !about.is_empty() && about.len() <= 60;
    content.observables.push(StatedObservable {
        observable,
        stated,
        reason: reason.to_owned(),
        labels: if short && stated == Stated::Indicator {
            vec![about.trim().to_owned()]
        } else {
            Vec::new()
        },
        about: format!("{} {about}", object.name.as_deref().unwrap_or("")),
        first_seen: None,
        last_seen: None,
        path: path.to_owned(),
        line: None,
    });
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

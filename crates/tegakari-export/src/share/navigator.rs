//! Layers for the ATT&CK Navigator, form 4.5: what reports name, what our own logs showed of it, and what they could
//! have shown.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde_json::{Value, json};
use tegakari_model::{EvidenceKind, TechniqueId};
use tegakari_stix::write;

use super::{Files, ShareFormat, Shared, Sharing};
use crate::text::one_line;

/// `--as navigator`
#[derive(Debug)]
pub(super) struct NavigatorLayer;

/// From this share of machine-hours on a technique counts as visible, as a value does in a hunt.
const VISIBLE_FROM: f64 = tegakari_model::Finding::NOT_SEEN_FROM;

/// What stands for what: label, score, colour (Okabe and Ito's, told apart by people who see few colours).
const MEANINGS: [(&str, u8, &str); 4] = [
    ("reported, and seen in our logs", 100, "#d55e00"),
    (
        "reported, not seen though it would have shown",
        60,
        "#56b4e9",
    ),
    ("reported, our logs hardly show it", 30, "#f0e442"),
    ("reported, not looked for or shown by no log", 10, "#cccccc"),
];

impl ShareFormat for NavigatorLayer {
    fn id(&self) -> &'static str {
        "navigator"
    }

    fn about(&self) -> &'static str {
        "ATT&CK Navigator layer 4.5: techniques reported × observed × visible"
    }

    fn write(&self, sharing: &Sharing<'_>, files: &mut Files<'_>) -> io::Result<Shared> {
        let mut domains: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        let told = told(sharing);
        for (id, told) in &told {
            let sight = sharing.techniques.get(id);
            let domain = sight.map_or("", |s| s.domain.as_str());
            let domain = match domain {
                "mobile" => "mobile-attack",
                "ics" => "ics-attack",
                _ => "enterprise-attack",
            };
            let visible = sight.and_then(|s| s.visible);
            domains
                .entry(domain)
                .or_default()
                .push(technique(id, told, visible));
        }
        if domains.is_empty() {
            domains.insert("enterprise-attack", Vec::new());
        }
        let mut layers: Vec<Value> = domains
            .into_iter()
            .map(|(domain, techniques)| layer(domain, techniques, sharing))
            .collect();
        let document = match layers.pop() {
            Some(only) if layers.is_empty() => only,
            last => {
                layers.extend(last);
                Value::Array(layers)
            }
        };
        let mut bytes = serde_json::to_vec_pretty(&document)?;
        bytes.push(b'\n');
        files("", &bytes)?;
        Ok(Shared {
            entries: told.len(),
            left_out: Vec::new(),
        })
    }
}

/// What is said of one technique.
#[derive(Default)]
struct Told {
    reports: BTreeSet<String>,
    quote: String,
    observed: usize,
}

fn told(sharing: &Sharing<'_>) -> BTreeMap<TechniqueId, Told> {
    let mut all: BTreeMap<TechniqueId, Told> = BTreeMap::new();
    for report in sharing.case.reports {
        for mention in report.what.techniques.iter().filter(|t| !t.id.is_tactic()) {
            let told = all.entry(mention.id.clone()).or_default();
            told.reports.insert(report.what.id.to_string());
            if told.quote.is_empty() {
                told.quote = mention
                    .citations
                    .first()
                    .map_or_else(String::new, |c| one_line(&c.quote));
            }
        }
    }
    for evidence in sharing
        .case
        .assessment
        .iter()
        .flat_map(|a| &a.what.evidence)
    {
        if let EvidenceKind::Technique { id, .. } = &evidence.kind
            && let Some(told) = all.get_mut(id)
        {
            told.observed = told.observed.max(evidence.observed.len());
        }
    }
    all
}

fn technique(id: &TechniqueId, told: &Told, visible: Option<f64>) -> Value {
    let meaning = match (told.observed, visible) {
        (1.., _) => 0,
        (_, Some(share)) if share >= VISIBLE_FROM => 1,
        (_, Some(_)) => 2,
        (_, None) => 3,
    };
    let (_, score, colour) = MEANINGS[meaning];
    let reports: Vec<&str> = told.reports.iter().map(String::as_str).collect();
    let mut metadata = vec![json!({ "name": "reported by", "value": reports.join(", ") })];
    if told.observed > 0 {
        let value = told.observed.to_string();
        metadata
            .push(json!({ "name": "records of our logs that show it (examples)", "value": value }));
    }
    let share = visible.map_or_else(
        || "not known".to_owned(),
        |share| format!("{:.0} % of machine-hours", share * 100.0),
    );
    metadata.push(json!({ "name": "visible", "value": share }));
    json!({
        "techniqueID": id.as_str(),
        "score": score,
        "color": colour,
        "comment": told.quote,
        "enabled": true,
        "showSubtechniques": id.as_str().contains('.'),
        "metadata": metadata,
    })
}

fn layer(domain: &str, techniques: Vec<Value>, sharing: &Sharing<'_>) -> Value {
    let titles: Vec<String> = sharing
        .case
        .reports
        .iter()
        .take(3)
        .map(|r| {
            r.what
                .title
                .as_deref()
                .map_or_else(|| write::untitled(r.what), one_line)
        })
        .collect();
    let more = sharing.case.reports.len().saturating_sub(titles.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let legend: Vec<Value> = MEANINGS
        .iter()
        .map(|(label, _, color)| json!({ "label": label, "color": color }))
        .collect();
    json!({
        "name": format!("Reported, observed, visible ({domain})"),
        "versions": { "layer": "4.5", "navigator": "5.1.0" },
        "domain": domain,
        "description": format!(
            "Techniques of: {}{more}. Made by Tegakari {}. {}",
            titles.join("; "),
            one_line(sharing.program),
            sharing.case.tlp.map_or("", |tlp| tlp.label())
        ).trim_end(),
        "sorting": 3,
        "hideDisabled": false,
        "techniques": techniques,
        "gradient": {
            "colors": ["#cccccc", "#f0e442", "#56b4e9", "#d55e00"],
            "minValue": 0,
            "maxValue": 100,
        },
        "legendItems": legend,
    })
}

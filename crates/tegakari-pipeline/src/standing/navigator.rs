//! A layer for the ATT&CK Navigator (layer format 4.5): reported, visible and observed.

use serde::Serialize;

use super::{Standing, TechniqueCover};

#[derive(Serialize)]
struct Layer<'a> {
    name: &'a str,
    versions: Versions,
    domain: &'a str,
    description: String,
    techniques: Vec<Cell<'a>>,
    gradient: Gradient,
    #[serde(rename = "legendItems")]
    legend: Vec<Legend>,
}

#[derive(Serialize)]
struct Versions {
    layer: &'static str,
    navigator: &'static str,
}

#[derive(Serialize)]
struct Cell<'a> {
    #[serde(rename = "techniqueID")]
    id: &'a str,
    score: f64,
    enabled: bool,
    comment: String,
    metadata: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Gradient {
    colors: [&'static str; 3],
    #[serde(rename = "minValue")]
    least: u8,
    #[serde(rename = "maxValue")]
    most: u8,
}

#[derive(Serialize)]
struct Legend {
    label: &'static str,
    color: &'static str,
}

/// The layer as JSON: the score is the visible share in percent.
pub fn write_navigator(standing: &Standing) -> serde_json::Result<String> {
    let techniques = standing
        .techniques
        .iter()
        .map(|one| Cell {
            id: one.id.as_str(),
            score: (one.visible * 1000.0).round() / 10.0,
            enabled: true,
            comment: comment(one),
            metadata: vec![
                Entry {
                    name: "reported",
                    value: yes(one.reported),
                },
                Entry {
                    name: "observed",
                    value: yes(!one.observed.is_empty()),
                },
                Entry {
                    name: "visible",
                    value: format!("{:.1} %", one.visible * 100.0),
                },
                Entry {
                    name: "missing",
                    value: one.lack.join(", "),
                },
            ],
            links: Vec::new(),
        })
        .collect();
    let layer = Layer {
        name: "Visibility measured by Tegakari",
        versions: Versions { layer: "4.5", navigator: "5.1.0" },
        domain: "enterprise-attack",
        description: "Share of the machine-hours in which the log sources of a technique's analytics were collected"
            .to_owned(),
        techniques,
        gradient: Gradient {
            colors: ["#ffffff", "#9ecae1", "#08519c"],
            least: 0,
            most: 100,
        },
        legend: vec![
            Legend { label: "nothing collected", color: "#ffffff" },
            Legend { label: "collected everywhere", color: "#08519c" },
        ],
    };
    serde_json::to_string_pretty(&layer)
}

fn comment(one: &TechniqueCover) -> String {
    let covered = match (one.reported, one.have.is_empty()) {
        (true, true) => "reported, and none of its log sources is collected".to_owned(),
        (true, false) => format!("reported; collected: {}", one.have.join(", ")),
        (false, true) => "none of its log sources is collected".to_owned(),
        (false, false) => format!("collected: {}", one.have.join(", ")),
    };
    if one.observed.is_empty() {
        return covered;
    }
    let rules: Vec<&str> = one.observed.iter().take(5).map(String::as_str).collect();
    format!("observed by rules: {}; {covered}", rules.join(", "))
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

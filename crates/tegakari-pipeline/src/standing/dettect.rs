//! DeTT&CT's data source administration (github.com/rabobank-cdc/DeTTECT, file type `data-source-administration`).
//!
//! Of its five axes of data quality three are measured here: device completeness (machines that show it), consistency
//! (hours in which those do) and retention is left to people, as are field completeness and timeliness: they are
//! written as 0, which DeTT&CT takes for "not known", unless the file that is replaced says otherwise.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tegakari_model::{HuntResult, Problem};

use super::Standing;

/// What a file of DeTT&CT claims of one data component.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DettectClaim {
    /// Products that show it.
    pub products: Vec<String>,
    /// Remark of whoever wrote it.
    pub comment: String,
    /// Whether it is said to be there for analysis.
    pub available: bool,
    /// Data quality as claimed, by axis, 0 to 5.
    pub quality: BTreeMap<String, u64>,
}

/// Reads what a file claims, by data component; and what of it the logs do not bear out.
pub fn read_dettect(
    place: &str,
    text: &str,
    standing: &Standing,
) -> (BTreeMap<String, DettectClaim>, Vec<Problem>) {
    let Some(file) = tegakari_read::yaml_value(text) else {
        let problem = Problem::new(
            place,
            "this is no YAML that can be read",
            "give a data source administration file of DeTT&CT, or another name to write a new one",
        );
        return (BTreeMap::new(), vec![problem]);
    };
    let mut claims = BTreeMap::new();
    let mut problems = Vec::new();
    for source in file["data_sources"].as_array().into_iter().flatten() {
        let Some(name) = source["data_source_name"].as_str() else {
            continue;
        };
        // Version 2 lists details by system, version 1 has them beside the name.
        let details = match source["data_source"].as_array() {
            Some(all) => all.iter().collect(),
            None => vec![source],
        };
        let claim: &mut DettectClaim = claims.entry(name.to_owned()).or_default();
        for detail in details {
            let texts = |key: &str| {
                let all = detail[key].as_array().into_iter().flatten();
                all.filter_map(|one| one.as_str().map(str::to_owned))
                    .collect::<Vec<_>>()
            };
            claim.products.extend(texts("products"));
            claim.available |= is_true(&detail["available_for_data_analytics"]);
            if claim.comment.is_empty() {
                claim.comment = detail["comment"].as_str().unwrap_or_default().to_owned();
            }
            for (axis, value) in detail["data_quality"].as_object().into_iter().flatten() {
                if let Some(value) = number(value) {
                    let known = claim.quality.entry(axis.clone()).or_default();
                    *known = (*known).max(value.min(5));
                }
            }
        }
        claim.products.sort();
        claim.products.dedup();
    }
    for (name, claim) in &claims {
        let Some(ours) = standing.components.iter().find(|one| one.name == *name) else {
            continue;
        };
        if claim.available && ours.visible == 0.0 {
            problems.push(Problem::new(
                format!("{place}: {name}"),
                "it is said to be available, but no record of it was found in these logs",
                "add the logs that hold it, or correct the file",
            ));
        }
    }
    (claims, problems)
}

fn is_true(value: &serde_json::Value) -> bool {
    match value.as_str() {
        Some(text) => ["true", "yes", "on"]
            .iter()
            .any(|yes| text.eq_ignore_ascii_case(yes)),
        None => value.as_bool().unwrap_or(false),
    }
}

fn number(value: &serde_json::Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// The file anew: components that were measured have measured values, what people wrote of them stays, and components
/// that cannot be measured stay as they were claimed.
pub fn write_dettect(
    standing: &Standing,
    hunt: &HuntResult,
    claims: &BTreeMap<String, DettectClaim>,
) -> String {
    let mut out = String::from(
        "version: 1.1\nfile_type: data-source-administration\nname: measured by Tegakari\ndata_sources:\n",
    );
    let machines = hunt
        .coverage
        .assets
        .iter()
        .filter(|asset| !asset.sensor)
        .count()
        .max(1);
    // The day of the newest record, not that of today: the same logs give the same file.
    let day = hunt.coverage.window.until.map_or(String::new(), |until| {
        until.to_string().chars().take(10).collect()
    });
    let mut all: BTreeMap<&str, DettectClaim> = claims
        .iter()
        .map(|(name, claim)| (name.as_str(), claim.clone()))
        .collect();
    for component in &standing.components {
        let entry = all.entry(&component.name).or_default();
        let devices = component.machines as f64 / machines as f64;
        let hours = if devices > 0.0 {
            component.visible / devices
        } else {
            0.0
        };
        entry.available = component.visible > 0.0;
        entry.products.extend(component.sources.iter().cloned());
        entry.products.sort();
        entry.products.dedup();
        entry
            .quality
            .insert("device_completeness".to_owned(), grade(devices));
        entry.quality.insert("consistency".to_owned(), grade(hours));
    }
    for (name, claim) in &all {
        if !claim.available && claim.products.is_empty() && claim.comment.is_empty() {
            continue;
        }
        let date = if claim.available && !day.is_empty() {
            day.as_str()
        } else {
            "null"
        };
        let products: Vec<String> = claim.products.iter().map(|one| quoted(one)).collect();
        let _ = write!(
            out,
            "- data_source_name: {}\n  data_source:\n  - applicable_to: ['all']\n    date_registered: {date}\n    date_connected: {date}\n    products: [{}]\n    available_for_data_analytics: {}\n    comment: {}\n    data_quality:\n",
            quoted(name),
            products.join(", "),
            claim.available,
            quoted(&claim.comment),
        );
        for axis in [
            "device_completeness",
            "data_field_completeness",
            "timeliness",
            "consistency",
            "retention",
        ] {
            let value = claim.quality.get(axis).copied().unwrap_or(0);
            let _ = writeln!(out, "      {axis}: {value}");
        }
    }
    out
}

/// DeTT&CT's scale: 0 none, 1 up to a quarter, 2 up to a half, 3 up to three quarters, 4 nearly all, 5 all.
fn grade(share: f64) -> u64 {
    match share {
        s if s <= 0.0 => 0,
        s if s <= 0.25 => 1,
        s if s <= 0.5 => 2,
        s if s <= 0.75 => 3,
        s if s < 0.99 => 4,
        _ => 5,
    }
}

/// A YAML scalar in double quotes, on one line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            // Control characters and what YAML takes for a line end.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tegakari_model::{Coverage, HuntId, HuntResult, TimeRange};

    use super::{DettectClaim, read_dettect, write_dettect};
    use crate::standing::{Component, Standing};

    fn one() -> (Standing, HuntResult) {
        let component = |name: &str, visible: f64, machines: usize| Component {
            name: name.to_owned(),
            visible,
            machines,
            sources: if machines > 0 {
                vec!["sysmon".to_owned()]
            } else {
                Vec::new()
            },
            techniques: 3,
        };
        let standing = Standing {
            components: vec![
                component("File Creation", 0.0, 0),
                component("Process Creation", 1.0, 1),
            ],
            techniques: Vec::new(),
            beyond: Vec::new(),
        };
        let hunt = HuntResult {
            id: HuntId::derive(&[]),
            reports: Vec::new(),
            paths: Vec::new(),
            asked: TimeRange::default(),
            findings: Vec::new(),
            coverage: Coverage::default(),
            problems: Vec::new(),
            partial: false,
            strength: None,
            behaviours: None,
        };
        (standing, hunt)
    }

    #[test]
    fn what_people_wrote_stays_and_what_was_measured_replaces_what_was_claimed() {
        let (standing, hunt) = one();
        let text = "version: 1.1\nfile_type: data-source-administration\ndata_sources:\n- data_source_name: File Creation\n  data_source:\n  - applicable_to: [all]\n    products: [EDR \"x\"]\n    available_for_data_analytics: true\n    comment: 'ask Kim: \\o/'\n    data_quality:\n      device_completeness: 4\n      retention: 3\n- data_source_name: Firmware Modification\n  data_source:\n  - products: [none]\n    available_for_data_analytics: false\n";
        let (claims, problems) = read_dettect("a.yaml", text, &standing);
        assert_eq!(claims.len(), 2);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].place.contains("File Creation"));
        let written = write_dettect(&standing, &hunt, &claims);
        let (again, _) = read_dettect("b.yaml", &written, &standing);
        assert_eq!(again["File Creation"].comment, "ask Kim: \\o/");
        assert!(!again["File Creation"].available);
        assert_eq!(again["File Creation"].quality["device_completeness"], 0);
        assert_eq!(again["File Creation"].quality["retention"], 3);
        assert_eq!(again["Process Creation"].products, ["sysmon"]);
        assert_eq!(again["Process Creation"].quality["device_completeness"], 5);
        assert_eq!(again["Firmware Modification"].products, ["none"]);
        assert_eq!(
            written,
            write_dettect(&standing, &hunt, &again),
            "written again, it is the same"
        );
    }

    #[test]
    fn hostile_texts_stay_scalars() {
        let (standing, hunt) = one();
        let claim = DettectClaim {
            comment: "a\"\n- data_source_name: evil\u{2028}\u{1b}[2J".to_owned(),
            ..DettectClaim::default()
        };
        let claims = BTreeMap::from([("x: [\n".to_owned(), claim.clone())]);
        let (again, _) = read_dettect("x", &write_dettect(&standing, &hunt, &claims), &standing);
        assert_eq!(again["x: [\n"].comment, claim.comment);
        for text in [
            "",
            "a: [",
            "- - -\n\t",
            "data_sources: 7",
            "data_sources: [1, {data_source_name: 2}]",
        ] {
            let _ = read_dettect("x", text, &standing);
        }
    }
}

//! The standing self-assessment: what our logs could show, without any report.

mod dettect;
mod navigator;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tegakari_knowledge::Knowledge;
use tegakari_model::{Coverage, HuntResult, Report, RuleLevel, TechniqueId, Telemetry};
use tegakari_render::AttackCover;

pub use dettect::{DettectClaim, read_dettect, write_dettect};
pub use navigator::write_navigator;

/// One ATT&CK data component, and in what share of the machine-hours we have it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Component {
    /// ATT&CK's name of it.
    pub name: String,
    /// Share of machine-hours, 0 to 1.
    pub visible: f64,
    /// Machines with any of it.
    pub machines: usize,
    /// Sources that show it, sorted.
    pub sources: Vec<String>,
    /// Techniques whose analytics ask for it.
    pub techniques: usize,
}

/// One technique as far as our logs could show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TechniqueCover {
    /// Its id.
    pub id: TechniqueId,
    /// Its name.
    pub name: String,
    /// Whether one of the reports given says that it was used.
    pub reported: bool,
    /// Rules of behaviour for it that fired in the logs, of medium level and above, by title.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub observed: Vec<String>,
    /// The mean, over the data components that ATT&CK's analytics for it ask for, of the share of machine-hours in
    /// which we have them, 0 to 1.
    pub visible: f64,
    /// The components that we have, sorted.
    pub have: Vec<String>,
    /// The components that we lack, sorted.
    pub lack: Vec<String>,
}

/// What our logs could show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// Every component that some log can show, by name.
    pub components: Vec<Component>,
    /// Techniques in force whose analytics name log sources, by id.
    pub techniques: Vec<TechniqueCover>,
    /// ATT&CK's data components that are asked for, and that no log which can be read here shows; with the number of
    /// techniques that ask for them, most first.
    pub beyond: Vec<(String, usize)>,
}

/// Four digits behind the point.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// Kinds of telemetry by ATT&CK's data component.
fn kinds() -> BTreeMap<&'static str, Vec<Telemetry>> {
    let mut kinds: BTreeMap<&str, Vec<Telemetry>> = BTreeMap::new();
    // Text of unknown kind shows nothing that can be named.
    for kind in Telemetry::ALL
        .into_iter()
        .filter(|kind| *kind != Telemetry::Other)
    {
        kinds.entry(kind.data_component()).or_default().push(kind);
    }
    kinds
}

/// What a hunt's coverage allows. Techniques are those of the knowledge; `reports` mark the reported ones.
pub fn standing(hunt: &HuntResult, reports: &[Report], knowledge: &Knowledge) -> Standing {
    let coverage = &hunt.coverage;
    let reported: BTreeSet<&TechniqueId> = reports
        .iter()
        .flat_map(|report| &report.techniques)
        .map(|one| &one.id)
        .collect();
    let shares: BTreeMap<&str, f64> = kinds()
        .into_iter()
        .map(|(name, kinds)| (name, coverage.share_with(&kinds)))
        .collect();
    let fired = hunt
        .behaviours
        .as_deref()
        .map(|of| of.techniques(RuleLevel::Medium))
        .unwrap_or_default();
    let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
    let mut techniques = Vec::new();
    for technique in knowledge.techniques() {
        let components: BTreeSet<&str> = technique
            .log_sources
            .iter()
            .map(|source| source.component.as_str())
            .collect();
        if !technique.is_live() || technique.id.is_tactic() || components.is_empty() {
            continue;
        }
        let (mut have, mut lack, mut sum) = (Vec::new(), Vec::new(), 0.0);
        for &component in &components {
            *wanted.entry(component).or_default() += 1;
            let share = shares.get(component).copied().unwrap_or(0.0);
            sum += share;
            if share > 0.0 { &mut have } else { &mut lack }.push(component.to_owned());
        }
        techniques.push(TechniqueCover {
            id: technique.id.clone(),
            name: technique.name.clone(),
            reported: reported.contains(&technique.id),
            observed: fired
                .get(technique.id.as_str())
                .map(|rules| rules.iter().map(|one| one.rule.title.clone()).collect())
                .unwrap_or_default(),
            visible: rounded(sum / components.len() as f64),
            have,
            lack,
        });
    }
    techniques.sort_by(|a, b| a.id.cmp(&b.id));
    let components = kinds()
        .into_iter()
        .map(|(name, kinds)| component(coverage, name, &kinds, wanted.get(name).copied()))
        .collect();
    let mut beyond: Vec<(String, usize)> = wanted
        .iter()
        .filter(|(name, _)| !shares.contains_key(*name))
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect();
    beyond.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Standing {
        components,
        techniques,
        beyond,
    }
}

fn component(
    coverage: &Coverage,
    name: &str,
    kinds: &[Telemetry],
    techniques: Option<usize>,
) -> Component {
    let shown = coverage
        .sources
        .iter()
        .filter(|one| !one.hours.is_empty() && one.telemetry.iter().any(|t| kinds.contains(t)));
    let machines: BTreeSet<&str> = shown.clone().map(|one| one.asset.as_str()).collect();
    let sources: BTreeSet<&str> = shown.map(|one| one.source.as_str()).collect();
    Component {
        name: name.to_owned(),
        visible: rounded(coverage.share_with(kinds)),
        machines: machines.len(),
        sources: sources.into_iter().map(str::to_owned).collect(),
        techniques: techniques.unwrap_or(0),
    }
}

impl Standing {
    /// What is told of it in words.
    pub fn cover(&self) -> AttackCover {
        let count = |fits: &dyn Fn(&TechniqueCover) -> bool| {
            self.techniques.iter().filter(|one| fits(one)).count()
        };
        let all = self.techniques.len();
        let sum: f64 = self.techniques.iter().map(|one| one.visible).sum();
        let blind = self
            .techniques
            .iter()
            .filter(|one| one.reported && one.have.is_empty());
        AttackCover {
            components: self
                .components
                .iter()
                .map(|one| (one.name.clone(), one.visible, one.techniques))
                .collect(),
            techniques: all,
            some: count(&|one| !one.have.is_empty()),
            whole: count(&|one| one.lack.is_empty()),
            share: if all == 0 { 0.0 } else { sum / all as f64 },
            reported: count(&|one| one.reported),
            blind: blind
                .map(|one| format!("{} {}", one.id, one.name))
                .collect(),
        }
    }
}

//! One incident to be attributed, as a line of a jobs file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use tegakari_model::{
    Language, NameKind, NameMention, Report, ReportDate, ReportId, ReportSource, SoftwareId,
    TechniqueId, TechniqueMention,
};

use super::release::{Release, year_in};

/// An incident, the release it is judged by, and what of that release is hidden.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Job {
    /// Its name, given back with the prediction.
    #[serde(alias = "case_id")]
    pub(crate) job_id: String,
    /// Version of the release: `kb_<version>.json.gz`.
    pub(crate) kb: String,
    /// Technique ids as its report has them.
    pub(crate) techniques: Vec<String>,
    /// Software ids.
    pub(crate) software: Vec<String>,
    /// Ids of relationships to hide.
    pub(crate) drop_edges: Vec<String>,
    /// Names of references that count as unpublished.
    pub(crate) hide_citations: Vec<String>,
    /// The day on which it began, where that is known.
    pub(crate) first_seen: String,
    /// Campaigns and groups to hide with all they have.
    pub(crate) drop_sources: Vec<String>,
    /// A file beside the folder of the releases with more edges and citations to hide.
    pub(crate) hide_file: Option<String>,
}

/// The jobs of a file, in its order.
pub(crate) fn jobs(path: &Path) -> anyhow::Result<Vec<Job>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(n, line)| {
            serde_json::from_str(line)
                .with_context(|| format!("{}, line {}: not a job", path.display(), n + 1))
        })
        .collect()
}

/// Whose an incident is.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Truth {
    job_id: String,
    /// `loo`, `open`, `asis` …: see the maker of the jobs.
    pub(crate) condition: String,
    /// The actors, by id; none where the release lacks them.
    pub(crate) true_group_ids: BTreeSet<String>,
    /// Whether the release lacks the actor.
    pub(crate) unknown: bool,
}

impl Truth {
    /// Whether it is the plain case of an incident of a known actor: what ranking is measured by.
    pub(crate) fn is_plain_known(&self) -> bool {
        !self.unknown && ["loo", "asis"].contains(&self.condition.as_str())
    }
}

/// The truths of a file, by the name of the job.
pub(crate) fn truths(path: &Path) -> anyhow::Result<BTreeMap<String, Truth>> {
    let text = fs::read_to_string(path).with_context(|| format!("no {}", path.display()))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let truth: Truth =
                serde_json::from_str(line).with_context(|| format!("{}", path.display()))?;
            Ok((truth.job_id.clone(), truth))
        })
        .collect()
}

impl Job {
    /// The year it is of, as far as a job tells: when it began, or when what is hidden about it was published. Where nothing
    /// is hidden the release is what was known at the time.
    fn year(&self, release: &Release) -> Option<i16> {
        let began = self.first_seen.get(..4).and_then(|year| year.parse().ok());
        let told = || self.hide_citations.iter().filter_map(|c| year_in(c)).max();
        let hides = !self.drop_edges.is_empty()
            || !self.hide_citations.is_empty()
            || self.hide_file.is_some();
        let now = || release.year().filter(|_| !hides);
        began.or_else(told).or_else(now)
    }

    /// The incident as a report that names ids outright. Retired technique ids lead to their successors as
    /// the release has them.
    pub(crate) fn report(&self, release: &Release) -> Report {
        let techniques: BTreeSet<TechniqueId> = self
            .techniques
            .iter()
            .filter_map(|id| TechniqueId::parse(release.current(id)))
            .collect();
        let software: BTreeSet<&String> = self.software.iter().collect();
        Report {
            id: ReportId::derive(&[self.job_id.as_bytes()]),
            source: ReportSource {
                name: self.job_id.clone(),
                sha256: String::new(),
                bytes: 0,
                format: "job".into(),
                encoding: "utf-8".into(),
            },
            title: None,
            publisher: Some("job".into()),
            published: self.year(release).map(|year| ReportDate(year.to_string())),
            language: Language::En,
            tlp: None,
            mentions: Vec::new(),
            files: Vec::new(),
            composites: Vec::new(),
            techniques: techniques
                .into_iter()
                .map(|id| TechniqueMention {
                    name: id.to_string(),
                    id,
                    retired_id: None,
                    explicit: true,
                    probability: None,
                    alternatives: Vec::new(),
                    citations: Vec::new(),
                })
                .collect(),
            names: software
                .into_iter()
                .map(|id| NameMention {
                    text: id.clone(),
                    also_written: Vec::new(),
                    kind: NameKind::Malware,
                    known_as: None,
                    actors: Vec::new(),
                    software: vec![SoftwareId(id.clone())],
                    misspelt: false,
                    denied: false,
                    count: 1,
                    citations: Vec::new(),
                })
                .collect(),
            targets: Vec::new(),
            origins: Vec::new(),
            problems: Vec::new(),
        }
    }
}

//! One release of the knowledge as a compact file, and the profiles that a job may see of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use tegakari_assess::{Account, ActorProfile, Profiles, SoftwareProfile};
use tegakari_model::{ActorId, ActorRef, SoftwareId, TechniqueId};

use super::job::Job;

/// A release, without what is not needed here.
#[derive(Debug, Deserialize)]
pub(crate) struct Release {
    #[serde(default)]
    version: String,
    /// The day of its release.
    #[serde(default)]
    released: String,
    techniques: BTreeMap<String, Technique>,
    software: BTreeMap<String, Software>,
    groups: BTreeMap<String, Group>,
    #[serde(default)]
    campaigns: BTreeMap<String, Campaign>,
    /// Retired technique id → its successor.
    #[serde(default)]
    remap: BTreeMap<String, String>,
    /// Name and address of each reference.
    #[serde(default)]
    refs: Vec<(String, String)>,
    /// Subject, object, id of the relationship, references.
    edges: Vec<(String, String, String, Vec<usize>)>,
}

#[derive(Debug, Deserialize)]
struct Technique {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Software {
    name: String,
    #[serde(default, rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Group {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Campaign {
    groups: Vec<String>,
}

/// What a job must not see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hidden {
    edges: BTreeSet<String>,
    citations: BTreeSet<String>,
    sources: BTreeSet<String>,
}

#[derive(Deserialize)]
struct HideFile {
    #[serde(default)]
    edges: Vec<String>,
    #[serde(default)]
    citations: Vec<String>,
}

/// The releases of a folder, read when first asked for.
pub(crate) struct Releases {
    folder: PathBuf,
    read: BTreeMap<String, Release>,
    hide_files: BTreeMap<String, HideFile>,
}

impl Releases {
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            read: BTreeMap::new(),
            hide_files: BTreeMap::new(),
        }
    }

    /// The release that a job is judged by, and what of it the job must not see.
    pub(crate) fn for_job(&mut self, job: &Job) -> anyhow::Result<(&Release, Hidden)> {
        let mut hidden = Hidden {
            edges: job.drop_edges.iter().cloned().collect(),
            citations: job.hide_citations.iter().cloned().collect(),
            sources: job.drop_sources.iter().cloned().collect(),
        };
        if let Some(name) = &job.hide_file {
            let more = self.hide_file(name)?;
            hidden.edges.extend(more.edges.iter().cloned());
            hidden.citations.extend(more.citations.iter().cloned());
        }
        if !self.read.contains_key(&job.kb) {
            let path = self.folder.join(format!("kb_{}.json.gz", job.kb));
            let release = load(&path)
                .with_context(|| format!("{}: cannot read {}", job.job_id, path.display()))?;
            self.read.insert(job.kb.clone(), release);
        }
        let release = self.read.get(&job.kb).context("just read")?;
        Ok((release, hidden))
    }

    fn hide_file(&mut self, name: &str) -> anyhow::Result<&HideFile> {
        if !self.hide_files.contains_key(name) {
            let folder = self.folder.parent().unwrap_or(&self.folder);
            let beside = folder.join(name);
            // Some put it into the folder itself.
            let path = if beside.is_file() {
                beside
            } else {
                self.folder.join(name)
            };
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let more = serde_json::from_str(&text)
                .with_context(|| format!("{}: no lists of what to hide", path.display()))?;
            self.hide_files.insert(name.to_owned(), more);
        }
        self.hide_files.get(name).context("just read")
    }
}

fn load(path: &Path) -> anyhow::Result<Release> {
    let file = fs::File::open(path)?;
    let mut json = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut json)
        .context("damaged, or not compressed with gzip")?;
    serde_json::from_str(&json).context("not a release of the knowledge")
}

/// The last year in the name of a publication (`ESET ComRAT May 2020`).
pub(super) fn year_in(name: &str) -> Option<i16> {
    years(name).last()
}

fn years(text: &str) -> impl Iterator<Item = i16> {
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    let years = numbers
        .filter(|n| n.len() == 4)
        .filter_map(|n| n.parse().ok());
    years.filter(|year| (1990..2100).contains(year))
}

impl Release {
    /// The year of its release.
    pub(crate) fn year(&self) -> Option<i16> {
        self.released.get(..4)?.parse().ok()
    }

    /// The year of a publication: by its name, or else by its address.
    fn published(&self, reference: usize) -> Option<i16> {
        let (name, address) = self.refs.get(reference)?;
        year_in(name).or_else(|| years(address).next())
    }

    /// The id that stands for this one in the release.
    pub(crate) fn current<'a>(&'a self, id: &'a str) -> &'a str {
        let mut id = id;
        // A chain of successors is short; a ring of them must not hold us.
        for _ in 0..8 {
            match self.remap.get(id) {
                Some(next) if next != id => id = next,
                _ => break,
            }
        }
        id
    }

    /// The knowledge as a job may see it.
    pub(crate) fn profiles(&self, hidden: &Hidden) -> Profiles {
        let hidden_refs: BTreeSet<usize> = self
            .refs
            .iter()
            .enumerate()
            .filter(|(_, (name, _))| hidden.citations.contains(name))
            .map(|(index, _)| index)
            .collect();
        let groups: BTreeMap<&str, &Group> = self
            .groups
            .iter()
            .filter(|(id, _)| !hidden.sources.contains(*id))
            .map(|(id, group)| (id.as_str(), group))
            .collect();
        // Who → feature → what cites it; an edge without citations counts as one.
        let mut uses: BTreeMap<&str, BTreeMap<&str, BTreeSet<Option<usize>>>> = BTreeMap::new();
        let mut does: BTreeMap<&str, BTreeSet<TechniqueId>> = BTreeMap::new();
        for (subject, feature, id, cited) in &self.edges {
            if hidden.edges.contains(id) || hidden.sources.contains(subject) {
                continue;
            }
            let open: BTreeSet<Option<usize>> = if cited.is_empty() {
                BTreeSet::from([None])
            } else {
                cited
                    .iter()
                    .filter(|one| !hidden_refs.contains(one))
                    .map(|one| Some(*one))
                    .collect()
            };
            if open.is_empty() {
                continue;
            }
            let campaign = self.campaigns.get(subject);
            let owners = campaign.map_or_else(
                || vec![subject.as_str()],
                |one| one.groups.iter().map(String::as_str).collect(),
            );
            for owner in owners {
                if groups.contains_key(owner) {
                    let features = uses.entry(owner).or_default();
                    features.entry(feature).or_default().extend(&open);
                }
            }
            if self.software.contains_key(subject) {
                let techniques = does.entry(subject).or_default();
                techniques.extend(TechniqueId::parse(feature));
            }
        }
        let mut builder = Profiles::builder(self.version.clone());
        for (id, one) in &self.techniques {
            if let Some(id) = TechniqueId::parse(id) {
                builder = builder.technique(id, one.name.clone());
            }
        }
        for (id, one) in &self.software {
            builder = builder.software(SoftwareProfile {
                id: SoftwareId(id.clone()),
                name: one.name.clone(),
                dual_use: one.kind == "tool",
                techniques: does.remove(id.as_str()).unwrap_or_default(),
            });
        }
        for (id, group) in groups {
            let mut profile = ActorProfile::named(ActorRef {
                id: ActorId(id.to_owned()),
                name: group.name.clone(),
                aliases: Vec::new(),
            });
            profile.tracked = true;
            let mut accounts: BTreeMap<Option<usize>, Account> = BTreeMap::new();
            for (feature, citations) in uses.remove(id).unwrap_or_default() {
                let technique = TechniqueId::parse(feature);
                for citation in &citations {
                    let account = accounts.entry(*citation).or_default();
                    match &technique {
                        Some(technique) => account.techniques.insert(technique.clone()),
                        None => account.software.insert(SoftwareId(feature.to_owned())),
                    };
                }
                let count = u32::try_from(citations.len()).unwrap_or(u32::MAX);
                if let Some(technique) = technique {
                    profile.techniques.insert(technique, count);
                } else {
                    profile
                        .software
                        .insert(SoftwareId(feature.to_owned()), count);
                }
            }
            profile.accounts = accounts
                .into_iter()
                .map(|(citation, account)| Account {
                    year: citation.and_then(|reference| self.published(reference)),
                    ..account
                })
                .collect();
            builder = builder.actor(profile);
        }
        builder.build()
    }
}

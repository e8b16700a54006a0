//! ATT&CK's texts as samples: what a procedure text says, which techniques it is an example of, and
//! which reports it was taken from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::prose;

/// The matrices, in the order in which a record of several is counted.
pub(crate) const DOMAINS: [(&str, &str); 3] = [
    ("enterprise", "enterprise-attack"),
    ("ics", "ics-attack"),
    ("mobile", "mobile-attack"),
];

/// Sentences of ours that tell of no behaviour, or of somebody else's: one a line.
const ORDINARY: &str = include_str!("ordinary.txt");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An example of a technique, taken by ATT&CK's editors from a report.
    Procedure,
    /// ATT&CK's own text about a technique.
    Description,
    /// Advice, detection, what a thing is: no technique.
    Nothing,
}

/// One text.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) text: String,
    /// Indexes into [`Corpus::classes`]; sorted. Empty: tells of no technique.
    pub(crate) labels: Vec<usize>,
    pub(crate) origin: Origin,
    /// Index into [`DOMAINS`]; `None` for what no matrix owns.
    pub(crate) domain: Option<usize>,
    /// The reports it was taken from.
    pub(crate) reports: Vec<String>,
    /// Years of those reports; 0 where none is given.
    pub(crate) years: Vec<u16>,
}

/// A technique that can be told.
#[derive(Debug, Clone)]
pub(crate) struct Class {
    pub(crate) id: String,
    pub(crate) domain: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Corpus {
    /// Of ATT&CK.
    pub(crate) version: String,
    pub(crate) classes: Vec<Class>,
    pub(crate) samples: Vec<Sample>,
}

impl Corpus {
    /// Reads every bundle below `folder/attack`.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut corpus = Self::default();
        let mut objects: BTreeMap<String, (usize, Value)> = BTreeMap::new();
        let attack = folder.join("attack");
        let mut paths: Vec<_> = std::fs::read_dir(&attack)
            .with_context(|| format!("reading {}", attack.display()))?
            .filter_map(|e| Some(e.ok()?.path()))
            .collect();
        paths.sort();
        for (domain, (_, prefix)) in DOMAINS.iter().enumerate() {
            let path = paths
                .iter()
                .find(|p| {
                    p.file_name()
                        .is_some_and(|n| n.to_string_lossy().starts_with(prefix))
                })
                .with_context(|| format!("no {prefix}*.json in {}", attack.display()))?;
            let bytes = std::fs::read(path)?;
            let bytes = if path.extension().is_some_and(|e| e == "gz") {
                crate::compile_knowledge::unpack(&bytes)?
            } else {
                bytes
            };
            if corpus.version.is_empty() {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let number = name.trim_start_matches(prefix).trim_start_matches('-');
                let end = number.find(|c: char| !c.is_ascii_digit() && c != '.');
                let version = &number[..end.unwrap_or(number.len())];
                corpus.version = version.trim_end_matches('.').to_owned();
            }
            let bundle: Value = serde_json::from_slice(&bytes)
                .with_context(|| format!("reading {}", path.display()))?;
            for object in bundle["objects"].as_array().into_iter().flatten() {
                let id = text(object, "id").to_owned();
                objects.entry(id).or_insert((domain, object.clone()));
            }
        }
        objects.retain(|_, (_, o)| {
            o["revoked"] != Value::Bool(true) && o["x_mitre_deprecated"] != Value::Bool(true)
        });
        let techniques = corpus.add_techniques(&objects);
        if techniques.is_empty() {
            bail!("no techniques in {}", attack.display());
        }
        corpus.add_procedures(&objects, &techniques);
        corpus.add_nothing(&objects);
        Ok(corpus)
    }

    /// Makes a class of every technique and returns their indexes by STIX id.
    fn add_techniques(
        &mut self,
        objects: &BTreeMap<String, (usize, Value)>,
    ) -> BTreeMap<String, usize> {
        let mut found: BTreeMap<String, (usize, &str, &Value)> = BTreeMap::new();
        for (stix, (domain, object)) in objects {
            if text(object, "type") == "attack-pattern"
                && let Some(id) = attack_id(object)
            {
                found.insert(id, (*domain, stix, object));
            }
        }
        let mut indexes = BTreeMap::new();
        for (class, (id, (domain, stix, object))) in found.into_iter().enumerate() {
            indexes.insert(stix.to_owned(), class);
            self.classes.push(Class { id, domain });
            let mut say = |text: String| {
                self.samples.push(Sample {
                    text,
                    labels: vec![class],
                    origin: Origin::Description,
                    domain: Some(domain),
                    reports: Vec::new(),
                    years: Vec::new(),
                });
            };
            say(text(object, "name").to_owned());
            for sentence in prose::sentences(&prose::plain(text(object, "description"), &[])) {
                say(sentence);
            }
        }
        indexes
    }

    fn add_procedures(
        &mut self,
        objects: &BTreeMap<String, (usize, Value)>,
        techniques: &BTreeMap<String, usize>,
    ) {
        // One text told of two techniques is one sample with two labels.
        let mut by_text: BTreeMap<String, usize> = BTreeMap::new();
        for (domain, object) in objects.values() {
            if text(object, "type") != "relationship" || text(object, "relationship_type") != "uses"
            {
                continue;
            }
            let Some(class) = techniques.get(text(object, "target_ref")).copied() else {
                continue;
            };
            let description = text(object, "description");
            let mut names: Vec<&str> = Vec::new();
            if let Some((_, source)) = objects.get(text(object, "source_ref")) {
                names.push(text(source, "name"));
                for key in ["aliases", "x_mitre_aliases"] {
                    names.extend(
                        source[key]
                            .as_array()
                            .into_iter()
                            .flatten()
                            .filter_map(Value::as_str),
                    );
                }
            }
            let told = prose::plain(description, &names);
            if told.split_whitespace().count() < 2 {
                continue;
            }
            let reports = prose::citations(description);
            let years = reports.iter().map(|r| year(object, r)).collect();
            let at = *by_text.entry(told.clone()).or_insert(self.samples.len());
            match self.samples.get_mut(at) {
                Some(known) => {
                    known.labels.push(class);
                    known.labels.sort_unstable();
                    known.labels.dedup();
                    known.reports.extend(reports);
                    known.years.extend::<Vec<u16>>(years);
                }
                None => self.samples.push(Sample {
                    text: told,
                    labels: vec![class],
                    origin: Origin::Procedure,
                    domain: Some(*domain),
                    reports,
                    years,
                }),
            }
        }
    }

    /// Texts that tell of no technique in use.
    fn add_nothing(&mut self, objects: &BTreeMap<String, (usize, Value)>) {
        let mut all: BTreeSet<String> = BTreeSet::new();
        for (_, object) in objects.values() {
            let description = text(object, "description");
            let sentences = || prose::sentences(&prose::plain(description, &[]));
            match text(object, "type") {
                "course-of-action" | "x-mitre-data-component" | "x-mitre-data-source" => {
                    all.extend(sentences());
                }
                "relationship" if text(object, "relationship_type") == "mitigates" => {
                    all.extend(sentences());
                }
                // What a thing is, is told first; what it does comes after.
                "malware" | "tool" | "intrusion-set" | "campaign" => {
                    let names = [text(object, "name")];
                    all.extend(
                        prose::sentences(&prose::plain(description, &names))
                            .into_iter()
                            .take(1),
                    );
                }
                _ => {}
            }
        }
        all.extend(
            ORDINARY
                .lines()
                .filter(|l| !l.is_empty())
                .map(str::to_owned),
        );
        self.samples.extend(all.into_iter().map(|text| Sample {
            text,
            labels: Vec::new(),
            origin: Origin::Nothing,
            domain: None,
            reports: Vec::new(),
            years: Vec::new(),
        }));
    }
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().unwrap_or_default()
}

/// The id that ATT&CK itself gives an object.
fn attack_id(object: &Value) -> Option<String> {
    let references = object["external_references"].as_array()?;
    let own = references
        .iter()
        .find(|r| text(r, "source_name").starts_with("mitre"))?;
    let id = text(own, "external_id");
    id.starts_with('T').then(|| id.to_owned())
}

/// The year in which a cited report was published, as its reference says: `Name. (2022, May 25).`
fn year(object: &Value, report: &str) -> u16 {
    let references = object["external_references"].as_array();
    let cited = references
        .into_iter()
        .flatten()
        .find(|r| text(r, "source_name") == report);
    let words = cited.map(|r| text(r, "description")).unwrap_or_default();
    words
        .split('(')
        .skip(1)
        .find_map(|part| part.get(..4)?.parse().ok())
        .filter(|year| (1990..2100).contains(year))
        .unwrap_or(0)
}

//! Runs the model on attribution jobs, to measure it against other methods.
//!
//! `cargo run --release -p tegakari-assess --example predict_attribution -- JOBS.jsonl KNOWLEDGE_DIR OUT.jsonl`
//!
//! A job is one incident (technique and software ids) with the version of the knowledge it may be
//! judged by and the parts of it that must be hidden, so that an incident is never judged by its own
//! report: `kb`, `drop_edges`, `hide_citations`, `drop_sources` and `hide_file` (a file beside the
//! folder of the knowledge). The job is turned into a report and takes the same way as any other.
#![allow(clippy::print_stderr, reason = "a program for developers")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use tegakari_assess::{ActorProfile, Assessor, Case, Profiles, SoftwareProfile};
use tegakari_model::{
    ActorId, ActorRef, Language, NameKind, NameMention, Report, ReportId, ReportSource, SoftwareId,
    TechniqueId, TechniqueMention,
};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [jobs, folder, out] = args.as_slice() else {
        return Err("usage: predict_attribution JOBS.jsonl KNOWLEDGE_DIR OUT.jsonl".into());
    };
    let folder = Path::new(folder);
    let mut versions: BTreeMap<String, Value> = BTreeMap::new();
    let mut out = std::io::BufWriter::new(fs::File::create(out)?);
    let (mut count, mut spent) = (0_u32, std::time::Duration::ZERO);
    for line in BufReader::new(fs::File::open(jobs)?).lines() {
        let job: Value = serde_json::from_str(&line?)?;
        let version = text(&job["kb"]);
        if !versions.contains_key(&version) {
            let file = fs::File::open(folder.join(format!("kb_{version}.json.gz")))?;
            let mut json = String::new();
            flate2::read::GzDecoder::new(file).read_to_string(&mut json)?;
            versions.insert(version.clone(), serde_json::from_str(&json)?);
        }
        let Some(kb) = versions.get(&version) else {
            continue;
        };
        let mut hidden = Hidden {
            edges: strings(&job["drop_edges"]),
            citations: strings(&job["hide_citations"]),
            sources: strings(&job["drop_sources"]),
        };
        if let Some(name) = job["hide_file"].as_str() {
            let beside = folder.parent().unwrap_or(folder).join(name);
            let more: Value = serde_json::from_str(&fs::read_to_string(beside)?)?;
            hidden.edges.extend(strings(&more["edges"]));
            hidden.citations.extend(strings(&more["citations"]));
        }
        let assessor = Assessor::with_profiles(profiles(kb, &hidden));
        let report = report(&job, kb);
        let case = Case {
            reports: std::slice::from_ref(&report),
            hunt: None,
            block: None,
        };
        let start = Instant::now();
        let answer = assessor.probabilities(&case);
        spent += start.elapsed();
        count += 1;
        let ranking: Vec<Value> = answer
            .actors
            .iter()
            .map(|(actor, p)| json!({"actor": actor.id.0, "probability": p}))
            .collect();
        let prediction = json!({
            "job_id": job["job_id"], "ranking": ranking, "unknown_probability": answer.none,
        });
        writeln!(out, "{prediction}")?;
    }
    eprintln!(
        "{count} jobs, {:.2} ms each for the model",
        spent.as_secs_f64() * 1000.0 / f64::from(count.max(1))
    );
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn strings(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}

struct Hidden {
    edges: BTreeSet<String>,
    citations: BTreeSet<String>,
    sources: BTreeSet<String>,
}

/// The knowledge of one release as the job may see it. An edge is `[subject, feature, id, [citation]]`.
fn profiles(kb: &Value, hidden: &Hidden) -> Profiles {
    let empty = serde_json::Map::new();
    let table = |name: &str| kb[name].as_object().unwrap_or(&empty).clone();
    let hidden_refs: BTreeSet<u64> = (0_u64..)
        .zip(kb["refs"].as_array().into_iter().flatten())
        .filter(|(_, one)| hidden.citations.contains(&text(&one[0])))
        .map(|(index, _)| index)
        .collect();
    let groups: BTreeMap<String, Value> = table("groups")
        .into_iter()
        .filter(|(id, _)| !hidden.sources.contains(id))
        .collect();
    let campaigns: BTreeMap<String, Vec<String>> = table("campaigns")
        .into_iter()
        .filter(|(id, _)| !hidden.sources.contains(id))
        .map(|(id, one)| {
            (
                id,
                strings(&one["groups"])
                    .into_iter()
                    .filter(|g| groups.contains_key(g))
                    .collect(),
            )
        })
        .collect();
    let software = table("software");
    // Who -> feature -> citations; an edge without citations counts as one.
    let mut uses: BTreeMap<String, BTreeMap<String, BTreeSet<Option<u64>>>> = BTreeMap::new();
    let mut does: BTreeMap<String, BTreeSet<TechniqueId>> = BTreeMap::new();
    for edge in kb["edges"].as_array().into_iter().flatten() {
        let (subject, feature) = (text(&edge[0]), text(&edge[1]));
        if hidden.edges.contains(&text(&edge[2])) || hidden.sources.contains(&subject) {
            continue;
        }
        let cited: Vec<u64> = edge[3]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64)
            .collect();
        let open: BTreeSet<Option<u64>> = if cited.is_empty() {
            BTreeSet::from([None])
        } else {
            cited
                .into_iter()
                .filter(|one| !hidden_refs.contains(one))
                .map(Some)
                .collect()
        };
        if open.is_empty() {
            continue;
        }
        let owners = match campaigns.get(&subject) {
            Some(owners) => owners.clone(),
            None => vec![subject.clone()],
        };
        for owner in owners {
            if groups.contains_key(&owner) {
                uses.entry(owner)
                    .or_default()
                    .entry(feature.clone())
                    .or_default()
                    .extend(&open);
            }
        }
        if software.contains_key(&subject) {
            does.entry(subject)
                .or_default()
                .extend(TechniqueId::parse(&feature));
        }
    }
    let mut builder = Profiles::builder(text(&kb["version"]));
    for (id, one) in table("techniques") {
        if let Some(id) = TechniqueId::parse(&id) {
            builder = builder.technique(id, text(&one["name"]));
        }
    }
    for (id, one) in &software {
        builder = builder.software(SoftwareProfile {
            id: SoftwareId(id.clone()),
            name: text(&one["name"]),
            dual_use: one["type"] == "tool",
            techniques: does.remove(id).unwrap_or_default(),
        });
    }
    for (id, one) in &groups {
        let mut profile = ActorProfile::named(ActorRef {
            id: ActorId(id.clone()),
            name: text(&one["name"]),
            aliases: Vec::new(),
        });
        profile.tracked = true;
        for (feature, citations) in uses.remove(id).unwrap_or_default() {
            let count = u32::try_from(citations.len()).unwrap_or(u32::MAX);
            if let Some(technique) = TechniqueId::parse(&feature) {
                profile.techniques.insert(technique, count);
            } else {
                profile.software.insert(SoftwareId(feature), count);
            }
        }
        builder = builder.actor(profile);
    }
    builder.build()
}

/// The incident as a report that names ids outright.
fn report(job: &Value, kb: &Value) -> Report {
    let remap = &kb["remap"];
    let current = |id: String| {
        let mut id = id;
        for _ in 0..8 {
            match remap[&id].as_str() {
                Some(next) if next != id => id = next.to_owned(),
                _ => break,
            }
        }
        TechniqueId::parse(&id)
    };
    let techniques: BTreeSet<TechniqueId> = strings(&job["techniques"])
        .into_iter()
        .filter_map(current)
        .collect();
    Report {
        id: ReportId::derive(&[text(&job["job_id"]).as_bytes()]),
        source: ReportSource {
            name: text(&job["job_id"]),
            sha256: String::new(),
            bytes: 0,
            format: "job".into(),
            encoding: "utf-8".into(),
        },
        title: None,
        publisher: Some("job".into()),
        published: None,
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
        names: strings(&job["software"])
            .into_iter()
            .map(|id| NameMention {
                text: id.clone(),
                also_written: Vec::new(),
                kind: NameKind::Malware,
                known_as: None,
                actors: Vec::new(),
                software: vec![SoftwareId(id)],
                misspelt: false,
                count: 1,
                citations: Vec::new(),
            })
            .collect(),
        targets: Vec::new(),
        problems: Vec::new(),
    }
}

//! What a person says against what was read, put into the report. The last word is the person's.

use tegakari_knowledge::Knowledge;
use tegakari_model::{
    Correction, Disposition, FileRecord, IndicatorRole, Meaning, Mention, NameKind, NameMention,
    Observable, ObservableKind as K, Report, Ruling, TargetKind, TargetMention, TechniqueId,
    TechniqueMention,
};

use crate::records::join;

/// The reason that a corrected value has first.
const BY_HAND: &str = "said by a person";

/// Applies the corrections that hold, in the order in which they were made. Those of other reports are passed over.
pub fn correct(report: &mut Report, made: &[Correction], knowledge: &Knowledge) {
    for correction in Correction::in_force(made) {
        if correction.report != report.id {
            continue;
        }
        let reason = match &correction.why {
            Some(why) => format!("{BY_HAND}: {why}"),
            None => BY_HAND.to_owned(),
        };
        match &correction.ruling {
            Ruling::Value {
                observable,
                meaning,
            } => value(report, observable, *meaning, reason),
            Ruling::Technique { id, told } => technique(report, id, *told, knowledge),
            Ruling::Name { name, kind } => named(report, name, *kind, knowledge),
            Ruling::Target {
                target: of,
                attacked,
            } => target(report, of, *attacked),
            Ruling::OneFile { values } => one_file(report, values),
        }
    }
}

fn value(report: &mut Report, observable: &Observable, meaning: Option<Meaning>, reason: String) {
    let Some(meaning) = meaning else {
        report.mentions.retain(|m| m.observable != *observable);
        for file in &mut report.files {
            forget(file, observable);
        }
        report.files.retain(|file| !says_nothing(file));
        return;
    };
    let found = report
        .mentions
        .iter_mut()
        .find(|m| m.observable == *observable);
    if let Some(mention) = found {
        mention.disposition = meaning.disposition;
        mention.role = match meaning.role {
            Some(role) => role,
            None if meaning.disposition == Disposition::Ioc => mention.role,
            None => IndicatorRole::Unknown,
        };
        mention.confidence = 1.0;
        mention.reasons.insert(0, reason);
    } else {
        report.mentions.push(Mention {
            observable: observable.clone(),
            disposition: meaning.disposition,
            role: meaning.role.unwrap_or_default(),
            reasons: vec![reason],
            confidence: 1.0,
            defanged: false,
            written: None,
            ports: Vec::new(),
            labels: Vec::new(),
            first_seen: None,
            last_seen: None,
            not_after: None,
            only_with: Vec::new(),
            citations: Vec::new(),
        });
    }
}

/// Takes a value out of a file record.
fn forget(file: &mut FileRecord, observable: &Observable) {
    let text = observable.value();
    match observable.kind() {
        K::FileName => file.names.retain(|name| name != text),
        K::DetectionName => file.detections.retain(|name| name != text),
        kind => {
            if let Some(slot) = file.hash_mut(kind) {
                drop(slot.take_if(|hash| hash == text));
            }
        }
    }
}

/// Whether a record ties nothing to anything.
fn says_nothing(file: &FileRecord) -> bool {
    !file.has_hash() && file.names.is_empty()
}

fn technique(report: &mut Report, id: &TechniqueId, told: bool, knowledge: &Knowledge) {
    if !told {
        report.techniques.retain(|t| t.id != *id);
    } else if let Some(known) = report.techniques.iter_mut().find(|t| t.id == *id) {
        known.probability = None;
        known.alternatives.clear();
    } else {
        let name = knowledge
            .technique(id)
            .map_or_else(String::new, |t| t.name.clone());
        let mention = TechniqueMention {
            id: id.clone(),
            name,
            retired_id: None,
            explicit: false,
            probability: None,
            alternatives: Vec::new(),
            citations: Vec::new(),
        };
        let at = report.techniques.partition_point(|t| t.id < *id);
        report.techniques.insert(at, mention);
    }
}

fn named(report: &mut Report, name: &str, kind: Option<NameKind>, knowledge: &Knowledge) {
    let same = |mention: &NameMention| {
        mention.text == name || mention.also_written.iter().any(|other| other == name)
    };
    let Some(kind) = kind else {
        report.names.retain(|mention| !same(mention));
        return;
    };
    if let Some(mention) = report.names.iter_mut().find(|mention| same(mention)) {
        mention.kind = kind;
        mention.misspelt = false;
        return;
    }
    let known = knowledge.name(name);
    let mention = NameMention {
        text: name.to_owned(),
        also_written: Vec::new(),
        kind,
        known_as: known.map(|k| k.text.clone()),
        actors: known.map(|k| k.actors.clone()).unwrap_or_default(),
        software: known.map(|k| k.software.clone()).unwrap_or_default(),
        misspelt: false,
        denied: false,
        count: 1,
        citations: Vec::new(),
    };
    report.names.push(mention);
}

/// Who was attacked. What was only mentioned and is now said to be a victim keeps its places.
fn target(report: &mut Report, of: &TargetKind, attacked: bool) {
    let mut found = false;
    for mention in report.targets.iter_mut().filter(|m| m.target == *of) {
        mention.attacked = attacked;
        found = true;
    }
    if !found && attacked {
        let text = match of {
            TargetKind::Country(country) => country.code().to_owned(),
            TargetKind::Sector(sector) => sector.name().to_owned(),
        };
        report.targets.push(TargetMention {
            target: of.clone(),
            text,
            attacked,
            citations: Vec::new(),
        });
    }
}

/// Makes one record of all that bear one of the hashes, and of the values themselves.
fn one_file(report: &mut Report, values: &[Observable]) {
    let bears = |file: &FileRecord| {
        values.iter().any(|value| {
            file.hashes()
                .any(|(kind, hash)| kind == value.kind() && hash == value.value())
        })
    };
    let mut whole = FileRecord::default();
    for value in values {
        let text = value.value().to_owned();
        match value.kind() {
            K::FileName if !whole.names.contains(&text) => whole.names.push(text),
            K::DetectionName if !whole.detections.contains(&text) => whole.detections.push(text),
            kind => {
                if let Some(slot) = whole.hash_mut(kind) {
                    *slot = Some(text);
                }
            }
        }
    }
    let mut at = None;
    let mut kept = Vec::with_capacity(report.files.len());
    for file in std::mem::take(&mut report.files) {
        // A record of nothing but one of the names has been told what it belongs to.
        let only_a_name = !file.has_hash()
            && !file.names.is_empty()
            && file.names.iter().all(|name| whole.names.contains(name));
        if !bears(&file) && !only_a_name {
            kept.push(file);
            continue;
        }
        at.get_or_insert(kept.len());
        join(&mut whole, file);
    }
    kept.insert(at.unwrap_or(kept.len()), whole);
    report.files = kept;
}

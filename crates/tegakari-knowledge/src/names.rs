//! Every name that a source uses, and the records that bear it.

use std::collections::BTreeMap;
use std::collections::HashMap;

use tegakari_model::{ActorId, NameKind, SoftwareId};

use crate::facts::CoreFacts;
use crate::fold_name;
use crate::knowledge::Knowledge;
use crate::near::NearIndex;
use crate::order::sort;
use crate::record::{ActorKind, Basis, Status};
use crate::words::{is_ordinary, strip_common_nouns, words_of};

/// Why a name alone does not count: the text around it has to say what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContextNeed {
    /// Four letters or fewer, without a digit (`at`, `net`, `Play`).
    Short,
    /// An everyday word, a program everybody has, a country or a technique's name.
    Ordinary,
}

/// A name and everything that bears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownName {
    /// As its first record (by id) writes it, a record in force before others.
    pub text: String,
    /// The form for comparison ([`fold_name`]).
    pub folded: String,
    /// Every other spelling the sources use, sorted.
    pub spellings: Vec<String>,
    /// Live records of actors that bear it, sorted by id; of retired ones the successor.
    pub actors: Vec<ActorId>,
    /// Live records of software that bear it, sorted by id; of retired ones the successor.
    pub software: Vec<SoftwareId>,
    /// Campaigns that bear it, sorted by id.
    pub campaigns: Vec<String>,
    /// What it stands for; several when actor and malware share the name (`Akira`). Sorted, never empty.
    pub kinds: Vec<NameKind>,
    /// Set when it needs context before it counts as a name.
    pub needs_context: Option<ContextNeed>,
}

impl KnownName {
    /// What it stands for first: an actor before malware, malware before tools, tools before campaigns.
    pub fn kind(&self) -> NameKind {
        self.kinds.first().copied().unwrap_or(NameKind::Campaign)
    }
}

/// A record of any kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordRef {
    /// An actor.
    Actor(ActorId),
    /// Malware or a tool.
    Software(SoftwareId),
    /// A campaign, by its id.
    Campaign(String),
}

/// A record that bears a name, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedRecord {
    /// The record.
    pub record: RecordRef,
    /// Its primary name.
    pub primary: String,
    /// The name as this record writes it.
    pub written: String,
    /// Id of the source that holds the record and so makes the claim.
    pub said_by: String,
    /// Who coined the name, as far as the source knows.
    pub coined_by: Option<String>,
    /// How that is known.
    pub basis: Basis,
    /// Whether the record is in force.
    pub status: Status,
}

pub(crate) struct NameIndex {
    names: Vec<KnownName>,
    by_folded: HashMap<String, usize>,
    /// Names without their common nouns, for look-ups that found nothing under the whole name.
    by_stripped: HashMap<String, Vec<usize>>,
    near: NearIndex,
}

impl NameIndex {
    pub(crate) fn new(core: &CoreFacts) -> Self {
        let mut map: BTreeMap<String, Building> = BTreeMap::new();
        for actor in &core.actors {
            let bearer = match (&actor.replaced_by, actor.status) {
                (Some(next), Status::Revoked) => next,
                _ => &actor.id,
            };
            for name in actor.all_names() {
                if is_identifier(name) {
                    continue;
                }
                if let Some(entry) = enter(&mut map, name, actor.is_live()) {
                    entry.named_by_more |= actor.kind != ActorKind::Trail;
                    entry.actors.push(bearer.clone());
                }
            }
        }
        for software in &core.software {
            let bearer = match (&software.replaced_by, software.status) {
                (Some(next), Status::Revoked) => next,
                _ => &software.id,
            };
            // Of lists that hold names and nothing else, most names are everyday words.
            let bare =
                software.techniques.is_empty() && NAMES_ONLY.contains(&software.source.as_str());
            for name in software.all_names() {
                if is_number(name) {
                    continue;
                }
                if let Some(entry) = enter(&mut map, name, software.is_live()) {
                    let list = if bare {
                        &mut entry.bare
                    } else {
                        &mut entry.software
                    };
                    list.push((bearer.clone(), software.kind));
                }
            }
        }
        for campaign in &core.campaigns {
            let names = std::iter::once(&campaign.name).chain(&campaign.aliases);
            for name in names {
                if let Some(entry) = enter(&mut map, name, campaign.status == Status::Live) {
                    entry.campaigns.push(campaign.id.clone());
                }
            }
        }
        let techniques: std::collections::HashSet<String> =
            core.techniques.iter().map(|t| fold_name(&t.name)).collect();
        let names: Vec<KnownName> = map
            .into_iter()
            .map(|(folded, building)| building.finish(folded, &techniques))
            .collect();
        let by_folded = names
            .iter()
            .enumerate()
            .map(|(i, n)| (n.folded.clone(), i))
            .collect();
        let mut by_stripped: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, name) in names.iter().enumerate() {
            let stripped = fold_name(strip_common_nouns(&name.text));
            if stripped != name.folded {
                by_stripped.entry(stripped).or_default().push(i);
            }
        }
        let near = NearIndex::new(&names);
        Self {
            names,
            by_folded,
            by_stripped,
            near,
        }
    }

    fn get(&self, folded: &str) -> Option<&KnownName> {
        self.names.get(*self.by_folded.get(folded)?)
    }
}

#[derive(Default)]
struct Building {
    text: String,
    live: bool,
    spellings: Vec<String>,
    actors: Vec<ActorId>,
    /// Whether some record of an actor bears it that is more than a file of network indicators.
    named_by_more: bool,
    software: Vec<(SoftwareId, NameKind)>,
    /// Records that are a name and nothing else.
    bare: Vec<(SoftwareId, NameKind)>,
    campaigns: Vec<String>,
}

/// Sources that list names of software and nothing about it.
const NAMES_ONLY: [&str; 3] = ["malpedia", "misp-software", "tidal"];

fn enter<'a>(
    map: &'a mut BTreeMap<String, Building>,
    name: &str,
    live: bool,
) -> Option<&'a mut Building> {
    let folded = fold_name(name);
    if folded.is_empty() {
        return None;
    }
    let entry = map.entry(folded).or_default();
    if entry.text.is_empty() || (live && !entry.live) {
        entry.text = name.to_owned();
        entry.live = live;
    }
    entry.spellings.push(name.to_owned());
    Some(entry)
}

impl Building {
    fn finish(
        mut self,
        folded: String,
        techniques: &std::collections::HashSet<String>,
    ) -> KnownName {
        sort(&mut self.actors);
        self.actors.dedup();
        // A name is that of the records that say something; of the others only when there are none.
        let bare_only =
            self.software.is_empty() && self.actors.is_empty() && self.campaigns.is_empty();
        if self.software.is_empty() {
            self.software.append(&mut self.bare);
        }
        sort(&mut self.software);
        self.software.dedup();
        sort(&mut self.campaigns);
        self.campaigns.dedup();
        sort(&mut self.spellings);
        self.spellings.dedup();
        self.spellings.retain(|s| *s != self.text);
        let mut kinds: Vec<NameKind> = self.software.iter().map(|(_, kind)| *kind).collect();
        // Files of indicators list the malware that they are about among their names: where a record of software bears
        // the name and no other of an actor, software is meant.
        if self.named_by_more || (!self.actors.is_empty() && kinds.is_empty()) {
            kinds.push(NameKind::IntrusionSet);
        }
        if !self.campaigns.is_empty() {
            kinds.push(NameKind::Campaign);
        }
        sort(&mut kinds);
        kinds.dedup();
        let tool_only = kinds == [NameKind::Tool];
        let mut software: Vec<SoftwareId> = self.software.into_iter().map(|(id, _)| id).collect();
        software.dedup();
        KnownName {
            needs_context: context_need(&self.text, &folded, tool_only, techniques)
                .or_else(|| bare_only.then_some(ContextNeed::Ordinary)),
            text: self.text,
            folded,
            spellings: self.spellings,
            actors: self.actors,
            software,
            campaigns: self.campaigns,
            kinds,
        }
    }
}

fn context_need(
    text: &str,
    folded: &str,
    tool_only: bool,
    techniques: &std::collections::HashSet<String>,
) -> Option<ContextNeed> {
    let letters = folded.chars().count();
    let digits = folded.chars().any(|c| c.is_ascii_digit());
    let ascii = folded.is_ascii();
    if (ascii && !digits && letters <= 4) || (ascii && letters <= 2) || (!ascii && letters <= 1) {
        return Some(ContextNeed::Short);
    }
    if folded.bytes().all(|b| b.is_ascii_digit()) {
        return Some(ContextNeed::Ordinary);
    }
    // `Gorgon Group` is a name; `Equation Group` is one too, but `Equation` alone is a word.
    if words_of(text).len() == 1 && is_ordinary(folded) {
        return Some(ContextNeed::Ordinary);
    }
    if techniques.contains(folded) {
        return Some(ContextNeed::Ordinary);
    }
    // Tools named like everyday commands (`certutil`, `netsh`, `tasklist`) are written in lower case.
    let lower = text.chars().all(|c| c.is_lowercase());
    (tool_only && lower && ascii).then_some(ContextNeed::Ordinary)
}

/// ATT&CK's own ids stand among the synonyms of other sources (`G0030`). They are links, not names.
fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    matches!(chars.next(), Some('G' | 'S' | 'C' | 'g' | 's' | 'c'))
        && name.len() == 5
        && chars.all(|c| c.is_ascii_digit())
}

/// Some lists hold names that are nothing but a number or punctuation.
fn is_number(name: &str) -> bool {
    !name.chars().any(char::is_alphabetic)
}

impl Knowledge {
    /// Every name of actors, software and campaigns, in order of folded form.
    pub fn names(&self) -> &[KnownName] {
        &self.names_index().names
    }

    /// The name that folds to the same form as `text`; else, when only common nouns differ
    /// (`Lotus Blossom group`, `Gorgon`), the one it then is, if there is only one.
    pub fn name(&self, text: &str) -> Option<&KnownName> {
        let index = self.names_index();
        let stripped = fold_name(strip_common_nouns(text));
        index
            .get(&fold_name(text))
            .or_else(|| index.get(&stripped))
            .or_else(
                || match index.by_stripped.get(&stripped).map(Vec::as_slice) {
                    Some([only]) => index.names.get(*only),
                    _ => None,
                },
            )
    }

    /// Every record of every source that bears the name, each with who says so; retired records too.
    /// Sorted. Common nouns around the name are ignored when nothing bears it with them.
    pub fn records_named(&self, text: &str) -> Vec<NamedRecord> {
        let Some(known) = self.name(text) else {
            return Vec::new();
        };
        let folded = known.folded.as_str();
        let mut out = Vec::new();
        for actor in self.actors() {
            let primary = fold_name(&actor.name) == folded;
            let written: Vec<_> = actor
                .aliases
                .iter()
                .filter(|a| fold_name(&a.name) == folded)
                .collect();
            if !primary && written.is_empty() {
                continue;
            }
            let alias = written
                .iter()
                .find(|a| a.coined_by.is_some())
                .or(written.first());
            out.push(NamedRecord {
                record: RecordRef::Actor(actor.id.clone()),
                primary: actor.name.clone(),
                written: if primary {
                    actor.name.clone()
                } else {
                    alias.map_or_else(String::new, |a| a.name.clone())
                },
                said_by: actor.source.clone(),
                coined_by: alias.and_then(|a| a.coined_by.clone()),
                basis: match alias {
                    Some(alias) => alias.basis,
                    None => Basis::Own,
                },
                status: actor.status,
            });
        }
        for software in self.all_software() {
            if let Some(written) = software.all_names().find(|n| fold_name(n) == folded) {
                out.push(NamedRecord {
                    record: RecordRef::Software(software.id.clone()),
                    primary: software.name.clone(),
                    written: written.to_owned(),
                    said_by: software.source.clone(),
                    coined_by: None,
                    basis: Basis::Unknown,
                    status: software.status,
                });
            }
        }
        for campaign in self.campaigns() {
            let mut names = std::iter::once(&campaign.name).chain(&campaign.aliases);
            if let Some(written) = names.find(|n| fold_name(n) == folded) {
                out.push(NamedRecord {
                    record: RecordRef::Campaign(campaign.id.clone()),
                    primary: campaign.name.clone(),
                    written: written.clone(),
                    said_by: campaign.source.clone(),
                    coined_by: None,
                    basis: Basis::Unknown,
                    status: campaign.status,
                });
            }
        }
        sort(&mut out);
        out
    }

    /// Known names one slip (a letter too many, too few or wrong, or two swapped) away from `text`,
    /// in order of folded form: something to ask about, never to take silently. Empty when `text` is
    /// itself a known name, is shorter than eight letters, or differs in a digit or in the
    /// distinguishing word of a vendor's family (`Salt Typhoon` is no slip of `Silk Typhoon`).
    pub fn near_names(&self, text: &str) -> Vec<&KnownName> {
        let index = self.names_index();
        let folded = fold_name(text);
        if index.by_folded.contains_key(&folded) {
            return Vec::new();
        }
        index.near.near(&index.names, text, &folded)
    }
}

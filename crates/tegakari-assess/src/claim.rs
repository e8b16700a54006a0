//! What publishers themselves say about who it is.
//!
//! A claim is evidence of one opinion, never a fact: it is capped, and a name that several records
//! bear is shared out among them.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{ActorId, NameKind, NameMention, ReportCitation};

use crate::origin::Origins;
use crate::{Case, Profiles};

/// How many mentions a name in the title is worth: the title says what the report is about.
const TITLE_WORTH: u32 = 5;
/// What a name is worth of a claim that only a list of indicators bears: lists put malware and old names together.
const LISTED: f64 = 0.5;

/// One name that publishers give.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Claim {
    /// As written.
    pub(crate) name: String,
    /// Indexes of the records it may mean; none when the knowledge lacks the name.
    pub(crate) candidates: Vec<usize>,
    /// Its part of all naming, 0 to 1: a report that compares with four actors claims none of them.
    pub(crate) share: f64,
}

type Cited = Vec<(usize, Vec<ReportCitation>)>;

/// Says which records a list's record has to do with.
type Leads<'a> = &'a dyn Fn(&ActorId) -> Vec<ActorId>;

/// Letters and digits in lower case: enough to see that two reports write the same name.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// All names of actors in the case, with their part of the naming.
///
/// Documents of one origin count once (the largest count of any), origins count alike.
pub(crate) fn collect(
    case: &Case<'_>,
    profiles: &Profiles,
    origins: &Origins,
    leads: Leads<'_>,
) -> Vec<(Claim, Cited)> {
    // Names that mean the same records are one claim; names without a record go by their spelling.
    type Key = (Vec<usize>, String, bool);
    let mut by_origin: BTreeMap<usize, BTreeMap<Key, u32>> = BTreeMap::new();
    let mut seen: BTreeMap<Key, (String, Cited)> = BTreeMap::new();
    for (index, report) in case.reports.iter().enumerate() {
        let title = report.title.as_deref().map(plain).unwrap_or_default();
        let mut weights: BTreeMap<Key, u32> = BTreeMap::new();
        for name in report.names.iter().filter(|name| is_claim(name)) {
            let mut candidates = candidates(&name.actors, profiles);
            let mut listed = false;
            if candidates.is_empty() {
                let led: Vec<ActorId> = name.actors.iter().flat_map(leads).collect();
                candidates = self::candidates(&led, profiles);
                listed = !candidates.is_empty();
            }
            let spelling = if candidates.is_empty() {
                plain(&name.text)
            } else {
                String::new()
            };
            let key = (candidates, spelling, listed);
            let word = plain(&name.text);
            let in_title = !word.is_empty() && title.contains(&word);
            let weight = name
                .count
                .max(1)
                .saturating_add(if in_title { TITLE_WORTH } else { 0 });
            let sum = weights.entry(key.clone()).or_default();
            *sum = sum.saturating_add(weight);
            seen.entry(key)
                .or_insert_with(|| (name.text.clone(), Vec::new()))
                .1
                .push((index, name.citations.clone()));
        }
        let origin = by_origin.entry(origins.group(index)).or_default();
        for (key, weight) in weights {
            let best = origin.entry(key).or_default();
            *best = (*best).max(weight);
        }
    }
    by_origin.retain(|_, names| !names.is_empty());
    let naming = f64::from(u32::try_from(by_origin.len().max(1)).unwrap_or(u32::MAX));
    let mut shares: BTreeMap<Key, f64> = BTreeMap::new();
    for names in by_origin.into_values() {
        let total: f64 = names.values().map(|weight| f64::from(*weight)).sum();
        for (key, weight) in names {
            *shares.entry(key).or_default() += f64::from(weight) / total / naming;
        }
    }
    seen.into_iter()
        .map(|(key, (name, cited))| {
            let worth = if key.2 { LISTED } else { 1.0 };
            let share = worth * shares.get(&key).copied().unwrap_or(0.0);
            (
                Claim {
                    name,
                    candidates: key.0,
                    share,
                },
                cited,
            )
        })
        .collect()
}

fn is_claim(name: &NameMention) -> bool {
    match name.kind {
        _ if name.denied => false,
        NameKind::IntrusionSet => true,
        NameKind::Campaign => !name.actors.is_empty(),
        NameKind::Malware | NameKind::Tool => false,
    }
}

/// The records a name may mean: the tracked ones where there are any, since the others then merely
/// repeat them; otherwise those of the first source, in order of its id, that bears the name.
fn candidates(actors: &[ActorId], profiles: &Profiles) -> Vec<usize> {
    let known: BTreeSet<usize> = actors
        .iter()
        .filter_map(|id| profiles.index_of(id))
        .collect();
    let tracked: Vec<usize> = known
        .iter()
        .copied()
        .filter(|index| profiles.actors()[*index].tracked)
        .collect();
    if !tracked.is_empty() {
        return tracked;
    }
    let source = |index: &usize| {
        let id = profiles.actors()[*index].actor.id.0.as_str();
        let prefix = id.split(':').next().unwrap_or(id);
        // MISP says most about an actor; Microsoft's list and bare indicator files come after it.
        let rank = match prefix {
            "attack" => 0,
            "misp" => 1,
            "microsoft" => 2,
            _ => 3,
        };
        (rank, prefix.to_owned())
    };
    let Some(first) = known.iter().map(source).min() else {
        return Vec::new();
    };
    known
        .into_iter()
        .filter(|index| source(index) == first)
        .collect()
}

//! ATT&CK techniques and tactics that a report tells of: by id, by name, by a phrase of the lexicon,
//! or by the behaviour it describes.
//!
//! - `ids`: `T1059.001`, `T1059/001`, `TA0011`, also in links.
//! - `names`: names from ATT&CK, as far as they are no ordinary words.
//! - `phrases`: what people call techniques, in Japanese and English.
//! - `told`: sentences that describe behaviour, by the trained model of [`crate::behaviour`].
//! - `cues`: what takes a sentence back: negation, advice.
//! - `matrix`: which of ATT&CK's matrices a document is about.

mod cues;
mod ids;
mod matrix;
mod names;
mod phrases;
mod told;

use std::collections::BTreeMap;

use tegakari_knowledge::Knowledge;
use tegakari_model::{Problem, ReportCitation, TechniqueChoice, TechniqueId, TechniqueMention};

use crate::content::Content;
use crate::phrases::{Phrases, Start};
use crate::text::Clean;

pub(crate) use matrix::Matrix;

/// Citations kept for one technique.
const CITATIONS: usize = 10;

/// How a place speaks of a technique.
#[derive(Debug, Clone, Copy, PartialEq)]
enum How {
    /// By id or name.
    Outright,
    /// By a phrase.
    Phrase,
    /// By what is described, with this probability.
    Told(f32),
}

/// A place and how much it says: stated outright first, then the likelier.
#[derive(Debug)]
struct Found {
    weight: f32,
    citation: ReportCitation,
}

#[derive(Debug, Default)]
struct Gathered {
    retired: Option<TechniqueId>,
    explicit: bool,
    phrase: bool,
    probability: f32,
    alternatives: Vec<(TechniqueId, f32)>,
    places: Vec<Found>,
}

/// Where a text stands, as far as techniques care.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Setting {
    /// The text is prose about what happened: phrases and behaviour count.
    pub(crate) prose: bool,
    /// Sentences of it may be read for behaviour.
    pub(crate) behaviour: bool,
    /// A column or heading calls its content techniques: ordinary words that are names count.
    pub(crate) of_techniques: bool,
}

/// Headings of advice and detection: what stands below is about defenders.
const ADVICE: &[&str] = &[
    "mitigat",
    "recommend",
    "detecti",
    "hunting",
    "protect",
    "prevent",
    "defen",
    "coverage",
    "hardening",
    "remediat",
    "guidance",
    "best practice",
    "response",
    "yara",
    "sigma",
    "snort",
    "対策",
    "緩和",
    "検知",
    "検出方法",
    "ハンティング",
    "防御",
    "予防",
    "推奨",
    "保護",
];

/// Headings of lists of techniques.
const LISTS: &[&str] = &[
    "att&ck",
    "attack technique",
    "technique",
    "ttp",
    "手法",
    "戦術",
    "mitre",
];

/// Whether a heading is over advice.
pub(crate) fn is_advice(title: &str) -> bool {
    let title = title.to_lowercase();
    // "Defense Evasion" is what attackers do.
    ADVICE.iter().any(|a| title.contains(a))
        && !title.contains("evasion")
        && !title.contains("回避")
}

/// Whether a heading, of a section or a column, is over names of techniques.
pub(crate) fn lists_techniques(title: &str) -> bool {
    let title = title.to_lowercase();
    LISTS.iter().any(|l| title.contains(l))
}

/// Whether a text holds the id of a technique or tactic.
pub(crate) fn names_id(text: &str) -> bool {
    ids::any(text)
}

/// Whether a name stands right after an id, which it spells out: "T1195.002 (Supply Chain Compromise: …)",
/// "T1053 - Scheduled Task". An old name may be another technique's by now.
fn spells_out_an_id(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or("");
    let before = before.trim_end_matches([' ', '\t', '-', '–', '—', ':', '(', '（', '`', '*']);
    let mut from = before.len().saturating_sub(10);
    while !before.is_char_boundary(from) {
        from -= 1;
    }
    let mut last = 0;
    ids::find(before.get(from..).unwrap_or(""), &mut |_, end, _| {
        last = end
    });
    last > 0 && from + last == before.len()
}

/// Every id of a technique or tactic in a text, in whatever case (`attack.t1059.001`).
pub(crate) fn ids_in(text: &str) -> Vec<TechniqueId> {
    let mut all = Vec::new();
    ids::find(&text.to_ascii_uppercase(), &mut |_, _, id| all.push(id));
    all
}

/// Finds techniques block by block.
pub(crate) struct Techniques<'a> {
    knowledge: &'a Knowledge,
    matrix: Matrix,
    index: std::sync::Arc<names::Index>,
    /// Away while it reads.
    teller: Option<told::Teller>,
    found: BTreeMap<TechniqueId, Gathered>,
}

impl<'a> Techniques<'a> {
    pub(crate) fn new(knowledge: &'a Knowledge, content: &Content, cleans: &[Clean<'_>]) -> Self {
        Self {
            knowledge,
            matrix: Matrix::of(content, cleans),
            index: names::Index::of(knowledge),
            teller: Some(told::Teller::default()),
            found: BTreeMap::new(),
        }
    }

    /// Reads ids in a text, also one that is a link to ATT&CK. Whether there are any.
    pub(crate) fn scan_ids(
        &mut self,
        text: &str,
        cite: &dyn Fn(usize, usize) -> ReportCitation,
    ) -> bool {
        let mut any = false;
        ids::find(text, &mut |start, end, id| {
            any |= self.add(&id, How::Outright, Vec::new(), || cite(start, end));
        });
        any
    }

    /// The names and phrases that are searched for.
    pub(crate) fn phrases(&self) -> Option<std::sync::Arc<Phrases>> {
        self.index.phrases()
    }

    /// Reads names, phrases and behaviour; `starts` are the places where [`Techniques::phrases`] may begin.
    pub(crate) fn scan(
        &mut self,
        text: &str,
        starts: &[Start],
        setting: Setting,
        cite: &dyn Fn(usize, usize) -> ReportCitation,
    ) {
        if !setting.prose && !setting.of_techniques {
            return;
        }
        let index = std::sync::Arc::clone(&self.index);
        let of_techniques = setting.of_techniques || ids::any(text);
        index.find(
            text,
            starts,
            self.matrix,
            of_techniques,
            &mut |start, end, id, outright| {
                let how = if outright { How::Outright } else { How::Phrase };
                // What is advised against or did not happen is not used.
                if !of_techniques && cues::takes_back(text, start, end) {
                    return;
                }
                if outright && spells_out_an_id(text, start) {
                    return;
                }
                self.add(id, how, Vec::new(), || cite(start, end));
            },
        );
        if setting.behaviour
            && let Some(mut teller) = self.teller.take()
        {
            teller.read(text, self.matrix, &mut |start, end, told| {
                let alternatives = told.others;
                let how = How::Told(told.probability);
                self.add(&told.id, how, alternatives, || cite(start, end));
            });
            self.teller = Some(teller);
        }
    }

    /// A technique that a structured format states.
    pub(crate) fn stated(&mut self, id: &TechniqueId, citation: ReportCitation) {
        self.add(id, How::Outright, Vec::new(), || citation);
    }

    /// Notes a technique at a place; `false` when ATT&CK knows no such id.
    fn add(
        &mut self,
        id: &TechniqueId,
        how: How,
        alternatives: Vec<(TechniqueId, f32)>,
        cite: impl FnOnce() -> ReportCitation,
    ) -> bool {
        let Some(resolved) = self.knowledge.resolve_technique(id) else {
            return false;
        };
        let entry = self.found.entry(resolved.current).or_default();
        let weight = match how {
            How::Outright => {
                entry.explicit = true;
                if entry.retired.is_none() {
                    entry.retired = resolved.retired;
                }
                2.0
            }
            How::Phrase => {
                entry.phrase = true;
                1.0
            }
            How::Told(probability) => {
                if probability > entry.probability {
                    entry.probability = probability;
                    entry.alternatives = alternatives;
                }
                probability
            }
        };
        // Kept in order of weight, then of place; the least gives way.
        let at = entry.places.partition_point(|p| p.weight >= weight);
        if at < CITATIONS {
            let citation = cite();
            if !entry.places.iter().any(|p| p.citation == citation) {
                entry.places.insert(at, Found { weight, citation });
                entry.places.truncate(CITATIONS);
            }
        }
        true
    }

    /// What was not read for behaviour, because the document has too many sentences.
    pub(crate) fn unread(&self, place: &str) -> Option<Problem> {
        let left = self.teller.as_ref().map_or(0, |t| t.left);
        (left > 0).then(|| {
            Problem::new(
                place,
                format!("{left} sentences were not read for techniques told in prose"),
                "split the document: only so many different sentences of one are read for behaviour",
            )
        })
    }

    /// Everything found, in order of id.
    pub(crate) fn finish(mut self) -> Vec<TechniqueMention> {
        // That a family is told of says nothing where one of its members is named outright.
        let named: std::collections::BTreeSet<TechniqueId> = self
            .found
            .iter()
            .filter(|(id, g)| (g.explicit || g.phrase) && id.parent() != **id)
            .map(|(id, _)| id.parent())
            .collect();
        self.found
            .retain(|id, g| g.explicit || g.phrase || !named.contains(id));
        let name = |id: &TechniqueId| {
            let known = self.knowledge.technique(id);
            known.map(|t| t.name.clone()).unwrap_or_default()
        };
        self.found
            .iter_mut()
            .map(|(id, gathered)| {
                let only_told = !gathered.explicit && !gathered.phrase;
                let alternatives = std::mem::take(&mut gathered.alternatives);
                TechniqueMention {
                    id: id.clone(),
                    name: name(id),
                    retired_id: gathered.retired.clone(),
                    explicit: gathered.explicit,
                    probability: only_told.then_some(gathered.probability),
                    alternatives: alternatives
                        .into_iter()
                        .filter(|_| only_told)
                        .map(|(id, probability)| TechniqueChoice {
                            name: name(&id),
                            id,
                            probability,
                        })
                        .collect(),
                    citations: std::mem::take(&mut gathered.places)
                        .into_iter()
                        .map(|p| p.citation)
                        .collect(),
                }
            })
            .collect()
    }
}

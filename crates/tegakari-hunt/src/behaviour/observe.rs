//! Asks the rules of each record of one input.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tegakari_sigma::{Labels, Scratch, Spot, occurrences};

use super::deeds::{Label, Place, Watched};
use super::{Asked, Looked, Rules};
use crate::Event;
use crate::accumulate::Accumulator;
use crate::fields::{Fields, Origin};
use crate::formats::RecordReader;

/// Kinds of records kept apart in one input; names in it may be hostile.
const MOST_KINDS: usize = 4096;
/// Sets of names of fields known for a kind: beyond them, each record is looked at anew.
const MOST_SHAPES: usize = 1024;
/// Machines, sources and kinds of records whose hours are kept apart; of further ones nothing is said to be looked at.
const MOST_WATCHED: usize = 200_000;
/// Characters that are cited of a record, and of one field in it.
const MOST_CITED: usize = 400;
const MOST_OF_FIELD: usize = 200;

/// The rules and what they showed of one input.
pub(crate) struct Observer<'p> {
    rules: &'p Rules,
    known: HashMap<Origin<'static>, usize>,
    kinds: Vec<Kind>,
    /// Records of kinds that are too many to be kept apart.
    others: u64,
    scratch: Scratch,
    hits: Vec<u32>,
    /// Records that were too much for regular expressions.
    cut_short: u64,
    /// By whose records they are: the hours, with the fields that were there.
    watched: HashMap<WatchedKey, BTreeMap<i64, u64>>,
    /// The last of these, with its hour and fields.
    last_watched: Option<(WatchedKey, i64, u64)>,
}

/// Kind of record, whether it has no year, source and party.
type WatchedKey = (usize, bool, usize, u32);

struct Kind {
    origin: Origin<'static>,
    looked: Arc<Looked>,
    records: u64,
    fields: BTreeSet<String>,
    /// Sets of names of fields, with what of it rules ask for, as bits.
    shapes: HashMap<u64, u64>,
}

impl<'p> Observer<'p> {
    pub(crate) fn new(rules: &'p Rules) -> Self {
        Self {
            rules,
            known: HashMap::new(),
            kinds: Vec::new(),
            others: 0,
            scratch: Scratch::default(),
            hits: Vec::new(),
            cut_short: 0,
            watched: HashMap::new(),
            last_watched: None,
        }
    }

    /// Asks the rules of one record; `line` tells at which line it begins.
    pub(crate) fn look(
        &mut self,
        reader: &dyn RecordReader,
        record: &[u8],
        event: &Event<'_>,
        number: u64,
        line: &mut dyn FnMut() -> u64,
        sums: &mut Accumulator<'_>,
    ) {
        if event.skip || !sums.in_window(event) {
            return;
        }
        let mut fields = Fields::default();
        reader.fields(record, event, &mut fields);
        let Some(at) = self.kind(&fields.origin) else {
            self.others += 1;
            return;
        };
        let Some(kind) = self.kinds.get_mut(at) else {
            return;
        };
        kind.records += 1;
        if kind.looked.rules.rules().is_empty() {
            return;
        }
        let asked = Asked { fields: &fields };
        let has = kind.note(&asked);
        if kind.looked.covers && !sums.tells_at_once() {
            watch(
                &mut self.watched,
                &mut self.last_watched,
                (at, has),
                event,
                sums,
            );
        }
        let set = self.rules.set();
        set.evaluate(
            &kind.looked.rules,
            &asked,
            &mut self.scratch,
            &mut self.hits,
        );
        self.cut_short += u64::from(self.scratch.is_cut_short());
        if self.hits.is_empty() {
            return;
        }
        let (about, cited) = sums.cite(event, number, line());
        let user = fields.user().map(|user| cut(user, MOST_OF_FIELD));
        for &hit in &self.hits {
            let Some(rule) = set.rules().get(hit as usize) else {
                continue;
            };
            let place = |party| {
                let mut cited = cited.clone();
                cited.excerpt = excerpt(&rule.fields, &asked);
                Place {
                    cited,
                    user: user.clone(),
                    party,
                }
            };
            if let Some(time) = event.time.filter(|_| self.rules.is_part(hit)) {
                let spot = Spot {
                    place: digest(&cited.file, number, cited.line),
                    stream: digest(&cited.file, 0, 0),
                    number,
                };
                let first = about.first().cloned().flatten();
                let ms = time.as_millisecond();
                if sums.tells_at_once() {
                    let parts = occurrences(set, hit, ms, &asked, spot);
                    sums.tell_part(parts, event, place(first));
                } else {
                    let deeds = sums.deeds(event);
                    deeds.correlated.add(set, hit, ms, &asked, spot);
                    deeds.keep_place(spot.place, place(first));
                }
            }
            if !rule.tells || !self.rules.tells(rule.level) {
                continue;
            }
            let most = sums.examples();
            if sums.tells_at_once() {
                for party in &about {
                    sums.tell_rule(hit, event, place(party.clone()));
                }
                continue;
            }
            for party in &about {
                let deeds = sums.deeds(event);
                let fired = deeds.fired.entry((hit, party.clone())).or_default();
                fired.add(event.time);
                if fired.wants(event.time, &cited, most) {
                    fired.cite(place(party.clone()), most);
                }
            }
        }
    }

    /// The kind of a record; `None` when there are too many.
    fn kind(&mut self, origin: &Origin<'_>) -> Option<usize> {
        let known: &HashMap<Origin<'_>, usize> = &self.known;
        if let Some(at) = known.get(origin) {
            return Some(*at);
        }
        if self.kinds.len() >= MOST_KINDS {
            return None;
        }
        let origin = origin.kept();
        self.kinds.push(Kind {
            looked: self.rules.looked(&origin),
            origin: origin.clone(),
            records: 0,
            fields: BTreeSet::new(),
            shapes: HashMap::new(),
        });
        self.known.insert(origin, self.kinds.len() - 1);
        Some(self.kinds.len() - 1)
    }

    /// Adds to the sums what was looked at, and what was not.
    pub(crate) fn finish(self, sums: &mut Accumulator<'_>) {
        sums.too_much_for_rules(self.cut_short);
        let mut all: Vec<_> = self.watched.into_iter().collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        for ((kind, yearless, source, party), hours) in all {
            let (Some(kind), Some((party, source))) =
                (self.kinds.get(kind), sums.name_of(party, source))
            else {
                continue;
            };
            let watched = Watched {
                party,
                source,
                labels: kind.looked.labels.iter().map(label).collect(),
            };
            sums.watched(yearless, watched, hours);
        }
        let format = sums.format();
        let deeds = sums.dated_deeds();
        if self.others > 0 {
            deeds.not_covered(format.to_owned(), self.others);
        }
        for kind in self.kinds {
            if kind.records == 0 {
                continue;
            }
            if kind.looked.covers {
                deeds.covered_records += kind.records;
            } else {
                deeds.not_covered(kind.origin.name(format), kind.records);
            }
            if kind.looked.rules.rules().is_empty() {
                continue;
            }
            let labels = kind.looked.labels.iter().map(label).collect();
            let looked = deeds.looked.entry(labels).or_default();
            looked.records += kind.records;
            looked.fields.extend(kind.fields);
        }
    }
}

impl Kind {
    /// Notes which of the fields that rules ask for a record has, and gives them as bits in the order of their names.
    /// Those behind the sixty-fourth are never there.
    fn note(&mut self, asked: &Asked<'_, '_>) -> u64 {
        let shape = shape(asked.fields);
        if let Some(known) = self.shapes.get(&shape) {
            return *known;
        }
        let mut bits = 0_u64;
        for (at, name) in self.looked.wanted.iter().enumerate() {
            if asked
                .first(name)
                .is_some_and(|value| !value.is_empty() && value != "-")
            {
                bits |= u32::try_from(at)
                    .ok()
                    .and_then(|at| 1_u64.checked_shl(at))
                    .unwrap_or(0);
                if !self.fields.contains(name) {
                    self.fields.insert(name.clone());
                }
            }
        }
        if self.shapes.len() < MOST_SHAPES {
            self.shapes.insert(shape, bits);
        }
        bits
    }
}

/// Notes whose records of a kind rules looked at in which hour, and which fields those had.
fn watch(
    watched: &mut HashMap<WatchedKey, BTreeMap<i64, u64>>,
    last: &mut Option<(WatchedKey, i64, u64)>,
    (kind, has): (usize, u64),
    event: &Event<'_>,
    sums: &mut Accumulator<'_>,
) {
    let Some(time) = event.time else { return };
    let hour = tegakari_model::Hour::of(time).0;
    let (source, about) = sums.subjects(event);
    for party in about.into_iter().flatten() {
        let key = (kind, event.yearless, source, party);
        if last.is_some_and(|(known, at, had)| known == key && at == hour && had & has == has) {
            continue;
        }
        if watched.len() >= MOST_WATCHED && !watched.contains_key(&key) {
            continue;
        }
        let had = watched.entry(key).or_default().entry(hour).or_default();
        *had |= has;
        *last = Some((key, hour, *had));
    }
}

/// Tells records apart that have other fields: a digest of the names of those that say something.
fn shape(fields: &Fields<'_>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |word: u64| {
        hash = (hash ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93);
        hash ^= hash >> 32;
    };
    for (name, value) in fields.pairs() {
        if value.is_empty() || value == "-" {
            continue;
        }
        add(name.len() as u64);
        for chunk in name.as_bytes().chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            add(u64::from_le_bytes(word));
        }
    }
    hash
}

/// A digest of a place in a log, the same in every run.
fn digest(file: &str, record: u64, line: u64) -> u64 {
    let mut hash = Sha256::new();
    hash.update((file.len() as u64).to_le_bytes());
    hash.update(file);
    hash.update(record.to_le_bytes());
    hash.update(line.to_le_bytes());
    let digest = hash.finalize();
    digest
        .first_chunk()
        .map_or(0, |first: &[u8; 8]| u64::from_le_bytes(*first))
}

/// Labels without references, to be kept.
pub(super) fn label(labels: &Labels) -> Label {
    let own = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (
        own(labels.product),
        own(labels.category),
        own(labels.service),
    )
}

/// The fields that a rule asks for, or else all text, on one line.
fn excerpt(names: &[String], asked: &Asked<'_, '_>) -> String {
    let mut out = String::new();
    let mut room = MOST_CITED;
    let mut push = |text: &str, room: &mut usize| {
        let text = cut(text, *room);
        *room -= text.chars().count();
        out.push_str(&text);
    };
    let mut any = false;
    for name in names {
        let Some(value) = asked.first(name).filter(|value| !value.is_empty()) else {
            continue;
        };
        if any {
            push(" | ", &mut room);
        }
        any = true;
        push(&format!("{name}: {}", cut(value, MOST_OF_FIELD)), &mut room);
        if room == 0 {
            break;
        }
    }
    if !any {
        asked.fields.each_text(&mut |text| {
            if room > 0 && !text.is_empty() {
                push(text, &mut room);
                push(" ", &mut room);
            }
        });
    }
    out.trim().to_owned()
}

/// A text on one line, in at most so many characters.
fn cut(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut room = most;
    let mut blank = false;
    for char in text.chars() {
        if room == 0 {
            break;
        }
        if char.is_whitespace() {
            if blank {
                continue;
            }
            blank = true;
            out.push(' ');
        } else {
            blank = false;
            out.push(char);
        }
        room -= 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn what_is_cited_is_on_one_line_and_not_too_long() {
        assert_eq!(cut("a\n\t b  é", 10), "a b é");
        assert_eq!(cut("ééééé", 3), "ééé");
        assert_eq!(cut("abc", 0), "");
    }
}

//! Whom the report says was attacked, countries and trades, told from those only mentioned; and where it says that the
//! attackers come from.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use tegakari_model::{Country, OriginMention, ReportCitation, Sector, TargetKind, TargetMention};

use crate::content::StatedTarget;
use crate::phrases::{Hit, Phrases, Start};
use words::{ADJECTIVES, COUNTRIES, SEATS, SECTORS};

mod origin;
mod words;

/// Words in a sentence that say its places and trades were attacked.
const ATTACKED: &[&str] = &[
    "target",
    "victim",
    "attacks against",
    "attack against",
    "attacks on",
    "attacked",
    "compromised",
    "infected",
    "aimed at",
    "aiming at",
    "against organizations",
    "against entities",
    "against government",
    "campaign against",
    "breached",
    "hit by",
    "intrusions at",
    "intrusions into",
    "affected organizations",
    "標的",
    "狙",
    "ねら",
    "被害",
    "攻撃を受け",
    "攻撃された",
    "侵害され",
    "感染した組織",
    "に対する攻撃",
    "への攻撃",
    "を攻撃",
    "に侵入",
    "を侵害",
    "针对",
    "受害",
    "被攻击",
    "피해",
    "대상으로",
];

/// What follows a country that is no victim: what it does, and its language.
const NOT_ATTACKED: &[&str] = &[
    " targeted",
    " targets",
    "’s government",
    "語",
    "が",
    "は",
    "発の",
    "からの",
];

/// What follows the name of the ransomware Cuba.
const CUBA: &[&str] = &[" ransomware", " group", " gang", " actors", "ランサム"];

/// Places of one country or trade that are cited.
const MOST_CITED: usize = 10;

struct Index {
    phrases: Phrases,
    targets: Vec<(TargetKind, Written)>,
}

/// How a place or trade is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    /// The name of a country, with its capital.
    Name,
    /// The adjective of a country, with its capital.
    Adjective,
    /// The seat or a service of a country's government, with its capital.
    Seat,
    /// A trade, in any case.
    Trade,
}

/// All lists in one index.
fn index() -> Option<&'static Index> {
    static CELL: OnceLock<Option<Index>> = OnceLock::new();
    CELL.get_or_init(|| {
        let mut texts = Vec::new();
        let mut targets = Vec::new();
        for (code, names) in COUNTRIES {
            let country = Country::new(code)?;
            for name in *names {
                texts.push(*name);
                targets.push((TargetKind::Country(country.clone()), Written::Name));
            }
        }
        for (code, words) in ADJECTIVES {
            let country = Country::new(code)?;
            for word in *words {
                texts.push(*word);
                targets.push((TargetKind::Country(country.clone()), Written::Adjective));
            }
        }
        for (code, names) in SEATS {
            let country = Country::new(code)?;
            for name in *names {
                texts.push(*name);
                targets.push((TargetKind::Country(country.clone()), Written::Seat));
            }
        }
        for (sector, names) in SECTORS {
            for name in *names {
                texts.push(*name);
                targets.push((TargetKind::Sector(Sector::new(sector)), Written::Trade));
            }
        }
        let phrases = Phrases::new(&texts)?;
        Some(Index { phrases, targets })
    })
    .as_ref()
}

/// The names of places and trades that are searched for.
pub(crate) fn phrases() -> Option<&'static Phrases> {
    index().map(|index| &index.phrases)
}

/// Finds targets block by block.
#[derive(Default)]
pub(crate) struct Targets {
    found: BTreeMap<TargetKind2, (usize, TargetMention)>,
    origins: BTreeMap<String, (usize, OriginMention)>,
    order: usize,
}

/// A key with an order, which the model's enum has not.
type TargetKind2 = (bool, String);

fn key(target: &TargetKind) -> TargetKind2 {
    match target {
        TargetKind::Country(c) => (false, c.code().to_owned()),
        TargetKind::Sector(s) => (true, s.name().to_owned()),
    }
}

impl Targets {
    /// Reads one block. `starts` are the places where [`phrases`] may begin; `may_attack` is false in news, references and other parts about something else.
    pub(crate) fn scan(
        &mut self,
        text: &str,
        starts: &[Start],
        may_attack: bool,
        section_of_victims: bool,
        taken: &[(usize, usize)],
        cite: &dyn Fn(usize, usize) -> ReportCitation,
    ) {
        let Some(index) = index() else {
            return;
        };
        let mut sentence_end = 0;
        let mut attacked_sentence = false;
        index.phrases.each_from(text, starts, |hit| {
            let Hit { start, end, phrase } = hit;
            let i = taken.partition_point(|(_, e)| *e <= start);
            if taken.get(i).is_some_and(|(s, _)| *s < end) {
                return false;
            }
            let Some((target, written_as)) = index.targets.get(phrase) else {
                return false;
            };
            let capitals = *written_as != Written::Trade;
            let written = text.get(start..end).unwrap_or("");
            let ascii = written.is_ascii();
            let letter =
                |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && (c as u32) < 0x250);
            let kana =
                |c: Option<char>| c.is_some_and(|c| matches!(c, '\u{30A1}'..='\u{30FA}' | 'ー'));
            let before = text.get(..start).and_then(|t| t.chars().next_back());
            let after = text.get(end..).and_then(|t| t.chars().next());
            if ascii
                && (letter(before)
                    || letter(after)
                    || before == Some('-') && !capitals
                    || after == Some('_'))
            {
                return false;
            }
            let first = written.chars().next();
            if !ascii && kana(first) && (kana(before) || kana(after)) {
                return false;
            }
            if capitals
                && ascii
                && !written
                    .starts_with(|c: char| c.is_ascii_uppercase() || written.starts_with("the "))
            {
                return false;
            }
            if capitals
                && ascii
                && written.len() <= 4
                && written.bytes().any(|b| b.is_ascii_lowercase())
                && written.len() <= 3
            {
                return false;
            }
            if start >= sentence_end {
                let (from, to) = sentence(text, start);
                let lower = text.get(from..to).unwrap_or("").to_lowercase();
                attacked_sentence = ATTACKED.iter().any(|w| lower.contains(w));
                sentence_end = to;
            }
            let ahead = text.get(..start).unwrap_or("");
            let rest = text.get(end..).unwrap_or("");
            // Names of malware and groups that are those of places as well.
            if written == "Cuba" && CUBA.iter().any(|after| rest.starts_with(after)) {
                return false;
            }
            if let TargetKind::Country(country) = target {
                let acts = *written_as == Written::Name && origin::acts(rest);
                if acts || origin::is_origin(ahead, rest) {
                    if may_attack {
                        self.origin(country, written, || cite(start, end));
                    }
                    if *written_as == Written::Name {
                        self.add(target.clone(), written, false, || cite(start, end));
                    }
                    return true;
                }
            }
            if *written_as == Written::Seat {
                return true;
            }
            let spared = match written_as {
                Written::Name => NOT_ATTACKED.iter().any(|w| rest.starts_with(w)),
                Written::Adjective => !origin::names_victims(rest),
                Written::Trade => origin::sponsors(rest),
                Written::Seat => true,
            };
            let spared = spared || origin::avoids(ahead);
            let attacked = may_attack && !spared && (attacked_sentence || section_of_victims);
            if attacked || *written_as != Written::Adjective {
                self.add(target.clone(), written, attacked, || cite(start, end));
            }
            true
        });
    }

    /// Reads a title that stands in no block.
    pub(crate) fn title(&mut self, title: &str, cite: &dyn Fn(usize, usize) -> ReportCitation) {
        let Some(index) = index() else {
            return;
        };
        index.phrases.each(title, |Hit { start, end, phrase }| {
            let (before, after) = (
                title.get(..start).unwrap_or(""),
                title.get(end..).unwrap_or(""),
            );
            let glued = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            match index.targets.get(phrase) {
                Some((TargetKind::Country(country), _))
                    if !glued(before.chars().next_back())
                        && !glued(after.chars().next())
                        && origin::is_origin(before, after) =>
                {
                    let written = title.get(start..end).unwrap_or("");
                    self.origin(country, written, || cite(start, end));
                    true
                }
                _ => false,
            }
        });
    }

    fn origin(&mut self, country: &Country, written: &str, cite: impl FnOnce() -> ReportCitation) {
        self.order += 1;
        let order = self.order;
        let (_, entry) = self
            .origins
            .entry(country.code().to_owned())
            .or_insert_with(|| {
                let mention = OriginMention {
                    country: country.clone(),
                    text: written.to_owned(),
                    citations: Vec::new(),
                };
                (order, mention)
            });
        if entry.citations.len() < MOST_CITED {
            entry.citations.push(cite());
        }
    }

    /// A target that a structured format states.
    pub(crate) fn stated(&mut self, stated: &StatedTarget, citation: ReportCitation) {
        let text = stated.text.trim();
        let found = Country::new(text)
            .filter(|c| COUNTRIES.iter().any(|(code, _)| *code == c.code()))
            .map(TargetKind::Country)
            .or_else(|| {
                let index = index()?;
                let mut at_start = None;
                index.phrases.each(text, |hit| {
                    if hit.start == 0 {
                        at_start = Some(hit.phrase);
                    }
                    true
                });
                let (target, _) = index.targets.get(at_start?)?;
                Some(target.clone())
            });
        if let Some(target) = found {
            self.add(target, text, stated.attacked, || citation);
        }
    }

    fn add(
        &mut self,
        target: TargetKind,
        written: &str,
        attacked: bool,
        cite: impl FnOnce() -> ReportCitation,
    ) {
        self.order += 1;
        let order = self.order;
        let (_, entry) = self.found.entry(key(&target)).or_insert_with(|| {
            let mention = TargetMention {
                target,
                text: written.to_owned(),
                attacked: false,
                citations: Vec::new(),
            };
            (order, mention)
        });
        // The place that says it was attacked is the one to show first.
        if attacked && !entry.attacked {
            entry.attacked = true;
            entry.text = written.to_owned();
            entry.citations.insert(0, cite());
        } else if entry.citations.len() < MOST_CITED {
            entry.citations.push(cite());
        }
        entry.citations.truncate(MOST_CITED);
    }

    /// Everything found, in order of first mention.
    pub(crate) fn finish(self) -> (Vec<TargetMention>, Vec<OriginMention>) {
        (in_order(self.found), in_order(self.origins))
    }
}

fn in_order<K, T>(found: BTreeMap<K, (usize, T)>) -> Vec<T> {
    let mut all: Vec<(usize, T)> = found.into_values().collect();
    all.sort_by_key(|(order, _)| *order);
    all.into_iter().map(|(_, mention)| mention).collect()
}

/// Whether the line break at an offset only wraps running text: a line of several words that no sign
/// ends, and a small letter after it.
fn is_wrapped(text: &str, at: usize) -> bool {
    const LINE: usize = 200;
    let mut low = at.saturating_sub(LINE);
    while !text.is_char_boundary(low) {
        low += 1;
    }
    let line = text.get(low..at).unwrap_or("");
    let line = line.rsplit('\n').next().unwrap_or("").trim_end();
    let next = text.get(at + 1..).unwrap_or("").trim_start_matches(' ');
    let open = line
        .chars()
        .next_back()
        .is_some_and(|c| c.is_alphanumeric() || c == ',');
    let words = next.split('\n').next().unwrap_or("");
    open && line.len() >= 40
        && line.matches(' ').nth(3).is_some()
        && next.starts_with(|c: char| c.is_ascii_lowercase())
        && words.contains(' ')
}

/// The bytes that a sign may begin or end with that ends a sentence.
const MAY_STOP: [bool; 256] = {
    let mut may = [false; 256];
    let bytes = b".!?\n\xE3\xEF\x81\x82\x9F";
    let mut i = 0;
    while i < bytes.len() {
        may[bytes[i] as usize] = true;
        i += 1;
    }
    may
};

/// Whether three bytes are one of `。！？`.
fn is_wide_stop(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xE3, 0x80, 0x82] | [0xEF, 0xBC, 0x81] | [0xEF, 0xBC, 0x9F]
    )
}

/// The sentence around an offset, at most 800 bytes to either side.
pub(crate) fn sentence(text: &str, at: usize) -> (usize, usize) {
    const REACH: usize = 800;
    let mut low = at.saturating_sub(REACH);
    while !text.is_char_boundary(low) {
        low += 1;
    }
    let mut high = (at + REACH).min(text.len());
    while !text.is_char_boundary(high) {
        high -= 1;
    }
    let bytes = text.as_bytes();
    // Whether the sign at an offset, one of ASCII, ends a sentence in a text that goes as far as `limit`.
    let ends = |i: usize, limit: usize| match bytes[i] {
        b'!' | b'?' => true,
        b'.' => text
            .get(i + 1..limit)
            .and_then(|t| t.chars().next())
            .is_none_or(char::is_whitespace),
        b'\n' => !is_wrapped(text, i),
        _ => false,
    };
    let mut from = low;
    for i in (low..at).rev() {
        let b = bytes[i];
        if !MAY_STOP[usize::from(b)] {
            continue;
        }
        let wide = b >= 0x80 && i >= low + 2 && is_wide_stop(&bytes[i - 2..=i]);
        if wide || ends(i, text.len()) {
            from = i + 1;
            break;
        }
    }
    let mut to = high;
    for i in at..high {
        let b = bytes[i];
        if !MAY_STOP[usize::from(b)] {
            continue;
        }
        if b < 0x80 && ends(i, high) {
            to = i + 1;
            break;
        }
        if bytes.get(i..(i + 3).min(high)).is_some_and(is_wide_stop) {
            to = i + 3;
            break;
        }
    }
    (from, to)
}

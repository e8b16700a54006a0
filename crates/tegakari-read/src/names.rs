//! Names of actors, malware, tools and campaigns: through the knowledge, by vendors' patterns, and
//! one slip away from a known name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use tegakari_knowledge::{Knowledge, KnownName, fold_name};
use tegakari_model::{ActorId, NameKind, NameMention, ReportCitation, SoftwareId};

use crate::content::StatedName;
use crate::hashing::QuickMap;
use crate::openings::Openings;
use crate::phrases::{Hit, Phrases, Start, word_end};

mod clusters;
mod denied;

/// Publishers, products and people's words that are never somebody's name here. Folded.
const NEVER: &[&str] = &[
    "talos",
    "cisco",
    "ciscotalos",
    "virustotal",
    "cisa",
    "microsoft",
    "google",
    "eset",
    "kaspersky",
    "mandiant",
    "symantec",
    "fbi",
    "nsa",
    "ncsc",
    "windows",
    "linux",
    "android",
    "python",
    "powershell",
    "github",
    "telegram",
    "discord",
    "dropbox",
    "facebook",
    "twitter",
    "apt",
    "rat",
    "backdoor",
    "trojan",
    "ransomware",
    "malware",
    "loader",
    "dropper",
    "java",
    "javascript",
    "office",
    "excel",
    "word",
    "outlook",
    "edge",
    "chrome",
    "firefox",
    "explorer",
    "adobe",
    "amazon",
    "apple",
    "oracle",
    "vmware",
    "citrix",
    "fortinet",
    "ivanti",
    "sharepoint",
    "exchange",
    "wordpress",
    "magento",
    "npm",
];

/// Words beside a name that say what it is.
const CONTEXT: &[&str] = &[
    "malware",
    "ransomware",
    "trojan",
    "backdoor",
    "rat",
    "loader",
    "stealer",
    "infostealer",
    "botnet",
    "wiper",
    "group",
    "intrusion set",
    "threat actor",
    "adversary",
    "cluster",
    "gang",
    "actor",
    "actors",
    "apt",
    "campaign",
    "framework",
    "implant",
    "family",
    "operators",
    "team",
    "dropper",
    "worm",
    "rootkit",
    "keylogger",
    "tool",
    "c2",
    "beacon",
    "collective",
    "spyware",
    "マルウェア",
    "マルウエア",
    "ランサムウェア",
    "ランサムウエア",
    "バックドア",
    "グループ",
    "攻撃者",
    "集団",
    "ローダー",
    "ボットネット",
    "トロイの木馬",
    "キャンペーン",
    "スティーラー",
    "ツール",
    "アクター",
];

/// Known names, ready to be searched for.
struct Index {
    version: String,
    phrases: Option<Arc<Phrases>>,
    /// For every pattern, the index of the name.
    of_pattern: Vec<u32>,
    /// For every pattern, its own spelling.
    spelling: Vec<String>,
}

impl Index {
    fn new(knowledge: &Knowledge) -> Self {
        let mut patterns: Vec<(String, u32)> = Vec::new();
        for (i, name) in knowledge.names().iter().enumerate() {
            if NEVER.contains(&name.folded.as_str()) {
                continue;
            }
            let i = u32::try_from(i).unwrap_or(u32::MAX);
            for spelling in std::iter::once(&name.text).chain(&name.spellings) {
                if spelling.chars().count() < 3 && spelling.is_ascii() {
                    continue;
                }
                patterns.push((spelling.clone(), i));
                if spelling.contains(' ') && spelling.len() >= 6 {
                    for joint in ["-", "", "\n"] {
                        patterns.push((spelling.replace(' ', joint), i));
                    }
                }
            }
        }
        // In order; of one spelling the name that has it first holds.
        patterns.sort_by(|(a, _), (b, _)| a.cmp(b));
        patterns.dedup_by(|(a, _), (b, _)| a == b);
        let (spelling, of_pattern): (Vec<String>, Vec<u32>) = patterns.into_iter().unzip();
        Self {
            version: knowledge.version().to_owned(),
            phrases: Phrases::new(&spelling).map(Arc::new),
            of_pattern,
            spelling,
        }
    }

    /// The index of this knowledge; that of the embedded one is built once.
    fn of(knowledge: &Knowledge) -> Arc<Self> {
        static CELL: OnceLock<Arc<Index>> = OnceLock::new();
        let cached = CELL.get_or_init(|| Arc::new(Self::new(knowledge)));
        if cached.version == knowledge.version() && !cached.version.is_empty() {
            return Arc::clone(cached);
        }
        Arc::new(Self::new(knowledge))
    }
}

struct Building {
    first: String,
    also: BTreeSet<String>,
    kind: NameKind,
    known_as: Option<String>,
    actors: Vec<ActorId>,
    software: Vec<SoftwareId>,
    misspelt: bool,
    /// How many of the mentions say that it is not so.
    denied: u32,
    count: u32,
    citations: Vec<ReportCitation>,
    order: usize,
}

/// Finds names block by block.
pub(crate) struct Names<'a> {
    knowledge: &'a Knowledge,
    index: Arc<Index>,
    found: BTreeMap<String, Building>,
    /// Capitalised words that may be misspelt names, with where they stand first.
    slips: QuickMap<String, (usize, u32, ReportCitation, bool)>,
    order: usize,
    /// Places in the block being read: words with capitals, and vendors' numbers.
    capitals: Vec<(usize, usize)>,
    numbers: Vec<(usize, usize)>,
}

/// Most different words that are looked up as possible slips.
const SLIP_LIMIT: usize = 4000;

impl<'a> Names<'a> {
    pub(crate) fn new(knowledge: &'a Knowledge) -> Self {
        Self {
            knowledge,
            index: Index::of(knowledge),
            found: BTreeMap::new(),
            slips: QuickMap::default(),
            order: 0,
            capitals: Vec::new(),
            numbers: Vec::new(),
        }
    }

    /// The names that are searched for.
    pub(crate) fn phrases(&self) -> Option<Arc<Phrases>> {
        self.index.phrases.clone()
    }

    /// Reads one block. `starts` are the places where [`Names::phrases`] may begin, `taken` ranges that
    /// something else explains (URLs, paths, …), sorted.
    pub(crate) fn scan(
        &mut self,
        text: &str,
        starts: &[Start],
        taken: &[(usize, usize)],
        cite: &dyn Fn(usize, usize) -> ReportCitation,
    ) {
        let index = Arc::clone(&self.index);
        let is_taken = |start: usize, end: usize| overlaps(taken, start, end);
        let mut matched: Vec<(usize, usize)> = Vec::new();
        let mut last: Option<(usize, bool)> = None;
        if let Some(phrases) = &index.phrases {
            phrases.each_from(text, starts, |Hit { start, end, phrase }| {
                let name = index
                    .of_pattern
                    .get(phrase)
                    .and_then(|i| self.knowledge.names().get(*i as usize));
                let (Some(name), Some(spelling)) = (name, index.spelling.get(phrase)) else {
                    return false;
                };
                if !has_borders(text, start, end)
                    || is_taken(start, end)
                    || !counts(text, (start, end), name, spelling)
                {
                    return false;
                }
                matched.push((start, end));
                // "not APT28 or APT29"
                let listed = last.filter(|(before, _)| {
                    matches!(
                        text.get(*before..start),
                        Some(" or " | " nor " | ", " | "/")
                    )
                });
                let denied = listed.is_some_and(|(_, denied)| denied)
                    || denied::is_denied(text, (start, end));
                last = Some((end, denied));
                let written = text.get(start..end).unwrap_or("");
                self.known(name, (written, denied), None, || cite(start, end));
                true
            });
        }
        self.capitals.clear();
        let mut numbers = std::mem::take(&mut self.numbers);
        capitals(text, &mut self.capitals, &mut numbers);
        for (start, end) in numbers.drain(..) {
            let covered = overlaps(&matched, start, end);
            if covered || is_taken(start, end) || !has_borders(text, start, end) {
                continue;
            }
            let denied = denied::is_denied(text, (start, end));
            let written = text.get(start..end).unwrap_or("");
            self.pattern((written, denied), || cite(start, end));
        }
        self.numbers = numbers;
        self.possible_slips(text, &matched, &is_taken, cite);
    }

    fn known(
        &mut self,
        name: &KnownName,
        (written, denied): (&str, bool),
        kind: Option<NameKind>,
        cite: impl FnOnce() -> ReportCitation,
    ) {
        self.order += 1;
        let order = self.order;
        let written = written.split_whitespace().collect::<Vec<_>>().join(" ");
        let entry = self
            .found
            .entry(name.folded.clone())
            .or_insert_with(|| Building {
                first: written.clone(),
                also: BTreeSet::new(),
                kind: kind.unwrap_or_else(|| name.kind()),
                known_as: Some(name.text.clone()),
                actors: name.actors.clone(),
                software: name.software.clone(),
                misspelt: false,
                denied: 0,
                count: 0,
                citations: Vec::new(),
                order,
            });
        entry.count += 1;
        entry.denied += u32::from(denied);
        if entry.first != written {
            entry.also.insert(written);
        }
        if entry.citations.len() < 10 {
            entry.citations.push(cite());
        }
    }

    /// A vendor's number for a cluster, or ATT&CK's id of a group or software.
    fn pattern(&mut self, (written, denied): (&str, bool), cite: impl FnOnce() -> ReportCitation) {
        let attack = written.len() == 5 && written.starts_with(['G', 'S']);
        if attack {
            let actor = ActorId(format!("attack:{written}"));
            let software = SoftwareId(format!("attack:{written}"));
            let name = self
                .knowledge
                .actor(&actor)
                .map(|a| a.name.clone())
                .or_else(|| self.knowledge.software(&software).map(|s| s.name.clone()));
            if let Some(known) = name.as_deref().and_then(|n| self.knowledge.name(n)) {
                self.known(&known.clone(), (written, denied), None, cite);
            }
            return;
        }
        // TA0001 to TA0111 are tactics.
        if written.starts_with("TA0") {
            return;
        }
        if let Some(known) = self.knowledge.name(written).cloned() {
            self.known(&known, (written, denied), None, cite);
            return;
        }
        self.stated_unknown((written, denied), NameKind::IntrusionSet, cite);
    }

    fn stated_unknown(
        &mut self,
        (written, denied): (&str, bool),
        kind: NameKind,
        cite: impl FnOnce() -> ReportCitation,
    ) {
        self.order += 1;
        let order = self.order;
        let entry = self
            .found
            .entry(fold_name(written))
            .or_insert_with(|| Building {
                first: written.to_owned(),
                also: BTreeSet::new(),
                kind,
                known_as: None,
                actors: Vec::new(),
                software: Vec::new(),
                misspelt: false,
                denied: 0,
                count: 0,
                citations: Vec::new(),
                order,
            });
        entry.count += 1;
        entry.denied += u32::from(denied);
        if entry.citations.len() < 10 {
            entry.citations.push(cite());
        }
    }

    /// A name that a structured format states.
    pub(crate) fn stated(&mut self, name: &StatedName, citation: ReportCitation) {
        let written = name.text.trim();
        if written.is_empty()
            || written.chars().count() > 120
            || written.chars().any(char::is_control)
            || NEVER.contains(&fold_name(written).as_str())
        {
            return;
        }
        match self.knowledge.name(written).cloned() {
            // The knowledge may bear the name for something else; the format's kind stands.
            Some(known)
                if known.kinds.contains(&name.kind)
                    || matches!(
                        (name.kind, known.kind()),
                        (
                            NameKind::Malware | NameKind::Tool,
                            NameKind::Malware | NameKind::Tool
                        )
                    ) =>
            {
                self.known(&known, (written, false), Some(name.kind), || citation);
            }
            _ => self.stated_unknown((written, false), name.kind, || citation),
        }
    }

    /// Notes capitalised words (one to three) that are no known name.
    fn possible_slips(
        &mut self,
        text: &str,
        matched: &[(usize, usize)],
        is_taken: &dyn Fn(usize, usize) -> bool,
        cite: &dyn Fn(usize, usize) -> ReportCitation,
    ) {
        if self.slips.len() >= SLIP_LIMIT {
            return;
        }
        let words = std::mem::take(&mut self.capitals);
        for (i, first) in words.iter().enumerate() {
            for length in 1..=3usize {
                let Some(run) = words.get(i..i + length) else {
                    break;
                };
                let gaps = run
                    .windows(2)
                    .all(|w| matches!(w, [a, b] if text.get(a.1..b.0) == Some(" ")));
                if !gaps {
                    break;
                }
                let (from, to) = (first.0, run.last().map_or(first.1, |w| w.1));
                if to - from < 8
                    || to - from > 40
                    || overlaps(matched, from, to)
                    || is_taken(from, to)
                {
                    continue;
                }
                let written = text.get(from..to).unwrap_or("");
                if let Some(entry) = self.slips.get_mut(written) {
                    entry.1 += 1;
                } else if self.slips.len() < SLIP_LIMIT {
                    self.order += 1;
                    let beside = has_context(text, (from, to), 24);
                    self.slips
                        .insert(written.to_owned(), (self.order, 1, cite(from, to), beside));
                }
            }
        }
        self.capitals = words;
    }

    /// Everything found, in order of first mention.
    pub(crate) fn finish(mut self) -> Vec<NameMention> {
        let mut slips: Vec<_> = std::mem::take(&mut self.slips).into_iter().collect();
        slips.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (written, (order, count, citation, beside)) in slips {
            let near = self.knowledge.near_names(&written);
            // Only one candidate, and the text must back it: the right spelling stands elsewhere, or
            // a word beside it says that it is such a name. Otherwise a slip would invent an actor.
            let backed: Vec<&&KnownName> = near
                .iter()
                .filter(|n| self.found.contains_key(&n.folded))
                .collect();
            let name = match (backed.as_slice(), near.as_slice()) {
                ([one], _) => **one,
                ([], [one])
                    if beside
                        && one.needs_context.is_none()
                        && !NEVER.contains(&one.folded.as_str()) =>
                {
                    *one
                }
                _ => continue,
            };
            let entry = self
                .found
                .entry(name.folded.clone())
                .or_insert_with(|| Building {
                    first: written.clone(),
                    also: BTreeSet::new(),
                    kind: name.kind(),
                    known_as: Some(name.text.clone()),
                    actors: name.actors.clone(),
                    software: name.software.clone(),
                    misspelt: true,
                    denied: 0,
                    count: 0,
                    citations: Vec::new(),
                    order,
                });
            entry.count += count;
            if order < entry.order {
                let right = std::mem::replace(&mut entry.first, written);
                entry.also.insert(right);
                entry.order = order;
                entry.misspelt = true;
                entry.citations.insert(0, citation);
            } else {
                if entry.first != written {
                    entry.also.insert(written);
                }
                entry.citations.push(citation);
            }
            entry.citations.truncate(10);
        }
        let mut all: Vec<Building> = self.found.into_values().collect();
        all.sort_by_key(|b| b.order);
        all.into_iter()
            .map(|b| {
                let first = b.first;
                NameMention {
                    also_written: b.also.into_iter().filter(|w| *w != first).collect(),
                    text: first,
                    kind: b.kind,
                    known_as: b.known_as,
                    actors: b.actors,
                    software: b.software,
                    misspelt: b.misspelt,
                    denied: b.denied > 0 && b.denied == b.count,
                    count: b.count,
                    citations: b.citations,
                }
            })
            .collect()
    }
}

/// Where the capitalised words of a text stand (a capital first and a small letter somewhere), and the
/// vendors' numbers of clusters. Words are letters and digits of Latin scripts with `-` between.
fn capitals(text: &str, words: &mut Vec<(usize, usize)>, numbers: &mut Vec<(usize, usize)>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut number = 0;
    while let Some(first) = bytes.get(at) {
        let mut end = word_end(bytes, at);
        // Most words are of small letters, and end where their ASCII letters do.
        let next = bytes.get(end).copied().unwrap_or(b' ');
        let plain = next != b'-' && next < 0x80;
        if end == at && plain {
            at += 1;
            continue;
        }
        // Letters from U+0250 on are none of Latin's: Japanese above all.
        if end == at && *first > 0xC9 {
            at += match first {
                ..0xE0 => 2,
                ..0xF0 => 3,
                _ => 4,
            };
            continue;
        }
        if at >= number
            && clusters::may_begin(*first)
            && let Some(behind) = clusters::end_of(bytes, at)
        {
            numbers.push((at, behind));
            number = behind;
        }
        if plain && !first.is_ascii_uppercase() {
            at = end + 1;
            continue;
        }
        if !plain {
            let rest = text.get(end..).unwrap_or("");
            let inside = |c: char| {
                c.is_ascii_alphanumeric()
                    || c == '-'
                    || !c.is_ascii() && (c as u32) < 0x250 && c.is_alphabetic()
            };
            end += rest.find(|c| !inside(c)).unwrap_or(rest.len());
        }
        let word = text.get(at..end).unwrap_or("");
        if word.starts_with(char::is_uppercase) && word.chars().any(char::is_lowercase) {
            words.push((at, end));
        }
        // A number may follow `-` inside a word of this sort.
        let inner = word
            .as_bytes()
            .iter()
            .position(|b| *b == b'-' || *b >= 0x80);
        if let Some(inner) = inner.filter(|_| number <= at) {
            let mut from = at + inner;
            while from < end {
                if bytes.get(from).is_some_and(|b| clusters::may_begin(*b))
                    && let Some(behind) = clusters::end_of(bytes, from)
                {
                    numbers.push((from, behind));
                    number = behind;
                    break;
                }
                from += 1;
            }
        }
        at = match text.get(end..).and_then(|t| t.chars().next()) {
            Some(c) => end + c.len_utf8(),
            None => bytes.len(),
        };
    }
}

/// Whether one of some ranges, in order, overlaps another.
fn overlaps(ranges: &[(usize, usize)], start: usize, end: usize) -> bool {
    let i = ranges.partition_point(|(_, e)| *e <= start);
    ranges.get(i).is_some_and(|(s, _)| *s < end)
}

/// A name ends where its script ends: Latin letters may touch Japanese, never other Latin ones.
fn has_borders(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|t| t.chars().next_back());
    let after = text.get(end..).and_then(|t| t.chars().next());
    let first = text.get(start..).and_then(|t| t.chars().next());
    let last = text.get(..end).and_then(|t| t.chars().next_back());
    let same = |a: Option<char>, b: Option<char>| match (a, b) {
        (Some(a), Some(b)) => a.is_alphanumeric() && b.is_alphanumeric() && script(a) == script(b),
        _ => false,
    };
    // `Emotet-like` ends a name, `X-Agent` goes on; a dot or slash makes it part of something else.
    let joined = matches!(before, Some('.' | '/' | '\\' | '_' | '@' | '$'))
        || matches!(after, Some('_' | '\\' | '@' | '/'))
        || (after == Some('.')
            && text
                .get(end + 1..)
                .and_then(|t| t.chars().next())
                .is_some_and(char::is_alphanumeric));
    !same(before, first) && !same(last, after) && !joined
}

fn script(c: char) -> u8 {
    match c {
        '\u{3041}'..='\u{309F}' => 1,
        '\u{30A0}'..='\u{30FF}' => 2,
        '\u{3400}'..='\u{9FFF}' => 3,
        _ if (c as u32) < 0x250 => 0,
        _ => 4,
    }
}

/// Whether a match counts: capitals where the name has them, and context where it needs it.
fn counts(text: &str, (start, end): (usize, usize), name: &KnownName, spelling: &str) -> bool {
    let written = text.get(start..end).unwrap_or("");
    let lower_case = written.bytes().any(|b| b.is_ascii_lowercase())
        && !written
            .bytes()
            .any(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let known_upper = spelling.bytes().any(|b| b.is_ascii_uppercase());
    if name.needs_context.is_some() {
        // `Play ransomware`, never `play`: written as the sources write it, with a word beside it.
        return written == spelling && known_upper && has_context(text, (start, end), 16);
    }
    if lower_case && known_upper && written.is_ascii() {
        return has_context(text, (start, end), 16) && written.len() >= 5;
    }
    // All-capitals of an ordinary mixed-case short name is a heading or an abbreviation.
    written.len() >= 4 || written == spelling
}

/// Whether a word that says what a name stands for is within `reach` bytes of it.
fn has_context(text: &str, (start, end): (usize, usize), reach: usize) -> bool {
    let mut from = start.saturating_sub(reach);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = (end + reach).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    static CELL: OnceLock<Openings> = OnceLock::new();
    let words = CELL.get_or_init(|| Openings::new(CONTEXT.to_vec()));
    let near = |window: &str| {
        let letter = |i: usize| {
            let byte = window.as_bytes().get(i);
            byte.is_some_and(u8::is_ascii_alphanumeric)
        };
        let mut found = words.find(window).into_iter();
        found.any(|hit| !(letter(hit.end) && words.word(hit.word).is_ascii()))
    };
    near(text.get(from..start).unwrap_or("")) || near(text.get(end..to).unwrap_or(""))
}

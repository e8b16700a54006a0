//! One search for the names of techniques and the phrases of the lexicon.
//!
//! Names are of two sorts. "Process Injection" can only be the technique, and is one wherever it is
//! written with capitals. "Email Accounts", "Server" and "At" are ordinary words and stand for a
//! technique only where the text says that it lists techniques.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use tegakari_knowledge::Knowledge;
use tegakari_model::TechniqueId;

use super::matrix::Matrix;
use super::phrases;
use crate::phrases::{Hit, Phrases, Start};

/// Words at the end of a name that make it something one does, and not a thing.
const DOING: &[&str] = &[
    "abuse",
    "access",
    "bypass",
    "capture",
    "compromise",
    "decode",
    "defacement",
    "discovery",
    "dump",
    "dumping",
    "evasion",
    "execution",
    "exfiltration",
    "flux",
    "hijack",
    "impersonation",
    "injection",
    "interception",
    "manipulation",
    "modification",
    "obfuscation",
    "persistence",
    "poisoning",
    "relay",
    "removal",
    "smuggling",
    "sniffing",
    "spoofing",
    "staging",
    "stuffing",
    "theft",
    "transfer",
    "tunneling",
];

/// Endings of such words.
const DOING_ENDS: &[&str] = &["ing", "tion", "sion"];

/// Names that end so and are ordinary all the same.
const ORDINARY: &[&str] = &[
    "active scanning",
    "application layer protocol",
    "cloud administration command",
    "command and scripting interpreter",
    "credentials in files",
    "data encoding",
    "digital certificates",
    "domain registration",
    "email collection",
    "network security appliances",
    "remote access",
    "social media",
    "software discovery",
    "standard encoding",
    "system information",
];

#[derive(Debug)]
enum Means {
    /// Phrase of the lexicon.
    Phrase(TechniqueId),
    /// Name of a technique in one or several matrices.
    Name {
        /// Matrix and id.
        of: Vec<(String, TechniqueId)>,
        /// It is an ordinary word as well.
        ordinary: bool,
        /// The lexicon has it too: then it stands for this technique even as an ordinary word.
        phrase: Option<TechniqueId>,
    },
}

/// The phrases and what they mean.
pub(super) struct Index {
    version: String,
    phrases: Option<Arc<Phrases>>,
    means: Vec<Means>,
}

impl Index {
    fn new(knowledge: &Knowledge) -> Self {
        let mut patterns: BTreeMap<String, Means> = BTreeMap::new();
        for (id, phrase) in phrases::all() {
            let Some(id) = TechniqueId::parse(id) else {
                continue;
            };
            for spelling in phrases::spellings(phrase) {
                patterns
                    .entry(spelling)
                    .or_insert_with(|| Means::Phrase(id.clone()));
            }
        }
        for technique in knowledge.techniques().iter().filter(|t| t.is_live()) {
            let own = technique.name.to_lowercase();
            let parent = technique
                .parent
                .as_ref()
                .and_then(|p| knowledge.technique(p));
            // `Parent: Child` is how ATT&CK's pages and most tables write a sub-technique.
            let full = parent.map(|p| p.name.to_lowercase());
            let full = full.into_iter().flat_map(|p| {
                [": ", " - ", " – ", "/"].map(|between| (format!("{p}{between}{own}"), false))
            });
            let ordinary = is_ordinary(&own);
            for (name, ordinary) in full.chain([(own.clone(), ordinary)]) {
                let id = (technique.domain.clone(), technique.id.clone());
                match patterns.get_mut(&name) {
                    Some(Means::Name { of, .. }) => of.push(id),
                    known => {
                        let phrase = match known {
                            Some(Means::Phrase(id)) => Some(id.clone()),
                            _ => None,
                        };
                        let means = Means::Name {
                            of: vec![id],
                            ordinary,
                            phrase,
                        };
                        patterns.insert(name, means);
                    }
                }
            }
        }
        let (texts, means): (Vec<String>, Vec<Means>) = patterns.into_iter().unzip();
        Self {
            version: knowledge.version().to_owned(),
            phrases: Phrases::new(&texts).map(Arc::new),
            means,
        }
    }

    pub(super) fn of(knowledge: &Knowledge) -> Arc<Self> {
        static CELL: OnceLock<Arc<Index>> = OnceLock::new();
        let cached = CELL.get_or_init(|| Arc::new(Self::new(knowledge)));
        if cached.version == knowledge.version() && !cached.version.is_empty() {
            return Arc::clone(cached);
        }
        Arc::new(Self::new(knowledge))
    }

    /// The names and phrases that are searched for.
    pub(super) fn phrases(&self) -> Option<Arc<Phrases>> {
        self.phrases.clone()
    }

    /// Calls `sink` with every name or phrase: where it stands, its technique, and whether it is the
    /// technique's name. Ordinary words count where the text is `of_techniques`.
    pub(super) fn find(
        &self,
        text: &str,
        starts: &[Start],
        matrix: Matrix,
        of_techniques: bool,
        sink: &mut dyn FnMut(usize, usize, &TechniqueId, bool),
    ) {
        let Some(phrases) = &self.phrases else {
            return;
        };
        phrases.each_from(text, starts, |Hit { start, end, phrase }| {
            if !stands_alone(text, start, end) {
                return false;
            }
            match self.means.get(phrase) {
                Some(Means::Phrase(id)) => sink(start, end, id, false),
                Some(Means::Name {
                    of,
                    ordinary,
                    phrase,
                }) => {
                    let written = text.get(start..end).unwrap_or("");
                    // Plain words in running text are what they say.
                    let as_name = if *ordinary {
                        of_techniques && alone_in_cell(text, start, end)
                    } else {
                        has_capitals(written) || of_techniques
                    };
                    // A table of techniques in lower case says the name; prose in lower case says the
                    // same thing without naming it.
                    let one = of.iter().min_by_key(|(domain, _)| matrix.rank(domain));
                    if let Some((domain, id)) = one
                        && matrix.rank(domain) < 9
                        && (as_name || !*ordinary && written.contains(' '))
                    {
                        sink(start, end, id, as_name);
                    } else if let Some(id) = phrase {
                        sink(start, end, id, false);
                    }
                }
                None => {}
            }
            true
        });
    }
}

/// Whether a name is made of words that reports use for other things.
fn is_ordinary(name: &str) -> bool {
    let last = name.rsplit([' ', '/']).next().unwrap_or(name);
    let doing = DOING.binary_search(&last).is_ok() || DOING_ENDS.iter().any(|e| last.ends_with(e));
    !name.contains([' ', '-']) || !doing || ORDINARY.contains(&name)
}

/// Two words or more with capitals, or one word among small ones is not enough.
fn has_capitals(written: &str) -> bool {
    let mut words = 0;
    let mut capitals = 0;
    for word in written.split([' ', '-', '/']).filter(|w| w.len() > 3) {
        words += 1;
        capitals += usize::from(word.starts_with(|c: char| c.is_ascii_uppercase()));
    }
    words >= 1
        && capitals == words
        && written.starts_with(|c: char| c.is_ascii_uppercase())
        && (words > 1 || written.contains([' ', '-']))
}

/// No letter of the same script goes on before or after it.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let inner = text.get(start..end).unwrap_or("");
    let before = text.get(..start).and_then(|t| t.chars().next_back());
    let after = text.get(end..).and_then(|t| t.chars().next());
    let joins = |outer: Option<char>, own: Option<char>| match (outer, own) {
        (Some(o), Some(i)) => {
            o.is_ascii_alphanumeric() && i.is_ascii_alphanumeric()
                || is_katakana(o) && is_katakana(i) && inner.chars().count() < 5
        }
        _ => false,
    };
    let file = after == Some('.')
        && inner.is_ascii()
        && text
            .as_bytes()
            .get(end + 1)
            .is_some_and(u8::is_ascii_alphanumeric);
    !file && !joins(before, inner.chars().next()) && !joins(after, inner.chars().next_back())
}

fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30A1}'..='\u{30FA}' | 'ー')
}

/// Whether a word fills its cell or line, apart from an id beside it.
fn alone_in_cell(text: &str, start: usize, end: usize) -> bool {
    let ends = |c: char| matches!(c, '\t' | '\n' | '|');
    let before = text.get(..start).unwrap_or("");
    let before = before.rsplit(ends).next().unwrap_or("");
    let after = text
        .get(end..)
        .unwrap_or("")
        .split(ends)
        .next()
        .unwrap_or("");
    let bare = |s: &str| {
        s.split(|c: char| {
            c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ':' | '-' | ',' | '*')
        })
        .filter(|w| !w.is_empty())
        .all(|w| TechniqueId::parse(w.trim_end_matches('.')).is_some())
    };
    bare(before) && bare(after)
}

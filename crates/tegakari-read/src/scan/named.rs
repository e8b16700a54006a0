//! Objects that only their sentence makes recognisable: "creates the mutex Global\x", 「ミューテックス「x」」, a
//! pipe, a service, a user agent.

use tegakari_model::ObservableKind as K;

use super::{Finder, Origin, Taken, cut};

/// Words that announce a name, and of what.
const CUES: [(&str, K); 14] = [
    ("mutex", K::Mutex),
    ("mutant", K::Mutex),
    ("ミューテックス", K::Mutex),
    ("named pipe", K::NamedPipe),
    ("名前付きパイプ", K::NamedPipe),
    ("service named", K::ServiceName),
    ("service called", K::ServiceName),
    ("service name", K::ServiceName),
    ("サービス名", K::ServiceName),
    ("windows service", K::ServiceName),
    ("user agent", K::UserAgent),
    ("user-agent", K::UserAgent),
    ("useragent", K::UserAgent),
    ("ユーザーエージェント", K::UserAgent),
];

/// Words between the cue and the name.
const FILLERS: [&str; 14] = [
    "es", "name", "named", "called", "string", "value", "with", "the", "object", "of", "is", "by",
    "a", "を",
];

/// Longest name that is read.
const LIMIT: usize = 300;

/// A part of every cue, so short and rare that looking for these costs a third of looking for cues.
const PARTS: [&str; 8] = ["mut", "pip", "rvic", "agen", "ミ", "名", "サ", "ユ"];

/// For every byte the places in these parts at which it stands, a bit each; the bits of the first places; those
/// of the last.
const PLACES: ([u32; 256], u32, u32) = {
    let mut places = [0; 256];
    let (mut first, mut last) = (0, 0);
    let (mut bit, mut part) = (1, 0);
    while part < PARTS.len() {
        let bytes = PARTS[part].as_bytes();
        first |= bit;
        let mut i = 0;
        while i < bytes.len() {
            places[bytes[i] as usize] |= bit;
            if bytes[i].is_ascii_lowercase() {
                places[bytes[i].to_ascii_uppercase() as usize] |= bit;
            }
            last = if i + 1 == bytes.len() {
                last | bit
            } else {
                last
            };
            bit <<= 1;
            i += 1;
        }
        part += 1;
    }
    (places, first, last)
};

/// Whether a text may hold a cue.
fn may_hold_cue(text: &str) -> bool {
    let (places, first, last) = &PLACES;
    let (mut here, mut ended) = (0_u32, 0);
    for byte in text.bytes() {
        // Each bit goes on to the next place of its part, where the byte stands there (shift-and).
        here = (here << 1 | first) & places[usize::from(byte)];
        ended |= here & last;
    }
    ended != 0
}

/// Whether a text without any dot or digit may still name something.
pub(super) fn may_name(text: &str) -> bool {
    text.len() > 12 && may_hold_cue(text) && automaton().is_some_and(|cues| cues.is_match(text))
}

/// Every object named in a sentence.
pub(super) fn scan(text: &str, taken: &mut Taken, found: &mut Finder<'_>) {
    let mut spans = Vec::new();
    agents(text, &mut spans, found);
    if let Some(cues) = automaton().filter(|_| may_hold_cue(text)) {
        let mut done = 0;
        for hit in cues.find_iter(text) {
            let Some((cue, kind)) = CUES.get(hit.pattern().as_usize()) else {
                continue;
            };
            let bytes = text.as_bytes();
            let glued = cue.is_ascii()
                && hit
                    .start()
                    .checked_sub(1)
                    .and_then(|i| bytes.get(i))
                    .is_some_and(u8::is_ascii_alphanumeric);
            if glued || hit.start() < done {
                continue;
            }
            let called = cue.ends_with("named") || cue.ends_with("called");
            let Some((start, end)) = name_after(text, hit.end(), *kind, called) else {
                continue;
            };
            done = end;
            let read = spans.iter().any(|(s, e)| *s <= start && end <= *e);
            if !read && found.add(*kind, cut(text, start, end), (start, end), Origin::Label) {
                spans.push((start, end));
            }
        }
    }
    taken.0.extend(spans);
}

fn automaton() -> Option<&'static aho_corasick::AhoCorasick> {
    static CELL: std::sync::OnceLock<Option<aho_corasick::AhoCorasick>> =
        std::sync::OnceLock::new();
    CELL.get_or_init(|| {
        aho_corasick::AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(aho_corasick::MatchKind::LeftmostLongest)
            .kind(Some(aho_corasick::AhoCorasickKind::DFA))
            // Words that begin like these are too common to look for their first letters.
            .prefilter(false)
            .build(CUES.iter().map(|(cue, _)| *cue))
            .ok()
    })
    .as_ref()
}

/// Where the name stands that follows a cue.
fn name_after(text: &str, from: usize, kind: K, mut called: bool) -> Option<(usize, usize)> {
    let mut at = from;
    for _ in 0..6 {
        let rest = cut(text, at, text.len());
        let trimmed = rest.trim_start_matches([' ', ':', '=', '(']);
        at += rest.len() - trimmed.len();
        if let Some(open) = trimmed.chars().next().filter(|c| closing(*c).is_some()) {
            let close = closing(open)?;
            let inner = at + open.len_utf8();
            let length = cut(text, inner, text.len())
                .char_indices()
                .take(LIMIT)
                .take_while(|(_, c)| !c.is_control())
                .find(|(_, c)| *c == close)
                .map(|(i, _)| i)?;
            let value = cut(text, inner, inner + length).trim();
            let right = value.chars().count() >= 3
                && value.split(' ').count() <= if kind == K::UserAgent { 40 } else { 4 };
            let start = text.get(inner..)?.find(value)? + inner;
            return right.then_some((start, start + value.len()));
        }
        let filler = FILLERS.iter().find(|word| {
            trimmed
                .get(..word.len())
                .is_some_and(|t| t.eq_ignore_ascii_case(word))
                && (!word.is_ascii()
                    || trimmed.as_bytes().get(word.len()).is_none_or(|b| {
                        !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'\\'))
                    }))
        });
        match filler {
            Some(word) => {
                called |= matches!(*word, "named" | "called" | "name");
                at += word.len();
            }
            None => break,
        }
    }
    if kind == K::UserAgent {
        return None;
    }
    let rest = cut(text, at, text.len());
    let length = rest
        .char_indices()
        .take(LIMIT)
        .find(|(_, c)| {
            c.is_whitespace()
                || c.is_control()
                || super::is_cjk(*c)
                || matches!(
                    c,
                    ',' | ';' | '"' | '\'' | '`' | ')' | '<' | '>' | '”' | '’'
                )
        })
        .map_or(rest.len(), |(i, _)| i);
    let value = cut(rest, 0, length).trim_end_matches(['.', ':']);
    (looks_named(value) || (called && value.len() >= 4 && is_word(value)))
        .then_some((at, at + value.len()))
}

fn closing(open: char) -> Option<char> {
    Some(match open {
        '"' => '"',
        '`' => '`',
        '\'' => '\'',
        '“' => '”',
        '‘' => '’',
        '「' => '」',
        '『' => '』',
        _ => return None,
    })
}

fn is_word(value: &str) -> bool {
    value
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_-.\\{}#!$%".contains(&b))
}

/// Whether a word is no word of a language: a name somebody gave a thing.
fn looks_named(value: &str) -> bool {
    let inner_capital = value
        .as_bytes()
        .windows(2)
        .any(|w| matches!(w, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    let mixed =
        value.bytes().any(|b| b.is_ascii_digit()) && value.bytes().any(|b| b.is_ascii_alphabetic());
    value.len() >= 4
        && is_word(value)
        && (inner_capital || mixed || value.contains(['_', '\\', '{', '#']))
}

/// User agents by their form: `Mozilla/5.0 (…) Name/1.2`.
fn agents(text: &str, spans: &mut Vec<(usize, usize)>, found: &mut Finder<'_>) {
    static CELL: std::sync::OnceLock<memchr::memmem::Finder<'static>> = std::sync::OnceLock::new();
    let finder = CELL.get_or_init(|| memchr::memmem::Finder::new(b"Mozilla/"));
    let mut done = 0;
    for start in finder.find_iter(text.as_bytes()) {
        if start < done {
            continue;
        }
        let end = agent_end(text, start);
        done = end;
        let value = cut(text, start, end);
        if value.len() > 12 && found.add(K::UserAgent, value, (start, end), Origin::Form) {
            spans.push((start, end));
        }
    }
}

/// A user agent is products (`name/version`) and remarks in brackets (RFC 9110, section 10.1.5).
fn agent_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = start;
    let mut at = start;
    while at < bytes.len() && at - start < LIMIT {
        if bytes[at] == b'(' {
            let Some(length) = cut(text, at, text.len())
                .char_indices()
                .take(200)
                .take_while(|(_, c)| *c != '\n')
                .find(|(_, c)| *c == ')')
                .map(|(i, _)| i)
            else {
                break;
            };
            at += length + 1;
        } else {
            let word = bytes[at..]
                .iter()
                .take(64)
                .take_while(|b| b.is_ascii_alphanumeric() || b"._-/+".contains(b))
                .count();
            if word == 0 || !bytes[at..at + word].contains(&b'/') {
                break;
            }
            at += word;
        }
        end = at;
        if bytes.get(at) != Some(&b' ') {
            break;
        }
        at += 1;
    }
    // A full stop ends the sentence.
    while end > start && matches!(bytes[end - 1], b'.' | b'/') {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::{CUES, may_hold_cue};

    #[test]
    fn every_cue_holds_one_of_the_parts() {
        for (cue, _) in CUES {
            assert!(may_hold_cue(cue), "{cue}");
            assert!(may_hold_cue(&cue.to_uppercase()), "{cue}");
        }
        assert!(!may_hold_cue("the pi peered at mu tables"));
    }
}

//! Many texts, found in a value at once: anywhere, at its beginning, at its end, or as the whole of it.

use std::collections::HashMap;

use aho_corasick::automaton::Automaton;
use aho_corasick::dfa::DFA;
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, StartKind};
use foldhash::fast::FixedState;

use crate::leaf::At;

/// Texts of at most so many bytes together are looked for with a table of all transitions: quicker, and larger.
const SMALL: usize = 4000;

/// What is made true by each of many texts.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    anywhere: Set,
    start: Set,
    end: Set,
    whole: HashMap<String, Vec<u32>, FixedState>,
    numbers: HashMap<(At, String), usize, FixedState>,
    /// Where in the notes of [`Seen`] those of its texts begin.
    base: usize,
}

/// Which texts were found in this record already: short ones stand in a long line again and again.
pub(crate) struct Seen<'a> {
    /// For each text of an index, the turn in which it was last found.
    pub(crate) last: &'a mut [u32],
    pub(crate) turn: u32,
}

impl Seen<'_> {
    fn is_new(&mut self, at: usize) -> bool {
        match self.last.get_mut(at) {
            Some(last) if *last == self.turn => false,
            Some(last) => {
                *last = self.turn;
                true
            }
            None => true,
        }
    }
}

#[derive(Debug, Default)]
struct Set {
    automaton: Finder,
    found: Vec<Found>,
}

/// A text: its length in bytes, and what it makes true.
#[derive(Debug)]
struct Found {
    length: usize,
    atoms: Vec<u32>,
}

#[derive(Debug, Default)]
enum Finder {
    #[default]
    Nothing,
    Nfa(NFA),
    Dfa(DFA),
    /// Too many for an automaton.
    OneByOne(Vec<String>),
}

impl Texts {
    /// Adds a text at a place, which makes `atom` true.
    pub(crate) fn add(&mut self, at: At, text: &str, atom: u32) {
        let set = match at {
            At::Whole => {
                self.whole.entry(text.to_owned()).or_default().push(atom);
                return;
            }
            At::Anywhere => &mut self.anywhere,
            At::Start => &mut self.start,
            At::End => &mut self.end,
        };
        let number = *self
            .numbers
            .entry((at, text.to_owned()))
            .or_insert_with(|| {
                set.found.push(Found {
                    length: text.len(),
                    atoms: Vec::new(),
                });
                set.found.len() - 1
            });
        if let Some(found) = set.found.get_mut(number) {
            found.atoms.push(atom);
        }
    }

    /// Makes the automata, when all texts were added. `base` is the number of texts of other fields before these; that
    /// with these is returned.
    pub(crate) fn finish(&mut self, base: usize) -> usize {
        self.base = base;
        let mut texts = [
            vec![String::new(); self.anywhere.found.len()],
            vec![String::new(); self.start.found.len()],
            vec![String::new(); self.end.found.len()],
        ];
        #[allow(clippy::iter_over_hash_type, reason = "each goes to its number")]
        for ((at, text), number) in self.numbers.drain() {
            let list = match at {
                At::Anywhere => &mut texts[0],
                At::Start => &mut texts[1],
                At::End | At::Whole => &mut texts[2],
            };
            if let Some(slot) = list.get_mut(number) {
                *slot = text;
            }
        }
        let [anywhere, start, end] = texts;
        self.anywhere.automaton = Finder::build(anywhere, At::Anywhere);
        self.start.automaton = Finder::build(start, At::Start);
        self.end.automaton = Finder::build(end, At::End);
        base + self.anywhere.found.len()
    }

    /// Calls `f` with the atoms of each text that is in a value where it should be.
    pub(crate) fn each(&self, value: &str, seen: &mut Seen<'_>, mut f: impl FnMut(&[u32])) {
        if let Some(atoms) = self.whole.get(value) {
            f(atoms);
        }
        let bytes = value.as_bytes();
        let mut anywhere = |n: usize| {
            if seen.is_new(self.base + n) {
                f(&self.anywhere.found[n].atoms);
            }
        };
        match &self.anywhere.automaton {
            Finder::Nothing => {}
            Finder::Nfa(nfa) => walk(nfa, bytes.iter(), Anchored::No, |n, _| anywhere(n)),
            Finder::Dfa(dfa) => walk(dfa, bytes.iter(), Anchored::No, |n, _| anywhere(n)),
            Finder::OneByOne(texts) => {
                for (n, text) in texts.iter().enumerate() {
                    if value.contains(text.as_str()) {
                        anywhere(n);
                    }
                }
            }
        }
        for (set, at) in [(&self.start, At::Start), (&self.end, At::End)] {
            // A text that ends here may also end another one that began later.
            let mut keep = |n: usize, end: usize| {
                let found = &set.found[n];
                if found.length == end {
                    f(&found.atoms);
                }
            };
            match &set.automaton {
                Finder::Nfa(nfa) if at == At::Start => {
                    walk(nfa, bytes.iter(), Anchored::Yes, &mut keep)
                }
                Finder::Nfa(nfa) => walk(nfa, bytes.iter().rev(), Anchored::Yes, &mut keep),
                Finder::OneByOne(texts) => {
                    for (n, text) in texts.iter().enumerate() {
                        if crate::leaf::stands(value, text, at) {
                            keep(n, text.len());
                        }
                    }
                }
                Finder::Nothing | Finder::Dfa(_) => {}
            }
        }
    }
}

impl Finder {
    fn build(texts: Vec<String>, at: At) -> Self {
        if texts.is_empty() {
            return Self::Nothing;
        }
        let bytes: usize = texts.iter().map(String::len).sum();
        let built = match at {
            At::Anywhere if bytes <= SMALL => DFA::builder()
                .prefilter(false)
                .start_kind(StartKind::Unanchored)
                .build(&texts)
                .map(Self::Dfa),
            At::End => {
                let backwards = texts.iter().map(|t| t.bytes().rev().collect::<Vec<u8>>());
                NFA::builder()
                    .prefilter(false)
                    .build(backwards)
                    .map(Self::Nfa)
            }
            _ => NFA::builder()
                .prefilter(false)
                .dense_depth(3)
                .build(&texts)
                .map(Self::Nfa),
        };
        built.unwrap_or(Self::OneByOne(texts))
    }
}

/// Calls `f` with the number of each text that ends, and how many bytes were read by then.
fn walk<'b>(
    automaton: &impl Automaton,
    bytes: impl Iterator<Item = &'b u8>,
    anchored: Anchored,
    mut f: impl FnMut(usize, usize),
) {
    let Ok(mut state) = automaton.start_state(anchored) else {
        return;
    };
    for (at, byte) in bytes.enumerate() {
        state = automaton.next_state(anchored, state, *byte);
        if !automaton.is_special(state) {
            continue;
        }
        if automaton.is_dead(state) {
            return;
        }
        if automaton.is_match(state) {
            for i in 0..automaton.match_len(state) {
                f(automaton.match_pattern(state, i).as_usize(), at + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Seen, Texts};
    use crate::leaf::{At, stands};

    #[test]
    fn texts_are_found_just_where_they_should_be() {
        let words = ["b", "ab", "abc", "bc", "c", "abab", "é", "xé"];
        let places = [At::Anywhere, At::Start, At::End, At::Whole];
        let mut texts = Texts::default();
        let mut atoms = Vec::new();
        for word in words {
            for at in places {
                texts.add(at, word, atoms.len() as u32);
                atoms.push((word, at));
            }
        }
        assert_eq!(texts.finish(7), 7 + words.len());
        let mut last = vec![0; 7 + words.len()];
        let values = [
            "", "a", "b", "abc", "xabc", "ababc", "xxé", "éx", "ab", "cab", "cabcab",
        ];
        for (turn, value) in (1u32..).zip(values) {
            let mut found = Vec::new();
            let mut seen = Seen {
                last: &mut last,
                turn,
            };
            texts.each(value, &mut seen, |atoms| found.extend_from_slice(atoms));
            found.sort_unstable();
            found.dedup();
            let expect: Vec<u32> = (0u32..)
                .zip(&atoms)
                .filter(|(_, (word, at))| stands(value, word, *at))
                .map(|(n, _)| n)
                .collect();
            assert_eq!(found, expect, "{value}");
        }
    }
}

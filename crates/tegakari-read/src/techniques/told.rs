//! Sentences that describe behaviour, read by the trained model.

use std::collections::HashSet;

use tegakari_model::TechniqueId;

use super::matrix::Matrix;
use super::{cues, ids};
use crate::behaviour::{Reader, Told, sentences};

/// Fewest and most words of a sentence that is read.
const WORDS: (usize, usize) = (5, 90);

/// Most different sentences of one document that are read. The longest reports have two thousand; beyond it
/// is a book or a dump, and reading stays fast.
const SENTENCES: usize = 6000;

/// Reads sentences; each only once, however often a document repeats it.
#[derive(Debug, Default)]
pub(super) struct Teller {
    reader: Reader,
    seen: HashSet<u64>,
    /// Sentences that were not read because there were too many.
    pub(super) left: usize,
}

/// A technique that a sentence tells of.
pub(super) struct Telling {
    pub(super) id: TechniqueId,
    pub(super) probability: f32,
    /// What else it may be, likelier first.
    pub(super) others: Vec<(TechniqueId, f32)>,
}

impl Teller {
    /// Calls `sink` with where a sentence stands and what it tells of.
    pub(super) fn read(
        &mut self,
        text: &str,
        matrix: Matrix,
        sink: &mut dyn FnMut(usize, usize, Telling),
    ) {
        if text.len() < 24 {
            return;
        }
        for (start, end) in sentences::split(text) {
            let sentence = text.get(start..end).unwrap_or("");
            if !is_prose(sentence) {
                continue;
            }
            // An author who gives an id has said what it is.
            let key = key(sentence);
            if self.seen.contains(&key) || ids::any(sentence) {
                continue;
            }
            if self.seen.len() >= SENTENCES {
                self.left += 1;
                continue;
            }
            self.seen.insert(key);
            let Some(told) = self.reader.read(sentence, |domain| matrix.allows(domain)) else {
                continue;
            };
            if cues::is_advice(sentence) {
                continue;
            }
            let Told { first, others } = told;
            let parse = |(id, p): (&str, f32)| TechniqueId::parse(id).map(|id| (id, p));
            if let Some((id, probability)) = parse(first) {
                let others = others.into_iter().filter_map(parse).collect();
                sink(
                    start,
                    end,
                    Telling {
                        id,
                        probability,
                        others,
                    },
                );
            }
        }
    }
}

/// Whether a text is a sentence of words and not a list of values: mostly small letters and blanks.
fn is_prose(sentence: &str) -> bool {
    let mut words = 0;
    let mut small = 0;
    let mut inside = false;
    for byte in sentence.bytes() {
        let letter = byte.is_ascii_lowercase();
        small += usize::from(letter);
        let blank = byte == b' ' || byte == b'\n';
        if blank && inside {
            words += 1;
        }
        inside = !blank;
    }
    words += usize::from(inside);
    words >= WORDS.0 && words <= WORDS.1 && small * 10 >= sentence.len() * 6
}

/// FNV-1a over the bytes of a sentence.
fn key(sentence: &str) -> u64 {
    sentence.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

//! Sentences that describe behaviour, read by the trained model.

use tegakari_model::TechniqueId;

use super::matrix::Matrix;
use super::{cues, ids};
use crate::behaviour::{Reader, Told, sentences};
use crate::hashing::QuickSet;

/// Fewest and most words of a sentence that is read.
const WORDS: (usize, usize) = (5, 90);

/// Most different sentences of one document that are read. The longest reports have two thousand; beyond it
/// is a book or a dump, and reading stays fast.
const SENTENCES: usize = 6000;

/// Reads sentences; each only once, however often a document repeats it.
#[derive(Debug, Default)]
pub(super) struct Teller {
    reader: Reader,
    seen: QuickSet<u64>,
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
        let blanks = memchr::memchr2_iter(b' ', b'\n', text.as_bytes());
        if text.len() < 24 || blanks.take(WORDS.0 - 1).count() < WORDS.0 - 1 {
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
    let bytes = sentence.as_bytes();
    let is_blank = |b: u8| (b == b' ') | (b == b'\n');
    let mut small = 0;
    let mut words = usize::from(bytes.first().is_some_and(|b| !is_blank(*b)));
    let next = bytes.get(1..).unwrap_or_default();
    // Counts of a byte each, which the compiler makes many of at once.
    for (bytes, next) in bytes.chunks(128).zip(next.chunks(128)) {
        let letters = bytes.iter().map(|b| u8::from(b.is_ascii_lowercase()));
        small += usize::from(letters.fold(0_u8, u8::wrapping_add));
        let begins = bytes.iter().zip(next);
        let begins = begins.map(|(a, b)| u8::from(is_blank(*a) & !is_blank(*b)));
        words += usize::from(begins.fold(0_u8, u8::wrapping_add));
    }
    // The last letter has a chunk of its own where nothing follows it there.
    if bytes.len() % 128 == 1 {
        small += usize::from(bytes.last().is_some_and(u8::is_ascii_lowercase));
    }
    words >= WORDS.0 && words <= WORDS.1 && small * 10 >= sentence.len() * 6
}

/// A hash of a sentence.
fn key(sentence: &str) -> u64 {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let mixed = |hash: u64, lanes: u64| {
        let hash = (hash ^ lanes).wrapping_mul(ODD);
        hash ^ (hash >> 32)
    };
    let mut chunks = sentence.as_bytes().chunks_exact(8);
    let mut hash = sentence.len() as u64;
    for chunk in chunks.by_ref() {
        hash = mixed(hash, chunk.try_into().map_or(0, u64::from_le_bytes));
    }
    let rest = chunks.remainder().iter();
    let rest = rest.fold(0, |lanes, b| lanes << 8 | u64::from(*b));
    mixed(hash, rest)
}

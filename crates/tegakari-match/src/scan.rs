//! One pass over a block: chunks that fit the nearest caches, masks for each chunk, and a walk that
//! looks only at the bits that may mean something.

use tegakari_model::Relation;

use crate::Hit;
use crate::classify::{Masks, classify, run_end, run_start, window};
use crate::colons;
use crate::compile::{Sets, digest_length, word_key};
use crate::decode;
use crate::text::{is_code_rest, is_escape_letter, trimmed};
use crate::token::Tokens;

/// A chunk is about this long, and ends at a line end where there is one.
const CHUNK: usize = 32 << 10;
/// A line longer than this is cut where no value should be.
const LONGEST_LINE: usize = 1 << 20;
/// Pieces of one line overlap by this much, so that no value is lost in a cut.
const OVERLAP: usize = 20 << 10;
/// The longest run of base64 looked at, in each direction.
const PACKED: usize = 64 << 10;
/// How often encoded text is decoded again.
const DEEPEST: u32 = 3;

/// Appends the hits in `text`, ordered and without repetitions.
pub(crate) fn scan(sets: &Sets, text: &[u8], hits: &mut Vec<Hit>) {
    let before = hits.len();
    scan_at(sets, text, 0, hits);
    if hits.len() == before {
        return;
    }
    let mut found = hits.split_off(before);
    found.sort_unstable();
    found.dedup();
    hits.append(&mut found);
}

fn scan_at(sets: &Sets, text: &[u8], depth: u32, hits: &mut Vec<Hit>) {
    let mut masks = Vec::new();
    let mut found = Vec::new();
    let mut base = 0;
    while base < text.len() {
        let (end, next) = chunk(text, base);
        classify(&text[base..end], &sets.beginnings, &mut masks);
        let walk = Walk {
            sets,
            text: &text[base..end],
            masks: &masks,
            depth,
        };
        walk.run(&mut found);
        hits.extend(found.drain(..).map(|hit| Hit {
            start: hit.start + base,
            end: hit.end + base,
            ..hit
        }));
        base = next;
    }
}

/// Where the chunk that begins at `base` ends, and where the next one begins.
fn chunk(text: &[u8], base: usize) -> (usize, usize) {
    let rest = &text[base..];
    if rest.len() <= CHUNK {
        return (text.len(), text.len());
    }
    if let Some(line) = memchr::memrchr(b'\n', &rest[..CHUNK]) {
        return (base + line + 1, base + line + 1);
    }
    let within = &rest[..rest.len().min(LONGEST_LINE)];
    if let Some(line) = memchr::memchr(b'\n', within) {
        return (base + line + 1, base + line + 1);
    }
    if rest.len() <= LONGEST_LINE {
        return (text.len(), text.len());
    }
    let border = |bytes: &[u8]| bytes.iter().rposition(|b| b" \t\",;<>|".contains(b));
    let end = border(&within[LONGEST_LINE - OVERLAP..])
        .map_or(LONGEST_LINE, |p| LONGEST_LINE - OVERLAP + p);
    let next = border(&within[end - OVERLAP..end - OVERLAP / 2]).map_or(end, |p| end - OVERLAP + p);
    (base + end, base + next)
}

struct Walk<'a> {
    sets: &'a Sets,
    text: &'a [u8],
    masks: &'a [Masks],
    depth: u32,
}

/// Bits from `at` on, where `at` may lie before, in or behind the word that begins at `base`.
#[inline]
fn from(at: usize, base: usize) -> u64 {
    match at.checked_sub(base) {
        None => u64::MAX,
        Some(bits) if bits < 64 => u64::MAX << bits,
        Some(_) => 0,
    }
}

impl Walk<'_> {
    fn run(&self, hits: &mut Vec<Hit>) {
        let sets = self.sets;
        let tokens = Tokens {
            sets,
            text: self.text,
            masks: self.masks,
        };
        let digests = sets.digest_lengths.iter().any(|l| *l);
        let dots = !sets.name_table.is_empty() || sets.addresses.has_any();
        let colons = sets.addresses.has_any() || !sets.macs.is_empty();
        let numbers = sets.addresses.has_v4();
        let words = !sets.word_starts.is_empty();
        let escapes = self.depth < DEEPEST;
        if dots {
            self.dotted(&tokens, hits);
        }
        let (mut hex_skip, mut colon_skip) = (0, 0);
        let mut lines = decode::Lines::default();
        let (mut word_carry, mut escape_carry) = (0, 0);
        let mut packed_skip = 0;
        for (word, mask) in self.masks.iter().enumerate() {
            let base = word * 64;
            if digests {
                let mut bits = full_lanes(mask.hex) & from(hex_skip, base);
                while bits != 0 {
                    let at = base + bits.trailing_zeros() as usize;
                    let start = run_start(self.masks, at, |m| m.hex);
                    let end = run_end(self.masks, at, |m| m.hex);
                    if end - start <= 160 {
                        self.digest(&tokens, start, end, hits);
                    }
                    hex_skip = end;
                    bits &= from(end, base);
                }
            }
            if colons && mask.colon != 0 {
                let mut bits = colons::starts(self.masks, word) & from(colon_skip, base);
                while bits != 0 {
                    let at = base + bits.trailing_zeros() as usize;
                    let extent = colons::extent(self.text, at);
                    colon_skip = extent.end.max(at + 1);
                    bits &= from(colon_skip, base);
                    tokens.colons(extent, hits);
                }
            }
            if numbers && mask.colon != 0 {
                // `://` and a digit; in JSON also `:\/\/`. Hosts with a dot were looked at above.
                let mut bits = mask.colon & number_follows(self.masks, word);
                while bits != 0 {
                    let at = base + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    self.number(&tokens, at, hits);
                }
            }
            if words {
                let in_word = mask.host | mask.high;
                let starts = in_word & !(in_word << 1 | word_carry);
                word_carry = in_word >> 63;
                // Nearly all words are dismissed by their first two bytes, then by their first four.
                let second = self.masks.get(word + 1).map_or(0, |m| m.second << 63);
                let mut bits = starts & mask.first & (mask.second >> 1 | second);
                if bits != 0 {
                    bits &= self.long_words(word, in_word);
                }
                while bits != 0 {
                    let at = base + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    if sets.may_begin_word(self.text, at) {
                        self.word(at, hits);
                    }
                }
                // A run may begin with a dot, or with the letter of an escape (`\n`): the word does not.
                let mut bits = starts & (mask.dot | mask.escape << 1 | escape_carry);
                escape_carry = mask.escape >> 63;
                while bits != 0 {
                    let at = base + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    self.inner_word(at, hits);
                }
            }
            if escapes {
                // Long runs without a dot may be base64.
                let mut bits = full_lanes(mask.host & !mask.dot) & from(packed_skip, base);
                while bits != 0 {
                    let at = base + bits.trailing_zeros() as usize;
                    packed_skip = self.packed(at, hits);
                    bits &= from(packed_skip, base);
                }
                let mut bits = (mask.escape | mask.high) & from(lines.end, base);
                while bits != 0 {
                    let at = base + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    if self.text[at] == b'@' {
                        self.number_behind(&tokens, at + 1, hits);
                    } else if decode::is_trigger(self.sets, self.text, at) {
                        lines.add(self.text, at);
                        bits &= from(lines.end, base);
                    }
                }
            }
        }
        for line in lines.found {
            self.decoded(&tokens, line, hits);
        }
    }

    /// The runs of name characters that hold a dot.
    fn dotted(&self, tokens: &Tokens<'_>, hits: &mut Vec<Hit>) {
        let mut carry = 0;
        for (word, mask) in self.masks.iter().enumerate() {
            // Their last bytes.
            let next = self.masks.get(word + 1).map_or(0, |m| m.host << 63);
            let dotted = flood(mask.dot | carry, mask.host);
            carry = dotted >> 63;
            let mut bits = dotted & !(mask.host >> 1 | next);
            while bits != 0 {
                tokens.dotted(word * 64 + bits.trailing_zeros() as usize + 1, hits);
                bits &= bits - 1;
            }
        }
    }

    /// A host of a URL without a dot, from the colon before it.
    #[cold]
    #[inline(never)]
    fn number(&self, tokens: &Tokens<'_>, colon: usize, hits: &mut Vec<Hit>) {
        let rest = &self.text[colon + 1..];
        let slashes = [&b"//"[..], b"\\/\\/"];
        let Some(slashes) = slashes.iter().find(|s| rest.starts_with(s)) else {
            return;
        };
        let start = colon + 1 + slashes.len();
        self.number_behind(tokens, start, hits);
    }

    /// A host of a URL without a dot, from its first digit: behind the slashes, or behind the user information.
    #[inline]
    fn number_behind(&self, tokens: &Tokens<'_>, start: usize, hits: &mut Vec<Hit>) {
        if !self.text.get(start).is_some_and(u8::is_ascii_digit) || !self.sets.addresses.has_v4() {
            return;
        }
        let end = run_end(self.masks, start, |m| m.host);
        if !self.text[start..end].contains(&b'.') {
            tokens.url_number(start, end, hits);
        }
    }

    /// Looks at a run of what may be base64 around `at`, and gives where it ends.
    fn packed(&self, at: usize, hits: &mut Vec<Hit>) -> usize {
        let text = self.text;
        // Digests and short words are told by their masks.
        let digit = |m: &Masks| m.host & !m.dot;
        let start = run_start(self.masks, at, digit);
        let end = run_end(self.masks, at, digit);
        let joins = |at: Option<usize>| {
            at.and_then(|i| text.get(i))
                .is_some_and(|b| b"+/".contains(b))
        };
        if !joins(start.checked_sub(1)) && !joins(Some(end)) {
            let head = window(self.masks, start, 24, |m| m.hex);
            if end - start < 24 || head == (1 << 24) - 1 {
                return end;
            }
        }
        let plain = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_';
        let fits = |b: &u8| plain(b) || *b == b'+' || *b == b'/';
        let back = |fits: &dyn Fn(&u8) -> bool| {
            let run = text[..at].iter().rev().take(PACKED);
            at - run.take_while(|b| fits(b)).count()
        };
        let ahead = text[at..]
            .iter()
            .take(PACKED)
            .take_while(|b| fits(b))
            .count();
        let end = at + ahead;
        // Digits of a `/` may stand before, or a path.
        let near = back(&plain);
        let found = decode::base64(&text[near..end])
            .map(|bytes| (near, bytes))
            .or_else(|| {
                let far = back(&fits);
                (far < near)
                    .then(|| decode::base64(&text[far..end]).map(|bytes| (far, bytes)))
                    .flatten()
            });
        if let Some((start, bytes)) = found {
            let mut inner = Vec::new();
            scan_at(self.sets, &bytes, self.depth + 1, &mut inner);
            hits.extend(inner.iter().map(|hit| Hit {
                start,
                end,
                entry: hit.entry,
                relation: Relation::Decoded,
            }));
        }
        end.max(at + 1)
    }

    /// Looks at the decoded form of a line, and keeps what the raw line did not show.
    fn decoded(&self, tokens: &Tokens<'_>, line: std::ops::Range<usize>, hits: &mut Vec<Hit>) {
        let Some(decoded) = decode::decode(self.sets, &self.text[line.clone()]) else {
            // The marks of user information in it were passed over, for they would stand in the decoded line.
            for at in memchr::memchr_iter(b'@', &self.text[line.clone()]) {
                self.number_behind(tokens, line.start + at + 1, hits);
            }
            return;
        };
        let mut found = Vec::new();
        scan_at(self.sets, &decoded.bytes, self.depth + 1, &mut found);
        for hit in found {
            let relation = decoded.relation(hit.start..hit.end, hit.relation);
            let (start, end) = decoded.origin(hit.start..hit.end);
            let (start, end) = (line.start + start, line.start + end);
            // What stands there raw was found raw; what is joined by decoding is new.
            let known = hits
                .iter()
                .any(|h| h.entry == hit.entry && h.start < end && start < h.end);
            if !known {
                hits.push(Hit {
                    start,
                    end,
                    entry: hit.entry,
                    relation,
                });
            }
        }
    }

    /// A run of hex digits.
    fn digest(&self, tokens: &Tokens<'_>, mut start: usize, end: usize, hits: &mut Vec<Hit>) {
        let text = self.text;
        // Digits of an escape before the hash: `%3D`, `\u003d`, `\b`.
        let before = start.checked_sub(1).map_or(0, |i| text[i]);
        let mut len = end - start;
        let escaped = match before {
            b'%' => 2,
            b'u' if start > 1 && text[start - 2] == b'\\' => 4,
            b'\\' if b"bf".contains(&text[start]) => 1,
            _ => 0,
        };
        if digest_length(len).is_none() && len > escaped {
            start += escaped;
            len -= escaped;
        }
        let Some(kind) = digest_length(len) else {
            return;
        };
        if self.sets.digest_lengths[kind] {
            tokens.digest(start, end, hits);
        }
    }

    /// The bits of a word at which at least as many bytes of a word follow as the shortest anchor has.
    #[inline]
    fn long_words(&self, word: usize, in_word: u64) -> u64 {
        let next = self.masks.get(word + 1).map_or(0, |m| m.host | m.high);
        let all = u128::from(in_word) | u128::from(next) << 64;
        let two = all & all >> 1;
        let four = two & two >> 2;
        match self.sets.shortest_word {
            6.. => (four & four >> 2) as u64,
            4.. => four as u64,
            _ => u64::MAX,
        }
    }

    /// A word that begins behind the dots or the escape at `at`.
    #[cold]
    fn inner_word(&self, at: usize, hits: &mut Vec<Hit>) {
        let start = if is_escape_letter(self.text, at) {
            at + 1
        } else if is_code_rest(self.text, at) {
            at + 2
        } else {
            at
        };
        let dots = self.text[start..]
            .iter()
            .take_while(|b| **b == b'.')
            .count();
        let start = start + dots;
        if start > at && self.sets.may_begin_word(self.text, start) {
            self.word(start, hits);
        }
    }

    /// A word that begins like an anchor.
    fn word(&self, at: usize, hits: &mut Vec<Hit>) {
        let sets = self.sets;
        let end = run_end(self.masks, at, |m| m.host | m.high);
        let word = trimmed(self.text, at..end);
        let key = word_key(self.text, word.start, word.end);
        if !sets.word_table.may_hold(key) {
            return;
        }
        for id in sets.word_table.candidates(key) {
            if let Some(text) = sets.texts.get(id as usize)
                && let Some((place, relation)) = text.found(self.text, word.start)
            {
                let (start, end) = (place.start, place.end);
                hits.push(Hit {
                    start,
                    end,
                    entry: text.entry,
                    relation,
                });
            }
        }
    }
}

/// The bits of `runs` from each seed to the end of its run.
#[inline]
fn flood(seeds: u64, runs: u64) -> u64 {
    let seeds = seeds & runs;
    (runs.wrapping_add(seeds) ^ runs | seeds) & runs
}

/// The bytes of a word behind which two or four bytes that are in no name are followed by a digit.
#[inline]
fn number_follows(masks: &[Masks], word: usize) -> u64 {
    let of = |class: fn(&Masks) -> u64| {
        let here = masks.get(word).map_or(0, class);
        let next = masks.get(word + 1).map_or(0, class);
        u128::from(here) | u128::from(next) << 64
    };
    let digit = of(|m| m.hex & !m.alpha);
    let other = !of(|m| m.host);
    let two = other >> 1 & other >> 2;
    (two & (digit >> 3 | other >> 3 & other >> 4 & digit >> 5)) as u64
}

/// One bit in each aligned group of 16 that is all ones: any run of 31 or more has such a group.
#[inline]
fn full_lanes(hex: u64) -> u64 {
    let gaps = !hex;
    // Exact only for the lowest such group; higher ones may be false, and their runs are then short.
    gaps.wrapping_sub(0x0001_0001_0001_0001) & hex & 0x8000_8000_8000_8000
}

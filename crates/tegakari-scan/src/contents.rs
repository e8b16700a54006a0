//! Indicators in the bytes of files: text as it is, and text in UTF-16, as programs for Windows hold it.

use std::collections::BTreeMap;

use tegakari_match::Hit;
use tegakari_model::Relation;

use crate::Sought;
use crate::sought::is_text;

/// Bytes that are searched at once.
const BLOCK: usize = 1 << 20;
/// How far from its end a block may be cut.
const SLACK: usize = 64 << 10;
/// Bytes that no value and its neighbourhood are longer than.
const LONGEST: usize = 16 << 10;
/// The shortest text in UTF-16 that is looked at, in characters.
const SHORTEST: usize = 6;
/// Bytes shown around what was met.
const AROUND: usize = 40;

/// What of an indicator was met first.
pub(crate) struct Met {
    pub(crate) offset: u64,
    pub(crate) relation: Relation,
    pub(crate) excerpt: String,
}

/// A search that is fed with the bytes of one file in order.
pub(crate) struct Contents {
    held: Vec<u8>,
    /// How many of the held bytes were searched before, and are there because a value may begin in them.
    again: usize,
    /// Where the first held byte stands in the file.
    base: u64,
    met: BTreeMap<u32, Met>,
    hits: Vec<Hit>,
}

impl Contents {
    pub(crate) fn new() -> Self {
        Self {
            held: Vec::new(),
            again: 0,
            base: 0,
            met: BTreeMap::new(),
            hits: Vec::new(),
        }
    }

    pub(crate) fn take(&mut self, mut bytes: &[u8], sought: &Sought) {
        while !bytes.is_empty() {
            let room = (BLOCK + self.again).saturating_sub(self.held.len()).max(1);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.held.extend_from_slice(now);
            bytes = later;
            if self.held.len() >= BLOCK + self.again {
                let (cut, whole) = cut(&self.held, self.again);
                self.search(cut, whole, sought);
            }
        }
    }

    /// The first place of each indicator.
    pub(crate) fn done(mut self, sought: &Sought) -> BTreeMap<u32, Met> {
        self.search(self.held.len(), true, sought);
        self.met
    }

    /// Searches the held bytes up to a place. Unless no value can go over it, those before it stay, and what is met so near
    /// an end of them that it may be a part of something longer is judged with the bytes that belong to it.
    fn search(&mut self, to: usize, whole: bool, sought: &Sought) {
        let block = &self.held[..to];
        let from = self.again.saturating_sub(LONGEST);
        let until = if whole {
            to
        } else {
            to.saturating_sub(LONGEST)
        };
        let counts = |start: usize| (start >= from || self.again == 0) && start < until;
        self.hits.clear();
        sought.scan(block, &mut self.hits);
        for hit in self.hits.iter().filter(|hit| counts(hit.start)) {
            note(&mut self.met, sought, hit, block, |at| {
                self.base + at as u64
            });
        }
        let (wide, places) = utf16_text(block);
        if !wide.is_empty() {
            self.hits.clear();
            sought.scan(&wide, &mut self.hits);
            let stands = |at: usize| {
                let run = places.partition_point(|(begins, _)| *begins <= at);
                let (begins, stands) = places[run.saturating_sub(1)];
                stands + 2 * (at - begins)
            };
            for hit in &self.hits {
                if counts(stands(hit.start)) {
                    note(&mut self.met, sought, hit, &wide, |at| {
                        self.base + stands(at) as u64
                    });
                }
            }
        }
        // As much as is needed to see what a value that is not judged yet begins behind.
        let kept = if whole { 0 } else { (2 * LONGEST).min(to) };
        self.again = kept;
        self.base += (to - kept) as u64;
        self.held.drain(..to - kept);
    }
}

fn note(
    met: &mut BTreeMap<u32, Met>,
    sought: &Sought,
    hit: &Hit,
    block: &[u8],
    place: impl Fn(usize) -> u64,
) {
    let offset = place(hit.start);
    if met
        .get(&hit.entry)
        .is_some_and(|known| known.offset <= offset)
    {
        return;
    }
    let counts = |kind| is_text(kind);
    let is_one = sought.indicator(hit.entry);
    if !is_one.is_some_and(|indicator| counts(indicator.observable.kind())) {
        return;
    }
    met.insert(
        hit.entry,
        Met {
            offset,
            relation: hit.relation,
            excerpt: excerpt(block, hit.start, hit.end),
        },
    );
}

/// What stands around a place, up to the end of the text there.
fn excerpt(block: &[u8], start: usize, end: usize) -> String {
    let ends = |byte: &u8| matches!(byte, 0..=8 | b'\n'..=31);
    let from = start.saturating_sub(AROUND);
    let front = block.get(from..start).unwrap_or_default();
    let from = from + front.iter().rposition(ends).map_or(0, |at| at + 1);
    let to = (end + AROUND).min(block.len());
    let tail = block.get(end..to).unwrap_or_default();
    let to = end + tail.iter().position(ends).unwrap_or(tail.len());
    let text = block.get(from..to).unwrap_or_default();
    String::from_utf8_lossy(text).chars().take(200).collect()
}

/// Where a full block is cut, so that no value is: behind the last byte near its end that no value goes over, in what is new.
/// Where there is none, at its end, and `false`.
fn cut(block: &[u8], again: usize) -> (usize, bool) {
    let from = block.len().saturating_sub(SLACK).max(again);
    let tail = &block[from..];
    // Two bytes without a meaning in text in a row end a text in UTF-16 as well.
    let line = tail.iter().rposition(|byte| *byte == b'\n');
    let pair = tail
        .windows(2)
        .rposition(|pair| pair.iter().all(|byte| *byte < 8 || *byte > 0xf4));
    let line = line.map(|at| {
        // The end of a line in UTF-16 has a second byte.
        let wide = tail.get(at + 1) == Some(&0);
        at + 1 + usize::from(wide)
    });
    let pair = pair.map(|at| at + 2);
    line.max(pair)
        .map_or((block.len() & !1, false), |at| (from + at, true))
}

/// All runs of plain characters in UTF-16 (little endian), a line each, and where each begins: in the lines, in the block.
fn utf16_text(block: &[u8]) -> (Vec<u8>, Vec<(usize, usize)>) {
    let (mut text, mut places) = (Vec::new(), Vec::new());
    let is_plain = |at: usize| matches!(block.get(at..at + 2), Some(&[b' '..=b'~', 0]));
    let mut at = 0;
    while at + 2 * SHORTEST <= block.len() {
        // Looked at from its last byte, most of what is no such run is passed over in one step.
        let last = at + 2 * (SHORTEST - 1);
        if !is_plain(last) {
            at += if is_plain(last + 1) {
                1
            } else {
                2 * SHORTEST - 1
            };
            continue;
        }
        let mut begins = last;
        while begins >= at + 2 && is_plain(begins - 2) {
            begins -= 2;
        }
        let mut ends = last + 2;
        while is_plain(ends) {
            ends += 2;
        }
        if ends - begins >= 2 * SHORTEST {
            places.push((text.len(), begins));
            text.extend(block[begins..ends].iter().step_by(2));
            text.push(b'\n');
            at = ends;
        } else {
            at = ends - 1;
        }
    }
    (text, places)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Contents, utf16_text};
    use crate::Sought;
    use tegakari_model::{Indicator, Observable, ObservableKind as K};

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn places(bytes: &[u8]) -> Vec<u64> {
        let value = Observable::new(K::Domain, "evil.example").unwrap();
        let name = Observable::new(K::FileName, "evil.exe").unwrap();
        let all = [value, name].into_iter().map(Indicator::new).collect();
        let (sought, _) = Sought::new(all);
        let mut contents = Contents::new();
        for piece in bytes.chunks(70_001) {
            contents.take(piece, &sought);
        }
        let met = contents.done(&sought);
        met.values().map(|one| one.offset).collect()
    }

    #[test]
    fn text_is_found_plain_wide_and_over_the_borders_of_blocks() {
        assert_eq!(places(b"\x00\x01http://a.evil.example/\x00"), [11]);
        let mut file = vec![0xfe; 1001];
        file.extend(wide("beacon.evil.example"));
        file.extend([0xfe; 10]);
        assert_eq!(places(&file), [1001 + 2 * 7]);
        for around in BLOCK - 30..BLOCK + 3 {
            let mut file = vec![b'\n'; around];
            file.extend(b" evil.example\n");
            assert_eq!(places(&file), [around as u64 + 1], "{around}");
            let mut file = vec![0; around];
            file.extend(wide("evil.example"));
            assert_eq!(places(&file), [around as u64], "wide {around}");
        }
        assert!(places(b"evil.exe notevil.example").is_empty());
    }

    #[test]
    fn text_without_any_border_is_searched_as_one() {
        let places_of = (BLOCK - 20..BLOCK + 20).step_by(3);
        for around in places_of.chain((2 * BLOCK - 32_790..2 * BLOCK - 32_750).step_by(9)) {
            let mut file = vec![b' '; around];
            file.extend(b"evil.example and");
            file.resize(3 * BLOCK, b' ');
            assert_eq!(places(&file), [around as u64], "{around}");
            for longer in ["notevil.example ", "evil.example.good.net "] {
                let mut file = vec![b' '; around];
                file.extend(longer.as_bytes());
                file.resize(3 * BLOCK, b' ');
                assert!(places(&file).is_empty(), "{longer} {around}");
            }
            let mut file = wide(&" ".repeat(around / 2));
            file.extend(wide("evil.example "));
            file.resize(3 * BLOCK, b' ');
            assert_eq!(places(&file), [(around & !1) as u64], "wide {around}");
        }
    }

    #[test]
    fn runs_of_wide_characters_are_found_at_any_place() {
        for shift in 0..30 {
            for length in 4..12 {
                let text = &"abcdefghijkl"[..length];
                let mut block = vec![1; shift];
                block.extend(wide(text));
                block.extend([1; 40]);
                let (got, _) = utf16_text(&block);
                let want = if length < 6 {
                    String::new()
                } else {
                    format!("{text}\n")
                };
                assert_eq!(String::from_utf8(got).unwrap(), want, "{shift} {length}");
            }
        }
    }
}

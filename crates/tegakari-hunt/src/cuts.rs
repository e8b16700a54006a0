//! Lines and the ends of their columns, found in one pass over a block.
//!
//! Records are short and have many columns: a search for each separator costs more to begin than to do. So all
//! of a block are found beforehand, 64 bytes at a time, and a reader picks the columns that it wants.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x32};

/// What cuts lines into columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cutter {
    /// The byte between columns; no line end.
    pub separator: u8,
    /// The byte around columns in which separators and line ends do not count.
    pub quote: Option<u8>,
    /// How many columns of a line are wanted at most; of further ones only the number is known.
    pub most: usize,
}

/// The separators of a block, line by line.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    /// Places of separators, counted from where the block begins.
    places: Vec<u32>,
    /// For each line: how many of `places` stand before its end, and how many separators it has.
    ends: Vec<(u32, u32)>,
    base: usize,
    cutter: Option<Cutter>,
}

/// The columns of one line.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'c> {
    cutter: Cutter,
    /// The first separators.
    places: &'c [u32],
    /// All separators.
    separators: usize,
    /// Where the line begins, counted as `places` are.
    start: u32,
}

impl Cuts {
    /// Cuts a block into lines as `line_frames` does, and notes their separators. `None` when a line ends inside
    /// quotes, so that lines are no records.
    pub(crate) fn lines(
        &mut self,
        bytes: &[u8],
        base: usize,
        last: bool,
        cutter: Cutter,
        frames: &mut Vec<(usize, usize)>,
    ) -> Option<usize> {
        self.places.clear();
        self.ends.clear();
        self.base = base;
        self.cutter = Some(cutter);
        let mut at = Progress {
            most: cutter.most,
            ..Progress::default()
        };
        dispatch!(Level::new(), simd => words(simd, self, bytes, cutter, &mut at, frames));
        let begun = bytes.len() / 64 * 64;
        for (index, &byte) in bytes[begun..].iter().enumerate() {
            let bit = |wanted: u8| u64::from(byte == wanted);
            let quote = cutter.quote.map_or(0, bit);
            let masks = (bit(cutter.separator), bit(b'\n'), quote);
            self.word(bytes, begun + index, masks, &mut at, frames);
        }
        if last && at.line < bytes.len() {
            frames.push((base + at.line, base + bytes.len()));
            self.ends
                .push((u32::try_from(self.places.len()).ok()?, at.separators));
            at.odd |= at.quotes & 1 != 0;
            at.line = bytes.len();
        }
        (!at.odd).then_some(at.line)
    }

    /// Takes the bits of (separators, line ends, quotes) from `begun` on.
    #[inline(always)]
    fn word(
        &mut self,
        bytes: &[u8],
        begun: usize,
        (mut separators, mut ends, mut quotes): (u64, u64, u64),
        at: &mut Progress,
        frames: &mut Vec<(usize, usize)>,
    ) {
        while ends != 0 {
            let bit = ends & ends.wrapping_neg();
            let below = bit - 1;
            self.push(begun, separators & below, at);
            separators &= !below;
            at.quotes += (quotes & below).count_ones();
            quotes &= !below;
            at.odd |= at.quotes & 1 != 0;
            at.quotes = 0;
            let end = begun + bit.trailing_zeros() as usize;
            let blank = end > at.line && bytes[end - 1] == b'\r';
            frames.push((self.base + at.line, self.base + end - usize::from(blank)));
            self.ends.push((self.places.len() as u32, at.separators));
            at.separators = 0;
            at.line = end + 1;
            ends ^= bit;
        }
        self.push(begun, separators, at);
        at.quotes += quotes.count_ones();
    }

    /// Takes the bits of separators of one line from `begun` on.
    #[inline(always)]
    fn push(&mut self, begun: usize, separators: u64, at: &mut Progress) {
        if (at.separators as usize) < at.most {
            let mut bits = separators;
            while bits != 0 {
                // Blocks have a few megabytes.
                self.places
                    .push((begun + bits.trailing_zeros() as usize) as u32);
                bits &= bits - 1;
            }
        }
        at.separators += separators.count_ones();
    }

    /// The columns of the line with a number and a place.
    pub(crate) fn columns(&self, line: usize, start: usize) -> Option<Columns<'_>> {
        let (to, separators) = *self.ends.get(line)?;
        let from = match line.checked_sub(1) {
            Some(before) => self.ends.get(before)?.0,
            None => 0,
        };
        Some(Columns {
            cutter: self.cutter?,
            places: self.places.get(from as usize..to as usize)?,
            separators: separators as usize,
            start: u32::try_from(start - self.base).ok()?,
        })
    }
}

/// How far the cutting of a block has come.
#[derive(Default)]
struct Progress {
    /// Where the line at hand begins.
    line: usize,
    /// Separators in it so far, and how many of them are noted.
    separators: u32,
    most: usize,
    /// Quotes in it so far.
    quotes: u32,
    /// A line ended inside quotes.
    odd: bool,
}

#[inline(always)]
fn words<S: Simd>(
    simd: S,
    cuts: &mut Cuts,
    bytes: &[u8],
    cutter: Cutter,
    at: &mut Progress,
    frames: &mut Vec<(usize, usize)>,
) {
    let equal = |half: u8x32<S>, byte: u8| half.simd_eq(u8x32::splat(simd, byte)).to_bitmask();
    for (index, word) in bytes.chunks_exact(64).enumerate() {
        let (low, high) = word.split_at(32);
        let (low, high) = (u8x32::from_slice(simd, low), u8x32::from_slice(simd, high));
        let of =
            |byte: u8| equal(low, byte) & 0xFFFF_FFFF | (equal(high, byte) & 0xFFFF_FFFF) << 32;
        let quotes = cutter.quote.map_or(0, of);
        let masks = (of(cutter.separator), of(b'\n'), quotes);
        cuts.word(bytes, index * 64, masks, at, frames);
    }
}

impl Columns<'_> {
    /// What cut the line.
    pub fn cutter(&self) -> Cutter {
        self.cutter
    }

    /// How many there are: one more than separators.
    pub fn count(&self) -> usize {
        self.separators + 1
    }

    /// Where column `index` of `record` begins and ends, as places in the record.
    #[inline]
    fn place(&self, record: &[u8], index: usize) -> Option<(usize, usize)> {
        let at = |place: &u32| (*place - self.start) as usize;
        let from = match index.checked_sub(1) {
            Some(before) => at(self.places.get(before)?) + 1,
            None => 0,
        };
        let to = match self.places.get(index) {
            Some(place) => at(place),
            None if index == self.separators => record.len(),
            None => return None,
        };
        Some((from, to))
    }

    /// Where column `index` ends, if a separator follows it.
    #[inline]
    pub fn end(&self, index: usize) -> Option<usize> {
        let place = self.places.get(index)?;
        Some((place - self.start) as usize)
    }

    /// Column `index` of `record`, if it has so many and so many are wanted.
    #[inline]
    pub fn get<'r>(&self, record: &'r [u8], index: usize) -> Option<&'r [u8]> {
        let (from, to) = self.place(record, index)?;
        record.get(from..to)
    }

    /// All from column `index` of `record` on, if it has so many and so many are wanted.
    #[inline]
    pub fn from<'r>(&self, record: &'r [u8], index: usize) -> Option<&'r [u8]> {
        let from = match index.checked_sub(1) {
            Some(before) => (*self.places.get(before)? - self.start) as usize + 1,
            None => 0,
        };
        record.get(from..)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cuts, Cutter};
    use crate::formats::line_frames;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_and_columns_are_those_of_a_plain_split(
            text in proptest::collection::vec(
                prop_oneof![Just(b'\t'), Just(b'\n'), Just(b'\r'), Just(b'a'), Just(b'b'), Just(b'"')],
                0..400,
            ),
            last in any::<bool>(),
            quoted in any::<bool>(),
            most in 0usize..30,
        ) {
            let cutter = Cutter { separator: b'\t', quote: quoted.then_some(b'"'), most };
            let (mut cuts, mut frames, mut plain) = (Cuts::default(), Vec::new(), Vec::new());
            let done = cuts.lines(&text, 7, last, cutter, &mut frames);
            let end = line_frames(&text, 7, last, &mut plain);
            let mut shifted = vec![b'x'; 7];
            shifted.extend(&text);
            let even = plain.iter().all(|&(from, to)| {
                shifted[from..to].iter().filter(|b| **b == b'"').count() % 2 == 0
            });
            prop_assert_eq!(done, (even || !quoted).then_some(end));
            prop_assert_eq!(&frames, &plain);
            for (line, &(from, to)) in frames.iter().enumerate() {
                let record = &shifted[from..to];
                let columns = cuts.columns(line, from).unwrap();
                let want: Vec<&[u8]> = record.split(|b| *b == b'\t').collect();
                prop_assert_eq!(columns.count(), want.len());
                for (index, want) in want.iter().enumerate() {
                    let got = columns.get(record, index);
                    prop_assert!(got == Some(want) || index >= most && got.is_none());
                    if let Some(rest) = columns.from(record, index) {
                        prop_assert_eq!(rest.split(|b| *b == b'\t').count(), columns.count() - index);
                        prop_assert!(record.ends_with(rest));
                    }
                }
                prop_assert_eq!(columns.get(record, columns.count()), None);
            }
        }
    }
}

//! A digest of all that was read of a file, to tell whether any of it has changed since.
//!
//! It guards against edits in place and mistakes, not against somebody who can make two files with one digest: who can
//! write logs can set their times back as well. So it is made for speed, several bytes a cycle, because every file
//! that has grown is read through once more.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes read at a time.
const PIECE: usize = 256 << 10;
/// Odd numbers with bits everywhere: digits of the fraction of pi.
const KEYS: [u64; 4] = [
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7345,
    0xa409_3822_299f_31d1,
    0x082e_fa98_ec4e_6c89,
];

/// The digest of the first bytes of a file, as many as `length`; `None` when there are fewer.
pub(super) fn digest_of(path: &Path, length: u64) -> Option<String> {
    digest(File::open(path).ok()?, length).ok().flatten()
}

fn digest(from: impl Read, length: u64) -> io::Result<Option<String>> {
    let mut from = from.take(length);
    let mut sum = Sum { lanes: KEYS };
    let mut piece = vec![0; PIECE];
    let (mut held, mut taken) = (0, 0);
    loop {
        let got = match from.read(&mut piece[held..]) {
            Ok(got) => got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        held += got;
        taken += got as u64;
        // Blocks are whole but for the last, however the reads fall.
        if held == piece.len() || got == 0 {
            sum.add(&piece[..held]);
            held = 0;
        }
        if got == 0 {
            break;
        }
    }
    Ok((taken == length).then(|| sum.finish(length)))
}

struct Sum {
    lanes: [u64; 4],
}

/// Both halves of a product, folded.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let mut blocks = bytes.chunks_exact(32);
        for block in &mut blocks {
            self.block(block);
        }
        let rest = blocks.remainder();
        if !rest.is_empty() {
            let mut block = [0; 32];
            block[..rest.len()].copy_from_slice(rest);
            self.block(&block);
        }
    }

    #[inline]
    fn block(&mut self, block: &[u8]) {
        for ((lane, key), bytes) in self.lanes.iter_mut().zip(KEYS).zip(block.chunks_exact(8)) {
            let word = bytes.try_into().map_or(0, u64::from_le_bytes);
            // The word is added once more, so that a product of zero does not forget what came before.
            *lane = fold(*lane ^ word, key).wrapping_add(word.rotate_left(29) ^ *lane);
        }
    }

    fn finish(self, length: u64) -> String {
        let [a, b, c, d] = self.lanes;
        let one = fold(a ^ length, b ^ KEYS[2]);
        let two = fold(c ^ length.rotate_left(32), d ^ KEYS[0]);
        let mixed = [
            fold(one ^ KEYS[1], two ^ KEYS[3]),
            one ^ two.rotate_left(17),
        ];
        mixed.iter().map(|word| format!("{word:016x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{PIECE, digest};

    #[test]
    fn every_byte_counts_however_it_is_read() {
        let bytes: Vec<u8> = (0..PIECE as u32 + 999)
            .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
            .collect();
        let of = |bytes: &[u8]| digest(bytes, bytes.len() as u64).unwrap().unwrap();
        let whole = of(&bytes);
        for at in [0, 7, 32, 1000, PIECE - 1, PIECE, bytes.len() - 1] {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_ne!(of(&other), whole, "{at}");
        }
        assert_ne!(of(&bytes[..bytes.len() - 1]), whole);
        assert_ne!(of(&[0; 31]), of(&[0; 32]));
        // In pieces of any size.
        struct Slow<'b>(&'b [u8]);
        impl std::io::Read for Slow<'_> {
            fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                let length = self.0.len().min(buf.len()).min(777);
                let (now, later) = self.0.split_at(length);
                buf[..length].copy_from_slice(now);
                self.0 = later;
                Ok(length)
            }
        }
        let length = bytes.len() as u64;
        assert_eq!(digest(Slow(&bytes), length).unwrap(), Some(whole));
        assert_eq!(digest(&bytes[..10], 11).unwrap(), None);
    }
}

//! A digest of all that was read of a file, to tell whether any of it has changed since.
//!
//! XXH3 guards against edits in place and mistakes, not against somebody who can make two files with one digest: who can
//! write logs can set their times back as well. It is fast, several bytes a cycle, because every file that has grown is
//! read through once more.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use twox_hash::XxHash3_128;

/// Bytes read at a time.
const PIECE: usize = 256 << 10;

/// The digest of the first bytes of a file, as many as `length`; `None` when there are fewer.
pub(super) fn digest_of(path: &Path, length: u64) -> Option<String> {
    digest(File::open(path).ok()?, length).ok().flatten()
}

fn digest(from: impl Read, length: u64) -> io::Result<Option<String>> {
    let mut from = from.take(length);
    let mut sum = XxHash3_128::new();
    let mut piece = vec![0; PIECE];
    let mut taken = 0;
    loop {
        match from.read(&mut piece) {
            Ok(0) => break,
            Ok(got) => {
                sum.write(piece.get(..got).unwrap_or_default());
                taken += got as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((taken == length).then(|| format!("{:032x}", sum.finish_128())))
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

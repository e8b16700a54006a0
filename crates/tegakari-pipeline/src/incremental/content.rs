//! A digest of all that was read of a file, to tell whether any of it has changed since; and some of its lines, to tell
//! a file that was edited from another one under its name.
//!
//! XXH3 guards against edits in place and mistakes, not against somebody who can make two files with one digest: who can
//! write logs can set their times back as well. It is fast, several bytes a cycle, because every file that has grown is
//! read through once more.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use twox_hash::{XxHash3_64, XxHash3_128};

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

/// First bytes of a file whose lines are looked at.
pub(super) const SPAN: usize = 64 << 10;
/// Lines that are remembered of a file.
const LINES: usize = 32;

/// Short digests of the whole lines in some bytes. Lines that tell of the form of a log (`#Fields:` and the like) are the
/// same in any such file, so they are left out.
fn line_digests(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let whole = bytes
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |end| end + 1);
    let lines = bytes
        .get(..whole)
        .unwrap_or_default()
        .split(|b| *b == b'\n');
    lines
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
        .map(|line| (XxHash3_64::oneshot(line) >> 32) as u32)
}

/// A few of the lines in the first bytes of a file, the same ones whatever stands around them: those with the smallest
/// digests, sorted.
pub(super) fn some_lines(bytes: &[u8]) -> Vec<u32> {
    let all: BTreeSet<u32> = line_digests(bytes).collect();
    all.into_iter().take(LINES).collect()
}

/// Whether at least half of the lines that are remembered of a file stand in these bytes.
pub(super) fn holds_most(lines: &[u32], bytes: &[u8]) -> bool {
    let mut left: BTreeSet<u32> = lines.iter().copied().collect();
    for line in line_digests(bytes) {
        left.remove(&line);
    }
    !lines.is_empty() && left.len() * 2 <= lines.len()
}

#[cfg(test)]
mod tests {
    use super::{LINES, PIECE, digest, holds_most, some_lines};

    #[test]
    fn an_edited_file_holds_most_of_its_lines() {
        let log = |from: usize, to: usize| {
            (from..to).fold(String::from("#Fields: a b\n"), |text, n| {
                text + &format!("{n} line\n")
            })
        };
        let old = some_lines(log(0, 500).as_bytes());
        assert_eq!(old.len(), LINES);
        assert!(holds_most(&old, log(0, 500).as_bytes()));
        let edited = log(0, 500).replacen("3 line\n", "3 other line\n", 1);
        assert!(holds_most(&old, edited.as_bytes()));
        assert!(!holds_most(&old, log(500, 900).as_bytes()));
        // A short one, of whose lines only the form of the log is the same.
        let short = some_lines(log(0, 1).as_bytes());
        assert!(!holds_most(&short, log(1, 5).as_bytes()));
        assert!(!holds_most(
            &some_lines(b"#Fields: a b\n"),
            b"#Fields: a b\n"
        ));
        // A line that is not whole yet is none.
        assert!(some_lines(b"half a line").is_empty());
    }

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

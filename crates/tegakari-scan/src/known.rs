//! Sets of known files, by their hashes. They mark what they know, and hide nothing.

use std::io::{self, BufRead, Read as _};

use tegakari_model::Problem;

/// Hashes of files that somebody knows: sorted, so that a set of a hundred million takes 20 bytes each and no more.
#[derive(Debug, Default)]
pub struct KnownFiles {
    sets: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    name: String,
    md5: Vec<[u8; 16]>,
    sha1: Vec<[u8; 20]>,
    sha256: Vec<[u8; 32]>,
}

/// Longest line that is read; longer ones are passed over and counted.
const LONGEST: u64 = 1 << 20;

impl KnownFiles {
    /// Adds a set: a hash a line, or a table whose cells (separated by commas, semicolons or blanks, quoted or not) hold
    /// some, as NSRL's `NSRLFile.txt` and the output of `sha256sum`. Of several hashes on a line each counts.
    ///
    /// # Errors
    /// What `reader` reports.
    pub fn add(&mut self, name: &str, mut reader: impl BufRead) -> io::Result<Vec<Problem>> {
        let mut known = Known {
            name: name.to_owned(),
            md5: Vec::new(),
            sha1: Vec::new(),
            sha256: Vec::new(),
        };
        let (mut line, mut number, mut first_bad, mut bad) = (Vec::new(), 0_u64, 0, 0_u64);
        loop {
            line.clear();
            let mut part = (&mut reader).take(LONGEST);
            let got = part.read_until(b'\n', &mut line)?;
            if got == 0 {
                break;
            }
            number += 1;
            let is_remark = line.first() == Some(&b'#') || line.trim_ascii().is_empty();
            // The first line may be a header.
            if !known.take(&line) && !is_remark && number > 1 {
                bad += 1;
                if bad == 1 {
                    first_bad = number;
                }
            }
        }
        known.md5.sort_unstable();
        known.sha1.sort_unstable();
        known.sha256.sort_unstable();
        let mut problems = Vec::new();
        if bad > 0 && !known.is_empty() {
            problems.push(
                Problem::new(
                    format!("{name}:{first_bad}"),
                    format!("{bad} lines hold no hash"),
                    "look at the first of them; files that they were to name are not marked",
                )
                .losing_records(bad),
            );
        }
        self.sets.push(known);
        Ok(problems)
    }

    /// Whether the set that was added last holds no hash at all.
    pub fn last_is_empty(&self) -> bool {
        self.sets.last().is_some_and(Known::is_empty)
    }

    /// Whether there is any set.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// The first set that holds one of a file's hashes, given as digits.
    pub(crate) fn find(&self, md5: &str, sha1: &str, sha256: &str) -> Option<&str> {
        if self.sets.is_empty() {
            return None;
        }
        let (md5, sha1, sha256) = (unhex(md5), unhex(sha1), unhex(sha256));
        self.sets
            .iter()
            .find(|set| {
                sha256.is_some_and(|one| set.sha256.binary_search(&one).is_ok())
                    || sha1.is_some_and(|one| set.sha1.binary_search(&one).is_ok())
                    || md5.is_some_and(|one| set.md5.binary_search(&one).is_ok())
            })
            .map(|set| set.name.as_str())
    }
}

impl Known {
    fn is_empty(&self) -> bool {
        self.md5.is_empty() && self.sha1.is_empty() && self.sha256.is_empty()
    }

    /// Takes the hashes of a line, and says whether there was one.
    fn take(&mut self, line: &[u8]) -> bool {
        let mut any = false;
        for cell in line.split(|byte| b",;\t \"\r\n".contains(byte)) {
            let Ok(cell) = std::str::from_utf8(cell) else {
                continue;
            };
            match cell.len() {
                32 => any |= push(&mut self.md5, cell),
                40 => any |= push(&mut self.sha1, cell),
                64 => any |= push(&mut self.sha256, cell),
                _ => {}
            }
        }
        any
    }
}

fn push<const N: usize>(to: &mut Vec<[u8; N]>, digits: &str) -> bool {
    let bytes = unhex(digits);
    to.extend(bytes);
    bytes.is_some()
}

fn unhex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let digits = digits.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(*pair.first()?).to_digit(16)?;
        let low = char::from(*pair.last()?).to_digit(16)?;
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::KnownFiles;

    const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";
    const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
    const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn find(text: &str) -> (bool, usize) {
        let mut known = KnownFiles::default();
        let problems = known.add("good", text.as_bytes()).unwrap();
        let found = known.find(MD5, SHA1, SHA256).is_some();
        (found, problems.len())
    }

    #[test]
    fn lists_and_tables_are_read() {
        let upper = SHA1.to_uppercase();
        assert_eq!(find(MD5), (true, 0));
        assert_eq!(find(&format!("# known\n\n{SHA256}  ./a file\n")), (true, 0));
        let nsrl = format!(
            "\"SHA-1\",\"MD5\",\"FileName\"\n\"{upper}\",\"{}\",\"a\"\n",
            "0".repeat(32)
        );
        assert_eq!(find(&nsrl), (true, 0));
        assert_eq!(find("a\nb\n"), (false, 0));
        let mut known = KnownFiles::default();
        known.add("bad", &b"a\nb\n"[..]).unwrap();
        assert!(known.last_is_empty());
        let other = "1".repeat(64);
        assert_eq!(find(&format!("{other}\nnothing\n{SHA1}")), (true, 1));
    }
}

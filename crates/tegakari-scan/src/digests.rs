//! The digests of a file, taken in one pass over its bytes.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

/// Digests that grow with the bytes.
pub(crate) struct Digests {
    md5: Md5,
    sha1: Sha1,
    sha256: Sha256,
    /// Only where somebody asks for one: it costs as much as two of the others.
    sha512: Option<Sha512>,
}

/// Bytes that go through all digests before the next: they stay in the fastest cache.
const PIECE: usize = 16 << 10;

impl Digests {
    pub(crate) fn new(with_sha512: bool) -> Self {
        Self {
            md5: Md5::new(),
            sha1: Sha1::new(),
            sha256: Sha256::new(),
            sha512: with_sha512.then(Sha512::new),
        }
    }

    pub(crate) fn take(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(PIECE) {
            self.md5.update(piece);
            self.sha1.update(piece);
            self.sha256.update(piece);
            if let Some(sha512) = &mut self.sha512 {
                sha512.update(piece);
            }
        }
    }

    pub(crate) fn done(self) -> Digested {
        Digested {
            md5: hex(&self.md5.finalize()),
            sha1: hex(&self.sha1.finalize()),
            sha256: hex(&self.sha256.finalize()),
            sha512: self.sha512.map(|one| hex(&one.finalize())),
        }
    }
}

/// Digests in lower-case digits.
pub(crate) struct Digested {
    pub(crate) md5: String,
    pub(crate) sha1: String,
    pub(crate) sha256: String,
    pub(crate) sha512: Option<String>,
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|nibble| DIGITS.get(usize::from(nibble)))
        .map(|digit| char::from(*digit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Digests;

    #[test]
    fn digests_are_those_of_the_standards() {
        let mut digests = Digests::new(true);
        digests.take(b"a");
        digests.take(b"bc");
        let got = digests.done();
        // RFC 1321; FIPS 180-4, examples.
        assert_eq!(got.md5, "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(got.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            got.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(got.sha512.unwrap().starts_with("ddaf35a193617abacc417349"));
    }
}

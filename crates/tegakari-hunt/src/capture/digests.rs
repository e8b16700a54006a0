//! Hashes of what goes by, as it stands and unpacked.

use std::io::{self, Write};

use flate2::write::{MultiGzDecoder, ZlibDecoder};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// More than this is not unpacked, when it is also more than so many times what it was packed into.
const FREE: u64 = 64 << 20;
const RATIO: u64 = 1000;
/// Nor more than this in any case.
const MOST: u64 = 16 << 30;

/// The hashes of a file, in lower-case digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hashes {
    pub(super) md5: String,
    pub(super) sha1: String,
    pub(super) sha256: String,
}

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decoding {
    None,
    Gzip,
    Zlib,
    /// In a way that is not read here.
    Other,
}

impl Decoding {
    /// By the name of a content coding.
    pub(super) fn named(name: &[u8]) -> Self {
        match name.to_ascii_lowercase().as_slice() {
            b"" | b"identity" => Self::None,
            b"gzip" | b"x-gzip" => Self::Gzip,
            b"deflate" => Self::Zlib,
            _ => Self::Other,
        }
    }
}

/// The three hashes of what was written so far.
#[derive(Default)]
struct Three {
    md5: Md5,
    sha1: Sha1,
    sha256: Sha256,
    bytes: u64,
    /// How much may be written.
    most: u64,
}

impl Three {
    fn new() -> Self {
        Self {
            most: FREE,
            ..Self::default()
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.sha1.update(bytes);
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    fn finish(self) -> Hashes {
        let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Hashes {
            md5: digits(&self.md5.finalize()),
            sha1: digits(&self.sha1.finalize()),
            sha256: digits(&self.sha256.finalize()),
        }
    }
}

impl Write for Three {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes + bytes.len() as u64 > self.most {
            return Err(io::Error::other("it grows without measure"));
        }
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Decoder {
    Gzip(MultiGzDecoder<Three>),
    Zlib(ZlibDecoder<Three>),
}

/// The sums of one body.
pub(super) struct Sums {
    sent: Three,
    decoder: Option<Decoder>,
    /// It is packed, but cannot be unpacked.
    failed: bool,
}

impl Sums {
    pub(super) fn new(decoding: Decoding) -> Self {
        Self {
            sent: Three::new(),
            decoder: match decoding {
                Decoding::Gzip => Some(Decoder::Gzip(MultiGzDecoder::new(Three::new()))),
                Decoding::Zlib => Some(Decoder::Zlib(ZlibDecoder::new(Three::new()))),
                Decoding::None | Decoding::Other => None,
            },
            failed: decoding == Decoding::Other,
        }
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.sent.add(bytes);
        let most = self.sent.bytes.saturating_mul(RATIO).clamp(FREE, MOST);
        let written = match &mut self.decoder {
            None => return,
            Some(Decoder::Gzip(decoder)) => {
                decoder.get_mut().most = most;
                decoder.write_all(bytes)
            }
            Some(Decoder::Zlib(decoder)) => {
                decoder.get_mut().most = most;
                decoder.write_all(bytes)
            }
        };
        if written.is_err() {
            self.decoder = None;
            self.failed = true;
        }
    }

    /// The hashes as sent, then unpacked, and whether it could be unpacked if it was packed; `None` when it is empty.
    pub(super) fn finish(self) -> Option<(Vec<Hashes>, bool)> {
        if self.sent.bytes == 0 {
            return None;
        }
        let mut all = vec![self.sent.finish()];
        let unpacked = match self.decoder {
            None => None,
            Some(Decoder::Gzip(decoder)) => Some(decoder.finish()),
            Some(Decoder::Zlib(decoder)) => Some(decoder.finish()),
        };
        let failed = self.failed || matches!(unpacked, Some(Err(_)));
        if let Some(Ok(three)) = unpacked
            && three.bytes > 0
        {
            all.push(three.finish());
        }
        Some((all, !failed))
    }
}

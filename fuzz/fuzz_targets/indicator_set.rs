#![no_main]

//! A set of indicators that somebody made to harm, with its checksums made right.

use std::io;

use tegakari_match::{Matcher, ReadAt};

#[derive(Debug)]
struct Bytes(Vec<u8>);

impl ReadAt for Bytes {
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let at = usize::try_from(at).map_err(io::Error::other)?;
        let from = self.0.get(at..).and_then(|rest| rest.get(..into.len()));
        into.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

const LOG: &[u8] = b"evil.example a.evil.example 198.51.100.23 [2001:db8::1] 203.0.113.9 http://evil.example/a \
    0123456789abcdef0123456789abcdef bob@evil.example /tmp/evil.exe \"EvilMtx\" HKCU\\Software\\EvilRat\\x";

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    if let Some(words) = bytes.get(8..16).and_then(|b| b.first_chunk()) {
        let words = u64::from_le_bytes(*words);
        let front = usize::try_from(words.saturating_mul(8).saturating_add(32)).unwrap_or(usize::MAX);
        if let (Some(head), Some(body)) = (bytes.get(..24), bytes.get(32..front)) {
            let sums = u64::from(crc32fast::hash(head)) << 32 | u64::from(crc32fast::hash(body));
            bytes[24..32].copy_from_slice(&sums.to_le_bytes());
        }
    }
    if let Ok((set, _)) = Matcher::open(Box::new(Bytes(bytes))) {
        let mut hits = Vec::new();
        set.scan(LOG, &mut hits);
        for hit in hits {
            assert!(hit.start < hit.end && hit.end <= LOG.len());
            let _ = set.entry(hit.entry);
        }
    }
});

//! Sets in files: the same hits as compiled in memory, the same bytes for the same values, damage refused.

use std::io;

use proptest::prelude::*;
use tegakari_match::{Hit, Matcher, ReadAt};
use tegakari_model::{Observable, ObservableKind as K};

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

const MD5: &str = "0123456789abcdef0123456789abcdef";

fn values() -> Vec<Observable> {
    let mut values: Vec<Observable> = [
        (K::Domain, "evil.example"),
        (K::Domain, "xn--bcher-kva.example"),
        (K::Ipv4, "198.51.100.23"),
        (K::Ipv6, "2001:db8::1"),
        (K::Cidr, "203.0.113.0/24"),
        (K::Cidr, "2001:db8:7::/48"),
        (K::Md5, MD5),
        (K::FileName, "evil.exe"),
        (K::FileName, "kdevtmpfsi"),
        (K::Mutex, "EvilMtx"),
        (K::Url, "http://evil.example/a"),
        (K::Url, "http://198.51.100.77/a.sh"),
        (K::Email, "bob@evil.example"),
        (K::FilePath, "C:\\Users\\evil one.exe"),
        (K::RegistryKey, "HKCU\\Software\\EvilRat"),
        (K::UserAgent, "Mozilla/4.0 (Wobaku)"),
        (K::Mac, "00:16:3e:aa:7f:01"),
    ]
    .into_iter()
    .map(|(kind, text)| Observable::new(kind, text).expect("a value of this kind"))
    .collect();
    values.sort();
    values
}

const LOG: &str = "evil.example a.evil.example bücher.example 198.51.100.23 [2001:db8::1] 203.0.113.9 2001:db8:7::2 \
    MD5=0123456789ABCDEF0123456789ABCDEF /tmp/evil.exe /tmp/kdevtmpfsi \"EvilMtx\" http://evil.example/a \
    http://198.51.100.77/a.sh bob@evil.example \"C:\\\\Users\\\\evil one.exe\" HKCU\\Software\\EvilRat\\x \
    \"Mozilla/4.0 (Wobaku)\" 00:16:3e:aa:7f:01 0016.3eaa.7f01\n";

fn written(values: Vec<Observable>) -> Vec<u8> {
    let mut bytes = Vec::new();
    Matcher::write_set(values, &mut bytes).expect("memory can be written");
    bytes
}

fn hits(matcher: &Matcher, text: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    matcher.scan(text.as_bytes(), &mut hits);
    hits
}

#[test]
fn a_set_finds_what_the_values_find() {
    let values = values();
    let (memory, refused) = Matcher::build(&values);
    assert_eq!(refused, []);
    let (set, kinds) = Matcher::open(Box::new(Bytes(written(values.clone())))).expect("a set");
    let want = hits(&memory, LOG);
    assert!(want.len() >= values.len(), "{want:?}");
    assert_eq!(hits(&set, LOG), want);
    assert_eq!(set.failure(), None);
    assert_eq!(set.entries(), values.len() as u64);
    assert_eq!(kinds.iter().map(|(_, n)| n).sum::<u64>(), set.entries());
    for (value, entry) in values.iter().zip(0..) {
        assert_eq!(set.entry(entry).as_ref(), Some(value));
    }
    assert_eq!(set.entry(values.len() as u32), None);
}

#[test]
fn the_same_values_give_the_same_bytes() {
    let mut other = values();
    other.reverse();
    other.extend(values());
    assert_eq!(written(other), written(values()));
    let (set, kinds) = Matcher::open(Box::new(Bytes(written(Vec::new())))).expect("an empty set");
    assert!(kinds.is_empty() && hits(&set, LOG).is_empty());
}

#[test]
fn what_must_not_be_searched_for_is_no_entry() {
    let mut all = values();
    let cve = Observable::new(K::Cve, "CVE-2024-1234").expect("an id");
    let suffix = Observable::new(K::Domain, "co.jp").expect("a domain");
    all.extend([cve, suffix]);
    let mut bytes = Vec::new();
    let told = Matcher::write_set(all, &mut bytes).expect("memory can be written");
    assert_eq!((told.indicators, told.refused.len()), (values().len(), 2));
    assert_eq!(bytes, written(values()));
}

#[test]
fn damage_anywhere_is_told() {
    let whole = written(values());
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        let Ok((set, _)) = Matcher::open(Box::new(Bytes(bytes))) else {
            continue;
        };
        let found = hits(&set, LOG);
        for entry in 0..set.entries() as u32 {
            set.entry(entry);
        }
        assert!(set.failure().is_some(), "byte {at}: {found:?}");
    }
    for cut in [0, 7, 31, 32, whole.len() / 2, whole.len() - 1] {
        let error = Matcher::open(Box::new(Bytes(whole[..cut].to_vec()))).expect_err("cut");
        assert!(!error.to_string().is_empty());
    }
    let other = b"TGKRSET1 and more than thirty-two bytes".to_vec();
    let error = Matcher::open(Box::new(Bytes(other))).expect_err("another version");
    assert!(error.to_string().contains("version"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever makes a file on purpose can make its checksums right too.
    #[test]
    fn hostile_sets_never_panic(
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u64>()), 1..6),
        small in any::<bool>(),
    ) {
        let mut bytes = written(values());
        let front = 32 + 8 * u64::from_le_bytes(bytes[8..16].try_into().unwrap()) as usize;
        for (place, word) in places {
            let at = 32 + place.index((front - 32) / 8) * 8;
            let word = if small { word % 300 } else { word };
            bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
        }
        let sums = u64::from(crc32fast::hash(&bytes[..24])) << 32 | u64::from(crc32fast::hash(&bytes[32..front]));
        bytes[24..32].copy_from_slice(&sums.to_le_bytes());
        if let Ok((set, _)) = Matcher::open(Box::new(Bytes(bytes))) {
            for hit in hits(&set, LOG) {
                prop_assert!(hit.start < hit.end && hit.end <= LOG.len());
                set.entry(hit.entry);
            }
        }
    }
}

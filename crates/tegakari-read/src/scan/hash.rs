//! Hashes by their length: MD5 32, SHA-1 40, SHA-256 64, SHA-512 128 hexadecimal digits.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use tegakari_model::ObservableKind as K;

use super::{Finder, Origin, before, byte, cut};

/// Digits of the shortest hash.
const SHORTEST: usize = 32;

/// The kind of a hash of so many digits.
pub(super) fn kind_of(digits: usize) -> Option<K> {
    match digits {
        32 => Some(K::Md5),
        40 => Some(K::Sha1),
        64 => Some(K::Sha256),
        128 => Some(K::Sha512),
        _ => None,
    }
}

/// Whether hexadecimal digits can be a hash: neither one digit repeated nor all decimal.
fn is_plausible(digits: &str) -> bool {
    let first = digits.bytes().next().unwrap_or(b'0');
    digits.bytes().any(|b| b != first)
        && (digits.len() > 40 || digits.bytes().any(|b| b.is_ascii_alphabetic()))
}

/// Hashes in a word of letters and digits. `glued` allows letters at their edges, as flattened
/// tables leave them; only 64 and 128 digits are sure enough for that.
pub(super) fn in_word(text: &str, start: usize, end: usize, found: &mut Finder<'_>) -> bool {
    let bytes = text.as_bytes();
    let mut any = false;
    if end.saturating_sub(start) < SHORTEST {
        return any;
    }
    let mut i = start;
    while i < end {
        if !byte(bytes, i).is_ascii_hexdigit() {
            i += 1;
            continue;
        }
        let run = bytes
            .get(i..end)
            .unwrap_or_default()
            .iter()
            .take_while(|b| b.is_ascii_hexdigit())
            .count();
        let stop = i + run;
        if let Some(kind) = kind_of(run) {
            let glued = before(bytes, i).is_ascii_alphanumeric()
                || byte(bytes, stop).is_ascii_alphanumeric();
            // `0x` and 40 digits is an account of a chain of blocks, and 64 a transaction, event or key of one, not
            // a file: unless the label says so.
            let prefixed = before(bytes, i) == b'x' && (run == 40 || is_number(text, i));
            let digits = cut(text, i, stop);
            if is_plausible(digits) && !prefixed && (!glued || run >= 64) {
                match (kind, named_before(text, i)) {
                    (K::Md5, Some(Some(other))) => {
                        any |= found.add(other, digits, (i, stop), Origin::Label);
                    }
                    // A number of something else that is as long as a hash.
                    (_, Some(None)) => {}
                    _ => any |= found.add(kind, digits, (i, stop), Origin::Form),
                }
            }
        }
        i = stop;
    }
    any
}

/// Whether digits are written as a number of a program, `0x951e…`, and no label before calls them a hash.
fn is_number(text: &str, digits: usize) -> bool {
    let Some(zero) = digits.checked_sub(2) else {
        return false;
    };
    let mut from = zero.saturating_sub(24);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let label = cut(text, from, zero);
    byte(text.as_bytes(), zero) == b'0'
        && !label.ends_with(|c: char| c.is_ascii_alphanumeric())
        && !["sha", "SHA", "Sha", "hash", "Hash", "ハッシュ", "哈希"]
            .iter()
            .any(|word| label.contains(word))
}

/// What the words right before digits say they are, when that is no hash of a file: the kind, or none that
/// we keep.
fn named_before(text: &str, start: usize) -> Option<Option<K>> {
    let mut from = start.saturating_sub(24);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let words = cut(text, from, start);
    let words = words
        .rsplit(['\n', '\t', ',', '、', '。'])
        .next()
        .unwrap_or("");
    if words.len() < 3 {
        return None;
    }
    static CELL: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let names = CELL.get_or_init(|| {
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(NAMES.iter().map(|(name, _)| name))
            .ok()
    });
    // The first in the list of those that are there decides.
    let first = names
        .as_ref()?
        .find_overlapping_iter(words)
        .map(|hit| hit.pattern().as_usize())
        .min()?;
    NAMES.get(first).map(|(_, kind)| *kind)
}

/// What digits as long as a hash are called, and the kind that makes them.
const NAMES: [(&str, Option<K>); 29] = [
    ("imphash", Some(K::Imphash)),
    ("import hash", Some(K::Imphash)),
    ("ja3", Some(K::Ja3)),
    ("serial", None),
    ("thumbprint", None),
    ("fingerprint", None),
    ("build id", None),
    ("build-id", None),
    ("buildid", None),
    ("rich header", None),
    ("richpe", None),
    ("icon hash", None),
    ("dhash", None),
    ("vhash", None),
    ("commit", None),
    ("revision", None),
    ("fromhex", None),
    ("rc4 key", None),
    ("aes key", None),
    ("xor key", None),
    ("encryption key", None),
    ("decryption key", None),
    ("key is", None),
    ("key: ", None),
    ("session id", None),
    ("鍵は", None),
    ("固定値", None),
    ("シリアル", None),
    ("拇印", None),
];

/// Hashes inside a URL: kept, but a part of the URL.
pub(super) fn inside_url(text: &str, (start, end): (usize, usize), found: &mut Finder<'_>) {
    let from = found.found.len();
    in_word(text, start, end, found);
    for candidate in found.found.iter_mut().skip(from) {
        candidate.origin = Origin::UrlPart;
    }
}

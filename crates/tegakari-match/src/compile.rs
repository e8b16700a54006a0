//! From observables to the tables that scanning asks.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use tegakari_model::{Observable, ObservableKind as K};

use crate::Refused;
use crate::address::Addresses;
use crate::classify::{Beginnings, is_host};
use crate::endings::Endings;
use crate::hygiene;
use crate::names::{LastLabels, Name, ROOT, Role, add_label, last_label_key, load, name_key};
use crate::set::Values;
use crate::table::{Table, key_of};
use crate::text::{Frame, Text, needle_of, other_control_sets, other_view, words};

/// Words that stand in very many lines of logs: poor anchors.
const COMMON_WORDS: [&str; 44] = [
    "mozilla",
    "compatible",
    "windows",
    "system32",
    "syswow64",
    "software",
    "microsoft",
    "currentversion",
    "users",
    "public",
    "programdata",
    "program",
    "files",
    "appdata",
    "roaming",
    "local",
    "temp",
    "http",
    "https",
    "gecko",
    "like",
    "khtml",
    "applewebkit",
    "chrome",
    "safari",
    "linux",
    "msie",
    "trident",
    "win64",
    "wow64",
    "x86_64",
    "global",
    "services",
    "system",
    "currentcontrolset",
    "cmd.exe",
    "powershell.exe",
    "svchost.exe",
    "rundll32.exe",
    "explorer.exe",
    "powershell",
    "null",
    "true",
    "tasks",
];

/// Everything the scanner looks at; nothing of it changes after the build.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    /// Names, and URLs, mail addresses and digests, by the numbers that the tables give.
    pub(crate) values: Values,
    /// Dotted names by key.
    pub(crate) name_table: Table,
    /// Last labels of all dotted names.
    pub(crate) last_labels: LastLabels,
    /// How they end.
    pub(crate) endings: Endings,
    /// Longest dotted name, bytes.
    pub(crate) longest_name: usize,
    /// URLs, mail addresses and digests by the key of their bytes.
    pub(crate) value_table: Table,
    pub(crate) addresses: Addresses,
    /// Hardware addresses by key, compared as numbers.
    pub(crate) macs: HashMap<u64, u32>,
    /// Lengths in hex digits of which there are digests: 32, 40, 64, 128.
    pub(crate) digest_lengths: [bool; 4],
    pub(crate) texts: Vec<Text>,
    /// Texts anchored on a word without a dot.
    pub(crate) word_table: Table,
    /// Beginnings of those words, as a bitmap of 65,536 bits.
    pub(crate) word_starts: Vec<u64>,
    /// Their first two bytes.
    pub(crate) beginnings: Beginnings,
    /// Length of the shortest such word, bytes; no word is shorter than three.
    pub(crate) shortest_word: usize,
    /// Whether anything in the set is not plain ASCII once decoded.
    pub(crate) beyond_ascii: bool,
    /// Whether any value holds a character that XML and HTML write as an entity.
    pub(crate) entities: bool,
    /// Whether there are URLs that do not hang on a dotted name or an address.
    pub(crate) unusual_urls: bool,
}

/// A stored value of an entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    pub(crate) from: u32,
    pub(crate) len: u16,
    pub(crate) entry: u32,
}

/// What a build gives: the tables, what was refused, what was given more than once.
pub(crate) struct Built {
    pub(crate) sets: Sets,
    pub(crate) refused: Vec<Refused>,
    pub(crate) duplicates: Vec<(u32, u32)>,
}

/// The seed of the keys of words, apart from those of names.
const WORD: u64 = ROOT.rotate_left(32);

/// The key of a whole word of free text.
#[inline]
pub(crate) fn word_key(text: &[u8], from: usize, to: usize) -> u64 {
    add_label(WORD, text, from, to)
}

/// The place of four bytes, case folded, in the bitmap of beginnings.
#[inline]
fn beginning(first: u64) -> usize {
    let folded = first as u32 | 0x2020_2020;
    (folded.wrapping_mul(0x9E37_79B1) >> 16) as usize
}

impl Sets {
    /// Whether some anchor may begin with the four bytes at `at`.
    #[inline]
    pub(crate) fn may_begin_word(&self, text: &[u8], at: usize) -> bool {
        let place = beginning(load(text, at));
        self.word_starts
            .get(place / 64)
            .is_some_and(|w| w >> (place % 64) & 1 != 0)
    }

    /// Adds the beginning of an anchor. What follows a word shorter than four bytes may be anything.
    fn add_word_start(&mut self, word: &[u8]) {
        self.shortest_word = match self.word_starts.len() {
            0 => word.len(),
            _ => self.shortest_word.min(word.len()),
        };
        self.beginnings.add(word);
        self.word_starts.resize(1024, 0);
        let first = load(word, 0);
        let unknown = if word.len() < 4 { 0..=255 } else { 0..=0 };
        for byte in unknown {
            let place = beginning(first | byte << 24);
            self.word_starts[place / 64] |= 1 << (place % 64);
        }
    }
}

#[derive(Default)]
struct Builder {
    sets: Sets,
    /// The stored values, one behind the other.
    bytes: Vec<u8>,
    names: Vec<Name>,
    values: Vec<Stored>,
    name_keys: Vec<(u64, u32)>,
    value_keys: Vec<(u64, u32)>,
    hosts: HashSet<(String, bool)>,
    address_hosts: HashSet<IpAddr>,
    /// Texts whose anchors are chosen when all are known: entry, kind, needle, frame.
    pending: Vec<(usize, String, Frame)>,
}

pub(crate) fn build(values: &[Observable]) -> Built {
    let mut builder = Builder::default();
    let mut refused = Vec::new();
    let mut duplicates = Vec::new();
    let mut first: HashMap<&Observable, u32> = HashMap::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        let Ok(entry) = u32::try_from(index) else {
            refused.push(Refused {
                index,
                why: "the set is full".to_owned(),
            });
            continue;
        };
        if let Some(&earlier) = first.get(value) {
            duplicates.push((entry, earlier));
            continue;
        }
        let outcome = match hygiene::objection(value) {
            Some(why) => Err(why),
            None => builder.add(value, entry),
        };
        match outcome {
            Ok(()) => {
                first.insert(value, entry);
            }
            Err(why) => refused.push(Refused {
                index,
                why: why.to_owned(),
            }),
        }
    }
    builder.finish(&mut refused);
    refused.sort_by_key(|r| r.index);
    Built {
        sets: builder.sets,
        refused,
        duplicates,
    }
}

impl Builder {
    fn add(&mut self, value: &Observable, entry: u32) -> Result<(), &'static str> {
        let text = value.value();
        if self.bytes.len() + 8 * text.len() > u32::MAX as usize {
            return Err("the set is full: its values would take more than four gigabytes");
        }
        match value.kind() {
            K::Ipv4 | K::Ipv6 => {
                let address = text.parse().map_err(|_| "not an address")?;
                self.sets.addresses.add(address, Some(entry));
                self.reverse_names(text.contains(':'));
            }
            K::Cidr => {
                let net: ipnet::IpNet = text.parse().map_err(|_| "not a network")?;
                self.sets
                    .addresses
                    .add_network(net.network(), net.prefix_len(), entry);
                self.reverse_names(text.contains(':'));
            }
            K::Domain => {
                let (from, len) = self.store(text.as_bytes());
                self.name(from, len, Role::Domain, entry);
            }
            K::Email => {
                let (from, len) = self.value(text.as_bytes(), entry);
                let at = text.rfind('@').ok_or("there is no @")? + 1;
                let host = &text[at..];
                if self.hosts.insert((host.to_owned(), true)) {
                    self.name(from + at as u32, len - at as u16, Role::MailHost, entry);
                }
            }
            K::Url => self.url(text, entry),
            K::Md5 | K::Sha1 | K::Sha256 | K::Sha512 | K::Imphash | K::Ja3 => {
                let digits = text.as_bytes();
                let bytes: Vec<u8> = digits
                    .chunks_exact(2)
                    .map(|pair| nibble(pair[0]) << 4 | nibble(pair[1]))
                    .collect();
                self.value(&bytes, entry);
                if let Some(length) = digest_length(digits.len()) {
                    self.sets.digest_lengths[length] = true;
                }
            }
            K::FileName if is_plain_file_name(text) => {
                let (from, len) = self.store(text.as_bytes());
                self.name(from, len, Role::File, entry);
            }
            K::Mac => {
                let digits: String = text.chars().filter(|c| *c != ':').collect();
                let number =
                    u64::from_str_radix(&digits, 16).map_err(|_| "not a hardware address")?;
                self.sets.macs.insert(number, entry);
                // The other two ways to write it are words.
                self.text(entry, text.replace(':', "-"), Frame::Free);
                let cisco: Vec<&str> = (0..3).map(|i| &digits[4 * i..4 * i + 4]).collect();
                self.text(entry, cisco.join("."), Frame::Free);
            }
            K::Cve | K::Asn => return Err("it is no trace in a log"),
            kind => {
                let (needle, frame) = needle_of(kind, text);
                if kind == K::RegistryKey {
                    let mut views = other_control_sets(&needle);
                    views.extend(other_view(&needle));
                    for view in views {
                        self.text(entry, view, frame);
                    }
                }
                if best_word(&needle, &HashMap::new()).is_none() {
                    return Err("no word of it is long enough to be searched for");
                }
                self.text(entry, needle, frame);
            }
        }
        Ok(())
    }

    fn url(&mut self, url: &str, entry: u32) {
        let (from, _) = self.value(url.as_bytes(), entry);
        let start = url.find("://").map_or(0, |p| p + 3);
        let len = url[start..]
            .find(['/', '?', '#'])
            .unwrap_or(url.len() - start);
        let authority = &url[start..start + len];
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => authority,
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if url.contains('&') || url.contains('\'') {
            self.sets.entities = true;
        }
        if let Ok(address) = bare.parse::<IpAddr>() {
            if self.address_hosts.insert(address) {
                self.sets.addresses.add(address, None);
            }
        } else if is_plain_name(host) {
            if self.hosts.insert((host.to_owned(), false)) {
                self.name(from + start as u32, host.len() as u16, Role::UrlHost, entry);
            }
        } else if best_word(url, &HashMap::new()).is_some() {
            // A host of one label: the URL is compared as text.
            self.sets.unusual_urls = true;
            self.text(entry, url.to_owned(), Frame::Path);
        }
    }

    /// Keeps bytes; where they begin and how many they are. No value is longer than 8192 bytes.
    fn store(&mut self, bytes: &[u8]) -> (u32, u16) {
        let from = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        (from, bytes.len() as u16)
    }

    fn value(&mut self, bytes: &[u8], entry: u32) -> (u32, u16) {
        let (from, len) = self.store(bytes);
        self.value_keys
            .push((key_of(bytes), self.values.len() as u32));
        self.values.push(Stored { from, len, entry });
        (from, len)
    }

    fn name(&mut self, from: u32, len: u16, role: Role, id: u32) {
        let sets = &mut self.sets;
        let name = &self.bytes[from as usize..][..usize::from(len)];
        sets.longest_name = sets.longest_name.max(name.len());
        sets.last_labels.insert(last_label_key(name));
        sets.beyond_ascii |=
            name.starts_with(b"xn--") || memchr::memmem::find(name, b".xn--").is_some();
        self.name_keys
            .push((name_key(name), self.names.len() as u32));
        self.names.push(Name {
            from,
            len,
            role,
            id,
        });
    }

    /// Names that stand for addresses are looked at: reverse names, and those that Windows gives to IPv6 addresses.
    fn reverse_names(&mut self, v6: bool) {
        self.sets.last_labels.insert(last_label_key(b"arpa"));
        if v6 {
            self.sets.last_labels.insert(last_label_key(b"net"));
        }
        self.sets.longest_name = self.sets.longest_name.max("ip6.arpa".len() + 64);
    }

    fn text(&mut self, entry: u32, needle: String, frame: Frame) {
        self.sets.beyond_ascii |= !needle.is_ascii();
        self.sets.entities |= needle.contains(['&', '<', '>', '\'', '"']);
        self.pending.push((entry as usize, needle, frame));
    }

    fn finish(&mut self, refused: &mut Vec<Refused>) {
        let pending = std::mem::take(&mut self.pending);
        let mut counts: HashMap<Vec<u8>, u32> = HashMap::new();
        for (_, needle, _) in &pending {
            for word in words(needle.as_bytes()) {
                *counts
                    .entry(needle.as_bytes()[word].to_ascii_lowercase())
                    .or_default() += 1;
            }
        }
        let mut word_keys = Vec::new();
        for (index, needle, frame) in pending {
            let Some((from, to)) = best_word(&needle, &counts) else {
                let why = "no word of it is long enough to be searched for".to_owned();
                refused.push(Refused { index, why });
                continue;
            };
            let id = self.sets.texts.len() as u32;
            let bytes = needle.as_bytes();
            if is_plain_file_name(&needle[from..to]) {
                let (at, len) = self.store(&bytes[from..to]);
                self.name(at, len, Role::Text, id);
            } else {
                word_keys.push((word_key(bytes, from, to), id));
                self.sets.add_word_start(&bytes[from..to]);
            }
            self.sets.texts.push(Text {
                needle: bytes.into(),
                anchor: (from as u16, to as u16),
                entry: index as u32,
                frame,
            });
        }
        let sets = &mut self.sets;
        sets.addresses.finish();
        sets.name_table = Table::new(&self.name_keys);
        let mut endings: Vec<&[u8]> = self
            .names
            .iter()
            .map(|name| &self.bytes[name.from as usize..][..usize::from(name.len)])
            .collect();
        if sets.addresses.has_any() {
            endings.extend([&b".arpa"[..], b".ipv6-literal.net"]);
        }
        sets.endings = Endings::of(endings.into_iter());
        sets.value_table = Table::new(&self.value_keys);
        sets.word_table = Table::new(&word_keys);
        sets.values = Values::Memory {
            names: std::mem::take(&mut self.names),
            values: std::mem::take(&mut self.values),
            bytes: std::mem::take(&mut self.bytes),
        };
    }
}

/// The word to anchor a text on: seldom in the set, not a common one, with a dot (those are looked at
/// anyway), long.
fn best_word(needle: &str, counts: &HashMap<Vec<u8>, u32>) -> Option<(usize, usize)> {
    words(needle.as_bytes())
        .filter(|word| word.len() >= 3)
        .min_by_key(|word| {
            let text = needle.as_bytes()[word.clone()].to_ascii_lowercase();
            let common = COMMON_WORDS.iter().any(|c| c.as_bytes() == text);
            let digits = text.iter().all(|b| !b.is_ascii_alphabetic());
            let dotted = std::str::from_utf8(&text).is_ok_and(is_plain_file_name);
            let often = counts.get(&text).copied().unwrap_or(1).max(8);
            (
                common,
                digits,
                often,
                !dotted,
                std::cmp::Reverse(word.len()),
                word.start,
            )
        })
        .map(|word| (word.start, word.end))
}

/// Whether a name is one token of name characters with a dot inside, not a number, so that the walk
/// over dots finds it.
fn is_plain_file_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    bytes.iter().all(|b| is_host(*b))
        && (first.is_ascii_alphanumeric() || *first == b'_')
        && last.is_ascii_alphanumeric()
        && name.contains('.')
        && !name.contains("..")
        && bytes.iter().any(|b| !b.is_ascii_digit() && *b != b'.')
}

/// Whether a host is a dotted name.
fn is_plain_name(host: &str) -> bool {
    is_plain_file_name(host)
}

/// Which of the four digest lengths a number of hex digits is.
pub(crate) fn digest_length(digits: usize) -> Option<usize> {
    match digits {
        32 => Some(0),
        40 => Some(1),
        64 => Some(2),
        128 => Some(3),
        _ => None,
    }
}

/// The value of a hex digit of either case; other bytes give nonsense, not a panic.
#[inline]
pub(crate) fn nibble(digit: u8) -> u8 {
    (digit & 15) + 9 * (digit >> 6 & 1)
}

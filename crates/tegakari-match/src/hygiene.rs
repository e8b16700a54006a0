//! Which values must not be searched for, because they would be found nearly everywhere or cannot be
//! found at all.

use std::net::{Ipv4Addr, Ipv6Addr};

use tegakari_model::{Observable, ObservableKind as K, public_suffix};

/// Networks that hold more than this would match most of any log.
const WIDEST_V4: u8 = 8;
const WIDEST_V6: u8 = 16;

/// Digests of no bytes at all: every log of file hashes is full of them.
const EMPTY_FILE: [&str; 4] = [
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce\
     47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
];

/// Why `value` must not be searched for; `None` when it may.
pub(crate) fn objection(value: &Observable) -> Option<&'static str> {
    let text = value.value();
    match value.kind() {
        K::Cve => Some("a CVE id names a weakness and is no trace on a machine"),
        K::Asn => Some("an AS number is not in logs; list the networks it announces"),
        K::Domain => public_suffix::suffix(text.as_bytes())
            .is_some_and(|suffix| suffix.as_bytes() == text.as_bytes())
            .then_some("it is a public suffix: everyone's names end in it"),
        K::Ipv4 => text.parse().ok().and_then(ipv4),
        K::Ipv6 => text.parse().ok().and_then(ipv6),
        K::Cidr => {
            let bits = text
                .rsplit_once('/')
                .and_then(|(_, bits)| bits.parse::<u8>().ok());
            let widest = if text.contains(':') {
                WIDEST_V6
            } else {
                WIDEST_V4
            };
            bits.is_none_or(|bits| bits < widest)
                .then_some("the network is so wide that it would match nearly everything")
        }
        K::Md5 | K::Sha1 | K::Sha256 | K::Sha512 | K::Imphash | K::Ja3 => digest(text),
        K::FileName => {
            let stem = text.rsplit_once('.').map_or(text, |(stem, _)| stem);
            (stem.chars().count() < 2)
                .then_some("the name is so short that it would match by chance")
        }
        K::Mac => matches!(text, "00:00:00:00:00:00" | "ff:ff:ff:ff:ff:ff")
            .then_some("no device has this hardware address"),
        K::FilePath if is_top_folder(text) => {
            Some("it names a folder at the top of a drive, which every machine has")
        }
        K::FilePath
        | K::RegistryKey
        | K::ServiceName
        | K::NamedPipe
        | K::Mutex
        | K::UserAgent
        | K::CommandLine
        | K::DetectionName
        | K::Wallet
        | K::Ssdeep
        | K::Package
        | K::YaraRule => {
            (text.len() < 4).then_some("the text is so short that it would match by chance")
        }
        K::Url | K::Email => None,
    }
}

/// Whether a path is a drive or root and one name without an extension: a folder (`C:\Program`), or what is
/// left of a path that was cut at a blank.
fn is_top_folder(path: &str) -> bool {
    let parts: Vec<&str> = path.split(['\\', '/']).filter(|p| !p.is_empty()).collect();
    let drive = parts.first().is_some_and(|p| p.ends_with(':'));
    let depth = parts.len() - usize::from(drive);
    depth <= 1 && parts.last().is_none_or(|last| !last.contains('.'))
}

fn ipv4(address: Ipv4Addr) -> Option<&'static str> {
    (address.is_unspecified() || address.is_loopback() || address.is_broadcast())
        .then_some("it is the unspecified, a loopback or the broadcast address")
}

fn ipv6(address: Ipv6Addr) -> Option<&'static str> {
    if let Some(v4) = address.to_ipv4_mapped() {
        return ipv4(v4);
    }
    (address.is_unspecified() || address.is_loopback())
        .then_some("it is the unspecified or the loopback address")
}

fn digest(text: &str) -> Option<&'static str> {
    if EMPTY_FILE.contains(&text) {
        return Some("it is the hash of an empty file");
    }
    let first = text.as_bytes().first()?;
    text.bytes()
        .all(|byte| byte == *first)
        .then_some("it is a filler and no hash of anything")
}

#[cfg(test)]
mod tests {
    use super::objection;
    use tegakari_model::{Observable, ObservableKind as K};

    fn check(kind: K, text: &str, refused: bool) {
        let value = Observable::new(kind, text).unwrap();
        assert_eq!(objection(&value).is_some(), refused, "{kind:?} {text}");
    }

    #[test]
    fn what_would_match_everything_is_refused() {
        check(K::FilePath, "C:\\Program", true);
        check(K::FilePath, "/tmp", true);
        check(K::FilePath, "C:\\evil.exe", false);
        check(K::FilePath, "C:\\Users\\Public\\evil", false);
        check(K::Domain, "co.jp", true);
        check(K::Domain, "github.io", true);
        check(K::Domain, "evil.co.jp", false);
        check(K::Domain, "evil.example", false);
        check(K::Cidr, "0.0.0.0/0", true);
        check(K::Cidr, "0.0.0.0/1", true);
        check(K::Cidr, "::/0", true);
        check(K::Cidr, "198.51.0.0/16", false);
        check(K::Cidr, "2001:db8::/32", false);
        check(K::Ipv4, "0.0.0.0", true);
        check(K::Ipv4, "127.0.0.1", true);
        check(K::Ipv4, "10.0.0.7", false);
        check(K::Ipv6, "::1", true);
        check(K::Ipv6, "::ffff:127.0.0.1", true);
        check(K::Md5, "d41d8cd98f00b204e9800998ecf8427e", true);
        check(K::Imphash, "00000000000000000000000000000000", true);
        check(K::Md5, "d41d8cd98f00b204e9800998ecf8427f", false);
        check(K::FileName, "a.exe", true);
        check(K::FileName, "ab.exe", false);
        check(K::Cve, "CVE-2024-1234", true);
        check(K::Mutex, "abc", true);
    }
}

//! Values that can be observed, in canonical form.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::url_form;

/// What kind of value an observable is. Names follow STIX 2.1 cyber-observables where one exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ObservableKind {
    Ipv4,
    Ipv6,
    /// A network in CIDR notation, of either family.
    Cidr,
    Domain,
    Url,
    Email,
    Md5,
    Sha1,
    Sha256,
    Sha512,
    FileName,
    FilePath,
    RegistryKey,
    ServiceName,
    NamedPipe,
    Mutex,
    UserAgent,
    CommandLine,
    Cve,
    Asn,
    /// The name a security product gives a detection (`Win.Trojan.Miner-9835871-0`).
    DetectionName,
    /// A cryptocurrency address.
    Wallet,
    Mac,
    Ja3,
    Imphash,
    Ssdeep,
    /// The name under which an app is installed (`com.vendor.app`): Android's application id, Apple's bundle id.
    Package,
    /// The name of a YARA rule.
    YaraRule,
}

impl ObservableKind {
    /// Every kind, in the order in which they are listed to people.
    pub const ALL: [Self; 28] = [
        Self::Ipv4,
        Self::Ipv6,
        Self::Cidr,
        Self::Domain,
        Self::Url,
        Self::Email,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::Sha512,
        Self::FileName,
        Self::FilePath,
        Self::RegistryKey,
        Self::ServiceName,
        Self::NamedPipe,
        Self::Mutex,
        Self::UserAgent,
        Self::CommandLine,
        Self::Cve,
        Self::Asn,
        Self::DetectionName,
        Self::Wallet,
        Self::Mac,
        Self::Ja3,
        Self::Imphash,
        Self::Ssdeep,
        Self::Package,
        Self::YaraRule,
    ];

    /// The name in JSON and on the command line (`ipv4`, `file_name`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Cidr => "cidr",
            Self::Domain => "domain",
            Self::Url => "url",
            Self::Email => "email",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
            Self::FileName => "file_name",
            Self::FilePath => "file_path",
            Self::RegistryKey => "registry_key",
            Self::ServiceName => "service_name",
            Self::NamedPipe => "named_pipe",
            Self::Mutex => "mutex",
            Self::UserAgent => "user_agent",
            Self::CommandLine => "command_line",
            Self::Cve => "cve",
            Self::Asn => "asn",
            Self::DetectionName => "detection_name",
            Self::Wallet => "wallet",
            Self::Mac => "mac",
            Self::Ja3 => "ja3",
            Self::Imphash => "imphash",
            Self::Ssdeep => "ssdeep",
            Self::Package => "package",
            Self::YaraRule => "yara_rule",
        }
    }

    /// Whether it is an MD5, SHA-1, SHA-256 or SHA-512 of a file.
    pub fn is_file_hash(self) -> bool {
        matches!(self, Self::Md5 | Self::Sha1 | Self::Sha256 | Self::Sha512)
    }

    /// Whether it is an address, network, domain, URL or mail address.
    pub fn is_network(self) -> bool {
        matches!(
            self,
            Self::Ipv4 | Self::Ipv6 | Self::Cidr | Self::Domain | Self::Url | Self::Email
        )
    }

    /// Whether a log could hold it and finding it would mean something: CVE and AS numbers name
    /// things that are not traces on a machine, and a rule's name is in no log.
    pub fn is_searchable(self) -> bool {
        !matches!(self, Self::Cve | Self::Asn | Self::YaraRule)
    }
}

/// Why a text is not an observable of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a valid {}: {why}", kind.name())]
pub struct ObservableError {
    /// The kind that was wanted.
    pub kind: ObservableKind,
    /// The text, cut to 80 characters.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// A value of a kind, always in canonical form, so that equal things compare equal.
///
/// Canonical: addresses as Rust's standard library writes them (RFC 5952 for IPv6), networks with
/// host bits cleared, domains in lower-case ASCII (IDNA 2008, UTS 46) without the root dot, URLs as
/// [`url_form::canonical`], hashes in lower case, file paths as written with `/` kept `/` and `\`
/// kept `\`, CVE ids in upper case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Observable {
    #[serde(rename = "type")]
    kind: ObservableKind,
    value: String,
}

impl<'de> Deserialize<'de> for Observable {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            #[serde(rename = "type")]
            kind: ObservableKind,
            value: String,
        }
        let raw = Raw::deserialize(deserializer)?;
        Self::new(raw.kind, &raw.value).map_err(serde::de::Error::custom)
    }
}

impl Observable {
    /// Checks `text` (already refanged) and brings it into canonical form.
    ///
    /// # Errors
    /// When `text` is not a value of `kind`.
    pub fn new(kind: ObservableKind, text: &str) -> Result<Self, ObservableError> {
        let text = text.trim();
        let value = stable(kind, text).map_err(|why| ObservableError {
            kind,
            text: text.chars().take(80).collect(),
            why,
        })?;
        Ok(Self { kind, value })
    }

    /// The kind.
    pub fn kind(&self) -> ObservableKind {
        self.kind
    }

    /// The canonical value: exact, never defanged.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The value for reading, made unclickable: `hxxps[://]`, `evil[.]example`, `198.51.100[.]23`.
    /// Only network values change.
    pub fn defanged(&self) -> String {
        match self.kind {
            ObservableKind::Domain | ObservableKind::Ipv4 => defang_last_dot(&self.value),
            ObservableKind::Cidr => match self.value.split_once('/') {
                Some((address, bits)) => format!("{}/{bits}", defang_last_dot(address)),
                None => self.value.clone(),
            },
            ObservableKind::Ipv6 => self.value.replacen(':', "[:]", 1),
            ObservableKind::Email => match self.value.rsplit_once('@') {
                Some((local, domain)) => format!("{local}[@]{}", defang_last_dot(domain)),
                None => self.value.clone(),
            },
            ObservableKind::Url => defang_url(&self.value),
            _ => self.value.clone(),
        }
    }
}

impl fmt::Display for Observable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)
    }
}

fn defang_last_dot(host: &str) -> String {
    match host.rsplit_once('.') {
        Some((front, last)) => format!("{front}[.]{last}"),
        None => host.to_owned(),
    }
}

fn defang_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(host_end);
    let scheme = scheme.replacen("tt", "xx", 1);
    format!("{scheme}[://]{}{tail}", defang_last_dot(authority))
}

/// Whether the first canonical form of a text is its last, so that it need not be read again: forms that are only
/// checked, put in lower case, or written by what read them.
fn settles_at_once(kind: ObservableKind, text: &str) -> bool {
    use ObservableKind as K;
    match kind {
        K::Url => url_form::is_plain(text),
        K::Domain => text.is_ascii(),
        K::Email | K::RegistryKey => false,
        _ => true,
    }
}

/// The canonical form that stays as it is when it is read again, as it is from every stored document.
/// A first pass can lay bare something for a second one: `%%341` is `%41`, and that is `A`.
fn stable(kind: ObservableKind, text: &str) -> Result<String, &'static str> {
    let mut value = canonical(kind, text)?;
    if settles_at_once(kind, text) {
        return Ok(value);
    }
    for _ in 0..8 {
        let again = canonical(kind, value.trim())?;
        if again == value {
            return Ok(value);
        }
        value = again;
    }
    Err("it takes another form each time it is read")
}

fn canonical(kind: ObservableKind, text: &str) -> Result<String, &'static str> {
    use ObservableKind as K;
    if text.is_empty() {
        return Err("it is empty");
    }
    if text.len() > 8192 {
        return Err("it is longer than 8192 bytes");
    }
    match kind {
        K::Ipv4 => Ipv4Addr::from_str(text)
            .map(|a| a.to_string())
            .map_err(|_| "four numbers from 0 to 255 are needed"),
        K::Ipv6 => {
            let bare = text
                .strip_prefix('[')
                .and_then(|t| t.strip_suffix(']'))
                .unwrap_or(text);
            Ipv6Addr::from_str(bare)
                .map(|a| a.to_string())
                .map_err(|_| "not an IPv6 address")
        }
        K::Cidr => ipnet::IpNet::from_str(text)
            .ok()
            .or_else(|| with_netmask(text))
            .map(|net| net.trunc().to_string())
            .ok_or("an address, a slash and a prefix length are needed"),
        K::Domain => domain(text),
        K::Url => url_form::canonical(text).ok_or("not an absolute URL with a host"),
        K::Email => {
            let (local, host) = text.rsplit_once('@').ok_or("there is no @")?;
            let bad = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\"".contains(c);
            if local.is_empty() || local.len() > 64 || local.contains(bad) {
                return Err("the part before @ is not valid");
            }
            // The local part is case-sensitive by RFC 5321, but in practice nowhere.
            Ok(format!("{}@{}", local.to_lowercase(), domain(host)?))
        }
        K::Md5 | K::Ja3 | K::Imphash => hex(text, 32),
        K::Sha1 => hex(text, 40),
        K::Sha256 => hex(text, 64),
        K::Sha512 => hex(text, 128),
        K::Cve => {
            let upper = text.to_ascii_uppercase();
            let mut parts = upper.split('-');
            let right = parts.next() == Some("CVE")
                && parts.next().is_some_and(|y| y.len() == 4 && all_digits(y))
                && parts.next().is_some_and(|n| n.len() >= 4 && all_digits(n))
                && parts.next().is_none();
            if right {
                Ok(upper)
            } else {
                Err("CVE-YYYY-NNNN is needed")
            }
        }
        K::Asn => {
            let digits = text.trim_start_matches(['A', 'a', 'S', 's']);
            digits
                .parse::<u32>()
                .map(|n| format!("AS{n}"))
                .map_err(|_| "a number up to 4294967295 is needed")
        }
        K::Mac => {
            let hex: String = text.chars().filter(|c| !":-.".contains(*c)).collect();
            if hex.len() == 12 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
                let lower = hex.to_ascii_lowercase();
                let pairs: Vec<&str> = (0..6).map(|i| &lower[2 * i..2 * i + 2]).collect();
                Ok(pairs.join(":"))
            } else {
                Err("twelve hexadecimal digits are needed")
            }
        }
        K::Package => {
            let part = |p: &str| {
                p.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                    && p.bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            };
            if text.len() <= 255 && text.contains('.') && text.split('.').all(part) {
                Ok(text.to_owned())
            } else {
                Err("names with dots between them are needed")
            }
        }
        K::FileName => {
            if text.contains(['/', '\\']) {
                Err("a file name has no path separators")
            } else {
                no_controls(text)
            }
        }
        K::RegistryKey => match registry(&no_controls(text)?) {
            key if key.is_empty() => Err("it has no name"),
            key => Ok(key),
        },
        K::FilePath => {
            let path = no_controls(text)?;
            // Windows takes either separator; one path has one form.
            let has_drive =
                matches!(path.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic());
            Ok(if has_drive {
                path.replace('/', "\\")
            } else {
                path
            })
        }
        K::ServiceName
        | K::NamedPipe
        | K::Mutex
        | K::UserAgent
        | K::CommandLine
        | K::DetectionName
        | K::Wallet
        | K::Ssdeep
        | K::YaraRule => no_controls(text),
    }
}

/// `198.51.100.0/255.255.255.0`
fn with_netmask(text: &str) -> Option<ipnet::IpNet> {
    let (address, mask) = text.split_once('/')?;
    let net = ipnet::Ipv4Net::with_netmask(address.parse().ok()?, mask.parse().ok()?);
    net.ok().map(ipnet::IpNet::V4)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn no_controls(text: &str) -> Result<String, &'static str> {
    if text.chars().any(char::is_control) {
        Err("it holds control characters")
    } else {
        Ok(text.to_owned())
    }
}

fn hex(text: &str, digits: usize) -> Result<String, &'static str> {
    if text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("wrong number of digits, or not hexadecimal")
    }
}

/// Lower-case ASCII form of a host name, without the root dot and without a leading `*.`.
fn domain(text: &str) -> Result<String, &'static str> {
    let text = text.strip_prefix("*.").unwrap_or(text);
    let text = text.strip_suffix('.').unwrap_or(text);
    let ascii = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(text).map_err(|_| "not a valid international name")?
    };
    if ascii.len() > 253 {
        return Err("longer than 253 characters");
    }
    let mut labels = 0;
    let mut last = "";
    for label in ascii.split('.') {
        let fine = !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-');
        if !fine {
            return Err("a label is empty, too long or holds characters that names cannot have");
        }
        labels += 1;
        last = label;
    }
    if labels < 2 {
        return Err("a single label is not a domain");
    }
    if all_digits(last) {
        return Err("the last label is a number");
    }
    Ok(ascii)
}

/// Hive names in their short form, backslashes single, no brackets around it, no trailing backslash.
fn registry(text: &str) -> String {
    let edge = |c: char| c == '\\' || c.is_whitespace();
    let text = text
        .trim_start_matches(|c| edge(c) || c == '[')
        .trim_end_matches(|c| edge(c) || c == ']');
    let mut single = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\\' || !single.ends_with('\\') {
            single.push(c);
        }
    }
    let (hive, rest) = single.split_once('\\').unwrap_or((&single, ""));
    let short = match hive.trim_end_matches(':').to_ascii_uppercase().as_str() {
        "HKEY_LOCAL_MACHINE" | "HKLM" => "HKLM",
        "HKEY_CURRENT_USER" | "HKCU" => "HKCU",
        "HKEY_CLASSES_ROOT" | "HKCR" => "HKCR",
        "HKEY_USERS" | "HKU" => "HKU",
        "HKEY_CURRENT_CONFIG" | "HKCC" => "HKCC",
        _ => return single,
    };
    if rest.is_empty() {
        short.to_owned()
    } else {
        format!("{short}\\{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Observable, ObservableKind as K};

    fn check(kind: K, text: &str, want: Option<&str>) {
        let got = Observable::new(kind, text).ok();
        assert_eq!(
            got.as_ref().map(Observable::value),
            want,
            "{kind:?} {text:?}"
        );
    }

    #[test]
    fn equal_things_have_one_form() {
        check(K::Ipv4, "198.51.100.23", Some("198.51.100.23"));
        check(K::Ipv4, "198.51.100.256", None);
        check(K::Ipv6, "[2001:DB8:0:0::1]", Some("2001:db8::1"));
        check(K::Cidr, "10.1.2.3/16", Some("10.1.0.0/16"));
        check(
            K::Cidr,
            "198.51.100.9/255.255.255.0",
            Some("198.51.100.0/24"),
        );
        check(K::Cidr, "198.51.100.9/255.0.255.0", None);
        check(K::Cidr, "198.51.100.9/33", None);
        check(K::Domain, "*.Evil.Example.", Some("evil.example"));
        check(K::Domain, "bücher.example", Some("xn--bcher-kva.example"));
        check(K::Domain, "localhost", None);
        check(K::Domain, "1.2.3.4", None);
        check(K::Email, "A.B@Evil.Example", Some("a.b@evil.example"));
        check(
            K::Md5,
            "71FEA034B422E4A17EBB06022532FDDE",
            Some("71fea034b422e4a17ebb06022532fdde"),
        );
        check(K::Sha1, "71fea034b422e4a17ebb06022532fdde", None);
        check(K::Cve, "cve-2024-1234", Some("CVE-2024-1234"));
        check(
            K::RegistryKey,
            "HKEY_LOCAL_MACHINE\\SOFTWARE\\X\\",
            Some("HKLM\\SOFTWARE\\X"),
        );
        check(K::RegistryKey, "[HKCU\\\\\\\\Run\\ ]", Some("HKCU\\Run"));
        check(K::RegistryKey, "\\", None);
        check(
            K::FilePath,
            "C:/Users/Public/x.exe",
            Some("C:\\Users\\Public\\x.exe"),
        );
        check(K::FilePath, "/etc/x", Some("/etc/x"));
        check(K::FileName, "a\u{1b}[31m.exe", None);
        check(K::Mac, "3C-97-0E-8E-3D-98", Some("3c:97:0e:8e:3d:98"));
    }

    #[test]
    fn a_canonical_value_is_read_again_as_itself() {
        for (kind, text, want) in [
            (K::Url, "http://e.example/%%341", Some("http://e.example/A")),
            (K::RegistryKey, r"HKLM\\\\X", Some(r"HKLM\X")),
            (K::RegistryKey, "HKLM\\X \\", Some("HKLM\\X")),
            (K::RegistryKey, "\\", None),
        ] {
            check(kind, text, want);
        }
        // Lower case makes this local part longer than 64 bytes.
        let long = format!("{}@evil.example", "İ".repeat(32));
        check(K::Email, &long, None);
    }

    #[test]
    fn reading_form_is_not_clickable() {
        let defanged = |kind, text| Observable::new(kind, text).unwrap().defanged();
        assert_eq!(defanged(K::Domain, "a.evil.example"), "a.evil[.]example");
        assert_eq!(
            defanged(K::Url, "https://a.evil.example/x?y=1"),
            "hxxps[://]a.evil[.]example/x?y=1"
        );
        assert_eq!(defanged(K::Ipv4, "198.51.100.23"), "198.51.100[.]23");
        assert_eq!(defanged(K::Email, "a@evil.example"), "a[@]evil[.]example");
    }

    #[test]
    fn json_is_checked_when_read() {
        let good: Observable =
            serde_json::from_str(r#"{"type":"domain","value":"Evil.Example"}"#).unwrap();
        assert_eq!(good.value(), "evil.example");
        assert!(serde_json::from_str::<Observable>(r#"{"type":"ipv4","value":"x"}"#).is_err());
    }
}

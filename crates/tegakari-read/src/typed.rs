//! Values whose type is stated: the cells of a list under `type` and `value`, or under a column of one kind, and the
//! records of feeds. Each is a value of its type as a whole, or is refused and told: a piece of it would be somebody
//! else's value.

use tegakari_model::{Observable, ObservableKind as K, Problem, url_form};

use crate::lexicon::{self, Field};
use crate::misp;

/// Refused values that are told one by one.
const TOLD: usize = 20;

/// Most bytes of a refused value in a message.
const SHOWN: usize = 80;

/// What a type promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A value of one kind; of addresses, any version and networks; of names of hosts, addresses too.
    Kind(K),
    /// A hash of whatever length.
    Hash,
    /// An address and its port.
    Socket,
}

/// A value that was not taken, because it is not wholly of its type.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Line, where the format has lines; 0 otherwise.
    pub line: u32,
    /// Place in a structured document.
    pub path: String,
    /// The column or field it stands in.
    pub field: String,
    /// The value, cut.
    pub value: String,
    /// What it should have been: a name of a kind.
    pub kind: &'static str,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Refused {
    /// A value that stands at a line.
    pub(crate) fn new(field: &str, value: &str, wanted: Wanted, why: &'static str) -> Self {
        let cut = |text: &str| -> String {
            let mut end = text.len().min(SHOWN);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.get(..end).unwrap_or("").to_owned()
        };
        Self {
            line: 0,
            path: String::new(),
            field: cut(field),
            value: cut(value),
            kind: wanted.name(),
            why,
        }
    }
}

/// What is told of refused values: each of the first, and how many there are.
pub(crate) fn problems<'a>(name: &str, refused: impl Iterator<Item = &'a Refused>) -> Vec<Problem> {
    let mut out = Vec::new();
    let mut more = 0u64;
    let mut first = None;
    for one in refused {
        let place = match (one.line, one.path.as_str()) {
            (0, "") => name.to_owned(),
            (0, path) => path.to_owned(),
            (line, _) => format!("{name}:{line}"),
        };
        if out.len() == TOLD {
            more += 1;
            first.get_or_insert(place);
            continue;
        }
        out.push(
            Problem::new(
                place,
                format!(
                    "{:?} holds {:?}, which is not wholly a value of type {}: {}",
                    one.field, one.value, one.kind, one.why
                ),
                "correct it: it is neither looked for nor blocked, because a piece of it would be another value",
            )
            .losing_records(1),
        );
    }
    if let Some(place) = first {
        out.push(
            Problem::new(
                place,
                format!("{more} more values are not wholly of their type"),
                "correct those that are told of, and read it again",
            )
            .losing_records(more),
        );
    }
    out
}

impl Wanted {
    /// What a word for a type means, in our words, MISP's, STIX's and those of feeds.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let name = name.trim();
        if let Some(kind) = K::ALL.into_iter().find(|k| k.name() == name) {
            return Some(Self::Kind(kind));
        }
        let plain: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let kind = match plain.as_str() {
            "ipport" | "ipv4port" | "socket" => return Some(Self::Socket),
            "filehashmd5" | "filehashsha1" | "filehashsha256" | "filehashsha512" | "md5hash"
            | "sha1hash" | "sha256hash" | "sha512hash" | "md5" | "sha1" | "sha256" | "sha512"
            | "hash" | "filehash" => return Some(Self::Hash),
            "ip" | "ipv4" | "ipv6" | "ipaddress" | "ipaddr" | "cidr" | "ipdst" | "ipsrc"
            | "ipv4addr" | "ipv6addr" | "netblock" => K::Ipv4,
            "domain" | "hostname" | "fqdn" | "domainname" | "host" => K::Domain,
            "url" | "uri" => K::Url,
            "email" | "emailaddress" | "emailaddr" | "mail" | "emailsrc" | "emaildst" => K::Email,
            "filehashimphash" | "imphash" => K::Imphash,
            "ssdeep" => K::Ssdeep,
            "ja3" | "ja3hash" | "ja3fingerprint" | "ja3fingerprintmd5" => K::Ja3,
            "cve" | "vulnerability" => K::Cve,
            "mutex" => K::Mutex,
            "filename" => K::FileName,
            "filepath" | "path" => K::FilePath,
            "registry" | "registrykey" | "regkey" | "windowsregistrykey" => K::RegistryKey,
            "useragent" => K::UserAgent,
            "bitcoinaddress" | "btc" | "wallet" | "cryptowallet" => K::Wallet,
            "asn" | "as" => K::Asn,
            "namedpipe" | "pipe" => K::NamedPipe,
            _ => return None,
        };
        Some(Self::Kind(kind))
    }

    /// What the field of a column promises, where it is of values that are known by their form.
    fn of_column(field: Field) -> Option<Self> {
        use K::{Cidr, Domain, Email, Ipv4, Ipv6, Ja3, Md5, Sha1, Sha256, Sha512, Url};
        match field {
            Field::Hash | Field::Kind(Md5 | Sha1 | Sha256 | Sha512) => Some(Self::Hash),
            Field::Kind(kind @ (Ipv4 | Ipv6 | Cidr | Domain | Url | Email | Ja3)) => {
                Some(Self::Kind(kind))
            }
            _ => None,
        }
    }

    /// As the field of a column or label.
    pub(crate) fn field(self) -> Field {
        match self {
            Self::Kind(kind) => Field::Kind(kind),
            Self::Hash => Field::Hash,
            Self::Socket => Field::Kind(K::Ipv4),
        }
    }

    /// Its name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kind(K::Ipv4 | K::Ipv6 | K::Cidr) => "ip",
            Self::Kind(kind) => kind.name(),
            Self::Hash => "hash",
            Self::Socket => "ip:port",
        }
    }

    /// Whether a value that was found by its form is what was promised.
    fn takes(self, kind: K) -> bool {
        match self {
            Self::Hash => kind.is_file_hash(),
            Self::Kind(K::Ipv4 | K::Ipv6 | K::Cidr) | Self::Socket => {
                matches!(kind, K::Ipv4 | K::Ipv6 | K::Cidr)
            }
            Self::Kind(K::Domain) => matches!(kind, K::Domain | K::Ipv4 | K::Ipv6),
            Self::Kind(K::Url) => kind == K::Url,
            Self::Kind(wanted) => kind == wanted,
        }
    }

    /// The value that a text, already refanged, is as a whole.
    ///
    /// # Errors
    /// When it is none: what is wrong with it.
    pub(crate) fn read(self, text: &str) -> Result<Observable, &'static str> {
        let text = text.trim();
        let of = |kind: K, text: &str| Observable::new(kind, text).map_err(|error| error.why);
        match self {
            Self::Hash => misp::hash("", text).ok_or("no hash has so many digits, or so few"),
            Self::Socket => {
                let (host, port) = text.rsplit_once(':').unwrap_or((text, "0"));
                if port.parse::<u16>().is_err() {
                    return Err("its port is no number up to 65535");
                }
                of(K::Ipv4, host).or_else(|_| of(K::Ipv6, host))
            }
            Self::Kind(K::Ipv4 | K::Ipv6 | K::Cidr) => address(text),
            Self::Kind(K::Domain) => {
                let host = without_port(text);
                match of(K::Domain, host) {
                    Ok(name) => Ok(name),
                    Err(why) => address(text)
                        .or_else(|_| path_of_host(text).ok_or(why))
                        .map_err(|_| why),
                }
            }
            Self::Kind(K::Url) => {
                if url_form::several(text).is_some() {
                    return Err("it holds several URLs");
                }
                if text.contains(char::is_whitespace) {
                    return Err("it holds a blank");
                }
                match misp::link(text) {
                    Some(link) => Ok(link),
                    None if text.contains("://") => Err(url_form::checked(text)
                        .err()
                        .unwrap_or("not an absolute URL with a host")),
                    None => Err("not an absolute URL with a host"),
                }
            }
            // A name may hold the path to it.
            Self::Kind(K::FileName) if text.contains(['/', '\\']) => of(K::FilePath, text),
            Self::Kind(kind) => of(kind, text),
        }
    }
}

/// An address, with or without its port, or a network.
fn address(text: &str) -> Result<Observable, &'static str> {
    let of = |kind: K, text: &str| Observable::new(kind, text).map_err(|error| error.why);
    if text.contains('/') {
        return of(K::Cidr, text);
    }
    of(K::Ipv6, text).or_else(|_| {
        let host = without_port(text);
        let v6 = host.starts_with('[').then(|| of(K::Ipv6, host));
        v6.unwrap_or_else(|| of(K::Ipv4, host))
    })
}

/// `host:443` without the port.
fn without_port(text: &str) -> &str {
    match text.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        _ => text,
    }
}

/// `evil.example/path`: a URL without its scheme.
fn path_of_host(text: &str) -> Option<Observable> {
    let (host, _) = text.split_once(['/', '?'])?;
    Observable::new(K::Domain, without_port(host)).ok()?;
    (!text.contains(char::is_whitespace)).then(|| misp::link(text))?
}

/// What a cell that is to hold values of a type holds.
#[derive(Debug)]
pub(crate) enum Cell {
    /// Nothing, or a word for it.
    Empty,
    /// Values with their ranges in the cell.
    Values(Vec<(usize, usize, Observable)>),
    /// Not wholly values of the type.
    Refused(&'static str),
}

/// The type that the columns of types give a row's value.
pub(crate) fn stated(headers: &[Option<Field>], row: &str) -> Option<Wanted> {
    row.split('\t')
        .zip(headers)
        .filter(|(_, field)| **field == Some(Field::Type))
        .find_map(|(cell, _)| Wanted::of(cell))
}

/// What the cells of a column promise, where each is to hold values alone.
pub(crate) fn of_column(field: Option<Field>) -> Option<Wanted> {
    Wanted::of_column(field?)
}

/// Reads a cell of a list, already refanged. `source` is the same as it is written.
///
/// With `typed`, a cell of its own says the type, and one value fills the cell; under a column of one kind there may be
/// several, or a remark in brackets behind one.
pub(crate) fn cell(wanted: Wanted, typed: bool, cell: &str, source: &str) -> Cell {
    // Names and keys keep their letters; only network values are refanged.
    let verbatim = match wanted {
        Wanted::Kind(kind) => !kind.is_network(),
        _ => false,
    };
    let text = if verbatim { source } else { cell };
    let trimmed = text.trim();
    // What keeps a spreadsheet from calculating, as our own lists have it.
    let value = match trimmed.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '|', '%']) => rest,
        _ => trimmed,
    };
    if value.is_empty() || lexicon::is_none_word(value) {
        return Cell::Empty;
    }
    let start = text.len() - text.trim_start().len() + (trimmed.len() - value.len());
    let end = start + value.len();
    // Places are those of the refanged cell.
    let place = |start: usize, end: usize| {
        if verbatim {
            let lead = cell.len() - cell.trim_start().len();
            (lead, cell.trim_end().len().max(lead))
        } else {
            (start, end)
        }
    };
    let why = match wanted.read(value) {
        Ok(observable) => {
            let end = match (wanted, observable.kind()) {
                // The port behind it is read as its own.
                (_, K::Domain | K::Ipv4 | K::Ipv6) => start + without_port(value).len(),
                _ => end,
            };
            let (start, end) = place(start, end);
            return Cell::Values(vec![(start, end, observable)]);
        }
        Err(why) => why,
    };
    if verbatim {
        return Cell::Refused(why);
    }
    let whole = |text: &str| wanted.read(text).ok().filter(|o| wanted.takes(o.kind()));
    if !typed && let Some(first) = before_remark(value, wanted == Wanted::Kind(K::Url)) {
        return match whole(first) {
            Some(observable) => Cell::Values(vec![(start, start + first.len(), observable)]),
            None => Cell::Refused(why),
        };
    }
    if let Some(pieces) = url_form::several(value).filter(|_| wanted == Wanted::Kind(K::Url)) {
        let mut values = Vec::new();
        for piece in pieces {
            // Pieces are parts of the value, in its order.
            let at = piece.as_ptr() as usize - value.as_ptr() as usize;
            match whole(piece) {
                Some(url) => values.push((start + at, start + at + piece.len(), url)),
                None => return Cell::Refused("it holds several URLs, and one of them is none"),
            }
        }
        return Cell::Values(values);
    }
    let mut values = Vec::new();
    let mut at = 0;
    for piece in value.split([' ', ',', ';', '、', '\n', '\r', '\u{3000}']) {
        let from = at;
        at += piece.len();
        at += value
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
        if piece.is_empty() {
            continue;
        }
        match whole(piece) {
            Some(observable) => {
                values.push((start + from, start + from + piece.len(), observable));
            }
            None => return Cell::Refused(why),
        }
    }
    if values.len() < 2 {
        return Cell::Refused(why);
    }
    Cell::Values(values)
}

/// `evil.example (sinkholed)` without the remark.
fn before_remark(value: &str, is_url: bool) -> Option<&str> {
    let inside = value.strip_suffix([')', ']', '）'])?;
    // Japanese sets no blank before its brackets. In a URL they may be a part of it.
    let ends = |c: char| matches!(c, ' ' | '\u{3000}') || "(（".contains(c) && !is_url;
    let front = inside.get(..inside.find(ends)?)?;
    let rest = inside.get(front.len()..)?.trim_start();
    // Another URL is no remark.
    (rest.starts_with(['(', '[', '（']) && !rest.contains("://")).then_some(front)
}

#[cfg(test)]
mod tests {
    use super::{Cell, Wanted, cell};

    fn check(kind: &str, text: &str, want: Result<&[&str], ()>) {
        let wanted = Wanted::of(kind).unwrap();
        let got = match cell(wanted, true, text, text) {
            Cell::Values(values) => Ok(values.iter().map(|v| v.2.to_string()).collect()),
            Cell::Empty => Ok(Vec::new()),
            Cell::Refused(_) => Err(()),
        };
        let want = want.map(|list| list.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>());
        assert_eq!(got, want, "{kind} {text:?}");
    }

    #[test]
    fn a_cell_is_a_value_as_a_whole_or_none() {
        for (kind, text, want) in [
            ("domain", "bad.com", Ok(&["bad.com"][..])),
            ("domain", "-bad.com", Err(())),
            ("domain", "foo bar.com", Err(())),
            ("domain", "\"quote\".badzone-r.com", Err(())),
            ("domain", "a.com, b.com", Ok(&["a.com", "b.com"])),
            ("domain", "bad.com:8080", Ok(&["bad.com"])),
            ("domain", "bad.com/x", Ok(&["http://bad.com/x"])),
            ("hostname", "45.99.1.9", Ok(&["45.99.1.9"])),
            ("domain", "45.99.1.9/33", Err(())),
            ("email", "o'brien@q-zz.com", Ok(&["o'brien@q-zz.com"])),
            ("email", "user=x@q-zz.com", Ok(&["user=x@q-zz.com"])),
            ("email-src", "x/y@q-zz.com", Ok(&["x/y@q-zz.com"])),
            ("email", "\"a\"b@q-zz.com", Err(())),
            ("email", "'=x@q-zz.com", Ok(&["=x@q-zz.com"])),
            ("ip-dst", "45.99.1.9/33", Err(())),
            ("ip", "45.99.1.9:443", Ok(&["45.99.1.9"])),
            ("ip:port", "45.99.1.9:443", Ok(&["45.99.1.9"])),
            ("ipv6-addr", "2a00:1::5", Ok(&["2a00:1::5"])),
            ("ip", "[2a00:1::5]:443", Ok(&["2a00:1::5"])),
            (
                "cidr",
                "45.99.1.128/255.255.255.128",
                Ok(&["45.99.1.128/25"]),
            ),
            ("cidr", "45.99.1.0/255.0.255.0", Err(())),
            ("url", "http://h-q.com/(a|b)", Ok(&["http://h-q.com/(a|b)"])),
            ("url", "http://h-q.com/a b", Err(())),
            ("url", "http://h-q.com/a, http://h-q.com/b c", Err(())),
            (
                "url",
                "http://h-q.com/a;http://h-r.com/b",
                Ok(&["http://h-q.com/a", "http://h-r.com/b"]),
            ),
            (
                "url",
                "http://h-q.com/a http://h-r.com/b|http://h-s.com/",
                Ok(&["http://h-q.com/a", "http://h-r.com/b", "http://h-s.com/"]),
            ),
            ("url", "http://h-q.com/a;http://-r.com/b", Err(())),
            ("url", "http://http://h-q.com/a", Err(())),
            ("url", "h-q.com:99999/a", Err(())),
            ("url", "http://h-q.com:99999/a", Err(())),
            ("url", "http://h-q..com/a", Err(())),
            ("url", "http://h-q-.com/a", Err(())),
            ("url", "h-q.com/a;b", Ok(&["http://h-q.com/a;b"])),
            ("domain", "h-q..com", Err(())),
            ("domain", "h-q-.com", Err(())),
            ("domain", "h-q.com:99999", Err(())),
            ("ip:port", "45.99.1.9:99999", Err(())),
            ("regkey", r"HKLM\Software\a'b", Ok(&[r"HKLM\Software\a'b"])),
            ("sha256", "abc", Err(())),
            ("md5", "-", Ok(&[])),
            ("mutex", "a, b", Ok(&["a, b"])),
        ] {
            check(kind, text, want);
        }
    }

    #[test]
    fn a_column_of_one_kind_may_hold_a_remark_behind_a_value() {
        let domain = Wanted::of("domain").unwrap();
        let of = |text: &str| match cell(domain, false, text, text) {
            Cell::Values(values) => values.len(),
            Cell::Empty | Cell::Refused(_) => 0,
        };
        assert_eq!(of("bad.com (sinkholed)"), 1);
        assert_eq!(of("bad.com(正規サイト ours.com の偽)"), 1);
        assert_eq!(of("the bad.com (sinkholed)"), 0);
        let url = Wanted::of("url").unwrap();
        let text = "http://q-bad.com/a (then http://r-bad.com/b)";
        assert!(matches!(cell(url, false, text, text), Cell::Refused(_)));
    }
}

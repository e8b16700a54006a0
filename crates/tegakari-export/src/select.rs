//! Whether a value can stand on a list: what fits a form by its kind.

use tegakari_model::{BlockEntry, ObservableKind as K};

use crate::networks;

/// Why a value is not on a list that holds names.
pub(crate) const NO_NAME: &str = "it is no name that a resolver asks for";
/// Why a value is not on a list that holds addresses.
pub(crate) const NO_ADDRESS: &str = "it is no address";
/// Why a value is not on a list of hashes.
pub(crate) const NO_HASH: &str = "it is no hash in lower case";
/// Why a URL is not on a list for a program that sees no further than TLS.
pub(crate) const IN_TLS: &str = "the path is inside TLS (or another protocol) and cannot be seen";
/// Why a single name is not on a list for a target that closes trees alone.
pub(crate) const ONLY_TREES: &str = "the target would block what is below the name as well";

/// What fits by its kind: names as they stand on the wire, addresses, hashes in lower case, URLs of plain
/// characters.
pub(crate) fn plain_value(entry: &BlockEntry) -> Result<(), &'static str> {
    let observable = &entry.indicator.observable;
    let value = observable.value();
    match observable.kind() {
        K::Domain if !crate::formats::is_wire_name(value) => Err(NO_NAME),
        K::Ipv4 | K::Ipv6 | K::Cidr if networks::parse(value).is_none() => Err(NO_ADDRESS),
        K::Md5 | K::Ja3 if !is_hash(value, 32) => Err(NO_HASH),
        K::Sha1 if !is_hash(value, 40) => Err(NO_HASH),
        K::Sha256 if !is_hash(value, 64) => Err(NO_HASH),
        K::Sha512 if !is_hash(value, 128) => Err(NO_HASH),
        K::Url | K::Email if !is_plain(value) => {
            Err("it has characters that the target could take for something else")
        }
        _ => Ok(()),
    }
}

/// [`plain_value`], and of URLs only those whose path can be seen on the network.
pub(crate) fn plain_and_seen(entry: &BlockEntry) -> Result<(), &'static str> {
    let observable = &entry.indicator.observable;
    if observable.kind() == K::Url && !observable.value().starts_with("http://") {
        return Err(IN_TLS);
    }
    plain_value(entry)
}

fn is_hash(value: &str, digits: usize) -> bool {
    value.len() == digits && is_lower_hex(value)
}

/// Whether a text is digits and `a` to `f` throughout.
pub(crate) fn is_lower_hex(value: &str) -> bool {
    let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    !value.is_empty() && value.bytes().all(lower_hex)
}

/// Visible ASCII without what quotes, comments and separators are made of.
fn is_plain(value: &str) -> bool {
    value.len() <= 2048
        && value
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"\"'`\\<>{}|^,;*".contains(&b))
}

/// [`plain_value`], and no network of all addresses.
pub(crate) fn plain_and_not_all(entry: &BlockEntry) -> Result<(), &'static str> {
    plain_value(entry)?;
    match networks::parse(entry.indicator.observable.value()) {
        Some(net) if net.prefix_len() == 0 => Err("the target takes no network of all addresses"),
        _ => Ok(()),
    }
}

/// A URL as many lists want it: without its scheme.
pub(crate) fn without_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

/// A text with the characters escaped that mean something in a regular expression (POSIX extended, PCRE, RE2).
pub(crate) fn regex_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

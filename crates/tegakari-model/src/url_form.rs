//! The one canonical form of a URL, used by reports and logs alike (RFC 3986, section 6).

use url::{Host, ParseError, Url};

/// Canonical form: scheme and host in lower case, host in ASCII, no user information, no default
/// port, dot segments removed, percent codes of unreserved characters decoded and the others in upper
/// case, an empty path as `/`, no fragment. `None` when `text` is not an absolute URL with a host.
///
/// Only `http`, `https` and `ftp` and other schemes with `//host` are URLs here; `mailto:` is not.
pub fn canonical(text: &str) -> Option<String> {
    let text = text.trim();
    if is_plain(text) {
        return Some(text.to_owned());
    }
    parsed(text)
}

/// [`canonical`], for a text that is said to be a URL: what cannot be asked for is refused with its reason.
///
/// # Errors
/// When it is no absolute URL, its port is none, or its host is no name that can be asked for and no address: short,
/// lower case.
pub fn checked(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if is_scheme_as_host(text) {
        return Err("its host is the scheme of another URL");
    }
    if is_plain(text) {
        let host = text.split('/').nth(2).unwrap_or_default();
        return host_fault(host).map_or_else(|| Ok(text.to_owned()), Err);
    }
    let url = Url::parse(text).map_err(|error| match error {
        ParseError::InvalidPort => "its port is no number up to 65535",
        ParseError::EmptyHost => NO_URL,
        ParseError::InvalidIpv4Address | ParseError::InvalidIpv6Address => {
            "its host is no valid address"
        }
        ParseError::IdnaError | ParseError::InvalidDomainCharacter => {
            "its host holds characters that names cannot have"
        }
        _ => NO_URL,
    })?;
    if let Some(Host::Domain(name)) = url.host() {
        host_fault(name).map_or(Ok(()), Err)?;
    } else if let Some(name) = url.host_str().filter(|_| !url.is_special()) {
        // The parser takes the hosts of other schemes as they are.
        if !name.starts_with('[') {
            host_fault(name).map_or(Ok(()), Err)?;
        }
    }
    parsed(text).ok_or(NO_URL)
}

const NO_URL: &str = "not an absolute URL with a host";

/// What keeps a name from being asked for.
fn host_fault(name: &str) -> Option<&'static str> {
    // Windows' HTTP server writes so what it answers for every host; malware that listens is known by it.
    if matches!(name, "+" | "*") {
        return None;
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.len() > 253 {
        return Some("its host is longer than 253 characters");
    }
    name.split('.').find_map(|label| {
        if label.is_empty() {
            Some("a label of its host is empty")
        } else if label.len() > 63 {
            Some("a label of its host is longer than 63 characters")
        } else if label.starts_with('-') || label.ends_with('-') {
            Some("a label of its host begins or ends with a hyphen")
        } else {
            let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            (!label.bytes().all(fits)).then_some("its host holds characters that names cannot have")
        }
    })
}

/// Whether a URL stands behind a scheme: `http://https://evil.example`, whose host would be `https`.
fn is_scheme_as_host(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else {
        return false;
    };
    let host = rest.split([':', '/']).next().unwrap_or("");
    SCHEMES
        .iter()
        .any(|scheme| host.eq_ignore_ascii_case(scheme))
        && rest
            .get(host.len()..)
            .is_some_and(|behind| behind.trim_start_matches(':').starts_with("//"))
}

const SCHEMES: [&str; 5] = ["http", "https", "ftp", "hxxp", "hxxps"];

/// The texts of a field that holds several URLs: with a blank, comma, semicolon or bar between two, of which the
/// second begins with its scheme. `None` when it holds one.
pub fn several(text: &str) -> Option<Vec<&str>> {
    let between = |c: char| c.is_whitespace() || matches!(c, ';' | ',' | '|' | '、' | '，' | '；');
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(between) {
        let Some(behind) = text.get(at..) else {
            continue;
        };
        let next = behind.trim_start_matches(between);
        let scheme = next.split_once("://").map(|(scheme, _)| scheme);
        let is_scheme = scheme.is_some_and(|s| {
            s.starts_with(|c: char| c.is_ascii_alphabetic())
                && s.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        });
        if is_scheme && at >= from {
            pieces.extend(text.get(from..at));
            from = text.len() - next.len();
        }
    }
    pieces.extend(text.get(from..));
    for piece in &mut pieces {
        *piece = piece.trim_matches(between);
    }
    pieces.retain(|piece| !piece.is_empty());
    (pieces.len() > 1).then_some(pieces)
}

fn parsed(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    // The parser takes hosts that no name server knows: a bracket in one comes from a sentence around the URL.
    url.host_str()
        .filter(|host| !(host.is_empty() || host.contains(['(', ')', ',', '"', '\''])))?;
    url.set_fragment(None);
    // Setting these fails only for URLs without a host.
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let path = tidy_percent(url.path());
    url.set_path(&path);
    if let Some(query) = url.query().map(tidy_percent) {
        url.set_query(Some(&query));
    }
    Some(url.into())
}

/// Whether a URL has its canonical form already, for sure: as most that are fetched have. Whatever needs rules
/// (ports, users, addresses, names of other scripts, dot segments, percent codes) is for the parser.
pub(crate) fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let rest = bytes
        .strip_prefix(b"https://")
        .or_else(|| bytes.strip_prefix(b"http://"));
    let Some(rest) = rest else {
        return false;
    };
    // What stood before, and what begins the label of the host.
    let (mut before, mut first) = (b'.', b'0');
    let mut path = None;
    for (i, b) in rest.iter().enumerate() {
        match (b, before) {
            (b'a'..=b'z' | b'0'..=b'9', b'.') => first = *b,
            (b'a'..=b'z' | b'0'..=b'9', _) => {}
            (b'-' | b'.', b'a'..=b'z' | b'0'..=b'9') => {}
            (b'/', b'a'..=b'z' | b'0'..=b'9') if first.is_ascii_lowercase() => {
                path = rest.get(i..);
                break;
            }
            _ => return false,
        }
        before = *b;
    }
    let Some(path) = path else {
        return false;
    };
    let inside = |b: &u8| b.is_ascii_alphanumeric() || b"-._~/?=&+,;:@".contains(b);
    path.iter().all(inside) && !path.windows(2).any(|two| two == b"/.")
}

/// Decodes percent codes of unreserved characters and writes the others in upper case.
fn tidy_percent(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < bytes.len() {
        let code = (bytes[i] == b'%')
            .then(|| text.get(i + 1..i + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok().map(|byte| (hex, byte)));
        match code {
            Some((_, byte)) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                out.push(char::from(byte));
                i += 3;
            }
            Some((hex, _)) => {
                out.push('%');
                out.push_str(&hex.to_ascii_uppercase());
                i += 3;
            }
            None => {
                let width = text[i..].chars().next().map_or(1, char::len_utf8);
                out.push_str(&text[i..i + width]);
                i += width;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{canonical, checked, several};

    #[test]
    fn a_stated_url_is_one_that_can_be_asked_for() {
        for text in [
            "http://evil.example/a",
            "HTTP://Evil.Example:8080/?q=http://x.example",
            "http://http.evil.example/",
            "http://a_b.evil.example/x",
            "http://evil.example./x",
            "https://[2001:db8::1]:8443/",
            "http://198.51.100.7:65535/x",
            "http://host/x",
            "https://+:443/ews/exchange/",
            "http://*:80/eye/",
            "http://日本.jp/",
            "tcp://evil.example:443",
        ] {
            assert_eq!(checked(text).ok(), canonical(text), "{text}");
        }
        for (text, why) in [
            ("http://http://evil.example/x", "scheme of another"),
            ("https://http//evil.example/x", "scheme of another"),
            ("hxxp://https://evil.example/x", "scheme of another"),
            ("http://evil.example:65536/", "port"),
            ("http://evil.example:port/", "port"),
            ("http://evil..example/", "empty"),
            ("http://.evil.example/", "empty"),
            ("http://evil-.example/", "hyphen"),
            ("http://-evil.example/", "hyphen"),
            ("tcp://-evil.example:1/", "hyphen"),
            ("http://evil.example.-/", "hyphen"),
            ("http://*.evil.example/", "characters"),
            ("http://e(vil.example/", "characters"),
            ("http://e vil.example/", "characters"),
            ("http:///", "absolute"),
            ("http://", "absolute"),
            ("evil.example/x", "absolute"),
            ("http://1.2.3.4.5/", "address"),
            ("http://[2001::db8::1]/", "address"),
        ] {
            let got = checked(text).unwrap_err();
            assert!(got.contains(why), "{text}: {got}");
        }
        let long = format!("http://{}.example/", "a".repeat(64));
        assert!(checked(&long).unwrap_err().contains("longer than 63"));
    }

    #[test]
    fn several_urls_in_one_field_are_told_apart() {
        for (text, want) in [
            (
                "http://a.example/x http://b.example/y",
                &["http://a.example/x", "http://b.example/y"][..],
            ),
            (
                "http://a.example/x;http://b.example/y",
                &["http://a.example/x", "http://b.example/y"],
            ),
            (
                "http://a.example/x | https://b.example/y |",
                &["http://a.example/x", "https://b.example/y"],
            ),
            (
                "a.example/x, http://b.example/y",
                &["a.example/x", "http://b.example/y"],
            ),
            ("http://a.example/x;y|z,w", &[]),
            ("http://a.example/?u=http://b.example/", &[]),
            ("http://a.example/", &[]),
        ] {
            assert_eq!(several(text).unwrap_or_default(), want, "{text}");
        }
    }

    #[test]
    fn one_form_for_equal_urls() {
        for (text, want) in [
            ("HTTP://Evil.Example:80", Some("http://evil.example/")),
            (
                "https://evil.example/a/../%7euser?q=%2f#x",
                Some("https://evil.example/~user?q=%2F"),
            ),
            ("http://user:pw@evil.example/", Some("http://evil.example/")),
            (
                "http://evil.example:8080/x",
                Some("http://evil.example:8080/x"),
            ),
            ("https://[2001:DB8::1]/a", Some("https://[2001:db8::1]/a")),
            ("mailto:a@b.example", None),
            ("evil.example/x", None),
        ] {
            assert_eq!(canonical(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn plain_urls_are_what_the_parser_makes_of_them() {
        let mut plain = 0;
        let parts = [
            "",
            ".",
            "..",
            "a",
            "b-c",
            "0x7f",
            "1",
            "a.b",
            "x--y",
            "-z",
            "?",
            "q=1&r",
            "/",
            ":",
            "@",
            "~",
            "%41",
            "A",
            "_",
            "#",
            "com",
            "e.example",
        ];
        for scheme in ["http://", "https://", "HTTP://", "ftp://"] {
            for host in parts {
                for suffix in parts {
                    for path in parts {
                        for end in ["", "/", "/x", "?y", "/.z", "//"] {
                            let url = format!("{scheme}{host}.{suffix}/{path}{end}");
                            if super::is_plain(&url) {
                                plain += 1;
                                assert_eq!(super::parsed(&url), Some(url));
                            }
                        }
                    }
                }
            }
        }
        assert!(plain > 1000);
    }

    #[test]
    fn canonical_form_is_stable() {
        let once = canonical("http://e.example/%e3%81%82%25%zz").unwrap();
        assert_eq!(canonical(&once), Some(once));
    }
}

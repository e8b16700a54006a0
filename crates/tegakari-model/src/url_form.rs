//! The one canonical form of a URL, used by reports and logs alike (RFC 3986, section 6).

use url::Url;

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
    use super::canonical;

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

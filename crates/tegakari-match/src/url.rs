//! URLs: from a host with listed URLs to the URL that stands around it.
//!
//! Where a URL ends cannot be told from text alone (`http://h/p,` in a sentence, `http://h/p,GET,` in
//! CSV), so a few ends are tried; each candidate is brought into canonical form and looked up whole.
//! A longer path is therefore never a hit.

use std::borrow::Cow;
use std::net::Ipv4Addr;
use std::ops::Range;

use tegakari_model::url_form;

use crate::address::parse_url_v4;

/// Longest text after the host that is looked at, bytes.
const LONGEST: usize = 8192;
/// Most ends that are tried for one host.
const MOST_ENDS: usize = 16;

/// What may be a URL in the text.
pub(crate) struct Candidate {
    /// Its bytes in the text.
    pub(crate) place: Range<usize>,
    /// Canonical form.
    pub(crate) canonical: String,
    /// Whether the scheme had to be supplied.
    pub(crate) without_scheme: bool,
}

/// Calls `each` with every reading of the URL whose host stands at `host`, longest first, until it
/// returns true.
pub(crate) fn candidates(
    text: &[u8],
    host: Range<usize>,
    mut each: impl FnMut(&Candidate) -> bool,
) {
    let front = front(text, host.start);
    let tail = tail(text, host.end);
    let host_bytes = &text[host.clone()];
    let host_text = match parse_url_v4(host_bytes) {
        Some(address) => Ipv4Addr::from(address).to_string(),
        None => String::from_utf8_lossy(host_bytes).to_ascii_lowercase(),
    };
    let schemes: &[&str] = match &front.scheme {
        Some(scheme) => &[scheme.as_str()],
        None => &["http", "https"],
    };
    for end in ends(text, host.end..tail) {
        let rest = unescaped(&text[host.end..end]);
        // A bare host or `host:443` is not a URL.
        if front.scheme.is_none() && path_of(&rest).len() < 2 {
            continue;
        }
        for scheme in schemes {
            let raw = format!("{scheme}://{host_text}{rest}");
            let canonical = if is_plain(&rest) {
                Some(raw)
            } else {
                url_form::canonical(&raw)
            };
            let Some(canonical) = canonical else { continue };
            let candidate = Candidate {
                place: front.start..end,
                canonical,
                without_scheme: front.scheme.is_none(),
            };
            if each(&candidate) {
                return;
            }
        }
    }
}

struct Front {
    start: usize,
    scheme: Option<String>,
}

/// The scheme and user information before a host.
fn front(text: &[u8], host: usize) -> Front {
    let none = Front {
        start: host,
        scheme: None,
    };
    let mut at = host;
    if at > 0 && text[at - 1] == b'@' {
        // User information: back to the slashes, within reason.
        let from = at.saturating_sub(256);
        let stop = text[from..at]
            .iter()
            .rposition(|b| b.is_ascii_whitespace() || *b == b'"' || *b == b'/');
        match stop {
            Some(p) if text[from + p] == b'/' => at = from + p + 1,
            _ => return none,
        }
    }
    let before = &text[..at];
    let colon = match before
        .strip_suffix(b"//")
        .or_else(|| before.strip_suffix(b"\\/\\/"))
    {
        Some(before) => match before.strip_suffix(b":") {
            Some(before) => before.len(),
            None => return none,
        },
        None => return none,
    };
    let from = text[..colon]
        .iter()
        .rev()
        .take(12)
        .take_while(|b| b.is_ascii_alphanumeric())
        .count();
    let mut scheme = String::from_utf8_lossy(&text[colon - from..colon]).to_ascii_lowercase();
    let mut start = colon - from;
    // `\nhttp://` in JSON: the `n` belongs to the escape.
    if start > 0 && text[start - 1] == b'\\' && scheme.len() > 4 {
        scheme.remove(0);
        start += 1;
    }
    let scheme = match scheme.as_str() {
        "" => return none,
        "hxxp" | "meow" | "htxp" => "http".to_owned(),
        "hxxps" | "meows" | "htxps" => "https".to_owned(),
        "fxp" => "ftp".to_owned(),
        _ => scheme,
    };
    Front {
        start,
        scheme: Some(scheme),
    }
}

/// Whether the scheme of a URL in which browsers take numbers for addresses stands before the host at `host`.
pub(crate) fn is_web(text: &[u8], host: usize) -> bool {
    let front = front(text, host);
    front
        .scheme
        .is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https" | "ftp" | "ws" | "wss"))
}

/// Where the longest reading of the URL ends.
fn tail(text: &[u8], from: usize) -> usize {
    let mut at = from;
    let stop = text.len().min(from + LONGEST);
    while at < stop {
        match text[at] {
            0..=b' ' | b'"' | b'<' | b'>' | b'`' | 0x7F => break,
            b'\\' if text.get(at + 1) != Some(&b'/') => break,
            _ => at += 1,
        }
    }
    at
}

/// The ends to try, longest first: all of it, less what ends a sentence, and before each byte that
/// closes or separates fields.
fn ends(text: &[u8], tail: Range<usize>) -> Vec<usize> {
    let trimmed = |mut end: usize| {
        while end > tail.start && b".,:;!?'*".contains(&text[end - 1]) {
            end -= 1;
        }
        end
    };
    let mut ends = vec![tail.end, trimmed(tail.end)];
    let mut cuts: Vec<usize> = Vec::new();
    let mut ascii = true;
    for at in tail.clone() {
        let byte = text[at];
        let cut =
            b",|)]}'^\\".contains(&byte) && !(byte == b'\\' && text.get(at + 1) == Some(&b'/'));
        if (cut || (ascii && !byte.is_ascii())) && cuts.len() < MOST_ENDS {
            cuts.push(at);
        }
        ascii = byte.is_ascii();
    }
    for &cut in cuts.iter().rev() {
        ends.push(cut);
        ends.push(trimmed(cut));
    }
    ends.dedup();
    ends
}

/// What follows the host, with `\/` of JSON made `/`.
fn unescaped(rest: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(rest);
    if text.contains("\\/") {
        Cow::Owned(text.replace("\\/", "/"))
    } else {
        text
    }
}

/// The part from the first slash on.
fn path_of(rest: &str) -> &str {
    rest.find('/').map_or("", |slash| &rest[slash..])
}

/// Whether what follows a lower-case host is already canonical, so that no parser is needed.
fn is_plain(rest: &str) -> bool {
    rest.starts_with('/')
        && !rest.contains("/.")
        && rest
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~/!$&()*+,;=:@?".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::{candidates, is_plain};
    use proptest::prelude::*;
    use tegakari_model::url_form;

    fn check(text: &str, host: &str, want: &str, found: bool) {
        let at = text.find(host).unwrap();
        let mut got = Vec::new();
        candidates(text.as_bytes(), at..at + host.len(), |candidate| {
            got.push(candidate.canonical.clone());
            false
        });
        assert_eq!(got.iter().any(|url| url == want), found, "{text}: {got:?}");
    }

    #[test]
    fn a_url_is_read_as_it_stands_in_logs() {
        let want = "http://e.example/a/b";
        check("GET http://e.example/a/b HTTP/1.1", "e.example", want, true);
        check("HTTP://E.EXAMPLE:80/a/./c/../b#x", "E.EXAMPLE", want, true);
        check("see (http://e.example/a/b).", "e.example", want, true);
        check("1,http://e.example/a/b,GET", "e.example", want, true);
        check(
            "{\"u\":\"http:\\/\\/e.example\\/a\\/b\"}",
            "e.example",
            want,
            true,
        );
        check("hxxp://e.example/a/b", "e.example", want, true);
        check("http://me:pw@e.example/a/b", "e.example", want, true);
        check("host e.example/a/b", "e.example", want, true);
        check("x\\nhttp://e.example/a/b\\n", "e.example", want, true);
        check("http://e.example/a/bc", "e.example", want, false);
        check("http://e.example/a/b/c", "e.example", want, false);
        check("https://e.example/a/b", "e.example", want, false);
        check("http://e.example", "e.example", "http://e.example/", true);
        check("e.example:443", "e.example", "https://e.example/", false);
    }

    proptest! {
        #[test]
        fn plain_urls_need_no_parser(rest in "/[-a-zA-Z0-9._~/!$&()*+,;=:@?]{0,30}") {
            prop_assume!(is_plain(&rest));
            let raw = format!("http://e.example{rest}");
            prop_assert_eq!(url_form::canonical(&raw), Some(raw));
        }
    }
}

//! URLs: from the scheme on, and where they end.

use tegakari_model::{Observable, ObservableKind as K};

use super::{Finder, Origin, Taken, before, byte, cut, hash, host, is_cjk};
use crate::text::after_scheme;

/// Longest URL that is read; longer ones are cut there.
const LIMIT: usize = 4096;

/// Schemes that make a value; others (`s3`, `docker`, `package`) name things inside programs.
const SCHEMES: [&str; 12] = [
    "http", "https", "ftp", "ftps", "sftp", "tcp", "udp", "ws", "wss", "smb", "ldap", "ldaps",
];

/// Every `scheme://…` in a text.
pub(super) fn with_scheme(text: &str, taken: &mut Taken, found: &mut Finder<'_>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for colon in memchr::memchr_iter(b':', bytes) {
        if colon < done || bytes.get(colon + 1..colon + 3) != Some(b"//".as_slice()) {
            continue;
        }
        let letters = bytes
            .get(..colon)
            .unwrap_or_default()
            .iter()
            .rev()
            .take(8)
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        let scheme_text = cut(text, colon - letters, colon).to_ascii_lowercase();
        // Glued text (`Descriptionhttp://`) still ends in a scheme.
        let Some(scheme) = SCHEMES
            .iter()
            .filter(|s| scheme_text.ends_with(**s))
            .max_by_key(|s| s.len())
        else {
            continue;
        };
        let start = colon - scheme.len();
        let end = end_of(text, start, colon + 3);
        done = end;
        let written = cut(text, start, end);
        // Canonical forms keep the port only where it is not the scheme's own, as comparing needs.
        if added(found, written, (start, end)) {
            taken.0.push((start, end));
            hash::inside_url(text, (start, end), found);
        } else {
            taken.0.push((start, colon + 3));
        }
    }
}

fn added(found: &mut Finder<'_>, written: &str, span: (usize, usize)) -> bool {
    let Ok(observable) = Observable::new(K::Url, written) else {
        return false;
    };
    let Some(rest) = after_scheme(observable.value()) else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = host.rsplit('@').next().unwrap_or(host);
    let name = if host.starts_with('[') {
        host
    } else {
        host.split(':').next().unwrap_or(host)
    };
    let is_address = name.starts_with('[') || name.parse::<std::net::Ipv4Addr>().is_ok();
    // A scheme says enough: names of one label (`server`) are placeholders, others count even where
    // nobody can register them.
    let last = name.rsplit('.').next().unwrap_or("");
    let is_name =
        name.contains('.') && last.len() >= 2 && !last.bytes().all(|b| b.is_ascii_digit());
    let counts = is_address || is_name;
    if counts {
        let written = self::written(written);
        found.push(observable, span, Origin::Form);
        if let Some(last) = found.found.last_mut() {
            last.written = written;
        }
    }
    counts
}

/// A URL as it is written, when its canonical form says less: user information, fragments, dot segments,
/// and how characters are escaped. `None` when the two differ only in the case of the host or a last slash.
pub(crate) fn written(url: &str) -> Option<String> {
    let rest = after_scheme(url).unwrap_or(url);
    let plain = rest
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._~/:?=&+,;!*()'$".contains(&b));
    let stays = plain && !rest.contains("/./") && !rest.contains("/../");
    (!stays).then(|| url.to_owned())
}

/// A URL without its scheme: `host/path` (the host has been read already).
pub(super) fn without_scheme(
    text: &str,
    start: usize,
    slash: usize,
    found: &mut Finder<'_>,
) -> Option<usize> {
    let end = end_of(text, start, slash);
    if end <= slash {
        return None;
    }
    let full = format!("http://{}", cut(text, start, end));
    found
        .add(K::Url, &full, (start, end), Origin::Form)
        .then(|| {
            if let Some(last) = found.found.last_mut() {
                last.written = written(cut(text, start, end));
            }
            hash::inside_url(text, (start, end), found);
            end
        })
}

/// Where a URL that starts at `start` ends, looking from `from` on.
fn end_of(text: &str, start: usize, from: usize) -> usize {
    let bytes = text.as_bytes();
    let limit = (start + LIMIT).min(text.len());
    let mut end = from;
    let mut in_host = true;
    let mut round: i32 = 0;
    let mut square: i32 = 0;
    for (i, c) in cut(text, from, text.len())
        .char_indices()
        .map(|(i, c)| (from + i, c))
    {
        if i >= limit {
            break;
        }
        let stop = match c {
            '/' | '?' | '#' => {
                in_host = false;
                false
            }
            _ if c.is_whitespace() || c.is_control() => true,
            '"' | '<' | '>' | '`' | '|' | '^' | '{' | '}' | '“' | '”' | '‘' | '’' | '«' | '»'
            | '…' | '\u{FFFD}' => true,
            '\\' => in_host,
            '\'' => {
                in_host
                    || byte(bytes, i + 1) == b')'
                    || byte(bytes, i + 1) == b';'
                    || byte(bytes, i + 1) == b','
                    || byte(bytes, i + 1) <= b' '
            }
            // `[text](url)`: a bracket that was opened before the URL ends it. One that opens inside
            // belongs to it when it closes inside: `x(1).txt`, but not `x(do not visit)`.
            '(' => {
                round += 1;
                in_host || !round_closes(text, i)
            }
            ')' => {
                round -= 1;
                round < 0
            }
            '[' => {
                square += 1;
                // In a host only IPv6 has brackets; in a path they count when they close and it goes on.
                if in_host {
                    byte(bytes, i.wrapping_sub(1)) != b'/'
                } else {
                    !bracket_goes_on(bytes, i)
                }
            }
            ']' => {
                square -= 1;
                square < 0
            }
            // Two URLs with only a separator between them.
            ',' | ';' => in_host || starts_url(text, i + 1) || before(bytes, start) == c as u8,
            '&' => ["&nbsp", "&lt;", "&gt;", "&quot"]
                .iter()
                .any(|entity| cut(text, i, text.len()).starts_with(entity)),
            // A host may be written in any script; a path after it goes on in ASCII or its percent codes.
            _ if is_cjk(c) => !in_host || !host::cjk_host_goes_on(text, i),
            _ => false,
        };
        if stop {
            break;
        }
        end = i + c.len_utf8();
    }
    trimmed(text, start, from, end)
}

/// Takes off what a sentence adds at the end. Counts once, so that a long tail costs its length.
fn trimmed(text: &str, start: usize, from: usize, mut end: usize) -> usize {
    let bytes = text.as_bytes();
    let whole = bytes.get(start..end).unwrap_or_default();
    let count = |wanted: u8| whole.iter().filter(|b| **b == wanted).count();
    let (opened, mut closed, mut questions) = (count(b'('), count(b')'), count(b'?'));
    while end > from {
        let last = before(bytes, end);
        // Underscores and stars are emphasis only when the same stands before the URL.
        let emphasis = matches!(last, b'*' | b'_' | b'~');
        let trim = matches!(last, b'.' | b',' | b';' | b':' | b'!' | b'\'' | b'[')
            || (emphasis && before(bytes, start) == last)
            || (last == b'?' && questions == 1)
            || (last == b')' && closed > opened);
        if !trim {
            break;
        }
        closed -= usize::from(last == b')');
        questions -= usize::from(last == b'?');
        end -= 1;
    }
    end
}

/// Whether the bracket at `open` closes before anything that ends URLs.
fn round_closes(text: &str, open: usize) -> bool {
    let ends = |c: char| {
        c.is_whitespace() || c.is_control() || is_cjk(c) || matches!(c, '"' | '<' | '>' | '`' | '(')
    };
    cut(text, open + 1, text.len())
        .chars()
        .take(80)
        .take_while(|c| !ends(*c))
        .any(|c| c == ')')
}

/// Whether `[…]` at `open` closes soon and the path goes on after it.
fn bracket_goes_on(bytes: &[u8], open: usize) -> bool {
    let tail = bytes.get(open + 1..).unwrap_or_default();
    let length = tail
        .iter()
        .take(40)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        .count();
    let next = tail.get(length + 1).copied().unwrap_or(0);
    length > 0
        && tail.get(length) == Some(&b']')
        && (next.is_ascii_alphanumeric() || matches!(next, b'/' | b'=' | b'&' | b'-'))
}

fn starts_url(text: &str, at: usize) -> bool {
    let rest = cut(text, at, text.len()).trim_start();
    rest.starts_with("http://") || rest.starts_with("https://") || rest.is_empty()
}

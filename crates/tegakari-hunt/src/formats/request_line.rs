//! Web requests as proxies and web servers log them.

use tegakari_model::Telemetry as T;

use crate::Kinds;
use crate::event::Event;

/// The text up to the next blank, and what follows it.
pub(crate) fn token(text: &[u8]) -> (&[u8], &[u8]) {
    let start = text.iter().position(|b| *b != b' ').unwrap_or(text.len());
    let text = &text[start..];
    // Most are short: looking at each byte beats setting up a vector search.
    let near = text.iter().take(16).position(|b| *b == b' ');
    let end = match near {
        None if text.len() > 16 => memchr::memchr(b' ', &text[16..]).map(|at| at + 16),
        near => near,
    };
    match end {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, b""),
    }
}

/// Host and scheme of a request's target, when the target names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target<'r> {
    pub(crate) host: &'r [u8],
    pub(crate) in_tls: bool,
}

/// Reads the target of a request (`http://host/path`, or `host:port` of CONNECT).
pub(crate) fn target<'r>(method: &[u8], text: &'r [u8]) -> Option<Target<'r>> {
    let authority_of = |rest: &'r [u8]| {
        let end = memchr::memchr3(b'/', b'?', b'#', rest).unwrap_or(rest.len());
        &rest[..end]
    };
    let (authority, in_tls) = if method == b"CONNECT" {
        (text, false)
    } else if let Some(rest) = text.strip_prefix(b"https://") {
        (authority_of(rest), true)
    } else if let Some(rest) = text.strip_prefix(b"http://") {
        (authority_of(rest), false)
    } else {
        let letters = text.iter().take(9).take_while(|b| b.is_ascii_alphabetic());
        let at = letters.count();
        if at == 0 || at > 8 || !text[at..].starts_with(b"://") {
            return None;
        }
        let rest = authority_of(&text[at + 3..]);
        (rest, text[..at].eq_ignore_ascii_case(b"https"))
    };
    let authority = memchr::memrchr(b'@', authority).map_or(authority, |at| &authority[at + 1..]);
    let host = if let Some(rest) = authority.strip_prefix(b"[") {
        &rest[..memchr::memchr(b']', rest)?]
    } else {
        match memchr::memrchr(b':', authority) {
            Some(at) => &authority[..at],
            None => authority,
        }
    };
    (!host.is_empty()).then_some(Target { host, in_tls })
}

/// What a request through a proxy shows of its client. Sets what the event carries, and its name.
pub(crate) fn proxied<'r>(
    method: &[u8],
    text: &'r [u8],
    has_user_agent: bool,
    event: &mut Event<'r>,
) -> Kinds {
    let mut shows = Kinds::of(&[T::HttpHost]);
    let target = target(method, text);
    if let Some(target) = target {
        event.name = target.host;
        if method != b"CONNECT" {
            shows = shows.with(T::HttpUrl);
            if target.in_tls {
                shows = shows.with_url_in_tls();
            }
        }
    }
    if has_user_agent {
        shows = shows.with(T::UserAgent);
    }
    event.carries = shows;
    event.proxied = true;
    shows
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn the_host_of_a_request_is_found() {
        for (method, text, want) in [
            (
                "CONNECT",
                "www.evil.example:443",
                Some(("www.evil.example", false)),
            ),
            ("CONNECT", "[2001:db8::1]:443", Some(("2001:db8::1", false))),
            (
                "GET",
                "http://u:p@evil.example:8080/a?b",
                Some(("evil.example", false)),
            ),
            ("GET", "https://evil.example", Some(("evil.example", true))),
            ("GET", "/only/a/path?u=http://x/", None),
            ("GET", "", None),
        ] {
            let got = target(method.as_bytes(), text.as_bytes());
            let got = got.map(|t| (std::str::from_utf8(t.host).unwrap(), t.in_tls));
            assert_eq!(got, want, "{text}");
        }
    }
}

//! Web requests as fields, as proxies and web servers log them: by the names of the W3C format, which rules use.

use std::borrow::Cow;

use super::{Fields, Origin};
use crate::formats::request_line::target;

/// What a log says of one request; what it does not say is empty.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Request<'r> {
    pub(crate) client: &'r [u8],
    pub(crate) method: &'r [u8],
    /// As it was asked for: a path, or a whole URL.
    pub(crate) target: &'r [u8],
    pub(crate) host: &'r [u8],
    pub(crate) status: &'r [u8],
    pub(crate) user: &'r [u8],
    pub(crate) referrer: &'r [u8],
    pub(crate) agent: &'r [u8],
}

/// Whose log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Proxy,
    Server,
}

/// Gives the fields of a request.
pub(crate) fn of_request<'r>(
    place: Place,
    record: &'r [u8],
    request: &Request<'r>,
    fields: &mut Fields<'r>,
) {
    let whole = request.target;
    let host = match target(request.method, whole) {
        Some(target) => target.host,
        None => request.host,
    };
    let path = path_of(request.method, whole);
    let (stem, query) = match memchr::memchr(b'?', path) {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (path, &b""[..]),
    };
    fields.add_bytes("c-ip", request.client);
    fields.add_bytes("src_ip", request.client);
    fields.add_bytes("cs-method", request.method);
    fields.add_bytes("cs-host", host);
    fields.add_bytes("c-uri", whole);
    fields.add_bytes("cs-uri", whole);
    fields.add_bytes("cs-uri-stem", stem);
    // Rules for web servers look for paths in it as well.
    fields.add_bytes("cs-uri-query", path);
    fields.add_bytes("cs-uri-query", query);
    fields.add_bytes("c-uri-query", query);
    fields.add_bytes("c-uri-extension", extension(stem));
    fields.add_bytes("sc-status", request.status);
    fields.add_bytes("cs-username", request.user);
    for name in ["cs-referer", "cs-referrer"] {
        fields.add_bytes(name, request.referrer);
    }
    for name in ["c-useragent", "cs-user-agent"] {
        fields.add_bytes(name, request.agent);
    }
    fields.set_text(record);
    fields.origin = Origin::Other {
        format: match place {
            Place::Proxy => "proxy",
            Place::Server => "webserver",
        },
        part: Cow::Borrowed(""),
    };
}

/// Adds to an event whose URL is known what rules call its parts.
pub(crate) fn of_url(fields: &mut Fields<'_>) {
    let Some(whole) = fields.first("c-uri").map(ToOwned::to_owned) else {
        return;
    };
    let method = fields.first("cs-method").unwrap_or_default().to_owned();
    let (method, whole) = (method.as_bytes(), whole.as_bytes());
    let host = target(method, whole).map(|target| target.host.to_vec());
    let path = path_of(method, whole);
    let (stem, query) = match memchr::memchr(b'?', path) {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (path, &b""[..]),
    };
    let mut add = |name: &'static str, value: &[u8]| {
        if !value.is_empty() && fields.first(name).is_none() {
            fields.add(name, String::from_utf8_lossy(value).into_owned());
        }
    };
    add("cs-host", host.as_deref().unwrap_or_default());
    add("cs-uri-stem", stem);
    add("cs-uri-query", query);
    add("c-uri-query", query);
    add("c-uri-extension", extension(stem));
}

/// What follows the host.
fn path_of<'r>(method: &[u8], whole: &'r [u8]) -> &'r [u8] {
    if method == b"CONNECT" {
        return b"";
    }
    let Some(at) = memchr::memmem::find(&whole[..whole.len().min(16)], b"://") else {
        return whole;
    };
    let rest = &whole[at + 3..];
    memchr::memchr(b'/', rest).map_or(b"", |slash| &rest[slash..])
}

fn extension(stem: &[u8]) -> &[u8] {
    let name = memchr::memrchr(b'/', stem).map_or(stem, |at| &stem[at + 1..]);
    memchr::memrchr(b'.', name).map_or(b"", |at| &name[at + 1..])
}

/// Gives the fields of a line in W3C's format, by the names in its header.
pub(crate) fn of_w3c<'r>(
    record: &'r [u8],
    names: &[Box<str>],
    words: impl Iterator<Item = &'r [u8]>,
    fields: &mut Fields<'r>,
) {
    let mut request = Request::default();
    let (mut stem, mut query): (&[u8], &[u8]) = (b"", b"");
    let mut asks = false;
    for (word, name) in words.zip(names) {
        if word == b"-" || word.is_empty() {
            continue;
        }
        match name.as_ref() {
            "c-ip" => request.client = word,
            "cs-method" => request.method = word,
            "cs-host" | "cs(host)" | "x-host-header" => request.host = word,
            "cs-uri-stem" | "cs-uri-path" => stem = word,
            "cs-uri-query" => query = word,
            "cs-uri" | "c-uri" => {
                request.target = word;
                asks = true;
            }
            "sc-status" => request.status = word,
            "cs-username" => request.user = word,
            "cs(referer)" => request.referrer = word,
            "cs(user-agent)" | "c-agent" => request.agent = word,
            _ => fields.add(name.to_string(), String::from_utf8_lossy(word)),
        }
    }
    let place = if asks { Place::Proxy } else { Place::Server };
    if !stem.is_empty() {
        request.target = stem;
    }
    of_request(place, record, &request, fields);
    if !query.is_empty() {
        let query = String::from_utf8_lossy(query);
        // IIS writes a plus for a blank.
        fields.add("cs-uri-query", query.clone());
        fields.add("c-uri-query", query);
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Request, of_request};
    use crate::fields::Fields;

    #[test]
    fn a_request_is_cut_into_what_rules_ask_for() {
        let request = Request {
            method: b"GET",
            target: b"http://a.example/x/y.php?q=1",
            agent: b"curl/8",
            ..Request::default()
        };
        let mut fields = Fields::default();
        of_request(Place::Proxy, b"line", &request, &mut fields);
        let get = |name| fields.first(name);
        assert_eq!(get("cs-host"), Some("a.example"));
        assert_eq!(get("cs-uri-stem"), Some("/x/y.php"));
        assert_eq!(get("c-uri-query"), Some("q=1"));
        assert_eq!(get("c-uri-extension"), Some("php"));
        assert_eq!(get("c-uri"), Some("http://a.example/x/y.php?q=1"));
        assert_eq!(get("c-useragent"), Some("curl/8"));
        assert_eq!(get("sc-status"), None);
        let request = Request {
            method: b"CONNECT",
            target: b"b.example:443",
            ..Request::default()
        };
        let mut fields = Fields::default();
        of_request(Place::Proxy, b"line", &request, &mut fields);
        assert_eq!(fields.first("cs-host"), Some("b.example"));
        assert_eq!(fields.first("cs-uri-stem"), None);
    }
}

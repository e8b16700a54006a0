//! What packets carry: DNS messages, the beginning of TLS, HTTP requests.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Names and addresses of a DNS message (RFC 1035 4.1).
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Dns {
    pub(super) is_answer: bool,
    pub(super) questions: Vec<String>,
    /// Owners and data of all records.
    pub(super) answers: Vec<String>,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([pair[0], pair[1]]))
}

/// A name, and where what follows it begins.
fn name(message: &[u8], mut at: usize) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut next = None;
    for _ in 0..128 {
        let length = usize::from(*message.get(at)?);
        match length {
            0 => return Some((out, next.unwrap_or(at + 1))),
            1..=63 => {
                let label = message.get(at + 1..at + 1 + length)?;
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(&String::from_utf8_lossy(label));
                if out.len() > 1024 {
                    return None;
                }
                at += 1 + length;
            }
            192.. => {
                next.get_or_insert(at + 2);
                at = usize::from(u16_at(message, at)? & 0x3fff);
            }
            _ => return None,
        }
    }
    None
}

/// Reads a DNS message; `None` when it is none. What is damaged ends it, and what came before counts.
pub(super) fn dns(message: &[u8]) -> Option<Dns> {
    let flags = u16_at(message, 2)?;
    let counts: Vec<u16> = (0..4).filter_map(|i| u16_at(message, 4 + 2 * i)).collect();
    let &[questions, answers, authorities, additions] = counts.as_slice() else {
        return None;
    };
    if questions > 64 || answers > 1024 {
        return None;
    }
    let mut dns = Dns {
        is_answer: flags & 0x8000 != 0,
        ..Dns::default()
    };
    let mut at = 12;
    for _ in 0..questions {
        let (name, next) = name(message, at)?;
        dns.questions.push(name);
        at = next + 4;
    }
    for _ in 0..u32::from(answers) + u32::from(authorities) + u32::from(additions) {
        let Some(next) = record(message, at, &mut dns.answers) else {
            break;
        };
        at = next;
    }
    Some(dns)
}

fn record(message: &[u8], at: usize, out: &mut Vec<String>) -> Option<usize> {
    let (owner, at) = name(message, at)?;
    let kind = u16_at(message, at)?;
    let length = usize::from(u16_at(message, at + 8)?);
    let start = at + 10;
    let data = message.get(start..start + length)?;
    if !owner.is_empty() {
        out.push(owner);
    }
    let mut named = |from: usize| {
        if let Some((name, _)) = name(message, from) {
            out.push(name);
        }
    };
    match kind {
        1 => {
            let octets: [u8; 4] = data.try_into().ok()?;
            out.push(Ipv4Addr::from(octets).to_string());
        }
        28 => {
            let octets: [u8; 16] = data.try_into().ok()?;
            out.push(Ipv6Addr::from(octets).to_string());
        }
        2 | 5 | 12 | 39 => named(start),
        15 | 64 | 65 => named(start + 2),
        33 => named(start + 6),
        16 => {
            let mut rest = data;
            while let Some((&length, text)) = rest.split_first() {
                let length = usize::from(length).min(text.len());
                out.push(String::from_utf8_lossy(&text[..length]).into_owned());
                rest = &text[length..];
            }
        }
        _ => {}
    }
    Some(start + length)
}

/// What the beginning of one side of a TLS connection shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tls {
    pub(super) server_name: Option<String>,
    /// Names in the certificates.
    pub(super) certificates: Vec<String>,
}

/// Reads TLS records from the start of a stream. `Err` when more bytes are needed, with what is known so far.
pub(super) fn tls(stream: &[u8]) -> Option<Result<Tls, Tls>> {
    if stream.first() != Some(&22) || stream.get(1).is_some_and(|major| *major != 3) {
        return None;
    }
    let mut handshake = Vec::new();
    let mut at = 0;
    let mut whole = false;
    while let Some(&kind) = stream.get(at) {
        if kind != 22 {
            whole = true; // encrypted from here on
            break;
        }
        let Some(length) = u16_at(stream, at + 3) else {
            break;
        };
        let end = at + 5 + usize::from(length);
        handshake.extend_from_slice(
            stream
                .get(at + 5..end.min(stream.len()))
                .unwrap_or_default(),
        );
        if end > stream.len() {
            break;
        }
        at = end;
    }
    let mut tls = Tls::default();
    let mut at = 0;
    while let Some(&[kind, a, b, c]) = handshake.get(at..at + 4) {
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        let Some(body) = handshake.get(at + 4..at + 4 + length) else {
            return Some(if whole { Ok(tls) } else { Err(tls) });
        };
        match kind {
            1 => {
                tls.server_name = server_name(body);
                return Some(Ok(tls));
            }
            11 => {
                certificates(body, &mut tls.certificates);
                return Some(Ok(tls));
            }
            14 => return Some(Ok(tls)),
            _ => {}
        }
        at += 4 + length;
    }
    Some(if whole { Ok(tls) } else { Err(tls) })
}

/// The server name of a ClientHello (RFC 8446 4.1.2, RFC 6066 3).
fn server_name(hello: &[u8]) -> Option<String> {
    let mut at = 34;
    at += 1 + usize::from(*hello.get(at)?);
    at += 2 + usize::from(u16_at(hello, at)?);
    at += 1 + usize::from(*hello.get(at)?);
    let end = at + 2 + usize::from(u16_at(hello, at)?);
    at += 2;
    while at + 4 <= end.min(hello.len()) {
        let (kind, length) = (u16_at(hello, at)?, usize::from(u16_at(hello, at + 2)?));
        if kind == 0 {
            let name = hello.get(at + 9..at + 4 + length)?;
            return Some(String::from_utf8_lossy(name).into_owned());
        }
        at += 4 + length;
    }
    None
}

/// The texts in a chain of certificates (RFC 5246 7.4.2).
fn certificates(body: &[u8], out: &mut Vec<String>) {
    let length = |at: usize| -> Option<usize> {
        let bytes = body.get(at..at + 3)?;
        Some(usize::from(bytes[0]) << 16 | usize::from(bytes[1]) << 8 | usize::from(bytes[2]))
    };
    let mut at = 3;
    while let Some(size) = length(at) {
        let Some(certificate) = body.get(at + 3..at + 3 + size) else {
            break;
        };
        texts(certificate, 0, out);
        at += 3 + size;
    }
}

/// All texts in a DER structure: of subject and issuer, and alternative names.
fn texts(der: &[u8], depth: u8, out: &mut Vec<String>) {
    let mut rest = der;
    while let Some((tag, value, next)) = element(rest) {
        match tag {
            // Containers, and octet strings that hold one (extensions).
            0x30 | 0x31 | 0xa0..=0xbf if depth < 24 => texts(value, depth + 1, out),
            0x04 if depth < 24 && value.first() == Some(&0x30) => texts(value, depth + 1, out),
            // UTF8, printable, T61 and IA5 strings; mail, DNS name and URL of alternative names.
            0x0c | 0x13 | 0x14 | 0x16 | 0x81 | 0x82 | 0x86 => {
                if let Ok(text) = std::str::from_utf8(value)
                    && text.chars().all(|c| !c.is_control())
                {
                    out.push(text.to_owned());
                }
            }
            0x87 => match *value {
                [a, b, c, d] => out.push(Ipv4Addr::new(a, b, c, d).to_string()),
                _ => {
                    if let Ok(octets) = <[u8; 16]>::try_from(value) {
                        out.push(Ipv6Addr::from(octets).to_string());
                    }
                }
            },
            _ => {}
        }
        rest = next;
    }
}

/// One element of DER: its tag, what it holds, and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let digits = usize::from(first & 0x7f);
        if digits == 0 || digits > 4 {
            return None;
        }
        let length = rest
            .get(..digits)?
            .iter()
            .fold(0_usize, |sum, b| sum << 8 | usize::from(*b));
        (length, &rest[digits..])
    };
    Some((tag, rest.get(..length)?, &rest[length..]))
}

/// The target of an HTTP request and its user agent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) url: String,
    pub(super) host: String,
    pub(super) agent: String,
}

/// Whether a stream begins like a request.
pub(super) fn is_request(bytes: &[u8]) -> bool {
    const METHODS: [&[u8]; 9] = [
        b"GET ",
        b"POST ",
        b"PUT ",
        b"HEAD ",
        b"OPTIONS ",
        b"DELETE ",
        b"PATCH ",
        b"CONNECT ",
        b"PROPFIND ",
    ];
    METHODS
        .iter()
        .any(|m| bytes.starts_with(&m[..m.len().min(bytes.len())]) && bytes.len() >= 3)
}

/// Reads the head of a request, as far as it is there.
pub(super) fn request(head: &[u8], port: u16) -> Request {
    let mut lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut first = lines.next().unwrap_or_default().split(|b| *b == b' ');
    let (method, target) = (
        first.next().unwrap_or_default(),
        first.next().unwrap_or_default(),
    );
    let mut out = Request::default();
    for line in lines.take_while(|line| !line.is_empty()) {
        let Some(colon) = memchr::memchr(b':', line) else {
            continue;
        };
        let value = line[colon + 1..].trim_ascii();
        match line[..colon].to_ascii_lowercase().as_slice() {
            b"host" => out.host = text(value),
            b"user-agent" => out.agent = text(value),
            _ => {}
        }
    }
    let target = text(target);
    out.url = if method == b"CONNECT" || target.contains("://") {
        target
    } else if out.host.is_empty() {
        String::new()
    } else if port == 80 || port == 8080 || out.host.contains(':') {
        format!("http://{}{target}", out.host)
    } else {
        format!("http://{}:{port}{target}", out.host)
    };
    out
}

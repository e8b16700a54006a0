//! Mail: a message (RFC 5322), or many in a file, each after a line `From …` (RFC 4155). A record is a message; its
//! parts in base64 or quoted-printable (RFC 2045) and its encoded headers (RFC 2047) are searched decoded too.

use tegakari_model::Telemetry as T;

use super::{Decoded, Frame, LogFormat, RecordReader, Sniff, head_lines};
use crate::event::{Event, Role, SourceName};
use crate::years::YearClock;
use crate::{Kinds, time_text};

/// Mail.
pub(super) struct Mail;

/// Headers that mail has and logs do not have.
const HEADERS: [&[u8]; 10] = [
    b"received:",
    b"from:",
    b"to:",
    b"subject:",
    b"date:",
    b"message-id:",
    b"mime-version:",
    b"return-path:",
    b"delivered-to:",
    b"content-type:",
];

fn starts(line: &[u8], word: &[u8]) -> bool {
    line.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

impl LogFormat for Mail {
    fn id(&self) -> &'static str {
        "mail"
    }

    fn about(&self) -> &'static str {
        "Mail, a message or a mailbox (RFC 5322, RFC 4155), with its encoded parts"
    }

    fn shows(&self) -> &'static [T] {
        &[T::Mail]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let lines = head_lines(head, 60);
        let first = lines.first().copied().unwrap_or_default();
        let header = |line: &[u8]| {
            let name = line.iter().position(|b| *b == b':').unwrap_or(0);
            name > 0
                && line[..name]
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || *b == b'-')
        };
        let known = HEADERS
            .iter()
            .filter(|word| lines.iter().any(|line| starts(line, word)))
            .count();
        if known >= 3 && (first.starts_with(b"From ") || header(first)) {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader)
    }
}

struct Reader;

/// What separates messages of a mailbox.
const NEXT: &[u8] = b"\nFrom ";

/// The value of the first header of this name before the first blank line.
fn header<'r>(message: &'r [u8], name: &[u8]) -> Option<&'r [u8]> {
    for line in message.split(|b| *b == b'\n') {
        if line.trim_ascii().is_empty() {
            return None;
        }
        if starts(line, name) {
            return Some(line[name.len()..].trim_ascii());
        }
    }
    None
}

impl RecordReader for Reader {
    fn frame(&mut self, bytes: &[u8], last: bool) -> Frame {
        match memchr::memmem::find(bytes, NEXT) {
            Some(at) => Frame::Record {
                end: at,
                next: at + 1,
            },
            None if last && !bytes.is_empty() => Frame::Record {
                end: bytes.len(),
                next: bytes.len(),
            },
            None => Frame::More,
        }
    }

    fn resume(&mut self, bytes: &[u8]) -> Option<usize> {
        memchr::memmem::find(bytes, NEXT).map(|at| at + 1)
    }

    fn decoded(&self, record: &[u8], each: &mut dyn FnMut(&Decoded)) {
        parts(record, each);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.trim_ascii().is_empty() {
            event.skip = true;
            return;
        }
        event.source = SourceName {
            format: "mail",
            part: b"",
        };
        let shows = Kinds::of(&[T::Mail]);
        event.carries = shows;
        event.origin = Some((Role::Endpoint, shows));
        event.time = header(record, b"date:")
            .and_then(time_text::mail)
            .map(|(time, _)| time);
        event.bad = event.time.is_none();
    }
}

/// How a part is encoded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Transfer {
    Plain,
    Base64,
    Quoted,
}

/// Goes through a message line by line: headers, bodies, and the borders between parts.
fn parts(message: &[u8], each: &mut dyn FnMut(&Decoded)) {
    let mut words = Decoded::default();
    let mut body = Decoded::default();
    let mut carry = Carry::default();
    let mut transfer = Transfer::Plain;
    let mut in_headers = true;
    let mut at = 0;
    for line in message.split_inclusive(|b| *b == b'\n') {
        let text = line.trim_ascii_end();
        if text.starts_with(b"--") && text.len() > 2 && !in_headers {
            flush(&mut body, each);
            (in_headers, transfer, carry) = (true, Transfer::Plain, Carry::default());
        } else if in_headers && text.is_empty() {
            in_headers = false;
        } else if in_headers {
            if starts(text, b"content-transfer-encoding:") {
                let value = text[26..].trim_ascii().to_ascii_lowercase();
                transfer = match value.as_slice() {
                    b"base64" => Transfer::Base64,
                    b"quoted-printable" => Transfer::Quoted,
                    _ => Transfer::Plain,
                };
            }
            if memchr::memmem::find(text, b"=?").is_some() {
                words.origins.push((words.text.len(), at));
                encoded_words(text, &mut words.text);
                words.text.push(b'\n');
            }
        } else {
            match transfer {
                Transfer::Plain => {}
                Transfer::Base64 => {
                    body.origins.push((body.text.len(), at));
                    base64(text, &mut carry, &mut body.text);
                }
                Transfer::Quoted => {
                    body.origins.push((body.text.len(), at));
                    quoted(text, &mut body.text);
                }
            }
        }
        at += line.len();
    }
    flush(&mut body, each);
    flush(&mut words, each);
}

fn flush(part: &mut Decoded, each: &mut dyn FnMut(&Decoded)) {
    if !part.text.is_empty() {
        let (text, _) = crate::decode::whole(std::mem::take(&mut part.text));
        each(&Decoded {
            text,
            origins: std::mem::take(&mut part.origins),
        });
    }
    part.origins.clear();
}

/// Digits of base64 that do not make whole bytes yet.
#[derive(Default)]
struct Carry {
    bits: u32,
    count: u32,
}

/// Decodes digits of base64 (RFC 4648 4 and 5); what is none is passed over.
fn base64(text: &[u8], carry: &mut Carry, out: &mut Vec<u8>) {
    for byte in text {
        if *byte == b'=' {
            *carry = Carry::default();
        }
        let Some(digit) = tegakari_match::base64_digit(*byte) else {
            continue;
        };
        carry.bits = carry.bits << 6 | u32::from(digit);
        carry.count += 6;
        if carry.count >= 8 {
            carry.count -= 8;
            out.push((carry.bits >> carry.count & 0xff) as u8);
        }
    }
}

fn hex(pair: Option<&[u8]>) -> Option<u8> {
    let text = std::str::from_utf8(pair?).ok()?;
    u8::from_str_radix(text, 16).ok()
}

/// Decodes a line of quoted-printable; a `=` at its end joins it to the next.
fn quoted(line: &[u8], out: &mut Vec<u8>) {
    let (line, joined) = match line.strip_suffix(b"=") {
        Some(line) => (line, true),
        None => (line, false),
    };
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        match hex(line.get(at + 1..at + 3)) {
            Some(decoded) if byte == b'=' => {
                out.push(decoded);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    if !joined {
        out.push(b'\n');
    }
}

/// Decodes the encoded words of a header (`=?utf-8?B?…?=`), and leaves the rest as it is.
fn encoded_words(mut text: &[u8], out: &mut Vec<u8>) {
    while let Some(start) = memchr::memmem::find(text, b"=?") {
        out.extend_from_slice(&text[..start]);
        let rest = &text[start + 2..];
        let mut fields = rest.splitn(3, |b| *b == b'?');
        let (_charset, kind) = (fields.next(), fields.next());
        let tail = fields.next().unwrap_or_default();
        let Some(end) = memchr::memmem::find(tail, b"?=") else {
            out.extend_from_slice(&text[start..]);
            return;
        };
        match kind {
            Some(b"B" | b"b") => base64(&tail[..end], &mut Carry::default(), out),
            _ => {
                let spaced: Vec<u8> = tail[..end]
                    .iter()
                    .map(|b| if *b == b'_' { b' ' } else { *b })
                    .collect();
                quoted(&spaced, out);
                out.pop();
            }
        }
        text = &tail[end + 2..];
    }
    out.extend_from_slice(text);
}

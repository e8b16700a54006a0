//! Logs of the Linux audit system (audit.log of auditd, and its lines in syslog; linux-audit/audit-documentation).
//!
//! One event is told by several lines (`SYSCALL`, `EXECVE`, `PATH`, `SOCKADDR`, `PROCTITLE`) with the same number:
//! those that follow each other are one record. What auditd writes in hexadecimal digits because it holds blanks
//! or came from outside (command lines, paths, addresses) is searched decoded too.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use tegakari_model::Telemetry as T;

use super::{Decoded, Frame, LogFormat, RecordReader, Sniff, sniff_lines, syslog};
use crate::event::{Event, Role, SourceName};
use crate::fields::{Fields, linux};
use crate::resume::State;
use crate::years::YearClock;
use crate::{Kinds, time_text};

/// The audit system's log.
pub(super) struct Auditd;

/// Type, the text inside `audit(…)`, what stands before the type, and what follows.
struct Line<'r> {
    kind: &'r [u8],
    stamp: &'r [u8],
    before: &'r [u8],
    rest: &'r [u8],
}

fn cut(line: &[u8]) -> Option<Line<'_>> {
    let head = &line[..line.len().min(300)];
    let mark = memchr::memmem::find(head, b"audit(")?;
    let stamp = &line[mark + 6..];
    let close = memchr::memchr(b')', &stamp[..stamp.len().min(64)])?;
    time_text::epoch(&stamp[..close])?;
    let front = &head[..mark];
    let kind = memchr::memmem::rfind(front, b"type=");
    let (before, kind) = match kind {
        Some(at) => {
            let kind = &front[at + 5..];
            let end = memchr::memchr(b' ', kind).unwrap_or(kind.len());
            (&front[..at], &kind[..end])
        }
        None => (front, &b""[..]),
    };
    Some(Line {
        kind,
        stamp: &stamp[..close],
        before,
        rest: &stamp[close + 1..],
    })
}

impl LogFormat for Auditd {
    fn id(&self) -> &'static str {
        "auditd"
    }

    fn about(&self) -> &'static str {
        "Linux audit log, the lines of an event joined and decoded, also over syslog (linux-audit documentation)"
    }

    fn shows(&self) -> &'static [T] {
        &[
            T::Process,
            T::CommandLine,
            T::FileName,
            T::Flow,
            T::Logon,
            T::Service,
            T::Other,
        ]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| {
            cut(line).is_some_and(|line| !line.kind.is_empty())
        })
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader)
    }
}

struct Reader;

/// Lines of one event that are joined; the kernel writes a few dozen.
const MOST_LINES: usize = 2000;

impl RecordReader for Reader {
    fn frame(&mut self, bytes: &[u8], last: bool) -> Frame {
        let Frame::Record { mut end, mut next } = super::line_frame(bytes, last) else {
            return Frame::More;
        };
        let Some(stamp) = cut(&bytes[..end]).map(|line| line.stamp) else {
            return Frame::Record { end, next };
        };
        for _ in 0..MOST_LINES {
            if next == bytes.len() {
                break;
            }
            let Frame::Record {
                end: more,
                next: after,
            } = super::line_frame(&bytes[next..], last)
            else {
                return Frame::More;
            };
            if cut(&bytes[next..next + more]).is_none_or(|line| line.stamp != stamp) {
                return Frame::Record { end, next };
            }
            (end, next) = (next + more, next + after);
        }
        if next == bytes.len() && !last {
            Frame::More
        } else {
            Frame::Record { end, next }
        }
    }

    fn decoded(&self, record: &[u8], each: &mut dyn FnMut(&Decoded)) {
        let mut text = Decoded::default();
        let mut command = Decoded::default();
        for line in record.split(|b| *b == b'\n') {
            let at = line.as_ptr().addr() - record.as_ptr().addr();
            decode_line(line, at, &mut command, &mut text);
        }
        put_down(&mut command, &mut text);
        if !text.text.is_empty() {
            each(&text);
        }
    }

    fn state(&self) -> Option<State> {
        Some(State::default())
    }

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        linux::of_audit(record, fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.trim_ascii().is_empty() {
            event.skip = true;
            return;
        }
        event.source = SourceName {
            format: "auditd",
            part: b"",
        };
        let other = Kinds::of(&[T::Other]);
        let mut shows = Kinds::NONE;
        let mut node: &[u8] = b"";
        for line in record.split(|b| *b == b'\n') {
            let Some(line) = cut(line) else { continue };
            if event.time.is_none() {
                event.time = time_text::epoch(line.stamp).map(|(time, _)| time);
                event.detail = [b"auditd", line.kind];
            }
            if node.is_empty() {
                node = node_of(line.before);
            }
            if !line.kind.is_empty() {
                shows = shows.and(shown_by(line.kind, line.rest));
            }
        }
        event.bad = event.time.is_none();
        if shows.is_empty() {
            shows = other;
        }
        event.carries = shows;
        // Rules decide which calls are logged; commands and logons are, once they are at all.
        let proves = shows
            .common(Kinds::of(&[T::Process, T::CommandLine, T::Logon]))
            .and(other);
        if node.is_empty() {
            event.origin = Some((Role::Endpoint, proves));
        } else {
            event.party(node, Role::Endpoint, proves);
        }
    }
}

/// The machine: from `node=`, or from the syslog header.
fn node_of(before: &[u8]) -> &[u8] {
    if let Some(at) = memchr::memmem::find(before, b"node=") {
        let name = &before[at + 5..];
        return &name[..memchr::memchr(b' ', name).unwrap_or(name.len())];
    }
    syslog::host(before)
}

fn shown_by(kind: &[u8], rest: &[u8]) -> Kinds {
    match kind {
        b"EXECVE" => Kinds::of(&[T::CommandLine, T::Process]),
        b"PROCTITLE" | b"USER_CMD" | b"USER_TTY" | b"TTY" => Kinds::of(&[T::CommandLine]),
        b"SYSCALL" if memchr::memmem::find(rest, b" exe=").is_some() => Kinds::of(&[T::Process]),
        b"PATH" => Kinds::of(&[T::FileName]),
        b"SOCKADDR" => Kinds::of(&[T::Flow]),
        b"SERVICE_START" | b"SERVICE_STOP" => Kinds::of(&[T::Service]),
        b"USER_LOGIN" | b"USER_AUTH" | b"USER_ACCT" | b"USER_START" | b"USER_END" | b"LOGIN"
        | b"CRED_ACQ" | b"USER_LOGOUT" | b"USER_ERR" => Kinds::of(&[T::Logon]),
        _ => Kinds::of(&[T::Other]),
    }
}

/// What is given the type of a line, a key and its value.
pub(crate) type EachField<'e, 'r> = dyn FnMut(&[u8], &'r [u8], Cow<'r, [u8]>) + 'e;

/// Gives `each` the type of a line and its keys and values, decoded; the type itself as `type`.
pub(crate) fn auditd_fields<'r>(line: &'r [u8], each: &mut EachField<'_, 'r>) {
    let Some(cut) = cut(line) else { return };
    if !cut.kind.is_empty() {
        each(cut.kind, b"type", Cow::Borrowed(cut.kind));
    }
    for (key, value) in fields(cut.rest) {
        let coded = matches!(
            key,
            b"proctitle"
                | b"cmd"
                | b"name"
                | b"exe"
                | b"comm"
                | b"cwd"
                | b"data"
                | b"acct"
                | b"path"
                | b"key"
        ) || cut.kind == b"EXECVE" && is_argument(key);
        let bytes = match key {
            b"saddr" => unhex(value).and_then(|bytes| socket(&bytes)),
            _ if coded => unhex(value),
            _ => None,
        };
        match bytes {
            Some(mut bytes) => {
                for byte in &mut bytes {
                    if *byte == 0 {
                        *byte = b' ';
                    }
                }
                each(cut.kind, key, Cow::Owned(bytes));
            }
            None => each(cut.kind, key, Cow::Borrowed(unquoted(value))),
        }
    }
}

/// Writes what a line holds in digits, and adds its arguments to the command line, which goes on over the lines of an
/// event: a long argument is told in pieces, `a1[0]` on one line and `a1[1]` on the next.
fn decode_line(line: &[u8], at: usize, command: &mut Decoded, out: &mut Decoded) {
    let Some(cut) = cut(line) else { return };
    let execve = cut.kind == b"EXECVE";
    let place = |value: &[u8]| at + (value.as_ptr().addr() - line.as_ptr().addr());
    for (key, value) in fields(cut.rest) {
        if execve && is_argument(key) {
            if matches!(key, b"a0" | b"a0[0]") {
                put_down(command, out);
            }
            // `a1[0]`, `a1[1]` are the pieces of one long argument.
            let continued = key.ends_with(b"]") && !key.ends_with(b"[0]");
            if !command.text.is_empty() && !continued {
                command.text.push(b' ');
            }
            command.origins.push((command.text.len(), place(value)));
            match unhex(value) {
                Some(bytes) => command.text.extend(bytes),
                None => command.text.extend_from_slice(unquoted(value)),
            }
            continue;
        }
        let bytes = match key {
            b"saddr" => unhex(value).and_then(|bytes| socket(&bytes)),
            b"proctitle" | b"cmd" | b"name" | b"exe" | b"comm" | b"cwd" | b"data" | b"acct"
            | b"path" | b"key" => unhex(value),
            _ => None,
        };
        if let Some(mut bytes) = bytes {
            out.origins.push((out.text.len(), place(value)));
            for byte in &mut bytes {
                if *byte == 0 {
                    *byte = b' ';
                }
            }
            out.text.append(&mut bytes);
            out.text.push(b'\n');
        }
    }
}

/// Ends the command line: it is a line of its own.
fn put_down(command: &mut Decoded, out: &mut Decoded) {
    let command = std::mem::take(command);
    if command.text.is_empty() {
        return;
    }
    let start = out.text.len();
    for (from, origin) in command.origins {
        out.origins.push((start + from, origin));
    }
    out.text.extend(command.text);
    out.text.push(b'\n');
}

fn is_argument(key: &[u8]) -> bool {
    let Some(rest) = key.strip_prefix(b"a") else {
        return false;
    };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && (digits == rest.len() || rest[digits] == b'[')
}

fn unquoted(value: &[u8]) -> &[u8] {
    let value = value.strip_prefix(b"\"").unwrap_or(value);
    value.strip_suffix(b"\"").unwrap_or(value)
}

/// Pairs of `key=value`, also those inside `msg='…'`; a value in quotes may hold blanks.
fn fields(mut text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        loop {
            let equals = memchr::memchr(b'=', text)?;
            let key = &text[..equals];
            let key = key
                .iter()
                .rposition(|b| matches!(b, b' ' | b'\'' | b':' | b'{' | b'\x1d'))
                .map_or(key, |at| &key[at + 1..]);
            let rest = &text[equals + 1..];
            if rest.first() == Some(&b'\'') {
                text = &rest[1..];
                continue;
            }
            let end = if rest.first() == Some(&b'"') {
                memchr::memchr(b'"', &rest[1..]).map_or(rest.len(), |at| at + 2)
            } else {
                rest.iter()
                    .position(|b| matches!(b, b' ' | b'\'' | b'\x1d'))
                    .unwrap_or(rest.len())
            };
            text = &rest[end..];
            return Some((key, &rest[..end]));
        }
    })
}

/// Bytes from hexadecimal digits; `None` when the value is anything else.
fn unhex(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() < 2 || !value.len().is_multiple_of(2) {
        return None;
    }
    let digit = |b: u8| (b as char).to_digit(16);
    value
        .chunks_exact(2)
        .map(|pair| u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok())
        .collect()
}

/// The address in a `sockaddr`: of IPv4 (family 2) and IPv6 (10), or the path of a local socket.
fn socket(bytes: &[u8]) -> Option<Vec<u8>> {
    match bytes {
        [2, 0, high, low, a, b, c, d, ..] => {
            let port = u16::from_be_bytes([*high, *low]);
            Some(format!("{}:{port}", Ipv4Addr::new(*a, *b, *c, *d)).into_bytes())
        }
        [10, 0, high, low, rest @ ..] => {
            let port = u16::from_be_bytes([*high, *low]);
            let address: [u8; 16] = rest.get(4..20)?.try_into().ok()?;
            let v6 = Ipv6Addr::from(address);
            Some(match v6.to_ipv4_mapped() {
                Some(v4) => format!("{v4}:{port}").into_bytes(),
                None => format!("[{v6}]:{port}").into_bytes(),
            })
        }
        [1, 0, path @ ..] => {
            let end = path.iter().position(|b| *b == 0).unwrap_or(path.len());
            (end > 0).then(|| path[..end].to_vec())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Auditd, LogFormat, Reader, RecordReader};
    use crate::formats::Frame;

    fn decoded(record: &str) -> String {
        let mut all = String::new();
        Reader.decoded(record.as_bytes(), &mut |text| {
            all.push_str(std::str::from_utf8(&text.text).unwrap());
        });
        all
    }

    #[test]
    fn what_is_written_in_digits_is_decoded() {
        let line = |kind: &str, rest: &str| {
            decoded(&format!("type={kind} msg=audit(1770091506.123:7): {rest}"))
        };
        for (kind, rest, want) in [
            (
                "PROCTITLE",
                "proctitle=6375726C002D7300687474703A2F2F782F",
                "curl -s http://x/\n",
            ),
            ("PROCTITLE", "proctitle=\"bash\"", ""),
            (
                "EXECVE",
                "argc=3 a0=\"curl\" a1=612062 a2=\"-s\"",
                "curl a b -s\n",
            ),
            (
                "EXECVE",
                "argc=1 a0_len=6 a0[0]=616263 a0[1]=646566",
                "abcdef\n",
            ),
            (
                "SOCKADDR",
                "saddr=020001BBCB0071090000000000000000",
                "203.0.113.9:443\n",
            ),
            (
                "SOCKADDR",
                "saddr=0A0001BB0000000020010DB800000000000000000000000100000000",
                "[2001:db8::1]:443\n",
            ),
            ("SOCKADDR", "saddr=0200", ""),
            (
                "USER_CMD",
                "pid=1 msg='cwd=\"/\" cmd=6C73202F terminal=pts/0 res=success'",
                "ls /\n",
            ),
            (
                "PATH",
                "item=0 name=2F746D702F6120622E7368 inode=5",
                "/tmp/a b.sh\n",
            ),
            ("PATH", "item=0 name=(null) inode=5", ""),
        ] {
            assert_eq!(line(kind, rest), want, "{kind} {rest}");
        }
    }

    #[test]
    fn the_pieces_of_an_argument_are_joined_over_lines() {
        let line = |rest: &str| format!("node=n type=EXECVE msg=audit(1770091506.123:7): {rest}\n");
        let hex = |text: &str| -> String { text.bytes().map(|b| format!("{b:02X}")).collect() };
        let pieces = [
            line(&format!(
                "argc=3 a0=\"curl\" a1_len=40 a1[0]={}",
                hex("http://evil-")
            )),
            line(&format!("a1[1]={} a2=\"-s\"", hex("domain.example/x"))),
        ];
        assert_eq!(
            decoded(&pieces.concat()),
            "curl http://evil-domain.example/x -s\n"
        );
        let quoted = [
            line("argc=2 a0=\"curl\" a1_len=40 a1[0]=\"http://evil-\""),
            line("a1[1]=\"domain.example/x\""),
        ];
        assert_eq!(
            decoded(&quoted.concat()),
            "curl http://evil-domain.example/x\n"
        );
        let two = [line("argc=1 a0=\"ls\""), line("argc=1 a0=\"id\"")];
        assert_eq!(decoded(&two.concat()), "ls\nid\n");
    }

    #[test]
    fn the_lines_of_an_event_are_one_record() {
        let text = b"type=SYSCALL msg=audit(1770091506.123:7): a\ntype=EXECVE msg=audit(1770091506.123:7): b\ntype=SYSCALL msg=audit(1770091506.123:8): c\n";
        let first = text.iter().position(|b| *b == b'c').unwrap() - 45 + 1;
        let Frame::Record { next, .. } = Reader.frame(text, false) else {
            panic!("no record");
        };
        assert!(
            text[next..].starts_with(b"type=SYSCALL msg=audit(1770091506.123:8)"),
            "{first}"
        );
        assert_eq!(Reader.frame(&text[next..], false), Frame::More);
        assert_eq!(Auditd.sniff(text), crate::formats::Sniff::Certain);
    }
}

//! Messages of syslog out of a stream of bytes (RFC 6587: counted octets, or a line each) and out of a datagram (RFC 5426).
//!
//! Both framings may come in one stream; each message says by its first byte which it is: a digit begins a count, as a message
//! itself begins with `<`. What is longer than the limit is cut there, counted, and passed over to its end, so that memory does
//! not depend on what a sender says.

/// Digits of a count that are believed. A longer one is no count.
const MOST_DIGITS: usize = 10;
/// UTF-8's byte order mark: some senders begin with it.
const MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the first byte of a message.
    Start,
    /// In the digits of a count.
    Count,
    /// In a counted message, with so many bytes to come.
    Octets(u64),
    /// In a line.
    Line,
}

/// Cuts the stream of one connection. A message leaves as one line: line ends inside it become blanks.
#[derive(Debug)]
pub struct SyslogFrames {
    at: At,
    held: Vec<u8>,
    count: u64,
    digits: usize,
    most: usize,
    /// How much of a byte order mark has come at the start of the stream; three when it is over.
    mark: usize,
    /// The message at hand was too long.
    cut: bool,
    /// Messages that were longer than the limit and were cut.
    pub too_long: u64,
    /// Bytes that were passed over because of that.
    pub bytes_lost: u64,
}

impl SyslogFrames {
    /// A stream whose messages are at most `most` bytes long.
    pub fn new(most: usize) -> Self {
        Self {
            at: At::Start,
            held: Vec::new(),
            count: 0,
            digits: 0,
            most,
            mark: 0,
            cut: false,
            too_long: 0,
            bytes_lost: 0,
        }
    }

    /// Takes bytes, and appends each message that ends in them to `out` as a line. Gives how many.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> u64 {
        let mut messages = 0;
        while let Some((&first, rest)) = bytes.split_first() {
            if self.mark < MARK.len() {
                if MARK.get(self.mark) == Some(&first) {
                    self.mark += 1;
                    bytes = rest;
                    continue;
                }
                // The beginning of something else.
                if self.mark > 0 {
                    self.at = At::Line;
                    self.hold(&MARK[..self.mark]);
                }
                self.mark = MARK.len();
            }
            match self.at {
                At::Start => match first {
                    b'\n' | b'\r' | b' ' | 0 => bytes = rest,
                    b'1'..=b'9' => {
                        self.at = At::Count;
                        self.count = 0;
                        self.digits = 0;
                    }
                    _ => self.at = At::Line,
                },
                At::Count => match first {
                    b'0'..=b'9' if self.digits < MOST_DIGITS => {
                        self.count = self.count * 10 + u64::from(first - b'0');
                        self.digits += 1;
                        self.hold(&[first]);
                        bytes = rest;
                    }
                    b' ' => {
                        self.held.clear();
                        self.at = At::Octets(self.count);
                        bytes = rest;
                    }
                    // A line that begins with digits.
                    _ => self.at = At::Line,
                },
                At::Octets(left) => {
                    let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    let (taken, after) = bytes.split_at(here);
                    self.hold(taken);
                    bytes = after;
                    let left = left - here as u64;
                    self.at = At::Octets(left);
                    if left == 0 {
                        messages += self.end(out);
                    }
                }
                At::Line => match memchr::memchr2(b'\n', 0, bytes) {
                    Some(end) => {
                        self.hold(&bytes[..end]);
                        bytes = &bytes[end + 1..];
                        messages += self.end(out);
                    }
                    None => {
                        self.hold(bytes);
                        bytes = &[];
                    }
                },
            }
        }
        messages
    }

    /// The connection ended: what is held is the last message.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> u64 {
        if self.held.is_empty() {
            0
        } else {
            self.end(out)
        }
    }

    /// Bytes held of a message that has not ended.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    fn hold(&mut self, bytes: &[u8]) {
        let room = self.most.saturating_sub(self.held.len());
        let taken = &bytes[..bytes.len().min(room)];
        self.held.extend_from_slice(taken);
        let lost = bytes.len() - taken.len();
        if lost > 0 {
            self.too_long += u64::from(!self.cut);
            self.cut = true;
            self.bytes_lost += lost as u64;
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) -> u64 {
        let written = one_line(&self.held, out);
        self.held.clear();
        // One long message must not hold its room for ever.
        self.held.shrink_to(8 << 10);
        self.at = At::Start;
        self.cut = false;
        written
    }
}

/// A message of one datagram as a line; gives whether there was one.
pub fn datagram(bytes: &[u8], out: &mut Vec<u8>) -> u64 {
    one_line(bytes, out)
}

/// Writes a message as one line. Line ends in it are blanks then: a sender cannot begin a record of another's.
fn one_line(message: &[u8], out: &mut Vec<u8>) -> u64 {
    let message = message.trim_ascii();
    let message = message.strip_prefix(MARK).unwrap_or(message);
    let message = message.strip_suffix(&[0]).unwrap_or(message).trim_ascii();
    if message.is_empty() {
        return 0;
    }
    out.extend(message.iter().map(|byte| match byte {
        b'\n' | b'\r' | 0 => b' ',
        other => *other,
    }));
    out.push(b'\n');
    1
}

#[cfg(test)]
mod tests {
    use super::{SyslogFrames, datagram};
    use proptest::prelude::*;

    fn all(input: &[u8], pieces: &[usize], most: usize) -> (String, SyslogFrames) {
        let mut frames = SyslogFrames::new(most);
        let mut out = Vec::new();
        let mut rest = input;
        for piece in pieces {
            let (now, later) = rest.split_at((*piece).min(rest.len()));
            frames.push(now, &mut out);
            rest = later;
        }
        frames.push(rest, &mut out);
        frames.finish(&mut out);
        (String::from_utf8_lossy(&out).into_owned(), frames)
    }

    #[test]
    fn both_framings_in_one_stream() {
        let (out, _) = all(
            b"<13>one\n8 <13>t\nwo<13>three\r\n5 <1>x\n<14>end",
            &[],
            100,
        );
        assert_eq!(out, "<13>one\n<13>t wo\n<13>three\n<1>x\n<14>end\n");
        let (out, _) = all(b"2026-01-01 a line that begins with digits\n", &[], 100);
        assert_eq!(out, "2026-01-01 a line that begins with digits\n");
    }

    #[test]
    fn a_message_that_claims_or_is_too_much_is_cut_and_counted() {
        let mut frames = SyslogFrames::new(1000);
        let mut out = Vec::new();
        frames.push(b"100000000 ", &mut out);
        for _ in 0..1000 {
            frames.push(&[b'x'; 100_000], &mut out);
            assert!(frames.held() <= 1000);
        }
        frames.push(b"<13>next\n", &mut out);
        assert_eq!(frames.too_long, 1);
        assert_eq!(frames.bytes_lost, 100_000_000 - 1000);
        assert!(out.ends_with(b"x\n<13>next\n"));
        let (out, frames) = all(
            &[b"<1>".as_slice(), &[b'y'; 5000], b"\n<2>ok\n"].concat(),
            &[],
            100,
        );
        assert!(out.ends_with("y\n<2>ok\n") && frames.too_long == 1, "{out}");
        // A count with too many digits is none.
        let (out, _) = all(b"99999999999999999999999 <13>x\n<2>ok\n", &[], 100);
        assert!(out.ends_with("<2>ok\n"), "{out}");
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_message() {
        for pieces in [&[][..], &[1, 1, 1], &[2]] {
            let (out, _) = all(
                b"\xef\xbb\xbf8 <13>t wo<14>x\n\xef\xbb\xbf<15>y\n",
                pieces,
                100,
            );
            assert_eq!(out, "<13>t wo\n<14>x\n<15>y\n");
            // What only begins like one.
            let (out, _) = all("\u{fec0} x\n<14>y\n".as_bytes(), pieces, 100);
            assert_eq!(out, "\u{fec0} x\n<14>y\n");
        }
        let mut out = Vec::new();
        datagram(b"\xef\xbb\xbf<13>a", &mut out);
        assert_eq!(out, b"<13>a\n");
    }

    #[test]
    fn a_datagram_is_one_record_whatever_is_in_it() {
        let mut out = Vec::new();
        assert_eq!(datagram(b"<13>a\nb\0", &mut out), 1);
        assert_eq!(datagram(b" \n", &mut out), 0);
        assert_eq!(out, b"<13>a b\n");
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            input in proptest::collection::vec(proptest::sample::select(b"<1> 0123\n\0x".to_vec()), 0..200),
            pieces in proptest::collection::vec(0usize..9, 0..60),
        ) {
            let (whole, a) = all(&input, &[], 16);
            let (parts, b) = all(&input, &pieces, 16);
            prop_assert_eq!(whole, parts);
            prop_assert_eq!((a.too_long, a.bytes_lost), (b.too_long, b.bytes_lost));
        }
    }
}

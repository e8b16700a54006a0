//! Entries of systemd's journal out of the stream of `journalctl -o export`, with the cursor of each.
//!
//! A field is `NAME=value` on a line, or, where the value is binary, `NAME` on a line, its length in eight bytes and the value. Lengths
//! are followed, so that what somebody logs cannot pass for the end of an entry or for another cursor.

/// The longest cursor that is believed.
const MOST_CURSOR: usize = 1024;

/// Cuts the stream. Entries leave whole; binary values leave as text, so that a record ends where a blank line is.
#[derive(Debug)]
pub struct JournalFrames {
    /// Not looked at yet.
    held: Vec<u8>,
    /// Lines of the entry at hand.
    entry: Vec<u8>,
    /// Cursor of the entry at hand.
    cursor: Option<String>,
    /// Bytes of a binary value that are passed over: its entry is full.
    skip: u64,
    most: usize,
    cut: bool,
    /// Entries that were longer than the limit; fields of them are missing.
    pub too_long: u64,
    /// Bytes that were left out because of that.
    pub bytes_lost: u64,
}

impl JournalFrames {
    /// A stream whose entries are at most `most` bytes long.
    pub fn new(most: usize) -> Self {
        Self {
            held: Vec::new(),
            entry: Vec::new(),
            cursor: None,
            skip: 0,
            most,
            cut: false,
            too_long: 0,
            bytes_lost: 0,
        }
    }

    /// Takes bytes and appends whole entries to `out`; gives the cursor of the last one that has one.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Option<String> {
        self.held.extend_from_slice(bytes);
        let held = std::mem::take(&mut self.held);
        let mut last = None;
        let mut at = 0;
        loop {
            if self.skip > 0 {
                let here = usize::try_from(self.skip)
                    .unwrap_or(usize::MAX)
                    .min(held.len() - at);
                self.skip -= here as u64;
                self.lose(here);
                at += here;
                if self.skip > 0 {
                    break;
                }
            }
            let rest = &held[at..];
            let Some(end) = memchr::memchr(b'\n', rest) else {
                // A line without an end: what is beyond the limit is dropped, the line itself stays one.
                if rest.len() > self.most {
                    self.lose(rest.len() - self.most);
                    let kept = rest[..self.most].to_vec();
                    self.held = kept;
                    return last;
                }
                break;
            };
            let line = &rest[..end];
            if line.is_empty() {
                at += 1;
                if !self.entry.is_empty() {
                    out.append(&mut self.entry);
                    out.push(b'\n');
                }
                self.entry.shrink_to(8 << 10);
                self.cut = false;
                last = self.cursor.take().or(last);
                continue;
            }
            if line.contains(&b'=') {
                if let Some(cursor) = line.strip_prefix(b"__CURSOR=")
                    && cursor.len() <= MOST_CURSOR
                    && self.cursor.is_none()
                {
                    self.cursor = Some(String::from_utf8_lossy(cursor).into_owned());
                }
                self.field(line, b"");
                at += end + 1;
                continue;
            }
            let Some(length) = rest.get(end + 1..).and_then(|r| r.first_chunk::<8>()) else {
                break;
            };
            let length = u64::from_le_bytes(*length);
            let begins = end + 9;
            if length > self.most as u64 {
                self.skip = length.saturating_add(1);
                at += begins;
                continue;
            }
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let Some(value) = rest.get(begins..begins.saturating_add(length).saturating_add(1))
            else {
                break;
            };
            let name = [line, b"="].concat();
            self.field(&name, &value[..length]);
            at += begins + length + 1;
        }
        self.held = held.get(at..).unwrap_or_default().to_vec();
        last
    }

    /// Bytes held of an entry that has not ended.
    pub fn held(&self) -> usize {
        self.held.len() + self.entry.len()
    }

    fn lose(&mut self, bytes: usize) {
        self.too_long += u64::from(!self.cut);
        self.cut = true;
        self.bytes_lost += bytes as u64;
    }

    /// Adds a field on a line of its own; what would end the line is a blank.
    fn field(&mut self, line: &[u8], value: &[u8]) {
        let size = line.len() + value.len() + 1;
        if self.entry.len() + size > self.most {
            self.lose(size);
            return;
        }
        let plain = |byte: &u8| match byte {
            b'\n' | b'\r' | 0 => b' ',
            other => *other,
        };
        self.entry.extend(line.iter().map(plain));
        self.entry.extend(value.iter().map(plain));
        self.entry.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::JournalFrames;

    fn sample() -> Vec<u8> {
        let mut stream = b"__CURSOR=c1\n__REALTIME_TIMESTAMP=1\nMESSAGE=one\n\n".to_vec();
        stream.extend_from_slice(b"__CURSOR=c2\nMESSAGE\n");
        let value = b"x\n\n__CURSOR=evil\n\ny";
        stream.extend_from_slice(&(value.len() as u64).to_le_bytes());
        stream.extend_from_slice(value);
        stream.extend_from_slice(b"\n_HOSTNAME=h\n\n__CURSOR=c3\nMESSAGE=half");
        stream
    }

    #[test]
    fn a_value_cannot_pass_for_another_entry() {
        for size in 1..40 {
            let mut frames = JournalFrames::new(10_000);
            let (mut out, mut last) = (Vec::new(), None);
            for piece in sample().chunks(size) {
                last = frames.push(piece, &mut out).or(last);
            }
            assert_eq!(last.as_deref(), Some("c2"));
            let text = String::from_utf8(out).unwrap();
            assert_eq!(text.matches("\n\n").count(), 2, "{text}");
            assert!(
                text.contains("MESSAGE=x  __CURSOR=evil  y\n_HOSTNAME=h\n\n"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_too_long_is_counted_and_passed_over() {
        let mut frames = JournalFrames::new(1000);
        let mut out = Vec::new();
        frames.push(b"__CURSOR=c1\nMESSAGE\n", &mut out);
        frames.push(&100_000_000_u64.to_le_bytes(), &mut out);
        for _ in 0..1000 {
            frames.push(&[b'z'; 100_000], &mut out);
            assert!(frames.held() < 3000);
        }
        let last = frames.push(b"\nA=b\n\n", &mut out);
        assert_eq!(last.as_deref(), Some("c1"));
        assert_eq!(out, b"__CURSOR=c1\nA=b\n\n");
        assert_eq!((frames.too_long, frames.bytes_lost), (1, 100_000_001));
        // A line without an end, and a length that no memory has.
        for _ in 0..100 {
            frames.push(&[b'q'; 1000], &mut out);
            assert!(frames.held() < 3000);
        }
        let mut frames = JournalFrames::new(1000);
        frames.push(b"M\n\xff\xff\xff\xff\xff\xff\xff\xff", &mut out);
        frames.push(b"abc", &mut out);
        assert!(frames.held() < 10);
    }
}

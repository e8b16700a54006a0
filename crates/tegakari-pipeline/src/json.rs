//! JSON that is safe to look at: exact values, but nothing that a terminal or an editor would obey.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

/// Writes `value` and a line end. Control, bidirectional and invisible characters inside strings are
/// written as `\\u` escapes (RFC 8259, section 7), which every reader turns back into the same string.
///
/// # Errors
/// What `out` reports.
pub fn write_json<T: Serialize + ?Sized>(
    out: &mut dyn Write,
    value: &T,
    pretty: bool,
) -> io::Result<()> {
    // Of a known type, so that the many small pieces are copied without a call each; and one type for both
    // layouts, so that each document is compiled for one.
    let mut buffered = BufWriter::new(out);
    let mut serializer =
        serde_json::Serializer::with_formatter(&mut buffered, Visible::new(pretty));
    value.serialize(&mut serializer)?;
    buffered.write_all(b"\n")?;
    buffered.flush()
}

/// Characters that change how text is shown without being seen: C1 controls, directional marks,
/// embeddings and isolates, zero-width characters, line and paragraph separators, tags.
fn hides(c: char) -> bool {
    matches!(c,
        '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// What `serde_json` writes, compact or indented, with what hides escaped. Each line end and its blanks are
/// one piece: of a long list they are as many as the values.
struct Visible {
    indented: bool,
    depth: usize,
    has_value: bool,
}

/// A comma, a line end, and the blanks of the deepest level that is written in one piece.
const LINE: &[u8; 34] = b",\n                                ";

impl Visible {
    fn new(indented: bool) -> Self {
        Self {
            indented,
            depth: 0,
            has_value: false,
        }
    }

    fn open<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        writer.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        if self.has_value && self.indented {
            self.line(writer, true)?;
        }
        writer.write_all(bracket)
    }

    /// What stands before a value or key.
    fn next<W: ?Sized + Write>(&self, writer: &mut W, first: bool) -> io::Result<()> {
        if self.indented {
            self.line(writer, first)
        } else if first {
            Ok(())
        } else {
            writer.write_all(b",")
        }
    }

    fn line<W: ?Sized + Write>(&self, writer: &mut W, first: bool) -> io::Result<()> {
        let blanks = 2 * self.depth;
        let near = blanks.min(LINE.len() - 2);
        writer.write_all(&LINE[usize::from(first)..2 + near])?;
        for _ in near..blanks {
            writer.write_all(b" ")?;
        }
        Ok(())
    }
}

impl Formatter for Visible {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.next(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.indented { b": " } else { b":" })
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Nearly all text is plain.
        if fragment.is_ascii() && !fragment.as_bytes().contains(&0x7f) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| hides(*c)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::write_json;

    #[test]
    fn json_is_what_serde_json_writes() {
        let mut deep = serde_json::json!([]);
        for _ in 0..20 {
            deep = serde_json::json!([{ "a": deep, "b": {}, "c": [1, "x"] }, [], null]);
        }
        let mut out = Vec::new();
        write_json(&mut out, &deep, true).unwrap();
        let want = serde_json::to_string_pretty(&deep).unwrap() + "\n";
        assert_eq!(String::from_utf8(out).unwrap(), want);
        let mut out = Vec::new();
        write_json(&mut out, &deep, false).unwrap();
        let want = serde_json::to_string(&deep).unwrap() + "\n";
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }

    #[test]
    fn what_hides_is_escaped_and_comes_back() {
        let text = "a\u{202e}b\u{9b}c\u{200b}\u{e0041}日本\u{1b}";
        for pretty in [false, true] {
            let mut out = Vec::new();
            write_json(&mut out, &[text], pretty).unwrap();
            let json = String::from_utf8(out).unwrap();
            assert!(json.contains("\\u202e") && json.contains("日本"), "{json}");
            assert!(!json.contains(['\u{202e}', '\u{9b}', '\u{200b}', '\u{1b}', '\u{e0041}']));
            assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
        }
    }
}

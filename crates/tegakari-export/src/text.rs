//! The one way free text reaches a comment, and a buffer for many short lines.

use std::io::{self, Write};

/// Text that stays on its line: control characters, line ends of any kind and characters that turn
/// the direction of writing become blanks; at most 200 characters.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .take(200)
        .map(|c| {
            let turns = matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{85}' | '\u{feff}');
            if c.is_control() || turns { ' ' } else { c }
        })
        .collect()
}

/// Collects short pieces of text, so that a list of a million lines is not a million calls.
pub(crate) struct Buffered<'a> {
    out: &'a mut dyn Write,
    text: String,
}

impl<'a> Buffered<'a> {
    /// Bytes that are passed on at once.
    const ENOUGH: usize = 64 * 1024;

    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            text: String::with_capacity(Self::ENOUGH + 4096),
        }
    }

    pub(crate) fn push(&mut self, pieces: &[&str]) -> io::Result<()> {
        for piece in pieces {
            self.text.push_str(piece);
        }
        if self.text.len() < Self::ENOUGH {
            return Ok(());
        }
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    /// Passes on what is left.
    pub(crate) fn end(self) -> io::Result<()> {
        self.out.write_all(self.text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn free_text_stays_on_its_line() {
        assert_eq!(one_line("a\r\nb\u{2028}c\u{202e}d\u{85}e"), "a  b c d e");
        assert_eq!(one_line(&"x".repeat(10_000)).len(), 200);
    }
}

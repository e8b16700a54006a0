//! Text of a rule with its wildcards: `*` for any number of characters, `?` for one.
//!
//! A backslash takes the meaning from a following `*`, `?` or backslash; before anything else it stands for itself.

use crate::refusal::Refusal;

/// The dashes that Windows takes for the hyphen before an option, and the slash.
pub(crate) const DASHES: [char; 5] = ['-', '/', '–', '—', '―'];

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Piece {
    /// Just this.
    Literal(String),
    /// Any number of characters.
    Any,
    /// One character.
    One,
    /// One of [`DASHES`].
    Dash,
}

/// A text in parts. Literals never stand beside each other, nor does [`Piece::Any`] beside itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SigmaString(pub(crate) Vec<Piece>);

impl SigmaString {
    /// A text as rules write it.
    pub(crate) fn parse(text: &str) -> Self {
        let mut out = Self::default();
        if !text.contains(['*', '?', '\\']) {
            out.push_text(text);
            return out;
        }
        let mut literal = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.peek() {
                    Some(&next @ ('*' | '?' | '\\')) => {
                        chars.next();
                        literal.push(next);
                    }
                    _ => literal.push('\\'),
                },
                '*' | '?' => {
                    out.push_text(&literal);
                    literal.clear();
                    out.push(if c == '*' { Piece::Any } else { Piece::One });
                }
                _ => literal.push(c),
            }
        }
        out.push_text(&literal);
        out
    }

    /// A text in which nothing is a wildcard.
    pub(crate) fn literal(text: &str) -> Self {
        let mut out = Self::default();
        out.push_text(text);
        out
    }

    fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(Piece::Literal(last)) => last.push_str(text),
            _ => self.0.push(Piece::Literal(text.to_owned())),
        }
    }

    pub(crate) fn push(&mut self, piece: Piece) {
        match piece {
            Piece::Literal(text) => self.push_text(&text),
            Piece::Any if self.0.last() == Some(&Piece::Any) => {}
            other => self.0.push(other),
        }
    }

    /// The same with any number of characters before it.
    pub(crate) fn after_anything(self) -> Self {
        let mut out = Self(vec![Piece::Any]);
        for piece in self.0 {
            out.push(piece);
        }
        out
    }

    /// The same with any number of characters behind it.
    pub(crate) fn before_anything(mut self) -> Self {
        self.push(Piece::Any);
        self
    }

    /// The text, when nothing in it is a wildcard.
    pub(crate) fn as_literal(&self, line: u32, modifier: &str) -> Result<&str, Refusal> {
        match self.0.as_slice() {
            [] => Ok(""),
            [Piece::Literal(text)] => Ok(text),
            _ => Err(Refusal::new(
                line,
                format!("the modifier {modifier} cannot be used on a text with wildcards"),
            )),
        }
    }

    /// The same with a [`Piece::Dash`] for each hyphen or slash that begins an option: behind the beginning or something
    /// that is not of a word, and before something that is.
    pub(crate) fn with_any_dash(self) -> Self {
        let mut out = Self::default();
        for piece in self.0 {
            let Piece::Literal(text) = piece else {
                out.push(piece);
                continue;
            };
            let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            let mut before = None;
            let mut chars = text.chars().peekable();
            let mut literal = String::new();
            while let Some(c) = chars.next() {
                if matches!(c, '-' | '/') && !is_word(before) && is_word(chars.peek().copied()) {
                    out.push_text(&literal);
                    literal.clear();
                    out.push(Piece::Dash);
                } else {
                    literal.push(c);
                }
                before = Some(c);
            }
            out.push_text(&literal);
        }
        out
    }

    /// The texts that this is, when it has one dash that may be any and no wildcard beside those at its ends; else itself.
    pub(crate) fn spelled_out(self) -> Vec<Self> {
        let dashes = self.0.iter().filter(|p| **p == Piece::Dash).count();
        if dashes != 1 {
            return vec![self];
        }
        DASHES
            .iter()
            .map(|dash| {
                let mut out = Self::default();
                for piece in &self.0 {
                    match piece {
                        Piece::Dash => out.push(Piece::Literal(dash.to_string())),
                        other => out.push(other.clone()),
                    }
                }
                out
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, SigmaString};

    fn shown(text: &SigmaString) -> String {
        text.0
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => format!("[{text}]"),
                Piece::Any => "*".to_owned(),
                Piece::One => "?".to_owned(),
                Piece::Dash => "~".to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_backslash_takes_the_meaning_from_a_wildcard_and_else_is_itself() {
        for (text, expect) in [
            (r"", ""),
            (r"a*b?c", "[a]*[b]?[c]"),
            (r"C:\Windows\x", r"[C:\Windows\x]"),
            (r"\\server", r"[\server]"),
            (r"\\\\server", r"[\\server]"),
            (r"a\*b", "[a*b]"),
            (r"a\?b", "[a?b]"),
            (r"a\\*b", r"[a\]*[b]"),
            (r"a\\\*b", r"[a\*b]"),
            (r"C:\", r"[C:\]"),
            (r"**a**", "*[a]*"),
        ] {
            assert_eq!(shown(&SigmaString::parse(text)), expect, "{text}");
        }
    }

    #[test]
    fn only_dashes_that_begin_an_option_may_be_any() {
        for (text, expect) in [
            (" -enc ", "[ ]~[enc ]"),
            ("/c", "~[c]"),
            ("a-b", "[a-b]"),
            (" -f -a", "[ ]~[f ]~[a]"),
            (" - ", "[ - ]"),
            ("--all", "[-]~[all]"),
        ] {
            assert_eq!(
                shown(&SigmaString::parse(text).with_any_dash()),
                expect,
                "{text}"
            );
        }
    }

    #[test]
    fn one_dash_is_spelled_out_and_several_stay() {
        assert_eq!(
            SigmaString::parse(" -enc")
                .with_any_dash()
                .spelled_out()
                .len(),
            5
        );
        assert_eq!(
            SigmaString::parse(" -f -a")
                .with_any_dash()
                .spelled_out()
                .len(),
            1
        );
        assert_eq!(
            SigmaString::parse("plain")
                .with_any_dash()
                .spelled_out()
                .len(),
            1
        );
    }
}

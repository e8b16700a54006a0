//! Splits a pattern into tokens. Linear; never looks further than the end of a token.

use super::PatternError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// One of `[ ] ( ) : . , *`
    Mark(char),
    /// One of `= != < <= > >=`
    Operator(&'static str),
    /// A keyword, type or property name.
    Word(String),
    /// `'…'`, unescaped.
    Text(String),
    /// `t'…'`, `h'…'`, `b'…'`
    Typed(char, String),
    Number(String),
}

/// All tokens with the byte at which each starts.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, PatternError> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let next = bytes.get(at + 1).copied();
        let token = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c => {
                at += 1;
                continue;
            }
            b'/' if next == Some(b'*') => {
                let end = text.get(at + 2..).and_then(|rest| rest.find("*/"));
                at += 4 + end.ok_or_else(|| error(start, "a comment is not closed"))?;
                continue;
            }
            b'/' if next == Some(b'/') => {
                at += text
                    .get(at..)
                    .and_then(|r| r.find('\n'))
                    .unwrap_or(text.len() - at);
                continue;
            }
            b'[' | b']' | b'(' | b')' | b':' | b'.' | b',' | b'*' => {
                at += 1;
                Token::Mark(char::from(byte))
            }
            b'=' => {
                at += if next == Some(b'=') { 2 } else { 1 };
                Token::Operator("=")
            }
            b'!' if next == Some(b'=') => {
                at += 2;
                Token::Operator("!=")
            }
            b'<' => match next {
                Some(b'>') => two(&mut at, "!="),
                Some(b'=') => two(&mut at, "<="),
                _ => one(&mut at, "<"),
            },
            b'>' => match next {
                Some(b'=') => two(&mut at, ">="),
                _ => one(&mut at, ">"),
            },
            b'\'' => Token::Text(quoted(text, &mut at)?),
            b't' | b'h' | b'b' if next == Some(b'\'') => {
                at += 1;
                let inner = quoted(text, &mut at)?;
                let fine = inner.bytes().all(|c| match byte {
                    b't' => c.is_ascii_digit() || b"-+:.TZtz".contains(&c),
                    b'h' => c.is_ascii_hexdigit(),
                    _ => c.is_ascii_alphanumeric() || b"+/=".contains(&c),
                });
                if !fine {
                    return Err(error(
                        start,
                        "a typed constant holds characters of another kind",
                    ));
                }
                Token::Typed(char::from(byte), inner)
            }
            b'0'..=b'9' | b'+' | b'-' => Token::Number(number(text, &mut at)?),
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
                let rest = &bytes[at..];
                let len = rest
                    .iter()
                    .position(|b| !(b.is_ascii_alphanumeric() || *b == b'_' || *b == b'-'))
                    .unwrap_or(rest.len());
                at += len;
                Token::Word(text.get(start..at).unwrap_or_default().to_owned())
            }
            _ => {
                return Err(error(
                    start,
                    "a character that no pattern holds outside quotes",
                ));
            }
        };
        out.push((start, token));
    }
    Ok(out)
}

fn error(at: usize, what: &str) -> PatternError {
    PatternError {
        at,
        what: what.to_owned(),
    }
}

fn one(at: &mut usize, operator: &'static str) -> Token {
    *at += 1;
    Token::Operator(operator)
}

fn two(at: &mut usize, operator: &'static str) -> Token {
    *at += 2;
    Token::Operator(operator)
}

/// Reads `'…'` at `at`. `\'` and `\\` are escapes (section 9.2); a backslash before anything else is
/// kept, because exporters that forget to escape Windows paths are common.
fn quoted(text: &str, at: &mut usize) -> Result<String, PatternError> {
    let open = *at;
    let body = text.get(open + 1..).unwrap_or_default();
    let mut out = String::new();
    let mut chars = body.char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        match c {
            '\'' => {
                *at = open + 1 + offset + 1;
                return Ok(out);
            }
            '\\' => match chars.next_if(|(_, next)| matches!(next, '\'' | '\\')) {
                Some((_, escaped)) => out.push(escaped),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
    Err(error(open, "a quote is not closed"))
}

fn number(text: &str, at: &mut usize) -> Result<String, PatternError> {
    let bytes = text.as_bytes();
    let start = *at;
    let mut end = start;
    if matches!(bytes.get(end), Some(b'+' | b'-')) {
        end += 1;
    }
    let digits = |mut i: usize| {
        while bytes.get(i).is_some_and(u8::is_ascii_digit) {
            i += 1;
        }
        i
    };
    let whole = digits(end);
    if whole == end {
        return Err(error(start, "a sign without a number"));
    }
    end = whole;
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = digits(end + 1);
    }
    *at = end;
    Ok(text.get(start..end).unwrap_or_default().to_owned())
}

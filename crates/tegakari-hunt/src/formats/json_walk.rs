//! Walks over the fields of one JSON object without building it.
//!
//! Coverage needs two or three fields of every record, so the walk is one pass without allocation.
//! It is lenient: what is malformed ends the walk, and what came before counts.

/// A value as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'r> {
    /// A string, without its quotes, escapes left as they are.
    Text(&'r [u8]),
    /// A number, `true`, `false` or `null`.
    Bare(&'r [u8]),
}

impl<'r> Value<'r> {
    /// The text of a string or the characters of a number; nothing for `null`.
    pub(crate) fn bytes(self) -> &'r [u8] {
        match self {
            Self::Text(text) => text,
            Self::Bare(b"null") => b"",
            Self::Bare(text) => text,
        }
    }
}

const MOST_DEPTH: usize = 24;

/// Calls `each` with (key of the enclosing object, key, value) for every scalar in `record`; elements
/// of a list come with the key of the list. Gives whether the record is one whole object.
pub(crate) fn fields<'r>(
    record: &'r [u8],
    mut each: impl FnMut(&'r [u8], &'r [u8], Value<'r>),
) -> bool {
    let mut at = skip_blanks(record, 0);
    if record.get(at) != Some(&b'{') {
        return false;
    }
    at += 1;
    // (key under which the container stands, whether it is a list)
    let mut stack: [(&[u8], bool); MOST_DEPTH] = [(b"", false); MOST_DEPTH];
    let mut depth = 0;
    let mut key: &[u8] = b"";
    let mut wants_key = true;
    loop {
        at = skip_blanks(record, at);
        let Some(&byte) = record.get(at) else {
            return false;
        };
        match byte {
            b'"' => {
                let Some(end) = string_end(record, at + 1) else {
                    return false;
                };
                let text = &record[at + 1..end];
                at = end + 1;
                if wants_key {
                    key = text;
                    at = skip_blanks(record, at);
                    if record.get(at) != Some(&b':') {
                        return false;
                    }
                    at += 1;
                    wants_key = false;
                } else {
                    each(stack[depth].0, key, Value::Text(text));
                }
            }
            b',' => {
                wants_key = !stack[depth].1;
                at += 1;
            }
            b'{' | b'[' => {
                if depth + 1 >= MOST_DEPTH || wants_key {
                    return false;
                }
                // Objects in a list are known by the key of the list.
                depth += 1;
                stack[depth] = (key, byte == b'[');
                wants_key = byte == b'{';
                at += 1;
            }
            b'}' | b']' => {
                at += 1;
                if depth == 0 {
                    return byte == b'}' && skip_blanks(record, at) == record.len();
                }
                key = stack[depth].0;
                depth -= 1;
                wants_key = false;
            }
            _ => {
                let end = record[at..]
                    .iter()
                    .position(|b| {
                        matches!(b, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t' | b'"')
                    })
                    .map_or(record.len(), |n| at + n);
                if end == at || wants_key {
                    return false;
                }
                each(stack[depth].0, key, Value::Bare(&record[at..end]));
                at = end;
            }
        }
    }
}

/// The end of the object that starts at the first brace of `text`, one past its closing brace.
pub(crate) fn object_end(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut depth = 0_usize;
    loop {
        at += memchr::memchr3(b'"', b'{', b'}', text.get(at..)?)?;
        match text[at] {
            b'"' => at = string_end(text, at + 1)?,
            b'{' => depth += 1,
            _ => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
        }
        at += 1;
    }
}

fn skip_blanks(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

fn string_end(text: &[u8], mut at: usize) -> Option<usize> {
    // Keys and most values are short: looking at each byte beats setting up a vector search.
    let near = (at + 24).min(text.len());
    while at < near {
        match text[at] {
            b'"' => return Some(at),
            b'\\' => break,
            _ => at += 1,
        }
    }
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::{fields, object_end};

    #[test]
    fn fields_come_with_their_parents() {
        let text = br#" {"a":1,"b":{"c":"x\"y","d":[1,"two",{"e":null}],"f":true},"g":"z"} "#;
        let mut got = Vec::new();
        let whole = fields(text, |parent, key, value| {
            let show = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
            got.push(format!(
                "{}.{}={}",
                show(parent),
                show(key),
                show(value.bytes())
            ));
        });
        assert!(whole);
        assert_eq!(
            got,
            [
                ".a=1",
                r#"b.c=x\"y"#,
                "d.d=1",
                "d.d=two",
                "d.e=",
                "b.f=true",
                ".g=z"
            ]
        );
        assert_eq!(object_end(br#"{"a":"}","b":{}} rest"#), Some(16));
        assert_eq!(object_end(br#"{"a":"}"#), None);
        for bad in [
            "",
            "[1]",
            "{",
            r#"{"a"}"#,
            r#"{"a":1"#,
            r#"{"a":1} x"#,
            r#"{1:2}"#,
        ] {
            assert!(!fields(bad.as_bytes(), |_, _, _| {}), "{bad}");
        }
    }
}

//! Walks over the fields of one JSON object without building it.
//!
//! Coverage needs two or three fields of every record, so the walk is one pass without allocation.
//! It is lenient: what is malformed ends the walk, and what came before counts.

use crate::words;

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
    walk(record, |parent, key, value, _, _| each(parent, key, value))
}

/// The same, with how many objects and lists stand around each value, the record itself not counted.
pub(crate) fn fields_by_depth<'r>(
    record: &'r [u8],
    mut each: impl FnMut(&'r [u8], &'r [u8], Value<'r>, usize),
) -> bool {
    walk(record, |parent, key, value, _, depth| {
        each(parent, key, value, depth);
    })
}

/// The same, with the place of each value in the record before its depth.
#[inline]
fn walk<'r>(
    record: &'r [u8],
    mut each: impl FnMut(&'r [u8], &'r [u8], Value<'r>, usize, usize),
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
                let (text, begun) = (&record[at + 1..end], at + 1);
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
                    each(stack[depth].0, key, Value::Text(text), begun, depth);
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
                let end = bare_end(record, at);
                if end == at || wants_key {
                    return false;
                }
                each(
                    stack[depth].0,
                    key,
                    Value::Bare(&record[at..end]),
                    at,
                    depth,
                );
                at = end;
            }
        }
    }
}

/// Writes to `plain` a record in which nothing is escaped that need not be: `\u002B` is `+`, `\/` is `/`. Quotes,
/// backslashes and control characters stay escaped, so that the record is cut as before. Gives whether there was
/// anything of the kind; if not, the record is good as it is and nothing was written.
pub(crate) fn without_escapes(record: &[u8], plain: &mut Vec<u8>) -> bool {
    plain.clear();
    let (mut at, mut done) = (0, 0);
    while let Some(found) = record
        .get(at..)
        .and_then(|rest| memchr::memchr(b'\\', rest))
    {
        at += found;
        let mut utf8 = [0; 4];
        let (meant, taken): (&[u8], usize) = match record.get(at + 1) {
            Some(b'/') => (b"/", 2),
            Some(b'u') => match escaped_char(&record[at..]) {
                Some(('"', taken)) => (b"\\\"", taken),
                Some(('\\', taken)) => (b"\\\\", taken),
                Some((char, taken)) if !char.is_control() => {
                    (char.encode_utf8(&mut utf8).as_bytes(), taken)
                }
                _ => {
                    at += 2;
                    continue;
                }
            },
            _ => {
                at += 2;
                continue;
            }
        };
        plain.extend_from_slice(&record[done..at]);
        plain.extend_from_slice(meant);
        at += taken;
        done = at;
    }
    if done == 0 {
        return false;
    }
    plain.extend_from_slice(&record[done..]);
    true
}

/// The character that `\uXXXX` at the start of a text stands for, or two of them as UTF-16 has it, and how many bytes
/// that took.
fn escaped_char(text: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        let mut value = 0;
        for &digit in digits {
            value = value * 16 + char::from(digit).to_digit(16)?;
        }
        Some(value)
    };
    let first = unit(0)?;
    match char::from_u32(first) {
        Some(char) => Some((char, 6)),
        None if first < 0xDC00 => {
            let second = unit(6).filter(|unit| (0xDC00..0xE000).contains(unit))?;
            let both = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            Some((char::from_u32(both)?, 12))
        }
        None => None,
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
    loop {
        at = words::find_either(text, at, b'"', b'\\')?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Where the number or word ends that begins at `at`.
fn bare_end(text: &[u8], at: usize) -> usize {
    text[at..]
        .iter()
        .position(|b| matches!(b, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t' | b'"'))
        .map_or(text.len(), |n| at + n)
}

/// The form of a record: all that stands between its values. Records of one program mostly differ in values alone, so
/// that a whole walk, and asking what each key means, is not needed for the next one.
#[derive(Debug)]
pub(crate) struct Shape {
    /// What stands before each value and behind the last, one after the other.
    between: Vec<u8>,
    /// For each value: where what stands before it ends in `between`, and whether it is a string.
    values: Vec<(usize, bool)>,
}

/// More values than this are not kept.
const MOST_VALUES: usize = 256;

impl Shape {
    /// The form of a record, if it is one whole object.
    pub(crate) fn of(record: &[u8]) -> Option<Self> {
        let (mut between, mut values) = (Vec::new(), Vec::new());
        let mut done = 0;
        let whole = walk(record, |_, _, value, at, _| {
            between.extend_from_slice(record.get(done..at).unwrap_or_default());
            let (text, quoted) = match value {
                Value::Text(text) => (text, true),
                Value::Bare(text) => (text, false),
            };
            values.push((between.len(), quoted));
            done = at + text.len();
        });
        between.extend_from_slice(record.get(done..)?);
        (whole && values.len() <= MOST_VALUES).then_some(Self { between, values })
    }

    /// Calls `each` with the number and value of every scalar of a record of this form. Gives whether it is of it; when
    /// not, what was given so far must not be used.
    #[inline]
    pub(crate) fn values<'r>(
        &self,
        record: &'r [u8],
        mut each: impl FnMut(usize, Value<'r>),
    ) -> bool {
        let (mut at, mut done) = (0, 0);
        for (index, &(end, quoted)) in self.values.iter().enumerate() {
            let Some(before) = self.between.get(done..end) else {
                return false;
            };
            if !record
                .get(at..)
                .is_some_and(|rest| rest.starts_with(before))
            {
                return false;
            }
            at += before.len();
            done = end;
            let value = if quoted {
                let Some(end) = string_end(record, at) else {
                    return false;
                };
                Value::Text(&record[at..end])
            } else {
                let end = bare_end(record, at);
                // An object or a list where there was a number.
                if end == at || matches!(record.get(at), Some(b'{' | b'[')) {
                    return false;
                }
                Value::Bare(&record[at..end])
            };
            let (Value::Text(text) | Value::Bare(text)) = value;
            at += text.len();
            each(index, value);
        }
        record.get(at..) == self.between.get(done..)
    }
}

#[cfg(test)]
mod tests {
    use super::{Shape, fields, fields_by_depth, object_end, without_escapes};
    use proptest::prelude::*;

    /// JSON, or nearly.
    fn nearly() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => Just("\"a\":1"),
            4 => Just("\"b\":\"x\""),
            1 => Just("\"c\": \"x\\\"y\""),
            1 => Just("\"d\":{\"e\":null}"),
            1 => Just("\"f\":[1,\"two\"]"),
            6 => Just(","),
            1 => Just("{"),
            1 => Just("}"),
            1 => Just("["),
            1 => Just("\""),
            1 => Just(" "),
            1 => Just("\\"),
        ];
        proptest::collection::vec(piece, 0..12)
            .prop_map(|all| format!("{{{}}}", all.concat()).into_bytes())
    }

    proptest! {
        #[test]
        fn a_record_of_a_known_form_has_the_fields_that_a_walk_finds(
            model in nearly(),
            at in 0usize..60,
            change in prop_oneof![Just(b'"'), Just(b','), Just(b'{'), Just(b'}'), Just(b'7'), Just(b'['), Just(b'\\')],
            insert in any::<bool>(),
        ) {
            let Some(shape) = Shape::of(&model) else { return Ok(()) };
            let mut record = model.clone();
            match record.get_mut(at) {
                Some(byte) if !insert => *byte = change,
                Some(_) => record.insert(at, change),
                None => {}
            }
            let mut known = Vec::new();
            if shape.values(&record, |_, value| known.push(value)) {
                let (mut walked, mut keys) = (Vec::new(), Vec::new());
                let whole = fields_by_depth(&record, |parent, key, value, depth| {
                    walked.push(value);
                    keys.push((parent, key, depth));
                });
                let mut of_model = Vec::new();
                fields_by_depth(&model, |parent, key, _, depth| of_model.push((parent, key, depth)));
                prop_assert!(whole);
                prop_assert_eq!(known, walked);
                prop_assert_eq!(keys, of_model);
            }
            if at >= model.len() {
                let fits = shape.values(&model, |_, _| {});
                prop_assert!(fits);
            }
        }
    }

    proptest! {
        #[test]
        fn a_record_without_escapes_says_the_same(
            all in proptest::collection::vec((any::<char>(), 0u8..3), 0..40),
        ) {
            let (mut escaped, mut meant) = (String::new(), String::new());
            for (char, how) in all {
                meant.push(char);
                if how > 0 || char.is_control() || matches!(char, '"' | '\\') {
                    for unit in char.encode_utf16(&mut [0; 2]) {
                        escaped += &match how {
                            1 => format!("\\u{unit:04x}"),
                            _ => format!("\\u{unit:04X}"),
                        };
                    }
                } else {
                    escaped.push(char);
                }
            }
            let record = format!(r#"{{"{escaped}":"{escaped}"}}"#);
            let mut plain = Vec::new();
            if !without_escapes(record.as_bytes(), &mut plain) {
                plain = record.clone().into_bytes();
            }
            let value: serde_json::Value = serde_json::from_slice(&plain).unwrap();
            prop_assert_eq!(&value, &serde_json::json!({ &meant: &meant }));
            let mut again = Vec::new();
            prop_assert!(!without_escapes(&plain, &mut again));
        }

        #[test]
        fn escapes_that_are_none_are_left(text in r#"[\\u/0-9dDcC"{}:]{0,40}"#) {
            let mut plain = Vec::new();
            if !without_escapes(text.as_bytes(), &mut plain) {
                prop_assert!(plain.is_empty());
            }
        }
    }

    #[test]
    fn only_what_needs_no_escape_loses_it() {
        for (record, want) in [
            (r#"{"a":"C:\\u002B\n\"x\""}"#, None),
            (
                r#"{"a":"\u002B\u00e9\/\\\/"}"#,
                Some("{\"a\":\"+é/\\\\/\"}"),
            ),
            (
                r#"{"a":"\u0022\u005c\u000a"}"#,
                Some(r#"{"a":"\"\\\u000a"}"#),
            ),
            (
                r#"{"a":"\ud83d\ude00\ud83d \u00"}"#,
                Some(r#"{"a":"😀\ud83d \u00"}"#),
            ),
            (r#"{"a":"\"#, None),
        ] {
            let mut plain = Vec::new();
            let got = without_escapes(record.as_bytes(), &mut plain);
            assert_eq!(
                got.then_some(plain.as_slice()),
                want.map(str::as_bytes),
                "{record}"
            );
        }
    }

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

//! How deeply a rule is nested: the parser goes down by recursion, and a rule that only exists to exhaust the stack must not reach it.

/// Deeper than anybody writes; the parser's own limit differs from version to version, and some have none.
const DEEPEST: usize = 200;

/// The line, from 1, at which brackets or negations inside each other are more than anybody writes.
pub fn nested_too_deeply(source: &[u8]) -> Option<u32> {
    let (mut open, mut unary, mut line) = (0_usize, 0_usize, 1_u32);
    let mut at = 0;
    while let Some(&byte) = source.get(at) {
        let rest = &source[at..];
        let mut length = 1;
        match byte {
            b'\n' => {
                line = line.saturating_add(1);
                // What a text leaves open is not carried into the next rule.
                let next = source.get(at + 1..).unwrap_or_default();
                if [&b"rule"[..], b"private", b"global"]
                    .iter()
                    .any(|word| next.starts_with(word))
                {
                    (open, unary) = (0, 0);
                }
            }
            b' ' | b'\t' | b'\r' => {}
            b'/' if rest.starts_with(b"//") => {
                length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            }
            b'/' if rest.starts_with(b"/*") => {
                let end = memchr::memmem::find(rest, b"*/");
                length = end.map_or(rest.len(), |end| end + 2);
                line = line.saturating_add(newlines(&rest[..length]));
            }
            b'"' => {
                length = string(rest);
                line = line.saturating_add(newlines(&rest[..length]));
                unary = 0;
            }
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => {
                open = open.saturating_sub(1);
                unary = 0;
            }
            b'-' | b'~' => unary += 1,
            b if b.is_ascii_alphanumeric() || b == b'_' => {
                length = rest
                    .iter()
                    .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
                    .count();
                match &rest[..length] {
                    b"not" | b"defined" => unary += 1,
                    _ => unary = 0,
                }
            }
            _ => unary = 0,
        }
        if open + unary > DEEPEST {
            return Some(line);
        }
        at += length;
    }
    None
}

fn newlines(text: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', text).count()).unwrap_or(u32::MAX)
}

/// The length of a text in quotation marks; those that are not closed end with their line.
fn string(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            b'\n' => return at,
            _ => at += 1,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::nested_too_deeply;

    #[test]
    fn only_what_nobody_writes_is_too_deep() {
        let many = 5_000;
        for deep in [
            format!("rule a {{ condition: {}true", "(".repeat(many)),
            format!("rule a {{\ncondition: {} true }}", "not ".repeat(many)),
            format!("rule a {{ condition: {}1 == 1 }}", "-".repeat(many)),
            format!("rule a {{ condition: {}1 }}", "not (".repeat(150)),
            format!("rule a {{ strings: $a = {{ {}", "( AA | ".repeat(many)),
            format!(
                "rule a {{ condition: {}",
                "for all i in (1..2) : ( ".repeat(many)
            ),
        ] {
            assert!(nested_too_deeply(deep.as_bytes()).is_some(), "{deep:.60}");
        }
        let wide = format!(
            "rule a {{ strings: $a = \"{}\" /* {} */\n// {}\ncondition: {} }}",
            "(".repeat(many),
            "(".repeat(many),
            "(".repeat(many),
            "(1) and ".repeat(many)
        );
        let left_open =
            "rule a { strings: $a = /(x/ condition: $a and not not true }\n".repeat(many);
        for plain in [wide, left_open, format!("\"{}\\", "\\\\".repeat(many))] {
            assert_eq!(nested_too_deeply(plain.as_bytes()), None, "{plain:.60}");
        }
        assert_eq!(
            nested_too_deeply(format!("\n\n{}", "(".repeat(many)).as_bytes()),
            Some(3)
        );
    }
}

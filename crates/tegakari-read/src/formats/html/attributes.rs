//! Tags with more attributes than any page has. The tokenizer compares each attribute with all before it, so
//! that a megabyte of them in one tag costs seconds and ten cost minutes.

use std::borrow::Cow;

/// Attributes of one tag that are read. Saved pages have some fifty at most.
const MOST: usize = 1000;

/// Bytes that may be looked through for each byte of a page. What looks like a tag inside another is looked
/// at too, because only the tokenizer knows which of the two is one.
const WORK: usize = 16;

/// The page with such tags ended after [`MOST`] attributes, and where it ends because it is built of so many
/// beginnings of tags that they cannot all be looked at.
pub(super) fn bounded(page: &str) -> (Cow<'_, str>, Option<usize>) {
    let bytes = page.as_bytes();
    let mut left = bytes.len().saturating_mul(WORK).saturating_add(1 << 20);
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(open) = memchr::memchr(b'<', bytes.get(at..).unwrap_or_default()) {
        let open = at + open;
        at = open + 1;
        let name = at + usize::from(bytes.get(at) == Some(&b'/'));
        if !bytes.get(name).is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        let (walked, surplus) = walk(bytes.get(name..).unwrap_or_default());
        if walked > left {
            out.push_str(page.get(copied..open).unwrap_or(""));
            return (Cow::Owned(out), Some(open));
        }
        left -= walked;
        if surplus {
            // Ends the tag if it is one, and does nothing to a script or a value that only looks like it.
            at = name + walked;
            out.push_str(page.get(copied..at).unwrap_or(""));
            out.push('>');
            copied = at;
        }
    }
    if out.is_empty() {
        return (Cow::Borrowed(page), None);
    }
    out.push_str(page.get(copied..).unwrap_or(""));
    (Cow::Owned(out), None)
}

/// Walks through a tag from its name on, as the HTML standard has it (sections 13.2.5.8 and 13.2.5.32 to
/// 13.2.5.40): how far it goes, and whether that is because it has too many attributes.
fn walk(tag: &[u8]) -> (usize, bool) {
    #[derive(Clone, Copy, PartialEq)]
    enum At {
        Outside,
        Name,
        Behind,
        Value,
        Quoted(u8),
        Bare,
    }
    let mut at = At::Name;
    let mut count = 0;
    for (i, b) in tag.iter().enumerate() {
        let blank = matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0C);
        at = match (at, b) {
            (At::Quoted(quote), _) if *b == quote => At::Outside,
            (At::Quoted(_), _) => at,
            (At::Value, _) if blank => At::Value,
            (At::Value, b'"' | b'\'') => At::Quoted(*b),
            (_, b'>') => return (i + 1, false),
            (At::Value, _) => At::Bare,
            (At::Bare, _) => {
                if blank {
                    At::Outside
                } else {
                    At::Bare
                }
            }
            (_, b'/') => At::Outside,
            (At::Name | At::Behind, b'=') if count > 0 => At::Value,
            (At::Name, _) if blank => {
                if count == 0 {
                    At::Outside
                } else {
                    At::Behind
                }
            }
            (At::Name, _) => At::Name,
            (At::Outside | At::Behind, _) if blank => at,
            (At::Outside | At::Behind, _) => {
                count += 1;
                if count > MOST && b.is_ascii() {
                    return (i, true);
                }
                At::Name
            }
        };
    }
    (tag.len(), false)
}

#[cfg(test)]
mod tests {
    use super::{MOST, bounded, walk};

    #[test]
    fn a_tag_is_walked_to_its_end() {
        for (tag, want) in [
            ("a>x", 2),
            ("a href=x>y", 9),
            ("a href='>'>y", 11),
            ("a b = \">\" c>y", 12),
            ("a b=c'>'>", 7),
            ("a = '>'>", 6),
            ("a/>", 3),
            ("a b", 3),
        ] {
            assert_eq!(walk(tag.as_bytes()), (want, false), "{tag}");
        }
    }

    #[test]
    fn a_tag_ends_after_its_last_attribute_that_is_read() {
        let attributes: String = (0..MOST + 5).map(|i| format!(" a{i}=''")).collect();
        let page = format!("<p>x<a{attributes}>text</a>");
        let (got, end) = bounded(&page);
        assert_eq!(end, None);
        assert_eq!(got.matches('>').count(), page.matches('>').count() + 1);
        assert!(got.contains(" >a1000=''"), "{got}");
        assert_eq!(got.replacen(" >a1000", " a1000", 1), page);
        let plain = "<p class='a'>if (a<b) x</p>";
        assert_eq!(bounded(plain), (plain.into(), None));
    }

    #[test]
    fn beginnings_without_end_cost_a_bounded_time() {
        let page = "<a b='".repeat(20_000) + &"<a b=x".repeat(400_000);
        let (got, _) = bounded(&page);
        assert!(got.len() <= page.len() + page.len() / MOST + 1);
        let nested = format!("<p>ok</p><a b=\"{}", "<b".repeat(2_000_000));
        assert!(bounded(&nested).0.starts_with("<p>ok</p>"));
    }
}

//! The smallest question of a rule: one test of one field.

use ipnet::IpNet;

use crate::fold::fold_char;
use crate::sigma_string::{DASHES, Piece, SigmaString};

/// A field's number among the names of a rule set; [`KEYWORDS`] is no field but all text of the record.
pub(crate) type FieldId = u32;

/// All text of the record.
pub(crate) const KEYWORDS: FieldId = u32::MAX;

/// Where in a value a text must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum At {
    Anywhere,
    Start,
    End,
    Whole,
}

/// How a number must stand to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

impl Comparison {
    pub(crate) fn holds<N: PartialOrd>(self, left: N, right: N) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            Self::Equal => left == right,
        }
    }
}

/// A part of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TimePart {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// A test of a field's values: true when it is of one of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    /// This text, which is folded unless `cased`, and never empty.
    Text { at: At, text: String, cased: bool },
    /// Nothing at all between the beginning and the end.
    Empty,
    /// A value of any kind.
    Present,
    /// Several texts with wildcards between them, folded unless `cased`.
    Pattern { pieces: Vec<Piece>, cased: bool },
    /// A regular expression, with its flags in it, texts of which one stands folded in all that it matches, and how many steps
    /// it may take for each byte.
    Regex {
        source: String,
        needs: Vec<String>,
        steps: u64,
    },
    /// An address in a network.
    Cidr(IpNet),
    /// A number that compares so.
    Number(Comparison, Number),
    /// A part of a time that compares so with a number.
    Time(TimePart, Comparison, Number),
    /// Whether there is such a field.
    Exists(bool),
    /// No such field, or nothing in it.
    Null,
    /// The value of another field.
    SameAs { other: FieldId, at: At, cased: bool },
    /// Never: a placeholder for which nobody gave values.
    Never,
}

impl Test {
    /// Whether it is only true where there is no such field, or nothing in it.
    pub(crate) fn needs_none(&self) -> bool {
        matches!(self, Self::Null | Self::Exists(false))
    }

    /// Whether it is only true where there is something in the field.
    pub(crate) fn needs_text(&self) -> bool {
        matches!(
            self,
            Self::Text { .. } | Self::Cidr(_) | Self::Number(..) | Self::Time(..)
        )
    }

    /// The test that a value is this text.
    pub(crate) fn of_text(text: SigmaString, cased: bool) -> Self {
        let mut pieces = text.0;
        if pieces.is_empty() {
            return Self::Empty;
        }
        if !cased {
            for piece in &mut pieces {
                if let Piece::Literal(text) = piece {
                    *text = crate::fold::folded(text);
                }
            }
        }
        let (at, text) = match pieces.as_mut_slice() {
            [Piece::Any] => return Self::Present,
            [Piece::Literal(text)] => (At::Whole, text),
            [Piece::Any, Piece::Literal(text)] => (At::End, text),
            [Piece::Literal(text), Piece::Any] => (At::Start, text),
            [Piece::Any, Piece::Literal(text), Piece::Any] => (At::Anywhere, text),
            _ => return Self::Pattern { pieces, cased },
        };
        let text = std::mem::take(text);
        Self::Text { at, text, cased }
    }
}

/// Whether `text` stands there in `value`.
pub(crate) fn stands(value: &str, text: &str, at: At) -> bool {
    match at {
        At::Anywhere => value.contains(text),
        At::Start => value.starts_with(text),
        At::End => value.ends_with(text),
        At::Whole => value == text,
    }
}

/// Whether a value is of a pattern. Both are folded, or neither.
///
/// Never goes back further than to the last `*`, so the time is at worst the product of both lengths.
pub(crate) fn is_of_pattern(value: &str, pieces: &[Piece]) -> bool {
    let (mut piece, mut at) = (0, 0);
    // The last `*`: the piece behind it, and where that is tried next.
    let mut back: Option<(usize, usize)> = None;
    loop {
        let rest = value.get(at..).unwrap_or("");
        let step = match pieces.get(piece) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Piece::Any) => {
                piece += 1;
                if piece == pieces.len() {
                    return true;
                }
                back = Some((piece, at));
                continue;
            }
            Some(Piece::Literal(text)) => rest.starts_with(text.as_str()).then_some(text.len()),
            Some(Piece::One) => rest.chars().next().map(char::len_utf8),
            Some(Piece::Dash) => {
                let first = rest.chars().next();
                first
                    .filter(|c| DASHES.contains(&fold_char(*c)))
                    .map(char::len_utf8)
            }
        };
        if let Some(length) = step {
            at += length;
            piece += 1;
            continue;
        }
        let Some((behind, tried)) = back else {
            return false;
        };
        let rest = value.get(tried..).unwrap_or("");
        // A literal behind a `*` is found at once, not a character at a time.
        let next = match pieces.get(behind) {
            Some(Piece::Literal(text)) => {
                let skip = rest.chars().next().map_or(0, char::len_utf8);
                let further = rest.get(skip..).unwrap_or("");
                if skip == 0 {
                    return false;
                }
                match further.find(text.as_str()) {
                    Some(found) => tried + skip + found,
                    None => return false,
                }
            }
            _ => match rest.chars().next() {
                Some(c) => tried + c.len_utf8(),
                None => return false,
            },
        };
        back = Some((behind, next));
        piece = behind;
        at = next;
    }
}

/// A number, whole ones exactly: identifiers have more digits than a binary fraction holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Number {
    /// The next whole number that is not larger.
    whole: i128,
    /// What is beyond it, in parts of 2⁶⁴.
    fraction: u64,
}

impl From<i128> for Number {
    fn from(whole: i128) -> Self {
        Self { whole, fraction: 0 }
    }
}

impl Number {
    /// `None` when it is infinite or none.
    fn of_float(n: f64) -> Option<Self> {
        n.is_finite().then(|| {
            let whole = n.floor();
            Self {
                // What is larger than any whole number here is the largest.
                whole: whole as i128,
                fraction: ((n - whole) * 2_f64.powi(64)) as u64,
            }
        })
    }
}

/// A number as logs write it: decimal, or hexadecimal behind `0x`.
pub(crate) fn number(text: &str) -> Option<Number> {
    let text = text.trim();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16)
            .ok()
            .map(|n| i128::from(n).into());
    }
    if let Ok(whole) = text.parse::<i128>() {
        return Some(whole.into());
    }
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let float: f64 = text.parse().ok()?;
    let Some((whole, fraction)) = text.split_once('.') else {
        return Number::of_float(float);
    };
    // A fraction behind a large number is exact as well.
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match whole.parse::<i128>() {
        Ok(whole) if whole > 0 && digits(fraction) => {
            let part = Number::of_float(format!("0.{fraction}").parse().ok()?)?;
            Some(Number {
                whole: whole.saturating_add(part.whole),
                ..part
            })
        }
        _ => Number::of_float(float),
    }
}

/// A part of a time as logs write it (ISO 8601, without a zone in UTC).
pub(crate) fn time_part(text: &str, part: TimePart) -> Option<Number> {
    let text = text.trim();
    let time = match text.parse::<jiff::Timestamp>() {
        Ok(time) => time.to_zoned(jiff::tz::TimeZone::UTC).datetime(),
        Err(_) => text.parse::<jiff::civil::DateTime>().ok()?,
    };
    let part = match part {
        TimePart::Minute => i128::from(time.minute()),
        TimePart::Hour => i128::from(time.hour()),
        TimePart::Day => i128::from(time.day()),
        TimePart::Week => i128::from(time.date().iso_week_date().week()),
        TimePart::Month => i128::from(time.month()),
        TimePart::Year => i128::from(time.year()),
    };
    Some(part.into())
}

/// Whether a value is an address in a network.
pub(crate) fn is_in(value: &str, net: &IpNet) -> bool {
    value
        .trim()
        .parse::<std::net::IpAddr>()
        .is_ok_and(|address| net.contains(&address.to_canonical()) || net.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::{Number, TimePart, is_in, is_of_pattern, number, time_part};
    use crate::sigma_string::SigmaString;

    #[test]
    fn patterns_are_those_of_the_specification() {
        for (pattern, value, expect) in [
            ("a*c", "abc", true),
            ("a*c", "abcd", false),
            ("a*c*", "abcd", true),
            ("*a*b*c", "xxaxxbxbc", true),
            ("*a*b*c", "xxaxxcxb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "aéc", true),
            ("?", "", false),
            ("*?b", "aab", true),
            ("*é*x", "ééyx", true),
            ("*ab", "aab", true),
            ("*aab?", "aaabx", true),
            ("a*", "b", false),
        ] {
            let pieces = SigmaString::parse(pattern).0;
            assert_eq!(is_of_pattern(value, &pieces), expect, "{pattern} {value}");
        }
        let dashes = SigmaString::parse("* -f -a*").with_any_dash().0;
        assert!(is_of_pattern("tool /f –a now", &dashes));
        assert!(!is_of_pattern("tool +f –a now", &dashes));
    }

    #[test]
    fn hostile_patterns_end() {
        let pieces = SigmaString::parse(&"*a?".repeat(200)).0;
        assert!(!is_of_pattern(&"a".repeat(20_000), &pieces[..599]) || pieces.len() > 1);
    }

    #[test]
    fn numbers_and_times_are_read_as_logs_write_them() {
        assert_eq!(number("0x10"), Some(16.into()));
        let ascending = [
            "-1e300",
            "-9007199254740993",
            "-9007199254740992",
            "-4",
            " -3.5 ",
            "-3",
            "-0.5",
            "0",
            "0.25",
            "0.5",
            "2",
            "1e3",
            "9007199254740992",
            "9007199254740992.5",
            "9007199254740993",
            "18446744073709551615",
            "18446744073709551616",
            "1e300",
        ];
        for pair in ascending.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
        }
        assert_eq!(number("1e3"), number("1000.0"));
        assert_eq!(number("+7"), number("7"));
        assert_eq!(number("0xffffffffffffffff"), number("18446744073709551615"));
        assert_eq!(number("nan"), None);
        assert_eq!(number("inf"), None);
        let time = "2024-03-04T05:06:07.1234567Z";
        let parts = [
            TimePart::Minute,
            TimePart::Hour,
            TimePart::Day,
            TimePart::Week,
            TimePart::Month,
            TimePart::Year,
        ];
        let expect = [6, 5, 4, 10, 3, 2024].map(Number::from);
        for (part, expect) in parts.into_iter().zip(expect) {
            assert_eq!(time_part(time, part), Some(expect));
            assert_eq!(time_part("2024-03-04 05:06:07", part), Some(expect));
        }
        assert_eq!(time_part("yesterday", TimePart::Day), None);
    }

    #[test]
    fn an_address_in_a_network_is_found_in_both_families() {
        let net = |text: &str| text.parse().expect("a network");
        assert!(is_in("10.1.2.3", &net("10.0.0.0/8")));
        assert!(is_in("::ffff:10.1.2.3", &net("10.0.0.0/8")));
        assert!(is_in("fe80::1", &net("fe80::/10")));
        assert!(!is_in("11.1.2.3", &net("10.0.0.0/8")));
        assert!(!is_in("-", &net("0.0.0.0/0")));
    }
}

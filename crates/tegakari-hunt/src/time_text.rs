//! Times as logs write them. Each function reads one notation from the start of a text.
//!
//! A time without a zone is taken as UTC: a guess of any other zone could move evidence by hours.

use tegakari_model::Timestamp;

use crate::words;

/// A time read, and how many bytes it took.
pub(crate) type Read = Option<(Timestamp, usize)>;

/// Seconds since 1970 of a civil time in UTC; `None` when a field is out of range.
pub(crate) fn from_civil(
    year: i16,
    month: i8,
    day: i8,
    second_of_day: i32,
    nanos: i32,
) -> Option<Timestamp> {
    let is_date = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
    if !is_date || !(-9999..=9999).contains(&year) {
        return None;
    }
    let days = i64::from(days_from_civil(year, month, day));
    // A leap second (60) is counted as the second after, as POSIX does.
    Timestamp::new(days * 86_400 + i64::from(second_of_day), nanos).ok()
}

fn days_in_month(year: i16, month: i8) -> i8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn days_from_civil(year: i16, month: i8, day: i8) -> i32 {
    let (y, m, d) = (i32::from(year), i32::from(month), i32::from(day));
    let y = if m <= 2 { y - 1 } else { y };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let month = (m + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + d - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[inline]
fn number(text: &[u8], at: usize, digits: usize) -> Option<i32> {
    let mut value = 0;
    for &byte in text.get(at..at + digits)? {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i32::from(digit);
    }
    Some(value)
}

fn small<T: TryFrom<i32>>(value: i32) -> Option<T> {
    T::try_from(value).ok()
}

/// `HH:MM:SS`, giving the second of the day.
fn clock(text: &[u8], at: usize) -> Option<i32> {
    let (h, m, s) = (
        number(text, at, 2)?,
        number(text, at + 3, 2)?,
        number(text, at + 6, 2)?,
    );
    let right = text.get(at + 2) == Some(&b':') && text.get(at + 5) == Some(&b':');
    (right && h < 24 && m < 60 && s <= 60).then_some(h * 3600 + m * 60 + s)
}

/// Nanoseconds in the last of so many digits of a fraction.
const SCALES: [i32; 10] = [
    0,
    100_000_000,
    10_000_000,
    1_000_000,
    100_000,
    10_000,
    1_000,
    100,
    10,
    1,
];

/// Any number of digits from `at` on as nanoseconds, and where they end.
fn long_fraction(text: &[u8], at: usize) -> (i32, usize) {
    let (mut nanos, mut end) = (0, at);
    while let Some(byte @ b'0'..=b'9') = text.get(end) {
        // Beyond nanoseconds digits say nothing.
        if end - at < 9 {
            nanos = nanos * 10 + i32::from(byte - b'0');
        }
        end += 1;
    }
    (nanos * SCALES[(end - at).min(9)], end)
}

/// `.123456` or `,123`: nanoseconds and where it ends.
fn fraction(text: &[u8], at: usize) -> (i32, usize) {
    if !matches!(text.get(at), Some(b'.' | b',')) {
        return (0, at);
    }
    let (nanos, end) = match text.get(at + 1..).and_then(words::leading_digits) {
        // Eight digits are hundreds of millions of nanoseconds.
        Some((value, digits)) => (value.cast_signed() * 10, at + 1 + digits),
        None => long_fraction(text, at + 1),
    };
    // `05:50:00,2026-03-12 …` in CSV: the next cell is a date.
    let next_cell = text.get(at) == Some(&b',') && matches!(text.get(end), Some(b'-' | b'/'));
    if end == at + 1 || next_cell {
        (0, at)
    } else {
        (nanos, end)
    }
}

/// `Z`, `UTC`, `JST`, `+09:00`, `+0900`, `+09`, `GMT+09:00`, with blanks in front: seconds east and where it ends.
fn zone(text: &[u8], at: usize) -> (i32, usize) {
    let mut start = at;
    while text.get(start) == Some(&b' ') {
        start += 1;
    }
    let ends = |end: usize| {
        !text
            .get(end)
            .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
    };
    match text.get(start) {
        // Behind a blank it may be a name that only begins so: `01:02:03 zeus sshd[1]: …`.
        Some(b'Z' | b'z') if start == at || ends(start + 1) => (0, start + 1),
        Some(b'U' | b'G') if matches!(text.get(start..start + 3), Some(b"UTC" | b"GMT")) => {
            match text.get(start + 3) {
                Some(b'+' | b'-') => match zone(text, start + 3) {
                    (_, end) if end == start + 3 => (0, at),
                    offset => offset,
                },
                _ => (0, start + 3),
            }
        }
        // The only zones of these names, which know no summer time.
        Some(b'J' | b'K')
            if matches!(text.get(start..start + 3), Some(b"JST" | b"KST")) && ends(start + 3) =>
        {
            (9 * 3600, start + 3)
        }
        Some(sign @ (b'+' | b'-')) => {
            let Some(hours) = number(text, start + 1, 2).filter(|h| *h <= 15) else {
                return (0, at);
            };
            let colon = usize::from(text.get(start + 3) == Some(&b':'));
            let (minutes, end) = match number(text, start + 3 + colon, 2).filter(|m| *m < 60) {
                Some(minutes) => (minutes, start + 5 + colon),
                None => (0, start + 3),
            };
            let east = hours * 3600 + minutes * 60;
            (if *sign == b'-' { -east } else { east }, end)
        }
        _ => (0, at),
    }
}

fn shift(time: Timestamp, east: i32) -> Option<Timestamp> {
    if east == 0 {
        return Some(time);
    }
    Timestamp::new(time.as_second() - i64::from(east), time.subsec_nanosecond()).ok()
}

/// ISO 8601 and RFC 3339 with their usual liberties: `2025-03-04T01:57:43.5+09:00`,
/// `2025/03/04 01:57:43`, `2025-03-04 01:57:43,123`.
pub(crate) fn iso(text: &[u8]) -> Read {
    iso_zoned(text).map(|(time, end, _)| (time, end))
}

/// A time read, how many bytes it took, and whether it says its zone.
type Zoned = Option<(Timestamp, usize, bool)>;

fn iso_zoned(text: &[u8]) -> Zoned {
    // Most texts that are asked are none, and told by their fifth byte.
    if !matches!(text.get(4), Some(b'-' | b'/')) {
        return None;
    }
    let year = number(text, 0, 4)?;
    let dash = *text.get(4)?;
    if !matches!(dash, b'-' | b'/') || *text.get(7)? != dash {
        return None;
    }
    if !matches!(text.get(10)?, b'T' | b't' | b' ' | b'_') {
        return None;
    }
    let (month, day) = (number(text, 5, 2)?, number(text, 8, 2)?);
    let second = clock(text, 11)?;
    let (nanos, before) = fraction(text, 19);
    let (east, end) = zone(text, before);
    let time = from_civil(small(year)?, small(month)?, small(day)?, second, nanos)?;
    Some((shift(time, east)?, end, end > before))
}

/// The notation of web servers: `04/Mar/2025:01:00:47 +0000`.
pub(crate) fn web_server(text: &[u8]) -> Read {
    web_server_zoned(text).map(|(time, end, _)| (time, end))
}

fn web_server_zoned(text: &[u8]) -> Zoned {
    let day = number(text, 0, 2)?;
    let month = month_name(text.get(3..6)?)?;
    let year = number(text, 7, 4)?;
    if text.get(2) != Some(&b'/') || text.get(6) != Some(&b'/') || text.get(11) != Some(&b':') {
        return None;
    }
    let second = clock(text, 12)?;
    let (nanos, before) = fraction(text, 20);
    let (east, end) = zone(text, before);
    let time = from_civil(small(year)?, month, small(day)?, second, nanos)?;
    Some((shift(time, east)?, end, end > before))
}

/// The notation of BIND: `04-Mar-2025 01:00:47.123`.
pub(crate) fn bind(text: &[u8]) -> Read {
    let day = number(text, 0, 2)?;
    let month = month_name(text.get(3..6)?)?;
    let year = number(text, 7, 4)?;
    if text.get(2) != Some(&b'-') || text.get(6) != Some(&b'-') || text.get(11) != Some(&b' ') {
        return None;
    }
    let second = clock(text, 12)?;
    let (nanos, end) = fraction(text, 20);
    let time = from_civil(small(year)?, month, small(day)?, second, nanos)?;
    Some((time, end))
}

/// The notation of mail (RFC 5322 3.3): `Tue, 04 Mar 2025 01:00:47 +0900`, the day of the week optional.
pub(crate) fn mail(text: &[u8]) -> Read {
    mail_zoned(text).map(|(time, end, _)| (time, end))
}

fn mail_zoned(text: &[u8]) -> Zoned {
    let comma = text.iter().take(12).position(|b| *b == b',');
    let mut at = comma.map_or(0, |comma| comma + 1);
    while text.get(at) == Some(&b' ') {
        at += 1;
    }
    let digits = text[at..]
        .iter()
        .take(3)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let day = number(text, at, digits).filter(|_| matches!(digits, 1 | 2))?;
    at += digits + 1;
    let month = month_name(text.get(at..at + 3)?)?;
    let year = number(text, at + 4, 4)?;
    let second = clock(text, at + 9)?;
    let (east, end) = zone(text, at + 17);
    let time = from_civil(small(year)?, month, small(day)?, second, 0)?;
    Some((shift(time, east)?, end, end > at + 17))
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size; with a
/// fraction only for seconds.
pub(crate) fn epoch(text: &[u8]) -> Read {
    // Ten digits, and mostly a fraction: what nearly all logs of this notation have.
    if let Some(front) = words::eight_digits(text)
        && let [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] = &text[8..]
        && !rest.first().is_some_and(u8::is_ascii_alphanumeric)
    {
        let value = i64::from(front) * 100 + i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
        let (nanos, end) = fraction(text, 10);
        if text.get(end).is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        return Some((Timestamp::new(value, nanos).ok()?, end));
    }
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    if !(9..=19).contains(&digits) {
        return None;
    }
    let mut value: i64 = 0;
    for &byte in &text[..digits] {
        value = value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
    }
    let (fraction_nanos, end) = fraction(text, digits);
    if text.get(end).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let time = match digits {
        9 | 10 => Timestamp::new(value, fraction_nanos),
        13 => Timestamp::from_millisecond(value),
        16 => Timestamp::from_microsecond(value),
        19 => Timestamp::new(
            value / 1_000_000_000,
            small((value % 1_000_000_000).try_into().ok()?)?,
        ),
        _ => return None,
    };
    Some((time.ok()?, end))
}

/// Month, day and second of the day, where the year is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Yearless {
    pub(crate) month: i8,
    pub(crate) day: i8,
    pub(crate) second: i32,
    pub(crate) nanos: i32,
}

/// What a BSD syslog time says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bsd {
    /// With a year, as some devices add one.
    Full(Timestamp),
    /// As RFC 3164 has it.
    NoYear(Yearless),
}

/// `Mar  4 01:00:06`, `Mar 04 2025 01:00:06`, `2025 Mar  4 01:00:06`, with an optional fraction, and
/// where it ends.
pub(crate) fn bsd(text: &[u8]) -> Option<(Bsd, usize)> {
    let (lead_year, text_at) = match number(text, 0, 4) {
        Some(year) if text.get(4) == Some(&b' ') => (Some(year), 5),
        _ => (None, 0),
    };
    let rest = text.get(text_at..)?;
    let month = month_name(rest.get(..3)?)?;
    if rest.get(3) != Some(&b' ') {
        return None;
    }
    let mut at = 4;
    if rest.get(at) == Some(&b' ') {
        at += 1;
    }
    let mut day = 0;
    let digits_from = at;
    while let Some(byte @ b'0'..=b'9') = rest.get(at) {
        if at - digits_from >= 2 {
            return None;
        }
        day = day * 10 + i8::try_from(byte - b'0').ok()?;
        at += 1;
    }
    if rest.get(at) != Some(&b' ') || !(1..=31).contains(&day) {
        return None;
    }
    at += 1;
    let mut year = lead_year;
    if year.is_none()
        && rest.get(at + 4) == Some(&b' ')
        && let Some(inner) = number(rest, at, 4)
    {
        year = Some(inner);
        at += 5;
    }
    let second = clock(rest, at)?;
    let (nanos, end) = fraction(rest, at + 8);
    let time = match year {
        Some(year) => Bsd::Full(from_civil(small(year)?, month, day, second, nanos)?),
        None => Bsd::NoYear(Yearless {
            month,
            day,
            second,
            nanos,
        }),
    };
    Some((time, text_at + end))
}

/// The notation of Snort: `03/04-01:05:37.210`, or with a year `03/04/25-01:05:37.210`.
pub(crate) fn snort(text: &[u8]) -> Option<(Bsd, usize)> {
    let (month, day) = (number(text, 0, 2)?, number(text, 3, 2)?);
    if text.get(2) != Some(&b'/') {
        return None;
    }
    let (year, at) = match text.get(5)? {
        b'-' => (None, 6),
        b'/' if text.get(8) == Some(&b'-') => (Some(2000 + number(text, 6, 2)?), 9),
        b'/' if text.get(10) == Some(&b'-') => (Some(number(text, 6, 4)?), 11),
        _ => return None,
    };
    let second = clock(text, at)?;
    let (nanos, end) = fraction(text, at + 8);
    let (month, day) = (small::<i8>(month)?, small::<i8>(day)?);
    let time = match year {
        Some(year) => Bsd::Full(from_civil(small(year)?, month, day, second, nanos)?),
        None if (1..=12).contains(&month) && (1..=31).contains(&day) => Bsd::NoYear(Yearless {
            month,
            day,
            second,
            nanos,
        }),
        None => return None,
    };
    Some((time, end))
}

/// The notations of CEF and LEEF: since 1970, ISO, or `Mar 04 2025 01:00:06.123 JST`. `None` in a zone whose name
/// does not say what it is.
pub(crate) fn of_event(text: &[u8]) -> Option<Bsd> {
    if let Some((time, _)) = epoch(text).or_else(|| iso(text)) {
        return Some(Bsd::Full(time));
    }
    let (time, used) = bsd(text)?;
    let Bsd::Full(time) = time else {
        return Some(time);
    };
    let rest = text.get(used..)?.trim_ascii();
    let rest = match rest {
        [b'G', b'M', b'T', offset @ ..] | [b'U', b'T', b'C', offset @ ..] if !offset.is_empty() => {
            offset
        }
        _ => rest,
    };
    let east = match rest {
        b"" => 0,
        b"JST" | b"KST" => 9 * 3600,
        _ => match zone(rest, 0) {
            (_, 0) => return None,
            (east, _) => east,
        },
    };
    shift(time, east).map(Bsd::Full)
}

/// Any notation that says the year.
pub(crate) fn any(text: &[u8]) -> Read {
    iso(text)
        .or_else(|| epoch(text))
        .or_else(|| web_server(text))
        .or_else(|| bind(text))
}

/// The same where the time is the whole text, as in a field: what follows the clock is a zone, and where that cannot be
/// told there is no time, as a wrong one would move evidence by hours. Here also without seconds, without signs between
/// the numbers, as in mail, and with an exponent.
pub(crate) fn value(text: &[u8]) -> Option<Timestamp> {
    value_zoned(text).map(|(time, _)| time)
}

/// The same, and whether it says its zone.
pub(crate) fn value_zoned(text: &[u8]) -> Option<(Timestamp, bool)> {
    let zoned = iso_zoned(text).or_else(|| {
        let (time, end) = epoch(text)?;
        Some((time, end, true))
    });
    let zoned = match zoned {
        Some(zoned) => zoned,
        None => web_server_zoned(text)
            .or_else(|| bind(text).map(|(time, end)| (time, end, false)))
            .or_else(|| without_seconds(text))
            .or_else(|| basic(text))
            .or_else(|| mail_zoned(text))
            .or_else(|| exponent(text).map(|time| (time, text.len(), true)))?,
    };
    let (time, end, says_zone) = zoned;
    let rest = text.get(end..).unwrap_or_default();
    (says_zone || rest.is_empty() || !may_be_zone(rest)).then_some((time, says_zone))
}

/// The time at the start of a line, unless a zone follows that its name does not say.
pub(crate) fn leading(text: &[u8]) -> Option<Timestamp> {
    let (time, end) = any(text)?;
    let rest = text.get(end..)?.trim_ascii_start();
    let word = rest.split(|b| !b.is_ascii_alphabetic()).next()?;
    (!NAMED_ZONES.contains(&word)).then_some(time)
}

/// Short names of zones that are no words of another meaning in logs. Most stand for several, or change with summer.
const NAMED_ZONES: [&[u8]; 40] = [
    b"EST", b"EDT", b"CST", b"CDT", b"MST", b"MDT", b"PST", b"PDT", b"AKST", b"AKDT", b"HST",
    b"AST", b"ADT", b"NST", b"NDT", b"BRT", b"BRST", b"ART", b"WET", b"WEST", b"CET", b"CEST",
    b"MEZ", b"MESZ", b"EET", b"EEST", b"BST", b"IST", b"MSK", b"PKT", b"ICT", b"WIB", b"SGT",
    b"HKT", b"PHT", b"AEST", b"AEDT", b"ACST", b"AWST", b"NZST",
];

/// Whether what follows a clock may be a zone, or the half of a day: `EST`, `PM`, `+99:00`, `Europe/Berlin`,
/// `[Asia/Tokyo]`, `W. Europe Standard Time`.
fn may_be_zone(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii();
    let rest = match rest {
        [b'[' | b'(', inner @ ..] => inner,
        _ => rest,
    };
    let word = rest
        .split(|b| matches!(b, b' ' | b']' | b')' | b','))
        .next()
        .unwrap_or_default();
    let letters = word.iter().all(u8::is_ascii_alphabetic);
    let half = [&b"am"[..], b"pm"]
        .iter()
        .any(|half| word.eq_ignore_ascii_case(half));
    match word {
        [] => false,
        [b'+' | b'-', digit, ..] => digit.is_ascii_digit(),
        _ if letters => {
            half || word.len() <= 5 && word.iter().all(u8::is_ascii_uppercase)
                || rest.ends_with(b"Time")
        }
        [first, ..] => {
            first.is_ascii_alphabetic()
                && (word.iter().any(|b| matches!(b, b'/' | b'+' | b'-')) || rest.ends_with(b"Time"))
        }
    }
}

/// `2025-03-04T01:02Z`.
fn without_seconds(text: &[u8]) -> Zoned {
    let (date, clock) = (text.get(..10)?, text.get(11..16)?);
    if text
        .get(16)
        .is_some_and(|b| matches!(b, b':' | b'0'..=b'9'))
    {
        return None;
    }
    let mut whole = [0; 19];
    whole[..10].copy_from_slice(date);
    whole[10] = text[10];
    whole[11..16].copy_from_slice(clock);
    whole[16..].copy_from_slice(b":00");
    let (time, _, _) = iso_zoned(&whole)?;
    let (east, end) = zone(text, 16);
    Some((shift(time, east)?, end, end > 16))
}

/// `20250304T010203Z`, ISO 8601 without signs.
fn basic(text: &[u8]) -> Zoned {
    if !matches!(text.get(8), Some(b'T' | b't')) {
        return None;
    }
    let (year, month, day) = (
        number(text, 0, 4)?,
        number(text, 4, 2)?,
        number(text, 6, 2)?,
    );
    let (h, m, s) = (
        number(text, 9, 2)?,
        number(text, 11, 2)?,
        number(text, 13, 2)?,
    );
    if h > 23 || m > 59 || s > 60 || text.get(15).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let (nanos, before) = fraction(text, 15);
    let (east, end) = zone(text, before);
    let second = h * 3600 + m * 60 + s;
    let time = from_civil(small(year)?, small(month)?, small(day)?, second, nanos)?;
    Some((shift(time, east)?, end, end > before))
}

/// `1.741046400e9`, seconds since 1970 as some programs write any number that is no whole one.
fn exponent(text: &[u8]) -> Option<Timestamp> {
    let (mantissa, power) = std::str::from_utf8(text).ok()?.split_once(['e', 'E'])?;
    let power = power
        .strip_prefix('+')
        .unwrap_or(power)
        .trim_start_matches('0');
    let (whole, parts) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    // Without a sign or more digits before the dot, the power says how many digits the seconds have.
    if whole.len() != 1 || power != "9" || !digits(whole) || !digits(parts) {
        return None;
    }
    let all = format!("{whole}{parts:0<9}");
    let (seconds, rest) = all.split_at_checked(10)?;
    let nanos = format!("{rest:0<9}");
    Timestamp::new(seconds.parse().ok()?, nanos.get(..9)?.parse().ok()?).ok()
}

fn month_name(text: &[u8]) -> Option<i8> {
    let letters: [u8; 3] = text.try_into().ok()?;
    let month = match &letters.map(|letter| letter.to_ascii_lowercase()) {
        b"jan" => 1,
        b"feb" => 2,
        b"mar" => 3,
        b"apr" => 4,
        b"may" => 5,
        b"jun" => 6,
        b"jul" => 7,
        b"aug" => 8,
        b"sep" => 9,
        b"oct" => 10,
        b"nov" => 11,
        b"dec" => 12,
        _ => return None,
    };
    Some(month)
}

#[cfg(test)]
mod tests {
    use super::{Bsd, any, bsd, leading, of_event, snort, value};

    #[test]
    fn the_zone_of_an_event_is_kept_to_or_nothing_is_said() {
        for (text, want) in [
            ("1770091506123", "2026-02-03T04:05:06.123Z"),
            ("Feb 03 2026 04:05:06", "2026-02-03T04:05:06Z"),
            ("Feb 03 2026 13:05:06.5 JST", "2026-02-03T04:05:06.5Z"),
            ("Feb 03 2026 13:05:06 GMT+09:00", "2026-02-03T04:05:06Z"),
            ("Feb 03 2026 13:05:06 +0900", "2026-02-03T04:05:06Z"),
            ("Feb 03 2026 13:05:06 PST", "none"),
            ("soon", "none"),
        ] {
            let got = match of_event(text.as_bytes()) {
                Some(Bsd::Full(time)) => time.to_string(),
                _ => "none".to_owned(),
            };
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn only_dates_of_the_calendar_are_taken() {
        for year in [-9999_i16, -4, 0, 1, 1900, 2000, 2023, 2024, 9999] {
            for month in -1..=14 {
                for day in -1..=33 {
                    let known = jiff::civil::Date::new(year, month, day)
                        .ok()
                        .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok())
                        .map(|zoned| zoned.timestamp());
                    let got = super::from_civil(year, month, day, 0, 0);
                    assert_eq!(got, known, "{year} {month} {day}");
                }
            }
        }
    }

    #[test]
    fn times_are_read_in_every_notation_logs_use() {
        for (text, want) in [
            ("2025-03-04T01:57:43Z", "2025-03-04T01:57:43Z"),
            (
                "2025-03-04T01:57:43.7181655Z",
                "2025-03-04T01:57:43.7181655Z",
            ),
            ("2025-03-04 10:57:43,5+09:00", "2025-03-04T01:57:43.5Z"),
            (
                "2025-03-04 01:57:43,2025-03-04 01:57:44,x",
                "2025-03-04T01:57:43Z",
            ),
            ("2025/03/04 01:57:43", "2025-03-04T01:57:43Z"),
            ("04-Mar-2025 01:57:43.718 x", "2025-03-04T01:57:43.718Z"),
            ("04/Mar/2025:01:57:43 +0000", "2025-03-04T01:57:43Z"),
            ("04/Mar/2025:10:57:43 +0900]", "2025-03-04T01:57:43Z"),
            ("1741053463.25", "2025-03-04T01:57:43.25Z"),
            ("1741053463000", "2025-03-04T01:57:43Z"),
            ("1741053463000000", "2025-03-04T01:57:43Z"),
            ("2024-02-29T23:59:59-00:30", "2024-03-01T00:29:59Z"),
            ("2025-02-29T00:00:00Z", "none"),
            ("2025-13-01T00:00:00Z", "none"),
            ("17410534630", "none"),
            ("1741053463abc", "none"),
            ("", "none"),
        ] {
            let got = any(text.as_bytes()).map_or("none".to_owned(), |(t, _)| t.to_string());
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn a_field_gives_the_right_time_or_none() {
        for (text, want) in [
            ("2025-03-04 01:02:03", "2025-03-04T01:02:03Z"),
            ("2025-03-04 01:02:03 JST", "2025-03-03T16:02:03Z"),
            ("2025-03-04T01:02:03.5JST", "2025-03-03T16:02:03.5Z"),
            ("2025-03-04 01:02:03 UTC", "2025-03-04T01:02:03Z"),
            ("2025-03-04 01:02:03 GMT", "2025-03-04T01:02:03Z"),
            ("2025-03-04 01:02:03 Z", "2025-03-04T01:02:03Z"),
            ("2025-03-04 01:02:03 UTC+09:00", "2025-03-03T16:02:03Z"),
            ("2025-03-04 01:02:03 +0900 JST", "2025-03-03T16:02:03Z"),
            (
                "2025-03-04T01:02:03+09:00[Asia/Tokyo]",
                "2025-03-03T16:02:03Z",
            ),
            (
                "2025-03-04 01:02:03 +0000 UTC m=+0.1",
                "2025-03-04T01:02:03Z",
            ),
            ("2025-03-04 01:02:03 by timer", "2025-03-04T01:02:03Z"),
            ("2025-03-04 01:02:03|x", "2025-03-04T01:02:03Z"),
            ("2025-03-04 01:02:03 EST", "none"),
            ("2025-03-04 01:02:03 PM", "none"),
            ("2025-03-04 01:02:03 pm", "none"),
            ("2025-03-04 01:02:03 Europe/Berlin", "none"),
            ("2025-03-04 01:02:03[Asia/Tokyo]", "none"),
            ("2025-03-04 01:02:03 (CET)", "none"),
            ("2025-03-04 01:02:03 W. Europe Standard Time", "none"),
            ("2025-03-04 01:02:03 Tokyo Standard Time", "none"),
            ("2025-03-04T01:02:03+99:00", "none"),
            ("2025-03-04T01:02:03 UTC+99", "none"),
            ("04/Mar/2025:01:02:03 +0900", "2025-03-03T16:02:03Z"),
            ("04/Mar/2025:01:02:03 CET", "none"),
            ("1.741046400e9", "2025-03-04T00:00:00Z"),
            ("1.7410464e+09", "2025-03-04T00:00:00Z"),
            ("1.7410464005E9", "2025-03-04T00:00:00.5Z"),
            ("1.7e3", "none"),
            ("1e-9", "none"),
            ("Tue, 04 Mar 2025 01:02:03 GMT", "2025-03-04T01:02:03Z"),
            ("Tue, 4 Mar 2025 01:02:03 +0900", "2025-03-03T16:02:03Z"),
            ("Tue, 04 Mar 2025 01:02:03 EST", "none"),
            ("2025-03-04T01:02Z", "2025-03-04T01:02:00Z"),
            ("2025-03-04T01:02+09:00", "2025-03-03T16:02:00Z"),
            ("2025-03-04 01:02", "2025-03-04T01:02:00Z"),
            ("2025-03-04T25:02Z", "none"),
            ("20250304T010203Z", "2025-03-04T01:02:03Z"),
            ("20250304T010203.25+0900", "2025-03-03T16:02:03.25Z"),
            ("20250304T250203Z", "none"),
            ("20250304T01020300", "none"),
            ("2025-03-04", "none"),
            ("", "none"),
        ] {
            let got = value(text.as_bytes()).map_or("none".to_owned(), |t| t.to_string());
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn a_line_in_a_named_zone_has_no_time_and_words_are_no_zones() {
        for (text, want) in [
            ("2025-03-04 01:02:03.5 CET [7] LOG: x", "none"),
            (
                "2025-03-04 01:02:03.5 JST [7] LOG: x",
                "2025-03-03T16:02:03.5Z",
            ),
            ("2025-03-04 01:02:03 ERROR x", "2025-03-04T01:02:03Z"),
            ("2025-03-04 01:02:03 ESTABLISHED x", "2025-03-04T01:02:03Z"),
            ("2025-03-04 01:02:03 JST-PC1 x", "2025-03-04T01:02:03Z"),
        ] {
            let got = leading(text.as_bytes()).map_or("none".to_owned(), |t| t.to_string());
            assert_eq!(got, want, "{text}");
        }
        let zeus = b"2025-03-04 01:02:03 zeus x";
        assert_eq!(any(zeus).map(|(_, end)| end), Some(19));
    }

    #[test]
    fn a_missing_year_stays_missing() {
        let year = |text: &str| match bsd(text.as_bytes()) {
            Some((Bsd::Full(time), _)) => time.to_string(),
            Some((Bsd::NoYear(t), _)) => format!("{}/{} {}", t.month, t.day, t.second),
            None => "none".to_owned(),
        };
        assert_eq!(year("Mar  4 01:00:06 FW"), "3/4 3606");
        assert_eq!(year("Mar 14 01:00:06.5 FW"), "3/14 3606");
        assert_eq!(year("Mar 04 2025 01:00:06: x"), "2025-03-04T01:00:06Z");
        assert_eq!(year("2025 Mar  4 01:00:06"), "2025-03-04T01:00:06Z");
        assert_eq!(year("Mar 44 01:00:06"), "none");
        assert!(matches!(
            snort(b"03/04-01:05:37.210"),
            Some((Bsd::NoYear(_), 18))
        ));
        assert!(matches!(
            snort(b"03/04/25-01:05:37.210"),
            Some((Bsd::Full(_), _))
        ));
    }
}

//! Numbers, times and long values as people read them. The same in every language.

use tegakari_model::{Hour, Timestamp};
use unicode_width::UnicodeWidthChar;

/// A count with thin groups of three: `1 234 567` (ISO 80000-1; no comma or point to mistake).
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) && digits.len() > 4 {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

/// A share of 0 to 1 as whole percent; what is neither nothing nor all never reads as 0 or 100.
pub(crate) fn percent(share: f64) -> String {
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let whole = (share * 100.0).round();
    if share > 0.0 && whole < 1.0 {
        "<1 %".to_owned()
    } else if share < 1.0 && whole > 99.0 {
        ">99 %".to_owned()
    } else {
        format!("{whole:.0} %")
    }
}

/// A factor with two significant digits: `×6.0`, `×0.25`, `×140`.
pub(crate) fn factor(x: f64) -> String {
    match x {
        x if !x.is_finite() || x < 0.0 => "×?".to_owned(),
        x if x >= 10.0 => format!("×{x:.0}"),
        x if x >= 1.0 => format!("×{x:.1}"),
        x if x >= 0.01 => format!("×{x:.2}"),
        x => format!("×{x:.4}"),
    }
}

/// Bytes in decimal units: `4.1 GB`.
#[allow(
    clippy::cast_precision_loss,
    reason = "one digit after the point is shown"
)]
pub(crate) fn bytes(n: u64) -> String {
    let mut value = n as f64;
    for unit in ["B", "kB", "MB", "GB", "TB"] {
        if value < 999.5 {
            return if unit == "B" {
                format!("{n} B")
            } else {
                format!("{value:.1} {unit}")
            };
        }
        value /= 1000.0;
    }
    format!("{value:.1} PB")
}

/// A moment to the second: `2026-03-02 08:10:01Z`.
pub(crate) fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A moment to the minute, for tables: `2026-03-02 08:10Z`.
pub(crate) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// A day: `2026-03-02`.
pub(crate) fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// From the first to the last moment of something, without saying the same day twice.
pub(crate) fn span(first: Option<Timestamp>, last: Option<Timestamp>) -> Option<String> {
    match (first, last) {
        (Some(a), Some(b)) if minute(a) == minute(b) => Some(minute(a)),
        (Some(a), Some(b)) if day(a) == day(b) => Some(format!(
            "{} {} → {}Z",
            day(a),
            a.strftime("%H:%M"),
            b.strftime("%H:%M")
        )),
        (Some(a), Some(b)) => Some(format!(
            "{} → {}Z",
            a.strftime("%Y-%m-%d %H:%M"),
            b.strftime("%m-%d %H:%M")
        ))
        .filter(|_| a.strftime("%Y").to_string() == b.strftime("%Y").to_string())
        .or_else(|| Some(format!("{} → {}", minute(a), minute(b)))),
        (Some(a), None) | (None, Some(a)) => Some(minute(a)),
        (None, None) => None,
    }
}

/// The start of an hour as day or as day and hour.
pub(crate) fn hour(hour: Hour, with_clock: bool) -> String {
    let format = if with_clock { "%m-%d %H:%M" } else { "%m-%d" };
    hour.start()
        .map(|t| t.strftime(format).to_string())
        .unwrap_or_default()
}

/// Width of a character on a terminal: 2 for East Asian wide ones, 0 for combining ones.
pub(crate) fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Width of a text on a terminal.
///
/// The sum over its characters, never less than a terminal that joins them would use.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Cuts at the end, between characters, so that the text is at most `max` wide.
pub(crate) fn clip(text: &str, max: usize, dots: &str) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(width(dots));
    let mut out = front(text, room);
    if width(&out) + width(dots) <= max {
        out.push_str(dots);
    }
    out
}

/// Cuts in the middle, between characters: the ends of hashes and paths tell most.
pub(crate) fn clip_middle(text: &str, max: usize, dots: &str) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(width(dots));
    let head = front(text, room.div_ceil(2));
    let mut used = width(&head);
    let mut tail: Vec<char> = Vec::new();
    for c in text.chars().rev() {
        used += char_width(c);
        if used > room {
            break;
        }
        tail.push(c);
    }
    if room == 0 {
        return clip(text, max, "");
    }
    head + dots + &tail.into_iter().rev().collect::<String>()
}

/// The longest beginning that is at most `max` wide.
pub(crate) fn front(text: &str, max: usize) -> String {
    let mut used = 0;
    text.chars()
        .take_while(|c| {
            used += char_width(*c);
            used <= max
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_never_round_to_certainty() {
        for (share, want) in [
            (0.0, "0 %"),
            (0.001, "<1 %"),
            (0.614, "61 %"),
            (0.996, ">99 %"),
            (1.0, "100 %"),
            (f64::NAN, "0 %"),
        ] {
            assert_eq!(percent(share), want);
        }
    }

    #[test]
    fn cuts_never_split_a_character() {
        for max in 0..20 {
            for text in [
                "情報窃取マルウェア",
                "a情b報c",
                "plain text here",
                "e\u{301}e\u{301}",
            ] {
                assert!(width(&clip(text, max, "…")) <= max, "{text} {max}");
                assert!(width(&clip_middle(text, max, "…")) <= max, "{text} {max}");
            }
        }
        assert_eq!(clip_middle("0123456789abcdef", 9, "…"), "0123…cdef");
    }

    #[test]
    fn spans_say_the_day_once() {
        let t = |s: &str| Some(s.parse().unwrap());
        for (a, b, want) in [
            (
                t("2026-03-02T08:10:01Z"),
                t("2026-03-02T08:10:44Z"),
                Some("2026-03-02 08:10Z"),
            ),
            (
                t("2026-03-02T08:10:01Z"),
                t("2026-03-02T09:10:44Z"),
                Some("2026-03-02 08:10 → 09:10Z"),
            ),
            (
                t("2026-03-02T08:10:01Z"),
                t("2026-03-05T09:10:44Z"),
                Some("2026-03-02 08:10 → 03-05 09:10Z"),
            ),
            (
                t("2025-12-31T08:10:01Z"),
                t("2026-01-05T09:10:44Z"),
                Some("2025-12-31 08:10Z → 2026-01-05 09:10Z"),
            ),
            (None, None, None),
        ] {
            assert_eq!(span(a, b).as_deref(), want);
        }
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(999), "999");
        assert_eq!(count(1234), "1234");
        assert_eq!(count(1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!(bytes(4_100_000_000), "4.1 GB");
        assert_eq!(factor(0.25), "×0.25");
    }
}

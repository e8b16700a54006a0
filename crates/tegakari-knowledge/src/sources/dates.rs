//! Dates as sources write them, kept as exact as they are.

/// The day of an RFC 3339 time (`2025-11-04T…`); empty when it does not start with one.
pub(crate) fn day_of(time: &str) -> String {
    match time.get(..10) {
        Some(day) if is_day(day) => day.to_owned(),
        _ => String::new(),
    }
}

/// Whether a text is a day (`2025-11-04`).
pub(crate) fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        })
}

/// Whether a text is a year, a month or a day that the calendar has (`2025`, `2025-11`, `2025-11-04`).
pub(crate) fn is_date(text: &str) -> bool {
    let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
    let number = |part: &str| part.parse::<u16>().unwrap_or(0);
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [year] => digits(year, 4),
        [year, month] => digits(year, 4) && digits(month, 2) && (1..=12).contains(&number(month)),
        [year, month, day] => {
            digits(year, 4)
                && digits(month, 2)
                && digits(day, 2)
                && (1..=days_of(number(year), number(month))).contains(&number(day))
        }
        _ => false,
    }
}

/// Days of a month; none of a month that there is not.
fn days_of(year: u16, month: u16) -> u16 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The date in the first brackets of a citation that hold a year: `(2015, March 30)` is `2015-03-30`,
/// `(2014, June)` is `2014-06`, `(2021)` is `2021`; empty for `(n.d.)` and the like.
pub(crate) fn published_in(citation: &str) -> String {
    for part in citation.split('(').skip(1) {
        let Some((inside, _)) = part.split_once(')') else {
            continue;
        };
        let mut words = inside
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty());
        let Some(year) = words.next().filter(|w| is_year(w)) else {
            continue;
        };
        let month = words.next().and_then(|word| {
            let start = word.get(..3)?.to_ascii_lowercase();
            MONTHS.iter().position(|m| *m == start)
        });
        let Some(month) = month else {
            return year.to_owned();
        };
        let month = month + 1;
        return match words.next().and_then(|w| w.parse::<u8>().ok()) {
            Some(day @ 1..=31) => format!("{year}-{month:02}-{day:02}"),
            _ => format!("{year}-{month:02}"),
        };
    }
    String::new()
}

fn is_year(word: &str) -> bool {
    word.len() == 4
        && (word.starts_with("19") || word.starts_with("20"))
        && word.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{day_of, is_date, published_in};

    #[test]
    fn dates_keep_their_exactness() {
        for (text, want) in [
            (
                "Doe, J. (2015, March 30). A title. Retrieved May 1, 2019.",
                "2015-03-30",
            ),
            ("Doe (Jr). (2014, June). X", "2014-06"),
            ("ACME. (2021). X", "2021"),
            ("ACME. (n.d.). X. Retrieved January 1, 2020.", ""),
            ("ACME (2020, 日本). X", "2020"),
            ("", ""),
        ] {
            assert_eq!(published_in(text), want, "{text}");
        }
        assert_eq!(day_of("2025-11-04T01:02:03Z"), "2025-11-04");
        assert_eq!(day_of("yesterday"), "");
    }

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for text in ["2026", "2026-03", "2026-03-31", "2024-02-29", "2000-02-29"] {
            assert!(is_date(text), "{text}");
        }
        for text in [
            "",
            "26",
            "2026-13",
            "2026-00",
            "2026-13-45",
            "2026-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-03-00",
            "2026-3-1",
            "2026-03-01-",
            "yesterday",
            "２０２６",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }
}

//! What zone times are of that say none, as a person knows it.

use jiff::tz::{Offset, TimeZone};
use tegakari_model::Timestamp;

/// A zone.
#[derive(Debug, Clone)]
pub(crate) struct Zone(TimeZone);

/// The zone of files whose times say none.
#[derive(Debug, Clone)]
pub struct ZoneOf {
    /// A file, folder or pattern (`*` for any text, `?` for a character) of names as they are cited.
    pattern: String,
    pub(crate) zone: Zone,
    /// As it was typed.
    text: String,
}

/// A zone is never farther from UTC, in seconds.
const FARTHEST: i32 = 18 * 3600;

impl Zone {
    /// What a time that was read as UTC is in truth.
    pub(crate) fn to_utc(&self, time: Timestamp) -> Timestamp {
        let local = Offset::UTC.to_datetime(time);
        self.0.to_timestamp(local).unwrap_or(time)
    }
}

impl ZoneOf {
    /// Reads a fixed distance from UTC (`+09:00`, `-0330`, `Z`, `UTC`); `None` for anything else.
    pub fn fixed(pattern: &str, zone: &str) -> Option<Self> {
        let of = |seconds: i32| Offset::from_seconds(seconds).ok().map(TimeZone::fixed);
        let found = if matches!(zone, "Z" | "z" | "UTC" | "utc") {
            of(0)?
        } else {
            let sign = match zone.as_bytes().first()? {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let digits: String = zone.get(1..)?.replacen(':', "", 1);
            if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
                return None;
            }
            let hours: i32 = digits.get(..2)?.parse().ok()?;
            let minutes: i32 = digits
                .get(2..)
                .filter(|m| !m.is_empty())
                .unwrap_or("0")
                .parse()
                .ok()?;
            let seconds = hours * 3600 + minutes * 60;
            if minutes > 59 || seconds > FARTHEST {
                return None;
            }
            of(sign * seconds)?
        };
        Some(Self::new(pattern, zone, found))
    }

    /// A zone by its name (`Asia/Tokyo`), from the bytes of its file in the time zone database; `None` when they are
    /// none of it.
    pub fn named(pattern: &str, zone: &str, tzif: &[u8]) -> Option<Self> {
        let found = TimeZone::tzif(zone, tzif).ok()?;
        Some(Self::new(pattern, zone, found))
    }

    fn new(pattern: &str, text: &str, zone: TimeZone) -> Self {
        Self {
            pattern: pattern.replace('\\', "/").trim_end_matches('/').to_owned(),
            zone: Zone(zone),
            text: text.to_owned(),
        }
    }

    /// What tells it from others.
    pub fn mark(&self) -> String {
        format!("{}={}", self.pattern, self.text)
    }

    /// Whether it is for a file: by its whole name, one of the folders around it, or its last part.
    pub(crate) fn is_of(&self, file: &str) -> bool {
        let file = file.replace('\\', "/");
        let pattern = self.pattern.as_str();
        let below = || {
            file.match_indices(['/', '!'])
                .any(|(at, _)| matches(pattern, &file[..at]))
        };
        // Of a member of an archive the archive has a name as well.
        let last = || {
            file.split('!').any(|part| {
                let name = part.rsplit('/').next().unwrap_or(part);
                matches(pattern, name)
            })
        };
        matches(pattern, &file) || last() || below()
    }
}

/// Whether a text is of a pattern. Takes no more steps than their lengths multiplied.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(one) if *one == b'?' || *one == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    (p, t) = (after, from + 1);
                    star = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

#[cfg(test)]
mod tests {
    use super::ZoneOf;

    #[test]
    fn a_zone_is_for_a_file_a_folder_or_a_pattern() {
        for (pattern, file, want) in [
            ("dns.csv", "logs/dns.csv", true),
            ("logs/*.csv", "logs/dns.csv", true),
            ("logs", "logs/a/b.csv", true),
            ("old.zip", "logs/old.zip!b.csv", true),
            ("*", "a", true),
            ("d?s.csv", "dns.csv", true),
            ("log", "logs/dns.csv", false),
            ("dns", "logs/dns.csv", false),
            ("", "logs/dns.csv", false),
        ] {
            let zone = ZoneOf::fixed(pattern, "+09:00").unwrap();
            assert_eq!(zone.is_of(file), want, "{pattern} {file}");
        }
    }

    #[test]
    fn times_are_moved_to_where_they_are_in_truth() {
        let at = |zone: &str| {
            let time = "2025-03-04T10:00:00Z".parse().unwrap();
            ZoneOf::fixed("*", zone).map(|one| one.zone.to_utc(time).to_string())
        };
        assert_eq!(at("+09:00").as_deref(), Some("2025-03-04T01:00:00Z"));
        assert_eq!(at("-0330").as_deref(), Some("2025-03-04T13:30:00Z"));
        assert_eq!(at("UTC").as_deref(), Some("2025-03-04T10:00:00Z"));
        assert_eq!(at("+05").as_deref(), Some("2025-03-04T05:00:00Z"));
        for bad in ["Tokyo", "+25:00", "+09:75", "9", "+", "+1:00:00", ""] {
            assert!(at(bad).is_none(), "{bad}");
        }
        assert!(ZoneOf::named("*", "A/B", b"no zone").is_none());
    }
}

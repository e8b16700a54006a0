//! What is stated and never weighed: hours of activity, names of bait, scripts that names are written in.
//!
//! All of them are easily faked or follow from the victim, and no source here records any actor's hours or languages
//! as a habit, so that there is nothing to weigh them against.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{
    Disposition, EvidenceKind, Finding, Mention, ObservableKind, Script, Timestamp, Vertex,
};

use super::grading::{Fact, Places};
use super::{Collector, Family, Item, Subject};

/// Hours of a working day with its break.
const DAY: u8 = 9;
/// Fewer hours of activity than this, or days, show no habit.
const HOURS_AT_LEAST: u32 = 12;
const DAYS_AT_LEAST: usize = 3;
/// Part of the activity that nine hours must hold to be a working day. Spread evenly they hold 38 %.
const CROWDED: f64 = 0.7;
/// Names of one kind that are kept.
const KEPT: usize = 5;
/// Endings of documents and containers that bait comes as.
const BAIT: [&str; 22] = [
    "doc", "docx", "docm", "xls", "xlsx", "xlsm", "ppt", "pptx", "pdf", "rtf", "hwp", "hwpx",
    "jtd", "jtt", "lnk", "iso", "img", "vhd", "one", "chm", "eml", "msg",
];

impl Collector<'_> {
    pub(super) fn stated(&self) -> Vec<Item> {
        let mut items: Vec<Item> = self.hours().into_iter().collect();
        items.extend(self.names());
        items
    }

    fn state(&self, kind: EvidenceKind, vertex: Vertex, places: Places) -> Option<Item> {
        self.grade(Fact {
            kind,
            vertex,
            family: Family::Stated,
            subject: Subject::Stated,
            forgeability: 0.9,
            places,
            seen: Vec::new(),
        })
    }

    /// When our own logs saw the attacker.
    fn hours(&self) -> Option<Item> {
        let mut active: BTreeSet<(&str, i64)> = BTreeSet::new();
        let mut cited = Vec::new();
        for one in self.case.hunt.into_iter().flat_map(|hunt| &hunt.findings) {
            let Finding::Seen { sightings, .. } = &one.finding else {
                continue;
            };
            for sighting in sightings {
                let asset = sighting.asset.as_deref().unwrap_or_default();
                let examples = sighting.examples.iter().filter_map(|e| e.time);
                let times = sighting.first.into_iter().chain(sighting.last);
                active.extend(times.chain(examples).map(|t| (asset, hour(t))));
                if cited.len() < KEPT {
                    cited.extend(sighting.examples.first().cloned());
                }
            }
        }
        let kind = working_hours(&active.iter().map(|(_, hour)| *hour).collect::<Vec<_>>())?;
        let mut item = self.state(kind, Vertex::Adversary, Places::default())?;
        item.evidence.observed = cited;
        Some(item)
    }

    /// Names of bait, and names in scripts other than Latin.
    fn names(&self) -> Vec<Item> {
        let mut lures: BTreeMap<&str, Places> = BTreeMap::new();
        let mut written: BTreeMap<&str, (Script, Places)> = BTreeMap::new();
        for (index, report) in self.case.reports.iter().enumerate() {
            for mention in &report.mentions {
                if mention.disposition != Disposition::Ioc {
                    continue;
                }
                let value = mention.observable.value();
                if is_bait(mention) {
                    let places = lures.entry(value).or_default();
                    self.add(places, index, &mention.citations, true);
                }
                let named = matches!(
                    mention.observable.kind(),
                    ObservableKind::FileName | ObservableKind::Mutex
                );
                if let Some(script) = script(value).filter(|_| named) {
                    let (_, places) = written
                        .entry(value)
                        .or_insert_with(|| (script, Places::default()));
                    self.add(places, index, &mention.citations, true);
                }
            }
        }
        let lures = lures.into_iter().take(KEPT).filter_map(|(name, places)| {
            let name = name.to_owned();
            self.state(EvidenceKind::Lure { name }, Vertex::Victim, places)
        });
        let written = written
            .into_iter()
            .take(KEPT)
            .filter_map(|(text, (script, places))| {
                let text = text.to_owned();
                let kind = EvidenceKind::Writing { script, text };
                self.state(kind, Vertex::Adversary, places)
            });
        lures.chain(written).collect()
    }
}

fn hour(time: Timestamp) -> i64 {
    time.as_second().div_euclid(3600)
}

/// The nine hours of the day with most activity; `None` when there is too little or no such hours.
fn working_hours(active: &[i64]) -> Option<EvidenceKind> {
    let counted = u32::try_from(active.len()).unwrap_or(u32::MAX);
    let days: BTreeSet<i64> = active.iter().map(|hour| hour.div_euclid(24)).collect();
    if counted < HOURS_AT_LEAST || days.len() < DAYS_AT_LEAST {
        return None;
    }
    let mut of_day = [0_u32; 24];
    for hour in active {
        let hour = usize::try_from(hour.rem_euclid(24)).unwrap_or(0);
        if let Some(count) = of_day.get_mut(hour) {
            *count = count.saturating_add(1);
        }
    }
    let sum = |from: u8| -> u32 {
        let hours = from..from + DAY;
        hours.map(|h| of_day[usize::from(h % 24)]).sum()
    };
    let inside = (0..24).map(sum).max()?;
    if f64::from(inside) < CROWDED * f64::from(counted) {
        return None;
    }
    let best: Vec<u8> = (0..24).filter(|from| sum(*from) == inside).collect();
    let mut offsets: Vec<i8> = best
        .iter()
        .map(|from| {
            // Nine o'clock there, as hours from UTC within the zones in use (−11 to +12).
            let offset = 9 - i8::try_from(*from).unwrap_or(0);
            if offset < -11 { offset + 24 } else { offset }
        })
        .collect();
    offsets.sort_unstable();
    Some(EvidenceKind::WorkingHours {
        from: *best.first()?,
        counted,
        inside,
        days: u32::try_from(days.len()).unwrap_or(u32::MAX),
        offsets,
    })
}

fn is_bait(mention: &Mention) -> bool {
    if mention.observable.kind() != ObservableKind::FileName {
        return false;
    }
    let ending = mention.observable.value().rsplit_once('.');
    ending.is_some_and(|(name, ending)| {
        !name.is_empty() && BAIT.contains(&ending.to_ascii_lowercase().as_str())
    })
}

/// The script of the first letter that is not Latin; kana anywhere make it Japanese.
fn script(text: &str) -> Option<Script> {
    let of = |c: char| match u32::from(c) {
        0x0400..=0x052F => Some(Script::Cyrillic),
        0x0590..=0x05FF => Some(Script::Hebrew),
        0x0600..=0x06FF | 0x0750..=0x077F => Some(Script::Arabic),
        0x0900..=0x097F => Some(Script::Devanagari),
        0x0E00..=0x0E7F => Some(Script::Thai),
        0x1100..=0x11FF | 0xAC00..=0xD7A3 => Some(Script::Hangul),
        0x3041..=0x30FF => Some(Script::Kana),
        0x3400..=0x4DBF | 0x4E00..=0x9FFF => Some(Script::Han),
        _ => None,
    };
    if text.chars().any(|c| of(c) == Some(Script::Kana)) {
        return Some(Script::Kana);
    }
    text.chars().find_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_crowded_hours_are_a_working_day_and_anything_else_is_not() {
        // Five days, one to five UTC: nine to six at +8, or a little east or west of it.
        let office: Vec<i64> = (0..5)
            .flat_map(|day| (1..10).map(move |h| day * 24 + h))
            .collect();
        let Some(EvidenceKind::WorkingHours {
            from,
            counted,
            inside,
            days,
            offsets,
        }) = working_hours(&office)
        else {
            panic!("no hours");
        };
        assert_eq!((from, counted, inside, days), (1, 45, 45, 5));
        assert_eq!(offsets, [8]);
        // Round the clock, on one day only, or too little: no habit.
        assert_eq!(working_hours(&(0..240).collect::<Vec<_>>()), None);
        assert_eq!(working_hours(&(0..9).collect::<Vec<_>>()), None);
        assert_eq!(working_hours(&[1, 25, 49]), None);
        // Over midnight.
        let night: Vec<i64> = (0..5)
            .flat_map(|day| (20..29).map(move |h| day * 24 + h))
            .collect();
        assert!(matches!(
            working_hours(&night),
            Some(EvidenceKind::WorkingHours { from: 20, .. })
        ));
    }

    #[test]
    fn scripts_are_told_apart() {
        for (text, want) in [
            ("invoice.doc", None),
            ("счет.doc", Some(Script::Cyrillic)),
            ("請求書.pdf", Some(Script::Han)),
            ("請求のお知らせ.pdf", Some(Script::Kana)),
            ("송장.hwp", Some(Script::Hangul)),
            ("café.exe", None),
        ] {
            assert_eq!(script(text), want, "{text}");
        }
    }
}

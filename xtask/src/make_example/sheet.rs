//! Collects the records of all files, and notes which of them hold an indicator.

use std::collections::BTreeMap;

use tegakari_model::{ObservableKind, Timestamp};

use super::endpoint::NUMBER;

/// A moment of the day, in milliseconds since 1970.
pub(super) type Moment = i64;

/// 2026-03-12T00:00:00Z, a Thursday: nine in the morning in Japan.
const MIDNIGHT: Moment = 1_773_273_600_000;

/// Hours of UTC that the logs cover, from midnight.
pub(super) const HOURS: i64 = 10;

/// A moment of the day.
pub(super) fn at(hour: i64, minute: i64, second: i64, milli: i64) -> Moment {
    MIDNIGHT + ((hour * 60 + minute) * 60 + second) * 1000 + milli
}

/// A moment in a format of `strftime`.
pub(super) fn show(moment: Moment, format: &str) -> String {
    Timestamp::from_millisecond(moment)
        .map(|time| time.strftime(format).to_string())
        .unwrap_or_default()
}

/// The moment in microseconds, as exact as Zeek writes it. The last three digits come from the moment.
pub(super) fn micros(moment: Moment) -> i64 {
    moment * 1000 + moment * 7 % 1000
}

/// A record in a file holds an indicator about a machine.
pub(super) struct Note {
    pub(super) kind: ObservableKind,
    pub(super) value: &'static str,
    pub(super) asset: &'static str,
    /// The time in the record, in microseconds.
    pub(super) time: i64,
    pub(super) file: String,
}

/// All files of the example.
#[derive(Default)]
pub(super) struct Sheet {
    files: BTreeMap<String, Vec<(Moment, String)>>,
    notes: Vec<Note>,
}

/// Where a record goes and when it is.
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) moment: Moment,
}

impl Sheet {
    /// Adds a record.
    pub(super) fn add(&mut self, file: &str, moment: Moment, record: String) {
        self.files
            .entry(file.to_owned())
            .or_default()
            .push((moment, record));
    }

    /// Notes that the record at a place holds these indicators about a machine.
    pub(super) fn note(
        &mut self,
        place: &Place<'_>,
        asset: &'static str,
        values: &[(ObservableKind, &'static str)],
    ) {
        // Zeek has microseconds; the firewall and the shell have seconds only.
        let time = match place.file {
            file if file.starts_with("zeek-core/") => micros(place.moment),
            file if file.ends_with("asa.log") || file.ends_with("history") => {
                place.moment / 1000 * 1_000_000
            }
            _ => place.moment * 1000,
        };
        for &(kind, value) in values {
            let file = format!("logs/{}", place.file);
            self.notes.push(Note {
                kind,
                value,
                asset,
                time,
                file,
            });
        }
    }

    pub(super) fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The files with their records in order of time.
    pub(super) fn into_files(self) -> impl Iterator<Item = (String, String)> {
        self.files.into_iter().map(|(name, mut records)| {
            records.sort_by_key(|(moment, _)| *moment);
            let lines: String = records
                .into_iter()
                .zip(FIRST_NUMBER..)
                .map(|((_, record), number)| record.replace(NUMBER, &number.to_string()) + "\n")
                .collect();
            let text = frame(&name, lines);
            (name, text)
        })
    }
}

/// The number of the first event of a log, of which there were others before that day.
const FIRST_NUMBER: u64 = 1_173_056;

/// What stands before the first and after the last record of a file.
fn frame(name: &str, lines: String) -> String {
    if name.ends_with("sysmon.xml") {
        return format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Events>\n{lines}</Events>\n");
    }
    if name.ends_with("dns.log.gz") {
        return format!(
            "{}{lines}#close\t2026-03-12-10-00-00\n",
            super::zeek::dns_header()
        );
    }
    lines
}

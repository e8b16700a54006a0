//! Log formats that can be hunted in.
//!
//! To add one: write `my_format.rs` here, add its `mod` line and its line in [`ALL`], and put a
//! sample in `testdata/<id>/`. Nothing else changes: the command line, the manual and visibility
//! read this list.

pub(crate) mod csv_fields;
pub(crate) mod json_walk;
pub(crate) mod request_line;
pub(crate) mod security_event;
pub(crate) mod windows_event;
pub(crate) mod zeek;

mod access_log;
mod auditd;
mod aws_elb;
mod bind;
mod cef;
mod cisco_asa;
mod csv_table;
mod dnsmasq;
mod ecar;
mod haproxy;
mod journal_export;
mod json_lines;
mod leef;
mod mail;
mod netflow;
mod nfdump;
mod pcap;
mod plain;
mod shell_history;
mod snort_fast;
mod sqlite;
mod squid;
mod suricata_eve;
mod syslog;
mod w3c;
mod windows_dns;
mod windows_xml;
mod zeek_json;
mod zeek_tsv;

pub(crate) use auditd::auditd_fields;
use tegakari_model::Telemetry;

use crate::Event;
pub use crate::cuts::{Columns, Cutter};
use crate::fields::Fields;
use crate::resume::State;
use crate::years::YearClock;

/// How sure a format is that a text is its own. The surest wins; among equals the first of [`ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sniff {
    /// Not this format.
    No,
    /// Could be, when nothing better is found.
    Weak,
    /// Looks like it.
    Likely,
    /// Has the marks of this very format.
    Certain,
}

/// The next record in a text that starts where a record starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// `bytes[..end]` is a record, and the next one begins at `next`.
    Record {
        /// End of the record without its line end.
        end: usize,
        /// Start of the next one.
        next: usize,
    },
    /// No record ends in these bytes.
    More,
}

/// Text that was decoded from a part of a record.
#[derive(Debug, Default)]
pub struct Decoded {
    /// The text.
    pub text: Vec<u8>,
    /// Where pieces of it begin, and the place in the record that each came from; in order.
    pub origins: Vec<(usize, usize)>,
}

impl Decoded {
    /// The place in the record from which the byte at `at` came.
    pub fn origin(&self, at: usize) -> usize {
        let index = self.origins.partition_point(|(start, _)| *start <= at);
        index
            .checked_sub(1)
            .and_then(|i| self.origins.get(i))
            .map_or(0, |(_, origin)| *origin)
    }
}

/// A kind of log.
pub trait LogFormat: Sync {
    /// Stable id, stored with every sighting.
    fn id(&self) -> &'static str;
    /// One sentence for `tegakari formats`, with where the format is specified.
    fn about(&self) -> &'static str;
    /// Telemetry that records of this format can carry.
    fn shows(&self) -> &'static [Telemetry];
    /// Whether a (decoded) text that starts with `head` is of this format. Never asks for the name.
    fn sniff(&self, head: &[u8]) -> Sniff;
    /// A reader for one file of it. `years` fills in the year where records have none.
    fn reader(&self, years: YearClock) -> Box<dyn RecordReader>;
}

/// Reads the records of one file in their order. Must not panic on any bytes.
pub trait RecordReader {
    /// Where the record at the start of `bytes` ends. `last` says that nothing follows `bytes`.
    fn frame(&mut self, bytes: &[u8], last: bool) -> Frame {
        line_frame(bytes, last)
    }

    /// Whether all of `bytes` is cut by [`line_frame`], a record a line: a whole block is then cut in one
    /// pass. A format that says so leaves `frame` as it is here.
    fn by_line(&mut self, bytes: &[u8]) -> bool {
        let _ = bytes;
        false
    }

    /// What cuts records into columns, when each line is one and [`read_columns`](Self::read_columns) wants to know
    /// where they end. `bytes` is the text that is cut next; where quotes go over a line end, it is cut by `frame`.
    fn cutter(&mut self, bytes: &[u8]) -> Option<Cutter> {
        let _ = bytes;
        None
    }

    /// Where the next record starts after one that is too long to be held whole, of which `bytes` is a
    /// further piece.
    fn resume(&mut self, bytes: &[u8]) -> Option<usize> {
        memchr::memchr(b'\n', bytes).map(|at| at + 1)
    }

    /// Whether host and path of a request stand in different fields, so that a URL must be joined.
    fn joins(&self) -> bool {
        false
    }

    /// Whether [`decoded`](Self::decoded) has something to say of formats with a record a line, too.
    fn decodes_lines(&self) -> bool {
        false
    }

    /// Whether records are JSON from elsewhere, in which any character may be escaped: [`read`](Self::read) is then
    /// given them [without escapes](json_walk::without_escapes) that need not be.
    fn is_json(&self) -> bool {
        false
    }

    /// Gives `each` what stands in a record in a transfer encoding, which a search of its bytes cannot find.
    fn decoded(&self, record: &[u8], each: &mut dyn FnMut(&Decoded)) {
        let _ = (record, each);
    }

    /// Whether the place `at` of a record is in a column whose name, in the first line of the file, says that it
    /// holds versions: numbers in it are no addresses.
    fn is_version(&self, record: &[u8], at: usize) -> bool {
        let _ = (record, at);
        false
    }

    /// What must be known to read on from the end of a record in a later run; `None` when the file must be read from
    /// its start again, as what it began with matters (names of columns), or records are not cut alike.
    fn state(&self) -> Option<State> {
        None
    }

    /// What one record says.
    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>);

    /// The fields of a record by the names that rules of behaviour use, and what kind of record it is. Asked after `read`,
    /// which has said what it is about, and only where there are rules.
    #[doc(hidden)]
    fn fields<'r>(&self, record: &'r [u8], event: &Event<'r>, fields: &mut Fields<'r>) {
        let _ = event;
        fields.set_text(record);
    }

    /// The same, of a record whose columns were found. Says exactly what `read` says.
    fn read_columns<'r>(&mut self, record: &'r [u8], columns: &Columns<'_>, event: &mut Event<'r>) {
        let _ = columns;
        self.read(record, event);
    }
}

/// A record a line.
pub(crate) fn line_frame(bytes: &[u8], last: bool) -> Frame {
    match memchr::memchr(b'\n', bytes) {
        Some(at) => Frame::Record {
            end: if at > 0 && bytes[at - 1] == b'\r' {
                at - 1
            } else {
                at
            },
            next: at + 1,
        },
        None if last && !bytes.is_empty() => Frame::Record {
            end: bytes.len(),
            next: bytes.len(),
        },
        None => Frame::More,
    }
}

/// The lines of `bytes` as records, in places counted from `base`; gives where what is left begins.
pub(crate) fn line_frames(
    bytes: &[u8],
    base: usize,
    last: bool,
    frames: &mut Vec<(usize, usize)>,
) -> usize {
    let mut at = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        let blank = end > at && bytes[end - 1] == b'\r';
        frames.push((base + at, base + end - usize::from(blank)));
        at = end + 1;
    }
    if last && at < bytes.len() {
        frames.push((base + at, base + bytes.len()));
        at = bytes.len();
    }
    at
}

/// The first lines of a text that are not blank, without a last one that may be cut.
pub(crate) fn head_lines(head: &[u8], most: usize) -> Vec<&[u8]> {
    let whole = match memchr::memrchr(b'\n', head) {
        Some(at) => &head[..at],
        None => head,
    };
    whole
        .split(|&b| b == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .take(most)
        .collect()
}

/// How many of the first lines pass a test, as a judgement: all but a few must.
pub(crate) fn sniff_lines(head: &[u8], sure: Sniff, test: impl Fn(&[u8]) -> bool) -> Sniff {
    let lines = head_lines(head, 40);
    let good = lines.iter().filter(|line| test(line)).count();
    if !lines.is_empty() && good * 5 >= lines.len() * 4 {
        sure
    } else if good * 2 >= lines.len() && good > 0 {
        Sniff::Weak
    } else {
        Sniff::No
    }
}

/// Every format, most specific first.
pub const ALL: &[&dyn LogFormat] = &[
    &mail::Mail,
    &windows_xml::WindowsXml,
    &pcap::Pcap,
    &netflow::NetFlow,
    &sqlite::Sqlite,
    &w3c::W3c,
    &journal_export::JournalExport,
    &zeek_tsv::ZeekTsv,
    &zeek_json::ZeekJson,
    &suricata_eve::SuricataEve,
    &ecar::Ecar,
    &auditd::Auditd,
    &cef::Cef,
    &leef::Leef,
    &windows_dns::WindowsDns,
    &bind::Bind,
    &dnsmasq::Dnsmasq,
    &haproxy::HaProxy,
    &aws_elb::AwsElb,
    &cisco_asa::CiscoAsa,
    &snort_fast::SnortFast,
    &nfdump::NfDump,
    &squid::Squid,
    &access_log::Proxy,
    &access_log::Web,
    &syslog::Syslog,
    &json_lines::JsonLines,
    &csv_table::CsvTable,
    &shell_history::ShellHistory,
    &plain::Plain,
];

/// The format of a text that starts with `head`. Every text has one: plain text takes the rest.
pub fn sniff(head: &[u8]) -> &'static dyn LogFormat {
    let mut best: (&'static dyn LogFormat, Sniff) = (&plain::Plain, Sniff::No);
    for &format in ALL {
        let sure = format.sniff(head);
        if sure > best.1 {
            best = (format, sure);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::{ALL, Frame};
    use crate::Event;
    use crate::cuts::Cuts;
    use crate::years::YearClock;
    use proptest::prelude::*;
    use tegakari_model::TimeRange;

    const SAMPLES: [(&str, &[u8]); 4] = [
        (
            "zeek-tsv",
            include_bytes!("../../testdata/zeek-tsv/dns.log"),
        ),
        ("squid", include_bytes!("../../testdata/squid/access.log")),
        ("csv", include_bytes!("../../testdata/csv/firewall.csv")),
        ("csv", include_bytes!("../../testdata/csv/nfdump.csv")),
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn a_record_says_the_same_by_its_columns_and_by_itself(
            sample in 0usize..4,
            turns in 1usize..4,
            changes in proptest::collection::vec(
                (
                    any::<prop::sample::Index>(),
                    prop_oneof![
                        8 => proptest::sample::select(b"\t ,;\"\n\r#-.:/90ax".to_vec()),
                        1 => any::<u8>(),
                    ],
                    0u8..3,
                ),
                0..8,
            ),
        ) {
            let (id, bytes) = SAMPLES[sample];
            let mut text = bytes.repeat(turns);
            for (place, byte, how) in changes {
                let at = place.index(text.len());
                match how {
                    0 => text[at] = byte,
                    1 => text.insert(at, byte),
                    _ if text.len() > 1 => drop(text.remove(at)),
                    _ => {}
                }
            }
            let format = ALL.iter().find(|format| format.id() == id).unwrap();
            let new = || format.reader(YearClock::new(TimeRange::default()));
            let (mut quick, mut whole) = (new(), new());
            let Some(cutter) = quick.cutter(&text) else { return Ok(()) };
            let (mut cuts, mut frames) = (Cuts::default(), Vec::new());
            if cuts.lines(&text, 0, true, cutter, &mut frames).is_none() {
                return Ok(());
            }
            let (mut own, mut at) = (Vec::new(), 0);
            while let Frame::Record { end, next } = whole.frame(&text[at..], true) {
                own.push((at, at + end));
                at += next;
                if at >= text.len() {
                    break;
                }
            }
            prop_assert_eq!(&frames, &own);
            for (line, &(start, end)) in frames.iter().enumerate() {
                let record = &text[start..end];
                let (mut by_columns, mut by_itself) = (Event::default(), Event::default());
                let columns = cuts.columns(line, start).unwrap();
                quick.read_columns(record, &columns, &mut by_columns);
                whole.read(record, &mut by_itself);
                prop_assert_eq!(format!("{by_columns:?}"), format!("{by_itself:?}"));
            }
        }
    }
}

//! Zeek logs as tab-separated text, with their `#fields` header.

use tegakari_model::Telemetry;

use super::zeek::{Field, SHOWS, ZeekFields, describe};
use super::{Columns, Cutter, LogFormat, RecordReader, Sniff, head_lines};
use crate::Event;
use crate::fields::{Fields, network};
use crate::version_number::names_version;
use crate::years::YearClock;

/// Zeek's ASCII writer.
pub(super) struct ZeekTsv;

impl LogFormat for ZeekTsv {
    fn id(&self) -> &'static str {
        "zeek-tsv"
    }

    fn about(&self) -> &'static str {
        "Zeek logs as tab-separated text with a #fields header (docs.zeek.org, ASCII writer)"
    }

    fn shows(&self) -> &'static [Telemetry] {
        SHOWS
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let lines = head_lines(head, 12);
        if lines.iter().any(|line| line.starts_with(b"#fields\t")) {
            Sniff::Certain
        } else if lines
            .first()
            .is_some_and(|line| line.starts_with(b"#separator "))
        {
            Sniff::Likely
        } else {
            Sniff::No
        }
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader {
            separator: b'\t',
            path: Vec::new(),
            columns: Vec::new(),
            wanted: Vec::new(),
            versions: Vec::new(),
            names: Vec::new(),
            known: None,
        })
    }
}

struct Reader {
    separator: u8,
    path: Vec<u8>,
    columns: Vec<Field>,
    /// The columns that matter, in their order.
    wanted: Vec<(usize, Field)>,
    /// Columns of versions, by their place.
    versions: Vec<usize>,
    /// Names of the columns.
    names: Vec<Box<str>>,
    known: Option<&'static [u8]>,
}

/// Names of logs that lead to something, so that an event can borrow them.
const LOGS: [&[u8]; 21] = [
    b"conn",
    b"dns",
    b"http",
    b"ssl",
    b"files",
    b"x509",
    b"dhcp",
    b"smtp",
    b"notice",
    b"weird",
    b"intel",
    b"signatures",
    b"ssh",
    b"rdp",
    b"smb_files",
    b"smb_mapping",
    b"kerberos",
    b"ntp",
    b"software",
    b"dce_rpc",
    b"ntlm",
];

impl Reader {
    fn header(&mut self, line: &[u8]) {
        if let Some(hex) = line.strip_prefix(b"#separator \\x") {
            let digits = hex.get(..2).and_then(|d| std::str::from_utf8(d).ok());
            if let Some(byte) = digits.and_then(|d| u8::from_str_radix(d, 16).ok()) {
                self.separator = byte;
            }
            return;
        }
        let mut parts = line.split(|&b| b == self.separator);
        match parts.next() {
            Some(b"#fields") => {
                let names = parts.clone().enumerate();
                let versions = names.filter(|(_, name)| names_version(name));
                self.versions = versions.map(|(at, _)| at).collect();
                let text = |name| String::from_utf8_lossy(name).into();
                self.names = parts.clone().take(4096).map(text).collect();
                self.columns = parts.take(4096).map(Field::of).collect();
            }
            Some(b"#path") => {
                self.path = parts.next().unwrap_or_default().to_vec();
                self.known = LOGS.into_iter().find(|log| *log == self.path);
            }
            _ => return,
        }
        self.wanted = self.columns.iter().copied().enumerate().collect();
        self.wanted.retain(|(_, field)| match field {
            Field::Other => false,
            Field::Only(_) => self.known.is_none(),
            _ => true,
        });
    }
}

impl Reader {
    /// Takes one column of a record.
    #[inline]
    fn take<'r>(zeek: &mut ZeekFields<'r>, field: Field, value: &'r [u8]) {
        match field {
            // Of a list, the first element says enough.
            Field::Answer | Field::Transmitter | Field::Receiver => {
                let first = memchr::memchr(b',', value).map_or(value, |at| &value[..at]);
                zeek.take(field, first);
            }
            _ => zeek.take(field, value),
        }
    }

    /// Makes the event of a record with so many columns.
    fn describe<'r>(&self, mut zeek: ZeekFields<'r>, columns: usize, event: &mut Event<'r>) {
        if let Some(known) = self.known {
            zeek.path = known;
        }
        describe("zeek-tsv", &zeek, event);
        event.bad = columns < self.columns.len() || self.columns.is_empty() || event.time.is_none();
    }
}

impl RecordReader for Reader {
    fn by_line(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    fn cutter(&mut self, _bytes: &[u8]) -> Option<Cutter> {
        (!matches!(self.separator, b'\n' | b'\r')).then_some(Cutter {
            separator: self.separator,
            quote: None,
            most: match self.wanted.last() {
                Some((column, _)) => column + 1,
                None => usize::MAX,
            },
        })
    }

    fn read_columns<'r>(&mut self, record: &'r [u8], columns: &Columns<'_>, event: &mut Event<'r>) {
        let wanted = self.wanted.last().map_or(0, |(column, _)| column + 1);
        if matches!(record.first(), None | Some(b'#'))
            || columns.cutter().separator != self.separator
            || columns.cutter().most < wanted
        {
            return self.read(record, event);
        }
        let mut zeek = ZeekFields::default();
        for &(wanted, field) in &self.wanted {
            let Some(value) = columns.get(record, wanted) else {
                break;
            };
            Self::take(&mut zeek, field, value);
        }
        self.describe(zeek, columns.count(), event);
    }

    fn joins(&self) -> bool {
        true
    }

    fn is_version(&self, record: &[u8], at: usize) -> bool {
        let before = record.get(..at).unwrap_or_default();
        let column = memchr::memchr_iter(self.separator, before).count();
        self.versions.contains(&column)
    }

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        network::of_zeek_table(record, &self.path, &self.names, self.separator, fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.is_empty() {
            event.skip = true;
            return;
        }
        if record.first() == Some(&b'#') {
            self.header(record);
            event.skip = true;
            return;
        }
        let mut zeek = ZeekFields::default();
        let mut ends = memchr::memchr_iter(self.separator, record);
        let (mut column, mut start) = (0, 0);
        for &(wanted, field) in &self.wanted {
            // Of the columns in between only the ends matter.
            while column < wanted {
                let Some(end) = ends.next() else { break };
                column += 1;
                start = end + 1;
            }
            if column < wanted {
                break;
            }
            let end = ends.next();
            let value = &record[start..end.unwrap_or(record.len())];
            Self::take(&mut zeek, field, value);
            let Some(end) = end else { break };
            column += 1;
            start = end + 1;
        }
        let columns = 1 + column + ends.count();
        self.describe(zeek, columns, event);
    }
}

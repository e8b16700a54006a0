//! Snort's fast alerts: `time [**] [gid:sid:rev] message [**] … {proto} source -> destination`
//! (Snort manual, alert_fast). Suricata's fast.log has the same form.

use tegakari_model::Telemetry as T;

use super::request_line::token;
use super::{LogFormat, RecordReader, Sniff, sniff_lines};
use crate::event::{Event, Role, SourceName};
use crate::resume::State;
use crate::years::YearClock;
use crate::{Kinds, address, time_text};

/// Fast alerts.
pub(super) struct SnortFast;

impl LogFormat for SnortFast {
    fn id(&self) -> &'static str {
        "snort-fast"
    }

    fn about(&self) -> &'static str {
        "Fast alerts of Snort and Suricata, one a line (Snort manual, alert_fast)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::Alert]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| {
            time_text::snort(line).is_some() && memchr::memmem::find(line, b"[**]").is_some()
        })
    }

    fn reader(&self, years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader { years })
    }
}

struct Reader {
    years: YearClock,
}

impl RecordReader for Reader {
    fn by_line(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    fn state(&self) -> Option<State> {
        Some(self.years.state())
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.trim_ascii().is_empty() {
            event.skip = true;
            return;
        }
        event.source = SourceName {
            format: "snort",
            part: b"",
        };
        event.carries(&[T::Alert]);
        event.origin = Some((Role::Sensor, Kinds::NONE));
        match time_text::snort(record) {
            Some((time, _)) => self.years.set(event, time),
            None => event.bad = true,
        }
        let Some(at) = memchr::memmem::rfind(record, b" -> ") else {
            event.bad = true;
            return;
        };
        let front = &record[..at];
        let source = memchr::memrchr(b' ', front).map_or(front, |blank| &front[blank + 1..]);
        let (destination, _) = token(&record[at + 4..]);
        event.both_ends = true;
        event.party(without_port(source), Role::Client, Kinds::of(&[T::Alert]));
        event.party(
            without_port(destination),
            Role::Server,
            Kinds::of(&[T::Alert]),
        );
    }
}

/// `10.0.0.1:443` without its port; ICMP has none.
fn without_port(text: &[u8]) -> &[u8] {
    if address::parse(text).is_some() {
        return text;
    }
    memchr::memrchr(b':', text).map_or(text, |at| &text[..at])
}

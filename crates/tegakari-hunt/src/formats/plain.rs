//! Plain text: whatever no other format claims. A line is a record; its time is looked for at its
//! beginning.

use tegakari_model::Telemetry as T;

use super::syslog::bare_fields;
use super::{LogFormat, RecordReader, Sniff};
use crate::Kinds;
use crate::event::{Event, Role, SourceName};
use crate::fields::Fields;
use crate::resume::State;
use crate::time_text;
use crate::years::YearClock;

/// Any text.
pub(super) struct Plain;

impl LogFormat for Plain {
    fn id(&self) -> &'static str {
        "text"
    }

    fn about(&self) -> &'static str {
        "Any other text, a record a line, with the time at its beginning if it has one"
    }

    fn shows(&self) -> &'static [T] {
        &[T::Other]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        if head.trim_ascii().is_empty() {
            Sniff::No
        } else {
            Sniff::Weak
        }
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader)
    }
}

struct Reader;

impl RecordReader for Reader {
    fn by_line(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    fn state(&self) -> Option<State> {
        Some(State::default())
    }

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        bare_fields(record, fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        let text = record.trim_ascii_start();
        if text.is_empty() {
            event.skip = true;
            return;
        }
        event.source = SourceName {
            format: "text",
            part: b"",
        };
        event.carries(&[T::Other]);
        event.origin = Some((Role::Endpoint, Kinds::of(&[T::Other])));
        let text = text.strip_prefix(b"[").unwrap_or(text);
        let text = text.strip_prefix(b"\"").unwrap_or(text);
        event.time = time_text::leading(text);
    }
}

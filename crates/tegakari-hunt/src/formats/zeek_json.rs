//! Zeek logs as JSON lines.

use tegakari_model::Telemetry;

use super::json_walk::fields;
use super::zeek::{Field, SHOWS, ZeekFields, describe};
use super::{LogFormat, RecordReader, Sniff, sniff_lines};
use crate::Event;
use crate::fields::{Fields, network};
use crate::resume::State;
use crate::years::YearClock;

/// Zeek's JSON writer.
pub(super) struct ZeekJson;

impl LogFormat for ZeekJson {
    fn id(&self) -> &'static str {
        "zeek-json"
    }

    fn about(&self) -> &'static str {
        "Zeek logs as JSON lines (docs.zeek.org, LogAscii::use_json)"
    }

    fn shows(&self) -> &'static [Telemetry] {
        SHOWS
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| {
            let (mut ts, mut zeek) = (false, false);
            line.first() == Some(&b'{')
                && fields(line, |parent, key, _| {
                    ts |= key == b"ts";
                    zeek |= parent == b"id" && key == b"orig_h";
                    zeek |= matches!(
                        key,
                        b"id.orig_h"
                            | b"fuid"
                            | b"certificate.subject"
                            | b"certStatus"
                            | b"uids"
                            | b"percent_lost"
                    ) || key == b"_path";
                })
                && ts
                && zeek
        })
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader)
    }
}

struct Reader;

impl RecordReader for Reader {
    fn is_json(&self) -> bool {
        true
    }

    fn by_line(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    fn joins(&self) -> bool {
        true
    }

    fn state(&self) -> Option<State> {
        Some(State::default())
    }

    fn fields<'r>(&self, record: &'r [u8], event: &Event<'r>, fields: &mut Fields<'r>) {
        network::of_zeek_json(record, event.source.part, fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.trim_ascii().is_empty() {
            event.skip = true;
            return;
        }
        let mut zeek = ZeekFields::default();
        let whole = fields(record, |parent, key, value| {
            let value = value.bytes();
            match (parent, key) {
                (b"id", b"orig_h") => zeek.take(Field::Orig, value),
                (b"id", b"resp_h") => zeek.take(Field::Resp, value),
                (b"id", b"resp_p") => zeek.take(Field::RespPort, value),
                _ => zeek.take(Field::of(key), value),
            }
        });
        describe("zeek-json", &zeek, event);
        event.bad = !whole;
    }
}

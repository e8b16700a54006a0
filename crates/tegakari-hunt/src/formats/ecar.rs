//! eCAR: endpoint telemetry as objects and actions, the form of the DARPA OpTC data set
//! (<https://github.com/FiveDirections/OpTC-data>), after MITRE's Cyber Analytics Repository.

use tegakari_model::Telemetry as T;

use super::json_walk::fields;
use super::{LogFormat, RecordReader, Sniff, sniff_lines};
use crate::event::{Event, Role, SourceName};
use crate::fields::{Fields, network};
use crate::resume::State;
use crate::years::YearClock;
use crate::{Kinds, time_text};

/// eCAR as JSON lines.
pub(super) struct Ecar;

impl LogFormat for Ecar {
    fn id(&self) -> &'static str {
        "ecar"
    }

    fn about(&self) -> &'static str {
        "eCAR endpoint telemetry as JSON lines (MITRE CAR objects and actions, as in DARPA OpTC)"
    }

    fn shows(&self) -> &'static [T] {
        &[
            T::Flow,
            T::Process,
            T::CommandLine,
            T::FileMd5,
            T::FileSha1,
            T::FileSha256,
            T::FileName,
            T::Registry,
            T::Service,
            T::ScheduledTask,
            T::Logon,
            T::Other,
        ]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| {
            let mut marks = 0;
            line.first() == Some(&b'{')
                && fields(line, |_, key, _| {
                    marks |= match key {
                        b"object" => 1,
                        b"action" => 2,
                        b"hostname" => 4,
                        b"objectID" => 8,
                        _ => 0,
                    };
                })
                && marks == 15
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

    fn state(&self) -> Option<State> {
        Some(State::default())
    }

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        network::of_ecar(record, fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.trim_ascii().is_empty() {
            event.skip = true;
            return;
        }
        let (mut host, mut object, mut action): (&[u8], &[u8], &[u8]) = (b"", b"", b"");
        let (mut source, mut destination, mut direction): (&[u8], &[u8], &[u8]) = (b"", b"", b"");
        let mut extra = Kinds::NONE;
        let whole = fields(record, |parent, key, value| {
            let text = value.bytes();
            match key {
                b"timestamp_ms" | b"timestamp" if parent.is_empty() => {
                    event.time = time_text::value(text);
                }
                b"hostname" if parent.is_empty() => host = text,
                b"object" if parent.is_empty() => object = text,
                b"action" if parent.is_empty() => action = text,
                b"src_ip" => source = text,
                b"dst_ip" | b"dest_ip" => destination = text,
                b"direction" => direction = text,
                b"command_line" if !text.is_empty() => extra = extra.with(T::CommandLine),
                b"md5" | b"md5_hash" if text.len() == 32 => extra = extra.with(T::FileMd5),
                b"sha1" | b"sha1_hash" if text.len() == 40 => extra = extra.with(T::FileSha1),
                b"sha256" | b"sha256_hash" if text.len() == 64 => extra = extra.with(T::FileSha256),
                _ => {}
            }
        });
        let hashes = Kinds::of(&[T::FileMd5, T::FileSha1, T::FileSha256]);
        let shows = match (object, action) {
            (b"FLOW", _) => Kinds::of(&[T::Flow]),
            (b"PROCESS", b"CREATE") => Kinds::of(&[T::Process]).and(extra),
            // A log of loads, or of removed keys, alone does not show what is written.
            (b"FILE", b"CREATE" | b"WRITE" | b"MODIFY" | b"RENAME") => Kinds::of(&[T::FileName]),
            (b"REGISTRY", action) if action != b"REMOVE" => Kinds::of(&[T::Registry]),
            (b"SERVICE", b"CREATE") => Kinds::of(&[T::Service]),
            (b"TASK", b"CREATE") => Kinds::of(&[T::ScheduledTask]),
            (b"USER_SESSION", _) => Kinds::of(&[T::Logon]),
            _ => Kinds::of(&[T::Other]),
        };
        event.carries = match object {
            b"PROCESS" | b"THREAD" => Kinds::of(&[T::Process]).and(extra),
            b"FILE" | b"MODULE" => Kinds::of(&[T::FileName]).and(extra),
            _ => shows.and(extra.common(hashes)).and(extra),
        };
        event.source = SourceName {
            format: "ecar",
            part: b"",
        };
        event.detail = [object, action];
        event.party(host, Role::Endpoint, shows);
        match direction {
            b"OUTBOUND" | b"outbound" => {
                event.peer = destination;
                event.claim(source, host, true);
            }
            b"INBOUND" | b"inbound" => event.claim(destination, host, true),
            _ => {}
        }
        event.bad = !whole || host.is_empty() || event.time.is_none();
    }
}

//! Flow export, as `flow` turns it into text: a flow a line, cited by its number.

use tegakari_model::Telemetry as T;

use super::{LogFormat, RecordReader, Sniff, pcap, sniff_lines};
use crate::event::{Event, SourceName};
use crate::fields::{Fields, network};
use crate::flow;
use crate::years::YearClock;

/// Flows.
pub(super) struct NetFlow;

impl LogFormat for NetFlow {
    fn id(&self) -> &'static str {
        "netflow"
    }

    fn about(&self) -> &'static str {
        "Flow export, files of packets of NetFlow 5 and 9 and IPFIX (RFC 3954, RFC 7011)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::Flow, T::HttpHost, T::HttpUrl, T::UserAgent]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| {
            line.starts_with(b"{\"flow\":") && line.ends_with(b"}")
        })
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

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        network::of_flow(record, fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record == flow::NO_FLOW {
            event.skip = true;
            return;
        }
        pcap::describe(record, event);
        event.source = SourceName {
            format: "netflow",
            part: b"",
        };
    }
}

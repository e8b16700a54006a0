//! Flow export (NetFlow 5 and 9, IPFIX) as text: a line of JSON for each flow.
//!
//! A file of it is the packets of an exporter one after the other, as collectors and `nc` write them, without any
//! mark in front: it is known by what a header must hold. Described in RFC 3954 and RFC 7011, and by Cisco (version 5).
//! Captures give the same packets as the payload of UDP.

mod decode;

use std::io::{self, Read};

pub(crate) use decode::Decoder;
use decode::{Flow, packet_length, starts_packet};

use crate::evtx::LOST;
use crate::unpack::Notes;

/// Bytes held to find where a packet ends; none is longer than a datagram.
const HELD: usize = 128 << 10;

/// The line of a file in which there is no flow.
pub(crate) const NO_FLOW: &[u8] = b"{\"flow\":null}";

/// Whether a text begins with a packet of flow export.
pub(crate) fn is_export(head: &[u8]) -> bool {
    starts_packet(head)
}

/// Reads packets of flow export as lines of JSON.
pub(crate) struct Exports<R> {
    inner: R,
    notes: Notes,
    decoder: Decoder,
    held: Vec<u8>,
    from: usize,
    ended: bool,
    /// Why the input ended before its end; told when what was read before is given.
    failed: Option<io::Error>,
    flows: u64,
    packets: u64,
    is_empty_told: bool,
    /// Bytes between packets that belong to none.
    stray: u64,
    text: Vec<u8>,
    given: usize,
}

impl<R: Read> Exports<R> {
    pub(crate) fn new(inner: R, notes: Notes) -> Self {
        Self {
            inner,
            notes,
            decoder: Decoder::default(),
            held: Vec::new(),
            from: 0,
            ended: false,
            failed: None,
            flows: 0,
            packets: 0,
            is_empty_told: false,
            stray: 0,
            text: Vec::new(),
            given: 0,
        }
    }

    /// Holds enough for a whole packet, as long as there is more.
    fn fill(&mut self) {
        if self.ended || self.held.len() - self.from >= HELD {
            return;
        }
        self.held.drain(..self.from);
        self.from = 0;
        let wanted = (2 * HELD - self.held.len()) as u64;
        match self.inner.by_ref().take(wanted).read_to_end(&mut self.held) {
            Ok(got) => self.ended = got == 0,
            Err(error) => {
                self.ended = true;
                self.failed = Some(error);
            }
        }
    }

    /// Reads one more packet; false at the end.
    fn more(&mut self) -> bool {
        self.fill();
        let rest = &self.held[self.from..];
        if rest.is_empty() {
            return false;
        }
        let Some(length) = packet_length(rest) else {
            // Damaged: on to the next place that can be a packet.
            let next = (1..rest.len())
                .find(|&at| starts_packet(&rest[at..]))
                .unwrap_or(rest.len());
            self.stray += next as u64;
            self.from += next;
            line_lost(&mut self.text);
            return true;
        };
        let (flows, text) = (&mut self.flows, &mut self.text);
        self.decoder.packet(&rest[..length], &mut |flow| {
            *flows += 1;
            write(flow, "flow", *flows, text);
        });
        self.from += length;
        self.packets += 1;
        true
    }

    fn end(&mut self) {
        let unread = self.decoder.finish();
        if self.flows == 0 && self.packets > 0 && !self.is_empty_told {
            self.is_empty_told = true;
            // So that the file is called what it is.
            self.text.extend_from_slice(NO_FLOW);
            self.text.push(b'\n');
            if unread == 0 {
                self.notes.add(
                    format!(
                        "{} packets of flow export without a flow that can be read: templates and options only tell how flows are written",
                        self.packets
                    ),
                    "collect for longer, so that flows come as well",
                    0,
                    0,
                );
            }
        }
        if unread > 0 {
            line_lost(&mut self.text);
            self.notes.add(
                format!(
                    "{unread} sets of flows have no template in the file, so they could not be read"
                ),
                "collect for longer, so that the exporter sends its templates again",
                unread,
                0,
            );
        }
        let stray = std::mem::take(&mut self.stray);
        if stray > 0 {
            self.notes.add(
                format!("{stray} bytes between packets of flow export belong to none of them"),
                "collect it again; what could be read was searched",
                0,
                stray,
            );
        }
    }
}

fn line_lost(text: &mut Vec<u8>) {
    text.extend_from_slice(LOST);
    text.push(b'\n');
}

impl<R: Read> Read for Exports<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            self.text.clear();
            self.given = 0;
            if !self.more() {
                self.end();
                if self.text.is_empty() {
                    return self.failed.take().map_or(Ok(0), Err);
                }
            }
        }
        let rest = &self.text[self.given..];
        let got = rest.len().min(buf.len());
        buf[..got].copy_from_slice(&rest[..got]);
        self.given += got;
        Ok(got)
    }
}

/// Writes a flow as a line; `key` says what `number` counts.
pub(crate) fn write(flow: &Flow, key: &str, number: u64, out: &mut Vec<u8>) {
    use crate::capture::push_json;
    let mut line = format!("{{\"{key}\":{number}");
    let mut add = |text: String| line.push_str(&text);
    if let Some(time) = flow.start.or(flow.exported).filter(|time| *time > 0) {
        add(format!(",\"ts\":{}.{:03}", time / 1000, time % 1000));
    }
    // The end with the lower port is the one that was asked.
    let ends = [
        (flow.source, flow.source_port),
        (flow.destination, flow.destination_port),
    ];
    let [client, server] = match (flow.source_port, flow.destination_port) {
        (Some(from), Some(to)) if from < to && from != 0 => [ends[1], ends[0]],
        _ => ends,
    };
    for (name, (address, port)) in [("client", client), ("server", server)] {
        if let Some(address) = address {
            add(format!(",\"{name}\":\"{address}\""));
        }
        if let Some(port) = port {
            add(format!(",\"{name}_port\":{port}"));
        }
    }
    if let Some(protocol) = flow.protocol {
        add(format!(",\"protocol\":{protocol}"));
    }
    for (name, address) in [("next_hop", flow.next_hop), ("translated", flow.translated)] {
        if let Some(address) = address {
            add(format!(",\"{name}\":\"{address}\""));
        }
    }
    if flow.sampled {
        add(",\"sampled\":true".to_owned());
    }
    out.extend_from_slice(line.as_bytes());
    for (name, value) in [
        ("host", &flow.host),
        ("url", &flow.url),
        ("agent", &flow.agent),
    ] {
        if !value.is_empty() {
            out.extend_from_slice(format!(",\"{name}\":\"").as_bytes());
            push_json(value, out);
            out.push(b'"');
        }
    }
    out.extend_from_slice(b"}\n");
}

#[cfg(test)]
mod tests;

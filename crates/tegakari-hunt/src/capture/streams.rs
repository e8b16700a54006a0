//! Puts the beginnings of TCP streams together, and writes the lines of packets.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};

use super::bodies::{Bodies, Body, Segment, Unread};
use super::content::{self, Dns, Request, Tls};
use super::digests::Hashes;
use super::link::{Layers, Transport};
use super::push_json;
use crate::flow;

/// Of a head that is sent in pieces, no more than this is held.
const LONGEST_HEAD: usize = 64 << 10;
/// Of all of them together.
const MOST_HELD: usize = 64 << 20;
/// Connections whose opener is remembered.
const MOST_CONNECTIONS: usize = 1 << 18;
/// Exporters of flows whose templates are kept.
const MOST_EXPORTERS: usize = 256;

/// A head that is not whole yet.
struct Pending {
    packet: u64,
    time: Option<(u64, u64)>,
    next: u32,
    bytes: Vec<u8>,
}

/// What is remembered between packets.
#[derive(Default)]
pub(super) struct Streams {
    pending: HashMap<(SocketAddr, SocketAddr), Pending>,
    held: usize,
    /// Connections by their two ends, smaller first: whether the smaller opened it.
    opened: HashMap<(SocketAddr, SocketAddr), bool>,
    /// Files that responses carry.
    bodies: Bodies,
    /// Who sends flows to a collector.
    exporters: BTreeMap<IpAddr, flow::Decoder>,
}

/// What one line says.
#[derive(Default)]
struct Line<'l> {
    packet: u64,
    time: Option<(u64, u64)>,
    hardware: Option<[[u8; 6]; 2]>,
    ends: Option<Ends>,
    dns: Option<Dns>,
    tls: Option<Tls>,
    request: Option<Request>,
    hashes: &'l [Hashes],
    text: &'l [u8],
}

/// Who opened a connection, with whom, over what.
#[derive(Clone, Copy)]
struct Ends {
    client: SocketAddr,
    server: SocketAddr,
    protocol: u8,
}

impl Streams {
    /// Writes the line of a packet, and those of heads and files that it makes whole.
    pub(super) fn packet(
        &mut self,
        packet: u64,
        time: Option<(u64, u64)>,
        layers: Option<&Layers<'_>>,
        out: &mut Vec<u8>,
    ) {
        self.line(packet, time, layers, out);
        if let Some(layers) = layers
            && let Transport::Tcp {
                from,
                to,
                sequence,
                awaits,
                ends,
                ..
            } = layers.transport
            && (ends || !layers.payload.is_empty())
        {
            let segment = Segment {
                packet,
                time,
                from: SocketAddr::new(layers.source, from),
                to: SocketAddr::new(layers.destination, to),
                sequence,
                awaits,
                ends: ends && !layers.cut,
                payload: layers.payload,
            };
            self.bodies
                .segment(segment, &mut |body| write_body(&body, out));
        }
    }

    /// Bodies of responses that have no hash. Asked at the end.
    pub(super) fn unread_bodies(&mut self) -> Unread {
        self.bodies.end();
        self.bodies.unread
    }

    fn line(
        &mut self,
        packet: u64,
        time: Option<(u64, u64)>,
        layers: Option<&Layers<'_>>,
        out: &mut Vec<u8>,
    ) {
        let mut line = Line {
            packet,
            time,
            ..Line::default()
        };
        let Some(layers) = layers else {
            return line.write(out);
        };
        line.hardware = layers.hardware;
        let (from, to, protocol) = match layers.transport {
            Transport::Tcp { from, to, .. } => (from, to, 6),
            Transport::Udp { from, to } => (from, to, 17),
            Transport::Other(protocol) => (0, 0, protocol),
        };
        let source = SocketAddr::new(layers.source, from);
        let destination = SocketAddr::new(layers.destination, to);
        let is_dns = [from, to].iter().any(|p| matches!(p, 53 | 5353 | 5355));
        let opens = matches!(layers.transport, Transport::Tcp { opens: true, .. });
        let mut answers = false;
        let payload = layers.payload;
        match layers.transport {
            _ if payload.is_empty() => {}
            Transport::Tcp { .. } if is_dns => {
                line.dns = payload.get(2..).and_then(content::dns);
            }
            Transport::Tcp { sequence, .. } => {
                let key = (source, destination);
                if let Some(mut old) = self.pending.remove(&key) {
                    self.held -= old.bytes.len();
                    if old.next == sequence {
                        let room = LONGEST_HEAD - old.bytes.len();
                        old.bytes
                            .extend_from_slice(&payload[..payload.len().min(room)]);
                        let ends = self.ends(source, destination, protocol, false, false);
                        line.ends = Some(ends);
                        line.write(out);
                        self.head(key, old, ends, sequence, payload.len(), out);
                        return;
                    }
                    if old.next.wrapping_sub(sequence) < 1 << 31 {
                        // Sent again.
                        self.held += old.bytes.len();
                        self.pending.insert(key, old);
                        line.ends = Some(self.ends(source, destination, protocol, false, false));
                        return line.write(out);
                    } else {
                        let ends = self.ends(source, destination, protocol, false, false);
                        finish(&old, ends, out);
                    }
                }
                if content::is_request(payload) || payload.first() == Some(&22) {
                    let whole = content::is_request(payload)
                        && memchr::memmem::find(payload, b"\r\n\r\n").is_some();
                    if whole {
                        line.request = Some(content::request(payload, to));
                        line.text = payload;
                    } else {
                        match content::tls(payload) {
                            Some(Ok(tls)) => line.tls = Some(tls),
                            None if payload.first() == Some(&22) => {}
                            _ => self.keep(key, packet, time, sequence, payload),
                        }
                    }
                } else {
                    line.text = payload;
                }
            }
            Transport::Udp { .. } if is_dns => line.dns = content::dns(payload),
            _ => line.text = payload,
        }
        if let Some(dns) = &line.dns {
            answers = dns.is_answer;
        } else if is_dns {
            line.text = payload;
        }
        line.ends = Some(self.ends(source, destination, protocol, opens, answers));
        line.write(out);
        if protocol == 17 && flow::is_export(payload) {
            self.flows(packet, source.ip(), payload, out);
        }
    }

    /// Writes the flows that a packet tells of, each as a line of that packet.
    fn flows(&mut self, packet: u64, exporter: IpAddr, payload: &[u8], out: &mut Vec<u8>) {
        if self.exporters.len() >= MOST_EXPORTERS && !self.exporters.contains_key(&exporter) {
            return;
        }
        let decoder = self.exporters.entry(exporter).or_default();
        decoder.packet(payload, &mut |flow| {
            flow::write(flow, "packet", packet, out)
        });
    }

    /// Sets of flows that no template told how to read.
    pub(super) fn unread_flows(&mut self) -> u64 {
        self.exporters.values_mut().map(flow::Decoder::finish).sum()
    }

    fn keep(
        &mut self,
        key: (SocketAddr, SocketAddr),
        packet: u64,
        time: Option<(u64, u64)>,
        sequence: u32,
        payload: &[u8],
    ) {
        if self.held + payload.len() > MOST_HELD {
            return;
        }
        let bytes = payload[..payload.len().min(LONGEST_HEAD)].to_vec();
        self.held += bytes.len();
        let next = sequence.wrapping_add(u32::try_from(payload.len()).unwrap_or(0));
        let pending = Pending {
            packet,
            time,
            next,
            bytes,
        };
        if let Some(old) = self.pending.insert(key, pending) {
            self.held -= old.bytes.len();
        }
    }

    /// Looks at a head that has grown: it is written, or kept on.
    fn head(
        &mut self,
        key: (SocketAddr, SocketAddr),
        mut pending: Pending,
        ends: Ends,
        sequence: u32,
        length: usize,
        out: &mut Vec<u8>,
    ) {
        let full = pending.bytes.len() >= LONGEST_HEAD || self.held > MOST_HELD;
        let whole = if content::is_request(&pending.bytes) {
            memchr::memmem::find(&pending.bytes, b"\r\n\r\n").is_some()
        } else {
            !matches!(content::tls(&pending.bytes), Some(Err(_)))
        };
        if whole || full {
            finish(&pending, ends, out);
            return;
        }
        pending.next = sequence.wrapping_add(u32::try_from(length).unwrap_or(0));
        self.held += pending.bytes.len();
        self.pending.insert(key, pending);
    }

    /// Which end is the client: who opened the connection, who asked, or the one with the higher port.
    fn ends(
        &mut self,
        source: SocketAddr,
        destination: SocketAddr,
        protocol: u8,
        opens: bool,
        answers: bool,
    ) -> Ends {
        let key = (source.min(destination), source.max(destination));
        if opens {
            if self.opened.len() >= MOST_CONNECTIONS {
                self.opened.clear();
            }
            self.opened.insert(key, source == key.0);
        }
        let from_source = match self.opened.get(&key) {
            Some(&smaller) => (source == key.0) == smaller,
            None if answers => false,
            None => source.port() >= destination.port() || destination.port() == 5353,
        };
        let (client, server) = if from_source {
            (source, destination)
        } else {
            (destination, source)
        };
        Ends {
            client,
            server,
            protocol,
        }
    }

    /// Writes what was held back, in the order of the packets.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        let mut left: Vec<_> = self.pending.drain().collect();
        left.sort_by_key(|(_, pending)| pending.packet);
        self.held = 0;
        for ((source, destination), pending) in left {
            let ends = self.ends(source, destination, 6, false, false);
            finish(&pending, ends, out);
        }
    }
}

/// Writes the hashes of a file, as what the packet shows in which its response begins.
fn write_body(body: &Body, out: &mut Vec<u8>) {
    let ends = Ends {
        client: body.client,
        server: body.server,
        protocol: 6,
    };
    let line = Line {
        packet: body.packet,
        time: body.time,
        ends: Some(ends),
        hashes: &body.hashes,
        ..Line::default()
    };
    line.write(out);
}

/// Writes a head, whole or not, as what its first packet shows.
fn finish(pending: &Pending, ends: Ends, out: &mut Vec<u8>) {
    let mut line = Line {
        packet: pending.packet,
        time: pending.time,
        ends: Some(ends),
        ..Line::default()
    };
    if content::is_request(&pending.bytes) {
        line.request = Some(content::request(&pending.bytes, ends.server.port()));
        line.text = &pending.bytes;
    } else if let Some(Ok(tls) | Err(tls)) = content::tls(&pending.bytes) {
        line.tls = Some(tls);
    }
    line.write(out);
}

/// Text in a payload: all of it when it is text, and its beginning up to what is not.
fn readable(payload: &[u8]) -> String {
    let fits = |b: &u8| matches!(b, b'\t' | b'\r' | b'\n' | b' '..=b'~' | 0x80..);
    let length = payload.iter().take_while(|b| fits(b)).count();
    if length < 8 {
        return String::new();
    }
    String::from_utf8_lossy(&payload[..length]).into_owned()
}

impl Line<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{{\"packet\":{}", self.packet).as_bytes());
        if let Some((seconds, nanos)) = self.time {
            out.extend_from_slice(format!(",\"ts\":{seconds}.{nanos:09}").as_bytes());
        }
        if let Some(ends) = &self.ends {
            let plain = |ip: IpAddr| match ip {
                IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
                IpAddr::V4(_) => ip,
            };
            let text = format!(
                ",\"client\":\"{}\",\"client_port\":{},\"server\":\"{}\",\"server_port\":{},\"protocol\":{}",
                plain(ends.client.ip()),
                ends.client.port(),
                plain(ends.server.ip()),
                ends.server.port(),
                ends.protocol
            );
            out.extend_from_slice(text.as_bytes());
        }
        if let Some(hardware) = &self.hardware {
            for (key, address) in ["to_mac", "from_mac"].iter().zip(hardware) {
                let text: Vec<String> = address.iter().map(|b| format!("{b:02x}")).collect();
                string(key, &text.join(":"), out);
            }
        }
        if let Some(dns) = &self.dns {
            list("dns", &dns.questions, out);
            list("answers", &dns.answers, out);
        }
        if let Some(tls) = &self.tls {
            string("sni", tls.server_name.as_deref().unwrap_or_default(), out);
            list("certificates", &tls.certificates, out);
        }
        if let Some(request) = &self.request {
            string("host", &request.host, out);
            string("url", &request.url, out);
            string("agent", &request.agent, out);
        }
        if !self.hashes.is_empty() {
            let of = |which: fn(&Hashes) -> &String| -> Vec<String> {
                self.hashes.iter().map(|one| which(one).clone()).collect()
            };
            list("md5", &of(|one| &one.md5), out);
            list("sha1", &of(|one| &one.sha1), out);
            list("sha256", &of(|one| &one.sha256), out);
        }
        string("text", &readable(self.text), out);
        out.extend_from_slice(b"}\n");
    }
}

fn string(key: &str, value: &str, out: &mut Vec<u8>) {
    if !value.is_empty() {
        out.extend_from_slice(format!(",\"{key}\":\"").as_bytes());
        push_json(value, out);
        out.push(b'"');
    }
}

fn list(key: &str, values: &[String], out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    out.extend_from_slice(format!(",\"{key}\":[").as_bytes());
    for (at, value) in values.iter().enumerate() {
        out.extend_from_slice(if at > 0 { b",\"" } else { b"\"" });
        push_json(value, out);
        out.push(b'"');
    }
    out.push(b']');
}

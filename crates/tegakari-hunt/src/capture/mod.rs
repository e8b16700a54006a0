//! Packet captures (pcap, pcapng) as text: a line of JSON for each packet, with what it shows of addresses,
//! names, requests and certificates, so that one matcher and one reader of records do for them too.
//!
//! The file formats are described in draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng. A packet that is damaged
//! costs that packet; a file that is cut is read up to there.

mod bodies;
mod content;
mod digests;
mod link;
mod streams;

use std::io::{self, Read};

use crate::unpack::Notes;
use streams::Streams;

/// A packet longer than this is none: twice what any link carries.
const LONGEST: u32 = 1 << 19;
/// The longest block of a pcapng file that is held.
const LONGEST_BLOCK: u32 = 1 << 24;

/// Whether a file is a capture.
pub(crate) fn is_capture(head: &[u8]) -> bool {
    let Some(&[a, b, c, d]) = head.get(..4) else {
        return false;
    };
    matches!(
        u32::from_be_bytes([a, b, c, d]),
        0xa1b2_c3d4 | 0xd4c3_b2a1 | 0xa1b2_3c4d | 0x4d3c_b2a1
    ) || head.starts_with(&SECTION) && head.get(8..12).is_some_and(|m| order(m).is_some())
}

const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// Whether pcapng's byte order mark says big endian; `None` when it is none.
fn order(mark: &[u8]) -> Option<bool> {
    match mark {
        [0x1a, 0x2b, 0x3c, 0x4d] => Some(true),
        [0x4d, 0x3c, 0x2b, 0x1a] => Some(false),
        _ => None,
    }
}

/// One interface of a capture.
#[derive(Debug, Clone, Copy)]
struct Interface {
    link: u16,
    /// Ticks in a second.
    ticks: u64,
}

/// Reads a capture as lines of JSON.
pub(crate) struct Packets<R> {
    inner: R,
    notes: Notes,
    begun: bool,
    ended: bool,
    blocks: bool,
    big: bool,
    interfaces: Vec<Interface>,
    packets: u64,
    /// Packets whose link or whose headers could not be read.
    unread: u64,
    streams: Streams,
    text: Vec<u8>,
    given: usize,
}

impl<R: Read> Packets<R> {
    pub(crate) fn new(inner: R, notes: Notes) -> Self {
        Self {
            inner,
            notes,
            begun: false,
            ended: false,
            blocks: false,
            big: false,
            interfaces: Vec::new(),
            packets: 0,
            unread: 0,
            streams: Streams::default(),
            text: Vec::new(),
            given: 0,
        }
    }

    fn u32(&self, bytes: &[u8], at: usize) -> u32 {
        match bytes.get(at..at + 4) {
            Some(&[a, b, c, d]) if self.big => u32::from_be_bytes([a, b, c, d]),
            Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
            _ => 0,
        }
    }

    fn u16(&self, bytes: &[u8], at: usize) -> u16 {
        match bytes.get(at..at + 2) {
            Some(&[a, b]) if self.big => u16::from_be_bytes([a, b]),
            Some(&[a, b]) => u16::from_le_bytes([a, b]),
            _ => 0,
        }
    }

    /// Reads exactly `length` bytes; `None` at an end between two records.
    fn bytes(&mut self, length: usize) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::with_capacity(length);
        let got = self
            .inner
            .by_ref()
            .take(length as u64)
            .read_to_end(&mut bytes)?;
        match got {
            0 if length > 0 => Ok(None),
            _ if got < length => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(Some(bytes)),
        }
    }

    fn needed(&mut self, length: usize) -> io::Result<Vec<u8>> {
        self.bytes(length)?
            .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn begin(&mut self) -> io::Result<()> {
        self.begun = true;
        let mut magic = [0; 4];
        self.inner.read_exact(&mut magic)?;
        if magic == SECTION {
            self.blocks = true;
            return self.section();
        }
        let (big, ticks) = match u32::from_be_bytes(magic) {
            0xa1b2_c3d4 => (true, 1_000_000),
            0xa1b2_3c4d => (true, 1_000_000_000),
            0x4d3c_b2a1 => (false, 1_000_000_000),
            _ => (false, 1_000_000),
        };
        self.big = big;
        let header = self.needed(20)?;
        let link = u16::try_from(self.u32(&header, 16) & 0xffff).unwrap_or(0);
        self.interfaces.push(Interface { link, ticks });
        Ok(())
    }

    /// The rest of a section header block, of which the type was read.
    fn section(&mut self) -> io::Result<()> {
        let lead = self.needed(8)?;
        self.big = order(&lead[4..])
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no byte order"))?;
        let length = self.u32(&lead, 0);
        if !(28..=LONGEST_BLOCK).contains(&length) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a section header of impossible length",
            ));
        }
        self.needed(length as usize - 12)?;
        self.interfaces.clear();
        Ok(())
    }

    /// Reads one more packet or block; false at the end.
    fn more(&mut self) -> io::Result<bool> {
        if !self.begun {
            self.begin()?;
        }
        if self.blocks {
            return self.block();
        }
        let Some(header) = self.bytes(16)? else {
            return Ok(false);
        };
        let length = self.u32(&header, 8);
        if length > LONGEST {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a packet of impossible length",
            ));
        }
        let (seconds, ticks) = (self.u32(&header, 0), self.u32(&header, 4));
        let packet = self.needed(length as usize)?;
        let interface = self.interfaces.first().copied();
        if let Some(interface) = interface {
            let nanos = u64::from(ticks) * (1_000_000_000 / interface.ticks.max(1));
            self.packet(&packet, interface.link, u64::from(seconds), nanos);
        }
        Ok(true)
    }

    fn block(&mut self) -> io::Result<bool> {
        let Some(kind) = self.bytes(4)? else {
            return Ok(false);
        };
        if kind == SECTION {
            self.section()?;
            return Ok(true);
        }
        let kind = self.u32(&kind, 0);
        let lead = self.needed(4)?;
        let length = self.u32(&lead, 0);
        if !(12..=LONGEST_BLOCK).contains(&length) || !length.is_multiple_of(4) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a block of impossible length",
            ));
        }
        let body = self.needed(length as usize - 8)?;
        let body = &body[..body.len() - 4];
        match kind {
            1 => {
                let ticks = self.resolution(body);
                let link = self.u16(body, 0);
                self.interfaces.push(Interface { link, ticks });
            }
            6 if body.len() >= 20 => {
                let at = self.u32(body, 0) as usize;
                let time = u64::from(self.u32(body, 4)) << 32 | u64::from(self.u32(body, 8));
                let end = body.len().min(20 + self.u32(body, 12) as usize);
                match self.interfaces.get(at).copied() {
                    Some(Interface { link, ticks }) => {
                        let nanos = u128::from(time % ticks) * 1_000_000_000 / u128::from(ticks);
                        let nanos = u64::try_from(nanos).unwrap_or(0);
                        self.packet(&body[20..end], link, time / ticks, nanos);
                    }
                    None => {
                        self.packets += 1;
                        self.unread += 1;
                    }
                }
            }
            3 if body.len() >= 4 => {
                // A simple packet has no time.
                let end = body.len().min(4 + self.u32(body, 0) as usize);
                let link = self.interfaces.first().map_or(1, |i| i.link);
                self.packet(&body[4..end], link, 0, 0);
            }
            _ => {}
        }
        Ok(true)
    }

    /// Ticks in a second of an interface: its option `if_tsresol`, or a million.
    fn resolution(&self, body: &[u8]) -> u64 {
        let mut at = 8;
        while at + 4 <= body.len() {
            let (code, length) = (self.u16(body, at), usize::from(self.u16(body, at + 2)));
            if code == 0 {
                break;
            }
            if code == 9
                && let Some(&value) = body.get(at + 4)
            {
                let power = u32::from(value & 0x7f);
                let ticks = if value & 0x80 == 0 {
                    10_u64.checked_pow(power)
                } else {
                    2_u64.checked_pow(power)
                };
                return ticks.unwrap_or(1_000_000);
            }
            at += 4 + length.next_multiple_of(4);
        }
        1_000_000
    }

    fn packet(&mut self, bytes: &[u8], link: u16, seconds: u64, nanos: u64) {
        self.packets += 1;
        let time = (seconds > 0).then_some((seconds, nanos % 1_000_000_000));
        let layers = link::layers(link, bytes);
        if layers.is_none() {
            self.unread += 1;
        }
        self.streams
            .packet(self.packets, time, layers.as_ref(), &mut self.text);
    }

    fn end(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        self.streams.end(&mut self.text);
        let unread_flows = self.streams.unread_flows();
        if unread_flows > 0 {
            self.notes.add(
                format!("{unread_flows} sets of exported flows have no template in the capture"),
                "capture for longer, so that the exporter sends its templates again",
                unread_flows,
                0,
            );
        }
        let bodies = self.streams.unread_bodies();
        if bodies.bodies > 0 {
            self.notes.add(
                format!(
                    "{} bodies of HTTP responses could not be put together, so they have no hash: packets are missing or cut, or nothing tells where they end",
                    bodies.bodies
                ),
                "capture whole packets, and all of them",
                0,
                bodies.bytes,
            );
        }
        if bodies.packed > 0 {
            self.notes.add(
                format!(
                    "{} bodies of HTTP responses could not be unpacked: they have hashes only as they were sent",
                    bodies.packed
                ),
                "take them out with a packet analyser if they matter",
                0,
                0,
            );
        }
        if self.unread > 0 {
            self.notes.add(
                format!(
                    "{} of {} packets are of a kind that is not read here, or damaged",
                    self.unread, self.packets
                ),
                "look at them with a packet analyser",
                self.unread,
                0,
            );
        }
    }
}

impl<R: Read> Read for Packets<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            self.text.clear();
            self.given = 0;
            if self.ended {
                return Ok(0);
            }
            match self.more() {
                Ok(true) => {}
                Ok(false) => self.end(),
                Err(error) => {
                    // What was held back is given first; then the error is told by the next read.
                    self.end();
                    self.inner_failed(error)?;
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

impl<R: Read> Packets<R> {
    /// Tells an error as a note when there is text to give first, and as an error otherwise.
    fn inner_failed(&self, error: io::Error) -> io::Result<()> {
        if self.text.is_empty() {
            return Err(error);
        }
        let what = if error.kind() == io::ErrorKind::UnexpectedEof {
            "the capture ends in the middle of a packet".to_owned()
        } else {
            format!("the capture is damaged: {error}")
        };
        self.notes.add(
            what,
            "collect it again; what could be read was searched",
            1,
            0,
        );
        Ok(())
    }
}

/// Appends `text` as the inside of a JSON string; what a terminal or a line would obey becomes a blank.
pub(crate) fn push_json(text: &str, out: &mut Vec<u8>) {
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend([b'\\', c as u8]),
            c if c.is_control() => out.push(b' '),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests;

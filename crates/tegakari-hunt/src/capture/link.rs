//! Headers of a packet, from the link up to TCP and UDP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What the headers of a packet say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layers<'p> {
    /// Hardware addresses, destination and source, where the link has them.
    pub(super) hardware: Option<[[u8; 6]; 2]>,
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) transport: Transport,
    pub(super) payload: &'p [u8],
    /// The capture kept less of the packet than was sent, or nothing tells how much that was.
    pub(super) cut: bool,
}

impl Layers<'_> {
    fn cut_if(mut self, cut: bool) -> Self {
        self.cut |= cut;
        self
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Tcp {
        from: u16,
        to: u16,
        sequence: u32,
        /// The number of the byte that the sender waits for next, where it says so.
        awaits: Option<u32>,
        /// Opens a connection: SYN without ACK.
        opens: bool,
        /// The sender has said all: FIN.
        ends: bool,
    },
    Udp {
        from: u16,
        to: u16,
    },
    /// Another protocol by its number, or a later fragment.
    Other(u8),
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([pair[0], pair[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16_at(bytes, at)?) << 16 | u32::from(u16_at(bytes, at + 2)?))
}

/// Reads a packet's headers. Links by their number at <https://www.tcpdump.org/linktypes.html>; `None` for others,
/// and for what is no IP.
pub(super) fn layers(link: u16, bytes: &[u8]) -> Option<Layers<'_>> {
    match link {
        1 => {
            let mut hardware = [[0; 6]; 2];
            hardware[0].copy_from_slice(bytes.get(..6)?);
            hardware[1].copy_from_slice(bytes.get(6..12)?);
            let mut at = 12;
            // VLAN tags.
            while matches!(u16_at(bytes, at)?, 0x8100 | 0x88a8 | 0x9100) {
                at += 4;
            }
            let kind = u16_at(bytes, at)?;
            let rest = bytes.get(at + 2..)?;
            let rest = match kind {
                0x8864 => rest.get(8..)?, // PPPoE and PPP
                0x0800 | 0x86dd => rest,
                _ => return None,
            };
            let mut layers = ip(rest, 0)?;
            layers.hardware = Some(hardware);
            Some(layers)
        }
        0 | 108 => ip(bytes.get(4..)?, 0),
        12 | 14 | 101 | 228 | 229 => ip(bytes, 0),
        113 => ip(bytes.get(16..)?, 0),
        276 => ip(bytes.get(20..)?, 0),
        _ => None,
    }
}

fn ip(bytes: &[u8], depth: u8) -> Option<Layers<'_>> {
    match bytes.first()? >> 4 {
        4 => {
            let header = usize::from(bytes[0] & 15) * 4;
            let told = usize::from(u16_at(bytes, 2)?);
            // Offloading leaves a length of nought; what is behind the told end is padding.
            let end = if told < header {
                bytes.len()
            } else {
                told.min(bytes.len())
            };
            let address = |at| u32_at(bytes, at).map(|n| IpAddr::V4(Ipv4Addr::from(n)));
            let fragment = u16_at(bytes, 6)? & 0x1fff != 0;
            let protocol = *bytes.get(9)?;
            let (source, destination) = (address(12)?, address(16)?);
            let payload = bytes.get(header.max(20)..end).unwrap_or_default();
            let layers = above(source, destination, protocol, payload, fragment, depth);
            Some(layers.cut_if(told < header || told > bytes.len()))
        }
        6 => {
            let address = |at: usize| {
                let octets: [u8; 16] = bytes.get(at..at + 16)?.try_into().ok()?;
                Some(IpAddr::V6(Ipv6Addr::from(octets)))
            };
            let (source, destination) = (address(8)?, address(24)?);
            let told = usize::from(u16_at(bytes, 4)?);
            let end = if told == 0 {
                bytes.len()
            } else {
                (40 + told).min(bytes.len())
            };
            let mut protocol = *bytes.get(6)?;
            let mut payload = bytes.get(40..end).unwrap_or_default();
            let mut fragment = false;
            while matches!(protocol, 0 | 43 | 44 | 51 | 60) && payload.len() >= 8 {
                let length = match protocol {
                    44 => {
                        fragment = u16_at(payload, 2)? & 0xfff8 != 0;
                        8
                    }
                    51 => (usize::from(payload[1]) + 2) * 4,
                    _ => (usize::from(payload[1]) + 1) * 8,
                };
                protocol = payload[0];
                payload = payload.get(length..).unwrap_or_default();
            }
            let layers = above(source, destination, protocol, payload, fragment, depth);
            Some(layers.cut_if(told == 0 || 40 + told > bytes.len()))
        }
        _ => None,
    }
}

fn above(
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    payload: &[u8],
    fragment: bool,
    depth: u8,
) -> Layers<'_> {
    let plain = |transport, payload| Layers {
        hardware: None,
        source,
        destination,
        transport,
        payload,
        cut: false,
    };
    let other = plain(Transport::Other(protocol), &payload[..0]);
    if fragment {
        return other;
    }
    let read = match protocol {
        6 => tcp(payload),
        17 => udp(payload),
        // A packet in a packet: what is inside is what was talked.
        4 | 41 if depth < 3 => return ip(payload, depth + 1).unwrap_or(other),
        _ => None,
    };
    read.map_or(other, |(transport, payload)| plain(transport, payload))
}

fn tcp(bytes: &[u8]) -> Option<(Transport, &[u8])> {
    let header = usize::from(bytes.get(12)? >> 4) * 4;
    let flags = *bytes.get(13)?;
    let transport = Transport::Tcp {
        from: u16_at(bytes, 0)?,
        to: u16_at(bytes, 2)?,
        sequence: u32_at(bytes, 4)?,
        awaits: if flags & 0x10 != 0 {
            Some(u32_at(bytes, 8)?)
        } else {
            None
        },
        opens: flags & 0x12 == 0x02,
        ends: flags & 0x01 != 0,
    };
    Some((transport, bytes.get(header.max(20)..).unwrap_or_default()))
}

fn udp(bytes: &[u8]) -> Option<(Transport, &[u8])> {
    let transport = Transport::Udp {
        from: u16_at(bytes, 0)?,
        to: u16_at(bytes, 2)?,
    };
    Some((transport, bytes.get(8..).unwrap_or_default()))
}

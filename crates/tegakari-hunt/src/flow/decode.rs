//! Packets of flow export, taken apart. Nothing is trusted: a template that cannot be is left out, and what is held
//! for templates still to come is bounded.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Templates kept, and fields in one.
const MOST_TEMPLATES: usize = 10_000;
const MOST_FIELDS: usize = 1024;
/// Bytes of sets kept whose template did not come yet.
const MOST_PENDING: usize = 16 << 20;
/// Times between these are believed to be those of an exporter: the years 2000 and 2100.
const TIMES: std::ops::Range<u32> = 946_684_800..4_102_444_800;
/// A field of IPFIX that says its length itself.
const VARIABLE: u16 = 0xffff;
const V5_HEADER: usize = 24;
const V5_RECORD: usize = 48;
const V9_HEADER: usize = 20;
const IPFIX_HEADER: usize = 16;

/// What a flow says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Flow {
    /// Milliseconds since 1970.
    pub(crate) start: Option<u64>,
    /// When it was exported.
    pub(crate) exported: Option<u64>,
    pub(crate) source: Option<IpAddr>,
    pub(crate) destination: Option<IpAddr>,
    pub(crate) source_port: Option<u16>,
    pub(crate) destination_port: Option<u16>,
    pub(crate) protocol: Option<u8>,
    pub(crate) next_hop: Option<IpAddr>,
    /// The destination behind address translation.
    pub(crate) translated: Option<IpAddr>,
    /// Only some packets were looked at.
    pub(crate) sampled: bool,
    pub(crate) host: String,
    pub(crate) url: String,
    pub(crate) agent: String,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// A number of up to eight bytes.
fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() || bytes.len() > 8 {
        return None;
    }
    Some(
        bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    )
}

/// Whether a packet could begin here, by what its header must hold.
pub(crate) fn starts_packet(head: &[u8]) -> bool {
    let looks = || -> Option<bool> {
        let second = u16_at(head, 2)?;
        Some(match u16_at(head, 0)? {
            5 => {
                let record = head.get(V5_HEADER..V5_HEADER + V5_RECORD)?;
                (1..=30).contains(&second)
                    && TIMES.contains(&u32_at(head, 8)?)
                    && u32_at(head, 12)? < 1_000_000_000
                    && record[36] == 0
                    && record[44] <= 32
                    && record[45] <= 32
            }
            9 => {
                let (set, length) = (u16_at(head, 20)?, u16_at(head, 22)?);
                (1..=5000).contains(&second)
                    && TIMES.contains(&u32_at(head, 8)?)
                    && !(2..=255).contains(&set)
                    && length >= 8
            }
            10 => {
                let (set, length) = (u16_at(head, 16)?, u16_at(head, 18)?);
                usize::from(second) >= IPFIX_HEADER + 8
                    && TIMES.contains(&u32_at(head, 4)?)
                    && (matches!(set, 2 | 3) || set > 255)
                    && length >= 4
                    && usize::from(length) + IPFIX_HEADER <= usize::from(second)
            }
            _ => false,
        })
    };
    looks().unwrap_or(false)
}

/// How long the packet at the start of `bytes` is; `None` when there is none, or it is cut.
pub(crate) fn packet_length(bytes: &[u8]) -> Option<usize> {
    if !starts_packet(bytes) {
        return None;
    }
    let length = match u16_at(bytes, 0)? {
        5 => V5_HEADER + V5_RECORD * usize::from(u16_at(bytes, 2)?),
        10 => usize::from(u16_at(bytes, 2)?),
        _ => {
            // Version 9 does not say: numbers of sets from 2 to 255 are not used, so that a version is none.
            let mut at = V9_HEADER;
            while let (Some(set), Some(length)) = (u16_at(bytes, at), u16_at(bytes, at + 2)) {
                let end = at + usize::from(length);
                if (2..256).contains(&set) || length < 4 || end > bytes.len() {
                    break;
                }
                at = end;
            }
            if at == V9_HEADER {
                return None;
            }
            at
        }
    };
    (length <= bytes.len()).then_some(length)
}

/// A field of a template: its element (0 for those of an enterprise) and its length.
type Field = (u16, u16);

/// What packets of one exporter share.
#[derive(Default)]
pub(crate) struct Decoder {
    /// By version, domain and number.
    templates: HashMap<(u16, u32, u16), Vec<Field>>,
    /// Data whose template did not come yet, in order.
    pending: Vec<Pending>,
    pending_bytes: usize,
    dropped: u64,
    sampled: bool,
}

struct Pending {
    key: (u16, u32, u16),
    base: Base,
    bytes: Vec<u8>,
}

/// What times in a packet are counted from.
#[derive(Debug, Clone, Copy)]
struct Base {
    /// When it was exported, in milliseconds since 1970.
    exported: u64,
    /// Milliseconds that the exporter was running then; unknown in IPFIX.
    uptime: Option<u32>,
}

impl Base {
    /// The moment at which the exporter had been running for so long.
    fn at(self, uptime: u32) -> Option<u64> {
        // The counter starts again every 49 days; a flow is never that far from its export.
        let before = i64::from(self.uptime?.wrapping_sub(uptime).cast_signed());
        self.exported.checked_add_signed(-before)
    }
}

impl Decoder {
    /// Gives `each` the flows in a packet, and those of earlier ones that its templates make readable.
    pub(crate) fn packet(&mut self, bytes: &[u8], each: &mut dyn FnMut(&Flow)) {
        let _ = match u16_at(bytes, 0) {
            Some(5) => self.version_5(bytes, each),
            Some(9) => self.version_9(bytes, each),
            Some(10) => self.ipfix(bytes, each),
            _ => None,
        };
    }

    /// How many sets stayed without a template.
    pub(crate) fn finish(&mut self) -> u64 {
        let left = std::mem::take(&mut self.pending).len() as u64;
        std::mem::take(&mut self.dropped) + left
    }

    fn version_5(&self, bytes: &[u8], each: &mut dyn FnMut(&Flow)) -> Option<()> {
        let exported =
            u64::from(u32_at(bytes, 8)?) * 1000 + u64::from(u32_at(bytes, 12)? / 1_000_000);
        let base = Base {
            exported,
            uptime: u32_at(bytes, 4),
        };
        let interval = u16_at(bytes, 22)? & 0x3fff;
        let v4 = |at: usize, record: &[u8]| {
            let address = Ipv4Addr::from_bits(u32_at(record, at)?);
            (!address.is_unspecified()).then_some(IpAddr::V4(address))
        };
        for record in bytes.get(V5_HEADER..)?.chunks_exact(V5_RECORD) {
            each(&Flow {
                start: base.at(u32_at(record, 24)?),
                exported: Some(exported),
                source: v4(0, record),
                destination: v4(4, record),
                next_hop: v4(8, record),
                source_port: u16_at(record, 32),
                destination_port: u16_at(record, 34),
                protocol: record.get(38).copied(),
                sampled: interval > 1,
                ..Flow::default()
            });
        }
        Some(())
    }

    fn version_9(&mut self, bytes: &[u8], each: &mut dyn FnMut(&Flow)) -> Option<()> {
        let base = Base {
            exported: u64::from(u32_at(bytes, 8)?) * 1000,
            uptime: u32_at(bytes, 4),
        };
        let domain = u32_at(bytes, 16)?;
        self.sets(9, domain, base, bytes.get(V9_HEADER..)?, each)
    }

    fn ipfix(&mut self, bytes: &[u8], each: &mut dyn FnMut(&Flow)) -> Option<()> {
        let base = Base {
            exported: u64::from(u32_at(bytes, 4)?) * 1000,
            uptime: None,
        };
        let domain = u32_at(bytes, 12)?;
        self.sets(10, domain, base, bytes.get(IPFIX_HEADER..)?, each)
    }

    fn sets(
        &mut self,
        version: u16,
        domain: u32,
        base: Base,
        mut rest: &[u8],
        each: &mut dyn FnMut(&Flow),
    ) -> Option<()> {
        while rest.len() >= 4 {
            let (set, length) = (u16_at(rest, 0)?, usize::from(u16_at(rest, 2)?));
            let body = rest.get(4..length)?;
            match (version, set) {
                (9, 0) | (10, 2) => self.templates(version, domain, body, false, each),
                (9, 1) | (10, 3) => self.templates(version, domain, body, true, each),
                (_, 256..) => self.data((version, domain, set), base, body, each),
                _ => {}
            }
            rest = &rest[length..];
        }
        Some(())
    }

    /// Reads templates. Those of options describe the exporter, not flows, but are written alike.
    fn templates(
        &mut self,
        version: u16,
        domain: u32,
        mut body: &[u8],
        options: bool,
        each: &mut dyn FnMut(&Flow),
    ) {
        while let (Some(id), Some(count)) = (u16_at(body, 0), u16_at(body, 2)) {
            if id < 256 {
                return; // padding
            }
            let (mut at, count) = match (options, version, u16_at(body, 4)) {
                (false, ..) => (4, usize::from(count)),
                // Lengths in bytes of the scope and of the options.
                (true, 9, Some(length)) => (6, usize::from(count / 4) + usize::from(length / 4)),
                (true, _, Some(_)) => (6, usize::from(count)),
                (true, _, None) => return,
            };
            let mut fields = Vec::with_capacity(count.min(MOST_FIELDS));
            for _ in 0..count {
                let (Some(element), Some(length)) = (u16_at(body, at), u16_at(body, at + 2)) else {
                    return;
                };
                at += 4;
                let of_enterprise = version == 10 && element & 0x8000 != 0;
                if of_enterprise {
                    at += 4;
                }
                fields.push((if of_enterprise { 0 } else { element }, length));
            }
            body = body.get(at..).unwrap_or_default();
            let key = (version, domain, id);
            let known = self.templates.contains_key(&key);
            let empty = fields.iter().all(|(_, length)| *length == 0);
            if empty
                || fields.len() > MOST_FIELDS
                || !known && self.templates.len() >= MOST_TEMPLATES
            {
                self.templates.remove(&key);
                continue;
            }
            self.templates.insert(key, fields);
            self.release(key, each);
        }
    }

    /// Reads what waited for a template.
    fn release(&mut self, key: (u16, u32, u16), each: &mut dyn FnMut(&Flow)) {
        if self.pending.iter().all(|one| one.key != key) {
            return;
        }
        let (now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|one| one.key == key);
        self.pending = later;
        for one in now {
            self.pending_bytes -= one.bytes.len();
            self.data(key, one.base, &one.bytes, each);
        }
    }

    fn data(
        &mut self,
        key: (u16, u32, u16),
        base: Base,
        mut body: &[u8],
        each: &mut dyn FnMut(&Flow),
    ) {
        let Some(fields) = self.templates.get(&key) else {
            if self.pending_bytes + body.len() > MOST_PENDING {
                self.dropped += 1;
                return;
            }
            self.pending_bytes += body.len();
            self.pending.push(Pending {
                key,
                base,
                bytes: body.to_vec(),
            });
            return;
        };
        let mut sampled = self.sampled;
        // What is shorter than a record is padding.
        while let Some((flow, length)) = record(fields, base, body, &mut sampled) {
            if flow.source.is_some() || flow.destination.is_some() {
                each(&Flow { sampled, ..flow });
            }
            body = &body[length..];
        }
        self.sampled = sampled;
    }
}

/// Reads one record and how long it is.
fn record(fields: &[Field], base: Base, body: &[u8], sampled: &mut bool) -> Option<(Flow, usize)> {
    let mut flow = Flow {
        exported: Some(base.exported),
        ..Flow::default()
    };
    let mut times = Times::default();
    let mut at = 0;
    for &(element, length) in fields {
        let length = match length {
            VARIABLE => match usize::from(*body.get(at)?) {
                255 => {
                    at += 3;
                    usize::from(u16_at(body, at - 2)?)
                }
                short => {
                    at += 1;
                    short
                }
            },
            fixed => usize::from(fixed),
        };
        let value = body.get(at..at + length)?;
        at += length;
        let port = || number(value).and_then(|port| u16::try_from(port).ok());
        match element {
            4 => flow.protocol = value.last().copied(),
            7 => flow.source_port = port(),
            11 => flow.destination_port = port(),
            8 | 27 => flow.source = address(value).or(flow.source),
            12 | 28 => flow.destination = address(value).or(flow.destination),
            15 | 62 => flow.next_hop = address(value).or(flow.next_hop),
            226 | 282 => flow.translated = address(value).or(flow.translated),
            34 | 50 | 305 => *sampled |= number(value).is_some_and(|interval| interval > 1),
            22 => times.uptime = number(value).and_then(|time| u32::try_from(time).ok()),
            150 => times.start = number(value).map(|seconds| seconds.saturating_mul(1000)),
            152 => times.start = number(value),
            154 | 156 => times.start = ntp(value),
            160 => times.began = number(value),
            460 => flow.host = text(value),
            461 => flow.url = text(value),
            468 => flow.agent = text(value),
            _ => {}
        }
    }
    if at == 0 {
        return None;
    }
    flow.start = times.start.or_else(|| {
        let uptime = times.uptime?;
        base.at(uptime)
            .or_else(|| times.began?.checked_add(u64::from(uptime)))
    });
    Some((flow, at))
}

#[derive(Default)]
struct Times {
    start: Option<u64>,
    uptime: Option<u32>,
    began: Option<u64>,
}

fn text(value: &[u8]) -> String {
    let end = value.iter().position(|b| *b == 0).unwrap_or(value.len());
    String::from_utf8_lossy(&value[..end]).into_owned()
}

fn address(value: &[u8]) -> Option<IpAddr> {
    let address = match value.len() {
        4 => IpAddr::V4(Ipv4Addr::from_bits(u32_at(value, 0)?)),
        16 => {
            let bytes: [u8; 16] = value.try_into().ok()?;
            let v6 = Ipv6Addr::from(bytes);
            v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4)
        }
        _ => return None,
    };
    (!address.is_unspecified()).then_some(address)
}

/// A time of the Network Time Protocol in milliseconds since 1970.
fn ntp(value: &[u8]) -> Option<u64> {
    let (seconds, fraction) = (u32_at(value, 0)?, u32_at(value, 4)?);
    let seconds = u64::from(seconds).checked_sub(2_208_988_800)?;
    Some(seconds * 1000 + ((u64::from(fraction) * 1000) >> 32))
}

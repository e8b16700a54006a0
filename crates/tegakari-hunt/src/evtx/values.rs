//! Values of binary XML, written as Windows writes them.

use std::io::Write as _;

/// Appends UTF-16 as UTF-8, escaped for the text of an element. Line ends become blanks: an event is a line.
pub(super) fn utf16(bytes: &[u8], out: &mut Vec<u8>) {
    let units = bytes
        .chunks_exact(2)
        .map(|two| u16::from_le_bytes([two[0], two[1]]));
    for c in char::decode_utf16(units) {
        escaped(c.unwrap_or(char::REPLACEMENT_CHARACTER), out);
    }
}

pub(super) fn escaped(c: char, out: &mut Vec<u8>) {
    match c {
        '&' => out.extend_from_slice(b"&amp;"),
        '<' => out.extend_from_slice(b"&lt;"),
        '>' => out.extend_from_slice(b"&gt;"),
        '\0' => {}
        c if c.is_control() => out.push(b' '),
        c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.get(..N)?.try_into().ok()
}

/// Appends a value of a type that is no binary XML and no array. `None` where its bytes do not suffice.
pub(super) fn plain(kind: u8, bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    // Writing to memory does not fail.
    match kind {
        0x00 => {}
        0x01 => utf16(bytes, out),
        0x02 => bytes
            .iter()
            .for_each(|b| escaped(if b.is_ascii() { *b as char } else { '\u{fffd}' }, out)),
        0x03 => write!(out, "{}", i8::from_le_bytes(fixed(bytes)?)).ok()?,
        0x04 => write!(out, "{}", bytes.first()?).ok()?,
        0x05 => write!(out, "{}", i16::from_le_bytes(fixed(bytes)?)).ok()?,
        0x06 => write!(out, "{}", u16::from_le_bytes(fixed(bytes)?)).ok()?,
        0x07 => write!(out, "{}", i32::from_le_bytes(fixed(bytes)?)).ok()?,
        0x08 => write!(out, "{}", u32::from_le_bytes(fixed(bytes)?)).ok()?,
        0x09 => write!(out, "{}", i64::from_le_bytes(fixed(bytes)?)).ok()?,
        0x0a => write!(out, "{}", u64::from_le_bytes(fixed(bytes)?)).ok()?,
        0x0b => write!(out, "{}", f32::from_le_bytes(fixed(bytes)?)).ok()?,
        0x0c => write!(out, "{}", f64::from_le_bytes(fixed(bytes)?)).ok()?,
        0x0d => {
            let set = bytes.iter().take(4).any(|b| *b != 0);
            out.extend_from_slice(if set { b"true" } else { b"false" });
        }
        0x0e => {
            for byte in bytes {
                write!(out, "{byte:02X}").ok()?;
            }
        }
        0x0f => guid(fixed(bytes)?, out)?,
        0x10 | 0x14 | 0x15 if bytes.len() >= 8 => {
            write!(out, "0x{:x}", u64::from_le_bytes(fixed(bytes)?)).ok()?;
        }
        0x10 | 0x14 => write!(out, "0x{:x}", u32::from_le_bytes(fixed(bytes)?)).ok()?,
        0x11 => file_time(u64::from_le_bytes(fixed(bytes)?), out)?,
        0x12 => system_time(fixed(bytes)?, out)?,
        0x13 => sid(bytes, out)?,
        _ => return None,
    }
    Some(())
}

/// The length of each item of an array; 0 for texts, which end with a zero.
pub(super) fn item_length(kind: u8) -> Option<usize> {
    Some(match kind {
        0x01 => 0,
        0x03 | 0x04 => 1,
        0x05 | 0x06 => 2,
        0x07 | 0x08 | 0x0b | 0x0d | 0x14 => 4,
        0x09 | 0x0a | 0x0c | 0x11 | 0x15 => 8,
        0x0f | 0x12 => 16,
        _ => return None,
    })
}

fn guid(bytes: [u8; 16], out: &mut Vec<u8>) -> Option<()> {
    let [a0, a1, a2, a3, b0, b1, c0, c1, rest @ ..] = bytes;
    write!(
        out,
        "{{{:08x}-{:04x}-{:04x}-",
        u32::from_le_bytes([a0, a1, a2, a3]),
        u16::from_le_bytes([b0, b1]),
        u16::from_le_bytes([c0, c1])
    )
    .ok()?;
    for (i, byte) in rest.iter().enumerate() {
        if i == 2 {
            out.push(b'-');
        }
        write!(out, "{byte:02x}").ok()?;
    }
    out.push(b'}');
    Some(())
}

/// Tenths of microseconds since 1601.
fn file_time(ticks: u64, out: &mut Vec<u8>) -> Option<()> {
    const TO_1970: i64 = 11_644_473_600;
    let seconds = i64::try_from(ticks / 10_000_000).ok()? - TO_1970;
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    let time = jiff::tz::TimeZone::UTC.to_datetime(time);
    write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        ticks % 10_000_000
    )
    .ok()
}

/// Year, month, day of the week, day, hour, minute, second, millisecond.
fn system_time(bytes: [u8; 16], out: &mut Vec<u8>) -> Option<()> {
    let part = |i: usize| {
        let two = bytes.get(2 * i..2 * i + 2)?;
        Some(u16::from_le_bytes(two.try_into().ok()?))
    };
    write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        part(0)?,
        part(1)?,
        part(3)?,
        part(4)?,
        part(5)?,
        part(6)?,
        part(7)?
    )
    .ok()
}

fn sid(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let [revision, count, authority @ ..] = bytes else {
        return None;
    };
    let high = authority
        .get(..6)?
        .iter()
        .fold(0_u64, |sum, b| sum << 8 | u64::from(*b));
    write!(out, "S-{revision}-{high}").ok()?;
    let parts = authority.get(6..6 + 4 * usize::from(*count))?;
    for part in parts.chunks_exact(4) {
        write!(out, "-{}", u32::from_le_bytes(part.try_into().ok()?)).ok()?;
    }
    Some(())
}

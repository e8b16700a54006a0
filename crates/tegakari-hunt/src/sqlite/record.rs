//! Values of a row (section 2.1 of the file format).

/// How a database writes its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
}

/// A value. Bytes that are no text are shown as the text in them, or in hex when they are short.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
}

/// Characters of ASCII beside each other that make bytes a text.
const SAYS: usize = 6;
/// Bytes shown in hex: no longer than the longest digest.
const SHORT: usize = 64;

/// A number of one to nine bytes; `at` moves behind it.
pub(super) fn varint(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let mut value = 0_u64;
    for i in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if i == 8 {
            value = value << 8 | u64::from(byte);
            break;
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            break;
        }
    }
    Some(value.cast_signed())
}

/// The values of a record; `None` when it is damaged.
pub(super) fn values(record: &[u8], encoding: Encoding) -> Option<Vec<Value>> {
    let mut at = 0;
    let header = usize::try_from(varint(record, &mut at)?).ok()?;
    if header > record.len() {
        return None;
    }
    let mut body = header;
    let mut values = Vec::new();
    while at < header {
        let kind = varint(record, &mut at)?;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            12.. => usize::try_from((kind - 12) / 2).ok()?,
            _ => return None,
        };
        let bytes = record.get(body..body.checked_add(length)?)?;
        body += length;
        values.push(match kind {
            0 => Value::Null,
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            7 => Value::Real(f64::from_bits(integer(bytes).cast_unsigned())),
            1..=6 => Value::Integer(integer(bytes)),
            kind if kind % 2 == 1 => Value::Text(text(bytes, encoding)),
            _ => Value::Text(shown(bytes)),
        });
    }
    Some(values)
}

fn integer(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
    bytes
        .iter()
        .fold(if negative { -1 } else { 0 }, |sum: i64, byte| {
            sum << 8 | i64::from(*byte)
        })
}

fn text(bytes: &[u8], encoding: Encoding) -> String {
    let units = |join: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| join([pair[0], pair[1]]))
            .collect();
        String::from_utf16_lossy(&units)
    };
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::Utf16Little => units(u16::from_le_bytes),
        Encoding::Utf16Big => units(u16::from_be_bytes),
    }
}

/// Bytes as text: what they say, or in hex when they are short, or what can be read in them.
pub(crate) fn shown(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.chars().any(|c| c.is_control() && !c.is_whitespace())
    {
        return text.to_owned();
    }
    let hex = || -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
    let says = bytes
        .split(|b| !matches!(b, b' '..=b'~'))
        .any(|piece| piece.len() >= SAYS);
    // Text in another encoding: what of it is ASCII can be searched. A digest rarely has as much of it, and stays one.
    if says {
        let text = String::from_utf8_lossy(bytes).into_owned();
        return match bytes.len() {
            16 | 20 | 32 | 48 | 64 => text + " " + &hex(),
            _ => text,
        };
    }
    if bytes.len() <= SHORT {
        return hex();
    }
    // What can be read in it, in pieces.
    let pieces: Vec<String> = bytes
        .split(|b| !matches!(b, b' '..=b'~'))
        .filter(|piece| piece.len() >= 6)
        .map(|piece| String::from_utf8_lossy(piece).into_owned())
        .collect();
    pieces.join(" ")
}

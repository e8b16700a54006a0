//! Numbers at places of a font file, most significant byte first. Nothing is where a damaged file says.

pub(super) fn u8_at(data: &[u8], at: usize) -> Option<u8> {
    data.get(at).copied()
}

pub(super) fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    number(data, at, 2).map(|n| n as u16)
}

pub(super) fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    number(data, at, 4)
}

/// A number of up to four bytes.
pub(super) fn number(data: &[u8], at: usize, length: usize) -> Option<u32> {
    let bytes = data.get(at..at.checked_add(length)?)?;
    Some(
        bytes
            .iter()
            .fold(0u32, |number, byte| number << 8 | u32::from(*byte)),
    )
}

/// The bytes from a place on.
pub(super) fn from(data: &[u8], at: usize) -> Option<&[u8]> {
    data.get(at..)
}

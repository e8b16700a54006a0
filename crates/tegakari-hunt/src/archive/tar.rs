//! tar in its common forms: POSIX ustar and pax (IEEE 1003.1, pax), and GNU's long names.

use std::io::{self, BufRead, Read};

use super::{Ahead, Unread};
use crate::inside::Closed;

const BLOCK: usize = 512;
/// The most that a name or its extended header may take.
const LONGEST_NAME: u64 = 1 << 20;

/// Whether a block is a header: its checksum, which counts its own field as blanks, is right.
pub(super) fn is_header(block: &[u8]) -> bool {
    let Some(block) = block.get(..BLOCK) else {
        return false;
    };
    let Some(told) = number(&block[148..156]) else {
        return false;
    };
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(at, b)| {
            if (148..156).contains(&at) {
                32
            } else {
                u64::from(*b)
            }
        })
        .sum();
    told == sum && block[0] != 0
}

/// An octal number, or one in base 256 as GNU writes large ones.
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let mut value = u64::from(field[0] & 0x7f);
        for byte in &field[1..] {
            value = value.checked_mul(256)?.checked_add(u64::from(*byte))?;
        }
        return Some(value);
    }
    let text = field.split(|b| *b == 0).next()?.trim_ascii();
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |value, byte| match byte {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(u64::from(byte - b'0')),
        _ => None,
    })
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// The path in a pax header: records of `length key=value\n`.
fn pax_path(records: &[u8]) -> Option<String> {
    let at = memchr::memmem::find(records, b" path=")?;
    let value = &records[at + 6..];
    let end = memchr::memchr(b'\n', value).unwrap_or(value.len());
    Some(String::from_utf8_lossy(&value[..end]).into_owned())
}

pub(super) fn members<R: BufRead>(
    reader: &mut Ahead<R>,
    each: &mut dyn FnMut(&str, &mut dyn Read) -> bool,
    unread: &mut Vec<Unread>,
) -> io::Result<()> {
    let mut long_name: Option<String> = None;
    loop {
        if reader.peek()?.is_empty() {
            unread.push(Unread::new(
                None,
                Closed::Damaged,
                "the archive ends without its mark: members may be missing",
                super::DAMAGED_HINT,
            ));
            return Ok(());
        }
        let block: [u8; BLOCK] = reader.exact()?;
        if block.iter().all(|b| *b == 0) {
            io::copy(reader, &mut io::sink())?;
            return Ok(());
        }
        if !is_header(&block) {
            return Err(io::Error::other("a header's checksum is wrong"));
        }
        let size = number(&block[124..136]).unwrap_or(0);
        let padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        match block[156] {
            kind @ (b'L' | b'x') if size <= LONGEST_NAME => {
                let bytes = reader.bytes(usize::try_from(size).unwrap_or(0))?;
                reader.skip(padding)?;
                long_name = if kind == b'L' {
                    Some(text(&bytes))
                } else {
                    pax_path(&bytes).or(long_name)
                };
            }
            b'0' | 0 | b'7' => {
                let short = text(&block[..100]);
                let prefix = if &block[257..262] == b"ustar" && block[262] == 0 {
                    text(&block[345..500])
                } else {
                    String::new()
                };
                let name = long_name.take().unwrap_or_else(|| {
                    if prefix.is_empty() {
                        short
                    } else {
                        format!("{prefix}/{short}")
                    }
                });
                let mut member = reader.by_ref().take(size);
                let go_on = name.ends_with('/') || each(&name, &mut member);
                io::copy(&mut member, &mut io::sink())?;
                if member.limit() > 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                reader.skip(padding)?;
                if !go_on {
                    return Ok(());
                }
            }
            kind => {
                if kind == b'S' {
                    let name = long_name.take().unwrap_or_else(|| text(&block[..100]));
                    let one = Unread::new(
                        Some(&name),
                        Closed::Unknown,
                        "it is stored with holes left out",
                        "unpack it first",
                    );
                    unread.push(one.passing_over(size));
                }
                // Folders, links and devices hold nothing to search.
                if kind != b'g' {
                    long_name = None;
                }
                reader.skip(size)?;
                reader.skip(padding)?;
            }
        }
    }
}

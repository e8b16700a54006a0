//! ZIP, read from front to back by its local headers (APPNOTE.TXT 6.3.10, section 4.3.7), so that an archive of
//! any size costs no memory and one that is cut gives what is whole.

use std::io::{self, BufRead, Read};

use super::{Ahead, Guard, Guarded, Unread};
use crate::inside::Closed;

const LOCAL: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// Central directory, end of it, its 64-bit form, archive extra data: no member follows.
const END: [&[u8]; 4] = [b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08"];

/// A local header.
struct Header {
    name: String,
    method: u16,
    encrypted: bool,
    /// Sizes and checksum stand behind the member.
    streamed: bool,
    packed: u64,
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..at + 2) {
        Some(&[a, b]) => u16::from_le_bytes([a, b]),
        _ => 0,
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

fn header<R: BufRead>(reader: &mut Ahead<R>) -> io::Result<Header> {
    let fixed: [u8; 30] = reader.exact()?;
    let flags = u16_at(&fixed, 6);
    let name = reader.bytes(usize::from(u16_at(&fixed, 26)))?;
    let extra = reader.bytes(usize::from(u16_at(&fixed, 28)))?;
    let mut packed = u64::from(u32_at(&fixed, 18));
    let unpacked = u32_at(&fixed, 22);
    let mut at = 0;
    while at + 4 <= extra.len() {
        let length = usize::from(u16_at(&extra, at + 2));
        if u16_at(&extra, at) == 1 {
            let skip = if unpacked == u32::MAX { 8 } else { 0 };
            if packed == u64::from(u32::MAX) && skip + 8 <= length {
                packed = u64_at(&extra, at + 4 + skip);
            }
        }
        at += 4 + length;
    }
    Ok(Header {
        name: String::from_utf8_lossy(&name).replace('\\', "/"),
        method: u16_at(&fixed, 8),
        encrypted: flags & 1 != 0,
        streamed: flags & 8 != 0,
        packed,
    })
}

pub(super) fn members<R: BufRead>(
    reader: &mut Ahead<R>,
    guard: &Guard<'_>,
    each: &mut dyn FnMut(&str, &mut dyn Read) -> bool,
    unread: &mut Vec<Unread>,
) -> io::Result<()> {
    if reader.peek()? == DESCRIPTOR {
        reader.skip(4)?; // the mark of an archive once meant for several disks
    }
    loop {
        let next = reader.peek()?;
        if next != LOCAL {
            return if END.contains(&next) {
                Ok(())
            } else if next.is_empty() {
                Err(io::ErrorKind::UnexpectedEof.into())
            } else {
                Err(io::Error::other("no member begins where one should"))
            };
        }
        let header = header(reader)?;
        let go_on = member(reader, &header, guard, each, unread)?;
        if header.streamed {
            descriptor(reader)?;
        }
        if !go_on {
            return Ok(());
        }
    }
}

/// Takes one member off the stream, whatever becomes of it.
fn member<R: BufRead>(
    reader: &mut Ahead<R>,
    header: &Header,
    guard: &Guard<'_>,
    each: &mut dyn FnMut(&str, &mut dyn Read) -> bool,
    unread: &mut Vec<Unread>,
) -> io::Result<bool> {
    let name = Some(header.name.as_str());
    let sized = !header.streamed || header.packed > 0;
    let known = matches!(header.method, 0 | 8 | 12 | 14 | 93 | 95);
    if header.encrypted || !known {
        let (why, what, hint) = if header.encrypted {
            (
                Closed::Encrypted,
                "it is protected with a password",
                "unpack it with the password first",
            )
        } else {
            (
                Closed::Unknown,
                "its method of packing is not known here",
                "unpack it first",
            )
        };
        unread.push(Unread::new(name, why, what, hint).passing_over(header.packed));
        if !sized {
            return Err(io::Error::other(
                "what follows a member that cannot be read has no known place",
            ));
        }
        reader.skip(header.packed)?;
        return Ok(true);
    }
    if header.streamed && header.method == 8 {
        // The packed stream knows its own end.
        let inner = flate2::bufread::DeflateDecoder::new(&mut *reader);
        let mut inner = Guarded { inner, guard };
        let go_on = each(&header.name, &mut inner);
        io::copy(&mut inner, &mut io::sink())?;
        return Ok(go_on);
    }
    if !sized {
        if header.method == 0
            && END
                .iter()
                .chain([&LOCAL, &DESCRIPTOR])
                .any(|m| reader.peek().is_ok_and(|n| n == *m))
        {
            return Ok(true); // an empty member
        }
        unread.push(Unread::new(
            name,
            Closed::Unknown,
            "its size is not told",
            "unpack it first",
        ));
        return Err(io::Error::other(
            "what follows a member without a size has no known place",
        ));
    }
    let mut stored = reader.by_ref().take(header.packed);
    let go_on = {
        let inner: Box<dyn Read + '_> = match header.method {
            8 => Box::new(flate2::bufread::DeflateDecoder::new(&mut stored)),
            14 => Box::new(lzma(&mut stored)?),
            12 => Box::new(bzip2::bufread::BzDecoder::new(&mut stored)),
            93 => Box::new(zstd::stream::read::Decoder::with_buffer(&mut stored)?),
            95 => Box::new(liblzma::bufread::XzDecoder::new(&mut stored)),
            _ => Box::new(&mut stored),
        };
        let mut inner = Guarded { inner, guard };
        each(&header.name, &mut inner)
    };
    io::copy(&mut stored, &mut io::sink())?;
    if stored.limit() > 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(go_on)
}

/// The most memory that unpacking LZMA may take.
const LZMA_MEMORY: u64 = 256 << 20;

/// A member in LZMA: version, length of the properties, the properties, and the stream (section 5.8). The library reads
/// the form of a file, which has the properties and a size, here an unknown one.
fn lzma<'r>(stored: &'r mut dyn BufRead) -> io::Result<impl Read + 'r> {
    let mut lead = [0; 9];
    stored.read_exact(&mut lead)?;
    if lead[2..4] != [5, 0] {
        return Err(io::Error::other("properties of an unknown length"));
    }
    let mut header = lead[4..].to_vec();
    header.extend([0xff; 8]);
    let stream =
        liblzma::stream::Stream::new_lzma_decoder(LZMA_MEMORY).map_err(io::Error::other)?;
    let whole = io::Cursor::new(header).chain(stored);
    Ok(liblzma::bufread::XzDecoder::new_stream(whole, stream))
}

/// Skips what stands behind a streamed member: a mark (not always), checksum, and two sizes of 32 or 64 bits.
fn descriptor<R: BufRead>(reader: &mut Ahead<R>) -> io::Result<()> {
    if reader.peek()? == DESCRIPTOR {
        reader.skip(4)?;
    }
    reader.skip(12)?;
    let next = reader.peek()?;
    let ends = next == LOCAL || END.contains(&next) || next.is_empty();
    if !ends {
        reader.skip(8)?;
    }
    Ok(())
}

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
    /// CRC-32 of what is packed; 0 where it is not told here.
    checksum: u32,
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
        name: named(&name, flags & 0x800 != 0, &extra),
        method: u16_at(&fixed, 8),
        encrypted: flags & 1 != 0,
        streamed: flags & 8 != 0,
        packed,
        checksum: u32_at(&fixed, 14),
    })
}

/// A name as text. Old archives do not say in which encoding names are; what is no UTF-8 is mostly Shift_JIS here. Some
/// programs write the name in UTF-8 beside it (extra field 0x7075: version, checksum of the other name, name).
fn named(name: &[u8], is_utf8: bool, extra: &[u8]) -> String {
    let mut at = 0;
    while !is_utf8 && at + 4 <= extra.len() {
        let length = usize::from(u16_at(extra, at + 2));
        let field = extra.get(at + 4..at + 4 + length).unwrap_or_default();
        let is_of_this = u32_at(field, 1) == checksum_of(name);
        if u16_at(extra, at) == 0x7075 && field.first() == Some(&1) && is_of_this {
            let name = field.get(5..).unwrap_or_default();
            return String::from_utf8_lossy(name).replace('\\', "/");
        }
        at += 4 + length;
    }
    let text = std::str::from_utf8(name).map(str::to_owned);
    let text = text.unwrap_or_else(|_| {
        let (text, _, is_wrong) = encoding_rs::SHIFT_JIS.decode(name);
        if is_utf8 || is_wrong {
            String::from_utf8_lossy(name).into_owned()
        } else {
            text.into_owned()
        }
    });
    text.replace('\\', "/")
}

fn checksum_of(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}

/// A member of which the checksum is taken while it is read.
struct Summed<R> {
    inner: R,
    sum: flate2::Crc,
    /// What it must be at the end, where that is known before.
    wanted: Option<u32>,
}

impl<R: Read> Summed<R> {
    fn new(inner: R, wanted: u32) -> Self {
        Self {
            inner,
            sum: flate2::Crc::new(),
            wanted: (wanted != 0).then_some(wanted),
        }
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        self.sum.update(buf.get(..got).unwrap_or_default());
        let is_end = got == 0 && !buf.is_empty();
        if is_end && self.wanted.is_some_and(|wanted| wanted != self.sum.sum()) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, WRONG_SUM));
        }
        Ok(got)
    }
}

const WRONG_SUM: &str = "its checksum (CRC-32) is wrong";

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
        let mut sum = None;
        let go_on = member(reader, &header, guard, each, &mut sum, unread)?;
        if header.streamed {
            let told = descriptor(reader)?;
            if sum.is_some_and(|sum| told != 0 && told != sum) {
                let why = Closed::Damaged;
                let name = Some(header.name.as_str());
                unread.push(Unread::new(name, why, WRONG_SUM, super::DAMAGED_HINT));
            }
        }
        if !go_on {
            return Ok(());
        }
    }
}

/// Takes one member off the stream, whatever becomes of it. `sum` becomes the checksum of one whose own stands behind it.
fn member<R: BufRead>(
    reader: &mut Ahead<R>,
    header: &Header,
    guard: &Guard<'_>,
    each: &mut dyn FnMut(&str, &mut dyn Read) -> bool,
    sum: &mut Option<u32>,
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
        let inner = Guarded { inner, guard };
        let mut inner = Summed::new(inner, 0);
        let go_on = each(&header.name, &mut inner);
        io::copy(&mut inner, &mut io::sink())?;
        *sum = Some(inner.sum.sum());
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
        let mut inner = Summed::new(Guarded { inner, guard }, header.checksum);
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
/// Gives the checksum.
fn descriptor<R: BufRead>(reader: &mut Ahead<R>) -> io::Result<u32> {
    if reader.peek()? == DESCRIPTOR {
        reader.skip(4)?;
    }
    let checksum: [u8; 4] = reader.exact()?;
    reader.skip(8)?;
    let next = reader.peek()?;
    let ends = next == LOCAL || END.contains(&next) || next.is_empty();
    if !ends {
        reader.skip(8)?;
    }
    Ok(u32_at(&checksum, 0))
}

//! Streams unpacked within bounds. The library unpacks without any: a few kilobytes can become
//! gigabytes. So what is read here is measured first, and what the library unpacks by itself (object
//! and cross-reference streams) is looked at before it gets the file.

use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::Filter;
use hayro_syntax::object::Stream;
use memchr::memmem;

/// The most one stream may unpack to. A page of dense text has some 100 kB, a large font 20 MB.
pub(super) const STREAM_LIMIT: usize = 64 << 20;
/// The most that all object streams of a document may unpack to.
const OBJECTS_LIMIT: usize = 128 << 20;
/// The most that is unpacked to measure the streams of a document.
const MEASURE_LIMIT: u64 = 4 << 30;
/// The most a stream may have that can only be unpacked, not measured: deflate makes at most 1032 bytes of one.
const UNMEASURED_LIMIT: usize = 64 << 10;
/// The most that all such object streams may have together.
const UNMEASURED_OBJECTS_LIMIT: usize = 2 << 20;

/// The bytes of a stream without its filters; `None` when they are damaged beyond use, are an image or
/// unpack to more than [`STREAM_LIMIT`].
pub(super) fn unpack(stream: &Stream<'_>) -> Option<Vec<u8>> {
    unpack_part(stream).map(|(data, _)| data)
}

/// The same, and whether it is all that was packed: of a stream that is cut or damaged what stands before is kept.
pub(super) fn unpack_part(stream: &Stream<'_>) -> Option<(Vec<u8>, bool)> {
    let filters = stream.filters();
    let mut packing = 0;
    for filter in &filters {
        match filter {
            Filter::FlateDecode | Filter::LzwDecode | Filter::RunLengthDecode => packing += 1,
            Filter::AsciiHexDecode | Filter::Ascii85Decode | Filter::Crypt => {}
            _ => return None,
        }
    }
    let raw = stream.raw_data();
    let predicted = stream.dict().contains_key(b"DecodeParms") || stream.dict().contains_key(b"DP");
    match (filters.as_slice(), packing) {
        (_, 0) if raw.len() <= STREAM_LIMIT => whole(stream),
        ([Filter::FlateDecode], 1) if !predicted => inflate_part(&raw, STREAM_LIMIT),
        ([Filter::FlateDecode], 1) if measure(&raw, STREAM_LIMIT as u64) <= STREAM_LIMIT as u64 => {
            whole(stream)
        }
        (_, 1) if raw.len() <= UNMEASURED_LIMIT => whole(stream),
        _ => None,
    }
}

fn whole(stream: &Stream<'_>) -> Option<(Vec<u8>, bool)> {
    let data = stream.decoded_data().ok()?.into_owned();
    Some((data, true))
}

/// Skips the header of zlib (RFC 1950) where there is one; some writers leave it out.
fn deflate_part(data: &[u8]) -> &[u8] {
    match data {
        [cmf, flags, rest @ ..] if is_zlib(*cmf, *flags) => rest,
        _ => data,
    }
}

fn is_zlib(cmf: u8, flags: u8) -> bool {
    cmf & 0x0f == 8
        && cmf >> 4 <= 7
        && flags & 0x20 == 0
        && (u16::from(cmf) << 8 | u16::from(flags)).is_multiple_of(31)
}

/// Inflates; what stands before damage is kept. `None` when there is more than `most`.
fn inflate(data: &[u8], most: usize) -> Option<Vec<u8>> {
    inflate_part(data, most).map(|(data, _)| data)
}

/// The same, and whether the data ended as it should.
fn inflate_part(data: &[u8], most: usize) -> Option<(Vec<u8>, bool)> {
    let mut out = Vec::new();
    let (total, ended) = walk(data, most as u64, |part| out.extend_from_slice(part));
    (total <= most as u64).then_some((out, ended))
}

/// How long the inflated data is; a little more than `most` when it is longer than that.
fn measure(data: &[u8], most: u64) -> u64 {
    walk(data, most, |_| {}).0
}

/// How long the data was, as far as read, and whether its last block ended.
fn walk(data: &[u8], most: u64, mut take: impl FnMut(&[u8])) -> (u64, bool) {
    let mut inflater = Decompress::new(false);
    let mut rest = deflate_part(data);
    let mut buffer = vec![0; 64 << 10];
    loop {
        let (taken, made) = (inflater.total_in(), inflater.total_out());
        let status = inflater.decompress(rest, &mut buffer, FlushDecompress::None);
        let consumed = usize::try_from(inflater.total_in() - taken).unwrap_or(0);
        let produced = usize::try_from(inflater.total_out() - made).unwrap_or(0);
        take(buffer.get(..produced).unwrap_or_default());
        rest = rest.get(consumed..).unwrap_or_default();
        let stuck = consumed == 0 && produced == 0;
        let done = !matches!(status, Ok(Status::Ok | Status::BufError)) || stuck;
        if done || inflater.total_out() > most {
            let ended = matches!(status, Ok(Status::StreamEnd));
            return (inflater.total_out(), ended);
        }
    }
}

/// A copy of the file in which streams that the library would unpack to more than it should are empty,
/// and how many those are.
pub(super) fn defuse(bytes: &[u8]) -> (Vec<u8>, usize) {
    let mut copy = bytes.to_vec();
    let encrypted = memmem::find(bytes, b"/Encrypt").is_some();
    let mut work = 0u64;
    let (mut objects, mut unmeasured, mut emptied) = (0u64, 0usize, 0usize);
    let mut last_end = 0;
    for at in memmem::find_iter(bytes, b"stream") {
        if at < last_end || bytes.get(at.wrapping_sub(3)..at) == Some(b"end") {
            continue;
        }
        let from = at.saturating_sub(2048).max(last_end);
        let window = bytes.get(from..at).unwrap_or_default();
        let dict = memmem::rfind(window, b"obj").map_or(window, |i| &window[i..]);
        let start = match bytes.get(at + 6..) {
            Some([b'\r', b'\n', ..]) => at + 8,
            Some([b'\r' | b'\n', ..]) => at + 7,
            _ => continue,
        };
        let rest = bytes.get(start..).unwrap_or_default();
        let nature = Nature::of(dict);
        if nature == Nature::Image {
            continue;
        }
        let raw = memmem::find(rest, b"endstream").unwrap_or(rest.len());
        last_end = start + raw;
        let data = rest.get(..raw).unwrap_or_default();
        let bad = if encrypted || nature == Nature::Odd {
            unmeasured += raw;
            nature != Nature::Other
                && (raw > 4 * UNMEASURED_LIMIT || unmeasured > UNMEASURED_OBJECTS_LIMIT)
        } else {
            let left = MEASURE_LIMIT.saturating_sub(work);
            let length = layers(data, &mut work);
            if nature == Nature::Objects {
                objects += length;
            }
            left == 0
                || length > STREAM_LIMIT as u64
                || (nature == Nature::Objects && objects > OBJECTS_LIMIT as u64)
        };
        if bad {
            // A block of the reserved type: every inflater stops here with nothing.
            for byte in copy.iter_mut().skip(start).take(raw.min(16)) {
                *byte = 0xff;
            }
            emptied += 1;
        }
    }
    (copy, emptied)
}

/// The length of the deepest layer of data that may be packed several times over.
fn layers(data: &[u8], work: &mut u64) -> u64 {
    let mut longest = data.len() as u64;
    let mut inner: Option<Vec<u8>> = None;
    for _ in 0..4 {
        let layer = inner.as_deref().unwrap_or(data);
        let length = measure(layer, STREAM_LIMIT as u64);
        *work += length;
        longest = longest.max(length);
        if length == 0 || length > STREAM_LIMIT as u64 {
            break;
        }
        let mut start = Vec::with_capacity(2);
        walk(layer, 0, |part| {
            if start.is_empty() {
                start.extend_from_slice(part.get(..2).unwrap_or_default());
            }
        });
        let packed_again = matches!(start.as_slice(), [cmf, flags] if is_zlib(*cmf, *flags));
        if !packed_again {
            break;
        }
        inner = inflate(layer, STREAM_LIMIT);
        if inner.is_none() {
            break;
        }
    }
    longest
}

/// What a stream is by its dictionary, as far as the library may unpack it unasked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// An image, which nobody unpacks here.
    Image,
    /// An object or cross-reference stream, which the library unpacks by itself.
    Objects,
    /// As that, or not to be told, and packed in a way that cannot be measured.
    Odd,
    /// Anything else: unpacked only by [`unpack`].
    Other,
}

impl Nature {
    fn of(dict: &[u8]) -> Self {
        let has = |word: &[u8]| memmem::find(dict, word).is_some();
        // `#` writes a letter of a name by its number: with it anything may be called anything.
        let hidden = has(b"#")
            || memmem::find(dict, b"/Type").is_some_and(|i| {
                let after = dict.get(i + 5..).unwrap_or_default().trim_ascii_start();
                after.first().is_some_and(u8::is_ascii_digit)
            });
        let objects = has(b"ObjStm") || has(b"XRef") || has(b"/First");
        if !hidden && !objects && has(b"/Image") {
            return Self::Image;
        }
        let unusual = [
            &b"LZW"[..],
            b"ASCII",
            b"/A85",
            b"/AHx",
            b"RunLength",
            b"/RL",
        ]
        .iter()
        .any(|f| has(f));
        match (objects || hidden, unusual) {
            (true, true) => Self::Odd,
            (true, false) => Self::Objects,
            _ => Self::Other,
        }
    }
}

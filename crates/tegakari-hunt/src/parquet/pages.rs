//! The pages of a column (<https://parquet.apache.org/docs/file-format/data-pages/>): taken apart and uncompressed here, within limits, before the
//! library decodes what is in them.

use std::io::Read;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};

use super::thrift::{Input, Value};
use crate::lz4;

/// The largest page that is uncompressed. Writers make them of one megabyte.
const LARGEST: usize = 256 << 20;
/// Bytes looked at for the header of a page, which may hold the least and the largest value.
const LONGEST_HEADER: usize = 1 << 20;

fn wrong(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}

#[derive(Default)]
struct Header {
    kind: i64,
    uncompressed: usize,
    compressed: usize,
    crc: Option<u32>,
    values: u32,
    encoding: i64,
    /// Of levels, in pages of the first version.
    levels: [i64; 2],
    sorted: bool,
    nulls: u32,
    rows: u32,
    definition: u32,
    repetition: u32,
    plain: bool,
}

fn header(bytes: &[u8]) -> Option<(Header, usize)> {
    let mut out = Header::default();
    let mut input = Input::new(bytes);
    input.fields(&mut |input, field, value| {
        match (field, value) {
            (1, Value::Integer(n)) => out.kind = n,
            (2, Value::Integer(n)) => out.uncompressed = usize::try_from(n).ok()?,
            (3, Value::Integer(n)) => out.compressed = usize::try_from(n).ok()?,
            (4, Value::Integer(n)) => out.crc = Some(i32::try_from(n).ok()?.cast_unsigned()),
            (kind @ (5 | 7 | 8), Value::Struct) => {
                input.fields(&mut |_, field, value| {
                    match (kind, field, value) {
                        (_, 1, Value::Integer(n)) => out.values = u32::try_from(n).ok()?,
                        (5 | 7, 2, Value::Integer(n)) => out.encoding = n,
                        (5, 3, Value::Integer(n)) => out.levels[0] = n,
                        (5, 4, Value::Integer(n)) => out.levels[1] = n,
                        (7, 3, Value::Bool(sorted)) => out.sorted = sorted,
                        (8, 2, Value::Integer(n)) => out.nulls = u32::try_from(n).ok()?,
                        (8, 3, Value::Integer(n)) => out.rows = u32::try_from(n).ok()?,
                        (8, 4, Value::Integer(n)) => out.encoding = n,
                        (8, 5, Value::Integer(n)) => out.definition = u32::try_from(n).ok()?,
                        (8, 6, Value::Integer(n)) => out.repetition = u32::try_from(n).ok()?,
                        (8, 7, Value::Bool(compressed)) => out.plain = !compressed,
                        _ => {}
                    }
                    Some(false)
                })?;
                return Some(true);
            }
            _ => {}
        }
        Some(false)
    })?;
    Some((out, input.taken()))
}

fn encoding(number: i64) -> Result<Encoding> {
    Ok(match number {
        0 => Encoding::PLAIN,
        2 => Encoding::PLAIN_DICTIONARY,
        3 => Encoding::RLE,
        #[allow(deprecated, reason = "old files have it")]
        4 => Encoding::BIT_PACKED,
        5 => Encoding::DELTA_BINARY_PACKED,
        6 => Encoding::DELTA_LENGTH_BYTE_ARRAY,
        7 => Encoding::DELTA_BYTE_ARRAY,
        8 => Encoding::RLE_DICTIONARY,
        9 => Encoding::BYTE_STREAM_SPLIT,
        _ => return Err(wrong("a page is encoded in a way that is not known here")),
    })
}

pub(super) fn uncompress(codec: Compression, packed: &[u8], length: usize) -> Result<Vec<u8>> {
    if length > LARGEST {
        return Err(wrong("a page is larger than 256 MiB"));
    }
    let mut out = Vec::new();
    let most = length as u64 + 1;
    let failed = |_| wrong("a page cannot be uncompressed");
    match codec {
        Compression::UNCOMPRESSED => out.extend_from_slice(packed),
        Compression::SNAPPY => {
            if snap::raw::decompress_len(packed).ok() != Some(length) {
                return Err(wrong("a page has another length than it says"));
            }
            out = snap::raw::Decoder::new()
                .decompress_vec(packed)
                .map_err(|_| wrong("a page cannot be uncompressed"))?;
        }
        Compression::GZIP(_) => {
            let decoder = flate2::read::MultiGzDecoder::new(packed);
            decoder.take(most).read_to_end(&mut out).map_err(failed)?;
        }
        Compression::ZSTD(_) => {
            let decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(failed)?;
            decoder.take(most).read_to_end(&mut out).map_err(failed)?;
        }
        Compression::BROTLI(_) => {
            let decoder = brotli_decompressor::Decompressor::new(packed, 1 << 16);
            decoder.take(most).read_to_end(&mut out).map_err(failed)?;
        }
        Compression::LZ4_RAW => lz4::unpack(packed, &mut out, length).map_err(failed)?,
        Compression::LZ4 => out = old_lz4(packed, length)?,
        _ => return Err(wrong("a page is compressed with LZO, which is not read")),
    }
    if out.len() != length {
        return Err(wrong("a page has another length than it says"));
    }
    Ok(out)
}

/// LZ4 as Hadoop frames it (both lengths, big-endian, in front of each block), as a frame, or as a block alone: writers called
/// all of them by one name.
fn old_lz4(packed: &[u8], length: usize) -> Result<Vec<u8>> {
    let framed = |out: &mut Vec<u8>| -> Option<()> {
        let mut rest = packed;
        while !rest.is_empty() {
            let (lengths, behind) = rest.split_at_checked(8)?;
            let whole = u32::from_be_bytes(lengths[..4].try_into().ok()?) as usize;
            let stored = u32::from_be_bytes(lengths[4..].try_into().ok()?) as usize;
            let (block, behind) = behind.split_at_checked(stored)?;
            let before = out.len();
            lz4::unpack(block, out, (before + whole).min(length)).ok()?;
            if out.len() != before + whole {
                return None;
            }
            rest = behind;
        }
        (out.len() == length).then_some(())
    };
    let mut out = Vec::new();
    if framed(&mut out).is_some() {
        return Ok(out);
    }
    out.clear();
    if packed.starts_with(&lz4::MAGIC) {
        lz4::Lz4::new(packed)
            .take(length as u64 + 1)
            .read_to_end(&mut out)
            .map_err(|_| wrong("a page cannot be uncompressed"))?;
        return Ok(out);
    }
    lz4::unpack(packed, &mut out, length).map_err(|_| wrong("a page cannot be uncompressed"))?;
    Ok(out)
}

/// The pages of one column of one group of rows.
pub(super) struct Pages {
    bytes: Bytes,
    at: usize,
    end: usize,
    codec: Compression,
    /// Values that are still to come.
    left: i64,
}

impl Pages {
    /// `range` is where the pages stand in the file.
    pub(super) fn new(
        bytes: Bytes,
        range: (u64, u64),
        codec: Compression,
        values: i64,
    ) -> Result<Self> {
        let at = usize::try_from(range.0).ok();
        let end = usize::try_from(range.0.saturating_add(range.1)).ok();
        match (at, end) {
            (Some(at), Some(end)) if at <= end && end <= bytes.len() => Ok(Self {
                bytes,
                at,
                end,
                codec,
                left: values,
            }),
            _ => Err(wrong("a column is outside the file")),
        }
    }

    /// The next header, and where its page begins and ends.
    fn header(&self) -> Result<(Header, usize, usize)> {
        let rest = &self.bytes[self.at..self.end];
        let head = &rest[..rest.len().min(LONGEST_HEADER)];
        let (header, length) = header(head).ok_or_else(|| wrong("a page has no header"))?;
        let from = self.at + length;
        let behind = from
            .checked_add(header.compressed)
            .filter(|behind| *behind <= self.end)
            .ok_or_else(|| wrong("a page is cut"))?;
        Ok((header, from, behind))
    }

    fn page(&mut self) -> Result<Option<Page>> {
        while self.left > 0 {
            let (header, from, behind) = self.header()?;
            let packed = &self.bytes[from..behind];
            if header.crc.is_some_and(|crc| crc != crc32fast::hash(packed)) {
                return Err(wrong("a page does not have the checksum that it should"));
            }
            self.at = behind;
            let page = match header.kind {
                0 => {
                    let [definition, repetition] = header.levels;
                    self.left -= i64::from(header.values.max(1));
                    Page::DataPage {
                        buf: uncompress(self.codec, packed, header.uncompressed)?.into(),
                        num_values: header.values,
                        encoding: encoding(header.encoding)?,
                        def_level_encoding: encoding(definition)?,
                        rep_level_encoding: encoding(repetition)?,
                        statistics: None,
                    }
                }
                2 => Page::DictionaryPage {
                    buf: uncompress(self.codec, packed, header.uncompressed)?.into(),
                    num_values: header.values,
                    encoding: encoding(header.encoding)?,
                    is_sorted: header.sorted,
                },
                3 => {
                    self.left -= i64::from(header.values.max(1));
                    let levels = u64::from(header.definition) + u64::from(header.repetition);
                    let levels = usize::try_from(levels)
                        .ok()
                        .filter(|levels| *levels <= packed.len() && *levels <= header.uncompressed)
                        .ok_or_else(|| wrong("a page is cut"))?;
                    let mut buf = packed[..levels].to_vec();
                    if header.plain {
                        buf.extend_from_slice(&packed[levels..]);
                    } else if packed.len() > levels {
                        let length = header.uncompressed - levels;
                        buf.extend(uncompress(self.codec, &packed[levels..], length)?);
                    }
                    Page::DataPageV2 {
                        buf: buf.into(),
                        num_values: header.values,
                        encoding: encoding(header.encoding)?,
                        num_nulls: header.nulls,
                        num_rows: header.rows,
                        def_levels_byte_len: header.definition,
                        rep_levels_byte_len: header.repetition,
                        is_compressed: false,
                        statistics: None,
                    }
                }
                _ => continue, // an index
            };
            return Ok(Some(page));
        }
        Ok(None)
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.page();
        if page.is_err() {
            self.left = 0;
        }
        page
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        while self.left > 0 {
            let (header, _, behind) = self.header()?;
            if !matches!(header.kind, 0 | 2 | 3) {
                self.at = behind;
                continue;
            }
            return Ok(Some(PageMetadata {
                num_rows: (header.kind == 3).then_some(header.rows as usize),
                num_levels: (header.kind != 2).then_some(header.values as usize),
                is_dict: header.kind == 2,
            }));
        }
        Ok(None)
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.page().map(drop)
    }
}

//! Batches of records (format 2, since Kafka 0.11), and the records in them.

use super::Reader;

/// How the records of a batch are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// A gzip stream.
    Gzip,
    /// Snappy: bare, or in the pieces of the Java library.
    Snappy,
    /// An LZ4 frame.
    Lz4,
    /// A Zstandard frame.
    Zstd,
}

/// A batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch<'a> {
    /// The offset of its first record, even if that is no more there.
    pub base: i64,
    /// The offset behind its last one.
    pub next: i64,
    /// Records that it says it has.
    pub count: u64,
    /// Its records, compressed; or why they cannot be used.
    pub compression: Result<Compression, BadBatch>,
    /// See `compression`. Empty where there are none for readers.
    pub packed: &'a [u8],
}

/// Why a batch cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadBatch {
    /// It was written before Kafka 0.11, or by what comes after us.
    Version(i8),
    /// Its checksum is another one.
    Checksum,
    /// Its compression is not known.
    Compression(i16),
}

impl std::fmt::Display for BadBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Version(version) => write!(f, "its format is {version}, not 2"),
            Self::Checksum => f.write_str("its checksum is another one"),
            Self::Compression(kind) => write!(f, "its compression {kind} is not known"),
        }
    }
}

/// The batches of a piece of a partition, from the offset that was asked for. A last one that is cut is none.
#[derive(Debug, Clone)]
pub struct Batches<'a> {
    rest: Reader<'a>,
    from: i64,
}

impl<'a> Batches<'a> {
    /// Of bytes that a broker gave for the offset `from`.
    pub fn new(bytes: &'a [u8], from: i64) -> Self {
        Self {
            rest: Reader(bytes),
            from,
        }
    }
}

impl<'a> Iterator for Batches<'a> {
    type Item = Batch<'a>;

    fn next(&mut self) -> Option<Batch<'a>> {
        let base = self.rest.i64()?;
        let length = usize::try_from(self.rest.i32()?).ok()?;
        let body = self.rest.take(length)?;
        let mut batch = of(base, body)?;
        // Nothing leads back, whatever is said, and one step ahead at least.
        batch.next = batch.next.max(self.from.saturating_add(1));
        self.from = batch.next;
        Some(batch)
    }
}

fn of(base: i64, body: &[u8]) -> Option<Batch<'_>> {
    let mut reader = Reader(body);
    reader.i32()?;
    let version = reader.i8()?;
    let bad = |why, next, count| {
        Some(Batch {
            base,
            next,
            count,
            compression: Err(why),
            packed: &[],
        })
    };
    if version != 2 {
        return bad(BadBatch::Version(version), base.saturating_add(1), 1);
    }
    let sum = reader.i32()?.cast_unsigned();
    let summed = reader.0;
    let (attributes, last) = (reader.i16()?, reader.i32()?);
    // Times, and who wrote it.
    reader.take(8 + 8 + 8 + 2 + 4)?;
    let count = u64::try_from(reader.i32()?).unwrap_or(0);
    let next = base.saturating_add(i64::from(last)).saturating_add(1);
    if crc32c(summed) != sum {
        return bad(BadBatch::Checksum, next, count.max(1));
    }
    let compression = match attributes & 7 {
        0 => Compression::None,
        1 => Compression::Gzip,
        2 => Compression::Snappy,
        3 => Compression::Lz4,
        4 => Compression::Zstd,
        other => return bad(BadBatch::Compression(other), next, count.max(1)),
    };
    // Marks of transactions are for brokers.
    let control = attributes & 0x20 != 0;
    Some(Batch {
        base,
        next,
        count: if control { 0 } else { count },
        compression: Ok(compression),
        packed: if control { &[] } else { reader.0 },
    })
}

/// A record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its offset.
    pub offset: i64,
    /// What it holds; a record without a value only says that an earlier one is of no use any more.
    pub value: Option<&'a [u8]>,
}

/// The records of a batch whose bytes were unpacked; up to what cannot be read.
pub fn records<'a>(batch: &Batch<'_>, unpacked: &'a [u8]) -> Vec<Record<'a>> {
    let mut reader = Reader(unpacked);
    let mut out = Vec::new();
    while (out.len() as u64) < batch.count {
        let Some(record) = record(batch.base, &mut reader) else {
            break;
        };
        out.push(record);
    }
    out
}

fn record<'a>(base: i64, reader: &mut Reader<'a>) -> Option<Record<'a>> {
    let body = reader.var_bytes()??;
    let mut reader = Reader(body);
    reader.i8()?;
    reader.varint()?;
    let offset = base.saturating_add(reader.varint()?);
    reader.var_bytes()?;
    let value = reader.var_bytes()?;
    Some(Record { offset, value })
}

/// CRC-32C (Castagnoli), eight bits at a time: a batch is summed once.
fn crc32c(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut i = 0;
        while i < 256 {
            let mut value = i as u32;
            let mut bit = 0;
            while bit < 8 {
                value = (value >> 1) ^ (0x82f6_3b78 & (value & 1).wrapping_neg());
                bit += 1;
            }
            table[i] = value;
            i += 1;
        }
        table
    };
    let step = |sum: u32, byte: &u8| (sum >> 8) ^ TABLE[((sum ^ u32::from(*byte)) & 0xff) as usize];
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::crc32c;

    #[test]
    fn the_sum_is_that_of_castagnoli() {
        // The check value of its definition (RFC 3720, B.4).
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
    }
}

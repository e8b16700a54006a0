//! The protocol of Kafka (<https://kafka.apache.org/protocol>), as far as a reader of topics needs it that keeps its own place.
//!
//! The oldest versions that both Kafka 0.11 and 4 speak are used: Metadata 4, ListOffsets 1, Fetch 4, SaslHandshake 1 and
//! SaslAuthenticate 0. What a broker says is believed no further than its bytes go.

mod batches;

pub use batches::{BadBatch, Batch, Batches, Compression, Record, records};

/// An answer that is longer is none that was asked for.
pub const MOST_ANSWER: usize = 64 << 20;
/// Brokers, topics or partitions of one answer that are believed.
const MOST_LISTED: usize = 100_000;

const FETCH: i16 = 1;
const LIST_OFFSETS: i16 = 2;
const METADATA: i16 = 3;
const SASL_HANDSHAKE: i16 = 17;
const SASL_AUTHENTICATE: i16 = 36;

/// Asks for the offset behind the newest record.
pub const NEWEST: i64 = -1;
/// Asks for the offset of the oldest record.
pub const OLDEST: i64 = -2;

/// The broker has no such offset.
pub const OUT_OF_RANGE: i16 = 1;

/// What an error of a broker means, as far as somebody can do something about it.
pub fn error_text(code: i16) -> String {
    let known = match code {
        1 => "there is no such offset",
        3 => "there is no such topic or partition",
        5 => "the partition has no leader",
        6 => "the broker is not the leader of the partition",
        29 => "reading the topic is not allowed",
        31 => "this is not allowed in the cluster",
        33 => "the mechanism of authentication is not offered",
        35 => "the version of the request is not spoken",
        58 => "the authentication failed",
        _ => return format!("error {code}"),
    };
    known.to_owned()
}

/// Whether a name of a topic is one that Kafka allows.
pub fn is_topic(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 249
        && name != "."
        && name != ".."
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// A request that is being written.
struct Writer(Vec<u8>);

impl Writer {
    fn begin(api: i16, version: i16, correlation: i32) -> Self {
        // Its length is filled in at the end.
        let mut writer = Self(vec![0; 4]);
        writer.i16(api);
        writer.i16(version);
        writer.i32(correlation);
        writer.text("tegakari-watch");
        writer
    }

    fn i8(&mut self, n: i8) {
        self.0.extend(n.to_be_bytes());
    }

    fn i16(&mut self, n: i16) {
        self.0.extend(n.to_be_bytes());
    }

    fn i32(&mut self, n: i32) {
        self.0.extend(n.to_be_bytes());
    }

    fn i64(&mut self, n: i64) {
        self.0.extend(n.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        let text = text.get(..text.len().min(30_000)).unwrap_or("");
        self.i16(i16::try_from(text.len()).unwrap_or(0));
        self.0.extend(text.as_bytes());
    }

    fn count(&mut self, n: usize) {
        self.i32(i32::try_from(n).unwrap_or(i32::MAX));
    }

    fn end(mut self) -> Vec<u8> {
        let length = u32::try_from(self.0.len().saturating_sub(4)).unwrap_or(0);
        if let Some(front) = self.0.first_chunk_mut() {
            *front = length.to_be_bytes();
        }
        self.0
    }
}

/// Asks which brokers there are, and which of them leads each partition of the topics. Nothing is created by asking.
pub fn ask_metadata(correlation: i32, topics: &[String]) -> Vec<u8> {
    let mut writer = Writer::begin(METADATA, 4, correlation);
    writer.count(topics.len());
    for topic in topics {
        writer.text(topic);
    }
    writer.i8(0);
    writer.end()
}

/// A place in a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The topic.
    pub topic: &'a str,
    /// Number of the partition.
    pub partition: i32,
    /// The offset of the first record that is wanted; or [`NEWEST`] or [`OLDEST`].
    pub offset: i64,
}

fn by_topic<'a>(wanted: &'a [Wanted<'a>]) -> Vec<&'a [Wanted<'a>]> {
    wanted.chunk_by(|a, b| a.topic == b.topic).collect()
}

/// Asks for the oldest or newest offsets. What is of one topic stands together.
pub fn ask_offsets(correlation: i32, wanted: &[Wanted<'_>]) -> Vec<u8> {
    let mut writer = Writer::begin(LIST_OFFSETS, 1, correlation);
    writer.i32(-1);
    let topics = by_topic(wanted);
    writer.count(topics.len());
    for partitions in topics {
        writer.text(partitions.first().map_or("", |one| one.topic));
        writer.count(partitions.len());
        for one in partitions {
            writer.i32(one.partition);
            writer.i64(one.offset);
        }
    }
    writer.end()
}

/// Asks for records; the broker waits at most so many milliseconds for some. What is of one topic stands together.
pub fn ask_records(
    correlation: i32,
    wanted: &[Wanted<'_>],
    wait_ms: i32,
    most_bytes: i32,
) -> Vec<u8> {
    let mut writer = Writer::begin(FETCH, 4, correlation);
    writer.i32(-1);
    writer.i32(wait_ms);
    writer.i32(1);
    writer.i32(most_bytes);
    // All records, also of transactions that were given up: what was written was written.
    writer.i8(0);
    let topics = by_topic(wanted);
    writer.count(topics.len());
    for partitions in topics {
        writer.text(partitions.first().map_or("", |one| one.topic));
        writer.count(partitions.len());
        for one in partitions {
            writer.i32(one.partition);
            writer.i64(one.offset);
            writer.i32(most_bytes);
        }
    }
    writer.end()
}

/// Says by which mechanism we will tell who we are.
pub fn ask_handshake(correlation: i32) -> Vec<u8> {
    let mut writer = Writer::begin(SASL_HANDSHAKE, 1, correlation);
    writer.text("PLAIN");
    writer.end()
}

/// Tells who we are (RFC 4616).
pub fn ask_login(correlation: i32, name: &str, password: &str) -> Vec<u8> {
    let mut writer = Writer::begin(SASL_AUTHENTICATE, 0, correlation);
    let token = format!("\0{name}\0{password}");
    writer.count(token.len());
    writer.0.extend(token.as_bytes());
    writer.end()
}

/// Bytes of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn i8(&mut self) -> Option<i8> {
        self.array().map(i8::from_be_bytes)
    }

    pub(crate) fn i16(&mut self) -> Option<i16> {
        self.array().map(i16::from_be_bytes)
    }

    pub(crate) fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub(crate) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_be_bytes)
    }

    /// A text; one that is not there is empty.
    fn text(&mut self) -> Option<String> {
        let Ok(length) = usize::try_from(self.i16()?) else {
            return Some(String::new());
        };
        Some(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// So many of something follow; a list that is not there is empty.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.i32()?).unwrap_or(0);
        (count <= MOST_LISTED).then_some(count)
    }

    /// A number of variable length, as records have it: of 64 bits, the sign last.
    pub(crate) fn varint(&mut self) -> Option<i64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some((value >> 1).cast_signed() ^ -((value & 1).cast_signed()));
            }
        }
        None
    }

    /// Bytes behind a length of variable length; none where there are none.
    pub(crate) fn var_bytes(&mut self) -> Option<Option<&'a [u8]>> {
        match usize::try_from(self.varint()?) {
            Ok(length) => Some(Some(self.take(length)?)),
            Err(_) => Some(None),
        }
    }
}

/// A broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Its number.
    pub id: i32,
    /// Where it is.
    pub host: String,
    /// Where it is.
    pub port: u16,
}

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// The topic.
    pub topic: String,
    /// Its number.
    pub number: i32,
    /// The broker that leads it, or what is wrong with it.
    pub leader: Result<i32, i16>,
}

/// What there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The cluster's own name; empty where it has none.
    pub cluster: String,
    /// All brokers.
    pub brokers: Vec<Broker>,
    /// All partitions, sorted.
    pub partitions: Vec<Partition>,
    /// Topics that cannot be read, and the error.
    pub refused: Vec<(String, i16)>,
}

/// Reads the answer to [`ask_metadata`]; `None` when it is none.
pub fn metadata(answer: &[u8]) -> Option<Metadata> {
    let mut reader = Reader(answer);
    reader.i32()?;
    let mut brokers = Vec::new();
    for _ in 0..reader.count()? {
        let (id, host, port) = (reader.i32()?, reader.text()?, reader.i32()?);
        reader.text()?;
        let port = u16::try_from(port).ok()?;
        brokers.push(Broker { id, host, port });
    }
    let cluster: String = reader
        .text()?
        .chars()
        .filter(|c| !c.is_control())
        .take(100)
        .collect();
    reader.i32()?;
    let mut out = Metadata {
        cluster,
        brokers,
        partitions: Vec::new(),
        refused: Vec::new(),
    };
    for _ in 0..reader.count()? {
        let (error, topic) = (reader.i16()?, reader.text()?);
        reader.i8()?;
        if error != 0 {
            out.refused.push((topic.clone(), error));
        }
        for _ in 0..reader.count()? {
            let (error, number, leader) = (reader.i16()?, reader.i32()?, reader.i32()?);
            for _ in 0..2 {
                let replicas = reader.count()?;
                reader.take(replicas * 4)?;
            }
            out.partitions.push(Partition {
                topic: topic.clone(),
                number,
                leader: if error == 0 { Ok(leader) } else { Err(error) },
            });
            if out.partitions.len() > MOST_LISTED {
                return None;
            }
        }
    }
    out.partitions
        .sort_by(|a, b| (&a.topic, a.number).cmp(&(&b.topic, b.number)));
    Some(out)
}

/// What a broker says of a partition: an error, or an offset.
pub type Offset = (String, i32, Result<i64, i16>);

/// Reads the answer to [`ask_offsets`]; `None` when it is none.
pub fn offsets(answer: &[u8]) -> Option<Vec<Offset>> {
    let mut reader = Reader(answer);
    let mut out = Vec::new();
    for _ in 0..reader.count()? {
        let topic = reader.text()?;
        for _ in 0..reader.count()? {
            let (number, error) = (reader.i32()?, reader.i16()?);
            reader.i64()?;
            let offset = reader.i64()?;
            let said = if error == 0 { Ok(offset) } else { Err(error) };
            out.push((topic.clone(), number, said));
        }
    }
    Some(out)
}

/// What was fetched of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched<'a> {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Batches of records, the last one perhaps cut; or what is wrong.
    pub records: Result<&'a [u8], i16>,
    /// The offset behind the newest record that all replicas have.
    pub high_watermark: i64,
}

/// Reads the answer to [`ask_records`]; `None` when it is none.
pub fn fetched(answer: &[u8]) -> Option<Vec<Fetched<'_>>> {
    let mut reader = Reader(answer);
    reader.i32()?;
    let mut out = Vec::new();
    for _ in 0..reader.count()? {
        let topic = reader.text()?;
        for _ in 0..reader.count()? {
            let (partition, error) = (reader.i32()?, reader.i16()?);
            let high_watermark = reader.i64()?;
            reader.i64()?;
            for _ in 0..reader.count()? {
                reader.take(16)?;
            }
            let length = usize::try_from(reader.i32()?).unwrap_or(0);
            let bytes = reader.take(length)?;
            out.push(Fetched {
                topic: topic.clone(),
                partition,
                records: if error == 0 { Ok(bytes) } else { Err(error) },
                high_watermark,
            });
        }
    }
    Some(out)
}

/// Reads the answer to [`ask_handshake`].
///
/// # Errors
/// What the broker says is wrong.
pub fn handshake(answer: &[u8]) -> Result<(), String> {
    let mut reader = Reader(answer);
    let Some(error) = reader.i16() else {
        return Err(UNREADABLE.to_owned());
    };
    if error == 0 {
        return Ok(());
    }
    let offered: Vec<String> = (0..reader.count().unwrap_or(0))
        .map_while(|_| reader.text())
        .take(20)
        .collect();
    Err(format!("{}: {offered:?}", error_text(error)))
}

/// Reads the answer to [`ask_login`].
///
/// # Errors
/// What the broker says is wrong.
pub fn login(answer: &[u8]) -> Result<(), String> {
    let mut reader = Reader(answer);
    match (reader.i16(), reader.text()) {
        (Some(0), _) => Ok(()),
        (Some(error), said) => {
            let said: String = said.unwrap_or_default().chars().take(200).collect();
            Err(format!("{}: {said:?}", error_text(error)))
        }
        (None, _) => Err(UNREADABLE.to_owned()),
    }
}

/// What is said of an answer that is none.
pub const UNREADABLE: &str = "the answer is not of Kafka's protocol";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_topics_are_those_that_kafka_allows() {
        for good in ["logs", "a.b_c-1"] {
            assert!(is_topic(good), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a b", "é", &"x".repeat(250)] {
            assert!(!is_topic(bad), "{bad}");
        }
    }

    #[test]
    fn requests_begin_with_their_length() {
        let wanted = [
            Wanted {
                topic: "a",
                partition: 0,
                offset: 7,
            },
            Wanted {
                topic: "a",
                partition: 1,
                offset: 8,
            },
            Wanted {
                topic: "b",
                partition: 0,
                offset: OLDEST,
            },
        ];
        for request in [
            ask_metadata(1, &["a".to_owned()]),
            ask_offsets(2, &wanted),
            ask_records(3, &wanted, 100, 1 << 20),
            ask_handshake(4),
            ask_login(5, "n", "p"),
        ] {
            let mut reader = Reader(&request);
            assert_eq!(reader.i32().unwrap() as usize, request.len() - 4);
        }
        // Two topics: what is of one stands together.
        let request = ask_offsets(2, &wanted);
        let head = 4 + 2 + 2 + 4 + 2 + "tegakari-watch".len() + 4;
        assert_eq!(Reader(&request[head..]).i32(), Some(2));
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_makes_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = metadata(&bytes);
            let _ = offsets(&bytes);
            let _ = fetched(&bytes);
            let _ = handshake(&bytes);
            let _ = login(&bytes);
            for batch in Batches::new(&bytes, 0) {
                let _ = records(&batch, batch.packed);
            }
        }
    }
}

//! `tegakari watch`: Kafka, against a stand-in for two brokers that answers with real batches of records.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::Place;
use crate::watch::{Watching, numbers, record, sightings, until};
use crate::watch_streams::{address, metric};

/// Kinds of compression as batches name them.
const PLAIN: u16 = 0;
const GZIP: u16 = 1;
const SNAPPY: u16 = 2;
const LZ4: u16 = 3;
const ZSTD: u16 = 4;
/// Snappy as the Java library frames it.
const SNAPPY_JAVA: u16 = 0x102;
/// A mark of a transaction.
const CONTROL: u16 = 0x20;

/// What a partition holds: batches with the offset behind each, and the oldest offset that is left.
#[derive(Default)]
struct Partition {
    batches: Vec<(i64, Vec<u8>)>,
    oldest: i64,
}

impl Partition {
    fn newest(&self) -> i64 {
        self.batches.last().map_or(self.oldest, |(next, _)| *next)
    }

    fn append(&mut self, kind: u16, values: &[String]) {
        let base = self.newest();
        let bytes = batch(base, kind, values);
        self.batches.push((base + values.len() as i64, bytes));
    }
}

type Log = Arc<Mutex<BTreeMap<(String, i32), Partition>>>;

/// Two brokers; the partition with an odd number is led by the second.
struct Cluster {
    ports: [u16; 2],
    log: Log,
}

impl Cluster {
    fn start(secret: Option<&'static [u8]>) -> Self {
        let listeners = [0, 1].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = listeners.each_ref().map(|l| l.local_addr().unwrap().port());
        let log = Log::default();
        for (id, listener) in listeners.into_iter().enumerate() {
            let log = Arc::clone(&log);
            // Ends with the test: nothing waits for it.
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let log = Arc::clone(&log);
                    std::thread::spawn(move || {
                        let _ = talk(stream, id as i32, ports, &log, secret);
                    });
                }
            });
        }
        Self { ports, log }
    }

    fn url(&self) -> String {
        format!("kafka://127.0.0.1:1,127.0.0.1:{}/logs,more", self.ports[0])
    }

    fn append(&self, topic: &str, partition: i32, kind: u16, numbers: std::ops::Range<u64>) {
        let values: Vec<String> = numbers.map(|n| record(n).trim_end().to_owned()).collect();
        self.partition(topic, partition, |log| log.append(kind, &values));
    }

    fn partition(&self, topic: &str, partition: i32, change: impl FnOnce(&mut Partition)) {
        let mut log = self.log.lock().unwrap();
        change(log.entry((topic.to_owned(), partition)).or_default());
    }
}

fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |mut sum, byte| {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ if sum & 1 == 1 { 0x82f6_3b78 } else { 0 };
        }
        sum
    })
}

fn varint(out: &mut Vec<u8>, n: i64) {
    let mut left = ((n << 1) ^ (n >> 63)) as u64;
    while left >= 0x80 {
        out.push((left as u8) | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
}

fn packed(kind: u16, plain: &[u8]) -> Vec<u8> {
    match kind {
        GZIP => {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            out.write_all(plain).unwrap();
            out.finish().unwrap()
        }
        SNAPPY => snap::raw::Encoder::new().compress_vec(plain).unwrap(),
        SNAPPY_JAVA => {
            let mut out = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
            for piece in plain.chunks(1000) {
                let piece = snap::raw::Encoder::new().compress_vec(piece).unwrap();
                out.extend((piece.len() as u32).to_be_bytes());
                out.extend(piece);
            }
            out
        }
        LZ4 => {
            // A frame with one block of literals.
            let mut block = vec![0xf0];
            let mut left = plain.len() - 15;
            while left >= 255 {
                block.push(255);
                left -= 255;
            }
            block.push(left as u8);
            block.extend(plain);
            let mut out = vec![0x04, 0x22, 0x4d, 0x18, 0x60, 0x60, 0x51];
            out.extend((block.len() as u32).to_le_bytes());
            out.extend(block);
            out.extend([0; 4]);
            out
        }
        ZSTD => zstd::stream::encode_all(plain, 1).unwrap(),
        _ => plain.to_vec(),
    }
}

fn batch(base: i64, kind: u16, values: &[String]) -> Vec<u8> {
    let mut plain = Vec::new();
    for (n, value) in values.iter().enumerate() {
        let mut one = vec![0];
        varint(&mut one, 5);
        varint(&mut one, n as i64);
        // No key for every other one.
        if n % 2 == 0 {
            varint(&mut one, -1);
        } else {
            varint(&mut one, 3);
            one.extend(b"key");
        }
        varint(&mut one, value.len() as i64);
        one.extend(value.as_bytes());
        varint(&mut one, 1);
        varint(&mut one, 1);
        one.extend(b"h");
        varint(&mut one, -1);
        varint(&mut plain, one.len() as i64);
        plain.extend(one);
    }
    let mut summed = Vec::new();
    summed.extend((kind & 0x3f).to_be_bytes());
    summed.extend((values.len() as i32 - 1).to_be_bytes());
    summed.extend([0; 16]);
    summed.extend((-1_i64).to_be_bytes());
    summed.extend((-1_i16).to_be_bytes());
    summed.extend((-1_i32).to_be_bytes());
    summed.extend((values.len() as i32).to_be_bytes());
    summed.extend(packed(kind, &plain));
    let mut out = base.to_be_bytes().to_vec();
    out.extend((summed.len() as i32 + 9).to_be_bytes());
    out.extend([0, 0, 0, 0, 2]);
    out.extend(crc32c(&summed).to_be_bytes());
    out.extend(summed);
    out
}

struct Request(Vec<u8>, usize);

impl Request {
    fn bytes(&mut self, n: usize) -> &[u8] {
        self.1 += n;
        &self.0[self.1 - n..self.1]
    }

    fn i16(&mut self) -> i16 {
        i16::from_be_bytes(self.bytes(2).try_into().unwrap())
    }

    fn i32(&mut self) -> i32 {
        i32::from_be_bytes(self.bytes(4).try_into().unwrap())
    }

    fn i64(&mut self) -> i64 {
        i64::from_be_bytes(self.bytes(8).try_into().unwrap())
    }

    fn text(&mut self) -> String {
        let length = self.i16() as usize;
        String::from_utf8(self.bytes(length).to_vec()).unwrap()
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as i16).to_be_bytes());
    out.extend(text.as_bytes());
}

/// One connection.
fn talk(
    mut stream: TcpStream,
    own: i32,
    ports: [u16; 2],
    log: &Log,
    secret: Option<&[u8]>,
) -> std::io::Result<()> {
    let mut known = secret.is_none();
    loop {
        let mut head = [0; 4];
        stream.read_exact(&mut head)?;
        let mut request = vec![0; u32::from_be_bytes(head) as usize];
        stream.read_exact(&mut request)?;
        let mut asked = Request(request, 0);
        let (api, version, correlation) = (asked.i16(), asked.i16(), asked.i32());
        asked.text();
        let mut out = correlation.to_be_bytes().to_vec();
        match (api, version) {
            (17, 1) => {
                let fine = asked.text() == "PLAIN";
                out.extend(if fine { 0_i16 } else { 33 }.to_be_bytes());
                out.extend([0; 4]);
            }
            (36, 0) => {
                let length = asked.i32() as usize;
                known = secret == Some(asked.bytes(length));
                out.extend(if known { 0_i16 } else { 58 }.to_be_bytes());
                text(&mut out, "so it is");
                out.extend([0; 4]);
            }
            // Who did not say who it is is sent away.
            _ if !known => return Ok(()),
            (3, 4) => metadata(&mut asked, &mut out, ports, log),
            (2, 1) => offsets(&mut asked, &mut out, log),
            (1, 4) => fetch(&mut asked, &mut out, own, log),
            _ => return Ok(()),
        }
        stream.write_all(&(out.len() as i32).to_be_bytes())?;
        // In pieces, as networks have them.
        for piece in out.chunks(1500) {
            stream.write_all(piece)?;
        }
    }
}

fn metadata(asked: &mut Request, out: &mut Vec<u8>, ports: [u16; 2], log: &Log) {
    let topics: Vec<String> = (0..asked.i32()).map(|_| asked.text()).collect();
    assert_eq!(asked.bytes(1), [0], "nothing is to be created by asking");
    out.extend(0_i32.to_be_bytes());
    out.extend(2_i32.to_be_bytes());
    for (id, port) in ports.into_iter().enumerate() {
        out.extend((id as i32).to_be_bytes());
        text(out, "127.0.0.1");
        out.extend(i32::from(port).to_be_bytes());
        out.extend((-1_i16).to_be_bytes());
    }
    text(out, "cluster");
    out.extend(0_i32.to_be_bytes());
    out.extend((topics.len() as i32).to_be_bytes());
    let log = log.lock().unwrap();
    for topic in topics {
        let partitions: Vec<i32> = log.keys().filter(|k| k.0 == topic).map(|k| k.1).collect();
        out.extend(if partitions.is_empty() { 3_i16 } else { 0 }.to_be_bytes());
        text(out, &topic);
        out.push(0);
        out.extend((partitions.len() as i32).to_be_bytes());
        for number in partitions {
            out.extend(0_i16.to_be_bytes());
            out.extend(number.to_be_bytes());
            out.extend((number % 2).to_be_bytes());
            for _ in 0..2 {
                out.extend(1_i32.to_be_bytes());
                out.extend((number % 2).to_be_bytes());
            }
        }
    }
}

fn offsets(asked: &mut Request, out: &mut Vec<u8>, log: &Log) {
    asked.i32();
    let topics = asked.i32();
    out.extend(topics.to_be_bytes());
    let log = log.lock().unwrap();
    for _ in 0..topics {
        let topic = asked.text();
        text(out, &topic);
        let partitions = asked.i32();
        out.extend(partitions.to_be_bytes());
        for _ in 0..partitions {
            let (number, which) = (asked.i32(), asked.i64());
            let partition = &log[&(topic.clone(), number)];
            let offset = if which == -1 {
                partition.newest()
            } else {
                partition.oldest
            };
            out.extend(number.to_be_bytes());
            out.extend(0_i16.to_be_bytes());
            out.extend((-1_i64).to_be_bytes());
            out.extend(offset.to_be_bytes());
        }
    }
}

fn fetch(asked: &mut Request, out: &mut Vec<u8>, own: i32, log: &Log) {
    asked.i32();
    let wait = asked.i32();
    asked.bytes(4 + 4 + 1);
    let topics = asked.i32();
    out.extend(0_i32.to_be_bytes());
    out.extend(topics.to_be_bytes());
    let mut any = false;
    for _ in 0..topics {
        let topic = asked.text();
        text(out, &topic);
        let partitions = asked.i32();
        out.extend(partitions.to_be_bytes());
        for _ in 0..partitions {
            let (number, from) = (asked.i32(), asked.i64());
            let most = asked.i32() as usize;
            let log = log.lock().unwrap();
            let partition = &log[&(topic.clone(), number)];
            let error: i16 = if number % 2 != own {
                6
            } else if from < partition.oldest || from > partition.newest() {
                1
            } else {
                0
            };
            let mut bytes: Vec<u8> = Vec::new();
            for (next, batch) in &partition.batches {
                // Batches are given whole, also where only their ends were asked for; the last one is cut.
                if *next > from && error == 0 {
                    bytes.extend(batch);
                }
            }
            bytes.truncate(most.min(100_000));
            any |= !bytes.is_empty();
            out.extend(number.to_be_bytes());
            out.extend(error.to_be_bytes());
            out.extend(partition.newest().to_be_bytes());
            out.extend(partition.newest().to_be_bytes());
            out.extend((-1_i32).to_be_bytes());
            out.extend((bytes.len() as i32).to_be_bytes());
            out.extend(bytes);
        }
    }
    if !any {
        std::thread::sleep(std::time::Duration::from_millis(wait as u64));
    }
}

#[test]
fn topics_are_read_to_the_last_record_whatever_packs_them_and_through_a_crash() {
    let place = Place::new();
    let cluster = Cluster::start(None);
    let mut next = 0;
    for kind in [PLAIN, GZIP, SNAPPY, SNAPPY_JAVA, LZ4, ZSTD] {
        for partition in 0..3 {
            cluster.append("logs", partition, kind, next..next + 20);
            next += 20;
        }
    }
    cluster.append("more", 0, ZSTD, next..next + 20);
    next += 20;
    // Marks of transactions have offsets and are nobody's records.
    cluster.partition("more", 0, |log| {
        log.append(CONTROL, &["evil.example n=9999".to_owned()])
    });
    cluster.append("more", 0, PLAIN, next..next + 20);
    next += 20;
    let url = cluster.url();
    let watching = Watching::start(&place, &["--from-start", "--kafka", &url]);
    until("all are seen", || numbers(&place).len() as u64 == next);
    // More than comes in one answer; and killed in the middle of it.
    for _ in 0..20 {
        cluster.append("logs", 1, GZIP, next..next + 1500);
        next += 1500;
    }
    until("some more are seen", || numbers(&place).len() > 2000);
    drop(watching);
    cluster.append("logs", 2, LZ4, next..next + 50);
    next += 50;
    // Where a place is kept, it counts, whatever is said of the start.
    let watching = Watching::start(&place, &["--kafka", &url]);
    until("nothing is lost", || numbers(&place).len() as u64 == next);
    watching.end();
    let all = sightings(&place);
    let mut seen = BTreeMap::new();
    for one in &all {
        let times = seen.entry(one["id"].to_string()).or_insert(0);
        *times += 1;
        assert!(*times == 1 || one["repeat"] == true, "{one}");
    }
    assert_eq!(seen.len() as u64, next);
    // A sighting is cited by its offset.
    let first = all
        .iter()
        .find(|one| crate::watch::number(one) == 25)
        .unwrap();
    assert_eq!(first["input"], "kafka cluster/logs/1");
    assert_eq!(first["record"], 5);
    assert!(numbers(&place).keys().all(|n| *n < next));
    // After an ordinary end nothing comes twice.
    let before = all.len();
    let watching = Watching::start(&place, &["--kafka", &url]);
    cluster.append("logs", 0, PLAIN, next..next + 1);
    until("the new one is seen", || {
        numbers(&place).len() as u64 == next + 1
    });
    watching.end();
    assert_eq!(sightings(&place).len(), before + 1);
}

#[test]
fn what_is_damaged_deleted_or_refused_is_counted_and_the_rest_is_read() {
    let place = Place::new();
    let cluster = Cluster::start(Some(b"\0me\0secret"));
    place.write("secret", "me:secret\n");
    place.write("wrong", "me:guess\n");
    cluster.append("logs", 0, PLAIN, 0..10);
    let url = cluster.url();
    let with = |secret| {
        [
            "--kafka",
            &url,
            "--kafka-secret",
            secret,
            "--metrics",
            "127.0.0.1:0",
        ]
        .map(str::to_owned)
    };
    let wrong = with("wrong");
    let watching = Watching::start(&place, &wrong.each_ref().map(String::as_str));
    until("it is refused", || {
        fs::read_to_string(place.path("stderr"))
            .is_ok_and(|text| text.contains("authentication failed"))
    });
    watching.end();
    fs::remove_file(place.path("stderr")).unwrap();
    let right = with("secret");
    let watching = Watching::start(&place, &right.each_ref().map(String::as_str));
    let numbers_at = address(&place, "http://");
    until("it has begun", || {
        fs::read_to_string(place.path("state/positions.json"))
            .is_ok_and(|text| text.contains("cluster/logs/0"))
    });
    // What was there before the first start is not read.
    cluster.append("logs", 0, PLAIN, 10..20);
    until("the new ones are seen", || numbers(&place).len() == 10);
    cluster.append("logs", 0, GZIP, 20..30);
    cluster.partition("logs", 0, |log| {
        // One bit of a batch.
        let (_, bytes) = log.batches.last_mut().unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
    });
    cluster.partition("logs", 0, |log| {
        let base = log.newest();
        // Packed as nobody knows; and one of a time before.
        log.append(PLAIN, &(30..40).map(record).collect::<Vec<_>>());
        let (_, bytes) = log.batches.last_mut().unwrap();
        bytes[22] = 7;
        let sum = crc32c(&bytes[21..]);
        bytes[17..21].copy_from_slice(&sum.to_be_bytes());
        let mut old = batch(base + 10, PLAIN, &[record(40)]);
        old[16] = 1;
        log.batches.push((base + 11, old));
    });
    let huge = format!("{} {}", record(41).trim_end(), "x".repeat(600_000));
    cluster.partition("logs", 0, |log| log.append(ZSTD, &[huge]));
    cluster.append("logs", 0, SNAPPY, 42..50);
    until("the last are seen", || numbers(&place).contains_key(&49));
    let seen: Vec<u64> = numbers(&place).keys().copied().collect();
    assert_eq!(seen, (10..20).chain(41..50).collect::<Vec<_>>());
    assert_eq!(metric(numbers_at, "tegakari_watch_dropped_total"), 21);
    assert_eq!(metric(numbers_at, "tegakari_watch_too_long_total"), 1);
    watching.end();
    // While nobody reads, the broker deletes; the topic goes on behind it.
    cluster.partition("logs", 0, |log| {
        let base = log.newest() + 100;
        log.batches = vec![(base + 1, batch(base, PLAIN, &[record(777)]))];
        log.oldest = base;
    });
    let watching = Watching::start(&place, &right.each_ref().map(String::as_str));
    until("what is left is seen", || {
        numbers(&place).contains_key(&777)
    });
    watching.end();
    let text = fs::read_to_string(place.path("stderr")).unwrap();
    for wanted in [
        "checksum",
        "its format is 1",
        "its compression 7 is not known",
        "a batch of records cannot be read",
        "longer than 262144",
        "deleted before they could be read",
        "topic \"more\" cannot be read",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    // Hours in which something was lost are not whole.
    let out = fs::read_to_string(place.path("out.jsonl")).unwrap();
    let hours: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|one: &Value| one["schema"] == "tegakari/watch-visibility/1")
        .collect();
    assert!(hours.iter().any(|hour| hour["dropped"] == 21), "{out}");
}

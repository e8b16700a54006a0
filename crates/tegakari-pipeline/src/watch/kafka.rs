//! Reads topics of Kafka. The place in each partition is kept by us, beside those of files, and moves only when what was found is
//! where it will not be lost: the brokers keep nothing for us, and nobody shares the partitions.
//!
//! No client library: those of others bring an asynchronous runtime or a C library for what are four requests.

use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use tegakari_model::Problem;
use tegakari_watch::kafka::{self, Batches, Compression, Wanted};
use tegakari_watch::{CursorPosition, datagram};

use super::feed::{Feed, Feeder, Mark, Opened, PIECE, Shared, Start};
use super::tls::{self, TlsTrust, Wire, is_wait};
use crate::PipelineError;
use crate::serve::lines;

/// Longest message; what is beyond is passed over and counted.
const MOST_MESSAGE: usize = 256 << 10;
/// Bytes that are asked for at once, at first; more where one batch is larger.
const ASKED: i32 = 2 << 20;
const MOST_ASKED: i32 = 48 << 20;
/// Bytes of a batch when it is unpacked.
const MOST_UNPACKED: usize = 64 << 20;
/// How long all brokers together may wait for something new, in milliseconds.
const WAIT_MS: i32 = 400;
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(30);
/// After so long it is looked again which brokers and partitions there are.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_secs(1);
/// Partitions and brokers of one input.
const MOST_PARTITIONS: usize = 4096;
const MOST_BROKERS: usize = 64;

/// Topics of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaFrom {
    /// Brokers to ask for the others: `host:port`.
    pub servers: Vec<String>,
    /// The topics.
    pub topics: Vec<String>,
    /// File whose first line is `name:password`, told by SASL's mechanism PLAIN.
    pub secret: Option<PathBuf>,
    /// How brokers are known, where TLS is spoken.
    pub tls: Option<TlsTrust>,
}

impl KafkaFrom {
    /// From `kafka://host:port,host:port/topic,topic`, or `kafka+tls://…` with the same.
    ///
    /// # Errors
    /// When it is of another form.
    pub fn parse(
        text: &str,
        secret: Option<PathBuf>,
        trust: &TlsTrust,
    ) -> Result<Self, PipelineError> {
        let wrong = || {
            PipelineError::NotKnown(format!(
                "{text:?} is not kafka://HOST:PORT[,HOST:PORT]/TOPIC[,TOPIC], nor kafka+tls:// with the same"
            ))
        };
        let (rest, tls) = match text.strip_prefix("kafka+tls://") {
            Some(rest) => (rest, Some(trust.clone())),
            None => (text.strip_prefix("kafka://").ok_or_else(wrong)?, None),
        };
        let (servers, topics) = rest.split_once('/').ok_or_else(wrong)?;
        let split = |text: &str| -> Vec<String> { text.split(',').map(str::to_owned).collect() };
        let (servers, mut topics) = (split(servers), split(topics));
        topics.sort();
        topics.dedup();
        let is_server = |server: &String| {
            server.rsplit_once(':').is_some_and(|(host, port)| {
                !host.is_empty() && !host.contains('@') && port.parse::<u16>().is_ok()
            })
        };
        if !servers.iter().all(is_server) || !topics.iter().all(|topic| kafka::is_topic(topic)) {
            return Err(wrong());
        }
        Ok(Self {
            servers,
            topics,
            secret,
            tls,
        })
    }
}

/// Places in partitions that an earlier run kept.
pub(super) type Kept = BTreeMap<String, CursorPosition>;

/// Reads until it is stopped; connects again when brokers go away.
pub(super) fn follow(
    from: &KafkaFrom,
    from_start: bool,
    kept: &Kept,
    feeder: &Feeder,
    shared: &Shared,
) {
    let mut reading = Reading {
        from,
        from_start,
        kept,
        feeder,
        shared,
        input: format!("kafka {}/{}", from.servers.join(","), from.topics.join(",")),
        places: BTreeMap::new(),
        asked: ASKED,
        correlation: 0,
    };
    let mut told = String::new();
    while !shared.stopping() {
        match reading.run() {
            Ok(()) => told.clear(),
            Err(why) if why != told && !shared.stopping() => {
                shared.tell(Problem::new(
                    &reading.input,
                    format!("the server cannot be used: {why}"),
                    "check the address, the topics and the secret; it is tried again, and nothing is lost while the broker keeps it",
                ));
                told = why;
            }
            Err(_) => {}
        }
        let until = Instant::now() + PAUSE;
        while !told.is_empty() && !shared.stopping() && Instant::now() < until {
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// A place in a partition.
struct Place {
    stream: u64,
    /// The offset that is read next; not known yet, before the broker was asked.
    next: Option<i64>,
}

type PartitionKey = (String, i32);

struct Reading<'r> {
    from: &'r KafkaFrom,
    from_start: bool,
    kept: &'r Kept,
    feeder: &'r Feeder,
    shared: &'r Shared,
    input: String,
    places: BTreeMap<PartitionKey, Place>,
    asked: i32,
    correlation: i32,
}

/// A broker, and the partitions that it leads.
struct Led {
    talk: Talk,
    partitions: Vec<PartitionKey>,
}

impl Reading<'_> {
    /// Reads until it is time to look again who leads what.
    fn run(&mut self) -> Result<(), String> {
        let mut led = self.brokers()?;
        let until = Instant::now() + LOOK_AGAIN;
        let wait = WAIT_MS / i32::try_from(led.len().max(1)).unwrap_or(1);
        while !self.shared.stopping() && Instant::now() < until {
            for one in &mut led {
                self.read(one, wait.max(20))?;
            }
        }
        Ok(())
    }

    fn number(&mut self) -> i32 {
        self.correlation = self.correlation.wrapping_add(1) & i32::MAX;
        self.correlation
    }

    /// Connects to each broker that leads one of the partitions.
    fn brokers(&mut self) -> Result<Vec<Led>, String> {
        let mut first = None;
        let mut why = String::new();
        for server in &self.from.servers {
            match Talk::open(server, self.from, self.shared) {
                Ok(talk) => {
                    first = Some(talk);
                    break;
                }
                Err(error) => why = format!("{server}: {error}"),
            }
        }
        let mut first = first.ok_or(why)?;
        let n = self.number();
        let answer = first.ask(n, &kafka::ask_metadata(n, &self.from.topics), self.shared)?;
        let known = kafka::metadata(&answer).ok_or(kafka::UNREADABLE)?;
        for (topic, error) in &known.refused {
            self.shared.tell(Problem::new(
                &self.input,
                format!(
                    "topic {topic:?} cannot be read: {}",
                    kafka::error_text(*error)
                ),
                "check its name and the rights of the user; it is tried again",
            ));
        }
        if known.partitions.is_empty() {
            return Err("none of the topics can be read".to_owned());
        }
        if known.partitions.len() > MOST_PARTITIONS {
            return Err(format!(
                "the topics have more than {MOST_PARTITIONS} partitions"
            ));
        }
        let cluster = if known.cluster.is_empty() {
            self.from.servers.join(",")
        } else {
            known.cluster.clone()
        };
        // A partition that came since the topic is read holds nothing that was there before.
        let old: Vec<String> = self.places.keys().map(|(topic, _)| topic.clone()).collect();
        let mut of_leader: BTreeMap<i32, Vec<PartitionKey>> = BTreeMap::new();
        for partition in &known.partitions {
            let key = (partition.topic.clone(), partition.number);
            if !self.from.topics.contains(&key.0) {
                continue;
            }
            if !self.places.contains_key(&key) {
                self.open(&cluster, &key)?;
            }
            match partition.leader {
                Ok(leader) => of_leader.entry(leader).or_default().push(key),
                Err(error) => {
                    return Err(format!(
                        "partition {} of {}: {}",
                        key.1,
                        key.0,
                        kafka::error_text(error)
                    ));
                }
            }
        }
        if of_leader.len() > MOST_BROKERS {
            return Err(format!("there are more than {MOST_BROKERS} brokers"));
        }
        let mut led = Vec::new();
        for (leader, partitions) in of_leader {
            let broker = known
                .brokers
                .iter()
                .find(|broker| broker.id == leader)
                .ok_or("a partition has no leader")?;
            let address = if broker.host.contains(':') {
                format!("[{}]:{}", broker.host, broker.port)
            } else {
                format!("{}:{}", broker.host, broker.port)
            };
            let talk = Talk::open(&address, self.from, self.shared)
                .map_err(|error| format!("{address}: {error}"))?;
            let mut one = Led { talk, partitions };
            self.begin(&mut one, &old)?;
            led.push(one);
        }
        Ok(led)
    }

    fn open(&mut self, cluster: &str, key: &PartitionKey) -> Result<(), String> {
        let name = format!("kafka {cluster}/{}/{}", key.0, key.1);
        let kept = self.kept.get(&name);
        let next = kept.and_then(|kept| kept.cursor.parse().ok());
        let start = match kept.filter(|_| next.is_some()) {
            Some(kept) => Start::Resume {
                mark: kept.mark.clone(),
                head: Vec::new(),
            },
            None => Start::New,
        };
        let stream = self.shared.next_stream();
        let opened = Opened {
            stream,
            name,
            input: self.input.clone(),
            generation: 0,
            start,
            file: None,
        };
        self.send(Feed::Open(Box::new(opened)))?;
        self.places.insert(key.clone(), Place { stream, next });
        Ok(())
    }

    fn send(&self, feed: Feed) -> Result<(), String> {
        if self.feeder.send(feed) {
            Ok(())
        } else {
            Err("the watch ends".to_owned())
        }
    }

    /// Finds out where partitions are begun at that were never read. Where that is is kept before anything is read.
    fn begin(&mut self, led: &mut Led, old: &[String]) -> Result<(), String> {
        let new: Vec<PartitionKey> = led
            .partitions
            .iter()
            .filter(|key| {
                self.places
                    .get(*key)
                    .is_some_and(|place| place.next.is_none())
            })
            .cloned()
            .collect();
        let at = |key: &PartitionKey| {
            if self.from_start || old.contains(&key.0) {
                kafka::OLDEST
            } else {
                kafka::NEWEST
            }
        };
        let wanted: Vec<(PartitionKey, i64)> =
            new.into_iter().map(|key| (key.clone(), at(&key))).collect();
        for (key, offset) in self.offsets(&mut led.talk, &wanted)? {
            self.move_to(&key, offset)?;
        }
        if wanted.is_empty() {
            return Ok(());
        }
        // Who begins at the newest and is killed at once must not begin at one that is newer still.
        self.send(Feed::Keep)
    }

    fn offsets(
        &mut self,
        talk: &mut Talk,
        wanted: &[(PartitionKey, i64)],
    ) -> Result<Vec<(PartitionKey, i64)>, String> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let asked: Vec<Wanted<'_>> = wanted
            .iter()
            .map(|((topic, partition), offset)| Wanted {
                topic,
                partition: *partition,
                offset: *offset,
            })
            .collect();
        let n = self.number();
        let answer = talk.ask(n, &kafka::ask_offsets(n, &asked), self.shared)?;
        let said = kafka::offsets(&answer).ok_or(kafka::UNREADABLE)?;
        said.into_iter()
            .map(|(topic, partition, offset)| match offset {
                Ok(offset) => Ok(((topic, partition), offset)),
                Err(error) => Err(format!(
                    "partition {partition} of {topic}: {}",
                    kafka::error_text(error)
                )),
            })
            .collect()
    }

    fn move_to(&mut self, key: &PartitionKey, offset: i64) -> Result<(), String> {
        let Some(place) = self.places.get_mut(key) else {
            return Ok(());
        };
        place.next = Some(offset);
        let feed = Feed::Bytes {
            stream: place.stream,
            bytes: Vec::new(),
            mark: Mark::Numbered(offset.to_string(), Vec::new()),
        };
        self.send(feed)
    }

    /// Asks a broker for what is new, and hands it over.
    fn read(&mut self, led: &mut Led, wait_ms: i32) -> Result<(), String> {
        let wanted: Vec<Wanted<'_>> = led
            .partitions
            .iter()
            .filter_map(|key| {
                let offset = self.places.get(key)?.next?;
                Some(Wanted {
                    topic: &key.0,
                    partition: key.1,
                    offset,
                })
            })
            .collect();
        let n = self.correlation.wrapping_add(1) & i32::MAX;
        let request = kafka::ask_records(n, &wanted, wait_ms, self.asked);
        self.correlation = n;
        let answer = led.talk.ask(n, &request, self.shared)?;
        let fetched = kafka::fetched(&answer).ok_or(kafka::UNREADABLE)?;
        let mut gone = Vec::new();
        for one in fetched {
            let key = (one.topic, one.partition);
            match one.records {
                Ok(bytes) => self.hand_over(&key, bytes)?,
                Err(kafka::OUT_OF_RANGE) => gone.push((key, kafka::OLDEST)),
                Err(error) => {
                    return Err(format!(
                        "partition {} of {}: {}",
                        key.1,
                        key.0,
                        kafka::error_text(error)
                    ));
                }
            }
        }
        for (key, oldest) in self.offsets(&mut led.talk, &gone)? {
            let next = self.places.get(&key).and_then(|place| place.next);
            let missed = next.map_or(0, |next| oldest.saturating_sub(next));
            self.lost(
                u64::try_from(missed).unwrap_or(0).max(1),
                "messages were deleted before they could be read, or the topic was made anew; what there is is read from its oldest message",
                "let the broker keep messages longer, or look why reading is slow",
            )?;
            self.move_to(&key, oldest)?;
        }
        Ok(())
    }

    fn lost(&self, messages: u64, what: &str, hint: &'static str) -> Result<(), String> {
        self.shared
            .tell(Problem::new(&self.input, what, hint).losing_records(messages));
        self.send(Feed::Lost {
            input: self.input.clone(),
            messages,
        })
    }

    fn hand_over(&mut self, key: &PartitionKey, bytes: &[u8]) -> Result<(), String> {
        let Some((stream, from)) = self
            .places
            .get(key)
            .and_then(|place| Some((place.stream, place.next?)))
        else {
            return Ok(());
        };
        let mut next = from;
        let mut lines = Vec::new();
        let mut numbers = Vec::new();
        let hand = |lines: &mut Vec<u8>, numbers: &mut Vec<u64>, next: i64| {
            let feed = Feed::Bytes {
                stream,
                bytes: std::mem::take(lines),
                mark: Mark::Numbered(next.to_string(), std::mem::take(numbers)),
            };
            self.send(feed)
        };
        for batch in Batches::new(bytes, from) {
            let unpacked = match batch.compression {
                Ok(compression) => unpacked(compression, batch.packed),
                Err(why) => Err(why.to_string()),
            };
            match unpacked {
                Ok(unpacked) => {
                    let records = kafka::records(&batch, &unpacked);
                    let missing = batch.count.saturating_sub(records.len() as u64);
                    if missing > 0 {
                        self.lost(missing, "records of a batch cannot be read", LOST_HINT)?;
                    }
                    for record in records {
                        let (Some(value), true) = (record.value, record.offset >= next) else {
                            continue;
                        };
                        let cut = &value[..value.len().min(MOST_MESSAGE)];
                        if cut.len() < value.len() {
                            self.too_long(value.len() - cut.len());
                        }
                        if datagram(cut, &mut lines) > 0 {
                            numbers.push(u64::try_from(record.offset).unwrap_or(0));
                        }
                        if lines.len() >= PIECE {
                            hand(&mut lines, &mut numbers, record.offset + 1)?;
                        }
                    }
                }
                Err(why) => self.lost(
                    batch.count,
                    &format!("a batch of records cannot be read: {why}"),
                    LOST_HINT,
                )?,
            }
            next = batch.next;
        }
        if next > from {
            hand(&mut lines, &mut numbers, next)?;
            if let Some(place) = self.places.get_mut(key) {
                place.next = Some(next);
            }
        } else if !bytes.is_empty() {
            // One batch is larger than what was asked for.
            if self.asked >= MOST_ASKED {
                return Err(format!("a batch is larger than {MOST_ASKED} bytes"));
            }
            self.asked = self.asked.saturating_mul(2).min(MOST_ASKED);
        }
        Ok(())
    }

    fn too_long(&self, lost: usize) {
        self.shared.metrics().input(&self.input).too_long += 1;
        self.shared.tell(
            Problem::new(
                &self.input,
                format!("a message is longer than {MOST_MESSAGE} bytes; it was cut there"),
                "look what is sent: messages of syslog are far shorter",
            )
            .losing_bytes(lost as u64),
        );
    }
}

const LOST_HINT: &str = "look who writes to the topic; the others are read";

/// The records of a batch, unpacked and bounded.
fn unpacked(compression: Compression, packed: &[u8]) -> Result<Vec<u8>, String> {
    let text = |error: io::Error| error.to_string();
    let out = match compression {
        Compression::None => return Ok(packed.to_vec()),
        Compression::Gzip | Compression::Lz4 | Compression::Zstd => {
            tegakari_hunt::unpack::beginning(Cursor::new(packed), MOST_UNPACKED + 1)
                .map_err(text)?
                .0
        }
        Compression::Snappy => snappy(packed)?,
    };
    if out.len() > MOST_UNPACKED {
        return Err(format!("unpacked it is larger than {MOST_UNPACKED} bytes"));
    }
    Ok(out)
}

/// Snappy: bare, or as the Java library cuts it in pieces behind a head of sixteen bytes.
fn snappy(packed: &[u8]) -> Result<Vec<u8>, String> {
    const JAVA: &[u8] = b"\x82SNAPPY\0";
    let mut out = Vec::new();
    let mut piece = |bytes: &[u8]| -> Result<(), String> {
        let length = snap::raw::decompress_len(bytes).map_err(|error| error.to_string())?;
        if out.len() + length > MOST_UNPACKED {
            return Err(format!("unpacked it is larger than {MOST_UNPACKED} bytes"));
        }
        let more = snap::raw::Decoder::new()
            .decompress_vec(bytes)
            .map_err(|error| error.to_string())?;
        out.extend(more);
        Ok(())
    };
    if !packed.starts_with(JAVA) {
        piece(packed)?;
        return Ok(out);
    }
    let mut rest = packed.get(16..).unwrap_or_default();
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (now, later) = behind
            .split_at_checked(length)
            .ok_or("a piece of it is cut")?;
        piece(now)?;
        rest = later;
    }
    Ok(out)
}

/// A connection to a broker.
struct Talk {
    wire: Box<dyn Wire>,
}

impl Talk {
    fn open(server: &str, from: &KafkaFrom, shared: &Shared) -> Result<Self, String> {
        let text = |error: io::Error| error.to_string();
        let address = server
            .to_socket_addrs()
            .map_err(text)?
            .next()
            .ok_or("the name has no address")?;
        let socket = TcpStream::connect_timeout(&address, Duration::from_secs(5)).map_err(text)?;
        socket
            .set_read_timeout(Some(Duration::from_millis(50)))
            .map_err(text)?;
        socket
            .set_write_timeout(Some(Duration::from_secs(10)))
            .map_err(text)?;
        let _ = socket.set_nodelay(true);
        let wire: Box<dyn Wire> = match &from.tls {
            None => Box::new(socket),
            Some(trust) => {
                let host = server.rsplit_once(':').map_or("", |(host, _)| host);
                let connected = tls::connect(trust, host, socket, &|| shared.stopping())
                    .map_err(|why| format!("no TLS came about: {why}"))?;
                Box::new(connected)
            }
        };
        let mut talk = Self { wire };
        if let Some(path) = &from.secret {
            let secret = lines(path).map_err(|error| error.to_string())?;
            let (name, password) = secret
                .first()
                .and_then(|line| line.split_once(':'))
                .ok_or("the first line of the file with the secret is not name:password")?;
            kafka::handshake(&talk.ask(1, &kafka::ask_handshake(1), shared)?)?;
            kafka::login(&talk.ask(2, &kafka::ask_login(2, name, password), shared)?)?;
        }
        Ok(talk)
    }

    /// Sends a request and waits for its answer.
    fn ask(&mut self, number: i32, request: &[u8], shared: &Shared) -> Result<Vec<u8>, String> {
        self.wire
            .write_all(request)
            .and_then(|()| self.wire.flush())
            .map_err(|error| error.to_string())?;
        let until = Instant::now() + ANSWER;
        let mut head = [0; 8];
        self.fill(&mut head, until, shared)?;
        let [a, b, c, d, rest @ ..] = head;
        let length = usize::try_from(i32::from_be_bytes([a, b, c, d])).unwrap_or(0);
        if !(4..=kafka::MOST_ANSWER).contains(&length) || i32::from_be_bytes(rest) != number {
            return Err(kafka::UNREADABLE.to_owned());
        }
        let mut answer = vec![0; length - 4];
        self.fill(&mut answer, until, shared)?;
        Ok(answer)
    }

    fn fill(&mut self, mut room: &mut [u8], until: Instant, shared: &Shared) -> Result<(), String> {
        while !room.is_empty() {
            match self.wire.read(room) {
                Ok(0) => return Err("it closed the connection".to_owned()),
                Ok(got) => room = &mut room[got..],
                Err(error) if is_wait(&error) => {}
                Err(error) => return Err(error.to_string()),
            }
            if shared.stopping() {
                return Err("the watch ends".to_owned());
            }
            if Instant::now() > until {
                return Err("it does not answer".to_owned());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{KafkaFrom, TlsTrust, snappy};

    #[test]
    fn an_address_names_brokers_and_topics() {
        let parse = |text: &str| KafkaFrom::parse(text, None, &TlsTrust::default());
        let from = parse("kafka+tls://a:9093,[::1]:9093/b,a,b").unwrap();
        assert_eq!(from.topics, ["a", "b"]);
        assert_eq!(from.servers, ["a:9093", "[::1]:9093"]);
        assert!(from.tls.is_some());
        assert!(parse("kafka://a:9092/logs").unwrap().tls.is_none());
        for bad in [
            "a:9092/logs",
            "kafka://a:9092",
            "kafka://a/logs",
            "kafka://a:9092/",
            "kafka://a:9092/x y",
            "kafka://u@a:9092/x",
            "kafka://a:99999/x",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_claims_to_unpack_to_too_much_is_refused_before_it_does() {
        // A length of two thousand million, and nothing behind it.
        assert!(snappy(&[0xff, 0xff, 0xff, 0xff, 0x07, 0]).is_err());
        assert!(snappy(b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01\xff\xff\xff\xff").is_err());
        assert_eq!(snappy(&[3, 8, b'a', b'b', b'c']).unwrap(), b"abc");
    }
}

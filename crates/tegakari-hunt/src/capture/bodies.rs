//! Hashes of the files that HTTP responses carry: bodies put together from the segments of their connection, and
//! hashed as they come by, as they were sent and unpacked (RFC 9112 6 and 7.1, RFC 9110 8.4).
//!
//! Nothing is held of a body but what came too early. A body of which a part is missing has no hash: its bytes are
//! counted, and told as not read.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use super::digests::{Decoding, Hashes, Sums};

/// The longest head of a response.
const LONGEST_HEAD: usize = 64 << 10;
/// The longest line around chunks.
const LONGEST_LINE: usize = 1 << 10;
/// Responses that are followed at a time; of more, the oldest are given up.
const MOST_BODIES: usize = 1024;
/// Bytes that came too early, of one response and of all of them.
const MOST_EARLY: usize = 1 << 20;
const MOST_EARLY_IN_ALL: usize = 64 << 20;
/// Connections whose requests are remembered, and requests of one that were not answered yet.
const MOST_ASKED: usize = 1 << 16;
const MOST_REQUESTS: usize = 64;

/// From whom to whom.
type Way = (SocketAddr, SocketAddr);

/// A body that was hashed.
#[derive(Debug)]
pub(super) struct Body {
    /// The packet in which its response begins, and its time.
    pub(super) packet: u64,
    pub(super) time: Option<(u64, u64)>,
    pub(super) server: SocketAddr,
    pub(super) client: SocketAddr,
    /// As it was sent, then as it was packed.
    pub(super) hashes: Vec<Hashes>,
}

/// A segment of a connection.
#[derive(Clone, Copy)]
pub(super) struct Segment<'p> {
    pub(super) packet: u64,
    pub(super) time: Option<(u64, u64)>,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) sequence: u32,
    /// The number of the byte that is awaited from the other side.
    pub(super) awaits: Option<u32>,
    /// Nothing follows on this way.
    pub(super) ends: bool,
    pub(super) payload: &'p [u8],
}

/// What could not be hashed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unread {
    /// Bodies of which a part is missing, or whose end nothing tells, and their bytes.
    pub(super) bodies: u64,
    pub(super) bytes: u64,
    /// Bodies that were hashed as sent only, because they could not be unpacked.
    pub(super) packed: u64,
}

/// The responses under way.
#[derive(Default)]
pub(super) struct Bodies {
    open: HashMap<Way, Response>,
    /// By the way of the response.
    asked: HashMap<Way, Asked>,
    early: usize,
    pub(super) unread: Unread,
}

/// What is remembered of a connection.
#[derive(Default)]
struct Asked {
    /// For each request whether its answer has no body (`HEAD`).
    requests: VecDeque<bool>,
    /// Where the next answer begins: where its request says, or the one before it ended.
    begins: Option<u32>,
    /// Where the last response ended: what is before it was sent again.
    ended: Option<u32>,
}

/// A response of which not all was seen yet.
struct Response {
    packet: u64,
    time: Option<(u64, u64)>,
    /// The sequence number of the byte that comes next.
    next: u32,
    /// Segments that came too early.
    early: Vec<(u32, Vec<u8>)>,
    /// Where the way ends, once that is known.
    ends: Option<u32>,
    /// Bytes of the body so far.
    bytes: u64,
    state: State,
}

enum State {
    Head(Vec<u8>),
    Whole {
        left: u64,
        sums: Box<Sums>,
    },
    /// Up to the end of the connection.
    ToEnd(Box<Sums>),
    Chunks(Box<Chunks>),
}

/// A body in chunks.
struct Chunks {
    sums: Box<Sums>,
    stage: Stage,
    line: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Size,
    Data(u64),
    DataEnd,
    Trailer,
}

/// How a piece of the stream was taken.
enum Taken {
    /// All of it, and the response goes on.
    All,
    /// The response ends after so many bytes; its sums, when it has a body.
    Ended(usize, Option<Box<Sums>>),
    /// It is none that can be followed.
    Broken,
}

impl Bodies {
    /// Looks at a segment; gives `each` the bodies that end in it.
    pub(super) fn segment(&mut self, segment: Segment<'_>, each: &mut dyn FnMut(Body)) {
        if let Some(without_body) = request(segment.payload) {
            self.ask((segment.to, segment.from), without_body, segment.awaits);
        }
        let way = (segment.from, segment.to);
        match self.open.remove(&way) {
            Some(response) => self.follow(way, response, segment, each),
            None => self.begin(segment, each),
        }
    }

    /// A segment on a way on which a response is under way.
    fn follow(
        &mut self,
        way: Way,
        mut response: Response,
        segment: Segment<'_>,
        each: &mut dyn FnMut(Body),
    ) {
        let payload = segment.payload;
        if segment.ends {
            let length = u32::try_from(payload.len()).unwrap_or(0);
            response.ends = Some(segment.sequence.wrapping_add(length));
        }
        let ahead = segment.sequence.wrapping_sub(response.next);
        if ahead == 0 {
            self.go_on(way, response, payload, each);
        } else if ahead < 1 << 31 {
            if is_response(payload) {
                // The next response: of this one something is missing.
                self.give_up(way, response);
                self.begin(segment, each);
                return;
            }
            let held: usize = response.early.iter().map(|(_, bytes)| bytes.len()).sum();
            if held + payload.len() > MOST_EARLY || self.early + payload.len() > MOST_EARLY_IN_ALL {
                response.bytes += payload.len() as u64;
                self.give_up(way, response);
                return;
            }
            if !payload.is_empty() {
                self.early += payload.len();
                response.early.push((segment.sequence, payload.to_vec()));
            }
            self.open.insert(way, response);
        } else {
            // Sent again, perhaps with more behind it.
            let known = response.next.wrapping_sub(segment.sequence) as usize;
            let rest = payload.get(known..).unwrap_or_default();
            self.go_on(way, response, rest, each);
        }
    }

    /// What is not whole at the end of the capture is not read.
    pub(super) fn end(&mut self) {
        let mut left: Vec<_> = self.open.drain().map(|(_, response)| response).collect();
        left.sort_by_key(|response| response.packet);
        for response in left {
            self.lose(response);
        }
    }

    fn ask(&mut self, way: Way, without_body: bool, begins: Option<u32>) {
        if self.asked.len() >= MOST_ASKED && !self.asked.contains_key(&way) {
            self.asked.clear();
        }
        let asked = self.asked.entry(way).or_default();
        if asked.requests.is_empty() {
            asked.begins = begins;
        }
        if asked.requests.len() < MOST_REQUESTS {
            asked.requests.push_back(without_body);
        }
    }

    /// A segment on a way on which no response is under way.
    fn begin(&mut self, segment: Segment<'_>, each: &mut dyn FnMut(Body)) {
        let asked = self.asked.get(&(segment.from, segment.to));
        let again = asked.and_then(|asked| asked.ended).is_some_and(|end| {
            let before = end.wrapping_sub(segment.sequence);
            before < 1 << 31 && segment.payload.len() <= before as usize
        });
        // Where the answer to a request begins, its first bytes may be few, or come after later ones.
        let begins = asked.and_then(|asked| asked.begins);
        let is_due = asked.is_some_and(|asked| !asked.requests.is_empty());
        let ahead = begins.map(|begins| segment.sequence.wrapping_sub(begins) as usize);
        let begin = match ahead {
            Some(0) if goes_on_as_response(segment.payload) => segment.sequence,
            _ if is_response(segment.payload) => segment.sequence,
            Some(1..=MOST_EARLY) if is_due => begins.unwrap_or(segment.sequence),
            _ => return,
        };
        if again || segment.payload.is_empty() && !segment.ends {
            return;
        }
        if self.open.len() >= MOST_BODIES {
            // Connections that broke off are never heard of again.
            let oldest = self.open.iter().min_by_key(|(_, one)| one.packet);
            if let Some(way) = oldest.map(|(way, _)| *way)
                && let Some(response) = self.open.remove(&way)
            {
                self.lose(response);
            }
        }
        let response = Response {
            packet: segment.packet,
            time: segment.time,
            next: begin,
            early: Vec::new(),
            ends: None,
            bytes: 0,
            state: State::Head(Vec::new()),
        };
        self.follow((segment.from, segment.to), response, segment, each);
    }

    /// Takes bytes that come next, and those that came too early behind them.
    fn go_on(
        &mut self,
        way: Way,
        mut response: Response,
        bytes: &[u8],
        each: &mut dyn FnMut(Body),
    ) {
        let mut piece = bytes.to_vec();
        loop {
            let mut rest: &[u8] = &piece;
            response.next = response
                .next
                .wrapping_add(u32::try_from(piece.len()).unwrap_or(0));
            loop {
                let asked = self.asked.get_mut(&way).map(|asked| &mut asked.requests);
                match response.take(rest, asked) {
                    Taken::All => break,
                    Taken::Broken => {
                        response.bytes += rest.len() as u64;
                        return self.give_up(way, response);
                    }
                    Taken::Ended(used, sums) => {
                        self.give(way, &response, sums, each);
                        rest = rest.get(used..).unwrap_or_default();
                        response.bytes = 0;
                        response.state = State::Head(Vec::new());
                        if !goes_on_as_response(rest) {
                            if let Some(asked) = self.asked.get_mut(&way) {
                                // What was taken of a piece is all of it, or what follows is no response.
                                asked.ended = Some(response.next);
                                asked.begins = Some(response.next);
                            }
                            // Nothing tells in which packet a response begins that came too early.
                            return self.lose(response);
                        }
                    }
                }
            }
            let next = response.next;
            let fits = |(sequence, bytes): &(u32, Vec<u8>)| {
                let known = next.wrapping_sub(*sequence);
                known < 1 << 31 && (known as usize) < bytes.len()
            };
            let Some(at) = response.early.iter().position(fits) else {
                break;
            };
            let (sequence, mut early) = response.early.swap_remove(at);
            self.early -= early.len();
            early.drain(..next.wrapping_sub(sequence) as usize);
            piece = early;
        }
        // What is known by now need not be held.
        let next = response.next;
        let mut gone = 0;
        response.early.retain(|(sequence, bytes)| {
            let ahead = sequence.wrapping_sub(next);
            let keep = ahead < 1 << 31;
            gone += if keep { 0 } else { bytes.len() };
            keep
        });
        self.early -= gone;
        if response.ends != Some(next) {
            self.open.insert(way, response);
            return;
        }
        // Nothing follows: what has no other end ends here, and of anything else the rest never comes.
        if let Some(asked) = self.asked.get_mut(&way) {
            asked.ended = Some(next);
        }
        if let State::ToEnd(sums) = &mut response.state {
            let sums = std::mem::replace(sums, Box::new(Sums::new(Decoding::None)));
            self.give(way, &response, Some(sums), each);
            response.state = State::Head(Vec::new());
        }
        self.lose(response);
    }

    /// Gives `each` a body that has ended, where there is one.
    fn give(
        &mut self,
        way: Way,
        response: &Response,
        sums: Option<Box<Sums>>,
        each: &mut dyn FnMut(Body),
    ) {
        if let Some((hashes, unpacked)) = sums.and_then(|sums| sums.finish()) {
            self.unread.packed += u64::from(!unpacked);
            each(Body {
                packet: response.packet,
                time: response.time,
                server: way.0,
                client: way.1,
                hashes,
            });
        }
    }

    /// A response that cannot be followed any further: nothing tells where the next one begins.
    fn give_up(&mut self, way: Way, response: Response) {
        if let Some(asked) = self.asked.get_mut(&way) {
            asked.begins = None;
        }
        self.lose(response);
    }

    /// A response that cannot be followed to its end.
    fn lose(&mut self, response: Response) {
        self.early -= response.held();
        let ahead = |sequence: u32| sequence.wrapping_sub(response.next) < 1 << 31;
        let early = response.early.iter().filter(|(at, _)| ahead(*at));
        let held: usize = early.map(|(_, bytes)| bytes.len()).sum();
        let has_body = match &response.state {
            State::Head(head) => head.len() > LONGEST_HEAD,
            _ => true,
        };
        if has_body || held > 0 {
            self.unread.bodies += 1;
            self.unread.bytes += response.bytes + held as u64;
        }
    }
}

impl Response {
    fn held(&self) -> usize {
        self.early.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    fn take(&mut self, bytes: &[u8], asked: Option<&mut VecDeque<bool>>) -> Taken {
        match &mut self.state {
            State::Head(head) => {
                let before = head.len();
                head.extend_from_slice(&bytes[..bytes.len().min(LONGEST_HEAD + 4 - before)]);
                if !head.is_empty() && !goes_on_as_response(head) {
                    return Taken::Broken;
                }
                let Some((end, behind)) = head_end(head) else {
                    return if head.len() > LONGEST_HEAD {
                        Taken::Broken
                    } else {
                        Taken::All
                    };
                };
                let used = behind.saturating_sub(before);
                let kind = kind_of(&head[..end], asked);
                match kind {
                    Kind::Nothing => return Taken::Ended(used, None),
                    Kind::Other => {
                        self.state = State::ToEnd(Box::new(Sums::new(Decoding::None)));
                        return Taken::Broken;
                    }
                    Kind::ToEnd(decoding) => {
                        self.state = State::ToEnd(Box::new(Sums::new(decoding)));
                    }
                    Kind::Length(left, decoding) => {
                        self.state = State::Whole {
                            left,
                            sums: Box::new(Sums::new(decoding)),
                        };
                    }
                    Kind::Chunked(decoding) => {
                        self.state = State::Chunks(Box::new(Chunks {
                            sums: Box::new(Sums::new(decoding)),
                            stage: Stage::Size,
                            line: Vec::new(),
                        }));
                    }
                }
                match self.take(bytes.get(used..).unwrap_or_default(), None) {
                    Taken::Ended(more, sums) => Taken::Ended(used + more, sums),
                    other => other,
                }
            }
            State::Whole { left, sums } => {
                let length = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                sums.add(&bytes[..length]);
                self.bytes += length as u64;
                *left -= length as u64;
                if *left > 0 {
                    return Taken::All;
                }
                let sums = std::mem::replace(sums, Box::new(Sums::new(Decoding::None)));
                Taken::Ended(length, Some(sums))
            }
            State::ToEnd(sums) => {
                sums.add(bytes);
                self.bytes += bytes.len() as u64;
                Taken::All
            }
            State::Chunks(chunks) => chunks.take(bytes, &mut self.bytes),
        }
    }
}

/// Where a head ends, and what follows it begins: behind an empty line, which some write without the carriage return
/// (RFC 9112 2.2).
fn head_end(head: &[u8]) -> Option<(usize, usize)> {
    let mut ends = memchr::memchr_iter(b'\n', head);
    ends.find_map(|at| match head.get(at + 1..)? {
        [b'\n', ..] => Some((at, at + 2)),
        [b'\r', b'\n', ..] => Some((at, at + 3)),
        _ => None,
    })
}

impl Chunks {
    fn take(&mut self, bytes: &[u8], count: &mut u64) -> Taken {
        let mut at = 0;
        while at < bytes.len() {
            if let Stage::Data(left) = self.stage {
                let length = usize::try_from(left)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len() - at);
                self.sums.add(&bytes[at..at + length]);
                *count += length as u64;
                at += length;
                let left = left - length as u64;
                self.stage = if left > 0 {
                    Stage::Data(left)
                } else {
                    Stage::DataEnd
                };
                continue;
            }
            let end = memchr::memchr(b'\n', &bytes[at..]).map(|length| at + length);
            self.line
                .extend_from_slice(&bytes[at..end.unwrap_or(bytes.len())]);
            if self.line.len() > LONGEST_LINE {
                return Taken::Broken;
            }
            let Some(end) = end else {
                return Taken::All;
            };
            at = end + 1;
            let line = std::mem::take(&mut self.line);
            let line = line.trim_ascii();
            match self.stage {
                Stage::Size => match chunk_size(line) {
                    Some(0) => self.stage = Stage::Trailer,
                    Some(size) => self.stage = Stage::Data(size),
                    None => return Taken::Broken,
                },
                Stage::DataEnd if line.is_empty() => self.stage = Stage::Size,
                Stage::Trailer if line.is_empty() => {
                    let none = Box::new(Sums::new(Decoding::None));
                    let sums = std::mem::replace(&mut self.sums, none);
                    return Taken::Ended(at, Some(sums));
                }
                Stage::Trailer => {}
                Stage::DataEnd | Stage::Data(_) => return Taken::Broken,
            }
        }
        Taken::All
    }
}

/// The size of a chunk, before its extensions.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|b| *b == b';').next()?.trim_ascii();
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

const MARK: &[u8] = b"HTTP/1.";

/// Whether a segment begins a response.
fn is_response(bytes: &[u8]) -> bool {
    bytes.len() >= 4 && goes_on_as_response(bytes)
}

/// Whether what follows a response can be the next one, however little there is of it.
fn goes_on_as_response(bytes: &[u8]) -> bool {
    let length = bytes.len().min(MARK.len());
    length > 0 && bytes[..length] == MARK[..length]
}

/// Whether a segment begins a request: and then, whether its answer has no body.
fn request(payload: &[u8]) -> Option<bool> {
    let without = || payload.starts_with(b"HEAD ") || payload.starts_with(b"CONNECT ");
    super::content::is_request(payload).then(without)
}

/// What follows a head.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Nothing,
    Length(u64, Decoding),
    Chunked(Decoding),
    /// Up to the end of the connection (RFC 9112 6.3).
    ToEnd(Decoding),
    /// Something else than HTTP.
    Other,
}

fn kind_of(head: &[u8], asked: Option<&mut VecDeque<bool>>) -> Kind {
    let mut lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.next().unwrap_or_default();
    let status = first.split(|b| *b == b' ').nth(1).unwrap_or_default();
    if status == b"101" {
        return Kind::Other;
    }
    if status.first() == Some(&b'1') {
        return Kind::Nothing; // the answer proper follows
    }
    let without_body = asked.and_then(VecDeque::pop_front).unwrap_or(false);
    if without_body || matches!(status, b"204" | b"304") {
        return Kind::Nothing;
    }
    let (mut length, mut chunked, mut decoding) = (None, false, Decoding::None);
    for line in lines {
        let Some(colon) = memchr::memchr(b':', line) else {
            continue;
        };
        let value = line[colon + 1..].trim_ascii();
        match line[..colon].to_ascii_lowercase().as_slice() {
            b"content-length" => {
                let number = std::str::from_utf8(value).ok();
                length = number.and_then(|text| text.parse::<u64>().ok());
            }
            b"transfer-encoding" => {
                chunked = value
                    .rsplit(|b| *b == b',')
                    .next()
                    .is_some_and(|last| last.trim_ascii().eq_ignore_ascii_case(b"chunked"));
            }
            b"content-encoding" => decoding = Decoding::named(value),
            _ => {}
        }
    }
    match (chunked, length) {
        (true, _) => Kind::Chunked(decoding),
        (false, Some(0)) => Kind::Nothing,
        (false, Some(length)) => Kind::Length(length, decoding),
        (false, None) => Kind::ToEnd(decoding),
    }
}

#[cfg(test)]
mod tests {
    use super::{Bodies, Segment, Unread};
    use crate::unpack::tests::gzip;
    use std::net::SocketAddr;

    fn ends() -> (SocketAddr, SocketAddr) {
        let server = "203.0.113.9:80".parse().unwrap();
        (server, "192.168.7.7:40001".parse().unwrap())
    }

    /// MD5 of the bodies in segments of (place in the stream, bytes), and what could not be read.
    fn hash(segments: &[(usize, Vec<u8>)], asked: &[u8]) -> (Vec<Vec<String>>, Unread) {
        let (server, client) = ends();
        let mut bodies = Bodies::default();
        let mut found = Vec::new();
        let mut segment = |from, to, sequence: u32, payload: &[u8], packet| {
            let segment = Segment {
                packet,
                time: None,
                from,
                to,
                sequence,
                awaits: (from == client).then_some(FIRST),
                ends: from == server && payload.is_empty(),
                payload,
            };
            bodies.segment(segment, &mut |body| {
                found.push(body.hashes.iter().map(|one| one.md5.clone()).collect());
            });
        };
        segment(client, server, 1, asked, 1);
        for (at, bytes) in segments {
            // Numbers that run over.
            let sequence = FIRST.wrapping_add(u32::try_from(*at).unwrap());
            segment(server, client, sequence, bytes, 2);
        }
        bodies.end();
        assert_eq!((bodies.early, bodies.open.len()), (0, 0));
        (found, bodies.unread)
    }

    const FIRST: u32 = u32::MAX - 60;

    fn cut(stream: &[u8], size: usize) -> Vec<(usize, Vec<u8>)> {
        let pieces = stream.chunks(size).enumerate();
        pieces
            .map(|(n, piece)| (n * size, piece.to_vec()))
            .collect()
    }

    const FOX: &[u8] = b"The quick brown fox jumps over the lazy dog";
    const FOX_MD5: &str = "9e107d9d372bb6826bd81d3542a419d6";

    fn responses() -> Vec<(Vec<u8>, usize)> {
        let plain = [
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", FOX.len()).as_bytes(),
            FOX,
        ]
        .concat();
        let packed = gzip(FOX);
        let chunked = [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
                .as_slice(),
            b"A;x=1\r\n",
            &packed[..10],
            format!("\r\n{:x}\r\n", packed.len() - 10).as_bytes(),
            &packed[10..],
            b"\r\n0\r\nTrailer: x\r\n\r\n",
        ]
        .concat();
        let two = [
            b"HTTP/1.1 100 Continue\r\n\r\n".as_slice(),
            &plain,
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
            &plain,
        ]
        .concat();
        vec![(plain, 1), (chunked, 1), (two, 2)]
    }

    #[test]
    fn bodies_are_hashed_however_they_are_cut_and_ordered() {
        for (stream, count) in responses() {
            for size in [1, 2, 7, 9, 64, stream.len()] {
                let segments = cut(&stream, size);
                let (found, unread) = hash(&segments, b"GET /a HTTP/1.1\r\n\r\n");
                let right = found.iter().filter(|one| one.contains(&FOX_MD5.to_owned()));
                assert_eq!(
                    (right.count(), unread),
                    (count, Unread::default()),
                    "{size}"
                );
                // In pairs the other way round, each sent twice.
                let mut mixed = Vec::new();
                for pair in segments.chunks(2) {
                    mixed.extend(pair.iter().rev().cloned());
                    mixed.extend(pair.iter().cloned());
                }
                if size != stream.len() && count == 1 {
                    let (found, unread) = hash(&mixed, b"GET /a HTTP/1.1\r\n\r\n");
                    assert!(found[0].contains(&FOX_MD5.to_owned()), "{size}");
                    assert_eq!(unread, Unread::default(), "{size}");
                }
            }
        }
    }

    #[test]
    fn a_body_with_a_gap_has_no_hash_and_its_bytes_are_counted() {
        let (stream, _) = responses().swap_remove(0);
        let mut segments = cut(&stream, 20);
        let lost = segments.len() - 2;
        segments.remove(lost);
        let (found, unread) = hash(&segments, b"GET /a HTTP/1.1\r\n\r\n");
        assert!(found.is_empty());
        assert!(
            unread.bodies == 1 && unread.bytes > 0 && unread.bytes < 43,
            "{unread:?}"
        );
        // The answer to `HEAD` has none, and what goes on to the end of the connection cannot be told whole.
        let head = stream.len() - FOX.len();
        let (found, unread) = hash(&[(0, stream[..head].to_vec())], b"HEAD /a HTTP/1.1\r\n\r\n");
        assert_eq!((found.len(), unread), (0, Unread::default()));
        let endless = [b"HTTP/1.0 200 OK\r\n\r\n".as_slice(), FOX].concat();
        let (found, unread) = hash(&[(0, endless)], b"GET / HTTP/1.0\r\n\r\n");
        assert_eq!((found.len(), unread.bodies), (0, 1));
        // A head that is longer than any, and one of whose parts is missing.
        let long = [b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &[b'a'; 70_000]].concat();
        let (found, unread) = hash(&cut(&long, 1000), b"GET / HTTP/1.0\r\n\r\n");
        assert_eq!((found.len(), unread.bodies), (0, 1));
        let (found, unread) = hash(&cut(&stream, 20)[1..], b"GET / HTTP/1.0\r\n\r\n");
        assert_eq!((found.len(), unread.bodies), (0, 1));
    }

    #[test]
    fn a_body_may_end_with_its_connection() {
        for line in ["\r\n", "\n"] {
            let head = format!("HTTP/1.0 200 OK{line}Content-Type: a/b{line}{line}");
            let stream = [head.as_bytes(), FOX].concat();
            for size in [1, 5, 20, stream.len()] {
                let mut segments = cut(&stream, size);
                let right = (vec![vec![FOX_MD5.to_owned()]], Unread::default());
                segments.push((stream.len(), Vec::new()));
                assert_eq!(hash(&segments, b"GET /a HTTP/1.0\r\n\r\n"), right, "{size}");
                // The end may come too early as well.
                let last = segments.len() - 1;
                segments.swap(last - 1, last);
                assert_eq!(hash(&segments, b"GET /a HTTP/1.0\r\n\r\n"), right, "{size}");
            }
            // With a gap it has none.
            let mut segments = cut(&stream, 20);
            segments.push((stream.len(), Vec::new()));
            segments.remove(segments.len() - 2);
            let (found, unread) = hash(&segments, b"GET /a HTTP/1.0\r\n\r\n");
            assert_eq!((found.len(), unread.bodies), (0, 1));
        }
        // What is said of a body that ends before it should.
        let short = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc".to_vec();
        let end = short.len();
        let (found, unread) = hash(&[(0, short), (end, Vec::new())], b"GET /a HTTP/1.1\r\n\r\n");
        assert_eq!((found.len(), unread.bodies, unread.bytes), (0, 1, 3));
    }

    #[test]
    fn connections_that_broke_off_do_not_keep_others_out() {
        let (server, _) = ends();
        let mut bodies = Bodies::default();
        let mut found = 0;
        let (whole, _) = responses().swap_remove(0);
        for port in 0..3000_u16 {
            let client = SocketAddr::new([192, 168, 7, 7].into(), 20_000 + port);
            let payload = if port % 2 == 0 {
                &whole[..60]
            } else {
                &whole[..]
            };
            let segment = Segment {
                packet: port.into(),
                time: None,
                from: server,
                to: client,
                sequence: 9,
                awaits: None,
                ends: false,
                payload,
            };
            bodies.segment(segment, &mut |_| found += 1);
        }
        assert!(bodies.open.len() <= super::MOST_BODIES);
        bodies.end();
        assert_eq!((found, bodies.unread.bodies), (1500, 1500));
    }

    #[test]
    fn what_is_hostile_is_neither_hashed_nor_held() {
        for stream in [
            b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nabc".to_vec(),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\nabc".to_vec(),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n".to_vec(),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n".to_vec(),
            [b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &[b'a'; 100_000]].concat(),
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc".to_vec(),
            b"HTTP/1.1\r\n\r\n".to_vec(),
        ] {
            for size in [1, 1000, stream.len()] {
                assert!(hash(&cut(&stream, size), b"").0.is_empty());
            }
        }
        // Not gzip, whatever it says: hashed as it was sent.
        let stream = [
            format!(
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
                FOX.len()
            )
            .as_bytes(),
            FOX,
        ]
        .concat();
        let (found, unread) = hash(&cut(&stream, 50), b"");
        assert_eq!((found, unread.packed), (vec![vec![FOX_MD5.to_owned()]], 1));
    }
}

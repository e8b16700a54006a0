//! The text protocol of NATS (<https://docs.nats.io/reference/reference-protocols/nats-protocol>), as far as a consumer that pulls needs it.

use std::collections::VecDeque;

/// The longest control line that is believed.
const MOST_LINE: usize = 64 << 10;

/// What a server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// What it is: a JSON object.
    Info(String),
    /// It asks whether we are there.
    Ping,
    /// It is there.
    Pong,
    /// It took what was said.
    Fine,
    /// It did not; says why.
    Refused(String),
    /// A message. With a status in its headers it is none of the stream, but tells of the request (`404`, `408`, `409`).
    Message {
        /// To what it was sent.
        subject: String,
        /// Where to acknowledge it; empty where nobody asks for it.
        reply: String,
        /// Status in its headers, 0 when there is none.
        status: u16,
        /// What it holds, cut at the limit.
        payload: Vec<u8>,
        /// Bytes beyond the limit, which were passed over.
        lost: u64,
    },
}

struct Pending {
    subject: String,
    reply: String,
    head: u64,
    left: u64,
    bytes: Vec<u8>,
    lost: u64,
}

/// Reads what a server sends, however it is cut.
pub struct Reader {
    held: Vec<u8>,
    pending: Option<Pending>,
    most: usize,
    said: VecDeque<Said>,
}

impl Reader {
    /// For messages of at most `most` bytes; longer ones are cut.
    pub fn new(most: usize) -> Self {
        Self {
            held: Vec::new(),
            pending: None,
            most,
            said: VecDeque::new(),
        }
    }

    /// Takes bytes.
    ///
    /// # Errors
    /// When they are not the protocol; the connection is of no use then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.held.extend_from_slice(bytes);
        let held = std::mem::take(&mut self.held);
        let mut at = 0;
        loop {
            if let Some(mut pending) = self.pending.take() {
                let rest = &held[at..];
                let here = usize::try_from(pending.left)
                    .unwrap_or(usize::MAX)
                    .min(rest.len());
                let room = self.most.saturating_sub(pending.bytes.len());
                let taken = here.min(room);
                pending.bytes.extend_from_slice(&rest[..taken]);
                pending.lost += (here - taken) as u64;
                pending.left -= here as u64;
                at += here;
                // The line end behind the payload.
                if pending.left > 0 || held.len() < at + 2 {
                    self.pending = Some(pending);
                    break;
                }
                if held.get(at..at + 2) != Some(b"\r\n") {
                    return Err("a message does not end where it says".to_owned());
                }
                at += 2;
                self.said.push_back(message(pending));
                continue;
            }
            let rest = &held[at..];
            let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") else {
                if rest.len() > MOST_LINE {
                    return Err("a line of the server is too long".to_owned());
                }
                break;
            };
            let line = String::from_utf8_lossy(&rest[..end]).into_owned();
            at += end + 2;
            self.line(&line)?;
        }
        self.held = held.get(at..).unwrap_or_default().to_vec();
        Ok(())
    }

    /// The next thing said.
    pub fn take(&mut self) -> Option<Said> {
        self.said.pop_front()
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let parts: Vec<&str> = rest.split_ascii_whitespace().collect();
        let number = |text: &str| -> Result<u64, String> {
            let number = text.parse::<u32>().map(u64::from);
            number.map_err(|_| "the size of a message is no number".to_owned())
        };
        let said = match word.to_ascii_uppercase().as_str() {
            "INFO" => Said::Info(rest.to_owned()),
            "PING" => Said::Ping,
            "PONG" => Said::Pong,
            "+OK" => Said::Fine,
            "-ERR" => Said::Refused(rest.trim_matches('\'').to_owned()),
            "MSG" | "HMSG" => {
                let with_head = word.eq_ignore_ascii_case("HMSG");
                let (names, sizes) =
                    parts.split_at(parts.len().saturating_sub(1 + usize::from(with_head)));
                let (subject, reply) = match names {
                    [subject, _sid] => (*subject, ""),
                    [subject, _sid, reply] => (*subject, *reply),
                    _ => return Err("a message of the server names no subject".to_owned()),
                };
                let (head, all) = match sizes {
                    [all] => (0, number(all)?),
                    [head, all] => (number(head)?, number(all)?),
                    _ => return Err("a message of the server has no size".to_owned()),
                };
                if head > all {
                    return Err("the headers of a message are longer than it".to_owned());
                }
                self.pending = Some(Pending {
                    subject: subject.to_owned(),
                    reply: reply.to_owned(),
                    head,
                    left: all,
                    bytes: Vec::new(),
                    lost: 0,
                });
                return Ok(());
            }
            _ => {
                return Err(format!(
                    "the server says {:?}; is it NATS?",
                    shortened(word)
                ));
            }
        };
        self.said.push_back(said);
        Ok(())
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

fn message(mut pending: Pending) -> Said {
    let head = usize::try_from(pending.head)
        .unwrap_or(usize::MAX)
        .min(pending.bytes.len());
    let payload = pending.bytes.split_off(head);
    let first = pending
        .bytes
        .split(|b| *b == b'\r')
        .next()
        .unwrap_or_default();
    let first = String::from_utf8_lossy(first);
    let status = first
        .strip_prefix("NATS/1.0")
        .and_then(|rest| rest.trim().get(..3))
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0);
    Said::Message {
        subject: pending.subject,
        reply: pending.reply,
        status,
        payload,
        lost: pending.lost,
    }
}

/// Whether a name can stand in a subject without changing it: no blanks, no wildcards.
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 200
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Asks a durable consumer for the next messages; what it has within `nanoseconds` is sent to `inbox`.
pub fn pull(stream: &str, consumer: &str, inbox: &str, batch: u32, nanoseconds: u64) -> Vec<u8> {
    let body = format!("{{\"batch\":{batch},\"expires\":{nanoseconds}}}");
    published(
        &format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"),
        inbox,
        body.as_bytes(),
    )
}

/// Makes a durable consumer of a whole stream, of which each message is acknowledged by itself.
pub fn create_consumer(stream: &str, consumer: &str, inbox: &str, from_start: bool) -> Vec<u8> {
    let deliver = if from_start { "all" } else { "new" };
    let body = format!(
        "{{\"stream_name\":\"{stream}\",\"config\":{{\"durable_name\":\"{consumer}\",\"ack_policy\":\"explicit\",\"deliver_policy\":\"{deliver}\",\"max_ack_pending\":20000,\"ack_wait\":10000000000}}}}"
    );
    published(
        &format!("$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{consumer}"),
        inbox,
        body.as_bytes(),
    )
}

/// Acknowledges a message.
pub fn acknowledged(reply: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&published(reply, "", b"+ACK"));
}

fn published(subject: &str, reply: &str, body: &[u8]) -> Vec<u8> {
    let reply = if reply.is_empty() {
        String::new()
    } else {
        format!("{reply} ")
    };
    let mut out = format!("PUB {subject} {reply}{}\r\n", body.len()).into_bytes();
    out.extend_from_slice(body);
    out.extend_from_slice(b"\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::{Reader, Said, acknowledged, is_name};
    use proptest::prelude::*;

    const TALK: &[u8] = b"INFO {\"a\":1}\r\n+OK\r\nPING\r\nMSG logs.a 1 $JS.ACK.x 5\r\nhe\r\nl\r\nHMSG _I.1 2 28 28\r\nNATS/1.0 404 No Messages\r\n\r\n\r\n-ERR 'no'\r\n";

    fn all(pieces: &[&[u8]], most: usize) -> Result<Vec<Said>, String> {
        let mut reader = Reader::new(most);
        let mut said = Vec::new();
        for piece in pieces {
            reader.push(piece)?;
            said.extend(std::iter::from_fn(|| reader.take()));
        }
        Ok(said)
    }

    #[test]
    fn what_a_server_says_is_read_however_it_is_cut() {
        let whole = all(&[TALK], 100).unwrap();
        assert_eq!(whole.len(), 6, "{whole:?}");
        assert!(
            matches!(&whole[3], Said::Message { subject, reply, status: 0, payload, .. }
            if subject == "logs.a" && reply == "$JS.ACK.x" && payload == b"he\r\nl")
        );
        assert!(
            matches!(&whole[4], Said::Message { status: 404, payload, .. } if payload.is_empty())
        );
        assert_eq!(whole[5], Said::Refused("no".to_owned()));
        for size in 1..20 {
            let pieces: Vec<&[u8]> = TALK.chunks(size).collect();
            assert_eq!(all(&pieces, 100).unwrap(), whole);
        }
    }

    #[test]
    fn a_message_beyond_the_limit_is_cut_and_counted() {
        let said = all(&[b"MSG a 1 r 10\r\n0123456789\r\nPING\r\n"], 4).unwrap();
        assert!(matches!(&said[0], Said::Message { payload, lost: 6, .. } if payload == b"0123"));
        assert_eq!(said[1], Said::Ping);
        assert!(all(&[b"MSG a 1 3\r\nabcdef"], 10).is_err());
        assert!(all(&[b"HTTP/1.1 400 Bad\r\n"], 10).is_err());
        assert!(all(&[&[b'x'; 100_000]], 10).is_err());
    }

    #[test]
    fn names_cannot_change_a_subject() {
        assert!(is_name("LOGS-1_a"));
        for bad in ["", "a.b", "a*", ">", "a b", "a\r\nPUB x 0\r\n"] {
            assert!(!is_name(bad), "{bad:?}");
        }
        let mut out = Vec::new();
        acknowledged("$JS.ACK.x", &mut out);
        assert_eq!(out, b"PUB $JS.ACK.x 4\r\n+ACK\r\n");
    }

    proptest! {
        #[test]
        fn no_bytes_bring_it_down(
            pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 0..10),
            talk in any::<prop::sample::Index>(),
        ) {
            let mut reader = Reader::new(8);
            let cut = &TALK[..talk.index(TALK.len())];
            if reader.push(cut).is_ok() {
                for piece in &pieces {
                    if reader.push(piece).is_err() {
                        break;
                    }
                }
            }
        }
    }
}

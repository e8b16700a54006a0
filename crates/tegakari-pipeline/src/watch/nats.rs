//! Pulls messages of a stream of NATS JetStream, and acknowledges each once what was found in it is where it will not be lost.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tegakari_model::Problem;
use tegakari_watch::{datagram, nats};

use super::feed::{Feed, Feeder, Mark, Opened, PIECE, Shared, Start};
use super::tls::{self, TlsTrust, Wire, is_wait};
use crate::PipelineError;
use crate::serve::lines;

/// Longest message; what is beyond is passed over and counted.
const MOST_MESSAGE: usize = 256 << 10;
/// Messages that are asked for at once, and how long the server waits for them.
const BATCH: u32 = 1000;
const EXPIRES: u64 = 1_000_000_000;
/// Messages that are not acknowledged yet; no more are asked for then.
const MOST_OPEN: usize = 8000;
const PAUSE: Duration = Duration::from_secs(1);
/// Longest first line of a server.
const LONGEST_INFO: usize = 256 << 10;

/// A stream, and the durable consumer under which its place is kept by the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsFrom {
    /// `host:port`.
    pub server: String,
    /// Name of the stream.
    pub stream: String,
    /// Name of the consumer; made where it is not there.
    pub consumer: String,
    /// File whose first line is a token, or `name:password`.
    pub secret: Option<PathBuf>,
    /// How the server is known, where TLS is spoken.
    pub tls: Option<TlsTrust>,
}

impl NatsFrom {
    /// From `nats://host:port/STREAM/CONSUMER`, or `tls://…` with the same; the consumer is `tegakari` where none is named.
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
                "{text:?} is not nats://HOST:PORT/STREAM or nats://HOST:PORT/STREAM/CONSUMER, nor tls:// with the same"
            ))
        };
        let (rest, tls) = match text.strip_prefix("tls://") {
            Some(rest) => (rest, Some(trust.clone())),
            None => (text.strip_prefix("nats://").ok_or_else(wrong)?, None),
        };
        let parts: Vec<&str> = rest.split('/').collect();
        let (server, stream, consumer) = match parts[..] {
            [server, stream] => (server, stream, "tegakari"),
            [server, stream, consumer] => (server, stream, consumer),
            _ => return Err(wrong()),
        };
        let port = server.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
        if !matches!(port, Some(Ok(_)))
            || server.contains('@')
            || !nats::is_name(stream)
            || !nats::is_name(consumer)
        {
            return Err(wrong());
        }
        Ok(Self {
            server: server.to_owned(),
            stream: stream.to_owned(),
            consumer: consumer.to_owned(),
            secret,
            tls,
        })
    }
}

/// Pulls until it is stopped; connects again when the server goes away.
pub(super) fn follow(from: &NatsFrom, from_start: bool, feeder: &Feeder, shared: &Shared) {
    let input = format!("nats {}/{}", from.server, from.stream);
    let stream = shared.next_stream();
    let opened = Opened {
        stream,
        name: input.clone(),
        input: input.clone(),
        generation: 0,
        start: Start::New,
        file: None,
    };
    if !feeder.send(Feed::Open(Box::new(opened))) {
        return;
    }
    let mut told = String::new();
    while !shared.stopping() {
        let (back, acks) = channel();
        let mut talk = Talk {
            from,
            input: &input,
            stream,
            feeder,
            shared,
            back,
            acks,
            open: 0,
        };
        let ended = talk.run(from_start);
        if shared.stopping() {
            return;
        }
        let why = ended
            .err()
            .unwrap_or_else(|| "it closed the connection".to_owned());
        if why != told {
            shared.tell(Problem::new(
                &input,
                format!("the server cannot be used: {why}"),
                "check the address, the stream and the secret; it is tried again, and nothing is lost",
            ));
            told = why;
        }
        thread::sleep(PAUSE);
    }
}

struct Talk<'t> {
    from: &'t NatsFrom,
    input: &'t str,
    stream: u64,
    feeder: &'t Feeder,
    shared: &'t Shared,
    back: Sender<Vec<String>>,
    acks: Receiver<Vec<String>>,
    /// Messages handed over and not acknowledged.
    open: usize,
}

impl Talk<'_> {
    fn run(&mut self, from_start: bool) -> Result<(), String> {
        let text = |error: std::io::Error| error.to_string();
        let address = self
            .from
            .server
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
        let mut socket = self.wire(socket)?;
        let inbox = "_INBOX.tegakari";
        let own = format!("{inbox}.{}", self.mark());
        let hello = format!("CONNECT {}\r\nSUB {own}.* 1\r\n", self.connect()?);
        socket.write_all(hello.as_bytes()).map_err(text)?;
        let create = nats::create_consumer(
            &self.from.stream,
            &self.from.consumer,
            &format!("{own}.made"),
            from_start,
        );
        socket.write_all(&create).map_err(text)?;
        let mut reader = nats::Reader::new(MOST_MESSAGE);
        let mut buffer = vec![0; PIECE];
        let mut asked: Option<Instant> = None;
        let mut due = 0_u32;
        let mut made = false;
        let mut lines = Vec::new();
        let mut messages: Vec<(u64, String)> = Vec::new();
        while !self.shared.stopping() {
            match socket.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(got) => reader.push(&buffer[..got])?,
                Err(error) if is_wait(&error) => {}
                Err(error) => return Err(error.to_string()),
            }
            while let Some(said) = reader.take() {
                match said {
                    nats::Said::Ping => socket.write_all(b"PONG\r\n").map_err(text)?,
                    nats::Said::Refused(why) => return Err(why),
                    nats::Said::Info(_) | nats::Said::Pong | nats::Said::Fine => {}
                    nats::Said::Message {
                        subject, payload, ..
                    } if subject.ends_with(".made") => {
                        refused(&payload)?;
                        made = true;
                    }
                    nats::Said::Message {
                        reply,
                        status: 0,
                        payload,
                        lost,
                        ..
                    } if !reply.is_empty() => {
                        due = due.saturating_sub(1);
                        if lost > 0 {
                            self.too_long(lost);
                        }
                        if datagram(&payload, &mut lines) > 0 {
                            messages.push((number(&reply), reply));
                        } else {
                            let mut nothing = Vec::new();
                            nats::acknowledged(&reply, &mut nothing);
                            socket.write_all(&nothing).map_err(text)?;
                        }
                    }
                    // The request is over: nothing came in its time, or the consumer has enough to do.
                    nats::Said::Message { .. } => due = 0,
                }
            }
            if !messages.is_empty() {
                self.open += messages.len();
                let feed = Feed::Bytes {
                    stream: self.stream,
                    bytes: std::mem::take(&mut lines),
                    mark: Mark::Messages(std::mem::take(&mut messages), self.back.clone()),
                };
                if !self.feeder.send(feed) {
                    return Ok(());
                }
            }
            let mut acknowledged = Vec::new();
            while let Ok(replies) = self.acks.try_recv() {
                self.open = self.open.saturating_sub(replies.len());
                for reply in replies {
                    nats::acknowledged(&reply, &mut acknowledged);
                }
            }
            if !acknowledged.is_empty() {
                socket.write_all(&acknowledged).map_err(text)?;
            }
            let over = asked.is_none_or(|then| then.elapsed() > Duration::from_secs(3));
            if made && (due == 0 || over) && self.open < MOST_OPEN {
                let pull = nats::pull(
                    &self.from.stream,
                    &self.from.consumer,
                    &format!("{own}.got"),
                    BATCH,
                    EXPIRES,
                );
                socket.write_all(&pull).map_err(text)?;
                asked = Some(Instant::now());
                due = BATCH;
            }
        }
        // What is dealt with in the last moment is acknowledged too.
        let until = Instant::now() + Duration::from_secs(2);
        while self.open > 0 && Instant::now() < until {
            let Ok(replies) = self.acks.recv_timeout(Duration::from_millis(100)) else {
                continue;
            };
            self.open = self.open.saturating_sub(replies.len());
            let mut out = Vec::new();
            for reply in replies {
                nats::acknowledged(&reply, &mut out);
            }
            socket.write_all(&out).map_err(text)?;
        }
        let _ = socket.flush();
        Ok(())
    }

    /// What is talked through. A server of NATS says who it is before it shakes hands.
    fn wire(&self, mut socket: TcpStream) -> Result<Box<dyn Wire>, String> {
        let Some(trust) = &self.from.tls else {
            return Ok(Box::new(socket));
        };
        let until = Instant::now() + Duration::from_secs(10);
        let mut told = Vec::new();
        while told.last() != Some(&b'\n') {
            let mut byte = [0];
            match socket.read(&mut byte) {
                Ok(0) => return Err("it closed the connection".to_owned()),
                Ok(_) => told.extend(byte),
                Err(error) if is_wait(&error) => {}
                Err(error) => return Err(error.to_string()),
            }
            if told.len() > LONGEST_INFO || Instant::now() > until || self.shared.stopping() {
                return Err("it does not say who it is".to_owned());
            }
        }
        let host = self
            .from
            .server
            .rsplit_once(':')
            .map_or("", |(host, _)| host);
        let wire = tls::connect(trust, host, socket, &|| self.shared.stopping())
            .map_err(|why| format!("no TLS came about: {why}"))?;
        Ok(Box::new(wire))
    }

    /// A name for answers that no other connection has.
    fn mark(&self) -> String {
        let mut bytes = [0_u8; 8];
        let _ = getrandom::fill(&mut bytes);
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    fn connect(&self) -> Result<String, String> {
        let mut about = json!({
            "verbose": false, "pedantic": false, "lang": "rust", "version": "1", "protocol": 1,
            "headers": true, "no_responders": true, "name": "tegakari-watch",
        });
        if let Some(path) = &self.from.secret {
            let secret = lines(path).map_err(|error| error.to_string())?;
            let secret = secret.first().ok_or("the file with the secret is empty")?;
            match secret.split_once(':') {
                Some((name, password)) => {
                    about["user"] = json!(name);
                    about["pass"] = json!(password);
                }
                None => about["auth_token"] = json!(secret),
            }
        }
        Ok(about.to_string())
    }

    fn too_long(&self, lost: u64) {
        self.shared.metrics().input(self.input).too_long += 1;
        self.shared.tell(
            Problem::new(
                self.input,
                format!("a message is longer than {MOST_MESSAGE} bytes; it was cut there"),
                "look what is sent: messages of syslog are far shorter",
            )
            .losing_bytes(lost),
        );
    }
}

/// What the server says about the consumer, where it refuses it. One that is there already in another form is used as it is.
fn refused(answer: &[u8]) -> Result<(), String> {
    let answer: serde_json::Value = serde_json::from_slice(answer).unwrap_or_default();
    let error = &answer["error"];
    match error["err_code"].as_u64() {
        // The name is in use with other settings.
        Some(10_012 | 10_013 | 10_105 | 10_148) => Ok(()),
        None if error.is_null() => Ok(()),
        _ => Err(error["description"]
            .as_str()
            .unwrap_or("it refuses the consumer")
            .to_owned()),
    }
}

/// The number of a message in its stream: `$JS.ACK.<stream>.<consumer>.<delivered>.<number>.…`, or with domain and account in front.
fn number(reply: &str) -> u64 {
    let parts: Vec<&str> = reply.split('.').collect();
    let at = if parts.len() >= 11 { 7 } else { 5 };
    parts
        .get(at)
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{NatsFrom, TlsTrust, number};

    #[test]
    fn an_address_names_server_stream_and_consumer() {
        let none = &TlsTrust::default();
        let from = NatsFrom::parse("nats://127.0.0.1:4222/LOGS", None, none).unwrap();
        assert!(from.tls.is_none());
        let from = NatsFrom::parse("tls://127.0.0.1:4222/LOGS", None, none).unwrap();
        assert!(from.tls.is_some());
        assert_eq!(
            (from.server.as_str(), from.consumer.as_str()),
            ("127.0.0.1:4222", "tegakari")
        );
        for bad in [
            "nats://h/LOGS",
            "nats://h:1/A.B",
            "nats://h:1/A/B/C",
            "nats://u@h:1/A",
            "h:1/A",
            "nats://h:1/A*",
        ] {
            assert!(NatsFrom::parse(bad, None, none).is_err(), "{bad}");
        }
        assert_eq!(number("$JS.ACK.LOGS.tegakari.1.42.7.1700000000.3"), 42);
        assert_eq!(
            number("$JS.ACK._.acc.LOGS.tegakari.1.42.7.1700000000.3.tok"),
            42
        );
        assert_eq!(number("x"), 0);
    }
}

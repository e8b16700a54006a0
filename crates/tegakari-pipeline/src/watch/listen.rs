//! Listens for syslog over UDP, TCP and TLS (RFC 5425). Each sender is a stream of its own, as each may write another format.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tegakari_model::Problem;
use tegakari_watch::{SyslogFrames, datagram};

use super::feed::{Feed, Feeder, Mark, Opened, PIECE, Shared, Start};
use super::tls::{self, is_wait};
use crate::PipelineError;

/// Longest message over TCP; what is beyond is passed over and counted.
const MOST_MESSAGE: usize = 256 << 10;
/// Connections at a time.
const MOST_CONNECTIONS: usize = 256;
/// Senders over UDP that are streams of their own; the one that was silent longest gives way.
const MOST_SENDERS: usize = 512;
/// Messages wait so long for more before they are handed over.
const GATHER: Duration = Duration::from_millis(50);
/// How long a connection may be silent, and how long inside a message.
const SILENT: Duration = Duration::from_secs(3600);
const INSIDE: Duration = Duration::from_secs(60);

fn open_stream(
    feeder: &Feeder,
    shared: &Shared,
    input: &str,
    from: IpAddr,
    generation: u64,
) -> Option<u64> {
    let stream = shared.next_stream();
    let opened = Opened {
        stream,
        name: format!("{input} from {from}"),
        input: input.to_owned(),
        // Nobody can send these again: what a run reads has ids of its own.
        generation,
        start: Start::New,
        file: None,
    };
    feeder.send(Feed::Open(Box::new(opened))).then_some(stream)
}

struct Sender {
    stream: u64,
    held: Vec<u8>,
    last: Instant,
}

/// Takes datagrams until it is stopped.
pub(super) fn udp(
    socket: &UdpSocket,
    input: &str,
    feeder: &Feeder,
    shared: &Arc<Shared>,
    generation: u64,
) {
    let _ = socket.set_read_timeout(Some(GATHER));
    let mut senders: BTreeMap<IpAddr, Sender> = BTreeMap::new();
    let mut buffer = vec![0; 64 << 10];
    let mut held = 0;
    let mut since = Instant::now();
    let mut counted = Instant::now();
    let mut dropped = drops(socket).unwrap_or(0);
    loop {
        let stopping = shared.stopping();
        match socket.recv_from(&mut buffer) {
            Ok((got, from)) => {
                if held == 0 {
                    since = Instant::now();
                }
                let from = from.ip().to_canonical();
                if !senders.contains_key(&from) {
                    if senders.len() >= MOST_SENDERS && !forget_one(&mut senders, feeder) {
                        return;
                    }
                    let Some(stream) = open_stream(feeder, shared, input, from, generation) else {
                        return;
                    };
                    let sender = Sender {
                        stream,
                        held: Vec::new(),
                        last: Instant::now(),
                    };
                    senders.insert(from, sender);
                }
                if let Some(sender) = senders.get_mut(&from) {
                    let before = sender.held.len();
                    datagram(&buffer[..got], &mut sender.held);
                    held += sender.held.len() - before;
                    sender.last = Instant::now();
                }
            }
            Err(error) if is_wait(&error) => {
                if held == 0 && stopping {
                    return;
                }
            }
            Err(error) => {
                shared.tell(Problem::new(
                    input,
                    format!("cannot receive: {error}"),
                    "it is tried again",
                ));
                thread::sleep(Duration::from_secs(1));
            }
        }
        if held > 0 && (held >= PIECE / 2 || since.elapsed() >= GATHER || stopping) {
            for sender in senders.values_mut().filter(|s| !s.held.is_empty()) {
                let feed = Feed::Bytes {
                    stream: sender.stream,
                    bytes: std::mem::take(&mut sender.held),
                    mark: Mark::None,
                };
                if !feeder.send(feed) {
                    return;
                }
            }
            held = 0;
        }
        if counted.elapsed() >= Duration::from_secs(1) {
            counted = Instant::now();
            if let Some(now) = drops(socket) {
                if now > dropped {
                    let messages = now - dropped;
                    feeder.send(Feed::Lost {
                        input: input.to_owned(),
                        messages,
                    });
                    shared.tell(
                        Problem::new(
                            input,
                            "messages were lost because they came faster than they could be taken; this hour does not count as whole",
                            "send over TCP, or raise net.core.rmem_default",
                        )
                        .losing_records(messages),
                    );
                }
                dropped = now;
            }
        }
    }
}

/// Gives up the sender that was silent longest.
fn forget_one(senders: &mut BTreeMap<IpAddr, Sender>, feeder: &Feeder) -> bool {
    let oldest = senders
        .iter()
        .min_by_key(|(_, s)| s.last)
        .map(|(ip, _)| *ip);
    let Some(sender) = oldest.and_then(|ip| senders.remove(&ip)) else {
        return true;
    };
    let feed = Feed::Bytes {
        stream: sender.stream,
        bytes: sender.held,
        mark: Mark::None,
    };
    feeder.send(feed)
        && feeder.send(Feed::Close {
            stream: sender.stream,
        })
}

/// Datagrams that the system dropped at a socket since it is open: the last column of Linux's table of sockets.
fn drops(socket: &UdpSocket) -> Option<u64> {
    let address = socket.local_addr().ok()?;
    let table = if address.is_ipv4() {
        "/proc/net/udp"
    } else {
        "/proc/net/udp6"
    };
    let text = std::fs::read_to_string(table).ok()?;
    let port = format!(":{:04X}", address.port());
    let mut all = None;
    for line in text.lines().skip(1) {
        let columns: Vec<&str> = line.split_ascii_whitespace().collect();
        let ours = columns.get(1).is_some_and(|local| {
            local.ends_with(&port) && local.split(':').next() == Some(hex_of(address.ip()).as_str())
        });
        if ours {
            let last = columns
                .last()
                .and_then(|text| text.parse::<u64>().ok())
                .unwrap_or(0);
            all = Some(all.unwrap_or(0) + last);
        }
    }
    all
}

/// An address as that table writes it: words of the machine's own order.
fn hex_of(ip: IpAddr) -> String {
    let bytes: Vec<u8> = match ip {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    };
    bytes
        .chunks(4)
        .map(|word| {
            let word: [u8; 4] = word.try_into().unwrap_or_default();
            format!("{:08X}", u32::from_ne_bytes(word))
        })
        .collect()
}

/// Takes connections until it is stopped; with `tls`, such as shake hands.
pub(super) fn tcp(
    listener: &TcpListener,
    input: &str,
    feeder: &Feeder,
    shared: &Arc<Shared>,
    generation: u64,
    tls: Option<&Arc<tls::Server>>,
) {
    let _ = listener.set_nonblocking(true);
    let open = Arc::new(AtomicUsize::new(0));
    let mut number = 0;
    let mut threads: Vec<thread::JoinHandle<()>> = Vec::new();
    while !shared.stopping() {
        match listener.accept() {
            Ok((stream, from)) => {
                if open.load(Ordering::Relaxed) >= MOST_CONNECTIONS {
                    shared.metrics().input(input).refused += 1;
                    shared.tell(Problem::new(
                        input,
                        format!(
                            "more than {MOST_CONNECTIONS} connections at a time; others are refused"
                        ),
                        "let senders share a relay, or look who opens so many",
                    ));
                    continue;
                }
                open.fetch_add(1, Ordering::Relaxed);
                number += 1;
                let (input, feeder, shared) =
                    (input.to_owned(), feeder.clone(), Arc::clone(shared));
                let open = Arc::clone(&open);
                let tls = tls.cloned();
                let of = generation.wrapping_mul(1_000_000).wrapping_add(number);
                threads.retain(|thread| !thread.is_finished());
                threads.push(thread::spawn(move || {
                    if let Some(mut wire) = wire(stream, from, &input, &shared, tls.as_deref()) {
                        connection(&mut *wire, from, &input, &feeder, &shared, of);
                    }
                    open.fetch_sub(1, Ordering::Relaxed);
                }));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                thread::sleep(Duration::from_millis(20))
            }
            Err(error) => {
                shared.tell(Problem::new(
                    input,
                    format!("cannot take connections: {error}"),
                    "it is tried again; raise the number of open files if it is that",
                ));
                thread::sleep(Duration::from_secs(1));
            }
        }
    }
    for thread in threads {
        let _ = thread.join();
    }
}

/// What bytes are read from: the connection itself, or what is inside TLS.
fn wire(
    stream: TcpStream,
    from: SocketAddr,
    input: &str,
    shared: &Shared,
    tls: Option<&tls::Server>,
) -> Option<Box<dyn Read>> {
    let _ = stream.set_nonblocking(false);
    let _ = stream.set_read_timeout(Some(GATHER * 2));
    let Some(server) = tls else {
        return Some(Box::new(stream));
    };
    let _ = stream.set_write_timeout(Some(Duration::from_secs(5)));
    let changed = |error: &PipelineError| {
        shared.tell(Problem::new(
            input,
            format!("the certificate was changed and cannot be used: {error}"),
            "correct it; until then the one before is shown",
        ));
    };
    match server.accept(stream, &|| shared.stopping(), &changed) {
        Ok(accepted) => Some(Box::new(accepted)),
        Err(why) => {
            shared.metrics().input(input).failed_handshakes += 1;
            shared.tell(Problem::new(
                format!("{input} from {}", from.ip().to_canonical()),
                format!("a TLS handshake failed: {why}"),
                "look which certificate and which authorities the sender has; what speaks no TLS belongs to --syslog-tcp",
            ));
            None
        }
    }
}

fn connection(
    stream: &mut dyn Read,
    from: SocketAddr,
    input: &str,
    feeder: &Feeder,
    shared: &Shared,
    generation: u64,
) {
    let from = from.ip().to_canonical();
    let Some(id) = open_stream(feeder, shared, input, from, generation) else {
        return;
    };
    let mut frames = SyslogFrames::new(MOST_MESSAGE);
    let mut buffer = vec![0; PIECE / 4];
    let mut heard = Instant::now();
    let mut long = 0;
    loop {
        let mut out = Vec::new();
        let mut over = false;
        match stream.read(&mut buffer) {
            Ok(0) => over = true,
            Ok(got) => {
                heard = Instant::now();
                frames.push(&buffer[..got], &mut out);
            }
            Err(error) if is_wait(&error) => {
                let limit = if frames.held() > 0 { INSIDE } else { SILENT };
                over = shared.stopping() || heard.elapsed() > limit;
            }
            Err(_) => over = true,
        }
        if over {
            frames.finish(&mut out);
        }
        if frames.too_long > long {
            shared.metrics().input(input).too_long += frames.too_long - long;
            shared.tell(
                Problem::new(
                    format!("{input} from {from}"),
                    format!("a message is longer than {MOST_MESSAGE} bytes; it was cut there"),
                    "look what is sent: messages of syslog are far shorter",
                )
                .losing_bytes(frames.bytes_lost),
            );
            long = frames.too_long;
        }
        if !out.is_empty() {
            let feed = Feed::Bytes {
                stream: id,
                bytes: out,
                mark: Mark::None,
            };
            if !feeder.send(feed) {
                return;
            }
        }
        if over {
            feeder.send(Feed::Close { stream: id });
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::drops;
    use std::net::UdpSocket;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_system_tells_of_every_socket_how_much_it_dropped() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!(drops(&socket), Some(0));
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        for _ in 0..3000 {
            let _ = sender.send_to(&[b'x'; 1400], socket.local_addr().unwrap());
        }
        assert!(drops(&socket) > Some(0));
    }
}

//! Messages of syslog to another machine or the local socket. What a UDP datagram or a full buffer of the other side loses, nobody can
//! tell here; over TCP a connection that was closed is noticed before the next message.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _, UdpSocket};
#[cfg(unix)]
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use tegakari_watch::{WatchSighting, syslog_message};

use super::{Refused, Send_};
use crate::watch::engine::now;

/// Most bytes of a datagram that any receiver takes whole.
const DATAGRAM: usize = 60_000;
const STEP: Duration = Duration::from_secs(10);

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
enum SyslogTo {
    Udp(String),
    Tcp(String),
    Unix(String),
}

impl SyslogTo {
    /// From what was typed.
    fn parse(text: &str) -> Result<Self, String> {
        let host = |rest: &str| -> Result<String, String> {
            let fine = rest.rsplit_once(':').is_some_and(|(host, port)| {
                !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
            });
            if fine {
                Ok(rest.to_owned())
            } else {
                Err(format!("{text:?} names no host and port"))
            }
        };
        if let Some(rest) = text.strip_prefix("udp://") {
            Ok(Self::Udp(host(rest)?))
        } else if let Some(rest) = text.strip_prefix("tcp://") {
            Ok(Self::Tcp(host(rest)?))
        } else if let Some(rest) = text.strip_prefix("unix:").filter(|r| !r.is_empty()) {
            Ok(Self::Unix(rest.to_owned()))
        } else {
            Err(format!(
                "{text:?} is not udp://HOST:PORT, tcp://HOST:PORT or unix:PATH"
            ))
        }
    }
}

pub(super) struct Syslog {
    to: SyslogTo,
    host: String,
    stream: Option<TcpStream>,
}

impl Syslog {
    pub(super) fn new(to: &str) -> Result<Self, String> {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        Ok(Self {
            to: SyslogTo::parse(to)?,
            host: host.trim().to_owned(),
            stream: None,
        })
    }

    fn messages(&self, lines: &[String]) -> Vec<String> {
        let at = now();
        lines
            .iter()
            .map(|line| {
                let id = serde_json::from_str::<WatchSighting>(line).map(|one| one.id);
                syslog_message(&self.host, &id.unwrap_or_default(), at, line)
            })
            .collect()
    }

    fn connected(&mut self, to: &str) -> Result<&mut TcpStream, String> {
        if let Some(stream) = &mut self.stream {
            // A receiver says nothing: what can be read is the end of the connection.
            let _ = stream.set_nonblocking(true);
            let alive = matches!(stream.read(&mut [0; 64]), Err(error) if error.kind() == ErrorKind::WouldBlock);
            let _ = stream.set_nonblocking(false);
            if !alive {
                self.stream = None;
            }
        }
        if self.stream.is_none() {
            let addresses = to.to_socket_addrs().map_err(|error| error.to_string())?;
            let mut why = "the name has no address".to_owned();
            for address in addresses {
                match TcpStream::connect_timeout(&address, STEP) {
                    Ok(stream) => {
                        let _ = stream.set_write_timeout(Some(STEP));
                        self.stream = Some(stream);
                        break;
                    }
                    Err(error) => why = error.to_string(),
                }
            }
            if self.stream.is_none() {
                return Err(why);
            }
        }
        self.stream
            .as_mut()
            .ok_or_else(|| "it is not connected".to_owned())
    }
}

impl Send_ for Syslog {
    fn send(&mut self, lines: &[String]) -> Result<(), Refused> {
        let messages = self.messages(lines);
        let failed = |error: std::io::Error| Refused::clearly(error);
        match self.to.clone() {
            SyslogTo::Udp(to) => {
                let address = to
                    .to_socket_addrs()
                    .map_err(failed)?
                    .next()
                    .ok_or_else(|| Refused::clearly("the name has no address"))?;
                let any = if address.is_ipv4() {
                    "0.0.0.0:0"
                } else {
                    "[::]:0"
                };
                let socket = UdpSocket::bind(any).map_err(failed)?;
                for message in messages {
                    socket
                        .send_to(cut(&message), address)
                        .map_err(Refused::unclear)?;
                }
                Ok(())
            }
            SyslogTo::Tcp(to) => {
                let framed: Vec<u8> = messages
                    .iter()
                    .flat_map(|message| format!("{} {message}", message.len()).into_bytes())
                    .collect();
                let stream = self.connected(&to).map_err(Refused::clearly)?;
                let sent = stream.write_all(&framed).and_then(|()| stream.flush());
                sent.map_err(|error| {
                    self.stream = None;
                    Refused::unclear(error)
                })
            }
            #[cfg(unix)]
            SyslogTo::Unix(path) => {
                let socket = UnixDatagram::unbound().map_err(failed)?;
                socket.set_write_timeout(Some(STEP)).map_err(failed)?;
                for message in messages {
                    socket
                        .send_to(cut(&message), &path)
                        .map_err(Refused::unclear)?;
                }
                Ok(())
            }
            #[cfg(not(unix))]
            SyslogTo::Unix(_) => Err(Refused::clearly("there are no such sockets on this system")),
        }
    }
}

/// A datagram's worth of a message, whole characters.
fn cut(message: &str) -> &[u8] {
    let mut end = message.len().min(DATAGRAM);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    &message.as_bytes()[..end]
}

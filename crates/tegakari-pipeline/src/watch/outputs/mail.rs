//! A digest by mail: to a mail server on this machine, or through `sendmail -t`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use tegakari_watch::WatchSighting;
use tegakari_watch::mail::{Addresses, dialogue, message};

use super::{MailTo, Refused, Send_};
use crate::watch::engine::now;

const STEP: Duration = Duration::from_secs(20);
/// Sightings that a digest shows; the number of all is told.
const SHOWN: usize = 200;

pub(super) struct Mail {
    to: MailTo,
    addresses: Addresses,
}

impl Mail {
    pub(super) fn new(to: MailTo, addresses: Addresses) -> Self {
        Self { to, addresses }
    }

    fn by_server(&self, server: std::net::SocketAddr, text: &str) -> Result<(), String> {
        let failed = |error: std::io::Error| error.to_string();
        let stream = TcpStream::connect_timeout(&server, STEP).map_err(failed)?;
        stream.set_read_timeout(Some(STEP)).map_err(failed)?;
        stream.set_write_timeout(Some(STEP)).map_err(failed)?;
        let mut answers = BufReader::new(stream.try_clone().map_err(failed)?);
        let mut stream = stream;
        answer(&mut answers, b'2')?;
        for (line, wanted) in dialogue(&self.addresses, "localhost", text) {
            stream.write_all(line.as_bytes()).map_err(failed)?;
            if line == "QUIT\r\n" {
                // It has the message; whether it says goodbye does not matter.
                break;
            }
            answer(&mut answers, wanted)?;
        }
        Ok(())
    }

    fn by_program(text: &str) -> Result<(), String> {
        let program = ["/usr/sbin/sendmail", "/usr/lib/sendmail"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists())
            .unwrap_or("sendmail");
        let mut child = Command::new(program)
            .args(["-t", "-oi"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("sendmail: {error}"))?;
        if let Some(mut input) = child.stdin.take() {
            let lines = text.replace("\r\n", "\n");
            input
                .write_all(lines.as_bytes())
                .map_err(|error| format!("sendmail: {error}"))?;
        }
        let done = child
            .wait_with_output()
            .map_err(|error| format!("sendmail: {error}"))?;
        if done.status.success() {
            Ok(())
        } else {
            let why = String::from_utf8_lossy(&done.stderr);
            Err(format!(
                "sendmail: {}",
                why.trim().chars().take(200).collect::<String>()
            ))
        }
    }
}

/// Reads an answer of any number of lines.
fn answer(answers: &mut BufReader<TcpStream>, wanted: u8) -> Result<(), String> {
    for _ in 0..100 {
        let mut line = Vec::new();
        answers
            .take(2000)
            .read_until(b'\n', &mut line)
            .map_err(|error| error.to_string())?;
        if line.len() < 4 {
            return Err("the mail server says nothing".to_owned());
        }
        if line.get(3) == Some(&b'-') {
            continue;
        }
        if line.first() == Some(&wanted) {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&line);
        return Err(format!("the mail server says {}", said.trim()));
    }
    Err("the mail server says too much".to_owned())
}

impl Send_ for Mail {
    fn send(&mut self, lines: &[String]) -> Result<(), Refused> {
        let sightings: Vec<WatchSighting> = lines
            .iter()
            .take(SHOWN)
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let (subject, body) = (self.to.digest)(&sightings, lines.len());
        let id = sightings.first().map_or("", |one| one.id.as_str());
        let text = message(&self.addresses, &subject, id, now(), &body);
        let sent = match self.to.smtp {
            Some(server) => self.by_server(server, &text),
            None => Self::by_program(&text),
        };
        // Whether a server that said no more had taken it cannot be known.
        sent.map_err(Refused::unclear)
    }

    fn every(&self) -> u64 {
        self.to.every.max(1)
    }

    fn at_once(&self) -> (usize, usize) {
        (16 << 20, 100_000)
    }
}

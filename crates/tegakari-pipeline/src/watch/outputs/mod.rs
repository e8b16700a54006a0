//! Where sightings go: lines to a file or standard output at once, everything else through a spool on the disk, from which a thread
//! each sends on until it was taken.

mod mail;
mod spool;
mod syslog;
mod webhook;

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use tegakari_watch::mail::Addresses;
use tegakari_watch::{HourOfInput, WatchSighting};

use super::feed::Shared;
use crate::{PipelineError, write_json};
use spool::Spool;

/// Shows a sighting on standard output.
pub type Show<'s> = &'s (dyn Fn(&WatchSighting) -> io::Result<()> + Sync);
/// Subject and text of a digest of so many sightings, of which the first are given.
pub type Digest = Arc<dyn Fn(&[WatchSighting], usize) -> (String, String) + Send + Sync>;

/// Where lines go.
pub enum Lines<'s> {
    /// To a file, as JSON; hours of visibility too.
    File(PathBuf),
    /// To standard output, as JSON; hours of visibility too.
    Stdout,
    /// To whoever shows them.
    Shown(Show<'s>),
}

/// A webhook.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// `https://…`, or `http://` on this machine.
    pub url: String,
    /// File whose first line is the secret that bodies are signed with.
    pub secret: PathBuf,
}

/// A digest by mail.
#[derive(Clone)]
pub struct MailTo {
    /// Sender.
    pub from: String,
    /// Receivers.
    pub to: Vec<String>,
    /// A mail server on this machine (`127.0.0.1:25`); without it `sendmail -t`.
    pub smtp: Option<std::net::SocketAddr>,
    /// Seconds between two digests, at least.
    pub every: u64,
    /// Writes it.
    pub digest: Digest,
}

/// All that was asked for.
pub struct OutputRequest<'s> {
    /// Lines.
    pub lines: Lines<'s>,
    /// `udp://host:port`, `tcp://host:port` or `unix:/path`.
    pub syslog: Vec<String>,
    /// Webhooks.
    pub webhooks: Vec<Webhook>,
    /// Digest by mail.
    pub mail: Option<MailTo>,
}

/// Why lines were not taken.
struct Refused {
    why: String,
    /// They may have arrived all the same.
    unclear: bool,
}

impl Refused {
    /// They have not arrived.
    fn clearly(why: impl ToString) -> Self {
        Self {
            why: why.to_string(),
            unclear: false,
        }
    }

    /// Nobody can tell whether they arrived.
    fn unclear(why: impl ToString) -> Self {
        Self {
            why: why.to_string(),
            unclear: true,
        }
    }
}

/// Takes lines over; what it cannot, it says, and is asked again.
trait Send_: Send {
    /// Sends whole lines of JSON. They are sent again when it fails.
    fn send(&mut self, lines: &[String]) -> Result<(), Refused>;
    /// Seconds between two sendings, at least.
    fn every(&self) -> u64 {
        0
    }
    /// Most bytes and lines that are sent at once.
    fn at_once(&self) -> (usize, usize) {
        (256 << 10, 500)
    }
}

/// A file of lines, of which only whole ones stay.
struct LineFile {
    path: PathBuf,
    file: File,
    /// Bytes up to the end of the last whole line.
    good: u64,
}

impl LineFile {
    fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)?;
        let metadata = file.metadata()?;
        let mut good = 0;
        if metadata.is_file() {
            good = whole_lines(&mut file, metadata.len())?;
            if good < metadata.len() {
                // A crash in the middle of a line: that sighting is given out again.
                file.set_len(good)?;
            }
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            good,
        })
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        match self.file.write_all(text) {
            Ok(()) => {
                self.good += text.len() as u64;
                Ok(())
            }
            Err(error) => {
                if self.file.metadata().is_ok_and(|m| m.is_file()) {
                    let _ = self.file.set_len(self.good);
                }
                Err(error)
            }
        }
    }
}

/// Where the last whole line ends.
fn whole_lines(file: &mut File, size: u64) -> io::Result<u64> {
    let mut end = size;
    let mut piece = Vec::new();
    while end > 0 {
        let from = end.saturating_sub(64 << 10);
        piece.clear();
        file.seek(SeekFrom::Start(from))?;
        (&mut *file).take(end - from).read_to_end(&mut piece)?;
        if let Some(at) = piece.iter().rposition(|b| *b == b'\n') {
            return Ok(from + at as u64 + 1);
        }
        end = from;
    }
    Ok(0)
}

enum Sink<'s> {
    File(LineFile),
    Stdout,
    Shown(Show<'s>),
}

/// All outputs.
pub(super) struct Outputs<'s> {
    sink: Sink<'s>,
    spools: Vec<Arc<Spool>>,
    senders: Vec<JoinHandle<()>>,
    /// What waits in no spool yet, after one of several could not take it.
    given_to: usize,
    shared: Arc<Shared>,
}

impl<'s> Outputs<'s> {
    /// Opens them all, and starts a thread each for those that go elsewhere.
    pub(super) fn open(
        request: OutputRequest<'s>,
        folder: &Path,
        shared: &Arc<Shared>,
    ) -> Result<Self, PipelineError> {
        let sink = match request.lines {
            Lines::File(path) => {
                let file = LineFile::open(&path).map_err(|e| PipelineError::writing(&path, &e))?;
                Sink::File(file)
            }
            Lines::Stdout => Sink::Stdout,
            Lines::Shown(show) => Sink::Shown(show),
        };
        let mut senders: Vec<(String, Box<dyn Send_>)> = Vec::new();
        for to in &request.syslog {
            let sender = syslog::Syslog::new(to).map_err(PipelineError::NotKnown)?;
            senders.push((format!("syslog {to}"), Box::new(sender)));
        }
        for hook in &request.webhooks {
            let sender = webhook::Hook::new(hook, folder)?;
            senders.push((format!("webhook {}", sender.shown()), Box::new(sender)));
        }
        if let Some(mail) = request.mail {
            let addresses = Addresses::new(&mail.from, &mail.to)
                .map_err(|one| PipelineError::NotKnown(format!("{one:?} is no mail address")))?;
            senders.push((
                "mail".to_owned(),
                Box::new(mail::Mail::new(mail, addresses)),
            ));
        }
        let mut outputs = Self {
            sink,
            spools: Vec::new(),
            senders: Vec::new(),
            given_to: 0,
            shared: Arc::clone(shared),
        };
        for (name, sender) in senders {
            let spool = Spool::open(folder, &name)?;
            let spool = Arc::new(spool);
            shared.metrics().output(&name);
            outputs.spools.push(Arc::clone(&spool));
            let shared = Arc::clone(shared);
            let thread = std::thread::spawn(move || spool::send_all(&spool, sender, &shared));
            outputs.senders.push(thread);
        }
        Ok(outputs)
    }

    /// Gives sightings to all. When it fails it is to be called again with the same ones.
    pub(super) fn give(&mut self, all: &[WatchSighting]) -> io::Result<()> {
        let mut text = Vec::new();
        for one in all {
            write_json(&mut text, one, false)?;
        }
        // Spools first: what they have does not depend on the next step.
        while let Some(spool) = self.spools.get(self.given_to) {
            spool.add(&text, &self.shared)?;
            self.given_to += 1;
        }
        match &mut self.sink {
            Sink::File(file) => file.write(&text)?,
            Sink::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(&text)?;
                out.flush()?;
            }
            Sink::Shown(show) => all.iter().try_for_each(show)?,
        }
        self.given_to = 0;
        self.shared.metrics().output("lines").sent += all.len() as u64;
        Ok(())
    }

    /// Whether nobody takes lines any more: standard output was closed.
    pub(super) fn is_over(&self, error: &io::Error) -> bool {
        !matches!(self.sink, Sink::File(_))
            && self.given_to == self.spools.len()
            && !matches!(
                error.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            )
    }

    /// Tells of an hour of an input, among the lines.
    pub(super) fn hour(&mut self, hour: &HourOfInput) -> io::Result<()> {
        let mut text = Vec::new();
        write_json(&mut text, hour, false)?;
        match &mut self.sink {
            Sink::File(file) => file.write(&text),
            Sink::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(&text)?;
                out.flush()
            }
            Sink::Shown(_) => Ok(()),
        }
    }

    /// Brings everything to the disk.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        if let Sink::File(file) = &self.sink {
            // A pipe or device has nothing to bring there.
            if file.file.metadata().is_ok_and(|m| m.is_file()) {
                file.file.sync_data()?;
            }
        }
        self.spools.iter().try_for_each(|spool| spool.sync())
    }

    /// Opens the file of lines again, after somebody renamed it.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        if let Sink::File(file) = &mut self.sink {
            file.file.sync_data()?;
            *file = LineFile::open(&file.path.clone())?;
        }
        Ok(())
    }
}

impl Drop for Outputs<'_> {
    fn drop(&mut self) {
        for spool in &self.spools {
            spool.end();
        }
        for sender in self.senders.drain(..) {
            let _ = sender.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LineFile;

    #[test]
    fn half_a_line_at_the_end_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        std::fs::write(&path, b"{\"a\":1}\n{\"b\":").unwrap();
        LineFile::open(&path)
            .unwrap()
            .write(b"{\"c\":3}\n")
            .unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"{\"a\":1}\n{\"c\":3}\n");
        std::fs::write(&path, vec![b'x'; 200_000]).unwrap();
        LineFile::open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
    }
}

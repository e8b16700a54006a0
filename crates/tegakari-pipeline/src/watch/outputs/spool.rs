//! Lines that wait on the disk for an output, and the thread that sends them on.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tegakari_model::Problem;
use tegakari_watch::{SpoolMark, WatchSighting};

use super::{Refused, Send_};
use crate::watch::feed::Shared;
use crate::watch::keep::replace;
use crate::{PipelineError, write_json};

/// Bytes that can wait; when it is full, reading waits.
const MOST: u64 = 64 << 20;
/// A spool of which all was sent is emptied beyond this.
const EMPTIED: u64 = 256 << 10;
/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long it is tried when the watch ends; what is left is sent by the next run.
const LAST: Duration = Duration::from_secs(3);

struct Inside {
    file: File,
    size: u64,
    mark: SpoolMark,
    ended: Option<Instant>,
}

pub(super) struct Spool {
    name: String,
    mark_path: PathBuf,
    inside: Mutex<Inside>,
    changed: Condvar,
}

impl Spool {
    /// Opens the spool of an output, with what waits in it.
    pub(super) fn open(folder: &Path, name: &str) -> Result<Self, PipelineError> {
        let plain: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .take(60)
            .collect();
        // Names that look alike must not share a file.
        let print = tegakari_watch::hmac_sha256_hex(b"spool", &[name.as_bytes()]);
        let path = folder.join(format!("spool-{plain}-{}.jsonl", &print[..8]));
        let mark_path = path.with_extension("sent");
        let writing = |error: io::Error| PipelineError::writing(&path, &error);
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(&path)
            .map_err(writing)?;
        let there = file.metadata().map_err(writing)?.len();
        let size = super::whole_lines(&mut file, there).map_err(writing)?;
        file.set_len(size).map_err(writing)?;
        let mark = std::fs::read(&mark_path)
            .ok()
            .and_then(|text| serde_json::from_slice::<SpoolMark>(&text).ok())
            .filter(|mark| mark.sent <= size)
            .unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            mark_path,
            inside: Mutex::new(Inside {
                file,
                size,
                mark,
                ended: None,
            }),
            changed: Condvar::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds lines; waits a moment while it is full.
    ///
    /// # Errors
    /// `WouldBlock` when it still is; what the disk says otherwise.
    pub(super) fn add(&self, text: &[u8], shared: &Shared) -> io::Result<()> {
        let mut inside = self.lock();
        if inside.size - inside.mark.sent > MOST {
            inside = match self
                .changed
                .wait_timeout(inside, Duration::from_millis(500))
            {
                Ok((inside, _)) => inside,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        if inside.size - inside.mark.sent > MOST {
            let why = format!("{} takes nothing, and its spool is full", self.name);
            return Err(io::Error::new(io::ErrorKind::WouldBlock, why));
        }
        if let Err(error) = inside.file.write_all(text) {
            let size = inside.size;
            let _ = inside.file.set_len(size);
            return Err(error);
        }
        inside.size += text.len() as u64;
        let waiting = inside.size - inside.mark.sent;
        drop(inside);
        self.changed.notify_all();
        shared.metrics().output(&self.name).waiting_bytes = waiting;
        Ok(())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        let file = self.lock().file.try_clone()?;
        file.sync_data()
    }

    /// Nothing is added any more.
    pub(super) fn end(&self) {
        self.lock().ended = Some(Instant::now());
        self.changed.notify_all();
    }

    /// The lines that wait, at most so many bytes and lines, and where they end. Empty when the spool has ended and holds none.
    fn next(&self, most: (usize, usize)) -> io::Result<(Vec<String>, u64)> {
        let mut inside = self.lock();
        while inside.size == inside.mark.sent && inside.ended.is_none() {
            inside = self
                .changed
                .wait(inside)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let mark = inside.mark;
        let mut text = Vec::new();
        let want = (inside.size - mark.sent).min(most.0 as u64);
        inside.file.seek(SeekFrom::Start(mark.sent))?;
        (&mut inside.file).take(want).read_to_end(&mut text)?;
        if !text.contains(&b'\n') && want < inside.size - mark.sent {
            // One line that is longer than all that is sent at once.
            let all = inside.size - mark.sent;
            inside.file.seek(SeekFrom::Start(mark.sent))?;
            text.clear();
            (&mut inside.file).take(all).read_to_end(&mut text)?;
            let end = text
                .iter()
                .position(|b| *b == b'\n')
                .map_or(text.len(), |at| at + 1);
            text.truncate(end);
        }
        drop(inside);
        let mut lines = Vec::new();
        let mut at = mark.sent;
        for line in text.split_inclusive(|b| *b == b'\n').take(most.1) {
            if line.last() != Some(&b'\n') {
                break;
            }
            let doubtful = mark.is_doubtful(at);
            lines.push(line_of(line, doubtful));
            at += line.len() as u64;
        }
        Ok((lines, at))
    }

    /// Notes that sending up to a place begins, or is done.
    fn note(&self, sent: Option<u64>, tried: u64) -> io::Result<u64> {
        let mut inside = self.lock();
        inside.mark.tried = inside.mark.tried.max(tried);
        inside.mark.sent = sent.unwrap_or(inside.mark.sent);
        if inside.mark.sent == inside.size && inside.size > EMPTIED {
            // A mark beyond the end means nothing was sent: should it end between these two, nothing waits either.
            inside.file.set_len(0)?;
            inside.size = 0;
            inside.mark = SpoolMark::default();
        }
        replace(
            &self.mark_path,
            &serde_json::to_vec(&inside.mark).map_err(io::Error::other)?,
        )?;
        let waiting = inside.size - inside.mark.sent;
        drop(inside);
        self.changed.notify_all();
        Ok(waiting)
    }

    /// What was tried last has not arrived.
    fn not_tried(&self, before: u64) {
        let mut inside = self.lock();
        inside.mark.tried = before;
        // Should this fail, it is only said of more than need be that it may have arrived.
        if let Ok(text) = serde_json::to_vec(&inside.mark) {
            let _ = replace(&self.mark_path, &text);
        }
    }

    fn ended(&self) -> Option<Instant> {
        self.lock().ended
    }

    /// Rests, but not longer than until the watch ends.
    fn rest(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut inside = self.lock();
        while inside.ended.is_none() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            inside = match self.changed.wait_timeout(inside, left) {
                Ok((inside, _)) => inside,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

/// A line as it is sent: one that may have been sent before says so.
fn line_of(line: &[u8], doubtful: bool) -> String {
    let plain = String::from_utf8_lossy(line).trim_end().to_owned();
    if !doubtful {
        return plain;
    }
    let Ok(mut sighting) = serde_json::from_slice::<WatchSighting>(line) else {
        return plain;
    };
    sighting.repeat = true;
    let mut text = Vec::new();
    match write_json(&mut text, &sighting, false) {
        Ok(()) => String::from_utf8_lossy(&text).trim_end().to_owned(),
        Err(_) => plain,
    }
}

/// Sends until the watch ends.
pub(super) fn send_all(spool: &Spool, mut sender: Box<dyn Send_>, shared: &Shared) {
    let mut pause = Duration::from_millis(250);
    let mut told = false;
    let every = Duration::from_secs(sender.every());
    // A digest collects first.
    let mut last = (!every.is_zero()).then(Instant::now);
    loop {
        if let Some(last) = last {
            spool.rest(every.saturating_sub(last.elapsed()));
        }
        if spool.ended().is_some() && !every.is_zero() {
            // A digest waits for its time; the next run sends it.
            return;
        }
        let (lines, end) = match spool.next(sender.at_once()) {
            Ok(next) => next,
            Err(error) => {
                failed(spool, shared, &mut told, &error.to_string());
                if spool.ended().is_some() {
                    return;
                }
                spool.rest(pause);
                continue;
            }
        };
        if lines.is_empty() {
            return;
        }
        let before = spool.lock().mark.tried;
        let sent = spool
            .note(None, end)
            .map_err(Refused::clearly)
            .and_then(|_| sender.send(&lines));
        match sent.and_then(|()| spool.note(Some(end), end).map_err(Refused::unclear)) {
            Ok(waiting) => {
                let mut metrics = shared.metrics();
                let counts = metrics.output(&spool.name);
                counts.sent += lines.len() as u64;
                counts.waiting_bytes = waiting;
                pause = Duration::from_millis(250);
                told = false;
                last = Some(Instant::now());
            }
            Err(refused) => {
                if !refused.unclear {
                    spool.not_tried(before);
                }
                failed(spool, shared, &mut told, &refused.why);
                if spool.ended().is_some_and(|since| since.elapsed() > LAST) {
                    return;
                }
                if spool.ended().is_some() {
                    std::thread::sleep(Duration::from_millis(250));
                } else {
                    spool.rest(pause);
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

fn failed(spool: &Spool, shared: &Shared, told: &mut bool, why: &str) {
    shared.metrics().output(&spool.name).failures += 1;
    if !*told {
        *told = true;
        shared.tell(Problem::new(
            &spool.name,
            format!("does not take what is sent: {why}; it waits on the disk"),
            "check the address and the other side; it is tried again",
        ));
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::sync::{Arc, Mutex};

    use super::{MOST, Refused, Send_, Spool, send_all};
    use crate::watch::feed::Shared;

    /// Takes what it is sent, after some failures.
    struct Taking {
        failures: usize,
        taken: Arc<Mutex<Vec<String>>>,
    }

    impl Send_ for Taking {
        fn send(&mut self, lines: &[String]) -> Result<(), Refused> {
            if self.failures > 0 {
                self.failures -= 1;
                return Err(Refused::clearly("not now"));
            }
            self.taken.lock().unwrap().extend_from_slice(lines);
            Ok(())
        }
    }

    fn drained(spool: &Spool, failures: usize) -> Vec<String> {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let sender = Taking {
            failures,
            taken: Arc::clone(&taken),
        };
        spool.end();
        send_all(spool, Box::new(sender), &Shared::new());
        let taken = taken.lock().unwrap();
        taken.clone()
    }

    #[test]
    fn what_waits_survives_and_is_sent_in_order_after_failures() {
        let folder = tempfile::tempdir().unwrap();
        let shared = Shared::new();
        let spool = Spool::open(folder.path(), "x").unwrap();
        for n in 0..1200 {
            spool.add(format!("{n}\n").as_bytes(), &shared).unwrap();
        }
        // A crash: half a line was written, and some were tried but not confirmed.
        spool.note(Some(0), 20).unwrap();
        let path = std::fs::read_dir(folder.path()).unwrap().find_map(|e| {
            let path = e.unwrap().path();
            (path.extension()? == "jsonl").then_some(path)
        });
        drop(spool);
        use std::io::Write as _;
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(path.unwrap())
            .unwrap();
        file.write_all(b"{\"half").unwrap();
        let spool = Spool::open(folder.path(), "x").unwrap();
        let taken = drained(&spool, 2);
        let want: Vec<String> = (0..1200).map(|n| n.to_string()).collect();
        assert_eq!(taken, want);
        // All was sent: nothing is sent again.
        let spool = Spool::open(folder.path(), "x").unwrap();
        assert!(drained(&spool, 0).is_empty());
    }

    #[test]
    fn a_full_spool_takes_no_more_and_does_not_grow() {
        let folder = tempfile::tempdir().unwrap();
        let shared = Shared::new();
        let spool = Spool::open(folder.path(), "x").unwrap();
        let line = [vec![b'x'; 8 << 20], b"\n".to_vec()].concat();
        let mut added = 0;
        let error = loop {
            match spool.add(&line, &shared) {
                Ok(()) => added += line.len() as u64,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        assert!(added <= MOST + line.len() as u64);
        assert_eq!(drained(&spool, 0).len() as u64, added / line.len() as u64);
        // Emptied, it takes again.
        let spool = Spool::open(folder.path(), "x").unwrap();
        spool.add(b"y\n", &shared).unwrap();
        assert_eq!(drained(&spool, 0), ["y"]);
    }
}

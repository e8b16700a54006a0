//! Reads systemd's journal through `journalctl`, from the cursor where the last run stopped.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tegakari_model::Problem;
use tegakari_watch::{CursorPosition, JournalFrames};

use super::feed::{Feed, Feeder, Mark, Opened, PIECE, Shared, Start};

/// Longest entry; fields beyond are left out and counted.
const MOST_ENTRY: usize = 1 << 20;
/// Pause before journalctl is started again.
const PAUSE: Duration = Duration::from_secs(2);

pub(super) const INPUT: &str = "journal";

/// The child, so that it can be ended from outside.
pub(super) type Running = Arc<Mutex<Option<Child>>>;

/// Ends it.
pub(super) fn end(running: &Running) {
    let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(child) = running.as_mut() {
        let _ = child.kill();
    }
}

/// Follows the journal until it is stopped.
pub(super) fn follow(
    kept: Option<CursorPosition>,
    from_start: bool,
    running: &Running,
    feeder: &Feeder,
    shared: &Shared,
) {
    let stream = shared.next_stream();
    let mut cursor = kept.as_ref().map(|kept| kept.cursor.clone());
    let start = match kept {
        Some(kept) => Start::Resume {
            mark: kept.mark,
            head: Vec::new(),
        },
        None => Start::Of("journal-export"),
    };
    let opened = Opened {
        stream,
        name: INPUT.to_owned(),
        input: INPUT.to_owned(),
        generation: 0,
        start,
        file: None,
    };
    if !feeder.send(Feed::Open(Box::new(opened))) {
        return;
    }
    if cursor.is_none() && !from_start {
        // Where it begins is kept before anything is read.
        cursor = newest();
        if let Some(cursor) = cursor.clone() {
            let feed = Feed::Bytes {
                stream,
                bytes: Vec::new(),
                mark: Mark::Cursor(cursor),
            };
            if !feeder.send(feed) {
                return;
            }
        }
    }
    while !shared.stopping() {
        let mut command = Command::new("journalctl");
        command.args(["--follow", "--output=export", "--no-pager", "--quiet"]);
        match &cursor {
            Some(cursor) => {
                command
                    .arg("--no-tail")
                    .arg(format!("--after-cursor={cursor}"));
            }
            None if from_start => {
                command.arg("--no-tail");
            }
            None => {
                command.arg("--lines=0");
            }
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut out = match child {
            Ok(mut child) => {
                let out = child.stdout.take();
                *running.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
                if shared.stopping() {
                    // Whoever ends it may have looked before it was there.
                    end(running);
                }
                match out {
                    Some(out) => out,
                    None => return,
                }
            }
            Err(error) => {
                shared.tell(Problem::new(
                    INPUT,
                    format!("journalctl cannot be started: {error}"),
                    "install systemd's journalctl, or follow files",
                ));
                return;
            }
        };
        let mut frames = JournalFrames::new(MOST_ENTRY);
        let mut buffer = vec![0; PIECE / 4];
        let mut long = 0;
        loop {
            let got = match out.read(&mut buffer) {
                Ok(0) => break,
                Ok(got) => got,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            let mut bytes = Vec::new();
            let last = frames.push(&buffer[..got], &mut bytes);
            if frames.too_long > long {
                shared.metrics().input(INPUT).too_long += frames.too_long - long;
                long = frames.too_long;
                shared.tell(
                    Problem::new(
                        INPUT,
                        format!(
                            "an entry is longer than {MOST_ENTRY} bytes; fields of it were left out"
                        ),
                        "look at it with journalctl",
                    )
                    .losing_bytes(frames.bytes_lost),
                );
            }
            let mark = match last {
                Some(last) => {
                    cursor = Some(last.clone());
                    Mark::Cursor(last)
                }
                None => Mark::None,
            };
            if !bytes.is_empty()
                && !feeder.send(Feed::Bytes {
                    stream,
                    bytes,
                    mark,
                })
            {
                end(running);
                break;
            }
        }
        if let Some(mut child) = running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            let _ = child.kill();
            let _ = child.wait();
        }
        if shared.stopping() {
            return;
        }
        shared.tell(Problem::new(
            INPUT,
            "journalctl ended; it is started again where it stopped",
            "may this user read the journal (group systemd-journal)?",
        ));
        thread::sleep(PAUSE);
    }
}

/// The cursor of the newest entry.
fn newest() -> Option<String> {
    let done = Command::new("journalctl")
        .args(["--output=export", "--lines=1", "--no-pager", "--quiet"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    JournalFrames::new(MOST_ENTRY).push(&done.stdout, &mut Vec::new())
}

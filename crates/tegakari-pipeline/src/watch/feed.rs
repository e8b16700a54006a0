//! What inputs hand to the search, through one queue that is never long: when it is full, inputs wait.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tegakari_model::Problem;
use tegakari_watch::Metrics;
use tegakari_watch::rotation::FilePrint;

/// Pieces of input that can wait; each is at most [`PIECE`] and a message long.
pub(super) const QUEUE: usize = 48;
/// Bytes that are handed over at once.
pub(super) const PIECE: usize = 256 << 10;

/// Where a stream begins.
pub(super) enum Start {
    /// At its first byte.
    New,
    /// The same, of a format that is known.
    Of(&'static str),
    /// Behind a mark; with the first bytes of the stream.
    Resume { mark: Value, head: Vec<u8> },
    /// In its middle, where a line begins.
    Join { at: u64, head: Vec<u8> },
}

/// A stream that begins.
pub(super) struct Opened {
    pub(super) stream: u64,
    /// How it is cited.
    pub(super) name: String,
    /// Under which name it is counted.
    pub(super) input: String,
    pub(super) generation: u64,
    pub(super) start: Start,
    /// The file that it is, if its position is to be kept.
    pub(super) file: Option<FilePrint>,
}

/// What comes with bytes.
pub(super) enum Mark {
    None,
    /// More of the file's first bytes are known.
    Print(FilePrint),
    /// The stream's own name for the place behind the bytes.
    Cursor(String),
    /// The same of a stream with a message a line, with the number of each in it.
    Numbered(String, Vec<u64>),
    /// A message a line: the number of each in its stream, and where it is acknowledged once it is dealt with.
    Messages(Vec<(u64, String)>, Sender<Vec<String>>),
}

/// What an input hands over.
pub(super) enum Feed {
    Open(Box<Opened>),
    Bytes {
        stream: u64,
        bytes: Vec<u8>,
        mark: Mark,
    },
    /// Nothing follows: the last record is whole as it is.
    Close {
        stream: u64,
    },
    /// What was kept of a file is of no use any more.
    Forget {
        name: String,
        generation: u64,
    },
    /// Messages were lost before they could be read.
    Lost {
        input: String,
        messages: u64,
    },
    /// Positions are to be kept now, before what follows is searched.
    Keep,
    /// What there is to follow was looked for once; what was found is open.
    Looked,
    /// All that was there at the start was handed over.
    CaughtUp,
}

/// What all threads share.
pub(super) struct Shared {
    pub(super) stop: AtomicBool,
    pub(super) queued: AtomicU64,
    /// Seconds since 1970 at which the search was last seen to be alive.
    pub(super) alive: AtomicU64,
    streams: AtomicU64,
    metrics: Mutex<Metrics>,
    problems: Mutex<Vec<Problem>>,
    /// When a problem was last told.
    told_at: Mutex<BTreeMap<(String, String), Instant>>,
}

/// Problems that wait to be told; beyond that they are only counted by what they are about.
const MOST_PROBLEMS: usize = 1000;

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            stop: AtomicBool::new(false),
            queued: AtomicU64::new(0),
            alive: AtomicU64::new(0),
            streams: AtomicU64::new(1),
            metrics: Mutex::new(Metrics {
                queue_room: QUEUE as u64,
                ..Metrics::default()
            }),
            problems: Mutex::new(Vec::new()),
            told_at: Mutex::new(BTreeMap::new()),
        }
    }

    pub(super) fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(super) fn metrics(&self) -> MutexGuard<'_, Metrics> {
        self.metrics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of a problem; of the same one again after a minute at the earliest, however often somebody provokes it.
    pub(super) fn tell(&self, problem: Problem) {
        {
            let mut told = self.told_at.lock().unwrap_or_else(PoisonError::into_inner);
            told.retain(|_, at| at.elapsed() < Duration::from_secs(60));
            let key = (problem.place.clone(), problem.what.clone());
            if told.len() >= MOST_PROBLEMS || told.contains_key(&key) {
                return;
            }
            told.insert(key, Instant::now());
        }
        let mut waiting = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST_PROBLEMS {
            waiting.push(problem);
        }
    }

    pub(super) fn told(&self) -> Vec<Problem> {
        std::mem::take(&mut *self.problems.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn next_stream(&self) -> u64 {
        self.streams.fetch_add(1, Ordering::Relaxed)
    }
}

/// The end of the queue that inputs hold.
#[derive(Clone)]
pub(super) struct Feeder {
    sender: SyncSender<Feed>,
    shared: Arc<Shared>,
}

impl Feeder {
    /// Hands over, and waits while the queue is full. False when nobody takes any more.
    pub(super) fn send(&self, feed: Feed) -> bool {
        self.shared.queued.fetch_add(1, Ordering::Relaxed);
        self.sender.send(feed).is_ok()
    }
}

/// A queue, and its other end.
pub(super) fn queue(shared: &Arc<Shared>) -> (Feeder, Receiver<Feed>) {
    let (sender, receiver) = sync_channel(QUEUE);
    let feeder = Feeder {
        sender,
        shared: Arc::clone(shared),
    };
    (feeder, receiver)
}

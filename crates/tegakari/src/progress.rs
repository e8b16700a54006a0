//! A progress bar on standard error, only at a terminal.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use tegakari_model::Language;
use tegakari_pipeline::Progress;
use tegakari_render::told;

use crate::arguments::Globals;
use crate::{interrupt, output};

/// Shows files, bytes, rate and matches so far; asks the interrupt handler whether to stop.
pub(crate) struct Bar {
    bar: ProgressBar,
    /// In which remarks are made; none, when told to be quiet.
    language: Option<Language>,
    files: AtomicU64,
    of: AtomicU64,
    seen: Mutex<BTreeSet<u32>>,
}

impl Bar {
    /// A bar; an invisible one when told to be quiet, or when standard error is no terminal.
    pub(crate) fn new(globals: &Globals) -> Self {
        let quiet = globals.quiet;
        let bar = if quiet || !std::io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(0)
        };
        if let Ok(style) = ProgressStyle::with_template(
            "hunting  {msg}  {bytes}  {binary_bytes_per_sec}  {wide_bar}",
        ) {
            bar.set_style(style);
        }
        Self {
            bar,
            language: (!quiet).then(|| globals.lang.into()),
            files: AtomicU64::new(0),
            of: AtomicU64::new(0),
            seen: Mutex::new(BTreeSet::new()),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn say(&self) {
        let seen = self.seen.lock().map_or(0, |seen| seen.len());
        self.bar.set_message(format!(
            "{}/{} files  {seen} indicators seen so far",
            self.files.load(Ordering::Relaxed),
            self.of.load(Ordering::Relaxed)
        ));
    }
}

impl Progress for Bar {
    fn begin(&self, files: usize, bytes: u64) {
        self.of.store(files as u64, Ordering::Relaxed);
        self.bar.set_length(bytes);
        self.say();
    }

    fn bytes(&self, bytes: u64) {
        self.bar.inc(bytes);
        // A file may have grown since it was listed.
        let position = self.bar.position();
        if self.bar.length().is_some_and(|length| position > length) {
            self.bar.set_length(position);
        }
    }

    fn file_done(&self, _stored_bytes: u64, seen: &[u32]) {
        self.files.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut all) = self.seen.lock() {
            all.extend(seen);
        }
        self.say();
    }

    fn waits(&self, process: &str) {
        if let Some(language) = self.language {
            let saying = if process.is_empty() {
                told::waits_for_somebody()
            } else {
                told::waits(process)
            };
            output::failure(&saying.text(language));
        }
    }

    fn stop(&self) -> bool {
        interrupt::asked()
    }
}

//! `tegakari scan`: is it on this disk, and was all of it read?

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use tegakari_model::ScanResult;
use tegakari_pipeline::{PipelineError, ScanRequest, open_scan_set, run_scan};
use tegakari_render::text;

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::progress::Bar;
use crate::sought::Sources;
use crate::{database, interrupt, output};

/// Search disks for hashes, names and paths of files, and say of every negative what was read.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Scan {
    /// Files and folders to read, as a mounted image
    #[arg(required_unless_present_any = ["persistence", "live"], value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    sources: Sources,
    /// List what starts programs by itself (cron, systemd, logon scripts, tasks of Windows …), and search it, below --root
    #[arg(long)]
    persistence: bool,
    /// The root of the system whose places are listed: this machine's, or a mounted image
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "/",
        requires = "persistence"
    )]
    root: PathBuf,
    /// Look at the processes and open connections of this machine, too (Linux)
    #[arg(long)]
    live: bool,
    /// Search what stands in files for addresses, names, URLs and mail addresses, too
    #[arg(long)]
    contents: bool,
    /// Files with hashes of known files (a list, or a table as NSRL's); what they hold is marked, never hidden
    #[arg(long, value_name = "FILE")]
    known_good: Vec<PathBuf>,
    /// Do not read files with more bytes than this; they are counted as not read
    #[arg(long, value_name = "BYTES")]
    max_size: Option<u64>,
    /// Stay on the file system of each path
    #[arg(long)]
    one_file_system: bool,
    /// Exit with 3 when nothing was seen and less than this share was searched
    #[arg(long, value_name = "PERCENT", default_value_t = 80, value_parser = clap::value_parser!(u8).range(0..=100))]
    min_visibility: u8,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// What the status says, and what is opened.
const AFTER_HELP: &str = "Exit status:\n  \
    0  nothing was seen, and as much as --min-visibility asks for was searched\n  \
    1  something was seen\n  \
    2  wrong arguments, a database that cannot be used, or a path that cannot be read while nothing was seen in the others\n  \
    3  cannot tell: nothing was seen, but too little was searched, or the scan was stopped\n  \
    130  stopped at once (Ctrl-C twice)\n\n\
    Opened by what they hold, whatever their name: zip (with all that are such, as Office files and jars) and tar, a member at a \
    time, as `outer!inner`; gzip, zstd, xz, bzip2 and lz4; one inside the other up to four deep. 7z, RAR, cabinets and others are \
    counted as not opened.\n\n\
    Files are opened for reading only. Links are not followed. Nothing is kept in the database (docs/scan.md).";

impl Scan {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let nothing = self.sources.is_empty() && self.sources.indicators_set.is_none();
        if nothing && !self.persistence {
            bail!(
                "nothing to look for: say --report ID, --indicators FILE, --indicators-set FILE, --value VALUE or --all"
            );
        }
        let store = if self.sources.asks_database() {
            Some(database::open(globals)?)
        } else {
            None
        };
        let wanted = self.sources.wanted(store.as_ref())?;
        if wanted.indicators.is_empty() && self.sources.indicators_set.is_none() && !nothing {
            return Err(PipelineError::NothingToLookFor(
                "nothing to look for: the given reports and lists hold no indicator".to_owned(),
            )
            .into());
        }
        let set = self.sources.indicators_set.as_deref();
        let set = set.map(open_scan_set).transpose()?;
        interrupt::listen(globals.quiet);
        let bar = Bar::new(globals);
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let scan = run_scan(
            ScanRequest {
                indicators: wanted.indicators,
                set,
                reports: wanted.reports,
                paths: &self.paths,
                starts_below: self.persistence.then_some(self.root.as_path()),
                live: self.live,
                contents: self.contents,
                max_size: self.max_size,
                one_file_system: self.one_file_system,
                known_good: &self.known_good,
                problems: wanted.problems,
                threads: self.threads.unwrap_or_else(cores).max(1),
            },
            &bar,
        );
        bar.finish();
        let scan = scan?;
        match globals.format {
            Format::Text => output::text(&text::scan(
                &scan,
                globals.lang.into(),
                &output::style(globals),
            ))?,
            Format::Json => output::json("tegakari/scan/1", &scan)?,
            Format::Jsonl => {
                lines(&scan)?;
                output::problems(globals, &scan.problems);
            }
        }
        // A list alone asks nothing that could be answered with "cannot tell".
        if nothing && !scan.partial {
            return Ok(Exit::of_list(&[self.root]));
        }
        Ok(Exit::of_scan(&scan, self.min_visibility, &self.paths))
    }
}

/// One line an indicator, a reason why something was not read, an entry and a process, each headed by what it is.
fn lines(scan: &ScanResult) -> Result<()> {
    #[derive(Serialize)]
    #[serde(tag = "line", rename_all = "snake_case")]
    enum Line<'a> {
        Finding(&'a tegakari_model::ScanFinding),
        Unread(&'a tegakari_model::Unread),
        Entry(&'a tegakari_model::StartEntry),
        Process(&'a tegakari_model::LiveProcess),
        Tally(&'a tegakari_model::ScanTally),
    }
    let lines = scan
        .findings
        .iter()
        .map(Line::Finding)
        .chain(scan.unread.iter().map(Line::Unread))
        .chain(scan.entries.iter().map(Line::Entry))
        .chain(scan.processes.iter().map(Line::Process))
        .chain([Line::Tally(&scan.tally)]);
    output::json_lines(lines)
}

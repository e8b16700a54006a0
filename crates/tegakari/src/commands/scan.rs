//! `tegakari scan`: is it on this disk, and was all of it read?

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use tegakari_model::ScanResult;
use tegakari_pipeline::{PipelineError, ScanRequest, load_yara, open_scan_set, run_scan};
use tegakari_render::text;

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::progress::Bar;
use crate::sought::Sources;
use crate::{database, interrupt, output};

/// Search disks for hashes, names and paths of files, and say of every negative what was read.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, group = clap::ArgGroup::new("of_system").multiple(true))]
pub(crate) struct Scan {
    /// Files and folders to read, as a mounted image
    #[arg(required_unless_present_any = ["persistence", "executed", "live"], value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    sources: Sources,
    /// Ask the YARA rules of this file, or of the files below this folder, of every file and member. May be given several times
    #[arg(long, value_name = "FILE|FOLDER")]
    yara: Vec<PathBuf>,
    /// Seconds that all YARA rules together may take for one file; files that take longer are counted as not asked about
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..), requires = "yara")]
    yara_timeout: u16,
    /// List what starts programs by itself (cron, systemd, logon scripts, tasks of Windows …), and search it, below --root
    #[arg(long, group = "of_system")]
    persistence: bool,
    /// Read what a mounted image of Windows notes of programs that were run or were there (Prefetch, ShimCache, Amcache, BAM, UserAssist), and search it, below --root
    #[arg(long, group = "of_system")]
    executed: bool,
    /// The root of the system that --persistence and --executed are about: this machine's, or a mounted image
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "/",
        requires = "of_system"
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
        let no_indicators = self.sources.is_empty() && self.sources.indicators_set.is_none();
        let nothing = no_indicators && self.yara.is_empty();
        let lists = self.persistence || self.executed;
        if nothing && !lists {
            bail!(
                "nothing to look for: say --report ID, --indicators FILE, --indicators-set FILE, --value VALUE, --all or --yara FILE"
            );
        }
        let store = if self.sources.asks_database() {
            Some(database::open(globals)?)
        } else {
            None
        };
        let wanted = self.sources.wanted(store.as_ref())?;
        if wanted.indicators.is_empty() && self.sources.indicators_set.is_none() && !no_indicators {
            return Err(PipelineError::NothingToLookFor(
                "nothing to look for: the given reports and lists hold no indicator".to_owned(),
            )
            .into());
        }
        let set = self.sources.indicators_set.as_deref();
        let set = set.map(open_scan_set).transpose()?;
        let timeout = Duration::from_secs(u64::from(self.yara_timeout));
        let rules = (!self.yara.is_empty()).then(|| load_yara(&self.yara, timeout));
        let rules = rules.transpose()?;
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
                traces_below: self.executed.then_some(self.root.as_path()),
                live: self.live,
                contents: self.contents,
                max_size: self.max_size,
                one_file_system: self.one_file_system,
                known_good: &self.known_good,
                rules: rules.as_ref(),
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
        Ok(Exit::of_scan(&scan, self.min_visibility, &self.paths)
            .without(&wanted.lost, globals.format != Format::Jsonl))
    }
}

/// One line an indicator, a rule that matched, what the other rules say, a reason why something was not read, an entry, a note of a program and a process, each headed by what it is.
fn lines(scan: &ScanResult) -> Result<()> {
    #[derive(Serialize)]
    #[serde(tag = "line", rename_all = "snake_case")]
    enum Line<'a> {
        Finding(&'a tegakari_model::ScanFinding),
        Rule(&'a tegakari_model::FileRuleFinding),
        Rules(&'a tegakari_model::FileRules),
        Unread(&'a tegakari_model::Unread),
        Entry(&'a tegakari_model::StartEntry),
        Trace(&'a tegakari_model::ProgramTrace),
        Process(&'a tegakari_model::LiveProcess),
        Tally(&'a tegakari_model::ScanTally),
    }
    // The rules that matched have a line each.
    let of_rules = scan.rules.clone().map(|of| tegakari_model::FileRules {
        seen: Vec::new(),
        ..of
    });
    let lines = scan
        .findings
        .iter()
        .map(Line::Finding)
        .chain(scan.rules.iter().flat_map(|of| &of.seen).map(Line::Rule))
        .chain(of_rules.iter().map(Line::Rules))
        .chain(scan.unread.iter().map(Line::Unread))
        .chain(scan.entries.iter().map(Line::Entry))
        .chain(scan.traces.iter().map(Line::Trace))
        .chain(scan.processes.iter().map(Line::Process))
        .chain([Line::Tally(&scan.tally)]);
    output::json_lines(lines)
}

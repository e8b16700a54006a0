//! What can be typed: help, man pages and completions all come from here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tegakari_model::Language;

use crate::commands;

/// From a threat report to what to do about it: what it says, whether we were hit and could have seen
/// it, who it may be and how sure that is, and what to block now. Nothing leaves this machine.
#[derive(Debug, Parser)]
#[command(
    name = "tegakari",
    version,
    propagate_version = true,
    after_help = "Exit status: 0 fine (hunt: not seen, and it would have been) · 1 something was seen · \
                  2 error · 3 cannot tell (not seen, but too little was visible)"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command has.
#[derive(Debug, Clone, Args)]
pub(crate) struct Globals {
    /// The database file [default: tegakari.db in the user's data folder]
    #[arg(long, global = true, value_name = "PATH", env = "TEGAKARI_DB")]
    pub(crate) db: Option<PathBuf>,
    /// A compiled knowledge file [default: the one `knowledge update` installed, else the one inside the program]
    #[arg(long, global = true, value_name = "FILE", env = "TEGAKARI_KNOWLEDGE")]
    pub(crate) knowledge: Option<PathBuf>,
    /// How to print the result
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Language of the result
    #[arg(long, global = true, value_enum, default_value_t = Lang::En)]
    pub(crate) lang: Lang,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(crate) color: When,
    /// Draw with ASCII characters only
    #[arg(long, global = true)]
    pub(crate) ascii: bool,
    /// No progress and no notices on standard error
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// English
    En,
    /// 日本語
    Ja,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::En,
            Lang::Ja => Self::Ja,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// At a terminal, unless NO_COLOR or TERM=dumb says otherwise
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole way: read, hunt, assess, block, show
    Investigate(commands::investigate::Investigate),
    /// Read reports: what do they say?
    Read(commands::read::Read),
    /// Say what a value, technique or name of a report means
    Correct(commands::correct::Correct),
    /// What was corrected, and the same as test cases
    Corrections(commands::corrections::Corrections),
    /// Search logs: were we hit, and could we have seen it?
    Hunt(commands::hunt::Hunt),
    /// Show matches of rules and sightings in order of time
    Timeline(commands::timeline::Timeline),
    /// Search disks: is it here, and was all of it read?
    Scan(commands::scan::Scan),
    /// Follow logs while they are written, and tell of each sighting
    Watch(Box<commands::watch::Watch>),
    /// Plant harmless traces, and find out whether your logs show them
    Drill(commands::drill::DrillCommand),
    /// Measure what the logs could show, without any report
    Visibility(commands::visibility::Visibility),
    /// Make sets of very many indicators for hunts
    Indicators(commands::indicators::IndicatorsCommand),
    /// Weigh who it may be, how sure that is, and whether it matters
    Assess(commands::assess::Assess),
    /// Keep your own clusters of activity, which are hypotheses of every assessment
    Cluster(commands::cluster::ClusterCommand),
    /// Write block lists, objections first
    Block(commands::block::Block),
    /// Share reports, sightings and the assessment with others
    Share(commands::share::Share),
    /// Serve TAXII 2.1 and block lists over HTTP
    Serve(commands::serve::Serve),
    /// All that is known about an id, a value or a name
    Show(commands::show::Show),
    /// What the program knows, and from where
    Knowledge(commands::knowledge::KnowledgeCommand),
    /// Everything that can be read, searched and written
    Formats(commands::formats::Formats),
    /// Print completions for a shell
    Completions(commands::completions::Completions),
    /// Write the manual pages
    Man(commands::man::Man),
}

impl Command {
    /// Whether it puts another file in the place of the installed knowledge, or takes that away.
    pub(crate) fn replaces_knowledge(&self) -> bool {
        matches!(self, Self::Knowledge(command) if command.replaces())
    }
}

//! `tegakari drill`: would a search find anything at all?

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use tegakari_model::{DrillCheck, DrillPlatform, TraceKind, TraceOutcome, TraceState};
use tegakari_pipeline::{
    DrillCheckRequest, DrillReport, PlantRequest, check_drill, drill_report, load_inventory,
    plant_drill, write_atomically,
};
use tegakari_render::{text, told};

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::progress::Bar;
use crate::{database, interrupt, output};

/// Plant harmless traces with names that stand nowhere else, look for them as a hunt would, and learn what has to be
/// turned on where they are missed. Hunts leave these traces out.
#[derive(Debug, Args)]
pub(crate) struct DrillCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a plan, and the scripts that plant its traces (nothing is planted yet)
    Plant(Plant),
    /// Look for the traces of a plan in logs
    Check(Check),
    /// What was missed, what has to be turned on, and the rates that all drills measured
    Report(Report),
}

#[derive(Debug, Args)]
struct Plant {
    /// Which scripts to write
    #[arg(long, value_enum, default_value_t = PlatformWord::Both)]
    platform: PlatformWord,
    /// A domain of yours, below which names are looked up; nobody needs to answer for them [default: invalid, which no resolver knows]
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// A web server that requests go to (host or host:port) [default: names below --domain, which then need an address or a proxy]
    #[arg(long, value_name = "SERVER")]
    web: Option<String>,
    /// Whom the mail goes to; without it none is sent
    #[arg(long, value_name = "ADDRESS")]
    mail_to: Option<String>,
    /// A machine. May be given several times [default: this one]
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// CSV of machines, all of which take part
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
    /// Plant only these kinds, with commas between them
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = trace_kind)]
    traces: Vec<TraceKind>,
    /// Draw the tokens from this text, to get the same plan again [default: from the system's random numbers]
    #[arg(long, value_name = "TEXT")]
    seed: Option<String>,
    /// Folder for the scripts and the plan
    #[arg(short, long, value_name = "DIR", default_value = "drill")]
    output: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit status:\n  \
    0  every trace that was planted was seen\n  \
    1  some were missed, or seen only in records of another kind\n  \
    2  wrong arguments, or a plan, record or database that cannot be used, or none of the logs could be read\n  \
    3  nothing can be told: no record says that anything was planted and nothing was seen, or the check was stopped")]
struct Check {
    /// The plan: its file, or its id (D-… or the start of it)
    #[arg(long, value_name = "PLAN")]
    plan: String,
    /// Logs to search: files and folders, compressed or not. May be given several times
    #[arg(long, required = true, value_name = "PATH", num_args = 1..)]
    logs: Vec<PathBuf>,
    /// What a script wrote down. Without it a trace that is not seen is "not run", never "missed". May be given several times
    #[arg(long, value_name = "FILE", num_args = 1..)]
    record: Vec<PathBuf>,
    /// CSV of the organisation's machines, by which logs' addresses are known
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

#[derive(Debug, Args)]
struct Report {
    /// The drill to tell of: the file of its plan, or its id (D-… or the start of it) [default: the one checked last]
    #[arg(long, value_name = "PLAN")]
    plan: Option<String>,
    /// Write it as Markdown into this file as well
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlatformWord {
    /// POSIX shells
    Sh,
    /// Windows PowerShell 5.1 and later
    Powershell,
    /// A script for each
    Both,
}

fn trace_kind(text: &str) -> Result<TraceKind, String> {
    TraceKind::parse(text).ok_or_else(|| {
        let names: Vec<&str> = TraceKind::ALL.iter().map(|kind| kind.name()).collect();
        format!("the kinds are {}", names.join(", "))
    })
}

impl DrillCommand {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        match self.verb {
            Verb::Plant(plant) => plant.run(globals),
            Verb::Check(check) => check.run(globals),
            Verb::Report(report) => report.run(globals),
        }
    }
}

impl Plant {
    fn run(self, globals: &Globals) -> Result<Exit> {
        let mut store = database::open(globals)?;
        let platforms: &[DrillPlatform] = match self.platform {
            PlatformWord::Sh => &[DrillPlatform::Sh],
            PlatformWord::Powershell => &[DrillPlatform::Powershell],
            PlatformWord::Both => &DrillPlatform::ALL,
        };
        let request = PlantRequest {
            hosts: &self.host,
            inventory: self.inventory.as_deref(),
            platforms,
            kinds: &self.traces,
            domain: self.domain.as_deref(),
            web: self.web.as_deref(),
            mail_to: self.mail_to.as_deref(),
            seed: self.seed.as_deref(),
            folder: &self.output,
        };
        let planned = plant_drill(&mut store, &request)?;
        match globals.format {
            Format::Text => output::text(&text::drill_plan(
                &planned.plan,
                &planned.written,
                &planned.problems,
                globals.lang.into(),
                &output::style(globals),
            ))?,
            Format::Json => output::json("tegakari/drill-plan/1", &planned.plan)?,
            Format::Jsonl => output::json_line("tegakari/drill-plan/1", &planned.plan)?,
        }
        if globals.format != Format::Text {
            output::losses(&planned.problems);
        }
        Ok(Exit::Fine)
    }
}

impl Check {
    fn run(self, globals: &Globals) -> Result<Exit> {
        let mut store = database::open(globals)?;
        interrupt::listen(globals.quiet);
        let inventory = self.inventory.as_deref().map(load_inventory).transpose()?;
        let (inventory, problems) = inventory.unwrap_or_default();
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let bar = Bar::new(globals);
        let request = DrillCheckRequest {
            plan: &self.plan,
            logs: &self.logs,
            records: &self.record,
            inventory: &inventory,
            problems,
            threads: self.threads.unwrap_or_else(cores).max(1),
        };
        let check = check_drill(&mut store, request, &bar);
        bar.finish();
        let Some(check) = check? else {
            output::failure(&told::drill_stopped().text(globals.lang.into()));
            return Ok(Exit::CannotTell);
        };
        match globals.format {
            Format::Text => output::text(&text::drill_check(
                &check,
                globals.lang.into(),
                &output::style(globals),
            ))?,
            Format::Json => output::json("tegakari/drill-check/1", &check)?,
            Format::Jsonl => {
                lines(&check)?;
                output::problems(globals, &check.problems);
            }
        }
        Ok(exit_of(&check))
    }
}

/// Nothing can be told when nothing was planted or seen.
fn exit_of(check: &DrillCheck) -> Exit {
    let missed = check.count(TraceState::Missed) + check.count(TraceState::Elsewhere);
    if missed > 0 {
        Exit::Findings
    } else if check.count(TraceState::Seen) == 0 {
        Exit::CannotTell
    } else {
        Exit::Fine
    }
}

/// A line a trace, each with its schema, so that no line is taken for one of a log.
fn lines(check: &DrillCheck) -> Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        schema: &'static str,
        plan: &'a str,
        #[serde(flatten)]
        outcome: &'a TraceOutcome,
    }
    output::json_lines(check.outcomes.iter().map(|outcome| Line {
        schema: "tegakari/drill-trace/1",
        plan: check.plan.as_str(),
        outcome,
    }))
}

impl Report {
    fn run(self, globals: &Globals) -> Result<Exit> {
        let store = database::open_to_look(globals)?;
        let DrillReport {
            check,
            gaps,
            measured,
        } = drill_report(&store, self.plan.as_deref())?;
        let language = globals.lang.into();
        if let Some(path) = &self.output {
            let page = text::drill_markdown(&check, &gaps, &measured, language);
            write_atomically(path, |out| out.write_all(page.as_bytes()))?;
        }
        let report = DrillReport {
            check,
            gaps,
            measured,
        };
        match globals.format {
            Format::Text => output::text(&text::drill_report(
                &report.check,
                &report.gaps,
                &report.measured,
                language,
                &output::style(globals),
            ))?,
            Format::Json => output::json("tegakari/drill-report/1", &report)?,
            Format::Jsonl => output::json_line("tegakari/drill-report/1", &report)?,
        }
        Ok(Exit::Fine)
    }
}

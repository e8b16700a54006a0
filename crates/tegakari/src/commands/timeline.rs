//! `tegakari timeline`: what happened, in order of time.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use tegakari_model::{Indicator, Problem, RuleLevel, Timeline as Shown, TimelineEntry};
use tegakari_pipeline::{
    HuntRequest, Store, assumptions, known_drills, load_inventory, load_list, load_rules,
    load_values, merged_indicators, run_hunt, write_atomically,
};
use tegakari_render::{html, text, timeline_csv, told};

use super::hunt::{HuntOptions, RuleOptions};
use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::progress::Bar;
use crate::{database, interrupt, output};

/// Records listed for one rule or indicator on one machine.
const MOST_EXAMPLES: usize = 10_000;

/// Show matches of rules and sightings in order of time, with the hours in which nobody could have seen any.
///
/// Looks for what is given, in the logs as they are; nothing is kept in the database. A record without a time has no
/// place in a timeline, and is counted.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Timeline {
    /// Logs to search: files and folders, compressed or not; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    rules: RuleOptions,
    /// Look for the indicators of a file in any readable format. May be given several times
    #[arg(long, value_name = "FILE")]
    indicators: Vec<PathBuf>,
    /// Look for the indicators of a report that was read (R-… or the start of it). May be given several times
    #[arg(long, value_name = "ID")]
    report: Vec<String>,
    /// Look for this value: an address, name, hash, file name or registry key. May be given several times
    #[arg(long, value_name = "VALUE")]
    value: Vec<String>,
    /// Only this machine, by its name with or without its domain, or by its address
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// Only this account, with or without its domain
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Write it as CSV in Timesketch's columns; `-` is standard output, in the place of the text
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write it as a page: one file, no script, no network
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    options: HuntOptions,
}

const AFTER_HELP: &str = "Exit status:\n  \
     1  there is something in it\n  \
     2  wrong arguments, or nothing that could be read\n  \
     3  there is nothing in it, which proves nothing: look at the hours without records, and at what the rules could not show";

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    timeline: &'a Shown,
    problems: &'a [Problem],
    partial: bool,
}

impl Timeline {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        for (option, value) in [("--host", &self.host), ("--user", &self.user)] {
            if value.as_ref().is_some_and(|name| name.trim().is_empty()) {
                return Err(told::timeline_nobody(option).into());
            }
        }
        let store = database::open(globals)?;
        let mut problems = Vec::new();
        let indicators = self.wanted(&store, &mut problems)?;
        interrupt::listen(globals.quiet);
        let rules = match self.rules.wanted() {
            Some(wanted) => {
                let loaded = load_rules(wanted)?;
                problems.extend(loaded.problems);
                Some(loaded.rules)
            }
            None => None,
        };
        if indicators.is_empty() && rules.is_none() {
            bail!(
                "nothing to look for: say --rules PATH, --indicators FILE, --report ID or --value VALUE"
            );
        }
        let inventory = self
            .options
            .inventory
            .as_deref()
            .map(load_inventory)
            .transpose()?;
        let (inventory, doubts) = inventory.unwrap_or_default();
        problems.extend(doubts);
        let (assumptions, doubts) = assumptions(&store, self.options.assumptions.as_deref())?;
        problems.extend(doubts);
        let bar = Bar::new(globals);
        let request = HuntRequest {
            indicators,
            set: None,
            reports: Vec::new(),
            techniques: Vec::new(),
            paths: &self.paths,
            window: self.options.window.range()?,
            inventory: &inventory,
            zones: self.options.zones()?,
            assumptions,
            problems,
            threads: self.options.threads(),
            examples: Some(MOST_EXAMPLES),
            drills: Some(known_drills(&store)?),
            rules,
        };
        let hunt = run_hunt(request, &bar);
        bar.finish();
        let hunt = hunt?;
        let timeline = Shown::of(&hunt, self.host.as_deref(), self.user.as_deref());
        self.print(&timeline, &hunt.problems, hunt.partial, globals)?;
        Ok(if timeline.entries.iter().any(counts) {
            Exit::Findings
        } else {
            Exit::CannotTell
        })
    }

    fn print(
        &self,
        timeline: &Shown,
        problems: &[Problem],
        partial: bool,
        globals: &Globals,
    ) -> Result<()> {
        if let Some(path) = &self.csv {
            let csv = timeline_csv(timeline);
            if path.as_os_str() == "-" {
                output::text(&csv)?;
                output::problems(globals, problems);
                return Ok(());
            }
            write_atomically(path, |out| out.write_all(csv.as_bytes()))?;
        }
        if let Some(path) = &self.html {
            let page = html::timeline(timeline, globals.lang.into());
            write_atomically(path, |out| out.write_all(page.as_bytes()))?;
        }
        match globals.format {
            Format::Text => {
                output::text(&text::timeline(
                    timeline,
                    globals.lang.into(),
                    &output::style(globals),
                ))?;
                output::problems(globals, problems);
            }
            Format::Json => output::json(
                "tegakari/timeline/1",
                &Whole {
                    timeline,
                    problems,
                    partial,
                },
            )?,
            Format::Jsonl => {
                output::json_lines(&timeline.entries)?;
                output::problems(globals, problems);
            }
        }
        Ok(())
    }

    fn wanted(&self, store: &Store, problems: &mut Vec<Problem>) -> Result<Vec<Indicator>> {
        let mut all = Vec::new();
        if !self.report.is_empty() {
            let stored = tegakari_pipeline::stored_reports(store, &self.report)?;
            all.extend(stored.iter().flat_map(|report| report.indicators()));
        }
        for file in &self.indicators {
            let list = load_list(file)?;
            problems.extend(list.problems);
            problems.extend(list.not_sought);
            all.extend(list.indicators);
        }
        all.extend(load_values(&self.value)?);
        Ok(merged_indicators(all))
    }
}

/// Whether an entry is more than context.
fn counts(one: &TimelineEntry) -> bool {
    match &one.kind {
        tegakari_model::TimelineEntryKind::Behaviour { level, .. } => *level >= RuleLevel::Medium,
        tegakari_model::TimelineEntryKind::Sighting { .. } => true,
    }
}

//! `tegakari visibility`: what could our logs show, whatever a report may ask?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use tegakari_model::{ComponentHours, Coverage, Problem};
use tegakari_pipeline::{
    HuntRequest, Standing, load, load_assumptions, load_inventory, load_rules, read_dettect,
    run_hunt, standing, write_atomically, write_dettect, write_navigator,
};
use tegakari_render::text;

use super::hunt::{RuleOptions, zones};
use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::progress::Bar;
use crate::times::Window;
use crate::{database, interrupt, output};

/// Measure what the logs could show, machine by machine and hour by hour, without looking for anything.
#[derive(Debug, Args)]
pub(crate) struct Visibility {
    /// Logs: files and folders, compressed or not; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The organisation's machines: CSV (also of Get-ADComputer or Windows DHCP), LDIF, leases of dhcpd or dnsmasq, nmap's XML, Zeek's known_hosts
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
    /// CSV that says which exports were filtered on purpose, and how long quiet kinds may be silent (docs/visibility.md)
    #[arg(long, value_name = "FILE")]
    assumptions: Option<PathBuf>,
    /// The zone of times that say none, as for `hunt`
    #[arg(long, value_name = "SOURCE=ZONE")]
    zone: Vec<String>,
    #[command(flatten)]
    window: Window,
    #[command(flatten)]
    rules: RuleOptions,
    /// Mark the techniques of a report that was read (R-… or the start of it). May be given several times
    #[arg(long, value_name = "ID")]
    report: Vec<String>,
    /// Write a layer for the ATT&CK Navigator
    #[arg(long, value_name = "FILE")]
    navigator: Option<PathBuf>,
    /// Write DeTT&CT's data sources (YAML). If the file is there, what people wrote in it stays, and what the logs do not bear out is told
    #[arg(long, value_name = "FILE")]
    dettect: Option<PathBuf>,
    /// Exit with 3 when less than this share of the machine-hours shows anything
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    min_visibility: u8,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    standing: &'a Standing,
    coverage: &'a Coverage,
    /// What each hour of each machine is for each data component.
    hours: Vec<ComponentHours>,
    problems: &'a [Problem],
    partial: bool,
}

impl Visibility {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let reports = if self.report.is_empty() {
            Vec::new()
        } else {
            tegakari_pipeline::stored_reports(&database::open(globals)?, &self.report)?
        };
        interrupt::listen(globals.quiet);
        let inventory = self.inventory.as_deref().map(load_inventory).transpose()?;
        let (inventory, mut problems) = inventory.unwrap_or_default();
        let assumed = self
            .assumptions
            .as_deref()
            .map(load_assumptions)
            .transpose()?;
        let (assumptions, doubts) = assumed.unwrap_or_default();
        problems.extend(doubts);
        let rules = match self.rules.wanted() {
            Some(wanted) => {
                let loaded = load_rules(wanted)?;
                problems.extend(loaded.problems);
                Some(loaded.rules)
            }
            None => None,
        };
        let bar = Bar::new(globals);
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let request = HuntRequest {
            indicators: Vec::new(),
            set: None,
            reports: Vec::new(),
            techniques: Vec::new(),
            paths: &self.paths,
            window: self.window.range()?,
            inventory: &inventory,
            zones: zones(&self.zone)?,
            assumptions,
            problems,
            threads: self.threads.unwrap_or_else(cores).max(1),
            examples: None,
            drills: None,
            rules,
        };
        let hunt = run_hunt(request, &bar);
        bar.finish();
        let mut hunt = hunt?;
        let standing = standing(&hunt, &reports, tegakari_pipeline::knowledge());
        if let Some(path) = &self.navigator {
            let layer = write_navigator(&standing)?;
            write_atomically(path, |out| out.write_all(layer.as_bytes()))?;
        }
        if let Some(path) = &self.dettect {
            let mut claims = BTreeMap::new();
            if path.exists() {
                let text = load(Path::new(path))?;
                let place = path.display().to_string();
                let read = read_dettect(&place, &String::from_utf8_lossy(&text), &standing);
                // What cannot be read is not overwritten.
                if read.0.is_empty() && !read.1.is_empty() {
                    anyhow::bail!("{place}: {}; {}", read.1[0].what, read.1[0].hint);
                }
                claims = read.0;
                hunt.problems.extend(read.1);
            }
            let file = write_dettect(&standing, &hunt, &claims);
            write_atomically(path, |out| out.write_all(file.as_bytes()))?;
        }
        match globals.format {
            Format::Text => output::text(&text::visibility(
                &hunt,
                &standing.cover(),
                globals.lang.into(),
                &output::style(globals),
            ))?,
            Format::Json => output::json(
                "tegakari/visibility/1",
                &Whole {
                    standing: &standing,
                    coverage: &hunt.coverage,
                    hours: hunt.coverage.component_hours(),
                    problems: &hunt.problems,
                    partial: hunt.partial,
                },
            )?,
            Format::Jsonl => output::json_lines(&hunt.coverage.sources)?,
        }
        let share = hunt.coverage.share_with(&tegakari_model::Telemetry::ALL);
        let enough = !hunt.partial && share * 100.0 >= f64::from(self.min_visibility);
        Ok(if enough { Exit::Fine } else { Exit::CannotTell })
    }
}

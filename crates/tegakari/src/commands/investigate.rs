//! `tegakari investigate`: the whole way through, once.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use tegakari_pipeline::{Investigation, InvestigationRequest};
use tegakari_render::{text, told};

use super::hunt::{HuntOptions, RuleOptions};
use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::progress::Bar;
use crate::{database, interrupt, output};

/// Read reports, search our logs for what they say, weigh who it may be, write what to block, and show it.
#[derive(Debug, Args)]
pub(crate) struct Investigate {
    /// Threat reports: text, Markdown, HTML, CSV, STIX or MISP; `-` is standard input
    #[arg(required = true, value_name = "REPORT")]
    reports: Vec<PathBuf>,
    /// Logs to search: files and folders, compressed or not. May be given several times
    #[arg(long, value_name = "PATH", num_args = 1..)]
    logs: Vec<PathBuf>,
    #[command(flatten)]
    rules: RuleOptions,
    #[command(flatten)]
    hunt: HuntOptions,
    /// Folder for the HTML report and the block lists
    #[arg(short, long, value_name = "DIR", default_value = "tegakari-out")]
    output: PathBuf,
}

impl Investigate {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        if self.logs.is_empty() && self.rules.wanted().is_some() {
            return Err(told::investigate_rules_need_logs().into());
        }
        let mut store = database::open(globals)?;
        interrupt::listen(globals.quiet);
        let bar = Bar::new(globals);
        let request = InvestigationRequest {
            reports: &self.reports,
            logs: &self.logs,
            inventory: self.hunt.inventory.as_deref(),
            assumptions: self.hunt.assumptions.as_deref(),
            rules: self.rules.wanted(),
            zones: self.hunt.zones()?,
            window: self.hunt.window.range()?,
            threads: self.hunt.threads(),
            output: &self.output,
            language: globals.lang.into(),
            program: env!("CARGO_PKG_VERSION"),
        };
        let done = tegakari_pipeline::investigate(&mut store, &request, &bar);
        bar.finish();
        let done = done?;
        print(&done, globals)?;
        Ok(match &done.hunt {
            Some(hunt) => Exit::of_hunt(
                hunt,
                self.hunt.min_visibility,
                &self.logs,
                self.hunt.tables(),
            ),
            None => Exit::CannotTell,
        })
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    reports: &'a [tegakari_model::Report],
    hunt: Option<&'a tegakari_model::HuntResult>,
    assessment: &'a tegakari_model::Assessment,
    block: &'a tegakari_model::BlockPlan,
    written: Vec<&'a str>,
    left_out: &'a [tegakari_model::Problem],
}

fn print(done: &Investigation, globals: &Globals) -> Result<()> {
    match globals.format {
        Format::Text => {
            let knowledge = tegakari_pipeline::knowledge();
            let notes = done.knowledge_notes(knowledge);
            let story = done.story(env!("CARGO_PKG_VERSION"), knowledge.version(), &notes);
            output::text(&text::summary(
                &story,
                globals.lang.into(),
                &output::style(globals),
            ))
        }
        Format::Json => output::json(
            "tegakari/investigate/1",
            &Whole {
                reports: &done.reports,
                hunt: done.hunt.as_ref(),
                assessment: &done.assessment,
                block: &done.block,
                written: done.written.iter().map(|w| w.path.as_str()).collect(),
                left_out: &done.left_out,
            },
        ),
        Format::Jsonl => match &done.hunt {
            Some(hunt) => super::hunt::lines(hunt),
            None => Ok(()),
        },
    }
}

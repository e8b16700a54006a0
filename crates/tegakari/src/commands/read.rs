//! `tegakari read`: what do reports say?

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use tegakari_model::{Disposition, Mention, Report, ReportId};
use tegakari_pipeline::read_reports;
use tegakari_render::text;

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::{database, output};

/// Read reports and keep what they say: indicators, files, techniques, names, victims.
#[derive(Debug, Args)]
pub(crate) struct Read {
    /// Threat reports: text, Markdown, HTML, PDF, CSV, STIX or MISP; `-` is standard input
    #[arg(required = true, value_name = "REPORT")]
    reports: Vec<PathBuf>,
    /// Show only what a person should look at
    #[arg(long)]
    uncertain: bool,
    /// Read, but keep nothing in the database
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Reports<'a> {
    reports: &'a [Report],
}

#[derive(Serialize)]
struct Line<'a> {
    report: &'a ReportId,
    #[serde(flatten)]
    mention: &'a Mention,
}

impl Read {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let mut reports = read_reports(&self.reports)?;
        if !self.dry_run {
            let mut store = database::open(globals)?;
            for report in &reports {
                tegakari_pipeline::save_report(&mut store, report)?;
            }
        }
        if self.uncertain {
            for report in &mut reports {
                report
                    .mentions
                    .retain(|m| m.disposition == Disposition::Unsure);
            }
        }
        match globals.format {
            Format::Text => {
                let style = output::style(globals);
                let pages: Vec<String> = reports
                    .iter()
                    .map(|r| text::report(r, globals.lang.into(), &style))
                    .collect();
                output::text(&pages.join("\n"))?;
            }
            Format::Json => output::json("tegakari/read/1", &Reports { reports: &reports })?,
            Format::Jsonl => output::json_lines(reports.iter().flat_map(|report| {
                report.mentions.iter().map(|mention| Line {
                    report: &report.id,
                    mention,
                })
            }))?,
        }
        Ok(Exit::Fine)
    }
}

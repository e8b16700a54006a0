//! `tegakari read`: what do reports say?

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use tegakari_model::{Disposition, Mention, Report, ReportId, Timestamp};
use tegakari_pipeline::{
    Exploited, TaxiiRequest, exploited, exploited_notes, knowledge, read_each, read_taxii,
};
use tegakari_render::text;

use super::share::Taxii;
use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::{database, output};

/// Read reports and keep what they say: indicators, files, techniques, names, victims.
///
/// One that cannot be read is told and does not keep the others from being read; the exit status is then 2, as it is
/// when a part of one could not be read.
#[derive(Debug, Args)]
pub(crate) struct Read {
    /// Threat reports: text, Markdown, HTML, PDF, CSV, STIX or MISP; `-` is standard input
    #[arg(required_unless_present = "url", value_name = "REPORT")]
    reports: Vec<PathBuf>,
    #[command(flatten)]
    taxii: Taxii,
    /// Of a TAXII collection, only what was added after this time (RFC 3339)
    #[arg(long, value_name = "TIME", requires = "url")]
    added_after: Option<Timestamp>,
    /// Show only what a person should look at: what is unsure, or surer of less than CONFIDENCE (0.5 to 1)
    #[arg(
        long,
        value_name = "CONFIDENCE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "0.8",
        value_parser = confidence
    )]
    uncertain: Option<f32>,
    /// Read, but keep nothing in the database
    #[arg(long)]
    dry_run: bool,
}

/// A confidence on the command line.
fn confidence(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|number| (0.5..=1.0).contains(number))
        .ok_or_else(|| "a number from 0.5 (a coin) to 1 (certain) is needed".to_owned())
}

#[derive(Serialize)]
struct Reports<'a> {
    reports: &'a [Report],
    /// Of the vulnerabilities named, those that are exploited in the wild.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exploited: Vec<&'a Exploited>,
}

#[derive(Serialize)]
struct Line<'a> {
    report: &'a ReportId,
    #[serde(flatten)]
    mention: &'a Mention,
}

impl Read {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let (mut reports, failed) = if self.dry_run {
            read_each(&self.reports, None)?
        } else {
            read_each(&self.reports, Some(&mut database::open(globals)?))?
        };
        if let Some(server) = self.taxii.request() {
            let server = TaxiiRequest {
                added_after: self.added_after,
                ..server
            };
            let mut store = (!self.dry_run)
                .then(|| database::open(globals))
                .transpose()?;
            reports.extend(read_taxii(&server, store.as_mut())?);
        }
        let lost = reports
            .iter()
            .flat_map(|report| &report.problems)
            .any(|problem| problem.records_lost > 0 || problem.bytes_lost > 0);
        let exit = if failed.is_empty() && !lost {
            Exit::Fine
        } else {
            Exit::Error
        };
        for error in failed {
            output::error(&error.into(), globals);
        }
        if reports.is_empty() {
            return Ok(exit);
        }
        if let Some(limit) = self.uncertain {
            for report in &mut reports {
                report
                    .mentions
                    .retain(|m| m.disposition == Disposition::Unsure || m.confidence < limit);
            }
        }
        match globals.format {
            Format::Text => {
                let style = output::style(globals);
                let pages: Vec<String> = reports
                    .iter()
                    .map(|r| {
                        let notes = exploited(std::slice::from_ref(r), knowledge());
                        let notes = exploited_notes(notes, knowledge());
                        let language = globals.lang.into();
                        let mut page = text::report(r, language, &style);
                        page.push_str(&text::exploited(&notes, language, &style));
                        page
                    })
                    .collect();
                output::text(&pages.join("\n"))?;
            }
            Format::Json => {
                let exploited = exploited(&reports, knowledge());
                let reports = &reports;
                output::json("tegakari/read/1", &Reports { reports, exploited })?;
            }
            Format::Jsonl => output::json_lines(reports.iter().flat_map(|report| {
                report.mentions.iter().map(|mention| Line {
                    report: &report.id,
                    mention,
                })
            }))?,
        }
        // The process ends: giving back the many small pieces of a list one by one only takes time.
        std::mem::forget(reports);
        Ok(exit)
    }
}

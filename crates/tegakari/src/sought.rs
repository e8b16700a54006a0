//! What to look for, where a command takes it from reports in the database, from files and from the command line.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use tegakari_model::{Indicator, Problem, ReportId};
use tegakari_pipeline::{Store, load_list, load_values, merged_indicators, stored_reports};

/// The arguments.
#[derive(Debug, Args)]
pub(crate) struct Sources {
    /// Look for the indicators of a report that was read (R-… or the start of it). May be given several times
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    pub(crate) report: Vec<String>,
    /// Look for the indicators of a file in any readable format. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) indicators: Vec<PathBuf>,
    /// Look for the indicators of a set made by `tegakari indicators build` too; those that are seen get a finding each
    #[arg(long, value_name = "FILE")]
    pub(crate) indicators_set: Option<PathBuf>,
    /// Look for this value: a hash, file name, path, address or name. May be given several times
    #[arg(long, value_name = "VALUE")]
    pub(crate) value: Vec<String>,
    /// Look for the indicators of every report in the database
    #[arg(long)]
    pub(crate) all: bool,
}

/// What to look for, and what of it could not be read.
pub(crate) struct Wanted {
    pub(crate) indicators: Vec<Indicator>,
    pub(crate) reports: Vec<ReportId>,
    pub(crate) problems: Vec<Problem>,
    /// Of those, what lists state and nobody looks for.
    pub(crate) lost: Vec<Problem>,
}

impl Sources {
    /// Whether anything was named, apart from a set.
    pub(crate) fn is_empty(&self) -> bool {
        !self.all && self.report.is_empty() && self.indicators.is_empty() && self.value.is_empty()
    }

    /// Whether the database is needed.
    pub(crate) fn asks_database(&self) -> bool {
        self.all || !self.report.is_empty()
    }

    /// The indicators, each once.
    pub(crate) fn wanted(&self, store: Option<&Store>) -> Result<Wanted> {
        let mut reports = Vec::new();
        let mut problems = Vec::new();
        let mut all = Vec::new();
        let mut lost = Vec::new();
        if let Some(store) = store.filter(|_| self.asks_database()) {
            for report in &stored_reports(store, &self.report)? {
                reports.push(report.id.clone());
                all.extend(report.indicators());
            }
        }
        for file in &self.indicators {
            let list = load_list(file)?;
            lost.extend(list.lost().cloned());
            problems.extend(list.problems);
            problems.extend(list.not_sought);
            all.extend(list.indicators);
        }
        all.extend(load_values(&self.value)?);
        reports.sort();
        reports.dedup();
        Ok(Wanted {
            indicators: merged_indicators(all),
            reports,
            problems,
            lost,
        })
    }
}

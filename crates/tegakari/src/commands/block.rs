//! `tegakari block`: what to block now, whoever it is.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use tegakari_pipeline::{
    BlockBasis, BlockRequest, EXPORT_FORMATS, block_plan, load_inventory, load_list,
    merged_indicators, own_assets, write_blocks, write_one,
};
use tegakari_render::text;

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::{database, output};

/// Write block lists. What should not be blocked is held back and listed with the reason.
#[derive(Debug, Args)]
pub(crate) struct Block {
    /// Reports whose indicators to block (R-… or the start of one) [default: every report in the database]
    #[arg(long, value_name = "ID")]
    report: Vec<String>,
    /// Block the indicators of a file in any readable format instead. May be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "report")]
    indicators: Vec<PathBuf>,
    /// CSV of the organisation's machines, which are never blocked
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
    /// Formats to write, as `tegakari formats` names them [default: all]
    #[arg(long, value_name = "FORMAT")]
    to: Vec<String>,
    /// Folder for the lists; `-` writes one format to standard output
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

impl Block {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        for name in &self.to {
            if !EXPORT_FORMATS.iter().any(|f| f.id() == name) {
                let known: Vec<&str> = EXPORT_FORMATS.iter().map(|f| f.id()).collect();
                bail!(
                    "there is no format {name:?}; there are {}",
                    known.join(", ")
                );
            }
        }
        let mut store = database::open(globals)?;
        let mut reports = Vec::new();
        let mut all = Vec::new();
        if self.indicators.is_empty() {
            for report in tegakari_pipeline::stored_reports(&store, &self.report)? {
                all.extend(report.indicators());
                reports.push(report);
            }
        }
        for file in &self.indicators {
            let list = load_list(Path::new(file))?;
            output::problems(globals, &list.problems);
            all.extend(list.indicators);
        }
        let indicators = merged_indicators(all);
        if indicators.is_empty() {
            bail!("nothing to block: read a report first, or give --indicators FILE");
        }
        let inventory = self.inventory.as_deref().map(load_inventory).transpose()?;
        let (inventory, problems) = inventory.unwrap_or_default();
        output::problems(globals, &problems);
        let own = own_assets(&inventory, None);
        let plan = block_plan(&indicators, &own);
        let basis = BlockBasis::new(reports.iter().map(|r| r.id.clone()).collect(), None);
        let request = BlockRequest {
            plan: &plan,
            reports: &reports,
            formats: &self.to,
            program: env!("CARGO_PKG_VERSION"),
        };
        let to_stdout = self.output.as_deref() == Some(Path::new("-"));
        if to_stdout || (self.output.is_none() && self.to.len() == 1) {
            if self.to.len() != 1 {
                bail!("standard output takes one format: say which with --to");
            }
            let left_out = write_one(&request, &mut std::io::stdout().lock())?;
            output::problems(globals, &left_out);
            tegakari_pipeline::save_block(&mut store, &basis, &plan)?;
            return Ok(Exit::Fine);
        }
        let (written, left_out) = match &self.output {
            Some(folder) => write_blocks(&request, folder)?,
            None => Default::default(),
        };
        output::problems(globals, &left_out);
        tegakari_pipeline::save_block(&mut store, &basis, &plan)?;
        match globals.format {
            Format::Text => output::text(&text::block(
                &plan,
                &written,
                globals.lang.into(),
                &output::style(globals),
            ))?,
            Format::Json => output::json("tegakari/block/1", &plan)?,
            Format::Jsonl => output::json_lines(&plan.entries)?,
        }
        Ok(Exit::Fine)
    }
}

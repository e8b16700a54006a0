//! `tegakari assess`: who may it be, how sure is that, and does it matter?

use anyhow::Result;
use clap::Args;
use tegakari_pipeline::assess_stored;
use tegakari_render::text;

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::{database, output};

/// Weigh who it may be, with "none of the known" always among the hypotheses.
#[derive(Debug, Args)]
pub(crate) struct Assess {
    /// Hunts and reports to weigh (H-…, R-…, or the start of one) [default: the newest hunt]
    #[arg(value_name = "ID")]
    ids: Vec<String>,
}

impl Assess {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let mut store = database::open(globals)?;
        let assessment = assess_stored(&mut store, &self.ids)?;
        match globals.format {
            Format::Text => output::text(&text::assessment(
                &assessment,
                globals.lang.into(),
                &output::style(globals),
            ))?,
            Format::Json => output::json("tegakari/assess/1", &assessment)?,
            Format::Jsonl => output::json_lines(&assessment.hypotheses)?,
        }
        Ok(Exit::Fine)
    }
}

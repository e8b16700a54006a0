//! `tegakari indicators`: lists of any size made a set that hunts load in milliseconds.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use tegakari_pipeline::build_set;
use tegakari_render::escape;

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::output;

/// Make sets of indicators for hunts.
#[derive(Debug, Args)]
pub(crate) struct IndicatorsCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make one file of lists of indicators, for `hunt --indicators-set`: millions load in milliseconds
    Build {
        /// Lists: CSV with the columns `type` and `value`, of any size, or any readable format
        #[arg(required = true, value_name = "FILE")]
        lists: Vec<PathBuf>,
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

impl IndicatorsCommand {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let Verb::Build { lists, out } = self.verb;
        let built = build_set(&lists, &out)?;
        match globals.format {
            Format::Text => {
                let mut lines = format!(
                    "{}: {} indicators, {} bytes\n",
                    escape::terminal(&out.to_string_lossy()),
                    built.indicators,
                    built.bytes
                );
                for (kind, count) in &built.kinds {
                    lines.push_str(&format!("  {kind:<14} {count}\n"));
                }
                if built.refused > 0 {
                    lines.push_str(&format!(
                        "  {} left out, which logs cannot show\n",
                        built.refused
                    ));
                }
                output::text(&lines)?;
                output::problems(globals, &built.problems);
            }
            Format::Json | Format::Jsonl => output::json("tegakari/indicator-set/1", &built)?,
        }
        Ok(if built.unread > 0 {
            Exit::Error
        } else {
            Exit::Fine
        })
    }
}

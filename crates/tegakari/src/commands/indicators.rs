//! `tegakari indicators`: lists of any size made a set that hunts load in milliseconds.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use tegakari_pipeline::build_set;
use tegakari_render::{escape, text, told};

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::output;

const SCHEMA: &str = "tegakari/indicator-set/1";

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
                let language = globals.lang.into();
                let file = escape::terminal(&out.to_string_lossy());
                let head =
                    told::set_built(file.as_ref(), built.indicators, built.bytes.to_string());
                let mut lines = format!("{}\n", head.text(language));
                for (kind, count) in &built.kinds {
                    lines.push_str(&format!("  {kind:<14} {count}\n"));
                }
                if built.refused > 0 {
                    let left_out = told::set_left_out(built.refused.to_string());
                    lines.push_str(&format!("  {}\n", left_out.text(language)));
                }
                output::text(&lines)?;
                if !built.problems.is_empty() {
                    let style = output::style(globals);
                    for line in text::problems(&built.problems, language, &style).lines() {
                        output::notice(globals, line);
                    }
                }
            }
            Format::Json => output::json(SCHEMA, &built)?,
            Format::Jsonl => output::json_line(SCHEMA, &built)?,
        }
        Ok(if built.unread > 0 {
            Exit::Error
        } else {
            Exit::Fine
        })
    }
}

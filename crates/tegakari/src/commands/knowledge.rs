//! `tegakari knowledge`: what the program knows, and from where.

use anyhow::Result;
use clap::{Args, Subcommand};
use tegakari_pipeline::{Knowledge, source_table};
use tegakari_render::text;

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::output;

/// What the program knows, and from where.
#[derive(Debug, Args)]
pub(crate) struct KnowledgeCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// The sources with version, licence, required notice and counts
    List,
}

impl KnowledgeCommand {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let Verb::List = self.verb;
        let knowledge = Knowledge::embedded();
        let sources = source_table(knowledge);
        match globals.format {
            Format::Text => {
                let rows: Vec<Vec<String>> = sources.iter().map(|s| s.cells()).collect();
                let mut page = text::table(
                    &["source", "publisher", "version", "licence", "holds"],
                    &rows,
                    &output::style(globals),
                );
                for source in sources.iter().filter(|s| !s.notice.is_empty()) {
                    page.push_str(&format!("\n{}: {}\n", source.title, source.notice));
                }
                output::text(&page)?;
            }
            Format::Json => output::json("tegakari/knowledge/1", &Listed { sources: &sources })?,
            Format::Jsonl => output::json_lines(&sources)?,
        }
        Ok(Exit::Fine)
    }
}

#[derive(serde::Serialize)]
struct Listed<'a> {
    sources: &'a [tegakari_pipeline::SourceRow],
}

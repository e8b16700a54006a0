//! `tegakari formats`: everything that can be read, searched and written, from the registries.

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use tegakari_pipeline::{
    EXPORT_FORMATS, EXPORT_LIMITS, LOG_FORMATS, REPORT_FORMATS, SHARE_FORMATS,
};
use tegakari_render::text;

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::output;

/// Everything that can be read, searched and written.
#[derive(Debug, Args)]
pub(crate) struct Formats {}

#[derive(Serialize)]
struct Row {
    what: &'static str,
    id: &'static str,
    about: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    tier: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    expiry: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Listed<'a> {
    formats: &'a [Row],
}

impl Formats {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let row = |what, id, about| Row {
            what,
            id,
            about,
            tier: "",
            expiry: "",
            limit: None,
        };
        let rows: Vec<Row> = REPORT_FORMATS
            .iter()
            .map(|f| row("report", f.id(), f.about()))
            .chain(LOG_FORMATS.iter().map(|f| row("log", f.id(), f.about())))
            .chain(EXPORT_FORMATS.iter().map(|f| {
                Row {
                    tier: f.tier().name(),
                    expiry: f.expiry().name(),
                    limit: EXPORT_LIMITS
                        .iter()
                        .find(|limit| limit.format == f.id())
                        .map(|limit| limit.entries),
                    ..row("export", f.id(), f.about())
                }
            }))
            .chain(
                SHARE_FORMATS
                    .iter()
                    .map(|f| row("share", f.id(), f.about())),
            )
            .collect();
        match globals.format {
            Format::Text => {
                let cells: Vec<Vec<String>> = rows
                    .iter()
                    .map(|r| {
                        vec![
                            r.what.to_owned(),
                            r.id.to_owned(),
                            r.tier.to_owned(),
                            r.about.to_owned(),
                        ]
                    })
                    .collect();
                output::text(&text::table(
                    &["what", "format", "tier", "about"],
                    &cells,
                    &output::style(globals),
                ))?;
            }
            Format::Json => output::json("tegakari/formats/1", &Listed { formats: &rows })?,
            Format::Jsonl => output::json_lines(&rows)?,
        }
        Ok(Exit::Fine)
    }
}

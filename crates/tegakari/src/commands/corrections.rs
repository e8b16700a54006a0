//! `tegakari corrections`: what people have said, and the same as labelled documents to test the reader on.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use tegakari_model::{Correction, ReportId, Ruling, TargetKind};
use tegakari_pipeline::{WrittenCase, export_cases, stored_report};
use tegakari_render::{text, told};

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::{database, output};

/// List corrections, or export the corrected reports as test cases of the reader.
#[derive(Debug, Args)]
pub(crate) struct Corrections {
    /// Only of these reports
    #[arg(value_name = "REPORT")]
    reports: Vec<String>,
    /// Write the documents and labels.jsonl into this folder, for `cargo xtask score-reader DIR`
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
}

#[derive(Serialize)]
struct Exported {
    written: Vec<WrittenCase>,
    /// Reports whose documents were not kept.
    without_document: Vec<ReportId>,
}

#[derive(Serialize)]
struct Listed<'a> {
    corrections: &'a [Correction],
}

impl Corrections {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let store = database::open_to_look(globals)?;
        if let Some(folder) = &self.export {
            let (written, without_document) = export_cases(&store, &self.reports, folder)?;
            if globals.format != Format::Text {
                let exported = Exported {
                    written,
                    without_document,
                };
                output::json("tegakari/corrections/1", &exported)?;
                return Ok(Exit::Fine);
            }
            let rows: Vec<Vec<String>> = written
                .iter()
                .map(|w| vec![w.document.clone(), w.corrections.to_string()])
                .collect();
            let style = output::style(globals);
            let mut page = text::table(&["document", "corrections"], &rows, &style);
            for id in without_document {
                page.push_str(&format!(
                    "{id} was left out: its document was not kept; read it once more\n"
                ));
            }
            output::text(&page)?;
            return Ok(Exit::Fine);
        }
        let mut made = Vec::new();
        if self.reports.is_empty() {
            made = store.corrections(None)?;
        }
        for typed in &self.reports {
            let id = stored_report(&store, typed)?.id;
            made.extend(store.corrections(Some(&id))?);
        }
        match globals.format {
            Format::Text => output::text(&table(&made, globals))?,
            Format::Json => output::json("tegakari/corrections/1", &Listed { corrections: &made })?,
            Format::Jsonl => output::json_lines(made.iter())?,
        }
        Ok(Exit::Fine)
    }
}

/// Corrections in rows, in their order.
pub(crate) fn table(made: &[Correction], globals: &Globals) -> String {
    if made.is_empty() {
        return format!("{}\n", told::nothing_corrected().text(globals.lang.into()));
    }
    let rows: Vec<Vec<String>> = made.iter().map(cells).collect();
    text::table(
        &["report", "about", "means", "why", "said at"],
        &rows,
        &output::style(globals),
    )
}

fn cells(one: &Correction) -> Vec<String> {
    let (about, means) = match &one.ruling {
        Ruling::Value {
            observable,
            meaning,
        } => (
            format!("{} {}", observable.kind().name(), observable.value()),
            match meaning {
                None => "nothing".to_owned(),
                Some(meaning) => match meaning.role {
                    Some(role) => format!("{} ({})", word(&meaning.disposition), word(&role)),
                    None => word(&meaning.disposition),
                },
            },
        ),
        Ruling::Technique { id, told } => (
            id.to_string(),
            if *told { "told" } else { "nothing" }.to_owned(),
        ),
        Ruling::Name { name, kind } => (
            name.clone(),
            kind.map_or_else(|| "nothing".to_owned(), |kind| word(&kind)),
        ),
        Ruling::Target { target, attacked } => (
            match target {
                TargetKind::Country(country) => format!("country {}", country.code()),
                TargetKind::Sector(sector) => format!("sector {}", sector.name()),
            },
            if *attacked { "victim" } else { "nothing" }.to_owned(),
        ),
        Ruling::OneFile { values } => {
            let values: Vec<&str> = values.iter().map(|v| v.value()).collect();
            (values.join(" "), "one file".to_owned())
        }
    };
    vec![
        one.report.to_string(),
        about,
        if one.withdrawn {
            "withdrawn".to_owned()
        } else {
            means
        },
        one.why.clone().unwrap_or_default(),
        format!("{:.0}", one.at),
    ]
}

/// The word that a plain value is in JSON.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

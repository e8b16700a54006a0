//! `tegakari assess`: who may it be, how sure is that, and does it matter?

use anyhow::{Result, ensure};
use clap::Args;
use serde::Serialize;
use tegakari_model::Timestamp;
use tegakari_pipeline::{Again, assess_again, assess_stored, close_assessments};
use tegakari_render::text;

use crate::arguments::{Format, Globals, Lang};
use crate::exit::Exit;
use crate::{database, output};

/// Weigh who it may be, with "none of the known" always among the hypotheses, and say what to look for next.
///
///   tegakari assess                      the newest hunt with its reports
///   tegakari assess R-0123 R-4567        these reports
///   tegakari assess --again              all open assessments, with the knowledge in use: what moved, and why
///   tegakari assess --close A-0123 --why "incident closed"
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Assess {
    /// Hunts and reports to weigh (H-…, R-…, or the start of one) [default: the newest hunt]; with --again, --close and
    /// --reopen: assessments (A-…) [default of --again: all that are open]
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Make stored assessments again and say what moved; the earlier ones are kept
    #[arg(long)]
    again: bool,
    /// Leave assessments out when all are made again
    #[arg(long, conflicts_with_all = ["again", "reopen"], requires = "why")]
    close: bool,
    /// Take closed assessments in again
    #[arg(long, conflicts_with = "again", requires = "why")]
    reopen: bool,
    /// Why an assessment is closed or opened again
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
}

#[derive(Serialize)]
struct Closed {
    closed: bool,
    assessments: usize,
}

impl Assess {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        ensure!(
            self.why.is_none() || self.close || self.reopen,
            "--why says why an assessment is closed or opened again: give --close or --reopen as well"
        );
        if self.close || self.reopen {
            return self.close(globals);
        }
        let mut store = database::open(globals)?;
        if self.again {
            let again = assess_again(&mut store, &self.ids, Timestamp::now())?;
            return print_again(&again, globals);
        }
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

    fn close(self, globals: &Globals) -> Result<Exit> {
        ensure!(
            !self.ids.is_empty(),
            "say which assessment: A-… or the start of it"
        );
        let mut store = database::open(globals)?;
        let why = self.why.unwrap_or_default();
        let assessments =
            close_assessments(&mut store, &self.ids, &why, self.close, Timestamp::now())?;
        let closed = self.close;
        match globals.format {
            Format::Text => {
                let word = if closed { "closed" } else { "open again" };
                output::notice(globals, &format!("{assessments} {word}"));
            }
            _ => output::json(
                "tegakari/assess-close/1",
                &Closed {
                    closed,
                    assessments,
                },
            )?,
        }
        Ok(Exit::Fine)
    }
}

fn print_again(again: &Again, globals: &Globals) -> Result<Exit> {
    for left in &again.left {
        output::notice(globals, left);
    }
    match globals.format {
        Format::Text => {
            let changes: Vec<_> = again.changed.iter().map(|one| &one.change).collect();
            let tag = match globals.lang {
                Lang::En => "en",
                Lang::Ja => "ja",
            };
            let corrections: Vec<String> = again
                .changed
                .iter()
                .filter_map(|one| one.correction.get(tag).cloned())
                .collect();
            output::text(&text::changes(
                &changes,
                again.unchanged.len(),
                &corrections,
                globals.lang.into(),
                &output::style(globals),
            ))?;
        }
        Format::Json => output::json("tegakari/assess-again/1", again)?,
        Format::Jsonl => output::json_lines(&again.changed)?,
    }
    Ok(Exit::Fine)
}

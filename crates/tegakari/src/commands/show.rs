//! `tegakari show`: all that is known about one thing.

use anyhow::Result;
use clap::Args;
use tegakari_model::ObservableKind;
use tegakari_pipeline::{NamePage, Shown, exploited, exploited_notes, knowledge};
use tegakari_render::{Exploitation, ValueStory, WorthNote, text, told};

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::{database, output};

/// Show a report, hunt, assessment or own cluster by its id, or all that is known about a value, name or technique.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// R-…, H-…, A-…, C-…, an address, domain, hash, … in any spelling, T1059, or a name
    #[arg(value_name = "ID|VALUE")]
    what: String,
}

impl Show {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let store = database::open_to_look(globals)?;
        let shown = tegakari_pipeline::show(&store, &self.what)?;
        if globals.format != Format::Text {
            output::json("tegakari/show/1", &shown)?;
            return Ok(Exit::Fine);
        }
        let (language, style) = (globals.lang.into(), output::style(globals));
        let page = match &shown {
            Shown::Report { report } => {
                let notes = exploited(std::slice::from_ref(report), knowledge());
                let notes = exploited_notes(notes, knowledge());
                let mut page = text::report(report, language, &style);
                page.push_str(&text::exploited(&notes, language, &style));
                page
            }
            Shown::Hunt { hunt } => text::hunt(hunt, language, &style),
            Shown::Assessment {
                assessment,
                history,
            } => {
                let mut page = text::assessment(assessment, language, &style);
                let history = text::history(history, language, &style);
                if !history.is_empty() {
                    page.push('\n');
                    page.push_str(&history);
                }
                page
            }
            Shown::Cluster(shown) => text::cluster(
                &shown.cluster,
                &shown.checks,
                &shown.titles,
                language,
                &style,
            ),
            Shown::Value { observable, known } => text::show(
                &ValueStory {
                    worth: known.worth.map(|worth| WorthNote {
                        last_named: worth.last_named,
                        expires: worth.expires,
                        days: worth.days,
                        left: worth.left,
                    }),
                    exploited: match exploited_notes(&known.exploited, knowledge()).first() {
                        Some(note) => Exploitation::Listed(note),
                        None if observable.kind() != ObservableKind::Cve => Exploitation::NotAsked,
                        None if knowledge().all_exploited().is_empty() => Exploitation::NoList,
                        None => Exploitation::NotListed,
                    },
                    observable,
                    mentions: &known
                        .mentions
                        .iter()
                        .map(|(r, m)| (r, m))
                        .collect::<Vec<_>>(),
                    findings: &known
                        .findings
                        .iter()
                        .map(|(h, f)| (h, f))
                        .collect::<Vec<_>>(),
                    objections: &known.objections,
                    used_by: &known.used_by,
                },
                language,
                &style,
            ),
            Shown::Technique {
                id,
                name,
                retired,
                actors,
                reports,
            } => {
                let mut rows = vec![vec![id.to_string(), name.clone(), actors.to_string()]];
                if let Some(retired) = retired {
                    rows[0][0] = told::technique_was(id.as_str(), retired.as_str()).text(language);
                }
                let (of_it, of_reports) = told::heads_of_techniques(language);
                let mut page = text::table(&of_it, &rows, &style);
                let rows: Vec<Vec<String>> = reports
                    .iter()
                    .map(|(report, mention)| {
                        let quote = mention.citations.first().map_or("", |c| c.quote.as_str());
                        vec![report.clone(), quote.to_owned()]
                    })
                    .collect();
                if !rows.is_empty() {
                    page.push('\n');
                    page.push_str(&text::table(&of_reports, &rows, &style));
                }
                page
            }
            Shown::Name(name) => {
                let page = NamePage::new(&self.what, name);
                text::name(&page.story(), language, &style)
            }
        };
        output::text(&page)?;
        Ok(Exit::Fine)
    }
}

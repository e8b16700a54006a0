//! `tegakari assess`: who may it be, how sure is that, and does it matter?

use anyhow::{Result, bail, ensure};
use clap::Args;
use serde::Serialize;
use tegakari_model::{Credibility, Said, SourceReliability, Statement, Timestamp};
use tegakari_pipeline::{
    Again, Answer, Graded, StatementRequest, assess_again, assess_stored, close_assessments, state,
};
use tegakari_render::text;
use tegakari_render::told::{self, Saying};

use crate::arguments::{Format, Globals, Lang};
use crate::exit::Exit;
use crate::{database, output};

/// Weigh who it may be, with "none of the known" always among the hypotheses, and say what to look for next.
///
///   tegakari assess                      the newest hunt with its reports
///   tegakari assess R-0123 R-4567        these reports
///   tegakari assess --again              all open assessments, with the knowledge in use: what moved, and why
///   tegakari assess --answer T1053.005 no --why "looked for on every server"
///   tegakari assess R-0123 --grade "Cobalt Strike=B4" --why "only the packer was seen"
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
    /// Answer a question: its number, a technique, the name of malware or a tool, country:JP, sector:government or
    /// infrastructure:NAME; then yes, no, or withdraw
    #[arg(long, num_args = 2, value_names = ["QUESTION", "ANSWER"], requires = "why",
          conflicts_with_all = ["again", "close", "reopen"])]
    answer: Vec<String>,
    /// How probable it is, 0 to 1, that a yes would have shown [default: worked out from what the hunt could see]
    #[arg(long, value_name = "SHARE", requires = "answer")]
    visibility: Option<f64>,
    /// Grade a fact in the Admiralty code (A to F, 1 to 6): FACT=B2, or FACT=default
    #[arg(long, value_name = "FACT=GRADE", requires = "why", conflicts_with_all = ["again", "close", "reopen"])]
    grade: Vec<String>,
    /// Why: an assessment is closed or opened again, a question is answered, a fact graded
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Threads for --again [default: one a core]
    #[arg(long, value_name = "N", requires = "again")]
    threads: Option<usize>,
}

#[derive(Serialize)]
struct Closed {
    closed: bool,
    assessments: usize,
}

impl Assess {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        ensure!(
            self.why.is_none() || self.close || self.reopen || self.states(),
            told::why_of_what()
        );
        if self.close || self.reopen {
            return self.close(globals);
        }
        let mut store = database::open(globals)?;
        if self.again {
            let cores = || std::thread::available_parallelism().map_or(1, usize::from);
            let threads = self.threads.unwrap_or_else(cores);
            let again = assess_again(&mut store, &self.ids, threads, Timestamp::now())?;
            return print_again(&again, globals);
        }
        let assessment = if self.states() {
            let request = self.statements()?;
            let (assessment, kept) = state(&mut store, &request, Timestamp::now())?;
            for one in &kept {
                let what = stated(one).text(globals.lang.into());
                output::told(globals, &told::kept(what));
            }
            output::told(globals, &told::weighed_with_it());
            assessment
        } else {
            assess_stored(&mut store, &self.ids)?
        };
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

    fn states(&self) -> bool {
        !self.answer.is_empty() || !self.grade.is_empty()
    }

    /// What is stated, as typed.
    fn statements(self) -> Result<StatementRequest> {
        let mut request = StatementRequest {
            ids: self.ids,
            visibility: self.visibility,
            why: self.why.unwrap_or_default(),
            ..StatementRequest::default()
        };
        for pair in self.answer.chunks(2) {
            let [question, answer] = pair else {
                bail!(told::answer_form());
            };
            let answer = match answer.to_lowercase().as_str() {
                "yes" | "はい" => Answer::Yes,
                "no" | "いいえ" => Answer::No,
                "withdraw" | "取り消し" => Answer::Withdrawn,
                other => bail!(told::no_such_answer(other)),
            };
            request.answers.push((question.clone(), answer));
        }
        for typed in self.grade {
            let Some((fact, grade)) = typed.rsplit_once('=') else {
                bail!(told::grade_form());
            };
            request.grades.push((fact.to_owned(), graded(grade)?));
        }
        Ok(request)
    }

    fn close(self, globals: &Globals) -> Result<Exit> {
        ensure!(!self.ids.is_empty(), told::which_assessment());
        let mut store = database::open(globals)?;
        let why = self.why.unwrap_or_default();
        let assessments =
            close_assessments(&mut store, &self.ids, &why, self.close, Timestamp::now())?;
        let closed = self.close;
        match globals.format {
            Format::Text => {
                let done = if closed {
                    told::closed(assessments)
                } else {
                    told::reopened(assessments)
                };
                output::told(globals, &done);
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

/// A grade in the Admiralty code: the source's letter and the information's number.
fn graded(text: &str) -> Result<Graded> {
    use SourceReliability as S;
    let text = text.trim().to_ascii_uppercase();
    if text == "DEFAULT" {
        return Ok(Graded::Default);
    }
    let mut letters = text.chars();
    let reliability = match letters.next() {
        Some('A') => Some(S::A),
        Some('B') => Some(S::B),
        Some('C') => Some(S::C),
        Some('D') => Some(S::D),
        Some('E') => Some(S::E),
        Some('F') => Some(S::F),
        _ => None,
    };
    let credibility = letters.as_str().parse().ok().and_then(Credibility::new);
    match (reliability, credibility) {
        (Some(reliability), Some(credibility)) => Ok(Graded::As(reliability, credibility)),
        _ => bail!(told::no_grade(text)),
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

/// What a person stated, by the name under which it is taken back: numbers of questions change with every answer.
fn stated(statement: &Statement) -> Saying {
    match &statement.says {
        Said::Answer { asked, .. } if statement.withdrawn => told::answer_withdrawn(asked.key()),
        Said::Answer {
            asked, yes: true, ..
        } => told::answered_yes(asked.key()),
        Said::Answer { asked, .. } => told::answered_no(asked.key()),
        Said::Grade { item, .. } if statement.withdrawn => told::grade_withdrawn(item.as_str()),
        Said::Grade {
            item,
            reliability,
            credibility,
        } => told::graded(
            item.as_str(),
            format!("{reliability:?}{}", credibility.grade()),
        ),
    }
}

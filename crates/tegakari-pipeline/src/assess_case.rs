//! Reports and a hunt → an assessment, with the user's clusters among the hypotheses and a command for every question.

use tegakari_assess::{Assessor, Case, OwnCluster};
use tegakari_model::{
    Asked, Assessment, BlockPlan, HuntResult, NameKind, Question, Report, ReportId,
};
use tegakari_store::Store;

use crate::PipelineError;
use crate::cluster::own_clusters;

/// Reports that one command names.
const MOST_REPORTS: usize = 3;

/// Weighs cases with the knowledge in use and the clusters that are stored.
pub(crate) struct Weigher {
    assessor: Assessor<'static>,
}

impl Weigher {
    /// Makes the knowledge ready, for any number of cases.
    pub(crate) fn new(store: &Store) -> Result<Self, PipelineError> {
        let clusters: Vec<OwnCluster> = own_clusters(store)?;
        Ok(Self {
            assessor: Assessor::new(crate::knowledge()).with_clusters(clusters),
        })
    }

    /// Weighs one case.
    pub(crate) fn assess(
        &self,
        store: &Store,
        reports: &[Report],
        hunt: Option<&HuntResult>,
        block: Option<&BlockPlan>,
    ) -> Result<Assessment, PipelineError> {
        let mut assessment = self.assessor.assess(&Case {
            reports,
            hunt,
            block,
        });
        for question in &mut assessment.questions {
            add_commands(question, store, &assessment.reports, hunt)?;
        }
        Ok(assessment)
    }
}

/// Puts in what to type for a question.
fn add_commands(
    question: &mut Question,
    store: &Store,
    case: &[ReportId],
    hunt: Option<&HuntResult>,
) -> Result<(), PipelineError> {
    let logs = match hunt.map(|h| h.paths.as_slice()) {
        Some(paths) if !paths.is_empty() => {
            let quoted: Vec<String> = paths.iter().map(|path| as_argument(path)).collect();
            quoted.join(" ")
        }
        _ => "LOGS".to_owned(),
    };
    let name = match &question.asked {
        Asked::Software { name, .. } => Some(name.clone()),
        Asked::Infrastructure { actor } => Some(actor.name.clone()),
        _ => None,
    };
    if let Some(name) = &name {
        // Reports of other incidents that name it hold its indicators.
        let about = store.about_name(name)?;
        let mut others: Vec<&ReportId> = about.reports.iter().map(|r| &r.report.id).collect();
        others.retain(|id| !case.contains(id));
        others.dedup();
        let mut chosen = Vec::new();
        for id in others {
            let holds = store
                .report(id)?
                .is_some_and(|r| !r.indicators().is_empty());
            if holds && chosen.len() < MOST_REPORTS {
                chosen.push(format!("--report {id}"));
            }
        }
        if !chosen.is_empty() {
            let chosen = chosen.join(" ");
            question
                .commands
                .push(format!("tegakari hunt {logs} {chosen}"));
        }
    }
    if !question.leads.is_empty() {
        let values: Vec<String> = question
            .leads
            .iter()
            .map(|lead| format!("--value {}", as_argument(lead.value())))
            .collect();
        let values = values.join(" ");
        question
            .commands
            .push(format!("tegakari hunt {logs} {values}"));
    }
    let tell = |subject: String| {
        case.first()
            .map(|id| format!("tegakari correct {id} {subject}"))
    };
    match &question.asked {
        Asked::Technique { id, .. } => {
            if question.commands.is_empty() {
                question.commands.push(format!("tegakari show {id}"));
            }
            question.tell = tell(format!("{id} --means told --why \"seen in our logs\""));
        }
        Asked::Software { name, .. } => {
            let tool = !question.leads.is_empty();
            let kind = if tool {
                NameKind::Tool
            } else {
                NameKind::Malware
            };
            let means = if kind == NameKind::Tool {
                "tool"
            } else {
                "malware"
            };
            let name = as_argument(name);
            if question.commands.is_empty() {
                question.commands.push(format!("tegakari show {name}"));
            }
            question.tell = tell(format!(
                "--name {name} --means {means} --why \"seen in our logs\""
            ));
        }
        Asked::Infrastructure { actor } => {
            if question.commands.is_empty() {
                let name = as_argument(&actor.name);
                question.commands.push(format!("tegakari show {name}"));
            }
        }
        Asked::Country { .. } | Asked::Sector { .. } => {}
    }
    Ok(())
}

/// A word as one argument of a POSIX shell: as it stands when it is harmless, else in single quotes.
pub(crate) fn as_argument(word: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "._/:=@%+,-".contains(c);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(harmless) {
        return word.to_owned();
    }
    // A path that begins with a hyphen would be taken for an option.
    let word = if word.starts_with('-') && word.len() > 1 {
        format!("./{word}")
    } else {
        word.to_owned()
    };
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::as_argument;

    #[test]
    fn nothing_in_a_name_reaches_the_shell() {
        for (word, want) in [
            ("logs/a.json", "logs/a.json"),
            ("Lotus Blossom", "'Lotus Blossom'"),
            ("$(rm -rf ~)", "'$(rm -rf ~)'"),
            ("a'; ls", r"'a'\''; ls'"),
            ("-rf", "'./-rf'"),
            ("", "''"),
        ] {
            assert_eq!(as_argument(word), want);
        }
    }
}

//! Reports and a hunt → an assessment, with the user's clusters among the hypotheses and a command for every question.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tegakari_assess::{Assessor, Case, OwnCluster};
use tegakari_model::{
    Asked, Assessment, AssessmentId, BlockPlan, HuntResult, Question, Report, ReportId, Statement,
};
use tegakari_store::Store;

use crate::cluster::own_clusters;
use crate::{PipelineError, statements};

/// Reports that one command names.
const MOST_REPORTS: usize = 3;

/// Weighs cases with the knowledge in use and the clusters that are stored.
pub(crate) struct Weigher {
    assessor: Assessor<'static>,
    /// Reports about names that questions asked for, the latest first.
    naming: Mutex<BTreeMap<String, Vec<ReportId>>>,
}

impl Weigher {
    /// Makes the knowledge ready, for any number of cases.
    pub(crate) fn new(store: &Store) -> Result<Self, PipelineError> {
        let clusters: Vec<OwnCluster> = own_clusters(store)?;
        Ok(Self {
            assessor: Assessor::new(crate::knowledge()).with_clusters(clusters),
            naming: Mutex::default(),
        })
    }

    /// Weighs one case with what persons stated of it, and says what to type for its questions.
    pub(crate) fn assess(
        &self,
        store: &Store,
        reports: &[Report],
        hunt: Option<&HuntResult>,
        block: Option<&BlockPlan>,
    ) -> Result<Assessment, PipelineError> {
        let case = Case {
            reports,
            hunt,
            block,
        };
        let said = statements::in_force(store, &case)?;
        let mut assessment = self.weigh(&case, &said);
        self.add_commands(store, &mut assessment, hunt)?;
        Ok(assessment)
    }

    /// Weighs one case, without the commands.
    pub(crate) fn weigh(&self, case: &Case<'_>, said: &[Statement]) -> Assessment {
        self.assessor.assess_with(case, said)
    }

    /// The id that weighing it would give.
    pub(crate) fn id(&self, case: &Case<'_>, said: &[Statement]) -> AssessmentId {
        self.assessor.id_with(case, said)
    }

    /// With which probability a "yes" would have shown to a person who looked.
    pub(crate) fn no_counts(&self, asked: &Asked, hunt: Option<&HuntResult>) -> f64 {
        self.assessor.no_counts(asked, hunt)
    }

    /// Puts in what to type for every question.
    pub(crate) fn add_commands(
        &self,
        store: &Store,
        assessment: &mut Assessment,
        hunt: Option<&HuntResult>,
    ) -> Result<(), PipelineError> {
        let reports = assessment.reports.clone();
        for question in &mut assessment.questions {
            let naming = match name_asked_for(&question.asked) {
                Some(name) => self.reports_naming(store, name, &reports)?,
                None => Vec::new(),
            };
            add_commands(question, &naming, &reports, hunt);
        }
        Ok(())
    }

    /// Reports of other incidents that name it and hold its indicators.
    fn reports_naming(
        &self,
        store: &Store,
        name: &str,
        case: &[ReportId],
    ) -> Result<Vec<ReportId>, PipelineError> {
        // So many that enough are left without those of the case.
        let most = MOST_REPORTS + case.len();
        let held = |all: &Vec<ReportId>| -> Vec<ReportId> {
            let others = all.iter().filter(|id| !case.contains(id));
            others.take(MOST_REPORTS).cloned().collect()
        };
        let mut known = match self.naming.lock() {
            Ok(known) => known,
            Err(poisoned) => poisoned.into_inner(),
        };
        if case.len() > MOST_REPORTS {
            return Ok(held(&store.reports_naming(name, most)?));
        }
        if !known.contains_key(name) {
            let all = store.reports_naming(name, 2 * MOST_REPORTS)?;
            known.insert(name.to_owned(), all);
        }
        Ok(known.get(name).map(held).unwrap_or_default())
    }
}

/// The name that other reports may have indicators of.
fn name_asked_for(asked: &Asked) -> Option<&str> {
    match asked {
        Asked::Software { name, .. } => Some(name),
        Asked::Infrastructure { actor } => Some(&actor.name),
        _ => None,
    }
}

/// Puts in what to type for a question. `naming` are reports of other incidents with indicators of what is asked after.
fn add_commands(
    question: &mut Question,
    naming: &[ReportId],
    case: &[ReportId],
    hunt: Option<&HuntResult>,
) {
    let logs = match hunt.map(|h| h.paths.as_slice()) {
        Some(paths) if !paths.is_empty() => {
            let quoted: Vec<String> = paths.iter().map(|path| as_argument(path)).collect();
            quoted.join(" ")
        }
        _ => "LOGS".to_owned(),
    };
    if !naming.is_empty() {
        let chosen: Vec<String> = naming.iter().map(|id| format!("--report {id}")).collect();
        let chosen = chosen.join(" ");
        question
            .commands
            .push(format!("tegakari hunt {logs} {chosen}"));
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
    let subject = match &question.asked {
        Asked::Technique { id, .. } => id.to_string(),
        Asked::Software { name, .. } => as_argument(name),
        Asked::Infrastructure { actor } => as_argument(&format!("infrastructure:{}", actor.name)),
        Asked::Country { country } => format!("country:{}", country.code()),
        Asked::Sector { sector } => as_argument(&format!("sector:{}", sector.name())),
    };
    let shown = match &question.asked {
        Asked::Technique { id, .. } => Some(id.to_string()),
        Asked::Software { name, .. } => Some(as_argument(name)),
        Asked::Infrastructure { actor } => Some(as_argument(&actor.name)),
        Asked::Country { .. } | Asked::Sector { .. } => None,
    };
    if let Some(shown) = shown.filter(|_| question.commands.is_empty()) {
        question.commands.push(format!("tegakari show {shown}"));
    }
    let of: Vec<&str> = match hunt {
        Some(hunt) => vec![hunt.id.as_str()],
        None => case.iter().map(ReportId::as_str).collect(),
    };
    if !of.is_empty() {
        let of = of.join(" ");
        let in_logs = matches!(
            question.asked,
            Asked::Technique { .. } | Asked::Software { .. } | Asked::Infrastructure { .. }
        );
        let (yes, no) = if in_logs {
            ("seen in our logs", "looked for in our logs")
        } else {
            ("that is us", "that is not us")
        };
        let tell = |answer: &str, why: &str| {
            format!("tegakari assess {of} --answer {subject} {answer} --why \"{why}\"")
        };
        question.tell = Some(tell("yes", yes));
        question.tell_no = Some(tell("no", no));
    }
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

//! Does it matter who it is? Actions as sentences, and the problems met.

use tegakari_model::{Action, BlockPlan, Problem};

use crate::Story;
use crate::format;
use crate::i18n::{Words, say};

impl Words {
    /// Something to do.
    pub(crate) fn action(self, action: &Action) -> String {
        match action {
            Action::BlockIndicators { count } => say!(self, "action.block", n = count),
            Action::InvestigateAssets { assets } => {
                say!(self, "action.investigate", assets = self.list_of(assets, 6))
            }
            Action::PreserveEvidence { assets } => {
                say!(self, "action.preserve", assets = self.list_of(assets, 6))
            }
            Action::CloseGap { needs, assets } => {
                let needs: Vec<&str> = needs.iter().map(|t| self.telemetry(*t)).collect();
                if assets.is_empty() {
                    say!(self, "action.close_gap", needs = self.any_of(&needs))
                } else {
                    say!(
                        self,
                        "action.close_gap_on",
                        needs = self.any_of(&needs),
                        assets = self.list_of(assets, 6)
                    )
                }
            }
            Action::HuntTechnique { id, name } => {
                say!(self, "action.hunt_technique", id = id, name = name)
            }
            Action::HuntSoftware { name, .. } => say!(self, "action.hunt_software", name = name),
            Action::WarnTarget { countries, sectors } => {
                let mut targets: Vec<String> = countries.iter().map(|c| self.country(c)).collect();
                targets.extend(sectors.iter().map(|s| self.sector(s)));
                say!(self, "action.warn", targets = self.list_of(&targets, 8))
            }
        }
    }

    /// How much can be blocked, and how much was held back.
    pub(crate) fn block_sentence(self, plan: &BlockPlan) -> String {
        match (plan.entries.len(), plan.held_back.len()) {
            (0, 0) => self.get("block.nothing").to_owned(),
            (0, held) => say!(self, "block.all_held", n = held),
            (n, 0) => say!(self, "block.some", n = n),
            (n, held) => say!(self, "block.some_held", n = n, held = held),
        }
    }

    /// How many entries are on the lists in spite of an objection; `None` when none is.
    pub(crate) fn annotated(self, plan: &BlockPlan) -> Option<String> {
        let entries = plan.entries.iter();
        let n = entries.filter(|e| !e.annotations.is_empty()).count();
        (n > 0).then(|| say!(self, "block.annotated", n = n))
    }

    /// What a problem cost.
    pub(crate) fn cost(self, problem: &Problem) -> String {
        match (problem.records_lost, problem.bytes_lost) {
            (0, 0) => String::new(),
            (0, bytes) => say!(self, "problem.bytes", bytes = format::bytes(bytes)),
            (records, _) => say!(self, "problem.records", n = format::count(records)),
        }
    }
}

/// All problems of a story, those of reports first.
pub(crate) fn all_problems<'a>(story: &Story<'a>) -> Vec<&'a Problem> {
    let of_hunt = story.hunt.iter().flat_map(|hunt| hunt.problems.iter());
    story
        .reports
        .iter()
        .flat_map(|r| r.problems.iter())
        .chain(of_hunt)
        .collect()
}

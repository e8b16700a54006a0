//! Two phases of one intrusion: who got in, and who went on.

use tegakari_model::{Assessment, IntrusionPhase, PhaseJudgement};

use crate::i18n::{Words, say};

impl Words {
    /// A sentence for each phase, and what it means when they point to different clusters. Empty when the facts do not
    /// split.
    pub(crate) fn phases(self, assessment: &Assessment) -> Vec<String> {
        let [access, after] = &assessment.phases[..] else {
            return Vec::new();
        };
        let mut lines = vec![
            self.phase(access, assessment),
            self.phase(after, assessment),
        ];
        let first = |phase: &PhaseJudgement| {
            let first = phase.hypotheses.first();
            first.and_then(|one| one.actor.clone())
        };
        lines.push(match (first(access), first(after)) {
            (Some(one), Some(other)) if one.id == other.id => {
                say!(self, "phases.same", actor = one.name)
            }
            (Some(one), Some(other)) => {
                say!(self, "phases.differ", access = one.name, after = other.name)
            }
            _ => self.get("phases.cannot_tell").to_owned(),
        });
        lines.push(self.get("phases.not_twice").to_owned());
        lines
    }

    fn phase(self, phase: &PhaseJudgement, assessment: &Assessment) -> String {
        let facts = phase.evidence.iter();
        let facts: Vec<String> = facts
            .filter_map(|index| assessment.evidence.get(*index))
            .map(|e| self.evidence_short(&e.kind))
            .collect();
        let answers: Vec<String> = phase
            .hypotheses
            .iter()
            .map(|one| {
                let name = match &one.actor {
                    Some(actor) => actor.name.clone(),
                    None => self.get("who.none_known").to_owned(),
                };
                say!(
                    self,
                    "question.standing",
                    name = name,
                    probability = self.probability(one.probability)
                )
            })
            .collect();
        let (facts, answers) = (
            self.list_of(&facts, 6),
            answers.join(self.get("list.semicolon")),
        );
        match phase.phase {
            IntrusionPhase::Access => {
                say!(self, "phases.access", answers = answers, facts = facts)
            }
            IntrusionPhase::After => say!(self, "phases.after", answers = answers, facts = facts),
        }
    }
}

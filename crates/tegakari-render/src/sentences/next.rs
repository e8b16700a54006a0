//! What to look for next, which answers would change the judgement, and who is claimed to be behind it.

use tegakari_model::{Asked, Assessment, Question, SponsorClaim, Standing, Turn};

use crate::format;
use crate::i18n::{Words, say};

impl Words {
    /// What is asked.
    pub(crate) fn asked(self, asked: &Asked) -> String {
        match asked {
            Asked::Software { name, .. } => say!(self, "question.software", name = name),
            Asked::Technique { id, name, .. } => {
                say!(self, "question.technique", id = id, name = name)
            }
            Asked::Infrastructure { actor } => {
                say!(self, "question.infrastructure", actor = actor.name)
            }
            Asked::Country { country } => {
                say!(self, "question.country", place = self.country(country))
            }
            Asked::Sector { sector } => {
                say!(self, "question.sector", sector = self.sector(sector))
            }
        }
    }

    /// What is asked, with what the answer is worth.
    pub(crate) fn question_worth(self, question: &Question) -> String {
        say!(
            self,
            "question.gain",
            question = self.asked(&question.asked),
            bits = format!("{:.2}", question.gain)
        )
    }

    /// How the hypotheses differ about it, the most probable ones only.
    pub(crate) fn question_expected(self, question: &Question, assessment: &Assessment) -> String {
        let each = question.under.iter().take(4).filter_map(|one| {
            let hypothesis = assessment.hypotheses.get(one.hypothesis)?;
            let name = self.hypothesis(hypothesis);
            Some(say!(
                self,
                "question.under",
                name = name,
                share = format::percent(one.yes)
            ))
        });
        let each: Vec<String> = each.collect();
        say!(self, "question.expected", list = self.list(&each))
    }

    /// Whether our own telemetry could show it.
    pub(crate) fn question_sight(self, question: &Question) -> String {
        if matches!(question.asked, Asked::Country { .. } | Asked::Sector { .. }) {
            return self.get("question.own").to_owned();
        }
        if question.shown_by.is_empty() {
            return self.get("question.dark").to_owned();
        }
        let kinds: Vec<&str> = question
            .shown_by
            .iter()
            .map(|t| self.telemetry(*t))
            .collect();
        let kinds = self.any_of(&kinds);
        match question.visible {
            Some(share) => say!(
                self,
                "question.visible",
                telemetry = kinds,
                share = format::percent(share)
            ),
            None => say!(self, "question.no_hunt", telemetry = kinds),
        }
    }

    /// Where either answer leads.
    pub(crate) fn question_answers(self, question: &Question) -> String {
        say!(
            self,
            "question.answers",
            yes = self.standing(&question.if_yes),
            no = self.standing(&question.if_no)
        )
    }

    /// How much a "no" would count.
    pub(crate) fn question_no(self, question: &Question) -> String {
        if question.no_counts > 0.0 {
            say!(
                self,
                "question.no_counts",
                share = format::percent(question.no_counts)
            )
        } else {
            self.get("question.no_nothing").to_owned()
        }
    }

    /// A first hypothesis with its probability.
    pub(crate) fn standing(self, standing: &Standing) -> String {
        say!(
            self,
            "question.standing",
            name = self.standing_name(standing),
            probability = self.probability(standing.probability)
        )
    }

    /// The first hypothesis.
    pub(crate) fn standing_name(self, standing: &Standing) -> String {
        match &standing.first {
            Some(actor) => actor.name.clone(),
            None => self.get("who.none_known").to_owned(),
        }
    }

    /// An answer that would change the judgement.
    pub(crate) fn turn(self, turn: &Turn) -> String {
        let question = self.asked(&turn.asked);
        let chance = format::percent(turn.chance);
        let then = self.standing(&turn.then);
        if turn.answer {
            say!(
                self,
                "turn.yes",
                question = question,
                chance = chance,
                then = then
            )
        } else {
            say!(
                self,
                "turn.no",
                question = question,
                chance = chance,
                then = then
            )
        }
    }

    /// A claim of somebody else about who is behind a cluster.
    pub(crate) fn sponsor_claim(self, claim: &SponsorClaim, assessment: &Assessment) -> String {
        let hypothesis = assessment.hypotheses.get(claim.hypothesis);
        let actor = hypothesis.map_or_else(String::new, |h| self.hypothesis(h));
        let certainty = if claim.certainty.is_empty() {
            self.get("behind.no_scale").to_owned()
        } else {
            say!(self, "behind.scale", certainty = claim.certainty)
        };
        let as_of = if claim.as_of.is_empty() {
            self.get("behind.undated")
        } else {
            claim.as_of.as_str()
        };
        let says = say!(
            self,
            "behind.claim",
            actor = actor,
            by = claim.said_by,
            as_of = as_of,
            record = claim.record.name,
            says = claim.says
        );
        [says, certainty].join(self.get("sentence.space"))
    }

    /// Countries that sources name for one hypothesis, when they name different ones.
    pub(crate) fn sponsor_contradictions(self, assessment: &Assessment) -> Vec<String> {
        let mut out = Vec::new();
        for (index, hypothesis) in assessment.hypotheses.iter().enumerate() {
            let mut countries: Vec<String> = assessment
                .behind
                .iter()
                .filter(|claim| claim.hypothesis == index)
                .filter_map(|claim| claim.country.as_ref())
                .map(|country| self.country(country))
                .collect();
            countries.sort();
            countries.dedup();
            if countries.len() > 1 {
                out.push(say!(
                    self,
                    "behind.contradict",
                    actor = self.hypothesis(hypothesis),
                    countries = self.list(&countries)
                ));
            }
        }
        out
    }
}

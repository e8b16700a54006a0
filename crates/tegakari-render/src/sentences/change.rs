//! What moved when an assessment was made again, and the correction that readers of the first one are owed.

use tegakari_model::{AssessmentDeed, AssessmentEvent, Change, MoveReason, Moved};

use crate::format;
use crate::i18n::{Words, say};

/// Assertions that one reason lists.
const MOST: usize = 5;

impl Words {
    /// What happened, in a line that begins with the day.
    pub(crate) fn assessment_event(self, event: &AssessmentEvent) -> String {
        let day = format::day(event.at);
        match &event.what {
            AssessmentDeed::Again { change } => say!(
                self,
                "history.again",
                day = day,
                before = change.before,
                after = change.after,
                what = self.change(change)
            ),
            AssessmentDeed::Closed { why } => say!(self, "history.closed", day = day, why = why),
            AssessmentDeed::Reopened { why } => {
                say!(self, "history.reopened", day = day, why = why)
            }
        }
    }

    /// What became of the first hypothesis.
    pub(crate) fn change(self, change: &Change) -> String {
        let same =
            change.from.first.as_ref().map(|a| &a.id) == change.to.first.as_ref().map(|a| &a.id);
        if same {
            say!(
                self,
                "change.same",
                name = self.standing_name(&change.to),
                from = self.probability(change.from.probability),
                to = self.probability(change.to.probability)
            )
        } else {
            say!(
                self,
                "change.other",
                before = self.standing(&change.from),
                after = self.standing(&change.to)
            )
        }
    }

    /// Whose.
    pub(crate) fn moved_name(self, moved: &Moved) -> String {
        match &moved.actor {
            Some(actor) => actor.name.clone(),
            None => self.get("who.none_known").to_owned(),
        }
    }

    /// A probability that may not have been shown.
    pub(crate) fn moved_share(self, share: Option<f64>) -> String {
        share.map_or_else(|| self.get("change.not_shown").to_owned(), format::percent)
    }

    /// Why a hypothesis moved.
    pub(crate) fn move_reasons(self, moved: &Moved) -> String {
        let each: Vec<String> = moved.because.iter().map(|r| self.move_reason(r)).collect();
        each.join(self.get("list.semicolon"))
    }

    fn move_reason(self, reason: &MoveReason) -> String {
        match reason {
            MoveReason::Asserted { part, what } => say!(
                self,
                "moved.asserted",
                part = self.part(part),
                what = self.list_of(what, MOST)
            ),
            MoveReason::Withdrawn { part, what } => say!(
                self,
                "moved.withdrawn",
                part = self.part(part),
                what = self.list_of(what, MOST)
            ),
            MoveReason::RecordNew => self.get("moved.record_new").to_owned(),
            MoveReason::RecordGone => self.get("moved.record_gone").to_owned(),
            MoveReason::EvidenceNew { evidence } => say!(
                self,
                "moved.evidence_new",
                evidence = self.evidence_short(evidence)
            ),
            MoveReason::EvidenceGone { evidence } => say!(
                self,
                "moved.evidence_gone",
                evidence = self.evidence_short(evidence)
            ),
            MoveReason::ClusterChanged => self.get("moved.cluster").to_owned(),
            MoveReason::Model => self.get("moved.model").to_owned(),
            MoveReason::Others => self.get("moved.others").to_owned(),
            MoveReason::CannotTell => self.get("moved.cannot_tell").to_owned(),
        }
    }

    /// The part of a record that an assertion belongs to.
    pub(crate) fn part(self, part: &str) -> &'static str {
        self.get(match part {
            "technique" => "part.technique",
            "software" => "part.software",
            "name" => "part.name",
            "target" => "part.target",
            "origin" => "part.origin",
            "link" => "part.link",
            "indicator" => "part.indicator",
            _ => "part.status",
        })
    }

    /// The sentences for the next newsletter; `None` when readers need not be told.
    pub(crate) fn correction(
        self,
        event: &AssessmentEvent,
        first_day: &str,
        title: &str,
    ) -> Option<String> {
        let AssessmentDeed::Again { change } = &event.what else {
            return None;
        };
        if !change.is_turn() {
            return None;
        }
        let told = say!(
            self,
            "correction.told",
            title = title,
            day = first_day,
            before = self.standing(&change.from)
        );
        let now = say!(
            self,
            "correction.now",
            day = format::day(event.at),
            after = self.standing(&change.to)
        );
        let id = |of: &tegakari_model::Standing| of.first.as_ref().map(|a| a.id.clone());
        // Why: of the hypothesis that rose to the first place or stayed there.
        let why = change
            .moved
            .iter()
            .find(|m| m.actor.as_ref().map(|a| a.id.clone()) == id(&change.to))
            .filter(|m| m.because.iter().any(|r| *r != MoveReason::Others))
            .or_else(|| {
                let mut others = change.moved.iter();
                others.find(|m| m.because.iter().any(|r| *r != MoveReason::Others))
            })
            .map(|m| {
                say!(
                    self,
                    "correction.why",
                    name = self.moved_name(m),
                    reasons = self.move_reasons(m)
                )
            });
        let mut sentences = vec![told, now];
        sentences.extend(why);
        Some(sentences.join(self.get("sentence.space")))
    }
}

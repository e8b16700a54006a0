//! Every number of the model, with where it comes from.
//!
//! What `cargo xtask fit-attribution` fits is in `fitted.rs`; everything else is here.
//! "Section" is a section of the project's study of attribution.

use tegakari_model::{Credibility, SourceReliability};

use crate::evidence::Family;
use crate::fitted::{FITTED, FITTED_UNDATED, Fitted};
use crate::{absence, nexus, vulnerability};

/// How places and trades are weighed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habit {
    /// `rho`: how often a recorded habit shows again in a new intrusion, 0 to 1.
    pub recurrence: f64,
    /// `k1` of BM25: how soon support saturates.
    pub saturation: f64,
    /// `b` of BM25: how much a longer list lowers the support of each entry, 0 to 1.
    pub length: f64,
    /// Factor on the log-likelihood ratio.
    pub weight: f64,
}

/// How the facts of one family are put together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Treatment {
    /// `n` facts are worth `n^(1 - dependence)` independent ones.
    pub dependence: f64,
    /// Most that the family can add to an actor's score, in nats.
    pub cap: f64,
    /// Most that it can take away, in nats.
    pub floor: f64,
}

/// The parameters of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Prior probability of "none of the known".
    pub unknown: f64,
    /// Chance that the evidence is not about the incident at all, when several independent origins
    /// give it.
    pub doubt: f64,
    /// The same when all of it has one origin.
    pub doubt_of_one: f64,
    /// Weights of techniques, software and dates: `fitted.rs`.
    pub fitted: Fitted,
    /// The same for cases that were reported nobody knows when.
    pub undated: Fitted,
    /// Places and trades.
    pub target: Habit,
    /// Pseudo-count of the background rate.
    pub background: f64,
    /// How far a claim of another actor lowers all others: 1 would trust it wholly.
    pub claim: f64,
    /// What is left of a publisher's claim when the same case names software that few others than the
    /// claimed actor use: the claim may rest on it.
    pub claim_explained: f64,
    /// Nats for an address or name that a list ties to one actor.
    pub infrastructure: f64,
    /// How facts of each family are put together, in the order claim, software, techniques,
    /// infrastructure, targets.
    pub families: [Treatment; 5],
}

/// For what is never weighed.
const NOTHING: Treatment = Treatment {
    dependence: 0.0,
    cap: 0.0,
    floor: 0.0,
};

/// The weight is fitted; this only bounds absurd input.
const DATES: Treatment = Treatment {
    dependence: 0.0,
    cap: 7.0,
    floor: 7.0,
};

impl Parameters {
    /// Version of the model and these numbers, as written into every assessment.
    pub const VERSION: &'static str = "evidence-5";

    /// The weights for cases with a date, or without.
    pub(crate) fn weights(&self, dated: bool) -> &Fitted {
        if dated { &self.fitted } else { &self.undated }
    }

    pub(crate) fn family(&self, family: Family) -> &Treatment {
        match family {
            Family::Vulnerabilities => &vulnerability::TREATMENT,
            Family::Absences => &absence::TREATMENT,
            Family::Nexus => &nexus::TREATMENT,
            Family::Stated => &NOTHING,
            Family::Dates => &DATES,
            fitted => &self.families[fitted.index()],
        }
    }

    /// Part of its weight that a fact of this grade keeps. The fit was made on what vendors published
    /// (B3), so that grade is 1. Editorial beyond that; section 7 asks for a factor from A1 to F6.
    pub(crate) fn grade(&self, reliability: SourceReliability, credibility: Credibility) -> f64 {
        let source = match reliability {
            SourceReliability::A | SourceReliability::B => 1.0,
            SourceReliability::C => 0.95,
            SourceReliability::D => 0.6,
            SourceReliability::E => 0.3,
            SourceReliability::F => 0.8,
        };
        let information = match credibility.grade() {
            1 => 1.15,
            2 => 1.05,
            3 => 1.0,
            4 => 0.7,
            5 => 0.3,
            _ => 0.6,
        };
        source * information
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            // Section 5: the right answer about half the time in three independent counts.
            unknown: 0.5,
            // ICD 203: nothing is above 99 %. "None of the known" keeps half of the doubt.
            doubt: 0.021,
            // One report is never "almost certain" (95 %): section 4, where 95 % was stated, 88 % were
            // right. On the open half log-loss is 1.957 with this and 1.956 with .01; ECE .048 and .064.
            doubt_of_one: 0.055,
            fitted: FITTED,
            undated: FITTED_UNDATED,
            // Not fitted: too few cases state targets. Section 2c: alone 11 % right at rank one among
            // 176, that is about ln(.11 * 176) = 3 nats at best; they add 6 points to techniques.
            target: Habit {
                recurrence: 0.5,
                saturation: 0.5,
                length: 0.5,
                weight: 0.6,
            },
            background: 0.03,
            // Editorial: of four publishers that name somebody, three are taken to be right.
            claim: 0.75,
            // Editorial: half of it is taken to be the same reasoning.
            claim_explained: 0.5,
            // Section 7 caps infrastructure at 4 nats; one undated entry of a list gets half of it.
            infrastructure: 2.0,
            families: [
                // The claim limits itself: see `likelihood::Scale::claim`.
                Treatment {
                    dependence: 0.0,
                    cap: 7.0,
                    floor: 3.0,
                },
                // Discounts for facts that depend on each other are in `likeness`, and what the other actors
                // match as well is taken off after this: a cap of 7 nats here bound in many cases and
                // raised Brier on the open half from .580 to .600. These only bound absurd input.
                Treatment {
                    dependence: 0.0,
                    cap: 20.0,
                    floor: 7.0,
                },
                Treatment {
                    dependence: 0.0,
                    cap: 20.0,
                    floor: 7.0,
                },
                // Entries of one list about one case stand and fall together.
                Treatment {
                    dependence: 0.7,
                    cap: 3.0,
                    floor: 1.0,
                },
                Treatment {
                    dependence: 0.5,
                    cap: 2.0,
                    floor: 1.0,
                },
            ],
        }
    }
}

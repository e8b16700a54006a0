//! Every number of the model, with where it comes from.
//!
//! "Fitted" means: chosen by log-loss on the open half of the attribution cases (621 jobs from 299
//! incidents: known actors, and the same incidents with the true actor taken out of the knowledge).
//! "Section" is a section of the project's study of attribution.

use tegakari_model::{Credibility, SourceReliability};

use crate::evidence::Family;

/// How one kind of habit is weighed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habit {
    /// `rho`: how often a recorded habit shows again in a new intrusion, 0 to 1.
    pub recurrence: f64,
    /// Growth of support with the logarithm of citations.
    pub citation_gain: f64,
    /// `k1` of BM25: how soon support saturates.
    pub saturation: f64,
    /// `b` of BM25: how much a longer profile lowers the support of each entry, 0 to 1.
    pub length: f64,
    /// Nats that each fact costs for every unit of ln(profile length / mean length).
    pub length_penalty: f64,
    /// Factor on the log-likelihood ratio.
    pub weight: f64,
    /// Nats that each fact takes from all known actors alike: what the best of so many chance matches gains.
    pub bias: f64,
}

impl Habit {
    /// Support before length correction of a habit with this many citations; 0 for none.
    pub(crate) fn citations(&self, count: u32) -> f64 {
        if count == 0 {
            0.0
        } else {
            1.0 + self.citation_gain * f64::from(count).ln()
        }
    }
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
    /// Techniques.
    pub technique: Habit,
    /// Software.
    pub software: Habit,
    /// Places and trades.
    pub target: Habit,
    /// Support from each piece of the actor's software that does a technique (at most three count).
    pub implied_gain: f64,
    /// Part of the implied techniques that counts into the length of a profile.
    pub implied_length: f64,
    /// Pseudo-count of the background rate.
    pub background: f64,
    /// Techniques that identified software explains are worth `n^-explained` each.
    pub explained: f64,
    /// Nats that software which no known actor is on record with takes from all of them.
    pub new_software: f64,
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

impl Parameters {
    /// Version of the model and these numbers, as written into every assessment.
    pub const VERSION: &'static str = "evidence-1";

    pub(crate) fn family(&self, family: Family) -> &Treatment {
        &self.families[family.index()]
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
            // Fitted, then rounded (rounding cost .009 of log-loss). Section 7 expected rho .45.
            technique: Habit {
                recurrence: 0.6,
                citation_gain: 0.3,
                saturation: 1.5,
                length: 0.2,
                length_penalty: 0.2,
                weight: 1.0,
                bias: -0.12,
            },
            // Fitted, then rounded.
            software: Habit {
                recurrence: 0.23,
                citation_gain: 0.3,
                saturation: 0.7,
                length: 0.8,
                length_penalty: 0.12,
                weight: 1.5,
                bias: 0.2,
            },
            // Not fitted: too few cases state targets. Section 2c: alone 11 % right at rank one among
            // 176, that is about ln(.11 * 176) = 3 nats at best; they add 6 points to techniques.
            target: Habit {
                recurrence: 0.5,
                citation_gain: 0.0,
                saturation: 0.5,
                length: 0.5,
                length_penalty: 0.0,
                weight: 0.6,
                bias: 0.0,
            },
            // Fitted, like the four that follow.
            implied_gain: 0.1,
            implied_length: 0.7,
            background: 0.03,
            explained: 0.6,
            new_software: 0.3,
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
                // Section 7: software of one actor 7 nats.
                Treatment {
                    dependence: 0.33,
                    cap: 7.0,
                    floor: 7.0,
                },
                Treatment {
                    dependence: 0.45,
                    cap: 5.0,
                    floor: 5.0,
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

//! From nats to probabilities.
//!
//! ```text
//! like(g)  = SUM over facts about techniques and software + what g's record itself is worth
//! odds(none) = fitted function of how good the best match is and how far the second is behind
//! score(g) = ln prior(g) + ln P(not none) / P(none) + ln softmax(like)(g) * number of actors
//!            + SUM over other families k of clip( scale_k * n_k^-d_k * SUM over facts of worth * llr(g), cap_k )
//! P(g)     = (1 - doubt) * softmax(score)(g) + doubt * prior(g)
//! ```
//!
//! What dates add to the score of each actor is a family like others, counted in both the softmax and the odds of none.
//!
//! An answer that rests on one fact is never stated above [`ON_ONE_FACT`]: where the leading probability falls below
//! [`FALLS_BELOW`] of itself without its strongest fact, as much of the answer without that fact is mixed in as
//! brings it down to that. Any one fact may have been planted, shared or misread.
//!
//! `n_k` is the number of independent facts that the family amounts to; `n^-d` discounts what facts of
//! one incident share without our knowing how. `doubt` is the chance that the evidence is not about
//! the incident at all (misread, planted, wrong document): it keeps every answer below 99 %, and below
//! 95 % while everything comes from one origin.

use crate::Parameters;
use crate::evidence::{FAMILIES, Family};
use crate::likelihood::Ledger;
use crate::likeness::{Held, none_features, none_odds};

/// The answer rests on one fact when the leading probability falls below this part without it.
pub(crate) const FALLS_BELOW: f64 = 0.5;
/// Most that is stated of an answer that rests on one fact. Of 480 incidents with a planted piece of malware of another actor
/// six gave that actor more (docs/attribution.md); of those that nobody tampered with, it costs Brier .0009.
pub(crate) const ON_ONE_FACT: f64 = 0.8;

/// How one family is treated in a run: all at 1 for the answer itself, others for its range.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Variation {
    /// Factor on the weight of each family, by [`Family::index`].
    pub(crate) scale: [f64; FAMILIES],
    /// Facts left out.
    pub(crate) without: [Option<usize>; 2],
    /// Another prior of "none of the known".
    pub(crate) unknown: Option<f64>,
    /// Factor on the chance that the evidence is not about the incident.
    pub(crate) doubt: f64,
}

impl Variation {
    /// The answer itself.
    pub(crate) const NONE: Self = Self {
        scale: [1.0; FAMILIES],
        without: [None; 2],
        unknown: None,
        doubt: 1.0,
    };
}

impl Variation {
    /// The answer without one fact.
    pub(crate) fn without(fact: usize) -> Self {
        Self {
            without: [Some(fact), None],
            ..Self::NONE
        }
    }

    /// The same, without this fact either. Two are the most that are ever left out.
    fn and_without(&self, fact: usize) -> Self {
        let [first, _] = self.without;
        Self {
            without: [first, Some(fact)],
            ..*self
        }
    }

    fn leaves_out(&self, fact: usize) -> bool {
        self.without.contains(&Some(fact))
    }
}

/// Probabilities over the ledger's columns and over "none of the known".
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Posterior {
    /// One per column.
    pub(crate) actors: Vec<f64>,
    /// "None of the known".
    pub(crate) none: f64,
}

/// Prior of one known actor among `count`.
pub(crate) fn prior(count: usize, parameters: &Parameters) -> f64 {
    share_of_known(count, parameters.unknown)
}

#[allow(clippy::cast_precision_loss, reason = "number of actors")]
fn share_of_known(count: usize, unknown: f64) -> f64 {
    (1.0 - unknown) / count.max(1) as f64
}

/// What each family adds up to for each column, and by which factor each of its facts was changed to
/// get there (discount, scale and cap).
pub(crate) struct Sums {
    /// `[family][column]`: factor on `worth * llr` of each fact.
    factors: [Vec<f64>; FAMILIES],
    totals: [Vec<f64>; FAMILIES],
    /// What the techniques and software of a case do to each column beyond their own parts: how the
    /// others match them, and how good a match has to be.
    rest: Vec<f64>,
    /// Number of facts that the rest is shared out among.
    sharers: f64,
}

/// Whether a family is held against records as a whole.
fn compared(family: Family) -> bool {
    matches!(family, Family::Software | Family::Techniques)
}

/// Adds up the families.
pub(crate) fn sums(ledger: &Ledger, parameters: &Parameters, variation: &Variation) -> Sums {
    let width = ledger.columns.len();
    let empty = || -> [Vec<f64>; FAMILIES] { std::array::from_fn(|_| vec![0.0; width]) };
    let mut sums = Sums {
        factors: empty(),
        totals: empty(),
        rest: vec![0.0; width],
        sharers: 0.0,
    };
    for family in Family::ALL {
        let k = family.index();
        let rows = ledger
            .rows
            .iter()
            .enumerate()
            .filter(|(index, row)| row.family == family && !variation.leaves_out(*index));
        let mut facts = 0.0;
        for (_, row) in rows {
            facts += row.counts;
            for (total, llr) in sums.totals[k].iter_mut().zip(&row.llr) {
                *total += row.worth * llr;
            }
        }
        if facts <= 0.0 {
            continue;
        }
        let treatment = parameters.family(family);
        let discount = variation.scale[k] * facts.powf(-treatment.dependence);
        for (total, factor) in sums.totals[k].iter_mut().zip(&mut sums.factors[k]) {
            let raw = discount * *total;
            let clipped = raw.clamp(-treatment.floor, treatment.cap);
            *factor = if raw == 0.0 {
                discount
            } else {
                discount * clipped / raw
            };
            *total = clipped;
        }
    }
    sums.compare(ledger, parameters, variation);
    if sums.sharers == 0.0 {
        // A date alone prefers nobody.
        let dates = Family::Dates.index();
        sums.totals[dates].fill(0.0);
        sums.factors[dates].fill(0.0);
    }
    sums
}

impl Sums {
    /// Works out the rest from what the families add up to.
    #[allow(clippy::cast_precision_loss, reason = "number of actors")]
    fn compare(&mut self, ledger: &Ledger, parameters: &Parameters, variation: &Variation) {
        let marks = || {
            let rows = ledger.rows.iter().enumerate();
            rows.filter(|(index, row)| compared(row.family) && !variation.leaves_out(*index))
                .map(|(_, row)| &row.mark)
        };
        self.sharers = marks().count() as f64;
        let width = ledger.columns.len();
        if self.sharers == 0.0 || width == 0 {
            return;
        }
        let (software, techniques) = (Family::Software.index(), Family::Techniques.index());
        let evidence: Vec<f64> = (0..width)
            .map(|column| self.totals[software][column] + self.totals[techniques][column])
            .collect();
        let fitted = parameters.weights(ledger.years.is_some());
        let scores: Vec<f64> = evidence
            .iter()
            .zip(&ledger.records)
            .map(|(sum, record)| sum + fitted.record(record))
            .collect();
        let dates = &self.totals[Family::Dates.index()];
        let dated: Vec<f64> = scores.iter().zip(dates).map(|(s, d)| s + d).collect();
        let counted = ledger
            .rows
            .iter()
            .enumerate()
            .any(|(index, row)| row.family == Family::Dates && !variation.leaves_out(index));
        let years = ledger.years.as_deref().filter(|_| counted);
        let held = Held {
            evidence: &evidence,
            scores: &scores,
            dated: &dated,
            records: &ledger.records,
            years: years.unwrap_or_default(),
        };
        let none = none_odds(&none_features(&held, marks()), fitted);
        let top = dated.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let all = top + dated.iter().map(|s| (s - top).exp()).sum::<f64>().ln();
        let even = (width as f64).ln();
        for ((rest, score), sum) in self.rest.iter_mut().zip(&scores).zip(&evidence) {
            *rest = score - all + even - none - sum;
        }
    }

    /// What everything adds to the score of one column.
    fn total(&self, column: usize) -> f64 {
        self.rest[column] + self.totals.iter().map(|total| total[column]).sum::<f64>()
    }

    /// What one fact adds to the score of one column, after every discount.
    pub(crate) fn contribution(&self, ledger: &Ledger, fact: usize, column: usize) -> f64 {
        let Some(row) = ledger.rows.get(fact) else {
            return 0.0;
        };
        let llr = row.llr.get(column).copied().unwrap_or(0.0);
        let factor = self.factors[row.family.index()]
            .get(column)
            .copied()
            .unwrap_or(0.0);
        let shared = if compared(row.family) {
            self.rest.get(column).copied().unwrap_or(0.0) / self.sharers.max(1.0)
        } else {
            0.0
        };
        row.worth * llr * factor + shared
    }
}

/// The probabilities under a variation.
pub(crate) fn posterior(
    ledger: &Ledger,
    parameters: &Parameters,
    variation: &Variation,
) -> Posterior {
    let sums = sums(ledger, parameters, variation);
    let answer = stated(ledger, parameters, variation, &sums);
    match strongest_of_leader(ledger, variation, &sums, &answer) {
        Some((leader, fact)) => {
            let less = variation.and_without(fact);
            let sums = self::sums(ledger, parameters, &less);
            answer.on_one_fact(leader, &stated(ledger, parameters, &less, &sums))
        }
        None => answer,
    }
}

/// The leader, where more is stated of it than an answer that rests on one fact may, and its strongest fact.
fn strongest_of_leader(
    ledger: &Ledger,
    variation: &Variation,
    sums: &Sums,
    answer: &Posterior,
) -> Option<(usize, usize)> {
    let leader = answer.actors.iter().position(|p| *p > ON_ONE_FACT)?;
    let mut strongest: Option<(usize, f64)> = None;
    for fact in 0..ledger.rows.len() {
        let gain = sums.contribution(ledger, fact, leader);
        if !variation.leaves_out(fact) && strongest.is_none_or(|(_, most)| gain > most) {
            strongest = Some((fact, gain));
        }
    }
    strongest.map(|(fact, _)| (leader, fact))
}

impl Posterior {
    /// Where the leader falls without its strongest fact, no more of it than such an answer may state.
    pub(crate) fn on_one_fact(mut self, leader: usize, without: &Self) -> Self {
        let (with, less) = match (self.actors.get(leader), without.actors.get(leader)) {
            (Some(with), Some(less)) => (*with, *less),
            _ => return self,
        };
        if with <= ON_ONE_FACT || less >= FALLS_BELOW * with {
            return self;
        }
        let part = (with - ON_ONE_FACT) / (with - less);
        let mix = |with: &mut f64, less: f64| *with += part * (less - *with);
        for (with, less) in self.actors.iter_mut().zip(&without.actors) {
            mix(with, *less);
        }
        mix(&mut self.none, without.none);
        self.actors[leader] = ON_ONE_FACT;
        self
    }
}

/// What would be stated if one fact were as good as several.
fn stated(
    ledger: &Ledger,
    parameters: &Parameters,
    variation: &Variation,
    sums: &Sums,
) -> Posterior {
    let unknown = variation.unknown.unwrap_or(parameters.unknown);
    let prior = share_of_known(ledger.columns.len(), unknown);
    let scores: Vec<f64> = (0..ledger.columns.len())
        .map(|column| prior.ln() + sums.total(column))
        .collect();
    let none = unknown.ln();
    let top = scores.iter().copied().fold(none, f64::max);
    let weights: Vec<f64> = scores.iter().map(|score| (score - top).exp()).collect();
    let none_weight = (none - top).exp();
    let total = weights.iter().sum::<f64>() + none_weight;
    let doubt = (ledger.doubt * variation.doubt).clamp(0.0, 1.0);
    Posterior {
        actors: weights
            .iter()
            .map(|w| (1.0 - doubt) * w / total + doubt * prior)
            .collect(),
        none: (1.0 - doubt) * none_weight / total + doubt * unknown,
    }
}

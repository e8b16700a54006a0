//! How far the answer depends on the weights and on single facts.
//!
//! Deterministic: every family that has evidence is weighed at half and at one and a half times its
//! weight, alone and with all others, each of the strongest facts is left out in turn, and what is a
//! convention is taken otherwise: the prior of "none of the known", and the chance that the evidence is
//! not about the incident. The range of a hypothesis is the
//! lowest and highest probability over all these runs and the answer itself. It is the range that the
//! model's own uncertainty allows, not a statistical interval.

use crate::Parameters;
use crate::evidence::{FAMILIES, Family};
use crate::likelihood::Ledger;
use crate::posterior::{Posterior, Sums, Variation, posterior};

/// Weights of a family are varied by this factor down and up.
const SCALES: [f64; 2] = [0.5, 1.5];
/// Other priors of "none of the known": how many attackers nobody has described is not known.
const UNKNOWN: [f64; 2] = [0.25, 0.75];
/// The chance that the evidence is not about the incident, varied by this factor.
const DOUBT: [f64; 2] = [0.5, 2.0];
/// At most this many facts are left out in turn, strongest first, to bound the work.
const LEFT_OUT: usize = 16;

/// The extremes over all runs, and the run without the strongest fact.
pub(crate) struct Sensitivity {
    pub(crate) low: Posterior,
    pub(crate) high: Posterior,
    pub(crate) without_strongest: Posterior,
    /// The strongest fact for the leading actor.
    pub(crate) strongest: Option<usize>,
}

/// Tries the variations. `leader` is the column of the most probable actor.
pub(crate) fn sensitivity(
    ledger: &Ledger,
    parameters: &Parameters,
    base: &Posterior,
    sums: &Sums,
    leader: Option<usize>,
) -> Sensitivity {
    let mut low = base.clone();
    let mut high = base.clone();
    let mut widen = |run: &Posterior| {
        for ((low, high), p) in low.actors.iter_mut().zip(&mut high.actors).zip(&run.actors) {
            *low = low.min(*p);
            *high = high.max(*p);
        }
        low.none = low.none.min(run.none);
        high.none = high.none.max(run.none);
    };
    for family in Family::ALL {
        if ledger.rows.iter().any(|row| row.family == family) {
            for scale in SCALES {
                let mut variation = Variation::NONE;
                variation.scale[family.index()] = scale;
                widen(&posterior(ledger, parameters, &variation));
            }
        }
    }
    let others = SCALES
        .map(|scale| Variation {
            scale: [scale; FAMILIES],
            ..Variation::NONE
        })
        .into_iter()
        .chain(UNKNOWN.map(|unknown| Variation {
            unknown: Some(unknown),
            ..Variation::NONE
        }))
        .chain(DOUBT.map(|doubt| Variation {
            doubt,
            ..Variation::NONE
        }));
    for variation in others {
        widen(&posterior(ledger, parameters, &variation));
    }
    let ranked = leader
        .map(|column| by_strength(ledger, sums, column))
        .unwrap_or_default();
    let strongest = ranked
        .iter()
        .copied()
        .find(|(_, gain)| *gain > 0.0)
        .map(|(fact, _)| fact);
    let mut without_strongest = base.clone();
    let mut order = ranked;
    order.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
    for (fact, _) in order.iter().take(LEFT_OUT) {
        let run = posterior(ledger, parameters, &Variation::without(*fact));
        widen(&run);
    }
    if let Some(fact) = strongest {
        without_strongest = posterior(ledger, parameters, &Variation::without(fact));
        widen(&without_strongest);
    }
    Sensitivity {
        low,
        high,
        without_strongest,
        strongest,
    }
}

/// Facts with what they add to the score of a column, strongest for it first.
pub(crate) fn by_strength(ledger: &Ledger, sums: &Sums, column: usize) -> Vec<(usize, f64)> {
    let mut all: Vec<(usize, f64)> = (0..ledger.rows.len())
        .map(|fact| (fact, sums.contribution(ledger, fact, column)))
        .collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all
}

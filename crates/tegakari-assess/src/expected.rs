//! How probable it is that a new incident of an actor shows something, from what was published about the actor.
//!
//! ```text
//! P(f | g) = ( SUM over accounts a of g that tell of f of w_a + MASS * q_f ) / ( SUM over all accounts of g of w_a + MASS )
//! ```
//!
//! An account is one publication; `w_a` is lower for one that is cited for a fact or two and cannot be expected to hold
//! more. Both constants were chosen on ATT&CK 18.1 with each publication left out in turn: see docs/attribution.md.
//! `q_f` is the mean of that share over all actors: what is expected of "none of the known".

use crate::Profiles;
use crate::profiles::Use;

/// Accounts that the background is worth: an actor with few publications is expected to do what others do.
const MASS: f64 = 2.0;
/// An account with so many facts counts whole, one with fewer by its part.
const WHOLE: f64 = 16.0;
/// Of what nobody is on record with, the background is not nothing.
const LEAST: f64 = 0.002;

/// The accounts of every hypothesis, weighed once.
pub(crate) struct Expectation<'a> {
    columns: &'a [usize],
    /// Column of a profile.
    column_of: Vec<Option<usize>>,
    /// What each account of each column is worth.
    weights: Vec<Vec<f64>>,
    /// Sum of the weights of a column's accounts.
    sums: Vec<f64>,
    /// Columns with any account.
    told: f64,
}

/// Probability of one thing under every column, and under "none of the known".
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Yes {
    pub(crate) columns: Vec<f64>,
    pub(crate) none: f64,
}

#[allow(clippy::cast_precision_loss, reason = "counts of facts and actors")]
impl<'a> Expectation<'a> {
    pub(crate) fn new(columns: &'a [usize], profiles: &'a Profiles) -> Self {
        let mut column_of = vec![None; profiles.actors().len()];
        for (column, index) in columns.iter().enumerate() {
            if let Some(slot) = column_of.get_mut(*index) {
                *slot = Some(column);
            }
        }
        let weights = |index: usize| -> Vec<f64> {
            let accounts = profiles.actors()[index].accounts.iter();
            accounts
                .map(|account| (account.features() as f64 / WHOLE).min(1.0))
                .collect()
        };
        let mut expectation = Self {
            columns,
            column_of,
            weights: columns.iter().map(|index| weights(*index)).collect(),
            sums: Vec::new(),
            told: 0.0,
        };
        expectation.sums = columns
            .iter()
            .zip(&expectation.weights)
            .map(|(index, weights)| {
                if weights.is_empty() {
                    // A record without publications is one.
                    let features = profiles.actors()[*index].features();
                    return if features > 0 { 1.0 } else { 0.0 };
                }
                weights.iter().sum()
            })
            .collect();
        expectation.told = expectation.sums.iter().filter(|sum| **sum > 0.0).count() as f64;
        expectation
    }

    /// What is expected of a technique or piece of software that these use.
    pub(crate) fn of(&self, users: &[Use]) -> Yes {
        let mut held = vec![0.0_f64; self.columns.len()];
        let mut shares = 0.0;
        for one in users {
            let Some(column) = self.column_of.get(one.actor).copied().flatten() else {
                continue;
            };
            let weights = &self.weights[column];
            let sum: f64 = if weights.is_empty() {
                1.0
            } else {
                let accounts = one.accounts.iter();
                accounts
                    .map(|a| weights.get(*a).copied().unwrap_or(0.0))
                    .sum()
            };
            held[column] += sum;
            if self.sums[column] > 0.0 {
                shares += sum / self.sums[column];
            }
        }
        let none = (shares / self.told.max(1.0)).max(LEAST);
        let columns = held
            .iter()
            .zip(&self.sums)
            .map(|(held, sum)| (held + MASS * none) / (sum + MASS))
            .collect();
        Yes { columns, none }
    }

    /// What is expected of a victim that `holds` says an actor is on record with, among `length` of its kind.
    ///
    /// `recurrence` is how often a new victim is of a recorded kind; without a record, the background.
    pub(crate) fn of_target(
        &self,
        recurrence: f64,
        holds: &dyn Fn(usize) -> bool,
        length: &dyn Fn(usize) -> usize,
    ) -> Yes {
        let with: Vec<usize> = self
            .columns
            .iter()
            .copied()
            .filter(|i| length(*i) > 0)
            .collect();
        let each = |index: usize| {
            if holds(index) {
                1.0 / length(index).max(1) as f64
            } else {
                0.0
            }
        };
        let sum: f64 = with.iter().map(|index| each(*index)).sum();
        let none = (sum / with.len().max(1) as f64).max(LEAST);
        let columns = self
            .columns
            .iter()
            .map(|index| {
                if length(*index) == 0 {
                    none
                } else {
                    recurrence * each(*index) + (1.0 - recurrence) * none
                }
            })
            .collect();
        Yes { columns, none }
    }

    /// What is expected of contact with infrastructure that lists tie to the actor of `column`.
    pub(crate) fn of_infrastructure(&self, column: usize, background: f64, nats: f64) -> Yes {
        let mut columns = vec![background; self.columns.len()];
        if let Some(own) = columns.get_mut(column) {
            *own = (background * nats.exp()).min(0.95);
        }
        Yes {
            columns,
            none: background,
        }
    }
}

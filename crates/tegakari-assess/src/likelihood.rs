//! What each fact says about each actor, as a log-likelihood ratio against "none of the known".
//!
//! The ratio compares how often an actor shows a recorded habit again with how often anybody shows it
//! (design/attribution.md, section 7):
//!
//! ```text
//! llr(g) = ln( (rho * s + (1 - rho) * q) / q )
//! s = support for the habit in g's profile, 0 to 1     q = its mean support over all actors
//! ```
//!
//! Support grows with citations and shrinks with the length of the profile, as in BM25, so that an
//! actor about whom much is written does not win by that alone.

use tegakari_model::{SoftwareId, TechniqueId};

use crate::Profiles;
use crate::evidence::{Family, Item, Subject};
use crate::parameters::{Habit, Parameters};
use crate::profiles::Use;

/// One fact against every hypothesis.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) family: Family,
    /// Part of a whole independent fact that this one is worth: less for what another fact explains.
    pub(crate) worth: f64,
    /// What it adds to the number of facts in its family.
    pub(crate) counts: f64,
    /// Log-likelihood ratio for each column, before the family's discount and cap.
    pub(crate) llr: Vec<f64>,
}

/// All facts against all hypotheses.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    /// Hypotheses: indexes into the profiles. The last hypothesis, "none of the known", has no column:
    /// every ratio is against it.
    pub(crate) columns: Vec<usize>,
    /// One per item, in their order.
    pub(crate) rows: Vec<Row>,
    /// Chance that the evidence is not about the incident at all.
    pub(crate) doubt: f64,
}

/// Fills the ledger.
pub(crate) fn weigh(
    items: &[Item],
    independent_origins: usize,
    profiles: &Profiles,
    parameters: &Parameters,
) -> Ledger {
    let columns = hypotheses(items, profiles);
    let scale = Scale::new(&columns, profiles, parameters);
    let explained = explained(items, profiles);
    let rows = items
        .iter()
        .zip(&explained)
        .map(|(item, explained)| {
            let mut llr = scale.row(item);
            for value in &mut llr {
                *value *= item.grade;
            }
            let worth = match &item.subject {
                Subject::Claim(claim) if rests_on_software(&claim.candidates, items, profiles) => {
                    parameters.claim_explained
                }
                _ => explained.map_or(1.0, |n| n.powf(-parameters.explained)),
            };
            let counts = match item.subject {
                Subject::Software(_) => item.share,
                // A fact that tells nobody apart is no fact of its family.
                _ if llr.iter().all(|value| *value == 0.0) => 0.0,
                _ => worth,
            };
            Row {
                family: item.family,
                worth,
                counts,
                llr,
            }
        })
        .collect();
    let doubt = if independent_origins > 1 {
        parameters.doubt
    } else {
        parameters.doubt_of_one
    };
    Ledger {
        columns,
        rows,
        doubt,
    }
}

/// Tracked actors, and those that a report or list names.
fn hypotheses(items: &[Item], profiles: &Profiles) -> Vec<usize> {
    let mut columns: Vec<usize> = profiles
        .actors()
        .iter()
        .enumerate()
        .filter(|(_, profile)| profile.tracked)
        .map(|(index, _)| index)
        .collect();
    for item in items {
        if let Subject::Claim(claim) = &item.subject {
            columns.extend(&claim.candidates);
        }
    }
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// Software of this many actors or fewer can be what a publisher's claim rests on (section 2c of the
/// study: up to four still point somewhere).
const FEW_USERS: u32 = 4;

/// Whether the case names software that hardly anybody but a claimed actor uses.
fn rests_on_software(candidates: &[usize], items: &[Item], profiles: &Profiles) -> bool {
    items.iter().any(|item| match &item.subject {
        Subject::Software(id) => {
            profiles.software_used_by(id) <= FEW_USERS
                && profiles
                    .software_users(id)
                    .iter()
                    .any(|one| candidates.contains(&one.actor))
        }
        _ => false,
    })
}

/// For each technique that identified software of the case carries out, the number of such
/// techniques: they are one observation seen many times.
#[allow(
    clippy::cast_precision_loss,
    reason = "counts of techniques in one case"
)]
fn explained(items: &[Item], profiles: &Profiles) -> Vec<Option<f64>> {
    let software: Vec<_> = items
        .iter()
        .filter_map(|item| match &item.subject {
            Subject::Software(id) => profiles.software(id),
            _ => None,
        })
        .collect();
    let by_software: Vec<bool> = items
        .iter()
        .map(|item| match &item.subject {
            Subject::Technique(id) => software.iter().any(|s| s.techniques.contains(id)),
            _ => false,
        })
        .collect();
    let count = by_software.iter().filter(|yes| **yes).count() as f64;
    by_software
        .into_iter()
        .map(|yes| yes.then_some(count))
        .collect()
}

/// Lengths of profiles and means over them, worked out once for a case.
struct Scale<'a> {
    columns: &'a [usize],
    profiles: &'a Profiles,
    parameters: &'a Parameters,
    /// Column of a profile.
    column_of: Vec<Option<usize>>,
    techniques: Lengths,
    software: Lengths,
}

/// Length of each column's profile relative to the mean, and what that costs.
struct Lengths {
    relative: Vec<f64>,
    penalty: Vec<f64>,
}

impl Lengths {
    fn new(lengths: &[f64], habit: &Habit) -> Self {
        let mean = (lengths.iter().sum::<f64>() / lengths.len().max(1) as f64).max(1.0);
        Self {
            relative: lengths.iter().map(|l| l / mean).collect(),
            penalty: lengths
                .iter()
                .map(|l| habit.length_penalty * ((1.0 + l) / (1.0 + mean)).ln())
                .collect(),
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "sizes of profiles")]
impl<'a> Scale<'a> {
    fn new(columns: &'a [usize], profiles: &'a Profiles, parameters: &'a Parameters) -> Self {
        let mut column_of = vec![None; profiles.actors().len()];
        for (column, index) in columns.iter().enumerate() {
            if let Some(slot) = column_of.get_mut(*index) {
                *slot = Some(column);
            }
        }
        let lengths =
            |of: &dyn Fn(usize) -> f64| -> Vec<f64> { columns.iter().map(|i| of(*i)).collect() };
        let techniques = lengths(&|i| {
            profiles.actors()[i].techniques.len() as f64
                + parameters.implied_length * profiles.implied_count(i) as f64
        });
        let software = lengths(&|i| profiles.actors()[i].software.len() as f64);
        Self {
            columns,
            profiles,
            parameters,
            column_of,
            techniques: Lengths::new(&techniques, &parameters.technique),
            software: Lengths::new(&software, &parameters.software),
        }
    }

    fn row(&self, item: &Item) -> Vec<f64> {
        match &item.subject {
            Subject::Claim(claim) => self.claim(&claim.candidates, claim.share),
            Subject::Software(id) => self.software(id, item.share),
            Subject::NewSoftware => self.constant(-self.parameters.new_software),
            Subject::Technique(id) => self.technique(id),
            Subject::Infrastructure(actors) => self.infrastructure(actors, item.share),
            Subject::Country(country) => self.target(
                &|i| self.profiles.actors()[i].countries.contains(country),
                &|i| self.profiles.actors()[i].countries.len(),
            ),
            Subject::Sector(sector) => self.target(
                &|i| self.profiles.actors()[i].sectors.contains(sector),
                &|i| self.profiles.actors()[i].sectors.len(),
            ),
        }
    }

    fn constant(&self, value: f64) -> Vec<f64> {
        vec![value; self.columns.len()]
    }

    fn technique(&self, id: &TechniqueId) -> Vec<f64> {
        let habit = &self.parameters.technique;
        let implied = self.parameters.implied_gain;
        let users = self.profiles.technique_users(id);
        if !users
            .iter()
            .any(|one| one.citations > 0 && self.column(one).is_some())
        {
            // Tagged from another matrix, or new: it tells none of these actors from another. Leaving
            // such techniques out lowered log-loss on the open half from 1.958 to 1.948.
            return self.constant(0.0);
        }
        self.habit(users, habit, &self.techniques, &|one| {
            habit.citations(one.citations) + implied * f64::from(one.implied.min(3))
        })
    }

    fn software(&self, id: &SoftwareId, share: f64) -> Vec<f64> {
        let users = self.profiles.software_users(id);
        let habit = &self.parameters.software;
        let mut row = if users.iter().any(|one| self.column(one).is_some()) {
            self.habit(users, habit, &self.software, &|one| {
                habit.citations(one.citations)
            })
        } else {
            // On record, but with none of these actors: as telling as software without a record.
            self.constant(-self.parameters.new_software)
        };
        // Of a name that k records bear, one k-th of the factor belongs to each.
        for value in &mut row {
            *value = (share * value.exp() + (1.0 - share)).ln();
        }
        row
    }

    fn column(&self, one: &Use) -> Option<usize> {
        self.column_of.get(one.actor).copied().flatten()
    }

    fn habit(
        &self,
        users: &[Use],
        habit: &Habit,
        lengths: &Lengths,
        frequency: &dyn Fn(&Use) -> f64,
    ) -> Vec<f64> {
        let mut support = vec![0.0; self.columns.len()];
        for one in users {
            let Some(column) = self.column(one) else {
                continue;
            };
            let tf = frequency(one);
            let relative = lengths.relative.get(column).copied().unwrap_or(1.0);
            let half = habit.saturation * (1.0 - habit.length + habit.length * relative);
            support[column] = tf / (tf + half.max(0.05));
        }
        let background = self.background(support.iter().sum(), support.len() as f64);
        let rho = habit.recurrence;
        support
            .iter()
            .zip(&lengths.penalty)
            .map(|(s, penalty)| {
                let llr = ((rho * s + (1.0 - rho) * background) / background).ln() - penalty;
                habit.weight * llr - habit.bias
            })
            .collect()
    }

    fn background(&self, sum: f64, count: f64) -> f64 {
        let a = self.parameters.background;
        (sum + a) / (count + 2.0 * a)
    }

    fn claim(&self, candidates: &[usize], share: f64) -> Vec<f64> {
        // A claim alone makes its actor at most as probable as "none of the known".
        let even =
            self.columns.len() as f64 * self.parameters.unknown / (1.0 - self.parameters.unknown);
        let each = share / candidates.len().max(1) as f64;
        let others = (1.0 - self.parameters.claim * share).max(0.05).ln();
        let mut row = self.constant(others);
        for index in candidates {
            if let Some(column) = self.column_of.get(*index).copied().flatten() {
                row[column] = (1.0 + (even - 1.0).max(0.0) * each).ln();
            }
        }
        row
    }

    fn infrastructure(&self, actors: &[usize], share: f64) -> Vec<f64> {
        let mut row = self.constant(0.0);
        let each =
            share * (self.parameters.infrastructure.exp() - 1.0) / actors.len().max(1) as f64;
        for index in actors {
            if let Some(column) = self.column_of.get(*index).copied().flatten() {
                row[column] = (1.0 + each).ln();
            }
        }
        row
    }

    /// Targets: a long list of victims says little about each, and no list says nothing.
    fn target(&self, holds: &dyn Fn(usize) -> bool, length: &dyn Fn(usize) -> usize) -> Vec<f64> {
        let habit = &self.parameters.target;
        let recorded: Vec<f64> = self.columns.iter().map(|i| length(*i) as f64).collect();
        let with = recorded.iter().filter(|l| **l > 0.0).count() as f64;
        if with == 0.0 {
            return self.constant(0.0);
        }
        let mean = (recorded.iter().sum::<f64>() / with).max(1.0);
        let support: Vec<f64> = self
            .columns
            .iter()
            .zip(&recorded)
            .map(|(i, l)| {
                let half = habit.saturation * (1.0 - habit.length + habit.length * l / mean);
                if holds(*i) {
                    1.0 / (1.0 + half.max(0.05))
                } else {
                    0.0
                }
            })
            .collect();
        let background = self.background(support.iter().sum(), with);
        support
            .iter()
            .zip(&recorded)
            .map(|(s, l)| {
                if *l == 0.0 {
                    0.0
                } else {
                    habit.weight
                        * ((habit.recurrence * s + (1.0 - habit.recurrence) * background)
                            / background)
                            .ln()
                }
            })
            .collect()
    }
}

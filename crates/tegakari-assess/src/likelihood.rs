//! What each fact says about each actor, in nats against "none of the known".
//!
//! Techniques and software are held against the records of actors in [`crate::likeness`]; what one of
//! them adds here is its part of the score there. Claims, infrastructure and targets are likelihood
//! ratios of their own.

use crate::evidence::{Family, Item, Subject};
use crate::expected::Expectation;
use crate::likeness::{Likeness, Mark};
use crate::parameters::Parameters;
use crate::{Profiles, absence, nexus, vulnerability};

/// One fact against every hypothesis.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) family: Family,
    /// Part of a whole independent fact that this one is worth: less for what another fact explains.
    pub(crate) worth: f64,
    /// What it adds to the number of facts in its family.
    pub(crate) counts: f64,
    /// Nats for each column, before the family's discount and cap.
    pub(crate) llr: Vec<f64>,
    /// What it says about whether it is any of the known.
    pub(crate) mark: Mark,
}

/// All facts against all hypotheses.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    /// Hypotheses: indexes into the profiles. The last hypothesis, "none of the known", has no column:
    /// every ratio is against it.
    pub(crate) columns: Vec<usize>,
    /// One per item, in their order.
    pub(crate) rows: Vec<Row>,
    /// Length of each column's record and number of its accounts, as logarithms.
    pub(crate) records: Vec<[f64; 2]>,
    /// Years beyond the first between the case and the nearest publication about each column; none without a date.
    pub(crate) years: Option<Vec<f64>>,
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
    let mut scale = Scale::new(&columns, profiles, parameters);
    if items.iter().any(|item| item.family == Family::Absences) {
        scale.expectation = Some(Expectation::new(&columns, profiles));
    }
    let likeness = Likeness::of(items, &columns, profiles);
    let Likeness {
        facts,
        records,
        years,
        marks,
    } = likeness;
    let fitted = parameters.weights(years.is_some());
    let rows = items
        .iter()
        .zip(facts)
        .zip(marks)
        .map(|((item, parts), mark)| {
            let mut llr = scale.row(item);
            for value in &mut llr {
                *value *= item.grade;
            }
            // Grades are in the parts already.
            for (column, part) in parts {
                llr[column] += fitted.nats(&part);
            }
            if let (Subject::Published(_), Some(years)) = (&item.subject, &years) {
                for (value, years) in llr.iter_mut().zip(years) {
                    *value = fitted.year() * years;
                }
            }
            let worth = match &item.subject {
                Subject::Claim(claim) if rests_on_software(&claim.candidates, items, profiles) => {
                    parameters.claim_explained
                }
                _ => 1.0,
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
                mark,
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
        records,
        years,
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

/// Columns by profile, worked out once for a case.
struct Scale<'a> {
    columns: &'a [usize],
    profiles: &'a Profiles,
    parameters: &'a Parameters,
    /// Column of a profile.
    column_of: Vec<Option<usize>>,
    /// What is expected of everybody, where something is absent.
    expectation: Option<Expectation<'a>>,
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
        Self {
            columns,
            profiles,
            parameters,
            column_of,
            expectation: None,
        }
    }

    fn row(&self, item: &Item) -> Vec<f64> {
        match &item.subject {
            Subject::Claim(claim) => self.claim(&claim.candidates, claim.share),
            Subject::Software(_)
            | Subject::NewSoftware
            | Subject::Technique(_)
            | Subject::Published(_)
            | Subject::Stated => self.constant(0.0),
            Subject::Vulnerability(cve) => vulnerability::llr(cve, self.columns, self.profiles),
            Subject::Nexus(country) => nexus::llr(country, self.columns, self.profiles)
                .into_iter()
                .map(|nats| item.share * nats)
                .collect(),
            Subject::Absent(what, visibility) => self.absent(what, *visibility, item.share),
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

    fn absent(&self, what: &Subject, visibility: f64, share: f64) -> Vec<f64> {
        let yes = self.expectation.as_ref().and_then(|expectation| {
            absence::expected(
                what,
                expectation,
                self.columns,
                self.profiles,
                self.parameters,
            )
        });
        let Some(yes) = yes else {
            return self.constant(0.0);
        };
        let all = absence::llr(&yes, visibility).into_iter();
        all.map(|nats| share * nats).collect()
    }

    fn constant(&self, value: f64) -> Vec<f64> {
        vec![value; self.columns.len()]
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

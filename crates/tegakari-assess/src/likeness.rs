//! How like each actor's record the techniques and the software of a case are.
//!
//! Five numbers for every actor, each a sum over facts, and two about the record itself:
//!
//! * `techniques`, `software`: BM25 of the facts against everything on record about the actor. Rare habits
//!   weigh more, those cited more often as well, long records less.
//! * `account_techniques`, `account_software`: the same facts against the one publication about the actor
//!   that is most like the case. Habits that came together once come together again; this told more than
//!   any other number that was tried (docs/attribution.md).
//! * `exclusive`: whether the case has software on record for this actor alone.
//! * `length`, `accounts`: how long the record is, and how many publications it rests on.
//!
//! [`score`](Likeness::scores) is their weighted sum. How good the best match is, how far the second is
//! behind and what the case has that nobody is on record with tell "none of the known" from the known.

use std::collections::BTreeSet;

use tegakari_model::TechniqueId;

use crate::Profiles;
use crate::evidence::{Family, Item, Subject};
use crate::fitted::Fitted;
use crate::profiles::Use;

/// `k1` of BM25: how soon citations saturate.
const SATURATION: f64 = 1.5;
/// `b` of BM25: how much a longer record lowers the support of each entry.
const LENGTH: f64 = 0.75;
/// Facts that a publication has beside those it is cited for: keeps one with two entries from being
/// wholly matched by chance.
const ACCOUNT_BASE: f64 = 2.0;
/// Techniques that identified software of the case carries out, n of them, are worth `n^-EXPLAINED` each:
/// they are one observation seen many times.
const EXPLAINED: f64 = 0.5;
/// n techniques are worth `n^(1 - TECHNIQUES_SHARE)` independent ones, n pieces of software
/// `n^(1 - SOFTWARE_SHARE)`.
const TECHNIQUES_SHARE: f64 = 0.5;
const SOFTWARE_SHARE: f64 = 0.33;
/// A gap of more nats than this between first and second says no more.
const WIDEST_GAP: f64 = 5.0;

/// Numbers of one fact for one actor, in the order of [`Fitted::actor`].
pub(crate) type Part = [f64; 5];

/// What the case looks like against every hypothesis.
#[derive(Debug, Clone, Default)]
pub(crate) struct Likeness {
    /// For each fact, the columns that it says something of.
    pub(crate) facts: Vec<Vec<(usize, Part)>>,
    /// Length of the record and number of accounts of each column, as logarithms.
    pub(crate) records: Vec<[f64; 2]>,
    /// What each fact adds to the counts of the case.
    pub(crate) counts: Vec<Counts>,
}

/// Counts of a case's facts.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Counts {
    techniques: f64,
    /// Software that the knowledge has no record of.
    new: f64,
    /// Software on record, but with none of the actors.
    unattributed: f64,
    /// Software of exactly one actor.
    exclusive: f64,
}

impl Counts {
    /// What one fact adds.
    fn of(item: &Item, profiles: &Profiles) -> Self {
        let mut counts = Self::default();
        match &item.subject {
            Subject::Technique(_) => counts.techniques = 1.0,
            Subject::NewSoftware => counts.new = 1.0,
            Subject::Software(id) => match profiles.software_used_by(id) {
                0 => counts.unattributed = item.share,
                1 => counts.exclusive = item.share,
                _ => {}
            },
            _ => {}
        }
        counts
    }

    /// Adds those of another fact.
    pub(crate) fn add(&mut self, other: &Self) {
        self.techniques += other.techniques;
        self.new += other.new;
        self.unattributed += other.unattributed;
        self.exclusive += other.exclusive;
    }
}

/// One fact with its weight, before it is held against anybody.
struct Fact<'a> {
    users: &'a [Use],
    software: bool,
    exclusive: bool,
    /// Rarity, after every discount.
    weight: f64,
    /// Discounts alone: grade, and part of a name that several records bear.
    share: f64,
}

impl Likeness {
    /// Compares the facts of a case with the records in `columns`.
    #[allow(clippy::cast_precision_loss, reason = "counts of facts and actors")]
    pub(crate) fn of(items: &[Item], columns: &[usize], profiles: &Profiles) -> Self {
        let actors = profiles.actors();
        let mut column_of = vec![None; actors.len()];
        for (column, index) in columns.iter().enumerate() {
            if let Some(slot) = column_of.get_mut(*index) {
                *slot = Some(column);
            }
        }
        let tracked: Vec<usize> = columns
            .iter()
            .copied()
            .filter(|index| actors[*index].tracked)
            .collect();
        let mean = |of: &dyn Fn(usize) -> f64| {
            let sum: f64 = tracked.iter().map(|index| of(*index)).sum();
            sum / tracked.len().max(1) as f64
        };
        let mean_techniques = mean(&|i| actors[i].techniques.len() as f64).max(1.0);
        let mean_software = mean(&|i| actors[i].software.len() as f64).max(1.0);

        let facts = facts(items, profiles, tracked.len());
        let many = |family| items.iter().filter(|item| item.family == family).count() as f64;
        let technique_scale = many(Family::Techniques).max(1.0).powf(-TECHNIQUES_SHARE);
        let software_scale = many(Family::Software).max(1.0).powf(-SOFTWARE_SHARE);
        let nearest = nearest(&facts, columns, &column_of, profiles);

        let mut exclusive_of = vec![0.0_f64; columns.len()];
        for fact in facts.iter().flatten().filter(|fact| fact.exclusive) {
            for one in fact.users {
                if let Some(column) = column_of.get(one.actor).copied().flatten() {
                    exclusive_of[column] += 1.0;
                }
            }
        }
        let rows = facts
            .iter()
            .map(|fact| {
                let Some(fact) = fact else {
                    return Vec::new();
                };
                let mut row = Vec::new();
                for one in fact.users {
                    let Some(column) = column_of.get(one.actor).copied().flatten() else {
                        continue;
                    };
                    let profile = &actors[one.actor];
                    let (length, scale) = if fact.software {
                        let length = profile.software.len() as f64 / mean_software;
                        (length, software_scale)
                    } else {
                        let length = profile.techniques.len() as f64 / mean_techniques;
                        (length, technique_scale)
                    };
                    let tf = 1.0 + f64::from(one.citations).ln();
                    let half = SATURATION * (1.0 - LENGTH + LENGTH * length);
                    let recorded = scale * fact.weight * tf * (SATURATION + 1.0) / (tf + half);
                    let told = match nearest[column] {
                        Some((account, size)) if one.accounts.contains(&account) => {
                            scale * fact.weight / size
                        }
                        _ => 0.0,
                    };
                    let exclusive = if fact.exclusive {
                        fact.share / exclusive_of[column].max(1.0)
                    } else {
                        0.0
                    };
                    row.push((
                        column,
                        if fact.software {
                            [0.0, recorded, 0.0, told, exclusive]
                        } else {
                            [recorded, 0.0, told, 0.0, 0.0]
                        },
                    ));
                }
                row
            })
            .collect();
        // A record outside the backbone has no facts to be long or short by: it counts as average.
        let log = |n: usize| (1.0 + n as f64).ln();
        let average = [
            mean(&|i| log(actors[i].techniques.len())),
            mean(&|i| log(actors[i].accounts.len())),
        ];
        let records = columns
            .iter()
            .map(|index| {
                let profile = &actors[*index];
                if profile.tracked {
                    [log(profile.techniques.len()), log(profile.accounts.len())]
                } else {
                    average
                }
            })
            .collect();
        Self {
            facts: rows,
            records,
            counts: items
                .iter()
                .map(|item| Counts::of(item, profiles))
                .collect(),
        }
    }

    /// The five sums and the two logarithms of every column.
    pub(crate) fn features(&self) -> Vec<[f64; 7]> {
        let mut all: Vec<[f64; 7]> = self
            .records
            .iter()
            .map(|[length, accounts]| [0.0, 0.0, 0.0, 0.0, 0.0, *length, *accounts])
            .collect();
        for (column, part) in self.facts.iter().flatten() {
            for (sum, value) in all[*column].iter_mut().zip(part) {
                *sum += value;
            }
        }
        all
    }
}

/// What tells "none of the known" from the known, in the order of [`Fitted::none`] without its constant.
///
/// `evidence` is what the facts add to each column, `scores` the same with what its record adds.
pub(crate) fn none_features(
    evidence: &[f64],
    scores: &[f64],
    records: &[[f64; 2]],
    counts: &Counts,
) -> [f64; 7] {
    let best = evidence.iter().copied().fold(0.0, f64::max);
    let (mut first, mut second, mut leader) = (f64::NEG_INFINITY, f64::NEG_INFINITY, None);
    for (column, score) in scores.iter().enumerate() {
        if *score > first {
            second = first;
            first = *score;
            leader = Some(column);
        } else if *score > second {
            second = *score;
        }
    }
    let gap = if second.is_finite() {
        (first - second).min(WIDEST_GAP)
    } else {
        0.0
    };
    let length = leader
        .and_then(|column| records.get(column))
        .map_or(0.0, |record| record[0]);
    [
        gap,
        best,
        counts.new.ln_1p(),
        counts.unattributed.ln_1p(),
        counts.exclusive.ln_1p(),
        counts.techniques.ln_1p(),
        length,
    ]
}

/// Log-odds of "none of the known".
pub(crate) fn none_odds(features: &[f64; 7], fitted: &Fitted) -> f64 {
    let [constant, weights @ ..] = &fitted.none;
    let sum: f64 = weights.iter().zip(features).map(|(w, f)| w * f).sum();
    constant + sum
}

/// The facts that can be held against records; `None` for others.
#[allow(clippy::cast_precision_loss, reason = "counts of actors")]
fn facts<'a>(items: &[Item], profiles: &'a Profiles, actors: usize) -> Vec<Option<Fact<'a>>> {
    let explained: BTreeSet<&TechniqueId> = items
        .iter()
        .filter_map(|item| match &item.subject {
            Subject::Software(id) => profiles.software(id),
            _ => None,
        })
        .flat_map(|software| &software.techniques)
        .collect();
    let many = items
        .iter()
        .filter(|item| matches!(&item.subject, Subject::Technique(id) if explained.contains(id)))
        .count();
    let worth = (many.max(1) as f64).powf(-EXPLAINED);
    items
        .iter()
        .map(|item| match &item.subject {
            Subject::Technique(id) => {
                let weight = rarity(profiles.technique_used_by(id), actors);
                let worth = if explained.contains(id) { worth } else { 1.0 };
                Some(Fact {
                    users: profiles.technique_users(id),
                    software: false,
                    exclusive: false,
                    weight: weight * worth * item.grade * item.share,
                    share: item.grade * item.share,
                })
            }
            Subject::Software(id) => {
                let used_by = profiles.software_used_by(id);
                Some(Fact {
                    users: profiles.software_users(id),
                    software: true,
                    exclusive: used_by == 1,
                    weight: rarity(used_by, actors) * item.grade * item.share,
                    share: item.grade * item.share,
                })
            }
            _ => None,
        })
        .collect()
}

/// Inverse document frequency, as in BM25; 0 for what nobody is on record with.
#[allow(clippy::cast_precision_loss, reason = "counts of actors")]
fn rarity(users: u32, actors: usize) -> f64 {
    if users == 0 {
        return 0.0;
    }
    let (n, all) = (f64::from(users), (actors as f64).max(f64::from(users)));
    (1.0 + (all - n + 0.5) / (n + 0.5)).ln()
}

/// For each column, the account most like the case and the root of its size.
#[allow(clippy::cast_precision_loss, reason = "sizes of accounts")]
fn nearest(
    facts: &[Option<Fact<'_>>],
    columns: &[usize],
    column_of: &[Option<usize>],
    profiles: &Profiles,
) -> Vec<Option<(usize, f64)>> {
    let mut sums: Vec<Vec<f64>> = columns
        .iter()
        .map(|index| vec![0.0; profiles.actors()[*index].accounts.len()])
        .collect();
    for fact in facts.iter().flatten() {
        for one in fact.users {
            if let Some(column) = column_of.get(one.actor).copied().flatten() {
                for account in &one.accounts {
                    if let Some(sum) = sums[column].get_mut(*account) {
                        *sum += fact.weight;
                    }
                }
            }
        }
    }
    sums.into_iter()
        .zip(columns)
        .map(|(sums, index)| {
            let accounts = &profiles.actors()[*index].accounts;
            let mut best: Option<(usize, f64, f64)> = None;
            for (account, sum) in sums.iter().enumerate().filter(|(_, sum)| **sum > 0.0) {
                let size = (accounts[account].features() as f64 + ACCOUNT_BASE).sqrt();
                if best.is_none_or(|(_, _, most)| sum / size > most) {
                    best = Some((account, size, sum / size));
                }
            }
            best.map(|(account, size, _)| (account, size))
        })
        .collect()
}

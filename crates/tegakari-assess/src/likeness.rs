//! How like each actor's record the techniques and the software of a case are.
//!
//! Ten numbers for every actor, each a sum over facts, and three about the record itself:
//!
//! * `techniques`, `malware`, `tools`: BM25 of the facts against everything on record about the actor. Rare habits
//!   weigh more, those cited more often as well, long records less. A tool that anybody can get is weighed apart:
//!   that only one actor is on record with it says little.
//! * `account_techniques`, `account_software`: the same facts against the one publication about the actor
//!   that is most like the case. Habits that came together once come together again.
//! * `told_techniques`, `told_software`: how much more probable the facts are in a new report about the actor than in
//!   one about anybody, in nats: part of a report repeats one publication, part what is told of the actor anyway, and
//!   the rest is what is told of all.
//! * `exclusive`: whether the case has malware on record for this actor alone; `borne_out`: how much more of what that
//!   malware is known to do was seen than would be by chance, in nats. A planted file does nothing. `corroborated`: how far
//!   this actor's `told_techniques` stand out from those of all others, in deviations: a file alone shows nobody's habits.
//! * `length`, `accounts`: how long the record is, and how many publications it rests on.
//! * `years`: how many years beyond the first lie between the case and the nearest publication about the actor. Those of
//!   whom nobody has written for years are seldom those whom a report is about.
//!
//! [`score`](Likeness::features) is their weighted sum. How good the best match is, how far the second is
//! behind and what the case has that the best is not on record with tell "none of the known" from the known.

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
/// Techniques that every case is taken to have beside those told, in that discount: one technique alone is not worth as
/// much as nine.
const SPARSE: f64 = 3.0;
/// Facts that say nothing, which every case is taken to have beside those told, when it is asked whether it is any of the
/// known.
const UNTOLD: f64 = 1.0;
/// A gap of more nats than this between first and second says no more.
const WIDEST_GAP: f64 = 5.0;
/// More years than these, beyond the first, say no more.
const MOST_YEARS: f64 = 3.0;
/// A date so many years past the newest publication that is known says nothing: it is a mistake, or the knowledge is old.
const AHEAD: i16 = 3;
/// What a report about an actor tells: this part repeats one publication, this part what is told of the actor
/// anyway, the rest what is told of all. Log-loss is flat around these (docs/attribution.md).
const TOLD_TECHNIQUES: Told = Told {
    account: 0.3,
    record: 0.2,
    beside: 3.0,
};
const TOLD_SOFTWARE: Told = Told {
    account: 0.2,
    record: 0.6,
    beside: 1.0,
};
/// Mentions that everything on record has beside those it has, so that what was told once is not certain to be rare.
const MENTIONS: f64 = 0.5;
/// What a tool that anybody can get is worth of malware in `told_software`.
const TOOL: f64 = 0.4;
/// Techniques that are taken to be seen and expected anyway, when what malware does is held against what was seen.
const BORNE_OUT_BASE: f64 = 0.7;

/// An actor's techniques cannot stand out from those of the others by more deviations than these, nor fall behind by more.
const STANDS_OUT: [f64; 2] = [-1.0, 4.0];
/// What the deviation of nats from actor to actor is at least.
const LEAST_DEVIATION: f64 = 0.1;

/// Parts of a report that come from one publication and from all about the actor, and facts that a publication has
/// beside those it is cited for.
struct Told {
    account: f64,
    record: f64,
    beside: f64,
}

impl Told {
    /// How much more probable a fact is in a report about an actor than in one about anybody, as a ratio.
    fn odds(&self, account: f64, record: f64, anybody: f64) -> f64 {
        let rest = 1.0 - self.account - self.record;
        1.0 + (self.account * account + self.record * record) / (rest * anybody)
    }
}

/// Numbers of one fact for one actor, in the order of [`Fitted::actor`].
pub(crate) type Part = [f64; 10];

/// What the case looks like against every hypothesis.
#[derive(Debug, Clone, Default)]
pub(crate) struct Likeness {
    /// For each fact, the columns that it says something of.
    pub(crate) facts: Vec<Vec<(usize, Part)>>,
    /// Length of the record and number of accounts of each column, as logarithms.
    pub(crate) records: Vec<[f64; 2]>,
    /// Years beyond the first between the case and the nearest publication about each column; `None` without a date.
    pub(crate) years: Option<Vec<f64>>,
    /// What each fact says about whether it is any of the columns.
    pub(crate) marks: Vec<Mark>,
}

/// What a fact says about whether the case is anybody's at all.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Mark {
    /// A technique, 1 for one that is certain to be meant.
    technique: f64,
    /// Software, 1 for a whole name.
    software: f64,
    /// A tool that anybody can get, and that is on record for one actor only.
    lone_tool: f64,
    /// Columns on record with it, sorted.
    users: Vec<usize>,
    /// Columns that are not, but software of which carries it out, sorted.
    implied: Vec<usize>,
}

impl Mark {
    fn of(item: &Item, columns: &Columns<'_>, profiles: &Profiles) -> Self {
        let mut mark = Self::default();
        match &item.subject {
            Subject::Technique(id) => {
                mark.technique = item.share;
                mark.users = columns.of(profiles.technique_users(id));
                let implied = profiles.implied_users(id).iter();
                mark.implied = implied
                    .filter_map(|actor| columns.of_actor.get(*actor).copied().flatten())
                    .filter(|column| mark.users.binary_search(column).is_err())
                    .collect();
            }
            Subject::NewSoftware => mark.software = 1.0,
            Subject::Software(id) => {
                mark.software = item.share;
                mark.users = columns.of(profiles.software_users(id));
                let tool = profiles.software(id).is_some_and(|one| one.dual_use);
                if tool && profiles.software_used_by(id) == 1 {
                    mark.lone_tool = item.share;
                }
            }
            _ => {}
        }
        mark
    }
}

/// Which column an actor has.
struct Columns<'a> {
    columns: &'a [usize],
    of_actor: Vec<Option<usize>>,
}

impl<'a> Columns<'a> {
    fn new(columns: &'a [usize], profiles: &Profiles) -> Self {
        let mut of_actor = vec![None; profiles.actors().len()];
        for (column, index) in columns.iter().enumerate() {
            if let Some(slot) = of_actor.get_mut(*index) {
                *slot = Some(column);
            }
        }
        Self { columns, of_actor }
    }

    fn get(&self, one: &Use) -> Option<usize> {
        self.of_actor.get(one.actor).copied().flatten()
    }

    /// Columns of users, in their order, which is that of the actors.
    fn of(&self, users: &[Use]) -> Vec<usize> {
        users.iter().filter_map(|one| self.get(one)).collect()
    }
}

/// One fact with its weight, before it is held against anybody.
struct Fact<'a> {
    users: &'a [Use],
    software: bool,
    tool: bool,
    exclusive: bool,
    /// Rarity, after every discount.
    weight: f64,
    /// Discounts alone: grade, part of a name that several records bear, what other facts explain.
    share: f64,
    /// How often anybody in the columns is told to have used it, with what nobody has told yet.
    mentions: f64,
    /// For malware of one actor: how much more of what it does was seen than by chance, in nats.
    borne_out: f64,
}

impl Likeness {
    /// Compares the facts of a case with the records in `columns`.
    #[allow(clippy::cast_precision_loss, reason = "counts of facts and actors")]
    pub(crate) fn of(items: &[Item], columns: &[usize], profiles: &Profiles) -> Self {
        let actors = profiles.actors();
        let columns = Columns::new(columns, profiles);
        let tracked: Vec<usize> = columns
            .columns
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

        let facts = facts(items, &columns, profiles, tracked.len());
        let many = |family| -> f64 {
            let of_it = items.iter().filter(|item| item.family == family);
            of_it.map(|item| item.share).sum()
        };
        let technique_scale = (many(Family::Techniques) + SPARSE).powf(-TECHNIQUES_SHARE);
        let software_scale = many(Family::Software).max(1.0).powf(-SOFTWARE_SHARE);
        let nearest = nearest(&facts, &columns, profiles);
        let told = told(
            &facts,
            &columns,
            profiles,
            [technique_scale, software_scale],
        );

        let standing = standing(&facts, &told, &columns);
        let mut exclusive_of = vec![0.0_f64; columns.columns.len()];
        for fact in facts.iter().flatten().filter(|fact| fact.exclusive) {
            for column in columns.of(fact.users) {
                exclusive_of[column] += 1.0;
            }
        }
        let rows = facts
            .iter()
            .zip(told)
            .map(|(fact, told)| {
                let Some(fact) = fact else {
                    return Vec::new();
                };
                let mut row = Vec::new();
                for (one, told) in fact.users.iter().zip(told) {
                    let Some(column) = columns.get(one) else {
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
                    let near = match nearest[column] {
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
                    let borne_out = exclusive * fact.borne_out;
                    let corroborated = exclusive * standing[column];
                    row.push((
                        column,
                        if fact.tool {
                            [0.0, 0.0, recorded, 0.0, near, 0.0, told, 0.0, 0.0, 0.0]
                        } else if fact.software {
                            [
                                0.0,
                                recorded,
                                0.0,
                                0.0,
                                near,
                                0.0,
                                told,
                                exclusive,
                                borne_out,
                                corroborated,
                            ]
                        } else {
                            [recorded, 0.0, 0.0, near, 0.0, told, 0.0, 0.0, 0.0, 0.0]
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
            .columns
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
            years: years(items, &columns, profiles),
            marks: items
                .iter()
                .map(|item| Mark::of(item, &columns, profiles))
                .collect(),
        }
    }

    /// The ten sums, the two logarithms and the years of every column.
    pub(crate) fn features(&self) -> Vec<[f64; 13]> {
        let mut all: Vec<[f64; 13]> = self
            .records
            .iter()
            .map(|record| {
                let mut row = [0.0; 13];
                row[10..12].copy_from_slice(record);
                row
            })
            .collect();
        for (row, years) in all.iter_mut().zip(self.years.iter().flatten()) {
            row[12] = *years;
        }
        for (column, part) in self.facts.iter().flatten() {
            for (sum, value) in all[*column].iter_mut().zip(part) {
                *sum += value;
            }
        }
        all
    }
}

/// What is held against every column when it is asked whether it is any of them.
pub(crate) struct Held<'a> {
    /// What the facts add to each column.
    pub(crate) evidence: &'a [f64],
    /// The same with what its record adds.
    pub(crate) scores: &'a [f64],
    /// The same with what its years add.
    pub(crate) dated: &'a [f64],
    pub(crate) records: &'a [[f64; 2]],
    /// Years of each column; empty without a date.
    pub(crate) years: &'a [f64],
}

/// What tells "none of the known" from the known, in the order of [`Fitted::none`]. Few facts tell little of that either:
/// everything counts by how many there are, so that without any only the prior is left.
pub(crate) fn none_features<'a>(
    held: &Held<'_>,
    marks: impl Iterator<Item = &'a Mark>,
) -> [f64; 10] {
    let best = held.evidence.iter().copied().fold(0.0, f64::max);
    let (leader, gap) = first(held.scores);
    let (leader_then, gap_then) = first(held.dated);
    let length = leader
        .and_then(|column| held.records.get(column))
        .map_or(0.0, |record| record[0]);
    let years = leader_then.and_then(|column| held.years.get(column));
    let holds = |columns: &[usize]| leader.is_some_and(|one| columns.binary_search(&one).is_ok());
    let (mut techniques, mut implied, mut foreign, mut lone_tools) = (0.0, 0.0, 0.0, 0.0);
    let mut software = 0.0;
    for mark in marks {
        techniques += mark.technique;
        software += mark.software;
        if holds(&mark.implied) {
            implied += mark.technique;
        }
        lone_tools += mark.lone_tool;
        if !holds(&mark.users) {
            foreign += mark.software;
        }
    }
    let facts = techniques + software;
    let features = [
        1.0,
        gap,
        best,
        f64::ln_1p(techniques),
        length,
        f64::ln_1p(foreign),
        f64::ln_1p(lone_tools),
        implied / f64::max(techniques, 1.0),
        gap_then,
        years.copied().unwrap_or(0.0),
    ];
    features.map(|one: f64| one * facts / (facts + UNTOLD))
}

/// The column with the highest score, and how far the second is behind.
fn first(scores: &[f64]) -> (Option<usize>, f64) {
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
    (leader, gap)
}

/// Log-odds of "none of the known".
pub(crate) fn none_odds(features: &[f64; 10], fitted: &Fitted) -> f64 {
    fitted.none.iter().zip(features).map(|(w, f)| w * f).sum()
}

/// Years beyond the first between the case and the nearest publication about each column; `None` when the case has no
/// date or no column has. A column without a dated publication counts as the mean of the others.
fn years(items: &[Item], columns: &Columns<'_>, profiles: &Profiles) -> Option<Vec<f64>> {
    let year = items.iter().find_map(|item| match item.subject {
        Subject::Published(year) => Some(year),
        _ => None,
    })?;
    let accounts = |index: &usize| profiles.actors()[*index].accounts.iter();
    let dated = |index: &usize| accounts(index).filter_map(|account| account.year);
    // A report newer than all of the knowledge is no further from anybody than the newest publication is.
    let newest = columns.columns.iter().flat_map(&dated).max()?;
    if year > newest + AHEAD {
        return None;
    }
    let year = year.min(newest);
    let apart = |index: &usize| -> Option<f64> {
        let years = dated(index).map(|other| other.abs_diff(year)).min()?;
        Some(f64::from(years.saturating_sub(1)).min(MOST_YEARS))
    };
    let all: Vec<Option<f64>> = columns.columns.iter().map(apart).collect();
    let (sum, count) = all
        .iter()
        .flatten()
        .fold((0.0, 0.0), |(sum, count), one| (sum + one, count + 1.0));
    let mean = sum / f64::max(count, 1.0);
    Some(all.into_iter().map(|one| one.unwrap_or(mean)).collect())
}

/// The facts that can be held against records; `None` for others.
#[allow(clippy::cast_precision_loss, reason = "counts of actors")]
fn facts<'a>(
    items: &[Item],
    columns: &Columns<'_>,
    profiles: &'a Profiles,
    actors: usize,
) -> Vec<Option<Fact<'a>>> {
    let mentions = |users: &[Use]| -> f64 {
        let known = users.iter().filter(|one| columns.get(one).is_some());
        known.map(times_told).sum::<f64>() + MENTIONS
    };
    let seen: BTreeSet<&TechniqueId> = items
        .iter()
        .filter_map(|item| match &item.subject {
            Subject::Technique(id) => Some(id),
            _ => None,
        })
        .collect();
    let explained: BTreeSet<&TechniqueId> = items
        .iter()
        .filter_map(|item| match &item.subject {
            Subject::Software(id) => profiles.software(id),
            _ => None,
        })
        .flat_map(|software| &software.techniques)
        .filter(|id| seen.contains(id))
        .collect();
    let worth = (explained.len().max(1) as f64).powf(-EXPLAINED);
    // Part of what all software does that is among what was seen.
    let common = seen
        .iter()
        .map(|id| profiles.software_doing(id).len())
        .sum::<usize>() as f64
        / profiles.carried_out().max(1) as f64;
    items
        .iter()
        .map(|item| match &item.subject {
            Subject::Technique(id) => {
                let worth = if explained.contains(id) { worth } else { 1.0 };
                let share = worth * item.grade * item.share;
                Some(Fact {
                    users: profiles.technique_users(id),
                    software: false,
                    tool: false,
                    exclusive: false,
                    weight: rarity(profiles.technique_used_by(id), actors) * share,
                    share,
                    mentions: mentions(profiles.technique_users(id)),
                    borne_out: 0.0,
                })
            }
            Subject::Software(id) => {
                let used_by = profiles.software_used_by(id);
                let share = item.grade * item.share;
                let profile = profiles.software(id);
                let tool = profile.is_some_and(|one| one.dual_use);
                let does = profile.map_or(0, |one| one.techniques.len()) as f64;
                let shown = profile.map_or(0, |one| {
                    seen.iter()
                        .filter(|id| one.techniques.contains(*id))
                        .count()
                }) as f64;
                Some(Fact {
                    users: profiles.software_users(id),
                    software: true,
                    tool,
                    exclusive: used_by == 1 && !tool,
                    weight: rarity(used_by, actors) * share,
                    share,
                    mentions: mentions(profiles.software_users(id)),
                    borne_out: ((shown + BORNE_OUT_BASE) / (does * common + BORNE_OUT_BASE)).ln(),
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
    columns: &Columns<'_>,
    profiles: &Profiles,
) -> Vec<Option<(usize, f64)>> {
    let mut sums = AccountSums::new(columns, profiles);
    for fact in facts.iter().flatten() {
        for one in fact.users {
            if let Some(column) = columns.get(one) {
                for account in &one.accounts {
                    sums.add(column, *account, fact.weight);
                }
            }
        }
    }
    columns
        .columns
        .iter()
        .enumerate()
        .map(|(column, index)| {
            let sums = sums.of(column);
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

/// A sum for every account of every column, in one piece: thousands of these are made for one case.
struct AccountSums {
    /// Where the accounts of each column begin, and where the last ends.
    starts: Vec<usize>,
    sums: Vec<f64>,
}

impl AccountSums {
    fn new(columns: &Columns<'_>, profiles: &Profiles) -> Self {
        let mut starts = Vec::with_capacity(columns.columns.len() + 1);
        let mut end = 0;
        starts.push(end);
        for index in columns.columns {
            end += profiles.actors()[*index].accounts.len();
            starts.push(end);
        }
        let sums = vec![0.0; end];
        Self { starts, sums }
    }

    fn range(&self, column: usize) -> std::ops::Range<usize> {
        let at = |column: usize| self.starts.get(column).copied().unwrap_or(0);
        at(column)..at(column + 1)
    }

    fn add(&mut self, column: usize, account: usize, value: f64) {
        let range = self.range(column);
        let sums = self.sums.get_mut(range);
        if let Some(sum) = sums.and_then(|sums| sums.get_mut(account)) {
            *sum += value;
        }
    }

    fn of(&self, column: usize) -> &[f64] {
        self.sums.get(self.range(column)).unwrap_or_default()
    }
}

/// For each fact and each of its users, how much more probable the fact is in a report about that actor than in one
/// about anybody, in nats after every discount: supposing the one publication that makes the case most probable.
#[allow(clippy::cast_precision_loss, reason = "counts of facts")]
fn told(
    facts: &[Option<Fact<'_>>],
    columns: &Columns<'_>,
    profiles: &Profiles,
    scales: [f64; 2],
) -> Vec<Vec<f64>> {
    let actors = profiles.actors();
    // How often each actor is told to have used anything, techniques and software apart.
    let mentions: Vec<[f64; 2]> = columns
        .columns
        .iter()
        .map(|index| {
            let actor = &actors[*index];
            if actor.accounts.is_empty() {
                return [actor.techniques.len() as f64, actor.software.len() as f64];
            }
            let mut sum = [0_usize; 2];
            for account in &actor.accounts {
                sum[0] += account.techniques.len();
                sum[1] += account.software.len();
            }
            sum.map(|n| n as f64)
        })
        .collect();
    let kinds = [
        profiles.used_techniques().count() as f64,
        profiles.used_software().count() as f64,
    ];
    let all: [f64; 2] = std::array::from_fn(|k| {
        mentions.iter().map(|one| one[k]).sum::<f64>() + MENTIONS * kinds[k]
    });
    // A fact against one user: with a publication supposed, or by the record alone.
    let nats = |fact: &Fact<'_>, one: &Use, column: usize, account: Option<usize>| -> f64 {
        let k = usize::from(fact.software);
        let habit = [&TOLD_TECHNIQUES, &TOLD_SOFTWARE][k];
        let record = times_told(one) / mentions[column][k].max(1.0);
        let repeated = account
            .filter(|account| one.accounts.contains(account))
            .and_then(|account| actors[one.actor].accounts.get(account))
            .map_or(0.0, |account| {
                let size = [account.techniques.len(), account.software.len()][k];
                1.0 / (size as f64 + habit.beside)
            });
        let tool = if fact.tool { TOOL } else { 1.0 };
        let anybody = fact.mentions / all[k].max(1.0);
        scales[k] * fact.share * tool * habit.odds(repeated, record, anybody).ln()
    };
    let mut sums = AccountSums::new(columns, profiles);
    for fact in facts.iter().flatten() {
        for one in fact.users {
            let Some(column) = columns.get(one) else {
                continue;
            };
            let base = nats(fact, one, column, None);
            for account in &one.accounts {
                let more = nats(fact, one, column, Some(*account)) - base;
                sums.add(column, *account, more);
            }
        }
    }
    let supposed: Vec<Option<usize>> = (0..columns.columns.len())
        .map(|column| most(sums.of(column)))
        .collect();
    facts
        .iter()
        .map(|fact| {
            let Some(fact) = fact else {
                return Vec::new();
            };
            let against = |one: &Use| {
                columns
                    .get(one)
                    .map_or(0.0, |column| nats(fact, one, column, supposed[column]))
            };
            fact.users.iter().map(against).collect()
        })
        .collect()
}

/// How far what is told of each column's techniques stands out from what is told of all, in deviations.
#[allow(clippy::cast_precision_loss, reason = "number of actors")]
fn standing(facts: &[Option<Fact<'_>>], told: &[Vec<f64>], columns: &Columns<'_>) -> Vec<f64> {
    let mut sums = vec![0.0; columns.columns.len()];
    for (fact, told) in facts.iter().zip(told) {
        let Some(fact) = fact.as_ref().filter(|fact| !fact.software) else {
            continue;
        };
        for (one, nats) in fact.users.iter().zip(told) {
            if let Some(column) = columns.get(one) {
                sums[column] += nats;
            }
        }
    }
    let count = sums.len().max(1) as f64;
    let mean = sums.iter().sum::<f64>() / count;
    let spread = sums.iter().map(|sum| (sum - mean).powi(2)).sum::<f64>() / count;
    let [low, high] = STANDS_OUT;
    let deviations = |sum: &f64| (sum - mean) / (spread.sqrt() + LEAST_DEVIATION);
    sums.iter()
        .map(|sum| deviations(sum).clamp(low, high))
        .collect()
}

/// How often an actor is told to have used something.
#[allow(clippy::cast_precision_loss, reason = "counts of accounts")]
fn times_told(one: &Use) -> f64 {
    one.accounts.len().max(1) as f64
}

/// Place of the greatest of some numbers, the first of equal ones.
fn most(sums: &[f64]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (place, sum) in sums.iter().enumerate() {
        if best.is_none_or(|(_, most)| *sum > most) {
            best = Some((place, *sum));
        }
    }
    best.map(|(place, _)| place)
}

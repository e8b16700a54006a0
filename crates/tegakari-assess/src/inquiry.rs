//! What to look for next: which question, answered from our own logs, tells the hypotheses apart best.
//!
//! Everything that somebody is on record with and the case does not have is a question. Its expected information gain
//! is the mutual information of the answer and the hypothesis under the present probabilities and what `expected`
//! says of each hypothesis. Either answer to the most telling ones is then put into the case and weighed with it, so
//! that "if yes" and "if no" are what the program would say. A "no" counts by the probability that a "yes" would have
//! shown (`absence`).

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{
    Asked, Expected, HuntResult, Hypothesis, Likelihood, Observable, Question, Standing,
    TechniqueId, Telemetry, Turn,
};

use crate::absence::{self, family};
use crate::evidence::{Family, Item, Subject};
use crate::expected::{Expectation, Yes};
use crate::likelihood::{self, Ledger};
use crate::posterior::{self, Posterior, Variation};
use crate::related::Related;
use crate::things::{Thing, entropy};
use crate::{Parameters, Profiles, from_knowledge, leads};

/// Questions that are shown.
const SHOWN: usize = 10;
/// Of one kind at most this many are shown: ten pieces of malware of one actor are one question.
const OF_A_KIND: usize = 4;
/// Of each kind this many are weighed with the case, which bounds the work.
const TRIED: usize = 10;
/// A question that tells less than this many bits is none.
const TELLS: f64 = 0.005;
/// A question neither answer to which moves any hypothesis by so much is none: the gain is an estimate by what is expected
/// of each hypothesis, and the model may make less of the answer.
const MOVES: f64 = 0.005;
/// Actors whose known infrastructure is asked after.
const LEADING: usize = 3;
/// Turns that are shown, and the least chance of an answer worth preparing for.
const TURNS: usize = 5;
const WORTH_PREPARING: f64 = 0.01;

/// What the questions are asked about.
pub(crate) struct Inquiry<'a> {
    pub(crate) items: &'a [Item],
    pub(crate) origins: usize,
    pub(crate) ledger: &'a Ledger,
    pub(crate) posterior: &'a Posterior,
    pub(crate) hypotheses: &'a [Hypothesis],
    pub(crate) hunt: Option<&'a HuntResult>,
    pub(crate) profiles: &'a Profiles,
    pub(crate) parameters: &'a Parameters,
    pub(crate) related: Option<&'a Related<'a>>,
}

/// A question before it is weighed.
struct Candidate {
    asked: Asked,
    subject: Subject,
    yes: Yes,
    chance: f64,
    gain: f64,
}

impl Inquiry<'_> {
    /// The questions, most telling first, and the answers that would change the judgement.
    pub(crate) fn ask(&self) -> (Vec<Question>, Vec<Turn>) {
        let mut of_kind: BTreeMap<Family, usize> = BTreeMap::new();
        let mut tried = self.candidates();
        tried.retain(|one| {
            let many = of_kind.entry(family(&one.subject)).or_default();
            *many += 1;
            *many <= TRIED
        });
        let base = standing(self.posterior, self.ledger, self.profiles);
        let mut telemetry = Sight::new(self.hunt);
        let mut questions = Vec::new();
        let mut turns = Vec::new();
        of_kind.clear();
        for one in tried {
            let sight = self.sight(&one.asked, &mut telemetry);
            let (yes, no) = (self.with(&one), self.without(&one, sight.no_counts));
            if self.moved(&yes.0) < MOVES && self.moved(&no.0) < MOVES {
                continue;
            }
            let (if_yes, if_no) = (yes.1, no.1);
            for (answer, chance, then) in [
                (true, one.chance, &if_yes),
                (false, 1.0 - one.chance, &if_no),
            ] {
                let turns_it = then.first != base.first || then.likelihood != base.likelihood;
                if turns_it && chance >= WORTH_PREPARING {
                    turns.push(Turn {
                        asked: one.asked.clone(),
                        answer,
                        chance,
                        then: then.clone(),
                    });
                }
            }
            let many = of_kind.entry(family(&one.subject)).or_default();
            *many += 1;
            if *many <= OF_A_KIND && questions.len() < SHOWN {
                questions.push(self.question(one, if_yes, if_no, sight));
            }
        }
        turns.sort_by(|a, b| b.chance.total_cmp(&a.chance));
        turns.truncate(TURNS);
        (questions, turns)
    }

    /// Everything that can be asked, most telling first.
    fn candidates(&self) -> Vec<Candidate> {
        let recurrence = self.parameters.target.recurrence;
        let things = self.profiles.things(&self.ledger.columns, recurrence);
        let known = Known::of(self.items, self.profiles);
        let mut all = Vec::new();
        // Most of what could be asked tells too little: only what tells enough is put into words.
        let mut add = |thing: &Thing, words: &dyn Fn() -> (Asked, Subject)| {
            let (chance, gain) = self.gain(thing);
            if gain < TELLS {
                return;
            }
            let (asked, subject) = words();
            if !known.absent.contains(&&subject) {
                all.push(Candidate {
                    asked,
                    subject,
                    yes: thing.yes.clone(),
                    chance,
                    gain,
                });
            }
        };
        for ((id, _), thing) in self.profiles.used_software().zip(&things.software) {
            let Some(software) = self.profiles.software(id) else {
                continue;
            };
            if !known.software.contains(id) {
                add(thing, &|| {
                    let asked = Asked::Software {
                        id: id.clone(),
                        name: software.name.clone(),
                        used_by: self.profiles.software_used_by(id),
                    };
                    (asked, Subject::Software(id.clone()))
                });
            }
        }
        for ((id, _), thing) in self.profiles.used_techniques().zip(&things.techniques) {
            let Some(name) = self.profiles.technique_name(id) else {
                continue;
            };
            let out_of_sight = self.profiles.signs(id).is_some_and(|s| s.before_contact);
            if !out_of_sight && !id.is_tactic() && !known.techniques.contains(id) {
                add(thing, &|| {
                    let asked = Asked::Technique {
                        id: id.clone(),
                        name: name.to_owned(),
                        used_by: self.profiles.technique_used_by(id),
                    };
                    (asked, Subject::Technique(id.clone()))
                });
            }
        }
        // Where the victim is and what it does, when nothing is said of it.
        for (country, thing) in things.countries.iter().filter(|_| !known.country) {
            add(thing, &|| {
                let asked = Asked::Country {
                    country: country.clone(),
                };
                (asked, Subject::Country(country.clone()))
            });
        }
        for (sector, thing) in things.sectors.iter().filter(|_| !known.sector) {
            add(thing, &|| {
                let asked = Asked::Sector {
                    sector: sector.clone(),
                };
                (asked, Subject::Sector(sector.clone()))
            });
        }
        self.infrastructure(&known, &mut add);
        all.sort_by(|a, b| {
            b.gain
                .total_cmp(&a.gain)
                .then_with(|| name(&a.asked).cmp(name(&b.asked)))
        });
        all
    }

    /// Contact with what lists tie to the leading actors.
    fn infrastructure(
        &self,
        known: &Known<'_>,
        add: &mut impl FnMut(&Thing, &dyn Fn() -> (Asked, Subject)),
    ) {
        let leading = self.hypotheses.iter().filter_map(|h| h.actor.as_ref());
        for actor in leading.take(LEADING) {
            let Some(index) = self.profiles.index_of(&actor.id) else {
                continue;
            };
            let column = self.ledger.columns.iter().position(|i| *i == index);
            let listed = self.profiles.is_listed(&actor.id)
                || self
                    .related
                    .is_some_and(|related| from_knowledge::is_listed(related, &actor.id));
            if column.is_none() || !listed || known.infrastructure.contains(&index) {
                continue;
            }
            let subject = Subject::Infrastructure(vec![index]);
            let columns = &self.ledger.columns;
            let (profiles, parameters) = (self.profiles, self.parameters);
            let expectation = Expectation::new(columns, profiles);
            let yes = absence::expected(&subject, &expectation, columns, profiles, parameters);
            if let Some(yes) = yes {
                add(&Thing::new(yes), &|| {
                    let asked = Asked::Infrastructure {
                        actor: actor.clone(),
                    };
                    (asked, Subject::Infrastructure(vec![index]))
                });
            }
        }
    }

    /// Probability of "yes", and the expected gain in bits.
    fn gain(&self, thing: &Thing) -> (f64, f64) {
        let yes = &thing.yes;
        let pairs = || {
            let known = self.posterior.actors.iter().zip(&yes.columns);
            known.chain(std::iter::once((&self.posterior.none, &yes.none)))
        };
        let chance: f64 = pairs().map(|(p, y)| p * y).sum();
        // Never less than the gain (χ² bounds the divergence of each answer from the mean), and without a logarithm:
        // most of what could be asked tells next to nothing.
        let spread: f64 = pairs().map(|(p, y)| p * (y - chance).powi(2)).sum();
        if spread < TELLS * std::f64::consts::LN_2 * chance * (1.0 - chance) {
            return (chance.clamp(0.0, 1.0), 0.0);
        }
        let known = self.posterior.actors.iter();
        let known = known.chain(std::iter::once(&self.posterior.none));
        let left: f64 = known.zip(thing.entropies()).map(|(p, h)| p * h).sum();
        (chance.clamp(0.0, 1.0), (entropy(chance) - left).max(0.0))
    }

    /// The judgement with a "yes" weighed like everything else.
    fn with(&self, one: &Candidate) -> (Posterior, Standing) {
        let mut items = self.items.to_vec();
        items.extend(absence::yes_item(
            &one.asked,
            &one.subject,
            self.items,
            self.parameters,
            None,
        ));
        let ledger = likelihood::weigh(&items, self.origins.max(1), self.profiles, self.parameters);
        let posterior = posterior::posterior(&ledger, self.parameters, &Variation::NONE);
        let then = standing(&posterior, &ledger, self.profiles);
        (posterior, then)
    }

    /// The judgement with a "no" weighed like everything else.
    fn without(&self, one: &Candidate, no_counts: f64) -> (Posterior, Standing) {
        let mut ledger = self.ledger.clone();
        ledger.rows.push(absence::row(&one.yes, no_counts));
        let posterior = posterior::posterior(&ledger, self.parameters, &Variation::NONE);
        let then = standing(&posterior, &ledger, self.profiles);
        (posterior, then)
    }

    /// How far an answer moves the hypothesis that it moves most. An answer adds no hypothesis, so that the columns are the
    /// same.
    fn moved(&self, then: &Posterior) -> f64 {
        let now = self.posterior.actors.iter().zip(&then.actors);
        now.map(|(now, then)| (now - then).abs())
            .fold((self.posterior.none - then.none).abs(), f64::max)
    }

    /// Where an answer could come from.
    fn sight(&self, asked: &Asked, telemetry: &mut Sight<'_>) -> InSight {
        let shown_by = absence::shown_by(asked, self.profiles);
        let leads = match asked {
            Asked::Software { id, name, .. }
                if self.profiles.software(id).is_some_and(|s| s.dual_use) =>
            {
                leads::of_tool(name)
            }
            Asked::Technique { id, .. } => leads::of_technique(id),
            _ => Vec::new(),
        };
        let in_logs = !matches!(asked, Asked::Country { .. } | Asked::Sector { .. });
        let visible = if in_logs {
            telemetry.share(&shown_by)
        } else {
            None
        };
        InSight {
            no_counts: absence::no_counts(asked, &shown_by, visible),
            visible,
            shown_by,
            leads,
        }
    }

    fn question(
        &self,
        one: Candidate,
        if_yes: Standing,
        if_no: Standing,
        sight: InSight,
    ) -> Question {
        let under = self
            .hypotheses
            .iter()
            .enumerate()
            .filter_map(|(hypothesis, h)| {
                let yes = match &h.actor {
                    None => one.yes.none,
                    Some(actor) => {
                        let index = self.profiles.index_of(&actor.id)?;
                        let column = self.ledger.columns.iter().position(|i| *i == index)?;
                        one.yes.columns.get(column).copied()?
                    }
                };
                Some(Expected { hypothesis, yes })
            })
            .collect();
        Question {
            visible: sight.visible,
            no_counts: sight.no_counts,
            asked: one.asked,
            gain: one.gain,
            yes: one.chance,
            under,
            if_yes,
            if_no,
            shown_by: sight.shown_by,
            leads: sight.leads,
            commands: Vec::new(),
            tell: None,
            tell_no: None,
        }
    }
}

/// Where an answer could come from, and how much a "no" would count.
struct InSight {
    shown_by: Vec<Telemetry>,
    visible: Option<f64>,
    no_counts: f64,
    leads: Vec<Observable>,
}

/// What the case has already.
#[derive(Default)]
struct Known<'a> {
    software: BTreeSet<&'a tegakari_model::SoftwareId>,
    /// Techniques of the case and those that its software carries out anyway.
    techniques: BTreeSet<&'a TechniqueId>,
    infrastructure: BTreeSet<usize>,
    country: bool,
    sector: bool,
    /// What was looked for and not found.
    absent: Vec<&'a Subject>,
}

impl<'a> Known<'a> {
    fn of(items: &'a [Item], profiles: &'a Profiles) -> Self {
        let mut known = Self::default();
        for item in items {
            match &item.subject {
                Subject::Software(id) => {
                    known.software.insert(id);
                    let carries_out = profiles.software(id).into_iter();
                    known
                        .techniques
                        .extend(carries_out.flat_map(|s| &s.techniques));
                }
                Subject::Technique(id) => {
                    known.techniques.insert(id);
                }
                Subject::Infrastructure(actors) => known.infrastructure.extend(actors),
                Subject::Country(_) => known.country = true,
                Subject::Sector(_) => known.sector = true,
                Subject::Absent(what, _) => known.absent.push(what),
                Subject::Claim(_)
                | Subject::NewSoftware
                | Subject::Vulnerability(_)
                | Subject::Nexus(_)
                | Subject::Published(_)
                | Subject::Stated => {}
            }
        }
        known
    }
}

/// How much of what was asked about each kind of telemetry covered.
struct Sight<'a> {
    hunt: Option<&'a HuntResult>,
    seen: BTreeMap<Vec<Telemetry>, f64>,
}

impl<'a> Sight<'a> {
    fn new(hunt: Option<&'a HuntResult>) -> Self {
        Self {
            hunt,
            seen: BTreeMap::new(),
        }
    }

    fn share(&mut self, needs: &[Telemetry]) -> Option<f64> {
        let hunt = self.hunt?;
        if let Some(known) = self.seen.get(needs) {
            return Some(*known);
        }
        let share = hunt.coverage.share_with(needs);
        self.seen.insert(needs.to_vec(), share);
        Some(share)
    }
}

/// What tells two questions apart, for a fixed order.
fn name(asked: &Asked) -> &str {
    match asked {
        Asked::Software { id, .. } => &id.0,
        Asked::Technique { id, .. } => id.as_str(),
        Asked::Infrastructure { actor } => &actor.id.0,
        Asked::Country { country } => country.code(),
        Asked::Sector { sector } => sector.name(),
    }
}

/// The most probable of all hypotheses; equal ones in order of id, "none of the known" before them.
fn standing(posterior: &Posterior, ledger: &Ledger, profiles: &Profiles) -> Standing {
    let mut best = (posterior.none, None);
    for (column, probability) in posterior.actors.iter().enumerate() {
        if *probability > best.0 {
            best = (*probability, Some(column));
        }
    }
    let (probability, column) = best;
    let actor = column
        .and_then(|column| ledger.columns.get(column))
        .and_then(|index| profiles.actors().get(*index));
    Standing {
        first: actor.map(|profile| profile.actor.clone()),
        probability,
        likelihood: Likelihood::of(probability),
    }
}

//! The way from a case to its assessment, step by step.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use tegakari_knowledge::Knowledge;
use tegakari_model::{
    ActorRef, Alternative, Asked, Assessment, AssessmentId, ClusterId, HuntResult, Hypothesis,
    Likelihood, Observable, ReportId, Statement, Weight,
};

use crate::evidence::{Collector, Item};
use crate::inquiry::Inquiry;
use crate::likelihood::{self, Ledger};
use crate::likeness::{Held, Likeness, Mark, Part, none_features};
use crate::observed::Observed;
use crate::origin::Origins;
use crate::own::{self, OwnCluster};
use crate::posterior::{self, Posterior, Sums, Variation};
use crate::profiles::InfrastructureClaim;
use crate::related::Related;
use crate::sensitivity::{self, Sensitivity};
use crate::{
    Case, Parameters, Profiles, absence, behind, confidence, from_knowledge, gaps, matter, phases,
    reading,
};

/// Actors less probable than this are counted in [`Assessment::rest`].
const SHOWN_FROM: f64 = 0.01;
/// At most this many actors are shown.
const SHOWN_AT_MOST: usize = 8;
/// Facts that change the odds by less than this many nats do nothing worth showing.
const DOES_NOTHING: f64 = 0.01;
/// Items from this forgeability on can be planted by anybody with some effort; so many of them are taken away together.
const EASILY_FORGED: f64 = 0.6;
const PLANTED: usize = 3;
/// A planted item must have added this many nats to be worth planting.
const DOES_SOMETHING: f64 = 0.2;

/// Knowledge made ready to assess any number of cases.
#[derive(Clone)]
pub struct Assessor<'k> {
    profiles: Profiles,
    parameters: Parameters,
    related: Option<Arc<Related<'k>>>,
    clusters: Vec<OwnCluster>,
    /// Profiles with all clusters, for cases that hold none of their reports.
    with_clusters: Option<Profiles>,
}

/// Probabilities over everybody, for measuring the model; people get an [`Assessment`].
#[derive(Debug, Clone, PartialEq)]
pub struct Probabilities {
    /// Every hypothesis about a known actor, most probable first.
    pub actors: Vec<(ActorRef, f64)>,
    /// "None of the known".
    pub none: f64,
}

/// What the model sees of a case, for fitting its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Every hypothesis about a known actor.
    pub actors: Vec<ActorRef>,
    /// Its numbers, in the order of [`crate::Fitted::actor`].
    pub numbers: Vec<[f64; 13]>,
    /// Whether it is known when the case was reported.
    pub dated: bool,
    facts: Vec<Vec<(usize, Part)>>,
    marks: Vec<Mark>,
}

impl Seen {
    /// Scores under given weights: their softmax ranks the known actors.
    pub fn scores(&self, weights: &[f64; 13]) -> Vec<f64> {
        let dot = |x: &[f64; 13]| x.iter().zip(weights).map(|(x, w)| x * w).sum();
        self.numbers.iter().map(dot).collect()
    }

    /// The numbers that tell "none of the known" from the known, in the order of [`crate::Fitted::none`].
    pub fn none(&self, weights: &[f64; 13]) -> [f64; 10] {
        let up_to = |last: usize| {
            let mut some = *weights;
            some[last..].fill(0.0);
            self.scores(&some)
        };
        let records: Vec<[f64; 2]> = self.numbers.iter().map(|x| [x[10], x[11]]).collect();
        let years: Vec<f64> = self.numbers.iter().map(|x| x[12]).collect();
        let held = Held {
            evidence: &up_to(10),
            scores: &up_to(12),
            dated: &self.scores(weights),
            records: &records,
            years: &years,
        };
        none_features(&held, self.marks.iter())
    }

    /// The same as if nobody knew when it was reported.
    pub fn undated(&self) -> Self {
        let mut other = self.clone();
        other.dated = false;
        for row in &mut other.numbers {
            row[12] = 0.0;
        }
        other
    }

    /// The same without the fact that speaks most for one actor.
    pub fn without_strongest(&self, weights: &[f64; 13], actor: usize) -> Option<Self> {
        let gain = |parts: &Vec<(usize, Part)>| -> f64 {
            let own = parts.iter().filter(|(column, _)| *column == actor);
            own.flat_map(|(_, part)| part.iter().zip(weights))
                .map(|(x, w)| x * w)
                .sum()
        };
        let gains = self.facts.iter().map(gain).enumerate();
        let (strongest, _) = gains.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
        let mut left = self.clone();
        for (column, part) in left.facts.remove(strongest) {
            for (number, x) in left.numbers[column].iter_mut().zip(part) {
                *number -= x;
            }
        }
        left.marks.remove(strongest);
        Some(left)
    }
}

/// How much of what is stated of the leading actor is left where the answer rests on one fact: see `posterior`. `actors` and
/// `none` are what is stated, and the same without the strongest fact for the actor at `leader`.
pub fn on_one_fact(
    stated: (Vec<f64>, f64),
    without: (Vec<f64>, f64),
    leader: usize,
) -> (Vec<f64>, f64) {
    let of = |(actors, none): (Vec<f64>, f64)| Posterior { actors, none };
    let answer = of(stated).on_one_fact(leader, &of(without));
    (answer.actors, answer.none)
}

/// Everything worked out before words are chosen.
struct Weighed {
    items: Vec<Item>,
    origins: Origins,
    observed: Observed,
    ledger: Ledger,
    sums: Sums,
    posterior: Posterior,
}

impl Weighed {
    /// Whether any fact tells of what the attacker did.
    fn tells(&self) -> bool {
        self.items.iter().any(Item::tells)
    }
}

impl<'k> Assessor<'k> {
    /// Prepares the profiles of all actors in the knowledge.
    pub fn new(knowledge: &'k Knowledge) -> Self {
        Self {
            profiles: from_knowledge::profiles(knowledge),
            parameters: Parameters::default(),
            related: Some(Arc::new(Related::new(knowledge))),
            clusters: Vec::new(),
            with_clusters: None,
        }
    }
}

impl Assessor<'static> {
    /// Works on profiles made by hand, without the embedded knowledge.
    pub fn with_profiles(profiles: Profiles) -> Self {
        Self {
            profiles,
            parameters: Parameters::default(),
            related: None,
            clusters: Vec::new(),
            with_clusters: None,
        }
    }
}

impl Assessor<'_> {
    /// The same with other parameters.
    pub fn with_parameters(mut self, parameters: Parameters) -> Self {
        self.parameters = parameters;
        self
    }

    /// The same with the user's own clusters among the hypotheses.
    pub fn with_clusters(mut self, clusters: Vec<OwnCluster>) -> Self {
        self.with_clusters = (!clusters.is_empty())
            .then(|| own::with_clusters(&self.profiles, &clusters, &BTreeSet::new()));
        self.clusters = clusters;
        self
    }

    /// What a case is weighed against: no cluster may hold what the case's own reports say.
    fn profiles_for(&self, case: &Case<'_>) -> Cow<'_, Profiles> {
        let Some(whole) = &self.with_clusters else {
            return Cow::Borrowed(&self.profiles);
        };
        let given: BTreeSet<&ReportId> = case.reports.iter().map(|report| &report.id).collect();
        let mut reports = self.clusters.iter().flat_map(|own| &own.reports);
        if reports.any(|report| given.contains(&report.id)) {
            return Cow::Owned(own::with_clusters(&self.profiles, &self.clusters, &given));
        }
        Cow::Borrowed(whole)
    }

    /// The profiles it weighs against.
    pub fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    /// Weighs a case.
    pub fn assess(&self, case: &Case<'_>) -> Assessment {
        self.assess_with(case, &[])
    }

    /// The id that [`Assessor::assess_with`] would give, worked out from the facts alone: a case whose id is the same
    /// need not be weighed again.
    pub fn id_with(&self, case: &Case<'_>, said: &[Statement]) -> AssessmentId {
        let profiles = self.profiles_for(case);
        let origins = Origins::of(case.reports);
        let observed = Observed::of(case.hunt);
        let items = self.collect(case, said, profiles.as_ref(), &origins, &observed);
        self.id(case, &reports_of(case), &items, profiles.as_ref())
    }

    /// With which probability, 0 to 1, a "yes" would have shown to a person who looked for it: how much a "no" counts.
    pub fn no_counts(&self, asked: &Asked, hunt: Option<&HuntResult>) -> f64 {
        let shown_by = absence::shown_by(asked, &self.profiles);
        let visible = hunt.map(|hunt| hunt.coverage.share_with(&shown_by));
        absence::no_counts(asked, &shown_by, visible)
    }

    /// Weighs a case with what persons state of it: statements in force, in the order in which they were made.
    pub fn assess_with(&self, case: &Case<'_>, said: &[Statement]) -> Assessment {
        let profiles = self.profiles_for(case);
        let profiles = profiles.as_ref();
        let weighed = self.weigh(case, said, profiles);
        let reports = reports_of(case);
        let id = self.id(case, &reports, &weighed.items, profiles);
        let order = order(&weighed.ledger, &weighed.posterior, profiles);
        // Without evidence nobody leads, whatever the order of ids.
        let leader = order.first().copied().filter(|_| weighed.tells());
        let range = sensitivity::sensitivity(
            &weighed.ledger,
            &self.parameters,
            &weighed.posterior,
            &weighed.sums,
            leader,
        );
        // Evidence is shown strongest for the leading hypothesis first.
        let places: Vec<usize> = match leader {
            Some(column) => sensitivity::by_strength(&weighed.ledger, &weighed.sums, column)
                .into_iter()
                .map(|(fact, _)| fact)
                .collect(),
            None => (0..weighed.items.len()).collect(),
        };
        let hypotheses = self.hypotheses(profiles, &weighed, &order, &places, &range);
        let items: Vec<Item> = places
            .iter()
            .filter_map(|fact| weighed.items.get(*fact).cloned())
            .collect();
        let shown = hypotheses.iter().filter(|one| one.actor.is_some()).count();
        let leading = hypotheses.iter().find(|one| one.actor.is_some());
        let (confidence, confidence_reasons) = confidence::judge(&confidence::Basis {
            items: &items,
            independent_reports: weighed.origins.count(),
            hunt: case.hunt,
            sighted: weighed.observed.indicators,
            leading,
            leading_features: leading
                .and_then(|one| profiles.actor(&one.actor.as_ref()?.id))
                .map(crate::ActorProfile::features),
        });
        let mut alternatives =
            reading::alternatives(&hypotheses, leading, range.strongest.is_some());
        if let Some(leader) = leader {
            alternatives.extend(self.planted(&weighed, profiles, leader, &places));
        }
        let gaps = gaps::open(case.hunt);
        let (questions, turns) = Inquiry {
            items: &weighed.items,
            origins: weighed.origins.count(),
            ledger: &weighed.ledger,
            posterior: &weighed.posterior,
            hypotheses: &hypotheses,
            hunt: case.hunt,
            profiles,
            parameters: &self.parameters,
            related: self.related.as_deref(),
        }
        .ask();
        let told: f64 = hypotheses.iter().map(|one| one.probability).sum();
        Assessment {
            id,
            phases: phases::phases(
                &items,
                case.reports,
                weighed.origins.count(),
                profiles,
                &self.parameters,
            ),
            reports,
            hunt: case.hunt.map(|hunt| hunt.id.clone()),
            knowledge: profiles.version().to_owned(),
            model: Parameters::VERSION.to_owned(),
            rest: (1.0 - told).max(0.0),
            rest_count: weighed.ledger.columns.len() - shown,
            confidence,
            confidence_reasons,
            assumptions: reading::assumptions(&items, &weighed.origins, leading),
            alternatives,
            triggers: reading::triggers(&items, &weighed.origins, leading, &gaps),
            matter: matter::matter(
                case,
                &items,
                &hypotheses,
                profiles,
                &weighed.observed,
                &gaps,
            ),
            behind: self
                .related
                .as_deref()
                .map_or_else(Vec::new, |related| behind::claims(related, &hypotheses)),
            clusters: clusters_in(profiles),
            questions,
            turns,
            evidence: items.into_iter().map(|item| item.evidence).collect(),
            hypotheses,
        }
    }

    /// The probabilities of every hypothesis, shown or not.
    pub fn probabilities(&self, case: &Case<'_>) -> Probabilities {
        let profiles = self.profiles_for(case);
        let profiles = profiles.as_ref();
        let weighed = self.weigh(case, &[], profiles);
        let actors = order(&weighed.ledger, &weighed.posterior, profiles)
            .into_iter()
            .filter_map(|column| {
                let profile = profiles.actors().get(weighed.ledger.columns[column])?;
                Some((profile.actor.clone(), weighed.posterior.actors[column]))
            })
            .collect();
        Probabilities {
            actors,
            none: weighed.posterior.none,
        }
    }

    /// What the model sees of the techniques and software of a case.
    pub fn seen(&self, case: &Case<'_>) -> Seen {
        let profiles = self.profiles_for(case);
        let profiles = profiles.as_ref();
        let weighed = self.weigh(case, &[], profiles);
        let columns = &weighed.ledger.columns;
        let likeness = Likeness::of(&weighed.items, columns, profiles);
        let actors = profiles.actors();
        Seen {
            actors: columns.iter().map(|i| actors[*i].actor.clone()).collect(),
            numbers: likeness.features(),
            dated: likeness.years.is_some(),
            facts: likeness.facts,
            marks: likeness.marks,
        }
    }

    fn weigh(&self, case: &Case<'_>, said: &[Statement], profiles: &Profiles) -> Weighed {
        let origins = Origins::of(case.reports);
        let observed = Observed::of(case.hunt);
        let items = self.collect(case, said, profiles, &origins, &observed);
        let ledger = likelihood::weigh(&items, origins.count(), profiles, &self.parameters);
        let sums = posterior::sums(&ledger, &self.parameters, &Variation::NONE);
        let posterior = posterior::posterior(&ledger, &self.parameters, &Variation::NONE);
        Weighed {
            items,
            origins,
            observed,
            ledger,
            sums,
            posterior,
        }
    }

    /// Every fact of a case once.
    fn collect(
        &self,
        case: &Case<'_>,
        said: &[Statement],
        profiles: &Profiles,
        origins: &Origins,
        observed: &Observed,
    ) -> Vec<Item> {
        let trails = self.related.as_deref().map(from_knowledge::Trails::new);
        let lookup = |observable: &Observable| -> Vec<InfrastructureClaim> {
            let mut claims = profiles.infrastructure(observable.value()).to_vec();
            if let Some(trails) = &trails {
                claims.extend(trails.claims(observable));
            }
            claims
        };
        Collector {
            case,
            said,
            profiles,
            parameters: &self.parameters,
            origins,
            observed,
            known_infrastructure: &lookup,
            leads: &|id| {
                trails
                    .as_ref()
                    .map_or_else(Vec::new, |trails| trails.leads(id))
            },
        }
        .collect()
    }

    /// The stress of a false flag: the items that are easiest to forge, all taken away.
    fn planted(
        &self,
        weighed: &Weighed,
        profiles: &Profiles,
        leader: usize,
        places: &[usize],
    ) -> Option<Alternative> {
        let forged: Vec<usize> = places
            .iter()
            .copied()
            .filter(|fact| {
                let item = weighed.items.get(*fact);
                item.is_some_and(|item| item.evidence.forgeability >= EASILY_FORGED)
                    && weighed.sums.contribution(&weighed.ledger, *fact, leader) >= DOES_SOMETHING
            })
            .take(PLANTED)
            .collect();
        if forged.len() < 2 {
            return None;
        }
        let left: Vec<Item> = weighed
            .items
            .iter()
            .enumerate()
            .filter(|(fact, _)| !forged.contains(fact))
            .map(|(_, item)| item.clone())
            .collect();
        let actor = *weighed.ledger.columns.get(leader)?;
        let origins = weighed.origins.count();
        let ledger = likelihood::weigh(&left, origins, profiles, &self.parameters);
        let posterior = posterior::posterior(&ledger, &self.parameters, &Variation::NONE);
        let column = ledger.columns.iter().position(|index| *index == actor);
        let without = match column {
            Some(column) => posterior.actors[column],
            // Named by nobody any more, it is one of many that nothing is known of.
            None => posterior::prior(ledger.columns.len(), &self.parameters),
        };
        let items = forged
            .iter()
            .filter_map(|fact| places.iter().position(|place| place == fact))
            .collect();
        Some(Alternative::Planted {
            items,
            with: weighed.posterior.actors[leader],
            without,
        })
    }

    fn id(
        &self,
        case: &Case<'_>,
        reports: &[ReportId],
        items: &[Item],
        profiles: &Profiles,
    ) -> AssessmentId {
        // The same reports may say something else after a correction, and clusters grow.
        let evidence: Vec<String> = items
            .iter()
            .map(|item| format!("{:?} {}", item.subject, item.grade * item.share))
            .collect();
        let own: Vec<String> = profiles
            .actors()
            .iter()
            .filter(|profile| profile.own)
            .map(|profile| format!("{profile:?}"))
            .collect();
        let mut parts: Vec<&[u8]> = vec![
            self.profiles.version().as_bytes(),
            Parameters::VERSION.as_bytes(),
        ];
        parts.push(case.hunt.map_or("", |hunt| hunt.id.as_str()).as_bytes());
        parts.extend(reports.iter().map(|report| report.as_str().as_bytes()));
        parts.extend(evidence.iter().chain(&own).map(String::as_bytes));
        AssessmentId::derive(&parts)
    }

    /// The hypotheses worth showing, most probable first. `places[n]` is the fact shown as number n.
    fn hypotheses(
        &self,
        profiles: &Profiles,
        weighed: &Weighed,
        order: &[usize],
        places: &[usize],
        range: &Sensitivity,
    ) -> Vec<Hypothesis> {
        let Weighed {
            ledger,
            sums,
            posterior,
            ..
        } = weighed;
        let prior = posterior::prior(ledger.columns.len(), &self.parameters);
        let mut all: Vec<Hypothesis> = order
            .iter()
            .filter(|_| weighed.tells())
            .take(SHOWN_AT_MOST)
            .filter(|column| posterior.actors[**column] >= SHOWN_FROM)
            .filter_map(|column| {
                let profile = profiles.actors().get(ledger.columns[*column])?;
                let mut weights: Vec<Weight> = places
                    .iter()
                    .enumerate()
                    .map(|(place, fact)| (place, sums.contribution(ledger, *fact, *column)))
                    .filter(|(_, nats)| nats.abs() >= DOES_NOTHING)
                    .map(|(evidence, nats)| Weight {
                        evidence,
                        factor: nats.exp(),
                    })
                    .collect();
                weights.sort_by(|a, b| {
                    b.factor
                        .total_cmp(&a.factor)
                        .then(a.evidence.cmp(&b.evidence))
                });
                let probability = posterior.actors[*column];
                let mut also_recorded = profile.also_recorded.clone();
                if let Some(related) = &self.related {
                    also_recorded.extend(from_knowledge::also_recorded(related, &profile.actor.id));
                    also_recorded.sort();
                    also_recorded.dedup();
                }
                Some(Hypothesis {
                    actor: Some(profile.actor.clone()),
                    also_recorded,
                    prior,
                    probability,
                    low: range.low.actors[*column],
                    high: range.high.actors[*column],
                    likelihood: Likelihood::of(probability),
                    without_strongest: range.without_strongest.actors[*column],
                    weights,
                })
            })
            .collect();
        all.push(Hypothesis {
            actor: None,
            also_recorded: Vec::new(),
            prior: self.parameters.unknown,
            probability: posterior.none,
            low: range.low.none,
            high: range.high.none,
            likelihood: Likelihood::of(posterior.none),
            without_strongest: range.without_strongest.none,
            // Every factor is against this hypothesis: its own are all one.
            weights: Vec::new(),
        });
        all.sort_by(|a, b| {
            b.probability
                .total_cmp(&a.probability)
                .then_with(|| a.actor.cmp(&b.actor))
        });
        all
    }
}

/// The reports of a case, each once, sorted.
fn reports_of(case: &Case<'_>) -> Vec<ReportId> {
    let mut reports: Vec<_> = case.reports.iter().map(|r| r.id.clone()).collect();
    reports.sort();
    reports.dedup();
    reports
}

/// The user's own clusters among the profiles, sorted.
fn clusters_in(profiles: &Profiles) -> Vec<ClusterId> {
    let own = profiles.actors().iter().filter(|profile| profile.own);
    let ids = own.filter_map(|profile| profile.actor.id.0.strip_prefix(own::PREFIX));
    ids.filter_map(ClusterId::parse).collect()
}

/// Columns, most probable first; equal ones in order of id.
fn order(ledger: &Ledger, posterior: &Posterior, profiles: &Profiles) -> Vec<usize> {
    let mut columns: Vec<usize> = (0..ledger.columns.len()).collect();
    let id = |column: &usize| {
        profiles
            .actors()
            .get(ledger.columns[*column])
            .map(|p| &p.actor.id)
    };
    columns.sort_by(|a, b| {
        posterior.actors[*b]
            .total_cmp(&posterior.actors[*a])
            .then_with(|| id(a).cmp(&id(b)))
    });
    columns
}

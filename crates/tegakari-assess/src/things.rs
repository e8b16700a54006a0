//! What can be asked after, and what is expected of each: it depends on the hypotheses and not on the case, and most cases
//! have the same hypotheses.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use tegakari_model::{Country, Sector};

use crate::Profiles;
use crate::expected::{Expectation, Yes};

/// Something that can be asked after.
#[derive(Debug)]
pub(crate) struct Thing {
    /// How probable a "yes" is.
    pub(crate) yes: Yes,
    /// The entropy of the answer under every column, and under "none of the known"; worked out when it is asked for.
    entropies: OnceLock<Vec<f64>>,
}

impl Thing {
    pub(crate) fn new(yes: Yes) -> Self {
        Self {
            yes,
            entropies: OnceLock::new(),
        }
    }

    pub(crate) fn entropies(&self) -> &[f64] {
        self.entropies.get_or_init(|| {
            let all = self.yes.columns.iter().chain([&self.yes.none]);
            all.map(|p| entropy(*p)).collect()
        })
    }
}

/// Everything that can be asked after, for one set of hypotheses.
#[derive(Debug)]
pub(crate) struct Things {
    /// How often a new victim is of a recorded kind, as they were worked out with.
    pub(crate) recurrence: f64,
    /// In the order of [`Profiles::used_software`].
    pub(crate) software: Vec<Thing>,
    /// In the order of [`Profiles::used_techniques`].
    pub(crate) techniques: Vec<Thing>,
    pub(crate) countries: Vec<(Country, Thing)>,
    pub(crate) sectors: Vec<(Sector, Thing)>,
}

impl Things {
    pub(crate) fn of(columns: &[usize], profiles: &Profiles, recurrence: f64) -> Self {
        let expectation = Expectation::new(columns, profiles);
        let actors = profiles.actors();
        let of_columns = || columns.iter().filter_map(|i| actors.get(*i));
        let countries: BTreeSet<&Country> = of_columns().flat_map(|p| &p.countries).collect();
        let sectors: BTreeSet<&Sector> = of_columns().flat_map(|p| &p.sectors).collect();
        let software = profiles.used_software();
        let techniques = profiles.used_techniques();
        Self {
            recurrence,
            software: software
                .map(|(_, users)| Thing::new(expectation.of(users)))
                .collect(),
            techniques: techniques
                .map(|(_, users)| Thing::new(expectation.of(users)))
                .collect(),
            countries: countries
                .into_iter()
                .map(|country| {
                    let yes = expectation.of_target(
                        recurrence,
                        &|i| actors[i].countries.contains(country),
                        &|i| actors[i].countries.len(),
                    );
                    (country.clone(), Thing::new(yes))
                })
                .collect(),
            sectors: sectors
                .into_iter()
                .map(|sector| {
                    let yes = expectation.of_target(
                        recurrence,
                        &|i| actors[i].sectors.contains(sector),
                        &|i| actors[i].sectors.len(),
                    );
                    (sector.clone(), Thing::new(yes))
                })
                .collect(),
        }
    }
}

/// Entropy of a yes or no in bits.
pub(crate) fn entropy(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return 0.0;
    }
    -(p * p.log2() + (1.0 - p) * (1.0 - p).log2())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tegakari_model::{ActorId, ActorRef, Country};

    use crate::{ActorProfile, Profiles};

    fn profiles() -> Profiles {
        let mut builder = Profiles::builder("v");
        for (id, country, tracked) in [("a", "JP", true), ("b", "VN", true), ("c", "JP", false)] {
            let mut actor = ActorProfile::named(ActorRef {
                id: ActorId(id.to_owned()),
                name: id.to_owned(),
                aliases: Vec::new(),
            });
            actor.tracked = tracked;
            actor.countries.extend(Country::new(country));
            builder = builder.actor(actor);
        }
        builder.build()
    }

    #[test]
    fn what_most_cases_ask_is_kept_and_what_others_ask_is_their_own() {
        let profiles = profiles();
        let usual = profiles.things(&[0, 1], 0.5);
        assert!(Arc::ptr_eq(&usual, &profiles.things(&[0, 1], 0.5)));
        // A claim makes another actor a hypothesis; other parameters expect something else.
        let claimed = profiles.things(&[0, 1, 2], 0.5);
        assert!(!Arc::ptr_eq(&usual, &claimed));
        assert_eq!(claimed.countries[0].1.yes.columns.len(), 3);
        let other = profiles.things(&[0, 1], 0.1);
        assert!(!Arc::ptr_eq(&usual, &other));
        assert_ne!(usual.countries[0].1.yes, other.countries[0].1.yes);
        // One entropy a column, and one of "none of the known".
        assert_eq!(usual.countries[0].1.entropies().len(), 3);
    }
}

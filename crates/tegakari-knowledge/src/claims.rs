//! What the sources claim about a name: how the records that bear it relate, and where the sources contradict
//! each other about what else the same actor is called. Nothing is resolved here: a contradiction is shown.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tegakari_model::ActorId;

use crate::fold_name;
use crate::knowledge::Knowledge;
use crate::names::{NamedRecord, RecordRef};
use crate::order::{sort, sort_by};
use crate::record::{Actor, ActorLink};
use crate::words::{NameFamily, name_family};

/// A link that a source asserts between two records.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkClaim {
    /// The record it stands in.
    pub from: ActorId,
    /// What it says: the other record, how they relate, who says so, in which words.
    pub link: ActorLink,
}

/// A name that some sources give to the same actor and others to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The other name, as its first record writes it.
    pub name: String,
    /// Sources in which one record bears both names, with that record.
    pub one: Vec<(String, ActorId)>,
    /// Sources that know both names, but in different records, with those that bear the other name.
    pub apart: Vec<(String, Vec<ActorId>)>,
}

/// All that the sources claim about a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameClaims {
    /// Every record that bears it, with who says so and who coined it.
    pub records: Vec<NamedRecord>,
    /// The vendor's naming family it belongs to. Its meaning is that vendor's claim.
    pub family: Option<&'static NameFamily>,
    /// Links that sources assert from or to one of the records, sorted.
    pub links: Vec<LinkClaim>,
    /// Where sources contradict each other, those that most sources speak about first.
    pub contradictions: Vec<Contradiction>,
}

impl Knowledge {
    /// All that the sources claim about a name; no records when nothing bears it.
    pub fn claims_about(&self, name: &str) -> NameClaims {
        let records = self.records_named(name);
        let actors: BTreeSet<&ActorId> = records
            .iter()
            .filter_map(|r| match &r.record {
                RecordRef::Actor(id) => Some(id),
                _ => None,
            })
            .collect();
        let mut links: Vec<LinkClaim> = Vec::new();
        for actor in self.actors() {
            let asked = actors.contains(&actor.id);
            links.extend(
                actor
                    .links
                    .iter()
                    .filter(|link| asked || actors.contains(&link.to))
                    .map(|link| LinkClaim {
                        from: actor.id.clone(),
                        link: link.clone(),
                    }),
            );
        }
        sort(&mut links);
        links.dedup();
        NameClaims {
            family: name_family(name),
            links,
            contradictions: self.contradictions(name),
            records,
        }
    }

    /// The other names of the records that bear `name` about which sources disagree.
    fn contradictions(&self, name: &str) -> Vec<Contradiction> {
        let asked = self
            .name(name)
            .map_or_else(|| fold_name(name), |known| known.folded.clone());
        // What each live record is called, and which records bear a name.
        let mut bearers: HashMap<String, Vec<&Actor>> = HashMap::new();
        for actor in self.actors().iter().filter(|a| a.is_live()) {
            let folded: BTreeSet<String> = actor.all_names().map(fold_name).collect();
            for one in folded {
                bearers.entry(one).or_default().push(actor);
            }
        }
        let bear = |folded: &str| bearers.get(folded).map_or(&[][..], Vec::as_slice);
        let own = bear(&asked);
        let mut others: BTreeMap<String, &str> = BTreeMap::new();
        for actor in own {
            for other in actor.all_names() {
                let folded = fold_name(other);
                if folded != asked && !folded.is_empty() {
                    others.entry(folded).or_insert(other);
                }
            }
        }
        let mut out = Vec::new();
        for (folded, written) in others {
            let with_other = bear(&folded);
            let (mut one, mut apart) = (Vec::new(), BTreeMap::<&str, Vec<ActorId>>::new());
            for actor in with_other {
                if own.iter().any(|o| o.id == actor.id) {
                    one.push((actor.source.clone(), actor.id.clone()));
                } else if own.iter().any(|o| o.source == actor.source) {
                    let of_source = apart.entry(actor.source.as_str()).or_default();
                    of_source.push(actor.id.clone());
                }
            }
            if !one.is_empty() && !apart.is_empty() {
                out.push(Contradiction {
                    name: written.to_owned(),
                    one,
                    apart: apart
                        .into_iter()
                        .map(|(source, ids)| (source.to_owned(), ids))
                        .collect(),
                });
            }
        }
        sort_by(&mut out, |a, b| {
            let weight = |c: &Contradiction| c.one.len() + c.apart.len();
            weight(b).cmp(&weight(a)).then_with(|| a.name.cmp(&b.name))
        });
        out
    }
}

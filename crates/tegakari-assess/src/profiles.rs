//! What the model has to know of actors and software, in the form it needs it.
//!
//! Built from the embedded knowledge (`from_knowledge`), or by hand through [`ProfilesBuilder`] for
//! tests and for measuring against older knowledge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use tegakari_model::{ActorId, ActorRef, Country, Sector, SoftwareId, TechniqueId, Telemetry};

use crate::things::Things;

/// An intrusion set and what is on record about it.
#[derive(Debug, Clone, PartialEq)]
pub struct ActorProfile {
    /// The record.
    pub actor: ActorRef,
    /// Other records that bear one of its names.
    pub also_recorded: Vec<ActorRef>,
    /// Whether it is a hypothesis of every case. Others become one when a report names them.
    pub tracked: bool,
    /// Whether it is a user's own cluster: it never counts when asked how many use something that others use.
    pub own: bool,
    /// Techniques with the number of citations for each (at least one).
    pub techniques: BTreeMap<TechniqueId, u32>,
    /// Software with the number of citations for each (at least one).
    pub software: BTreeMap<SoftwareId, u32>,
    /// What each publication cited for it says it did, one entry a publication.
    pub accounts: Vec<Account>,
    /// Countries it is said to have attacked.
    pub countries: BTreeSet<Country>,
    /// Trades it is said to have attacked.
    pub sectors: BTreeSet<Sector>,
    /// Countries it is said to come from: claims of sources, held against claims of publishers and nothing else.
    pub origins: BTreeSet<Country>,
    /// Vulnerabilities it is said to have exploited, by CVE number.
    pub vulnerabilities: BTreeSet<String>,
}

impl ActorProfile {
    /// A record of which nothing but the name is known.
    pub fn named(actor: ActorRef) -> Self {
        Self {
            actor,
            also_recorded: Vec::new(),
            tracked: false,
            own: false,
            techniques: BTreeMap::new(),
            software: BTreeMap::new(),
            accounts: Vec::new(),
            countries: BTreeSet::new(),
            sectors: BTreeSet::new(),
            origins: BTreeSet::new(),
            vulnerabilities: BTreeSet::new(),
        }
    }

    /// Number of techniques and software on record.
    pub fn features(&self) -> usize {
        self.techniques.len() + self.software.len()
    }
}

/// What one publication says of an actor: usually one intrusion or campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Techniques it is cited for.
    pub techniques: BTreeSet<TechniqueId>,
    /// Software it is cited for.
    pub software: BTreeSet<SoftwareId>,
    /// The year in which it was published, where that is known.
    pub year: Option<i16>,
}

impl Account {
    /// Number of techniques and software in it.
    pub(crate) fn features(&self) -> usize {
        self.techniques.len() + self.software.len()
    }
}

/// Malware or a tool, and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoftwareProfile {
    /// The record.
    pub id: SoftwareId,
    /// Its name.
    pub name: String,
    /// Whether it is a tool that anybody can get, rather than malware.
    pub dual_use: bool,
    /// Techniques it is known to carry out.
    pub techniques: BTreeSet<TechniqueId>,
}

/// What a technique leaves in the logs of a victim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TechniqueSigns {
    /// Whether it happens before the attacker touches the victim, so that no log of theirs answers.
    pub before_contact: bool,
    /// Whether it is how an attacker gets in, rather than what is done inside.
    pub access: bool,
    /// Kinds of telemetry any one of which may show it, sorted.
    pub telemetry: Vec<Telemetry>,
}

/// A list says that an address or name belonged to an actor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InfrastructureClaim {
    /// Whose it is said to be.
    pub actor: ActorId,
    /// Which list says so.
    pub source: String,
}

/// How one actor relates to one technique or piece of software.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    /// Index into [`Profiles::actors`].
    pub(crate) actor: usize,
    /// Citations for it.
    pub(crate) citations: u32,
    /// Accounts of the actor that have it: indexes into [`ActorProfile::accounts`].
    pub(crate) accounts: Vec<usize>,
}

/// Everything the model weighs against, indexed by feature.
#[derive(Debug, Clone)]
pub struct Profiles {
    version: String,
    actors: Vec<ActorProfile>,
    software: BTreeMap<SoftwareId, SoftwareProfile>,
    technique_names: BTreeMap<TechniqueId, String>,
    signs: BTreeMap<TechniqueId, TechniqueSigns>,
    infrastructure: BTreeMap<String, Vec<InfrastructureClaim>>,
    technique_users: BTreeMap<TechniqueId, Vec<Use>>,
    software_users: BTreeMap<SoftwareId, Vec<Use>>,
    vulnerability_users: BTreeMap<String, Vec<usize>>,
    /// What software carries out each technique, sorted.
    software_doing: BTreeMap<TechniqueId, Vec<SoftwareId>>,
    /// Pairs of software and technique.
    carried_out: usize,
    /// Who is on record with software that carries out each technique: indexes into `actors`, sorted. Worked out once:
    /// a common technique is carried out by hundreds.
    implied_users: BTreeMap<TechniqueId, Vec<usize>>,
    /// What can be asked after where exactly the tracked actors are hypotheses.
    things: OnceLock<Arc<Things>>,
}

impl Profiles {
    /// Starts an empty set of profiles, for knowledge of the given version.
    pub fn builder(version: impl Into<String>) -> ProfilesBuilder {
        ProfilesBuilder {
            version: version.into(),
            ..ProfilesBuilder::default()
        }
    }

    /// Version of the knowledge they were made from.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// All records, sorted by id.
    pub fn actors(&self) -> &[ActorProfile] {
        &self.actors
    }

    /// The record with this id.
    pub fn actor(&self, id: &ActorId) -> Option<&ActorProfile> {
        self.index_of(id).map(|index| &self.actors[index])
    }

    /// Software by its record.
    pub fn software(&self, id: &SoftwareId) -> Option<&SoftwareProfile> {
        self.software.get(id)
    }

    /// Name of a technique, when the knowledge has it.
    pub fn technique_name(&self, id: &TechniqueId) -> Option<&str> {
        self.technique_names.get(id).map(String::as_str)
    }

    /// Who is said to have used an address or name, sorted.
    pub fn infrastructure(&self, value: &str) -> &[InfrastructureClaim] {
        self.infrastructure.get(value).map_or(&[], Vec::as_slice)
    }

    /// Whether a claim about an address or name leads to this actor.
    pub(crate) fn is_listed(&self, id: &ActorId) -> bool {
        let mut claims = self.infrastructure.values().flatten();
        claims.any(|claim| claim.actor == *id)
    }

    /// Number of tracked actors on record with a piece of software.
    pub fn software_used_by(&self, id: &SoftwareId) -> u32 {
        self.used_by(self.software_users(id))
    }

    /// Number of tracked actors on record with a technique of their own.
    pub fn technique_used_by(&self, id: &TechniqueId) -> u32 {
        self.used_by(self.technique_users(id))
    }

    /// Tracked actors among the users; the user's own clusters only where there are no others.
    fn used_by(&self, users: &[Use]) -> u32 {
        let of = |own: bool| {
            let users = users.iter().map(|one| &self.actors[one.actor]);
            count(users.filter(|actor| actor.tracked && actor.own == own))
        };
        match of(false) {
            0 => of(true),
            published => published,
        }
    }

    /// The same, to add to.
    pub(crate) fn to_builder(&self) -> ProfilesBuilder {
        let actors = self.actors.iter();
        let infrastructure = self.infrastructure.iter();
        ProfilesBuilder {
            version: self.version.clone(),
            actors: actors
                .map(|one| (one.actor.id.clone(), one.clone()))
                .collect(),
            software: self.software.clone(),
            technique_names: self.technique_names.clone(),
            signs: self.signs.clone(),
            infrastructure: infrastructure
                .map(|(value, claims)| (value.clone(), claims.iter().cloned().collect()))
                .collect(),
        }
    }

    /// What a technique leaves in logs, where that is known.
    pub fn signs(&self, id: &TechniqueId) -> Option<&TechniqueSigns> {
        self.signs.get(id)
    }

    /// Every technique that somebody is on record with, in order of id.
    pub(crate) fn used_techniques(&self) -> impl Iterator<Item = (&TechniqueId, &[Use])> {
        self.technique_users
            .iter()
            .map(|(id, users)| (id, users.as_slice()))
    }

    /// All software that somebody is on record with, in order of id.
    pub(crate) fn used_software(&self) -> impl Iterator<Item = (&SoftwareId, &[Use])> {
        self.software_users
            .iter()
            .map(|(id, users)| (id, users.as_slice()))
    }

    /// Who is on record with exploiting a vulnerability: indexes into [`Profiles::actors`].
    pub(crate) fn vulnerability_users(&self, cve: &str) -> &[usize] {
        self.vulnerability_users.get(cve).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn index_of(&self, id: &ActorId) -> Option<usize> {
        self.actors
            .binary_search_by(|profile| profile.actor.id.cmp(id))
            .ok()
    }

    pub(crate) fn technique_users(&self, id: &TechniqueId) -> &[Use] {
        self.technique_users.get(id).map_or(&[], Vec::as_slice)
    }

    /// Software that carries out a technique, sorted.
    pub(crate) fn software_doing(&self, id: &TechniqueId) -> &[SoftwareId] {
        self.software_doing.get(id).map_or(&[], Vec::as_slice)
    }

    /// Who is on record with software that carries out a technique: indexes into [`Profiles::actors`], sorted.
    pub(crate) fn implied_users(&self, id: &TechniqueId) -> &[usize] {
        self.implied_users.get(id).map_or(&[], Vec::as_slice)
    }

    /// What can be asked after where these are the hypotheses: kept for those that most cases have.
    pub(crate) fn things(&self, columns: &[usize], recurrence: f64) -> Arc<Things> {
        let actors = self.actors.iter().enumerate();
        let tracked = actors.filter(|(_, actor)| actor.tracked).map(|(i, _)| i);
        if tracked.eq(columns.iter().copied()) {
            let make = || Arc::new(Things::of(columns, self, recurrence));
            let kept = self.things.get_or_init(make);
            if kept.recurrence.to_bits() == recurrence.to_bits() {
                return Arc::clone(kept);
            }
        }
        Arc::new(Things::of(columns, self, recurrence))
    }

    /// How many pairs of software and a technique it carries out there are.
    pub(crate) fn carried_out(&self) -> usize {
        self.carried_out
    }

    pub(crate) fn software_users(&self, id: &SoftwareId) -> &[Use] {
        self.software_users.get(id).map_or(&[], Vec::as_slice)
    }
}

fn having(accounts: &[Account], holds: impl Fn(&Account) -> bool) -> Vec<usize> {
    accounts
        .iter()
        .enumerate()
        .filter(|(_, one)| holds(one))
        .map(|(index, _)| index)
        .collect()
}

fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}

/// Collects what [`Profiles`] are made of; the order of calls does not matter.
#[derive(Debug, Clone, Default)]
pub struct ProfilesBuilder {
    version: String,
    actors: BTreeMap<ActorId, ActorProfile>,
    software: BTreeMap<SoftwareId, SoftwareProfile>,
    technique_names: BTreeMap<TechniqueId, String>,
    signs: BTreeMap<TechniqueId, TechniqueSigns>,
    infrastructure: BTreeMap<String, BTreeSet<InfrastructureClaim>>,
}

impl ProfilesBuilder {
    /// Adds a record; a second one of the same id takes its place.
    pub fn actor(mut self, profile: ActorProfile) -> Self {
        self.actors.insert(profile.actor.id.clone(), profile);
        self
    }

    /// Adds software; a second one of the same id takes its place.
    pub fn software(mut self, profile: SoftwareProfile) -> Self {
        self.software.insert(profile.id.clone(), profile);
        self
    }

    /// Adds the name of a technique. Techniques without a name here count as unknown to the knowledge.
    pub fn technique(mut self, id: TechniqueId, name: impl Into<String>) -> Self {
        self.technique_names.insert(id, name.into());
        self
    }

    /// Adds what a technique leaves in logs.
    pub fn signs(mut self, id: TechniqueId, signs: TechniqueSigns) -> Self {
        self.signs.insert(id, signs);
        self
    }

    /// Adds a claim about the canonical value of an observable.
    pub fn infrastructure(mut self, value: impl Into<String>, claim: InfrastructureClaim) -> Self {
        self.infrastructure
            .entry(value.into())
            .or_default()
            .insert(claim);
        self
    }

    /// Indexes everything.
    pub fn build(self) -> Profiles {
        let actors: Vec<ActorProfile> = self.actors.into_values().collect();
        let mut technique_users: BTreeMap<TechniqueId, Vec<Use>> = BTreeMap::new();
        let mut software_users: BTreeMap<SoftwareId, Vec<Use>> = BTreeMap::new();
        let mut vulnerability_users: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (actor, profile) in actors.iter().enumerate() {
            for cve in &profile.vulnerabilities {
                let users = vulnerability_users.entry(cve.clone()).or_default();
                users.push(actor);
            }
            for (id, citations) in &profile.techniques {
                technique_users.entry(id.clone()).or_default().push(Use {
                    actor,
                    citations: (*citations).max(1),
                    accounts: having(&profile.accounts, |one| one.techniques.contains(id)),
                });
            }
            for (id, citations) in &profile.software {
                software_users.entry(id.clone()).or_default().push(Use {
                    actor,
                    citations: (*citations).max(1),
                    accounts: having(&profile.accounts, |one| one.software.contains(id)),
                });
            }
        }
        let mut software_doing: BTreeMap<TechniqueId, Vec<SoftwareId>> = BTreeMap::new();
        for (id, profile) in &self.software {
            for technique in &profile.techniques {
                let all = software_doing.entry(technique.clone()).or_default();
                all.push(id.clone());
            }
        }
        let implied_users = software_doing
            .iter()
            .map(|(technique, all)| {
                let users = all.iter().filter_map(|id| software_users.get(id));
                let users: BTreeSet<usize> = users.flatten().map(|one| one.actor).collect();
                (technique.clone(), users.into_iter().collect())
            })
            .collect();
        Profiles {
            version: self.version,
            actors,
            implied_users,
            things: OnceLock::new(),
            carried_out: software_doing.values().map(Vec::len).sum(),
            software_doing,
            software: self.software,
            technique_names: self.technique_names,
            signs: self.signs,
            infrastructure: self
                .infrastructure
                .into_iter()
                .map(|(value, claims)| (value, claims.into_iter().collect()))
                .collect(),
            technique_users,
            software_users,
            vulnerability_users,
        }
    }
}

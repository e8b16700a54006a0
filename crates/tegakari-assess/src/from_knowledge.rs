//! Profiles from the knowledge: the only file here that knows how the knowledge is kept.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use tegakari_knowledge::{
    Actor, ActorKind, Knowledge, Reference, ReferenceIndex, RelatedRecord, RelatedWhy, Relation,
    Technique, Use, fold_name,
};
use tegakari_model::{
    ActorId, ActorRef, NameKind, Observable, SoftwareId, TargetKind, TechniqueId, Telemetry,
};

use crate::profiles::{
    Account, ActorProfile, InfrastructureClaim, Profiles, SoftwareProfile, TechniqueSigns,
};
use crate::related::Related;

/// The source whose intrusion sets are hypotheses of every case: the only one with cited techniques
/// and software for its actors.
const BACKBONE: &str = "attack:";

/// Every live record as a profile.
pub(crate) fn profiles(knowledge: &Knowledge) -> Profiles {
    let same = said_to_be_same(knowledge);
    let mut builder = Profiles::builder(knowledge.version());
    for technique in knowledge.techniques().iter().filter(|t| t.is_live()) {
        builder = builder
            .technique(technique.id.clone(), technique.name.clone())
            .signs(technique.id.clone(), signs(technique));
    }
    for software in knowledge.all_software().iter().filter(|s| s.is_live()) {
        builder = builder.software(SoftwareProfile {
            id: software.id.clone(),
            name: software.name.clone(),
            dual_use: software.kind == NameKind::Tool,
            techniques: software
                .techniques
                .iter()
                .map(|one| one.what.clone())
                .collect(),
        });
    }
    for actor in knowledge
        .actors()
        .iter()
        .filter(|a| a.is_live() && a.kind != ActorKind::Trail)
    {
        let mut profile = ActorProfile::named(reference(actor));
        // What a user knows of an actor that is none of ATT&CK's is weighed like a cluster of theirs.
        profile.own = actor.is_own_hypothesis();
        profile.tracked = profile.own || actor.id.0.starts_with(BACKBONE);
        profile.techniques = actor
            .techniques
            .iter()
            .map(|one| (one.what.clone(), one.citations()))
            .collect();
        profile.software = actor
            .software
            .iter()
            .map(|one| (one.what.clone(), one.citations()))
            .collect();
        let mut accounts = Accounts::default();
        accounts.add(&actor.techniques, &actor.software);
        // What a source attributes to the actor is part of its habits.
        let id = &actor.id;
        for campaign in knowledge
            .campaigns()
            .iter()
            .filter(|c| c.attributed_to.contains(id))
        {
            accounts.add(&campaign.techniques, &campaign.software);
            for one in &campaign.techniques {
                add(&mut profile.techniques, &one.what, one.citations());
            }
            for one in &campaign.software {
                add(&mut profile.software, &one.what, one.citations());
            }
        }
        profile.accounts = accounts.dated(knowledge);
        // ATT&CK records no targets; records about the same actor do.
        let others = same
            .get(&actor.id)
            .into_iter()
            .flatten()
            .filter_map(|id| knowledge.actor(id));
        let records: Vec<&Actor> = std::iter::once(actor).chain(others).collect();
        let origins = records.iter().flat_map(|one| &one.origins);
        profile.origins = origins.filter_map(|claim| claim.country.clone()).collect();
        for claim in records.iter().flat_map(|one| &one.targets) {
            match &claim.target {
                Some(TargetKind::Country(country)) => {
                    profile.countries.insert(country.clone());
                }
                Some(TargetKind::Sector(sector)) => {
                    profile.sectors.insert(sector.clone());
                }
                None => {}
            }
        }
        builder = builder.actor(profile);
    }
    builder.build()
}

/// Tactics that are over before the attacker touches the victim.
const BEFORE_CONTACT: [&str; 2] = ["reconnaissance", "resource-development"];

/// The tactic by which attackers get in, and techniques by which they have it done.
const ACCESS: &str = "initial-access";
const BAIT: [&str; 2] = ["T1204", "T1203"];

/// Telemetry of the network.
const ON_THE_NETWORK: [Telemetry; 5] = [
    Telemetry::Flow,
    Telemetry::Dns,
    Telemetry::HttpHost,
    Telemetry::HttpUrl,
    Telemetry::TlsName,
];

/// What a technique leaves in the victim's logs, by ATT&CK's own analytics.
fn signs(technique: &Technique) -> TechniqueSigns {
    let tactics = &technique.tactics;
    let before = |tactic: &String| BEFORE_CONTACT.contains(&tactic.as_str());
    let mut telemetry: BTreeSet<Telemetry> = technique
        .log_sources
        .iter()
        .flat_map(|source| telemetry_of(&source.component))
        .copied()
        .collect();
    // What a machine does shows on the machine. Where that is named, names and connections on the network are only
    // what follows from it, and having those logs must not pass for being able to see it.
    let on_machine = [Telemetry::Process, Telemetry::CommandLine];
    if on_machine.iter().any(|one| telemetry.contains(one)) {
        telemetry.retain(|one| !ON_THE_NETWORK.contains(one));
    }
    let access = tactics.iter().any(|tactic| tactic == ACCESS)
        || BAIT.iter().any(|id| technique.id.as_str().starts_with(id));
    TechniqueSigns {
        access,
        // Telephones and plants keep other logs than those that are read here.
        before_contact: technique.domain != "enterprise"
            || (!tactics.is_empty() && tactics.iter().all(before)),
        telemetry: telemetry.into_iter().collect(),
    }
}

/// Whether a technique leaves something in a victim's own logs at all: it is no preparation, and not of telephones or plants.
pub fn shows_at_victim(technique: &Technique) -> bool {
    !signs(technique).before_contact
}

/// Kinds of telemetry any one of which may show a technique; empty when no log that is read here does.
pub fn telemetry_of_technique(technique: &Technique) -> Vec<Telemetry> {
    signs(technique).telemetry
}

/// The kinds of telemetry that hold what ATT&CK calls a data component. Components without a counterpart (memory,
/// clouds, what a sensor on the machine alone sees) have none.
fn telemetry_of(component: &str) -> &'static [Telemetry] {
    use Telemetry as T;
    match component {
        "Process Creation" => &[T::Process, T::CommandLine],
        "Command Execution" | "Script Execution" => &[T::CommandLine],
        "Network Traffic Flow" | "Network Connection Creation" => &[T::Flow],
        "Network Traffic Content" => &[T::HttpUrl, T::HttpHost, T::Dns, T::TlsName],
        "File Creation" | "File Modification" | "File Deletion" | "File Metadata"
        | "File Access" => &[T::FileName],
        "Windows Registry Key Modification" | "Windows Registry Key Creation" => &[T::Registry],
        "Service Creation" | "Service Modification" => &[T::Service],
        "Scheduled Job Creation" | "Scheduled Job Modification" => &[T::ScheduledTask],
        "Named Pipe Metadata" => &[T::Pipe],
        "Logon Session Creation" | "Logon Session Metadata" | "User Account Authentication" => {
            &[T::Logon]
        }
        "Certificate Registration" => &[T::Certificate],
        "Passive DNS" | "Active DNS" => &[T::Dns],
        _ => &[],
    }
}

/// What each publication says of one actor; what has no reference is one account.
#[derive(Default)]
struct Accounts(BTreeMap<Option<ReferenceIndex>, Account>);

impl Accounts {
    fn add(&mut self, techniques: &[Use<TechniqueId>], software: &[Use<SoftwareId>]) {
        for one in techniques {
            self.each(&one.references, |account| {
                account.techniques.insert(one.what.clone());
            });
        }
        for one in software {
            self.each(&one.references, |account| {
                account.software.insert(one.what.clone());
            });
        }
    }

    /// The accounts, each with the year of its publication.
    fn dated(self, knowledge: &Knowledge) -> Vec<Account> {
        let all = self.0.into_iter().map(|(reference, mut account)| {
            let reference = reference.and_then(|index| knowledge.reference(index));
            account.year = reference.and_then(year_of);
            account
        });
        all.collect()
    }

    fn each(&mut self, references: &[ReferenceIndex], put: impl Fn(&mut Account)) {
        if references.is_empty() {
            put(self.0.entry(None).or_default());
        }
        for reference in references {
            put(self.0.entry(Some(*reference)).or_default());
        }
    }
}

/// When a publication appeared: as the source says, or else as its short name has it (`ESET ComRAT May 2020`).
fn year_of(reference: &Reference) -> Option<i16> {
    let stated = reference.published.get(..4).and_then(|y| y.parse().ok());
    stated.or_else(|| year_in(&reference.name))
}

/// The last number in a text that can be the year of a report.
pub(crate) fn year_in(text: &str) -> Option<i16> {
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    let mut years = numbers
        .filter(|n| n.len() == 4)
        .filter_map(|n| n.parse().ok());
    years.rfind(is_plausible_year)
}

/// Whether a report on an attack can be of a year: clocks that were never set say 1970.
pub(crate) fn is_plausible_year(year: &i16) -> bool {
    (1990..2100).contains(year)
}

fn add<K: Ord + Clone>(uses: &mut BTreeMap<K, u32>, what: &K, citations: u32) {
    let sum = uses.entry(what.clone()).or_default();
    *sum = sum.saturating_add(citations);
}

fn reference(actor: &Actor) -> ActorRef {
    let aliases: BTreeSet<&String> = actor.aliases.iter().map(|alias| &alias.name).collect();
    ActorRef {
        id: actor.id.clone(),
        name: actor.name.clone(),
        aliases: aliases.into_iter().cloned().collect(),
    }
}

/// For each record, those that are about the same actor, in both directions, one step far: a source says so, or calls the
/// two similar and the name that one is kept under is a name of the other. MISP writes "similar" for the same actor in
/// another catalogue as well as for another actor (APT26 and Turla), and what is claimed of one is not claimed of the other.
fn said_to_be_same(knowledge: &Knowledge) -> BTreeMap<&ActorId, BTreeSet<&ActorId>> {
    let mut all: BTreeMap<&ActorId, BTreeSet<&ActorId>> = BTreeMap::new();
    for actor in knowledge.actors() {
        for link in &actor.links {
            let same = match link.relation {
                Relation::Same => true,
                Relation::Similar => knowledge
                    .actor(&link.to)
                    .is_some_and(|other| bears_name_of(actor, other)),
                _ => false,
            };
            if same {
                all.entry(&actor.id).or_default().insert(&link.to);
                all.entry(&link.to).or_default().insert(&actor.id);
            }
        }
    }
    all
}

/// Whether the name that one of two records is kept under is a name of the other.
fn bears_name_of(one: &Actor, other: &Actor) -> bool {
    let bears = |record: &Actor, name: &str| {
        let name = fold_name(name);
        record.all_names().any(|own| fold_name(own) == name)
    };
    bears(one, &other.name) || bears(other, &one.name)
}

/// Whether a record is about the same actor as the one it was looked up for: as in [`said_to_be_same`].
pub(crate) fn is_said_to_be_same(related: &RelatedRecord) -> bool {
    let asserted = |wanted: Relation| {
        let mut why = related.why.iter();
        why.any(|why| matches!(why, RelatedWhy::Asserted { relation, .. } if *relation == wanted))
    };
    asserted(Relation::Same) || (asserted(Relation::Similar) && shares_name(related))
}

fn shares_name(related: &RelatedRecord) -> bool {
    let mut why = related.why.iter();
    why.any(|why| matches!(why, RelatedWhy::SharesName { .. }))
}

/// Other live records that are said to be about the same actor, or whose primary name is shared.
pub(crate) fn also_recorded(related: &Related<'_>, id: &ActorId) -> Vec<ActorRef> {
    let knowledge = related.knowledge;
    related
        .records(id)
        .iter()
        .filter(|related| is_said_to_be_same(related) || shares_name(related))
        .filter(|related| {
            knowledge
                .actor(&related.actor.id)
                .is_some_and(|actor| actor.is_live() && actor.kind != ActorKind::Trail)
        })
        .map(|related| related.actor.clone())
        .collect()
}

/// Whether some list holds infrastructure of this actor.
pub(crate) fn is_listed(related: &Related<'_>, id: &ActorId) -> bool {
    let knowledge = related.knowledge;
    let holds = |id: &ActorId| knowledge.actor(id).is_some_and(|a| a.infrastructure > 0);
    holds(id)
        || related
            .records(id)
            .iter()
            .any(|related| holds(&related.actor.id))
}

/// Looks up known infrastructure; remembers whom each list's records lead to.
pub(crate) struct Trails<'k> {
    related: &'k Related<'k>,
    leads: RefCell<BTreeMap<ActorId, Vec<ActorId>>>,
}

impl<'k> Trails<'k> {
    pub(crate) fn new(related: &'k Related<'k>) -> Self {
        Self {
            related,
            leads: RefCell::default(),
        }
    }

    /// Whose this value is said to have been.
    pub(crate) fn claims(&self, observable: &Observable) -> Vec<InfrastructureClaim> {
        let mut claims = Vec::new();
        let knowledge = self.related.knowledge;
        for trail in knowledge.infrastructure(observable) {
            let source = knowledge.actor(&trail).map_or_else(
                || trail.0.clone(),
                |record| format!("{}: {}", record.source, record.name),
            );
            let mut leads = self.leads.borrow_mut();
            let actors = leads
                .entry(trail.clone())
                .or_insert_with(|| self.lead(&trail));
            claims.extend(actors.iter().map(|actor| InfrastructureClaim {
                actor: actor.clone(),
                source: source.clone(),
            }));
        }
        claims.sort();
        claims.dedup();
        claims
    }

    /// The records that a list's record has to do with; none for records that are no list.
    pub(crate) fn leads(&self, id: &ActorId) -> Vec<ActorId> {
        let record = self.related.knowledge.actor(id);
        if record.is_none_or(|record| record.kind != ActorKind::Trail) {
            return Vec::new();
        }
        let mut leads = self.leads.borrow_mut();
        leads
            .entry(id.clone())
            .or_insert_with(|| self.lead(id))
            .clone()
    }

    /// The tracked records that a list's record has to do with; that record itself when there are none.
    fn lead(&self, trail: &ActorId) -> Vec<ActorId> {
        let related: Vec<ActorId> = self
            .related
            .records(trail)
            .iter()
            .map(|related| related.actor.id.clone())
            .filter(|id| self.related.knowledge.actor(id).is_some_and(Actor::is_live))
            .collect();
        let tracked: Vec<ActorId> = related
            .iter()
            .filter(|id| id.0.starts_with(BACKBONE))
            .cloned()
            .collect();
        if tracked.is_empty() { related } else { tracked }
    }
}

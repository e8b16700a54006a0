//! The one query surface. Built once from the compiled facts, read by everybody.

use std::collections::HashMap;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};
use tegakari_model::{
    ActorId, ActorRef, Objection, Observable, SoftwareId, TargetKind, TechniqueId,
};

use crate::benign::Benign;
use crate::codec::{self, CodecError};
use crate::facts::{CoreFacts, Facts, by};
use crate::names::NameIndex;
use crate::order::sort;
use crate::record::{
    Actor, Campaign, Exploited, OWN, Reference, ReferenceIndex, Software, Technique, Use,
};
use crate::source_facts::SourceFacts;
use crate::techniques::TechniqueIndex;
use crate::trails::{PackedTrails, Trails};
use crate::{fold_name, record::Relation};

/// The snapshot compiled by `cargo xtask compile-knowledge`.
static EMBEDDED: &[u8] = include_bytes!("../data/knowledge.bin");

/// Everything known, read-only. See the crate's description for its rules.
#[derive(Default)]
pub struct Knowledge {
    version: String,
    core: CoreFacts,
    // Made when first asked for: together they take a third of the time that the facts take to be ready.
    technique_index: OnceLock<TechniqueIndex>,
    technique_users: OnceLock<HashMap<TechniqueId, u32>>,
    software_users: OnceLock<HashMap<SoftwareId, Vec<ActorId>>>,
    actor_campaigns: OnceLock<HashMap<ActorId, Vec<usize>>>,
    names: OnceLock<NameIndex>,
    benign: Lazy<Benign>,
    trails: Lazy<Trails>,
    /// Infrastructure that the user's own sources name.
    own_trails: Trails,
    /// The same as it is written.
    own_packed: Vec<PackedTrails>,
}

/// A section that is decoded when first asked for. Its bytes were checked when the file was read.
#[derive(Default)]
struct Lazy<T> {
    packed: Vec<u8>,
    value: OnceLock<T>,
}

/// Another source's record that has to do with an actor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelatedRecord {
    /// The other record.
    pub actor: ActorRef,
    /// Id of the source that holds it.
    pub source: String,
    /// Every reason to mention it, sorted; never empty.
    pub why: Vec<RelatedWhy>,
}

/// Why a record has to do with another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RelatedWhy {
    /// A source asserts it.
    Asserted {
        /// How the two relate.
        relation: Relation,
        /// Id of the source that says so.
        said_by: String,
        /// That source's own words.
        raw: String,
    },
    /// The primary name of one of the two is a name of the other. Not a claim that they are one.
    SharesName {
        /// The name, as the asked record writes it.
        name: String,
    },
}

/// A place or trade that an actor is said to attack, with who says so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetOf {
    /// The place or trade.
    pub target: TargetKind,
    /// The record that says it: the asked one, or one that a source calls the same or similar.
    pub record: ActorId,
    /// The source's own label.
    pub raw: String,
}

impl Knowledge {
    /// The snapshot inside the program, decoded when first asked for.
    pub fn embedded() -> &'static Self {
        static CELL: OnceLock<Knowledge> = OnceLock::new();
        // A test proves that the embedded bytes decode; if they ever did not, knowing nothing is
        // better than not starting, and `sources()` is empty then.
        CELL.get_or_init(|| Self::open(EMBEDDED).unwrap_or_default())
    }

    /// Size of the embedded snapshot in bytes.
    pub fn embedded_size() -> usize {
        EMBEDDED.len()
    }

    /// The embedded snapshot as a compiled file, to be kept beside what was judged by it.
    pub fn embedded_bytes() -> &'static [u8] {
        EMBEDDED
    }

    /// Reads a compiled file and checks all of it.
    ///
    /// # Errors
    /// When the bytes are no compiled knowledge, are cut off or damaged, or were written by another version.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let knowledge = Self::open(bytes)?;
        knowledge.check()?;
        Ok(knowledge)
    }

    /// Reads a compiled file and lays over it the compiled files of the user's own sources, whose records stand beside
    /// all others. The version names all of it.
    ///
    /// # Errors
    /// As [`Knowledge::decode`].
    pub fn decode_with(bytes: &[u8], own: &[&[u8]]) -> Result<Self, CodecError> {
        let knowledge = Self::open_with(bytes, own)?;
        knowledge.check()?;
        Ok(knowledge)
    }

    /// The same over the embedded snapshot, whose warning lists and infrastructure wait until they are asked for.
    ///
    /// # Errors
    /// When one of the own sources is damaged.
    pub fn embedded_with(own: &[&[u8]]) -> Result<Self, CodecError> {
        Self::open_with(EMBEDDED, own)
    }

    fn open_with(bytes: &[u8], own: &[&[u8]]) -> Result<Self, CodecError> {
        let mut parts = codec::unpack(bytes)?;
        let mut hash = Sha256::new();
        let mut packed = Vec::new();
        for bytes in own {
            let own = codec::unpack(bytes)?;
            hash.update(own.version.as_bytes());
            hash.update([0]);
            packed.push(codec::unpack_section::<PackedTrails>(&own.trails)?);
            parts.core.lay_over(own.core);
        }
        if !own.is_empty() {
            let digest: String = hash
                .finalize()
                .iter()
                .take(4)
                .map(|b| format!("{b:02x}"))
                .collect();
            parts.version = format!("{}+{digest}", parts.version);
        }
        let mut knowledge = Self::index(parts.version, parts.core);
        knowledge.benign.packed = parts.benign;
        knowledge.trails.packed = parts.trails;
        let mut own_trails = crate::trails::TrailFacts::default();
        for one in &packed {
            own_trails.absorb(one.facts(|_| true));
        }
        knowledge.own_trails = Trails::new(own_trails.pack());
        knowledge.own_packed = packed;
        Ok(knowledge)
    }

    /// This knowledge as a compiled file, with what was laid over it.
    ///
    /// # Errors
    /// When a section is too large.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CodecError> {
        let mut trails = self.packed_trails();
        if !self.own_packed.is_empty() {
            let mut all = trails.facts(|_| true);
            for one in &self.own_packed {
                all.absorb(one.facts(|_| true));
            }
            trails = all.pack();
        }
        let benign = self.packed_benign().unwrap_or_default();
        codec::write(&self.version, &self.core, &benign, &trails)
    }

    /// The warning lists as they are written; `None` when they were not read from a file.
    pub(crate) fn packed_benign(&self) -> Option<crate::benign::PackedBenign> {
        if self.benign.packed.is_empty() {
            return None;
        }
        codec::unpack_section(&self.benign.packed).ok()
    }

    fn packed_trails(&self) -> PackedTrails {
        codec::unpack_section(&self.trails.packed).unwrap_or_default()
    }

    /// What the sources whose records are named so say, warning lists excepted.
    pub(crate) fn facts_of(&self, records: &std::collections::BTreeSet<&str>) -> Facts {
        let of = |source: &String| records.contains(source.as_str());
        let core = &self.core;
        let actors = core.actors.iter().filter(|a| of(&a.source));
        let software = core.software.iter().filter(|s| of(&s.source));
        let campaigns = core.campaigns.iter().filter(|c| of(&c.source));
        let exploited = core.exploited.iter().filter(|e| of(&e.source));
        // Of two releases of ATT&CK one table of ids was made.
        let ids = records.contains("attack") || records.contains("misp-attack");
        let mut facts = Facts {
            actors: by(actors.cloned(), |a| a.id.clone()),
            software: by(software.cloned(), |s| s.id.clone()),
            campaigns: by(campaigns.cloned(), |c| c.id.clone()),
            exploited: exploited.cloned().collect(),
            techniques: by(core.techniques.iter().filter(|_| ids).cloned(), |t| {
                t.id.clone()
            }),
            references: core.references.clone(),
            ..Facts::default()
        };
        facts.trails = self
            .packed_trails()
            .facts(|id| facts.actors.contains_key(id));
        facts.drop_unused_references();
        facts
    }

    /// Decodes the facts; the other sections wait until they are asked for.
    fn open(bytes: &[u8]) -> Result<Self, CodecError> {
        let parts = codec::unpack(bytes)?;
        let mut knowledge = Self::index(parts.version, parts.core);
        knowledge.benign.packed = parts.benign;
        knowledge.trails.packed = parts.trails;
        Ok(knowledge)
    }

    /// The knowledge that `facts` amount to, without a detour over a file. `sources` describes where they come from.
    pub fn from_facts(facts: Facts, sources: Vec<SourceFacts>) -> Self {
        let split = codec::split(facts, sources, None);
        let knowledge = Self::index(split.version, split.core);
        // Cells of a fresh value are empty: setting them cannot fail.
        let _ = knowledge.benign.value.set(Benign::new(split.benign));
        let _ = knowledge.trails.value.set(Trails::new(split.trails));
        knowledge
    }

    fn index(version: String, core: CoreFacts) -> Self {
        Self {
            version,
            core,
            ..Self::default()
        }
    }

    fn technique_index(&self) -> &TechniqueIndex {
        self.technique_index
            .get_or_init(|| TechniqueIndex::new(&self.core.techniques))
    }

    fn technique_counts(&self) -> &HashMap<TechniqueId, u32> {
        self.technique_users.get_or_init(|| {
            let mut users: HashMap<TechniqueId, u32> = HashMap::new();
            for actor in self.core.actors.iter().filter(|a| a.is_live()) {
                for one in &actor.techniques {
                    let count = users.entry(one.what.clone()).or_default();
                    *count = count.saturating_add(1);
                }
            }
            users
        })
    }

    fn users_of_software(&self) -> &HashMap<SoftwareId, Vec<ActorId>> {
        self.software_users.get_or_init(|| {
            let mut users: HashMap<SoftwareId, Vec<ActorId>> = HashMap::new();
            for actor in self.core.actors.iter().filter(|a| a.is_live()) {
                for one in &actor.software {
                    let all = users.entry(one.what.clone()).or_default();
                    all.push(actor.id.clone());
                }
            }
            users
        })
    }

    fn campaigns_of_actors(&self) -> &HashMap<ActorId, Vec<usize>> {
        self.actor_campaigns.get_or_init(|| {
            let mut campaigns: HashMap<ActorId, Vec<usize>> = HashMap::new();
            for (i, campaign) in self.core.campaigns.iter().enumerate() {
                for actor in &campaign.attributed_to {
                    campaigns.entry(actor.clone()).or_default().push(i);
                }
            }
            campaigns
        })
    }

    /// Names this state of knowledge: day of the newest source, a dash, eight hexadecimal digits of its content.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What went into it, with licences and the notices they ask for, in order of id.
    pub fn sources(&self) -> &[SourceFacts] {
        &self.core.sources
    }

    /// A cited publication.
    pub fn reference(&self, index: ReferenceIndex) -> Option<&Reference> {
        self.core.references.get(index as usize)
    }

    /// Every record about an actor, of all sources, in order of id; also those no longer in force.
    pub fn actors(&self) -> &[Actor] {
        &self.core.actors
    }

    /// The record with this id.
    pub fn actor(&self, id: &ActorId) -> Option<&Actor> {
        let at = self.core.actors.binary_search_by(|a| a.id.cmp(id)).ok()?;
        self.core.actors.get(at)
    }

    /// The record as shown to people: name, and the other names that its source gives.
    pub fn actor_ref(&self, id: &ActorId) -> Option<ActorRef> {
        self.actor(id).map(to_ref)
    }

    /// Every record about software, in order of id; also those no longer in force.
    pub fn all_software(&self) -> &[Software] {
        &self.core.software
    }

    /// The record with this id.
    pub fn software(&self, id: &SoftwareId) -> Option<&Software> {
        let all = &self.core.software;
        let at = all.binary_search_by(|s| s.id.cmp(id)).ok()?;
        all.get(at)
    }

    /// Live actor records that use the software, in order of id. Its number is what makes software telling.
    pub fn software_users(&self, id: &SoftwareId) -> &[ActorId] {
        self.users_of_software().get(id).map_or(&[], Vec::as_slice)
    }

    /// Every technique and tactic of every version read, in order of id.
    pub fn techniques(&self) -> &[Technique] {
        &self.core.techniques
    }

    /// The technique or tactic with this id, whether in force or not.
    pub fn technique(&self, id: &TechniqueId) -> Option<&Technique> {
        let all = &self.core.techniques;
        let at = all.binary_search_by(|t| t.id.cmp(id)).ok()?;
        all.get(at)
    }

    /// Number of live actor records that use exactly this technique.
    pub fn technique_users(&self, id: &TechniqueId) -> u32 {
        self.technique_counts().get(id).copied().unwrap_or(0)
    }

    /// What an id stands for today; `None` when no version read has it. See [`crate::Resolved`].
    pub fn resolve_technique(&self, id: &TechniqueId) -> Option<crate::Resolved> {
        self.technique_index().resolve(&self.core.techniques, id)
    }

    /// The live technique or tactic of exactly this name (`DLL Side-Loading`, `dll side loading`).
    /// `Parent: Child` names the sub-technique. `None` when none or several bear it.
    pub fn technique_named(&self, name: &str) -> Option<&Technique> {
        self.technique_index().named(&self.core.techniques, name)
    }

    /// Every campaign, in order of id.
    pub fn campaigns(&self) -> &[Campaign] {
        &self.core.campaigns
    }

    /// The campaign with this id (`attack:C0022`).
    pub fn campaign(&self, id: &str) -> Option<&Campaign> {
        let all = &self.core.campaigns;
        let at = all.binary_search_by(|c| c.id.as_str().cmp(id)).ok()?;
        all.get(at)
    }

    /// What is known of a vulnerability (`CVE-2021-44228`, in any case) that a source says is exploited in the wild.
    /// `None` does not mean that it is not: lists name what their publisher is sure of.
    pub fn exploited(&self, cve: &str) -> Option<&Exploited> {
        let wanted = cve.trim().to_ascii_uppercase();
        let all = &self.core.exploited;
        let at = all.binary_search_by(|e| e.cve.as_str().cmp(&wanted)).ok()?;
        all.get(at)
    }

    /// Every vulnerability that a source says is exploited in the wild, in order of id.
    pub fn all_exploited(&self) -> &[Exploited] {
        &self.core.exploited
    }

    /// The user's own sources among [`Knowledge::sources`].
    pub fn own_sources(&self) -> impl Iterator<Item = &SourceFacts> {
        self.core.sources.iter().filter(|s| s.id.starts_with(OWN))
    }

    /// Campaigns that a source attributes to the actor. Do not use to judge a method by known answers.
    pub fn campaigns_of(&self, id: &ActorId) -> impl Iterator<Item = &Campaign> {
        self.campaigns_of_actors()
            .get(id)
            .into_iter()
            .flatten()
            .filter_map(|i| self.core.campaigns.get(*i))
    }

    /// Places and trades the actor is said to attack: by its own record, and by records that a source
    /// calls the same or similar (ATT&CK itself names none). Sorted, each with the record that says it.
    pub fn targets_of(&self, id: &ActorId) -> Vec<TargetOf> {
        let mut out = Vec::new();
        let mut take = |actor: &Actor| {
            for claim in &actor.targets {
                if let Some(target) = &claim.target {
                    out.push(TargetOf {
                        target: target.clone(),
                        record: actor.id.clone(),
                        raw: claim.raw.clone(),
                    });
                }
            }
        };
        if let Some(actor) = self.actor(id) {
            take(actor);
        }
        for related in self.related_records(id) {
            let asserted = related.why.iter().any(|why| {
                matches!(why, RelatedWhy::Asserted { relation, .. }
                    if matches!(relation, Relation::Same | Relation::Similar))
            });
            if asserted && let Some(actor) = self.actor(&related.actor.id) {
                take(actor);
            }
        }
        sort(&mut out);
        out.dedup();
        out
    }

    /// Other records that have to do with this one: a source links the two, or the primary name of one
    /// is a name of the other. In order of id. Never a union: what to make of it is for people.
    pub fn related_records(&self, id: &ActorId) -> Vec<RelatedRecord> {
        let Some(asked) = self.actor(id) else {
            return Vec::new();
        };
        let mut found: std::collections::BTreeMap<&ActorId, Vec<RelatedWhy>> =
            std::collections::BTreeMap::new();
        for link in &asked.links {
            if let Some(other) = self.actor(&link.to) {
                found.entry(&other.id).or_default().push(asserted(link));
            }
        }
        let primary = fold_name(&asked.name);
        for other in &self.core.actors {
            if other.id == asked.id {
                continue;
            }
            for link in other.links.iter().filter(|l| l.to == asked.id) {
                found.entry(&other.id).or_default().push(asserted(link));
            }
            if other.source == asked.source {
                continue;
            }
            let other_primary = fold_name(&other.name);
            let shared = asked.all_names().find(|n| fold_name(n) == other_primary);
            let shared = shared.or_else(|| {
                let bears = other.all_names().any(|n| fold_name(n) == primary);
                bears.then_some(asked.name.as_str())
            });
            if let Some(name) = shared {
                found
                    .entry(&other.id)
                    .or_default()
                    .push(RelatedWhy::SharesName {
                        name: name.to_owned(),
                    });
            }
        }
        found
            .into_iter()
            .filter_map(|(id, mut why)| {
                sort(&mut why);
                why.dedup();
                let actor = self.actor(id)?;
                Some(RelatedRecord {
                    actor: to_ref(actor),
                    source: actor.source.clone(),
                    why,
                })
            })
            .collect()
    }

    /// Reasons not to block a value, sorted; empty when there is none. See [`crate::benign`].
    pub fn benign(&self, observable: &Observable) -> Vec<Objection> {
        self.benign_lists().objections(observable)
    }

    /// Actor records whose known infrastructure holds exactly this value (domain, address or URL path), in order of id.
    /// Old, undated and often resold: weak evidence.
    pub fn infrastructure(&self, observable: &Observable) -> Vec<ActorId> {
        let mut all = self.trails().actors_of(observable);
        all.extend(self.own_trails.actors_of(observable));
        sort(&mut all);
        all
    }

    pub(crate) fn names_index(&self) -> &NameIndex {
        self.names.get_or_init(|| NameIndex::new(&self.core))
    }

    pub(crate) fn benign_lists(&self) -> &Benign {
        self.benign.value.get_or_init(|| {
            Benign::new(codec::unpack_section(&self.benign.packed).unwrap_or_default())
        })
    }

    fn trails(&self) -> &Trails {
        self.trails.value.get_or_init(|| {
            Trails::new(codec::unpack_section(&self.trails.packed).unwrap_or_default())
        })
    }

    fn check(&self) -> Result<(), CodecError> {
        codec::unpack_section::<crate::benign::PackedBenign>(&self.benign.packed)?;
        codec::unpack_section::<crate::trails::PackedTrails>(&self.trails.packed)?;
        Ok(())
    }

    /// Total of references behind a set of uses.
    pub fn citations<T>(uses: &[Use<T>]) -> u32 {
        uses.iter().map(Use::citations).sum()
    }
}

fn asserted(link: &crate::record::ActorLink) -> RelatedWhy {
    RelatedWhy::Asserted {
        relation: link.relation,
        said_by: link.said_by.clone(),
        raw: link.raw.clone(),
    }
}

pub(crate) fn to_ref(actor: &Actor) -> ActorRef {
    let others = actor.aliases.iter().filter(|a| a.name != actor.name);
    let mut aliases: Vec<String> = others.map(|a| a.name.clone()).collect();
    sort(&mut aliases);
    aliases.dedup();
    ActorRef {
        id: actor.id.clone(),
        name: actor.name.clone(),
        aliases,
    }
}

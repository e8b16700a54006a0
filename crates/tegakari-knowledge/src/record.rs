//! What sources say, as plain records: one per actor, software, technique or campaign *and source*.
//!
//! A record holds assertions, never conclusions: every alias, link, target and origin is a claim with
//! its owner and, where the source gives them, its references. Records of different sources are never
//! merged; [`crate::Knowledge`] answers with several.

use serde::{Deserialize, Serialize};
use tegakari_model::{ActorId, Country, NameKind, SoftwareId, TargetKind, TechniqueId};

/// Index into the table of references ([`crate::Knowledge::reference`]).
pub type ReferenceIndex = u32;

/// A publication that a source cites.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reference {
    /// The source's short name for it (`Cisco Sagerunex Feb 2025`), or the host of `url`.
    pub name: String,
    /// Where it was published; empty when the source does not say.
    pub url: String,
    /// When, as exactly as the source says: `2025`, `2025-02` or `2025-02-27`; empty when it does not.
    pub published: String,
}

/// Whether a record is in force in its source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Status {
    /// In force.
    #[default]
    Live,
    /// Withdrawn in favour of another record.
    Revoked,
    /// No longer kept up.
    Deprecated,
}

/// How it is known who coined a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Basis {
    /// The source states it.
    Stated,
    /// The source's own primary name.
    Own,
    /// The source does not say.
    #[default]
    Unknown,
}

/// A claim that an actor or software is also called something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Alias {
    /// The name as the source writes it.
    pub name: String,
    /// Who coined it (`CrowdStrike`), as far as known.
    pub coined_by: Option<String>,
    /// How that is known.
    pub basis: Basis,
}

/// That something uses something, with the references the source gives for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Use<T> {
    /// What is used.
    pub what: T,
    /// The references given for it, sorted, without repeats.
    pub references: Vec<ReferenceIndex>,
}

impl<T> Use<T> {
    /// Number of references; at least one, because the source itself says so.
    pub fn citations(&self) -> u32 {
        u32::try_from(self.references.len())
            .unwrap_or(u32::MAX)
            .max(1)
    }
}

/// What kind of cluster a record describes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ActorKind {
    /// A named group.
    #[default]
    Group,
    /// A campaign or operation that the source files among its actors.
    Operation,
    /// A cluster that its vendor says is still in development (`Storm-0558`, `UNC…`).
    Developing,
    /// A company that sells offensive services or tools.
    Company,
    /// A file of network indicators under a name, nothing more.
    Trail,
}

/// How two records relate, as a source asserts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Relation {
    /// The same actor.
    Same,
    /// Similar; the source does not say how.
    Similar,
    /// The two overlap.
    Overlaps,
    /// This one is a part of the other.
    PartOf,
    /// Linked in a way that the source does not say.
    Linked,
    /// Withdrawn in favour of the other.
    RevokedBy,
}

/// A link between two actor records that a source asserts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ActorLink {
    /// The other record.
    pub to: ActorId,
    /// How they relate.
    pub relation: Relation,
    /// Id of the source that says so.
    pub said_by: String,
    /// The source's own words for relation and certainty (`similar, likely`).
    pub raw: String,
}

/// A claim that an actor attacks a place or trade.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TargetClaim {
    /// The place or trade; `None` when the label is neither (a region, a bank).
    pub target: Option<TargetKind>,
    /// The source's own label.
    pub raw: String,
}

/// On what an origin claim rests, as far as the source says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OriginBasis {
    /// Said to work for a state.
    StateSponsor,
    /// Said to come from a country.
    Country,
    /// The source does not say.
    #[default]
    Unknown,
}

/// A claim about where an actor comes from. Kept as a claim with its owner: it is never evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OriginClaim {
    /// The country, when the label names one.
    pub country: Option<Country>,
    /// The source's own words (`China, Influence operations`).
    pub raw: String,
    /// What it rests on.
    pub basis: OriginBasis,
    /// The source's own certainty, raw (`50`); empty when it gives none. Never a probability.
    pub confidence: String,
}

/// An actor as one source records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// `attack:G0030`, `misp:<uuid>`, `microsoft:<name>`, `maltrail:<file>`.
    pub id: ActorId,
    /// Id of the source ([`crate::SourceFacts::id`]).
    pub source: String,
    /// Its name there.
    pub name: String,
    /// All other names that the source gives, sorted. The primary name is among them when its owner is known.
    pub aliases: Vec<Alias>,
    /// What kind of cluster.
    pub kind: ActorKind,
    /// Whether it is in force.
    pub status: Status,
    /// The record that replaces it.
    pub replaced_by: Option<ActorId>,
    /// Techniques it uses, sorted.
    pub techniques: Vec<Use<TechniqueId>>,
    /// Software it uses, sorted.
    pub software: Vec<Use<SoftwareId>>,
    /// Places and trades it attacks, sorted.
    pub targets: Vec<TargetClaim>,
    /// Where it is said to come from, sorted.
    pub origins: Vec<OriginClaim>,
    /// Links to other records, sorted.
    pub links: Vec<ActorLink>,
    /// Everything cited for this record, sorted, without repeats.
    pub references: Vec<ReferenceIndex>,
    /// Version of the record in its source; empty when it has none.
    pub version: String,
    /// Day the record was last changed (`2025-11-04`); empty when unknown.
    pub modified: String,
    /// Last day of its latest dated campaign, or date of its latest cited publication; empty when unknown.
    pub last_activity: String,
    /// Number of network indicators known of it.
    pub infrastructure: u32,
}

impl Actor {
    /// An empty live record.
    pub fn new(id: ActorId, source: &str, name: &str) -> Self {
        Self {
            id,
            source: source.to_owned(),
            name: name.to_owned(),
            aliases: Vec::new(),
            kind: ActorKind::Group,
            status: Status::Live,
            replaced_by: None,
            techniques: Vec::new(),
            software: Vec::new(),
            targets: Vec::new(),
            origins: Vec::new(),
            links: Vec::new(),
            references: Vec::new(),
            version: String::new(),
            modified: String::new(),
            last_activity: String::new(),
            infrastructure: 0,
        }
    }

    /// Its primary name and all aliases.
    pub fn all_names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(|a| a.name.as_str()))
    }

    /// Number of different names, as written.
    pub(crate) fn distinct_names(&self) -> usize {
        let names: std::collections::BTreeSet<&str> = self.all_names().collect();
        names.len()
    }

    /// Whether it is in force.
    pub fn is_live(&self) -> bool {
        self.status == Status::Live
    }
}

/// Malware or a tool as one source records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Software {
    /// `attack:S1210`.
    pub id: SoftwareId,
    /// Id of the source.
    pub source: String,
    /// Its name there.
    pub name: String,
    /// Other names that the source gives, sorted.
    pub aliases: Vec<String>,
    /// [`NameKind::Malware`] or [`NameKind::Tool`].
    pub kind: NameKind,
    /// Whether it is in force.
    pub status: Status,
    /// The record that replaces it.
    pub replaced_by: Option<SoftwareId>,
    /// Techniques it can carry out, sorted.
    pub techniques: Vec<Use<TechniqueId>>,
    /// Platforms it runs on, sorted.
    pub platforms: Vec<String>,
}

impl Software {
    /// Its primary name and all aliases.
    pub fn all_names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }

    /// Whether it is in force.
    pub fn is_live(&self) -> bool {
        self.status == Status::Live
    }
}

/// A kind of record that shows a technique (ATT&CK 18 and later: analytics).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogSource {
    /// ATT&CK's data component (`Process Creation`).
    pub component: String,
    /// The log source (`WinEventLog:Sysmon`).
    pub name: String,
    /// The platform (`Windows`).
    pub platform: String,
}

/// A technique, sub-technique or tactic of ATT&CK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Technique {
    /// Its id.
    pub id: TechniqueId,
    /// Its name.
    pub name: String,
    /// `enterprise`, `ics` or `mobile`; `pre` for the matrix retired in 2020.
    pub domain: String,
    /// Short names of its tactics (`command-and-control`), sorted; a tactic has its own.
    pub tactics: Vec<String>,
    /// The technique it is a part of.
    pub parent: Option<TechniqueId>,
    /// Whether it is in force.
    pub status: Status,
    /// Its successor, when revoked. In force itself or revoked in turn.
    pub replaced_by: Option<TechniqueId>,
    /// Its successor in a later release, which is known by names only (profiles keep this id).
    pub later: Option<TechniqueId>,
    /// Newest ATT&CK version in which this record was read.
    pub version: String,
    /// Platforms, sorted.
    pub platforms: Vec<String>,
    /// What shows it, sorted.
    pub log_sources: Vec<LogSource>,
}

impl Technique {
    /// Whether it is in force.
    pub fn is_live(&self) -> bool {
        self.status == Status::Live
    }
}

/// A campaign as one source records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// `attack:C0022`.
    pub id: String,
    /// Id of the source.
    pub source: String,
    /// Its name.
    pub name: String,
    /// Other names, sorted.
    pub aliases: Vec<String>,
    /// Whether it is in force.
    pub status: Status,
    /// First day (`2019-09-01`); empty when unknown.
    pub first_seen: String,
    /// Last day; empty when unknown.
    pub last_seen: String,
    /// Actors that the source attributes it to, sorted. A claim like all others.
    pub attributed_to: Vec<ActorId>,
    /// Techniques used, sorted.
    pub techniques: Vec<Use<TechniqueId>>,
    /// Software used, sorted.
    pub software: Vec<Use<SoftwareId>>,
}

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

/// A claim about where an actor comes from. Kept as a claim with its owner: it is held against what publishers of reports claim
/// of the origin, and never says who is behind an actor.
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

/// What a source adds to one assertion of a record: the publication it rests on, the day, and how sure it is in its own
/// words. Never a probability.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CitedClaim {
    /// What kind of assertion: `name`, `technique`, `software`, `target`, `origin`, `link` or `indicator`.
    pub part: String,
    /// What is asserted, as the source writes it.
    pub what: String,
    /// The publication.
    pub reference: Option<ReferenceIndex>,
    /// As exactly as the source says: `2025`, `2025-02` or `2025-02-27`; empty when it does not.
    pub date: String,
    /// The source's own certainty, raw (`likely`, `B2`, `75`); empty when it gives none.
    pub scale: String,
}

/// An actor as one source records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// `attack:G0030`, `misp:<uuid>`, `microsoft:<name>`, `maltrail:<file>`, `own:<source>:<name>`.
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
    /// The same as said by a source that is no longer kept up, where a fresher record that a source links to this one
    /// speaks of the same kind of target. Shown, never weighed. Sorted.
    pub older_targets: Vec<TargetClaim>,
    /// Where it is said to come from, sorted.
    pub origins: Vec<OriginClaim>,
    /// Links to other records, sorted.
    pub links: Vec<ActorLink>,
    /// Everything cited for this record, sorted, without repeats.
    pub references: Vec<ReferenceIndex>,
    /// Single assertions with a reference, a day or a certainty of their own, as far as the source gives them. Sorted.
    pub cited: Vec<CitedClaim>,
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
            older_targets: Vec::new(),
            origins: Vec::new(),
            links: Vec::new(),
            references: Vec::new(),
            cited: Vec::new(),
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

    /// Whether it is a record of the user's own that stands for itself, not for one of ATT&CK's: a hypothesis beside
    /// those of ATT&CK.
    pub fn is_own_hypothesis(&self) -> bool {
        let is_attacks =
            |l: &ActorLink| l.relation == Relation::Same && l.to.0.starts_with("attack:");
        self.id.0.starts_with(OWN) && !self.links.iter().any(is_attacks)
    }
}

/// Where ids of records from a user's own sources begin (`own:my-cert:…`); their sources' ids begin alike.
pub const OWN: &str = "own:";

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

/// A vulnerability that a source says is exploited in the wild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exploited {
    /// Its CVE id in upper case (`CVE-2021-44228`).
    pub cve: String,
    /// Id of the source.
    pub source: String,
    /// Whose product it is in (`Apache`).
    pub vendor: String,
    /// The product (`Log4j2`).
    pub product: String,
    /// The source's name for it; empty when it has none.
    pub name: String,
    /// Day since which the source lists it as exploited (`2021-12-10`); exploitation may be older. Empty when unknown.
    pub listed: String,
    /// Day by which the source's own audience (for CISA: federal civilian agencies) had to act; empty when unknown.
    pub due: String,
    /// Whether use in ransomware campaigns is known; `None` when the source says "unknown". Never "no".
    pub ransomware: Option<bool>,
    /// Weaknesses (`CWE-502`), sorted.
    pub weaknesses: Vec<String>,
}

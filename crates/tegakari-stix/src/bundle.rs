//! The objects of a bundle, as far as Tegakari has a use for them.

use tegakari_model::{FileRecord, Observable, TechniqueId, Timestamp, Tlp};

use crate::pattern::{Pattern, Reading};

/// The version of STIX a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Version {
    Stix20,
    Stix21,
}

/// A bundle, or the objects of a TAXII envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// Its id, when it has one.
    pub id: Option<String>,
    /// Its version.
    pub version: Version,
    /// Its objects, in the order of the document.
    pub objects: Vec<Object>,
}

/// An object with what all objects have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Where it stands in the document, as a JSON pointer (RFC 6901): `/objects/12`.
    pub pointer: String,
    /// Its id (`indicator--…`); empty for cyber-observables of 2.0 that have none.
    pub id: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub modified: Option<Timestamp>,
    /// Id of the identity that made it.
    pub created_by: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its description: prose, often Markdown.
    pub description: Option<String>,
    /// Labels, for MISP exports its tags; in the order written.
    pub labels: Vec<String>,
    /// The narrowest TLP among its markings and labels.
    pub tlp: Option<Tlp>,
    /// Ids of its markings, in the order written.
    pub markings: Vec<String>,
    /// What it refers to elsewhere.
    pub references: Vec<ExternalReference>,
    /// Phases of kill chains, as (chain, phase).
    pub phases: Vec<(String, String)>,
    /// STIX confidence, 0 to 100.
    pub confidence: Option<u8>,
    /// Whether its maker has withdrawn it.
    pub revoked: bool,
    /// What kind of object it is, with what only that kind has.
    pub kind: ObjectKind,
}

/// A reference to something outside STIX.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExternalReference {
    /// Who is referred to (`mitre-attack`, `cve`).
    pub source: String,
    /// The id there.
    pub id: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// What it is.
    pub description: Option<String>,
}

/// What kind of object it is.
#[derive(Debug, Clone, PartialEq)]
pub enum ObjectKind {
    /// Who made or is named in something.
    Identity {
        /// `organization`, `individual`, `class`, …
        class: Option<String>,
        /// Trades.
        sectors: Vec<String>,
    },
    /// A report or (2.1) grouping.
    Report {
        /// When it was published.
        published: Option<Timestamp>,
        /// `threat-report`, `malware`, …
        types: Vec<String>,
        /// Ids of the objects it holds.
        object_refs: Vec<String>,
    },
    /// A pattern to look for.
    Indicator(Box<Indicator>),
    /// Things that were observed. They are not called malicious.
    ObservedData {
        /// First observed.
        first: Option<Timestamp>,
        /// Last observed.
        last: Option<Timestamp>,
        /// How often.
        number: Option<u64>,
        /// 2.0: the things themselves.
        items: Vec<CyberObservable>,
        /// 2.1: ids of the things.
        object_refs: Vec<String>,
    },
    /// A thing that was observed, standing by itself (2.1).
    CyberObservable(Box<CyberObservable>),
    /// Malware.
    Malware {
        /// Other names.
        aliases: Vec<String>,
        /// Whether it is a family rather than one sample.
        is_family: Option<bool>,
    },
    /// What an analysis of malware came to.
    MalwareAnalysis {
        /// `malicious`, `suspicious`, `benign`, `unknown`.
        result: Option<String>,
        /// The name that a product gives it.
        result_name: Option<String>,
        /// Id of the file that was analysed.
        sample: Option<String>,
    },
    /// A tool.
    Tool {
        /// Other names.
        aliases: Vec<String>,
    },
    /// A cluster of activity.
    IntrusionSet {
        /// Other names.
        aliases: Vec<String>,
    },
    /// People behind something.
    ThreatActor {
        /// Other names.
        aliases: Vec<String>,
    },
    /// A campaign.
    Campaign {
        /// Other names.
        aliases: Vec<String>,
        /// First seen.
        first: Option<Timestamp>,
        /// Last seen.
        last: Option<Timestamp>,
    },
    /// A technique.
    AttackPattern {
        /// Its ATT&CK id, from its references or its name.
        technique: Option<TechniqueId>,
    },
    /// A vulnerability.
    Vulnerability {
        /// Its CVE ids.
        cves: Vec<Observable>,
    },
    /// A place.
    Location {
        /// ISO 3166-1 alpha-2 code or name of a country.
        country: Option<String>,
        /// Region of `region-ov`.
        region: Option<String>,
    },
    /// A note or opinion.
    Note {
        /// Its text.
        content: String,
        /// Ids of the objects it is about.
        object_refs: Vec<String>,
    },
    /// One attribute of MISP that STIX has no object for, or one attribute of a MISP object.
    Misp(Vec<MispAttribute>),
    /// A statement that one object has to do with another.
    Relationship {
        /// `uses`, `attributed-to`, `indicates`, …
        verb: String,
        /// Id of the subject.
        source: String,
        /// Id of the object.
        target: String,
    },
    /// Something was seen.
    Sighting {
        /// Id of what was seen.
        of: String,
        /// How often; 0 is "looked for and not seen".
        count: Option<u64>,
        /// First time.
        first: Option<Timestamp>,
        /// Last time.
        last: Option<Timestamp>,
        /// Ids of the identities or places that saw it.
        by: Vec<String>,
    },
    /// A marking, with its TLP if it is one.
    Marking(Option<Tlp>),
    /// An object that is kept by name only.
    Other {
        /// Its type.
        type_name: String,
    },
}

/// An indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct Indicator {
    /// The pattern as written.
    pub text: String,
    /// `stix`, `yara`, `sigma`, `snort`, …
    pub language: String,
    /// The pattern; `None` when it is in another language or cannot be parsed (then there is a problem).
    pub pattern: Option<Pattern>,
    /// The observables of the pattern.
    pub reading: Reading,
    /// From when on.
    pub valid_from: Option<Timestamp>,
    /// Until when.
    pub valid_until: Option<Timestamp>,
    /// `malicious-activity`, `benign`, …
    pub types: Vec<String>,
    /// Whether its maker means it for detection: MISP's `to_ids`. `None` when nothing says so.
    pub to_ids: Option<bool>,
}

/// A cyber-observable object.
#[derive(Debug, Clone, PartialEq)]
pub struct CyberObservable {
    /// Where it stands, as a JSON pointer.
    pub pointer: String,
    /// Its type (`file`, `url`).
    pub type_name: String,
    /// Values it holds.
    pub observables: Vec<Observable>,
    /// The file it describes, when it says at least two things about one.
    pub file: Option<FileRecord>,
}

/// An attribute of a MISP event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MispAttribute {
    /// MISP type (`threat-actor`, `text`, `sha256`, `ip-dst|port`).
    pub kind: String,
    /// MISP category (`Attribution`, `Payload type`).
    pub category: String,
    /// Its value.
    pub value: String,
    /// Its comment.
    pub comment: String,
    /// Its role in a MISP object (`filename`, `sha256`).
    pub relation: String,
    /// Whether it is meant for detection.
    pub to_ids: bool,
}

impl Bundle {
    /// The object with this id; the last one when several versions are in the bundle.
    pub fn object(&self, id: &str) -> Option<&Object> {
        self.objects.iter().rev().find(|object| object.id == id)
    }

    /// The report objects.
    pub fn reports(&self) -> impl Iterator<Item = &Object> {
        self.objects
            .iter()
            .filter(|o| matches!(o.kind, ObjectKind::Report { .. }))
    }

    /// The indicators with their objects.
    pub fn indicators(&self) -> impl Iterator<Item = (&Object, &Indicator)> {
        self.objects.iter().filter_map(|o| match &o.kind {
            ObjectKind::Indicator(indicator) => Some((o, &**indicator)),
            _ => None,
        })
    }

    /// Every cyber-observable with the object it stands in.
    pub fn cyber_observables(&self) -> impl Iterator<Item = (&Object, &CyberObservable)> {
        self.objects.iter().flat_map(|o| {
            let items: &[CyberObservable] = match &o.kind {
                ObjectKind::ObservedData { items, .. } => items,
                ObjectKind::CyberObservable(item) => std::slice::from_ref(item),
                _ => &[],
            };
            items.iter().map(move |item| (o, item))
        })
    }

    /// The techniques with their objects.
    pub fn techniques(&self) -> impl Iterator<Item = (&Object, &TechniqueId)> {
        self.objects.iter().filter_map(|o| match &o.kind {
            ObjectKind::AttackPattern {
                technique: Some(technique),
            } => Some((o, technique)),
            _ => None,
        })
    }

    /// The narrowest TLP of all its objects: a report that is marked wider than something it tells of is not to be
    /// passed on wider than that.
    pub fn tlp(&self) -> Option<Tlp> {
        self.objects.iter().filter_map(|o| o.tlp).max()
    }
}

impl Object {
    /// The value of a MISP machine tag among the labels: `misp:category="Payload delivery"` for `category`.
    pub fn misp_label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find_map(|label| {
            let rest = label.strip_prefix("misp:")?.strip_prefix(key)?;
            rest.strip_prefix('=').map(|v| v.trim_matches('"'))
        })
    }

    /// Its type as the first part of its id.
    pub fn type_name(&self) -> &str {
        match &self.kind {
            ObjectKind::Other { type_name } => type_name,
            ObjectKind::CyberObservable(item) => &item.type_name,
            _ => self.id.split("--").next().unwrap_or_default(),
        }
    }
}

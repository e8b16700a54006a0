//! A document that somebody published, and what we read in it.

use serde::{Deserialize, Serialize};

use crate::{
    ActorId, Composite, Country, Indicator, IndicatorRole, NameKind, Observable, ObservableKind,
    Problem, ReportCitation, ReportId, Sector, SoftwareId, TechniqueMention, Timestamp, Tlp,
};

/// A report and everything read in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Derived from the bytes of the document.
    pub id: ReportId,
    /// The document itself.
    pub source: ReportSource,
    /// Its title, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who published it, when the text says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<ReportDate>,
    /// The language most of it is written in.
    pub language: Language,
    /// How far it may be shared, when it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tlp: Option<Tlp>,
    /// Every observable it mentions, with what each mention means; in order of first mention.
    pub mentions: Vec<Mention>,
    /// Facts that belong to one file.
    pub files: Vec<FileRecord>,
    /// Conditions over several values (`AND`, order, negation) as a structured format states them; in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub composites: Vec<Composite>,
    /// Techniques and tactics it says were used; in order of id.
    pub techniques: Vec<TechniqueMention>,
    /// Actors, malware, tools and campaigns it names; in order of first mention.
    pub names: Vec<NameMention>,
    /// Places and trades of victims; in order of first mention.
    pub targets: Vec<TargetMention>,
    /// Where it says that the attackers come from; in order of first mention.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<OriginMention>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Report {
    /// The observables it calls signs of an attack and that could be found somewhere, as indicators, in
    /// order of first mention. Vulnerabilities and AS numbers are mentions, but leave no trace of their own.
    pub fn indicators(&self) -> Vec<Indicator> {
        self.mentions
            .iter()
            .filter(|m| m.disposition == Disposition::Ioc && m.observable.kind().is_searchable())
            .map(|m| Indicator {
                role: m.role,
                labels: m.labels.clone(),
                valid_from: m.first_seen,
                valid_until: m.last_seen,
                not_after: m.not_after,
                only_with: m.only_with.clone(),
                citations: m.citations.clone(),
                ..Indicator::new(m.observable.clone())
            })
            .collect()
    }
}

/// The document a report was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportSource {
    /// File name as the user gave it; `-` for standard input.
    pub name: String,
    /// SHA-256 of its bytes, lower case.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Id of the report format it was read as (`plain`, `stix-bundle`).
    pub format: String,
    /// The text encoding it was in (`utf-8`, `shift_jis`).
    pub encoding: String,
}

/// A date as exact as the report states it: `2025`, `2025-03` or `2025-03-06`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReportDate(pub String);

impl ReportDate {
    /// The year; `None` when the text does not begin with one.
    pub fn year(&self) -> Option<i16> {
        self.0.get(..4)?.parse().ok()
    }

    /// The first moment of the year, month or day; `None` when the text is not such a date.
    pub fn start(&self) -> Option<Timestamp> {
        let full = match self.0.len() {
            4 => format!("{}-01-01", self.0),
            7 => format!("{}-01", self.0),
            _ => self.0.get(..10)?.to_owned(),
        };
        format!("{full}T00:00:00Z").parse().ok()
    }
}

/// A language a report is written in or a result is shown in.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English; also used for documents that are all data.
    #[default]
    En,
    /// Japanese.
    Ja,
}

/// What a mention of an observable means. Nothing is dropped: what is no indicator is kept with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// A sign of the attack: an indicator of compromise.
    Ioc,
    /// A link to read on, a source, the publisher's own host.
    Reference,
    /// Harmless, or a legitimate service that is abused.
    Benign,
    /// Belongs to a victim or is impersonated.
    Victim,
    /// Belongs to researchers or authors.
    Research,
    /// A person should look.
    Unsure,
}

/// An observable that the report mentions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mention {
    /// The value. In JSON its `type` and `value` stand directly in the mention.
    #[serde(flatten)]
    pub observable: Observable,
    /// What the mention means.
    pub disposition: Disposition,
    /// What it was used for, when it is an indicator.
    #[serde(default)]
    pub role: IndicatorRole,
    /// Why it was judged so: short English phrases, the weightiest first (`defanged`, `under "Indicators of Compromise"`).
    pub reasons: Vec<String>,
    /// How sure the meaning is: 0.5 is a coin, 1 is certain.
    #[serde(default = "certain")]
    pub confidence: f32,
    /// Whether it was written defanged anywhere.
    #[serde(default)]
    pub defanged: bool,
    /// As the report writes it (defanging undone), where that says more than the value: the fragment, the user
    /// name or the dot segments of a URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// Ports that it is written with, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<u16>,
    /// Malware, campaign or file names the report ties to it, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// First use as the report states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Timestamp>,
    /// Last use as the report states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// From when on it is no longer to be taken for an indicator, as the source says (STIX `valid_until`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// What it says something together with only, as the source's rule states it (`FileItem/FileName is
    /// "a.exe"`); empty when it means something alone. The whole condition is in [`Report::composites`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_with: Vec<String>,
    /// Every place it is mentioned, in order.
    pub citations: Vec<ReportCitation>,
}

/// Reports that were kept before confidence was: their meaning was taken as given.
fn certain() -> f32 {
    1.0
}

/// Facts about one file, gathered from a block, table row or object of the report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileRecord {
    /// MD5, lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// SHA-1, lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    /// SHA-256, lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// SHA-512, lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha512: Option<String>,
    /// The fuzzy hash of ssdeep, which similar files share in part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssdeep: Option<String>,
    /// Names it was seen under.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Names security products give it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detections: Vec<String>,
    /// Product it pretends to be; `None` when the report says none or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_product: Option<String>,
    /// Whether the report has the field "claimed product" at all (it may say "none").
    #[serde(default)]
    pub claimed_product_stated: bool,
    /// Link to read on about it (VirusTotal and the like).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_url: Option<String>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<ReportCitation>,
}

impl FileRecord {
    /// Its cryptographic hashes, each with its kind.
    pub fn hashes(&self) -> impl Iterator<Item = (ObservableKind, &str)> {
        use ObservableKind as K;
        [
            (K::Md5, &self.md5),
            (K::Sha1, &self.sha1),
            (K::Sha256, &self.sha256),
            (K::Sha512, &self.sha512),
        ]
        .into_iter()
        .filter_map(|(kind, hash)| Some((kind, hash.as_deref()?)))
    }

    /// Where its hash of a kind is kept, fuzzy ones included; `None` for kinds that are no hash of a file.
    pub fn hash_mut(&mut self, kind: ObservableKind) -> Option<&mut Option<String>> {
        use ObservableKind as K;
        match kind {
            K::Md5 => Some(&mut self.md5),
            K::Sha1 => Some(&mut self.sha1),
            K::Sha256 => Some(&mut self.sha256),
            K::Sha512 => Some(&mut self.sha512),
            K::Ssdeep => Some(&mut self.ssdeep),
            _ => None,
        }
    }

    /// Whether it has a cryptographic hash.
    #[must_use]
    pub fn has_hash(&self) -> bool {
        self.hashes().next().is_some()
    }
}

/// A name of an actor, malware, tool or campaign in the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NameMention {
    /// As written first in the report.
    pub text: String,
    /// Other spellings of the same name in the report, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_written: Vec<String>,
    /// What it stands for.
    pub kind: NameKind,
    /// The name in the knowledge it was matched to; `None` for names by pattern (`UAT-9999`) or stated by the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_as: Option<String>,
    /// Records of actors that bear the name, sorted. Several when sources disagree: never merged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actors: Vec<ActorId>,
    /// Records of software that bear the name, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub software: Vec<SoftwareId>,
    /// Whether the text differs from the known name by a slip of one letter (`Lotus Blossum`).
    #[serde(default)]
    pub misspelt: bool,
    /// Whether it is named only to say that it is not so ("The attackers are not APT28"): no claim of the publisher.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub denied: bool,
    /// How many times it is named.
    pub count: u32,
    /// Where, at most the first ten places.
    pub citations: Vec<ReportCitation>,
}

/// A country that the report says the attackers come from or work for: a claim of its publisher, not who they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OriginMention {
    /// Which.
    pub country: Country,
    /// As written where it is said first.
    pub text: String,
    /// Where.
    pub citations: Vec<ReportCitation>,
}

/// What kind of target is named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A country or territory.
    Country(Country),
    /// A trade.
    Sector(Sector),
}

/// A place or trade of victims that the report names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetMention {
    /// Which.
    pub target: TargetKind,
    /// As written.
    pub text: String,
    /// Whether the sentence says it was attacked; otherwise it is only mentioned.
    pub attacked: bool,
    /// Where.
    pub citations: Vec<ReportCitation>,
}

//! What to block now, whoever it is.

use serde::{Deserialize, Serialize};

use crate::{Indicator, Timestamp};

/// How far a domain entry reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The value itself.
    Exact,
    /// The domain and everything below it.
    Tree,
}

/// An indicator that goes on the lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockEntry {
    /// What to block.
    pub indicator: Indicator,
    /// How far.
    pub scope: Scope,
    /// Until when, where the caller gave lifetimes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Objections that were weighed and found too light to hold it back (an address in a VPN range), sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<Objection>,
}

/// Why an indicator should not be blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectionKind {
    /// Private, loopback, link-local or otherwise not routed on the internet (IANA special-purpose registries).
    SpecialPurpose,
    /// Reserved for documentation (RFC 5737, RFC 3849, RFC 2606, RFC 6761).
    Documentation,
    /// A public resolver.
    PublicResolver,
    /// A public suffix: everybody below it would be hit.
    PublicSuffix,
    /// Among the most popular domains.
    Popular,
    /// Shared hosting, a content network, a cloud or VPN range: others would be hit.
    SharedHosting,
    /// Another warning list holds it.
    WarningList,
    /// The organisation's own machine, network or domain.
    OwnAsset,
    /// A network so wide that it would cut off too much (IPv4 wider than /16, IPv6 wider than /32).
    TooWide,
    /// The hash of an empty file or another file that everybody has.
    CommonFile,
    /// A kind of value that no list can block (file names, CVEs, …).
    NotBlockable,
    /// The user's allow-list holds it.
    Allowed,
    /// A report that names it calls it harmless.
    CalledBenign,
    /// It is longer ago that somebody named it than such a value lives, or its source says that it is no longer valid.
    Expired,
    /// Its source says that it is valid from a later day on.
    NotYetValid,
    /// Its source says that it is a sign of an attack only together with other things.
    OnlyTogether,
}

/// One objection with its source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Objection {
    /// What kind.
    pub kind: ObjectionKind,
    /// The list, registry or file that says so (`List of known public DNS resolvers`, `RFC 1918`, `inventory`).
    pub source: String,
    /// The entry of that list that it hits (`10.0.0.0/8`).
    pub matched: String,
}

/// An indicator that was held back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldBack {
    /// Which.
    pub indicator: Indicator,
    /// Why, sorted; never empty.
    pub objections: Vec<Objection>,
}

/// What to block and what not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BlockPlan {
    /// Sorted by kind, then value.
    pub entries: Vec<BlockEntry>,
    /// Sorted by kind, then value.
    pub held_back: Vec<HeldBack>,
}

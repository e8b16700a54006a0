//! A set of kinds of telemetry, small enough to be kept for every record.

use serde::{Deserialize, Serialize};
use tegakari_model::Telemetry;

/// Kinds of telemetry, as a bit set.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Kinds(u32);

/// Set beside [`Telemetry::HttpUrl`] when the record shows URLs inside TLS (an intercepting proxy).
/// Logs of requests in the clear never show an `https` URL, so they must not count for one.
const URL_IN_TLS: u32 = 1 << 31;

/// Set when a record is of a request made of a proxy: it shows where its client went through it.
const THROUGH_PROXY: u32 = 1 << 30;

/// Set when the machine itself wrote the record: it also shows what no sensor between machines sees.
const BY_ITSELF: u32 = 1 << 29;

/// Set beside [`Telemetry::Flow`] when the machine itself opened a connection to an address that is not ours: a place
/// that only shows what passes between our own machines shows no address outside.
const FLOW_OUT: u32 = 1 << 28;

/// The same to an IPv6 address: a sensor that has never shown one may not see them at all.
const FLOW_OUT_V6: u32 = 1 << 27;

/// Set for a machine of whose records rules of behaviour would be asked. Only changes that are tried have it.
const RULES_ASKED: u32 = 1 << 26;

/// Notes that are no kinds.
const NOTES: u32 = URL_IN_TLS | THROUGH_PROXY | BY_ITSELF | FLOW_OUT | FLOW_OUT_V6 | RULES_ASKED;

impl Kinds {
    /// No kind.
    pub const NONE: Self = Self(0);

    /// The set of the given kinds.
    pub const fn of(kinds: &[Telemetry]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < kinds.len() {
            bits |= 1 << kinds[i] as u32;
            i += 1;
        }
        Self(bits)
    }

    /// The set with one more kind.
    #[must_use]
    pub const fn with(self, kind: Telemetry) -> Self {
        Self(self.0 | 1 << kind as u32)
    }

    /// The set, noting that URLs inside TLS are shown too.
    #[must_use]
    pub const fn with_url_in_tls(self) -> Self {
        Self(self.0 | 1 << Telemetry::HttpUrl as u32 | URL_IN_TLS)
    }

    /// The set, noting that it was shown of the client of a proxy.
    pub(crate) const fn through_proxy(self) -> Self {
        Self(self.0 | THROUGH_PROXY)
    }

    /// Whether it was shown of the client of a proxy.
    pub(crate) const fn is_through_proxy(self) -> bool {
        self.0 & THROUGH_PROXY != 0
    }

    /// The set, noting that the machine itself wrote the record.
    pub(crate) const fn by_itself(self) -> Self {
        Self(self.0 | BY_ITSELF)
    }

    /// Whether the machine itself wrote a record.
    pub(crate) const fn is_by_itself(self) -> bool {
        self.0 & BY_ITSELF != 0
    }

    /// The set with the note of URLs inside TLS.
    pub(crate) const fn and_url_in_tls(self) -> Self {
        Self(self.0 | URL_IN_TLS)
    }

    /// Only the note of URLs inside TLS: what an `https` URL needs.
    pub(crate) const fn url_in_tls() -> Self {
        Self(URL_IN_TLS)
    }

    /// The set, noting that the flow is one that the machine opened to an address outside.
    pub(crate) const fn outward(self, v6: bool) -> Self {
        Self(self.0 | FLOW_OUT | if v6 { FLOW_OUT_V6 } else { 0 })
    }

    /// Only the note of flows to addresses outside: what an IPv4 address needs.
    pub(crate) const fn flow_out() -> Self {
        Self(FLOW_OUT)
    }

    /// Only the note of flows to IPv6 addresses outside: what an IPv6 address needs.
    pub(crate) const fn flow_out_v6() -> Self {
        Self(FLOW_OUT_V6)
    }

    /// The set, noting that rules of behaviour would be asked.
    pub(crate) const fn rules_asked(self) -> Self {
        Self(self.0 | RULES_ASKED)
    }

    /// Whether rules of behaviour would be asked.
    pub(crate) const fn are_rules_asked(self) -> bool {
        self.0 & RULES_ASKED != 0
    }

    /// Whether all kinds of another are in it.
    pub(crate) const fn has_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The set without the kinds of another.
    #[must_use]
    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// All kinds in either set.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The kinds in both sets.
    #[must_use]
    pub const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the sets share a kind.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 & !(NOTES & !URL_IN_TLS) == 0
    }

    /// The kinds, in the order of [`Telemetry::ALL`].
    pub fn list(self) -> Vec<Telemetry> {
        Telemetry::ALL
            .into_iter()
            .filter(|&kind| self.0 & 1 << kind as u32 != 0)
            .collect()
    }
}

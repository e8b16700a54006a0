//! Which objections hold an indicator back. The one place where this is decided.
//!
//! | objection | holds back |
//! |---|---|
//! | on the allow-list, called harmless by a report, expired, not yet valid, of value only together with others, own asset, special purpose, documentation, public resolver, public suffix, too wide, common file, not blockable | always |
//! | popular | the listed name itself; below it too, except below a border of tenancy |
//! | shared hosting, other warning lists | the listed value itself, a network inside a listed network, an address of a network that serves everybody at once (content networks) |
//!
//! Everything else is listed and carries the objection as an annotation. The reason: a match on a
//! landlord says nothing good about the tenant. Of the indicators that a vendor published in five
//! years, one domain in twenty-five and one address in five is on some warning list, nearly all of them sub-domains of
//! shared hosting and addresses of VPN providers that were attackers' when published. Holding these back would
//! disarm the list; blocking the landlord (`github.io`, a content network's address) would hit thousands
//! of others. One sub-domain and one address belong to one tenant at a time.
//!
//! How far a domain entry reaches follows from the same thought: a domain is blocked with everything
//! below it ([`Scope::Tree`]), because whoever holds a name holds the names below. Under shared hosting
//! that holds only where the public suffix list marks the border between tenants (`evil.github.io`);
//! where it does not, names below may belong to other tenants, so the entry is [`Scope::Exact`].

use std::collections::{BTreeMap, BTreeSet};

use tegakari_knowledge::Knowledge;
use tegakari_model::{Objection, ObjectionKind, Observable, ObservableKind, Scope, public_suffix};

use crate::networks;
use crate::{Aging, AllowList};

/// What the user decides about blocking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Kinds of objections that hold nothing back (they still annotate), for a lab that wants to block
    /// documentation ranges or a network that lists its own suffix. Values that no list can block stay held back.
    pub waived: BTreeSet<ObjectionKind>,
    /// What is never to be blocked.
    pub allow: AllowList,
    /// Values that reports call harmless, with what says so (the report's id).
    pub called_benign: BTreeMap<Observable, String>,
    /// What the age of entries is judged by; `None` leaves them without an end.
    pub aging: Option<Aging>,
}

impl Policy {
    /// Whether this objection holds this value back.
    pub fn holds_back(
        &self,
        observable: &Observable,
        objection: &Objection,
        knowledge: &Knowledge,
    ) -> bool {
        use ObjectionKind as O;
        match objection.kind {
            O::NotBlockable => true,
            kind if self.waived.contains(&kind) => false,
            O::Allowed
            | O::CalledBenign
            | O::Expired
            | O::NotYetValid
            | O::OnlyTogether
            | O::OwnAsset
            | O::SpecialPurpose
            | O::Documentation
            | O::PublicResolver
            | O::PublicSuffix
            | O::TooWide
            | O::CommonFile => true,
            O::Popular => match objection.matched.strip_prefix('.') {
                Some(parent) => {
                    let host = networks::host_of_url(observable.value());
                    !has_own_tenant(host.as_deref().unwrap_or(observable.value()), parent)
                }
                None => true,
            },
            O::SharedHosting | O::WarningList => knowledge.harms_others(observable, objection),
        }
    }
}

/// Whether a list can block values of this kind at all.
pub(crate) fn is_blockable(kind: ObservableKind) -> bool {
    use ObservableKind as K;
    match kind {
        K::Ipv4 | K::Ipv6 | K::Cidr | K::Domain | K::Url | K::Email | K::Ja3 => true,
        K::Md5 | K::Sha1 | K::Sha256 | K::Sha512 => true,
        K::FileName
        | K::FilePath
        | K::RegistryKey
        | K::ServiceName
        | K::NamedPipe
        | K::Mutex
        | K::UserAgent
        | K::CommandLine
        | K::Cve
        | K::Asn
        | K::DetectionName
        | K::Wallet
        | K::Mac
        | K::Imphash
        | K::Ssdeep
        | K::Package
        | K::YaraRule => false,
    }
}

/// How far an entry reaches, given the objections it is listed in spite of.
pub(crate) fn scope(observable: &Observable, annotations: &[Objection]) -> Scope {
    if observable.kind() != ObservableKind::Domain {
        return Scope::Exact;
    }
    let shared = annotations.iter().any(|o| {
        o.kind == ObjectionKind::SharedHosting
            && o.matched
                .strip_prefix('.')
                .is_some_and(|parent| !has_own_tenant(observable.value(), parent))
    });
    if shared { Scope::Exact } else { Scope::Tree }
}

/// Whether the public suffix list (its private part included) draws a border between tenants at or
/// below `parent`, and `name` lies beyond it.
fn has_own_tenant(name: &str, parent: &str) -> bool {
    let Some((suffix, public_suffix::Type::Private)) = known_suffix(name) else {
        return false;
    };
    let border = match name.split_once('.') {
        Some((_, above)) if is_wildcard_tenant(name) => above,
        _ => suffix,
    };
    border.len() < name.len() && (border == parent || border.ends_with(&format!(".{parent}")))
}

/// The suffix of a name by a rule that the list holds, and which part of the list holds it.
fn known_suffix(name: &str) -> Option<(&str, public_suffix::Type)> {
    let suffix = public_suffix::suffix(name.as_bytes())?;
    let text = std::str::from_utf8(suffix.as_bytes()).ok()?;
    suffix.typ().map(|part| (text, part))
}

/// A label that no rule of the list names.
const NOBODY: &str = "tegakari-nobody-has-this";

/// Whether a name is a suffix only by a private rule with a wildcard (`*.compute.amazonaws.com`): then
/// it is itself the name of one tenant. Known by a label that nobody has, which is a suffix as well.
fn is_wildcard_tenant(name: &str) -> bool {
    let is_private_suffix = |n: &str| known_suffix(n) == Some((n, public_suffix::Type::Private));
    is_private_suffix(name)
        && name
            .split_once('.')
            .is_some_and(|(_, above)| is_private_suffix(&format!("{NOBODY}.{above}")))
}

/// The objection to a name under which others register.
pub(crate) fn public_suffix(observable: &Observable) -> Option<Objection> {
    if observable.kind() != ObservableKind::Domain {
        return None;
    }
    let name = observable.value();
    let (suffix, _) = known_suffix(name)?;
    // Below `at.ply.gg` everybody has a name by the rule `*.at.ply.gg`.
    let below = format!("{NOBODY}.{name}");
    let above_wildcard = known_suffix(&below).is_some_and(|(suffix, _)| suffix == below);
    let itself = suffix == name && !is_wildcard_tenant(name);
    (itself || above_wildcard).then(|| Objection {
        kind: ObjectionKind::PublicSuffix,
        source: "Public Suffix List".to_owned(),
        matched: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{has_own_tenant, is_blockable, public_suffix, scope};
    use tegakari_model::{Objection, ObjectionKind, Observable, ObservableKind as K, Scope};

    #[test]
    fn the_suffix_list_draws_the_border_between_tenants() {
        for (name, parent, want) in [
            ("evil.github.io", "github.io", true),
            ("a.evil.github.io", "github.io", true),
            ("github.io", "github.io", false),
            ("x.workers.dev", "workers.dev", true),
            ("docs.google.com", "google.com", false),
            ("evil.appspot.com", "appspot.com", true),
            ("notgithub.io", "github.io", false),
            ("ec2-1-2-3-4.compute-1.amazonaws.com", "amazonaws.com", true),
            ("x.at.ply.gg", "ply.gg", true),
        ] {
            assert_eq!(has_own_tenant(name, parent), want, "{name}");
        }
    }

    #[test]
    fn a_name_under_which_others_register_is_objected_to() {
        for (name, want) in [
            ("co.uk", true),
            ("github.io", true),
            ("evil.co.uk", false),
            ("evil.unknown-tld", false),
            ("com.ck", true),
            ("x.at.ply.gg", false),
            ("at.ply.gg", true),
            ("ply.gg", false),
        ] {
            let name = Observable::new(K::Domain, name).unwrap();
            assert_eq!(public_suffix(&name).is_some(), want, "{name}");
        }
    }

    #[test]
    fn a_tenant_whose_border_is_unknown_is_blocked_exactly() {
        let hosted = |matched: &str| Objection {
            kind: ObjectionKind::SharedHosting,
            source: "list".into(),
            matched: matched.into(),
        };
        let domain = |name| Observable::new(K::Domain, name).unwrap();
        assert_eq!(scope(&domain("evil.net"), &[]), Scope::Tree);
        assert_eq!(scope(&domain("c2.evil.net"), &[]), Scope::Tree);
        assert_eq!(
            scope(&domain("evil.github.io"), &[hosted(".github.io")]),
            Scope::Tree
        );
        assert_eq!(
            scope(&domain("evil.hoster.net"), &[hosted(".hoster.net")]),
            Scope::Exact
        );
    }

    #[test]
    fn only_what_a_list_can_stop_is_blockable() {
        let blockable: Vec<K> = K::ALL.into_iter().filter(|k| is_blockable(*k)).collect();
        assert!(blockable.contains(&K::Sha512) && !blockable.contains(&K::Cve));
        assert_eq!(blockable.len(), 11);
    }
}

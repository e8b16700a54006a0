//! Objections first, then the list.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tegakari_knowledge::Knowledge;
use tegakari_model::{
    BlockEntry, BlockPlan, HeldBack, Indicator, IndicatorRole, Objection, ObjectionKind,
    Observable, ObservableKind, Timestamp,
};

use crate::networks;
use crate::own_assets::{OwnAssets, OwnIndex};
use crate::policy::{self, Policy};

/// Hashes of files without any content and of a single line end: every machine has them.
/// (FIPS 180-4 and RFC 1321 applied to "", "\n" and "\r\n".)
const NOTHING_IN_THEM: &[&str] = &[
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
    "68b329da9893e34099c7d8ad5cb9c940",
    "adc83b19e793491b1c6ea0fd8b46cd9f32e592fc",
    "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b",
    "81051bcc2cf1bedf378224b0a93e2877",
    "ba8ab5a0280b953aa97435ff8946cbcbb2755a27",
    "7eb70257593da06f682a3ddda54a9d260d4fc514f645237f5ca74b08f8da61a6",
];

/// Seconds by which a day may be ahead of another in some time zone.
const AHEAD: i64 = 86_400;

/// Narrowest networks that are still blocked: IPv4 /16, IPv6 /32.
const MIN_PREFIX: (u8, u8) = (16, 32);

/// Decides what to block, with the policy as documented in [`Policy`]. Indicators of the same value
/// become one entry.
pub fn plan(indicators: &[Indicator], own: &OwnAssets, knowledge: &Knowledge) -> BlockPlan {
    plan_with(indicators, own, knowledge, &Policy::default())
}

/// [`plan`] with some objections waived.
pub fn plan_with(
    indicators: &[Indicator],
    own: &OwnAssets,
    knowledge: &Knowledge,
    policy: &Policy,
) -> BlockPlan {
    let own = OwnIndex::new(own);
    let mut by_value: BTreeMap<Cow<'_, Observable>, Indicator> = BTreeMap::new();
    for indicator in indicators {
        let meant = networks::meant(&indicator.observable);
        let value = meant.map_or(Cow::Borrowed(&indicator.observable), Cow::Owned);
        match by_value.get_mut(&value) {
            Some(known) => merge(known, indicator),
            None => {
                let mut one = indicator.clone();
                if let Cow::Owned(meant) = &value {
                    one.observable = meant.clone();
                }
                by_value.insert(value, one);
            }
        }
    }
    let mut plan = BlockPlan::default();
    for indicator in by_value.into_values() {
        let observable = &indicator.observable;
        let age = policy.aging.as_ref().map(|aging| aging.of(&indicator));
        let mut objections = objections(observable, &own, knowledge);
        policy.allow.objections(observable, &mut objections);
        if let Some(inner) = networks::embedded(observable) {
            objections.extend(self::objections(&inner, &own, knowledge));
            policy.allow.objections(&inner, &mut objections);
        }
        let cleared = policy.called_benign.get(observable).or_else(|| {
            let mapped = networks::mapped(observable)?;
            policy.called_benign.get(&mapped)
        });
        if let Some(report) = cleared {
            objections.push(Objection {
                kind: ObjectionKind::CalledBenign,
                source: report.clone(),
                matched: observable.value().to_owned(),
            });
        }
        if let (Some(age), Some(aging)) = (age, &policy.aging)
            && age.expires <= aging.now
        {
            objections.push(Objection {
                kind: ObjectionKind::Expired,
                source: if indicator.not_after == Some(age.expires) {
                    "its source: valid until".to_owned()
                } else {
                    // Day and lifetime, which give the day.
                    format!(
                        "{} + {} d",
                        day(age.last_named),
                        aging.lifetimes.days(observable.kind())
                    )
                },
                matched: day(age.expires),
            });
        }
        if let (Some(from), Some(aging)) = (indicator.valid_from, &policy.aging)
            && from.as_second() - aging.now.as_second() > AHEAD
        {
            objections.push(Objection {
                kind: ObjectionKind::NotYetValid,
                source: "its source: valid from".to_owned(),
                matched: day(from),
            });
        }
        // A file is known by its hash, whatever else a rule asks for; a host has others than the attacker's visitors.
        if observable.kind().is_network()
            && let Some(other) = indicator.only_with.first()
        {
            objections.push(Objection {
                kind: ObjectionKind::OnlyTogether,
                source: "its source: only together with".to_owned(),
                matched: other.clone(),
            });
        }
        objections.sort();
        objections.dedup();
        let holds = |o: &Objection| policy.holds_back(observable, o, knowledge);
        if objections.iter().any(holds) {
            plan.held_back.push(HeldBack {
                indicator,
                objections,
            });
        } else {
            plan.entries.push(BlockEntry {
                scope: policy::scope(observable, &objections),
                // What is blocked in spite of its end has none.
                expires: age
                    .map(|age| age.expires)
                    .filter(|end| policy.aging.as_ref().is_none_or(|aging| *end > aging.now)),
                annotations: objections,
                indicator,
            });
        }
    }
    plan
}

/// Everything that speaks against blocking, whoever decides.
fn objections(observable: &Observable, own: &OwnIndex, knowledge: &Knowledge) -> Vec<Objection> {
    let mut out = knowledge.benign(observable);
    own.objections(observable, &mut out);
    out.extend(policy::public_suffix(observable));
    let value = observable.value();
    if !policy::is_blockable(observable.kind()) {
        out.push(Objection {
            kind: ObjectionKind::NotBlockable,
            source: "kind of value".to_owned(),
            matched: observable.kind().name().to_owned(),
        });
    }
    if NOTHING_IN_THEM.contains(&value) {
        out.push(Objection {
            kind: ObjectionKind::CommonFile,
            source: "a file without content".to_owned(),
            matched: value.to_owned(),
        });
    }
    if observable.kind() == ObservableKind::Url && value.contains('*') {
        // Firewalls take it for whatever there is: `http://github.com/*`.
        out.push(Objection {
            kind: ObjectionKind::TooWide,
            source: "a pattern, not an address".to_owned(),
            matched: value.to_owned(),
        });
    }
    if observable.kind() == ObservableKind::Cidr
        && let Some(net) = networks::parse(value)
    {
        let least = match net {
            ipnet::IpNet::V4(_) => MIN_PREFIX.0,
            ipnet::IpNet::V6(_) => MIN_PREFIX.1,
        };
        if net.prefix_len() < least {
            out.push(Objection {
                kind: ObjectionKind::TooWide,
                source: format!("wider than /{least}"),
                matched: value.to_owned(),
            });
        }
    }
    out
}

/// The day of a time (`2026-03-10`).
fn day(time: Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}

/// Adds what another source says of the same value.
fn merge(known: &mut Indicator, other: &Indicator) {
    if known.role == IndicatorRole::Unknown {
        known.role = other.role;
    }
    known.labels.extend(other.labels.iter().cloned());
    known.labels.sort();
    known.labels.dedup();
    known.valid_from = match (known.valid_from, other.valid_from) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    known.valid_until = match (known.valid_until, other.valid_until) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    };
    known.validity_of_both(other);
    known.citations.extend(other.citations.iter().cloned());
    known.citations.sort();
    known.citations.dedup();
}

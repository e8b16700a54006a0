//! How long an entry is worth blocking: an address changes hands, a file never does.
//!
//! An entry ends a lifetime after the last day on which anybody named it: the last use that a source
//! states, the first use, or the day the report came out, whichever is latest; never later than a
//! lifetime from now, and never later than its source says that it is valid. A value without any date counts from now on. What is left of an entry decays as
//! in MISP's scoring model (`100 · (1 − (t/τ)^(1/δ))`, τ being the lifetime): δ is 2 for addresses and
//! URLs, which lose their worth early, and 1 (a straight line) for the rest.
//!
//! The lifetimes are a convention, not a measurement, and can be changed one by one.

use std::collections::BTreeMap;

use tegakari_model::{Indicator, ObservableKind as K, ReportId, Timestamp};

const DAY: i64 = 86_400;

/// Days that a value of each kind is worth blocking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifetimes {
    days: BTreeMap<K, u32>,
}

/// Kinds with their lifetimes in days; every other kind lives as long as a domain.
const DEFAULT: [(K, u32); 12] = [
    (K::Ipv4, 180),
    (K::Ipv6, 180),
    (K::Cidr, 180),
    (K::Url, 180),
    (K::Domain, 365),
    (K::Email, 365),
    (K::Ja3, 730),
    (K::Md5, 3650),
    (K::Sha1, 3650),
    (K::Sha256, 3650),
    (K::Sha512, 3650),
    (K::Imphash, 730),
];

/// Longest lifetime that is taken: a century.
const MOST_DAYS: u32 = 36_500;

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            days: DEFAULT.into_iter().collect(),
        }
    }
}

impl Lifetimes {
    /// The lifetime of a kind, in days.
    pub fn days(&self, kind: K) -> u32 {
        self.days.get(&kind).copied().unwrap_or(365)
    }

    /// Changes one lifetime: `ipv4=30`.
    ///
    /// # Errors
    /// A sentence that says what is wrong, when the text is no kind with a number of days.
    pub fn set(&mut self, text: &str) -> Result<(), String> {
        let (name, days) = text
            .split_once('=')
            .ok_or_else(|| format!("{text:?} is no lifetime: write KIND=DAYS, as in ipv4=30"))?;
        let kind = K::ALL
            .into_iter()
            .find(|kind| kind.name() == name.trim())
            .ok_or_else(|| format!("there is no kind of value {:?}", name.trim()))?;
        let days = days.trim().parse().ok();
        let days = days
            .filter(|days| (1..=MOST_DAYS).contains(days))
            .ok_or_else(|| format!("a lifetime is 1 to {MOST_DAYS} days: {text:?}"))?;
        self.days.insert(kind, days);
        Ok(())
    }
}

/// What the age of entries is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aging {
    /// Lifetimes.
    pub lifetimes: Lifetimes,
    /// The time of the decision.
    pub now: Timestamp,
    /// When each report came out, as far as it says.
    pub published: BTreeMap<ReportId, Timestamp>,
}

/// The age of one indicator, and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// The last day on which somebody named it; now, when nobody says.
    pub last_named: Timestamp,
    /// Until when it is worth blocking.
    pub expires: Timestamp,
    /// What is left of its worth, 0 to 100.
    pub left: u8,
}

impl Aging {
    /// Judges one indicator.
    pub fn of(&self, indicator: &Indicator) -> Age {
        let named = indicator
            .citations
            .iter()
            .filter_map(|c| self.published.get(&c.report).copied())
            .chain(indicator.valid_from)
            .chain(indicator.valid_until)
            .max();
        let last_named = named.map_or(self.now, |time| time.min(self.now));
        let kind = indicator.observable.kind();
        let lifetime = i64::from(self.lifetimes.days(kind)) * DAY;
        let expires = Timestamp::from_second(last_named.as_second().saturating_add(lifetime))
            .unwrap_or(Timestamp::MAX);
        let expires = indicator.not_after.map_or(expires, |end| end.min(expires));
        let age = self.now.as_second().saturating_sub(last_named.as_second());
        Age {
            last_named,
            expires,
            left: left(kind, age, lifetime),
        }
    }
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seconds of a century are exact in a double, and the result is 0 to 100"
)]
fn left(kind: K, age: i64, lifetime: i64) -> u8 {
    let share = (age.max(0) as f64 / lifetime.max(1) as f64).min(1.0);
    // A square root is exact everywhere (IEEE 754), a power is not.
    let gone = match kind {
        K::Ipv4 | K::Ipv6 | K::Cidr | K::Url => share.sqrt(),
        _ => share,
    };
    (100.0 * (1.0 - gone)).round() as u8
}

#[cfg(test)]
mod tests {
    use super::{Aging, Lifetimes, left};
    use tegakari_model::{Indicator, Observable, ObservableKind as K};

    #[test]
    fn an_address_loses_its_worth_early_and_a_file_in_a_straight_line() {
        for (kind, age, want) in [
            (K::Ipv4, 0, 100),
            (K::Ipv4, 25, 50),
            (K::Ipv4, 100, 0),
            (K::Ipv4, 1000, 0),
            (K::Sha256, 25, 75),
            (K::Sha256, -5, 100),
        ] {
            assert_eq!(left(kind, age, 100), want, "{kind:?} {age}");
        }
    }

    #[test]
    fn a_lifetime_counts_from_the_last_day_somebody_named_it() {
        let aging = Aging {
            lifetimes: Lifetimes::default(),
            now: "2026-06-01T00:00:00Z".parse().unwrap(),
            published: std::collections::BTreeMap::new(),
        };
        let mut one = Indicator::new(Observable::new(K::Ipv4, "45.9.148.7").unwrap());
        let ends = |one: &Indicator| aging.of(one).expires.to_string();
        assert_eq!(ends(&one), "2026-11-28T00:00:00Z", "no date: from now");
        one.valid_from = Some("2026-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(ends(&one), "2026-06-30T00:00:00Z");
        one.not_after = Some("2026-03-01T00:00:00Z".parse().unwrap());
        assert_eq!(ends(&one), "2026-03-01T00:00:00Z", "as its source says");
        one.not_after = Some("2036-03-01T00:00:00Z".parse().unwrap());
        one.valid_until = Some("2036-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(
            ends(&one),
            "2026-11-28T00:00:00Z",
            "the future is not a report"
        );
    }

    #[test]
    fn a_lifetime_is_a_kind_and_days() {
        let mut lifetimes = Lifetimes::default();
        lifetimes.set("ipv4=30").unwrap();
        assert_eq!(lifetimes.days(K::Ipv4), 30);
        for bad in [
            "ipv4",
            "ipv4=0",
            "ipv4=-1",
            "nope=3",
            "ipv4=99999999999",
            "=",
            "",
        ] {
            assert!(lifetimes.set(bad).is_err(), "{bad}");
        }
    }
}

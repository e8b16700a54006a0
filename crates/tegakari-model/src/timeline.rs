//! Sightings and matches of rules in order of time, for a machine or an account.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Hour, HuntResult, LogCitation, RuleLevel, Timestamp};

/// What an entry of a timeline is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum TimelineEntryKind {
    /// A rule of behaviour matched.
    Behaviour {
        /// Its id.
        rule: String,
        /// How grave.
        level: RuleLevel,
        /// Who wrote it.
        author: String,
        /// Its licence.
        licence: String,
        /// Ids of ATT&CK techniques.
        techniques: Vec<String>,
    },
    /// An indicator was seen.
    Sighting {
        /// Its kind, by name.
        kind: String,
    },
}

/// A record in a timeline. Texts are hostile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// When.
    pub time: Timestamp,
    /// The machine; `None` when no record tells.
    pub asset: Option<String>,
    /// The account, as far as the record tells.
    pub user: Option<String>,
    /// The title of the rule, or the indicator, defanged.
    pub title: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: TimelineEntryKind,
    /// Where it stands.
    pub place: LogCitation,
}

/// Hours of a machine in which no record tells of it: silence there means nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DarkHours {
    /// The first.
    pub from: Timestamp,
    /// The end of the last.
    pub until: Timestamp,
}

/// What happened, as far as indicators and rules tell, and when nobody could have seen it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// The machine asked about; `None` for all.
    pub host: Option<String>,
    /// The account asked about; `None` for all.
    pub user: Option<String>,
    /// In order of time, then machine, title, file and line.
    pub entries: Vec<TimelineEntry>,
    /// Records of it that are not listed, because there were too many of one rule or indicator on one machine.
    pub unlisted: u64,
    /// Records without a time, which have no place in it.
    pub without_time: u64,
    /// Machines that it is about, sorted.
    pub assets: Vec<String>,
    /// Hours of the window in which there is no record of any of them, in order.
    pub dark: Vec<DarkHours>,
    /// Hours of the window, and how many of them are dark.
    pub hours: u64,
    /// How many of them are dark.
    pub dark_hours: u64,
}

impl Timeline {
    /// What a hunt tells of a machine, an account, or of everything.
    pub fn of(hunt: &HuntResult, host: Option<&str>, user: Option<&str>) -> Self {
        let mut out = Self {
            host: host.map(str::to_owned),
            user: user.map(str::to_owned),
            ..Self::default()
        };
        for one in &hunt.findings {
            for on in one.finding.sightings() {
                // Sightings name no account.
                if user.is_some() || !is_host(on.asset.as_deref(), host) {
                    continue;
                }
                let dated = on
                    .examples
                    .iter()
                    .filter(|cited| cited.time.is_some())
                    .count() as u64;
                let undated = on.count_without_time;
                out.without_time += undated;
                out.unlisted += on.count.saturating_sub(undated).saturating_sub(dated);
                out.entries.extend(on.examples.iter().filter_map(|cited| {
                    Some(TimelineEntry {
                        time: cited.time?,
                        asset: on.asset.clone(),
                        user: None,
                        title: one.indicator.observable.defanged(),
                        kind: TimelineEntryKind::Sighting {
                            kind: one.indicator.observable.kind().name().to_owned(),
                        },
                        place: cited.clone(),
                    })
                }));
            }
        }
        for one in hunt.behaviours.iter().flat_map(|of| &of.observed) {
            for on in &one.assets {
                if !is_host(on.asset.as_deref(), host) {
                    continue;
                }
                let dated = on.examples.iter().filter(|one| one.place.time.is_some());
                let (dated, undated) = (dated.count() as u64, on.count_without_time);
                if user.is_none() {
                    out.without_time += undated;
                }
                // Nobody knows whose they are.
                out.unlisted += on.count.saturating_sub(undated).saturating_sub(dated);
                out.entries.extend(
                    on.examples
                        .iter()
                        .filter(|example| is_user(example.user.as_deref(), user))
                        .filter_map(|example| {
                            Some(TimelineEntry {
                                time: example.place.time?,
                                asset: on.asset.clone(),
                                user: example.user.clone(),
                                title: one.rule.title.clone(),
                                kind: TimelineEntryKind::Behaviour {
                                    rule: one.rule.id.clone(),
                                    level: one.rule.level,
                                    author: one.rule.author.clone(),
                                    licence: one.rule.licence.clone(),
                                    techniques: one.rule.techniques.clone(),
                                },
                                place: example.place.clone(),
                            })
                        }),
                );
            }
        }
        out.entries.sort();
        out.entries.dedup();
        let assets: BTreeSet<&str> = match host {
            Some(_) => hunt
                .coverage
                .assets
                .iter()
                .map(|asset| asset.name.as_str())
                .filter(|name| is_host(Some(name), host))
                .collect(),
            None => out
                .entries
                .iter()
                .filter_map(|one| one.asset.as_deref())
                .collect(),
        };
        out.assets = assets.into_iter().map(str::to_owned).collect();
        out.darken(hunt);
        out
    }

    /// Works out the hours without any record of the machines.
    fn darken(&mut self, hunt: &HuntResult) {
        let Some((from, until)) = hunt.coverage.window_hours() else {
            return;
        };
        let lit: BTreeSet<i64> = hunt
            .coverage
            .sources
            .iter()
            .filter(|source| self.assets.binary_search(&source.asset).is_ok())
            .flat_map(|source| source.hours.iter().map(|count| count.hour.0))
            .filter(|hour| (from.0..until.0).contains(hour))
            .collect();
        self.hours = u64::try_from(until.0 - from.0).unwrap_or(0);
        self.dark_hours = self.hours.saturating_sub(lit.len() as u64);
        let mut next = from.0;
        for hour in lit.into_iter().chain([until.0]) {
            if hour > next
                && let (Some(from), Some(until)) = (Hour(next).start(), Hour(hour).start())
            {
                self.dark.push(DarkHours { from, until });
            }
            next = hour + 1;
        }
    }
}

/// Whether a machine is the one asked about: by its name, with or without its domain.
fn is_host(asset: Option<&str>, wanted: Option<&str>) -> bool {
    let Some(wanted) = wanted else { return true };
    let Some(asset) = asset else { return false };
    let short = |name: &str| {
        let is_address = name.parse::<std::net::IpAddr>().is_ok();
        let end = name.find('.').filter(|_| !is_address).unwrap_or(name.len());
        name[..end].to_ascii_lowercase()
    };
    asset.eq_ignore_ascii_case(wanted)
        || (!wanted.contains('.') || !asset.contains('.')) && short(asset) == short(wanted)
}

/// Whether an account is the one asked about: by its name, with or without its domain.
fn is_user(user: Option<&str>, wanted: Option<&str>) -> bool {
    let Some(wanted) = wanted else { return true };
    let Some(user) = user else { return false };
    let bare = |name: &str| {
        let name = name.rsplit('\\').next().unwrap_or(name);
        let end = name.find('@').unwrap_or(name.len());
        name[..end].to_lowercase()
    };
    if wanted.contains(['\\', '@']) {
        user.to_lowercase() == wanted.to_lowercase()
    } else {
        bare(user) == bare(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::{is_host, is_user};

    #[test]
    fn machines_and_accounts_are_known_with_and_without_their_domain() {
        assert!(is_host(Some("dc1"), Some("DC1.corp.example")));
        assert!(is_host(Some("dc1.corp.example"), Some("dc1")));
        assert!(!is_host(
            Some("dc1.corp.example"),
            Some("dc1.other.example")
        ));
        assert!(!is_host(Some("10.0.0.1"), Some("10.0.0.2")));
        assert!(is_user(Some("CORP\\Alice"), Some("alice")));
        assert!(is_user(Some("alice@corp.example"), Some("Alice")));
        assert!(!is_user(Some("CORP\\alice"), Some("OTHER\\alice")));
        assert!(!is_user(None, Some("alice")));
    }
}

//! Which machines reach the network through which proxies.
//!
//! A proxy opens the connections and asks for the names of its clients: flow records of a client then only show the
//! proxy. So what leaves a machine behind a proxy counts as visible only in hours in which the proxy's side is visible
//! too: its own traffic, or the requests that were made of it.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{Asset, Problem};

use crate::Kinds;
use crate::assets::Machines;
use crate::outcome::{Party, Tally};
use crate::sources::Sources;

/// The proxies of a hunt.
#[derive(Debug, Default)]
pub(crate) struct Proxies {
    all: BTreeSet<String>,
    /// Proxies by client, as far as requests were seen.
    of: BTreeMap<String, BTreeSet<String>>,
    none: BTreeSet<String>,
}

/// Words in the name of a machine, or in what the inventory says of it, by which it is taken for a proxy.
const WORDS: [&str; 4] = ["proxy", "squid", "swg", "プロキシ"];
/// Words that say that it is one before servers of ours.
const INWARD: [&str; 3] = ["reverse", "rproxy", "revproxy"];

impl Proxies {
    /// Those that were asked, and those that are called so. The latter matter when nothing is left of the requests: a
    /// machine of which no request is known may go through any proxy, so all of them must be visible.
    pub(crate) fn of_all(
        tally: &Tally,
        machines: &Machines,
        assets: &[Asset],
        sources: &Sources,
    ) -> Self {
        let mut proxies = Self::default();
        let goes_out: BTreeSet<&str> = sources
            .iter()
            .filter(|(_, sum)| sum.shows.meets(Kinds::flow_out()))
            .map(|((asset, _), _)| asset.as_str())
            .collect();
        for (client, proxy) in &tally.behind {
            let (Some(client), Some(proxy)) =
                (machines.asset(client, None), machines.asset(proxy, None))
            else {
                continue;
            };
            if client != proxy {
                proxies.all.insert(proxy.clone());
                proxies.of.entry(client).or_default().insert(proxy);
            }
        }
        // Without the logs of a proxy its clients are known by this: they connect to it, and to nothing outside.
        for (client, proxy) in &tally.to_proxy_ports {
            // Nobody may have heard of the proxy otherwise.
            let unknown = match proxy {
                Party::Address(ip) => Some(ip.to_string()),
                _ => None,
            };
            let (Some(client), Some(proxy)) = (
                machines.asset(client, None),
                machines.asset(proxy, None).or(unknown),
            ) else {
                continue;
            };
            if client != proxy && !goes_out.contains(client.as_str()) {
                proxies.all.insert(proxy.clone());
                proxies.of.entry(client).or_default().insert(proxy);
            }
        }
        for asset in assets.iter().filter(|asset| !asset.sensor) {
            let facts = asset.facts.iter().map(|(_, value)| value.as_str());
            if is_called_proxy(&asset.name) || facts.into_iter().any(is_called_proxy) {
                proxies.all.insert(asset.name.clone());
            }
        }
        proxies
    }

    /// The proxies through which a machine may reach the network; a proxy itself has none.
    pub(crate) fn of(&self, machine: &str) -> &BTreeSet<String> {
        if self.all.contains(machine) {
            return &self.none;
        }
        self.of.get(machine).unwrap_or(&self.all)
    }

    /// Whether a machine is known to reach the network through a proxy.
    pub(crate) fn is_behind(&self, machine: &str) -> bool {
        !self.all.contains(machine) && self.of.contains_key(machine)
    }

    /// All of them, sorted.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(String::as_str)
    }

    /// What is to be said of it; `None` where there is no proxy.
    pub(crate) fn told(&self) -> Option<Problem> {
        let names: Vec<&str> = self.all.iter().map(String::as_str).take(5).collect();
        let more = match self.all.len().saturating_sub(names.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!names.is_empty()).then(|| {
            Problem::new(
                "proxies",
                format!(
                    "machines reach the network through {}{more}: what they connect to counts as visible only in hours in which that is visible too",
                    names.join(", ")
                ),
                "hunt in the logs of the proxies, and in flow and DNS records of what they do themselves",
            )
        })
    }
}

fn is_called_proxy(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower
        .split(|c: char| !c.is_alphanumeric())
        .map(|word| word.trim_matches(|c: char| c.is_ascii_digit()));
    let inward = words.clone().any(|word| INWARD.contains(&word));
    !inward && words.any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::is_called_proxy;

    #[test]
    fn a_proxy_is_known_by_a_word_of_its_name() {
        for (text, want) in [
            ("proxy-bo-01", true),
            ("web-proxy1", true),
            ("squid", true),
            ("forward proxy", true),
            ("reverse-proxy-1", false),
            ("proximity-01", false),
            ("ws-014", false),
        ] {
            assert_eq!(is_called_proxy(text), want, "{text}");
        }
    }
}

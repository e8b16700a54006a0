//! What the forms that are queries share: values by the field they are looked for in.

use tegakari_model::{BlockEntry, ObservableKind as K, Scope};

use crate::networks;

/// Values of the entries, each list sorted and without repetition.
#[derive(Debug, Default)]
pub(crate) struct Values<'a> {
    /// Single addresses.
    pub(crate) addresses: Vec<String>,
    /// Networks of more than one address.
    pub(crate) networks: Vec<String>,
    /// Every domain, whatever its scope.
    pub(crate) names: Vec<&'a str>,
    /// Domains that are meant with everything below them.
    pub(crate) trees: Vec<&'a str>,
    /// URLs.
    pub(crate) urls: Vec<&'a str>,
    /// Hashes.
    pub(crate) md5: Vec<&'a str>,
    /// Hashes.
    pub(crate) sha1: Vec<&'a str>,
    /// Hashes.
    pub(crate) sha256: Vec<&'a str>,
}

impl<'a> Values<'a> {
    /// Sorts entries that passed [`crate::select::plain_value`] into fields.
    pub(crate) fn of(entries: &[&'a BlockEntry]) -> Self {
        let mut all = Self::default();
        for entry in entries {
            let value = entry.indicator.observable.value();
            match entry.indicator.observable.kind() {
                K::Ipv4 | K::Ipv6 | K::Cidr => {
                    if let Some(net) = networks::parse(value) {
                        let alone = net.prefix_len() == net.max_prefix_len();
                        let list = if alone {
                            &mut all.addresses
                        } else {
                            &mut all.networks
                        };
                        list.push(networks::show(net));
                    }
                }
                K::Domain => {
                    all.names.push(value);
                    if entry.scope == Scope::Tree {
                        all.trees.push(value);
                    }
                }
                K::Url => all.urls.push(value),
                K::Md5 => all.md5.push(value),
                K::Sha1 => all.sha1.push(value),
                K::Sha256 => all.sha256.push(value),
                _ => {}
            }
        }
        for list in [&mut all.addresses, &mut all.networks] {
            list.sort_unstable();
            list.dedup();
        }
        for list in [
            &mut all.names,
            &mut all.trees,
            &mut all.urls,
            &mut all.md5,
            &mut all.sha1,
            &mut all.sha256,
        ] {
            list.sort_unstable();
            list.dedup();
        }
        all
    }

    /// The addresses as texts.
    pub(crate) fn address_texts(&self) -> Vec<&str> {
        self.addresses.iter().map(String::as_str).collect()
    }

    /// The networks as texts.
    pub(crate) fn network_texts(&self) -> Vec<&str> {
        self.networks.iter().map(String::as_str).collect()
    }
}

/// `"a", "b"`: the values passed a check that leaves no quotes and no backslashes in them.
pub(crate) fn quoted(values: &[&str], before: &str) -> String {
    let all: Vec<String> = values.iter().map(|v| format!("\"{before}{v}\"")).collect();
    all.join(", ")
}

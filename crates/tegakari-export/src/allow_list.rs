//! What the user never wants blocked, with the reason.
//!
//! A line is a value, then its reason after a blank, a comma or `#`: `partner.example  # our partner`.
//! A domain stands for everything below it, a network for everything inside. Of a URL or a mail address the host is
//! allowed as far as a block of the host as a whole would reach it.

use ipnet::IpNet;
use std::collections::BTreeMap;
use tegakari_model::{Objection, ObjectionKind, Observable, ObservableKind as K, Problem};

use crate::networks;

/// Values that are never to be blocked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowList {
    /// Values other than networks, with their reasons.
    values: BTreeMap<Observable, String>,
    /// Every name above an allowed one, and the names of hosts that hold an allowed URL or mailbox and those above, with
    /// that one and its reason.
    above: BTreeMap<String, (String, String)>,
    /// Addresses of hosts that hold an allowed URL, with that one and its reason.
    hosts: Vec<(IpNet, String, String)>,
    /// Networks and addresses, with their reasons.
    networks: Vec<(IpNet, String)>,
}

/// Longest line that is read; a value with its reason is shorter.
const MAX_LINE: usize = 8192;

impl AllowList {
    /// Adds one value in any spelling that an observable may have.
    ///
    /// # Errors
    /// A sentence that says what is wrong, when the text is no address, network, domain, URL, mail address or hash.
    pub fn add(&mut self, value: &str, reason: &str) -> Result<(), String> {
        let value = value.trim();
        let value = value.strip_prefix("*.").unwrap_or(value);
        let reason = if reason.trim().is_empty() {
            "no reason given"
        } else {
            reason.trim()
        };
        if let Some(net) = networks::parse(value) {
            self.networks.push((net, reason.to_owned()));
            return Ok(());
        }
        let kinds = [
            K::Sha512,
            K::Sha256,
            K::Sha1,
            K::Md5,
            K::Url,
            K::Email,
            K::Domain,
        ];
        let found = kinds
            .into_iter()
            .find_map(|kind| Observable::new(kind, value).ok())
            .ok_or_else(|| {
                format!("{value:?} is no address, network, domain, URL, mail address or hash")
            })?;
        if found.kind() == K::Md5
            && let Ok(ja3) = Observable::new(K::Ja3, value)
        {
            // 32 digits do not say which of the two they are.
            self.values.insert(ja3, reason.to_owned());
        }
        let host = match found.kind() {
            K::Domain => found
                .value()
                .split_once('.')
                .map(|(_, above)| above.to_owned()),
            K::Url => networks::host_of_url(found.value()),
            K::Email => found
                .value()
                .rsplit_once('@')
                .map(|(_, host)| host.to_owned()),
            _ => None,
        };
        let told = || (found.value().to_owned(), reason.to_owned());
        if let Some(net) = host.as_deref().and_then(networks::parse) {
            let (allowed, reason) = told();
            self.hosts.push((net, allowed, reason));
        } else {
            let mut rest = host.as_deref();
            while let Some(name) = rest {
                self.above.entry(name.to_owned()).or_insert_with(told);
                rest = name.split_once('.').map(|(_, parent)| parent);
            }
        }
        self.values.insert(found, reason.to_owned());
        Ok(())
    }

    /// Reads a list; a line that holds no value costs that line and is told.
    pub fn read(&mut self, place: &str, text: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let at = format!("{place}:{}", number + 1);
            if line.len() > MAX_LINE {
                problems.push(Problem::new(
                    at,
                    format!(
                        "a line of the allow-list is longer than {MAX_LINE} bytes and is left out"
                    ),
                    "write one value a line, its reason behind it",
                ));
                continue;
            }
            let end = line.find([' ', '\t', ',', '#']).unwrap_or(line.len());
            let (value, reason) = line.split_at(end);
            let reason = reason.trim_start_matches([' ', '\t', ',', '#']);
            if self.add(value, reason).is_err() {
                problems.push(Problem::new(
                    at,
                    "a line of the allow-list holds no address, network, domain, URL, mail address or hash, and is left out",
                    "write one value a line, its reason behind it",
                ));
            }
        }
        problems
    }

    /// Whether nothing is on it.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.networks.is_empty()
    }

    /// The objections to a value. A block that would reach an allowed value is objected to as well.
    pub(crate) fn objections(&self, observable: &Observable, out: &mut Vec<Objection>) {
        if self.is_empty() {
            return;
        }
        if let Some(reason) = self.values.get(observable) {
            out.push(objection(reason, observable.value()));
        }
        let value = observable.value();
        match observable.kind() {
            K::Ipv4 | K::Ipv6 | K::Cidr => {
                self.address(value, out);
                if let Some(net) = networks::parse(value) {
                    let reached = self.hosts.iter().filter(|(host, ..)| net.contains(host));
                    out.extend(reached.map(|(_, allowed, reason)| objection(reason, allowed)));
                }
            }
            K::Domain => {
                self.name(value, out);
                // The tree below a blocked name reaches the allowed one.
                if let Some((allowed, reason)) = self.above.get(value) {
                    out.push(objection(reason, allowed));
                }
            }
            K::Url => {
                if let Some(host) = networks::host_of_url(value) {
                    self.address(&host, out);
                    self.name(&host, out);
                }
            }
            K::Email => {
                if let Some((_, host)) = value.rsplit_once('@') {
                    self.name(host, out);
                }
            }
            _ => {}
        }
    }

    fn address(&self, text: &str, out: &mut Vec<Objection>) {
        let Some(net) = networks::parse(text) else {
            return;
        };
        for (allowed, reason) in &self.networks {
            if allowed.contains(&net) || net.contains(allowed) {
                out.push(objection(reason, &networks::show(*allowed)));
            }
        }
    }

    fn name(&self, name: &str, out: &mut Vec<Objection>) {
        let mut rest = Some(name);
        while let Some(here) = rest {
            if let Ok(domain) = Observable::new(K::Domain, here)
                && let Some(reason) = self.values.get(&domain)
            {
                out.push(objection(reason, here));
            }
            rest = here.split_once('.').map(|(_, parent)| parent);
        }
    }
}

fn objection(reason: &str, matched: &str) -> Objection {
    Objection {
        kind: ObjectionKind::Allowed,
        source: reason.to_owned(),
        matched: matched.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::AllowList;
    use tegakari_model::{Observable, ObservableKind as K};

    #[test]
    fn what_would_reach_an_allowed_url_or_mailbox_is_held_back() {
        let mut list = AllowList::default();
        let text = "http://okurl-qq.com/a\nhttp://45.66.7.9/z ours\nboss@mail-qq.com\n45.70.0.0/255.255.0.0\n";
        assert_eq!(list.read("allow.txt", text), []);
        for (kind, value, want) in [
            (
                K::Url,
                "http://okurl-qq.com/a",
                Some("http://okurl-qq.com/a"),
            ),
            (K::Url, "http://okurl-qq.com/b", None),
            (K::Domain, "okurl-qq.com", Some("http://okurl-qq.com/a")),
            (K::Domain, "www.okurl-qq.com", None),
            (K::Ipv4, "45.66.7.9", Some("http://45.66.7.9/z")),
            (K::Cidr, "45.66.7.0/24", Some("http://45.66.7.9/z")),
            (K::Cidr, "45.66.8.0/24", None),
            (K::Url, "http://45.66.7.9/other", None),
            (K::Domain, "mail-qq.com", Some("boss@mail-qq.com")),
            (K::Email, "evil@mail-qq.com", None),
            (K::Ipv4, "45.70.9.9", Some("45.70.0.0/16")),
        ] {
            let mut got = Vec::new();
            list.objections(&Observable::new(kind, value).unwrap(), &mut got);
            let got = got.first().map(|o| o.matched.as_str());
            assert_eq!(got, want, "{value}");
        }
    }

    #[test]
    fn an_allowed_value_is_reached_from_above_and_below() {
        let mut list = AllowList::default();
        let text = "\u{feff}# ours\npartner-inc.net  # our partner\r\n45.9.0.0/16,lab\nbücher.ch\n\nnot a value\n5D41402ABC4B2A76B9719D911017C592 tool\n";
        let problems = list.read("allow.txt", text);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].place, "allow.txt:6");
        for (kind, value, want) in [
            (K::Domain, "partner-inc.net", Some("our partner")),
            (K::Domain, "a.partner-inc.net", Some("our partner")),
            (K::Domain, "my-partner-inc.net", None),
            (K::Domain, "net", Some("our partner")),
            (K::Url, "http://x.partner-inc.net/a", Some("our partner")),
            (K::Email, "a@partner-inc.net", Some("our partner")),
            (K::Ipv4, "45.9.1.1", Some("lab")),
            (K::Ipv4, "45.10.1.1", None),
            (K::Cidr, "45.0.0.0/8", Some("lab")),
            (K::Domain, "x.xn--bcher-kva.ch", Some("no reason given")),
            (K::Md5, "5d41402abc4b2a76b9719d911017c592", Some("tool")),
            (K::Ja3, "5d41402abc4b2a76b9719d911017c592", Some("tool")),
        ] {
            let Ok(observable) = Observable::new(kind, value) else {
                continue;
            };
            let mut got = Vec::new();
            list.objections(&observable, &mut got);
            assert_eq!(got.first().map(|o| o.source.as_str()), want, "{value}");
        }
    }
}

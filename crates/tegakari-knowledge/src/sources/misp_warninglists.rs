//! MISP warning lists: values that are common and harmless, or shared by many.
//!
//! What goes in: every list of networks, names and file hashes, except those in [`LEFT_OUT`]. Lists
//! that hold each other (the first 200, 1 000, 10 000 … domains) keep an entry in the smallest only.
//! Lists by regular expression are about mail and telephones and are left out; lists by substring are
//! read as "this name and everything below it", which is what their entries are.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::Deserialize;

use super::{KnowledgeSource, SourceError, SourceFile};
use crate::benign::{BenignFacts, BenignList, ListKind, Reach};
use crate::facts::Facts;
use crate::order::sort_by;
use crate::source_facts::{Licence, Redistribution};

/// The lists.
pub(super) struct MispWarninglists;

const FOLDER: &str = "misp-warninglists/lists/";

/// Lists that are not taken, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("rfc1918", "built in, from the IANA registries"),
    ("rfc3849", "built in, from the IANA registries"),
    ("rfc5735", "built in, from the IANA registries"),
    ("rfc6598", "built in, from the IANA registries"),
    ("rfc6761", "built in, from the IANA registries"),
    ("multicast", "built in, from the IANA registries"),
    ("ipv6-linklocal", "built in, from the IANA registries"),
    ("cloudflare-top100k", "size: the first 50 000 go in"),
    ("disposable-email", "about mail addresses"),
    ("mozilla-CA", "about certificates, which are no files"),
    (
        "mozilla-IntermediateCA",
        "about certificates, which are no files",
    ),
    ("microsoft-azure-appid", "about application ids"),
    ("covid", "of 2020"),
    ("covid-19-krassi-whitelist", "of 2020"),
    ("covid-19-cyber-threat-coalition-whitelist", "of 2020"),
];

/// Of public resolvers' host names, those that call themselves so: the others are customers' lines of
/// access providers that happened to answer.
const RESOLVER_WORDS: [&str; 3] = ["dns", "resolver", "one.one.one.one"];

#[derive(Deserialize)]
struct List {
    name: String,
    #[serde(rename = "type")]
    matching: String,
    #[serde(default)]
    version: serde_json::Value,
    list: Vec<serde_json::Value>,
}

impl KnowledgeSource for MispWarninglists {
    fn id(&self) -> &'static str {
        "misp-warninglists"
    }

    fn title(&self) -> &'static str {
        "MISP warning lists"
    }

    fn publisher(&self) -> &'static str {
        "MISP project"
    }

    fn about(&self) -> &'static str {
        "resolvers, popular domains, shared hosting, clouds, known files (https://github.com/MISP/misp-warninglists)"
    }

    fn licence(&self) -> Licence {
        Licence {
            id: "CC0-1.0",
            notice: "MISP warning lists, by the MISP project and contributors, dedicated to the public domain under CC0 1.0.",
            text: "",
            redistribution: Redistribution::Allowed,
        }
    }

    fn takes(&self, path: &str) -> bool {
        path.strip_prefix(FOLDER)
            .and_then(|p| p.strip_suffix("/list.json"))
            .is_some_and(|id| !id.contains('/') && LEFT_OUT.iter().all(|(out, _)| *out != id))
    }

    fn parse(&self, files: &[SourceFile<'_>]) -> Result<Facts, SourceError> {
        let mut facts = Facts::default();
        let mut read = 0;
        // Small lists first, so that of nested lists the smallest holds an entry.
        let mut parsed: Vec<(String, List)> = Vec::new();
        for file in files {
            let list: List = serde_json::from_slice(file.bytes).map_err(|e| {
                SourceError::new(
                    file.path,
                    format!("not a whole MISP warning list ({e})"),
                    "get the file again from MISP/misp-warninglists",
                )
            })?;
            let id = file
                .path
                .strip_prefix(FOLDER)
                .and_then(|p| p.split('/').next())
                .unwrap_or(file.path);
            parsed.push((id.to_owned(), list));
        }
        sort_by(&mut parsed, |a, b| {
            a.1.list.len().cmp(&b.1.list.len()).then(a.0.cmp(&b.0))
        });
        let mut nested: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
        let mut newest = String::new();
        for (id, list) in &parsed {
            if list.matching == "regex" {
                continue;
            }
            let day = day_of_version(&list.version);
            newest = newest.max(day);
            read += u64::try_from(list.list.len()).unwrap_or(0);
            take_list(id, list, &mut facts.benign, &mut nested);
        }
        let kept = facts.benign.lists.iter().map(|l| l.kept).sum();
        facts.date = newest;
        facts.version.clone_from(&facts.date);
        facts.counts = vec![
            (
                "lists".into(),
                u64::try_from(facts.benign.lists.len()).unwrap_or(0),
            ),
            ("entries read".into(), read),
            ("entries kept".into(), kept),
        ];
        Ok(facts)
    }
}

/// Lists count versions as days (`20260811`) or as numbers that say nothing.
fn day_of_version(version: &serde_json::Value) -> String {
    let text = version.to_string();
    match (text.get(..4), text.get(4..6), text.get(6..8)) {
        (Some(y), Some(m), Some(d)) if text.len() == 8 && y.starts_with("20") => {
            format!("{y}-{m}-{d}")
        }
        _ => String::new(),
    }
}

fn take_list(
    id: &str,
    list: &List,
    facts: &mut BenignFacts,
    nested: &mut BTreeMap<&'static str, BTreeSet<String>>,
) {
    let Ok(number) = u16::try_from(facts.lists.len()) else {
        return;
    };
    let kind = kind_of(id);
    let mut kept = 0;
    let family = family_of(id);
    for value in list.list.iter().filter_map(|v| v.as_str()) {
        let value = value.trim().to_ascii_lowercase();
        if value.is_empty() || value.contains(['\n', '\r']) {
            continue;
        }
        if let Some(family) = family
            && !nested.entry(family).or_default().insert(value.clone())
        {
            continue;
        }
        if take_value(id, &list.matching, value, number, facts) {
            kept += 1;
        }
    }
    facts.lists.push(BenignList {
        id: id.to_owned(),
        title: list.name.clone(),
        version: list.version.to_string().trim_matches('"').to_owned(),
        kind,
        reach: reach_of(id),
        entries: u64::try_from(list.list.len()).unwrap_or(0),
        kept,
    });
}

/// Whether the value could be used.
fn take_value(
    id: &str,
    matching: &str,
    value: String,
    number: u16,
    facts: &mut BenignFacts,
) -> bool {
    if let Some(net) = net_of(&value) {
        // A whole family of addresses is no list entry.
        if net.prefix_len() == 0 {
            return false;
        }
        facts.nets.entry(net.trunc()).or_default().insert(number);
        return true;
    }
    if matching == "cidr" {
        return false;
    }
    let is_hash =
        matches!(value.len(), 32 | 40 | 64) && value.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hash {
        facts.hashes.entry(value).or_default().insert(number);
        return true;
    }
    // Origins, paths and ports are not names.
    let name = value.strip_prefix("*.").unwrap_or(&value);
    let (name, dotted) = match name.strip_prefix('.') {
        Some(rest) => (rest, true),
        None => (name, false),
    };
    let name = name.trim_end_matches('.');
    let good =
        |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'.' || b >= 0x80;
    if name.is_empty() || name.len() > 253 || !name.bytes().all(good) {
        return false;
    }
    let suffix_list = matches!(kind_of(id), ListKind::PublicSuffix);
    if !suffix_list && !name.contains('.') {
        return false;
    }
    if id == "public-dns-hostname" && !RESOLVER_WORDS.iter().any(|w| name.contains(w)) {
        return false;
    }
    let below = dotted || value.starts_with("*.") || matches!(matching, "hostname" | "substring");
    let map = if below {
        &mut facts.below
    } else {
        &mut facts.exact
    };
    map.entry(name.to_owned()).or_default().insert(number);
    true
}

fn net_of(value: &str) -> Option<IpNet> {
    if value.contains('/') {
        value.parse().ok()
    } else {
        value.parse::<std::net::IpAddr>().ok().map(IpNet::from)
    }
}

/// Lists that hold each other.
fn family_of(id: &str) -> Option<&'static str> {
    if id.starts_with("cloudflare-top") {
        Some("cloudflare")
    } else if id.starts_with("cisco_top") {
        Some("cisco")
    } else {
        None
    }
}

fn kind_of(id: &str) -> ListKind {
    match id {
        "public-dns-v4" | "public-dns-v6" | "public-dns-hostname" => ListKind::PublicResolver,
        "tlds" | "second-level-tlds" => ListKind::PublicSuffix,
        "alexa" | "majestic_million" | "moz-top500" | "tranco10k" => ListKind::Popular,
        _ if family_of(id).is_some() => ListKind::Popular,
        "common-ioc-false-positive" | "empty-hashes" | "ti-falsepositives" | "eicar.com" => {
            ListKind::CommonFile
        }
        "akamai"
        | "amazon-aws"
        | "bunny-net"
        | "cloudflare"
        | "dynamic-dns"
        | "fastly"
        | "github"
        | "google-gcp"
        | "icloud-private-relay"
        | "link-in-bio"
        | "lots-project"
        | "microsoft-azure"
        | "microsoft-azure-china"
        | "microsoft-azure-germany"
        | "microsoft-azure-us-gov"
        | "microsoft-office365-cn"
        | "microsoft-office365-ip"
        | "oracle-oci"
        | "ovh-cluster"
        | "parking-domain"
        | "parking-domain-ns"
        | "public-ipfs-gateways"
        | "stackpath"
        | "telegram-ips"
        | "url-shortener"
        | "vpn-ipv4"
        | "vpn-ipv6"
        | "zscaler" => ListKind::SharedHosting,
        _ => ListKind::Other,
    }
}

/// Clouds and VPN providers give an address to one customer at a time; scanners' and sinkholes'
/// addresses are their owner's alone. Content networks and big services serve everybody.
fn reach_of(id: &str) -> Reach {
    match id {
        "amazon-aws"
        | "google-gcp"
        | "microsoft-azure"
        | "microsoft-azure-china"
        | "microsoft-azure-germany"
        | "microsoft-azure-us-gov"
        | "oracle-oci"
        | "vpn-ipv4"
        | "vpn-ipv6"
        | "sinkholes" => Reach::OneTenant,
        _ if id.contains("scann") => Reach::OneTenant,
        _ => Reach::Everybody,
    }
}

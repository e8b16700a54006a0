//! MISP's words: types and categories of attributes, galaxies and tags. Shared by MISP events and by
//! STIX bundles that MISP exported.

use std::borrow::Cow;

use tegakari_model::{NameKind, Observable, ObservableKind as K, TechniqueId, Tlp, url_form};

use crate::content::{
    Content, Stated, StatedName, StatedObservable, StatedTarget, StatedTechnique,
};
use crate::rule::{self, Rule, Saying};
use crate::typed::{Refused, Wanted};
use crate::withdrawn;

/// An attribute, wherever it stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attribute {
    pub(crate) kind: String,
    pub(crate) category: String,
    pub(crate) value: String,
    pub(crate) comment: String,
    /// What its maker said about detection; `None` when the flag means nothing in this event.
    pub(crate) to_ids: Option<bool>,
    pub(crate) path: String,
}

/// The kind of a simple MISP type; `None` for types that hold no observable.
fn kind_of(name: &str) -> Option<K> {
    Some(match name {
        "md5" | "x509-fingerprint-md5" => K::Md5,
        "sha1" | "x509-fingerprint-sha1" => K::Sha1,
        "sha256" | "x509-fingerprint-sha256" => K::Sha256,
        "sha512" => K::Sha512,
        "imphash" => K::Imphash,
        "ssdeep" => K::Ssdeep,
        "filename" | "attachment" | "email-attachment" => K::FileName,
        "pdb" | "filepath" => K::FilePath,
        "ip-src" | "ip-dst" | "ip" => K::Ipv4,
        "domain" | "hostname" | "onion-address" => K::Domain,
        "url" | "link" | "uri" => K::Url,
        "email"
        | "email-src"
        | "email-dst"
        | "email-reply-to"
        | "whois-registrant-email"
        | "dns-soa-email"
        | "target-email" => K::Email,
        "regkey" => K::RegistryKey,
        "mutex" => K::Mutex,
        "named pipe" => K::NamedPipe,
        "user-agent" | "http-user-agent" => K::UserAgent,
        "vulnerability" => K::Cve,
        "AS" => K::Asn,
        "btc" | "xmr" | "dash" => K::Wallet,
        "mac-address" => K::Mac,
        "ja3-fingerprint-md5" => K::Ja3,
        "windows-service-name" | "windows-service-displayname" => K::ServiceName,
        _ => return None,
    })
}

/// The observable of a value of a kind, in whatever form MISP users type it.
pub(crate) fn observable(kind: K, value: &str) -> Option<Observable> {
    let clean = crate::text::clean(value);
    let value = match kind {
        // Names and keys keep their letters; only network values are refanged.
        K::FileName | K::RegistryKey | K::Mutex | K::NamedPipe | K::UserAgent | K::ServiceName => {
            value
        }
        _ => &*clean.text,
    };
    let value = value.trim();
    match kind {
        K::Ipv4 => [K::Ipv4, K::Ipv6, K::Cidr]
            .into_iter()
            .find_map(|k| Observable::new(k, value).ok()),
        K::FileName if value.contains(['/', '\\']) => Observable::new(K::FilePath, value).ok(),
        K::Domain => [K::Domain, K::Ipv4, K::Ipv6]
            .into_iter()
            .find_map(|k| Observable::new(k, value).ok()),
        K::Url => {
            let with_scheme = if value.contains("://") {
                Cow::Borrowed(value)
            } else {
                Cow::Owned(format!("http://{value}"))
            };
            url_form::checked(&with_scheme).ok()?;
            Observable::new(K::Url, &with_scheme).ok()
        }
        _ => Observable::new(kind, value).ok(),
    }
}

/// What a field for links holds: a link, with or without its scheme, or a bare host.
pub(crate) fn link(value: &str) -> Option<Observable> {
    let clean = crate::text::clean(value);
    let text = clean.text.trim();
    if text.contains("://") {
        return observable(K::Url, text);
    }
    if text.starts_with("\\\\") {
        // A share, often WebDAV.
        return Observable::new(K::FilePath, text).ok();
    }
    observable(K::Domain, text).or_else(|| {
        let host = text.split(['/', '?', '#']).next().unwrap_or("");
        let bare = host.rsplit_once(':').map_or(host, |(front, _)| front);
        observable(K::Domain, bare)?;
        observable(K::Url, text)
    })
}

/// A hash of an algorithm named in whatever spelling. The number of digits decides where both are known:
/// exporters mislabel hashes.
pub(crate) fn hash(algorithm: &str, value: &str) -> Option<Observable> {
    let plain: String = algorithm
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let value = value.trim();
    let kind = match plain.as_str() {
        "imphash" => K::Imphash,
        "ssdeep" => K::Ssdeep,
        "ja3" => K::Ja3,
        _ => match value.len() {
            32 => K::Md5,
            40 => K::Sha1,
            64 => K::Sha256,
            128 => K::Sha512,
            _ => return None,
        },
    };
    Observable::new(kind, value).ok()
}

/// The parts of an attribute with the names of their kinds: `filename|sha256`, `ip-dst|port`, and
/// `malware-sample`, which is a name and an MD5 without saying so.
fn split(attribute: &Attribute) -> Vec<(&str, &str)> {
    let kind = match attribute.kind.as_str() {
        "malware-sample" => "filename|md5",
        other => other,
    };
    let Some((first, second)) = kind.split_once('|') else {
        return vec![(kind, attribute.value.as_str())];
    };
    // Names may hold the separator, hashes, ports and addresses do not; a registry value may.
    let value = attribute.value.as_str();
    let pair = match second {
        "value" => value.split_once('|'),
        "port" => value.rsplit_once('|').or_else(|| value.rsplit_once(':')),
        _ => value.rsplit_once('|'),
    };
    match pair {
        Some((a, b)) => vec![(first, a), (second, b)],
        None => vec![(first, value)],
    }
}

/// The attribute as a rule: its parts are properties of one thing.
pub(crate) fn rule(attribute: &Attribute, property: &str) -> Option<Rule> {
    let one = |name: &str, shown: &str, value: &str| {
        let found = kind_of(name).and_then(|k| observable(k, value));
        Rule::test(shown, "is", value.trim(), found)
    };
    let parts = split(attribute);
    Some(match parts.as_slice() {
        [] => return None,
        [(name, value)] => one(
            name,
            if property.is_empty() { name } else { property },
            value,
        ),
        _ => Rule::All {
            one_thing: true,
            parts: parts
                .iter()
                .map(|(name, value)| one(name, name, value))
                .collect(),
        },
    })
}

fn values(attribute: &Attribute, refused: &mut Vec<Refused>) -> Vec<Observable> {
    if attribute.category == "Antivirus detection" && attribute.kind == "text" {
        return Observable::new(K::DetectionName, &attribute.value)
            .into_iter()
            .collect();
    }
    let mut found = Vec::new();
    for (name, value) in split(attribute) {
        let Some(kind) = kind_of(name) else { continue };
        if let Some(urls) = url_form::several(value).filter(|_| name == "url") {
            let all: Option<Vec<_>> = urls.iter().map(|url| observable(kind, url)).collect();
            if let Some(all) = all {
                found.extend(all);
                continue;
            }
        }
        match observable(kind, value)
            .filter(|_| kind != K::Url || url_form::several(value).is_none())
        {
            Some(one) => found.push(one),
            // Parts of links and what is only observed protect nobody.
            None if attribute.to_ids == Some(false) || matches!(name, "link" | "uri") => {}
            None => {
                let wanted = Wanted::Kind(kind);
                let why = wanted.read(value).err().unwrap_or("it is not in its form");
                refused.push(Refused {
                    path: attribute.path.clone(),
                    ..Refused::new(&attribute.kind, value, wanted, why)
                });
            }
        }
    }
    found
}

/// Takes an attribute into the content; returns its observables for the record it may be part of.
pub(crate) fn take(attribute: &Attribute, content: &mut Content) -> Vec<Observable> {
    let found = values(attribute, &mut content.refused);
    let before = content.observables.len();
    let reference = matches!(
        attribute.category.as_str(),
        "External analysis" | "Internal reference"
    ) && found.iter().all(|o| o.kind() == K::Url);
    let stated = if attribute.kind == "target-email" {
        Stated::Victim
    } else if reference || attribute.kind == "link" {
        Stated::Reference
    } else if attribute.to_ids == Some(false) {
        Stated::Observed
    } else {
        Stated::Indicator
    };
    for one in &found {
        content.observables.push(StatedObservable {
            observable: one.clone(),
            stated,
            reason: match stated {
                Stated::Victim => "MISP attribute about the target".to_owned(),
                Stated::Reference => format!("MISP category \"{}\"", attribute.category),
                Stated::Observed => withdrawn::MISP_NOT_TO_IDS.to_owned(),
                _ => format!("MISP attribute of category \"{}\"", attribute.category),
            },
            labels: Vec::new(),
            about: format!("{} {}", attribute.category, attribute.comment),
            first_seen: None,
            last_seen: None,
            not_after: None,
            path: attribute.path.clone(),
            line: None,
            only_with: Vec::new(),
        });
    }
    if found.len() > 1
        && let Some(rule) = rule(attribute, "")
    {
        let saying = Saying {
            path: attribute.path.clone(),
            ..Saying::default()
        };
        rule::tie(&rule, before, &saying, content);
    }
    if attribute.kind == "stix2-pattern"
        && let Ok(pattern) = tegakari_stix::pattern::parse(&attribute.value)
        && let Some(rule) = crate::formats::stix_pattern::rule(&pattern)
    {
        let saying = Saying {
            reason: "STIX pattern in a MISP attribute".to_owned(),
            about: attribute.comment.clone(),
            path: attribute.path.clone(),
            ..Saying::default()
        };
        rule::state(&rule, stated, &saying, content);
        return parts_of(&rule);
    }
    if matches!(attribute.kind.as_str(), "target-location" | "target-org") {
        content.targets.push(StatedTarget {
            text: attribute.value.trim().to_owned(),
            attacked: true,
            path: attribute.path.clone(),
        });
    }
    let name = match attribute.kind.as_str() {
        "threat-actor" => Some(NameKind::IntrusionSet),
        "campaign-name" => Some(NameKind::Campaign),
        "malware-type" | "text" if attribute.category == "Payload type" => Some(NameKind::Malware),
        "text" if attribute.category == "Attribution" => Some(NameKind::IntrusionSet),
        _ => None,
    };
    if let Some(kind) = name {
        content.names.push(StatedName {
            text: attribute.value.trim().to_owned(),
            kind,
            path: attribute.path.clone(),
        });
    }
    found
}

/// Reads a rule of another language that stands inside a structured document; false when it is none that
/// is read.
pub(crate) fn foreign_rule(language: &str, text: &str, path: &str, content: &mut Content) -> bool {
    match language {
        "yara" => crate::yara::read(text, 0, Some(path), content) > 0,
        "sigma" => {
            let (documents, _) = crate::yaml::documents(text);
            let mut any = false;
            for document in documents.iter().filter(|d| crate::sigma::is_rule(&d.value)) {
                any = true;
                crate::sigma::take(&document.value, 0, path, content);
            }
            any
        }
        _ => false,
    }
}

fn parts_of(rule: &Rule) -> Vec<Observable> {
    rule::parts(rule)
        .into_iter()
        .map(|p| p.observable)
        .collect()
}

/// A name with the id that MISP adds to it taken off: `Lotus Blossom - G0030`.
pub(crate) fn without_id(name: &str) -> &str {
    match name.rsplit_once(" - ") {
        Some((name, id))
            if id.len() >= 5
                && id
                    .get(1..)
                    .is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit() || b == b'.')) =>
        {
            name.trim()
        }
        _ => name.trim(),
    }
}

/// Takes a galaxy cluster: its galaxy's type and its value.
pub(crate) fn cluster(galaxy: &str, value: &str, path: &str, content: &mut Content) {
    let galaxy = galaxy.to_ascii_lowercase();
    let kind = match galaxy.as_str() {
        "threat-actor"
        | "mitre-intrusion-set"
        | "mitre-enterprise-attack-intrusion-set"
        | "mitre-mobile-attack-intrusion-set"
        | "mitre-pre-attack-intrusion-set"
        | "mitre-ics-groups"
        | "microsoft-activity-group"
        | "intelligence-agencies"
        | "360net-threat-actor" => Some(NameKind::IntrusionSet),
        "malpedia"
        | "mitre-malware"
        | "mitre-enterprise-attack-malware"
        | "mitre-mobile-attack-malware"
        | "mitre-ics-software"
        | "malware"
        | "ransomware"
        | "rat"
        | "backdoor"
        | "stealer"
        | "banker"
        | "botnet"
        | "cryptominers"
        | "android"
        | "exploit-kit" => Some(NameKind::Malware),
        "tool"
        | "mitre-tool"
        | "mitre-enterprise-attack-tool"
        | "mitre-mobile-attack-tool"
        | "rmm-tool" => Some(NameKind::Tool),
        "mitre-campaign" | "campaign" => Some(NameKind::Campaign),
        _ => None,
    };
    if let Some(kind) = kind {
        content.names.push(StatedName {
            text: without_id(value).to_owned(),
            kind,
            path: path.to_owned(),
        });
    } else if galaxy.contains("attack-pattern") || galaxy == "mitre-ics-techniques" {
        let id = value.rsplit(" - ").next().and_then(TechniqueId::parse);
        if let Some(id) = id {
            content.techniques.push(StatedTechnique {
                id,
                quote: value.to_owned(),
                path: path.to_owned(),
            });
        }
    } else if matches!(
        galaxy.as_str(),
        "target-information" | "country" | "sector" | "region" | "target-location"
    ) {
        content.targets.push(StatedTarget {
            text: value.to_owned(),
            attacked: galaxy != "country",
            path: path.to_owned(),
        });
    }
}

/// Takes a tag: TLP, or a galaxy cluster written as one (`misp-galaxy:tool="X"`).
pub(crate) fn tag(name: &str, path: &str, content: &mut Content) {
    if name
        .get(..4)
        .is_some_and(|p| p.eq_ignore_ascii_case("tlp:"))
    {
        if let Some(tlp) = Tlp::parse(name) {
            content.tlp = content.tlp.max(Some(tlp));
        }
    } else if let Some(rest) = name.strip_prefix("misp-galaxy:")
        && let Some((galaxy, value)) = rest.split_once('=')
    {
        cluster(galaxy, value.trim_matches('"'), path, content);
    }
}

#[cfg(test)]
mod tests {
    use super::{Attribute, cluster, take, without_id};
    use crate::content::{Content, Stated};

    #[test]
    fn composite_attributes_hold_several_values() {
        for (kind, value, want) in [
            (
                "filename|sha1",
                "a.exe|3f71525d531690a6b75cabe113b7221504108b44",
                vec!["a.exe", "3f71525d531690a6b75cabe113b7221504108b44"],
            ),
            ("ip-dst|port", "198.51.100.7|443", vec!["198.51.100.7"]),
            (
                "domain|ip",
                "evil[.]example|198.51.100.7",
                vec!["evil.example", "198.51.100.7"],
            ),
            ("filename", "C:\\Intel\\x.dll", vec!["C:\\Intel\\x.dll"]),
            ("ip-src", "2001:db8::1", vec!["2001:db8::1"]),
        ] {
            let mut content = Content::default();
            let attribute = Attribute {
                kind: kind.into(),
                value: value.into(),
                ..Attribute::default()
            };
            let got: Vec<String> = take(&attribute, &mut content)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(got, want, "{kind}");
            assert!(
                content
                    .observables
                    .iter()
                    .all(|o| o.stated == Stated::Indicator)
            );
        }
    }

    #[test]
    fn galaxies_name_techniques_and_actors() {
        let mut content = Content::default();
        cluster(
            "mitre-attack-pattern",
            "System Services - T1569",
            "",
            &mut content,
        );
        cluster(
            "mitre-intrusion-set",
            "Lotus Blossom - G0030",
            "",
            &mut content,
        );
        assert_eq!(
            content
                .techniques
                .first()
                .map(|t| t.id.to_string())
                .as_deref(),
            Some("T1569")
        );
        assert_eq!(
            content.names.first().map(|n| n.text.as_str()),
            Some("Lotus Blossom")
        );
        assert_eq!(without_id("Spy-Agent - Loader"), "Spy-Agent - Loader");
    }
}

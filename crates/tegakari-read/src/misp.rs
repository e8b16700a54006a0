//! MISP's words: types and categories of attributes, galaxies and tags. Shared by MISP events and by
//! STIX bundles that MISP exported.

use tegakari_model::{NameKind, Observable, ObservableKind as K, TechniqueId, Tlp};

use crate::content::{
    Content, Stated, StatedName, StatedObservable, StatedTarget, StatedTechnique,
};

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
        "filename" | "attachment" | "malware-sample" => K::FileName,
        "ip-src" | "ip-dst" | "ip" => K::Ipv4,
        "domain" | "hostname" => K::Domain,
        "url" | "link" | "uri" => K::Url,
        "email" | "email-src" | "email-dst" | "email-reply-to" | "whois-registrant-email" => {
            K::Email
        }
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
        _ => clean.text.as_str(),
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
        K::Url => Observable::new(K::Url, value)
            .or_else(|_| Observable::new(K::Url, &format!("http://{value}")))
            .ok(),
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

/// The parts of a composite attribute (`filename|sha256`, `ip-dst|port`) with their kinds.
fn parts(attribute: &Attribute) -> Vec<Observable> {
    let mut names = attribute.kind.split('|');
    let mut out = Vec::new();
    if attribute.kind.contains('|') {
        for (name, value) in names.by_ref().zip(attribute.value.splitn(2, '|')) {
            if let Some(found) = kind_of(name).and_then(|k| observable(k, value)) {
                out.push(found);
            }
        }
        return out;
    }
    if let Some(kind) = kind_of(&attribute.kind) {
        out.extend(observable(kind, &attribute.value));
    } else if attribute.category == "Antivirus detection" && attribute.kind == "text" {
        out.extend(Observable::new(K::DetectionName, &attribute.value).ok());
    }
    out
}

/// Takes an attribute into the content; returns its observables for the record it may be part of.
pub(crate) fn take(attribute: &Attribute, content: &mut Content) -> Vec<Observable> {
    let found = parts(attribute);
    let reference = matches!(
        attribute.category.as_str(),
        "External analysis" | "Internal reference"
    ) && found.iter().all(|o| o.kind() == K::Url);
    let stated = if reference || attribute.kind == "link" {
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
                Stated::Reference => format!("MISP category \"{}\"", attribute.category),
                Stated::Observed => {
                    "MISP attribute that is not marked for detection (to_ids)".to_owned()
                }
                _ => format!("MISP attribute of category \"{}\"", attribute.category),
            },
            labels: Vec::new(),
            about: format!("{} {}", attribute.category, attribute.comment),
            first_seen: None,
            last_seen: None,
            path: attribute.path.clone(),
            line: None,
            only_with: Vec::new(),
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
        | "microsoft-activity-group"
        | "360net-threat-actor" => Some(NameKind::IntrusionSet),
        "malpedia"
        | "mitre-malware"
        | "mitre-enterprise-attack-malware"
        | "ransomware"
        | "rat"
        | "backdoor"
        | "stealer"
        | "banker"
        | "botnet"
        | "cryptominers"
        | "android"
        | "exploit-kit" => Some(NameKind::Malware),
        "tool" | "mitre-tool" | "mitre-enterprise-attack-tool" => Some(NameKind::Tool),
        "mitre-campaign" => Some(NameKind::Campaign),
        _ => None,
    };
    if let Some(kind) = kind {
        content.names.push(StatedName {
            text: without_id(value).to_owned(),
            kind,
            path: path.to_owned(),
        });
    } else if galaxy.contains("attack-pattern") {
        let id = value.rsplit(" - ").next().and_then(TechniqueId::parse);
        if let Some(id) = id {
            content.techniques.push(StatedTechnique {
                id,
                quote: value.to_owned(),
                path: path.to_owned(),
            });
        }
    } else if matches!(galaxy.as_str(), "target-information" | "country" | "sector") {
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

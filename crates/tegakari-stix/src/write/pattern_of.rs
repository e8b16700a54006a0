//! Observable to pattern. Values become constants of a tree that is printed with its escapes, so no
//! value can end its quotes.

use tegakari_model::{Observable, ObservableKind as K};

use super::observable::registry_key;
use crate::pattern::{
    Comparison, Expression, Literal, ObjectPath, Observation, Operator, Pattern, Step,
};

/// Whether values of this kind have a pattern.
pub fn has_pattern(kind: K) -> bool {
    path_of(kind, "").is_some()
}

/// The pattern for one value; `None` for kinds that STIX has no property for.
pub fn pattern_of(observable: &Observable) -> Option<Pattern> {
    let (object_type, keys) = path_of(observable.kind(), observable.value())?;
    let steps = keys.iter().map(|k| Step::Key((*k).to_owned())).collect();
    let value = match observable.kind() {
        K::Asn => Literal::Number(observable.value().trim_start_matches("AS").to_owned()),
        K::RegistryKey => Literal::Text(registry_key(observable.value())),
        _ => Literal::Text(observable.value().to_owned()),
    };
    Some(Pattern {
        root: Observation::Event(Expression::Comparison(Comparison {
            path: ObjectPath {
                object_type: object_type.to_owned(),
                steps,
            },
            negated: false,
            operator: Operator::Equal,
            values: vec![value],
        })),
    })
}

/// Type and property, as the tables of STIX 2.1 section 6 name them.
fn path_of(kind: K, value: &str) -> Option<(&'static str, &'static [&'static str])> {
    Some(match kind {
        K::Ipv4 => ("ipv4-addr", &["value"]),
        K::Ipv6 => ("ipv6-addr", &["value"]),
        // Either object holds a network in CIDR notation as well.
        K::Cidr if value.contains(':') => ("ipv6-addr", &["value"]),
        K::Cidr => ("ipv4-addr", &["value"]),
        K::Domain => ("domain-name", &["value"]),
        K::Url => ("url", &["value"]),
        K::Email => ("email-addr", &["value"]),
        K::Md5 => ("file", &["hashes", "MD5"]),
        K::Sha1 => ("file", &["hashes", "SHA-1"]),
        K::Sha256 => ("file", &["hashes", "SHA-256"]),
        K::Sha512 => ("file", &["hashes", "SHA-512"]),
        K::Ssdeep => ("file", &["hashes", "SSDEEP"]),
        K::Imphash => ("file", &["extensions", "windows-pebinary-ext", "imphash"]),
        K::FileName => ("file", &["name"]),
        K::FilePath => ("directory", &["path"]),
        K::RegistryKey => ("windows-registry-key", &["key"]),
        K::ServiceName => (
            "process",
            &["extensions", "windows-service-ext", "service_name"],
        ),
        K::Mutex => ("mutex", &["name"]),
        K::UserAgent => (
            "network-traffic",
            &[
                "extensions",
                "http-request-ext",
                "request_header",
                "User-Agent",
            ],
        ),
        K::CommandLine => ("process", &["command_line"]),
        K::Asn => ("autonomous-system", &["number"]),
        K::Mac => ("mac-addr", &["value"]),
        // No property of the specification, but the name that exporters use.
        K::Ja3 => ("network-traffic", &["extensions", "tls-ext", "ja3"]),
        K::NamedPipe | K::Cve | K::DetectionName | K::Wallet | K::Package | K::YaraRule => {
            return None;
        }
    })
}

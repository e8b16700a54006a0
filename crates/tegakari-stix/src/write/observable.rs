//! Observable to cyber-observable object with the id that every producer gives it.

use serde_json::{Value, json};
use tegakari_model::{Observable, ObservableKind as K};

use super::ids;

/// The object for one value; `None` for kinds without an object of their own.
///
/// Files are written without a name: with one, the same file gets another id (section 6.7).
pub fn cyber_observable(observable: &Observable) -> Option<Value> {
    let value = observable.value();
    let (type_name, contributing) = match observable.kind() {
        K::Ipv4 => ("ipv4-addr", json!({ "value": value })),
        K::Ipv6 => ("ipv6-addr", json!({ "value": value })),
        K::Cidr if value.contains(':') => ("ipv6-addr", json!({ "value": value })),
        K::Cidr => ("ipv4-addr", json!({ "value": value })),
        K::Domain => ("domain-name", json!({ "value": value })),
        K::Url => ("url", json!({ "value": value })),
        K::Email => ("email-addr", json!({ "value": value })),
        K::Mac => ("mac-addr", json!({ "value": value })),
        K::Md5 => ("file", json!({ "hashes": { "MD5": value } })),
        K::Sha1 => ("file", json!({ "hashes": { "SHA-1": value } })),
        K::Sha256 => ("file", json!({ "hashes": { "SHA-256": value } })),
        K::Sha512 => ("file", json!({ "hashes": { "SHA-512": value } })),
        K::FileName => ("file", json!({ "name": value })),
        K::FilePath => ("directory", json!({ "path": value })),
        K::Mutex => ("mutex", json!({ "name": value })),
        K::RegistryKey => (
            "windows-registry-key",
            json!({ "key": registry_key(value) }),
        ),
        K::Asn => {
            let number: u32 = value.trim_start_matches("AS").parse().ok()?;
            ("autonomous-system", json!({ "number": number }))
        }
        K::ServiceName
        | K::NamedPipe
        | K::UserAgent
        | K::CommandLine
        | K::Cve
        | K::DetectionName
        | K::Wallet
        | K::Ja3
        | K::Imphash
        | K::Ssdeep
        | K::Package
        | K::YaraRule => return None,
    };
    let mut object = json!({
        "type": type_name,
        "spec_version": "2.1",
        "id": ids::observable(type_name, &contributing),
    });
    if let (Some(map), Value::Object(own)) = (object.as_object_mut(), contributing) {
        map.extend(own);
    }
    Some(object)
}

/// The key with its hive in full: STIX does not allow `HKLM` (section 6.17).
pub(super) fn registry_key(key: &str) -> String {
    let (hive, rest) = key.split_at(key.find('\\').unwrap_or(key.len()));
    let full = match hive.to_ascii_uppercase().as_str() {
        "HKLM" => "HKEY_LOCAL_MACHINE",
        "HKCU" => "HKEY_CURRENT_USER",
        "HKCR" => "HKEY_CLASSES_ROOT",
        "HKU" => "HKEY_USERS",
        "HKCC" => "HKEY_CURRENT_CONFIG",
        _ => hive,
    };
    format!("{full}{rest}")
}

//! Deterministic identifiers.

use serde_json::Value;
use uuid::Uuid;

/// Namespace of STIX 2.1 for ids of cyber-observables (section 2.9).
const SCO_NAMESPACE: Uuid = Uuid::from_u128(0x00abedb4_aa42_466c_9c01_fed23315a9b7);

/// Namespace of our own for ids of all other objects: the UUIDv5 of `tegakari:stix` in RFC 9562's
/// namespace for URLs. A receiver can recognise nothing by it; it only keeps our ids apart.
pub const OWN_NAMESPACE: Uuid = Uuid::from_u128(0xa7638525_01a5_5094_86a3_c2006f705edb);

/// `type--uuid` of a cyber-observable over its contributing properties.
pub(super) fn observable(type_name: &str, contributing: &Value) -> String {
    let uuid = Uuid::new_v5(&SCO_NAMESPACE, canonical(contributing).as_bytes());
    format!("{type_name}--{uuid}")
}

/// `type--uuid` of any other object. The type is part of the hashed text, because one producer must not
/// use one UUID for two types (section 2.9).
pub(super) fn own(type_name: &str, key: &Value) -> String {
    format!("{type_name}--{}", own_uuid(type_name, key))
}

/// The UUID of something of ours that bears no type in its id (an event of MISP, a collection of TAXII): the same for
/// the same kind and key.
pub fn own_uuid(kind: &str, key: &Value) -> String {
    let text = format!("{kind}\n{}", canonical(key));
    Uuid::new_v5(&OWN_NAMESPACE, text.as_bytes()).to_string()
}

/// JSON in the canonical form of RFC 8785, for the strings, integers, lists and flat objects used in ids.
/// serde_json escapes the same characters in the same way; what is left is the order of keys.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            // UTF-16 order, as the RFC wants; for the ASCII keys used here plain order is the same.
            keys.sort();
            let fields: Vec<String> = keys
                .into_iter()
                .filter_map(|key| {
                    let name = Value::String(key.clone());
                    map.get(key).map(|v| format!("{name}:{}", canonical(v)))
                })
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{OWN_NAMESPACE, observable};
    use serde_json::json;
    use uuid::Uuid;

    #[test]
    fn ids_are_those_of_other_producers() {
        // Computed with Python's uuid module from the specification's rule.
        assert_eq!(
            observable("ipv4-addr", &json!({ "value": "198.51.100.3" })),
            "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"
        );
        assert_eq!(
            observable(
                "file",
                &json!({ "name": "a\"b.exe", "hashes": { "MD5": "d41d8cd98f00b204e9800998ecf8427e" } })
            ),
            "file--1249c699-d1f1-5438-a511-b5493cb0a3fe"
        );
    }

    #[test]
    fn the_own_namespace_is_what_it_says() {
        assert_eq!(
            Uuid::new_v5(&Uuid::NAMESPACE_URL, b"tegakari:stix"),
            OWN_NAMESPACE
        );
    }
}

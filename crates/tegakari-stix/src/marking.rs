//! TLP as STIX marks it: fixed ids for TLP 1.0 (STIX 2.1 section 7.2.1.4) and TLP 2.0 (FIRST's
//! extension for STIX 2.1).

use serde_json::{Value, json};
use tegakari_model::Tlp;

/// The extension that defines TLP 2.0's markings.
pub(crate) const TLP2_EXTENSION: &str =
    "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";

const TLP1: [(&str, Tlp); 4] = [
    ("613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::Clear),
    ("34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::Green),
    ("f88d31f6-486f-44da-b317-01333bde0b82", Tlp::Amber),
    ("5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::Red),
];

const TLP2: [(&str, Tlp); 5] = [
    ("94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::Clear),
    ("bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::Green),
    ("55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::Amber),
    ("939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::AmberStrict),
    ("e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::Red),
];

/// The TLP a marking id of the specifications stands for.
pub fn tlp_of_marking(id: &str) -> Option<Tlp> {
    let uuid = id.trim().strip_prefix("marking-definition--")?;
    TLP1.iter()
        .chain(&TLP2)
        .find(|(known, _)| known.eq_ignore_ascii_case(uuid))
        .map(|(_, tlp)| *tlp)
}

/// The TLP a marking-definition object stands for.
pub(crate) fn tlp_of_definition(object: &Value) -> Option<Tlp> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    text("/id")
        .and_then(tlp_of_marking)
        .or_else(|| text("/definition/tlp").and_then(Tlp::parse))
        .or_else(|| {
            // A statement that begins with the marking: "TLP:RED do not share".
            let statement = text("/definition/statement")?.trim_start();
            let first = statement.split([' ', ',', ';', '.', '\n']).next()?;
            first.get(..4)?.eq_ignore_ascii_case("tlp:").then_some(())?;
            Tlp::parse(first.get(4..)?)
        })
        .or_else(|| {
            object
                .get("extensions")?
                .get(TLP2_EXTENSION)?
                .get("tlp_2_0")?
                .as_str()
                .and_then(Tlp::parse)
        })
}

/// The id of the TLP 2.0 marking.
pub fn marking_id(tlp: Tlp) -> String {
    let uuid = TLP2
        .iter()
        .find(|(_, known)| *known == tlp)
        .map_or("", |(uuid, _)| *uuid);
    format!("marking-definition--{uuid}")
}

/// The marking-definition object of TLP 2.0, exactly as FIRST publishes it.
pub(crate) fn definition(tlp: Tlp) -> Value {
    let name = tlp.label().trim_start_matches("TLP:").to_ascii_lowercase();
    json!({
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": marking_id(tlp),
        "created": "2022-10-01T00:00:00.000Z",
        "name": tlp.label(),
        "extensions": {
            TLP2_EXTENSION: { "extension_type": "property-extension", "tlp_2_0": name }
        }
    })
}

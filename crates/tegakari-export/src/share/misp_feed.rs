//! A folder that MISP takes as a feed: `manifest.json`, one file an event, and `hashes.csv`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

use super::{Files, ShareFormat, Shared, Sharing, misp};

/// `--as misp-feed`
#[derive(Debug)]
pub(super) struct MispFeed;

/// What the manifest says of each event.
const TOLD: [&str; 7] = [
    "Orgc",
    "Tag",
    "info",
    "date",
    "analysis",
    "threat_level_id",
    "timestamp",
];

impl ShareFormat for MispFeed {
    fn id(&self) -> &'static str {
        "misp-feed"
    }

    fn about(&self) -> &'static str {
        "folder that MISP fetches as a feed: manifest.json, one file an event, hashes.csv"
    }

    fn is_folder(&self) -> bool {
        true
    }

    fn write(&self, sharing: &Sharing<'_>, files: &mut Files<'_>) -> io::Result<Shared> {
        let mut manifest: BTreeMap<String, Value> = BTreeMap::new();
        let mut hashes: BTreeSet<String> = BTreeSet::new();
        let mut shared = Shared::default();
        for event in misp::events(&sharing.case) {
            shared.entries += event.attributes;
            shared.left_out.extend(event.left_out);
            let told: Map<String, Value> = TOLD
                .iter()
                .filter_map(|key| Some(((*key).to_owned(), event.event.get(*key)?.clone())))
                .collect();
            manifest.insert(event.uuid.clone(), Value::Object(told));
            for value in values(&event.event) {
                hashes.insert(format!("{},{}", digest(value), event.uuid));
            }
            let mut bytes = serde_json::to_vec_pretty(&json!({ "Event": event.event }))?;
            bytes.push(b'\n');
            files(&format!("{}.json", event.uuid), &bytes)?;
        }
        shared.left_out.sort();
        shared.left_out.dedup();
        let mut lines = String::new();
        for line in &hashes {
            lines.push_str(line);
            lines.push('\n');
        }
        files("hashes.csv", lines.as_bytes())?;
        // Last: whoever fetches in between sees no event that is not there yet.
        let mut bytes = serde_json::to_vec_pretty(&manifest)?;
        bytes.push(b'\n');
        files("manifest.json", &bytes)?;
        Ok(shared)
    }
}

/// Every value of an event, those of composite types part by part.
fn values(event: &Value) -> Vec<&str> {
    let own = event.get("Attribute").and_then(Value::as_array);
    let objects = event.get("Object").and_then(Value::as_array);
    let inside = objects
        .into_iter()
        .flatten()
        .filter_map(|o| o.get("Attribute").and_then(Value::as_array));
    own.into_iter()
        .chain(inside)
        .flatten()
        .filter_map(|attribute| {
            let text = |key: &str| attribute.get(key).and_then(Value::as_str);
            Some((text("type")?, text("value")?))
        })
        .flat_map(|(kind, value)| {
            let parts: Vec<&str> = if kind.contains('|') {
                value.split('|').collect()
            } else {
                vec![value]
            };
            parts
        })
        .collect()
}

fn digest(value: &str) -> String {
    let bytes = Md5::digest(value.as_bytes());
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

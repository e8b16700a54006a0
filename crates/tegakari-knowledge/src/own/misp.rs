//! A user's MISP: events whose galaxies or attributes name an actor, and galaxy clusters of actors or software.

use serde_json::Value;
use tegakari_model::{ActorId, NameKind};

use super::builder::{Builder, Ground};
use crate::record::Relation;
use crate::sources::galaxy::Entry;
use crate::sources::misp_threat_actor::origins;

/// Galaxies of actors.
const OF_ACTORS: [&str; 6] = [
    "threat-actor",
    "mitre-intrusion-set",
    "mitre-enterprise-attack-intrusion-set",
    "microsoft-activity-group",
    "360net-threat-actor",
    "actor",
];
/// Galaxies of software.
const OF_SOFTWARE: [&str; 14] = [
    "mitre-malware",
    "mitre-tool",
    "malpedia",
    "tool",
    "rat",
    "ransomware",
    "backdoor",
    "banker",
    "botnet",
    "stealer",
    "android",
    "wiper",
    "exploit-kit",
    "cryptominers",
];

/// Whether a document is a galaxy cluster.
pub(super) fn is_cluster(document: &Value) -> bool {
    document.get("values").is_some_and(Value::is_array)
}

/// Reads a galaxy cluster: one of software by its category or type, else one of actors.
pub(super) fn read_cluster(file: &str, document: &Value, builder: &mut Builder<'_>) {
    let kind = text(document, "type");
    let software = text(document, "category") == "tool" || OF_SOFTWARE.contains(&kind);
    let values = document.get("values").and_then(Value::as_array);
    for (number, value) in values.into_iter().flatten().enumerate() {
        let place = format!("{file}#/values/{number}");
        let entry: Entry = match serde_json::from_value(value.clone()) {
            Ok(entry) => entry,
            Err(error) => {
                let what = format!("no entry of a galaxy cluster ({error})");
                builder.problem(&place, what, "an entry has value, uuid and meta", 1);
                continue;
            }
        };
        let taken = if software {
            software_entry(&entry, builder)
        } else {
            actor_entry(&entry, builder)
        };
        builder.take(&place, taken);
    }
}

fn software_entry(entry: &Entry, builder: &mut Builder<'_>) -> super::builder::Taken {
    let id = builder.software_id(&entry.value, NameKind::Malware)?;
    for name in entry.texts("synonyms") {
        let _ = builder.software_alias(&id, name);
    }
    Ok(())
}

fn actor_entry(entry: &Entry, builder: &mut Builder<'_>) -> super::builder::Taken {
    let actor = builder.actor(&entry.value, &entry.uuid)?;
    let ground = Ground {
        reference: entry.text("refs").unwrap_or("").to_owned(),
        date: String::new(),
        scale: entry
            .text("attribution-confidence")
            .unwrap_or("")
            .to_owned(),
    };
    if entry.uuid.len() == 36 {
        let misp = format!("misp:{}", entry.uuid.to_ascii_lowercase());
        if let Some(known) = builder.known_actor(&misp) {
            let to = known.id.clone();
            builder.link_to(&actor, Relation::Same, to, "uuid", &ground);
        }
    }
    let attack = entry.text("external_id").into_iter();
    for name in entry.texts("synonyms").into_iter().chain(attack) {
        match builder.known_actor(name) {
            Some(known) => {
                let to = known.id.clone();
                builder.link_to(&actor, Relation::Same, to, name, &ground);
            }
            None => {
                let _ = builder.alias(&actor, name, None, &ground);
            }
        }
    }
    for label in [
        "cfr-suspected-victims",
        "suspected-victims",
        "cfr-target-category",
        "targeted-sector",
        "sector",
    ] {
        for raw in entry.texts(label) {
            let _ = builder.target(&actor, raw, &ground);
        }
    }
    for origin in origins(entry) {
        let _ = builder.origin(&actor, &origin.raw, &ground);
    }
    for reference in entry.texts("refs").into_iter().skip(1) {
        let ground = Ground {
            reference: reference.to_owned(),
            ..Ground::default()
        };
        let _ = builder.alias(&actor, &entry.value, None, &ground);
    }
    Ok(())
}

/// Reads one event or a list of them; `false` when the document holds none.
pub(super) fn read_events(file: &str, document: &Value, builder: &mut Builder<'_>) -> bool {
    let list = match document {
        Value::Array(list) => list.as_slice(),
        one => match one.get("response") {
            Some(Value::Array(list)) => list.as_slice(),
            _ => std::slice::from_ref(one),
        },
    };
    let mut any = false;
    for (number, one) in list.iter().enumerate() {
        let Some(event) = one.get("Event").filter(|e| e.is_object()) else {
            continue;
        };
        any = true;
        read_event(&format!("{file} event {}", number + 1), event, builder);
    }
    any
}

fn read_event(place: &str, event: &Value, builder: &mut Builder<'_>) {
    let attributes: Vec<&Value> = attributes_of(event);
    let links = attributes.iter().filter(|a| text(a, "type") == "link");
    let day = text(event, "date").split('T').next().unwrap_or_default();
    let ground = Ground {
        reference: links
            .map(|a| text(a, "value"))
            .next()
            .unwrap_or_else(|| text(event, "info"))
            .to_owned(),
        date: builder.date(&format!("{place}/date"), day),
        scale: String::new(),
    };
    let (mut actors, mut software, mut techniques) = (Vec::new(), Vec::new(), Vec::new());
    let own = event.get("Galaxy").and_then(Value::as_array);
    let of_attributes = attributes
        .iter()
        .filter_map(|a| a.get("Galaxy")?.as_array());
    for galaxy in own.into_iter().chain(of_attributes).flatten() {
        let kind = text(galaxy, "type");
        let clusters = galaxy.get("GalaxyCluster").and_then(Value::as_array);
        for cluster in clusters.into_iter().flatten() {
            let value = text(cluster, "value");
            let number = cluster.get("meta").and_then(|m| first(m, "external_id"));
            // MISP writes `PowerShell - T1059.001`, `Lotus Blossom - G0030`.
            let (name, tail) = match value.rsplit_once(" - ") {
                Some((name, tail)) if tail.len() >= 5 && tail.starts_with(['T', 'G', 'S']) => {
                    (name, Some(tail))
                }
                _ => (value, None),
            };
            let number = number.or(tail);
            if OF_ACTORS.contains(&kind) {
                actors.push((
                    name,
                    number.or(Some(text(cluster, "uuid")).filter(|u| u.len() == 36)),
                ));
            } else if OF_SOFTWARE.contains(&kind) {
                let known = number.filter(|number| builder.knows_software(number));
                software.push(known.unwrap_or(name));
            } else if kind.ends_with("attack-pattern")
                && let Some(number) = number
            {
                techniques.push(number);
            }
        }
    }
    for attribute in &attributes {
        match text(attribute, "type") {
            "threat-actor" => actors.push((text(attribute, "value"), None)),
            "malware-type" | "malware-sample-name" => software.push(text(attribute, "value")),
            _ => {}
        }
    }
    let mut ids: Vec<ActorId> = Vec::new();
    for (name, number) in actors {
        match builder.actor(name, "") {
            Ok(id) => {
                let misp = number.map(|n| format!("misp:{}", n.to_ascii_lowercase()));
                let known = number
                    .and_then(|n| builder.known_actor(n))
                    .or_else(|| builder.known_actor(misp.as_deref()?));
                if let Some(known) = known.map(|k| k.id.clone()) {
                    let raw = number.unwrap_or_default();
                    builder.link_to(&id, Relation::Same, known, raw, &ground);
                }
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            Err((what, hint)) => builder.problem(place, what, &hint, 1),
        }
    }
    let [actor] = ids.as_slice() else {
        let (what, hint) = if ids.is_empty() {
            (
                "the event names no actor, so nothing is said about one".to_owned(),
                "add a threat-actor galaxy or attribute, or take it as a report with `tegakari read`",
            )
        } else {
            (
                format!(
                    "the event names {} actors, and does not say whose techniques and values these are",
                    ids.len()
                ),
                "name one actor an event",
            )
        };
        builder.problem(place, what, hint, 1);
        return;
    };
    for number in techniques {
        let taken = builder.technique(actor, number, &ground);
        builder.take(place, taken);
    }
    for name in software {
        match builder.software_id(name, NameKind::Malware) {
            Ok(id) => builder.uses(actor, id, &ground),
            Err((what, hint)) => builder.problem(place, what, &hint, 1),
        }
    }
    for attribute in attributes {
        let network = matches!(
            text(attribute, "type"),
            "domain"
                | "hostname"
                | "ip-dst"
                | "ip-src"
                | "url"
                | "domain|ip"
                | "ip-dst|port"
                | "hostname|port"
        );
        if network && attribute.get("to_ids").and_then(Value::as_bool) == Some(true) {
            let value = text(attribute, "value").split('|').next().unwrap_or("");
            let taken = builder.indicator(actor, value, &ground);
            builder.take(place, taken);
        }
    }
}

/// The attributes of an event and of its objects.
fn attributes_of(event: &Value) -> Vec<&Value> {
    let own = event.get("Attribute").and_then(Value::as_array);
    let objects = event.get("Object").and_then(Value::as_array);
    let inner = objects
        .into_iter()
        .flatten()
        .filter_map(|o| o.get("Attribute")?.as_array());
    own.into_iter().chain(inner).flatten().collect()
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or("")
}

/// A text, or the first of a list of them.
fn first<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    match object.get(key)? {
        Value::String(one) => Some(one),
        Value::Array(list) => list.first().and_then(Value::as_str),
        _ => None,
    }
}

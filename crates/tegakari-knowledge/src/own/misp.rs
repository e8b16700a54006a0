//! A user's MISP: events whose galaxies or attributes name an actor, and galaxy clusters of actors or software.

use std::collections::HashMap;

use serde_json::Value;
use tegakari_model::{ActorId, NameKind, Observable, ObservableKind};

use super::builder::{Builder, Ground, refanged};
use crate::record::{OriginClaim, Relation};
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
    let mut seen = HashMap::new();
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
        if let Some(first) = earlier(&mut seen, &entry.uuid, number) {
            let what = format!(
                "a second entry with the uuid {:?}; the one at #/values/{first} counts",
                shown(&entry.uuid)
            );
            builder.problem(&place, what, "give every entry a uuid of its own", 1);
            continue;
        }
        for _ in &entry.related {
            builder.pass_over(file, "relations of entries to other clusters");
        }
        let taken = if software {
            software_entry(&place, &entry, builder)
        } else {
            actor_entry(&place, &entry, builder)
        };
        builder.take(&place, taken);
    }
}

/// The place at which an id occurred before; notes it when it did not. What has no id is always new.
fn earlier(seen: &mut HashMap<String, usize>, id: &str, number: usize) -> Option<usize> {
    if id.is_empty() {
        return None;
    }
    let first = *seen.entry(id.to_ascii_lowercase()).or_insert(number);
    (first != number).then_some(first)
}

/// The beginning of a text, for a message.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

fn software_entry(place: &str, entry: &Entry, builder: &mut Builder<'_>) -> super::builder::Taken {
    let id = builder.software_id(&entry.value, NameKind::Malware)?;
    let synonyms = entry.meta.get("synonyms");
    for (place, name) in builder.texts(&format!("{place}/meta/synonyms"), synonyms) {
        let taken = builder.software_alias(&id, name);
        builder.take(&place, taken);
    }
    Ok(())
}

fn actor_entry(place: &str, entry: &Entry, builder: &mut Builder<'_>) -> super::builder::Taken {
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
            builder.link_to(&actor, Relation::Same, to, "uuid", &ground)?;
        }
    }
    let attack = entry.text("external_id");
    let attack = attack.map(|id| (format!("{place}/meta/external_id"), id));
    let synonyms = entry.meta.get("synonyms");
    let synonyms = builder.texts(&format!("{place}/meta/synonyms"), synonyms);
    for (place, name) in synonyms.into_iter().chain(attack) {
        match builder.known_actor(name) {
            Some(known) => {
                let to = known.id.clone();
                let taken = builder.link_to(&actor, Relation::Same, to, name, &ground);
                builder.take(&place, taken);
            }
            None => {
                let taken = builder.alias(&actor, name, None, &ground);
                builder.take(&place, taken);
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
        let stated = entry.meta.get(label);
        for (place, raw) in builder.texts(&format!("{place}/meta/{label}"), stated) {
            if Builder::is_unknown(raw) {
                continue;
            }
            let taken = builder.target(&actor, raw, &ground);
            builder.take(&place, taken);
        }
    }
    let known = |origin: &OriginClaim| !Builder::is_unknown(&origin.raw);
    for origin in origins(entry).into_iter().filter(known) {
        let taken = builder.origin(&actor, &origin.raw, &ground);
        builder.take(&format!("{place}/meta/country"), taken);
    }
    for reference in entry.texts("refs").into_iter().skip(1) {
        let ground = Ground {
            reference: reference.to_owned(),
            ..Ground::default()
        };
        builder.alias(&actor, &entry.value, None, &ground)?;
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
    let mut seen = HashMap::new();
    for (number, one) in list.iter().enumerate() {
        let Some(event) = one.get("Event").filter(|e| e.is_object()) else {
            continue;
        };
        any = true;
        let place = format!("{file} event {}", number + 1);
        if let Some(first) = earlier(&mut seen, text(event, "uuid"), number) {
            let what = format!(
                "a second event with the uuid {:?}; event {} counts",
                shown(text(event, "uuid")),
                first + 1
            );
            builder.problem(&place, what, "give every event once", 1);
            continue;
        }
        read_event(file, &place, event, builder);
    }
    any
}

fn read_event(file: &str, place: &str, event: &Value, builder: &mut Builder<'_>) {
    let attributes = attributes_of(place, event);
    let links = attributes
        .iter()
        .map(|(_, attribute)| *attribute)
        .filter(|a| text(a, "type") == "link");
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
        .filter_map(|(_, a)| a.get("Galaxy")?.as_array());
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
            } else if kind.ends_with("attack-pattern") {
                techniques.push(number.unwrap_or(value));
            } else {
                let kind = shown(kind);
                builder.pass_over(file, format!("clusters of the galaxy {kind:?}"));
            }
        }
    }
    for (_, attribute) in &attributes {
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
                    let taken = builder.link_to(&id, Relation::Same, known, raw, &ground);
                    builder.take(place, taken);
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
    for (place, attribute) in attributes {
        let is_sign = attribute.get("to_ids").and_then(Value::as_bool) == Some(true);
        let parts = parts_of(attribute);
        if parts.is_empty() && is_sign {
            let kind = shown(text(attribute, "type"));
            builder.pass_over(file, values_of(&kind));
        }
        for (part, kinds) in parts {
            // What is no value of its type is no value of the actor's either.
            let bare = refanged(part);
            let mut kinds_of = kinds.iter();
            let fits = kinds_of.any(|kind| Observable::new(*kind, &bare).is_ok());
            let taken = if !fits {
                let (kind, part) = (text(attribute, "type"), shown(part));
                let hint = "mend the value or its type in MISP and export the event again";
                Err((
                    format!("{part:?} is no value of the type {kind}"),
                    hint.to_owned(),
                ))
            } else if is_sign && kinds.iter().any(|kind| kind.is_network()) {
                builder.indicator(actor, part, &ground)
            } else if is_sign {
                let kind = shown(text(attribute, "type"));
                builder.pass_over(file, values_of(&kind));
                continue;
            } else {
                builder.pass_over(file, "values that are not marked for detection (to_ids)");
                continue;
            };
            builder.take(&place, taken);
        }
    }
}

/// What is passed over of values that are no infrastructure, as hashes are none: `tegakari read` takes the event as a report.
fn values_of(kind: &str) -> String {
    format!(
        "values of the type {kind:?}, which are no infrastructure (hunt for them with `tegakari read`)"
    )
}

/// The values of an attribute with what each may be; of a type that is not checked here, none.
fn parts_of(attribute: &Value) -> Vec<(&str, &'static [ObservableKind])> {
    use ObservableKind as K;
    const HOST: &[K] = &[K::Domain, K::Ipv4, K::Ipv6];
    const DOMAIN: &[K] = &[K::Domain];
    const ADDRESS: &[K] = &[K::Ipv4, K::Ipv6, K::Cidr];
    const URL: &[K] = &[K::Url];
    const MD5: &[K] = &[K::Md5];
    const SHA1: &[K] = &[K::Sha1];
    const SHA256: &[K] = &[K::Sha256];
    const SHA512: &[K] = &[K::Sha512];
    let value = text(attribute, "value").trim();
    let (first, second) = match value.split_once('|') {
        Some((first, second)) => (first.trim(), second.trim()),
        None => (value, ""),
    };
    match text(attribute, "type") {
        "domain" => vec![(value, DOMAIN)],
        "hostname" => vec![(value, HOST)],
        "hostname|port" => vec![(first, HOST)],
        "ip-dst" | "ip-src" => vec![(value, ADDRESS)],
        "ip-dst|port" | "ip-src|port" => vec![(first, ADDRESS)],
        "domain|ip" => vec![(first, DOMAIN), (second, ADDRESS)],
        "url" => vec![(value, URL)],
        "md5" => vec![(value, MD5)],
        "sha1" => vec![(value, SHA1)],
        "sha256" => vec![(value, SHA256)],
        "sha512" => vec![(value, SHA512)],
        "filename|md5" => vec![(second, MD5)],
        "filename|sha1" => vec![(second, SHA1)],
        "filename|sha256" => vec![(second, SHA256)],
        "filename|sha512" => vec![(second, SHA512)],
        _ => Vec::new(),
    }
}

/// The attributes of an event and of its objects, each with its place.
fn attributes_of<'a>(place: &str, event: &'a Value) -> Vec<(String, &'a Value)> {
    let list = |holder: &'a Value, key: &str| holder.get(key).and_then(Value::as_array);
    let mut all = Vec::new();
    for (number, attribute) in list(event, "Attribute").into_iter().flatten().enumerate() {
        all.push((format!("{place}/Attribute/{number}"), attribute));
    }
    for (object, holder) in list(event, "Object").into_iter().flatten().enumerate() {
        for (number, attribute) in list(holder, "Attribute").into_iter().flatten().enumerate() {
            let place = format!("{place}/Object/{object}/Attribute/{number}");
            all.push((place, attribute));
        }
    }
    all
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

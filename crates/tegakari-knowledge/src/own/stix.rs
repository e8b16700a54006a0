//! A user's STIX 2.0 or 2.1: actors, software, techniques, campaigns, who uses and attacks what, and indicators.
//!
//! Only what makes an assertion is read, and all of it by the bundle's own relationships. This crate does not depend on
//! the STIX crate (see ARCHITECTURE.md), so patterns are read for their plain comparisons with network values.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use tegakari_model::{ActorId, NameKind, SoftwareId, Timestamp};

use super::builder::{Builder, Ground, Taken};
use crate::order::sort;
use crate::record::{Relation, Status};

/// Whether a document is STIX 2.
pub(super) fn is_bundle(document: &Value) -> bool {
    let is_object = |o: &Value| {
        let id = o.get("id").and_then(Value::as_str);
        let kind = o.get("type").and_then(Value::as_str);
        matches!((kind, id), (Some(kind), Some(id)) if id.split("--").next() == Some(kind))
    };
    document.get("type").and_then(Value::as_str) == Some("bundle")
        || objects(document).first().is_some_and(is_object)
}

fn objects(document: &Value) -> &[Value] {
    let list = match document {
        Value::Array(list) => Some(list),
        _ => document.get("objects").and_then(Value::as_array),
    };
    list.map_or(&[], Vec::as_slice)
}

/// What an object became.
enum Made<'a> {
    Actor(ActorId),
    Software(SoftwareId),
    Technique(String),
    Campaign(String),
    Indicator(&'a Value),
    Place(&'a Value),
    /// Of a kind that is not read.
    Unread,
}

impl Made<'_> {
    fn word(&self) -> &'static str {
        match self {
            Self::Actor(_) => "an actor",
            Self::Software(_) => "software",
            Self::Technique(_) => "a technique",
            Self::Campaign(_) => "a campaign",
            Self::Indicator(_) => "an indicator",
            Self::Place(_) => "a place or identity",
            Self::Unread => "an object of another type",
        }
    }
}

pub(super) fn read<'a>(file: &str, document: &'a Value, builder: &mut Builder<'_>) {
    let mut made: HashMap<&str, Made<'a>> = HashMap::new();
    let mut relations: Vec<(String, &'a Value)> = Vec::new();
    let newest = newest(objects(document), builder);
    for (number, object) in objects(document).iter().enumerate() {
        let place = format!("{file}#/objects/{number}");
        let (kind, id) = (text(object, "type"), text(object, "id"));
        if let Some(other) = newest.get(id).filter(|other| **other != number) {
            let shown: String = id.chars().take(100).collect();
            let what = format!(
                "another object with the id {shown:?}; the one at #/objects/{other} counts, which is the newest or the first"
            );
            let hint = "give every object an id of its own, and of each only the newest version";
            builder.problem(&place, what, hint, 1);
            continue;
        }
        if kind == "relationship" {
            relations.push((place, object));
            continue;
        }
        if !matches!(
            kind,
            "intrusion-set"
                | "threat-actor"
                | "malware"
                | "tool"
                | "attack-pattern"
                | "campaign"
                | "indicator"
                | "identity"
                | "location"
        ) {
            if kind.is_empty() {
                let hint = "every STIX object has a type and an id";
                builder.problem(&place, "no STIX object", hint, 1);
            } else {
                let kind: String = kind.chars().take(60).collect();
                builder.pass_over(file, format!("objects of the type {kind:?}"));
                if !id.is_empty() {
                    made.insert(id, Made::Unread);
                }
            }
            continue;
        }
        if id.is_empty() {
            let what = format!("{kind} without an id");
            builder.problem(&place, what, "every STIX object has an id", 1);
            continue;
        }
        tell_odd_times(&place, object, builder);
        match object_of(&place, id, object, builder) {
            Ok(Some(one)) => {
                made.insert(id, one);
            }
            Ok(None) => {}
            Err((what, hint)) => builder.problem(&place, what, &hint, 1),
        }
    }
    let mut said_of: HashSet<&str> = HashSet::new();
    for (place, object) in relations {
        if is_true(object, "revoked") {
            builder.pass_over(file, "relationships that were revoked");
            continue;
        }
        tell_odd_times(&place, object, builder);
        let (from, to) = (text(object, "source_ref"), text(object, "target_ref"));
        if !from.is_empty() && from == to {
            let shown: String = from.chars().take(100).collect();
            let what = format!("a relationship of {shown:?} with itself");
            let hint = "name another object as its source or target";
            builder.problem(&place, what, hint, 1);
            continue;
        }
        said_of.extend([from, to]);
        let taken = match (made.get(from), made.get(to)) {
            (Some(from), Some(to)) => relation(file, from, to, object, builder),
            _ => {
                let missing = [from, to].into_iter().find(|id| !made.contains_key(id));
                let missing: String = missing.unwrap_or("").chars().take(100).collect();
                Err((
                    format!(
                        "a relationship with {missing:?}, which the bundle does not hold or could not be read"
                    ),
                    "export the bundle with the objects that its relationships name".to_owned(),
                ))
            }
        };
        builder.take(&place, taken);
    }
    for object in objects(document) {
        if text(object, "type") == "indicator" && !said_of.contains(text(object, "id")) {
            builder.pass_over(file, "indicators that no relationship says to be anybody's");
        }
    }
}

/// For every id the object that counts: of several versions the last changed, of equals the first. A time that is none
/// is no time at which it was changed.
fn newest<'a>(objects: &'a [Value], builder: &Builder<'_>) -> HashMap<&'a str, usize> {
    let mut found: HashMap<&str, usize> = HashMap::new();
    let changed = |number: usize| {
        let stated = text(objects.get(number)?, "modified");
        let is_day = stated.get(..10).is_some_and(|day| builder.is_date(day));
        let time = stated.parse::<Timestamp>().ok();
        time.filter(|_| is_day)
    };
    for (number, object) in objects.iter().enumerate() {
        let id = text(object, "id");
        if id.is_empty() {
            continue;
        }
        let best = found.entry(id).or_insert(number);
        if changed(number) > changed(*best) {
            *best = number;
        }
    }
    found
}

fn object_of<'a>(
    place: &str,
    id: &str,
    object: &'a Value,
    builder: &mut Builder<'_>,
) -> Result<Option<Made<'a>>, (String, String)> {
    let kind = text(object, "type");
    let name = text(object, "name");
    let attack = attack_id(object);
    Ok(Some(match kind {
        "intrusion-set" | "threat-actor" => {
            let actor = builder.actor(name, id)?;
            let ground = ground(object, builder);
            for (place, alias) in builder.texts(&format!("{place}/aliases"), object.get("aliases"))
            {
                let taken = builder.alias(&actor, alias, None, &ground);
                builder.take(&place, taken);
            }
            // ATT&CK's id says which of its groups is meant.
            if let Some(known) = attack.and_then(|id| builder.known_actor(id)) {
                let raw = format!("external id {}", attack.unwrap_or_default());
                let to = known.id.clone();
                builder.link_to(&actor, Relation::Same, to, &raw, &ground)?;
            }
            let (modified, last) = (
                day(object, "modified", builder),
                day(object, "last_seen", builder),
            );
            if let Some(record) = builder.actor_record(&actor) {
                record.modified = modified;
                if is_true(object, "revoked") {
                    record.status = Status::Revoked;
                }
                if record.last_activity < last {
                    record.last_activity = last;
                }
            }
            Made::Actor(actor)
        }
        "malware" | "tool" => {
            let kind = if kind == "tool" {
                NameKind::Tool
            } else {
                NameKind::Malware
            };
            let software = match attack {
                Some(number) if builder.knows_software(number) => {
                    builder.software_id(number, kind)?
                }
                _ => builder.software_id(name, kind)?,
            };
            for key in ["aliases", "x_mitre_aliases"] {
                for (place, alias) in builder.texts(&format!("{place}/{key}"), object.get(key)) {
                    let taken = builder.software_alias(&software, alias);
                    builder.take(&place, taken);
                }
            }
            Made::Software(software)
        }
        "attack-pattern" => {
            let number = attack
                .or_else(|| name.split([' ', ':']).next())
                .unwrap_or_default();
            builder.technique_id(number)?;
            Made::Technique(number.to_owned())
        }
        "campaign" => {
            builder.campaign(id, name)?;
            let mut names = Vec::new();
            for (place, alias) in builder.texts(&format!("{place}/aliases"), object.get("aliases"))
            {
                match Builder::name(alias) {
                    Ok(alias) => names.push(alias.to_owned()),
                    Err((what, hint)) => builder.problem(&place, what, &hint, 1),
                }
            }
            let (first, last) = (
                day(object, "first_seen", builder),
                day(object, "last_seen", builder),
            );
            let campaign = builder.campaign(id, name)?;
            campaign.first_seen = first;
            campaign.last_seen = last;
            campaign.aliases = names;
            sort(&mut campaign.aliases);
            Made::Campaign(id.to_owned())
        }
        "indicator" => Made::Indicator(object),
        _ => Made::Place(object),
    }))
}

fn relation(
    file: &str,
    from: &Made<'_>,
    to: &Made<'_>,
    object: &Value,
    builder: &mut Builder<'_>,
) -> Taken {
    let verb = text(object, "relationship_type");
    let ground = ground(object, builder);
    match (from, verb, to) {
        (Made::Actor(actor), "uses", Made::Technique(id)) => builder.technique(actor, id, &ground),
        (Made::Actor(actor), "uses", Made::Software(id)) => {
            builder.uses(actor, id.clone(), &ground);
            Ok(())
        }
        (Made::Software(software), "uses", Made::Technique(id)) => {
            builder.software_technique(software, id)
        }
        (Made::Campaign(key), "uses", Made::Technique(id)) => {
            let what = builder.technique_id(id)?;
            let campaign = builder.campaign(key, key)?;
            let references = Vec::new();
            let more = vec![crate::record::Use { what, references }];
            crate::facts::unite_uses(&mut campaign.techniques, more);
            Ok(())
        }
        (Made::Campaign(key), "uses", Made::Software(id)) => {
            let campaign = builder.campaign(key, key)?;
            let (what, references) = (id.clone(), Vec::new());
            let more = vec![crate::record::Use { what, references }];
            crate::facts::unite_uses(&mut campaign.software, more);
            Ok(())
        }
        (Made::Campaign(key), "attributed-to", Made::Actor(actor)) => {
            // Of one that stands for an actor of ATT&CK, to that one as well.
            let record = builder.actor_record(actor);
            let same = record.into_iter().flat_map(|r| &r.links);
            let mut all: Vec<ActorId> = same
                .filter(|l| l.relation == Relation::Same && l.to.0.starts_with("attack:"))
                .map(|l| l.to.clone())
                .collect();
            all.push(actor.clone());
            let campaign = builder.campaign(key, key)?;
            campaign.attributed_to.extend(all);
            sort(&mut campaign.attributed_to);
            campaign.attributed_to.dedup();
            Ok(())
        }
        (Made::Actor(actor), "targets", Made::Place(place)) => {
            let mut labels = labels_of(place).peekable();
            if labels.peek().is_none() {
                return no_label();
            }
            // One that is none costs itself, not those after it.
            let mut taken = Ok(());
            for label in labels {
                if let Err(wrong) = builder.target(actor, label, &ground) {
                    taken = Err(wrong);
                }
            }
            taken
        }
        (Made::Actor(actor), "located-at" | "originates-from", Made::Place(place)) => {
            match labels_of(place).next() {
                Some(label) => builder.origin(actor, label, &ground),
                None => no_label(),
            }
        }
        (Made::Indicator(indicator), "indicates", Made::Actor(actor)) => {
            let values = network_values(text(indicator, "pattern"));
            if values.is_empty() {
                return Err((
                    "an indicator without a domain, address or URL".to_owned(),
                    "other values say nothing about infrastructure; hunt for them with `tegakari read` and `hunt`".to_owned(),
                ));
            }
            let mut taken = Ok(());
            for value in values {
                if let Err(wrong) = builder.indicator(actor, &value, &ground) {
                    taken = Err(wrong);
                }
            }
            taken
        }
        (Made::Actor(one), verb, Made::Actor(other)) => {
            let relation = match verb {
                "duplicate-of" | "alias-of" | "same-as" => Relation::Same,
                "similar" | "similar-to" => Relation::Similar,
                "overlaps" | "overlaps-with" => Relation::Overlaps,
                "part-of" | "member-of" => Relation::PartOf,
                _ => Relation::Linked,
            };
            builder.link_to(one, relation, other.clone(), verb, &ground)
        }
        // Between things that are no actors: nothing is said about an actor that is kept here.
        _ => {
            let ends = format!("from {} to {}", from.word(), to.word());
            builder.pass_over(file, format!("relationships {ends} that are not used here"));
            Ok(())
        }
    }
}

fn no_label() -> Taken {
    Err((
        "a target or place without country or sector".to_owned(),
        "give the location its country, the identity its sectors".to_owned(),
    ))
}

/// Country of a location, sectors of an identity; else its name.
fn labels_of(object: &Value) -> impl Iterator<Item = &str> {
    let country = Some(text(object, "country")).filter(|c| !c.is_empty());
    let mut stated = country
        .into_iter()
        .chain(texts(object, "sectors"))
        .peekable();
    let name = Some(text(object, "name")).filter(|n| !n.is_empty() && stated.peek().is_none());
    stated.chain(name)
}

fn ground(object: &Value, builder: &Builder<'_>) -> Ground {
    let references = object.get("external_references").and_then(Value::as_array);
    let mut cited = references
        .into_iter()
        .flatten()
        .filter(|r| !text(r, "source_name").starts_with("mitre"));
    let reference = cited.find_map(|r| {
        [text(r, "url"), text(r, "source_name")]
            .into_iter()
            .find(|t| !t.is_empty())
    });
    let date = ["modified", "created"]
        .map(|key| day(object, key, builder))
        .into_iter()
        .find(|day| !day.is_empty());
    Ground {
        reference: reference.unwrap_or("").to_owned(),
        date: date.unwrap_or_default(),
        scale: match object.get("confidence") {
            Some(Value::Number(n)) => format!("STIX confidence {n}"),
            _ => String::new(),
        },
    }
}

/// The day of a time that an object states; empty when it states none on which an intrusion may have been.
fn day(object: &Value, key: &str, builder: &Builder<'_>) -> String {
    let stated = text(object, key);
    let found = [Some(stated), stated.get(..10)].into_iter().flatten();
    found
        .filter(|day| builder.is_date(day))
        .map(str::to_owned)
        .next()
        .unwrap_or_default()
}

/// Tells the times of an object that are none; the object goes on without them.
fn tell_odd_times(place: &str, object: &Value, builder: &mut Builder<'_>) {
    for key in ["created", "modified", "first_seen", "last_seen"] {
        let Some(stated) = object.get(key).filter(|v| !v.is_null()) else {
            continue;
        };
        if day(object, key, builder).is_empty() {
            let stated = stated
                .as_str()
                .map_or_else(|| stated.to_string(), str::to_owned);
            builder.date(&format!("{place}/{key}"), &stated);
        }
    }
}

fn attack_id(object: &Value) -> Option<&str> {
    let references = object.get("external_references").and_then(Value::as_array);
    references
        .into_iter()
        .flatten()
        .filter(|r| text(r, "source_name").starts_with("mitre"))
        .map(|r| text(r, "external_id"))
        .find(|id| !id.is_empty())
}

/// The values of plain comparisons with domains, addresses and URLs.
fn network_values(pattern: &str) -> Vec<String> {
    const PATHS: [&str; 4] = [
        "domain-name:value",
        "ipv4-addr:value",
        "ipv6-addr:value",
        "url:value",
    ];
    let mut out = Vec::new();
    for path in PATHS {
        for (at, _) in pattern.match_indices(path) {
            let rest = pattern.get(at + path.len()..).unwrap_or("").trim_start();
            let Some(rest) = rest.strip_prefix('=') else {
                continue;
            };
            let Some(rest) = rest.trim_start().strip_prefix('\'') else {
                continue;
            };
            if let Some((value, _)) = rest.split_once('\'') {
                out.push(value.to_owned());
            }
        }
    }
    out
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or("")
}

fn texts<'a>(object: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    let list = object.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

fn is_true(object: &Value, key: &str) -> bool {
    object.get(key).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::network_values;

    #[test]
    fn patterns_give_their_plain_network_values() {
        let found = network_values(
            "[domain-name:value = 'a.example' OR url:value='http://b.example/x'] AND [ipv4-addr:value != '198.51.100.1'] AND [file:name = 'c']",
        );
        assert_eq!(found, ["a.example", "http://b.example/x"]);
        assert!(network_values("[domain-name:value = 'cut").is_empty());
    }
}

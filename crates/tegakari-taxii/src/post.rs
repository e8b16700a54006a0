//! Adding objects (section 5.5): an envelope in, a status out.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tegakari_model::Timestamp;

use crate::backend::{Backend, Incoming, Refusal};
use crate::objects;

/// Most characters of an id.
const LONGEST_ID: usize = 300;

/// Adds the objects of an envelope; the status as JSON, or what is wrong with the whole.
pub(crate) fn add(
    body: &[u8],
    collection: &str,
    backend: &mut dyn Backend,
    now: Timestamp,
) -> Result<Value, Wrong> {
    let envelope: Value = serde_json::from_slice(body)
        .map_err(|error| Wrong::Form(format!("the body is no JSON: {error}")))?;
    let Some(objects) = envelope.get("objects").and_then(Value::as_array) else {
        return Err(Wrong::Form(
            "the body must be an envelope: {\"objects\": [ … ]}".to_owned(),
        ));
    };
    let mut incoming = Vec::new();
    let mut failures = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        match read(object) {
            Ok(object) => incoming.push(object),
            Err(why) => {
                let id = object.get("id").and_then(Value::as_str);
                let id: String = id.unwrap_or("").chars().take(LONGEST_ID).collect();
                failures.push(json!({
                    "id": if id.is_empty() { format!("object {i}") } else { id },
                    "version": objects::added(now),
                    "message": why,
                }));
            }
        }
    }
    let new = backend
        .add(collection, &incoming, now)
        .map_err(Wrong::Backend)?;
    let successes: Vec<Value> = incoming
        .iter()
        .zip(new)
        .map(|(object, new)| {
            let mut one = json!({
                "id": object.id,
                "version": objects::time(object.version.unwrap_or(now)),
            });
            if let (false, Some(map)) = (new, one.as_object_mut()) {
                map.insert("message".to_owned(), json!("it was there already"));
            }
            one
        })
        .collect();
    let id = status_id(collection, body, now);
    let mut status = json!({
        "id": id,
        "status": "complete",
        "request_timestamp": objects::added(now),
        "total_count": objects.len(),
        "success_count": successes.len(),
        "failure_count": failures.len(),
        "pending_count": 0,
    });
    if let Some(map) = status.as_object_mut() {
        for (key, list) in [("successes", successes), ("failures", failures)] {
            if !list.is_empty() {
                map.insert(key.to_owned(), Value::Array(list));
            }
        }
    }
    backend
        .keep_status(&id, &status.to_string())
        .map_err(Wrong::Backend)?;
    Ok(status)
}

/// Why nothing was added.
pub(crate) enum Wrong {
    Form(String),
    Backend(Refusal),
}

fn read(object: &Value) -> Result<Incoming, String> {
    let map = object.as_object().ok_or("it is no object")?;
    let text = |key: &str| map.get(key).and_then(Value::as_str);
    let id = text("id").ok_or("it has no id")?;
    let type_name = text("type").ok_or("it has no type")?;
    let (front, uuid) = id.split_once("--").ok_or("its id is not type--UUID")?;
    let named = !type_name.is_empty()
        && type_name.len() <= 250
        && type_name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !named {
        return Err("its type has other characters than a-z, 0-9 and -".to_owned());
    }
    if front != type_name || !is_uuid(uuid) {
        return Err("its id is not type--UUID".to_owned());
    }
    let spec = match text("spec_version") {
        Some("2.1") => "2.1",
        // Objects of 2.0 bear no version of their own; observables of 2.1 need not.
        None if map.contains_key("created") => "2.0",
        None => "2.1",
        Some(_) => return Err("its spec_version is not 2.1".to_owned()),
    };
    let mut version = None;
    for key in ["modified", "created"] {
        if let (None, Some(time)) = (version, text(key)) {
            let time: Timestamp = time
                .parse()
                .map_err(|_| format!("its {key} is no time of RFC 3339"))?;
            version = Some(time);
        }
    }
    Ok(Incoming {
        id: id.to_owned(),
        type_name: type_name.to_owned(),
        spec: spec.to_owned(),
        version,
        body: object.to_string(),
    })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// A UUID (version 8, RFC 9562) of what was added, where and when: two additions at one microsecond that are the same
/// are one.
fn status_id(collection: &str, body: &[u8], now: Timestamp) -> String {
    let mut hash = Sha256::new();
    hash.update(collection.as_bytes());
    hash.update(now.as_nanosecond().to_le_bytes());
    hash.update(body);
    let mut bytes: [u8; 16] = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut out = String::new();
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push_str(&format!("{byte:02x}"));
    }
    out
}

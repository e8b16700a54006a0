//! MISP events as JSON.

use std::io;

use serde_json::{Value, json};

use super::{Files, ShareFormat, Shared, Sharing, misp};

/// `--as misp`
#[derive(Debug)]
pub(super) struct MispEvents;

impl ShareFormat for MispEvents {
    fn id(&self) -> &'static str {
        "misp"
    }

    fn about(&self) -> &'static str {
        "MISP event JSON, one event a report, with file objects, tags, sightings and the assessment in words"
    }

    fn write(&self, sharing: &Sharing<'_>, files: &mut Files<'_>) -> io::Result<Shared> {
        let mut events = misp::events(&sharing.case);
        let mut shared = Shared::default();
        for event in &mut events {
            shared.entries += event.attributes;
            shared.left_out.append(&mut event.left_out);
        }
        shared.left_out.sort();
        shared.left_out.dedup();
        let mut all: Vec<Value> = events
            .into_iter()
            .map(|e| json!({ "Event": e.event }))
            .collect();
        // One event is what MISP imports; several are what its server answers.
        let document = match all.pop() {
            Some(only) if all.is_empty() => only,
            last => {
                all.extend(last);
                json!({ "response": all })
            }
        };
        let mut bytes = serde_json::to_vec_pretty(&document)?;
        bytes.push(b'\n');
        files("", &bytes)?;
        Ok(shared)
    }
}

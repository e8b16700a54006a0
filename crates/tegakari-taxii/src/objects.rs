//! Objects, manifest and versions of a collection: pages in the order of adding.

use serde_json::Value;
use tegakari_model::Timestamp;

use crate::backend::{Entry, Page};
use crate::filter;
use crate::message::Response;

/// What of the entries is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// The objects.
    Objects,
    /// What is told about each.
    Manifest,
    /// The times of versions.
    Versions,
}

/// The answer for a page. An empty one is `{}` and has no headers about times.
pub(crate) fn answer(what: What, page: &Page) -> Response {
    let mut body = String::from("{");
    if let (true, Some(last)) = (page.more, page.entries.last()) {
        body.push_str("\"more\":true,\"next\":\"");
        body.push_str(&filter::next(last.place));
        body.push_str("\",");
    }
    if !page.entries.is_empty() {
        body.push_str(match what {
            What::Objects | What::Manifest => "\"objects\":[",
            What::Versions => "\"versions\":[",
        });
        for (i, entry) in page.entries.iter().enumerate() {
            if i > 0 {
                body.push(',');
            }
            match what {
                // As they were kept: JSON that was checked when it came in.
                What::Objects => body.push_str(&entry.body),
                What::Manifest => body.push_str(&manifest(entry)),
                What::Versions => body.push_str(&Value::String(time(entry.version)).to_string()),
            }
        }
        body.push(']');
    }
    body.push('}');
    let mut response = Response::raw(200, body.into_bytes());
    if let (Some(first), Some(last)) = (page.entries.first(), page.entries.last()) {
        response = response
            .with("X-TAXII-Date-Added-First", added(first.added))
            .with("X-TAXII-Date-Added-Last", added(last.added));
    }
    response
}

fn manifest(entry: &Entry) -> String {
    let media = match entry.spec.as_str() {
        "2.0" => "application/stix+json;version=2.0",
        _ => "application/stix+json;version=2.1",
    };
    serde_json::json!({
        "id": entry.id,
        "date_added": added(entry.added),
        "version": time(entry.version),
        "media_type": media,
    })
    .to_string()
}

/// To the microsecond, by which two entries are told apart.
pub(crate) fn added(time: Timestamp) -> String {
    format!("{time:.6}")
}

/// As STIX writes it: to the millisecond, and finer only where it is.
pub(crate) fn time(time: Timestamp) -> String {
    if time.subsec_nanosecond() % 1_000_000 == 0 {
        format!("{time:.3}")
    } else {
        format!("{time:.6}")
    }
}

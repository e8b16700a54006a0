//! The two index files of a MISP feed: `manifest.json`, which lists its events, and `hashes.csv`, which lists
//! hashes of attribute values. Neither holds indicators; the second looks as if it did.

use serde_json::Value;
use tegakari_model::Problem;

use super::json_lines::escape;
use super::{Head, ReportFormat, Sniff, Source};
use crate::content::{Block, BlockKind, Content};
use crate::misp;

/// Index files of MISP feeds.
pub(super) struct MispFeed;

impl ReportFormat for MispFeed {
    fn id(&self) -> &'static str {
        "misp-feed"
    }

    fn about(&self) -> &'static str {
        "index files of a MISP feed (manifest.json, hashes.csv): what its events are about; the values are in the events"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        if is_hashes(head.text) {
            return Sniff::Certain;
        }
        let start = head.text.trim_start();
        let first_key = start
            .strip_prefix('{')
            .map(str::trim_start)
            .and_then(|t| t.strip_prefix('"'))
            .and_then(|t| t.get(..37));
        let keyed = first_key.is_some_and(|k| is_uuid(k.trim_end_matches('"')) && k.ends_with('"'));
        let about_events = [
            "\"info\"",
            "\"Orgc\"",
            "\"analysis\"",
            "\"threat_level_id\"",
        ]
        .iter()
        .filter(|k| start.contains(**k))
        .count();
        if keyed && about_events >= 2 {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let text = source.text();
        if is_hashes(text.get(..4096).unwrap_or(text)) {
            content.problems.push(Problem::new(
                source.name,
                "these are hashes of the values of a MISP feed, not of files",
                "read the feed's events instead",
            ));
            return;
        }
        let events: Value = match serde_json::from_str(text) {
            Ok(events) => events,
            Err(error) => {
                content.problems.push(Problem::new(
                    format!("{}:{}", source.name, error.line()),
                    "not valid JSON",
                    "get the manifest again; it may be cut off",
                ));
                return;
            }
        };
        for (id, event) in events.as_object().into_iter().flatten() {
            let path = format!("/{}", escape(id));
            let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or("");
            let mut block = Block::new(BlockKind::Value, text("info"), 0);
            block.path = Some(format!("{path}/info"));
            content.push(block);
            let owner = event
                .get("Orgc")
                .and_then(|o| o.get("name"))
                .and_then(Value::as_str);
            content.publisher = content
                .publisher
                .take()
                .or_else(|| owner.map(str::to_owned));
            let tags = event.get("Tag").and_then(Value::as_array);
            for (i, tag) in tags.into_iter().flatten().enumerate() {
                if let Some(name) = tag.get("name").and_then(Value::as_str) {
                    misp::tag(name, &format!("{path}/Tag/{i}"), content);
                }
            }
        }
        content.problems.push(Problem::new(
            source.name,
            "this is the list of events of a MISP feed, without their values",
            "read the event files beside it",
        ));
    }
}

/// Lines of `md5,uuid`.
fn is_hashes(text: &str) -> bool {
    let mut lines = text
        .lines()
        .filter(|l| !l.trim().is_empty())
        .take(5)
        .peekable();
    // The last line of a head may be cut.
    let first_fits = lines.peek().is_some_and(|l| fits(l));
    first_fits && lines.filter(|l| l.len() >= 69).all(fits)
}

fn fits(line: &str) -> bool {
    line.trim().split_once(',').is_some_and(|(hash, id)| {
        hash.len() == 32 && hash.bytes().all(|b| b.is_ascii_hexdigit()) && is_uuid(id)
    })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

//! Zeek's `known_hosts`: addresses that completed a connection (docs.zeek.org, known-hosts), as TSV or JSON lines.

use serde::Deserialize;
use tegakari_model::Problem;

use super::{InventoryAsset, nameless};
use crate::address;

#[derive(Deserialize)]
struct Line {
    host: String,
}

/// Whether a text is such a log.
pub(super) fn is(text: &str) -> bool {
    if text.starts_with('#') {
        return text
            .lines()
            .take(12)
            .any(|line| line == "#path\tknown_hosts");
    }
    let first = text.lines().next().unwrap_or_default();
    first.starts_with('{')
        && serde_json::from_str::<Line>(first)
            .is_ok_and(|line| address::parse(line.host.as_bytes()).is_some())
}

/// An asset an address; names come from the logs.
pub(super) fn read(text: &str) -> (Vec<InventoryAsset>, Vec<Problem>) {
    let mut column = 1;
    let mut assets = Vec::new();
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(fields) = line.strip_prefix("#fields\t") {
            column = fields
                .split('\t')
                .position(|name| name == "host")
                .unwrap_or(1);
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let host = if line.starts_with('{') {
            serde_json::from_str::<Line>(line)
                .ok()
                .map(|line| line.host)
        } else {
            line.split('\t').nth(column).map(str::to_owned)
        };
        match host.filter(|host| address::parse(host.as_bytes()).is_some()) {
            Some(host) => assets.push(InventoryAsset {
                name: host.clone(),
                addresses: vec![host],
                ..InventoryAsset::default()
            }),
            None => problems.push(
                Problem::new(
                    format!("inventory:{number}"),
                    "this line names no address",
                    "correct the line",
                )
                .losing_records(1),
            ),
        }
    }
    let count = assets.len() as u64;
    problems.extend(nameless(count, "hosts"));
    (assets, problems)
}

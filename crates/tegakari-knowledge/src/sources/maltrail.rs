//! Maltrail's per-actor trails: domains and addresses under a name, with the reports they come from.
//!
//! A file's name is the only statement of the actor, its comment line of aliases mixes actors and
//! malware, nothing has a date. So: weak evidence, kept as `maltrail:` records of their own.
//! A trail that was cut off cannot be told from a short one (real files lack the last line feed).

use std::collections::{BTreeSet, VecDeque};

use tegakari_model::{ActorId, Observable, ObservableKind};

use super::{KnowledgeSource, SourceError, SourceFile};
use crate::facts::Facts;
use crate::order::sort;
use crate::record::{Actor, ActorKind, Alias, Basis};
use crate::source_facts::{Licence, Redistribution};
use crate::trails::host_of;

/// The trails.
pub(super) struct Maltrail;

/// Most values kept of one file. Ten files have more (one has 150 000, nearly all throw-away names);
/// new blocks are added at the end, so the newest are kept.
const DEPTH: usize = 5_000;

const FOLDER: &str = "maltrail-apt/apt_";

impl KnowledgeSource for Maltrail {
    fn id(&self) -> &'static str {
        "maltrail"
    }

    fn title(&self) -> &'static str {
        "Maltrail actor trails"
    }

    fn publisher(&self) -> &'static str {
        "Maltrail developers"
    }

    fn about(&self) -> &'static str {
        "domains and addresses filed under actors' names; the newest 5 000 of each file (https://github.com/stamparm/maltrail)"
    }

    fn licence(&self) -> Licence {
        Licence {
            id: "MIT",
            notice: "Copyright (c) 2014-2026 Maltrail developers (https://github.com/stamparm/maltrail/). Used under the MIT licence.",
            text: include_str!("../../licences/maltrail.txt"),
            redistribution: Redistribution::Allowed,
        }
    }

    fn takes(&self, path: &str) -> bool {
        path.starts_with(FOLDER) && path.ends_with(".txt")
    }

    fn parse(&self, files: &[SourceFile<'_>]) -> Result<Facts, SourceError> {
        let mut facts = Facts::default();
        let mut lines = 0_u64;
        for file in files {
            let text = std::str::from_utf8(file.bytes).map_err(|e| {
                SourceError::new(
                    file.path,
                    format!("not UTF-8 text (at byte {})", e.valid_up_to()),
                    "get the file again from stamparm/maltrail",
                )
            })?;
            // A byte order mark and a blank line before it are common.
            let head = text.trim_start_matches(['\u{feff}', '\r', '\n', ' ']);
            if !head.starts_with('#') {
                return Err(SourceError::new(
                    file.path,
                    "no trail file: it does not start with a comment",
                    "get the file again from stamparm/maltrail",
                ));
            }
            lines += self.file(file.path, text, &mut facts);
        }
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        facts.counts = vec![
            ("actors".into(), count(facts.actors.len())),
            ("indicator lines".into(), lines),
            ("values kept".into(), count(facts.trails.values.len())),
        ];
        Ok(facts)
    }
}

impl Maltrail {
    /// Number of indicator lines.
    fn file(&self, path: &str, text: &str, facts: &mut Facts) -> u64 {
        let stem = path
            .strip_prefix(FOLDER)
            .and_then(|p| p.strip_suffix(".txt"))
            .unwrap_or(path);
        let mut actor = Actor::new(ActorId(format!("maltrail:{stem}")), "maltrail", stem);
        actor.kind = ActorKind::Trail;
        let mut lines = 0;
        let mut values: VecDeque<String> = VecDeque::new();
        let mut held: BTreeSet<String> = BTreeSet::new();
        for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
            if let Some(comment) = line.strip_prefix('#') {
                if let Some(aliases) = comment.trim().strip_prefix("Aliases:") {
                    let names = aliases.split(',').map(str::trim).filter(|n| !n.is_empty());
                    actor.aliases.extend(names.map(|n| Alias {
                        name: n.to_owned(),
                        coined_by: None,
                        basis: Basis::Unknown,
                    }));
                }
                continue;
            }
            lines += 1;
            let Some(value) = value_of(line) else {
                continue;
            };
            if held.insert(value.clone()) {
                values.push_back(value);
            }
            if values.len() > DEPTH
                && let Some(oldest) = values.pop_front()
            {
                held.remove(&oldest);
            }
        }
        sort(&mut actor.aliases);
        actor.aliases.dedup();
        actor.infrastructure = u32::try_from(values.len()).unwrap_or(u32::MAX);
        for value in values {
            facts
                .trails
                .values
                .entry(value)
                .or_default()
                .insert(actor.id.clone());
        }
        facts.actors.insert(actor.id.clone(), actor);
        lines
    }
}

/// The domain or address of a line; `None` for paths alone and what is neither.
fn value_of(line: &str) -> Option<String> {
    let line = line.split('#').next().unwrap_or(line).trim();
    if line.starts_with('/') {
        return None;
    }
    let host = if line.contains("://") {
        host_of(line)?
    } else {
        let bare = line.split('/').next().unwrap_or(line);
        match bare.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host.to_owned(),
            _ => bare.to_owned(),
        }
    };
    [ObservableKind::Ipv4, ObservableKind::Domain]
        .into_iter()
        .find_map(|kind| Observable::new(kind, &host).ok())
        .map(|o| o.value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::value_of;

    #[test]
    fn lines_become_hosts() {
        for (line, want) in [
            ("Asean-Star.com", Some("asean-star.com")),
            ("198.51.100.1:8080", Some("198.51.100.1")),
            ("http://198.51.100.1", Some("198.51.100.1")),
            ("https://evil.example/x", Some("evil.example")),
            ("evil.example/gate.php", Some("evil.example")),
            ("/wevjhnyh/", None),
            ("?", None),
        ] {
            assert_eq!(value_of(line).as_deref(), want, "{line}");
        }
    }
}

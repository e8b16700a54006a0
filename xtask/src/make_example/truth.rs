//! What a hunt over the example must find, counted from what was planted.

use std::collections::BTreeMap;

use serde::Serialize;
use tegakari_model::{Observable, ObservableKind, Timestamp};

use super::cast;
use super::sheet::{HOURS, Note, at};

/// `EXPECTED.json`.
#[derive(Serialize)]
struct Expected {
    about: &'static str,
    window: Span,
    first_hypothesis: FirstHypothesis,
    machines_without_logs: Vec<&'static str>,
    machines_with_a_gap: Vec<Dark>,
    techniques: &'static [&'static str],
    names: &'static [&'static str],
    target_countries: &'static [&'static str],
    tlp: &'static str,
    published: &'static str,
    file_records: usize,
    not_indicators: Vec<NotIndicator>,
    traps: Vec<TrapText>,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Span {
    from: String,
    until: String,
}

#[derive(Serialize)]
struct FirstHypothesis {
    attack_group: &'static str,
    name: &'static str,
    because: &'static str,
}

#[derive(Serialize)]
struct Dark {
    asset: &'static str,
    #[serde(flatten)]
    span: Span,
}

#[derive(Serialize)]
struct NotIndicator {
    r#type: &'static str,
    value: &'static str,
    why: &'static str,
}

#[derive(Serialize)]
struct TrapText {
    text: &'static str,
    looks_like: &'static str,
    but: &'static str,
}

#[derive(Serialize)]
struct Finding {
    r#type: &'static str,
    value: &'static str,
    finding: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sightings: Vec<Sighting>,
}

/// How many records hold an indicator about one machine, when and in which files.
#[derive(Serialize)]
struct Sighting {
    asset: &'static str,
    count: usize,
    first: Option<String>,
    last: Option<String>,
    by_file: BTreeMap<String, u64>,
}

/// The text of `EXPECTED.json`.
pub(super) fn expected(notes: &[Note]) -> anyhow::Result<String> {
    let span = |from, until| Span {
        from: time(at(from, 0, 0, 0) * 1000),
        until: time(at(until, 0, 0, 0) * 1000),
    };
    let expected = Expected {
        about: "What `tegakari investigate` must say about this example. Written by `cargo xtask \
                make-example` from what it planted, not by searching.",
        window: span(0, HOURS),
        first_hypothesis: FirstHypothesis {
            attack_group: "G0098",
            name: "BlackTech",
            because: "Flagpro and PLEAD are used by it alone in ATT&CK",
        },
        machines_without_logs: vec![cast::BACKUP.name],
        machines_with_a_gap: vec![Dark {
            asset: cast::CHIBA.name,
            span: span(3, 7),
        }],
        techniques: &["T1021.004", "T1036.002", "T1547.001", "T1566.001"],
        names: &["BlackTech", "Flagpro", "PLEAD", "Palmerworm"],
        target_countries: &["JP", "TW"],
        tlp: "clear",
        published: "2026-03-10",
        file_records: 2,
        not_indicators: cast::NOT_INDICATORS
            .iter()
            .map(|&(kind, value, why)| NotIndicator {
                r#type: kind.name(),
                value,
                why,
            })
            .collect(),
        traps: cast::TRAPS
            .iter()
            .map(|trap| TrapText {
                text: trap.text,
                looks_like: trap.looks_like,
                but: trap.but,
            })
            .collect(),
        findings: cast::INDICATORS
            .iter()
            .map(|&(kind, value)| finding(kind, value, notes))
            .collect::<anyhow::Result<_>>()?,
    };
    Ok(serde_json::to_string_pretty(&expected)? + "\n")
}

fn time(micros: i64) -> String {
    Timestamp::from_microsecond(micros)
        .map(|time| time.to_string())
        .unwrap_or_default()
}

fn finding(kind: ObservableKind, value: &'static str, notes: &[Note]) -> anyhow::Result<Finding> {
    let canonical = Observable::new(kind, value)?;
    anyhow::ensure!(
        canonical.value() == value,
        "{value} is not written in its canonical form"
    );
    let mut by_asset: BTreeMap<&'static str, Vec<&Note>> = BTreeMap::new();
    for note in notes
        .iter()
        .filter(|note| note.kind == kind && note.value == value)
    {
        by_asset.entry(note.asset).or_default().push(note);
    }
    let finding = if by_asset.is_empty() {
        unseen(kind)
    } else {
        "seen"
    };
    let sightings = by_asset
        .into_iter()
        .map(|(asset, notes)| sighting(asset, &notes))
        .collect();
    Ok(Finding {
        r#type: kind.name(),
        value,
        finding,
        sightings,
    })
}

fn sighting(asset: &'static str, notes: &[&Note]) -> Sighting {
    let mut by_file: BTreeMap<String, u64> = BTreeMap::new();
    for note in notes {
        *by_file.entry(note.file.clone()).or_default() += 1;
    }
    Sighting {
        asset,
        count: notes.len(),
        first: notes.iter().map(|note| note.time).min().map(time),
        last: notes.iter().map(|note| note.time).max().map(time),
        by_file,
    }
}

/// What can be said of an indicator that nowhere occurs. The network is logged for eight of nine
/// machines; process and file records exist for three of them, one with a gap.
fn unseen(kind: ObservableKind) -> &'static str {
    if kind.is_network() {
        "not_seen"
    } else {
        "cannot_tell"
    }
}

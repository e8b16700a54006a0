//! When something was seen, on which machine; hatched where no log would have shown it.

use std::collections::BTreeSet;

use tegakari_model::{Hour, HuntResult, Indicator, Sighting, Telemetry};

use super::{Drawing, Key, Mark, Row, Scale, Table};
use crate::digest::seen::{assets, seen};
use crate::digest::time::{Axis, window};
use crate::format;
use crate::i18n::{Words, say};

/// Rows drawn; the table has all of them.
const MOST_ROWS: usize = 30;
const MOST_BINS: usize = 120;

/// The timeline of a hunt; `None` when nothing was seen or nothing has a time.
pub(crate) fn timeline(hunt: &HuntResult, words: Words) -> Option<Drawing> {
    let axis = Axis::new(window(&hunt.coverage)?, MOST_BINS);
    let seen = seen(hunt);
    let mut pairs: Vec<(&Indicator, &Sighting)> = seen
        .iter()
        .flat_map(|one| one.sightings.iter().map(|s| (one.indicator, s)))
        .collect();
    if pairs.is_empty() {
        return None;
    }
    pairs.sort_by(|(ia, a), (ib, b)| {
        (&a.asset, a.first, &ia.observable).cmp(&(&b.asset, b.first, &ib.observable))
    });
    let without_time: u64 = seen.iter().map(|s| s.without_time).sum();
    let first = seen.iter().filter_map(|s| s.first).min();
    let last = seen.iter().filter_map(|s| s.last).max();
    let machines = assets(&seen);
    let title = match format::span(first, last) {
        Some(span) if !machines.is_empty() => {
            say!(words, "timeline.title", n = machines.len(), span = span)
        }
        Some(span) => say!(words, "timeline.title_nowhere", span = span),
        None => words.get("timeline.title_no_time").to_owned(),
    };
    let mut value_heads = vec![words.get("head.records").to_owned()];
    if without_time > 0 {
        value_heads.push(words.get("timeline.no_time").to_owned());
    }
    let rows = pairs
        .iter()
        .take(MOST_ROWS)
        .enumerate()
        .map(|(i, (indicator, sighting))| {
            let repeated = i > 0 && pairs[i - 1].1.asset == sighting.asset;
            let mut values = vec![format::count(sighting.count)];
            if without_time > 0 {
                values.push(format::count(sighting.count_without_time));
            }
            Row {
                label: if repeated {
                    String::new()
                } else {
                    asset_name(sighting, words)
                },
                note: indicator.observable.defanged(),
                strong: true,
                marks: marks(hunt, indicator, sighting, &axis),
                values,
            }
        })
        .collect();
    let table = Table {
        heads: [
            "head.machine",
            "head.indicator",
            "head.first",
            "head.last",
            "head.records",
            "timeline.no_time",
        ]
        .map(|key| words.get(key).to_owned())
        .into(),
        rows: pairs
            .iter()
            .take(crate::html::MOST_ROWS)
            .map(|(indicator, s)| {
                vec![
                    asset_name(s, words),
                    indicator.observable.defanged(),
                    s.first.map(format::moment).unwrap_or_default(),
                    s.last.map(format::moment).unwrap_or_default(),
                    format::count(s.count),
                    format::count(s.count_without_time),
                ]
            })
            .collect(),
    };
    let mut caption = say!(words, "timeline.caption", hours = axis.step);
    if pairs.len() > MOST_ROWS {
        caption.push_str(words.get("sentence.space"));
        caption.push_str(&say!(
            words,
            "timeline.more",
            shown = MOST_ROWS,
            total = pairs.len()
        ));
    }
    Some(Drawing {
        id: "timeline".to_owned(),
        title,
        caption,
        keys: [
            ("●", "timeline.key_dot"),
            ("━", "timeline.key_span"),
            ("▨", "timeline.key_dark"),
        ]
        .map(|(glyph, key)| Key {
            glyph,
            meaning: words.get(key).to_owned(),
        })
        .into(),
        scale: Scale::Line {
            ticks: axis.ticks(8),
            bands: Vec::new(),
        },
        value_heads,
        rows,
        table,
    })
}

fn asset_name(sighting: &Sighting, words: Words) -> String {
    sighting
        .asset
        .clone()
        .unwrap_or_else(|| words.get("asset.unknown").to_owned())
}

fn marks(hunt: &HuntResult, indicator: &Indicator, sighting: &Sighting, axis: &Axis) -> Vec<Mark> {
    let mut marks = dark(hunt, indicator, sighting, axis);
    if let (Some(first), Some(last)) = (sighting.first, sighting.last) {
        let (from, to) = (axis.at(first), axis.at(last));
        if first < last {
            marks.push(Mark::Span { from, to });
        }
        let mut dots: BTreeSet<_> = sighting.examples.iter().filter_map(|e| e.time).collect();
        dots.extend([first, last]);
        marks.extend(dots.into_iter().map(|t| Mark::Dot { at: axis.at(t) }));
    }
    marks
}

/// Runs of bins in which no log of this machine would have shown this kind of indicator.
fn dark(hunt: &HuntResult, indicator: &Indicator, sighting: &Sighting, axis: &Axis) -> Vec<Mark> {
    let Some(asset) = sighting.asset.as_deref() else {
        return Vec::new();
    };
    let mut shows: BTreeSet<Telemetry> = Telemetry::that_would_show(indicator.observable.kind())
        .iter()
        .copied()
        .collect();
    shows.extend(&sighting.telemetry);
    let shows: Vec<Telemetry> = shows.into_iter().collect();
    let lit: BTreeSet<Hour> = hunt
        .coverage
        .sources
        .iter()
        .filter(|s| s.asset == asset)
        .flat_map(|s| s.hours_with(&shows))
        .collect();
    let lit: BTreeSet<usize> = lit.into_iter().filter_map(|h| axis.bin(h)).collect();
    let mut runs = Vec::new();
    let mut start = None;
    for bin in 0..=axis.bins {
        let is_dark = bin < axis.bins && !lit.contains(&bin);
        match (is_dark, start) {
            (true, None) => start = Some(bin),
            (false, Some(from)) => {
                runs.push(Mark::Hatch {
                    from: axis.edge(from),
                    to: axis.edge(bin),
                });
                start = None;
            }
            _ => {}
        }
    }
    runs
}

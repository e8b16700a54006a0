//! Evidence × hypotheses, after Heuer's Analysis of Competing Hypotheses: what tells them apart.

use tegakari_model::Assessment;

use super::{Drawing, Key, Mark, Row, Scale, Table};
use crate::format;
use crate::i18n::Words;

const MOST_HYPOTHESES: usize = 6;
const MOST_EVIDENCE: usize = 24;

/// How a factor is written: very much for, for, says nothing, against, very much against.
fn symbol(factor: f64) -> &'static str {
    match factor {
        f if f >= 10.0 => "++",
        f if f >= 1.25 => "+",
        f if f > 0.8 => "o",
        f if f > 0.1 => "−",
        _ => "−−",
    }
}

/// The matrix, most telling evidence first; `None` with nothing to compare.
pub(crate) fn matrix(assessment: &Assessment, words: Words) -> Option<Drawing> {
    let hypotheses: Vec<_> = assessment
        .hypotheses
        .iter()
        .filter(|h| h.actor.is_some())
        .take(MOST_HYPOTHESES)
        .collect();
    if hypotheses.is_empty() || assessment.evidence.is_empty() {
        return None;
    }
    // What is only stated tells nothing apart.
    let weighed = |evidence: &usize| {
        let found = assessment.evidence.get(*evidence);
        found.is_some_and(|e| !e.kind.is_only_stated())
    };
    let mut lines: Vec<(f64, usize, Vec<f64>)> = (0..assessment.evidence.len())
        .filter(weighed)
        .map(|evidence| {
            let factors: Vec<f64> = hypotheses
                .iter()
                .map(|h| {
                    h.weights
                        .iter()
                        .find(|w| w.evidence == evidence)
                        .map_or(1.0, |w| w.factor)
                })
                .collect();
            // "None of the known" has factor 1 by definition and is part of the comparison.
            let high = factors.iter().copied().fold(1.0, f64::max);
            let low = factors.iter().copied().fold(1.0, f64::min).max(1e-9);
            (high / low, evidence, factors)
        })
        .collect();
    lines.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let heads: Vec<String> = hypotheses.iter().map(|h| words.hypothesis(h)).collect();
    let name = |evidence: usize| {
        assessment
            .evidence
            .get(evidence)
            .map(|e| words.evidence_short(&e.kind))
            .unwrap_or_default()
    };
    let mut table_heads = vec![words.get("head.evidence").to_owned()];
    table_heads.extend(heads.iter().cloned());
    table_heads.push(words.get("head.diagnosticity").to_owned());
    Some(Drawing {
        id: "matrix".to_owned(),
        title: words.get("matrix.title").to_owned(),
        caption: words.get("matrix.caption").to_owned(),
        keys: [
            ("++", "matrix.key_pp"),
            ("+", "matrix.key_p"),
            ("o", "matrix.key_o"),
            ("−", "matrix.key_m"),
        ]
        .map(|(glyph, key)| Key {
            glyph,
            meaning: words.get(key).to_owned(),
        })
        .into(),
        scale: Scale::Columns(heads.iter().map(|h| format::clip(h, 11, "…")).collect()),
        value_heads: vec![words.get("head.diagnosticity").to_owned()],
        rows: lines
            .iter()
            .take(MOST_EVIDENCE)
            .map(|(telling, evidence, factors)| Row {
                label: name(*evidence),
                marks: factors
                    .iter()
                    .enumerate()
                    .map(|(column, factor)| Mark::Cell {
                        column,
                        shade: Some((factor.max(1e-9).log10().abs() / 2.0).min(1.0)),
                        glyph: symbol(*factor).to_owned(),
                        number: String::new(),
                        note: format::factor(*factor),
                    })
                    .collect(),
                values: vec![format::factor(*telling)],
                ..Row::default()
            })
            .collect(),
        table: Table {
            heads: table_heads,
            rows: lines
                .iter()
                .map(|(telling, evidence, factors)| {
                    let mut cells = vec![name(*evidence)];
                    cells.extend(
                        factors
                            .iter()
                            .map(|f| format!("{} {}", symbol(*f), format::factor(*f))),
                    );
                    cells.push(format::factor(*telling));
                    cells
                })
                .collect(),
        },
    })
}

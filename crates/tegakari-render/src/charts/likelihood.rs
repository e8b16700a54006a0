//! How probable each hypothesis is, with its range, over the bands of ICD 203.

use tegakari_model::{Assessment, Hypothesis, Likelihood};

use super::{Drawing, Key, Mark, Row, Scale, Table, Tone};
use crate::format;
use crate::i18n::{Words, say};

impl Words {
    /// The name of a hypothesis.
    pub(crate) fn hypothesis(self, hypothesis: &Hypothesis) -> String {
        match &hypothesis.actor {
            Some(actor) => actor.name.clone(),
            None => self.get("who.none_known").to_owned(),
        }
    }
}

/// One bar for each of the first `most` hypotheses, and always for "none of the known".
pub(crate) fn likelihood(assessment: &Assessment, words: Words, most: usize) -> Drawing {
    let mut rows: Vec<Row> = assessment
        .hypotheses
        .iter()
        .enumerate()
        .filter(|(i, h)| *i < most || h.actor.is_none())
        .map(|(i, h)| Row {
            label: words.hypothesis(h),
            strong: i == 0,
            marks: vec![Mark::Interval {
                low: h.low,
                point: h.probability,
                high: h.high,
                tone: if h.actor.is_some() {
                    Tone::Calm
                } else {
                    Tone::Quiet
                },
            }],
            values: vec![
                format::percent(h.probability),
                range(h),
                words.likelihood(h.likelihood),
            ],
            ..Row::default()
        })
        .collect();
    if assessment.rest_count > 0 {
        rows.push(Row {
            label: say!(words, "who.rest", n = assessment.rest_count),
            marks: vec![Mark::Interval {
                low: assessment.rest,
                point: assessment.rest,
                high: assessment.rest,
                tone: Tone::Quiet,
            }],
            values: vec![
                format::percent(assessment.rest),
                String::new(),
                words.likelihood(Likelihood::of(assessment.rest)),
            ],
            ..Row::default()
        });
    }
    Drawing {
        id: "likelihood".to_owned(),
        title: assessment
            .hypotheses
            .first()
            .map(|h| words.judgement(h))
            .unwrap_or_default(),
        caption: words.get("likelihood.caption").to_owned(),
        keys: vec![Key {
            glyph: "●",
            meaning: words.get("likelihood.key").to_owned(),
        }],
        scale: Scale::Line {
            ticks: [0.0, 0.05, 0.2, 0.45, 0.55, 0.8, 0.95]
                .map(|at| (at, format!("{:.0}", at * 100.0)))
                .into(),
            bands: vec![(0.05, 0.2), (0.45, 0.55), (0.8, 0.95)],
        },
        value_heads: ["head.probability", "head.range", "head.band"]
            .map(|key| words.get(key).to_owned())
            .into(),
        rows,
        table: table(assessment, words),
    }
}

/// The range of a hypothesis: `41–78 %`.
pub(crate) fn range(hypothesis: &Hypothesis) -> String {
    let low = format::percent(hypothesis.low);
    format!(
        "{}–{}",
        low.trim_end_matches(" %"),
        format::percent(hypothesis.high)
    )
}

fn table(assessment: &Assessment, words: Words) -> Table {
    Table {
        heads: [
            "head.hypothesis",
            "head.prior",
            "head.probability",
            "head.range",
            "head.without",
        ]
        .map(|key| words.get(key).to_owned())
        .into(),
        rows: assessment
            .hypotheses
            .iter()
            .map(|h| {
                vec![
                    words.hypothesis(h),
                    words.probability(h.prior),
                    words.probability(h.probability),
                    range(h),
                    words.probability(h.without_strongest),
                ]
            })
            .collect(),
    }
}

//! From what was thought before to what is thought now: one step for each piece of evidence.
//!
//! Steps are factors on the odds against "none of the known", so they add up on a logarithmic
//! scale (Good, "Weighing Evidence", 1950).

use tegakari_model::{Assessment, Hypothesis};

use super::{Drawing, Key, Mark, Row, Scale, Table, Tone};
use crate::format;
use crate::i18n::{Words, say};

/// Evidence of one hypothesis as steps; `None` with fewer than two pieces: a sentence says it better.
pub(crate) fn waterfall(assessment: &Assessment, index: usize, words: Words) -> Option<Drawing> {
    let hypothesis = assessment.hypotheses.get(index)?;
    let actor = hypothesis.actor.as_ref()?;
    if hypothesis.weights.len() < 2 {
        return None;
    }
    let none = assessment.hypotheses.iter().find(|h| h.actor.is_none())?;
    let start = odds(hypothesis.prior, none.prior);
    let end = odds(hypothesis.probability, none.probability);
    let mut places = vec![start];
    let mut at = start;
    for weight in &hypothesis.weights {
        at += log(weight.factor);
        places.push(at);
    }
    let rest = end - at;
    let (low, high) = bounds(places.iter().copied().chain([end, 0.0]));
    let x = |v: f64| (v - low) / (high - low);
    let mut rows = vec![Row {
        label: words.get("waterfall.before").to_owned(),
        strong: true,
        marks: vec![Mark::Step {
            from: x(start) - 0.003,
            to: x(start) + 0.003,
            tone: Tone::Quiet,
        }],
        values: vec![words.odds(start)],
        ..Row::default()
    }];
    let mut from = start;
    for weight in &hypothesis.weights {
        let to = from + log(weight.factor);
        rows.push(Row {
            label: assessment
                .evidence
                .get(weight.evidence)
                .map(|e| words.evidence_short(&e.kind))
                .unwrap_or_default(),
            marks: vec![Mark::Step {
                from: x(from),
                to: x(to),
                tone: if weight.factor >= 1.0 {
                    Tone::Calm
                } else {
                    Tone::Seen
                },
            }],
            values: vec![format::factor(weight.factor)],
            ..Row::default()
        });
        from = to;
    }
    // Less than a factor of 1.12 is rounding; more is a limit of the model, and is shown.
    if rest.abs() > 0.05 {
        rows.push(Row {
            label: words.get("waterfall.limits").to_owned(),
            marks: vec![Mark::Step {
                from: x(from),
                to: x(end),
                tone: Tone::Quiet,
            }],
            values: vec![format::factor(10f64.powf(rest))],
            ..Row::default()
        });
    }
    rows.push(Row {
        label: words.get("waterfall.after").to_owned(),
        strong: true,
        marks: vec![Mark::Step {
            from: x(end) - 0.003,
            to: x(end) + 0.003,
            tone: Tone::Calm,
        }],
        values: vec![words.odds(end)],
        ..Row::default()
    });
    Some(Drawing {
        id: format!("waterfall-{index}"),
        title: title(assessment, hypothesis, &actor.name, words),
        caption: words.get("waterfall.caption").to_owned(),
        keys: vec![Key {
            glyph: "█",
            meaning: words.get("waterfall.key").to_owned(),
        }],
        scale: Scale::Line {
            ticks: ticks(low, high, words)
                .into_iter()
                .map(|(v, t)| (x(v), t))
                .collect(),
            bands: Vec::new(),
        },
        value_heads: vec![words.get("head.factor").to_owned()],
        table: Table {
            heads: vec![
                words.get("head.evidence").to_owned(),
                words.get("head.factor").to_owned(),
            ],
            rows: rows
                .iter()
                .map(|row| vec![row.label.clone(), row.values.join(" ")])
                .collect(),
        },
        rows,
    })
}

fn title(assessment: &Assessment, hypothesis: &Hypothesis, actor: &str, words: Words) -> String {
    let strongest = hypothesis.weights.first().filter(|w| w.factor > 1.0);
    match strongest.and_then(|w| assessment.evidence.get(w.evidence)) {
        Some(evidence) => say!(
            words,
            "waterfall.title",
            actor = actor,
            evidence = words.evidence_short(&evidence.kind)
        ),
        None => say!(words, "waterfall.title_against", actor = actor),
    }
}

impl Words {
    /// Odds for people: `1 : 40`, `25 : 1`.
    fn odds(self, log10: f64) -> String {
        let ratio = 10f64.powf(log10.abs().min(9.0));
        let number = if ratio < 9.5 {
            format!("{ratio:.1}")
        } else {
            format!("{ratio:.0}")
        };
        let number = number.trim_end_matches(".0");
        if log10 < 0.0 {
            say!(self, "waterfall.odds", a = "1", b = number)
        } else {
            say!(self, "waterfall.odds", a = number, b = "1")
        }
    }
}

fn odds(p: f64, none: f64) -> f64 {
    log(p / none.max(1e-9))
}

/// Decimal logarithm, kept within what can be drawn.
fn log(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        -9.0
    } else {
        x.log10().clamp(-9.0, 9.0)
    }
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    (low.floor(), (high.ceil()).max(low.floor() + 1.0))
}

fn ticks(low: f64, high: f64, words: Words) -> Vec<(f64, String)> {
    let step = ((high - low) / 6.0).ceil().max(1.0);
    let mut ticks = Vec::new();
    let mut at = low;
    while at <= high + 1e-9 {
        ticks.push((at, words.odds(at)));
        at += step;
    }
    ticks
}

//! Scores to probabilities, from texts of reports that the model was not trained on.

use tegakari_read::behaviour::model::{Curve, Head, Model, Scratch, parent_of};

use super::corpus::{Corpus, Origin, Sample};

/// Of all sentences that reach the model, this part tells of nothing. Held-out texts are weighted to
/// it, because ATT&CK's texts are nearly all about techniques.
const NOTHING: f64 = 0.6;
/// How firmly a class's own offset is held near zero.
const HOLD: f64 = 4.0;

/// The best of a held-out text.
pub(crate) struct Case {
    pub(crate) class: usize,
    pub(crate) x: [f64; 3],
    pub(crate) exact: bool,
    pub(crate) parent: bool,
    pub(crate) nothing: bool,
    pub(crate) promise: f32,
}

/// What the model says of held-out texts.
pub(crate) fn cases(corpus: &Corpus, model: &Model<'_>, samples: &[&Sample]) -> Vec<Case> {
    let mut scratch = Scratch::default();
    let mut out = Vec::new();
    for sample in samples {
        let domain = sample.domain.unwrap_or(0);
        if domain != 0 {
            continue;
        }
        let promise = model.glance(&sample.text, &mut scratch);
        let Some((scores, content)) = model.score(&sample.text, &mut scratch) else {
            continue;
        };
        let best = model.first(scores, 2, |c| usize::from(c.domain) == domain);
        let (Some(first), Some(second)) = (best.first(), best.get(1)) else {
            continue;
        };
        let right = |l: &usize| parent_of(&corpus.classes[*l].id) == model.parent(first.0);
        out.push(Case {
            class: first.0,
            x: [
                f64::from(first.1),
                f64::from(first.1 - second.1),
                f64::from(content),
            ],
            exact: sample.labels.contains(&first.0),
            parent: sample.labels.iter().any(right),
            nothing: sample.origin == Origin::Nothing,
            promise,
        });
    }
    out
}

/// Weights of cases, so that [`NOTHING`] of them tell of nothing.
fn weights(cases: &[Case]) -> Vec<f64> {
    let nothing = cases.iter().filter(|c| c.nothing).count().max(1) as f64;
    let something = cases.len() as f64 - nothing;
    let heavier = something / nothing * NOTHING / (1.0 - NOTHING);
    let weight = |c: &Case| if c.nothing { heavier } else { 1.0 };
    cases.iter().map(weight).collect()
}

/// Fits both curves and the offsets of classes.
pub(crate) fn calibrate(head: &mut Head, cases: &[Case]) {
    let weights = weights(cases);
    head.exact = logistic(cases, &weights, |c| c.exact);
    head.parent = logistic(cases, &weights, |c| c.parent);
    // One offset for each class: a Newton step or ten on its own cases, held near zero.
    for (class, record) in head.classes.iter_mut().enumerate() {
        let own: Vec<(&Case, f64)> = cases
            .iter()
            .zip(&weights)
            .filter(|(c, _)| c.class == class)
            .map(|(c, w)| (c, *w))
            .collect();
        let mut offset = 0.0_f64;
        for _ in 0..10 {
            let (mut slope, mut bend) = (-HOLD * offset, HOLD);
            for (case, weight) in &own {
                let p = probability(&head.parent, case, offset);
                slope += weight * (f64::from(u8::from(case.parent)) - p);
                bend += weight * p * (1.0 - p);
            }
            offset += slope / bend;
        }
        record.offset = offset as f32;
    }
}

pub(crate) fn probability(curve: &Curve, case: &Case, offset: f64) -> f64 {
    let [score, lead, content] = case.x.map(|v| v as f32);
    f64::from(curve.probability(score, lead, content, offset as f32))
}

/// Logistic regression by gradient descent with a fixed number of Newton-like steps on four numbers.
fn logistic(cases: &[Case], weights: &[f64], is: impl Fn(&Case) -> bool) -> Curve {
    let mut b = [0.0_f64; 4];
    for _ in 0..60 {
        let mut slope = [0.0; 4];
        let mut bend = [[0.0; 4]; 4];
        for (case, weight) in cases.iter().zip(weights) {
            let x = [1.0, case.x[0], case.x[1], case.x[2]];
            let z: f64 = b.iter().zip(&x).map(|(b, x)| b * x).sum();
            let p = 1.0 / (1.0 + (-z).exp());
            let miss = weight * (f64::from(u8::from(is(case))) - p);
            let sure = (weight * p * (1.0 - p)).max(1e-9);
            for i in 0..4 {
                slope[i] += miss * x[i];
                for j in 0..4 {
                    bend[i][j] += sure * x[i] * x[j];
                }
            }
        }
        for (i, row) in bend.iter_mut().enumerate() {
            row[i] += 1e-3;
        }
        let step = solve(bend, slope);
        for (b, s) in b.iter_mut().zip(step) {
            *b += s.clamp(-2.0, 2.0);
        }
    }
    let [bias, score, lead, content] = b.map(|v| v as f32);
    Curve {
        bias,
        score,
        lead,
        content,
    }
}

/// Four linear equations, by Gauss with pivots.
fn solve(mut a: [[f64; 4]; 4], mut y: [f64; 4]) -> [f64; 4] {
    for i in 0..4 {
        let pivot = (i..4)
            .max_by(|p, q| a[*p][i].abs().total_cmp(&a[*q][i].abs()))
            .unwrap_or(i);
        a.swap(i, pivot);
        y.swap(i, pivot);
        for j in i + 1..4 {
            let factor = a[j][i] / a[i][i];
            let row = a[i];
            for (to, from) in a[j].iter_mut().zip(row).skip(i) {
                *to -= factor * from;
            }
            y[j] -= factor * y[i];
        }
    }
    let mut x = [0.0; 4];
    for i in (0..4).rev() {
        let known: f64 = (i + 1..4).map(|k| a[i][k] * x[k]).sum();
        x[i] = (y[i] - known) / a[i][i];
    }
    x
}

/// What a glance finds in all but one of a hundred of the sentences that are told of.
pub(crate) fn promising(head: &Head, cases: &[Case], least: f64) -> f32 {
    let told = cases.iter().filter(|c| {
        let offset = head
            .classes
            .get(c.class)
            .map_or(0.0, |k| f64::from(k.offset));
        probability(&head.parent, c, offset) >= least
    });
    let mut all: Vec<f32> = told.map(|c| c.promise).collect();
    all.sort_by(f32::total_cmp);
    all.get(all.len() / 100)
        .copied()
        .unwrap_or(f32::NEG_INFINITY)
}

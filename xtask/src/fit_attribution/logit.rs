//! The two regressions, by Newton's method with a pull towards zero.

/// Most steps of a fit; each converges in about ten.
const STEPS: usize = 50;
/// A step shorter than this ends the fit.
const DONE: f64 = 1e-10;
/// No weight of a number brought to deviation 1 moves further than this in one step.
const LONGEST: f64 = 1.0;

/// Weights of a conditional logit: in each example, the probability of a row is the softmax of its score.
///
/// An example is its rows, which of them are right, and what it counts. Only the numbers in `used` get a weight.
pub(super) fn actor<'a, const N: usize>(
    examples: impl Iterator<Item = (&'a [[f64; N]], &'a [usize], f64)> + Clone,
    used: [bool; N],
    pull: f64,
) -> [f64; N] {
    let deviation = deviations(examples.clone().flat_map(|(rows, ..)| rows.iter().copied()));
    let mut weights = [0.0; N];
    for _ in 0..STEPS {
        let mut gradient = [0.0; N];
        let mut curvature = [[0.0; N]; N];
        for (rows, right, counts) in examples.clone() {
            let scores: Vec<f64> = rows.iter().map(|x| dot(&weights, x)).collect();
            let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let odds: Vec<f64> = scores.iter().map(|s| (s - top).exp()).collect();
            let total: f64 = odds.iter().sum();
            let of_right: f64 = right.iter().map(|i| odds[*i]).sum();
            let mut mean = [0.0; N];
            for (x, o) in rows.iter().zip(&odds) {
                add(&mut mean, x, o / total);
            }
            add(&mut gradient, &mean, -counts);
            if of_right > 0.0 {
                for i in right {
                    add(&mut gradient, &rows[*i], counts * odds[*i] / of_right);
                }
            }
            for (x, o) in rows.iter().zip(&odds) {
                let away: [f64; N] = std::array::from_fn(|k| x[k] - mean[k]);
                outer(&mut curvature, &away, counts * o / total);
            }
        }
        for k in 0..N {
            let strength = pull * deviation[k] * deviation[k];
            gradient[k] -= strength * weights[k];
            curvature[k][k] += strength;
            if !used[k] {
                gradient[k] = 0.0;
                curvature[k] = [0.0; N];
                for row in &mut curvature {
                    row[k] = 0.0;
                }
                curvature[k][k] = 1.0;
            }
        }
        let strength = deviation.map(|d| pull * d * d);
        let step = bounded(solve(curvature, gradient), &deviation);
        let step = uphill(&weights, step, |w| {
            likelihood(examples.clone(), w, &strength)
        });
        add(&mut weights, &step, 1.0);
        if step.iter().all(|s| s.abs() < DONE) {
            break;
        }
    }
    weights
}

/// How well weights explain what was right, less what the pull takes: a step must raise it.
fn likelihood<'a, const N: usize>(
    examples: impl Iterator<Item = (&'a [[f64; N]], &'a [usize], f64)>,
    weights: &[f64; N],
    strength: &[f64; N],
) -> f64 {
    let mut sum = 0.0;
    for (rows, right, counts) in examples {
        let scores: Vec<f64> = rows.iter().map(|x| dot(weights, x)).collect();
        let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = scores.iter().map(|s| (s - top).exp()).sum();
        let of_right: f64 = right.iter().map(|i| (scores[*i] - top).exp()).sum();
        sum += counts * (of_right.max(f64::MIN_POSITIVE) / total).ln();
    }
    let pulled = weights.iter().zip(strength).map(|(w, s)| s * w * w / 2.0);
    sum - pulled.sum::<f64>()
}

/// The step, or the first half, quarter … of it that makes things better. Where several rows are right the likelihood is
/// not everywhere concave, and a whole step may lead downhill.
fn uphill<const N: usize>(
    weights: &[f64; N],
    mut step: [f64; N],
    value: impl Fn(&[f64; N]) -> f64,
) -> [f64; N] {
    const HALVES: usize = 20;
    let before = value(weights);
    for _ in 0..HALVES {
        let mut after = *weights;
        add(&mut after, &step, 1.0);
        if value(&after) >= before {
            return step;
        }
        step = step.map(|s| s / 2.0);
    }
    [0.0; N]
}

/// A step no longer than [`LONGEST`] in numbers of deviation 1: far from the answer Newton's method
/// overshoots.
fn bounded<const N: usize>(step: [f64; N], deviation: &[f64; N]) -> [f64; N] {
    let length = step
        .iter()
        .zip(deviation)
        .map(|(s, d)| (s * d).abs())
        .fold(0.0, f64::max);
    let times = if length > LONGEST {
        LONGEST / length
    } else {
        1.0
    };
    step.map(|s| s * times)
}

/// Weights of a logistic regression; rows are numbers, outcome and weight. The first number stands for the constant, which
/// nothing pulls.
pub(super) fn none(
    rows: impl Iterator<Item = ([f64; 10], bool, f64)> + Clone,
    pull: f64,
) -> [f64; 10] {
    let deviation = deviations(rows.clone().map(|(x, ..)| x));
    let mut weights = [0.0; 10];
    for _ in 0..STEPS {
        let mut gradient = [0.0; 10];
        let mut curvature = [[0.0; 10]; 10];
        for (x, outcome, weight) in rows.clone() {
            let p = 1.0 / (1.0 + (-odds(&weights, &x)).exp());
            add(
                &mut gradient,
                &x,
                weight * (f64::from(u8::from(outcome)) - p),
            );
            outer(&mut curvature, &x, weight * p * (1.0 - p));
        }
        for k in 1..10 {
            let strength = pull * deviation[k] * deviation[k];
            gradient[k] -= strength * weights[k];
            curvature[k][k] += strength;
        }
        let step = solve(curvature, gradient);
        add(&mut weights, &step, 1.0);
        if step.iter().all(|s| s.abs() < DONE) {
            break;
        }
    }
    weights
}

/// Log-odds under weights.
pub(super) fn odds(weights: &[f64; 10], x: &[f64; 10]) -> f64 {
    dot(weights, x)
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add<const N: usize>(to: &mut [f64; N], what: &[f64; N], times: f64) {
    for (sum, value) in to.iter_mut().zip(what) {
        *sum += times * value;
    }
}

fn outer<const N: usize>(to: &mut [[f64; N]; N], x: &[f64; N], times: f64) {
    for (row, a) in to.iter_mut().zip(x) {
        add(row, x, times * a);
    }
}

fn deviations<const N: usize>(rows: impl Iterator<Item = [f64; N]>) -> [f64; N] {
    let (mut n, mut sum, mut squares) = (0.0, [0.0; N], [0.0; N]);
    for x in rows {
        n += 1.0;
        add(&mut sum, &x, 1.0);
        add(&mut squares, &x.map(|v| v * v), 1.0);
    }
    std::array::from_fn(|k| {
        let mean = sum[k] / f64::max(n, 1.0);
        (squares[k] / f64::max(n, 1.0) - mean * mean)
            .max(1e-9)
            .sqrt()
    })
}

/// Solves a positive definite system by elimination with pivots.
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> [f64; N] {
    for k in 0..N {
        let pivot = (k..N)
            .max_by(|a, b| matrix[*a][k].abs().total_cmp(&matrix[*b][k].abs()))
            .unwrap_or(k);
        matrix.swap(k, pivot);
        right.swap(k, pivot);
        let row = matrix[k];
        if row[k].abs() < 1e-12 {
            continue;
        }
        for below in k + 1..N {
            let factor = matrix[below][k] / row[k];
            add(&mut matrix[below], &row, -factor);
            right[below] -= factor * right[k];
        }
    }
    let mut solution = [0.0; N];
    for k in (0..N).rev() {
        let sum: f64 = (k + 1..N).map(|j| matrix[k][j] * solution[j]).sum();
        solution[k] = if matrix[k][k].abs() < 1e-12 {
            0.0
        } else {
            (right[k] - sum) / matrix[k][k]
        };
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_that_made_the_data_is_found_again() {
        // In each example the row with the larger first number is right twice in three times: odds of 2
        // for a difference of 1 are a weight of ln 2.
        let mut examples = Vec::new();
        for n in 0..300_usize {
            let mut rows = vec![[0.0; 7]; 2];
            rows[0][0] = 1.0;
            examples.push((rows, vec![usize::from(n % 3 == 0)]));
        }
        let borrowed = examples
            .iter()
            .map(|(x, r)| (x.as_slice(), r.as_slice(), 1.0));
        let weights = actor(borrowed.clone(), [true; 7], 1e-6);
        assert!((weights[0] - 2.0_f64.ln()).abs() < 1e-3, "{weights:?}");
        assert!(weights[1..].iter().all(|w| w.abs() < 1e-6), "{weights:?}");
        let without = actor(borrowed, std::array::from_fn(|k| k > 0), 1e-6);
        assert!(without.iter().all(|w| w.abs() < 1e-6), "{without:?}");
    }

    #[test]
    fn a_constant_is_the_log_odds_of_what_was_seen() {
        let row: [f64; 10] = std::array::from_fn(|k| if k == 0 { 1.0 } else { 0.0 });
        let rows = (0..400).map(|n| (row, n % 4 == 0, 1.0));
        let weights = none(rows, 1.0);
        assert!(
            (weights[0] - (1.0_f64 / 3.0).ln()).abs() < 1e-6,
            "{weights:?}"
        );
    }
}

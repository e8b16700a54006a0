//! One linear separator for each class: dual coordinate descent for the squared hinge loss with an L2
//! penalty (Hsieh and others, "A dual coordinate descent method for large-scale linear SVM", ICML
//! 2008), with shrinking. Deterministic: the order of visits comes from a fixed seed for each class.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tegakari_read::behaviour::features::BUCKETS;

use super::recipe::Recipe;
use super::vectors::Vector;

/// Weights of one class: `(feature, weight)` by feature, and the bias.
#[derive(Debug, Clone, Default)]
pub(crate) struct Separator {
    pub(crate) weights: Vec<(u32, f32)>,
    pub(crate) bias: f32,
}

/// What a sample is to a class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Side {
    /// With this cost of getting it wrong.
    For(f32),
    Against(f32),
    /// Neither: it is left out.
    Out,
}

/// Trains `n` separators; `side(class, sample)` says what each sample is to each.
pub(crate) fn train(
    vectors: &[Vector],
    n: usize,
    side: &(dyn Fn(usize, usize) -> Side + Sync),
    recipe: &Recipe,
) -> Vec<Separator> {
    let done: Mutex<Vec<Option<Separator>>> = Mutex::new(vec![None; n]);
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut weights = vec![0.0_f32; BUCKETS];
                loop {
                    let class = next.fetch_add(1, Ordering::Relaxed);
                    if class >= n {
                        break;
                    }
                    let one = separate(vectors, &mut weights, class, side, recipe);
                    if let Ok(mut done) = done.lock() {
                        done[class] = Some(one);
                    }
                }
            });
        }
    });
    let done = done.into_inner().unwrap_or_default();
    done.into_iter().map(Option::unwrap_or_default).collect()
}

fn separate(
    vectors: &[Vector],
    weights: &mut [f32],
    class: usize,
    side: &(dyn Fn(usize, usize) -> Side + Sync),
    recipe: &Recipe,
) -> Separator {
    weights.fill(0.0);
    let mut bias = 0.0_f32;
    // Sample, its sign, and 1/(2C).
    let mut active: Vec<(usize, f32, f32)> = Vec::new();
    let mut positive = 0;
    for i in 0..vectors.len() {
        match side(class, i) {
            Side::For(cost) => {
                positive += 1;
                active.push((i, 1.0, 0.5 / (recipe.c * cost)));
            }
            Side::Against(cost) => active.push((i, -1.0, 0.5 / (recipe.c * cost))),
            Side::Out => {}
        }
    }
    if positive == 0 {
        return Separator::default();
    }
    let balance = (active.len() as f32 / positive as f32).powf(recipe.balance);
    for (_, sign, slack) in &mut active {
        if *sign > 0.0 {
            *slack /= balance;
        }
    }
    let everyone = active.clone();
    let mut alpha = vec![0.0_f32; vectors.len()];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ (class as u64 + 1);
    let mut ceiling = f32::INFINITY;
    for _ in 0..recipe.passes {
        for i in (1..active.len()).rev() {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            active.swap(i, (state % (i as u64 + 1)) as usize);
        }
        let (mut most, mut least) = (f32::NEG_INFINITY, f32::INFINITY);
        let mut at = 0;
        while at < active.len() {
            let (i, sign, slack) = active[at];
            let vector = &vectors[i];
            let score: f32 = vector
                .iter()
                .map(|(f, v)| weights[*f as usize] * v)
                .sum::<f32>()
                + bias;
            let gradient = sign * score - 1.0 + slack * alpha[i];
            if alpha[i] == 0.0 && gradient > ceiling {
                active.swap_remove(at);
                continue;
            }
            at += 1;
            let projected = if alpha[i] == 0.0 {
                gradient.min(0.0)
            } else {
                gradient
            };
            most = most.max(projected);
            least = least.min(projected);
            if projected.abs() < 1e-6 {
                continue;
            }
            let before = alpha[i];
            // Vectors have length 1, the constant feature of the bias adds 1.
            alpha[i] = (before - gradient / (2.0 + slack)).max(0.0);
            let change = (alpha[i] - before) * sign;
            for (f, v) in vector {
                weights[*f as usize] += change * v;
            }
            bias += change;
        }
        if most - least < recipe.tolerance {
            if active.len() == everyone.len() {
                break;
            }
            active.clone_from(&everyone);
            ceiling = f32::INFINITY;
            continue;
        }
        ceiling = if most <= 0.0 { f32::INFINITY } else { most };
    }
    Separator {
        weights: weights
            .iter()
            .enumerate()
            .filter(|(_, w)| w.abs() > recipe.least_weight)
            .map(|(f, w)| (f as u32, *w))
            .collect(),
        bias,
    }
}

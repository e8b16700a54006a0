//! Samples to a model: vectors, separators, the means of classes, and what of it is kept.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_read::behaviour::features::BUCKETS;
use tegakari_read::behaviour::model::{Class, Curve, Head, parent_of};

use super::corpus::{Corpus, Origin, Sample};
use super::recipe::Recipe;
use super::solver::{self, Separator, Side};
use super::vectors::{Space, Vector};

/// A model in the form that is written.
pub(crate) struct Fitted {
    pub(crate) head: Head,
    pub(crate) idf: Vec<u8>,
    pub(crate) rows: Vec<Vec<(u16, i8)>>,
    /// Weights before the smallest were dropped.
    pub(crate) before: usize,
}

impl Fitted {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        tegakari_read::behaviour::model::write(&self.head, &self.idf, &self.rows)
    }
}

/// Trains on samples.
pub(crate) fn fit(corpus: &Corpus, samples: &[&Sample], recipe: &Recipe) -> Fitted {
    let texts: Vec<&str> = samples.iter().map(|s| s.text.as_str()).collect();
    let space = Space::learn(&texts, recipe);
    let vectors: Vec<Vector> = samples.iter().map(|s| space.vector(&s.text)).collect();
    let n = corpus.classes.len();
    let families: Vec<&str> = {
        let subs = corpus.classes.iter().filter(|c| c.id.contains('.'));
        let all: BTreeSet<&str> = subs.map(|c| parent_of(&c.id)).collect();
        all.into_iter().collect()
    };
    let sides = Columns::new(corpus, &families);
    let side = |column: usize, i: usize| sides.side(samples[i], column, recipe);
    let mut columns = solver::train(&vectors, n + families.len(), &side, recipe);
    add_means(&mut columns[..n], samples, &vectors, recipe);

    let classes = corpus.classes.iter().map(|class| Class {
        id: class.id.clone(),
        domain: class.domain as u8,
        family: families
            .binary_search(&parent_of(&class.id))
            .ok()
            .map(|i| (n + i) as u16),
        offset: 0.0,
    });
    let mut fitted = Fitted {
        head: Head {
            version: corpus.version.clone(),
            classes: classes.collect(),
            columns: Vec::new(),
            family: recipe.family,
            idf: space.step,
            common: space.common,
            exact: Curve::default(),
            parent: Curve::default(),
            promising: f32::NEG_INFINITY,
        },
        idf: space
            .idf
            .iter()
            .map(|w| (w / space.step).round() as u8)
            .collect(),
        rows: vec![Vec::new(); BUCKETS],
        before: columns.iter().map(|c| c.weights.len()).sum(),
    };
    let least = least_kept(&columns, &space, recipe.weights);
    for (i, column) in columns.iter().enumerate() {
        let largest = column
            .weights
            .iter()
            .map(|(_, w)| w.abs())
            .fold(0.0, f32::max);
        let scale = (largest / 127.0).max(1e-9);
        fitted.head.columns.push((scale, column.bias));
        for (feature, weight) in &column.weights {
            let code = (weight / scale).round() as i8;
            if code != 0 && weight.abs() * space.idf[*feature as usize] >= least {
                fitted.rows[*feature as usize].push((i as u16, code));
            }
        }
    }
    // What speaks most for a column comes first: that is all that a glance reads.
    for row in &mut fitted.rows {
        row.sort_by_key(|(column, weight)| (-i16::from(*weight), *column));
    }
    fitted
}

/// What the columns stand for, as numbers that compare fast.
struct Columns {
    /// The family (an index) and matrix of each class.
    classes: Vec<(usize, usize)>,
    /// Whether a class is a sub-technique.
    sub: Vec<bool>,
    /// The family and matrix of each column after the classes.
    families: Vec<(usize, usize)>,
}

impl Columns {
    fn new(corpus: &Corpus, families: &[&str]) -> Self {
        let parents: BTreeSet<&str> = corpus.classes.iter().map(|c| parent_of(&c.id)).collect();
        let parents: Vec<&str> = parents.into_iter().collect();
        let number = |id: &str| parents.binary_search(&parent_of(id)).unwrap_or(usize::MAX);
        let domain = |family: &str| {
            let first = corpus.classes.iter().find(|c| parent_of(&c.id) == family);
            first.map_or(usize::MAX, |c| c.domain)
        };
        let classes = corpus.classes.iter();
        Self {
            classes: classes.clone().map(|c| (number(&c.id), c.domain)).collect(),
            sub: classes.map(|c| c.id.contains('.')).collect(),
            families: families.iter().map(|f| (number(f), domain(f))).collect(),
        }
    }

    /// What a sample is to a column.
    fn side(&self, sample: &Sample, column: usize, recipe: &Recipe) -> Side {
        let cost = match sample.origin {
            Origin::Procedure => 1.0,
            Origin::Description => recipe.description,
            Origin::Nothing => recipe.nothing,
        };
        let n = self.classes.len();
        let class = column < n;
        let (family, domain) = if class {
            self.classes[column]
        } else {
            self.families[column - n]
        };
        let kin = sample.labels.iter().any(|l| self.classes[*l].0 == family);
        if if class {
            sample.labels.contains(&column)
        } else {
            kin
        } {
            return Side::For(cost);
        }
        // A sub-technique's example is no counter-example of the technique, nor the other way.
        let related = class
            && kin
            && (!self.sub[column]
                || sample
                    .labels
                    .iter()
                    .any(|l| !self.sub[*l] && self.classes[*l].0 == family));
        // Each matrix has its own words for the same thing: they do not speak against each other.
        if related || sample.domain.is_some_and(|d| d != domain) {
            return Side::Out;
        }
        Side::Against(cost)
    }
}

/// Adds the mean of each class's samples to its weights: for a class with two examples it is the
/// better half of the model.
fn add_means(columns: &mut [Separator], samples: &[&Sample], vectors: &[Vector], recipe: &Recipe) {
    let mut sums: Vec<BTreeMap<u32, f32>> = vec![BTreeMap::new(); columns.len()];
    for (sample, vector) in samples.iter().zip(vectors) {
        let cost = match sample.origin {
            Origin::Description => recipe.description,
            _ => 1.0,
        };
        for label in &sample.labels {
            for (f, v) in vector {
                *sums[*label].entry(*f).or_default() += v * cost;
            }
        }
    }
    for (column, sum) in columns.iter_mut().zip(sums) {
        let norm = sum.values().map(|v| v * v).sum::<f32>().sqrt().max(1e-9);
        let mut all: BTreeMap<u32, f32> = column.weights.iter().copied().collect();
        for (f, v) in sum {
            *all.entry(f).or_default() += recipe.mean * v / norm;
        }
        column.weights = all.into_iter().collect();
    }
}

/// What a weight must add at least for the `n` weightiest to be kept.
fn least_kept(columns: &[Separator], space: &Space, n: usize) -> f32 {
    let mut all: Vec<f32> = columns
        .iter()
        .flat_map(|c| &c.weights)
        .map(|(f, w)| w.abs() * space.idf[*f as usize])
        .collect();
    if all.len() <= n {
        return 0.0;
    }
    let at = all.len() - n;
    let (_, least, _) = all.select_nth_unstable_by(at, f32::total_cmp);
    *least
}

//! Texts to normalised TF-IDF vectors over the reader's own features.

use tegakari_read::behaviour::features::{self, BUCKETS, Kind};

use super::recipe::Recipe;

/// How much each feature number says, and which are looked at.
#[derive(Debug, Clone)]
pub(crate) struct Space {
    /// Weight of a feature number; 0 for those that are passed over.
    pub(crate) idf: Vec<f32>,
    /// One step of the code of such a weight.
    pub(crate) step: f32,
    /// Words whose code is not above it are common.
    pub(crate) common: u8,
    codes: Vec<u8>,
}

/// A sparse vector of length 1.
pub(crate) type Vector = Vec<(u32, f32)>;

/// `(feature, kind, times)` of a text, by feature.
fn counts(text: &str, rare: impl Fn(u32) -> bool) -> Vec<(u32, Kind, u32)> {
    let mut all: Vec<(u32, Kind)> = Vec::new();
    features::extract(text, rare, &mut |f, kind| all.push((f, kind)));
    all.sort_unstable();
    let mut out: Vec<(u32, Kind, u32)> = Vec::new();
    for (feature, kind) in all {
        match out.last_mut() {
            Some((f, _, n)) if *f == feature => *n += 1,
            _ => out.push((feature, kind, 1)),
        }
    }
    out
}

impl Space {
    /// Counts in how many texts each feature occurs: words first, because they decide whose letters
    /// are read.
    pub(crate) fn learn(texts: &[&str], recipe: &Recipe) -> Self {
        let n = texts.len() as u32;
        let idf = |df: u32| ((1 + n) as f32 / (1 + df) as f32).ln() + 1.0;
        let step = idf(2) * recipe.word.max(recipe.pair).max(recipe.letters) / 255.0;
        let mut space = Self {
            idf: vec![0.0; BUCKETS],
            step,
            common: (recipe.word * idf(recipe.common) / step).round() as u8,
            codes: vec![0; BUCKETS],
        };
        for last in [false, true] {
            let mut found = vec![0_u32; BUCKETS];
            let mut kinds = vec![Kind::Letters; BUCKETS];
            for text in texts {
                for (feature, kind, _) in counts(text, |f| last && space.rare(f)) {
                    let at = feature as usize;
                    // A number that a word has is that word's.
                    if kind < kinds[at] {
                        kinds[at] = kind;
                        found[at] = 0;
                    }
                    found[at] += u32::from(kind == kinds[at]);
                }
            }
            for (at, (df, kind)) in found.iter().zip(&kinds).enumerate() {
                let (least, weight) = match kind {
                    Kind::Word => (2, recipe.word),
                    Kind::Pair => (recipe.min_pair, recipe.pair),
                    Kind::Letters => (recipe.min_letters, recipe.letters),
                };
                let weight = if *df < least { 0.0 } else { weight * idf(*df) };
                space.idf[at] = weight;
                space.codes[at] = (weight / step).round() as u8;
            }
        }
        space
    }

    fn rare(&self, word: u32) -> bool {
        let code = self.codes[word as usize];
        code == 0 || code > self.common
    }

    pub(crate) fn vector(&self, text: &str) -> Vector {
        let mut out: Vector = counts(text, |f| self.rare(f))
            .into_iter()
            .filter_map(|(feature, _, n)| {
                let idf = self.idf[feature as usize];
                (idf > 0.0).then(|| (feature, idf * (1.0 + (n as f32).ln())))
            })
            .collect();
        let norm = out.iter().map(|(_, v)| v * v).sum::<f32>().sqrt();
        if norm > 0.0 {
            out.iter_mut().for_each(|(_, v)| *v /= norm);
        }
        out
    }
}

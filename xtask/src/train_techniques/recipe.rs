//! The numbers that a training depends on. `--set name=value` changes one, to measure what it does.

use anyhow::{Context as _, bail};

macro_rules! recipe {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $value:expr,)*) => {
        /// See each field.
        #[derive(Debug, Clone)]
        pub(crate) struct Recipe { $($(#[$doc])* pub(crate) $name: $type,)* }

        impl Default for Recipe {
            fn default() -> Self { Self { $($name: $value,)* } }
        }

        impl Recipe {
            /// Applies `name=value`.
            pub(crate) fn set(&mut self, text: &str) -> anyhow::Result<()> {
                let (name, value) = text.split_once('=').context("--set needs name=value")?;
                match name {
                    $(stringify!($name) => {
                        self.$name = value.parse().with_context(|| format!("{name}: {value:?}"))?;
                    })*
                    _ => bail!("no {name:?} in the recipe; there are: {}", [$(stringify!($name)),*].join(", ")),
                }
                Ok(())
            }
        }
    };
}

recipe! {
    /// Cost of a mistake against the penalty on weights.
    c: f32 = 1.0,
    /// Power of (all / positive samples) by which mistakes on positive ones cost more.
    balance: f32 = 0.3,
    /// Most passes over the samples.
    passes: usize = 6,
    /// Ends when no gradient violates more than this.
    tolerance: f32 = 0.5,
    /// Weights below it are not kept.
    least_weight: f32 = 0.002,
    /// Weight of words.
    word: f32 = 1.0,
    /// Weight of pairs of words.
    pair: f32 = 0.7,
    /// Weight of runs of letters.
    letters: f32 = 0.5,
    /// Fewest samples with a pair.
    min_pair: u32 = 2,
    /// Fewest samples with a run of letters.
    min_letters: u32 = 3,
    /// A word of that many samples is common: its letters are not read.
    common: u32 = 20,
    /// Cost of a mistake on ATT&CK's own text about a technique.
    description: f32 = 0.3,
    /// Cost of a mistake on a text that tells of nothing.
    nothing: f32 = 1.0,
    /// How much the score of the parent's family counts for a technique.
    family: f32 = 0.5,
    /// How much the likeness to the mean of a class counts.
    mean: f32 = 2.0,
    /// Most weights that are written.
    weights: usize = 3_000_000,
}

//! Weights learnt from attributed incidents. Written by `cargo xtask fit-attribution`, reviewed like code.

/// The learnt weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// Nats for one unit of each of an actor's numbers: techniques, malware, tools, techniques of the nearest
    /// account, software of the nearest account, techniques as told, software as told, malware of this actor
    /// alone, that malware borne out by techniques, and by how the actor's techniques stand out, length of the record, number of accounts,
    /// years beyond the first between the case and the nearest publication about the actor.
    pub actor: [f64; 13],
    /// Log-odds of "none of the known": constant, gap from first to second, evidence for the best, number of
    /// techniques, length of the best's record, software that the best is not on record with, tools of one
    /// actor, part of the techniques that only the best's software is on record with; then, dates counted, the gap and
    /// the years of the best.
    pub none: [f64; 10],
}

impl Fitted {
    /// What a fact's numbers are worth.
    pub(crate) fn nats(&self, part: &[f64; 10]) -> f64 {
        self.actor.iter().zip(part).map(|(w, x)| w * x).sum()
    }

    /// What the record itself is worth.
    pub(crate) fn record(&self, [length, accounts]: &[f64; 2]) -> f64 {
        let [.., per_length, per_account, _] = self.actor;
        per_length * length + per_account * accounts
    }

    /// What one of those years is worth.
    pub(crate) fn year(&self) -> f64 {
        let [.., per_year] = self.actor;
        per_year
    }
}

/// What this version ships for cases with a date.
pub(crate) const FITTED: Fitted = Fitted {
    actor: [
        0.447395, 0.455464, 0.277358, 2.366224, 0.484739, 0.883242, 0.477195, 0.350530, 1.235717,
        0.449926, -0.558048, 0.397953, -0.814688,
    ],
    none: [
        2.660732, 0.034221, -0.284960, 0.366966, -0.369400, 0.599933, -1.312254, -1.784095,
        -0.291366, 0.578355,
    ],
};

/// What this version ships for cases without.
pub(crate) const FITTED_UNDATED: Fitted = Fitted {
    actor: [
        0.474850, 0.441045, 0.285186, 2.345571, 0.506842, 0.906836, 0.487278, 0.365716, 1.266190,
        0.510343, -0.391191, 0.522375, 0.000000,
    ],
    none: [
        2.793445, -0.132595, -0.323180, 0.389368, -0.349807, 0.613116, -1.288881, -1.603480,
        0.000000, 0.000000,
    ],
};

//! Weights learnt from attributed incidents. Written by `cargo xtask fit-attribution`, reviewed like code.

/// The learnt weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// Nats for one unit of each of an actor's numbers: techniques, malware, tools, techniques of the nearest
    /// account, software of the nearest account, techniques as told, software as told, malware of this actor
    /// alone, that malware borne out by techniques, length of the record, number of accounts.
    pub actor: [f64; 11],
    /// Log-odds of "none of the known": constant, gap from first to second, evidence for the best, number of
    /// techniques, length of the best's record, software that the best is not on record with, tools of one
    /// actor, part of the techniques that only the best's software is on record with.
    pub none: [f64; 8],
}

impl Fitted {
    /// What a fact's numbers are worth.
    pub(crate) fn nats(&self, part: &[f64; 9]) -> f64 {
        self.actor.iter().zip(part).map(|(w, x)| w * x).sum()
    }

    /// What the record itself is worth.
    pub(crate) fn record(&self, [length, accounts]: &[f64; 2]) -> f64 {
        let [.., per_length, per_account] = self.actor;
        per_length * length + per_account * accounts
    }
}

/// What this version ships.
pub(crate) const FITTED: Fitted = Fitted {
    actor: [
        0.465928, 0.447362, 0.302755, 1.897742, 0.388542, 0.821473, 0.479344, 0.823124, 1.342469,
        -0.389397, 0.523835,
    ],
    none: [
        3.084289, -0.139856, -0.316348, 0.240202, -0.334537, 0.578719, -1.181349, -1.555702,
    ],
};

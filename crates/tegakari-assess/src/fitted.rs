//! Weights learnt from attributed incidents. Written by `cargo xtask fit-attribution`, reviewed like code.

/// The learnt weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// Nats for one unit of each of an actor's numbers: techniques, software, techniques of the nearest
    /// account, software of the nearest account, software of this actor alone, length of the record,
    /// number of accounts.
    pub actor: [f64; 7],
    /// Log-odds of "none of the known": constant, gap from first to second, evidence for the best, new
    /// software, software of nobody, software of one actor, number of techniques, length of the best's record.
    pub none: [f64; 8],
}

impl Fitted {
    /// What a fact's numbers are worth.
    pub(crate) fn nats(&self, part: &[f64; 5]) -> f64 {
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
        0.853190, 0.644264, 3.764346, 1.094380, 2.425681, -0.363011, 0.461697,
    ],
    none: [
        2.638494, -0.117599, -0.269719, 0.388404, 0.800386, -0.326707, 0.246834, -0.363993,
    ],
};

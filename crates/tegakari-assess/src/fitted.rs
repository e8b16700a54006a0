//! Weights learnt from attributed incidents. Written by `cargo xtask fit-attribution`, reviewed like code.

/// The learnt weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// Nats for one unit of each of an actor's numbers: techniques, malware, tools, techniques of the nearest
    /// account, software of the nearest account, techniques as told, software as told, malware of this actor
    /// alone, that malware borne out by techniques, and by how the actor's techniques stand out, length of the record, number of accounts.
    pub actor: [f64; 12],
    /// Log-odds of "none of the known": constant, gap from first to second, evidence for the best, number of
    /// techniques, length of the best's record, software that the best is not on record with, tools of one
    /// actor, part of the techniques that only the best's software is on record with.
    pub none: [f64; 8],
}

impl Fitted {
    /// What a fact's numbers are worth.
    pub(crate) fn nats(&self, part: &[f64; 10]) -> f64 {
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
        0.474850, 0.441045, 0.285186, 2.345571, 0.506842, 0.906836, 0.487278, 0.365716, 1.266190,
        0.510343, -0.391191, 0.522375,
    ],
    none: [
        2.589972, -0.122128, -0.306532, 0.387213, -0.333100, 0.585946, -1.234327, -1.491535,
    ],
};

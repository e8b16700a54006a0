//! What a source says of a value that it lists and does not stand for: that it is harmless, revoked, or not for detection.

use tegakari_model::{Disposition, Mention};

/// The reason of an attribute that MISP's flag keeps from detection.
pub(crate) const MISP_NOT_TO_IDS: &str = "MISP attribute that is not marked for detection (to_ids)";
/// The same in STIX.
pub(crate) const STIX_NOT_TO_IDS: &str = "STIX indicator that is not marked for detection (to_ids)";
/// An indicator that is revoked.
pub(crate) const STIX_REVOKED: &str = "STIX indicator that its maker has revoked";
/// An indicator of which a later version follows.
pub(crate) const STIX_REPLACED: &str = "STIX indicator that a later version replaces";
/// An indicator of the type "benign".
pub(crate) const STIX_BENIGN: &str = "STIX indicator of type \"benign\"";
/// A cell of the row says so.
pub(crate) const ROW_CLEAN: &str = "its row calls it harmless";

/// How a source takes back a value that it lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// In its words.
    pub why: String,
    /// It says that the value is harmless, so that others who list it do not outweigh that.
    pub outright: bool,
}

/// Whether the source of a mention takes it back.
pub fn withdrawal(mention: &Mention) -> Option<Withdrawal> {
    let of = |why: &str| mention.reasons.iter().any(|reason| reason == why);
    let found = |why: &str, outright: bool| {
        of(why).then(|| Withdrawal {
            why: why.to_owned(),
            outright,
        })
    };
    let clean = mention.disposition == Disposition::Benign;
    found(STIX_BENIGN, true)
        .or_else(|| found(ROW_CLEAN, true).filter(|_| clean))
        .or_else(|| found(STIX_REVOKED, false))
        .or_else(|| found(STIX_REPLACED, false))
        .or_else(|| found(STIX_NOT_TO_IDS, false))
        .or_else(|| found(MISP_NOT_TO_IDS, false))
}

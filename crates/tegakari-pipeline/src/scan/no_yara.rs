//! In the place of YARA's engine where the program was built without it: says so.

use std::path::PathBuf;
use std::time::Duration;

use tegakari_model::NotAskedReason;
use tegakari_scan::{AskRules, RuleHit, RulesAsked};

use crate::PipelineError;

/// YARA rules; there are none in this build.
pub enum YaraRules {}

/// What asks them.
pub(super) enum YaraAsker {}

/// Says that this build has no YARA.
///
/// # Errors
/// Always.
pub fn load_yara(_: &[PathBuf], _: Duration) -> Result<YaraRules, PipelineError> {
    Err(PipelineError::NotKnown(
        "this program was built without YARA's engine; build it with `cargo build --release --features yara`"
            .to_owned(),
    ))
}

impl YaraRules {
    pub(super) fn asked(&self) -> RulesAsked {
        match *self {}
    }

    pub(super) fn asker(&self) -> YaraAsker {
        match *self {}
    }

    pub(super) fn problems(&self) -> &[tegakari_model::Problem] {
        match *self {}
    }
}

impl AskRules for YaraAsker {
    fn ask(&mut self, _: &[u8], _: &str) -> Result<Vec<RuleHit>, NotAskedReason> {
        match *self {}
    }
}

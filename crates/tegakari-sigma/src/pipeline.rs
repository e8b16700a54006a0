//! Processing pipelines, in the form that pySigma reads: what is changed in rules before they are used.

use tegakari_model::Problem;

use crate::detection::Detection;
use crate::refusal::Refusal;
use crate::rule::Rule;
use crate::rule_set::RuleFile;

/// Changes to rules: names of fields, conditions, log sources, values for placeholders.
#[derive(Debug, Clone, Default)]
pub struct Pipeline {
    /// Its name, or its file's.
    pub name: String,
    /// Pipelines are applied in this order, lowest first.
    pub priority: i64,
}

impl Pipeline {
    /// Reads a pipeline. `None`, with the reason among the problems, when it cannot be used as it is.
    pub fn read(file: &RuleFile<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        let _ = problems;
        Some(Self {
            name: file.name.to_owned(),
            priority: 0,
        })
    }

    pub(crate) fn apply(
        &self,
        _rule: &mut Rule,
        _detections: &mut [Detection],
    ) -> Result<(), Refusal> {
        Ok(())
    }
}

//! All rules that are in use, and which of them a record is asked by.

use std::sync::Arc;

use tegakari_model::Problem;

use crate::correlation::Correlation;
use crate::labels::Labels;
use crate::pipeline::Pipeline;
use crate::record::Record;
use crate::rule::Rule;

/// A file of rules: one YAML stream, which may hold several documents.
#[derive(Debug, Clone, Copy)]
pub struct RuleFile<'a> {
    /// How it is called where something is said of it.
    pub name: &'a str,
    /// Its bytes.
    pub text: &'a [u8],
}

/// Rules, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    rules: Arc<[Rule]>,
    correlations: Arc<[Correlation]>,
}

/// The rules that a record of one kind is asked by. Cheap to clone; keep one for each set of labels.
#[derive(Debug, Clone, Default)]
pub struct SourceRules {
    rules: Arc<[u32]>,
}

impl SourceRules {
    /// The rules: indices into [`RuleSet::rules`], ascending.
    pub fn rules(&self) -> &[u32] {
        &self.rules
    }
}

/// Memory that is used again from record to record. One a thread.
#[derive(Debug, Default)]
pub struct Scratch {}

impl RuleSet {
    /// Reads rules. What is wrong with one costs that one, and is told with its file, line and reason.
    pub fn compile(files: &[RuleFile<'_>], pipelines: &[Pipeline], problems: &mut Vec<Problem>) -> Self {
        let _ = (files, pipelines, problems);
        Self::default()
    }

    /// All rules, sorted by id, title, file and line.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Rules about matches of other rules.
    pub fn correlations(&self) -> &[Correlation] {
        &self.correlations
    }

    /// The rules for records with these labels.
    pub fn source(&self, product: Option<&str>, category: Option<&str>, service: Option<&str>) -> SourceRules {
        let _ = (product, category, service);
        SourceRules::default()
    }

    /// The rules for records that are all of these at once, each rule once.
    pub fn sources(&self, labels: &[Labels]) -> SourceRules {
        let _ = labels;
        SourceRules::default()
    }

    /// Puts into `hits` the rules that match a record: indices into [`RuleSet::rules`], ascending.
    pub fn evaluate(&self, sources: &SourceRules, record: &dyn Record, scratch: &mut Scratch, hits: &mut Vec<u32>) {
        let _ = (sources, record, scratch);
        hits.clear();
    }
}

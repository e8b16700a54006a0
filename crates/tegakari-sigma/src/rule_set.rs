//! All rules that are in use, and which of them a record is asked by.

use std::sync::{Arc, OnceLock};

use tegakari_model::Problem;

use crate::compile::{Compiled, compile};
use crate::correlation::Correlation;
use crate::evaluate::{Scratch, evaluate};
use crate::index::Index;
use crate::labels::Labels;
use crate::pipeline::Pipeline;
use crate::record::Record;
use crate::required::required;
use crate::rule::Rule;

/// A file of rules: one YAML stream, which may hold several documents.
#[derive(Debug, Clone, Copy)]
pub struct RuleFile<'a> {
    /// How it is called where something is said of it.
    pub name: &'a str,
    /// Its bytes.
    pub text: &'a [u8],
}

/// Rules, ready to be asked. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    compiled: Arc<Compiled>,
}

/// The rules that a record of one kind is asked by. Cheap to clone; keep one for each set of labels.
#[derive(Debug, Clone, Default)]
pub struct SourceRules {
    source: Arc<Source>,
}

#[derive(Debug, Default)]
struct Source {
    rules: Vec<u32>,
    /// Made when the first record is asked.
    index: OnceLock<Index>,
}

impl SourceRules {
    /// The rules: indices into [`RuleSet::rules`], ascending.
    pub fn rules(&self) -> &[u32] {
        &self.source.rules
    }
}

impl RuleSet {
    /// Reads rules. What is wrong with one costs that one, and is told with its file, line and reason.
    pub fn compile(
        files: &[RuleFile<'_>],
        pipelines: &[Pipeline],
        problems: &mut Vec<Problem>,
    ) -> Self {
        Self {
            compiled: Arc::new(compile(files, pipelines, problems)),
        }
    }

    /// All rules, sorted by id, title, file and line.
    pub fn rules(&self) -> &[Rule] {
        &self.compiled.rules
    }

    /// The fields without which a rule can never match, sorted: none of a rule's is here that it may do without.
    pub fn required(&self, rule: u32) -> Vec<String> {
        let Some(question) = self.compiled.questions.get(rule as usize) else {
            return Vec::new();
        };
        let names = required(question).into_iter();
        let mut names: Vec<String> = names
            .map(|field| self.compiled.names.name(field).to_owned())
            .collect();
        names.sort();
        names
    }

    /// Rules about matches of other rules: those that others are about before them, and else sorted.
    pub fn correlations(&self) -> &[Correlation] {
        &self.compiled.correlations
    }

    /// The rules for records with these labels.
    pub fn source(
        &self,
        product: Option<&str>,
        category: Option<&str>,
        service: Option<&str>,
    ) -> SourceRules {
        self.chosen(|rule| rule.log_source.is_for(product, category, service))
    }

    /// The rules for records that are all of these at once, each rule once.
    pub fn sources(&self, labels: &[Labels]) -> SourceRules {
        self.chosen(|rule| {
            labels
                .iter()
                .any(|l| rule.log_source.is_for(l.product, l.category, l.service))
        })
    }

    fn chosen(&self, is_for: impl Fn(&Rule) -> bool) -> SourceRules {
        let numbers = (0u32..).zip(self.rules());
        let rules = numbers
            .filter(|(_, rule)| is_for(rule))
            .map(|(n, _)| n)
            .collect();
        SourceRules {
            source: Arc::new(Source {
                rules,
                index: OnceLock::new(),
            }),
        }
    }

    /// Puts into `hits` the rules that match a record: indices into [`RuleSet::rules`], ascending.
    pub fn evaluate(
        &self,
        sources: &SourceRules,
        record: &dyn Record,
        scratch: &mut Scratch,
        hits: &mut Vec<u32>,
    ) {
        let index = sources.source.index.get_or_init(|| {
            let questions = &self.compiled.questions;
            let rules = sources.rules().iter();
            Index::build(rules.filter_map(|n| Some((*n, questions.get(*n as usize)?))))
        });
        evaluate(index, &self.compiled.names, record, scratch, hits);
    }
}

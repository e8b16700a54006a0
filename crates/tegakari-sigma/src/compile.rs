//! From files to rules that can be asked.

use std::collections::BTreeSet;

use tegakari_model::Problem;

use crate::condition;
use crate::correlation::Correlation;
use crate::correlation_read;
use crate::detection::Detection;
use crate::document::{self, Document, Filter, RawRule};
use crate::expr::Expr;
use crate::leaf::KEYWORDS;
use crate::modifiers::{Making, search_expr};
use crate::names::Names;
use crate::pipeline::Pipeline;
use crate::refusal::Refusal;
use crate::rule::Rule;
use crate::rule_set::RuleFile;

/// Rules with their questions, and what they share.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub(crate) rules: Vec<Rule>,
    /// As `rules`.
    pub(crate) questions: Vec<Expr>,
    pub(crate) names: Names,
    pub(crate) correlations: Vec<Correlation>,
}

/// Compiles rules. Problems are sorted by file and line.
pub(crate) fn compile(
    files: &[RuleFile<'_>],
    pipelines: &[Pipeline],
    problems: &mut Vec<Problem>,
) -> Compiled {
    let mut told: Vec<(String, Refusal)> = Vec::new();
    let mut notes: Vec<(String, u32, Problem)> = Vec::new();
    let mut raw = Vec::new();
    let mut filters = Vec::new();
    let mut correlations = Vec::new();
    for file in files {
        let mut refusals = Vec::new();
        for document in document::read(file.name, file.text, &mut refusals) {
            match document {
                Document::Rule(rule) => raw.push(rule),
                Document::Filter(filter) => filters.push(filter),
                Document::Correlation(rule, node) => correlations.push((rule, node)),
            }
        }
        told.extend(refusals.into_iter().map(|r| (file.name.to_owned(), r)));
    }
    let mut pipelines: Vec<&Pipeline> = pipelines.iter().collect();
    pipelines.sort_by(|a, b| (a.priority, &a.name).cmp(&(b.priority, &b.name)));
    let mut names = Names::default();
    let mut used = vec![false; filters.len()];
    let mut ready: Vec<(Rule, Expr)> = Vec::with_capacity(raw.len());
    for one in raw {
        let file = one.rule.file.clone();
        let mut unfilled = Vec::new();
        let mut making = Making {
            names: &mut names,
            unfilled: &mut unfilled,
        };
        match rule(one, &pipelines, &filters, &mut used, &mut making) {
            // Where nobody gives values for a placeholder, that is told instead.
            Ok((rule, question)) if unfilled.is_empty() && question.is_never() => {
                told.push((
                    file,
                    Refusal::new(
                        rule.line,
                        "what it asks for contradicts itself, so it can never match",
                    ),
                ));
                continue;
            }
            Ok(done) => ready.push(done),
            Err(refusal) => {
                told.push((file, refusal));
                continue;
            }
        }
        for (line, name) in unfilled {
            let problem = Problem::new(
                format!("{file}:{line}"),
                format!(
                    "nobody gives values for the placeholder %{name}%, so what asks for them never matches"
                ),
                "give a pipeline with value_placeholders and the values under vars",
            );
            notes.push((file.clone(), line, problem));
        }
    }
    for (filter, _) in filters.iter().zip(&used).filter(|(_, used)| !**used) {
        let (file, line) = filter.place.clone();
        told.push((
            file,
            Refusal::new(line, "the filter is for no rule that is here"),
        ));
    }
    ready.sort_by(|(a, _), (b, _)| {
        (&a.id, &a.title, &a.file, a.line).cmp(&(&b.id, &b.title, &b.file, b.line))
    });
    let mut compiled = Compiled::default();
    for (rule, question) in ready {
        let same = compiled.rules.last().is_some_and(|last: &Rule| {
            !rule.id.is_empty() && last.id == rule.id && last.log_source == rule.log_source
        }) && compiled.questions.last() == Some(&question);
        if same {
            told.push((
                rule.file,
                Refusal::new(rule.line, "the same rule was read from another place"),
            ));
            continue;
        }
        compiled.rules.push(rule);
        compiled.questions.push(question);
    }
    compiled.names = names;
    correlation_read::resolve(correlations, &mut compiled, &mut told);
    let mut all: Vec<(String, u32, Problem)> = notes;
    all.extend(told.into_iter().map(|(file, refusal)| {
        let line = refusal.line;
        let problem = refusal.of_rule(&file);
        (file, line, problem)
    }));
    all.sort_by(|a, b| (&a.0, a.1, &a.2.what).cmp(&(&b.0, b.1, &b.2.what)));
    problems.extend(all.into_iter().map(|(_, _, problem)| problem));
    compiled
}

/// A rule after pipelines and filters, with its question.
fn rule(
    raw: RawRule,
    pipelines: &[&Pipeline],
    filters: &[Filter],
    used: &mut [bool],
    making: &mut Making<'_>,
) -> Result<(Rule, Expr), Refusal> {
    let RawRule {
        mut rule,
        detection,
    } = raw;
    let mut detections = vec![detection];
    for (filter, used) in filters.iter().zip(used) {
        if filter.is_for(&rule) {
            *used = true;
            detections.push(filter.detection.clone());
        }
    }
    for pipeline in pipelines {
        pipeline.apply(&mut rule, &mut detections)?;
    }
    let mut all = Vec::with_capacity(detections.len());
    for detection in &detections {
        all.push(question(detection, making)?);
    }
    let question = Expr::all(all);
    let mut fields = BTreeSet::new();
    question.each_field(&mut |field| {
        if field != KEYWORDS {
            fields.insert(field);
        }
    });
    rule.fields = fields
        .into_iter()
        .map(|f| making.names.name(f).to_owned())
        .collect();
    rule.fields.sort();
    Ok((rule, question))
}

fn question(detection: &Detection, making: &mut Making<'_>) -> Result<Expr, Refusal> {
    let mut searches = Vec::with_capacity(detection.searches.len());
    for (name, search) in &detection.searches {
        searches.push((name.clone(), search_expr(search, making)?));
    }
    let mut any = Vec::new();
    for (line, text) in &detection.conditions {
        any.push(condition::parse(text, *line, &searches)?);
    }
    Ok(Expr::any(any))
}

impl Filter {
    fn is_for(&self, rule: &Rule) -> bool {
        let own = &self.log_source;
        let has = &rule.log_source;
        let fits = |own: &Option<String>, has: &Option<String>| own.is_none() || own == has;
        let named = self.rules.is_empty()
            || self
                .rules
                .iter()
                .any(|r| *r == rule.id || *r == rule.name && !rule.name.is_empty());
        named
            && fits(&own.product, &has.product)
            && fits(&own.category, &has.category)
            && fits(&own.service, &has.service)
    }
}

//! Rules of behaviour (Sigma) in a hunt: which records each looks at, what fired, and what nothing looked at.
//!
//! A [`Rules`] is part of the plan and shared by all threads. An [`Observer`](observe::Observer) asks them of the records
//! of one input, a [`Deeds`](deeds::Deeds) is what they showed, and [`conclude`](conclude::behaviours) makes
//! [`Behaviours`](tegakari_model::Behaviours) of the sum.

pub(crate) mod conclude;
pub(crate) mod deeds;
pub(crate) mod looks;
pub(crate) mod observe;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use tegakari_model::RuleLevel;
use tegakari_sigma::{Labels, Part, RuleSet, SourceRules, windows};

use crate::fields::{Fields, Origin, labels};

/// Rules of behaviour to look for, compiled.
pub struct Rules {
    set: Arc<RuleSet>,
    least: RuleLevel,
    mark: String,
    /// Licences that stand beside rules that state none, by file.
    licences: BTreeMap<String, String>,
    /// Rules that correlations are about.
    parts: HashSet<u32>,
    /// What rules are for records with these labels. Each is looked up once, whatever the number of files.
    kinds: Mutex<HashMap<Vec<Labels>, Arc<Looked>>>,
}

/// The rules for records with some labels.
pub(crate) struct Looked {
    pub(crate) labels: Vec<Labels>,
    pub(crate) rules: SourceRules,
    /// Every field that one of them asks for.
    pub(crate) wanted: BTreeSet<String>,
    /// Whether one of them is for such records, and not for everything of a product.
    pub(crate) covers: bool,
}

impl Rules {
    /// Looks for these rules, but for those that are less grave than `least`. `mark` tells them from others: what was
    /// found with other rules, or in another version of these, is not gone on with.
    pub fn new(set: Arc<RuleSet>, least: RuleLevel, mark: impl Into<String>) -> Self {
        let of = set.correlations().iter().flat_map(|one| one.of.iter());
        let parts = of
            .filter_map(|part| match part {
                Part::Rule(rule) => Some(*rule),
                Part::Correlation(_) => None,
            })
            .collect();
        Self {
            set,
            least,
            parts,
            mark: mark.into(),
            licences: BTreeMap::new(),
            kinds: Mutex::new(HashMap::new()),
        }
    }

    /// Licences for rules that state none themselves, by file.
    #[must_use]
    pub fn with_licences(mut self, by_file: BTreeMap<String, String>) -> Self {
        self.licences = by_file;
        self
    }

    /// The licence of a rule: what it says itself, or what stands beside it; empty when neither does.
    pub(crate) fn licence(&self, own: &str, file: &str) -> String {
        if own.is_empty() {
            self.licences.get(file).cloned().unwrap_or_default()
        } else {
            own.to_owned()
        }
    }

    /// What tells these rules from others.
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// A rule by its number in the set, as people are told of it.
    pub(crate) fn about(&self, number: u32) -> Option<tegakari_model::DetectionRule> {
        let rule = self.set.rules().get(number as usize)?;
        Some(conclude::about(rule, self))
    }

    /// How many of them can be told.
    pub fn count(&self) -> usize {
        let told = |tells: bool, level| tells && self.tells(level);
        let rules = self.set.rules().iter();
        let correlations = self.set.correlations().iter();
        rules.filter(|one| told(one.tells, one.level)).count()
            + correlations
                .filter(|one| told(one.tells, one.level))
                .count()
    }

    /// A correlation by its number, as people are told of it; `None` when it is not to be told.
    pub fn about_correlation(&self, number: u32) -> Option<tegakari_model::DetectionRule> {
        let one = self.set.correlations().get(number as usize)?;
        (one.tells && self.tells(one.level)).then(|| conclude::about_correlation(one, self))
    }

    /// The rules themselves.
    pub fn set(&self) -> &RuleSet {
        &self.set
    }

    /// Whether a correlation is about a rule.
    pub(crate) fn is_part(&self, rule: u32) -> bool {
        self.parts.contains(&rule)
    }

    /// Whether a rule is grave enough to be told.
    pub(crate) fn tells(&self, level: tegakari_sigma::Level) -> bool {
        level_of(level) >= self.least
    }

    /// The rules for a kind of record.
    pub(crate) fn looked(&self, origin: &Origin<'_>) -> Arc<Looked> {
        let labels = labels_of(origin);
        let mut kinds = self.kinds.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(known) = kinds.get(&labels) {
            return Arc::clone(known);
        }
        let rules = if labels.is_empty() {
            SourceRules::default()
        } else {
            self.set.sources(&labels)
        };
        let all = self.set.rules();
        let asked = rules.rules().iter().filter_map(|at| all.get(*at as usize));
        let covers = asked
            .clone()
            .any(|rule| rule.log_source.category.is_some() || rule.log_source.service.is_some());
        let wanted = asked.flat_map(|rule| rule.fields.iter().cloned()).collect();
        let looked = Arc::new(Looked {
            labels: labels.clone(),
            rules,
            wanted,
            covers,
        });
        kinds.insert(labels, Arc::clone(&looked));
        looked
    }
}

/// What a record is in Sigma's words.
fn labels_of(origin: &Origin<'_>) -> Vec<Labels> {
    let mut labels = match origin {
        Origin::Unknown => Vec::new(),
        Origin::Windows {
            channel,
            provider,
            id,
        } => windows::labels(channel, provider, *id),
        Origin::LinuxSysmon(id) => labels::of("sysmon-linux", &id.to_string()),
        Origin::Other { format, part } => labels::of(format, part),
    };
    labels.sort_unstable();
    labels.dedup();
    labels
}

/// The level in the words of the model.
pub(crate) fn level_of(level: tegakari_sigma::Level) -> RuleLevel {
    use tegakari_sigma::Level as L;
    match level {
        L::Informational => RuleLevel::Informational,
        L::Low => RuleLevel::Low,
        L::Medium => RuleLevel::Medium,
        L::High => RuleLevel::High,
        L::Critical => RuleLevel::Critical,
    }
}

/// A record as rules ask for it: by their names of fields.
pub(crate) struct Asked<'a, 'r> {
    pub(crate) fields: &'a Fields<'r>,
}

impl Asked<'_, '_> {
    /// The name under which the record has a field that rules call `name`.
    fn own<'n>(&self, name: &'n str) -> &'n str {
        let Origin::Windows {
            channel,
            provider,
            id,
        } = &self.fields.origin
        else {
            return name;
        };
        windows::field_name(channel, provider, *id, name)
            .iter()
            .find(|own| self.fields.first(own).is_some())
            .copied()
            .unwrap_or(name)
    }

    /// The first value of a field that rules call `name`.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.fields.first(self.own(name))
    }
}

impl tegakari_sigma::Record for Asked<'_, '_> {
    fn field(&self, name: &str) -> Option<std::borrow::Cow<'_, str>> {
        self.first(name).map(std::borrow::Cow::Borrowed)
    }

    fn each_value(&self, name: &str, each: &mut dyn FnMut(&str)) {
        self.fields.all(self.own(name)).for_each(each);
    }

    fn each_text(&self, each: &mut dyn FnMut(&str)) {
        self.fields.each_text(each);
    }
}

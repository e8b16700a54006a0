//! What rules of behaviour saw, and what they could not.

use tegakari_model::{
    BehaviourGap, Behaviours, BlindReason, ObservedBehaviour, RuleLevel, Timeline,
    TimelineEntryKind,
};

use crate::digest::behaviour::machines;
use crate::format;
use crate::i18n::{Words, say};

/// Names in a sentence.
const MOST_NAMES: usize = 5;

impl Words {
    /// A level of rules.
    pub(crate) fn level(self, level: RuleLevel) -> &'static str {
        match level {
            RuleLevel::Informational => self.get("level.informational"),
            RuleLevel::Low => self.get("level.low"),
            RuleLevel::Medium => self.get("level.medium"),
            RuleLevel::High => self.get("level.high"),
            RuleLevel::Critical => self.get("level.critical"),
        }
    }

    /// The answer: how many rules fired, where and when; and that silence is no proof.
    pub(crate) fn behaviour_answer(self, of: &Behaviours) -> Vec<String> {
        let mut out = Vec::new();
        let fired = of.observed.len();
        if fired == 0 {
            out.push(say!(self, "behaviour.none", n = format::count(of.rules)));
        } else {
            let levels: Vec<String> = RuleLevel::ALL
                .into_iter()
                .rev()
                .filter_map(|level| {
                    let rules = of.observed.iter().filter(|one| one.rule.level == level);
                    let n = rules.count();
                    let level = self.level(level);
                    (n > 0).then(|| say!(self, "behaviour.of_level", n = n, level = level))
                })
                .collect();
            out.push(say!(
                self,
                "behaviour.fired",
                n = fired,
                total = format::count(of.rules),
                levels = self.list(&levels)
            ));
            let names = machines(of);
            let first = of.observed.iter().filter_map(|one| one.first).min();
            let last = of.observed.iter().filter_map(|one| one.last).max();
            if !names.is_empty() {
                let assets = self.list_of(&names, MOST_NAMES);
                out.push(match format::span(first, last) {
                    Some(span) => say!(self, "behaviour.where", assets = assets, span = span),
                    None => say!(self, "behaviour.where_undated", assets = assets),
                });
            }
        }
        let blind = of.blind_rules();
        if blind > 0 {
            out.push(say!(
                self,
                "behaviour.blind",
                n = blind,
                total = format::count(of.rules)
            ));
        }
        out.push(self.get("behaviour.motto").to_owned());
        out
    }

    /// What is said of a rule that fired: how often, where, when.
    pub(crate) fn behaviour_line(self, one: &ObservedBehaviour) -> String {
        let names: Vec<&str> = one
            .assets
            .iter()
            .map(|on| on.asset.as_deref().unwrap_or(self.get("asset.unknown")))
            .collect();
        let assets = self.list_of(&names, MOST_NAMES);
        match format::span(one.first, one.last) {
            Some(span) => say!(
                self,
                "behaviour.line",
                n = one.count,
                assets = assets,
                span = span
            ),
            None => say!(
                self,
                "behaviour.line_undated",
                n = one.count,
                assets = assets
            ),
        }
    }

    /// Whose rule it is: its author and licence, its techniques, and where it stands.
    pub(crate) fn behaviour_rule(self, one: &ObservedBehaviour) -> String {
        let rule = &one.rule;
        let author = match rule.author.trim() {
            "" => self.get("behaviour.no_author"),
            author => author,
        };
        let licence = match rule.licence.trim() {
            "" => self.get("behaviour.no_licence"),
            licence => licence,
        };
        let mut text = say!(
            self,
            "behaviour.rule",
            author = author,
            licence = licence,
            source = rule.log_source
        );
        if !rule.techniques.is_empty() {
            text.push_str(self.get("list.semicolon"));
            text.push_str(&self.list(&rule.techniques));
        }
        text
    }

    /// What could not have fired, and what no rule looks at: in numbers, the largest in words.
    pub(crate) fn behaviour_gaps(self, of: &Behaviours, most: usize) -> Vec<String> {
        let mut out = vec![say!(
            self,
            "behaviour.states",
            fired = of.observed.len(),
            silent = format::count(of.silent.len() as u64),
            blind = format::count(of.blind_rules() as u64)
        )];
        out.extend(
            of.blind
                .iter()
                .take(most)
                .map(|gap| self.behaviour_gap(gap)),
        );
        let rest: usize = of.blind.iter().skip(most).map(|gap| gap.rules.len()).sum();
        if rest > 0 {
            out.push(say!(
                self,
                "behaviour.more_gaps",
                n = rest,
                kinds = of.blind.len().saturating_sub(most)
            ));
        }
        if of.left_out > 0 {
            out.push(say!(self, "behaviour.left_out", n = of.left_out));
        }
        let all = of.covered_records.saturating_add(of.uncovered_records);
        if of.uncovered_records > 0 {
            #[allow(
                clippy::cast_precision_loss,
                reason = "a share, shown in whole percents"
            )]
            let share = of.uncovered_records as f64 / all.max(1) as f64;
            let names: Vec<String> = of
                .uncovered
                .iter()
                .take(MOST_NAMES)
                .map(|one| {
                    let n = format::count(one.records);
                    say!(self, "behaviour.uncovered_name", name = one.name, count = n)
                })
                .collect();
            out.push(say!(
                self,
                "behaviour.uncovered",
                records = format::count(of.uncovered_records),
                share = format::percent(share),
                names = self.list(&names)
            ));
        }
        if of.dropped_events > 0 {
            out.push(say!(self, "behaviour.dropped", n = of.dropped_events));
        }
        out
    }

    fn behaviour_gap(self, gap: &BehaviourGap) -> String {
        let n = gap.rules.len();
        match &gap.reason {
            BlindReason::NoLogSource { log_source } => {
                say!(self, "behaviour.no_source", n = n, source = log_source)
            }
            BlindReason::NoField { log_source, fields } => say!(
                self,
                "behaviour.no_field",
                n = n,
                source = log_source,
                fields = self.list_of(fields, MOST_NAMES)
            ),
        }
    }
}

impl Words {
    /// What a timeline is about, and how much of the time nobody could have seen anything.
    pub(crate) fn timeline(self, of: &Timeline) -> Vec<String> {
        let n = format::count(of.entries.len() as u64);
        let whom: Vec<&str> = [&of.host, &of.user]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let mut out = vec![if whom.is_empty() {
            say!(self, "timeline.all", n = n)
        } else {
            say!(self, "timeline.of", n = n, whom = self.list(&whom))
        }];
        if of.unlisted > 0 {
            out.push(say!(self, "timeline.unlisted", n = of.unlisted));
        }
        if of.without_time > 0 {
            out.push(say!(self, "timeline.without_time", n = of.without_time));
        }
        if of.hours > 0 && !of.assets.is_empty() {
            out.push(say!(
                self,
                "timeline.hours",
                n = format::count(of.dark_hours),
                total = format::count(of.hours),
                assets = self.list_of(&of.assets, MOST_NAMES)
            ));
        }
        out.push(self.get("behaviour.motto").to_owned());
        out
    }

    /// The authors of the rules in a timeline, with their licences; empty when there are no rules.
    pub(crate) fn timeline_authors(self, of: &Timeline) -> String {
        let mut authors = std::collections::BTreeSet::new();
        for one in &of.entries {
            if let TimelineEntryKind::Behaviour {
                author, licence, ..
            } = &one.kind
            {
                let author = match author.trim() {
                    "" => self.get("behaviour.no_author"),
                    author => author,
                };
                let licence = match licence.trim() {
                    "" => self.get("behaviour.no_licence"),
                    licence => licence,
                };
                authors.insert(say!(
                    self,
                    "behaviour.author",
                    author = author,
                    licence = licence
                ));
            }
        }
        let authors: Vec<String> = authors.into_iter().collect();
        if authors.is_empty() {
            return String::new();
        }
        say!(
            self,
            "timeline.authors",
            authors = authors.join(self.get("list.semicolon"))
        )
    }
}

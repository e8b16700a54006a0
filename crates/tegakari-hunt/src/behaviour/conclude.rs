//! What the sum of all inputs says of rules: which fired, which could have, which could not, and what none looked at.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{
    BehaviourDay, BehaviourExample, BehaviourGap, BehaviourOnAsset, Behaviours, BlindReason,
    DetectionRule, Hour, LogSource, LogSourceSeen, ObservedBehaviour, RuleLevel, RuleName,
    Timestamp, UncoveredRecords,
};
use tegakari_sigma::{Correlation, CorrelationKind, Part, Rule, SourceRules};

use super::deeds::{Deeds, Label, Place};
use super::{Rules, level_of};
use crate::assets::Machines;

/// Names of records without a rule that are listed; all are counted.
const MOST_UNCOVERED: usize = 200;

/// What rules say of the logs.
pub(crate) fn behaviours(
    deeds: &Deeds,
    rules: &Rules,
    machines: &Machines,
    most: usize,
) -> Behaviours {
    let set = rules.set();
    let (mut fired, mut days) = by_rule(deeds, rules, machines, most);
    let correlated = by_correlation(deeds, rules, machines, most, &mut days);
    let states = States::of(deeds, rules);
    let mut out = Behaviours {
        covered_records: deeds.covered_records,
        uncovered_records: deeds.uncovered_records,
        dropped_events: deeds.correlated.dropped(),
        sources: states.sources.clone(),
        ..Behaviours::default()
    };
    let mut blind: BTreeMap<BlindReason, Vec<RuleName>> = BTreeMap::new();
    let mut tell = |out: &mut Behaviours, about: DetectionRule, correlation, on, why| {
        out.rules += 1;
        let name = RuleName {
            id: about.id.clone(),
            title: about.title.clone(),
            level: about.level,
        };
        match (on, why) {
            (Some(on), _) => out.observed.push(observed(about, correlation, on)),
            (None, Some(why)) => blind.entry(why).or_default().push(name),
            (None, None) => out.silent.push(name),
        }
    };
    for (rule, number) in set.rules().iter().zip(0_u32..) {
        if !rule.tells {
            // It speaks through the correlations that it is a part of.
            continue;
        }
        if !rules.tells(rule.level) {
            out.left_out += 1;
            continue;
        }
        let on = fired.remove(&number);
        tell(
            &mut out,
            about(rule, rules),
            false,
            on,
            states.blind(number, rule, rules),
        );
    }
    let mut correlated = correlated;
    for (correlation, number) in set.correlations().iter().zip(0_u32..) {
        if !correlation.tells {
            // It speaks through the ones that stand on it.
            continue;
        }
        if !rules.tells(correlation.level) {
            out.left_out += 1;
            continue;
        }
        let on = correlated.remove(&number);
        let why = states.blind_correlation(correlation, rules, 0);
        let about = about_correlation(correlation, rules);
        tell(&mut out, about, true, on, why);
    }
    out.observed.sort_by(|a, b| {
        let key = |one: &ObservedBehaviour| {
            (
                std::cmp::Reverse((one.rule.level, one.count)),
                one.rule.title.clone(),
                one.rule.id.clone(),
            )
        };
        key(a).cmp(&key(b))
    });
    let by_title = |a: &RuleName, b: &RuleName| (&a.title, &a.id).cmp(&(&b.title, &b.id));
    out.silent.sort_by(by_title);
    out.blind = blind
        .into_iter()
        .map(|(reason, mut rules)| {
            rules.sort_by(by_title);
            BehaviourGap { reason, rules }
        })
        .collect();
    // By reason already; the largest first.
    out.blind
        .sort_by_key(|gap| std::cmp::Reverse(gap.rules.len()));
    out.uncovered = deeds
        .uncovered
        .iter()
        .map(|(name, records)| UncoveredRecords {
            name: name.clone(),
            records: *records,
        })
        .collect();
    out.uncovered
        .sort_by(|a, b| (b.records, &a.name).cmp(&(a.records, &b.name)));
    out.uncovered.truncate(MOST_UNCOVERED);
    out.days = days
        .into_iter()
        .map(|(day, by_level)| BehaviourDay { day, by_level })
        .collect();
    out
}

/// Matches by day and level.
type Days = BTreeMap<String, [u64; 5]>;

fn count_day(days: &mut Days, time: Timestamp, level: RuleLevel, count: u64) {
    let day: String = time.to_string().chars().take(10).collect();
    if let Some(known) = days.entry(day).or_default().get_mut(level.index()) {
        *known += count;
    }
}

/// The same with the records that may be cited.
type WithPlaces<'a> = BTreeMap<Option<String>, (BehaviourOnAsset, Vec<&'a Place>)>;

/// What rules matched on each machine.
type OnAssets = BTreeMap<Option<String>, BehaviourOnAsset>;

fn on_asset(all: &mut OnAssets, asset: Option<String>) -> &mut BehaviourOnAsset {
    all.entry(asset.clone()).or_insert(BehaviourOnAsset {
        asset,
        count: 0,
        count_without_time: 0,
        first: None,
        last: None,
        examples: Vec::new(),
    })
}

fn by_rule(
    deeds: &Deeds,
    rules: &Rules,
    machines: &Machines,
    most: usize,
) -> (BTreeMap<u32, OnAssets>, Days) {
    let mut out: BTreeMap<u32, WithPlaces<'_>> = BTreeMap::new();
    let mut days = Days::new();
    for ((number, party), fired) in &deeds.fired {
        let level = rules
            .set()
            .rules()
            .get(*number as usize)
            .map_or_else(RuleLevel::default, |rule| level_of(rule.level));
        let of_rule = out.entry(*number).or_default();
        let asset =
            |hour: Option<i64>| party.as_ref().and_then(|party| machines.asset(party, hour));
        let mut on = |hour: Option<i64>| {
            let asset = asset(hour);
            of_rule.entry(asset.clone()).or_insert_with(|| {
                let on = BehaviourOnAsset {
                    asset,
                    count: 0,
                    count_without_time: 0,
                    first: None,
                    last: None,
                    examples: Vec::new(),
                };
                (on, Vec::new())
            });
        };
        for hour in fired.hours.keys() {
            on(Some(*hour));
        }
        if fired.without_time > 0 {
            on(None);
        }
        for (hour, in_hour) in &fired.hours {
            count_day(&mut days, in_hour.first, level, in_hour.count);
            if let Some((on, _)) = of_rule.get_mut(&asset(Some(*hour))) {
                on.count += in_hour.count;
                on.first = on.first.into_iter().chain([in_hour.first]).min();
                on.last = on.last.max(Some(in_hour.last));
            }
        }
        if let Some((on, _)) = of_rule.get_mut(&asset(None)) {
            on.count += fired.without_time;
            on.count_without_time += fired.without_time;
        }
        for place in &fired.examples {
            let hour = place.cited.time.map(|time| Hour::of(time).0);
            if let Some((_, places)) = of_rule.get_mut(&asset(hour)) {
                places.push(place);
            }
        }
    }
    let out = out
        .into_iter()
        .map(|(number, assets)| {
            let assets = assets
                .into_iter()
                .map(|(asset, (mut on, mut places))| {
                    places.sort_by(|a, b| a.order().cmp(&b.order()));
                    places.truncate(most);
                    on.examples = places.into_iter().map(example).collect();
                    (asset, on)
                })
                .collect();
            (number, assets)
        })
        .collect();
    (out, days)
}

fn example(place: &Place) -> BehaviourExample {
    BehaviourExample {
        place: place.cited.clone(),
        user: place.user.clone(),
    }
}

fn by_correlation(
    deeds: &Deeds,
    rules: &Rules,
    machines: &Machines,
    most: usize,
    days: &mut Days,
) -> BTreeMap<u32, OnAssets> {
    let mut out: BTreeMap<u32, OnAssets> = BTreeMap::new();
    for found in deeds.correlated.conclude(rules.set()) {
        let Some(correlation) = rules.set().correlations().get(found.correlation as usize) else {
            continue;
        };
        if !correlation.tells || !rules.tells(correlation.level) {
            continue;
        }
        let time = |ms: i64| Timestamp::from_millisecond(ms).ok();
        let (first, last) = (time(found.first_ms), time(found.last_ms));
        if let Some(first) = first {
            count_day(days, first, level_of(correlation.level), 1);
        }
        let place = found.places.iter().find_map(|at| deeds.places.get(at));
        let hour = first.map(|first| Hour::of(first).0);
        let asset = place
            .and_then(|place| place.party.as_ref())
            .and_then(|party| machines.asset(party, hour));
        let on = on_asset(out.entry(found.correlation).or_default(), asset);
        on.count += 1;
        on.first = on.first.into_iter().chain(first).min();
        on.last = on.last.max(last);
        if let Some(place) = place.filter(|_| on.examples.len() < most) {
            let mut one = example(place);
            let shared: Vec<String> = correlation
                .group_by
                .iter()
                .zip(&found.group)
                .map(|(name, value)| format!("{name}: {value}"))
                .chain([format!("count: {}", found.count)])
                .collect();
            one.place.excerpt = shared.join(" | ").chars().take(400).collect();
            on.examples.push(one);
        }
    }
    out
}

fn observed(rule: DetectionRule, correlation: bool, on: OnAssets) -> ObservedBehaviour {
    // Those that no record names come last.
    let (named, unnamed): (Vec<_>, Vec<_>) = on.into_values().partition(|one| one.asset.is_some());
    let assets: Vec<BehaviourOnAsset> = named.into_iter().chain(unnamed).collect();
    ObservedBehaviour {
        rule,
        correlation,
        count: assets.iter().map(|one| one.count).sum(),
        first: assets.iter().filter_map(|one| one.first).min(),
        last: assets.iter().filter_map(|one| one.last).max(),
        assets,
    }
}

fn id_of(id: &str, file: &str, line: u32) -> String {
    if id.is_empty() {
        format!("{file}:{line}")
    } else {
        id.to_owned()
    }
}

pub(super) fn source(of: &tegakari_sigma::LogSource) -> LogSource {
    LogSource {
        product: of.product.clone(),
        category: of.category.clone(),
        service: of.service.clone(),
    }
}

pub(crate) fn about(rule: &Rule, rules: &Rules) -> DetectionRule {
    DetectionRule {
        id: id_of(&rule.id, &rule.file, rule.line),
        title: rule.title.clone(),
        level: level_of(rule.level),
        author: rule.author.clone(),
        licence: rules.licence(&rule.license, &rule.file),
        techniques: rule.techniques.clone(),
        log_source: source(&rule.log_source),
        false_positives: rule.falsepositives.clone(),
        file: rule.file.clone(),
        line: rule.line,
    }
}

/// A correlation is for the records that the first of its rules is for.
pub(super) fn about_correlation(one: &Correlation, rules: &Rules) -> DetectionRule {
    let first = one.of.iter().find_map(|part| match part {
        Part::Rule(at) => rules.set().rules().get(*at as usize),
        Part::Correlation(_) => None,
    });
    DetectionRule {
        id: id_of(&one.id, &one.file, one.line),
        title: one.title.clone(),
        level: level_of(one.level),
        author: one.author.clone(),
        licence: rules.licence(&one.license, &one.file),
        techniques: one.techniques.clone(),
        log_source: first
            .map(|rule| source(&rule.log_source))
            .unwrap_or_default(),
        false_positives: one.falsepositives.clone(),
        file: one.file.clone(),
        line: one.line,
    }
}

/// What each rule could have looked at.
struct States {
    /// Fields that were there in records that a rule is for, by rule.
    seen: BTreeMap<u32, BTreeSet<String>>,
    sources: Vec<LogSourceSeen>,
}

impl States {
    fn of(deeds: &Deeds, rules: &Rules) -> Self {
        let of_label = |(product, category, service): &Label| {
            let some = |text: &'_ String| (!text.is_empty()).then(|| text.clone());
            LogSource {
                product: some(product),
                category: some(category),
                service: some(service),
            }
        };
        let asked = |one: &LogSource| -> SourceRules {
            rules.set().source(
                one.product.as_deref(),
                one.category.as_deref(),
                one.service.as_deref(),
            )
        };
        let mut seen: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
        let mut records: BTreeMap<LogSource, u64> = BTreeMap::new();
        for (labels, looked) in &deeds.looked {
            let mut of_record = BTreeSet::new();
            for label in labels {
                let one = of_label(label);
                of_record.extend(asked(&one).rules().iter().copied());
                *records.entry(one).or_default() += looked.records;
            }
            for rule in of_record {
                seen.entry(rule)
                    .or_default()
                    .extend(looked.fields.iter().cloned());
            }
        }
        let sources = records
            .into_iter()
            .map(|(log_source, records)| LogSourceSeen {
                rules: asked(&log_source).rules().len() as u64,
                log_source,
                records,
            })
            .collect();
        Self { seen, sources }
    }

    /// Why a rule could not have fired, if it could not: there was no record for it, or in none of them a field that it
    /// cannot do without, or none of all that it asks for.
    fn blind(&self, number: u32, rule: &Rule, rules: &Rules) -> Option<BlindReason> {
        let log_source = source(&rule.log_source);
        let Some(seen) = self.seen.get(&number) else {
            return Some(BlindReason::NoLogSource { log_source });
        };
        // The records of a service are of many kinds: that a field was never there may mean that nothing happened. Those
        // of a category are all of one.
        log_source.category.as_ref()?;
        let lacks = |name: &String| !seen.contains(name);
        let mut fields: Vec<String> = rules.set().required(number);
        fields.retain(lacks);
        if fields.is_empty() && !rule.fields.is_empty() && rule.fields.iter().all(lacks) {
            fields.clone_from(&rule.fields);
        }
        (!fields.is_empty()).then_some(BlindReason::NoField { log_source, fields })
    }

    /// The same for a correlation: one that needs all its rules cannot do without any of them.
    fn blind_correlation(
        &self,
        one: &Correlation,
        rules: &Rules,
        depth: usize,
    ) -> Option<BlindReason> {
        let reasons: Vec<Option<BlindReason>> = one
            .of
            .iter()
            .map(|part| match part {
                Part::Rule(at) => rules
                    .set()
                    .rules()
                    .get(*at as usize)
                    .and_then(|rule| self.blind(*at, rule, rules)),
                Part::Correlation(at) if depth < 8 => rules
                    .set()
                    .correlations()
                    .get(*at as usize)
                    .and_then(|inner| self.blind_correlation(inner, rules, depth + 1)),
                Part::Correlation(_) => None,
            })
            .collect();
        let needs_all = matches!(
            one.kind,
            CorrelationKind::Temporal | CorrelationKind::TemporalOrdered
        );
        if needs_all || reasons.iter().all(Option::is_some) {
            reasons.into_iter().flatten().next()
        } else {
            None
        }
    }
}

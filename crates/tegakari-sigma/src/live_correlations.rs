//! Correlations while records come in: what matched is held as long as it may still matter, and each group within a span of
//! time is told once, as soon as it is what the correlation asks for.
//!
//! The same spans as in [`CorrelationState::conclude`](crate::CorrelationState::conclude), but for their ends: what comes in a
//! span that was told is part of it and changes nothing. Records may come late: nothing is forgotten before its time and
//! [`LATE_MS`] are over, by the latest record of its group and by the clock, so that a record with a time in the future lets
//! nothing be forgotten. Whatever was changed since the last asking is a list of [`Change`]s; who keeps them in order and
//! gives them back has the same state again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::correlation::{Condition, Correlation, CorrelationKind, Part};
use crate::correlation_state::{CorrelationMatch, Occurrence, handed_on};
use crate::rule_set::RuleSet;
use crate::spans::{Item, Span, spans};

/// How late a record may come and still count with all that was at its time.
const LATE_MS: i64 = 5 * 60 * 1000;
/// How long nothing has come for a group before its span is taken to be over, where only the end tells.
const QUIET_MS: i64 = 30 * 1000;
/// Room for what is held, of all correlations together, in bytes as they are counted here.
const MOST_BYTES: usize = 48 << 20;
/// What a match costs beside its texts: what the caller tells of its record above all.
const EACH: usize = 1200;
/// What it costs to know of a record that it was told.
const SPENT: usize = 64;
/// Records that a match names: the first ones, and the last.
const MOST_RECORDS: usize = 20;
/// Correlations that stand on each other.
const MOST_DEEP: usize = 16;

/// Something that changed what is held. `R` is what the caller tells of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Change<R> {
    /// A match came.
    Came(Came<R>),
    /// A span was told.
    Told(Told),
}

/// A match that came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Came<R> {
    correlation: u32,
    group: Vec<String>,
    item: Item,
    records: Vec<(u64, R)>,
}

/// A span that was told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    correlation: u32,
    group: Vec<String>,
    span: ToldSpan,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ToldSpan {
    from_ms: i64,
    until_ms: i64,
    /// What is spent, by time and record, where not all within it is: of rules in their order.
    only: Option<BTreeSet<(i64, u64)>>,
}

/// A group within a span of time that is what a correlation asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveMatch<R> {
    /// The correlation: an index into [`RuleSet::correlations`].
    pub correlation: u32,
    /// When the first of its matches was, in milliseconds since 1970 in UTC.
    pub first_ms: i64,
    /// When the one was with which it became what is asked for.
    pub last_ms: i64,
    /// The values that they share, in the order of `group_by`.
    pub group: Vec<String>,
    /// The number that was counted, then: matches, values or rules.
    pub count: u64,
    /// The records in the order of time: the first ones and the last.
    pub records: Vec<R>,
}

#[derive(Debug, Clone)]
struct Group<R> {
    /// In order.
    items: Vec<Item>,
    records: BTreeMap<u64, R>,
    /// Times of which everything was told; they do not overlap.
    told: Vec<(i64, i64)>,
    /// What was told besides, by time and record.
    spent: BTreeSet<(i64, u64)>,
    latest_ms: i64,
    /// When something last came for it, by the clock.
    touched_ms: i64,
    bytes: usize,
}

impl<R> Default for Group<R> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            records: BTreeMap::new(),
            told: Vec::new(),
            spent: BTreeSet::new(),
            latest_ms: i64::MIN,
            touched_ms: i64::MIN,
            bytes: 0,
        }
    }
}

type Key = (u32, Vec<String>);

/// Matches that correlations are about, while more of them come.
#[derive(Debug, Clone)]
pub struct LiveCorrelations<R> {
    groups: BTreeMap<Key, Group<R>>,
    /// Groups to look at.
    fresh: BTreeSet<Key>,
    changes: Vec<Change<R>>,
    bytes: usize,
    dropped: u64,
}

impl<R> Default for LiveCorrelations<R> {
    fn default() -> Self {
        Self {
            groups: BTreeMap::new(),
            fresh: BTreeSet::new(),
            changes: Vec::new(),
            bytes: 0,
            dropped: 0,
        }
    }
}

impl<R: Clone> LiveCorrelations<R> {
    /// Takes a match. One that is held already, or is part of what was told, changes nothing: so records may come again.
    pub fn add(&mut self, rules: &RuleSet, one: Occurrence, record: R, now_ms: i64) {
        let came = Came {
            correlation: one.correlation,
            group: one.group,
            item: Item {
                first_ms: one.time_ms,
                last_ms: one.time_ms,
                record: Some((one.spot.stream, one.spot.number)),
                part: one.part,
                value: one.value,
                places: vec![one.spot.place],
            },
            records: vec![(one.spot.place, record)],
        };
        self.take(rules, came, now_ms);
    }

    fn take(&mut self, rules: &RuleSet, came: Came<R>, now_ms: i64) {
        if self.hold(rules, &came, now_ms) {
            self.fresh.insert((came.correlation, came.group.clone()));
            self.changes.push(Change::Came(came));
            self.bound();
        }
    }

    /// Holds a match, if it is new.
    fn hold(&mut self, rules: &RuleSet, came: &Came<R>, now_ms: i64) -> bool {
        let Some(one) = rules.correlations().get(came.correlation as usize) else {
            return false;
        };
        let key = (came.correlation, came.group.clone());
        let group = self.groups.entry(key).or_default();
        group.touched_ms = group.touched_ms.max(now_ms);
        let at = came.item.last_ms;
        let told = group
            .told
            .iter()
            .any(|(from, until)| (*from..=*until).contains(&at))
            || is_spent(&came.item, &group.spent);
        let Err(place) = group.items.binary_search(&came.item) else {
            return false;
        };
        if told {
            return false;
        }
        group.latest_ms = group.latest_ms.max(at);
        let bytes = cost(&came.group, &came.item);
        group.bytes += bytes;
        self.bytes += bytes;
        group.items.insert(place, came.item.clone());
        group.records.extend(came.records.iter().cloned());
        let before = group.bytes;
        group.forget(&came.group, one, now_ms);
        self.bytes -= before - group.bytes;
        true
    }

    /// What has become what is asked for, sorted; each is given once. `ended` says that nothing more comes.
    pub fn conclude(&mut self, rules: &RuleSet, now_ms: i64, ended: bool) -> Vec<LiveMatch<R>> {
        if ended {
            self.fresh.extend(self.groups.keys().cloned());
        }
        let mut out = Vec::new();
        // What becomes a match may be part of another one.
        for _ in 0..MOST_DEEP {
            let mut found = Vec::new();
            for key in std::mem::take(&mut self.fresh) {
                self.look(rules, &key, now_ms, ended, &mut found);
            }
            if found.is_empty() {
                break;
            }
            for (one, records) in found {
                self.hand_on(rules, &one, &records, now_ms);
                out.push(LiveMatch {
                    correlation: one.correlation,
                    first_ms: one.first_ms,
                    last_ms: one.last_ms,
                    group: one.group,
                    count: one.count,
                    records: records.into_iter().map(|(_, record)| record).collect(),
                });
            }
        }
        out.sort_by(|a, b| {
            (a.correlation, a.first_ms, &a.group).cmp(&(b.correlation, b.first_ms, &b.group))
        });
        out
    }

    /// Lets go what is too old to matter, and looks at what only its end tells. To be called now and then.
    pub fn pass(&mut self, rules: &RuleSet, now_ms: i64) {
        let mut gone = Vec::new();
        for (key, group) in &mut self.groups {
            let Some(one) = rules.correlations().get(key.0 as usize) else {
                continue;
            };
            let before = group.bytes;
            group.forget(&key.1, one, now_ms);
            self.bytes -= before - group.bytes;
            let idle = now_ms.saturating_sub(one.timespan_ms.saturating_add(LATE_MS));
            let is_idle = group.touched_ms < idle && group.latest_ms < idle;
            if is_idle && is_monotone(one) || group.is_empty() {
                gone.push(key.clone());
            } else if !is_monotone(one) {
                self.fresh.insert(key.clone());
            }
        }
        for key in gone {
            self.drop_group(&key);
        }
    }

    fn drop_group(&mut self, key: &Key) -> u64 {
        let Some(group) = self.groups.remove(key) else {
            return 0;
        };
        self.bytes -= group.bytes;
        self.fresh.remove(key);
        group.items.len() as u64
    }

    /// Groups that nothing came for longest give way; a group that is too much alone loses its oldest matches.
    fn bound(&mut self) {
        if self.bytes <= MOST_BYTES {
            return;
        }
        let goal = MOST_BYTES / 10 * 9;
        let mut order: Vec<(i64, Key)> = self
            .groups
            .iter()
            .map(|(key, group)| (group.touched_ms, key.clone()))
            .collect();
        order.sort();
        order.pop();
        for (_, key) in order {
            if self.bytes <= goal {
                return;
            }
            self.dropped += self.drop_group(&key);
        }
        for (key, group) in &mut self.groups {
            let half = group.items.len() / 2;
            for item in group.items.drain(..half) {
                let bytes = cost(&key.1, &item);
                group.bytes = group.bytes.saturating_sub(bytes);
                self.bytes = self.bytes.saturating_sub(bytes);
                self.dropped += 1;
            }
            while group.spent.pop_first().is_some() && group.bytes > goal {
                group.bytes = group.bytes.saturating_sub(SPENT);
                self.bytes = self.bytes.saturating_sub(SPENT);
            }
            group.forget_records();
        }
    }

    fn look(
        &mut self,
        rules: &RuleSet,
        key: &Key,
        now_ms: i64,
        ended: bool,
        found: &mut Vec<(CorrelationMatch, Vec<(u64, R)>)>,
    ) {
        let (Some(one), Some(group)) = (
            rules.correlations().get(key.0 as usize),
            self.groups.get_mut(key),
        ) else {
            return;
        };
        let monotone = is_monotone(one);
        // More rules, values or records than there are cannot be.
        if monotone && !one.holds(group.items.len() as u64) && !needs_parts(one) {
            return;
        }
        let over = if ended {
            i64::MAX
        } else {
            group.over(one, now_ms)
        };
        let mut told = Vec::new();
        while let Some(span) = spans(one, &group.items).into_iter().next() {
            let start = group.items.get(span.from).map_or(0, |item| item.last_ms);
            if !monotone && start.saturating_add(one.timespan_ms) >= over {
                break;
            }
            let span = if monotone {
                shortest(one, &group.items, span)
            } else {
                span
            };
            let (matched, records) = group.matched(key, &span);
            let only = (one.kind == CorrelationKind::TemporalOrdered).then(|| {
                let spent = group.items.get(..span.to).unwrap_or_default();
                let of = |item: &Item| {
                    let at = item.last_ms;
                    item.places
                        .clone()
                        .into_iter()
                        .map(move |place| (at, place))
                };
                spent.iter().flat_map(of).collect()
            });
            let one_told = ToldSpan {
                from_ms: start,
                until_ms: match only {
                    None => start.saturating_add(one.timespan_ms),
                    Some(_) => span.last_ms,
                },
                only,
            };
            let before = group.bytes;
            group.spend(&key.1, &one_told);
            self.bytes = self.bytes + group.bytes - before;
            told.push(one_told);
            found.push((matched, records));
        }
        if !monotone {
            // Such as were no beginning of anything until their time was over.
            let (before, limit) = (group.bytes, over.saturating_sub(one.timespan_ms));
            group.drop_items(&key.1, |item| item.last_ms < limit);
            self.bytes -= before - group.bytes;
        }
        self.changes.extend(told.into_iter().map(|span| {
            Change::Told(Told {
                correlation: key.0,
                group: key.1.clone(),
                span,
            })
        }));
    }

    fn hand_on(
        &mut self,
        rules: &RuleSet,
        found: &CorrelationMatch,
        records: &[(u64, R)],
        now_ms: i64,
    ) {
        let all = rules.correlations();
        let Some(one) = all.get(found.correlation as usize) else {
            return;
        };
        for (number, above) in (0u32..).zip(all).skip(found.correlation as usize + 1) {
            for (group, item) in handed_on(one, found.correlation, found, above) {
                let came = Came {
                    correlation: number,
                    group,
                    item,
                    records: records.to_vec(),
                };
                self.take(rules, came, now_ms);
            }
        }
    }

    /// What was changed since the last time, in order.
    pub fn changes(&mut self) -> Vec<Change<R>> {
        std::mem::take(&mut self.changes)
    }

    /// All that is held, as changes from nothing.
    pub fn all(&self) -> Vec<Change<R>> {
        let mut out = Vec::new();
        for ((correlation, group), held) in &self.groups {
            let told = |(from_ms, until_ms), only| {
                Change::Told(Told {
                    correlation: *correlation,
                    group: group.clone(),
                    span: ToldSpan {
                        from_ms,
                        until_ms,
                        only,
                    },
                })
            };
            out.extend(held.told.iter().map(|span| told(*span, None)));
            if let (Some(first), Some(last)) = (held.spent.first(), held.spent.last()) {
                out.push(told((first.0, last.0), Some(held.spent.clone())));
            }
            out.extend(held.items.iter().map(|item| {
                let of = |place: &u64| Some((*place, held.records.get(place)?.clone()));
                Change::Came(Came {
                    correlation: *correlation,
                    group: group.clone(),
                    item: item.clone(),
                    records: item.places.iter().filter_map(of).collect(),
                })
            }));
        }
        out
    }

    /// Makes a change that was kept. `number` gives the correlation that is now meant by the one of that number then, if any is.
    pub fn restore(
        &mut self,
        rules: &RuleSet,
        change: Change<R>,
        number: impl Fn(u32) -> Option<u32>,
        now_ms: i64,
    ) {
        match change {
            Change::Came(mut came) => {
                let Some(now) = number(came.correlation) else {
                    return;
                };
                came.correlation = now;
                // What was held may become what is asked for with the next one alone; before, it was looked at.
                self.hold(rules, &came, now_ms);
                self.bound();
            }
            Change::Told(told) => {
                let Some(now) = number(told.correlation) else {
                    return;
                };
                let key = (now, told.group);
                let group = self.groups.entry(key.clone()).or_default();
                group.touched_ms = group.touched_ms.max(now_ms);
                group.latest_ms = group.latest_ms.max(told.span.until_ms.min(now_ms));
                let before = group.bytes;
                group.spend(&key.1, &told.span);
                self.bytes = self.bytes + group.bytes - before;
            }
        }
    }

    /// The same for other rules: what is held for a correlation that is there no more, or says something else now, is let go.
    #[must_use]
    pub fn for_rules(&self, before: &RuleSet, after: &RuleSet, now_ms: i64) -> Self {
        let (was, is) = (keys(before), keys(after));
        let mut next = Self {
            dropped: self.dropped,
            ..Self::default()
        };
        for change in self.all() {
            next.restore(after, change, |n| renumbered(&was, &is, n), now_ms);
        }
        next
    }

    /// Matches that were let go because they were too many.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Whether nothing is held, nor known of what was told.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Matches that are held.
    pub fn held(&self) -> usize {
        self.groups.values().map(|group| group.items.len()).sum()
    }
}

impl<R: Clone> Group<R> {
    /// Forgets what no record that may still come can be together with.
    fn forget(&mut self, group: &[String], one: &Correlation, now_ms: i64) {
        let horizon = self.latest_ms.min(now_ms);
        let limit = horizon
            .saturating_sub(one.timespan_ms)
            .saturating_sub(LATE_MS);
        self.told.retain(|(_, until)| *until >= limit);
        while self.spent.first().is_some_and(|(at, _)| *at < limit) {
            self.spent.pop_first();
            self.bytes = self.bytes.saturating_sub(SPENT);
        }
        // What only its end tells is dealt with when it is over.
        if is_monotone(one) && self.items.first().is_some_and(|item| item.last_ms < limit) {
            self.drop_items(group, |item| item.last_ms < limit);
        }
    }

    fn is_empty(&self) -> bool {
        self.items.is_empty() && self.told.is_empty() && self.spent.is_empty()
    }

    fn forget_records(&mut self) {
        let used: BTreeSet<u64> = self
            .items
            .iter()
            .flat_map(|item| item.places.iter().copied())
            .collect();
        self.records.retain(|place, _| used.contains(place));
    }

    fn drop_items(&mut self, group: &[String], gone: impl Fn(&Item) -> bool) {
        let mut freed = 0;
        self.items.retain(|item| {
            let gone = gone(item);
            if gone {
                freed += cost(group, item);
            }
            !gone
        });
        if freed > 0 {
            self.bytes = self.bytes.saturating_sub(freed);
            self.forget_records();
        }
    }

    /// Lets go what is part of a span that was told, and knows from now on that it was.
    fn spend(&mut self, group: &[String], told: &ToldSpan) {
        let (mut from, mut until) = (told.from_ms, told.until_ms);
        let Some(only) = &told.only else {
            self.drop_items(group, |item| (from..=until).contains(&item.last_ms));
            self.told.retain(|(first, last)| {
                let apart = *last < from || until < *first;
                if !apart {
                    from = from.min(*first);
                    until = until.max(*last);
                }
                apart
            });
            self.told.push((from, until));
            return;
        };
        self.drop_items(group, |item| is_spent(item, only));
        let before = self.spent.len();
        self.spent.extend(only);
        self.bytes += (self.spent.len() - before) * SPENT;
    }

    /// Up to when nothing more is waited for.
    fn over(&self, one: &Correlation, now_ms: i64) -> i64 {
        let quiet = now_ms.saturating_sub(self.touched_ms) > QUIET_MS;
        let by_clock = now_ms.saturating_sub(QUIET_MS);
        let latest = self.latest_ms.min(now_ms);
        if quiet && by_clock > latest {
            by_clock
        } else {
            // A little late is still in time, though never more than the span itself is long.
            latest.saturating_sub(one.timespan_ms.min(QUIET_MS))
        }
    }

    fn matched(&self, key: &Key, span: &Span) -> (CorrelationMatch, Vec<(u64, R)>) {
        let within = self.items.get(span.from..span.to).unwrap_or_default();
        let chosen = within.iter().enumerate().filter(|(i, _)| span.chosen(*i));
        let mut places: Vec<u64> = chosen
            .flat_map(|(_, item)| item.places.iter().copied())
            .collect();
        if places.len() > MOST_RECORDS {
            let last = places.last().copied();
            places.truncate(MOST_RECORDS - 1);
            places.extend(last);
        }
        let records = places
            .iter()
            .filter_map(|place| Some((*place, self.records.get(place)?.clone())))
            .collect();
        let matched = CorrelationMatch {
            correlation: key.0,
            first_ms: span.first_ms,
            last_ms: span.last_ms,
            group: key.1.clone(),
            count: span.count,
            places,
        };
        (matched, records)
    }
}

fn is_spent(item: &Item, spent: &BTreeSet<(i64, u64)>) -> bool {
    item.places
        .iter()
        .any(|place| spent.contains(&(item.last_ms, *place)))
}

/// Whether it is about different rules, and not about a number.
fn needs_parts(one: &Correlation) -> bool {
    matches!(
        one.kind,
        CorrelationKind::Temporal | CorrelationKind::TemporalOrdered
    )
}

fn cost(group: &[String], item: &Item) -> usize {
    let texts: usize = group.iter().chain(&item.value).map(String::len).sum();
    EACH * item.places.len().max(1) + texts
}

/// Whether what holds of some matches holds of more of them too, so that it can be told before its time is over.
fn is_monotone(one: &Correlation) -> bool {
    let Condition {
        lt, lte, eq, neq, ..
    } = one.condition;
    lt.is_none() && lte.is_none() && eq.is_none() && neq.is_none()
}

/// The same span up to where it first is what is asked for.
fn shortest(one: &Correlation, items: &[Item], span: Span) -> Span {
    if one.kind == CorrelationKind::TemporalOrdered {
        return span;
    }
    let within = items.get(span.from..span.to).unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (index, item) in within.iter().enumerate() {
        let count = match one.kind {
            CorrelationKind::EventCount => index as u64 + 1,
            CorrelationKind::ValueCount => {
                seen.insert((0, item.value.as_deref()));
                seen.len() as u64
            }
            _ => {
                seen.insert((item.part, None));
                seen.len() as u64
            }
        };
        if one.holds(count) {
            return Span::whole(items, span.from, span.from + index + 1, count);
        }
    }
    span
}

/// What tells correlations apart, whatever their numbers: what they say.
fn keys(rules: &RuleSet) -> Vec<String> {
    rules
        .correlations()
        .iter()
        .map(|one| key(one, rules))
        .collect()
}

fn key(one: &Correlation, rules: &RuleSet) -> String {
    let name = |id: &str, title: &str, file: &str, line: u32| {
        if id.is_empty() {
            format!("{file}:{line}:{title}")
        } else {
            id.to_owned()
        }
    };
    let parts: Vec<String> = one
        .of
        .iter()
        .map(|part| match part {
            Part::Rule(at) => rules
                .rules()
                .get(*at as usize)
                .map_or_else(String::new, |r| name(&r.id, &r.title, &r.file, r.line)),
            Part::Correlation(at) => rules
                .correlations()
                .get(*at as usize)
                .map_or_else(String::new, |r| name(&r.id, &r.title, &r.file, r.line)),
        })
        .collect();
    format!(
        "{} {:?} {parts:?} {:?} {} {:?} {:?} {:?}",
        name(&one.id, &one.title, &one.file, one.line),
        one.kind,
        one.group_by,
        one.timespan_ms,
        one.condition,
        one.counted,
        one.aliases,
    )
}

fn renumbered(was: &[String], is: &[String], number: u32) -> Option<u32> {
    let key = was.get(number as usize)?;
    let at = is.iter().position(|known| known == key)?;
    u32::try_from(at).ok()
}

impl RuleSet {
    /// What tells its correlations apart from others, in their order: what they say. For those that keep [`Change`]s.
    pub fn correlation_keys(&self) -> Vec<String> {
        keys(self)
    }
}

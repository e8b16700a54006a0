//! Spans of time in which what happened to one group is what a correlation asks for.
//!
//! A span begins with a match and is at most as long as the correlation says. Spans of one group do not overlap, so that
//! one burst is told once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::correlation::{Correlation, CorrelationKind};

/// A match of one of a correlation's parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Item {
    /// When it was over, by which it is put in order.
    pub(crate) last_ms: i64,
    pub(crate) first_ms: i64,
    /// In which stream, and which record of it, if it is one: what is of the same moment there is in order all the same.
    pub(crate) record: Option<(u64, u64)>,
    pub(crate) part: u32,
    pub(crate) value: Option<String>,
    pub(crate) places: Vec<u64>,
}

impl Item {
    /// Whether it may have been behind another one. What happened at the same moment in two streams may have been either way.
    fn may_follow(&self, before: &Self) -> bool {
        let backwards = match (self.record, before.record) {
            (Some((stream, number)), Some((other, earlier))) => stream == other && number < earlier,
            _ => false,
        };
        self.last_ms > before.last_ms || self.last_ms == before.last_ms && !backwards
    }
}

/// A span: a range of the items, and the number that was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) count: u64,
    pub(crate) first_ms: i64,
    pub(crate) last_ms: i64,
    /// The items that make it, counted from `from`, when not all in the range do.
    only: Option<Vec<usize>>,
}

impl Span {
    /// A span of which every item in the range is a part.
    pub(crate) fn whole(items: &[Item], from: usize, to: usize, count: u64) -> Self {
        span(items, from, to, count, None)
    }

    /// Whether the item at this place of the range is one that makes it.
    pub(crate) fn chosen(&self, at: usize) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| only.binary_search(&at).is_ok())
    }
}

/// The spans of one group, whose items are in the order of time.
pub(crate) fn spans(one: &Correlation, items: &[Item]) -> Vec<Span> {
    match one.kind {
        CorrelationKind::TemporalOrdered => ordered(one, items),
        _ => counted(one, items),
    }
}

fn end_of(one: &Correlation, items: &[Item], from: usize) -> usize {
    let start = items.get(from).map_or(0, |i| i.last_ms);
    let limit = start.saturating_add(one.timespan_ms);
    items.partition_point(|item| item.last_ms <= limit)
}

fn span(items: &[Item], from: usize, to: usize, count: u64, only: Option<Vec<usize>>) -> Span {
    let within = items.get(from..to).unwrap_or(&[]);
    let times = || {
        within
            .iter()
            .enumerate()
            .filter(|(i, _)| only.as_ref().is_none_or(|only| only.contains(i)))
            .map(|(_, item)| item)
    };
    Span {
        from,
        to,
        count,
        first_ms: times().map(|i| i.first_ms).min().unwrap_or(0),
        last_ms: times().map(|i| i.last_ms).max().unwrap_or(0),
        only,
    }
}

/// Spans in which the number of matches, of values or of rules is as asked.
fn counted(one: &Correlation, items: &[Item]) -> Vec<Span> {
    let mut out = Vec::new();
    // How often each value, or each part, is between `from` and `to`.
    let mut seen: BTreeMap<(u32, Option<&str>), usize> = BTreeMap::new();
    let borrowed = |at: usize| {
        items.get(at).map(|item| match one.kind {
            CorrelationKind::ValueCount => (0, item.value.as_deref()),
            _ => (item.part, None),
        })
    };
    let (mut from, mut to) = (0, 0);
    while from < items.len() {
        let end = end_of(one, items, from);
        while to < end {
            if let Some(key) = borrowed(to) {
                *seen.entry(key).or_insert(0) += 1;
            }
            to += 1;
        }
        let count = match one.kind {
            CorrelationKind::EventCount => (to - from) as u64,
            _ => seen.len() as u64,
        };
        let next = if one.holds(count) {
            out.push(span(items, from, to, count, None));
            to
        } else {
            from + 1
        };
        for at in from..next {
            if let Some(key) = borrowed(at)
                && let Some(times) = seen.get_mut(&key)
            {
                *times -= 1;
                if *times == 0 {
                    seen.remove(&key);
                }
            }
        }
        from = next;
    }
    out
}

/// Spans in which the parts follow one another in their order.
fn ordered(one: &Correlation, items: &[Item]) -> Vec<Span> {
    let mut of_part: Vec<Vec<usize>> = vec![Vec::new(); one.of.len()];
    for (at, item) in items.iter().enumerate() {
        if let Some(list) = of_part.get_mut(item.part as usize) {
            list.push(at);
        }
    }
    let mut out: Vec<Span> = Vec::new();
    let mut free = 0;
    for start in of_part.first().cloned().unwrap_or_default() {
        if start < free {
            continue;
        }
        let end = end_of(one, items, start);
        let mut chain = vec![start];
        for list in of_part.iter().skip(1) {
            let Some(last) = chain.last().and_then(|at| items.get(*at)) else {
                break;
            };
            let earlier = list.partition_point(|at| items[*at].last_ms < last.last_ms);
            let next = list.get(earlier..).and_then(|behind| {
                behind
                    .iter()
                    .find(|at| **at >= free && !chain.contains(at) && items[**at].may_follow(last))
            });
            match next {
                Some(at) if *at < end => chain.push(*at),
                _ => break,
            }
        }
        let count = chain.len() as u64;
        if one.holds(count) {
            let from = chain.iter().copied().min().unwrap_or(start);
            let to = chain.iter().copied().max().unwrap_or(start) + 1;
            let mut only: Vec<usize> = chain.iter().map(|at| at - from).collect();
            only.sort_unstable();
            out.push(span(items, from, to, count, Some(only)));
            free = to;
        }
    }
    out
}

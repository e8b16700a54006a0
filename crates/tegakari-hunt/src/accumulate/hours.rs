//! Records of one source about one party, by hour, and what those of an hour showed.

use std::collections::BTreeMap;

use crate::Kinds;
use crate::outcome::HourSum;

#[derive(Default)]
pub(super) struct CellSum {
    pub(super) active: bool,
    pub(super) subject: bool,
    pub(super) shows: Kinds,
    pub(super) hours: Hours,
    pub(super) without_time: u64,
}

impl CellSum {
    #[inline]
    pub(super) fn add(&mut self, hour: Option<i64>, shows: Kinds) {
        self.shows = self.shows.and(shows);
        match hour {
            Some(hour) => self.hours.add(hour, shows),
            None => self.without_time += 1,
        }
    }
}

/// Records by hour.
#[derive(Default)]
pub(super) struct Hours {
    /// The hour of the last record: nearly always that of the next one too.
    current: i64,
    sum: HourSum,
    /// The others, sorted.
    rest: Vec<(i64, HourSum)>,
}

impl Hours {
    #[inline]
    pub(super) fn add(&mut self, hour: i64, shows: Kinds) {
        if self.current != hour {
            self.put_down();
            self.current = hour;
        }
        self.sum.records += 1;
        self.sum.shows = self.sum.shows.and(shows);
    }

    fn put_down(&mut self) {
        let (hour, sum) = (self.current, std::mem::take(&mut self.sum));
        if sum.records == 0 {
            return;
        }
        if self.rest.last().is_none_or(|(last, _)| *last < hour) {
            self.rest.push((hour, sum));
            return;
        }
        match self.rest.binary_search_by_key(&hour, |(h, _)| *h) {
            Ok(at) => self.rest[at].1.add(sum),
            Err(at) => self.rest.insert(at, (hour, sum)),
        }
    }

    pub(super) fn take(&mut self) -> BTreeMap<i64, HourSum> {
        self.put_down();
        self.rest.drain(..).collect()
    }
}

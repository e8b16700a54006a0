//! The time asked about, when nobody said it, and the years of logs that do not write them.

use std::collections::BTreeMap;

use tegakari_model::{Hour, Problem, TimeRange, Timestamp};

use crate::outcome::{Floating, HourSeen, Outcome, Tally, add_counts, add_hours};
use crate::years::later_by;

/// Before computers kept logs that anybody still hunts in (1990-01-01).
const FIRST_HOUR: i64 = 175_320;
/// A few records this far (in hours) from all others are not believed.
const FAR: i64 = 7 * 24;
/// So far that no file of logs goes on behind it: five years.
const ABSURD: i64 = 5 * 8766;

/// The hours from first to last record, without the few that lie absurdly far off. Those are named. `not_after` is when
/// the newest of the files was written: no record in them can be of a later time, however many say so.
pub(crate) fn believable(
    hours: &BTreeMap<i64, u64>,
    not_after: Option<Timestamp>,
    problems: &mut Vec<Problem>,
) -> Option<(i64, i64)> {
    let all: u64 = hours.values().sum();
    let mut rest: Vec<(i64, u64)> = hours.iter().map(|(h, n)| (*h, *n)).collect();
    let mut dropped: Vec<(i64, u64)> = Vec::new();
    if let Some(now) = not_after {
        // Clocks run ahead, by days rather than years. Where most is of the future, or the files are as old as none of
        // ours can be, it is the time of the files that is wrong.
        let newest = Hour::of(now).0 + FAR;
        let sum = |part: &[(i64, u64)]| part.iter().map(|(_, n)| n).sum::<u64>();
        for (limit, always) in [(newest + ABSURD, true), (newest, false)] {
            let written = rest.partition_point(|(hour, _)| *hour <= limit);
            let (past, future) = rest.split_at(written);
            if newest > FIRST_HOUR && written > 0 && (always || sum(future) < sum(past)) {
                dropped.extend(rest.drain(written..));
            }
        }
    }
    loop {
        if rest.len() < 2 {
            break;
        }
        // The largest hole splits the hours in two; the smaller side goes when it is tiny or absurd.
        let gap = |at: usize| rest[at].0 - rest[at - 1].0;
        let Some(at) = (1..rest.len()).max_by_key(|&at| (gap(at), std::cmp::Reverse(at))) else {
            break;
        };
        let sum = |part: &[(i64, u64)]| part.iter().map(|(_, n)| n).sum::<u64>();
        let (early, late) = rest.split_at(at);
        let early_goes = sum(early) < sum(late);
        let (tiny, kept) = if early_goes {
            (early, late)
        } else {
            (late, early)
        };
        let span = kept.last().map_or(0, |l| l.0) - kept.first().map_or(0, |f| f.0);
        let few = sum(tiny) * 100 <= all || sum(tiny) * 10 <= sum(kept) && gap(at) > 365 * 24;
        let absurd = early_goes && early.last().is_some_and(|(h, _)| *h < FIRST_HOUR)
            || gap(at) > ABSURD && tiny.len() <= 2 && sum(tiny) < sum(kept);
        if !(absurd || few && gap(at) > FAR.max(span)) {
            break;
        }
        dropped.extend_from_slice(tiny);
        rest = kept.to_vec();
    }
    dropped.extend(stragglers(&mut rest, all));
    if !dropped.is_empty() {
        dropped.sort_unstable();
        let records: u64 = dropped.iter().map(|(_, n)| n).sum();
        let example = dropped.first().and_then(|(h, _)| Hour(*h).start());
        problems.push(Problem::new(
            "times",
            format!(
                "{records} records lie outside the time that the others cover (such as at {}); they were searched, but do not widen the time asked about",
                example.map_or_else(|| "none".to_owned(), |t| t.to_string())
            ),
            "give --since and --until if they are right",
        ));
    }
    Some((rest.first()?.0, rest.last()?.0))
}

/// Takes hours off both ends that hold less than a hundredth of a usual hour's records, a hundredth of
/// all records at the most: collectors close sessions after they stop, and clocks run a little ahead.
fn stragglers(rest: &mut Vec<(i64, u64)>, all: u64) -> Vec<(i64, u64)> {
    let mut counts: Vec<u64> = rest.iter().map(|(_, n)| *n).collect();
    counts.sort_unstable();
    let usual = counts.get(counts.len() / 2).copied().unwrap_or(0);
    let mut budget = all / 100;
    let mut taken = Vec::new();
    let mut goes = |end: Option<&(i64, u64)>| {
        end.filter(|(_, n)| n * 100 < usual && *n <= budget)
            .copied()
            .inspect(|(_, n)| budget -= n)
    };
    while let Some(hour) = goes(rest.last()) {
        rest.pop();
        taken.push(hour);
    }
    while let Some(hour) = goes(rest.first()) {
        rest.remove(0);
        taken.push(hour);
    }
    taken
}

/// The window in force: as asked, with open ends closed by the hours that have records.
pub(crate) fn closed(asked: TimeRange, hours: Option<(i64, i64)>) -> TimeRange {
    let first = hours.and_then(|(first, _)| Hour(first).start());
    let past = hours.and_then(|(_, last)| Hour(last + 1).start());
    let from = asked
        .from
        .or_else(|| first.filter(|first| asked.until.is_none_or(|until| *first < until)));
    let until = asked
        .until
        .or_else(|| past.filter(|past| from.is_none_or(|from| from < *past)));
    TimeRange { from, until }
}

/// Gives every file without years the year that fits the others best, and adds it to the rest.
pub(crate) fn date_yearless(outcome: &mut Outcome, not_after: Option<Timestamp>) {
    let floating = std::mem::take(&mut outcome.floating);
    let known = believable(&outcome.tally.hours, not_after, &mut Vec::new());
    let mut said: BTreeMap<String, (String, usize)> = BTreeMap::new();
    let mut undated: Vec<(String, u64)> = Vec::new();
    for (file, one) in floating {
        let years = match known {
            Some(range) => Some(fitting(&one, range)),
            None => not_after.and_then(|now| newest(&one, now)),
        };
        let Some(years) = years else {
            let records = one.tally.hours.values().sum();
            outcome
                .tally
                .merge(without_times(one.tally), outcome.examples);
            undated.push((file, records));
            continue;
        };
        let moved = |time: Timestamp| later_by(time, years).unwrap_or(time);
        let (first, last) = (moved(one.first), moved(one.last));
        for input in outcome.inputs.iter_mut().filter(|input| input.file == file) {
            input.first = Some(input.first.map_or(first, |known| known.min(first)));
            input.last = Some(input.last.map_or(last, |known| known.max(last)));
        }
        let year = last.to_string().chars().take(4).collect::<String>();
        said.entry(year).or_insert((file, 0)).1 += 1;
        outcome
            .tally
            .merge(shifted(one.tally, years), outcome.examples);
    }
    for (year, (file, files)) in said {
        let (place, whose) = if files == 1 {
            (file, "its records".to_owned())
        } else {
            (
                format!("{file} and {} more", files - 1),
                "their records".to_owned(),
            )
        };
        let why = if known.is_some() {
            "it brings them nearest to the other logs"
        } else {
            "it is the newest they can be of"
        };
        outcome.problems.push(Problem::new(
            place,
            format!("{whose} have no year; {year} was taken, because {why}"),
            "give --since and --until if that is wrong",
        ));
    }
    for (file, records) in undated {
        outcome.problems.push(
            Problem::new(
                file,
                "its records have no year, and nothing tells which: they count as records without a time",
                "give --since and --until",
            )
            .losing_records(records),
        );
    }
}

/// Years to add so that the file overlaps the known hours most, or else lies nearest to them.
fn fitting(one: &Floating, (from, until): (i64, i64)) -> i16 {
    let score = |years: i16| {
        let (first, last) = (later_by(one.first, years)?, later_by(one.last, years)?);
        let (first, last) = (Hour::of(first).0, Hour::of(last).0);
        let common = (last.min(until) - first.max(from) + 1).max(0);
        let away = (first - until).max(from - last).max(0);
        Some((common, -away, years))
    };
    let middle = (from + until) / 2 / 8766 + 1970 - 2024;
    let middle = i16::try_from(middle).unwrap_or(0);
    let half = i16::try_from((until - from) / 8766 / 2 + 2)
        .unwrap_or(100)
        .min(100);
    (middle - half..=middle + half)
        .filter_map(score)
        .max()
        .map_or(0, |(_, _, years)| years)
}

/// Years to add so that the file ends as late as it can, but not in the future.
fn newest(one: &Floating, now: Timestamp) -> Option<i16> {
    let limit = now.as_second() + 86_400;
    (-60..=100)
        .rev()
        .find(|&years| later_by(one.last, years).is_some_and(|t| t.as_second() <= limit))
}

fn shifted(tally: Tally, years: i16) -> Tally {
    let move_time = |time: Timestamp| later_by(time, years).unwrap_or(time);
    let move_hour = |hour: i64| {
        Hour(hour)
            .start()
            .map_or(hour, |start| Hour::of(move_time(start)).0)
    };
    let move_second = |second: i64| {
        Timestamp::from_second(second).map_or(second, |time| move_time(time).as_second())
    };
    let mut out = Tally {
        names: tally.names,
        proxies: tally.proxies,
        behind: tally.behind,
        to_proxy_ports: tally.to_proxy_ports,
        lossy: tally
            .lossy
            .into_iter()
            .map(|(family, hour)| (family, move_hour(hour)))
            .collect(),
        ..Tally::default()
    };
    let move_counts = |hours: BTreeMap<i64, u64>| {
        let mut moved = BTreeMap::new();
        add_counts(
            &mut moved,
            hours.into_iter().map(|(h, n)| (move_hour(h), n)).collect(),
        );
        moved
    };
    for (key, mut cell) in tally.cells {
        let mut moved = BTreeMap::new();
        for (hour, sum) in cell.hours {
            add_hours(&mut moved, BTreeMap::from([(move_hour(hour), sum)]));
        }
        cell.hours = moved;
        cell.partial = cell.partial.into_iter().map(move_hour).collect();
        out.cells.insert(key, cell);
    }
    for (key, mut seen) in tally.seen {
        seen.hours = seen
            .hours
            .into_iter()
            .map(|(hour, at)| {
                let moved = HourSeen {
                    first: move_time(at.first),
                    last: move_time(at.last),
                    by_source: at.by_source,
                };
                (move_hour(hour), moved)
            })
            .collect();
        seen.moments = seen.moments.into_iter().map(move_second).collect();
        for example in &mut seen.examples {
            example.time = example.time.map(move_time);
        }
        out.seen.insert(key, seen);
    }
    out.requests = tally.requests.at_times(move_second);
    for ((address, name), span) in tally.claims.iter() {
        let mut span = *span;
        span.first = move_hour(span.first);
        span.last = move_hour(span.last);
        out.claims.add(*address, name.clone(), span);
    }
    out.hours = move_counts(tally.hours);
    out.deeds = tally.deeds.at_times(Some(&move_time));
    out
}

/// The same without times, for a file nobody can date.
fn without_times(tally: Tally) -> Tally {
    let mut out = Tally {
        names: tally.names,
        ..Tally::default()
    };
    for (key, mut cell) in tally.cells {
        cell.without_time += cell.hours.values().map(|sum| sum.records).sum::<u64>();
        cell.hours.clear();
        out.cells.insert(key, cell);
    }
    for (key, mut seen) in tally.seen {
        for (_, at) in std::mem::take(&mut seen.hours) {
            add_counts(&mut seen.without_time, at.by_source);
        }
        seen.moments.clear();
        for example in &mut seen.examples {
            example.time = None;
        }
        out.seen.insert(key, seen);
    }
    out.deeds = tally.deeds.at_times(None);
    out
}

#[cfg(test)]
mod tests {
    use super::believable;
    use std::collections::BTreeMap;

    #[test]
    fn a_few_absurd_times_do_not_stretch_the_window() {
        let base = 482_000;
        let normal: BTreeMap<i64, u64> = (base..base + 48).map(|h| (h, 50)).collect();
        let check = |extra: &[(i64, u64)], want: (i64, i64), said: usize| {
            let mut hours = normal.clone();
            hours.extend(extra.iter().copied());
            let mut problems = Vec::new();
            assert_eq!(
                believable(&hours, None, &mut problems),
                Some(want),
                "{extra:?}"
            );
            assert_eq!(problems.len(), said);
        };
        let plain = (base, base + 47);
        check(&[], plain, 0);
        check(&[(0, 1)], plain, 1);
        check(&[(0, 1), (base + 90_000, 2)], plain, 1);
        check(&[(0, 900)], plain, 1);
        // A quiet day before is no mistake.
        check(&[(base - 30, 1)], (base - 30, base + 47), 0);
        // Nor is a second campaign of size a month later.
        check(&[(base + 800, 400)], (base, base + 800), 0);
    }

    #[test]
    fn a_record_of_the_far_future_or_past_never_stretches_the_window() {
        // 2026-02-03, and what a hostile packet or `rt` may claim: 2262 and 1991.
        let (base, future, past) = (491_570, 2_560_000, 184_000);
        let written = tegakari_model::Timestamp::from_second((base + 30) * 3600).ok();
        let check = |hours: &[(i64, u64)], not_after, want, said: usize| {
            let hours: BTreeMap<i64, u64> = hours.iter().copied().collect();
            let mut problems = Vec::new();
            let got = believable(&hours, not_after, &mut problems);
            assert_eq!((got, problems.len()), (Some(want), said), "{hours:?}");
        };
        let one = [(base, 3), (future, 1)];
        check(&one, written, (base, base), 1);
        check(&one, None, (base, base), 1);
        // As many as they like.
        let many = [
            (base, 3),
            (future - 9000, 10),
            (future, 90),
            (future + 8, 9),
        ];
        check(&many, written, (base, base), 1);
        check(&[(past, 1), (base, 3)], written, (base, base), 1);
        check(&[(base, 3), (base + 50, 1)], written, (base, base + 50), 0);
        // The files were copied without their times.
        check(
            &[(base, 3), (base + 1500, 50)],
            written,
            (base, base + 1500),
            0,
        );
        check(&[(base, 50), (base + 1500, 30)], written, (base, base), 1);
        // The clock of the machine that wrote the files stood still.
        let early = tegakari_model::Timestamp::from_second(0).ok();
        check(&[(base, 3), (base + 1, 3)], early, (base, base + 1), 0);
        check(&[(0, 1), (base, 3)], early, (base, base), 1);
    }
}

//! Sorting, compiled once instead of once for every type of record.
//!
//! The standard library's stable sort is some three thousand lines of intermediate code for each type that is sorted, and
//! this crate sorts fifty; that was a sixth of what the compiler had to optimise here. Lists are short, so a sort of
//! places by a comparison behind a pointer is as good.

use std::cmp::Ordering;

/// Sorts, keeping equals in their order.
pub(crate) fn sort<T: Ord>(list: &mut [T]) {
    let order = order(list.len(), &|a, b| list.get(a).cmp(&list.get(b)));
    arrange(order, &mut |a, b| list.swap(a, b));
}

/// The same by a comparison.
pub(crate) fn sort_by<T>(list: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let order = order(list.len(), &|a, b| match (list.get(a), list.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    arrange(order, &mut |a, b| list.swap(a, b));
}

/// For every place, which old place comes there; empty when all are in order already.
fn order(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    if (1..length).all(|at| compare(at - 1, at) != Ordering::Greater) {
        return Vec::new();
    }
    let mut places: Vec<usize> = (0..length).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

/// Brings what is at `order[i]` to `i`, for all, by exchanges.
fn arrange(order: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    // Where each has to go.
    let mut goal = vec![0; order.len()];
    for (to, from) in order.into_iter().enumerate() {
        if let Some(slot) = goal.get_mut(from) {
            *slot = to;
        }
    }
    for at in 0..goal.len() {
        while let Some(to) = goal.get(at).copied().filter(|to| *to != at) {
            swap(at, to);
            goal.swap(at, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{sort, sort_by};

    #[test]
    fn lists_are_sorted_and_equals_keep_their_order() {
        // A fixed walk through the numbers, with repeats.
        let walk = |length: u64| {
            (0..length)
                .map(|n| n * 7919 % 101 % (length + 1))
                .collect::<Vec<_>>()
        };
        for length in 0..80 {
            let (mut list, mut want) = (walk(length), walk(length));
            sort(&mut list);
            want.sort_unstable();
            assert_eq!(list, want);
            let mut pairs: Vec<(u64, usize)> = walk(length).into_iter().zip(0..).collect();
            let mut want = pairs.clone();
            sort_by(&mut pairs, |a, b| b.0.cmp(&a.0));
            want.sort_by_key(|pair| std::cmp::Reverse(pair.0));
            assert_eq!(pairs, want);
        }
    }
}

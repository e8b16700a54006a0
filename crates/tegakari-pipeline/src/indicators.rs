//! One list of indicators out of many sources.

use std::collections::BTreeMap;

use tegakari_model::{Indicator, IndicatorRole};

/// Merges indicators of the same observable: citations and labels of all are kept, the first known
/// role wins, the time of use is the widest stated. Sorted by kind and value.
pub fn merged_indicators(all: impl IntoIterator<Item = Indicator>) -> Vec<Indicator> {
    let mut merged = BTreeMap::new();
    for one in all {
        match merged.entry(one.observable.clone()) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(one);
            }
            std::collections::btree_map::Entry::Occupied(mut place) => {
                let kept: &mut Indicator = place.get_mut();
                kept.validity_of_both(&one);
                if kept.role == IndicatorRole::Unknown {
                    kept.role = one.role;
                }
                kept.labels.extend(one.labels);
                kept.labels.sort();
                kept.labels.dedup();
                for citation in one.citations {
                    if !kept.citations.contains(&citation) {
                        kept.citations.push(citation);
                    }
                }
                kept.valid_from = earliest(kept.valid_from, one.valid_from);
                kept.valid_until = kept.valid_until.max(one.valid_until);
            }
        }
    }
    merged.into_values().collect()
}

fn earliest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use tegakari_model::{Indicator, IndicatorRole, Observable, ObservableKind};

    use super::merged_indicators;

    #[test]
    fn the_same_value_from_two_reports_is_one_indicator() {
        let one = Indicator::new(Observable::new(ObservableKind::Domain, "evil.example").unwrap());
        let mut two = one.clone();
        two.role = IndicatorRole::C2;
        two.labels = vec!["Kestrel".to_owned()];
        let merged = merged_indicators([one, two]);
        assert_eq!(merged.len(), 1);
        assert_eq!(merged[0].role, IndicatorRole::C2);
        assert_eq!(merged[0].labels, ["Kestrel"]);
    }
}

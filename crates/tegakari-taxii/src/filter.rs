//! Filters and pages (section 3.4): `added_after`, `limit`, `next`, `match[…]`.

use tegakari_model::Timestamp;

/// Most values of one `match[…]`: a longer list is no question that a person asks.
const MOST_VALUES: usize = 100;

/// Which versions of an object are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// The newest.
    pub last: bool,
    /// The oldest.
    pub first: bool,
    /// All.
    pub all: bool,
    /// These.
    pub these: Vec<Timestamp>,
}

impl Versions {
    /// The newest only, which is what is meant when nothing is said.
    pub fn newest() -> Self {
        Self {
            last: true,
            ..Self::default()
        }
    }

    /// All of them.
    pub fn all() -> Self {
        Self {
            all: true,
            ..Self::default()
        }
    }
}

/// Which objects of a collection are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these ids, when any are given.
    pub ids: Vec<String>,
    /// Only these types.
    pub types: Vec<String>,
    /// Only these versions of STIX.
    pub specs: Vec<String>,
    /// Which versions.
    pub versions: Versions,
    /// Only what was added later.
    pub added_after: Option<Timestamp>,
}

/// A question for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) filter: Filter,
    pub(crate) behind: u64,
    pub(crate) limit: usize,
}

/// Reads the query of a target. Unknown names are passed over, as HTTP has it; known ones must be right, because a
/// filter that is silently dropped gives a client what it did not ask for.
pub(crate) fn question(query: &[(String, String)], most: usize) -> Result<Question, String> {
    let mut question = Question {
        filter: Filter::default(),
        behind: 0,
        limit: most,
    };
    let mut versions = None;
    for (name, value) in query {
        match name.as_str() {
            "added_after" => question.filter.added_after = Some(moment(name, value)?),
            "limit" => {
                let limit = value.parse::<usize>().ok().filter(|limit| *limit > 0);
                let limit = limit.ok_or("limit must be a whole number above 0")?;
                question.limit = limit.min(most);
            }
            "next" => {
                let fits = (1..=16).contains(&value.len());
                question.behind = u64::from_str_radix(value, 16)
                    .ok()
                    .filter(|_| fits && value.bytes().all(|b| b.is_ascii_hexdigit()))
                    .ok_or("next is not one that this server gave")?;
            }
            "match[id]" => add(&mut question.filter.ids, name, value)?,
            "match[type]" => add(&mut question.filter.types, name, value)?,
            "match[spec_version]" => add(&mut question.filter.specs, name, value)?,
            "match[version]" => {
                let wanted = versions.get_or_insert_with(Versions::default);
                let mut values = Vec::new();
                add(&mut values, name, value)?;
                for one in values {
                    match one.as_str() {
                        "last" => wanted.last = true,
                        "first" => wanted.first = true,
                        "all" => wanted.all = true,
                        _ => wanted.these.push(moment(name, &one)?),
                    }
                }
            }
            _ => {}
        }
    }
    question.filter.versions = versions.unwrap_or_else(Versions::newest);
    Ok(question)
}

fn moment(name: &str, value: &str) -> Result<Timestamp, String> {
    // A `+` of an offset that was not encoded is a blank by now.
    let text = value.trim().replace(' ', "+");
    text.parse()
        .map_err(|_| format!("{name} must be a time of RFC 3339, such as 2026-01-01T00:00:00Z"))
}

fn add(list: &mut Vec<String>, name: &str, value: &str) -> Result<(), String> {
    list.extend(
        value
            .split(',')
            .map(str::trim)
            .filter(|v| !v.is_empty())
            .map(str::to_owned),
    );
    if list.is_empty() {
        return Err(format!("{name} needs a value"));
    }
    if list.len() > MOST_VALUES {
        return Err(format!("{name} takes at most {MOST_VALUES} values"));
    }
    Ok(())
}

/// The `next` that goes on behind a place.
pub(crate) fn next(place: u64) -> String {
    format!("{place:x}")
}

#[cfg(test)]
mod tests {
    use super::{Versions, question};

    fn asked(query: &[(&str, &str)]) -> Result<super::Question, String> {
        let query: Vec<(String, String)> = query
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        question(&query, 1000)
    }

    #[test]
    fn questions_are_read_and_wrong_ones_refused() {
        let all = asked(&[]).unwrap();
        assert_eq!((all.limit, all.behind), (1000, 0));
        assert_eq!(all.filter.versions, Versions::newest());
        let some = asked(&[
            ("limit", "5000"),
            ("next", "1f"),
            ("match[version]", "first,2026-01-01T00:00:00Z"),
            ("match[type]", "indicator,malware"),
            ("added_after", "2026-01-01T09:00:00 09:00"),
            ("whatever", "x"),
        ])
        .unwrap();
        assert_eq!((some.limit, some.behind), (1000, 31));
        assert!(some.filter.versions.first && !some.filter.versions.last);
        assert_eq!(some.filter.versions.these.len(), 1);
        assert_eq!(some.filter.types, ["indicator", "malware"]);
        let midnight = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(some.filter.added_after, Some(midnight));
        for wrong in [
            ("limit", "0"),
            ("limit", "-1"),
            ("limit", "x"),
            ("limit", "99999999999999999999999"),
            ("next", ""),
            ("next", "+1"),
            ("next", "zz"),
            ("next", "11111111111111111"),
            ("added_after", "yesterday"),
            ("match[version]", "newest"),
            ("match[id]", ","),
        ] {
            assert!(asked(&[wrong]).is_err(), "{wrong:?}");
        }
        let many = vec!["x"; 101].join(",");
        assert!(asked(&[("match[id]", &many)]).is_err());
    }
}

//! How much each target takes. The one place where such numbers stand.
//!
//! Vendors change them by model and release, so each is a default that `--limit` overrides; what is over
//! it is left out and told. The least valuable goes first: by role (command and control before
//! malware, delivery and staging, unknown, tools), then by the number of reports that name a value,
//! then fewer objections, then the later end.

use std::cmp::Reverse;

use tegakari_model::{BlockEntry, IndicatorRole, Timestamp};

use crate::Context;

/// The limit of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Id of the format.
    pub format: &'static str,
    /// Most entries.
    pub entries: usize,
    /// Whether the number is in the nature of the form, so that no setting may raise it.
    pub fixed: bool,
    /// Where the number comes from.
    pub source: &'static str,
}

const fn limit(format: &'static str, entries: usize, source: &'static str) -> Limit {
    Limit {
        format,
        entries,
        fixed: false,
        source,
    }
}

const EDL: &str = "PAN-OS 7.1: 50,000 entries a type on the smaller models; more is skipped with a line in the log";
const FORTI: &str = "FortiOS before 7.4.4: 131,072 entries a file; more is cut off";

/// Every limit. A format that is not here takes any number.
pub const TABLE: &[Limit] = &[
    Limit {
        format: "suricata",
        entries: 300_000,
        fixed: true,
        source: "a domain is three rules, and the range of local signature ids holds a million; 10,000 rules load in 7 s: use the data sets for more",
    },
    limit(
        "ipset",
        1_048_576,
        "maxelem, stated in the file: the default of the program is 65,536",
    ),
    limit(
        "iptables",
        10_000,
        "every packet passes every rule; use ipset for more",
    ),
    limit(
        "ip6tables",
        10_000,
        "every packet passes every rule; use ipset for more",
    ),
    limit("apache", 10_000, "every request passes every line"),
    limit(
        "fail2ban",
        2_000,
        "every line of the log is tried against every expression",
    ),
    limit(
        "defender-kql",
        10_000,
        "advanced hunting takes about 10,000 values in a query",
    ),
    limit(
        "sentinel-kql",
        10_000,
        "a query is at most about a megabyte",
    ),
    limit(
        "lucene",
        50_000,
        "1,000 values a line: Elasticsearch takes 1,024 clauses in a query",
    ),
    limit("eql", 10_000, "a query is read as a whole"),
    limit("esql", 10_000, "a query is read as a whole"),
    limit(
        "splunk",
        10_000,
        "a search is read as a whole; use a lookup for more",
    ),
    limit(
        "sigma",
        10_000,
        "1,000 values a rule; back ends make one query of each",
    ),
    limit("palo-alto-ip", 50_000, EDL),
    limit("palo-alto-domain", 50_000, EDL),
    limit("palo-alto-url", 50_000, EDL),
    limit("fortigate-ip", 131_072, FORTI),
    limit("fortigate-domain", 131_072, FORTI),
    limit("fortigate-url", 131_072, FORTI),
    limit("fortigate-hash", 131_072, FORTI),
    limit("umbrella", 500, "500 destinations a request"),
    limit("defender-csv", 500, "500 indicators a file"),
    limit(
        "cisco-acl",
        10_000,
        "entries are compiled into memory that few models have more of",
    ),
    limit("osquery", 10_000, "a query is read as a whole"),
    limit("sysmon", 10_000, "every event passes every condition"),
    limit("velociraptor", 10_000, "the list is sent to every client"),
    limit("cacao", 10_000, "a playbook is read as a whole"),
];

/// The limit of a format: the user's, or the one of the [`TABLE`].
pub fn limit_of(format: &str, context: &Context) -> Option<usize> {
    let known = TABLE.iter().find(|limit| limit.format == format);
    let wanted = context.limits.get(format).copied();
    match (known, wanted) {
        (Some(known), Some(wanted)) if known.fixed => Some(wanted.min(known.entries)),
        (_, Some(wanted)) => Some(wanted),
        (Some(known), None) => Some(known.entries),
        (None, None) => None,
    }
}

/// What an entry is worth beside others; the greater the more.
pub(crate) fn worth(entry: &BlockEntry) -> (u8, usize, Reverse<usize>, Option<Timestamp>) {
    let role = match entry.indicator.role {
        IndicatorRole::C2 => 4,
        IndicatorRole::Malware => 3,
        IndicatorRole::Delivery | IndicatorRole::Staging => 2,
        IndicatorRole::Unknown => 1,
        IndicatorRole::Tool => 0,
    };
    let mut reports: Vec<&str> = entry
        .indicator
        .citations
        .iter()
        .map(|c| c.report.as_str())
        .collect();
    reports.sort_unstable();
    reports.dedup();
    let recent = entry
        .expires
        .or(entry.indicator.valid_until)
        .or(entry.indicator.valid_from);
    (
        role,
        reports.len(),
        Reverse(entry.annotations.len()),
        recent,
    )
}

#[cfg(test)]
mod tests {
    use super::{TABLE, limit_of};
    use crate::{Context, formats};

    #[test]
    fn every_limit_is_of_a_format_and_can_be_set() {
        for (i, limit) in TABLE.iter().enumerate() {
            assert!(formats::by_id(limit.format).is_some(), "{}", limit.format);
            assert!(limit.entries > 0 && !limit.source.is_empty());
            let again = TABLE
                .iter()
                .skip(i + 1)
                .any(|other| other.format == limit.format);
            assert!(!again, "{} twice", limit.format);
        }
        let mut context = Context::new("0");
        assert_eq!(limit_of("defender-csv", &context), Some(500));
        context.limits.insert("defender-csv".into(), 7);
        context.limits.insert("suricata".into(), usize::MAX);
        assert_eq!(limit_of("defender-csv", &context), Some(7));
        assert_eq!(limit_of("suricata", &context), Some(300_000));
        assert_eq!(limit_of("hosts", &context), None);
    }
}

//! What records of other logs than Windows' are, where that is more than the table of [`tegakari_sigma::sources`] says.

use tegakari_sigma::{Labels, sources};

/// Format, program or log in it (empty for any), and what it is.
type Row = (&'static str, &'static str, &'static [Labels]);

const fn one(product: &'static str, category: &'static str, service: &'static str) -> Labels {
    Labels::new(product, category, service)
}

const TABLE: &[Row] = &[
    ("shell-history", "", &[one("linux", "", "")]),
    // Whatever wrote them: the readers of proxies and of web servers give the same fields.
    ("proxy", "", &[one("", "proxy", "")]),
    (
        "webserver",
        "",
        &[
            one("", "webserver", ""),
            one("", "", "apache"),
            one("", "", "nginx"),
        ],
    ),
    ("dns", "", &[one("", "dns", "")]),
    ("suricata", "dns", &[one("", "dns", "")]),
    ("suricata", "http", &[one("", "proxy", "")]),
    ("suricata", "flow", &[one("", "firewall", "")]),
    ("firewall", "", &[one("", "firewall", "")]),
    ("netflow", "", &[one("", "firewall", "")]),
    ("cef", "firewall", &[one("", "firewall", "")]),
    ("cef", "proxy", &[one("", "proxy", "")]),
    ("cef", "dns", &[one("", "dns", "")]),
    ("leef", "firewall", &[one("", "firewall", "")]),
    ("leef", "proxy", &[one("", "proxy", "")]),
    ("leef", "dns", &[one("", "dns", "")]),
    ("syslog", "auth", &[one("linux", "", "auth")]),
    // Events of privileged identities are audit events too, and the other way round.
    ("azure", "auditlogs", &[one("azure", "", "pim")]),
    ("azure", "pim", &[one("azure", "", "auditlogs")]),
    ("azure", "riskdetection", &[one("azure", "", "pim")]),
    ("m365", "audit", &[one("m365", "", "exchange")]),
    (
        "m365",
        "threat_management",
        &[
            one("m365", "", "threat_detection"),
            one("m365", "", "exchange"),
        ],
    ),
    ("kubernetes", "audit", &[one("kubernetes", "", "audit")]),
    (
        "ecar",
        "PROCESS CREATE",
        &[one("windows", "process_creation", "")],
    ),
    ("ecar", "FILE CREATE", &[one("windows", "file_event", "")]),
    ("ecar", "FILE DELETE", &[one("windows", "file_delete", "")]),
    ("ecar", "FILE RENAME", &[one("windows", "file_rename", "")]),
    ("ecar", "MODULE LOAD", &[one("windows", "image_load", "")]),
    (
        "ecar",
        "REGISTRY ADD",
        &[
            one("windows", "registry_add", ""),
            one("windows", "registry_event", ""),
        ],
    ),
    (
        "ecar",
        "REGISTRY EDIT",
        &[
            one("windows", "registry_set", ""),
            one("windows", "registry_event", ""),
        ],
    ),
    (
        "ecar",
        "REGISTRY REMOVE",
        &[
            one("windows", "registry_delete", ""),
            one("windows", "registry_event", ""),
        ],
    ),
    (
        "ecar",
        "FLOW START",
        &[one("windows", "network_connection", "")],
    ),
    (
        "ecar",
        "FLOW CONNECT",
        &[one("windows", "network_connection", "")],
    ),
    (
        "process",
        "windows",
        &[one("windows", "process_creation", "")],
    ),
    ("process", "linux", &[one("linux", "process_creation", "")]),
    ("process", "macos", &[one("macos", "process_creation", "")]),
];

/// The labels of a record, sorted, each once.
pub(crate) fn of(format: &str, part: &str) -> Vec<Labels> {
    let mut labels = sources::labels(format, (!part.is_empty()).then_some(part));
    let rows = TABLE
        .iter()
        .filter(|(of, in_it, _)| *of == format && (in_it.is_empty() || *in_it == part));
    labels.extend(rows.flat_map(|(_, _, labels)| labels.iter().copied()));
    labels.sort_unstable();
    labels.dedup();
    labels
}

#[cfg(test)]
mod tests {
    use super::of;
    use tegakari_sigma::Labels;

    #[test]
    fn what_readers_say_leads_to_labels() {
        for (format, part, want) in [
            ("proxy", "", Labels::new("", "proxy", "")),
            ("webserver", "", Labels::new("", "webserver", "")),
            ("syslog", "sshd", Labels::new("linux", "", "sshd")),
            ("syslog", "cron", Labels::new("linux", "", "cron")),
            ("syslog", "other", Labels::new("linux", "", "syslog")),
            ("auditd", "", Labels::new("linux", "", "auditd")),
            ("zeek", "dns", Labels::new("", "dns", "")),
            ("zeek", "rdp", Labels::new("zeek", "", "rdp")),
            ("aws", "cloudtrail", Labels::new("aws", "", "cloudtrail")),
            ("okta", "okta", Labels::new("okta", "", "okta")),
            ("cisco", "", Labels::new("cisco", "", "aaa")),
            (
                "sysmon-linux",
                "1",
                Labels::new("linux", "process_creation", "sysmon"),
            ),
        ] {
            assert!(of(format, part).contains(&want), "{format} {part}");
        }
        assert!(of("json", "").is_empty());
    }
}

//! What records of other logs than Windows' are in the words by which rules choose their logs.

use tegakari_sigma::{Labels, sources};

/// Format, program or log in it (empty for any), and what it is.
type Row = (&'static str, &'static str, &'static [Labels]);

const fn one(product: &'static str, category: &'static str, service: &'static str) -> Labels {
    Labels::new(product, category, service)
}

const TABLE: &[Row] = &[
    ("auditd", "", &[one("linux", "", "auditd")]),
    ("shell-history", "", &[one("linux", "", "")]),
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
    ("zeek", "dns", &[one("", "dns", "")]),
    ("zeek", "http", &[one("", "proxy", "")]),
    ("zeek", "conn", &[one("", "firewall", "")]),
    ("suricata", "dns", &[one("", "dns", "")]),
    ("suricata", "http", &[one("", "proxy", "")]),
    ("suricata", "flow", &[one("", "firewall", "")]),
    ("firewall", "", &[one("", "firewall", "")]),
    (
        "cisco",
        "",
        &[
            one("cisco", "", "aaa"),
            one("cisco", "", "syslog"),
            one("cisco", "", "bgp"),
            one("cisco", "", "ldp"),
        ],
    ),
    ("aws", "cloudtrail", &[one("aws", "", "cloudtrail")]),
    ("azure", "signinlogs", &[one("azure", "", "signinlogs")]),
    // Events of privileged identities are audit events too.
    (
        "azure",
        "auditlogs",
        &[one("azure", "", "auditlogs"), one("azure", "", "pim")],
    ),
    (
        "azure",
        "pim",
        &[one("azure", "", "pim"), one("azure", "", "auditlogs")],
    ),
    ("azure", "activitylogs", &[one("azure", "", "activitylogs")]),
    (
        "azure",
        "riskdetection",
        &[one("azure", "", "riskdetection"), one("azure", "", "pim")],
    ),
    (
        "m365",
        "audit",
        &[one("m365", "", "audit"), one("m365", "", "exchange")],
    ),
    (
        "m365",
        "threat_management",
        &[
            one("m365", "", "threat_management"),
            one("m365", "", "threat_detection"),
            one("m365", "", "exchange"),
        ],
    ),
    ("okta", "okta", &[one("okta", "", "okta")]),
    ("gcp", "gcp.audit", &[one("gcp", "", "gcp.audit")]),
    (
        "gcp",
        "google_workspace.admin",
        &[one("gcp", "", "google_workspace.admin")],
    ),
    (
        "gcp",
        "google_workspace.login",
        &[one("gcp", "", "google_workspace.login")],
    ),
    ("github", "audit", &[one("github", "", "audit")]),
    ("bitbucket", "audit", &[one("bitbucket", "", "audit")]),
    (
        "kubernetes",
        "audit",
        &[
            one("kubernetes", "", "audit"),
            one("kubernetes", "application", "audit"),
        ],
    ),
    (
        "onelogin",
        "onelogin.events",
        &[one("onelogin", "", "onelogin.events")],
    ),
    ("opencanary", "", &[one("opencanary", "application", "")]),
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

/// Services of Linux that rules name.
const SERVICES: [&str; 8] = [
    "sshd",
    "sudo",
    "cron",
    "auth",
    "clamav",
    "guacamole",
    "vsftpd",
    "syslog",
];

/// Logs of Zeek that rules name.
const ZEEK: [&str; 7] = [
    "smb_files",
    "http",
    "dns",
    "dce_rpc",
    "x509",
    "rdp",
    "kerberos",
];

/// The labels of a record, sorted.
pub(crate) fn of(format: &str, part: &str) -> Vec<Labels> {
    let mut labels = sources::labels(format, (!part.is_empty()).then_some(part));
    let rows = TABLE
        .iter()
        .filter(|(of, in_it, _)| *of == format && (in_it.is_empty() || *in_it == part));
    labels.extend(rows.flat_map(|(_, _, labels)| labels.iter().copied()));
    match format {
        "syslog" => {
            // Rules for the syslog of Linux search in all of it.
            labels.push(one("linux", "", "syslog"));
            let service = SERVICES.iter().find(|known| **known == part);
            labels.extend(service.map(|service| one("linux", "", service)));
            if matches!(part, "sshd" | "sudo") {
                labels.push(one("linux", "", "auth"));
            }
        }
        "zeek" => {
            let log = ZEEK.iter().find(|known| **known == part);
            labels.push(log.map_or(one("zeek", "", ""), |log| one("zeek", "", log)));
        }
        _ => {}
    }
    labels.sort_unstable();
    labels.dedup();
    labels
}

/// What an event of Sysmon for Linux is, by its number.
pub(crate) fn of_linux_sysmon(id: u32) -> Vec<Labels> {
    let category = match id {
        1 => "process_creation",
        3 => "network_connection",
        5 => "process_termination",
        9 => "raw_access_thread",
        11 => "file_event",
        23 => "file_delete",
        _ => return vec![one("linux", "", "sysmon")],
    };
    vec![one("linux", "", "sysmon"), one("linux", category, "")]
}

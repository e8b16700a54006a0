//! Records of other logs than Windows': which rules they are for.
//!
//! Keyed by what a reader knows: its format, and the program, service or stream in it. Every log source of SigmaHQ's rules
//! that is not of Windows stands here at least once; a test holds the two together.

use crate::labels::Labels;

/// Format, the part of it (empty: any), and what its records are.
type Row = (&'static str, &'static str, &'static [Labels]);

const fn one(product: &'static str, category: &'static str, service: &'static str) -> Labels {
    Labels::new(product, category, service)
}

const CISCO: &[Labels] = &[
    one("cisco", "", "aaa"),
    one("cisco", "", "bgp"),
    one("cisco", "", "ldp"),
    one("cisco", "", "syslog"),
];

const WEB: &[Labels] = &[one("", "webserver", "")];

const TABLE: &[Row] = &[
    // Linux.
    ("auditd", "", &[one("linux", "", "auditd")]),
    ("syslog", "", &[one("linux", "", "syslog")]),
    (
        "syslog",
        "clamd",
        &[one("linux", "", "clamav"), one("", "antivirus", "")],
    ),
    (
        "syslog",
        "clamav",
        &[one("linux", "", "clamav"), one("", "antivirus", "")],
    ),
    ("syslog", "freshclam", &[one("linux", "", "clamav")]),
    ("syslog", "cron", &[one("linux", "", "cron")]),
    ("syslog", "crond", &[one("linux", "", "cron")]),
    ("syslog", "crontab", &[one("linux", "", "cron")]),
    ("syslog", "anacron", &[one("linux", "", "cron")]),
    ("syslog", "guacd", &[one("linux", "", "guacamole")]),
    ("syslog", "guacamole", &[one("linux", "", "guacamole")]),
    (
        "syslog",
        "sshd",
        &[one("linux", "", "sshd"), one("linux", "", "auth")],
    ),
    (
        "syslog",
        "sshd-session",
        &[one("linux", "", "sshd"), one("linux", "", "auth")],
    ),
    (
        "syslog",
        "sudo",
        &[one("linux", "", "sudo"), one("linux", "", "auth")],
    ),
    ("syslog", "su", &[one("linux", "", "auth")]),
    ("syslog", "login", &[one("linux", "", "auth")]),
    ("syslog", "polkitd", &[one("linux", "", "auth")]),
    ("syslog", "systemd-logind", &[one("linux", "", "auth")]),
    ("syslog", "useradd", &[one("linux", "", "auth")]),
    ("syslog", "usermod", &[one("linux", "", "auth")]),
    ("syslog", "groupadd", &[one("linux", "", "auth")]),
    ("syslog", "passwd", &[one("linux", "", "auth")]),
    ("syslog", "vsftpd", &[one("linux", "", "vsftpd")]),
    (
        "syslog",
        "apache2",
        &[one("", "webserver", ""), one("", "", "apache")],
    ),
    (
        "syslog",
        "httpd",
        &[one("", "webserver", ""), one("", "", "apache")],
    ),
    (
        "syslog",
        "nginx",
        &[one("", "webserver", ""), one("", "", "nginx")],
    ),
    ("syslog", "named", &[one("", "dns", "")]),
    ("syslog", "unbound", &[one("", "dns", "")]),
    (
        "syslog",
        "mysqld",
        &[one("", "database", ""), one("sql", "application", "")],
    ),
    (
        "syslog",
        "mariadbd",
        &[one("", "database", ""), one("sql", "application", "")],
    ),
    (
        "syslog",
        "postgres",
        &[one("", "database", ""), one("sql", "application", "")],
    ),
    (
        "sysmon-linux",
        "1",
        &[one("linux", "process_creation", "sysmon")],
    ),
    (
        "sysmon-linux",
        "3",
        &[one("linux", "network_connection", "sysmon")],
    ),
    (
        "sysmon-linux",
        "11",
        &[one("linux", "file_event", "sysmon")],
    ),
    (
        "sysmon-linux",
        "23",
        &[one("linux", "file_delete", "sysmon")],
    ),
    ("sysmon-linux", "", &[one("linux", "", "sysmon")]),
    // macOS.
    (
        "endpoint-security",
        "exec",
        &[one("macos", "process_creation", "")],
    ),
    (
        "endpoint-security",
        "create",
        &[one("macos", "file_event", "")],
    ),
    ("endpoint-security", "", &[one("macos", "", "")]),
    // Web, names, walls.
    ("web-access", "", WEB),
    (
        "web-access",
        "apache",
        &[one("", "webserver", ""), one("", "", "apache")],
    ),
    (
        "web-access",
        "nginx",
        &[one("", "webserver", ""), one("", "", "nginx")],
    ),
    ("w3c", "", WEB),
    ("aws-elb", "", WEB),
    ("haproxy", "", WEB),
    ("apache-error", "", &[one("", "", "apache")]),
    ("nginx-error", "", &[one("", "", "nginx")]),
    ("proxy-access", "", &[one("", "proxy", "")]),
    ("squid", "", &[one("", "proxy", "")]),
    ("bind", "", &[one("", "dns", "")]),
    ("dnsmasq", "", &[one("", "dns", "")]),
    ("windows-dns", "", &[one("", "dns", "")]),
    ("netflow", "", &[one("", "firewall", "")]),
    ("nfdump", "", &[one("", "firewall", "")]),
    ("cisco-asa", "", &[one("", "firewall", "")]),
    ("cisco", "", CISCO),
    ("cisco", "duo", &[one("cisco", "", "duo")]),
    (
        "fortigate",
        "",
        &[one("fortigate", "", "event"), one("", "firewall", "")],
    ),
    ("fortios", "", &[one("fortios", "", "sslvpnd")]),
    ("huawei", "", &[one("huawei", "", "bgp")]),
    ("juniper", "", &[one("juniper", "", "bgp")]),
    (
        "paloalto",
        "globalprotect",
        &[
            one("paloalto", "appliance", "globalprotect"),
            one("paloalto", "file_event", "globalprotect"),
        ],
    ),
    ("paloalto", "", &[one("", "firewall", "")]),
    // Zeek, a log each; what is common to all sensors besides.
    ("zeek", "", &[one("zeek", "", "")]),
    ("zeek", "dns", &[one("zeek", "", "dns"), one("", "dns", "")]),
    (
        "zeek",
        "http",
        &[one("zeek", "", "http"), one("", "proxy", "")],
    ),
    (
        "zeek",
        "conn",
        &[one("zeek", "", "conn"), one("", "firewall", "")],
    ),
    ("zeek", "dce_rpc", &[one("zeek", "", "dce_rpc")]),
    ("zeek", "kerberos", &[one("zeek", "", "kerberos")]),
    ("zeek", "rdp", &[one("zeek", "", "rdp")]),
    ("zeek", "smb_files", &[one("zeek", "", "smb_files")]),
    ("zeek", "x509", &[one("zeek", "", "x509")]),
    ("suricata-eve", "dns", &[one("", "dns", "")]),
    ("suricata-eve", "http", &[one("", "proxy", "")]),
    ("suricata-eve", "flow", &[one("", "firewall", "")]),
    // Clouds and services.
    ("aws", "cloudtrail", &[one("aws", "", "cloudtrail")]),
    ("azure", "activitylogs", &[one("azure", "", "activitylogs")]),
    ("azure", "auditlogs", &[one("azure", "", "auditlogs")]),
    ("azure", "pim", &[one("azure", "", "pim")]),
    (
        "azure",
        "riskdetection",
        &[one("azure", "", "riskdetection")],
    ),
    ("azure", "signinlogs", &[one("azure", "", "signinlogs")]),
    ("bitbucket", "audit", &[one("bitbucket", "", "audit")]),
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
    (
        "kubernetes",
        "audit",
        &[one("kubernetes", "application", "audit")],
    ),
    ("m365", "audit", &[one("m365", "", "audit")]),
    ("m365", "exchange", &[one("m365", "", "exchange")]),
    (
        "m365",
        "threat_detection",
        &[one("m365", "", "threat_detection")],
    ),
    (
        "m365",
        "threat_management",
        &[one("m365", "", "threat_management")],
    ),
    ("okta", "", &[one("okta", "", "okta")]),
    ("onelogin", "", &[one("onelogin", "", "onelogin.events")]),
    ("opencanary", "", &[one("opencanary", "application", "")]),
    (
        "rpc_firewall",
        "",
        &[one("rpc_firewall", "application", "")],
    ),
    // Programs.
    ("application", "django", &[one("django", "application", "")]),
    ("application", "jvm", &[one("jvm", "application", "")]),
    ("application", "nodejs", &[one("nodejs", "application", "")]),
    ("application", "python", &[one("python", "application", "")]),
    (
        "application",
        "ruby_on_rails",
        &[one("ruby_on_rails", "application", "")],
    ),
    ("application", "spring", &[one("spring", "application", "")]),
    ("application", "sql", &[one("sql", "application", "")]),
    (
        "application",
        "velocity",
        &[one("velocity", "application", "")],
    ),
    ("antivirus", "", &[one("", "antivirus", "")]),
    ("database", "", &[one("", "database", "")]),
];

/// What records of a format are, sorted, each once. `program` is the program, service or stream in it, where there are
/// several (`sshd` in syslog, `dns` in Zeek's logs); case does not matter.
pub fn labels(format: &str, program: Option<&str>) -> Vec<Labels> {
    let program = program.unwrap_or("");
    let rows = TABLE.iter().filter(|(of, part, _)| {
        *of == format && (part.is_empty() || part.eq_ignore_ascii_case(program))
    });
    let mut labels: Vec<Labels> = rows
        .flat_map(|(.., labels)| labels.iter().copied())
        .collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

/// All labels that records of any format may have, sorted, each once.
pub fn all() -> Vec<Labels> {
    let mut labels: Vec<Labels> = TABLE
        .iter()
        .flat_map(|(.., labels)| labels.iter().copied())
        .collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

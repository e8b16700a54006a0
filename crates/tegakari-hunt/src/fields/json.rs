//! Records in JSON as fields: the name of a field is the path to it, with dots (`userIdentity.type`). Elements of a
//! list share the name of the list.
//!
//! What a record is, its own fields say: an event of Windows by channel, provider and number, whoever exported it; an
//! event of a cloud or a service by what only its schema has.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::windows::{Head, finish};
use super::{Fields, Origin};
use crate::formats::csv_fields::{Column, meaning};

/// Objects and lists inside each other beyond which no more is looked at.
const MOST_DEPTH: usize = 24;
/// Objects and lists up to this deep are also one text, for rules that search in the whole of one.
const WHOLE_DEPTH: usize = 2;
/// Longer ones are not.
const MOST_WHOLE: usize = 32 << 10;

/// Reads a record in JSON.
pub(crate) fn of_json<'r>(record: &'r [u8], fields: &mut Fields<'r>) {
    let (found, whole) = walk(record);
    give(found, whole, record, fields);
}

/// Reads a row of a table by the names of its columns.
pub(crate) fn of_row<'r, 'n>(
    cells: impl Iterator<Item = (&'n str, &'r [u8])>,
    record: &'r [u8],
    fields: &mut Fields<'r>,
) {
    let said = cells.filter(|(_, cell)| !cell.is_empty() && *cell != b"-");
    let found: Vec<Pair<'r>> = said
        .map(|(name, cell)| {
            let text = String::from_utf8_lossy(cell);
            let text = if text.contains("\"\"") {
                Cow::Owned(text.replace("\"\"", "\""))
            } else {
                text
            };
            (name.to_owned(), text)
        })
        .collect();
    give(found, Vec::new(), record, fields);
    if matches!(&fields.origin, Origin::Other { format: "json", .. }) {
        fields.origin = by_columns(fields);
    }
}

/// Tables of connections and of queries are known by what their columns mean.
fn by_columns<'r>(fields: &mut Fields<'r>) -> Origin<'r> {
    let named = |wanted: Column| {
        let fits = |(name, _): &(&str, &str)| meaning(name.as_bytes()) == wanted;
        let found = fields.pairs().find(fits);
        found.map(|(_, value)| value.to_owned())
    };
    let (query, source) = (named(Column::Query), named(Column::Source));
    let (destination, port) = (named(Column::Destination), named(Column::DestinationPort));
    let format = if query.is_some() {
        "dns"
    } else if source.is_some() && destination.is_some() {
        "firewall"
    } else {
        "csv"
    };
    let names = [
        ("query", query),
        ("src_ip", source),
        ("dst_ip", destination),
        ("dst_port", port),
    ];
    for (name, value) in names {
        if let Some(value) = value.filter(|_| fields.first(name).is_none()) {
            fields.add(name, value);
        }
    }
    Origin::Other {
        format,
        part: Cow::Borrowed(""),
    }
}

fn walk(record: &[u8]) -> (Vec<Pair<'_>>, Vec<Pair<'_>>) {
    let mut walk = Walk {
        text: record,
        at: 0,
        path: String::new(),
        found: Vec::new(),
        whole: Vec::new(),
    };
    if let Some(start) = memchr::memchr(b'{', record) {
        walk.at = start;
        walk.value(0);
    }
    (walk.found, walk.whole)
}

/// Gives the fields that were found, by the names of what the record is.
fn give<'r>(found: Vec<Pair<'r>>, whole: Vec<Pair<'r>>, record: &'r [u8], fields: &mut Fields<'r>) {
    match windows_head(&found) {
        Some(head) => {
            for (path, value) in found {
                fields.add(own_name(&path), value);
            }
            finish(head, fields);
        }
        None => {
            let (format, part) = what(&found);
            // A list of plain values is those values, and not its text as well.
            let mut whole = whole;
            if !whole.is_empty() {
                let single: BTreeSet<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
                whole.retain(|(path, _)| !single.contains(path.as_str()));
            }
            for (path, value) in found {
                fields.add(path, value);
            }
            for (path, value) in whole {
                fields.add(path, value);
            }
            fields.set_text(record);
            fields.origin = Origin::Other { format, part };
            if let Some(system) = started_on(fields) {
                for (name, known) in ECS {
                    fields.also(name, known);
                }
                fields.origin = Origin::Other {
                    format: "process",
                    part: Cow::Borrowed(system),
                };
            }
        }
    }
}

type Pair<'r> = (String, Cow<'r, str>);

struct Walk<'r> {
    text: &'r [u8],
    at: usize,
    path: String,
    found: Vec<Pair<'r>>,
    /// Objects and lists as they stand.
    whole: Vec<Pair<'r>>,
}

impl<'r> Walk<'r> {
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.text.get(self.at) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    /// Reads what stands at the place; `None` when the rest is not JSON.
    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => {
                let value = self.string()?;
                self.found.push((self.path.clone(), value));
            }
            open @ (b'{' | b'[') => {
                if depth >= MOST_DEPTH {
                    return None;
                }
                let start = self.at;
                self.at += 1;
                self.inside(open, depth)?;
                let whole = self.text.get(start..self.at)?;
                if (1..=WHOLE_DEPTH).contains(&depth) && whole.len() <= MOST_WHOLE {
                    let text = String::from_utf8_lossy(whole);
                    self.whole.push((self.path.clone(), text));
                }
            }
            _ => {
                let rest = self.text.get(self.at..)?;
                let end = rest
                    .iter()
                    .position(|b| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n'))
                    .unwrap_or(rest.len());
                let word = rest.get(..end).filter(|word| !word.is_empty())?;
                self.at += end;
                // What is null is not there.
                if word != b"null" {
                    let text = String::from_utf8_lossy(word);
                    self.found.push((self.path.clone(), text));
                }
            }
        }
        Some(())
    }

    fn inside(&mut self, open: u8, depth: usize) -> Option<()> {
        let close = if open == b'{' { b'}' } else { b']' };
        let outer = self.path.len();
        loop {
            match self.peek()? {
                byte if byte == close => {
                    self.at += 1;
                    self.path.truncate(outer);
                    return Some(());
                }
                b',' => self.at += 1,
                _ => {
                    if open == b'{' {
                        let key = self.string()?;
                        if self.peek()? != b':' {
                            return None;
                        }
                        self.at += 1;
                        self.path.truncate(outer);
                        if outer > 0 {
                            self.path.push('.');
                        }
                        self.path.push_str(&key);
                    }
                    self.value(depth + 1)?;
                    if open == b'{' {
                        self.path.truncate(outer);
                    }
                }
            }
        }
    }

    /// The string that begins at the place.
    fn string(&mut self) -> Option<Cow<'r, str>> {
        if self.text.get(self.at) != Some(&b'"') {
            return None;
        }
        let start = self.at + 1;
        let mut end = start;
        loop {
            end += memchr::memchr2(b'"', b'\\', self.text.get(end..)?)?;
            if self.text[end] == b'"' {
                break;
            }
            end += 2;
        }
        self.at = end + 1;
        let inner = &self.text[start..end];
        if memchr::memchr(b'\\', inner).is_none() {
            return Some(String::from_utf8_lossy(inner));
        }
        let quoted = &self.text[start - 1..=end];
        match serde_json::from_slice::<String>(quoted) {
            Ok(text) => Some(Cow::Owned(text)),
            Err(_) => Some(String::from_utf8_lossy(inner)),
        }
    }
}

/// The last name in a path.
fn leaf(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// What a Windows event says of itself, whoever exported it; `None` when it is none.
fn windows_head<'r>(found: &[Pair<'r>]) -> Option<Head<'r>> {
    let mut head = Head::default();
    let mut id = None;
    for (path, value) in found {
        let name = leaf(path);
        let value = || value.clone();
        match name {
            "EventID" | "EventId" | "event_id" | "EventCode" => {
                id = id.or_else(|| number(&value()))
            }
            "#text" | "Value"
                if path.ends_with("EventID.#text") || path.ends_with("EventID.Value") =>
            {
                id = id.or_else(|| number(&value()));
            }
            "code" if path == "event.code" => id = id.or_else(|| number(&value())),
            "Channel" | "channel" | "LogName" | "log_name" if head.channel.is_empty() => {
                head.channel = value();
            }
            "Name"
                if path.ends_with("Provider.#attributes.Name")
                    || path.ends_with("Provider.Name") =>
            {
                head.provider = value();
            }
            "@Name" if path.ends_with("Provider.@Name") => head.provider = value(),
            "Provider_Name" | "SourceName" | "source_name" | "provider_name" | "ProviderName"
            | "EventSourceName"
                if head.provider.is_empty() =>
            {
                head.provider = value();
            }
            _ => {}
        }
    }
    head.id = id?;
    let known = !head.channel.is_empty()
        || head.provider.starts_with("Microsoft-Windows-")
        || head.provider == "Linux-Sysmon";
    known.then_some(head)
}

fn number(text: &str) -> Option<u32> {
    text.trim().parse().ok()
}

/// How rules call a field of a Windows event: by its own name, whatever stands around it.
fn own_name(path: &str) -> Cow<'static, str> {
    let name = leaf(path);
    let before = path
        .len()
        .checked_sub(name.len() + 1)
        .and_then(|end| path.get(..end))
        .unwrap_or_default();
    let inner = before.strip_suffix(".#attributes").unwrap_or(before);
    match (leaf(inner), name) {
        ("Provider", "Name" | "@Name") => Cow::Borrowed("Provider_Name"),
        (
            _,
            "SourceName" | "source_name" | "provider_name" | "ProviderName" | "EventSourceName",
        ) => Cow::Borrowed("Provider_Name"),
        (_, "event_id" | "EventId" | "EventCode") => Cow::Borrowed("EventID"),
        ("event", "code") => Cow::Borrowed("EventID"),
        (_, "channel" | "LogName" | "log_name") => Cow::Borrowed("Channel"),
        (_, "computer_name" | "Hostname") => Cow::Borrowed("Computer"),
        (element, "#text" | "Value") if !element.is_empty() => Cow::Owned(element.to_owned()),
        // winlogbeat's names for data without one.
        ("event_data", "param1" | "param2" | "param3" | "param4") => Cow::Owned(name.to_owned()),
        _ => Cow::Owned(name.to_owned()),
    }
}

/// Fields of processes in the Elastic Common Schema, by the names that rules use.
const ECS: &[(&str, &str)] = &[
    ("Image", "process.executable"),
    ("CommandLine", "process.command_line"),
    ("CommandLine", "process.args"),
    ("ParentImage", "process.parent.executable"),
    ("ParentCommandLine", "process.parent.command_line"),
    ("CurrentDirectory", "process.working_directory"),
    ("User", "user.name"),
    ("OriginalFileName", "process.pe.original_file_name"),
];

/// The system on which a process was started, if that is what a record in the Elastic Common Schema says.
fn started_on(fields: &Fields<'_>) -> Option<&'static str> {
    let is_process = fields.all("event.category").any(|one| one == "process");
    let begins = fields.all("event.type").any(|one| one == "start")
        || fields
            .first("event.action")
            .is_some_and(|one| matches!(one, "exec" | "executed" | "process_started"));
    fields
        .first("process.executable")
        .filter(|_| is_process && begins)?;
    ["host.os.type", "host.os.family", "host.os.platform"]
        .iter()
        .find_map(|name| match fields.first(name)? {
            "windows" => Some("windows"),
            "macos" | "darwin" => Some("macos"),
            _ => Some("linux"),
        })
}

/// Schemas by what only they have: fields that must be there, with what their value contains, and what they are.
/// The first that fits counts.
type Schema = (
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);

const SCHEMAS: &[Schema] = &[
    (
        &[("eventSource", ".amazonaws.com"), ("eventName", "")],
        "aws",
        "cloudtrail",
    ),
    (
        &[
            ("eventSource", "SecurityComplianceCenter"),
            ("eventName", ""),
        ],
        "m365",
        "threat_management",
    ),
    (
        &[("Workload", ""), ("Operation", ""), ("RecordType", "")],
        "m365",
        "audit",
    ),
    (&[("riskEventType", "")], "azure", "riskdetection"),
    (&[("category", "SignInLogs")], "azure", "signinlogs"),
    (&[("Category", "SignInLogs")], "azure", "signinlogs"),
    (&[("category", "AuditLogs")], "azure", "auditlogs"),
    (&[("Category", "AuditLogs")], "azure", "auditlogs"),
    (&[("loggedByService", "PIM")], "azure", "pim"),
    (
        &[("activityDisplayName", ""), ("loggedByService", "")],
        "azure",
        "auditlogs",
    ),
    (
        &[("ResultType", ""), ("AppDisplayName", "")],
        "azure",
        "signinlogs",
    ),
    (
        &[("appDisplayName", ""), ("userPrincipalName", "")],
        "azure",
        "signinlogs",
    ),
    (
        &[("operationName", ""), ("resourceId", "")],
        "azure",
        "activitylogs",
    ),
    (&[("OperationNameValue", "")], "azure", "activitylogs"),
    (
        &[("actor.alternateId", ""), ("eventType", "")],
        "okta",
        "okta",
    ),
    (
        &[("legacyEventType", ""), ("eventType", "")],
        "okta",
        "okta",
    ),
    (
        &[("protoPayload.serviceName", "admin.googleapis.com")],
        "gcp",
        "google_workspace.admin",
    ),
    (
        &[("protoPayload.serviceName", "login.googleapis.com")],
        "gcp",
        "google_workspace.login",
    ),
    (
        &[("eventService", "admin.googleapis.com")],
        "gcp",
        "google_workspace.admin",
    ),
    (&[("protoPayload.methodName", "")], "gcp", "gcp.audit"),
    (&[("data.protoPayload.methodName", "")], "gcp", "gcp.audit"),
    (&[("gcp.audit.method_name", "")], "gcp", "gcp.audit"),
    (
        &[("apiVersion", "audit.k8s.io"), ("verb", "")],
        "kubernetes",
        "audit",
    ),
    (
        &[("objectRef.resource", ""), ("verb", "")],
        "kubernetes",
        "audit",
    ),
    (&[("auditType.action", "")], "bitbucket", "audit"),
    (
        &[("action", "."), ("actor", ""), ("_document_id", "")],
        "github",
        "audit",
    ),
    (
        &[("action", "."), ("actor", ""), ("org", "")],
        "github",
        "audit",
    ),
    (
        &[("event_type_id", ""), ("account_id", "")],
        "onelogin",
        "onelogin.events",
    ),
    (&[("logtype", ""), ("node_id", "")], "opencanary", ""),
    (
        &[("SYSLOG_IDENTIFIER", ""), ("MESSAGE", "")],
        "journald",
        "",
    ),
];

/// What a record that is no event of Windows is.
fn what<'r>(found: &[Pair<'r>]) -> (&'static str, Cow<'r, str>) {
    let get = |wanted: &str| {
        found
            .iter()
            .find(|(path, _)| path == wanted)
            .map(|(_, value)| value)
    };
    let fits = |schema: &&Schema| {
        schema
            .0
            .iter()
            .all(|(path, part)| get(path).is_some_and(|value| value.contains(part)))
    };
    match SCHEMAS.iter().find(fits) {
        Some((_, "journald", _)) => {
            let program = get("SYSLOG_IDENTIFIER").cloned().unwrap_or_default();
            ("syslog", program)
        }
        Some((_, product, service)) => (product, Cow::Borrowed(service)),
        None => ("json", Cow::Borrowed("")),
    }
}

#[cfg(test)]
mod tests {
    use super::of_json;
    use crate::fields::{Fields, Origin};
    use proptest::prelude::*;

    fn fields(text: &str) -> Fields<'_> {
        let mut fields = Fields::default();
        of_json(text.as_bytes(), &mut fields);
        fields
    }

    #[test]
    fn events_of_windows_are_known_whoever_exported_them() {
        for text in [
            r##"{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational"},"EventData":{"Image":"C:\\a.exe"}}}"##,
            r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":{"#attributes":{"Qualifiers":0},"#text":1},"Channel":"Microsoft-Windows-Sysmon/Operational"},"EventData":{"Image":"C:\\a.exe"}}}"##,
            r#"{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","SourceName":"Microsoft-Windows-Sysmon","Image":"C:\\a.exe"}"#,
            r#"{"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":"1","provider_name":"Microsoft-Windows-Sysmon","event_data":{"Image":"C:\\a.exe"}},"event":{"code":1}}"#,
        ] {
            let fields = fields(text);
            let Origin::Windows {
                channel,
                provider,
                id,
            } = &fields.origin
            else {
                panic!("{text}");
            };
            assert_eq!(
                (channel.as_ref(), provider.as_ref(), *id),
                (
                    "Microsoft-Windows-Sysmon/Operational",
                    "Microsoft-Windows-Sysmon",
                    1
                )
            );
            assert_eq!(fields.first("Image"), Some("C:\\a.exe"));
            assert_eq!(fields.first("EventID"), Some("1"));
            assert_eq!(
                fields.first("Provider_Name"),
                Some("Microsoft-Windows-Sysmon")
            );
        }
    }

    #[test]
    fn other_records_have_paths_and_are_known_by_their_schema() {
        let fields = fields(
            r#"{"eventSource":"iam.amazonaws.com","eventName":"CreateUser","userIdentity":{"type":"Root","n":null},"tags":["a",{"b":2}],"requestParameters":{"attribute":"x\u0041"}}"#,
        );
        assert_eq!(
            fields.origin,
            Origin::Other {
                format: "aws",
                part: "cloudtrail".into()
            }
        );
        assert_eq!(fields.first("userIdentity.type"), Some("Root"));
        assert_eq!(fields.first("userIdentity.n"), None);
        assert_eq!(fields.first("requestParameters.attribute"), Some("xA"));
        assert_eq!(
            fields.first("requestParameters"),
            Some(r#"{"attribute":"x\u0041"}"#)
        );
        assert_eq!(fields.first("tags"), Some("a"));
        assert_eq!(fields.first("tags.b"), Some("2"));
    }

    proptest! {
        #[test]
        fn any_text_gives_fields_or_none(text in r#"[\[\]{}",:\\a1 u0é]{0,80}"#) {
            let mut fields = Fields::default();
            of_json(text.as_bytes(), &mut fields);
            prop_assert!(fields.pairs().count() <= 1024);
        }
    }
}

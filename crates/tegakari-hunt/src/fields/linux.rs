//! Logs of Linux as fields: the audit log, syslog and the journal, and Sysmon for Linux.

use std::borrow::Cow;

use super::{Fields, Origin, windows};
use crate::formats::auditd_fields;

/// Reads one event of the audit log, of as many lines as it has. `type` is a list of all; a command line in pieces is
/// put together.
pub(crate) fn of_audit<'r>(record: &'r [u8], fields: &mut Fields<'r>) {
    let mut command = String::new();
    for line in record.split(|b| *b == b'\n') {
        auditd_fields(line, &mut |kind, key, value: Cow<'r, [u8]>| {
            let text = match value {
                Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
                Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
            };
            let name = String::from_utf8_lossy(key);
            let is_argument = kind == b"EXECVE"
                && name
                    .strip_prefix('a')
                    .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            if is_argument {
                if !command.is_empty() {
                    command.push(' ');
                }
                command.push_str(&text);
            }
            fields.add(name, text);
        });
    }
    if !command.is_empty() {
        fields.add("CommandLine", command);
    }
    if let Some(exe) = fields.first("exe").map(ToOwned::to_owned) {
        fields.add("Image", exe);
    }
    fields.set_text(record);
    fields.origin = Origin::Other {
        format: "auditd",
        part: Cow::Borrowed(""),
    };
}

/// Reads a message that a program wrote to syslog or the journal.
pub(crate) fn of_message<'r>(
    record: &'r [u8],
    program: &'r [u8],
    text: &'r [u8],
    fields: &mut Fields<'r>,
) {
    // Sysmon for Linux writes the event as XML into the message.
    if program == b"sysmon"
        && let Some(start) = memchr::memmem::find(text, b"<Event>")
    {
        windows::of_xml(&text[start..], fields);
        return;
    }
    if program == b"sudo" {
        for (name, value) in pairs(text) {
            fields.add(
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(value),
            );
        }
    }
    fields.add_bytes("program", program);
    fields.add_bytes("message", text);
    fields.set_text(record);
    fields.origin = Origin::Other {
        format: "syslog",
        part: service(program),
    };
}

/// A message of an appliance that only searches without a field look at.
pub(crate) fn of_appliance<'r>(format: &'static str, record: &'r [u8], fields: &mut Fields<'r>) {
    fields.set_text(record);
    fields.origin = Origin::Other {
        format,
        part: Cow::Borrowed(""),
    };
}

/// `alice : TTY=pts/0 ; PWD=/home ; USER=root ; COMMAND=/bin/sh -c x`
fn pairs(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    text.split(|b| *b == b';').filter_map(|part| {
        let part = part.trim_ascii();
        let equals = memchr::memchr(b'=', part)?;
        let name = &part[..equals];
        let name = name
            .iter()
            .rposition(|b| *b == b' ')
            .map_or(name, |at| &name[at + 1..]);
        Some((name, &part[equals + 1..]))
    })
}

/// The service that a program is, where its name is another.
fn service(program: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(program);
    if text.eq_ignore_ascii_case("cron") {
        return Cow::Borrowed("cron");
    }
    match text.as_ref() {
        "sshd-session" | "sshd-auth" => Cow::Borrowed("sshd"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{of_audit, of_message};
    use crate::fields::{Fields, Origin};

    #[test]
    fn an_audit_event_is_fields() {
        let text = b"type=SYSCALL msg=audit(1767225600.123:5): arch=c000003e syscall=59 exe=\"/usr/bin/touch\" key=\"k\"\ntype=EXECVE msg=audit(1767225600.123:5): argc=2 a0=\"touch\" a1=2F746D702F612062";
        let mut fields = Fields::default();
        of_audit(text, &mut fields);
        assert_eq!(
            fields.all("type").collect::<Vec<_>>(),
            ["SYSCALL", "EXECVE"]
        );
        assert_eq!(fields.first("a1"), Some("/tmp/a b"));
        assert_eq!(fields.first("exe"), Some("/usr/bin/touch"));
        assert_eq!(fields.first("CommandLine"), Some("touch /tmp/a b"));
    }

    #[test]
    fn what_programs_say_is_of_their_service() {
        let mut fields = Fields::default();
        let text = b"alice : TTY=pts/0 ; PWD=/home/alice ; USER=#-1 ; COMMAND=/bin/sh";
        of_message(text, b"sudo", text, &mut fields);
        assert_eq!(fields.first("USER"), Some("#-1"));
        assert_eq!(fields.first("TTY"), Some("pts/0"));
        let mut fields = Fields::default();
        of_message(b"x", b"CRON", b"x", &mut fields);
        assert_eq!(
            fields.origin,
            Origin::Other {
                format: "syslog",
                part: "cron".into()
            }
        );
        let mut fields = Fields::default();
        let text = b"<Event><System><Provider Name=\"Linux-Sysmon\"/><EventID>1</EventID><Channel>Linux-Sysmon/Operational</Channel></System><EventData><Data Name=\"Image\">/bin/sh</Data></EventData></Event>";
        of_message(text, b"sysmon", text, &mut fields);
        assert_eq!(fields.origin, Origin::LinuxSysmon(1));
        assert_eq!(fields.first("Image"), Some("/bin/sh"));
    }
}

//! What Windows events mean, whether they come as XML or as JSON.
//!
//! Event numbers: Sysmon's manual (learn.microsoft.com/sysinternals/downloads/sysmon) and
//! "Appendix L: Events to Monitor" of Microsoft's documentation.

use tegakari_model::Telemetry as T;

use crate::Kinds;
use crate::event::{Event, Role, SourceName};

/// The fields of one event that a hunt needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct WindowsFields<'r> {
    pub(crate) provider: &'r [u8],
    pub(crate) channel: &'r [u8],
    pub(crate) id: &'r [u8],
    pub(crate) computer: &'r [u8],
    hashes: &'r [u8],
    command_line: &'r [u8],
    source: &'r [u8],
    source_name: &'r [u8],
    destination: &'r [u8],
    destination_name: &'r [u8],
    outgoing: Option<bool>,
    query: &'r [u8],
    results: &'r [u8],
    workstation: &'r [u8],
    peer: &'r [u8],
}

impl<'r> WindowsFields<'r> {
    /// Whether [`take`](Self::take) takes fields of this name.
    pub(crate) fn has(name: &[u8]) -> bool {
        matches!(
            name,
            b"Hashes"
                | b"Hash"
                | b"CommandLine"
                | b"ProcessCommandLine"
                | b"SourceIp"
                | b"SourceAddress"
                | b"SourceHostname"
                | b"DestinationIp"
                | b"DestAddress"
                | b"DestinationHostname"
                | b"Initiated"
                | b"Direction"
                | b"QueryName"
                | b"QueryResults"
                | b"WorkstationName"
                | b"Workstation"
                | b"IpAddress"
        )
    }

    /// Takes one field of the event's data.
    pub(crate) fn take(&mut self, name: &[u8], value: &'r [u8]) {
        match name {
            b"Hashes" | b"Hash" => self.hashes = value,
            b"CommandLine" | b"ProcessCommandLine" => self.command_line = value,
            b"SourceIp" | b"SourceAddress" => self.source = value,
            b"SourceHostname" => self.source_name = value,
            b"DestinationIp" | b"DestAddress" => self.destination = value,
            b"DestinationHostname" => self.destination_name = value,
            b"Initiated" => self.outgoing = Some(value.eq_ignore_ascii_case(b"true")),
            b"Direction" if value == b"%%14593" => self.outgoing = Some(true),
            b"Direction" if value == b"%%14592" => self.outgoing = Some(false),
            b"QueryName" => self.query = value,
            b"QueryResults" => self.results = value,
            b"WorkstationName" | b"Workstation" => self.workstation = value,
            b"IpAddress" => self.peer = value,
            _ => {}
        }
    }

    fn hash_kinds(&self) -> Kinds {
        let mut kinds = Kinds::NONE;
        for part in self.hashes.split(|&b| b == b',') {
            let mut halves = part.splitn(2, |&b| b == b'=');
            let (name, value) = (
                halves.next().unwrap_or_default(),
                halves.next().unwrap_or_default(),
            );
            // Sysmon writes zeros when it could not read the file.
            if value.iter().all(|&b| b == b'0') {
                continue;
            }
            kinds = match (name.trim_ascii(), value.len()) {
                (b"MD5", 32) => kinds.with(T::FileMd5),
                (b"SHA1", 40) => kinds.with(T::FileSha1),
                (b"SHA256", 64) => kinds.with(T::FileSha256),
                _ => kinds,
            };
        }
        kinds
    }

    fn has_command_line(&self) -> bool {
        !self.command_line.is_empty() && self.command_line != b"-"
    }
}

fn ends_with(text: &[u8], end: &[u8]) -> bool {
    text.len() >= end.len() && text[text.len() - end.len()..].eq_ignore_ascii_case(end)
}

/// Makes the event. Time and record shape are the reader's.
pub(crate) fn describe<'r>(fields: &WindowsFields<'r>, event: &mut Event<'r>) {
    let channel = fields.channel;
    let number: u32 = std::str::from_utf8(fields.id)
        .ok()
        .and_then(|t| t.parse().ok())
        .unwrap_or(0);
    event.detail = [channel, fields.id];
    let sysmon = channel.starts_with(b"Microsoft-Windows-Sysmon")
        || fields.provider == b"Microsoft-Windows-Sysmon";
    let (source, shows, carries) = if sysmon {
        let (shows, carries) = sysmon_kinds(number, fields);
        ("sysmon", shows, carries)
    } else if channel == b"Security"
        || channel.is_empty() && ends_with(fields.provider, b"Security-Auditing")
    {
        let (shows, carries) = security_kinds(number, fields);
        ("windows-security", shows, carries)
    } else if channel == b"System" {
        let kinds = match number {
            7045 | 7036 | 7040 => Kinds::of(&[T::Service]),
            _ => Kinds::of(&[T::Other]),
        };
        // Services that start and stop are told by whom tells of those that are installed, which nobody can turn off.
        let manager = fields.provider.is_empty() || fields.provider == b"Service Control Manager";
        let shows = if manager && matches!(number, 7045 | 7036 | 7040) {
            kinds
        } else {
            Kinds::of(&[T::Other])
        };
        ("windows-system", shows, kinds)
    } else if ends_with(channel, b"PowerShell/Operational") || channel == b"Windows PowerShell" {
        let kinds = match number {
            4103 | 4104 | 400 | 800 => Kinds::of(&[T::CommandLine]),
            _ => Kinds::of(&[T::Other]),
        };
        // Script blocks are no command lines of processes: carried, but not proof of visibility.
        ("windows-powershell", Kinds::of(&[T::Other]), kinds)
    } else if ends_with(channel, b"Windows Defender/Operational") {
        let kinds = Kinds::of(&[T::Alert]);
        ("windows-defender", kinds, kinds)
    } else if ends_with(channel, b"TaskScheduler/Operational") {
        let kinds = match number {
            106 | 140 | 141 => Kinds::of(&[T::ScheduledTask]),
            _ => Kinds::of(&[T::Other]),
        };
        ("windows-tasks", kinds, kinds)
    } else if ends_with(channel, b"DNS-Client/Operational")
        || ends_with(channel, b"DNS Client Events/Operational")
    {
        event.name = fields.query;
        let kinds = match number {
            3006 | 3008 | 3020 => Kinds::of(&[T::Dns, T::DnsAnswer]),
            _ => Kinds::of(&[T::Other]),
        };
        ("windows-dns-client", kinds, kinds)
    } else {
        event.source.part = channel;
        let kinds = Kinds::of(&[T::Other]);
        ("windows", kinds, kinds)
    };
    event.source = SourceName {
        format: source,
        part: event.source.part,
    };
    event.carries = carries;
    event.party(fields.computer, Role::Endpoint, shows);
    if sysmon && number == 22 {
        event.name = fields.query;
    }
    match fields.outgoing {
        Some(true) => {
            event.peer = fields.destination;
            event.claim(fields.source, fields.computer, true);
            event.claim(fields.destination, fields.destination_name, false);
        }
        Some(false) => {
            event.claim(fields.destination, fields.computer, true);
            event.claim(fields.source, fields.source_name, false);
        }
        None => event.claim(fields.peer, fields.workstation, false),
    }
}

/// What a Sysmon event proves to be collected, and what it carries.
fn sysmon_kinds(number: u32, fields: &WindowsFields<'_>) -> (Kinds, Kinds) {
    let hashes = fields.hash_kinds();
    let kinds = match number {
        1 if fields.has_command_line() => Kinds::of(&[T::Process, T::CommandLine]).and(hashes),
        1 => Kinds::of(&[T::Process]).and(hashes),
        3 => Kinds::of(&[T::Flow]),
        // Image loads, drivers and streams show files as process creation does, and no more.
        6 | 7 | 11 | 15 | 23 | 26 | 27 | 28 | 29 => Kinds::of(&[T::FileName]).and(hashes),
        12..=14 => Kinds::of(&[T::Registry]),
        17 | 18 => Kinds::of(&[T::Pipe]),
        22 => Kinds::of(&[T::Dns, T::DnsAnswer]),
        5 | 8 | 10 | 25 => return (Kinds::of(&[T::Other]), Kinds::of(&[T::Process])),
        _ => Kinds::of(&[T::Other]),
    };
    // Hashes of image loads alone do not show programs that are run, so only events 1 prove them.
    // A file that is written is shown by its creation alone, a value in the registry by its being set alone. A log that
    // only has deletions, loads or renamed keys would not show them.
    let shows = match number {
        1 | 11 => kinds,
        6 | 7 | 15 | 23 | 26..=29 => Kinds::of(&[T::Other]),
        12 | 14 => Kinds::of(&[T::Other]),
        _ => without_hashes(kinds),
    };
    let shows = if number == 11 {
        without_hashes(shows)
    } else {
        shows
    };
    (shows, kinds)
}

fn without_hashes(kinds: Kinds) -> Kinds {
    let hashes = Kinds::of(&[T::FileMd5, T::FileSha1, T::FileSha256]);
    let rest: Vec<T> = kinds
        .list()
        .into_iter()
        .filter(|kind| !hashes.meets(Kinds::of(&[*kind])))
        .collect();
    Kinds::of(&rest)
}

/// The same for the Security channel.
fn security_kinds(number: u32, fields: &WindowsFields<'_>) -> (Kinds, Kinds) {
    let kinds = match number {
        4688 if fields.has_command_line() => Kinds::of(&[T::Process, T::CommandLine]),
        4688 => Kinds::of(&[T::Process]),
        4689 => return (Kinds::of(&[T::Other]), Kinds::of(&[T::Process])),
        5156..=5159 => Kinds::of(&[T::Flow]),
        4624 | 4625 | 4648 | 4768..=4771 | 4776 | 4778 | 4779 => Kinds::of(&[T::Logon]),
        4697 => Kinds::of(&[T::Service]),
        4698..=4702 => Kinds::of(&[T::ScheduledTask]),
        // Object access is audited only where somebody asked for it: carried, no proof.
        4657 => return (Kinds::of(&[T::Other]), Kinds::of(&[T::Registry])),
        4656 | 4663 | 5140 | 5145 => return (Kinds::of(&[T::Other]), Kinds::of(&[T::FileName])),
        _ => Kinds::of(&[T::Other]),
    };
    // Blocked connections (5157, 5159) or listening (5158) are no record of all connections.
    if matches!(number, 5157..=5159) {
        return (Kinds::of(&[T::Other]), kinds);
    }
    (kinds, kinds)
}

/// Telemetry that Windows events can carry.
pub(crate) const SHOWS: &[T] = &[
    T::Flow,
    T::Dns,
    T::DnsAnswer,
    T::Process,
    T::CommandLine,
    T::FileMd5,
    T::FileSha1,
    T::FileSha256,
    T::FileName,
    T::Registry,
    T::Service,
    T::ScheduledTask,
    T::Pipe,
    T::Logon,
    T::Alert,
    T::Other,
];

#[cfg(test)]
mod tests {
    use super::WindowsFields;

    #[test]
    fn a_field_is_said_to_be_taken_when_it_is() {
        let source = include_str!("windows_event.rs");
        let names = source
            .split("b\"")
            .filter_map(|rest| rest.split('"').next())
            .filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric()));
        for name in names.map(str::as_bytes) {
            let taken = [&b"x"[..], b"%%14593"].iter().any(|value| {
                let mut fields = WindowsFields::default();
                fields.take(name, value);
                fields != WindowsFields::default()
            });
            assert_eq!(taken, WindowsFields::has(name), "{name:?}");
        }
    }
}

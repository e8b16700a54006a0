//! Records that machines write about themselves: Sysmon as XML, an agent's JSON lines.

use super::cast::{DOMAIN, Machine};
use super::random::Random;
use super::sheet::{Moment, Sheet, show};

/// Programs of the background.
pub(super) const PROGRAMS: &[&str] = &[
    "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
    "C:\\Windows\\System32\\svchost.exe",
    "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
    "C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE",
    "C:\\Windows\\explorer.exe",
    "C:\\Windows\\System32\\conhost.exe",
    "C:\\Windows\\System32\\taskhostw.exe",
    "C:\\Program Files\\Instrument Suite\\calibrate.exe",
];

/// What Sysmon tells about one event: <https://learn.microsoft.com/sysinternals/downloads/sysmon>.
pub(super) enum Event<'a> {
    /// 1
    Process {
        image: &'a str,
        parent: &'a str,
        hashes: String,
    },
    /// 3
    Connection { image: &'a str, to: (&'a str, u64) },
    /// 11
    FileCreated { image: &'a str, file: &'a str },
    /// 13
    RegistrySet { image: &'a str, key: &'a str },
    /// 22
    Dns {
        image: &'a str,
        name: &'a str,
        address: &'a str,
    },
}

/// The hashes of a harmless program of the background: always the same for the same path.
pub(super) fn hashes_of(image: &str) -> String {
    let seed = image.bytes().fold(7u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    let mut digits = Random::new(seed);
    format!(
        "MD5={},SHA256={}",
        digits.hex(32).to_uppercase(),
        digits.hex(64).to_uppercase()
    )
}

/// Sysmon's file of a machine.
pub(super) fn sysmon_file(machine: &Machine) -> String {
    format!("{}/sysmon.xml", machine.name)
}

pub(super) fn sysmon(
    sheet: &mut Sheet,
    random: &mut Random,
    machine: &Machine,
    moment: Moment,
    event: &Event<'_>,
) {
    let pid = random.between(800, 9000);
    let user = format!("MINATO\\{}", machine.user);
    let (id, image, data): (u32, &str, Vec<(&str, String)>) = match event {
        Event::Process {
            image,
            parent,
            hashes,
        } => (
            1,
            image,
            vec![
                ("CommandLine", format!("\"{image}\"")),
                ("CurrentDirectory", "C:\\Windows\\system32\\".to_owned()),
                ("IntegrityLevel", "Medium".to_owned()),
                ("Hashes", hashes.clone()),
                ("ParentProcessId", random.between(600, 9000).to_string()),
                ("ParentImage", (*parent).to_owned()),
            ],
        ),
        Event::Connection { image, to } => (
            3,
            image,
            vec![
                ("Protocol", "tcp".to_owned()),
                ("Initiated", "true".to_owned()),
                ("SourceIp", machine.address.to_owned()),
                ("SourceHostname", format!("{}.{DOMAIN}", machine.name)),
                ("SourcePort", random.between(49_152, 65_535).to_string()),
                ("DestinationIp", to.0.to_owned()),
                ("DestinationPort", to.1.to_string()),
            ],
        ),
        Event::FileCreated { image, file } => {
            (11, image, vec![("TargetFilename", (*file).to_owned())])
        }
        Event::RegistrySet { image, key } => (
            13,
            image,
            vec![
                ("EventType", "SetValue".to_owned()),
                ("TargetObject", (*key).to_owned()),
                ("Details", "DWORD (0x00000001)".to_owned()),
            ],
        ),
        Event::Dns {
            image,
            name,
            address,
        } => (
            22,
            image,
            vec![
                ("QueryName", (*name).to_owned()),
                ("QueryStatus", "0".to_owned()),
                ("QueryResults", format!("::ffff:{address};")),
            ],
        ),
    };
    let head = [
        ("RuleName", "-".to_owned()),
        ("UtcTime", show(moment, "%Y-%m-%d %H:%M:%S%.3f")),
        (
            "ProcessGuid",
            format!(
                "{{5e7b0c11-{}-69b2-{}-000000000500}}",
                random.hex(4),
                random.hex(4)
            ),
        ),
        ("ProcessId", pid.to_string()),
        ("Image", image.to_owned()),
        ("User", user),
    ];
    let data: String = head
        .into_iter()
        .chain(data)
        .map(|(name, value)| format!("<Data Name=\"{name}\">{}</Data>", escaped(&value)))
        .collect();
    let record = format!(
        "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System>\
         <Provider Name=\"Microsoft-Windows-Sysmon\" Guid=\"{{5770385f-c22a-43e0-bf4c-06f5698ffbd9}}\"/>\
         <EventID>{id}</EventID><TimeCreated SystemTime=\"{}\"/>\
         <EventRecordID>{NUMBER}</EventRecordID><Execution ProcessID=\"2188\" ThreadID=\"3120\"/>\
         <Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>{}.{DOMAIN}</Computer>\
         <Security UserID=\"S-1-5-18\"/></System><EventData>{data}</EventData></Event>",
        show(moment, "%Y-%m-%dT%H:%M:%S%.3f0000Z"),
        machine.name,
    );
    sheet.add(&sysmon_file(machine), moment, record);
}

/// What stands for the number of an event until all of its log are there: Windows numbers them one after the other.
pub(super) const NUMBER: &str = "#number#";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// A process of a machine with another agent, as JSON lines in Elastic's field names.
pub(super) fn agent(sheet: &mut Sheet, random: &mut Random, machine: &Machine, moment: Moment) {
    let image = random.pick(PROGRAMS);
    let mut hash = Random::new(image.len() as u64);
    let record = format!(
        "{{\"@timestamp\":\"{}\",\"host\":{{\"name\":\"{}\",\"ip\":[\"{}\"]}},\
         \"event\":{{\"category\":\"process\",\"action\":\"start\"}},\
         \"process\":{{\"pid\":{},\"executable\":\"{}\",\"hash\":{{\"sha256\":\"{}\"}}}},\
         \"user\":{{\"name\":\"{}\",\"domain\":\"MINATO\"}}}}",
        show(moment, "%Y-%m-%dT%H:%M:%S%.3fZ"),
        machine.name,
        machine.address,
        random.between(800, 9000),
        image.replace('\\', "\\\\"),
        hash.hex(64),
        machine.user,
    );
    sheet.add(&format!("{}/agent.jsonl", machine.name), moment, record);
}

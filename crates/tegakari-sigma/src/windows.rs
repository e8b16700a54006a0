//! Events of Windows: which rules they are for, and how rules call their fields.
//!
//! Channels and numbers of events are those that SigmaHQ's rules and their documentation name; names of fields are
//! those of Microsoft's own manifests. Beside the data of the event, rules ask for `EventID`, `Provider_Name`,
//! `Channel`, `Level` and `Computer`, and for `Data` where data have no names.

use crate::labels::Labels;

/// Channel → the service that rules call it, sorted.
const SERVICES: &[(&str, &str)] = &[
    ("Application", "application"),
    ("DNS Server", "dns-server"),
    ("MSExchange Management", "msexchange-management"),
    (
        "Microsoft-IIS-Configuration/Administrative",
        "iis-configuration",
    ),
    (
        "Microsoft-IIS-Configuration/Operational",
        "iis-configuration",
    ),
    (
        "Microsoft-ServiceBus-Client/Admin",
        "microsoft-servicebus-client",
    ),
    (
        "Microsoft-ServiceBus-Client/Operational",
        "microsoft-servicebus-client",
    ),
    ("Microsoft-Windows-AppLocker/EXE and DLL", "applocker"),
    ("Microsoft-Windows-AppLocker/MSI and Script", "applocker"),
    (
        "Microsoft-Windows-AppLocker/Packaged app-Deployment",
        "applocker",
    ),
    (
        "Microsoft-Windows-AppLocker/Packaged app-Execution",
        "applocker",
    ),
    (
        "Microsoft-Windows-AppModel-Runtime/Admin",
        "appmodel-runtime",
    ),
    (
        "Microsoft-Windows-AppXDeploymentServer/Operational",
        "appxdeployment-server",
    ),
    (
        "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
        "application-experience",
    ),
    (
        "Microsoft-Windows-Application-Experience/Program-Telemetry",
        "application-experience",
    ),
    (
        "Microsoft-Windows-AppxPackaging/Operational",
        "appxpackaging-om",
    ),
    (
        "Microsoft-Windows-BitLocker/BitLocker Management",
        "bitlocker",
    ),
    ("Microsoft-Windows-Bits-Client/Operational", "bits-client"),
    ("Microsoft-Windows-CAPI2/Operational", "capi2"),
    (
        "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
        "certificateservicesclient-lifecycle-system",
    ),
    (
        "Microsoft-Windows-CodeIntegrity/Operational",
        "codeintegrity-operational",
    ),
    ("Microsoft-Windows-DHCP-Server/Operational", "dhcp"),
    (
        "Microsoft-Windows-DNS Client Events/Operational",
        "dns-client",
    ),
    ("Microsoft-Windows-DNS-Client/Operational", "dns-client"),
    (
        "Microsoft-Windows-DNS-Server/Analytical",
        "dns-server-analytic",
    ),
    ("Microsoft-Windows-DNS-Server/Audit", "dns-server-audit"),
    (
        "Microsoft-Windows-DNSServer/Analytical",
        "dns-server-analytic",
    ),
    ("Microsoft-Windows-DNSServer/Audit", "dns-server-audit"),
    (
        "Microsoft-Windows-Diagnosis-Scripted/Operational",
        "diagnosis-scripted",
    ),
    (
        "Microsoft-Windows-DriverFrameworks-UserMode/Operational",
        "driver-framework",
    ),
    ("Microsoft-Windows-Hyper-V-Worker", "hyper-v-worker"),
    (
        "Microsoft-Windows-Kernel-EventTracing",
        "kernel-event-tracing",
    ),
    (
        "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
        "kernel-shimengine",
    ),
    (
        "Microsoft-Windows-Kernel-ShimEngine/Operational",
        "kernel-shimengine",
    ),
    ("Microsoft-Windows-LDAP-Client/Debug", "ldap"),
    ("Microsoft-Windows-LSA/Operational", "lsa-server"),
    ("Microsoft-Windows-NTLM/Operational", "ntlm"),
    ("Microsoft-Windows-Ntfs/Operational", "ntfs"),
    ("Microsoft-Windows-PowerShell/Operational", "powershell"),
    ("Microsoft-Windows-PrintService/Admin", "printservice-admin"),
    (
        "Microsoft-Windows-PrintService/Operational",
        "printservice-operational",
    ),
    ("Microsoft-Windows-SENSE/Operational", "sense"),
    (
        "Microsoft-Windows-SMBServer/Connectivity",
        "smbserver-connectivity",
    ),
    (
        "Microsoft-Windows-Security-Mitigations/Kernel Mode",
        "security-mitigations",
    ),
    (
        "Microsoft-Windows-Security-Mitigations/KernelMode",
        "security-mitigations",
    ),
    (
        "Microsoft-Windows-Security-Mitigations/User Mode",
        "security-mitigations",
    ),
    (
        "Microsoft-Windows-Security-Mitigations/UserMode",
        "security-mitigations",
    ),
    ("Microsoft-Windows-Shell-Core/Operational", "shell-core"),
    (
        "Microsoft-Windows-SmbClient/Connectivity",
        "smbclient-connectivity",
    ),
    ("Microsoft-Windows-SmbClient/Security", "smbclient-security"),
    ("Microsoft-Windows-Sysmon/Operational", "sysmon"),
    (
        "Microsoft-Windows-TaskScheduler/Operational",
        "taskscheduler",
    ),
    (
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
        "terminalservices-localsessionmanager",
    ),
    ("Microsoft-Windows-VHDMP-Operational", "vhdmp"),
    ("Microsoft-Windows-VHDMP/Operational", "vhdmp"),
    ("Microsoft-Windows-WMI-Activity/Operational", "wmi"),
    (
        "Microsoft-Windows-Windows Defender/Operational",
        "windefend",
    ),
    (
        "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",
        "firewall-as",
    ),
    ("OpenSSH/Operational", "openssh"),
    ("PowerShellCore/Operational", "powershell"),
    ("Security", "security"),
    ("System", "system"),
    ("Windows PowerShell", "powershell-classic"),
];

/// Providers whose service is told by them where the channel is another (an event that was forwarded or exported).
const PROVIDERS: &[(&str, &str)] = &[
    ("Microsoft-Windows-DNS-Server-Service", "dns-server"),
    ("Microsoft-Windows-DNSServer", "dns-server-analytic"),
    ("Microsoft-Windows-LDAP-Client", "ldap"),
    ("Microsoft-Windows-Sysmon", "sysmon"),
];

/// Microsoft's antivirus says with these that it found something.
const ANTIVIRUS: [u32; 13] = [
    1006, 1007, 1008, 1009, 1010, 1011, 1012, 1017, 1018, 1019, 1115, 1116, 1117,
];

/// What an event is. An event that no service or category is known for is one of `windows` alone.
pub fn labels(channel: &str, provider: &str, event_id: u32) -> Vec<Labels> {
    let service = service(channel, provider);
    let categories = categories(service, provider, event_id);
    if categories.is_empty() {
        return vec![Labels::new("windows", "", service)];
    }
    categories
        .iter()
        .map(|category| Labels::new("windows", category, service))
        .collect()
}

/// The channels that a service is known for, sorted.
pub fn channels() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|(channel, _)| *channel)
}

fn service(channel: &str, provider: &str) -> &'static str {
    let of_channel = SERVICES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(channel));
    let found = of_channel.or_else(|| PROVIDERS.iter().find(|(name, _)| *name == provider));
    found.map_or("", |(_, service)| service)
}

fn categories(service: &str, provider: &str, event_id: u32) -> &'static [&'static str] {
    match (service, event_id) {
        ("sysmon", id) => sysmon(id),
        ("security", 4688) => &["process_creation"],
        ("security", 4657) => &["registry_event", "registry_set"],
        ("security", 5156) => &["network_connection"],
        ("powershell", 4103) => &["ps_module"],
        ("powershell", 4104) => &["ps_script"],
        ("powershell-classic", 400) => &["ps_classic_start"],
        ("powershell-classic", 600) => &["ps_classic_provider_start"],
        ("powershell-classic", 800) => &["ps_classic_script"],
        ("windefend", id) if ANTIVIRUS.contains(&id) => &["antivirus"],
        (_, id) if provider == "Microsoft-Windows-Kernel-File" => match id {
            12 => &["file_access"],
            19 | 27 => &["file_rename"],
            26 => &["file_delete"],
            30 => &["file_event"],
            _ => &[],
        },
        _ => &[],
    }
}

/// Numbers of Sysmon's events (its documentation, "Events").
fn sysmon(id: u32) -> &'static [&'static str] {
    match id {
        1 => &["process_creation"],
        2 => &["file_change"],
        3 => &["network_connection"],
        4 | 16 => &["sysmon_status"],
        5 => &["process_termination"],
        6 => &["driver_load"],
        7 => &["image_load"],
        8 => &["create_remote_thread"],
        9 => &["raw_access_thread"],
        10 => &["process_access"],
        11 => &["file_event"],
        12 => &["registry_add", "registry_delete", "registry_event"],
        13 => &["registry_event", "registry_set"],
        14 => &["registry_event", "registry_rename"],
        15 => &["create_stream_hash"],
        17 | 18 => &["pipe_created"],
        19..=21 => &["wmi_event"],
        22 => &["dns_query"],
        23 => &["file_delete"],
        24 => &["clipboard_change", "clipboard_capture"],
        25 => &["process_tampering"],
        26 => &["file_delete", "file_delete_detected"],
        27 => &["file_block_executable"],
        28 => &["file_block_shredding"],
        29 => &["file_executable_detected"],
        255 => &["sysmon_error"],
        _ => &[],
    }
}

/// A field's name in rules, and its names in events.
type Name = (&'static str, &'static [&'static str]);

/// A new process, as the system itself audits it (4688).
const NEW_PROCESS: &[Name] = &[
    ("Image", &["NewProcessName"]),
    ("IntegrityLevel", &["MandatoryLabel"]),
    ("LogonId", &["SubjectLogonId"]),
    ("ParentImage", &["ParentProcessName"]),
    ("ParentProcessId", &["ProcessId"]),
    ("ProcessId", &["NewProcessId"]),
    ("User", &["SubjectUserName"]),
];

/// A value of the registry that was changed (4657).
const REGISTRY_VALUE: &[Name] = &[
    ("Details", &["NewValue"]),
    ("EventType", &["OperationType"]),
    ("Image", &["ProcessName"]),
    ("TargetObject", &["ObjectName"]),
    ("User", &["SubjectUserName"]),
];

/// A connection that was let through (5156).
const CONNECTION: &[Name] = &[
    ("DestinationIp", &["DestAddress"]),
    ("DestinationPort", &["DestPort"]),
    ("Image", &["Application"]),
    ("SourceIp", &["SourceAddress"]),
];

/// Microsoft's antivirus, whose names have blanks in them.
const DEFENDER: &[Name] = &[
    ("ActionName", &["Action Name"]),
    ("CategoryName", &["Category Name"]),
    ("DetectionUser", &["Detection User"]),
    ("ErrorCode", &["Error Code"]),
    ("ErrorDescription", &["Error Description"]),
    ("Feature_Name", &["Feature Name"]),
    ("Filename", &["Path"]),
    ("NewValue", &["New Value"]),
    ("OldValue", &["Old Value"]),
    ("OriginName", &["Origin Name"]),
    ("ProcessName", &["Process Name"]),
    ("RemediationUser", &["Remediation User"]),
    ("SeverityName", &["Severity Name"]),
    ("Signature", &["Threat Name"]),
    ("SourceName", &["Source Name"]),
    ("ThreatName", &["Threat Name"]),
    ("User", &["Detection User"]),
];

/// How the event itself calls a field that rules call `name`: to be looked for in this order, before `name` itself.
pub fn field_name(
    channel: &str,
    provider: &str,
    event_id: u32,
    name: &str,
) -> &'static [&'static str] {
    // Asked for every field of every record, so what is rare is found out first.
    let table = match event_id {
        4688 if channel.eq_ignore_ascii_case("Security") => NEW_PROCESS,
        4657 if channel.eq_ignore_ascii_case("Security") => REGISTRY_VALUE,
        5156 if channel.eq_ignore_ascii_case("Security") => CONNECTION,
        _ if provider == "Microsoft-Windows-Windows Defender" => DEFENDER,
        _ => return &[],
    };
    table
        .binary_search_by(|(known, _)| (*known).cmp(name))
        .ok()
        .and_then(|at| table.get(at))
        .map_or(&[], |(_, names)| names)
}

#[cfg(test)]
mod tests {
    use super::{CONNECTION, DEFENDER, NEW_PROCESS, REGISTRY_VALUE, field_name, labels};

    fn shown(channel: &str, provider: &str, id: u32) -> Vec<String> {
        labels(channel, provider, id)
            .iter()
            .map(|l| {
                format!(
                    "{}/{}/{}",
                    l.product.unwrap_or(""),
                    l.category.unwrap_or(""),
                    l.service.unwrap_or("")
                )
            })
            .collect()
    }

    #[test]
    fn an_event_is_of_a_category_and_of_a_service_at_once() {
        for (channel, id, expect) in [
            (
                "Microsoft-Windows-Sysmon/Operational",
                1,
                vec!["windows/process_creation/sysmon"],
            ),
            ("Security", 4688, vec!["windows/process_creation/security"]),
            ("security", 4624, vec!["windows//security"]),
            (
                "Windows PowerShell",
                400,
                vec!["windows/ps_classic_start/powershell-classic"],
            ),
            (
                "Microsoft-Windows-Sysmon/Operational",
                13,
                vec![
                    "windows/registry_event/sysmon",
                    "windows/registry_set/sysmon",
                ],
            ),
            ("Somebody's", 1, vec!["windows//"]),
        ] {
            assert_eq!(shown(channel, "", id), expect, "{channel} {id}");
        }
        assert_eq!(
            shown("ForwardedEvents", "Microsoft-Windows-Sysmon", 11),
            ["windows/file_event/sysmon"]
        );
    }

    #[test]
    fn names_of_fields_are_sorted_so_that_they_are_found() {
        for table in [NEW_PROCESS, REGISTRY_VALUE, CONNECTION, DEFENDER] {
            assert!(table.is_sorted_by(|a, b| a.0 < b.0));
            for (name, _) in table {
                assert!(
                    table
                        .binary_search_by(|(known, _)| (*known).cmp(name))
                        .is_ok()
                );
            }
        }
        assert_eq!(
            field_name("Security", "", 4688, "Image"),
            ["NewProcessName"]
        );
        assert_eq!(field_name("Security", "", 4624, "Image"), [] as [&str; 0]);
    }
}

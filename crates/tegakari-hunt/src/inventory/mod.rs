//! The organisation's own list of machines, in the forms in which it can be had.
//!
//! What a text is, its content tells: a table (CSV; also of `Get-ADComputer` and of Windows' DHCP server), LDIF, leases
//! of ISC dhcpd and dnsmasq, nmap's XML, Zeek's known_hosts.

mod ldif;
mod leases;
mod nmap;
mod table;
mod zeek_known;

use tegakari_model::{Problem, Timestamp};

/// A machine as the inventory lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InventoryAsset {
    /// Its name as listed.
    pub name: String,
    /// Its addresses or networks as listed.
    pub addresses: Vec<String>,
    /// Addresses it had for a time only.
    pub held: Vec<Held>,
    /// Further columns (`owner`, `segment`, `criticality`), sorted by name.
    pub facts: Vec<(String, String)>,
}

/// An address that a machine had for a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// The address as listed.
    pub address: String,
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// Reads an inventory of any of the known forms.
pub fn parse_inventory(text: &str) -> (Vec<InventoryAsset>, Vec<Problem>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let begin = text.trim_start();
    let (assets, problems) = if nmap::is(begin) {
        nmap::read(text)
    } else if ldif::is(text) {
        ldif::read(text)
    } else if leases::is_dhcpd(text) {
        leases::read_dhcpd(text)
    } else if zeek_known::is(begin) {
        zeek_known::read(text)
    } else if leases::is_dnsmasq(begin) {
        leases::read_dnsmasq(text)
    } else {
        // PowerShell's Export-Csv writes the type of its objects before the header.
        let table = match text.split_once('\n') {
            Some((first, rest)) if first.starts_with("#TYPE") => rest,
            _ => text,
        };
        table::read(table)
    };
    (together(assets), problems)
}

/// One asset a name, in the order of first mention, with all that was said of it.
fn together(assets: Vec<InventoryAsset>) -> Vec<InventoryAsset> {
    let mut at = std::collections::HashMap::new();
    let mut all: Vec<InventoryAsset> = Vec::new();
    for asset in assets {
        let next = all.len();
        match *at.entry(asset.name.to_lowercase()).or_insert(next) {
            known if known < next => {
                if let Some(known) = all.get_mut(known) {
                    known.addresses.extend(asset.addresses);
                    known.held.extend(asset.held);
                    known.facts.extend(asset.facts);
                }
            }
            _ => all.push(asset),
        }
    }
    for asset in &mut all {
        asset.addresses.sort();
        asset.addresses.dedup();
        asset.held.sort();
        asset.held.dedup();
        asset.facts.sort();
        asset.facts.dedup();
    }
    all
}

/// What is said of entries without a name: they cannot be told apart from each other.
fn nameless(entries: u64, what: &str) -> Option<Problem> {
    (entries > 0).then(|| {
        Problem::new(
            "inventory",
            format!("{entries} {what} without a name were taken by their address"),
            "give them names if they are machines of yours",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::parse_inventory;

    /// Name, addresses (held ones with `*`), and how many facts.
    fn short(text: &str) -> Vec<String> {
        let (assets, problems) = parse_inventory(text);
        assert!(problems.iter().all(|p| p.records_lost == 0), "{problems:?}");
        assets
            .iter()
            .map(|asset| {
                let mut addresses = asset.addresses.clone();
                addresses.extend(asset.held.iter().map(|held| format!("{}*", held.address)));
                format!(
                    "{} {} {}",
                    asset.name,
                    addresses.join(" "),
                    asset.facts.len()
                )
            })
            .collect()
    }

    #[test]
    fn every_form_is_known_by_its_content() {
        let ad = "#TYPE Microsoft.ActiveDirectory.Management.ADComputer\r\n\"DistinguishedName\",\"DNSHostName\",\"Enabled\",\"IPv4Address\",\"Name\",\"OperatingSystem\"\r\n\"CN=WS-01,OU=W,DC=corp,DC=example\",\"ws-01.corp.example\",\"True\",\"10.0.0.5\",\"WS-01\",\"Windows 11\"\r\n";
        assert_eq!(short(ad), ["WS-01 10.0.0.5 4"]);
        let ldif = "version: 1\n\n# a computer\ndn: CN=SRV-1,DC=corp,DC=example\nobjectClass: top\nobjectClass: computer\ncn: SRV-1\ndNSHostName: srv-1.corp.\n example\noperatingSystem:: V2luZG93cw==\n\ndn: CN=Someone,DC=corp,DC=example\nobjectClass: person\ncn: Someone\n";
        assert_eq!(short(ldif), ["srv-1.corp.example  1"]);
        let dhcpd = "# leases\nlease 10.0.0.7 {\n  starts 2 2025/03/04 01:00:00;\n  ends 2 2025/03/04 09:00:00;\n  hardware ethernet 00:11:22:33:44:55;\n  client-hostname \"ws-07\";\n}\nlease 10.0.0.7 {\n  starts 3 2025/03/05 01:00:00;\n  ends never;\n  hardware ethernet 00:11:22:33:44:66;\n  client-hostname \"ws-08\";\n}\n";
        assert_eq!(short(dhcpd), ["ws-07 10.0.0.7* 1", "ws-08 10.0.0.7* 1"]);
        let dnsmasq = "1741064400 00:11:22:33:44:55 10.0.0.9 ws-09 01:00:11:22:33:44:55\n1741064400 00:11:22:33:44:56 10.0.0.10 * *\nduid 00:01\n";
        assert_eq!(
            short(dnsmasq),
            ["ws-09 10.0.0.9* 1", "10.0.0.10 10.0.0.10* 1"]
        );
        let windows = "\"IPAddress\",\"ScopeId\",\"HostName\",\"ClientId\",\"AddressState\",\"LeaseExpiryTime\"\n\"10.0.0.11\",\"10.0.0.0\",\"ws-11.corp.example\",\"00-11\",\"Active\",\"2025-03-05\"\n";
        assert_eq!(short(windows), ["ws-11.corp.example 10.0.0.11 4"]);
        let nmap = "<?xml version=\"1.0\"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner=\"nmap\"><host><status state=\"up\"/><address addr=\"10.0.0.12\" addrtype=\"ipv4\"/><address addr=\"00:11:22:33:44:55\" addrtype=\"mac\" vendor=\"X &amp; Y\"/><hostnames><hostname name=\"ws-12.corp.example\" type=\"PTR\"/></hostnames><os><osmatch name=\"Linux 6\" accuracy=\"98\"/></os></host><host><status state=\"down\"/><address addr=\"10.0.0.13\" addrtype=\"ipv4\"/></host><host><status state=\"up\"/><address addr=\"10.0.0.14\" addrtype=\"ipv4\"/></host></nmaprun>";
        assert_eq!(
            short(nmap),
            ["ws-12.corp.example 10.0.0.12 2", "10.0.0.14 10.0.0.14 0"]
        );
        let zeek = "#separator \\x09\n#path\tknown_hosts\n#fields\tts\thost\n#types\ttime\taddr\n1741050000.1\t10.0.0.15\n";
        assert_eq!(short(zeek), ["10.0.0.15 10.0.0.15 0"]);
        let zeek = "{\"ts\":1741050000.1,\"host\":\"10.0.0.16\"}\n";
        assert_eq!(short(zeek), ["10.0.0.16 10.0.0.16 0"]);
    }

    #[test]
    fn what_is_broken_costs_itself() {
        for text in [
            "dn: CN=a\nobjectClass: computer\ncn:: !!!!\n",
            "lease 10.0.0.1 {\n starts",
            "lease nowhere {\n}\n",
            "<nmaprun><host><address addr=",
            "<nmaprun><host></wrong>",
            "{\"ts\":1,\"host\":7}\n{\n",
            "#path\tknown_hosts\n#fields\thost\nno address\n",
            "99999999999999999999 aa 10.0.0.1 x y\n",
            "lease 10.0.0.1 {\n starts 2 99999/99/99 99:99:99;\n ends x;\n client-hostname \"a\";\n}\n",
            "",
            "\u{feff}",
        ] {
            let _ = parse_inventory(text);
        }
        let (assets, problems) =
            parse_inventory("lease nowhere {\n}\nlease 10.0.0.1 {\n client-hostname \"a\";\n}\n");
        assert_eq!((assets.len(), problems.len()), (1, 1), "{problems:?}");
    }
}

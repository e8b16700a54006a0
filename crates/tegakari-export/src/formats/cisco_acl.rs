//! Cisco IOS extended access lists, one a family. The last line lets everything else through.

use std::io::{self, Write};

use ipnet::IpNet;

use super::ExportFormat;
use crate::context::Written;
use crate::list::List;

/// `block.cisco.acl`
#[derive(Debug)]
pub(super) struct CiscoAcl;

impl ExportFormat for CiscoAcl {
    form!(
        "cisco-acl",
        "block.cisco.acl",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "Cisco IOS extended access lists for IPv4 and IPv6"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let nets = list.nets();
        list.header(out, "!", "Cisco access list")?;
        writeln!(out, "ip access-list extended TEGAKARI-BLOCK")?;
        for net in &nets {
            if let IpNet::V4(net) = net {
                if net.prefix_len() == 32 {
                    writeln!(out, " deny ip any host {}", net.addr())?;
                } else {
                    writeln!(out, " deny ip any {} {}", net.network(), net.hostmask())?;
                }
            }
        }
        writeln!(out, " permit ip any any")?;
        writeln!(out, "ipv6 access-list TEGAKARI-BLOCK-V6")?;
        for net in &nets {
            if let IpNet::V6(net) = net {
                if net.prefix_len() == 128 {
                    writeln!(out, " deny ipv6 any host {}", net.addr())?;
                } else {
                    writeln!(out, " deny ipv6 any {net}")?;
                }
            }
        }
        writeln!(out, " permit ipv6 any any")?;
        Ok(list.written())
    }
}

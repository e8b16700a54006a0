//! Cisco IOS extended access lists, one a family. The last line lets everything else through.

use std::io::{self, Write};

use ipnet::IpNet;
use tegakari_model::BlockPlan;

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::select::{networks_of, plain_value, select};
use crate::text::header_of;

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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let nets = networks_of(&chosen);
        header_of(out, "!", "Cisco access list", &chosen, plan, context)?;
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
        Ok(leaving.written(chosen.len()))
    }
}

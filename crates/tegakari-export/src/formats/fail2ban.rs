//! fail2ban filter (jail.conf(5)): a listed address is banned as soon as a line of a log begins with it.

use std::io::{self, Write};

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List, sorted};
use crate::networks;
use crate::select::regex_escaped;

/// `block.fail2ban.conf`
#[derive(Debug)]
pub(super) struct Fail2ban;

impl ExportFormat for Fail2ban {
    form!(
        "fail2ban",
        "block.fail2ban.conf",
        "text/plain; charset=utf-8",
        Parsed,
        Reissue,
        [Ipv4, Ipv6],
        "fail2ban filter: lines of a log that begin with a listed address"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "fail2ban filter",
            uses: &[
                "filter = block.fail2ban in a jail, as /etc/fail2ban/filter.d/block.fail2ban.conf",
            ],
            before: &["[Definition]", "failregex ="],
            after: &["ignoreregex ="],
            ..Frame::PLAIN
        };
        let addresses = list
            .entries
            .iter()
            .filter_map(|e| networks::parse(e.indicator.observable.value()));
        let body = sorted(addresses.map(|net| {
            let address = regex_escaped(&networks::show(net));
            format!(r"    ^(?={address}\s)<HOST>\s")
        }));
        list.body(&frame, out, body)
    }
}

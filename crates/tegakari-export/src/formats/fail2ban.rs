//! fail2ban filter (jail.conf(5)): a listed address is banned as soon as a line of a log begins with it.

use std::io::{self, Write};

use tegakari_model::BlockPlan;

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::networks;
use crate::select::{Lines, plain_value, regex_escaped, select, sorted, write_body};

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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "fail2ban filter",
            uses: &[
                "filter = block.fail2ban in a jail, as /etc/fail2ban/filter.d/block.fail2ban.conf",
            ],
            before: &["[Definition]", "failregex ="],
            after: &["ignoreregex ="],
            ..Lines::PLAIN
        };
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let body = sorted(
            chosen
                .iter()
                .filter_map(|e| networks::parse(e.indicator.observable.value()))
                .map(|net| {
                    let address = regex_escaped(&networks::show(net));
                    format!("    ^(?={address}\\s)<HOST>\\s")
                }),
        );
        write_body(&lines, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
    }
}

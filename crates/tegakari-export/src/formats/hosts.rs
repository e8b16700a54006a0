//! Hosts file (hosts(5)): the last resort where there is no resolver of one's own.

use std::io::{self, Write};

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List, sorted};

/// `hosts`
#[derive(Debug)]
pub(super) struct Hosts;

impl ExportFormat for Hosts {
    form!(
        "hosts",
        "block.hosts",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Domain],
        "Hosts file: names answered with 0.0.0.0 and ::; does not cover sub-domains"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        // One name a line is the form that every reader takes.
        let body = sorted(list.entries.iter().map(|entry| {
            let name = entry.indicator.observable.value();
            format!("0.0.0.0 {name}\n:: {name}")
        }));
        list.single_names(&Frame::headed("hosts"), out, body)
    }
}

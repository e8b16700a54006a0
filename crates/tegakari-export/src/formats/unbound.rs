//! Unbound local zones (unbound.conf(5)): names that are answered NXDOMAIN with everything below them.
//!
//! A name without its tree is a zone that answers for itself only and lets through what is below.

use std::io::{self, Write};

use tegakari_model::Scope;

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List};

/// `block.unbound.conf`
#[derive(Debug)]
pub(super) struct Unbound;

impl ExportFormat for Unbound {
    form!(
        "unbound",
        "block.unbound.conf",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Domain],
        "Unbound local zones: domains (with sub-domains) answered NXDOMAIN"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "Unbound local zones",
            uses: &["include: \"/etc/unbound/block.unbound.conf\" at the end of unbound.conf"],
            before: &["server:"],
            ..Frame::PLAIN
        };
        list.names(&frame, out, |name, scope| match scope {
                Scope::Tree => format!("  local-zone: \"{name}.\" always_nxdomain"),
                Scope::Exact => format!("  local-zone: \"{name}.\" transparent\n  local-data: \"{name}. 60 IN A 0.0.0.0\"\n  local-data: \"{name}. 60 IN AAAA ::\""),
        })
    }
}

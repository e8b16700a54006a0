//! Rules for blockers of advertisements: Pi-hole, AdGuard Home, uBlock Origin.
//!
//! `||name^` reaches everything below the name. A name without its tree is a line of a hosts file, which
//! all of them take.

use std::io::{self, Write};

use tegakari_model::Scope;

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List};

/// `block.adblock.txt`
#[derive(Debug)]
pub(super) struct Adblock;

impl ExportFormat for Adblock {
    form!(
        "adblock",
        "block.adblock.txt",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Domain],
        "Ad-block rules for Pi-hole, AdGuard and uBlock: domains with sub-domains"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            mark: Some("!"),
            what: "Title: Block list",
            before: &["! Expires: 1 day"],
            ..Frame::PLAIN
        };
        list.names(&frame, out, |name, scope| match scope {
            Scope::Tree => format!("||{name}^"),
            Scope::Exact => format!("0.0.0.0 {name}"),
        })
    }
}

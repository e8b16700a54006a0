//! Zeek intelligence file (frameworks/intel): columns behind tabs, URLs without their scheme.
//!
//! A domain matches itself only, not what is below it.

use std::io::{self, Write};

use tegakari_model::ObservableKind as K;

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List, sorted};
use crate::select::without_scheme;

/// `block.zeek.intel`
#[derive(Debug)]
pub(super) struct Zeek;

impl ExportFormat for Zeek {
    form!(
        "zeek",
        "block.zeek.intel",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Ipv4, Ipv6, Cidr, Domain, Url, Email, Md5, Sha1, Sha256],
        "Zeek intelligence file"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "Zeek intelligence",
            uses: &["redef Intel::read_files += { \"block.zeek.intel\" };"],
            before: &["#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc"],
            ..Frame::PLAIN
        };
        let body = sorted(list.entries.iter().map(|entry| {
            let observable = &entry.indicator.observable;
            let value = observable.value();
            let (value, kind) = match observable.kind() {
                K::Cidr => (value, "SUBNET"),
                K::Domain => (value, "DOMAIN"),
                K::Url => (without_scheme(value), "URL"),
                K::Email => (value, "EMAIL"),
                K::Md5 | K::Sha1 | K::Sha256 => (value, "FILE_HASH"),
                _ => (value, "ADDR"),
            };
            format!("{value}\tIntel::{kind}\ttegakari\tblock list")
        }));
        list.single_names(&frame, out, body)
    }
}

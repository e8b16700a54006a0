//! ClamAV hash signatures ("Hash-based signatures" of its manual): files to find, and files to leave alone.
//!
//! Sizes are not known, so they are `*`, and then the level `73` is mandatory: one line without it makes
//! the whole folder of signatures unusable.

use std::io::{self, Write};

use tegakari_model::{Indicator, ObjectionKind, ObservableKind as K};

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List, sorted};
use crate::select::is_lower_hex;

/// `block.hdb`
#[derive(Debug)]
pub(super) struct Md5;

impl ExportFormat for Md5 {
    form!(
        "clamav-hdb",
        "block.hdb",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Md5],
        "ClamAV signatures of files by MD5"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        write_blocked("ClamAV MD5 signatures", list, out)
    }
}

/// `block.hsb`
#[derive(Debug)]
pub(super) struct Sha;

impl ExportFormat for Sha {
    form!(
        "clamav-hsb",
        "block.hsb",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Sha1, Sha256],
        "ClamAV signatures of files by SHA-1 and SHA-256"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        write_blocked("ClamAV SHA signatures", list, out)
    }
}

/// `allow.fp`
#[derive(Debug)]
pub(super) struct AllowedMd5;

impl ExportFormat for AllowedMd5 {
    form!(
        "clamav-fp",
        "allow.fp",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Md5],
        "ClamAV allow-list of files by MD5: held back because they are allowed or called harmless"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        write_allowed(&[K::Md5], &list, out)
    }
}

/// `allow.sfp`
#[derive(Debug)]
pub(super) struct AllowedSha;

impl ExportFormat for AllowedSha {
    form!(
        "clamav-sfp",
        "allow.sfp",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Sha1, Sha256],
        "ClamAV allow-list of files by SHA-1 and SHA-256: held back because they are allowed or called harmless"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        write_allowed(&[K::Sha1, K::Sha256], &list, out)
    }
}

fn signature(indicator: &Indicator, what: &str) -> String {
    let (hash, kind) = (indicator.observable.value(), indicator.observable.kind());
    format!("{hash}:*:Tegakari.{what}.{}:73", kind.name())
}

fn frame(what: &str) -> Frame<'_> {
    Frame {
        what,
        uses: &["put it into the database folder (/var/lib/clamav)"],
        ..Frame::PLAIN
    }
}

fn write_blocked(what: &str, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
    list.lines(&frame(what), out, |entry| {
        signature(&entry.indicator, "Block")
    })
}

/// Files that somebody says are good; those that are only common need no signature.
fn write_allowed(kinds: &[K], list: &List<'_>, out: &mut dyn Write) -> io::Result<Written> {
    let good = |kind| matches!(kind, ObjectionKind::Allowed | ObjectionKind::CalledBenign);
    let allowed = list.plan.held_back.iter().filter(|held| {
        kinds.contains(&held.indicator.observable.kind())
            && is_lower_hex(held.indicator.observable.value())
            && held.objections.iter().any(|o| good(o.kind))
    });
    let body = sorted(allowed.map(|held| signature(&held.indicator, "Allow")));
    let entries = body.len();
    // Nothing of what is blocked stands on it.
    list.beside().body(&frame("ClamAV allow-list"), out, body)?;
    Ok(Written {
        entries,
        ..Written::default()
    })
}

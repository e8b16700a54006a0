//! ClamAV hash signatures ("Hash-based signatures" of its manual): files to find, and files to leave alone.
//!
//! Sizes are not known, so they are `*`, and then the level `73` is mandatory: one line without it makes
//! the whole folder of signatures unusable.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, Indicator, ObjectionKind, ObservableKind as K};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::select::{Lines, is_lower_hex, plain_value, sorted, write_body, write_lines};

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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "ClamAV MD5 signatures",
            uses: &["put it into the database folder (/var/lib/clamav)"],
            ..Lines::PLAIN
        };
        write_lines(self, &lines, plan, context, out, plain_value, |entry| {
            signature(&entry.indicator, "Block")
        })
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "ClamAV SHA signatures",
            uses: &["put it into the database folder (/var/lib/clamav)"],
            ..Lines::PLAIN
        };
        write_lines(self, &lines, plan, context, out, plain_value, |entry| {
            signature(&entry.indicator, "Block")
        })
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        write_allowed(&[K::Md5], plan, context, out)
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        write_allowed(&[K::Sha1, K::Sha256], plan, context, out)
    }
}

fn signature(indicator: &Indicator, what: &str) -> String {
    let (hash, kind) = (indicator.observable.value(), indicator.observable.kind());
    format!("{hash}:*:Tegakari.{what}.{}:73", kind.name())
}

/// Files that somebody says are good; those that are only common need no signature.
fn write_allowed(
    kinds: &[K],
    plan: &BlockPlan,
    context: &Context,
    out: &mut dyn Write,
) -> io::Result<Written> {
    let good = |kind| matches!(kind, ObjectionKind::Allowed | ObjectionKind::CalledBenign);
    let allowed = plan.held_back.iter().filter(|held| {
        kinds.contains(&held.indicator.observable.kind())
            && is_lower_hex(held.indicator.observable.value())
            && held.objections.iter().any(|o| good(o.kind))
    });
    let body = sorted(allowed.map(|held| signature(&held.indicator, "Allow")));
    let lines = Lines {
        what: "ClamAV allow-list",
        uses: &["put it into the database folder (/var/lib/clamav)"],
        ..Lines::PLAIN
    };
    write_body(&lines, &[], &body, plan, context, out)?;
    Ok(Written {
        entries: body.len(),
        ..Written::default()
    })
}

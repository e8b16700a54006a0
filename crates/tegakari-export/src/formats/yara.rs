//! YARA rules for file hashes (YARA 4 and YARA-X), with the `hash` module.
//!
//! Hashes are joined by `or` rather than looped over, because YARA 4.2 (Debian 12) does not take
//! loops over text constants. They are lower case: `hash.sha256()` never equals an upper-case one.

use std::io::{self, Write};

use tegakari_model::ObservableKind as K;

use super::ExportFormat;
use crate::context::Written;
use crate::list::List;

/// `block.yar`
#[derive(Debug)]
pub(super) struct Yara;

/// Hashes in one rule: keeps the compiled condition small and the name of a match telling.
const PER_RULE: usize = 1000;

const KINDS: [(K, &str); 3] = [(K::Md5, "md5"), (K::Sha1, "sha1"), (K::Sha256, "sha256")];

impl ExportFormat for Yara {
    form!(
        "yara",
        "block.yar",
        "text/x-yara; charset=utf-8",
        Runs,
        Reissue,
        [Md5, Sha1, Sha256],
        "YARA rules for files by MD5, SHA-1 and SHA-256 (module hash)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let mut lists = Vec::new();
        for (kind, function) in KINDS {
            let mut values: Vec<&str> = list
                .entries
                .iter()
                .map(|e| &e.indicator.observable)
                .filter(|o| o.kind() == kind)
                .map(tegakari_model::Observable::value)
                .collect();
            values.sort_unstable();
            values.dedup();
            lists.push((function, values));
        }
        list.header(out, "//", "YARA rules")?;
        writeln!(out, "import \"hash\"")?;
        for (function, values) in &lists {
            for (number, chunk) in values.chunks(PER_RULE).enumerate() {
                writeln!(out)?;
                writeln!(out, "rule tegakari_block_{function}_{:04}", number + 1)?;
                writeln!(out, "{{")?;
                writeln!(out, "    meta:")?;
                writeln!(
                    out,
                    "        description = \"file on the block list, by {function}\""
                )?;
                let tlp = list.context.tlp.map_or("not stated", |tlp| tlp.label());
                writeln!(out, "        tlp = \"{tlp}\"")?;
                writeln!(out, "        entries = {}", chunk.len())?;
                writeln!(out, "    condition:")?;
                for (i, value) in chunk.iter().enumerate() {
                    let or = if i == 0 { "  " } else { "or" };
                    writeln!(
                        out,
                        "        {or} hash.{function}(0, filesize) == \"{value}\""
                    )?;
                }
                writeln!(out, "}}")?;
            }
        }
        let mut written = list.written();
        if written.entries > 0 {
            written.notes.push(
                "not for ClamAV: it passes over rules that use modules without saying so"
                    .to_owned(),
            );
        }
        Ok(written)
    }
}

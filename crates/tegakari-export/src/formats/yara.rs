//! YARA rules for file hashes (YARA 4 and YARA-X), with the `hash` module.
//!
//! Hashes are joined by `or` rather than looped over, because YARA 4.2 (Debian 12) does not take
//! loops over text constants. They are lower case: `hash.sha256()` never equals an upper-case one.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, ObservableKind as K};

use super::{ExportFormat, NO_PLACE};
use crate::context::{Context, Leaving, Written};
use crate::text::facts;

/// `block.yar`
#[derive(Debug)]
pub(super) struct Yara;

/// Hashes in one rule: keeps the compiled condition small and the name of a match telling.
const PER_RULE: usize = 1000;

const KINDS: [(K, &str, usize); 3] = [
    (K::Md5, "md5", 32),
    (K::Sha1, "sha1", 40),
    (K::Sha256, "sha256", 64),
];

impl ExportFormat for Yara {
    fn id(&self) -> &'static str {
        "yara"
    }

    fn about(&self) -> &'static str {
        "YARA rules for files by MD5, SHA-1 and SHA-256 (module hash)"
    }

    fn file_name(&self) -> &'static str {
        "block.yar"
    }

    fn media_type(&self) -> &'static str {
        "text/x-yara; charset=utf-8"
    }

    fn accepts(&self, kind: K) -> bool {
        KINDS.iter().any(|(k, ..)| *k == kind)
    }

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let mut leaving = Leaving::default();
        for entry in &plan.entries {
            let observable = &entry.indicator.observable;
            if !self.accepts(observable.kind()) {
                leaving.out(observable, NO_PLACE);
            }
        }
        let mut lists = Vec::new();
        for (kind, function, digits) in KINDS {
            let mut values: Vec<&str> = Vec::new();
            for entry in &plan.entries {
                let observable = &entry.indicator.observable;
                if observable.kind() != kind {
                    continue;
                }
                let value = observable.value();
                let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                if value.len() == digits && value.bytes().all(lower_hex) {
                    values.push(value);
                } else {
                    leaving.out(observable, "it is no hash in lower case");
                }
            }
            values.sort_unstable();
            values.dedup();
            lists.push((function, values));
        }
        let entries = lists.iter().map(|(_, values)| values.len()).sum();
        let facts = facts("YARA rules", entries, plan, context);
        for fact in &facts {
            writeln!(out, "// {fact}")?;
        }
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
                let tlp = context.tlp.map_or("not stated", |tlp| tlp.label());
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
        let mut written = leaving.written(entries);
        if entries > 0 {
            written.notes.push(
                "not for ClamAV: it passes over rules that use modules without saying so"
                    .to_owned(),
            );
        }
        Ok(written)
    }
}

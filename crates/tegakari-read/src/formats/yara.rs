//! Files of YARA rules.

use super::{Head, ReportFormat, Sniff, Source, has_extension};
use crate::content::Content;
use crate::yara;

/// YARA rules.
pub(super) struct Yara;

impl ReportFormat for Yara {
    fn id(&self) -> &'static str {
        "yara"
    }

    fn about(&self) -> &'static str {
        "YARA rules (https://virustotal.github.io/yara-x): names, sources, samples, and strings that are plainly values"
    }

    fn sniff(&self, name: &str, head: Head<'_>) -> Sniff {
        let mut lines = head.text.trim_start_matches('\u{feff}').lines();
        let mut in_comment = false;
        // The first line that says something has to be a rule.
        let starts = lines.find_map(|line| {
            let line = line.trim();
            if in_comment {
                in_comment = !line.contains("*/");
                return None;
            }
            if line.starts_with("/*") {
                in_comment = !line.contains("*/");
                return None;
            }
            let passed = line.is_empty()
                || line.starts_with("//")
                || line.starts_with("import \"")
                || line.starts_with("include \"");
            (!passed).then(|| yara::starts_rule(line))
        });
        let named = has_extension(name, &["yar", "yara"]);
        match (starts, head.text.contains("condition"), named) {
            (Some(true), true, _) | (Some(true), false, true) => Sniff::Certain,
            (Some(true), false, false) => Sniff::Likely,
            (None, _, true) => Sniff::Likely,
            _ => Sniff::No,
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        if yara::read(source.text(), 1, None, content) == 0 {
            super::plain::lines(source.text(), content);
        }
    }
}

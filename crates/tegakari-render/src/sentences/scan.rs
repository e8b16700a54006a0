//! Scans: how something was met, why something was not read, and what the answers rest on.

use tegakari_model::{
    FileFacts, FileRule, FileRules, MetBy, NotAskedReason, ScanBasis, ScanMatch, ScanResult,
    SearchedBy, Unread, UnreadReason,
};

use crate::format;
use crate::i18n::{Words, say};

impl Words {
    /// How an indicator was met.
    pub(crate) fn met_by(self, by: MetBy) -> &'static str {
        self.get(match by {
            MetBy::Hash => "scan.by_hash",
            MetBy::Name => "scan.by_name",
            MetBy::Content => "scan.by_content",
            MetBy::Start => "scan.by_start",
            MetBy::Process => "scan.by_process",
            MetBy::Connection => "scan.by_connection",
            MetBy::Executed => "scan.by_executed",
            MetBy::Present => "scan.by_present",
        })
    }

    /// Why something was not read.
    pub(crate) fn unread_reason(self, reason: UnreadReason) -> &'static str {
        use UnreadReason as R;
        self.get(match reason {
            R::NoPermission => "unread.no_permission",
            R::ReadError => "unread.read_error",
            R::Gone => "unread.gone",
            R::Changed => "unread.changed",
            R::TooBig => "unread.too_big",
            R::Sparse => "unread.sparse",
            R::Special => "unread.special",
            R::LinkOutside => "unread.link_outside",
            R::LinkBroken => "unread.link_broken",
            R::OtherFileSystem => "unread.other_file_system",
            R::Virtual => "unread.virtual",
            R::Encrypted => "unread.encrypted",
            R::Damaged => "unread.damaged",
            R::NotOpened => "unread.not_opened",
            R::ArchiveLimit => "unread.archive_limit",
            R::Stopped => "unread.stopped",
        })
    }

    /// Why rules were not asked of a file.
    pub(crate) fn not_asked_reason(self, reason: NotAskedReason) -> &'static str {
        self.get(match reason {
            NotAskedReason::TooLarge => "not_asked.too_large",
            NotAskedReason::Timeout => "not_asked.timeout",
            NotAskedReason::Failed => "not_asked.failed",
        })
    }

    /// Whose a rule is, where it stands and what it says of itself.
    pub(crate) fn file_rule(self, rule: &FileRule) -> String {
        let mut parts = Vec::new();
        if let Some(score) = rule.score {
            parts.push(say!(self, "scan.rule_score", n = score));
        }
        if let Some(level) = rule.level {
            parts.push(self.level(level).to_owned());
        }
        let author = match rule.author.as_str() {
            "" => self.get("behaviour.no_author"),
            author => author,
        };
        let licence = match rule.licence.as_str() {
            "" => self.get("behaviour.no_licence"),
            licence => licence,
        };
        parts.push(say!(
            self,
            "behaviour.author",
            author = author,
            licence = licence
        ));
        parts.extend(rule.techniques.iter().map(ToString::to_string));
        parts.push(rule.file.clone());
        parts.join(self.get("list.comma"))
    }

    /// What rules say: one to three sentences.
    fn file_rules(self, rules: &FileRules) -> Vec<String> {
        let total = format::count(rules.rules);
        let mut out = vec![match rules.seen.len() {
            0 => say!(self, "scan.rules_none", n = rules.rules),
            n => say!(self, "scan.rules_seen", n = n, total = total),
        }];
        if rules.refused > 0 {
            out.push(say!(self, "scan.rules_refused", n = rules.refused));
        }
        let not_asked: u64 = rules.not_asked.iter().map(|one| one.files).sum();
        if not_asked > 0 {
            out.push(say!(self, "scan.rules_not_asked", n = not_asked));
        }
        out
    }

    /// What was read.
    pub(crate) fn scan_header(self, scan: &ScanResult) -> String {
        let tally = &scan.tally;
        say!(
            self,
            "scan.header",
            files = format::count(tally.files),
            bytes = format::bytes(tally.bytes),
            members = format::count(tally.members),
            member_bytes = format::bytes(tally.member_bytes),
            names = format::count(tally.names)
        )
    }

    /// The answer: one to eight sentences.
    pub(crate) fn scan_answer(self, scan: &ScanResult) -> Vec<String> {
        let totals = scan.totals();
        let total = scan.findings.len();
        let mut out = Vec::new();
        match (totals.seen, total) {
            (0, 0) if scan.of_set > 0 => {
                out.push(say!(self, "answer.none_of_set_scan", n = scan.of_set));
            }
            (0, 0) => {}
            (0, _) => out.push(say!(self, "answer.none_seen", n = total)),
            (n, _) => out.push(say!(self, "scan.seen", n = n, total = total)),
        }
        if totals.not_seen > 0 {
            out.push(say!(self, "scan.not_seen", n = totals.not_seen));
        }
        if totals.cannot_tell > 0 {
            out.push(say!(self, "scan.cannot_tell", n = totals.cannot_tell));
        }
        out.extend(scan.rules.iter().flat_map(|of| self.file_rules(of)));
        let lost: u64 = unread_files(scan).map(|one| one.files + one.folders).sum();
        let bytes = unread_files(scan).fold(0, |sum: u64, one| sum.saturating_add(one.bytes));
        if lost > 0 {
            let lost = format::count(lost);
            let bytes = format::bytes(bytes);
            out.push(say!(self, "scan.lost", n = lost, bytes = bytes));
        } else {
            out.push(self.get("scan.nothing_lost").to_owned());
        }
        if scan.tally.known_good > 0 {
            let n = format::count(scan.tally.known_good);
            out.push(say!(self, "scan.known_good", n = n));
        }
        if scan.partial {
            out.push(self.get("scan.partial").to_owned());
        }
        out
    }

    /// What an answer rests on.
    pub(crate) fn scan_basis(self, basis: &ScanBasis) -> String {
        let key = match basis.by {
            SearchedBy::Nothing => return self.get("scan.basis_nothing").to_owned(),
            SearchedBy::Names => {
                return say!(
                    self,
                    "scan.basis_names",
                    n = format::count(basis.searched),
                    lost = format::count(basis.unsearched)
                );
            }
            SearchedBy::Hashes => "scan.basis_hashes",
            SearchedBy::Contents => "scan.basis_contents",
            SearchedBy::Rules => "scan.basis_rules",
        };
        let values = [
            ("n", format::count(basis.searched)),
            ("bytes", format::bytes(basis.searched_bytes)),
            ("lost", format::count(basis.unsearched)),
            ("lost_bytes", format::bytes(basis.unsearched_bytes)),
        ];
        let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
        self.say(key, &values)
    }

    /// How it was met and what is known of the file.
    pub(crate) fn scan_match(self, one: &ScanMatch) -> String {
        let mut parts = vec![self.met_by(one.by).to_owned()];
        if let Some(offset) = one.offset {
            parts.push(say!(self, "scan.offset", n = offset));
        }
        let relation = self.relation(one.relation);
        if !relation.is_empty() && one.by != MetBy::Name {
            parts.push(relation.to_owned());
        }
        if let Some(file) = &one.file {
            parts.extend(self.scanned_file(file));
        }
        parts.join(self.get("list.comma"))
    }

    /// Size, time and marks of a file.
    pub(crate) fn scanned_file(self, file: &FileFacts) -> Vec<String> {
        let mut parts = vec![format::bytes(file.bytes)];
        if let Some(modified) = file.modified {
            let time = format::moment(modified);
            parts.push(say!(self, "scan.modified", time = time));
        }
        parts.push(say!(self, "scan.sha256", hash = file.sha256));
        if let Some(set) = &file.known_good {
            parts.push(say!(self, "scan.known", set = set));
        }
        if file.changed {
            parts.push(self.get("unread.changed").to_owned());
        }
        parts
    }
}

/// What was not read and could have held something.
fn unread_files(scan: &ScanResult) -> impl Iterator<Item = &Unread> {
    scan.unread.iter().filter(|one| one.reason.hides_content())
}

//! Rules about the bytes of files: asked of every file and member that can be held whole, once each.
//!
//! What asks them (YARA's engine) is given by the caller; here is what they are asked of, what they matched, and of
//! what they could not be asked.

use std::cell::RefCell;
use std::sync::Arc;

use tegakari_model::{
    FileFacts, FileRule, FileRuleFinding, FileRuleMatch, FileRuleString, FileRules, NotAsked,
    NotAskedReason, ScanAnswer, ScanBasis, SearchedBy, TechniqueId,
};

use crate::Outcome;

/// A rule that matched, with the first few of its strings.
pub type RuleHit = (Arc<FileRule>, Vec<FileRuleString>);

/// What asks rules of the bytes of a file. One thread has one.
pub trait AskRules {
    /// The rules that match, of a file at a place.
    ///
    /// # Errors
    /// Why they could not be asked, or not to the end: nothing that they matched till then counts.
    fn ask(&mut self, bytes: &[u8], place: &str) -> Result<Vec<RuleHit>, NotAskedReason>;
}

/// The rules of a scan, as far as a thread needs them.
#[derive(Clone, Copy)]
pub struct Asker<'s> {
    /// What asks them.
    pub rules: &'s RefCell<dyn AskRules + 's>,
    /// Bytes of a file that are held at most; rules are not asked of larger ones.
    pub most: u64,
    /// The same for members of archives, which are held while the archive is.
    pub most_of_member: u64,
}

/// How many rules there were, and from how many files.
#[derive(Debug, Clone, Copy, Default)]
pub struct RulesAsked {
    /// Files that were read.
    pub rule_files: u64,
    /// Rules that were asked.
    pub rules: u64,
    /// Errors for which rules could not be used.
    pub refused: u64,
}

/// The bytes of a file while it is read, until they are too many.
pub(crate) struct Held {
    most: u64,
    bytes: Option<Vec<u8>>,
}

impl Held {
    /// For a file of a size, as far as it is known.
    pub(crate) fn new(asker: &Asker<'_>, size: u64, is_outer: bool) -> Self {
        let most = if is_outer {
            asker.most
        } else {
            asker.most_of_member
        };
        let room = usize::try_from(size).unwrap_or(0);
        let bytes = (size <= most).then(|| Vec::with_capacity(room));
        Self { most, bytes }
    }

    pub(crate) fn take(&mut self, bytes: &[u8]) {
        let Some(held) = &mut self.bytes else { return };
        if held.len() as u64 + bytes.len() as u64 > self.most {
            self.bytes = None;
        } else {
            held.extend_from_slice(bytes);
        }
    }

    /// Asks the rules, and notes what they say.
    pub(crate) fn ask(
        self,
        asker: &Asker<'_>,
        place: &str,
        file: &FileFacts,
        outcome: &mut Outcome,
    ) {
        let asked = match (&self.bytes, asker.rules.try_borrow_mut()) {
            (None, _) => Err(NotAskedReason::TooLarge),
            (Some(_), Err(_)) => Err(NotAskedReason::Failed),
            (Some(bytes), Ok(mut rules)) => rules.ask(bytes, place),
        };
        match asked {
            Ok(hits) => {
                for (rule, strings) in hits {
                    outcome.meet_rule(
                        rule,
                        FileRuleMatch {
                            place: place.to_owned(),
                            strings,
                            file: file.clone(),
                        },
                    );
                }
            }
            Err(reason) => outcome.not_asked(reason, place, file.bytes),
        }
    }
}

/// What the rules say, of `read` files and members with `unread` ones beside them.
pub(crate) fn conclude(outcome: &mut Outcome, asked: RulesAsked, whole: ScanBasis) -> FileRules {
    let not_asked: Vec<NotAsked> = std::mem::take(&mut outcome.not_asked)
        .into_iter()
        .map(|(reason, group)| NotAsked {
            reason,
            files: group.files,
            bytes: group.bytes,
            examples: group.examples.into_iter().collect(),
        })
        .collect();
    let (mut files, mut bytes) = (0_u64, 0_u64);
    for one in &not_asked {
        files += one.files;
        bytes = bytes.saturating_add(one.bytes);
    }
    let basis = ScanBasis {
        by: SearchedBy::Rules,
        searched: whole.searched.saturating_sub(files),
        searched_bytes: whole.searched_bytes.saturating_sub(bytes),
        unsearched: whole.unsearched + files,
        unsearched_bytes: whole.unsearched_bytes.saturating_add(bytes),
    };
    let mut seen: Vec<FileRuleFinding> = std::mem::take(&mut outcome.ruled)
        .into_iter()
        .map(|(rule, met)| FileRuleFinding {
            rule: Arc::unwrap_or_clone(rule),
            count: met.count,
            matches: met.places.into_iter().collect(),
        })
        .collect();
    seen.sort_by(|a, b| {
        let key = |one: &FileRuleFinding| std::cmp::Reverse((one.rule.score, one.rule.level));
        (key(a), &a.rule.file, &a.rule.name).cmp(&(key(b), &b.rule.file, &b.rule.name))
    });
    FileRules {
        rule_files: asked.rule_files,
        rules: asked.rules,
        refused: asked.refused,
        seen,
        others: ScanAnswer::negative(basis),
        not_asked,
    }
}

/// ATT&CK techniques in what a rule says: in its tags (`T1059_001`, `attack_t1059`), and in metadata whose name says
/// that it is about them. Tactics are none.
pub fn techniques_of<'t>(
    tags: impl IntoIterator<Item = &'t str>,
    metadata: impl IntoIterator<Item = (&'t str, &'t str)>,
) -> Vec<TechniqueId> {
    let mut found = Vec::new();
    for tag in tags {
        let tag = tag.to_ascii_lowercase();
        let tag = tag.trim_start_matches("mitre_");
        let tag = tag
            .trim_start_matches("attack_")
            .trim_start_matches("attck_");
        found.extend(TechniqueId::parse(&tag.replace('_', ".")));
    }
    for (name, value) in metadata {
        let name = name.to_ascii_lowercase();
        if !["mitre", "att", "technique", "ttp"]
            .iter()
            .any(|word| name.contains(word))
        {
            continue;
        }
        let words = value.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_');
        found.extend(words.filter_map(|word| {
            TechniqueId::parse(&word.replace('_', ".")).or_else(|| {
                // `attack.t1059.001`, and a full stop behind an id.
                let word = word.trim_matches('.').to_ascii_lowercase();
                let (_, id) = word.split_once("attack.")?;
                TechniqueId::parse(id)
            })
        }));
    }
    found.retain(|id| !id.is_tactic());
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{About, Closed, KnownFiles, Named, Opener, Scan, ScanThread, Sought, examine};
    use std::io::{self, Read};
    use tegakari_model::FindingKind;

    /// Matches what holds `evil`, and never ends with what holds `slow`.
    struct Fake;

    impl AskRules for Fake {
        fn ask(&mut self, bytes: &[u8], _: &str) -> Result<Vec<RuleHit>, NotAskedReason> {
            let text = String::from_utf8_lossy(bytes);
            if text.contains("slow") {
                return Err(NotAskedReason::Timeout);
            }
            let rule = FileRule {
                name: "evil".to_owned(),
                ..FileRule::default()
            };
            let found = text.find("evil").map(|at| FileRuleString {
                name: "$a".to_owned(),
                offset: at as u64,
                length: 4,
            });
            Ok(found
                .map(|one| (Arc::new(rule), vec![one]))
                .into_iter()
                .collect())
        }
    }

    /// What begins with `box:` holds one member, the rest.
    struct Boxes;

    impl Opener for Boxes {
        fn open(
            &self,
            reader: &mut dyn Read,
            depth: usize,
            each: &mut dyn FnMut(Option<&str>, &mut dyn Read) -> bool,
        ) -> Vec<Closed> {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).unwrap();
            if depth == 0
                && let Some(mut inner) = bytes.strip_prefix(b"box:")
            {
                each(Some("member"), &mut inner);
            }
            Vec::new()
        }

        fn is_limit(&self, _: &io::Error) -> bool {
            false
        }
    }

    fn check(files: &[(&str, &str)]) -> (Outcome, FileRules) {
        let (sought, _) = Sought::new(Vec::new());
        let fake = RefCell::new(Fake);
        let scan = Scan {
            sought: &sought,
            opener: &Boxes,
            contents: false,
            known: &KnownFiles::default(),
            stop: &|| false,
            told: &|_| {},
        };
        let thread = ScanThread {
            scan: &scan,
            asker: Some(Asker {
                rules: &fake,
                most: 20,
                most_of_member: 10,
            }),
        };
        let mut all = Outcome::default();
        for (name, text) in files {
            let about = About {
                place: name,
                named: Named {
                    path: name,
                    below: None,
                    real: None,
                },
                modified: None,
                bytes: text.len() as u64,
            };
            let mut one = Outcome::default();
            let mut bytes = text.as_bytes();
            examine(&mut bytes, &about, thread, &mut one, &mut |_| false);
            all.merge(one);
        }
        let searched = all.tally.files + all.tally.members;
        let whole = ScanBasis {
            by: SearchedBy::Hashes,
            searched,
            searched_bytes: all.tally.bytes + all.tally.member_bytes,
            unsearched: 1,
            unsearched_bytes: 1,
        };
        let rules = conclude(&mut all, RulesAsked::default(), whole);
        (all, rules)
    }

    #[test]
    fn files_and_members_are_asked_about_once_and_what_was_not_is_counted() {
        let (_, rules) = check(&[
            ("b", "box:evil"),
            ("a", "an evil"),
            ("c", "slow evil"),
            ("d", "much more than twenty bytes of evil"),
            ("e", "box: ten and more"),
        ]);
        let [found] = rules.seen.as_slice() else {
            panic!("{:?}", rules.seen)
        };
        let places: Vec<_> = found
            .matches
            .iter()
            .map(|one| (one.place.as_str(), one.strings[0].offset))
            .collect();
        assert_eq!(places, [("a", 3), ("b", 4), ("b!member", 0)]);
        assert_eq!(found.count, 3);
        let told: Vec<_> = rules
            .not_asked
            .iter()
            .map(|one| (one.reason, one.files, one.examples[0].as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (NotAskedReason::TooLarge, 2, "d"),
                (NotAskedReason::Timeout, 1, "c")
            ]
        );
        let basis = rules.others.basis();
        assert_eq!((basis.searched, basis.unsearched), (4, 4));
        assert_eq!(rules.others.kind(), FindingKind::NotSeen);
    }

    #[test]
    fn nothing_asked_is_no_negative() {
        let (_, rules) = check(&[("c", "slow")]);
        assert_eq!(rules.others.kind(), FindingKind::CannotTell);
    }

    #[test]
    fn techniques_are_read_where_they_are_meant() {
        let of = |tags: &[&str], metadata: &[(&str, &str)]| {
            let found = techniques_of(tags.iter().copied(), metadata.iter().copied());
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            of(&["T1059_001", "attack_t1003", "FILE", "TA0001"], &[]),
            ["T1003", "T1059.001"]
        );
        assert_eq!(
            of(
                &[],
                &[
                    ("mitre_att", "T1055, T1027.002;"),
                    ("mitre_attack", "attack.t1105"),
                    ("description", "not T1001"),
                ]
            ),
            ["T1027.002", "T1055", "T1105"]
        );
    }
}

//! Files that sentences speak of: which name a hash belongs to.
//!
//! The name in brackets after a hash is its own; then the nearest name before it in its sentence, the one
//! after it, and at last the one that the sentence before was about.

use std::collections::BTreeMap;

use tegakari_model::ObservableKind as K;

use super::forms::called;
use super::{Gatherer, Seen, clauses, merge};
use crate::deeds;
use crate::scan::Candidate;
use crate::targets;

/// Words that say that a sentence tells of several files of one name.
const SEVERAL: [&str; 9] = [
    "builds",
    "versions",
    "variants",
    "samples",
    "copies",
    "same name",
    "同名",
    "同じ名前",
    "種類",
];

/// Words that say that another hash of the file just told of follows.
const SAME: [&str; 6] = [
    "same file",
    "of the same",
    "same sample",
    "同じファイル",
    "同一ファイル",
    "同検体",
];

/// Words before the name of a file that another comes from.
pub(super) const AGENT: [&str; 7] = [
    " dropped by",
    " downloaded by",
    " loaded by",
    " created by",
    " extracted from",
    " dropped from",
    " contained in",
];

/// How far a name may stand from its hash, in bytes.
const REACH: usize = 240;

/// Whether a line gives one more hash of the file before.
pub(super) fn is_of_the_same(line: &str) -> bool {
    let lower = line.to_lowercase();
    SAME.iter().any(|words| lower.contains(words))
}

/// Whether a block is sentences that are wrapped over several lines, with a hash in them.
pub(super) fn is_wrapped_prose(seen: &Seen<'_>) -> bool {
    let text = &*seen.clean.text;
    if !text.contains('\n') {
        return false;
    }
    let mut hashes = seen
        .candidates
        .iter()
        .filter(|c| c.observable.kind().is_file_hash());
    if hashes.next().is_none() {
        return false;
    }
    let lines = text.lines().filter(|l| !l.trim().is_empty());
    let (mut all, mut long) = (0, 0);
    for line in lines {
        all += 1;
        let words = line.split_whitespace().filter(|w| w.len() < 32).count();
        long += usize::from(words >= 6);
    }
    // The last line of a paragraph is as long as it happens to be.
    all > 1 && long + 1 >= all && long * 2 >= all
}

/// A sentence, and what is named in it.
struct Sentence {
    span: (usize, usize),
    /// Indices of the file names in it.
    names: Vec<usize>,
}

impl Gatherer<'_> {
    /// Names in running text with their hashes: `a.zip` (MD5 …, SHA-256 …).
    pub(super) fn pairs(
        &mut self,
        seen: &Seen<'_>,
        here: &[&Candidate],
        (from, to): (usize, usize),
    ) {
        let text = seen.clean.text.get(..to).unwrap_or("");
        let sentences = sentences(text, from, here);
        let mut at = 0;
        // Names that have a hash, of which kind.
        let mut bound: Vec<(usize, K)> = Vec::new();
        // The name that the last hash was given, and where that ended.
        let mut last: Option<(usize, usize)> = None;
        // What the form of a sentence as a whole tells.
        let mut owners = ((0, 0), BTreeMap::new());
        for (i, one) in here.iter().enumerate() {
            let kind = one.observable.kind();
            if !kind.is_file_hash() {
                continue;
            }
            while sentences.get(at).is_some_and(|s| s.span.1 <= one.start) {
                at += 1;
            }
            let Some(sentence) = sentences.get(at) else {
                break;
            };
            // `MD5 …, SHA-256 …`: the next hash of the same file.
            let beside = last.filter(|(_, end)| {
                let between = text.get(*end..one.start).unwrap_or("");
                between.len() <= 40 && *end >= sentence.span.0 && !between.contains([';', '；'])
            });
            let more = beside
                .filter(|_| merge::lacks(&self.open, kind))
                .filter(|(name, end)| {
                    // Unless a name stands between them.
                    !sentence.names.iter().any(|n| {
                        *n != *name
                            && here
                                .get(*n)
                                .is_some_and(|c| c.start >= *end && c.end <= one.start)
                    })
                });
            if let Some((name, _)) = more {
                self.add_all(seen, &[one]);
                last = Some((name, one.end));
                continue;
            }
            self.close();
            let before = at.checked_sub(1).and_then(|i| sentences.get(i));
            if owners.0 != sentence.span {
                owners = (sentence.span, clauses::owners(text, here, sentence.span));
            }
            let name = match owners.1.get(&i) {
                Some(Some(name)) => Some(*name),
                Some(None) => told_before(text, here, one, sentence, before, &bound),
                None => name_of(text, here, i, sentence, before, last, &bound),
            };
            let Some(name) = name else {
                last = None;
                continue;
            };
            if let Some(value) = here.get(name).and_then(|named| called(named)) {
                self.open.names.push(value.to_owned());
            }
            bound.push((name, kind));
            self.add_all(seen, &[one]);
            self.detection(seen, here, i);
            last = Some((name, one.end));
        }
        self.close();
    }

    /// What the words right after a hash say it is detected as.
    fn detection(&mut self, seen: &Seen<'_>, here: &[&Candidate], hash: usize) {
        let Some(one) = here.get(hash) else { return };
        let next = here.get(hash + 1..).unwrap_or_default();
        if let Some(found) = next
            .first()
            .filter(|c| c.observable.kind() == K::DetectionName && c.start - one.end <= 40)
        {
            self.add_all(seen, &[found]);
        }
    }
}

fn sentences(text: &str, from: usize, here: &[&Candidate]) -> Vec<Sentence> {
    let mut out: Vec<Sentence> = Vec::new();
    for (i, one) in here.iter().enumerate() {
        let inside = out.last().is_some_and(|s| one.start < s.span.1);
        if !inside {
            let (start, end) = targets::sentence(text, one.start);
            out.push(Sentence {
                span: (start.max(from), end.max(one.end)),
                names: Vec::new(),
            });
        }
        if one.observable.kind() == K::FileName
            && let Some(sentence) = out.last_mut()
        {
            sentence.names.push(i);
        }
    }
    out
}

/// Which of the names belongs to a hash.
fn name_of(
    text: &str,
    here: &[&Candidate],
    hash: usize,
    sentence: &Sentence,
    before: Option<&Sentence>,
    last: Option<(usize, usize)>,
    bound: &[(usize, K)],
) -> Option<usize> {
    let one = here.get(hash)?;
    let kind = one.observable.kind();
    let of = |i: usize| here.get(i).copied();
    let between = |a: usize, b: usize| text.get(a..b).unwrap_or("");
    // `python unpack.py <hash>.exe`: the file that is called by its hash.
    let by_hash = sentence
        .names
        .iter()
        .copied()
        .find(|i| of(*i).is_some_and(|c| c.start <= one.start && one.end <= c.end));
    if by_hash.is_some() {
        return by_hash;
    }
    // `<hash> (a.exe)`
    let bracketed = sentence.names.iter().copied().find(|i| {
        of(*i).is_some_and(|c| {
            c.start >= one.end
                && c.start - one.end <= 8
                && between(one.end, c.start).contains(['(', '（', '-', '–', '—'])
        })
    });
    if bracketed.is_some() {
        return bracketed;
    }
    // A hash of the same kind between a name and this hash has taken the name.
    let taken = |from: usize, to: usize| {
        here.iter()
            .any(|c| c.observable.kind() == kind && c.start >= from && c.end <= to)
    };
    let said = between(sentence.span.0, sentence.span.1).to_lowercase();
    let is_bound = |name: usize| bound.iter().any(|(n, k)| *n == name && *k == kind);
    let several = SEVERAL.iter().any(|word| said.contains(word));
    // `b.doc, dropped by a.exe: <hash>` is of the file that the sentence is about.
    let by = |i: &usize| {
        of(*i).is_some_and(|c| {
            let before = between(sentence.span.0, c.start).trim_end_matches([' ', '`', '"', '\'']);
            AGENT.iter().any(|word| {
                before.len() > word.len()
                    && before
                        .get(before.len() - word.len()..)
                        .is_some_and(|tail| tail.eq_ignore_ascii_case(word))
            })
        })
    };
    let mut to_the_left = sentence
        .names
        .iter()
        .copied()
        .rev()
        .filter(|i| of(*i).is_some_and(|c| c.end <= one.start));
    // `log.dll, which loads data.bin, has the MD5 …` and `log.dll (decrypted from data.bin) has …` are of the first.
    let aside = |i: &usize| {
        of(*i).is_some_and(|c| {
            let before = between(sentence.span.0, c.start);
            let bracket = before
                .rfind(['(', '（'])
                .is_some_and(|open| !before.get(open..).unwrap_or("").contains([')', '）']))
                && between(c.end, one.start).contains([')', '）']);
            let relative = before
                .rfind(", which ")
                .is_some_and(|at| deeds::tell(before.get(at..).unwrap_or("")))
                && between(c.end, one.start).starts_with(',');
            bracket || relative
        })
    };
    let left = match to_the_left.clone().next() {
        Some(nearest) if aside(&nearest) => {
            to_the_left.clone().find(|i| !aside(i)).or(Some(nearest))
        }
        other => other,
    };
    let left = match left {
        Some(nearest) if by(&nearest) => to_the_left
            .find(|i| !by(i) && !is_bound(*i))
            .or(Some(nearest)),
        other => other,
    };
    let right = sentence
        .names
        .iter()
        .copied()
        .find(|i| of(*i).is_some_and(|c| c.start >= one.end));
    // What `b.doc, dropped by a.exe: <hash>` tells of is done by the name between.
    let names_between = |from: usize, to: usize| {
        sentence
            .names
            .iter()
            .any(|i| of(*i).is_some_and(|c| c.start >= from && c.end <= to))
    };
    if let Some(left) = left
        && let Some(c) = of(left)
        && one.start - c.end <= REACH
        && !speaks_of_another(between(c.end, one.start))
        && (names_between(c.end, one.start)
            || !deeds::tell(between(after_aside(text, c.end, one.start), one.start)))
        && (several || !(taken(c.end, one.start) || is_bound(left)))
    {
        return Some(left);
    }
    let earlier = named_in(here, before, between(sentence.span.0, one.start));
    if let Some(right) = right
        && let Some(c) = of(right)
        && c.start - one.end <= REACH / 2
        && !deeds::name_another(between(one.end, c.start))
        // A hash after the name is the name's.
        && !here.iter().any(|h| {
            h.observable.kind().is_file_hash() && h.start >= c.end && h.end <= sentence.span.1
        })
        && (earlier.is_none() || c.start - one.end <= 40)
    {
        return Some(right);
    }
    // `Two builds are known, … and …`
    if several
        && let Some((name, end)) = last
        && end >= sentence.span.0
    {
        return Some(name);
    }
    told_before(text, here, one, sentence, before, bound)
}

/// Where words about a name go on behind what is said aside of it, in brackets or in a relative clause.
fn after_aside(text: &str, from: usize, to: usize) -> usize {
    let words = text.get(from..to).unwrap_or("");
    let closes = if words.starts_with(" (") {
        words.find(')')
    } else if words.starts_with(", which ") {
        words.get(2..).and_then(|t| t.find(',')).map(|at| at + 2)
    } else {
        None
    };
    closes.map_or(from, |at| from + at + 1)
}

/// Whether the words between a name and a hash begin to speak of another file: "Unlike a.exe, …, the file <hash>".
fn speaks_of_another(words: &str) -> bool {
    const FILES: [&str; 12] = [
        "file",
        "sample",
        "script",
        "binary",
        "archive",
        "dll",
        "document",
        "executable",
        "malware",
        "payload",
        "loader",
        "dropper",
    ];
    let lower = words.to_lowercase();
    lower.rsplit_once(", the ").is_some_and(|(_, last)| {
        let mut words = last.split_whitespace();
        words.next().is_some_and(|word| FILES.contains(&word)) && words.next().is_none()
    })
}

/// The file that the sentence before a hash was about.
fn told_before(
    text: &str,
    here: &[&Candidate],
    hash: &Candidate,
    sentence: &Sentence,
    before: Option<&Sentence>,
    bound: &[(usize, K)],
) -> Option<usize> {
    let said = text
        .get(sentence.span.0..sentence.span.1)
        .unwrap_or("")
        .to_lowercase();
    let its = ["its ", "it ", "the same", "その", "同"]
        .iter()
        .any(|w| said.trim_start().starts_with(w));
    let several = SEVERAL.iter().any(|word| said.contains(word));
    let kind = hash.observable.kind();
    let taken = |from: usize| {
        here.iter()
            .any(|c| c.observable.kind() == kind && c.start >= from && c.end <= hash.start)
    };
    // A sentence about another file does not speak of the one before, unless it says so.
    let free = |i: usize| its || !bound.iter().any(|(n, _)| *n == i);
    let subject = text.get(sentence.span.0..hash.start).unwrap_or("");
    named_in(here, before, subject).filter(|i| {
        several
            || (free(*i) && here.get(*i).is_some_and(|c| its || !taken(c.end)))
            || kind_of_file(subject).is_some() && !bound.iter().any(|(n, k)| n == i && *k == kind)
    })
}

/// The one name of a sentence; of several, the only one of a file of the kind that the words `subject` speak of.
fn named_in(here: &[&Candidate], sentence: Option<&Sentence>, subject: &str) -> Option<usize> {
    let sentence = sentence?;
    let value = |i: &usize| here.get(*i).map_or("", |c| c.observable.value());
    let first = sentence.names.first()?;
    if sentence.names.iter().all(|i| value(i) == value(first)) {
        return sentence.names.last().copied();
    }
    let endings = kind_of_file(subject)?;
    let mut fitting = sentence.names.iter().copied().filter(|i| {
        let name = value(i).to_ascii_lowercase();
        endings
            .iter()
            .any(|ending| name.rsplit_once('.').is_some_and(|(_, end)| end == *ending))
    });
    let only = fitting.next()?;
    fitting.all(|i| value(&i) == value(&only)).then_some(only)
}

/// Endings of the kind of file that words speak of: `The archive itself has the hash …`.
fn kind_of_file(words: &str) -> Option<&'static [&'static str]> {
    const KINDS: [(&[&str], &[&str]); 8] = [
        (
            &["archive", "アーカイブ", "压缩"],
            &["zip", "rar", "7z", "tar", "gz", "cab", "ace"],
        ),
        (&["dll", "library", "ライブラリ"], &["dll"]),
        (
            &["script", "スクリプト", "脚本"],
            &[
                "ps1", "vbs", "js", "bat", "sh", "py", "hta", "cmd", "vbe", "jse",
            ],
        ),
        (&["shortcut", "lnk", "ショートカット", "快捷方式"], &["lnk"]),
        (
            &["document", "maldoc", "文書", "ドキュメント", "文档"],
            &[
                "doc", "docx", "docm", "xls", "xlsx", "xlsm", "pdf", "rtf", "hwp", "ppt", "pptx",
            ],
        ),
        (
            &["executable", "実行ファイル", "可执行"],
            &["exe", "scr", "com"],
        ),
        (&["installer", "インストーラ"], &["msi", "exe"]),
        (
            &["disk image", "iso image", "iso file"],
            &["iso", "img", "vhd", "vhdx"],
        ),
    ];
    let lower = words.to_lowercase();
    let mut fitting = KINDS
        .iter()
        .filter(|(names, _)| names.iter().any(|name| lower.contains(name)));
    let (_, endings) = fitting.next()?;
    fitting.next().is_none().then_some(endings)
}

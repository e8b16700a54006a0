//! Names of files that have no ending, where a hash stands beside them: Unix programs, modules, tools
//! renamed to nothing. Without a hash nearby such a word is a word.

use std::sync::OnceLock;

use regex::Regex;
use tegakari_model::{Observable, ObservableKind as K};

use super::{Candidate, Origin, cut};
use crate::lexicon::{self, Ending, ending};
use crate::text::Clean;

struct Patterns {
    /// The line of a sum program: `<hash>  name`, `<hash> *name`.
    summed: Regex,
    /// An item `<hash>` - `name` - what it is.
    spanned: Regex,
    /// "called `name`", "a file named name_x64".
    called: Regex,
    /// `nameのMD5ハッシュ値は`.
    japanese: Regex,
    /// `name — what it is` above its hashes.
    leading: Regex,
}

fn patterns() -> Option<&'static Patterns> {
    static CELL: OnceLock<Option<Patterns>> = OnceLock::new();
    CELL.get_or_init(|| {
        Some(Patterns {
            // Names without ending are of ASCII: small automata, and no tables of all letters there are.
            summed: Regex::new(r"^\s*[0-9A-Fa-f]{32,128}(?:\s+\*?([0-9A-Za-z_.+~-]{2,64})|\s+[–—-]\s+([a-z0-9_]+[._-][0-9A-Za-z_.+~-]{1,64}))\s*$").ok()?,
            spanned: Regex::new(
                r"^[\s*•・+-]*`?[0-9A-Fa-f]{32,128}`?\s*[:–—|-]*\s*`([0-9A-Za-z_.+~-]{2,64})`",
            )
            .ok()?,
            called: Regex::new(
                r#"(?-u:\b)(?i-u:named|called|modified|as|binary|library|module|sample|file|executable|script|plug-?in|implant|backdoor)\s+(?:[`"“]([0-9A-Za-z_.+~-]{3,64})[`"”]|([0-9A-Za-z]+[_-][0-9A-Za-z_-]+)(?-u:\b))"#,
            )
            .ok()?,
            japanese: Regex::new(
                r"([a-z0-9][a-z0-9_.+-]{2,63})[`」]?(?:本体)?の(?:(?i-u:MD5|SHA)|ハッシュ)",
            )
            .ok()?,
            leading: Regex::new(
                r#"^[\s*•・-]*(?:[`"]([0-9A-Za-z_.+~-]{2,64})[`"](?:[\s(,:—–-]|$)|([a-z0-9][0-9A-Za-z_.+~-]{2,64})\s*(?:[—–(]|:(?:\s|$)|-\s|$)|([0-9A-Za-z]+_[0-9A-Za-z_]{2,64})\s*$)"#,
            )
            .ok()?,
        })
    })
    .as_ref()
}

/// The names in `start..end`, a line; `hash_below` when a hash stands on the next one.
pub(crate) fn unended(
    clean: &Clean<'_>,
    start: usize,
    end: usize,
    hash_below: bool,
) -> Vec<Candidate> {
    let line = cut(&clean.text, start, end);
    // Most lines of a list are the hash alone.
    if !line.trim().contains(|c: char| !c.is_ascii_hexdigit()) {
        return Vec::new();
    }
    let has_hash = holds_hash(line);
    let (true, Some(patterns)) = (has_hash || hash_below, patterns()) else {
        return Vec::new();
    };
    let mut spans: Vec<(usize, usize)> = Vec::new();
    // Between backticks beside its hash `server` is a name; elsewhere it heads a list.
    let mut sure = Vec::new();
    if has_hash {
        for found in patterns.spanned.captures_iter(line) {
            if let Some(name) = found.get(1) {
                sure.push(name.start());
                spans.push((name.start(), name.end()));
            }
        }
    }
    let mut take = |pattern: &Regex| {
        for found in pattern.captures_iter(line).take(16) {
            if let Some(name) = found.iter().skip(1).flatten().next() {
                spans.push((name.start(), name.end()));
            }
        }
    };
    if has_hash {
        take(&patterns.summed);
        take(&patterns.called);
        if !line.is_ascii() {
            take(&patterns.japanese);
        }
    } else {
        take(&patterns.leading);
    }
    spans.sort_unstable();
    spans.dedup();
    let mut out = Vec::new();
    for (from, to) in spans {
        let name = cut(line, from, to).trim_end_matches(['.', '-']);
        // `Final_Presentation.app`: there is more of it.
        let rest = cut(line, to, line.len());
        let mut next = rest.chars();
        if next.next() == Some('.') && next.next().is_some_and(char::is_alphanumeric) {
            continue;
        }
        // Parts that every program has.
        if matches!(name, "overlay" | "section" | "resource" | "header" | "stub") {
            continue;
        }
        let heads = || lexicon::field(name).is_some() || lexicon::section_kind(name).is_some();
        if !is_name(name) || (!sure.contains(&from) && heads()) {
            continue;
        }
        if let Ok(observable) = Observable::new(K::FileName, name) {
            let from = start + from;
            out.push(Candidate {
                observable,
                start: from,
                end: from + name.len(),
                defanged: false,
                origin: Origin::Label,
                written: None,
            });
        }
    }
    out
}

/// Whether a line holds digits as long as a hash.
pub(crate) fn holds_hash(line: &str) -> bool {
    let bytes = line.as_bytes();
    let mut from = 0;
    while let Some(run) = bytes.get(from..from + 32) {
        // No run goes over a byte that is no digit, so the search goes on behind the last one.
        match run.iter().rposition(|b| !b.is_ascii_hexdigit()) {
            Some(other) => from += other + 1,
            None => return true,
        }
    }
    false
}

/// Whether a word can be the name of a file: neither a hash, a number, a label nor the name of a
/// technique, nor one whose ending other scanners know.
fn is_name(word: &str) -> bool {
    let known = word
        .rsplit_once('.')
        .is_some_and(|(_, last)| ending(last) != Ending::Unknown);
    let hex = word.len() >= 32 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let letters = word.bytes().filter(u8::is_ascii_lowercase).count();
    !known && !hex && letters >= 2 && !lexicon::is_none_word(word)
}

#[cfg(test)]
mod tests {
    use super::unended;
    use crate::text::clean;

    fn check(line: &str, below: bool, want: &[&str]) {
        let clean = clean(line);
        let got: Vec<String> = unended(&clean, 0, clean.text.len(), below)
            .iter()
            .map(|c| c.observable.value().to_owned())
            .collect();
        assert_eq!(got, want, "{line}");
    }

    #[test]
    fn a_word_beside_a_hash_is_a_file() {
        let hash = "8b9a0b44b738c7884e6a14f4cb18afff";
        check(&format!("{hash}  sshd-helper"), false, &["sshd-helper"]);
        check(&format!("{hash} *arm7"), false, &["arm7"]);
        check(
            &format!("* `{hash}` - `n2pay` - first stage"),
            false,
            &["n2pay"],
        );
        check(
            &format!("It is called `kworker-u9` and was seen once (MD5 {hash})"),
            false,
            &["kworker-u9"],
        );
        check(
            &format!("本体であるsgrdのMD5ハッシュ値は{hash}です"),
            false,
            &["sgrd"],
        );
        check("orchid_esxi — encryptor for ESXi", true, &["orchid_esxi"]);
        check("- `shot` takes screenshots", true, &["shot"]);
        check("DLL_from_Memory", true, &["DLL_from_Memory"]);
    }

    #[test]
    fn other_words_are_words() {
        let hash = "8b9a0b44b738c7884e6a14f4cb18afff";
        check(&format!("{hash} loader.exe"), false, &[]);
        check(&format!("the malware we call SaltFen, {hash}"), false, &[]);
        check("It is called `kworker-u9`.", false, &[]);
        check("Hashes:", true, &[]);
        check("Second generation", true, &[]);
    }
}

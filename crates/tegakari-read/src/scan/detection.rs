//! Names that security products give a detection: `Win32/Agent.ABNX`, `Trojan:NPM/Loader.BY`,
//! `Win.Trojan.Miner-9835871-0`. They look like domains, paths and IPv6 addresses.

use tegakari_model::ObservableKind as K;

use super::{Finder, Hint, Origin, Taken, cut, is_cjk};
use crate::lexicon::{Field, is_none_word};

/// Platforms that begin a name, or stand after its category.
const PLATFORMS: &[&str] = &[
    "win32",
    "win64",
    "w32",
    "w64",
    "w97m",
    "x97m",
    "win",
    "msil",
    "js",
    "vbs",
    "html",
    "python",
    "linux",
    "unix",
    "osx",
    "macos",
    "ios",
    "android",
    "androidos",
    "andr",
    "java",
    "php",
    "powershell",
    "doc",
    "docx",
    "xls",
    "pdf",
    "email",
    "npm",
    "bat",
    "wingo",
    "o97m",
    "vba",
    "ps",
    "ps1",
    "perl",
    "ruby",
    "asp",
    "nsis",
    "generic",
    "multios",
    "script",
    "shell",
    "swf",
    "rtf",
    "lnk",
    "archbomb",
    "elf",
    "macos_x64",
];

/// Categories that begin a name.
const CATEGORIES: &[&str] = &[
    "trojan",
    "backdoor",
    "ransom",
    "ransomware",
    "worm",
    "virus",
    "pua",
    "pup",
    "heur",
    "uds",
    "gen",
    "exploit",
    "hacktool",
    "trojandownloader",
    "trojandropper",
    "trojanspy",
    "trojanproxy",
    "behavior",
    "downloader",
    "dropper",
    "coinminer",
    "auto",
    "spyware",
    "adware",
    "riskware",
    "rootkit",
    "virtool",
    "pws",
    "infostealer",
    "stealer",
    "malware",
    "tool",
    "packed",
    "not-a-virus",
    "dos",
    "ddos",
    "phishing",
    "troj",
    "tspy",
    "bkdr",
    "suspicious",
    "application",
    "variant",
    "constructor",
    "program",
    "misleading",
    "browsermodifier",
    "supportscam",
    "joke",
    "monitoringtool",
    "tojan",
];

/// What begins a name of Sophos besides these.
const SOPHOS: &[&str] = &["mal", "ml", "amsi", "exp", "atk", "hpmal"];

/// Letters of the longest of these words.
const LONGEST: usize = 24;

/// Every detection name in a text.
pub(super) fn scan(text: &str, hint: Hint, taken: &mut Taken, found: &mut Finder<'_>) {
    let labelled = hint.field == Some(Field::Kind(K::DetectionName));
    let mut spans = Vec::new();
    let mut done = 0;
    // Every name holds one of these, and few words do.
    for at in memchr::memchr3_iter(b'/', b':', b'.', text.as_bytes()) {
        if at < done {
            continue;
        }
        let (from, end) = token_around(text, done, at);
        done = end;
        let from = bracketed(text, from, at).unwrap_or(from);
        let token = cut(text, from, end);
        let trimmed = token.trim_start_matches([':', '.', '/', '-', '*', '•']);
        let from = from + token.len() - trimmed.len();
        let token = trimmed.trim_end_matches(['.', ':', '/', '*']);
        if token.len() <= 120
            && (is_name(token)
                || (token.contains("]/") && is_bracketed_name(token))
                || is_behind_ratio(text, from, token)
                || (labelled
                    && token.contains(['.', '/', ':'])
                    && token.bytes().any(|b| b.is_ascii_alphabetic())
                    && !is_none_word(token)))
            && taken.end_of(from).is_none()
        {
            let span = whole(text, (from, from + token.len()), token);
            done = done.max(span.1);
            spans.push(span);
        }
    }
    for (start, end) in spans {
        if found.add(
            K::DetectionName,
            cut(text, start, end),
            (start, end),
            Origin::Form,
        ) {
            taken.0.push((start, end));
        }
    }
}

/// Where a name of Antiy begins, `Trojan[Downloader]/Win32.Rovnix`, whose slash is at `at` and whose token is taken to begin
/// behind the bracket.
fn bracketed(text: &str, from: usize, at: usize) -> Option<usize> {
    let head = text.get(..at)?.strip_suffix(']').filter(|_| from == at)?;
    let (before, kind) = head.rsplit_once('[')?;
    let category = before.len()
        - before
            .bytes()
            .rev()
            .take_while(u8::is_ascii_alphabetic)
            .count();
    (kind.len() <= LONGEST && kind.bytes().all(|b| b.is_ascii_alphabetic())).then_some(category)
}

/// Whether a scanning service says so: `46/76 (Trojan.MSILZilla)`.
fn is_behind_ratio(text: &str, from: usize, token: &str) -> bool {
    let ratio = || {
        let before = text.get(..from)?.strip_suffix('(')?.trim_end_matches(' ');
        let digits = |text: &str| text.bytes().rev().take_while(u8::is_ascii_digit).count();
        let engines = digits(before);
        let found = before.get(..before.len() - engines)?.strip_suffix('/')?;
        Some((1..=3).contains(&engines) && (1..=3).contains(&digits(found)))
    };
    let family = |family: &str| {
        family.starts_with(|c: char| c.is_ascii_alphabetic())
            && family
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"./-_!".contains(&b))
    };
    token
        .split_once('.')
        .is_some_and(|(first, rest)| is_category(first, nature(first)) && family(rest))
        && ratio() == Some(true)
}

fn is_bracketed_name(token: &str) -> bool {
    token.split_once('[').is_some_and(|(category, rest)| {
        is_category(category, nature(category))
            && rest
                .split_once("]/")
                .is_some_and(|(_, name)| names_platform(name))
    })
}

/// A name with what its vendor sets before or behind it: `a variant of MSIL/Agent.ABC`, `Win32:Agent-gen [Trj]`.
fn whole(text: &str, (start, end): (usize, usize), token: &str) -> (usize, usize) {
    const BEFORE: &str = "a variant of ";
    let begun = start
        .checked_sub(BEFORE.len())
        .filter(|at| {
            text.get(*at..start)
                .is_some_and(|before| before.eq_ignore_ascii_case(BEFORE))
        })
        .unwrap_or(start);
    let mut near = (end + 16).min(text.len());
    while !text.is_char_boundary(near) {
        near -= 1;
    }
    let behind = cut(text, end, near);
    // Avast sets what kind of match it is apart with a blank, Antiy does not: `Trojan/Android.Raden.a[sms]`.
    let kind = behind
        .strip_prefix(" [")
        .filter(|_| token.contains(':'))
        .or_else(|| behind.strip_prefix('[').filter(|_| token.contains('/')))
        .and_then(|rest| rest.split_once(']'))
        .map(|(kind, _)| kind)
        .filter(|kind| {
            (2..=12).contains(&kind.len()) && kind.bytes().all(|b| b.is_ascii_alphabetic())
        });
    let blank = usize::from(behind.starts_with(' '));
    (begun, kind.map_or(end, |kind| end + blank + kind.len() + 2))
}

/// The token that holds `at`, no further back than `done`: up to white space, quotation marks and brackets.
fn token_around(text: &str, done: usize, at: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let ends = |b: &u8| *b >= 0x80 || ENDS[usize::from(*b)];
    let left = bytes.get(done..at).unwrap_or_default();
    let right = bytes.get(at..).unwrap_or_default();
    let start = left.iter().rposition(ends).map_or(done, |i| done + i + 1);
    let end = right.iter().position(ends).map_or(bytes.len(), |i| at + i);
    // Letters of other scripts are looked at one by one.
    let other = |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(|b| *b >= 0x80);
    if other(start.checked_sub(1).filter(|i| *i >= done)) || other(Some(end)) {
        return token_of_letters(text, done, at);
    }
    (start, end)
}

/// The bytes of ASCII that end a token.
const ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    let mut i = 0;
    while i <= b' ' {
        ends[i as usize] = true;
        i += 1;
    }
    let bytes = b"\x7F\"'`(),;|<>[]{}\\=";
    let mut i = 0;
    while i < bytes.len() {
        ends[bytes[i] as usize] = true;
        i += 1;
    }
    ends
};

fn token_of_letters(text: &str, done: usize, at: usize) -> (usize, usize) {
    let inside = |c: char| match c.is_ascii() {
        true => !ENDS[c as usize],
        false => {
            !(c.is_whitespace()
                || c.is_control()
                || is_cjk(c)
                || matches!(c, '“' | '”' | '‘' | '’' | '–' | '—'))
        }
    };
    let left = cut(text, done, at);
    let right = cut(text, at, text.len());
    let start = done + left.trim_end_matches(inside).len();
    let end = at + right.find(|c| !inside(c)).unwrap_or(right.len());
    (start, end)
}

/// Whether a token has the form of some vendor's names.
pub(super) fn is_name(token: &str) -> bool {
    if token.len() < 6 || !token.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return false;
    }
    let first_end = token.find(['/', ':', '.']).unwrap_or(token.len());
    let (first, rest) = token.split_at(first_end);
    let separator = rest.chars().next();
    let rest = rest.trim_start_matches(['/', ':', '.']);
    // The word before a full stop, mostly.
    if rest.is_empty() {
        return false;
    }
    // Bitdefender names the engine before the rest.
    if separator == Some(':') && matches!(first, "IL" | "QD" | "AI" | "DeepScan") {
        return is_name(rest);
    }
    let nature = nature(first);
    let (category, platform) = (is_category(first, nature), nature & PLATFORM != 0);
    let sophos = separator == Some('/') && SOPHOS.iter().any(|w| first.eq_ignore_ascii_case(w));
    if !(category || platform || sophos) || token.contains("://") {
        return false;
    }
    // `W32/Traxg.B@mm`: what spreads by mail.
    if rest.contains('@') && !(platform && (rest.ends_with("@mm") || rest.ends_with("@MM"))) {
        return false;
    }
    if !rest
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-!:/#@&~".contains(&b))
    {
        return false;
    }
    match separator {
        // ESET: platform, slash, capitalised name, dot, variant. Microsoft writes `Win32/Name!suffix` in short.
        // Sophos: platform or category, slash, capitalised name, dash, variant in capitals.
        Some('/') => {
            rest.starts_with(|c: char| c.is_ascii_uppercase())
                && !rest.contains('/')
                && ((platform && rest.contains(['.', '!']) && !has_file_ending(rest))
                    || lettered(rest, sophos)
                    || (category && names_platform(rest)))
        }
        // Microsoft: category, colon, platform, slash. Cisco and Kaspersky: category, colon, words.
        // Avast: platform, colon, capitalised name, dash, what kind of match.
        Some(':') if platform && !rest.contains(['/', '.']) => {
            rest.starts_with(|c: char| c.is_ascii_uppercase())
                && rest.rsplit_once('-').is_some_and(|(name, kind)| {
                    name.len() >= 3
                        && (kind == "gen"
                            || (1..=3).contains(&kind.len())
                                && kind.bytes().all(|b| b.is_ascii_uppercase()))
                })
        }
        Some(':') => {
            (category || platform)
                && (rest.contains('/') || rest.contains('.'))
                && rest.starts_with(|c: char| c.is_ascii_alphabetic())
        }
        Some('.') => {
            let second = rest.split(['.', '/', ':', '-', '!']).next().unwrap_or("");
            let known_second = self::nature(second) & (CATEGORY | PLATFORM) != 0
                || second
                    .get(..6)
                    .is_some_and(|s| s.eq_ignore_ascii_case("trojan"));
            let marked = rest.contains("::")
                || rest.to_ascii_lowercase().ends_with(".talos")
                || rest.contains(":");
            ((platform || category) && (known_second || marked) && !has_file_ending(rest))
                || (platform && serial(rest))
                || (category && !is_ordinary(first) && (numbered(rest) || families(rest)))
        }
        _ => false,
    }
}

/// Parts of categories that begin no name by themselves.
const PARTS: &[&str] = &[
    "psw",
    "spy",
    "proxy",
    "banker",
    "gamethief",
    "clicker",
    "fakeav",
    "im",
    "net",
    "sms",
    "notifier",
    "arcbomb",
];

/// What a word is in the names of vendors, as bits.
const PLATFORM: u8 = 1;
const CATEGORY: u8 = 2;
const PART: u8 = 4;

/// For each first letter the lengths that such words have, a bit each.
const LENGTHS: [u32; 26] = {
    let mut lengths = [0; 26];
    let lists = [PLATFORMS, CATEGORIES, PARTS];
    let mut list = 0;
    while list < lists.len() {
        let mut i = 0;
        while i < lists[list].len() {
            let word = lists[list][i].as_bytes();
            lengths[(word[0] - b'a') as usize] |= 1 << word.len();
            i += 1;
        }
        list += 1;
    }
    lengths
};

/// What a word is, in any case of its letters: every dotted name of a document comes here, and most have neither
/// the length nor the first letter of these words.
fn nature(word: &str) -> u8 {
    let first = word.as_bytes().first().map_or(0, u8::to_ascii_lowercase);
    let lengths = LENGTHS.get(usize::from(first.wrapping_sub(b'a')));
    if word.len() > LONGEST || lengths.is_none_or(|lengths| lengths >> word.len() & 1 == 0) {
        return 0;
    }
    let lists = [(PLATFORMS, PLATFORM), (CATEGORIES, CATEGORY), (PARTS, PART)];
    let holds = |list: &[&str]| list.iter().any(|one| one.eq_ignore_ascii_case(word));
    let bits = lists
        .iter()
        .map(|(list, bit)| if holds(list) { *bit } else { 0 });
    bits.sum()
}

/// Whether a word is a category, or several with `-` between them.
fn is_category(word: &str, nature: u8) -> bool {
    let part = |part: &str| self::nature(part) & (CATEGORY | PART) != 0;
    nature & CATEGORY != 0 || word.split('-').all(part)
}

fn has_file_ending(rest: &str) -> bool {
    let last = rest.rsplit('.').next().unwrap_or("");
    !rest.contains([':', '/', '!', '-'])
        && last
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && crate::lexicon::ending(last) != crate::lexicon::Ending::Unknown
        && rest.matches('.').count() <= 1
}

/// Whether a category is a word that programs use of themselves: `Application.Version2.1` is no malware.
fn is_ordinary(category: &str) -> bool {
    [
        "application",
        "auto",
        "behavior",
        "constructor",
        "gen",
        "packed",
        "program",
        "suspicious",
        "tool",
        "variant",
    ]
    .iter()
    .any(|word| category.eq_ignore_ascii_case(word))
}

/// AhnLab: category, slash, platform, capitalised family: `Backdoor/Win.NukeSped.R999`, `Dropper/DOC.Generic`.
fn names_platform(rest: &str) -> bool {
    rest.split_once('.').is_some_and(|(platform, family)| {
        nature(platform) & PLATFORM != 0
            && family.starts_with(|c: char| c.is_ascii_uppercase())
            && !family.contains(['/', ':'])
    })
}

/// Dr.Web: a capitalised family and the number of its variant, `Packed2.46324`.
fn numbered(rest: &str) -> bool {
    rest.split_once('.').is_some_and(|(family, variant)| {
        family.starts_with(|c: char| c.is_ascii_uppercase())
            && family.bytes().all(|b| b.is_ascii_alphanumeric())
            && !variant.is_empty()
            && variant.bytes().all(|b| b.is_ascii_digit())
    })
}

/// VirusTotal's label of a threat: two families in lower case, `mirai/gafgyt`.
fn families(rest: &str) -> bool {
    let family = |t: &str| {
        t.len() >= 3
            && t.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && t.bytes().any(|b| b.is_ascii_lowercase())
    };
    rest.split_once('/')
        .is_some_and(|(a, b)| family(a) && family(b))
}

/// Sophos: a capitalised name and its variant after the last dash, `Alureon-C`.
fn lettered(rest: &str, sophos: bool) -> bool {
    rest.rsplit_once('-').is_some_and(|(name, variant)| {
        name.len() >= 2
            && (sophos || name.bytes().any(|b| b.is_ascii_lowercase()))
            && (1..=4).contains(&variant.len())
            && variant != "OS"
            && variant.bytes().all(|b| b.is_ascii_uppercase())
    })
}

/// ClamAV: a name that ends in two numbers, `-9835871-0`.
fn serial(rest: &str) -> bool {
    let mut parts = rest.rsplit('-');
    let number = |part: Option<&str>| {
        part.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
    };
    number(parts.next()) && number(parts.next())
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_of_every_vendor_are_known() {
        for name in [
            "Win32/Agent.ABRV.gen",
            "Trojan.Lampe2.40417",
            "BackDoor.Kettle.9",
            "JS/GitBot.B",
            "MSIL/Evilnum.A",
            "Python/Spy.KeyLogger.HF",
            "Win32/PSW.Agent.OJX",
            "Trojan:NPM/ShaiLoader.BY",
            "Trojan:NPM/ShaiWorm.DAY!MTB",
            "Win.Trojan.Miner-9835871-0",
            "PUA.Win.Dropper.Hackkms::tpd",
            "Coinminer:MBT.26mw.in14.Talos",
            "HEUR:Trojan.Win32.Generic",
            "Trojan-Spy.Win32.Agent.gen",
            "W32.Auto:1234.in03.Talos",
            "Troj/Tesla-AW",
            "hacktool.netsup/netsupport",
            "Mal/Alureon-C",
            "W32/Traxg.B@mm",
            "ML/PE-A",
            "Win32/Malgent!MSR",
        ] {
            assert!(is_name(name), "{name}");
        }
        for text in [
            "evil.example",
            "https://a.example",
            "and/or",
            "Linux/Unix",
            "win32.exe",
            "Program.Main",
            "js/app.js",
            "System.Net",
            "C2:evil.example",
            "Tool:",
            "trojan.example",
            "Win.ps1",
            "Linux/Mac-OS",
            "Tool/Kit-as",
            "ml/data-A",
            "w32/user@example.com",
            "mal.example",
            "trojan.example/a",
            "tool.example/index.html",
            "exp.Value",
        ] {
            assert!(!is_name(text), "{text}");
        }
    }
}

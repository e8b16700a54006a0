//! Free text: paths, registry keys, user agents, command lines, mutexes and the like.
//!
//! Each text is found by one word of it, its anchor; then the whole is compared outwards from there.
//! The comparison ignores ASCII case and forgives what logs do to text: `\` doubled by JSON, `/` and
//! `"` escaped, blanks repeated or written as `+` or `%20`. Word borders are needed at both ends.

use std::ops::Range;

use tegakari_model::{ObservableKind as K, Relation};

use crate::classify::is_host;

/// A text of the set.
#[derive(Debug)]
pub(crate) struct Text {
    /// What is compared; may be less than the value (a registry key without its hive).
    pub(crate) needle: Box<[u8]>,
    /// The anchor word within `needle`.
    pub(crate) anchor: (u16, u16),
    /// The entry it stands for.
    pub(crate) entry: u32,
    /// What must stand around it.
    pub(crate) frame: Frame,
}

/// What must stand around the needle, beyond word borders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    /// Nothing more.
    Free,
    /// A whole path: no path goes on behind it.
    Path,
    /// A whole path on a drive, whose letter or volume must stand before it.
    Drive(u8),
    /// The end of a path: any path may stand before it.
    PathTail,
    /// A user agent: the whole of one, not the beginning of a longer one.
    Agent,
    /// A file name: a separator before it makes it the end of a path.
    FileName,
    /// A file name without extension: it must look like a name in its place.
    BareFileName,
    /// A registry key below a hive; `true` when keys and values below it count as well.
    Registry(Hive, bool),
}

/// The registry hive a key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hive {
    LocalMachine,
    CurrentUser,
    ClassesRoot,
    Users,
    CurrentConfig,
}

impl Hive {
    const ALL: [Self; 5] = [
        Self::LocalMachine,
        Self::CurrentUser,
        Self::ClassesRoot,
        Self::Users,
        Self::CurrentConfig,
    ];
}

impl Frame {
    /// Its number in files: the kind, then what belongs to it.
    pub(crate) fn code(self) -> u64 {
        match self {
            Self::Free => 0,
            Self::Path => 1,
            Self::PathTail => 2,
            Self::Agent => 3,
            Self::FileName => 4,
            Self::BareFileName => 5,
            Self::Drive(letter) => 6 | u64::from(letter) << 8,
            Self::Registry(hive, below) => 7 | (hive as u64) << 8 | u64::from(below) << 16,
        }
    }

    /// The frame with a number.
    pub(crate) fn of_code(code: u64) -> Option<Self> {
        let frame = match code & 0xFF {
            0 => Self::Free,
            1 => Self::Path,
            2 => Self::PathTail,
            3 => Self::Agent,
            4 => Self::FileName,
            5 => Self::BareFileName,
            6 => Self::Drive((code >> 8) as u8),
            7 => {
                let hive = Hive::ALL.get((code >> 8 & 0xFF) as usize)?;
                Self::Registry(*hive, code >> 16 & 1 != 0)
            }
            _ => return None,
        };
        (frame.code() == code).then_some(frame)
    }
}

/// Variables in paths and what they stand for on Windows, as the end of the path before.
const VARIABLES: [(&str, &str); 12] = [
    ("%localappdata%", "\\AppData\\Local"),
    ("%appdata%", "\\AppData\\Roaming"),
    ("%programdata%", "\\ProgramData"),
    ("%allusersprofile%", "\\ProgramData"),
    ("%programfiles(x86)%", "\\Program Files (x86)"),
    ("%programfiles%", "\\Program Files"),
    ("%systemroot%", "\\Windows"),
    ("%windir%", "\\Windows"),
    ("%public%", "\\Users\\Public"),
    ("%temp%", "\\Temp"),
    ("%tmp%", "\\Temp"),
    ("%systemdrive%", ":"),
];

/// Last parts of keys under which everybody's programs write.
const COMMON_KEYS: [&str; 22] = [
    "run",
    "runonce",
    "runonceex",
    "runservices",
    "services",
    "winlogon",
    "currentversion",
    "software",
    "microsoft",
    "windows",
    "windows nt",
    "policies",
    "explorer",
    "system",
    "currentcontrolset",
    "control",
    "classes",
    "shell",
    "command",
    "parameters",
    "environment",
    "lsa",
];

/// What is compared for a value of a text kind, and what must stand around it.
pub(crate) fn needle_of(kind: K, value: &str) -> (String, Frame) {
    match kind {
        K::FilePath => path(value),
        K::RegistryKey => registry(value),
        K::NamedPipe => {
            let lower = value.to_ascii_lowercase();
            let front = ["\\\\.\\pipe\\", "\\pipe\\", "\\\\.\\", "\\"]
                .iter()
                .find(|front| lower.starts_with(**front))
                .map_or(0, |front| front.len());
            (value[front..].to_owned(), Frame::Free)
        }
        K::UserAgent => (value.to_owned(), Frame::Agent),
        K::FileName if value.contains('.') => (value.to_owned(), Frame::FileName),
        K::FileName => (value.to_owned(), Frame::BareFileName),
        _ => (value.to_owned(), Frame::Free),
    }
}

fn path(value: &str) -> (String, Frame) {
    let value = value.trim_end_matches(['\\', '/']);
    let lower = value.to_ascii_lowercase();
    for (variable, stands_for) in VARIABLES {
        if lower.starts_with(variable) {
            return (
                format!("{stands_for}{}", &value[variable.len()..]),
                Frame::PathTail,
            );
        }
    }
    // An unknown variable, or the home: what follows must say enough by itself.
    let open = lower.starts_with('%') || lower.starts_with('$') || lower.starts_with("~/");
    if open
        && let Some(at) = value.find(['\\', '/'])
        && value[at + 1..].contains(['\\', '/'])
    {
        return (value[at..].to_owned(), Frame::PathTail);
    }
    if let [drive, b':', b'\\', next, ..] = *value.as_bytes()
        && drive.is_ascii_alphabetic()
        && next != b'\\'
    {
        return (value[2..].to_owned(), Frame::Drive(drive));
    }
    let partial = value.starts_with('\\') && !value.starts_with("\\\\");
    let frame = if partial {
        Frame::PathTail
    } else {
        Frame::Path
    };
    (value.to_owned(), frame)
}

fn registry(value: &str) -> (String, Frame) {
    let (front, rest) = value.split_once('\\').unwrap_or(("", value));
    let hive = match front {
        "HKLM" => Hive::LocalMachine,
        "HKCU" => Hive::CurrentUser,
        "HKCR" => Hive::ClassesRoot,
        "HKU" => Hive::Users,
        "HKCC" => Hive::CurrentConfig,
        _ => return (value.to_owned(), Frame::PathTail),
    };
    let last = rest
        .rsplit('\\')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    (
        rest.to_owned(),
        Frame::Registry(hive, !COMMON_KEYS.contains(&last.as_str())),
    )
}

/// A registry key as programs of the other word size see it: Windows keeps what 32-bit programs write below
/// `Software` under `WOW6432Node`, and both names are logged.
pub(crate) fn other_view(key: &str) -> Option<String> {
    const NODE: &str = "wow6432node\\";
    let lower = key.to_ascii_lowercase();
    let rest = lower.strip_prefix("software\\")?;
    let front = "software\\".len();
    if rest.starts_with(NODE) {
        return Some(format!("{}{}", &key[..front], &key[front + NODE.len()..]));
    }
    // What all programs share has no second view, and below `Classes` only some of it has.
    if rest.contains(NODE) || rest.starts_with("classes") || !rest.contains('\\') && rest.len() < 4
    {
        return None;
    }
    Some(format!("{}WOW6432Node\\{}", &key[..front], &key[front..]))
}

/// A registry key below `System` under the other names of the same set of controls: `CurrentControlSet` is a link to the
/// numbered one in use, nearly always the first, and drivers and event logs write either.
pub(crate) fn other_control_sets(key: &str) -> Vec<String> {
    let lower = key.to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("system\\") else {
        return Vec::new();
    };
    let name = rest.split('\\').next().unwrap_or_default();
    let others: &[&str] = match name {
        "currentcontrolset" => &["ControlSet001", "ControlSet002"],
        "controlset001" | "controlset002" => &["CurrentControlSet"],
        _ => return Vec::new(),
    };
    let front = "system\\".len();
    let below = &key[front + name.len()..];
    if below.len() < 2 {
        return Vec::new();
    }
    let named = |other: &&str| format!("{}{other}{below}", &key[..front]);
    others.iter().map(named).collect()
}

/// The words of a text that could anchor it: runs of name characters and of anything that is not ASCII,
/// without dots at the ends.
pub(crate) fn words(needle: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let is_word = |b: &u8| is_host(*b) || !b.is_ascii();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + needle[at..].iter().position(is_word)?;
        let len = needle[start..].iter().take_while(|b| is_word(b)).count();
        at = start + len;
        Some(trimmed(needle, start..at))
    })
}

/// The word less the dots at its ends.
#[inline]
pub(crate) fn trimmed(text: &[u8], word: Range<usize>) -> Range<usize> {
    let (mut start, mut end) = (word.start, word.end);
    while start < end && text[start] == b'.' {
        start += 1;
    }
    while end > start && text[end - 1] == b'.' {
        end -= 1;
    }
    start..end
}

impl Text {
    /// The place of the whole text and its relation, when its anchor stands at `at`.
    pub(crate) fn found(&self, text: &[u8], at: usize) -> Option<(Range<usize>, Relation)> {
        let anchor = usize::from(self.anchor.0);
        let end = forward(text, at, &self.needle[anchor..])?;
        let start = backward(text, at, &self.needle[..anchor])?;
        let place = start..end;
        if !self.has_borders(text, &place) {
            return None;
        }
        let relation = self.frame_holds(text, &place)?;
        Some((place, relation))
    }

    fn has_borders(&self, text: &[u8], place: &Range<usize>) -> bool {
        let starts_in_word = self.needle.first().is_some_and(|b| continues_word(*b));
        let ends_in_word = self.needle.last().is_some_and(|b| continues_word(*b));
        (!starts_in_word || left_border(text, place.start))
            && (!ends_in_word || right_border(text, place.end))
    }

    fn frame_holds(&self, text: &[u8], place: &Range<usize>) -> Option<Relation> {
        let before = place.start.checked_sub(1).map_or(b'\n', |i| text[i]);
        let plain = if is_enclosed(text, place) {
            Relation::Exact
        } else {
            Relation::Embedded
        };
        let separator = before == b'/' || before == b'\\';
        match self.frame {
            Frame::Free => Some(plain),
            Frame::FileName if separator => Some(Relation::PathEnd),
            Frame::FileName => Some(plain),
            Frame::BareFileName if path_goes_on(text, place.end) => None,
            Frame::BareFileName if separator => Some(Relation::PathEnd),
            Frame::BareFileName => (plain == Relation::Exact).then_some(plain),
            Frame::Path if path_goes_on(text, place.end) => None,
            Frame::Path => {
                let in_path = self.needle.first() == Some(&b'/')
                    && (before.is_ascii_alphanumeric() || b"._-~".contains(&before));
                (!in_path).then_some(plain)
            }
            Frame::Drive(_) if path_goes_on(text, place.end) => None,
            Frame::Drive(letter) => {
                let front = drive_before(text, place.start, letter)?;
                if is_enclosed(text, &(front..place.end)) {
                    Some(Relation::Exact)
                } else {
                    Some(Relation::Embedded)
                }
            }
            Frame::Agent => (!agent_goes_on(text, place)).then_some(plain),
            Frame::PathTail => (!path_goes_on(text, place.end)).then_some(Relation::PathEnd),
            Frame::Registry(hive, below) => {
                hive_before(text, place.start, hive).then_some(())?;
                if path_goes_on(text, place.end) {
                    below.then_some(Relation::Embedded)
                } else {
                    Some(Relation::Exact)
                }
            }
        }
    }
}

/// Compares onwards from `at`; where the needle ends in the text.
fn forward(text: &[u8], mut at: usize, needle: &[u8]) -> Option<usize> {
    let mut i = 0;
    while i < needle.len() {
        let byte = needle[i];
        match byte {
            b'\\' => {
                let want = run(&needle[i..], b'\\');
                if let Some(end) = slashes(text, at, want) {
                    i += want;
                    at = end;
                    continue;
                }
                let have = run(text.get(at..)?, b'\\');
                if have != want && have != 2 * want && have != 4 * want {
                    return None;
                }
                i += want;
                at += have;
                continue;
            }
            b' ' => {
                let want = needle[i..].iter().take_while(|b| **b == b' ').count();
                let from = at;
                loop {
                    match text.get(at..) {
                        Some([b' ' | b'\t' | b'+', ..]) => at += 1,
                        Some([b'%', b'2', b'0', ..]) => at += 3,
                        _ => break,
                    }
                }
                if at == from {
                    return None;
                }
                i += want;
                continue;
            }
            b'/' if text.get(at..at + 2) == Some(b"\\/") => at += 1,
            b'"' => {
                at += run(text.get(at..)?, b'\\');
                if text.get(at..at + 2) == Some(b"\"\"") && needle.get(i + 1) != Some(&b'"') {
                    at += 1;
                }
            }
            _ => {}
        }
        if !text.get(at)?.eq_ignore_ascii_case(&byte) {
            return None;
        }
        at += 1;
        i += 1;
    }
    Some(at)
}

/// Compares backwards from `at`; where the needle begins in the text.
fn backward(text: &[u8], mut at: usize, needle: &[u8]) -> Option<usize> {
    let mut i = needle.len();
    while i > 0 {
        let byte = needle[i - 1];
        match byte {
            b'\\' => {
                let want = run_back(&needle[..i], b'\\');
                if let Some(start) = slashes_back(text, at, want) {
                    i -= want;
                    at = start;
                    continue;
                }
                let have = run_back(&text[..at], b'\\');
                // A text that begins with a backslash may stand behind others.
                let fits = have == want || have == 2 * want || have == 4 * want;
                if !fits {
                    return None;
                }
                i -= want;
                at -= have;
                continue;
            }
            b' ' => {
                let from = at;
                loop {
                    let front = &text[..at];
                    if front.ends_with(b"%20") {
                        at -= 3;
                    } else if front.last().is_some_and(|b| b" \t+".contains(b)) {
                        at -= 1;
                    } else {
                        break;
                    }
                }
                if at == from {
                    return None;
                }
                i -= run_back(&needle[..i], b' ');
                continue;
            }
            _ => {}
        }
        if at == 0 || !text[at - 1].eq_ignore_ascii_case(&byte) {
            return None;
        }
        at -= 1;
        i -= 1;
        if byte == b'"' {
            let escapes = run_back(&text[..at], b'\\');
            let doubled = at > 0 && text[at - 1] == b'"' && (i == 0 || needle[i - 1] != b'"');
            // One backslash escapes the quote; more of them may belong to the value.
            at -= if doubled || escapes == 1 { 1 } else { 0 };
        } else if byte == b'/' && text[..at].ends_with(b"\\") {
            at -= 1;
        }
    }
    Some(at)
}

/// Where `want` slashes in the place of backslashes end, which JSON may have escaped (`\/`).
fn slashes(text: &[u8], mut at: usize, want: usize) -> Option<usize> {
    for _ in 0..want {
        at += usize::from(text.get(at..at + 2) == Some(b"\\/"));
        if text.get(at) != Some(&b'/') {
            return None;
        }
        at += 1;
    }
    Some(at)
}

/// The same backwards: where they begin.
fn slashes_back(text: &[u8], mut at: usize, want: usize) -> Option<usize> {
    for _ in 0..want {
        if at == 0 || text[at - 1] != b'/' {
            return None;
        }
        at -= 1;
        at -= usize::from(text[..at].ends_with(b"\\"));
    }
    Some(at)
}

/// Where the drive begins that stands before a path: its letter (`C:`), or a volume as drivers name it
/// (`\Device\HarddiskVolume3`), whose letter nobody can tell.
fn drive_before(text: &[u8], at: usize, letter: u8) -> Option<usize> {
    let front = &text[..at];
    if let [.., drive, b':'] = *front {
        let fits = drive.eq_ignore_ascii_case(&letter) && left_border(text, at - 2);
        return fits.then_some(at - 2);
    }
    let digits = front
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_digit())
        .count();
    let name = &front[..at - digits];
    let volume = b"HarddiskVolume";
    let start = name.len().checked_sub(volume.len())?;
    (digits > 0 && name[start..].eq_ignore_ascii_case(volume)).then_some(start)
}

/// Whether a user agent that ends at the end of `place` is only the beginning of a longer one: the field it stands
/// in goes on, or another product follows.
fn agent_goes_on(text: &[u8], place: &Range<usize>) -> bool {
    let before = place.start.checked_sub(1).map_or(b'\n', |i| text[i]);
    let rest = text.get(place.end..).unwrap_or_default();
    let Some(&next) = rest.first() else {
        return false;
    };
    if matches!(next, b'\r' | b'\n' | 0) {
        return false;
    }
    match before {
        b'"' | b'\'' => {
            let rest = rest.strip_prefix(b"\\").unwrap_or(rest);
            rest.first() != Some(&before)
        }
        b'\t' | b',' | b'|' => next != before,
        _ if next == b'+' || rest.starts_with(b"%20") => true,
        _ if next == b' ' => {
            let word = rest[1..].split(|b| b" \t\r\n\"".contains(b)).next();
            word.is_some_and(|word| {
                word.first() == Some(&b'(')
                    || word.iter().position(|b| *b == b'/').is_some_and(|slash| {
                        slash > 0
                            && word[..slash].iter().all(|b| is_host(*b))
                            && word.get(slash + 1).is_some_and(u8::is_ascii_digit)
                    })
            })
        }
        _ => false,
    }
}

fn run(text: &[u8], byte: u8) -> usize {
    text.iter().take_while(|b| **b == byte).count()
}

fn run_back(text: &[u8], byte: u8) -> usize {
    text.iter().rev().take_while(|b| **b == byte).count()
}

fn continues_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// Whether a word may begin at `at`.
fn left_border(text: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|i| text[i]) else {
        return true;
    };
    if is_escape_letter(text, at - 1) || (at > 2 && is_code_rest(text, at - 2)) {
        return true;
    }
    match before {
        b'-' | b'.' => at < 2 || !continues_word(text[at - 2]),
        _ if before.is_ascii() => !continues_word(before),
        _ => !joins_word(char_before(text, at)),
    }
}

/// Whether a word may end at `at`.
fn right_border(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        None => true,
        Some(b'-' | b'.') => !text.get(at + 1).is_some_and(|b| continues_word(*b)),
        Some(b) if b.is_ascii() => !continues_word(*b),
        Some(_) => !joins_word(char_at(text, at)),
    }
}

/// Whether the byte at `at` is the letter of an escape such as `\n`.
pub(crate) fn is_escape_letter(text: &[u8], at: usize) -> bool {
    at > 0
        && text[at - 1] == b'\\'
        && b"nrtbf".contains(&text[at])
        && (at < 2 || text[at - 2] != b'\\')
}

/// Whether the two bytes from `at` on are the digits of a percent code such as `%20`.
pub(crate) fn is_code_rest(text: &[u8], at: usize) -> bool {
    at > 0
        && text[at - 1] == b'%'
        && text
            .get(at..at + 2)
            .is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
}

/// Whether a character that is not ASCII makes one word with the Latin text beside it. Chinese and
/// Japanese are written without blanks, so their characters do not.
pub(crate) fn joins_word(c: Option<char>) -> bool {
    c.is_some_and(|c| {
        c.is_alphanumeric()
            && !matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9F}' | '\u{20000}'..='\u{3FFFF}')
    })
}

/// The character that ends just before `at`, when the bytes are UTF-8.
pub(crate) fn char_before(text: &[u8], at: usize) -> Option<char> {
    (1..=4).find_map(|len| {
        let bytes = text.get(at.checked_sub(len)?..at)?;
        std::str::from_utf8(bytes).ok()?.chars().next()
    })
}

/// The character that begins at `at`, when the bytes are UTF-8.
pub(crate) fn char_at(text: &[u8], at: usize) -> Option<char> {
    (1..=4).find_map(|len| {
        let bytes = text.get(at..at.checked_add(len)?)?;
        std::str::from_utf8(bytes).ok()?.chars().next()
    })
}

/// Whether the place fills a field: quotes, field separators or line ends on both sides.
fn is_enclosed(text: &[u8], place: &Range<usize>) -> bool {
    let border = |byte: u8| b"\"'`\t\n\r,;|<>=:()[]{}".contains(&byte);
    let left = place.start == 0
        || border(text[place.start - 1])
        || is_escape_letter(text, place.start - 1);
    let right = match text.get(place.end) {
        None => true,
        Some(b'\\') => text
            .get(place.end + 1)
            .is_some_and(|b| b"\"nrt".contains(b)),
        Some(byte) => border(*byte),
    };
    left && right
}

/// Whether a path goes on at `at`: separators, then more of a name.
fn path_goes_on(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let separators = rest
        .iter()
        .take_while(|b| **b == b'\\' || **b == b'/')
        .count();
    if separators == 0 {
        return false;
    }
    match rest.get(separators) {
        // `\n` and the like after a path in JSON end it.
        Some(b'n' | b'r' | b't') if separators == 1 && rest[0] == b'\\' => {
            rest.get(2).is_some_and(|b| b.is_ascii_lowercase())
        }
        Some(byte) => continues_word(*byte) || b".-$%{*(~".contains(byte),
        None => false,
    }
}

/// Whether the hive's name, in any of its forms, and a separator stand just before `at`.
fn hive_before(text: &[u8], at: usize, hive: Hive) -> bool {
    let slashes = run_back(&text[..at], b'\\');
    if slashes == 0 {
        return false;
    }
    let mut front = &text[..at - slashes];
    if front.last() == Some(&b':') {
        front = &front[..front.len() - 1];
    }
    let (word, rest) = last_part(front);
    let is = |names: &[&str]| {
        names
            .iter()
            .any(|name| word.eq_ignore_ascii_case(name.as_bytes()))
    };
    let above = || last_part(&rest[..rest.len() - run_back(rest, b'\\')]).0;
    let is_user = |part: &[u8]| {
        part.get(..4)
            .is_some_and(|p| p.eq_ignore_ascii_case(b"s-1-"))
            || part.eq_ignore_ascii_case(b".default")
    };
    match hive {
        Hive::LocalMachine => is(&["HKLM", "HKEY_LOCAL_MACHINE", "MACHINE"]),
        Hive::CurrentUser => {
            is(&["HKCU", "HKEY_CURRENT_USER"])
                || (is_user(word)
                    && [&b"HKU"[..], b"HKEY_USERS", b"USER"]
                        .iter()
                        .any(|name| above().eq_ignore_ascii_case(name)))
        }
        Hive::ClassesRoot => is(&["HKCR", "HKEY_CLASSES_ROOT", "CLASSES"]),
        Hive::Users => is(&["HKU", "HKEY_USERS", "USER"]),
        Hive::CurrentConfig => is(&["HKCC", "HKEY_CURRENT_CONFIG"]),
    }
}

/// The last part of a path of name characters, and what stands before it.
fn last_part(text: &[u8]) -> (&[u8], &[u8]) {
    let len = text
        .iter()
        .rev()
        .take(200)
        .take_while(|b| is_host(**b))
        .count();
    let (rest, word) = text.split_at(text.len() - len);
    (word, rest)
}

#[cfg(test)]
mod tests {
    use super::{Text, needle_of, words};
    use tegakari_model::{Observable, ObservableKind as K, Relation};

    fn check(kind: K, value: &str, log: &str, want: Option<Relation>) {
        let value = Observable::new(kind, value).unwrap();
        let (needle, frame) = needle_of(kind, value.value());
        let anchor = words(needle.as_bytes()).max_by_key(|w| w.len()).unwrap();
        let text = Text {
            anchor: (anchor.start as u16, anchor.end as u16),
            needle: needle.as_bytes().into(),
            entry: 0,
            frame,
        };
        let word = &needle.as_bytes()[anchor];
        let got = (0..log.len())
            .filter(|at| {
                log.as_bytes()[*at..].len() >= word.len()
                    && log.as_bytes()[*at..*at + word.len()].eq_ignore_ascii_case(word)
            })
            .find_map(|at| text.found(log.as_bytes(), at));
        assert_eq!(got.map(|(_, relation)| relation), want, "{value} in {log}");
    }

    #[test]
    fn paths_are_found_whole_and_however_they_are_escaped() {
        let path = "C:\\Users\\Public\\evil one.exe";
        check(
            K::FilePath,
            path,
            "Image: C:\\Users\\Public\\evil one.exe",
            Some(Relation::Embedded),
        );
        check(
            K::FilePath,
            path,
            "{\"i\":\"c:\\\\users\\\\public\\\\EVIL one.exe\"}",
            Some(Relation::Exact),
        );
        check(
            K::FilePath,
            path,
            "C:\\Users\\Public\\evil one.exe.bak",
            None,
        );
        check(
            K::FilePath,
            path,
            "C:\\Users\\Public\\evil one.exe\\x",
            None,
        );
        check(K::FilePath, path, "xC:\\Users\\Public\\evil one.exe", None);
        check(
            K::FilePath,
            "/tmp/.x/kworker",
            "exe=\"/tmp/.x/kworker\"",
            Some(Relation::Exact),
        );
        check(K::FilePath, "/tmp/.x/kworker", "/var/tmp/.x/kworker", None);
        check(K::FilePath, "/tmp/.x/kworker", "/tmp/.x/kworker2", None);
        check(
            K::FilePath,
            "%APPDATA%\\Evil\\run.dll",
            "C:\\Users\\a\\AppData\\Roaming\\Evil\\run.dll",
            Some(Relation::PathEnd),
        );
        check(
            K::FilePath,
            "%TEMP%\\svchost.exe",
            "C:\\Windows\\System32\\svchost.exe",
            None,
        );
    }

    #[test]
    fn paths_are_the_same_with_other_slashes_and_names_of_drives() {
        let path = "C:\\ProgramData\\Wobaku\\a.exe";
        for (log, want) in [
            ("c:/programdata/wobaku/A.EXE", Some(Relation::Exact)),
            (
                "{\"p\":\"C:\\/ProgramData\\/Wobaku\\/a.exe\"}",
                Some(Relation::Exact),
            ),
            (
                "img=\\Device\\HarddiskVolume3\\ProgramData\\Wobaku\\a.exe",
                Some(Relation::Embedded),
            ),
            (
                "\\\\?\\C:\\ProgramData\\Wobaku\\a.exe",
                Some(Relation::Embedded),
            ),
            ("D:\\ProgramData\\Wobaku\\a.exe", None),
            ("xC:\\ProgramData\\Wobaku\\a.exe", None),
            ("C:\\Users\\ProgramData\\Wobaku\\a.exe", None),
            ("C:\\ProgramData\\Wobaku\\a.exe.bak", None),
        ] {
            check(K::FilePath, path, log, want);
        }
    }

    #[test]
    fn a_user_agent_is_not_the_beginning_of_a_longer_one() {
        let agent = "Mozilla/5.0 (Wobaku; x64)";
        for (log, want) in [
            ("\"Mozilla/5.0 (Wobaku; x64)\" 200", Some(Relation::Exact)),
            (
                "{\"m\":\"a \\\"Mozilla/5.0 (Wobaku; x64)\\\" b\"}",
                Some(Relation::Exact),
            ),
            ("a Mozilla/5.0 (Wobaku; x64) 200", Some(Relation::Embedded)),
            (
                "a Mozilla/5.0 (Wobaku; x64) status=200",
                Some(Relation::Embedded),
            ),
            ("\"Mozilla/5.0 (Wobaku; x64) Gecko/20100101\"", None),
            ("a Mozilla/5.0 (Wobaku; x64) Gecko/20100101", None),
            ("a Mozilla/5.0+(Wobaku;+x64)+Gecko/20100101 200", None),
            ("\tMozilla/5.0 (Wobaku; x64) like\t", None),
        ] {
            check(K::UserAgent, agent, log, want);
        }
    }

    #[test]
    fn registry_keys_are_found_under_any_name_of_their_hive() {
        let key = "HKCU\\Software\\EvilRat";
        check(
            K::RegistryKey,
            key,
            "HKU\\S-1-5-21-1-2-3-1001\\Software\\EvilRat\\Config",
            Some(Relation::Embedded),
        );
        check(
            K::RegistryKey,
            key,
            "\\REGISTRY\\USER\\S-1-5-21-1-2-3-1001\\Software\\EvilRat",
            Some(Relation::Exact),
        );
        check(
            K::RegistryKey,
            key,
            "{\"k\":\"HKEY_CURRENT_USER\\\\Software\\\\EvilRat\"}",
            Some(Relation::Exact),
        );
        check(K::RegistryKey, key, "HKLM\\Software\\EvilRat", None);
        check(K::RegistryKey, key, "HKCU\\Software\\EvilRat2", None);
        let run = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run";
        check(
            K::RegistryKey,
            run,
            "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\OneDrive",
            None,
        );
    }

    #[test]
    fn free_text_needs_word_borders() {
        let agent = "Mozilla/4.0 (compatible; Wobaku 3.1; Win32)";
        check(
            K::UserAgent,
            agent,
            "1\t2\tMozilla/4.0 (compatible; Wobaku 3.1; Win32)\t0",
            Some(Relation::Exact),
        );
        check(
            K::UserAgent,
            agent,
            "GET Mozilla/4.0+(compatible;+Wobaku+3.1;+Win32) 200",
            Some(Relation::Embedded),
        );
        check(
            K::UserAgent,
            agent,
            "Mozilla/4.0 (compatible; Wobaku 3.10; Win32)",
            None,
        );
        check(
            K::Mutex,
            "Global\\EvilMtx",
            "{\"m\":\"Global\\\\EvilMtx\"}",
            Some(Relation::Exact),
        );
        check(K::Mutex, "EvilMtx", "xEvilMtx", None);
        check(K::Mutex, "EvilMtx", "EvilMtx-2", None);
        check(
            K::Mutex,
            "EvilMtx",
            "found EvilMtx.",
            Some(Relation::Embedded),
        );
        check(
            K::Mutex,
            "EvilMtx",
            "a\\nEvilMtx b",
            Some(Relation::Embedded),
        );
        check(
            K::NamedPipe,
            "\\\\.\\pipe\\evilpipe",
            "PipeName: \\evilpipe",
            Some(Relation::Embedded),
        );
        check(
            K::CommandLine,
            "cmd.exe /c \"del x\"",
            "{\"c\":\"cmd.exe  /c \\\"del x\\\"\"}",
            Some(Relation::Exact),
        );
        check(
            K::FileName,
            "報告書 一.exe",
            "C:\\Users\\a\\報告書 一.exe",
            Some(Relation::PathEnd),
        );
        check(
            K::FileName,
            "kdevtmpfsi",
            "exe=/tmp/kdevtmpfsi",
            Some(Relation::PathEnd),
        );
        check(K::FileName, "kdevtmpfsi", "the kdevtmpfsi thing", None);
    }
}

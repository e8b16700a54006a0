//! File paths, registry keys and named pipes.

use tegakari_model::ObservableKind as K;

use super::{Finder, Hint, Origin, Taken, before, byte, cut, is_cjk};
use crate::lexicon::{Ending, Field, ending};

/// Longest path that is read.
const LIMIT: usize = 1024;

/// Roots under which Unix keeps files.
const UNIX_ROOTS: [&str; 29] = [
    "/tmp/",
    "/etc/",
    "/usr/",
    "/var/",
    "/home/",
    "/opt/",
    "/bin/",
    "/sbin/",
    "/dev/shm/",
    "/root/",
    "/lib/",
    "/lib64/",
    "/proc/",
    "/mnt/",
    "/srv/",
    "/run/",
    "/boot/",
    "/Library/",
    "/Users/",
    "/Applications/",
    "/private/",
    "/data/",
    "/system/",
    "/sdcard/",
    "/sys/",
    "/System/",
    "/Volumes/",
    "/flash/",
    "/jffs/",
];

const HIVES: [&str; 12] = [
    "HKEY_LOCAL_MACHINE",
    "HKEY_CURRENT_USER",
    "HKEY_CLASSES_ROOT",
    "HKEY_USERS",
    "HKEY_CURRENT_CONFIG",
    "HKLM",
    "HKCU",
    "HKCR",
    "HKU",
    "HKCC",
    "hklm",
    "hkcu",
];

/// Every path, key and pipe in a text.
pub(super) fn scan(text: &str, hint: Hint, taken: &mut Taken, found: &mut Finder<'_>) {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    windows(text, hint, taken, &mut spans, found);
    unix(text, hint, taken, &mut spans, found);
    taken.0.extend(spans);
}

/// Paths with backslashes: `C:\x`, `%APPDATA%\x`, `\\server\share`, `HKLM\x`, `\\.\pipe\x`.
fn windows(
    text: &str,
    hint: Hint,
    taken: &Taken,
    spans: &mut Vec<(usize, usize)>,
    found: &mut Finder<'_>,
) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for slash in memchr::memchr_iter(b'\\', bytes) {
        if slash < done || taken.end_of(slash).is_some() {
            continue;
        }
        let Some((start, kind)) = beginning(text, bytes, slash) else {
            continue;
        };
        let end = end_of_windows(text, start, slash, kind, hint);
        done = end.max(slash + 1);
        let value = cut(text, start, end);
        let collapsed = if value.starts_with("\\\\") {
            format!("\\\\{}", collapse(value.trim_start_matches('\\')))
        } else {
            collapse(value)
        };
        let collapsed = match collapsed.strip_prefix('<') {
            Some(rest) if kind == K::RegistryKey => rest.replacen('>', "", 1),
            _ => collapsed,
        };
        let useful = collapsed.trim_end_matches('\\').len() > slash - start + 1;
        let kind = if kind == K::FilePath
            && collapsed.to_ascii_lowercase().contains("\\pipe\\")
            && collapsed.starts_with("\\\\")
        {
            K::NamedPipe
        } else {
            kind
        };
        if useful && found.add(kind, &collapsed, (start, end), Origin::Form) {
            spans.push((start, end));
        }
    }
}

/// Backslashes that a report doubled, single.
fn collapse(path: &str) -> String {
    path.replace("\\\\", "\\")
}

/// What a backslash belongs to, and where that starts.
fn beginning(text: &str, bytes: &[u8], slash: usize) -> Option<(usize, K)> {
    let prev = before(bytes, slash);
    if prev == b':' {
        let drive = slash.checked_sub(2)?;
        if byte(bytes, drive).is_ascii_alphabetic() && !before(bytes, drive).is_ascii_alphanumeric()
        {
            return Some((drive, K::FilePath));
        }
    }
    let mut from = slash.saturating_sub(20);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    // Sandboxes write `<HKCU>\…`.
    if prev == b'>'
        && let Some(name) = cut(text, from, slash).strip_suffix('>')
        && let Some(hive) = HIVES.iter().find(|h| name.ends_with(**h))
        && name
            .strip_suffix(*hive)
            .is_some_and(|rest| rest.ends_with('<'))
    {
        return Some((slash - hive.len() - 2, K::RegistryKey));
    }
    let head = cut(text, from, slash).trim_end_matches(':');
    if let Some(hive) = HIVES.iter().find(|h| head.ends_with(**h)) {
        let colon = usize::from(prev == b':');
        return Some((slash - hive.len() - colon, K::RegistryKey));
    }
    if matches!(prev, b'%' | b'}' | b')') {
        // %NAME%\, ${NAME}\, CSIDL_…
        let back = bytes
            .get(..slash - 1)?
            .iter()
            .rev()
            .take(40)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'(' | b')' | b' '))
            .count();
        let open = slash.checked_sub(back + 2)?;
        if prev == b'%' && byte(bytes, open) == b'%' && back > 1 {
            return Some((open, K::FilePath));
        }
        return None;
    }
    if byte(bytes, slash + 1) == b'\\' && !prev.is_ascii_alphanumeric() && prev != b'\\' {
        let next = byte(bytes, slash + 2);
        // \\server\share and \\.\pipe\name
        let host = bytes
            .get(slash + 2..)?
            .iter()
            .take(64)
            .take_while(|b| b.is_ascii_alphanumeric() || b"._-".contains(b))
            .count();
        if (next.is_ascii_alphanumeric() || next == b'.') && byte(bytes, slash + 2 + host) == b'\\'
        {
            return Some((slash, K::FilePath));
        }
    }
    None
}

fn end_of_windows(text: &str, start: usize, slash: usize, kind: K, hint: Hint) -> usize {
    let bytes = text.as_bytes();
    let closing = match text.get(..start).and_then(|t| t.chars().next_back()) {
        Some('"') => Some('"'),
        Some('`') => Some('`'),
        Some('\'') => Some('\''),
        Some('“') => Some('”'),
        Some('‘') => Some('’'),
        Some('「') => Some('」'),
        _ => None,
    };
    let whole_line = hint.code && cut(text, 0, start).trim().is_empty();
    let mut end = slash;
    let mut placeholder_end = 0;
    for (i, c) in cut(text, slash, text.len())
        .char_indices()
        .map(|(i, c)| (slash + i, c))
    {
        if i < placeholder_end {
            end = i + c.len_utf8();
            continue;
        }
        if i - start > LIMIT || Some(c) == closing || c.is_control() {
            break;
        }
        match c {
            // `[username]` stands for a part of the path as `<username>` does.
            '[' if before(bytes, i) == b'\\' && placeholder(text, i, b']').is_some() => {
                placeholder_end = placeholder(text, i, b']').unwrap_or(i);
            }
            '>' if cut(text, start, i).contains('<') => {}
            '"' | '>' | '|' | '“' | '”' | '‘' | '’' | '`' | '=' | ';' | '\t' => break,
            '<' if placeholder(text, i, b'>').is_some() => {}
            '<' => break,
            '*' | '?'
                if kind == K::FilePath && !cut(text, i + 1, i + 2).starts_with(['.', '\\']) =>
            {
                break;
            }
            // `a.dll,Export`: what is called in the file; `a.dll(MD5:…`: what is said of it.
            ',' | '(' if is_file_part(text, start, i) => break,
            ',' | ')' | ']' | '\'' if closing.is_none() && !cut(text, start, i).contains('(') => {
                break;
            }
            ':' if i > slash => break,
            ' ' if closing.is_some() => {}
            ' ' if whole_line => {
                // A remark after the path: "(stores the address)", "= value", "- note".
                let mut far = (i + 256).min(text.len());
                while !text.is_char_boundary(far) {
                    far -= 1;
                }
                let rest = cut(text, i, far).trim_start();
                let ends = before(bytes, i) == b'.' && rest.starts_with(char::is_uppercase);
                if ends
                    || rest.starts_with(['(', '=', '-', '–', '#', '['])
                    || (!rest.contains('\\') && is_file_part(text, start, i))
                {
                    break;
                }
            }
            ' ' if !(goes_on(text, i, is_file_part(text, start, i))
                || name_goes_on(text, start, i)) =>
            {
                break;
            }
            _ if is_cjk(c) && closing.is_none() && !c.is_alphanumeric() => break,
            // Japanese prose goes on without a space after a path; only quotation marks tell them apart.
            _ if is_cjk(c) && closing.is_none() && !whole_line => break,
            _ => {}
        }
        end = i + c.len_utf8();
    }
    while end > slash + 1 && matches!(before(bytes, end), b' ' | b'.' | b',') {
        end -= 1;
    }
    end
}

/// Whether a path up to `end` already ends in a file name.
fn is_file_part(text: &str, start: usize, end: usize) -> bool {
    let last = cut(text, start, end).rsplit('\\').next().unwrap_or("");
    last.rsplit_once('.')
        .is_some_and(|(_, e)| ending(e) != Ending::Unknown)
}

/// Whether a space is inside the path: another backslash follows before anything that ends paths.
fn goes_on(text: &str, space: usize, is_file: bool) -> bool {
    if is_file {
        return false;
    }
    let rest = cut(text, space + 1, text.len());
    // `…\\Run. It checks …`: the sentence ends.
    let company = [" Inc.", " Ltd.", " Co.", " Corp."];
    let head = cut(text, 0, space);
    if head.ends_with('.')
        && rest.starts_with(char::is_uppercase)
        && !company.iter().any(|c| head.ends_with(c))
    {
        return false;
    }
    for (i, c) in rest.char_indices() {
        match c {
            '\\' => {
                let word = rest.get(..i).unwrap_or("");
                // A new drive or variable is a new path.
                return !word.is_empty()
                    && !word.ends_with([':', '%'])
                    && !HIVES.iter().any(|h| word.ends_with(h))
                    && word.split(' ').count() <= 4;
            }
            ',' | ';' | '"' | '\'' | '`' | '\n' | '\t' | '=' | '|' | '<' | '>' | '(' | '、'
            | '。' => return false,
            _ if i > 40 => return false,
            _ => {}
        }
    }
    false
}

/// Whether the name of the file at the end of a path goes on over a space: `…\\Outlook Signature.exe`. Its
/// words are capitalised, what a sentence says of a path is not.
fn name_goes_on(text: &str, start: usize, space: usize) -> bool {
    let last = cut(text, start, space).rsplit('\\').next().unwrap_or("");
    if last.is_empty() || last.len() > 80 || last.ends_with('.') || is_file_part(text, start, space)
    {
        return false;
    }
    let mut to = (space + 81).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    for word in cut(text, space + 1, to).split(' ').take(5) {
        let name = word.trim_end_matches(['.', ',', ';', ':', ')', '"', '`', '\'']);
        let named = word.starts_with(|c: char| {
            c.is_uppercase() || c.is_ascii_digit() || c == '(' || c == '-' || c == '_'
        });
        let inside = |c: char| c.is_alphanumeric() || "._-()&+".contains(c);
        if !named || name.is_empty() || !name.chars().all(inside) {
            return false;
        }
        if name
            .rsplit_once('.')
            .is_some_and(|(_, e)| ending(e) != Ending::Unknown && !e.eq_ignore_ascii_case("com"))
        {
            return true;
        }
        if name.len() < word.len() {
            return false;
        }
    }
    false
}

/// `<user>` and the like stand for a part of the path: where they end, after what closes them.
fn placeholder(text: &str, at: usize, closing: u8) -> Option<usize> {
    let rest = cut(text, at + 1, text.len());
    let length = rest
        .bytes()
        .take(24)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b' ' | b'-'))
        .count();
    (length > 0 && rest.as_bytes().get(length) == Some(&closing)).then_some(at + length + 2)
}

/// Paths with slashes, when they start at a known root or home, or quotes hold them.
fn unix(
    text: &str,
    hint: Hint,
    taken: &Taken,
    spans: &mut Vec<(usize, usize)>,
    found: &mut Finder<'_>,
) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for slash in memchr::memchr_iter(b'/', bytes) {
        if slash < done || taken.end_of(slash).is_some() {
            continue;
        }
        let home = matches!(before(bytes, slash), b'~');
        let variable = !home && cut(text, slash.saturating_sub(5), slash) == "$HOME";
        let start = if home {
            slash - 1
        } else if variable {
            slash - 5
        } else {
            slash
        };
        let prev = before(bytes, start);
        if prev.is_ascii_alphanumeric()
            || matches!(
                prev,
                b'.' | b'/' | b'>' | b'-' | b'_' | b'*' | b'}' | b')' | b'%'
            )
            || (prev == b':' && byte(bytes, slash + 1) == b'/')
        {
            continue;
        }
        let rest = cut(text, slash, text.len());
        let rooted = home || variable || UNIX_ROOTS.iter().any(|root| rest.starts_with(root));
        let quoted = matches!(prev, b'`' | b'"' | b'\'');
        let wanted = matches!(hint.field, Some(Field::Kind(K::FilePath)));
        if !rooted && !quoted && !wanted {
            continue;
        }
        let mut end = slash;
        let mut open = false;
        for (i, c) in rest.char_indices().map(|(i, c)| (slash + i, c)) {
            if i - start > LIMIT || (c.is_whitespace() && !open) || c.is_control() || is_cjk(c) {
                break;
            }
            match c {
                '<' if placeholder(text, i, b'>').is_some() => open = true,
                '>' if open => open = false,
                // 「/opt/a.jsp（SHA256: …）」: a bracket is a remark.
                '"' | '`' | '|' | ';' | '“' | '”' | '‘' | '’' | '>' | ',' | '(' | ')' | ']'
                | '\\' => {
                    break;
                }
                '\'' if prev == b'\'' || byte(bytes, i + 1) <= b' ' => break,
                '<' => break,
                _ => {}
            }
            end = i + c.len_utf8();
        }
        while end > slash + 1
            && matches!(before(bytes, end), b'.' | b':' | b'!' | b'?' | b'*' | b'_')
        {
            end -= 1;
        }
        done = end;
        let value = cut(text, start, end);
        let last = value.rsplit('/').next().unwrap_or("");
        let stem = last.split('?').next().unwrap_or(last);
        let has_ending = stem
            .rsplit_once('.')
            .is_some_and(|(base, e)| !base.is_empty() && ending(e) != Ending::Unknown);
        let deep = value.trim_start_matches('~').matches('/').count() >= 2;
        if value.len() >= 4
            && ((rooted && (deep || home)) || has_ending || (wanted && deep))
            && found.add(K::FilePath, value, (start, end), Origin::Form)
        {
            spans.push((start, end));
        }
    }
}

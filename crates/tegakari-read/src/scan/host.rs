//! Addresses, names, mail addresses and file names: everything that is a word with dots or colons.
//!
//! One word has several readings (`setup.zip`, `os.path`, `com.app.club`, `1.2.3.4`); what is known
//! of its form and its surroundings picks one.

use tegakari_model::{ObservableKind as K, public_suffix};

use super::file::{file_name, name};
use super::program::{
    WORDY_SUFFIXES, is_call, is_class, is_code_name, is_package, is_product, speaks_of_apps,
};
use super::version::{is_version, may_be_address};
use super::{Finder, Hint, Origin, Taken, before, byte, cut, hash, is_cjk, url, wallet};
use crate::lexicon::{Ending, Field, ending};
use crate::phrases::word_end as word_end_ascii;

/// Top-level names outside the public suffix list that reports do use.
const SPECIAL_SUFFIXES: [&str; 9] = [
    "onion", "example", "test", "invalid", "local", "internal", "i2p", "bit", "lan",
];

/// Whether a name ends in a suffix that names can be registered under, and is longer than it.
pub(crate) fn has_known_suffix(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_lowercase();
    let Some(dot) = name.rfind('.') else {
        return false;
    };
    let last = name.get(dot + 1..).unwrap_or("");
    if SPECIAL_SUFFIXES.contains(&last) {
        return true;
    }
    public_suffix::suffix(name.as_bytes())
        .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes().len() <= name.len())
}

/// Whether an at sign stands in the id of a message, which looks like an address: `Message-ID: <1.2@host.example>`.
fn is_in_message_id(text: &str, at: usize) -> bool {
    const LABELS: [&str; 3] = ["message-id:", "in-reply-to:", "references:"];
    let mut from = at.saturating_sub(120);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = cut(text, from, at);
    let line = before.rsplit('\n').next().unwrap_or(before);
    LABELS.iter().any(|label| {
        line.as_bytes()
            .windows(label.len())
            .any(|w| w.eq_ignore_ascii_case(label.as_bytes()))
    })
}

/// Mail addresses.
pub(super) fn mail(text: &str, taken: &mut Taken, found: &mut Finder<'_>) {
    let bytes = text.as_bytes();
    let mut spans = Vec::new();
    for at in memchr::memchr_iter(b'@', bytes) {
        if taken.end_of(at).is_some() || is_in_message_id(text, at) {
            continue;
        }
        let local = bytes
            .get(..at)
            .unwrap_or_default()
            .iter()
            .rev()
            .take(64)
            .take_while(|b| b.is_ascii_alphanumeric() || b"._%+-".contains(b))
            .count();
        let host = bytes
            .get(at + 1..)
            .unwrap_or_default()
            .iter()
            .take(253)
            .take_while(|b| b.is_ascii_alphanumeric() || b"._-".contains(b))
            .count();
        let name = cut(text, at + 1, at + 1 + host).trim_end_matches(['.', '-', '_']);
        let mut start = at - local;
        start += cut(text, start, at).len()
            - cut(text, start, at)
                .trim_start_matches(['.', '-', '%'])
                .len();
        let end = at + 1 + name.len();
        if start < at
            && has_known_suffix(name)
            && found.add(K::Email, cut(text, start, end), (start, end), Origin::Form)
        {
            spans.push((start, end));
        }
    }
    taken.0.extend(spans);
    taken.sort();
}

/// IPv6 and MAC addresses: groups of hexadecimal digits between colons.
pub(super) fn colons(text: &str, taken: &mut Taken, found: &mut Finder<'_>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    let mut spans = Vec::new();
    for colon in memchr::memchr_iter(b':', bytes) {
        if colon < done || taken.end_of(colon).is_some() {
            continue;
        }
        let inside = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
        let left = bytes
            .get(..colon)
            .unwrap_or_default()
            .iter()
            .rev()
            .take(4)
            .take_while(|b| b.is_ascii_hexdigit())
            .count();
        let right = bytes
            .get(colon..)
            .unwrap_or_default()
            .iter()
            .take(64)
            .take_while(|b| inside(b))
            .count();
        let start = colon - left;
        let mut end = colon + right;
        done = end;
        while end > colon && matches!(before(bytes, end), b'.') {
            end -= 1;
        }
        // A single colon at the end is punctuation, two are part of the address.
        if before(bytes, end) == b':' && before(bytes, end - 1) != b':' {
            end -= 1;
        }
        let value = cut(text, start, end);
        if value.matches(':').count() < 2
            || before(bytes, start).is_ascii_alphanumeric()
            || byte(bytes, end).is_ascii_alphanumeric()
            || before(bytes, start) == b':'
            || before(bytes, start) == b'_'
        {
            continue;
        }
        let groups: Vec<&str> = value.split(':').collect();
        if groups.len() == 6 && groups.iter().all(|g| g.len() == 2) {
            if found.add(K::Mac, value, (start, end), Origin::WeakForm) {
                spans.push((start, end));
            }
            continue;
        }
        let defanged = found.is_defanged(start, end);
        let filled = groups.iter().filter(|g| !g.is_empty()).count();
        let full = groups.len() == 8 && !value.contains("::");
        let short = value.contains("::")
            && (filled >= 3
                || defanged
                || ["2", "fe80", "fc", "fd", "ff"].iter().any(|p| {
                    value.to_ascii_lowercase().starts_with(p)
                        && groups.first().is_some_and(|g| g.len() >= 3)
                }));
        let has_digit = value.bytes().any(|b| b.is_ascii_digit());
        if !(has_digit && (full || short)) {
            continue;
        }
        let bits = cidr_bits(bytes, end);
        let with_bits = cut(text, start, bits);
        if (bits > end && found.add(K::Cidr, with_bits, (start, bits), Origin::Form))
            || found.add(K::Ipv6, value, (start, end), Origin::Form)
        {
            spans.push((start, end));
        }
    }
    taken.0.extend(spans);
}

/// The end of `/24` after an address; the address's own end when there is none.
fn cidr_bits(bytes: &[u8], end: usize) -> usize {
    if byte(bytes, end) != b'/' {
        return end;
    }
    let digits = bytes
        .get(end + 1..)
        .unwrap_or_default()
        .iter()
        .take(4)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let next = byte(bytes, end + 1 + digits);
    // A full stop may end the sentence.
    let goes_on = next == b'.' && matches!(byte(bytes, end + 2 + digits), b'!'..=b'~');
    if (1..=3).contains(&digits)
        && !next.is_ascii_alphanumeric()
        && !goes_on
        && !matches!(next, b'/' | b'-' | b'_' | b'?')
    {
        end + 1 + digits
    } else {
        end
    }
}

/// Everything that is a word: addresses, names, file names, hashes, CVE and AS numbers, wallets.
pub(super) fn words(text: &str, hint: Hint, taken: &Taken, found: &mut Finder<'_>) {
    let bytes = text.as_bytes();
    let mut i = 0;
    // The first range that starts behind `i`, and the last one that does not.
    let mut next = 0;
    while i < bytes.len() {
        while taken.0.get(next).is_some_and(|(start, _)| *start <= i) {
            next += 1;
        }
        let over = next.checked_sub(1).and_then(|n| taken.0.get(n));
        if let Some((_, end)) = over.filter(|(_, end)| i < *end) {
            // Hashes are read even inside paths; other values there are parts of the path.
            hash::inside_url(text, (i, *end), found);
            i = (*end).max(i + 1);
            continue;
        }
        // Most words are only words: letters, no dot, and too short for a hash.
        let plain = word_end_ascii(bytes, i);
        if plain > i
            && plain - i < SHORTEST
            && !is_joint(byte(bytes, plain))
            && taken.0.get(next).is_none_or(|(start, _)| plain <= *start)
            && !may_be_more(&bytes[i..plain])
        {
            i = plain + 1;
            continue;
        }
        if !starts_word(text, bytes, i) {
            i += 1;
            continue;
        }
        let (end, dots, hex_only) = word_end(text, bytes, i, taken.0.get(next).map(|t| t.0));
        if end <= i {
            i += 1;
            continue;
        }
        let next = word(text, (i, end), dots, hex_only, hint, found);
        i = next.max(end);
    }
}

/// Letters of the shortest value that has neither dots nor a mark of its kind: a wallet.
const SHORTEST: usize = 26;

/// Whether a word may go on behind ASCII letters and digits.
fn is_joint(b: u8) -> bool {
    matches!(b, b'.' | b'-' | b'_' | b'~') || b >= 0x80
}

/// Whether a short word may be a value, or the beginning of one: of a CVE or AS number.
fn may_be_more(word: &[u8]) -> bool {
    matches!(word, [b'c' | b'C', ..] | [b'A', b'S', ..])
}

fn starts_word(text: &str, bytes: &[u8], i: usize) -> bool {
    let b = byte(bytes, i);
    if b < 0x80 {
        return b.is_ascii_alphanumeric() || b == b'_';
    }
    text.get(i..)
        .and_then(|t| t.chars().next())
        .is_some_and(|c| !is_cjk(c) && c.is_alphanumeric())
}

/// Where a word ends, how many dots it has inside, and whether all of it is hexadecimal. It never runs into
/// what another scanner has read, which starts at `taken`.
fn word_end(text: &str, bytes: &[u8], start: usize, taken: Option<usize>) -> (usize, usize, bool) {
    let mut i = start;
    let mut dots = 0;
    let mut hex_only = true;
    while i < bytes.len() {
        let b = bytes[i];
        if b.is_ascii_alphanumeric() {
            hex_only &= b.is_ascii_hexdigit();
        } else if b == b'.' {
            dots += 1;
            hex_only = false;
        } else if matches!(b, b'-' | b'_') {
            hex_only = false;
        } else if b == b'~' && matches!(byte(bytes, i + 1), b'.' | b'0'..=b'9') {
            // `unpack~.exe`, `SETUP~1.EXE`
            hex_only = false;
        } else if b >= 0x80 {
            hex_only = false;
            let Some(c) = text.get(i..).and_then(|t| t.chars().next()) else {
                break;
            };
            if is_cjk(c) || !c.is_alphanumeric() {
                break;
            }
            i += c.len_utf8();
            continue;
        } else {
            break;
        }
        i += 1;
    }
    i = taken.map_or(i, |from| i.min(from));
    while i > start && matches!(bytes[i - 1], b'.' | b'-' | b'_') {
        dots -= usize::from(bytes[i - 1] == b'.' && dots > 0);
        i -= 1;
    }
    (i, dots, hex_only)
}

/// Reads one word; returns where to go on.
fn word(
    text: &str,
    (start, end): (usize, usize),
    dots: usize,
    hex_only: bool,
    hint: Hint,
    found: &mut Finder<'_>,
) -> usize {
    let value = cut(text, start, end);
    let hex_only = hex_only || (dots == 0 && value.bytes().all(|b| b.is_ascii_hexdigit()));
    if dots == 0 {
        return undotted(text, (start, end), hex_only, found);
    }
    if value.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return address(text, (start, end), hint, found).unwrap_or(end);
    }
    if value.len() > 32 {
        hash::in_word(text, start, end, found);
    }
    dotted(text, (start, end), hint, found).unwrap_or(end)
}

fn undotted(
    text: &str,
    (start, end): (usize, usize),
    hex_only: bool,
    found: &mut Finder<'_>,
) -> usize {
    let value = cut(text, start, end);
    let length = value.len();
    if length >= 3
        && value
            .as_bytes()
            .first()
            .is_some_and(|b| matches!(b, b'c' | b'C'))
        && let Some(stop) = cve(text, start, found)
    {
        return stop;
    }
    if hex_only {
        if matches!(length, 32 | 40 | 64 | 128) {
            hash::in_word(text, start, end, found);
        }
        return end;
    }
    if (26..=95).contains(&length) && wallet::is_wallet(value) {
        found.add(K::Wallet, value, (start, end), Origin::Form);
        return end;
    }
    if length > 64 || (length > 32 && value.contains(['-', '_'])) {
        hash::in_word(text, start, end, found);
    } else if (4..=8).contains(&length)
        && value.starts_with("AS")
        && value.bytes().skip(2).all(|b| b.is_ascii_digit())
    {
        found.add(K::Asn, value, (start, end), Origin::WeakForm);
    }
    end
}

/// `CVE-2024-1234`, also with other dashes or a space after CVE.
fn cve(text: &str, start: usize, found: &mut Finder<'_>) -> Option<usize> {
    let rest = text.get(start..)?;
    if !rest.get(..3)?.eq_ignore_ascii_case("cve") {
        return None;
    }
    let dash = |t: &str| {
        t.chars()
            .next()
            .filter(|c| matches!(c, '-' | '–' | '—' | ' ' | '_' | '−'))
            .map(char::len_utf8)
    };
    let digits = |t: &str| t.bytes().take(8).take_while(u8::is_ascii_digit).count();
    let mut at = 3;
    at += dash(rest.get(at..)?)?;
    let year = rest.get(at..at + 4).filter(|y| digits(y) == 4)?;
    at += 4;
    at += dash(rest.get(at..)?)?;
    let length = digits(rest.get(at..)?);
    let number = rest.get(at..at + length)?;
    let end = start + at + length;
    found
        .add(
            K::Cve,
            &format!("CVE-{year}-{number}"),
            (start, end),
            Origin::Form,
        )
        .then_some(end)
}

/// Four numbers with dots: an address, a network, or a version.
fn address(
    text: &str,
    (start, end): (usize, usize),
    hint: Hint,
    found: &mut Finder<'_>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let value = cut(text, start, end);
    let octets: Vec<&str> = value.split('.').collect();
    if octets.len() != 4
        || octets
            .iter()
            .any(|o| o.is_empty() || o.len() > 3 || (o.len() > 1 && o.starts_with('0')))
    {
        return None;
    }
    let defanged = found.is_defanged(start, end);
    let glued = matches!(before(bytes, start), b'.' | b'_' | b'-')
        || byte(bytes, end) == b'_'
        || (byte(bytes, end) == b'.' && byte(bytes, end + 1).is_ascii_digit());
    let version = hint.field == Some(Field::Version) && !may_be_address(text, start, end)
        || is_version(text, start, end);
    if glued || (!defanged && version) {
        return None;
    }
    let bits = cidr_bits(bytes, end);
    if bits > end && found.add(K::Cidr, cut(text, start, bits), (start, bits), Origin::Form) {
        return Some(bits);
    }
    let path = path_start(bytes, end);
    if let Some(slash) = path
        && value.parse::<std::net::Ipv4Addr>().is_ok()
        && let Some(stop) = url::without_scheme(text, start, slash, found)
    {
        return Some(stop);
    }
    found
        .add(K::Ipv4, value, (start, end), Origin::Form)
        .then_some(end)
}

/// Where a path starts after a host, with or without a port between.
pub(super) fn path_start(bytes: &[u8], end: usize) -> Option<usize> {
    let mut at = end;
    if byte(bytes, at) == b':' {
        let digits = bytes
            .get(at + 1..)
            .unwrap_or_default()
            .iter()
            .take(6)
            .take_while(|b| b.is_ascii_digit())
            .count();
        if digits == 0 {
            return None;
        }
        at += 1 + digits;
    }
    let next = byte(bytes, at + 1);
    (byte(bytes, at) == b'/'
        && (next.is_ascii_alphanumeric()
            || matches!(next, b'_' | b'-' | b'.' | b'?' | b'%' | b'~')))
    .then_some(at)
}

/// A word with dots: a name, a file or something inside a program.
fn dotted(
    text: &str,
    (start, end): (usize, usize),
    hint: Hint,
    found: &mut Finder<'_>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let value = cut(text, start, end);
    if value.contains("..") || value.len() > 253 {
        return None;
    }
    let defanged = found.is_defanged(start, end);
    let (prev, next) = (before(bytes, start), byte(bytes, end));
    let last = value.rsplit('.').next().unwrap_or("");
    let ending = ending(last);
    let known = has_known_suffix(value);
    // A part of a path or of a host\user pair is no name of its own.
    let in_path =
        matches!(prev, b'\\' | b'/' | b'$') || next == b'\\' || is_end_of_elided(text, start);
    // "Legitimate domain: example.com" is no program of DOS.
    let wants_file = match hint.field {
        Some(Field::Kind(K::FileName | K::FilePath)) => true,
        Some(Field::Legitimate) => !last.eq_ignore_ascii_case("com"),
        _ => false,
    };
    let wants_name = matches!(
        hint.field,
        Some(Field::Kind(K::Domain | K::Url | K::Ipv4) | Field::C2)
    );
    if hint.field == Some(Field::Package) {
        return found
            .add(K::Package, value, (start, end), Origin::Label)
            .then_some(end);
    }
    let file = |found: &mut Finder<'_>| file_name(text, (start, end), hint, found);
    if !wants_file && (is_product(value) || is_class(value) || is_call(value, bytes, end)) {
        return None;
    }
    if defanged {
        if known && !in_path {
            return Some(name(text, (start, end), Origin::Form, found));
        }
        return (ending == Ending::File).then(|| file(found)).flatten();
    }
    if wants_file && ending != Ending::Unknown {
        return file(found);
    }
    let is_com = last.eq_ignore_ascii_case("com");
    let is_site = known
        && ending != Ending::Unknown
        && (is_called_a_site(text, start) || filled_in(text, start));
    match ending {
        // `.py` is a country's as well: a column of domains decides.
        Ending::File if !(is_site || wants_name && known) => return file(found),
        Ending::Either if is_com && is_called_a_file(text, (start, end)) => return file(found),
        Ending::Either if is_com => {}
        // `cdn.evil.zip` has the shape of a host, `setup.zip` that of a file.
        Ending::Either
            if !wants_name
                && !is_site
                && !value.starts_with("www.")
                && (value.matches('.').count() < 2
                    || in_path
                    || !known
                    || value.contains('_')
                    || has_version(value)) =>
        {
            return file(found);
        }
        _ => {}
    }
    // Bundles of macOS are written as programs are, names under `.app` are not.
    if last == "app"
        && !wants_name
        && value.matches('.').count() == 1
        && value.bytes().any(|b| b.is_ascii_uppercase() || b == b'_')
    {
        return file(found);
    }
    // `*.evil.example` and, on a line of its own, `.evil.example` are the name with all below it.
    let below = prev == b'.'
        && (before(bytes, start.saturating_sub(1)) == b'*'
            || filled_in(text, start)
            || wants_name
            || is_whole_line(text, start, end));
    if !known
        || in_path
        || next == b'('
        || (prev == b'.' && !below)
        || (prev == b'@' && !hint.in_indicators && !is_mail_host(text, (start, end), hint))
    {
        return None;
    }
    let whole_line = is_whole_line(text, start, end);
    let listed =
        wants_name || (hint.in_indicators && !hint.code) || (hint.in_indicators && whole_line);
    let glued =
        value.chars().any(char::is_uppercase) && !wants_name && !is_whole_line(text, start, end);
    if (!listed || glued) && is_code_name(value, hint) {
        return None;
    }
    if is_package(value) && !wants_name {
        return (speaks_of_apps(text)
            && found.add(K::Package, value, (start, end), Origin::WeakForm))
        .then_some(end);
    }
    Some(name(
        text,
        (start, end),
        // A name that has its line to itself is listed, whatever stands above it.
        if listed || whole_line || is_line_of_values(text) {
            Origin::Form
        } else {
            Origin::WeakForm
        },
        found,
    ))
}

/// Whether the words beside a name say that a file is called so: 「ntldr.com」という名前のファイル, "a file named x.com".
fn is_called_a_file(text: &str, (start, end): (usize, usize)) -> bool {
    // `www.shop.com` is a host, whatever is said.
    if cut(text, start, end).matches('.').count() > 1 {
        return false;
    }
    let quote = |c: char| matches!(c, '"' | '\'' | '`' | '”' | '’' | '」' | '“' | '‘' | '「');
    let after = cut(text, end, text.len())
        .trim_start_matches(quote)
        .trim_start();
    let before = cut(text, 0, start).trim_end_matches(quote).trim_end();
    let said_after = [
        "という名前のファイル",
        "という名称のファイル",
        "というファイル",
        "という名前で保存",
        "という実行ファイル",
    ];
    let said_before = [
        "file named",
        "file called",
        "executable named",
        "executable called",
        "saved as",
    ];
    said_after.iter().any(|words| after.starts_with(words))
        || said_before.iter().any(|words| {
            before
                .len()
                .checked_sub(words.len())
                .and_then(|at| before.get(at..))
                .is_some_and(|tail| tail.eq_ignore_ascii_case(words))
        })
}

/// Whether a name holds a number with a dot, as those of installers do: `tool-v20.66-setup.zip`.
fn has_version(value: &str) -> bool {
    value
        .as_bytes()
        .windows(3)
        .any(|w| matches!(w, [a, b'.', b] if a.is_ascii_digit() && b.is_ascii_digit()))
}

/// Whether the word before a name says that it is a site's: "the file-sharing service `sendit.sh`".
fn is_called_a_site(text: &str, start: usize) -> bool {
    let quote = |c: char| matches!(c, '"' | '\'' | '`' | '“' | '‘' | '「' | ' ');
    // No further back than the longest word: a list may be one line of a megabyte without a blank.
    let mut from = start.saturating_sub(40);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = cut(text, from, start);
    // A name in a sentence has a blank or a mark before it.
    let words = before.trim_end_matches(quote);
    if words.len() == before.len() {
        return false;
    }
    let last = words.rsplit([' ', '\n', '-']).next().unwrap_or("");
    [
        "service",
        "services",
        "site",
        "website",
        "domain",
        "domains",
        "server",
        "host",
        "hostname",
        "portal",
        "サイト",
        "ドメイン",
        "サービス",
    ]
    .iter()
    .any(|word| last.eq_ignore_ascii_case(word) || !word.is_ascii() && last.ends_with(word))
}

/// Whether the label before a name stands for any: 「ランダム文字列.evil.example」, 「任意の英数字.evil.example」.
pub(super) fn filled_in(text: &str, start: usize) -> bool {
    let label = cut(text, 0, start).strip_suffix('.').unwrap_or("");
    [
        "文字列",
        "英数字",
        "ランダム",
        "サブドメイン",
        "乱数",
        "任意",
        "数字",
        "随机",
        "随机字符",
    ]
    .iter()
    .any(|word| label.ends_with(word))
}

/// Whether a name is only the end of one that the report does not give in full: `gfo[hash]3ad.onion`.
fn is_end_of_elided(text: &str, start: usize) -> bool {
    let bytes = text.as_bytes();
    if before(bytes, start) != b']' {
        return false;
    }
    let head = bytes.get(..start - 1).unwrap_or_default();
    let word = head.iter().rev().take(24);
    let letters = word
        .take_while(|b| b.is_ascii_alphabetic() || matches!(b, b' ' | b'_' | b'-'))
        .count();
    let open = head.len() - letters;
    letters > 0
        && before(bytes, open) == b'['
        && before(bytes, open.saturating_sub(1)).is_ascii_alphanumeric()
}

/// Whether a name behind an at sign is the host of all addresses there, 「@example.co.jp のアドレス」: no user stands
/// before it, and it is neither a package's scope, a decorator of a program nor an account of a social network.
fn is_mail_host(text: &str, (start, end): (usize, usize), hint: Hint) -> bool {
    let bytes = text.as_bytes();
    let value = cut(text, start, end);
    let before_at = before(bytes, start.saturating_sub(1));
    let last = value.rsplit('.').next().unwrap_or("");
    let stands_in_code = hint.code
        || before_at.is_ascii_alphanumeric()
        || matches!(before_at, b'.' | b'_' | b'-' | b'/' | b'@')
        || matches!(byte(bytes, end), b'/' | b'@' | b'(')
        || value.bytes().any(|b| b.is_ascii_uppercase() || b == b'_');
    let other = value.ends_with(".bsky.social")
        || ending(last) == Ending::File
        || WORDY_SUFFIXES.contains(&last) && value.matches('.').count() == 1;
    !(stands_in_code || other)
}

fn is_whole_line(text: &str, start: usize, end: usize) -> bool {
    let outside = |t: &str| {
        t.trim_matches(|c: char| c.is_whitespace() || c.is_ascii_punctuation())
            .is_empty()
    };
    outside(cut(text, 0, start)) && outside(cut(text, end, text.len()))
}

/// Whether a line holds nothing but values: a name and the address it resolves to.
fn is_line_of_values(text: &str) -> bool {
    text.len() <= 256
        && text.split_whitespace().take(9).count() <= 8
        && text.split_whitespace().all(|word| {
            let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
            word.is_empty() || crate::lexicon::looks_like_value(word)
        })
}

/// Where the words of a file name start that is a link in a chain of events, between arrows:
/// "Email --> Stolen Images Evidence.zip --> ...". Names are capitalised, what is done is not.
pub(super) fn link_of_chain(text: &str, start: usize, end: usize) -> Option<usize> {
    const ARROWS: [&str; 4] = ["->", "=>", "→", "⇒"];
    let rest = cut(text, end, text.len()).trim_start();
    let closed = rest.is_empty()
        || rest.starts_with('\n')
        || rest.starts_with("--")
        || ARROWS.iter().any(|a| rest.starts_with(a));
    let mut from = start.saturating_sub(80);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = cut(text, from, start);
    let arrow = ARROWS
        .iter()
        .filter_map(|a| before.rfind(a).map(|i| i + a.len()))
        .max()?;
    let words = cut(before, arrow, before.len());
    let first = from + arrow + words.len() - words.trim_start().len();
    let capitals = words.split_whitespace().all(|word| {
        word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
            && !word.ends_with([',', ':', ';', '.'])
    });
    (closed && capitals && first < start && words.split_whitespace().count() <= 6).then_some(first)
}

/// Whether Japanese letters inside a host belong to it: more labels follow, ending in a known suffix.
pub(super) fn cjk_host_goes_on(text: &str, at: usize) -> bool {
    let mut end = at;
    for (i, c) in cut(text, at, text.len()).char_indices().take(64) {
        if !(c.is_alphanumeric() || matches!(c, '.' | '-' | 'ー' | '・')) {
            break;
        }
        end = at + i + c.len_utf8();
    }
    let rest = cut(text, at, end);
    rest.contains('.') && idna::domain_to_ascii(rest).is_ok_and(|ascii| has_known_suffix(&ascii))
}

//! What stands between two lines of a text: nothing, a blank, or a hyphen that the typesetter put there.
//!
//! A value that goes on in the next line is put together only where the whole makes a better value than
//! its parts: the length of a hash, a known suffix, the target of the link about it, a sign that no
//! value ends with. "…example.com/" before a new sentence stays what it is.

use std::collections::HashSet;
use tegakari_model::public_suffix;

use crate::lexicon::{Ending, ending};
use crate::scan::is_wallet;

/// Whether a character is set solid, without blanks between words.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}'
        | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

/// How two lines go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glue {
    /// The second goes on in the middle of a word or value of the first.
    Solid,
    /// They are words of one text.
    Blank,
    /// The first ends with a hyphen that only the line break asked for.
    Unhyphened,
}

/// What is known about two lines besides their text.
pub(super) struct Setting<'a> {
    /// The first word of the second line would not have fitted on the first.
    pub(super) full: bool,
    /// The first line reaches as far right as text may.
    pub(super) tight: bool,
    /// They stand in a cell of a table.
    pub(super) cell: bool,
    /// The target of the link that the first line ends in.
    pub(super) left: Option<&'a str>,
    /// The target of the link that the second line begins with.
    pub(super) right: Option<&'a str>,
    /// The lines after these two, as far as they may hold the rest of a value.
    pub(super) ahead: &'a [&'a str],
    /// The label or column head they stand under.
    pub(super) header: &'a str,
    /// Lower-case words of the whole document.
    pub(super) words: &'a HashSet<String>,
}

/// Lengths of hashes in hexadecimal digits.
const HASHES: [usize; 6] = [32, 40, 56, 64, 96, 128];

pub(super) fn glue(a: &str, b: &str, setting: &Setting<'_>) -> Glue {
    let (a, b) = (a.trim_end(), b.trim_start());
    let (left, right) = (last_token(a), first_token(b));
    let beside = |c: Option<char>| c.is_some_and(is_ideograph);
    if left.is_empty() || right.is_empty() {
        let solid = beside(a.chars().next_back()) || beside(b.chars().next());
        return if solid { Glue::Solid } else { Glue::Blank };
    }
    if let Some(verdict) = by_link(left, right, setting) {
        return verdict;
    }
    if let Some(verdict) = by_hash(left, right, setting) {
        return verdict;
    }
    if let (Some(stem), Some(label)) = (left.strip_suffix('-'), right.split(['.', '[']).next())
        && label.len() < right.len()
        && setting
            .words
            .contains(&format!("{stem}{label}").to_lowercase())
    {
        // The name stands whole elsewhere in the text.
        return Glue::Unhyphened;
    }
    let alone = b.len() == right.len();
    // What was read so far of a cell may hold lines that are done.
    let line = a.rsplit('\n').next().unwrap_or(a);
    if setting.cell && setting.tight && word_goes_on(left, right, setting.words) {
        return Glue::Solid;
    }
    if long_goes_on(left, right, alone, setting)
        || goes_on(left, right, alone, line.len() == left.len(), setting)
    {
        return Glue::Solid;
    }
    hyphen(left, right, setting)
}

/// The signs at the end of a line that no blank or ideograph divides.
fn last_token(line: &str) -> &str {
    let start = line
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_token(*c))
        .last()
        .map_or(line.len(), |(i, _)| i);
    line.get(start..).unwrap_or("")
}

fn first_token(line: &str) -> &str {
    let end = line
        .char_indices()
        .find(|(_, c)| !is_token(*c))
        .map_or(line.len(), |(i, _)| i);
    line.get(..end).unwrap_or("")
}

fn is_token(c: char) -> bool {
    !c.is_whitespace() && !is_ideograph(c)
}

/// Without the marks of defanging and in lower case, to compare values.
fn squash(text: &str) -> String {
    let lower = text.to_lowercase();
    let plain = lower
        .replace("[dot]", ".")
        .replace("(dot)", ".")
        .replace("hxxp", "http");
    plain
        .chars()
        .filter(|c| !matches!(c, '[' | ']' | '{' | '}' | '(' | ')' | '<' | '>' | '\u{AD}'))
        .collect()
}

/// What a link annotation says: the whole value is its target, or the first line alone is.
fn by_link(left: &str, right: &str, setting: &Setting<'_>) -> Option<Glue> {
    let target = squash(setting.left?.trim_start_matches("mailto:"));
    let target = target.trim_end_matches('/');
    let edge =
        |t: &str| squash(t.trim_matches(['(', ')', '"', '\'', ',', ';', '“', '”', '<', '>']));
    let (a, b) = (edge(left), edge(right));
    if a.len() < 4 {
        return None;
    }
    let whole = format!("{a}{}", b.trim_end_matches(['.', '/']));
    // The link may go on beyond the second line.
    if target.contains(&whole)
        || (setting.right == setting.left && target.contains(&format!("{a}{b}")))
    {
        return Some(Glue::Solid);
    }
    let bare = a.trim_end_matches(['/', '.']);
    let ends_here = target.ends_with(bare) && setting.right != setting.left;
    ends_here.then_some(Glue::Blank)
}

/// Pieces of a hash: together, with what follows, they have the length of one.
fn by_hash(left: &str, right: &str, setting: &Setting<'_>) -> Option<Glue> {
    let hex_end = left.bytes().rev().take_while(u8::is_ascii_hexdigit).count();
    let before = left.len() - hex_end;
    // `sha256:abc…` and `(abc…`: the digits begin at a sign, or at the mark of hexadecimal numbers.
    let front = left.get(..before).unwrap_or("");
    let bounded = !front.ends_with(|c: char| c.is_ascii_alphanumeric())
        || front
            .strip_suffix("0x")
            .is_some_and(|f| !f.ends_with(|c: char| c.is_ascii_alphanumeric()));
    let head = right.bytes().take_while(u8::is_ascii_hexdigit).count();
    let right_rest = right.as_bytes().get(head);
    if hex_end < 4 || head == 0 || !bounded || right_rest.is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let digits = left.get(before..).unwrap_or("");
    let mixed = |t: &str| {
        t.bytes().any(|b| b.is_ascii_digit()) && t.bytes().any(|b| b.is_ascii_alphabetic())
    };
    if !mixed(digits) && !mixed(right) {
        return None;
    }
    if HASHES.contains(&hex_end) {
        // Two short hashes below each other, or one long one in halves: the label decides.
        let label = setting.header.to_lowercase().replace(['-', ' ', '_'], "");
        let halves = (hex_end == 32 && label.contains("sha256"))
            || (hex_end == 64 && label.contains("sha512"));
        let whole = halves && head == hex_end && right_rest.is_none();
        // What follows is no hash of its own, so the digits so far are not one either. In a list of hashes that are
        // all broken alike it is the next one: that the digits end before the edge says so.
        let next =
            (hex_end >= 64 || !setting.tight) && sums_to(hex_end, right, head, setting.ahead);
        let piece =
            !HASHES.contains(&head) && completes(hex_end, right, head, setting.ahead) && !next;
        return Some(if whole || piece {
            Glue::Solid
        } else {
            Glue::Blank
        });
    }
    completes(hex_end, right, head, setting.ahead).then_some(Glue::Solid)
}

/// Whether digits have the length of a hash together with those that follow.
fn completes(digits: usize, right: &str, head: usize, ahead: &[&str]) -> bool {
    adds_up(digits, right, head, ahead, |length| {
        HASHES.contains(&length)
    })
}

/// Whether the digits that follow have a length by themselves.
fn sums_to(digits: usize, right: &str, head: usize, ahead: &[&str]) -> bool {
    adds_up(0, right, head, ahead, |length| length == digits)
}

/// Whether digits have a length that is wanted together with those that follow. All lines but the last hold
/// nothing else.
fn adds_up(
    digits: usize,
    right: &str,
    head: usize,
    ahead: &[&str],
    wanted: impl Fn(usize) -> bool,
) -> bool {
    let mut length = digits + head;
    if wanted(length) {
        return true;
    }
    if head != right.len() {
        return false;
    }
    for next in ahead {
        let token = first_token(next.trim_start());
        let more = token.bytes().take_while(u8::is_ascii_hexdigit).count();
        if more == 0
            || token
                .as_bytes()
                .get(more)
                .is_some_and(u8::is_ascii_alphanumeric)
        {
            return false;
        }
        length += more;
        if wanted(length) {
            return true;
        }
        if more != token.len() || length > 128 {
            return false;
        }
    }
    false
}

/// Whether a word that the text has elsewhere is cut, as narrow cells cut any: `malici` and `ous`.
fn word_goes_on(left: &str, right: &str, words: &HashSet<String>) -> bool {
    let begun = left
        .rsplit(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or("");
    let rest = right
        .split(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or("");
    if begun.is_empty() || rest.is_empty() || rest.starts_with(char::is_uppercase) {
        return false;
    }
    let (begun, rest) = (begun.to_lowercase(), rest.to_lowercase());
    let both = words.contains(&begun) && words.contains(&rest);
    !both && words.contains(&format!("{begun}{rest}"))
}

/// Whether a value that is long and random by its nature goes on: with the next line, or those after it, it is the
/// account of a wallet or the name of an onion service.
fn long_goes_on(left: &str, right: &str, right_alone: bool, setting: &Setting<'_>) -> bool {
    let open = ['(', '[', '"', '\'', '`', ':', '=', '：', '（', '/'];
    let begun = left.rsplit(open).next().unwrap_or(left);
    if begun.len() < 8 || !begun.bytes().all(|b| b.is_ascii_alphanumeric()) || is_wallet(begun) {
        return false;
    }
    let whole = |text: &str| {
        let token = text.trim_end_matches(['.', ',', ';', ')', '"', '`', ':']);
        let host = token.split(['/', ':']).next().unwrap_or(token);
        is_wallet(token)
            || host.strip_suffix(".onion").is_some_and(|name| {
                matches!(name.len(), 16 | 56)
                    && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'))
            })
    };
    let mut joined = format!("{begun}{right}");
    if whole(&joined) {
        return true;
    }
    if !right_alone {
        return false;
    }
    for next in setting.ahead {
        let next = next.trim();
        let token = first_token(next);
        if token.is_empty() || joined.len() > 128 {
            return false;
        }
        joined.push_str(token);
        if whole(&joined) {
            return true;
        }
        if token.len() != next.len() {
            return false;
        }
    }
    false
}

/// Whether a value of any other kind goes on.
fn goes_on(
    left: &str,
    right: &str,
    right_alone: bool,
    left_alone: bool,
    setting: &Setting<'_>,
) -> bool {
    let next = right.chars().next().unwrap_or(' ');
    let word = next.is_ascii_alphanumeric();
    let open_dot = ["[.]", "(.)", "{.}", "[.", "[dot]", "(dot)", "["]
        .iter()
        .any(|e| left.ends_with(e))
        && left.len() > 3;
    if open_dot && (word || matches!(next, '.' | ']' | 'd')) {
        return true;
    }
    if right.starts_with("[.]") || right.starts_with("(.)") || right.starts_with("[dot]") {
        return left.ends_with(|c: char| c.is_ascii_alphanumeric());
    }
    if right.starts_with("://") || right.starts_with("[:]") || right.starts_with("[://]") {
        return true;
    }
    if scheme_goes_on(left, right) {
        return true;
    }
    if let Some(at) = url_start(left) {
        let url = left.get(at..).unwrap_or("");
        return url_goes_on(url, right, right_alone, setting);
    }
    // `T1059.` and `007`
    let id = left.rsplit(['[', '(', ',', ' ']).next().unwrap_or(left);
    let technique = id.len() == 6
        && id.starts_with('T')
        && id.ends_with('.')
        && id.bytes().skip(1).take(4).all(|b| b.is_ascii_digit());
    if technique && right.bytes().take(3).filter(u8::is_ascii_digit).count() == 3 {
        return true;
    }
    if address_goes_on(left, right, setting)
        || path_goes_on(left, right, left_alone, right_alone, setting)
    {
        return true;
    }
    if (left.ends_with('_') || left.ends_with('@')) && word && left.len() > 1 {
        return true;
    }
    if right.starts_with('@')
        && right.len() > 3
        && left.ends_with(|c: char| c.is_ascii_alphanumeric())
    {
        return setting.full || setting.cell;
    }
    if host_goes_on(left, right, setting) {
        return true;
    }
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if setting.cell && setting.tight && left.strip_prefix("AS").is_some_and(number) && number(right)
    {
        return true;
    }
    // A narrow cell breaks whatever is too long for it; two values that are whole stay two.
    setting.cell
        && setting.tight
        && left_alone
        && right_alone
        && !(is_whole(left) && is_whole(right))
        && (is_valuelike(left) || is_valuelike(right) || is_whole(&format!("{left}{right}")))
}

fn url_start(token: &str) -> Option<usize> {
    let lower = token.to_ascii_lowercase();
    [
        "http", "hxxp", "hxtp", "htxp", "ftp", "fxp", "www.", "www[.]",
    ]
    .iter()
    .filter_map(|scheme| lower.find(scheme))
    .min()
    .filter(|at| {
        let rest = lower.get(*at..).unwrap_or("");
        rest.contains("//")
            || rest.contains("[:")
            || rest.starts_with("www")
            || rest.ends_with(':')
            || rest.ends_with(":/")
    })
}

/// Whether the scheme of a URL itself is cut: `ht` and `tps://a.example`.
fn scheme_goes_on(left: &str, right: &str) -> bool {
    let Some(colon) = right.find("://").filter(|at| (1..5).contains(at)) else {
        return false;
    };
    let rest = right.get(..colon).unwrap_or("");
    ["https", "http", "hxxps", "hxxp"].iter().any(|scheme| {
        scheme.strip_suffix(rest).is_some_and(|begun| {
            !begun.is_empty()
                && left
                    .strip_suffix(begun)
                    .is_some_and(|front| !front.ends_with(|c: char| c.is_ascii_alphanumeric()))
        })
    })
}

/// Whether a token is what URLs and paths hold rather than a word of the text.
fn is_urlish(token: &str) -> bool {
    let core = token.trim_end_matches(['.', ',', ')', ';', ':', '"', '\'']);
    let inner = core.bytes().any(|b| b"/_=&?%#~".contains(&b));
    let dotted = core
        .split(['.', '-'])
        .filter(|p| !p.is_empty())
        .nth(1)
        .is_some();
    let mixed = core.bytes().any(|b| b.is_ascii_digit()) && core.len() > 2;
    let humped =
        core.chars().skip(1).any(char::is_uppercase) && core.chars().any(char::is_lowercase);
    inner || dotted || mixed || humped
}

fn url_goes_on(url: &str, right: &str, alone: bool, setting: &Setting<'_>) -> bool {
    let last = url.chars().next_back().unwrap_or(' ');
    let next = right.chars().next().unwrap_or(' ');
    let word = next.is_ascii_alphanumeric();
    // Another URL begins, unless this one takes it along as a parameter.
    if url_start(right) == Some(0) && has_path_or_suffix(url) && !"=?&".contains(last) {
        return false;
    }
    if url.ends_with(':') {
        return right.starts_with("//") || next.is_ascii_digit();
    }
    if url.ends_with(":/") {
        return next == '/' || word;
    }
    if url.ends_with("//") {
        return word;
    }
    let signs = "-_=&?%+#~@";
    if signs.contains(last) {
        return word || "/?._-%".contains(next);
    }
    // The next line begins with what only a URL begins with.
    let second = right.chars().nth(1).unwrap_or(' ');
    if ("/?&=_%#-".contains(next) || next == '.')
        && (second.is_ascii_alphanumeric() || second == '%')
    {
        return setting.full || setting.cell;
    }
    if !word {
        return false;
    }
    let (host, has_path) = host_of(url);
    let host = squash(host);
    if !has_path {
        // The host itself is cut: with the next label it has a suffix, without it has none.
        let joined = format!("{host}{}", squash(right));
        let joined_host = joined.split(['/', ':', '?', ',', ')']).next().unwrap_or("");
        if !has_suffix(host.trim_end_matches('.')) || last == '.' {
            let lower_start = next.is_ascii_lowercase() || next.is_ascii_digit();
            return has_suffix(joined_host.trim_end_matches('.'))
                && (lower_start || !has_suffix(host.trim_end_matches('.')))
                || setting.cell && setting.tight && alone && host_ends_below(&joined, setting);
        }
        if last != '/' {
            // A longer suffix: `a-b.tr` and `ycloudflare.com`; else two hosts below each other.
            return setting.cell
                && setting.tight
                && url_start(right).is_none()
                && has_longer_suffix(&host, joined_host);
        }
    }
    match last {
        '/' => {
            let prose = next.is_uppercase() && !is_urlish(right);
            !prose && setting.full && (is_urlish(right) || alone || setting.cell)
        }
        '.' => {
            let extension = right.split(['?', '#', ',', ')', '.']).next().unwrap_or("");
            next.is_ascii_lowercase()
                && matches!(ending(extension), Ending::File | Ending::Either)
                && is_web_page(extension)
        }
        // `…/landing/ind` and `ex.html`
        _ if last.is_ascii_alphanumeric() && setting.full && ends_as_page(right) => true,
        // `…/sot.ht` and `ml`, `…/130921.htm` and `l`
        _ if alone && setting.full && page_ending_goes_on(url, right) => true,
        _ if last.is_ascii_alphanumeric() => {
            let another = url_start(right).is_some()
                || is_whole(right) && setting.cell && !right.contains('/');
            setting.tight
                && !another
                && (is_urlish(right) && !next.is_uppercase()
                    || is_urlish(right) && has_digits(right)
                    || alone && right.len() <= 3 && has_digits(right)
                    || (setting.cell && alone))
        }
        _ => false,
    }
}

/// Whether a URL has come as far as a host with a suffix.
fn has_path_or_suffix(url: &str) -> bool {
    let (host, has_path) = host_of(url);
    has_path || has_suffix(squash(host).trim_end_matches('.'))
}

/// Whether a token is the end of the name of a web page, `dex.html` or `n.php?a=1`.
fn ends_as_page(token: &str) -> bool {
    let name = token.split(['?', '#', '&']).next().unwrap_or(token);
    let name = name.trim_end_matches([',', '.', ')']);
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        stem.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && matches!(
                extension,
                "html" | "htm" | "php" | "asp" | "aspx" | "jsp" | "js" | "cgi" | "hta"
            )
    })
}

/// Whether the ending of a page's name is cut in two.
fn page_ending_goes_on(url: &str, right: &str) -> bool {
    let begun = url.rsplit('.').next().unwrap_or("");
    let core = right.trim_end_matches([',', '.', ')']);
    !core.is_empty()
        && (1..=4).contains(&begun.len())
        && begun.len() < url.len()
        && ends_as_page(&format!("a.{begun}{core}"))
}

fn has_digits(token: &str) -> bool {
    token.bytes().any(|b| b.is_ascii_digit())
}

/// Endings that URLs have; "to" and "so" are words.
fn is_web_page(extension: &str) -> bool {
    extension.len() >= 2
        && extension.len() <= 5
        && !matches!(
            extension,
            "so" | "to"
                | "in"
                | "is"
                | "it"
                | "at"
                | "me"
                | "my"
                | "no"
                | "be"
                | "app"
                | "bin"
                | "one"
        )
}

/// The host of a URL, and whether something follows it.
fn host_of(url: &str) -> (&str, bool) {
    let after = url
        .find("//")
        .map(|i| i + 2)
        .or_else(|| url.find("[:]").map(|i| i + 3))
        .and_then(|i| url.get(i..))
        .unwrap_or(url);
    let after = after.trim_start_matches(['/', ']']);
    match after.find(['/', '?', '#']) {
        Some(i) => (after.get(..i).unwrap_or(""), true),
        None => (after, false),
    }
}

/// Whether a host name has a suffix that exists, and a label before it.
fn has_suffix(host: &str) -> bool {
    let host = host.trim_start_matches("http:").trim_start_matches('/');
    let host = host.split([':', '/']).next().unwrap_or("");
    // Names outside the list that reports do use.
    let special = [".onion", ".example", ".test", ".i2p"].iter().any(|end| {
        host.strip_suffix(end)
            .is_some_and(|front| !front.is_empty())
    });
    special
        || host.parse::<std::net::Ipv4Addr>().is_ok()
        || (!host.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-' || b == b'_')
            && public_suffix::domain(host.as_bytes()).is_some_and(|d| d.suffix().is_known()))
}

/// Whether a host that has no suffix yet has one with the lines below, each of which is nothing but a piece of it.
fn host_ends_below(begun: &str, setting: &Setting<'_>) -> bool {
    let mut host = begun.to_owned();
    for line in setting.ahead {
        let line = line.trim();
        if line.contains(' ') || url_start(line).is_some() || host.len() > 253 {
            return false;
        }
        host.push_str(&squash(line));
        let end = host.find(['/', ':', '?', ',', ')']);
        if has_suffix(host.get(..end.unwrap_or(host.len())).unwrap_or("")) {
            return true;
        }
        if end.is_some() {
            return false;
        }
    }
    false
}

/// Whether a name ends, with what goes on, in a suffix of more labels than before: that of a service that gives names
/// to its customers, or one below a country's.
fn has_longer_suffix(host: &str, joined: &str) -> bool {
    let joined = joined.trim_end_matches(['.', ',']);
    let labels = |name: &str| {
        let suffix = public_suffix::suffix(name.as_bytes()).filter(|s| s.is_known())?;
        let text = std::str::from_utf8(suffix.as_bytes()).ok()?;
        (text.len() < name.len()).then(|| text.split('.').count())
    };
    match (labels(host), labels(joined)) {
        (Some(before), Some(after)) => after > before && after > 1,
        _ => false,
    }
}

/// Whether an IPv4 address is cut at a dot.
fn address_goes_on(left: &str, right: &str, setting: &Setting<'_>) -> bool {
    let start = left
        .rfind(|c: char| !(c.is_ascii_digit() || ".[](){}".contains(c)))
        .map_or(0, |i| {
            i + left
                .get(i..)
                .and_then(|t| t.chars().next())
                .map_or(1, char::len_utf8)
        });
    let a = squash(left.get(start..).unwrap_or(""));
    let end = right
        .find(|c: char| !(c.is_ascii_digit() || ".[](){}".contains(c)))
        .unwrap_or(right.len());
    let b = squash(right.get(..end).unwrap_or(""));
    let cut = a.ends_with('.')
        || b.starts_with('.')
        || (setting.cell && setting.tight && a.contains('.'));
    cut && a.parse::<std::net::Ipv4Addr>().is_err()
        && b.parse::<std::net::Ipv4Addr>().is_err()
        && format!("{a}{}", b.trim_end_matches('.'))
            .parse::<std::net::Ipv4Addr>()
            .is_ok()
}

/// Whether a Windows or Unix path is cut.
fn path_goes_on(
    left: &str,
    right: &str,
    left_alone: bool,
    right_alone: bool,
    setting: &Setting<'_>,
) -> bool {
    let next = right.chars().next().unwrap_or(' ');
    let windows = left.contains('\\');
    let unix = left.starts_with('/') || left.starts_with("~/") || left.matches('/').count() >= 2;
    if windows && left.ends_with('\\') {
        return next.is_alphanumeric() || "%_{$.<".contains(next);
    }
    if right.starts_with('\\') && right.len() > 1 && !right.starts_with("\\\\") {
        return windows || left.starts_with("HK") || left.ends_with(':') || left.ends_with('%');
    }
    if unix && left.len() > 3 && left.ends_with('/') {
        return (next.is_alphanumeric() || next == '.' || next == '_')
            && (is_urlish(right) || right_alone)
            && setting.full;
    }
    setting.cell && setting.tight && left_alone && windows && right_alone && !right.contains(":\\")
}

/// Whether a host name without a scheme is cut at a dot or a hyphen.
fn host_goes_on(left: &str, right: &str, setting: &Setting<'_>) -> bool {
    let whole = squash(left);
    // `*.example.` is the name with all below it.
    let any = whole.strip_prefix("*.");
    let a = any.unwrap_or(&whole);
    let b = squash(right);
    let end = b
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
        .unwrap_or(b.len());
    let joined = format!("{a}{}", b.get(..end).unwrap_or("").trim_end_matches('.'));
    let lower = right
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.');
    let host = |t: &str| {
        t.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
    };
    let suffix =
        || any.is_some() && public_suffix::suffix(joined.as_bytes()).is_some_and(|s| s.is_known());
    if !lower || !host(a) || !(has_suffix(&joined) || suffix()) {
        return false;
    }
    if a.ends_with('.') {
        // A sentence ends with a dot too; a name has more of them, or digits and hyphens.
        let bare = a.trim_end_matches('.');
        let namelike = bare.contains('.')
            || bare.contains('-')
            || has_digits(bare)
            || left.contains('[')
            || any.is_some();
        return namelike && !has_suffix(bare) && (setting.full || setting.cell);
    }
    if right.starts_with('.') && right.len() > 2 {
        return (setting.full || setting.cell) && a.len() > 2;
    }
    // `update-` and `server.com`, where the hyphen is one of the name.
    a.ends_with('-') && a.len() > 3 && b.contains('.') && right.contains(['.', '['])
}

/// Whether a token is a value of its own already.
fn is_whole(token: &str) -> bool {
    let plain = squash(token);
    let core = plain.trim_matches([',', ';', '.', '"', '\'']);
    let name = core.rsplit(['\\', '/']).next().unwrap_or(core);
    let extension = name.rsplit_once('.').map(|(_, e)| e);
    HASHES.contains(&core.len()) && core.bytes().all(|b| b.is_ascii_hexdigit())
        || has_suffix(core)
        || core.contains("://")
        || extension.is_some_and(|e| ending(e) != Ending::Unknown)
        || core
            .split_once('@')
            .is_some_and(|(_, host)| has_suffix(host))
}

/// Whether a line of a program that fills its column to the last sign goes on in the next: there a break comes anywhere.
pub(super) fn code_goes_on(a: &str, b: &str) -> bool {
    let (left, right) = (last_token(a.trim_end()), first_token(b));
    let inside = |c: char| c.is_ascii_alphanumeric() || "._-/\\[]:@%".contains(c);
    !(left.is_empty() || right.is_empty() || b.starts_with(char::is_whitespace))
        && left.ends_with(inside)
        && right.starts_with(inside)
        && !is_whole(left)
        && !is_wallet(left)
        && url_start(right) != Some(0)
        // A blank at the very edge is not drawn: two words are two words.
        && !(is_word(left) && (is_word(right) || is_whole(right)))
}

fn is_word(token: &str) -> bool {
    token.chars().all(char::is_alphabetic)
}

/// Whether a token is a piece of a value rather than a word.
fn is_valuelike(token: &str) -> bool {
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    let signs = token
        .bytes()
        .filter(|b| b"/\\._=+-[]@:%".contains(b))
        .count();
    token.len() >= 8 && (digits >= 2 || signs >= 1 || token.chars().skip(1).any(char::is_uppercase))
}

/// A hyphen at the end of a line: the typesetter's, or the word's own.
fn hyphen(left: &str, right: &str, setting: &Setting<'_>) -> Glue {
    let soft = left.ends_with('\u{AD}');
    if !soft && !left.ends_with(['-', '\u{2010}', '\u{2011}']) {
        return Glue::Blank;
    }
    let stem = left.trim_end_matches(['-', '\u{AD}', '\u{2010}', '\u{2011}']);
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    if stem.is_empty() || !(letter(stem.chars().next_back()) || has_digits(stem)) {
        return Glue::Blank;
    }
    let next = right.chars().next();
    if soft {
        return Glue::Unhyphened;
    }
    if !letter(next) || next.is_some_and(char::is_uppercase) || has_digits(stem) {
        // `CVE-2024-` and `12345`, `Trojan-` and `Downloader`: a hyphen of the name itself.
        return if next.is_some_and(char::is_alphanumeric) {
            Glue::Solid
        } else {
            Glue::Blank
        };
    }
    // `no-` and `reply@example.net`, `quill-` and `shop.example/a`: hyphens of a name.
    let host = squash(right);
    let host = host.split(['/', ':', ',', ')']).next().unwrap_or("");
    if right.contains('@') || host.contains('.') && has_suffix(host.trim_end_matches('.')) {
        return Glue::Solid;
    }
    let word = |t: &str| {
        t.trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase()
    };
    let (a, b) = (
        word(stem.rsplit('-').next().unwrap_or(stem)),
        word(right.split('-').next().unwrap_or(right)),
    );
    if setting.words.contains(&format!("{a}{b}")) {
        return Glue::Unhyphened;
    }
    let compound = setting.words.contains(&a) && setting.words.contains(&b) || stem.contains('-');
    if compound {
        Glue::Solid
    } else {
        Glue::Unhyphened
    }
}

/// Puts together what stands apart in `https : / / docs . example . com / a`: blanks about the signs of
/// a URL, where its scheme itself is set so. Gives the stretches of the text to leave out.
pub(super) fn spaced_out(text: &str) -> Vec<(usize, usize)> {
    let mut cuts = Vec::new();
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(colon) = text
        .get(from..)
        .and_then(|t| t.find(" :").or_else(|| t.find(": /")))
    {
        let at = from + colon;
        from = at + 2;
        let scheme = text.get(..at).unwrap_or("");
        let name = scheme
            .rsplit(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or("");
        let is_scheme = matches!(
            name.to_ascii_lowercase().as_str(),
            "http" | "https" | "hxxp" | "hxxps" | "ftp"
        );
        let rest = text.get(at..).unwrap_or("");
        let head: String = rest.chars().filter(|c| *c != ' ').take(3).collect();
        if !is_scheme || head != "://" {
            continue;
        }
        // From the scheme on: a blank beside a sign of a URL is none.
        let mut i = at;
        let mut last = b' ';
        let mut signs = 0;
        while i < bytes.len() {
            let b = bytes[i];
            if b == b' ' {
                let next = bytes.get(i + 1).copied().unwrap_or(b' ');
                let sign = |b: u8| b":/.?=&-_%#~+".contains(&b);
                let sentence = last == b'.' && next.is_ascii_uppercase();
                let joins = (sign(last) || sign(next)) && next != b' ' && !sentence || signs < 3;
                if !joins {
                    break;
                }
                cuts.push((i, i + 1));
            } else {
                if !b.is_ascii_graphic() {
                    break;
                }
                signs += usize::from(signs < 3 && b":/".contains(&b));
                last = b;
            }
            i += 1;
        }
        from = i.max(from);
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::{Glue, Setting, glue, spaced_out};
    use std::collections::HashSet;

    #[track_caller]
    fn check(a: &str, b: &str, cell: bool, header: &str, want: Glue) {
        let words: HashSet<String> = [
            "command",
            "and",
            "control",
            "ransomware",
            "spear",
            "phishing",
        ]
        .map(str::to_owned)
        .into();
        let setting = Setting {
            full: true,
            tight: true,
            cell,
            left: None,
            right: None,
            ahead: &["68fe9060a076f8ca"],
            header,
            words: &words,
        };
        assert_eq!(glue(a, b, &setting), want, "{a} | {b}");
    }

    #[test]
    fn a_value_goes_on_where_the_whole_is_better_than_its_parts() {
        for (a, b) in [
            (
                "SHA256: 47ecaab5cd6b26fe18d9759a9392bce8",
                "1ba379817c53a3a468fe9060a076f8ca1",
            ),
            (
                "at https://www.example.com/a/unsophisticated-",
                "but-dangerous today",
            ),
            ("https://example.com/q?id=", "4"),
            ("hxxp://evil[.]", "example/gate.php"),
            ("hxxp://evil", "[.]example"),
            ("https:", "//docs.example.com"),
            ("https://docs.exam", "ple.com/x"),
            ("https://example.com/landing/ind", "ex.htmlに誘導"),
            ("https://example.com/a/", "b-c/d.html for more"),
            ("C:\\Users\\Public\\", "Libraries\\a.exe"),
            ("HKCU\\Software", "\\Microsoft\\Run"),
            ("from 198.51.", "100.7 and"),
            ("update-", "service[.]net"),
            ("mail me at someone@", "example.com"),
            ("the file invoice_", "2024.exe"),
            ("CVE-2024-", "12345"),
        ] {
            let want = if b.ends_with("ca1") {
                Glue::Blank
            } else {
                Glue::Solid
            };
            check(a, b, false, "", want);
        }
    }

    #[test]
    fn what_is_whole_stays_whole() {
        for (a, b) in [
            ("see https://example.com/", "The malware"),
            ("see https://example.com/a.", "Then it"),
            ("seen on https://example.com", "and others"),
            ("the end.", "To begin"),
            ("the site evil.example.net", "was up"),
            ("198.51.100.7", "203.0.113.9"),
            (
                "8b9a0b44b738c7884e6a14f4cb18afff",
                "9478050023c7f8668df4fc39b0ddd79c",
            ),
            ("hxxp://a[.]example", "hxxp://b[.]example"),
            ("and", "control"),
            ("C:\\Program", "Files\\x.exe"),
        ] {
            check(a, b, false, "", Glue::Blank);
        }
        for (a, b) in [
            ("evil.example.net", "bad.example.org"),
            ("loader.exe", "stage.dll"),
            (
                "8b9a0b44b738c7884e6a14f4cb18afff",
                "9478050023c7f8668df4fc39b0ddd79c",
            ),
        ] {
            check(a, b, true, "", Glue::Blank);
        }
    }

    #[test]
    fn cells_break_values_anywhere() {
        for (a, b) in [
            ("very-long-sub", "domain[.]example[.]net"),
            ("bc1qxy2kgdygjrsqtzq2n0yrf24", "93p83kkfjhx0wlh"),
            ("C:\\ProgramData\\upd", "ater\\x.dll"),
        ] {
            check(a, b, true, "", Glue::Solid);
        }
        check(
            "3f524cdc07a11d7c6220bdb049fe8dd4",
            "1b27483c96cc59b5",
            true,
            "",
            Glue::Solid,
        );
        let (a, b) = (
            "9327ca99aaea2b8f025e61e53b64fcdd",
            "38d7e5c0ad893c4ed271d3622ac14548",
        );
        check(a, b, true, "Indicator SHA-256", Glue::Solid);
        check(
            "47ecaab5cd6b26fe18d9759a",
            "9392bce81ba379817c53a3a4",
            true,
            "",
            Glue::Solid,
        );
    }

    #[test]
    fn what_is_cut_anywhere_is_whole_again() {
        let onion = "duskgytldkxiuqc6aaaaabbbbbcccccdddddeeeeefffff2";
        for (a, b, cell) in [
            ("terms of use at ht", "tps://www.example.com/rpa", false),
            ("see htt", "ps://www.example.com/", false),
            ("all below *.shop.", "com tunnels", false),
            ("AS14", "061", true),
            ("ransom", "ware", true),
            ("steps_of_loa", "der.dll", true),
            ("https://kiln-lamp.tr", "ycloudflare.com,", true),
            (onion, "345672345.onion", false),
            ("bc1qw508d6qejxtdg4y5r3zar", "vary0c5xw7kv8f3t4", false),
            ("write to no-", "reply@example.com", false),
            ("0x59a1bcb06d4f473b4b0aa570dfbd", "12ed39dfbc", true),
        ] {
            check(a, b, cell, "", Glue::Solid);
        }
        // Two URLs below each other, and two words.
        check(
            "https://a.example.com/gate/",
            "http://b.example.net/up",
            false,
            "",
            Glue::Blank,
        );
        check("control", "and", true, "", Glue::Blank);
    }

    #[test]
    fn hyphens_of_line_ends_are_told_from_those_of_words() {
        check("the ran-", "somware wrote", false, "", Glue::Unhyphened);
        check("command-and-", "control servers", false, "", Glue::Solid);
        check("spear-", "phishing mails", false, "", Glue::Solid);
        check("Trojan-", "Downloader", false, "", Glue::Solid);
    }

    #[test]
    fn what_is_set_apart_is_closed_up() {
        let close = |text: &str| {
            let mut out = String::new();
            let mut from = 0;
            for (start, end) in spaced_out(text) {
                out.push_str(&text[from..start]);
                from = end;
            }
            out.push_str(&text[from..]);
            out
        };
        for (text, want) in [
            (
                "at https : / / docs . example . net / a / b is it",
                "at https://docs.example.net/a/b is it",
            ),
            ("hxxp : //a . b / c . Then", "hxxp://a.b/c. Then"),
            (
                "note : this is https://a.b / c",
                "note : this is https://a.b / c",
            ),
        ] {
            assert_eq!(close(text), want);
        }
    }
}

//! Four numbers that are a version and no address.

use super::{before, byte, cut};

/// Whether the words around four numbers make them a version.
pub(super) fn is_version(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    // `Chrome/91.0.4472.124`
    if before(bytes, start) == b'/'
        && start >= 2
        && byte(bytes, start - 2).is_ascii_alphabetic()
        && !cut(text, start.saturating_sub(3), start).ends_with("//")
    {
        return true;
    }
    let left = around(text, start, start, 24, 0).to_lowercase();
    let left = left.trim_end_matches([' ', '=', ':', '"', '\'']);
    let says = [
        "version",
        "versions",
        "ver",
        "ver.",
        "v",
        "v.",
        "build",
        "release",
        "firmware",
        "before",
        "prior to",
        "earlier than",
        "older than",
        "up to",
        "fixed in",
        "patched in",
        "updated to",
        "upgrade to",
        "update to",
        "バージョン",
        "ファームウェア",
        "バージョンは",
        "ビルド",
    ]
    .iter()
    .any(|word| {
        left.ends_with(word)
            && !left
                .trim_end_matches(word)
                .ends_with(|c: char| c.is_ascii_alphabetic())
    });
    let right = around(text, end, end, 0, 24).trim_start().to_lowercase();
    // 「新しいバージョンは192.0.2.7に接続する」
    says && !speaks_of_hosts(&right)
        || is_range_of_versions(text, start, end)
        || follows(&right)
        || is_shaped(text, (start, end))
}

/// Whether four numbers under a label that promises a version may be an address all the same: 「バージョン：1.2　通信先：203.0.113.9」.
pub(super) fn may_be_address(text: &str, start: usize, end: usize) -> bool {
    let small = cut(text, start, end).split('.').all(|part| part.len() < 3);
    !small && speaks_of_hosts(&around(text, start, end, 60, 30).to_lowercase())
}

/// Whether the words behind four numbers compare them as versions are compared.
fn follows(right: &str) -> bool {
    // 「192.0.2.7からの接続」 is where something came from: a range goes on with its other end.
    let from = right
        .strip_prefix("から")
        .is_some_and(|rest| rest.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    [
        "~",
        "〜",
        "～",
        "より以前",
        "まで",
        "以降",
        "以前",
        "未満",
        "より前",
        "およびそれ以前",
        "およびそれ以降",
        "and earlier",
        "or later",
        "and later",
        "or earlier",
        "or newer",
        "and prior",
    ]
    .iter()
    .any(|word| right.starts_with(word))
        || from
}

/// Well-known resolvers: the addresses with four small numbers that reports speak of.
const RESOLVERS: [&str; 8] = [
    "1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9", "4.2.2.1", "4.2.2.2", "0.0.0.0",
];

/// Whether four numbers look like a version of a program rather than like an address: they begin with 0 or end with two zeros, are all of
/// one figure, or are small on a line that speaks of versions.
fn is_shaped(text: &str, (start, end): (usize, usize)) -> bool {
    let value = cut(text, start, end);
    let parts: Vec<&str> = value.split('.').collect();
    // No machine has such an address.
    let none = parts[0] == "0" || parts[2..] == ["0", "0"];
    let single = parts.iter().all(|part| part.len() == 1);
    let small = parts.iter().all(|part| part.len() < 3)
        && parts[0].parse::<u8>().is_ok_and(|first| first <= 30);
    let bytes = text.as_bytes();
    let goes_on = byte(bytes, end) == b'/'
        || byte(bytes, end) == b':' && byte(bytes, end + 1).is_ascii_digit();
    if !(none || single || small) || goes_on || RESOLVERS.contains(&value) {
        return false;
    }
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let stop = text[end..].find('\n').map_or(text.len(), |at| end + at);
    // A list, or a cell.
    let alone = |c: char| !c.is_alphanumeric();
    if text[line..start].chars().all(alone) && text[end..stop].chars().all(alone) {
        return false;
    }
    // Better a version too many than an address that nobody looks for.
    none || !speaks_of_hosts(&around(text, start, end, 60, 60).to_lowercase())
        && (single || speaks_of_versions(text, (start, end)))
}

fn speaks_of_versions(text: &str, (start, end): (usize, usize)) -> bool {
    let around = around(text, start, end, 100, 60).to_lowercase();
    [
        "version",
        "upgrade",
        "update",
        "patch",
        "installer",
        "release",
        "fixed in",
        "affected",
        "vulnerable",
        "バージョン",
        "アップデート",
        "アップグレード",
        "修正",
        "更新",
        "版本",
        "升级",
        "버전",
        "업데이트",
        "верс",
        "оновлен",
        "обновл",
        "mise à jour",
        "actualiz",
        "aktualisier",
    ]
    .iter()
    .any(|word| around.contains(word))
}

/// Whether words speak of machines that are talked to: then four numbers are an address, whatever was updated.
fn speaks_of_hosts(around: &str) -> bool {
    [
        "server",
        "c2",
        "c&c",
        " ip",
        "ip ",
        "ip=",
        "ip:",
        "ip：",
        "ipv4",
        "src",
        "dst",
        "address",
        "block",
        "deny",
        "firewall",
        "traffic",
        "attacker",
        "resolve",
        "遮断",
        "ブロック",
        "配布",
        "送信",
        "host",
        "connect",
        "port ",
        "download",
        "beacon",
        "contacted",
        "sinkhole",
        "サーバ",
        "アドレス",
        "ホスト",
        "接続",
        "通信",
        "ポート",
        "取得",
        "攻撃元",
        "地址",
        "服务器",
        "연결",
        "서버",
        "сервер",
        "адрес",
    ]
    .iter()
    .any(|word| around.contains(word))
}

fn around(text: &str, start: usize, end: usize, before: usize, after: usize) -> &str {
    let mut from = start.saturating_sub(before);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = (end + after).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    cut(text, from, to)
}

/// Whether four numbers are the end of a range on a line that speaks of versions: `7.0.1.2 - 7.0.1.9 (fixed in …)`.
pub(super) fn is_range_of_versions(text: &str, start: usize, end: usize) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let marks = ["-", "–", "to ", "through "];
    let before = around(text, start, start, 12, 0).trim_end();
    let after = around(text, end, end, 0, 12).trim_start();
    // 「7.0.1.2 から 7.0.1.9」: the first is told by the word behind it, this one by the word before.
    let small = cut(text, start, end).split('.').all(|part| part.len() < 3);
    let last = ["から", "〜", "～", "~"].iter().any(|mark| {
        before
            .strip_suffix(mark)
            .is_some_and(|rest| digit(rest.trim_end().chars().next_back()))
    });
    if last && small {
        return true;
    }
    let ranges = marks.iter().any(|mark| {
        after
            .strip_prefix(mark)
            .is_some_and(|rest| digit(rest.trim_start().chars().next()))
            || before
                .strip_suffix(mark.trim_end())
                .is_some_and(|rest| digit(rest.trim_end().chars().next_back()))
    });
    if !ranges {
        return false;
    }
    let around = around(text, start, end, 120, 80).to_lowercase();
    [
        "fixed in",
        "affected",
        "version",
        "patched",
        "vulnerable",
        "影響",
        "修正",
        "バージョン",
        "受影响",
        "版本",
    ]
    .iter()
    .any(|word| around.contains(word))
}

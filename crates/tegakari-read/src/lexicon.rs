//! The words that reports use for their parts, in English and Japanese: headings, labels, table
//! headers, file endings, and ways to say "none".

use unicode_normalization::UnicodeNormalization;

use crate::openings::Openings;

mod endings;
mod fields;
mod sections;
mod verdicts;

pub(crate) use endings::{Ending, ending};
pub(crate) use fields::{
    Field, field, is_label_and_value, is_result, is_scanner, names_attributes,
};
pub(crate) use sections::{SectionKind, section_kind};
pub(crate) use verdicts::{Verdict, cleared_at_end, tag, verdict};

/// Lower case, folded, and only letters, digits and `&` left.
fn key(text: &str) -> String {
    if text.is_ascii() {
        // Compatibility forms have nothing to do with ASCII.
        let kept = |b: &u8| b.is_ascii_alphanumeric() || *b == b'&';
        let letters = text.bytes().filter(kept);
        let mut key = Vec::with_capacity(text.len());
        key.extend(letters.map(|b| b.to_ascii_lowercase()));
        return String::from_utf8(key).unwrap_or_default();
    }
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric() || *c == '&' || *c == 'ー')
        .collect()
}

/// Parts of keys, searched for all at once.
struct Parts(Openings);

impl Parts {
    fn new(parts: impl Iterator<Item = &'static str>) -> Self {
        Self(Openings::new(parts.collect()))
    }

    /// The part that comes first in the list of those that a key holds.
    fn first_in(&self, key: &str) -> Option<usize> {
        self.0.first_inside(key)
    }
}

/// Whether a value says that there is none.
pub(crate) fn is_none_word(value: &str) -> bool {
    let value = value.trim().trim_end_matches(['.', '。']);
    let value = value.trim_matches(['(', ')', '（', '）', '[', ']']).trim();
    matches!(
        value.to_lowercase().as_str(),
        "" | "なし"
            | "無し"
            | "無"
            | "n/a"
            | "na"
            | "none"
            | "-"
            | "--"
            | "—"
            | "–"
            | "ー"
            | "－"
            | "null"
            | "nil"
            | "unknown"
            | "不明"
            | "該当なし"
            | "未取得"
            | "登録なし"
            | "not available"
            | "not on vt"
            | "特になし"
            | "―"
    )
}

/// Whether a line is nothing but a value: a hash, an address, something defanged, a URL.
pub(crate) fn looks_like_value(line: &str) -> bool {
    let line = line
        .trim()
        .trim_matches(['|', '`', '"', '\'', ',', '-', '*', ' ']);
    let first = line.split_whitespace().next().unwrap_or("");
    let bytes = first.as_bytes();
    if matches!(bytes.len(), 32 | 40 | 64 | 128) && bytes.iter().all(u8::is_ascii_hexdigit) {
        return true;
    }
    let holds = |byte: u8| memchr::memchr(byte, bytes).is_some();
    // Nearly every line comes here, and nearly none has a bracket.
    if holds(b':') && (first.contains("://") || first.contains("[:]"))
        || holds(b'[') && (first.contains("[.]") || first.contains("[://]"))
    {
        return true;
    }
    if !holds(b'.') {
        return false;
    }
    let address = first.split(['|', ':', '/']).next().unwrap_or("");
    (address.starts_with(|c: char| c.is_ascii_digit())
        && address.parse::<std::net::Ipv4Addr>().is_ok())
        || (line == first
            && !first.ends_with('.')
            && first
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            && first.bytes().any(|b| b.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::{Field, SectionKind as S, field, is_none_word, section_kind};
    use tegakari_model::ObservableKind as K;

    #[test]
    fn headings_are_known_in_both_languages() {
        for (title, want) in [
            ("Indicators of compromise (IOC)", Some(S::Indicators)),
            ("IOCs", Some(S::Indicators)),
            ("侵害指標（IoC）", Some(S::Indicators)),
            ("通信先一覧", Some(S::CommandAndControl)),
            ("C&C servers", Some(S::CommandAndControl)),
            ("White Listed IPs", Some(S::Allowed)),
            ("参考リンク", Some(S::References)),
            ("References", Some(S::References)),
            ("今週のセキュリティ関連のトップニュース", Some(S::News)),
            ("ESET detection names", Some(S::Detections)),
            (
                "Talos のテレメトリで先週最も多く確認されたマルウェアファイル",
                Some(S::Indicators),
            ),
            ("重要な情報", None),
            ("Introduction", None),
        ] {
            assert_eq!(section_kind(title), want, "{title}");
        }
    }

    #[test]
    fn labels_are_known_in_both_languages() {
        for (label, want) in [
            ("SHA 256", Some(Field::Kind(K::Sha256))),
            ("ＳＨＡ－２５６", Some(Field::Kind(K::Sha256))),
            ("一般的なファイル名", Some(Field::Kind(K::FileName))),
            ("Typical Filename", Some(Field::Kind(K::FileName))),
            ("偽装名", Some(Field::ClaimedProduct)),
            ("検出名", Some(Field::Kind(K::DetectionName))),
            ("Possible legitimate SHA-1", Some(Field::Legitimate)),
            ("SHA-1 malware", Some(Field::Kind(K::Sha1))),
            ("hello", None),
        ] {
            assert_eq!(field(label), want, "{label}");
        }
        assert!(is_none_word("なし") && is_none_word("N/A") && is_none_word(" - "));
        assert!(!is_none_word("x.exe"));
    }
}

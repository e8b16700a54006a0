//! Words of a sentence that say what the values in it mean, in English and Japanese.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

const STRONG_WORDS: &[&str] = &[
    "c2",
    "c&c",
    "command and control",
    "command-and-control",
    "exfiltrat",
    "beacon",
    "通信先",
    "接続先",
    "攻撃元",
    "送信元",
    "コマンドアンドコントロール",
    "コマンド&コントロール",
    "malicious domain",
    "malicious ip",
    "malicious url",
    "attacker-controlled",
    "attacker controlled",
    "adversary-controlled",
    "悪性",
    "悪意のある",
    "不正な通信",
    "phishing site",
    "phishing domain",
];
const WORDS: &[&str] = &[
    "communicat",
    "connects to",
    "connect to",
    "contacts",
    "contacted",
    "downloads",
    "downloaded from",
    "hosted",
    "payload",
    "malicious",
    "dropped",
    "drops",
    "resolves to",
    "pointing to",
    "registered",
    "malware",
    "backdoor",
    "attacker",
    "implant",
    "ransom",
    "dropper",
    "通信",
    "接続",
    "送信",
    "送る",
    "ダウンロード",
    "取得",
    "マルウェア",
    "バックドア",
    "攻撃者",
    "設置",
    "潜伏",
    "不正",
    "感染",
    "スキャン",
    "ペイロード",
    "悪用",
];
const REFERENCE_WORDS: &[&str] = &[
    "according to",
    "see also",
    "for more information",
    "read more",
    "reported by",
    "source:",
    "via ",
    "によると",
    "参照",
    "詳細は",
    "出典",
    "詳しくは",
    "情報源",
    "published by",
    "research by",
];
pub(super) const VICTIM_WORDS: &[&str] = &[
    "impersonat",
    "masquerad",
    "spoof",
    "typosquat",
    "legitimate",
    "mimic",
    "を装",
    "装った",
    "なりすま",
    "正規の",
    "正規サイト",
    "偽装した",
    "模した",
];
const LEFT_ALONE_WORDS: &[&str] = &[
    "terminat",
    "kills the",
    "kill process",
    "excludes",
    "excluded",
    "skips",
    "whitelist",
    "allowlist",
    "does not encrypt",
    "停止させ",
    "終了させ",
    "除外",
];

const C2_WORDS: &[&str] = &[
    "c2",
    "c&c",
    "command and control",
    "command-and-control",
    "beacon",
    "通信先",
    "接続先",
    "コマンドアンドコントロール",
];
const STAGING_WORDS: &[&str] = &[
    "exfiltrat",
    "staging",
    "staged",
    "second stage",
    "second-stage",
    "upload",
    "窃取した",
    "アップロード",
];
const DELIVERY_WORDS: &[&str] = &[
    "download",
    "deliver",
    "phish",
    "lure",
    "distribut",
    "ダウンロード",
    "配布",
    "フィッシング",
    "添付",
];
const TOOL_WORDS: &[&str] = &[
    "legitimate tool",
    "dual-use",
    "open-source tool",
    "hacking tool",
    "mimikatz",
    "正規ツール",
];

/// What a sentence says, found in one pass over it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Said {
    pub(super) strong: Option<&'static str>,
    pub(super) plain: Option<&'static str>,
    pub(super) reference: Option<&'static str>,
    pub(super) left_alone: Option<&'static str>,
    pub(super) c2: bool,
    pub(super) staging: bool,
    pub(super) delivery: bool,
    pub(super) tool: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum WordList {
    Strong,
    Plain,
    Reference,
    LeftAlone,
    C2,
    Staging,
    Delivery,
    Tool,
}

const WORD_LISTS: [(WordList, &[&str]); 8] = [
    (WordList::Strong, STRONG_WORDS),
    (WordList::Plain, WORDS),
    (WordList::Reference, REFERENCE_WORDS),
    (WordList::LeftAlone, LEFT_ALONE_WORDS),
    (WordList::C2, C2_WORDS),
    (WordList::Staging, STAGING_WORDS),
    (WordList::Delivery, DELIVERY_WORDS),
    (WordList::Tool, TOOL_WORDS),
];

impl Said {
    /// Reads a sentence, in any case.
    pub(crate) fn of(sentence: &str) -> Self {
        type Index = (AhoCorasick, Vec<(WordList, &'static str)>);
        static CELL: OnceLock<Option<Index>> = OnceLock::new();
        let index = CELL.get_or_init(|| {
            let entries: Vec<(WordList, &'static str)> = WORD_LISTS
                .iter()
                .flat_map(|(list, words)| words.iter().map(|w| (*list, *w)))
                .collect();
            let automaton = AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::DFA))
                .ascii_case_insensitive(true)
                .build(entries.iter().map(|(_, w)| *w))
                .ok()?;
            Some((automaton, entries))
        });
        let mut said = Self::default();
        let Some((automaton, entries)) = index else {
            return said;
        };
        for hit in automaton.find_overlapping_iter(sentence) {
            let Some((list, word)) = entries.get(hit.pattern().as_usize()) else {
                continue;
            };
            match list {
                WordList::Strong => said.strong = said.strong.or(Some(word)),
                WordList::Plain => said.plain = said.plain.or(Some(word)),
                WordList::Reference => said.reference = said.reference.or(Some(word)),
                WordList::LeftAlone => said.left_alone = said.left_alone.or(Some(word)),
                WordList::C2 => said.c2 = true,
                WordList::Staging => said.staging = true,
                WordList::Delivery => said.delivery = true,
                WordList::Tool => said.tool = true,
            }
        }
        said
    }
}

//! Words that say what the values about them mean, in English and Japanese: those of the sentence, and those
//! that stand right beside a value.

use std::sync::OnceLock;

use tegakari_model::IndicatorRole;

use super::uses::{C2_WORDS, Cue, DELIVERY_WORDS, STAGING_WORDS, TOOL_WORDS};
use crate::openings::Openings;

const STRONG_WORDS: &[&str] = &[
    "c2",
    "c&c",
    "command and control",
    "command-and-control",
    "command & control",
    "exfiltrat",
    "beacon",
    "callback",
    "phones home",
    "通信先",
    "接続先",
    "攻撃元",
    "送信元",
    "コマンドアンドコントロール",
    "コマンド&コントロール",
    "malicious domain",
    "malicious ip",
    "malicious url",
    "malicious site",
    "malicious website",
    "malicious server",
    "attacker-controlled",
    "attacker controlled",
    "attacker's server",
    "actor-controlled",
    "adversary-controlled",
    "悪性",
    "悪意のある",
    "不正な通信",
    "恶意域名",
    "恶意ip",
    "恶意地址",
    "恶意链接",
    "钓鱼网站",
    "钓鱼域名",
    "回连",
    "外联地址",
    "解析到ip",
    "连接的域名",
    "远控",
    "c2服务器",
    "偽サイト",
    "偽のサイト",
    "誘導先",
    "とは全く関係",
    "とはまったく関係",
    "とは無関係",
    "リンク先のドメイン",
    "リンク先のurl",
    "詐称",
    "phishing site",
    "phishing domain",
    "phishing page",
    "look-alike",
    "lookalike",
    "typosquat",
    "fake domain",
    "fake site",
    "is imitated by",
    "is impersonated by",
    "was impersonated by",
    "is mimicked by",
];
const WORDS: &[&str] = &[
    "communicat",
    "connects",
    "connect to",
    "connected to",
    "connection to",
    "contacts",
    "contacted",
    "reaches out to",
    "downloads",
    "downloaded",
    "download from",
    "downloading",
    "downloader",
    "invoke-webrequest",
    "iwr ",
    "curl ",
    "wget ",
    "downloadstring",
    "downloadfile",
    "fetch",
    "retriev",
    "redirect",
    "directed to",
    "victims were sent",
    "users were sent",
    "resolve",
    "hosted",
    "hosting",
    "payload",
    "malicious",
    "dropped",
    "drops",
    "pointing to",
    "registered",
    "malware",
    "backdoor",
    "webshell",
    "web shell",
    "attacker",
    "implant",
    "ransom",
    "dropper",
    "loader",
    "stealer",
    "sideload",
    "side-load",
    "renamed",
    "masquerad",
    "disguis",
    "saved as",
    "written to",
    "injects",
    "decrypts",
    "launches",
    "executes",
    "installs",
    "uploads",
    "sends",
    "sent from",
    "sender",
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
    "復号",
    "読み込",
    "展開",
    "実行",
    "誘導",
    "転送",
    "フィッシング",
    "恶意",
    "攻击者",
    "漏洞利用",
    "木马",
    "后门",
    "植入",
    "释放",
    "下载",
    "勒索",
    "爆破",
    "扫描",
    "钓鱼",
    "窃取",
];
const TOPIC_WORDS: &[&str] = &[
    "threat actor",
    "adversar",
    "campaign",
    "infrastructure",
    "botnet",
    "operator",
    "trojan",
    "keylogger",
    "exploit",
    "phish",
    "scam",
    "fake",
    "server",
    "lure",
    "decoy",
    "attachment",
    "archive",
    "script",
    "infected",
    "compromised",
    "stolen",
    "victims",
    "persistence",
    "execut",
    "launch",
    "install",
    "creates",
    "writes",
    "攻撃",
    "サーバ",
    "作成",
    "生成",
    "保存",
    "改ざん",
    "添付",
    "攻击",
    "样本",
    "服务器",
    "投递",
];
const REFERENCE_WORDS: &[&str] = &[
    "according to",
    "terms of use at",
    "licence at",
    "license at",
    "see also",
    "for more information",
    "for more details",
    "for details",
    "read more",
    "return to the main page",
    "back to the main page",
    "reported by",
    "source:",
    "ticket:",
    "sandbox:",
    "write-up:",
    "background:",
    "via ",
    "によると",
    "一次ソース",
    "一次情報",
    "参照",
    "詳細は",
    "出典",
    "詳しくは",
    "情報源",
    "published by",
    "research by",
];
const LEFT_ALONE_WORDS: &[&str] = &[
    "terminat",
    "kills the",
    "kill process",
    "excludes",
    "excluded",
    "excluding",
    "skips",
    "whitelist",
    "allowlist",
    "does not encrypt",
    "停止させ",
    "終了させ",
    "除外",
];
const CONNECTIVITY_WORDS: &[&str] = &[
    "connectivity",
    "internet connection",
    "external ip",
    "public ip",
    "own ip address",
    "geolocat",
    "疎通",
    "接続確認",
    "インターネット接続",
];
/// Remarks on a line or in a row: they open a phrase, so that "side-loaded by a legitimate program" is none.
const LEGITIMATE_REMARKS: &[&str] = &[
    "(legitimate",
    ", legitimate",
    "- legitimate",
    "– legitimate",
    "— legitimate",
    ": legitimate",
    "; legitimate",
    "\tlegitimate",
    "is legitimate",
    "is a legitimate",
    "(benign",
    ", benign",
    "\tbenign",
    "is benign",
    "(clean",
    "do not block",
    "not malicious",
    "false positive",
    "harmless",
    "\t誤検知",
    "\t정상",
    "정상 파일",
    "(合法",
    "(正規",
    "\t正規",
    "、正規",
    "は正規",
    "正規の署名",
    "正規ファイル",
    "正規プログラム",
    "正規の実行",
    "無害",
];

/// Sentences that announce a list of what is no indicator.
const SET_APART_WORDS: &[&str] = &[
    "not malicious",
    "no indicator",
    "not indicator",
    "not an indicator",
    "do not block",
    "should not be blocked",
    "false positive",
    "legitimate site",
    "legitimate domain",
    "legitimate host",
    "legitimate service",
    "legitimate address",
    "legitimate traffic",
    "benign",
    "harmless",
    "allow list",
    "正規サイト",
    "正規のサイト",
    "正規のドメイン",
    "正規の通信",
    "悪性ではな",
    "遮断しない",
    "ブロックしない",
    "除外してください",
    "正規のもの",
    "正規サービスであり",
    "正規サービスのため",
    "アドレスのため除外",
    "iocではな",
    "iocには含め",
    "不可封禁",
    "请勿封禁",
    "不要封禁",
    "不建议封禁",
    "非ioc",
    "非 ioc",
    "并非恶意",
    "不是恶意",
    "误报",
    "正常域名",
    "正常网站",
    "合法域名",
    "合法网站",
];

const VICTIM_WORDS: &[&str] = &[
    "impersonat",
    "masquerad",
    "spoof",
    "typosquat",
    "legitimate",
    "mimic",
    "real site",
    "own site",
    "genuine",
    "compromised account",
    "belonging to the victim",
    "the victim's",
    "imitates the",
    "real portal",
    "our website",
    "our web site",
    "our web server",
    "our production server",
    "our public site",
    "website is fully operational at",
    "site is operational at",
    "back online at",
    "restored at",
    "affected server",
    "affected host",
    "victim server",
    "victim host",
    "victim's server",
    "被害サーバ",
    "対象サーバ",
    "自社サイト",
    "当社サイト",
    "弊社サイト",
    "当サイト",
    "受害服务器",
    "受害主机",
    "を装",
    "装った",
    "なりすま",
    "を詐称",
    "をかた",
    "を騙",
    "実在の",
    "侵害され",
    "正規の",
    "正規サイト",
    "偽装した",
    "模した",
];
/// The same, but only before the value: what follows such a word is what it speaks of.
const VICTIM_BEFORE: &[&str] = &[
    "正規ドメイン",
    "正規url",
    "正規のurl",
    "公式ドメイン",
    "公式サイト",
    "公式ホームページ",
    "公式ページ",
    "公式url",
    "公式のurl",
    "official site",
    "official website",
    "official web site",
    "official domain",
    "official page",
    "官方网站",
    "官网",
    "internal host",
    "internal machine",
    "infected host",
    "infected machine",
    "infected client",
    "内部ホスト",
    "内部端末",
    "社内端末",
    "感染端末",
    "感染ホスト",
    "内网主机",
    "感染主机",
];
const LEGITIMATE_BEFORE: &[&str] = &[
    "legitimate",
    "benign",
    "genuine",
    " signed",
    "trusted",
    "built-in",
    "正規",
    "純正",
    "標準の",
    "署名",
];
const LEGITIMATE_AFTER: &[&str] = &[
    "(legitimate",
    "(a legitimate",
    ", legitimate",
    ", a legitimate",
    ", the legitimate",
    "is a legitimate",
    "is legitimate",
    "(benign",
    "is benign",
    "is a signed",
    "は正規",
    "という正規",
    "is the genuine",
    "is the legitimate",
    "is genuine",
    "is unmodified",
    "(正規",
];
const CONTACT_WORDS: &[&str] = &[
    "contact us",
    "contact:",
    "contact our",
    "please contact",
    "media contact",
    "press contact",
    "email us",
    "e-mail us",
    "mail us",
    "write to",
    " or mail ",
    " or email ",
    "follow us",
    "reach us",
    "reach out to us",
    "get in touch",
    "corrections to",
    "questions to",
    "questions:",
    "feedback to",
    "sightings to",
    "report it to",
    "send us",
    " ask ",
    "subscribe",
    "inquiries",
    "連絡先",
    "問い合わせ",
    "問合せ",
    "ご連絡",
    "ご意見",
    "報告先",
    "窓口",
];
/// Sentences that say that an address is where the attackers are written to.
const EXTORTION_WORDS: &[&str] = &[
    "ransom note",
    "ransom demand",
    "ransom message",
    "contact the attacker",
    "contact the threat actor",
    "contact the operator",
    "contact the criminals",
    "contact the hackers",
    "contact the cybercriminals",
    "communicate with the attacker",
    "communication with the attacker",
    "contact with the attacker",
    "touch with the attacker",
    "reach the attacker",
    "write to the attacker",
    "email the attacker",
    "emails of the attacker",
    "attackers' email",
    "attackers' e-mail",
    "attackers' contact",
    "attacker's email",
    "actor's email",
    "actors' email",
    "extortion",
    "extortionist",
    "victims to contact",
    "victims are told to",
    "victims are instructed",
    "instructs victims",
    "instructs the victim",
    "for victims to",
    "to pay the ransom",
    "negotiat",
    "身代金",
    "脅迫文",
    "脅迫メール",
    "ランサムノート",
    "攻撃者の連絡先",
    "攻撃者への連絡",
    "攻撃者と連絡",
    "勒索信",
    "联系攻击者",
    "赎金",
];
/// Right beside an account that an exchange or a service holds for everybody.
const EXCHANGE_WORDS: &[&str] = &[
    "hot wallet",
    "cold wallet",
    "deposit wallet",
    "exchange wallet",
    "exchange address",
    "exchange's wallet",
    "token contract",
    "router contract",
    "burn address",
    "null address",
    "取引所のウォレット",
    "取引所のアドレス",
    "交易所",
];
/// Right after a value that the attack was aimed at.
const VICTIM_AFTER: &[&str] = &[
    "(the attacked",
    "(attacked",
    "(victim",
    "(the victim",
    "(customer",
    ") belongs to us",
    "belongs to us",
    "(compromised",
    "vps due",
    "vps was",
    "server was compromised",
    "website was compromised",
    "(our ",
];
/// Right after a value of the author's own.
const RESEARCH_AFTER: &[&str] = &[
    "which is ours",
    "is ours",
    "(ours",
    "which we run",
    "which we operate",
    "which we control",
    "our sinkhole",
];
/// Before the address that something was sent from or registered with.
const SENDER_WORDS: &[&str] = &[
    "sender",
    "sent from",
    "came from",
    "comes from",
    "mails from",
    "from:",
    "mailbox",
    "mailto",
    "reply address",
    "reply-to",
    "with the address",
    "registered with",
    "registered to",
    "registered by",
    "registrant",
    "account",
    "差出人",
    "送信元",
    "送信者",
    "登録者",
    "发件人",
    "发件邮箱",
    "寄件者",
    "注册邮箱",
];
const RESEARCH_WORDS: &[&str] = &[
    "our sinkhole",
    "sinkhole is",
    "sinkhole at",
    "sinkhole server",
    "sinkhole (",
    "sinkhole:",
    "honeypot",
    "our sensor",
    "our scanner",
    "our crawler",
    "our own server",
    "シンクホール",
    "ハニーポット",
];

/// What a sentence says, found in one pass over it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Said {
    pub(super) strong: Option<&'static str>,
    pub(super) plain: Option<&'static str>,
    pub(super) topic: Option<&'static str>,
    pub(super) reference: Option<&'static str>,
    pub(super) left_alone: Option<&'static str>,
    pub(super) connectivity: Option<&'static str>,
    pub(super) legitimate: Option<&'static str>,
    pub(super) set_apart: Option<&'static str>,
    pub(super) extortion: Option<&'static str>,
    /// The first use that it names.
    pub(super) used: Option<IndicatorRole>,
}

/// What the words right before and after a value say.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Near {
    pub(super) victim: Option<&'static str>,
    pub(crate) legitimate: Option<&'static str>,
    pub(super) contact: Option<&'static str>,
    pub(super) research: Option<&'static str>,
    pub(super) sender: Option<&'static str>,
    /// It is an account that many share.
    pub(super) exchange: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum List {
    Strong,
    Plain,
    Topic,
    Reference,
    LeftAlone,
    Connectivity,
    Legitimate,
    SetApart,
    Extortion,
    Exchange,
    C2,
    Staging,
    Delivery,
    Tool,
    Victim,
    LegitimateAfter,
    Contact,
    Research,
    VictimBefore,
    VictimAfter,
    ResearchAfter,
    Sender,
}

const SENTENCE: &[(List, &[&str])] = &[
    (List::Strong, STRONG_WORDS),
    (List::Plain, WORDS),
    (List::Topic, TOPIC_WORDS),
    (List::Reference, REFERENCE_WORDS),
    (List::LeftAlone, LEFT_ALONE_WORDS),
    (List::Connectivity, CONNECTIVITY_WORDS),
    (List::Legitimate, LEGITIMATE_REMARKS),
    (List::SetApart, SET_APART_WORDS),
    (List::Extortion, EXTORTION_WORDS),
    (List::C2, C2_WORDS),
    (List::Staging, STAGING_WORDS),
    (List::Delivery, DELIVERY_WORDS),
    (List::Tool, TOOL_WORDS),
];

const BESIDE: &[(List, &[&str])] = &[
    (List::Victim, VICTIM_WORDS),
    (List::Legitimate, LEGITIMATE_BEFORE),
    (List::LegitimateAfter, LEGITIMATE_AFTER),
    (List::Contact, CONTACT_WORDS),
    (List::Research, RESEARCH_WORDS),
    (List::VictimBefore, VICTIM_BEFORE),
    (List::VictimAfter, VICTIM_AFTER),
    (List::ResearchAfter, RESEARCH_AFTER),
    (List::Sender, SENDER_WORDS),
    (List::Exchange, EXCHANGE_WORDS),
];

/// Word lists ready to be searched for.
struct Index {
    openings: Openings,
    lists: Vec<List>,
}

impl Index {
    fn new(lists: &[(List, &'static [&'static str])]) -> Self {
        let entries = lists
            .iter()
            .flat_map(|(list, words)| words.iter().map(|w| (*list, *w)));
        let (lists, words) = entries.unzip();
        Self {
            openings: Openings::new(words),
            lists,
        }
    }

    /// Every word of the lists in a text, with where it stands, in order of its end. A word starts where a word
    /// of the text does; a short one also ends there, so that no hash speaks of a C2.
    fn hits(&self, text: &str) -> impl Iterator<Item = (List, &'static str, usize)> {
        let bytes = text.as_bytes();
        let letter = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_alphanumeric);
        self.openings.find(text).into_iter().filter_map(move |hit| {
            let list = self.lists.get(hit.word)?;
            let word = self.openings.word(hit.word);
            let inside =
                word.len() <= 4 && letter(hit.start) && letter(hit.end - 1) && letter(hit.end);
            // 「（正規はexample.com）」 speaks of another.
            let other = word.ends_with("正規")
                && matches!(list, List::Legitimate | List::LegitimateAfter)
                && text
                    .get(hit.end..)
                    .is_some_and(|rest| rest.starts_with('は'));
            (!inside && !other).then_some((*list, word, hit.end))
        })
    }
}

impl Said {
    /// What two sentences say together; where both speak, the first.
    pub(crate) fn or(self, other: &Self) -> Self {
        Self {
            strong: self.strong.or(other.strong),
            plain: self.plain.or(other.plain),
            topic: self.topic.or(other.topic),
            reference: self.reference.or(other.reference),
            left_alone: self.left_alone.or(other.left_alone),
            connectivity: self.connectivity.or(other.connectivity),
            legitimate: self.legitimate.or(other.legitimate),
            set_apart: self.set_apart.or(other.set_apart),
            extortion: self.extortion.or(other.extortion),
            used: self.used.or(other.used),
        }
    }

    /// Without the words that only the value itself says: `https://malware-blog.example/` is not called malware.
    /// `value` is in lower case, `others` tells whether the rest of the sentence holds a word too.
    pub(crate) fn without(
        mut self,
        value: impl FnOnce() -> String,
        others: impl Fn(&str) -> bool,
    ) -> Self {
        if self.strong.or(self.plain).or(self.topic).is_none() {
            return self;
        }
        let value = value();
        for word in [&mut self.strong, &mut self.plain, &mut self.topic] {
            if word.is_some_and(|w| value.contains(w) && !others(w)) {
                *word = None;
            }
        }
        self
    }

    /// The first use that it names.
    pub(crate) fn used(&self) -> Option<IndicatorRole> {
        self.used
    }

    /// Reads a sentence, in any case.
    pub(crate) fn of(sentence: &str) -> Self {
        Self::read(sentence, |_| {})
    }

    /// Reads a sentence and tells every word in it that says what a value was used for.
    pub(crate) fn read(sentence: &str, mut cue: impl FnMut(Cue)) -> Self {
        static CELL: OnceLock<Index> = OnceLock::new();
        let mut said = Self::default();
        let index = CELL.get_or_init(|| Index::new(SENTENCE));
        for (list, word, end) in index.hits(sentence) {
            let used = match list {
                List::C2 => Some(IndicatorRole::C2),
                List::Staging => Some(IndicatorRole::Staging),
                List::Delivery => Some(IndicatorRole::Delivery),
                List::Tool => Some(IndicatorRole::Tool),
                _ => None,
            };
            if let Some(role) = used {
                cue(Cue {
                    start: end - word.len(),
                    end,
                    role,
                });
                said.used = said.used.or(Some(role));
                continue;
            }
            match list {
                List::Strong => said.strong = said.strong.or(Some(word)),
                List::Plain => said.plain = said.plain.or(Some(word)),
                List::Topic => said.topic = said.topic.or(Some(word)),
                List::Reference => said.reference = said.reference.or(Some(word)),
                List::LeftAlone => said.left_alone = said.left_alone.or(Some(word)),
                List::Connectivity => said.connectivity = said.connectivity.or(Some(word)),
                List::Legitimate => said.legitimate = said.legitimate.or(Some(word)),
                List::SetApart => said.set_apart = said.set_apart.or(Some(word)),
                List::Extortion => said.extortion = said.extortion.or(Some(word)),
                _ => {}
            }
        }
        said
    }
}

/// Characters before a value that are near it, and after it.
const BEFORE: usize = 40;
const AFTER: usize = 24;

impl Near {
    /// Reads the words about `start..end` of a text, no further than its sentence or cell goes.
    pub(crate) fn of(text: &str, start: usize, end: usize) -> Self {
        static CELL: OnceLock<Index> = OnceLock::new();
        let mut near = Self::default();
        let index = CELL.get_or_init(|| Index::new(BESIDE));
        let front = text.get(..start).unwrap_or("");
        let tail = front.len().checked_sub(BEFORE);
        let from = match tail {
            Some(tail) if front.as_bytes()[tail..].is_ascii() => tail,
            _ => front
                .char_indices()
                .rev()
                .nth(BEFORE - 1)
                .map_or(0, |(i, _)| i),
        };
        let before = front.get(from..).unwrap_or("");
        let bytes = before.as_bytes();
        // The space after a full stop stays: it stands before the first word.
        let cut = (0..bytes.len()).rev().find_map(|i| match bytes[i] {
            b'\n' | b'\t' => Some(i + 1),
            b'.' | b';' if bytes.get(i + 1) == Some(&b' ') => Some(i + 1),
            0xE3 if bytes.get(i + 1..i + 3) == Some(&[0x80, 0x82]) => Some(i + 3),
            _ => None,
        });
        let before = before.get(cut.unwrap_or(0)..).unwrap_or(before);
        for (list, word, at) in index.hits(before) {
            match list {
                List::Victim => near.victim = near.victim.or(Some(word)),
                // What stands nearest, and right before.
                List::VictimBefore => near.victim = Some(word),
                List::Contact => near.contact = near.contact.or(Some(word)),
                List::Research => near.research = near.research.or(Some(word)),
                List::Sender => near.sender = near.sender.or(Some(word)),
                List::Exchange => near.exchange = near.exchange.or(Some(word)),
                List::Legitimate => {
                    // Another value in between has taken the word already.
                    let between = before.get(at..).unwrap_or("");
                    if !has_value_dot(between) {
                        near.legitimate = near.legitimate.or(Some(word));
                    }
                }
                _ => {}
            }
        }
        let rest = text.get(end..).unwrap_or("").trim_start_matches(' ');
        let to = match rest.as_bytes().get(..AFTER) {
            Some(near) if near.is_ascii() => AFTER,
            _ => rest
                .char_indices()
                .nth(AFTER)
                .map_or(rest.len(), |(i, _)| i),
        };
        let after = rest.get(..to).unwrap_or("");
        let bytes = after.as_bytes();
        let cut = (0..bytes.len()).find(|i| match bytes[*i] {
            b'\n' | b'\t' => true,
            b'.' => bytes.get(i + 1) == Some(&b' '),
            0xE3 => bytes.get(i + 1..i + 3) == Some(&[0x80, 0x82]),
            _ => false,
        });
        let cut = cut.unwrap_or(after.len());
        for (list, word, _) in index.hits(after.get(..cut).unwrap_or("")) {
            match list {
                // 「Xを装った」 follows; "X, impersonating Y" is about another.
                List::Victim if !word.is_ascii() => near.victim = near.victim.or(Some(word)),
                List::VictimAfter => near.victim = near.victim.or(Some(word)),
                List::Exchange => near.exchange = near.exchange.or(Some(word)),
                List::ResearchAfter => near.research = near.research.or(Some(word)),
                List::LegitimateAfter => near.legitimate = near.legitimate.or(Some(word)),
                _ => {}
            }
        }
        near
    }
}

/// Characters before a bracket that are looked at for what it remarks on.
const REMARKED: usize = 80;
/// The longest that may stand in a bracket before the hash: a version and what kind of hash it is.
const LABEL: usize = 36;

/// The word that calls the file legitimate whose hash stands in brackets behind it: "a legitimate, signed program (SHA-256 …)". A file that passes
/// for a legitimate one is none.
pub(crate) fn called_legitimate(text: &str, hash: usize) -> Option<&'static str> {
    const CALLED: [&str; 12] = [
        "legitimate",
        "benign",
        "genuine",
        "clean copy",
        "unmodified",
        "正規の",
        "正規な",
        "純正",
        "정상",
        "легітимн",
        "легитимн",
        "légitime",
    ];
    const PASSES: [&str; 26] = [
        "masquerad",
        "disguis",
        "posing",
        "imitat",
        "mimic",
        "pretend",
        "fake",
        "trojan",
        "looks like",
        "malicious",
        "tamper",
        "modified version",
        "modified copy",
        "patched",
        "similar to",
        "instead of",
        "replac",
        "named after",
        "ends up",
        "装",
        "見せかけ",
        "改ざん",
        "悪意",
        "なりすま",
        "によって",
        "により",
    ];
    let front = text.get(..hash)?;
    let tail = |text: &'_ str, most: usize| -> usize {
        text.char_indices()
            .rev()
            .nth(most - 1)
            .map_or(0, |(i, _)| i)
    };
    let label = front.get(tail(front, LABEL)..)?;
    let (open, bracket) = label.rmatch_indices(['(', '（']).next()?;
    let said = &label[open + bracket.len()..];
    if said.contains([')', '）', '。', '\n', '\t']) {
        return None;
    }
    let before = front.get(..front.len() - label.len() + open)?;
    let clause = before.get(tail(before, REMARKED)..)?;
    let cut = clause
        .rmatch_indices([';', '。', '\n', '\t', '(', '（', ')', '）'])
        .map(|(i, mark)| i + mark.len())
        .chain(clause.rmatch_indices(". ").map(|(i, mark)| i + mark.len()))
        .max();
    let clause = clause.get(cut.unwrap_or(0)..)?.to_lowercase();
    if PASSES.iter().any(|word| clause.contains(word)) {
        return None;
    }
    CALLED.into_iter().find(|word| clause.contains(word))
}

/// Whether a word says that something was fetched from where the sentence says, or people led there.
pub(super) fn tells_delivery(word: &str) -> bool {
    const DELIVERY: [&str; 13] = [
        "download",
        "fetch",
        "retriev",
        "redirect",
        "directed to",
        "were sent",
        "hosted",
        "hosting",
        "payload",
        "malicious",
        "pointing to",
        "ダウンロード",
        "取得",
    ];
    DELIVERY.iter().any(|told| word.contains(told))
}

/// Whether a word says that the genuine one follows, which some defang like all others: 「正規ドメインはexample[.]com」.
pub(super) fn names_the_genuine(word: &str) -> bool {
    ["正規ドメイン", "正規url", "正規のurl", "公式ドメイン"].contains(&word)
}

/// Whether a remark that clears files clears hosts as well: a "legitimate" site may be a hacked one.
pub(super) fn clears_hosts(remark: &str) -> bool {
    [
        "do not block",
        "not malicious",
        "false positive",
        "harmless",
        "(合法",
        "無害",
    ]
    .contains(&remark)
}

/// Whether a dot has letters or digits on both sides, as in file names and hosts.
fn has_value_dot(text: &str) -> bool {
    text.as_bytes().windows(3).any(
        |w| matches!(w, [a, b'.', c] if a.is_ascii_alphanumeric() && c.is_ascii_alphanumeric()),
    )
}

#[cfg(test)]
mod tests {
    use super::{Near, Said};

    fn near(text: &str, value: &str) -> Near {
        let at = text.find(value).unwrap();
        Near::of(text, at, at + value.len())
    }

    #[test]
    fn no_hash_speaks_of_a_server() {
        let c2 = Some(tegakari_model::IndicatorRole::C2);
        assert_eq!(
            Said::of("sha256 9fc2570b7cef51c1b8df116d144d11ff").used,
            None
        );
        assert_eq!(Said::of("the C2 at a.example").used, c2);
        assert_eq!(Said::of("C2サーバー").used, c2);
    }

    #[test]
    fn a_hash_in_brackets_is_that_of_the_file_before_them() {
        let hash = "d41d8cd98f00b204e9800998ecf8427e";
        for (text, called) in [
            (
                "a.exe is a legitimate, signed program (MD5 #); it loads",
                true,
            ),
            (
                "a renamed copy of a legitimate program, a.exe (MD5: #)",
                true,
            ),
            (
                "正規のセキュリティ製品の実行ファイル(バージョン 1.2、MD5：#)",
                true,
            ),
            ("a.exe, disguised as a legitimate program (MD5: #)", false),
            ("正規の文書を装ったa.exe(MD5：#)", false),
            ("The legitimate a.exe loads it. b.dll (MD5 #)", false),
            ("the legitimate a.exe (MD5 aa), then b.dll (MD5 #)", false),
            ("legitimate MD5 #", false),
        ] {
            let text = text.replace('#', hash);
            let at = text.find(hash).unwrap();
            assert_eq!(
                super::called_legitimate(&text, at).is_some(),
                called,
                "{text}"
            );
        }
    }

    #[test]
    fn a_word_is_about_the_value_it_stands_by() {
        let text = "the legitimate program OneNoteM.exe loads msimg32.dll";
        assert!(near(text, "OneNoteM.exe").legitimate.is_some());
        assert!(near(text, "msimg32.dll").legitimate.is_none());
        let text = "evil.dll is side-loaded by the legitimate a.exe";
        assert!(near(text, "evil.dll").legitimate.is_none());
        assert!(near(text, "a.exe").legitimate.is_some());
        assert!(
            near("正規の実行ファイル(OneNoteM.exe)が", "OneNoteM.exe")
                .legitimate
                .is_some()
        );
        assert!(
            near(
                "Served over MISP. Ask a@b.example for access",
                "a@b.example"
            )
            .contact
            .is_some()
        );
        assert!(near("It contacts a.example", "a.example").contact.is_none());
        assert!(
            near("our sinkhole is a.example", "a.example")
                .research
                .is_some()
        );
        assert!(
            near("a.exampleを装ったサイト", "a.example")
                .victim
                .is_some()
        );
    }
}

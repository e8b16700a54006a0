//! What a section holds, by the words of its heading, in English and Japanese.

use std::sync::OnceLock;

use super::{Parts, key};
use crate::hashing::QuickSet;

/// What a section holds, by its heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SectionKind {
    /// Indicators of compromise, or one kind of them.
    Indicators,
    /// Addresses the malware talks to.
    CommandAndControl,
    /// Where malware is delivered or staged from.
    Delivery,
    /// Sources, further reading.
    References,
    /// What the attacker or the author lets pass.
    Allowed,
    /// The publisher: contact, imprint, podcasts, events.
    About,
    /// News about others.
    News,
    /// What to do against it.
    Mitigation,
    /// Victims or impersonated organisations.
    Victims,
    /// What security products call it.
    Detections,
}

/// Headings that hold when the key contains them, in order of precedence.
const SECTION_PARTS: &[(&str, SectionKind)] = {
    use SectionKind as S;
    &[
        ("whitelist", S::Allowed),
        ("allowlist", S::Allowed),
        ("allowedip", S::Allowed),
        ("legitimate", S::Allowed),
        ("benign", S::Allowed),
        ("cleanfile", S::Allowed),
        ("cleanbinar", S::Allowed),
        ("falsepositive", S::Allowed),
        ("正規", S::Allowed),
        ("許可リスト", S::Allowed),
        ("ホワイトリスト", S::Allowed),
        ("良性", S::Allowed),
        ("nonmalicious", S::Allowed),
        ("notmalicious", S::Allowed),
        ("notindicator", S::Allowed),
        ("donotblock", S::Allowed),
        ("decoyurl", S::Allowed),
        ("decoydomain", S::Allowed),
        ("decoyhost", S::Allowed),
        ("placeholderurl", S::Allowed),
        ("placeholderdomain", S::Allowed),
        ("noiseexcluded", S::Allowed),
        ("excludedfrom", S::Allowed),
        ("excludedindicator", S::Allowed),
        ("excludedvalue", S::Allowed),
        ("exclusions", S::Allowed),
        ("除外した", S::Allowed),
        ("除外対象", S::Allowed),
        ("除外項目", S::Allowed),
        ("除外リスト", S::Allowed),
        ("ダミーの通信", S::Allowed),
        ("白名单", S::Allowed),
        ("白名單", S::Allowed),
        ("误报", S::Allowed),
        ("非恶意", S::Allowed),
        ("detectionname", S::Detections),
        ("検出名", S::Detections),
        ("antivirusdetection", S::Detections),
        ("xdrdetection", S::Detections),
        ("reference", S::References),
        ("furtherreading", S::References),
        ("relatedreading", S::References),
        ("relatedarticle", S::References),
        ("learnmore", S::References),
        ("additionalresources", S::References),
        ("bibliography", S::References),
        ("seealso", S::References),
        ("supportingevidence", S::References),
        ("citation", S::References),
        ("参考", S::References),
        ("出典", S::References),
        ("関連記事", S::References),
        ("関連リンク", S::References),
        ("関連情報", S::References),
        ("情報源", S::References),
        ("引用元", S::References),
        ("相关链接", S::References),
        ("相關連結", S::References),
        ("延伸阅读", S::References),
        ("资料来源", S::References),
        ("資料來源", S::References),
        ("原文链接", S::References),
        ("情報ソース", S::References),
        ("参照元", S::References),
        ("articlesprocessed", S::References),
        ("headline", S::News),
        ("topnews", S::News),
        ("inthenews", S::News),
        ("weeklynews", S::News),
        ("securitynews", S::News),
        ("ニュース", S::News),
        ("話題", S::News),
        ("upcomingevents", S::About),
        ("wheretofind", S::About),
        ("cantgetenough", S::About),
        ("aboutus", S::About),
        ("abouttheauthor", S::About),
        ("abouttalos", S::About),
        ("contactus", S::About),
        ("連絡先", S::About),
        ("imprint", S::About),
        ("howtobuild", S::About),
        ("howtocompile", S::About),
        ("howtoinstall", S::About),
        ("howtorun", S::About),
        ("disclaimer", S::About),
        ("acknowledg", S::About),
        ("subscribe", S::About),
        ("followus", S::About),
        ("イベント", S::About),
        ("お問い合わせ", S::About),
        ("会社概要", S::About),
        ("著者", S::About),
        ("について知る", S::About),
        ("关于我们", S::About),
        ("联系我们", S::About),
        ("免责", S::About),
        ("謝辞", S::About),
        ("免責", S::About),
        ("c&c", S::CommandAndControl),
        ("c2", S::CommandAndControl),
        ("commandandcontrol", S::CommandAndControl),
        ("commandcontrol", S::CommandAndControl),
        ("コマンドアンドコントロール", S::CommandAndControl),
        ("通信先", S::CommandAndControl),
        ("接続先", S::CommandAndControl),
        ("beacon", S::CommandAndControl),
        ("infectiontraffic", S::CommandAndControl),
        ("trafficfroman", S::CommandAndControl),
        ("trafficfromthe", S::CommandAndControl),
        ("malicioustraffic", S::CommandAndControl),
        ("suspicioustraffic", S::CommandAndControl),
        ("不審な通信", S::CommandAndControl),
        ("不正な通信", S::CommandAndControl),
        ("回连", S::CommandAndControl),
        ("外联", S::CommandAndControl),
        ("控制服务器", S::CommandAndControl),
        ("通信地址", S::CommandAndControl),
        ("deliveryurl", S::Delivery),
        ("downloadurl", S::Delivery),
        ("phishingurl", S::Delivery),
        ("phishingdomain", S::Delivery),
        ("stagingserver", S::Delivery),
        ("payloadurl", S::Delivery),
        ("配布元", S::Delivery),
        ("ダウンロード元", S::Delivery),
        ("配信元", S::Delivery),
        ("フィッシングサイト", S::Delivery),
        ("钓鱼网站", S::Delivery),
        ("钓鱼域名", S::Delivery),
        ("下载地址", S::Delivery),
        ("入侵指标", S::Indicators),
        ("入侵指標", S::Indicators),
        ("失陷指标", S::Indicators),
        ("威胁指标", S::Indicators),
        ("威脅指標", S::Indicators),
        ("妥协指标", S::Indicators),
        ("恶意ip", S::Indicators),
        ("恶意域名", S::Indicators),
        ("恶意地址", S::Indicators),
        ("恶意样本", S::Indicators),
        ("恶意文件", S::Indicators),
        ("恶意链接", S::Indicators),
        ("惡意", S::Indicators),
        ("攻击ip", S::Indicators),
        ("攻击源", S::Indicators),
        ("样本信息", S::Indicators),
        ("样本列表", S::Indicators),
        ("哈希", S::Indicators),
        ("文件hash", S::Indicators),
        ("indicator", S::Indicators),
        ("iocs", S::Indicators),
        ("observable", S::Indicators),
        ("侵害指標", S::Indicators),
        ("侵害の痕跡", S::Indicators),
        ("侵害調査", S::Indicators),
        ("侵害の調査", S::Indicators),
        ("侵害有無", S::Indicators),
        ("侵害の有無", S::Indicators),
        ("侵害インジケーター", S::Indicators),
        ("攻撃の痕跡", S::Indicators),
        ("インディケータ", S::Indicators),
        ("インジケータ", S::Indicators),
        ("ハッシュ", S::Indicators),
        ("検体", S::Indicators),
        ("攻撃インフラ", S::Indicators),
        ("攻撃元", S::Indicators),
        ("不審なファイル", S::Indicators),
        ("マルウェアファイル", S::Indicators),
        ("maliciousfile", S::Indicators),
        ("associatedfile", S::Indicators),
        ("associatedmalware", S::Indicators),
        ("associateddomain", S::Indicators),
        ("関連ファイル", S::Indicators),
        ("malwarefile", S::Indicators),
        ("malwaresample", S::Indicators),
        ("prevalentmalware", S::Indicators),
        ("maliciousip", S::Indicators),
        ("maliciousdomain", S::Indicators),
        ("maliciousurl", S::Indicators),
        ("attackerinfrastructure", S::Indicators),
        ("attackinfrastructure", S::Indicators),
        ("networkinfrastructure", S::Indicators),
        ("exploitserver", S::Indicators),
        ("proxyip", S::Indicators),
        ("hashes", S::Indicators),
        ("filehash", S::Indicators),
        ("mitigation", S::Mitigation),
        ("recommendation", S::Mitigation),
        ("guidance", S::Mitigation),
        ("対策", S::Mitigation),
        ("緩和", S::Mitigation),
        ("处置建议", S::Mitigation),
        ("防护建议", S::Mitigation),
        ("安全建议", S::Mitigation),
        ("修复建议", S::Mitigation),
        ("防御建议", S::Mitigation),
        ("victim", S::Victims),
        ("被害組織", S::Victims),
        ("impersonated", S::Victims),
    ]
};

/// Headings that hold only as a whole.
const SECTION_WHOLE: &[&str] = &[
    "ioc",
    "hash",
    "md5",
    "sha1",
    "sha256",
    "domain",
    "domains",
    "domainnames",
    "ip",
    "ips",
    "ipaddress",
    "ipaddresses",
    "ipv4",
    "ipv6",
    "url",
    "urls",
    "network",
    "host",
    "hosts",
    "hostbased",
    "networkbased",
    "hostindicators",
    "files",
    "file",
    "filename",
    "filenames",
    "filepath",
    "filepaths",
    "path",
    "paths",
    "samples",
    "sample",
    "payload",
    "payloads",
    "malware",
    "mutex",
    "mutexes",
    "registry",
    "windowsregistry",
    "registrykeys",
    "registrykey",
    "servers",
    "server",
    "infrastructure",
    "emails",
    "email",
    "emailaddresses",
    "loader",
    "loaders",
    "dropper",
    "droppers",
    "tools",
    "scripts",
    "pdbpaths",
    "useragent",
    "useragents",
    "yara",
    "appendix",
    "sender",
    "attachment",
    "attachments",
    "差出人",
    "送信元",
    "送信元アドレス",
    "添付ファイル",
    "ドメイン",
    "ドメイン名",
    "ipアドレス",
    "域名",
    "ip地址",
    "网络指标",
    "样本",
    "附录",
    "ファイル",
    "ファイル名",
    "マルウェア",
    "レジストリ",
    "ミューテックス",
    "付録",
    "メールアドレス",
    "ファイルパス",
    "executables",
    "stagers",
    "agent",
    "lnkfiles",
    "zipfiles",
    "otherfiles",
    "ransomnotes",
    "iocリスト",
    "ioc一覧",
    "ioc情報",
    "hashvalues",
    "c2servers",
    "c2domains",
    "packages",
    "services",
    "namedpipes",
    "scheduledtasks",
];

/// What a heading announces, if it announces anything.
pub(crate) fn section_kind(title: &str) -> Option<SectionKind> {
    static PARTS: OnceLock<Parts> = OnceLock::new();
    static WHOLE: OnceLock<QuickSet<&str>> = OnceLock::new();
    // A newsletter is a document, not a section of news.
    let mut key = key(title);
    for word in ["newsletter", "ニュースレター"] {
        if key.contains(word) {
            key = key.replace(word, "");
        }
    }
    let parts = PARTS.get_or_init(|| Parts::new(SECTION_PARTS.iter().map(|(part, _)| *part)));
    if let Some((_, kind)) = parts.first_in(&key).and_then(|i| SECTION_PARTS.get(i)) {
        // "Real and fake sites", "abuse of legitimate services": not all below is legitimate.
        let mixed = [
            "偽",
            "悪用",
            "fake",
            "spoof",
            "lookalike",
            "abuse",
            "misuse",
        ];
        // "Legitimate files abused for side-loading": of files the heading speaks, and of all of them.
        let files = ["file", "executable", "binar", "ファイル", "実行"];
        let of_files = !key.contains("偽")
            && !key.contains("fake")
            && files.iter().any(|word| key.contains(word));
        if *kind == SectionKind::Allowed && !of_files && mixed.iter().any(|word| key.contains(word))
        {
            return None;
        }
        // `Reference: IOCs`, an appendix with a label: what it holds stands behind the colon.
        if *kind == SectionKind::References
            && let Some((_, held)) = title.split_once([':', '：'])
            && section_kind(held) == Some(SectionKind::Indicators)
        {
            return Some(SectionKind::Indicators);
        }
        return Some(*kind);
    }
    if matches!(
        key.as_str(),
        "contact" | "contacts" | "feedback" | "credits"
    ) {
        return Some(SectionKind::About);
    }
    if key.starts_with("ioc") || key.ends_with("ioc") {
        return Some(SectionKind::Indicators);
    }
    let whole = WHOLE.get_or_init(|| SECTION_WHOLE.iter().copied().collect());
    (whole.contains(key.as_str()) || ends_in_a_kind(title)).then_some(SectionKind::Indicators)
}

/// What headings over lists end in, whatever stands before: "Ransom e-mails", "Payload distribution URLs".
const SECTION_ENDS: &[&str] = &[
    "emails",
    "emailaddresses",
    "mailaddresses",
    "senders",
    "senderaddresses",
    "sendingaddresses",
    "replytoaddresses",
    "attachmentnames",
    "phishinglinks",
    "maliciouslinks",
    "domains",
    "domainnames",
    "hostnames",
    "urls",
    "ips",
    "ipaddresses",
    "hashes",
    "mutexes",
    "filenames",
    "filehash",
];

/// Whether a heading of a few words ends in a kind of value: "Exfiltration IP addresses (port)".
fn ends_in_a_kind(title: &str) -> bool {
    if title.len() > 80 {
        return false;
    }
    let head = title.split(['(', '（', '[']).next().unwrap_or(title);
    // Nearly nothing does, so that this is asked first.
    let key = key(head);
    let key = ["observed", "used", "seen"]
        .iter()
        .find_map(|word| key.strip_suffix(word))
        .unwrap_or(&key);
    if !SECTION_ENDS.iter().any(|end| key.ends_with(end)) {
        return false;
    }
    let about_others = [
        "affected",
        "targeted",
        "protected",
        "compromised",
        "sinkhole",
    ];
    !about_others.iter().any(|word| key.contains(word)) && head.split_whitespace().count() <= 6
}

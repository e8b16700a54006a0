//! The words that reports use for their parts, in English and Japanese: headings, labels, table
//! headers, file endings, and ways to say "none".

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use tegakari_model::ObservableKind as K;
use unicode_normalization::UnicodeNormalization;

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

/// Lower case, folded, and only letters, digits and `&` left.
fn key(text: &str) -> String {
    if text.is_ascii() {
        // Compatibility forms have nothing to do with ASCII.
        let kept = |b: &u8| b.is_ascii_alphanumeric() || *b == b'&';
        return text
            .bytes()
            .filter(kept)
            .map(|b| char::from(b.to_ascii_lowercase()))
            .collect();
    }
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric() || *c == '&' || *c == 'ー')
        .collect()
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
        ("falsepositive", S::Allowed),
        ("正規", S::Allowed),
        ("許可リスト", S::Allowed),
        ("ホワイトリスト", S::Allowed),
        ("良性", S::Allowed),
        ("nonmalicious", S::Allowed),
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
        ("citation", S::References),
        ("参考", S::References),
        ("出典", S::References),
        ("関連記事", S::References),
        ("関連リンク", S::References),
        ("関連情報", S::References),
        ("情報源", S::References),
        ("引用元", S::References),
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
        ("imprint", S::About),
        ("disclaimer", S::About),
        ("acknowledg", S::About),
        ("subscribe", S::About),
        ("followus", S::About),
        ("イベント", S::About),
        ("お問い合わせ", S::About),
        ("会社概要", S::About),
        ("著者", S::About),
        ("について知る", S::About),
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
        ("indicator", S::Indicators),
        ("iocs", S::Indicators),
        ("observable", S::Indicators),
        ("侵害指標", S::Indicators),
        ("侵害の痕跡", S::Indicators),
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
    "ドメイン",
    "ドメイン名",
    "ipアドレス",
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
    static WHOLE: OnceLock<HashSet<&str>> = OnceLock::new();
    let key = key(title);
    let parts = PARTS.get_or_init(|| Parts::new(SECTION_PARTS.iter().map(|(part, _)| *part)));
    if let Some((_, kind)) = parts.first_in(&key).and_then(|i| SECTION_PARTS.get(i)) {
        return Some(*kind);
    }
    if key.starts_with("ioc") || key.ends_with("ioc") {
        return Some(SectionKind::Indicators);
    }
    WHOLE
        .get_or_init(|| SECTION_WHOLE.iter().copied().collect())
        .contains(key.as_str())
        .then_some(SectionKind::Indicators)
}

/// Parts of keys, searched for all at once.
struct Parts(Option<AhoCorasick>);

impl Parts {
    fn new(parts: impl Iterator<Item = &'static str>) -> Self {
        Self(AhoCorasick::new(parts).ok())
    }

    /// The part that comes first in the list of those that a key holds.
    fn first_in(&self, key: &str) -> Option<usize> {
        self.0
            .as_ref()?
            .find_overlapping_iter(key)
            .map(|hit| hit.pattern().as_usize())
            .min()
    }
}

/// What a label or a column header announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// A value of one kind.
    Kind(K),
    /// Hash of whatever length.
    Hash,
    /// Any indicator: the value column of a list.
    Value,
    /// Addresses the malware talks to.
    C2,
    /// What kind of indicator the row holds.
    Type,
    /// Words about it.
    Description,
    /// Product that the file pretends to be.
    ClaimedProduct,
    /// Link to a sandbox or scanner.
    ReferenceUrl,
    /// Size in bytes.
    Size,
    /// Family, malware or actor.
    Family,
    /// First use.
    FirstSeen,
    /// Last use.
    LastSeen,
    /// A file that is what it says, and hashes of such.
    Legitimate,
    /// An app's package name.
    Package,
}

const FIELDS: &[(&str, Field)] = {
    use Field as F;
    &[
        ("sha256", F::Kind(K::Sha256)),
        ("sha256hash", F::Kind(K::Sha256)),
        ("sha256sum", F::Kind(K::Sha256)),
        ("sha256ハッシュ", F::Kind(K::Sha256)),
        ("sha256ハッシュ値", F::Kind(K::Sha256)),
        ("sha256値", F::Kind(K::Sha256)),
        ("sha2", F::Kind(K::Sha256)),
        ("sha1", F::Kind(K::Sha1)),
        ("sha1hash", F::Kind(K::Sha1)),
        ("sha1ハッシュ", F::Kind(K::Sha1)),
        ("sha512", F::Kind(K::Sha512)),
        ("md5", F::Kind(K::Md5)),
        ("md5hash", F::Kind(K::Md5)),
        ("md5sum", F::Kind(K::Md5)),
        ("md5ハッシュ", F::Kind(K::Md5)),
        ("imphash", F::Kind(K::Imphash)),
        ("importhash", F::Kind(K::Imphash)),
        ("ssdeep", F::Kind(K::Ssdeep)),
        ("ja3", F::Kind(K::Ja3)),
        ("ja3s", F::Kind(K::Ja3)),
        ("ja3hash", F::Kind(K::Ja3)),
        ("hash", F::Hash),
        ("hashes", F::Hash),
        ("filehash", F::Hash),
        ("hashvalue", F::Hash),
        ("ハッシュ", F::Hash),
        ("ハッシュ値", F::Hash),
        ("filename", F::Kind(K::FileName)),
        ("filenames", F::Kind(K::FileName)),
        ("name", F::Kind(K::FileName)),
        ("file", F::Kind(K::FileName)),
        ("typicalfilename", F::Kind(K::FileName)),
        ("originalfilename", F::Kind(K::FileName)),
        ("examplefilename", F::Kind(K::FileName)),
        ("commonfilename", F::Kind(K::FileName)),
        ("ファイル名", F::Kind(K::FileName)),
        ("一般的なファイル名", F::Kind(K::FileName)),
        ("典型的なファイル名", F::Kind(K::FileName)),
        ("ファイル", F::Kind(K::FileName)),
        ("filepath", F::Kind(K::FilePath)),
        ("path", F::Kind(K::FilePath)),
        ("ファイルパス", F::Kind(K::FilePath)),
        ("パス", F::Kind(K::FilePath)),
        ("pdb", F::Kind(K::FilePath)),
        ("pdbpath", F::Kind(K::FilePath)),
        ("detectionname", F::Kind(K::DetectionName)),
        ("detectionnames", F::Kind(K::DetectionName)),
        ("detection", F::Kind(K::DetectionName)),
        ("detections", F::Kind(K::DetectionName)),
        ("esetdetectionname", F::Kind(K::DetectionName)),
        ("esetdetectionnames", F::Kind(K::DetectionName)),
        ("detectedas", F::Kind(K::DetectionName)),
        ("signature", F::Kind(K::DetectionName)),
        ("検出名", F::Kind(K::DetectionName)),
        ("検知名", F::Kind(K::DetectionName)),
        ("claimedproduct", F::ClaimedProduct),
        ("claimedproducts", F::ClaimedProduct),
        ("偽装名", F::ClaimedProduct),
        ("偽装製品", F::ClaimedProduct),
        ("偽装製品名", F::ClaimedProduct),
        ("virustotal", F::ReferenceUrl),
        ("vt", F::ReferenceUrl),
        ("vtlink", F::ReferenceUrl),
        ("virustotallink", F::ReferenceUrl),
        ("virustotalリンク", F::ReferenceUrl),
        ("reference", F::ReferenceUrl),
        ("link", F::ReferenceUrl),
        ("リンク", F::ReferenceUrl),
        ("参照", F::ReferenceUrl),
        ("analysis", F::ReferenceUrl),
        ("size", F::Size),
        ("filesize", F::Size),
        ("サイズ", F::Size),
        ("ファイルサイズ", F::Size),
        ("family", F::Family),
        ("malware", F::Family),
        ("malwarefamily", F::Family),
        ("マルウェア", F::Family),
        ("マルウェア名", F::Family),
        ("domain", F::Kind(K::Domain)),
        ("domains", F::Kind(K::Domain)),
        ("domainname", F::Kind(K::Domain)),
        ("hostname", F::Kind(K::Domain)),
        ("fqdn", F::Kind(K::Domain)),
        ("ドメイン", F::Kind(K::Domain)),
        ("ドメイン名", F::Kind(K::Domain)),
        ("ip", F::Kind(K::Ipv4)),
        ("ips", F::Kind(K::Ipv4)),
        ("ipaddress", F::Kind(K::Ipv4)),
        ("ipaddresses", F::Kind(K::Ipv4)),
        ("ipアドレス", F::Kind(K::Ipv4)),
        ("url", F::Kind(K::Url)),
        ("urls", F::Kind(K::Url)),
        ("email", F::Kind(K::Email)),
        ("メールアドレス", F::Kind(K::Email)),
        ("c2", F::C2),
        ("c&c", F::C2),
        ("c2server", F::C2),
        ("c2servers", F::C2),
        ("c2domain", F::C2),
        ("c&cserver", F::C2),
        ("c&cservers", F::C2),
        ("c2サーバ", F::C2),
        ("c2サーバー", F::C2),
        ("通信先", F::C2),
        ("接続先", F::C2),
        ("mutex", F::Kind(K::Mutex)),
        ("mutexes", F::Kind(K::Mutex)),
        ("mutexname", F::Kind(K::Mutex)),
        ("ミューテックス", F::Kind(K::Mutex)),
        ("namedpipe", F::Kind(K::NamedPipe)),
        ("pipe", F::Kind(K::NamedPipe)),
        ("名前付きパイプ", F::Kind(K::NamedPipe)),
        ("service", F::Kind(K::ServiceName)),
        ("servicename", F::Kind(K::ServiceName)),
        ("サービス名", F::Kind(K::ServiceName)),
        ("useragent", F::Kind(K::UserAgent)),
        ("useragents", F::Kind(K::UserAgent)),
        ("ユーザーエージェント", F::Kind(K::UserAgent)),
        ("commandline", F::Kind(K::CommandLine)),
        ("command", F::Kind(K::CommandLine)),
        ("コマンドライン", F::Kind(K::CommandLine)),
        ("コマンド", F::Kind(K::CommandLine)),
        ("registry", F::Kind(K::RegistryKey)),
        ("registrykey", F::Kind(K::RegistryKey)),
        ("レジストリ", F::Kind(K::RegistryKey)),
        ("レジストリキー", F::Kind(K::RegistryKey)),
        ("indicator", F::Value),
        ("indicators", F::Value),
        ("ioc", F::Value),
        ("value", F::Value),
        ("observable", F::Value),
        ("artifact", F::Value),
        ("indicatorvalue", F::Value),
        ("値", F::Value),
        ("指標", F::Value),
        ("type", F::Type),
        ("entitytype", F::Type),
        ("indicatortype", F::Type),
        ("ioctype", F::Type),
        ("category", F::Type),
        ("種別", F::Type),
        ("種類", F::Type),
        ("タイプ", F::Type),
        ("description", F::Description),
        ("comment", F::Description),
        ("note", F::Description),
        ("notes", F::Description),
        ("details", F::Description),
        ("context", F::Description),
        ("説明", F::Description),
        ("備考", F::Description),
        ("概要", F::Description),
        ("内容", F::Description),
        ("firstseen", F::FirstSeen),
        ("firstobserved", F::FirstSeen),
        ("初観測", F::FirstSeen),
        ("lastseen", F::LastSeen),
        ("lastobserved", F::LastSeen),
        ("legitimateapp", F::Legitimate),
        ("package", F::Package),
        ("packagename", F::Package),
        ("パッケージ名", F::Package),
    ]
};

/// What a label (`SHA 256`, `一般的なファイル名`) announces, if anything.
pub(crate) fn field(label: &str) -> Option<Field> {
    if label.len() > 80 {
        return None;
    }
    let key = key(label);
    if key.is_empty() {
        return None;
    }
    static WHOLE: OnceLock<HashMap<&str, Field>> = OnceLock::new();
    // Of two entries with one name the first holds.
    let whole = WHOLE.get_or_init(|| FIELDS.iter().rev().copied().collect());
    if let Some(field) = whole.get(key.as_str()) {
        return Some(*field);
    }
    static PARTS: OnceLock<Parts> = OnceLock::new();
    let parts = PARTS.get_or_init(|| Parts::new(FIELD_PARTS.iter().map(|(part, _)| *part)));
    let (_, field) = parts.first_in(&key).and_then(|i| FIELD_PARTS.get(i))?;
    let said = *field == Field::Legitimate || label.split_whitespace().nth(4).is_none();
    said.then_some(*field)
}

/// Headers say more than they need: "SHA-1 malware", "Filename malware", "Possible legitimate SHA-1".
/// What a key holds of these counts, in order of precedence.
const FIELD_PARTS: &[(&str, Field)] = &[
    ("legitimate", Field::Legitimate),
    ("正規", Field::Legitimate),
    ("sha256", Field::Kind(K::Sha256)),
    ("sha512", Field::Kind(K::Sha512)),
    ("sha1", Field::Kind(K::Sha1)),
    ("md5", Field::Kind(K::Md5)),
    ("filename", Field::Kind(K::FileName)),
    ("ファイル名", Field::Kind(K::FileName)),
    ("detectionname", Field::Kind(K::DetectionName)),
];

/// Whether a value says that there is none.
pub(crate) fn is_none_word(value: &str) -> bool {
    let value = value.trim().trim_end_matches(['.', '。']);
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
            | "特になし"
            | "―"
    )
}

/// Endings of file names. Those that are also top-level domains are in [`AMBIGUOUS_ENDINGS`].
const FILE_ENDINGS: &[&str] = &[
    "exe",
    "dll",
    "sys",
    "scr",
    "ocx",
    "cpl",
    "msi",
    "msp",
    "msix",
    "drv",
    "efi",
    "bin",
    "dat",
    "tmp",
    "bat",
    "cmd",
    "ps1",
    "psm1",
    "psd1",
    "vbs",
    "vbe",
    "js",
    "jse",
    "mjs",
    "cjs",
    "ts",
    "wsf",
    "wsh",
    "hta",
    "lnk",
    "url",
    "inf",
    "ini",
    "cfg",
    "conf",
    "config",
    "reg",
    "xml",
    "json",
    "yaml",
    "yml",
    "toml",
    "txt",
    "log",
    "csv",
    "tsv",
    "rtf",
    "doc",
    "docx",
    "docm",
    "dot",
    "dotm",
    "dotx",
    "xls",
    "xlsx",
    "xlsm",
    "xlsb",
    "xll",
    "xlam",
    "ppt",
    "pptx",
    "pptm",
    "ppam",
    "pdf",
    "odt",
    "ods",
    "one",
    "chm",
    "hwp",
    "jtd",
    "rar",
    "7z",
    "gz",
    "tgz",
    "bz2",
    "xz",
    "zst",
    "tar",
    "cab",
    "iso",
    "img",
    "vhd",
    "vhdx",
    "dmg",
    "pkg",
    "deb",
    "rpm",
    "apk",
    "ipa",
    "jar",
    "war",
    "class",
    "elf",
    "ko",
    "php",
    "php5",
    "asp",
    "aspx",
    "ashx",
    "asmx",
    "jsp",
    "jspx",
    "cgi",
    "htm",
    "html",
    "mht",
    "css",
    "png",
    "jpg",
    "jpeg",
    "gif",
    "bmp",
    "ico",
    "svg",
    "webp",
    "mp3",
    "mp4",
    "avi",
    "wav",
    "eml",
    "msg",
    "pst",
    "ost",
    "db",
    "sqlite",
    "sqlite3",
    "bak",
    "old",
    "key",
    "pem",
    "crt",
    "cer",
    "pfx",
    "p12",
    "der",
    "csr",
    "node",
    "lib",
    "obj",
    "pdb",
    "idb",
    "i64",
    "c",
    "cpp",
    "h",
    "hpp",
    "cs",
    "vb",
    "go",
    "lua",
    "rb",
    "swf",
    "torrent",
    "ttf",
    "otf",
    "evtx",
    "pcap",
    "pcapng",
    "dmp",
    "mui",
    "nls",
    "manifest",
    "application",
    "appx",
    "xpi",
    "crx",
    "plist",
    "dylib",
    "sct",
    "wim",
    "lzh",
    "ace",
    "arj",
    "z",
    "lock",
    "pyc",
    "pyd",
    "whl",
    "wasm",
    "sln",
    "csproj",
    "jnlp",
    "library-ms",
    "settingcontent-ms",
    "desktop",
    "service",
    "timer",
    "socket",
    "sql",
    "mdb",
    "accdb",
    "gadget",
    "theme",
    "themepack",
    "wll",
    "tlb",
    "ax",
    "acm",
    "hlp",
    "pif",
    "job",
    "prx",
    "suo",
    "bpl",
    "enc",
    "encrypted",
    "locked",
    "md5",
    "sig",
    "yar",
    "yara",
    "rules",
    "tpl",
    "template",
    "http",
    "bash",
    "zsh",
    "ksh",
    "csh",
    "jsonl",
    "ndjson",
    "map",
    "ejs",
    "vue",
    "jsx",
    "tsx",
    "lst",
    "part",
    "crdownload",
];

/// Endings of files that are top-level domains as well: context decides.
const AMBIGUOUS_ENDINGS: &[&str] = &[
    "py", "sh", "pl", "zip", "rs", "md", "so", "ps", "com", "cab", "java", "vi", "one", "dot",
    "map",
];

/// How sure an ending is that of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It ends files and no domains.
    File,
    /// It ends both.
    Either,
    /// It ends no files that we know.
    Unknown,
}

/// What the last label of a dotted name says.
pub(crate) fn ending(label: &str) -> Ending {
    let lower = label.to_ascii_lowercase();
    if AMBIGUOUS_ENDINGS.contains(&lower.as_str()) {
        Ending::Either
    } else if FILE_ENDINGS.contains(&lower.as_str()) {
        Ending::File
    } else {
        Ending::Unknown
    }
}

/// Whether a line is nothing but a value: a hash, an address, something defanged, a URL.
pub(crate) fn looks_like_value(line: &str) -> bool {
    let line = line
        .trim()
        .trim_matches(['|', '`', '"', '\'', ',', '-', '*', ' ']);
    let first = line.split_whitespace().next().unwrap_or("");
    let hex = first.bytes().take_while(u8::is_ascii_hexdigit).count();
    if matches!(hex, 32 | 40 | 64 | 128) && hex == first.len() {
        return true;
    }
    if first.contains("[.]")
        || first.contains("://")
        || first.contains("[://]")
        || first.contains("[:]")
    {
        return true;
    }
    let address = first.split(['|', ':', '/']).next().unwrap_or("");
    address.parse::<std::net::Ipv4Addr>().is_ok()
        || (line == first
            && first.contains('.')
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

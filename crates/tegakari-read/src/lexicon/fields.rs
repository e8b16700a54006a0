//! What a label or a table header announces, in English and Japanese.

use std::cell::RefCell;
use std::sync::OnceLock;

use tegakari_model::ObservableKind as K;

use super::{Parts, key};
use crate::hashing::QuickMap;

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
    /// From when on it no longer means anything.
    Ends,
    /// The same, except beside [`Field::Ends`], as our own lists have it: there it is the last use.
    ValidUntil,
    /// A file that is what it says, and hashes of such.
    Legitimate,
    /// Another file that this one comes from, runs in or brings along.
    Related,
    /// An app's package name.
    Package,
    /// Versions of a product, which look like addresses.
    Version,
    /// Another name of the file.
    OtherName,
    /// The author's verdict on the values of the row.
    Verdict,
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
        ("names", F::Kind(K::FileName)),
        ("file", F::Kind(K::FileName)),
        ("typicalfilename", F::Kind(K::FileName)),
        ("originalfilename", F::Kind(K::FileName)),
        ("examplefilename", F::Kind(K::FileName)),
        ("commonfilename", F::Kind(K::FileName)),
        ("seenas", F::OtherName),
        ("alsoseenas", F::OtherName),
        ("nameondisk", F::Kind(K::FileName)),
        ("originalname", F::OtherName),
        ("internalname", F::OtherName),
        ("samplename", F::Kind(K::FileName)),
        ("pathfile", F::Kind(K::FileName)),
        ("filepathname", F::Kind(K::FileName)),
        ("apkname", F::Kind(K::FileName)),
        ("binaryname", F::Kind(K::FileName)),
        ("executablename", F::Kind(K::FileName)),
        ("savedas", F::OtherName),
        ("droppedas", F::OtherName),
        ("別名", F::OtherName),
        ("よく使われる名前", F::Kind(K::FileName)),
        ("ファイル名", F::Kind(K::FileName)),
        ("一般的なファイル名", F::Kind(K::FileName)),
        ("典型的なファイル名", F::Kind(K::FileName)),
        ("ファイル", F::Kind(K::FileName)),
        ("filepath", F::Kind(K::FilePath)),
        ("filelocation", F::Kind(K::FilePath)),
        ("fullpath", F::Kind(K::FilePath)),
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
        ("検出", F::Kind(K::DetectionName)),
        ("検知", F::Kind(K::DetectionName)),
        ("検出名称", F::Kind(K::DetectionName)),
        ("検知名称", F::Kind(K::DetectionName)),
        ("マルウェア検出名", F::Kind(K::DetectionName)),
        ("ウイルス検出名", F::Kind(K::DetectionName)),
        ("ウイルス名", F::Kind(K::DetectionName)),
        ("ウィルス名", F::Kind(K::DetectionName)),
        ("avdetection", F::Kind(K::DetectionName)),
        ("avdetections", F::Kind(K::DetectionName)),
        ("antivirusdetection", F::Kind(K::DetectionName)),
        ("antivirusname", F::Kind(K::DetectionName)),
        ("threatname", F::Kind(K::DetectionName)),
        ("virusname", F::Kind(K::DetectionName)),
        ("msdetection", F::Kind(K::DetectionName)),
        ("detectionsignature", F::Kind(K::DetectionName)),
        ("検体名", F::Kind(K::FileName)),
        ("検体ファイル名", F::Kind(K::FileName)),
        ("添付ファイル", F::Kind(K::FileName)),
        ("添付ファイル名", F::Kind(K::FileName)),
        ("配布名", F::Kind(K::FileName)),
        ("配布ファイル名", F::Kind(K::FileName)),
        ("実行ファイル名", F::Kind(K::FileName)),
        ("保存ファイル名", F::Kind(K::FileName)),
        ("attachment", F::Kind(K::FileName)),
        ("attachments", F::Kind(K::FileName)),
        ("attachmentname", F::Kind(K::FileName)),
        ("attachmentfilename", F::Kind(K::FileName)),
        ("claimedproduct", F::ClaimedProduct),
        ("claimedproducts", F::ClaimedProduct),
        ("偽装名", F::ClaimedProduct),
        ("偽装製品", F::ClaimedProduct),
        ("偽装製品名", F::ClaimedProduct),
        ("偽装", F::ClaimedProduct),
        ("偽装先", F::ClaimedProduct),
        ("virustotal", F::ReferenceUrl),
        ("vt", F::ReferenceUrl),
        ("vtlink", F::ReferenceUrl),
        ("virustotallink", F::ReferenceUrl),
        ("virustotalリンク", F::ReferenceUrl),
        ("reference", F::ReferenceUrl),
        ("references", F::ReferenceUrl),
        ("source", F::ReferenceUrl),
        ("sources", F::ReferenceUrl),
        ("sourceurl", F::ReferenceUrl),
        ("report", F::ReferenceUrl),
        ("advisory", F::ReferenceUrl),
        ("出典", F::ReferenceUrl),
        ("参考", F::ReferenceUrl),
        ("参考url", F::ReferenceUrl),
        ("参照url", F::ReferenceUrl),
        ("情報源", F::ReferenceUrl),
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
        // Chinese, simplified and traditional; below them Korean, Spanish, Portuguese, German, French and Russian.
        ("文件名", F::Kind(K::FileName)),
        ("文件名称", F::Kind(K::FileName)),
        ("样本名", F::Kind(K::FileName)),
        ("样本名称", F::Kind(K::FileName)),
        ("样本主题", F::Kind(K::FileName)),
        ("恶意文件名", F::Kind(K::FileName)),
        ("檔案名稱", F::Kind(K::FileName)),
        ("檔名", F::Kind(K::FileName)),
        ("文件路径", F::Kind(K::FilePath)),
        ("路径", F::Kind(K::FilePath)),
        ("檔案路徑", F::Kind(K::FilePath)),
        ("哈希", F::Hash),
        ("哈希值", F::Hash),
        ("文件哈希", F::Hash),
        ("样本哈希", F::Hash),
        ("文件hash", F::Hash),
        ("样本hash", F::Hash),
        ("雜湊值", F::Hash),
        ("域名", F::Kind(K::Domain)),
        ("恶意域名", F::Kind(K::Domain)),
        ("網域", F::Kind(K::Domain)),
        ("惡意網域", F::Kind(K::Domain)),
        ("ip地址", F::Kind(K::Ipv4)),
        ("恶意ip", F::Kind(K::Ipv4)),
        ("攻击ip", F::Kind(K::Ipv4)),
        ("ip位址", F::Kind(K::Ipv4)),
        ("恶意链接", F::Kind(K::Url)),
        ("邮箱", F::Kind(K::Email)),
        ("邮箱地址", F::Kind(K::Email)),
        ("电子邮箱", F::Kind(K::Email)),
        ("c2地址", F::C2),
        ("c2域名", F::C2),
        ("c2服务器", F::C2),
        ("c&c地址", F::C2),
        ("回连地址", F::C2),
        ("回连域名", F::C2),
        ("外联地址", F::C2),
        ("通信地址", F::C2),
        ("远控地址", F::C2),
        ("c2伺服器", F::C2),
        ("类型", F::Type),
        ("类别", F::Type),
        ("指标类型", F::Type),
        ("類型", F::Type),
        ("描述", F::Description),
        ("备注", F::Description),
        ("備註", F::Description),
        ("文件大小", F::Size),
        ("大小", F::Size),
        ("家族", F::Family),
        ("病毒家族", F::Family),
        ("威胁指标", F::Value),
        ("指标值", F::Value),
        ("互斥体", F::Kind(K::Mutex)),
        ("互斥量", F::Kind(K::Mutex)),
        ("注册表", F::Kind(K::RegistryKey)),
        ("파일명", F::Kind(K::FileName)),
        ("파일이름", F::Kind(K::FileName)),
        ("파일", F::Kind(K::FileName)),
        ("첨부파일", F::Kind(K::FileName)),
        ("첨부파일명", F::Kind(K::FileName)),
        ("파일경로", F::Kind(K::FilePath)),
        ("경로", F::Kind(K::FilePath)),
        ("해시", F::Hash),
        ("해시값", F::Hash),
        ("파일해시", F::Hash),
        ("진단명", F::Kind(K::DetectionName)),
        ("탐지명", F::Kind(K::DetectionName)),
        ("악성코드명", F::Kind(K::DetectionName)),
        ("파일크기", F::Size),
        ("크기", F::Size),
        ("도메인", F::Kind(K::Domain)),
        ("ip주소", F::Kind(K::Ipv4)),
        ("설명", F::Description),
        ("비고", F::Description),
        ("유형", F::Type),
        ("구분", F::Type),
        ("nombredearchivo", F::Kind(K::FileName)),
        ("nombredelarchivo", F::Kind(K::FileName)),
        ("archivo", F::Kind(K::FileName)),
        ("nombredofichero", F::Kind(K::FileName)),
        ("nombredelfichero", F::Kind(K::FileName)),
        ("fichero", F::Kind(K::FileName)),
        ("tamaño", F::Size),
        ("tamañodelarchivo", F::Size),
        ("detección", F::Kind(K::DetectionName)),
        ("detecciones", F::Kind(K::DetectionName)),
        ("dominio", F::Kind(K::Domain)),
        ("dominios", F::Kind(K::Domain)),
        ("direcciónip", F::Kind(K::Ipv4)),
        ("direccionesip", F::Kind(K::Ipv4)),
        ("ruta", F::Kind(K::FilePath)),
        ("descripción", F::Description),
        ("tipo", F::Type),
        ("nomedoarquivo", F::Kind(K::FileName)),
        ("nomedearquivo", F::Kind(K::FileName)),
        ("arquivo", F::Kind(K::FileName)),
        ("tamanho", F::Size),
        ("detecção", F::Kind(K::DetectionName)),
        ("domínio", F::Kind(K::Domain)),
        ("caminho", F::Kind(K::FilePath)),
        ("descrição", F::Description),
        ("dateiname", F::Kind(K::FileName)),
        ("datei", F::Kind(K::FileName)),
        ("dateigröße", F::Size),
        ("dateipfad", F::Kind(K::FilePath)),
        ("erkennungsname", F::Kind(K::DetectionName)),
        ("erkennung", F::Kind(K::DetectionName)),
        ("beschreibung", F::Description),
        ("nom", F::Kind(K::FileName)),
        ("nomdefichier", F::Kind(K::FileName)),
        ("nomdufichier", F::Kind(K::FileName)),
        ("fichier", F::Kind(K::FileName)),
        ("taille", F::Size),
        ("tailledufichier", F::Size),
        ("détection", F::Kind(K::DetectionName)),
        ("domaine", F::Kind(K::Domain)),
        ("chemin", F::Kind(K::FilePath)),
        ("имяфайла", F::Kind(K::FileName)),
        ("файл", F::Kind(K::FileName)),
        ("размер", F::Size),
        ("размерфайла", F::Size),
        ("хеш", F::Hash),
        ("хэш", F::Hash),
        ("домен", F::Kind(K::Domain)),
        ("путь", F::Kind(K::FilePath)),
        ("описание", F::Description),
        ("детект", F::Kind(K::DetectionName)),
        ("вердикт", F::Kind(K::DetectionName)),
        ("病毒名", F::Kind(K::DetectionName)),
        ("检测名称", F::Kind(K::DetectionName)),
        ("木马家族和类型", F::Kind(K::DetectionName)),
        ("木马家族", F::Kind(K::DetectionName)),
        ("检测", F::Kind(K::DetectionName)),
        ("检测名", F::Kind(K::DetectionName)),
        ("检测结果", F::Kind(K::DetectionName)),
        ("检出", F::Kind(K::DetectionName)),
        ("检出名", F::Kind(K::DetectionName)),
        ("检出名称", F::Kind(K::DetectionName)),
        ("查杀名称", F::Kind(K::DetectionName)),
        ("报毒", F::Kind(K::DetectionName)),
        ("报毒名", F::Kind(K::DetectionName)),
        ("报毒名称", F::Kind(K::DetectionName)),
        ("病毒名称", F::Kind(K::DetectionName)),
        ("威胁名称", F::Kind(K::DetectionName)),
        ("偵測名稱", F::Kind(K::DetectionName)),
        ("偵測", F::Kind(K::DetectionName)),
        ("病毒名稱", F::Kind(K::DetectionName)),
        ("威脅名稱", F::Kind(K::DetectionName)),
        ("文件", F::Kind(K::FileName)),
        ("样本文件名", F::Kind(K::FileName)),
        ("样本文件", F::Kind(K::FileName)),
        ("附件名", F::Kind(K::FileName)),
        ("附件名称", F::Kind(K::FileName)),
        ("附件", F::Kind(K::FileName)),
        ("檔案名", F::Kind(K::FileName)),
        ("文件原始名称", F::Kind(K::FileName)),
        ("原始文件名", F::Kind(K::FileName)),
        ("原文件名", F::Kind(K::FileName)),
        ("初始文件名", F::Kind(K::FileName)),
        ("元のファイル名", F::OtherName),
        ("元ファイル名", F::OtherName),
        ("오리지널파일명", F::OtherName),
        ("원본파일명", F::OtherName),
        ("参考链接", F::ReferenceUrl),
        ("来源", F::ReferenceUrl),
        ("原文链接", F::ReferenceUrl),
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
        ("hashtype", F::Type),
        ("algorithm", F::Type),
        ("hashalgorithm", F::Type),
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
        ("初観測日時", F::FirstSeen),
        ("初回観測", F::FirstSeen),
        ("初回観測日", F::FirstSeen),
        ("初回観測日時", F::FirstSeen),
        ("観測開始日", F::FirstSeen),
        ("firstseenutc", F::FirstSeen),
        ("validfrom", F::FirstSeen),
        ("validuntil", F::ValidUntil),
        ("validto", F::ValidUntil),
        ("有効期限", F::Ends),
        ("失効日", F::Ends),
        ("失効日時", F::Ends),
        ("expires", F::Ends),
        ("expiresat", F::Ends),
        ("expireson", F::Ends),
        ("expiry", F::Ends),
        ("expirydate", F::Ends),
        ("expiration", F::Ends),
        ("expirationdate", F::Ends),
        ("lastseen", F::LastSeen),
        ("lastobserved", F::LastSeen),
        ("lastseenutc", F::LastSeen),
        ("lastonline", F::LastSeen),
        ("最終観測", F::LastSeen),
        ("最終観測日", F::LastSeen),
        ("最終観測日時", F::LastSeen),
        ("parent", F::Related),
        ("drops", F::Related),
        ("loads", F::Related),
        ("sideloads", F::Related),
        ("contains", F::Related),
        ("legitimateapp", F::Legitimate),
        ("imitated", F::Legitimate),
        ("imitates", F::Legitimate),
        ("impersonated", F::Legitimate),
        ("impersonates", F::Legitimate),
        ("spoofed", F::Legitimate),
        ("spoofedbrand", F::Legitimate),
        ("brand", F::Legitimate),
        ("verdict", F::Verdict),
        ("verdicts", F::Verdict),
        ("ourverdict", F::Verdict),
        ("finalverdict", F::Verdict),
        ("judgement", F::Verdict),
        ("judgment", F::Verdict),
        ("assessment", F::Verdict),
        ("reputation", F::Verdict),
        ("disposition", F::Verdict),
        ("classification", F::Verdict),
        ("maliciousness", F::Verdict),
        ("rating", F::Verdict),
        ("conclusion", F::Verdict),
        ("判定", F::Verdict),
        ("判定結果", F::Verdict),
        ("評価", F::Verdict),
        ("分類", F::Verdict),
        ("engine", F::Version),
        ("engineversion", F::Version),
        ("package", F::Package),
        ("applicationid", F::Package),
        ("bundleid", F::Package),
        ("packages", F::Package),
        ("packagename", F::Package),
        ("パッケージ名", F::Package),
    ]
};

/// Whether the header of a table says that each row is the name of an attribute and its value: 「項目｜内容」,
/// "Attribute | Value | Confidence".
pub(crate) fn names_attributes(header: &[String]) -> bool {
    let (Some(first), Some(second)) = (header.first(), header.get(1)) else {
        return false;
    };
    let attribute = matches!(
        key(first).as_str(),
        "" | "attribute"
            | "attributes"
            | "property"
            | "properties"
            | "field"
            | "key"
            | "item"
            | "parameter"
            | "metadata"
            | "characteristic"
            | "項目"
            | "属性"
            | "項目名"
            | "プロパティ"
    );
    let value = matches!(
        key(second).as_str(),
        "" | "value"
            | "values"
            | "detail"
            | "details"
            | "description"
            | "data"
            | "content"
            | "information"
            | "内容"
            | "値"
            | "詳細"
            | "説明"
            | "データ"
            | "情報"
    );
    attribute && value
}

/// Whether a row of two cells is a label and its value, and no header: `病毒名称 | Trojan/Win32.Locky.a`.
pub(crate) fn is_label_and_value<S: AsRef<str>>(cells: &[S]) -> bool {
    let [label, value] = cells else { return false };
    let label = label.as_ref().trim();
    let value = value.as_ref().trim();
    field(label).is_some()
        && field(value).is_none()
        && !value.is_empty()
        && value.bytes().any(|b| b.is_ascii_alphanumeric())
        && (label.ends_with([':', '：'])
            || value.contains([
                '.', '/', '\\', ':', '!', '_', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
            ]))
}

/// Whether a column holds the scanners that were asked about a file.
pub(crate) fn is_scanner(title: &str) -> bool {
    matches!(
        key(title).as_str(),
        "engine"
            | "engines"
            | "vendor"
            | "scanner"
            | "antivirus"
            | "av"
            | "avvendor"
            | "avengine"
            | "antivirusengine"
            | "product"
            | "infected"
            | "エンジン"
            | "ベンダー"
            | "ベンダ"
            | "製品"
            | "엔진"
            | "백신"
            | "引擎"
            | "厂商"
    )
}

/// Whether a column holds what they said.
pub(crate) fn is_result(title: &str) -> bool {
    matches!(
        key(title).as_str(),
        "result"
            | "results"
            | "resultado"
            | "resultados"
            | "ergebnis"
            | "résultat"
            | "結果"
            | "検査結果"
            | "スキャン結果"
            | "결과"
            | "结果"
    )
}

/// Most labels that are kept with what they announce.
const KNOWN: usize = 4096;

/// What a label (`SHA 256`, `一般的なファイル名`) announces, if anything.
pub(crate) fn field(label: &str) -> Option<Field> {
    // The same line is asked about by several readers, and lists have few labels.
    thread_local! {
        static CELL: RefCell<QuickMap<Box<str>, Option<Field>>> = RefCell::default();
    }
    if label.len() > 80 {
        return None;
    }
    CELL.with_borrow_mut(|known| {
        if let Some(field) = known.get(label) {
            return *field;
        }
        let field = announced(label);
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(label.into(), field);
        field
    })
}

fn announced(label: &str) -> Option<Field> {
    let key = key(label);
    if key.is_empty() {
        return None;
    }
    static WHOLE: OnceLock<QuickMap<&str, Field>> = OnceLock::new();
    // Of two entries with one name the first holds.
    let whole = WHOLE.get_or_init(|| FIELDS.iter().rev().copied().collect());
    if let Some(field) = whole.get(key.as_str()) {
        return Some(*field);
    }
    static PARTS: OnceLock<Parts> = OnceLock::new();
    let parts = PARTS.get_or_init(|| Parts::new(FIELD_PARTS.iter().map(|(part, _)| *part)));
    let (_, field) = parts.first_in(&key).and_then(|i| FIELD_PARTS.get(i))?;
    let said = matches!(field, Field::Legitimate | Field::Value)
        || label.split_whitespace().nth(4).is_none();
    said.then_some(*field)
}

/// Headers say more than they need: "SHA-1 malware", "Filename malware", "Possible legitimate SHA-1".
/// What a key holds of these counts, in order of precedence.
const FIELD_PARTS: &[(&str, Field)] = &[
    ("legitimate", Field::Legitimate),
    ("正規", Field::Legitimate),
    ("legithost", Field::Legitimate),
    ("legitexe", Field::Legitimate),
    ("legitbinary", Field::Legitimate),
    ("legitfile", Field::Legitimate),
    ("legitprogram", Field::Legitimate),
    ("legitapp", Field::Legitimate),
    ("droppedby", Field::Related),
    ("downloadedby", Field::Related),
    ("loadedby", Field::Related),
    ("launchedby", Field::Related),
    ("executedby", Field::Related),
    ("spawnedby", Field::Related),
    ("createdby", Field::Related),
    ("writtenby", Field::Related),
    ("injectedinto", Field::Related),
    ("extractedfrom", Field::Related),
    ("droppedfrom", Field::Related),
    ("containedin", Field::Related),
    ("parentfile", Field::Related),
    ("parentsha", Field::Related),
    ("parentmd5", Field::Related),
    ("parenthash", Field::Related),
    ("droppersha", Field::Related),
    ("droppermd5", Field::Related),
    ("dropperhash", Field::Related),
    ("parentprocess", Field::Related),
    ("hostprocess", Field::Related),
    ("targetprocess", Field::Related),
    ("droppedfile", Field::Related),
    ("fileinside", Field::Related),
    ("filesinside", Field::Related),
    ("ドロップ元", Field::Related),
    ("親ファイル", Field::Related),
    ("親プロセス", Field::Related),
    ("作成元", Field::Related),
    ("実行元", Field::Related),
    ("抽出元", Field::Related),
    ("ダウンロード元ファイル", Field::Related),
    ("同梱ファイル", Field::Related),
    ("realdomain", Field::Legitimate),
    ("genuine", Field::Legitimate),
    ("impersonatedbrand", Field::Legitimate),
    ("fakedomain", Field::Value),
    ("fakesite", Field::Value),
    ("maliciousdomain", Field::Value),
    ("maliciousurl", Field::Value),
    ("maliciousip", Field::Value),
    ("phishingdomain", Field::Value),
    ("phishingurl", Field::Value),
    ("lookalike", Field::Value),
    ("偽ドメイン", Field::Value),
    ("偽のドメイン", Field::Value),
    ("偽サイト", Field::Value),
    ("偽のサイト", Field::Value),
    ("spoofed", Field::Value),
    ("typosquat", Field::Value),
    ("originalurl", Field::ReferenceUrl),
    ("primarysource", Field::ReferenceUrl),
    ("secondarysource", Field::ReferenceUrl),
    ("articleurl", Field::ReferenceUrl),
    ("sourcelink", Field::ReferenceUrl),
    ("sourcearticle", Field::ReferenceUrl),
    ("referenceurl", Field::ReferenceUrl),
    ("referencelink", Field::ReferenceUrl),
    ("newsurl", Field::ReferenceUrl),
    ("reporturl", Field::ReferenceUrl),
    ("reportlink", Field::ReferenceUrl),
    ("advisoryurl", Field::ReferenceUrl),
    ("bloglink", Field::ReferenceUrl),
    ("blogpost", Field::ReferenceUrl),
    ("writeup", Field::ReferenceUrl),
    ("記事url", Field::ReferenceUrl),
    ("元記事", Field::ReferenceUrl),
    ("参照元", Field::ReferenceUrl),
    ("出典url", Field::ReferenceUrl),
    ("一次ソース", Field::ReferenceUrl),
    ("一次情報", Field::ReferenceUrl),
    ("情報ソース", Field::ReferenceUrl),
    ("commit", Field::Version),
    ("コミット", Field::Version),
    ("修正版", Field::Version),
    ("fixedin", Field::Version),
    ("version", Field::Version),
    ("versión", Field::Version),
    ("versão", Field::Version),
    ("версия", Field::Version),
    ("バージョン", Field::Version),
    ("sha256", Field::Kind(K::Sha256)),
    ("sha512", Field::Kind(K::Sha512)),
    ("sha1", Field::Kind(K::Sha1)),
    ("md5", Field::Kind(K::Md5)),
    ("filename", Field::Kind(K::FileName)),
    ("ファイル名", Field::Kind(K::FileName)),
    ("文件名", Field::Kind(K::FileName)),
    ("detectionname", Field::Kind(K::DetectionName)),
    ("mutex", Field::Kind(K::Mutex)),
    ("ミューテックス", Field::Kind(K::Mutex)),
    ("namedpipe", Field::Kind(K::NamedPipe)),
    ("useragent", Field::Kind(K::UserAgent)),
    ("packagename", Field::Package),
];

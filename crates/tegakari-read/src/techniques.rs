//! ATT&CK techniques and tactics that a report names: by id, by name, or by a phrase of the lexicon.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;
use tegakari_knowledge::Knowledge;
use tegakari_model::{ReportCitation, TechniqueId, TechniqueMention};

/// What people call tactics and techniques outright. `(phrase, id)`; English phrases in lower case.
const PHRASES: &[(&str, &str)] = &[
    ("command and control", "TA0011"),
    ("command-and-control", "TA0011"),
    ("lateral movement", "TA0008"),
    ("privilege escalation", "TA0004"),
    ("credential access", "TA0006"),
    ("defense evasion", "TA0005"),
    ("initial access", "TA0001"),
    ("コマンドアンドコントロール", "TA0011"),
    ("コマンド・アンド・コントロール", "TA0011"),
    ("コマンド&コントロール", "TA0011"),
    ("横展開", "TA0008"),
    ("横移動", "TA0008"),
    ("ラテラルムーブメント", "TA0008"),
    ("水平移動", "TA0008"),
    ("権限昇格", "TA0004"),
    ("特権昇格", "TA0004"),
    ("認証情報アクセス", "TA0006"),
    ("防御回避", "TA0005"),
    ("初期アクセス", "TA0001"),
    ("初期侵入", "TA0001"),
    ("永続化", "TA0003"),
    ("偵察活動", "TA0043"),
    ("dllサイドローディング", "T1574.002"),
    ("dllハイジャック", "T1574.001"),
    ("dll side-loading", "T1574.002"),
    ("dll sideloading", "T1574.002"),
    ("スケジュールタスク", "T1053.005"),
    ("タスクスケジューラ", "T1053.005"),
    ("scheduled task", "T1053.005"),
    ("スピアフィッシング", "T1566"),
    ("標的型メール", "T1566.001"),
    ("標的型攻撃メール", "T1566.001"),
    ("spear-phishing", "T1566"),
    ("spearphishing", "T1566"),
    ("水飲み場", "T1189"),
    ("ドライブバイダウンロード", "T1189"),
    ("watering hole", "T1189"),
    ("drive-by compromise", "T1189"),
    ("プロセスインジェクション", "T1055"),
    ("process injection", "T1055"),
    ("プロセスハロウイング", "T1055.012"),
    ("process hollowing", "T1055.012"),
    ("キーロガー", "T1056.001"),
    ("キーロギング", "T1056.001"),
    ("keylogging", "T1056.001"),
    ("スクリーンショットを取得", "T1113"),
    ("画面キャプチャ", "T1113"),
    ("パスワードスプレー", "T1110.003"),
    ("password spraying", "T1110.003"),
    ("総当たり攻撃", "T1110"),
    ("ブルートフォース", "T1110"),
    ("brute-force", "T1110"),
    ("クレデンシャルダンプ", "T1003"),
    ("認証情報のダンプ", "T1003"),
    ("credential dumping", "T1003"),
    ("パスザハッシュ", "T1550.002"),
    ("pass the hash", "T1550.002"),
    ("pass-the-hash", "T1550.002"),
    ("kerberoasting", "T1558.003"),
    ("ウェブシェル", "T1505.003"),
    ("webシェル", "T1505.003"),
    ("web shell", "T1505.003"),
    ("webshell", "T1505.003"),
    ("サプライチェーン攻撃", "T1195"),
    ("サプライチェーン侵害", "T1195"),
    ("supply chain compromise", "T1195"),
    ("データの暗号化", "T1486"),
    ("dns トンネリング", "T1071.004"),
    ("dnsトンネリング", "T1071.004"),
    ("dns tunneling", "T1071.004"),
    ("ドメインフロンティング", "T1090.004"),
    ("domain fronting", "T1090.004"),
    ("セッションハイジャック", "T1563"),
    ("uacバイパス", "T1548.002"),
    ("uac bypass", "T1548.002"),
    ("byovd", "T1068"),
];

struct Index {
    version: String,
    automaton: Option<AhoCorasick>,
    ids: Vec<(TechniqueId, bool)>,
}

impl Index {
    fn new(knowledge: &Knowledge) -> Self {
        let mut patterns: BTreeMap<String, (TechniqueId, bool)> = BTreeMap::new();
        for (phrase, id) in PHRASES {
            if let Some(id) = TechniqueId::parse(id) {
                patterns.insert((*phrase).to_owned(), (id, true));
            }
        }
        for technique in knowledge.techniques().iter().filter(|t| t.is_live()) {
            // One-word names ("Server", "Phishing") are words of every report.
            if technique.name.split_whitespace().count() >= 2 {
                patterns
                    .entry(technique.name.to_lowercase())
                    .or_insert((technique.id.clone(), false));
            }
        }
        let (texts, ids): (Vec<String>, Vec<(TechniqueId, bool)>) = patterns.into_iter().unzip();
        Self {
            version: knowledge.version().to_owned(),
            automaton: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::LeftmostLongest)
                .build(&texts)
                .ok(),
            ids,
        }
    }

    fn of(knowledge: &Knowledge) -> Arc<Self> {
        static CELL: OnceLock<Arc<Index>> = OnceLock::new();
        let cached = CELL.get_or_init(|| Arc::new(Self::new(knowledge)));
        if cached.version == knowledge.version() && !cached.version.is_empty() {
            return Arc::clone(cached);
        }
        Arc::new(Self::new(knowledge))
    }
}

fn ids() -> Option<&'static Regex> {
    static CELL: OnceLock<Option<Regex>> = OnceLock::new();
    CELL.get_or_init(|| Regex::new(r"\b(?:TA\d{4}|T\d{4}(?:[./]\d{3})?)\b").ok())
        .as_ref()
}

/// Finds techniques block by block.
pub(crate) struct Techniques<'a> {
    knowledge: &'a Knowledge,
    index: Arc<Index>,
    found: BTreeMap<TechniqueId, TechniqueMention>,
}

impl<'a> Techniques<'a> {
    pub(crate) fn new(knowledge: &'a Knowledge) -> Self {
        Self {
            knowledge,
            index: Index::of(knowledge),
            found: BTreeMap::new(),
        }
    }

    /// Reads ids in a text (also those in links to ATT&CK).
    pub(crate) fn scan_ids(&mut self, text: &str, cite: &dyn Fn(usize, usize) -> ReportCitation) {
        if !text.bytes().any(|b| b == b'T') {
            return;
        }
        for hit in ids().into_iter().flat_map(|r| r.find_iter(text)) {
            if let Some(id) = TechniqueId::parse(hit.as_str()) {
                self.add(&id, true, || cite(hit.start(), hit.end()));
            }
        }
    }

    /// Reads names and phrases in running text.
    pub(crate) fn scan_names(&mut self, text: &str, cite: &dyn Fn(usize, usize) -> ReportCitation) {
        let index = Arc::clone(&self.index);
        let Some(automaton) = &index.automaton else {
            return;
        };
        for hit in automaton.find_iter(text) {
            let Some((id, phrase)) = index.ids.get(hit.pattern().as_usize()) else {
                continue;
            };
            let written = text.get(hit.start()..hit.end()).unwrap_or("");
            let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            let before = letter(text.get(..hit.start()).and_then(|t| t.chars().next_back()));
            let after = letter(text.get(hit.end()..).and_then(|t| t.chars().next()));
            if written.is_ascii() && (before || after) {
                continue;
            }
            // Names of techniques in prose are ordinary words ("remote services") unless capitalised.
            let capitals = written
                .split_whitespace()
                .filter(|w| w.starts_with(|c: char| c.is_ascii_uppercase()))
                .count();
            if !phrase && capitals < 2 {
                continue;
            }
            self.add(&id.clone(), !phrase, || cite(hit.start(), hit.end()));
        }
    }

    /// A technique that a structured format states.
    pub(crate) fn stated(&mut self, id: &TechniqueId, citation: ReportCitation) {
        self.add(id, true, || citation);
    }

    fn add(&mut self, id: &TechniqueId, explicit: bool, cite: impl FnOnce() -> ReportCitation) {
        let Some(resolved) = self.knowledge.resolve_technique(id) else {
            return;
        };
        let name = self
            .knowledge
            .technique(&resolved.current)
            .map(|t| t.name.clone())
            .unwrap_or_default();
        let entry = self
            .found
            .entry(resolved.current.clone())
            .or_insert_with(|| TechniqueMention {
                id: resolved.current.clone(),
                name,
                retired_id: resolved.retired.clone(),
                explicit,
                citations: Vec::new(),
            });
        entry.explicit |= explicit;
        if entry.citations.len() < 10 {
            entry.citations.push(cite());
        }
    }

    /// Everything found, in order of id.
    pub(crate) fn finish(self) -> Vec<TechniqueMention> {
        self.found.into_values().collect()
    }
}

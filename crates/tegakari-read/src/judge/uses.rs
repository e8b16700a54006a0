//! Words that say what a value was used for, and which of them a value stands by.

use tegakari_model::IndicatorRole;

pub(super) const C2_WORDS: &[&str] = &[
    "c2",
    "c&c",
    "cnc",
    "command and control",
    "command-and-control",
    "command & control",
    "control server",
    "control panel",
    "beacon",
    "callback",
    "calls back",
    "calls home",
    "phones home",
    "checks in",
    "check-in",
    "dead drop",
    "dead-drop",
    "fall-back",
    "falls back",
    "reports to",
    "talk to",
    "talked to",
    "two servers",
    "decodes",
    "talks to",
    "talking to",
    "communicates with",
    "communicate with",
    "communicating with",
    "communication with",
    "receives commands",
    "receive commands",
    "takes commands",
    "configuration holds",
    "通信先",
    "と通信",
    "通信する",
    "接続先",
    "に接続",
    "へ接続",
    "コマンドアンドコントロール",
    "コマンド&コントロール",
    "指令サーバ",
    "ビーコン",
];

pub(super) const STAGING_WORDS: &[&str] = &[
    "exfil",
    "staging",
    "staged",
    "stager",
    "to stage",
    "next stage",
    "second stage",
    "second-stage",
    "third stage",
    "further stage",
    "next-stage",
    "plug-in",
    "upload",
    "archive of",
    "stolen data",
    "stolen files",
    "data left",
    "drop zone",
    "fetch",
    "retriev",
    "次段階",
    "第二段階",
    "2段階目",
    "次のステージ",
    "ステージング",
    "窃取した",
    "持ち出し",
    "アップロード",
];

pub(super) const DELIVERY_WORDS: &[&str] = &[
    "download",
    "deliver",
    "phish",
    "lure",
    "landing page",
    "landing pages",
    "log-in page",
    "login page",
    "fake page",
    "distribut",
    "redirect",
    "attachment",
    "link in",
    "link from",
    "hosted at",
    "hosts the installer",
    "hosted the installer",
    "serves the",
    "served from",
    "sender",
    "sent from",
    "malvertis",
    "watering hole",
    "ダウンロード",
    "配布",
    "配信",
    "フィッシング",
    "偽サイト",
    "偽ログイン",
    "添付",
    "誘導",
    "転送",
    "送信元",
    "差出人",
];

pub(super) const TOOL_WORDS: &[&str] = &[
    "legitimate tool",
    "dual-use",
    "open-source tool",
    "open source tool",
    "publicly available tool",
    "hacking tool",
    "remote access tool",
    "remote management tool",
    "renamed to",
    "mimikatz",
    "adfind",
    "rclone",
    "psexec",
    "lazagne",
    "procdump",
    "sharphound",
    "bloodhound",
    "impacket",
    "advanced ip scanner",
    "netscan",
    "anydesk",
    "screenconnect",
    "rustdesk",
    "chisel",
    "ngrok",
    "正規ツール",
    "公開ツール",
    "オープンソースツール",
];

/// A word that says what a value was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cue {
    /// Byte range in the text it was read from.
    pub(crate) start: usize,
    /// See `start`.
    pub(crate) end: usize,
    /// What it says.
    pub(crate) role: IndicatorRole,
}

/// The use that the word nearest to a value names; the value may not be a file's where `network` is set,
/// and files are only ever called tools.
///
/// A word after the value belongs to it only in the same part of the sentence `text`.
pub(crate) fn nearest(
    text: &str,
    cues: &[Cue],
    (start, end): (usize, usize),
    network: bool,
) -> Option<IndicatorRole> {
    let same_part = |cue: &&Cue| {
        let gap = text.get(end..cue.start).unwrap_or("");
        cue.start < end || !(gap.contains([',', ';', '、', '，']) || gap.contains(" and "))
    };
    cues.iter()
        .filter(same_part)
        .filter(|cue| (cue.role == IndicatorRole::Tool) != network)
        // Parts of the value itself (`c2.example`, `/download/`) say nothing.
        .filter(|cue| cue.end <= start || cue.start >= end)
        .min_by_key(|cue| {
            if cue.end <= start {
                start - cue.end
            } else {
                cue.start - end
            }
        })
        .map(|cue| cue.role)
}

#[cfg(test)]
mod tests {
    use super::nearest;
    use crate::judge::Said;
    use tegakari_model::IndicatorRole as R;

    #[test]
    fn a_value_has_the_use_that_stands_by_it() {
        for (text, value, want) in [
            (
                "it downloads a.zip from dl.example, talks to gate.example",
                "dl.example",
                Some(R::Delivery),
            ),
            (
                "it downloads a.zip from dl.example and talks to gate.example",
                "gate.example",
                Some(R::C2),
            ),
            ("c2.example was registered in May", "c2.example", None),
            ("gate.exampleと通信します", "gate.example", Some(R::C2)),
            (
                "archives were exfiltrated to up.example",
                "up.example",
                Some(R::Staging),
            ),
        ] {
            let mut cues = Vec::new();
            Said::read(text, |cue| cues.push(cue));
            let at = text.find(value).unwrap();
            assert_eq!(
                nearest(text, &cues, (at, at + value.len()), true),
                want,
                "{text}"
            );
        }
    }
}

//! Which of ATT&CK's matrices a document is about. One name stands for techniques of several matrices
//! ("Process Injection"), and a report on Windows malware does not tell of Android.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use crate::content::{BlockKind, Content};
use crate::text::Clean;

/// Words, and for which matrix they speak: 0 enterprise, 1 ICS, 2 mobile.
const CUES: &[(&str, usize)] = &[
    ("windows", 0),
    ("linux", 0),
    ("macos", 0),
    ("powershell", 0),
    ("active directory", 0),
    ("registry", 0),
    (".exe", 0),
    (".dll", 0),
    ("レジストリ", 0),
    ("scada", 1),
    ("plc", 1),
    ("programmable logic", 1),
    ("modbus", 1),
    ("operational technology", 1),
    ("industrial control", 1),
    ("substation", 1),
    ("制御システム", 1),
    ("産業用制御", 1),
    ("android", 2),
    ("iphone", 2),
    ("ios device", 2),
    (".apk", 2),
    (" apk ", 2),
    ("google play", 2),
    ("sms message", 2),
    ("accessibility service", 2),
    ("アンドロイド", 2),
    ("スマートフォン", 2),
];

/// Which matrices' names and behaviour a document may tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Matrix {
    /// Computers and clouds.
    #[default]
    Enterprise,
    /// Plants, and the computers that lead to them.
    Industrial,
    /// Phones.
    Mobile,
}

impl Matrix {
    /// Counts words. A document must speak of plants or phones often, and of phones more often than of
    /// anything else.
    pub(super) fn of(content: &Content, cleans: &[Clean<'_>]) -> Self {
        static CELL: OnceLock<Option<AhoCorasick>> = OnceLock::new();
        let Some(automaton) = CELL
            .get_or_init(|| {
                AhoCorasick::builder()
                    .ascii_case_insensitive(true)
                    .build(CUES.iter().map(|(word, _)| word))
                    .ok()
            })
            .as_ref()
        else {
            return Self::Enterprise;
        };
        let mut counts = [0_usize; 3];
        let prose = content
            .blocks
            .iter()
            .zip(cleans)
            .filter(|(b, _)| !b.aside && !matches!(b.kind, BlockKind::Code | BlockKind::Row));
        for (_, clean) in prose.take(4000) {
            for hit in automaton.find_iter(&*clean.text) {
                if let Some((word, matrix)) = CUES.get(hit.pattern().as_usize())
                    && let Some(count) = counts.get_mut(*matrix)
                {
                    let next = clean.text.as_bytes().get(hit.end());
                    let whole = word.len() > 4 || !next.is_some_and(u8::is_ascii_alphanumeric);
                    *count += usize::from(whole);
                }
            }
        }
        let [enterprise, industrial, mobile] = counts;
        if mobile >= 3 && mobile > 2 * enterprise {
            Self::Mobile
        } else if industrial >= 4 && 2 * industrial > enterprise {
            Self::Industrial
        } else {
            Self::Enterprise
        }
    }

    /// Whether techniques of a matrix may be told of; matrices by number as in [`CUES`].
    pub(super) fn allows(self, domain: u8) -> bool {
        match self {
            Self::Enterprise => domain == 0,
            Self::Industrial => domain < 2,
            Self::Mobile => domain == 2,
        }
    }

    /// Which of several techniques of one name is meant: the lowest is best.
    pub(super) fn rank(self, domain: &str) -> usize {
        match (self, domain) {
            (Self::Enterprise, "enterprise")
            | (Self::Industrial, "ics")
            | (Self::Mobile, "mobile") => 0,
            (Self::Industrial, "enterprise") => 1,
            _ => 9,
        }
    }
}

//! What a mention means: every piece of evidence has a weight, the sum decides, and the weightiest
//! pieces are kept as reasons a person can read. There is no hidden model.
//!
//! Weights are log-odds of "is an indicator". They are set by hand; `WEIGHTS` is the whole table, so
//! that fitting them changes numbers and nothing else.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use tegakari_model::{
    Disposition, IndicatorRole, Objection, ObjectionKind, Observable, ObservableKind as K,
};

use crate::lexicon::{Field, SectionKind};
use crate::scan::{Candidate, Origin};

/// Where a value stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place<'a> {
    pub(crate) defanged: bool,
    pub(crate) origin: Option<Origin>,
    pub(crate) section: Option<(SectionKind, &'a str)>,
    pub(crate) field: Option<Field>,
    pub(crate) link_only: bool,
    pub(crate) linked: bool,
    pub(crate) aside: bool,
    pub(crate) code: bool,
    /// What the sentence around it says.
    pub(crate) said: Said,
    /// A few words to either side, lower case.
    pub(crate) near: &'a str,
    pub(crate) in_record: bool,
    /// It stands in a sentence, not on a line of its own.
    pub(crate) prose: bool,
}

/// What is known about the whole document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Setting {
    /// Most of it is values.
    pub(crate) is_list: bool,
    /// It defangs network values somewhere.
    pub(crate) defangs: bool,
    /// Registrable names of the publisher's hosts.
    pub(crate) own_hosts: Vec<String>,
}

/// Evidence for or against, with its reason.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub(crate) weight: f32,
    pub(crate) reason: Cow<'static, str>,
    /// What it makes of the value when it speaks against an indicator.
    pub(crate) otherwise: Option<Disposition>,
}

/// Names of the evidence that depends on the place; see [`weight`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Defanged,
    IndicatorSection,
    CommandSection,
    AllowedSection,
    ReferenceSection,
    AboutSection,
    NewsSection,
    MitigationSection,
    VictimSection,
    ValueColumn,
    CommandLabel,
    LegitimateColumn,
    ReferenceLabel,
    LinkTarget,
    Linked,
    Aside,
    UrlPart,
    Record,
    List,
    NotDefanged,
    OwnHost,
    ReferenceHost,
    SystemProgram,
    Code,
    StrongVerb,
    Verb,
    ReferenceWord,
    VictimWord,
    LeftAloneWord,
}

const WEIGHTS: &[(Sign, f32)] = &[
    (Sign::Defanged, 3.0),
    (Sign::IndicatorSection, 2.5),
    (Sign::CommandSection, 3.0),
    (Sign::AllowedSection, -5.0),
    (Sign::ReferenceSection, -3.0),
    (Sign::AboutSection, -3.0),
    (Sign::NewsSection, -1.5),
    (Sign::MitigationSection, -1.5),
    (Sign::VictimSection, -1.5),
    (Sign::ValueColumn, 2.0),
    (Sign::CommandLabel, 3.0),
    (Sign::LegitimateColumn, -7.0),
    (Sign::ReferenceLabel, -6.0),
    (Sign::LinkTarget, -3.5),
    (Sign::Linked, -1.0),
    (Sign::Aside, -6.0),
    (Sign::UrlPart, -5.0),
    (Sign::Record, 2.0),
    (Sign::List, 2.5),
    (Sign::NotDefanged, -1.0),
    (Sign::OwnHost, -5.0),
    (Sign::ReferenceHost, -3.5),
    (Sign::SystemProgram, -2.5),
    (Sign::Code, -1.0),
    (Sign::StrongVerb, 2.2),
    (Sign::Verb, 1.2),
    (Sign::ReferenceWord, -1.0),
    (Sign::VictimWord, -2.0),
    (Sign::LeftAloneWord, -2.5),
];

fn weight(sign: Sign) -> f32 {
    WEIGHTS
        .iter()
        .find(|(s, _)| *s == sign)
        .map_or(0.0, |(_, w)| *w)
}

/// Reasons kept for one value.
const REASONS: usize = 5;

/// From which sum on a value is an indicator.
pub(crate) const THRESHOLD: f32 = 0.5;

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
const VICTIM_WORDS: &[&str] = &[
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
    strong: Option<&'static str>,
    plain: Option<&'static str>,
    reference: Option<&'static str>,
    left_alone: Option<&'static str>,
    c2: bool,
    staging: bool,
    delivery: bool,
    tool: bool,
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

/// Hosts on which people publish and read: a link there is for reading on unless it is defanged.
const REFERENCE_HOSTS: &[&str] = &[
    "virustotal.com",
    "attack.mitre.org",
    "mitre.org",
    "nvd.nist.gov",
    "nist.gov",
    "cisa.gov",
    "twitter.com",
    "x.com",
    "linkedin.com",
    "facebook.com",
    "youtube.com",
    "wikipedia.org",
    "github.com",
    "gist.github.com",
    "medium.com",
    "microsoft.com",
    "learn.microsoft.com",
    "msrc.microsoft.com",
    "apple.com",
    "google.com",
    "blog.google",
    "cloud.google.com",
    "bleepingcomputer.com",
    "thehackernews.com",
    "krebsonsecurity.com",
    "darkreading.com",
    "securityweek.com",
    "theregister.com",
    "zdnet.com",
    "therecord.media",
    "wired.com",
    "arstechnica.com",
    "reuters.com",
    "bbc.com",
    "bbc.co.uk",
    "nytimes.com",
    "cyberscoop.com",
    "helpnetsecurity.com",
    "talosintelligence.com",
    "cisco.com",
    "snort.org",
    "clamav.net",
    "any.run",
    "app.any.run",
    "hybrid-analysis.com",
    "tria.ge",
    "bazaar.abuse.ch",
    "abuse.ch",
    "urlscan.io",
    "shodan.io",
    "censys.io",
    "securelist.com",
    "kaspersky.com",
    "welivesecurity.com",
    "eset.com",
    "mandiant.com",
    "fireeye.com",
    "crowdstrike.com",
    "unit42.paloaltonetworks.com",
    "paloaltonetworks.com",
    "trendmicro.com",
    "symantec.com",
    "broadcom.com",
    "proofpoint.com",
    "sentinelone.com",
    "volexity.com",
    "recordedfuture.com",
    "group-ib.com",
    "checkpoint.com",
    "sophos.com",
    "mcafee.com",
    "jpcert.or.jp",
    "ipa.go.jp",
    "jvn.jp",
    "nisc.go.jp",
    "npa.go.jp",
    "redhat.com",
    "ubuntu.com",
    "debian.org",
    "suse.com",
    "oracle.com",
    "adobe.com",
    "first.org",
    "us-cert.gov",
    "cert.pl",
    "cert.gov.ua",
    "cert.ssi.gouv.fr",
    "ncsc.gov.uk",
    "zerodayinitiative.com",
    "exploit-db.com",
    "cve.org",
    "cve.mitre.org",
    "bitdefender.com",
    "zscaler.com",
    "fortinet.com",
    "elastic.co",
    "secureworks.com",
    "malpedia.caad.fkie.fraunhofer.de",
    "otx.alienvault.com",
    "domaintools.com",
    "w3.org",
    "schema.org",
    "iana.org",
    "ietf.org",
    "rfc-editor.org",
    "python.org",
    "npmjs.com",
    "pypi.org",
    "wikileaks.org",
    "archive.org",
    "doi.org",
    "huntress.com",
    "rapid7.com",
    "itmedia.co.jp",
    "nikkei.com",
    "piyolog.hatenadiary.jp",
];

/// Programs that every machine has. Their names alone say nothing.
const SYSTEM_PROGRAMS: &[&str] = &[
    "cmd.exe",
    "powershell.exe",
    "pwsh.exe",
    "explorer.exe",
    "svchost.exe",
    "rundll32.exe",
    "regsvr32.exe",
    "mshta.exe",
    "wscript.exe",
    "cscript.exe",
    "wmic.exe",
    "net.exe",
    "net1.exe",
    "sc.exe",
    "reg.exe",
    "schtasks.exe",
    "tasklist.exe",
    "taskkill.exe",
    "certutil.exe",
    "bitsadmin.exe",
    "lsass.exe",
    "winlogon.exe",
    "services.exe",
    "csrss.exe",
    "smss.exe",
    "wininit.exe",
    "spoolsv.exe",
    "dllhost.exe",
    "conhost.exe",
    "msiexec.exe",
    "notepad.exe",
    "winword.exe",
    "excel.exe",
    "powerpnt.exe",
    "outlook.exe",
    "chrome.exe",
    "firefox.exe",
    "msedge.exe",
    "iexplore.exe",
    "w3wp.exe",
    "whoami.exe",
    "ipconfig.exe",
    "nltest.exe",
    "systeminfo.exe",
    "ntdll.dll",
    "kernel32.dll",
    "user32.dll",
    "advapi32.dll",
    "ntuser.dat",
    "desktop.ini",
    "boot.ini",
    "autorun.inf",
    "thumbs.db",
    "node.exe",
    "python.exe",
    "java.exe",
    "wordpad.exe",
    "msbuild.exe",
    "installutil.exe",
    "regasm.exe",
    "vssadmin.exe",
    "wbadmin.exe",
    "bcdedit.exe",
    "wevtutil.exe",
    "fsutil.exe",
    "attrib.exe",
    "icacls.exe",
    "ping.exe",
    "nslookup.exe",
    "curl.exe",
    "ssh.exe",
    "tar.exe",
    "ntds.dit",
    "web.config",
    "index.html",
    "index.php",
    "readme.md",
    "readme.txt",
    "robots.txt",
    "package.json",
];

/// The evidence at one place, that of the kind first.
pub(crate) fn weigh(
    observable: &Observable,
    place: &Place<'_>,
    setting: &Setting,
) -> Vec<Evidence> {
    let mut out = Vec::with_capacity(8);
    out.push(base(observable, place.origin));
    let mut push = |sign: Sign, reason: Cow<'static, str>, otherwise: Option<Disposition>| {
        out.push(Evidence {
            weight: weight(sign),
            reason,
            otherwise,
        });
    };
    let kind = observable.kind();
    if place.defanged && kind.is_network() {
        push(Sign::Defanged, "defanged".into(), None);
    }
    if place.origin == Some(Origin::UrlPart) {
        push(
            Sign::UrlPart,
            "only part of a link or path".into(),
            Some(Disposition::Benign),
        );
    }
    // A link's target gains nothing from standing in a list of indicators, unless it is defanged.
    let only_link = place.link_only && !place.defanged;
    if let Some((section, title)) = place.section.filter(|(kind, _)| {
        !only_link
            || !matches!(
                kind,
                SectionKind::Indicators
                    | SectionKind::CommandAndControl
                    | SectionKind::Delivery
                    | SectionKind::Detections
            )
    }) {
        let under: Cow<'static, str> = format!("under \"{title}\"").into();
        match section {
            SectionKind::Indicators | SectionKind::Detections => {
                push(Sign::IndicatorSection, under, None)
            }
            SectionKind::CommandAndControl | SectionKind::Delivery => {
                push(Sign::CommandSection, under, None)
            }
            SectionKind::Allowed => push(Sign::AllowedSection, under, Some(Disposition::Benign)),
            SectionKind::References => {
                push(Sign::ReferenceSection, under, Some(Disposition::Reference))
            }
            SectionKind::About => push(Sign::AboutSection, under, Some(Disposition::Reference)),
            SectionKind::News => push(Sign::NewsSection, under, Some(Disposition::Reference)),
            SectionKind::Mitigation => push(Sign::MitigationSection, under, None),
            SectionKind::Victims => push(Sign::VictimSection, under, Some(Disposition::Victim)),
        }
    }
    match place.field {
        Some(Field::C2) => push(Sign::CommandLabel, "labelled as C2".into(), None),
        Some(Field::Legitimate) => push(
            Sign::LegitimateColumn,
            "in a column of legitimate files".into(),
            Some(Disposition::Benign),
        ),
        Some(Field::ReferenceUrl) if matches!(kind, K::Url | K::Domain) => push(
            Sign::ReferenceLabel,
            "labelled as a link to an analysis".into(),
            Some(Disposition::Reference),
        ),
        Some(Field::Value | Field::Hash | Field::Kind(_)) => {
            push(Sign::ValueColumn, "labelled as such a value".into(), None)
        }
        _ => {}
    }
    if place.link_only {
        push(
            Sign::LinkTarget,
            "only the target of a link".into(),
            Some(Disposition::Reference),
        );
    } else if place.linked {
        push(
            Sign::Linked,
            "clickable".into(),
            Some(Disposition::Reference),
        );
    }
    if place.aside {
        push(
            Sign::Aside,
            "in a footer or a description of something else".into(),
            Some(Disposition::Reference),
        );
    }
    if place.in_record {
        push(Sign::Record, "part of a file record".into(), None);
    }
    if setting.is_list && !only_link && !place.prose {
        push(
            Sign::List,
            "the document is a list of indicators".into(),
            None,
        );
    } else if setting.defangs && kind.is_network() && !place.defanged && !in_indicators(place) {
        push(
            Sign::NotDefanged,
            "not defanged, though the report defangs others".into(),
            None,
        );
    }
    if let Some(host) = host_of(observable) {
        if setting.own_hosts.iter().any(|own| is_below(host, own)) {
            push(
                Sign::OwnHost,
                "the publisher's own host".into(),
                Some(if kind == K::Email {
                    Disposition::Research
                } else {
                    Disposition::Reference
                }),
            );
        } else if !place.defanged && is_reference_host(host) {
            push(
                Sign::ReferenceHost,
                "a host where people publish".into(),
                Some(Disposition::Reference),
            );
        }
    }
    if kind == K::FileName
        && SYSTEM_PROGRAMS.contains(&observable.value().to_ascii_lowercase().as_str())
    {
        push(
            Sign::SystemProgram,
            "a file that every system has".into(),
            Some(Disposition::Benign),
        );
    }
    if place.code
        && !in_indicators(place)
        && matches!(
            kind,
            K::Url | K::Domain | K::FileName | K::Ipv4 | K::FilePath
        )
    {
        push(Sign::Code, "in program code".into(), None);
    }
    let said = &place.said;
    if kind != K::Cve && !place.link_only {
        if let Some(word) = said.strong {
            push(
                Sign::StrongVerb,
                format!("the sentence says \"{}\"", word.trim()).into(),
                None,
            );
        } else if let Some(word) = said.plain {
            push(
                Sign::Verb,
                format!("the sentence says \"{}\"", word.trim()).into(),
                None,
            );
        }
        if kind.is_network()
            && let Some(word) = said.reference
        {
            push(
                Sign::ReferenceWord,
                format!("the sentence says \"{}\"", word.trim()).into(),
                Some(Disposition::Reference),
            );
        }
        if !place.defanged
            && kind.is_network()
            && let Some(word) = VICTIM_WORDS.iter().find(|w| place.near.contains(**w))
        {
            push(
                Sign::VictimWord,
                format!("the sentence says \"{}\"", word.trim()).into(),
                Some(Disposition::Victim),
            );
        }
        if kind == K::FileName
            && let Some(word) = said.left_alone
        {
            push(
                Sign::LeftAloneWord,
                format!("the sentence says \"{}\"", word.trim()).into(),
                Some(Disposition::Benign),
            );
        }
    }
    out
}

fn in_indicators(place: &Place<'_>) -> bool {
    matches!(
        place.section,
        Some((
            SectionKind::Indicators
                | SectionKind::CommandAndControl
                | SectionKind::Delivery
                | SectionKind::Detections,
            _
        ))
    ) || matches!(place.field, Some(Field::Value | Field::C2))
}

/// What the kind of a value says by itself.
fn base(observable: &Observable, origin: Option<Origin>) -> Evidence {
    let weak = origin == Some(Origin::WeakForm);
    let (weight, reason) = match observable.kind() {
        K::Md5 | K::Sha1 | K::Sha256 | K::Sha512 => (2.0, "the hash of a file"),
        K::Imphash | K::Ssdeep | K::Ja3 => (2.0, "a fingerprint"),
        K::Cve => (3.0, "a vulnerability the report is about"),
        K::Mutex | K::NamedPipe | K::ServiceName | K::UserAgent | K::CommandLine => {
            (1.0, "a trace on a machine")
        }
        K::DetectionName => (1.5, "the name of a detection"),
        K::Wallet => (1.5, "a wallet in a threat report"),
        K::RegistryKey | K::FilePath => (0.6, "a trace on a machine"),
        K::FileName => (-0.4, "a file name alone"),
        K::Ipv4 | K::Ipv6 | K::Cidr => (0.2, "an address"),
        K::Domain if weak => (-1.2, "a name in running text"),
        K::Domain => (-0.2, "a domain"),
        K::Url if host_of(observable).is_some_and(|h| h.parse::<std::net::IpAddr>().is_ok()) => {
            (1.0, "a URL with an address as its host")
        }
        K::Url => (-1.0, "a URL"),
        K::Email => (-1.5, "a mail address"),
        K::Asn | K::Mac => (-1.5, "a number that many share"),
    };
    Evidence {
        weight,
        reason: reason.into(),
        otherwise: None,
    }
}

/// What the warning lists say. Nothing is dropped: the list is named and the value demoted.
pub(crate) fn warned(observable: &Observable, objections: &[Objection]) -> Vec<Evidence> {
    let deep = observable.kind() == K::Url
        && observable
            .value()
            .split_once("://")
            .is_some_and(|(_, r)| r.split_once('/').is_some_and(|(_, path)| !path.is_empty()));
    let host = host_of(observable);
    objections
        .iter()
        .filter_map(|o| {
            // A popular service whose customers have names below it says little about one of them.
            let entry = o.matched.trim_start_matches(['*', '.']);
            let tenant = host.is_some_and(|h| h != entry && is_below(h, entry))
                && psl::suffix(entry.as_bytes()).is_some_and(|s| s.as_bytes().len() == entry.len());
            let weight = match o.kind {
                ObjectionKind::SpecialPurpose | ObjectionKind::Documentation => -6.0,
                ObjectionKind::PublicResolver => -4.5,
                ObjectionKind::CommonFile => -7.0,
                ObjectionKind::PublicSuffix => -2.5,
                ObjectionKind::Popular | ObjectionKind::WarningList if deep || tenant => -0.4,
                ObjectionKind::Popular => -2.5,
                ObjectionKind::WarningList => -2.0,
                ObjectionKind::SharedHosting | ObjectionKind::TooWide => -0.5,
                ObjectionKind::OwnAsset | ObjectionKind::NotBlockable => return None,
            };
            Some(Evidence {
                weight,
                reason: format!("on \"{}\" ({})", o.source, o.matched).into(),
                otherwise: (weight <= -2.0).then_some(Disposition::Benign),
            })
        })
        .collect()
}

/// The verdict on all evidence about one value.
pub(crate) fn decide(evidence: Vec<Evidence>) -> (Disposition, f32, Vec<String>) {
    let sum: f32 = evidence.iter().map(|e| e.weight).sum();
    let is_ioc = sum >= THRESHOLD;
    let disposition = if is_ioc {
        Disposition::Ioc
    } else {
        evidence
            .iter()
            .filter(|e| e.otherwise.is_some())
            .min_by(|a, b| a.weight.total_cmp(&b.weight))
            .and_then(|e| e.otherwise)
            .unwrap_or(Disposition::Unsure)
    };
    // The side that won speaks first, then the other, each by weight; the kind alone is no news.
    let mut order = evidence;
    order.retain(|e| e.weight != 0.0);
    order.sort_by(|a, b| {
        let side = |e: &Evidence| (e.weight > 0.0) != is_ioc;
        side(a)
            .cmp(&side(b))
            .then(b.weight.abs().total_cmp(&a.weight.abs()))
            .then(a.reason.cmp(&b.reason))
    });
    let mut reasons: Vec<String> = Vec::with_capacity(order.len().min(REASONS));
    for one in order {
        if reasons.len() == REASONS {
            break;
        }
        if !reasons.iter().any(|known| *known == one.reason) {
            reasons.push(one.reason.into_owned());
        }
    }
    (disposition, sum, reasons)
}

/// What an indicator was used for, by its section, label and sentence.
pub(crate) fn role(observable: &Observable, place: &Place<'_>) -> IndicatorRole {
    let kind = observable.kind();
    let said = &place.said;
    if kind.is_network() {
        if place.field == Some(Field::C2)
            || matches!(place.section, Some((SectionKind::CommandAndControl, _)))
            || said.c2
        {
            return IndicatorRole::C2;
        }
        if said.staging {
            return IndicatorRole::Staging;
        }
        if matches!(place.section, Some((SectionKind::Delivery, _))) || said.delivery {
            return IndicatorRole::Delivery;
        }
        return IndicatorRole::Unknown;
    }
    let file = kind.is_file_hash()
        || matches!(
            kind,
            K::FileName | K::DetectionName | K::Imphash | K::Ssdeep
        );
    match (file, said.tool) {
        (true, true) => IndicatorRole::Tool,
        (true, false) => IndicatorRole::Malware,
        _ => IndicatorRole::Unknown,
    }
}

/// The host of a domain, URL or mail address.
pub(crate) fn host_of(observable: &Observable) -> Option<&str> {
    let value = observable.value();
    match observable.kind() {
        K::Domain => Some(value),
        K::Email => value.rsplit_once('@').map(|(_, host)| host),
        K::Url => {
            let rest = value.split_once("://")?.1;
            let host = rest.split(['/', '?', '#']).next()?;
            Some(match host.strip_prefix('[') {
                Some(v6) => v6.split(']').next()?,
                None => host.split(':').next()?,
            })
        }
        _ => None,
    }
}

/// Whether a host, or one it is below, is where people publish.
fn is_reference_host(host: &str) -> bool {
    static CELL: OnceLock<HashSet<&str>> = OnceLock::new();
    let known = CELL.get_or_init(|| REFERENCE_HOSTS.iter().copied().collect());
    let below = host.match_indices('.').map(|(dot, _)| dot + 1);
    std::iter::once(0)
        .chain(below)
        .any(|at| host.get(at..).is_some_and(|name| known.contains(name)))
}

/// Whether it matters for a value what stands near it.
pub(crate) fn hears_what_is_near(candidate: &Candidate) -> bool {
    !candidate.defanged && candidate.observable.kind().is_network()
}

/// Whether `host` is `name` or below it.
pub(crate) fn is_below(host: &str, name: &str) -> bool {
    host.strip_suffix(name)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

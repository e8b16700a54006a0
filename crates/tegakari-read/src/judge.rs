//! What a mention means: every piece of evidence has a weight, the sum decides, and the weightiest
//! pieces are kept as reasons a person can read. There is no hidden model.
//!
//! Weights are log-odds of "is an indicator"; `weights` is the whole table, so that fitting them changes
//! numbers and nothing else.

use std::borrow::Cow;
use std::collections::BTreeSet;

use tegakari_model::{
    Disposition, IndicatorRole, Objection, ObjectionKind, Observable, ObservableKind as K,
    public_suffix,
};

use crate::lexicon::{Field, SectionKind, Verdict};
use crate::scan::{Candidate, Origin};
use crate::text::after_scheme;

pub(crate) mod hosts;
mod mail;
mod programs;
mod role;
mod uses;
mod weights;
mod words;

use hosts::{is_analysis_host, is_reference_host};
pub(crate) use hosts::{is_everybodys, looks_up};
pub(crate) use programs::is_system_program;
pub(crate) use role::role;
pub(crate) use uses::{Cue, nearest};
pub(crate) use weights::{Sign, WEIGHTS};
pub(crate) use words::{Near, Said, called_legitimate};

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
    /// What the few words to either side say.
    pub(crate) near: Near,
    /// The use that the words nearest to it name.
    pub(crate) used: Option<IndicatorRole>,
    pub(crate) in_record: bool,
    /// It stands in a sentence, not on a line of its own.
    pub(crate) prose: bool,
    /// What the sentence says that announces the list it stands in.
    pub(crate) intro: Said,
    /// What the sentence says of all of it that follows the list it stands in.
    pub(crate) outro: Said,
    /// An address stands on the same short line.
    pub(crate) beside_address: bool,
    /// A port stands behind it.
    pub(crate) port: bool,
    /// The head of an incident report names it as the machine that was attacked.
    pub(crate) own_machine: bool,
    /// What the author says it is, in its row or before its line.
    pub(crate) verdict: Option<Verdict>,
}

/// What is known about the whole document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Setting {
    /// Most of it is values.
    pub(crate) is_list: bool,
    /// It defangs network values somewhere.
    pub(crate) defangs: bool,
    /// It has network values in its text and defangs none of them.
    pub(crate) never_defangs: bool,
    /// Registrable names of the publisher's hosts.
    pub(crate) own_hosts: Vec<String>,
    /// Hosts that it defangs somewhere, but for those that everybody uses.
    pub(crate) defanged_hosts: BTreeSet<String>,
    /// It is a digest: nearly all of it that could be an indicator are links to articles.
    pub(crate) digest: bool,
}

/// Evidence for or against, with its reason.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub(crate) sign: Sign,
    pub(crate) weight: f32,
    pub(crate) reason: Cow<'static, str>,
    /// What it makes of the value when it speaks against an indicator.
    pub(crate) otherwise: Option<Disposition>,
}

impl Evidence {
    /// Evidence with the weight of its sign.
    pub(crate) fn new(
        sign: Sign,
        reason: impl Into<Cow<'static, str>>,
        otherwise: Option<Disposition>,
    ) -> Self {
        Self {
            sign,
            weight: sign.weight(),
            reason: reason.into(),
            otherwise,
        }
    }
}

/// Reasons kept for one value.
const REASONS: usize = 5;

/// From which sum on a value is an indicator.
pub(crate) const THRESHOLD: f32 = 0.5;

/// The evidence at one place, that of the kind first.
pub(crate) fn weigh(
    observable: &Observable,
    place: &Place<'_>,
    setting: &Setting,
) -> Vec<Evidence> {
    let mut out = Vec::with_capacity(8);
    out.push(base(observable, place.origin));
    let mut push = |sign: Sign, reason: Cow<'static, str>, otherwise: Option<Disposition>| {
        out.push(Evidence::new(sign, reason, otherwise));
    };
    let kind = observable.kind();
    if place.defanged && kind.is_network() {
        push(Sign::Defanged, "defanged".into(), None);
    } else if is_hidden_service(observable) {
        // Reports rarely defang them: nobody comes there by mistake.
        push(Sign::Defanged, "a hidden service".into(), None);
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
    // In a table that tells fakes from real ones the title says nothing of the fakes.
    let fake = place.field == Some(Field::Value);
    if let Some((section, title)) = place.section.filter(|(kind, _)| {
        let listed = matches!(
            kind,
            SectionKind::Indicators
                | SectionKind::CommandAndControl
                | SectionKind::Delivery
                | SectionKind::Detections
        );
        let says_nothing = fake && *kind == SectionKind::Victims || only_link && listed;
        !says_nothing
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
        Some(Field::Version) if kind.is_file_hash() => push(
            Sign::LegitimateColumn,
            "the id of a version".into(),
            Some(Disposition::Benign),
        ),
        Some(Field::Value | Field::Hash | Field::Kind(_)) => {
            push(Sign::ValueColumn, "labelled as such a value".into(), None)
        }
        _ => {}
    }
    // The machine that was attacked stands in the same row.
    let inside = observable
        .value()
        .parse::<std::net::Ipv4Addr>()
        .is_ok_and(|a| a.is_private());
    match place.verdict {
        Some(Verdict::Malicious) if !inside => push(
            Sign::VerdictMalicious,
            "its row calls it malicious".into(),
            None,
        ),
        Some(Verdict::Clean) => push(
            Sign::VerdictClean,
            crate::withdrawn::ROW_CLEAN.into(),
            Some(Disposition::Benign),
        ),
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
    } else if kind == K::Url
        && !place.defanged
        && !place.link_only
        && host_of(observable).is_some_and(|host| setting.defanged_hosts.contains(host))
    {
        push(
            Sign::HostDefanged,
            "the report defangs its host elsewhere".into(),
            None,
        );
    } else if setting.defangs
        && kind.is_network()
        && !place.defanged
        && !place.code
        && !in_indicators(place)
        && !is_hidden_service(observable)
    {
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
        } else if kind == K::Url && is_analysis_host(host) {
            push(
                Sign::AnalysisHost,
                "a host where values are looked up".into(),
                Some(Disposition::Reference),
            );
        } else if !place.defanged
            && is_reference_host(host)
            && !hosts::is_abused_page(observable.value())
            && !serves_a_payload(observable, place)
        {
            push(
                Sign::ReferenceHost,
                "a host where people publish".into(),
                Some(Disposition::Reference),
            );
        }
    }
    if kind == K::Url && !place.defanged && hosts::reads_like_an_article(observable.value()) {
        push(
            Sign::ArticlePath,
            "its path reads like that of an article".into(),
            Some(Disposition::Reference),
        );
    }
    if setting.digest
        && kind == K::Url
        && !place.defanged
        && !in_indicators(place)
        && !serves_a_payload(observable, place)
    {
        push(
            Sign::NewsSection,
            "in a digest, among links to articles".into(),
            Some(Disposition::Reference),
        );
    }
    if place.beside_address && !place.prose && place.origin == Some(Origin::WeakForm) {
        push(Sign::Topic, "beside an address on its line".into(), None);
    }
    if place.port && !place.link_only {
        push(Sign::Verb, "named with a port".into(), None);
    }
    if kind == K::Domain && hosts::is_shortener(observable.value()) {
        push(
            Sign::Shortener,
            "a service that shortens anybody's links".into(),
            Some(Disposition::Benign),
        );
    }
    if kind == K::Url && hosts::ends_like_a_payload(observable.value()) {
        push(
            Sign::PayloadPath,
            "its path ends like that of a program".into(),
            None,
        );
    }
    if host_of(observable).is_some_and(hosts::is_lookup_service)
        || kind == K::Url && hosts::tests_the_network(observable.value())
    {
        push(
            Sign::ConnectivityWord,
            "a service that tells addresses or whether there is a network".into(),
            Some(Disposition::Benign),
        );
    }
    if let Some(host) = host_of(observable).filter(|_| !place.defanged) {
        if hosts::is_resolver(host, observable.value()) {
            push(
                Sign::PublicResolver,
                "a public resolver".into(),
                Some(Disposition::Benign),
            );
        } else if hosts::is_public_interface(host) {
            push(
                Sign::ConnectivityWord,
                "a service that programs of all kinds call".into(),
                Some(Disposition::Benign),
            );
        } else if kind == K::Domain && hosts::is_drop_service(host) {
            push(
                Sign::ConnectivityWord,
                "a service that keeps anybody's files".into(),
                Some(Disposition::Benign),
            );
        } else if kind != K::Email
            && hosts::is_government(host)
            && !in_indicators(place)
            && place.field.is_none()
        {
            push(
                Sign::VictimWord,
                "a government's host".into(),
                Some(Disposition::Victim),
            );
        }
    }
    if kind == K::Url && hosts::is_abused_page(observable.value()) {
        push(
            Sign::AbusedService,
            "a page on a service that attackers use".into(),
            None,
        );
    }
    if matches!(kind, K::Domain | K::Url) && host_of(observable).is_some_and(hosts::is_short_lived)
    {
        push(
            Sign::AbusedService,
            "a name that anybody has for the asking".into(),
            None,
        );
    }
    // With a hash beside it the name is that of a file that pretends to be the system's.
    let pretends = place.in_record && kind == K::FileName;
    if programs::is_of_the_system(observable) && !pretends {
        push(
            Sign::SystemFile,
            "a file that every system has".into(),
            Some(Disposition::Benign),
        );
    }
    if programs::is_shared_tool(observable) && place.verdict.is_none() {
        push(
            Sign::SharedTool,
            "a tool that many use".into(),
            Some(Disposition::Benign),
        );
    }
    if kind == K::FileName && is_of_the_defence(observable.value()) {
        push(
            Sign::SystemFile,
            "rules for defenders".into(),
            Some(Disposition::Reference),
        );
    }
    let served = observable.value().rsplit('/').next().unwrap_or("");
    if kind == K::Url && !place.defanged && is_of_the_defence(served) {
        push(
            Sign::ReferenceHost,
            "rules for defenders".into(),
            Some(Disposition::Reference),
        );
    }
    if place.code
        && !in_indicators(place)
        && matches!(kind, K::Domain | K::FileName | K::Ipv4 | K::FilePath)
    {
        push(Sign::Code, "in program code".into(), None);
    }
    words_about(observable, place, setting, &mut out);
    out
}

/// Whether a program lies at a URL that the sentence says was used: "the payload was hosted at", on whichever host.
fn serves_a_payload(observable: &Observable, place: &Place<'_>) -> bool {
    observable.kind() == K::Url
        && !place.link_only
        && hosts::ends_like_a_payload(observable.value())
        && place.said.reference.is_none()
        && place
            .said
            .strong
            .or(place.said.plain)
            .is_some_and(words::tells_delivery)
}

/// Whether a URL by itself looks like one to read on at.
pub(crate) fn is_for_reading(observable: &Observable) -> bool {
    host_of(observable).is_some_and(|host| is_reference_host(host) || is_analysis_host(host))
        || hosts::reads_like_an_article(observable.value())
}

/// Whether a file holds rules or indicators that the author gives to defenders.
fn is_of_the_defence(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let rules = [
        ".yar",
        ".yara",
        ".rules",
        ".sigma",
        ".ioc",
        ".stix",
        ".stix2",
        ".misp.json",
    ];
    rules.iter().any(|ending| name.ends_with(ending))
        || name
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|part| matches!(part, "ioc" | "iocs" | "yara" | "stix"))
}

/// Beginnings of remarks that clear whatever stands on their line.
const SAYS_NO: [&str; 15] = [
    "do not",
    "should not",
    "not ",
    "no indicator",
    "false positive",
    "遮断しない",
    "ブロックしない",
    "悪性ではな",
    "iocではな",
    "不可封禁",
    "请勿封禁",
    "不要封禁",
    "非ioc",
    "非 ioc",
    "误报",
];

/// What the words about a value say.
fn words_about(
    observable: &Observable,
    place: &Place<'_>,
    setting: &Setting,
    out: &mut Vec<Evidence>,
) {
    let kind = observable.kind();
    let (said, near) = (&place.said, &place.near);
    if kind == K::Cve || place.link_only {
        return;
    }
    let mut heard = |sign: Sign, word: &'static str, otherwise: Option<Disposition>| {
        let reason = format!("the sentence says \"{}\"", word.trim());
        out.push(Evidence::new(sign, reason, otherwise));
    };
    let is_file = kind.is_file_hash() || matches!(kind, K::FileName | K::FilePath);
    if let Some(word) = said.strong {
        heard(Sign::StrongVerb, word, None);
    } else if let Some(word) = said.plain {
        heard(Sign::Verb, word, None);
    } else if let Some(word) = said.topic {
        heard(Sign::Topic, word, None);
    }
    if said.strong.or(said.plain).is_none()
        && let Some(word) = place.intro.strong.or(place.intro.plain)
    {
        heard(Sign::Introduced, word, None);
    }
    if let Some(word) = place.intro.set_apart {
        heard(Sign::IntroducedClean, word, Some(Disposition::Benign));
    } else if let Some(word) = place.outro.set_apart.filter(|_| !place.prose) {
        let reason = format!("the sentence below the list says \"{word}\"");
        out.push(Evidence::new(
            Sign::IntroducedClean,
            reason,
            Some(Disposition::Benign),
        ));
    }
    let mut heard = |sign: Sign, word: &'static str, otherwise: Option<Disposition>| {
        let reason = format!("the sentence says \"{}\"", word.trim());
        out.push(Evidence::new(sign, reason, otherwise));
    };
    if kind.is_network() {
        if let Some(word) = said.reference {
            heard(Sign::ReferenceWord, word, Some(Disposition::Reference));
        }
        if let Some(word) = near.research {
            heard(Sign::ResearchWord, word, Some(Disposition::Research));
        }
        if let Some(word) = said.connectivity {
            heard(Sign::ConnectivityWord, word, Some(Disposition::Benign));
        }
        // On a line or in a row of its own the remark is about the host.
        let cleared = said
            .legitimate
            .filter(|word| !place.prose && words::clears_hosts(word));
        if let Some(word) = cleared {
            heard(Sign::LegitimateWord, word, Some(Disposition::Benign));
        }
        let private =
            kind == K::Email && (mail::is_private(observable.value()) || said.extortion.is_some());
        if let Some(word) = near.contact.filter(|_| !place.code && !private) {
            let whose = if kind == K::Email {
                Disposition::Research
            } else {
                Disposition::Reference
            };
            heard(Sign::ContactWord, word, Some(whose));
        }
        if place.own_machine {
            heard(
                Sign::VictimWord,
                "the machine it happened on",
                Some(Disposition::Victim),
            );
        } else if let Some(word) = near.victim {
            // Some defang the genuine one like all others.
            if words::names_the_genuine(word) {
                heard(Sign::VerdictClean, word, Some(Disposition::Victim));
            } else if !place.defanged {
                heard(Sign::VictimWord, word, Some(Disposition::Victim));
            }
        }
    }
    // On a line or in a row of its own such a remark is about the value.
    if !place.prose
        && let Some(word) = said
            .set_apart
            .filter(|w| SAYS_NO.iter().any(|no| w.starts_with(no)))
    {
        let reason = format!("its line says \"{word}\"");
        out.push(Evidence::new(
            Sign::VerdictClean,
            reason,
            Some(Disposition::Benign),
        ));
    }
    let mut heard = |sign: Sign, word: &'static str, otherwise: Option<Disposition>| {
        let reason = format!("the sentence says \"{}\"", word.trim());
        out.push(Evidence::new(sign, reason, otherwise));
    };
    if is_file {
        // On a line or in a row of its own the remark is about the file; in prose it has to stand by it.
        let word = if place.prose {
            near.legitimate
        } else {
            said.legitimate
        };
        if let Some(word) = word {
            heard(Sign::LegitimateWord, word, Some(Disposition::Benign));
        }
        if let Some(word) = said.left_alone.filter(|_| !kind.is_file_hash()) {
            heard(Sign::LeftAloneWord, word, Some(Disposition::Benign));
        }
    }
    if kind == K::Email && place.code {
        out.push(Evidence::new(
            Sign::MailInCode,
            "a mail address in code or a note",
            None,
        ));
    }
    if let Some(word) = near.exchange.filter(|_| kind == K::Wallet) {
        let reason = format!("the words beside it say \"{word}\"");
        out.push(Evidence::new(
            Sign::LegitimateWord,
            reason,
            Some(Disposition::Benign),
        ));
    }
    if let Some(word) = said.extortion.filter(|_| kind == K::Email) {
        let reason = format!("the sentence says \"{word}\"");
        out.push(Evidence::new(Sign::SenderWord, reason, None));
    } else if let Some(word) = near
        .sender
        .filter(|_| kind == K::Email && near.victim.is_none())
    {
        let reason = format!("the words beside it say \"{}\"", word.trim());
        out.push(Evidence::new(Sign::SenderWord, reason, None));
    }
    if kind == K::Email && mail::is_private(observable.value()) {
        out.push(Evidence::new(
            Sign::PrivateMail,
            "a mail service that asks no names",
            None,
        ));
    }
    if setting.never_defangs && kind.is_network() && !place.linked {
        out.push(Evidence::new(
            Sign::NeverDefangs,
            "the report defangs nothing",
            None,
        ));
    }
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
    let (sign, reason) = match observable.kind() {
        K::Md5 | K::Sha1 | K::Sha256 | K::Sha512 => (Sign::Hash, "the hash of a file"),
        K::Imphash | K::Ssdeep | K::Ja3 => (Sign::Fingerprint, "a fingerprint"),
        K::Cve => (Sign::Vulnerability, "a vulnerability the report is about"),
        K::Mutex | K::NamedPipe | K::ServiceName | K::UserAgent | K::CommandLine => {
            (Sign::NamedObject, "a trace on a machine")
        }
        K::DetectionName => (Sign::Detection, "the name of a detection"),
        K::Wallet => (Sign::Wallet, "a wallet in a threat report"),
        K::RegistryKey | K::FilePath => (Sign::PathOrKey, "a trace on a machine"),
        K::FileName => (Sign::FileName, "a file name alone"),
        K::Ipv4 | K::Ipv6 | K::Cidr => (Sign::Address, "an address"),
        K::Domain if weak => (Sign::DomainInProse, "a name in running text"),
        K::Domain => (Sign::Domain, "a domain"),
        K::Url if host_of(observable).is_some_and(|h| h.parse::<std::net::IpAddr>().is_ok()) => {
            (Sign::UrlOnAddress, "a URL with an address as its host")
        }
        K::Url => (Sign::Url, "a URL"),
        K::Email => (Sign::Email, "a mail address"),
        K::Package => (Sign::Package, "an app by its package name"),
        K::YaraRule => (Sign::Detection, "a rule that finds it"),
        K::Asn | K::Mac => (Sign::SharedNumber, "a number that many share"),
    };
    Evidence::new(sign, reason, None)
}

/// What the warning lists say. Nothing is dropped: the list is named and the value demoted.
pub(crate) fn warned(observable: &Observable, objections: &[Objection]) -> Vec<Evidence> {
    let deep = observable.kind() == K::Url
        && observable
            .value()
            .split_once("://")
            .is_some_and(|(_, r)| r.split_once('/').is_some_and(|(_, path)| !path.is_empty()));
    let host = host_of(observable);
    // A bucket or page that a customer of a big service has is not the service.
    let rented = host.is_some_and(|host| {
        public_suffix::suffix(host.as_bytes()).is_some_and(|suffix| {
            suffix.typ() == Some(public_suffix::Type::Private)
                && suffix.as_bytes().len() < host.len()
        }) || hosts::is_bucket(host)
            || hosts::is_short_lived(host)
    });
    let mut told: Vec<Sign> = Vec::new();
    objections
        .iter()
        .filter_map(|o| {
            let entry = o.matched.trim_start_matches(['*', '.']);
            // A popular service whose customers have names below it says little about one of them.
            let tenant = rented && host.is_some_and(|h| h != entry);
            let sign = match o.kind {
                ObjectionKind::SpecialPurpose | ObjectionKind::Documentation => {
                    Sign::SpecialPurpose
                }
                ObjectionKind::PublicResolver => Sign::PublicResolver,
                ObjectionKind::CommonFile => Sign::CommonFile,
                ObjectionKind::PublicSuffix if tenant => Sign::PopularPage,
                ObjectionKind::PublicSuffix => Sign::PublicSuffix,
                ObjectionKind::Popular | ObjectionKind::WarningList if deep || tenant => {
                    Sign::PopularPage
                }
                ObjectionKind::Popular => Sign::Popular,
                ObjectionKind::WarningList => Sign::OnWarningList,
                ObjectionKind::SharedHosting | ObjectionKind::TooWide => Sign::Shared,
                ObjectionKind::OwnAsset
                | ObjectionKind::NotBlockable
                | ObjectionKind::Allowed
                | ObjectionKind::CalledBenign
                | ObjectionKind::Expired
                | ObjectionKind::NotYetValid
                | ObjectionKind::OnlyTogether => return None,
            };
            // Ten lists of popular names say what one does.
            if told.contains(&sign) {
                return None;
            }
            told.push(sign);
            Some(Evidence::new(
                sign,
                format!("on \"{}\" ({})", o.source, o.matched),
                (sign.weight() <= -2.0).then_some(Disposition::Benign),
            ))
        })
        .collect()
}

/// Speaks for a network value that no list, section or publisher knows, where it is written out.
pub(crate) fn unlisted(observable: &Observable, evidence: &[Evidence]) -> Option<Evidence> {
    let kind = observable.kind();
    let app = host_of(observable).is_some_and(hosts::is_app);
    let known = evidence.iter().any(|e| {
        e.otherwise.is_some()
            || !(app && e.sign == Sign::PopularPage)
                && matches!(
                    e.sign,
                    Sign::PopularPage
                        | Sign::StatedIndicator
                        | Sign::StatedReference
                        | Sign::Defanged
                )
    });
    (matches!(kind, K::Domain | K::Url | K::Ipv4 | K::Ipv6) && !known)
        .then(|| Evidence::new(Sign::Unlisted, "on no list of known hosts", None))
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

/// Whether evidence holds a word of the author that clears a value. Other places that speak of it in
/// passing do not outweigh that.
pub(crate) fn clears(evidence: &[Evidence]) -> bool {
    evidence.iter().any(|e| {
        matches!(
            e.sign,
            Sign::VerdictClean
                | Sign::IntroducedClean
                | Sign::LegitimateColumn
                | Sign::LegitimateWord
                | Sign::ResearchWord
                | Sign::VictimWord
                | Sign::AllowedSection
        )
    })
}

/// Whether evidence says that the author lists the value as an indicator.
pub(crate) fn is_listed(evidence: &[Evidence]) -> bool {
    let listed = evidence.iter().any(|e| {
        matches!(
            e.sign,
            Sign::Defanged
                | Sign::IndicatorSection
                | Sign::CommandSection
                | Sign::CommandLabel
                | Sign::VerdictMalicious
                | Sign::ValueColumn
                | Sign::List
        )
    });
    listed && !clears(evidence)
}

/// How sure a verdict with this sum is, from 0.5 to 1, in hundredths.
pub(crate) fn confidence(sum: f32) -> f32 {
    let odds = (sum - THRESHOLD).abs().exp();
    (odds / (1.0 + odds) * 100.0).round() / 100.0
}

/// The host of a domain, URL or mail address.
/// Whether a value lies in Tor's network, at a name that only its owner can have (version 3: 56 characters).
fn is_hidden_service(observable: &Observable) -> bool {
    host_of(observable)
        .and_then(|host| host.strip_suffix(".onion"))
        .is_some_and(|name| name.rsplit('.').next().is_some_and(|key| key.len() == 56))
}

pub(crate) fn host_of(observable: &Observable) -> Option<&str> {
    let value = observable.value();
    match observable.kind() {
        K::Domain => Some(value),
        K::Email => value.rsplit_once('@').map(|(_, host)| host),
        K::Url => {
            let rest = after_scheme(value)?;
            let end = memchr::memchr3(b'/', b'?', b'#', rest.as_bytes()).unwrap_or(rest.len());
            let host = rest.get(..end)?;
            Some(match host.strip_prefix('[') {
                Some(v6) => v6.split(']').next()?,
                None => host.split(':').next()?,
            })
        }
        _ => None,
    }
}

/// Whether it matters for a value what stands near it.
pub(crate) fn hears_what_is_near(candidate: &Candidate) -> bool {
    let kind = candidate.observable.kind();
    kind.is_network() || matches!(kind, K::FileName | K::FilePath | K::Wallet)
}

/// Whether `host` is `name` or below it.
pub(crate) fn is_below(host: &str, name: &str) -> bool {
    host.strip_suffix(name)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

//! What a mention means: every piece of evidence has a weight, the sum decides, and the weightiest
//! pieces are kept as reasons a person can read. There is no hidden model.
//!
//! Weights are log-odds of "is an indicator". They are set by hand; `WEIGHTS` is the whole table, so
//! that fitting them changes numbers and nothing else.

use std::borrow::Cow;

use tegakari_model::{
    Disposition, IndicatorRole, Objection, ObjectionKind, Observable, ObservableKind as K,
};

use crate::lexicon::{Field, SectionKind};
use crate::scan::{Candidate, Origin};

mod hosts;
mod programs;
mod words;

use hosts::is_reference_host;
pub(crate) use programs::is_system_program;
pub(crate) use words::Said;
use words::VICTIM_WORDS;

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
    if is_system_program(observable) {
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

/// Whether it matters for a value what stands near it.
pub(crate) fn hears_what_is_near(candidate: &Candidate) -> bool {
    !candidate.defanged && candidate.observable.kind().is_network()
}

/// Whether `host` is `name` or below it.
pub(crate) fn is_below(host: &str, name: &str) -> bool {
    host.strip_suffix(name)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

//! All places that speak of a value, judged together.

use std::collections::BTreeSet;

use tegakari_knowledge::Knowledge;
use tegakari_model::{
    Disposition, FileRecord, IndicatorRole, Mention, Observable, ObservableKind as K,
    ReportCitation, Timestamp,
};

use super::around::Around;
use super::cite::Citer;
use super::found::Found;
use super::harmless;
use super::ports::port_after;
use super::sections::Sections;
use super::verdicts::verdicts;
use crate::Judged;
use crate::content::{BlockKind, Content, Stated};
use crate::hashing::{QuickMap, QuickSet};
use crate::judge::{self, Evidence, Near, Place, Said, Setting, Sign};
use crate::lexicon::Field;
use crate::text::Clean;

/// Citations kept for one mention.
const CITATIONS: usize = 10;

/// All that is said about one value.
pub(super) struct Gathering<'a> {
    pub(super) observable: &'a Observable,
    pub(super) order: usize,
    pub(super) best: Option<(f32, Vec<Evidence>, IndicatorRole)>,
    /// The evidence of a place where the author says outright that it is no indicator.
    pub(super) cleared: Option<Vec<Evidence>>,
    /// A structured format says outright what it is.
    pub(super) is_stated: bool,
    /// Whether that decided.
    pub(super) is_cleared: bool,
    pub(super) defanged: bool,
    pub(super) labels: BTreeSet<String>,
    pub(super) first_seen: Option<Timestamp>,
    pub(super) last_seen: Option<Timestamp>,
    /// When it ends, of each source that says that it is an indicator.
    pub(super) ends: Option<Option<Timestamp>>,
    pub(super) citations: Vec<ReportCitation>,
    /// Whether some place says it means something alone.
    pub(super) alone: bool,
    pub(super) only_with: Vec<String>,
    pub(super) certain: Option<(Disposition, String)>,
    pub(super) written: Option<&'a str>,
    pub(super) ports: BTreeSet<u16>,
    /// Whether the place that decided lists indicators.
    pub(super) listed: bool,
    /// Whether it stands in nothing but headings.
    pub(super) in_heading: bool,
}

impl Gathering<'_> {
    /// Takes over when a source says that it ends: the last of the ends counts, and none if one has none.
    fn ends_as(&mut self, end: Option<Timestamp>) {
        self.ends = Some(match self.ends {
            None => end,
            Some(before) => before.and_then(|known| Some(known.max(end?))),
        });
    }
}

pub(super) struct Mentions<'a> {
    knowledge: &'a Knowledge,
    citer: &'a Citer<'a>,
    sections: &'a Sections<'a>,
    settings: &'a [Setting],
    /// Whether each block is sentences.
    prose: &'a [bool],
    recorded: QuickSet<&'a str>,
    file_labels: QuickMap<&'a str, Vec<&'a str>>,
    /// Blocks that say which machine the incident happened on.
    machines: QuickSet<usize>,
    all: Vec<Gathering<'a>>,
    by_value: QuickMap<&'a Observable, usize>,
}

impl<'a> Mentions<'a> {
    pub(super) fn new(
        knowledge: &'a Knowledge,
        citer: &'a Citer<'a>,
        sections: &'a Sections<'a>,
        settings: &'a [Setting],
        prose: &'a [bool],
        files: &'a [FileRecord],
    ) -> Self {
        let mut recorded = QuickSet::default();
        let mut file_labels: QuickMap<&str, Vec<&str>> = QuickMap::default();
        for file in files {
            for value in file.names.iter().chain(&file.detections) {
                recorded.insert(value.as_str());
            }
            for (_, hash) in file.hashes() {
                recorded.insert(hash);
                file_labels
                    .entry(hash)
                    .or_default()
                    .extend(file.names.iter().map(String::as_str));
            }
        }
        Self {
            knowledge,
            citer,
            sections,
            settings,
            prose,
            recorded,
            file_labels,
            machines: QuickSet::default(),
            all: Vec::new(),
            by_value: QuickMap::default(),
        }
    }

    pub(super) fn build(
        mut self,
        content: &'a Content,
        cleans: &'a [Clean<'a>],
        found: &'a [Found],
        judged: Option<&mut Vec<Judged>>,
    ) -> Vec<Mention> {
        self.take_stated(content);
        self.machines = machines(content);
        self.take_found(content, cleans, found);
        verdicts(self.all, self.knowledge, judged)
    }

    /// What a structured format states outright.
    fn take_stated(&mut self, content: &'a Content) {
        for stated in &content.observables {
            let citation = ReportCitation {
                line: stated.line,
                ..self.citer.path(&stated.path, stated.observable.value())
            };
            let (sign, weight, disposition) = match stated.stated {
                Stated::Indicator => (Sign::StatedIndicator, Sign::StatedIndicator.weight(), None),
                // An address that some rule names beside others is one to look at; a name is not.
                Stated::Part
                    if stated.observable.kind().is_network()
                        || matches!(stated.observable.kind(), K::Mutex | K::NamedPipe) =>
                {
                    (Sign::StatedIndicator, 1.5, None)
                }
                Stated::Part => (Sign::StatedReference, -1.0, Some(Disposition::Unsure)),
                // Listed, but not for detection.
                Stated::Observed => (Sign::StatedReference, -0.4, None),
                Stated::Reference => (
                    Sign::StatedReference,
                    Sign::StatedReference.weight(),
                    Some(Disposition::Reference),
                ),
                Stated::Research => (
                    Sign::StatedReference,
                    Sign::StatedReference.weight(),
                    Some(Disposition::Research),
                ),
                Stated::Benign => (
                    Sign::StatedReference,
                    Sign::StatedReference.weight(),
                    Some(Disposition::Benign),
                ),
                Stated::Victim => (
                    Sign::StatedReference,
                    Sign::StatedReference.weight(),
                    Some(Disposition::Victim),
                ),
            };
            let said = Said::of(&stated.about);
            let place = Place {
                used: said.used(),
                said,
                ..Place::default()
            };
            let role = judge::role(&stated.observable, &place);
            let mut evidence = vec![Evidence {
                sign,
                weight,
                reason: stated.reason.clone().into(),
                otherwise: disposition,
            }];
            if stated.stated == Stated::Observed {
                evidence.push(Evidence {
                    sign,
                    weight: -0.1,
                    reason: "listed, but not for detection".into(),
                    otherwise: None,
                });
            }
            if !stated.only_with.is_empty() && judge::is_system_program(&stated.observable) {
                evidence.push(Evidence {
                    sign: Sign::SystemFile,
                    weight: -10.0,
                    reason: "a file that every system has".into(),
                    otherwise: Some(Disposition::Benign),
                });
            }
            let entry = self.entry(&stated.observable);
            entry.is_stated = true;
            if stated.only_with.is_empty() {
                entry.alone |= stated.stated == Stated::Indicator;
            } else if entry.only_with.is_empty() {
                entry.only_with.clone_from(&stated.only_with);
            }
            entry.labels.extend(stated.labels.iter().cloned());
            entry.first_seen = entry.first_seen.or(stated.first_seen);
            entry.last_seen = entry.last_seen.or(stated.last_seen);
            if matches!(stated.stated, Stated::Indicator | Stated::Part) {
                entry.ends_as(stated.not_after);
            }
            offer(entry, evidence, role, || citation);
            if let Some(disposition) =
                disposition.filter(|d| matches!(d, Disposition::Research | Disposition::Benign))
            {
                entry
                    .certain
                    .get_or_insert((disposition, stated.reason.clone()));
            }
        }
    }

    /// What was found in text, judged by where it stands.
    fn take_found(&mut self, content: &'a Content, cleans: &'a [Clean<'a>], found: &'a [Found]) {
        let mut around = Around::new(content, cleans, self.prose);
        // Short lines that hold an address of the public network.
        let addressed: QuickSet<usize> = found
            .iter()
            .filter(|f| match f.candidate.observable.value().parse() {
                Ok(std::net::IpAddr::V4(ip)) => !(ip.is_private() || ip.is_loopback()),
                Ok(std::net::IpAddr::V6(ip)) => !ip.is_loopback(),
                Err(_) => false,
            })
            .map(|f| f.block)
            .filter(|i| content.blocks.get(*i).is_some_and(|b| b.text.len() <= 160))
            .collect();
        let unset = Setting::default();
        for one in found {
            let (Some(block), Some(clean)) = (content.blocks.get(one.block), cleans.get(one.block))
            else {
                continue;
            };
            let c = &one.candidate;
            let mut place = Place {
                prose: around.is_prose(one.block),
                defanged: c.defanged,
                origin: Some(c.origin),
                section: self.sections.kind(block.section),
                field: one.field,
                link_only: one.link_only,
                linked: one.linked,
                aside: block.aside,
                code: block.kind == BlockKind::Code,
                in_record: self.recorded.contains(c.observable.value()),
                verdict: one.remarks.verdict,
                beside_address: c.observable.kind() == K::Domain
                    && block.kind != BlockKind::Row
                    // `by mx.example.net with ESMTP` is who received it.
                    && !clean.text.get(..c.start).is_some_and(|t| t.ends_with("by "))
                    && addressed.contains(&one.block),
                port: c.observable.kind() == K::Domain && port_after(&clean.text, c.end).is_some(),
                ..Place::default()
            };
            if !one.link_only {
                place.said = if c.observable.kind().is_network() {
                    around.about(one.block, c.start, c.end)
                } else {
                    around.sentence(one.block, c.start)
                };
                place.intro = around.intro(one.block);
                place.outro = around.outro(one.block);
                place.own_machine = self.machines.contains(&one.block);
                place.used = around.used(c.start, c.end, c.observable.kind().is_network());
                if judge::hears_what_is_near(c) {
                    place.near = Near::of(&clean.text, c.start, c.end);
                }
                if c.observable.kind().is_file_hash() {
                    place.near.legitimate = judge::called_legitimate(&clean.text, c.start);
                }
            }
            let setting = self.settings.get(block.part).unwrap_or(&unset);
            let evidence = judge::weigh(&c.observable, &place, setting);
            let role = judge::role(&c.observable, &place);
            let citer = self.citer;
            let title = self
                .sections
                .label(block.section)
                .filter(|_| c.observable.kind().is_file_hash());
            let names: Vec<String> = self
                .file_labels
                .get(c.observable.value())
                .into_iter()
                .flatten()
                .map(|n| (*n).to_owned())
                .collect();
            let entry = self.entry(&c.observable);
            entry.defanged |= c.defanged;
            entry.in_heading &= block.kind == BlockKind::Heading;
            entry.alone |= evidence.iter().map(|e| e.weight).sum::<f32>() >= judge::THRESHOLD;
            entry.written = entry.written.or(c.written.as_deref());
            entry.first_seen = entry.first_seen.or(one.remarks.first_seen);
            entry.last_seen = entry.last_seen.or(one.remarks.last_seen);
            // A column of values lists them; what is said about one may name others.
            if let Some(end) = one.remarks.ends
                && !matches!(
                    one.field,
                    Some(Field::Description | Field::ReferenceUrl | Field::Family)
                )
            {
                entry.ends_as(end);
            }
            if matches!(c.observable.kind(), K::Ipv4 | K::Ipv6 | K::Domain) && !one.link_only {
                entry.ports.extend(port_after(&clean.text, c.end));
            }
            entry.labels.extend(names);
            entry.labels.extend(title.map(str::to_owned));
            offer(entry, evidence, role, || {
                citer.at(block, clean, c.start, c.end)
            });
            if !one.link_only && clean.text.get(c.end..).is_some_and(harmless::is_said) {
                let reason = "the report says of it that it is harmless".to_owned();
                entry.certain = Some((Disposition::Benign, reason));
            }
        }
    }

    fn entry(&mut self, observable: &'a Observable) -> &mut Gathering<'a> {
        let next = self.all.len();
        let at = *self.by_value.entry(observable).or_insert(next);
        if at == next {
            self.all.push(Gathering {
                observable,
                order: next,
                best: None,
                cleared: None,
                is_stated: false,
                is_cleared: false,
                defanged: false,
                labels: BTreeSet::new(),
                first_seen: None,
                last_seen: None,
                ends: None,
                citations: Vec::new(),
                alone: false,
                only_with: Vec::new(),
                certain: None,
                written: None,
                ports: BTreeSet::new(),
                listed: false,
                in_heading: true,
            });
        }
        // `at` was just made sure of; the last element stands in for the impossible case.
        let at = at.min(self.all.len() - 1);
        &mut self.all[at]
    }
}

/// Blocks at the head of an incident report that name the machine it happened on: `Server: web01.example (192.0.2.1)`
/// before the first part that has a heading of its own.
fn machines(content: &Content) -> QuickSet<usize> {
    const INCIDENT: [&str; 13] = [
        "incident",
        "postmortem",
        "post-mortem",
        "breach",
        "compromise of",
        "intrusion",
        "インシデント",
        "侵害",
        "不正アクセス",
        "事故",
        "安全事件",
        "应急响应",
        "入侵事件",
    ];
    const MACHINE: [&str; 24] = [
        "server",
        "host",
        "hostname",
        "host name",
        "system",
        "affected system",
        "affected systems",
        "affected host",
        "affected hosts",
        "affected server",
        "compromised host",
        "compromised server",
        "victim",
        "machine",
        "asset",
        "affected asset",
        "サーバ",
        "サーバー",
        "対象サーバ",
        "対象サーバー",
        "対象ホスト",
        "被害サーバ",
        "服务器",
        "受影响主机",
    ];
    // Of a title over several lines each is a heading.
    let mut headings = 0;
    let mut in_title = false;
    let mut incident = false;
    let mut out = QuickSet::default();
    let says = |text: &str| {
        let lower = text.to_lowercase();
        INCIDENT.iter().any(|word| lower.contains(word))
    };
    incident |= content.title.as_deref().is_some_and(says);
    for (i, block) in content.blocks.iter().enumerate().take(40) {
        if block.kind == BlockKind::Heading {
            headings += usize::from(!in_title);
            in_title = true;
            if headings > 1 {
                break;
            }
            incident |= says(&block.text);
            continue;
        }
        in_title = false;
        if block.part != 0 || !incident {
            continue;
        }
        let label = block
            .text
            .split([':', '：', '\t'])
            .next()
            .unwrap_or("")
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        // Its address may stand on the next line.
        if block.text.trim_start().starts_with(['(', '（']) && i > 0 && out.contains(&(i - 1)) {
            out.insert(i);
        }
        if label.len() < block.text.len() && MACHINE.contains(&label.as_str()) {
            out.insert(i);
        }
    }
    out
}

/// Keeps the evidence of the place that speaks most for an indicator.
fn offer(
    entry: &mut Gathering,
    mut evidence: Vec<Evidence>,
    role: IndicatorRole,
    cite: impl FnOnce() -> ReportCitation,
) {
    let sum: f32 = evidence.iter().map(|e| e.weight).sum();
    if judge::clears(&evidence) && entry.cleared.is_none() {
        entry.cleared = Some(evidence.clone());
    }
    match &mut entry.best {
        Some((best, kept, kept_role)) => {
            if *kept_role == IndicatorRole::Unknown {
                *kept_role = role;
            }
            if sum > *best {
                *best = sum;
                evidence.shrink_to_fit();
                *kept = evidence;
                if role != IndicatorRole::Unknown {
                    *kept_role = role;
                }
            }
        }
        None => {
            // Kept for every value of the document.
            evidence.shrink_to_fit();
            entry.best = Some((sum, evidence, role));
        }
    }
    if entry.citations.len() < CITATIONS {
        let citation = cite();
        if !entry.citations.contains(&citation) {
            // Most values stand in one place only.
            if entry.citations.is_empty() {
                entry.citations.reserve_exact(1);
            }
            entry.citations.push(citation);
        }
    }
}

//! What every value is in the end.

use tegakari_knowledge::Knowledge;
use tegakari_model::{Disposition, IndicatorRole, Mention, ObservableKind as K};

use super::mentions::Gathering;
use super::setting::registrable;
use crate::Judged;
use crate::hashing::{QuickMap, QuickSet};
use crate::judge;

/// Decides about every value; where `signs` is given, those of each value are added to it.
pub(super) fn verdicts(
    all: Vec<Gathering<'_>>,
    knowledge: &Knowledge,
    mut signs: Option<&mut Vec<Judged>>,
) -> Vec<Mention> {
    let judged: Vec<Decided<'_>> = {
        all.into_iter()
            .map(|mut one| {
                let (_, best, role) = one.best.take().unwrap_or_default();
                one.listed = judge::is_listed(&best);
                let cleared = one.cleared.take().filter(|_| !one.listed);
                one.is_cleared = cleared.is_some();
                let mut evidence = cleared.unwrap_or(best);
                evidence.extend(judge::warned(
                    one.observable,
                    &knowledge.benign(one.observable),
                ));
                evidence.extend(judge::unlisted(one.observable, &evidence));
                if let Some(signs) = signs.as_deref_mut() {
                    signs.push(Judged {
                        observable: one.observable.clone(),
                        signs: evidence.iter().map(|e| e.sign.name()).collect(),
                    });
                }
                let (disposition, sum, reasons) = judge::decide(evidence);
                match &one.certain {
                    Some((certain, reason)) => {
                        let (certain, reason) = (*certain, reason.clone());
                        (one, certain, 1.0, vec![reason], role)
                    }
                    None => (one, disposition, judge::confidence(sum), reasons, role),
                }
            })
            .collect()
    };
    let known = Known::of(&judged);
    let mut out: Vec<(usize, Mention)> = judged
        .into_iter()
        .map(
            |(one, mut disposition, confidence, mut reasons, mut role)| {
                if let Some((better, reason)) = known.better(&one, disposition) {
                    disposition = better;
                    reasons.insert(0, reason.to_owned());
                }
                if role == IndicatorRole::Unknown && one.observable.kind() == K::Url {
                    let host = judge::host_of(one.observable);
                    role = host
                        .and_then(|h| known.roles.get(h))
                        .copied()
                        .unwrap_or_default();
                }
                let mention = Mention {
                    observable: one.observable.clone(),
                    disposition,
                    role: if disposition == Disposition::Ioc {
                        role
                    } else {
                        IndicatorRole::Unknown
                    },
                    reasons,
                    confidence,
                    written: one.written.map(str::to_owned),
                    ports: one.ports.into_iter().collect(),
                    defanged: one.defanged,
                    labels: one.labels.into_iter().collect(),
                    first_seen: one.first_seen,
                    last_seen: one.last_seen,
                    not_after: one.ends.flatten(),
                    only_with: if one.alone { Vec::new() } else { one.only_with },
                    citations: one.citations,
                };
                (one.order, mention)
            },
        )
        .collect();
    out.sort_by_key(|(order, _)| *order);
    out.into_iter().map(|(_, mention)| mention).collect()
}

/// A value with what was decided about it: disposition, sum, reasons, use.
type Decided<'a> = (Gathering<'a>, Disposition, f32, Vec<String>, IndicatorRole);

/// What the decided values say of those that were left open.
struct Known<'a> {
    /// Hosts that are indicators.
    hosts: QuickSet<&'a str>,
    /// Registrable names of those; all below them is the attacker's.
    registered: QuickSet<String>,
    /// Hosts that the author says belong to somebody else.
    cleared: QuickMap<&'a str, Disposition>,
    /// Registrable names of those to whom the author asks to write: the author's own.
    own: QuickSet<String>,
    /// Last parts of URLs and paths that are indicators.
    files: QuickSet<String>,
    /// What hosts were used for.
    roles: QuickMap<&'a str, IndicatorRole>,
    /// Hosts that mail of the attack came from.
    senders: QuickSet<&'a str>,
    /// Registrable names under which pages are given for reading, and no page is an indicator.
    read: QuickSet<String>,
    /// Registrable names under which a page is somebody else's whom the attack was aimed at.
    attacked: QuickSet<String>,
}

impl<'a> Known<'a> {
    fn of(judged: &[Decided<'a>]) -> Self {
        let mut known = Self {
            hosts: QuickSet::default(),
            registered: QuickSet::default(),
            cleared: QuickMap::default(),
            own: QuickSet::default(),
            files: QuickSet::default(),
            roles: QuickMap::default(),
            senders: QuickSet::default(),
            read: QuickSet::default(),
            attacked: QuickSet::default(),
        };
        let mut linked = QuickSet::default();
        for (one, disposition, _, _, role) in judged {
            let (kind, value) = (one.observable.kind(), one.observable.value());
            let host = matches!(kind, K::Domain | K::Ipv4 | K::Ipv6);
            if *disposition != Disposition::Ioc {
                let own = || judge::host_of(one.observable).map(registrable);
                match disposition {
                    Disposition::Reference if kind == K::Url => known.read.extend(own()),
                    Disposition::Victim if kind == K::Url => known.attacked.extend(own()),
                    _ => {}
                }
                if kind == K::Email && *disposition == Disposition::Research {
                    known
                        .own
                        .extend(judge::host_of(one.observable).map(registrable));
                }
                if host && one.is_cleared {
                    known.cleared.insert(value, *disposition);
                }
                continue;
            }
            match kind {
                K::Domain | K::Ipv4 | K::Ipv6 => {
                    known.hosts.insert(value);
                    if kind == K::Domain {
                        known.registered.insert(registrable(value));
                    }
                    if *role != IndicatorRole::Unknown {
                        known.roles.insert(value, *role);
                    }
                }
                K::Email => known.senders.extend(judge::host_of(one.observable)),
                K::Url | K::FilePath => {
                    if kind == K::Url {
                        linked.extend(judge::host_of(one.observable).map(registrable));
                    }
                    let path = value.split(['?', '#']).next().unwrap_or(value);
                    let last = path.rsplit(['/', '\\']).next().unwrap_or("");
                    if last.contains('.') && last.len() <= 160 {
                        known.files.insert(last.to_lowercase());
                    }
                }
                _ => {}
            }
        }
        known.registered.remove("");
        known.read.retain(|name| !linked.contains(name));
        known.read.remove("");
        known.attacked.remove("");
        known.own.remove("");
        known
    }

    /// What a value is after all, and why.
    fn better(
        &self,
        one: &Gathering<'_>,
        disposition: Disposition,
    ) -> Option<(Disposition, &'static str)> {
        let observable = one.observable;
        let kind = observable.kind();
        let host = judge::host_of(observable);
        if kind == K::Url && disposition == Disposition::Ioc && !one.defanged && !one.is_stated {
            let cleared = |h: &str| {
                let whole = self.cleared.get(h);
                whole.or_else(|| self.cleared.get(registrable(h).as_str()))
            };
            if let Some(whose) = host.and_then(cleared) {
                return Some((*whose, "its host belongs to somebody else"));
            }
            if host.is_some_and(|h| self.own.contains(&registrable(h))) {
                return Some((
                    Disposition::Reference,
                    "on the host that the author asks to write to",
                ));
            }
        }
        let open = disposition == Disposition::Unsure;
        // A name by itself, of which nothing says more than that pages under it are to be read.
        if kind == K::Domain
            && (open || disposition == Disposition::Ioc)
            && !(one.defanged || one.is_stated || one.listed && !one.in_heading)
            && let Some(name) = host.map(registrable)
        {
            if self.attacked.contains(&name) {
                return Some((Disposition::Victim, "its page belongs to the attacked"));
            }
            if self.read.contains(&name) {
                return Some((Disposition::Reference, "its pages are given for reading"));
            }
        }
        match kind {
            K::Url
                if (open || disposition == Disposition::Victim)
                    && host.is_some_and(|h| self.hosts.contains(h)) =>
            {
                Some((Disposition::Ioc, "its host is an indicator"))
            }
            K::Url | K::Email | K::Domain
                if open
                    && !one.is_stated
                    && host.is_some_and(|h| self.registered.contains(&registrable(h))) =>
            {
                Some((Disposition::Ioc, "its registered name is an indicator's"))
            }
            K::Domain
                if open && !one.is_stated && host.is_some_and(|h| self.senders.contains(h)) =>
            {
                Some((
                    Disposition::Ioc,
                    "the host of a sender that is an indicator",
                ))
            }
            K::FileName
                if open
                    && !one.is_stated
                    && !judge::is_system_program(observable)
                    && self.files.contains(&observable.value().to_lowercase()) =>
            {
                Some((Disposition::Ioc, "the last part of an indicator"))
            }
            _ => None,
        }
    }
}

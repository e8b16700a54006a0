//! What was found in a record, and whom it is about.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{Hour, LogCitation, ObservableKind, Telemetry};
use tegakari_sigma::Occurrence;

use super::{Accumulator, Found};
use crate::behaviour::deeds::Place;
use crate::event::{Event, Role};
use crate::live::{Told, ToldOf};
use crate::outcome::{HourSeen, MOST_MOMENTS, Party, Seen};
use crate::{Kinds, naming};

impl Accumulator<'_> {
    /// Whether what is found is told one by one.
    pub(crate) fn tells_at_once(&self) -> bool {
        self.told.is_some()
    }

    /// Tells of a rule that matched a record.
    pub(crate) fn tell_rule(&mut self, rule: u32, event: &Event<'_>, place: Place) {
        if let Some(told) = &mut self.told {
            told.push(Told {
                what: ToldOf::Rule(rule),
                carries: event.carries,
                party: place.party,
                citation: place.cited,
            });
        }
    }

    /// Tells of a match that correlations are about.
    pub(crate) fn tell_part(&mut self, parts: Vec<Occurrence>, event: &Event<'_>, place: Place) {
        if let Some(told) = &mut self.told {
            told.push(Told {
                what: ToldOf::Part(parts),
                carries: event.carries,
                party: place.party,
                citation: place.cited,
            });
        }
    }

    /// Whom a record is about, and where it stands; what is cited of it is left open.
    pub(crate) fn cite(
        &mut self,
        event: &Event<'_>,
        record: u64,
        line: u64,
    ) -> (Vec<Option<Party>>, LogCitation) {
        let source = self.source(event.source);
        let source = self.source_text(source);
        let cited = LogCitation {
            file: self.file.clone(),
            line,
            record,
            format: self.format.to_owned(),
            source: detail(event, &source),
            time: event.time,
            excerpt: String::new(),
        };
        (self.sighted(event), cited)
    }

    /// The number of the source of a record, and those of the machines that it is about.
    pub(crate) fn subjects(&mut self, event: &Event<'_>) -> (usize, [Option<u32>; 4]) {
        let source = self.source(event.source);
        let mut about = [None; 4];
        for wanted in [Role::Endpoint, Role::Client] {
            let parties = event.parties().filter(|party| party.role == wanted);
            for (slot, party) in about.iter_mut().zip(parties) {
                *slot = self.party(&party);
            }
            if about.iter().any(Option::is_some) {
                return (source, about);
            }
        }
        if event.origin.is_some_and(|(role, _)| role != Role::Sensor) {
            about[0] = Some(self.origin());
        }
        (source, about)
    }

    /// A machine and a source by their numbers.
    pub(crate) fn name_of(&self, party: u32, source: usize) -> Option<(Party, String)> {
        let party = self.parties.get(party as usize)?;
        Some((party.clone(), self.source_text(source)))
    }

    /// Whom a hit in this record is about.
    pub(super) fn sighted(&mut self, event: &Event<'_>) -> Vec<Option<Party>> {
        let mut of_role = |wanted: Role| -> Vec<Option<Party>> {
            let parties: Vec<_> = event.parties().filter(|p| p.role == wanted).collect();
            let mut numbers: Vec<u32> = parties.iter().filter_map(|p| self.party(p)).collect();
            numbers.dedup();
            numbers
                .into_iter()
                .filter_map(|n| self.parties.get(n as usize).cloned().map(Some))
                .collect()
        };
        let endpoint = of_role(Role::Endpoint);
        if !endpoint.is_empty() {
            return endpoint;
        }
        let mut found = of_role(Role::Client);
        if found.is_empty() || event.both_ends {
            found.extend(of_role(Role::Server));
        }
        found.sort();
        found.dedup();
        if found.is_empty() && event.origin.is_some_and(|(role, _)| role != Role::Sensor) {
            let number = self.origin();
            found.extend(self.parties.get(number as usize).cloned().map(Some));
        }
        if found.is_empty() {
            found.push(None);
        }
        found
    }

    pub(super) fn see(&mut self, event: &Event<'_>, record: u64, found: &[Found<'_>]) {
        let about = self.sighted(event);
        let source = self.source(event.source);
        let source = self.source_text(source);
        let detail = detail(event, &source);
        let hour = event.time.map(|t| Hour::of(t).0);
        let most = self.plan.examples();
        let name = naming::host(event.name);
        for one in found {
            if !self.plan.counts_in(one.indicator, event.carries) {
                continue;
            }
            let kind = self
                .plan
                .indicator(one.indicator)
                .map(|i| i.observable.kind());
            let carries = kind.map_or(event.carries, |kind| relevant(kind, event.carries));
            let citation = LogCitation {
                file: self.file.clone(),
                line: one.line,
                record,
                format: self.format.to_owned(),
                source: detail.clone(),
                time: event.time,
                excerpt: String::new(),
            };
            if let Some(told) = &mut self.told {
                let excerpt = (one.excerpt)();
                told.extend(about.iter().map(|party| Told {
                    what: ToldOf::Indicator(one.indicator, one.relation),
                    carries,
                    party: party.clone(),
                    citation: LogCitation {
                        excerpt: excerpt.clone(),
                        ..citation.clone()
                    },
                }));
            }
            let sums = self.sums(event);
            if let Some(name) = &name {
                let names = sums.tally.names.entry(one.indicator).or_default();
                names.insert(name.clone());
            }
            for party in &about {
                let seen = sums
                    .tally
                    .seen
                    .entry((one.indicator, party.clone()))
                    .or_insert_with(|| Seen {
                        relation: one.relation,
                        carries: Kinds::NONE,
                        hours: BTreeMap::new(),
                        without_time: BTreeMap::new(),
                        moments: BTreeSet::new(),
                        examples: Vec::new(),
                    });
                seen.relation = seen.relation.min(one.relation);
                seen.carries = seen.carries.and(carries);
                match (event.time, hour) {
                    (Some(time), Some(hour)) => {
                        let seen_hour = seen.hours.entry(hour).or_insert_with(|| HourSeen {
                            first: time,
                            last: time,
                            by_source: BTreeMap::new(),
                        });
                        seen_hour.first = seen_hour.first.min(time);
                        seen_hour.last = seen_hour.last.max(time);
                        *seen_hour.by_source.entry(source.clone()).or_default() += 1;
                        seen.moments.insert(time.as_second());
                        while seen.moments.len() > MOST_MOMENTS {
                            seen.moments.pop_last();
                        }
                    }
                    _ => *seen.without_time.entry(source.clone()).or_default() += 1,
                }
                let later = |known: &LogCitation| {
                    (known.time.is_none(), known.time, known.line)
                        > (citation.time.is_none(), citation.time, citation.line)
                };
                if seen.examples.len() < most || seen.examples.last().is_some_and(later) {
                    let at = seen.examples.partition_point(|known| !later(known));
                    let mut citation = citation.clone();
                    citation.excerpt = (one.excerpt)();
                    seen.examples.insert(at, citation);
                    seen.examples.truncate(most);
                }
            }
        }
    }
}

/// What a citation calls the kind of record.
fn detail(event: &Event<'_>, source: &str) -> String {
    let parts: Vec<String> = event
        .detail
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| {
            let text = String::from_utf8_lossy(part);
            text.chars().filter(|c| !c.is_control()).take(120).collect()
        })
        .collect();
    if parts.is_empty() {
        source.to_owned()
    } else {
        parts.join(" ")
    }
}

/// Of what a record carries, what can show an indicator of this kind; all, when nothing fits.
fn relevant(kind: ObservableKind, carries: Kinds) -> Kinds {
    use ObservableKind as K;
    use Telemetry as T;
    let could: &[T] = match kind {
        K::Ipv4 | K::Ipv6 | K::Cidr => &[
            T::Flow,
            T::DnsAnswer,
            T::HttpHost,
            T::CommandLine,
            T::Alert,
            T::Logon,
            T::TlsName,
        ],
        K::Domain | K::Url => &[
            T::Dns,
            T::HttpHost,
            T::HttpUrl,
            T::TlsName,
            T::Certificate,
            T::CommandLine,
            T::Mail,
            T::Alert,
        ],
        K::Email => &[T::Mail],
        K::Md5 | K::Sha1 | K::Sha256 | K::Sha512 => &[
            T::FileMd5,
            T::FileSha1,
            T::FileSha256,
            T::TransferHash,
            T::Certificate,
        ],
        K::FileName | K::FilePath => &[
            T::FileName,
            T::Process,
            T::CommandLine,
            T::Service,
            T::HttpUrl,
        ],
        K::RegistryKey => &[T::Registry, T::CommandLine],
        K::UserAgent => &[T::UserAgent],
        _ => &[],
    };
    let common = carries.common(Kinds::of(could));
    let common = match kind {
        K::Md5 => prefer(common, T::FileMd5),
        K::Sha1 => prefer(common, T::FileSha1),
        K::Sha256 => prefer(common, T::FileSha256),
        K::Ipv4 | K::Ipv6 | K::Cidr if common.meets(Kinds::of(&[T::Flow])) => {
            common.common(Kinds::of(&[T::Flow, T::DnsAnswer, T::Alert]))
        }
        _ => common,
    };
    if common.is_empty() { carries } else { common }
}

fn prefer(kinds: Kinds, one: Telemetry) -> Kinds {
    let one = Kinds::of(&[one]);
    if kinds.meets(one) { one } else { kinds }
}

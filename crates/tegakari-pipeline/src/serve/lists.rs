//! Block lists at stable addresses: the plan that `tegakari block` or `investigate` made last, in every form.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use tegakari_export::Context;
use tegakari_export::formats::{self, Expiry};
use tegakari_model::{BlockPlan, Hour, Indicator, ObservableKind, Report, Timestamp, Tlp};
use tegakari_store::Store;
use tegakari_taxii::Response;

use super::ServeRequest;
use super::http::{Head, plain};
use crate::write_blocks::context;
use crate::{BlockRequest, ListSettings, PipelineError, decision_time};

/// Lists that were asked for, until something new is kept.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Of which state of the database, and of which hour, they are.
    stamp: Option<((i64, i64), Hour)>,
    /// When the next entry ends.
    next_end: Option<Timestamp>,
    planned: Option<Planned>,
    /// Serial of the response policy zone: the second in which the plan was loaded, more than the last.
    serial: i64,
    written: BTreeMap<&'static str, Served>,
}

/// A plan as it is served.
#[derive(Debug)]
struct Planned {
    plan: BlockPlan,
    reports: Vec<Report>,
    /// How many entries of each kind stand only in reports that are marked narrower.
    withheld: BTreeMap<ObservableKind, usize>,
}

/// A list as it is sent.
#[derive(Debug)]
struct Served {
    /// In which second it was written.
    second: i64,
    tag: String,
    bytes: Vec<u8>,
    /// What should be on it and is not, in words.
    left_out: Option<String>,
}

/// What the server says of entries that a list had no room for, and of those that its form cannot hold.
const LEFT_OUT: &str = "Tegakari-Left-Out";

impl Lists {
    /// The answer to a question for one list.
    pub(super) fn answer(
        &mut self,
        id: &str,
        head: &Head,
        store: &Store,
        served: &ServeRequest,
    ) -> Result<Response, PipelineError> {
        if !matches!(head.method.as_str(), "GET" | "HEAD") {
            let mut refused = plain(405, "lists can only be read");
            refused.headers.push(("Allow", "GET, HEAD".to_owned()));
            return Ok(refused);
        }
        let Some(format) = formats::by_id(id) else {
            return Ok(plain(
                404,
                "there is no list of this form; / names those that there are",
            ));
        };
        let now = decision_time();
        // Lists say the hour at which they were made, so that they stay the same for whoever asks often.
        let hour = Hour::of(now);
        let stamp = (store.content_stamp()?, hour);
        if self.stamp != Some(stamp) || self.next_end.is_some_and(|end| end <= now) {
            let planned = load(store, now, served.tlp)?;
            let ends = planned.iter().flat_map(|one| &one.plan.entries);
            *self = Self {
                stamp: Some(stamp),
                next_end: ends.filter_map(|entry| entry.expires).min(),
                planned,
                // What `block` wrote before has a lower one, and what was served before has.
                serial: now.as_second().max(self.serial.saturating_add(1)),
                written: BTreeMap::new(),
            };
        }
        let Some(planned) = &self.planned else {
            // Not an empty list: a firewall would take that for "block nothing any more".
            return Ok(plain(
                503,
                "nothing has been planned yet: run `tegakari block` or `investigate` first",
            ));
        };
        // What counts from its loading is loaded now, and holds for this second only.
        let counts = format.expiry() == Expiry::Lifetime;
        let second = now.as_second();
        let known = self.written.get(format.id());
        if known.is_none_or(|list| counts && list.second != second) {
            let Planned { plan, reports, .. } = planned;
            let wanted = [format.id().to_owned()];
            let request = BlockRequest {
                plan,
                reports,
                formats: &wanted,
                settings: ListSettings {
                    made: if counts { Some(now) } else { hour.start() },
                    limits: served.limits.clone(),
                    ..ListSettings::default()
                },
                program: &served.program,
            };
            let mut context: Context = context(&request);
            context.rpz.serial = (self.serial & 0xffff_ffff) as u32;
            context.withheld.clone_from(&planned.withheld);
            let mut bytes = Vec::new();
            let written = format
                .write(plan, &context, &mut bytes)
                .map_err(|error| PipelineError::writing(store.path(), &error))?;
            let list = Served {
                second,
                tag: tag(&bytes),
                bytes,
                left_out: written.left_out_in_words(),
            };
            self.written.insert(format.id(), list);
        }
        let Some(list) = self.written.get(format.id()) else {
            return Ok(plain(404, "there is no list of this form"));
        };
        let known = head
            .header("if-none-match")
            .is_some_and(|given| is_known(given, &list.tag));
        let mut headers = vec![
            ("Content-Type", format.media_type().to_owned()),
            ("ETag", list.tag.clone()),
            ("Cache-Control", "no-cache".to_owned()),
        ];
        headers.extend(list.left_out.clone().map(|words| (LEFT_OUT, words)));
        Ok(Response {
            status: if known { 304 } else { 200 },
            headers,
            body: if known {
                Vec::new()
            } else {
                list.bytes.clone()
            },
        })
    }
}

/// The last plan without what has expired since and what stands only in reports marked narrower than `tlp`, and its other
/// reports.
fn load(store: &Store, now: Timestamp, tlp: Tlp) -> Result<Option<Planned>, PipelineError> {
    let Some((basis, mut plan)) = store.latest_block()? else {
        return Ok(None);
    };
    plan.entries
        .retain(|entry| entry.expires.is_none_or(|end| end > now));
    let mut reports = Vec::new();
    for id in &basis.reports {
        reports.extend(store.report(id)?);
    }
    let narrow: BTreeSet<_> = reports
        .iter()
        .filter(|report| report.tlp.is_some_and(|own| own > tlp))
        .map(|report| report.id.clone())
        .collect();
    let mut withheld = BTreeMap::new();
    if !narrow.is_empty() {
        reports.retain(|report| !narrow.contains(&report.id));
        let may_go = |indicator: &mut Indicator| {
            let cited = indicator.citations.len();
            indicator.citations.retain(|c| !narrow.contains(&c.report));
            cited == 0 || !indicator.citations.is_empty()
        };
        plan.entries.retain_mut(|entry| {
            let goes = may_go(&mut entry.indicator);
            if !goes {
                *withheld
                    .entry(entry.indicator.observable.kind())
                    .or_default() += 1;
            }
            goes
        });
        plan.held_back
            .retain_mut(|held| may_go(&mut held.indicator));
    }
    Ok(Some(Planned {
        plan,
        reports,
        withheld,
    }))
}

/// A strong tag of the bytes.
fn tag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().take(16).map(|b| format!("{b:02x}")).collect();
    format!("\"{hex}\"")
}

/// Whether a client says that it has these bytes. Weakly the same is enough to send nothing (RFC 9110, 13.1.2).
fn is_known(given: &str, tag: &str) -> bool {
    given
        .split(',')
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

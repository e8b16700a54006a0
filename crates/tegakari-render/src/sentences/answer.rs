//! The answer: what a hurried reader must know, in the order in which it matters.

use tegakari_model::{Finding, FindingKind, HuntResult, Telemetry};

use crate::Story;
use crate::digest::gaps::{beyond_logs, holes};
use crate::digest::negatives::{Negatives, negatives, shares};
use crate::digest::seen::{assets, seen};
use crate::format;
use crate::i18n::{Words, say};

/// How many names a sentence of the answer holds.
const MOST_NAMES: usize = 4;

impl Words {
    /// Were we hit? One to four sentences; the first can be read aloud alone.
    pub(crate) fn answer(self, story: &Story<'_>) -> Vec<String> {
        match story.hunt {
            Some(hunt) => self.hunt_answer(hunt),
            None => vec![self.get("answer.no_hunt").to_owned()],
        }
    }

    /// The answer of one hunt.
    pub(crate) fn hunt_answer(self, hunt: &HuntResult) -> Vec<String> {
        let totals = hunt.totals();
        let total = hunt.findings.len();
        let behaviour = hunt.behaviours.as_deref();
        let behaviour = behaviour.map(|of| self.behaviour_answer(of));
        if total == 0 && hunt.coverage.set_indicators == 0 && behaviour.is_some() {
            let mut out = behaviour.unwrap_or_default();
            if hunt.partial {
                out.push(self.get("answer.partial").to_owned());
            }
            return out;
        }
        if total == 0 && hunt.coverage.set_indicators > 0 {
            let n = hunt.coverage.set_indicators;
            let mut out = vec![say!(self, "answer.none_of_set", n = n)];
            out.extend(behaviour.unwrap_or_default());
            if hunt.partial {
                out.push(self.get("answer.partial").to_owned());
            }
            return out;
        }
        if total == 0 {
            return vec![self.get("answer.nothing_to_look_for").to_owned()];
        }
        let mut out = vec![self.seen_sentence(hunt, total)];
        if totals.not_seen > 0 {
            let groups = negatives(hunt, FindingKind::NotSeen);
            out.push(self.not_seen_sentence(totals.not_seen, &groups));
        }
        if totals.cannot_tell > 0 {
            out.push(self.cannot_tell_sentence(hunt, totals.cannot_tell));
        }
        out.extend(behaviour.unwrap_or_default());
        if hunt.partial {
            out.push(self.get("answer.partial").to_owned());
        }
        out
    }

    fn seen_sentence(self, hunt: &HuntResult, total: usize) -> String {
        let seen = seen(hunt);
        let machines = assets(&seen);
        match (seen.len(), machines.as_slice()) {
            (0, _) => say!(self, "answer.none_seen", n = total),
            (n, []) => say!(self, "answer.seen_nowhere", n = n, total = total),
            (n, machines) => say!(
                self,
                "answer.seen",
                n = n,
                total = total,
                assets = self.list_of(machines, MOST_NAMES)
            ),
        }
    }

    /// The negatives with the visibility that they rest on.
    pub(crate) fn not_seen_sentence(self, n: usize, groups: &[Negatives<'_>]) -> String {
        let (low, high) = shares(groups).unwrap_or((0.0, 0.0));
        let (low, high) = (format::percent(low), format::percent(high));
        if low == high {
            say!(self, "answer.not_seen", n = n, share = low)
        } else {
            say!(
                self,
                "answer.not_seen_between",
                n = n,
                low = low,
                high = high
            )
        }
    }

    fn cannot_tell_sentence(self, hunt: &HuntResult, n: usize) -> String {
        let holes: Vec<_> = holes(hunt)
            .into_iter()
            .filter(|h| h.undecided > 0)
            .collect();
        match holes.first() {
            Some(hole) => {
                let needs: Vec<&str> = hole.needs.iter().map(|t| self.telemetry(*t)).collect();
                say!(
                    self,
                    "answer.cannot_tell",
                    n = n,
                    needs = self.any_of(&needs)
                )
            }
            None if !beyond_logs(hunt).is_empty() => say!(self, "answer.beyond_logs", n = n),
            None => say!(self, "answer.cannot_tell_nothing", n = n),
        }
    }

    /// Which logs would have shown a group of negatives.
    pub(crate) fn basis(self, group: &Negatives<'_>) -> String {
        if group.visibility.sources.is_empty() {
            return self.get("basis.unknown").to_owned();
        }
        let sources = self.list_of(&group.visibility.sources, 3);
        say!(self, "basis.share_sources", sources = sources)
    }

    /// What is missing for a group, and where.
    pub(crate) fn missing(self, group: &Negatives<'_>) -> String {
        if Telemetry::that_would_show(group.kind).is_empty() {
            return self.get("basis.beyond").to_owned();
        }
        let mut gaps: Vec<_> = group.gaps.iter().filter(|g| !g.needs.is_empty()).collect();
        gaps.sort_by(|a, b| (b.asset_hours, *a).cmp(&(a.asset_hours, *b)));
        let Some(gap) = gaps.first() else {
            return self.get("basis.unknown").to_owned();
        };
        let needs: Vec<&str> = gap.needs.iter().map(|t| self.telemetry(*t)).collect();
        let needs = self.any_of(&needs);
        if gap.assets.is_empty() {
            say!(self, "basis.missing_everywhere", needs = needs)
        } else {
            say!(
                self,
                "basis.missing",
                needs = needs,
                assets = self.list_of(&gap.assets, 3)
            )
        }
    }

    /// Any finding in one line: what was seen, or how far an absence can be trusted.
    pub(crate) fn finding_line(self, finding: &Finding) -> String {
        let share = format::percent(finding.visibility().share());
        match finding {
            Finding::Seen { sightings, .. } => {
                let n: u64 = sightings.iter().fold(0, |n, s| n.saturating_add(s.count));
                let names: Vec<&str> = sightings
                    .iter()
                    .filter_map(|s| s.asset.as_deref())
                    .collect();
                if names.is_empty() {
                    say!(self, "finding.seen_nowhere", n = n)
                } else {
                    say!(
                        self,
                        "finding.seen_on",
                        n = n,
                        assets = self.list_of(&names, 4)
                    )
                }
            }
            Finding::NotSeen { .. } => say!(self, "finding.not_seen_share", share = share),
            Finding::CannotTell { .. } => say!(self, "finding.cannot_tell_share", share = share),
        }
    }
}

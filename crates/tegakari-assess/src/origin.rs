//! Which reports are independent of one another.
//!
//! Ten articles that repeat one vendor's claim are one source (design/attribution.md, section 6,
//! "circular sourcing"). Two documents count as one origin when they are the same document, have the
//! same title or publisher, or share most of their indicators.

use std::collections::BTreeSet;

use tegakari_model::{Disposition, Report, ReportId};

/// Least number of shared indicators before overlap says anything: one shared address is an accident.
const SHARED_AT_LEAST: usize = 3;
/// Share of the shorter list that must be in the other.
const SHARED_PART: f64 = 0.5;
/// Titles shorter than this are of the kind "Report" or "IOCs".
const TITLE_AT_LEAST: usize = 12;

/// The reports of a case, each put with those it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origins {
    group: Vec<usize>,
    ids: Vec<ReportId>,
}

impl Origins {
    /// Groups reports; the group of a report is the index of the first report of its origin.
    pub(crate) fn of(reports: &[Report]) -> Self {
        let marks: Vec<Marks> = reports.iter().map(Marks::of).collect();
        let mut group: Vec<usize> = (0..reports.len()).collect();
        for later in 1..reports.len() {
            for earlier in 0..later {
                if group[later] != group[earlier] && marks[later].same_origin(&marks[earlier]) {
                    let (from, to) = if group[later] < group[earlier] {
                        (group[earlier], group[later])
                    } else {
                        (group[later], group[earlier])
                    };
                    for one in &mut group {
                        if *one == from {
                            *one = to;
                        }
                    }
                }
            }
        }
        Self {
            group,
            ids: reports.iter().map(|report| report.id.clone()).collect(),
        }
    }

    /// Number of independent origins.
    pub(crate) fn count(&self) -> usize {
        self.group.iter().collect::<BTreeSet<_>>().len()
    }

    /// The origin of the report at `index`.
    pub(crate) fn group(&self, index: usize) -> usize {
        self.group.get(index).copied().unwrap_or(index)
    }

    /// The first report of each origin.
    pub(crate) fn first_reports(&self) -> impl Iterator<Item = &ReportId> {
        self.group
            .iter()
            .enumerate()
            .filter(|(index, group)| index == *group)
            .filter_map(|(index, _)| self.ids.get(index))
    }
}

/// What tells that two documents are one source.
struct Marks {
    id: ReportId,
    title: Option<String>,
    publisher: Option<String>,
    indicators: BTreeSet<(String, String)>,
}

impl Marks {
    fn of(report: &Report) -> Self {
        let plain = |text: &String| {
            text.chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect::<String>()
        };
        Self {
            id: report.id.clone(),
            title: report
                .title
                .as_ref()
                .map(plain)
                .filter(|title| title.chars().count() >= TITLE_AT_LEAST),
            publisher: report
                .publisher
                .as_ref()
                .map(plain)
                .filter(|p| !p.is_empty()),
            indicators: report
                .mentions
                .iter()
                .filter(|mention| mention.disposition == Disposition::Ioc)
                .map(|mention| {
                    (
                        mention.observable.kind().name().to_owned(),
                        mention.observable.value().to_owned(),
                    )
                })
                .collect(),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of indicators")]
    fn same_origin(&self, other: &Self) -> bool {
        let equal = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
        if self.id == other.id
            || equal(&self.title, &other.title)
            || equal(&self.publisher, &other.publisher)
        {
            return true;
        }
        let shared = self.indicators.intersection(&other.indicators).count();
        let shorter = self.indicators.len().min(other.indicators.len());
        shared >= SHARED_AT_LEAST && shared as f64 >= SHARED_PART * shorter as f64
    }
}

//! The visibility grid: which machine could be seen through which kind of records, for how long.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{Asset, Coverage, Hour, HuntResult, Telemetry};

use super::time::{Axis, window};

/// Kinds of telemetry as people ask for them: one column each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Dns,
    Web,
    Tls,
    Flow,
    Process,
    Hashes,
    Files,
    Registry,
    System,
    Logon,
    Mail,
    Alert,
    Other,
}

impl Group {
    /// All groups in the order of columns.
    pub(crate) const ALL: [Self; 13] = [
        Self::Dns,
        Self::Web,
        Self::Tls,
        Self::Flow,
        Self::Process,
        Self::Hashes,
        Self::Files,
        Self::Registry,
        Self::System,
        Self::Logon,
        Self::Mail,
        Self::Alert,
        Self::Other,
    ];

    /// The group a kind of telemetry belongs to.
    pub(crate) fn of(telemetry: Telemetry) -> Self {
        use Telemetry as T;
        match telemetry {
            T::Dns | T::DnsAnswer => Self::Dns,
            T::HttpHost | T::HttpUrl | T::UserAgent => Self::Web,
            T::TlsName | T::Certificate => Self::Tls,
            T::Flow => Self::Flow,
            T::Process | T::CommandLine => Self::Process,
            T::FileMd5 | T::FileSha1 | T::FileSha256 => Self::Hashes,
            T::FileName | T::TransferHash => Self::Files,
            T::Registry => Self::Registry,
            T::Service | T::ScheduledTask | T::Pipe => Self::System,
            T::Logon => Self::Logon,
            T::Mail => Self::Mail,
            T::Alert => Self::Alert,
            T::Other => Self::Other,
        }
    }
}

/// How much of the window one cell covers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell {
    /// This kind of records was collected from nobody.
    Uncollected,
    /// There are records, but of each hour that has some, others are known to be missing.
    Partial,
    /// No machine has any record: whether something was collected, nothing that was given tells.
    Unknown,
    /// Share of the window's hours with a record, 0 to 1.
    Share(f64),
}

impl Cell {
    /// From this share on a cell counts as covered: quiet hours are normal.
    pub(crate) const WHOLE_FROM: f64 = 0.9;

    /// `●` covered, `◐` partly, `◌` with records missing, `○` not, `?` unknown, `–` collected from nobody.
    pub(crate) fn glyph(self) -> char {
        match self {
            Self::Uncollected => '–',
            Self::Partial => '◌',
            Self::Unknown => '?',
            Self::Share(s) if s >= Self::WHOLE_FROM => '●',
            Self::Share(s) if s > 0.0 => '◐',
            Self::Share(_) => '○',
        }
    }

    /// The share; nothing for what was collected from nobody.
    pub(crate) fn share(self) -> f64 {
        match self {
            Self::Uncollected | Self::Partial | Self::Unknown => 0.0,
            Self::Share(s) => s,
        }
    }
}

/// One machine.
#[derive(Debug, Clone)]
pub(crate) struct GridRow<'a> {
    pub(crate) asset: &'a Asset,
    /// One per column.
    pub(crate) cells: Vec<Cell>,
    /// Whether something was seen on it.
    pub(crate) hit: bool,
}

/// Machines × groups of telemetry.
#[derive(Debug, Clone)]
pub(crate) struct Grid<'a> {
    pub(crate) columns: Vec<Group>,
    /// For each column, how many indicators would show in it.
    pub(crate) wanted: Vec<usize>,
    /// Machines with sightings first, then the least visible; sensors last.
    pub(crate) rows: Vec<GridRow<'a>>,
}

/// The grid of a hunt. Columns: what was collected or would have been needed.
pub(crate) fn grid(hunt: &HuntResult) -> Grid<'_> {
    let coverage = &hunt.coverage;
    let hours = hours_by_group(coverage);
    let total = window(coverage).map_or(0, |(from, until)| until.0 - from.0);
    let mut wanted: BTreeMap<Group, usize> = BTreeMap::new();
    for one in &hunt.findings {
        let shows = Telemetry::that_would_show(one.indicator.observable.kind());
        let groups: BTreeSet<Group> = shows.iter().map(|t| Group::of(*t)).collect();
        for group in groups {
            *wanted.entry(group).or_default() += 1;
        }
    }
    let collected: BTreeSet<Group> = coverage
        .sources
        .iter()
        .filter(|s| !s.hours.is_empty())
        .flat_map(|s| s.telemetry.iter().map(|t| Group::of(*t)))
        .collect();
    let columns: Vec<Group> = Group::ALL
        .into_iter()
        .filter(|g| collected.contains(g) || wanted.contains_key(g))
        .collect();
    let hit: BTreeSet<&str> = hunt
        .findings
        .iter()
        .flat_map(|one| one.finding.sightings())
        .filter_map(|s| s.asset.as_deref())
        .collect();
    let mut rows: Vec<GridRow<'_>> = coverage
        .assets
        .iter()
        .map(|asset| GridRow {
            asset,
            hit: hit.contains(asset.name.as_str()),
            cells: columns
                .iter()
                .map(|group| {
                    if !collected.contains(group) {
                        return Cell::Uncollected;
                    }
                    let covered = hours
                        .get(&(asset.name.as_str(), *group))
                        .map_or(0, BTreeSet::len);
                    Cell::Share(ratio(covered, total))
                })
                .collect(),
        })
        .collect();
    rows.sort_by(|a, b| {
        (a.asset.sensor, !a.hit)
            .cmp(&(b.asset.sensor, !b.hit))
            .then_with(|| row_sum(a).total_cmp(&row_sum(b)))
            .then_with(|| a.asset.name.cmp(&b.asset.name))
    });
    Grid {
        wanted: columns
            .iter()
            .map(|group| wanted.get(group).copied().unwrap_or(0))
            .collect(),
        columns,
        rows,
    }
}

/// For each bin of `axis`, the share of its hours with any record of a machine; where there is none, whether there are
/// some of other machines. `of_any` is what [`hours_of_any`] gives.
pub(crate) fn by_time(
    hunt: &HuntResult,
    asset: &str,
    axis: &Axis,
    of_any: &BTreeSet<Hour>,
) -> Vec<Cell> {
    let mut hours: BTreeSet<Hour> = BTreeSet::new();
    let mut torn: BTreeSet<Hour> = BTreeSet::new();
    for source in hunt.coverage.sources.iter().filter(|s| s.asset == asset) {
        hours.extend(source.hours.iter().map(|h| h.hour));
        torn.extend(&source.partial_hours);
    }
    let counted = |hours: &BTreeSet<Hour>| {
        let mut counts = vec![0usize; axis.bins];
        for hour in hours {
            if let Some(n) = axis.bin(*hour).and_then(|bin| counts.get_mut(bin)) {
                *n += 1;
            }
        }
        counts
    };
    let (torn, of_any) = (counted(&torn), counted(of_any));
    counted(&hours)
        .into_iter()
        .zip(torn)
        .zip(of_any)
        .enumerate()
        .map(|(bin, ((whole, torn), any))| match (whole, torn, any) {
            (0, 0, 0) => Cell::Unknown,
            (0, 1.., _) => Cell::Partial,
            _ => Cell::Share(ratio(whole, axis.hours_in(bin))),
        })
        .collect()
}

/// Hours in which any machine has a record.
pub(crate) fn hours_of_any(hunt: &HuntResult) -> BTreeSet<Hour> {
    let sources = hunt.coverage.sources.iter();
    sources
        .flat_map(|one| {
            let whole = one.hours.iter().map(|hour| hour.hour);
            whole.chain(one.partial_hours.iter().copied())
        })
        .collect()
}

fn row_sum(row: &GridRow<'_>) -> f64 {
    row.cells.iter().map(|c| c.share()).sum()
}

#[allow(
    clippy::cast_precision_loss,
    reason = "hours of a window stay far below 2^52"
)]
fn ratio(part: usize, total: i64) -> f64 {
    if total <= 0 {
        0.0
    } else {
        (part as f64 / total as f64).clamp(0.0, 1.0)
    }
}

fn hours_by_group(coverage: &Coverage) -> BTreeMap<(&str, Group), BTreeSet<Hour>> {
    let inside = window(coverage);
    let mut hours: BTreeMap<(&str, Group), BTreeSet<Hour>> = BTreeMap::new();
    for source in &coverage.sources {
        for kind in &source.telemetry {
            let group = Group::of(*kind);
            let covered = source
                .hours_with(std::slice::from_ref(kind))
                .filter(|h| inside.is_some_and(|(from, until)| from <= *h && *h < until));
            hours
                .entry((source.asset.as_str(), group))
                .or_default()
                .extend(covered);
        }
    }
    hours
}

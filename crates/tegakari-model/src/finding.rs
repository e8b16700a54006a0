//! What a hunt can say about an indicator. The type that carries the product.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Behaviours, Coverage, HuntId, Indicator, Problem, ReportId, Sighting, Strength, Telemetry,
    TimeRange,
};

/// How much of what was asked about could have shown an indicator, had it been there.
///
/// Counted in asset-hours: machines that are no sensors, times hours of the window. An asset-hour is
/// visible when a source that shows the needed telemetry of that asset has a record of it in that hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Visibility {
    /// Asset-hours in which it would have shown.
    pub visible: u64,
    /// All asset-hours asked about.
    pub total: u64,
    /// Assets visible for the whole window, sorted.
    pub assets_whole: Vec<String>,
    /// Assets visible for a part of it, sorted.
    pub assets_part: Vec<String>,
    /// Assets never visible, sorted.
    pub assets_none: Vec<String>,
    /// Log sources that would have shown it, sorted.
    pub sources: Vec<String>,
}

impl Visibility {
    /// Visible share, 0 to 1; 0 when nothing was asked about.
    #[allow(
        clippy::cast_precision_loss,
        reason = "asset-hours stay far below 2^52"
    )]
    pub fn share(&self) -> f64 {
        if self.total == 0 {
            0.0
        } else {
            self.visible as f64 / self.total as f64
        }
    }
}

/// A missing piece of visibility.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// Any one of these kinds of telemetry would close it; empty when no log we read can show the indicator.
    pub needs: Vec<Telemetry>,
    /// Where it is missing, sorted; empty when everywhere.
    pub assets: Vec<String>,
    /// Asset-hours it would add.
    pub asset_hours: u64,
}

/// What a hunt says about one indicator.
///
/// `NotSeen` cannot be built without a [`Visibility`], and [`Finding::negative`] is the only way to
/// build a negative, so silence cannot become "clean".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// It was there: at least one sighting, sorted by asset.
    Seen {
        /// One per asset.
        sightings: Vec<Sighting>,
        /// Where else it would have shown.
        visibility: Arc<Visibility>,
    },
    /// It was not there, and the logs would have shown it.
    NotSeen {
        /// The basis of the negative.
        visibility: Arc<Visibility>,
        /// What is missing all the same.
        gaps: Arc<[Gap]>,
    },
    /// Nobody can say: too little that would show it was collected.
    CannotTell {
        /// What little was visible.
        visibility: Arc<Visibility>,
        /// What is missing.
        gaps: Arc<[Gap]>,
    },
}

/// Which of the three a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// ●
    Seen,
    /// ○
    NotSeen,
    /// ▨
    CannotTell,
}

impl FindingKind {
    /// The mark that stands for it everywhere: shape, not colour alone.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Seen => "●",
            Self::NotSeen => "○",
            Self::CannotTell => "▨",
        }
    }

    /// The mark where only ASCII is to be had.
    pub fn ascii_mark(self) -> &'static str {
        match self {
            Self::Seen => "*",
            Self::NotSeen => "o",
            Self::CannotTell => "?",
        }
    }
}

impl Finding {
    /// The share of asset-hours from which on an absence is called "not seen". Below it, more of what
    /// was asked about was dark than lit, so nobody can tell.
    pub const NOT_SEEN_FROM: f64 = 0.5;

    /// A negative: "not seen" when at least [`Self::NOT_SEEN_FROM`] of the asset-hours were visible,
    /// otherwise "cannot tell".
    ///
    /// Both are shared: a million indicators of one kind have one visibility.
    pub fn negative(visibility: impl Into<Arc<Visibility>>, gaps: impl Into<Arc<[Gap]>>) -> Self {
        let (visibility, gaps) = (visibility.into(), gaps.into());
        if visibility.visible > 0 && visibility.share() >= Self::NOT_SEEN_FROM {
            Self::NotSeen { visibility, gaps }
        } else {
            Self::CannotTell { visibility, gaps }
        }
    }

    /// Which of the three it is.
    pub fn kind(&self) -> FindingKind {
        match self {
            Self::Seen { .. } => FindingKind::Seen,
            Self::NotSeen { .. } => FindingKind::NotSeen,
            Self::CannotTell { .. } => FindingKind::CannotTell,
        }
    }

    /// The visibility it rests on.
    pub fn visibility(&self) -> &Visibility {
        match self {
            Self::Seen { visibility, .. }
            | Self::NotSeen { visibility, .. }
            | Self::CannotTell { visibility, .. } => visibility,
        }
    }

    /// The sightings; empty for negatives.
    pub fn sightings(&self) -> &[Sighting] {
        match self {
            Self::Seen { sightings, .. } => sightings,
            _ => &[],
        }
    }

    /// The gaps; empty for sightings.
    pub fn gaps(&self) -> &[Gap] {
        match self {
            Self::NotSeen { gaps, .. } | Self::CannotTell { gaps, .. } => gaps,
            Self::Seen { .. } => &[],
        }
    }
}

/// One indicator and what the hunt says about it. One line of `hunt --format jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndicatorFinding {
    /// What was looked for.
    pub indicator: Indicator,
    /// What was found. In JSON its fields stand beside `indicator`.
    #[serde(flatten)]
    pub finding: Finding,
}

/// Counts over all findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// ●
    pub seen: usize,
    /// ○
    pub not_seen: usize,
    /// ▨
    pub cannot_tell: usize,
}

/// The outcome of one hunt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HuntResult {
    /// Derived from the plan and the outcome.
    pub id: HuntId,
    /// Reports whose indicators were looked for, sorted; empty for lists given directly.
    pub reports: Vec<ReportId>,
    /// The paths searched, as given.
    pub paths: Vec<String>,
    /// The time asked about, as given.
    pub asked: TimeRange,
    /// One per indicator: seen first, then cannot tell, then not seen; then by kind and value.
    pub findings: Vec<IndicatorFinding>,
    /// What could have been seen.
    pub coverage: Coverage,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Whether the hunt was interrupted before all input was read.
    #[serde(default)]
    pub partial: bool,
    /// What a negative is worth; `None` when no indicator was looked for that has a finding, or no time is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<Box<Strength>>,
    /// What rules of behaviour say; `None` when there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behaviours: Option<Box<Behaviours>>,
}

impl HuntResult {
    /// How many findings of each kind.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for one in &self.findings {
            match one.finding.kind() {
                FindingKind::Seen => totals.seen += 1,
                FindingKind::NotSeen => totals.not_seen += 1,
                FindingKind::CannotTell => totals.cannot_tell += 1,
            }
        }
        totals
    }
}

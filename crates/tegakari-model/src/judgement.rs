//! Words of estimative probability (ICD 203) and grades of sources (Admiralty code).
//!
//! Likelihood and confidence are two types and never share a sentence: the first says how probable
//! a judgement is, the second how good the basis of that judgement is.

use serde::{Deserialize, Serialize};

/// The seven bands of ICD 203 (Analytic Standards, 2015), with their percent bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likelihood {
    /// 1–5 %
    AlmostNoChance,
    /// 5–20 %
    VeryUnlikely,
    /// 20–45 %
    Unlikely,
    /// 45–55 %
    RoughlyEvenChance,
    /// 55–80 %
    Likely,
    /// 80–95 %
    VeryLikely,
    /// 95–99 %
    AlmostCertain,
}

impl Likelihood {
    /// The band that holds a probability between 0 and 1. Shared bounds belong to the upper band.
    pub fn of(probability: f64) -> Self {
        match probability {
            p if p < 0.05 => Self::AlmostNoChance,
            p if p < 0.20 => Self::VeryUnlikely,
            p if p < 0.45 => Self::Unlikely,
            p if p < 0.55 => Self::RoughlyEvenChance,
            p if p < 0.80 => Self::Likely,
            p if p < 0.95 => Self::VeryLikely,
            _ => Self::AlmostCertain,
        }
    }

    /// Lower and upper bound in percent.
    pub fn percent(self) -> (u8, u8) {
        match self {
            Self::AlmostNoChance => (1, 5),
            Self::VeryUnlikely => (5, 20),
            Self::Unlikely => (20, 45),
            Self::RoughlyEvenChance => (45, 55),
            Self::Likely => (55, 80),
            Self::VeryLikely => (80, 95),
            Self::AlmostCertain => (95, 99),
        }
    }

    /// ICD 203's words.
    pub fn english(self) -> &'static str {
        match self {
            Self::AlmostNoChance => "almost no chance",
            Self::VeryUnlikely => "very unlikely",
            Self::Unlikely => "unlikely",
            Self::RoughlyEvenChance => "roughly even chance",
            Self::Likely => "likely",
            Self::VeryLikely => "very likely",
            Self::AlmostCertain => "almost certain",
        }
    }

    /// This project's Japanese rendering; the band always stands beside it.
    pub fn japanese(self) -> &'static str {
        match self {
            Self::AlmostNoChance => "ほぼあり得ない",
            Self::VeryUnlikely => "可能性は極めて低い",
            Self::Unlikely => "可能性は低い",
            Self::RoughlyEvenChance => "五分五分",
            Self::Likely => "可能性が高い",
            Self::VeryLikely => "可能性が極めて高い",
            Self::AlmostCertain => "ほぼ確実",
        }
    }
}

/// How good the basis of a judgement is (ICD 203).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Little, single-source or untested basis.
    Low,
    /// Credible basis, but not corroborated enough.
    Moderate,
    /// Several independent families of good evidence.
    High,
}

/// Reliability of a source in the Admiralty code (A best, F cannot be judged).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the letters are the definition")]
pub enum SourceReliability {
    A,
    B,
    C,
    D,
    E,
    F,
}

/// Credibility of a piece of information in the Admiralty code (1 confirmed … 6 cannot be judged).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Credibility(u8);

impl Credibility {
    /// `None` unless `grade` is 1 to 6.
    pub fn new(grade: u8) -> Option<Self> {
        (1..=6).contains(&grade).then_some(Self(grade))
    }

    /// The grade, 1 to 6.
    pub fn grade(self) -> u8 {
        self.0
    }
}

//! `--since` and `--until`.

use anyhow::{Context, Result, bail};
use clap::Args;
use tegakari_model::{TimeRange, Timestamp};

/// The time asked about.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Window {
    /// Only records from this time on: 2025-03-04, 2025-03-04T01:00 (UTC) or RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only records up to this time; a date without a time means the whole of that day
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl Window {
    /// The range, checked.
    pub(crate) fn range(&self) -> Result<TimeRange> {
        let from = self.since.as_deref().map(|t| moment(t, false)).transpose();
        let until = self.until.as_deref().map(|t| moment(t, true)).transpose();
        let range = TimeRange {
            from: from.context("--since")?,
            until: until.context("--until")?,
        };
        if let (Some(from), Some(until)) = (range.from, range.until)
            && from >= until
        {
            let typed = |text: &Option<String>| text.clone().unwrap_or_default();
            bail!(
                "--since {} is not before --until {}; exchange the two",
                typed(&self.since),
                typed(&self.until)
            );
        }
        Ok(range)
    }
}

/// Reads a time. A date alone is its first moment, or the first moment of the next day at an `end`.
fn moment(text: &str, end: bool) -> Result<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let wrong = || {
        format!(
            "{text:?} is not a time; write 2025-03-04, 2025-03-04T01:00 or 2025-03-04T01:00:00Z"
        )
    };
    if text.len() == 10 {
        let day: jiff::civil::Date = text.parse().with_context(wrong)?;
        let day = if end {
            day.tomorrow().with_context(wrong)?
        } else {
            day
        };
        return format!("{day}T00:00:00Z").parse().with_context(wrong);
    }
    let time: jiff::civil::DateTime = text.parse().with_context(wrong)?;
    format!("{time}Z").parse().with_context(wrong)
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn a_date_at_the_end_means_the_whole_day() {
        for (text, end, want) in [
            ("2025-03-04", false, Some("2025-03-04T00:00:00Z")),
            ("2025-03-04", true, Some("2025-03-05T00:00:00Z")),
            ("2025-03-04T01:00", false, Some("2025-03-04T01:00:00Z")),
            ("2025-03-04 01:00:05", true, Some("2025-03-04T01:00:05Z")),
            (
                "2025-03-04T10:00:00+09:00",
                false,
                Some("2025-03-04T01:00:00Z"),
            ),
            ("yesterday", false, None),
            ("2025-02-30", false, None),
        ] {
            let got = moment(text, end).ok().map(|t| t.to_string());
            assert_eq!(got.as_deref(), want, "{text}");
        }
    }
}

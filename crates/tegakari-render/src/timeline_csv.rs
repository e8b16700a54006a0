//! A timeline as CSV, in the columns that Timesketch wants (message, datetime, timestamp_desc), and our own behind them.

use tegakari_model::{Timeline, TimelineEntry, TimelineEntryKind};

use crate::escape::csv;

/// The columns.
const HEAD: &str = "message,datetime,timestamp_desc,timestamp,host,user,level,rule_id,rule_author,rule_licence,techniques,source,file,line,record,excerpt\n";

/// The timeline as CSV (RFC 4180), in UTF-8. What a table program would take for a formula begins with an apostrophe,
/// and what a terminal would obey is left out.
pub fn timeline_csv(timeline: &Timeline) -> String {
    let mut out = HEAD.to_owned();
    for one in &timeline.entries {
        row(one, &mut out);
    }
    out
}

fn row(one: &TimelineEntry, out: &mut String) {
    let none: &[String] = &[];
    let (what, level, rule, author, licence, techniques) = match &one.kind {
        TimelineEntryKind::Behaviour {
            rule,
            level,
            author,
            licence,
            techniques,
        } => (
            "Sigma rule matched",
            level.name(),
            rule.as_str(),
            author.as_str(),
            licence.as_str(),
            techniques.as_slice(),
        ),
        TimelineEntryKind::Sighting { .. } => ("Indicator seen", "", "", "", "", none),
    };
    let message = format!("{}: {}", one.title, one.place.excerpt);
    let time = one.time.to_string();
    let microseconds = one.time.as_microsecond().to_string();
    let (line, record) = (one.place.line.to_string(), one.place.record.to_string());
    let techniques = techniques.join(" ");
    let cells = [
        message.as_str(),
        &time,
        what,
        &microseconds,
        one.asset.as_deref().unwrap_or_default(),
        one.user.as_deref().unwrap_or_default(),
        level,
        rule,
        author,
        licence,
        &techniques,
        &one.place.source,
        &one.place.file,
        &line,
        &record,
        &one.place.excerpt,
    ];
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&csv(cell));
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::timeline_csv;
    use tegakari_model::{LogCitation, Timeline, TimelineEntry, TimelineEntryKind, Timestamp};

    #[test]
    fn hostile_values_stay_in_their_cell() {
        let entry = TimelineEntry {
            time: Timestamp::from_second(1_767_225_600).unwrap(),
            asset: Some("=cmd|' /C calc'!A0".to_owned()),
            user: Some("a\"b,c\nd".to_owned()),
            title: "@x".to_owned(),
            kind: TimelineEntryKind::Sighting {
                kind: "domain".to_owned(),
            },
            place: LogCitation {
                file: "f.log".to_owned(),
                line: 7,
                record: 8,
                format: "text".to_owned(),
                source: "text".to_owned(),
                time: None,
                excerpt: "\u{1b}[31mred".to_owned(),
            },
        };
        let csv = timeline_csv(&Timeline {
            entries: vec![entry],
            ..Timeline::default()
        });
        assert_eq!(csv.lines().count(), 2, "{csv}");
        assert!(csv.contains("\"2026-01-01T00:00:00Z\",\"Indicator seen\",\"1767225600000000\""));
        assert!(
            csv.contains("\"'=cmd|") && csv.contains("a\"\"b,c"),
            "{csv}"
        );
        assert!(!csv.contains('\u{1b}'), "{csv}");
    }
}

//! What stands beside a value, in its row or on its line, and holds for it: the author's verdict, and
//! when it was first and last seen.

use tegakari_model::Timestamp;

use crate::feed;
use crate::front_matter::first_date;
use crate::lexicon::{self, Field, Verdict};

/// What a row or line says about its values.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Remarks {
    pub(super) verdict: Option<Verdict>,
    pub(super) first_seen: Option<Timestamp>,
    pub(super) last_seen: Option<Timestamp>,
    /// Of rows whose table has a column for it: when its values end, if it says so.
    pub(super) ends: Option<Option<Timestamp>>,
}

/// Longest cell that is a verdict where its column does not say so.
const SHORT: usize = 32;

impl Remarks {
    /// Those of a row, by the fields of its columns.
    pub(super) fn of_row(headers: Option<&[Option<Field>]>, row: &str) -> Self {
        let mut out = Self::default();
        let has = |field| headers.is_some_and(|h| h.contains(&Some(field)));
        let ours = has(Field::Ends);
        if ours || has(Field::ValidUntil) {
            out.ends = Some(None);
        }
        for (n, cell) in row.split('\t').enumerate() {
            let field = headers.and_then(|h| h.get(n).copied().flatten());
            let heard = match field {
                Some(Field::Verdict) => true,
                None | Some(Field::Type | Field::Description) => cell.len() <= SHORT,
                _ => false,
            };
            if heard && out.verdict.is_none() {
                out.verdict = lexicon::verdict(cell);
            }
            match field {
                Some(Field::FirstSeen) => out.first_seen = out.first_seen.or(moment(cell)),
                Some(Field::LastSeen) => out.last_seen = out.last_seen.or(moment(cell)),
                Some(Field::ValidUntil) if ours => out.last_seen = out.last_seen.or(moment(cell)),
                Some(Field::Ends | Field::ValidUntil) => {
                    out.ends = Some(out.ends.flatten().or(moment(cell)));
                }
                _ => {}
            }
        }
        out
    }

    /// Those of a line: the tag before it, and dates after the words for first and last.
    pub(super) fn of_line(line: &str) -> Self {
        let mut out = Self {
            verdict: lexicon::tag(line)
                .or_else(|| lexicon::cleared_at_end(line).then_some(Verdict::Clean)),
            ..Self::default()
        };
        // Sentences tell of other dates as well; a line in a list speaks of its value.
        if line.len() <= 300 && may_tell_when(line) {
            out.first_seen = after(line, &FIRST);
            out.last_seen = after(line, &LAST);
        }
        out
    }
}

/// Words before the date of the first sight, in lower case.
const FIRST: [&str; 6] = [
    "first seen",
    "first observed",
    "first_seen",
    "初観測",
    "初回観測",
    "初めて観測",
];

/// Words before the date of the last one.
const LAST: [&str; 5] = [
    "last seen",
    "last observed",
    "last_seen",
    "最終観測",
    "最後に観測",
];

/// Whether any of these words may stand in a line, and a date after it.
fn may_tell_when(line: &str) -> bool {
    let bytes = line.as_bytes();
    // "first" or "last", and what follows.
    let told = memchr::memchr2_iter(b't', b'T', bytes).any(|at| {
        matches!(
            bytes.get(at.wrapping_sub(1)..at + 3),
            Some([b's' | b'S', _, b' ' | b'_', b's' | b'S' | b'o' | b'O'])
        )
    });
    (told || !line.is_ascii()) && bytes.iter().any(u8::is_ascii_digit)
}

/// The date that stands right after some word.
fn after(line: &str, words: &[&str]) -> Option<Timestamp> {
    if !line.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let ascii = line.is_ascii();
    let mut words = words.iter().filter(|word| !ascii || word.is_ascii());
    words.find_map(|word| {
        let at = find_ignoring_case(line, word)? + word.len();
        let mut end = (at + 40).min(line.len());
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        moment(line.get(at..end)?)
    })
}

fn find_ignoring_case(text: &str, word: &str) -> Option<usize> {
    let first = *word.as_bytes().first()?;
    let other = first.to_ascii_uppercase();
    memchr::memchr2_iter(first, other, text.as_bytes()).find(|at| {
        let there = text.as_bytes().get(*at..at + word.len());
        there.is_some_and(|there| there.eq_ignore_ascii_case(word.as_bytes()))
    })
}

/// The moment that a text names: a time stamp, or a date in any form.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text
        .trim_start_matches([':', '：', '=', ' ', '('])
        .trim_end_matches([')', '）', '.', ',', ';', ' ']);
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    feed::time(text)
        .or_else(|| feed::counted(text))
        .or_else(|| first_date(text)?.0.start())
}

#[cfg(test)]
mod tests {
    use super::Remarks;
    use crate::lexicon::{Field, Verdict};

    #[test]
    fn a_row_tells_its_verdict_and_its_dates() {
        let headers = [
            None,
            Some(Field::Verdict),
            Some(Field::FirstSeen),
            Some(Field::LastSeen),
        ];
        let got = Remarks::of_row(
            Some(&headers),
            "evil.example\tmalicious\t2026-01-14\t2026年5月2日",
        );
        assert_eq!(got.verdict, Some(Verdict::Malicious));
        let text = |t: Option<tegakari_model::Timestamp>| t.map(|t| t.to_string());
        assert_eq!(
            text(got.first_seen).as_deref(),
            Some("2026-01-14T00:00:00Z")
        );
        assert_eq!(text(got.last_seen).as_deref(), Some("2026-05-02T00:00:00Z"));
        let got = Remarks::of_row(None, "192.0.2.1\tclean");
        assert_eq!(got.verdict, Some(Verdict::Clean));
        let got = Remarks::of_row(
            None,
            "192.0.2.1\tlegitimate service abused for command and control",
        );
        assert_eq!(got.verdict, None);
    }

    #[test]
    fn a_row_tells_when_its_values_end() {
        let ends = |headers: &[Field], row: &str| {
            let headers: Vec<_> = headers.iter().map(|field| Some(*field)).collect();
            let got = Remarks::of_row(Some(&headers), row);
            let text = |t: Option<tegakari_model::Timestamp>| t.map(|t| t.to_string());
            (got.ends.map(text), text(got.last_seen))
        };
        let day = |text: &str| Some(format!("{text}T00:00:00Z"));
        let (first, last) = ("2026-01-14", "2026-05-02T00:00:00Z");
        assert_eq!(
            ends(&[Field::ValidUntil], first),
            (Some(day(first)), None),
            "the end"
        );
        assert_eq!(ends(&[Field::Ends], "1768348800"), (Some(day(first)), None));
        assert_eq!(ends(&[Field::Ends], ""), (Some(None), None));
        assert_eq!(
            ends(
                &[Field::ValidUntil, Field::Ends],
                &format!("{first}\t{last}")
            ),
            (Some(day("2026-05-02")), day(first)),
            "as our own lists have it"
        );
        assert_eq!(ends(&[Field::LastSeen], first), (None, day(first)));
    }

    #[test]
    fn a_line_tells_when_its_value_was_seen() {
        let got = Remarks::of_line("- evil.example (First seen: 2026-03-04 11:22:33 UTC)");
        assert_eq!(
            got.first_seen.map(|t| t.to_string()).as_deref(),
            Some("2026-03-04T11:22:33Z")
        );
        assert_eq!(
            Remarks::of_line("first seen by us in Ohio").first_seen,
            None
        );
    }
}

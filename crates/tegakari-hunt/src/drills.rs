//! Traces that a drill planted: they are no sightings.
//!
//! Only what was found itself is looked at, never what else stands in its record: whoever has seen a token could put it
//! beside his own traces to hide them.

use std::collections::HashSet;

use tegakari_model::is_token;

/// The longest name around what was found that is looked at, to either side.
const REACH: usize = 260;

/// What drills planted: names, texts and hashes, each as a whole.
#[derive(Debug, Clone, Default)]
pub struct Drills {
    known: HashSet<String>,
}

/// Whose trace something found is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trace {
    /// Of no drill.
    None,
    /// A token stands in it, but no known drill has just this. Anybody can make such a name, so it counts.
    Unknown,
    /// Of a drill that is known: it does not count.
    Known,
}

impl Drills {
    /// Those with these values.
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        let known = values.into_iter().map(|one| one.to_ascii_lowercase());
        Self {
            known: known.collect(),
        }
    }

    /// What the value at `from..to` of a record is, with the name that it is a part of.
    pub(crate) fn judge(&self, record: &[u8], from: usize, to: usize) -> Trace {
        let (from, to) = (from.min(record.len()), to.min(record.len()));
        let goes_on = |b: &&u8| b.is_ascii_alphanumeric() || b"._-".contains(b);
        let before = record[from.saturating_sub(REACH)..from].iter().rev();
        let after = record[to..].iter().take(REACH);
        let start = from - before.take_while(goes_on).count();
        let end = to + after.take_while(goes_on).count();
        self.judge_text(record.get(start..end).unwrap_or_default())
    }

    /// What a name or other value is. It is known only as a whole: below another domain a token proves nothing.
    pub(crate) fn judge_text(&self, text: &[u8]) -> Trace {
        let Ok(text) = std::str::from_utf8(text) else {
            return Trace::None;
        };
        let whole = text.trim_matches('.').to_ascii_lowercase();
        if self.known.contains(&whole) {
            return Trace::Known;
        }
        let mut words = whole.split(|c: char| !c.is_ascii_alphanumeric());
        if words.any(is_token) {
            Trace::Unknown
        } else {
            Trace::None
        }
    }
}

#[cfg(test)]
mod tests {
    use tegakari_model::{TraceKind, token_body};

    use super::{Drills, Trace};

    #[test]
    fn a_trace_is_known_only_as_a_whole() {
        let token = format!("tgkdrill{}", token_body(b"s", "ws-014", TraceKind::Dns));
        let hash = "9f2c".repeat(16);
        let own = format!("{token}.own.example");
        let drills = Drills::new([own.clone(), hash.clone()]);
        let check = |record: &str, value: &str, want: Trace| {
            let from = record.find(value).unwrap();
            let got = drills.judge(record.as_bytes(), from, from + value.len());
            assert_eq!(got, want, "{record}");
        };
        check(&format!("query: {own}. IN A"), "own.example", Trace::Known);
        check(
            &format!("http://{}/x", own.to_uppercase()),
            "OWN.EXAMPLE",
            Trace::Known,
        );
        check(
            &format!("SHA256={}", hash.to_uppercase()),
            &hash.to_uppercase(),
            Trace::Known,
        );
        // A token that was seen once does not hide what somebody puts it beside.
        check(
            &format!("{token}.evil.example"),
            "evil.example",
            Trace::Unknown,
        );
        check(&format!("evil.example {own}"), "evil.example", Trace::None);
        check(&format!("evil.example/{own}"), "evil.example", Trace::None);
        check("www.own.example", "own.example", Trace::None);
        assert_eq!(drills.judge(b"abc", 9, 12), Trace::None);
    }
}

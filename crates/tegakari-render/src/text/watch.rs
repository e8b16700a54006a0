//! Sightings of a watch: one as it is met, and many as a digest.

use tegakari_model::{DetectionRule, Language, Observable, ObservableKind, Relation, Timestamp};

use crate::escape::terminal;
use crate::i18n::{Words, say};

/// One sighting, as far as it is shown.
#[derive(Debug, Clone, Copy)]
pub struct WatchedLine<'a> {
    /// Type of what was found (`domain`), and its value.
    pub kind: &'a str,
    /// See `kind`.
    pub value: &'a str,
    /// How an indicator stands in the record.
    pub relation: Option<Relation>,
    /// The rule that matches, where it is one.
    pub rule: Option<&'a DetectionRule>,
    /// The machine, where a record tells.
    pub asset: Option<&'a str>,
    /// Time from the record itself.
    pub time: Option<Timestamp>,
    /// The stream, and the line in it.
    pub input: &'a str,
    /// See `input`.
    pub line: u64,
    /// The record, cut around what was found.
    pub excerpt: &'a str,
    /// It may have been told before.
    pub repeat: bool,
}

/// A sighting on two lines: what, where and when; and the record.
pub fn watched(line: &WatchedLine<'_>, language: Language) -> String {
    let words = Words::new(language);
    let value = defanged(line.kind, line.value);
    let machine = line.asset.unwrap_or(words.get("watch.no_machine"));
    let when = line.time.map_or_else(
        || words.get("watch.no_time").to_owned(),
        |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
    );
    let head = say!(
        words,
        "watch.sighting",
        value = terminal(&value),
        machine = terminal(machine),
        when = when
    );
    let repeat = if line.repeat {
        format!(" {}", words.get("watch.repeat"))
    } else {
        String::new()
    };
    let place = terminal(&format!("{}:{}", line.input, line.line));
    let mut aside = line
        .relation
        .map(|relation| words.relation(relation).to_owned())
        .unwrap_or_default();
    if let Some(rule) = line.rule {
        let author = match rule.author.as_str() {
            "" => words.get("behaviour.no_author"),
            author => author,
        };
        let licence = match rule.licence.as_str() {
            "" => words.get("behaviour.no_licence"),
            licence => licence,
        };
        let level = words.level(rule.level);
        let by = say!(
            words,
            "watch.rule",
            level = level,
            author = terminal(author),
            licence = terminal(licence)
        );
        aside.push_str(&by);
    }
    format!(
        "● {head}{repeat}\n    {place} ({aside}): {}\n",
        terminal(line.excerpt)
    )
}

/// Subject and text of a mail about `all` sightings, of which some are shown.
pub fn watch_digest(lines: &[WatchedLine<'_>], all: usize, language: Language) -> (String, String) {
    let words = Words::new(language);
    let subject = say!(words, "watch.digest_subject", n = all);
    let mut text = say!(words, "watch.digest_begins", n = all);
    text.push_str("\n\n");
    for line in lines {
        text.push_str(&watched(line, language));
    }
    if all > lines.len() {
        text.push('\n');
        text.push_str(&say!(words, "watch.digest_more", n = all - lines.len()));
        text.push('\n');
    }
    (subject, text)
}

/// A value that nobody opens by accident.
fn defanged(kind: &str, value: &str) -> String {
    let kind = ObservableKind::ALL.iter().find(|one| one.name() == kind);
    kind.and_then(|kind| Observable::new(*kind, value).ok())
        .map_or_else(|| value.to_owned(), |one| one.defanged())
}

#[cfg(test)]
mod tests {
    use super::{WatchedLine, watch_digest, watched};
    use tegakari_model::{Language, Relation};

    #[test]
    fn hostile_text_is_visible_and_inert_in_both_languages() {
        let line = WatchedLine {
            kind: "domain",
            value: "evil.example",
            relation: Some(Relation::Exact),
            rule: None,
            asset: Some("ws\u{1b}[31m"),
            time: None,
            input: "/var/log/a\nb",
            line: 7,
            excerpt: "x\u{202e}y\u{7}\nQUIT",
            repeat: true,
        };
        for language in [Language::En, Language::Ja] {
            let text = watched(&line, language);
            assert_eq!(text.lines().count(), 2, "{text}");
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
            assert!(text.contains("evil[.]example"), "{text}");
            let (subject, body) = watch_digest(&[line], 3, language);
            assert!(
                subject.contains('3') && body.contains('2'),
                "{subject} {body}"
            );
        }
    }
}

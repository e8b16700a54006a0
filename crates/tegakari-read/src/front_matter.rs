//! What a report says about itself: title, publisher, date, language, marking.

use std::sync::OnceLock;

use regex::Regex;
use tegakari_model::{Language, Observable, ObservableKind, ReportDate, Tlp};

use crate::content::{Block, BlockKind, Content, Stated, StatedObservable};
use crate::lexicon;
use crate::techniques;
use crate::text::Clean;

/// Publishers by a word in their name or host. Their own names are never actors or victims.
pub(crate) const PUBLISHERS: &[(&str, &str)] = &[
    ("talosintelligence", "Cisco Talos"),
    ("talos", "Cisco Talos"),
    ("welivesecurity", "ESET"),
    ("eset", "ESET"),
    ("securelist", "Kaspersky"),
    ("kaspersky", "Kaspersky"),
    ("mandiant", "Mandiant"),
    ("fireeye", "FireEye"),
    ("crowdstrike", "CrowdStrike"),
    ("unit42", "Palo Alto Networks Unit 42"),
    ("paloaltonetworks", "Palo Alto Networks"),
    ("trendmicro", "Trend Micro"),
    ("symantec", "Symantec"),
    ("proofpoint", "Proofpoint"),
    ("sentinelone", "SentinelOne"),
    ("volexity", "Volexity"),
    ("recordedfuture", "Recorded Future"),
    ("groupib", "Group-IB"),
    ("checkpoint", "Check Point"),
    ("sophos", "Sophos"),
    ("jpcert", "JPCERT/CC"),
    ("cisa", "CISA"),
    ("lab52", "Lab52"),
    ("prodaft", "PRODAFT"),
    ("microsoft", "Microsoft"),
    ("zscaler", "Zscaler"),
    ("fortinet", "Fortinet"),
    ("bitdefender", "Bitdefender"),
    ("elastic", "Elastic"),
    ("secureworks", "Secureworks"),
    ("huntress", "Huntress"),
    ("rapid7", "Rapid7"),
    ("sekoia", "Sekoia"),
    ("thedfirreport", "The DFIR Report"),
    ("lac.co.jp", "LAC"),
    ("iijsect", "IIJ"),
    ("nttsecurity", "NTT Security"),
    ("ipa.go.jp", "IPA"),
];

/// The words of a document's file name, written as a title: what a list without a word of its own is
/// about (`2025/lotus-blossom-espionage-group.txt`). Empty when the name holds none.
pub(crate) fn words_of_file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or("");
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let mut words = String::new();
    for word in stem
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .take(24)
    {
        if !words.is_empty() {
            words.push(' ');
        }
        let mut letters = word.chars().take(64);
        words.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        words.extend(letters);
    }
    words
}

/// The name under which a publisher is known, when a name or host holds it.
pub(crate) fn known_publisher(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let key: String = lower
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '.')
        .collect();
    PUBLISHERS
        .iter()
        .find(|(word, _)| key.contains(word))
        .map(|(_, name)| *name)
}

/// Splits YAML front matter off: `(front, body, lines of front)`.
pub(crate) fn split(text: &str) -> (&str, &str, u32) {
    let rest = text
        .strip_prefix("---\n")
        .or_else(|| text.strip_prefix("---\r\n"));
    let Some(rest) = rest else {
        return ("", text, 0);
    };
    match rest.find("\n---") {
        Some(end) if end < 16 * 1024 => {
            let front = rest.get(..end).unwrap_or("");
            let after = rest.get(end + 4..).unwrap_or("");
            let body = after.split_once('\n').map_or("", |(_, body)| body);
            (
                front,
                body,
                u32::try_from(front.lines().count() + 2).unwrap_or(0),
            )
        }
        _ => ("", text, 0),
    }
}

/// Takes what front matter states. Only flat `key: value` lines count; nothing is executed or expanded.
pub(crate) fn apply(front: &str, content: &mut Content) {
    for line in front.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim().trim_matches(['"', '\'']).to_owned();
        if value.is_empty() || key.starts_with([' ', '\t', '-']) {
            continue;
        }
        match key.trim().to_ascii_lowercase().as_str() {
            "title" => content.title = Some(value),
            "date" | "published" | "pubdate" | "published_at" => content.published = Some(value),
            "source" | "publisher" | "site" | "author"
                if content.publisher.is_none() && !value.contains("://") =>
            {
                content.publisher = Some(value)
            }
            "original_url" | "url" | "canonical" | "canonical_url" | "link" | "source" => {
                if let Ok(observable) = Observable::new(ObservableKind::Url, &value) {
                    content.observables.push(StatedObservable::new(
                        observable,
                        Stated::Reference,
                        "where the report itself is published",
                        format!("/{}", key.trim()),
                    ));
                }
                content.own_urls.push(value);
            }
            "lang" | "language" => content.language = language(&value),
            "tlp" => content.tlp = Tlp::parse(&value),
            _ => {}
        }
    }
}

/// Takes the lists that front matter holds under keys such as `iocs`, `references` and `mitre_ttps`: a
/// section each. Lines with the id of a technique count under any key; the rest is the site's own.
pub(crate) fn lists(front: &str, content: &mut Content) {
    let mut wanted = false;
    let mut any = false;
    for (number, line) in (2u32..).zip(front.lines()) {
        let nested = line.starts_with([' ', '\t', '-']);
        if !nested {
            let (key, value) = line.split_once(':').unwrap_or(("", ""));
            let (key, value) = (key.trim(), value.trim());
            // `email: me@site` is about the author; lists are about the report.
            wanted = (value.is_empty() || value.starts_with('['))
                && (lexicon::section_kind(key).is_some() || techniques::lists_techniques(key));
            if wanted {
                content.heading(6, key, number);
                any = true;
            }
        }
        let value = if nested {
            line.trim_start().trim_start_matches("- ")
        } else {
            line.split_once(':').map_or("", |(_, value)| value)
        };
        let value = value.trim();
        if !value.is_empty() && (wanted || (nested && techniques::names_id(value))) {
            content.push(Block::new(BlockKind::ListItem, value, number));
            any = true;
        }
    }
    if any {
        content.close_section();
    }
}

/// A language by its tag (BCP 47).
pub(crate) fn language(tag: &str) -> Option<Language> {
    let lower = tag.trim().to_ascii_lowercase();
    if lower.starts_with("ja") {
        Some(Language::Ja)
    } else if lower.starts_with("en") {
        Some(Language::En)
    } else {
        None
    }
}

/// The language of most letters: Japanese when one letter in twenty is kana.
pub(crate) fn language_of<'a>(texts: impl Iterator<Item = &'a str>) -> Language {
    let (mut kana, mut letters) = (0usize, 0usize);
    for text in texts {
        for c in text.chars() {
            kana += usize::from(matches!(c, '\u{3041}'..='\u{30FA}'));
            letters += usize::from(c.is_alphabetic());
        }
        if letters > 200_000 {
            break;
        }
    }
    if kana * 20 > letters {
        Language::Ja
    } else {
        Language::En
    }
}

/// First marking in a text (`TLP:AMBER`).
pub(crate) fn tlp_in(text: &str) -> Option<Tlp> {
    let at = text.find("TLP").or_else(|| text.find("tlp"))?;
    let rest = text
        .get(at + 3..)?
        .trim_start()
        .strip_prefix([':', '：', '-'])?
        .trim_start();
    let end = rest
        .find(|c: char| !(c.is_ascii_alphabetic() || c == '+'))
        .unwrap_or(rest.len());
    Tlp::parse(rest.get(..end)?)
}

struct Patterns {
    iso: Regex,
    japanese: Regex,
    era: Regex,
    month_first: Regex,
    day_first: Regex,
}

fn patterns() -> Option<&'static Patterns> {
    static CELL: OnceLock<Option<Patterns>> = OnceLock::new();
    const MONTH: &str = r"((?i-u:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))[A-Za-z]*\.?";
    CELL.get_or_init(|| {
        Some(Patterns {
            // Digits and borders of ASCII: small automata. A date may touch Japanese text.
            iso: Regex::new(
                r"(?-u:\b)((?:19|20)[0-9]{2})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:(?-u:\b)|T)",
            )
            .ok()?,
            japanese: Regex::new(
                r"((?:19|20)[0-9]{2})\s*年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*日",
            )
            .ok()?,
            era: Regex::new(
                r"(令和|平成|昭和)\s*(元|[0-9]{1,2})\s*年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*日",
            )
            .ok()?,
            month_first: Regex::new(&format!(
                r"(?-u:\b){MONTH}\s+([0-9]{{1,2}})(?i-u:st|nd|rd|th)?,?\s+((?:19|20)[0-9]{{2}})(?-u:\b)"
            ))
            .ok()?,
            day_first: Regex::new(&format!(
                r"(?-u:\b)([0-9]{{1,2}})(?i-u:st|nd|rd|th)?\s+{MONTH},?\s+((?:19|20)[0-9]{{2}})(?-u:\b)"
            ))
            .ok()?,
        })
    })
    .as_ref()
}

/// Whose blog a translation is of, and what its title was there: `本稿は…日に…のブログに投稿された「…」`.
fn translated(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("本稿は")?;
    let (when, rest) = rest.split_once("日に")?;
    let (blog, rest) = rest.split_once("のブログに投稿された「")?;
    let (title, _) = rest.split_once('」')?;
    let within = |text: &str, most: usize| text.chars().nth(most).is_none();
    let said = !blog.is_empty() && !title.is_empty();
    (said && within(when, 40) && within(blog, 60) && within(title, 200)).then_some((blog, title))
}

fn date(year: i32, month: &str, day: &str) -> Option<ReportDate> {
    let (month, day) = (month.parse::<u8>().ok()?, day.parse::<u8>().ok()?);
    let valid =
        (1970..=2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    valid.then(|| ReportDate(format!("{year:04}-{month:02}-{day:02}")))
}

/// The first date in a text, and where it starts.
pub(crate) fn first_date(text: &str) -> Option<(ReportDate, usize)> {
    let p = patterns()?;
    let group = |c: &regex::Captures<'_>, i: usize| c.get(i).map_or("", |m| m.as_str()).to_owned();
    let month = |name: &str| {
        const NAMES: [&str; 12] = [
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ];
        let i = NAMES
            .iter()
            .position(|n| name.get(..3).is_some_and(|p| p.eq_ignore_ascii_case(n)))?;
        Some((i + 1).to_string())
    };
    let mut found = Vec::new();
    if let Some(c) = p.iso.captures(text) {
        found.extend(
            date(group(&c, 1).parse().ok()?, &group(&c, 2), &group(&c, 3))
                .map(|d| (d, c.get(0).map_or(0, |m| m.start()))),
        );
    }
    if let Some(c) = p.japanese.captures(text) {
        found.extend(
            date(group(&c, 1).parse().ok()?, &group(&c, 2), &group(&c, 3))
                .map(|d| (d, c.get(0).map_or(0, |m| m.start()))),
        );
    }
    if let Some(c) = p.era.captures(text) {
        // First years of the eras: Reiwa 2019, Heisei 1989, Showa 1926.
        let first = match group(&c, 1).as_str() {
            "令和" => 2019,
            "平成" => 1989,
            _ => 1926,
        };
        let count: i32 = if group(&c, 2) == "元" {
            1
        } else {
            group(&c, 2).parse().ok()?
        };
        found.extend(
            date(first + count - 1, &group(&c, 3), &group(&c, 4))
                .map(|d| (d, c.get(0).map_or(0, |m| m.start()))),
        );
    }
    if let Some(c) = p.month_first.captures(text) {
        found.extend(
            month(&group(&c, 1))
                .and_then(|m| date(group(&c, 3).parse().ok()?, &m, &group(&c, 2)))
                .map(|d| (d, c.get(0).map_or(0, |m| m.start()))),
        );
    }
    if let Some(c) = p.day_first.captures(text) {
        found.extend(
            month(&group(&c, 2))
                .and_then(|m| date(group(&c, 3).parse().ok()?, &m, &group(&c, 1)))
                .map(|d| (d, c.get(0).map_or(0, |m| m.start()))),
        );
    }
    found.into_iter().min_by_key(|(_, at)| *at)
}

/// Words that make a date that of publication.
const PUBLISHED_WORDS: [&str; 12] = [
    "published",
    "posted",
    "publication date",
    "release date",
    "released on",
    "投稿",
    "公開日",
    "発行",
    "掲載",
    "更新日",
    "作成日",
    "date:",
];

/// What the report says about itself.
#[derive(Debug, Default)]
pub(crate) struct FrontMatter {
    pub(crate) title: Option<String>,
    pub(crate) publisher: Option<String>,
    pub(crate) published: Option<ReportDate>,
    pub(crate) tlp: Option<Tlp>,
}

/// Reads the beginning and the end of a document, where imprints stand.
pub(crate) fn read(content: &Content, cleans: &[Clean<'_>]) -> FrontMatter {
    let mut out = FrontMatter {
        title: content.title.clone(),
        publisher: content.publisher.clone(),
        published: content
            .published
            .as_deref()
            .and_then(|t| first_date(t).map(|(d, _)| d)),
        tlp: content.tlp,
    };
    let count = cleans.len();
    let ends = (0..count.min(20)).chain(count.saturating_sub(8).max(count.min(20))..count);
    for i in ends {
        let (Some(clean), Some(block)) = (cleans.get(i), content.blocks.get(i)) else {
            continue;
        };
        let text = clean.text.get(..4096).unwrap_or(&clean.text);
        // The line that heads a list may tell where it is from as well.
        out.tlp = out.tlp.or_else(|| tlp_in(text));
        if block.aside {
            continue;
        }
        if let Some((blog, title)) = translated(text) {
            let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            out.publisher = out.publisher.or_else(|| {
                let name = joined(blog);
                Some(known_publisher(&name).map_or(name, str::to_owned))
            });
            out.title = out.title.or_else(|| Some(joined(title)));
        }
        if out.published.is_none()
            && let Some((date, _)) = first_date(text)
        {
            let lower = text.to_lowercase();
            let said =
                PUBLISHED_WORDS.iter().any(|w| lower.contains(w)) && text.chars().count() < 400;
            let alone = i < 8 && text.trim().chars().count() <= 40;
            if said || alone {
                out.published = Some(date);
            }
        }
    }
    if out.title.is_none() {
        let first = content
            .blocks
            .iter()
            .position(|b| b.kind == BlockKind::Heading)
            .filter(|i| *i < 5);
        out.title = first
            .and_then(|i| content.blocks.get(i))
            .filter(|b| {
                crate::lexicon::section_kind(&b.text).is_none()
                    && (content.sections.first().is_some_and(|s| s.level == 1))
            })
            .map(|b| b.text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    if out.publisher.is_none() {
        out.publisher = content
            .own_urls
            .iter()
            .find_map(|u| known_publisher(u))
            .map(str::to_owned);
    }
    // At last what the file's own record says.
    let properties = &content.properties;
    out.title = out.title.or_else(|| properties.title.clone());
    out.publisher = out.publisher.or_else(|| {
        let author = properties.author.as_deref()?;
        (!is_nobody(author)).then(|| author.to_owned())
    });
    out.published = out.published.or_else(|| {
        let date = properties.date.as_deref()?;
        first_date(date).map(|(d, _)| d)
    });
    if let Some(known) = out
        .publisher
        .as_deref()
        .and_then(known_publisher)
        .filter(|k| *k == "Cisco Talos")
    {
        out.publisher = Some(known.to_owned());
    }
    out
}

/// Authors that programs fill in by themselves.
fn is_nobody(author: &str) -> bool {
    const NOBODY: [&str; 12] = [
        "administrator",
        "admin",
        "user",
        "root",
        "owner",
        "windows user",
        "microsoft office user",
        "python-docx",
        "openpyxl",
        "apache poi",
        "un-named",
        "unknown",
    ];
    let author = author.trim().to_lowercase();
    author.is_empty() || NOBODY.contains(&author.as_str())
}

#[cfg(test)]
mod tests {
    use super::first_date;

    #[test]
    fn dates_are_read_in_every_form() {
        for (text, want) in [
            ("本稿は 2025 年 3 月 06 日に投稿", Some("2025-03-06")),
            ("令和7年3月6日", Some("2025-03-06")),
            ("平成元年1月8日", Some("1989-01-08")),
            ("Published March 6, 2025 by", Some("2025-03-06")),
            ("on 6th Mar 2025", Some("2025-03-06")),
            ("2021/09/28", Some("2021-09-28")),
            ("2025-02-27T10:21:24Z", Some("2025-02-27")),
            ("2025-13-40", None),
            ("version 1.2.3", None),
        ] {
            assert_eq!(
                first_date(text).map(|(d, _)| d.0).as_deref(),
                want,
                "{text}"
            );
        }
    }
}

//! YARA rules, in files of their own and inside prose: what a rule says about its sample, and which of
//! its strings are values to look for.
//!
//! A rule's strings are patterns. Most are ordinary words (`config.ini`, `kernel32.dll`, `Mozilla/5.0`) that
//! mean something only together, so none becomes an indicator for looking like a file name. Taken are: a
//! whole link, a mutex or pipe by its form or its identifier, a path to debug symbols, and a host or
//! address whose identifier says what it is. The meta data names the sample's hashes, the author's
//! sources, the family and techniques. Parsed by VirusTotal's own parser, which survives errors
//! (<https://virustotal.github.io/yara-x/docs/writing_rules/anatomy-of-a-rule/>).

pub use nesting::nested_too_deeply;
use tegakari_model::{
    FileRecord, NameKind, Observable, ObservableKind as K, Problem, ReportCitation, ReportId, Tlp,
};
use yara_x_parser::Parser;
use yara_x_parser::cst::{CSTStream, Event, SyntaxKind};

use crate::content::{
    Block, BlockKind, Content, Stated, StatedName, StatedObservable, StatedTechnique,
};
use crate::misp;
use crate::techniques;

mod nesting;
mod prose;
mod values;

pub(crate) use prose::{Extents, in_prose, starts_rule};
use values::{cves, names_sample, string};

/// Longest source that is parsed; more is read as lines of code.
const LIMIT: usize = 64 << 20;

/// A rule, as far as it matters here.
#[derive(Debug, Default)]
struct Rule {
    name: String,
    line: u32,
    tags: Vec<String>,
    meta: Vec<(String, String, u32)>,
    /// Identifier without `$`, text, line.
    strings: Vec<(String, String, u32)>,
}

/// Reads rules into the content. `line` is the source's line of the text's first line, 0 when it has
/// none; `path` is where it stands in a structured document. Returns how many rules were found.
pub(crate) fn read(text: &str, line: u32, path: Option<&str>, content: &mut Content) -> usize {
    if text.len() > LIMIT {
        return 0;
    }
    let Parsed {
        rules,
        comments,
        errors,
    } = parse(text, line);
    let whole = path.is_none();
    for rule in &rules {
        take(rule, path, content);
    }
    // Comments around rules cite sources and samples.
    for (text, line) in comments {
        for (i, one) in text.lines().enumerate() {
            let line = if line == 0 {
                0
            } else {
                line.saturating_add(u32::try_from(i).unwrap_or(0))
            };
            let mut block = Block::new(
                BlockKind::Value,
                one.trim_matches(['/', '*', ' ', '\t']),
                line,
            );
            block.path = path.map(str::to_owned);
            block.aside = true;
            content.push(block);
        }
    }
    if let Some((what, at)) = errors.first() {
        let place = path.map_or_else(|| format!("line {at}"), str::to_owned);
        content.problems.push(Problem::new(
            place,
            format!("not a whole YARA rule: {what}"),
            "the parts that can be understood were read",
        ));
    }
    if whole && let [only] = rules.as_slice() {
        content.title = content.title.take().or_else(|| Some(only.name.clone()));
    }
    rules.len()
}

/// A source, parsed.
struct Parsed {
    rules: Vec<Rule>,
    comments: Vec<(String, u32)>,
    errors: Vec<(String, u32)>,
}

fn parse(text: &str, first: u32) -> Parsed {
    let mut lines = LineCount {
        text,
        at: 0,
        line: 0,
    };
    let mut line = |at: usize| {
        let n = lines.at(at);
        if first == 0 {
            0
        } else {
            first.saturating_add(n)
        }
    };
    let (mut rules, mut comments, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(at) = nested_too_deeply(text.as_bytes()) {
        let at = if first == 0 {
            0
        } else {
            first.saturating_add(at - 1)
        };
        errors.push(("it is nested too deeply".to_owned(), at));
        return Parsed {
            rules,
            comments,
            errors,
        };
    }
    let mut rule: Option<Rule> = None;
    let (mut in_tags, mut in_definition, mut after_keyword) = (false, false, false);
    let (mut key, mut value): (Option<String>, String) = (None, String::new());
    let source = text.as_bytes();
    for event in CSTStream::from(Parser::new(source)).whitespaces(false) {
        match event {
            Event::Begin {
                kind: SyntaxKind::RULE_DECL,
                span,
            } => {
                rule = Some(Rule {
                    line: line(span.start()),
                    ..Rule::default()
                });
            }
            Event::End {
                kind: SyntaxKind::RULE_DECL,
                ..
            } => {
                rules.extend(rule.take().filter(|r| !r.name.is_empty()));
            }
            Event::Begin {
                kind: SyntaxKind::RULE_TAGS,
                ..
            } => in_tags = true,
            Event::End {
                kind: SyntaxKind::RULE_TAGS,
                ..
            } => in_tags = false,
            Event::Begin {
                kind: SyntaxKind::META_DEF | SyntaxKind::PATTERN_DEF,
                ..
            } => {
                in_definition = true;
                (key, value) = (None, String::new());
            }
            Event::End {
                kind: kind @ (SyntaxKind::META_DEF | SyntaxKind::PATTERN_DEF),
                span,
            } => {
                in_definition = false;
                if let (Some(rule), Some(key)) = (rule.as_mut(), key.take()) {
                    let entry = (key, std::mem::take(&mut value), line(span.start()));
                    match kind {
                        SyntaxKind::META_DEF => rule.meta.push(entry),
                        _ => rule.strings.push(entry),
                    }
                }
            }
            Event::Token { kind, span } => {
                let token = || text.get(span.range()).unwrap_or("").to_owned();
                match kind {
                    SyntaxKind::COMMENT => comments.push((token(), line(span.start()))),
                    SyntaxKind::RULE_KW => after_keyword = true,
                    SyntaxKind::IDENT if after_keyword => {
                        after_keyword = false;
                        if let Some(rule) = rule.as_mut().filter(|r| r.name.is_empty()) {
                            rule.name = token();
                        }
                    }
                    SyntaxKind::IDENT if in_tags => {
                        if let Some(rule) = rule.as_mut() {
                            rule.tags.push(token());
                        }
                    }
                    SyntaxKind::IDENT | SyntaxKind::PATTERN_IDENT
                        if in_definition && key.is_none() =>
                    {
                        key = Some(token().trim_start_matches('$').to_owned());
                    }
                    SyntaxKind::STRING_LIT if in_definition => value = unescape(&token()),
                    SyntaxKind::INTEGER_LIT if in_definition && value.is_empty() => value = token(),
                    _ => {}
                }
            }
            Event::Error { message, span } => errors.push((message, line(span.start()))),
            _ => {}
        }
    }
    Parsed {
        rules,
        comments,
        errors,
    }
}

fn take(rule: &Rule, path: Option<&str>, content: &mut Content) {
    let place = path.unwrap_or("").to_owned();
    let at = |line: u32| Some(line).filter(|l| *l > 0);
    let mut state =
        |observable: Observable, stated, reason: String, line: u32, labels: &[String]| {
            content.observables.push(StatedObservable {
                line: at(line),
                labels: labels.to_vec(),
                ..StatedObservable::new(observable, stated, reason, place.clone())
            });
        };
    if let Ok(name) = Observable::new(K::YaraRule, &rule.name) {
        state(
            name,
            Stated::Indicator,
            "the name of a YARA rule".to_owned(),
            rule.line,
            &[],
        );
    }
    let families: Vec<String> = rule
        .meta
        .iter()
        .filter(|(key, value, _)| is_name(key) == Some(NameKind::Malware) && is_short(value))
        .map(|(_, value, _)| value.clone())
        .collect();
    let mut samples: Vec<(Observable, u32)> = Vec::new();
    for (key, value, line) in &rule.meta {
        let key = key.to_ascii_lowercase();
        for word in value.split([' ', ',', ';', '|', '\t', '\n', '<', '>', '"']) {
            let word = word.trim_matches(['.', '(', ')', '[', ']']);
            if word.contains("://") {
                if let Some(url) = misp::observable(K::Url, word) {
                    state(
                        url,
                        Stated::Reference,
                        "in the meta data of a YARA rule".to_owned(),
                        *line,
                        &[],
                    );
                }
            } else if names_sample(&key, word)
                && let Some(hash) = misp::hash(
                    if key.contains("imphash") {
                        "imphash"
                    } else {
                        ""
                    },
                    word,
                )
            {
                state(
                    hash.clone(),
                    Stated::Indicator,
                    "the sample of a YARA rule".to_owned(),
                    *line,
                    &families,
                );
                samples.push((hash, *line));
            } else if word.contains('@')
                && let Some(mail) = misp::observable(K::Email, word)
            {
                state(
                    mail,
                    Stated::Research,
                    "in the meta data of a YARA rule".to_owned(),
                    *line,
                    &[],
                );
            }
        }
        for cve in cves(value) {
            state(
                cve,
                Stated::Indicator,
                "named by a YARA rule".to_owned(),
                *line,
                &[],
            );
        }
    }
    for cve in cves(&rule.name.replace('_', "-")) {
        state(
            cve,
            Stated::Indicator,
            "named by a YARA rule".to_owned(),
            rule.line,
            &[],
        );
    }
    for (name, text, line) in &rule.strings {
        if let Some((value, stated)) = string(name, text) {
            let reason = format!("string ${name} of YARA rule {}", rule.name);
            state(value, stated, reason, *line, &families);
        }
    }
    one_sample(&samples, &place, content);
    names(rule, &place, content);
    for (key, value, line) in &rule.meta {
        match key.to_ascii_lowercase().as_str() {
            "tlp" | "sharing" => content.tlp = content.tlp.max(Tlp::parse(value)),
            "date" | "created" | "creation_date" if path.is_none() => {
                content.published = content.published.take().or_else(|| Some(value.clone()));
            }
            "description" | "info" | "desc" | "details" | "info_text" => {
                let mut block = Block::new(BlockKind::Value, value.clone(), *line);
                block.path = path.map(str::to_owned);
                content.push(block);
            }
            _ => {}
        }
    }
}

/// Hashes of different algorithms in one rule, one of each, are one file's.
fn one_sample(samples: &[(Observable, u32)], place: &str, content: &mut Content) {
    let mut file = FileRecord::default();
    for (hash, line) in samples {
        let Some(slot) = file.hash_mut(hash.kind()) else {
            continue;
        };
        if slot.is_some() {
            return;
        }
        *slot = Some(hash.value().to_owned());
        if file.citations.is_empty() {
            file.citations.push(ReportCitation {
                // The id of the report is not known before its bytes are hashed; `assemble` fills it in.
                report: ReportId::derive(&[]),
                line: Some(*line).filter(|l| *l > 0),
                page: None,
                path: Some(place.to_owned()).filter(|p| !p.is_empty()),
                section: None,
                quote: hash.value().to_owned(),
            });
        }
    }
    if crate::records::facts(&file) >= 2 {
        content.files.push(file);
    }
}

fn names(rule: &Rule, place: &str, content: &mut Content) {
    for (key, value, _) in &rule.meta {
        if let Some(kind) = is_name(key)
            && is_short(value)
        {
            content.names.push(StatedName {
                text: value.trim().to_owned(),
                kind,
                path: place.to_owned(),
            });
        }
    }
    let tagged = rule.tags.iter().map(|t| t.replace('_', "."));
    let stated = rule
        .meta
        .iter()
        .filter(|(key, _, _)| {
            let key = key.to_ascii_lowercase();
            ["mitre", "attack", "technique", "ttp"]
                .iter()
                .any(|w| key.contains(w))
        })
        .map(|(_, value, _)| value.clone());
    for text in tagged.chain(stated) {
        for id in techniques::ids_in(&text) {
            content.techniques.push(StatedTechnique {
                quote: text.chars().take(200).collect(),
                id,
                path: place.to_owned(),
            });
        }
    }
}

fn is_short(text: &str) -> bool {
    let text = text.trim();
    (2..=60).contains(&text.len()) && text.split_whitespace().count() <= 4 && !text.contains("://")
}

fn is_name(key: &str) -> Option<NameKind> {
    match key.to_ascii_lowercase().as_str() {
        "malware" | "family" | "malware_family" | "malpedia_family" | "malware_name"
        | "malfamily" => Some(NameKind::Malware),
        "actor" | "threat_actor" | "threatactor" | "apt" | "group" | "actor_group"
        | "intrusion_set" | "threat_group" => Some(NameKind::IntrusionSet),
        "campaign" | "operation" => Some(NameKind::Campaign),
        _ => None,
    }
}

/// A quoted literal without its quotes and escapes. Bytes beyond ASCII by `\x` are no text.
fn unescape(literal: &str) -> String {
    let quotes = if literal.starts_with("\"\"\"") { 3 } else { 1 };
    let end = literal.len().saturating_sub(quotes);
    let body = literal.get(quotes..end).unwrap_or("");
    let mut out = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('x') => {
                let digits: String = chars.by_ref().take(2).collect();
                match u8::from_str_radix(&digits, 16) {
                    Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
                    _ => out.push('\u{fffd}'),
                }
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

/// Line feeds before an offset, asked in rising order; going back counts from the start.
struct LineCount<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl LineCount<'_> {
    fn at(&mut self, offset: usize) -> u32 {
        if offset < self.at {
            return self.line;
        }
        let part = self
            .text
            .as_bytes()
            .get(self.at..offset.min(self.text.len()));
        let count = part.map_or(0, |p| memchr::memchr_iter(b'\n', p).count());
        self.line = self
            .line
            .saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        self.at = offset.min(self.text.len());
        self.line
    }
}

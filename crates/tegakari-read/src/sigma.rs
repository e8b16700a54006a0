//! Sigma rules: what they cite and detect (<https://sigmahq.io/sigma-specification/>).
//!
//! Most of a rule describes behaviour (`Image|endswith: '\powershell.exe'`): not one value of it is an
//! indicator. Taken are whole hashes, and whole addresses, hosts, links, pipes and mutexes; they are called
//! indicators when the rule is about one threat (a tag of an actor, malware or vulnerability, or
//! `detection.emerging-threats`), otherwise a person should look. What the condition excludes
//! (`not filter`) never is one. The condition is kept as a whole.

use serde_json::{Map, Value};
use tegakari_model::{NameKind, Observable, ObservableKind as K, TechniqueId, Tlp, public_suffix};

use crate::content::{
    Block, BlockKind, Content, Stated, StatedName, StatedObservable, StatedTechnique,
};
use crate::cybox::one_of;
use crate::misp;
use crate::rule::{self, Rule, Saying};

/// Longest condition that is parsed, in words; longer ones are read as "any of these".
const WORDS: usize = 2_000;
/// Deepest nesting of brackets in a condition, and of lists in a selection.
const DEPTH: usize = 24;

/// ATT&CK's tactics as Sigma writes them.
const TACTICS: &[(&str, &str)] = &[
    ("reconnaissance", "TA0043"),
    ("resource-development", "TA0042"),
    ("initial-access", "TA0001"),
    ("execution", "TA0002"),
    ("persistence", "TA0003"),
    ("privilege-escalation", "TA0004"),
    ("defense-evasion", "TA0005"),
    ("credential-access", "TA0006"),
    ("discovery", "TA0007"),
    ("lateral-movement", "TA0008"),
    ("collection", "TA0009"),
    ("command-and-control", "TA0011"),
    ("exfiltration", "TA0010"),
    ("impact", "TA0040"),
];

/// Whether a document is a Sigma rule (or a correlation of rules).
pub(crate) fn is_rule(document: &Value) -> bool {
    let has = |key: &str| document.get(key).is_some();
    has("title") && (has("detection") || has("correlation")) || has("detection") && has("logsource")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("").trim()
}

/// A text, or the texts of a list.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(one) => vec![one.as_str()],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Takes a rule into the content. `line` is where it starts, `path` where it stands in a document.
pub(crate) fn take(document: &Value, line: u32, path: &str, content: &mut Content) {
    let line = Some(line).filter(|l| *l > 0);
    let title = text(document, "title");
    let mut state = |observable: Observable, stated, reason: &str| {
        content.observables.push(StatedObservable {
            line,
            ..StatedObservable::new(observable, stated, reason, path)
        });
    };
    let tags: Vec<String> = document
        .get("tags")
        .map(texts)
        .unwrap_or_default()
        .iter()
        .map(|t| t.trim().to_ascii_lowercase().replace('_', "-"))
        .collect();
    for reference in document.get("references").map(texts).unwrap_or_default() {
        if reference.contains("://")
            && let Some(url) = misp::observable(K::Url, reference)
        {
            state(url, Stated::Reference, "reference of a Sigma rule");
        }
    }
    for word in text(document, "author").split([' ', ',', '<', '>', '(', ')']) {
        if word.contains('@')
            && let Some(mail) = Observable::new(K::Email, word).ok()
        {
            state(mail, Stated::Research, "author of a Sigma rule");
        }
    }
    let mut specific = false;
    for tag in &tags {
        let Some((space, value)) = tag.split_once('.') else {
            continue;
        };
        match space {
            "cve" => {
                let digits = value.trim_start_matches("cve-").replace('.', "-");
                if let Ok(cve) = Observable::new(K::Cve, &format!("CVE-{digits}")) {
                    specific = true;
                    state(cve, Stated::Indicator, "tag of a Sigma rule");
                }
            }
            "detection" => specific |= value == "emerging-threats",
            _ => {}
        }
    }
    for tag in &tags {
        match tag.split_once('.') {
            Some(("attack", value)) => specific |= attack(value, path, content),
            Some(("tlp", value)) => content.tlp = content.tlp.max(Tlp::parse(value)),
            _ => {}
        }
    }
    let description = text(document, "description");
    if !description.is_empty() {
        let mut block = Block::new(BlockKind::Value, description, line.unwrap_or(0));
        block.path = Some(path.to_owned()).filter(|p| !p.is_empty());
        // The programs that behaviour is described by are everybody's.
        block.aside = true;
        content.push(block);
    }
    if specific {
        // The title of a rule about one threat names it.
        let mut block = Block::new(BlockKind::Value, title, line.unwrap_or(0));
        block.path = Some(path.to_owned()).filter(|p| !p.is_empty());
        content.push(block);
    }
    let Some(Value::Object(detection)) = document.get("detection") else {
        return;
    };
    let Some(rule) = condition(detection) else {
        return;
    };
    let before = content.observables.len();
    let saying = Saying {
        name: Some(title.to_owned()).filter(|t| !t.is_empty()),
        reason: "a value in a Sigma rule".to_owned(),
        about: title.to_owned(),
        path: path.to_owned(),
        line,
        ..Saying::default()
    };
    rule::state(&rule, Stated::Indicator, &saying, content);
    for one in content.observables.iter_mut().skip(before) {
        let identifies =
            one.observable.kind().is_file_hash() || one.observable.kind() == K::Imphash;
        if one.observable.kind().is_network() && specific {
            // Attackers use popular services too: those stay what they are.
            one.stated = Stated::Part;
        } else if !identifies && (!specific || one.observable.kind() == K::UserAgent) {
            one.stated = Stated::Observed;
            one.reason = "a value in a Sigma rule about behaviour".to_owned();
        }
    }
}

/// `t1059.001`, `g0032`, `s0154`, `command-and-control`; true for what makes a rule one about a threat.
fn attack(value: &str, path: &str, content: &mut Content) -> bool {
    let tactic = TACTICS
        .iter()
        .find(|(name, _)| *name == value)
        .map(|(_, id)| *id);
    let id = tactic.unwrap_or(value).to_ascii_uppercase();
    if let Some(technique) = TechniqueId::parse(&id) {
        content.techniques.push(StatedTechnique {
            id: technique,
            quote: format!("attack.{value}"),
            path: path.to_owned(),
        });
        return false;
    }
    let is_id = id.len() == 5 && id.bytes().skip(1).all(|b| b.is_ascii_digit());
    let kind = match id.bytes().next() {
        Some(b'G') if is_id => NameKind::IntrusionSet,
        Some(b'S') if is_id => NameKind::Malware,
        Some(b'C') if is_id => NameKind::Campaign,
        _ => return false,
    };
    content.names.push(StatedName {
        text: id,
        kind,
        path: path.to_owned(),
    });
    kind != NameKind::Malware
}

/// The condition over the selections of a rule.
fn condition(detection: &Map<String, Value>) -> Option<Rule> {
    let selections: Vec<(&str, &Value)> = detection
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "condition" | "timeframe"))
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    // Several conditions are alternatives.
    let conditions = detection.get("condition").map(texts).unwrap_or_default();
    let mut any = Vec::new();
    for text in &conditions {
        // What follows the pipe of old aggregations counts events.
        let text = text.split('|').next().unwrap_or("");
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        if words.len() > WORDS {
            continue;
        }
        let mut parser = Condition {
            words: &words,
            at: 0,
            selections: &selections,
        };
        any.extend(parser.or(0));
    }
    if conditions.is_empty() {
        any.extend(
            selections
                .iter()
                .filter_map(|(_, value)| selection(value, 0)),
        );
    }
    one_of(any)
}

struct Condition<'a> {
    words: &'a [&'a str],
    at: usize,
    selections: &'a [(&'a str, &'a Value)],
}

impl Condition<'_> {
    fn next_is(&mut self, word: &str) -> bool {
        let is = self
            .words
            .get(self.at)
            .is_some_and(|w| w.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    fn or(&mut self, depth: usize) -> Option<Rule> {
        let mut parts: Vec<Rule> = self.and(depth).into_iter().collect();
        while self.next_is("or") {
            parts.extend(self.and(depth));
        }
        one_of(parts)
    }

    fn and(&mut self, depth: usize) -> Option<Rule> {
        let mut parts: Vec<Rule> = self.not(depth).into_iter().collect();
        while self.next_is("and") {
            parts.extend(self.not(depth));
        }
        // Filters take away what is harmless; they do not make a value say less.
        let asked = parts.iter().filter(|p| !matches!(p, Rule::Not(_))).count();
        all_of(parts, asked <= 1)
    }

    fn not(&mut self, depth: usize) -> Option<Rule> {
        let mut negated = false;
        while self.next_is("not") {
            negated = !negated;
        }
        let inner = self.one(depth)?;
        Some(if negated {
            Rule::Not(Box::new(inner))
        } else {
            inner
        })
    }

    fn one(&mut self, depth: usize) -> Option<Rule> {
        if depth > DEPTH {
            self.at = self.words.len();
            return None;
        }
        if self.next_is("(") {
            let inner = self.or(depth + 1);
            self.next_is(")");
            return inner;
        }
        let word = *self.words.get(self.at)?;
        if word == ")" {
            return None;
        }
        self.at += 1;
        let all = word.eq_ignore_ascii_case("all");
        if (all || word.eq_ignore_ascii_case("any") || word.bytes().all(|b| b.is_ascii_digit()))
            && self.next_is("of")
        {
            let pattern = *self.words.get(self.at)?;
            self.at += 1;
            let parts: Vec<Rule> = self
                .selections
                .iter()
                .filter(|(name, _)| fits(pattern, name))
                .filter_map(|(_, value)| selection(value, 0))
                .collect();
            return if all {
                all_of(parts, false)
            } else {
                one_of(parts)
            };
        }
        let found = self.selections.iter().find(|(name, _)| *name == word)?;
        selection(found.1, 0)
    }
}

fn all_of(mut parts: Vec<Rule>, one_thing: bool) -> Option<Rule> {
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(Rule::All { one_thing, parts }),
    }
}

/// Whether a selection's name fits `them`, `filter_*` or a name.
fn fits(pattern: &str, name: &str) -> bool {
    if pattern.eq_ignore_ascii_case("them") {
        // Names that start with an underscore are left out of `them`.
        return !name.starts_with('_');
    }
    match pattern.split_once('*') {
        Some((front, back)) => {
            name.len() >= front.len() + back.len()
                && name.starts_with(front)
                && name.ends_with(back)
        }
        None => pattern == name,
    }
}

/// A map is one event with all its fields; a list holds alternatives.
fn selection(value: &Value, depth: usize) -> Option<Rule> {
    if depth > DEPTH {
        return None;
    }
    match value {
        Value::Object(map) => {
            let fields = map
                .iter()
                .filter_map(|(field, value)| self::field(field, value))
                .collect();
            all_of(fields, true)
        }
        Value::Array(list) => one_of(
            list.iter()
                .filter_map(|v| selection(v, depth + 1))
                .collect(),
        ),
        Value::String(word) => Some(Rule::test("keywords", "contains", word, None)),
        _ => None,
    }
}

fn field(field: &str, value: &Value) -> Option<Rule> {
    let mut parts = field.split('|');
    let name = parts.next().unwrap_or("");
    let modifiers: Vec<&str> = parts.collect();
    let has = |word: &str| modifiers.iter().any(|m| m.eq_ignore_ascii_case(word));
    let word = if has("contains") {
        "contains"
    } else if has("startswith") {
        "starts with"
    } else if has("endswith") {
        "ends with"
    } else if has("re") {
        "matches"
    } else if has("cidr") {
        "is in"
    } else if modifiers.is_empty()
        || modifiers
            .iter()
            .all(|m| matches!(*m, "all" | "cased" | "windash"))
    {
        "is"
    } else {
        "compares"
    };
    let mut tests = Vec::new();
    for value in texts(value) {
        let found = observable(name, word, value);
        tests.push(Rule::test(name, word, value, found));
    }
    if has("all") {
        return all_of(tests, true);
    }
    one_of(tests)
}

/// The value that a field compared in some way asks for.
fn observable(field: &str, word: &str, value: &str) -> Option<Observable> {
    let lower = field.to_ascii_lowercase();
    let plain: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    if plain.ends_with("hashes") || plain == "hash" {
        // `SHA256=…` in Sysmon's list of hashes.
        let (name, digits) = value.split_once('=').unwrap_or(("", value));
        return misp::hash(name, digits.trim_matches(['*', ' ']));
    }
    if matches!(
        plain.as_str(),
        "md5" | "sha1" | "sha256" | "sha512" | "imphash" | "filehash" | "sha256hash"
    ) {
        return misp::hash(
            if plain == "imphash" { "imphash" } else { "" },
            value.trim_matches('*'),
        );
    }
    let network = word == "is" || word == "is in";
    let wild = value.contains(['*', '?']);
    match plain.as_str() {
        "destinationip" | "dstip" | "destip" | "destinationaddress" | "rip" | "sip" | "cip"
        | "dstaddr" | "remoteaddress" | "clientip" | "ipaddress" | "sourceip" | "srcip"
            if network && !wild =>
        {
            misp::observable(K::Ipv4, value)
        }
        "destinationhostname"
        | "queryname"
        | "query"
        | "cdns"
        | "cshost"
        | "rdns"
        | "dnsquery"
        | "destinationhost"
        | "hostname"
        | "domain"
        | "record"
        | "recordname" => {
            // Below a domain: `|endswith: '.evil.example'`.
            let host = match word {
                "is" if !wild => value,
                "ends with" => value.strip_prefix('.')?,
                _ => return None,
            };
            let found = misp::observable(K::Domain, host)?;
            let known = found.kind() != K::Domain
                || public_suffix::suffix(found.value().as_bytes()).is_some_and(|s| s.is_known());
            known.then_some(found)
        }
        "curi" | "csuri" | "url" | "uri" | "requesturl"
            if word == "is" && !wild && value.contains("://") =>
        {
            misp::observable(K::Url, value)
        }
        "cuseragent" | "csuseragent" | "useragent" if word == "is" && !wild => {
            misp::observable(K::UserAgent, value)
        }
        "pipename" if word == "is" && !wild => {
            misp::observable(K::NamedPipe, value.trim_start_matches('\\'))
        }
        "servicename" if word == "is" && !wild => misp::observable(K::ServiceName, value),
        "mutex" | "mutant" if word == "is" && !wild => misp::observable(K::Mutex, value),
        _ => None,
    }
}

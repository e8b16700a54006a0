//! Conditions over values, as structured formats state them, and which of the values mean something alone.
//!
//! Three cases. Properties of **one thing** (a file's hash and its name): the hash stands for the file, the
//! name says little without it. Tests of **several things** that must hold together (`AND` in OpenIOC, in
//! compositions of CybOX, between the brackets of STIX): the author says that none is enough; a hash that
//! needs a file name beside it is the hash of something harmless (mandiant/iocs#7). Alternatives: each
//! stands alone. What follows from a value anyway (the size of a hashed file, the port of an address)
//! takes nothing from it.

use std::collections::HashMap;

use tegakari_model::{FileRecord, Logic, Observable, ObservableKind as K, Test, Timestamp};

use crate::content::{Content, Stated, StatedComposite, StatedObservable};

/// Companions named in the words "only with".
const NAMED: usize = 3;
/// Deepest nesting that is walked; formats bound theirs, this is the last line.
const DEPTH: usize = 300;
/// Characters of a value in the words "only with".
const SHOWN: usize = 80;

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rule {
    /// One comparison.
    Test(Test),
    /// Each of these.
    All {
        /// Whether they are properties of one thing.
        one_thing: bool,
        /// The parts.
        parts: Vec<Rule>,
    },
    /// Any of these.
    Any(Vec<Rule>),
    /// Each of these, in order.
    Sequence(Vec<Rule>),
    /// Not this.
    Not(Box<Rule>),
}

impl Rule {
    /// A comparison for equality.
    #[cfg(test)]
    pub(crate) fn is(property: &str, value: &str, observable: Option<Observable>) -> Self {
        Self::test(property, "is", value, observable)
    }

    /// A comparison.
    pub(crate) fn test(
        property: &str,
        condition: &str,
        value: &str,
        observable: Option<Observable>,
    ) -> Self {
        Self::Test(Test {
            property: property.to_owned(),
            condition: condition.to_owned(),
            value: value.chars().take(8192).collect(),
            observable,
        })
    }

    fn logic(&self, depth: usize) -> Logic {
        let all = |parts: &[Self]| -> Vec<Logic> {
            if depth > DEPTH {
                return Vec::new();
            }
            parts.iter().map(|p| p.logic(depth + 1)).collect()
        };
        match self {
            Self::Test(test) => Logic::Test(test.clone()),
            Self::All { parts, .. } => Logic::And(all(parts)),
            Self::Any(parts) => Logic::Or(all(parts)),
            Self::Sequence(parts) => Logic::Sequence(all(parts)),
            Self::Not(inner) => match all(std::slice::from_ref(&**inner)).pop() {
                Some(inner) => Logic::Not(Box::new(inner)),
                None => Logic::And(Vec::new()),
            },
        }
    }

    /// The words for it in "only with".
    fn shown(&self) -> String {
        match self {
            Self::Test(test) => {
                let value: String = test.value.chars().take(SHOWN).collect();
                format!("{} {} \"{value}\"", test.property, test.condition)
            }
            Self::Not(inner) => format!("not {}", inner.shown()),
            Self::All { parts, .. } | Self::Any(parts) | Self::Sequence(parts) => {
                match parts.as_slice() {
                    [] => String::new(),
                    [only] => only.shown(),
                    [first, ..] => format!("{} …", first.shown()),
                }
            }
        }
    }

    /// Whether it takes away from what `value` says alone.
    fn adds_to(&self, value: &Observable) -> bool {
        match self {
            Self::Test(test) => !follows(test, value),
            Self::Not(_) => true,
            Self::All { parts, .. } | Self::Any(parts) | Self::Sequence(parts) => {
                parts.iter().any(|p| p.adds_to(value))
            }
        }
    }

    fn is_identity(&self) -> bool {
        match self {
            Self::Test(test) => test.observable.as_ref().is_some_and(is_identity),
            Self::Not(_) => false,
            Self::All { parts, .. } | Self::Any(parts) | Self::Sequence(parts) => {
                parts.iter().any(Self::is_identity)
            }
        }
    }
}

fn is_identity(value: &Observable) -> bool {
    value.kind().is_file_hash() || value.kind().is_network()
}

/// Whether a test says nothing that the value does not imply.
fn follows(test: &Test, value: &Observable) -> bool {
    let property = test.property.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| property.contains(w));
    let kind = value.kind();
    if kind.is_file_hash() {
        let other = test.observable.as_ref().map(Observable::kind);
        return match other {
            Some(other) => {
                other.is_file_hash() || matches!(other, K::Imphash | K::Ssdeep | K::DetectionName)
            }
            None => has(&[
                "size",
                "peinfo",
                "md5",
                "sha1",
                "sha256",
                "hash",
                "mime",
                "entropy",
                "section",
                "compil",
                "magic",
                "import",
                "export",
                "file_format",
                "packer",
                "strings",
            ]),
        };
    }
    if kind.is_network() {
        if let Some(other) = &test.observable {
            // The host inside a link.
            return kind == K::Url
                && other.kind() != K::Url
                && value.value().contains(other.value());
        }
        return has(&[
            "port",
            "protocol",
            "direction",
            "is_source",
            "is_destination",
        ]);
    }
    false
}

/// What a value in a rule amounts to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) observable: Observable,
    /// What it means something with only, in words; empty when it stands alone.
    pub(crate) only_with: Vec<String>,
    /// Whether the others are tests of other things, so that it is not enough alone.
    pub(crate) strict: bool,
}

/// Every value that a rule asks for (none that it excludes), in the order written.
pub(crate) fn parts(rule: &Rule) -> Vec<Part> {
    let mut out = Vec::new();
    walk(rule, &mut Vec::new(), 0, &mut out);
    out
}

fn walk<'a>(
    rule: &'a Rule,
    beside: &mut Vec<(&'a [Rule], usize, bool)>,
    depth: usize,
    out: &mut Vec<Part>,
) {
    if depth > DEPTH {
        return;
    }
    match rule {
        Rule::Test(test) => {
            if let Some(observable) = &test.observable {
                out.push(part(observable, beside));
            }
        }
        Rule::Not(_) => {}
        Rule::Any(parts) => {
            for one in parts {
                walk(one, beside, depth + 1, out);
            }
        }
        Rule::All { parts, .. } | Rule::Sequence(parts) => {
            let one_thing = matches!(
                rule,
                Rule::All {
                    one_thing: true,
                    ..
                }
            );
            for (i, one) in parts.iter().enumerate() {
                beside.push((parts, i, one_thing));
                walk(one, beside, depth + 1, out);
                beside.pop();
            }
        }
    }
}

fn part(observable: &Observable, beside: &[(&[Rule], usize, bool)]) -> Part {
    let identity = is_identity(observable);
    let mut only_with = Vec::new();
    let mut strict = false;
    for (parts, own, one_thing) in beside.iter().rev() {
        // Of a long list the first ones speak for all: this stays linear in the size of the rule.
        let others = parts.iter().enumerate().filter(|(i, _)| i != own);
        let mut others: Vec<&Rule> = others
            .map(|(_, other)| other)
            .take(4 * NAMED)
            .filter(|other| other.adds_to(observable))
            .collect();
        if *one_thing && identity {
            continue;
        }
        // What identifies the thing is named first.
        others.sort_by_key(|other| !other.is_identity());
        strict |= !one_thing && !others.is_empty();
        for other in others {
            if only_with.len() < NAMED {
                only_with.push(other.shown());
            }
        }
    }
    Part {
        observable: observable.clone(),
        only_with,
        strict,
    }
}

/// What is said about the values of a rule as a whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Saying {
    /// The maker's name for the rule.
    pub(crate) name: Option<String>,
    /// Why a value is what it is said to be.
    pub(crate) reason: String,
    /// Names tied to the values.
    pub(crate) labels: Vec<String>,
    /// Words about them.
    pub(crate) about: String,
    pub(crate) first_seen: Option<Timestamp>,
    pub(crate) last_seen: Option<Timestamp>,
    /// From when on they are no longer valid.
    pub(crate) not_after: Option<Timestamp>,
    pub(crate) path: String,
    pub(crate) line: Option<u32>,
}

/// Takes a rule into the content: each of its values, and the rule itself when it is more than a list.
pub(crate) fn state(rule: &Rule, stated: Stated, saying: &Saying, content: &mut Content) {
    for part in parts(rule) {
        let as_said = stated != Stated::Indicator || !part.strict;
        content.observables.push(StatedObservable {
            stated: if as_said { stated } else { Stated::Part },
            reason: match part.only_with.first() {
                Some(first) if !as_said => format!("{} that needs {first} with it", saying.reason),
                _ => saying.reason.clone(),
            },
            labels: saying.labels.clone(),
            about: saying.about.clone(),
            first_seen: saying.first_seen,
            last_seen: saying.last_seen,
            not_after: saying.not_after,
            line: saying.line,
            only_with: part.only_with,
            ..StatedObservable::new(part.observable, stated, "", saying.path.clone())
        });
    }
    keep(rule, saying, content);
}

/// Ties values that were stated one by one: those from index `from` on say what they mean something with
/// only, and the rule that joins them is kept.
pub(crate) fn tie(rule: &Rule, from: usize, saying: &Saying, content: &mut Content) {
    let parts: HashMap<Observable, Vec<String>> = parts(rule)
        .into_iter()
        .map(|part| (part.observable, part.only_with))
        .collect();
    for one in content.observables.iter_mut().skip(from) {
        if let Some(only_with) = parts.get(&one.observable) {
            one.only_with.clone_from(only_with);
        }
    }
    keep(rule, saying, content);
}

/// Keeps a rule that is more than a list.
fn keep(rule: &Rule, saying: &Saying, content: &mut Content) {
    if let Some(logic) = rule
        .logic(0)
        .simplified()
        .filter(Logic::is_more_than_a_list)
    {
        content.composites.push(StatedComposite {
            name: saying.name.clone(),
            logic,
            path: saying.path.clone(),
            line: saying.line,
        });
    }
}

/// Adds what a value says about the file it belongs to.
pub(crate) fn add_to_file(file: &mut FileRecord, observable: &Observable) {
    let text = observable.value();
    match observable.kind() {
        K::FileName | K::FilePath if !file.names.iter().any(|n| n == text) => {
            file.names.push(text.to_owned());
        }
        K::DetectionName if !file.detections.iter().any(|n| n == text) => {
            file.detections.push(text.to_owned());
        }
        kind => {
            if let Some(slot) = file.hash_mut(kind) {
                slot.get_or_insert_with(|| text.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rule, parts};
    use tegakari_model::{Observable, ObservableKind as K};

    const MD5: &str = "71fea034b422e4a17ebb06022532fdde";
    const SHA1: &str = "3f71525d531690a6b75cabe113b7221504108b44";

    fn is(kind: K, value: &str) -> Rule {
        Rule::is(kind.name(), value, Observable::new(kind, value).ok())
    }

    fn all(one_thing: bool, parts: Vec<Rule>) -> Rule {
        Rule::All { one_thing, parts }
    }

    /// Each value with how many others it needs and whether it is not enough alone.
    #[track_caller]
    fn check(rule: &Rule, want: &[(&str, usize, bool)]) {
        let got = parts(rule);
        let got: Vec<(&str, usize, bool)> = got
            .iter()
            .map(|p| (p.observable.value(), p.only_with.len(), p.strict))
            .collect();
        assert_eq!(got, want, "{rule:?}");
    }

    #[test]
    fn a_hash_that_needs_a_name_is_no_indicator_alone() {
        let (md5, name) = (is(K::Md5, MD5), is(K::FileName, "mailpv.exe"));
        check(
            &all(false, vec![md5.clone(), name.clone()]),
            &[(MD5, 1, true), ("mailpv.exe", 1, true)],
        );
        check(
            &Rule::Any(vec![md5.clone(), name.clone()]),
            &[(MD5, 0, false), ("mailpv.exe", 0, false)],
        );
        // Of one file the hash says all.
        check(
            &all(true, vec![md5.clone(), name.clone()]),
            &[(MD5, 0, false), ("mailpv.exe", 1, false)],
        );
        check(
            &all(true, vec![md5, Rule::Not(Box::new(name))]),
            &[(MD5, 0, false)],
        );
    }

    #[test]
    fn what_follows_from_a_value_takes_nothing_from_it() {
        for (value, test, alone) in [
            (is(K::Md5, MD5), is(K::Sha1, SHA1), true),
            (
                is(K::Md5, MD5),
                Rule::is("FileItem/SizeInBytes", "7", None),
                true,
            ),
            (
                is(K::Ipv4, "198.51.100.7"),
                Rule::is("PortItem/remotePort", "443", None),
                true,
            ),
            (is(K::Ipv4, "198.51.100.7"), is(K::FileName, "a.exe"), false),
            (
                is(K::FileName, "a.exe"),
                Rule::is("FileItem/SizeInBytes", "7", None),
                false,
            ),
        ] {
            let rule = all(false, vec![value, test]);
            let got = parts(&rule);
            assert_eq!(got.first().map(|p| !p.strict), Some(alone), "{rule:?}");
        }
    }
}

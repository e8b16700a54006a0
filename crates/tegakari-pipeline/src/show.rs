//! All that is known about one thing, from the database and from the knowledge.

use serde::Serialize;
use tegakari_export::{Aging, Lifetimes};
use tegakari_knowledge::{Exploited, Found, Knowledge};
use tegakari_model::{
    Assessment, AssessmentEvent, HuntResult, IndicatorFinding, Mention, Objection, Observable,
    ObservableKind, Report, TechniqueId, TechniqueMention, Timestamp,
};
use tegakari_read::Document;
use tegakari_render::NotKnown;
use tegakari_store::{Store, StoredId};

use crate::PipelineError;
use crate::cluster::{ShownCluster, shown_cluster};
use crate::names::{self, ShownName};
use crate::stored::find;

/// What a word was found to be.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shown {
    /// A report.
    Report {
        /// It.
        report: Box<Report>,
    },
    /// A hunt.
    Hunt {
        /// It.
        hunt: Box<HuntResult>,
    },
    /// An assessment.
    Assessment {
        /// It.
        assessment: Box<Assessment>,
        /// What happened to it and to the others of its case, oldest first.
        history: Vec<AssessmentEvent>,
    },
    /// One of the user's own clusters.
    Cluster(ShownCluster),
    /// A value.
    Value {
        /// In canonical form.
        observable: Observable,
        /// All that is known about it.
        known: KnownValue,
    },
    /// A name, or something close to one.
    Name(ShownName),
    /// A technique or tactic.
    Technique {
        /// Its current id.
        id: TechniqueId,
        /// Its name.
        name: String,
        /// The id asked for, when it has been retired.
        retired: Option<TechniqueId>,
        /// Number of actors in the knowledge that use it.
        actors: u32,
        /// Reports that name it.
        reports: Vec<(String, TechniqueMention)>,
    },
}

/// What is known about a value.
#[derive(Debug, Default, Serialize)]
pub struct KnownValue {
    /// Reports that mention it, and how.
    pub mentions: Vec<(Report, Mention)>,
    /// Hunts that looked for it, and what they say.
    pub findings: Vec<(HuntResult, IndicatorFinding)>,
    /// Why it should not be blocked.
    pub objections: Vec<Objection>,
    /// Names of actors whose known infrastructure holds it.
    pub used_by: Vec<String>,
    /// How long it is worth blocking, as of now, when a report calls it a sign of an attack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worth: Option<Worth>,
    /// For a vulnerability that is exploited in the wild: who says so, and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exploited: Option<Exploited>,
}

/// How long a value is worth blocking.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Worth {
    /// The last day on which anybody named it.
    pub last_named: Timestamp,
    /// Until when it is worth blocking.
    pub expires: Timestamp,
    /// Days that a value of its kind lives.
    pub days: u32,
    /// What is left of its worth, 0 to 100.
    pub left: u8,
}

/// Finds out what `what` is and tells all about it: an id, a value in any spelling, a technique, a name.
///
/// # Errors
/// When nothing at all is known by that word, an id is not there, or the database cannot be read.
pub fn show(store: &Store, what: &str) -> Result<Shown, PipelineError> {
    let what = what.trim().trim_end_matches('.');
    if is_id(what) {
        return stored(store, what);
    }
    let lower = what.to_lowercase();
    let mut own = store.clusters()?.into_iter();
    if let Some(cluster) = own.find(|c| c.id.as_str().to_lowercase() == lower) {
        return Ok(Shown::Cluster(shown_cluster(store, cluster)?));
    }
    let knowledge = crate::knowledge();
    if let Some(observable) = as_value(what, knowledge) {
        let known = known_value(store, &observable, knowledge)?;
        return Ok(Shown::Value { observable, known });
    }
    match knowledge.search(what) {
        Found::Records(records) => Ok(Shown::Name(names::claims(what, records, knowledge))),
        Found::Technique(found) => {
            let reports = store.about_technique(&found.current)?.reports;
            Ok(Shown::Technique {
                name: knowledge
                    .technique(&found.current)
                    .map_or_else(String::new, |t| t.name.clone()),
                actors: knowledge.technique_users(&found.current),
                id: found.current,
                retired: found.retired,
                reports: reports
                    .into_iter()
                    .map(|r| (r.report.id.to_string(), r.technique))
                    .collect(),
            })
        }
        Found::Near(near) => Ok(Shown::Name(ShownName {
            did_you_mean: near,
            ..ShownName::default()
        })),
        Found::Nothing => Err(PipelineError::Missing(NotKnown::Word {
            typed: what.to_owned(),
        })),
    }
}

/// Whether it has the form of (the beginning of) an id: `R-`, `H-` or `A-` and hexadecimal digits.
fn is_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(letter, hex)| {
        matches!(letter, "R" | "H" | "A" | "r" | "h" | "a")
            && (2..=12).contains(&hex.len())
            && hex.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

fn stored(store: &Store, typed: &str) -> Result<Shown, PipelineError> {
    let id = find(store, typed)?;
    let found = match &id {
        StoredId::Report(id) => store.report(id)?.map(|r| Shown::Report {
            report: Box::new(r),
        }),
        StoredId::Hunt(id) => store.hunt(id)?.map(|h| Shown::Hunt { hunt: Box::new(h) }),
        StoredId::Assessment(id) => match store.assessment(id)? {
            None => None,
            Some(assessment) => Some(Shown::Assessment {
                history: store.assessment_events(&assessment.case())?,
                assessment: Box::new(assessment),
            }),
        },
    };
    found.ok_or_else(|| {
        PipelineError::Missing(NotKnown::Gone {
            id: id.as_str().to_owned(),
        })
    })
}

/// The value that the whole text is, in any spelling that a report may use.
pub(crate) fn as_value(text: &str, knowledge: &Knowledge) -> Option<Observable> {
    // What a terminal would obey was not typed, but pasted from somewhere.
    if text.chars().any(char::is_control) {
        return None;
    }
    let document = Document {
        name: "what was typed",
        bytes: text.as_bytes(),
    };
    let report = tegakari_read::read(document, knowledge);
    // A URL mentions its host too; the value meant is the longest one.
    let value = report
        .mentions
        .into_iter()
        .map(|m| m.observable)
        .max_by_key(|o| o.value().len())?;
    // A name with a value in it is a name.
    let whole = value.value().len() * 2 >= text.len() && !is_cut_out(value.value(), text);
    whole.then_some(value)
}

/// Whether a text goes on right before or after a value in it: `CVE-2021-4422x` is not CVE-2021-4422.
fn is_cut_out(value: &str, text: &str) -> bool {
    let (value, text) = (value.to_lowercase(), text.to_lowercase());
    text.split_once(&value).is_some_and(|(before, after)| {
        before.ends_with(char::is_alphanumeric) || after.starts_with(char::is_alphanumeric)
    })
}

fn known_value(
    store: &Store,
    observable: &Observable,
    knowledge: &Knowledge,
) -> Result<KnownValue, PipelineError> {
    let mut known = KnownValue {
        objections: knowledge.benign(observable),
        exploited: (observable.kind() == ObservableKind::Cve)
            .then(|| knowledge.exploited(observable.value()))
            .flatten()
            .cloned(),
        ..KnownValue::default()
    };
    // A hunt for a domain is a hunt for everything below it.
    for value in with_parents(observable) {
        let about = store.about_value(&value)?;
        for mention in about.mentions {
            if let Some(report) = store.report(&mention.report.id)? {
                known.mentions.push((report, mention.mention));
            }
        }
        for finding in about.findings {
            if let Some(hunt) = store.hunt(&finding.hunt.id)? {
                known.findings.push((hunt, finding.finding));
            }
        }
    }
    known.worth = worth(observable, &known.mentions);
    known.used_by = knowledge
        .infrastructure(observable)
        .iter()
        .filter_map(|id| knowledge.actor(id))
        .map(|actor| format!("{} ({})", actor.name, actor.source))
        .collect();
    Ok(known)
}

/// What `block` would say of its age, with the lifetimes that are built in.
fn worth(observable: &Observable, mentions: &[(Report, Mention)]) -> Option<Worth> {
    let indicators = mentions.iter().flat_map(|(report, _)| report.indicators());
    let mut same = indicators.filter(|i| i.observable == *observable);
    let first = same.next()?;
    let indicator = crate::merged_indicators(std::iter::once(first).chain(same)).pop()?;
    let aging = Aging {
        lifetimes: Lifetimes::default(),
        now: crate::decision_time(),
        published: mentions
            .iter()
            .filter_map(|(r, _)| Some((r.id.clone(), r.published.as_ref()?.start()?)))
            .collect(),
    };
    let age = aging.of(&indicator);
    Some(Worth {
        last_named: age.last_named,
        expires: age.expires,
        days: aging.lifetimes.days(observable.kind()),
        left: age.left,
    })
}

/// The value itself, the host of a URL or mail address, and the domains above it, nearest first.
fn with_parents(observable: &Observable) -> Vec<Observable> {
    let mut all = vec![observable.clone()];
    let value = observable.value();
    let mut host = match observable.kind() {
        ObservableKind::Url => {
            let rest = value.split_once("://").map_or("", |(_, rest)| rest);
            let host = rest.split(['/', '?']).next().unwrap_or_default();
            let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
            all.extend(Observable::new(ObservableKind::Ipv4, host));
            all.extend(Observable::new(ObservableKind::Domain, host));
            host
        }
        ObservableKind::Email => {
            let host = value.rsplit_once('@').map_or("", |(_, host)| host);
            all.extend(Observable::new(ObservableKind::Domain, host));
            host
        }
        ObservableKind::Domain => value,
        _ => return all,
    };
    while let Some((_, parent)) = host.split_once('.') {
        all.extend(Observable::new(ObservableKind::Domain, parent));
        host = parent;
    }
    all
}

#[cfg(test)]
mod tests {
    use tegakari_knowledge::Knowledge;

    use super::as_value;

    #[test]
    fn a_part_of_what_was_typed_is_not_what_was_meant() {
        let value =
            |text: &str| as_value(text, Knowledge::embedded()).map(|one| one.value().to_owned());
        for (typed, meant) in [
            ("CVE-2021-44228", "CVE-2021-44228"),
            ("cve-2021-44228", "CVE-2021-44228"),
            ("lampcup[.]net", "lampcup.net"),
            ("hxxps://tea.lampcup[.]net/a", "https://tea.lampcup.net/a"),
            ("45.61.138[.]19", "45.61.138.19"),
        ] {
            assert_eq!(value(typed).as_deref(), Some(meant), "{typed}");
        }
        for typed in [
            "CVE-2021-4422x",
            "lamp\u{1b}[31mcup.net",
            "x8b9a0b44b738c7884e6a14f4cb18afff",
        ] {
            assert_eq!(value(typed), None, "{typed:?}");
        }
    }
}

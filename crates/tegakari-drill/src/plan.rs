//! Draws the tokens of a drill.

use std::collections::BTreeSet;

use tegakari_model::{
    DrillHost, DrillId, DrillPlan, DrillPlatform, DrillTrace, Observable, ObservableKind, Problem,
    Timestamp, TraceKind, token_body,
};

use crate::names::{host_name, server};
use crate::values::values;

/// What a drill is to be.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// From which the tokens are drawn: at least 16 bytes that nobody can guess.
    pub secret: &'a [u8],
    /// When the plan is made.
    pub made: Timestamp,
    /// Names of machines as given; those that cannot be names are problems.
    pub hosts: &'a [String],
    /// For which platforms there are to be scripts; both when empty.
    pub platforms: &'a [DrillPlatform],
    /// Kinds of traces; all when empty.
    pub kinds: &'a [TraceKind],
    /// A domain of the user's own; `invalid` (RFC 2606) when there is none, which no resolver knows.
    pub domain: Option<&'a str>,
    /// The web server for requests.
    pub web: Option<&'a str>,
    /// Whom the mail goes to.
    pub mail_to: Option<&'a str>,
}

/// Makes a plan. Machines that cannot be named, or are named twice, are a problem each.
///
/// # Errors
/// When no machine is left, or domain, server or address are none; the text says what to do.
pub fn plan(settings: &Settings<'_>) -> Result<(DrillPlan, Vec<Problem>), String> {
    let domain = match settings.domain {
        None => "invalid".to_owned(),
        Some(given) => own_domain(given)?,
    };
    let web = match settings.web {
        None => None,
        Some(given) => Some(server(given).ok_or_else(|| {
            format!("{given:?} is no web server; give a host or an IPv4 address, and perhaps a port (web.example:8080)")
        })?),
    };
    let mail_to = match settings.mail_to {
        None => None,
        Some(given) => Some(mail_address(given).ok_or_else(|| {
            format!("{given:?} is no address that a mail can be sent to; give a plain one (drill@example.com)")
        })?),
    };
    let mut platforms = settings.platforms.to_vec();
    if platforms.is_empty() {
        platforms = DrillPlatform::ALL.to_vec();
    }
    platforms.sort();
    platforms.dedup();
    let is_wanted = |kind: &TraceKind| {
        (settings.kinds.is_empty() || settings.kinds.contains(kind))
            && platforms.iter().any(|one| kind.runs_on(*one))
    };
    let kinds: Vec<TraceKind> = TraceKind::ALL.into_iter().filter(is_wanted).collect();
    if kinds.is_empty() {
        return Err("none of these traces can be planted on this platform; see `tegakari drill plant --help`".to_owned());
    }
    let (names, problems) = machines(settings.hosts);
    if names.is_empty() {
        return Err(
            "no machine is left to plan for; give names with --host or --inventory".to_owned(),
        );
    }
    let hosts = names
        .into_iter()
        .map(|name| {
            let traces = kinds
                .iter()
                .map(|&kind| {
                    let body = token_body(settings.secret, &name, kind);
                    DrillTrace {
                        kind,
                        values: values(kind, &body, &domain),
                        body,
                    }
                })
                .collect();
            DrillHost { name, traces }
        })
        .collect();
    let mut plan = DrillPlan {
        id: DrillId::derive(&[]),
        made: settings.made,
        platforms,
        domain,
        web,
        mail_to,
        hosts,
    };
    plan.id = id(&plan);
    Ok((plan, problems))
}

/// The id of a plan: of all that is in it but the id.
pub(crate) fn id(plan: &DrillPlan) -> DrillId {
    let content = serde_json::to_vec(&(
        &plan.made,
        &plan.platforms,
        &plan.domain,
        &plan.web,
        &plan.mail_to,
        &plan.hosts,
    ))
    .unwrap_or_default();
    DrillId::derive(&[&content])
}

/// A domain, or a single label that needs no owner (`invalid`, `test`, `localhost`).
pub(crate) fn own_domain(text: &str) -> Result<String, String> {
    let text = text.trim().trim_matches('.').to_ascii_lowercase();
    if matches!(&text[..], "invalid" | "test" | "localhost") {
        return Ok(text);
    }
    let name = Observable::new(ObservableKind::Domain, &text)
        .map_err(|error| format!("{error}; give a domain of your own, or leave --domain out"))?;
    // A token and a dot must fit before it.
    if name.value().len() > 220 {
        return Err(format!(
            "{text:?} is too long to stand below a token; give a shorter domain"
        ));
    }
    Ok(name.value().to_owned())
}

/// A mail address in its plainest form, which needs no quoting anywhere.
pub(crate) fn mail_address(text: &str) -> Option<String> {
    let address = Observable::new(ObservableKind::Email, text).ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "@._+-".contains(c);
    let value = address.value();
    (value.chars().all(plain) && !value.starts_with('-')).then(|| value.to_owned())
}

/// The names, each once and sorted.
fn machines(given: &[String]) -> (BTreeSet<String>, Vec<Problem>) {
    let mut names = BTreeSet::new();
    let mut problems = Vec::new();
    for text in given {
        let place = format!("machine {:?}", text.chars().take(80).collect::<String>());
        match host_name(text) {
            None => problems.push(Problem::new(
                place,
                "no machine can be called so, and nothing is planned for it",
                "give its name with letters, digits, dots and hyphens only",
            )),
            Some(name) => {
                if !names.insert(name) {
                    problems.push(Problem::new(
                        place,
                        "this name was given twice, and is planned for once: two machines of one name cannot be told apart",
                        "give both with their domains, and run the script with --host (-HostName) where they call themselves the same",
                    ));
                }
            }
        }
    }
    problems.sort();
    problems.dedup();
    (names, problems)
}

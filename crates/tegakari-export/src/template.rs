//! A form of the user's own: a template in the language of Jinja (minijinja) that the plan is put into.
//!
//! A template sees `entries`, each with `kind`, `value`, `scope` (`exact` or `tree`), `role`, `expires`, `labels`, `reports`
//! and `objections`; `held_back` with the same and no `scope`; and `generator`, `made`, `tlp`, `reports`. Whatever it puts out
//! passes [`one_line`]: values stay on their line and hold no control characters. For the inside of quotes and
//! expressions there are the filters `quoted`, `regex` and `csv`; a name that does not exist is an error.

use std::io::{self, Write};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use tegakari_model::{BlockPlan, Indicator, Objection};

use crate::context::{Context, Written};
use crate::select::regex_escaped;

/// Most bytes of a template; a form is shorter.
const MAX_TEMPLATE: usize = 1 << 20;

/// Writes the plan in the form of a template. `name` is what errors call it.
///
/// # Errors
/// What is wrong with the template and in which line, or what `out` reports.
pub fn write_template(
    name: &str,
    template: &str,
    plan: &BlockPlan,
    context: &Context,
    out: &mut dyn Write,
) -> io::Result<Written> {
    if template.len() > MAX_TEMPLATE {
        return Err(wrong(format!(
            "{name}: a template is at most {MAX_TEMPLATE} bytes"
        )));
    }
    let told = |error: &Error| {
        let line = error
            .line()
            .map_or_else(String::new, |line| format!(":{line}"));
        let what = error
            .detail()
            .map_or_else(|| error.kind().to_string(), str::to_owned);
        wrong(format!("{name}{line}: {what}"))
    };
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Lines that hold only a block give no line.
    environment.set_syntax(
        SyntaxConfig::builder()
            .keep_trailing_newline(true)
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .map_err(|error| told(&error))?,
    );
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(|out, state, value| {
        if value.is_undefined() {
            // Strict mode has its own words for it.
            return minijinja::escape_formatter(out, state, value);
        }
        out.write_str(&one_line(&value.to_string()))
            .map_err(Error::from)
    });
    for (name, filter) in FILTERS {
        environment.add_filter(*name, *filter);
    }
    environment.add_filter("length", minijinja::filters::length);
    environment.add_filter("join", minijinja::filters::join);
    environment.add_filter("upper", minijinja::filters::upper);
    environment.add_filter("lower", minijinja::filters::lower);
    environment.add_filter("replace", minijinja::filters::replace);
    environment.add_filter("default", minijinja::filters::default);
    let compiled = environment
        .template_from_named_str(name, template)
        .map_err(|error| told(&error))?;
    let text = compiled
        .render(values(plan, context))
        .map_err(|error| told(&error))?;
    out.write_all(text.as_bytes())?;
    Ok(Written {
        entries: plan.entries.len(),
        ..Written::default()
    })
}

/// A filter of ours.
type Filter = fn(&str) -> String;

const FILTERS: &[(&str, Filter)] = &[
    ("quoted", |text| {
        text.replace('\\', "\\\\").replace('"', "\\\"")
    }),
    ("regex", regex_escaped),
    ("csv", |text| {
        let formula = text.trim_start().starts_with(['=', '+', '-', '@']);
        let guard = if formula { "'" } else { "" };
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    }),
];

fn wrong(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

/// Text that stays on its line and turns nothing around, of any length.
fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for chunk in text.chars().collect::<Vec<char>>().chunks(200) {
        out.push_str(&crate::text::one_line(&chunk.iter().collect::<String>()));
    }
    out
}

fn values(plan: &BlockPlan, context: &Context) -> Value {
    let entries: Value = plan
        .entries
        .iter()
        .map(|entry| {
            let scope = match entry.scope {
                tegakari_model::Scope::Exact => "exact",
                tegakari_model::Scope::Tree => "tree",
            };
            let mut all = of_indicator(&entry.indicator, &entry.annotations);
            all.push(("scope", Value::from(scope)));
            let expires = entry.expires.map_or_else(String::new, |t| t.to_string());
            all.push(("expires", Value::from(expires)));
            Value::from_pairs(all)
        })
        .collect();
    let held_back: Value = plan
        .held_back
        .iter()
        .map(|held| Value::from_pairs(of_indicator(&held.indicator, &held.objections)))
        .collect();
    let made = context.made.map_or_else(String::new, |t| t.to_string());
    let reports: Value = context
        .reports
        .iter()
        .map(|id| Value::from(id.as_str()))
        .collect();
    Value::from_pairs([
        ("entries", entries),
        ("held_back", held_back),
        (
            "generator",
            Value::from(format!("Tegakari {}", context.generator_version)),
        ),
        ("made", Value::from(made)),
        (
            "tlp",
            Value::from(context.tlp.map_or("", |tlp| tlp.label())),
        ),
        ("reports", reports),
    ])
}

fn of_indicator(indicator: &Indicator, objections: &[Objection]) -> Vec<(&'static str, Value)> {
    let mut reports: Vec<&str> = indicator
        .citations
        .iter()
        .map(|c| c.report.as_str())
        .collect();
    reports.sort_unstable();
    reports.dedup();
    let role = serde_json::to_value(indicator.role)
        .ok()
        .and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default();
    let texts = |all: Vec<&str>| all.into_iter().map(Value::from).collect::<Value>();
    vec![
        ("kind", Value::from(indicator.observable.kind().name())),
        ("value", Value::from(indicator.observable.value())),
        ("role", Value::from(role)),
        (
            "labels",
            texts(indicator.labels.iter().map(String::as_str).collect()),
        ),
        ("reports", texts(reports)),
        (
            "objections",
            texts(objections.iter().map(|o| o.source.as_str()).collect()),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::write_template;
    use crate::Context;
    use tegakari_model::{
        BlockEntry, BlockPlan, Indicator, Observable, ObservableKind as K, Scope,
    };

    fn plan() -> BlockPlan {
        let mut indicator = Indicator::new(Observable::new(K::Domain, "evil-c2.com").unwrap());
        indicator.labels = vec!["a\n\"b\u{202e}".into(), "=1+1".into()];
        BlockPlan {
            entries: vec![BlockEntry {
                indicator,
                scope: Scope::Tree,
                expires: None,
                annotations: Vec::new(),
            }],
            held_back: Vec::new(),
        }
    }

    fn written(template: &str) -> Result<String, String> {
        let mut out = Vec::new();
        write_template("own.j2", template, &plan(), &Context::new("1"), &mut out)
            .map_err(|e| e.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_form_of_the_users_own_is_filled() {
        let template = "# {{ generator }}\n{% for e in entries %}\n{{ e.kind }} {{ e.value }} {{ e.scope }} {{ e.value|regex }}\n{% endfor %}\n";
        assert_eq!(
            written(template).unwrap(),
            "# Tegakari 1\ndomain evil-c2.com tree evil-c2\\.com\n"
        );
    }

    #[test]
    fn a_value_stays_on_its_line_and_in_its_quotes() {
        let template = "{% for e in entries %}{% for l in e.labels %}\"{{ l|quoted }}\" {{ l|csv }}\n{% endfor %}{% endfor %}";
        assert_eq!(
            written(template).unwrap(),
            "\"a \\\"b \" \"a \"\"b \"\n\"=1+1\" \"'=1+1\"\n"
        );
    }

    #[test]
    fn an_error_names_its_line() {
        for (template, line) in [
            ("a\n{% for %}", "own.j2:2"),
            ("{{ nothing }}", "own.j2:1"),
            ("\n\n{{ entries[0].nothing }}", "own.j2:3"),
            ("{{ made|nofilter }}", "own.j2:1"),
            ("{% include 'x' %}", "own.j2:1"),
        ] {
            let error = written(template).unwrap_err();
            assert!(error.starts_with(line), "{template:?}: {error}");
        }
    }
}

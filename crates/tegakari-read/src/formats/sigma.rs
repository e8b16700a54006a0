//! Sigma rules in YAML, one or several in a file (<https://sigmahq.io>).

use tegakari_model::Problem;

use super::{Head, ReportFormat, Sniff, Source, has_extension};
use crate::content::Content;
use crate::{sigma, yaml};

/// Sigma rules.
pub(super) struct Sigma;

impl ReportFormat for Sigma {
    fn id(&self) -> &'static str {
        "sigma"
    }

    fn about(&self) -> &'static str {
        "Sigma rules in YAML (https://sigmahq.io): what they cite, their techniques, and the few values that are indicators"
    }

    fn sniff(&self, name: &str, head: Head<'_>) -> Sniff {
        let starts = |key: &str| head.text.lines().any(|l| l.starts_with(key));
        let detection = starts("detection:") || starts("correlation:");
        let logsource = starts("logsource:");
        let yaml = has_extension(name, &["yml", "yaml"]);
        match (starts("title:"), detection, logsource) {
            (true, true, true) => Sniff::Certain,
            (true, true, false) | (false, true, true) if yaml => Sniff::Certain,
            (true, true, false) | (true, false, true) | (false, true, true) => Sniff::Likely,
            _ => Sniff::No,
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let (documents, error) = yaml::documents(source.text());
        if let Some((line, what)) = error {
            content.problems.push(Problem::new(
                format!("{}:{line}", source.name),
                format!("not valid YAML: {what}"),
                "repair the rule; those before it were read",
            ));
        }
        let rules: Vec<&yaml::Document> = documents
            .iter()
            .filter(|d| sigma::is_rule(&d.value))
            .collect();
        if rules.is_empty() {
            super::plain::lines(source.text(), content);
            return;
        }
        if let [only] = rules.as_slice() {
            let text = |key: &str| {
                only.value
                    .get(key)
                    .and_then(|v| v.as_str())
                    .map(str::to_owned)
            };
            content.title = text("title");
            content.published = text("date").or_else(|| text("modified"));
        }
        for rule in rules {
            sigma::take(&rule.value, rule.line, "", content);
        }
    }
}

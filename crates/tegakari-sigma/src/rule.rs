//! What a rule says of itself.

use std::fmt;

/// How much a match matters, as the rule's author sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Level {
    /// For information only; also what a rule without a level is.
    #[default]
    Informational,
    /// Notable, rarely an incident.
    Low,
    /// To be looked at in time.
    Medium,
    /// To be looked at soon.
    High,
    /// An incident, most likely.
    Critical,
}

impl Level {
    /// The level of that name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "informational" => Self::Informational,
            "low" => Self::Low,
            "medium" => Self::Medium,
            "high" => Self::High,
            "critical" => Self::Critical,
            _ => return None,
        })
    }

    /// As rules write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which logs a rule is for. What is `None` may be anything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LogSource {
    /// Whose logs: `windows`, `aws`.
    pub product: Option<String>,
    /// Of what kind, whoever writes them: `process_creation`, `proxy`.
    pub category: Option<String>,
    /// A part of the product's logs: `security`, `cloudtrail`.
    pub service: Option<String>,
}

impl LogSource {
    /// Whether a rule for this source is one for records with these labels.
    pub fn is_for(
        &self,
        product: Option<&str>,
        category: Option<&str>,
        service: Option<&str>,
    ) -> bool {
        let fits = |asked: &Option<String>, has: Option<&str>| match asked {
            None => true,
            Some(asked) => has == Some(asked.as_str()),
        };
        fits(&self.product, product)
            && fits(&self.category, category)
            && fits(&self.service, service)
    }
}

impl fmt::Display for LogSource {
    /// `windows / process_creation`: what is stated, in the order product, category, service.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for part in [&self.product, &self.category, &self.service]
            .into_iter()
            .flatten()
        {
            if !first {
                f.write_str(" / ")?;
            }
            first = false;
            f.write_str(part)?;
        }
        if first {
            f.write_str("any")?;
        }
        Ok(())
    }
}

/// What a rule says of itself. Text is as the author wrote it, and nobody's but the author's: hostile until escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// The rule's id, mostly a UUID; empty when it has none.
    pub id: String,
    /// Its name for other rules to refer to (correlations, filters); empty when it has none.
    pub name: String,
    /// What it looks for, in one line.
    pub title: String,
    /// `stable`, `test`, `experimental`, `deprecated`, `unsupported`, or empty.
    pub status: String,
    /// How much a match matters.
    pub level: Level,
    /// Who wrote it. The licence of most public rules asks for the name to be shown with every match.
    pub author: String,
    /// What it looks for and why, if it says.
    pub description: Option<String>,
    /// Where to read on.
    pub references: Vec<String>,
    /// The licence it names; empty when it names none.
    pub license: String,
    /// When it was written, as it says.
    pub date: String,
    /// When it was last changed, as it says.
    pub modified: String,
    /// All its tags, as written.
    pub tags: Vec<String>,
    /// ATT&CK techniques among the tags: `T1059.001`.
    pub techniques: Vec<String>,
    /// ATT&CK tactics among the tags, with hyphens: `defense-evasion`.
    pub tactics: Vec<String>,
    /// Which logs it is for, after pipelines.
    pub log_source: LogSource,
    /// Every field it asks for, after pipelines, sorted.
    pub fields: Vec<String>,
    /// What else may match, as the author knows.
    pub falsepositives: Vec<String>,
    /// Whether a match of this rule alone is to be told. `false` for the parts of a correlation that does not `generate`.
    pub tells: bool,
    /// The file it stands in.
    pub file: String,
    /// The line its document begins in, from 1.
    pub line: u32,
}

/// Techniques and tactics among tags, sorted, each once.
pub(crate) fn attack_tags(tags: &[String]) -> (Vec<String>, Vec<String>) {
    let mut techniques = Vec::new();
    let mut tactics = Vec::new();
    for tag in tags {
        let Some((space, name)) = tag.split_once('.') else {
            continue;
        };
        if !space.eq_ignore_ascii_case("attack") {
            continue;
        }
        let digits = name.strip_prefix(['t', 'T']).unwrap_or("");
        let is_technique = match digits.split_once('.') {
            None => is_digits(digits, 4),
            Some((main, sub)) => is_digits(main, 4) && is_digits(sub, 3),
        };
        if is_technique {
            techniques.push(name.to_ascii_uppercase());
        } else if !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_'))
        {
            tactics.push(name.to_ascii_lowercase().replace('_', "-"));
        }
    }
    techniques.sort();
    techniques.dedup();
    tactics.sort();
    tactics.dedup();
    (techniques, tactics)
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

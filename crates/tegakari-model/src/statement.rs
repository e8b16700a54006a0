//! What a person states of a case: answers to questions and grades of facts. Kept as dated events beside the case;
//! nothing is overwritten.

use serde::{Deserialize, Serialize};

use crate::{Asked, CaseId, Credibility, SourceReliability, Timestamp};

/// Something a person stated of a case. Of several about the same thing the last holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// The incident: [`CaseId`] of the reports, whatever hunts were made for them; of the hunt where there are none.
    pub incident: CaseId,
    /// What is stated.
    pub says: Said,
    /// Whether this takes back what was stated about the same thing before.
    #[serde(default)]
    pub withdrawn: bool,
    /// Why, in the person's words.
    pub why: String,
    /// When it was stated.
    pub at: Timestamp,
}

/// What a person can state of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Said {
    /// The answer to a question.
    Answer {
        /// What was asked.
        asked: Asked,
        /// The answer.
        yes: bool,
        /// Probability, 0 to 1, that it would have shown had it been so. Only a "no" needs it.
        visibility: f64,
    },
    /// How good a fact is.
    Grade {
        /// The fact: [`crate::EvidenceKind::key`].
        item: String,
        /// Admiralty grade of its source.
        reliability: SourceReliability,
        /// Admiralty grade of the information.
        credibility: Credibility,
    },
}

impl Said {
    /// Whether both are about the same thing, so that the later one takes the place of the earlier.
    pub fn same_subject(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Answer { asked: a, .. }, Self::Answer { asked: b, .. }) => a.key() == b.key(),
            (Self::Grade { item: a, .. }, Self::Grade { item: b, .. }) => a == b,
            _ => false,
        }
    }
}

impl Statement {
    /// Of statements in the order in which they were made, those that hold.
    pub fn in_force(made: &[Self]) -> Vec<Self> {
        let mut last: Vec<&Self> = Vec::new();
        for one in made {
            last.retain(|earlier| !earlier.says.same_subject(&one.says));
            last.push(one);
        }
        last.retain(|one| !one.withdrawn);
        last.into_iter().cloned().collect()
    }
}

/// Where a fact rests on what a person stated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementCitation {
    /// When it was stated.
    pub at: Timestamp,
    /// Why, in the person's words.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TechniqueId;

    fn says(yes: bool, withdrawn: bool) -> Statement {
        Statement {
            incident: CaseId::derive(&[b"case"]),
            says: Said::Answer {
                asked: Asked::Technique {
                    id: TechniqueId::parse("T1059").unwrap(),
                    name: "x".into(),
                    used_by: 1,
                },
                yes,
                visibility: 0.8,
            },
            withdrawn,
            why: "because".into(),
            at: "2026-01-02T03:04:05Z".parse().unwrap(),
        }
    }

    #[test]
    fn the_last_statement_holds_until_it_is_taken_back() {
        let (no, yes) = (says(false, false), says(true, false));
        assert_eq!(
            Statement::in_force(&[no.clone(), yes.clone()]),
            std::slice::from_ref(&yes)
        );
        assert_eq!(Statement::in_force(&[no, yes, says(true, true)]), []);
    }

    #[test]
    fn it_has_json_and_comes_back() {
        let one = says(false, false);
        let json = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Statement>(&json).unwrap(), one);
        assert!(json.contains(r#""about":"answer""#), "{json}");
    }
}

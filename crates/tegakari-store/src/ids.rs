//! From what a person types to the one thing meant.

use serde::Serialize;
use tegakari_model::{AssessmentId, HuntId, ReportId};

use crate::error::{Outcome, Trouble};
use crate::{Store, StoreError};

/// The id of something that is stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum StoredId {
    /// A report.
    Report(ReportId),
    /// A hunt.
    Hunt(HuntId),
    /// An assessment.
    Assessment(AssessmentId),
}

impl StoredId {
    /// The id as shown and typed.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Report(id) => id.as_str(),
            Self::Hunt(id) => id.as_str(),
            Self::Assessment(id) => id.as_str(),
        }
    }
}

/// What the beginning of an id stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdMatch {
    /// Nothing that is stored.
    None,
    /// Exactly this.
    One(StoredId),
    /// Several things, in order of id; at most [`IdMatch::SHOWN`] of them.
    Many(Vec<StoredId>),
}

impl IdMatch {
    /// How many candidates an ambiguous beginning lists.
    pub const SHOWN: usize = 20;
}

impl Store {
    /// What an id or the beginning of one stands for: `R-12ab`, in either case. Hexadecimal digits
    /// alone (at least four) are looked for among all kinds.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn find_id_prefix(&self, typed: &str) -> Result<IdMatch, StoreError> {
        let typed = typed.trim();
        let (letter, hex) = match typed.split_once('-') {
            Some((letter, hex)) => (Some(letter), hex),
            None => (None, typed),
        };
        let fits = hex.len() <= 12
            && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
            && (letter.is_some() || hex.len() >= 4);
        if !fits {
            return Ok(IdMatch::None);
        }
        let letter = letter.map(str::to_ascii_uppercase);
        let hex = hex.to_ascii_lowercase();
        self.read(&format!("looking for {typed:?}"), |connection| {
            let mut found = Vec::new();
            for (own, table) in [("R", "reports"), ("H", "hunts"), ("A", "assessments")] {
                if letter.as_deref().is_some_and(|letter| letter != own) {
                    continue;
                }
                // `g` is the character after the last hexadecimal digit.
                let sql = format!(
                    "SELECT id FROM {table} WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT {}",
                    IdMatch::SHOWN
                );
                let mut statement = connection.prepare_cached(&sql)?;
                let from = format!("{own}-{hex}");
                let mut rows = statement.query([&from, &format!("{from}g")])?;
                while let Some(row) = rows.next()? {
                    let id: String = row.get(0)?;
                    found.push(parse(own, &id)?);
                }
            }
            found.sort_by(|a, b| a.as_str().cmp(b.as_str()));
            found.truncate(IdMatch::SHOWN);
            Ok(match found.len() {
                0 => IdMatch::None,
                1 => found.pop().map_or(IdMatch::None, IdMatch::One),
                _ => IdMatch::Many(found),
            })
        })
    }
}

fn parse(letter: &str, id: &str) -> Outcome<StoredId> {
    let parsed = match letter {
        "R" => ReportId::parse(id).map(StoredId::Report),
        "H" => HuntId::parse(id).map(StoredId::Hunt),
        _ => AssessmentId::parse(id).map(StoredId::Assessment),
    };
    parsed.ok_or_else(|| Trouble::Unreadable(format!("id {id:?}")))
}

//! Something that a person asked for and that is not there.

use std::fmt;

use tegakari_model::Language;

use crate::i18n::{Words, say};

/// Something that a person asked for and that is not there, or not one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotKnown {
    /// No stored thing has this id.
    Id {
        /// As typed.
        typed: String,
        /// The database that was looked into.
        database: String,
    },
    /// Several have an id that begins so.
    Several {
        /// As typed.
        typed: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// It was stored and is no longer.
    Gone {
        /// Its id.
        id: String,
    },
    /// Neither the database nor the knowledge has anything by this word.
    Word {
        /// As typed.
        typed: String,
    },
}

impl NotKnown {
    /// What is missing and what to do, in a language.
    pub fn text(&self, language: Language) -> String {
        let words = Words::new(language);
        match self {
            Self::Id { typed, database } => {
                say!(words, "not_known.id", typed = typed, database = database)
            }
            Self::Several { typed, ids } => {
                say!(
                    words,
                    "not_known.several",
                    typed = typed,
                    ids = words.list(ids)
                )
            }
            Self::Gone { id } => say!(words, "not_known.gone", id = id),
            Self::Word { typed } => say!(words, "not_known.word", typed = typed),
        }
    }
}

impl fmt::Display for NotKnown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::En))
    }
}

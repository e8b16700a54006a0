//! A user's own knowledge: what they know of actors, as a source of its own beside the publishers'.
//!
//! Read: STIX 2.0 and 2.1 bundles, MISP events and galaxy clusters (JSON), and a simple CSV (see [`csv_table`]). Every
//! assertion keeps its reference, day and certainty as far as the file gives them. A record that says by an id that it
//! stands for one of ATT&CK's (`G0030`) adds to that one's habits; a shared name never does. One bad record costs itself
//! and leaves a problem behind.

mod builder;
mod csv_table;
mod labels;
mod misp;
mod stix;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tegakari_model::Problem;

use self::builder::Builder;
use crate::codec::{self, CodecError};
use crate::knowledge::Knowledge;
use crate::order::sort;
use crate::record::OWN;
use crate::source_facts::{Redistribution, SourceFacts};

/// The columns of the CSV, for messages.
const COLUMNS: &str = "actor, relation, object, reference, date, scale";

/// A file of the user's.
#[derive(Debug, Clone, Copy)]
pub struct OwnFile<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// A user's source, read.
#[derive(Debug)]
pub struct OwnSource {
    /// Its id (`own:my-cert`).
    pub id: String,
    /// The compiled form, to be laid over other knowledge ([`Knowledge::decode_with`]).
    pub compiled: Vec<u8>,
    /// What is known about it, with counts.
    pub facts: SourceFacts,
    /// What could not be read or used: each is a loss.
    pub problems: Vec<Problem>,
    /// What says nothing that a source of this kind keeps, counted by kind: no loss.
    pub remarks: Vec<Problem>,
}

/// What a source of the user's is called, and when it is of.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnTitle<'a> {
    /// Its name.
    pub name: &'a str,
    /// The day it is of; without one, the newest day that the files themselves give.
    pub date: Option<&'a str>,
    /// No date in it lies after this year; without one, any may.
    pub last_year: Option<u16>,
}

/// Why nothing became of a user's files.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// No file holds an assertion that could be read.
    #[error(
        "{name}: nothing in it says anything about an actor or software{}",
        first(problems)
    )]
    Nothing {
        /// The source's name.
        name: String,
        /// Why.
        problems: Vec<Problem>,
    },
    /// The result cannot be written.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

fn first(problems: &[Problem]) -> String {
    problems.first().map_or_else(String::new, |p| {
        format!(" ({}: {}; {})", p.place, p.what, p.hint)
    })
}

/// The id of the source that a user calls `name`: `own:` and its letters and digits in lower case, joined by hyphens. A
/// name without any has an id of its bytes.
pub fn own_id(name: &str) -> String {
    let folded: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let mut slug = folded.join("-");
    slug.truncate(60);
    if slug.is_empty() || !name.is_ascii() {
        let digest = Sha256::digest(name.as_bytes());
        let digest: String = digest.iter().take(4).map(|b| format!("{b:02x}")).collect();
        slug = if slug.is_empty() {
            digest
        } else {
            format!("{slug}-{digest}")
        };
    }
    format!("{OWN}{slug}")
}

/// Reads a user's files as one source. `base` is what is known without it: ids of techniques, software and records are
/// looked up there.
///
/// # Errors
/// When nothing at all could be read. Anything less is among the problems.
pub fn read_own(
    title: OwnTitle<'_>,
    files: &[OwnFile<'_>],
    base: &Knowledge,
) -> Result<OwnSource, OwnError> {
    let OwnTitle {
        name,
        date,
        last_year,
    } = title;
    let name = name.trim();
    let id = own_id(name);
    let mut builder = Builder::new(&id, name, last_year, base);
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.bytes);
        read(file, &mut builder);
    }
    let (mut facts, mut problems, remarks) = builder.finish();
    if facts.actors.is_empty() && facts.software.is_empty() {
        let name = name.to_owned();
        if problems.is_empty() {
            problems = said_nothing(files, remarks);
        }
        return Err(OwnError::Nothing { name, problems });
    }
    let mut counts = std::mem::take(&mut facts.counts);
    let lost = problems.iter().map(|p| p.records_lost).sum::<u64>();
    if lost > 0 {
        counts.push(("records not understood".to_owned(), lost));
    }
    sort(&mut counts);
    let sha256: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    let source = SourceFacts {
        id: id.clone(),
        title: name.to_owned(),
        publisher: "own".to_owned(),
        // By its content: whoever changes a file and imports it again sees another one.
        version: sha256.chars().take(8).collect(),
        date: date.map_or_else(|| facts.date.clone(), str::to_owned),
        licence: "own".to_owned(),
        notice: String::new(),
        redistribution: Redistribution::Own,
        sha256,
        counts,
    };
    let compiled = codec::compile(facts, vec![source.clone()])?;
    Ok(OwnSource {
        id,
        compiled,
        facts: source,
        problems,
        remarks,
    })
}

/// Why nothing became of files in which nothing is wrong: what was passed over, or that there is nothing in them.
fn said_nothing(files: &[OwnFile<'_>], remarks: Vec<Problem>) -> Vec<Problem> {
    if !remarks.is_empty() {
        return remarks;
    }
    let empty = |file: &OwnFile<'_>| {
        let hint = format!(
            "give a STIX 2 bundle, a MISP event or galaxy cluster with an actor or software in it, or CSV with the columns {COLUMNS}"
        );
        Problem::new(file.name, "there is no object, entry or row in it", hint)
    };
    files.iter().map(empty).collect()
}

/// Whether a name that a user gives a source would be taken for a publisher's: the same when width, case, accents,
/// punctuation, articles before it and digits or signs that look like letters are left aside (`The Microsoft`,
/// `Micros0ft`, `M1tre`).
pub fn poses_as(name: &str, publisher: &str) -> bool {
    let wanted = skeleton(publisher);
    !wanted.is_empty() && skeleton(name) == wanted
}

/// A name as a hasty reader sees it.
fn skeleton(name: &str) -> String {
    const ARTICLES: [&str; 3] = ["the ", "a ", "an "];
    let lower = name.trim().to_lowercase();
    let bare = ARTICLES
        .iter()
        .find_map(|article| lower.strip_prefix(article))
        .unwrap_or(&lower);
    // Signs are letters before the folding drops them. A number alone is a name of its own (360).
    let letters = bare.chars().any(char::is_alphabetic);
    let like = |c: char| match c {
        '0' => 'o',
        '1' | '!' | '|' | 'l' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    if letters {
        crate::fold_name(&bare.chars().map(like).collect::<String>())
    } else {
        crate::fold_name(bare)
    }
}

fn read(file: &OwnFile<'_>, builder: &mut Builder<'_>) {
    let bytes = file.bytes.strip_prefix(b"\xEF\xBB\xBF");
    let bytes = bytes.unwrap_or(file.bytes).trim_ascii();
    if bytes.is_empty() {
        let hint = "give a file with content";
        builder.problem(file.name, "the file is empty", hint, 1);
        return;
    }
    if !matches!(bytes.first(), Some(b'{' | b'[')) {
        csv_table::read(file.name, bytes, builder);
        return;
    }
    let document: Value = match serde_json::from_slice(bytes) {
        Ok(document) => document,
        Err(error) => {
            let (what, hint) = if error.is_eof() {
                (
                    format!("the JSON ends in the middle ({error})"),
                    "get or export the file again",
                )
            } else {
                (format!("not JSON ({error})"), "export the file again")
            };
            builder.problem(file.name, what, hint, 1);
            return;
        }
    };
    if stix::is_bundle(&document) {
        stix::read(file.name, &document, builder);
    } else if misp::is_cluster(&document) {
        misp::read_cluster(file.name, &document, builder);
    } else if !misp::read_events(file.name, &document, builder) {
        let hint = format!(
            "give a STIX 2 bundle, a MISP event, a MISP galaxy cluster, or CSV with the columns {COLUMNS}"
        );
        builder.problem(file.name, "JSON of a kind that is not read here", &hint, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::{own_id, poses_as};

    #[test]
    fn a_disguised_publisher_is_seen_through() {
        for name in [
            "The Microsoft",
            "Micros0ft",
            "M1CR0$0FT",
            "Ｍicrosoft",
            "a microsoft",
        ] {
            assert!(poses_as(name, "Microsoft"), "{name}");
        }
        assert!(poses_as("360", "360") && poses_as("MaItrail", "Maltrail"));
        for name in ["Microsoft watchers", "My CERT", "", "ōō"] {
            assert!(
                !poses_as(name, "Microsoft") && !poses_as(name, ""),
                "{name}"
            );
        }
    }

    #[test]
    fn a_source_is_named_by_its_letters() {
        assert_eq!(own_id("My CERT, 2026"), "own:my-cert-2026");
        assert_eq!(own_id("../../etc"), "own:etc");
        assert_eq!(own_id("自社"), own_id("自社"));
        assert_ne!(own_id("自社"), own_id("他社"));
        assert!(own_id("自社 SOC").starts_with("own:soc-"));
        assert!(own_id(&"x".repeat(500)).len() < 80);
    }
}

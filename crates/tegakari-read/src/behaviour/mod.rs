//! What a sentence tells of, by a linear model that `cargo xtask train-techniques` trained on the
//! procedure texts of MITRE ATT&CK. Data, figures and limits: docs/techniques.md.
//!
//! Public for the trainer, which must see the same sentences and features as the reader.

pub mod features;
pub mod model;
pub mod sentences;

use std::sync::OnceLock;

use model::{Model, Scratch};

/// Below this probability of the right technique (whichever sub-technique) nothing is told.
pub const LEAST: f32 = 0.5;
/// From this probability on the sub-technique is told and not only the technique it is a part of.
const LEAST_EXACT: f32 = 0.4;

/// The model inside the program. Unpacked on first use (it is less than half as large packed), read in place after that.
pub fn embedded() -> Option<&'static Model<'static>> {
    static PACKED: &[u8] = include_bytes!("../../data/techniques.bin.zst");
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    static CELL: OnceLock<Option<Model<'static>>> = OnceLock::new();
    CELL.get_or_init(|| Model::read(BYTES.get_or_init(|| unpack(PACKED).unwrap_or_default())))
        .as_ref()
}

/// A model as it stands in the repository, to the bytes that [`Model::read`] takes.
///
/// # Errors
/// When the bytes are no zstd frame (RFC 8878), or a cut one.
pub fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    zstd::stream::decode_all(packed)
}

/// The other way.
///
/// # Errors
/// What the compressor reports.
pub fn pack(model: &[u8]) -> std::io::Result<Vec<u8>> {
    zstd::stream::encode_all(model, 19)
}

/// What a sentence tells of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    /// Technique and probability.
    pub(crate) first: (&'static str, f32),
    /// What else it may be: the next two, with their probabilities.
    pub(crate) others: Vec<(&'static str, f32)>,
}

/// Reads sentences with one set of buffers.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    scratch: Scratch,
}

impl Reader {
    /// What a sentence tells of among the matrices that `may` be told of; `None` when nothing is likely
    /// enough.
    pub(crate) fn read(&mut self, sentence: &str, may: impl Fn(u8) -> bool) -> Option<Told> {
        let model = embedded()?;
        let head = model.head();
        let (scores, content) = model.score(sentence, &mut self.scratch)?;
        let best = model.first(scores, 4, |class| may(class.domain));
        let at = |i: usize| best.get(i).copied();
        let (first, second) = (at(0)?, at(1)?);
        let class = |i: usize| head.classes.get(i);
        let offset = |i: usize| class(i).map_or(0.0, |c| c.offset);
        let lead = first.1 - second.1;
        let parent = head
            .parent
            .probability(first.1, lead, content, offset(first.0));
        if parent < LEAST {
            return None;
        }
        let exact = head
            .exact
            .probability(first.1, lead, content, offset(first.0));
        let id = class(first.0)?.id.as_str();
        let told = if exact >= LEAST_EXACT || !id.contains('.') {
            (id, exact.min(parent))
        } else {
            (model::parent_of(id), parent)
        };
        let told = if id.contains('.') { told } else { (id, parent) };
        let others = best
            .iter()
            .skip(1)
            .take(2)
            .filter_map(|(i, score)| {
                let lead = score - first.1;
                let p = head.parent.probability(*score, lead, content, offset(*i));
                Some((class(*i)?.id.as_str(), p))
            })
            .collect();
        Some(Told {
            first: told,
            others,
        })
    }
}

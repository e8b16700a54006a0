//! Rows of a list from which no value could be read: a list must not lose a line without a word.

use tegakari_model::Problem;

use crate::content::{Block, BlockKind, Content};
use crate::lexicon::{self, Field};

/// Rows named in the message.
const NAMED: usize = 5;

/// The rows of a list of indicators that yielded nothing; `read` are the blocks that did, in order.
///
/// A document counts as such a list when its format says so and at least half of its rows were read:
/// a table of prose is no list that lost something.
pub(crate) fn rows(
    name: &str,
    content: &Content,
    read: impl Iterator<Item = usize>,
) -> Option<Problem> {
    if !content.is_list {
        return None;
    }
    let mut read = read.peekable();
    let (mut good, mut bad) = (0u64, 0u64);
    let mut first: Vec<String> = Vec::new();
    for (i, block) in content.blocks.iter().enumerate() {
        let mut yielded = false;
        while read.next_if(|at| *at <= i).is_some_and(|at| {
            yielded |= at == i;
            true
        }) {}
        if block.kind != BlockKind::Row || !holds_a_value(block) {
            continue;
        }
        if yielded {
            good += 1;
            continue;
        }
        bad += 1;
        if first.len() < NAMED {
            first.push(block.line.to_string());
        }
    }
    if bad == 0 || good < bad {
        return None;
    }
    let lines = first.join(", ");
    let more = if bad > NAMED as u64 { " and more" } else { "" };
    Some(
        Problem::new(
            format!("{name}:{}", first.first().map_or("", String::as_str)),
            format!(
                "{bad} of {} rows hold no value that can be read (lines {lines}{more})",
                good + bad
            ),
            "check the type and the spelling of these values; they are not looked for",
        )
        .losing_records(bad),
    )
}

/// Whether a row promises a value: some cell that is neither empty nor a word for "none", below a
/// header that announces one where there is a header.
fn holds_a_value(block: &Block) -> bool {
    block.cells.iter().enumerate().any(|(n, (start, end))| {
        let cell = block.text.get(*start..*end).unwrap_or("");
        if lexicon::is_none_word(cell) {
            return false;
        }
        let Some(header) = &block.header else {
            return true;
        };
        matches!(
            header.get(n).and_then(|h| lexicon::field(h)),
            Some(Field::Value | Field::Kind(_) | Field::Hash | Field::C2)
        )
    })
}

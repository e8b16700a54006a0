//! Hashes that a cell breaks over several lines: narrow columns of saved pages and converted documents hold a
//! SHA-256 in two or three pieces, each of which may look like a shorter hash.
//!
//! Pieces go together where a cell is nothing but hexadecimal digits with blanks between, and either its column says
//! which kind of hash it holds and no piece is one, or only together they have the length of one.

use tegakari_model::ObservableKind as K;

use crate::content::{Block, BlockKind, JOINT};
use crate::lexicon::{self, Ending, Field};

/// Digits of the kinds of hashes that are put together.
const LENGTHS: [usize; 5] = [32, 40, 64, 96, 128];
/// Shortest piece.
const PIECE: usize = 4;
/// Longest cell that is looked at, in bytes.
const CELL: usize = 8 * 1024;

/// Puts the pieces of hashes in the cells of tables together.
pub(crate) fn put_together(blocks: &mut [Block]) {
    let mut from = 0;
    while let Some(group) = blocks.get(from).map(|b| b.group) {
        let count = blocks
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(|b| b.group == group)
            .count();
        if let Some(table) = blocks.get_mut(from..from + count) {
            mend(table);
        }
        from += count;
    }
}

/// One table; blocks that are no rows stay as they are.
fn mend(table: &mut [Block]) {
    // Two MD5s or one SHA-256: the whole column tells, since one file has one MD5.
    let doubled = doubled_columns(table);
    for block in table.iter_mut().filter(|b| b.kind == BlockKind::Row) {
        let mut joined = Vec::new();
        for (i, (start, end)) in block.cells.iter().enumerate() {
            let Some(cell) = block.text.get(*start..*end).filter(|c| c.len() <= CELL) else {
                continue;
            };
            let Some(pieces) = pieces(cell) else { continue };
            let doubled = doubled.get(i).copied().unwrap_or(false);
            let length = column(block, i).or_else(|| doubled.then_some(64));
            if let Some(whole) = wholes(&pieces, length) {
                joined.push((i, whole));
            }
        }
        if joined.is_empty() {
            continue;
        }
        let cells: Vec<String> = block
            .cells
            .iter()
            .enumerate()
            .map(
                |(i, (start, end))| match joined.iter().find(|(at, _)| *at == i) {
                    Some((_, whole)) => whole.clone(),
                    None => block.text.get(*start..*end).unwrap_or("").to_owned(),
                },
            )
            .collect();
        rewrite(block, &cells);
    }
}

/// Gives a row other cells; links stay with their cell.
fn rewrite(block: &mut Block, cells: &[String]) {
    let old = std::mem::take(&mut block.cells);
    let row = Block::row(cells, block.header.take(), block.line);
    for link in &mut block.links {
        let cell = old
            .iter()
            .position(|(start, end)| (*start..=*end).contains(&link.start));
        let (Some((from, to)), Some((was, _))) = (
            cell.and_then(|i| row.cells.get(i)),
            cell.and_then(|i| old.get(i)),
        ) else {
            (link.start, link.end) = (0, 0);
            continue;
        };
        link.start = (from + link.start - was).min(*to);
        link.end = (from + link.end.saturating_sub(*was)).clamp(link.start, *to);
        while !row.text.is_char_boundary(link.start) {
            link.start -= 1;
        }
        while !row.text.is_char_boundary(link.end) {
            link.end -= 1;
        }
    }
    block.text = row.text;
    block.cells = row.cells;
    block.header = row.header;
}

/// Digits of the hashes that a cell's column, or the label beside it, is said to hold.
fn column(block: &Block, i: usize) -> Option<usize> {
    let title = match &block.header {
        Some(header) => header.get(i)?.as_str(),
        None => {
            let (start, end) = *block.cells.first().filter(|_| i == 1)?;
            block.text.get(start..end)?
        }
    };
    let lower = title.to_ascii_lowercase();
    let named = [
        ("md5", 32),
        ("sha1", 40),
        ("sha-1", 40),
        ("256", 64),
        ("384", 96),
        ("512", 128),
    ];
    let mut kinds = named.iter().filter(|(name, _)| lower.contains(name));
    match (kinds.next(), kinds.next()) {
        (Some((_, digits)), None) => Some(*digits),
        (None, _) if lexicon::field(title) == Some(Field::Kind(K::Sha256)) => Some(64),
        _ => None,
    }
}

/// The runs of digits that a cell is, if it is nothing else and more than one.
fn pieces(cell: &str) -> Option<Vec<&str>> {
    let pieces: Vec<&str> = cell.split_whitespace().collect();
    let digits =
        |piece: &&str| piece.len() >= PIECE && piece.bytes().all(|b| b.is_ascii_hexdigit());
    (pieces.len() > 1 && pieces.iter().all(digits)).then_some(pieces)
}

/// The cell with its pieces put together to hashes of some length, or, where none is given, to the one hash that all
/// of them make and no piece is.
fn wholes(pieces: &[&str], length: Option<usize>) -> Option<String> {
    let all: usize = pieces.iter().map(|p| p.len()).sum();
    let short = pieces.iter().any(|p| !LENGTHS.contains(&p.len()));
    let length = match length {
        Some(length) => length,
        None if short && LENGTHS.contains(&all) => all,
        None => return None,
    };
    if pieces.iter().any(|p| p.len() >= length) {
        return None;
    }
    let mut whole = String::with_capacity(all + 3 * pieces.len());
    let mut have = 0;
    for piece in pieces {
        if have == length {
            whole.push('\n');
            have = 0;
        } else if have > 0 {
            whole.push(JOINT);
        }
        whole.push_str(piece);
        have += piece.len();
        if have > length {
            return None;
        }
    }
    (have == length).then_some(whole)
}

/// Which columns hold exactly two runs of 32 digits in every cell that holds digits at all, in several rows.
fn doubled_columns(table: &[Block]) -> Vec<bool> {
    let mut seen: Vec<(usize, bool)> = Vec::new();
    for block in table.iter().filter(|b| b.kind == BlockKind::Row) {
        for (i, (start, end)) in block.cells.iter().enumerate() {
            if seen.len() <= i {
                seen.push((0, true));
            }
            let (Some(cell), Some((count, doubled))) =
                (block.text.get(*start..*end), seen.get_mut(i))
            else {
                continue;
            };
            if cell.len() > CELL || !*doubled || cell.trim().is_empty() {
                *doubled &= cell.len() <= CELL;
                continue;
            }
            *count += 1;
            let halves =
                |p: Vec<&str>| matches!(p.as_slice(), [a, b] if a.len() == 32 && b.len() == 32);
            *doubled = pieces(cell).is_some_and(halves) && names_a_file(block, i);
        }
    }
    seen.into_iter()
        .map(|(count, doubled)| doubled && count > 1)
        .collect()
}

/// Whether another cell of a row ends as the name of a file does.
fn names_a_file(block: &Block, but: usize) -> bool {
    block.cells.iter().enumerate().any(|(i, (start, end))| {
        let cell = block.text.get(*start..*end).unwrap_or("").trim();
        let last = cell.rsplit_once('.').map(|(_, last)| last);
        i != but && last.is_some_and(|last| lexicon::ending(last) != Ending::Unknown)
    })
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::put_together;
    use crate::content::{Block, JOINT};

    const HALF: &str = "8b9a0b44b738c7884e6a14f4cb18afff";
    const REST: &str = "9478050023c7f8668df4fc39b0ddd79c";

    fn check(title: Option<&str>, rows: &[[&str; 2]], want: &[&str]) {
        let header = title.map(|t| Rc::new(vec!["File".to_owned(), t.to_owned()]));
        let mut blocks: Vec<Block> = rows
            .iter()
            .map(|cells| Block::row(cells, header.clone(), 1))
            .collect();
        put_together(&mut blocks);
        let got: Vec<String> = blocks
            .iter()
            .map(|b| {
                let (start, end) = b.cells[1];
                b.text[start..end].replace(JOINT, "")
            })
            .collect();
        assert_eq!(got, want, "{title:?} {rows:?}");
    }

    #[test]
    fn pieces_of_a_hash_go_together_and_hashes_stay_apart() {
        let two = format!("{HALF}\n{REST}");
        let whole = format!("{HALF}{REST}");
        check(Some("SHA-256"), &[["a.exe", &two]], &[&whole]);
        check(None, &[["SHA256", &two]], &[&whole]);
        // One row may hold two MD5s; when all do, of one file each, they are halves.
        check(Some("Hash"), &[["a.exe", &two]], &[&two]);
        check(
            Some("Hash"),
            &[["a.exe", &two], ["b.exe", &two]],
            &[&whole, &whole],
        );
        check(
            Some("MD5"),
            &[["a.exe", &two], ["b.exe", &two]],
            &[&two, &two],
        );
        check(Some("MD5 / SHA-256"), &[["a.exe", &two]], &[&two]);
        // A piece that no kind has the length of.
        let (long, short) = whole.split_at(44);
        check(
            Some("Hash"),
            &[["a.exe", &format!("{long} {short}")]],
            &[&whole],
        );
        // Two hashes, each in pieces.
        let four = format!("{two}\n{two}");
        check(
            Some("SHA256"),
            &[["a.exe", &four]],
            &[&format!("{whole}\n{whole}")],
        );
        // MD5 and SHA-256 are no SHA-384.
        let both = format!("{HALF} {whole}");
        check(Some("Hash"), &[["a.exe", &both]], &[&both]);
    }
}

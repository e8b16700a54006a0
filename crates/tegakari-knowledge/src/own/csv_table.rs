//! The simple CSV of a user's knowledge: one assertion a row.
//!
//! ```text
//! actor,relation,object,reference,date,scale
//! Blue Kiln,name,ブルーキルン,https://example.org/report,2026-03-01,likely
//! Blue Kiln,uses,T1059.001,https://example.org/report,2026-03-01,
//! Blue Kiln,uses,PlugX,,,
//! Blue Kiln,targets,Japan,,,
//! G0030,indicator,update.example.net,case 12,2026-02,B2
//! Blue Kiln,overlaps,attack:G0030,,,moderate confidence
//! ```
//! `actor` is a name, or the id of a record that is known. `relation` is `name`, `uses`, `targets`, `origin`, `same`,
//! `similar`, `overlaps`, `part-of`, `linked` or `indicator`. `scale` is kept as written. The first three columns are
//! needed, in any order; fields are divided by commas, semicolons or tabs; the text is UTF-8.

use std::collections::HashMap;

use tegakari_model::{NameKind, TechniqueId};

use super::COLUMNS;
use super::builder::{Builder, Ground, Taken, attack_number};
use crate::record::Relation;

/// The verbs, for messages.
const RELATIONS: &str =
    "name, uses, targets, origin, same, similar, overlaps, part-of, linked or indicator";

/// The verbs as they are compared.
const KNOWN: [&str; 11] = [
    "name",
    "alias",
    "uses",
    "targets",
    "origin",
    "same",
    "similar",
    "overlaps",
    "part-of",
    "linked",
    "indicator",
];

pub(super) fn read(place: &str, bytes: &[u8], builder: &mut Builder<'_>) {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let what = format!("not UTF-8 text (at byte {})", error.valid_up_to());
            let hint = "save it as \"CSV UTF-8\", or give JSON";
            builder.problem(place, what, hint, 1);
            return;
        }
    };
    let head = text.lines().next().unwrap_or("");
    let divider = [',', ';', '\t']
        .into_iter()
        .max_by_key(|d| head.matches(*d).count())
        .unwrap_or(',');
    let text = without_open_quotes(place, text, divider, builder);
    let mut reader = reader(&text, divider);
    let heads = reader.headers().cloned().unwrap_or_default();
    let at = |name: &str| heads.iter().position(|h| h.eq_ignore_ascii_case(name));
    let (Some(actor), Some(relation), Some(object)) = (at("actor"), at("relation"), at("object"))
    else {
        let what =
            "no table of assertions: its first line lacks the columns actor, relation and object";
        let hint = format!("give CSV with the columns {COLUMNS}, STIX 2 or MISP JSON");
        builder.problem(place, what, &hint, 1);
        return;
    };
    for head in heads
        .iter()
        .filter(|head| !head.is_empty() && !is_read(head))
    {
        let head: String = head.chars().take(60).collect();
        builder.pass_over(
            place,
            format!("column {head:?}, which is not one of {COLUMNS}"),
        );
    }
    let names = names_for_numbers(&text, divider, (actor, relation, object), builder);
    let (reference, date, scale) = (at("reference"), at("date"), at("scale"));
    for (row, record) in reader.records().enumerate() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let row = format!("{place}:{}", row + 2);
                builder.problem(
                    &row,
                    format!("no row of CSV ({error})"),
                    "check its quotes",
                    1,
                );
                continue;
            }
        };
        let line = record
            .position()
            .map_or(row as u64 + 2, csv::Position::line);
        let place = format!("{place}:{line}");
        let field = |at: Option<usize>| at.and_then(|i| record.get(i)).unwrap_or("");
        if record.iter().all(str::is_empty) {
            continue;
        }
        // A comma within a cell moves what follows by a column.
        if record.iter().skip(heads.len()).any(|cell| !cell.is_empty()) {
            let what = format!(
                "{} cells, where the first line has {}",
                record.len(),
                heads.len()
            );
            let hint = "put cells that hold the divider into quotes (\"Korea, Republic of\")";
            builder.problem(&place, what, hint, 1);
            continue;
        }
        let ground = Ground {
            reference: field(reference).to_owned(),
            date: builder.date(&place, field(date)),
            scale: field(scale).to_owned(),
        };
        let taken = assertion(
            (
                field(Some(actor)),
                field(Some(relation)),
                field(Some(object)),
            ),
            &ground,
            &names,
            builder,
        );
        builder.take(&place, taken);
    }
}

/// Whether a column has one of the names.
fn is_read(head: &str) -> bool {
    COLUMNS
        .split(", ")
        .any(|known| head.eq_ignore_ascii_case(known))
}

/// A row of the text, by its bytes.
struct Row {
    /// Just after the row.
    end: usize,
    /// Where the quote opened that nothing closes rightly.
    open: Option<usize>,
}

/// The text with a row of empty cells for every row whose quote is not closed. Such a quote would make one cell of the rows
/// that follow; each costs its own row, and is told with the line in which it opened.
fn without_open_quotes(
    place: &str,
    text: &str,
    divider: char,
    builder: &mut Builder<'_>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut at, mut line) = (0, 1);
    let lines = |part: &str| part.matches('\n').count();
    while at < text.len() {
        let row = row_at(text, at, divider);
        let end = match row.open {
            None => {
                let whole = text.get(at..row.end).unwrap_or_default();
                // A row of empty cells: the reader of CSV counts lines wrongly after a line of nothing.
                if whole.trim_end_matches(['\r', '\n']).is_empty() && !out.ends_with('\r') {
                    out.push(divider);
                }
                out.push_str(whole);
                row.end
            }
            Some(open) => {
                let rest = text.get(open..).unwrap_or_default();
                let end = rest.find('\n').map_or(text.len(), |n| open + n + 1);
                let before = lines(text.get(at..open).unwrap_or_default());
                builder.problem(
                    &format!("{place}:{}", line + before),
                    "a quote opens in this line and is not closed; this row is left out, and reading goes on with the next line",
                    "close the quote, or write it twice where it belongs to the text (\"\"\"Oven\"\"\")",
                    1,
                );
                let lost = lines(text.get(at..end).unwrap_or_default());
                for _ in 0..lost {
                    out.extend([divider, '\n']);
                }
                end
            }
        };
        line += lines(text.get(at..end).unwrap_or_default());
        at = end;
    }
    out
}

/// The row that begins at a place, by the rules of CSV: a quote counts at the start of a cell, twice within one it stands
/// for itself. A cell over several lines is only believed when it ends where a cell ends and holds no rows.
fn row_at(text: &str, start: usize, divider: char) -> Row {
    let bytes = text.as_bytes();
    let of = |i: usize| bytes.get(i).copied();
    let is_end = |b: Option<u8>| matches!(b, None | Some(b'\n' | b'\r'));
    let divides = |b: Option<u8>| b.is_some_and(|b| char::from(b) == divider);
    let (mut at, mut cell_starts) = (start, true);
    loop {
        match of(at) {
            Some(b'"') if cell_starts => {
                let Some(close) = closing_quote(bytes, at + 1) else {
                    let (end, open) = (bytes.len(), Some(at));
                    return Row { end, open };
                };
                let inside = text.get(at + 1..close).unwrap_or_default();
                let next = of(close + 1);
                let ends = is_end(next) || divides(next);
                if inside.contains('\n') && (!ends || holds_rows(inside, divider)) {
                    let (end, open) = (close, Some(at));
                    return Row { end, open };
                }
                at = close + 1;
                cell_starts = false;
            }
            byte if is_end(byte) => {
                let end = (at + 1).min(bytes.len());
                return Row { end, open: None };
            }
            byte => {
                cell_starts = divides(byte);
                at += 1;
            }
        }
    }
}

/// The first quote that does not stand for itself.
fn closing_quote(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'"', Some(b'"')) => at += 2,
            (b'"', _) => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// Whether a line after the first reads like a row: one of its cells is a relation.
fn holds_rows(inside: &str, divider: char) -> bool {
    let mut cells = inside.lines().skip(1).flat_map(|line| line.split(divider));
    cells.any(|cell| KNOWN.contains(&verb(cell).as_str()))
}

/// A relation as it is compared.
fn verb(text: &str) -> String {
    text.trim().to_lowercase().replace([' ', '_'], "-")
}

/// The relation between actors that a verb stands for.
fn relation_of(verb: &str) -> Relation {
    match verb {
        "same" => Relation::Same,
        "similar" => Relation::Similar,
        "overlaps" => Relation::Overlaps,
        "part-of" => Relation::PartOf,
        _ => Relation::Linked,
    }
}

/// The names that rows give to ids of ATT&CK's form that are not known, by these in upper case. The first counts.
fn names_for_numbers(
    text: &str,
    divider: char,
    (actor, relation, object): (usize, usize, usize),
    builder: &Builder<'_>,
) -> HashMap<String, String> {
    let mut names = HashMap::new();
    for record in reader(text, divider).records().flatten() {
        let field = |at: usize| record.get(at).unwrap_or("");
        let Some(number) = attack_number(field(actor), 'G') else {
            continue;
        };
        let name = field(object);
        let is_name = matches!(verb(field(relation)).as_str(), "name" | "alias")
            && Builder::name(name).is_ok()
            && attack_number(name, 'G').is_none();
        if is_name && builder.known_actor(&number).is_none() {
            names.entry(number).or_insert_with(|| name.to_owned());
        }
    }
    names
}

fn reader(text: &str, divider: char) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(u8::try_from(divider).unwrap_or(b','))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes())
}

fn assertion(
    (actor, relation, object): (&str, &str, &str),
    ground: &Ground,
    names: &HashMap<String, String>,
    builder: &mut Builder<'_>,
) -> Taken {
    let cells = [("actor", actor), ("relation", relation), ("object", object)];
    let empty: Vec<&str> = cells
        .iter()
        .filter(|(_, cell)| cell.is_empty())
        .map(|(column, _)| *column)
        .collect();
    if !empty.is_empty() {
        return Err((
            format!("nothing in the column {}", empty.join(" and ")),
            "every row needs an actor, a relation and an object".to_owned(),
        ));
    }
    let verb = verb(relation);
    Builder::name(object)?;
    if !KNOWN.contains(&verb.as_str()) {
        let what = format!("{relation:?} is no relation that is known");
        return Err((what, format!("use {RELATIONS}")));
    }
    let number = attack_number(actor, 'G');
    let named = |number: Option<&String>| names.get(number?).map(String::as_str);
    let id = builder.actor(named(number.as_ref()).unwrap_or(actor), "")?;
    match verb.as_str() {
        "name" | "alias" => {
            // The id stays visible, as the name that it is here.
            if let Some(number) = number.filter(|number| names.contains_key(number)) {
                builder.alias(&id, &number, None, ground)?;
            }
            builder.alias(&id, object, None, ground)
        }
        "uses" if TechniqueId::parse(object).is_some() => builder.technique(&id, object, ground),
        "uses" => {
            let software = builder.software_id(object, NameKind::Malware)?;
            builder.uses(&id, software, ground);
            Ok(())
        }
        "targets" => builder.target(&id, object, ground),
        "origin" => builder.origin(&id, object, ground),
        "same" | "similar" | "overlaps" | "part-of" | "linked" => {
            let other = attack_number(object, 'G');
            let other = named(other.as_ref()).unwrap_or(object);
            builder.link(&id, relation_of(&verb), other, ground)
        }
        _ => builder.indicator(&id, object, ground),
    }
}

//! Which tables a database has, and what their columns are called.

use std::collections::HashSet;

use super::record::Value;
use super::{Pages, next_row};

/// A table with rows of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) root: u32,
    /// Names of columns in the order in which they are stored; empty when that is not known.
    pub(super) columns: Vec<String>,
    /// The column that is another name of the row's id, and is not stored.
    pub(super) id_column: Option<usize>,
}

/// The tables, in the order in which they were made, and how many pages or rows of the schema are damaged.
pub(super) fn tables(pages: &Pages) -> (Vec<Table>, u64) {
    let mut stack = vec![(1, 0)];
    let mut visited = HashSet::from([1]);
    let mut lost = 0;
    let mut tables = Vec::new();
    while let Some(row) = next_row(pages, &mut stack, &mut visited, &mut lost) {
        let [
            Value::Text(kind),
            Value::Text(name),
            _,
            Value::Integer(root),
            Value::Text(sql),
            ..,
        ] = row.values.as_slice()
        else {
            continue; // an index that SQLite made itself has no text
        };
        let Some(root) = u32::try_from(*root).ok().filter(|root| *root > 0) else {
            continue; // a view, or a table that a program makes up
        };
        if kind != "table" {
            continue;
        }
        let (columns, id_column) = columns(sql);
        tables.push(Table {
            name: name.clone(),
            root,
            columns,
            id_column,
        });
    }
    (tables, lost)
}

/// The columns in a `CREATE TABLE`, and the one that is the row's id.
fn columns(sql: &str) -> (Vec<String>, Option<usize>) {
    let Some(open) = sql.find('(') else {
        return (Vec::new(), None);
    };
    let (parts, rest) = parts(&sql[open + 1..]);
    let without_ids = rest.to_ascii_lowercase().contains("without rowid");
    let mut names = Vec::new();
    let mut id_column = None;
    let mut key = None;
    for part in parts {
        let (name, quoted, definition) = first_word(part);
        let upper = definition.to_ascii_uppercase();
        let word = name.to_ascii_uppercase();
        let constraint = matches!(
            word.as_str(),
            "CONSTRAINT" | "PRIMARY" | "UNIQUE" | "CHECK" | "FOREIGN"
        );
        if constraint && !quoted {
            if word == "PRIMARY"
                && let (Some(from), Some(to)) = (part.find('('), part.find(')'))
            {
                key = part
                    .get(from + 1..to)
                    .map(|text| first_word(text).0.to_owned());
            }
            continue;
        }
        let integer = upper.split_whitespace().next() == Some("INTEGER");
        if integer && upper.contains("PRIMARY KEY") {
            id_column = Some(names.len());
        }
        names.push((name.to_owned(), integer));
    }
    if let Some(key) = key
        && id_column.is_none()
    {
        id_column = names
            .iter()
            .position(|(name, integer)| *integer && name.eq_ignore_ascii_case(&key));
    }
    if without_ids {
        return (Vec::new(), None); // stored in the order of the key, which is not worked out here
    }
    (names.into_iter().map(|(name, _)| name).collect(), id_column)
}

/// The parts between commas up to the closing bracket, and what follows it.
fn parts(text: &str) -> (Vec<&str>, &str) {
    let mut out = Vec::new();
    let (mut depth, mut start, mut quote) = (0, 0, None);
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(close), _) if byte == close => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'`' | b'\'') => quote = Some(byte),
            (None, b'[') => quote = Some(b']'),
            (None, b'(') => depth += 1,
            (None, b')') if depth > 0 => depth -= 1,
            (None, b')') => {
                out.push(&text[start..at]);
                return (out, &text[at + 1..]);
            }
            (None, b',') if depth == 0 => {
                out.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push(&text[start..]);
    (out, "")
}

/// The first word without its quotes, whether it had any, and what follows it.
fn first_word(text: &str) -> (&str, bool, &str) {
    let text = text.trim_start();
    let close = match text.bytes().next() {
        Some(b'[') => Some(']'),
        Some(quote @ (b'"' | b'`' | b'\'')) => Some(char::from(quote)),
        _ => None,
    };
    if let Some(close) = close {
        let inner = &text[1..];
        let end = inner.find(close).unwrap_or(inner.len());
        let rest = inner.get(end + 1..).unwrap_or_default();
        return (&inner[..end], true, rest);
    }
    let end = text
        .find(|c: char| c.is_whitespace() || c == '(' || c == ',')
        .unwrap_or(text.len());
    (&text[..end], false, &text[end..])
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn columns_are_named_as_the_table_was_made() {
        let check = |sql: &str, want: &[&str], id: Option<usize>| {
            let (names, id_column) = columns(sql);
            assert_eq!(
                (names.as_slice(), id_column),
                (
                    &want.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..],
                    id
                ),
                "{sql}"
            );
        };
        check(
            "CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT,url LONGVARCHAR,\"last, visit\" INTEGER DEFAULT (0) NOT NULL)",
            &["id", "url", "last, visit"],
            Some(0),
        );
        check(
            "CREATE TABLE [t] (a TEXT, [b c] INT, CHECK (a > 0), PRIMARY KEY (a))",
            &["a", "b c"],
            None,
        );
        check(
            "CREATE TABLE t (k INTEGER, v, PRIMARY KEY(\"k\"))",
            &["k", "v"],
            Some(0),
        );
        check(
            "CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID",
            &[],
            None,
        );
        check("CREATE TABLE t", &[], None);
    }
}

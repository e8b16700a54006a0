//! Documents that hold several reports: MISP's answers with several events, bundles of STIX to which another Tegakari
//! has written several reports, and lists whose rows are marked for different readers. Each is taken apart into
//! documents of their own, because a report has one marking, one date and one publisher, and nobody who marked a row for
//! a few wants it to be as widely read as its neighbours.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::{Value, json};
use tegakari_model::Tlp;
use tegakari_stix::write;

use crate::Document;
use crate::formats::{self, Source};

/// The documents that a document is made of; most are one. Values keep their lines in lists; elsewhere their places are
/// those in the new documents.
pub fn several<'a>(document: Document<'a>) -> Vec<Cow<'a, [u8]>> {
    let format = formats::sniff(document.name, document.bytes);
    let source = Source::new(document.name, document.bytes);
    let parts = match format.id() {
        "misp-event" => events(source.text()),
        "stix-bundle" => bundles(source.text()),
        "csv" => by_marking(source.text(), rows(source.text())),
        "json-lines" => by_marking(source.text(), lines(source.text())),
        _ => Vec::new(),
    };
    if parts.len() < 2 {
        return vec![Cow::Borrowed(document.bytes)];
    }
    parts
        .into_iter()
        .map(|part| Cow::Owned(part.into_bytes()))
        .collect()
}

/// Each event of a MISP server's answer.
fn events(text: &str) -> Vec<String> {
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return Vec::new();
    };
    let answer = document.get("response").unwrap_or(&document);
    let Some(items) = answer.as_array() else {
        return Vec::new();
    };
    // What is no event beside them would be lost.
    if !items.iter().all(|item| item.get("Event").is_some()) {
        return Vec::new();
    }
    items.iter().map(Value::to_string).collect()
}

/// A bundle for each report of ours, with what it refers to.
fn bundles(text: &str) -> Vec<String> {
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return Vec::new();
    };
    let Some(objects) = document.get("objects").and_then(Value::as_array) else {
        return Vec::new();
    };
    let of = |object: &Value, key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
    let reports: Vec<&Value> = objects
        .iter()
        .filter(|o| o.get("type").and_then(Value::as_str) == Some("report"))
        .collect();
    if reports.len() < 2 || !reports.iter().all(|report| is_ours(report)) {
        return Vec::new();
    }
    let held: Vec<BTreeSet<&str>> = reports
        .iter()
        .map(|report| {
            let refs = report.get("object_refs").and_then(Value::as_array);
            refs.into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect()
        })
        .collect();
    let somewhere: BTreeSet<&str> = held.iter().flatten().copied().collect();
    let mut out = Vec::new();
    for (i, (report, refs)) in reports.iter().zip(&held).enumerate() {
        let own = of(report, "id");
        let mine: Vec<&Value> = objects
            .iter()
            .filter(|object| {
                let id = of(object, "id").unwrap_or_default();
                match object.get("type").and_then(Value::as_str) {
                    Some("report") => Some(id) == own,
                    // What all of them may lean on.
                    Some("identity" | "marking-definition" | "extension-definition") => {
                        refs.contains(id.as_str()) || !somewhere.contains(id.as_str())
                    }
                    // What no report speaks of is in none of the others.
                    _ => refs.contains(id.as_str()) || (i == 0 && !somewhere.contains(id.as_str())),
                }
            })
            .collect();
        let id = write::own_uuid("bundle-part", &json!({ "report": own }));
        out.push(
            json!({ "type": "bundle", "id": format!("bundle--{id}"), "objects": mine }).to_string(),
        );
    }
    out
}

/// Whether an object of STIX is a report that another Tegakari has read.
fn is_ours(report: &Value) -> bool {
    let references = report.get("external_references").and_then(Value::as_array);
    references.into_iter().flatten().any(|reference| {
        reference.get("source_name").and_then(Value::as_str) == Some(write::REPORT_SOURCE)
            && reference.get("external_id").is_some()
    })
}

/// A part of a list that bears a marking; without one, what holds for all of it.
struct Marked {
    place: Range<usize>,
    /// `None` for rows that are part of every document: the header and remarks.
    marking: Option<Option<Tlp>>,
}

/// The rows of a CSV with a column of markings; nothing without one.
fn rows(text: &str) -> Vec<Marked> {
    let delimiter = formats::csv_delimiter(text);
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut record = ::csv::StringRecord::new();
    let mut column = None;
    let mut out: Vec<Marked> = Vec::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) if reader.is_done() => break,
            // It is told when the part with the header is read.
            Err(_) => continue,
        }
        let end = usize::try_from(reader.position().byte()).unwrap_or(text.len());
        let start = record.position().map_or(0, ::csv::Position::byte);
        let place = usize::try_from(start).unwrap_or(0)..end;
        let marking = match column {
            None => {
                let is_marking = |cell: &str| {
                    let cell = cell.trim().trim_start_matches('\u{FEFF}');
                    cell.eq_ignore_ascii_case("tlp")
                };
                column = record.iter().position(is_marking);
                if column.is_none() && !record.iter().next().unwrap_or("").starts_with('#') {
                    // The header names none.
                    return Vec::new();
                }
                None
            }
            Some(column) => Some(record.get(column).and_then(Tlp::parse)),
        };
        out.push(Marked { place, marking });
    }
    // Half of the last line's end may be left.
    if let Some(last) = out.last_mut() {
        last.place.end = text.len();
    }
    out
}

/// The lines of JSON with a field of markings.
fn lines(text: &str) -> Vec<Marked> {
    let mut at = 0;
    let mut out = Vec::new();
    let mut any = false;
    for line in text.split_inclusive('\n') {
        let place = at..at + line.len();
        at = place.end;
        let told: Option<Value> = line
            .contains("\"tlp\"")
            .then(|| serde_json::from_str(line).ok())
            .flatten();
        let marking = told.and_then(|line| Tlp::parse(line.get("tlp")?.as_str()?));
        any |= marking.is_some();
        out.push(Marked {
            place,
            marking: Some(marking),
        });
    }
    if any { out } else { Vec::new() }
}

/// One document for each marking, in which the lines of the others are empty: values keep their places.
fn by_marking(text: &str, marked: Vec<Marked>) -> Vec<String> {
    let mut kinds: BTreeMap<Option<Tlp>, String> = marked
        .iter()
        .filter_map(|row| Some((row.marking?, String::new())))
        .collect();
    if kinds.len() < 2 {
        return Vec::new();
    }
    for row in &marked {
        let part = text.get(row.place.clone()).unwrap_or("");
        for (marking, document) in &mut kinds {
            if row.marking.is_none_or(|of| of == *marking) {
                document.push_str(part);
            } else {
                document.extend(part.chars().filter(|c| matches!(c, '\r' | '\n')));
            }
        }
    }
    kinds.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::several;
    use crate::Document;

    fn parts(name: &str, text: &str) -> Vec<String> {
        let bytes = text.as_bytes();
        several(Document { name, bytes })
            .into_iter()
            .map(|part| String::from_utf8(part.into_owned()).unwrap())
            .collect()
    }

    #[test]
    fn rows_of_one_marking_are_a_document_with_the_lines_of_the_whole() {
        let text = "type,value,tlp\r\ndomain,a-q.com,TLP:RED\r\ndomain,b-q.com,\r\ndomain,c-q.com,TLP:RED\r\n";
        assert_eq!(
            parts("x.csv", text),
            [
                "type,value,tlp\r\n\r\ndomain,b-q.com,\r\n\r\n",
                "type,value,tlp\r\ndomain,a-q.com,TLP:RED\r\n\r\ndomain,c-q.com,TLP:RED\r\n",
            ]
        );
        let alike = "type,value,tlp\ndomain,a-q.com,TLP:RED\n";
        assert_eq!(parts("x.csv", alike), [alike]);
        let text = "{\"type\":\"domain\",\"value\":\"a-q.com\",\"tlp\":\"red\"}\n{\"type\":\"domain\",\"value\":\"b-q.com\",\"tlp\":null}\n";
        let got = parts("x.jsonl", text);
        assert_eq!(got.len(), 2, "{got:?}");
        assert!(
            got[0].starts_with('\n') && !got[0].contains("a-q.com"),
            "{got:?}"
        );
    }

    #[test]
    fn each_event_of_an_answer_is_a_document() {
        let event = |uuid: &str| {
            format!("{{\"Event\":{{\"uuid\":\"{uuid}\",\"info\":\"x\",\"Attribute\":[]}}}}")
        };
        let both = format!("{{\"response\":[{},{}]}}", event("1"), event("2"));
        let got = parts("x.json", &both);
        assert_eq!(got.len(), 2, "{got:?}");
        assert_eq!(parts("x.json", &event("1")), [event("1")]);
    }
}

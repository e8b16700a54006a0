//! What the sources claim about a name: the records, how they relate, and where the sources disagree.

use super::style::Paint;
use super::table::{Fit, column};
use super::writer::Writer;
use crate::NameStory;
use crate::i18n::say;

/// Most rows of a table; the rest is in the JSON.
const MOST: usize = 15;

pub(super) fn write(story: &NameStory<'_>, w: &mut Writer<'_>) {
    if story.records.is_empty() {
        let names = w.words.list(story.did_you_mean);
        let text = say!(w.words, "names.near", asked = story.asked, names = names);
        w.paragraph(0, &text);
        return;
    }
    let text = say!(
        w.words,
        "names.records",
        asked = story.asked,
        n = story.records.len()
    );
    w.painted(Paint::Strong, 0, &text);
    let rows: Vec<Vec<String>> = story
        .records
        .iter()
        .map(|r| {
            let kind = r.kind.map_or("", |kind| w.words.name_kind(kind));
            let source = match &r.coined_by {
                Some(by) => say!(w.words, "names.coined", source = r.said_by, by = by),
                None => r.said_by.clone(),
            };
            let name = if r.retired {
                say!(w.words, "names.retired", name = r.name)
            } else {
                r.name.clone()
            };
            let others = r.other_names.join(", ");
            vec![r.id.clone(), kind.to_owned(), name, source, others]
        })
        .collect();
    let columns = [
        column(w.words.get("names.col_record"), Fit::Middle),
        column(w.words.get("names.col_kind"), Fit::Keep),
        column(w.words.get("names.col_name"), Fit::End),
        column(w.words.get("names.col_source"), Fit::Wrap),
        column(w.words.get("names.col_others"), Fit::Wrap),
    ];
    w.table(&columns, &rows);
    if let Some(family) = story.family {
        let meaning = match &family.country {
            Some(country) => w.words.country(country),
            None => w.words.family_meaning(family.meaning).to_owned(),
        };
        let text = say!(
            w.words,
            "names.family",
            word = family.word,
            vendor = family.vendor,
            meaning = meaning
        );
        w.gap();
        w.paragraph(0, &text);
    }
    origins(story, w);
    targets(story, w);
    cited(story, w);
    links(story, w);
    contradictions(story, w);
    if story.records.len() > 1 {
        w.gap();
        w.paragraph(0, w.words.get("names.not_merged"));
    }
}

fn origins(story: &NameStory<'_>, w: &mut Writer<'_>) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut countries: Vec<String> = Vec::new();
    for record in story.records {
        for (at, says) in record.origins.iter().enumerate() {
            let (country, as_of, certainty) = match record.behind.get(at) {
                Some((country, as_of, certainty)) => (country.as_ref(), as_of.clone(), certainty),
                None => (None, String::new(), &String::new()),
            };
            countries.extend(country.map(|one| w.words.country(one)));
            rows.push(vec![
                record.said_by.clone(),
                record.name.clone(),
                says.clone(),
                as_of,
                certainty.clone(),
            ]);
        }
    }
    if rows.is_empty() {
        return;
    }
    w.heading(w.words.get("names.origins"));
    let columns = [
        column(w.words.get("names.col_says"), Fit::Keep),
        column(w.words.get("names.col_name"), Fit::End),
        column(w.words.get("names.col_origin"), Fit::Wrap),
        column(w.words.get("names.col_as_of"), Fit::Keep),
        column(w.words.get("names.col_certainty"), Fit::Keep),
    ];
    w.table(&columns, &rows);
    countries.sort();
    countries.dedup();
    if countries.len() > 1 {
        let text = say!(
            w.words,
            "behind.contradict",
            actor = story.asked,
            countries = w.words.list(&countries)
        );
        w.paragraph(2, &text);
    }
}

/// Whom the records are said to attack; older claims of sources that are no longer kept up stand apart.
fn targets(story: &NameStory<'_>, w: &mut Writer<'_>) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for record in story.records {
        for older in [false, true] {
            let labels = record.targets.iter().filter(|(_, o)| *o == older);
            let labels: Vec<&String> = labels.map(|(label, _)| label).collect();
            if labels.is_empty() {
                continue;
            }
            let list = w.words.list_of(&labels, 12);
            let list = if older {
                say!(w.words, "names.older", targets = list)
            } else {
                list
            };
            rows.push(vec![record.said_by.clone(), record.name.clone(), list]);
        }
    }
    if rows.is_empty() {
        return;
    }
    w.heading(w.words.get("names.targets"));
    let columns = [
        column(w.words.get("names.col_says"), Fit::Keep),
        column(w.words.get("names.col_name"), Fit::End),
        column(w.words.get("names.col_targets"), Fit::Wrap),
    ];
    w.table(&columns, &rows);
}

/// Single assertions with what they rest on.
fn cited(story: &NameStory<'_>, w: &mut Writer<'_>) {
    let all = story.records.iter();
    let all: Vec<_> = all
        .flat_map(|r| r.cited.iter().map(move |one| (r, one)))
        .collect();
    if all.is_empty() {
        return;
    }
    w.heading(w.words.get("names.cited"));
    let rows: Vec<Vec<String>> = all
        .iter()
        .take(MOST)
        .map(|(record, one)| {
            vec![
                record.said_by.clone(),
                w.words.part(&one.part).to_owned(),
                one.what.clone(),
                one.date.clone(),
                one.certainty.clone(),
                one.reference.clone(),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("names.col_says"), Fit::Keep),
        column(w.words.get("names.col_part"), Fit::Keep),
        column(w.words.get("names.col_what"), Fit::End),
        column(w.words.get("names.col_as_of"), Fit::Keep),
        column(w.words.get("names.col_certainty"), Fit::End),
        column(w.words.get("names.col_reference"), Fit::Wrap),
    ];
    w.table(&columns, &rows);
    w.more(all.len().saturating_sub(MOST));
}

fn links(story: &NameStory<'_>, w: &mut Writer<'_>) {
    if story.links.is_empty() {
        return;
    }
    w.heading(w.words.get("names.links"));
    let rows: Vec<Vec<String>> = story
        .links
        .iter()
        .take(MOST)
        .map(|link| {
            let relation = w.words.record_relation(link.relation);
            vec![
                link.said_by.clone(),
                format!("{} ({})", link.from.0, link.from.1),
                relation.to_owned(),
                format!("{} ({})", link.to.0, link.to.1),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("names.col_says"), Fit::Keep),
        column(w.words.get("names.col_record"), Fit::Middle),
        column(w.words.get("names.col_relation"), Fit::Keep),
        column(w.words.get("names.col_record"), Fit::Wrap),
    ];
    w.table(&columns, &rows);
    w.more(story.links.len().saturating_sub(MOST));
}

fn contradictions(story: &NameStory<'_>, w: &mut Writer<'_>) {
    if story.contradictions.is_empty() {
        return;
    }
    let text = say!(w.words, "names.contradictions", asked = story.asked);
    w.heading(&text);
    let rows: Vec<Vec<String>> = story
        .contradictions
        .iter()
        .take(MOST)
        .map(|c| vec![c.name.clone(), c.one.join(", "), c.apart.join(", ")])
        .collect();
    let columns = [
        column(w.words.get("names.col_name"), Fit::End),
        column(w.words.get("names.col_same"), Fit::Wrap),
        column(w.words.get("names.col_apart"), Fit::Wrap),
    ];
    w.table(&columns, &rows);
    w.more(story.contradictions.len().saturating_sub(MOST));
}

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

use tegakari_model::{NameKind, TechniqueId};

use super::COLUMNS;
use super::builder::{Builder, Ground, Taken};
use crate::record::Relation;

/// The verbs, for messages.
const RELATIONS: &str =
    "name, uses, targets, origin, same, similar, overlaps, part-of, linked or indicator";

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
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(divider).unwrap_or(b','))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
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
            builder,
        );
        builder.take(&place, taken);
    }
}

fn assertion(
    (actor, relation, object): (&str, &str, &str),
    ground: &Ground,
    builder: &mut Builder<'_>,
) -> Taken {
    let verb = relation.to_lowercase().replace([' ', '_'], "-");
    Builder::name(object)?;
    let known = [
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
    if !known.contains(&verb.as_str()) {
        let what = format!("{relation:?} is no relation that is known");
        return Err((what, format!("use {RELATIONS}")));
    }
    let id = builder.actor(actor, "")?;
    match verb.as_str() {
        "name" | "alias" => builder.alias(&id, object, None, ground),
        "uses" if TechniqueId::parse(object).is_some() => builder.technique(&id, object, ground),
        "uses" => {
            let software = builder.software_id(object, NameKind::Malware)?;
            builder.uses(&id, software, ground);
            Ok(())
        }
        "targets" => builder.target(&id, object, ground),
        "origin" => builder.origin(&id, object, ground),
        "same" => builder.link(&id, Relation::Same, object, ground),
        "similar" => builder.link(&id, Relation::Similar, object, ground),
        "overlaps" => builder.link(&id, Relation::Overlaps, object, ground),
        "part-of" => builder.link(&id, Relation::PartOf, object, ground),
        "linked" => builder.link(&id, Relation::Linked, object, ground),
        _ => builder.indicator(&id, object, ground),
    }
}

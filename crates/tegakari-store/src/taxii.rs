//! Objects of a TAXII server: kept by collection, read page by page, so that memory does not grow with their number.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, Transaction, params, params_from_iter};
use tegakari_model::Timestamp;

use crate::error::Outcome;
use crate::reports::{as_i64, as_u64, time};
use crate::{Store, StoreError};

/// How many statuses of earlier additions are kept.
const STATUSES: i64 = 1000;

/// An object to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTaxiiObject {
    /// Its STIX id.
    pub id: String,
    /// Its type.
    pub type_name: String,
    /// Version of STIX (`2.1`).
    pub spec: String,
    /// Its `modified` or `created`; `None` when it has neither: then it has one version, of the time of adding.
    pub version: Option<Timestamp>,
    /// By what it is known to be the same.
    pub digest: Vec<u8>,
    /// The object as JSON.
    pub body: String,
}

/// An object as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiObject {
    /// Its place: pages go on behind it.
    pub key: u64,
    /// Its STIX id.
    pub id: String,
    /// Version of STIX.
    pub spec: String,
    /// Its version.
    pub version: Timestamp,
    /// When it was added: different for each, and rising.
    pub added: Timestamp,
    /// The object as JSON; empty where only what is told about objects was asked for.
    pub body: String,
}

/// Which versions of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaxiiVersions {
    /// The newest.
    pub newest: bool,
    /// The oldest.
    pub oldest: bool,
    /// All of them.
    pub all: bool,
    /// These.
    pub these: Vec<Timestamp>,
}

/// Which objects of a collection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaxiiQuery {
    /// Only these ids, when any are given.
    pub ids: Vec<String>,
    /// Only these types.
    pub types: Vec<String>,
    /// Only these versions of STIX.
    pub specs: Vec<String>,
    /// Which versions; none of them is as "the newest".
    pub versions: TaxiiVersions,
    /// Only what was added later.
    pub added_after: Option<Timestamp>,
    /// Only what stands behind this place.
    pub behind: u64,
    /// Most of them.
    pub most: usize,
    /// Whether the objects themselves are wanted.
    pub bodies: bool,
}

impl Store {
    /// A page of a collection in the order of adding.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn taxii_page(
        &self,
        collection: &str,
        query: &TaxiiQuery,
    ) -> Result<Vec<TaxiiObject>, StoreError> {
        self.read("reading a page of a collection", |connection| {
            page(connection, collection, query)
        })
    }

    /// The newest version of an object, with its digest.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn taxii_newest(
        &self,
        collection: &str,
        id: &str,
    ) -> Result<Option<(TaxiiObject, Vec<u8>)>, StoreError> {
        self.read("looking for an object", |connection| {
            let sql = "SELECT key, id, spec, version, added, body, digest FROM taxii_objects
                       WHERE collection = ?1 AND id = ?2 AND newest = 1";
            let found = connection
                .prepare_cached(sql)?
                .query_row(params![collection, id], |row| {
                    Ok((raw(row)?, row.get::<_, Vec<u8>>(6)?))
                })
                .optional()?;
            found
                .map(|(raw, digest)| Ok((whole(raw)?, digest)))
                .transpose()
        })
    }

    /// Adds objects, each behind all others and at a microsecond of its own, not before `now`. `true` for each that was
    /// not there in this version.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written; nothing is changed then.
    pub fn taxii_add(
        &mut self,
        collection: &str,
        objects: &[NewTaxiiObject],
        now: Timestamp,
    ) -> Result<Vec<bool>, StoreError> {
        self.write("adding to a collection", |transaction| {
            let last: Option<i64> =
                transaction
                    .query_row("SELECT max(added) FROM taxii_objects", [], |row| row.get(0))?;
            let mut added = now
                .as_microsecond()
                .max(last.map_or(i64::MIN, |l| l.saturating_add(1)));
            let mut new = Vec::with_capacity(objects.len());
            for object in objects {
                let is_new = add(transaction, collection, object, added)?;
                if is_new {
                    added = added.saturating_add(1);
                }
                new.push(is_new);
            }
            Ok(new)
        })
    }

    /// Takes versions of an object away; how many.
    ///
    /// # Errors
    /// When the file is locked, damaged or cannot be written; nothing is changed then.
    pub fn taxii_delete(
        &mut self,
        collection: &str,
        id: &str,
        versions: &TaxiiVersions,
    ) -> Result<usize, StoreError> {
        self.write("deleting an object", |transaction| {
            let mut values = vec![Sql::from(collection.to_owned()), Sql::from(id.to_owned())];
            let which = which(versions, &mut values, "");
            let sql = format!("DELETE FROM taxii_objects WHERE collection = ?1 AND id = ?2{which}");
            let gone = transaction.execute(&sql, params_from_iter(values))?;
            mark_ends(transaction, collection, id)?;
            Ok(gone)
        })
    }

    /// Ids of a collection, of their newest versions, behind `behind` in order of id.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn taxii_ids(
        &self,
        collection: &str,
        behind: &str,
        most: usize,
    ) -> Result<Vec<String>, StoreError> {
        self.read("listing a collection", |connection| {
            let sql = "SELECT DISTINCT id FROM taxii_objects WHERE collection = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![collection, behind, as_i64(most)], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How many versions of objects a collection has.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn taxii_count(&self, collection: &str) -> Result<u64, StoreError> {
        self.read("counting a collection", |connection| {
            let sql = "SELECT count(*) FROM taxii_objects WHERE collection = ?1";
            Ok(as_u64(
                connection.query_row(sql, [collection], |row| row.get(0))?,
            ))
        })
    }

    /// Keeps what became of an addition.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written; nothing is changed then.
    pub fn keep_taxii_status(&mut self, id: &str, body: &str) -> Result<(), StoreError> {
        self.write("keeping a status", |transaction| {
            transaction.execute(
                "INSERT OR REPLACE INTO taxii_statuses (id, body) VALUES (?1, ?2)",
                params![id, body],
            )?;
            let old = "DELETE FROM taxii_statuses WHERE key <= (SELECT max(key) FROM taxii_statuses) - ?1";
            transaction.execute(old, [STATUSES])?;
            Ok(())
        })
    }

    /// What became of an addition.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn taxii_status(&self, id: &str) -> Result<Option<String>, StoreError> {
        self.read("looking for a status", |connection| {
            let sql = "SELECT body FROM taxii_statuses WHERE id = ?1";
            Ok(connection
                .query_row(sql, [id], |row| row.get(0))
                .optional()?)
        })
    }

    /// A number that changes whenever a report, hunt, assessment or block plan is kept by anybody.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn content_stamp(&self) -> Result<(i64, i64), StoreError> {
        self.read("looking whether something changed", |connection| {
            let sql = "SELECT
                (SELECT coalesce(max(key), 0) FROM reports) + (SELECT coalesce(max(key), 0) FROM hunts)
                + (SELECT coalesce(max(key), 0) FROM assessments) + (SELECT coalesce(max(key), 0) FROM blocks)
                + (SELECT count(*) FROM reports),
                max((SELECT coalesce(max(saved_at), 0) FROM reports), (SELECT coalesce(max(saved_at), 0) FROM hunts),
                    (SELECT coalesce(max(saved_at), 0) FROM assessments), (SELECT coalesce(max(saved_at), 0) FROM blocks))";
            Ok(connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
        })
    }
}

type Raw = (i64, String, String, i64, i64, String);

fn raw(row: &rusqlite::Row<'_>) -> rusqlite::Result<Raw> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
    ))
}

fn whole((key, id, spec, version, added, body): Raw) -> Outcome<TaxiiObject> {
    Ok(TaxiiObject {
        key: as_u64(key),
        id,
        spec,
        version: time(version)?,
        added: time(added)?,
        body,
    })
}

/// The condition on versions; values it compares with are added. With a `plus` SQLite looks for no index by it.
fn which(versions: &TaxiiVersions, values: &mut Vec<Sql>, plus: &str) -> String {
    if versions.all {
        return String::new();
    }
    let mut any = Vec::new();
    if versions.oldest {
        any.push(format!("{plus}oldest = 1"));
    }
    if versions.newest || (!versions.oldest && versions.these.is_empty()) {
        any.push(format!("{plus}newest = 1"));
    }
    if !versions.these.is_empty() {
        let times = versions.these.iter().map(|t| Sql::from(t.as_microsecond()));
        any.push(format!("{plus}version IN ({})", marks(times, values)));
    }
    format!(" AND ({})", any.join(" OR "))
}

/// `?3, ?4` for values that are added.
fn marks(new: impl Iterator<Item = Sql>, values: &mut Vec<Sql>) -> String {
    let mut all = Vec::new();
    for value in new {
        values.push(value);
        all.push(format!("?{}", values.len()));
    }
    all.join(", ")
}

fn page(
    connection: &Connection,
    collection: &str,
    query: &TaxiiQuery,
) -> Outcome<Vec<TaxiiObject>> {
    let mut behind = query.behind;
    if let Some(after) = query.added_after {
        // Times rise with places, so that a time is a place.
        let sql = "SELECT key FROM taxii_objects WHERE added <= ?1 ORDER BY added DESC LIMIT 1";
        let place: Option<i64> = connection
            .prepare_cached(sql)?
            .query_row([after.as_microsecond()], |row| row.get(0))
            .optional()?;
        behind = behind.max(as_u64(place.unwrap_or(0)));
    }
    let place = i64::try_from(behind).unwrap_or(i64::MAX);
    let mut values = vec![Sql::from(collection.to_owned()), Sql::from(place)];
    let mut sql = String::from("SELECT key, id, spec, version, added, ");
    sql.push_str(if query.bodies { "body" } else { "''" });
    // Few objects have one of the ids or types: those are looked for first.
    let plus = if query.ids.is_empty() && query.types.is_empty() {
        ""
    } else {
        "+"
    };
    let behind = if query.ids.is_empty() { "" } else { "+" };
    sql.push_str(&format!(
        " FROM taxii_objects WHERE collection = ?1 AND {behind}key > ?2"
    ));
    for (column, wanted) in [
        ("id", &query.ids),
        ("type", &query.types),
        ("spec", &query.specs),
    ] {
        if !wanted.is_empty() {
            let list = marks(wanted.iter().map(|w| Sql::from(w.clone())), &mut values);
            sql.push_str(&format!(" AND {column} IN ({list})"));
        }
    }
    sql.push_str(&which(&query.versions, &mut values, plus));
    values.push(Sql::from(as_i64(query.most)));
    sql.push_str(&format!(" ORDER BY key LIMIT ?{}", values.len()));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push(whole(raw(row)?)?);
    }
    Ok(out)
}

fn add(
    transaction: &Transaction<'_>,
    collection: &str,
    object: &NewTaxiiObject,
    added: i64,
) -> Outcome<bool> {
    let version = match object.version {
        Some(version) => version.as_microsecond(),
        None => {
            // What has no version is there once.
            let sql = "SELECT 1 FROM taxii_objects WHERE collection = ?1 AND id = ?2";
            if transaction
                .prepare_cached(sql)?
                .exists(params![collection, object.id])?
            {
                return Ok(false);
            }
            added
        }
    };
    let done = transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO taxii_objects
             (collection, id, type, spec, version, added, newest, oldest, digest, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?7, ?8)",
        )?
        .execute(params![
            collection,
            object.id,
            object.type_name,
            object.spec,
            version,
            added,
            object.digest,
            object.body
        ])?;
    if done == 0 {
        return Ok(false);
    }
    mark_ends(transaction, collection, &object.id)?;
    Ok(true)
}

/// Marks the newest and the oldest version of an object.
fn mark_ends(transaction: &Transaction<'_>, collection: &str, id: &str) -> Outcome<()> {
    transaction
        .prepare_cached(
            "UPDATE taxii_objects SET
                newest = (version = (SELECT max(version) FROM taxii_objects WHERE collection = ?1 AND id = ?2)),
                oldest = (version = (SELECT min(version) FROM taxii_objects WHERE collection = ?1 AND id = ?2))
             WHERE collection = ?1 AND id = ?2",
        )?
        .execute(params![collection, id])?;
    Ok(())
}

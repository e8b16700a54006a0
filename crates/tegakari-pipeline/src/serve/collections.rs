//! The two collections of the TAXII server: what this program shares, and what others have sent.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tegakari_model::{Report, Timestamp, Tlp};
use tegakari_stix::write;
use tegakari_store::{NewTaxiiObject, Store, StoreError, TaxiiQuery, TaxiiVersions};
use tegakari_taxii::{Backend, Collection, Entry, Filter, Incoming, Page, Refusal, Versions};

use crate::share::{ShareRequest, SharedCase};
use crate::{PipelineError, ServeRequest};

/// How many ids are looked at together.
const CHUNK: usize = 1000;

/// The id of what we share.
pub(super) fn shared() -> String {
    write::own_uuid("taxii-collection", &json!({ "alias": "shared" }))
}

/// The id of what others sent.
pub(super) fn inbox() -> String {
    write::own_uuid("taxii-collection", &json!({ "alias": "inbox" }))
}

/// Brings the shared collection to what the database says: new versions of what changed, and what is said no longer is
/// revoked, so that who has fetched it learns of that.
pub(super) fn publish(
    store: &mut Store,
    request: &ServeRequest,
    now: Timestamp,
) -> Result<(), PipelineError> {
    let mut reports: Vec<Report> = Vec::new();
    for summary in store.reports()? {
        if summary.tlp.is_none_or(|own| own <= request.tlp) {
            reports.extend(store.report(&summary.id)?);
        }
    }
    reports.sort_by(|a, b| a.id.cmp(&b.id));
    let wanted = ShareRequest {
        reports: &[],
        // What our own logs show is marked AMBER at least.
        reports_only: request.reports_only || request.tlp < Tlp::Amber,
        tlp: None,
        machines: request.machines,
        producer: request.producer.as_deref(),
        program: &request.program,
    };
    let objects = if reports.is_empty() {
        Vec::new()
    } else {
        let case = SharedCase::of(store, reports, &wanted)?;
        case.with(&wanted, |sharing| write::case(&sharing.case).objects)
    };
    let collection = shared();
    let mut said = BTreeSet::new();
    let mut new = Vec::new();
    for object in objects {
        said.insert(text(&object, "id").to_owned());
        new.extend(changed(store, &collection, object, now)?);
    }
    let mut behind = String::new();
    let mut gone = Vec::new();
    loop {
        let ids = store.taxii_ids(&collection, &behind, CHUNK)?;
        let Some(last) = ids.last() else { break };
        behind.clone_from(last);
        gone.extend(ids.into_iter().filter(|id| !said.contains(id)));
    }
    for id in gone {
        match revoked(store, &collection, &id, now)? {
            Some(object) => new.extend(object),
            // What has no versions cannot be revoked.
            None => {
                let all = TaxiiVersions {
                    all: true,
                    ..TaxiiVersions::default()
                };
                store.taxii_delete(&collection, &id, &all)?;
            }
        }
    }
    store.taxii_add(&collection, &new, now)?;
    Ok(())
}

fn text<'v>(object: &'v Value, key: &str) -> &'v str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// An object as it is to be kept, when it is not there like that.
fn changed(
    store: &Store,
    collection: &str,
    mut object: Value,
    now: Timestamp,
) -> Result<Option<NewTaxiiObject>, StoreError> {
    let digest = digest(&object);
    let there = store.taxii_newest(collection, text(&object, "id"))?;
    let Some((newest, known)) = there else {
        return Ok(Some(to_keep(&object, digest)));
    };
    if known == digest {
        return Ok(None);
    }
    let version: Option<Timestamp> = text(&object, "modified").parse().ok();
    if version.is_none() {
        // It has one version for ever; only what is said beside its value can differ (its marking).
        return Ok(None);
    }
    if version.is_none_or(|version| version <= newest.version) {
        set(&mut object, "modified", json!(format!("{now:.3}")));
    }
    Ok(Some(to_keep(&object, digest)))
}

/// The last version of an object that is said no longer: `None` when it cannot be revoked, `Some(None)` when it is.
fn revoked(
    store: &Store,
    collection: &str,
    id: &str,
    now: Timestamp,
) -> Result<Option<Option<NewTaxiiObject>>, StoreError> {
    let Some((newest, _)) = store.taxii_newest(collection, id)? else {
        return Ok(None);
    };
    let Ok(mut object) = serde_json::from_str::<Value>(&newest.body) else {
        return Ok(None);
    };
    if object.get("modified").is_none() {
        return Ok(None);
    }
    if object.get("revoked") == Some(&Value::Bool(true)) {
        return Ok(Some(None));
    }
    set(&mut object, "revoked", json!(true));
    set(&mut object, "modified", json!(format!("{now:.3}")));
    let digest = digest(&object);
    Ok(Some(Some(to_keep(&object, digest))))
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

/// Of everything but the time of the version.
fn digest(object: &Value) -> Vec<u8> {
    let mut bare = object.clone();
    if let Some(map) = bare.as_object_mut() {
        map.remove("modified");
    }
    Sha256::digest(bare.to_string().as_bytes()).to_vec()
}

fn to_keep(object: &Value, digest: Vec<u8>) -> NewTaxiiObject {
    let time = |key| text(object, key).parse().ok();
    NewTaxiiObject {
        id: text(object, "id").to_owned(),
        type_name: text(object, "type").to_owned(),
        spec: "2.1".to_owned(),
        version: time("modified").or_else(|| time("created")),
        digest,
        body: object.to_string(),
    }
}

/// The database as the server asks it.
pub(super) struct Collections<'a> {
    pub(super) store: &'a mut Store,
    pub(super) read_only: bool,
}

fn refused(error: &StoreError) -> Refusal {
    // The message names the database's path, which is nobody's business.
    let _ = error;
    Refusal(
        "the database cannot be used at the moment; its owner sees why with `tegakari show`"
            .to_owned(),
    )
}

fn versions(versions: &Versions) -> TaxiiVersions {
    TaxiiVersions {
        newest: versions.last,
        oldest: versions.first,
        all: versions.all,
        these: versions.these.clone(),
    }
}

impl Backend for Collections<'_> {
    fn collections(&mut self) -> Result<Vec<Collection>, Refusal> {
        Ok(vec![
            Collection {
                id: shared(),
                alias: "shared".to_owned(),
                title: "Shared".to_owned(),
                description: "Reports, sightings and assessments that this Tegakari shares"
                    .to_owned(),
                can_read: true,
                can_write: false,
            },
            Collection {
                id: inbox(),
                alias: "inbox".to_owned(),
                title: "Inbox".to_owned(),
                description: "What others have added".to_owned(),
                can_read: true,
                can_write: !self.read_only,
            },
        ])
    }

    fn page(
        &mut self,
        collection: &str,
        filter: &Filter,
        behind: u64,
        limit: usize,
        bodies: bool,
    ) -> Result<Page, Refusal> {
        let query = TaxiiQuery {
            ids: filter.ids.clone(),
            types: filter.types.clone(),
            specs: filter.specs.clone(),
            versions: versions(&filter.versions),
            added_after: filter.added_after,
            behind,
            most: limit.saturating_add(1),
            bodies,
        };
        let mut found = self
            .store
            .taxii_page(collection, &query)
            .map_err(|e| refused(&e))?;
        let more = found.len() > limit;
        found.truncate(limit);
        let entries = found
            .into_iter()
            .map(|one| Entry {
                place: one.key,
                id: one.id,
                version: one.version,
                added: one.added,
                spec: one.spec,
                body: one.body,
            })
            .collect();
        Ok(Page { entries, more })
    }

    fn add(
        &mut self,
        collection: &str,
        objects: &[Incoming],
        now: Timestamp,
    ) -> Result<Vec<bool>, Refusal> {
        let objects: Vec<NewTaxiiObject> = objects
            .iter()
            .map(|one| NewTaxiiObject {
                id: one.id.clone(),
                type_name: one.type_name.clone(),
                spec: one.spec.clone(),
                version: one.version,
                digest: Sha256::digest(one.body.as_bytes()).to_vec(),
                body: one.body.clone(),
            })
            .collect();
        self.store
            .taxii_add(collection, &objects, now)
            .map_err(|e| refused(&e))
    }

    fn delete(&mut self, collection: &str, id: &str, which: &Versions) -> Result<usize, Refusal> {
        self.store
            .taxii_delete(collection, id, &versions(which))
            .map_err(|e| refused(&e))
    }

    fn keep_status(&mut self, id: &str, status: &str) -> Result<(), Refusal> {
        self.store
            .keep_taxii_status(id, status)
            .map_err(|e| refused(&e))
    }

    fn status(&mut self, id: &str) -> Result<Option<String>, Refusal> {
        self.store.taxii_status(id).map_err(|e| refused(&e))
    }
}

//! What a server asks of whoever keeps the objects.

use tegakari_model::Timestamp;

use crate::filter::{Filter, Versions};

/// A collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// Its UUID.
    pub id: String,
    /// A name that serves as well.
    pub alias: String,
    /// Its title.
    pub title: String,
    /// What is in it.
    pub description: String,
    /// Whether its objects may be read.
    pub can_read: bool,
    /// Whether objects may be added and deleted.
    pub can_write: bool,
}

/// A version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place: pages go on behind it. Rises in the order of adding.
    pub place: u64,
    /// Its STIX id.
    pub id: String,
    /// Its version.
    pub version: Timestamp,
    /// When it was added; no two have the same.
    pub added: Timestamp,
    /// Version of STIX (`2.1`).
    pub spec: String,
    /// The object as JSON; empty where it was not asked for.
    pub body: String,
}

/// A part of a collection, in the order of adding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Whether there are more behind the last one.
    pub more: bool,
}

/// An object that somebody adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Its STIX id.
    pub id: String,
    /// Its type.
    pub type_name: String,
    /// Version of STIX.
    pub spec: String,
    /// Its `modified` or `created`.
    pub version: Option<Timestamp>,
    /// It as JSON.
    pub body: String,
}

/// The objects could not be had or kept: a short reason without anything secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

/// Keeps the objects of a server.
pub trait Backend {
    /// The collections, in order.
    ///
    /// # Errors
    /// When they cannot be had.
    fn collections(&mut self) -> Result<Vec<Collection>, Refusal>;

    /// At most `limit` entries of the collection with this id that pass the filter, behind `behind`.
    ///
    /// # Errors
    /// When they cannot be had.
    fn page(
        &mut self,
        collection: &str,
        filter: &Filter,
        behind: u64,
        limit: usize,
        bodies: bool,
    ) -> Result<Page, Refusal>;

    /// Adds objects; `true` for each that was not there in this version.
    ///
    /// # Errors
    /// When none of them could be kept.
    fn add(
        &mut self,
        collection: &str,
        objects: &[Incoming],
        now: Timestamp,
    ) -> Result<Vec<bool>, Refusal>;

    /// Deletes versions of an object; how many.
    ///
    /// # Errors
    /// When it cannot be done.
    fn delete(&mut self, collection: &str, id: &str, versions: &Versions)
    -> Result<usize, Refusal>;

    /// Keeps what became of an addition, as JSON.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn keep_status(&mut self, id: &str, status: &str) -> Result<(), Refusal>;

    /// What became of an addition; `None` when no such is known.
    ///
    /// # Errors
    /// When it cannot be had.
    fn status(&mut self, id: &str) -> Result<Option<String>, Refusal>;
}

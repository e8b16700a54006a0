//! The user's own clusters: kept as events, put together when they are asked for.

use std::collections::BTreeMap;

use rusqlite::params;
use tegakari_model::{Cluster, ClusterEvent, ClusterId};

use crate::document::{load_all, to_json};
use crate::{Store, StoreError};

impl Store {
    /// Adds events, all of them or none.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written.
    pub fn add_cluster_events(&mut self, events: &[ClusterEvent]) -> Result<(), StoreError> {
        self.write("keeping the history of a cluster", |transaction| {
            let mut insert = transaction
                .prepare_cached("INSERT INTO cluster_events (cluster, detail) VALUES (?1, ?2)")?;
            for event in events {
                insert.execute(params![event.cluster.as_str(), to_json(event)?])?;
            }
            Ok(())
        })
    }

    /// All clusters, also those that became a part of another, in order of id.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn clusters(&self) -> Result<Vec<Cluster>, StoreError> {
        self.read("loading the clusters", |connection| {
            let sql = "SELECT detail FROM cluster_events ORDER BY key";
            let events: Vec<ClusterEvent> = load_all(connection, sql, [], "cluster")?;
            let mut by_cluster: BTreeMap<ClusterId, Vec<ClusterEvent>> = BTreeMap::new();
            for event in events {
                by_cluster
                    .entry(event.cluster.clone())
                    .or_default()
                    .push(event);
            }
            Ok(by_cluster.into_values().filter_map(Cluster::of).collect())
        })
    }
}

//! Plans of drills, and what checks of them showed.

use rusqlite::{OptionalExtension, params};
use tegakari_model::{DrillCheck, DrillId, DrillPlan};

use crate::document::{from_json, load_all, to_json};
use crate::{Saved, Store, StoreError};

impl Store {
    /// Keeps a plan. One that is there already stays as it is: its id is made of all that is in it.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written.
    pub fn save_drill_plan(&mut self, plan: &DrillPlan) -> Result<Saved, StoreError> {
        self.write("keeping the plan of a drill", |transaction| {
            let sql = "INSERT INTO drill_plans (id, detail) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            let new = transaction.execute(sql, params![plan.id.as_str(), to_json(plan)?])?;
            Ok(if new == 0 {
                Saved::Unchanged
            } else {
                Saved::New
            })
        })
    }

    /// All plans, in the order in which they were kept.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn drill_plans(&self) -> Result<Vec<DrillPlan>, StoreError> {
        self.read("loading the plans of drills", |connection| {
            let sql = "SELECT detail FROM drill_plans ORDER BY key";
            load_all(connection, sql, [], "plan of a drill")
        })
    }

    /// The plan with this id.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn drill_plan(&self, id: &DrillId) -> Result<Option<DrillPlan>, StoreError> {
        self.read("loading the plan of a drill", |connection| {
            let sql = "SELECT detail FROM drill_plans WHERE id = ?1";
            let json: Option<String> = connection
                .query_row(sql, [id.as_str()], |row| row.get(0))
                .optional()?;
            json.map(|json| from_json(&json, "plan of a drill"))
                .transpose()
        })
    }

    /// The ids of plans that begin with `typed` (`D-3f`, in either case), in the order in which they were kept.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn drill_ids(&self, typed: &str) -> Result<Vec<DrillId>, StoreError> {
        let typed = typed.trim().to_lowercase();
        self.read("looking for the plan of a drill", |connection| {
            let mut statement =
                connection.prepare_cached("SELECT id FROM drill_plans ORDER BY key")?;
            let ids = statement
                .query_map([], |row| row.get::<_, String>(0))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            let fits = |id: &String| id.to_lowercase().starts_with(&typed);
            Ok(ids
                .iter()
                .filter(|id| fits(id))
                .filter_map(|id| DrillId::parse(id))
                .collect())
        })
    }

    /// Keeps what a check showed, unless the last one of this plan showed just that.
    ///
    /// # Errors
    /// When the file is locked, full, damaged or cannot be written.
    pub fn save_drill_check(&mut self, check: &DrillCheck) -> Result<Saved, StoreError> {
        self.write("keeping the check of a drill", |transaction| {
            let sql = "SELECT detail FROM drill_checks WHERE plan = ?1 ORDER BY key DESC LIMIT 1";
            let last: Option<String> = transaction
                .query_row(sql, [check.plan.as_str()], |row| row.get(0))
                .optional()?;
            let json = to_json(check)?;
            if last.as_ref() == Some(&json) {
                return Ok(Saved::Unchanged);
            }
            transaction.execute(
                "INSERT INTO drill_checks (plan, detail) VALUES (?1, ?2)",
                params![check.plan.as_str(), json],
            )?;
            Ok(Saved::New)
        })
    }

    /// The last check of each plan, in the order in which they were kept.
    ///
    /// # Errors
    /// When the file is locked or damaged.
    pub fn last_drill_checks(&self) -> Result<Vec<DrillCheck>, StoreError> {
        self.read("loading the checks of drills", |connection| {
            let sql = "SELECT detail FROM drill_checks \
                       WHERE key IN (SELECT max(key) FROM drill_checks GROUP BY plan) ORDER BY key";
            load_all(connection, sql, [], "check of a drill")
        })
    }
}

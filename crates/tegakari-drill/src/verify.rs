//! Plans as files: written and read back, believing nothing that cannot be derived.

use std::collections::BTreeSet;

use serde_json::Value;
use tegakari_model::{DrillPlan, is_token_body};

use crate::names::{host_name, server};
use crate::plan::{id, mail_address, own_domain};
use crate::values::values;

/// The schema of plans.
pub(crate) const SCHEMA: &str = "tegakari/drill-plan/1";

/// Why a file is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPlan {
    /// What is wrong, in lower case without a full stop.
    pub what: String,
    /// What to do.
    pub hint: &'static str,
}

const AGAIN: &str =
    "use the file as `drill plant` wrote it, or the plan in the database: --plan D-…";

fn bad(what: impl Into<String>) -> BadPlan {
    BadPlan {
        what: what.into(),
        hint: AGAIN,
    }
}

/// The document of a plan, with its schema first, so that it is known for what it is by its first bytes.
pub fn write_plan(plan: &DrillPlan) -> Vec<u8> {
    #[derive(serde::Serialize)]
    struct Document<'a> {
        schema: &'static str,
        #[serde(flatten)]
        plan: &'a DrillPlan,
    }
    let document = Document {
        schema: SCHEMA,
        plan,
    };
    let mut bytes = serde_json::to_vec_pretty(&document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Reads a plan. All of it must be as a plan is made: names that can be names, tokens of the right form, values derived
/// from the tokens, and the id from all of it. So a plan that was cut or changed cannot call any record a trace.
///
/// # Errors
/// When it is not.
pub fn read_plan(bytes: &[u8]) -> Result<DrillPlan, BadPlan> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| bad(format!("it is no whole JSON document ({error})")))?;
    match value.get("schema").and_then(Value::as_str) {
        Some(SCHEMA) => {}
        Some(other) => {
            let other: String = other.chars().take(80).collect();
            return Err(bad(format!("its schema is {other:?}, not {SCHEMA}")));
        }
        None => return Err(bad(format!("its schema is not {SCHEMA}"))),
    }
    let plan: DrillPlan = serde_json::from_value(value)
        .map_err(|error| bad(format!("it does not say what a plan says ({error})")))?;
    check(&plan)?;
    Ok(plan)
}

/// Whether a plan is as [`crate::plan`] makes them.
pub(crate) fn check(plan: &DrillPlan) -> Result<(), BadPlan> {
    if id(plan) != plan.id {
        return Err(bad("it was changed since it was made"));
    }
    let right = own_domain(&plan.domain).as_deref() == Ok(&plan.domain[..])
        && plan
            .web
            .as_deref()
            .is_none_or(|web| server(web).as_deref() == Some(web))
        && plan
            .mail_to
            .as_deref()
            .is_none_or(|to| mail_address(to).as_deref() == Some(to));
    if !right {
        return Err(bad("its domain, server or address is none"));
    }
    let mut names = BTreeSet::new();
    let mut bodies = BTreeSet::new();
    for host in &plan.hosts {
        if host_name(&host.name).as_deref() != Some(&host.name[..]) || !names.insert(&host.name) {
            return Err(bad("a machine in it has no name or that of another one"));
        }
        let mut kinds = BTreeSet::new();
        for trace in &host.traces {
            let own = is_token_body(&trace.body)
                && bodies.insert(&trace.body)
                && kinds.insert(trace.kind)
                && trace.values == values(trace.kind, &trace.body, &plan.domain);
            if !own {
                return Err(bad(format!(
                    "what it looks for as {} on {} is no trace of a drill",
                    trace.kind.name(),
                    host.name
                )));
            }
        }
    }
    Ok(())
}

//! The drill: plan harmless traces, write the scripts that plant them, and say which of them a search found.
//!
//! [`plan`] draws a token for every machine and kind of trace. [`script`] writes what plants them, and the record that
//! a script keeps is read by [`read_record`]. A hunt for what [`wanted`] names gives the facts from which [`conclude`]
//! says of each trace whether it was seen, and [`gaps`] what has to be turned on.
//!
//! No files, clock or randomness here: secrets, names and times are arguments.
#![warn(clippy::disallowed_methods)]

mod check;
mod gaps;
mod names;
mod plan;
mod record;
mod script;
mod values;
mod verify;

pub use check::{Searched, Wanted, conclude, pooled, wanted};
pub use gaps::gaps;
pub use names::{host_name, server};
pub use plan::{Settings, plan};
pub use record::{Record, read_record};
pub use script::script;
pub use verify::{BadPlan, read_plan, write_plan};

//! What to block, in the form each enforcement point takes.
//!
//! [`plan`] weighs indicators against everything that speaks against blocking them; a writer of
//! [`formats::ALL`] puts the rest into a file. Nothing here knows who the attacker is: the functions
//! take indicators, own assets and knowledge, never an assessment.
#![warn(clippy::disallowed_methods)]

mod context;
pub mod formats;
mod networks;
mod own_assets;
mod plan;
mod policy;
pub mod share;
mod text;

pub use context::{Context, LeftOut, Rpz, Written};
pub use own_assets::OwnAssets;
pub use plan::{plan, plan_with};
pub use policy::Policy;

//! What to block, in the form each enforcement point takes.
//!
//! [`plan`] weighs indicators against everything that speaks against blocking them; a writer of
//! [`formats::ALL`] puts the rest into a file. Nothing here knows who the attacker is: the functions
//! take indicators, own assets and knowledge, never an assessment.
#![warn(clippy::disallowed_methods)]

mod allow_list;
mod context;
mod expiry;
pub mod formats;
pub mod limits;
mod list;
mod networks;
mod own_assets;
mod plan;
mod policy;
mod select;
pub mod share;
mod template;
mod text;

pub use allow_list::AllowList;
pub use context::{Context, LeftOut, Rpz, Source, Written};
pub use expiry::{Age, Aging, Lifetimes};
pub use list::List;
pub use own_assets::OwnAssets;
pub use plan::{plan, plan_with};
pub use policy::Policy;
pub use template::write_template;

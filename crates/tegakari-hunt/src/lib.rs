//! Log bytes and a plan in, sightings and visibility out. (The public shape; bodies follow.)
#![warn(clippy::disallowed_methods)]
mod address;
mod input;
mod inventory;
mod plan;
mod shape;
pub mod unpack;
pub use input::Input;
pub use inventory::{InventoryAsset, parse_inventory};
pub use plan::Plan;
pub use shape::{Asked, Outcome, conclude, formats, hunt_input};
pub use unpack::Limits;

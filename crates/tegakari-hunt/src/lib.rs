//! Log bytes and a plan in, sightings and visibility out.
//!
//! A [`Plan`] is compiled once from indicators. [`hunt_input`] reads one [`Input`] in blocks: it
//! unpacks ([`unpack`]), decodes to UTF-8, finds the format ([`formats`]), searches every byte, and
//! notes for every record who it is about, when it was and what it could have shown. Its [`Outcome`]
//! can be merged with others in any order. [`conclude`] turns the sum into a
//! [`HuntResult`](tegakari_model::HuntResult): a finding for every indicator, never without the
//! visibility it rests on.
//!
//! No files, clock or threads here: the caller opens, walks and runs in parallel.
#![warn(clippy::disallowed_methods)]

mod accumulate;
mod address;
mod archive;
mod assets;
mod assumed;
mod behaviour;
mod capture;
mod claims;
mod conclude;
mod cuts;
mod decode;
mod drills;
mod event;
mod evtx;
mod fields;
mod flow;
pub mod formats;
mod held;
mod hunt;
mod indicator_set;
mod input;
mod inside;
mod inventory;
mod journal;
mod kept;
mod kinds;
mod live;
mod lz4;
mod missing;
mod naming;
mod on_behalf;
mod outages;
mod outcome;
mod parquet;
mod plan;
mod proxies;
mod records;
mod resume;
mod sequence;
mod skew;
mod sources;
mod sqlite;
mod strength;
mod time_text;
pub mod unpack;
mod version_number;
mod visibility;
mod window;
mod words;
mod years;
mod zone;
mod zones;

pub use assumed::Assumptions;
pub use behaviour::Rules;
pub use conclude::{Asked, conclude};
pub use drills::Drills;
pub use event::{Event, Role};
pub use hunt::{HEAD, hunt_input, hunt_on};
pub use indicator_set::IndicatorSet;
pub use input::Input;
pub use inside::{Closed, ClosedPart, is_limit, look_inside};
pub use inventory::{Held, InventoryAsset, parse_inventory};
pub use kept::{KEPT, Members};
pub use kinds::Kinds;
pub use live::{Live, LiveBatch, LiveFound, LiveMachines, LiveMark, LivePart, LiveSighting};
pub use outcome::Outcome;
pub use plan::Plan;
pub use resume::{BEFORE_MARK, Mark, Searched, State, print_before_mark};
pub use unpack::Limits;
pub use years::YearClock;
pub use zone::ZoneOf;

//! Values that are common and harmless, or shared by many: reasons to think before blocking.
//!
//! A list annotates, it never deletes. A match on a landlord (shared hosting, content network, cloud,
//! VPN provider) is a match on the landlord and says nothing good about the tenant, so
//! [`Objection::matched`] tells how the match came about:
//!
//! * the value itself: `github.com`, `8.8.8.8` – the list holds exactly this value;
//! * with a leading dot: `.github.io` – the value is below a name that the list holds;
//! * with a slash: `104.16.0.0/13` – the value is inside a network that the list holds.
//!
//! [`Knowledge::harms_others`](crate::Knowledge::harms_others) draws the conclusion for blocking.

mod domains;
mod facts;
mod hashes;
mod lists;
mod networks;
mod special;

pub(crate) use facts::PackedBenign;
pub use facts::{BenignFacts, BenignList, ListKind, Reach};
pub(crate) use lists::Benign;

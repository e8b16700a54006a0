//! A TAXII 2.1 server as a function (<https://docs.oasis-open.org/cti/taxii/v2.1/taxii-v2.1.html>): a [`Request`] goes
//! in, a [`Response`] comes out. Sockets, clock and database are the caller's: it gives the time, and a [`Backend`]
//! that hands out objects page by page.
//!
//! [`conformance`] is the list of what such a server must do, as checks that run against any server that can be asked.
#![warn(clippy::disallowed_methods)]

mod access;
mod address;
mod backend;
pub mod conformance;
mod filter;
mod media;
mod message;
mod objects;
mod post;
mod server;

pub use access::Credentials;
pub use backend::{Backend, Collection, Entry, Incoming, Page, Refusal};
pub use filter::{Filter, Versions};
pub use media::{MEDIA_TYPE, is_json_media};
pub use message::{Request, Response};
pub use server::{API_ROOT, DISCOVERY, Settings, handle};

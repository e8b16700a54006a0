//! What a watch of live logs decides, without touching a file, a socket or the clock.
//!
//! Bytes come in pieces and leave as whole messages ([`SyslogFrames`], [`JournalFrames`], [`nats`], [`kafka`]); what becomes of a followed file is
//! decided from its number, size and first bytes ([`rotation`]); how far everything was read is one [`Positions`]; what was found
//! is a [`WatchSighting`], which leaves as JSON, as a message of syslog ([`syslog_message`]), signed for a webhook ([`signature`]) or in a
//! mail ([`mail`]); and [`Metrics`] counts. The pipeline owns threads, sockets and disks.
#![warn(clippy::disallowed_methods)]

mod journal_frames;
pub mod kafka;
pub mod mail;
mod metrics;
pub mod nats;
mod positions;
pub mod rotation;
mod sighting;
mod signature;
mod spool;
mod syslog_frames;
mod syslog_message;
mod visibility;

pub use journal_frames::JournalFrames;
pub use metrics::{InputCounts, Metrics, OutputCounts};
pub use positions::{CursorPosition, FilePosition, POSITIONS_SCHEMA, Positions};
pub use sighting::{SIGHTING_SCHEMA, WatchCorrelation, WatchRecord, WatchSighting, sighting_id};
pub use signature::{hmac_sha256_hex, signature};
pub use spool::SpoolMark;
pub use syslog_frames::{SyslogFrames, datagram};
pub use syslog_message::syslog_message;
pub use visibility::{HourOfInput, VISIBILITY_SCHEMA, VisibleHours};

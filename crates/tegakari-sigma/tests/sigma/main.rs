//! The engine from outside: rules as files, records as readers give them.

#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod correlations;
mod detections;
mod live_correlations;
mod log_sources;
mod record;
mod refused;
mod regression;
mod shared;
mod windows_record;

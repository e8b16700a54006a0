//! The engine from outside: rules as files, records as readers give them.

mod correlations;
mod detections;
mod log_sources;
mod record;
mod refused;
mod regression;
mod shared;
mod windows_record;

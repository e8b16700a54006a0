//! The program as a user meets it: arguments, streams, files, exit status.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests may fail, and say so when they skip"
)]

mod bad_input;
mod behaviour;
mod block_lists;
mod commands;
mod corrections;
mod drill;
#[cfg(target_os = "linux")]
mod drill_for_real;
mod example;
mod incremental;
mod knowledge;
mod lists;
mod medallion;
mod organisation;
mod over_time;
mod own;
mod round_trips;
mod scan;
mod serve;
mod share;
mod stated_values;
mod statements;
mod support;
mod update;
mod visibility;
#[cfg(unix)]
mod watch;
#[cfg(unix)]
mod watch_correlations;
mod watch_kafka;
mod watch_streams;
mod watch_tls;

//! The program as a user meets it: arguments, streams, files, exit status.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests may fail, and say so when they skip"
)]

mod bad_input;
mod commands;
mod corrections;
mod example;
mod incremental;
mod knowledge;
mod organisation;
mod over_time;
mod own;
mod statements;
mod support;
mod update;
mod visibility;

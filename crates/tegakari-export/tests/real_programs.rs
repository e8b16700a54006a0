//! The real programs load our lists: they stop the bad sample and let the good one and the near miss through.
//! Everything that listens does so in a network namespace of its own. A program that is not installed is told as
//! SKIP, never as passed.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it skips"
)]

#[path = "real/address_lists.rs"]
mod address_lists;
#[path = "real/blocker.rs"]
mod blocker;
#[path = "real/dns_servers.rs"]
mod dns_servers;
#[path = "real/files_and_rules.rs"]
mod files_and_rules;
#[path = "real/hostile_lists.rs"]
mod hostile_lists;
#[path = "real/large_lists.rs"]
mod large_lists;
#[path = "real/packets.rs"]
mod packets;
#[path = "real/parsers.rs"]
mod parsers;
#[path = "real/support.rs"]
mod support;
#[path = "real/suricata.rs"]
mod suricata;
#[path = "real/web_servers.rs"]
mod web_servers;

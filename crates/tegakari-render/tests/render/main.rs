//! The one integration binary: what people see, checked from outside.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

mod fixture;
mod golden;
mod hostile;
mod keys;
mod looks;
mod scale;
mod strict;

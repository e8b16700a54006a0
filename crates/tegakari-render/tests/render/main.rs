//! The one integration binary: what people see, checked from outside.

mod fixture;
mod golden;
mod hostile;
mod keys;
mod looks;
mod strict;

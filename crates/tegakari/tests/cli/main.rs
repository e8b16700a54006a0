//! The program as a user meets it: arguments, streams, files, exit status.

mod bad_input;
mod commands;
mod example;
mod organisation;
mod support;

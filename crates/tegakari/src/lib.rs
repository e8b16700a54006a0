//! The command line: arguments, files, terminal, exit status.
//!
//! A library, so that it is compiled beside the crates below it; the program itself is only a call of
//! [`run`].
#![deny(clippy::unwrap_used, clippy::expect_used)]

mod arguments;
mod commands;
mod database;
mod exit;
mod interrupt;
mod output;
mod progress;
mod times;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::exit::Exit;

/// Does what the arguments of this process say; the exit status is that of `Exit`.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers, not errors. A closed pipe is nobody's error.
            let _ = error.print();
            let exit = if error.use_stderr() {
                Exit::Error
            } else {
                Exit::Fine
            };
            return exit.into();
        }
    };
    let globals = arguments.globals;
    let replaced = arguments.command.replaces_knowledge();
    let done = database::use_knowledge(&globals, replaced)
        .and_then(|()| commands::run(arguments.command, &globals));
    match done {
        Ok(exit) => exit.into(),
        Err(error) if output::is_closed_pipe(&error) => Exit::Fine.into(),
        Err(error) => {
            output::error(&error, &globals);
            Exit::Error.into()
        }
    }
}

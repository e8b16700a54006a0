//! `tegakari`: from a threat report to what to do about it, without leaving the machine.
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

fn main() -> ExitCode {
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
